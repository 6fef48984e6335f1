//! A sheet → articles in a readable order, with the labels, evidence, dates and sources that the page shows.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;

use super::dates::{self, Days};
use super::evidence::{self, Mark};
use super::{Options, natural};
use crate::corpus::table::plain;
use crate::error::{Error, Kind, Place};
use crate::export::csv::guard;
use crate::review::corrections::{self, Label, Reviewed, ReviewedRow, is_polar};
use crate::review::sheet::{Row, Sheet, number};
use crate::review::values::LabelKind;

/// Columns of a table that hold the day of an article, the likeliest first.
const DATE: [&str; 20] = [
    "date",
    "published",
    "published_at",
    "publication_date",
    "date_published",
    "publish_date",
    "pub_date",
    "pubdate",
    "datetime",
    "day",
    "timestamp",
    "created_at",
    "tarih",
    "yayın_tarihi",
    "yayin_tarihi",
    "haber_tarihi",
    "дата",
    "дата_публикации",
    "опубликовано",
    "день",
];

/// Columns that hold where it appeared.
const SOURCE: [&str; 22] = [
    "source",
    "outlet",
    "publisher",
    "newspaper",
    "publication",
    "source_name",
    "media",
    "medium",
    "site",
    "domain",
    "agency",
    "channel",
    "kaynak",
    "gazete",
    "yayın",
    "ajans",
    "mecra",
    "источник",
    "издание",
    "сми",
    "агентство",
    "газета",
];

/// A paragraph of an article.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// Its number in the document.
    pub number: u64,
    /// `title`, `heading`, `body`, `boilerplate`.
    pub kind: String,
    /// Its text.
    pub text: String,
    /// Its place among the reviewed rows; `None` where it has no labels.
    pub row: Option<usize>,
    /// Where the words behind its labels stand; keys are places among the labels.
    pub marks: Vec<Mark>,
    /// The lowest probability among its labels.
    pub confidence: Option<f64>,
    /// Notes of the program and the analyst.
    pub note: String,
}

/// An article.
#[derive(Debug, Clone)]
pub struct Article {
    /// The document's name.
    pub document: String,
    /// Its title, if any.
    pub title: String,
    /// When it appeared.
    pub date: Option<Date>,
    /// Where it appeared.
    pub source: Option<String>,
    /// Its paragraphs, by their numbers.
    pub paragraphs: Vec<Paragraph>,
}

/// What the page is made of.
#[derive(Debug)]
pub struct Data {
    /// The sheet as review reads it.
    pub reviewed: Reviewed,
    /// The articles: by day where they have one, then by name.
    pub articles: Vec<Article>,
    /// The column that the dates are from, without `in_`.
    pub date_column: Option<String>,
    /// The column that the sources are from.
    pub source_column: Option<String>,
    /// What was left out or could not be read, for people.
    pub notes: Vec<String>,
}

impl Data {
    /// Puts a sheet in order.
    ///
    /// # Errors
    /// Cells that [`corrections::accept`] refuses; a column that was asked for and is not there; a sheet without rows.
    pub fn new(sheet: &Sheet, options: &Options) -> Result<Data, Vec<Error>> {
        let reviewed = corrections::accept(sheet)?;
        let found = |wanted: &Option<String>, flag, known: &[&str]| {
            column(sheet, wanted.as_deref(), flag, known).map_err(|e| vec![e])
        };
        let date = found(&options.date_column, "--date-column", &DATE)?;
        let source = found(&options.source_column, "--source-column", &SOURCE)?;
        let mut articles = articles(sheet, &reviewed, source);
        if articles.is_empty() {
            let empty = Error::new(Kind::Input, "the sheet has no paragraph to show");
            return Err(vec![empty.at(Place::file(&sheet.path))]);
        }
        let mut notes = left_out(&reviewed);
        if let Some(date) = date {
            let (days, told) = days(sheet, date, &articles);
            notes.extend(told);
            for (article, day) in articles.iter_mut().zip(days) {
                article.date = day;
            }
        }
        articles.sort_by(|a, b| {
            let undated = a.date.is_none().cmp(&b.date.is_none());
            let by_day = undated.then(a.date.cmp(&b.date));
            by_day.then_with(|| natural(&a.document, &b.document))
        });
        let name = |at: usize| own(&sheet.header[at]).to_owned();
        Ok(Data {
            reviewed,
            articles,
            date_column: date.map(name),
            source_column: source.map(name),
            notes,
        })
    }

    /// The labels of a sort, as places among all of them.
    pub fn labels(&self, kind: LabelKind) -> impl Iterator<Item = (usize, &Label)> {
        let all = self.reviewed.labels.iter().enumerate();
        all.filter(move |(_, label)| label.kind == kind)
    }

