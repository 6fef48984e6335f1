//! `demarche report`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::error::Result;
use demarche::report;

use super::printer::Printer;
use super::review::refused;

/// Make one page of a sheet: stance over time and by source, shares, every article with its evidence
///
/// The page is one file that needs no network: open it in a browser, send it, print it. Corrected cells count. Where
/// the rows whose `audit` is 1 were read and marked as `reviewed`, shares are also given without the model's error, with
/// intervals. Dates and sources are taken from the columns of the table that was annotated.
#[derive(clap::Args)]
#[command(after_help = "Example: demarche report annotated.xlsx -o report.html")]
pub struct Args {
    /// A sheet of `demarche annotate`, as it was written or as your spreadsheet saved it
    #[arg(value_name = "SHEET")]
    sheet: PathBuf,
    /// The page
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Column that holds the articles' dates [default: found by name]
    #[arg(long, value_name = "NAME")]
    date_column: Option<String>,
    /// Column that holds the articles' sources [default: found by name]
    #[arg(long, value_name = "NAME")]
    source_column: Option<String>,
    /// The page's title [default: the sheet's name]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What labels and targets are called and mean [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let options = report::Options {
        codebook: super::codebook::named(args.codebook.as_deref())?,
        sheet: args.sheet,
        output: args.output,
        date_column: args.date_column,
        source_column: args.source_column,
        title: args.title,
    };
    let summary = match report::write(&options) {
        Ok(summary) => summary,
        Err(faults) => return Ok(refused(&faults, printer)),
    };
    for note in &summary.notes {
        printer.say(&format!("note: {note}"));
    }
    printer.say(&format!(
        "{}: {} articles, {} labelled paragraphs",
        options.output.display(),
        summary.articles,
        summary.labelled
    ));
    Ok(ExitCode::SUCCESS)
}
