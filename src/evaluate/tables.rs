//! A report as Markdown tables: for a terminal, the model card, a note.

use std::fmt::Write as _;

use super::details::Details;
use super::report::{Figure, Report, System};
use crate::annotate::labels::Stance;

fn shown(figure: &Option<Figure>) -> String {
    figure.map_or("-".to_owned(), |f| {
        format!("{:.3} ({:.3} to {:.3})", f.value, f.low, f.high)
    })
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{v:.3}"))
}

impl Report {
    /// The report as Markdown tables: for a terminal, the model card, a note.
    pub fn tables(&self) -> String {
        let mut out = String::new();
        let (boilerplate, found) = self.boilerplate;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}: {} labelled rows; {found} of {boilerplate} boilerplate rows set aside, {} labelled rows set aside by mistake\n",
            self.file, self.rows, self.wrongly_set_aside
        );
        let _ = writeln!(
            out,
            "Macro-F1 with 95 % bootstrap intervals over documents\n"
        );
        let _ = writeln!(
            out,
            "| system | frames | stance (favorable, unfavorable, neutral where mentioned) | sentiment |"
        );
        let _ = writeln!(out, "| --- | --- | --- | --- |");
        for s in &self.systems {
            let (frames, stance, tone) = (shown(&s.frames), shown(&s.stance), shown(&s.sentiment));
            let _ = writeln!(out, "| {} | {frames} | {stance} | {tone} |", s.name);
        }
        let each = |out: &mut String, what: &str, of: fn(&System) -> &Vec<(String, f64)>| {
            let Some(first) = self.systems.first() else {
                return;
            };
            let names: Vec<&str> = of(first).iter().map(|(n, _)| n.as_str()).collect();
            let _ = writeln!(out, "\n| {what} | {} |", names.join(" | "));
            let _ = writeln!(out, "| --- |{}", " --- |".repeat(names.len()));
            for s in &self.systems {
                let values: Vec<String> = of(s).iter().map(|(_, v)| format!("{v:.3}")).collect();
                let _ = writeln!(out, "| {} | {} |", s.name, values.join(" | "));
            }
        };
        each(&mut out, "F1", |s| &s.each_frame);
        each(&mut out, "stance macro-F1", |s| &s.each_target);
        if !self.comparisons.is_empty() {
            let _ = writeln!(
                out,
                "\n| model less | frames | stance |\n| --- | --- | --- |"
            );
            for pair in self.comparisons.chunks(2) {
                let cells: Vec<String> = pair.iter().map(|c| shown(&Some(c.difference))).collect();
                let _ = writeln!(out, "| {} | {} |", pair[0].than, cells.join(" | "));
            }
        }
        self.details.write_tables(&mut out);
        if let Some(f) = &self.faithfulness {
            let _ = writeln!(out, "\n{}", f.sentence());
        }
        if let Some(o) = &self.others {
            let _ = writeln!(
                out,
                "\nStance toward actors outside the codebook: macro-F1 {:.3} on {} pairs.",
                o.stance, o.pairs
            );
            for (name, pairs, stance) in &o.added {
                let _ = writeln!(
                    out,
                    "- {name}, added by a codebook without training: {stance:.3} on {pairs} pairs"
                );
            }
        }
        out
    }

    /// The `n` worst rows, a line each.
    pub fn worst(&self, n: usize) -> String {
        let mut out = String::new();
        for (id, wrong) in self.worst.iter().take(n) {
            let _ = writeln!(out, "{id}: {wrong}");
        }
        out
    }
}

impl Details {
    fn write_tables(&self, out: &mut String) {
        let mentions: Vec<String> = self
            .mention_f1
            .iter()
            .map(|(n, v)| format!("{n} {v:.3}"))
            .collect();
        let _ = writeln!(
            out,
            "\nHolder: accuracy {}, macro-F1 of author and reported {:.3}, on {} rows. Mention F1: {}. \
             Evidence: token F1 {} on {} labels that gold and the model hold, {} with a missed label counting 0. \
             Review: the first fifth of the rows by `review_rank` holds {:.1} % of the {} wrong cells, {:.1} times its \
             share; the best order would find {:.1} %.",
            number(self.holder_accuracy),
            self.holder_macro_f1,
            self.holder_rows,
            mentions.join(", "),
            number(self.evidence_f1),
            self.evidence_labels,
            number(self.evidence_f1_of_all),
            100.0 * self.review.found,
            self.review.wrong_cells,
            5.0 * self.review.found,
            100.0 * self.review.best,
        );
        let _ = writeln!(
            out,
            "\n| calibration | ECE | ECE by chance | Brier | AUC |\n| --- | --- | --- | --- | --- |"
        );
        for c in &self.calibration {
            let (ece, chance) = (number(c.ece), number(c.ece_by_chance));
            let (brier, auc) = (number(c.brier), number(c.auc));
            let _ = writeln!(out, "| {} | {ece} | {chance} | {brier} | {auc} |", c.label);
        }
        let names: Vec<&str> = Stance::ALL.iter().map(|s| s.as_str()).collect();
        let _ = writeln!(
            out,
            "\n| gold stance, predicted as | {} |",
            names.join(" | ")
        );
        let _ = writeln!(out, "| --- |{}", " --- |".repeat(names.len()));
        for (name, row) in names.iter().zip(&self.stance_confusion) {
            let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
            let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
        }
    }
}
