//! Blocks → paragraphs: which is the title, which a heading, which is set aside; each gets its number.
//!
//! Every block becomes a paragraph. The one exception is told by the title itself: where a title comes from a
//! table's column or a page's head and the text begins with the same words, the two are one paragraph.

use super::boilerplate::{self, Surroundings};
use super::layout::{self, Block, ends_sentence};
use super::page::Page;
use super::{Paragraph, ParagraphKind};

/// The longest headline, in words.
const LONGEST_TITLE: usize = 30;

/// The longest heading, in words.
const LONGEST_HEADING: usize = 14;

/// The longest question that is a heading, in words.
const LONGEST_QUESTION: usize = 8;

/// So many times as long as a question are the paragraphs that it is a heading between.
const LONGER: usize = 2;

/// The form a text comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text file.
    Text,
    /// A Markdown file: `#` marks headings, `-`, `*`, `+`, `1.` list items, `>` quotations; the marks are taken off.
    Markdown,
    /// A table's cell.
    Cell,
}

/// Splits a text into numbered paragraphs and tells its title.
///
/// A title that is given becomes paragraph 1. Without one the first line is the title if it is short, has no full
/// stop, and an empty line or a much longer line follows.
///
/// ```
/// use demarche::corpus::paragraphs::{Form, split};
/// let (title, paragraphs) = split("Talks resume\n\nThe two sides met in Geneva. They will meet again.", None, Form::Text);
/// assert_eq!(title.as_deref(), Some("Talks resume"));
/// assert_eq!(paragraphs.len(), 2);
/// ```
pub fn split(text: &str, title: Option<&str>, form: Form) -> (Option<String>, Vec<Paragraph>) {
    let mut blocks = layout::blocks(text, form == Form::Markdown);
    let given = title.map(str::trim).filter(|title| !title.is_empty());
    if let Some(title) = given {
        put_title(title, &mut blocks);
    } else if let Some(title) = first_line_title(&blocks) {
        blocks[title].kind = Some(ParagraphKind::Title);
    }
    number(blocks)
}

/// The paragraphs of a page. Its lines outside the article come after the article's, set aside.
pub(crate) fn of_page(page: Page) -> (Option<String>, Vec<Paragraph>) {
    let mut blocks = page.blocks;
    if let Some(title) = page.title {
        put_title(&title, &mut blocks);
    }
    let (title, mut paragraphs) = number(blocks);
    let from = paragraphs.len() as u32 + 1;
    paragraphs.extend(
        page.outside
            .into_iter()
            .zip(from..)
            .map(|(text, number)| Paragraph {
                number,
                kind: ParagraphKind::Boilerplate,
                text,
                set_aside: Some("outside the page's article".to_owned()),
            }),
    );
    (title, paragraphs)
}

/// Puts a title before the blocks; a first block of the same words is that title.
fn put_title(title: &str, blocks: &mut Vec<Block>) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if blocks
        .first()
        .is_some_and(|first| words(&first.text) == words(title))
    {
        blocks.remove(0);
    }
    blocks.insert(
        0,
        Block {
            text: title.to_owned(),
            kind: Some(ParagraphKind::Title),
            gap: true,
            listed: false,
        },
    );
}

/// The index of the block that is the title. What a site puts before it (a notice, a link) is passed over.
fn first_line_title(blocks: &[Block]) -> Option<usize> {
    let at = blocks.iter().position(|block| {
        let alone = Surroundings::default();
        boilerplate::reason(&block.text, ParagraphKind::Body, &alone).is_none()
    })?;
    let (first, next) = (&blocks[at], blocks.get(at + 1)?);
    if first.kind == Some(ParagraphKind::Heading) {
        return Some(at);
    }
    let length = |block: &Block| block.text.chars().count();
    // Headlines ask and exclaim, but they do not end in a full stop, as a speech's first sentence does.
    let stops = first.text.trim_end().ends_with(['.', '…', ':', ';', ','])
        || (ends_sentence(&first.text) && !first.text.trim_end().ends_with(['!', '?']));
    let short = first.text.split_whitespace().count() <= LONGEST_TITLE;
    let apart = first.gap || length(next) >= 2 * length(first);
    (!stops && short && apart && !first.is_item()).then_some(at)
}

