//! What the tests share: the model, a folder to work in, a reader of sheets.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use demarche::annotate::{Options, Progress, Silent, Summary, run};
use demarche::error::{Error, Result};

/// The model that tests run with: `DEMARCHE_TEST_MODEL`, else `models/default`.
///
/// A checkout whose model or base encoder is not there skips the tests that need them, and says so.
pub fn model() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let folder = std::env::var_os("DEMARCHE_TEST_MODEL").map_or_else(
                || Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default"),
                PathBuf::from,
            );
            match demarche::model::Model::open(&folder) {
                Ok(_) => Some(folder),
                Err(error) => {
                    let gate = std::env::var_os("CI").is_some();
                    assert!(!gate, "the gate needs the model: {}", error.in_one_line());
                    eprintln!("SKIPPED: tests that need a model: {}", error.in_one_line());
                    None
                }
            }
        })
        .as_deref()
}

/// Ends a test that needs the model where there is none.
macro_rules! model_or_skip {
    () => {
        match crate::util::model() {
            Some(model) => model,
            None => return,
        }
    };
}
pub(crate) use model_or_skip;

/// A temporary folder with an input folder in it.
pub struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    pub fn new() -> Workspace {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        Workspace { folder }
    }

    /// With articles on several subjects, in texts and a table: `articles` texts of eight paragraphs.
    pub fn with_articles(articles: usize) -> Workspace {
        let workspace = Workspace::new();
        for number in 0..articles {
            workspace.write(&format!("in/{number:03}.txt"), &article(number));
        }
        workspace.write("in/table.csv", TABLE);
        workspace
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Options that read `in` and write `output`, on one thread.
    pub fn options(&self, model: &Path, output: &str) -> Options {
        let mut options = Options::new(vec![self.path("in")], self.path(output), model.to_owned());
        options.threads = Some(1);
        options
    }

    /// Runs and reads the sheet.
    pub fn annotate(&self, options: &Options) -> (Summary, Sheet) {
        let summary = run(options, &mut Silent).unwrap();
        (summary, Sheet::read(&options.output))
    }

    /// Every file beside the inputs.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "in")
            .collect();
        names.sort();
        names
    }
}

/// A sheet as a script reads it.
pub struct Sheet {
    pub header: Vec<String>,
    pub rows: Vec<HashMap<String, String>>,
}

impl Sheet {
    pub fn read(path: &Path) -> Sheet {
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = reader
            .records()
            .map(|record| {
                let record = record.unwrap();
                header
                    .iter()
                    .cloned()
                    .zip(record.iter().map(str::to_owned))
                    .collect()
            })
            .collect();
        Sheet { header, rows }
    }

    /// A column, top to bottom.
    pub fn column(&self, name: &str) -> Vec<&str> {
        self.rows.iter().map(|row| row[name].as_str()).collect()
    }
}

/// Keeps what it is told, and stops after a number of batches.
#[derive(Default)]
pub struct Told {
    pub stop_after: Option<usize>,
    pub batches: usize,
    pub started: Option<(u64, u64)>,
    pub notes: Vec<String>,
    pub skipped: Vec<String>,
}

impl Progress for Told {
    fn start(&mut self, total: u64, done: u64) {
        self.started = Some((total, done));
    }
    fn paragraphs(&mut self, _done: u64) {
        self.batches += 1;
    }
    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }
    fn skipped(&mut self, error: &Error) {
        self.skipped.push(error.to_string());
    }
    fn stopped(&self) -> bool {
        self.stop_after
            .is_some_and(|batches| self.batches >= batches)
    }
}

/// The error of a run that must fail.
pub fn failure(result: Result<Summary>) -> Error {
    match result {
        Ok(summary) => panic!("it should have failed: {summary:?}"),
        Err(error) => error,
    }
}

/// One of the subjects, with a number in it so that no two articles are alike.
fn article(number: usize) -> String {
    let places = [
        "Vienna", "Doha", "Helsinki", "Astana", "Geneva", "Ankara", "Riyadh",
    ];
    let place = places[number % places.len()];
    format!(
        "Ministers gather in {place} for round {number} of talks\n\n\
         Delegations from twelve states arrived in {place} on Monday, officials of the host said.\n\n\
         Russia offered to extend the truce by {number} days if the blockade was lifted, its envoy told reporters.\n\n\
         The NATO spokesman accused Moscow of using the pause to rebuild its forces near the border.\n\n\
         Türkiye's foreign minister called the draft a fair basis and thanked both sides for their patience.\n\n\
         Diplomats doubted that the promise would be kept; one of them called it a pretext to win time.\n\n\
         The next round is planned for week {number} of the year.\n\n\
         Weather in {place} was mild, and the hall was full of flowers that the city had sent.\n"
    )
}

const TABLE: &str = "id,title,text,source,score\n\
    a-1,Grain ships sail again,\"The first three ships left the port at dawn, and the harbour master praised Ankara for its help in the talks.\",wire,-5\n\
    a-2,=SUM(A1:A9),\"@minister wrote that NATO had broken its word, and that nobody would believe it again.\",-blog,7\n";
