//! A TOML file under inspection: what a table holds, and every fault found in it with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Kind, Place};

/// The text of a codebook and what is wrong with it so far.
pub(super) struct Toml<'a> {
    file: &'a str,
    text: &'a str,
    faults: Vec<Error>,
}

impl<'a> Toml<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Toml {
            file,
            text,
            faults: Vec::new(),
        }
    }

    /// The faults, by line.
    pub fn into_faults(mut self) -> Vec<Error> {
        self.faults.sort_by_key(|fault| fault.place().line);
        self.faults
    }

    /// The line, from 1, on which a span begins.
    pub fn line(&self, span: &Range<usize>) -> u64 {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|byte| **byte == b'\n').count() as u64
    }

    pub fn fault(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let place = Place::file(self.file).line(self.line(span));
        let error = Error::new(Kind::Codebook, message).at(place).hint(hint);
        self.faults.push(error);
    }

    /// The text is no TOML: the parser's words at the parser's place.
    pub fn not_toml(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        self.fault(
            &span,
            format!("this is not valid TOML: {message}"),
            "texts stand in quotation marks, lists in [ ], and a key stands once in its table",
        );
    }

    /// Refuses keys of a table that mean nothing there.
    pub fn known(&mut self, table: &DeTable, allowed: &[&str], of: &str) {
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if !allowed.contains(&name) {
                let hint = choices(name, allowed);
                self.fault(&key.span(), format!("`{name}` is not a key of {of}"), hint);
            }
        }
    }

    /// A text that must be there and not be empty.
    pub fn required(
        &mut self,
        table: &DeTable,
        key: &str,
        of: &str,
        whole: &Range<usize>,
    ) -> Option<String> {
        let example = format!("write {key} = \"…\"");
        match table.get(key) {
            Some(value) => self.text(value, &format!("`{key}`"), &example),
            None => {
                self.fault(whole, format!("{of} has no `{key}`"), example);
                None
            }
        }
    }

    /// A value that must be a text and not be empty.
    pub fn text(&mut self, value: &Spanned<DeValue>, what: &str, hint: &str) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            DeValue::String(_) => {
                self.fault(&value.span(), format!("{what} is empty"), hint);
                None
            }
            _ => {
                self.fault(&value.span(), format!("{what} is not a text"), hint);
                None
            }
        }
    }

    /// The tables of `[[name]]`, each with its place.
    pub fn tables<'t>(
        &mut self,
        value: &'t Spanned<DeValue>,
        name: &str,
    ) -> Vec<(&'t DeTable<'t>, Range<usize>)> {
        let mut tables = Vec::new();
        let mut wrong = None;
        match value.get_ref() {
            DeValue::Array(items) => {
                for item in items.iter() {
                    match item.get_ref() {
                        DeValue::Table(table) => tables.push((table, item.span())),
                        _ => wrong = Some(item.span()),
                    }
                }
            }
            _ => wrong = Some(value.span()),
        }
        if let Some(span) = wrong {
            self.fault(
                &span,
                format!("`{name}` is not a list of tables"),
                format!("begin each {name} with [[{name}]], in two brackets"),
            );
        }
        tables
    }
}

/// `did you mean …?` where something is near, then all that is allowed.
pub(super) fn choices(word: &str, allowed: &[&str]) -> String {
    let near = |choice: &&&str| strsim::normalized_damerau_levenshtein(word, choice);
    let nearest = allowed
        .iter()
        .filter(|choice| near(choice) >= 0.5)
        .max_by(|a, b| near(a).total_cmp(&near(b)));
    let all = allowed.join(", ");
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? Allowed: {all}"),
        None => format!("allowed: {all}"),
    }
}
