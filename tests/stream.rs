//! JSON lines in, JSON lines out.

use demarche::annotate::stream::{self, Options, Summary};
use demarche::codebook::Codebook;
use demarche::model::Model;
use serde_json::{Value, json};

use crate::util::{Workspace, model_or_skip};

fn options(documents: usize) -> Options {
    Options {
        codebook: Codebook::built_in(),
        corpus: demarche::corpus::Options::default(),
        max_batch_tokens: 1024,
        documents,
    }
}

fn answer(model: &Model, input: &str, options: &Options) -> (Summary, Vec<Value>, Vec<u8>) {
    let mut out = Vec::new();
    let summary = stream::run(model, options, &mut input.as_bytes(), &mut out).unwrap();
    let lines = std::str::from_utf8(&out).unwrap().lines();
    let objects = lines.map(|line| serde_json::from_str(line).unwrap());
    (summary, objects.collect(), out)
}

const ARTICLE: &str = "Talks in Ankara\\nRussia offered a truce, its envoy said in Ankara on Monday morning.\\nNATO accused Moscow of bad faith and of moving its troops during the talks.";

#[test]
fn every_line_is_answered_in_its_turn_with_all_its_fields() {
    let folder = model_or_skip!();
    let model = Model::open(folder).unwrap();
    let input = format!(
        "{{\"id\":\"a\",\"text\":\"{ARTICLE}\",\"score\":1.5,\"tags\":[\"x\",null]}}\n\
         not json\n\n\
         {{\"id\":\"b\",\"words\":3}}\n\
         {{\"id\":\"c\",\"text\":\"One line.\",\"paragraphs\":1}}\n\
         {{\"text\":\"{ARTICLE}\",\"id\":\"d\"}}\n"
    );
    let (summary, lines, bytes) = answer(&model, &input, &options(2));
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["score"], json!(1.5));
    assert_eq!(lines[0]["tags"], json!(["x", null]));
    let ids: Vec<&Value> = lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(
        ids,
        [
            &json!("a"),
            &Value::Null,
            &json!("b"),
            &json!("c"),
            &json!("d")
        ]
    );
    assert_eq!(lines[1]["error"]["line"], json!(2));
    assert!(
        lines[2]["error"]["reason"]
            .as_str()
            .unwrap()
            .contains("text")
    );
    assert!(
        lines[3]["error"]["reason"]
            .as_str()
            .unwrap()
            .contains("`paragraphs`")
    );
    assert_eq!(
        lines[3]["paragraphs"],
        json!(1),
        "what came in stays as it was"
    );
    assert_eq!((summary.documents, summary.errors), (5, 3));
    let paragraphs = lines[0]["paragraphs"].as_array().unwrap();
    assert_eq!(
        paragraphs.len() as u64 * 2,
        summary.labelled + summary.set_aside
    );
    assert!(
        paragraphs
            .iter()
            .all(|p| p["offer"].is_u64() && p["confidence"].is_f64())
    );
    for absent in ["review_rank", "reviewed", "audit", "document"] {
        assert!(paragraphs[0].get(absent).is_none(), "{absent}");
    }
    let (_, _, again) = answer(&model, &input, &options(2));
    assert_eq!(bytes, again);
}

#[test]
fn a_stream_says_what_the_sheet_says() {
    let folder = model_or_skip!();
    let model = Model::open(folder).unwrap();
    let workspace = Workspace::new();
    let rows: Vec<String> = (0..5)
        .map(|n| format!("{{\"id\":\"a{n}\",\"text\":\"{ARTICLE} Round {n}.\"}}\n"))
        .collect();
    workspace.write("in/rows.jsonl", &rows.concat());
    let (_, sheet) = workspace.annotate(&workspace.options(folder, "out.csv"));
    let (_, lines, _) = answer(&model, &rows.concat(), &options(3));
    let streamed: Vec<&Value> = lines
        .iter()
        .flat_map(|line| line["paragraphs"].as_array().unwrap())
        .collect();
    assert_eq!(streamed.len(), sheet.rows.len());
    for (paragraph, row) in streamed.iter().zip(&sheet.rows) {
        for column in [
            "row_id",
            "nato",
            "russia",
            "turkiye",
            "sentiment",
            "text_hash",
        ] {
            assert_eq!(paragraph[column].as_str().unwrap(), row[column], "{column}");
        }
        assert_eq!(paragraph["offer"].to_string(), row["offer"]);
    }
}

#[test]
fn the_program_answers_a_pipe_and_wants_nothing_else_with_it() {
    let folder = model_or_skip!();
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_demarche"));
    command
        .args([
            "annotate",
            "-",
            "-o",
            "-",
            "--batch-documents",
            "1",
            "--model",
        ])
        .arg(folder)
        .write_stdin("{\"text\":\"Moscow offered to host the talks in Sochi.\"}\n")
        .assert()
        .success()
        .stdout(predicates::str::contains(
            "\"paragraphs\":[{\"row_id\":\"p-",
        ));
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_demarche"));
    command
        .args(["annotate", "articles", "-o", "-"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("standard input alone"));
}
