//! MPNet put together from rust-bert's parts: its layers are BERT's, with a learned bias for how far apart two pieces
//! stand (Song et al. 2020, "MPNet"; the bias is T5's, Raffel et al. 2020).
//!
//! rust-bert has no MPNet, but its `BertEncoder` adds to the attention scores whatever mask it is given: padding and
//! bias go in there.

use std::collections::HashMap;
use std::path::Path;

use rust_bert::bert::BertEncoder;
use tch::{Device, Kind, Tensor, nn};

use super::base::{Opened, Words};
use super::encoder::{Encoder, Shape};
use super::tokenize::Tokenizer;
use crate::error::{Error, Kind as ErrorKind, Place, Result};

const SHAPE: Shape = Shape {
    hidden: 768,
    layers: 12,
    heads: 12,
    intermediate: 3072,
    positions: 514,
};
/// Positions count from here: 0 and 1 are the padding's.
const FIRST_POSITION: i64 = 2;
const EPSILON: f64 = 1e-5;
/// The bias knows 32 distances: 16 each way, exact up to 8, then by logarithm up to 128.
const EXACT: i64 = 8;
const EACH_WAY: i64 = 16;
const FARTHEST: f64 = 128.0;
const DROPOUT: f64 = 0.1;

/// Names of a layer's parts in rust-bert and in the file.
const NAMES: [(&str, &str); 5] = [
    ("attention.self.query", "attention.attn.q"),
    ("attention.self.key", "attention.attn.k"),
    ("attention.self.value", "attention.attn.v"),
    ("attention.output.dense", "attention.attn.o"),
    ("attention.output.LayerNorm", "attention.LayerNorm"),
];

/// The layers, with what comes before them.
pub struct Mpnet {
    encoder: BertEncoder,
    /// `[514, H]`.
    positions: Tensor,
    norm: (Tensor, Tensor),
    /// `[32, heads]`.
    bias: Tensor,
}

/// Opens the folder of `model.safetensors` and `tokenizer.json`.
///
/// # Errors
/// [`ErrorKind::Model`] when a file is of another form.
pub fn open(folder: &Path, kind: Kind) -> Result<Opened> {
    let path = folder.join("model.safetensors");
    let wrong = |what: String| Error::new(ErrorKind::Model, what).at(Place::file(&path));
    let file: HashMap<String, Tensor> = Tensor::read_safetensors(&path)
        .map_err(|e| wrong("is no safetensors file".to_owned()).because(e))?
        .into_iter()
        .collect();
    let take = |name: &str| {
        file.get(name)
            .map(|tensor| tensor.to_kind(Kind::Float))
            .ok_or_else(|| wrong(format!("has no tensor `{name}`")))
    };
    let store = nn::VarStore::new(Device::Cpu);
    let encoder = BertEncoder::new(store.root() / "encoder", &SHAPE.config());
    for (name, variable) in store.variables() {
        let theirs = NAMES
            .iter()
            .fold(name, |name, (ours, theirs)| name.replace(ours, theirs));
        let saved = take(&theirs)?;
        if saved.size() != variable.size() {
            return Err(wrong(format!("tensor `{theirs}` has another size")));
        }
        tch::no_grad(|| variable.shallow_clone().copy_(&saved));
    }
    let mpnet = Mpnet {
        encoder,
        positions: take("embeddings.position_embeddings.weight")?,
        norm: (
            take("embeddings.LayerNorm.weight")?,
            take("embeddings.LayerNorm.bias")?,
        ),
        bias: take("encoder.relative_attention_bias.weight")?,
    };
    Ok(Opened {
        words: Words::Table(take("embeddings.word_embeddings.weight")?),
        tokenizer: Tokenizer::from_file(&folder.join("tokenizer.json"), ["<s>", "</s>", "<pad>"])?,
        encoder: Encoder::from_mpnet(store, mpnet, kind),
    })
}

impl Mpnet {
    /// `embeds` is float32 `[B, T, H]`, `mask` int64 `[B, T]`; gives `[B, T, H]` in `kind`.
    pub(super) fn forward(
        &self,
        embeds: &Tensor,
        mask: &Tensor,
        kind: Kind,
        train: bool,
    ) -> Tensor {
        let length = mask.size()[1];
        let places = mask.cumsum(1, Kind::Int64) * mask + (FIRST_POSITION - 1);
        let places = self
            .positions
            .index_select(0, &places.view([-1]))
            .view(embeds.size().as_slice());
        let h = (embeds + places)
            .layer_norm(
                [SHAPE.hidden as i64],
                Some(&self.norm.0),
                Some(&self.norm.1),
                EPSILON,
                false,
            )
            .dropout(DROPOUT, train)
            .to_kind(kind);
        let padding = ((mask.to_kind(Kind::Float) - 1.0) * 1e4)
            .unsqueeze(1)
            .unsqueeze(1); // [B, 1, 1, T]
        let bias = self
            .bias
            .index_select(0, &distances(length).view([-1]))
            .view([length, length, SHAPE.heads as i64])
            .permute([2, 0, 1])
            .unsqueeze(0); // [1, heads, T, T]
        let mask = (padding + bias).to_kind(kind);
        self.encoder
            .forward_t(&h, Some(&mask), None, None, train)
            .hidden_state
    }
}

/// Which of the 32 distances lies between two of `length` pieces, int64 `[T, T]`.
fn distances(length: i64) -> Tensor {
    let row = Tensor::arange(length, (Kind::Int64, Device::Cpu));
    let ahead = row.unsqueeze(0) - row.unsqueeze(1); // positive: the key stands after the query
    let after = ahead.gt(0).to_kind(Kind::Int64) * EACH_WAY;
    let far = ahead.abs();
    let ratio = (far.clamp_min(1).to_kind(Kind::Float) / EXACT as f64).log()
        / (FARTHEST / EXACT as f64).ln();
    let logarithmic = (ratio * EXACT as f64).to_kind(Kind::Int64) + EXACT;
    let logarithmic = logarithmic.clamp_max(EACH_WAY - 1);
    after + far.where_self(&far.lt(EXACT), &logarithmic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact_near_by_and_logarithmic_farther_off() {
        let d = distances(200);
        let at = |query: i64, key: i64| d.int64_value(&[query, key]);
        assert_eq!(at(10, 10), 0);
        assert_eq!(at(10, 3), 7);
        assert_eq!(at(3, 10), 16 + 7);
        assert_eq!(at(10, 2), 8);
        // 8 + ⌊8 · ln(100/8) / ln(16)⌋ = 15, where it stays.
        assert_eq!(at(100, 0), 15);
        assert_eq!(at(0, 199), 31);
        assert_eq!(at(20, 0), 8 + 2);
    }
}
