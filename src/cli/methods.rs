//! `demarche methods`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::codebook::Codebook;
use demarche::error::Result;
use demarche::methods::{self, Asked, Form};

use super::printer::Printer;

/// Write the methods appendix of a paper: model and data hashes, codebook, sampling, figures, limits
///
/// Reads a sheet of `demarche annotate`, as it was written or as it came back corrected, and the record OUT.run.json
/// beside it. Two or more sheets of the same paragraphs also give the analysts' agreement. What no file tells is told as
/// unknown; nothing is claimed that was not measured.
#[derive(clap::Args)]
#[command(
    after_help = "Example: demarche methods corrected.xlsx --run annotated.xlsx.run.json -o methods.md"
)]
pub struct Args {
    /// Sheets of `demarche annotate`, corrected or not; several are of the same paragraphs
    #[arg(required = true, value_name = "SHEET")]
    sheets: Vec<PathBuf>,
    /// The run's record [default: SHEET.run.json beside a sheet]
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// What the labels mean [default: the built-in codebook, if the sheet was made by it]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
    /// The appendix: .md or .json, by its ending [default: Markdown to stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    if let Some(output) = &args.output {
        Form::of(output)?;
    }
    let codebook = args
        .codebook
        .as_deref()
        .map(Codebook::from_file)
        .transpose()?;
    let asked = Asked {
        sheets: args.sheets,
        run: args.run,
        codebook,
    };
    let appendix = match methods::collect(&asked) {
        Ok(appendix) => appendix,
        Err(faults) => return Ok(super::review::refused(&faults, printer)),
    };
    for warning in &appendix.warnings {
        printer.people(&format!("warning: {warning}"));
    }
    match &args.output {
        Some(output) => {
            methods::write(&appendix, &asked, output)?;
            printer.say(&output.display().to_string());
        }
        None => {
            let form = if args.json {
                Form::Json
            } else {
                Form::Markdown
            };
            printer.data(&appendix.text(form)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}
