//! Corrected sheets come back: whatever a spreadsheet made of the file, the corrections are the same.

use std::path::{Path, PathBuf};

use demarche::codebook::Codebook;
use demarche::error::Error;
use demarche::export::columns::text_hash;
use demarche::review::agreement::write_adjudication;
use demarche::review::{self, Reviewed, State};

use crate::util::{Workspace, model_or_skip};

/// A sheet's cells, the header first.
type Table = Vec<Vec<String>>;

fn place(table: &Table, name: &str) -> usize {
    table[0].iter().position(|n| n == name).unwrap()
}

fn delimited(table: &Table, delimiter: char, end: &str) -> String {
    let cell = |cell: &String| match cell.contains([delimiter, '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    let line = |row: &Vec<String>| {
        row.iter()
            .map(cell)
            .collect::<Vec<_>>()
            .join(&delimiter.to_string())
    };
    table.iter().map(|row| line(row) + end).collect()
}

fn save(workspace: &Workspace, name: &str, bytes: &[u8]) -> Reviewed {
    let path = workspace.path(name);
    std::fs::write(&path, bytes).unwrap();
    accepted(&path)
}

fn accepted(path: &Path) -> Reviewed {
    match review::read(&[path]) {
        Ok(mut sheets) => sheets.remove(0),
        Err(faults) => panic!("{}: {}", path.display(), told(&faults).join("\n")),
    }
}

fn told(faults: &[Error]) -> Vec<String> {
    let one = |fault: &Error| format!("{fault} ({})", fault.advice().unwrap_or_default());
    faults.iter().map(one).collect()
}

/// Everything that an analyst said, whatever the order of rows.
fn said(reviewed: &Reviewed) -> Vec<String> {
    assert_eq!(
        (
            reviewed.changed.len(),
            reviewed.doubled.len(),
            reviewed.missing
        ),
        (0, 0, 0),
        "{:?}",
        reviewed.changed
    );
    let columns: Vec<&str> = reviewed.labels.iter().map(|l| l.column.as_str()).collect();
    let mut rows: Vec<String> = reviewed
        .rows
        .iter()
        .map(|row| {
            let (id, now, states) = (&row.id, &row.now, &row.states);
            format!(
                "{id} {columns:?} {now:?} {states:?} {} {} {:?}",
                row.reviewed, row.audit, row.text
            )
        })
        .collect();
    rows.sort();
    rows
}

/// A sheet of `annotate` with some rows read and some cells corrected.
fn corrected(workspace: &Workspace, model: &Path) -> Table {
    let mut options = workspace.options(model, "out.csv");
    options.audit.rows = 10;
    let (_, sheet) = workspace.annotate(&options);
    let mut table = vec![sheet.header.clone()];
    for (at, row) in sheet.rows.iter().enumerate() {
        let mut cells: Vec<String> = sheet.header.iter().map(|name| row[name].clone()).collect();
        let mut set = |name: &str, value: &str| {
            cells[sheet.header.iter().position(|n| n == name).unwrap()] = value.to_owned();
        };
        if at % 3 == 0 {
            set("reviewed", "x");
        }
        if at % 4 == 0 {
            set("offer", if row["offer"] == "1" { "0" } else { "1" });
            set("russia", "mixed");
            set("russia_holder", "both");
        }
        table.push(cells);
    }
    table
}

/// What Excel makes of a sheet in a language whose decimals have commas.
fn translated(table: &Table, yes: &str, no: &str) -> Table {
    let mut table = table.clone();
    let names = table[0].clone();
    for row in &mut table[1..] {
        for (name, cell) in names.iter().zip(row) {
            if ["offer", "accusation", "skepticism"].contains(&name.as_str()) {
                *cell = if cell == "1" { yes } else { no }.to_owned();
            } else if name == "confidence" || name.ends_with("_p") {
                *cell = cell.replace('.', ",");
            }
        }
    }
    table
}

fn utf16(text: &str) -> Vec<u8> {
    let marked = format!("\u{FEFF}{text}");
    marked.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn encoded(text: &str, encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
    let (bytes, _, lost) = encoding.encode(text);
    assert!(!lost, "this text cannot be saved so");
    bytes.into_owned()
}

#[test]
fn a_sheet_says_the_same_however_a_spreadsheet_saved_it() {
    let model = model_or_skip!();
    let workspace = Workspace::with_articles(2);
    let table = corrected(&workspace, model);
    let plain = said(&save(
        &workspace,
        "plain.csv",
        delimited(&table, ',', "\n").as_bytes(),
    ));
    assert_eq!(plain.len(), table.len() - 1);
    assert!(
        plain
            .iter()
            .any(|row| row.contains("Corrected") && row.contains("Confirmed"))
    );
    let same = |name: &str, bytes: &[u8]| {
        let again = said(&save(&workspace, name, bytes));
        for (again, plain) in again.iter().zip(&plain) {
            assert_eq!(again, plain, "{name}");
        }
        assert_eq!(again.len(), plain.len(), "{name}");
    };
    same("crlf.csv", delimited(&table, ',', "\r\n").as_bytes());
    same(
        "bom.csv",
        format!("\u{FEFF}{}", delimited(&table, ',', "\r\n")).as_bytes(),
    );
    let german = translated(&table, "WAHR", "FALSCH");
    same("semicolons.csv", delimited(&german, ';', "\r\n").as_bytes());
    same(
        "sep.csv",
        format!("sep=;\r\n{}", delimited(&german, ';', "\r\n")).as_bytes(),
    );
    same("unicode.txt", &utf16(&delimited(&table, '\t', "\r\n")));
    let turkish = delimited(&translated(&table, "DOĞRU", "YANLIŞ"), ';', "\r\n");
    same("turkish.csv", &encoded(&turkish, encoding_rs::WINDOWS_1254));
    let mut turned: Table = table
        .iter()
        .map(|row| row.iter().rev().cloned().collect())
        .collect();
    same("columns.csv", delimited(&turned, ',', "\n").as_bytes());
    turned[1..].reverse();
    same("rows.csv", delimited(&turned, ',', "\n").as_bytes());
    let mut added = table.clone();
    for (at, row) in added.iter_mut().enumerate() {
        row.insert(
            3,
            if at == 0 {
                "mine".to_owned()
            } else {
                format!("{at}; seen")
            },
        );
        row.push(String::new());
    }
    same("added.csv", delimited(&added, ',', "\n").as_bytes());
    // A spreadsheet writes rows that were used and emptied again.
    let mut empty = table.clone();
    empty.insert(3, vec![String::new(); table[0].len()]);
    empty.push(vec![String::new(); table[0].len()]);
    same("empty.csv", delimited(&empty, ',', "\n").as_bytes());
    workbook(&table, &workspace.path("book.xlsx"));
    assert_eq!(said(&accepted(&workspace.path("book.xlsx"))), plain);
}

/// A workbook with frames as TRUE and FALSE and numbers as numbers, a tab before ours and a hidden column.
fn workbook(table: &Table, path: &Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet()
        .set_name("notes")
        .unwrap()
        .write(0, 0, "mine")
        .unwrap();
    let sheet = book.add_worksheet().set_name("annotations").unwrap();
    sheet.set_column_hidden(2).unwrap();
    for (line, row) in (0u32..).zip(table) {
        for (column, (name, cell)) in (0u16..).zip(table[0].iter().zip(row)) {
            let number = cell.parse::<f64>().ok().filter(|_| name != "text_hash");
            match (name.as_str(), number) {
                ("offer", Some(number)) => sheet.write(line, column, number == 1.0).unwrap(),
                (_, Some(number)) => sheet.write(line, column, number).unwrap(),
                (_, None) => sheet.write(line, column, cell).unwrap(),
            };
        }
    }
    book.save(path).unwrap();
}

#[test]
fn a_russian_sheet_says_the_same_in_its_own_encoding() {
    let model = model_or_skip!();
    let workspace = Workspace::new();
    workspace.write(
        "in/а.txt",
        "Переговоры продолжатся в мае\n\nРоссия готова предложить письменные гарантии, заявил глава министерства.\n\n\
         Представитель НАТО обвинил Москву в нарушении договора и назвал её обещания пустыми словами.\n\n\
         «Мы не верим этим заявлениям», — сказал один из дипломатов; другие промолчали.\n",
    );
    let table = corrected(&workspace, model);
    let plain = said(&save(
        &workspace,
        "plain.csv",
        delimited(&table, ',', "\n").as_bytes(),
    ));
    let russian = delimited(&translated(&table, "ИСТИНА", "ЛОЖЬ"), ';', "\r\n");
    let bytes = encoded(&russian, encoding_rs::WINDOWS_1251);
    assert_eq!(said(&save(&workspace, "russian.csv", &bytes)), plain);
}

const HEADER: &[&str] = &[
    "row_id",
    "document",
    "text",
    "offer",
    "nato",
    "nato_holder",
    "sentiment",
    "review_rank",
    "reviewed",
    "model_labels",
    "text_hash",
    "model",
    "codebook",
    "audit",
];

/// What stands in a row: offer, NATO, whose, sentiment.
type Labels = (&'static str, &'static str, &'static str, &'static str);

const MODEL: Labels = ("1", "neutral", "", "neutral");

/// A sheet made by hand: row `n` is `p-n` of document `n`, what the model had said, what stands there now.
struct Hand(Table);

impl Hand {
    fn new() -> Hand {
        Hand(vec![HEADER.iter().map(|name| (*name).to_owned()).collect()])
    }

    fn row(mut self, model: Labels, now: Labels, reviewed: &str, audit: &str) -> Hand {
        let number = self.0.len();
        let text = format!("Paragraph {number} speaks of NATO.");
        let holder = if model.2.is_empty() {
            String::new()
        } else {
            format!("/{}", model.2)
        };
        let packed = format!(
            "offer={};nato={}{holder};sentiment={}",
            model.0, model.1, model.3
        );
        let (id, rank) = (format!("p-{number}"), number.to_string());
        let (document, hash) = (format!("d{number}"), text_hash(&text));
        let cells = [
            &id, &document, &text, now.0, now.1, now.2, now.3, &rank, reviewed, &packed, &hash,
            "m 1", "c 1", audit,
        ];
        self.0
            .push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        self
    }

    fn set(mut self, row: usize, name: &str, value: &str) -> Hand {
        let at = place(&self.0, name);
        self.0[row][at] = value.to_owned();
        self
    }

    fn write(&self, workspace: &Workspace, name: &str) -> PathBuf {
        workspace.write(name, &delimited(&self.0, ',', "\n"))
    }

    fn read(&self) -> Reviewed {
        accepted(&self.write(&Workspace::new(), "hand.csv"))
    }

    fn refused(&self) -> Vec<String> {
        let workspace = Workspace::new();
        told(&review::read(&[self.write(&workspace, "hand.csv")]).unwrap_err())
    }
}

/// `n` rows that nobody touched.
fn untouched(n: usize) -> Hand {
    (0..n).fold(Hand::new(), |hand, _| hand.row(MODEL, MODEL, "", ""))
}

#[test]
fn cells_that_cannot_be_accepted_are_all_told_at_once() {
    let faults = untouched(4)
        .set(1, "offer", "2")
        .set(1, "nato", "favourable")
        .set(3, "sentiment", "")
        .set(4, "nato_holder", "authr")
        .refused();
    assert_eq!(faults.len(), 4, "{faults:?}");
    let has = |at: usize, words: &[&str]| {
        words
            .iter()
            .for_each(|w| assert!(faults[at].contains(w), "{w}: {}", faults[at]))
    };
    has(
        0,
        &["hand.csv, row 2, column `offer`: `2`", "allowed: 1, 0"],
    );
    has(
        1,
        &[
            "row 2, column `nato`: `favourable`",
            "did you mean `favorable`?",
            "allowed: favorable, unfavorable, mixed, neutral, not_mentioned",
        ],
    );
    has(
        2,
        &[
            "row 4, column `sentiment`",
            "missing",
            "allowed: positive, neutral, negative",
        ],
    );
    has(
        3,
        &[
            "row 5, column `nato_holder`: `authr`",
            "did you mean `author`?",
        ],
    );
}

#[test]
fn a_row_whose_text_was_changed_is_left_out_and_named() {
    let read = untouched(3).set(2, "text", "Another paragraph.").read();
    assert_eq!((read.changed, read.rows.len()), (vec![3], 2));
    let guarded = untouched(1)
        .set(1, "text", "'=1+1")
        .set(1, "text_hash", &text_hash("=1+1"))
        .read();
    assert_eq!(
        (guarded.changed.len(), guarded.rows[0].text.as_deref()),
        (0, Some("=1+1"))
    );
    let ends = untouched(1)
        .set(1, "text", "a\r\nb")
        .set(1, "text_hash", &text_hash("a\nb"))
        .read();
    assert_eq!(
        (ends.changed.len(), ends.rows[0].text.as_deref()),
        (0, Some("a\nb"))
    );
}

#[test]
fn a_row_that_stands_twice_counts_once_unless_its_labels_differ() {
    let twice = untouched(2).row(MODEL, MODEL, "x", "");
    let mut twice = twice;
    let second: Vec<String> = twice.0[3].clone();
    let reviewed = place(&twice.0, "reviewed");
    twice.0[3] = twice.0[1].clone();
    twice.0[3][reviewed] = second[reviewed].clone();
    twice.0[2][place(&Hand::new().0, "review_rank")] = "2".to_owned();
    let read = twice.read();
    assert_eq!((read.doubled.clone(), read.rows.len()), (vec![4], 2));
    assert!(read.rows[0].reviewed, "that one of the two was read counts");
    let faults = twice.set(3, "offer", "0").refused();
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].contains(
            "row 4, column `row_id`: the same paragraph stands in row 2 with other labels"
        ),
        "{faults:?}"
    );
}

