//! doccano: `examples.jsonl`, `category_types.json` and `span_types.json` of a project of the type "Intent Detection and
//! Slot Filling", the one that holds classes and spans of a text together; its JSONL exports.
//!
//! The formats are those that doccano's importer and exporter read and write: `text`, `cats`, `entities`, every other
//! field being metadata that comes back beside them. Its editor counts JavaScript's UTF-16 code units (issue 2290 there).
//! Such a project holds no spans that overlap: those stay behind, and an import keeps them.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::evidence::Unit;
use super::gather::{Faults, Given, Marked, alike};
use super::{Folder, Item, Items, Tool, evidence_keys, of_kind};
use crate::error::{Error, Kind, Result};
use crate::review::Label;
use crate::review::corrections::is_polar;
use crate::review::values::{LabelKind, Value as Word};

/// The project type to choose in doccano.
pub const PROJECT: &str = "Intent Detection and Slot Filling";

/// Colours of label types, in order and again.
const COLOURS: [&str; 8] = [
    "#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#1f78b4", "#666666",
];

/// Writes the three files.
pub(super) fn write(items: &Items, folder: &Folder) -> Result<Vec<PathBuf>> {
    let mut lines = Vec::new();
    for item in &items.all {
        serde_json::to_writer(&mut lines, &example(items, item)).map_err(unwritten)?;
        lines.push(b'\n');
    }
    let keys = evidence_keys(items.labels).into_iter().map(str::to_owned);
    Ok(vec![
        folder.write("examples.jsonl", &lines)?,
        folder.write("category_types.json", &types(classes(items))?)?,
        folder.write("span_types.json", &types(keys.collect())?)?,
    ])
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::new(Kind::Output, "could not write the examples").because(error)
}

fn example(items: &Items, item: &Item) -> Value {
    let row = item.row;
    let spans: Vec<Value> = item
        .evidence
        .iter()
        .map(|piece| {
            let at = |byte| Unit::Utf16.outward(item.text, byte);
            json!([at(piece.start), at(piece.end), piece.key])
        })
        .collect();
    json!({
        "text": item.text,
        "cats": said(items.labels, &row.now),
        "entities": spans,
        "row_id": row.id,
        "document": row.document,
        "title": row.title,
        "paragraph": item.paragraph,
        "confidence": item.confidence,
        "reviewed": item.reviewed,
        "model": item.model,
    })
}

/// The classes of a row: `offer`, `nato=unfavorable/author`, `sentiment=negative`; none for what is absent.
fn said(labels: &[Label], now: &[Option<Word>]) -> Vec<String> {
    let mut classes = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        let column = &label.column;
        match (label.kind, now[at]) {
            (LabelKind::Frame, Some("1")) => classes.push(column.clone()),
            (LabelKind::Stance, Some(stance)) if stance != "not_mentioned" => {
                let holder = labels.iter().position(|label| label.stance == Some(at));
                classes.push(match holder.and_then(|holder| now[holder]) {
                    Some(holder) => format!("{column}={stance}/{holder}"),
                    None => format!("{column}={stance}"),
                });
            }
            (LabelKind::Sentiment, Some(word)) => classes.push(format!("{column}={word}")),
            _ => {}
        }
    }
    classes
}

