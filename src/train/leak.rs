//! Keeps held-out documents and texts out of training, whatever file they stand in.

use std::cell::OnceCell;
use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use memchr::memmem;
use unicode_normalization::UnicodeNormalization;

/// What must not be trained on: documents by name, texts by their letters and digits alone.
#[derive(Debug, Default)]
pub struct HeldOut {
    documents: HashSet<String>,
    texts: HashSet<String>,
    /// Texts long enough that standing inside another text is no accident, a line each.
    long: String,
    finder: OnceCell<Option<AhoCorasick>>,
}

/// A text of this many letters inside another one counts as the same text.
const LONG: usize = 60;

impl HeldOut {
    /// Holds out a document (if it has a name) and a text.
    pub fn add(&mut self, document: Option<&str>, text: &str) {
        if let Some(document) = document.filter(|d| !d.is_empty()) {
            self.documents.insert(document.to_owned());
        }
        let text = normalised(text);
        if text.len() >= LONG {
            self.long.push_str(&text);
            self.long.push('\n');
            self.finder.take();
        }
        if !text.is_empty() {
            self.texts.insert(text);
        }
    }

    /// Why a row must not be trained on, if so.
    pub fn reason(&self, document: &str, text: &str) -> Option<&'static str> {
        if self.documents.contains(document) {
            return Some("its document is held out");
        }
        let text = normalised(text);
        if self.texts.contains(&text) {
            return Some("its text is held out");
        }
        let finder = self
            .finder
            .get_or_init(|| AhoCorasick::new(self.long.lines()).ok());
        let contained = finder.as_ref().is_some_and(|f| f.is_match(&text))
            || (text.len() >= LONG
                && memmem::find(self.long.as_bytes(), text.as_bytes()).is_some());
        contained.then_some("it shares its text with a held-out row")
    }
}

/// Letters and digits in lower case, one space between words: what stays of a text when its dress is taken off.
pub fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_out_text_is_known_in_another_dress() {
        let mut held = HeldOut::default();
        held.add(
            Some("speech-1"),
            "“We WILL talk,” she said — twice, in the old harbour town, and again on Monday.",
        );
        let again = "we will talk she said... twice, in the old harbour town, and again on Monday!";
        assert!(held.reason("other", again).is_some());
        assert!(held.reason("speech-1", "Something else.").is_some());
        let longer = format!("An introduction. {again} More of it.");
        assert!(held.reason("other", &longer).is_some());
        assert_eq!(held.reason("other", "We will talk."), None);
    }
}
