//! Paragraphs → windows → batches under a budget of padded pieces.
//!
//! A paragraph longer than a window is read in overlapping windows, and every piece takes its vector from the window
//! in which it stands farthest from an edge: nothing is cut off, and each word is read with its neighbours.

use std::ops::Range;

use super::Prepared;
use crate::error::Result;

/// Pieces of one window, special pieces and context not counted.
pub const WINDOW: usize = 320;
/// Pieces that neighbouring windows share.
pub const OVERLAP: usize = 96;

/// The windows of a paragraph of `pieces` pieces, in order; one for short paragraphs, and for empty ones.
pub fn windows(pieces: usize) -> Vec<Range<usize>> {
    if pieces <= WINDOW {
        return std::iter::once(0..pieces).collect();
    }
    let step = WINDOW - OVERLAP;
    let count = (pieces - OVERLAP).div_ceil(step);
    // Spread evenly, so that the last window is as long as the others.
    (0..count)
        .map(|i| {
            let start = (pieces - WINDOW) * i / (count - 1).max(1);
            start..start + WINDOW
        })
        .collect()
}

/// For each piece, the window it takes its vector from and its place there.
pub fn owners(windows: &[Range<usize>], pieces: usize) -> Vec<(usize, usize)> {
    let depth = |w: &Range<usize>, p: usize| {
        let left = if w.start == 0 {
            usize::MAX
        } else {
            p - w.start
        };
        let right = if w.end == pieces {
            usize::MAX
        } else {
            w.end - 1 - p
        };
        left.min(right)
    };
    (0..pieces)
        .map(|p| {
            let (index, window) = windows
                .iter()
                .enumerate()
                .filter(|(_, w)| w.contains(&p))
                .max_by_key(|(i, w)| (depth(w, p), usize::MAX - i))
                .unwrap_or((0, &windows[0]));
            (index, p - window.start)
        })
        .collect()
}

/// Cuts inputs of the given lengths into batches of similar length, so that `count × longest ≤ budget`.
///
/// Longest first; ties by place, so that the plan depends on the lengths alone. Every batch has at least one input.
pub fn plan(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&i| (usize::MAX - lengths[i], i));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for i in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * lengths[batch[0]].max(1) <= budget => batch.push(i),
            _ => batches.push(vec![i]),
        }
    }
    batches
}

/// Runs `each` on every batch of a plan and gives what it says of each input, in the inputs' order.
///
/// `each` is handed the inputs of a batch and their places, and says one thing of each.
///
/// # Errors
/// The first that `each` gives.
pub fn in_order<T>(
    inputs: &[Prepared],
    budget: usize,
    mut each: impl FnMut(&[&Prepared], &[usize]) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let costs: Vec<usize> = inputs.iter().map(Prepared::cost).collect();
    let mut said: Vec<Option<T>> = inputs.iter().map(|_| None).collect();
    for batch in plan(&costs, budget) {
        let chosen: Vec<&Prepared> = batch.iter().map(|&i| &inputs[i]).collect();
        for (&i, one) in batch.iter().zip(each(&chosen, &batch)?) {
            said[i] = Some(one);
        }
    }
    Ok(said.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_piece_and_overlap() {
        for pieces in [0, 1, WINDOW, WINDOW + 1, 2 * WINDOW, 5000] {
            let windows = windows(pieces);
            assert_eq!(windows[0].start, 0);
            assert_eq!(windows[windows.len() - 1].end, pieces);
            for pair in windows.windows(2) {
                assert!(pair[1].start + OVERLAP <= pair[0].end, "{pieces}: {pair:?}");
            }
            assert!(windows.iter().all(|w| w.len() <= WINDOW));
            for (piece, (window, place)) in owners(&windows, pieces).into_iter().enumerate() {
                assert_eq!(windows[window].start + place, piece);
            }
        }
    }

    #[test]
    fn a_plan_holds_every_input_once_within_its_budget() {
        let lengths = [5, 300, 7, 7, 90, 12, 1, 4096];
        let plan = plan(&lengths, 400);
        let mut all: Vec<usize> = plan.concat();
        all.sort_unstable();
        assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
        for batch in plan {
            let longest = batch.iter().map(|&i| lengths[i]).max().unwrap_or(0);
            assert!(batch.len() == 1 || batch.len() * longest <= 400);
        }
    }
}
