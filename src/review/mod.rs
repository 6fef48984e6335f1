//! The corrected sheet comes back: what was confirmed and corrected, how far the model can be trusted, how far
//! analysts agree.
//!
//! [`sheet`] reads what Excel and LibreOffice make of our file, [`values`] says what a cell may hold, [`corrections`]
//! compares it with what the model had said, [`figures`] measures, [`agreement`] compares analysts and lists what they
//! have to settle, [`rewrite`] writes a sheet's rows again, `tables` puts it into words.

pub mod agreement;
pub mod corrections;
pub mod figures;
pub mod rewrite;
pub mod sheet;
pub(crate) mod tables;
pub mod values;

use std::path::Path;

use serde::Serialize;

use crate::error::Error;
pub use corrections::{Label, Reviewed, ReviewedRow, State};

/// What `demarche review` says.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// A part for each sheet.
    pub sheets: Vec<figures::SheetReport>,
    /// How far the sheets agree, where there are two or more.
    pub agreement: Option<agreement::Agreement>,
}

/// Reads corrected sheets, all of them or none.
///
/// # Errors
/// Everything that cannot be accepted, in all the sheets.
pub fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Reviewed>, Vec<Error>> {
    let (mut sheets, mut faults) = (Vec::new(), Vec::new());
    for path in paths {
        match corrections::read(path.as_ref()) {
            Ok(sheet) => sheets.push(sheet),
            Err(found) => faults.extend(found),
        }
    }
    match faults.is_empty() {
        true => Ok(sheets),
        false => Err(faults),
    }
}

/// Measures the model on what was reviewed, and the analysts against each other.
pub fn report(sheets: &[Reviewed]) -> Report {
    Report {
        sheets: sheets.iter().map(figures::measure).collect(),
        agreement: (sheets.len() > 1).then(|| agreement::measure(sheets)),
    }
}
