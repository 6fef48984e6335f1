//! Paragraph → pieces with byte offsets, as the base encoder was taught to read.
//!
//! The `tokenizers` crate cuts. Where a base comes with a `tokenizer.json` it is read; for e5 its parts are put
//! together here from the package's own pieces, scores and normalisation table, and `tests/model.rs` compares the
//! result with the reference.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokenizers::decoders::metaspace::Metaspace as Decoder;
use tokenizers::models::unigram::Unigram;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{NormalizedString, Normalizer, TokenizerImpl};

use super::pack::{Pack, Specials};
use crate::error::{Error, Kind, Place, Result};

/// Pieces of one text: `ids[i]` covers `text[offsets[i].0..offsets[i].1]`; no special pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pieces {
    /// Ids in the base encoder's vocabulary.
    pub ids: Vec<i64>,
    /// Byte range of each piece in the text; a piece may begin with the space before its word.
    pub offsets: Vec<(usize, usize)>,
}

/// Cuts text into pieces.
pub struct Tokenizer {
    inner: Inner,
    /// Ids of the pieces that are no text.
    pub specials: Specials,
}

enum Inner {
    Package(Box<TokenizerImpl<Unigram, Table, Metaspace, TemplateProcessing, Decoder>>),
    File(Box<tokenizers::Tokenizer>),
}

/// The package's character table (NMT-NFKC, character by character), after composition of combining marks
/// and before runs of spaces are made one.
#[derive(Clone)]
struct Table(Arc<HashMap<char, Vec<char>>>);

impl Normalizer for Table {
    fn normalize(&self, text: &mut NormalizedString) -> tokenizers::Result<()> {
        if text.get().is_empty() {
            return Ok(());
        }
        text.nfc();
        let mut out: Vec<(char, isize)> = Vec::with_capacity(text.len());
        let mut removed_first = 0;
        let drop_last = |out: &mut Vec<(char, isize)>, first: &mut usize| match out.last_mut() {
            Some(last) => last.1 -= 1,
            None => *first += 1,
        };
        for c in text.get().chars() {
            match self.0.get(&c).map(Vec::as_slice) {
                None => out.push((c, 0)),
                Some([]) => drop_last(&mut out, &mut removed_first),
                Some(to) => {
                    for (i, &t) in to.iter().enumerate() {
                        out.push((t, isize::from(i > 0)));
                    }
                }
            }
        }
        // Runs of spaces become one; a dropped space counts as removed after the one kept.
        let mut squeezed: Vec<(char, isize)> = Vec::with_capacity(out.len());
        for (c, change) in out {
            match squeezed.last_mut() {
                Some(last) if c == ' ' && last.0 == ' ' => {
                    last.1 += change - isize::from(change <= 0);
                }
                _ => squeezed.push((c, change)),
            }
        }
        text.transform(squeezed, removed_first);
        Ok(())
    }
}

impl Tokenizer {
    /// Puts the tokenizer together from the package.
    ///
    /// # Errors
    /// [`Kind::Model`] when the package's pieces are no unigram vocabulary.
    pub fn new(pack: &Pack) -> Result<Tokenizer> {
        let unknown = usize::try_from(pack.unknown).ok();
        let model = Unigram::from(pack.pieces.clone(), unknown, false)
            .map_err(|e| Error::new(Kind::Model, "the base's pieces are unusable").because(e))?;
        let mut inner = TokenizerImpl::new(model);
        inner.with_normalizer(Some(Table(Arc::new(pack.normaliser.clone()))));
        inner.with_pre_tokenizer(Some(Metaspace::new(
            '\u{2581}',
            PrependScheme::Always,
            true,
        )));
        Ok(Tokenizer {
            inner: Inner::Package(Box::new(inner)),
            specials: pack.specials,
        })
    }

    /// Reads a `tokenizer.json`; `specials` are its words for beginning, end and padding.
    ///
    /// # Errors
    /// [`Kind::Model`] when it is none, or lacks one of them.
    pub fn from_file(path: &Path, specials: [&str; 3]) -> Result<Tokenizer> {
        let wrong = |what: String| Error::new(Kind::Model, what).at(Place::file(path));
        let mut inner = tokenizers::Tokenizer::from_file(path)
            .map_err(|e| wrong("is no tokenizer".to_owned()).because(e))?;
        // Files of sentence encoders cut and pad to a fixed length; here nothing is cut.
        inner
            .with_truncation(None)
            .map_err(|e| wrong("is unusable".to_owned()).because(e))?;
        inner.with_padding(None);
        let id = |piece: &str| {
            inner
                .token_to_id(piece)
                .map(i64::from)
                .ok_or_else(|| wrong(format!("has no piece `{piece}`")))
        };
        let [begin, end, pad] = specials;
        let specials = Specials {
            begin: id(begin)?,
            end: id(end)?,
            pad: id(pad)?,
        };
        Ok(Tokenizer {
            inner: Inner::File(Box::new(inner)),
            specials,
        })
    }

    /// Cuts one text; nothing is truncated.
    ///
    /// # Errors
    /// [`Kind::Model`] when the tokenizer fails, which no text is known to make it do.
    pub fn pieces(&self, text: &str) -> Result<Pieces> {
        let encoding = match &self.inner {
            Inner::Package(inner) => inner.encode(text, false),
            Inner::File(inner) => inner.encode(text, false),
        };
        let encoding = encoding
            .map_err(|e| Error::new(Kind::Model, "the text could not be tokenised").because(e))?;
        Ok(Pieces {
            ids: encoding.get_ids().iter().map(|&id| i64::from(id)).collect(),
            offsets: encoding.get_offsets().to_vec(),
        })
    }
}
