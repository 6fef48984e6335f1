//! `demarche import`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::error::Result;
use demarche::exchange::{self, Import};

use super::printer::Printer;

/// Take what people corrected in Label Studio or doccano back into the sheet
///
/// Reads JSON and JSON-MIN exports of Label Studio and JSONL exports of doccano. Rows that were annotated get their
/// labels, evidence and note, and the annotator's name in `reviewed`, so that `demarche review` takes the result like
/// a sheet corrected by hand. Anything that cannot be accepted is told, and then nothing is written.
#[derive(clap::Args)]
#[command(
    after_help = "Example: demarche import project-1.json --sheet annotated.xlsx -o corrected.xlsx"
)]
pub struct Args {
    /// The tool's export
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    /// The sheet that was exported to the tool
    #[arg(long, value_name = "SHEET")]
    sheet: PathBuf,
    /// The corrected sheet: .csv, .tsv, .xlsx, .jsonl or .parquet, by its ending
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Take only this annotator's work (e-mail address or number); the name to write for doccano, which tells none
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// Labels and targets, for a workbook [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let codebook = super::codebook::named(args.codebook.as_deref())?;
    let done = exchange::import(&Import {
        export: &args.export,
        sheet: &args.sheet,
        output: &args.output,
        annotator: args.annotator.as_deref(),
        codebook: &codebook,
    });
    let done = match done {
        Ok(done) => done,
        Err(faults) => return Ok(super::review::refused(&faults, printer)),
    };
    printer.say(&format!(
        "{}: {} of {} rows annotated by {}, {} with other labels",
        args.output.display(),
        done.annotated,
        done.rows,
        done.by.join(", "),
        done.changed
    ));
    for note in &done.notes {
        printer.say(&format!("note: {note}"));
    }
    printer.say(&format!("next: demarche review {}", args.output.display()));
    Ok(ExitCode::SUCCESS)
}
