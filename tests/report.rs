//! One page of a sheet: nothing of others' text runs, evidence stands where it was said, shares are what they claim.

use std::path::{Path, PathBuf};

use demarche::codebook::Codebook;
use demarche::export::columns::text_hash;
use demarche::report::shares::{Estimate, Part, corrected};
use demarche::report::{Options, Summary, dates, evidence, write};
use dom_query::Document;
use jiff::civil::date;

use crate::util::Workspace;

/// A row of a sheet, labelled as the model would.
#[derive(Clone)]
struct Row {
    document: String,
    title: String,
    paragraph: usize,
    kind: String,
    text: String,
    /// Offer, accusation, stance toward Russia, tone.
    model: (u8, u8, &'static str, &'static str),
    now: (u8, u8, &'static str, &'static str),
    evidence: String,
    reviewed: bool,
    audit: bool,
    date: String,
    source: String,
    note: String,
}

fn row(document: &str, text: &str) -> Row {
    let labels = (0, 0, "not_mentioned", "neutral");
    Row {
        document: document.to_owned(),
        title: String::new(),
        paragraph: 1,
        kind: "body".to_owned(),
        text: text.to_owned(),
        model: labels,
        now: labels,
        evidence: String::new(),
        reviewed: false,
        audit: false,
        date: String::new(),
        source: String::new(),
        note: String::new(),
    }
}

impl Row {
    fn labelled(mut self, labels: (u8, u8, &'static str, &'static str)) -> Row {
        (self.model, self.now) = (labels, labels);
        self
    }
}

/// Writes a sheet; `audited` leaves the column out.
fn sheet(workspace: &Workspace, rows: &[Row], audited: bool) -> PathBuf {
    let path = workspace.path("sheet.csv");
    let mut csv = csv::Writer::from_path(&path).unwrap();
    let mut header = "row_id,document,title,paragraph,kind,text,offer,accusation,russia,russia_holder,sentiment,\
        evidence,confidence,review_rank,reviewed,note,in_Tarih,in_Kaynak,model_labels,text_hash,model,codebook"
        .to_owned();
    header.push_str(if audited { ",audit" } else { "" });
    csv.write_record(header.split(',').map(str::trim)).unwrap();
    for (row, at) in rows.iter().zip(1..) {
        let (offer, accusation, russia, tone) = row.now;
        let holder = if matches!(russia, "favorable" | "unfavorable") {
            "reported"
        } else {
            ""
        };
        let model_holder = if matches!(row.model.2, "favorable" | "unfavorable") {
            "/reported"
        } else {
            ""
        };
        let mut cells = vec![
            format!("p-{at}"),
            row.document.clone(),
            row.title.clone(),
            row.paragraph.to_string(),
            row.kind.clone(),
            row.text.clone(),
            offer.to_string(),
            accusation.to_string(),
            russia.to_owned(),
            holder.to_owned(),
            tone.to_owned(),
            row.evidence.clone(),
            "0.55".to_owned(),
            at.to_string(),
            if row.reviewed { "x" } else { "" }.to_owned(),
            row.note.clone(),
            row.date.clone(),
            row.source.clone(),
            format!(
                "offer={};accusation={};russia={}{model_holder};sentiment={}",
                row.model.0, row.model.1, row.model.2, row.model.3
            ),
            text_hash(&row.text),
            "default 0.2.0".to_owned(),
            "demarche 1.5".to_owned(),
        ];
        if audited {
            cells.push(if row.audit { "1" } else { "" }.to_owned());
        }
        csv.write_record(&cells).unwrap();
    }
    csv.flush().unwrap();
    path
}

fn options(workspace: &Workspace) -> Options {
    Options {
        sheet: workspace.path("sheet.csv"),
        output: workspace.path("report.html"),
        date_column: None,
        source_column: None,
        title: None,
        codebook: Codebook::built_in(),
    }
}

/// The page of some rows, and what was told of it.
fn page(workspace: &Workspace, rows: &[Row], audited: bool) -> (String, Summary) {
    sheet(workspace, rows, audited);
    let options = options(workspace);
    let summary = write(&options).unwrap();
    (std::fs::read_to_string(&options.output).unwrap(), summary)
}

