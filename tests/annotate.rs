//! From paragraphs to labels: chunks, decisions, and runs over small inputs with the shipped model.

use demarche::annotate::decide::{Decider, ranks};
use demarche::annotate::labels::{Holder, Scores, Sentiment, Span, Stance, TargetScores};
use demarche::annotate::plan::{Chunk, Planner, Skipped, Totals};
use demarche::annotate::run;
use demarche::codebook::{Codebook, MentionFinder};
use demarche::corpus::{Document, Paragraph, ParagraphKind};
use demarche::error::{Error, Kind, Place};
use demarche::model::calibrate::{Calibration, Thresholds};
use demarche::model::store::Manifest;
use demarche::model::{Input, Model};

use crate::util::{Sheet, Told, Workspace, failure, model_or_skip};

fn manifest() -> Manifest {
    Manifest {
        name: "m".into(),
        version: "1".into(),
        base: "multilingual-e5-small".into(),
        prefix: String::new(),
        title: true,
        frames: ["offer", "accusation", "skepticism"]
            .map(String::from)
            .to_vec(),
        adapter_scale: 1.0,
        weights_sha256: String::new(),
        calibration: Calibration::identity(),
        thresholds: Thresholds {
            frames: vec![0.5, 0.25, 0.5],
            mentioned: 0.5,
            stance: vec![1.0, 2.0, 1.0, 1.0],
        },
    }
}

fn decider() -> Decider {
    Decider::new(&Codebook::built_in(), &manifest()).unwrap()
}

const TEXT: &str = "The envoy accused Moscow of lying.";

/// No frame, a neutral Russia, nobody else.
fn scores() -> Scores {
    let span = |words: &str| {
        let start = TEXT.find(words).unwrap();
        Some(Span {
            start,
            end: start + words.len(),
        })
    };
    Scores {
        frames: vec![0.125, 0.125, 0.125],
        frame_evidence: vec![None, span("accused Moscow"), None],
        targets: vec![
            None,
            Some(TargetScores {
                mentioned: 0.75,
                stance: [0.0625, 0.125, 0.0625, 0.75],
                holder: [0.25, 0.5, 0.25],
                evidence: span("accused Moscow of lying"),
            }),
            None,
        ],
        sentiment: [0.0, 0.125, 0.875],
    }
}

#[test]
fn a_frame_is_present_from_its_threshold_on() {
    let mut scores = scores();
    scores.frames[1] = 0.25;
    assert_eq!(decider().decide(TEXT, &scores).frames, [false, true, false]);
    scores.frames[1] = 0.249;
    assert_eq!(decider().decide(TEXT, &scores).frames, [false; 3]);
}

#[test]
fn stance_is_the_largest_probability_after_its_factor() {
    let mut scores = scores();
    let made = decider().decide(TEXT, &scores);
    assert_eq!(
        made.stances,
        [Stance::NotMentioned, Stance::Neutral, Stance::NotMentioned]
    );
    assert_eq!(made.holders, [None; 3]);
    scores.targets[1].as_mut().unwrap().stance = [0.0, 0.375, 0.0, 0.625];
    let made = decider().decide(TEXT, &scores);
    assert_eq!(made.stances[1], Stance::Unfavorable);
    assert_eq!(made.holders[1], Some(Holder::Reported));
    assert_eq!(made.sentiment, Sentiment::Negative);
}

#[test]
fn an_alias_that_means_something_else_is_not_mentioned() {
    let mut scores = scores();
    let target = scores.targets[1].as_mut().unwrap();
    (target.mentioned, target.stance) = (0.375, [0.0, 1.0, 0.0, 0.0]);
    let made = decider().decide(TEXT, &scores);
    assert_eq!(made.stances[1], Stance::NotMentioned);
    assert!(made.evidence.is_empty());
    assert_eq!(made.confidence, 0.625);
}

#[test]
fn confidence_is_the_lowest_probability_among_the_chosen_labels() {
    let mut scores = scores();
    // Stance times mentioned: 0.75 × 0.75. Targets that no alias names do not count.
    assert_eq!(decider().decide(TEXT, &scores).confidence, 0.5625);
    scores.frames[0] = 0.4999;
    assert_eq!(decider().decide(TEXT, &scores).confidence, 1.0 - 0.4999);
    scores.frames[1] = 0.25;
    assert_eq!(decider().decide(TEXT, &scores).confidence, 0.25);
    scores.frames = vec![0.0; 3];
    scores.targets = vec![None, None, None];
    assert_eq!(decider().decide(TEXT, &scores).confidence, 0.875);
}

