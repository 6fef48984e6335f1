//! `demarche explain`, as a user runs it.

use std::process::{Command, Stdio};

use crate::util;

fn explain(arguments: &[&str], colours: bool) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demarche"));
    command.arg("explain").args(arguments).stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    if colours {
        command.env("CLICOLOR_FORCE", "1");
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

const TEXT: &str = "Kyiv accused Moscow of shelling a hospital in Sumy; NATO's envoy listened.";

#[test]
fn a_paragraph_is_explained_label_by_label() {
    let model = util::model_or_skip!().to_str().unwrap();
    let (out, _, code) = explain(&["--model", model, TEXT], false);
    assert_eq!(code, Some(0));
    assert!(!out.contains('\u{1b}'), "no colours where nobody looks");
    let line = |name: &str| {
        let found = out.lines().find(|line| line.starts_with(name));
        found
            .unwrap_or_else(|| panic!("no line for {name}:\n{out}"))
            .to_owned()
    };
    assert!(line("accusation").contains(" yes "), "{out}");
    assert!(line("Russia").contains("unfavorable"), "{out}");
    assert!(line("Türkiye").ends_with("not mentioned"), "{out}");
    assert!(out.contains("named by \"Moscow\""), "{out}");
    // The words behind a label stand in the text.
    let accusation = line("accusation");
    let words = accusation.split('"').nth(1).unwrap();
    assert!(TEXT.contains(words), "{words}");
}

#[test]
fn on_a_terminal_the_words_are_coloured_and_the_text_stays_whole() {
    let model = util::model_or_skip!().to_str().unwrap();
    let (out, ..) = explain(&["--model", model, TEXT], true);
    let first = out.lines().next().unwrap();
    assert!(first.contains('\u{1b}'), "{first:?}");
    let mut plain = String::new();
    let mut escape = false;
    for c in first.chars() {
        match c {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            _ if !escape => plain.push(c),
            _ => {}
        }
    }
    assert_eq!(plain, TEXT);
}

#[test]
fn nothing_to_explain_is_said() {
    let (out, err, code) = explain(&["-"], false);
    assert_eq!((out.as_str(), code), ("", Some(2)));
    assert!(
        err.starts_with("error: there is no text to explain"),
        "{err}"
    );
}
