//! The methods appendix: what it tells is what stands in the files, and what it cannot know it says.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use demarche::annotate::{Silent, run};
use demarche::codebook::Codebook;
use demarche::error::Kind;
use demarche::methods::{Asked, Form, Methods, collect, write};
use demarche::model::store::{WEIGHTS, sha256_of};
use demarche::review;

use crate::util::{Sheet, Workspace, model_or_skip};

/// Rows of the audit sample in these tests.
const AUDIT: usize = 10;

/// Annotates a few articles into `out.csv`.
fn annotated(workspace: &Workspace, model: &std::path::Path) -> Sheet {
    let mut options = workspace.options(model, "out.csv");
    options.audit.rows = AUDIT;
    workspace.annotate(&options).1
}

type Row = HashMap<String, String>;

/// Writes a corrected copy.
fn corrected(
    workspace: &Workspace,
    sheet: &Sheet,
    name: &str,
    edit: impl Fn(usize, &mut Row),
) -> PathBuf {
    let path = workspace.path(name);
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.write_record(&sheet.header).unwrap();
    for (at, row) in sheet.rows.iter().enumerate() {
        let mut row = row.clone();
        edit(at, &mut row);
        writer
            .write_record(sheet.header.iter().map(|name| row[name].as_str()))
            .unwrap();
    }
    writer.flush().unwrap();
    path
}

fn of(sheets: &[PathBuf]) -> Methods {
    collect(&asked(sheets)).unwrap()
}

fn asked(sheets: &[PathBuf]) -> Asked {
    Asked {
        sheets: sheets.to_vec(),
        ..Asked::default()
    }
}

/// Marks the first rows of the audit sample as read, in the order of the sheet.
fn audit_read(sheet: &Sheet, rows: usize) -> impl Fn(usize, &mut Row) {
    let audited = (0..sheet.rows.len()).filter(|&at| sheet.rows[at]["audit"] == "1");
    let chosen: Vec<usize> = audited.take(rows).collect();
    move |at, row| {
        if chosen.contains(&at) {
            row.insert("reviewed".to_owned(), "x".to_owned());
        }
    }
}

#[test]
fn hashes_are_those_of_the_files_in_markdown_and_json() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(2);
    annotated(&workspace, model);
    let appendix = of(&[workspace.path("out.csv")]);
    assert_eq!(appendix.warnings, Vec::<String>::new());
    let (markdown, json) = (appendix.markdown(), appendix.text(Form::Json).unwrap());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let inputs = json["data"]["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 3);
    for input in inputs {
        let name = input["name"].as_str().unwrap();
        let hash = sha256_of(&workspace.path("in").join(name)).unwrap();
        assert_eq!(input["sha256"], hash.as_str());
        assert!(
            markdown.contains(&format!("| {name} |")) && markdown.contains(&hash),
            "{name}"
        );
    }
    let weights = sha256_of(&model.join(WEIGHTS)).unwrap();
    let sheet = sha256_of(&workspace.path("out.csv")).unwrap();
    assert_eq!(json["software"]["weights_sha256"], weights.as_str());
    assert_eq!(json["data"]["sheets"][0]["sha256"], sheet.as_str());
    assert_eq!(
        json["codebook"]["sha256"],
        Codebook::built_in().sha256().as_str()
    );
    for hash in [weights, sheet, Codebook::built_in().sha256()] {
        assert!(markdown.contains(&hash), "{hash}");
    }
    // Independent of the program: `sha256sum` of what `sha256sum` prints.
    let list: String = inputs
        .iter()
        .map(|i| {
            format!(
                "{}  {}\n",
                i["sha256"].as_str().unwrap(),
                i["name"].as_str().unwrap()
            )
        })
        .collect();
    let list = sha256_of(&workspace.write("list", &list)).unwrap();
    assert_eq!(json["data"]["inputs_sha256"], list.as_str());
    let folder = workspace.path("").to_string_lossy().into_owned();
    assert!(
        !markdown.contains(folder.trim_end_matches('/')),
        "no place of a machine is told"
    );
}

