//! Corrections become a model, or are refused.

use std::process::Command;

use crate::util::{Sheet, Workspace, model_or_skip};

/// Runs the program in the workspace; its exit code, stdout and stderr.
fn demarche(workspace: &Workspace, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_demarche"))
        .current_dir(workspace.path("."))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Annotates some articles, and writes the sheet again with the cells that `change` makes of a row.
fn corrected(
    workspace: &Workspace,
    model: &std::path::Path,
    name: &str,
    change: impl Fn(usize, &str, &str) -> Option<String>,
) {
    let options = workspace.options(model, "out.csv");
    let (_, sheet) = workspace.annotate(&options);
    let mut writer = csv::Writer::from_path(workspace.path(name)).unwrap();
    writer.write_record(&sheet.header).unwrap();
    for (number, row) in sheet.rows.iter().enumerate() {
        let cells = sheet.header.iter().map(|column| {
            let cell = row[column].as_str();
            change(number, column, cell).unwrap_or_else(|| cell.to_owned())
        });
        writer.write_record(cells).unwrap();
    }
    writer.flush().unwrap();
}

fn read_all(_: usize, column: &str, _: &str) -> Option<String> {
    (column == "reviewed").then(|| "x".to_owned())
}

#[test]
fn a_model_that_learned_can_be_used_and_its_card_tells_of_it() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(3);
    corrected(&workspace, model, "mine.csv", |number, column, cell| {
        if column == "skepticism" && number % 3 == 0 {
            return Some(if cell == "1" { "0" } else { "1" }.to_owned());
        }
        read_all(number, column, cell)
    });
    let model = model.to_str().unwrap();
    let arguments = ["learn", "mine.csv", "-o", "mine", "--model", model];
    let (code, out, error) = demarche(&workspace, &[&arguments[..], &["--even-if-worse"]].concat());
    assert_eq!(code, 0, "{error}");
    assert!(
        out.contains("held out (") && out.contains("samples (164 rows"),
        "{out}"
    );
    let card = std::fs::read_to_string(workspace.path("mine/README.md")).unwrap();
    assert!(
        card.contains("mine.csv") && card.contains("Before and after"),
        "{card}"
    );
    let again = workspace.options(&workspace.path("mine"), "again.csv");
    let (_, sheet) = workspace.annotate(&again);
    assert!(sheet.column("model").iter().all(|m| m.starts_with("mine ")));
    // A folder that is there is not replaced.
    let (code, _, error) = demarche(&workspace, &arguments);
    assert_eq!(code, 2);
    assert!(error.contains("there already"), "{error}");
    assert!(!workspace.path("mine.part").exists());
}

#[test]
fn too_few_rows_and_sheets_that_differ_are_refused() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(2);
    corrected(&workspace, model, "few.csv", |number, column, _| {
        (column == "reviewed" && number < 3).then(|| "x".to_owned())
    });
    let folder = model.to_str().unwrap();
    let learn = |sheets: &[&str]| {
        let rest = ["-o", "mine", "--model", folder];
        demarche(&workspace, &[&["learn"], sheets, &rest].concat())
    };
    let (code, _, error) = learn(&["few.csv"]);
    assert_eq!(code, 2);
    assert!(error.contains("3 rows were read"), "{error}");
    corrected(&workspace, model, "anna.csv", read_all);
    corrected(&workspace, model, "ben.csv", |number, column, cell| {
        if column == "offer" && number == 4 {
            return Some(if cell == "1" { "0" } else { "1" }.to_owned());
        }
        read_all(number, column, cell)
    });
    let (code, _, error) = learn(&["anna.csv", "ben.csv"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("different things of 1 rows") && error.contains("--adjudicate"),
        "{error}"
    );
    assert!(!workspace.path("mine").exists());
}

#[test]
fn a_target_that_the_analyst_added_is_learned_by_its_codebook_alone() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(2);
    let codebook = demarche::codebook::Codebook::EXAMPLE;
    let path = workspace.write("mine.toml", codebook);
    let mut options = workspace.options(model, "out.csv");
    options.codebook = demarche::codebook::Codebook::from_file(&path).unwrap();
    let (_, sheet) = workspace.annotate(&options);
    assert!(sheet.header.contains(&"ukraine".to_owned()));
    let text = std::fs::read_to_string(workspace.path("out.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let reviewed = header.iter().position(|name| name == "reviewed").unwrap();
    let mut writer = csv::Writer::from_path(workspace.path("mine.csv")).unwrap();
    writer.write_record(&header).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let cells = record.iter().enumerate();
        writer
            .write_record(cells.map(|(at, cell)| if at == reviewed { "x" } else { cell }))
            .unwrap();
    }
    writer.flush().unwrap();
    let model = model.to_str().unwrap();
    let arguments = ["learn", "mine.csv", "-o", "mine", "--model", model];
    let (code, _, error) = demarche(&workspace, &arguments);
    assert_eq!(code, 2);
    assert!(
        error.contains("no target `") && error.contains("--codebook"),
        "{error}"
    );
    let with = ["--codebook", "mine.toml", "--even-if-worse"];
    let (code, _, error) = demarche(&workspace, &[&arguments[..], &with].concat());
    assert_eq!(code, 0, "{error}");
    let _ = Sheet::read(&workspace.path("mine.csv"));
}
