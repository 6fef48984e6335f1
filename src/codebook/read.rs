//! TOML → [`Codebook`]: every fault with its line, what is allowed there and the nearest name.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::aliases;
use super::faults::Toml;
use super::{Codebook, Frame, Target, Value};
use crate::annotate::labels::{Holder, Sentiment, Stance};
use crate::error::Error;

const TOP: &[&str] = &[
    "name",
    "version",
    "extends",
    "frame",
    "stance",
    "holder",
    "sentiment",
    "target",
];
const FRAME: &[&str] = &["key", "name", "meaning"];
const TARGET: &[&str] = &["key", "name", "aliases", "exclusions"];

/// Columns of the sheet that are there whatever the codebook says (`sheet.md`), frames aside.
const COLUMNS: &[&str] = &[
    "row_id",
    "document",
    "title",
    "paragraph",
    "kind",
    "text",
    "sentiment",
    "evidence",
    "confidence",
    "review_rank",
    "reviewed",
    "note",
    "model_labels",
    "text_hash",
    "model",
    "codebook",
];

const BUILT_IN_TARGETS: &str = "the built-in targets";

/// Reads a codebook, or lists its faults by line (never an empty list).
///
/// `base` is what `extends = "built-in"` means and what sections left out are taken from; the built-in codebook
/// itself has none.
pub(super) fn codebook(
    text: &str,
    file: &str,
    base: Option<&Codebook>,
) -> Result<Codebook, Vec<Error>> {
    let mut reader = Reader {
        toml: Toml::new(file, text),
        taken: Vec::new(),
    };
    let read = match DeTable::parse(text) {
        Ok(table) => reader.codebook(table.get_ref(), base),
        Err(error) => {
            reader.toml.not_toml(&error);
            None
        }
    };
    let faults = reader.toml.into_faults();
    match read {
        Some(codebook) if faults.is_empty() => Ok(codebook),
        _ => Err(faults),
    }
}

/// What a codebook file says, section by section.
struct Reader<'a> {
    toml: Toml<'a>,
    /// Keys read so far and where each was met.
    taken: Vec<(String, String)>,
}

