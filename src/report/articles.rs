//! The list of articles: each opens to its paragraphs with their labels and the evidence in place.

use maud::{Markup, html};

use super::charts::{Tally, sign};
use super::data::{Article, Paragraph};
use super::evidence::{self, Mark};
use super::filters::{self, UNSURE};
use super::page::Page;
use crate::review::corrections::{ReviewedRow, State, is_polar};
use crate::review::values::{LabelKind, Value};

/// Articles up to this many stand open at first.
const FEW: usize = 2;

/// All of them.
pub fn list(page: &Page) -> Markup {
    let open = page.data.articles.len() <= FEW;
    html! {
        ol #list {
            @for (article, number) in page.data.articles.iter().zip(1..) {
                li.article id={ "a" (number) } data-source=(article.source.as_deref().unwrap_or(""))
                    data-date=(article.date.map(|d| d.to_string()).unwrap_or_default()) {
                    details open[open] {
                        summary { (heading(page, article)) }
                        div.text dir="auto" {
                            @for paragraph in &article.paragraphs { (one(page, paragraph)) }
                        }
                    }
                }
            }
        }
    }
}

fn heading(page: &Page, article: &Article) -> Markup {
    let rows: Vec<&ReviewedRow> = article
        .paragraphs
        .iter()
        .filter_map(|p| page.data.row(p))
        .collect();
    html! {
        span.headline dir="auto" { (page.title_of(article)) }
        span.meta {
            @if let Some(date) = article.date { time datetime=(date) { (date.strftime("%-d %b %Y").to_string()) } " · " }
            @if let Some(source) = &article.source { (source) " · " }
            @if page.title_of(article) != article.document { (article.document) " · " }
            (super::data::counted(article.paragraphs.len(), "paragraph", "paragraphs"))
            span.hits {}
        }
        span.chips {
            @for (at, label) in page.data.labels(LabelKind::Frame) {
                @let count = rows.iter().filter(|row| row.now[at] == Some("1")).count();
                @if count > 0 { span.chip.{ "f" (page.frame(at)) } { (page.name(&label.column)) " " b { (count) } } }
            }
            @for (at, label) in page.data.labels(LabelKind::Stance) {
                @let tally = tally(&rows, at);
                @if tally.counts[0] + tally.counts[1] + tally.counts[3] > 0 {
                    span.chip title={ (page.name(&label.column)) ": " (tally.words()) } {
                        (page.name(&label.column))
                        @for (value, count) in [("favorable", tally.counts[0]), ("mixed", tally.counts[1]), ("unfavorable", tally.counts[3])] {
                            @if count > 0 { " " b.{ "t-" (value) } { (sign(value)) (count) } }
                        }
                    }
                }
            }
        }
    }
}

fn tally(rows: &[&ReviewedRow], label: usize) -> Tally {
    let mut tally = Tally::default();
    for row in rows {
        tally.add(row.now[label]);
    }
    tally
}

fn one(page: &Page, paragraph: &Paragraph) -> Markup {
    let row = page.data.row(paragraph);
    let tokens = row.map(|row| filters::tokens(page, row, paragraph.confidence));
    let kind = match paragraph.kind.as_str() {
        kind @ ("title" | "heading" | "boilerplate") => kind,
        _ => "body",
    };
    let body = marked(page, paragraph, row);
    html! {
        section.p.(kind) data-p=(tokens.as_deref().unwrap_or("")) {
            div.words {
                @match kind {
                    "title" | "heading" => h4 dir="auto" { (body) },
                    _ => p dir="auto" { (body) },
                }
            }
            div.tags {
                @if kind != "body" { span.tag.kind { (if kind == "boilerplate" { "set aside" } else { kind }) } }
                @match row {
                    Some(row) => (tags(page, paragraph, row)),
                    None => @if kind != "boilerplate" { span.tag.kind { "no labels" } },
                }
                @if !paragraph.note.is_empty() { span.note dir="auto" { (paragraph.note) } }
            }
        }
    }
}

