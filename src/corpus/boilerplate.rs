//! What a site adds to an article, set aside by rules, each with its reason in plain English.
//!
//! The rules stand in `boilerplate.toml`, as data. Setting aside needs evidence: a rule names words that only a
//! site says, and where words do not suffice it also asks for a place in the document. What no rule matches stays.
//! Titles are set aside by no rule: a document keeps its head, even one in capitals.

use std::sync::{LazyLock, OnceLock};

use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use serde::Deserialize;

use super::ParagraphKind;
use super::layout::Block;

/// How far from the first or last paragraph a rule for a document's edges reaches.
const EDGE: usize = 3;

/// A line of capitals is a link if it is at least this long; shorter ones are as likely headings.
const SHORTEST_LINK: usize = 8;

/// One rule of `boilerplate.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, in messages and tests.
    pub id: String,
    /// `en`, `tr`, `ru`, or `any`.
    pub language: String,
    /// Why a paragraph that it matches is set aside, for the analyst.
    pub reason: String,
    /// A regular expression, case ignored.
    pub pattern: String,
    /// It holds only for paragraphs of at most so many words.
    pub max_words: Option<usize>,
    /// The pattern must match the whole paragraph (final punctuation aside).
    #[serde(default)]
    pub whole: bool,
    /// What else must be so.
    pub only: Option<Only>,
    /// The list items after a paragraph that it matches go with it.
    #[serde(default)]
    pub opens_list: bool,
    /// The kinds of paragraph that it is for; headings and body if empty.
    #[serde(default)]
    pub kinds: Vec<ParagraphKind>,
}

/// A rule's condition on the paragraph's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// Among the first three paragraphs.
    AtStart,
    /// Among the last three of at least five paragraphs.
    AtEnd,
    /// Either of the two.
    AtEdge,
    /// Right before a list whose first item is a question.
    BeforeQuestions,
    /// A line of capitals in an article that is written in small letters and uses no capitals for its headings.
    CapitalsAmidText,
}

/// What a rule may ask about a paragraph's document. The default is that nothing is known: a paragraph alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Its number, from 1.
    number: usize,
    count: usize,
    capitals_are_links: bool,
    in_list_of_links: bool,
    before_questions: bool,
}

/// The built-in rules, in the order in which they are tried.
///
/// # Panics
/// If the built-in file is faulty; a test holds that it is not.
pub fn rules() -> &'static [Rule] {
    &RULES.rules
}

/// Why a paragraph is set aside, or `None` if it stays.
///
/// ```
/// use demarche::corpus::boilerplate::{Surroundings, reason};
/// use demarche::corpus::ParagraphKind::Body;
/// let alone = Surroundings::default();
/// assert_eq!(reason("Read also: Talks resume", Body, &alone).as_deref(), Some("a link to another article"));
/// assert_eq!(reason("Talks resume.", Body, &alone), None);
/// ```
pub fn reason(text: &str, kind: ParagraphKind, surroundings: &Surroundings) -> Option<String> {
    if let Some(rule) = matching(text, kind, surroundings) {
        return Some(rule.reason.clone());
    }
    let listed = surroundings.in_list_of_links && kind != ParagraphKind::Title;
    listed.then(|| "an item in a list of links".to_owned())
}

/// The first rule that sets a paragraph aside by itself, not as an item of a list.
pub fn matching(
    text: &str,
    kind: ParagraphKind,
    surroundings: &Surroundings,
) -> Option<&'static Rule> {
    let text = text.trim();
    let words = text.split_whitespace().count();
    let may_match = |rule: &Rule| {
        let kinds = if rule.kinds.is_empty() {
            &[ParagraphKind::Heading, ParagraphKind::Body][..]
        } else {
            &rule.kinds
        };
        kinds.contains(&kind)
            && rule.max_words.is_none_or(|most| words <= most)
            && rule
                .only
                .is_none_or(|only| surroundings.satisfy(only, text))
    };
    // Most paragraphs have more words than most rules allow, so that few patterns are tried.
    let mut rules = RULES.rules.iter().zip(&RULES.patterns);
    rules
        .find(|(rule, pattern)| may_match(rule) && pattern.is_match(text))
        .map(|(rule, _)| rule)
}

