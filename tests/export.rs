//! The sheet and what lies beside it: names, order and form are a contract (`sheet.md`).

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use demarche::annotate::{Options, RowIds, Silent, run};
use demarche::codebook::Codebook;
use demarche::error::Kind;
use demarche::export::columns::{Columns, text_hash};
use demarche::export::csv::guard;
use demarche::export::run::utc;

use crate::util::{Told, Workspace, failure, model_or_skip};

#[test]
fn columns_have_the_names_and_the_order_of_the_contract() {
    let foreign = ["source".to_owned(), "date".to_owned()];
    let columns = Columns::new(&Codebook::built_in(), &foreign, "m 1");
    let names: Vec<&str> = columns
        .all()
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let expected = "row_id document title paragraph kind text \
        offer accusation skepticism nato russia turkiye nato_holder russia_holder turkiye_holder \
        sentiment evidence confidence review_rank reviewed note in_source in_date \
        offer_p accusation_p skepticism_p \
        nato_favorable_p nato_unfavorable_p nato_mixed_p nato_neutral_p nato_author_p nato_reported_p nato_both_p \
        russia_favorable_p russia_unfavorable_p russia_mixed_p russia_neutral_p \
        russia_author_p russia_reported_p russia_both_p \
        turkiye_favorable_p turkiye_unfavorable_p turkiye_mixed_p turkiye_neutral_p \
        turkiye_author_p turkiye_reported_p turkiye_both_p \
        sentiment_positive_p sentiment_neutral_p sentiment_negative_p \
        model_labels text_hash model codebook audit";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn row_ids_follow_from_document_text_and_occurrence() {
    let mut ids = RowIds::default();
    let first = ids.next("a.txt", "Talks resume");
    // Pinned, from an independent computation (Python's hashlib): review finds rows of older sheets by these.
    assert_eq!(first, "p-4adedfe7ac");
    let second = ids.next("a.txt", "Talks resume");
    let other = ids.next("b.txt", "Talks resume");
    assert!(first != second && first != other && second != other);
    let mut again = RowIds::default();
    assert_eq!(again.next("b.txt", "Talks resume"), other);
    assert_eq!(again.next("a.txt", "Talks resume"), first);
    assert_eq!(again.next("a.txt", "Talks resume"), second);
    assert!(first.len() == 12 && first[2..].bytes().all(|b| b.is_ascii_hexdigit()));
}

#[test]
fn row_ids_of_a_large_sheet_are_unique() {
    let mut ids = RowIds::default();
    let all: std::collections::HashSet<String> = (0..300_000)
        .map(|row| ids.next("table", if row % 3 == 0 { "same" } else { "other" }))
        .collect();
    assert_eq!(all.len(), 300_000);
}

#[test]
fn text_that_could_run_is_guarded() {
    for first in [
        "=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠",
    ] {
        let text = format!("{first}cmd|' /C calc'!A0");
        assert_eq!(guard(&text), format!("'{text}"));
    }
    for text in ["", "1-2", " =1", "–dash", "“quote”", "'tis", "Москва"] {
        assert_eq!(guard(text), text);
    }
}

#[test]
fn text_hash_is_the_beginning_of_sha256() {
    // `printf '%s' 'Türkiye' | sha256sum`
    assert_eq!(text_hash("Türkiye"), "d15b2145422e575c");
}

#[test]
fn times_are_told_in_utc() {
    let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(at(0), "1970-01-01T00:00:00Z");
    assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
    assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
    assert_eq!(at(1_795_563_005), "2026-11-24T23:30:05Z");
}

fn usage(options: &Options) -> (String, String) {
    let error = failure(run(options, &mut Silent));
    assert_eq!(error.kind(), Kind::Usage, "{error}");
    (
        error.to_string(),
        error.advice().unwrap_or_default().to_owned(),
    )
}

fn without_model(workspace: &Workspace, output: PathBuf) -> Options {
    Options::new(
        vec![workspace.path("in")],
        output,
        PathBuf::from("no-model"),
    )
}

#[test]
fn an_output_that_cannot_be_is_refused_before_any_work() {
    let workspace = Workspace::with_articles(1);
    let (said, hint) = usage(&without_model(&workspace, workspace.path("out.docx")));
    assert!(
        said.contains("`.docx`") && hint.contains("`.csv`"),
        "{said} {hint}"
    );
    usage(&without_model(&workspace, workspace.path("out")));
    let (said, hint) = usage(&without_model(&workspace, workspace.path("no/out.csv")));
    assert!(
        said.contains("folder does not exist") && hint.contains("mkdir"),
        "{said} {hint}"
    );
    std::fs::create_dir(workspace.path("d.csv")).unwrap();
    usage(&without_model(&workspace, workspace.path("d.csv")));
    let (said, _) = usage(&without_model(&workspace, workspace.path("in/table.csv")));
    assert!(said.contains("also an input"), "{said}");
    assert_eq!(workspace.names(), ["d.csv"]);
}

#[test]
fn sheet_has_the_form_that_excel_opens_right() {
    let workspace = Workspace::with_articles(2);
    let options = workspace.options(model_or_skip!(), "out.csv");
    let (summary, sheet) = workspace.annotate(&options);
    let text = std::fs::read_to_string(&options.output).unwrap();
    assert!(
        text.starts_with("\u{FEFF}\"row_id\",\"document\",\"title\","),
        "{text:.40}"
    );
    // LibreOffice splits at semicolons too unless told otherwise.
    assert!(text.contains(",\"offer="), "packed labels are quoted");
    assert_eq!(text.matches("\r\n").count(), sheet.rows.len() + 1);
    assert_eq!(text.matches('\n').count(), sheet.rows.len() + 1);
    let documents = sheet.column("document");
    assert_eq!(
        (documents[0], documents[documents.len() - 1]),
        ("000.txt", "a-2")
    );
    assert_eq!(
        sheet.rows[0]["row_id"],
        RowIds::default().next("000.txt", &sheet.rows[0]["text"])
    );
    let mut ranks: Vec<u64> = sheet
        .column("review_rank")
        .iter()
        .map(|r| r.parse().unwrap())
        .collect();
    ranks.sort_unstable();
    assert_eq!(ranks, (1..=summary.labelled).collect::<Vec<_>>());
    for row in &sheet.rows {
        assert!(["0", "1"].contains(&row["offer"].as_str()));
        assert!(["positive", "neutral", "negative"].contains(&row["sentiment"].as_str()));
        assert_eq!(row["confidence"].len(), 4, "{}", row["confidence"]);
        assert_eq!(row["offer_p"].len(), 6);
        assert_eq!(row["reviewed"], "");
        assert_eq!(row["codebook"], Codebook::built_in().label());
        let text = row["text"].strip_prefix('\'').unwrap_or(&row["text"]);
        assert_eq!(row["text_hash"], text_hash(text));
        assert_eq!(
            row["nato_favorable_p"].is_empty(),
            row["nato"] == "not_mentioned"
        );
        let holder = match row["russia_holder"].as_str() {
            "" => String::new(),
            holder => format!("/{holder}"),
        };
        let packed = format!(";russia={}{holder};", row["russia"]);
        assert!(
            row["model_labels"].contains(&packed),
            "{} {packed}",
            row["model_labels"]
        );
        assert_eq!(
            holder.is_empty(),
            ["neutral", "not_mentioned"].contains(&row["russia"].as_str())
        );
        for piece in row["evidence"]
            .split(" | ")
            .filter(|piece| !piece.is_empty())
        {
            let (_, words) = piece.split_once(": ").unwrap();
            assert!(text.contains(words.trim_matches('"')), "{piece}");
        }
    }
}

#[test]
fn a_tables_cells_pass_through_and_cannot_run() {
    let workspace = Workspace::with_articles(1);
    let mut options = workspace.options(model_or_skip!(), "out.csv");
    let (_, sheet) = workspace.annotate(&options);
    let of = |id: &str, kind: &str| {
        sheet
            .rows
            .iter()
            .find(|row| row["document"] == id && row["kind"] == kind)
            .unwrap()
    };
    assert_eq!(of("a-1", "body")["in_score"], "-5");
    assert_eq!(of("a-1", "body")["in_source"], "wire");
    assert_eq!(of("a-2", "body")["in_source"], "'-blog");
    assert_eq!(of("a-2", "body")["title"], "'=SUM(A1:A9)");
    assert_eq!(of("a-2", "title")["text"], "'=SUM(A1:A9)");
    assert!(of("a-2", "body")["text"].starts_with("'@minister"));
    assert_eq!(of("000.txt", "title")["in_source"], "");
    (options.delimiter, options.bom) = (b';', false);
    run(&options, &mut Silent).unwrap();
    let text = std::fs::read_to_string(&options.output).unwrap();
    assert!(
        text.starts_with("\"row_id\";\"document\";\"title\";"),
        "{text:.40}"
    );
}

#[test]
fn set_aside_paragraphs_are_told_always_and_shown_on_demand() {
    let workspace = Workspace::with_articles(1);
    let text = "Sofia hosts ministers\n\nRussia's envoy said that the talks had been useful and would go on in May.\n\nReklam yükleniyor...\n\nThe host thanked all who came to the palace, and promised to send the minutes within a week.\n";
    workspace.write("in/sofia.txt", text);
    let mut options = workspace.options(model_or_skip!(), "out.csv");
    let (summary, without) = workspace.annotate(&options);
    assert_eq!(summary.set_aside, 1);
    let record = std::fs::read_to_string(workspace.path("out.csv.run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let set_aside = &record["set_aside"][0];
    assert_eq!(
        (
            set_aside["document"].as_str(),
            set_aside["paragraph"].as_u64()
        ),
        (Some("sofia.txt"), Some(3))
    );
    assert_eq!(set_aside["text"], "Reklam yükleniyor...");
    assert!(!set_aside["reason"].as_str().unwrap().is_empty());
    options.keep_boilerplate = true;
    let (_, with) = workspace.annotate(&options);
    assert_eq!(with.rows.len(), without.rows.len() + 1);
    let row = with
        .rows
        .iter()
        .find(|row| row["kind"] == "boilerplate")
        .unwrap();
    for name in [
        "offer",
        "nato",
        "sentiment",
        "confidence",
        "review_rank",
        "offer_p",
        "model_labels",
    ] {
        assert_eq!(row[name], "", "{name}");
    }
    let kept = with
        .column("row_id")
        .into_iter()
        .filter(|id| *id != row["row_id"]);
    assert_eq!(kept.collect::<Vec<_>>(), without.column("row_id"));
}

#[test]
fn a_text_longer_than_an_excel_cell_is_kept_whole_and_told() {
    let workspace = Workspace::new();
    let long =
        "Ankara welcomed the plan to reopen the port and asked all sides to keep their word. "
            .repeat(400);
    workspace.write(
        "in/long.csv",
        &format!("id,text\nx,\"{}\"\n", long.trim_end()),
    );
    let options = workspace.options(model_or_skip!(), "out.csv");
    let mut told = Told::default();
    run(&options, &mut told).unwrap();
    let sheet = crate::util::Sheet::read(&options.output);
    assert_eq!(sheet.rows[0]["text"], long.trim_end());
    assert!(
        told.notes
            .iter()
            .any(|note| note.contains("32,767") && note.contains("x, paragraph 1")),
        "{:?}",
        told.notes
    );
}

#[test]
fn the_record_names_inputs_model_codebook_and_counts() {
    let workspace = Workspace::with_articles(1);
    let model = model_or_skip!();
    let options = workspace.options(model, "out.csv");
    let (summary, _) = workspace.annotate(&options);
    let record = std::fs::read_to_string(workspace.path("out.csv.run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let inputs = record["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 2);
    let path = Path::new(inputs[0]["path"].as_str().unwrap());
    assert_eq!(
        inputs[0]["sha256"],
        demarche::model::store::sha256_of(path).unwrap()
    );
    assert_eq!(inputs[0]["encoding"], "UTF-8");
    assert_eq!(record["codebook"]["sha256"], Codebook::built_in().sha256());
    assert_eq!(
        record["model"]["weights_sha256"].as_str().unwrap().len(),
        64
    );
    let count = |name: &str| record["counts"][name].as_u64().unwrap();
    assert_eq!(
        count("paragraphs"),
        count("labelled") + count("set_aside") + count("failed")
    );
    assert_eq!(count("paragraphs"), summary.paragraphs);
    assert!(record["times"]["seconds"].as_f64().unwrap() > 0.0);
}