/// Every class that an annotator may choose.
fn classes(items: &Items) -> Vec<String> {
    let labels = items.labels;
    let frames = of_kind(labels, LabelKind::Frame).map(|(_, label)| label.column.clone());
    let mut classes: Vec<String> = frames.collect();
    for (_, label) in of_kind(labels, LabelKind::Stance) {
        for stance in label.kind.allowed() {
            let column = &label.column;
            if is_polar(Some(stance)) {
                let holders = LabelKind::Holder.allowed().into_iter();
                classes.extend(holders.map(|holder| format!("{column}={stance}/{holder}")));
            } else if stance != "not_mentioned" {
                classes.push(format!("{column}={stance}"));
            }
        }
    }
    for (_, label) in of_kind(labels, LabelKind::Sentiment) {
        let words = label.kind.allowed().into_iter();
        classes.extend(words.map(|word| format!("{}={word}", label.column)));
    }
    // A polar stance whose holder was left open in the sheet.
    let used = items
        .all
        .iter()
        .flat_map(|item| said(labels, &item.row.now));
    for class in used {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}

/// Label types as doccano's "Import Labels" takes them.
fn types(names: Vec<String>) -> Result<Vec<u8>> {
    let types: Vec<Value> = names
        .iter()
        .zip(COLOURS.iter().cycle())
        .map(|(name, colour)| {
            json!({
                "text": name, "prefix_key": null, "suffix_key": null,
                "background_color": colour, "text_color": "#ffffff",
            })
        })
        .collect();
    serde_json::to_vec_pretty(&types).map_err(unwritten)
}

/// Reads the examples of an export, each with its line.
pub(super) fn read(
    examples: &[(u64, Value)],
    labels: &[Label],
    by: &str,
    faults: &mut Faults,
) -> Vec<Given> {
    let holds = Holds::of(examples);
    let mut all = Vec::new();
    for (line, example) in examples {
        let Some(example) = example.as_object() else {
            faults.say(
                Some(*line),
                "the line is no JSON object",
                "export it again as JSONL",
            );
            continue;
        };
        let meta = ["meta", "metadata"]
            .iter()
            .find_map(|name| example.get(*name)?.as_object());
        let row_id = field(example, &["row_id"]).or_else(|| field(meta?, &["row_id"]));
        let Some(row_id) = row_id.and_then(Value::as_str) else {
            let hint = "import only examples that `demarche export --to doccano` wrote";
            faults.say(Some(*line), "there is no `row_id`", hint);
            continue;
        };
        let (classes, spans) = holds.parts(example);
        if classes.is_none() && spans.is_none() {
            let hint = format!("export a project of the type {PROJECT} as JSONL");
            faults.say(Some(*line), "there are neither `cats` nor `entities`", hint);
            continue;
        }
        let mut given = Given {
            tool: Tool::Doccano,
            place: format!("`{row_id}`"),
            line: Some(*line),
            row_id: row_id.to_owned(),
            text: field(example, &["text", "data"])
                .and_then(Value::as_str)
                .map(str::to_owned),
            by: by.to_owned(),
            when: None,
            open: String::new(),
            values: None,
            spans: None,
            note: comments(example),
        };
        if let Some(classes) = classes {
            let values = values(classes, labels, *line, faults);
            let unsaid = |(label, value): (&Label, &Option<Word>)| {
                (label.kind == LabelKind::Sentiment && value.is_none())
                    .then(|| label.column.clone())
            };
            given.open = labels
                .iter()
                .zip(&values)
                .find_map(unsaid)
                .unwrap_or_default();
            given.values = Some(values);
        }
        given.spans = spans.map(|spans| marked(spans, labels, *line, faults));
        all.push(given);
    }
    all
}

/// What the field `label` holds, which classification and sequence labelling projects share.
#[derive(Clone, Copy)]
enum Holds {
    Classes,
    Spans,
    Unknown,
}

impl Holds {
    fn of(examples: &[(u64, Value)]) -> Holds {
        let fields = examples.iter().filter_map(|(_, example)| {
            let label = field(example.as_object()?, &["label", "labels"])?;
            label.as_array()?.first()
        });
        for first in fields {
            match first {
                Value::String(_) => return Holds::Classes,
                Value::Array(_) | Value::Object(_) => return Holds::Spans,
                _ => {}
            }
        }
        Holds::Unknown
    }

    fn parts(self, example: &Map<String, Value>) -> (Option<&Value>, Option<&Value>) {
        let label = field(example, &["label", "labels"]);
        let classes = field(example, &["cats", "categories"]);
        let spans = field(example, &["entities"]);
        match self {
            Holds::Classes => (classes.or(label), spans),
            Holds::Spans => (classes, spans.or(label)),
            Holds::Unknown => (classes, spans),
        }
    }
}

fn field<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    let found = names.iter().find_map(|name| object.get(*name));
    found.filter(|value| !value.is_null())
}

