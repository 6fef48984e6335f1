//! In and out of Label Studio, doccano and Hugging Face datasets, on a sheet of our own: no model is needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche::codebook::Codebook;
use demarche::error::Error;
use demarche::exchange::{Exported, Import, Imported, Tool, export, import};
use demarche::export::columns::text_hash;
use demarche::review::sheet::Sheet;
use demarche::review::{self, Reviewed, State};
use serde_json::{Value, json};

use crate::util::Workspace;

const HEADER: &str = "row_id,document,title,paragraph,kind,text,offer,accusation,nato,russia,nato_holder,\
    russia_holder,sentiment,evidence,confidence,review_rank,reviewed,note,in_score,offer_p,model_labels,text_hash,\
    model,codebook";

/// Emoji before a span, Turkish and Russian letters, markup, and a text that a spreadsheet would run.
const TEXTS: [&str; 4] = [
    "🕊🇹🇷 Ankara'nın önerisi: «NATO готова к переговорам», dedi bakan & \"<b>hazırız</b>\".",
    "=SUM(A1) is how the envoy began; Moscow accused NATO of breaking its word.",
    "The talks were held in Vienna.",
    "'quoted' from the start, Russia praised.",
];

/// A sheet as `annotate` writes it: four labelled rows and one that was set aside.
fn sheet(workspace: &Workspace) -> PathBuf {
    let rows = [
        (
            "1,0,neutral,not_mentioned,,,positive",
            "offer: \"готова к переговорам\"",
            "offer=1;accusation=0;nato=neutral;russia=not_mentioned;sentiment=positive",
        ),
        (
            "0,1,unfavorable,neutral,reported,,negative",
            "accusation: \"accused NATO of breaking\" | nato: \"breaking its word\"",
            "offer=0;accusation=1;nato=unfavorable/reported;russia=neutral;sentiment=negative",
        ),
        (
            "0,0,not_mentioned,not_mentioned,,,neutral",
            "",
            "offer=0;accusation=0;nato=not_mentioned;russia=not_mentioned;sentiment=neutral",
        ),
        (
            "0,0,not_mentioned,favorable,,author,positive",
            "russia: \"Russia praised\"",
            "offer=0;accusation=0;nato=not_mentioned;russia=favorable/author;sentiment=positive",
        ),
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = format!("{HEADER}\r\n");
    for (number, (labels, evidence, packed)) in (1..).zip(rows) {
        let paragraph = TEXTS[number - 1];
        let guarded = demarche::export::csv::guard(paragraph);
        text += &format!(
            "p-{number},a & b.txt,On <peace>,{number},body,{},{labels},{},0.6{number},{number},,,-5,0.{number}000,{packed},{},default 1,demarche 1.5\r\n",
            quoted(&guarded),
            quoted(evidence),
            text_hash(paragraph),
        );
    }
    text += "p-9,a & b.txt,,9,boilerplate,Reklam,,,,,,,,,,,,set aside: advertisement,,,,,default 1,demarche 1.5\r\n";
    workspace.write("sheet.csv", &text)
}

fn out(workspace: &Workspace, tool: Tool) -> (Exported, PathBuf) {
    let folder = workspace.path("out");
    let done = export(&sheet(workspace), tool, &Codebook::built_in(), &folder).unwrap();
    (done, folder)
}

fn back(
    workspace: &Workspace,
    name: &str,
    content: &str,
    annotator: Option<&str>,
) -> Result<Imported, Vec<Error>> {
    let sheet = workspace.path("sheet.csv");
    import(&Import {
        export: &workspace.write(name, content),
        sheet: &sheet,
        output: &workspace.path("corrected.csv"),
        annotator,
        codebook: &Codebook::built_in(),
    })
}

fn json_of(path: PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn corrected(workspace: &Workspace) -> Reviewed {
    let mut sheets = review::read(&[workspace.path("corrected.csv")]).unwrap();
    sheets.remove(0)
}

/// Every corrected cell, as `row column: before -> after`.
fn corrections(reviewed: &Reviewed) -> Vec<String> {
    let mut all = Vec::new();
    for row in &reviewed.rows {
        for (at, label) in reviewed.labels.iter().enumerate() {
            if row.states[at] == State::Corrected {
                let (id, column) = (&row.id, &label.column);
                let before = row.model[at].unwrap_or("-");
                all.push(format!(
                    "{id} {column}: {before} -> {}",
                    row.now[at].unwrap_or("-")
                ));
            }
        }
    }
    all
}

fn read(workspace: &Workspace) -> BTreeMap<String, BTreeMap<String, String>> {
    let sheet = Sheet::read(&workspace.path("corrected.csv")).unwrap();
    let rows = sheet.rows.iter().map(|row| {
        let names = sheet.header.iter().cloned().enumerate();
        let cells = names.map(|(at, name)| (name, row.cell(at).to_owned()));
        (row.cell(0).to_owned(), cells.collect())
    });
    rows.collect()
}

fn told(faults: &[Error]) -> String {
    let lines = faults
        .iter()
        .map(|e| format!("{} [{}]\n", e.in_one_line(), e.advice().unwrap_or("")));
    lines.collect::<String>()
}

/// The tasks as Label Studio exports them when every prediction was submitted as it is.
fn submitted(tasks: &Value, by: Value) -> Value {
    let tasks = tasks.as_array().unwrap();
    let annotated = (1..).zip(tasks).map(|(id, task)| {
        json!({
            "id": id,
            "data": task["data"],
            "annotations": [{
                "id": 100 + id, "completed_by": by, "was_cancelled": false,
                "result": task["predictions"][0]["result"],
                "created_at": "2026-01-01T10:00:00.000000Z", "updated_at": "2026-01-01T10:00:00.000000Z",
            }],
            "predictions": [], "drafts": [],
        })
    });
    annotated.collect()
}

fn result_of<'v>(task: &'v mut Value, control: &str) -> &'v mut Value {
    let results = task["annotations"][0]["result"].as_array_mut().unwrap();
    let found = results.iter_mut().find(|r| r["from_name"] == control);
    &mut found.unwrap()["value"]
}