#[test]
fn evidence_is_cut_from_the_paragraph_word_for_word() {
    let mut scores = scores();
    scores.frames[1] = 0.9;
    scores.targets[1].as_mut().unwrap().stance = [0.0, 1.0, 0.0, 0.0];
    let words = |key: &str, words: &str| (key.to_owned(), words.to_owned());
    assert_eq!(
        decider().decide(TEXT, &scores).evidence,
        [
            words("accusation", "accused Moscow"),
            words("russia", "accused Moscow of lying")
        ]
    );
}

#[test]
fn a_frame_that_the_model_does_not_know_is_refused() {
    let manifest = Manifest {
        frames: vec!["offer".into()],
        ..manifest()
    };
    let error = Decider::new(&Codebook::built_in(), &manifest).unwrap_err();
    assert_eq!(error.kind(), Kind::Codebook);
    assert!(error.to_string().contains("`accusation`"), "{error}");
}

#[test]
fn the_row_with_most_doubt_is_first_and_ties_go_by_reading_order() {
    let doubts = [Some(0.1), None, Some(0.5), Some(0.100_000_01), Some(1.8)];
    assert_eq!(ranks(&doubts), [3, 0, 2, 4, 1]);
}

#[test]
fn doubt_is_the_number_of_wrong_labels_to_be_expected() {
    let mut scores = scores();
    // Three frames, Russia (0.75 × 0.75), sentiment.
    let expected = 3.0 * 0.125 + (1.0 - 0.5625) + 0.125;
    assert_eq!(decider().decide(TEXT, &scores).doubt, expected);
    // A polar stance has a holder, which can be wrong too.
    scores.targets[1].as_mut().unwrap().stance = [0.0, 1.0, 0.0, 0.0];
    let expected = 3.0 * 0.125 + (1.0 - 0.75) + 0.5 + 0.125;
    assert_eq!(decider().decide(TEXT, &scores).doubt, expected);
}

fn paragraph(number: u32, kind: ParagraphKind, text: &str) -> Paragraph {
    let set_aside = (kind == ParagraphKind::Boilerplate).then(|| "advertisement".to_owned());
    Paragraph {
        number,
        kind,
        text: text.to_owned(),
        set_aside,
    }
}

fn document(name: &str, paragraphs: usize) -> Document {
    let mut all = vec![paragraph(1, ParagraphKind::Title, name)];
    all.extend((2..=paragraphs).map(|n| {
        let kind = if n % 5 == 0 {
            ParagraphKind::Boilerplate
        } else {
            ParagraphKind::Body
        };
        paragraph(n as u32, kind, &format!("Paragraph {} of {name}.", n % 7))
    }));
    Document {
        name: name.to_owned(),
        title: Some(name.to_owned()),
        columns: vec![("source".into(), "wire".into())],
        paragraphs: all,
    }
}

fn plan(documents: Vec<Result<Document, Skipped>>) -> (Vec<Chunk>, Totals) {
    let mut chunks = Vec::new();
    let mut planner = Planner::default();
    let mut keep = |chunk| {
        chunks.push(chunk);
        Ok(())
    };
    for document in documents {
        planner.push(document, &mut keep).unwrap();
    }
    let totals = planner.finish(&mut keep).unwrap();
    (chunks, totals)
}

#[test]
fn chunks_hold_every_paragraph_once_in_reading_order() {
    let bad = Skipped {
        file: Some("bad.txt".into()),
        row: None,
        line: None,
        reason: "is empty".into(),
        hint: None,
    };
    let documents = vec![
        Ok(document("a", 700)),
        Err(bad.clone()),
        Ok(document("b", 900)),
    ];
    let (chunks, totals) = plan(documents.clone());
    assert_eq!(plan(documents).0, chunks);
    assert!(chunks.len() >= 3, "{} chunks", chunks.len());
    for (number, chunk) in (0..).zip(&chunks) {
        assert_eq!(chunk.number, number);
        assert!(
            chunk
                .paragraphs
                .iter()
                .filter(|entry| entry.is_labelled())
                .count()
                <= 512
        );
    }
    let all: Vec<(&str, u32)> = chunks
        .iter()
        .flat_map(|chunk| {
            let name = |entry: &demarche::annotate::plan::Entry| {
                chunk.documents[entry.document].name.as_str()
            };
            chunk
                .paragraphs
                .iter()
                .map(move |entry| (name(entry), entry.paragraph.number))
        })
        .collect();
    let expected: Vec<(&str, u32)> = (1..=700)
        .map(|n| ("a", n))
        .chain((1..=900).map(|n| ("b", n)))
        .collect();
    assert_eq!(all, expected);
    assert_eq!(totals.documents, 2);
    assert_eq!(totals.to_label + totals.set_aside, 1600);
    assert_eq!((totals.set_aside, totals.skipped), (140 + 180, 1));
    assert_eq!(totals.columns, ["source"]);
    assert_eq!(
        chunks.iter().flat_map(|c| &c.skipped).collect::<Vec<_>>(),
        [&bad]
    );
}