#[test]
fn the_audits_sentences_change_with_what_was_read() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(3);
    let sheet = annotated(&workspace, model);
    let said = |rows: usize| {
        let path = corrected(&workspace, &sheet, "out.csv", audit_read(&sheet, rows));
        of(&[path]).markdown()
    };
    let drawn = format!(
        "{AUDIT} of the {} labelled paragraphs were drawn",
        sheet.rows.len()
    );
    let none = said(0);
    assert!(
        none.contains(&drawn) && none.contains("No row was marked as read."),
        "{none}"
    );
    assert!(
        none.contains("No figure can be given for the whole sheet"),
        "{none}"
    );
    assert!(!none.contains("Precision, recall and F1"), "{none}");
    let some = said(4);
    assert!(
        some.contains("4 of the 10 rows of the random sample in the sheet"),
        "{some}"
    );
    assert!(
        some.contains("only if the analyst's choice of these had nothing to do with their labels")
    );
    assert!(
        some.contains("4 rows of the random sample were read: too few"),
        "{some}"
    );
    let all = said(AUDIT);
    assert!(
        all.contains("Measured on all 10 of the random sample"),
        "{all}"
    );
    assert!(
        !all.contains("only if the analyst's choice") && all.contains("too few"),
        "{all}"
    );
    assert!(
        !all.contains("Only the rows that the analyst chose"),
        "{all}"
    );
}

#[test]
fn rows_that_the_analyst_chose_stand_apart_and_their_order_is_measured() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(2);
    let sheet = annotated(&workspace, model);
    let rank = |row: &Row| row["review_rank"].parse::<u64>().unwrap();
    let mut others: Vec<u64> = sheet
        .rows
        .iter()
        .filter(|r| r["audit"] != "1")
        .map(rank)
        .collect();
    others.sort_unstable();
    let read = |ranks: Vec<u64>| {
        let path = corrected(&workspace, &sheet, "out.csv", |_, row| {
            if ranks.contains(&rank(row)) {
                row.insert("reviewed".to_owned(), "x".to_owned());
            }
        });
        of(&[path])
    };
    let first = read(others[..3].to_vec());
    assert_eq!(first.data.sheets[0].reading.chosen_least_certain, Some(3));
    let said = first.markdown();
    assert!(
        said.contains("they are the 3 outside the sample of which the model was least certain"),
        "{said}"
    );
    assert!(
        said.contains("**Not representative of the sheet.**"),
        "{said}"
    );
    let mixed = read(vec![others[0], others[others.len() - 1]]);
    assert_eq!(mixed.data.sheets[0].reading.chosen_least_certain, Some(1));
    assert!(
        mixed.markdown().contains("1 of them is among the 2"),
        "{}",
        mixed.markdown()
    );
}

#[test]
fn json_markdown_and_review_hold_the_same_numbers() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(3);
    let sheet = annotated(&workspace, model);
    let read = audit_read(&sheet, AUDIT);
    let path = corrected(&workspace, &sheet, "out.csv", |at, row| {
        read(at, row);
        if row["reviewed"] == "x" && at % 2 == 0 {
            let other = if row["offer"] == "1" { "0" } else { "1" };
            row.insert("offer".to_owned(), other.to_owned());
        }
    });
    let appendix = of(std::slice::from_ref(&path));
    let json: serde_json::Value =
        serde_json::from_str(&appendix.text(Form::Json).unwrap()).unwrap();
    let markdown = appendix.markdown();
    let expected = review::report(&review::read(&[path]).unwrap());
    let audit = expected.sheets[0].audit.as_ref().unwrap();
    for (label, told) in audit
        .labels
        .iter()
        .zip(json["figures"][0]["audit"]["labels"].as_array().unwrap())
    {
        assert_eq!(told["label"], label.label.as_str());
        // No analyst and model may have found a holder in so few rows.
        let Some(right) = label.right else {
            assert!(label.cells == 0 && told["right"].is_null());
            continue;
        };
        assert_eq!(told["right"]["value"], right.value);
        let shown = match right.value == 1.0 && right.low == 1.0 {
            true => "1.00 (no fault seen)".to_owned(),
            false => format!("{:.2} ({:.2} to {:.2})", right.value, right.low, right.high),
        };
        let name = label.label.replace('_', "\\_");
        let cells = format!("| {name} | {} | {shown} |", label.cells);
        assert!(markdown.contains(&cells), "{cells}\n{markdown}");
    }
    let offer = &json["data"]["sheets"][0]["distribution"][0]["values"][0];
    let with = sheet
        .column("offer")
        .into_iter()
        .filter(|cell| *cell == "1")
        .count();
    assert_eq!(offer["model"], with);
    let now = Sheet::read(&workspace.path("out.csv"));
    let after = now
        .column("offer")
        .into_iter()
        .filter(|cell| *cell == "1")
        .count();
    assert_eq!(offer["now"], after);
    let of = sheet.rows.len() as f64;
    let row = format!(
        "| offer | 1 | {with} ({:.2}) | {after} ({:.2}) |",
        with as f64 / of,
        after as f64 / of
    );
    assert!(markdown.contains(&row), "{row}\n{markdown}");
}

