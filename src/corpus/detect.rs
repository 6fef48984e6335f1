//! Which encoding a file is in, found in one pass that also gives its size and SHA-256, so that a table of any size
//! can be looked through without being held in memory.
//!
//! A byte order mark decides first, then, for HTML, the `charset` the page declares, then what the bytes look like.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254};
use regex::bytes::Regex;
use sha2::{Digest, Sha256};

/// How much of the file's head is kept to look at.
const HEAD: usize = 64 * 1024;

/// The bytes of windows-1254 that are letters of Turkish.
const TURKISH: [u8; 17] = [
    0xC2, 0xC7, 0xCE, 0xD0, 0xD6, 0xDC, 0xDD, 0xDE, 0xE2, 0xE7, 0xEE, 0xF0, 0xF6, 0xFB, 0xFC, 0xFD,
    0xFE,
];

/// What one pass over a file tells.
pub(crate) struct Examined {
    pub encoding: &'static Encoding,
    pub bytes: u64,
    pub sha256: String,
}

/// Reads a file once: its size, SHA-256 and encoding.
pub(crate) fn examine(path: &Path, html: bool) -> io::Result<Examined> {
    let mut file = File::open(path)?;
    let mut look = Look::new();
    let mut chunk = vec![0; HEAD];
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        look.at(&chunk[..read]);
    }
    Ok(look.conclude(html))
}

/// Everything collected while the bytes go by.
struct Look {
    hash: Sha256,
    bytes: u64,
    head: Vec<u8>,
    seen: Box<[u64; 256]>,
    /// NUL bytes at even and at odd offsets: in UTF-16, Latin letters leave one of the two.
    nul: [u64; 2],
    detector: EncodingDetector,
    utf8: Utf8Count,
}

impl Look {
    fn new() -> Self {
        Look {
            hash: Sha256::new(),
            bytes: 0,
            head: Vec::new(),
            seen: Box::new([0; 256]),
            nul: [0; 2],
            detector: EncodingDetector::new(Iso2022JpDetection::Deny),
            utf8: Utf8Count::default(),
        }
    }

