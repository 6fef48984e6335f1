//! The parts of the page above and below the articles: cards, shares, charts, and what the page is made of.

use std::collections::HashMap;

use jiff::civil::Date;
use maud::{Markup, html};

use super::charts::{self, STANCES, Scale, Tally};
use super::data::counted;
use super::dates::Bin;
use super::filters;
use super::page::{Page, encoded};
use super::shares::{Corrected, LEAST_MENTIONS, LEAST_READ, Share};
use crate::review::corrections::{Label, State};
use crate::review::values::LabelKind;

/// Sources that get a bar of their own; the others are put together.
const SOURCES: usize = 12;

fn percent(share: f64) -> String {
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

fn day(day: Date) -> String {
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

fn axis_row() -> Markup {
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

/// Stance over time, a chart a target.
pub fn over_time(page: &Page) -> Markup {
    let data = page.data;
    let days = || data.articles.iter().filter_map(|article| article.date);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return missing(
            "h-time",
            "Over time",
            "dates",
            data.date_column.as_deref(),
            "--date-column",
        );
    };
    let bin = Bin::of(first, last);
    let starts = bin.range(first, last);
    let places: HashMap<Date, usize> = starts.iter().copied().zip(0..).collect();
    let tally = |label: usize| {
        let mut tallies = vec![Tally::default(); starts.len()];
        for (article, row) in data.labelled() {
            let place = article.date.and_then(|day| places.get(&bin.start(day)));
            if let Some(&place) = place {
                tallies[place].add(row.now[label]);
            }
        }
        tallies
    };
    let targets: Vec<(&Label, Vec<Tally>)> = data
        .labels(LabelKind::Stance)
        .map(|(at, label)| (label, tally(at)))
        .collect();
    let scale = Scale::of(targets.iter().flat_map(|(_, tallies)| tallies));
    html! {
        section #time aria-labelledby="h-time" {
            h2 #h-time { "Stance over time" }
            p.lead {
                "Paragraphs by " (bin.noun()) " of their article, " (day(first)) " to " (day(last)) ", as the sheet stands (not corrected for the model's error). "
                b.t-favorable { "+ favorable" } " above the line, " b.t-unfavorable { "− unfavorable" } " below it, " b.t-mixed { "± mixed" }
                " across it; the small number under each column says how many paragraphs mention the target. A column leads to its paragraphs."
            }
            @for (label, tallies) in &targets {
                figure {
                    figcaption { (page.name(&label.column)) }
                    div.scroll tabindex="0" role="region" aria-label={ "Stance toward " (page.name(&label.column)) " over time" } {
                        (charts::over_time(bin, &starts, tallies, scale, &filters::name(&label.column)))
                    }
                    (numbers(starts.iter().map(|start| bin.label(*start)).zip(tallies).collect(), bin.noun()))
                }
            }
        }
    }
}

fn missing(id: &str, heading: &str, what: &str, column: Option<&str>, flag: &str) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 #(id) { (heading) }
            p.none {
                @match column {
                    Some(column) => { "Nothing in column " code { (column) } " could be used as " (what) "." },
                    None => { "No column with " (what) " was found. Annotate a table that has one" ", or name it with " code { (flag) } "." },
                }
            }
        }
    }
}

/// A chart's numbers as a table.
fn numbers(rows: Vec<(String, &Tally)>, first: &str) -> Markup {
    html! {
        details.numbers {
            summary { "Numbers" }
            div.scroll tabindex="0" {
                table {
                    thead { tr { th scope="col" { (first) } @for (value, sign) in STANCES { th scope="col" { (sign) " " (value) } } th scope="col" { "mentions" } } }
                    tbody { @for (name, tally) in rows { @if tally.mentions() > 0 {
                        tr { th scope="row" { (name) } @for count in tally.counts { td { (count) } } td { (tally.mentions()) } }
                    } } }
                }
            }
        }
    }
}

