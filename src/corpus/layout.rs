//! Plain text → blocks: where one paragraph ends and the next begins.
//!
//! Files come in three layouts. In most, a line is a paragraph, with or without empty lines between them. In mail
//! and old archives lines are broken at 60 to 100 characters, and a paragraph is what stands between empty lines.
//! In corpora a line may be a sentence. One decision is made for the whole file, by evidence from all its lines:
//! joining what is not one paragraph, or cutting through a sentence, would spoil every row that follows.

use super::ParagraphKind;

/// The widest line that a hard-wrapped text has.
const WIDEST_WRAP: usize = 110;

/// A paragraph-to-be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub text: String,
    /// The kind, where the markup says it.
    pub kind: Option<ParagraphKind>,
    /// Whether an empty line follows.
    pub gap: bool,
    /// Whether it was marked as an item of a list and has lost the mark.
    pub listed: bool,
}

impl Block {
    /// Whether it is an item of a list, by a mark that was taken off or stands in its text.
    pub fn is_item(&self) -> bool {
        self.listed || is_list_item(&self.text)
    }
}

/// What the lines between two empty ones are to one another.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// Paragraphs.
    Paragraphs,
    /// Parts of one paragraph, broken at this many characters.
    Wrapped(usize),
    /// Sentences of one paragraph.
    Sentences,
}

/// Cuts a text into blocks, in order; only white space is left out.
pub(crate) fn blocks(text: &str, markdown: bool) -> Vec<Block> {
    let groups = groups(text, markdown);
    let layout = layout(&groups, markdown);
    let mut blocks = Vec::new();
    for group in &groups {
        let mut from = 0;
        for at in 1..=group.len() {
            if at == group.len() || parts(layout, group[at - 1], group[at], markdown) {
                blocks.push(block(&group[from..at], markdown));
                from = at;
            }
        }
        if let Some(last) = blocks.last_mut() {
            last.gap = true;
        }
    }
    blocks
}

/// The lines between empty lines, their indentation kept, the marks of a Markdown quotation taken off.
fn groups(text: &str, markdown: bool) -> Vec<Vec<&str>> {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut groups = vec![Vec::new()];
    // A CRLF gives an empty piece between its two characters: a line end is CRLF, LF or CR alone.
    for line in text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
    {
        for line in line.split(['\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}']) {
            let line = if markdown { unquoted(line) } else { line }.trim_end();
            match groups.last_mut() {
                Some(group) if !line.is_empty() => group.push(line),
                Some(group) if !group.is_empty() => groups.push(Vec::new()),
                _ => {}
            }
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn block(lines: &[&str], markdown: bool) -> Block {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    let text = lines.join(" ");
    if markdown {
        if let Some(heading) = marked_heading(&text) {
            return Block {
                text: heading.to_owned(),
                kind: Some(ParagraphKind::Heading),
                gap: false,
                listed: false,
            };
        }
        if let Some(item) = marked_item(&text) {
            return Block {
                text: unquoted(item).trim().to_owned(),
                kind: None,
                gap: false,
                listed: true,
            };
        }
    }
    Block {
        text,
        kind: None,
        gap: false,
        listed: false,
    }
}

/// Whether a new paragraph begins at `next`, the line after `line` with no empty one between.
fn parts(layout: Layout, line: &str, next: &str, markdown: bool) -> bool {
    if begins_item(next, markdown)
        || (markdown && [line, next].iter().any(|l| marked_heading(l).is_some()))
    {
        return true;
    }
    match layout {
        Layout::Paragraphs => true,
        Layout::Sentences => false,
        Layout::Wrapped(width) => {
            let indented = |line: &str| line.starts_with("  ") || line.starts_with('\t');
            let short = fill(line, next) * 4 <= width * 3;
            !starts_lower(next)
                && ((short && !line.ends_with([',', ';', '-', '–', '—']))
                    || (ends_sentence(line) && indented(next) && !indented(line)))
        }
    }
}

fn layout(groups: &[Vec<&str>], markdown: bool) -> Layout {
    let breaks: Vec<(&str, &str)> = groups
        .iter()
        .flat_map(|group| group.windows(2).map(|pair| (pair[0], pair[1])))
        .filter(|(_, next)| !begins_item(next, markdown))
        .collect();
    if breaks.is_empty() {
        return Layout::Paragraphs;
    }
    if let Some(width) = wrap_width(groups, &breaks) {
        return Layout::Wrapped(width);
    }
    if is_a_sentence_a_line(groups) {
        return Layout::Sentences;
    }
    Layout::Paragraphs
}

/// The width at which the text is hard-wrapped, if it is.
///
/// In wrapped text nearly every broken line is full (the next word would not have fitted), most stop in the middle
/// of a sentence, and many of the next lines begin with a small letter. Short paragraphs a line each fail the
/// second, a list of headlines the third.
fn wrap_width(groups: &[Vec<&str>], breaks: &[(&str, &str)]) -> Option<usize> {
    let mut widths: Vec<usize> = groups
        .iter()
        .filter(|group| group.len() > 1)
        .flatten()
        .filter(|line| line.contains(' '))
        .map(|line| line.chars().count())
        .collect();
    widths.sort_unstable();
    // One line in fifty may stick out: a link, a table.
    let width = *widths.get(widths.len().checked_sub(1 + widths.len() / 50)?)?;
    if width > WIDEST_WRAP {
        return None;
    }
    let share = |of: &dyn Fn(&(&str, &str)) -> bool| {
        breaks.iter().filter(|pair| of(pair)).count() as f64 / breaks.len() as f64
    };
    let full = share(&|(line, next)| fill(line, next) * 20 > width * 17);
    let open = share(&|(line, _)| !ends_sentence(line));
    let lower = share(&|(_, next)| starts_lower(next));
    (full >= 0.6 && open >= 0.5 && lower >= 0.3).then_some(width)
}

/// Whether lines are sentences and empty lines part the paragraphs: most groups have several lines, every line is
/// one whole sentence, and there are groups enough to see a habit in it.
fn is_a_sentence_a_line(groups: &[Vec<&str>]) -> bool {
    let several: Vec<_> = groups.iter().filter(|group| group.len() > 1).collect();
    let lines: Vec<_> = several.iter().flat_map(|group| group.iter()).collect();
    let sentences: usize = lines.iter().map(|line| sentences(line)).sum();
    several.len() >= 3
        && several.len() * 5 >= groups.len() * 3
        && lines.len() <= several.len() * 8
        && lines.iter().all(|line| ends_sentence(line))
        && sentences * 10 <= lines.len() * 11
}

/// How long `line` would be with the next word on it.
fn fill(line: &str, next: &str) -> usize {
    let word = next.split_whitespace().next().unwrap_or_default();
    line.chars().count() + 1 + word.chars().count()
}

fn sentences(line: &str) -> usize {
    let mut count = 1;
    let mut ended = false;
    for word in line.split_whitespace() {
        count += usize::from(ended && !starts_lower(word));
        ended = ends_sentence(word);
    }
    count
}

fn starts_lower(text: &str) -> bool {
    let first = text.chars().find(|c| c.is_alphanumeric());
    first.is_some_and(char::is_lowercase)
}

/// Whether a text ends with a final stop, perhaps inside quotation marks or brackets.
pub(crate) fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '”' | '’' | '»' | '“' | ')' | ']' | '*' | '_'
            )
    });
    text.ends_with(['.', '!', '?', '…', '。', '？', '！'])
}

