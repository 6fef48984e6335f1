//! What a reader must keep in mind: each sentence follows from something in the data, none stands there always.

use super::Methods;
use super::facts::{Reading, SheetFacts};
use crate::codebook::Codebook;

/// Rows of the audit below which its figures tell next to nothing.
const FEW_ROWS: usize = 30;
/// Cells of a value below which its figures hang on single cells.
const FEW_CELLS: usize = 10;
/// Bases that read English alone.
const ENGLISH: &[&str] = &["all-mpnet-base-v2"];

/// `1 row`, `2 rows`.
pub(super) fn many(count: impl Into<u64>, one: &str) -> String {
    match count.into() {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    }
}

/// `is`, `are`.
pub(super) fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The sentences, in the order of the appendix.
pub(super) fn of(methods: &Methods) -> Vec<String> {
    let mut limits = Vec::new();
    input(methods, &mut limits);
    for (sheet, figures) in methods.data.sheets.iter().zip(&methods.figures) {
        let several = methods.data.sheets.len() > 1;
        let whose = if several {
            format!("{}: ", sheet.file)
        } else {
            String::new()
        };
        let mut found = Vec::new();
        rows(methods, figures, &mut found);
        audit(
            sheet,
            figures.labels.iter().map(|l| l.corrected).sum(),
            &mut found,
        );
        limits.extend(found.into_iter().map(|limit| format!("{whose}{limit}")));
    }
    if methods.figures.iter().any(|sheet| sheet.reviewed > 0) {
        limits.push(
            "Analysts saw the model's label in the cell that they judged, which can draw them toward it: the share of right \
             cells and alpha between model and analyst may be too high."
                .to_owned(),
        );
    }
    agreement(methods, &mut limits);
    model(methods, &mut limits);
    limits
}

fn input(methods: &Methods, limits: &mut Vec<String>) {
    let Some(counts) = methods.data.counts else {
        return;
    };
    if counts.set_aside > 0 {
        let share = counts.set_aside as f64 / counts.paragraphs.max(1) as f64;
        limits.push(format!(
            "{} of {} paragraphs ({share:.2}) were set aside by rule as boilerplate and have no labels; how often the rules \
             err on these texts was not measured.",
            counts.set_aside, counts.paragraphs
        ));
    }
    if counts.failed > 0 {
        limits.push(format!(
            "{} could not be labelled.",
            many(counts.failed, "paragraph")
        ));
    }
    if counts.skipped > 0 {
        limits.push(format!(
            "{} could not be read and {} left out; the record of the run names them.",
            many(counts.skipped, "input"),
            if counts.skipped == 1 { "was" } else { "were" }
        ));
    }
}

fn rows(methods: &Methods, sheet: &crate::review::figures::SheetReport, limits: &mut Vec<String>) {
    if let Some(counts) = methods
        .data
        .counts
        .filter(|c| c.labelled > sheet.rows as u64)
    {
        limits.push(format!(
            "The sheet as it came back has {} of the {} labelled paragraphs.",
            sheet.rows, counts.labelled
        ));
    }
    if !sheet.changed.is_empty() {
        let n = sheet.changed.len();
        limits.push(format!(
            "{} left out, because the text was changed.",
            were(n)
        ));
    }
    if !sheet.doubled.is_empty() {
        let doubled = many(sheet.doubled.len() as u64, "row");
        limits.push(format!(
            "{doubled} stood in the sheet twice and counted once."
        ));
    }
    if sheet.missing > 0 {
        limits.push(format!(
            "{} missing since the sheet was written.",
            match sheet.missing {
                1 => "1 row is".to_owned(),
                n => format!("{n} rows are"),
            }
        ));
    }
}

fn were(n: usize) -> String {
    many(n as u64, "row") + if n == 1 { " was" } else { " were" }
}

fn audit(sheet: &SheetFacts, corrected: usize, limits: &mut Vec<String>) {
    let reading = &sheet.reading;
    match (reading.audit, reading.audit_read) {
        (None, _) => limits.push(
            "The sheet has no random sample (column audit), so nothing can be said of how good the labels of the whole \
             sheet are."
                .to_owned(),
        ),
        (Some(0), _) => limits.push(
            "No row of the random sample is in the sheet, so nothing can be said of how good the labels of the whole sheet \
             are."
                .to_owned(),
        ),
        (Some(_), 0) => limits.push(
            "No row of the random sample was marked as read, so nothing can be said of how good the labels of the whole \
             sheet are."
                .to_owned(),
        ),
        (Some(all), read) => {
            if read < all {
                limits.push(format!(
                    "{read} of the {all} rows of the random sample in the sheet were read. The figures hold for the whole \
                     sheet only if the analyst's choice of these had nothing to do with their labels."
                ));
            }
            if read < FEW_ROWS {
                limits.push(format!(
                    "{} of the random sample were read: too few for figures of any use; the intervals say so.",
                    many(read as u64, "row")
                ));
            }
            rare(reading, limits);
            flawless(reading, limits);
        }
    }
    if reading.chosen_read > 0 {
        limits.push(format!(
            "{} outside the random sample {} chosen by the analyst, not drawn: what was found there says nothing about the \
             others.",
            many(reading.chosen_read as u64, "row"),
            if reading.chosen_read == 1 { "was" } else { "were" }
        ));
    }
    if reading.corrected_unmarked > 0 {
        limits.push(format!(
            "{} corrected without being marked as read; what was not corrected there counts as unread, and no figure \
             counts it in.",
            were(reading.corrected_unmarked)
        ));
    }
    let unread = sheet.rows - reading.read;
    if corrected > 0 && unread > 0 {
        limits.push(format!(
            "The distribution after correction mixes {} that {} read with {unread} that stand as the model labelled them; \
             it is no estimate of what a full reading would give.",
            many(reading.read as u64, "row"),
            if reading.read == 1 { "was" } else { "were" },
        ));
    }
}

