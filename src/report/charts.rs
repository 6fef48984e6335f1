//! Charts as inline SVG: horizontal ones in per cent of their box, so that they fit a phone; columns over time in
//! pixels, scrolled where they do not fit. Position and a sign tell what colour tells.

use jiff::civil::Date;
use maud::{Markup, html};

use super::dates::Bin;
use super::shares::Estimate;

/// The values of stance that are drawn, in the order of a bar, with the sign that stands for each.
pub const STANCES: [(&str, &str); 4] = [
    ("favorable", "+"),
    ("mixed", "±"),
    ("neutral", "○"),
    ("unfavorable", "−"),
];

/// The sign of a value.
pub fn sign(value: &str) -> &'static str {
    let known = STANCES
        .iter()
        .chain(&[("positive", "+"), ("negative", "−")]);
    let mut fit = known.filter(|(word, _)| *word == value);
    fit.next().map_or("", |(_, sign)| sign)
}

/// How many paragraphs say what of a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// As [`STANCES`].
    pub counts: [usize; 4],
}

impl Tally {
    /// Counts a stance; one that does not mention the target is none.
    pub fn add(&mut self, stance: Option<&str>) {
        let place = STANCES.iter().position(|(word, _)| Some(*word) == stance);
        if let Some(place) = place {
            self.counts[place] += 1;
        }
    }

    /// Paragraphs that mention the target.
    pub fn mentions(&self) -> usize {
        self.counts.iter().sum()
    }

    fn up(&self) -> f64 {
        self.counts[0] as f64 + self.counts[1] as f64 / 2.0
    }

    fn down(&self) -> f64 {
        self.counts[3] as f64 + self.counts[1] as f64 / 2.0
    }

    /// In words: `favorable 3, mixed 0, neutral 4, unfavorable 6`.
    pub fn words(&self) -> String {
        let each = STANCES.iter().zip(self.counts);
        let each: Vec<String> = each.map(|((word, _), n)| format!("{word} {n}")).collect();
        each.join(", ")
    }
}

/// A part of one as CSS and SVG want it.
fn percent(share: f64) -> String {
    format!("{:.2}%", 100.0 * share)
}

fn grid() -> Markup {
    html! {
        @for tick in 0..=4 {
            @let x = percent(f64::from(tick) / 4.0);
            line.grid x1=(x) x2=(x) y1="0" y2="100%" {}
        }
    }
}

/// The axis above horizontal bars, 0 to 100 %.
pub fn axis() -> Markup {
    html! {
        svg.axis width="100%" height="16" aria-hidden="true" {
            @for tick in 0..=4 {
                @let anchor = match tick { 0 => "start", 4 => "end", _ => "middle" };
                text x=(percent(f64::from(tick) / 4.0)) y="11" text-anchor=(anchor) { (25 * tick) @if tick == 4 { " %" } }
            }
        }
    }
}

/// A share as a bar, and the corrected one as a point with its interval across it.
pub fn share(class: &str, share: f64, corrected: Option<Estimate>, words: &str) -> Markup {
    html! {
        svg.share width="100%" height="24" role="img" aria-label=(words) {
            title { (words) }
            (grid())
            rect.fill.(class) x="0" y="4" height="16" width=(percent(share)) {}
            @if let Some(estimate) = corrected {
                line.halo x1=(percent(estimate.low)) x2=(percent(estimate.high)) y1="12" y2="12" {}
                circle.halo cx=(percent(estimate.point)) cy="12" r="5.5" {}
                line.whisker x1=(percent(estimate.low)) x2=(percent(estimate.high)) y1="12" y2="12" {}
                @for end in [estimate.low, estimate.high] {
                    line.whisker x1=(percent(end)) x2=(percent(end)) y1="7" y2="17" {}
                }
                circle.point cx=(percent(estimate.point)) cy="12" r="4" {}
            }
        }
    }
}

/// The stances of those paragraphs that mention a target, as one bar with a sign and a count in each part.
pub fn stacked(tally: &Tally, words: &str) -> Markup {
    let all = tally.mentions() as f64;
    let mut start = 0.0;
    let parts: Vec<(&str, &str, usize, f64, f64)> = STANCES
        .iter()
        .zip(tally.counts)
        .map(|((word, sign), count)| {
            let part = (*word, *sign, count, start, count as f64 / all);
            start += part.4;
            part
        })
        .filter(|part| part.2 > 0)
        .collect();
    html! {
        svg.stack width="100%" height="24" role="img" aria-label=(words) {
            title { (words) }
            (grid())
            @for (word, sign, count, start, share) in parts {
                rect.fill.{ "v-" (word) } x=(percent(start)) y="2" height="20" width=(percent(share)) {}
                @if share >= 0.12 {
                    text.{ "on-" (word) } x=(percent(start + share / 2.0)) y="16" text-anchor="middle" {
                        (sign) (count)
                    }
                }
            }
        }
    }
}

/// Room left of the columns for the axis, and above and below them for the counts.
const LEFT: f64 = 34.0;
const ABOVE: f64 = 18.0;
const BELOW: f64 = 46.0;
/// Height of the highest columns, both ways, and most of a single row.
const HEIGHT: f64 = 150.0;
const HIGHEST: f64 = 20.0;

