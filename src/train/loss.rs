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
    let spans = batch.iter().enumerate().flat_map(|(row, (e, p))| {
        let each = e.frame_evidence.iter().enumerate();
        each.filter_map(move |(frame, span)| Edge::of(row, frame, span.as_ref()?, p, e.weight))
    });
    let pieces: Vec<usize> = batch.iter().map(|(_, p)| p.offsets().len()).collect();
    sum += edges(&logits.evidence, &pieces, spans.collect()) * weights.evidence;
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
        let spans = named.iter().enumerate().filter_map(|(row, (x, p))| {
            Edge::of(row, 0, x.evidence.as_ref()?, p, x.weight)
        });
        let pieces: Vec<usize> = named.iter().map(|(_, p)| p.offsets().len()).collect();
        sum += edges(&targets.evidence, &pieces, spans.collect()) * weights.evidence;
    }
    sum
}

/// Where a label's evidence begins and ends: pieces of row `row`.
struct Edge {
    row: usize,
    label: usize,
    first: usize,
    last: usize,
    weight: f32,
}

impl Edge {
    fn of(
        row: usize,
        label: usize,
        span: &std::ops::Range<usize>,
        prepared: &Prepared,
        weight: f32,
    ) -> Option<Edge> {
        let inside = pieces_in(prepared.offsets(), std::slice::from_ref(span));
        Some(Edge {
            row,
            label,
            first: *inside.first()?,
            last: *inside.last()?,
            weight,
        })
    }
}

/// Weighted mean over the spans of the cross-entropies of their first and of their last piece.
///
/// `logits` is `[rows, T, 2 · labels]`, starts first; `pieces` says how many of `T` are no padding, row by row.
fn edges(logits: &Tensor, pieces: &[usize], spans: Vec<Edge>) -> Tensor {
    let size = logits.size();
    let (t, labels) = (size[1] as usize, size[2] / 2);
    let padding: Vec<f32> = pieces
        .iter()
        .flat_map(|&n| (0..t).map(move |i| if i < n { 0.0 } else { -1e4 }))
        .collect();
    let padding = Tensor::from_slice(&padding).view([size[0], t as i64, 1]);
    let log = (logits + padding).log_softmax(1, Kind::Float);
    let column = |f: &dyn Fn(&Edge) -> usize| {
        let values: Vec<i64> = spans.iter().map(|s| f(s) as i64).collect();
        Tensor::from_slice(&values)
    };
    let (rows, label) = (column(&|s| s.row), column(&|s| s.label));
    let weights: Vec<f32> = spans.iter().map(|s| s.weight).collect();
    let total: f32 = weights.iter().sum();
    let weights = Tensor::from_slice(&weights);
    let at = |pieces: Tensor, channel: Tensor| {
        let chosen = log.index(&[Some(&rows), Some(&pieces), Some(&channel)]);
        -(chosen * &weights).sum(Kind::Float)
    };
    let starts = at(column(&|s| s.first), label.shallow_clone());
    let ends = at(column(&|s| s.last), label + labels);
    (starts + ends) / f64::from(2.0 * total.max(1.0))
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
