//! Is the evidence what the model goes by? Erase it, and see whether the label changes.
//!
//! After ERASER (DeYoung et al., ACL 2020): comprehensiveness is how far the label's probability falls when the evidence
//! is erased, sufficiency how far it falls when all else is. Both stand beside the same with a random run of as many
//! words. A target's own name is never erased, since a label toward a target that is not named is no label.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use super::gold::GoldRow;
use super::{Judged, judge_texts};
use crate::annotate::labels::Span;
use crate::codebook::{Codebook, MentionFinder};
use crate::error::Result;
use crate::model::Model;

const SEED: u64 = 20_260_102;

/// What erasing does to the labels that the model gave.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Faithfulness {
    /// Labels with evidence.
    pub labels: usize,
    /// Mean fall of the label's probability when its evidence is erased.
    pub comprehensiveness: f64,
    /// The same when as many random words are erased.
    pub random: f64,
    /// Mean fall when everything but the evidence is erased; low is good.
    pub sufficiency: f64,
    /// Share of labels that change when their evidence is erased.
    pub changed: f64,
    /// Share that change when as many random words are.
    pub changed_by_random: f64,
}

impl Faithfulness {
    /// All of it in a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "Faithfulness: erasing the evidence of {} labels changes {:.1} % of them and takes {:.3} off their probability \
             (comprehensiveness); erasing as many random words changes {:.1} % and takes {:.3}; keeping the evidence alone \
             takes {:.3} (sufficiency).",
            self.labels,
            100.0 * self.changed,
            self.comprehensiveness,
            100.0 * self.changed_by_random,
            self.random,
            self.sufficiency
        )
    }
}

/// A label that the model gave to a row, with its evidence.
struct Label {
    row: usize,
    what: What,
    evidence: Range<usize>,
    /// Its probability on the whole text.
    whole: f32,
}

#[derive(Clone, Copy)]
enum What {
    /// A frame of the codebook that is present.
    Frame(usize),
    /// A target of the codebook with a polar stance.
    Target(usize),
}

/// Erases and scores again.
///
/// # Errors
/// [`crate::error::Kind::Model`] when scoring fails.
pub fn measure(
    model: &Model,
    codebook: &Codebook,
    rows: &[GoldRow],
    judged: &[Judged],
    budget: usize,
) -> Result<Faithfulness> {
    let labels = labels(codebook, judged);
    let finder = MentionFinder::new(codebook);
    let mut rng = Pcg64::seed_from_u64(SEED);
    let mut texts = Vec::with_capacity(labels.len() * 3);
    for label in &labels {
        let text = &rows[label.row].text;
        let names = match label.what {
            What::Target(t) => finder.find(text).swap_remove(t),
            What::Frame(_) => Vec::new(),
        };
        let words = Words::of(text, &names);
        let run = words.touching(&label.evidence);
        texts.push(words.without(&run));
        texts.push(words.without(&words.random(run.len(), &mut rng)));
        texts.push(words.only(&run));
    }
    let texts: Vec<(&str, Option<String>)> = texts.iter().map(|t| (t.as_str(), None)).collect();
    let scores = judge_texts(model, codebook, &texts, budget, &mut |_| {})?;
    let n = labels.len().max(1) as f64;
    let mut sum = Faithfulness {
        labels: labels.len(),
        ..Faithfulness::default()
    };
    for (label, after) in labels.iter().zip(scores.chunks(3)) {
        let before = &judged[label.row];
        let fall = |j: &Judged| f64::from(label.whole - probability(label.what, before, j)) / n;
        let changed = |j: &Judged| f64::from(u8::from(changes(label.what, before, j))) / n;
        sum.comprehensiveness += fall(&after[0]);
        sum.random += fall(&after[1]);
        sum.sufficiency += fall(&after[2]);
        sum.changed += changed(&after[0]);
        sum.changed_by_random += changed(&after[1]);
    }
    Ok(sum)
}

