//! Which files the inputs stand for: folders walked, standard input kept in a file, names that tell files apart.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use walkdir::{DirEntry, WalkDir};

use super::read::{Format, Ignored};
use crate::error::{Error, Kind, Place, Result};

/// The endings of files that demarche itself writes beside an output.
const OURS: [&str; 2] = [".journal", ".run.json"];

/// A file that is to be read.
pub(crate) struct Found {
    pub path: PathBuf,
    pub name: String,
    pub bytes_at: PathBuf,
    pub format: Result<Format, String>,
}

/// The search under way.
#[derive(Default)]
pub(crate) struct Finding {
    found: Vec<Found>,
    ignored: Vec<Ignored>,
    /// The files already taken, links resolved.
    taken: HashSet<PathBuf>,
    stdin: Option<TempPath>,
}

impl Finding {
    pub(crate) fn find(
        &mut self,
        inputs: &[PathBuf],
        spool: Option<&Path>,
        stdin: impl Read,
    ) -> Result<()> {
        let mut stdin = Some(stdin);
        for input in inputs {
            if input == Path::new("-") {
                if let Some(stdin) = stdin.take() {
                    self.keep(stdin, spool)?;
                }
                continue;
            }
            let kind = std::fs::metadata(input).map_err(|error| missing(input, error))?;
            if kind.is_dir() {
                self.walk(input)?;
            } else {
                self.take(input.clone(), file_name(input), None);
            }
        }
        Ok(())
    }

    /// What was found.
    ///
    /// # Errors
    /// If that is nothing, with the likely cause.
    pub(crate) fn conclude(
        mut self,
        inputs: &[PathBuf],
    ) -> Result<(Vec<Found>, Vec<Ignored>, Option<TempPath>)> {
        if self.found.is_empty() {
            return Err(self.nothing(inputs));
        }
        self.name_apart();
        Ok((self.found, self.ignored, self.stdin))
    }

    fn walk(&mut self, folder: &Path) -> Result<()> {
        let mut paths = Vec::new();
        let mut ignored = Vec::new();
        let mut walk = WalkDir::new(folder)
            .min_depth(1)
            .follow_links(true)
            .into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    // A folder without permission, a link to nowhere or a circle of links: the rest is still read.
                    let path = error.path().unwrap_or(folder).to_owned();
                    let why = match error.loop_ancestor() {
                        Some(_) => "a link back to a folder above it".to_owned(),
                        None => error
                            .io_error()
                            .map_or_else(|| error.to_string(), io::Error::to_string),
                    };
                    ignored.push(Ignored { path, why });
                    continue;
                }
            };
            if let Some(why) = passed_over(&entry) {
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
                ignored.push(Ignored {
                    path: entry.into_path(),
                    why,
                });
            } else if entry.file_type().is_file() {
                paths.push(entry.into_path());
            }
        }
        // By the bytes of the path, so that the order is the same on every machine and in every locale.
        let key = |path: &Path| path.as_os_str().as_encoded_bytes().to_owned();
        paths.sort_by_cached_key(|path| key(path));
        ignored.sort_by_cached_key(|ignored| key(&ignored.path));
        self.ignored.extend(ignored);
        for path in paths {
            let name = relative_name(&path, folder);
            self.take(path, name, None);
        }
        Ok(())
    }

    fn take(&mut self, path: PathBuf, name: String, bytes_at: Option<(PathBuf, Format)>) {
        let place = bytes_at.as_ref().map_or(&path, |(at, _)| at);
        let resolved = std::fs::canonicalize(place).unwrap_or_else(|_| place.clone());
        if !self.taken.insert(resolved) {
            let why = "already taken from another input".to_owned();
            self.ignored.push(Ignored { path, why });
            return;
        }
        let (bytes_at, format) = match bytes_at {
            Some((at, format)) => (at, Ok(format)),
            None => (
                path.clone(),
                Format::of(&path).ok_or_else(|| not_read(&path)),
            ),
        };
        self.found.push(Found {
            path,
            name,
            bytes_at,
            format,
        });
    }

    /// Copies standard input to a file, since it is read more than once: for its hash, its encoding and its rows.
    fn keep(&mut self, mut stdin: impl Read, spool: Option<&Path>) -> Result<()> {
        let failed = |error| {
            Error::new(Kind::Output, "could not keep standard input in a file").because(error)
        };
        let (mut file, at) = match spool {
            Some(spool) => (File::create(spool).map_err(failed)?, spool.to_owned()),
            None => {
                let (file, at) = tempfile::NamedTempFile::new().map_err(failed)?.into_parts();
                let path = at.to_path_buf();
                self.stdin = Some(at);
                (file, path)
            }
        };
        io::copy(&mut stdin, &mut file).map_err(failed)?;
        file.flush().map_err(failed)?;
        let format = guess(&at).map_err(failed)?;
        self.take(PathBuf::from("-"), "stdin".to_owned(), Some((at, format)));
        Ok(())
    }

    /// Two folders may hold files of one relative name: such files go by their paths as given.
    fn name_apart(&mut self) {
        let mut names = HashSet::new();
        let twice: HashSet<String> = self
            .found
            .iter()
            .filter(|found| !names.insert(found.name.clone()))
            .map(|found| found.name.clone())
            .collect();
        for found in &mut self.found {
            if twice.contains(&found.name) {
                found.name = with_slashes(&found.path);
            }
        }
    }

    fn nothing(&self, inputs: &[PathBuf]) -> Error {
        let Some(input) = inputs.first() else {
            return Error::new(Kind::Usage, "no input given")
                .hint("give files, folders, or - for standard input");
        };
        let likely = match self.ignored.as_slice() {
            [] => "it is empty".to_owned(),
            [one] => format!("it holds only `{}`: {}", one.path.display(), one.why),
            [first, ..] => format!(
                "none of the {} things in it is read, such as `{}`: {}",
                self.ignored.len(),
                first.path.display(),
                first.why
            ),
        };
        let message = if inputs.len() == 1 {
            format!("nothing to read in this folder: {likely}")
        } else {
            format!(
                "nothing to read in this folder, nor in the other {}",
                inputs.len() - 1
            )
        };
        Error::new(Kind::Input, message)
            .at(Place::file(input))
            .hint(format!("files that end in {} are read", Format::ENDINGS))
    }
}

