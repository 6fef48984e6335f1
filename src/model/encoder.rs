//! Pieces `[B, T]` → vectors `[B, T, H]`: rust-bert's layers on the base's weights, driven with masks.

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::{Device, Kind, Tensor, nn};

use super::mpnet::Mpnet;
use super::pack::Pack;
use crate::error::{Error, Kind as ErrorKind, Result};

/// The transformer's layers; word embeddings come in from outside ([`super::base::Words`]).
pub struct Encoder {
    store: nn::VarStore,
    body: Body,
    kind: Kind,
}

enum Body {
    Bert(Box<BertModel<BertEmbeddings>>),
    Mpnet(Mpnet),
}

/// Sizes of a transformer.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Width of a vector, `H`.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// Longest input in pieces.
    pub positions: usize,
}

impl Shape {
    /// rust-bert's configuration of such layers.
    pub(super) fn config(&self) -> BertConfig {
        BertConfig {
            hidden_act: rust_bert::Activation::gelu,
            attention_probs_dropout_prob: 0.0,
            hidden_dropout_prob: 0.1,
            hidden_size: self.hidden as i64,
            initializer_range: 0.02,
            intermediate_size: self.intermediate as i64,
            max_position_embeddings: self.positions as i64,
            num_attention_heads: self.heads as i64,
            num_hidden_layers: self.layers as i64,
            type_vocab_size: 1,
            // Word vectors come in as `input_embeds`, so the model needs no table of its own (384 MB saved for e5).
            vocab_size: 1,
            output_attentions: None,
            output_hidden_states: None,
            is_decoder: None,
            id2label: None,
            label2id: None,
        }
    }
}

/// Names of the layers' matrices in the package and in BERT.
const MATRICES: [(&str, &str, bool, bool); 6] = [
    // package, BERT, rows are the feed-forward width, columns are
    ("q", "attention.self.query", false, false),
    ("k", "attention.self.key", false, false),
    ("v", "attention.self.value", false, false),
    ("ao", "attention.output.dense", false, false),
    ("fi", "intermediate.dense", true, false),
    ("fo", "output.dense", false, true),
];
const NORMS: [(&str, &str); 2] = [
    ("aln", "attention.output.LayerNorm"),
    ("oln", "output.LayerNorm"),
];

impl Encoder {
    /// Unpacks the encoder's layers from the base's package; `kind` is what it computes in.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when a tensor is missing or has another size.
    pub fn from_pack(pack: &Pack, kind: Kind) -> Result<Encoder> {
        let store = nn::VarStore::new(Device::Cpu);
        let bert = BertModel::new_with_optional_pooler(store.root(), &pack.shape.config(), false);
        let body = Body::Bert(Box::new(bert));
        let mut encoder = Encoder { store, body, kind };
        encoder.load(pack)?;
        encoder.settle();
        Ok(encoder)
    }

    /// MPNet's layers, whose weights `store` holds.
    pub(super) fn from_mpnet(store: nn::VarStore, mpnet: Mpnet, kind: Kind) -> Encoder {
        let body = Body::Mpnet(mpnet);
        let mut encoder = Encoder { store, body, kind };
        encoder.settle();
        encoder
    }

    fn settle(&mut self) {
        self.store.set_kind(self.kind);
        self.store.freeze();
    }

    fn load(&mut self, pack: &Pack) -> Result<()> {
        let (h, f) = (pack.shape.hidden, pack.shape.intermediate);
        self.fill(
            "embeddings.position_embeddings.weight",
            &pack.tensor("emb.pos", pack.shape.positions * h)?,
        )?;
        let types = pack.tensor("emb.type", h).or_else(|_| {
            // Packages with both token types: only the first is ever used.
            pack.tensor("emb.type", 2 * h).map(|t| t[..h].to_vec())
        })?;
        self.fill("embeddings.token_type_embeddings.weight", &types)?;
        self.fill("embeddings.LayerNorm.weight", &pack.tensor("emb.ln.w", h)?)?;
        self.fill("embeddings.LayerNorm.bias", &pack.tensor("emb.ln.b", h)?)?;
        for layer in 0..pack.shape.layers {
            for (from, to, tall, wide) in MATRICES {
                let (rows, columns) = (if tall { f } else { h }, if wide { f } else { h });
                let name = format!("encoder.layer.{layer}.{to}");
                let weight = pack.tensor(&format!("l{layer}.{from}.w"), rows * columns)?;
                self.fill(&format!("{name}.weight"), &weight)?;
                let bias = pack.tensor(&format!("l{layer}.{from}.b"), rows)?;
                self.fill(&format!("{name}.bias"), &bias)?;
            }
            for (from, to) in NORMS {
                let name = format!("encoder.layer.{layer}.{to}");
                let weight = pack.tensor(&format!("l{layer}.{from}.w"), h)?;
                self.fill(&format!("{name}.weight"), &weight)?;
                let bias = pack.tensor(&format!("l{layer}.{from}.b"), h)?;
                self.fill(&format!("{name}.bias"), &bias)?;
            }
        }
        Ok(())
    }

    fn fill(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let variables = self.store.variables();
        let variable = variables.get(name).ok_or_else(|| {
            Error::new(
                ErrorKind::Model,
                format!("the encoder has no weight `{name}`"),
            )
        })?;
        let source = Tensor::from_slice(values).view(variable.size().as_slice());
        tch::no_grad(|| variable.shallow_clone().copy_(&source));
        Ok(())
    }

    /// The matrices of the layers' linear maps by name, each `[out, in]`: what an adapter changes.
    pub fn matrices(&self) -> Vec<(String, Tensor)> {
        let mut matrices: Vec<_> = self
            .store
            .variables()
            .into_iter()
            .filter(|(name, weight)| name.starts_with("encoder.") && weight.dim() == 2)
            .collect();
        matrices.sort_by(|a, b| a.0.cmp(&b.0));
        matrices
    }

    /// Encodes a padded batch of `B` inputs; `T` is the longest, `H` the model's width.
    ///
    /// `embeds` is float32 `[B, T, H]`, the word embeddings of the pieces; `mask` is int64 `[B, T]`, 1 on a piece,
    /// 0 on padding. Returns float32 `[B, T, H]`. Rows under a 0 of `mask` carry no meaning: pool with the mask.
    /// `train` turns dropout on.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when the shapes do not fit.
    pub fn forward(&self, embeds: &Tensor, mask: &Tensor, train: bool) -> Result<Tensor> {
        let hidden = match &self.body {
            Body::Bert(bert) => {
                let embeds = embeds.to_kind(self.kind);
                bert.forward_t(
                    None,
                    Some(mask),
                    None,
                    None,
                    Some(&embeds),
                    None,
                    None,
                    train,
                )
                .map_err(|e| {
                    Error::new(ErrorKind::Model, "the encoder refused a batch").because(e)
                })?
                .hidden_state
            }
            Body::Mpnet(mpnet) => mpnet.forward(embeds, mask, self.kind, train),
        };
        Ok(hidden.to_kind(Kind::Float))
    }
}
