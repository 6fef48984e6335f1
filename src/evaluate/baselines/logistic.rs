//! Logistic regression with an L2 penalty, fitted by L-BFGS.
//!
//! Minimises `½ ‖W‖² + C Σ_i s_i · loss_i` with a free intercept, as scikit-learn's `LogisticRegression`: for
//! two classes one logit and the log loss, for more the softmax and cross-entropy (Hastie, Tibshirani and
//! Friedman, The Elements of Statistical Learning, 2nd ed., section 4.4).

use super::vectorizer::Sparse;

/// Past steps that L-BFGS keeps.
const MEMORY: usize = 10;
/// Steps after which it stops in any case.
const MAX_STEPS: usize = 300;

/// A fitted classifier of `classes` classes.
#[derive(Debug, Clone)]
pub struct Logistic {
    /// `[column][logit]`, after the columns the intercepts.
    weights: Vec<f64>,
    logits: usize,
}

/// The rows to fit on.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    /// Features of all rows.
    pub features: &'a Sparse,
    /// The rows taken, as indices; those of the other fields are by the same indices.
    pub rows: &'a [usize],
    /// Class of each row, from 0.
    pub classes: &'a [usize],
    /// Weight of each row.
    pub weights: &'a [f64],
    /// Number of classes, two at least.
    pub count: usize,
}

impl Sample<'_> {
    /// Weights that give all classes the same say: each row's own weight, times `n / (k n_c)` for the `k` classes
    /// that occur (King and Zeng, Political Analysis 9, 2001; scikit-learn's `balanced`).
    ///
    /// No class's factor exceeds that of the commonest class by more than `most` times, which keeps
    /// a class of a dozen rows from shouting.
    pub fn balanced(&self, most: f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        for &row in self.rows {
            sums[self.classes[row]] += self.weights[row];
        }
        let total: f64 = sums.iter().sum();
        let present = sums.iter().filter(|&&sum| sum > 0.0).count() as f64;
        let common = sums.iter().copied().fold(0.0, f64::max);
        let factor = |class: usize| total / (present * sums[class].max(common / most));
        let rows = self.weights.iter().zip(self.classes);
        rows.map(|(weight, &class)| weight * factor(class))
            .collect()
    }
}

impl Logistic {
    /// Fits to a sample, weighting its classes as its weights say; `c` is the inverse of the penalty.
    ///
    /// Stops where no derivative of the mean loss exceeds `tolerance`. A sample without rows gives equal
    /// probabilities.
    pub fn fit(sample: Sample<'_>, c: f64, tolerance: f64) -> Self {
        let logits = if sample.count == 2 { 1 } else { sample.count };
        let model = Logistic {
            weights: vec![0.0; (sample.features.width() + 1) * logits],
            logits,
        };
        model.refit(sample, c, tolerance)
    }

    /// As [`Logistic::fit`], setting out from a model of the same columns and classes: the same minimum, sooner.
    pub fn refit(self, sample: Sample<'_>, c: f64, tolerance: f64) -> Self {
        let Logistic {
            mut weights,
            logits,
        } = self;
        let total: f64 = sample.rows.iter().map(|&row| sample.weights[row]).sum();
        if total > 0.0 {
            let lambda = 1.0 / (c * total);
            weights = minimise(weights, tolerance, |weights, gradient| match logits {
                // The usual numbers of classes are told to the compiler, which halves the time.
                1 => mean_loss(&sample, 1, lambda, total, weights, gradient),
                3 => mean_loss(&sample, 3, lambda, total, weights, gradient),
                4 => mean_loss(&sample, 4, lambda, total, weights, gradient),
                k => mean_loss(&sample, k, lambda, total, weights, gradient),
            });
        }
        Logistic { weights, logits }
    }

    /// Probability of each class for a row of features.
    pub fn probabilities(&self, row: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut logits = vec![0.0; self.logits];
        score(&self.weights, row, self.logits, &mut logits);
        softmax(&mut logits);
        match logits[..] {
            [p] => vec![1.0 - p, p],
            _ => logits,
        }
    }
}

/// Writes the logits of a row.
#[inline(always)]
fn score(weights: &[f64], row: impl Iterator<Item = (usize, f64)>, k: usize, logits: &mut [f64]) {
    let logits = &mut logits[..k];
    logits.copy_from_slice(&weights[weights.len() - k..]);
    for (column, value) in row {
        let of_column = &weights[column * k..(column + 1) * k];
        for (logit, weight) in logits.iter_mut().zip(of_column) {
            *logit += value * weight;
        }
    }
}

/// Turns logits into probabilities, a single one by the logistic function; returns `ln Σ e^z` of what was given.
fn softmax(logits: &mut [f64]) -> f64 {
    let zero = if logits.len() == 1 {
        0.0
    } else {
        f64::NEG_INFINITY
    };
    let highest = logits.iter().copied().fold(zero, f64::max);
    let sum: f64 = logits.iter().map(|z| (z - highest).exp()).sum::<f64>() + (zero - highest).exp();
    logits
        .iter_mut()
        .for_each(|z| *z = (*z - highest).exp() / sum);
    highest + sum.ln()
}