fn labels(codebook: &Codebook, judged: &[Judged]) -> Vec<Label> {
    let mut labels = Vec::new();
    for (row, j) in judged.iter().enumerate() {
        let mut add = |what, span: &Option<Span>| {
            if let Some(span) = span {
                labels.push(Label {
                    row,
                    what,
                    evidence: span.start..span.end,
                    whole: probability(what, j, j),
                });
            }
        };
        for f in 0..codebook.frames().len() {
            if j.annotation.frames[f] {
                add(What::Frame(f), &j.scores.frame_evidence[f]);
            }
        }
        for (t, target) in j.scores.targets.iter().enumerate() {
            if let Some(target) = target
                && j.annotation.stances[t].is_polar()
            {
                add(What::Target(t), &target.evidence);
            }
        }
    }
    labels
}

/// What `after` gives the label that `before` chose.
fn probability(what: What, before: &Judged, after: &Judged) -> f32 {
    match what {
        What::Frame(f) => after.scores.frames[f],
        What::Target(t) => {
            let stance = before.annotation.stances[t] as usize;
            let scores = after.scores.targets[t].as_ref();
            scores.map_or(0.0, |s| s.stance[stance])
        }
    }
}

fn changes(what: What, before: &Judged, after: &Judged) -> bool {
    match what {
        What::Frame(f) => !after.annotation.frames[f],
        What::Target(t) => after.annotation.stances[t] != before.annotation.stances[t],
    }
}

/// A text's words; those that name the target stay whatever is erased.
struct Words<'t> {
    text: &'t str,
    words: Vec<Range<usize>>,
    stays: Vec<bool>,
}

impl<'t> Words<'t> {
    fn of(text: &'t str, names: &[Range<usize>]) -> Self {
        let words: Vec<Range<usize>> = text
            .split_word_bound_indices()
            .filter(|(_, word)| word.chars().any(char::is_alphanumeric))
            .map(|(start, word)| start..start + word.len())
            .collect();
        let stays = words
            .iter()
            .map(|w| names.iter().any(|n| n.start < w.end && w.start < n.end))
            .collect();
        Words { text, words, stays }
    }

    /// The words of a span that may go.
    fn touching(&self, span: &Range<usize>) -> Vec<usize> {
        (0..self.words.len())
            .filter(|&i| {
                let word = &self.words[i];
                word.start < span.end && span.start < word.end && !self.stays[i]
            })
            .collect()
    }

    /// So many words in a row, from a random place, skipping those that stay.
    fn random(&self, count: usize, rng: &mut Pcg64) -> Vec<usize> {
        let may_go: Vec<usize> = (0..self.words.len()).filter(|&i| !self.stays[i]).collect();
        let starts = (may_go.len() + 1).saturating_sub(count).max(1);
        let start = rng.random_range(0..starts);
        may_go.into_iter().skip(start).take(count).collect()
    }

    fn without(&self, gone: &[usize]) -> String {
        self.rebuilt(|i| !gone.contains(&i))
    }

    fn only(&self, kept: &[usize]) -> String {
        self.rebuilt(|i| kept.contains(&i) || self.stays[i])
    }

    fn rebuilt(&self, keep: impl Fn(usize) -> bool) -> String {
        let words = (0..self.words.len()).filter(|&i| keep(i));
        let words: Vec<&str> = words.map(|i| &self.text[self.words[i].clone()]).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erasing_takes_the_evidence_and_leaves_the_targets_name() {
        let text = "Kyiv accused Moscow of lying, twice.";
        let words = Words::of(text, std::slice::from_ref(&(13..19)));
        let run = words.touching(&(5..28));
        assert_eq!(words.without(&run), "Kyiv Moscow twice");
        assert_eq!(words.only(&run), "accused Moscow of lying");
        let mut rng = Pcg64::seed_from_u64(1);
        for _ in 0..20 {
            let random = words.random(run.len(), &mut rng);
            assert_eq!(random.len(), run.len());
            assert!(words.without(&random).contains("Moscow"));
        }
    }
}
