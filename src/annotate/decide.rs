//! Probabilities → labels. The model says how likely each value is; what follows from that is decided here and nowhere
//! else, with the thresholds of the model's manifest.

use super::labels::{Annotation, Holder, Scores, Sentiment, Span, Stance, TargetScores};
use crate::codebook::Codebook;
use crate::error::{Error, Kind, Result};
use crate::model::calibrate::Thresholds;
use crate::model::store::Manifest;

/// Turns scores into labels.
#[derive(Debug, Clone)]
pub struct Decider {
    /// The codebook's frames, with each one's place among the model's.
    frames: Vec<(String, usize)>,
    /// The targets' keys.
    targets: Vec<String>,
    thresholds: Thresholds,
}

impl Decider {
    /// A decider for a codebook's labels.
    ///
    /// # Errors
    /// [`Kind::Codebook`] when the codebook asks for a frame that the model does not know.
    pub fn new(codebook: &Codebook, manifest: &Manifest) -> Result<Decider> {
        let place = |key: &str| {
            manifest
                .frames
                .iter()
                .position(|frame| frame == key)
                .ok_or_else(|| {
                    Error::new(
                        Kind::Codebook,
                        format!(
                            "the model `{}` cannot label the frame `{key}`",
                            manifest.name
                        ),
                    )
                    .hint(format!("it labels {}", manifest.frames.join(", ")))
                })
        };
        let frames = codebook
            .frames()
            .iter()
            .map(|frame| Ok((frame.key.clone(), place(&frame.key)?)))
            .collect::<Result<_>>()?;
        Ok(Decider {
            frames,
            targets: codebook.targets().iter().map(|t| t.key.clone()).collect(),
            thresholds: manifest.thresholds.clone(),
        })
    }

    /// The model's scores with the frames in the codebook's order.
    pub fn in_codebook_order(&self, scores: &Scores) -> Scores {
        let frames = self.frames.iter().map(|(_, at)| scores.frames[*at]);
        let evidence = self
            .frames
            .iter()
            .map(|(_, at)| scores.frame_evidence[*at].clone());
        Scores {
            frames: frames.collect(),
            frame_evidence: evidence.collect(),
            targets: scores.targets.clone(),
            sentiment: scores.sentiment,
        }
    }

    /// Whether the head takes the alias for the target.
    pub fn is_mentioned(&self, target: &TargetScores) -> bool {
        target.mentioned >= self.thresholds.mentioned
    }

    /// The labels of one paragraph, from the model's scores as they came.
    pub fn decide(&self, text: &str, scores: &Scores) -> Annotation {
        let mut made = Making {
            text,
            evidence: Vec::new(),
            confidence: 1.0,
            doubt: 0.0,
        };
        let frames = self.frames.iter().map(|(key, at)| {
            let p = scores.frames[*at];
            let present = p >= self.thresholds.frames[*at];
            made.sure(if present { p } else { 1.0 - p });
            if present {
                made.cite(key, scores.frame_evidence[*at].as_ref());
            }
            present
        });
        let frames = frames.collect();
        let (stances, holders) = self
            .targets
            .iter()
            .zip(&scores.targets)
            .map(|(key, target)| self.target(key, target.as_ref(), &mut made))
            .unzip();
        let (sentiment, p) = largest(&scores.sentiment, &[1.0; 3]);
        made.sure(p);
        Annotation {
            frames,
            stances,
            holders,
            sentiment: Sentiment::ALL[sentiment],
            evidence: made.evidence,
            confidence: made.confidence.clamp(0.0, 1.0),
            doubt: made.doubt,
        }
    }

    fn target(
        &self,
        key: &str,
        target: Option<&TargetScores>,
        made: &mut Making,
    ) -> (Stance, Option<Holder>) {
        // Where no alias occurs nothing was chosen, so nothing can be uncertain.
        let Some(target) = target else {
            return (Stance::NotMentioned, None);
        };
        if !self.is_mentioned(target) {
            made.sure(1.0 - target.mentioned);
            return (Stance::NotMentioned, None);
        }
        let (stance, p) = largest(&target.stance, &self.thresholds.stance);
        made.sure(p * target.mentioned);
        let stance = Stance::ALL[stance];
        if !stance.is_polar() {
            return (stance, None);
        }
        let (holder, p) = largest(&target.holder, &[1.0; 3]);
        made.sure(p);
        made.cite(key, target.evidence.as_ref());
        (stance, Some(Holder::ALL[holder]))
    }
}

/// An annotation under way.
struct Making<'t> {
    text: &'t str,
    evidence: Vec<(String, String)>,
    confidence: f32,
    doubt: f32,
}

impl Making<'_> {
    fn sure(&mut self, p: f32) {
        self.confidence = self.confidence.min(p);
        self.doubt += 1.0 - p;
    }

    fn cite(&mut self, key: &str, span: Option<&Span>) {
        let words = span.and_then(|span| self.text.get(span.start..span.end));
        if let Some(words) = words {
            self.evidence.push((key.to_owned(), words.to_owned()));
        }
    }
}

/// The place of the largest product and its own probability, without the factor; the first of equals.
pub(crate) fn largest(probabilities: &[f32], factors: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (at, (p, factor)) in probabilities.iter().zip(factors).enumerate() {
        if p * factor > best.1 {
            best = (at, p * factor);
        }
    }
    (best.0, probabilities[best.0])
}

/// Places from 1 for the most doubt; 0 where there is none to tell. Ties go by reading order.
///
/// A row's doubt is the number of wrong labels to be expected in it, so that reading from the top finds most of them;
/// the one least certain label (`confidence`) finds a tenth less on dev. Doubts count as equal when they agree to the
/// third decimal: what a batch's company changes in probabilities lies below that and must not reorder rows.
pub fn ranks(doubts: &[Option<f32>]) -> Vec<u32> {
    let mut order: Vec<(std::cmp::Reverse<u32>, u32)> = doubts
        .iter()
        .enumerate()
        .filter_map(|(row, doubt)| {
            doubt.map(|doubt| {
                (
                    std::cmp::Reverse((doubt * 1000.0).round() as u32),
                    row as u32,
                )
            })
        })
        .collect();
    order.sort_unstable();
    let mut ranks = vec![0; doubts.len()];
    for (rank, (_, row)) in (1..).zip(order) {
        ranks[row as usize] = rank;
    }
    ranks
}