/// The marked words of a page and the label after each.
fn marks(html: &str) -> Vec<(String, String)> {
    let document = Document::from(html);
    let marks = document.select("mark");
    marks
        .iter()
        .map(|mark| {
            let tag = mark.attr("data-tag").map(|tag| tag.to_string());
            (mark.text().to_string(), tag.unwrap_or_default())
        })
        .collect()
}

const OURS: (u8, u8, &str, &str) = (1, 0, "unfavorable", "negative");

#[test]
fn whatever_an_article_holds_stays_text() {
    const BAD: &str = "<script>alert(1)</script></style><img src=x onerror=alert(2)>\" onclick=\"alert(3)' &amp; <b>";
    let workspace = Workspace::new();
    let mut bad = row(BAD, BAD).labelled(OURS);
    bad.title = BAD.to_owned();
    bad.source = BAD.to_owned();
    bad.note = BAD.to_owned();
    bad.date = BAD.to_owned();
    bad.evidence = format!("offer: \"{BAD}\"");
    sheet(&workspace, &[bad], false);
    let mut options = options(&workspace);
    options.title = Some(BAD.to_owned());
    write(&options).unwrap();
    let html = std::fs::read_to_string(&options.output).unwrap();
    let page = Document::from(html.as_str());
    assert_eq!(page.select("script").length(), 1, "ours alone");
    assert_eq!(page.select("style").length(), 1);
    assert_eq!(page.select("img, [onclick], [onerror]").length(), 0);
    assert_eq!(page.select("head > title").text().to_string(), BAD);
    for place in ["h1", ".headline", ".words p", ".note", "mark"] {
        assert_eq!(page.select(place).text().to_string(), BAD, "{place}");
    }
    assert_eq!(
        page.select("li.article")
            .attr("data-source")
            .unwrap()
            .to_string(),
        BAD
    );
    assert!(
        page.select(".notes").text().contains(BAD),
        "an unreadable date is told"
    );
    let policy = page.select("meta[http-equiv]").attr("content").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"));
}

#[test]
fn the_page_names_nothing_outside_itself() {
    let workspace = Workspace::new();
    let (html, _) = page(
        &workspace,
        &[row("a", "Talks went on.").labelled(OURS)],
        true,
    );
    for reference in [
        "http:", "https:", "url(", "@import", " src=", "<link", "href=\"/", "fetch(",
    ] {
        assert!(!html.contains(reference), "{reference}");
    }
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let workspace = Workspace::new();
    let mut rows: Vec<Row> = (0..40)
        .map(|n| row(&format!("w:{n}"), &format!("Text {n}.")).labelled(OURS))
        .collect();
    for (n, row) in rows.iter_mut().enumerate() {
        row.source = format!("source {}", n % 7);
        row.date = format!("2026-05-{:02}", n % 28 + 1);
    }
    let first = page(&workspace, &rows, true).0;
    assert_eq!(first, page(&workspace, &rows, true).0);
    let order = |name: &str| first.find(&format!(">w:{name}<")).unwrap();
    // Of the same day: w:1 and w:29; of two others: w:9 comes before w:10.
    assert!(order("9") < order("10") && order("1") < order("29"));
}

#[test]
fn evidence_is_marked_where_its_words_stand() {
    let workspace = Workspace::new();
    let mut english = row(
        "a",
        "Warning of war, she called the war “a war on truth” | and left.",
    )
    .labelled(OURS);
    english.evidence =
        "offer: \"war\" | russia: \"called the war “a war on truth” | and left\"".to_owned();
    let mut turkish = row("b", "İstanbul'da Rusya'yı sert dille eleştirdi.")
        .labelled((0, 1, "neutral", "neutral"));
    turkish.evidence = "accusation: \"Rusya'yı sert dille eleştirdi\"".to_owned();
    let mut russian = row("c", "Он обвинил Россию во лжи, «во лжи», сказал он.")
        .labelled((0, 1, "neutral", "neutral"));
    russian.evidence = "accusation: \"обвинил Россию во лжи\"".to_owned();
    let (html, _) = page(&workspace, &[english, turkish, russian], false);
    let expected = [
        ("war", "Offer"),
        (
            "called the war “a war on truth” | and left",
            "Russia unfavorable",
        ),
        ("Rusya'yı sert dille eleştirdi", "Accusation"),
        ("обвинил Россию во лжи", "Accusation"),
    ];
    assert_eq!(
        marks(&html),
        expected.map(|(words, tag)| (words.to_owned(), tag.to_owned()))
    );
    assert!(
        html.contains("Warning of <mark"),
        "the whole word, not the one in Warning"
    );
}

