//! Model + gold → [`Report`]: how far the labels can be trusted, beside what simple means reach.
//!
//! [`gold`] reads rows labelled by hand, [`metrics`] and [`bootstrap`] measure, [`baselines`] are what a model must
//! beat, [`report`] puts it together, `tables` into words.

pub mod baselines;
pub mod bootstrap;
pub mod details;
pub mod faithful;
pub mod gold;
pub mod metrics;
pub mod others;
mod probe;
pub mod public;
pub mod report;
mod tables;

use std::path::{Path, PathBuf};

use crate::annotate::decide::Decider;
use crate::annotate::labels::{Annotation, Scores, Stance};
use crate::codebook::{Codebook, MentionFinder};
use crate::error::{Error, Kind, Place, Result};
use crate::model::{Input, Model, batch};
use baselines::{Baseline, CueWords, Majority, Prediction, Targets, Tfidf};
use gold::GoldRow;
pub use report::Report;

/// What to measure.
pub struct Options {
    /// Labelled rows.
    pub gold: PathBuf,
    /// Rows that TF-IDF and majority are fitted on; `None` leaves the baselines out.
    pub train: Option<PathBuf>,
    /// Padded pieces in one batch.
    pub max_batch_tokens: usize,
    /// Also ask whether the evidence is what the model goes by (three more passes for each label), and for its stance
    /// toward actors outside the codebook.
    pub thorough: bool,
}

/// What the model said of one labelled row.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its probabilities.
    pub scores: Scores,
    /// The labels decided from them.
    pub annotation: Annotation,
}

/// Told how far scoring is.
pub trait Progress {
    /// So many of so many rows are scored.
    fn rows(&mut self, done: usize, of: usize);
    /// A line worth telling.
    fn note(&mut self, text: &str);
}

/// Measures a model, and the baselines, on labelled rows.
///
/// # Errors
/// [`Kind::Data`] when rows cannot be read or none is labelled, [`Kind::Model`] when scoring fails.
pub fn evaluate(
    model: &Model,
    codebook: &Codebook,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Report> {
    let all = gold::read(&options.gold)?;
    let rows: Vec<GoldRow> = all.iter().filter(|r| r.labels.is_some()).cloned().collect();
    if rows.is_empty() {
        return Err(Error::new(Kind::Data, "has no labelled row").at(Place::file(&options.gold)));
    }
    let judged = judge(model, codebook, &rows, options.max_batch_tokens, progress)?;
    let mut systems = vec![(model.label(), predictions(codebook, &judged))];
    if let Some(train) = &options.train {
        progress.note("fitting the baselines");
        systems.extend(baselines_on(train, codebook, &rows)?);
    }
    let mut report = report::build(&options.gold, codebook, &all, &rows, &judged, &systems);
    if options.thorough {
        progress.note("erasing evidence");
        let budget = options.max_batch_tokens;
        report.faithfulness = Some(faithful::measure(model, codebook, &rows, &judged, budget)?);
        report.others = Some(others::measure(model, &rows, budget)?);
    }
    Ok(report)
}

/// Scores labelled rows with the model and decides their labels, in the rows' order.
///
/// # Errors
/// [`Kind::Model`] when scoring fails.
pub fn judge(
    model: &Model,
    codebook: &Codebook,
    rows: &[GoldRow],
    budget: usize,
    progress: &mut dyn Progress,
) -> Result<Vec<Judged>> {
    let texts: Vec<(&str, Option<String>)> = rows
        .iter()
        .map(|row| (row.text.as_str(), title(&row.context)))
        .collect();
    judge_texts(model, codebook, &texts, budget, &mut |done| {
        progress.rows(done, rows.len());
    })
}

/// As [`judge`], for texts with the titles above them; `progress` is told how many are done.
pub(crate) fn judge_texts(
    model: &Model,
    codebook: &Codebook,
    texts: &[(&str, Option<String>)],
    budget: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Judged>> {
    let decider = Decider::new(codebook, &model.manifest)?;
    let finder = MentionFinder::new(codebook);
    let mut prepared = Vec::with_capacity(texts.len());
    for (text, title) in texts {
        prepared.push(model.prepare(&Input {
            text,
            title: title.as_deref(),
            mentions: &finder.find(text),
        })?);
    }
    let mut done = 0;
    batch::in_order(&prepared, budget, |chosen, places| {
        let scores = model.score(chosen, budget)?;
        done += places.len();
        progress(done);
        let judged = scores.iter().zip(places).map(|(scores, &i)| Judged {
            annotation: decider.decide(texts[i].0, scores),
            scores: decider.in_codebook_order(scores),
        });
        Ok(judged.collect())
    })
}

/// The model's labels in the form that baselines speak.
pub fn predictions(codebook: &Codebook, judged: &[Judged]) -> Vec<Prediction> {
    judged
        .iter()
        .map(|j| Prediction {
            frames: std::array::from_fn(|f| j.annotation.frames.get(f).copied().unwrap_or(false)),
            frame_p: std::array::from_fn(|f| j.scores.frames.get(f).copied().unwrap_or(0.0)),
            stances: codebook
                .targets()
                .iter()
                .zip(&j.annotation.stances)
                .map(|(target, &stance)| (target.name.clone(), stance))
                .collect(),
            sentiment: j.annotation.sentiment,
        })
        .collect()
}

fn baselines_on(
    train: &Path,
    codebook: &Codebook,
    rows: &[GoldRow],
) -> Result<Vec<(String, Vec<Prediction>)>> {
    let train = gold::read(train)?;
    let finder = MentionFinder::new(codebook);
    let names: Vec<&str> = codebook.targets().iter().map(|t| t.name.as_str()).collect();
    let find = |text: &str| finder.find(text);
    let targets = Targets {
        names: &names,
        find: &find,
    };
    let majority = Majority::fit(&train, targets);
    let cues = CueWords::built_in(targets)?;
    let tfidf = Tfidf::fit(&train, targets)?;
    let all: [&dyn Baseline; 3] = [&majority, &cues, &tfidf];
    Ok(all
        .iter()
        .map(|b| (b.name().to_owned(), b.predict(rows)))
        .collect())
}

/// Stance toward a target in a gold row.
fn gold_stance(row: &GoldRow, target: &str) -> Stance {
    row.labels
        .as_ref()
        .map_or(Stance::NotMentioned, |l| l.stance_toward(target))
}

/// The title in a gold row's context: what stood above the paragraph when it was labelled.
pub fn title(context: &str) -> Option<String> {
    if context.starts_with("title of the article") {
        return None;
    }
    let title = context
        .split_once("article starts: ")
        .or_else(|| context.split_once("article: "))
        .map_or(context, |(_, title)| title);
    let end = [
        "; President of Russia",
        "; The White House",
        " (translated into",
    ]
    .iter()
    .filter_map(|mark| title.find(mark))
    .min()
    .unwrap_or(title.len());
    let title = title[..end].trim();
    (!title.is_empty()).then(|| title.to_owned())
}
