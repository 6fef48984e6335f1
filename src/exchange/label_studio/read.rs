//! An export of Label Studio, JSON or JSON_MIN → what each annotator said of each row.

use serde_json::{Map, Value};

use super::{EVIDENCE, NOTE, framing};
use crate::exchange::evidence::Unit;
use crate::exchange::gather::{Faults, Given, Marked, alike};
use crate::exchange::{Tool, evidence_keys};
use crate::review::Label;
use crate::review::values::LabelKind;

/// What of a task's own fields JSON_MIN adds to its data: everything else is a control's.
const OWN: [&str; 6] = [
    "id",
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
];

/// Reads the tasks of an export; those that nobody annotated, and annotations that were skipped, are passed over.
pub(in crate::exchange) fn read(
    tasks: &[Value],
    labels: &[Label],
    faults: &mut Faults,
) -> Vec<Given> {
    let mut all = Vec::new();
    for (number, task) in (1..).zip(tasks) {
        let id = match task.get("id") {
            Some(id) => plain(id),
            None => format!("number {number}"),
        };
        let place = format!("task {id}");
        let Some(task) = task.as_object() else {
            faults.say(
                None,
                format!("{place} is no JSON object"),
                "export it again as JSON",
            );
            continue;
        };
        match task.get("annotations").or_else(|| task.get("completions")) {
            Some(annotations) => full(task, annotations, &place, labels, faults, &mut all),
            None if task.contains_key("annotation_id") => {
                least(task, &place, labels, faults, &mut all);
            }
            None => faults.say(
                None,
                format!("{place} has no `annotations`: this is no export of annotated tasks"),
                "in Label Studio choose Export, then JSON or JSON-MIN",
            ),
        }
    }
    all
}

/// A task of the JSON export.
fn full(
    task: &Map<String, Value>,
    annotations: &Value,
    place: &str,
    labels: &[Label],
    faults: &mut Faults,
    all: &mut Vec<Given>,
) {
    let Some(annotations) = annotations.as_array() else {
        return faults.say(
            None,
            format!("{place}: `annotations` is no list"),
            "export it again as JSON",
        );
    };
    let data = task.get("data").and_then(Value::as_object);
    let is_set = |annotation: &Value, name| annotation.get(name) == Some(&Value::Bool(true));
    for annotation in annotations {
        if is_set(annotation, "was_cancelled") || is_set(annotation, "skipped") {
            continue;
        }
        let (by, id) = annotator(annotation.get("completed_by").unwrap_or(&Value::Null));
        if !faults.wants(&by, id.as_deref()) {
            continue;
        }
        let mut said = Said::new(place, labels, faults);
        for result in annotation
            .get("result")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let (from, value) = (result.get("from_name"), result.get("value"));
            if let (Some(from), Some(value)) = (from.and_then(Value::as_str), value) {
                said.control(from, value);
            }
        }
        all.extend(said.given(data, by, annotation));
    }
}

/// A task of the JSON_MIN export: data and controls side by side, one annotation.
fn least(
    task: &Map<String, Value>,
    place: &str,
    labels: &[Label],
    faults: &mut Faults,
    all: &mut Vec<Given>,
) {
    let (by, id) = annotator(task.get("annotator").unwrap_or(&Value::Null));
    if !faults.wants(&by, id.as_deref()) {
        return;
    }
    let mut said = Said::new(place, labels, faults);
    for (name, value) in task {
        let is_control = said.knows(name) && !OWN.contains(&name.as_str());
        if is_control {
            match value {
                Value::Array(values) => values.iter().for_each(|value| said.control(name, value)),
                value => said.control(name, value),
            }
        }
    }
    let whole = Value::Object(task.clone());
    all.extend(said.given(Some(task), by, &whole));
}

/// What one annotation says, as it is read.
struct Said<'a> {
    place: &'a str,
    labels: &'a [Label],
    faults: &'a mut Faults,
    framing: String,
    values: Vec<Option<&'static str>>,
    spans: Vec<Marked>,
    note: Vec<String>,
}

impl<'a> Said<'a> {
    fn new(place: &'a str, labels: &'a [Label], faults: &'a mut Faults) -> Self {
        // A frame that is not chosen is absent; the others have to be said.
        let unsaid = |label: &Label| (label.kind == LabelKind::Frame).then_some("0");
        Said {
            framing: framing(labels),
            values: labels.iter().map(unsaid).collect(),
            place,
            labels,
            faults,
            spans: Vec::new(),
            note: Vec::new(),
        }
    }

    fn knows(&self, control: &str) -> bool {
        let is_label = |l: &Label| l.column == control && l.kind != LabelKind::Frame;
        control == self.framing
            || control == EVIDENCE
            || control == NOTE
            || self.labels.iter().any(is_label)
    }