/// Values that the analyst gave so seldom in the audit that their figures hang on single cells.
fn rare(reading: &Reading, limits: &mut Vec<String>) {
    let labels = reading.support.iter().filter_map(|support| {
        let few = support
            .values
            .iter()
            .filter(|(_, count)| *count < FEW_CELLS);
        let few: Vec<String> = few
            .map(|(value, count)| match *value {
                "1" => format!("present {count}"),
                value => format!("{value} {count}"),
            })
            .collect();
        (!few.is_empty()).then(|| format!("{} ({})", support.label, few.join(", ")))
    });
    let labels: Vec<String> = labels.collect();
    if !labels.is_empty() {
        limits.push(format!(
            "In the rows of the random sample that were read, the analyst gave these values fewer than {FEW_CELLS} times, so \
             precision, recall and F1 hang on single cells there: {}.",
            labels.join("; ")
        ));
    }
}

/// Where nothing was wrong every resample is perfect too, and the interval has no width: the bound of a binomial share
/// is told instead, `1 − 0.05^(1/n)`, about 3/n (Hanley and Lippman-Hand, JAMA 249, 1983).
fn flawless(reading: &Reading, limits: &mut Vec<String>) {
    let labels = reading.support.iter().filter_map(|support| {
        let (right, all) = support.right;
        let bound = 1.0 - 0.05_f64.powf(1.0 / all as f64);
        (all > 0 && right == all).then(|| format!("{} ({bound:.2} of {all} cells)", support.label))
    });
    let labels: Vec<String> = labels.collect();
    if !labels.is_empty() {
        limits.push(format!(
            "No cell of these labels was wrong in the sample, so their intervals have no width and say too much; in brackets, \
             the upper 95 % bound of the share of wrong cells, rows taken as independent: {}.",
            labels.join("; ")
        ));
    }
}

fn agreement(methods: &Methods, limits: &mut Vec<String>) {
    let Some(agreement) = &methods.agreement else {
        return;
    };
    if agreement.rows < FEW_ROWS {
        limits.push(format!(
            "{} read by two or more analysts: too few for a figure of agreement of any use.",
            were(agreement.rows)
        ));
    }
    if agreement.rows > 0 {
        limits.push(
            "The analysts corrected what the model had said: this is not the agreement of coders who label independently, and \
             is not to be quoted as such."
                .to_owned(),
        );
    }
}

fn model(methods: &Methods, limits: &mut Vec<String>) {
    let measured: Vec<String> = Codebook::built_in()
        .targets()
        .iter()
        .map(|t| t.key.clone())
        .collect();
    let labels = methods
        .figures
        .first()
        .map_or(&[][..], |f| f.labels.as_slice());
    let targets = labels
        .iter()
        .filter_map(|label| label.label.strip_suffix("_holder"));
    let others: Vec<&str> = targets
        .filter(|key| !measured.iter().any(|m| m == key))
        .collect();
    if !others.is_empty() {
        limits.push(format!(
            "Stance toward {} was asked of a model whose published figures are of NATO, Russia and Türkiye; only figures of \
             these texts, where there are any above, tell how good it is there.",
            listed(&others)
        ));
    }
    let cyrillic: usize = methods
        .data
        .sheets
        .first()
        .and_then(|s| s.cyrillic)
        .unwrap_or(0);
    let english = methods
        .software
        .base
        .as_deref()
        .is_some_and(|base| ENGLISH.contains(&base));
    if english && cyrillic > 0 {
        limits.push(format!(
            "{} {} written in Cyrillic letters, but the model's base encoder reads English alone: {} labels mean nothing.",
            many(cyrillic as u64, "row"),
            are(cyrillic),
            if cyrillic == 1 { "its" } else { "their" }
        ));
    } else if cyrillic > 0 {
        limits.push(format!(
            "{cyrillic} of {} rows are written in Cyrillic letters; the figures above are not split by language.",
            methods.data.sheets[0].rows
        ));
    }
    if !methods.software.models.is_empty() {
        limits.push(
            "The column confidence was calibrated on the data that the model was developed with, not on these texts; how well \
             it holds here was not measured."
                .to_owned(),
        );
    }
}
