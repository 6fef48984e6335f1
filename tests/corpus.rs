//! Files → documents → paragraphs, on small inputs written here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use demarche::corpus::boilerplate::{Surroundings, matching, rules};
use demarche::corpus::paragraphs::{Form, split};
use demarche::corpus::{Corpus, Document, Options, Paragraph, ParagraphKind};
use demarche::error::{Error, Kind};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1251, WINDOWS_1254};
use tempfile::TempDir;

const ENGLISH: &str =
    "The two sides met in Geneva on Monday. Nothing was signed, the mediators said.";
const TURKISH: &str =
    "İki taraf Cenevre'de görüştü, sözcü güvence önerisinin ağır aksak ilerlediğini söyledi.";
const RUSSIAN: &str = "Стороны встретились в Женеве. Посредники сообщили, что ничего не подписано.";

// Files and folders

#[test]
fn a_folder_is_read_in_the_order_of_path_bytes_and_tells_what_it_leaves_out() {
    let folder = Folder::new();
    for name in ["b.txt", "B.txt", "a/2.md", "a/10.md", "ö.htm.txt"] {
        folder.write(name, ENGLISH);
    }
    for name in [
        ".hidden.txt",
        ".git/x.txt",
        "out.csv.journal",
        "out.csv.run.json",
        "old.docx",
        "notes",
    ] {
        folder.write(name, ENGLISH);
    }
    let corpus = folder.open();
    let names: Vec<_> = corpus
        .files()
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["B.txt", "a/10.md", "a/2.md", "b.txt", "ö.htm.txt"]);
    assert_eq!(documents(&corpus).len(), 5);
    let ignored: Vec<_> = corpus
        .ignored()
        .iter()
        .map(|ignored| (folder.name_of(&ignored.path), ignored.why.as_str()))
        .collect();
    assert_eq!(
        ignored,
        [
            (".git".to_owned(), "hidden"),
            (".hidden.txt".to_owned(), "hidden"),
            ("notes".to_owned(), "files without an ending are not read"),
            ("old.docx".to_owned(), ".docx files are not read"),
            ("out.csv.journal".to_owned(), "written by demarche itself"),
            ("out.csv.run.json".to_owned(), "written by demarche itself"),
        ]
    );
}

#[test]
fn a_missing_path_is_a_usage_error_with_its_path_and_a_hint() {
    let error = open_error(&[PathBuf::from("no/such/folder")]);
    assert_eq!(error.kind(), Kind::Usage);
    assert_eq!(error.to_string(), "no/such/folder: no such file or folder");
    assert_eq!(
        error.advice(),
        Some("the folder `no/such` does not exist either")
    );
    assert_eq!(open_error(&[]).kind(), Kind::Usage);
}

#[test]
fn a_folder_with_nothing_to_read_says_the_likely_cause_and_which_endings_are_read() {
    let folder = Folder::new();
    let error = open_error(&[folder.path()]);
    assert_eq!(error.kind(), Kind::Input);
    assert!(
        error
            .to_string()
            .ends_with("nothing to read in this folder: it is empty")
    );
    folder.write("report.pdf", "%PDF");
    let error = open_error(&[folder.path()]);
    assert!(
        error
            .to_string()
            .contains("report.pdf`: .pdf files are not read"),
        "{error}"
    );
    assert!(error.advice().is_some_and(|hint| hint.contains(".jsonl")));
}

