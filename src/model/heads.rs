//! Vectors `[P, T, H]` of `P` paragraphs → logits of framing, stance, holder, sentiment, and of evidence.
//!
//! A frame and the sentiment look at the paragraph through an attention of their own; a target through the vectors of
//! its mentions, which ask the paragraph's words what is said of it. The target's name is no parameter anywhere, so a
//! target that nobody trained on is served like the others.

use tch::nn::{self, Module};
use tch::{Kind, Tensor};

/// Frames the heads know: offer, accusation, skepticism.
pub const FRAMES: i64 = 3;
const TONES: i64 = 3;
/// Stance logits: favorable, unfavorable, mixed, neutral; then "really mentioned"; then the three holders.
pub const STANCES: i64 = 4;
const HOLDERS: i64 = 3;

/// The classification heads.
pub struct Heads {
    look: nn::Linear,
    frame_evidence: nn::Linear,
    frame_mix: nn::Linear,
    frame_out: Tensor,
    frame_bias: Tensor,
    tone_mix: nn::Linear,
    tone_out: nn::Linear,
    query: nn::Linear,
    key: nn::Linear,
    value: nn::Linear,
    ask: nn::Linear,
    target_evidence: nn::Linear,
    target_mix: nn::Linear,
    target_out: nn::Linear,
    width: i64,
    heads: i64,
    dropout: f64,
}

/// A batch of token vectors: `vectors` float32 `[P, T, H]`, `mask` float32 `[P, T]`, 1 on a piece of the paragraph.
pub struct Paragraphs {
    /// `[P, T, H]`.
    pub vectors: Tensor,
    /// `[P, T]`.
    pub mask: Tensor,
}

/// Logits of a batch of `P` paragraphs.
pub struct ParagraphLogits {
    /// `[P, 3]`, one a frame.
    pub frames: Tensor,
    /// `[P, T, 6]`: how likely each piece begins, then how likely it ends, the evidence of each frame.
    pub evidence: Tensor,
    /// `[P, 3]`: positive, neutral, negative.
    pub sentiment: Tensor,
}

/// Logits of a batch of `N` (paragraph, target) pairs.
pub struct TargetLogits {
    /// `[N, 4]`: favorable, unfavorable, mixed, neutral.
    pub stance: Tensor,
    /// `[N]`: the alias really refers to the target.
    pub mentioned: Tensor,
    /// `[N, 3]`: author, reported, both.
    pub holder: Tensor,
    /// `[N, T, 2]`: how likely each piece begins, and ends, the evidence of the stance.
    pub evidence: Tensor,
}

impl Heads {
    /// Makes the heads' variables under `root` for an encoder of width `width`.
    pub fn new(root: &nn::Path, width: i64) -> Heads {
        let linear = |name: &str, from: i64, to: i64| {
            nn::linear(root / name, from, to, nn::LinearConfig::default())
        };
        Heads {
            look: linear("look", width, FRAMES + 1),
            frame_evidence: linear("frame_evidence", width, 2 * FRAMES),
            frame_mix: linear("frame_mix", 2 * width, width),
            frame_out: root.kaiming_uniform("frame_out", &[FRAMES, width]),
            frame_bias: root.zeros("frame_bias", &[FRAMES]),
            tone_mix: linear("tone_mix", 2 * width, width),
            tone_out: linear("tone_out", width, TONES),
            query: linear("query", width, width),
            key: linear("key", width, width),
            value: linear("value", width, width),
            ask: linear("ask", width, 2 * width),
            target_evidence: linear("target_evidence", width, 2),
            target_mix: linear("target_mix", 3 * width, width),
            target_out: linear("target_out", width, STANCES + 1 + HOLDERS),
            width,
            heads: 6,
            dropout: 0.1,
        }
    }

