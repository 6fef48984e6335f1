//! The codebook: what it takes and refuses, and where a paragraph names a target.
//!
//! Sentences are written for these tests; the last one measures on gold where the shared data lies.

use std::path::Path;

use demarche::codebook::{Codebook, MentionFinder};
use demarche::error::Kind;

/// What the built-in codebook finds of one target, cut from the text.
fn mentions<'t>(target: &str, text: &'t str) -> Vec<&'t str> {
    mentions_by(&Codebook::built_in(), target, text)
}

fn mentions_by<'t>(codebook: &Codebook, target: &str, text: &'t str) -> Vec<&'t str> {
    let index = codebook
        .targets()
        .iter()
        .position(|entry| entry.key == target)
        .unwrap_or_else(|| panic!("no target `{target}`"));
    MentionFinder::new(codebook).find(text)[index]
        .iter()
        .map(|range| &text[range.clone()])
        .collect()
}

/// A codebook with one target, called `x`.
fn with_target(aliases: &str, exclusions: &str) -> Codebook {
    let text = format!(
        "name = \"t\"\nversion = \"1\"\n[[target]]\nkey = \"x\"\nname = \"X\"\naliases = {aliases}\nexclusions = {exclusions}\n"
    );
    Codebook::parse(&text, "t.toml").unwrap()
}

/// The one fault of a codebook: line, message, hint.
fn fault(text: &str) -> (u64, String, String) {
    let faults = Codebook::faults(text, "mine.toml");
    assert_eq!(faults.len(), 1, "{faults:?}");
    let error = &faults[0];
    assert_eq!(error.kind(), Kind::Codebook);
    assert_eq!(error.place().file.as_deref(), Some(Path::new("mine.toml")));
    let message = error.to_string();
    let message = message.split_once(": ").unwrap().1.to_owned();
    (
        error.place().line.unwrap(),
        message,
        error.advice().unwrap_or_default().to_owned(),
    )
}

const HEAD: &str = "name = \"mine\"\nversion = \"2\"\n";

#[test]
fn built_in_codebook_has_three_frames_and_three_targets_in_the_sheets_order() {
    let codebook = Codebook::built_in();
    let frames: Vec<_> = codebook.frames().iter().map(|f| f.key.as_str()).collect();
    let keys: Vec<_> = codebook.targets().iter().map(|t| t.key.as_str()).collect();
    let names: Vec<_> = codebook.targets().iter().map(|t| t.name.as_str()).collect();
    assert_eq!(frames, ["offer", "accusation", "skepticism"]);
    assert_eq!(keys, ["nato", "russia", "turkiye"]);
    assert_eq!(names, ["NATO", "Russia", "Türkiye"]);
    assert_eq!(codebook.label(), "demarche 1.5");
    let words = |values: &[demarche::codebook::Value]| {
        let words: Vec<_> = values.iter().map(|v| v.word.clone()).collect();
        words.join(" ")
    };
    assert_eq!(
        words(codebook.stances()),
        "favorable unfavorable mixed neutral not_mentioned"
    );
    assert_eq!(words(codebook.holders()), "author reported both");
    assert_eq!(words(codebook.sentiments()), "positive neutral negative");
}

#[test]
fn example_adds_its_targets_after_the_built_in_ones() {
    let codebook = Codebook::parse(Codebook::EXAMPLE, "example.toml").unwrap();
    let keys: Vec<_> = codebook.targets().iter().map(|t| t.key.as_str()).collect();
    assert_eq!(
        keys,
        ["nato", "russia", "turkiye", "ukraine", "china", "us"]
    );
    let text = "Washington’s offer reached Kyiv on Monday; В Пекине и Киеве молчат, ABD'nin yanıtı bekleniyor.";
    assert_eq!(
        mentions_by(&codebook, "us", text),
        ["Washington’s", "ABD'nin"]
    );
    assert_eq!(mentions_by(&codebook, "ukraine", text), ["Kyiv", "Киеве"]);
    assert_eq!(mentions_by(&codebook, "china", text), ["Пекине"]);
}

