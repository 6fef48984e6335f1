//! A training recipe: which data, in which order, with which settings. One TOML file makes one model.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::loss::Weights;
use crate::error::{Error, Kind, Place, Result};

/// Everything that decides a training besides the data's own text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name of the model it makes.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The base encoder.
    pub base: String,
    /// Opens every input.
    pub prefix: String,
    /// Whether the title is read before each paragraph.
    pub title: bool,
    /// Share of training inputs whose title is left out, so that the model does without one too.
    #[serde(default)]
    pub title_dropout: f64,
    /// Seed of every random choice.
    pub seed: i64,
    /// Rank of the adapter.
    pub rank: i64,
    /// Factor of its products.
    pub scale: f64,
    /// Weights of the losses.
    #[serde(default)]
    pub losses: Weights,
    /// Share of the last stage's steps over which the weights are averaged; 0 takes the last step's.
    #[serde(default)]
    pub average: f64,
    /// Keys of targets whose paragraphs are left out of training altogether, to see how the model does on targets that it
    /// was never shown.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// One after another.
    pub stages: Vec<Stage>,
    /// Rows whose documents and texts must never be trained on.
    pub held_out: Vec<Set>,
    /// Rows that thresholds and calibration are fitted on; the model card's figures are those of the first set.
    pub dev: Vec<Set>,
}

/// Some passes over some sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Passes over all its sets.
    pub epochs: usize,
    /// Highest learning rate of the adapter.
    pub rate: f64,
    /// Highest learning rate of the heads.
    pub head_rate: f64,
    /// Share of the steps over which the rates rise; they fall to zero over the rest.
    pub warm_up: f64,
    /// Rows a step.
    pub batch: usize,
    /// Weights of the losses in this stage, where they are not the recipe's.
    #[serde(default)]
    pub losses: Option<Weights>,
    /// A model whose opinions count beside the labels of the sets that are `taught`; a folder below the project.
    #[serde(default)]
    pub teacher: Option<String>,
    /// What it is trained on.
    pub sets: Vec<Set>,
}

/// A file of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// How it is written.
    pub format: Format,
    /// Where it lies, below the data folder; for `labels` and `written` below the project.
    pub path: String,
    /// How much its rows count in the loss.
    #[serde(default = "one")]
    pub weight: f32,
    /// How much its `others` (targets outside the codebook) count.
    #[serde(default = "one")]
    pub others_weight: f32,
    /// At most so many rows, drawn by the seed.
    #[serde(default)]
    pub rows: Option<usize>,
    /// Whether the stage's teacher is asked about its rows.
    #[serde(default)]
    pub taught: bool,
}

fn one() -> f32 {
    1.0
}

/// The forms of data a recipe can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// This project's gold (codebook, section 7), text included.
    Gold,
    /// This project's labels keyed by id, text hash and offsets; the texts are looked up in the data folder.
    Labels,
    /// Gold on texts that were written for this project; they lie in its own folder.
    Written,
    /// NewsMTSC: (sentence, person) with polarity.
    NewsMtsc,
    /// RuSentNE: Russian (sentence, entity) with polarity.
    RuSentNe,
    /// Zero-Shot-PLOVER: sentences with an event's root.
    Plover,
    /// Paragraphs without labels, JSONL, for a teacher to judge.
    Unlabelled,
    /// Plain text, one paragraph a line; for held-out texts alone.
    Text,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// [`Kind::Data`] with the line when it is no recipe.
    pub fn read(path: &Path) -> Result<Recipe> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::io(Kind::Usage, "read the recipe", path, e))?;
        toml::from_str(&text).map_err(|e| {
            let line = e
                .span()
                .map_or(0, |s| text[..s.start].matches('\n').count() as u64 + 1);
            Error::new(Kind::Data, format!("is no recipe: {}", e.message()))
                .at(Place::file(path).line(line))
        })
    }
}