fn missing(input: &Path, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::NotFound {
        return Error::io(Kind::Usage, "open it", input, error);
    }
    let parent = input
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let hint = match parent {
        Some(parent) if !parent.exists() => {
            format!("the folder `{}` does not exist either", parent.display())
        }
        _ => "check the spelling; quote a path that has spaces in it".to_owned(),
    };
    Error::new(Kind::Usage, "no such file or folder")
        .at(Place::file(input))
        .hint(hint)
}

/// Why a folder's entry is passed over, or `None` if it is to be read.
fn passed_over(entry: &DirEntry) -> Option<String> {
    let name = entry.file_name().to_string_lossy();
    if name.starts_with('.') {
        Some("hidden".to_owned())
    } else if entry.file_type().is_dir() {
        None
    } else if OURS.iter().any(|ending| name.ends_with(ending)) {
        Some("written by demarche itself".to_owned())
    } else if !entry.file_type().is_file() {
        Some("not a regular file".to_owned())
    } else if Format::of(entry.path()).is_none() {
        Some(not_read(entry.path()))
    } else {
        None
    }
}

fn not_read(path: &Path) -> String {
    match path.extension() {
        Some(ending) => format!(".{} files are not read", ending.to_string_lossy()),
        None => "files without an ending are not read".to_owned(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn relative_name(path: &Path, folder: &Path) -> String {
    with_slashes(path.strip_prefix(folder).unwrap_or(path))
}

fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/").replacen("//", "/", 1)
}

/// What standard input holds.
fn guess(at: &Path) -> io::Result<Format> {
    const HEAD: u64 = 1024 * 1024;
    let mut head = Vec::new();
    File::open(at)?.take(HEAD).read_to_end(&mut head)?;
    let cut = head.len() as u64 == HEAD;
    let text = String::from_utf8_lossy(&head);
    let start = text.trim_start_matches('\u{FEFF}').trim_start();
    let begins = |word: &str| {
        start
            .get(..word.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(word))
    };
    if begins("<!doctype html") || begins("<html") {
        return Ok(Format::Html);
    }
    let mut lines: Vec<_> = start.lines().collect();
    if cut && lines.len() > 1 {
        // The last line may go on beyond the head.
        lines.pop();
    }
    let mut objects = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .take(10)
        .map(|line| {
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
        })
        .peekable();
    let any = objects.peek().is_some();
    Ok(if any && objects.all(|is_object| is_object) {
        Format::JsonLines
    } else {
        Format::Text
    })
}
