//! Public sets, each by its own protocol: the shipped encoder with a small head fitted on the set's own training rows.
//!
//! What is asked: can the encoder's vectors carry labels that others defined? The head begins as the shipped one; the
//! encoder and the settings of the fit are the same for every set and were not chosen on any of them.

use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;

use super::metrics::{self, Counts};
use super::probe::{Encoded, Probe};
use crate::annotate::labels::Stance;
use crate::error::Result;
use crate::model::{Forward, Model, values};
use crate::train::examples::Example;
use crate::train::leak::normalised;
use crate::train::sets;

/// A public set and its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// NewsMTSC: macro-F1 over three polarities on all (sentence, target) rows of devtest_rw.
    NewsMtsc,
    /// Zero-Shot-PLOVER: F1 of offer (AGREE, YIELD, AID, COOPERATE) and accusation (ACCUSE, THREATEN) at 0.5.
    Plover,
    /// RuSentNE: mean F1 of positive and negative on validation rows whose sentence is not in train.
    RuSentNe,
}

/// What a set's test says.
#[derive(Debug, Clone, Serialize)]
pub struct PublicReport {
    /// The set, and how it is measured.
    pub protocol: String,
    /// Rows trained on, and left out because their sentence is in the test.
    pub trained: (usize, usize),
    /// Test rows.
    pub rows: usize,
    /// Figures by name.
    pub figures: Vec<(String, f64)>,
}

impl PublicReport {
    /// A line for the model's card.
    pub fn line(&self) -> String {
        let figures: Vec<String> = self
            .figures
            .iter()
            .map(|(name, value)| format!("{name} {value:.3}"))
            .collect();
        format!(
            "{}: {} ({} test rows; head fitted on {} texts, {} left out because the test has them)",
            self.protocol,
            figures.join(", "),
            self.rows,
            self.trained.0,
            self.trained.1
        )
    }
}

/// Fits a head on a set's training rows and measures it on its test.
///
/// # Errors
/// [`crate::error::Kind::Data`] when the set's files cannot be read, [`crate::error::Kind::Model`] when encoding fails.
pub fn measure(model: &Model, set: Set, folder: &Path) -> Result<PublicReport> {
    let (protocol, train, mut test) = match set {
        Set::NewsMtsc => (
            "NewsMTSC devtest_rw, all rows, macro-F1 of three polarities",
            sets::news(&folder.join("train.jsonl"), 1.0)?,
            sets::news(&folder.join("devtest_rw.jsonl"), 1.0)?,
        ),
        Set::Plover => (
            "Zero-Shot-PLOVER test, F1 at 0.5 of offer = AGREE, YIELD, AID, COOPERATE and accusation = ACCUSE, THREATEN",
            sets::plover_as_published(&folder.join("PLV_train.tsv"))?,
            sets::plover_as_published(&folder.join("PLV_test.tsv"))?,
        ),
        Set::RuSentNe => (
            "RuSentNE validation, sentences that are not in train, mean F1 of positive and negative",
            sets::rusentne(&folder.join("train_data.csv"), 1.0)?,
            sets::rusentne(&folder.join("validation_data_labeled.csv"), 1.0)?,
        ),
    };
    let texts = |rows: &[sets::Row]| -> HashSet<String> {
        rows.iter().map(|(_, e)| normalised(&e.text)).collect()
    };
    if set == Set::RuSentNe {
        let known = texts(&train);
        test.retain(|(_, example)| !known.contains(&normalised(&example.text)));
    }
    let held = texts(&test);
    let all = train.len();
    let train: Vec<Example> = train
        .into_iter()
        .map(|(_, example)| example)
        .filter(|example| !held.contains(&normalised(&example.text)))
        .collect();
    let test: Vec<Example> = test.into_iter().map(|(_, example)| example).collect();
    let probe = Probe::fit(model, &Encoded::new(model, &train)?, &train);
    let encoded = Encoded::new(model, &test)?;
    let (rows, figures) = match set {
        Set::Plover => frames(&probe, &encoded, &test),
        Set::NewsMtsc | Set::RuSentNe => stances(set, &probe, &encoded, &test),
    };
    Ok(PublicReport {
        protocol: protocol.to_owned(),
        trained: (train.len(), all - train.len()),
        rows,
        figures,
    })
}

type Figures = (usize, Vec<(String, f64)>);

fn frames(probe: &Probe, encoded: &Encoded, test: &[Example]) -> Figures {
    let mut pairs: [Vec<(bool, bool)>; 2] = Default::default();
    probe.judge(encoded, &mut |places, forward: &Forward| {
        let logits = values(&forward.paragraphs.frames);
        for (k, &place) in places.iter().enumerate() {
            for (frame, pairs) in pairs.iter_mut().enumerate() {
                let gold = test[place].frames[frame] == Some(true);
                pairs.push((gold, logits[3 * k + frame] >= 0.0));
            }
        }
    });
    let f1 = |pairs: &[(bool, bool)]| Counts::of(pairs, &true).f1();
    let [offer, accusation] = pairs;
    let figures = vec![
        ("offer".to_owned(), f1(&offer)),
        ("accusation".to_owned(), f1(&accusation)),
    ];
    (offer.len(), figures)
}

/// The three polarities of the sets: `mixed` is none of theirs.
const POLARITIES: [(usize, Stance); 3] = [
    (0, Stance::Favorable),
    (1, Stance::Unfavorable),
    (3, Stance::Neutral),
];

fn stances(set: Set, probe: &Probe, encoded: &Encoded, test: &[Example]) -> Figures {
    let mut pairs: Vec<(Stance, Stance)> = Vec::new();
    probe.judge(encoded, &mut |places, forward: &Forward| {
        let Some(targets) = &forward.targets else {
            return;
        };
        let logits = values(&targets.stance);
        for (n, &(row, target)) in forward.pairs.iter().enumerate() {
            let gold = test[places[row]].targets[target].stance;
            let best = POLARITIES
                .iter()
                .max_by(|a, b| logits[4 * n + a.0].total_cmp(&logits[4 * n + b.0]));
            if let (Some(gold), Some((_, said))) = (gold, best) {
                pairs.push((gold, *said));
            }
        }
    });
    let classes = POLARITIES.map(|(_, stance)| stance);
    let mut figures = vec![("macro-F1".to_owned(), metrics::macro_f1(&pairs, &classes))];
    if set == Set::RuSentNe {
        figures.insert(
            0,
            (
                "F1 of positive and negative".to_owned(),
                metrics::macro_f1(&pairs, &classes[..2]),
            ),
        );
    }
    (pairs.len(), figures)
}
