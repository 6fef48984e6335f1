//! Measures of predictions against gold: the formula and its source stand above each.
//!
//! Pairs are always `(gold, predicted)`. What cannot be said of the rows given (an area under the curve
//! without a positive, an alpha without variation) is `None`, never 0. Intervals are in
//! [`bootstrap`](super::bootstrap).

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use unicode_segmentation::UnicodeSegmentation;

use crate::annotate::labels::{Span, Stance};

/// How often one class was rightly found, wrongly found and missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Gold and predicted (true positives).
    pub hits: usize,
    /// Predicted, not gold (false positives).
    pub false_alarms: usize,
    /// Gold, not predicted (false negatives).
    pub misses: usize,
}

impl Counts {
    /// Counts one class in `(gold, predicted)` pairs.
    pub fn of<T: PartialEq>(pairs: &[(T, T)], class: &T) -> Self {
        let mut counts = Counts::default();
        for (gold, predicted) in pairs {
            match (gold == class, predicted == class) {
                (true, true) => counts.hits += 1,
                (false, true) => counts.false_alarms += 1,
                (true, false) => counts.misses += 1,
                (false, false) => {}
            }
        }
        counts
    }

    /// `tp / (tp + fp)`, 0 where tp = 0 (van Rijsbergen, Information Retrieval, 2nd ed. 1979, ch. 7).
    pub fn precision(self) -> f64 {
        ratio(self.hits, self.hits + self.false_alarms)
    }

    /// `tp / (tp + fn)`, 0 where tp = 0 (ibid.).
    pub fn recall(self) -> f64 {
        ratio(self.hits, self.hits + self.misses)
    }

