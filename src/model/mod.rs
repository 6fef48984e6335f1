//! The transformer: one encoder pass a paragraph serves every label of the codebook.
//!
//! The road: [`tokenize`] cuts a paragraph into pieces, [`batch`] into windows and batches, [`encoder`] makes vectors
//! `[B, T, H]` of them, [`heads`] turn these into logits, [`calibrate`] into probabilities, [`evidence`] finds the
//! words behind them. [`store`] reads and writes model folders, [`mod@base`] the base encoders ([`pack`], [`mpnet`]),
//! [`adapter`] adds what training changed.
//!
//! Shapes: `B` windows in a batch, `P` paragraphs, `N` (paragraph, target) pairs, `T` pieces of the longest, `H` the
//! encoder's width.

pub mod adapter;
pub mod base;
pub mod batch;
pub mod calibrate;
pub mod encoder;
pub mod evidence;
pub mod heads;
pub mod mpnet;
pub mod pack;
pub mod store;
pub mod tokenize;

use std::ops::Range;
use std::path::Path;

use tch::{Kind, Tensor, nn};

use crate::annotate::labels::{Scores, TargetScores};
use crate::error::{Error, Kind as ErrorKind, Place, Result};
use base::{Base, Words};
use encoder::Encoder;
use evidence::Edges;
use heads::{Heads, ParagraphLogits, Paragraphs, TargetLogits};
use store::Manifest;
use tokenize::{Pieces, Tokenizer};

/// Most pieces of a title read as context.
const CONTEXT: usize = 48;
/// Most padded pieces of (paragraph, target) pairs in the heads at once: bounds memory for giant paragraphs.
const PAIR_PIECES: usize = 16_384;

/// What is asked of the model about one paragraph.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The paragraph.
    pub text: &'a str,
    /// The article's title; read before the paragraph if the model was trained so.
    pub title: Option<&'a str>,
    /// For each target of the codebook the byte ranges that name it; empty where none does.
    pub mentions: &'a [Vec<Range<usize>>],
}

/// A paragraph in pieces, ready to be scored.
#[derive(Debug, Clone)]
pub struct Prepared {
    text: String,
    pieces: Pieces,
    context: Vec<i64>,
    windows: Vec<Range<usize>>,
    /// For each target, the pieces that name it.
    mentions: Vec<Vec<usize>>,
}

impl Prepared {
    /// Pieces that the encoder reads for it, padding to its longest window counted: what a batch plan goes by.
    pub fn cost(&self) -> usize {
        self.windows.len() * self.row_length()
    }

    /// Byte range of each piece in the text.
    pub fn offsets(&self) -> &[(usize, usize)] {
        &self.pieces.offsets
    }

    fn row_length(&self) -> usize {
        self.windows.iter().map(Range::len).max().unwrap_or(0) + self.context.len() + 2
    }
}

/// What a forward pass gives: logits of `P` paragraphs and of their `N` named targets.
pub struct Forward {
    /// Of the paragraphs, in the batch's order.
    pub paragraphs: ParagraphLogits,
    /// Of the pairs; `None` where no paragraph names a target.
    pub targets: Option<TargetLogits>,
    /// (paragraph in the batch, target in the codebook) of each pair.
    pub pairs: Vec<(usize, usize)>,
}

/// Encoder, tokenizer and heads: all that training changes and scoring needs.
pub struct Network {
    words: Words,
    tokenizer: Tokenizer,
    /// The transformer.
    pub encoder: Encoder,
    /// The classification heads.
    pub heads: Heads,
    /// The heads' variables.
    pub variables: nn::VarStore,
    prefix: Vec<i64>,
    title: bool,
}

