//! Goes on training a model: its own adapter and heads, from where they stand, on corrections and rows of this project.

use std::collections::HashMap;
use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use tch::Tensor;

use super::lessons::{self, Lessons};
use super::{Options, Progress};
use crate::codebook::{Codebook, MentionFinder};
use crate::error::{Error, Kind, Result};
use crate::evaluate::gold;
use crate::model::adapter::Adapter;
use crate::model::store::{self, Manifest};
use crate::model::{Input, Network, Prepared};
use crate::train::examples::{self, Example};
use crate::train::lora::Lora;
use crate::train::loss::{self, Weights};
use crate::train::optimiser::{AdamW, Parameter};

/// Seed of order and dropout.
const SEED: u64 = 1;
/// Passes over the corrections.
const EPOCHS: usize = 4;
/// Corrections a step, and as many rows of this project beside them.
const BATCH: usize = 8;
/// Highest learning rates of adapter and heads; they rise over the first tenth of the steps and fall to zero.
const RATE: f64 = 1e-4;
const HEAD_RATE: f64 = 2e-4;
/// Rows of this project beside the corrections: as many as these, within bounds.
const REPLAY: std::ops::RangeInclusive<usize> = 64..=600;

/// Adapter and heads, as a model folder holds them.
pub(super) struct Part {
    pub adapter: Adapter,
    pub heads: Vec<(String, Tensor)>,
}

/// Adapter and heads before and after training.
pub(super) struct Trained {
    before: (Adapter, HashMap<String, Tensor>),
    after: Part,
}

impl Trained {
    /// The weights some share of the way from before to after.
    pub fn blend(&self, share: f64) -> Part {
        let mix = |before: &Tensor, after: &Tensor| {
            tch::no_grad(|| before * (1.0 - share) + after.detach() * share)
        };
        let factors = &self.after.adapter.factors;
        let factors = factors.iter().map(|(name, (a, b))| {
            let mixed = match self.before.0.factors.get(name) {
                Some((a0, b0)) => (mix(a0, a), mix(b0, b)),
                None => (a.copy(), b.copy()),
            };
            (name.clone(), mixed)
        });
        let heads = self.after.heads.iter().map(|(name, after)| {
            let mixed = match self.before.1.get(name) {
                Some(before) => mix(before, after),
                None => after.detach().copy(),
            };
            (name.clone(), mixed)
        });
        Part {
            adapter: Adapter {
                scale: self.after.adapter.scale,
                factors: factors.collect(),
            },
            heads: heads.collect(),
        }
    }
}

/// The error of a run that the user stopped.
pub(super) fn stopped() -> Error {
    Error::new(Kind::Interrupted, "stopped; nothing was written")
}

/// Rows written for this project that keep the model from forgetting, drawn by a fixed seed; those in languages that
/// the model's base reads.
pub(super) fn replay(datasets: &Path, manifest: &Manifest, taught: usize) -> Result<Vec<Example>> {
    let folder = datasets.join("written");
    let entries = std::fs::read_dir(&folder)
        .map_err(|e| Error::io(Kind::Data, "read the folder", &folder, e))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .filter(|path| {
            let english = path
                .file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with("en"));
            english || manifest.base.starts_with("multilingual")
        })
        .collect();
    files.sort();
    let codebook = Codebook::built_in();
    let finder = MentionFinder::new(&codebook);
    let names: Vec<String> = codebook.targets().iter().map(|t| t.name.clone()).collect();
    let mut rows = Vec::new();
    for file in files {
        let read = gold::read(&file)?;
        rows.extend(
            read.iter()
                .filter_map(|row| examples::from_gold(row, &finder, &names, 1.0, 0.5)),
        );
    }
    rows.shuffle(&mut Pcg64::seed_from_u64(SEED));
    rows.truncate(taught.clamp(*REPLAY.start(), *REPLAY.end()));
    Ok(rows)
}

