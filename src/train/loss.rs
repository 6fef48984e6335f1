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
    /// Share of a teacher's opinion where a label is known too; where none is known the teacher's counts whole.
    pub soft: f32,
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
            soft: 0.5,
        }
    }
}

/// The weighted sum of the masked means over a batch, a scalar with its graph.
pub fn loss(forward: &Forward, batch: &[(&Example, &Prepared)], weights: &Weights) -> Tensor {
    let logits = &forward.paragraphs;
    let share = weights.soft;
    let frame = |e: &Example, f: usize| {
        let hard = e.frames[f].map(|y| [f32::from(u8::from(y))]);
        let soft = e.soft.as_ref().map(|s| [s.frames[f]]);
        blend(hard, soft, share).map(|[y]| (y, e.weight))
    };
    let rows = |e: &&(&Example, &Prepared)| (0..3).map(|f| frame(e.0, f)).collect::<Vec<_>>();
    let mut sum = binary(&logits.frames, batch.iter().flat_map(|e| rows(&e))) * weights.frames;
    let tones = batch.iter().map(|(e, _)| {
        let soft = e.soft.as_ref().map(|s| s.sentiment);
        blend(e.sentiment.map(|s| only(s as usize)), soft, share).map(|y| (y, e.weight))
    });
    sum += choice::<3>(&logits.sentiment, tones) * weights.sentiment;
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
        let stances = forward.pairs.iter().map(|&(row, target)| {
            let (example, x) = (batch[row].0, &batch[row].0.targets[target]);
            let soft = example.soft.as_ref();
            let soft = soft.and_then(|s| s.stances.get(target).copied().flatten());
            blend(x.stance.map(|s| only(s as usize)), soft, share).map(|y| (y, x.weight))
        });
        sum += choice::<4>(&targets.stance, stances) * weights.stance;
        let holders = named
            .iter()
            .map(|(x, _)| x.holder.map(|h| (only(h as usize), x.weight)));
        sum += choice::<3>(&targets.holder, holders) * weights.holder;
        let mentioned = named
            .iter()
            .map(|(x, _)| x.mentioned.map(|y| (f32::from(u8::from(y)), x.weight)));
        sum += binary(&targets.mentioned, mentioned) * weights.mentioned;
        let spans = named
            .iter()
            .enumerate()
            .filter_map(|(row, (x, p))| Edge::of(row, 0, x.evidence.as_ref()?, p, x.weight));
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

/// Weighted mean of the cross-entropy over the known labels (probability of each class, weight); `logits` is
/// `[rows, N]`.
fn choice<const N: usize>(
    logits: &Tensor,
    labels: impl Iterator<Item = Option<([f32; N], f32)>>,
) -> Tensor {
    let (mut wanted, mut total) = (Vec::new(), 0.0);
    for label in labels {
        let (classes, weight) = label.unwrap_or(([0.0; N], 0.0));
        wanted.extend(classes.map(|p| p * weight));
        total += weight;
    }
    let log = logits.log_softmax(-1, Kind::Float);
    let wanted = Tensor::from_slice(&wanted).view([-1, N as i64]);
    -(log * wanted).sum(Kind::Float) / f64::from(total.max(1.0))
}

/// All probability on one class.
fn only<const N: usize>(class: usize) -> [f32; N] {
    std::array::from_fn(|k| f32::from(u8::from(k == class)))
}

/// A label and a teacher's opinion in one: cross-entropy is linear in what is wanted.
fn blend<const N: usize>(
    hard: Option<[f32; N]>,
    soft: Option<[f32; N]>,
    share: f32,
) -> Option<[f32; N]> {
    match (hard, soft) {
        (Some(hard), Some(soft)) => Some(std::array::from_fn(|k| {
            hard[k] * (1.0 - share) + soft[k] * share
        })),
        (hard, soft) => hard.or(soft),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blend_of_label_and_opinion_costs_what_the_two_cost_apart() {
        let logits = Tensor::from_slice(&[0.3f32, -1.0, 2.0, 0.5, 0.1, -0.4]).view([2, 3]);
        let (hard, soft) = (only::<3>(2), [0.2, 0.5, 0.3]);
        let cost = |y: [f32; 3]| {
            let rows = [Some((y, 1.0)), None];
            choice::<3>(&logits, rows.into_iter()).double_value(&[])
        };
        let mixed = blend(Some(hard), Some(soft), 0.25).expect("both are known");
        let apart = 0.75 * cost(hard) + 0.25 * cost(soft);
        assert!((cost(mixed) - apart).abs() < 1e-6);
        assert_eq!(blend(Some(hard), None, 0.25), Some(hard));
        assert_eq!(blend(None, Some(soft), 0.25), Some(soft), "whole");
        assert_eq!(blend::<3>(None, None, 0.25), None);
    }

    #[test]
    fn the_cost_of_a_span_is_that_of_its_edges_and_padding_is_no_place() {
        // One row, four places of which the last is padding, one label: starts and ends all alike.
        let logits = Tensor::zeros([1, 4, 2], (Kind::Float, tch::Device::Cpu));
        let span = || Edge {
            row: 0,
            label: 0,
            first: 1,
            last: 2,
            weight: 1.0,
        };
        let cost = edges(&logits, &[3], vec![span()]).double_value(&[]);
        assert!((cost - 3f64.ln()).abs() < 1e-5, "{cost}");
        assert_eq!(edges(&logits, &[3], Vec::new()).double_value(&[]), 0.0);
    }
}
