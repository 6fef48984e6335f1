//! Where a paragraph names a target: the aliases of the whole codebook, looked up in one pass.
//!
//! A word is looked up by each of its beginnings in one table of stems, so the time taken grows with the text and not
//! with the number of aliases. The pattern language (`*`, `|`, capitals) is told in `default.toml`.

use std::collections::HashMap;
use std::ops::Range;

use super::endings::{self, Endings};
use super::words::{self, Word};
use super::{Alias, Codebook};

/// The compiled aliases and exclusions of a codebook.
///
/// ```
/// use demarche::codebook::{Codebook, MentionFinder};
/// let finder = MentionFinder::new(&Codebook::built_in());
/// let text = "Türkiye’nin çağrısına Moskova yanıt verdi.";
/// let [nato, russia, turkiye] = &finder.find(text)[..] else { unreachable!() };
/// assert!(nato.is_empty());
/// assert_eq!(&text[russia[0].clone()], "Moskova");
/// assert_eq!(&text[turkiye[0].clone()], "Türkiye’nin");
/// ```
#[derive(Debug, Clone)]
pub struct MentionFinder {
    /// Number of targets.
    targets: usize,
    patterns: Vec<Pattern>,
    /// Folded stem of a pattern's first word → the patterns that begin with it.
    by_stem: HashMap<String, Vec<usize>>,
}

#[derive(Debug, Clone)]
struct Pattern {
    target: usize,
    /// What it finds is taken out, not put in.
    exclusion: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    /// What stands before it, as [`words::gap`] spells it; empty for the first part.
    gap: String,
    word: WordPattern,
}

#[derive(Debug, Clone)]
enum WordPattern {
    /// A lone `*`.
    AnyWord,
    Like {
        stem: String,
        folded: String,
        any_case: bool,
        endings: Endings,
    },
}

impl MentionFinder {
    /// Compiles every alias and exclusion of a codebook.
    pub fn new(codebook: &Codebook) -> Self {
        let mut finder = MentionFinder {
            targets: codebook.targets().len(),
            patterns: Vec::new(),
            by_stem: HashMap::new(),
        };
        for (target, entry) in codebook.targets().iter().enumerate() {
            for (aliases, exclusion) in [(&entry.aliases, false), (&entry.exclusions, true)] {
                for alias in aliases {
                    for parts in parts(alias) {
                        finder.add(Pattern {
                            target,
                            exclusion,
                            parts,
                        });
                    }
                }
            }
        }
        finder
    }

    fn add(&mut self, pattern: Pattern) {
        // The codebook's reader refuses an alias that has no word or begins with a lone `*`.
        if let Some(Part {
            word: WordPattern::Like { folded, .. },
            ..
        }) = pattern.parts.first()
        {
            let stem = folded.clone();
            self.by_stem
                .entry(stem)
                .or_default()
                .push(self.patterns.len());
            self.patterns.push(pattern);
        }
    }

    /// Byte ranges of the mentions in `text`, one list a target in the codebook's order.
    ///
    /// Each list is sorted and without overlaps, the longest of the mentions that begin at a place taken. A range
    /// covers whole words with their endings, apostrophe included. Exclusions are already taken out.
    pub fn find(&self, text: &str) -> Vec<Vec<Range<usize>>> {
        let words = words::words(text);
        let mut mentions = vec![Vec::new(); self.targets];
        let mut exclusions = vec![Vec::new(); self.targets];
        for (at, word) in words.iter().enumerate() {
            let beginnings = word
                .folded
                .char_indices()
                .map(|(i, c)| &word.folded[..i + c.len_utf8()]);
            for pattern in beginnings.filter_map(|b| self.by_stem.get(b)).flatten() {
                let pattern = &self.patterns[*pattern];
                if let Some(end) = pattern.end(text, &words, at) {
                    let list = if pattern.exclusion {
                        &mut exclusions
                    } else {
                        &mut mentions
                    };
                    list[pattern.target].push(word.range.start..end);
                }
            }
        }
        mentions
            .into_iter()
            .zip(exclusions)
            .map(|(mentions, exclusions)| settle(mentions, &exclusions))
            .collect()
    }
}

impl Pattern {
    /// Where the pattern ends in the text if it matches from the word `at` on.
    fn end(&self, text: &str, words: &[Word], at: usize) -> Option<usize> {
        let words = &words[at..];
        if words.len() < self.parts.len() {
            return None;
        }
        for (i, (part, word)) in self.parts.iter().zip(words).enumerate() {
            let fits = (i == 0 || gap_fits(&part.gap, &text[between(&words[i - 1], word)]))
                && part.word.fits(word);
            if !fits {
                return None;
            }
        }
        let last = &words[self.parts.len() - 1];
        Some(match words.get(self.parts.len()) {
            Some(next) if is_suffix(text, last, next) => next.range.end,
            _ => last.range.end,
        })
    }
}

