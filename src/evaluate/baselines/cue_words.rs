//! Cue words: the list an analyst would write in an afternoon, applied by counting.

use std::ops::Range;

use regex::Regex;
use serde::Deserialize;

use super::vectorizer::words;
use super::{Baseline, Prediction, Targets};
use crate::annotate::labels::{Sentiment, Stance};
use crate::error::{Error, Kind, Place, Result};
use crate::evaluate::gold::GoldRow;

const BUILT_IN: &str = include_str!("cue_words.toml");

/// Words on either side of a mention within which a polar cue is taken to be about the target.
const REACH: usize = 10;

/// Finds frames, stance and tone by lists of cues.
///
/// - a frame is present where one of its cues occurs;
/// - stance is the polarity with more cues within 10 words of a mention; `mixed` where both
///   have as many, neutral where there are none;
/// - sentiment is the polarity with more cues in the paragraph, else neutral.
pub struct CueWords<'a> {
    targets: Targets<'a>,
    frames: [Regex; 3],
    favorable: Regex,
    unfavorable: Regex,
    positive: Regex,
    negative: Regex,
}

/// The file: a list a label, each in several languages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    offer: Cues,
    accusation: Cues,
    skepticism: Cues,
    favorable: Cues,
    unfavorable: Cues,
    positive: Cues,
    negative: Cues,
}

/// Cues by language; `*` at the end of a word lets it go on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cues {
    en: Vec<String>,
    tr: Vec<String>,
    ru: Vec<String>,
}

impl<'a> CueWords<'a> {
    /// The built-in list: English, Turkish and Russian at once, whatever the row's language.
    ///
    /// # Errors
    /// Of [`Kind::Data`] if the list cannot be read; a build whose tests pass has none.
    pub fn built_in(targets: Targets<'a>) -> Result<Self> {
        Self::parse(BUILT_IN, targets)
    }

    /// A list of one's own, in the form of `cue_words.toml`.
    ///
    /// # Errors
    /// Of [`Kind::Data`] where it is no TOML of that form.
    pub fn parse(list: &str, targets: Targets<'a>) -> Result<Self> {
        let file: File = toml::from_str(list).map_err(|e| {
            Error::new(Kind::Data, "the list of cue words cannot be read")
                .at(Place::file("cue_words.toml"))
                .because(e)
        })?;
        Ok(CueWords {
            targets,
            frames: [
                any_of(&file.offer)?,
                any_of(&file.accusation)?,
                any_of(&file.skepticism)?,
            ],
            favorable: any_of(&file.favorable)?,
            unfavorable: any_of(&file.unfavorable)?,
            positive: any_of(&file.positive)?,
            negative: any_of(&file.negative)?,
        })
    }

    fn stance(&self, text: &str, words: &[Range<usize>], mentions: &[Range<usize>]) -> Stance {
        let near = |cue: &Range<usize>| {
            mentions.iter().any(|m| {
                let (first, last) = (m.end.min(cue.end), m.start.max(cue.start));
                words
                    .iter()
                    .filter(|w| first <= w.start && w.end <= last)
                    .count()
                    < REACH
            })
        };
        // A name is no attitude, though it may hold a cue ("Peace" in a ministry's name).
        let count = |cues: &Regex| {
            let found = cues.find_iter(text).map(|m| m.range());
            found
                .filter(|cue| {
                    !mentions
                        .iter()
                        .any(|m| m.start < cue.end && cue.start < m.end)
                })
                .filter(near)
                .count()
        };
        match (count(&self.favorable), count(&self.unfavorable)) {
            (0, 0) => Stance::Neutral,
            (good, bad) if good > bad => Stance::Favorable,
            (good, bad) if bad > good => Stance::Unfavorable,
            _ => Stance::Mixed,
        }
    }
}

fn any_of(cues: &Cues) -> Result<Regex> {
    let plain = cues.en.iter().chain(&cues.ru).map(|cue| pattern(cue));
    // Regex folds `i` with `I` alone, while a Turkish capital of it is `İ`.
    let turkish = cues.tr.iter().map(|cue| pattern(cue).replace('i', "[iİ]"));
    let all: Vec<String> = plain.chain(turkish).collect();
    compile(&format!(r"(?i)\b(?:{})\b", all.join("|")))
}

fn pattern(cue: &str) -> String {
    regex::escape(cue).replace(r"\*", r"\w*")
}

fn compile(pattern: &str) -> Result<Regex> {
    Regex::new(pattern)
        .map_err(|e| Error::new(Kind::Data, "the list of cue words is too long").because(e))
}

impl Baseline for CueWords<'_> {
    fn name(&self) -> &'static str {
        "cue words"
    }

    /// `frame_p` is `n / (n + 1)` for `n` cues found: it ranks, it is no calibrated probability.
    fn predict(&self, rows: &[GoldRow]) -> Vec<Prediction> {
        let one = |row: &GoldRow| {
            let text = &row.text;
            let words: Vec<_> = words(text).map(|(at, w)| at..at + w.len()).collect();
            let counts = [0, 1, 2].map(|f| self.frames[f].find_iter(text).count());
            let good = self.positive.find_iter(text).count();
            let bad = self.negative.find_iter(text).count();
            Prediction {
                frames: counts.map(|n| n > 0),
                frame_p: counts.map(|n| n as f32 / (n + 1) as f32),
                stances: (self.targets).stances(text, |_, m| self.stance(text, &words, m)),
                sentiment: match good.cmp(&bad) {
                    std::cmp::Ordering::Greater => Sentiment::Positive,
                    std::cmp::Ordering::Less => Sentiment::Negative,
                    std::cmp::Ordering::Equal => Sentiment::Neutral,
                },
            }
        };
        rows.iter().map(one).collect()
    }
}
