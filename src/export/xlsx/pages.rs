//! The sheets beside the annotations: `summary`, `codebook`, `set aside`.

use std::collections::HashMap;

use rust_xlsxwriter::{
    Chart, ChartType, ColNum, Color, Format, FormatAlign, RowNum, Worksheet, XlsxError,
};

use super::super::csv::guard;
use super::super::{Cell, Sheet};
use super::fitting;
use crate::annotate::labels::{Holder, Sentiment, Stance};
use crate::codebook::Codebook;
use crate::corpus::Paragraph;

/// Names of the lists behind the drop-downs. A list typed into a cell's rule ends at 255 characters; these do not.
pub(super) const YES_NO: &str = "yes_no";
pub(super) const STANCES: &str = "stances";
pub(super) const HOLDERS: &str = "holders";
pub(super) const SENTIMENTS: &str = "sentiments";

/// Colours of favorable, unfavorable, mixed, neutral in the chart.
const COLOURS: [u32; 4] = [0x70_AD_47, 0xE0_6C_4F, 0xFF_C0_00, 0xB4_B9_C2];

/// How often each label occurs, in all and by document.
pub(super) struct Counts {
    /// Column of each thing that is counted: (heading, column, value).
    wanted: Vec<(String, usize, Wanted)>,
    targets: Vec<String>,
    document: usize,
    places: HashMap<String, usize>,
    /// Document, its labelled paragraphs, and a count for each thing wanted.
    documents: Vec<(String, u64, Vec<u64>)>,
}

#[derive(Clone, Copy)]
enum Wanted {
    Yes,
    Word(&'static str),
}

impl Counts {
    pub fn new(sheet: &Sheet) -> Counts {
        let column = |name: &str| sheet.columns.iter().position(|c| c.name == name);
        let mut wanted = Vec::new();
        for frame in sheet.codebook.frames() {
            wanted.extend(column(&frame.key).map(|c| (frame.key.clone(), c, Wanted::Yes)));
        }
        for target in sheet.codebook.targets() {
            for stance in polar_and_neutral() {
                let heading = format!("{} {}", target.key, stance.as_str());
                let at = column(&target.key);
                wanted.extend(at.map(|c| (heading, c, Wanted::Word(stance.as_str()))));
            }
        }
        for tone in Sentiment::ALL {
            let heading = format!("sentiment {}", tone.as_str());
            wanted.extend(column("sentiment").map(|c| (heading, c, Wanted::Word(tone.as_str()))));
        }
        Counts {
            wanted,
            targets: sheet
                .codebook
                .targets()
                .iter()
                .map(|t| t.key.clone())
                .collect(),
            document: column("document").unwrap_or(0),
            places: HashMap::new(),
            documents: Vec::new(),
        }
    }

    pub fn add(&mut self, cells: &[Cell]) {
        let Some(Cell::Text(document)) = cells.get(self.document) else {
            return;
        };
        let labelled = self
            .wanted
            .first()
            .is_some_and(|(_, c, _)| cells[*c] != Cell::Empty);
        if !labelled {
            return;
        }
        let place = match self.places.get(document.as_ref()) {
            Some(place) => *place,
            None => {
                self.places
                    .insert(document.to_string(), self.documents.len());
                let none = vec![0; self.wanted.len()];
                self.documents.push((document.to_string(), 0, none));
                self.documents.len() - 1
            }
        };
        let (_, paragraphs, counts) = &mut self.documents[place];
        *paragraphs += 1;
        for (count, (_, column, wanted)) in counts.iter_mut().zip(&self.wanted) {
            let hit = match (wanted, &cells[*column]) {
                (Wanted::Yes, Cell::Integer(n)) => *n == 1,
                (Wanted::Word(word), Cell::Text(text)) => text == word,
                _ => false,
            };
            *count += u64::from(hit);
        }
    }

    fn total(&self, wanted: usize) -> u64 {
        self.documents
            .iter()
            .map(|(_, _, counts)| counts[wanted])
            .sum()
    }

    fn place(&self, heading: &str) -> Option<usize> {
        self.wanted.iter().position(|(h, ..)| h == heading)
    }
}

fn polar_and_neutral() -> impl Iterator<Item = Stance> {
    Stance::ALL
        .iter()
        .copied()
        .filter(|s| *s != Stance::NotMentioned)
}

fn bold() -> Format {
    Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0xDD_E3_EC))
}

