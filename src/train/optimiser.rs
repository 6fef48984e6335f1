//! AdamW whose state can be written to a checkpoint (tch's own optimiser cannot give its moments away).

use std::collections::HashMap;

use tch::{Kind, Tensor};

/// One trained tensor.
pub struct Parameter {
    /// Its name in the checkpoint.
    pub name: String,
    /// The leaf that holds the value and, after `backward`, the gradient.
    pub value: Tensor,
    /// Factor of the schedule's learning rate for this tensor.
    pub rate: f64,
    /// Weight decay.
    pub decay: f64,
    mean: Tensor,
    square: Tensor,
}

/// AdamW (Loshchilov and Hutter 2019) over a fixed list of tensors; β = (0.9, 0.98), ε = 1e-8.
pub struct AdamW {
    /// What it trains.
    pub parameters: Vec<Parameter>,
    steps: i32,
}

const BETA: (f64, f64) = (0.9, 0.98);
const EPSILON: f64 = 1e-8;
/// The gradient's norm over all parameters is cut to this.
const CLIP: f64 = 1.0;

impl Parameter {
    /// Starts training `value` from where it stands.
    pub fn new(name: String, value: Tensor, rate: f64, decay: f64) -> Parameter {
        Parameter {
            mean: value.zeros_like(),
            square: value.zeros_like(),
            name,
            value,
            rate,
            decay,
        }
    }
}

impl AdamW {
    /// Trains `parameters`.
    pub fn new(parameters: Vec<Parameter>) -> AdamW {
        AdamW {
            parameters,
            steps: 0,
        }
    }

    /// One step at learning rate `rate`, from the gradients at hand, which are then cleared.
    pub fn step(&mut self, rate: f64) {
        self.steps += 1;
        let fix = (1.0 - BETA.0.powi(self.steps), 1.0 - BETA.1.powi(self.steps));
        tch::no_grad(|| {
            let squares: Vec<Tensor> = self
                .parameters
                .iter()
                .map(|p| p.value.grad())
                .filter(|g| g.defined())
                .map(|g| g.square().sum(Kind::Float))
                .collect();
            if squares.is_empty() {
                return;
            }
            let norm = Tensor::stack(&squares, 0)
                .sum(Kind::Float)
                .sqrt()
                .double_value(&[]);
            let cut = (CLIP / (norm + 1e-6)).min(1.0);
            for p in &mut self.parameters {
                let mut gradient = p.value.grad();
                if !gradient.defined() {
                    continue;
                }
                let g = &gradient * cut;
                p.mean = &p.mean * BETA.0 + &g * (1.0 - BETA.0);
                p.square = &p.square * BETA.1 + g.square() * (1.0 - BETA.1);
                let direction = (&p.mean / fix.0) / ((&p.square / fix.1).sqrt() + EPSILON);
                let step = (direction + &p.value * p.decay) * (rate * p.rate);
                let _ = p.value.g_sub_(&step);
                let _ = gradient.zero_();
            }
        });
    }

    /// Steps made so far.
    pub fn steps(&self) -> usize {
        self.steps as usize
    }

    /// Values and moments by name, for a checkpoint.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        let mut state = vec![("steps".to_owned(), Tensor::from_slice(&[self.steps as i64]))];
        for p in &self.parameters {
            state.push((format!("value.{}", p.name), p.value.detach().copy()));
            state.push((format!("mean.{}", p.name), p.mean.copy()));
            state.push((format!("square.{}", p.name), p.square.copy()));
        }
        state
    }

    /// Takes up a checkpoint's values and moments; `None` when it is of another training.
    pub fn restore(&mut self, state: &HashMap<String, Tensor>) -> Option<()> {
        let fits = |name: String, like: &Tensor| {
            state
                .get(&name)
                .filter(|t| t.size() == like.size())
                .map(Tensor::copy)
        };
        let mut taken = Vec::new();
        for p in &self.parameters {
            taken.push((
                fits(format!("value.{}", p.name), &p.value)?,
                fits(format!("mean.{}", p.name), &p.mean)?,
                fits(format!("square.{}", p.name), &p.square)?,
            ));
        }
        self.steps = i32::try_from(state.get("steps")?.int64_value(&[0])).ok()?;
        for (p, (value, mean, square)) in self.parameters.iter_mut().zip(taken) {
            tch::no_grad(|| p.value.copy_(&value));
            p.mean = mean;
            p.square = square;
        }
        Some(())
    }
}