/// Trains; the folder of the model it begins with stays as it is.
pub(super) fn tune(
    options: &Options,
    lessons: &Lessons,
    replay: &[Example],
    progress: &mut dyn Progress,
) -> Result<Trained> {
    let manifest = Manifest::read(&options.model)?;
    let (adapter, heads) = store::read_weights(&options.model, &manifest)?;
    tch::manual_seed(SEED as i64);
    let network = Network::new(
        manifest.base()?,
        &manifest.prefix,
        manifest.title,
        options.kind,
    )?;
    for (name, variable) in network.variables.variables() {
        if let Some(saved) = heads.get(&name) {
            tch::no_grad(|| variable.shallow_clone().copy_(saved));
        }
    }
    let lora = Lora::resume(&network.encoder, &adapter)?;
    let finder = MentionFinder::new(&options.codebook);
    let taught = lessons
        .taught
        .iter()
        .map(|l| lessons::example(l, &options.codebook, &manifest, &finder));
    let taught = prepare(&network, taught)?;
    let beside = prepare(&network, replay.iter().cloned())?;
    let plan = plan(taught.len(), beside.len());
    let mut optimiser = optimiser(&network, &lora);
    let weights = Weights {
        evidence: 0.1,
        ..Weights::default()
    };
    for (step, (own, other)) in plan.iter().enumerate() {
        if progress.stopped() {
            return Err(stopped());
        }
        tch::manual_seed(SEED as i64 * 1_000_003 + step as i64);
        lora.apply();
        let batch: Vec<(&Example, &Prepared)> = own
            .iter()
            .map(|&i| &taught[i])
            .chain(other.iter().map(|&i| &beside[i]))
            .map(|(example, prepared)| (example, prepared))
            .collect();
        let prepared: Vec<&Prepared> = batch.iter().map(|row| row.1).collect();
        let forward = network.forward(&prepared, usize::MAX, true)?;
        loss::loss(&forward, &batch, &weights).backward();
        lora.backward();
        optimiser.step(RATE * crate::train::rate_at(step, plan.len(), 0.1));
        progress.step(step + 1, plan.len());
    }
    Ok(Trained {
        after: Part {
            adapter: lora.adapter(),
            heads: network.variables.variables().into_iter().collect(),
        },
        before: (adapter, heads),
    })
}

fn prepare(
    network: &Network,
    examples: impl Iterator<Item = Example>,
) -> Result<Vec<(Example, Prepared)>> {
    examples
        .map(|example| {
            let prepared = network.prepare(&Input {
                text: &example.text,
                title: example.title.as_deref(),
                mentions: &example.mentions(),
            })?;
            Ok((example, prepared))
        })
        .collect()
}

/// For each step the corrections and the rows beside them.
fn plan(taught: usize, beside: usize) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut rng = Pcg64::seed_from_u64(SEED);
    let mut others: Vec<usize> = (0..beside).collect();
    others.shuffle(&mut rng);
    let mut others = others.into_iter().cycle();
    let mut steps = Vec::new();
    for _ in 0..EPOCHS {
        let mut order: Vec<usize> = (0..taught).collect();
        order.shuffle(&mut rng);
        for own in order.chunks(BATCH) {
            steps.push((own.to_vec(), others.by_ref().take(BATCH).collect()));
        }
    }
    steps
}

fn optimiser(network: &Network, lora: &Lora) -> AdamW {
    let mut optimiser = AdamW::new(Vec::new());
    for (name, leaf) in lora.leaves() {
        // No decay: it would pull the adapter back to the bare base.
        optimiser
            .parameters
            .push(Parameter::new(name, leaf, 1.0, 0.0));
    }
    let mut heads: Vec<_> = network.variables.variables().into_iter().collect();
    heads.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, leaf) in heads {
        optimiser
            .parameters
            .push(Parameter::new(name, leaf, HEAD_RATE / RATE, 0.0));
    }
    optimiser
}
