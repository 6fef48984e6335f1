//! How rows were drawn and read, and how the run is made again.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Methods;
use super::escape::{escape, table};
use super::facts::SheetFacts;
use super::limits::{are, many};
use crate::codebook::Codebook;

impl Methods {
    pub(super) fn sampling(&self, out: &mut String) {
        out.push_str("## 4. Sampling\n\n");
        let sampling = &self.sampling;
        let audit = self.data.sheets.iter().find_map(|s| s.reading.audit);
        match (sampling.rows, sampling.of, audit) {
            (_, _, None) => out.push_str("The sheet has no random sample (column audit).\n\n"),
            (Some(rows), Some(of), Some(_)) => {
                let seed = sampling
                    .seed
                    .map_or("not recorded".to_owned(), |seed| seed.to_string());
                let size = if rows >= of {
                    format!("all {of}")
                } else {
                    format!("{rows} of the {of}")
                };
                let _ = writeln!(
                    out,
                    "To measure the labels, {size} labelled paragraphs were drawn as a simple random sample without \
                     replacement: those whose SHA-256 of the seed ({seed}) and the row's identifier is least. {}\n",
                    match sampling.as_drawn {
                        Some(true) =>
                            "Drawn again from the identifiers in the sheet, it is the rows that the column audit marks.",
                        Some(false) =>
                            "Drawn again, it is not the rows that the column audit marks.",
                        None =>
                            "It could not be drawn again here, since the sheet does not have all labelled rows.",
                    }
                );
            }
            (_, _, Some(rows)) => {
                let _ = writeln!(
                    out,
                    "To measure the labels, a simple random sample without replacement was drawn: the rows whose SHA-256 of a \
                     seed and the row's identifier is least. The sheet has {} of it; size and seed as drawn are not recorded.\n",
                    many(rows as u64, "row")
                );
            }
        }
        for sheet in &self.data.sheets {
            let several = self.data.sheets.len() > 1;
            read(sheet, several, out);
        }
    }

    pub(super) fn reproduction(&self, out: &mut String) {
        out.push_str("## 7. Reproduction\n\n");
        match &self.options {
            Some(options) => {
                out.push_str(
                    "The options of the run, as recorded; columns that are not named were found by their names.\n\n",
                );
                let set = options.iter().filter(|(_, value)| !value.is_null());
                let rows = set.map(|(name, value)| vec![escape(name), escape(&plain(value))]);
                let rows: Vec<Vec<String>> = rows.collect();
                let _ = writeln!(out, "{}", table(&["option", "value"], &rows));
                let _ = writeln!(
                    out,
                    "As a command; INPUT stands for the files of section 2, whose places are not told here:\n\n{}",
                    fenced(&self.command(options))
                );
            }
            None => out.push_str("The options of the run are not recorded.\n\n"),
        }
        out.push_str(
            "Same input, same model, same codebook: same bytes of the sheet that annotate writes, and the same figures here; \
             the intervals are drawn with a fixed seed. What analysts changed by hand is in the sheets alone, whose hashes \
             stand in section 2.\n\n",
        );
    }

    /// The command that asks for the same run.
    fn command(&self, options: &Map<String, Value>) -> String {
        let mut words = vec!["demarche annotate INPUT".to_owned()];
        let mut add = |flag: &str, value: &str| words.push(format!("{flag} {}", quoted(value)));
        let output = self.output.as_deref().unwrap_or("annotated.csv");
        add("-o", output);
        let model = self.software.card.as_deref();
        let named = self
            .software
            .models
            .first()
            .and_then(|m| m.split(' ').next());
        add("--model", model.or(named).unwrap_or("default"));
        if self.codebook.labels != [Codebook::built_in().label()] {
            add("--codebook", "CODEBOOK.toml");
        }
        let set = options.iter().filter(|(_, value)| !value.is_null());
        for (name, value) in set {
            let flag = FLAGS.iter().find(|(option, _)| option == name);
            match (name.as_str(), value, flag) {
                ("keep_boilerplate", Value::Bool(true), _) => {
                    words.push("--keep-boilerplate".to_owned())
                }
                ("bom", Value::Bool(false), _) => words.push("--no-bom".to_owned()),
                ("delimiter", Value::String(tab), _) if tab == "\t" => {
                    words.push("--delimiter tab".to_owned())
                }
                (_, value, Some((_, flag))) => {
                    words.push(format!("{flag} {}", quoted(&plain(value))))
                }
                _ => {}
            }
        }
        words.join(" ")
    }
}

/// Options of the record and the flags that set them.
const FLAGS: &[(&str, &str)] = &[
    ("text_column", "--text-column"),
    ("id_column", "--id-column"),
    ("title_column", "--title-column"),
    ("date_column", "--date-column"),
    ("delimiter", "--delimiter"),
    ("audit_rows", "--audit"),
    ("audit_seed", "--audit-seed"),
    ("max_batch_tokens", "--max-batch-tokens"),
    ("threads", "--threads"),
];

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A word as a POSIX shell reads it; what no line can hold becomes a space.
fn quoted(word: &str) -> String {
    let word: String = word
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let harmless = |c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | '_' | '-' | '/');
    match !word.is_empty() && word.chars().all(harmless) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A line as a block of code, behind more backticks than it has in a row.
fn fenced(line: &str) -> String {
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{line}\n{fence}\n")
}

fn read(sheet: &SheetFacts, several: bool, out: &mut String) {
    let reading = &sheet.reading;
    let whose = if several {
        format!("In {}, ", escape(&sheet.file))
    } else {
        String::new()
    };
    let audit = match (reading.audit, reading.audit_read) {
        (None | Some(0), _) => String::new(),
        (Some(all), 0) => {
            format!(", none of them among the {all} of the sample that are in the sheet")
        }
        (Some(all), read) if read == all => {
            format!(", among them all {all} of the sample that are in the sheet")
        }
        (Some(all), read) => {
            format!(", among them {read} of the {all} of the sample that are in the sheet")
        }
    };
    let marked = match reading.read {
        0 => "no row was marked as read".to_owned(),
        n => format!(
            "{} of {} rows {} marked as read{audit}",
            n,
            sheet.rows,
            if n == 1 { "was" } else { "were" }
        ),
    };
    let sentence = format!("{whose}{marked}. ");
    let mut letters = sentence.chars();
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    let _ = write!(out, "{first}{}", letters.as_str());
    if reading.chosen_read > 0 {
        let n = reading.chosen_read;
        let _ = write!(
            out,
            "The other {n} {} chosen by the analyst",
            if n == 1 { "was" } else { "were" }
        );
        if let Some(least) = reading.chosen_least_certain {
            let those = format!(
                "the {n} outside the sample of which the model was least certain (review\\_rank)"
            );
            let _ = match (least, n) {
                (least, n) if least == n => write!(out, "; they are {those}"),
                (least, _) => write!(out, "; {least} of them {} among {those}", are(least)),
            };
        }
        out.push_str(". ");
    }
    if reading.read > 0 {
        out.push_str("A row marked as read counts as confirmed where its label was left, as corrected where it was changed.");
    }
    out.push_str("\n\n");
}
