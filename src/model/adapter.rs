//! What training changes of the encoder: low-rank additions to its matrices (LoRA, Hu et al. 2021).
//!
//! Each matrix `W` `[out, in]` becomes `W + scale · B A` with `A` `[rank, in]` and `B` `[out, rank]`. A few megabytes
//! instead of the whole encoder, and merged when the model is opened, so they cost nothing afterwards.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::encoder::Encoder;
use crate::error::{Error, Kind as ErrorKind, Result};

/// Low-rank additions by the name of the matrix they change.
pub struct Adapter {
    /// Factor of every product `B A`.
    pub scale: f64,
    /// `A` and `B` of each matrix, float32.
    pub factors: BTreeMap<String, (Tensor, Tensor)>,
}

impl Adapter {
    /// Adds the products to the encoder's matrices, for good.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when a factor fits none of the encoder's matrices.
    pub fn merge_into(&self, encoder: &Encoder) -> Result<()> {
        let matrices: BTreeMap<_, _> = encoder.matrices().into_iter().collect();
        for (name, (a, b)) in &self.factors {
            let weight = matrices
                .get(name)
                .filter(|w| w.size() == [b.size()[0], a.size()[1]])
                .ok_or_else(|| {
                    Error::new(
                        ErrorKind::Model,
                        format!("the adapter's `{name}` fits no matrix of the base encoder"),
                    )
                })?;
            tch::no_grad(|| {
                let sum = weight.to_kind(Kind::Float) + b.matmul(a) * self.scale;
                weight.shallow_clone().copy_(&sum);
            });
        }
        Ok(())
    }
}
