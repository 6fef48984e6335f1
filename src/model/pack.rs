//! The base encoder's weights as its package carries them: multilingual-e5-small in 4 bits (`E5S1`).
//!
//! The file is mapped, not read: the 96 million word-embedding weights stay packed, and only the rows of the
//! pieces at hand are unpacked. Layout, little endian (it is told in full by `Pack::open`): header, pieces with
//! unigram scores, a per-character normalisation table, a directory of tensors, then the tensors, either float32
//! or `Q4_0`: 32 weights = one float16 scale + 16 bytes, byte `j` holding weight `j` in its low nibble and weight
//! `j + 16` in its high one, value = (nibble - 8) * scale.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use half::f16;
use memmap2::Mmap;

use super::encoder::Shape;
use crate::error::{Error, Kind, Place, Result};

const MAGIC: &[u8; 4] = b"E5S1";
const BLOCK: usize = 32;
const BLOCK_BYTES: usize = 18;

/// The mapped package.
pub struct Pack {
    path: PathBuf,
    map: Mmap,
    /// Sizes of the encoder.
    pub shape: Shape,
    /// Pieces in id order with their unigram scores.
    pub pieces: Vec<(String, f64)>,
    /// What a character becomes before it is cut into pieces; an empty string removes it.
    pub normaliser: HashMap<char, Vec<char>>,
    /// Ids of `<s>`, `</s>`, `<pad>`.
    pub specials: Specials,
    /// Id of `<unk>`.
    pub unknown: i64,
    tensors: HashMap<String, Entry>,
}

/// Ids of the pieces that are no text.
#[derive(Debug, Clone, Copy)]
pub struct Specials {
    /// `<s>`, opens an input.
    pub begin: i64,
    /// `</s>`, closes it.
    pub end: i64,
    /// `<pad>`.
    pub pad: i64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    packed: bool,
    offset: usize,
    bytes: usize,
}

/// Reads little-endian fields one after another; `None` past the end.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let part = self.bytes.get(self.at..self.at.checked_add(n)?)?;
        self.at += n;
        Some(part)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }
    fn u16(&mut self) -> Option<usize> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?) as usize)
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
    fn size(&mut self) -> Option<usize> {
        self.u32().map(|n| n as usize)
    }
    fn u64(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()
    }
    fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits)
    }
}

impl Pack {
    /// Maps the package and reads its header.
    ///
    /// # Errors
    /// [`Kind::Model`] when the file is missing, of another form, or shorter than its directory says.
    pub fn open(path: &Path) -> Result<Pack> {
        let file = File::open(path).map_err(|e| Error::io(Kind::Model, "open", path, e))?;
        // SAFETY: the file lies in the cache and is replaced by rename only, never written in place.
        let map =
            unsafe { Mmap::map(&file) }.map_err(|e| Error::io(Kind::Model, "map", path, e))?;
        Pack::parse(path, map).ok_or_else(|| {
            Error::new(Kind::Model, "is not a whole 4-bit e5 package")
                .at(Place::file(path))
                .hint("delete it and run `scripts/demarche` again: it is fetched anew and verified")
        })?
    }

    fn parse(path: &Path, map: Mmap) -> Option<Result<Pack>> {
        let mut c = Cursor { bytes: &map, at: 0 };
        if c.take(4)? != MAGIC {
            return None;
        }
        let _version = c.u32()?;
        let (hidden, layers, heads, intermediate) = (c.size()?, c.size()?, c.size()?, c.size()?);
        let _vocabulary = c.size()?;
        let shape = Shape {
            hidden,
            layers,
            heads,
            intermediate,
            positions: c.size()?,
        };
        let _token_types = c.size()?;
        let _epsilon = c.f32()?;
        if c.size()? != BLOCK {
            return None;
        }
        let count = c.size()?;
        let specials = Specials {
            begin: i64::from(c.u32()?),
            end: i64::from(c.u32()?),
            pad: i64::from(c.u32()?),
        };
        let unknown = i64::from(c.u32()?);
        let blob = c.u64()?;
        let offsets: Vec<usize> = (0..=count).map(|_| c.size()).collect::<Option<_>>()?;
        let scores: Vec<f32> = (0..count).map(|_| c.f32()).collect::<Option<_>>()?;
        let blob = c.take(blob)?;
        let pieces = offsets
            .windows(2)
            .zip(scores)
            .map(|(o, score)| {
                let piece = std::str::from_utf8(blob.get(o[0]..o[1])?).ok()?;
                Some((piece.to_owned(), f64::from(score)))
            })
            .collect::<Option<Vec<_>>>()?;
        let normaliser = Pack::normaliser(&mut c)?;
        let tensors = Pack::directory(&mut c, map.len())?;
        Some(Ok(Pack {
            path: path.to_owned(),
            shape,
            pieces,
            normaliser,
            specials,
            unknown,
            tensors,
            map,
        }))
    }

