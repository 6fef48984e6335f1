//! The methods appendix of a paper: what was read, by what, under which codebook, how it was checked, what is not known.
//!
//! [`record`] reads what the run left beside its sheet, `identity` finds the model and the codebook, [`facts`] counts in
//! the sheets, `limits` says what follows for a reader; `markdown`, `procedure` and `tables` put it into sentences and
//! tables. The figures are those of [`crate::review`].
//! Nothing is told that is not in one of these files; what is missing is told as missing.

mod escape;
pub mod facts;
mod identity;
mod limits;
mod markdown;
mod procedure;
pub mod record;
mod tables;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::annotate::audit::Audit;
use crate::codebook::Codebook;
use crate::error::{Error, Kind, Place, Result};
use crate::export::{run, write_whole};
use crate::review::agreement::{Agreement, LabelAgreement};
use crate::review::figures::SheetReport;
use crate::review::sheet::Sheet;
use crate::review::{self, Reviewed};

pub use escape::escape;
use facts::SheetFacts;
use record::{Counted, Counts, Input, RunRecord};

/// What an appendix is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Sheets as `annotate` wrote them or as they came back; of the same paragraphs, if several.
    pub sheets: Vec<PathBuf>,
    /// The record of the run; looked for beside the sheets if `None`.
    pub run: Option<PathBuf>,
    /// The codebook that the labels mean; the built-in one if `None`.
    pub codebook: Option<Codebook>,
}

/// All that an appendix tells.
#[derive(Debug, Clone, Serialize)]
pub struct Methods {
    /// The version of demarche that wrote the appendix.
    pub written_by: String,
    /// What is unknown or at odds, and what would mend it.
    pub warnings: Vec<String>,
    /// The program and the model.
    pub software: Software,
    /// What was read.
    pub data: Data,
    /// What the labels mean.
    pub codebook: CodebookUsed,
    /// How the random sample was drawn.
    pub sampling: Sampling,
    /// The model against each sheet.
    pub figures: Vec<SheetReport>,
    /// The sheets against each other.
    pub agreement: Option<AgreementFigures>,
    /// The name of the sheet that the run wrote.
    pub output: Option<String>,
    /// The options of the run, as recorded.
    pub options: Option<Map<String, Value>>,
    /// What a reader must keep in mind.
    pub limits: Vec<String>,
}

/// The program and the model that made the labels.
#[derive(Debug, Clone, Serialize)]
pub struct Software {
    /// The version that annotated; `None` without a record.
    pub demarche: Option<String>,
    /// Names and versions, from the sheets.
    pub models: Vec<String>,
    /// The base encoder.
    pub base: Option<String>,
    /// Names and SHA-256 of the base's files, which are verified whenever they are opened.
    pub base_files: Vec<(String, String)>,
    /// SHA-256 of the model's weights.
    pub weights_sha256: Option<String>,
    /// Whether the run's record says so; else it is of the model of that name and version that is installed here.
    pub weights_recorded: bool,
    /// The folder under `models/` that holds this very model and its card.
    pub card: Option<String>,
    /// How the encoder computes; `None` where another version did.
    pub precision: Option<&'static str>,
    /// Threads; `None` where that was left to the library, or is unknown.
    pub threads: Option<u64>,
    /// The day of the run.
    pub day: Option<String>,
}

/// What was read.
#[derive(Debug, Clone, Serialize)]
pub struct Data {
    /// The record's file name; `None` where there is none.
    pub record: Option<String>,
    /// The files.
    pub inputs: Vec<Input>,
    /// One SHA-256 for all of them ([`RunRecord::inputs_sha256`]).
    pub inputs_sha256: Option<String>,
    /// Documents and paragraphs.
    pub counts: Option<Counts>,
    /// Why paragraphs were set aside.
    pub set_aside: Vec<Counted>,
    /// What the user was told at the run.
    pub notes: Vec<String>,
    /// Each sheet.
    pub sheets: Vec<SheetFacts>,
}

/// What the labels mean.
#[derive(Debug, Clone, Serialize)]
pub struct CodebookUsed {
    /// Names and versions, from the sheets.
    pub labels: Vec<String>,
    /// SHA-256 of its content, from the record.
    pub sha256: Option<String>,
    /// What it says; `None` where it is not at hand.
    pub content: Option<Codebook>,
}

