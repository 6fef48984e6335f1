//! Rows of any set → [`Example`]s: text, what is known of it, and nothing about what is not.

use std::ops::Range;

use super::teach::Soft;
use crate::annotate::labels::{Holder, Sentiment, Stance};
use crate::codebook::MentionFinder;
use crate::evaluate::{gold::GoldRow, title};

/// One text to train on. A label that is `None` was not annotated and weighs nothing.
#[derive(Debug, Clone)]
pub struct Example {
    /// Where it comes from: the row's id in its set.
    pub id: String,
    /// The paragraph or sentence.
    pub text: String,
    /// The article's title, if known.
    pub title: Option<String>,
    /// Offer, accusation, skepticism.
    pub frames: [Option<bool>; 3],
    /// The words behind each frame, as byte ranges of `text`.
    pub frame_evidence: [Option<Range<usize>>; 3],
    /// The tone.
    pub sentiment: Option<Sentiment>,
    /// Targets whose names stand in the text.
    pub targets: Vec<ExampleTarget>,
    /// How much it counts.
    pub weight: f32,
    /// Whether a teacher is asked about it.
    pub taught: bool,
    /// What the teacher said.
    pub soft: Option<Soft>,
}

/// What is known of one target in a text.
#[derive(Debug, Clone)]
pub struct ExampleTarget {
    /// Byte ranges of its names.
    pub mentions: Vec<Range<usize>>,
    /// Whether the names really refer to the target.
    pub mentioned: Option<bool>,
    /// One of the four stances of a mentioned target.
    pub stance: Option<Stance>,
    /// Whose attitude it is.
    pub holder: Option<Holder>,
    /// The words behind the stance.
    pub evidence: Option<Range<usize>>,
    /// How much it counts.
    pub weight: f32,
}

impl Example {
    /// A text of which nothing is known yet.
    pub fn new(id: impl Into<String>, text: impl Into<String>, weight: f32) -> Example {
        Example {
            id: id.into(),
            text: text.into(),
            title: None,
            frames: [None; 3],
            frame_evidence: [None, None, None],
            sentiment: None,
            targets: Vec::new(),
            weight,
            taught: false,
            soft: None,
        }
    }

    /// Where each of its targets is named.
    pub fn mentions(&self) -> Vec<Vec<Range<usize>>> {
        self.targets.iter().map(|t| t.mentions.clone()).collect()
    }
}

/// A text that nobody labelled; a teacher may.
pub fn unlabelled(id: impl Into<String>, text: &str, finder: &MentionFinder) -> Example {
    let mut example = Example::new(id, text, 1.0);
    for mentions in finder.find(text) {
        if !mentions.is_empty() {
            example.targets.push(ExampleTarget {
                mentions,
                mentioned: None,
                stance: None,
                holder: None,
                evidence: None,
                weight: 1.0,
            });
        }
    }
    example
}

/// A labelled row of gold → an example; `None` for boilerplate, which has no labels.
pub fn from_gold(
    row: &GoldRow,
    finder: &MentionFinder,
    names: &[String],
    weight: f32,
    others_weight: f32,
) -> Option<Example> {
    let labels = row.labels.as_ref()?;
    let mut example = Example::new(&row.id, &row.text, weight);
    example.title = title(&row.context);
    example.frames = labels.frames.map(Some);
    let span = |key: &str| row.evidence_span(key).map(|s| s.start..s.end);
    example.frame_evidence = [span("offer"), span("accusation"), span("skepticism")];
    example.sentiment = Some(labels.sentiment);
    for (name, mentions) in names.iter().zip(finder.find(&row.text)) {
        let stance = labels.stance_toward(name);
        if mentions.is_empty() {
            continue;
        }
        let mentioned = stance != Stance::NotMentioned;
        example.targets.push(ExampleTarget {
            mentions,
            mentioned: Some(mentioned),
            stance: mentioned.then_some(stance),
            holder: labels.holder.get(name).copied(),
            evidence: span(name),
            weight,
        });
    }
    for other in &labels.others {
        let mentions = find_all(&row.text, &other.mention);
        if mentions.is_empty() || other.stance == Stance::NotMentioned {
            continue;
        }
        example.targets.push(ExampleTarget {
            mentions,
            mentioned: Some(true),
            stance: Some(other.stance),
            holder: other.holder,
            evidence: None,
            weight: weight * others_weight,
        });
    }
    Some(example)
}

/// Every place where `mention` stands as whole words.
pub fn find_all(text: &str, mention: &str) -> Vec<Range<usize>> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(mention)
        .map(|(start, m)| start..start + m.len())
        .filter(|r| {
            !letter(text[..r.start].chars().next_back()) && !letter(text[r.end..].chars().next())
        })
        .collect()
}
