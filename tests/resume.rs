//! A run that is stopped, killed or torn goes on where it was and ends in the bytes of an unbroken run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};

use demarche::annotate::journal::{Batch, Journal, Line, Outcome};
use demarche::annotate::key::Key;
use demarche::annotate::labels::{Scores, TargetScores};
use demarche::annotate::plan::{Chunk, Totals};
use demarche::annotate::{Options, run};
use demarche::error::Kind;

use crate::util::{Told, Workspace, failure, model_or_skip};

fn key(input: &str) -> Key {
    let of = |what: &str| what.to_owned();
    Key {
        demarche: of("1"),
        input: of(input),
        model: of("m"),
        codebook: of("c"),
        options: of("o"),
    }
}

fn batch(number: usize) -> Batch {
    // Numbers that have no short decimal.
    let p = (number as f32 + 1.0) / 3.0_f32.powi(number as i32 + 1);
    let target = TargetScores {
        mentioned: p,
        stance: [p; 4],
        holder: [p; 3],
        evidence: None,
    };
    let scores = Scores {
        frames: vec![p, p / 7.0, f32::MIN_POSITIVE],
        frame_evidence: vec![None, None, None],
        targets: vec![None, Some(target)],
        sentiment: [1.0 - p, p * 1e-9, p * 1e-20],
    };
    Batch {
        chunk: 0,
        batch: number,
        covers: 1,
        paragraphs: vec![number],
        outcomes: vec![if number % 3 == 2 {
            Outcome::Failed("why".into())
        } else {
            Outcome::Scored(scores)
        }],
    }
}

/// A journal with a plan of one empty chunk and some batches.
fn journal(path: &Path, batches: usize) -> Journal {
    let (mut journal, taken) = Journal::open(path, &key("i")).unwrap();
    assert!(taken.planned.is_none());
    journal.plan(&Line::Chunk(Chunk::default())).unwrap();
    journal
        .plan(&Line::Planned(Totals {
            to_label: 9,
            ..Totals::default()
        }))
        .unwrap();
    for number in 0..batches {
        journal.batch(batch(number)).unwrap();
    }
    journal
}

#[test]
fn scores_come_back_from_the_journal_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder.path().join("j"), 40);
    let back: Vec<Batch> = journal
        .batches()
        .unwrap()
        .map(|batch| batch.unwrap())
        .collect();
    assert_eq!(back, (0..40).map(batch).collect::<Vec<_>>());
    assert_eq!(journal.chunks().unwrap().count(), 1);
}

#[test]
fn a_torn_line_and_what_follows_it_are_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    drop(journal(&path, 3));
    let whole = std::fs::read(&path).unwrap();
    let ends: Vec<usize> = (1..=whole.len())
        .filter(|&end| whole[end - 1] == b'\n')
        .collect();
    assert_eq!(ends.len(), 6);
    for cut in 0..=whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let (journal, taken) = Journal::open(&path, &key("i")).unwrap();
        let lines = ends.iter().filter(|&&end| end <= cut).count();
        assert_eq!(taken.planned.is_some(), lines >= 3, "cut at {cut}");
        assert_eq!(
            taken.covered,
            lines.saturating_sub(3) as u64,
            "cut at {cut}"
        );
        drop(journal);
        // Whatever is left is whole lines, and half a plan is none.
        let left = std::fs::read(&path).unwrap();
        assert!(
            left == whole[..ends[if lines < 3 { 0 } else { lines - 1 }]],
            "cut at {cut}"
        );
    }
    // A byte that the disk changed.
    let mut changed = whole.clone();
    changed[ends[3] + 30] ^= 1;
    std::fs::write(&path, &changed).unwrap();
    assert_eq!(Journal::open(&path, &key("i")).unwrap().1.covered, 1);
}

