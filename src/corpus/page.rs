//! HTML pages → the title and the blocks of their main text, and the lines that stand outside it.
//!
//! Which part of a page is the article is decided by dom_smoothie (Mozilla's Readability); here its result, clean
//! HTML, is cut where a browser would begin a new line. What it leaves out is kept too, so that it can be told.

use dom_smoothie::{Article, Readability};

use super::ParagraphKind;
use super::layout::{Block, ends_sentence};

/// Elements that do not end the paragraph they stand in.
const INLINE: [&str; 33] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// Elements whose content is no text.
const HIDDEN: [&str; 6] = ["script", "style", "template", "svg", "iframe", "noscript"];

/// So many words are text even without a stop.
const SHORTEST_TEXT: usize = 12;

/// A page, cut up.
pub(crate) struct Page {
    /// The title in its head.
    pub title: Option<String>,
    /// The article.
    pub blocks: Vec<Block>,
    /// The lines of the page that are not in the article, in order: menus, notices, teasers.
    pub outside: Vec<String>,
}

/// Finds a page's article, or `None` if it has none.
pub(crate) fn read(html: &str) -> Option<Page> {
    let Article { title, content, .. } = Readability::new(html, None, None).ok()?.parse().ok()?;
    let blocks = blocks(&content);
    let title = collapse(&title);
    // On a page without an article Readability settles for its menu: lines without a sentence among them.
    let is_text = |block: &Block| {
        ends_sentence(&block.text) || block.text.split_whitespace().count() >= SHORTEST_TEXT
    };
    let found = blocks.iter().any(is_text);
    found.then(|| Page {
        outside: outside(html, &title, &blocks),
        title: (!title.is_empty()).then_some(title),
        blocks,
    })
}

fn outside(html: &str, title: &str, article: &[Block]) -> Vec<String> {
    // The parser repairs the page and writes every character but five as it is, as `blocks` expects.
    let body = dom_query::Document::from(html).select("body").html();
    let inside: Vec<&str> = article.iter().map(|block| block.text.as_str()).collect();
    let inside = inside.join("\n");
    blocks(&body)
        .into_iter()
        .map(|block| block.text)
        .filter(|text| text != title && !inside.contains(text.as_str()))
        .collect()
}

/// Cuts serialised HTML at its block elements and line breaks.
fn blocks(html: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut text = String::new();
    let mut heading = false;
    let mut rest = html;
    while let Some((before, tag, after)) = next_tag(rest) {
        text.push_str(before);
        rest = after;
        let closing = tag.starts_with('/');
        let name = name(tag);
        if HIDDEN.contains(&name.as_str()) && !closing {
            rest = after_closing(rest, &name);
        } else if !name.is_empty() && !INLINE.contains(&name.as_str()) {
            flush(&mut text, heading, &mut blocks);
            if matches!(name.as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6") {
                heading = !closing;
            }
        }
    }
    text.push_str(rest);
    flush(&mut text, heading, &mut blocks);
    blocks
}

fn flush(text: &mut String, heading: bool, blocks: &mut Vec<Block>) {
    let whole = collapse(&unescape(text));
    text.clear();
    if !whole.is_empty() {
        blocks.push(Block {
            text: whole,
            kind: heading.then_some(ParagraphKind::Heading),
            gap: true,
            listed: false,
        });
    }
}

/// The text before the next tag, the tag without its brackets, and what follows it.
fn next_tag(html: &str) -> Option<(&str, &str, &str)> {
    let start = html.find('<')?;
    let inside = &html[start + 1..];
    if let Some(comment) = inside.strip_prefix("!--") {
        let end = comment.find("-->").map_or(comment.len(), |end| end + 3);
        return Some((&html[..start], "", &comment[end..]));
    }
    let mut quote = None;
    for (index, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((&html[..start], &inside[..index], &inside[index + 1..])),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn name(tag: &str) -> String {
    let tag = tag.trim_start_matches('/');
    let end = tag
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(tag.len());
    tag[..end].to_ascii_lowercase()
}

fn after_closing<'a>(html: &'a str, name: &str) -> &'a str {
    let closing = format!("</{name}");
    html.find(&closing).map_or("", |at| {
        let tail = &html[at..];
        tail.find('>').map_or("", |end| &tail[end + 1..])
    })
}

/// The characters that serialised HTML escapes; `&amp;` last, so that `&amp;lt;` stays `&lt;`.
fn unescape(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
