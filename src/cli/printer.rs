//! The only place that prints: stdout is for data, stderr for people.

use std::error::Error as _;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use demarche::error::{Error, Kind, Result};

/// Knows whether to be quiet and where people look.
pub struct Printer {
    quiet: bool,
}

impl Printer {
    /// `quiet` leaves errors alone.
    pub fn new(quiet: bool) -> Self {
        Printer { quiet }
    }

    /// Whether a bar may be drawn.
    pub fn draws(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// Whether to keep silent.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A line for people.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.people(text);
        }
    }

    /// Data, as it is, to stdout. A closed pipe is no error.
    pub fn data(&self, text: &str) {
        let _ = std::io::stdout().write_all(text.as_bytes());
    }

    /// A report as JSON, to stdout.
    ///
    /// # Errors
    /// [`Kind::Output`] when it cannot be written as JSON.
    pub fn json(&self, report: &impl serde::Serialize) -> Result<()> {
        let json = serde_json::to_string_pretty(report)
            .map_err(|e| Error::new(Kind::Output, "could not write the report").because(e))?;
        self.data(&format!("{json}\n"));
        Ok(())
    }

    /// Data with colours, which go where the output is no terminal or the user wants none.
    pub fn styled(&self, text: &str) {
        let _ = anstream::stdout().write_all(text.as_bytes());
    }

    /// Something that went wrong without stopping the run; told even when quiet.
    pub fn warn(&self, error: &Error) {
        self.people(&format!("skipped: {}", error.in_one_line()));
        if let Some(advice) = error.advice() {
            self.people(&format!("  hint: {advice}"));
        }
    }

    /// The one error that ends the program, its causes, and what to do.
    pub fn error(&self, error: &Error) {
        self.people(&format!("error: {error}"));
        let mut cause = error.source();
        while let Some(inner) = cause {
            self.people(&format!("  because: {inner}"));
            cause = inner.source();
        }
        if let Some(advice) = error.advice() {
            self.people(&format!("\nhint: {advice}"));
        }
    }

    /// A panic that nobody caught is a fault of ours: says so in a sentence, without a backtrace.
    pub fn sorry(&self) {
        let last = LAST_PANIC.lock().ok().and_then(|mut last| last.take());
        self.people(&format!(
            "error: demarche itself failed{}",
            last.unwrap_or_default()
        ));
        self.people("\nhint: this is a fault of the program; the journal keeps what was done. Please report it with the input that caused it");
    }

    /// A line that is told even when quiet.
    pub fn people(&self, text: &str) {
        // Nothing can be told if stderr itself is gone.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// The last panic's message and place.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from printing: those that are caught become a row's note, and [`Printer::sorry`] tells the others.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = info
            .payload()
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| info.payload().downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        let first = message.lines().next().unwrap_or_default();
        let place = info
            .location()
            .map(|l| format!(" at {}:{}", l.file(), l.line()));
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = Some(format!("{}: {first}", place.unwrap_or_default()));
        }
    }));
}
