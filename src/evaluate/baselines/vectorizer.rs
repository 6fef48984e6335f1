//! Text → TF-IDF of word and character n-grams, in the weighting of scikit-learn's `TfidfVectorizer`.

use std::collections::{BTreeMap, HashMap};

/// Rows of sparse features, one after another (compressed sparse rows).
#[derive(Debug, Clone, PartialEq)]
pub struct Sparse {
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl Sparse {
    /// No rows yet, `width` columns.
    pub fn new(width: usize) -> Self {
        Sparse {
            ends: Vec::new(),
            columns: Vec::new(),
            values: Vec::new(),
            width,
        }
    }

    /// Adds a row of `(column, value)` entries; every column must be below the width.
    ///
    /// # Panics
    /// Where a column is not: the caller's mistake, never the data's.
    pub fn push(&mut self, entries: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in entries {
            assert!(
                (column as usize) < self.width,
                "column {column} of {}",
                self.width
            );
            self.columns.push(column);
            self.values.push(value);
        }
        self.ends.push(self.columns.len());
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The entries of a row that are not 0.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        let range = start..self.ends[row];
        let columns = self.columns[range.clone()].iter();
        columns
            .zip(&self.values[range])
            .map(|(&c, &v)| (c as usize, f64::from(v)))
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grams {
    /// Runs of 1 to 2 words; a word is a run of letters, digits and `_`.
    Words,
    /// Runs of 3 to 5 characters inside words padded with a space each side (scikit-learn's `char_wb`).
    Characters,
}

impl Grams {
    /// Lower-cased text whose slices are the n-grams.
    fn prepare(self, text: &str) -> String {
        // The lower case of a Turkish `İ` is two characters, of which the second would end the word.
        let lower = text.to_lowercase().replace('\u{307}', "");
        let words: Vec<&str> = match self {
            Grams::Words => words(&lower).map(|(_, word)| word).collect(),
            Grams::Characters => lower.split_whitespace().collect(),
        };
        format!(" {} ", words.join(" "))
    }

    fn each<'t>(self, prepared: &'t str, mut count: impl FnMut(&'t str)) {
        // Where each character of a padded word starts, the end of the last included.
        let mut starts: Vec<usize> = Vec::new();
        let mut before: Option<usize> = None;
        let mut at = 1;
        for word in prepared.split_terminator(' ').skip(1) {
            let end = at + word.len();
            match self {
                _ if word.is_empty() => {}
                Grams::Words => {
                    count(word);
                    if let Some(before) = before {
                        count(&prepared[before..end]);
                    }
                    before = Some(at);
                }
                Grams::Characters => {
                    let padded = &prepared[at - 1..=end];
                    starts.clear();
                    starts.extend(padded.char_indices().map(|(start, _)| start));
                    starts.push(padded.len());
                    for n in 3..=5 {
                        // A word shorter than n counts once, whole, in place of its n-grams.
                        let last = (starts.len() - 1).saturating_sub(n);
                        for first in 0..=last {
                            let stop = (first + n).min(starts.len() - 1);
                            count(&padded[starts[first]..starts[stop]]);
                        }
                        if last == 0 {
                            break;
                        }
                    }
                }
            }
            at = end + 1;
        }
    }

    fn counts(self, prepared: &str) -> HashMap<&str, u32> {
        let mut counts = HashMap::new();
        self.each(prepared, |gram| *counts.entry(gram).or_default() += 1);
        counts
    }
}

/// The runs of letters, digits and `_` of a text, each with its first byte.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(word)?;
        let length = text[start..].find(|c| !word(c));
        rest = start + length.unwrap_or(text.len() - start);
        Some((start, &text[start..rest]))
    })
}

/// One kind of n-gram with the vocabulary and weights that were fitted.
///
/// A row's value of an n-gram is `(1 + ln tf) · idf` with `idf = ln((1 + N) / (1 + df)) + 1`, scaled so that the
/// row's length is 1: `TfidfVectorizer(sublinear_tf=True)` (Salton and Buckley, Information
/// Processing & Management 24, 1988; scikit-learn's smoothing).
#[derive(Debug, Clone)]
pub struct Vectorizer {
    grams: Grams,
    vocabulary: HashMap<String, (u32, f32)>,
}

impl Vectorizer {
    /// Learns the n-grams that stand in at least `min_df` of the texts.
    pub fn fit<T: AsRef<str>>(grams: Grams, min_df: u32, texts: &[T]) -> Self {
        let mut frequency: HashMap<String, u32> = HashMap::new();
        for text in texts {
            let prepared = grams.prepare(text.as_ref());
            for gram in grams.counts(&prepared).into_keys() {
                match frequency.get_mut(gram) {
                    Some(df) => *df += 1,
                    None => {
                        frequency.insert(gram.to_owned(), 1);
                    }
                }
            }
        }
        // In alphabetical order, so that the columns do not hang on the hash map's.
        let kept: BTreeMap<_, _> = (frequency.into_iter())
            .filter(|&(_, df)| df >= min_df)
            .collect();
        let n = texts.len() as f64;
        let idf = |df: u32| (((1.0 + n) / (1.0 + f64::from(df))).ln() + 1.0) as f32;
        let columns = kept.into_iter().zip(0u32..);
        Vectorizer {
            grams,
            vocabulary: columns
                .map(|((gram, df), column)| (gram, (column, idf(df))))
                .collect(),
        }
    }

    /// How many n-grams it knows.
    pub fn width(&self) -> usize {
        self.vocabulary.len()
    }

    /// The features of a text, by rising column; those it does not know are left out.
    pub fn transform(&self, text: &str) -> Vec<(u32, f32)> {
        let prepared = self.grams.prepare(text);
        let counts = self.grams.counts(&prepared);
        let known = counts.into_iter().filter_map(|(gram, tf)| {
            let &(column, idf) = self.vocabulary.get(gram)?;
            Some((column, (1.0 + (tf as f32).ln()) * idf))
        });
        let mut features: Vec<(u32, f32)> = known.collect();
        features.sort_unstable_by_key(|&(column, _)| column);
        let length = features.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
        if length > 0.0 {
            features.iter_mut().for_each(|(_, value)| *value /= length);
        }
        features
    }
}
