//! The words behind a label: the best run of whole words, cut from the paragraph.

use unicode_segmentation::UnicodeSegmentation;

use crate::annotate::labels::Span;

/// Most words of one piece of evidence (codebook, section 5).
const LONGEST: usize = 15;
/// Fewest.
const SHORTEST: usize = 2;

/// The run of 2 to 15 words whose pieces speak most for a label.
///
/// `offsets` are the pieces' byte ranges in `text`, `probabilities` what each piece says; a word says what its loudest
/// piece does. The run with the largest sum of (probability - `threshold`) wins, the earlier one on a tie; a text of
/// one word gives that word. `None` where the text has no word.
pub fn best_run(
    text: &str,
    offsets: &[(usize, usize)],
    probabilities: &[f32],
    threshold: f32,
) -> Option<Span> {
    let words: Vec<(usize, usize)> = text
        .split_word_bound_indices()
        .filter(|(_, word)| word.chars().any(char::is_alphanumeric))
        .map(|(start, word)| (start, start + word.len()))
        .collect();
    let mut said = vec![0.0f32; words.len()];
    let mut word = 0;
    for (&(start, end), &p) in offsets.iter().zip(probabilities) {
        while word < words.len() && words[word].1 <= start {
            word += 1;
        }
        let mut touched = word;
        while touched < words.len() && words[touched].0 < end {
            said[touched] = said[touched].max(p);
            touched += 1;
        }
    }
    let shortest = SHORTEST.min(words.len());
    let mut best: Option<(f32, usize, usize)> = None;
    for first in 0..words.len() {
        let mut sum = 0.0;
        for (last, loud) in said.iter().enumerate().skip(first).take(LONGEST) {
            sum += loud - threshold;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_the_loudest_run_of_whole_words() {
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
        let loud = [0.1, 0.2, 0.1, 0.6, 0.2, 0.9, 0.8, 0.7, 0.9];
        let span = best_run(text, &offsets, &loud, 0.5).expect("there are words");
        assert_eq!(&text[span.start..span.end], "shelled a school");
        assert_eq!(best_run("…", &[(0, 3)], &[0.9], 0.5), None);
        let one = best_run("Nein!", &[(0, 5)], &[0.1], 0.5).expect("one word");
        assert_eq!((one.start, one.end), (0, 4));
    }
}
