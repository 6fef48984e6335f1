//! The journal's lines, each vouched for by a checksum.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::journal::Line;
use crate::error::{Error, Kind, Result};

/// A first line that is longer is none of ours.
const LONGEST_KEY: u64 = 4096;

/// A line of this JSON: its CRC-32 in hexadecimal, a space, the JSON.
pub(super) fn line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// The lines of a journal up to the first that is torn.
pub(super) struct Lines {
    reader: BufReader<File>,
    pub path: PathBuf,
    line: Vec<u8>,
    /// End of the last line that its checksum vouches for.
    pub at: u64,
    /// End of the last line that made sense.
    pub good: u64,
}

impl Lines {
    pub fn new(file: File, path: &Path) -> Lines {
        Lines {
            reader: BufReader::with_capacity(1 << 16, file),
            path: path.to_owned(),
            line: Vec::new(),
            at: 0,
            good: 0,
        }
    }

    pub fn from(path: &Path, at: u64) -> Result<Lines> {
        let open = || -> io::Result<File> {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(at))?;
            Ok(file)
        };
        open()
            .map(|file| Lines {
                at,
                ..Lines::new(file, path)
            })
            .map_err(|e| Error::io(Kind::Output, "read the journal", path, e))
    }

    /// The JSON of the next line, `None` at the end or at a torn line.
    pub fn next_json(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let most = if self.at == 0 { LONGEST_KEY } else { u64::MAX };
        self.reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.line)?;
        let read = self.line.len() as u64;
        let json = checked(&self.line);
        if json.is_some() {
            self.at += read;
        }
        Ok(json)
    }

    /// True if what stands where the first line should be cannot be the beginning of one.
    pub fn torn_is_foreign(&self) -> bool {
        let shape = self.line.iter().enumerate().all(|(at, byte)| match at {
            0..=7 => byte.is_ascii_hexdigit(),
            8 => *byte == b' ',
            9 => *byte == b'{',
            _ => *byte != b'\n',
        });
        !shape || self.line.len() as u64 >= LONGEST_KEY
    }
}

impl Iterator for Lines {
    type Item = Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.path.clone();
        let line = match self.next_json() {
            Ok(json) => serde_json::from_slice(json?).map_err(io::Error::other),
            Err(error) => Err(error),
        };
        Some(line.map_err(|e| Error::io(Kind::Output, "read the journal", path, e)))
    }
}

/// The JSON of a whole line whose checksum is right.
fn checked(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (crc, json) = line.split_at_checked(8)?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?, 16).ok()?;
    let json = json.strip_prefix(b" ")?;
    (crc32fast::hash(json) == crc).then_some(json)
}
