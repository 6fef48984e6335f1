//! A chunk's paragraphs → batches of outcomes. A paragraph that the model cannot take costs itself, not its batch.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::journal::{Batch, Outcome};
use super::labels::Scores;
use super::plan::Chunk;
use crate::codebook::MentionFinder;
use crate::error::Result;
use crate::model::{Input, Model, Prepared, batch};

/// Scores chunks under a budget of padded pieces.
pub(super) struct Scorer<'m> {
    pub model: &'m Model,
    pub finder: &'m MentionFinder,
    pub budget: usize,
}

/// A paragraph that stands for all that are the same.
struct Original {
    at: usize,
    covers: u64,
    prepared: Result<Prepared, String>,
}

impl Scorer<'_> {
    /// Scores what is not in `done`, and hands over batch by batch.
    ///
    /// # Errors
    /// What `each` gives.
    pub fn chunk(
        &self,
        chunk: &Chunk,
        done: &HashSet<usize>,
        each: &mut dyn FnMut(Batch) -> Result<()>,
    ) -> Result<()> {
        let originals = self.originals(chunk);
        // The plan is made of the whole chunk, done or not, so that a resumed run makes the batches it would have made.
        for (number, planned) in self.plan(&originals).into_iter().enumerate() {
            let planned: Vec<&Original> = planned
                .into_iter()
                .filter(|original| !done.contains(&original.at))
                .collect();
            if planned.is_empty() {
                continue;
            }
            each(Batch {
                chunk: chunk.number,
                batch: number,
                covers: planned.iter().map(|original| original.covers).sum(),
                paragraphs: planned.iter().map(|original| original.at).collect(),
                outcomes: self.outcomes(&planned),
            })?;
        }
        Ok(())
    }

    fn originals(&self, chunk: &Chunk) -> Vec<Original> {
        let of = chunk.originals();
        let mut covers = vec![0; of.len()];
        for &original in &of {
            covers[original] += 1;
        }
        (0..of.len())
            .filter(|&at| of[at] == at && chunk.paragraphs[at].is_labelled())
            .map(|at| Original {
                at,
                covers: covers[at],
                prepared: self.prepare(chunk, at),
            })
            .collect()
    }

    fn prepare(&self, chunk: &Chunk, at: usize) -> Result<Prepared, String> {
        let entry = &chunk.paragraphs[at];
        let text = &entry.paragraph.text;
        let mentions = self.finder.find(text);
        let input = Input {
            text,
            title: chunk.context(entry),
            mentions: &mentions,
        };
        self.model
            .prepare(&input)
            .map_err(|error| error.in_one_line())
    }

    fn plan<'o>(&self, originals: &'o [Original]) -> Vec<Vec<&'o Original>> {
        let (whole, broken): (Vec<_>, Vec<_>) = originals
            .iter()
            .partition(|original| original.prepared.is_ok());
        let costs: Vec<usize> = whole
            .iter()
            .map(|original| original.prepared.as_ref().map_or(0, Prepared::cost))
            .collect();
        let mut plan: Vec<Vec<&Original>> = batch::plan(&costs, self.budget)
            .into_iter()
            .map(|batch| batch.into_iter().map(|i| whole[i]).collect())
            .collect();
        plan.push(broken);
        plan
    }

    /// One outcome a paragraph. If the batch fails, each is tried alone, so that only the guilty one is lost.
    fn outcomes(&self, batch: &[&Original]) -> Vec<Outcome> {
        let prepared: Vec<&Prepared> = batch
            .iter()
            .filter_map(|original| original.prepared.as_ref().ok())
            .collect();
        if prepared.len() == batch.len()
            && let Ok(scores) = self.score(&prepared)
        {
            return scores.into_iter().map(checked).collect();
        }
        let alone = |original: &&Original| match &original.prepared {
            Err(why) => Outcome::Failed(why.clone()),
            Ok(prepared) => match self.score(&[prepared]) {
                Ok(mut scores) => scores.pop().map_or_else(
                    || Outcome::Failed("the model said nothing of it".to_owned()),
                    checked,
                ),
                Err(why) => Outcome::Failed(why),
            },
        };
        batch.iter().map(alone).collect()
    }

    fn score(&self, batch: &[&Prepared]) -> Result<Vec<Scores>, String> {
        // libtorch's complaints, such as memory that is not to be had, come as panics.
        let scored = catch_unwind(AssertUnwindSafe(|| self.model.score(batch, self.budget)));
        match scored {
            Ok(Ok(scores)) if scores.len() == batch.len() => Ok(scores),
            Ok(Ok(_)) => Err("the model gave another number of answers".to_owned()),
            Ok(Err(error)) => Err(error.in_one_line()),
            Err(panic) => {
                let said = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied())
                    .and_then(|said| said.lines().next());
                Err(format!(
                    "the model broke off: {}",
                    said.unwrap_or("no reason given")
                ))
            }
        }
    }
}

/// Scores that are no numbers come of broken weights; they must not become labels.
fn checked(scores: Scores) -> Outcome {
    let targets = scores.targets.iter().flatten();
    let numbers = scores
        .frames
        .iter()
        .chain(&scores.sentiment)
        .chain(targets.flat_map(|t| t.stance.iter().chain(&t.holder).chain([&t.mentioned])));
    if numbers.into_iter().all(|p| p.is_finite()) {
        Outcome::Scored(scores)
    } else {
        Outcome::Failed("the model's answer is not a number".to_owned())
    }
}
