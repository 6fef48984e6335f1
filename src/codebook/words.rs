//! Text → words, folded so that capitals, decomposed letters and ё do not hide a name.
//!
//! Ranges point into the text as it was given: a word is cut first and normalised afterwards, so that no table of
//! offsets is needed.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One word of a text: letters, digits and their combining marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Bytes of the text it was cut from.
    pub range: Range<usize>,
    /// As written, composed, е for ё, without soft hyphens.
    pub written: String,
    /// [`Word::written`] in lower case, char for char, i for ı: what is looked up.
    pub folded: String,
    /// Two letters or more, none of them in lower case.
    pub capitals: bool,
}

impl Word {
    fn cut(text: &str, range: Range<usize>) -> Self {
        let written: String = text[range.clone()]
            .nfc()
            // A dot left over after composing comes from programs that turned İ into i and a dot.
            .filter(|c| !is_invisible(*c) && *c != '\u{307}')
            .map(without_dots)
            .collect();
        let folded = written.chars().map(fold).collect();
        let letters = written.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = letters > 1 && !written.chars().any(char::is_lowercase);
        Word {
            range,
            written,
            folded,
            capitals,
        }
    }
}

/// Cuts a text into words, in reading order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut start = None;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() {
            start.get_or_insert(at);
            end = at + c.len_utf8();
        } else if start.is_some() && is_combining_mark(c) {
            end = at + c.len_utf8();
        } else if !is_invisible(c)
            && let Some(start) = start.take()
        {
            found.push(Word::cut(text, start..end));
        }
    }
    if let Some(start) = start {
        found.push(Word::cut(text, start..end));
    }
    found
}

/// One spelling for what may stand between two words: a space, a hyphen, an apostrophe, or the text itself.
pub(super) fn gap(between: &str) -> String {
    let mut plain = String::with_capacity(between.len());
    for c in between.chars().filter(|c| !is_invisible(*c)) {
        match c {
            c if c.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' => plain.push('-'),
            c if is_apostrophe(c) => plain.push('\''),
            c => plain.push(c),
        }
    }
    plain
}

/// Straight, curly, modifier, full-width, and the accents typed for want of one.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '’' | '‘' | '‛' | 'ʼ' | '＇' | '′' | '`' | '´' | '‵'
    )
}

/// Lower case, one char for one char; dotted and dotless I are one letter, for `TÜRKIYE` is as common as `TÜRKİYE`.
pub(super) fn fold(c: char) -> char {
    match c {
        'İ' | 'I' | 'ı' => 'i',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

fn without_dots(c: char) -> char {
    match c {
        'ё' => 'е',
        'Ё' => 'Е',
        c => c,
    }
}

/// Soft hyphen, zero-width space and joiners, byte order mark: copied along from web pages, never seen.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}