/// How the random sample was drawn.
#[derive(Debug, Clone, Serialize)]
pub struct Sampling {
    /// Rows asked for.
    pub rows: Option<u64>,
    /// The seed.
    pub seed: Option<u64>,
    /// Rows it was drawn from.
    pub of: Option<u64>,
    /// Whether the rows marked in the sheets are those that size and seed draw from their ids; `None` where that cannot
    /// be told, because rows are missing or there is no record.
    pub as_drawn: Option<bool>,
}

/// How far sheets agree.
#[derive(Debug, Clone, Serialize)]
pub struct AgreementFigures {
    /// The sheets.
    pub files: Vec<String>,
    /// Rows that two or more read.
    pub rows: usize,
    /// Whether whole documents were resampled for the intervals.
    pub by_document: bool,
    /// Each label.
    pub labels: Vec<LabelAgreement>,
    /// Cells on which they differ.
    pub differing_cells: usize,
}

/// Reads sheets, the record and the codebook, and puts together what they tell.
///
/// # Errors
/// Everything that cannot be accepted in the sheets, or the one reason why another file cannot be read.
pub fn collect(asked: &Asked) -> Result<Methods, Vec<Error>> {
    let reviewed = review::read(&asked.sheets)?;
    let one = |error: Error| vec![error];
    let mut warnings = Vec::new();
    let path = asked.run.clone().or_else(|| beside(&asked.sheets));
    let record = path
        .as_deref()
        .map(RunRecord::read)
        .transpose()
        .map_err(one)?;
    if record.is_none() {
        warnings.push(format!(
            "There is no record of the run ({} or its like) beside the sheet. Unknown are therefore: the input files and \
             their hashes, the version of demarche, the base encoder, the options, how many paragraphs were set aside and \
             why, and the size and seed of the audit sample as it was drawn. The option --run names the record.",
            name(&run::path_of(&asked.sheets[0]))
        ));
    }
    let names = names(&asked.sheets);
    identity::paragraphs(&reviewed, record.as_ref(), &names, &mut warnings);
    let date = record
        .as_ref()
        .and_then(|r| r.options.get("date_column")?.as_str());
    let sheets = reviewed.iter().zip(&names).map(|(reviewed, name)| {
        let sheet = Sheet::read(&reviewed.path)?;
        Ok(facts::of(name.clone(), &sheet, reviewed, date))
    });
    let sheets: Vec<SheetFacts> = sheets.collect::<Result<_>>().map_err(one)?;
    let software = identity::software(&reviewed, record.as_ref(), &mut warnings);
    let codebook = identity::codebook(
        &reviewed,
        record.as_ref(),
        asked.codebook.as_ref(),
        &mut warnings,
    );
    let mut report = review::report(&reviewed);
    for (figures, name) in report.sheets.iter_mut().zip(&names) {
        figures.file = name.clone();
    }
    let as_drawn = record
        .as_ref()
        .and_then(|record| drawn_again(&reviewed, record));
    if as_drawn == Some(false) {
        warnings.push(
            "The rows marked in the column audit are not those that the recorded size and seed draw: the marks were changed, \
             or the record is that of another sheet. The figures by the sample are not to be quoted before this is settled."
                .to_owned(),
        );
    }
    let mut methods = Methods {
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        warnings,
        software,
        data: Data {
            record: record.as_ref().and(path.as_deref()).map(name),
            inputs: record.as_ref().map_or_else(Vec::new, |r| r.inputs.clone()),
            inputs_sha256: record.as_ref().map(RunRecord::inputs_sha256),
            counts: record.as_ref().map(|r| r.counts),
            set_aside: record.as_ref().map_or_else(Vec::new, RunRecord::reasons),
            notes: record.as_ref().map_or_else(Vec::new, |r| r.notes.clone()),
            sheets,
        },
        codebook,
        sampling: Sampling {
            rows: record.as_ref().and_then(|r| r.option("audit_rows")),
            seed: record.as_ref().and_then(|r| r.option("audit_seed")),
            of: record.as_ref().map(|r| r.counts.labelled),
            as_drawn,
        },
        figures: report.sheets,
        agreement: report
            .agreement
            .map(|agreement| figures_of(agreement, &names)),
        output: record.as_ref().map(|r| name(Path::new(&r.output))),
        options: record.map(|r| r.options),
        limits: Vec::new(),
    };
    methods.limits = limits::of(&methods);
    Ok(methods)
}