    /// A paragraph's labels.
    pub fn row(&self, paragraph: &Paragraph) -> Option<&ReviewedRow> {
        paragraph.row.map(|row| &self.reviewed.rows[row])
    }

    /// Every paragraph with labels and its article.
    pub fn labelled(&self) -> impl Iterator<Item = (&Article, &ReviewedRow)> {
        self.articles.iter().flat_map(move |article| {
            let rows = article.paragraphs.iter().filter_map(|p| self.row(p));
            rows.map(move |row| (article, row))
        })
    }
}

/// A table's own column as the table had it: without `in_`.
fn own(name: &str) -> &str {
    name.strip_prefix("in_").unwrap_or(name)
}

/// The column that was asked for, else the first known one that holds anything.
fn column(
    sheet: &Sheet,
    wanted: Option<&str>,
    flag: &str,
    known: &[&str],
) -> Result<Option<usize>, Error> {
    let same = |name: &str, wanted: &str| plain(name) == plain(wanted);
    let Some(wanted) = wanted else {
        let filled = |at: &usize| sheet.rows.iter().any(|r| !r.cell(*at).trim().is_empty());
        let passed = |name: &&str| {
            let all = sheet.header.iter();
            let mut fit = all.enumerate().filter(|(_, column)| {
                column
                    .strip_prefix("in_")
                    .is_some_and(|own| same(own, name))
            });
            fit.next().map(|(at, _)| at).filter(filled)
        };
        return Ok(known.iter().find_map(passed));
    };
    let place = |fits: &dyn Fn(&str) -> bool| sheet.header.iter().position(|name| fits(name));
    let found = place(&|name| name == wanted)
        .or_else(|| place(&|name| name.strip_prefix("in_") == Some(wanted)))
        .or_else(|| place(&|name| same(name, wanted) || same(own(name), wanted)));
    found.map(Some).ok_or_else(|| {
        let passed: Vec<String> = sheet
            .header
            .iter()
            .filter_map(|name| name.strip_prefix("in_"))
            .map(|name| format!("`{name}`"))
            .collect();
        let hint = match passed.is_empty() {
            true => {
                "this sheet has no columns of a table; annotate a CSV or JSONL table that has them"
                    .to_owned()
            }
            false => format!("the table's own columns are {}", passed.join(", ")),
        };
        Error::new(Kind::Usage, format!("no column `{wanted}` for {flag}"))
            .at(Place::file(&sheet.path))
            .hint(hint)
    })
}

/// A cell without the apostrophe that keeps a spreadsheet from running it.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if guard(rest) != rest => rest,
        _ => cell,
    }
}

fn articles(sheet: &Sheet, reviewed: &Reviewed, source: Option<usize>) -> Vec<Article> {
    let places: HashMap<&str, usize> = reviewed
        .rows
        .iter()
        .zip(0..)
        .map(|(row, place)| (row.id.as_str(), place))
        .collect();
    let changed: HashSet<u64> = reviewed.changed.iter().copied().collect();
    let reader = Reader::new(sheet, reviewed);
    let mut seen = HashSet::new();
    let mut articles: BTreeMap<String, Article> = BTreeMap::new();
    for row in &sheet.rows {
        let cell = |name: &str| reader.cell(row, name);
        let id = cell("row_id").trim();
        let is_changed = changed.contains(&row.number);
        if id.is_empty() || (!is_changed && !seen.insert(id)) {
            continue;
        }
        let labels = places.get(id).copied().filter(|_| !is_changed);
        let document = unguarded(cell("document")).to_owned();
        let article = articles.entry(document.clone()).or_insert_with(|| Article {
            document,
            title: unguarded(cell("title")).trim().to_owned(),
            date: None,
            source: None,
            paragraphs: Vec::new(),
        });
        if article.source.is_none() {
            let source = source.map(|at| unguarded(row.cell(at)).trim());
            article.source = source.filter(|s| !s.is_empty()).map(str::to_owned);
        }
        article
            .paragraphs
            .push(reader.paragraph(row, labels, is_changed));
    }
    let mut articles: Vec<Article> = articles.into_values().collect();
    for article in &mut articles {
        article.paragraphs.sort_by_key(|paragraph| paragraph.number);
    }
    articles
}

struct Reader<'s> {
    reviewed: &'s Reviewed,
    columns: HashMap<&'s str, usize>,
    /// The column of each label, which is its key in `evidence` too.
    keys: Vec<&'s str>,
}