/// Stance by source, a panel a target, and frames by source as a table.
pub fn by_source(page: &Page) -> Markup {
    let data = page.data;
    let sources = page.sources();
    if sources.is_empty() {
        return missing(
            "h-source",
            "By source",
            "sources",
            data.source_column.as_deref(),
            "--source-column",
        );
    }
    let places: HashMap<&str, usize> = sources
        .iter()
        .enumerate()
        .map(|(at, (source, _))| (*source, at.min(SOURCES)))
        .collect();
    let mut names: Vec<String> = sources
        .iter()
        .take(SOURCES)
        .map(|(s, _)| (*s).to_owned())
        .collect();
    if let Some(more) = sources.len().checked_sub(SOURCES).filter(|more| *more > 0) {
        names.push(format!("{more} other sources"));
    }
    let tally = |label: usize| {
        let mut tallies = vec![Tally::default(); names.len()];
        for (article, row) in data.labelled() {
            let place = article
                .source
                .as_deref()
                .and_then(|source| places.get(source));
            if let Some(&place) = place {
                tallies[place].add(row.now[label]);
            }
        }
        tallies
    };
    html! {
        section #sources aria-labelledby="h-source" {
            h2 #h-source { "Stance by source" }
            p.lead {
                "Of the paragraphs that mention the target, as the sheet stands (not corrected for the model's error): "
                @for (value, sign) in STANCES { b.{ "t-" (value) } { (sign) " " (value) } @if value != "unfavorable" { ", " } }
                ", in this order. Fewer than " (LEAST_MENTIONS) " mentions are too few to tell."
            }
            div.panels.three {
                @for (at, label) in data.labels(LabelKind::Stance) {
                    @let tallies = tally(at);
                    div.panel {
                        h3 { (page.name(&label.column)) " " small { "share of mentions, %" } }
                        div.bars {
                            (axis_row())
                            @for (place, (name, tally)) in names.iter().zip(&tallies).enumerate() {
                                div.row {
                                    @if place < SOURCES { a.name dir="auto" href={ "#source=" (encoded(name)) } { (name) } } @else { span.name { (name) } }
                                    @if tally.mentions() < LEAST_MENTIONS { span.few { "too few to tell" } }
                                    @else { (charts::stacked(tally, &format!("{name}: {}", tally.words()))) }
                                    span.value {
                                        @for ((value, sign), count) in STANCES.iter().zip(tally.counts) {
                                            @if count > 0 { b.{ "t-" (value) } { (sign) (count) } " " }
                                        }
                                        "of " (tally.mentions())
                                    }
                                }
                            }
                        }
                        (numbers(names.iter().cloned().zip(&tallies).collect(), "source"))
                    }
                }
            }
            (frames_by_source(page, &names, &places))
        }
    }
}

fn frames_by_source(page: &Page, names: &[String], places: &HashMap<&str, usize>) -> Markup {
    let frames: Vec<(usize, &Label)> = page.data.labels(LabelKind::Frame).collect();
    let mut counts = vec![vec![0usize; frames.len()]; names.len()];
    let mut rows = vec![0usize; names.len()];
    for (article, row) in page.data.labelled() {
        let place = article
            .source
            .as_deref()
            .and_then(|source| places.get(source));
        if let Some(&place) = place {
            rows[place] += 1;
            for (count, (at, _)) in counts[place].iter_mut().zip(&frames) {
                *count += usize::from(row.now[*at] == Some("1"));
            }
        }
    }
    html! {
        h3 { "Frames by source " small { "paragraphs, and their share of the source's" } }
        div.scroll tabindex="0" {
            table {
                thead { tr { th scope="col" { "source" } @for (_, label) in &frames { th scope="col" { (page.name(&label.column)) } } th scope="col" { "paragraphs" } } }
                tbody { @for ((name, counts), rows) in names.iter().zip(&counts).zip(&rows) {
                    tr {
                        th scope="row" dir="auto" { (name) }
                        @for count in counts { td { (count) @if *rows >= LEAST_MENTIONS { " " small { (percent(*count as f64 / *rows as f64)) " %" } } } }
                        td { (rows) }
                    }
                } }
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
