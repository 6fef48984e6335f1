//! The sample articles and the seed article, against the labels they were given by hand.

use std::collections::HashMap;
use std::path::Path;

use demarche::annotate::labels::Stance;
use demarche::corpus::{Corpus, Options, ParagraphKind};
use demarche::evaluate::gold;

use crate::shared::shared;
use crate::util::{self, Sheet, Workspace};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_sample_articles_are_cut_into_the_paragraphs_that_were_labelled() {
    let rows = gold::read(root().join("datasets/sample.labels/labels.jsonl")).unwrap();
    let mut labelled: HashMap<String, Vec<(ParagraphKind, String)>> = HashMap::new();
    for row in rows {
        labelled
            .entry(row.document)
            .or_default()
            .push((row.kind, row.text));
    }
    let corpus = Corpus::open(&[root().join("datasets/sample")], &Options::default()).unwrap();
    let (mut same, mut kinds, mut all) = (0, 0, 0);
    for document in corpus.documents() {
        let document = document.unwrap();
        let expected = labelled
            .remove(&document.name)
            .unwrap_or_else(|| panic!("{} is not labelled", document.name));
        all += expected.len();
        for paragraph in &document.paragraphs {
            let found = expected.iter().find(|(_, text)| *text == paragraph.text);
            same += usize::from(found.is_some());
            kinds += usize::from(found.is_some_and(|(kind, _)| *kind == paragraph.kind));
        }
    }
    assert!(labelled.is_empty(), "not read: {:?}", labelled.keys());
    assert!(
        same + 2 >= all,
        "{same} of {all} paragraphs are found as they were labelled"
    );
    assert!(
        kinds * 100 >= all * 88,
        "{kinds} of {all} kinds are as they were labelled"
    );
}

/// The worked examples of the codebook's section 6, title and headings counted, in reading order:
/// offer, accusation, skepticism; NATO, Russia, Türkiye.
const SEED: [([bool; 3], [Stance; 3]); 9] = {
    use Stance::{Favorable as Fav, Mixed, Neutral as Neu, NotMentioned as No, Unfavorable as Unf};
    [
        ([true, false, false], [Neu, Neu, No]),
        ([true, true, false], [Neu, Fav, No]),
        ([true, false, false], [Neu, Fav, No]),
        ([false, false, false], [No, Neu, No]),
        ([true, false, false], [No, Neu, No]),
        ([false, true, false], [No, No, No]),
        ([true, true, true], [No, Mixed, No]),
        ([false, false, false], [No, No, Neu]),
        ([true, false, true], [Neu, Unf, Fav]),
    ]
};

/// What is asked for: 8 paragraphs with all frames right, 7 with all stances. Raise it with the model; never lower it.
const SEED_FRAMES: usize = 8;
const SEED_STANCES: usize = 7;

#[test]
fn the_seed_article_is_labelled_as_the_codebook_has_it() {
    let Some(seed) = shared("seed-article.txt") else {
        return;
    };
    let model = util::model_or_skip!();
    let workspace = Workspace::new();
    let mut options = workspace.options(model, "seed.csv");
    options.inputs = vec![seed];
    let summary = demarche::annotate::run(&options, &mut demarche::annotate::Silent).unwrap();
    assert_eq!(
        (summary.paragraphs, summary.labelled, summary.set_aside),
        (12, 9, 3)
    );
    let sheet = Sheet::read(&options.output);
    let (mut frames_right, mut stances_right) = (0, 0);
    for (row, (frames, stances)) in sheet.rows.iter().zip(SEED) {
        let frame = |name: &str| row[name] == "1";
        let said = [frame("offer"), frame("accusation"), frame("skepticism")];
        frames_right += usize::from(said == frames);
        let stance = |name: &str| row[name].parse::<Stance>().unwrap();
        let toward = [stance("nato"), stance("russia"), stance("turkiye")];
        stances_right += usize::from(toward == stances);
        eprintln!("{said:?} {frames:?} | {toward:?} {stances:?}");
    }
    assert!(
        frames_right >= SEED_FRAMES,
        "{frames_right} of 9 paragraphs have all three frames right"
    );
    assert!(
        stances_right >= SEED_STANCES,
        "{stances_right} of 9 paragraphs have all three stances right"
    );
}
