//! Which model and which codebook made the labels, as far as sheets, record and what is installed agree on it.

use std::collections::HashSet;

use super::record::RunRecord;
use super::{CodebookUsed, Software};
use crate::codebook::Codebook;
use crate::model::store::{self, Manifest};
use crate::review::Reviewed;

/// A model's card, in its folder.
const CARD: &str = "README.md";

/// What all sheets say, each once.
fn distinct<'r>(reviewed: &'r [Reviewed], of: fn(&Reviewed) -> &Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for said in reviewed.iter().flat_map(|sheet: &'r Reviewed| of(sheet)) {
        if !all.contains(said) {
            all.push(said.clone());
        }
    }
    all
}

pub(super) fn software(
    reviewed: &[Reviewed],
    record: Option<&RunRecord>,
    warnings: &mut Vec<String>,
) -> Software {
    let models = distinct(reviewed, |sheet| &sheet.models);
    let recorded = record.map(|r| (format!("{} {}", r.model.name, r.model.version), &r.model));
    if models.len() > 1 {
        warnings.push(format!(
            "The labels are of more than one model: {}.",
            models.join(", ")
        ));
    }
    if let Some((label, _)) = recorded
        .as_ref()
        .filter(|(label, _)| !models.contains(label))
    {
        warnings.push(format!(
            "The record of the run is of the model {label}, the sheet of {}: the record may be that of another sheet.",
            models.join(", ")
        ));
    }
    let weights = recorded
        .as_ref()
        .map(|(_, model)| model.weights_sha256.as_str());
    let found = store::models().into_iter().find_map(|(folder, path)| {
        let manifest = Manifest::read(&path).ok()?;
        let same = models == [format!("{} {}", manifest.name, manifest.version)]
            && weights.is_none_or(|weights| weights == manifest.weights_sha256);
        let card = path.join(CARD).is_file().then_some(folder);
        same.then_some((card, manifest))
    });
    let (card, manifest) = found.unzip();
    let base = recorded.as_ref().map(|(_, model)| model.base.clone());
    let base = base.or_else(|| manifest.as_ref().map(|m| m.base.clone()));
    let files = base
        .as_deref()
        .and_then(|base| crate::model::base::named(base).ok());
    let files = files.into_iter().flat_map(|base| base.files);
    let current = record.is_some_and(|r| r.demarche == env!("CARGO_PKG_VERSION"));
    Software {
        demarche: record.map(|r| r.demarche.clone()),
        base_files: files
            .map(|(file, hash)| ((*file).to_owned(), (*hash).to_owned()))
            .collect(),
        weights_sha256: weights
            .map(str::to_owned)
            .or(manifest.map(|m| m.weights_sha256)),
        weights_recorded: weights.is_some(),
        base,
        card: card.flatten(),
        precision: current.then_some("32-bit floating point"),
        threads: record.and_then(|r| r.option("threads")),
        day: record.and_then(RunRecord::day),
        models,
    }
}

pub(super) fn codebook(
    reviewed: &[Reviewed],
    record: Option<&RunRecord>,
    given: Option<&Codebook>,
    warnings: &mut Vec<String>,
) -> CodebookUsed {
    let labels = distinct(reviewed, |sheet| &sheet.codebooks);
    let sha256 = record.map(|r| r.codebook.sha256.clone());
    let candidate = given.cloned().unwrap_or_else(Codebook::built_in);
    let (said, is) = (labels.join(", "), candidate.label());
    if let Some(other) = record
        .map(|r| &r.codebook.label)
        .filter(|l| !labels.contains(l))
    {
        warnings.push(format!(
            "The record of the run is of the codebook {other}, the sheet of {said}: the record may be that of another sheet."
        ));
    }
    let same_label = labels == [is.clone()];
    let same = same_label
        && sha256
            .as_ref()
            .is_none_or(|hash| *hash == candidate.sha256());
    if !same {
        warnings.push(match (given, same_label) {
            (Some(_), true) => format!(
                "The codebook given is called {is} as the sheet's, but its words are not those that the record was made by: \
                 its meanings are left out."
            ),
            (Some(_), false) => format!(
                "The codebook given is {is}, the sheet was made by {said}: its meanings are left out."
            ),
            (None, _) => format!(
                "The sheet was made by the codebook {said}, which is not the built-in one of this version ({is}): its meanings \
                 are left out. The option --codebook names its file."
            ),
        });
    }
    CodebookUsed {
        sha256: sha256.or_else(|| same.then(|| candidate.sha256())),
        content: same.then_some(candidate),
        labels,
    }
}

/// Sheets are of the same paragraphs, and not of more than the run labelled.
pub(super) fn paragraphs(
    reviewed: &[Reviewed],
    record: Option<&RunRecord>,
    names: &[String],
    warnings: &mut Vec<String>,
) {
    let ids = |sheet: &Reviewed| -> HashSet<String> {
        let labelled = sheet.rows.iter();
        let labelled = labelled.filter(|row| row.model.iter().any(Option::is_some));
        labelled.map(|row| row.id.clone()).collect()
    };
    let sheets: Vec<HashSet<String>> = reviewed.iter().map(ids).collect();
    for (sheet, name) in sheets.iter().zip(names) {
        if let Some(labelled) = record
            .map(|r| r.counts.labelled)
            .filter(|n| *n < sheet.len() as u64)
        {
            warnings.push(format!(
                "The sheet {name} has {} rows labelled by the model, but the run labelled {labelled}: the record may be that \
                 of another sheet.",
                sheet.len()
            ));
        }
        if sheets[0].is_disjoint(sheet) {
            warnings.push(format!(
                "The sheets {} and {name} have no paragraph in common: they are to be told of apart, each with its own record.",
                names[0]
            ));
        }
    }
}
