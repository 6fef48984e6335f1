//! Trains an [`Adapter`] through an encoder that knows nothing of it.
//!
//! Before a step every matrix is set to `W + scale · B A`; the backward pass gives `dL/dW`; and since `W` depends on
//! `A` and `B` in that way alone, theirs follow by the chain rule. So rust-bert's `BertModel` serves training as it is, in bfloat16 where the processor has it, while `A` and `B` stay
//! float32.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::model::adapter::Adapter;
use crate::model::encoder::Encoder;

struct Matrix {
    name: String,
    /// The encoder's variable.
    live: Tensor,
    /// What it was before training, float32.
    base: Tensor,
    a: Tensor,
    b: Tensor,
}

/// An adapter in training.
pub struct Lora {
    matrices: Vec<Matrix>,
    scale: f64,
}

impl Lora {
    /// Starts at the base itself: `B` is zero, `A` random.
    pub fn new(encoder: &Encoder, rank: i64, scale: f64) -> Lora {
        let matrices = encoder
            .matrices()
            .into_iter()
            .map(|(name, live)| {
                let (rows, columns) = (live.size()[0], live.size()[1]);
                let float = (Kind::Float, Device::Cpu);
                let a = Tensor::randn([rank, columns], float) / (columns as f64).sqrt();
                Matrix {
                    base: live.detach().to_kind(Kind::Float).copy(),
                    live: live.set_requires_grad(true),
                    a: a.set_requires_grad(true),
                    b: Tensor::zeros([rows, rank], float).set_requires_grad(true),
                    name,
                }
            })
            .collect();
        Lora { matrices, scale }
    }

    /// Goes on from an adapter as it stands.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::error::Kind::Model) when a factor fits none of the encoder's matrices.
    pub fn resume(encoder: &Encoder, adapter: &Adapter) -> Result<Lora> {
        let rank = adapter
            .factors
            .values()
            .next()
            .map_or(1, |(a, _)| a.size()[0]);
        let lora = Lora::new(encoder, rank, adapter.scale);
        for m in &lora.matrices {
            let saved = adapter.factors.get(&m.name);
            let fits = saved.filter(|(a, b)| a.size() == m.a.size() && b.size() == m.b.size());
            let (a, b) = fits.ok_or_else(|| {
                Error::new(
                    ErrorKind::Model,
                    format!("the adapter has nothing that fits `{}`", m.name),
                )
            })?;
            tch::no_grad(|| {
                m.a.shallow_clone().copy_(a);
                m.b.shallow_clone().copy_(b);
            });
        }
        Ok(lora)
    }

    /// `A` and `B` of every matrix, by name.
    pub fn leaves(&self) -> Vec<(String, Tensor)> {
        self.matrices
            .iter()
            .flat_map(|m| {
                [
                    (format!("{}.a", m.name), m.a.shallow_clone()),
                    (format!("{}.b", m.name), m.b.shallow_clone()),
                ]
            })
            .collect()
    }

    /// Writes `W + scale · B A` into the encoder.
    pub fn apply(&self) {
        tch::no_grad(|| {
            for m in &self.matrices {
                let sum = &m.base + m.b.matmul(&m.a) * self.scale;
                m.live.shallow_clone().copy_(&sum);
            }
        });
    }

    /// Carries the encoder's gradients `G` over to `A` and `B` (`scale · BᵀG` and `scale · GAᵀ`), and clears them.
    pub fn backward(&self) {
        for m in &self.matrices {
            let mut gradient = m.live.grad();
            if !gradient.defined() {
                continue;
            }
            let (to_a, to_b) = tch::no_grad(|| {
                let g = gradient.to_kind(Kind::Float);
                (m.b.tr().matmul(&g), g.matmul(&m.a.tr()))
            });
            // tch cannot set a gradient, but that of `A ∘ X` summed is X.
            let sum = (&m.a * to_a).sum(Kind::Float) + (&m.b * to_b).sum(Kind::Float);
            (sum * self.scale).backward();
            let _ = gradient.zero_();
        }
    }

    /// The adapter as it stands.
    pub fn adapter(&self) -> Adapter {
        let factors: BTreeMap<_, _> = self
            .matrices
            .iter()
            .map(|m| (m.name.clone(), (m.a.detach().copy(), m.b.detach().copy())))
            .collect();
        Adapter {
            scale: self.scale,
            factors,
        }
    }
}
