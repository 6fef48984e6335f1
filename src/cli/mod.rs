//! The command line: what was typed → one library call. The doc comments are the help.

mod annotate;
mod bar;
mod codebook;
mod doctor;
mod evaluate;
mod explain;
mod export;
mod import;
mod learn;
mod methods;
mod printer;
mod report;
mod review;
mod stop;
mod train;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use demarche::error::{Error, Kind};

use printer::Printer;

/// Annotate political news: framing, stance and sentiment of every paragraph, in a sheet you can correct
#[derive(Parser)]
#[command(
    version,
    propagate_version = true,
    help_expected = true,
    max_term_width = 100
)]
struct Cli {
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Annotate(annotate::Args),
    Review(review::Args),
    Learn(learn::Args),
    Methods(methods::Args),
    Export(export::Args),
    Import(import::Args),
    Report(report::Args),
    Explain(explain::Args),
    Evaluate(evaluate::Args),
    Train(train::Args),
    Codebook(codebook::Args),
    Doctor(doctor::Args),
}

/// Parses, runs, prints the one error there may be, and says how the program ends.
///
/// 0 all done, 1 done with inputs skipped, 2 stopped or nothing done, 130 interrupted.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe while printing help is no error of ours.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    printer::keep_panics();
    let mut printer = Printer::new(cli.quiet);
    let result = catch_unwind(AssertUnwindSafe(|| match cli.command {
        Command::Annotate(args) => annotate::run(args, &mut printer),
        Command::Review(args) => review::run(args, &mut printer),
        Command::Learn(args) => learn::run(args, &mut printer),
        Command::Methods(args) => methods::run(args, &mut printer),
        Command::Export(args) => export::run(args, &mut printer),
        Command::Import(args) => import::run(args, &mut printer),
        Command::Report(args) => report::run(args, &mut printer),
        Command::Explain(args) => explain::run(args, &mut printer),
        Command::Evaluate(args) => evaluate::run(args, &mut printer),
        Command::Train(args) => train::run(args, &mut printer),
        Command::Codebook(args) => codebook::run(args, &mut printer),
        Command::Doctor(args) => doctor::run(args, &mut printer),
    }));
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            printer.error(&error);
            code_of(&error)
        }
        Err(_) => {
            printer.sorry();
            ExitCode::from(2)
        }
    }
}

fn code_of(error: &Error) -> ExitCode {
    match error.kind() {
        Kind::Interrupted => ExitCode::from(130),
        _ => ExitCode::from(2),
    }
}
