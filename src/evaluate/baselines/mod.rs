//! Baselines: what a model must beat to be worth its weight.
//!
//! They are tools of measurement and never serve labels. All are told where the targets are mentioned, by the
//! codebook's own matcher, so that they compete on stance and not on finding names.
//!
//! - [`Majority`]: what is most common in train
//! - [`CueWords`]: an analyst's list of words, from `cue_words.toml`
//! - [`Tfidf`]: TF-IDF with logistic regression, fitted on train

mod cue_words;
pub mod logistic;
mod majority;
mod tfidf;
mod tune;
pub mod vectorizer;

use std::collections::BTreeMap;
use std::ops::Range;

pub use cue_words::CueWords;
pub use majority::Majority;
pub use tfidf::{Settings, Tfidf};

use crate::annotate::labels::{Sentiment, Stance};
use crate::evaluate::gold::{GoldRow, Labels};

/// What a baseline says of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Offer, accusation, skepticism.
    pub frames: [bool; 3],
    /// How likely each frame is, 0 to 1; the threshold between absent and present need not be 0.5.
    pub frame_p: [f32; 3],
    /// Stance by the target's name; [`Stance::NotMentioned`] where the matcher finds none of its names.
    pub stances: BTreeMap<String, Stance>,
    /// The tone.
    pub sentiment: Sentiment,
}

/// A fitted baseline.
pub trait Baseline {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// One prediction a row, in the rows' order. Labels of the rows are not looked at.
    fn predict(&self, rows: &[GoldRow]) -> Vec<Prediction>;
}

/// The targets asked about, and who finds them in a text.
#[derive(Clone, Copy)]
pub struct Targets<'a> {
    /// Names as gold has them (`NATO`, `Russia`, `Türkiye`).
    pub names: &'a [&'a str],
    /// Text to the byte ranges of each target's mentions, targets in the order of `names`; a target without a
    /// range is not mentioned. Ranges rise, do not overlap, and lie on character boundaries.
    pub find: &'a dyn Fn(&str) -> Vec<Vec<Range<usize>>>,
}

impl Targets<'_> {
    /// Stance toward each target: `judge` is asked about those mentioned, with their number and ranges.
    fn stances(
        &self,
        text: &str,
        mut judge: impl FnMut(usize, &[Range<usize>]) -> Stance,
    ) -> BTreeMap<String, Stance> {
        let found = (self.find)(text);
        let names = self.names.iter().enumerate();
        let stances = names.map(|(target, name)| {
            let stance = match found.get(target) {
                Some(ranges) if !ranges.is_empty() => judge(target, ranges),
                _ => Stance::NotMentioned,
            };
            (String::from(*name), stance)
        });
        stances.collect()
    }
}

/// Rows with their labels, boilerplate left out.
fn labelled(rows: &[GoldRow]) -> Vec<(&GoldRow, &Labels)> {
    let pairs = rows
        .iter()
        .filter_map(|row| Some((row, row.labels.as_ref()?)));
    pairs.collect()
}
