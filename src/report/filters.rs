//! What the page's script needs to know of a paragraph and of an article, and the form that asks.

use maud::{Markup, html};

use super::charts::{STANCES, sign};
use super::page::Page;
use crate::review::corrections::ReviewedRow;
use crate::review::values::LabelKind;

/// Confidence below which a row counts as unsure: where the workbook begins to colour it.
pub const UNSURE: f64 = 0.6;

/// The names of the filters that are no labels, in the address too.
const OWN: [&str; 5] = ["q", "source", "from", "to", "unsure"];

/// The name of a label's filter; a label that is called as one of ours gets a mark.
pub fn name(key: &str) -> String {
    match OWN.contains(&key) {
        true => format!("label_{key}"),
        false => key.to_owned(),
    }
}

/// What a paragraph can be found by: `offer=1 russia=unfavorable russia=mentioned sentiment=negative unsure=1`.
pub fn tokens(page: &Page, row: &ReviewedRow, confidence: Option<f64>) -> String {
    let mut tokens = Vec::new();
    for (label, now) in page.data.reviewed.labels.iter().zip(&row.now) {
        let name = name(&label.column);
        let Some(now) = now else { continue };
        match label.kind {
            LabelKind::Frame if *now == "0" => {}
            LabelKind::Stance if *now == "not_mentioned" => {}
            LabelKind::Holder => {}
            LabelKind::Stance => {
                tokens.push(format!("{name}=mentioned"));
                tokens.push(format!("{name}={now}"));
            }
            _ => tokens.push(format!("{name}={now}")),
        }
    }
    if confidence.is_some_and(|confidence| confidence < UNSURE) {
        tokens.push("unsure=1".to_owned());
    }
    tokens.join(" ")
}

/// The form; hidden until the script shows it, since it does nothing without.
pub fn form(page: &Page) -> Markup {
    let sources = page.sources();
    let dated = page.data.articles.iter().any(|a| a.date.is_some());
    html! {
        form #filters hidden role="search" aria-label="Filter articles" {
            div.filter-row {
                label.search { span { "Search " kbd { "/" } } input #q type="search" name="q" placeholder="words in title or text" autocomplete="off"; }
                @if !sources.is_empty() {
                    label { span { "Source" }
                        select name="source" {
                            option value="" { "all" }
                            @for (source, articles) in &sources { option value=(source) { (source) " (" (articles) ")" } }
                        }
                    }
                }
                @if dated {
                    label { span { "From" } input type="date" name="from"; }
                    label { span { "To" } input type="date" name="to"; }
                }
            }
            div.filter-row {
                div role="group" aria-label="Frame" { span.legend { "Frame" } div.pills {
                    @for (_, label) in page.data.labels(LabelKind::Frame) {
                        (pill(&name(&label.column), page.name(&label.column)))
                    }
                } }
                @for (_, label) in page.data.labels(LabelKind::Stance) {
                    label { span { (page.name(&label.column)) }
                        select name=(name(&label.column)) {
                            option value="" { "any" }
                            option value="mentioned" { "mentioned" }
                            @for (value, sign) in STANCES { option value=(value) { (sign) " " (value) } }
                        }
                    }
                }
                @for (_, label) in page.data.labels(LabelKind::Sentiment) {
                    label { span { "Tone" }
                        select name=(name(&label.column)) {
                            option value="" { "any" }
                            @for value in label.kind.allowed() { option value=(value) { (sign(value)) " " (value) } }
                        }
                    }
                }
                div role="group" aria-label="Confidence" { span.legend { "Confidence" } div.pills {
                    (pill("unsure", "only unsure"))
                } }
            }
            div.filter-row.actions {
                p #count role="status" aria-live="polite" {}
                span.buttons {
                    button #reset type="button" { "Clear filters" }
                    button #open type="button" { "Open all" }
                    button #close type="button" { "Close all" }
                }
            }
        }
    }
}

fn pill(name: &str, shown: &str) -> Markup {
    html! {
        label.pill { input type="checkbox" name=(name) value="1"; span { (shown) " " b data-count={ (name) "=1" } {} } }
    }
}
