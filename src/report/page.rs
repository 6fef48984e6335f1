//! The page as a whole: head, style, script and the order of the parts.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::data::{Article, Data, counted};
use super::shares::Shares;
use super::{Options, articles, filters, sections, trends};
use crate::codebook::Codebook;
use crate::export::run;
use crate::review::values::LabelKind;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What every part of the page draws from.
pub struct Page<'d> {
    /// The sheet in order.
    pub data: &'d Data,
    /// Shares and how far the audit sample was read.
    pub shares: Shares<'d>,
    /// The page's title.
    pub title: String,
    /// What the reader should know.
    pub notes: Vec<String>,
    /// What labels are called, by column.
    names: HashMap<String, String>,
    /// What they mean.
    meanings: HashMap<String, String>,
    /// The record of the run, where it lies beside the sheet.
    pub record: Option<serde_json::Value>,
}

impl<'d> Page<'d> {
    pub fn new(data: &'d Data, options: &Options) -> Self {
        let (names, meanings) = named(&options.codebook);
        let stem = options.sheet.file_stem().map(|s| s.to_string_lossy());
        let title = options.title.clone();
        let record = std::fs::read(run::path_of(&options.sheet)).ok();
        let shares = Shares::new(&data.reviewed);
        let mut notes = data.notes.clone();
        notes.extend(shares.audit.is_partly_read().then(|| {
            format!(
                "only {} of the {} rows of the audit sample are marked as read; those left unread may be the hard ones, so read them all before you quote corrected shares",
                shares.audit.read, shares.audit.rows
            )
        }));
        Page {
            data,
            title: title.unwrap_or_else(|| stem.unwrap_or_default().into_owned()),
            notes,
            names,
            meanings,
            record: record.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
            shares,
        }
    }

    /// What people call a label; a key that the codebook does not know is shown as it is.
    pub fn name<'p>(&'p self, key: &'p str) -> &'p str {
        self.names.get(key).map_or(key, String::as_str)
    }

    /// What a label means, if the codebook tells.
    pub fn meaning(&self, key: &str) -> Option<&str> {
        self.meanings.get(key).map(String::as_str)
    }

    /// The place of a frame among the frames, for its colour; there are three, then they come again.
    pub fn frame(&self, label: usize) -> usize {
        let mut frames = self.data.labels(LabelKind::Frame);
        frames.position(|(at, _)| at == label).unwrap_or(0) % 3
    }

    /// An article's title, or its document's name.
    pub fn title_of<'a>(&self, article: &'a Article) -> &'a str {
        let headline = article.paragraphs.iter().find(|p| p.kind == "title");
        let title = headline.map_or(article.title.as_str(), |p| p.text.trim());
        match title.is_empty() {
            true => &article.document,
            false => title,
        }
    }

    /// The sources and how many articles each has, most first.
    pub fn sources(&self) -> Vec<(&'d str, usize)> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for source in self
            .data
            .articles
            .iter()
            .filter_map(|a| a.source.as_deref())
        {
            *counts.entry(source).or_default() += 1;
        }
        let mut sources: Vec<(&str, usize)> = counts.into_iter().collect();
        sources.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        sources
    }

    /// The page.
    pub fn html(&self) -> String {
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            integrity(STYLE),
            integrity(SCRIPT)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#articles" { "Skip to the articles" }
                    (self.header())
                    main {
                        (sections::cards(self))
                        (sections::shares(self))
                        (trends::over_time(self))
                        (trends::by_source(self))
                        section #articles aria-labelledby="h-articles" tabindex="-1" {
                            h2 #h-articles { "Articles" }
                            p.lead {
                                "Each opens to its text. Words set off are the evidence; the small name after them is the label they speak for."
                                span.keys hidden { " Keys: " kbd { "/" } " search, " kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "Enter" } " open." }
                            }
                            (filters::form(self))
                            (articles::list(self))
                        }
                    }
                    (sections::about(self))
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }

    fn header(&self) -> Markup {
        let articles = self.data.articles.len();
        html! {
            header {
                div {
                    h1 dir="auto" { (self.title) }
                    p.sub {
                        (counted(articles, "article", "articles")) ", "
                        (counted(self.data.reviewed.rows.len(), "labelled paragraph", "labelled paragraphs"))
                        " · model " (listed(&self.data.reviewed.models)) " · codebook " (listed(&self.data.reviewed.codebooks))
                    }
                }
                button #theme type="button" hidden aria-label="Colours: as the system" { "◐ auto" }
            }
        }
    }
}

fn listed(names: &[String]) -> String {
    match names.is_empty() {
        true => "not told".to_owned(),
        false => names.join(" and "),
    }
}

fn named(codebook: &Codebook) -> (HashMap<String, String>, HashMap<String, String>) {
    let frames = codebook.frames().iter();
    let mut names: HashMap<String, String> = frames
        .clone()
        .map(|frame| (frame.key.clone(), frame.name.clone()))
        .collect();
    let targets = codebook.targets().iter();
    names.extend(targets.map(|target| (target.key.clone(), target.name.clone())));
    let mut meanings: HashMap<String, String> = frames
        .map(|frame| (frame.key.clone(), frame.meaning.clone()))
        .collect();
    let values = codebook.stances().iter().chain(codebook.sentiments());
    for value in values {
        // Neutral is said of stance and of tone; the first, stance, is what the page asks for.
        meanings
            .entry(value.word.clone())
            .or_insert_with(|| value.meaning.clone());
    }
    (names, meanings)
}

/// The hash by which a content security policy knows a script or a style (CSP level 3, section 2.3.1).
fn integrity(text: &str) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    format!("sha256-{hash}")
}

/// A name or value as it stands in an address after `#`.
pub fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte as char),
            // Writing to a string cannot fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}