#[test]
fn a_label_studio_task_holds_the_sheets_labels_as_a_prediction() {
    let workspace = Workspace::new();
    let (done, folder) = out(&workspace, Tool::LabelStudio);
    assert_eq!((done.rows, done.left_out), (4, 1));
    let tasks = json_of(folder.join("tasks.json"));
    let choice = |id: &str, from: &str, value: &str| json!({"id": id, "from_name": from, "to_name": "text", "type": "choices", "value": {"choices": [value]}});
    let span = |id: &str, start: usize, end: usize, text: &str, label: &str| {
        let value = json!({"start": start, "end": end, "text": text, "labels": [label]});
        json!({"id": id, "from_name": "evidence", "to_name": "text", "type": "labels", "value": value})
    };
    assert_eq!(
        tasks[1],
        json!({
            "data": {
                "row_id": "p-2", "document": "a & b.txt", "title": "On <peace>", "paragraph": "2",
                "text": TEXTS[1], "reviewed": "",
            },
            "predictions": [{
                "model_version": "default 1",
                "score": 0.62,
                "result": [
                    span("span-1", 40, 64, "accused NATO of breaking", "accusation"),
                    span("span-2", 56, 73, "breaking its word", "nato"),
                    choice("frames", "framing", "accusation"),
                    choice("label-2", "nato", "unfavorable"),
                    choice("label-3", "russia", "neutral"),
                    choice("label-4", "nato_holder", "reported"),
                    choice("label-6", "sentiment", "negative"),
                ],
            }],
        })
    );
}

#[test]
fn label_studio_counts_code_points_and_doccano_utf16_units() {
    let workspace = Workspace::new();
    let words = "готова к переговорам";
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let value = &json_of(folder.join("tasks.json"))[0]["predictions"][0]["result"][0]["value"];
    let at = |name: &str| usize::try_from(value[name].as_u64().unwrap()).unwrap();
    let points: Vec<char> = TEXTS[0].chars().collect();
    assert_eq!(
        points[at("start")..at("end")].iter().collect::<String>(),
        words
    );

    out(&workspace, Tool::Doccano);
    let lines = std::fs::read_to_string(folder.join("examples.jsonl")).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let at = |place: usize| usize::try_from(first["entities"][0][place].as_u64().unwrap()).unwrap();
    let units: Vec<u16> = TEXTS[0].encode_utf16().collect();
    assert_eq!(String::from_utf16(&units[at(0)..at(1)]).unwrap(), words);
    assert_eq!(
        at(0),
        value["start"].as_u64().unwrap() as usize + 3,
        "three emoji before it"
    );
}

