//! `demarche explain`

use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use demarche::annotate::decide::Decider;
use demarche::annotate::labels::{Annotation, Holder, Scores, Sentiment, Stance, TargetScores};
use demarche::codebook::{Codebook, MentionFinder};
use demarche::error::{Error, Kind, Result};
use demarche::model::{Input, Model, store};

use super::printer::Printer;

/// Show one paragraph's labels, with every probability and the words behind each
///
/// On a terminal the words are coloured in the text. NO_COLOR=1 turns colours off.
#[derive(clap::Args)]
pub struct Args {
    /// The paragraph; - for standard input
    #[arg(value_name = "TEXT")]
    text: String,
    /// The article's title, for models that read it
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Model: a name under models/ or a folder
    #[arg(long, value_name = "MODEL", default_value = "default")]
    model: String,
    /// Labels and targets [default: the built-in codebook]
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
}

/// Width of a bar that stands for 1.
const BAR: usize = 20;

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    let text = text(&args.text)?;
    let codebook = super::codebook::named(args.codebook.as_deref())?;
    let model = Model::open(&store::model_folder(&args.model)?)?;
    let decider = Decider::new(&codebook, &model.manifest)?;
    let mentions = MentionFinder::new(&codebook).find(&text);
    let prepared = model.prepare(&Input {
        text: &text,
        title: args.title.as_deref(),
        mentions: &mentions,
    })?;
    let mut scored = model.score(&[&prepared], usize::MAX)?;
    let scores = scored
        .pop()
        .ok_or_else(|| Error::new(Kind::Model, "the model gave no answer"))?;
    let annotation = decider.decide(&text, &scores);
    let shown = Shown {
        scores: decider.in_codebook_order(&scores),
        text: &text,
        codebook: &codebook,
        decider: &decider,
        mentions: &mentions,
        annotation: &annotation,
    };
    printer.styled(&shown.page(&model.label()));
    Ok(ExitCode::SUCCESS)
}

fn text(given: &str) -> Result<String> {
    let mut text = given.to_owned();
    if given == "-" {
        text.clear();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|e| Error::new(Kind::Input, "could not read standard input").because(e))?;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err(Error::new(Kind::Usage, "there is no text to explain")
            .hint("demarche explain \"Moscow offered talks.\""));
    }
    Ok(text)
}

/// A paragraph and all that is said of it.
struct Shown<'a> {
    text: &'a str,
    codebook: &'a Codebook,
    decider: &'a Decider,
    mentions: &'a [Vec<Range<usize>>],
    /// In the codebook's order.
    scores: Scores,
    annotation: &'a Annotation,
}