#[test]
fn missing_rows_and_rows_without_an_id_are_counted() {
    let mut hand = untouched(5).set(5, "row_id", " ");
    hand.0.remove(2);
    let read = hand.read();
    assert_eq!((read.missing, read.foreign, read.rows.len()), (1, 1, 3));
}

#[test]
fn what_is_no_sheet_of_ours_says_so() {
    let workspace = Workspace::new();
    let other = workspace.write("other.csv", "a,b\n1,2\n");
    let faults = told(&review::read(&[other]).unwrap_err());
    assert!(faults[0].contains("no column `row_id`"), "{faults:?}");
    let mut hand = untouched(1);
    let packed = place(&hand.0, "model_labels");
    hand.0[1][packed].clear();
    assert!(hand.refused()[0].contains("`model_labels` is empty"));
    let gone = told(&review::read(&[workspace.path("gone.csv")]).unwrap_err());
    assert!(gone[0].contains("gone.csv"), "{gone:?}");
}

#[test]
fn a_mark_confirms_what_was_left_and_a_change_counts_without_one() {
    let polar = ("0", "favorable", "author", "positive");
    let read = Hand::new()
        .row(polar, polar, "x", "")
        .row(polar, ("1", "favorable", "author", "positive"), "", "")
        .row(polar, ("0", "neutral", "author", "positive"), "read", "")
        .row(polar, polar, "", "")
        .read();
    use State::{Confirmed, Corrected, Empty, Unread};
    let states: Vec<Vec<State>> = read.rows.iter().map(|row| row.states.clone()).collect();
    assert_eq!(states[0], [Confirmed, Confirmed, Confirmed, Confirmed]);
    assert_eq!(states[1], [Corrected, Unread, Unread, Unread]);
    assert_eq!(
        states[2],
        [Confirmed, Corrected, Empty, Confirmed],
        "a holder beside a stance that is not polar is none"
    );
    assert_eq!(states[3], [Unread, Unread, Unread, Unread]);
    let report = review::report(std::slice::from_ref(&read));
    let counts: Vec<(usize, usize, usize)> = report.sheets[0]
        .labels
        .iter()
        .map(|l| (l.confirmed, l.corrected, l.unread))
        .collect();
    assert_eq!(counts, [(2, 1, 1), (1, 1, 2), (1, 0, 2), (2, 0, 2)]);
    assert_eq!(report.sheets[0].reviewed, 2);
}