#[test]
fn labels_that_were_corrected_away_lose_their_evidence_and_say_what_was() {
    let workspace = Workspace::new();
    let mut fixed = row("a", "Moscow offered talks and lied again.").labelled(OURS);
    fixed.now = (0, 1, "favorable", "negative");
    fixed.evidence =
        "offer: \"offered talks\" | russia: \"lied again\" | accusation: \"lied\"".to_owned();
    let (html, _) = page(&workspace, &[fixed], false);
    // The analyst wrote down words for the accusation, which the model had not seen.
    assert_eq!(marks(&html), [("lied".to_owned(), "Accusation".to_owned())]);
    let page = Document::from(html.as_str());
    let gone = page.select(".tag.gone");
    assert_eq!(gone.text().to_string(), "Offer");
    assert!(
        gone.attr("title")
            .unwrap()
            .contains("the model had said: yes")
    );
}

#[test]
fn words_may_hold_marks_of_the_cell_itself_and_marks_may_overlap() {
    let keys = ["offer", "russia"];
    let text = "a | russia: \"b\" c and d";
    let found = evidence::find(
        "offer: \"a | russia: \"b\" c\" | russia: \"c and\"",
        &keys,
        text,
    );
    let words: Vec<(usize, &str)> = found
        .iter()
        .map(|m| (m.key, &text[m.span.clone()]))
        .collect();
    assert_eq!(words, [(0, "a | russia: \"b\" c"), (1, "c and")]);
    let pieces = evidence::pieces(text.len(), &found);
    let shared: Vec<&str> = pieces
        .iter()
        .filter(|piece| piece.marks.len() == 2)
        .map(|piece| &text[piece.span.clone()])
        .collect();
    assert_eq!(shared, ["c"]);
    let whole: String = pieces
        .iter()
        .map(|piece| &text[piece.span.clone()])
        .collect();
    assert_eq!(whole, text);
    assert!(evidence::find("offer: \"nowhere\" | other: \"a\"", &keys, text).is_empty());
}

/// `count` rows of which the model and the analyst say this.
fn pairs(count: usize, model: (bool, bool), analyst: (bool, bool)) -> Vec<(Part, Part)> {
    let part = |(has, of)| Part { has, of };
    vec![(part(model), part(analyst)); count]
}

fn model(has: usize, of: usize, all: usize) -> Vec<Part> {
    (0..all)
        .map(|at| Part {
            has: at < has,
            of: at < of,
        })
        .collect()
}

fn close(estimate: Option<Estimate>, point: f64, low: f64, high: f64) {
    let e = estimate.unwrap();
    for (found, expected) in [(e.point, point), (e.low, low), (e.high, high)] {
        assert!(
            (found - expected).abs() < 1e-4,
            "{e:?}, expected {point} {low} {high}"
        );
    }
}

#[test]
fn a_share_is_corrected_as_by_hand() {
    const YES: (bool, bool) = (true, true);
    const NO: (bool, bool) = (false, true);
    // 60 of 200; of 40 rows read the model missed 6 and invented 2: 0.3 + 4/40;
    // s² = (8 − 40 · 0.1²) / 39, t(39) = 2.022691, half = t √(0.8 s² / 40).
    let mut read = pairs(6, NO, YES);
    read.extend(pairs(2, YES, NO));
    read.extend(pairs(10, YES, YES));
    read.extend(pairs(22, NO, NO));
    close(
        corrected(&model(60, 200, 200), &read),
        0.4,
        0.27372,
        0.52628,
    );
}

#[test]
fn a_share_of_mentions_is_corrected_in_both_parts() {
    const HAS: (bool, bool) = (true, true);
    const NEUTRAL: (bool, bool) = (false, true);
    const NONE: (bool, bool) = (false, false);
    // A = 40/400 + 1/50, M = 160/400 − 2/50, R = 1/3; residuals 3 × −1, 4 × +1, 2 × +1/3.
    let mut read = pairs(3, HAS, NEUTRAL);
    read.extend(pairs(4, NEUTRAL, HAS));
    read.extend(pairs(2, NEUTRAL, NONE));
    read.extend(pairs(11, HAS, HAS));
    read.extend(pairs(30, NONE, NONE));
    close(
        corrected(&model(40, 160, 400), &read),
        1.0 / 3.0,
        0.05092,
        0.61574,
    );
}

