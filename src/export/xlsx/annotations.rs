//! The sheet `annotations`: one row a paragraph, with the means to review it.

use rust_xlsxwriter::{
    ColNum, Color, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatFormula,
    DataValidation, Format, FormatAlign, Formula, RowNum, Worksheet, XlsxError,
};

use super::super::csv::{guard, is_negative_number};
use super::super::{Cell, Sheet};
use super::fitting;
use super::pages::{HOLDERS, SENTIMENTS, STANCES, YES_NO};

/// Widths in characters.
const TEXT_WIDTH: f64 = 80.0;
const EVIDENCE_WIDTH: f64 = 40.0;
/// Points of a line, and of the tallest row that Excel allows.
const LINE: f64 = 15.0;
const TALLEST: f64 = 409.0;

/// A label's probability below which its cell is marked.
const UNSURE: f32 = 0.6;

/// Writes the rows, and knows what is in each column.
pub(super) struct Annotations {
    names: Vec<String>,
    frames: Vec<String>,
    targets: Vec<String>,
    /// The row to write next.
    pub next: RowNum,
    wrapped: Format,
    plain: Format,
    /// For probabilities and the confidence.
    decimal: [Format; 2],
}

impl Annotations {
    pub fn begin(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<Annotations, XlsxError> {
        let top = Format::new().set_align(FormatAlign::Top);
        let made = Annotations {
            names: sheet.columns.iter().map(|c| c.name.clone()).collect(),
            frames: sheet
                .codebook
                .frames()
                .iter()
                .map(|f| f.key.clone())
                .collect(),
            targets: sheet
                .codebook
                .targets()
                .iter()
                .map(|t| t.key.clone())
                .collect(),
            next: 1,
            wrapped: top.clone().set_text_wrap(),
            decimal: [
                top.clone().set_num_format("0.00"),
                top.clone().set_num_format("0.0000"),
            ],
            plain: top,
        };
        worksheet.set_name("annotations")?;
        worksheet.set_freeze_panes(1, 0)?;
        let header = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0xDD_E3_EC))
            .set_align(FormatAlign::Top);
        let yours = header.clone().set_background_color(Color::RGB(0xFF_F2_CC));
        for (column, name) in (0..).zip(&made.names) {
            let format = match name.as_str() {
                "reviewed" | "note" => &yours,
                _ => &header,
            };
            worksheet.write_string_with_format(0, column, guard(name).as_ref(), format)?;
            worksheet.set_column_width(column, made.width(name))?;
        }
        Ok(made)
    }

    fn width(&self, name: &str) -> f64 {
        match name {
            "text" => TEXT_WIDTH,
            "evidence" => EVIDENCE_WIDTH,
            "note" => 24.0,
            "document" | "title" => 18.0,
            "row_id" => 13.0,
            "paragraph" | "kind" => 9.0,
            "model_labels" => 30.0,
            name if self.targets.iter().any(|t| t == name) => 14.0,
            _ => 12.0,
        }
    }

    pub fn row(&mut self, sheet: &mut Worksheet, cells: &[Cell]) -> Result<(), XlsxError> {
        let row = self.next;
        sheet.set_row_height(row, self.height(cells))?;
        for (column, (cell, name)) in (0..).zip(cells.iter().zip(&self.names)) {
            let format = match name.as_str() {
                "text" | "evidence" | "note" => &self.wrapped,
                _ => &self.plain,
            };
            match cell {
                Cell::Empty => continue,
                Cell::Foreign(text) if is_negative_number(text) => {
                    sheet.write_string_with_format(row, column, text.as_ref(), format)?
                }
                Cell::Text(text) | Cell::Foreign(text) => {
                    let text = fitting(&guard(text));
                    sheet.write_string_with_format(row, column, text, format)?
                }
                Cell::Integer(number) => {
                    sheet.write_number_with_format(row, column, *number as f64, format)?
                }
                Cell::Decimal(number, decimals) => {
                    let format = &self.decimal[usize::from(*decimals > 2)];
                    let number = super::super::rounded(*number, *decimals);
                    sheet.write_number_with_format(row, column, number, format)?
                }
            };
        }
        self.next += 1;
        Ok(())
    }

    /// LibreOffice does not fit rows to wrapped text when it opens a file, so it is reckoned here, in points.
    fn height(&self, cells: &[Cell]) -> f64 {
        let lines = |name: &str, width: f64| {
            let cell = self.names.iter().position(|n| n == name);
            match cell.and_then(|at| cells.get(at)) {
                Some(Cell::Text(text)) => (text.chars().count() as f64 / width).ceil(),
                _ => 1.0,
            }
        };
        let lines = lines("text", TEXT_WIDTH).max(lines("evidence", EVIDENCE_WIDTH));
        (lines.max(1.0) * LINE).min(TALLEST)
    }

    /// Filters, drop-downs, colours, folded probabilities.
    pub fn finish(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let last = (self.next - 1).max(1);
        let columns = self.names.len() as ColNum;
        sheet.autofilter(0, 0, last, columns - 1)?;
        for frame in &self.frames {
            self.choices(sheet, frame, YES_NO, last)?;
            self.colour_frame(sheet, frame, last)?;
        }
        for target in &self.targets {
            self.choices(sheet, target, STANCES, last)?;
            self.choices(sheet, &format!("{target}_holder"), HOLDERS, last)?;
            self.colour_stance(sheet, target, last)?;
        }
        self.choices(sheet, "sentiment", SENTIMENTS, last)?;
        if let Some(column) = self.column("confidence") {
            let low = ConditionalFormatCell::new()
                .set_rule(ConditionalFormatCellRule::LessThan(f64::from(UNSURE)))
                .set_format(Format::new().set_background_color(Color::RGB(0xFC_E4_D6)));
            sheet.add_conditional_format(1, column, last, column, &low)?;
        }
        self.fold(sheet)
    }

    fn column(&self, name: &str) -> Option<ColNum> {
        let place = self.names.iter().position(|n| n == name)?;
        ColNum::try_from(place).ok()
    }

    fn choices(
        &self,
        sheet: &mut Worksheet,
        name: &str,
        list: &str,
        last: RowNum,
    ) -> Result<(), XlsxError> {
        let Some(column) = self.column(name) else {
            return Ok(());
        };
        let choice = DataValidation::new()
            .allow_list_formula(Formula::new(format!("={list}")))
            .set_error_title("Not a value of this column")?
            .set_error_message(
                "Choose a value from the list; the sheet `codebook` says what each means.",
            )?;
        sheet.add_data_validation(1, column, last, column, &choice)?;
        Ok(())
    }

    fn colour_frame(
        &self,
        sheet: &mut Worksheet,
        key: &str,
        last: RowNum,
    ) -> Result<(), XlsxError> {
        let (Some(column), Some(p)) = (self.column(key), self.column(&format!("{key}_p"))) else {
            return Ok(());
        };
        let (cell, p) = (letters(column), letters(p));
        let unsure = format!("=AND(${p}2<>\"\",IF(${cell}2=1,${p}2,1-${p}2)<{UNSURE})");
        self.colour(sheet, column, last, &unsure, &unsure_format())?;
        let present = Format::new()
            .set_background_color(Color::RGB(0xBD_D7_EE))
            .set_bold();
        self.colour(sheet, column, last, &format!("=${cell}2=1"), &present)
    }

    fn colour_stance(
        &self,
        sheet: &mut Worksheet,
        key: &str,
        last: RowNum,
    ) -> Result<(), XlsxError> {
        let Some(column) = self.column(key) else {
            return Ok(());
        };
        let cell = letters(column);
        let probability = |stance: &str| self.column(&format!("{key}_{stance}_p")).map(letters);
        let mut chosen = "1".to_owned();
        for stance in ["favorable", "unfavorable", "mixed", "neutral"] {
            if let Some(p) = probability(stance) {
                chosen = format!("IF(${cell}2=\"{stance}\",${p}2,{chosen})");
            }
        }
        if let Some(first) = probability("favorable") {
            let unsure = format!("=AND(${first}2<>\"\",{chosen}<{UNSURE})");
            self.colour(sheet, column, last, &unsure, &unsure_format())?;
        }
        for (stance, colour) in [
            ("favorable", 0xC6_E0_B4),
            ("unfavorable", 0xF8_CB_AD),
            ("mixed", 0xFF_E6_99),
        ] {
            let format = Format::new().set_background_color(Color::RGB(colour));
            self.colour(
                sheet,
                column,
                last,
                &format!("=${cell}2=\"{stance}\""),
                &format,
            )?;
        }
        Ok(())
    }

    fn colour(
        &self,
        sheet: &mut Worksheet,
        column: ColNum,
        last: RowNum,
        rule: &str,
        format: &Format,
    ) -> Result<(), XlsxError> {
        let condition = ConditionalFormatFormula::new()
            .set_rule(rule)
            .set_format(format.clone());
        sheet.add_conditional_format(1, column, last, column, &condition)?;
        Ok(())
    }

    /// Folds the probabilities, which few look at, into one group.
    fn fold(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let own = |name: &&String| name.ends_with("_p") && !name.starts_with("in_");
        let first = self.names.iter().position(|name| own(&name));
        let last = self.names.iter().rposition(|name| own(&name));
        if let (Some(first), Some(last)) = (first, last) {
            sheet.group_columns_collapsed(first as ColNum, last as ColNum)?;
        }
        Ok(())
    }
}

/// Red letters, whatever the cell's ground.
fn unsure_format() -> Format {
    Format::new()
        .set_font_color(Color::RGB(0xC0_00_00))
        .set_italic()
}

/// A column as formulas name it.
fn letters(column: ColNum) -> String {
    rust_xlsxwriter::utility::column_number_to_name(column)
}
