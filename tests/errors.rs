//! What a tired analyst reads when something is wrong: where, what, and what to do; never a panic.

use std::process::Output;

use crate::util::{self, Workspace};

fn demarche(workspace: &Workspace, arguments: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_demarche"));
    command.current_dir(workspace.path(".")).args(arguments);
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert!(
        !text.contains("panicked") && !text.contains("backtrace"),
        "{text}"
    );
    (status.code().unwrap(), text)
}

fn refused(arguments: &[&str], files: &[(&str, &str)], words: &[&str]) {
    let workspace = Workspace::new();
    for (name, text) in files {
        workspace.write(name, text);
    }
    let (code, text) = demarche(&workspace, arguments);
    assert_eq!(code, 2, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
    assert!(!workspace.path("out.csv").exists());
}

const ARTICLE: (&str, &str) = (
    "a.txt",
    "Talks resume\n\nThe envoys met in Ankara on Monday and agreed to meet again.\n",
);

#[test]
fn a_missing_input_is_named() {
    refused(
        &["annotate", "nowhere.txt", "-o", "out.csv"],
        &[],
        &["error: ", "nowhere.txt"],
    );
}

#[test]
fn a_folder_with_nothing_readable_says_what_is_read() {
    refused(
        &["annotate", "in", "-o", "out.csv"],
        &[("in/picture.png", "x")],
        &["error: ", ".txt", ".csv", ".html"],
    );
}

#[test]
fn a_table_without_a_text_column_lists_its_columns() {
    refused(
        &["annotate", "t.csv", "-o", "out.csv"],
        &[("t.csv", "number,when\n1,2\n3,4\n")],
        &["t.csv", "`number`", "`when`", "--text-column"],
    );
}

#[test]
fn an_unknown_output_ending_is_refused_before_any_work() {
    refused(
        &["annotate", "a.txt", "-o", "out.docx"],
        &[ARTICLE],
        &["out.docx", ".csv"],
    );
}

#[test]
fn an_output_in_a_folder_that_is_not_there_says_mkdir() {
    refused(
        &["annotate", "a.txt", "-o", "no/out.csv"],
        &[ARTICLE],
        &["no/out.csv", "mkdir"],
    );
}

#[test]
fn a_broken_codebook_is_refused_with_its_line() {
    let codebook = "name = \"mine\"\nversion = \"1\"\nextends = \"built-in\"\n[[target]]\nkey = \"Ukraine!\"\nname = \"Ukraine\"\naliases = [\"Ukraine\"]\n";
    refused(
        &[
            "annotate",
            "a.txt",
            "-o",
            "out.csv",
            "--codebook",
            "mine.toml",
        ],
        &[ARTICLE, ("mine.toml", codebook)],
        &["mine.toml, line 5", "hint: "],
    );
}

#[test]
fn an_unknown_model_lists_those_there_are() {
    refused(
        &["annotate", "a.txt", "-o", "out.csv", "--model", "larg"],
        &[ARTICLE],
        &["there is no model `larg`", "`default`"],
    );
}

#[test]
fn a_wrong_option_is_a_usage_error() {
    refused(
        &[
            "annotate",
            "a.txt",
            "-o",
            "out.csv",
            "--max-batch-tokens",
            "many",
        ],
        &[ARTICLE],
        &["many"],
    );
    refused(
        &["annotate", "a.txt", "-o", "out.csv", "--delimiter", "ab"],
        &[ARTICLE],
        &["--delimiter"],
    );
}

#[test]
fn one_broken_row_of_a_table_is_named_and_the_others_are_annotated() {
    util::model_or_skip!();
    let workspace = Workspace::new();
    workspace.write(
        "t.csv",
        "id,text\nx1,The envoys met in Ankara on Monday.\nx2\nx3,NATO said nothing new.\n",
    );
    let (code, text) = demarche(&workspace, &["annotate", "t.csv", "-o", "out.csv"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("t.csv") && text.contains("row 3"), "{text}");
    let sheet = std::fs::read_to_string(workspace.path("out.csv")).unwrap();
    assert!(sheet.contains("x1") && sheet.contains("x3"));
}

#[test]
fn a_broken_line_of_a_jsonl_table_is_named() {
    util::model_or_skip!();
    let workspace = Workspace::new();
    workspace.write("t.jsonl", "{\"text\":\"The envoys met in Ankara.\"}\n{\"text\":\n{\"text\":\"NATO said nothing new.\"}\n");
    let (code, text) = demarche(&workspace, &["annotate", "t.jsonl", "-o", "out.csv"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("t.jsonl, line 2"), "{text}");
}

#[test]
fn standard_input_is_read() {
    use std::io::Write;
    util::model_or_skip!();
    let workspace = Workspace::new();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_demarche"))
        .current_dir(workspace.path("."))
        .args(["annotate", "-", "-o", "out.csv", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(ARTICLE.1.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(
        output.stderr.is_empty(),
        "--quiet says nothing: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let sheet = std::fs::read_to_string(workspace.path("out.csv")).unwrap();
    assert_eq!(sheet.lines().count(), 3, "{sheet}");
}
