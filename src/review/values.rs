//! What a label cell may hold, and what spreadsheets make of it.

use crate::annotate::labels::{Holder, Sentiment, Stance};

/// What sort of label a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelKind {
    /// `1` or `0`.
    Frame,
    /// Stance toward a target.
    Stance,
    /// Whose stance it is.
    Holder,
    /// The paragraph's tone.
    Sentiment,
}

/// A value in the sheet's own word: `1`, `favorable`, `author`, `negative`.
pub type Value = &'static str;

/// The words of a true and a false cell: our own, and what Excel and LibreOffice make of TRUE and FALSE in the
/// languages they speak. A spreadsheet turns 1 into TRUE only when asked to, but then it says so in its own language.
const YES: &[&str] = &[
    "1",
    "true",
    "yes",
    "doğru",
    "evet",
    "истина",
    "да",
    "wahr",
    "ja",
    "vrai",
    "oui",
    "verdadero",
    "verdadeiro",
    "vero",
    "prawda",
    "tosi",
    "waar",
    "igaz",
    "pravda",
];
const NO: &[&str] = &[
    "0", "false", "no", "yanliş", "hayir", "ложь", "нет", "falsch", "nein", "faux", "non", "falso",
    "fałsz", "epätosi", "onwaar", "hamis", "nepravda",
];

impl LabelKind {
    /// The words that a cell may hold.
    pub fn allowed(self) -> Vec<Value> {
        match self {
            LabelKind::Frame => vec!["1", "0"],
            LabelKind::Stance => Stance::ALL.iter().map(|s| s.as_str()).collect(),
            LabelKind::Holder => Holder::ALL.iter().map(|h| h.as_str()).collect(),
            LabelKind::Sentiment => Sentiment::ALL.iter().map(|s| s.as_str()).collect(),
        }
    }

    /// What it is called in a message.
    pub fn noun(self) -> &'static str {
        match self {
            LabelKind::Frame => "a frame's value",
            LabelKind::Stance => "a stance",
            LabelKind::Holder => "a holder",
            LabelKind::Sentiment => "a sentiment",
        }
    }

    /// The value of a cell; case, spaces around it, and a space for `_` do not matter. `None` if it is none.
    pub fn parse(self, cell: &str) -> Option<Value> {
        let plain = plain(cell);
        if self == LabelKind::Frame {
            // Text of a number: `1.0` from a workbook, `1,0` from a locale with decimal commas.
            let plain = plain
                .strip_suffix(".0")
                .or_else(|| plain.strip_suffix(",0"))
                .unwrap_or(&plain);
            return match plain {
                p if YES.contains(&p) => Some("1"),
                p if NO.contains(&p) => Some("0"),
                _ => None,
            };
        }
        self.allowed().into_iter().find(|word| *word == plain)
    }

    /// The allowed value that is nearest to a cell that holds none, if any is near.
    pub fn nearest(self, cell: &str) -> Option<Value> {
        let plain = plain(cell);
        self.allowed()
            .into_iter()
            .map(|word| (strsim::jaro_winkler(&plain, word), word))
            .filter(|(alike, _)| *alike > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, word)| word)
    }
}

/// Lower case, `ı` and what `İ` leaves behind as `i`; `_` for spaces and hyphens; no guard apostrophe.
fn plain(cell: &str) -> String {
    cell.trim()
        .trim_start_matches('\'')
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| *c != '\u{307}')
        .map(|c| match c {
            ' ' | '-' | '\u{A0}' => '_',
            'ı' => 'i',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spreadsheets_make_of_a_one_is_a_one() {
        for cell in [
            "1",
            "1.0",
            "1,0",
            "TRUE",
            "DOĞRU",
            "ИСТИНА",
            "Wahr",
            " 1 ",
            "'1",
        ] {
            assert_eq!(LabelKind::Frame.parse(cell), Some("1"), "{cell}");
        }
        for cell in ["0", "0.0", "FALSE", "YANLIŞ", "ЛОЖЬ"] {
            assert_eq!(LabelKind::Frame.parse(cell), Some("0"), "{cell}");
        }
        assert_eq!(LabelKind::Frame.parse("2"), None);
    }

    #[test]
    fn words_are_taken_in_any_case_and_others_are_not() {
        assert_eq!(
            LabelKind::Stance.parse("Not mentioned"),
            Some("not_mentioned")
        );
        assert_eq!(LabelKind::Stance.parse("UNFAVORABLE "), Some("unfavorable"));
        assert_eq!(LabelKind::Stance.parse("favourable"), None);
        assert_eq!(LabelKind::Stance.nearest("favourable"), Some("favorable"));
        assert_eq!(LabelKind::Stance.nearest("xyz"), None);
        assert_eq!(LabelKind::Holder.nearest("auther"), Some("author"));
    }
}
