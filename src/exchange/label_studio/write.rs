//! A sheet → `config.xml` and `tasks.json`.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use quick_xml::Writer;
use serde_json::{Map, Value, json};

use super::{EVIDENCE, NOTE, framing};
use crate::codebook::Codebook;
use crate::error::{Error, Kind, Result};
use crate::exchange::evidence::Unit;
use crate::exchange::{Folder, Item, Items, evidence_keys, of_kind};
use crate::review::Label;
use crate::review::values::LabelKind;

/// Colours of evidence, one a label, in order and again.
const COLOURS: [&str; 8] = [
    "#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d", "#1f78b4",
];

/// Writes both files.
pub(in crate::exchange) fn write(
    items: &Items,
    codebook: &Codebook,
    folder: &Folder,
) -> Result<Vec<PathBuf>> {
    let failed =
        |e: io::Error| Error::new(Kind::Output, "could not write the interface").because(e);
    let config = interface(items.labels, codebook).map_err(failed)?;
    let tasks: Vec<Value> = items.all.iter().map(|item| task(items, item)).collect();
    let tasks = serde_json::to_vec_pretty(&tasks)
        .map_err(|e| Error::new(Kind::Output, "could not write the tasks").because(e))?;
    Ok(vec![
        folder.write("config.xml", &config)?,
        folder.write("tasks.json", &tasks)?,
    ])
}

type Xml = Writer<Vec<u8>>;