#[test]
fn target_block_added_to_a_copy_of_the_built_in_file_is_enough() {
    let copy = format!(
        "{}\n[[target]]\nkey = \"ukraine\"\nname = \"Ukraine\"\naliases = [\"Ukraine\", \"Украина\"]\n",
        Codebook::BUILT_IN
    );
    let codebook = Codebook::parse(&copy, "copy.toml").unwrap();
    assert_eq!(
        mentions_by(&codebook, "ukraine", "О помощи Украине"),
        ["Украине"]
    );
    assert!(codebook.label().starts_with("demarche 1.5 (changed, "));
}

#[test]
fn comments_and_spacing_do_not_change_the_sha256_but_an_alias_does() {
    let built_in = Codebook::built_in();
    let spaced = Codebook::parse(&format!("# mine\n\n{}", Codebook::BUILT_IN), "a").unwrap();
    let changed = Codebook::parse(
        &Codebook::BUILT_IN.replace("\"Moscow\"", "\"Muscovy\""),
        "a",
    );
    assert_eq!(built_in.sha256(), spaced.sha256());
    assert_eq!(built_in.sha256().len(), 64);
    assert_ne!(built_in.sha256(), changed.unwrap().sha256());
}

#[test]
fn english_names_are_found_with_possessives_and_plurals() {
    let text = "Russia's envoy said the Russians would answer NATO’s note and Putin's letter.";
    assert_eq!(
        mentions("russia", text),
        ["Russia's", "the Russians", "Putin's"]
    );
    assert_eq!(mentions("nato", text), ["NATO’s"]);
}

#[test]
fn capitals_and_leaders_stand_for_their_state() {
    let text = "The Kremlin and Moscow waited; Lavrov flew to Ankara, where Fidan and Erdogan met Stoltenberg.";
    assert_eq!(mentions("russia", text), ["Kremlin", "Moscow", "Lavrov"]);
    assert_eq!(mentions("turkiye", text), ["Ankara", "Fidan", "Erdogan"]);
    assert_eq!(mentions("nato", text), ["Stoltenberg"]);
}

#[test]
fn turkish_endings_follow_an_apostrophe_of_any_kind_or_none() {
    let text = "Türkiye'nin Rusya’ya, NATO`dan gelen yanıtı Ankara′nın gündeminde; Ruslar ve Rusların NATOnun Putinin.";
    assert_eq!(mentions("turkiye", text), ["Türkiye'nin", "Ankara′nın"]);
    assert_eq!(
        mentions("russia", text),
        ["Rusya’ya", "Ruslar", "Rusların", "Putinin"]
    );
    assert_eq!(mentions("nato", text), ["NATO`dan", "NATOnun"]);
}

#[test]
fn turkish_capitals_match_with_dotted_and_dotless_i() {
    let text = "TÜRKİYE'NİN ve TÜRKIYE’DEN, ERDOĞAN'IN, ÇAVUŞOĞLU'NA, TÜRK AKIMI";
    assert_eq!(
        mentions("turkiye", text),
        [
            "TÜRKİYE'NİN",
            "TÜRKIYE’DEN",
            "ERDOĞAN'IN",
            "ÇAVUŞOĞLU'NA",
            "TÜRK AKIMI"
        ]
    );
}

#[test]
fn russian_case_forms_follow_from_the_nominative() {
    for (target, forms) in [
        (
            "russia",
            "Россия России Россию Россией российский российского российскими Российской Москва Москвы Москве \
             Москвой Кремль Кремля Кремлю Кремлем Кремлём Путин Путина Путиным Лаврову Захаровой россияне россиян РФ",
        ),
        (
            "turkiye",
            "Турция Турции Турцией турецкая турецкую турок турки туркам Анкара Анкары Анкару Эрдоган Эрдогана \
             Эрдоганом ТУРЦИЕЙ",
        ),
        (
            "nato",
            "НАТО Альянс Альянса Альянсом Столтенберга натовских",
        ),
    ] {
        for form in forms.split_whitespace() {
            assert_eq!(mentions(target, form), [form], "{target}");
        }
    }
    let text = "Представители Организации Североатлантического договора и Российской Федерации";
    assert_eq!(
        mentions("nato", text),
        ["Организации Североатлантического договора"]
    );
    assert_eq!(mentions("russia", text), ["Российской Федерации"]);
}

