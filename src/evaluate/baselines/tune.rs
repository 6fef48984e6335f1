//! Cross-validation on train: chooses the penalty of a model, and the threshold of a frame.

use std::collections::BTreeMap;

use super::logistic::{Logistic, Sample};
use super::vectorizer::Sparse;
use crate::evaluate::metrics::{Counts, average_precision, macro_f1};

/// Inverse penalties tried.
const CS: [f64; 4] = [0.3, 1.0, 3.0, 10.0];
/// Parts that the documents are dealt into.
pub(super) const FOLDS: usize = 5;
/// Largest derivative of the mean loss at which a fit is done.
const TOLERANCE: f64 = 1e-5;
/// The same while tuning, where four fifths of the time would go into the last digits.
const COARSE: f64 = 1e-4;

/// Deals documents into [`FOLDS`] parts of about as many rows: the largest first, each to the part that
/// has least so far. `None` for fewer documents than parts.
pub(super) fn folds<'d>(documents: &[&'d str]) -> Option<BTreeMap<&'d str, usize>> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for document in documents {
        *sizes.entry(document).or_default() += 1;
    }
    if sizes.len() < FOLDS {
        return None;
    }
    let mut order: Vec<(&str, usize)> = sizes.into_iter().collect();
    order.sort_by_key(|&(_, size)| std::cmp::Reverse(size));
    let mut filled = [0; FOLDS];
    let mut folds = BTreeMap::new();
    for (document, size) in order {
        let fold = (0..FOLDS).min_by_key(|&fold| filled[fold]).unwrap_or(0);
        filled[fold] += size;
        folds.insert(document, fold);
    }
    Some(folds)
}

/// One model to tune and fit.
pub(super) struct Task<'a> {
    /// Features of the rows.
    pub features: &'a Sparse,
    /// Class of each row.
    pub classes: Vec<usize>,
    /// Number of classes.
    pub count: usize,
    /// Weight of each row, before the classes are balanced.
    pub weights: &'a [f64],
    /// Most that a rare class is favoured, see [`Sample::balanced`].
    pub most: f64,
    /// Part of each row.
    pub folds: &'a [usize],
    /// How many rows, from the first, tuning is judged on.
    pub judged: usize,
}

/// A frame's model with its threshold.
pub(super) struct Frame {
    pub c: f64,
    pub threshold: f64,
    pub model: Logistic,
    scale: Logistic,
}

impl Task<'_> {
    /// Fits to all rows with the penalty of the best average precision and the threshold of the best F1.
    ///
    /// The best F1 for both would pick by luck: it jumps from one penalty to the next where the ranking does not.
    pub(super) fn tune_frame(&self) -> Frame {
        let mut best = (-1.0, CS[0], Vec::new());
        for (c, found) in CS.into_iter().zip(self.out_of_fold()) {
            let judged = self.classes.iter().zip(&found);
            let scored: Vec<_> = judged.map(|(&class, p)| (class == 1, p[1])).collect();
            let precision = average_precision(&scored).unwrap_or(0.0);
            if precision > best.0 {
                best = (precision, c, scored);
            }
        }
        let (_, c, scored) = best;
        Frame {
            c,
            threshold: best_threshold(&scored),
            model: self.fit(&self.all(), c, TOLERANCE, None),
            scale: self.scale(&scored),
        }
    }

    /// Chooses the penalty of the best macro-F1 over `classes` and fits to all rows.
    pub(super) fn tune_classes(&self, classes: &[usize]) -> (f64, Logistic) {
        let mut best = (-1.0, CS[0]);
        for (c, found) in CS.into_iter().zip(self.out_of_fold()) {
            let found = found.iter().map(|p| highest(p));
            let pairs: Vec<_> = self.classes.iter().copied().zip(found).collect();
            let f1 = macro_f1(&pairs, classes);
            if f1 > best.0 {
                best = (f1, c);
            }
        }
        (best.1, self.fit(&self.all(), best.1, TOLERANCE, None))
    }

    fn all(&self) -> Vec<usize> {
        (0..self.features.rows()).collect()
    }

    /// Fits to some of the rows; `from` is where to set out.
    fn fit(&self, rows: &[usize], c: f64, tolerance: f64, from: Option<Logistic>) -> Logistic {
        let sample = Sample {
            features: self.features,
            rows,
            classes: &self.classes,
            weights: self.weights,
            count: self.count,
        };
        let weights = sample.balanced(self.most);
        let sample = Sample {
            weights: &weights,
            ..sample
        };
        match from {
            Some(model) => model.refit(sample, c, tolerance),
            None => Logistic::fit(sample, c, tolerance),
        }
    }

    /// For each of [`CS`] the probabilities of the judged rows, each from a model that saw nothing of its document.
    fn out_of_fold(&self) -> [Vec<Vec<f64>>; CS.len()] {
        let mut found = CS.map(|_| vec![Vec::new(); self.judged]);
        for fold in 0..FOLDS {
            let mut rest = self.all();
            rest.retain(|&row| self.folds[row] != fold);
            let mut model = None;
            for (c, found) in CS.into_iter().zip(&mut found) {
                let fitted = self.fit(&rest, c, COARSE, model);
                for row in (0..self.judged).filter(|&row| self.folds[row] == fold) {
                    found[row] = fitted.probabilities(self.features.row(row));
                }
                model = Some(fitted);
            }
        }
        found
    }

    /// Balancing the classes raises the probability of a rare one: this takes it back (Platt, Probabilistic
    /// Outputs for Support Vector Machines, 1999), fitted to the probabilities out of fold.
    fn scale(&self, scored: &[(bool, f64)]) -> Logistic {
        let mut logits = Sparse::new(1);
        scored
            .iter()
            .for_each(|&(_, p)| logits.push([(0, logit(p))]));
        let sample = Sample {
            features: &logits,
            rows: &self.all(),
            classes: &self.classes,
            weights: self.weights,
            count: 2,
        };
        // As good as no penalty.
        Logistic::fit(sample, 1e3, TOLERANCE)
    }
}

impl Frame {
    /// Whether the frame is present, and its probability at the frame's own rate.
    pub(super) fn judge(&self, row: impl Iterator<Item = (usize, f64)>) -> (bool, f32) {
        let p = self.model.probabilities(row)[1];
        let logit = f64::from(logit(p));
        let scaled = self.scale.probabilities(std::iter::once((0, logit)));
        (p >= self.threshold, scaled[1] as f32)
    }
}

/// The hundredth from 0.05 to 0.94 with the best F1.
fn best_threshold(scored: &[(bool, f64)]) -> f64 {
    let mut best = (-1.0, 0.5);
    for percent in 5..95 {
        let threshold = f64::from(percent) / 100.0;
        let judged = scored.iter().map(|&(is, p)| (is, p >= threshold));
        let f1 = Counts::of(&judged.collect::<Vec<_>>(), &true).f1();
        if f1 > best.0 {
            best = (f1, threshold);
        }
    }
    best.1
}

fn logit(p: f64) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln() as f32
}

/// The place of the highest probability; of equal ones the last.
pub(super) fn highest(probabilities: &[f64]) -> usize {
    let places = 0..probabilities.len();
    places
        .max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))
        .unwrap_or(0)
}