#[test]
fn the_interface_asks_for_every_label_and_a_holder_only_beside_a_polar_stance() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let config = std::fs::read_to_string(folder.join("config.xml")).unwrap();
    let choices: Vec<&str> = config
        .lines()
        .filter(|l| l.contains("<Choices "))
        .map(str::trim)
        .collect();
    let polar = r#"visibleWhen="choice-selected" whenTagName="nato" whenChoiceValue="favorable,unfavorable,mixed""#;
    assert_eq!(
        choices[0],
        r#"<Choices name="framing" toName="text" showInline="true" choice="multiple">"#
    );
    assert_eq!(
        choices[1],
        r#"<Choices name="nato" toName="text" showInline="true" choice="single" required="true">"#
    );
    assert!(
        choices[2].starts_with(r#"<Choices name="nato_holder" "#) && choices[2].contains(polar)
    );
    assert_eq!(choices.len(), 6);
    assert!(
        config.contains(r#"<Text name="text" value="$text" valueType="text" granularity="word"/>"#)
    );
    assert!(config.contains(r#"<Label value="accusation" background="#));
}

#[test]
fn what_a_codebook_says_is_escaped_in_the_interface() {
    let workspace = Workspace::new();
    let book = Codebook::BUILT_IN.replacen(
        "meaning = \"Somebody proposes",
        "meaning = \"<script>\\\"a\\\" & 'b'\\n</View>\\u0001 Somebody proposes",
        1,
    );
    let book = Codebook::parse(&book, "book.toml").unwrap();
    let folder = workspace.path("out");
    export(&sheet(&workspace), Tool::LabelStudio, &book, &folder).unwrap();
    let config = std::fs::read_to_string(folder.join("config.xml")).unwrap();
    assert!(
        !config.contains("<script>") && !config.contains('\u{1}'),
        "{config}"
    );
    let mut reader = quick_xml::Reader::from_str(&config);
    let mut hints = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                    hints.push(value.into_owned());
                }
            }
            _ => {}
        }
    }
    assert!(
        hints
            .iter()
            .any(|h| h.starts_with("<script>\"a\" & 'b' </View>  Somebody")),
        "{hints:?}"
    );
}

#[test]
fn what_was_changed_in_label_studio_comes_back_as_exactly_these_corrections() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let mut tasks = submitted(
        &json_of(folder.join("tasks.json")),
        json!({"id": 3, "email": "anna@example.org"}),
    );
    // Row 1: a polar stance with its holder, evidence after the emoji, a note. Row 2: the frame and its evidence stay,
    // the stance goes and leaves its span behind. Row 3 is skipped. Row 4 is submitted as it was.
    *result_of(&mut tasks[0], "nato") = json!({"choices": ["favorable"]});
    let (start, words) = (25, "NATO готова");
    assert_eq!(
        TEXTS[0].chars().skip(start).take(11).collect::<String>(),
        words
    );
    let results = tasks[0]["annotations"][0]["result"].as_array_mut().unwrap();
    results.push(json!({"from_name": "nato_holder", "value": {"choices": ["reported"]}}));
    results.push(json!({"from_name": "evidence", "type": "labels",
        "value": {"start": start, "end": start + 11, "labels": ["nato"], "text": "a display fault"}}));
    results.push(json!({"from_name": "note", "type": "textarea", "value": {"text": ["=odd"]}}));
    *result_of(&mut tasks[1], "nato") = json!({"choices": ["neutral"]});
    tasks[2]["annotations"][0]["was_cancelled"] = json!(true);
    let done = back(&workspace, "project.json", &tasks.to_string(), None).unwrap();
    assert_eq!((done.annotated, done.changed, done.rows), (3, 2, 5));
    assert_eq!(done.by, ["anna@example.org"]);
    let reviewed = corrected(&workspace);
    assert_eq!(
        corrections(&reviewed),
        [
            "p-1 nato: neutral -> favorable",
            "p-1 nato_holder: - -> reported",
            "p-2 nato: unfavorable -> neutral",
        ]
    );
    let marked: Vec<bool> = reviewed.rows.iter().map(|row| row.reviewed).collect();
    assert_eq!(marked, [true, true, false, true]);
    assert!(
        reviewed.changed.is_empty(),
        "texts survive the way there and back"
    );
    let rows = read(&workspace);
    assert_eq!(
        rows["p-1"]["evidence"],
        "offer: \"готова к переговорам\" | nato: \"NATO готова\""
    );
    assert_eq!(
        rows["p-2"]["evidence"],
        "accusation: \"accused NATO of breaking\""
    );
    assert_eq!(rows["p-1"]["reviewed"], "anna@example.org");
    assert_eq!(rows["p-1"]["note"], "'=odd", "no cell can run as a formula");
    assert_eq!(
        (
            rows["p-3"]["reviewed"].as_str(),
            rows["p-4"]["in_score"].as_str()
        ),
        ("", "-5")
    );
    assert_eq!(rows["p-1"]["confidence"], "0.61");
}

