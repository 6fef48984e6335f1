//! Shares of labels, and what they would be if the analyst had read every row: prediction-powered inference on the
//! audit sample.
//!
//! Counting a model's labels counts its errors too, and more text does not make that better. What the analyst found in
//! a random sample of the rows takes the error out on average and says how far off the result may still be
//! (Angelopoulos et al., Prediction-powered inference, Science 382, 2023; in survey statistics the difference
//! estimator: Cochran, Sampling Techniques, 3rd ed. 1977, ch. 7).

use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

use crate::review::corrections::{Reviewed, ReviewedRow};
use crate::review::values::{LabelKind, Value};

/// Rows that must have been read before anything is said of the whole.
pub const LEAST_READ: usize = 30;
/// Rows of them that must mention a target before anything is said of the stance toward it.
pub const LEAST_MENTIONS: usize = 10;
/// Errors below which no normal or t distribution fits, and the exact bound is taken.
const FEW_ERRORS: usize = 5;
/// What the intervals leave out.
const ALPHA: f64 = 0.05;

/// Whether a row counts for a share, and whether it is of those that the share is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// It has the value.
    pub has: bool,
    /// It is one of those the share is of: true for frames, "the target is mentioned" for stances.
    pub of: bool,
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The share.
    pub point: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The share among all rows, the model's error taken out; a ratio of two difference estimates.
///
/// `model` is what the model says of all `N` labelled rows; `audited` pairs model and analyst on the `n` rows read of
/// a simple random sample without replacement. With `f` for the model and `y` for the analyst, and indices A for
/// [`Part::has`] and M for [`Part::of`]:
///
/// `A = mean_N(f_A) + mean_n(y_A − f_A)`, `M` likewise, `R = A / M`;
/// `e = (y_A − f_A) − R (y_M − f_M)`, `var R = (1 − n/N) s²(e) / (n M²)`, `R ± t(n − 1) √var`
///
/// (the linearised ratio: Cochran, ch. 6). Where every row counts, `M` is 1 and this is the difference estimator.
///
/// With fewer than five rows in error, `s²` says next to nothing and 0 would give no width at all. There the shares of
/// errors either way are bounded by Clopper and Pearson (Biometrika 26, 1934) at 1 − α/4 each (Bonferroni), an error
/// moving `e` by 1 at most; they are of the rows not read, `1 − n/N` of all. Without any error and `n` = 100 that is
/// ± 4.3 points, a little more than the rule of three.
///
/// All rows read are no sample: the interval is the share. `None` for fewer than two rows, or none that count.
pub fn corrected(model: &[Part], audited: &[(Part, Part)]) -> Option<Estimate> {
    let (population, n) = (model.len() as f64, audited.len() as f64);
    if audited.len() < 2 || model.len() < audited.len() {
        return None;
    }
    let one = |yes: bool| f64::from(u8::from(yes));
    let error = |of: fn(&Part) -> bool| {
        let each = audited.iter().map(move |(f, y)| one(of(y)) - one(of(f)));
        each.collect::<Vec<f64>>()
    };
    let mean_model =
        |of: fn(&Part) -> bool| model.iter().filter(|part| of(part)).count() as f64 / population;
    let (errors_has, errors_of) = (error(|p| p.has), error(|p| p.of));
    let has = mean_model(|p| p.has) + mean(&errors_has);
    let of = mean_model(|p| p.of) + mean(&errors_of);
    if of <= 0.0 {
        return None;
    }
    let ratio = has / of;
    let residuals: Vec<f64> = errors_has
        .iter()
        .zip(&errors_of)
        .map(|(has, of)| has - ratio * of)
        .collect();
    let unread = 1.0 - n / population;
    let (below, above) = spread(&residuals, unread)?;
    Some(Estimate {
        point: ratio.clamp(0.0, 1.0),
        low: (ratio - below / of).clamp(0.0, 1.0),
        high: (ratio + above / of).clamp(0.0, 1.0),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How far below and above its mean the residual may lie in all rows, `unread` being the share not read.
fn spread(residuals: &[f64], unread: f64) -> Option<(f64, f64)> {
    let n = residuals.len() as f64;
    let mean = mean(residuals);
    let count = |sign: f64| residuals.iter().filter(|e| *e * sign > 1e-12).count();
    let (up, down) = (count(1.0), count(-1.0));
    if up + down < FEW_ERRORS {
        let bound = |errors| at_most(errors, residuals.len());
        return Some((unread * (bound(down)? + mean), unread * (bound(up)? - mean)));
    }
    let squares: f64 = residuals.iter().map(|e| (e - mean).powi(2)).sum();
    let variance = unread * squares / (n - 1.0) / n;
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
    let half = t.inverse_cdf(1.0 - ALPHA / 2.0) * variance.sqrt();
    Some((half, half))
}

/// The upper end of Clopper and Pearson's interval of a share, at one quarter of α.
fn at_most(errors: usize, of: usize) -> Option<f64> {
    if errors >= of {
        return Some(1.0);
    }
    let beta = Beta::new(errors as f64 + 1.0, (of - errors) as f64).ok()?;
    Some(beta.inverse_cdf(1.0 - ALPHA / 4.0))
}

/// How far the audit sample was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// Whether the sheet has the column.
    pub there: bool,
    /// Rows of the sample.
    pub rows: usize,
    /// Those marked as read. A row in which one cell was changed and nothing was marked does not count: its other
    /// cells may not have been looked at, and of its kind only those with errors would be seen.
    pub read: usize,
    /// Rows that it was drawn from.
    pub population: usize,
}

impl Audit {
    /// Whether anything can be said from it.
    pub fn speaks(self) -> bool {
        self.read >= LEAST_READ || (self.read >= 2 && self.read == self.population)
    }

    /// Whether some of its rows were passed over: those may be the hard ones.
    pub fn is_partly_read(self) -> bool {
        self.read > 0 && self.read < self.rows
    }
}

/// What can be said of a share beyond counting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Corrected {
    /// Nobody read the sample.
    Unread,
    /// Too few rows were read, or too few of them mention the target.
    TooFew,
    /// The share with the model's error taken out.
    Estimate(Estimate),
}

/// A value's share.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The value, in the sheet's word.
    pub value: Value,
    /// Rows that have it as the sheet stands, corrections included.
    pub rows: usize,
    /// Rows that it is a share of.
    pub of: usize,
    /// The same for all rows, without the model's error.
    pub corrected: Corrected,
}