/// Whether a line begins like an item of a list: `- `, `• `, `1. `, `2) `.
pub(crate) fn is_list_item(line: &str) -> bool {
    let line = line.trim_start();
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - after_number.len();
    let bullet = |rest: &str, marks: &[char]| {
        rest.strip_prefix(marks)
            .is_some_and(|rest| rest.starts_with([' ', '\t']))
    };
    match digits {
        0 => bullet(line, &['-', '*', '•', '–', '—', '·', '▪', '►', '●']),
        1 | 2 => bullet(after_number, &['.', ')']),
        _ => false,
    }
}

fn begins_item(line: &str, markdown: bool) -> bool {
    is_list_item(line) || (markdown && marked_item(line).is_some())
}

/// A line of Markdown without the marks of a quotation before it (`> `, `> > `).
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    while let Some(quoted) = rest.trim_start().strip_prefix('>') {
        rest = quoted.strip_prefix(' ').unwrap_or(quoted);
    }
    rest
}

/// The text of a Markdown list item (`- Text`, `* Text`, `+ Text`, `1. Text`, `1) Text`). A line of nothing but
/// marks, a rule across the page, is none.
fn marked_item(line: &str) -> Option<&str> {
    let line = line.trim();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match line.len() - number.len() {
        0 => line.strip_prefix(['-', '*', '+']),
        1 | 2 => number.strip_prefix(['.', ')']),
        _ => None,
    }?;
    let text = rest.trim_start();
    let is_text = text.contains(|c: char| !matches!(c, '-' | '*' | '_' | ' ' | '\t'));
    (rest.starts_with([' ', '\t']) && is_text).then_some(text)
}

/// The text of a Markdown heading (`## Text`, `## Text ##`).
fn marked_heading(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let heading = rest.trim();
    let text = heading.trim_end_matches('#');
    let heading = if text.ends_with(' ') {
        text.trim_end()
    } else {
        heading
    };
    (!heading.is_empty()).then_some(heading)
}
