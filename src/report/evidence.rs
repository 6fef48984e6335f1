//! The cell `evidence` → where in the paragraph the words behind each label stand.

use std::ops::Range;

use regex::Regex;

/// The words behind a label, found in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which of the keys it speaks for.
    pub key: usize,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// Finds the words of a cell in a text.
///
/// A cell is `accusation: "…" | russia: "…"`. The words are copied from the text and may hold quotation marks, pipes,
/// even what looks like the next label; so an entry ends where the next known key begins, and where what is left is not
/// in the text, at the key after that. Words that are not in the text are left out.
///
/// ```
/// use demarche::report::evidence::find;
/// let marks = find(r#"offer: "said "yes" | twice""#, &["offer"], r#"She said "yes" | twice."#);
/// assert_eq!(marks[0].span, 4..22);
/// ```
pub fn find<K: AsRef<str>>(cell: &str, keys: &[K], text: &str) -> Vec<Mark> {
    let entries = entries(cell, keys);
    let mut marks = Vec::new();
    let mut at = 0;
    while let Some(entry) = entries.get(at) {
        let ends = entries[at + 1..].iter().map(|next| next.start);
        let ends = ends.chain([cell.len()]).enumerate();
        let found = ends.into_iter().find_map(|(further, end)| {
            let words = cell.get(entry.words..end)?.trim_end();
            let words = words.strip_suffix('|').unwrap_or(words).trim_end();
            let words = words.strip_suffix('"')?;
            Some((further, place(words, text)?))
        });
        at += 1;
        if let Some((further, span)) = found {
            // Keys inside the words were no keys.
            at += further;
            marks.push(Mark {
                key: entry.key,
                span,
            });
        }
    }
    marks
}

struct Entry {
    key: usize,
    start: usize,
    words: usize,
}

/// Every place where a known key may begin an entry.
fn entries<K: AsRef<str>>(cell: &str, keys: &[K]) -> Vec<Entry> {
    let starts = cell.match_indices(" | ").map(|(at, bar)| at + bar.len());
    let entry = |start: usize| {
        let rest = &cell[start..];
        let (key, after) = rest.split_once(": \"")?;
        let key = keys.iter().position(|known| known.as_ref() == key)?;
        Some(Entry {
            key,
            start,
            words: start + rest.len() - after.len(),
        })
    };
    [0].into_iter().chain(starts).filter_map(entry).collect()
}

/// Where words stand in a text: as whole words if they do anywhere, else wherever they are; first place of several,
/// since the sheet does not say which one was meant. White space may be another than in the text.
fn place(words: &str, text: &str) -> Option<Range<usize>> {
    if words.trim().is_empty() {
        return None;
    }
    let mut first = None;
    for (start, found) in text.match_indices(words) {
        let span = start..start + found.len();
        if is_whole(text, &span) {
            return Some(span);
        }
        first.get_or_insert(span);
    }
    first.or_else(|| {
        let parts: Vec<String> = words.split_whitespace().map(regex::escape).collect();
        let found = Regex::new(&parts.join(r"\s+")).ok()?.find(text)?;
        Some(found.range())
    })
}

fn is_whole(text: &str, span: &Range<usize>) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside = &text[span.clone()];
    let open = letter(text[..span.start].chars().next_back()) && letter(inside.chars().next());
    let shut = letter(text[span.end..].chars().next()) && letter(inside.chars().next_back());
    !open && !shut
}

/// A run of text and the marks that lie over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Places among the marks.
    pub marks: Vec<usize>,
    /// Those of them that end here.
    pub ends: Vec<usize>,
}

/// Cuts a text wherever a mark begins or ends, so that marks may overlap.
pub fn pieces(length: usize, marks: &[Mark]) -> Vec<Piece> {
    let mut cuts = vec![0, length];
    cuts.extend(marks.iter().flat_map(|m| [m.span.start, m.span.end]));
    cuts.sort_unstable();
    cuts.dedup();
    let with = |holds: &dyn Fn(&Mark) -> bool| -> Vec<usize> {
        (0..marks.len()).filter(|&at| holds(&marks[at])).collect()
    };
    cuts.windows(2)
        .map(|cut| Piece {
            span: cut[0]..cut[1],
            marks: with(&|m| m.span.start <= cut[0] && cut[1] <= m.span.end),
            ends: with(&|m| m.span.end == cut[1]),
        })
        .collect()
}