#[test]
fn a_paragraph_that_comes_twice_is_scored_once() {
    let (chunks, _) = plan(vec![Ok(document("a", 20))]);
    let chunk = &chunks[0];
    let originals = chunk.originals();
    assert_eq!(chunk.paragraphs[8].paragraph.text, "Paragraph 2 of a.");
    assert_eq!(originals[8], 1);
    // The title is read without a title before it.
    assert_eq!(chunk.context(&chunk.paragraphs[0]), None);
    assert_eq!(chunk.context(&chunk.paragraphs[1]), Some("a"));
}

#[test]
fn a_skipped_row_keeps_its_place_and_comes_back_as_the_same_error() {
    let error = Error::new(Kind::Input, "is empty")
        .at(Place::file("wire.csv").row(7).column("text"))
        .hint("fill it");
    let skipped = Skipped::from(&error);
    assert_eq!(
        (skipped.row, skipped.reason.as_str()),
        (Some(7), "column `text`: is empty")
    );
    assert_eq!(
        skipped.error().to_string(),
        "wire.csv, row 7: column `text`: is empty"
    );
    assert_eq!(skipped.error().advice(), Some("fill it"));
}

#[test]
fn padding_does_not_change_a_paragraphs_scores() {
    let model = Model::open(model_or_skip!()).unwrap();
    let finder = MentionFinder::new(&Codebook::built_in());
    let short = "NATO warned Russia.";
    let long = "Ankara said that the draft, which Moscow had put on the table in spring, was fair, but doubted it. ".repeat(13);
    let prepare = |text: &str| {
        let mentions = finder.find(text);
        model
            .prepare(&Input {
                text,
                title: Some("Talks"),
                mentions: &mentions,
            })
            .unwrap()
    };
    let (short, long) = (prepare(short), prepare(&long));
    assert!(long.offsets().len() >= 300, "{}", long.offsets().len());
    let together = model.score(&[&short, &long, &short], 1 << 16).unwrap();
    let alone = [&short, &long].map(|p| model.score(&[p], 1 << 16).unwrap().remove(0));
    for (a, b) in [
        (&together[0], &alone[0]),
        (&together[1], &alone[1]),
        (&together[2], &alone[0]),
    ] {
        let (a, b) = (numbers(a), numbers(b));
        assert_eq!(a.len(), b.len());
        let worst = a
            .iter()
            .zip(&b)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }
}

fn numbers(scores: &Scores) -> Vec<f32> {
    let targets = scores.targets.iter().flatten();
    let targets = targets.flat_map(|t| t.stance.into_iter().chain(t.holder).chain([t.mentioned]));
    scores
        .frames
        .iter()
        .copied()
        .chain(scores.sentiment)
        .chain(targets)
        .collect()
}

/// Labels equal, probabilities within 1e-4 (and the half of the last digit that rounding adds).
fn assert_alike(a: &Sheet, b: &Sheet) {
    assert_eq!(a.header, b.header);
    assert_eq!(a.rows.len(), b.rows.len());
    for name in &a.header {
        for (x, y) in a.column(name).into_iter().zip(b.column(name)) {
            match name.as_str() {
                "review_rank" => {}
                name if name.ends_with("_p") || name == "confidence" => {
                    let number = |cell: &str| cell.parse::<f64>().unwrap_or(-1.0);
                    let most = if name == "confidence" {
                        0.0101
                    } else {
                        2.01e-4
                    };
                    assert!((number(x) - number(y)).abs() < most, "{name}: {x} and {y}");
                }
                name => assert_eq!(x, y, "{name}"),
            }
        }
    }
}