/// Draws the sample again from the ids in the sheets and compares it with the rows that are marked.
fn drawn_again(reviewed: &[Reviewed], record: &RunRecord) -> Option<bool> {
    let audit = Audit {
        rows: usize::try_from(record.option("audit_rows")?).ok()?,
        seed: record.option("audit_seed")?,
    };
    let same = reviewed.iter().map(|sheet| {
        let rows = sheet.rows.iter();
        let labelled = rows.filter(|row| row.model.iter().any(Option::is_some));
        let ids: Vec<String> = labelled.map(|row| row.id.clone()).collect();
        let marked = sheet.rows.iter().filter(|row| row.audit);
        let marked: HashSet<String> = marked.map(|row| row.id.clone()).collect();
        let whole = sheet.has_audit && ids.len() as u64 == record.counts.labelled;
        whole.then(|| audit.sample(ids.into_iter()) == marked)
    });
    let same: Vec<Option<bool>> = same.collect();
    match same.contains(&Some(false)) {
        true => Some(false),
        false => same.iter().all(|same| *same == Some(true)).then_some(true),
    }
}

/// The record that lies beside one of the sheets.
fn beside(sheets: &[PathBuf]) -> Option<PathBuf> {
    let mut records = sheets.iter().map(|sheet| run::path_of(sheet));
    records.find(|path| path.is_file())
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The files' names; their paths where two are alike.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let alike = |path: &PathBuf| paths.iter().filter(|p| name(p) == name(path)).count() > 1;
    let told = paths.iter().map(|path| match alike(path) {
        true => path.to_string_lossy().into_owned(),
        false => name(path),
    });
    told.collect()
}

fn figures_of(agreement: Agreement, names: &[String]) -> AgreementFigures {
    AgreementFigures {
        files: names.to_vec(),
        rows: agreement.rows,
        by_document: agreement.by_document,
        differing_cells: agreement.differences.len(),
        labels: agreement.labels,
    }
}

/// A form of the appendix, by its file's ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `.md`
    Markdown,
    /// `.json`
    Json,
}

impl Form {
    /// The form that an output's ending asks for.
    ///
    /// # Errors
    /// [`Kind::Usage`] for any other ending.
    pub fn of(output: &Path) -> Result<Form> {
        let ending = output
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("md" | "markdown") => Ok(Form::Markdown),
            Some("json") => Ok(Form::Json),
            _ => Err(
                Error::new(Kind::Usage, "the appendix is written as Markdown or JSON")
                    .at(Place::file(output))
                    .hint(format!(
                        "the output may end in `.md` or `.json`; try `{}`",
                        output.with_extension("md").display()
                    )),
            ),
        }
    }
}

impl Methods {
    /// The appendix in a form.
    ///
    /// # Errors
    /// [`Kind::Output`] when JSON cannot be made of it.
    pub fn text(&self, form: Form) -> Result<String> {
        match form {
            Form::Markdown => Ok(self.markdown()),
            Form::Json => serde_json::to_string_pretty(self)
                .map(|json| json + "\n")
                .map_err(|e| Error::new(Kind::Output, "could not write the appendix").because(e)),
        }
    }
}

/// Writes an appendix, the form by the output's ending.
///
/// # Errors
/// [`Kind::Usage`] for an ending that is not written, or an output that is one of the files read;
/// [`Kind::Output`] when it cannot be written.
pub fn write(methods: &Methods, asked: &Asked, output: &Path) -> Result<()> {
    let form = Form::of(output)?;
    let place = output.canonicalize().ok();
    let records = asked.sheets.iter().map(|sheet| run::path_of(sheet));
    let mut read = asked
        .sheets
        .iter()
        .cloned()
        .chain(asked.run.clone())
        .chain(records);
    if place.is_some() && read.any(|path| path.canonicalize().ok() == place) {
        return Err(Error::new(Kind::Usage, "the output is also an input")
            .at(Place::file(output))
            .hint("give an output of another name"));
    }
    let text = methods.text(form)?;
    write_whole(output, &mut |mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        Ok(())
    })
}
