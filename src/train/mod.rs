//! Examples → checkpoint → model folder.
//!
//! [`recipe`] says what to do, [`sets`] and [`keyed`] read the data into [`examples`], [`leak`] leaves out what is held
//! out, [`teach`] adds what a larger model thinks, [`lora`] and [`optimiser`] train by the [`mod@loss`], [`fit`] calibrates on dev, [`card`] tells what came of it.

pub mod card;
mod dev;
pub mod examples;
pub mod fit;
pub mod keyed;
pub mod leak;
pub mod lora;
pub mod loss;
pub mod optimiser;
pub mod recipe;
pub mod sets;
pub mod teach;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use tch::{Kind, Tensor};

use crate::codebook::Codebook;
use crate::error::{Error, Kind as ErrorKind, Place, Result};
use crate::evaluate::gold::{self, GoldRow};
use crate::model::base;
use crate::model::store::{self, Manifest};
use crate::model::{Input, Model, Network, Prepared};
use examples::Example;
use leak::HeldOut;
use lora::Lora;
use optimiser::{AdamW, Parameter};
use recipe::{Recipe, Stage};
use sets::Source;

const CHECKPOINT: &str = "checkpoint.safetensors";

/// What a training needs besides its recipe.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder (`../shared/data`).
    pub data: PathBuf,
    /// Where `labels` sets lie.
    pub project: PathBuf,
    /// The model folder to write.
    pub output: PathBuf,
    /// Steps between checkpoints.
    pub checkpoint_every: usize,
    /// bfloat16 or float32 for the encoder; the adapter and heads are float32 always.
    pub kind: Kind,
}

/// Told what training does; the binary draws it.
pub trait Progress {
    /// A set was read: rows taken and rows left out because they are held out.
    fn set(&mut self, path: &Path, taken: usize, left_out: usize);
    /// Training begins, or goes on, at a step.
    fn start(&mut self, done: usize, steps: usize);
    /// A step was made.
    fn step(&mut self, step: usize, loss: f64);
    /// A line worth keeping.
    fn note(&mut self, text: &str);
    /// True when the user asked to stop: a checkpoint is written and training ends.
    fn stopped(&self) -> bool;
}

/// How many rows a set gave, for the model card.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SetUse {
    /// The set's path as in the recipe.
    pub path: String,
    /// Rows trained on.
    pub rows: usize,
    /// Rows left out because they, or their documents, are held out.
    pub left_out: usize,
}

struct Trained {
    example: Example,
    with_title: Prepared,
    without: Prepared,
}

fn inputs(network: &Network, example: Example) -> Result<Trained> {
    let mentions = example.mentions();
    let input = |title| Input {
        text: &example.text,
        title,
        mentions: &mentions,
    };
    let with_title = network.prepare(&input(example.title.as_deref()))?;
    let without = network.prepare(&input(None))?;
    Ok(Trained {
        with_title,
        without,
        example,
    })
}

/// The plan of a stage: one entry a step, each the rows of the batch. Depends on seed, lengths and settings alone.
fn schedule(stage: &Stage, lengths: &[usize], seed: u64) -> Vec<Vec<usize>> {
    let mut steps = Vec::new();
    for epoch in 0..stage.epochs {
        let mut rng = Pcg64::seed_from_u64(seed * 1000 + epoch as u64);
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.shuffle(&mut rng);
        // Rows of like length go together, but only within a stretch, so that batches stay random.
        let mut batches: Vec<Vec<usize>> = Vec::new();
        for stretch in order.chunks_mut(stage.batch * 16) {
            stretch.sort_by_key(|&i| lengths[i]);
            batches.extend(stretch.chunks(stage.batch).map(<[usize]>::to_vec));
        }
        batches.shuffle(&mut rng);
        steps.extend(batches);
    }
    steps
}

/// Rises over the warm-up, then falls to zero.
pub(crate) fn rate_at(step: usize, steps: usize, warm_up: f64) -> f64 {
    let warm = (warm_up * steps as f64).max(1.0);
    let step = step as f64;
    ((step + 1.0) / warm)
        .min((steps as f64 - step) / (steps as f64 - warm).max(1.0))
        .max(0.0)
}