/// The text with its evidence: each mark says after its last word which label it speaks for.
fn marked(page: &Page, paragraph: &Paragraph, row: Option<&ReviewedRow>) -> Markup {
    let marks = &paragraph.marks;
    let Some(row) = row.filter(|_| !marks.is_empty()) else {
        return html! { (paragraph.text) };
    };
    let names: Vec<String> = marks
        .iter()
        .map(|mark| mark_name(page, row, mark))
        .collect();
    let named = |places: &[usize]| {
        let each: Vec<&str> = places.iter().map(|&at| names[at].as_str()).collect();
        each.join(", ")
    };
    html! {
        @for piece in evidence::pieces(paragraph.text.len(), marks) {
            @let text = &paragraph.text[piece.span.clone()];
            @match piece.marks.first() {
                None => (text),
                Some(&first) => {
                    @let all = named(&piece.marks);
                    mark.(mark_class(page, row, &marks[first])) title={ "evidence of " (all) }
                        data-tag=[(!piece.ends.is_empty()).then(|| named(&piece.ends))] { (text) }
                }
            }
        }
    }
}

/// `Accusation`, `− Russia`.
fn mark_name(page: &Page, row: &ReviewedRow, mark: &Mark) -> String {
    let label = &page.data.reviewed.labels[mark.key];
    match (label.kind, row.now[mark.key]) {
        (LabelKind::Stance, Some(value)) => {
            format!("{} {value}", page.name(&label.column))
        }
        _ => page.name(&label.column).to_owned(),
    }
}

fn mark_class(page: &Page, row: &ReviewedRow, mark: &Mark) -> String {
    match page.data.reviewed.labels[mark.key].kind {
        LabelKind::Frame => format!("f{}", page.frame(mark.key)),
        _ => format!("s-{}", row.now[mark.key].unwrap_or("neutral")),
    }
}

/// The labels of a paragraph, what was corrected among them, and how sure the model was.
fn tags(page: &Page, paragraph: &Paragraph, row: &ReviewedRow) -> Markup {
    let labels = &page.data.reviewed.labels;
    html! {
        @for (at, label) in labels.iter().enumerate() {
            @let now = row.now[at];
            @let fixed = fixed(row, at);
            @let name = page.name(&label.column);
            @match label.kind {
                LabelKind::Frame => @if now == Some("1") || fixed.is_some() {
                    span.tag.{ "f" (page.frame(at)) }.gone[now != Some("1")].fixed[fixed.is_some()] title=[fixed] { (name) }
                },
                LabelKind::Stance => @if now.is_some_and(|now| now != "not_mentioned") || fixed.is_some() {
                    @let value = now.unwrap_or("not_mentioned");
                    span.tag.{ "s-" (value) }.fixed[fixed.is_some()] title=[fixed] {
                        (name) " " b { (sign(value)) } " " (value.replace('_', " "))
                        @if is_polar(now) { @if let Some(holder) = holder(page, row, at) { ", " (holder) } }
                    }
                },
                LabelKind::Sentiment => @if now.is_some_and(|now| now != "neutral") || fixed.is_some() {
                    @let value = now.unwrap_or("neutral");
                    span.tag.tone.fixed[fixed.is_some()] title=[fixed] { "tone " (sign(value)) " " (value) }
                },
                LabelKind::Holder => {}
            }
        }
        @if let Some(confidence) = paragraph.confidence {
            @if confidence < UNSURE && !row.reviewed {
                span.tag.unsure title="the lowest probability among this paragraph's labels" { "unsure " (format!("{confidence:.2}")) }
            }
        }
        @if row.reviewed { span.tag.read title="marked as read by an analyst" { "✓ read" } }
    }
}

/// What the model had said of a corrected cell, also where only the holder was corrected.
fn fixed(row: &ReviewedRow, label: usize) -> Option<String> {
    let was = |value: Option<Value>| match value {
        Some("1") => "yes".to_owned(),
        Some("0") => "no".to_owned(),
        Some(value) => value.replace('_', " "),
        None => "nothing".to_owned(),
    };
    (row.states[label] == State::Corrected)
        .then(|| format!("corrected; the model had said: {}", was(row.model[label])))
}

fn holder(page: &Page, row: &ReviewedRow, stance: usize) -> Option<Value> {
    let labels = page.data.reviewed.labels.iter();
    let place = labels
        .clone()
        .position(|label| label.stance == Some(stance))?;
    row.now[place]
}