    fn normaliser(c: &mut Cursor) -> Option<HashMap<char, Vec<char>>> {
        let count = c.size()?;
        let _bytes = c.size()?;
        let mut table = HashMap::with_capacity(count);
        for _ in 0..count {
            let from = char::from_u32(c.u32()?)?;
            let n = c.u8()?;
            let to = (0..n)
                .map(|_| char::from_u32(c.u32()?))
                .collect::<Option<_>>()?;
            table.insert(from, to);
        }
        Some(table)
    }

    fn directory(c: &mut Cursor, len: usize) -> Option<HashMap<String, Entry>> {
        let count = c.size()?;
        let mut tensors = HashMap::with_capacity(count);
        for _ in 0..count {
            let name_length = c.u16()?;
            let name = std::str::from_utf8(c.take(name_length)?).ok()?.to_owned();
            let packed = c.u8()? != 0;
            let _elements = c.u32()?;
            let (offset, bytes) = (c.u64()?, c.u64()?);
            if offset.checked_add(bytes)? > len {
                return None;
            }
            tensors.insert(
                name,
                Entry {
                    packed,
                    offset,
                    bytes,
                },
            );
        }
        Some(tensors)
    }

    fn bytes(&self, name: &str) -> Result<(Entry, &[u8])> {
        let entry = *self.tensors.get(name).ok_or_else(|| {
            Error::new(Kind::Model, format!("has no tensor `{name}`")).at(Place::file(&self.path))
        })?;
        Ok((entry, &self.map[entry.offset..entry.offset + entry.bytes]))
    }

    /// A whole tensor as float32, row by row.
    ///
    /// # Errors
    /// [`Kind::Model`] when there is no such tensor or it has not `elements` elements.
    pub fn tensor(&self, name: &str, elements: usize) -> Result<Vec<f32>> {
        let (entry, bytes) = self.bytes(name)?;
        let values: Vec<f32> = if entry.packed {
            let mut out = Vec::with_capacity(bytes.len() / BLOCK_BYTES * BLOCK);
            unpack(bytes, &mut out);
            out
        } else {
            bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect()
        };
        if values.len() != elements {
            return Err(Error::new(
                Kind::Model,
                format!(
                    "tensor `{name}` has {} values, not {elements}",
                    values.len()
                ),
            )
            .at(Place::file(&self.path)));
        }
        Ok(values)
    }

    /// Appends the word embeddings of `ids` to `out`, `H` values each.
    ///
    /// # Errors
    /// [`Kind::Model`] when the package has no word embeddings or an id lies beyond them.
    pub fn embed(&self, ids: &[i64], out: &mut Vec<f32>) -> Result<()> {
        let (_, bytes) = self.bytes("emb.word")?;
        let row = self.shape.hidden / BLOCK * BLOCK_BYTES;
        for &id in ids {
            let packed = usize::try_from(id)
                .ok()
                .and_then(|id| bytes.get(id * row..(id + 1) * row))
                .ok_or_else(|| {
                    Error::new(Kind::Model, format!("has no piece with id {id}"))
                        .at(Place::file(&self.path))
                })?;
            unpack(packed, out);
        }
        Ok(())
    }
}

/// Unpacks whole `Q4_0` blocks.
fn unpack(bytes: &[u8], out: &mut Vec<f32>) {
    for block in bytes.chunks_exact(BLOCK_BYTES) {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        let nibbles = &block[2..];
        out.extend(nibbles.iter().map(|b| (f32::from(b & 15) - 8.0) * scale));
        out.extend(nibbles.iter().map(|b| (f32::from(b >> 4) - 8.0) * scale));
    }
}