/// Trains a model by its recipe and writes its folder. A checkpoint in the folder is taken up where it stands.
///
/// # Errors
/// [`ErrorKind::Data`] for unreadable data, [`ErrorKind::Model`] for the base, [`ErrorKind::Output`] for the folder,
/// [`ErrorKind::Interrupted`] after a stop, when a checkpoint was written.
pub fn train(
    recipe: &Recipe,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Vec<SetUse>> {
    let codebook = Codebook::built_in();
    let source = Source::new(&codebook, &options.data, &options.project);
    let mut held = HeldOut::default();
    for set in recipe.held_out.iter().chain(&recipe.dev) {
        source.hold_out(set, &mut held)?;
    }
    let left_out = left_out(recipe, &codebook)?;
    tch::manual_seed(recipe.seed);
    let base = base::named(&recipe.base)?;
    let network = Network::new(base, &recipe.prefix, recipe.title, options.kind)?;
    let lora = Lora::new(&network.encoder, recipe.rank, recipe.scale);
    let mut uses = Vec::new();
    let mut stages = Vec::new();
    for stage in &recipe.stages {
        let mut rows = Vec::new();
        let mut texts = HashSet::new();
        for set in &stage.sets {
            let (mut kept, mut used) = admit(&source, set, &held, &mut texts, recipe.seed)?;
            kept.retain(|example| {
                let found = source.finder.find(&example.text);
                left_out.iter().all(|&target| found[target].is_empty())
            });
            used.left_out += used.rows - kept.len();
            used.rows = kept.len();
            progress.set(&source.path(set), used.rows, used.left_out);
            uses.push(used);
            for example in kept {
                rows.push(inputs(&network, example)?);
            }
        }
        if let Some(teacher) = &stage.teacher {
            let teacher = options.project.join(teacher);
            make_folder(&options.output)?;
            teach::teach(&mut rows, &teacher, &options.output, options.kind, progress)?;
        }
        stages.push((stage, rows));
    }
    run(recipe, options, &network, &lora, &stages, progress)?;
    lora.apply();
    let (calibration, thresholds) = dev::fit(&dev_rows(recipe, &source)?, &network, &source)?;
    progress.note(&format!("fitted on dev: {thresholds:?}"));
    let mut manifest = Manifest {
        name: recipe.name.clone(),
        version: recipe.version.clone(),
        base: recipe.base.clone(),
        prefix: recipe.prefix.clone(),
        title: recipe.title,
        frames: codebook.frames().iter().map(|f| f.key.clone()).collect(),
        adapter_scale: recipe.scale,
        weights_sha256: String::new(),
        calibration,
        thresholds,
    };
    let heads: Vec<(String, Tensor)> = network.variables.variables().into_iter().collect();
    store::write(&options.output, &mut manifest, &lora.adapter(), &heads)?;
    let _ = std::fs::remove_file(options.output.join(CHECKPOINT));
    Ok(uses)
}

/// Places of the targets that the recipe leaves out.
fn left_out(recipe: &Recipe, codebook: &Codebook) -> Result<Vec<usize>> {
    let place = |key: &String| {
        let found = codebook.targets().iter().position(|t| t.key == *key);
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::Data,
                format!("`leave_out` names `{key}`, which is no target of the codebook"),
            )
        })
    };
    recipe.leave_out.iter().map(place).collect()
}

fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .map_err(|e| Error::io(ErrorKind::Output, "make the folder", path, e))
}

fn dev_rows(recipe: &Recipe, source: &Source) -> Result<Vec<GoldRow>> {
    let mut rows = Vec::new();
    for set in &recipe.dev {
        rows.extend(gold::read(source.path(set))?);
    }
    Ok(rows)
}