#[test]
fn two_sheets_give_the_agreement_that_review_gives() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(3);
    let sheet = annotated(&workspace, model);
    let anna = corrected(&workspace, &sheet, "anna.csv", audit_read(&sheet, 8));
    let read = audit_read(&sheet, 6);
    let ben = corrected(&workspace, &sheet, "ben.csv", |at, row| {
        read(at, row);
        if row["reviewed"] == "x" && row["sentiment"] == "neutral" {
            row.insert("sentiment".to_owned(), "negative".to_owned());
        }
    });
    let sheets = [anna, ben];
    let mut asked = asked(&sheets);
    asked.run = Some(workspace.path("out.csv.run.json"));
    let appendix = collect(&asked).unwrap();
    assert_eq!(appendix.warnings, Vec::<String>::new());
    let expected = review::report(&review::read(&sheets).unwrap())
        .agreement
        .unwrap();
    let told = appendix.agreement.as_ref().unwrap();
    assert_eq!(
        (told.rows, told.differing_cells),
        (6, expected.differences.len())
    );
    let markdown = appendix.markdown();
    assert!(
        markdown.contains("6 rows were read in two or more of the sheets anna.csv and ben.csv"),
        "{markdown}"
    );
    assert!(
        markdown.contains("not the agreement of coders who label independently"),
        "{markdown}"
    );
    let sentiment = expected
        .labels
        .iter()
        .find(|l| l.label == "sentiment")
        .unwrap();
    let row = format!("| sentiment | 6 | {:.2} |", sentiment.same.unwrap());
    assert!(markdown.contains(&row), "{row}\n{markdown}");
    for name in ["anna.csv: ", "ben.csv: "] {
        assert!(
            markdown.contains(&format!("- {name}")),
            "limits are told by sheet"
        );
    }
}

#[test]
fn a_missing_record_is_told_and_run_names_it() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(1);
    let sheet = annotated(&workspace, model);
    let copy = corrected(&workspace, &sheet, "copy.csv", |_, _| {});
    let without = of(std::slice::from_ref(&copy));
    assert_eq!(without.warnings.len(), 1);
    assert!(
        without.warnings[0].contains("copy.csv.run.json"),
        "{:?}",
        without.warnings
    );
    let markdown = without.markdown();
    for words in [
        "What the input was is not known",
        "size and seed as drawn are not recorded",
        "The options of the run are not recorded",
        "version not recorded",
        "which were used is not recorded",
    ] {
        assert!(markdown.contains(words), "{words}\n{markdown}");
    }
    assert!(!markdown.contains("32-bit"), "{markdown}");
    let mut asked = asked(&[copy]);
    asked.run = Some(workspace.path("out.csv.run.json"));
    assert_eq!(collect(&asked).unwrap().warnings, Vec::<String>::new());
    // Another run's record is told apart by what it says of the model.
    let record = std::fs::read_to_string(workspace.path("out.csv.run.json")).unwrap();
    let name = sheet.rows[0]["model"].split(' ').next().unwrap();
    let other = record.replace(&format!("\"name\": \"{name}\""), "\"name\": \"elsewhere\"");
    asked.run = Some(workspace.write("other.run.json", &other));
    let warnings = collect(&asked).unwrap().warnings;
    assert!(
        warnings[0].contains("may be that of another sheet"),
        "{warnings:?}"
    );
    asked.run = Some(workspace.write("no.run.json", "{}"));
    let faults = collect(&asked).unwrap_err();
    assert!(
        faults[0]
            .to_string()
            .contains("no.run.json: is no record of a run"),
        "{}",
        faults[0]
    );
}