#[test]
fn compound_adjectives_name_both_states() {
    assert_eq!(
        mentions("russia", "российско-турецкие переговоры"),
        ["российско"]
    );
    assert_eq!(
        mentions("turkiye", "российско-турецкие переговоры"),
        ["турецкие"]
    );
    assert_eq!(
        mentions("russia", "pro-Russian and anti-NATO slogans"),
        ["Russian"]
    );
}

#[test]
fn proper_names_do_not_match_in_lower_case() {
    assert!(mentions("turkiye", "They ate turkey and drank tea.").is_empty());
    assert_eq!(mentions("turkiye", "TURKEY AGREES"), ["TURKEY"]);
    assert!(mentions("nato", "Культурный альянс двух театров").is_empty());
}

#[test]
fn lower_case_aliases_match_in_any_case() {
    for text in [
        "the alliance",
        "The alliance",
        "THE ALLIANCE",
        "the Alliance",
    ] {
        assert_eq!(mentions("nato", text), [text]);
    }
}

#[test]
fn names_inside_other_words_are_not_found() {
    let text = "Turkmenistan, Belarus, Russell, Turku, Prussian and Antonov-Putinovka";
    assert!(mentions("russia", text).is_empty());
    assert!(mentions("turkiye", text).is_empty());
}

#[test]
fn acronym_is_not_found_in_a_longer_word_of_capitals() {
    let codebook = with_target("[\"US\"]", "[]");
    assert!(mentions_by(&codebook, "x", "USE OF FORCE, USA, USS NIMITZ").is_empty());
    assert_eq!(
        mentions_by(&codebook, "x", "A US offer, the US's"),
        ["US", "US's"]
    );
}

#[test]
fn exclusions_take_out_culture_minorities_and_broadcasters() {
    for text in [
        "Turkish Cypriots gathered",
        "the Turkish-Cypriot leader",
        "the Turkish Republic of Northern Cyprus",
        "a cup of Turkish coffee",
        "Kıbrıslı Türkler toplandı",
        "киприотов-турок",
        "a TURKISH AIRLINES flight",
    ] {
        assert!(mentions("turkiye", text).is_empty(), "{text}");
    }
    for text in [
        "a Russian novelist",
        "Russian roulette",
        "a Russian opposition politician",
        "Russia Today reported",
        "a Russian metals firm",
        "уроки русского языка",
        "the Kievan Rus",
    ] {
        assert!(mentions("russia", text).is_empty(), "{text}");
    }
    assert!(mentions("nato", "the Alliance of Civilizations").is_empty());
}

#[test]
fn mention_beside_an_exclusion_stays() {
    let text = "Turkish Cypriots thanked Turkish officials.";
    assert_eq!(mentions("turkiye", text), ["Turkish"]);
}

#[test]
fn mention_longer_than_an_exclusion_stays() {
    let codebook = with_target(
        "[\"China\", \"People's Republic of China\"]",
        "[\"Republic of China\"]",
    );
    assert!(mentions_by(&codebook, "x", "the Republic of China").is_empty());
    let text = "the People’s Republic of China";
    assert_eq!(
        mentions_by(&codebook, "x", text),
        ["People’s Republic of China"]
    );
}

#[test]
fn exclusion_of_just_the_same_words_wins() {
    let codebook = with_target("[\"Georgia*\"]", "[\"Georgiana\"]");
    let text = "Georgian, Georgiana, Georgia";
    assert_eq!(mentions_by(&codebook, "x", text), ["Georgian", "Georgia"]);
}

#[test]
fn neither_the_soviet_union_nor_brussels_is_a_target() {
    let text = "The Soviet Union fell while Brussels and the allies watched.";
    assert_eq!(
        MentionFinder::new(&Codebook::built_in()).find(text),
        vec![Vec::<std::ops::Range<usize>>::new(); 3]
    );
}

#[test]
fn decomposed_letters_match_and_offsets_point_into_the_original() {
    let text = "«Tu\u{308}rkiye’nin ve ERDOG\u{306}AN'IN», Кремле\u{308}м, Cavus\u{327}og\u{306}lu, TU\u{308}RKI\u{307}YE";
    assert_eq!(
        mentions("turkiye", text),
        [
            "Tu\u{308}rkiye’nin",
            "ERDOG\u{306}AN'IN",
            "TU\u{308}RKI\u{307}YE"
        ]
    );
    assert_eq!(mentions("russia", text), ["Кремле\u{308}м"]);
}