/// Fits the calibration and thresholds of a trained model's folder again, on the recipe's dev; its weights stay.
///
/// # Errors
/// As [`train`], and when the folder holds no model.
pub fn refit(recipe: &Recipe, options: &Options, progress: &mut dyn Progress) -> Result<()> {
    let codebook = Codebook::built_in();
    let source = Source::new(&codebook, &options.data, &options.project);
    let mut model = Model::open(&options.output)?;
    let rows = dev_rows(recipe, &source)?;
    let (calibration, thresholds) = dev::fit(&rows, model.network(), &source)?;
    progress.note(&format!("fitted on dev: {thresholds:?}"));
    model.manifest.name.clone_from(&recipe.name);
    model.manifest.version.clone_from(&recipe.version);
    model.manifest.calibration = calibration;
    model.manifest.thresholds = thresholds;
    store::write_manifest(&options.output, &model.manifest)
}

/// The rows of a set that may be trained on. `texts` are those of the stage so far: an unlabelled text that was labelled
/// in an earlier set, or comes twice, is no second row.
fn admit(
    source: &Source,
    set: &recipe::Set,
    held: &HeldOut,
    texts: &mut HashSet<String>,
    seed: i64,
) -> Result<(Vec<Example>, SetUse)> {
    let mut rows = source.read(set)?;
    if set.format == recipe::Format::Unlabelled {
        rows.retain(|(_, example)| texts.insert(leak::normalised(&example.text)));
    } else {
        texts.extend(rows.iter().map(|(_, e)| leak::normalised(&e.text)));
    }
    let all = rows.len();
    let mut kept: Vec<Example> = rows
        .into_iter()
        .filter(|(document, example)| held.reason(document, &example.text).is_none())
        .map(|(_, example)| Example {
            taught: set.taught,
            ..example
        })
        .collect();
    let left_out = all - kept.len();
    if let Some(limit) = set.rows {
        kept.shuffle(&mut Pcg64::seed_from_u64(seed as u64));
        kept.truncate(limit);
    }
    let used = SetUse {
        path: set.path.clone(),
        rows: kept.len(),
        left_out,
    };
    Ok((kept, used))
}

type StageRows<'a> = (&'a Stage, Vec<Trained>);

fn run(
    recipe: &Recipe,
    options: &Options,
    network: &Network,
    lora: &Lora,
    stages: &[StageRows],
    progress: &mut dyn Progress,
) -> Result<()> {
    let mut optimiser = AdamW::new(Vec::new());
    for (name, leaf) in lora.leaves() {
        optimiser
            .parameters
            .push(Parameter::new(name, leaf, 1.0, 0.01));
    }
    let mut heads: Vec<_> = network.variables.variables().into_iter().collect();
    heads.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, leaf) in heads {
        optimiser
            .parameters
            .push(Parameter::new(format!("heads.{name}"), leaf, 0.0, 0.01));
    }
    let plans: Vec<Vec<Vec<usize>>> = stages
        .iter()
        .enumerate()
        .map(|(i, (stage, rows))| {
            let lengths: Vec<usize> = rows.iter().map(|r| r.with_title.cost()).collect();
            schedule(stage, &lengths, recipe.seed as u64 + i as u64 * 77)
        })
        .collect();
    let total: usize = plans.iter().map(Vec::len).sum();
    make_folder(&options.output)?;
    let path = options.output.join(CHECKPOINT);
    let mut average = Average::new((total as f64 * (1.0 - recipe.average)) as usize);
    let done = resume(&path, &mut optimiser, &mut average);
    progress.start(done, total);
    let mut step = 0;
    for ((stage, rows), plan) in stages.iter().zip(&plans) {
        for (at, batch) in plan.iter().enumerate() {
            step += 1;
            if step <= done {
                continue;
            }
            // The step's own seed makes dropout the same whether or not training was interrupted.
            tch::manual_seed(recipe.seed * 1_000_003 + step as i64);
            let rate = rate_at(at, plan.len(), stage.warm_up);
            let factor = stage.head_rate / stage.rate;
            for p in optimiser
                .parameters
                .iter_mut()
                .filter(|p| p.name.starts_with("heads."))
            {
                p.rate = factor;
            }
            let loss = one_step(recipe, stage, network, lora, rows, batch, step)?;
            optimiser.step(rate * stage.rate);
            average.add(step, &optimiser);
            progress.step(step, loss);
            let stop = progress.stopped();
            if stop || step % options.checkpoint_every == 0 {
                save(&path, &optimiser, &average)?;
            }
            if stop {
                return Err(Error::new(
                    ErrorKind::Interrupted,
                    "stopped; the same command goes on from here",
                ));
            }
        }
    }
    average.take(&mut optimiser);
    Ok(())
}

