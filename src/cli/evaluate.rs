//! `demarche evaluate`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::error::{Error, Kind, Result};
use demarche::evaluate::{self, Options};
use demarche::model::{Model, store};

use super::bar::Bar;
use super::printer::Printer;

/// Measure a model, and three baselines, on paragraphs labelled by hand
///
/// Prints macro-F1 of frames, stance and sentiment with 95 % bootstrap intervals, holder, mention and evidence
/// figures and calibration. The baselines (majority, cue words, TF-IDF with logistic regression) are fitted on
/// `train.jsonl` beside the file; they are tools of measurement and never serve labels.
#[derive(clap::Args)]
pub struct Args {
    /// Labelled rows, JSONL as the codebook's section 7 has them; with --public the set's folder
    gold: PathBuf,
    /// Model: a name under models/ or a folder
    #[arg(long, value_name = "MODEL", default_value = "default")]
    model: String,
    /// Labels and targets [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
    /// Rows to fit the baselines on [default: train.jsonl beside the file]
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Leave the baselines out
    #[arg(long, conflicts_with = "train")]
    no_baselines: bool,
    /// Measure on a public set, by its own protocol: fits a small head on the shipped encoder
    #[arg(long, value_enum, value_name = "SET", conflicts_with_all = ["train", "thorough", "codebook"])]
    public: Option<Public>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Also write the tables into the model's README.md, under a heading of the file's name
    #[arg(long)]
    card: bool,
    /// Also erase the evidence, and as many random words, and see which changes the label; and measure stance toward
    /// actors outside the codebook (takes four times as long)
    #[arg(long)]
    thorough: bool,
    /// Print the rows the model has most wrong, worst first
    #[arg(long, value_name = "N", default_value_t = 0)]
    worst: usize,
    /// Word pieces in one batch, padding counted
    #[arg(long, value_name = "N", default_value_t = 4096)]
    max_batch_tokens: usize,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Public {
    /// NewsMTSC, devtest_rw
    NewsMtsc,
    /// Zero-Shot-PLOVER, test
    Plover,
    /// RuSentNE, validation
    Rusentne,
}

struct Progress<'a> {
    bar: Bar,
    printer: &'a Printer,
}

impl evaluate::Progress for Progress<'_> {
    fn rows(&mut self, done: usize, of: usize) {
        self.bar.set(done as u64, of as u64, self.printer);
    }
    fn note(&mut self, text: &str) {
        self.bar.say(self.printer, text);
    }
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    if let Some(set) = args.public {
        return public(set, &args, printer);
    }
    let codebook = super::codebook::named(args.codebook.as_deref())?;
    if !args.gold.is_file() {
        return Err(Error::new(
            Kind::Usage,
            format!("there is no file `{}`", args.gold.display()),
        ));
    }
    let beside = args.gold.with_file_name("train.jsonl");
    let train = match (args.train, args.no_baselines) {
        (_, true) => None,
        (Some(path), _) => Some(path),
        (None, _) if beside.is_file() => Some(beside),
        (None, _) => {
            return Err(Error::new(
                Kind::Usage,
                "there is no train.jsonl beside the file to fit the baselines on",
            )
            .hint("name one with --train, or leave them out with --no-baselines"));
        }
    };
    let folder = store::model_folder(&args.model)?;
    let model = Model::open(&folder)?;
    let options = Options {
        gold: args.gold,
        train,
        max_batch_tokens: args.max_batch_tokens,
        thorough: args.thorough,
    };
    let mut progress = Progress {
        bar: Bar::new(printer, "rows", 0, 1),
        printer,
    };
    let report = evaluate::evaluate(&model, &codebook, &options, &mut progress)?;
    progress.bar.finish();
    if args.json {
        printer.json(&report)?;
    } else {
        printer.data(&report.tables());
        printer.data(&report.worst(args.worst));
    }
    if args.card {
        demarche::train::card::add_evaluation(&folder, &report, args.worst)?;
        printer.say(&format!(
            "written into {}",
            folder.join("README.md").display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn public(set: Public, args: &Args, printer: &Printer) -> Result<ExitCode> {
    use demarche::evaluate::public::{Set, measure};
    let set = match set {
        Public::NewsMtsc => Set::NewsMtsc,
        Public::Plover => Set::Plover,
        Public::Rusentne => Set::RuSentNe,
    };
    let folder = store::model_folder(&args.model)?;
    let model = Model::open(&folder)?;
    let report = measure(&model, set, &args.gold)?;
    if args.json {
        printer.json(&report)?;
    } else {
        printer.data(&format!("{}\n", report.line()));
    }
    if args.card {
        demarche::train::card::add_public(&folder, &report)?;
    }
    Ok(ExitCode::SUCCESS)
}