#[test]
fn small_i_with_a_dot_left_over_from_lower_casing_matches() {
    let text = "i\u{307}ttifak üyesi";
    assert_eq!(mentions("nato", text), [text]);
}

#[test]
fn soft_hyphens_and_odd_spaces_do_not_hide_a_name() {
    let text = "Rus\u{ad}sia met the North\u{a0}Atlantic\n  Council.";
    assert_eq!(mentions("russia", text), ["Rus\u{ad}sia"]);
    assert_eq!(mentions("nato", text), ["North\u{a0}Atlantic\n  Council"]);
}

#[test]
fn mentions_are_sorted_without_overlaps_and_longest_first() {
    let text = "Президент Российской Федерации; the Russian Federation, Russia, the North Atlantic Treaty Organization";
    let found = MentionFinder::new(&Codebook::built_in()).find(text);
    for ranges in &found {
        for pair in ranges.windows(2) {
            assert!(pair[0].end <= pair[1].start, "{pair:?}");
        }
    }
    assert_eq!(
        mentions("russia", text),
        ["Российской Федерации", "Russian Federation", "Russia"]
    );
    assert_eq!(
        mentions("nato", text),
        ["North Atlantic Treaty Organization"]
    );
}

#[test]
fn empty_and_wordless_texts_name_nobody() {
    for text in ["", " ", "— …", "\u{301}\u{ad}", "'"] {
        assert_eq!(
            MentionFinder::new(&Codebook::built_in()).find(text),
            vec![Vec::<std::ops::Range<usize>>::new(); 3]
        );
    }
}

#[test]
fn star_means_any_ending_and_alone_any_word() {
    let codebook = with_target("[\"Hungar*\", \"Orbán\"]", "[\"Hungarian * goulash\"]");
    let text = "Hungary, Hungarians, hungary, Hungarian hot goulash and Orbán'ın";
    assert_eq!(
        mentions_by(&codebook, "x", text),
        ["Hungary", "Hungarians", "Orbán'ın"]
    );
}

#[test]
fn bar_means_either_word() {
    let codebook = with_target("[\"Viktor|Prime Minister|Premier Orbán\"]", "[]");
    let text = "Viktor Minister Orbán, Prime Premier Orbán, Orbán";
    assert_eq!(
        mentions_by(&codebook, "x", text),
        ["Viktor Minister Orbán", "Prime Premier Orbán"]
    );
}

#[test]
fn points_of_an_acronym_are_matched_with_and_without_spaces() {
    let codebook = with_target("[\"U.S.\"]", "[]");
    assert_eq!(
        mentions_by(&codebook, "x", "the U.S. and U. S. forces, US"),
        ["U.S", "U. S"]
    );
}

#[test]
fn plain_alias_takes_endings_by_its_letters_and_no_lone_vowel() {
    let codebook = with_target("[\"Turk\", \"Çek\", \"Чехия\"]", "[]");
    let text = "Turku, Turklar, Turks, Çeki, Çekler, Чехии, Чехией";
    assert_eq!(
        mentions_by(&codebook, "x", text),
        ["Turklar", "Turks", "Çeki", "Çekler", "Чехии", "Чехией"]
    );
}

#[test]
fn quotation_mark_before_another_name_is_no_apostrophe() {
    let text = "'Russia'Lavrov, NATO'A and Moscow'A";
    assert_eq!(mentions("russia", text), ["Russia", "Lavrov", "Moscow"]);
    assert_eq!(mentions("nato", text), ["NATO'A"]);
}

#[test]
fn alias_list_of_one_language_takes_only_its_endings() {
    let codebook = with_target(
        "{ en = [\"Turk\"], tr = [\"Leh\"], ru = [\"Москва\"] }",
        "[]",
    );
    let text = "Turk, Turks, Turklar, Leh, Lehler, Lehs, Москвой";
    assert_eq!(
        mentions_by(&codebook, "x", text),
        ["Turk", "Turks", "Leh", "Lehler", "Москвой"]
    );
}

#[test]
fn unknown_key_is_refused_with_its_line_and_the_nearest() {
    let text = format!(
        "{HEAD}extends = \"built-in\"\n[[target]]\nkey = \"x\"\nname = \"X\"\naliasses = [\"X\"]\naliases = [\"X\"]\n"
    );
    let (line, message, hint) = fault(&text);
    assert_eq!(line, 7);
    assert_eq!(message, "`aliasses` is not a key of a target");
    assert_eq!(
        hint,
        "did you mean `aliases`? Allowed: key, name, aliases, exclusions"
    );
}

