//! Texts of others in Markdown: one cell, one line, no markup, in every dialect.

/// A text as Markdown shows it, character for character, inside a sentence or a table cell.
///
/// Line breaks and control characters become spaces, so that a cell stays one cell. Marks that every dialect lets one
/// escape get a backslash, others are written as numbers. Characters that turn the reading direction become `�`.
///
/// ```
/// use demarche::methods::escape;
/// assert_eq!(escape("a|b `c`\n<i>"), "a&#124;b \\`c\\` &lt;i&gt;");
/// ```
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // `|` cuts a row, `$` opens mathematics, `~` and `^` set text, `@` cites, `://` makes a link.
            '|' | '$' | '~' | '^' | '@' => out.push_str(&format!("&#{};", u32::from(c))),
            '/' if out.ends_with(':') => {
                out.pop();
                out.push_str("&#58;/");
            }
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => out.push('\u{FFFD}'),
            '\u{2028}' | '\u{2029}' => out.push(' '),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A table: the header, then the rows; cells are Markdown already.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n", header.join(" | "));
    // Numbers stand to the right: all columns but the first hold them, unless the first row tells otherwise.
    let rule = (0..header.len()).map(|at| {
        let number =
            |row: &Vec<String>| row[at].starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let numbers = at > 0 && !rows.is_empty() && rows.iter().all(number);
        if numbers && rows.iter().all(|row| row[at].len() < 40) {
            "---:"
        } else {
            "---"
        }
    });
    out.push_str(&format!("| {} |\n", rule.collect::<Vec<_>>().join(" | ")));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}
