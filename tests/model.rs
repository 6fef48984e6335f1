//! The model is held by comparisons: with other people's code on the same weights, and with itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use demarche::export::columns::text_hash;
use demarche::model::base::BASES;
use demarche::model::encoder::Encoder;
use demarche::model::pack::Pack;
use demarche::model::store;
use demarche::model::tokenize::Tokenizer;
use demarche::model::{Input, Model, Prepared};
use tch::{Kind, Tensor};

use crate::shared::shared;

fn pack() -> Pack {
    let folder = BASES[0].folder().expect("the base is in the cache");
    Pack::open(&folder.join(BASES[0].files[0].0)).expect("it opens")
}

fn ids_hash(ids: &[i64]) -> String {
    let words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    text_hash(&words.join(" "))
}

#[derive(serde::Deserialize)]
struct Reference {
    text: String,
    ids: Vec<i64>,
    mean: Vec<f64>,
}

fn reference() -> Vec<Reference> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/encoder-reference.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture")).expect("is JSON")
}

#[test]
fn our_own_sentences_are_cut_like_the_reference_tokenizer_cuts_them() {
    let tokenizer = Tokenizer::new(&pack()).expect("a tokenizer");
    for row in reference() {
        let pieces = tokenizer.pieces(&row.text).expect("pieces");
        assert_eq!(pieces.ids, row.ids, "{}", row.text);
    }
}

#[test]
fn two_thousand_english_russian_and_turkish_sentences_are_cut_like_the_reference() {
    let Some(data) = shared("data") else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixture = std::fs::read_to_string(root.join("tests/data/tokenizer-reference.tsv"))
        .expect("the fixture");
    let expected: HashMap<&str, &str> =
        fixture.lines().filter_map(|l| l.split_once('\t')).collect();
    let tokenizer = Tokenizer::new(&pack()).expect("a tokenizer");
    let mut compared = 0;
    for text in sentences(&data) {
        if let Some(&ids) = expected.get(text_hash(&text).as_str()) {
            let pieces = tokenizer.pieces(&text).expect("pieces");
            assert_eq!(ids_hash(&pieces.ids), ids, "{text}");
            compared += 1;
        }
    }
    assert!(
        compared >= 1990,
        "only {compared} sentences were found in the data folder"
    );
}

fn sentences(data: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for (file, key) in [
        ("newsmtsc/train.jsonl", "sentence_normalized"),
        ("gold/train.tr.jsonl", "text"),
        ("gold/train.ru.jsonl", "text"),
    ] {
        let text = std::fs::read_to_string(data.join(file)).expect("the data folder is whole");
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).expect("is JSON");
            all.extend(row[key].as_str().map(str::to_owned));
        }
    }
    let mut table = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .from_path(data.join("rusentne/train_data.csv"))
        .expect("the data folder is whole");
    all.extend(
        table
            .records()
            .filter_map(|r| r.ok()?.get(0).map(str::to_owned)),
    );
    all
}

#[test]
fn offsets_cut_the_text_into_its_pieces() {
    let tokenizer = Tokenizer::new(&pack()).expect("a tokenizer");
    let text = "Türkiye'nin  önerisi: “NATO ﬁlosu” — Россия ответила; Tu\u{308}rkiye.";
    let pieces = tokenizer.pieces(text).expect("pieces");
    let mut end = 0;
    for &(from, to) in &pieces.offsets {
        assert!(from <= to && text.is_char_boundary(from) && text.is_char_boundary(to));
        assert!(
            from >= end || from == to || text[from..end].chars().count() <= 1,
            "pieces go forward"
        );
        end = to;
    }
    assert_eq!(end, text.len(), "and reach the end");
    let word = |n: usize| {
        let (from, to) = pieces.offsets[n];
        text[from..to].trim()
    };
    assert_eq!(word(0), "Türkiye");
}

#[test]
fn vectors_are_those_of_hugging_face_on_the_same_weights() {
    let pack = pack();
    let tokenizer = Tokenizer::new(&pack).expect("a tokenizer");
    let encoder = Encoder::from_pack(&pack, Kind::Float).expect("an encoder");
    for row in reference() {
        let mut ids = vec![tokenizer.specials.begin];
        ids.extend(
            tokenizer
                .pieces(&format!("query: {}", row.text))
                .expect("pieces")
                .ids,
        );
        ids.push(tokenizer.specials.end);
        let mut embeds = Vec::new();
        pack.embed(&ids, &mut embeds).expect("embeddings");
        let length = ids.len() as i64;
        let embeds = Tensor::from_slice(&embeds).view([1, length, -1]);
        let mask = Tensor::ones([1, length], (Kind::Int64, tch::Device::Cpu));
        let hidden = tch::no_grad(|| encoder.forward(&embeds, &mask, false)).expect("vectors");
        let mean = hidden.mean_dim([1i64].as_slice(), false, Kind::Float);
        for (k, expected) in row.mean.iter().enumerate() {
            let got = mean.double_value(&[0, k as i64]);
            assert!(
                (got - expected).abs() < 1e-4,
                "{}: value {k} is {got}, not {expected}",
                row.text
            );
        }
    }
}

