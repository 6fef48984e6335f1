//! A larger model's opinions → soft labels (distillation: Hinton, Vinyals and Dean 2015).
//!
//! The teacher scores a stage's texts once; what it says is kept beside the checkpoint, so that a training that goes
//! on does not ask again.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::Kind;

use super::examples::Example;
use super::{Progress, Trained};
use crate::error::{Error, Kind as ErrorKind, Place, Result};
use crate::export::columns::text_hash;
use crate::model::{Input, Model, Prepared, array, batch, values};

/// Padded pieces scored at once.
const BUDGET: usize = 4096;
/// Where the opinions are kept, in the model folder that is being written.
pub const FILE: &str = "teacher.jsonl";

/// What a teacher says of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Soft {
    /// Probability of each frame.
    pub frames: [f32; 3],
    /// Positive, neutral, negative.
    pub sentiment: [f32; 3],
    /// Favorable, unfavorable, mixed, neutral, one entry a target of the example.
    pub stances: Vec<Option<[f32; 4]>>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    text: String,
    targets: usize,
    soft: Soft,
}

/// Asks the model in `teacher` about the rows that want it, or takes what it said before from `folder`.
///
/// # Errors
/// [`ErrorKind::Model`] when the teacher cannot be opened, [`ErrorKind::Output`] when its opinions cannot be kept.
pub(super) fn teach(
    rows: &mut [Trained],
    teacher: &Path,
    folder: &Path,
    kind: Kind,
    progress: &mut dyn Progress,
) -> Result<()> {
    let path = folder.join(FILE);
    let mut known = read(&path);
    let key = |e: &Example| (text_hash(&e.text), e.targets.len());
    let asked: Vec<usize> = (0..rows.len())
        .filter(|&i| rows[i].example.taught && !known.contains_key(&key(&rows[i].example)))
        .collect();
    if !asked.is_empty() {
        let model = Model::open_in(teacher, kind)?;
        progress.note(&format!(
            "{} says what it thinks of {} texts",
            model.label(),
            asked.len()
        ));
        let examples: Vec<&Example> = asked.iter().map(|&i| &rows[i].example).collect();
        let said = opinions(&model, &examples)?;
        for (example, soft) in examples.into_iter().zip(said) {
            known.insert(key(example), soft);
        }
        write(&path, &known)?;
    }
    for row in rows.iter_mut().filter(|row| row.example.taught) {
        row.example.soft = known.get(&key(&row.example)).cloned();
    }
    Ok(())
}

fn opinions(model: &Model, examples: &[&Example]) -> Result<Vec<Soft>> {
    let prepared = examples
        .iter()
        .map(|example| {
            model.prepare(&Input {
                text: &example.text,
                title: example.title.as_deref(),
                mentions: &example.mentions(),
            })
        })
        .collect::<Result<Vec<Prepared>>>()?;
    batch::in_order(&prepared, BUDGET, |chosen, places| {
        let forward = tch::no_grad(|| model.network().forward(chosen, BUDGET, false))?;
        let frames = values(&forward.paragraphs.frames.sigmoid());
        let tones = values(&forward.paragraphs.sentiment.softmax(-1, Kind::Float));
        let mut said: Vec<Soft> = (0..places.len())
            .map(|k| Soft {
                frames: array(&frames, k),
                sentiment: array(&tones, k),
                stances: vec![None; examples[places[k]].targets.len()],
            })
            .collect();
        if let Some(targets) = &forward.targets {
            let stances = values(&targets.stance.softmax(-1, Kind::Float));
            for (n, &(k, target)) in forward.pairs.iter().enumerate() {
                said[k].stances[target] = Some(array(&stances, n));
            }
        }
        Ok(said)
    })
}

type Known = HashMap<(String, usize), Soft>;

/// What was kept; nothing where there is no file, or a line of it is broken.
fn read(path: &Path) -> Known {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Kept>(line).ok())
        .map(|kept| ((kept.text, kept.targets), kept.soft))
        .collect()
}

fn write(path: &Path, known: &Known) -> Result<()> {
    let wrong = |e: &dyn std::fmt::Display| {
        Error::new(
            ErrorKind::Output,
            format!("could not keep what the teacher said: {e}"),
        )
        .at(Place::file(path))
    };
    let mut lines = Vec::with_capacity(known.len());
    for ((text, targets), soft) in known {
        let kept = Kept {
            text: text.clone(),
            targets: *targets,
            soft: soft.clone(),
        };
        lines.push(serde_json::to_string(&kept).map_err(|e| wrong(&e))?);
    }
    lines.sort_unstable();
    std::fs::write(path, lines.join("\n")).map_err(|e| wrong(&e))
}