    fn control(&mut self, from: &str, value: &Value) {
        let words = |name: &str| strings(value.get(name).unwrap_or(value));
        if !self.knows(from) {
            self.faults.unknown.insert(from.to_owned());
        } else if from == EVIDENCE {
            self.span(value);
        } else if from == NOTE {
            self.note.extend(words("text"));
        } else if from == self.framing {
            for word in words("choices") {
                self.frame(&word);
            }
        } else {
            self.choice(from, &words("choices"));
        }
    }

    fn frame(&mut self, word: &str) {
        let is_frame = |l: &Label| l.kind == LabelKind::Frame && l.column == word;
        match self.labels.iter().position(is_frame) {
            Some(at) => self.values[at] = Some("1"),
            None => {
                let frames = self.labels.iter().filter(|l| l.kind == LabelKind::Frame);
                let frames: Vec<&str> = frames.map(|label| label.column.as_str()).collect();
                self.unknown(word, "a frame of this sheet", &frames);
            }
        }
    }

    fn choice(&mut self, column: &str, words: &[String]) {
        let Some(at) = self.labels.iter().position(|label| label.column == column) else {
            return;
        };
        let kind = self.labels[at].kind;
        match words {
            [] => {}
            [word] => match kind.parse(word) {
                Some(value) => self.values[at] = Some(value),
                None => self.unknown(word, kind.noun(), &kind.allowed()),
            },
            several => {
                let said = several.join("`, `");
                let message = format!("{}: `{column}` has several values: `{said}`", self.place);
                self.faults
                    .say(None, message, "choose one of them in Label Studio");
            }
        }
    }

    fn span(&mut self, value: &Value) {
        let offset = |name| value.get(name).and_then(whole);
        let (Some(start), Some(end)) = (offset("start"), offset("end")) else {
            let message = format!("{}: a span has no `start` and `end`", self.place);
            return self
                .faults
                .say(None, message, "mark it again in Label Studio");
        };
        let text = value.get("text").and_then(Value::as_str).map(str::to_owned);
        for key in strings(value.get("labels").unwrap_or(&Value::Null)) {
            let keys = evidence_keys(self.labels);
            if !keys.contains(&key.as_str()) {
                self.unknown(&key, "a frame or target of this sheet", &keys);
                continue;
            }
            self.spans.push(Marked {
                key,
                start,
                end,
                unit: Unit::CodePoint,
                text: text.clone(),
            });
        }
    }

    fn unknown(&mut self, word: &str, noun: &str, allowed: &[&str]) {
        let message = format!("{}: `{word}` is not {noun}", self.place);
        self.faults.say(None, message, alike(word, allowed));
    }

    /// All of it, with whose it is; `None` if the row cannot be told or a label was left open.
    fn given(
        self,
        data: Option<&Map<String, Value>>,
        by: String,
        annotation: &Value,
    ) -> Option<Given> {
        let text_of = |name| data.and_then(|data| data.get(name)).and_then(Value::as_str);
        let Some(row_id) = text_of("row_id") else {
            let message = format!("{} has no `row_id` in its data", self.place);
            let hint = "import only tasks that `demarche export --to label-studio` wrote";
            self.faults.say(None, message, hint);
            return None;
        };
        let open: Vec<&str> = self
            .labels
            .iter()
            .zip(&self.values)
            .filter(|(label, value)| value.is_none() && label.kind != LabelKind::Holder)
            .map(|(label, _)| label.column.as_str())
            .collect();
        let when = annotation
            .get("updated_at")
            .or_else(|| annotation.get("created_at"));
        Some(Given {
            tool: Tool::LabelStudio,
            place: self.place.to_owned(),
            line: None,
            row_id: row_id.to_owned(),
            text: text_of("text").map(str::to_owned),
            by,
            when: when.and_then(Value::as_str).map(str::to_owned),
            open: open.join("`, `"),
            values: Some(self.values),
            spans: Some(self.spans),
            note: (!self.note.is_empty()).then(|| self.note.join(" | ")),
        })
    }
}

/// Who annotated: the e-mail address or name where the export tells it, else the number of the account, which comes
/// second.
fn annotator(by: &Value) -> (String, Option<String>) {
    let named = |name| {
        by.get(name)
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
    };
    let id = by.get("id").unwrap_or(by);
    let id = (id.is_number() || id.is_string()).then(|| plain(id));
    let name = named("email")
        .or_else(|| named("username"))
        .map(str::to_owned);
    match (name, id) {
        (Some(name), id) => (name, id),
        (None, Some(id)) if by.is_string() => (id, None),
        (None, Some(id)) => (format!("annotator {id}"), Some(id)),
        (None, None) => ("Label Studio".to_owned(), None),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A count, also one that a tool wrote as text or with a decimal point.
fn whole(value: &Value) -> Option<usize> {
    let number = match value {
        Value::String(text) => text.parse::<f64>().ok()?,
        other => other.as_f64()?,
    };
    (number >= 0.0 && number.fract() == 0.0).then_some(number as usize)
}

/// A string or a list of them.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
