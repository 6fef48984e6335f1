//! Fits calibration and thresholds on dev, from logits and gold.
//!
//! Calibration minimises the log-loss with a small penalty that keeps rare classes near where they were; thresholds
//! maximise F1, each smoothed over its neighbours so that a lucky single row does not decide.

use tch::{Device, Kind, Tensor};

use crate::model::calibrate::{Choice, Platt};

/// Steps of gradient descent; the problems have at most five parameters.
const STEPS: usize = 600;
const RATE: f64 = 0.05;

/// Slope and offset that fit binary labels best (Platt scaling).
pub fn platt(logits: &[f32], labels: &[bool]) -> Platt {
    if labels.iter().all(|&y| y) || labels.iter().all(|&y| !y) {
        return Platt::IDENTITY;
    }
    let z = Tensor::from_slice(logits);
    let y: Vec<f32> = labels.iter().map(|&y| f32::from(u8::from(y))).collect();
    let y = Tensor::from_slice(&y);
    let fitted = descend(&[1.0, 0.0], |p| {
        let z = &z * p.get(0) + p.get(1);
        let fit = z.binary_cross_entropy_with_logits(
            &y,
            None::<&Tensor>,
            None::<&Tensor>,
            tch::Reduction::Mean,
        );
        fit + (p.get(0) - 1.0).square() * 1e-3
    });
    Platt {
        slope: fitted[0].max(0.05),
        offset: fitted[1],
    }
}

/// Slope and offsets that fit choices best; `logits` row by row, `classes` of the rows.
pub fn choice<const N: usize>(logits: &[[f32; N]], classes: &[usize]) -> Choice {
    if logits.is_empty() {
        return Choice::identity(N);
    }
    let z = Tensor::from_slice(&logits.concat()).view([-1, N as i64]);
    let y: Vec<i64> = classes.iter().map(|&c| c as i64).collect();
    let y = Tensor::from_slice(&y);
    let mut start = vec![0.0; N + 1];
    start[0] = 1.0;
    let fitted = descend(&start, |p| {
        let offsets = p.narrow(0, 1, N as i64);
        let z = &z * p.get(0) + &offsets;
        let penalty = offsets.square().sum(Kind::Float) * 2e-3 + (p.get(0) - 1.0).square() * 1e-3;
        z.cross_entropy_for_logits(&y) + penalty
    });
    Choice {
        slope: fitted[0].max(0.05),
        offsets: fitted[1..].to_vec(),
    }
}

fn descend(start: &[f32], loss: impl Fn(&Tensor) -> Tensor) -> Vec<f32> {
    let store = tch::nn::VarStore::new(Device::Cpu);
    let p = store.root().var_copy("p", &Tensor::from_slice(start));
    let Ok(mut optimiser) = tch::nn::OptimizerConfig::build(tch::nn::Adam::default(), &store, RATE)
    else {
        return start.to_vec();
    };
    for step in 0..STEPS {
        optimiser.set_lr(RATE * (1.0 - step as f64 / STEPS as f64));
        optimiser.backward_step(&loss(&p));
    }
    crate::model::values(&p.detach())
}

/// The probability from which "yes" gives the best F1.
///
/// Half-way between two estimates: the place of the maximum on these rows, and half of the best F1 itself, which is
/// the best threshold of calibrated probabilities (Lipton, Elkan and Naryanaswamy 2014, "Optimal thresholding of
/// classifiers to maximize F1 measure") and which a few hundred rows tell far more steadily. F1 is smoothed over
/// ±0.05, so that a lucky row does not decide.
pub fn threshold(probabilities: &[f32], labels: &[bool]) -> f32 {
    let grid: Vec<f32> = (10..=90).map(|i| i as f32 / 100.0).collect();
    let f1: Vec<f32> = grid
        .iter()
        .map(|&t| f1_at(probabilities, labels, t))
        .collect();
    let smooth = |i: usize| {
        let (from, to) = (i.saturating_sub(5), (i + 6).min(f1.len()));
        f1[from..to].iter().sum::<f32>() / (to - from) as f32
    };
    let best = (0..grid.len()).max_by(|&a, &b| smooth(a).total_cmp(&smooth(b)));
    best.map_or(0.5, |i| (grid[i] + smooth(i) / 2.0) / 2.0)
}

fn f1_at(probabilities: &[f32], labels: &[bool], threshold: f32) -> f32 {
    let (mut hit, mut said, mut real) = (0, 0, 0);
    for (&p, &y) in probabilities.iter().zip(labels) {
        hit += u32::from(p >= threshold && y);
        said += u32::from(p >= threshold);
        real += u32::from(y);
    }
    if hit == 0 {
        0.0
    } else {
        2.0 * hit as f32 / (said + real) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1, the same for the same seed.
    fn uniform(mut state: u64) -> impl FnMut() -> f32 {
        move || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 40) as f32 / (1u64 << 24) as f32
        }
    }

    #[test]
    fn platt_scaling_undoes_a_known_distortion() {
        // Labels drawn with p = sigmoid(z); the logits given are 3z + 2, so the fit must be near (1/3, -2/3).
        let z: Vec<f32> = (-400..400).map(|i| i as f32 / 100.0).collect();
        let mut uniform = uniform(1);
        let labels: Vec<bool> = z
            .iter()
            .map(|z| uniform() < 1.0 / (1.0 + (-z).exp()))
            .collect();
        let distorted: Vec<f32> = z.iter().map(|z| 3.0 * z + 2.0).collect();
        let fitted = platt(&distorted, &labels);
        assert!((fitted.slope - 1.0 / 3.0).abs() < 0.08, "{fitted:?}");
        assert!((fitted.offset + 2.0 / 3.0).abs() < 0.3, "{fitted:?}");
    }

    #[test]
    fn the_threshold_is_near_the_best_there_is_on_rows_it_has_not_seen() {
        let mut uniform = uniform(7);
        // Calibrated by construction: the label is drawn with the probability itself.
        let mut draw = |n: usize| -> (Vec<f32>, Vec<bool>) {
            (0..n)
                .map(|_| {
                    let p = uniform().powi(3);
                    (p, uniform() < p)
                })
                .unzip()
        };
        let (p, y) = draw(400);
        let t = threshold(&p, &y);
        let (p, y) = draw(20_000);
        let best = (5..95)
            .map(|i| f1_at(&p, &y, i as f32 / 100.0))
            .fold(0.0, f32::max);
        assert!(
            f1_at(&p, &y, t) > best - 0.02,
            "{t}: {} and {best}",
            f1_at(&p, &y, t)
        );
    }
}
