//! TF-IDF with logistic regression: as strong as counting words gets, honestly tuned.
//!
//! Penalties and the frames' thresholds are chosen by cross-validation on train, documents kept whole. Stance
//! is one model for all targets: names are replaced by ` TGT `, so that it does not learn that one state is
//! blamed more than another, but how blame of a target is worded.

use std::ops::Range;

use super::logistic::Logistic;
use super::tune::{FOLDS, Frame, Task, folds, highest};
use super::vectorizer::{Grams, Sparse, Vectorizer, words};
use super::{Baseline, Prediction, Targets, labelled};
use crate::annotate::labels::{Sentiment, Stance};
use crate::error::{Error, Kind, Result};
use crate::evaluate::gold::GoldRow;

/// The classes of the stance model: all but not mentioned, which the matcher decides.
const STANCES: [Stance; 4] = [
    Stance::Favorable,
    Stance::Unfavorable,
    Stance::Neutral,
    Stance::Mixed,
];
/// Words on either side of a mention whose n-grams are features of their own.
const REACH: usize = 10;
/// Weight of a stance toward an actor that is no target, beside 1 of a target: they are the more by number.
const OTHERS: f64 = 0.5;
/// Most that a class is favoured over the commonest: `mixed` has a dozen rows in all.
const MOST: f64 = 4.0;
/// N-grams of a text in fewer rows than this say nothing.
const MIN_WORDS: u32 = 2;
/// The same of characters, of which there are more.
const MIN_CHARACTERS: u32 = 3;

/// What cross-validation chose.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Inverse penalty `C` of each frame's model.
    pub frame_c: [f64; 3],
    /// From which balanced probability a frame is present.
    pub thresholds: [f64; 3],
    /// Inverse penalty of the sentiment model.
    pub sentiment_c: f64,
    /// Inverse penalty of the stance model.
    pub stance_c: f64,
}

/// TF-IDF of word 1-2-grams and character 3-5-grams, with logistic regression.
///
/// One binary model a frame, one of three classes for sentiment, one of four for stance. Classes are balanced.
pub struct Tfidf<'a> {
    targets: Targets<'a>,
    settings: Settings,
    text: Features,
    frames: [Frame; 3],
    sentiment: Logistic,
    near: Features,
    stance: Logistic,
}

impl<'a> Tfidf<'a> {
    /// Fits to the labelled rows of `train`; the same rows give the same model.
    ///
    /// # Errors
    /// Of [`Kind::Data`] where fewer than five documents have labels: there is nothing to tune on.
    pub fn fit(train: &[GoldRow], targets: Targets<'a>) -> Result<Self> {
        let rows = labelled(train);
        let documents: Vec<&str> = rows.iter().map(|(row, _)| row.document.as_str()).collect();
        let folds = folds(&documents).ok_or_else(|| {
            let message = format!("TF-IDF needs {FOLDS} documents with labels to tune itself on");
            Error::new(Kind::Data, message).hint("give it the whole of train")
        })?;
        let parts: Vec<usize> = documents.iter().map(|document| folds[document]).collect();
        let texts: Vec<_> = rows.iter().map(|(row, _)| [row.text.clone()]).collect();
        let kinds = [
            (0, Grams::Words, MIN_WORDS),
            (0, Grams::Characters, MIN_CHARACTERS),
        ];
        let text = Features::fit(&kinds, &texts);
        let matrix = text.matrix(&texts);
        let even = vec![1.0; rows.len()];
        let task = |count: usize, classes: Vec<usize>| Task {
            features: &matrix,
            classes,
            count,
            weights: &even,
            most: f64::INFINITY,
            folds: &parts,
            judged: rows.len(),
        };
        let frames = [0, 1, 2].map(|frame: usize| {
            let present = rows.iter().map(|(_, labels)| labels.frames[frame].into());
            task(2, present.collect()).tune_frame()
        });
        let tones = rows
            .iter()
            .map(|(_, labels)| place(Sentiment::ALL, labels.sentiment));
        let (sentiment_c, sentiment) = task(3, tones.collect()).tune_classes(&[0, 1, 2]);
        let pairs = Pairs::of(train, targets);
        let kinds = [
            (0, Grams::Words, MIN_WORDS),
            (0, Grams::Characters, MIN_CHARACTERS),
            (1, Grams::Words, MIN_WORDS),
        ];
        let near = Features::fit(&kinds, &pairs.views);
        let parts: Vec<usize> = pairs.documents.iter().map(|d| folds[d.as_str()]).collect();
        let (stance_c, stance) = Task {
            features: &near.matrix(&pairs.views),
            classes: pairs.stances,
            count: STANCES.len(),
            weights: &pairs.weights,
            most: MOST,
            folds: &parts,
            judged: pairs.of_targets,
        }
        .tune_classes(&[0, 1, 2]);
        Ok(Tfidf {
            targets,
            settings: Settings {
                frame_c: [0, 1, 2].map(|f: usize| frames[f].c),
                thresholds: [0, 1, 2].map(|f: usize| frames[f].threshold),
                sentiment_c,
                stance_c,
            },
            text,
            frames,
            sentiment,
            near,
            stance,
        })
    }

