//! An export → what was said of each row, one annotation each, or everything that cannot be accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::evidence::Unit;
use super::{Tool, doccano, label_studio};
use crate::error::{Error, Kind, Place, Result};
use crate::review::Label;
use crate::review::values::Value as Word;

/// Everything that cannot be accepted, in the export's order.
pub(super) struct Faults {
    file: PathBuf,
    /// Whose work is asked for, if not everybody's, and whose was passed over.
    annotator: Option<String>,
    others: BTreeSet<String>,
    pub all: Vec<Error>,
    /// Controls of the user's own, which the sheet has no column for.
    pub unknown: BTreeSet<String>,
}

impl Faults {
    pub fn new(file: &Path, annotator: Option<&str>) -> Self {
        Faults {
            file: file.to_owned(),
            annotator: annotator.map(str::to_owned),
            others: BTreeSet::new(),
            all: Vec::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// Whether somebody's work is asked for, by name or by the number of the account.
    pub fn wants(&mut self, by: &str, id: Option<&str>) -> bool {
        let asked = self.annotator.as_deref();
        let wanted = asked.is_none_or(|name| by == name || id == Some(name));
        if !wanted {
            self.others.insert(by.to_owned());
        }
        wanted
    }

    pub fn say(&mut self, line: Option<u64>, message: impl Into<String>, hint: impl Into<String>) {
        let place = Place::file(&self.file);
        let place = match line {
            Some(line) => place.line(line),
            None => place,
        };
        let error = Error::new(Kind::Input, message).at(place).hint(hint);
        self.all.push(error);
    }
}

/// The allowed words, the nearest first in a question.
pub(super) fn alike(word: &str, allowed: &[&str]) -> String {
    let near = allowed
        .iter()
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(alike, _)| *alike > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let near = near.map(|(_, known)| format!("did you mean `{known}`? "));
    format!(
        "{}allowed: {}",
        near.unwrap_or_default(),
        allowed.join(", ")
    )
}

/// What one annotator said of one row.
pub(super) struct Given {
    pub tool: Tool,
    /// Where it stands in the export, for messages.
    pub place: String,
    pub line: Option<u64>,
    pub row_id: String,
    pub text: Option<String>,
    /// Who said it.
    pub by: String,
    /// When, as a word that sorts.
    pub when: Option<String>,
    /// Labels that had to be said and were not.
    pub open: String,
    /// A value a label; `None` if the export says nothing of labels.
    pub values: Option<Vec<Option<Word>>>,
    /// `None` if the export says nothing of evidence.
    pub spans: Option<Vec<Marked>>,
    pub note: Option<String>,
}

/// A span as the tool marked it.
pub(super) struct Marked {
    pub key: String,
    pub start: usize,
    pub end: usize,
    pub unit: Unit,
    /// The words, where the tool tells them.
    pub text: Option<String>,
}

impl Marked {
    /// Where the span begins and its words; `None` outside the text.
    pub fn cut<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        let by = |unit: Unit| {
            let (start, end) = (unit.inward(text, self.start)?, unit.inward(text, self.end)?);
            (start < end).then(|| (start, &text[start..end]))
        };
        let cut = by(self.unit);
        // Label Studio before 1.4 saved JavaScript's offsets: the words tell.
        match (&self.text, by(Unit::Utf16)) {
            (Some(words), Some(other))
                if other.1 == words && cut.is_none_or(|cut| cut.1 != words) =>
            {
                Some(other)
            }
            _ => cut,
        }
    }
}

/// Reads an export; whose it is is told by its form.
pub(super) fn read(
    path: &Path,
    labels: &[Label],
    faults: &mut Faults,
    notes: &mut Vec<String>,
) -> Result<Vec<Given>> {
    let bytes =
        std::fs::read(path).map_err(|e| Error::io(Kind::Input, "read the export", path, e))?;
    let foreign = |message: &str, hint: &str| {
        Error::new(Kind::Input, message)
            .at(Place::file(path))
            .hint(hint)
    };
    if bytes.starts_with(b"PK") {
        return Err(foreign(
            "this is an archive",
            "unpack it and give the .jsonl file in it",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        foreign(
            "this is not UTF-8 text",
            "give the file as the tool wrote it",
        )
        .because(e)
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let examples: Vec<(u64, Value)> = if text.trim_start().starts_with('[') {
        let tasks: Vec<Value> = serde_json::from_str(text)
            .map_err(|e| foreign("the export is no JSON", "export it again").because(e))?;
        let is_task = |task: &Value| {
            ["annotations", "completions", "annotation_id", "data"]
                .iter()
                .any(|name| task.get(name).is_some())
        };
        if tasks.iter().any(is_task) {
            return Ok(label_studio::read(&tasks, labels, faults));
        }
        (1..).zip(tasks).collect()
    } else {
        let lines = text
            .lines()
            .zip(1u64..)
            .filter(|(line, _)| !line.trim().is_empty());
        lines
            .map(|(line, number)| {
                let value = serde_json::from_str(line).map_err(|e| {
                    let place = Place::file(path).line(number);
                    Error::new(Kind::Input, "the line is no JSON").at(place).because(e).hint(
                        "give a JSON or JSON-MIN export of Label Studio, or a JSONL export of doccano",
                    )
                })?;
                Ok((number, value))
            })
            .collect::<Result<_>>()?
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    // doccano names the file after the member, or `all` where annotations are shared.
    let by = match faults.annotator.clone() {
        Some(name) => name,
        None if stem == "all" => "doccano".to_owned(),
        None => stem.into_owned(),
    };
    notes.push(
        "every row in a doccano export counts as read: tick \"Export only approved documents\" there".to_owned(),
    );
    Ok(doccano::read(&examples, labels, &by, faults))
}

/// One annotation a row: the latest of one annotator; two annotators are a fault.
pub(super) fn choose(given: Vec<Given>, faults: &mut Faults) -> Vec<Given> {
    let mut rows: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    let mut order = Vec::new();
    for given in given {
        let row = rows.entry(given.row_id.clone()).or_default();
        if row.is_empty() {
            order.push(given.row_id.clone());
        }
        row.push(given);
    }
    if let Some(name) = faults.annotator.clone().filter(|_| order.is_empty()) {
        let names: Vec<&str> = faults.others.iter().map(String::as_str).collect();
        let hint = format!("there is work of {}", names.join(", "));
        let message = format!("`{name}` annotated nothing in this export");
        if !names.is_empty() && faults.all.is_empty() {
            faults.say(None, message, hint);
        }
    }
    let mut chosen = Vec::new();
    for row_id in order {
        let mut row = rows.remove(&row_id).unwrap_or_default();
        let names: BTreeSet<&str> = row.iter().map(|given| given.by.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let (place, line) = (row[0].place.clone(), row[0].line);
        if names.len() > 1 {
            faults.say(
                line,
                format!("{place} was annotated by {}", names.join(" and ")),
                "import them one by one with --annotator NAME, and compare the sheets with `demarche review`",
            );
        } else if row.len() > 1 && row.iter().any(|given| given.when.is_none()) {
            let message = format!("{place}: the row `{row_id}` stands {} times", row.len());
            faults.say(line, message, "leave one of them in the export");
        } else {
            row.sort_by(|a, b| a.when.cmp(&b.when));
            chosen.extend(row.pop());
        }
    }
    chosen
}
