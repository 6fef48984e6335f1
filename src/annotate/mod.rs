//! Paragraphs → annotations → the sheet, in reading order. Nothing is drawn or printed here.
//!
//! The road of a run: [`plan`] cuts the documents into chunks and the [`journal`] keeps them; `score` labels each
//! chunk in batches, each kept before the next begins; `rows` reads the journal again, [`decide`] makes labels of its
//! probabilities, and [`crate::export`] writes the sheet. Memory holds one chunk, and a few bytes a paragraph.

pub mod audit;
pub mod decide;
pub mod journal;
pub mod key;
pub mod labels;
mod lines;
mod options;
mod output;
pub mod plan;
pub mod progress;
mod rows;
mod score;
pub mod stream;

use std::time::{Instant, SystemTime};

use crate::codebook::MentionFinder;
use crate::corpus::Corpus;
use crate::error::{Error, Kind, Result};
use crate::export::Format;
use crate::model::Model;
use crate::model::store::Manifest;
use decide::Decider;
use journal::{Journal, Line, Taken};
use key::Key;
use plan::{Planner, Skipped, Totals};

pub use options::{Options, Summary};
pub use progress::{Progress, Silent};
pub use rows::RowIds;

/// Skipped inputs that [`Summary::skipped`] names; `OUT.run.json` names them all.
const NAMED: usize = 100;
/// Documents between two calls of [`Progress::reading`].
const READING: u64 = 50;

/// Labels every paragraph of the inputs and writes the sheet, `OUT.run.json` beside it.
///
/// A run that was stopped or killed leaves `OUT.journal`; the same call takes it up and gives the bytes that an unbroken
/// run gives. A file or row that cannot be read is told to `progress` and left out.
///
/// # Errors
/// [`Kind::Usage`] when the options cannot be, before any work; [`Kind::Input`] when nothing could be annotated;
/// [`Kind::Model`] and [`Kind::Codebook`]; [`Kind::Output`] when a file cannot be written; [`Kind::Interrupted`] when
/// `progress` asked to stop. What was done is kept in the last two.
pub fn run(options: &Options, progress: &mut dyn Progress) -> Result<Summary> {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let format = options.check()?;
    let corpus = Corpus::open(&options.inputs, &options.corpus)?;
    options.output_is_no_input(&corpus)?;
    let manifest = Manifest::read(&options.model)?;
    let decider = Decider::new(&options.codebook, &manifest)?;
    let key = Key::new(&corpus, &manifest, &options.codebook, &options.corpus);
    let path = Journal::path_of(&options.output);
    let (journal, taken) = Journal::open(&path, &key)?;
    let mut run = Run {
        options,
        corpus,
        manifest,
        decider,
        journal,
        progress,
        notes: Vec::new(),
        covered: taken.covered,
    };
    match run.all(format, taken, started, clock) {
        Ok(summary) => {
            run.journal.remove()?;
            Ok(summary)
        }
        Err(error) => {
            if run.covered == 0 {
                // Nothing is lost with it; that it cannot be removed is not what the user must hear of.
                let _ = run.journal.remove();
            }
            Err(error)
        }
    }
}

/// A run under way.
struct Run<'r> {
    options: &'r Options,
    corpus: Corpus,
    manifest: Manifest,
    decider: Decider,
    journal: Journal,
    progress: &'r mut dyn Progress,
    notes: Vec<String>,
    /// Paragraphs that the journal has outcomes of.
    covered: u64,
}

