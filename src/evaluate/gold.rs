//! Gold rows: paragraphs labelled by hand under the codebook, one JSON object a line.
//!
//! Reads and checks them, naming file and line of what is wrong. Which rows train and which test is
//! for the caller to keep apart; [`GoldRow::document`] is what a split goes by.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::annotate::labels::{Holder, Sentiment, Span, Stance};
use crate::corpus::ParagraphKind;
use crate::error::{Error, Kind, Place, Result};

/// The frames of a gold row, in the order of [`Labels::frames`].
pub const FRAMES: [&str; 3] = ["offer", "accusation", "skepticism"];

/// One paragraph of a gold file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct GoldRow {
    /// Unique in its file.
    pub id: String,
    /// The collection it was drawn from; empty where the file does not say.
    pub source: String,
    /// The licence of the text; empty where the file does not say.
    pub licence: String,
    /// The article, speech or transcript: splits and resampling go by it.
    pub document: String,
    /// What the annotator saw beside the paragraph.
    pub context: String,
    /// Title, heading, body or boilerplate.
    pub kind: ParagraphKind,
    /// The paragraph.
    pub text: String,
    /// How often it was read by an annotator.
    pub passes: u32,
    /// Code of the language (`tr`, `ru`); `None` is English or unknown.
    pub language: Option<String>,
    /// The labels; `None` on boilerplate, which is set aside and never counted.
    pub labels: Option<Labels>,
}

/// The labels of one paragraph, as section 7 of the codebook has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// Offer, accusation, skepticism: see [`FRAMES`].
    pub frames: [bool; 3],
    /// The tone of the whole.
    pub sentiment: Sentiment,
    /// Stance by the target's name (`NATO`, `Russia`, `Türkiye`).
    pub stance: BTreeMap<String, Stance>,
    /// Holder of each polar stance, by the target's name.
    pub holder: BTreeMap<String, Holder>,
    /// Further political actors of the paragraph.
    pub others: Vec<Other>,
    /// The words behind a label, by the frame's or the target's name, as the annotator copied them.
    pub evidence: BTreeMap<String, String>,
}

/// A political actor that is no target of the codebook, with the stance toward it.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Its name.
    pub target: String,
    /// The words of the paragraph that refer to it.
    pub mention: String,
    /// The stance; never [`Stance::NotMentioned`].
    pub stance: Stance,
    /// Whose stance, where it is polar.
    pub holder: Option<Holder>,
}

impl Labels {
    /// Stance toward a target; a target that the row does not list is not mentioned.
    pub fn stance_toward(&self, target: &str) -> Stance {
        self.stance
            .get(target)
            .copied()
            .unwrap_or(Stance::NotMentioned)
    }
}

impl GoldRow {
    /// Where the evidence of a frame or target stands in the text.
    ///
    /// Annotators' copies differ now and then in case, spacing or quotation marks, so these are overlooked;
    /// of several places the first is taken. `None` if there is no such evidence or it is not in the text.
    pub fn evidence_span(&self, key: &str) -> Option<Span> {
        locate(&self.text, self.labels.as_ref()?.evidence.get(key)?)
    }
}

