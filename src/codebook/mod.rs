//! The codebook: which labels there are, which targets are asked about, and by what words a target is named.
//!
//! All of it comes from a TOML file that an analyst can copy and change without a rebuild; `default.toml` beside this
//! file is built in. [`Codebook`] is what was read and checked, [`MentionFinder`] finds its targets in a paragraph.
//! Which stance a mention carries is for [`crate::model`] to say.

mod aliases;
mod endings;
mod faults;
mod mention;
mod read;
mod words;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use mention::MentionFinder;

use crate::error::{Error, Kind, Result};

/// Frames, values and targets, read from TOML and checked.
///
/// Two codebooks are equal when they say the same, comments and line breaks aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Codebook {
    name: String,
    version: String,
    frames: Vec<Frame>,
    stances: Vec<Value>,
    holders: Vec<Value>,
    sentiments: Vec<Value>,
    targets: Vec<Target>,
}

/// A yes/no question asked of each paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The column's name: `offer`.
    pub key: String,
    /// What people call it: `Offer`.
    pub name: String,
    /// When it is present.
    pub meaning: String,
}

/// One value of stance, holder or sentiment, as the sheet writes it, and when it applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// The word in the sheet: `not_mentioned`.
    pub word: String,
    /// When it applies.
    pub meaning: String,
}

/// A political actor whose stance is asked of each paragraph that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The column's name: `turkiye`.
    pub key: String,
    /// What people call it, also in gold: `Türkiye`.
    pub name: String,
    /// The words by which a text names it.
    pub aliases: Vec<Alias>,
    /// Longer phrases that hold an alias and do not mean the target.
    pub exclusions: Vec<Alias>,
}

/// An alias or exclusion, in the pattern language of `default.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alias {
    /// As the codebook has it.
    pub text: String,
    /// Decides which endings it takes; `None` (a plain list) leaves that to its letters.
    pub language: Option<Language>,
}

/// A language whose endings are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// `en`
    English,
    /// `tr`
    Turkish,
    /// `ru`
    Russian,
}

impl Language {
    /// Every language, by the code that a codebook writes.
    pub const CODES: &'static [(&'static str, Language)] = &[
        ("en", Language::English),
        ("tr", Language::Turkish),
        ("ru", Language::Russian),
    ];
}

impl Codebook {
    /// The text of the built-in codebook, to copy and change.
    pub const BUILT_IN: &'static str = include_str!("default.toml");

    /// A commented codebook that adds Ukraine, China and the United States to the built-in one.
    pub const EXAMPLE: &'static str = include_str!("example.toml");

    /// The built-in codebook: three frames, NATO, Russia and Türkiye.
    pub fn built_in() -> Self {
        built_in().clone()
    }

    /// Reads and checks a codebook file.
    ///
    /// # Errors
    /// Of [`Kind::Codebook`]: the file cannot be read, or as [`Codebook::parse`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| {
            let hint = match source.kind() {
                std::io::ErrorKind::InvalidData => Some("save it as UTF-8"),
                std::io::ErrorKind::NotFound => Some("check the path given to --codebook"),
                _ => None,
            };
            let error = Error::io(Kind::Codebook, "read the codebook", path, source);
            match hint {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })?;
        Self::parse(&text, &path.to_string_lossy())
    }

    /// Reads and checks a codebook; `name` is the file that errors speak of.
    ///
    /// # Errors
    /// Of [`Kind::Codebook`]: the first fault by line, with what is allowed there. [`Codebook::faults`] has them all.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        read::codebook(text, name, Some(built_in())).map_err(|mut faults| faults.remove(0))
    }

    /// Everything that is wrong with a codebook, by line; empty if [`Codebook::parse`] takes it.
    pub fn faults(text: &str, name: &str) -> Vec<Error> {
        read::codebook(text, name, Some(built_in()))
            .err()
            .unwrap_or_default()
    }

    /// The questions, in the order of the sheet's columns.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The values of stance and when each applies.
    pub fn stances(&self) -> &[Value] {
        &self.stances
    }

    /// The values of holder and when each applies.
    pub fn holders(&self) -> &[Value] {
        &self.holders
    }

    /// The values of sentiment and when each applies.
    pub fn sentiments(&self) -> &[Value] {
        &self.sentiments
    }

    /// The targets, in the order of the sheet's columns.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Name and version for the sheet's column `codebook`: `demarche 1.5`.
    ///
    /// A changed copy that kept the built-in name and version says so, with the first six digits of its
    /// [`sha256`](Codebook::sha256): otherwise two codebooks would sign sheets alike.
    pub fn label(&self) -> String {
        let label = format!("{} {}", self.name, self.version);
        let built_in = built_in();
        let borrowed = self.name == built_in.name && self.version == built_in.version;
        if borrowed && self != built_in {
            format!("{label} (changed, {})", &self.sha256()[..6])
        } else {
            label
        }
    }

    /// SHA-256, in hex, of the codebook's content as compact JSON: comments, spacing and the way it was included do
    /// not change it, every word that has a meaning does.
    pub fn sha256(&self) -> String {
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(canonical)
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}

/// The built-in codebook, read once.
fn built_in() -> &'static Codebook {
    static READ: LazyLock<Codebook> = LazyLock::new(|| {
        // Its text is part of the program, so a fault is ours; a test reads it first.
        read::codebook(Codebook::BUILT_IN, "default.toml", None)
            .unwrap_or_else(|faults| panic!("the built-in codebook is broken: {}", faults[0]))
    });
    &READ
}