#[test]
fn a_minimal_export_says_the_same() {
    let workspace = Workspace::new();
    out(&workspace, Tool::LabelStudio);
    let task = json!([{
        "row_id": "p-2", "text": TEXTS[1], "title": "On <peace>", "id": 7,
        "evidence": [{"start": 56, "end": 73, "text": "breaking its word", "labels": ["nato"], "type": "Labels"}],
        "framing": {"choices": ["offer", "accusation"], "type": "Choices"},
        "nato": "mixed", "nato_holder": "both", "russia": "neutral", "sentiment": "negative", "note": "seen",
        "annotator": 4, "annotation_id": 12, "updated_at": "2026-01-01T10:00:00Z", "lead_time": 3.5,
    }]);
    let done = back(&workspace, "min.json", &task.to_string(), None).unwrap();
    assert_eq!(done.by, ["annotator 4"]);
    assert_eq!(
        corrections(&corrected(&workspace)),
        [
            "p-2 offer: 0 -> 1",
            "p-2 nato: unfavorable -> mixed",
            "p-2 nato_holder: reported -> both"
        ]
    );
    assert_eq!(
        read(&workspace)["p-2"]["evidence"],
        "nato: \"breaking its word\""
    );
    assert_eq!(read(&workspace)["p-2"]["note"], "seen");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_nothing_is_taken() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let mut tasks = submitted(&json_of(folder.join("tasks.json")), json!(1));
    *result_of(&mut tasks[0], "framing") = json!({"choices": ["ofer"]});
    *result_of(&mut tasks[0], "nato") = json!({"choices": ["favourable"]});
    *result_of(&mut tasks[1], "evidence") =
        json!({"start": 60, "end": 400, "labels": ["accusation"]});
    tasks[2]["data"]["row_id"] = json!("p-77");
    tasks[3]["data"]["text"] = json!("another text");
    let faults = back(&workspace, "project.json", &tasks.to_string(), None).unwrap_err();
    let told = told(&faults);
    for part in [
        "task 1: `ofer` is not a frame of this sheet [did you mean `offer`? allowed: offer, accusation]",
        "task 1: `favourable` is not a stance [did you mean `favorable`?",
        "task 1: nothing is chosen for `nato`",
        "task 2: the span 60 to 400 of `accusation` is not in the text",
        "task 3: the sheet has no labelled row `p-77`",
        "task 4: the text is another than in row 5 of the sheet",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(
        told.lines().all(|line| line.contains("project.json: ")),
        "{told}"
    );
    assert!(!workspace.path("corrected.csv").exists());
}

#[test]
fn two_annotators_of_a_task_are_told_apart_by_name() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let mut tasks = submitted(&json_of(folder.join("tasks.json")), json!(1));
    let mut second = tasks[2]["annotations"][0].clone();
    second["completed_by"] = json!({"id": 2, "email": "ben@example.org"});
    second["result"][2] = json!({"from_name": "sentiment", "value": {"choices": ["negative"]}});
    tasks[2]["annotations"].as_array_mut().unwrap().push(second);
    let content = tasks.to_string();
    let faults = told(&back(&workspace, "p.json", &content, None).unwrap_err());
    assert!(
        faults.contains("task 3 was annotated by annotator 1 and ben@example.org"),
        "{faults}"
    );
    assert!(faults.contains("--annotator"), "{faults}");
    let done = back(&workspace, "p.json", &content, Some("ben@example.org")).unwrap();
    assert_eq!((done.annotated, done.changed), (1, 1));
    assert_eq!(
        corrections(&corrected(&workspace)),
        ["p-3 sentiment: neutral -> negative"]
    );
    let done = back(&workspace, "p.json", &content, Some("1")).unwrap();
    assert_eq!((done.annotated, done.changed), (4, 0));
    let faults = told(&back(&workspace, "p.json", &content, Some("carl")).unwrap_err());
    assert!(
        faults.contains("`carl` annotated nothing in this export [there is work of annotator 1"),
        "{faults}"
    );
}