#[test]
fn no_error_seen_is_no_proof_that_there_is_none() {
    let mut read = pairs(30, (true, true), (true, true));
    read.extend(pairs(70, (false, true), (false, true)));
    // 1 − 0.0125^(1/100), of the nine tenths that were not read.
    close(
        corrected(&model(300, 1000, 1000), &read),
        0.3,
        0.26141,
        0.33859,
    );
    // Everything was read: that is the share.
    close(corrected(&model(30, 100, 100), &read), 0.3, 0.3, 0.3);
    assert_eq!(
        corrected(&model(0, 0, 10), &pairs(5, (false, false), (false, false))),
        None
    );
}

#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    use rand::{Rng, SeedableRng, seq::index};
    let mut rng = rand_pcg::Pcg64::seed_from_u64(7);
    // Share, chance that the model misses one, chance that it invents one.
    for (share, misses, invents) in [(0.3, 0.2, 0.05), (0.1, 0.3, 0.02), (0.4, 0.02, 0.01)] {
        let (mut held, mut bare, rounds) = (0, 0, 1000);
        for _ in 0..rounds {
            let truth: Vec<bool> = (0..800).map(|_| rng.random_bool(share)).collect();
            let said = truth.iter().map(|y| match y {
                true => !rng.random_bool(misses),
                false => rng.random_bool(invents),
            });
            let part = |has: &bool| Part {
                has: *has,
                of: true,
            };
            let said: Vec<Part> = said.collect::<Vec<bool>>().iter().map(part).collect();
            let read = index::sample(&mut rng, truth.len(), 100).into_iter();
            let read: Vec<(Part, Part)> = read.map(|at| (said[at], part(&truth[at]))).collect();
            let right = truth.iter().filter(|y| **y).count() as f64 / 800.0;
            let estimate = corrected(&said, &read).unwrap();
            held += u32::from(estimate.low <= right && right <= estimate.high);
            let models = said.iter().filter(|part| part.has).count() as f64 / 800.0;
            bare += u32::from(estimate.low <= models && models <= estimate.high);
        }
        let held = f64::from(held) / f64::from(rounds);
        eprintln!("share {share}, missed {misses}, invented {invents}: {held}, model's own {bare}");
        assert!(
            held >= 0.92,
            "share {share}: the interval holds the truth in {held} of rounds"
        );
    }
}

/// Rows of a sample, `read` of which are marked as read.
fn audited(all: usize, sample: usize, read: usize) -> Vec<Row> {
    let one = |n: usize| {
        let mut row = row(&format!("d{n}"), &format!("Paragraph {n} of the sheet.")).labelled(OURS);
        row.audit = n < sample;
        row.reviewed = n < read;
        row
    };
    (0..all).map(one).collect()
}

#[test]
fn shares_say_whether_they_are_corrected_and_how_to_get_there() {
    let workspace = Workspace::new();
    let (html, _) = page(&workspace, &audited(60, 40, 0), false);
    assert!(html.contains("Uncorrected.") && html.contains("no audit sample"));
    assert!(!html.contains("corrected 100 %"));
    let (html, _) = page(&workspace, &audited(60, 40, 0), true);
    assert!(
        html.contains("Uncorrected.")
            && html.contains("read the 40 rows with <code>audit = 1</code>")
    );
    let (html, summary) = page(&workspace, &audited(60, 40, 12), true);
    assert!(html.contains("Too few to tell.") && html.contains("corrected: too few to tell"));
    assert!(
        summary
            .notes
            .iter()
            .any(|note| note.contains("only 12 of the 40 rows"))
    );
    let (html, summary) = page(&workspace, &audited(60, 40, 35), true);
    assert!(html.contains("Partly read.") && html.contains("corrected 100 % ("));
    assert!(
        summary
            .notes
            .iter()
            .any(|note| note.contains("may be the hard ones"))
    );
    let (html, summary) = page(&workspace, &audited(60, 40, 40), true);
    assert!(html.contains("drawn at random out of 60") && html.contains("corrected 100 % ("));
    assert!(!html.contains("Partly read.") && summary.notes.is_empty());
}

