//! Logits and labels → one loss. A label that a row was not annotated for weighs nothing: absence is not "no".

use tch::{Kind, Reduction, Tensor};

use super::examples::{Example, ExampleTarget};
use crate::model::{Forward, Prepared, pieces_in};

/// How much each kind of label counts in the sum.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Offer, accusation, skepticism.
    pub frames: f64,
    /// Tone of the paragraph.
    pub sentiment: f64,
    /// Favorable, unfavorable, mixed, neutral.
    pub stance: f64,
    /// Whether an alias really names the target.
    pub mentioned: f64,
    /// Author, reported, both.
    pub holder: f64,
    /// Words behind a label.
    pub evidence: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Weights {
            frames: 1.0,
            sentiment: 0.5,
            stance: 1.0,
            mentioned: 0.3,
            holder: 0.3,
            evidence: 0.3,
        }
    }
}

/// The weighted sum of the masked means over a batch, a scalar with its graph.
pub fn loss(forward: &Forward, batch: &[(&Example, &Prepared)], weights: &Weights) -> Tensor {
    let logits = &forward.paragraphs;
    let frame = |e: &Example, f: usize| e.frames[f].map(|y| (f32::from(u8::from(y)), e.weight));
    let rows = |e: &&(&Example, &Prepared)| (0..3).map(|f| frame(e.0, f)).collect::<Vec<_>>();
    let mut sum = binary(&logits.frames, batch.iter().flat_map(|e| rows(&e))) * weights.frames;
    let tones = batch
        .iter()
        .map(|(e, _)| e.sentiment.map(|s| (s as usize, e.weight)));
    sum += choice(&logits.sentiment, tones) * weights.sentiment;
    let t = logits.evidence.size()[1] as usize;
    let spans = |(e, p): &(&Example, &Prepared)| frame_spans(e, p, t);
    sum += binary(&logits.evidence, batch.iter().flat_map(spans)) * weights.evidence;
    if let Some(targets) = &forward.targets {
        let named: Vec<(&ExampleTarget, &Prepared)> = forward
            .pairs
            .iter()
            .map(|&(row, target)| (&batch[row].0.targets[target], batch[row].1))
            .collect();
        let each = |f: fn(&ExampleTarget) -> Option<usize>| {
            named.iter().map(move |(x, _)| f(x).map(|y| (y, x.weight)))
        };
        sum += choice(&targets.stance, each(|x| x.stance.map(|s| s as usize))) * weights.stance;
        sum += choice(&targets.holder, each(|x| x.holder.map(|h| h as usize))) * weights.holder;
        let mentioned = named
            .iter()
            .map(|(x, _)| x.mentioned.map(|y| (f32::from(u8::from(y)), x.weight)));
        sum += binary(&targets.mentioned, mentioned) * weights.mentioned;
        let spans = named.iter().flat_map(|(x, p)| {
            let inside = x
                .evidence
                .as_ref()
                .map(|span| pieces_in(p.offsets(), std::slice::from_ref(span)));
            token_labels(inside, p.offsets().len(), t, x.weight)
        });
        sum += binary(&targets.evidence, spans) * weights.evidence;
    }
    sum
}

fn frame_spans(e: &Example, p: &Prepared, t: usize) -> Vec<Option<(f32, f32)>> {
    let inside: Vec<Vec<Option<(f32, f32)>>> = e
        .frame_evidence
        .iter()
        .map(|span| {
            let inside = span
                .as_ref()
                .map(|s| pieces_in(p.offsets(), std::slice::from_ref(s)));
            token_labels(inside, p.offsets().len(), t, e.weight)
        })
        .collect();
    (0..t * 3).map(|i| inside[i % 3][i / 3]).collect()
}

/// For each of `t` places 1 inside the evidence, 0 elsewhere in the paragraph, nothing on padding.
fn token_labels(
    inside: Option<Vec<usize>>,
    pieces: usize,
    t: usize,
    weight: f32,
) -> Vec<Option<(f32, f32)>> {
    let mut labels = vec![None; t];
    if let Some(inside) = inside {
        labels[..pieces].fill(Some((0.0, weight)));
        for piece in inside {
            labels[piece] = Some((1.0, weight));
        }
    }
    labels
}

/// Weighted mean of the binary cross-entropy over the known labels (value, weight).
fn binary(logits: &Tensor, labels: impl Iterator<Item = Option<(f32, f32)>>) -> Tensor {
    let (values, weights): (Vec<f32>, Vec<f32>) = labels.map(|l| l.unwrap_or((0.0, 0.0))).unzip();
    let total: f32 = weights.iter().sum();
    let size = logits.size();
    let values = Tensor::from_slice(&values).view(size.as_slice());
    let weights = Tensor::from_slice(&weights).view(size.as_slice());
    logits.binary_cross_entropy_with_logits(
        &values,
        Some(&weights),
        None::<&Tensor>,
        Reduction::Sum,
    ) / f64::from(total.max(1.0))
}

/// Weighted mean of the cross-entropy over the known labels (class, weight); `logits` is `[rows, classes]`.
fn choice(logits: &Tensor, labels: impl Iterator<Item = Option<(usize, f32)>>) -> Tensor {
    let (classes, weights): (Vec<i64>, Vec<f32>) = labels
        .map(|l| l.map_or((0, 0.0), |(class, weight)| (class as i64, weight)))
        .unzip();
    let total: f32 = weights.iter().sum();
    let log = logits.log_softmax(-1, Kind::Float);
    let chosen = log
        .gather(1, &Tensor::from_slice(&classes).unsqueeze(1), false)
        .squeeze_dim(1);
    -(chosen * Tensor::from_slice(&weights)).sum(Kind::Float) / f64::from(total.max(1.0))
}
