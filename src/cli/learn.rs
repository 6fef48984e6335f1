//! `demarche learn`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use demarche::error::{Error, Kind, Result};
use demarche::learn::{self, Options, Outcome};
use demarche::model::{self, store};
use demarche::review;

use super::bar::Bar;
use super::printer::Printer;
use super::stop::Stop;

/// Make a model that has learned from your corrections, and show whether it got better
///
/// Trains on the cells that were confirmed or corrected in the sheets, beside articles written for demarche so that it
/// does not forget. A quarter of the rows is held out: the model is measured there and on the shipped sample articles,
/// before and after. It is not written when fewer cells are right than before on the held-out rows, or when the share
/// of right cells on the sample articles falls by more than one in a hundred. Give all your sheets each time.
#[derive(clap::Args)]
#[command(
    after_help = "Example: demarche learn corrected.xlsx -o models/mine, then: demarche annotate … --model models/mine"
)]
pub struct Args {
    /// Sheets of `demarche annotate`, corrected
    #[arg(required = true, value_name = "SHEET")]
    sheets: Vec<PathBuf>,
    /// Folder of the new model; its name is the model's
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Model to begin with: a name under models/ or a folder
    #[arg(long, value_name = "MODEL", default_value = "default")]
    model: String,
    /// Labels and targets that the sheets were made by [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
    /// Write the model even if it got worse
    #[arg(long)]
    even_if_worse: bool,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<i32>,
}

struct Progress<'a> {
    bar: Option<Bar>,
    printer: &'a Printer,
    stop: Stop,
}

impl learn::Progress for Progress<'_> {
    fn phase(&mut self, what: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
        self.printer.say(what);
    }
    fn step(&mut self, done: usize, of: usize) {
        let printer = self.printer;
        self.bar
            .get_or_insert_with(|| Bar::new(printer, "steps", 0, of as u64))
            .set(done as u64, of as u64, printer);
    }
    fn stopped(&self) -> bool {
        self.stop.asked()
    }
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let clock = Instant::now();
    if let Some(threads) = args.threads {
        tch::set_num_threads(threads);
    }
    let sheets = match review::read(&args.sheets) {
        Ok(sheets) => sheets,
        Err(faults) => return Ok(super::review::refused(&faults, printer)),
    };
    let options = Options {
        model: store::model_folder(&args.model)?,
        codebook: super::codebook::named(args.codebook.as_deref())?,
        datasets: learn::datasets_folder()?,
        output: args.output,
        even_if_worse: args.even_if_worse,
        kind: match model::computes_in_bf16() {
            true => tch::Kind::BFloat16,
            false => tch::Kind::Float,
        },
    };
    let mut progress = Progress {
        bar: None,
        printer,
        stop: Stop::listen(),
    };
    let outcome = learn::learn(&sheets, &options, &mut progress)?;
    if let Some(bar) = progress.bar.take() {
        bar.finish();
    }
    if args.json {
        printer.json(&outcome)?;
    } else {
        tell(&outcome, printer);
    }
    let worse = &outcome.comparison.worse;
    if !outcome.written {
        return Err(Error::new(
            Kind::Data,
            format!("the model got worse and was not written: {}", worse.join("; ")),
        )
        .hint("look at the changed labels above: are the corrections consistent? More of them help; --even-if-worse writes it all the same"));
    }
    for reason in worse {
        printer.say(&format!("written although it got worse: {reason}"));
    }
    printer.say(&format!(
        "{} after {:.0} s; use it with --model {}",
        options.output.display(),
        clock.elapsed().as_secs_f64(),
        options.output.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn tell(outcome: &Outcome, printer: &Printer) {
    let lessons = &outcome.lessons;
    let counts = lessons.counts;
    printer.say(&format!(
        "learned from {} rows, {} held out{}; {} cells confirmed, {} corrected; {} rows of demarche's own beside them",
        counts.taught,
        counts.held_out,
        if lessons.by_document { " (whole documents)" } else { "" },
        counts.confirmed,
        counts.corrected,
        outcome.replayed
    ));
    if outcome.share < 1.0 {
        printer.say(&format!(
            "the whole step made it worse, so {:.0} % of it was taken",
            100.0 * outcome.share
        ));
    }
    if lessons.unnamed > 0 {
        printer.say(&format!(
            "{} cells say that a target is mentioned where no alias of it stands; they teach nothing: add the alias to the codebook",
            lessons.unnamed
        ));
    }
    if lessons.without_text > 0 {
        printer.say(&format!(
            "{} rows were left out: the spreadsheet did not keep their text whole",
            lessons.without_text
        ));
    }
    printer.data(&format!("\n{}\n", outcome.comparison.table()));
    let comparison = &outcome.comparison;
    if comparison.flipped > 0 {
        printer.data(&format!("labels that changed: {}\n", comparison.flipped));
        for flip in &comparison.flips {
            printer.data(&format!("  {}\n", flip.line()));
        }
        if comparison.flipped > comparison.flips.len() {
            printer.data("  … and more; the model's README.md has them all\n");
        }
        printer.data("\n");
    }
}