impl Reader<'_> {
    fn codebook(&mut self, top: &DeTable, base: Option<&Codebook>) -> Option<Codebook> {
        self.toml.known(top, TOP, "a codebook");
        let whole = 0..0;
        let name = self.toml.required(top, "name", "the codebook", &whole);
        let version = self.toml.required(top, "version", "the codebook", &whole);
        let extends = self.extends(top);

        let frames = match top.get("frame") {
            Some(value) => self.frames(value),
            None => base.map_or_else(Vec::new, |base| {
                let keys = base
                    .frames
                    .iter()
                    .map(|frame| (frame.key.clone(), "the built-in frames".to_owned()));
                self.taken.extend(keys);
                base.frames.clone()
            }),
        };
        let words: Vec<&str> = Stance::ALL.iter().map(|v| v.as_str()).collect();
        let stances = self.values(top, "stance", &words, base.map(|b| &b.stances));
        let words: Vec<&str> = Holder::ALL.iter().map(|v| v.as_str()).collect();
        let holders = self.values(top, "holder", &words, base.map(|b| &b.holders));
        let words: Vec<&str> = Sentiment::ALL.iter().map(|v| v.as_str()).collect();
        let base_values = base.map(|b| &b.sentiments);
        let sentiments = self.values(top, "sentiment", &words, base_values);

        let mut targets = match base {
            Some(base) if extends => base.targets.clone(),
            _ => Vec::new(),
        };
        let keys = targets
            .iter()
            .map(|target| (target.key.clone(), BUILT_IN_TARGETS.to_owned()));
        self.taken.extend(keys);
        match top.get("target") {
            Some(value) => {
                for (table, span) in self.toml.tables(value, "target") {
                    targets.extend(self.target(table, &span));
                }
            }
            None if targets.is_empty() => self.toml.fault(
                &whole,
                "the codebook has no target",
                "add a [[target]] with key, name and aliases, or write extends = \"built-in\"",
            ),
            None => {}
        }
        Some(Codebook {
            name: name?,
            version: version?,
            frames,
            stances,
            holders,
            sentiments,
            targets,
        })
    }

    fn extends(&mut self, top: &DeTable) -> bool {
        let Some(value) = top.get("extends") else {
            return false;
        };
        let built_in = matches!(value.get_ref(), DeValue::String(s) if s == "built-in");
        if !built_in {
            self.toml.fault(
                &value.span(),
                "`extends` takes one value only",
                "write extends = \"built-in\", or leave the line out",
            );
        }
        built_in
    }

    fn frames(&mut self, value: &Spanned<DeValue>) -> Vec<Frame> {
        let mut frames = Vec::new();
        for (table, span) in self.toml.tables(value, "frame") {
            self.toml.known(table, FRAME, "a frame");
            let key = self.key(table, "a frame", &span);
            let name = self.toml.required(table, "name", "the frame", &span);
            let meaning = self.toml.required(table, "meaning", "the frame", &span);
            if let (Some(key), Some(name), Some(meaning)) = (key, name, meaning) {
                frames.push(Frame { key, name, meaning });
            }
        }
        frames
    }

    /// The table `[stance]`, `[holder]` or `[sentiment]`: a meaning for each of the words, which the sheet fixes.
    fn values(
        &mut self,
        top: &DeTable,
        section: &str,
        words: &[&str],
        base: Option<&Vec<Value>>,
    ) -> Vec<Value> {
        let Some(value) = top.get(section) else {
            return base.cloned().unwrap_or_default();
        };
        let DeValue::Table(table) = value.get_ref() else {
            let hint = format!(
                "write [{section}], then a line such as {} = \"…\"",
                words[0]
            );
            self.toml
                .fault(&value.span(), format!("`{section}` is not a table"), hint);
            return Vec::new();
        };
        self.toml.known(table, words, &format!("`{section}`"));
        let what = format!("`{section}`");
        let meanings = words.iter().filter_map(|word| {
            let meaning = self.toml.required(table, word, &what, &value.span())?;
            let word = (*word).to_owned();
            Some(Value { word, meaning })
        });
        meanings.collect()
    }

    fn target(&mut self, table: &DeTable, span: &Range<usize>) -> Option<Target> {
        self.toml.known(table, TARGET, "a target");
        let key = self.key(table, "a target", span);
        let name = self.toml.required(table, "name", "the target", span);
        let aliases = match table.get("aliases") {
            Some(value) => aliases::read(&mut self.toml, value),
            None => Some(Vec::new()),
        };
        if aliases.as_ref().is_some_and(Vec::is_empty) {
            let example = name.as_deref().unwrap_or("Ukraine");
            let span = table.get("aliases").map_or(span.clone(), |v| v.span());
            self.toml.fault(
                &span,
                "a target without aliases would never be found",
                format!("list the words that name it: aliases = [\"{example}\"]"),
            );
        }
        let exclusions = match table.get("exclusions") {
            Some(value) => aliases::read(&mut self.toml, value),
            None => Some(Vec::new()),
        };
        Some(Target {
            key: key?,
            name: name?,
            aliases: aliases?,
            exclusions: exclusions?,
        })
    }

    /// The key of a frame or target: a column's name, so plain, new and no column of the sheet already.
    fn key(&mut self, table: &DeTable, of: &str, whole: &Range<usize>) -> Option<String> {
        let key = self.toml.required(table, "key", of, whole)?;
        let span = table.get("key").map_or(whole.clone(), |v| v.span());
        let mut letters = key.chars();
        let plain = letters.next().is_some_and(|c| c.is_ascii_lowercase())
            && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !plain {
            self.toml.fault(
                &span,
                format!("`{key}` cannot be the key of {of}"),
                format!(
                    "a key names a column: lower-case ASCII letters, digits and _, a letter first, such as `{}`",
                    plain_key(&key)
                ),
            );
            return None;
        }
        if COLUMNS.contains(&key.as_str()) {
            self.toml.fault(
                &span,
                format!("`{key}` is already a column of the sheet"),
                format!("choose another key, such as `{key}_state`"),
            );
            return None;
        }
        if key.ends_with("_p") || key.ends_with("_holder") || key.starts_with("in_") {
            self.toml.fault(
                &span,
                format!("`{key}` could be taken for another column of the sheet"),
                "a key neither ends in _p or _holder nor begins with in_",
            );
            return None;
        }
        if let Some((_, first)) = self.taken.iter().find(|(taken, _)| *taken == key) {
            let message = format!("the key `{key}` is used already, in {first}");
            let hint = if first == BUILT_IN_TARGETS {
                "choose another key; to change a built-in target, change a copy of the built-in codebook"
            } else {
                "give each frame and target its own key"
            };
            self.toml.fault(&span, message, hint);
            return None;
        }
        let line = self.toml.line(&span);
        self.taken.push((key.clone(), format!("line {line}")));
        Some(key)
    }
}

/// The nearest thing to `key` that may be one: `Güney Kore` → `guney_kore`.
fn plain_key(key: &str) -> String {
    let plain: String = key
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| {
            if c == 'ı' {
                'i'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let plain = plain.trim_matches(|c: char| c == '_' || c.is_ascii_digit());
    if plain.is_empty() {
        "ukraine".to_owned()
    } else {
        plain.to_owned()
    }
}
