//! The parts of the page above and below the articles: cards, shares, and what the page is made of; what changes over
//! time and by source is in [`super::trends`].

use jiff::civil::Date;
use maud::{Markup, html};

use super::charts;
use super::data::counted;
use super::filters;
use super::page::{Page, encoded};
use super::shares::{Corrected, LEAST_MENTIONS, LEAST_READ, Share};
use crate::review::corrections::{Label, State};
use crate::review::values::LabelKind;

/// A part of one as whole per cent.
pub fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

/// The first numbers.
pub fn cards(page: &Page) -> Markup {
    let rows = &page.data.reviewed.rows;
    let read = rows.iter().filter(|row| row.reviewed).count();
    let cells = rows.iter().flat_map(|row| &row.states);
    let corrected = cells.filter(|state| **state == State::Corrected).count();
    let days: Vec<Date> = page.data.articles.iter().filter_map(|a| a.date).collect();
    let undated = page.data.articles.len() - days.len();
    let sources = page.sources().len();
    html! {
        section.cards aria-label="Overview" {
            (card(page.data.articles.len(), "articles", ""))
            (card(rows.len(), "labelled paragraphs", &unlabelled(page)))
            (card(read, "read by an analyst", &format!("{corrected} labels corrected")))
            @if let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) {
                div.card {
                    b.small { span { (day(*first)) } " – " span { (day(*last)) } }
                    span { "dates" }
                    @if undated > 0 { small { (undated) " without a date" } }
                }
            }
            @if sources > 0 { (card(sources, "sources", "")) }
        }
        @if !page.notes.is_empty() {
            ul.notes { @for note in &page.notes { li { (code_in(note)) } } }
        }
    }
}