#[test]
fn target_key_that_is_no_column_name_is_refused_with_one_that_is() {
    let text = format!("{HEAD}[[target]]\nkey = \"Güney Kore\"\nname = \"X\"\naliases = [\"X\"]\n");
    let (line, message, hint) = fault(&text);
    assert_eq!(
        (line, message.as_str()),
        (4, "`Güney Kore` cannot be the key of a target")
    );
    assert!(hint.ends_with("such as `guney_kore`"), "{hint}");
}

#[test]
fn target_key_that_is_already_a_column_is_refused() {
    for key in [
        "row_id",
        "text",
        "sentiment",
        "note",
        "offer",
        "text_hash",
        "a_p",
        "a_holder",
        "in_a",
    ] {
        let text =
            format!("{HEAD}\n[[target]]\nkey = \"{key}\"\nname = \"X\"\naliases = [\"X\"]\n");
        let (line, message, _) = fault(&text);
        assert_eq!(line, 5);
        assert!(message.contains(&format!("`{key}`")), "{message}");
    }
}

#[test]
fn key_used_twice_is_refused_with_both_lines() {
    let block = "[[target]]\nkey = \"x\"\nname = \"X\"\naliases = [\"X\"]\n";
    let (line, message, _) = fault(&format!("{HEAD}{block}{block}"));
    assert_eq!(
        (line, message.as_str()),
        (8, "the key `x` is used already, in line 4")
    );
    let again = block.replace("\"x\"", "\"russia\"");
    let (_, message, hint) = fault(&format!("{HEAD}extends = \"built-in\"\n{again}"));
    assert_eq!(
        message,
        "the key `russia` is used already, in the built-in targets"
    );
    assert!(hint.contains("copy of the built-in codebook"), "{hint}");
}

#[test]
fn target_without_aliases_is_refused() {
    for aliases in ["", "aliases = []\n"] {
        let text = format!("{HEAD}[[target]]\nkey = \"x\"\nname = \"Freedonia\"\n{aliases}");
        let (_, message, hint) = fault(&text);
        assert_eq!(message, "a target without aliases would never be found");
        assert_eq!(
            hint,
            "list the words that name it: aliases = [\"Freedonia\"]"
        );
    }
}

