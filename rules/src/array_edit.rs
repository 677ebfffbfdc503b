//! Takes an element out of a TOML array and leaves every other byte as it is.

use ruff_text_size::{TextRange, TextSize};

/// The bytes to delete, in order, so that the element at `element` is gone from its array, with the comma that belongs
/// to it.
///
/// ```toml
/// depends-on = ["a", "b"]     # "a" goes with the comma and the blank after it, "b" with those before it
/// depends-on = [
///     "a",  # why             # goes as a whole line, comment and all
///     "b"
///   , "c"                     # so does this; with "b" goes this comma, too
/// ]
/// ```
pub(crate) fn removals(text: &str, element: TextRange) -> Vec<TextRange> {
    let (start, end) = (element.start().to_usize(), element.end().to_usize());
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return vec![element] };
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let comma_before = line_start + before[line_start..].trim_end().trim_end_matches(',').len();
    let comma_after = next_token(after).map(|at| end + at).filter(|at| text[*at..].starts_with(','));

    let on_line = |comma: &usize| !text[end..*comma].contains('\n');
    let has_comma_before = text[comma_before..].starts_with(',');
    let (mut from, mut to, later_comma) = match comma_after {
        Some(comma) if on_line(&comma) => (start, comma + 1, None),
        // One at the end of the line before stays: TOML allows it after the last element.
        _ if has_comma_before => (comma_before, end, None),
        comma => (start, end, comma),
    };

    let next = to + blanks(&text[to..]);
    let ends_line = text[next..].is_empty() || text[next..].starts_with(['\n', '\r', '#']);
    let kept = text[line_start..from].trim_end();
    if kept.is_empty() && line_start > 0 && ends_line {
        (from, to) = (line_start, text[next..].find('\n').map_or(text.len(), |newline| next + newline + 1));
    } else if kept.is_empty() && line_start > 0 && text[next..].starts_with(']') {
        (from, to) = (line_start, next);
    } else if ends_line || text[next..].starts_with(']') {
        from = line_start + kept.len();
    } else if from == start {
        to = next;
    }
    let comma = later_comma.map(|comma| range(comma, comma + 1 + blanks(&text[comma + 1..])));
    std::iter::once(range(from, to)).chain(comma).collect()
}

fn range(from: usize, to: usize) -> TextRange {
    TextRange::new(size(from), size(to))
}

/// Where the first thing stands that is neither blank, line end nor comment.
fn next_token(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        if line.len() > blank && !line[blank..].starts_with('#') {
            return Some(at + blank);
        }
        at += line.len();
    }
    None
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_goes_with_its_comma_and_nothing_else() {
        for (array, element, expected) in [
            (r#"x = ["a", "b", "c"]"#, r#""a""#, r#"x = ["b", "c"]"#),
            (r#"x = ["a", "b", "c"]"#, r#""b""#, r#"x = ["a", "c"]"#),
            (r#"x = ["a", "b", "c"]"#, r#""c""#, r#"x = ["a", "b"]"#),
            (r#"x = ["a"]"#, r#""a""#, "x = []"),
            (r#"x = [ "a" ]"#, r#""a""#, "x = [ ]"),
            (r#"x = [ "a", ]"#, r#""a""#, "x = [ ]"),
            (r#"x = ["a", "b",]"#, r#""b""#, r#"x = ["a",]"#),
            (r#"x = ["a" , "b"] # "a""#, r#""a""#, r#"x = ["b"] # "a""#),
            (r#"x = ["a" , "b" ]"#, r#""b""#, r#"x = ["a" ]"#),
            (r#"x = [{ module = "a" }, "b"]"#, r#"{ module = "a" }"#, r#"x = ["b"]"#),
            // Lines.
            ("x = [\n  \"a\",  # why\n  \"b\",\n]\n", r#""a""#, "x = [\n  \"b\",\n]\n"),
            ("x = [\r\n  \"a\",\r\n  \"b\"\r\n]\r\n", r#""b""#, "x = [\r\n  \"a\",\r\n]\r\n"),
            ("x = [\n  \"a\", \"b\",\n]\n", r#""a""#, "x = [\n  \"b\",\n]\n"),
            ("x = [\n  \"a\", \"b\",\n]\n", r#""b""#, "x = [\n  \"a\",\n]\n"),
            ("x = [\n  # about b\n  \"b\"]\n", r#""b""#, "x = [\n  # about b\n]\n"),
            ("x = [\"a\",  # why,\n     \"b\"]\n", r#""b""#, "x = [\"a\",  # why,\n]\n"),
            ("x = [\"a\",  # why\n     \"b\"]\n", r#""a""#, "x = [  # why\n     \"b\"]\n"),
            // Commas first.
            ("x = [\n    \"a\"\n  , \"b\"\n]\n", r#""a""#, "x = [\n  \"b\"\n]\n"),
            (
                "x = [\n    \"a\"\n  , \"b\" # why\n  , \"c\"\n]\n",
                r#""b""#,
                "x = [\n    \"a\"\n  , \"c\"\n]\n",
            ),
            ("x = [\n    \"a\"\n  , \"b\"\n]\n", r#""b""#, "x = [\n    \"a\"\n]\n"),
            (
                "x = [ \"a\" # one\n    # two\n    , \"b\" ]\n",
                r#""a""#,
                "x = [ # one\n    # two\n    \"b\" ]\n",
            ),
            ("x = [ \"a\"\n    , \"b\" ]\n", r#""b""#, "x = [ \"a\"\n]\n"),
        ] {
            let start = array.find(element).unwrap();
            let ranges = removals(array, TextRange::at(size(start), size(element.len())));
            let mut edited = array.to_string();
            for range in ranges.iter().rev() {
                edited.replace_range(range.start().to_usize()..range.end().to_usize(), "");
            }
            assert_eq!(edited, expected, "{array}");
        }
    }
}
