//! The audit sample: rows drawn by chance, so that what is found in them can be said of the whole sheet.
//!
//! Analysts read the least certain rows first, where the model errs most; error rates seen there say nothing about the
//! rest. The rows marked here are a simple random sample of those with labels.

use std::collections::{BinaryHeap, HashSet};

use sha2::{Digest, Sha256};

/// How the sample is drawn. The same rows and seed give the same sample on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// How many rows; all, where there are fewer.
    pub rows: usize,
    /// Another seed draws another sample.
    pub seed: u64,
}

impl Audit {
    /// How many rows unless another number is asked for: a share of one half is then known to ±10 points.
    pub const ROWS: usize = 100;

    /// The sample of these ids, whatever their order.
    pub fn sample(&self, ids: impl Iterator<Item = String>) -> HashSet<String> {
        let mut draw = self.draw();
        ids.for_each(|id| draw.offer(id));
        draw.ids()
    }

    /// Begins to draw.
    pub(super) fn draw(&self) -> Draw {
        Draw {
            audit: *self,
            least: BinaryHeap::new(),
        }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Audit {
            rows: Self::ROWS,
            seed: 1,
        }
    }
}

/// Keeps the rows whose hash of seed and id is least: a sample without replacement, in one pass.
#[derive(Debug)]
pub(super) struct Draw {
    audit: Audit,
    /// The largest hash on top.
    least: BinaryHeap<([u8; 32], String)>,
}

impl Draw {
    /// Another row with labels.
    pub fn offer(&mut self, id: String) {
        let mut digest = Sha256::new();
        digest.update(self.audit.seed.to_le_bytes());
        digest.update(&id);
        self.least.push((digest.finalize().into(), id));
        if self.least.len() > self.audit.rows {
            self.least.pop();
        }
    }

    /// The ids of the sample.
    pub fn ids(self) -> HashSet<String> {
        self.least.into_iter().map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: usize, seed: u64) -> HashSet<String> {
        let mut draw = Audit { rows, seed }.draw();
        for id in 0..1000 {
            draw.offer(format!("p-{id:010x}"));
        }
        draw.ids()
    }

    #[test]
    fn a_seed_draws_the_same_rows_and_another_seed_others() {
        assert_eq!(drawn(100, 1).len(), 100);
        assert_eq!(drawn(100, 1), drawn(100, 1));
        let both = drawn(100, 1).intersection(&drawn(100, 2)).count();
        // Ten are to be expected.
        assert!((1..30).contains(&both), "{both}");
        assert_eq!(drawn(5000, 1).len(), 1000);
        assert!(drawn(0, 1).is_empty());
    }

    #[test]
    fn a_smaller_sample_is_part_of_a_larger_one() {
        assert!(drawn(10, 1).is_subset(&drawn(100, 1)));
    }
}