    /// `2 tp / (2 tp + fp + fn)`, the harmonic mean of precision and recall, 0 where tp = 0 (ibid.).
    pub fn f1(self) -> f64 {
        ratio(
            2 * self.hits,
            2 * self.hits + self.false_alarms + self.misses,
        )
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if part == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Mean of the F1 of each of `classes`, unweighted; a class that never occurs counts 0.
///
/// `(1/|C|) Σ_c F1_c`: the mean of F1s, not the F1 of mean precision and recall, which is another
/// number (Opitz and Burst, Macro F1 and Macro F1, arXiv:1911.03347).
pub fn macro_f1<T: PartialEq>(pairs: &[(T, T)], classes: &[T]) -> f64 {
    let sum: f64 = classes.iter().map(|c| Counts::of(pairs, c).f1()).sum();
    sum / classes.len().max(1) as f64
}

/// Counts of those `classes` that occur in the pairs, in gold or predicted: what a mean over few rows is taken of.
pub fn occurring<T: PartialEq>(pairs: &[(T, T)], classes: &[T]) -> Vec<Counts> {
    classes
        .iter()
        .map(|class| Counts::of(pairs, class))
        .filter(|counts| *counts != Counts::default())
        .collect()
}

/// Framing: mean over the frames of the F1 of "present".
///
/// Rows are `(gold, predicted)`, each with one entry a frame in the same order; 0 for no rows.
pub fn frames_macro_f1<F: AsRef<[bool]>>(rows: &[(F, F)]) -> f64 {
    let frames = rows.first().map_or(0, |(gold, _)| gold.as_ref().len());
    let sum: f64 = (0..frames)
        .map(|frame| frame_counts(rows, frame).f1())
        .sum();
    sum / frames.max(1) as f64
}

/// Counts of "present" for one frame; rows as in [`frames_macro_f1`].
pub fn frame_counts<F: AsRef<[bool]>>(rows: &[(F, F)], frame: usize) -> Counts {
    let on = |frames: &F| frames.as_ref().get(frame).copied().unwrap_or(false);
    let pairs: Vec<(bool, bool)> = rows.iter().map(|(g, p)| (on(g), on(p))).collect();
    Counts::of(&pairs, &true)
}

/// The classes that stance is scored on; `mixed` is too rare for an F1 of its own.
pub const SCORED_STANCES: [Stance; 3] = [Stance::Favorable, Stance::Unfavorable, Stance::Neutral];

/// Stance: mean F1 of favorable, unfavorable and neutral, over the pairs whose gold mentions the target.
///
/// A mention that was missed (`not_mentioned` predicted) is wrong: it costs its class recall. A gold `mixed`
/// stays in: whatever else was predicted for it costs that class precision, and no class recall. Pool
/// the targets by giving the pairs of all, or give one target's pairs. After SemEval-2016 task 6
/// (Mohammad et al., macro-F1 over the stances), with neutral among the classes as in NewsMTSC
/// (Hamborg and Donnay, EACL 2021).
pub fn stance_macro_f1(pairs: &[(Stance, Stance)]) -> f64 {
    macro_f1(&mentioned(pairs), &SCORED_STANCES)
}

/// The pairs whose gold mentions the target, which are those that stance is scored on.
pub fn mentioned(pairs: &[(Stance, Stance)]) -> Vec<(Stance, Stance)> {
    let mut kept = pairs.to_vec();
    kept.retain(|(gold, _)| *gold != Stance::NotMentioned);
    kept
}

/// Share of pairs that agree, `Σ [gold = predicted] / n`; `None` for no pairs.
pub fn accuracy<T: PartialEq>(pairs: &[(T, T)]) -> Option<f64> {
    let right = pairs.iter().filter(|(gold, predicted)| gold == predicted);
    (!pairs.is_empty()).then(|| ratio(right.count(), pairs.len()))
}

/// How often each gold class was predicted as each class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion<T> {
    /// Names of the rows and of the columns.
    pub classes: Vec<T>,
    /// `counts[gold][predicted]`, by the classes' order.
    pub counts: Vec<Vec<usize>>,
}

/// Tabulates pairs; those with a value outside `classes` are left out.
pub fn confusion<T: PartialEq + Clone>(pairs: &[(T, T)], classes: &[T]) -> Confusion<T> {
    let place = |value: &T| classes.iter().position(|class| class == value);
    let mut counts = vec![vec![0; classes.len()]; classes.len()];
    for (gold, predicted) in pairs {
        if let (Some(row), Some(column)) = (place(gold), place(predicted)) {
            counts[row][column] += 1;
        }
    }
    Confusion {
        classes: classes.to_vec(),
        counts,
    }
}

/// Average precision of `(is positive, score)` pairs; `None` without a positive.
///
/// `Σ_n (R_n − R_{n−1}) P_n` over the thresholds from the highest score down, equal scores taken
/// together, no interpolation (Zhu, Recall, Precision and Average Precision, 2004; as scikit-learn's
/// `average_precision_score`).
pub fn average_precision(scored: &[(bool, f64)]) -> Option<f64> {
    let positives = scored.iter().filter(|(positive, _)| *positive).count();
    if positives == 0 {
        return None;
    }
    let (mut seen, mut found, mut sum) = (0, 0, 0.0);
    for group in by_falling_score(scored).chunk_by(|a, b| a.1 == b.1) {
        let new = group.iter().filter(|(positive, _)| *positive).count();
        seen += group.len();
        found += new;
        sum += ratio(new, positives) * ratio(found, seen);
    }
    Some(sum)
}

/// Area under the ROC curve of `(is positive, score)` pairs; `None` unless both classes are there.
///
/// The chance that a positive outscores a negative, a tie counting half (Hanley and McNeil, Radiology 143,
/// 1982; it is the Mann-Whitney U divided by the number of pairs).
pub fn roc_auc(scored: &[(bool, f64)]) -> Option<f64> {
    let positives = scored.iter().filter(|(positive, _)| *positive).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut above, mut wins) = (0, 0.0);
    for group in by_falling_score(scored).chunk_by(|a, b| a.1 == b.1) {
        let hits = group.iter().filter(|(positive, _)| *positive).count();
        let others = group.len() - hits;
        wins += others as f64 * (above as f64 + hits as f64 / 2.0);
        above += hits;
    }
    Some(wins / (positives as f64 * negatives as f64))
}

fn by_falling_score<T: Copy>(scored: &[(T, f64)]) -> Vec<(T, f64)> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    sorted
}

/// Brier score of `(came true, probability)` pairs, `Σ (p − o)² / n`; `None` for no pairs.
///
/// Brier, Monthly Weather Review 78, 1950, in its form for one event (half of the original for two classes).
pub fn brier(judged: &[(bool, f64)]) -> Option<f64> {
    let squares = judged.iter().map(|&(came_true, p)| {
        let gap = p - f64::from(u8::from(came_true));
        gap * gap
    });
    (!judged.is_empty()).then(|| squares.sum::<f64>() / judged.len() as f64)
}

/// Bins of the [expected calibration error](ece).
pub const ECE_BINS: usize = 15;