/// A day as people write it.
pub fn day(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// A sentence for a terminal, its literals in backticks, as HTML.
fn code_in(sentence: &str) -> Markup {
    html! {
        @for (at, part) in sentence.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn unlabelled(page: &Page) -> String {
    let all: usize = page.data.articles.iter().map(|a| a.paragraphs.len()).sum();
    match all.saturating_sub(page.data.reviewed.rows.len()) {
        0 => String::new(),
        more => format!("{more} more without labels"),
    }
}

fn card(number: usize, what: &str, more: &str) -> Markup {
    html! { div.card { b { (number) } span { (what) } @if !more.is_empty() { small { (more) } } } }
}

/// How often each label was given, and the shares without the model's error.
pub fn shares(page: &Page) -> Markup {
    let data = page.data;
    html! {
        section #shares aria-labelledby="h-shares" {
            h2 #h-shares { "How often" }
            (standing(page))
            div.panels {
                div.panel {
                    h3 { "Frames " small { "share of all paragraphs, %" } }
                    div.bars {
                        (axis_row())
                        @for (at, label) in data.labels(LabelKind::Frame) {
                            @for share in page.shares.of(at, label.kind) {
                                (share_row(page, label, &share, &format!("frame{}", page.frame(at))))
                            }
                        }
                    }
                }
                @for (at, label) in data.labels(LabelKind::Sentiment) {
                    div.panel {
                        h3 { "Tone " small { "share of all paragraphs, %" } }
                        div.bars {
                            (axis_row())
                            @for share in page.shares.of(at, label.kind) { (share_row(page, label, &share, &format!("v-{}", share.value))) }
                        }
                    }
                }
            }
            div.panels.three {
                @for (at, label) in data.labels(LabelKind::Stance) {
                    @let shares = page.shares.of(at, label.kind);
                    @let of = shares.first().map_or(0, |share| share.of);
                    div.panel {
                        h3 { "Stance toward " (page.name(&label.column)) " " small { "share of the " (counted(of, "paragraph", "paragraphs")) " that mention it, %" } }
                        @if of == 0 { p.none { "Not mentioned in this sheet." } }
                        @else { div.bars {
                            (axis_row())
                            @for share in &shares { (share_row(page, label, share, &format!("v-{}", share.value))) }
                        } }
                    }
                }
            }
        }
    }
}

/// The row above horizontal bars.
pub fn axis_row() -> Markup {
    html! { div.row.axis-row { (charts::axis()) } }
}

fn share_row(page: &Page, label: &Label, share: &Share, class: &str) -> Markup {
    let name = match label.kind {
        LabelKind::Frame => page.name(&label.column).to_owned(),
        _ => format!("{} {}", charts::sign(share.value), share.value),
    };
    let meaning = match label.kind {
        LabelKind::Frame => page.meaning(&label.column),
        LabelKind::Stance => page.meaning(share.value),
        _ => None,
    };
    let part = share.rows as f64 / share.of.max(1) as f64;
    let counted = format!("{} % ({} of {})", percent(part), share.rows, share.of);
    let (estimate, corrected) = match share.corrected {
        Corrected::Unread => (None, String::new()),
        Corrected::TooFew => (None, "corrected: too few to tell".to_owned()),
        Corrected::Estimate(e) => (
            Some(e),
            format!(
                "corrected {} % ({} to {})",
                percent(e.point),
                percent(e.low),
                percent(e.high)
            ),
        ),
    };
    let words = format!("{name}: {counted}; {corrected}");
    let words = words.trim_end_matches("; ");
    let link = format!(
        "#{}={}",
        encoded(&filters::name(&label.column)),
        encoded(share.value)
    );
    html! {
        div.row {
            a.name href=(link) title=[meaning] { (name) }
            (charts::share(class, part, estimate, words))
            span.value { span { (counted) } @if !corrected.is_empty() { " " b { (corrected) } } }
        }
    }
}

/// Whether the shares are corrected, how, and what to do where they are not.
fn standing(page: &Page) -> Markup {
    let audit = page.shares.audit;
    html! {
        @if !audit.there || audit.rows == 0 {
            p.warn { b { "Uncorrected." } " Bars show what the model said, with an analyst's corrections where there are any; its errors are counted too. This sheet has no audit sample (column " code { "audit" } "), so the error can't be taken out: annotate again to get one." }
        } @else if audit.read == 0 {
            p.warn { b { "Uncorrected." } " Bars show what the model said, with an analyst's corrections where there are any; its errors are counted too. To get corrected shares with intervals, read the " (counted(audit.rows, "row", "rows")) " with " code { "audit = 1" } ", correct what is wrong, write anything into " code { "reviewed" } ", and make this report again." }
        } @else if !audit.speaks() {
            p.warn { b { "Too few to tell." } " Bars show what the model said, with an analyst's corrections where there are any. Of the random audit sample only " (audit.read) " of " (audit.rows) " rows are marked as read, fewer than " (LEAST_READ) ": read the other rows with " code { "audit = 1" } " to get corrected shares with intervals." }
        } @else {
            @if audit.is_partly_read() {
                p.warn { b { "Partly read." } " Only " (audit.read) " of the " (audit.rows) " rows of the audit sample are marked as read. Those left unread may be the hard ones, and then the corrected shares are off by more than their intervals say: read them all before you quote them." }
            }
            p.lead {
                "Bars show the sheet as it stands: what the model said, with an analyst's corrections. The point with a line is the share "
                b { "corrected for the model's error" } " and its 95 % interval, by what was found in " (audit.read)
                " rows drawn at random out of " (audit.population) " (prediction-powered inference). "
                "Shares of stance are of the paragraphs that mention the target, both parts of that ratio being corrected; with fewer than "
                (LEAST_MENTIONS) " such rows read there are too few to tell."
            }
        }
    }
}

/// What the page is made of, by which it can be made again.
pub fn about(page: &Page) -> Markup {
    let reviewed = &page.data.reviewed;
    let file = reviewed.path.file_name().map(|name| name.to_string_lossy());
    let inputs = page
        .record
        .as_ref()
        .and_then(|record| record["inputs"].as_array());
    let word = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or("").to_owned();
    html! {
        footer {
            h2 { "About this page" }
            p { "Made by demarche " (env!("CARGO_PKG_VERSION")) " from " code { (file.unwrap_or_default()) } ", SHA-256 " code.hash { (reviewed.sha256) } ". It needs no network and sends nothing." }
            @if let Some(record) = &page.record {
                p { "Labels: model " (word(&record["model"], "name")) " " (word(&record["model"], "version")) ", weights " code.hash { (word(&record["model"], "weights_sha256")) }
                    "; codebook " (word(&record["codebook"], "label")) ", " code.hash { (word(&record["codebook"], "sha256")) } "." }
            }
            @if let Some(inputs) = inputs {
                details { summary { (counted(inputs.len(), "input file", "input files")) }
                    ul { @for input in inputs { li { code { (word(input, "name")) } " " code.hash { (word(input, "sha256")) } } } }
                }
            }
            p { "Labels are a model's, which errs; whoever quotes this page reads the paragraphs first." }
        }
    }
}