    fn at(&mut self, chunk: &[u8]) {
        self.hash.update(chunk);
        let wanted = HEAD.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..wanted]);
        for (i, &byte) in chunk.iter().enumerate() {
            self.seen[usize::from(byte)] += 1;
            if byte == 0 {
                self.nul[((self.bytes + i as u64) % 2) as usize] += 1;
            }
        }
        self.bytes += chunk.len() as u64;
        self.detector.feed(chunk, false);
        self.utf8.at(chunk);
    }

    fn conclude(mut self, html: bool) -> Examined {
        self.detector.feed(&[], true);
        self.utf8.finish();
        let sha256 = self.hash.clone().finalize();
        Examined {
            encoding: self.encoding(html),
            bytes: self.bytes,
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    fn encoding(&self, html: bool) -> &'static Encoding {
        if let Some((encoding, _)) = Encoding::for_bom(&self.head) {
            return encoding;
        }
        if let Some(encoding) = self.utf16_without_mark() {
            return encoding;
        }
        if let Some(declared) = html.then(|| declared(&self.head)).flatten() {
            // Pages are re-saved as UTF-8 under an old declaration, and legacy bytes are put under `utf-8`.
            // Text of a legacy encoding is never valid UTF-8 by chance, so the bytes have the last word on that.
            if (declared == UTF_8) == self.utf8.is_likely() || self.utf8.sequences == 0 {
                return declared;
            }
        }
        if self.utf8.is_likely() {
            return UTF_8;
        }
        self.prefer(self.detector.guess(None, Utf8Detection::Deny))
    }

    /// UTF-16 without a mark, where that is obvious: NULs on one side of each pair and not on the other.
    fn utf16_without_mark(&self) -> Option<&'static Encoding> {
        let pairs = self.bytes / 2;
        if !self.bytes.is_multiple_of(2) || pairs == 0 {
            return None;
        }
        // Cyrillic leaves NULs only at spaces, digits and line ends: one pair in twenty is enough.
        match self.nul {
            [0, odd] if odd * 20 >= pairs => Some(UTF_16LE),
            [even, 0] if even * 20 >= pairs => Some(UTF_16BE),
            _ => None,
        }
    }

    /// The detector's guess, set right where a short text leaves it no ground for one.
    ///
    /// Between the Latin encodings of Windows it goes by letter frequencies, which a headline does not have. Text
    /// whose only letters beyond ASCII are those of Turkish is then windows-1254, and text nearly without such
    /// letters (English with a dash, a pound sign or a `café`) windows-1252.
    fn prefer(&self, guess: &'static Encoding) -> &'static Encoding {
        let count = |bytes: &mut dyn Iterator<Item = u8>| -> u64 {
            bytes.map(|byte| self.seen[usize::from(byte)]).sum()
        };
        // The detector rules windows-1251 out at the one byte that it leaves undefined, and then finds Cyrillic of
        // another make: nonsense without an error. Small letters, 0xE0 to 0xFF, tell it.
        let small = count(&mut (0xE0..=0xFF));
        if self.seen[0x98] > 0 && small * 10 >= count(&mut (0x80..=0xFF)) * 7 {
            let latin = count(&mut (b'a'..=b'z'));
            if small > latin {
                return WINDOWS_1251;
            }
        }
        let latin = ["windows-125", "ISO-8859-"]
            .iter()
            .any(|start| guess.name().starts_with(start));
        let other_script = [
            "windows-1251",
            "windows-1253",
            "windows-1255",
            "windows-1256",
            "ISO-8859-5",
            "ISO-8859-6",
            "ISO-8859-7",
            "ISO-8859-8",
            "ISO-8859-8-I",
        ];
        if !latin || other_script.contains(&guess.name()) {
            return guess;
        }
        let letters = count(&mut (0xC0..=0xFF));
        let turkish = count(&mut TURKISH.into_iter());
        let ascii = count(&mut (b'a'..=b'z')) + count(&mut (b'A'..=b'Z'));
        if letters > 0 && letters == turkish {
            WINDOWS_1254
        } else if letters * 30 < ascii {
            WINDOWS_1252
        } else {
            guess
        }
    }
}

/// Counts what is and what is not UTF-8, across chunks.
#[derive(Default)]
struct Utf8Count {
    rest: Vec<u8>,
    /// Valid characters beyond ASCII.
    sequences: u64,
    broken: u64,
}

impl Utf8Count {
    fn at(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
        let bytes = std::mem::take(&mut self.rest);
        let mut left = bytes.as_slice();
        loop {
            let (valid, error) = match std::str::from_utf8(left) {
                Ok(_) => (left.len(), None),
                Err(error) => (error.valid_up_to(), Some(error)),
            };
            self.sequences += left[..valid].iter().filter(|&&byte| byte >= 0xC0).count() as u64;
            let Some(error) = error else { return };
            let Some(length) = error.error_len() else {
                self.rest = left[valid..].to_vec();
                return;
            };
            self.broken += 1;
            left = &left[valid + length..];
        }
    }

    fn finish(&mut self) {
        if !self.rest.is_empty() {
            self.broken += 1;
        }
    }

    /// Whether this is UTF-8, perhaps with a damaged spot that must then be named rather than hidden by another
    /// encoding: in legacy text valid sequences are rare accidents.
    fn is_likely(&self) -> bool {
        self.broken == 0 || self.sequences >= 4 * self.broken
    }
}

/// The encoding that an HTML page declares in its head.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    static CHARSET: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]+)"#)
            .expect("a fixed pattern")
    });
    let label = CHARSET.captures(&head[..head.len().min(4096)])?.get(1)?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // A page whose declaration can be read as ASCII is not UTF-16, whatever it says (WHATWG HTML, 13.2.3.2).
    Some(if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else {
        encoding
    })
}
