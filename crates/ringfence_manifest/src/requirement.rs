//! One requirement as PEP 508 writes it.

use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;

use pep508_rs::{Requirement as Pep508, VerbatimUrl};
use ringfence_diagnostics::{Diagnostic, Span, one_line};
use ruff_text_size::{TextRange, TextSize};

use crate::manifest::{Group, Requirement, invalid, normalized};

/// Reads `requests[socks]>=2; python_version < "3.12"`. `span` is that of the requirement, `inside` that of its text, if
/// it is written there letter by letter.
pub(crate) fn requirement(
    text: &str,
    span: Span,
    inside: Option<TextRange>,
    group: Group,
) -> Result<Requirement, Box<Diagnostic>> {
    match name(text) {
        Ok(name) => Ok(Requirement { key: normalized(&name), name, span, group }),
        Err(Defect { reason, place }) => {
            let at = inside.and_then(|inside| {
                let range = TextRange::new(offset(place.start), offset(place.end)) + inside.start();
                (range.end() <= inside.end() && !range.is_empty()).then_some(range)
            });
            Err(Box::new(Diagnostic {
                annotation: Some(one_line(&reason)),
                ..invalid(
                    Span::new(span.file, at.unwrap_or(span.range)),
                    &format!("`{}` is not a requirement", text.trim()),
                )
            }))
        }
    }
}

/// Why a text is no requirement, and where.
#[derive(Debug)]
pub(crate) struct Defect {
    reason: String,
    place: Range<usize>,
}

/// The name of the distribution that a requirement is about, as written.
pub(crate) fn name(text: &str) -> Result<String, Defect> {
    let words = names(text);
    // The parser takes such names for right, and panics.
    for word in &words {
        if text[word.clone()].ends_with(['.', '-', '_']) {
            let place = word.end - 1..word.end;
            return Err(Defect { reason: "a name ends with a letter or a digit".to_string(), place });
        }
    }
    match Pep508::<VerbatimUrl>::from_str(&in_ascii(text)) {
        Ok(parsed) => {
            let written = words.first().map(|word| text[word.clone()].to_string());
            Ok(written.unwrap_or_else(|| parsed.name.to_string()))
        }
        Err(error) => {
            let start = text.floor_char_boundary(error.start);
            let end = text.ceil_char_boundary(error.start.saturating_add(error.len)).max(start);
            let message = error.message.to_string();
            let reason = message.lines().next().unwrap_or_default().trim_end_matches('.');
            Err(Defect { reason: lower_first(reason), place: start..end })
        }
    }
}

/// The text with a control character in place of each byte that is not ASCII: the parser counts such characters wrongly in
/// places, and panics. They are right in quotes only, where it does not look at them.
fn in_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let bytes = text.bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { '\u{1}' });
    Cow::Owned(bytes.collect())
}

/// Where the name of the distribution and those of its extras are written.
fn names(text: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let word = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        let start = from + rest.len() - rest.trim_start().len();
        let length = text[start..].find(|c| !is_part(c)).unwrap_or(text.len() - start);
        start..start + length
    };
    let name = word(0);
    let mut names = vec![name.clone()];
    let after = text[name.end..].trim_start();
    if after.starts_with('[') {
        let mut at = text.len() - after.len();
        while text[at..].starts_with(['[', ',']) {
            let extra = word(at + 1);
            let rest = text[extra.end..].trim_start();
            at = text.len() - rest.len();
            names.push(extra);
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Only a first word that is no name: `URL ...` stays.
fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_string(),
    }
}

fn offset(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Defect, name};

    #[test]
    fn characters_that_the_parser_counts_wrongly_are_no_requirement() {
        assert!(name("0; python_version < '3'\u{10000}]").is_err());
        assert!(name("caf\u{e9}").is_err());
        assert_eq!(name("a; sys_platform == '\u{e9}'").unwrap(), "a");
    }

    #[test]
    fn a_requirement_has_a_name_or_a_defect() {
        for (text, expected) in [
            (" PyYAML >= 6", Ok("PyYAML")),
            ("a.b_c-d[x, y]~=1.0; python_version<'3'", Ok("a.b_c-d")),
            ("x @ https://example.invalid/x.whl", Ok("x")),
            ("k- >= 1", Err("-")),
            ("k[a-, b]", Err("-")),
            ("k [ a , b_ ]", Err("_")),
        ] {
            let found = name(text);
            let found = match &found {
                Ok(name) => Ok(name.as_str()),
                Err(Defect { place, .. }) => Err(&text[place.clone()]),
            };
            assert_eq!(found, expected, "{text}");
        }
    }
}
