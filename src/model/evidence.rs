//! The words behind a label: the best run of whole words, cut from the paragraph.

use unicode_segmentation::UnicodeSegmentation;

use crate::annotate::labels::Span;

/// Most words of one piece of evidence (codebook, section 5).
const LONGEST: usize = 15;
/// Fewest.
const SHORTEST: usize = 2;

/// What each piece says of where the evidence of a label begins and ends.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edges {
    /// Logit of the first piece, one a piece.
    pub starts: Vec<f32>,
    /// Logit of the last piece.
    pub ends: Vec<f32>,
}

/// The run of 2 to 15 words that most likely is a label's evidence.
///
/// `offsets` are the pieces' byte ranges in `text`; a word says what its loudest piece does. The run with the largest
/// sum of its first word's start and its last word's end wins, the earlier one on a tie; a text of one word gives that
/// word. `None` where the text has no word.
pub fn best_run(text: &str, offsets: &[(usize, usize)], edges: &Edges) -> Option<Span> {
    let words: Vec<(usize, usize)> = text
        .split_word_bound_indices()
        .filter(|(_, word)| word.chars().any(char::is_alphanumeric))
        .map(|(start, word)| (start, start + word.len()))
        .collect();
    let starts = of_words(&words, offsets, &edges.starts);
    let ends = of_words(&words, offsets, &edges.ends);
    let shortest = SHORTEST.min(words.len());
    let mut best: Option<(f32, usize, usize)> = None;
    for (first, start) in starts.iter().enumerate() {
        for (last, end) in ends.iter().enumerate().skip(first).take(LONGEST) {
            let sum = start + end;
            if last + 1 - first >= shortest && best.is_none_or(|(top, ..)| sum > top + 1e-6) {
                best = Some((sum, first, last));
            }
        }
    }
    best.map(|(_, first, last)| Span {
        start: words[first].0,
        end: words[last].1,
    })
}

/// The largest value among the pieces that touch each word.
fn of_words(words: &[(usize, usize)], offsets: &[(usize, usize)], values: &[f32]) -> Vec<f32> {
    let mut said = vec![f32::NEG_INFINITY; words.len()];
    let mut word = 0;
    for (&(start, end), &value) in offsets.iter().zip(values) {
        while word < words.len() && words[word].1 <= start {
            word += 1;
        }
        let mut touched = word;
        while touched < words.len() && words[touched].0 < end {
            said[touched] = said[touched].max(value);
            touched += 1;
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_the_likeliest_run_of_whole_words() {
        let text = "Kyiv said that Moscow's army shelled a school.";
        let offsets: Vec<(usize, usize)> = vec![
            (0, 4),
            (4, 9),
            (9, 14),
            (14, 23),
            (23, 28),
            (28, 34),
            (34, 36),
            (36, 38),
            (38, 46),
        ];
        let edges = Edges {
            starts: vec![-3.0, -2.0, -2.0, -1.0, -2.0, 2.0, -1.0, 0.0, -2.0],
            ends: vec![-3.0, -2.0, -2.0, -2.0, -2.0, 1.0, -1.0, -1.0, 2.0],
        };
        let span = best_run(text, &offsets, &edges).expect("there are words");
        assert_eq!(&text[span.start..span.end], "shelled a school");
        let alone = Edges {
            starts: vec![0.9],
            ends: vec![0.9],
        };
        assert_eq!(best_run("…", &[(0, 3)], &alone), None);
        let one = best_run("Nein!", &[(0, 5)], &alone).expect("one word");
        assert_eq!((one.start, one.end), (0, 4));
    }

    #[test]
    fn a_run_ends_after_it_begins_and_within_fifteen_words() {
        let text = "a b c d e f g h i j k l m n o p q r s t";
        let offsets: Vec<(usize, usize)> = (0..20).map(|i| (2 * i, 2 * i + 1)).collect();
        let peak = |at: usize| (0..20).map(|i| if i == at { 3.0 } else { 0.0 }).collect();
        let run = |first, last| {
            let edges = Edges {
                starts: peak(first),
                ends: peak(last),
            };
            let span = best_run(text, &offsets, &edges).expect("there are words");
            text[span.start..span.end].to_owned()
        };
        assert_eq!(run(3, 5), "d e f");
        assert!(run(0, 19).split(' ').count() <= 15);
        assert!(run(9, 4).split(' ').count() >= 2, "a run of its own");
    }
}