/// Gives each block its kind and number.
fn number(blocks: Vec<Block>) -> (Option<String>, Vec<Paragraph>) {
    let mut kinds = kinds(&blocks, &vec![false; blocks.len()]);
    let reasons = reasons(&blocks, &kinds);
    let aside: Vec<_> = reasons.iter().map(Option::is_some).collect();
    if aside.contains(&true) {
        // Now that it is known what the site added, a heading before it is followed by the text after it.
        kinds = self::kinds(&blocks, &aside);
    }
    let paragraphs: Vec<_> = blocks
        .into_iter()
        .zip(kinds)
        .zip(reasons)
        .zip(1..)
        .map(|(((block, kind), set_aside), number)| Paragraph {
            number,
            kind: if set_aside.is_some() {
                ParagraphKind::Boilerplate
            } else {
                kind
            },
            text: block.text,
            set_aside,
        })
        .collect();
    let title = paragraphs
        .iter()
        .find(|paragraph| paragraph.kind == ParagraphKind::Title)
        .map(|paragraph| paragraph.text.clone());
    (title, paragraphs)
}

fn reasons(blocks: &[Block], kinds: &[ParagraphKind]) -> Vec<Option<String>> {
    let surroundings = Surroundings::of(blocks, kinds);
    blocks
        .iter()
        .zip(kinds)
        .zip(&surroundings)
        .map(|((block, &kind), surroundings)| boilerplate::reason(&block.text, kind, surroundings))
        .collect()
}

/// The kinds, as the markup says them or as length, stops and neighbours show them. Blocks set `aside` are no
/// neighbours.
fn kinds(blocks: &[Block], aside: &[bool]) -> Vec<ParagraphKind> {
    let mut kinds: Vec<_> = blocks
        .iter()
        .map(|block| block.kind.unwrap_or(ParagraphKind::Body))
        .collect();
    let kept: Vec<usize> = (0..blocks.len()).filter(|&i| !aside[i]).collect();
    let like_heading = |&i: &usize| blocks[i].kind.is_none() && looks_like_heading(&blocks[i]);
    for (place, &index) in kept.iter().enumerate().skip(1) {
        // A heading stands over text, perhaps with a second one under it; three short lines in a row are a list.
        let before = kept[..place]
            .iter()
            .rev()
            .take_while(|i| like_heading(i))
            .count();
        let after = kept[place..].iter().take_while(|i| like_heading(i)).count();
        let over_text = place + after < kept.len();
        if after > 0 && before + after <= 2 && over_text {
            kinds[index] = ParagraphKind::Heading;
        }
    }
    for around in kept.windows(3) {
        let [before, block, after] = [around[0], around[1], around[2]].map(|i| &blocks[i]);
        if block.kind.is_none() && is_question_over_text(before, block, after) {
            kinds[around[1]] = ParagraphKind::Heading;
        }
    }
    kinds
}

/// Whether a block is a question that stands as a heading between longer paragraphs (`Who would pay?`), and not one
/// that somebody in the text asks: in quotation marks, after a dash, or after the speaker's name and a colon.
fn is_question_over_text(before: &Block, block: &Block, after: &Block) -> bool {
    let text = block.text.trim();
    let words = text.split_whitespace().count();
    let longer = |other: &Block| {
        other.text.split_whitespace().count() >= LONGER * words
            && other.text.chars().count() >= LONGER * text.chars().count()
    };
    let opens_high = text.starts_with(|c: char| c.is_alphanumeric() && !c.is_lowercase());
    text.ends_with('?')
        && words <= LONGEST_QUESTION
        && opens_high
        && !text
            .trim_end_matches('?')
            .contains(['?', '!', '…', ':', ';'])
        && !text.contains(['"', '“', '”', '„', '«', '»'])
        && !holds_sentence(text)
        && !block.is_item()
        && !before.text.trim_end().ends_with(':')
        && longer(before)
        && longer(after)
}

/// A short line without a final stop: what a heading looks like, wherever it stands.
fn looks_like_heading(block: &Block) -> bool {
    let text = &block.text;
    let words = text.split_whitespace().count();
    let first = text.chars().find(|c| c.is_alphanumeric());
    words <= LONGEST_HEADING
        && text.chars().count() <= 120
        && first.is_some_and(|c| !c.is_lowercase())
        && !ends_sentence(text)
        && !holds_sentence(text)
        && !text.trim_end().ends_with([':', ';', ','])
        && !block.is_item()
}

/// Whether a sentence ends inside a line, or a web address stands in it: a post, not a heading. Short words with a
/// point (`Mr.`, `U.S.`) end no sentence.
fn holds_sentence(text: &str) -> bool {
    let ends = |word: &str| ends_sentence(word) && word.chars().count() > 4;
    let mut words = text.split_whitespace().rev().skip(1);
    words.any(ends) || text.contains("://") || text.contains("pic.twitter.com")
}