#[test]
fn a_journal_of_another_run_is_not_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    drop(journal(&path, 3));
    let (_, taken) = Journal::open(&path, &key("other")).unwrap();
    assert_eq!((taken.differences, taken.covered), (vec!["the input"], 0));
    assert!(taken.planned.is_none());
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    for text in ["my notes", "my notes\nline two\n", "0123456"] {
        std::fs::write(&path, text).unwrap();
        let opened = Journal::open(&path, &key("i"));
        // The last could be the first bytes of a key, torn.
        if text.starts_with('0') {
            assert!(opened.is_ok());
            continue;
        }
        assert_eq!(opened.unwrap_err().kind(), Kind::Output);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

/// Small batches, so that there is something to break.
fn options(workspace: &Workspace, model: &Path, output: &str) -> Options {
    let mut options = workspace.options(model, output);
    options.max_batch_tokens = 100;
    options
}

fn journal_of(options: &Options) -> PathBuf {
    Journal::path_of(&options.output)
}

#[test]
fn a_stopped_run_goes_on_with_the_same_bytes() {
    let workspace = Workspace::with_articles(3);
    let whole = options(&workspace, model_or_skip!(), "whole.csv");
    let mut told = Told::default();
    run(&whole, &mut told).unwrap();
    let (batches, expected) = (told.batches, std::fs::read(&whole.output).unwrap());
    assert!(batches > 4, "{batches}");
    for after in [1, 2, batches / 2, batches - 1] {
        let broken = options(&workspace, &whole.model, "broken.csv");
        let mut told = Told {
            stop_after: Some(after),
            ..Told::default()
        };
        let error = failure(run(&broken, &mut told));
        assert_eq!(error.kind(), Kind::Interrupted);
        assert!(!broken.output.exists() && journal_of(&broken).exists());
        let mut told = Told::default();
        let summary = run(&broken, &mut told).unwrap();
        assert_eq!(told.batches, batches - after);
        assert!(summary.resumed_from > 0);
        assert_eq!(told.started, Some((summary.labelled, summary.resumed_from)));
        assert!(
            std::fs::read(&broken.output).unwrap() == expected,
            "after {after} batches"
        );
        assert!(!journal_of(&broken).exists());
        std::fs::remove_file(&broken.output).unwrap();
    }
}

#[test]
fn a_journal_torn_anywhere_gives_the_same_bytes() {
    let workspace = Workspace::with_articles(3);
    let whole = options(&workspace, model_or_skip!(), "whole.csv");
    run(&whole, &mut Told::default()).unwrap();
    let expected = std::fs::read(&whole.output).unwrap();
    let torn = options(&workspace, &whole.model, "torn.csv");
    let mut told = Told {
        stop_after: Some(6),
        ..Told::default()
    };
    failure(run(&torn, &mut told));
    let journal = std::fs::read(journal_of(&torn)).unwrap();
    let mut random = rand_pcg::Pcg64::seed_from_u64(7);
    for _ in 0..6 {
        let cut = random.random_range(0..journal.len());
        std::fs::write(journal_of(&torn), &journal[..cut]).unwrap();
        run(&torn, &mut Told::default()).unwrap();
        assert!(
            std::fs::read(&torn.output).unwrap() == expected,
            "cut at {cut}"
        );
    }
}

#[test]
fn a_changed_input_starts_afresh_and_says_so() {
    let workspace = Workspace::with_articles(2);
    let options = options(&workspace, model_or_skip!(), "out.csv");
    failure(run(
        &options,
        &mut Told {
            stop_after: Some(2),
            ..Told::default()
        },
    ));
    workspace.write("in/001.txt", "A new title of the day\n\nMoscow and Ankara signed the grain deal after a night of talks.\n");
    let mut told = Told::default();
    let summary = run(&options, &mut told).unwrap();
    assert_eq!(summary.resumed_from, 0);
    assert!(
        told.notes.iter().any(|n| n.contains("the input changed")),
        "{:?}",
        told.notes
    );
    let sheet = crate::util::Sheet::read(&options.output);
    assert!(sheet.column("text").contains(&"A new title of the day"));
}

#[test]
fn how_the_sheet_is_written_may_change_between_the_two() {
    let workspace = Workspace::with_articles(2);
    let mut options = options(&workspace, model_or_skip!(), "out.csv");
    failure(run(
        &options,
        &mut Told {
            stop_after: Some(3),
            ..Told::default()
        },
    ));
    (options.delimiter, options.max_batch_tokens) = (b';', 4096);
    let summary = run(&options, &mut Told::default()).unwrap();
    assert!(summary.resumed_from > 0);
    let text = std::fs::read_to_string(&options.output).unwrap();
    assert!(text.contains("\"row_id\";\"document\""));
}

/// The journal's lines, each changed by `change` and given its checksum again.
fn rewrite(path: &Path, change: impl Fn(&mut serde_json::Value)) {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| {
        let mut json = serde_json::from_str(&line[9..]).unwrap();
        change(&mut json);
        let json = json.to_string();
        format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
    });
    std::fs::write(path, lines.collect::<String>()).unwrap();
}