impl Run<'_> {
    fn all(
        &mut self,
        format: Format,
        taken: Taken,
        started: SystemTime,
        clock: Instant,
    ) -> Result<Summary> {
        if !taken.differences.is_empty() {
            self.note(format!(
                "an unfinished run was found, but {} changed since: starting afresh",
                taken.differences.join(" and ")
            ));
        }
        let mut summary = Summary {
            resumed_from: self.covered,
            ..Summary::default()
        };
        // Opened before the inputs are read, so that a broken model is told at once.
        let finished = taken
            .planned
            .as_ref()
            .is_some_and(|t| t.to_label == self.covered);
        let model = match finished {
            true => None,
            false => Some(Model::open(&self.options.model)?),
        };
        let totals = match &taken.planned {
            Some(totals) => {
                self.skipped_again(&mut summary)?;
                totals.clone()
            }
            None => self.plan(&mut summary)?,
        };
        if totals.to_label == 0 {
            let first = summary.skipped.first().map(Skipped::error);
            return Err(rows::nothing(&totals, first.as_ref()));
        }
        self.progress.start(totals.to_label, self.covered);
        if let Some(model) = &model {
            self.score(model, &taken, &totals)?;
        }
        summary.documents = totals.documents;
        summary.skipped_total = totals.skipped;
        self.write(format, &totals, &mut summary, started, clock)?;
        Ok(summary)
    }

    /// Tells the user something that also stands in the record of the run.
    fn note(&mut self, text: String) {
        self.progress.note(&text);
        self.notes.push(text);
    }

    /// Reads every document and keeps it in the journal.
    fn plan(&mut self, summary: &mut Summary) -> Result<Totals> {
        let Run {
            corpus,
            journal,
            progress,
            ..
        } = self;
        let mut planner = Planner::default();
        let mut keep = |chunk| journal.plan(&Line::Chunk(chunk));
        for document in corpus.documents() {
            let document = document.map_err(|error| {
                progress.skipped(&error);
                let skipped = Skipped::from(&error);
                if summary.skipped.len() < NAMED {
                    summary.skipped.push(skipped.clone());
                }
                skipped
            });
            planner.push(document, &mut keep)?;
            if planner.totals().documents.is_multiple_of(READING) {
                progress.reading(planner.totals().documents);
            }
            if progress.stopped() {
                return Err(Error::new(
                    Kind::Interrupted,
                    "stopped while reading; nothing was labelled yet",
                ));
            }
        }
        let totals = planner.finish(&mut keep)?;
        journal.plan(&Line::Planned(totals.clone()))?;
        Ok(totals)
    }

    /// What an earlier run skipped is told again, from its journal.
    fn skipped_again(&mut self, summary: &mut Summary) -> Result<()> {
        for chunk in self.journal.chunks()? {
            for skipped in chunk?.skipped {
                self.progress.skipped(&skipped.error());
                if summary.skipped.len() < NAMED {
                    summary.skipped.push(skipped);
                }
            }
        }
        Ok(())
    }

    fn score(&mut self, model: &Model, taken: &Taken, totals: &Totals) -> Result<()> {
        if let Some(threads) = self.options.threads {
            tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        }
        let scorer = score::Scorer {
            model,
            finder: &MentionFinder::new(&self.options.codebook),
            budget: self.options.max_batch_tokens,
        };
        let first = if taken.covered > 0 { taken.chunk } else { 0 };
        for chunk in self.journal.chunks()? {
            let chunk = chunk?;
            if chunk.number < first {
                continue;
            }
            let none = Default::default();
            let done = if chunk.number == taken.chunk {
                &taken.done
            } else {
                &none
            };
            self.stop_if_asked(totals)?;
            scorer.chunk(&chunk, done, &mut |batch| {
                let covers = batch.covers;
                self.journal.batch(batch)?;
                self.covered += covers;
                self.progress.paragraphs(self.covered);
                self.stop_if_asked(totals)
            })?;
        }
        Ok(())
    }

    fn stop_if_asked(&self, totals: &Totals) -> Result<()> {
        // Once all are done, the sheet is written sooner than anybody could stop it.
        if !self.progress.stopped() || self.covered == totals.to_label {
            return Ok(());
        }
        let (done, all) = (self.covered, totals.to_label);
        let error = Error::new(
            Kind::Interrupted,
            format!("stopped: {done} of {all} paragraphs are done"),
        );
        Err(match done {
            0 => error,
            _ => error.hint(format!(
                "they are kept in {}: run the same command again to go on",
                self.journal.path().display()
            )),
        })
    }
}