impl Network {
    /// Opens a base encoder and puts fresh heads on it. `title` says whether titles are read before paragraphs.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when the base's file is missing, corrupted or of another form.
    pub fn new(base: &Base, prefix: &str, title: bool, kind: Kind) -> Result<Network> {
        let base::Opened {
            words,
            tokenizer,
            encoder,
        } = base.open(kind)?;
        let variables = nn::VarStore::new(tch::Device::Cpu);
        let heads = Heads::new(&variables.root(), words.width());
        let mut begin = vec![tokenizer.specials.begin];
        begin.extend(tokenizer.pieces(prefix.trim())?.ids);
        Ok(Network {
            prefix: begin,
            title,
            words,
            tokenizer,
            encoder,
            heads,
            variables,
        })
    }

    /// Cuts a paragraph into pieces and windows.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when it cannot be tokenised.
    pub fn prepare(&self, input: &Input) -> Result<Prepared> {
        let pieces = self.tokenizer.pieces(input.text)?;
        let mut context = self.prefix.clone();
        if let Some(title) = input.title.filter(|_| self.title) {
            let title = self.tokenizer.pieces(title)?.ids;
            context.extend(title.into_iter().take(CONTEXT));
            context.push(self.tokenizer.specials.end);
        }
        let mentions = input
            .mentions
            .iter()
            .map(|ranges| pieces_in(&pieces.offsets, ranges))
            .collect();
        Ok(Prepared {
            text: input.text.to_owned(),
            windows: batch::windows(pieces.ids.len()),
            pieces,
            context,
            mentions,
        })
    }

    /// Runs the encoder and the heads over a batch. `budget` bounds the padded pieces encoded at once, which matters
    /// only for a paragraph that is larger by itself. `train` turns dropout on.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when the encoder refuses the batch.
    pub fn forward(&self, batch: &[&Prepared], budget: usize, train: bool) -> Result<Forward> {
        let paragraphs = self.vectors(batch, budget, train)?;
        Ok(judge(&self.heads, &paragraphs, batch, train))
    }

    /// Vectors of the paragraphs' own pieces, stitched from their windows.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn vectors(&self, batch: &[&Prepared], budget: usize, train: bool) -> Result<Paragraphs> {
        let rows: Vec<(usize, &Range<usize>)> = batch
            .iter()
            .enumerate()
            .flat_map(|(i, p)| p.windows.iter().map(move |w| (i, w)))
            .collect();
        let length = batch.iter().map(|p| p.row_length()).max().unwrap_or(1);
        let hidden = rows
            .chunks((budget / length).max(1))
            .map(|rows| self.encode(batch, rows, length, train))
            .collect::<Result<Vec<_>>>()?;
        let h = self.words.width();
        let flat = Tensor::cat(&hidden, 0).view([-1, h]); // [B·T, H]
        let t = batch
            .iter()
            .map(|p| p.pieces.ids.len())
            .max()
            .unwrap_or(0)
            .max(1);
        let mut places = vec![0i64; batch.len() * t];
        let mut mask = vec![0f32; batch.len() * t];
        let mut first_row = 0;
        for (i, prepared) in batch.iter().enumerate() {
            let owners = batch::owners(&prepared.windows, prepared.pieces.ids.len());
            for (piece, (window, place)) in owners.into_iter().enumerate() {
                let row = first_row + window;
                places[i * t + piece] = (row * length + prepared.context.len() + place) as i64;
                mask[i * t + piece] = 1.0;
            }
            first_row += prepared.windows.len();
        }
        let (p, t) = (batch.len() as i64, t as i64);
        Ok(Paragraphs {
            vectors: flat
                .index_select(0, &Tensor::from_slice(&places))
                .view([p, t, h]),
            mask: Tensor::from_slice(&mask).view([p, t]),
        })
    }

    /// Encodes some windows, padded to `length` pieces: `[rows, length, H]`.
    fn encode(
        &self,
        batch: &[&Prepared],
        rows: &[(usize, &Range<usize>)],
        length: usize,
        train: bool,
    ) -> Result<Tensor> {
        let specials = self.tokenizer.specials;
        let mut ids: Vec<i64> = Vec::with_capacity(rows.len() * length);
        let mut mask: Vec<i64> = Vec::with_capacity(rows.len() * length);
        for &(i, window) in rows {
            let end = ids.len() + length;
            ids.extend(&batch[i].context);
            ids.extend(&batch[i].pieces.ids[window.clone()]);
            ids.push(specials.end);
            mask.resize(ids.len(), 1);
            ids.resize(end, specials.pad);
            mask.resize(end, 0);
        }
        let (b, t) = (rows.len() as i64, length as i64);
        let embeds = self.words.embed(&ids)?.view([b, t, -1]);
        let mask = Tensor::from_slice(&mask).view([b, t]);
        self.encoder.forward(&embeds, &mask, train)
    }
}