#[test]
fn a_file_carries_its_size_sha256_and_encoding() {
    let folder = Folder::new();
    folder.write("a.txt", "abc");
    let corpus = folder.open();
    let [file] = corpus.files() else {
        panic!("one file")
    };
    assert_eq!(file.bytes, 3);
    assert_eq!(file.encoding, "UTF-8");
    assert_eq!(
        file.sha256,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn one_file_that_cannot_be_read_leaves_the_others() {
    let folder = Folder::new();
    let inputs = [
        folder.write("a.txt", ENGLISH),
        folder.write("b.pdf", "%PDF"),
        folder.write("c.txt", " \n\n"),
        folder.write("d.txt", ENGLISH),
    ];
    let corpus = Corpus::open(&inputs, &Options::default()).expect("opens");
    let read: Vec<_> = corpus.documents().collect();
    assert_eq!(read.len(), 4);
    assert!(read[0].is_ok() && read[3].is_ok());
    let error = read[1].as_ref().expect_err("not read");
    assert!(
        error
            .to_string()
            .ends_with("b.pdf: .pdf files are not read"),
        "{error}"
    );
    assert!(error.advice().is_some_and(|hint| hint.contains(".txt")));
    let error = read[2].as_ref().expect_err("empty");
    assert!(
        error.to_string().ends_with("c.txt: the file is empty"),
        "{error}"
    );
    // By itself it ends the run at once.
    assert_eq!(open_error(&inputs[1..2]).kind(), Kind::Input);
}

#[test]
fn a_file_given_twice_is_read_once_and_files_of_one_name_stay_apart() {
    let folder = Folder::new();
    let one = folder.write("one/a.txt", ENGLISH);
    folder.write("two/a.txt", ENGLISH);
    let inputs = [
        folder.path().join("one"),
        one.clone(),
        folder.path().join("two"),
    ];
    let corpus = Corpus::open(&inputs, &Options::default()).expect("opens");
    assert_eq!(corpus.files().len(), 2);
    assert_eq!(corpus.ignored()[0].why, "already taken from another input");
    assert!(corpus.files()[0].name.ends_with("one/a.txt"));
    assert!(corpus.files()[1].name.ends_with("two/a.txt"));
}

#[test]
fn standard_input_is_text_or_json_lines_by_its_first_lines_and_is_kept_where_asked() {
    let read = |input: &str, options: &Options| {
        Corpus::open_with(&["-".into()], options, input.as_bytes()).expect("opens")
    };
    let corpus = read(ENGLISH, &Options::default());
    assert_eq!(corpus.files()[0].name, "stdin");
    assert_eq!(corpus.files()[0].path, Path::new("-"));
    assert_eq!(documents(&corpus)[0].name, "stdin");

    let lines = format!("\n{{\"text\": \"{ENGLISH}\"}}\n{{\"text\": 7}}\n");
    let folder = Folder::new();
    let spool = folder.path().join("spool");
    let options = Options {
        spool: Some(spool.clone()),
        ..Options::default()
    };
    let corpus = read(&lines, &options);
    let read_rows: Vec<_> = corpus.documents().collect();
    assert_eq!(read_rows[0].as_ref().expect("read").name, "stdin:2");
    let error = read_rows[1].as_ref().expect_err("a number");
    assert_eq!(
        error.to_string(),
        "standard input, line 3, column `text`: the text is not a JSON string"
    );
    drop(corpus);
    assert_eq!(std::fs::read_to_string(spool).expect("kept"), lines);

    let page = read(&page("<p>One.</p>"), &Options::default());
    assert!(documents(&page)[0].paragraphs.len() > 2);
    // A text that begins with a brace is still text.
    assert_eq!(
        documents(&read("{a} b c. D e f.", &Options::default())).len(),
        1
    );
}

// Tables

#[test]
fn a_table_gives_a_document_a_row_with_its_other_columns_in_order() {
    let table = "date,ID,Headline,TEXT,outlet\n\
                 2024-05-01,w1,Talks resume,The talks resumed. Nothing was signed.,Wire\n\
                 2024-05-02,,,\"A second row, quoted. It says \"\"no\"\".\",\n";
    let documents = read_file("wire.csv", table);
    assert_eq!(documents[0].name, "w1");
    assert_eq!(documents[0].title.as_deref(), Some("Talks resume"));
    assert_eq!(
        documents[0].columns,
        [pair("date", "2024-05-01"), pair("outlet", "Wire")]
    );
    assert_eq!(
        kinds(&documents[0].paragraphs),
        [ParagraphKind::Title, ParagraphKind::Body]
    );
    assert_eq!(documents[1].name, "wire.csv:3");
    assert_eq!(documents[1].title, None);
    assert_eq!(
        documents[1].paragraphs[0].text,
        "A second row, quoted. It says \"no\"."
    );
    assert_eq!(
        documents[1].columns,
        [pair("date", "2024-05-02"), pair("outlet", "")]
    );
}

#[test]
fn text_and_title_columns_are_found_by_name_in_three_languages_whatever_their_case() {
    for (text, title) in [
        ("Body", "Title"),
        ("CONTENT", "headline"),
        ("Metin", "Başlık"),
        ("İÇERİK", "BAŞLIK"),
        ("Текст", "ЗАГОЛОВОК"),
        ("full text", "Heading"),
    ] {
        let documents = read_file(
            "a.csv",
            &format!("{title},{text}\nTalks resume,{ENGLISH_CELL}\n"),
        );
        assert_eq!(
            documents[0].title.as_deref(),
            Some("Talks resume"),
            "{title}"
        );
        assert_eq!(documents[0].paragraphs[1].text, ENGLISH_CELL, "{text}");
    }
}

const ENGLISH_CELL: &str = "The talks resumed. Nothing was signed.";

#[test]
fn comma_semicolon_tab_and_a_sep_line_are_told_apart() {
    for (name, table) in [
        ("comma.csv", "id,text\r\na,One; two. Three\r\n"),
        ("semicolon.csv", "id;text\r\na;One, two, three\r\n"),
        ("tab.csv", "id\ttext\na\tOne, two; three\n"),
        ("sep.csv", "sep=;\r\nid;text\r\na;One, two\r\n"),
        ("pipe.csv", "sep=|\nid|text\na|One, two; three\n"),
        ("tab.tsv", "id\ttext\na\tOne, two; three\n"),
    ] {
        let documents = read_file(name, table);
        assert_eq!(documents[0].name, "a", "{name}");
        assert!(documents[0].paragraphs[0].text.starts_with("One"), "{name}");
    }
    // A table of one column is not cut at its commas.
    assert_eq!(
        read_file("one.csv", "text\nOne, two, three\n")[0].paragraphs[0].text,
        "One, two, three"
    );
}

#[test]
fn a_table_without_a_text_column_lists_its_columns_and_names_the_option() {
    let folder = Folder::new();
    let file = folder.write("a.csv", "id;story\n1;Talks resumed.\n");
    let corpus = Corpus::open(std::slice::from_ref(&file), &Options::default()).expect("opens");
    let error = only_error(&corpus);
    assert!(
        error.to_string().ends_with(
            "a.csv, row 1: no column is known to hold the text; the columns are `id`, `story`"
        ),
        "{error}"
    );
    assert_eq!(error.advice(), Some("name it with --text-column"));

    let with = |text: &str| Options {
        text_column: Some(text.to_owned()),
        ..Options::default()
    };
    let corpus = Corpus::open(std::slice::from_ref(&file), &with("Story")).expect("opens");
    assert_eq!(documents(&corpus)[0].paragraphs[0].text, "Talks resumed.");
    let corpus = Corpus::open(&[file], &with("tale")).expect("opens");
    let error = only_error(&corpus);
    assert!(
        error
            .to_string()
            .contains("no column `tale`; the columns are `id`, `story`"),
        "{error}"
    );
}

#[test]
fn a_broken_row_is_an_error_with_its_row_and_the_other_rows_still_come() {
    // Row 3 has a field too many, row 4 is empty, row 5 loses its closing quote, row 7 goes on after it, row 8
    // spans two lines.
    let table = "id,text\n\
                 a,First.\n\
                 b,Second,extra\n\
                 \n\
                 c,\"Never closed\n\
                 d,\"Fourth.\"\n\
                 e,\"Quoted\" and more\n\
                 f,\"Sixth.\nStill sixth.\"\n\
                 g,Seventh.\n";
    let folder = Folder::new();
    folder.write("wire.csv", table);
    let corpus = folder.open();
    let read: Vec<_> = corpus
        .documents()
        .map(|document| match document {
            Ok(document) => document.name,
            Err(error) => format!("{} {}", error.place().row.expect("a row"), error),
        })
        .map(|text| text.replace(&format!("{}/", folder.path().display()), ""))
        .collect();
    assert_eq!(
        read,
        [
            "a",
            "3 wire.csv, row 3: 3 fields where the header has 2",
            "5 wire.csv, row 5: broken quoting: text follows the quotation mark that closes a cell",
            "d",
            "7 wire.csv, row 7: broken quoting: text follows the quotation mark that closes a cell",
            "f",
            "g",
        ]
    );
    // A quote that nothing closes costs its own row, not the file.
    let corpus = folder.only("open.csv", "id,text\na,\"Open\nb,Second.\nc,Third.\n");
    let read: Vec<_> = corpus
        .documents()
        .map(|document| document.is_ok())
        .collect();
    assert_eq!(read, [false, true, true]);
}

#[test]
fn a_row_without_text_is_an_error_and_a_row_with_a_title_alone_is_not() {
    let folder = Folder::new();
    let corpus = folder.only("a.csv", "title,text,x\n,  ,1\nTalks resume,,2\n");
    let read: Vec<_> = corpus.documents().collect();
    let error = read[0].as_ref().expect_err("empty");
    assert!(
        error
            .to_string()
            .ends_with("row 2, column `text`: the text cell is empty: no paragraph to label"),
        "{error}"
    );
    assert_eq!(read[1].as_ref().expect("a title").paragraphs.len(), 1);
}

#[test]
fn tab_separated_lines_may_hold_bare_quotation_marks() {
    let documents = read_file(
        "a.tsv",
        "id\ttext\na\t\"No\" was the answer\nb\t\"Unclosed\nc\tPlain\n",
    );
    assert_eq!(documents[0].paragraphs[0].text, "\"No\" was the answer");
    assert_eq!(documents[1].paragraphs[0].text, "\"Unclosed");
    assert_eq!(documents.len(), 3);
}

#[test]
fn columns_without_a_name_or_with_the_same_one_are_kept_apart() {
    let documents = read_file("a.csv", "text,date,,date\nOne.,1,2,3\n");
    assert_eq!(
        documents[0].columns,
        [
            pair("date", "1"),
            pair("column_3", "2"),
            pair("date_2", "3")
        ]
    );
}

#[test]
fn json_lines_pass_on_their_fields_and_name_a_broken_line() {
    let lines = "{\"id\": 7, \"text\": \"One.\", \"score\": 1.5, \"tags\": [\"a\", \"b\"], \"by\": null}\n\
                 \n\
                 {\"text\": \"Two.\"\n\
                 [1]\n\
                 {\"title\": \"T\"}\n\
                 {\"text\": \"Three.\", \"title\": \"T\"}\n";
    let folder = Folder::new();
    let corpus = folder.only("a.ndjson", lines);
    let read: Vec<_> = corpus.documents().collect();
    let first = read[0].as_ref().expect("read");
    assert_eq!(first.name, "7");
    assert_eq!(
        first.columns,
        [
            pair("score", "1.5"),
            pair("tags", "[\"a\",\"b\"]"),
            pair("by", "")
        ]
    );
    let error = |index: usize| read[index].as_ref().expect_err("broken").to_string();
    assert!(
        error(1).contains("a.ndjson, line 3: not a JSON object"),
        "{}",
        error(1)
    );
    assert!(
        error(2).contains("a.ndjson, line 4: not a JSON object"),
        "{}",
        error(2)
    );
    assert!(
        error(3).contains("a.ndjson, line 5: no field `text`; this line has `title`"),
        "{}",
        error(3)
    );
    let last = read[4].as_ref().expect("read");
    assert_eq!(
        (last.name.as_str(), last.title.as_deref()),
        ("a.ndjson:6", Some("T"))
    );
}

#[test]
fn a_table_is_read_a_row_at_a_time() {
    let folder = Folder::new();
    let row = format!("{ENGLISH}\n");
    let corpus = folder.only("big.csv", format!("text\n{}\"", row.repeat(20_000)));
    let mut documents = corpus.documents();
    let started = std::time::Instant::now();
    assert!(documents.next().expect("a row").is_ok());
    // The first row comes without the other 20,000 having been split.
    assert!(started.elapsed().as_secs() < 5);
    assert_eq!(documents.filter(Result::is_ok).count(), 19_999);
}

// Pages

fn page(inside: &str) -> String {
    let body = "<p>The two delegations met for three hours in Geneva, and both said that they would meet again in \
                May, although nothing was signed and no date was given for the next round of the talks.</p>";
    format!(
        "<!DOCTYPE html><html><head><title>Talks &amp; terms resume</title></head><body>\
         <nav><ul><li><a href='/'>Home</a></li><li><a href='/w'>World</a></li></ul></nav>\
         <article><h1>Talks &amp; terms resume</h1>{body}<h2>What comes next?</h2>{body}{inside}{body}</article>\
         <footer>Imprint</footer></body></html>"
    )
}

#[test]
fn a_page_gives_its_main_text_with_title_and_headings() {
    let documents = read_file("a.html", &page("<p>He said <b>5 &lt; 6</b>,<br>twice.</p>"));
    let paragraphs = &documents[0].paragraphs;
    assert_eq!(documents[0].title.as_deref(), Some("Talks & terms resume"));
    let title = paragraphs
        .iter()
        .filter(|p| p.text == "Talks & terms resume")
        .count();
    assert_eq!(
        title, 1,
        "the heading that repeats the title is not doubled"
    );
    assert_eq!(paragraphs[2].kind, ParagraphKind::Heading);
    assert_eq!(paragraphs[2].text, "What comes next?");
    assert!(
        paragraphs.iter().any(|p| p.text == "He said 5 < 6,"),
        "{paragraphs:#?}"
    );
    let outside: Vec<_> = paragraphs
        .iter()
        .filter(|p| p.set_aside.as_deref() == Some("outside the page's article"))
        .map(|p| (p.text.as_str(), p.kind))
        .collect();
    let aside = |text| (text, ParagraphKind::Boilerplate);
    assert_eq!(
        outside,
        [aside("Home"), aside("World"), aside("Imprint")],
        "what is not the article is told"
    );
}

#[test]
fn a_page_without_an_article_is_an_error() {
    let folder = Folder::new();
    for html in [
        "",
        "<html><head><title>T</title></head><body><script>go()</script></body></html>",
        "<html><head><title>T</title></head><body><nav><ul><li><a href=/>Home</a></li><li><a href=/w>World</a></li>\
         </ul></nav></body></html>",
    ] {
        let error = only_error(&folder.only("a.html", html));
        assert!(
            error
                .to_string()
                .ends_with("a.html: no article was found in this page"),
            "{error}"
        );
    }
}

// Encodings

#[test]
fn encodings_are_found_and_recorded() {
    for (text, encoding) in [
        (ENGLISH, UTF_8),
        (TURKISH, UTF_8),
        (RUSSIAN, UTF_8),
        (TURKISH, WINDOWS_1254),
        ("Çok iyi.", WINDOWS_1254),
        (
            "Haber metni kısa ama Türkçe harfler var: ğüşıöç ĞÜŞİÖÇ.",
            WINDOWS_1254,
        ),
        (RUSSIAN, WINDOWS_1251),
        ("Москва ждет.", WINDOWS_1251),
    ] {
        let (bytes, _, lossy) = encoding.encode(text);
        assert!(!lossy);
        assert_read(&bytes, text, encoding.name());
    }
    assert_read(
        &[b"\xEF\xBB\xBF", TURKISH.as_bytes()].concat(),
        TURKISH,
        "UTF-8",
    );
}

#[test]
fn utf_16_is_read_with_a_mark_and_without() {
    for text in [ENGLISH, TURKISH, RUSSIAN] {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_read(&little, text, "UTF-16LE");
        assert_read(&big, text, "UTF-16BE");
        assert_read(&[&b"\xFF\xFE"[..], &little].concat(), text, "UTF-16LE");
        assert_read(&[&b"\xFE\xFF"[..], &big].concat(), text, "UTF-16BE");
    }
    // Excel's "Unicode text", as a table.
    let table = format!("id\ttext\r\na\t{RUSSIAN}\r\n");
    let bytes: Vec<u8> = format!("\u{FEFF}{table}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = Folder::new();
    folder.write("a.tsv", &bytes);
    assert_eq!(documents(&folder.open())[0].paragraphs[0].text, RUSSIAN);
}

#[test]
fn english_with_a_few_marks_is_windows_1252() {
    for text in [
        "It costs £5 – said “Blair”",
        "He said ‘no’ to the naïve plan — again. Nobody else in the room did.",
    ] {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        assert_read(&bytes, text, "windows-1252");
    }
}

#[test]
fn a_page_declares_its_encoding() {
    let folder = Folder::new();
    for (declaration, text, encoding) in [
        ("<meta charset=\"windows-1254\">", TURKISH, WINDOWS_1254),
        (
            "<META http-equiv='Content-Type' content='text/html; charset=iso-8859-9'>",
            TURKISH,
            WINDOWS_1254,
        ),
        ("<meta charset=windows-1251>", RUSSIAN, WINDOWS_1251),
        ("", RUSSIAN, WINDOWS_1251),
        // Saved anew as UTF-8 under its old declaration: the bytes decide.
        ("<meta charset=windows-1251>", RUSSIAN, UTF_8),
    ] {
        let html =
            page(&format!("<p>{text}</p>")).replace("<title>", &format!("{declaration}<title>"));
        let (bytes, _, _) = encoding.encode(&html);
        folder.write("a.html", &bytes);
        let corpus = folder.open();
        assert_eq!(corpus.files()[0].encoding, encoding.name(), "{declaration}");
        assert!(
            documents(&corpus)[0]
                .paragraphs
                .iter()
                .any(|p| p.text == text),
            "{declaration}"
        );
    }
}

#[test]
fn a_byte_that_means_nothing_is_an_error_with_its_place_and_never_a_replaced_character() {
    let folder = Folder::new();
    let damaged = [TURKISH.as_bytes(), b"\n\nAnd \xFF here.\n"].concat();
    folder.write("a.txt", &damaged);
    let error = only_error(&folder.open());
    assert_eq!(error.place().line, Some(3));
    let offset = TURKISH.len() + 6;
    assert!(
        error.to_string().ends_with(&format!(
            "byte 0xFF is not valid UTF-8 (at offset {offset})"
        )),
        "{error}"
    );
    assert!(error.advice().is_some_and(|hint| hint.contains("UTF-8")));

    let corpus = folder.only(
        "a.txt",
        b"Plain text\x00with a NUL in it, as binary files have.",
    );
    assert!(only_error(&corpus).to_string().contains("a NUL byte"));

    let (legacy, _, _) = WINDOWS_1251.encode(RUSSIAN);
    let corpus = folder.only("a.txt", [&legacy[..], b" \x98"].concat());
    assert!(
        only_error(&corpus)
            .to_string()
            .contains("byte 0x98 is not a character of windows-1251")
    );
}

#[test]
fn in_a_table_such_a_byte_costs_its_row_alone() {
    let folder = Folder::new();
    let table = [
        format!("id;text\na;{TURKISH}\nb;").as_bytes(),
        b"Bad \xFF\nc;Good.\n",
    ]
    .concat();
    let corpus = folder.only("a.csv", &table);
    let read: Vec<_> = corpus.documents().collect();
    assert!(read[0].is_ok() && read[2].is_ok());
    let error = read[1].as_ref().expect_err("damaged");
    assert!(
        error
            .to_string()
            .ends_with("row 3, column `text`: byte 0xFF is not valid UTF-8"),
        "{error}"
    );

    // The same for half a character of UTF-16.
    let mut units: Vec<u16> = "\u{FEFF}id\ttext\na\tOne.\nb\t".encode_utf16().collect();
    units.push(0xD800);
    units.extend("\nc\tThree.\n".encode_utf16());
    let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
    let corpus = folder.only("a.tsv", &bytes);
    let read: Vec<_> = corpus
        .documents()
        .map(|document| document.is_ok())
        .collect();
    assert_eq!(read, [true, false, true]);
}

// Paragraphs

#[test]
fn unwrapped_lines_are_paragraphs_with_empty_lines_between_them_or_not() {
    let text = "Talks resume\n\n\
                The delegations met for three hours. They will meet again.\n\
                The mediators were pleased. Nothing was signed.\n\
                A third round is planned for May. Nobody gave a date.\n";
    let spaced = text.replace('\n', "\r\n\r\n");
    for text in [text, &spaced] {
        let (title, paragraphs) = split(text, None, Form::Text);
        assert_eq!(title.as_deref(), Some("Talks resume"));
        assert_eq!(
            texts(&paragraphs)[2],
            "The mediators were pleased. Nothing was signed."
        );
        assert_eq!(paragraphs.len(), 4);
        assert!(paragraphs.iter().map(|p| p.number).eq(1..=4));
    }
}

#[test]
fn hard_wrapped_lines_are_joined_by_a_space_and_hyphens_stay() {
    let text = "Talks resume in Geneva\n\n\
                The two delegations met for three hours on Monday, and\n\
                both said that they would meet again, although nothing\n\
                was signed. A long-\n\
                standing quarrel about the order of the items delayed\n\
                the start by an hour.\n\n\
                What comes next\n\n\
                A third round is planned for May, the mediators said,\n\
                but neither of the two sides would confirm that date\n\
                to the press.\n";
    let (title, paragraphs) = split(text, None, Form::Text);
    assert_eq!(title.as_deref(), Some("Talks resume in Geneva"));
    use ParagraphKind::{Body, Heading, Title};
    assert_eq!(kinds(&paragraphs), [Title, Body, Heading, Body]);
    assert!(
        paragraphs[1]
            .text
            .contains("A long- standing quarrel about")
    );
    assert!(
        paragraphs[3]
            .text
            .ends_with("would confirm that date to the press.")
    );
}

#[test]
fn short_one_sentence_lines_and_headlines_are_not_taken_for_wrapped_text() {
    let sentences = "The first delegation arrived in Geneva on Monday morning.\n\
                     The second delegation arrived there on Monday afternoon.\n\
                     The mediators received the two of them in the evening.\n";
    assert_eq!(split(sentences, None, Form::Text).1.len(), 3);
    let headlines = "Delegations arrive in Geneva for a new round of talks\n\
                     Mediators hope for progress on the question of gas\n\
                     Ministers say nothing was signed on the first day\n";
    assert_eq!(split(headlines, None, Form::Text).1.len(), 3);
}

#[test]
fn a_sentence_a_line_with_empty_lines_between_paragraphs_is_joined() {
    let block =
        "The delegations met in Geneva.\nThey spoke for three hours.\nNothing was signed.\n\n";
    let (_, paragraphs) = split(&block.repeat(4), None, Form::Text);
    assert_eq!(paragraphs.len(), 4);
    assert!(
        paragraphs[0]
            .text
            .ends_with("three hours. Nothing was signed.")
    );
}

#[test]
fn a_heading_is_a_short_line_without_a_stop_over_text() {
    let long = "The delegations met for three hours. They will meet again in May.";
    let text = format!(
        "{long}\nThe terms on the table\n{long}\nOne\nTwo\nThree\n{long}\nIt ends:\n{long}\nA last line"
    );
    use ParagraphKind::{Body, Heading};
    assert_eq!(
        kinds(&split(&text, None, Form::Text).1),
        [
            Body, Heading, Body, Body, Body, Body, Body, Body, Body, Body
        ]
    );
}

#[test]
fn the_first_line_is_the_title_only_if_it_looks_like_one() {
    let long =
        "The delegations met for three hours in Geneva. They will meet again in May, they said.";
    let title = |text: &str| split(text, None, Form::Text).0;
    assert_eq!(
        title(&format!("Talks resume\n{long}")).as_deref(),
        Some("Talks resume")
    );
    assert_eq!(
        title(&format!("Will talks resume?\n\n{long}")).as_deref(),
        Some("Will talks resume?")
    );
    assert_eq!(title(&format!("{long}\n\n{long}")), None);
    assert_eq!(title(&format!("Thank you, Mr. President.\n\n{long}")), None);
    assert_eq!(title("Talks resume"), None, "nothing follows");
    assert_eq!(
        title(&format!("Advertisement\n\nTalks resume\n\n{long}")).as_deref(),
        Some("Talks resume")
    );
}

#[test]
fn markdown_headings_lose_their_marks() {
    let text = "# Talks resume.\n\n## Terms #\nThe delegations met. They will meet again.\n\
                ### Is it over?\n- One item of a list\n- Another item\n#Hashtag stays as it is\n";
    let (title, paragraphs) = split(text, None, Form::Markdown);
    assert_eq!(title.as_deref(), Some("Talks resume."));
    let texts = texts(&paragraphs);
    assert_eq!(texts[1], "Terms");
    assert_eq!(texts[3], "Is it over?");
    assert_eq!(
        texts[4..],
        [
            "One item of a list",
            "Another item",
            "#Hashtag stays as it is"
        ]
    );
    assert_eq!(paragraphs[3].kind, ParagraphKind::Heading);
    // In a text file a mark is a character.
    assert_eq!(
        split("# One\n\nTwo three. Four.", None, Form::Text).1[0].text,
        "# One"
    );
}

#[test]
fn markdown_list_items_and_quotations_lose_their_marks_and_stay_paragraphs() {
    let long = "The delegations met for three hours. They will meet again.";
    let text = format!(
        "# Talks resume\n\n{long}\n- Gas\n* Grain by sea\n+ Prisoners\n1. First a truce\n2) Then talks\n\n\
         > {long}\n>\n> > Nothing is agreed.\n> - A quoted item\n\n* * *\n\n{long}\n-5 degrees\n1.5 million"
    );
    let (_, paragraphs) = split(&text, None, Form::Markdown);
    assert_eq!(
        texts(&paragraphs),
        [
            "Talks resume",
            long,
            "Gas",
            "Grain by sea",
            "Prisoners",
            "First a truce",
            "Then talks",
            long,
            "Nothing is agreed.",
            "A quoted item",
            "* * *",
            long,
            "-5 degrees",
            "1.5 million"
        ]
    );
    // A short item is no heading, even over text, and in a list of links it still is an item.
    let (_, paragraphs) = split(
        &format!("{long}\n\n- Gas\n\n{long}\n\nRead also:\n\n- Talks fail\n- Talks end\n\n{long}"),
        None,
        Form::Markdown,
    );
    use ParagraphKind::{Body, Boilerplate};
    assert_eq!(
        kinds(&paragraphs),
        [
            Body,
            Body,
            Body,
            Boilerplate,
            Boilerplate,
            Boilerplate,
            Body
        ]
    );
    // In a text file and in a table's cell the marks are characters.
    for form in [Form::Text, Form::Cell] {
        let (_, paragraphs) = split(
            "- Gas is dear.\n> It is, he said.\n1. So it is.",
            None,
            form,
        );
        let kept = ["- Gas is dear.", "> It is, he said.", "1. So it is."];
        assert_eq!(texts(&paragraphs), kept);
    }
}

#[test]
fn a_short_question_between_longer_paragraphs_is_a_heading() {
    let long = "The delegations met for three hours on Monday. They will meet again in May.";
    let kind = |question: &str| {
        let text = format!("{long}\n\n{question}\n\n{long}");
        split(&text, None, Form::Text).1[1].kind
    };
    for question in [
        "Who pays for it?",
        "What comes after Geneva?",
        "Bedeli kim ödeyecek?",
        "Peki Ankara ne istiyor?",
        "Кто за это заплатит?",
        "Чего хочет Анкара?",
    ] {
        assert_eq!(kind(question), ParagraphKind::Heading, "{question}");
    }
    for question in [
        "“Who pays for it?”",
        "\"Bedeli kim ödeyecek?\"",
        "«Кто за это заплатит?»",
        "— Кто за это заплатит?",
        "- Who pays for it?",
        "Reporter: Who pays for it?",
        "who pays for it?",
        "Who pays? Who knows?",
        "Who pays for it, he asked. Nobody knows?",
        "Who would in the end have to pay for all of it?",
    ] {
        assert_eq!(kind(question), ParagraphKind::Body, "{question}");
    }
    // After a speaker's name, and beside short lines, it is speech.
    for around in ["Ann Lee:", "Nobody knows."] {
        let text = format!("{long}\n\n{around}\n\nWho pays for it?\n\n{long}");
        assert_eq!(
            split(&text, None, Form::Text).1[2].kind,
            ParagraphKind::Body
        );
    }
    let last = format!("{long}\n\n{long}\n\nWho pays for it?");
    assert_eq!(
        split(&last, None, Form::Text).1[2].kind,
        ParagraphKind::Body
    );
}

#[test]
fn a_given_title_is_paragraph_one_and_is_not_doubled_by_the_first_line() {
    let (title, paragraphs) = split(
        "Talks  resume\nThey met. They left.",
        Some(" Talks resume "),
        Form::Cell,
    );
    assert_eq!(title.as_deref(), Some("Talks resume"));
    assert_eq!(texts(&paragraphs), ["Talks resume", "They met. They left."]);
    let (_, paragraphs) = split(
        "Talks resume again\nThey met. They left.",
        Some("Talks resume"),
        Form::Cell,
    );
    assert_eq!(paragraphs.len(), 3);
}

#[test]
fn every_line_of_a_text_comes_out_in_order() {
    let lines: Vec<String> = (1..60)
        .map(|n| match n % 5 {
            0 => format!("Heading number {n}"),
            1 => "Advertisement".to_owned(),
            2 => "***".to_owned(),
            3 => format!("READ ALSO: {n}"),
            _ => format!("This is sentence {n}. Another one follows it here."),
        })
        .collect();
    let (_, paragraphs) = split(&lines.join("\n"), None, Form::Text);
    assert_eq!(texts(&paragraphs), lines);
    assert!(
        paragraphs
            .iter()
            .all(|p| (p.kind == ParagraphKind::Boilerplate) == p.set_aside.is_some())
    );
}

// Boilerplate

#[test]
fn what_a_site_adds_is_set_aside_in_three_languages_with_a_reason() {
    let cases: HashMap<&str, Vec<&str>> = HashMap::from([
        (
            "an advertisement notice",
            vec!["Reklam yükleniyor...", "REKLAM", "Advertisement", "Реклама"],
        ),
        (
            "a link to another article",
            vec![
                "Read also: Talks resume in Geneva",
                "READ MORE ON THE TALKS",
                "İlgili haber: Görüşmeler başladı",
                "AYRICA OKUYUN: Görüşmeler başladı",
                "Читайте также: Переговоры начались",
            ],
        ),
        (
            "a photo credit",
            vec!["Photo: AFP", "Fotoğraf: AA", "Фото: ТАСС"],
        ),
        (
            "the article's source",
            vec!["Source: Reuters", "Kaynak: AA", "Источник: ТАСС"],
        ),
        (
            "a copyright notice",
            vec![
                "© 2024 The Wire",
                "Tüm hakları saklıdır.",
                "Все права защищены",
            ],
        ),
        (
            "share buttons",
            vec!["Share | Tweet | Print", "Paylaş", "Поделиться"],
        ),
        (
            "a comment policy or comment form",
            vec!["Leave a comment", "Yorum yap", "Оставить комментарий"],
        ),
        (
            "the date of publication",
            vec![
                "21 Sep, 2022 17:24",
                "Güncelleme: 12.05.2024 14:20",
                "Опубликовано: 5 мая 2024, 10:15",
            ],
        ),
        ("a web address", vec!["https://example.org/a?b=c"]),
        ("hashtags", vec!["#NATO #Россия #Türkiye"]),
        (
            "an agency or reporter byline",
            vec!["Ann Lee contributed to this report."],
        ),
    ]);
    for (reason, texts) in cases {
        for text in texts {
            let found = demarche::corpus::boilerplate::reason(
                text,
                ParagraphKind::Body,
                &Surroundings::default(),
            );
            assert_eq!(found.as_deref(), Some(reason), "{text}");
        }
    }
}

#[test]
fn what_a_politician_may_say_stays() {
    for text in [
        "Help us keep Ukraine alive, he told the assembly.",
        "Join us at the table, the minister said.",
        "A deal can be reached on grain.",
        "NATO contributed to the report on arms control.",
        "Sources say that the offer stands.",
        "Background: in 2014 the region was annexed.",
        "Follow us or be left behind.",
        "The statement does not reflect the position of Berlin.",
        "Meta said the channel violated its community guidelines.",
        "Facebook and Twitter",
        "Every contribution helps, Stoltenberg said.",
        "Monday",
        "World",
        "NATO'yu yakından takip edin, dedi.",
        "Bize destek olun, silah verin.",
        "Hakaret olarak gördük.",
        "Источник сообщил о переговорах.",
        "Войти в НАТО — цель Киева",
        "Подписаться под договором готовы обе стороны.",
        "Поддержать проект резолюции готовы пять стран.",
        "NATO must act now https://t.co/Ab12",
    ] {
        let rule = matching(text, ParagraphKind::Body, &Surroundings::default());
        assert!(rule.is_none(), "{text}: {:?}", rule.map(|rule| &rule.id));
    }
}

#[test]
fn bars_pleas_policies_and_notices_of_a_site_are_set_aside_wherever_they_stand() {
    for text in [
        "Tweet | Email | Copy link | 12 comments",
        "Facebook · Telegram · LinkedIn",
        "Share this article: Facebook, X, WhatsApp",
        "Print / Save / Share",
        "Like what you read? Get our weekly digest in your inbox.",
        "You've reached your limit of free articles. Subscribe for $2 a month.",
        "3 free articles left this month",
        "This is your last free article.",
        "Start your free trial today.",
        "This article is available to subscribers only.",
        "Already a subscriber? Log in",
        "Readers keep us going: make a one-time donation.",
        "Our journalism depends on readers like you.",
        "Become a supporting member today and help us stay independent.",
        "Back our independent newsroom from only £3 a month.",
        "Comments are moderated and may not appear at once.",
        "We reserve the right to delete comments that break our rules.",
        "Reader comments do not reflect the views of the editorial staff.",
        "Please keep your comments civil and on topic.",
        "Abuse and spam will be removed, and repeat posters banned from comments.",
        "Reading time: 6 min",
        "A five-minute read",
        "World | 8 min read",
        "Join our WhatsApp channel",
        "Follow us on Telegram and X",
        "Find us on social media",
        "Turn on notifications so as not to miss a story.",
        "Available on the App Store and Google Play",
        "Download our free app",
        "This site uses cookies. By continuing to browse it you agree to our privacy policy.",
        "Please disable your ad blocker.",
        "We may earn a commission from links on this page.",
        "Spotted a mistake? Write to us.",
        "To report an error, use this form.",
        "corrections@courier.example",
        "For corrections contact the duty editor.",
        "Reporting by the foreign desk",
        "Compiled by our news desk in Vienna",
        "With agencies",
        "Staff and agencies",
        "The views expressed are the author's own.",
        "Reproduction without permission is prohibited.",
        "Sign up for the morning briefing",
        "Never miss a story from us.",
        "© 2025 Courier Media Ltd",
        "Enjoyed this article? Share it with a friend.",
        "Advertisement - scroll to continue",
        "This story was compiled from wire reports.",
        "Paylaş | Tweetle | Yazdır",
        "Facebook · X · WhatsApp · Linki kopyala",
        "Bu haberi paylaş: Facebook | X | Telegram",
        "Yazıyı beğendiniz mi? Paylaşın",
        "Tepkiniz nedir?",
        "Bu ay 3 ücretsiz haberden 2'sini okudunuz.",
        "Ücretsiz okuma hakkınız doldu.",
        "Aylık 49 TL'ye abone olun.",
        "Haberin tamamı abonelere özeldir.",
        "Okumaya devam etmek için üye olun.",
        "Bağımsız gazeteciliğe destek olun.",
        "Bir kahve parasına gazetemize destek olabilirsiniz.",
        "Okurlarımızın desteğiyle yayın yapıyoruz.",
        "Küfür ve hakaret içeren yorumlar silinir.",
        "Yorumlar editör onayından sonra yayımlanır.",
        "Yorumlardan yazarları sorumludur, yorumlar sitemizi bağlamaz.",
        "Yorum yapmak için giriş yapın.",
        "Okuma süresi: 4 dakika",
        "Dış politika | 5 dk okuma",
        "WhatsApp kanalımıza katılın",
        "Telegram kanalımızı takip edin",
        "Bizi sosyal medyada takip etmeyi unutmayın.",
        "Son dakika gelişmelerinden anında haberdar olmak için uygulamamızı indirin",
        "Mobil uygulamamızı indirin: App Store | Google Play",
        "Sitemizde çerezler kullanılmaktadır.",
        "Reklam engelleyicinizi kapatın.",
        "Haberde bir hata mı var? Bize bildirin.",
        "Görüş ve önerileriniz için: okur@kurye.example",
        "İhbar hattı: 0555 000 00 00",
        "Dış Haberler Servisi",
        "Haber Merkezi",
        "Bu haber Ege Haber Ajansı tarafından servis edilmiştir.",
        "Yazıdaki görüşler yazara aittir.",
        "Bu içerik izinsiz kullanılamaz, kaynak gösterilmeden alıntılanamaz.",
        "Tüm hakları saklıdır © 2025",
        "Haftalık bültenimize kaydolun",
        "Sabah bülteni e-posta kutunuzda",
        "Bu bir ilandır.",
        "Yayın politikamızı yansıtmayabilir; görüşler yazarına aittir.",
        "Поделиться | Сохранить | Распечатать",
        "ВКонтакте · Telegram · Одноклассники",
        "Поделиться новостью: Telegram, WhatsApp",
        "Ваша реакция: нравится | не нравится",
        "Вы прочитали 2 из 3 бесплатных статей.",
        "Осталось две бесплатные статьи в этом месяце",
        "Оформите подписку от 99 рублей в месяц.",
        "Материал доступен только подписчикам",
        "Уже есть подписка? Войдите",
        "Поддержите независимую журналистику",
        "Мы существуем благодаря поддержке читателей.",
        "Станьте нашим патроном",
        "Оформите ежемесячное пожертвование.",
        "Комментарии отражают мнение читателей и не являются позицией редакции.",
        "Комментарии с оскорблениями будут удалены.",
        "Редакция оставляет за собой право удалять комментарии.",
        "Соблюдайте правила общения на сайте.",
        "Чтобы оставить комментарий, войдите на сайт",
        "Время чтения: 5 минут",
        "Политика | 4 мин. чтения",
        "Мы в Telegram",
        "Читайте нас в Дзене",
        "Больше новостей в нашем телеграм-канале",
        "Подпишитесь на нашу рассылку",
        "Скачайте наше приложение",
        "Доступно в App Store и Google Play",
        "Мы используем файлы cookie.",
        "Продолжая пользоваться сайтом, вы соглашаетесь с обработкой файлов cookie.",
        "Отключите блокировщик рекламы, пожалуйста.",
        "Заметили опечатку? Сообщите нам.",
        "Сообщить об ошибке",
        "Есть новость? Присылайте в редакцию",
        "Пишите нам: news@kurier.example",
        "По материалам зарубежных СМИ",
        "Использование материалов без согласия редакции запрещено.",
        "Точка зрения автора может не совпадать с позицией редакции.",
        "Рекламный материал",
        "18+",
    ] {
        let rule = matching(text, ParagraphKind::Body, &Surroundings::default());
        assert!(rule.is_some(), "{text}");
    }
}

#[test]
fn what_only_resembles_such_a_line_stays() {
    for text in [
        "Support independent media, the president told the forum.",
        "Ukraine will become a member of our family for the price of peace.",
        "We support independent journalism in every member state.",
        "For the price of a cup of coffee a day, we can defend Europe, he said.",
        "You have read the treaty twice, the senator said.",
        "Sanctions and insults will be answered.",
        "The insults will be removed from the communique, Lavrov promised.",
        "His comments are the views of a small group in Ankara, she said.",
        "Comments by the minister will not be published.",
        "The full report is available to members of the Council.",
        "Follow us on this road to peace.",
        "Join us in condemning this act.",
        "By land and by sea, the blockade holds.",
        "By Monday",
        "By the end of May",
        "Russia | Turkey | NATO",
        "Moscow - Ankara - Brussels",
        "The inspectors demand unlimited access to the site.",
        "Every subscription of $5 billion strengthens the fund.",
        "The views of the two ministers are their own.",
        "Reporting by the UN mission in Geneva shows a rise in violations of the truce.",
        "Agencies of the United Nations will stay in the city.",
        "Posts along the border will be removed under the deal.",
        "Sign the treaty now!",
        "To report an attack on a ship, the navy set up a line.",
        "It is a five-minute drive from the border.",
        "Stay with us, Zelensky told the allies.",
        "Keep our skies free.",
        "Save Odesa",
        "Post and Share",
        "We use force only in defence, and by continuing to arm Kyiv the West takes a risk.",
        "Bize destek olun, dedi Zelenski.",
        "Bağımsız medyayı destekliyoruz, dedi bakan.",
        "Yorumlar ağır oldu, Kremlin öfkeli.",
        "Hakaret içeren sözler geri alındı.",
        "Ankara bizi takip edin demiyor.",
        "Üyelere özel güvence verilecek.",
        "Rusya'nın yorumu yayımlanmadı.",
        "Silahları bize gönderin.",
        "Dış İşleri",
        "Haber bekleniyor",
        "Türkiye | Rusya | NATO",
        "Bedel ayda 5 milyar dolar.",
        "Bu yazıda görüşler değişti",
        "İstihbarat Servisi",
        "Görüşler yazarlar arasında değil liderler arasında ayrılıyor.",
        "Поддержите нас оружием, сказал Зеленский.",
        "Помогите нам закрыть небо.",
        "Помогите независимым государствам, призвал министр.",
        "Мы в НАТО",
        "Мы на Украине",
        "Больше новостей из Анкары не поступало.",
        "Комментарии Кремля удалены из протокола.",
        "Комментарии министра отражают позицию Москвы.",
        "Оскорбления в адрес посла недопустимы.",
        "Редакция договора изменена.",
        "Служба безопасности Украины",
        "Россия | Турция | НАТО",
        "Осталось два бесплатных коридора.",
        "Что вы об этом думаете?",
        "Сохранить мир",
        "Войдите в положение, сказал Путин.",
        "Пишите договор заново, сказал Лавров.",
        "Продолжая использовать ракеты, Россия рискует.",
        "Не нравится — уходите, ответил посол.",
    ] {
        let rule = matching(text, ParagraphKind::Body, &Surroundings::default());
        assert!(rule.is_none(), "{text}: {:?}", rule.map(|rule| &rule.id));
    }
}

#[test]
fn bylines_stand_under_the_title_and_notes_about_the_author_at_the_end() {
    let [one, two, three, four] = SMALL;
    let aside = |first: &str, last: &str| -> Vec<u32> {
        let text =
            format!("Talks resume\n\n{first}\n\n{one}\n\n{two}\n\n{three}\n\n{four}\n\n{last}");
        let (_, paragraphs) = split(&text, None, Form::Text);
        let set_aside = paragraphs.iter().filter(|p| p.set_aside.is_some());
        set_aside.map(|p| p.number).collect()
    };
    let note = "Ann Lee writes about the Baltic for this newspaper every month.";
    for byline in [
        "By Ann Lee and Tom Bell, diplomatic correspondents",
        "By the Courier's foreign desk",
        "Analysis by Ann Lee",
        "Ann Lee, staff writer",
        "Policy Note 3 | Harbour Institute",
        "Yazan: Deniz Aksoy",
        "Kaleme alan: Deniz Aksoy",
        "Röportaj: Deniz Aksoy, Ece Tan",
        "Deniz Aksoy / Ankara",
        "Deniz Aksoy, köşe yazarı",
        "Автор: Анна Лисицына",
        "Текст: Анна Лисицына, обозреватель",
        "Беседовала Анна Лисицына",
        "Анна Лисицына, специальный корреспондент",
    ] {
        assert_eq!(aside(byline, note), [2, 7], "{byline}");
    }
    for note in [
        "Tom Bell is a columnist and a former envoy. The views expressed are his own.",
        "The writer teaches history at Leiden.",
        "Deniz Aksoy dış politika yazarıdır.",
        "Deniz Aksoy her salı bu köşede yazıyor.",
        "Анна Лисицына — обозреватель «Курьера».",
        "Колонка выходит по четвергам.",
    ] {
        assert_eq!(aside("By Ann Lee", note), [2, 7], "{note}");
    }
    for (heading, body) in [
        (
            "By any measure a failure",
            "Ann Lee is the envoy of the Council in Riga.",
        ),
        ("Yazan eller", "Deniz Aksoy bu öneriyi reddetti."),
        (
            "Текст договора",
            "Анна Лисицына пишет министру каждое слово правды.",
        ),
        (
            "Interview with the enemy",
            "The minister writes that talks will resume.",
        ),
    ] {
        assert!(aside(heading, body).is_empty(), "{heading} / {body}");
    }
    // In the middle of an article such a line may be anything.
    let middle = format!(
        "{}\n\nBy Ann Lee\n\n{}",
        SMALL.join("\n\n"),
        SMALL.join("\n\n")
    );
    let (_, paragraphs) = split(&middle, None, Form::Text);
    assert!(paragraphs.iter().all(|p| p.set_aside.is_none()));
}

const SMALL: [&str; 4] = [
    "The two delegations met for three hours on Monday. They will meet again.",
    "Nothing was signed, the mediators said. The hosts were pleased all the same.",
    "A third round is planned for May. Neither side would confirm the date.",
    "The hosts offered a further meeting in the summer. It was not refused.",
];

#[test]
fn a_long_line_of_capitals_amid_small_letters_is_a_link_but_a_title_or_heading_is_not() {
    let link = "SENATOR SAYS FARMERS WILL PAY THE PRICE OF A NEW TARIFF";
    let aside = |text: &str| -> Vec<String> {
        let (_, paragraphs) = split(text, None, Form::Text);
        paragraphs
            .into_iter()
            .filter(|p| p.set_aside.is_some())
            .map(|p| p.text)
            .collect()
    };
    let [one, two, three, four] = SMALL;
    assert_eq!(
        aside(&format!("{one}\n{two}\n{link}\n{three}\n{four}")),
        [link]
    );
    // At the head it is the title; in a document in capitals it is as good as any other line.
    assert!(aside(&format!("{link}\n\n{one}\n{two}\n{three}\n{four}")).is_empty());
    let loud = SMALL.map(str::to_uppercase).join("\n");
    assert!(aside(&format!("{loud}\n{link}\n{loud}")).is_empty());
    // An article that has short headings in capitals may have a long one.
    assert!(
        aside(&format!(
            "{one}\nWHAT COMES NEXT\n{two}\n{link}\n{three}\n{four}"
        ))
        .is_empty()
    );
    // A heading's words come again in the text under it.
    let heading = "HOSTS OFFER A FURTHER MEETING OF THE TWO SIDES IN SUMMER";
    assert!(aside(&format!("{one}\n{two}\n{three}\n{heading}\n{four}")).is_empty());
    // Turkish and Russian newspapers put whole headings in capitals.
    let turkish = "BAKAN DÜN AKŞAM SAATLERİNDE GAZETECİLERE YENİ BİR TARİFE ÇAĞRISINDA BULUNDU";
    assert!(aside(&format!("{one}\n{two}\n{turkish}\n{three}\n{four}")).is_empty());
    // Alone, nothing speaks for its being a link.
    assert!(aside(link).is_empty());
}

#[test]
fn a_list_of_links_goes_with_the_line_that_opens_it_and_ends_with_it() {
    let [one, two, three, _] = SMALL;
    let text = format!(
        "{one}\nRelated content:\n- Talks resume\n- Talks fail\n{two}\n- A demand of theirs\n{three}"
    );
    let (_, paragraphs) = split(&text, None, Form::Text);
    let aside: Vec<_> = paragraphs
        .iter()
        .filter(|p| p.set_aside.is_some())
        .map(|p| p.number)
        .collect();
    assert_eq!(aside, [2, 3, 4]);
    assert_eq!(
        paragraphs[2].set_aside.as_deref(),
        Some("an item in a list of links")
    );
}

#[test]
fn every_rule_has_a_reason_a_language_and_a_name_of_its_own() {
    let mut names = std::collections::HashSet::new();
    for rule in rules() {
        assert!(names.insert(&rule.id), "{}", rule.id);
        assert!(
            ["en", "tr", "ru", "any"].contains(&rule.language.as_str()),
            "{}",
            rule.id
        );
        assert!(
            !rule.reason.is_empty() && !rule.reason.ends_with('.'),
            "{}",
            rule.id
        );
    }
}

// Against the files beside the checkout, where they are

#[test]
#[allow(clippy::print_stdout)]
fn the_seed_article_keeps_nine_paragraphs_and_sets_three_aside() {
    let seed = shared().join("seed-article.txt");
    if !seed.exists() {
        println!("skipped: no {}", seed.display());
        return;
    }
    let corpus = Corpus::open(&[seed], &Options::default()).expect("opens");
    let documents = documents(&corpus);
    use ParagraphKind::{Body, Boilerplate, Heading, Title};
    assert_eq!(
        kinds(&documents[0].paragraphs),
        [
            Title,
            Body,
            Body,
            Heading,
            Body,
            Heading,
            Body,
            Heading,
            Body,
            Boilerplate,
            Boilerplate,
            Boilerplate
        ]
    );
}

#[test]
#[allow(clippy::print_stdout)]
fn gold_body_rows_stay_and_gold_boilerplate_rows_are_set_aside() {
    let gold = shared().join("data/gold");
    if !gold.exists() {
        println!("skipped: no {}", gold.display());
        return;
    }
    let articles = articles();
    let mut read = HashMap::new();
    // (rows, set aside alone, set aside in their article), for body and for boilerplate
    let mut counts = [(0, 0, 0); 2];
    for row in ["train.jsonl", "dev.jsonl"]
        .iter()
        .flat_map(|file| rows(&gold.join(file)))
    {
        let text = row["text"].as_str().unwrap_or_default();
        let document = row["document"].as_str().unwrap_or_default();
        let alone = matching(text, ParagraphKind::Body, &Surroundings::default()).is_some();
        let paragraphs: Option<&Vec<Paragraph>> = articles.get(document).map(|path| {
            &*read.entry(path).or_insert_with(|| {
                let article = std::fs::read_to_string(path).unwrap_or_default();
                split(&article, None, Form::Text).1
            })
        });
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let there = paragraphs
            .and_then(|paragraphs| paragraphs.iter().find(|p| words(&p.text) == words(text)))
            .map_or(alone, |paragraph| paragraph.set_aside.is_some());
        let count = &mut counts[usize::from(row["kind"] == "boilerplate")];
        count.0 += 1;
        count.1 += usize::from(alone);
        count.2 += usize::from(there);
    }
    let [body, boilerplate] = counts;
    println!(
        "body rows set aside: {} of {} in their articles, {} alone",
        body.2, body.0, body.1
    );
    println!(
        "boilerplate rows set aside: {} of {} in their articles, {} alone",
        boilerplate.2, boilerplate.0, boilerplate.1
    );
    assert!(
        body.1.max(body.2) * 500 <= body.0,
        "more than 0.2 % of the body rows"
    );
    assert!(
        boilerplate.1 * 2 >= boilerplate.0,
        "fewer than half of the boilerplate rows by words alone"
    );
    if !articles.is_empty() {
        assert!(
            boilerplate.2 * 10 >= boilerplate.0 * 9,
            "fewer than 9 of 10 boilerplate rows"
        );
    }
}

/// The whole articles that gold rows were taken from, by the name that gold gives them.
fn articles() -> HashMap<String, PathBuf> {
    let data = shared().join("data");
    let mut articles = HashMap::new();
    for (folder, news) in [
        ("ukraine-war-news/articles", true),
        ("entity-framing-v2/train_data", false),
        ("entity-framing-v2/raw-documents_EN_PT", false),
    ] {
        let files = walkdir::WalkDir::new(data.join(folder))
            .into_iter()
            .flatten();
        for path in files
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.is_file())
        {
            let stem = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let name = match stem.rsplit_once('_') {
                Some((_, hash)) if news => format!("wn-{hash}"),
                _ => stem,
            };
            articles.insert(format!("ef-{name}"), path.clone());
            articles.insert(name, path);
        }
    }
    articles
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")
}

fn rows(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).expect("gold rows");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

// Helpers

/// A temporary folder of inputs.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, contents).expect("written");
        path
    }

    fn open(&self) -> Corpus {
        Corpus::open(&[self.path()], &Options::default()).expect("opens")
    }

    /// A corpus of one file, written here.
    fn only(&self, name: &str, contents: impl AsRef<[u8]>) -> Corpus {
        Corpus::open(&[self.write(name, contents)], &Options::default()).expect("opens")
    }

    fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(self.0.path())
            .expect("inside")
            .display()
            .to_string()
    }
}

