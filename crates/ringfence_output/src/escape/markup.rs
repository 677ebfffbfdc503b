//! Text in Markdown, Mermaid and DOT, of which nothing is read as markup.

use super::line;

/// Text in a paragraph or a cell of Markdown: what stands between backticks is code, and nothing else is anything.
pub fn markdown_text(text: &str) -> String {
    let text = line(text);
    let parts: Vec<&str> = text.split('`').collect();
    let mut written = String::with_capacity(text.len());
    for (position, part) in parts.iter().enumerate() {
        if position % 2 == 0 {
            push_plain(&mut written, part);
            continue;
        }
        let is_closed = position + 1 < parts.len();
        if is_closed && !part.trim().is_empty() && !written.ends_with('`') {
            written.push_str(&markdown_code(part));
        } else {
            // Two backticks beside each other would open another sort of code.
            written.push_str("\\`");
            push_plain(&mut written, part);
            if is_closed {
                written.push_str("\\`");
            }
        }
    }
    written
}

fn push_plain(written: &mut String, text: &str) {
    for (offset, character) in text.char_indices() {
        let makes_link =
            character == '/' || (character == '.' && text[..offset].to_ascii_lowercase().ends_with("www"));
        if "\\*_[]<>#~|!&$`".contains(character)
            || (makes_link && !text[..offset].ends_with(|c: char| c.is_whitespace()))
        {
            written.push('\\');
        }
        written.push(character);
    }
}

/// Code in a paragraph or a cell of Markdown.
pub(crate) fn markdown_code(text: &str) -> String {
    let text = line(text);
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default() + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let mut code = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // A backslash before would take the escape away.
            '|' if code.ends_with('\\') => code.push('\u{a6}'),
            '|' => code.push_str("\\|"),
            character => code.push(character),
        }
    }
    if code.trim().is_empty() { String::new() } else { format!("{fence}{blank}{code}{blank}{fence}") }
}

/// Text between the tags of XML, or in an attribute between double quotes.
pub fn markup(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in line(text).chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            character => written.push(character),
        }
    }
    written
}

/// The label of a node in Mermaid, between double quotes.
pub fn mermaid(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for character in line(text).chars() {
        match character {
            '"' => label.push_str("#quot;"),
            '#' | '`' | '<' | '>' | '&' | '%' | ';' | '\\' => {
                label.push_str(&format!("#{};", u32::from(character)));
            }
            character => label.push(character),
        }
    }
    label
}

/// A name in DOT, between double quotes.
pub fn dot(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('"', "\\\"")
}