fn comments(example: &Map<String, Value>) -> Option<String> {
    let comments = field(example, &["Comments", "comments"])?.as_array()?;
    let comments: Vec<&str> = comments.iter().filter_map(Value::as_str).collect();
    (!comments.is_empty()).then(|| comments.join(" | "))
}

fn values(classes: &Value, labels: &[Label], line: u64, faults: &mut Faults) -> Vec<Option<Word>> {
    let absent = |label: &Label| match label.kind {
        LabelKind::Frame => Some("0"),
        LabelKind::Stance => Some("not_mentioned"),
        LabelKind::Holder | LabelKind::Sentiment => None,
    };
    let mut values: Vec<Option<Word>> = labels.iter().map(absent).collect();
    let mut set = vec![false; labels.len()];
    for class in classes.as_array().into_iter().flatten() {
        let class = class.as_str().unwrap_or_default();
        let Some((at, value, holder)) = parse(class, labels) else {
            let message = format!("`{class}` is no class of this sheet");
            faults.say(Some(line), message, known(class, labels));
            continue;
        };
        if set[at] {
            let message = format!("there are two classes for `{}`", labels[at].column);
            faults.say(Some(line), message, "leave one of them in doccano");
            continue;
        }
        (set[at], values[at]) = (true, Some(value));
        if let Some(place) = labels.iter().position(|label| label.stance == Some(at)) {
            values[place] = holder;
        }
    }
    values
}

/// The label, its value, and its holder.
fn parse(class: &str, labels: &[Label]) -> Option<(usize, Word, Option<Word>)> {
    let (key, value) = class.split_once('=').unwrap_or((class, ""));
    let at = labels.iter().position(|label| label.column == key)?;
    let (value, holder) = match value.split_once('/') {
        Some((value, holder)) => (value, Some(LabelKind::Holder.parse(holder)?)),
        None => (value, None),
    };
    match labels[at].kind {
        LabelKind::Frame if !class.contains('=') => Some((at, "1", None)),
        kind @ (LabelKind::Stance | LabelKind::Sentiment) => {
            let value = kind.parse(value)?;
            let fits = holder.is_none() || (kind == LabelKind::Stance && is_polar(Some(value)));
            fits.then_some((at, value, holder))
        }
        _ => None,
    }
}

fn known(class: &str, labels: &[Label]) -> String {
    let key = class.split('=').next().unwrap_or_default();
    match labels
        .iter()
        .find(|label| label.column == key)
        .map(|l| l.kind)
    {
        Some(kind @ (LabelKind::Stance | LabelKind::Sentiment)) => {
            let value = class.split(['=', '/']).nth(1).unwrap_or_default();
            format!("`{key}=` takes {}", alike(value, &kind.allowed()))
        }
        _ => {
            let keys: Vec<&str> = labels
                .iter()
                .filter(|label| label.kind != LabelKind::Holder)
                .map(|label| label.column.as_str())
                .collect();
            alike(key, &keys)
        }
    }
}

fn marked(spans: &Value, labels: &[Label], line: u64, faults: &mut Faults) -> Vec<Marked> {
    let keys = evidence_keys(labels);
    let mut all = Vec::new();
    for span in spans.as_array().into_iter().flatten() {
        let part = |place: usize, name: &str| span.get(place).or_else(|| span.get(name));
        let number = |place, name| part(place, name).and_then(Value::as_u64);
        let (start, end) = (number(0, "start_offset"), number(1, "end_offset"));
        let key = part(2, "label").and_then(Value::as_str);
        match (start, end, key) {
            (Some(start), Some(end), Some(key)) if keys.contains(&key) => all.push(Marked {
                key: key.to_owned(),
                start: start as usize,
                end: end as usize,
                unit: Unit::Utf16,
                text: None,
            }),
            (Some(_), Some(_), Some(key)) => {
                let message = format!("`{key}` is not a frame or target of this sheet");
                faults.say(Some(line), message, alike(key, &keys));
            }
            _ => {
                let message = format!("a span is not of the form [start, end, label]: {span}");
                faults.say(Some(line), message, "mark it again in doccano");
            }
        }
    }
    all
}
