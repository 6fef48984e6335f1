//! `demarche codebook`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use demarche::codebook::Codebook;
use demarche::error::Result;

use super::printer::Printer;

/// Print the built-in codebook, or check one of your own
///
/// To add targets, write a short file that extends the built-in one (`demarche codebook --example` prints one) and
/// give it to `annotate --codebook`. No training is needed.
#[derive(clap::Args)]
pub struct Args {
    /// A codebook to check; without it the built-in one is printed
    file: Option<PathBuf>,
    /// Print an example that adds Ukraine, China and the United States
    #[arg(long, conflicts_with = "file")]
    example: bool,
}

/// The codebook that an option names, else the built-in one.
pub fn named(path: Option<&Path>) -> Result<Codebook> {
    path.map_or_else(|| Ok(Codebook::built_in()), Codebook::from_file)
}

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    match args.file {
        Some(path) => {
            let codebook = Codebook::from_file(&path)?;
            let targets: Vec<&str> = codebook.targets().iter().map(|t| t.key.as_str()).collect();
            printer.data(&format!(
                "{}: targets {}\n",
                codebook.label(),
                targets.join(", ")
            ));
        }
        None if args.example => printer.data(Codebook::EXAMPLE),
        None => printer.data(Codebook::BUILT_IN),
    }
    Ok(ExitCode::SUCCESS)
}