    /// Frames, their evidence, and sentiment.
    pub fn paragraphs(&self, batch: &Paragraphs, train: bool) -> ParagraphLogits {
        let h = batch.vectors.dropout(self.dropout, train); // [P, T, H]
        let padding = padding(&batch.mask).unsqueeze(-1); // [P, T, 1]
        let evidence = self.frame_evidence.forward(&h); // [P, T, 6]
        let weights = (self.look.forward(&h) + &padding).softmax(1, Kind::Float); // [P, T, 4]
        let seen = weights.transpose(1, 2).matmul(&h); // [P, 4, H]
        let mean = mean(&h, &batch.mask).unsqueeze(1); // [P, 1, H]
        let pair = Tensor::cat(&[&seen, &mean.expand_as(&seen)], -1); // [P, 4, 2H]
        let frames = self
            .frame_mix
            .forward(&pair.narrow(1, 0, FRAMES))
            .gelu("none")
            .dropout(self.dropout, train); // [P, 3, H]
        let frames = (frames * &self.frame_out).sum_dim_intlist(-1, false, Kind::Float);
        let tone = self
            .tone_mix
            .forward(&pair.select(1, FRAMES))
            .gelu("none")
            .dropout(self.dropout, train);
        ParagraphLogits {
            frames: frames + &self.frame_bias,
            evidence,
            sentiment: self.tone_out.forward(&tone),
        }
    }

    /// Stance, mention, holder and their evidence for `N` (paragraph, target) pairs.
    ///
    /// `rows` is int64 `[N]`, the paragraph of each pair; `mentions` is float32 `[N, T]`, 1 on the pieces that name
    /// the target.
    pub fn targets(
        &self,
        batch: &Paragraphs,
        rows: &Tensor,
        mentions: &Tensor,
        train: bool,
    ) -> TargetLogits {
        let h = batch
            .vectors
            .index_select(0, rows)
            .dropout(self.dropout, train); // [N, T, H]
        let mask = batch.mask.index_select(0, rows); // [N, T]
        let (n, t) = (mask.size()[0], mask.size()[1]);
        let named = mean(&h, mentions); // [N, H]
        let depth = self.width / self.heads;
        let split = |x: Tensor| x.view([n, -1, self.heads, depth]).transpose(1, 2); // [N, heads, T, depth]
        let query = split(self.query.forward(&named)); // [N, heads, 1, depth]
        let key = split(self.key.forward(&h));
        let value = split(self.value.forward(&h));
        let padding = padding(&mask).view([n, 1, 1, t]);
        let weights = (query.matmul(&key.transpose(-1, -2)) / (depth as f64).sqrt() + padding)
            .softmax(-1, Kind::Float); // [N, heads, 1, T]
        let heard = weights
            .matmul(&value)
            .transpose(1, 2)
            .reshape([n, self.width]);
        let whole = mean(&h, &mask);
        let mixed = self
            .target_mix
            .forward(&Tensor::cat(&[&named, &heard, &whole], -1))
            .gelu("none")
            .dropout(self.dropout, train);
        let out = self.target_out.forward(&mixed); // [N, 8]
        let asked = self.ask.forward(&named).view([n, self.width, 2]); // [N, H, 2]
        let evidence =
            h.matmul(&asked) / (self.width as f64).sqrt() + self.target_evidence.forward(&h);
        TargetLogits {
            stance: out.narrow(1, 0, STANCES),
            mentioned: out.select(1, STANCES),
            holder: out.narrow(1, STANCES + 1, HOLDERS),
            evidence,
        }
    }
}

/// Mean of `h` `[P, T, H]` over the places where `mask` `[P, T]` is 1; zero where it is nowhere 1.
fn mean(h: &Tensor, mask: &Tensor) -> Tensor {
    let weight = mask.unsqueeze(-1);
    let count = weight.sum_dim_intlist(1, false, Kind::Float).clamp_min(1.0);
    (h * &weight).sum_dim_intlist(1, false, Kind::Float) / count
}

/// 0 on a piece, a large negative number on padding: added to what a softmax sees.
fn padding(mask: &Tensor) -> Tensor {
    (mask - 1.0) * 1e4
}