/// The heads over a batch whose vectors are there already. `train` turns dropout on.
pub fn judge(heads: &Heads, paragraphs: &Paragraphs, batch: &[&Prepared], train: bool) -> Forward {
    let t = paragraphs.mask.size()[1] as usize;
    let mut pairs = Vec::new();
    let mut named: Vec<f32> = Vec::new();
    for (row, prepared) in batch.iter().enumerate() {
        for (target, pieces) in prepared.mentions.iter().enumerate() {
            if pieces.is_empty() {
                continue;
            }
            pairs.push((row, target));
            let start = named.len();
            named.resize(start + t, 0.0);
            for &piece in pieces {
                named[start + piece] = 1.0;
            }
        }
    }
    let step = (PAIR_PIECES / t).max(1);
    let parts: Vec<TargetLogits> = pairs
        .chunks(step)
        .zip(named.chunks(step * t))
        .map(|(pairs, named)| {
            let rows: Vec<i64> = pairs.iter().map(|&(row, _)| row as i64).collect();
            let named = Tensor::from_slice(named).view([-1, t as i64]);
            let rows = Tensor::from_slice(&rows);
            heads.targets(paragraphs, &rows, &named, train)
        })
        .collect();
    Forward {
        paragraphs: heads.paragraphs(paragraphs, train),
        targets: join(parts),
        pairs,
    }
}

/// Pieces that overlap any of the byte ranges.
pub fn pieces_in(offsets: &[(usize, usize)], ranges: &[Range<usize>]) -> Vec<usize> {
    let touches =
        |&(start, end): &(usize, usize)| ranges.iter().any(|r| start < r.end && r.start < end);
    (0..offsets.len())
        .filter(|&i| touches(&offsets[i]))
        .collect()
}

fn join(parts: Vec<TargetLogits>) -> Option<TargetLogits> {
    let cat =
        |f: fn(&TargetLogits) -> &Tensor| Tensor::cat(&parts.iter().map(f).collect::<Vec<_>>(), 0);
    (!parts.is_empty()).then(|| TargetLogits {
        stance: cat(|p| &p.stance),
        mentioned: cat(|p| &p.mentioned),
        holder: cat(|p| &p.holder),
        evidence: cat(|p| &p.evidence),
    })
}

/// A trained model, opened from its folder.
pub struct Model {
    /// What the folder says of itself.
    pub manifest: Manifest,
    network: Network,
}

impl Model {
    /// Opens a model folder: manifest, base encoder from the cache, adapter merged, heads.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] naming the file that is missing, corrupted or foreign.
    pub fn open(folder: &Path) -> Result<Model> {
        Model::open_in(folder, Kind::Float)
    }