/// Counts and shares of every label, a chart of stance by target, and the counts by document.
pub(super) fn summary(sheet: &mut Worksheet, counts: &Counts) -> Result<(), XlsxError> {
    let paragraphs: u64 = counts.documents.iter().map(|(_, n, _)| n).sum();
    let (bold, share) = (bold(), Format::new().set_num_format("0.0%"));
    for (column, heading) in (0..).zip(["label", "paragraphs", "share"]) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    let mut row: RowNum = 1;
    let mut line = |sheet: &mut Worksheet, name: &str, n: u64| -> Result<(), XlsxError> {
        sheet.write_string(row, 0, name)?;
        sheet.write_number(row, 1, n as f64)?;
        sheet.write_number_with_format(row, 2, n as f64 / paragraphs.max(1) as f64, &share)?;
        row += 1;
        Ok(())
    };
    line(sheet, "labelled paragraphs", paragraphs)?;
    for (i, (heading, ..)) in counts.wanted.iter().enumerate() {
        line(sheet, heading, counts.total(i))?;
    }
    let table = row + 1;
    let after = stances(sheet, counts, table, &bold)?;
    documents(sheet, counts, after + 2, &bold)?;
    sheet.set_column_width(0, 30)?;
    for column in 1..counts.wanted.len() as ColNum + 2 {
        sheet.set_column_width(column, 13)?;
    }
    Ok(())
}

/// Stance by target as a table, and as the chart drawn from it; the row after the table.
fn stances(
    sheet: &mut Worksheet,
    counts: &Counts,
    top: RowNum,
    bold: &Format,
) -> Result<RowNum, XlsxError> {
    sheet.write_string_with_format(top, 0, "stance where mentioned", bold)?;
    let targets = counts.targets.len() as RowNum;
    let mut chart = Chart::new(ChartType::BarStacked);
    for (column, (stance, colour)) in (1..).zip(polar_and_neutral().zip(COLOURS)) {
        sheet.write_string_with_format(top, column, stance.as_str(), bold)?;
        for (row, target) in (top + 1..).zip(&counts.targets) {
            sheet.write_string(row, 0, target)?;
            let heading = format!("{target} {}", stance.as_str());
            let n = counts
                .place(&heading)
                .map_or(0, |place| counts.total(place));
            sheet.write_number(row, column, n as f64)?;
        }
        chart
            .add_series()
            .set_name(("summary", top, column))
            .set_categories(("summary", top + 1, 0, top + targets, 0))
            .set_values(("summary", top + 1, column, top + targets, column))
            .set_format(rust_xlsxwriter::ChartFormat::new().set_solid_fill(
                rust_xlsxwriter::ChartSolidFill::new().set_color(Color::RGB(colour)),
            ));
    }
    chart.title().set_name("Stance by target (paragraphs)");
    chart
        .legend()
        .set_position(rust_xlsxwriter::ChartLegendPosition::Bottom);
    chart.set_width(640).set_height(340);
    sheet.insert_chart(0, 4, &chart)?;
    Ok(top + targets)
}

fn documents(
    sheet: &mut Worksheet,
    counts: &Counts,
    top: RowNum,
    bold: &Format,
) -> Result<(), XlsxError> {
    let headings = ["document", "paragraphs"].into_iter();
    let headings = headings.chain(counts.wanted.iter().map(|(h, ..)| h.as_str()));
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(top, column, heading, bold)?;
    }
    for (row, (document, paragraphs, each)) in (top + 1..).zip(&counts.documents) {
        sheet.write_string(row, 0, fitting(&guard(document)))?;
        sheet.write_number(row, 1, *paragraphs as f64)?;
        for (column, n) in (2 as ColNum..).zip(each) {
            sheet.write_number(row, column, *n as f64)?;
        }
    }
    Ok(())
}