impl Surroundings {
    /// The surroundings of each block of a document, in order.
    pub(crate) fn of(blocks: &[Block], kinds: &[ParagraphKind]) -> Vec<Surroundings> {
        let paragraphs: Vec<_> = kinds
            .iter()
            .zip(blocks)
            .map(|(&kind, block)| (kind, block.text.as_str()))
            .collect();
        let capitals_are_links = capitals_are_links(&paragraphs);
        let mut in_list_of_links = false;
        let mut all = Vec::with_capacity(paragraphs.len());
        for (number, &(kind, text)) in (1..).zip(&paragraphs) {
            in_list_of_links &= blocks[number - 1].is_item();
            let mut surroundings = Surroundings {
                number,
                count: paragraphs.len(),
                capitals_are_links,
                in_list_of_links,
                before_questions: blocks
                    .get(number)
                    .is_some_and(|next| next.is_item() && next.text.contains('?')),
            };
            if let Some(rule) = matching(text, kind, &surroundings) {
                in_list_of_links |= rule.opens_list;
                surroundings.in_list_of_links = false;
            }
            all.push(surroundings);
        }
        all
    }

    fn satisfy(&self, only: Only, text: &str) -> bool {
        let start = self.number >= 1 && self.number <= EDGE;
        let end = self.count >= 5 && self.number + EDGE > self.count;
        match only {
            Only::AtStart => start,
            Only::AtEnd => end,
            Only::AtEdge => start || end,
            Only::BeforeQuestions => self.before_questions,
            Only::CapitalsAmidText => {
                self.capitals_are_links
                    && self.number > 1
                    && self.number < self.count
                    && in_capitals(text)
                    && text.split_whitespace().count() >= SHORTEST_LINK
            }
        }
    }
}

/// Whether long lines in capitals are links to other articles here, and not headings.
///
/// Against it speak an article written in capitals, short lines in capitals (an article that has such headings),
/// and capitals whose words come again in the text under them, as a heading's do.
fn capitals_are_links(paragraphs: &[(ParagraphKind, &str)]) -> bool {
    let (mut lines, mut small, mut short, mut echoed) = (0, 0, 0, 0);
    for (index, &(kind, text)) in paragraphs.iter().enumerate() {
        if !in_capitals(text) {
            small += 1;
        } else if kind != ParagraphKind::Title
            && index > 0
            && matching(text, kind, &Surroundings::default()).is_none()
        {
            lines += 1;
            let words = text.split_whitespace().count();
            short += usize::from((2..SHORTEST_LINK).contains(&words));
            echoed += usize::from(is_echoed(text, &paragraphs[index + 1..]));
        }
    }
    lines > 0 && small >= 3 * lines && short == 0 && echoed * 2 < lines
}

/// Whether half of a line's longer words come again in the text under it, up to the next line in capitals.
fn is_echoed(line: &str, below: &[(ParagraphKind, &str)]) -> bool {
    // The first letters stand for the word: `TALKS` and `talk`, `RUSSIA` and `Russian`.
    let stems = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= 4)
            .map(|word| word.to_lowercase().chars().take(5).collect())
            .collect()
    };
    let under: Vec<String> = below
        .iter()
        .take_while(|(_, text)| !in_capitals(text))
        .take(3)
        .flat_map(|(_, text)| stems(text))
        .collect();
    let words = stems(line);
    let again = words.iter().filter(|word| under.contains(word)).count();
    again * 2 >= words.len()
}

fn in_capitals(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (mut upper, mut lower) = (0, 0);
    for letter in letters {
        upper += usize::from(letter.is_uppercase());
        lower += usize::from(letter.is_lowercase());
    }
    upper >= 4 && lower * 10 <= upper
}

struct Rules {
    rules: Vec<Rule>,
    patterns: Vec<Pattern>,
}

/// A rule's pattern, compiled when it is first tried.
///
/// A hundred patterns with Unicode classes cost a quarter of a gigabyte as ordinary regexes, whose automata are built
/// for long texts. Here each stays what it was parsed into and is run as it is, which is faster too on the short
/// paragraphs that rules are tried on.
struct Pattern {
    source: String,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    fn new(source: String) -> Self {
        Pattern {
            source,
            compiled: OnceLock::new(),
        }
    }

    fn is_match(&self, text: &str) -> bool {
        let compile = || {
            let small = meta::Config::new()
                .hybrid(false)
                .dfa(false)
                .onepass(false)
                .which_captures(WhichCaptures::Implicit);
            let regex = Regex::builder().configure(small).build(&self.source);
            regex.expect("boilerplate.toml holds valid patterns")
        };
        self.compiled.get_or_init(compile).is_match(text)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    rule: Vec<Rule>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let file: RulesFile =
        toml::from_str(include_str!("boilerplate.toml")).expect("boilerplate.toml is valid TOML");
    let patterns = file.rule.iter().map(|rule| {
        Pattern::new(if rule.whole {
            format!(r"(?i)^\W*(?:{})\W*$", rule.pattern)
        } else {
            format!("(?i){}", rule.pattern)
        })
    });
    Rules {
        patterns: patterns.collect(),
        rules: file.rule,
    }
});