impl WordPattern {
    fn fits(&self, word: &Word) -> bool {
        let WordPattern::Like {
            stem,
            folded,
            any_case,
            endings,
        } = self
        else {
            return true;
        };
        let Some(ending) = word.folded.strip_prefix(folded.as_str()) else {
            return false;
        };
        let as_written = || {
            word.written
                .strip_prefix(stem.as_str())
                .is_some_and(|rest| !rest.chars().any(char::is_uppercase))
        };
        // USE in a headline is no form of US, so an acronym keeps its ending in lower case.
        let in_capitals = word.capitals && (ending.is_empty() || !endings::is_acronym(stem));
        if !(*any_case || in_capitals || as_written()) {
            return false;
        }
        match endings {
            Endings::Any => ending.chars().all(char::is_alphabetic),
            Endings::Of(allowed) => allowed.iter().any(|e| e == ending),
        }
    }
}

/// The alternatives of an alias, each as a row of words.
fn parts(alias: &Alias) -> Vec<Vec<Part>> {
    alternatives(&alias.text)
        .into_iter()
        .map(|text| {
            let words = words::words(&text);
            let mut parts = Vec::new();
            let mut before = 0;
            for (i, word) in words.iter().enumerate() {
                let between = &text[before..word.range.start];
                if i > 0 {
                    for _ in between.split_whitespace().filter(|chunk| *chunk == "*") {
                        parts.push(Part {
                            gap: " ".to_owned(),
                            word: WordPattern::AnyWord,
                        });
                    }
                }
                let starred = text[word.range.end..].starts_with('*');
                before = word.range.end + usize::from(starred);
                let written = if starred {
                    format!("{}*", word.written)
                } else {
                    word.written.clone()
                };
                let last = i + 1 == words.len();
                let (stem, endings) = endings::stem(&written, alias.language, last);
                let endings = match endings {
                    Endings::Of(list) => Endings::Of(
                        list.iter()
                            .map(|e| e.chars().map(words::fold).collect())
                            .collect(),
                    ),
                    Endings::Any => Endings::Any,
                };
                let any_case = !word.written.chars().any(char::is_uppercase);
                let gap = words::gap(&between.replace('*', ""));
                parts.push(Part {
                    gap,
                    word: WordPattern::Like {
                        folded: stem.chars().map(words::fold).collect(),
                        stem,
                        any_case,
                        endings,
                    },
                });
            }
            parts
        })
        .collect()
}

/// `Russian poet|writer` → `Russian poet`, `Russian writer`.
fn alternatives(alias: &str) -> Vec<String> {
    let mut rows = vec![String::new()];
    for chunk in alias.split_whitespace() {
        rows = rows
            .iter()
            .flat_map(|row| {
                chunk.split('|').map(move |word| {
                    if row.is_empty() {
                        word.to_owned()
                    } else {
                        format!("{row} {word}")
                    }
                })
            })
            .collect();
    }
    rows
}

fn between(left: &Word, right: &Word) -> Range<usize> {
    left.range.end..right.range.start
}

/// A space of an alias is also a hyphen of the text, a point also a point and a space.
fn gap_fits(wanted: &str, between: &str) -> bool {
    let found = words::gap(between);
    found == wanted || (wanted == " " && found == "-") || (wanted == "." && found == ". ")
}

/// An English possessive or a Turkish ending after an apostrophe: `Russia's`, `NATO’dan`, `TÜRKİYE'NİN`.
fn is_suffix(text: &str, name: &Word, next: &Word) -> bool {
    let mut gap = text[between(name, next)].chars();
    let apostrophe = gap.next().is_some_and(words::is_apostrophe) && gap.next().is_none();
    let letters = next.written.chars().all(char::is_alphabetic);
    let lower = !next.written.chars().any(char::is_uppercase);
    let upper = name.capitals && !next.written.chars().any(char::is_lowercase);
    apostrophe && letters && (lower || upper)
}

/// Drops what an exclusion touches, then keeps the longest mention at each place.
///
/// A mention longer than the exclusion stays: `People's Republic of China` where `Republic of China` is excluded.
fn settle(mut mentions: Vec<Range<usize>>, exclusions: &[Range<usize>]) -> Vec<Range<usize>> {
    mentions.retain(|mention| {
        !exclusions.iter().any(|out| {
            let apart = out.end <= mention.start || mention.end <= out.start;
            let longer =
                mention.start <= out.start && out.end <= mention.end && mention.len() > out.len();
            !apart && !longer
        })
    });
    mentions.sort_by_key(|mention| (mention.start, usize::MAX - mention.end));
    let mut end = 0;
    mentions.retain(|mention| {
        let free = mention.start >= end;
        if free {
            end = mention.end;
        }
        free
    });
    mentions
}
