//! Dates as tables have them → calendar days, and the bins of a time axis. What cannot be told is left out and counted,
//! never guessed.

use std::sync::OnceLock;

use jiff::civil::{Date, date};
use jiff::{ToSpan, Unit};
use regex::Regex;

/// How the months begin in English, Turkish and Russian, January first; Russian `мая` and `май` are both May.
const MONTHS: [&[&str]; 12] = [
    &["jan", "oca", "янв"],
    &["feb", "şub", "sub", "фев"],
    &["mar", "мар"],
    &["apr", "nis", "апр"],
    &["may", "мая", "май"],
    &["jun", "haz", "июн"],
    &["jul", "tem", "июл"],
    &["aug", "ağu", "agu", "авг"],
    &["sep", "eyl", "сен"],
    &["oct", "eki", "окт"],
    &["nov", "kas", "ноя"],
    &["dec", "ara", "дек"],
];
/// Serial days of workbooks that are taken for dates: 1954 to 2064.
const SERIALS: std::ops::RangeInclusive<f64> = 20_000.0..=60_000.0;

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// This day.
    Day(Date),
    /// Two numbers, day and month in an unknown order, and a year; whether they are parted by dots.
    Either(i8, i8, i16, bool),
    Nothing,
}

/// The days of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days {
    /// A cell each.
    pub days: Vec<Option<Date>>,
    /// Cells that hold something which is no date, by their places.
    pub unreadable: Vec<usize>,
    /// Cells such as `03/04/2026` in a column that nowhere tells whether the day or the month comes first.
    pub ambiguous: usize,
}

/// Reads the cells of a column together: `25/04/2026` in one tells how `03/04/2026` is meant in another.
///
/// Dots part day-first dates only: no locale of the CLDR writes the month first with them. `serials` allows the day
/// numbers of a workbook (Excel's 1900 system).
///
/// ```
/// use demarche::report::dates::read;
/// assert_eq!(read(&["25/04/2026", "03/04/2026"], false).days[1], Some(jiff::civil::date(2026, 4, 3)));
/// assert_eq!(read(&["02/04/2026", "03/04/2026"], false).ambiguous, 2);
/// ```
pub fn read<S: AsRef<str>>(cells: &[S], serials: bool) -> Days {
    let said: Vec<Said> = cells.iter().map(|c| say(c.as_ref(), serials)).collect();
    let mut day_first = false;
    let mut month_first = false;
    for one in &said {
        if let Said::Either(first, second, ..) = one {
            day_first |= *first > 12;
            month_first |= *second > 12;
        }
    }
    let mut days = Days::default();
    for ((at, said), cell) in said.iter().enumerate().zip(cells) {
        let day = match *said {
            Said::Day(day) => Some(day),
            Said::Nothing => {
                days.unreadable
                    .extend((!cell.as_ref().trim().is_empty()).then_some(at));
                None
            }
            Said::Either(first, second, year, dots) => {
                let order = match (first > 12, second > 12) {
                    (true, _) => Some(true),
                    (_, true) => Some(false),
                    _ if first == second => Some(true),
                    _ if day_first != month_first => Some(day_first),
                    _ if dots && !month_first => Some(true),
                    _ => None,
                };
                days.ambiguous += usize::from(order.is_none());
                let day = order.map(|day_first| match day_first {
                    true => Date::new(year, second, first),
                    false => Date::new(year, first, second),
                });
                days.unreadable
                    .extend(matches!(day, Some(Err(_))).then_some(at));
                day.and_then(Result::ok)
            }
        };
        days.days.push(day);
    }
    days
}

struct Forms {
    iso: Regex,
    compact: Regex,
    either: Regex,
    number: Regex,
    word: Regex,
}

fn forms() -> Option<&'static Forms> {
    static FORMS: OnceLock<Option<Forms>> = OnceLock::new();
    let make = || {
        Some(Forms {
            iso: Regex::new(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\D|$)").ok()?,
            compact: Regex::new(r"^(\d{4})(\d{2})(\d{2})(?:T|$)").ok()?,
            either: Regex::new(r"^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:\D|$)").ok()?,
            number: Regex::new(r"\d+").ok()?,
            word: Regex::new(r"\p{L}+").ok()?,
        })
    };
    FORMS.get_or_init(make).as_ref()
}