fn one_step(
    recipe: &Recipe,
    stage: &Stage,
    network: &Network,
    lora: &Lora,
    rows: &[Trained],
    batch: &[usize],
    step: usize,
) -> Result<f64> {
    lora.apply();
    let chosen: Vec<(&Example, &Prepared)> = batch
        .iter()
        .map(|&i| {
            let row = &rows[i];
            // A hash of step and row stands in for a coin: no state to save.
            let coin = ((step * 2_654_435_761 + i * 40_503) % 1000) as f64 / 1000.0;
            let bare = coin < recipe.title_dropout;
            (
                &row.example,
                if bare { &row.without } else { &row.with_title },
            )
        })
        .collect();
    let prepared: Vec<&Prepared> = chosen.iter().map(|c| c.1).collect();
    let forward = network.forward(&prepared, usize::MAX, true)?;
    let weights = stage.losses.unwrap_or(recipe.losses);
    let loss = loss::loss(&forward, &chosen, &weights);
    loss.backward();
    lora.backward();
    Ok(loss.double_value(&[]))
}

/// Mean of the weights over the last steps, which is steadier than the last step's.
struct Average {
    from: usize,
    count: f64,
    sums: BTreeMap<String, Tensor>,
}

impl Average {
    fn new(from: usize) -> Self {
        Average {
            from,
            count: 0.0,
            sums: BTreeMap::new(),
        }
    }

    fn add(&mut self, step: usize, optimiser: &AdamW) {
        if step <= self.from {
            return;
        }
        self.count += 1.0;
        tch::no_grad(|| {
            for p in &optimiser.parameters {
                match self.sums.get_mut(&p.name) {
                    Some(sum) => {
                        let _ = sum.g_add_(&p.value);
                    }
                    None => {
                        self.sums.insert(p.name.clone(), p.value.detach().copy());
                    }
                }
            }
        });
    }

    /// What a checkpoint needs, beside the optimiser's state.
    fn state(&self) -> Vec<(String, Tensor)> {
        let mut state = vec![("average".to_owned(), Tensor::from_slice(&[self.count]))];
        let sums = self.sums.iter();
        state.extend(sums.map(|(name, sum)| (format!("average.{name}"), sum.copy())));
        state
    }

    fn restore(&mut self, saved: &HashMap<String, Tensor>) {
        self.count = saved
            .get("average")
            .map_or(0.0, |count| count.double_value(&[0]));
        for (name, sum) in saved {
            if let Some(name) = name.strip_prefix("average.") {
                self.sums.insert(name.to_owned(), sum.copy());
            }
        }
    }

    fn take(&self, optimiser: &mut AdamW) {
        tch::no_grad(|| {
            for p in &mut optimiser.parameters {
                if let Some(sum) = self.sums.get(&p.name) {
                    p.value.copy_(&(sum / self.count));
                }
            }
        });
    }
}

/// Takes up a checkpoint; the steps that it has done, 0 where there is none or it is of another training.
fn resume(path: &Path, optimiser: &mut AdamW, average: &mut Average) -> usize {
    let Ok(saved) = Tensor::read_safetensors(path) else {
        return 0;
    };
    let saved: HashMap<String, Tensor> = saved.into_iter().collect();
    let Some(()) = optimiser.restore(&saved) else {
        return 0;
    };
    average.restore(&saved);
    optimiser.steps()
}

fn save(path: &Path, optimiser: &AdamW, average: &Average) -> Result<()> {
    let aside = path.with_extension("part");
    let mut state = optimiser.state();
    state.extend(average.state());
    Tensor::write_safetensors(&state, &aside).map_err(|e| {
        Error::new(ErrorKind::Output, "could not write the checkpoint")
            .at(Place::file(&aside))
            .because(e)
    })?;
    std::fs::rename(&aside, path).map_err(|e| Error::io(ErrorKind::Output, "rename to", path, e))
}