/// Reads a gold file; blank lines are passed over.
///
/// # Errors
/// Of [`Kind::Data`], with file and line: a file that cannot be read, a line that is no JSON object, a label
/// missing or unknown, a boilerplate row with labels, an id that was there before.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<GoldRow>> {
    let path = path.as_ref();
    let bytes =
        std::fs::read(path).map_err(|e| Error::io(Kind::Data, "read the gold file", path, e))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut rows = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for (line, number) in bytes.split(|&byte| byte == b'\n').zip(1u64..) {
        let place = || Place::file(path).line(number);
        let line = std::str::from_utf8(line).map_err(|e| {
            Error::new(Kind::Data, "the line is not UTF-8")
                .because(e)
                .at(place())
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let row = parse(line).map_err(|e| e.at(place()))?;
        if let Some(before) = seen.insert(row.id.clone(), number) {
            return Err(Error::new(
                Kind::Data,
                format!("id `{}` was used on line {before}", row.id),
            )
            .at(place())
            .hint("give each paragraph an id of its own"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn parse(line: &str) -> Result<GoldRow> {
    let raw: Raw = serde_json::from_str(line).map_err(|e| {
        // serde_json counts lines within the string it was given: its "line 1" would mislead.
        let text = e.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text);
        Error::new(
            Kind::Data,
            format!("{message} (character {} of the line)", e.column()),
        )
    })?;
    GoldRow::try_from(raw)
}

/// A row as it stands in the file. Words are kept as text, so that a bad one is told with its label.
#[derive(Serialize, Deserialize)]
struct Raw {
    id: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    licence: String,
    document: String,
    #[serde(default)]
    context: String,
    kind: ParagraphKind,
    text: String,
    #[serde(default = "once")]
    passes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accusation: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skepticism: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentiment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stance: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Vec<RawOther>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<BTreeMap<String, String>>,
}

fn once() -> u32 {
    1
}

#[derive(Serialize, Deserialize)]
struct RawOther {
    target: String,
    mention: String,
    stance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
}

impl TryFrom<Raw> for GoldRow {
    type Error = Error;

    fn try_from(raw: Raw) -> Result<Self> {
        let labels = labels(&raw)?;
        Ok(GoldRow {
            id: raw.id,
            source: raw.source,
            licence: raw.licence,
            document: raw.document,
            context: raw.context,
            kind: raw.kind,
            text: raw.text,
            passes: raw.passes,
            language: raw.language,
            labels,
        })
    }
}

fn labels(raw: &Raw) -> Result<Option<Labels>> {
    let frames = [&raw.offer, &raw.accusation, &raw.skepticism];
    if raw.kind == ParagraphKind::Boilerplate {
        let labelled = frames.iter().any(|frame| frame.is_some())
            || raw.sentiment.is_some()
            || raw.stance.is_some();
        return if labelled {
            Err(Error::new(Kind::Data, "a boilerplate paragraph has labels")
                .hint("boilerplate is set aside: take its labels out, or set `kind` to `body`"))
        } else {
            Ok(None)
        };
    }
    let mut present = [false; 3];
    for ((name, value), slot) in FRAMES.iter().zip(frames).zip(&mut present) {
        *slot = frame(name, value.as_ref().ok_or_else(|| missing(name))?)?;
    }
    let sentiment = raw.sentiment.as_ref().ok_or_else(|| missing("sentiment"))?;
    let stance = raw.stance.as_ref().ok_or_else(|| missing("stance"))?;
    let others = raw.others.iter().flatten().map(|other| {
        let of = format!("`others`, `{}`", other.target);
        let holder = other.holder.as_deref();
        Ok(Other {
            target: other.target.clone(),
            mention: other.mention.clone(),
            stance: known(&of, "stance", &other.stance, &stances()[..4])?,
            holder: holder
                .map(|h| known(&of, "holder", h, &holders()))
                .transpose()?,
        })
    });
    Ok(Some(Labels {
        frames: present,
        sentiment: known("`sentiment`", "sentiment", sentiment, &sentiments())?,
        stance: by_target(stance, "stance", &stances())?,
        holder: match &raw.holder {
            Some(holder) => by_target(holder, "holder", &holders())?,
            None => BTreeMap::new(),
        },
        others: others.collect::<Result<_>>()?,
        evidence: raw.evidence.clone().unwrap_or_default(),
    }))
}

fn frame(name: &str, value: &Value) -> Result<bool> {
    match value {
        Value::Bool(present) => Ok(*present),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
        _ => Err(
            Error::new(Kind::Data, format!("`{name}` is {value}, neither 0 nor 1"))
                .hint("write 1 where the frame is present and 0 where it is not"),
        ),
    }
}

fn by_target<T: FromStr>(
    words: &BTreeMap<String, String>,
    what: &str,
    allowed: &[&str],
) -> Result<BTreeMap<String, T>> {
    words
        .iter()
        .map(|(target, word)| {
            let of = format!("`{what}` of `{target}`");
            Ok((target.clone(), known(&of, what, word, allowed)?))
        })
        .collect()
}

fn known<T: FromStr>(of: &str, what: &str, word: &str, allowed: &[&str]) -> Result<T> {
    if allowed.contains(&word)
        && let Ok(value) = word.parse()
    {
        return Ok(value);
    }
    let mut hint = String::new();
    let nearest = allowed
        .iter()
        .min_by_key(|choice| strsim::damerau_levenshtein(word, choice));
    if let Some(nearest) = nearest.filter(|n| strsim::damerau_levenshtein(word, n) <= 2) {
        let _ = write!(hint, "did you mean `{nearest}`? ");
    }
    let _ = write!(hint, "Allowed: {}", allowed.join(", "));
    Err(Error::new(Kind::Data, format!("{of}: `{word}` is not a {what}")).hint(hint))
}

fn missing(key: &str) -> Error {
    Error::new(Kind::Data, format!("`{key}` is missing")).hint(
        "every paragraph but boilerplate has offer, accusation, skepticism, sentiment and stance",
    )
}

fn stances() -> Vec<&'static str> {
    Stance::ALL.iter().map(|value| value.as_str()).collect()
}

fn holders() -> Vec<&'static str> {
    Holder::ALL.iter().map(|value| value.as_str()).collect()
}

fn sentiments() -> Vec<&'static str> {
    Sentiment::ALL.iter().map(|value| value.as_str()).collect()
}

impl From<GoldRow> for Raw {
    fn from(row: GoldRow) -> Self {
        let mut raw = Raw {
            id: row.id,
            source: row.source,
            licence: row.licence,
            document: row.document,
            context: row.context,
            kind: row.kind,
            text: row.text,
            passes: row.passes,
            language: row.language,
            offer: None,
            accusation: None,
            skepticism: None,
            sentiment: None,
            stance: None,
            holder: None,
            others: None,
            evidence: None,
        };
        if let Some(labels) = row.labels {
            let [offer, accusation, skepticism] =
                labels.frames.map(|on| Some(Value::from(u8::from(on))));
            raw.offer = offer;
            raw.accusation = accusation;
            raw.skepticism = skepticism;
            raw.sentiment = Some(labels.sentiment.as_str().to_owned());
            let stance = labels.stance.into_iter();
            raw.stance = Some(stance.map(|(t, s)| (t, s.as_str().to_owned())).collect());
            let holder = labels.holder.into_iter();
            raw.holder = Some(holder.map(|(t, h)| (t, h.as_str().to_owned())).collect());
            let others = labels.others.into_iter().map(|other| RawOther {
                target: other.target,
                mention: other.mention,
                stance: other.stance.as_str().to_owned(),
                holder: other.holder.map(|h| h.as_str().to_owned()),
            });
            raw.others = Some(others.collect());
            raw.evidence = Some(labels.evidence);
        }
        raw
    }
}

/// Finds `words` in `text`, first as they are, then overlooking case, spacing and the shape of quotation marks.
fn locate(text: &str, words: &str) -> Option<Span> {
    let words = words.trim();
    if words.is_empty() {
        return None;
    }
    if let Some(start) = text.find(words) {
        let end = start + words.len();
        return Some(Span { start, end });
    }
    let (plain, places) = plain(text);
    let (wanted, _) = self::plain(words);
    let at = plain.windows(wanted.len()).position(|w| w == wanted)?;
    Some(Span {
        start: places[at].0,
        end: places[at + wanted.len() - 1].1,
    })
}

/// Characters in lower case, runs of space as one, all quotation marks alike, each with the bytes it came from.
fn plain(text: &str) -> (Vec<char>, Vec<(usize, usize)>) {
    let mut chars: Vec<char> = Vec::new();
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if c.is_whitespace() {
            if chars.last() != Some(&' ') {
                chars.push(' ');
                places.push((start, end));
            }
        } else if "\"'`´‘’‚“”„«»".contains(c) {
            chars.push('\'');
            places.push((start, end));
        } else {
            for lower in c.to_lowercase() {
                chars.push(lower);
                places.push((start, end));
            }
        }
    }
    (chars, places)
}
