//! The help, whole, as a user reads it: a change of it is seen in review.

fn help(arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_demarche"))
        .args(arguments)
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn short_help_of_the_program_names_every_command() {
    insta::assert_snapshot!(help(&["-h"]));
}

#[test]
fn short_help_of_annotate_fits_a_screen() {
    let text = help(&["annotate", "-h"]);
    assert!(text.lines().count() <= 50, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn no_command_is_a_usage_error() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_demarche"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
