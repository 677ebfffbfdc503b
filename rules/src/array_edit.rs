//! Takes an element out of a TOML array, or adds one, and leaves every other byte as it is.

use ruff_diagnostics::Edit;
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
    let comma_before = on_one_line(before).trim_end_matches(',').len();
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
    // Up to the start of the line, or to what stands before on it.
    let kept = on_one_line(&text[..from]);
    let is_alone = kept.ends_with('\n');
    if is_alone && ends_line {
        (from, to) = (kept.len(), text[next..].find('\n').map_or(text.len(), |newline| next + newline + 1));
    } else if is_alone && text[next..].starts_with(']') {
        (from, to) = (kept.len(), next);
    } else if ends_line || text[next..].starts_with(']') {
        from = kept.len();
    } else if from == start {
        to = next;
    }
    let comma = later_comma.map(|comma| range(comma, comma + 1 + blanks(&text[comma + 1..])));
    std::iter::once(range(from, to)).chain(comma).collect()
}

/// An element added at the end of an array.
pub(crate) struct Addition {
    pub(crate) edits: Vec<Edit>,
    /// Whether it may stand beside other additions at the same place.
    pub(crate) appends: bool,
}

/// The edits after which `element` is the last of the array at `array`, whose last element now is at `last`. It is laid out
/// as the last one is.
///
/// ```toml
/// depends-on = ["a"]          # , "b"
/// depends-on = [
///     "a",  # why
///     "b",                    # a line of its own, where the last element has one
/// ]
/// ```
pub(crate) fn addition(
    text: &str,
    array: TextRange,
    last: Option<TextRange>,
    element: &str,
) -> Option<Addition> {
    if !text.get(array.start().to_usize()..)?.starts_with('[') {
        return None;
    }
    let Some(last) = last else {
        let inside = array.start() + TextSize::new(1);
        return Some(Addition { edits: vec![Edit::insertion(element.to_string(), inside)], appends: false });
    };
    let (start, end) = (last.start().to_usize(), last.end().to_usize());
    let after = text.get(end..array.end().to_usize())?;
    let comma = next_token(after).map(|at| end + at).filter(|at| text[*at..].starts_with(','));
    let before = text.get(..start)?;
    let line = before.trim_end_matches([' ', '\t']);
    let indent = &before[line.len()..];
    let end_of_element = comma.map_or(end, |comma| comma + 1);
    let inside = text.get(end_of_element..array.end().to_usize())?;
    let line_end = inside.find(['\r', '\n']).map(|length| end_of_element + length);
    let starts_line = !indent.is_empty() && (line.is_empty() || line.ends_with('\n'));
    if let Some(line_end) = line_end.filter(|_| starts_line) {
        let newline = if text[line_end..].starts_with('\r') { "\r\n" } else { "\n" };
        let line = format!("{newline}{indent}{element},");
        let edits = match comma {
            Some(_) => vec![Edit::insertion(line, size(line_end))],
            None if line_end == end => {
                vec![Edit::insertion(format!(",{}", line.trim_end_matches(',')), last.end())]
            }
            None => {
                vec![Edit::insertion(",".to_string(), last.end()), Edit::insertion(line, size(line_end))]
            }
        };
        return Some(Addition { edits, appends: true });
    }
    let edit = match comma {
        Some(comma) => Edit::insertion(format!(" {element},"), size(comma + 1)),
        None => Edit::insertion(format!(", {element}"), last.end()),
    };
    Some(Addition { edits: vec![edit], appends: true })
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

/// The text without the white space at its end, as far as that is of its last line. A list of thousands may be one line, so its
/// start is not looked for.
fn on_one_line(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_whitespace() && c != '\n')
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
}

#[cfg(test)]
mod tests {
    use ruff_text_size::Ranged;

    use super::*;

    #[test]
    fn an_element_is_laid_out_as_the_last_one() {
        for (array, last, expected) in [
            ("x = []", None, r#"x = ["z"]"#),
            ("x = [\n  # none yet\n]\n", None, "x = [\"z\"\n  # none yet\n]\n"),
            (r#"x = ["a"]"#, Some(r#""a""#), r#"x = ["a", "z"]"#),
            (r#"x = ["a", "b"] # "c""#, Some(r#""b""#), r#"x = ["a", "b", "z"] # "c""#),
            (r#"x = ["a", ]"#, Some(r#""a""#), r#"x = ["a", "z", ]"#),
            (r#"x = [{ module = "a" }]"#, Some(r#"{ module = "a" }"#), r#"x = [{ module = "a" }, "z"]"#),
            ("x = [\n  \"a\",\n]\n", Some(r#""a""#), "x = [\n  \"a\",\n  \"z\",\n]\n"),
            ("x = [\n  \"a\"\n]\n", Some(r#""a""#), "x = [\n  \"a\",\n  \"z\"\n]\n"),
            ("x = [\r\n\t\"a\",\r\n]\r\n", Some(r#""a""#), "x = [\r\n\t\"a\",\r\n\t\"z\",\r\n]\r\n"),
            ("x = [\n  \"a\",  # why, [\n]\n", Some(r#""a""#), "x = [\n  \"a\",  # why, [\n  \"z\",\n]\n"),
            ("x = [\n  \"a\"  # why\n]\n", Some(r#""a""#), "x = [\n  \"a\",  # why\n  \"z\",\n]\n"),
            ("x = [\"a\",\n  \"b\"]\n", Some(r#""b""#), "x = [\"a\",\n  \"b\", \"z\"]\n"),
            ("x = [\n    \"a\"\n  , \"b\"\n]\n", Some(r#""b""#), "x = [\n    \"a\"\n  , \"b\", \"z\"\n]\n"),
        ] {
            let span = range(array.find('[').unwrap(), array.rfind(']').unwrap() + 1);
            let last = last.map(|last| TextRange::at(size(array.find(last).unwrap()), size(last.len())));
            let addition = addition(array, span, last, "\"z\"").unwrap();
            let mut edited = array.to_string();
            for edit in addition.edits.iter().rev() {
                edited.insert_str(edit.start().to_usize(), edit.content().unwrap());
            }
            assert_eq!(edited, expected, "{array}");
        }
    }

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