impl<'s> Reader<'s> {
    fn new(sheet: &'s Sheet, reviewed: &'s Reviewed) -> Self {
        let columns = sheet.header.iter().enumerate().rev();
        Reader {
            reviewed,
            columns: columns.map(|(at, name)| (name.as_str(), at)).collect(),
            keys: reviewed.labels.iter().map(|l| l.column.as_str()).collect(),
        }
    }

    fn cell(&self, row: &'s Row, name: &str) -> &'s str {
        self.columns.get(name).map_or("", |at| row.cell(*at))
    }

    fn paragraph(&self, row: &'s Row, labels: Option<usize>, changed: bool) -> Paragraph {
        let cell = |name: &str| self.cell(row, name);
        let text = corrections::as_labelled(cell("text"), cell("text_hash"));
        let text = text.unwrap_or_else(|| cell("text").to_owned());
        let marks = labels.map(|place| {
            let labels = &self.reviewed.rows[place];
            let mut marks = evidence::find(cell("evidence"), &self.keys, &text);
            marks.retain(|mark| self.stands(labels, mark.key));
            marks
        });
        let mut note = unguarded(cell("note")).trim().to_owned();
        if changed {
            note = match note.is_empty() {
                true => "the text was changed since it was labelled".to_owned(),
                false => format!("the text was changed since it was labelled; {note}"),
            };
        }
        Paragraph {
            number: number(cell("paragraph")).map_or(row.number, |n| n as u64),
            kind: cell("kind").trim().to_owned(),
            marks: marks.unwrap_or_default(),
            confidence: labels.and_then(|_| number(cell("confidence"))),
            row: labels,
            text,
            note,
        }
    }

    /// Whether a label's evidence still speaks for it: it was left as the model had it, or somebody who gave it wrote
    /// down words where the model had none.
    fn stands(&self, row: &ReviewedRow, label: usize) -> bool {
        let shown = |value| match self.reviewed.labels[label].kind {
            LabelKind::Frame => value == Some("1"),
            LabelKind::Stance => is_polar(value),
            LabelKind::Holder | LabelKind::Sentiment => false,
        };
        let (now, model) = (row.now[label], row.model[label]);
        shown(now) && (now == model || !shown(model))
    }
}

/// The articles' days, and what is to be said of cells that are none.
fn days(sheet: &Sheet, column: usize, articles: &[Article]) -> (Vec<Option<Date>>, Vec<String>) {
    let ending = sheet.path.extension().map(|e| e.to_ascii_lowercase());
    let delimited = ["csv", "tsv", "txt", "tab"].map(Some);
    let workbook = !delimited.contains(&ending.as_ref().and_then(|e| e.to_str()));
    let mut cells: HashMap<&str, &str> = HashMap::new();
    if let Some(document) = sheet.column("document") {
        for row in &sheet.rows {
            let cell = row.cell(column).trim();
            if !cell.is_empty() {
                cells.entry(unguarded(row.cell(document))).or_insert(cell);
            }
        }
    }
    let cell = |article: &Article| cells.get(article.document.as_str()).copied();
    let cells: Vec<&str> = articles.iter().map(|a| cell(a).unwrap_or("")).collect();
    let Days {
        days,
        unreadable,
        ambiguous,
    } = dates::read(&cells, workbook);
    let column = own(&sheet.header[column]);
    let mut notes = Vec::new();
    if let Some(first) = unreadable.first() {
        notes.push(format!(
            "{} in column `{column}` that is no date known here, such as `{}`, and no place in time",
            counted(unreadable.len(), "article has a cell", "articles have a cell"),
            cells[*first]
        ));
    }
    if ambiguous > 0 {
        notes.push(format!(
            "{} in column `{column}` where the day or the month may come first, and nothing in the column tells which; they have no place in time; write dates as 2026-04-03 to have them counted",
            counted(ambiguous, "article has a date", "articles have dates")
        ));
    }
    (days, notes)
}

/// `1 article`, `2 articles`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn left_out(reviewed: &Reviewed) -> Vec<String> {
    let row = |count: usize| counted(count, "row", "rows");
    let mut notes = Vec::new();
    let mut note = |count: usize, what: &str| {
        if count > 0 {
            notes.push(format!("{} {what}", row(count)));
        }
    };
    note(
        reviewed.changed.len(),
        "whose text was changed since it was labelled: shown, not counted",
    );
    note(reviewed.doubled.len(), "that stand twice: counted once");
    note(reviewed.foreign as usize, "without a row_id: left out");
    note(
        reviewed.missing as usize,
        "missing since the sheet was written: shares are of the rest",
    );
    notes
}
