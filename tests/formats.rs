//! The sheet in every format: the same rows, typed as the format allows.

use std::collections::HashMap;

use calamine::{Data, Reader, Xlsx, open_workbook};
use demarche::annotate::{Silent, run};

use crate::util::{Sheet, Workspace, model_or_skip};

/// A run's CSV, and the same run in another format, as the path of its file.
fn both(
    workspace: &Workspace,
    ending: &str,
    model: &std::path::Path,
) -> (Sheet, std::path::PathBuf) {
    workspace.write(
        "in/sofia.txt",
        "Sofia hosts ministers\n\nRussia's envoy said that the talks had been useful and would go on in May.\n\n\
         Reklam yükleniyor...\n\nThe host thanked all who came, and promised to send the minutes within a week.\n",
    );
    let csv = workspace.options(model, "out.csv");
    run(&csv, &mut Silent).unwrap();
    let other = workspace.options(model, &format!("out.{ending}"));
    run(&other, &mut Silent).unwrap();
    (Sheet::read(&csv.output), other.output)
}

/// What stands in the CSV without the apostrophe that guards it there.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if demarche::export::csv::guard(rest) != rest => rest,
        _ => cell,
    }
}

#[test]
fn json_lines_hold_the_text_as_it_is_and_numbers_as_numbers() {
    let workspace = Workspace::with_articles(1);
    let (sheet, path) = both(&workspace, "jsonl", model_or_skip!());
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), sheet.rows.len());
    for (line, row) in text.lines().zip(&sheet.rows) {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).unwrap();
        assert_eq!(
            object.keys().collect::<Vec<_>>(),
            sheet.header.iter().collect::<Vec<_>>()
        );
        for (name, value) in object {
            let cell = &row[&name];
            match value {
                serde_json::Value::Null => assert_eq!(cell, "", "{name}"),
                serde_json::Value::String(text) => assert_eq!(text, unguarded(cell), "{name}"),
                serde_json::Value::Number(n) => {
                    assert_eq!(n.as_f64().unwrap(), cell.parse::<f64>().unwrap(), "{name}");
                }
                other => panic!("{name} is {other}"),
            }
        }
    }
    assert!(
        text.contains("\"text\":\"@minister"),
        "no apostrophe before the at sign"
    );
}

#[test]
fn parquet_has_a_typed_column_a_column() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let workspace = Workspace::with_articles(1);
    let (sheet, path) = both(&workspace, "parquet", model_or_skip!());
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut rows = 0;
    for (found, row) in reader.get_row_iter(None).unwrap().zip(&sheet.rows) {
        rows += 1;
        for (name, field) in found.unwrap().get_column_iter() {
            let cell = &row[name];
            match field {
                Field::Null => assert_eq!(cell, "", "{name}"),
                Field::Str(text) => assert_eq!(text, unguarded(cell), "{name}"),
                Field::Long(n) => assert_eq!(n.to_string(), *cell, "{name}"),
                Field::Double(n) => assert_eq!(*n, cell.parse::<f64>().unwrap(), "{name}"),
                other => panic!("{name} is {other}"),
            }
        }
    }
    assert_eq!(rows, sheet.rows.len());
}

#[test]
fn tab_separated_is_the_csv_with_tabs() {
    let workspace = Workspace::with_articles(1);
    let (sheet, path) = both(&workspace, "tsv", model_or_skip!());
    let bytes = std::fs::read(path).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .from_reader(bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap());
    let rows: Vec<HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows, sheet.rows);
}

#[test]
fn a_workbook_has_four_sheets_and_the_rows_of_the_csv() {
    let workspace = Workspace::with_articles(1);
    let (sheet, path) = both(&workspace, "xlsx", model_or_skip!());
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(
        workbook.sheet_names(),
        ["annotations", "summary", "codebook", "set aside"]
    );
    let annotations = workbook.worksheet_range("annotations").unwrap();
    let mut rows = annotations.rows();
    let header: Vec<String> = rows
        .next()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(header, sheet.header);
    let mut count = 0;
    for (found, row) in rows.zip(&sheet.rows) {
        count += 1;
        for (name, cell) in header.iter().zip(found) {
            match cell {
                Data::Empty => assert_eq!(row[name], "", "{name}"),
                Data::String(text) => assert_eq!(text, &row[name], "{name}"),
                Data::Float(n) => assert_eq!(*n, row[name].parse::<f64>().unwrap(), "{name}"),
                other => panic!("{name} is {other}"),
            }
        }
    }
    assert_eq!(count, sheet.rows.len());

    let summary = workbook.worksheet_range("summary").unwrap();
    let offers = summary
        .rows()
        .find(|row| row[0] == Data::String("offer".to_owned()))
        .unwrap();
    let expected = sheet.column("offer").iter().filter(|o| **o == "1").count();
    assert_eq!(offers[1], Data::Float(expected as f64));
    let aside = workbook.worksheet_range("set aside").unwrap();
    let texts: Vec<String> = aside.rows().map(|row| row[3].to_string()).collect();
    assert_eq!(texts, ["text", "Reklam yükleniyor..."]);
    let names = workbook.defined_names();
    let stances = names.iter().find(|(name, _)| name == "stances").unwrap();
    assert!(stances.1.starts_with("codebook!"), "{stances:?}");
}

#[test]
fn a_workbook_of_the_same_input_has_the_same_bytes() {
    let workspace = Workspace::with_articles(1);
    let model = model_or_skip!();
    let bytes = |name: &str| {
        let options = workspace.options(model, name);
        run(&options, &mut Silent).unwrap();
        std::fs::read(&options.output).unwrap()
    };
    assert!(bytes("a.xlsx") == bytes("b.xlsx"), "workbooks differ");
    assert!(
        bytes("a.parquet") == bytes("b.parquet"),
        "parquet files differ"
    );
}
