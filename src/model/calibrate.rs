//! Logit → probability: temperature and offsets fitted on dev, so that "0.8" is right four times in five.
//!
//! Binary labels use Platt scaling (Platt 1999), choices among several use temperature with one offset a class
//! (vector scaling with a shared slope; Guo et al. 2017, "On calibration of modern neural networks").

use serde::{Deserialize, Serialize};

/// `p = 1 / (1 + exp(-(slope · z + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Factor of the logit.
    pub slope: f32,
    /// Added after it.
    pub offset: f32,
}

impl Platt {
    /// Leaves the logit as it is.
    pub const IDENTITY: Platt = Platt {
        slope: 1.0,
        offset: 0.0,
    };

    /// The calibrated probability of a logit.
    pub fn probability(&self, logit: f32) -> f32 {
        1.0 / (1.0 + (-(self.slope * logit + self.offset)).exp())
    }
}

/// `p = softmax(slope · z + offsets)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Factor of all logits, the inverse temperature.
    pub slope: f32,
    /// Added to each class's logit.
    pub offsets: Vec<f32>,
}

impl Choice {
    /// Leaves `classes` logits as they are.
    pub fn identity(classes: usize) -> Choice {
        Choice {
            slope: 1.0,
            offsets: vec![0.0; classes],
        }
    }

    /// The calibrated probabilities of a row of logits; they add up to 1.
    pub fn probabilities<const N: usize>(&self, logits: [f32; N]) -> [f32; N] {
        let mut z = [0.0f32; N];
        for i in 0..N {
            z[i] = self.slope * logits[i] + self.offsets.get(i).copied().unwrap_or(0.0);
        }
        let top = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0;
        for value in &mut z {
            *value = (*value - top).exp();
            total += *value;
        }
        z.map(|value| value / total)
    }
}

/// How each kind of logit becomes a probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// One a frame.
    pub frames: Vec<Platt>,
    /// Sentiment: positive, neutral, negative.
    pub sentiment: Choice,
    /// The alias really refers to the target.
    pub mentioned: Platt,
    /// Stance: favorable, unfavorable, mixed, neutral.
    pub stance: Choice,
    /// Holder: author, reported, both.
    pub holder: Choice,
}

impl Calibration {
    /// No calibration: logits as they are.
    pub fn identity() -> Calibration {
        Calibration {
            frames: vec![Platt::IDENTITY; 3],
            sentiment: Choice::identity(3),
            mentioned: Platt::IDENTITY,
            stance: Choice::identity(4),
            holder: Choice::identity(3),
        }
    }
}

/// Where a probability becomes a label, fitted on dev.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// A frame is present from this probability on, one a frame.
    pub frames: Vec<f32>,
    /// A target is mentioned from this probability on.
    pub mentioned: f32,
    /// Probabilities of favorable, unfavorable, mixed and neutral are multiplied by these before the largest wins.
    pub stance: Vec<f32>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            frames: vec![0.5; 3],
            mentioned: 0.5,
            stance: vec![1.0; 4],
        }
    }
}
