//! Takes an element out of a TOML array, or adds one, and leaves every other byte as it is.
//!
//! Kept by hand, because a fix is byte edits beside those of other fixes; a TOML editor gives whole documents.

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
pub fn removals(text: &str, element: TextRange) -> Vec<TextRange> {
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

/// An element added to an array.
pub struct Addition {
    pub edits: Vec<Edit>,
    /// Whether it may stand beside other additions at the same place.
    pub appends: bool,
}

/// With more entries a list is written one a line.
const MOST_ON_ONE_LINE: usize = 3;

/// The edits that add an element to the array at `array`, whose elements now are these, by what they are called. In a list that is in
/// order it gets its place, else it comes last. It is laid out as the one before it; a list on one line that gets long is
/// written one entry a line.
///
/// ```toml
/// depends-on = ["a"]          # , "b"
/// depends-on = [
///     "a",  # why
///     "b",                    # a line of its own, where the element before has one
/// ]
/// ```
pub fn addition(
    text: &str,
    array: TextRange,
    elements: &[(TextRange, String)],
    name: &str,
    element: &str,
) -> Option<Addition> {
    if !text.get(array.start().to_usize()..)?.starts_with('[') {
        return None;
    }
    if let Some(edit) = one_a_line(text, array, elements, name, element) {
        return Some(Addition { edits: vec![edit], appends: false });
    }
    let Some((last, _)) = elements.last() else {
        let inside = array.start() + TextSize::new(1);
        return Some(Addition { edits: vec![Edit::insertion(element.to_string(), inside)], appends: false });
    };
    let position = position(elements, name);
    if let Some((next, _)) = elements.get(position) {
        let before = match position.checked_sub(1).and_then(|before| elements.get(before)) {
            Some((before, _)) => behind(text, array, *before, element, false),
            None => before_first(text, *next, element),
        };
        if before.is_some() {
            return before;
        }
    }
    behind(text, array, *last, element, true)
}

/// Where an element belongs: in its place if the list is in order, else at the end.
fn position(elements: &[(TextRange, String)], name: &str) -> usize {
    if elements.is_sorted_by(|(_, a), (_, b)| a <= b) {
        elements.partition_point(|(_, known)| known.as_str() < name)
    } else {
        elements.len()
    }
}

/// A list on one line, with one element more, as a list of lines; nothing where it may stay on its line.
fn one_a_line(
    text: &str,
    array: TextRange,
    elements: &[(TextRange, String)],
    name: &str,
    element: &str,
) -> Option<Edit> {
    let whole = text.get(array.to_std_range())?;
    let line = text.get(..array.start().to_usize())?;
    let line = &line[line.rfind(['\r', '\n']).map_or(0, |newline| newline + 1)..];
    // An inline table is one line.
    if elements.len() < MOST_ON_ONE_LINE || whole.contains(['\r', '\n']) || line.contains('{') {
        return None;
    }
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut written: Vec<&str> =
        elements.iter().map(|(range, _)| text.get(range.to_std_range())).collect::<Option<_>>()?;
    written.insert(position(elements, name), element);
    let mut lines = format!("[{newline}");
    for element in written {
        lines.extend([indent, "    ", element, ",", newline]);
    }
    lines.extend([indent, "]"]);
    Some(Edit::range_replacement(lines, array))
}

/// Before the first element of a list that is in order.
fn before_first(text: &str, first: TextRange, element: &str) -> Option<Addition> {
    let before = text.get(..first.start().to_usize())?;
    let line = before.trim_end_matches([' ', '\t']);
    let starts_line = line.ends_with('\n');
    // What is said above it is about it, or about the list.
    let above = line.lines().next_back().unwrap_or_default();
    if starts_line && above.trim_start().starts_with('#') {
        return None;
    }
    let separator = if starts_line {
        let newline = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        format!("{newline}{}", &before[line.len()..])
    } else {
        " ".to_string()
    };
    let edits = vec![Edit::insertion(format!("{element},{separator}"), first.start())];
    Some(Addition { edits, appends: starts_line })
}

/// Behind an element of the array. Of one that is not the last only where nothing else is on its line, or all is on one.
fn behind(text: &str, array: TextRange, last: TextRange, element: &str, is_last: bool) -> Option<Addition> {
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
    if !is_last {
        let is_alone = |line_end| {
            let rest = text[end_of_element..line_end].trim_start();
            rest.is_empty() || rest.starts_with('#')
        };
        let on_line = comma.is_some_and(|comma| !text[end..comma].contains(['\r', '\n']));
        if !on_line || line_end.is_some_and(|line_end| !starts_line || !is_alone(line_end)) {
            return None;
        }
    }
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
    // One after the other, so that a list that gets long is seen to.
    Some(Addition { edits: vec![edit], appends: false })
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
            let elements: Vec<(TextRange, String)> =
                last.into_iter().map(|last| (last, "a".to_string())).collect();
            let addition = addition(array, span, &elements, "z", "\"z\"").unwrap();
            assert_eq!(edited(array, &addition), expected, "{array}");
        }
    }

    fn edited(text: &str, addition: &Addition) -> String {
        let mut edited = text.to_string();
        for edit in addition.edits.iter().rev() {
            edited.replace_range(edit.range().to_std_range(), edit.content().unwrap());
        }
        edited
    }

    #[test]
    fn an_element_gets_its_place_in_a_list_that_is_in_order() {
        for (array, expected) in [
            (r#"x = ["a", "z"]"#, r#"x = ["a", "m", "z"]"#),
            (r#"x = ["n", "z"]"#, r#"x = ["m", "n", "z"]"#),
            (r#"x = ["z", "a"]"#, r#"x = ["z", "a", "m"]"#),
            (
                "x = [\n  \"a\",  # why\n  # z\n  \"z\"\n]",
                "x = [\n  \"a\",  # why\n  \"m\",\n  # z\n  \"z\"\n]",
            ),
            ("x = [\n  \"n\",\n  \"z\"\n]", "x = [\n  \"m\",\n  \"n\",\n  \"z\"\n]"),
            ("x = [\r\n  \"z\"\r\n]", "x = [\r\n  \"m\",\r\n  \"z\"\r\n]"),
            // Where it is no easy matter it comes last.
            ("x = [\n  \"a\", \"z\"\n]", "x = [\n  \"a\", \"z\", \"m\"\n]"),
            ("x = [\n    \"a\"\n  , \"z\"\n]", "x = [\n    \"a\"\n  , \"z\", \"m\"\n]"),
            // A long list is one of lines.
            (
                "  x = [ \"a\", \"b\",\"z\", ]  # why",
                "  x = [\n      \"a\",\n      \"b\",\n      \"m\",\n      \"z\",\n  ]  # why",
            ),
            (r#"{ x = ["a", "b", "z"] }"#, r#"{ x = ["a", "b", "m", "z"] }"#),
        ] {
            let span = range(array.find('[').unwrap(), array.rfind(']').unwrap() + 1);
            let names = array.match_indices('"').map(|(at, _)| at).collect::<Vec<_>>();
            let elements: Vec<(TextRange, String)> = names
                .chunks(2)
                .map(|pair| (range(pair[0], pair[1] + 1), array[pair[0] + 1..pair[1]].to_string()))
                .collect();
            let addition = addition(array, span, &elements, "m", "\"m\"").unwrap();
            assert_eq!(edited(array, &addition), expected, "{array}");
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