    /// What cross-validation chose.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Baseline for Tfidf<'_> {
    fn name(&self) -> &'static str {
        "TF-IDF"
    }

    fn predict(&self, rows: &[GoldRow]) -> Vec<Prediction> {
        let one = |row: &GoldRow| {
            let features = self.text.of(std::slice::from_ref(&row.text));
            let [offer, accusation, skepticism] =
                [0, 1, 2].map(|frame: usize| self.frames[frame].judge(features.row(0)));
            let stance = |_, mentions: &[Range<usize>]| {
                let features = self.near.of(&views(&row.text, mentions));
                STANCES[highest(&self.stance.probabilities(features.row(0)))]
            };
            let tone = highest(&self.sentiment.probabilities(features.row(0)));
            Prediction {
                frames: [offer.0, accusation.0, skepticism.0],
                frame_p: [offer.1, accusation.1, skepticism.1],
                stances: self.targets.stances(&row.text, stance),
                sentiment: Sentiment::ALL[tone],
            }
        };
        rows.iter().map(one).collect()
    }
}

fn place<T: PartialEq>(values: &[T], value: T) -> usize {
    values.iter().position(|v| *v == value).unwrap_or(0)
}

/// Vectorizers side by side, each on one view of the row.
struct Features {
    parts: Vec<(usize, Vectorizer)>,
}

impl Features {
    /// Fits one vectorizer for each `(view, n-grams, min_df)`.
    fn fit<V: AsRef<[String]>>(kinds: &[(usize, Grams, u32)], rows: &[V]) -> Self {
        let fit = |&(view, grams, min_df): &(usize, Grams, u32)| {
            let texts: Vec<&str> = rows.iter().map(|row| row.as_ref()[view].as_str()).collect();
            (view, Vectorizer::fit(grams, min_df, &texts))
        };
        Features {
            parts: kinds.iter().map(fit).collect(),
        }
    }

    fn matrix<V: AsRef<[String]>>(&self, rows: &[V]) -> Sparse {
        let width = self.parts.iter().map(|(_, part)| part.width()).sum();
        let mut matrix = Sparse::new(width);
        for row in rows {
            let mut entries: Vec<(u32, f32)> = Vec::new();
            let mut first = 0;
            for (view, part) in &self.parts {
                let own = part.transform(&row.as_ref()[*view]);
                entries.extend(own.into_iter().map(|(column, v)| (first + column, v)));
                first += part.width() as u32;
            }
            matrix.push(entries);
        }
        matrix
    }

    fn of(&self, views: &[String]) -> Sparse {
        self.matrix(&[views])
    }
}

/// Each stance of train with the text about it: the targets' first, then those toward other actors.
#[derive(Default)]
struct Pairs {
    views: Vec<[String; 2]>,
    stances: Vec<usize>,
    documents: Vec<String>,
    weights: Vec<f64>,
    of_targets: usize,
}

impl Pairs {
    fn of(train: &[GoldRow], targets: Targets<'_>) -> Self {
        let mut pairs = Pairs::default();
        let rows = labelled(train);
        for (row, labels) in &rows {
            for (name, mentions) in targets.names.iter().zip((targets.find)(&row.text)) {
                pairs.push(row, &mentions, labels.stance_toward(name), 1.0);
            }
        }
        pairs.of_targets = pairs.stances.len();
        for (row, labels) in &rows {
            for other in &labels.others {
                let mentions = whole_words(&row.text, &other.mention);
                pairs.push(row, &mentions, other.stance, OTHERS);
            }
        }
        pairs
    }

    /// A stance without a mention found, or a mention that gold does not count as one, teaches nothing.
    fn push(&mut self, row: &GoldRow, mentions: &[Range<usize>], stance: Stance, weight: f64) {
        if mentions.is_empty() || stance == Stance::NotMentioned {
            return;
        }
        self.views.push(views(&row.text, mentions));
        self.stances.push(place(&STANCES, stance));
        self.documents.push(row.document.clone());
        self.weights.push(weight);
    }
}

/// The paragraph with ` TGT ` for each mention, and the words near the mentions.
fn views(text: &str, mentions: &[Range<usize>]) -> [String; 2] {
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for mention in mentions {
        masked.push_str(&text[done..mention.start]);
        masked.push_str(" TGT ");
        done = mention.end;
    }
    masked.push_str(&text[done..]);
    [masked, near(text, mentions)]
}

/// The words up to [`REACH`] before and after each mention, in order, those of the mentions as `TGT`.
fn near(text: &str, mentions: &[Range<usize>]) -> String {
    let words: Vec<(usize, &str)> = words(text).collect();
    let of_name = |&(start, word): &(usize, &str)| {
        mentions
            .iter()
            .any(|m| m.start < start + word.len() && start < m.end)
    };
    let names: Vec<bool> = words.iter().map(of_name).collect();
    let mut kept = Vec::new();
    for (at, (_, word)) in words.iter().enumerate() {
        let around = at.saturating_sub(REACH)..(at + REACH + 1).min(words.len());
        if names[around].contains(&true) {
            kept.push(if names[at] { "TGT" } else { *word });
        }
    }
    kept.join(" ")
}

/// Where `name` stands in `text` and is no part of a longer word.
fn whole_words(text: &str, name: &str) -> Vec<Range<usize>> {
    if name.is_empty() {
        return Vec::new();
    }
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let places = text
        .match_indices(name)
        .map(|(start, _)| start..start + name.len());
    places
        .filter(|at| {
            let (before, after) = (&text[..at.start], &text[at.end..]);
            !goes_on(before.chars().next_back()) && !goes_on(after.chars().next())
        })
        .collect()
}