fn offer(value: &'static str) -> Labels {
    (value, "neutral", "", "neutral")
}

#[test]
fn figures_of_the_audit_are_those_of_its_rows_alone() {
    // Analyst, model: 3 hits, 1 false alarm, 2 misses, 4 rightly absent.
    let pairs = [("1", "1", 3), ("0", "1", 1), ("1", "0", 2), ("0", "0", 4)];
    let mut hand = Hand::new();
    for (analyst, model, times) in pairs {
        for _ in 0..times {
            hand = hand.row(offer(model), offer(analyst), "x", "1");
        }
    }
    // Chosen rows, all wrong; a row of the sample that nobody read; one corrected and not marked.
    hand = hand
        .row(offer("1"), offer("0"), "x", "")
        .row(offer("0"), offer("1"), "x", "");
    hand = hand
        .row(offer("1"), offer("1"), "", "1")
        .row(offer("1"), offer("0"), "", "1");
    let report = review::report(&[hand.read()]);
    let audit = report.sheets[0].audit.as_ref().unwrap();
    assert_eq!((audit.rows, audit.read, audit.by_document), (12, 10, true));
    let of = &audit.labels[0];
    let close = |figure: Option<demarche::evaluate::report::Figure>, expected: f64| {
        let figure = figure.unwrap();
        assert!(
            (figure.value - expected).abs() < 1e-9,
            "{figure:?}, not {expected}"
        );
        assert!(
            figure.low <= expected && expected <= figure.high,
            "{figure:?}"
        );
    };
    assert_eq!(of.cells, 10);
    close(of.right, 0.7);
    close(of.precision, 0.75);
    close(of.recall, 0.6);
    close(of.f1, 2.0 / 3.0);
    // n = 20 values, 9 ones and 11 zeros, 3 units that differ: 1 - 19 * 6 / (2 * 9 * 11).
    close(of.alpha, 1.0 - 19.0 * 6.0 / 198.0);
    let chosen = report.sheets[0].chosen.as_ref().unwrap();
    assert_eq!((chosen.rows, chosen.read), (2, 2));
    assert_eq!(chosen.labels[0].right.unwrap().value, 0.0);
}

