//! Corrections → a model that has learned from them, if it got better.
//!
//! [`lessons`] makes examples of the cells that were confirmed or corrected and holds a part of them out, `tune` goes
//! on training the model beside rows written for this project (against forgetting), [`compare`] measures it before and
//! after, on the held-out part and on the shipped sample articles, and `card` tells what was done.

mod card;
pub mod compare;
pub mod lessons;
mod tune;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tch::Kind as TensorKind;

use crate::codebook::Codebook;
use crate::error::{Error, Kind, Place, Result};
use crate::evaluate::gold::{self, GoldRow};
use crate::model::Model;
use crate::model::store;
use crate::review::Reviewed;
use compare::Comparison;
use lessons::Lessons;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the model to begin with.
    pub model: PathBuf,
    /// The folder to write; its name is the new model's.
    pub output: PathBuf,
    /// The labels and targets that the sheets were made by.
    pub codebook: Codebook,
    /// The folder with `sample/`, `sample.labels/` and `written/`.
    pub datasets: PathBuf,
    /// Whether a model that got worse is written nevertheless.
    pub even_if_worse: bool,
    /// What the encoder computes in while it is trained.
    pub kind: TensorKind,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// What was learned from and what was held out.
    pub lessons: Lessons,
    /// Rows of this project's own that were trained on beside them.
    pub replayed: usize,
    /// How much of the way from the old weights to the new ones was gone.
    pub share: f64,
    /// Before and after.
    pub comparison: Comparison,
    /// Whether the model was written.
    pub written: bool,
}

/// Told how far it is; the binary draws it.
pub trait Progress {
    /// Something begins.
    fn phase(&mut self, what: &str);
    /// So many of so many steps of it are done.
    fn step(&mut self, done: usize, of: usize);
    /// True when the user asked to stop; nothing is written then.
    fn stopped(&self) -> bool;
}

/// The folder of the project's own data: `DEMARCHE_DATASETS`, beside the program, or in the checkout it was built from.
///
/// # Errors
/// [`Kind::Usage`] when there is none: without it nobody could tell whether the model forgets.
pub fn datasets_folder() -> Result<PathBuf> {
    let beside = std::env::current_exe().ok();
    let candidates = [
        std::env::var_os("DEMARCHE_DATASETS").map(PathBuf::from),
        beside.and_then(|program| Some(program.parent()?.join("datasets"))),
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")),
    ];
    let found = candidates
        .into_iter()
        .flatten()
        .find(|folder| folder.join(SAMPLES).is_file());
    found.ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "the sample articles are not there, so nobody could tell whether the model forgets",
        )
        .hint("name the project's datasets folder in DEMARCHE_DATASETS")
    })
}

/// How much of the way from the old weights to the new ones is tried, one after another, until the model is no worse:
/// weights between the two keep more of what was known (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR
/// 2022).
const SHARES: [f64; 3] = [1.0, 0.5, 0.25];

const SAMPLES: &str = "sample.labels/labels.jsonl";

/// Learns from reviewed sheets.
///
/// # Errors
/// [`Kind::Usage`] when the output is there already, [`Kind::Input`] when the sheets differ or hold too little,
/// [`Kind::Model`] when the model cannot be used, [`Kind::Output`], [`Kind::Interrupted`].
pub fn learn(
    sheets: &[Reviewed],
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Outcome> {
    check_output(options)?;
    let name = options
        .output
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let model = Model::open(&options.model)?;
    let lessons = lessons::from_sheets(sheets, &options.codebook, &model.manifest)?;
    let samples: Vec<GoldRow> = gold::read(options.datasets.join(SAMPLES))?
        .into_iter()
        .filter(|row| row.labels.is_some())
        .collect();
    progress.phase("measuring before");
    let before = compare::judge(&model, &options.codebook, &lessons, &samples)?;
    let replay = tune::replay(&options.datasets, &model.manifest, lessons.taught.len())?;
    let mut manifest = model.manifest.clone();
    drop(model);
    progress.phase("learning");
    let trained = tune::tune(options, &lessons, &replay, progress)?;
    manifest.version = format!("{} + {} rows", manifest.version, lessons.taught.len());
    manifest.name = name;
    let aside = options.output.with_extension("part");
    let result = (|| {
        progress.phase("measuring after");
        let mut attempts: Vec<(f64, Comparison)> = Vec::new();
        for share in SHARES {
            let part = trained.blend(share);
            store::write(&aside, &mut manifest, &part.adapter, &part.heads)?;
            let learned = Model::open(&aside)?;
            let after = compare::judge(&learned, &options.codebook, &lessons, &samples)?;
            let comparison =
                compare::compare(&options.codebook, &lessons, &samples, &before, &after);
            let good = comparison.worse.is_empty();
            attempts.push((share, comparison));
            if good || options.even_if_worse {
                break;
            }
            if progress.stopped() {
                return Err(tune::stopped());
            }
        }
        let refused = attempts.iter().all(|(_, c)| !c.worse.is_empty()) && !options.even_if_worse;
        // Of several that are all worse the first is shown: it is what the corrections ask for.
        let chosen = if refused { 0 } else { attempts.len() - 1 };
        let (share, comparison) = attempts.swap_remove(chosen);
        let mut outcome = Outcome {
            lessons,
            replayed: replay.len(),
            share,
            written: !refused,
            comparison,
        };
        if outcome.written {
            card::write(&aside, options, sheets, &manifest, &outcome)?;
            std::fs::rename(&aside, &options.output)
                .map_err(|e| Error::io(Kind::Output, "rename the model to", &options.output, e))?;
        }
        outcome.comparison.flips.truncate(compare::MOST_FLIPS);
        Ok(outcome)
    })();
    // What was not renamed is of no use.
    let _ = std::fs::remove_dir_all(&aside);
    result
}

fn check_output(options: &Options) -> Result<()> {
    if options.output.exists() {
        return Err(Error::new(Kind::Usage, "the output is there already")
            .at(Place::file(&options.output))
            .hint("give the new model a folder of its own, such as `models/mine-2`"));
    }
    if options.output.file_name().is_none() {
        return Err(
            Error::new(Kind::Usage, "the output has no name").at(Place::file(&options.output))
        );
    }
    Ok(())
}
