//! The endings a name takes, so that nobody has to list `Турции, Турцию, Турцией` or `Rusların, Ruslara`.
//!
//! Rules, not a dictionary: they allow a few endings that the language does not, which costs nothing, since no other
//! word has that form. What a rule gets wrong, a codebook sets right with another alias or an exclusion.

use super::Language;

/// What may follow the unchanging part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endings {
    /// Any letters, or none: the word was written with a trailing `*`.
    Any,
    /// One of these; the empty one is among them where the bare stem is a form.
    Of(Vec<String>),
}

/// Splits a word of an alias into the part that stays and the endings that may follow it.
///
/// `last` says that the word closes its alias: English and Turkish inflect the last word only, Russian every word.
pub(super) fn stem(word: &str, language: Option<Language>, last: bool) -> (String, Endings) {
    if let Some(start) = word.strip_suffix('*') {
        return (start.to_owned(), Endings::Any);
    }
    let alone = |word: &str| (word.to_owned(), Endings::Of(vec![String::new()]));
    let cyrillic = word.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c));
    if cyrillic {
        return match language {
            None | Some(Language::Russian) if !is_acronym(word) => russian(word),
            _ => alone(word),
        };
    }
    if !last || !word.chars().all(char::is_alphabetic) {
        return alone(word);
    }
    let mut endings = vec![String::new()];
    if language != Some(Language::Turkish) {
        // The second is an apostrophe that a wrong encoding made a letter, as in thousands of UN speeches.
        endings.extend(["s".to_owned(), "ís".to_owned()]);
    }
    if language != Some(Language::English) {
        // A lone vowel after a short Latin name is more often another word (Turk, Turku) than a Turkish case.
        let sure =
            language == Some(Language::Turkish) || word.chars().any(|c| "çğışöüÇĞİŞÖÜ".contains(c));
        endings.extend(turkish(word).into_iter().filter(|e| sure || e.len() > 1));
    }
    (word.to_owned(), Endings::Of(endings))
}

/// Two letters or more, all capitals: NATO, НАТО, ABD.
pub(super) fn is_acronym(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphabetic()).count() > 1 && !word.chars().any(char::is_lowercase)
}

/// Endings of a Turkish noun written without an apostrophe, in vowel harmony with it.
///
/// `A` stands for a or e, `I` for ı, i, u or ü, `D` for d or t. The ending -ca is left out: it makes languages.
fn turkish(word: &str) -> Vec<String> {
    const SINGULAR: &str =
        "I yI nI sI A yA nA DA nDA DAn nDAn In nIn lA ylA DAki nDAki lI lIlAr DIr";
    const PLURAL: &str = "lAr lArI lArA lArDA lArDAn lArIn lArlA lArDAki lArcA lArDIr";
    let vowels = word.chars().rev().filter_map(|c| match c {
        'a' | 'ı' | 'A' | 'I' | 'â' => Some(('a', 'ı')),
        'o' | 'u' | 'O' | 'U' => Some(('a', 'u')),
        'e' | 'i' | 'E' | 'İ' => Some(('e', 'i')),
        'ö' | 'ü' | 'Ö' | 'Ü' => Some(('e', 'ü')),
        _ => None,
    });
    // An acronym follows the names of its letters (ABD'nin), which its vowels do not tell.
    let harmonies: Vec<(char, char)> = if is_acronym(word) {
        vec![('a', 'ı'), ('a', 'u'), ('e', 'i'), ('e', 'ü')]
    } else {
        vec![vowels.into_iter().next().unwrap_or(('e', 'i'))]
    };
    let mut endings = Vec::new();
    for (open, close) in harmonies {
        let after_plural = if open == 'a' { 'ı' } else { 'i' };
        for d in ['d', 't'] {
            let fill = |pattern: &str, close: char| {
                pattern
                    .chars()
                    .map(|c| match c {
                        'A' => open,
                        'I' => close,
                        'D' => d,
                        c => c,
                    })
                    .collect::<String>()
            };
            endings.extend(SINGULAR.split(' ').map(|p| fill(p, close)));
            endings.extend(PLURAL.split(' ').map(|p| fill(p, after_plural)));
        }
    }
    endings.sort();
    endings.dedup();
    endings
}

/// Endings of Russian adjectives, hard and soft, long forms.
const ADJECTIVE: &str =
    "ый ий ой ая яя ое ее ые ие ого его ому ему ым им ом ем ей ою ею ую юю ых их ыми ими";

/// A rule: the lemma's ending, letters that stay after it is cut, the endings that may follow instead.
/// The first that fits is taken, so longer endings come first. A `-` is the bare stem.
const RUSSIAN: &[(&str, &str)] = &[
    // Peoples: россиянин, россияне, россиян; турок, турки; украинец, украинцы.
    (
        "анин",
        "анин анина анину анином анине ане ан анам анами анах",
    ),
    (
        "янин",
        "янин янина янину янином янине яне ян янам янами янах",
    ),
    (
        "аец",
        "аец айца айцу айцем айце айцы айцев айцам айцами айцах",
    ),
    ("ец", "ец ца цу цом цем це цы цов цев цам цами цах"),
    ("ок", "ок ка ку ком ке ки ков кам ками ках"),
    ("нка", "нка нки нке нку нкой нкою нок нкам нками нках"),
    // First names in -ий also decline as nouns: Дмитрий, Дмитрия.
    ("ий", "ADJECTIVE ия ию ием ии"),
    ("ый", "ADJECTIVE"),
    ("ая", "ADJECTIVE"),
    ("ое", "ADJECTIVE"),
    ("ые", "ADJECTIVE"),
    ("ие", "ADJECTIVE ия ию ием ии ий иям иями иях"),
    ("ой", "ADJECTIVE"),
    ("а", "а ы и е у ой ою ей ею - ам ами ах"),
    ("я", "я и е ю ей ею й ь ям ями ях"),
    ("ь", "ь я ю ем ом е и ью ей ям ями ях"),
    ("й", "й я ю ем е и ев ям ями ях"),
    ("о", "о а у ом е - ам ами ах"),
    ("ы", "ы ов ам ами ах -"),
];

/// Nouns and surnames in a consonant: альянс, Лавров, Эрдоган, Путин.
const CONSONANT: &str = "- а у ом ем ым е ы и ов ев ей ам ами ах ых ыми";

fn russian(word: &str) -> (String, Endings) {
    let lower = word.to_lowercase().replace('ё', "е");
    for (ending, forms) in RUSSIAN {
        if let Some(kept) = lower.strip_suffix(ending)
            && kept.chars().count() > 1
        {
            let kept = kept.chars().count();
            return (word.chars().take(kept).collect(), list(forms));
        }
    }
    let forms = if lower.ends_with(|c| "еиуэюя".contains(c)) {
        "-"
    } else {
        CONSONANT
    };
    (word.to_owned(), list(forms))
}

fn list(forms: &str) -> Endings {
    let forms = forms.replace("ADJECTIVE", ADJECTIVE);
    Endings::Of(
        forms
            .split(' ')
            .map(|form| {
                if form == "-" {
                    String::new()
                } else {
                    form.to_owned()
                }
            })
            .collect(),
    )
}
