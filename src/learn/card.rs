//! The card of a model that learned from corrections, and the words of the comparison.

use std::fmt::Write as _;
use std::path::Path;

use super::compare::{Comparison, Figures, Flip, Pair};
use super::{Options, Outcome};
use crate::error::{Error, Kind, Result};
use crate::model::store::Manifest;
use crate::review::Reviewed;

/// Writes README.md into the new model's folder.
pub(super) fn write(
    folder: &Path,
    options: &Options,
    sheets: &[Reviewed],
    manifest: &Manifest,
    outcome: &Outcome,
) -> Result<()> {
    let parent = Manifest::read(&options.model)?;
    let counts = outcome.lessons.counts;
    let mut card = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        card,
        "# {} {}\n\nLearned by `demarche learn` from corrections of an analyst; do not edit.\n\n\
         - began as: {} {}, weights sha256 `{}`\n- base: {}\n- weights sha256 `{}`\n\
         - codebook: {}, sha256 `{}`\n\
         - learned from {} rows ({} more held out, {}); {} cells confirmed and {} corrected in all\n\
         - beside them {} rows written for demarche, against forgetting\n\
         - {:.0} % of the way from its weights to the trained ones\n         - calibration and thresholds are those of the model it began as\n\n## Sheets\n\n| sheet | sha256 |\n| --- | --- |",
        manifest.name,
        manifest.version,
        parent.name,
        parent.version,
        parent.weights_sha256,
        manifest.base,
        manifest.weights_sha256,
        options.codebook.label(),
        options.codebook.sha256(),
        counts.taught,
        counts.held_out,
        match outcome.lessons.by_document {
            true => "by document",
            false => "by row, for there are few documents",
        },
        counts.confirmed,
        counts.corrected,
        outcome.replayed,
        100.0 * outcome.share,
    );
    for sheet in sheets {
        let name = sheet.path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(
            card,
            "| {} | `{}` |",
            name.replace('|', "\\|"),
            sheet.sha256
        );
    }
    let _ = writeln!(
        card,
        "\n## Before and after\n\n```\n{}```",
        outcome.comparison.table()
    );
    for reason in &outcome.comparison.worse {
        let _ = writeln!(
            card,
            "\nIt is worse than before, and was written because that was asked: {reason}."
        );
    }
    if outcome.comparison.flipped > 0 {
        let _ = writeln!(card, "\n## Labels that changed\n\n```");
        for flip in &outcome.comparison.flips {
            let _ = writeln!(card, "{}", flip.line());
        }
        let _ = writeln!(card, "```");
    }
    let path = folder.join("README.md");
    std::fs::write(&path, card).map_err(|e| Error::io(Kind::Output, "write", &path, e))?;
    Ok(())
}

fn shown(figure: Option<f64>) -> String {
    figure.map_or("-".to_owned(), |f| format!("{f:.3}"))
}

impl Comparison {
    /// Before and after as an aligned table.
    pub fn table(&self) -> String {
        let mut out = format!(
            "{:<44}{:>8}{:>8}{:>8}{:>11}\n",
            "", "right", "frames", "stance", "sentiment"
        );
        let mut line = |what: String, f: &Figures| {
            let _ = writeln!(
                out,
                "{what:<44}{:>8}{:>8}{:>8}{:>11}",
                format!("{:.1} %", 100.0 * f.right),
                shown(f.frames),
                shown(f.stance),
                shown(f.sentiment)
            );
        };
        let mut both = |what: &str, pair: &Pair| {
            let cells = format!("{what} ({} rows, {} cells)", pair.rows, pair.cells);
            line(format!("{cells}, before"), &pair.before);
            line(format!("{:>1$}", "after", cells.len() + 7), &pair.after);
        };
        both("held out", &self.held_out);
        both("samples", &self.samples);
        out
    }
}

impl Flip {
    /// One line: where, what, whether that is what people say.
    pub fn line(&self) -> String {
        let verdict = match (self.before == self.wanted, self.after == self.wanted) {
            (_, true) => "right now",
            (true, false) => "wrong now",
            _ => "wrong as before",
        };
        format!(
            "{:<8}  {}  {}: {} -> {} ({verdict})  {}",
            self.of,
            self.row,
            self.label,
            self.before,
            self.after,
            self.text.replace(['\n', '\r', '`'], " ")
        )
    }
}