/// Expected calibration error of `(was right, probability of the chosen value)` pairs; `None` for no pairs.
///
/// `Σ_b |b|/n · |share right in b − mean probability in b|` (Naeini et al., AAAI 2015) over 15 bins of
/// equal mass: sorted by probability and cut into runs whose lengths differ by one at most (Nguyen and
/// O'Connor, EMNLP 2015). Rows of equal probability can fall on two sides of a cut; each is counted
/// with the share right of all of them, so that the figure does not hang on the order of the rows.
pub fn ece(judged: &[(bool, f64)]) -> Option<f64> {
    if judged.is_empty() {
        return None;
    }
    let mut rows: Vec<(f64, f64)> = Vec::with_capacity(judged.len());
    for group in by_falling_score(judged).chunk_by(|a, b| a.1 == b.1) {
        let right = group.iter().filter(|(right, _)| *right).count();
        let share = ratio(right, group.len());
        rows.extend(group.iter().map(|&(_, p)| (share, p)));
    }
    let n = rows.len();
    let bins = ECE_BINS.min(n);
    let mut gaps = 0.0;
    for bin in 0..bins {
        let run = &rows[bin * n / bins..(bin + 1) * n / bins];
        // The bin's weight times its gap is the sum of the rows' gaps over n.
        let gap: f64 = run.iter().map(|(right, p)| right - p).sum();
        gaps += gap.abs();
    }
    Some(gaps / n as f64)
}

/// What [`ece`] would be, on average, if every probability were exactly right: bins of few rows stray by chance.
///
/// The mean over 200 draws of "was right" by the rows' own probabilities (the consistency resampling of Bröcker and
/// Smith, Weather and Forecasting 22, 2007). An ECE near it says nothing against the calibration.
pub fn ece_by_chance(judged: &[(bool, f64)], seed: u64) -> Option<f64> {
    const DRAWS: usize = 200;
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut sum = 0.0;
    for _ in 0..DRAWS {
        let drawn: Vec<(bool, f64)> = judged
            .iter()
            .map(|&(_, p)| (rng.random_bool(p.clamp(0.0, 1.0)), p))
            .collect();
        sum += ece(&drawn)?;
    }
    Some(sum / DRAWS as f64)
}

/// Krippendorff's alpha for nominal values: two or more coders, values may be missing.
///
/// `units[u]` has one entry a coder, `None` where that coder did not judge the unit.
/// `α = 1 − D_o / D_e = 1 − (n − 1) Σ_{c≠k} o_ck / Σ_{c≠k} n_c n_k`, where a unit with `m ≥ 2` values adds
/// `1 / (m − 1)` to `o_ck` for each ordered pair of its values, `n_c = Σ_k o_ck` and `n = Σ_c n_c`
/// (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011). `None` where no unit has two values, or
/// all values are one and the same: agreement cannot be told from a habit then.
pub fn krippendorff_alpha<T: Ord>(units: &[Vec<Option<T>>]) -> Option<f64> {
    let mut totals: BTreeMap<&T, f64> = BTreeMap::new();
    let mut disagreement = 0.0;
    for unit in units {
        let mut values: BTreeMap<&T, usize> = BTreeMap::new();
        for value in unit.iter().flatten() {
            *values.entry(value).or_default() += 1;
        }
        let count: usize = values.values().sum();
        if count < 2 {
            continue;
        }
        for (&value, &times) in &values {
            *totals.entry(value).or_default() += times as f64;
            disagreement += (times * (count - times)) as f64 / (count - 1) as f64;
        }
    }
    let n: f64 = totals.values().sum();
    let expected: f64 = totals.values().map(|&count| count * (n - count)).sum();
    (expected > 0.0).then(|| 1.0 - (n - 1.0) * disagreement / expected)
}

/// Words of evidence shared by gold and prediction, in one paragraph.
///
/// Tokens are the words of `text` (UAX #29); a token is in a set if it overlaps one of the set's spans. Add
/// [`Counts`] up over paragraphs for a micro F1, or average [`Counts::f1`] over them for the token F1 of ERASER
/// (DeYoung et al., ACL 2020).
pub fn evidence_counts(text: &str, gold: &[Span], predicted: &[Span]) -> Counts {
    let mut counts = Counts::default();
    for (start, word) in text.unicode_word_indices() {
        let end = start + word.len();
        let within = |spans: &[Span]| spans.iter().any(|s| s.start < end && start < s.end);
        match (within(gold), within(predicted)) {
            (true, true) => counts.hits += 1,
            (false, true) => counts.false_alarms += 1,
            (true, false) => counts.misses += 1,
            (false, false) => {}
        }
    }
    counts
}

/// Mean over items of the [token-level F1](evidence_counts) of their spans; `None` for no items.
///
/// An item is a label that has evidence in gold; a prediction without any scores 0.
pub fn evidence_f1(items: &[Counts]) -> Option<f64> {
    let sum: f64 = items.iter().map(|counts| counts.f1()).sum();
    (!items.is_empty()).then(|| sum / items.len() as f64)
}
