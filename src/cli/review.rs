//! `demarche review`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::error::{Error, Kind, Result};
use demarche::export::Format;
use demarche::review;

use super::printer::Printer;

/// Take corrected sheets back: what was confirmed and corrected, how good the model is, how far analysts agree
///
/// Reads CSV, TSV, Excel and LibreOffice files as your spreadsheet saved them: rows sorted, columns moved, hidden or
/// added. A row counts as read when its cell `reviewed` holds anything; a changed cell counts as corrected. The rows
/// whose `audit` is 1 are a random sample: read them all, and the figures speak for the whole sheet.
#[derive(clap::Args)]
#[command(after_help = "Example: demarche review anna.xlsx ben.csv --adjudicate to-settle.xlsx")]
pub struct Args {
    /// Sheets of `demarche annotate`, corrected; two or more are also compared with each other
    #[arg(required = true, value_name = "SHEET")]
    sheets: Vec<PathBuf>,
    /// Write the rows on which the sheets differ into a sheet to settle (.csv, .xlsx or .tsv)
    #[arg(long, value_name = "FILE")]
    adjudicate: Option<PathBuf>,
    /// Labels and targets, for the workbook to settle [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let codebook = super::codebook::named(args.codebook.as_deref())?;
    if let Some(output) = &args.adjudicate {
        Format::of(output)?;
        if args.sheets.len() < 2 {
            return Err(Error::new(
                Kind::Usage,
                "--adjudicate needs two or more sheets of the same paragraphs",
            ));
        }
        if args.sheets.contains(output) {
            return Err(Error::new(Kind::Usage, "the output is also an input"));
        }
    }
    let sheets = match review::read(&args.sheets) {
        Ok(sheets) => sheets,
        Err(faults) => return Ok(refused(&faults, printer)),
    };
    let report = review::report(&sheets);
    if args.json {
        printer.json(&report)?;
    } else {
        printer.data(&report.tables());
    }
    match (&report.agreement, &args.adjudicate) {
        (Some(agreement), Some(output)) => {
            let rows =
                review::agreement::write_adjudication(&sheets, agreement, &codebook, output)?;
            printer.say(&format!("{}: {rows} rows to settle", output.display()));
        }
        (Some(agreement), None) if !agreement.differences.is_empty() => {
            printer.say("write them into a sheet to settle with --adjudicate FILE");
        }
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Says everything that cannot be accepted; nothing was taken.
pub(super) fn refused(faults: &[Error], printer: &Printer) -> ExitCode {
    for fault in faults {
        printer.error(fault);
    }
    if faults.len() > 1 {
        printer.people(&format!(
            "\n{} things cannot be accepted; nothing was taken",
            faults.len()
        ));
    }
    ExitCode::from(2)
}