/// What each label means, and the lists behind the drop-downs: their names and where they stand.
pub(super) fn codebook(
    sheet: &mut Worksheet,
    codebook: &Codebook,
) -> Result<Vec<(&'static str, String)>, XlsxError> {
    let bold = bold();
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (column, heading) in (0..).zip(["column", "value", "meaning"]) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for frame in codebook.frames() {
        rows.push((frame.key.clone(), "1".to_owned(), frame.meaning.clone()));
    }
    let targets: Vec<&str> = codebook.targets().iter().map(|t| t.key.as_str()).collect();
    let holders: Vec<String> = targets.iter().map(|t| format!("{t}_holder")).collect();
    for value in codebook.stances() {
        rows.push((
            targets.join(", "),
            value.word.clone(),
            value.meaning.clone(),
        ));
    }
    for value in codebook.holders() {
        rows.push((
            holders.join(", "),
            value.word.clone(),
            value.meaning.clone(),
        ));
    }
    for value in codebook.sentiments() {
        rows.push((
            "sentiment".to_owned(),
            value.word.clone(),
            value.meaning.clone(),
        ));
    }
    for (row, (column, value, meaning)) in (1..).zip(rows) {
        let lines = (meaning.chars().count() as f64 / 95.0)
            .ceil()
            .clamp(1.0, 25.0);
        sheet.set_row_height(row, 15.0 * lines)?;
        sheet.write_string_with_format(row, 0, column, &wrap)?;
        sheet.write_string_with_format(row, 1, value, &wrap)?;
        sheet.write_string_with_format(row, 2, fitting(&meaning), &wrap)?;
    }
    for (column, width) in [(0, 30.0), (1, 16.0), (2, 100.0)] {
        sheet.set_column_width(column, width)?;
    }
    let lists = [
        (
            STANCES,
            Stance::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
        ),
        (HOLDERS, Holder::ALL.iter().map(|h| h.as_str()).collect()),
        (
            SENTIMENTS,
            Sentiment::ALL.iter().map(|s| s.as_str()).collect(),
        ),
    ];
    let mut names = vec![(YES_NO, 4 as ColNum, 2)];
    sheet.write_string_with_format(0, 4, "allowed values", &bold)?;
    // Numbers, as in the cells they are chosen for.
    sheet.write_number(1, 4, 1)?;
    sheet.write_number(2, 4, 0)?;
    for (column, (name, values)) in (5..).zip(&lists) {
        for (row, value) in (1..).zip(values) {
            sheet.write_string(row, column, *value)?;
        }
        names.push((name, column, values.len()));
    }
    let range = |(name, column, count): (&'static str, ColNum, usize)| {
        let column = rust_xlsxwriter::utility::column_number_to_name(column);
        (
            name,
            format!("=codebook!${column}$2:${column}${}", count + 1),
        )
    };
    Ok(names.into_iter().map(range).collect())
}

/// The sheet of boilerplate, with the reason why each was set aside.
pub(super) struct SetAside {
    next: RowNum,
    wrap: Format,
}

impl SetAside {
    pub fn begin(sheet: &mut Worksheet) -> Result<SetAside, XlsxError> {
        sheet.set_name("set aside")?;
        sheet.set_freeze_panes(1, 0)?;
        let headings = ["document", "paragraph", "reason", "text"];
        let widths = [24.0, 12.0, 30.0, 90.0];
        for (column, (heading, width)) in (0..).zip(headings.into_iter().zip(widths)) {
            sheet.write_string_with_format(0, column, heading, &bold())?;
            sheet.set_column_width(column, width)?;
        }
        Ok(SetAside {
            next: 1,
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        })
    }

    pub fn row(
        &mut self,
        sheet: &mut Worksheet,
        document: &str,
        paragraph: &Paragraph,
    ) -> Result<(), XlsxError> {
        let (row, wrap) = (self.next, &self.wrap);
        let lines = (paragraph.text.chars().count() as f64 / 90.0).ceil();
        sheet.set_row_height(row, 15.0 * lines.clamp(1.0, 25.0))?;
        let reason = paragraph.set_aside.as_deref().unwrap_or_default();
        sheet.write_string_with_format(row, 0, fitting(&guard(document)), wrap)?;
        sheet.write_number_with_format(row, 1, paragraph.number, wrap)?;
        sheet.write_string_with_format(row, 2, reason, wrap)?;
        sheet.write_string_with_format(row, 3, fitting(&guard(&paragraph.text)), wrap)?;
        self.next += 1;
        Ok(())
    }
}
