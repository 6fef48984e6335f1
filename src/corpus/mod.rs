//! Files → documents → paragraphs: what everything else speaks of.
//!
//! [`Corpus`] finds the inputs and yields their [`Document`]s one at a time, in a fixed order, so that memory
//! stays flat however many there are. Nothing is dropped in silence: what a site adds is kept as a paragraph of
//! kind [`ParagraphKind::Boilerplate`] with the reason, and what cannot be read comes out as an error with its place.

pub mod boilerplate;
pub(crate) mod decode;
pub(crate) mod detect;
mod find;
mod jsonl;
mod layout;
mod page;
pub mod paragraphs;
pub mod read;
pub(crate) mod records;
pub(crate) mod table;

use serde::{Deserialize, Serialize};

pub use read::{Corpus, Ignored, InputFile, Options};

/// One article, speech or table row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The file's path relative to the input given (with `/`), or the id column of a table.
    pub name: String,
    /// The title; it is also the first paragraph, of kind title.
    pub title: Option<String>,
    /// The columns of the table it came from that are not text, id or title, in the table's order.
    pub columns: Vec<(String, String)>,
    /// In reading order, boilerplate counted.
    pub paragraphs: Vec<Paragraph>,
}

/// The unit that is labelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paragraph {
    /// Its place in the document, from 1, boilerplate counted.
    pub number: u32,
    /// What kind of paragraph it is.
    pub kind: ParagraphKind,
    /// The paragraph as it stands, whole; lines of a hard-wrapped paragraph are joined by a space.
    pub text: String,
    /// Why a boilerplate paragraph was set aside; `None` for the others.
    pub set_aside: Option<String>,
}

/// The codebook's four kinds of paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParagraphKind {
    /// The headline.
    Title,
    /// A section heading.
    Heading,
    /// Running text, a quotation, a list item, a caption with a sentence of content.
    Body,
    /// What the site adds; it is set aside and never labelled.
    Boilerplate,
}

impl ParagraphKind {
    /// The word in the sheet.
    pub fn as_str(self) -> &'static str {
        match self {
            ParagraphKind::Title => "title",
            ParagraphKind::Heading => "heading",
            ParagraphKind::Body => "body",
            ParagraphKind::Boilerplate => "boilerplate",
        }
    }
}