#[test]
fn figures_of_stance_are_means_over_what_occurs_where_the_target_is_mentioned() {
    let nato = |stance: &'static str| -> Labels {
        let holder = if ["neutral", "not_mentioned"].contains(&stance) {
            ""
        } else {
            "author"
        };
        ("0", stance, holder, "neutral")
    };
    let pairs = [
        ("favorable", "favorable"),
        ("favorable", "neutral"),
        ("neutral", "neutral"),
        ("neutral", "neutral"),
        ("not_mentioned", "unfavorable"),
    ];
    let hand = pairs
        .into_iter()
        .fold(Hand::new(), |hand, (analyst, model)| {
            hand.row(nato(model), nato(analyst), "x", "1")
        });
    let report = review::report(&[hand.read()]);
    let audit = report.sheets[0].audit.as_ref().unwrap();
    assert!(!audit.by_document, "five documents give no interval");
    let stance = &audit.labels[1];
    assert_eq!((stance.label.as_str(), stance.cells), ("nato", 5));
    // favorable: 1 hit, 1 miss; neutral: 2 hits, 1 false alarm; the row without a mention is in `right` alone.
    assert!((stance.precision.unwrap().value - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-9);
    assert!((stance.recall.unwrap().value - (0.5 + 1.0) / 2.0).abs() < 1e-9);
    assert!((stance.f1.unwrap().value - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-9);
    assert_eq!(stance.right.unwrap().value, 0.6);
}

/// Two analysts on seven rows: they differ on `offer` in row 5 and on `nato` in row 6; only the first read row 7.
fn analysts(workspace: &Workspace) -> Vec<PathBuf> {
    let said = [
        ("1", "1"),
        ("1", "1"),
        ("0", "0"),
        ("0", "0"),
        ("1", "0"),
        ("0", "0"),
        ("1", "0"),
    ];
    let mut sheets = (Hand::new(), Hand::new());
    for (at, (anna, ben)) in said.into_iter().enumerate() {
        let read = if at == 6 { "" } else { "x" };
        sheets.0 = sheets.0.row(MODEL, offer(anna), "x", "");
        sheets.1 = sheets
            .1
            .row(MODEL, if at == 6 { MODEL } else { offer(ben) }, read, "");
    }
    let anna = sheets
        .0
        .set(6, "nato", "favorable")
        .set(6, "nato_holder", "author");
    vec![
        anna.write(workspace, "anna.csv"),
        sheets.1.write(workspace, "ben.csv"),
    ]
}

#[test]
fn agreement_is_measured_on_what_two_or_more_read() {
    let workspace = Workspace::new();
    let sheets = review::read(&analysts(&workspace)).unwrap();
    let agreement = review::report(&sheets).agreement.unwrap();
    assert_eq!((agreement.rows, agreement.by_document), (6, false));
    let offer = &agreement.labels[0];
    assert_eq!((offer.cells, offer.same), (6, Some(5.0 / 6.0)));
    // 12 values, 5 ones and 7 zeros, one unit differs: 1 - 11 * 2 / (2 * 5 * 7).
    assert!((offer.alpha.unwrap().value - (1.0 - 22.0 / 70.0)).abs() < 1e-9);
    let differ: Vec<(&str, &str)> = agreement
        .differences
        .iter()
        .map(|d| (d.row_id.as_str(), d.label.as_str()))
        .collect();
    assert_eq!(differ, [("p-5", "offer"), ("p-6", "nato")]);
}

#[test]
fn the_sheet_to_settle_is_taken_back_only_when_it_is_settled() {
    let workspace = Workspace::new();
    let sheets = review::read(&analysts(&workspace)).unwrap();
    let agreement = review::report(&sheets).agreement.unwrap();
    let path = workspace.path("settle.csv");
    let codebook = Codebook::built_in();
    assert_eq!(
        write_adjudication(&sheets, &agreement, &codebook, &path).unwrap(),
        2
    );
    let settle = crate::util::Sheet::read(&path);
    assert_eq!(settle.column("row_id"), ["p-5", "p-6"]);
    assert_eq!(settle.column("offer"), ["", "0"]);
    assert_eq!(settle.column("nato"), ["neutral", ""]);
    assert_eq!(settle.column("reviewed"), ["", ""]);
    assert_eq!(settle.column("offer: anna"), ["1", ""]);
    assert_eq!(settle.column("offer: ben"), ["0", ""]);
    assert_eq!(settle.column("nato: anna"), ["", "favorable"]);
    let faults = told(&review::read(&[&path]).unwrap_err());
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults[0].contains("row 2, column `offer`") && faults[0].contains("missing"),
        "{faults:?}"
    );
    assert!(faults[1].contains("row 3, column `nato`"), "{faults:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut table: Table = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{FEFF}').as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    for (row, name, value) in [
        (1, "offer", "1"),
        (2, "nato", "neutral"),
        (1, "reviewed", "x"),
        (2, "reviewed", "x"),
    ] {
        let at = place(&table, name);
        table[row][at] = value.to_owned();
    }
    let settled = save(
        &workspace,
        "settled.csv",
        delimited(&table, ';', "\r\n").as_bytes(),
    );
    let now: Vec<_> = settled
        .rows
        .iter()
        .map(|row| (row.now[0], row.now[1], row.now[2]))
        .collect();
    assert_eq!(
        now,
        [
            (Some("1"), Some("neutral"), None),
            (Some("0"), Some("neutral"), None)
        ]
    );
}