impl Shown<'_> {
    fn page(&self, model: &str) -> String {
        let mut lines = vec![self.coloured_text(), String::new()];
        for (i, frame) in self.codebook.frames().iter().enumerate() {
            let yes = self.annotation.frames[i];
            let p = self.scores.frames[i];
            let answer = if yes { "yes" } else { "no" };
            lines.push(self.line(&frame.key, i, answer, p, &self.words(&frame.key)));
        }
        lines.push(String::new());
        let first = self.codebook.frames().len();
        for (i, target) in self.codebook.targets().iter().enumerate() {
            lines.extend(self.target(i, &target.name, &target.key, first + i));
        }
        lines.push(String::new());
        let tone = self.annotation.sentiment;
        let p = self.scores.sentiment[tone as usize];
        let others = Sentiment::ALL.iter().filter(|t| **t != tone);
        let others: Vec<String> = others
            .map(|t| format!("{} {:.2}", t.as_str(), self.scores.sentiment[*t as usize]))
            .collect();
        let name = "sentiment";
        lines.push(self.line(name, usize::MAX, tone.as_str(), p, &others.join(", ")));
        lines.push(format!(
            "\n{model}; least certain label {:.2}",
            self.annotation.confidence
        ));
        lines.join("\n") + "\n"
    }

    fn target(&self, i: usize, name: &str, key: &str, colour: usize) -> Vec<String> {
        let named = |range: &Range<usize>| format!("\"{}\"", &self.text[range.clone()]);
        let names: Vec<String> = self.mentions[i].iter().map(named).collect();
        let Some(scores) = &self.scores.targets[i] else {
            return vec![format!("{name:<12} not mentioned")];
        };
        if !self.decider.is_mentioned(scores) {
            let (names, p) = (names.join(", "), scores.mentioned);
            return vec![format!(
                "{name:<12} not mentioned: {names} is taken for something else ({:.2})",
                1.0 - p
            )];
        }
        let stance = self.annotation.stances[i];
        let p = scores.stance[stance as usize];
        let line = self.line(name, colour, stance.as_str(), p, &self.words(key));
        vec![
            line,
            format!("{:<13}{}; {}", "", named_by(&names), rest(scores, stance)),
        ]
    }

    fn line(&self, name: &str, colour: usize, answer: &str, p: f32, more: &str) -> String {
        let (on, off) = paint(colour);
        let filled = (p * BAR as f32).round() as usize;
        let bar = "█".repeat(filled) + &"·".repeat(BAR - filled.min(BAR));
        format!("{on}{name:<12}{off} {answer:<12} {p:.2} {on}{bar}{off} {more}")
            .trim_end()
            .to_owned()
    }

    fn words(&self, key: &str) -> String {
        let mut words = self.annotation.evidence.iter();
        let found = words.find(|(label, _)| label == key);
        found.map_or(String::new(), |(_, words)| format!("\"{words}\""))
    }

    /// The text with the words behind the labels in the labels' colours; where labels share words the first shows.
    fn coloured_text(&self) -> String {
        let frames = self.codebook.frames().iter().map(|f| f.key.as_str());
        let targets = self.codebook.targets().iter().map(|t| t.key.as_str());
        let spans: Vec<(Range<usize>, usize)> = frames
            .chain(targets)
            .zip(self.spans())
            .enumerate()
            .filter(|(_, (key, _))| self.annotation.evidence.iter().any(|(k, _)| k == key))
            .filter_map(|(colour, (_, span))| Some((span?, colour)))
            .collect();
        let mut out = String::new();
        let mut current = None;
        for (at, c) in self.text.char_indices() {
            let over = spans.iter().find(|(range, _)| range.contains(&at));
            let colour = over.map(|(_, colour)| *colour);
            if colour != current {
                if let Some(old) = current {
                    out += &paint(old).1;
                }
                if let Some(new) = colour {
                    out += &paint(new).0;
                }
                current = colour;
            }
            out.push(c);
        }
        out + &current.map_or(String::new(), |old| paint(old).1)
    }

    /// Where each label's words stand: frames, then targets.
    fn spans(&self) -> Vec<Option<Range<usize>>> {
        let frames = self.scores.frame_evidence.iter().map(|s| s.as_ref());
        let targets = self.scores.targets.iter();
        let targets = targets.map(|t| t.as_ref().and_then(|t| t.evidence.as_ref()));
        frames
            .chain(targets)
            .map(|span| span.map(|s| s.start..s.end))
            .collect()
    }
}

fn named_by(names: &[String]) -> String {
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    let names: Vec<&str> = seen.iter().map(|name| name.as_str()).collect();
    format!("named by {}", names.join(", "))
}

/// The other stances, and the holders of a polar one.
fn rest(scores: &TargetScores, chosen: Stance) -> String {
    let stances = Stance::ALL.iter().take(scores.stance.len());
    let mut parts: Vec<String> = stances
        .filter(|s| **s != chosen)
        .map(|s| format!("{} {:.2}", s.as_str(), scores.stance[*s as usize]))
        .collect();
    if chosen.is_polar() {
        let holders = Holder::ALL.iter();
        let holders: Vec<String> = holders
            .map(|h| format!("{} {:.2}", h.as_str(), scores.holder[*h as usize]))
            .collect();
        parts.push(format!("held by {}", holders.join(", ")));
    }
    parts.join(", ")
}

/// What turns a label's colour on and off.
fn paint(colour: usize) -> (String, String) {
    const COLOURS: [AnsiColor; 6] = [
        AnsiColor::Green,
        AnsiColor::Red,
        AnsiColor::Yellow,
        AnsiColor::Blue,
        AnsiColor::Magenta,
        AnsiColor::Cyan,
    ];
    let style = match colour {
        usize::MAX => Style::new(),
        n => Style::new()
            .bold()
            .fg_color(Some(COLOURS[n % COLOURS.len()].into())),
    };
    (style.render().to_string(), style.render_reset().to_string())
}
