//! The second pass: the journal, read again, gives the rows of the sheet in reading order.
//!
//! Of each row only its id and its doubt stay in memory.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;

use sha2::{Digest, Sha256};

use super::audit::Audit;
use super::decide::{Decider, ranks};
use super::journal::{Batch, Journal, Outcome};
use super::plan::{Chunk, Totals};
use crate::error::{Error, Kind, Place, Result};
use crate::export::{Row, RowLabels};

/// What the rows come to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub labelled: u64,
    pub failed: u64,
    pub set_aside: u64,
    /// For each paragraph its review rank, 0 for none.
    ranks: Vec<u32>,
    /// Ids of the audit sample.
    audit: HashSet<String>,
    /// Why the first failed one failed, with its place.
    pub first_failure: Option<String>,
}

/// Takes a chunk and the outcomes of its paragraphs.
type EachChunk<'e, E> = &'e mut dyn FnMut(&Chunk, &[Option<&Outcome>]) -> Result<(), E>;

/// Calls `each` for every chunk with the outcome of each paragraph; `None` for boilerplate.
fn chunks<E: From<Error>>(journal: &Journal, each: EachChunk<E>) -> Result<(), E> {
    let mut batches = journal.batches()?.peekable();
    for chunk in journal.chunks()? {
        let chunk = chunk?;
        let scored = outcomes(&chunk, &mut batches)?;
        let outcomes: Vec<Option<&Outcome>> = chunk
            .originals()
            .into_iter()
            .zip(&chunk.paragraphs)
            .map(|(original, entry)| match entry.is_labelled() {
                true => scored.get(&original).map(Some).ok_or_else(|| lost(journal)),
                false => Ok(None),
            })
            .collect::<Result<_>>()?;
        each(&chunk, &outcomes)?;
    }
    Ok(())
}

fn outcomes(
    chunk: &Chunk,
    batches: &mut Peekable<impl Iterator<Item = Result<Batch>>>,
) -> Result<HashMap<usize, Outcome>> {
    let mut scored = HashMap::new();
    let ours = |batch: &Result<Batch>| match batch {
        Ok(batch) => batch.chunk == chunk.number,
        Err(_) => true,
    };
    while let Some(batch) = batches.next_if(ours) {
        let batch = batch?;
        scored.extend(batch.paragraphs.into_iter().zip(batch.outcomes));
    }
    Ok(scored)
}

fn lost(journal: &Journal) -> Error {
    Error::new(Kind::Output, "the journal was changed while it was in use")
        .at(Place::file(journal.path()))
        .hint("delete it and run again; let only one run write to an output at a time")
}

/// Reads the journal once: how many rows of each sort, and which to review first.
pub(super) fn tally(journal: &Journal, decider: &Decider, audit: &Audit) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut doubts = Vec::new();
    let mut ids = RowIds::default();
    let mut sample = audit.draw();
    chunks(journal, &mut |chunk, outcomes| {
        for (entry, outcome) in chunk.paragraphs.iter().zip(outcomes) {
            let document = &chunk.documents[entry.document].name;
            let id = ids.next(document, &entry.paragraph.text);
            doubts.push(match outcome {
                Some(Outcome::Scored(scores)) => {
                    tally.labelled += 1;
                    sample.offer(id);
                    Some(decider.decide(&entry.paragraph.text, scores).doubt)
                }
                Some(Outcome::Failed(why)) => {
                    tally.failed += 1;
                    if tally.first_failure.is_none() {
                        let number = entry.paragraph.number;
                        tally.first_failure =
                            Some(format!("{document}, paragraph {number}: {why}"));
                    }
                    None
                }
                None => {
                    tally.set_aside += 1;
                    None
                }
            });
        }
        Ok(())
    })?;
    tally.ranks = ranks(&doubts);
    tally.audit = sample.ids();
    Ok(tally)
}

/// Reads the journal again and hands over its rows, in reading order.
pub(super) fn rows<E: From<Error>>(
    journal: &Journal,
    decider: &Decider,
    tally: &Tally,
    keep_boilerplate: bool,
    each: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut ids = RowIds::default();
    let mut ranks = tally.ranks.iter();
    chunks(journal, &mut |chunk, outcomes| {
        for (entry, outcome) in chunk.paragraphs.iter().zip(outcomes) {
            let document = &chunk.documents[entry.document];
            let paragraph = &entry.paragraph;
            // Every paragraph takes its id, shown or not: ids must not hang on --keep-boilerplate.
            let id = ids.next(&document.name, &paragraph.text);
            let rank = ranks.next().copied().unwrap_or(0);
            if outcome.is_none() && !keep_boilerplate {
                continue;
            }
            let (labels, note) = match outcome {
                Some(Outcome::Scored(scores)) => {
                    let labels = RowLabels::new(decider, &paragraph.text, scores, rank);
                    (Some(labels), String::new())
                }
                Some(Outcome::Failed(why)) => (None, format!("could not be labelled: {why}")),
                None => {
                    let why = paragraph.set_aside.as_deref().unwrap_or("boilerplate");
                    (None, format!("set aside: {why}"))
                }
            };
            each(&Row {
                audit: tally.audit.contains(&id),
                id,
                document,
                paragraph,
                labels,
                note,
            })?;
        }
        Ok(())
    })
}

/// Makes the ids of a sheet's rows.
///
/// An id is hashed from the document's name, the paragraph's text and the number of its occurrence in that document,
/// so it is the same on every machine, whatever stands before the paragraph. It is `p-` and ten hexadecimal digits:
/// should two rows of a sheet hash alike (one sheet of 200,000 rows in fifty), the later one hashes once more.
#[derive(Debug, Default)]
pub struct RowIds {
    taken: HashSet<u64>,
    /// Hash of document and text → occurrences tried.
    tried: HashMap<u64, u32>,
}

impl RowIds {
    /// The id of the next row.
    pub fn next(&mut self, document: &str, text: &str) -> String {
        let tried = self.tried.entry(hash(document, text, 0)).or_insert(0);
        loop {
            *tried += 1;
            let id = hash(document, text, *tried) >> 24;
            if self.taken.insert(id) {
                return format!("p-{id:010x}");
            }
        }
    }
}

fn hash(document: &str, text: &str, occurrence: u32) -> u64 {
    let mut digest = Sha256::new();
    // The length keeps (`ab`, `c`) from hashing as (`a`, `bc`).
    digest.update((document.len() as u64).to_le_bytes());
    digest.update(document);
    digest.update(text);
    digest.update(occurrence.to_le_bytes());
    let digest = digest.finalize();
    digest[..8]
        .iter()
        .fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// Everything was left out or set aside: an error that says why.
pub(super) fn nothing(totals: &Totals, first_skipped: Option<&Error>) -> Error {
    let error = match (first_skipped, &totals.first_set_aside) {
        (Some(first), _) => {
            let error = Error::new(
                Kind::Input,
                format!("nothing could be annotated: {}", first.in_one_line()),
            );
            match first.advice() {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }
        (None, Some(first)) => Error::new(
            Kind::Input,
            format!("nothing could be annotated, every paragraph was set aside: {first}"),
        ),
        (None, None) => Error::new(
            Kind::Input,
            "nothing could be annotated: there is no paragraph in it",
        ),
    };
    match totals.skipped {
        0 | 1 => error,
        many => error.hint(format!(
            "{many} files or rows could not be read; the first is named"
        )),
    }
}