#[test]
fn a_holder_on_which_analysts_differ_must_be_settled_too() {
    let workspace = Workspace::new();
    let says = |holder: &'static str| {
        let now = ("1", "favorable", holder, "neutral");
        Hand::new().row(MODEL, now, "x", "")
    };
    let paths = [
        says("author").write(&workspace, "anna.csv"),
        says("reported").write(&workspace, "ben.csv"),
    ];
    let sheets = review::read(&paths).unwrap();
    let agreement = review::report(&sheets).agreement.unwrap();
    let path = workspace.path("settle.csv");
    write_adjudication(&sheets, &agreement, &Codebook::built_in(), &path).unwrap();
    let faults = told(&review::read(&[&path]).unwrap_err());
    assert!(
        faults.len() == 1 && faults[0].contains("column `nato_holder`: a holder is missing"),
        "{faults:?}"
    );
    // With another stance there is no holder to settle; in a sheet of one analyst it may be left open.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"favorable\"", "\"neutral\"")).unwrap();
    assert_eq!(accepted(&path).rows[0].now[2], None);
    assert_eq!(says("").read().rows[0].states[2], State::Empty);
}

#[test]
fn a_row_that_the_first_sheet_lacks_is_settled_too() {
    let workspace = Workspace::new();
    let mut paths = analysts(&workspace);
    let first = untouched(7);
    let mut first = Hand(first.0);
    first.0.remove(5);
    first.0[1] = first.0[2].clone();
    paths.insert(0, first.write(&workspace, "first.csv"));
    let sheets = review::read(&paths).unwrap();
    let agreement = review::report(&sheets).agreement.unwrap();
    let path = workspace.path("settle.csv");
    write_adjudication(&sheets, &agreement, &Codebook::built_in(), &path).unwrap();
    let settle = crate::util::Sheet::read(&path);
    assert_eq!(settle.column("row_id"), ["p-6", "p-5"]);
    assert_eq!(settle.column("offer"), ["0", ""]);
}