#[test]
fn the_latest_of_one_annotators_annotations_counts() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let mut tasks = submitted(&json_of(folder.join("tasks.json")), json!(1));
    let mut earlier = tasks[2]["annotations"][0].clone();
    earlier["updated_at"] = json!("2025-12-31T10:00:00.000000Z");
    earlier["result"][2] = json!({"from_name": "sentiment", "value": {"choices": ["negative"]}});
    tasks[2]["annotations"]
        .as_array_mut()
        .unwrap()
        .push(earlier);
    back(&workspace, "p.json", &tasks.to_string(), None).unwrap();
    assert!(corrections(&corrected(&workspace)).is_empty());
}

/// The examples as doccano exports them: an id before, comments after.
fn approved(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("examples.jsonl")).unwrap();
    let lines = (1..).zip(text.lines());
    let example = |(id, line): (i32, &str)| {
        let mut example: Value = serde_json::from_str(line).unwrap();
        (example["id"], example["Comments"]) = (json!(id), json!([]));
        example
    };
    lines.map(example).collect()
}

fn lines(examples: &[Value]) -> String {
    examples
        .iter()
        .map(|example| format!("{example}\n"))
        .collect()
}

#[test]
fn a_doccano_example_holds_classes_and_spans_and_its_types_name_them_all() {
    let workspace = Workspace::new();
    let (done, folder) = out(&workspace, Tool::Doccano);
    assert_eq!(
        done.evidence_left_out, 1,
        "doccano takes no spans that overlap"
    );
    let example = &approved(&folder)[1];
    assert_eq!(
        example["cats"],
        json!([
            "accusation",
            "nato=unfavorable/reported",
            "russia=neutral",
            "sentiment=negative"
        ])
    );
    assert_eq!(example["entities"], json!([[40, 64, "accusation"]]));
    assert_eq!(
        (&example["row_id"], &example["text"]),
        (&json!("p-2"), &json!(TEXTS[1]))
    );
    let types = json_of(folder.join("category_types.json"));
    let names: Vec<&str> = types
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["text"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2 + 2 * 10 + 3);
    for example in approved(&folder) {
        for class in example["cats"].as_array().unwrap() {
            assert!(names.contains(&class.as_str().unwrap()), "{class}");
        }
    }
    let spans = json_of(folder.join("span_types.json"));
    assert_eq!(
        spans[0],
        json!({"text": "offer", "prefix_key": null, "suffix_key": null,
            "background_color": "#1b9e77", "text_color": "#ffffff"})
    );
}

