//! `demarche train`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;
use demarche::error::{Error, Kind, Result};
use demarche::train::recipe::Recipe;
use demarche::train::{self, Options, SetUse};

use super::bar::Bar;
use super::printer::Printer;
use super::stop::Stop;

/// Train a model by a recipe: which data, in which order, with which settings
///
/// Rows that share a document or a text with anything held out (dev, test, the sample articles) are left out. A
/// checkpoint is written now and then; the same command goes on where it was stopped. The model's card,
/// README.md, is written beside the weights.
#[derive(clap::Args)]
pub struct Args {
    /// The recipe, TOML
    recipe: PathBuf,
    /// Folder of the data that the recipe names
    #[arg(long, value_name = "FOLDER", default_value = "../shared/data")]
    data: PathBuf,
    /// Folder of this project, where labels keyed by hash lie
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    project: PathBuf,
    /// Model folder to write [default: the recipe's folder]
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// What the encoder computes in while it is trained
    #[arg(long, value_enum, default_value_t = Precision::Auto)]
    precision: Precision,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<i32>,
    /// Fit calibration and thresholds on dev again; the weights in the model folder stay
    #[arg(long)]
    refit: bool,
    /// Steps between checkpoints
    #[arg(long, value_name = "N", default_value_t = 100)]
    checkpoint_every: usize,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Precision {
    /// bf16 where the processor computes in it, else fp32
    Auto,
    /// 16-bit brain floats: twice as fast or more, where the processor has them
    Bf16,
    /// 32-bit floats
    Fp32,
}

struct Progress<'a> {
    bar: Option<Bar>,
    printer: &'a Printer,
    stop: Stop,
    steps: usize,
    mean: f64,
    plain: Instant,
}

impl train::Progress for Progress<'_> {
    fn set(&mut self, path: &Path, taken: usize, left_out: usize) {
        let path = path.display();
        self.printer
            .say(&format!("{path}: {taken} rows, {left_out} held out"));
    }
    fn start(&mut self, done: usize, steps: usize) {
        if done > 0 {
            self.printer.say(&format!("going on after step {done}"));
        }
        self.steps = steps;
        self.bar = Some(Bar::new(self.printer, "steps", done as u64, steps as u64));
    }
    fn step(&mut self, step: usize, loss: f64) {
        self.mean = if self.mean == 0.0 {
            loss
        } else {
            self.mean * 0.98 + loss * 0.02
        };
        if let Some(bar) = &mut self.bar {
            bar.message(format!("loss {:.3}", self.mean));
            bar.set(step as u64, self.steps as u64, self.printer);
        }
        if !self.printer.draws() && self.plain.elapsed().as_secs() >= 30 {
            self.plain = Instant::now();
            self.printer
                .say(&format!("step {step}: loss {:.3}", self.mean));
        }
    }
    fn note(&mut self, text: &str) {
        self.printer.say(text);
    }
    fn stopped(&self) -> bool {
        self.stop.asked()
    }
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let recipe = Recipe::read(&args.recipe)?;
    if !args.data.is_dir() {
        return Err(Error::new(
            Kind::Usage,
            format!("there is no data folder `{}`", args.data.display()),
        )
        .hint("name it with --data"));
    }
    let output = args
        .output
        .or_else(|| args.recipe.parent().map(Path::to_owned))
        .unwrap_or_default();
    if let Some(threads) = args.threads {
        tch::set_num_threads(threads);
    }
    let fast = match args.precision {
        Precision::Auto => demarche::model::computes_in_bf16(),
        Precision::Bf16 => true,
        Precision::Fp32 => false,
    };
    let options = Options {
        data: args.data,
        project: args.project,
        output,
        checkpoint_every: args.checkpoint_every.max(1),
        kind: if fast {
            tch::Kind::BFloat16
        } else {
            tch::Kind::Float
        },
    };
    let mut progress = Progress {
        bar: None,
        printer,
        stop: Stop::listen(),
        steps: 0,
        mean: 0.0,
        plain: Instant::now(),
    };
    if args.refit {
        train::refit(&recipe, &options, &mut progress)?;
        train::card::refresh(&recipe, &options)?;
        return Ok(ExitCode::SUCCESS);
    }
    let started = Instant::now();
    let uses: Vec<SetUse> = train::train(&recipe, &options, &mut progress)?;
    if let Some(bar) = &progress.bar {
        bar.finish();
    }
    train::card::write(&recipe, &options, &uses)?;
    printer.say(&format!("{} minutes", started.elapsed().as_secs() / 60));
    printer.say(&format!("the model is in {}", options.output.display()));
    Ok(ExitCode::SUCCESS)
}