/// How high a row of the sheet is drawn; the charts of several targets share it, so that they can be compared.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    row: f64,
    step: usize,
}

impl Scale {
    /// The one that fits all of these.
    pub fn of<'t>(tallies: impl Iterator<Item = &'t Tally> + Clone) -> Scale {
        let most = |of: fn(&Tally) -> f64| tallies.clone().map(of).fold(1.0, f64::max).ceil();
        let rows = most(Tally::up) + most(Tally::down);
        let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
        let fits = |step: &&usize| rows / **step as f64 <= 9.0;
        Scale {
            row: (HEIGHT / rows).min(HIGHEST),
            step: steps.iter().find(fits).copied().unwrap_or(10_000),
        }
    }
}

/// One chart's room above and below its line.
struct Plot {
    scale: Scale,
    up: f64,
    down: f64,
}

impl Plot {
    fn new(scale: Scale, tallies: &[Tally]) -> Plot {
        let most = |of: fn(&Tally) -> f64| tallies.iter().map(of).fold(1.0, f64::max).ceil();
        Plot {
            scale,
            up: most(Tally::up),
            down: most(Tally::down),
        }
    }

    fn y(&self, rows: f64) -> f64 {
        ABOVE + (self.up - rows) * self.scale.row
    }

    /// Whole numbers of rows with a line across the chart; below zero for unfavorable.
    fn ticks(&self) -> Vec<i64> {
        let step = self.scale.step as i64;
        let (low, high) = (-(self.down as i64) / step, self.up as i64 / step);
        (low..=high).map(|tick| tick * step).collect()
    }
}

/// One target over time: favorable paragraphs above the line, unfavorable ones below, mixed ones across it.
///
/// `key` names the target's filter; a click on a bin shows its paragraphs.
pub fn over_time(bin: Bin, starts: &[Date], tallies: &[Tally], scale: Scale, key: &str) -> Markup {
    let width = (1_000.0 / starts.len() as f64).clamp(26.0, 110.0);
    let right = LEFT + width * starts.len() as f64;
    let total = right + 8.0;
    let plot = Plot::new(scale, tallies);
    let bottom = plot.y(-plot.down);
    let every = (48.0 / width).ceil() as usize;
    let one = |number: f64| format!("{number:.1}");
    html! {
        svg.time width=(one(total)) height=(one(bottom + BELOW)) viewBox={ "0 0 " (one(total)) " " (one(bottom + BELOW)) } role="img" aria-label="Columns over time; the numbers are in the table below" {
            @for tick in plot.ticks() {
                @let y = one(plot.y(tick as f64));
                line.{ @if tick == 0 { "zero" } @else { "grid" } } x1=(LEFT) x2=(one(right)) y1=(y) y2=(y) {}
                text.tick x=(LEFT - 6.0) y=(y) dy="4" text-anchor="end" { (tick.abs()) }
            }
            @for ((at, start), tally) in starts.iter().enumerate().zip(tallies) {
                @let x = LEFT + width * at as f64;
                @let middle = one(x + width / 2.0);
                @let half = tally.counts[1] as f64 / 2.0;
                a href=(bin_link(bin, *start, key)) tabindex="-1" {
                    title { (bin.label(*start)) ": " (tally.words()) "; " (tally.mentions()) " paragraphs" }
                    rect.hit x=(one(x)) y=(ABOVE) width=(one(width)) height=(one(bottom - ABOVE)) {}
                    (column(&plot, x, width, (half, tally.up()), "v-favorable"))
                    (column(&plot, x, width, (-half, half), "v-mixed"))
                    (column(&plot, x, width, (-tally.down(), -half), "v-unfavorable"))
                    @if tally.counts[0] > 0 {
                        text.count x=(middle) y=(one(plot.y(tally.up()) - 4.0)) text-anchor="middle" { "+" (tally.counts[0]) }
                    }
                    @if tally.counts[3] > 0 {
                        text.count x=(middle) y=(one(plot.y(-tally.down()) + 13.0)) text-anchor="middle" { "−" (tally.counts[3]) }
                    }
                    @if tally.counts[1] > 0 && plot.y(-half) - plot.y(half) >= 12.0 {
                        text.on-mixed x=(middle) y=(one(plot.y(0.0) + 4.0)) text-anchor="middle" { "±" (tally.counts[1]) }
                    }
                }
                @if at % every == 0 {
                    text.tick x=(middle) y=(one(bottom + 28.0)) text-anchor="middle" { (bin.label(*start)) }
                }
                text.mentions x=(middle) y=(one(bottom + 42.0)) text-anchor="middle" { (tally.mentions()) }
            }
        }
    }
}

fn column(plot: &Plot, x: f64, width: f64, (low, high): (f64, f64), class: &str) -> Markup {
    let one = |number: f64| format!("{number:.1}");
    let (top, foot) = (plot.y(high), plot.y(low));
    html! {
        @if high > low {
            rect.fill.(class) x=(one(x + width * 0.14)) width=(one(width * 0.72)) y=(one(top)) height=(one(foot - top)) {}
        }
    }
}

/// The filter that shows the paragraphs of a bin that mention a target.
fn bin_link(bin: Bin, start: Date, key: &str) -> String {
    let last = bin.last(start);
    format!(
        "#from={start}&to={last}&{}=mentioned",
        super::page::encoded(key)
    )
}