#[test]
fn dates_are_read_in_many_forms_and_never_guessed() {
    let day = Some(date(2026, 10, 9));
    for cell in [
        "2026-10-09",
        "2026-10-09T23:10:00Z",
        "2026/10/9 08:00",
        "20261009",
        "9 October 2026",
        "October 9, 2026",
        "Fri, 09 Oct 2026 12:00:00 GMT",
        "9 Ekim 2026",
        "9 октября 2026 г.",
        "09.10.2026",
        "'2026-10-09",
    ] {
        assert_eq!(dates::read(&[cell], false).days, [day], "{cell}");
    }
    assert_eq!(
        dates::read(&["46304"], true).days,
        [day],
        "a workbook's day number"
    );
    let read = dates::read(
        &["46304", "yesterday", "", "31/02/2026", "2026-13-01"],
        false,
    );
    assert_eq!(
        (read.days.iter().flatten().count(), read.unreadable),
        (0, vec![0, 1, 3, 4])
    );
    let read = dates::read(&["09/10/2026", "10/25/2026"], false);
    assert_eq!(
        read.days,
        [Some(date(2026, 9, 10)), Some(date(2026, 10, 25))]
    );
    let read = dates::read(&["09/10/2026", "25/10/2026", "10/25/2026"], false);
    assert_eq!(
        (read.ambiguous, read.days[0]),
        (1, None),
        "the column contradicts itself"
    );
    assert_eq!(dates::read(&["9/10/2026", "5/5/2026"], false).ambiguous, 1);
}

#[test]
fn an_axis_has_bins_as_its_span_asks() {
    use dates::Bin;
    let first = date(2026, 1, 1);
    for (last, bin, count) in [
        (date(2026, 1, 9), Bin::Day, 9),
        (date(2026, 4, 1), Bin::Week, 14),
        (date(2027, 6, 1), Bin::Month, 18),
        (date(2032, 6, 1), Bin::Year, 7),
    ] {
        assert_eq!(Bin::of(first, last), bin);
        assert_eq!(bin.range(first, last).len(), count, "{bin:?}");
    }
    assert_eq!(Bin::Week.start(first), date(2025, 12, 29), "Monday");
    assert_eq!(Bin::Month.last(date(2026, 2, 1)), date(2026, 2, 28));
}

#[test]
fn stance_is_shown_by_time_and_source_where_the_table_has_them() {
    let workspace = Workspace::new();
    let mut rows = audited(30, 0, 0);
    for (n, row) in rows.iter_mut().enumerate() {
        row.date = format!("{:02}/10/2026", n % 5 + 13);
        row.source = if n < 27 { "Courier" } else { "Bulletin" }.to_owned();
    }
    rows[3].date = "soon".to_owned();
    let (html, summary) = page(&workspace, &rows, true);
    assert!(html.contains("Stance over time") && html.contains("13 Oct 2026 to 17 Oct 2026"));
    assert!(
        html.contains("such as <code>soon</code>"),
        "{:?}",
        summary.notes
    );
    assert!(html.contains("#from=2026-10-14&amp;to=2026-10-14&amp;russia=mentioned"));
    let page_of = Document::from(html.as_str());
    let rows = page_of
        .select("#sources .row")
        .iter()
        .map(|row| row.text().to_string());
    let rows: Vec<String> = rows.collect();
    assert!(
        rows.iter()
            .any(|row| row.starts_with("Courier") && row.contains("−27 of 27")),
        "{rows:?}"
    );
    assert!(
        rows.iter()
            .any(|row| row.starts_with("Bulletin") && row.contains("too few to tell"))
    );
    let (html, _) = page(&workspace, &audited(2, 0, 0), true);
    assert!(html.contains("No column with dates was found") && html.contains("--source-column"));
}