#[test]
fn labels_do_not_hang_on_batch_size_or_threads() {
    let workspace = Workspace::with_articles(3);
    let mut options = workspace.options(model_or_skip!(), "a.csv");
    let (summary, sheet) = workspace.annotate(&options);
    assert_eq!(
        summary.paragraphs,
        sheet.rows.len() as u64 + summary.set_aside
    );
    for (tokens, threads) in [(1, 1), (300, 2), (100_000, 1)] {
        (options.max_batch_tokens, options.threads) = (tokens, Some(threads));
        options.output = workspace.path("b.csv");
        assert_alike(&sheet, &workspace.annotate(&options).1);
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let workspace = Workspace::with_articles(2);
    let a = workspace.options(model_or_skip!(), "a.csv");
    let b = workspace.options(&a.model, "b.csv");
    workspace.annotate(&a);
    workspace.annotate(&b);
    assert!(std::fs::read(&a.output).unwrap() == std::fs::read(&b.output).unwrap());
    assert_eq!(
        workspace.names(),
        ["a.csv", "a.csv.run.json", "b.csv", "b.csv.run.json"]
    );
}

#[test]
fn one_bad_document_does_not_stop_a_run() {
    let workspace = Workspace::with_articles(2);
    workspace.write("in/000-empty.txt", "");
    workspace.write(
        "in/short.csv",
        "id,text\nx,\"Moscow welcomed the envoy's visit to the monastery.\"\ny\n",
    );
    let options = workspace.options(model_or_skip!(), "out.csv");
    let mut told = Told::default();
    let summary = run(&options, &mut told).unwrap();
    assert_eq!(summary.skipped_total, 2, "{:?}", summary.skipped);
    assert_eq!(told.skipped.len(), 2);
    assert!(
        told.skipped[0].contains("000-empty.txt"),
        "{:?}",
        told.skipped
    );
    assert_eq!(summary.skipped[1].row, Some(3));
    assert_eq!(
        summary.paragraphs,
        summary.labelled + summary.set_aside + summary.failed
    );
    let sheet = Sheet::read(&options.output);
    assert_eq!(sheet.rows.len() as u64, summary.labelled + summary.failed);
    let record = std::fs::read_to_string(workspace.path("out.csv.run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["skipped"].as_array().unwrap().len(), 2);
    assert_eq!(record["skipped"][1]["row"], 3);
    assert_eq!(record["counts"]["labelled"], summary.labelled);
}

#[test]
fn where_nothing_can_be_annotated_the_error_says_why() {
    let workspace = Workspace::new();
    workspace.write("in/a.txt", "");
    workspace.write("in/b.txt", "\n");
    let options = workspace.options(model_or_skip!(), "out.csv");
    let error = failure(run(&options, &mut Told::default()));
    assert_eq!(error.kind(), Kind::Input);
    assert!(
        error.to_string().contains("nothing could be annotated"),
        "{error}"
    );
    assert!(error.to_string().contains("a.txt"), "{error}");
    assert!(workspace.names().is_empty(), "{:?}", workspace.names());
}

#[test]
fn the_order_of_files_does_not_change_what_is_said_of_a_paragraph() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(3);
    let files = ["in/000.txt", "in/001.txt", "in/002.txt"].map(|name| workspace.path(name));
    let mut options = workspace.options(model, "forward.csv");
    options.inputs = files.to_vec();
    let (_, forward) = workspace.annotate(&options);
    options.inputs.reverse();
    options.output = workspace.path("backward.csv");
    let (_, backward) = workspace.annotate(&options);
    assert_ne!(forward.column("row_id"), backward.column("row_id"));
    for row in &forward.rows {
        let same =
            |other: &&std::collections::HashMap<String, String>| other["row_id"] == row["row_id"];
        let other = backward.rows.iter().find(same).unwrap();
        for name in forward.header.iter().filter(|name| name.ends_with("_p")) {
            let (a, b) = (row[name].parse::<f64>(), other[name].parse::<f64>());
            match (a, b) {
                // Four decimals are written, so one unit of the last may be added by rounding.
                (Ok(a), Ok(b)) => assert!((a - b).abs() < 2.1e-4, "{name}: {a} and {b}"),
                _ => assert_eq!(row[name], other[name]),
            }
        }
    }
}