fn documents(corpus: &Corpus) -> Vec<Document> {
    corpus
        .documents()
        .map(|document| document.expect("read"))
        .collect()
}

fn read_file(name: &str, contents: &str) -> Vec<Document> {
    documents(&Folder::new().only(name, contents))
}

fn only_error(corpus: &Corpus) -> Error {
    let mut errors: Vec<_> = corpus.documents().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1);
    errors.remove(0)
}

fn open_error(inputs: &[PathBuf]) -> Error {
    Corpus::open(inputs, &Options::default()).expect_err("an error")
}

fn assert_read(bytes: &[u8], text: &str, encoding: &str) {
    let corpus_folder = Folder::new();
    let corpus = corpus_folder.only("a.txt", bytes);
    assert_eq!(corpus.files()[0].encoding, encoding, "{text}");
    assert_eq!(documents(&corpus)[0].paragraphs[0].text, text);
    assert!(Encoding::for_label(encoding.as_bytes()).is_some());
}

fn kinds(paragraphs: &[Paragraph]) -> Vec<ParagraphKind> {
    paragraphs.iter().map(|paragraph| paragraph.kind).collect()
}

fn texts(paragraphs: &[Paragraph]) -> Vec<&str> {
    paragraphs
        .iter()
        .map(|paragraph| paragraph.text.as_str())
        .collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