#[test]
fn texts_of_others_stay_in_their_cell() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(1);
    let name = "a|b `c` <b>*x*_y_[z](http:/.txt";
    let text = std::fs::read_to_string(workspace.path("in/000.txt")).unwrap();
    let name = name.replace('/', "\u{202E}\n");
    std::fs::write(
        workspace.path("in").join(&name),
        text.replace("Vienna", "Doha"),
    )
    .unwrap();
    annotated(&workspace, model);
    let record = std::fs::read_to_string(workspace.path("out.csv.run.json")).unwrap();
    let record = record.replace(
        "\"text_column\": null",
        "\"text_column\": \"```\\n| a | b\"",
    );
    workspace.write("out.csv.run.json", &record);
    let markdown = of(&[workspace.path("out.csv")]).markdown();
    let lines: Vec<&str> = markdown.lines().collect();
    let header = lines
        .iter()
        .position(|line| line.starts_with("| input |"))
        .unwrap();
    let table: Vec<&&str> = lines[header..]
        .iter()
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(table.len(), 2 + 3);
    for line in table {
        assert_eq!(line.matches('|').count(), 5, "{line}");
    }
    assert!(
        markdown.contains("a&#124;b \\`c\\` &lt;b&gt;\\*x\\*\\_y\\_\\[z\\](http:\u{FFFD} .txt"),
        "{markdown}"
    );
    assert!(!markdown.contains("<b>"), "{markdown}");
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("````")).count(),
        2,
        "{markdown}"
    );
    assert!(
        markdown.contains("--text-column '``` | a | b'"),
        "{markdown}"
    );
}

#[test]
fn a_codebook_that_is_not_the_sheets_is_warned_of_and_left_out() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(1);
    let sheet = annotated(&workspace, model);
    let path = workspace.path("out.csv");
    let meaning = "Somebody proposes, promises";
    assert!(of(std::slice::from_ref(&path)).markdown().contains(meaning));
    let mut asked = asked(std::slice::from_ref(&path));
    asked.codebook = Some(Codebook::parse(Codebook::EXAMPLE, "example.toml").unwrap());
    let other = collect(&asked).unwrap();
    assert_eq!(other.warnings.len(), 1);
    assert!(
        other.warnings[0].contains("The codebook given is"),
        "{:?}",
        other.warnings
    );
    let markdown = other.markdown();
    assert!(
        !markdown.contains(meaning) && markdown.contains("Its meanings are not told here"),
        "{markdown}"
    );
    assert!(
        markdown.contains(&other.warnings[0].replace('_', "\\_")),
        "{markdown}"
    );
    // A sheet of another codebook, without one given.
    corrected(&workspace, &sheet, "out.csv", |_, row| {
        row.insert("codebook".to_owned(), "mine 3".to_owned());
    });
    let foreign = of(&[path]);
    assert!(
        foreign
            .warnings
            .iter()
            .any(|w| w.contains("mine 3") && w.contains("--codebook")),
        "{:?}",
        foreign.warnings
    );
    assert!(foreign.codebook.content.is_none());
}

#[test]
fn a_sample_whose_marks_were_moved_is_found_out() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(2);
    let sheet = annotated(&workspace, model);
    let drawn = of(&[workspace.path("out.csv")]);
    assert_eq!(drawn.sampling.as_drawn, Some(true));
    assert!(
        drawn
            .markdown()
            .contains("Drawn again from the identifiers in the sheet, it is the rows")
    );
    let marked = (0..sheet.rows.len())
        .find(|&at| sheet.rows[at]["audit"] == "1")
        .unwrap();
    let free = (0..sheet.rows.len())
        .find(|&at| sheet.rows[at]["audit"] != "1")
        .unwrap();
    let moved = corrected(&workspace, &sheet, "out.csv", |at, row| {
        if at == marked || at == free {
            row.insert(
                "audit".to_owned(),
                if at == free { "1" } else { "" }.to_owned(),
            );
        }
    });
    let moved = of(&[moved]);
    assert!(
        moved.warnings[0].contains("marks were changed"),
        "{:?}",
        moved.warnings
    );
    let file = workspace.path("out.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.trim_end().rsplit_once('\n').unwrap().0).unwrap();
    let shorter = of(&[file]);
    assert_eq!(
        (shorter.sampling.as_drawn, shorter.warnings.len()),
        (None, 0)
    );
    assert!(
        shorter
            .limits
            .iter()
            .any(|l| l.contains("of the") && l.contains("labelled paragraphs")),
        "{:?}",
        shorter.limits
    );
}