    /// As [`Model::open`], with the encoder computing in `kind`.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn open_in(folder: &Path, kind: Kind) -> Result<Model> {
        let manifest = Manifest::read(folder)?;
        let (adapter, heads) = store::read_weights(folder, &manifest)?;
        let mut network = Network::new(manifest.base()?, &manifest.prefix, manifest.title, kind)?;
        let place = || Place::file(folder.join(store::WEIGHTS));
        adapter
            .merge_into(&network.encoder)
            .map_err(|e| e.at(place()))?;
        for (name, variable) in network.variables.variables() {
            let saved = heads
                .get(&name)
                .filter(|t| t.size() == variable.size())
                .ok_or_else(|| {
                    Error::new(
                        ErrorKind::Model,
                        format!("there is no fitting `heads.{name}`"),
                    )
                    .at(place())
                })?;
            tch::no_grad(|| variable.shallow_clone().copy_(saved));
        }
        network.variables.freeze();
        Ok(Model { manifest, network })
    }

    /// Name and version, as in the sheet's `model` column.
    pub fn label(&self) -> String {
        format!("{} {}", self.manifest.name, self.manifest.version)
    }

    /// Encoder, tokenizer and heads.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Cuts a paragraph into pieces and windows.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when it cannot be tokenised.
    pub fn prepare(&self, input: &Input) -> Result<Prepared> {
        self.network.prepare(input)
    }

    /// Scores a batch: calibrated probabilities and evidence of each paragraph, in order.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] when the encoder refuses the batch.
    pub fn score(&self, batch: &[&Prepared], budget: usize) -> Result<Vec<Scores>> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let forward = tch::no_grad(|| self.network.forward(batch, budget, false))?;
        let calibration = &self.manifest.calibration;
        let logits = &forward.paragraphs;
        let frames = values(&logits.frames);
        let sentiment = values(&logits.sentiment);
        let evidence = values(&logits.evidence);
        let t = logits.evidence.size()[1] as usize;
        let count = heads::FRAMES as usize;
        let mut scores: Vec<Scores> = batch
            .iter()
            .enumerate()
            .map(|(i, prepared)| {
                let run = |frame: usize| {
                    let edges = edges(&evidence, i * t, prepared, count, frame);
                    evidence::best_run(&prepared.text, prepared.offsets(), &edges)
                };
                Scores {
                    frames: (0..count)
                        .map(|f| calibration.frames[f].probability(frames[i * count + f]))
                        .collect(),
                    frame_evidence: (0..count).map(run).collect(),
                    targets: vec![None; prepared.mentions.len()],
                    sentiment: calibration.sentiment.probabilities(array(&sentiment, i)),
                }
            })
            .collect();
        if let Some(targets) = &forward.targets {
            let (stance, holder) = (values(&targets.stance), values(&targets.holder));
            let mentioned = values(&targets.mentioned);
            let evidence = values(&targets.evidence);
            for (n, &(row, target)) in forward.pairs.iter().enumerate() {
                let prepared = batch[row];
                let edges = edges(&evidence, n * t, prepared, 1, 0);
                scores[row].targets[target] = Some(TargetScores {
                    mentioned: calibration.mentioned.probability(mentioned[n]),
                    stance: calibration.stance.probabilities(array(&stance, n)),
                    holder: calibration.holder.probabilities(array(&holder, n)),
                    evidence: evidence::best_run(&prepared.text, prepared.offsets(), &edges),
                });
            }
        }
        Ok(scores)
    }
}

/// Where label `k` of `labels` begins and ends its evidence; `logits` are `[rows, T, 2 · labels]`, starts first, and the
/// paragraph's pieces begin at row `from` of `T`-long ones laid end to end.
pub(crate) fn edges(
    logits: &[f32],
    from: usize,
    prepared: &Prepared,
    labels: usize,
    k: usize,
) -> Edges {
    let column = |c: usize| {
        let pieces = from..from + prepared.offsets().len();
        pieces.map(|piece| logits[piece * 2 * labels + c]).collect()
    };
    Edges {
        starts: column(k),
        ends: column(labels + k),
    }
}

/// Whether this processor computes in bfloat16, which halves the time of training.
pub fn computes_in_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// All values of a tensor, row by row.
pub fn values(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_kind(Kind::Float).contiguous().view([-1]);
    let mut out = vec![0f32; flat.numel()];
    flat.copy_data(&mut out, flat.numel());
    out
}

/// Row `i` of rows of `N` values.
pub fn array<const N: usize>(values: &[f32], i: usize) -> [f32; N] {
    std::array::from_fn(|k| values[i * N + k])
}
