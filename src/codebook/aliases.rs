//! A list of aliases or exclusions in a codebook: plain, or a table by language.

use toml::Spanned;
use toml::de::DeValue;

use super::faults::{Toml, choices};
use super::{Alias, Language, words};

/// Reads `["…", "…"]` or `{ en = […], tr = […], ru = […] }`; `None` if anything is wrong with it.
pub(super) fn read(toml: &mut Toml, value: &Spanned<DeValue>) -> Option<Vec<Alias>> {
    let mut aliases = Vec::new();
    let DeValue::Table(table) = value.get_ref() else {
        return list(toml, value, None, &mut aliases).then_some(aliases);
    };
    let mut whole = true;
    for (code, value) in table.iter() {
        let name: &str = code.get_ref();
        let known = Language::CODES.iter().find(|(known, _)| *known == name);
        if let Some((_, language)) = known {
            whole &= list(toml, value, Some(*language), &mut aliases);
        } else {
            let codes: Vec<&str> = Language::CODES.iter().map(|(code, _)| *code).collect();
            toml.fault(
                &code.span(),
                format!("the endings of `{name}` are not known"),
                format!(
                    "{}; other languages go into one plain list",
                    choices(name, &codes)
                ),
            );
            whole = false;
        }
    }
    whole.then_some(aliases)
}

fn list(
    toml: &mut Toml,
    value: &Spanned<DeValue>,
    language: Option<Language>,
    aliases: &mut Vec<Alias>,
) -> bool {
    let DeValue::Array(items) = value.get_ref() else {
        toml.fault(
            &value.span(),
            "the aliases are not a list",
            "write them in brackets: [\"Ukraine\", \"Kyiv\"]",
        );
        return false;
    };
    let mut whole = true;
    for item in items.iter() {
        let Some(text) = toml.text(
            item,
            "an alias",
            "write a name in quotation marks, or take it out",
        ) else {
            whole = false;
            continue;
        };
        if let Some((message, hint)) = fault(&text) {
            toml.fault(&item.span(), message, hint);
            whole = false;
        }
        aliases.push(Alias { text, language });
    }
    whole
}

/// What the finder could not use, or would find everywhere.
fn fault(alias: &str) -> Option<(String, &'static str)> {
    let chunks: Vec<&str> = alias.split_whitespace().collect();
    let has_word = |text: &str| !words::words(text).is_empty();
    if !has_word(alias) {
        return Some((
            format!("`{alias}` holds no word"),
            "an alias has letters or digits",
        ));
    }
    if chunks.first() == Some(&"*") || chunks.last() == Some(&"*") {
        return Some((
            format!("`{alias}` begins or ends with any word"),
            "a lone * stands between two words",
        ));
    }
    for chunk in chunks.iter().filter(|chunk| **chunk != "*") {
        for word in chunk.split('|') {
            if !has_word(word) {
                return Some((
                    format!("`{chunk}` has an alternative without a word"),
                    "| stands between two words, without spaces: Russian poet|writer",
                ));
            }
            if let Some(star) = word.find('*') {
                if star + 1 != word.len() {
                    return Some((
                        format!("`{word}` has a * inside"),
                        "* stands at the end of a word and means any ending",
                    ));
                }
                if word.chars().filter(|c| c.is_alphabetic()).count() < 3 {
                    return Some((
                        format!("`{word}` would match too many words"),
                        "write three letters at least before *",
                    ));
                }
            }
        }
    }
    None
}