#[test]
fn what_was_changed_in_doccano_comes_back_as_exactly_these_corrections() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::Doccano);
    let mut examples = approved(&folder);
    examples[0]["cats"] = json!(["offer", "nato=mixed/both", "sentiment=neutral"]);
    let start = TEXTS[0][..TEXTS[0].find("hazırız").unwrap()]
        .encode_utf16()
        .count();
    examples[0]["entities"] = json!([[start, start + 7, "nato"]]);
    examples[1]["Comments"] = json!(["unsure"]);
    examples.truncate(2);
    let done = back(&workspace, "ben.jsonl", &lines(&examples), None).unwrap();
    assert_eq!((done.annotated, done.changed), (2, 1));
    assert_eq!(
        corrections(&corrected(&workspace)),
        [
            "p-1 nato: neutral -> mixed",
            "p-1 nato_holder: - -> both",
            "p-1 sentiment: positive -> neutral"
        ]
    );
    let rows = read(&workspace);
    assert_eq!(rows["p-1"]["evidence"], "nato: \"hazırız\"");
    let kept = "accusation: \"accused NATO of breaking\" | nato: \"breaking its word\"";
    assert_eq!(
        rows["p-2"]["evidence"], kept,
        "evidence that doccano could not hold stays"
    );
    assert_eq!(
        (
            rows["p-2"]["note"].as_str(),
            rows["p-2"]["reviewed"].as_str()
        ),
        ("unsure", "ben")
    );
}

#[test]
fn exports_of_doccanos_other_projects_say_what_they_can() {
    let workspace = Workspace::new();
    out(&workspace, Tool::Doccano);
    let classes = json!({"id": 1, "text": TEXTS[2], "label": ["offer", "sentiment=neutral"], "row_id": "p-3"});
    back(&workspace, "all.jsonl", &lines(&[classes]), None).unwrap();
    assert_eq!(corrections(&corrected(&workspace)), ["p-3 offer: 0 -> 1"]);
    assert_eq!(read(&workspace)["p-3"]["reviewed"], "doccano");
    let spans = json!({"id": 1, "text": TEXTS[3], "label": [[25, 39, "russia"]], "meta": {"row_id": "p-4"}});
    let done = back(&workspace, "all.jsonl", &lines(&[spans]), Some("ben")).unwrap();
    assert_eq!(done.changed, 0);
    let row = &read(&workspace)["p-4"];
    assert_eq!(row["evidence"], "russia: \"Russia praised\"");
    assert_eq!(row["reviewed"], "", "spans alone confirm no label");
}

#[test]
fn what_doccano_cannot_mean_is_told_with_its_line() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::Doccano);
    let mut examples = approved(&folder);
    examples[0]["cats"] = json!([
        "offer",
        "nato=neutral",
        "nato=favorable/author",
        "sentiment=positive"
    ]);
    examples[1]["cats"] = json!(["acusation", "russia=neutral/author", "sentiment=negative"]);
    examples[1]["entities"] = json!([[3, 2, "accusation"], [0, 2, "china"]]);
    examples[2]["cats"] = json!([]);
    examples[3].as_object_mut().unwrap().remove("row_id");
    let faults = told(&back(&workspace, "all.jsonl", &lines(&examples), None).unwrap_err());
    for part in [
        "line 1: there are two classes for `nato`",
        "line 2: `acusation` is no class of this sheet [did you mean `accusation`?",
        "line 2: `russia=neutral/author` is no class of this sheet",
        "line 2: `china` is not a frame or target of this sheet",
        "line 3: `p-3`: nothing is chosen for `sentiment`",
        "line 4: there is no `row_id`",
    ] {
        assert!(faults.contains(part), "{part}\n{faults}");
    }
    assert!(!workspace.path("corrected.csv").exists());
}

#[test]
fn a_file_that_is_no_export_is_told_what_was_wanted() {
    let workspace = Workspace::new();
    out(&workspace, Tool::LabelStudio);
    for (content, message) in [
        ("PK\u{3}\u{4}zip", "this is an archive"),
        ("[{\"id\": 1", "the export is no JSON"),
        ("not json", "line 1: the line is no JSON"),
        ("[]", "nothing in this export is annotated"),
        (
            "[{\"id\": 5, \"data\": {}, \"annotations\": []}]",
            "nothing in this export is annotated",
        ),
        (
            "[{\"id\": 5, \"data\": {\"row_id\": \"p-1\"}}]",
            "task 5 has no `annotations`",
        ),
        (
            "[{\"id\": 5, \"data\": {}, \"annotations\": [{}]}]",
            "task 5 has no `row_id`",
        ),
        ("[7]", "is no JSON object"),
    ] {
        let faults = told(&back(&workspace, "x.json", content, None).unwrap_err());
        assert!(faults.contains(message), "{content}: {faults}");
    }
}

