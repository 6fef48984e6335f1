//! `demarche export`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::error::Result;
use demarche::exchange::{self, Tool, doccano};

use super::printer::Printer;

/// Write a sheet for a tool that people annotate with, or as a dataset
///
/// `label-studio` writes config.xml (Settings, Labeling Interface, Code) and tasks.json (Import) with the sheet's labels
/// as predictions to correct. `doccano` writes examples.jsonl, category_types.json and span_types.json for a project of
/// the type "Intent Detection and Slot Filling". `hf` writes a folder that Hugging Face's datasets loads. What people
/// correct in the first two comes back with `demarche import`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: demarche export annotated.xlsx --to label-studio -o for-label-studio"
)]
pub struct Args {
    /// A sheet of `demarche annotate`, corrected or not
    #[arg(value_name = "SHEET")]
    sheet: PathBuf,
    /// The tool
    #[arg(long, value_enum, value_name = "TOOL")]
    to: To,
    /// The folder to write into; files of the same names are replaced
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// What the labels mean, for hints and the card [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum To {
    /// Label Studio
    LabelStudio,
    /// doccano
    Doccano,
    /// A Hugging Face datasets folder
    Hf,
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let codebook = super::codebook::named(args.codebook.as_deref())?;
    let tool = match args.to {
        To::LabelStudio => Tool::LabelStudio,
        To::Doccano => Tool::Doccano,
        To::Hf => Tool::HuggingFace,
    };
    let done = match exchange::export(&args.sheet, tool, &codebook, &args.output) {
        Ok(done) => done,
        Err(faults) => return Ok(super::review::refused(&faults, printer)),
    };
    for file in &done.files {
        printer.say(&format!("{}", file.display()));
    }
    printer.say(&format!("{} rows", done.rows));
    if done.left_out > 0 {
        printer.say(&format!(
            "left out, nothing to correct in them: {} rows",
            done.left_out
        ));
    }
    if done.evidence_left_out > 0 {
        printer.say(&format!(
            "evidence that the tool cannot hold (it overlaps, or is not in the text; an import keeps it): {}",
            done.evidence_left_out
        ));
    }
    match tool {
        Tool::LabelStudio => printer.say(
            "next: make a project, paste config.xml under Labeling Interface > Code, import tasks.json; \
             afterwards export as JSON for `demarche import`",
        ),
        Tool::Doccano => printer.say(&format!(
            "next: make a project of the type {}, tick \"Share annotations across all users\", import the label types \
             under Labels (Category, Span), then examples.jsonl as JSONL under Dataset; afterwards export as JSONL, \
             only approved documents, for `demarche import`",
            doccano::PROJECT
        )),
        Tool::HuggingFace => printer.say("next: say the licence in README.md before you publish it"),
    }
    Ok(ExitCode::SUCCESS)
}
