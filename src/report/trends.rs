//! Stance over time and by source: charts, and their numbers as tables.

use std::collections::HashMap;

use jiff::civil::Date;
use maud::{Markup, html};

use super::charts::{self, STANCES, Scale, Tally};
use super::dates::Bin;
use super::filters;
use super::page::{Page, encoded};
use super::sections::{axis_row, day, percent};
use super::shares::LEAST_MENTIONS;
use crate::review::corrections::Label;
use crate::review::values::LabelKind;

/// Sources that get a bar of their own; the others are put together.
const SOURCES: usize = 12;

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