fn say(cell: &str, serials: bool) -> Said {
    let cell = cell.trim().trim_start_matches('\'');
    let Some(forms) = forms() else {
        return Said::Nothing;
    };
    let found = forms
        .iso
        .captures(cell)
        .or_else(|| forms.compact.captures(cell));
    if let Some(found) = found {
        let part = |at: usize| found[at].parse::<i16>().unwrap_or_default();
        return day(part(1), part(2), part(3));
    }
    if let Some(found) = forms.either.captures(cell) {
        let part = |at: usize| found[at].parse::<i16>().unwrap_or_default();
        return Said::Either(part(1) as i8, part(3) as i8, part(4), &found[2] == ".");
    }
    match cell.parse::<f64>() {
        Ok(serial) if serials && SERIALS.contains(&serial) => date(1899, 12, 30)
            .checked_add((serial as i32).days())
            .map_or(Said::Nothing, Said::Day),
        Ok(_) => Said::Nothing,
        Err(_) => worded(cell, forms),
    }
}

/// `9 October 2026`, `Oct 9, 2026`, `Fri, 09 Oct 2026 12:00:00 GMT`, `9 Ekim 2026`, `9 октября 2026 г.`
fn worded(cell: &str, forms: &Forms) -> Said {
    let mut months = forms.word.find_iter(cell).filter_map(|word| {
        let word = crate::corpus::table::plain(word.as_str());
        let begins = |stems: &&[&str]| stems.iter().any(|stem| word.starts_with(stem));
        MONTHS.iter().position(begins)
    });
    let (Some(month), None) = (months.next(), months.next()) else {
        return Said::Nothing;
    };
    // A time of day may follow; the first of each sort counts.
    let numbers: Vec<&str> = forms.number.find_iter(cell).map(|n| n.as_str()).collect();
    let of = |digits: std::ops::RangeInclusive<usize>| {
        let mut fit = numbers.iter().filter(|n| digits.contains(&n.len()));
        fit.next().and_then(|n| n.parse::<i16>().ok())
    };
    match (of(4..=4), of(1..=2)) {
        (Some(year), Some(number)) => day(year, month as i16 + 1, number),
        _ => Said::Nothing,
    }
}

fn day(year: i16, month: i16, day: i16) -> Said {
    let day = Date::new(year, month as i8, day as i8);
    day.map_or(Said::Nothing, Said::Day)
}

/// How wide the bins of a time axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bin {
    /// A day.
    Day,
    /// Monday to Sunday (ISO 8601).
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

impl Bin {
    /// The narrowest bins that keep an axis readable: at most some thirty of them.
    pub fn of(first: Date, last: Date) -> Bin {
        let days = first
            .until((Unit::Day, last))
            .map_or(i32::MAX, |span| span.get_days());
        match days {
            ..=20 => Bin::Day,
            21..=200 => Bin::Week,
            201..=1100 => Bin::Month,
            _ => Bin::Year,
        }
    }

    /// The first day of the bin that holds a day.
    pub fn start(self, day: Date) -> Date {
        match self {
            Bin::Day => day,
            Bin::Week => {
                let back = i32::from(day.weekday().to_monday_zero_offset());
                day.saturating_sub(back.days())
            }
            Bin::Month => day.first_of_month(),
            Bin::Year => day.first_of_year(),
        }
    }

    /// The first day of the next bin.
    fn next(self, start: Date) -> Option<Date> {
        let step = match self {
            Bin::Day => 1.day(),
            Bin::Week => 1.week(),
            Bin::Month => 1.month(),
            Bin::Year => 1.year(),
        };
        start.checked_add(step).ok()
    }

    /// The last day of the bin that begins on a day.
    pub fn last(self, start: Date) -> Date {
        self.next(start)
            .and_then(|next| next.yesterday().ok())
            .unwrap_or(start)
    }

    /// The first days of all bins from one day to another, empty bins too.
    pub fn range(self, first: Date, last: Date) -> Vec<Date> {
        let mut starts = vec![self.start(first)];
        while let Some(next) = starts.last().and_then(|start| self.next(*start)) {
            if next > last {
                break;
            }
            starts.push(next);
        }
        starts
    }

    /// What a bin is called under the axis.
    pub fn label(self, start: Date) -> String {
        let form = match self {
            Bin::Day | Bin::Week => "%-d %b",
            Bin::Month => "%b %Y",
            Bin::Year => "%Y",
        };
        start.strftime(form).to_string()
    }

    /// What it is called in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Bin::Day => "day",
            Bin::Week => "week (beginning on Monday)",
            Bin::Month => "month",
            Bin::Year => "year",
        }
    }
}
