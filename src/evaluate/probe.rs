//! A small head on the shipped encoder, for sets that have labels of their own: the encoder stays as it is.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use tch::{Device, Kind, Tensor, nn};

use crate::error::Result;
use crate::model::heads::{Heads, Paragraphs};
use crate::model::{self, Forward, Input, Model, Prepared, batch};
use crate::train::examples::Example;
use crate::train::loss::{self, Weights};
use crate::train::optimiser::{AdamW, Parameter};

const SEED: u64 = 1;
const EPOCHS: usize = 6;
const BATCH: usize = 32;
const RATE: f64 = 5e-4;
/// Padded pieces encoded, and judged, at once.
const BUDGET: usize = 4096;

/// Texts with the encoder's vectors of their pieces, `[T, H]` float16 each.
pub struct Encoded {
    rows: Vec<(Prepared, Tensor)>,
}

impl Encoded {
    /// Encodes the texts once.
    ///
    /// # Errors
    /// [`crate::error::Kind::Model`] when scoring fails.
    pub fn new(model: &Model, examples: &[Example]) -> Result<Encoded> {
        let prepared = examples
            .iter()
            .map(|example| {
                model.prepare(&Input {
                    text: &example.text,
                    title: None,
                    mentions: &example.mentions(),
                })
            })
            .collect::<Result<Vec<Prepared>>>()?;
        let vectors = batch::in_order(&prepared, BUDGET, |chosen, _| {
            let found = tch::no_grad(|| model.network().vectors(chosen, BUDGET, false))?;
            let rows = (0i64..).zip(chosen).map(|(row, prepared)| {
                let pieces = prepared.offsets().len() as i64;
                let own = found.vectors.select(0, row).narrow(0, 0, pieces);
                own.to_kind(Kind::Half).copy()
            });
            Ok(rows.collect())
        })?;
        Ok(Encoded {
            rows: prepared.into_iter().zip(vectors).collect(),
        })
    }

    fn batch(&self, chosen: &[usize]) -> (Vec<&Prepared>, Paragraphs) {
        let rows: Vec<&(Prepared, Tensor)> = chosen.iter().map(|&i| &self.rows[i]).collect();
        let t = rows.iter().map(|r| r.1.size()[0]).max().unwrap_or(1);
        let padded = |tensor: &Tensor| {
            let missing = t - tensor.size()[0];
            tensor
                .to_kind(Kind::Float)
                .constant_pad_nd([0, 0, 0, missing])
        };
        let vectors: Vec<Tensor> = rows.iter().map(|r| padded(&r.1)).collect();
        let masks: Vec<Tensor> = rows
            .iter()
            .map(|r| Tensor::ones([r.1.size()[0]], (Kind::Float, Device::Cpu)))
            .map(|ones| ones.constant_pad_nd([0, t - ones.size()[0]]))
            .collect();
        let paragraphs = Paragraphs {
            vectors: Tensor::stack(&vectors, 0),
            mask: Tensor::stack(&masks, 0),
        };
        (rows.into_iter().map(|r| &r.0).collect(), paragraphs)
    }
}

/// Heads fitted to one set, beginning with the shipped ones.
pub struct Probe {
    heads: Heads,
    /// Keeps the heads' variables.
    _variables: nn::VarStore,
}

impl Probe {
    /// Fits on labelled texts; the number of passes and the rate are fixed beforehand, for every set alike.
    pub fn fit(model: &Model, encoded: &Encoded, examples: &[Example]) -> Probe {
        tch::manual_seed(SEED as i64);
        let shipped = &model.network().variables;
        let width = encoded.rows.first().map_or(1, |row| row.1.size()[1]);
        let variables = nn::VarStore::new(Device::Cpu);
        let heads = Heads::new(&variables.root(), width);
        let saved = shipped.variables();
        let mut own: Vec<(String, Tensor)> = variables.variables().into_iter().collect();
        own.sort_by(|a, b| a.0.cmp(&b.0));
        let mut optimiser = AdamW::new(Vec::new());
        for (name, variable) in own {
            if let Some(saved) = saved.get(&name) {
                tch::no_grad(|| variable.shallow_clone().copy_(saved));
            }
            optimiser
                .parameters
                .push(Parameter::new(name, variable, 1.0, 0.01));
        }
        let mut rng = Pcg64::seed_from_u64(SEED);
        let mut plan: Vec<Vec<usize>> = Vec::new();
        for _ in 0..EPOCHS {
            let mut order: Vec<usize> = (0..examples.len()).collect();
            order.shuffle(&mut rng);
            plan.extend(order.chunks(BATCH).map(<[usize]>::to_vec));
        }
        for (step, chosen) in plan.iter().enumerate() {
            let (prepared, paragraphs) = encoded.batch(chosen);
            let forward = model::judge(&heads, &paragraphs, &prepared, true);
            let rows: Vec<(&Example, &Prepared)> = chosen
                .iter()
                .map(|&i| &examples[i])
                .zip(prepared.iter().copied())
                .collect();
            loss::loss(&forward, &rows, &Weights::default()).backward();
            optimiser.step(RATE * crate::train::rate_at(step, plan.len(), 0.1));
        }
        Probe {
            heads,
            _variables: variables,
        }
    }

    /// Judges encoded texts, some at a time; `each` is given their places and what the heads say.
    pub fn judge(&self, encoded: &Encoded, each: &mut dyn FnMut(&[usize], &Forward)) {
        let places: Vec<usize> = (0..encoded.rows.len()).collect();
        for chosen in places.chunks(BATCH) {
            let (prepared, paragraphs) = encoded.batch(chosen);
            let forward = tch::no_grad(|| model::judge(&self.heads, &paragraphs, &prepared, false));
            each(chosen, &forward);
        }
    }
}
