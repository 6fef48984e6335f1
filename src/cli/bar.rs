//! Progress: a bar on a terminal, a plain line now and then elsewhere, nothing when quiet.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::printer::Printer;

/// Seconds between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

/// One bar with a unit.
pub struct Bar {
    bar: ProgressBar,
    unit: &'static str,
    plain: bool,
    started: Instant,
    first: u64,
    told: Instant,
}

impl Bar {
    /// A bar for `total` things of a `unit`, `done` of which are done already. `total` 0: not known yet.
    pub fn new(printer: &Printer, unit: &'static str, done: u64, total: u64) -> Bar {
        let bar = if printer.draws() {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        let template = if total > 0 {
            "{msg} {wide_bar} {human_pos}/{human_len} {unit}, {rate}/s, {eta} left"
        } else {
            "{msg} {spinner} {human_pos} {unit}, {rate}/s, {elapsed}"
        };
        // The rate is that of this run: what an earlier one did took no time now.
        let start = Instant::now();
        let style = ProgressStyle::with_template(&template.replace("{unit}", unit))
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key(
                "rate",
                move |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                    let rate = state.pos().saturating_sub(done) as f64
                        / start.elapsed().as_secs_f64().max(0.1);
                    let _ = write!(out, "{rate:.1}");
                },
            );
        bar.set_style(style);
        bar.set_position(done);
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(250));
        Bar {
            bar,
            unit,
            plain: !printer.draws() && !printer.is_quiet(),
            started: start,
            first: done,
            told: Instant::now(),
        }
    }

    /// So many are done of so many.
    pub fn set(&mut self, done: u64, total: u64, printer: &Printer) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        if self.plain && self.told.elapsed() >= PLAIN_EVERY {
            self.told = Instant::now();
            let rate = (done - self.first.min(done)) as f64 / self.started.elapsed().as_secs_f64();
            printer.say(&format!(
                "{done} of {total} {} done, {rate:.1} a second",
                self.unit
            ));
        }
    }

    /// Words before the bar.
    pub fn message(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Prints a line without breaking the bar.
    pub fn say(&self, printer: &Printer, text: &str) {
        self.bar.suspend(|| printer.say(text));
    }

    /// Runs something that prints without breaking the bar.
    pub fn around(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