#[test]
fn alias_that_would_match_nothing_or_everything_is_refused_at_its_line() {
    for (alias, part) in [
        ("***", "holds no word"),
        ("", "is empty"),
        ("U*", "too many words"),
        ("Ukr*ine", "* inside"),
        ("* Ukraine", "any word"),
        ("Kyiv| Kiev", "alternative without a word"),
    ] {
        let text = format!(
            "{HEAD}[[target]]\nkey = \"x\"\nname = \"X\"\naliases = [\n    \"X\",\n    \"{alias}\",\n]\n"
        );
        let (line, message, _) = fault(&text);
        assert_eq!(line, 8, "{alias}");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn alias_language_nobody_knows_is_refused_with_the_known_ones() {
    let text = format!(
        "{HEAD}[[target]]\nkey = \"x\"\nname = \"X\"\naliases.en = [\"X\"]\naliases.rus = [\"Икс\"]\n"
    );
    let (line, message, hint) = fault(&text);
    assert_eq!(
        (line, message.as_str()),
        (7, "the endings of `rus` are not known")
    );
    assert!(
        hint.starts_with("did you mean `ru`? Allowed: en, tr, ru"),
        "{hint}"
    );
}

#[test]
fn stance_value_that_the_sheet_does_not_have_is_refused() {
    let text = Codebook::BUILT_IN.replace("favorable = \"Praise", "favourable = \"Praise");
    let faults = Codebook::faults(&text, "mine.toml");
    let messages: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(
        messages
            .iter()
            .any(|m| m.ends_with("`favourable` is not a key of `stance`")),
        "{messages:?}"
    );
    assert!(
        messages
            .iter()
            .any(|m| m.ends_with("`stance` has no `favorable`")),
        "{messages:?}"
    );
    let hint =
        "did you mean `favorable`? Allowed: favorable, unfavorable, mixed, neutral, not_mentioned";
    assert!(
        faults.iter().any(|fault| fault.advice() == Some(hint)),
        "{faults:?}"
    );
}

#[test]
fn every_fault_is_told_in_the_order_of_lines() {
    let text = "nam = \"mine\"\nversion = \"2\"\n[[target]]\nkey = \"in_x\"\nname = 7\naliases = \"X\"\n[other]\n";
    let lines: Vec<_> = Codebook::faults(text, "mine.toml")
        .iter()
        .map(|f| f.place().line)
        .collect();
    assert_eq!(lines, [1, 1, 4, 5, 6, 7].map(Some));
    let first = Codebook::parse(text, "mine.toml").unwrap_err();
    assert_eq!(first.place().line, Some(1));
}

#[test]
fn single_brackets_around_target_are_explained() {
    let text = format!("{HEAD}[target]\nkey = \"x\"\nname = \"X\"\naliases = [\"X\"]\n");
    let (line, message, hint) = fault(&text);
    assert_eq!(
        (line, message.as_str()),
        (3, "`target` is not a list of tables")
    );
    assert_eq!(hint, "begin each target with [[target]], in two brackets");
}

#[test]
fn broken_toml_is_refused_with_its_line() {
    let (line, message, _) = fault("name = \"mine\"\nversion = 1.5.2\n");
    assert_eq!(line, 2);
    assert!(message.starts_with("this is not valid TOML"), "{message}");
}

#[test]
fn codebook_without_targets_is_refused() {
    let (_, message, hint) = fault(HEAD);
    assert_eq!(message, "the codebook has no target");
    assert!(hint.contains("[[target]]"), "{hint}");
}

#[test]
fn codebook_file_with_a_byte_order_mark_and_crlf_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(
        &path,
        format!("\u{feff}{}", Codebook::EXAMPLE.replace('\n', "\r\n")),
    )
    .unwrap();
    let codebook = Codebook::from_file(&path).unwrap();
    assert_eq!(
        codebook,
        Codebook::parse(Codebook::EXAMPLE, "example.toml").unwrap()
    );
}

#[test]
fn codebook_file_that_is_missing_or_not_utf8_is_named_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let missing = Codebook::from_file(&path).unwrap_err();
    assert_eq!(missing.kind(), Kind::Codebook);
    assert_eq!(missing.place().file.as_deref(), Some(path.as_path()));
    std::fs::write(&path, b"name = \"T\xfcrkiye\"").unwrap();
    let foreign = Codebook::from_file(&path).unwrap_err();
    assert_eq!(foreign.advice(), Some("save it as UTF-8"));
}

/// Whether a target is named, by alias against gold's stance other than not_mentioned.
#[test]
fn aliases_agree_with_gold_on_dev_and_on_the_translations() {
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/gold");
    if !gold.is_dir() {
        eprintln!("skipped: {} is not there", gold.display());
        return;
    }
    let codebook = Codebook::built_in();
    let finder = MentionFinder::new(&codebook);
    for (file, floor) in [
        ("dev.jsonl", 0.98),
        ("train.tr.jsonl", 0.985),
        ("train.ru.jsonl", 0.985),
    ] {
        let rows = std::fs::read_to_string(gold.join(file)).unwrap();
        let (mut hits, mut false_alarms, mut misses) = ([0; 3], [0; 3], [0; 3]);
        for row in rows.lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            if row["kind"] != "body" {
                continue;
            }
            let found = finder.find(row["text"].as_str().unwrap());
            for (i, target) in codebook.targets().iter().enumerate() {
                let named = row["stance"][&target.name] != "not_mentioned";
                match (named, !found[i].is_empty()) {
                    (true, true) => hits[i] += 1,
                    (false, true) => false_alarms[i] += 1,
                    (true, false) => misses[i] += 1,
                    (false, false) => {}
                }
            }
        }
        for (i, target) in codebook.targets().iter().enumerate() {
            let (hits, wrong) = (f64::from(hits[i]), f64::from(false_alarms[i] + misses[i]));
            let f1 = 2.0 * hits / (2.0 * hits + wrong);
            assert!(f1 >= floor, "{file}, {}: F1 {f1:.4}", target.name);
        }
    }
}
