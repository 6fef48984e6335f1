//! Training: what is held out stays out, a stopped training goes on to the same weights, a folder comes out.

use std::path::{Path, PathBuf};

use demarche::error::Kind;
use demarche::model::{Model, store};
use demarche::train::recipe::Recipe;
use demarche::train::{self, Options, Progress};

const RECIPE: &str = r#"
name = "tiny"
version = "0.0.1"
base = "multilingual-e5-small"
prefix = "query:"
title = true
title_dropout = 0.3
seed = 5
rank = 2
scale = 2.0
average = 0.7

[[stages]]
epochs = 1
rate = 5e-4
head_rate = 1e-3
warm_up = 0.2
batch = 3
sets = [{ format = "gold", path = "train.jsonl" }]

[[dev]]
format = "gold"
path = "dev.jsonl"

[[held_out]]
format = "gold"
path = "test.jsonl"
"#;

fn row(id: usize, document: &str, text: &str, accusation: u8) -> String {
    let stance = if accusation == 1 {
        "unfavorable"
    } else {
        "neutral"
    };
    let holder = if accusation == 1 {
        r#"{"Russia":"reported"}"#
    } else {
        "{}"
    };
    format!(
        r#"{{"id":"r{id}","document":"{document}","context":"article: Talks","kind":"body","text":"{text}","passes":1,"offer":0,"accusation":{accusation},"skepticism":0,"sentiment":"neutral","stance":{{"Russia":"{stance}","NATO":"not_mentioned","Türkiye":"not_mentioned"}},"holder":{holder},"others":[],"evidence":{{}}}}"#
    )
}

fn data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: Vec<String>| {
        std::fs::write(folder.path().join(name), rows.join("\n")).unwrap();
    };
    let pair = |i: usize, document: &str| {
        [
            row(
                2 * i,
                document,
                &format!("Kyiv accused Russia of shelling district {i} and called it a crime."),
                1,
            ),
            row(
                2 * i + 1,
                document,
                &format!("A delegation from Russia arrived at hotel number {i} on Monday."),
                0,
            ),
        ]
    };
    write(
        "train.jsonl",
        (0..6)
            .flat_map(|i| pair(i, &format!("d{}", i % 6)))
            .collect(),
    );
    write("dev.jsonl", (20..24).flat_map(|i| pair(i, "dev")).collect());
    // One document of train, and one text of train in another dress under another name.
    let dressed = row(
        99,
        "elsewhere",
        "KYIV accused Russia of shelling district 3 -- and called it a crime!",
        1,
    );
    write(
        "test.jsonl",
        vec![
            row(98, "d5", "Another paragraph of the same document.", 0),
            dressed,
        ],
    );
    folder
}

#[derive(Default)]
struct Watch {
    stop_at: Option<usize>,
    last: usize,
    left_out: usize,
    resumed: usize,
}

impl Progress for Watch {
    fn set(&mut self, _: &Path, _: usize, left_out: usize) {
        self.left_out += left_out;
    }
    fn start(&mut self, done: usize, _: usize) {
        self.resumed = done;
    }
    fn step(&mut self, step: usize, loss: f64) {
        assert!(loss.is_finite());
        self.last = step;
    }
    fn note(&mut self, _: &str) {}
    fn stopped(&self) -> bool {
        self.stop_at.is_some_and(|at| self.last >= at)
    }
}

fn options(data: &Path, output: PathBuf) -> Options {
    Options {
        data: data.to_owned(),
        project: data.to_owned(),
        output,
        checkpoint_every: 100,
        kind: tch::Kind::Float,
    }
}

#[test]
fn a_stopped_training_goes_on_to_the_same_weights_and_leaks_are_left_out() {
    let data = data();
    let path = data.path().join("recipe.toml");
    std::fs::write(&path, RECIPE).unwrap();
    let recipe = Recipe::read(&path).unwrap();

    let whole = options(data.path(), data.path().join("whole"));
    let mut watch = Watch::default();
    train::train(&recipe, &whole, &mut watch).unwrap();
    assert_eq!(
        watch.left_out, 3,
        "two rows of document d5 and one dressed-up text"
    );
    assert_eq!(watch.last, 3, "nine rows, three a step");

    let broken = options(data.path(), data.path().join("broken"));
    let mut watch = Watch {
        stop_at: Some(2),
        ..Watch::default()
    };
    let error = train::train(&recipe, &broken, &mut watch).unwrap_err();
    assert_eq!(error.kind(), Kind::Interrupted);
    let mut watch = Watch::default();
    train::train(&recipe, &broken, &mut watch).unwrap();
    assert_eq!(watch.resumed, 2);

    let weights = |folder: &Path| std::fs::read(folder.join(store::WEIGHTS)).unwrap();
    assert!(
        weights(&whole.output) == weights(&broken.output),
        "weights differ after a stop"
    );
    Model::open(&whole.output).unwrap();
}

#[test]
fn a_teacher_is_asked_once_about_the_rows_that_want_it_and_not_about_held_out_ones() {
    let teacher = crate::util::model_or_skip!();
    let data = data();
    let texts = [
        r#"{"text":"Russia offered to open a corridor, an envoy said.","country":"AAA","year":2001}"#,
        r#"{"text":"Nothing is known of this one either.","country":"BBB","year":2001}"#,
        // Held out by its text, as test has it; and one that is labelled in train.
        r#"{"text":"ANOTHER paragraph, of the same document","country":"CCC","year":2001}"#,
        r#"{"text":"A delegation from Russia arrived at hotel number 2 on Monday!","country":"DDD","year":2001}"#,
    ];
    std::fs::write(data.path().join("pool.jsonl"), texts.join("\n")).unwrap();
    let recipe = RECIPE.replace(
        r#"sets = [{ format = "gold", path = "train.jsonl" }]"#,
        &format!(
            "teacher = {:?}\nsets = [{{ format = \"gold\", path = \"train.jsonl\" }}, \
             {{ format = \"unlabelled\", path = \"pool.jsonl\", taught = true }}]",
            teacher.to_str().unwrap()
        ),
    );
    let path = data.path().join("recipe.toml");
    std::fs::write(&path, recipe).unwrap();
    let recipe = Recipe::read(&path).unwrap();
    let options = options(data.path(), data.path().join("taught"));
    let mut watch = Watch::default();
    train::train(&recipe, &options, &mut watch).unwrap();
    assert_eq!(
        watch.left_out,
        3 + 1,
        "the pool's copy of a held-out text too"
    );

    let kept = options.output.join(train::teach::FILE);
    let said = std::fs::read_to_string(&kept).unwrap();
    assert_eq!(said.lines().count(), 2, "the two texts of the pool: {said}");
    // What is kept is not asked again: without the file's help the teacher would have to be opened.
    let mut recipe = recipe;
    recipe.stages[0].teacher = Some("nowhere".to_owned());
    train::train(&recipe, &options, &mut Watch::default()).unwrap();
}

#[test]
fn a_recipe_with_an_unknown_word_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    std::fs::write(&path, RECIPE.replace("rank = 2", "rnak = 2")).unwrap();
    let error = Recipe::read(&path).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("recipe.toml, line 9"), "{error}");
}