#[test]
fn mpnets_vectors_are_those_of_hugging_face_where_its_base_is_fetched() {
    let base = &BASES[1];
    if !base.is_fetched() {
        eprintln!("skipped: {} is not in the cache", base.name);
        return;
    }
    let opened = base.open(Kind::Float).expect("it opens");
    let rows: Vec<Reference> =
        serde_json::from_str(include_str!("data/mpnet-reference.json")).expect("rows");
    assert!(rows.iter().any(|row| row.ids.len() > 128), "one is long");
    for row in rows {
        let tokenizer = &opened.tokenizer;
        let pieces = tokenizer.pieces(&row.text).expect("pieces").ids;
        assert_eq!(pieces, row.ids, "{}", row.text);
        let mut ids = vec![tokenizer.specials.begin];
        ids.extend(pieces);
        ids.push(tokenizer.specials.end);
        let length = ids.len() as i64;
        // Padding must not be seen, nor shift positions.
        ids.extend([tokenizer.specials.pad; 3]);
        let mask: Vec<i64> = (0..ids.len())
            .map(|i| i64::from((i as i64) < length))
            .collect();
        let embeds = opened.words.embed(&ids).expect("embeddings").unsqueeze(0);
        let mask = Tensor::from_slice(&mask).unsqueeze(0);
        let hidden =
            tch::no_grad(|| opened.encoder.forward(&embeds, &mask, false)).expect("vectors");
        let mean = hidden
            .narrow(1, 0, length)
            .mean_dim([1i64].as_slice(), false, Kind::Float);
        for (k, expected) in row.mean.iter().enumerate() {
            let got = mean.double_value(&[0, k as i64]);
            // rust-bert's layers add 1e-12 where MPNet's add 1e-5 under the root: at most 0.002 of difference.
            assert!(
                (got - expected).abs() < 2e-3,
                "{}: value {k} is {got}, not {expected}",
                row.text
            );
        }
    }
}

fn model() -> Model {
    Model::open(&store::model_folder("default").expect("the shipped model")).expect("it opens")
}

fn prepare(model: &Model, text: &str) -> Prepared {
    let finder = demarche::codebook::MentionFinder::new(&demarche::codebook::Codebook::built_in());
    let mentions = finder.find(text);
    model
        .prepare(&Input {
            text,
            title: Some("Talks in Ankara"),
            mentions: &mentions,
        })
        .expect("a prepared paragraph")
}

fn assert_same_scores(
    a: &demarche::annotate::labels::Scores,
    b: &demarche::annotate::labels::Scores,
) {
    let near = |x: f32, y: f32| assert!((x - y).abs() < 1e-4, "{x} and {y}");
    a.frames
        .iter()
        .zip(&b.frames)
        .for_each(|(x, y)| near(*x, *y));
    a.sentiment
        .iter()
        .zip(&b.sentiment)
        .for_each(|(x, y)| near(*x, *y));
    for (x, y) in a.targets.iter().zip(&b.targets) {
        assert_eq!(x.is_some(), y.is_some());
        if let (Some(x), Some(y)) = (x, y) {
            near(x.mentioned, y.mentioned);
            x.stance
                .iter()
                .zip(&y.stance)
                .for_each(|(x, y)| near(*x, *y));
            x.holder
                .iter()
                .zip(&y.holder)
                .for_each(|(x, y)| near(*x, *y));
        }
    }
    assert_eq!(a.frame_evidence, b.frame_evidence);
}

#[test]
fn padding_does_not_change_a_paragraphs_scores() {
    let model = model();
    let short = "Moscow said no to it.";
    let long = "The Turkish foreign minister offered to host another round of talks, and NATO officials doubted that Russia would come. "
        .repeat(12);
    let (short, long) = (prepare(&model, short), prepare(&model, &long));
    let together = model.score(&[&short, &long], 4096).expect("scores");
    let alone = [model.score(&[&short], 4096), model.score(&[&long], 4096)];
    for (one, both) in alone.iter().zip(&together) {
        assert_same_scores(&one.as_ref().expect("scores")[0], both);
    }
}