#[test]
fn sheets_of_other_paragraphs_than_the_runs_are_warned_of() {
    let model = model_or_skip!();
    let (workspace, other) = (Workspace::with_articles(1), Workspace::new());
    annotated(&workspace, model);
    other.write(
        "in/b.txt",
        "Envoys meet\n\nThe envoys of both sides met in the capital on Monday.\n",
    );
    annotated(&other, model);
    let sheets = [other.path("out.csv"), workspace.path("out.csv")];
    let warnings = of(&sheets).warnings;
    let has = |words: &str| warnings.iter().any(|warning| warning.contains(words));
    assert!(
        has("but the run labelled 2: the record may be that of another sheet"),
        "{warnings:?}"
    );
    assert!(has("have no paragraph in common"), "{warnings:?}");
}

#[test]
fn limits_follow_from_the_data() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(1);
    workspace.write("in/ru.txt", "Переговоры продолжатся\n\nМинистры встретились в столице и обсудили проект договора о гарантиях.\n\nРеклама\n");
    let mut options = workspace.options(model, "out.csv");
    options.codebook = Codebook::parse(Codebook::EXAMPLE, "example.toml").unwrap();
    run(&options, &mut Silent).unwrap();
    let mut asked = asked(&[options.output.clone()]);
    asked.codebook = Some(options.codebook);
    let appendix = collect(&asked).unwrap();
    assert_eq!(appendix.warnings, Vec::<String>::new());
    let has = |words: &str| appendix.limits.iter().any(|limit| limit.contains(words));
    assert!(
        has("ukraine") && has("NATO, Russia and Türkiye"),
        "{:?}",
        appendix.limits
    );
    assert!(has("2 of "), "{:?}", appendix.limits);
    assert_eq!(appendix.data.sheets[0].cyrillic, Some(2));
    assert!(
        !has("chosen by the analyst") && !has("fewer than 10 times"),
        "{:?}",
        appendix.limits
    );
    let counts = appendix.data.counts.unwrap();
    assert_eq!(has("set aside by rule"), counts.set_aside > 0);
}

#[test]
fn an_output_is_written_whole_by_its_ending_and_never_over_an_input() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(1);
    annotated(&workspace, model);
    let asked = asked(&[workspace.path("out.csv")]);
    let appendix = collect(&asked).unwrap();
    let record = std::fs::read(workspace.path("out.csv.run.json")).unwrap();
    let over = write(&appendix, &asked, &workspace.path("out.csv.run.json")).unwrap_err();
    assert_eq!(over.kind(), Kind::Usage);
    assert_eq!(
        std::fs::read(workspace.path("out.csv.run.json")).unwrap(),
        record
    );
    let ending = write(&appendix, &asked, &workspace.path("m.docx")).unwrap_err();
    assert!(
        ending.advice().unwrap().contains("`.md` or `.json`"),
        "{ending}"
    );
    let demarche = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demarche"));
        command
            .current_dir(workspace.path(""))
            .arg("methods")
            .args(arguments)
            .output()
            .unwrap()
    };
    let first = demarche(&["out.csv"]);
    assert!(first.status.success() && first.stderr.is_empty());
    assert_eq!(
        first.stdout,
        demarche(&["out.csv", "-q"]).stdout,
        "same files, same bytes"
    );
    assert_eq!(
        String::from_utf8(first.stdout).unwrap(),
        appendix.markdown()
    );
    assert!(demarche(&["out.csv", "-o", "m.md"]).status.success());
    assert_eq!(
        std::fs::read_to_string(workspace.path("m.md")).unwrap(),
        appendix.markdown()
    );
    assert!(demarche(&["out.csv", "-o", "m.json"]).status.success());
    assert_eq!(
        std::fs::read(workspace.path("m.json")).unwrap(),
        demarche(&["out.csv", "--json"]).stdout
    );
    assert_eq!(demarche(&["out.csv", "-o", "m.txt"]).status.code(), Some(2));
}
