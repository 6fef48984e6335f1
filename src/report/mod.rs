//! A sheet as one page that people would rather look at than the table: what is said of whom, when and where, and every
//! article with its evidence.
//!
//! The page needs nothing else: no network, no fonts, no libraries. It runs its own script and style and no others (a
//! content security policy names them by their hash), and without the script everything in it can still be read.
//!
//! [`data`] puts the sheet in order, [`dates`] and [`evidence`] read two of its columns, [`shares`] estimates, `charts`
//! draws, `page` and `articles` write HTML.

mod articles;
pub mod charts;
pub mod data;
pub mod dates;
pub mod evidence;
mod filters;
mod page;
mod sections;
pub mod shares;
mod trends;

use std::cmp::Ordering;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::codebook::Codebook;
use crate::error::{Error, Kind, Place};
use crate::export;
use crate::review::sheet::Sheet;

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// The sheet, as `annotate` wrote it or a spreadsheet saved it.
    pub sheet: PathBuf,
    /// The page.
    pub output: PathBuf,
    /// The column of the articles' dates; `None` finds it by its name.
    pub date_column: Option<String>,
    /// The column of their sources.
    pub source_column: Option<String>,
    /// The page's title; `None` takes the sheet's name.
    pub title: Option<String>,
    /// What the labels are called and mean.
    pub codebook: Codebook,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Articles on the page.
    pub articles: usize,
    /// Paragraphs with labels.
    pub labelled: usize,
    /// What the user should know: also said on the page.
    pub notes: Vec<String>,
}

/// Writes the page; the same sheet gives the same bytes.
///
/// # Errors
/// Every cell that cannot be accepted; a column that is not there; an output that is the sheet or its record.
pub fn write(options: &Options) -> Result<Summary, Vec<Error>> {
    for input in [&options.sheet, &export::run::path_of(&options.sheet)] {
        if is_same_file(input, &options.output) {
            let error = Error::new(Kind::Usage, "the output is also an input")
                .at(Place::file(&options.output))
                .hint("give the page another name, such as `report.html`");
            return Err(vec![error]);
        }
    }
    let sheet = Sheet::read(&options.sheet).map_err(|e| vec![e])?;
    let data = data::Data::new(&sheet, options)?;
    let page = page::Page::new(&data, options);
    let html = page.html();
    export::write_whole(&options.output, &mut |mut file| {
        Ok(file.write_all(html.as_bytes())?)
    })
    .map_err(|e| vec![e])?;
    Ok(Summary {
        articles: data.articles.len(),
        labelled: data.reviewed.rows.len(),
        notes: page.notes,
    })
}

/// Whether two paths are one file, whatever way it is spelt.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().ok();
    one == other || (whole(one).is_some() && whole(one) == whole(other))
}

/// The order of names in which `wire.csv:9` comes before `wire.csv:10`.
fn natural(one: &str, other: &str) -> Ordering {
    let parts = |name: &str| -> Vec<(bool, String)> {
        let mut parts: Vec<(bool, String)> = Vec::new();
        for c in name.chars() {
            let digit = c.is_ascii_digit();
            match parts.last_mut() {
                Some((last, part)) if *last == digit => part.push(c),
                _ => parts.push((digit, c.to_string())),
            }
        }
        parts
    };
    let (one_parts, other_parts) = (parts(one), parts(other));
    for ((digits, a), (also, b)) in one_parts.iter().zip(&other_parts) {
        let order = match *digits && *also {
            true => {
                let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
                a.len().cmp(&b.len()).then_with(|| a.cmp(b))
            }
            false => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
    }
    one_parts
        .len()
        .cmp(&other_parts.len())
        .then_with(|| one.cmp(other))
}
