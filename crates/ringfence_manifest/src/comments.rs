//! Where the comments of a manifest are.

use ruff_text_size::{TextRange, TextSize};

/// The comments of a TOML text, from `#` to the end of the line. What looks like one in a string is none.
pub fn toml_comments(text: &str) -> Vec<TextRange> {
    let bytes = text.as_bytes();
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => {
                let end = line_end(text, at);
                comments.push(TextRange::new(offset(at), offset(end)));
                at = end;
            }
            b'"' | b'\'' => at = string_end(text, at, byte),
            _ => at += 1,
        }
    }
    comments
}

/// The comments of a requirements file: a `#` at the start of a line or after white space.
pub fn hash_comments(text: &str) -> Vec<TextRange> {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if let Some(at) = hash_comment_start(content) {
            comments.push(TextRange::new(offset(start + at), offset(start + content.len())));
        }
        start += line.len();
    }
    comments
}

/// Where in a line of a requirements file the comment starts.
pub(crate) fn hash_comment_start(line: &str) -> Option<usize> {
    line.match_indices('#')
        .map(|(at, _)| at)
        .find(|at| line[..*at].is_empty() || line[..*at].ends_with(char::is_whitespace))
}

/// Where the string ends that a quote opens; the end of the line for one that is never closed on it.
fn string_end(text: &str, start: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let is_long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if is_long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            b'\n' if !is_long => return at,
            byte if byte == quote && !is_long => return at + 1,
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => {
                // Up to two more quotes belong to the string.
                let quotes = bytes[at..].iter().take_while(|byte| **byte == quote).count();
                return at + quotes.min(5);
            }
            _ => at += 1,
        }
    }
    text.len()
}

fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[..end].ends_with('\r') { end - 1 } else { end }
}

fn offset(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hash_in_a_string_is_no_comment() {
        let text = "# one\r\na = \"#\\\"#\" # two\nb = '#\\' # three\nc = \"\"\"\n# no\\\"\"\"\"\"\" # four\n\
                    d = '''\n#''' #\n";
        let found: Vec<&str> = toml_comments(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["# one", "# two", "# three", "# four", "#"]);
        let text = "a#b # one\n#two\n x\t# three";
        let found: Vec<&str> = hash_comments(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["# one", "#two", "# three"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn comments_of_any_text_are_within_it(text in "[#\"'\\\\\n\r a=é]{0,40}") {
            for range in toml_comments(&text).into_iter().chain(hash_comments(&text)) {
                prop_assert!(text.get(range.to_std_range()).is_some_and(|comment| comment.starts_with('#')));
            }
        }
    }
}
