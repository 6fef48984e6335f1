//! Bytes → text in which no character was replaced in silence.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// What to do about a byte that means nothing.
pub(crate) const HINT: &str = "the file is damaged there or mixes encodings: open it in an editor, mend that place and save it as UTF-8";

/// Stands for a code unit that UTF-16 does not allow: no UTF-8 text has this byte, so decoding stops at it.
const BROKEN: u8 = 0xFF;

/// A byte that has no meaning in the file's encoding.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Bytes before it.
    pub offset: usize,
    /// What is wrong, in words: `byte 0xFF is not valid UTF-8`.
    pub message: String,
}

/// The text of the bytes, without a byte order mark.
///
/// # Errors
/// [`Malformed`] at the first byte that means nothing in this encoding, or that no text contains (NUL).
pub(crate) fn decode(bytes: &[u8], encoding: &'static Encoding) -> Result<String, Malformed> {
    let mark = match Encoding::for_bom(bytes) {
        Some((marked, length)) if marked == encoding => length,
        _ => 0,
    };
    let body = &bytes[mark..];
    let text = match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => text,
        None => return Err(first_malformed(body, mark, encoding)),
    };
    // The tables of WHATWG give the bytes that Windows leaves undefined as control characters.
    let meaningless = |c: char| c == '\0' || (encoding.is_single_byte() && is_c1(c));
    if let Some((index, c)) = text.char_indices().find(|&(_, c)| meaningless(c)) {
        let offset = if encoding.is_single_byte() {
            text[..index].chars().count()
        } else {
            index
        };
        let message = if c == '\0' {
            "a NUL byte: this is not a text file".to_owned()
        } else {
            format!(
                "byte {:#04X} is not a character of {}",
                c as u32,
                encoding.name()
            )
        };
        return Err(Malformed {
            offset: mark + offset,
            message,
        });
    }
    Ok(text.into_owned())
}

fn is_c1(c: char) -> bool {
    ('\u{80}'..='\u{9F}').contains(&c)
}

fn first_malformed(body: &[u8], mark: usize, encoding: &'static Encoding) -> Malformed {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut sink = vec![0; 8 * 1024];
    let mut done = 0;
    let offset = loop {
        let (result, read, _) =
            decoder.decode_to_utf8_without_replacement(&body[done..], &mut sink, true);
        done += read;
        match result {
            DecoderResult::InputEmpty => break done,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                break done.saturating_sub(usize::from(length) + usize::from(after));
            }
        }
    };
    let byte = body.get(offset).copied().unwrap_or_default();
    Malformed {
        offset: mark + offset,
        message: format!("byte {byte:#04X} is not valid {}", encoding.name()),
    }
}

/// A table's bytes as a reader that takes lines and delimiters for ASCII can use them: UTF-16 becomes UTF-8, any
/// other encoding stays as it is. A UTF-8 mark is taken off.
pub(crate) fn open(path: &Path, encoding: &'static Encoding) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return Ok(Box::new(Utf16 {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: Vec::new(),
            output: Vec::new(),
            given: 0,
            ended: false,
        }));
    }
    let mut start = Vec::with_capacity(3);
    file.by_ref().take(3).read_to_end(&mut start)?;
    if encoding == UTF_8 && start == b"\xEF\xBB\xBF" {
        start.clear();
    }
    Ok(Box::new(io::Cursor::new(start).chain(file)))
}

/// The encoding of what [`open`] gives.
pub(crate) fn after_open(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else {
        encoding
    }
}

/// UTF-16 read as UTF-8, with [`BROKEN`] for what is not valid, so that the row it stands in is refused.
struct Utf16 {
    file: File,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Utf16 {
    fn refill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.given = 0;
        self.input.clear();
        let read = self
            .file
            .by_ref()
            .take(32 * 1024)
            .read_to_end(&mut self.input)?;
        self.ended = read == 0;
        let mut done = 0;
        loop {
            self.output.reserve(64 * 1024);
            let from = self.output.len();
            self.output.resize(from + 64 * 1024, 0);
            let (result, consumed, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.input[done..],
                &mut self.output[from..],
                self.ended,
            );
            done += consumed;
            self.output.truncate(from + written);
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.output.push(BROKEN),
            }
        }
    }
}

impl Read for Utf16 {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = buffer.len().min(self.output.len() - self.given);
        buffer[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