#[test]
fn an_input_is_never_written_over() {
    let workspace = Workspace::new();
    let (_, folder) = out(&workspace, Tool::LabelStudio);
    let sheet = workspace.path("sheet.csv");
    let before = std::fs::read(&sheet).unwrap();
    let faults = import(&Import {
        export: &folder.join("tasks.json"),
        sheet: &sheet,
        output: &workspace.path("in/../sheet.csv"),
        annotator: None,
        codebook: &Codebook::built_in(),
    });
    assert!(told(&faults.unwrap_err()).contains("the output is also an input"));
    let faults = export(&sheet, Tool::Doccano, &Codebook::built_in(), &sheet).unwrap_err();
    assert!(told(&faults).contains("is a file, and a folder is needed"));
    assert_eq!(std::fs::read(&sheet).unwrap(), before);
}

#[test]
fn a_datasets_folder_is_typed_and_says_what_the_labels_are() {
    let workspace = Workspace::new();
    let (done, folder) = out(&workspace, Tool::HuggingFace);
    assert_eq!(done.rows, 5);
    let table = Sheet::read(&folder.join("data/train.parquet")).unwrap();
    let column = |name: &str| -> Vec<&str> {
        let at = table.column(name).unwrap();
        table.rows.iter().map(|row| row.cell(at)).collect()
    };
    assert_eq!(
        column("text")[..4],
        TEXTS,
        "no guard apostrophes, and those of the text kept"
    );
    assert_eq!(column("accusation"), ["0", "1", "0", "0", ""]);
    assert_eq!(column("model_nato_holder"), ["", "reported", "", "", ""]);
    assert_eq!(column("reviewed"), ["0"; 5]);
    assert!(table.column("model_labels").is_none());
    let card = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let header = card
        .strip_prefix("---\n")
        .unwrap()
        .split("---\n")
        .next()
        .unwrap();
    let named: Vec<&str> = header
        .lines()
        .filter_map(|l| l.strip_prefix("  - name: "))
        .collect();
    let names: Vec<String> = table
        .header
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    assert_eq!(named, names);
    assert!(header.contains("license: other\n") && header.contains("path: data/train.parquet\n"));
    assert!(card.contains(
        "**These are a model's labels unless somebody reviewed them.** 0 rows are marked"
    ));
    assert!(card.contains("| nato | not_mentioned | 2 |"), "{card}");
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let workspace = Workspace::new();
    for tool in [Tool::LabelStudio, Tool::Doccano, Tool::HuggingFace] {
        let (done, _) = out(&workspace, tool);
        let read = || -> Vec<Vec<u8>> {
            done.files
                .iter()
                .map(|f| std::fs::read(f).unwrap())
                .collect()
        };
        let first = read();
        out(&workspace, tool);
        assert!(first == read(), "{tool:?}");
    }
}

#[test]
fn the_program_exports_and_imports_and_says_what_comes_next() {
    let workspace = Workspace::new();
    let sheet = sheet(&workspace);
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_demarche"));
        let output = command.args(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let path = |name: &str| workspace.path(name).to_str().unwrap().to_owned();
    let sheet = sheet.to_str().unwrap();
    let (code, said) = run(&["export", sheet, "--to", "doccano", "-o", &path("out")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("4 rows") && said.contains("Intent Detection and Slot Filling"),
        "{said}"
    );
    let (code, said) = run(&[
        "import",
        &path("out/examples.jsonl"),
        "--sheet",
        sheet,
        "-o",
        &path("c.xlsx"),
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("4 of 5 rows annotated by examples, 0 with other labels"),
        "{said}"
    );
    let (code, said) = run(&["import", sheet, "--sheet", sheet, "-o", &path("d.csv")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("hint: "), "{said}");
}
