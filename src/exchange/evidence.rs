//! The cell `evidence` ⇄ spans of the text, and the units in which tools count them.

/// A span of a paragraph that speaks for a label: `text[start..end]`, byte offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// A frame's or target's key.
    pub key: String,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What a tool counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Unicode code points, as Python does.
    CodePoint,
    /// UTF-16 code units, as JavaScript does: an emoji counts two.
    Utf16,
}

impl Unit {
    fn width(self, c: char) -> usize {
        match self {
            Unit::CodePoint => 1,
            Unit::Utf16 => c.len_utf16(),
        }
    }

    /// A byte offset as the tool counts it.
    pub fn outward(self, text: &str, byte: usize) -> usize {
        text[..byte].chars().map(|c| self.width(c)).sum()
    }

    /// The byte offset of what the tool counted; `None` outside the text and within a character.
    pub fn inward(self, text: &str, offset: usize) -> Option<usize> {
        let mut counted = 0;
        for (byte, c) in text.char_indices() {
            if counted >= offset {
                return (counted == offset).then_some(byte);
            }
            counted += self.width(c);
        }
        (counted == offset).then_some(text.len())
    }
}

/// What a cell says: key and words. Words may hold quotation marks and bars, so a part ends only where the next key
/// begins. What is not of this form is left out.
pub(super) fn unpack(cell: &str, keys: &[&str]) -> Vec<(String, String)> {
    let openings: Vec<String> = keys.iter().map(|key| format!("{key}: \"")).collect();
    let mut found = Vec::new();
    let mut rest = cell.trim();
    while let Some(at) = openings.iter().position(|o| rest.starts_with(o.as_str())) {
        let after = &rest[openings[at].len()..];
        let next = openings
            .iter()
            .filter_map(|opening| after.find(&format!("\" | {opening}")))
            .min();
        let (words, further) = match next {
            Some(end) => (&after[..end], &after[end + "\" | ".len()..]),
            None => (after.strip_suffix('"').unwrap_or(after), ""),
        };
        found.push((keys[at].to_owned(), words.to_owned()));
        rest = further;
    }
    found
}

/// What of a cell can be told as spans, and what cannot: words that are not in the text and, where `overlap` is not
/// allowed, spans that overlap one that begins earlier.
pub(super) fn spans(
    text: &str,
    cell: &str,
    keys: &[&str],
    overlap: bool,
) -> (Vec<Piece>, Vec<(String, String)>) {
    let (mut pieces, mut lost) = (Vec::new(), Vec::new());
    for (key, words) in unpack(cell, keys) {
        match text.find(&words) {
            Some(start) if !words.is_empty() => pieces.push(Piece {
                key,
                start,
                end: start + words.len(),
            }),
            _ => lost.push((key, words)),
        }
    }
    if !overlap {
        pieces.sort_by_key(|piece| piece.start);
        let mut last = 0;
        pieces.retain(|piece| {
            let free = piece.start >= last;
            match free {
                true => last = piece.end,
                false => lost.push((piece.key.clone(), text[piece.start..piece.end].to_owned())),
            }
            free
        });
    }
    (pieces, lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::columns::packed_evidence;

    #[test]
    fn an_emoji_is_one_code_point_and_two_units() {
        let text = "🕊 Türkiye’nin тон";
        let start = text.find("тон").unwrap_or_default();
        assert_eq!(Unit::CodePoint.outward(text, start), 14);
        assert_eq!(Unit::Utf16.outward(text, start), 15);
        assert_eq!(Unit::CodePoint.inward(text, 14), Some(start));
        assert_eq!(Unit::Utf16.inward(text, 15), Some(start));
        assert_eq!(Unit::Utf16.inward(text, 1), None, "half an emoji");
        assert_eq!(Unit::Utf16.inward(text, 18), Some(text.len()));
        assert_eq!(Unit::Utf16.inward(text, 19), None);
    }

    #[test]
    fn a_cell_with_quotes_and_bars_in_its_words_is_read_as_it_was_packed() {
        let evidence = vec![
            ("offer".to_owned(), "the \"deal\" | he said".to_owned()),
            ("nato".to_owned(), "a | b".to_owned()),
            ("nato".to_owned(), "again".to_owned()),
        ];
        assert_eq!(
            unpack(&packed_evidence(&evidence), &["offer", "nato"]),
            evidence
        );
        assert_eq!(unpack("free text", &["offer"]), Vec::new());
    }

    #[test]
    fn spans_that_overlap_stay_behind_where_a_tool_cannot_hold_them() {
        let cell = "offer: \"a b c\" | nato: \"b c\" | russia: \"d\"";
        let keys = ["offer", "nato", "russia"];
        let (all, lost) = spans("a b c d", cell, &keys, true);
        assert_eq!((all.len(), lost.len()), (3, 0));
        let (some, lost) = spans("a b c d", cell, &keys, false);
        assert_eq!(some.len(), 2);
        assert_eq!(lost, [("nato".to_owned(), "b c".to_owned())]);
    }
}