#[test]
fn a_paragraph_longer_than_a_window_is_read_to_its_end() {
    let model = model();
    let filler =
        "The delegations met, exchanged documents and agreed on the agenda of the following day. "
            .repeat(60);
    let calm = prepare(&model, &filler);
    let ending =
        format!("{filler} Kyiv accused Russia of shelling a hospital and called it a war crime.");
    let loud = prepare(&model, &ending);
    let scores = model.score(&[&calm, &loud], 4096).expect("scores");
    assert!(
        scores[0].targets[1].is_none(),
        "nothing names Russia in the filler"
    );
    let russia = scores[1].targets[1]
        .as_ref()
        .expect("the last sentence names Russia");
    assert!(
        russia.stance[1] > russia.stance[0],
        "and blames it: {:?}",
        russia.stance
    );
    // A budget smaller than the paragraph's windows gives the same scores.
    assert_same_scores(&model.score(&[&loud], 700).expect("scores")[0], &scores[1]);
}

#[test]
fn text_without_a_single_piece_is_scored_like_any_other() {
    let model = model();
    let empty = prepare(&model, "\u{200b}\u{200b}");
    let scores = model.score(&[&empty], 4096).expect("scores");
    assert!(scores[0].frames.iter().all(|p| p.is_finite()));
}

#[test]
fn evidence_is_cut_from_the_paragraph_word_for_word() {
    let model = model();
    let text =
        "Officials in Kyiv accused Moscow of “blackmail”, while Ankara offered to host the talks.";
    let scores = model
        .score(&[&prepare(&model, text)], 4096)
        .expect("scores");
    for span in scores[0].frame_evidence.iter().flatten() {
        let words = &text[span.start..span.end];
        assert!(words.split_whitespace().count() >= 1 && text.contains(words));
        assert!(words.starts_with(char::is_alphanumeric) && words.ends_with(char::is_alphanumeric));
    }
}

#[test]
fn a_target_that_nobody_trained_on_is_served() {
    let text =
        "[[target]]\nkey = \"ukraine\"\nname = \"Ukraine\"\naliases = [\"Ukraine\", \"Kyiv\"]\n";
    let codebook = demarche::codebook::Codebook::parse(
        &format!("name = \"mine\"\nversion = \"1\"\nextends = \"built-in\"\n{text}"),
        "mine.toml",
    )
    .expect("a codebook");
    let finder = demarche::codebook::MentionFinder::new(&codebook);
    let model = model();
    let said = |text: &str| {
        let mentions = finder.find(text);
        let input = Input {
            text,
            title: None,
            mentions: &mentions,
        };
        let prepared = model.prepare(&input).expect("prepared");
        let scores = model.score(&[&prepared], 4096).expect("scores");
        let last = codebook
            .targets()
            .iter()
            .position(|t| t.key == "ukraine")
            .expect("the target");
        scores[0].targets[last].clone().expect("it is named").stance
    };
    let praised = said(
        "The minister praised Ukraine for its courage and thanked Kyiv for its reliable partnership.",
    );
    let blamed = said(
        "The minister accused Ukraine of cowardly terrorist attacks and called Kyiv a criminal regime.",
    );
    assert!(
        praised[0] > blamed[0] && blamed[1] > praised[1],
        "{praised:?} {blamed:?}"
    );
}

fn copy_of_the_model(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join(name);
    std::fs::create_dir(&model).expect("a folder");
    let shipped = store::model_folder("default").expect("the shipped model");
    for file in [store::MANIFEST, store::WEIGHTS] {
        std::fs::copy(shipped.join(file), model.join(file)).expect("a copy");
    }
    (folder, model)
}

fn refusal(folder: &Path) -> String {
    match Model::open(folder) {
        Ok(_) => panic!("a broken model was opened"),
        Err(error) => error.in_one_line(),
    }
}

#[test]
fn a_model_folder_missing_a_file_or_corrupted_is_refused_by_name() {
    let (_keep, folder) = copy_of_the_model("broken");
    let weights = folder.join(store::WEIGHTS);
    let mut bytes = std::fs::read(&weights).expect("weights");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&weights, &bytes).expect("written");
    assert!(refusal(&folder).contains("weights.safetensors: the weights are corrupted"));
    std::fs::remove_file(&weights).expect("removed");
    assert!(refusal(&folder).contains("weights.safetensors: the model's weights are not there"));
    std::fs::write(folder.join(store::MANIFEST), "name = \"x\"\nbase = 3\n").expect("written");
    assert!(refusal(&folder).contains("manifest.toml, line 2"));
    std::fs::remove_file(folder.join(store::MANIFEST)).expect("removed");
    assert!(refusal(&folder).contains("manifest.toml: could not read"));
}
