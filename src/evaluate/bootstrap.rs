//! Intervals for any metric, by resampling whole documents.
//!
//! Paragraphs of one article are alike, so rows drawn one by one would give intervals that are too narrow: documents
//! are drawn with replacement, each with all its rows (the cluster bootstrap: Davison and Hinkley, Bootstrap
//! Methods and their Application, 1997, section 3.8; Field and Welsh, JRSS B 69, 2007).

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// Resamples drawn for an interval.
pub const RESAMPLES: usize = 2_000;

/// A metric with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The metric on the rows themselves.
    pub point: f64,
    /// The 2.5th percentile of the resamples.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// The difference of two systems' metric, first less second, on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The difference with its interval.
    pub interval: Interval,
    /// How rarely chance alone would show such a difference, both directions counted.
    ///
    /// `2 min(#{d ≤ 0} + 1, #{d ≥ 0} + 1) / (B + 1)`, at most 1, over the resampled differences `d`
    /// (the percentile interval turned round: Davison and Hinkley, section 4.4).
    pub p_value: f64,
}

/// Percentile interval of a metric (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13).
///
/// `documents[i]` is the document of row `i`; `metric` computes the metric of the rows whose indices it is
/// given, an index coming as often as its document was drawn. The same seed gives the same interval.
/// `None` where there are no rows, or the metric is undefined on the rows themselves; resamples on which it is
/// undefined are passed over.
pub fn interval<D: AsRef<str>>(
    documents: &[D],
    seed: u64,
    metric: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    let values = resampled(documents, seed, &metric)?;
    let all: Vec<usize> = (0..documents.len()).collect();
    summarize(metric(&all)?, values)
}

/// Paired bootstrap of a difference: both systems are measured on the same resample each time.
///
/// After Koehn (EMNLP 2004), drawing documents. Arguments and `None` as in [`interval`].
pub fn difference<D: AsRef<str>>(
    documents: &[D],
    seed: u64,
    first: impl Fn(&[usize]) -> Option<f64>,
    second: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Difference> {
    let gap = |rows: &[usize]| Some(first(rows)? - second(rows)?);
    let values = resampled(documents, seed, &gap)?;
    let all: Vec<usize> = (0..documents.len()).collect();
    let below = values.iter().filter(|&&d| d <= 0.0).count();
    let above = values.iter().filter(|&&d| d >= 0.0).count();
    let rarer = (below.min(above) + 1) as f64;
    let p_value = (2.0 * rarer / (values.len() + 1) as f64).min(1.0);
    Some(Difference {
        interval: summarize(gap(&all)?, values)?,
        p_value,
    })
}

fn resampled<D: AsRef<str>>(
    documents: &[D],
    seed: u64,
    metric: &impl Fn(&[usize]) -> Option<f64>,
) -> Option<Vec<f64>> {
    let clusters = clusters(documents);
    if clusters.is_empty() {
        return None;
    }
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut rows = Vec::with_capacity(documents.len());
    let mut values = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        rows.clear();
        for _ in 0..clusters.len() {
            rows.extend_from_slice(&clusters[rng.random_range(0..clusters.len())]);
        }
        values.extend(metric(&rows));
    }
    Some(values)
}

/// The rows of each document, documents in the order of their first row.
fn clusters<D: AsRef<str>>(documents: &[D]) -> Vec<Vec<usize>> {
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (row, document) in documents.iter().enumerate() {
        let place = *places.entry(document.as_ref()).or_insert(clusters.len());
        match clusters.get_mut(place) {
            Some(rows) => rows.push(row),
            None => clusters.push(vec![row]),
        }
    }
    clusters
}

fn summarize(point: f64, mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    Some(Interval {
        point,
        low: percentile(&values, 0.025)?,
        high: percentile(&values, 0.975)?,
    })
}

/// Linear between neighbours (Hyndman and Fan's type 7, NumPy's default); `sorted` rises.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let low = sorted[below];
    let high = sorted[(below + 1).min(sorted.len() - 1)];
    Some(low + part * (high - low))
}
