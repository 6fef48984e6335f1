//! What a run tells while it works. The library calls it, the binary draws it.

use crate::error::Error;

/// Told how a run goes; asked whether to stop.
///
/// Every method has a body that does nothing, so that a caller writes only what it wants to hear.
pub trait Progress {
    /// Reading goes on: documents read so far. It comes before [`Progress::start`].
    fn reading(&mut self, documents: u64) {
        let _ = documents;
    }

    /// Scoring begins: `total` paragraphs are to be labelled, `done` of them were done by an earlier, broken run.
    fn start(&mut self, total: u64, done: u64) {
        let _ = (total, done);
    }

    /// A batch is done; `done` paragraphs are labelled in all, those of an earlier run included.
    fn paragraphs(&mut self, done: u64) {
        let _ = done;
    }

    /// A sentence that the user should read.
    fn note(&mut self, text: &str) {
        let _ = text;
    }

    /// A file or row was left out; the run goes on.
    fn skipped(&mut self, error: &Error) {
        let _ = error;
    }

    /// True when the user asked to stop. The run then ends after the batch it is at, with everything kept.
    fn stopped(&self) -> bool {
        false
    }
}

/// Says nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
