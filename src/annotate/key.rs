//! What a run's results follow from. Two runs with the same key give the same labels, so one may take up the other's
//! journal.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::codebook::Codebook;
use crate::corpus::{self, Corpus};
use crate::model::store::{Manifest, hex};

/// One digest for each thing that decides a run's labels.
///
/// What decides only how the sheet is written (delimiter, kept boilerplate) or how fast (batch size, threads) is not in
/// it: a run may be taken up with other values of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The program's version.
    pub demarche: String,
    /// Names, bytes and encodings of the inputs, in their order.
    pub input: String,
    /// The manifest (thresholds and calibration too) and the weights.
    pub model: String,
    /// Every word of the codebook that has a meaning.
    pub codebook: String,
    /// How tables are read.
    pub options: String,
}

impl Key {
    /// The key of a run over these.
    pub fn new(
        corpus: &Corpus,
        manifest: &Manifest,
        codebook: &Codebook,
        options: &corpus::Options,
    ) -> Key {
        let mut input = String::new();
        for file in corpus.files() {
            let (name, bytes, sha256) = (&file.name, file.bytes, &file.sha256);
            let _ = writeln!(input, "{name:?} {bytes} {sha256} {}", file.encoding);
        }
        // The manifest holds the weights' sha256, and the weights are checked against it when they are read.
        let base = manifest.base().map_or(&[][..], |base| base.files);
        let model = format!("{} {base:?}", serde_json::json!(manifest));
        let options = format!(
            "{:?}",
            (
                &options.text_column,
                &options.id_column,
                &options.title_column,
                &options.date_column
            )
        );
        Key {
            demarche: env!("CARGO_PKG_VERSION").to_owned(),
            input: digest(&input),
            model: digest(&model),
            codebook: codebook.sha256(),
            options: digest(&options),
        }
    }

    /// What is not the same in the two, in words.
    pub fn differences(&self, other: &Key) -> Vec<&'static str> {
        let pairs = [
            (&self.input, &other.input, "the input"),
            (&self.model, &other.model, "the model"),
            (&self.codebook, &other.codebook, "the codebook"),
            (&self.options, &other.options, "an option"),
            (&self.demarche, &other.demarche, "demarche's version"),
        ];
        pairs
            .into_iter()
            .filter(|(mine, others, _)| mine != others)
            .map(|(_, _, what)| what)
            .collect()
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}