/// `Σ_i s_i loss_i / Σ s + λ/2 ‖W‖²` and its gradient, for `k` logits.
#[inline(always)]
fn mean_loss(
    sample: &Sample<'_>,
    k: usize,
    lambda: f64,
    total: f64,
    weights: &[f64],
    gradient: &mut [f64],
) -> f64 {
    let free = weights.len() - k;
    let mut loss = 0.0;
    gradient.fill(0.0);
    let mut errors = vec![0.0; k];
    let errors = &mut errors[..k];
    for &row in sample.rows {
        let weight = sample.weights[row] / total;
        // With one logit class 1 is scored by it and class 0 by nothing.
        let own = if k == 1 {
            sample.classes[row].checked_sub(1)
        } else {
            Some(sample.classes[row])
        };
        score(weights, sample.features.row(row), k, errors);
        let own_logit = own.map_or(0.0, |own| errors[own]);
        loss += weight * (softmax(errors) - own_logit);
        if let Some(own) = own {
            errors[own] -= 1.0;
        }
        errors.iter_mut().for_each(|error| *error *= weight);
        for (column, value) in sample.features.row(row) {
            let of_column = &mut gradient[column * k..(column + 1) * k];
            for (slope, error) in of_column.iter_mut().zip(&*errors) {
                *slope += value * error;
            }
        }
        for (slope, error) in gradient[free..].iter_mut().zip(&*errors) {
            *slope += error;
        }
    }
    for (slope, weight) in gradient[..free].iter_mut().zip(&weights[..free]) {
        loss += lambda / 2.0 * weight * weight;
        *slope += lambda * weight;
    }
    loss
}

/// A step taken, the change of the gradient over it, and `1 / (step · change)`.
struct Past {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

/// L-BFGS (Nocedal and Wright, Numerical Optimization, 2nd ed. 2006, algorithms 7.4 and 7.5).
fn minimise(
    mut x: Vec<f64>,
    tolerance: f64,
    mut value: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    let mut loss = value(&x, &mut gradient);
    let mut past: Vec<Past> = Vec::new();
    for _ in 0..MAX_STEPS {
        if gradient.iter().all(|slope| slope.abs() <= tolerance) {
            break;
        }
        let direction = direction(&gradient, &past);
        let first = if past.is_empty() {
            1.0 / dot(&gradient, &gradient).sqrt()
        } else {
            1.0
        };
        let Some(next) = search(&x, loss, &gradient, &direction, first, &mut value) else {
            break;
        };
        let step: Vec<f64> = next.x.iter().zip(&x).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next
            .gradient
            .iter()
            .zip(&gradient)
            .map(|(a, b)| a - b)
            .collect();
        let curvature = dot(&step, &change);
        (x, loss, gradient) = (next.x, next.loss, next.gradient);
        if curvature > 0.0 {
            if past.len() == MEMORY {
                past.remove(0);
            }
            past.push(Past {
                step,
                change,
                rho: 1.0 / curvature,
            });
        }
    }
    x
}

/// The two-loop recursion: minus the inverse Hessian, as far as known, times the gradient.
fn direction(gradient: &[f64], past: &[Past]) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut alphas = Vec::with_capacity(past.len());
    for old in past.iter().rev() {
        let alpha = old.rho * dot(&old.step, &q);
        add(&mut q, -alpha, &old.change);
        alphas.push(alpha);
    }
    if let Some(last) = past.last() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
        q.iter_mut().for_each(|value| *value *= scale);
    }
    for (old, alpha) in past.iter().zip(alphas.into_iter().rev()) {
        let beta = old.rho * dot(&old.change, &q);
        add(&mut q, alpha - beta, &old.step);
    }
    q
}

struct Point {
    x: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
}

/// A step that meets the weak Wolfe conditions, by bisection (Lewis and Overton, Mathematical Programming 141,
/// 2013, algorithm 2.6); `None` where rounding leaves nothing to gain.
fn search(
    x: &[f64],
    loss: f64,
    gradient: &[f64],
    direction: &[f64],
    first: f64,
    value: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Option<Point> {
    let slope = dot(gradient, direction);
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, first);
    let mut new = Point {
        x: x.to_vec(),
        loss,
        gradient: gradient.to_vec(),
    };
    for _ in 0..40 {
        new.x.copy_from_slice(x);
        add(&mut new.x, length, direction);
        new.loss = value(&new.x, &mut new.gradient);
        if new.loss.is_nan() || new.loss > loss + 1e-4 * length * slope {
            high = length;
        } else if dot(&new.gradient, direction) < 0.9 * slope {
            low = length;
        } else {
            return Some(new);
        }
        length = if high.is_finite() {
            (low + high) / 2.0
        } else {
            2.0 * low
        };
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, what: &[f64]) {
    to.iter_mut()
        .zip(what)
        .for_each(|(to, what)| *to += times * what);
}
