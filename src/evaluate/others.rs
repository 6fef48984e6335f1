//! Targets that nobody trained the model on: the further actors that gold names, found by the words it names them with.

use serde::Serialize;

use super::gold::GoldRow;
use super::metrics;
use crate::annotate::decide::largest;
use crate::annotate::labels::Stance;
use crate::codebook::Codebook;
use crate::error::Result;
use crate::model::{Input, Model, batch};
use crate::train::examples::find_all;

/// Stance toward actors outside the codebook.
#[derive(Debug, Clone, Serialize)]
pub struct Others {
    /// (paragraph, actor) pairs.
    pub pairs: usize,
    /// Macro-F1 of favorable, unfavorable and neutral, as for the codebook's targets.
    pub stance: f64,
    /// The same for the targets of a codebook that was never trained on, found by its aliases: name, pairs, macro-F1. A
    /// mention that the aliases or the model miss counts as wrong.
    pub added: Vec<(String, usize, f64)>,
}

/// Asks the model for its stance toward each actor in gold's `others`; every one counts as mentioned.
///
/// # Errors
/// [`crate::error::Kind::Model`] when scoring fails.
pub fn measure(model: &Model, rows: &[GoldRow], budget: usize) -> Result<Others> {
    let mut prepared = Vec::new();
    let mut gold: Vec<Vec<Stance>> = Vec::new();
    for row in rows {
        let others = row.labels.iter().flat_map(|labels| &labels.others);
        let (stances, mentions): (Vec<Stance>, Vec<_>) = others
            .map(|other| (other.stance, find_all(&row.text, &other.mention)))
            .filter(|(stance, mentions)| *stance != Stance::NotMentioned && !mentions.is_empty())
            .unzip();
        if !stances.is_empty() {
            prepared.push(model.prepare(&Input {
                text: &row.text,
                title: super::title(&row.context).as_deref(),
                mentions: &mentions,
            })?);
            gold.push(stances);
        }
    }
    let factors = &model.manifest.thresholds.stance;
    let scores = batch::in_order(&prepared, budget, |chosen, _| model.score(chosen, budget))?;
    let mut pairs = Vec::new();
    for (gold, scores) in gold.iter().zip(scores) {
        for (gold, said) in gold.iter().zip(scores.targets.iter().flatten()) {
            let (best, _) = largest(&said.stance, factors);
            pairs.push((*gold, Stance::ALL[best]));
        }
    }
    Ok(Others {
        pairs: pairs.len(),
        stance: metrics::stance_macro_f1(&pairs),
        added: added(model, rows, budget)?,
    })
}

/// Adds Ukraine, China and the United States by the example codebook, as an analyst would.
fn added(model: &Model, rows: &[GoldRow], budget: usize) -> Result<Vec<(String, usize, f64)>> {
    let codebook = Codebook::parse(Codebook::EXAMPLE, "example.toml")?;
    let texts: Vec<_> = rows
        .iter()
        .map(|row| (row.text.as_str(), super::title(&row.context)))
        .collect();
    let judged = super::judge_texts(model, &codebook, &texts, budget, &mut |_| {})?;
    let trained = Codebook::built_in();
    let mut added = Vec::new();
    for (place, target) in codebook.targets().iter().enumerate() {
        if trained.targets().iter().any(|t| t.key == target.key) {
            continue;
        }
        let mut pairs = Vec::new();
        for (row, judged) in rows.iter().zip(&judged) {
            let others = row.labels.iter().flat_map(|labels| &labels.others);
            let named = others.filter(|other| other.target == target.name);
            pairs.extend(named.map(|other| (other.stance, judged.annotation.stances[place])));
        }
        let stance = metrics::stance_macro_f1(&pairs);
        added.push((target.name.clone(), pairs.len(), stance));
    }
    Ok(added)
}