/// The labelling interface: the paragraph with its evidence, then a question for each label.
fn interface(labels: &[Label], codebook: &Codebook) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.create_element("View").write_inner_content(|xml| {
        header(xml, "$title", "4")?;
        let text = [("name", "text"), ("value", "$text"), ("valueType", "text")];
        xml.create_element("Text")
            .with_attributes(text)
            .with_attribute(("granularity", "word"))
            .write_empty()?;
        xml.create_element("Labels")
            .with_attributes([("name", EVIDENCE), ("toName", "text")])
            .write_inner_content(|xml| {
                for (key, colour) in evidence_keys(labels)
                    .into_iter()
                    .zip(COLOURS.iter().cycle())
                {
                    xml.create_element("Label")
                        .with_attribute(("value", plain(key).as_ref()))
                        .with_attribute(("background", *colour))
                        .write_empty()?;
                }
                Ok(())
            })?;
        if of_kind(labels, LabelKind::Frame).next().is_some() {
            header(xml, "Framing", "5")?;
            let values: Vec<(&str, &str)> = of_kind(labels, LabelKind::Frame)
                .map(|(_, label)| (label.column.as_str(), meaning(&label.column, codebook)))
                .collect();
            choices(xml, &framing(labels), &[("choice", "multiple")], &values)?;
        }
        for (at, label) in of_kind(labels, LabelKind::Stance) {
            header(xml, name(&label.column, codebook), "5")?;
            question(xml, label, &[], codebook)?;
            for holder in labels.iter().filter(|holder| holder.stance == Some(at)) {
                let polar = [
                    ("visibleWhen", "choice-selected"),
                    ("whenTagName", label.column.as_str()),
                    ("whenChoiceValue", "favorable,unfavorable,mixed"),
                ];
                question(xml, holder, &polar, codebook)?;
            }
        }
        for (_, label) in of_kind(labels, LabelKind::Sentiment) {
            header(xml, "Sentiment", "5")?;
            question(xml, label, &[], codebook)?;
        }
        let note = [
            ("name", NOTE),
            ("toName", "text"),
            ("rows", "2"),
            ("maxSubmissions", "1"),
        ];
        xml.create_element("TextArea")
            .with_attributes(note)
            .with_attribute(("editable", "true"))
            .with_attribute(("placeholder", "Note"))
            .write_empty()?;
        Ok(())
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn header(xml: &mut Xml, value: &str, size: &str) -> io::Result<()> {
    xml.create_element("Header")
        .with_attribute(("value", plain(value).as_ref()))
        .with_attribute(("size", size))
        .write_empty()?;
    Ok(())
}

/// One answer of several; a holder may be left open, as in the sheet.
fn question(
    xml: &mut Xml,
    label: &Label,
    further: &[(&str, &str)],
    codebook: &Codebook,
) -> io::Result<()> {
    let needed = if label.stance.is_some() {
        "false"
    } else {
        "true"
    };
    let mut attributes = vec![("choice", "single"), ("required", needed)];
    attributes.extend(further);
    let meanings = match label.kind {
        LabelKind::Holder => codebook.holders(),
        LabelKind::Sentiment => codebook.sentiments(),
        _ => codebook.stances(),
    };
    let allowed = label.kind.allowed().into_iter();
    let values: Vec<(&str, &str)> = allowed
        .map(|word| {
            let found = meanings.iter().find(|value| value.word == word);
            (word, found.map_or("", |value| value.meaning.as_str()))
        })
        .collect();
    choices(xml, &label.column, &attributes, &values)
}

fn choices(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&str, &str)],
    values: &[(&str, &str)],
) -> io::Result<()> {
    let mut element = xml
        .create_element("Choices")
        .with_attribute(("name", plain(name).as_ref()))
        .with_attribute(("toName", "text"))
        .with_attribute(("showInline", "true"));
    for (key, value) in attributes {
        element = element.with_attribute((*key, plain(value).as_ref()));
    }
    element.write_inner_content(|xml| {
        for (value, hint) in values {
            let mut choice = xml.create_element("Choice");
            choice = choice.with_attribute(("value", plain(value).as_ref()));
            if !hint.is_empty() {
                choice = choice.with_attribute(("hint", plain(hint).as_ref()));
            }
            choice.write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Without the control characters that XML 1.0 has no way to write; line breaks, which an attribute loses, as spaces.
fn plain(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    match text.contains(bad) {
        true => Cow::Owned(text.replace(bad, " ")),
        false => Cow::Borrowed(text),
    }
}

fn name<'c>(key: &'c str, codebook: &'c Codebook) -> &'c str {
    let target = codebook.targets().iter().find(|target| target.key == key);
    target.map_or(key, |target| target.name.as_str())
}

fn meaning<'c>(key: &str, codebook: &'c Codebook) -> &'c str {
    let frame = codebook.frames().iter().find(|frame| frame.key == key);
    frame.map_or("", |frame| frame.meaning.as_str())
}

/// A task: what the annotator sees and we need again, and the sheet's labels as a prediction to correct.
fn task(items: &Items, item: &Item) -> Value {
    let row = item.row;
    let mut data = Map::new();
    let mut tell = |name: &str, value: &str| data.insert(name.to_owned(), json!(value));
    tell("row_id", &row.id);
    tell("document", &row.document);
    tell("title", &row.title);
    tell("paragraph", item.paragraph);
    tell("text", item.text);
    tell("reviewed", item.reviewed);
    let mut prediction = Map::new();
    prediction.insert("model_version".to_owned(), json!(item.model));
    if let Some(confidence) = item.confidence {
        prediction.insert("score".to_owned(), json!(confidence));
    }
    prediction.insert("result".to_owned(), json!(results(items, item)));
    json!({ "data": data, "predictions": [prediction] })
}

fn results(items: &Items, item: &Item) -> Vec<Value> {
    let mut results = Vec::new();
    let mut tell = |id: &str, from: &str, kind: &str, value: Value| {
        results.push(json!({
            "id": id, "from_name": from, "to_name": "text", "type": kind, "value": value,
        }));
    };
    for (number, piece) in (1..).zip(&item.evidence) {
        let value = json!({
            "start": Unit::CodePoint.outward(item.text, piece.start),
            "end": Unit::CodePoint.outward(item.text, piece.end),
            "text": &item.text[piece.start..piece.end],
            "labels": [piece.key],
        });
        tell(&format!("span-{number}"), EVIDENCE, "labels", value);
    }
    let now = |at: usize| item.row.now[at];
    let present: Vec<&str> = of_kind(items.labels, LabelKind::Frame)
        .filter(|(at, _)| now(*at) == Some("1"))
        .map(|(_, label)| label.column.as_str())
        .collect();
    if !present.is_empty() {
        tell(
            "frames",
            &framing(items.labels),
            "choices",
            json!({ "choices": present }),
        );
    }
    for (at, label) in items.labels.iter().enumerate() {
        if let Some(value) = now(at).filter(|_| label.kind != LabelKind::Frame) {
            let id = format!("label-{at}");
            tell(&id, &label.column, "choices", json!({ "choices": [value] }));
        }
    }
    if !item.note.trim().is_empty() {
        tell("note", NOTE, "textarea", json!({ "text": [item.note] }));
    }
    results
}
