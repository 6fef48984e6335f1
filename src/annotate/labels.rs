//! The values a label can take, and what the model and the sheet say about one paragraph.

use serde::{Deserialize, Serialize};

macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $value:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $value),+ }

        impl $name {
            /// Every value, in the order of the model's outputs and of the sheet's columns.
            pub const ALL: &'static [$name] = &[$($name::$value),+];

            /// The word in the sheet and in gold.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$value => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok($name::$value),)+ _ => Err(()) }
            }
        }
    };
}

values! {
    /// The attitude a paragraph conveys toward a target.
    Stance {
        /// Praise, support, trust, defence.
        Favorable = "favorable",
        /// Criticism, blame, distrust.
        Unfavorable = "unfavorable",
        /// Both are conveyed.
        Mixed = "mixed",
        /// Mentioned, with no attitude conveyed.
        Neutral = "neutral",
        /// Not referred to.
        NotMentioned = "not_mentioned",
    }
}

values! {
    /// Whose attitude a polar stance is.
    Holder {
        /// The article's or speaker's own voice.
        Author = "author",
        /// Somebody the paragraph quotes or reports.
        Reported = "reported",
        /// Each of them.
        Both = "both",
    }
}

values! {
    /// The tone of the paragraph as a whole.
    Sentiment {
        /// Hope, praise, success, relief.
        Positive = "positive",
        /// Matter of fact, or the two in balance.
        Neutral = "neutral",
        /// Threat, blame, loss, fear, conflict.
        Negative = "negative",
    }
}

impl Stance {
    /// True for favorable, unfavorable and mixed: the values that have a holder and evidence.
    pub fn is_polar(self) -> bool {
        matches!(
            self,
            Stance::Favorable | Stance::Unfavorable | Stance::Mixed
        )
    }
}

/// The words behind a label, cut from the paragraph: `text[start..end]`, byte offsets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What the model says of one paragraph: calibrated probabilities, before any decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Probability of each frame, in the codebook's order.
    pub frames: Vec<f32>,
    /// The words that speak most for each frame, in the same order; empty text has none.
    pub frame_evidence: Vec<Option<Span>>,
    /// One entry a target, in the codebook's order; `None` where no alias of the target occurs.
    pub targets: Vec<Option<TargetScores>>,
    /// Positive, neutral, negative, as [`Sentiment::ALL`].
    pub sentiment: [f32; 3],
}

/// What the model says of one target whose alias occurs in the paragraph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetScores {
    /// Probability that the alias really refers to the target (a Russian novelist is not Russia).
    pub mentioned: f32,
    /// Favorable, unfavorable, mixed, neutral, given that it is mentioned; they add up to 1.
    pub stance: [f32; 4],
    /// Author, reported, both, given that the stance is polar; they add up to 1.
    pub holder: [f32; 3],
    /// The words that speak most for the stance.
    pub evidence: Option<Span>,
}

/// The labels of one paragraph, as they stand in the sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// Whether each frame of the codebook is present, in its order.
    pub frames: Vec<bool>,
    /// Stance toward each target of the codebook, in its order.
    pub stances: Vec<Stance>,
    /// Holder of each stance; `None` where it is not polar.
    pub holders: Vec<Option<Holder>>,
    /// The tone.
    pub sentiment: Sentiment,
    /// Label key (a frame's or target's) and the words behind it, for each frame present and each polar stance.
    pub evidence: Vec<(String, String)>,
    /// The lowest calibrated probability among the chosen labels, 0 to 1.
    pub confidence: f32,
    /// How many of the chosen labels are wrong, as the probabilities have it: what review goes by.
    pub doubt: f32,
}