#[test]
fn rows_without_labels_are_shown_as_text_in_the_articles_order() {
    let workspace = Workspace::new();
    let mut title = row("a", "=SUM of all fears").labelled(OURS);
    title.kind = "title".to_owned();
    let mut last = row("a", "The second paragraph.").labelled(OURS);
    last.paragraph = 3;
    let path = sheet(&workspace, &[last, title], true);
    let mut text = std::fs::read_to_string(&path).unwrap();
    text = text.replace(",=SUM of all fears,", ",'=SUM of all fears,");
    text.push_str("p-9,a,,2,boilerplate,Advertisement,,,,,,,,,,,,,,,default 0.2.0,demarche 1.5,\n");
    std::fs::write(&path, text).unwrap();
    write(&options(&workspace)).unwrap();
    let html = std::fs::read_to_string(workspace.path("report.html")).unwrap();
    let page = Document::from(html.as_str());
    let words: Vec<String> = page
        .select(".words")
        .iter()
        .map(|w| w.text().to_string())
        .collect();
    assert_eq!(
        words,
        [
            "=SUM of all fears",
            "Advertisement",
            "The second paragraph."
        ]
    );
    assert_eq!(
        page.select(".headline").text().to_string(),
        "=SUM of all fears"
    );
    assert_eq!(
        page.select(".boilerplate .tag").text().to_string(),
        "set aside"
    );
}

#[test]
fn the_sheet_is_not_overwritten_and_a_wrong_column_is_named() {
    let workspace = Workspace::new();
    let path = sheet(&workspace, &[row("a", "Text.")], true);
    let before = std::fs::read(&path).unwrap();
    let mut wrong = options(&workspace);
    wrong.output = workspace.path("in/../sheet.csv");
    let faults = write(&wrong).unwrap_err();
    assert!(
        faults[0]
            .to_string()
            .contains("the output is also an input")
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let mut wrong = options(&workspace);
    wrong.date_column = Some("day".to_owned());
    let faults = write(&wrong).unwrap_err();
    assert!(
        faults[0]
            .to_string()
            .contains("no column `day` for --date-column")
    );
    assert!(faults[0].advice().unwrap().contains("`Tarih`, `Kaynak`"));
    let mut named = options(&workspace);
    named.date_column = Some("tarih".to_owned());
    write(&named).unwrap();
}

/// Chromium, where there is one.
fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: the page in a browser: there is no Chromium on PATH");
    }
    found
}

/// The page after its script has run, at an address; nothing may have been complained of.
fn loaded(chromium: &Path, workspace: &Workspace, page: &str, hash: &str) -> Document {
    let output = std::process::Command::new(chromium)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
        ])
        .arg(format!(
            "--user-data-dir={}",
            workspace.path("browser").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}{hash}", workspace.path(page).display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    Document::from(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn filters_and_keys_work_in_a_browser() {
    let Some(chromium) = chromium() else { return };
    let workspace = Workspace::new();
    let mut rows = audited(6, 0, 0);
    for row in &mut rows[..3] {
        *row = row.clone().labelled((0, 0, "neutral", "neutral"));
    }
    rows[4].source = "A & <b>".to_owned();
    rows[5].text = "ISTANBUL, İstanbul".to_owned();
    page(&workspace, &rows, true);
    let shown = |hash: &str| {
        let page = loaded(&chromium, &workspace, "report.html", hash);
        assert_eq!(
            page.select("#filters[hidden]").length(),
            0,
            "the script ran"
        );
        let count = page.select("#count").text().to_string();
        (page.select("li.article:not([hidden])").length(), count)
    };
    assert_eq!(shown("").0, 6);
    assert_eq!(shown("#offer=1").1, "3 of 6 articles, 3 of 6 paragraphs");
    assert_eq!(shown("#russia=neutral").0, 3);
    assert_eq!(shown("#offer=1&russia=neutral").0, 0);
    assert_eq!(shown("#source=A%20%26%20%3Cb%3E").0, 1);
    assert_eq!(shown("#q=istanbul").0, 1, "whatever Turkish i");
    assert_eq!(shown("#unsure=1").0, 6);

    let html = std::fs::read_to_string(workspace.path("report.html")).unwrap();
    let policy = html.find("<meta http-equiv").unwrap();
    let end = policy + html[policy..].find('>').unwrap();
    let keys = "const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));\
        const at = () => document.activeElement.closest('li, form').id;\
        press('j'); const first = at(); press('j'); const second = at(); press('k'); const back = at(); press('/');\
        document.body.dataset.keys = [first, second, back, document.activeElement.id].join(' ');";
    let html = format!(
        "{}{}<script>{keys}</script>",
        &html[..policy],
        &html[end + 1..]
    );
    workspace.write("keys.html", &html);
    let page = loaded(&chromium, &workspace, "keys.html", "");
    assert_eq!(
        page.select("body").attr("data-keys").unwrap().to_string(),
        "a1 a2 a1 q"
    );
}