/// The rows that the model labelled, those of the sample that were read, and how far that goes.
#[derive(Debug)]
pub struct Shares<'r> {
    rows: &'r [ReviewedRow],
    /// How far the sample was read.
    pub audit: Audit,
}

impl<'r> Shares<'r> {
    /// Of a sheet.
    pub fn new(sheet: &'r Reviewed) -> Self {
        let population = sheet.rows.iter().filter(|row| is_labelled(row));
        let sample = || sheet.rows.iter().filter(|row| row.audit);
        Shares {
            rows: &sheet.rows,
            audit: Audit {
                there: sheet.has_audit,
                rows: sample().count(),
                read: sample().filter(|row| row.reviewed).count(),
                population: population.count(),
            },
        }
    }

    /// The shares of a label's values: of all rows for frames and tone, of those that mention the target for stances.
    pub fn of(&self, label: usize, kind: LabelKind) -> Vec<Share> {
        let values = match kind {
            LabelKind::Frame => vec!["1"],
            LabelKind::Stance => vec!["favorable", "mixed", "neutral", "unfavorable"],
            _ => kind.allowed(),
        };
        let share = |value| {
            let part = |said: Option<Value>| Part {
                has: said == Some(value),
                of: said.is_some_and(|said| said != "not_mentioned"),
            };
            let now: Vec<Part> = self.rows.iter().map(|row| part(row.now[label])).collect();
            Share {
                value,
                rows: now.iter().filter(|part| part.has).count(),
                of: now.iter().filter(|part| part.of).count(),
                corrected: self.correct(label, &part),
            }
        };
        values.into_iter().map(share).collect()
    }

    fn correct(&self, label: usize, part: &dyn Fn(Option<Value>) -> Part) -> Corrected {
        if self.audit.read == 0 {
            return Corrected::Unread;
        }
        let labelled = || self.rows.iter().filter(|row| is_labelled(row));
        let model: Vec<Part> = labelled().map(|row| part(row.model[label])).collect();
        let audited: Vec<(Part, Part)> = labelled()
            .filter(|row| row.audit && row.reviewed)
            .map(|row| (part(row.model[label]), part(row.now[label])))
            .collect();
        let mentions = audited.iter().filter(|(f, y)| f.of || y.of).count();
        let all = audited.len() == model.len();
        if !self.audit.speaks() || (mentions < LEAST_MENTIONS && !all) {
            return Corrected::TooFew;
        }
        corrected(&model, &audited).map_or(Corrected::TooFew, Corrected::Estimate)
    }
}

/// Whether the model said something of a row; one that was labelled by hand alone is no part of what was sampled.
fn is_labelled(row: &ReviewedRow) -> bool {
    row.model.iter().any(Option::is_some)
}