#[test]
fn a_paragraph_that_could_not_be_labelled_keeps_its_row_and_says_why() {
    let workspace = Workspace::with_articles(2);
    let options = options(&workspace, model_or_skip!(), "out.csv");
    failure(run(
        &options,
        &mut Told {
            stop_after: Some(1),
            ..Told::default()
        },
    ));
    rewrite(&journal_of(&options), |line| {
        if let Some(batch) = line.get_mut("batch") {
            batch["outcomes"][0] = serde_json::json!({"failed": "no memory"});
        }
    });
    let mut told = Told::default();
    let summary = run(&options, &mut told).unwrap();
    assert_eq!(summary.failed, 1);
    assert_eq!(
        summary.paragraphs,
        summary.labelled + summary.set_aside + summary.failed
    );
    assert!(
        told.notes.iter().any(|note| note.contains("no memory")),
        "{:?}",
        told.notes
    );
    let sheet = crate::util::Sheet::read(&options.output);
    assert_eq!(sheet.rows.len() as u64, summary.labelled + 1);
    let row = sheet
        .rows
        .iter()
        .find(|row| !row["note"].is_empty())
        .unwrap();
    assert_eq!(row["note"], "could not be labelled: no memory");
    for name in [
        "offer",
        "russia",
        "sentiment",
        "confidence",
        "review_rank",
        "offer_p",
        "model_labels",
    ] {
        assert_eq!(row[name], "", "{name}");
    }
    assert!(!row["text"].is_empty() && !row["text_hash"].is_empty());
}

#[test]
fn an_output_that_cannot_be_written_is_told_and_keeps_the_journal() {
    let workspace = Workspace::with_articles(1);
    let options = options(&workspace, model_or_skip!(), "out.csv");
    // A folder stands where the file would be written aside: fails for root as well.
    std::fs::create_dir(workspace.path("out.csv.part")).unwrap();
    let error = failure(run(&options, &mut Told::default()));
    assert_eq!(error.kind(), Kind::Output, "{error}");
    assert!(journal_of(&options).exists() && !options.output.exists());
    std::fs::remove_dir(workspace.path("out.csv.part")).unwrap();
    let mut told = Told::default();
    let summary = run(&options, &mut told).unwrap();
    assert_eq!((told.batches, summary.resumed_from), (0, summary.labelled));
    assert_eq!(workspace.names(), ["out.csv", "out.csv.run.json"]);
}

#[test]
fn killed_run_resumes_with_the_same_bytes() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(6);
    let command = |output: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demarche"));
        command
            .arg("annotate")
            .arg(workspace.path("in"))
            .arg("-o")
            .arg(workspace.path(output));
        command
            .arg("--model")
            .arg(model)
            .args(["--max-batch-tokens", "100"]);
        command
            .env("OMP_NUM_THREADS", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    if !command("whole.csv").status().unwrap().success() {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: this build has no `demarche annotate`"
        );
        return;
    }
    let expected = std::fs::read(workspace.path("whole.csv")).unwrap();
    let journal = Journal::path_of(&workspace.path("killed.csv"));
    let mut kills = 0;
    // Killed each time that the journal has grown by a batch or two, until a run gets through.
    for round in 1..=4 {
        let mut child = command("killed.csv").spawn().unwrap();
        let size = || std::fs::metadata(&journal).map_or(0, |m| m.len());
        let (before, start) = (size(), Instant::now());
        while size() < before + 2_000 * round && start.elapsed() < Duration::from_secs(60) {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        kills += u32::from(!child.wait().unwrap().success());
    }
    assert!(kills > 0);
    assert!(command("killed.csv").status().unwrap().success());
    assert!(std::fs::read(workspace.path("killed.csv")).unwrap() == expected);
    assert!(!journal.exists());
}
