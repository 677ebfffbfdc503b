//! One requirement as PEP 508 writes it.

use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;

use pep508_rs::{Requirement as Pep508, VerbatimUrl};
use ringfence_diagnostics::{Diagnostic, Span, one_line};
use ruff_text_size::{TextRange, TextSize};

use crate::manifest::{Group, Requirement, invalid, normalized};

/// The parser goes down the stack with each bracket.
const MOST_NESTED: usize = 32;

/// What the parser makes of a marker may grow with the power of its conditions.
const MOST_CONDITIONS: usize = 16;

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
    let text = parsed_part(text)?;
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

/// What of a requirement the parser is given: all, but for a marker of so many conditions that it would take too long. Of that only
/// brackets and quotes are looked at: the name of the distribution stands before it.
fn parsed_part(text: &str) -> Result<&str, Defect> {
    let (mut open, mut quote, mut marker, mut conditions) = (Vec::new(), None, None, 1);
    for (at, byte) in text.bytes().enumerate() {
        let word = |word: &str| text.get(at..).is_some_and(|rest| rest.starts_with(word));
        match (byte, quote) {
            (_, Some((_, closing))) if byte == closing => quote = None,
            (_, Some(_)) => {}
            (b'\'' | b'"', None) => quote = Some((at, byte)),
            (b'(', None) => open.push(at),
            (b')', None) => _ = open.pop(),
            // In an address only one after a blank ends it.
            (b';', None)
                if marker.is_none() && (!text[..at].contains("://") || text[..at].ends_with(' ')) =>
            {
                marker = Some(at);
            }
            _ if marker.is_some() && (word(" and") || word(" or") || word(")and") || word(")or")) => {
                conditions += 1;
            }
            _ => {}
        }
        if open.len() > MOST_NESTED {
            let reason = format!("its brackets are nested more than {MOST_NESTED} deep");
            return Err(Defect { reason, place: at..at + 1 });
        }
    }
    let Some(marker) = marker.filter(|_| conditions > MOST_CONDITIONS) else { return Ok(text) };
    match quote.map(|(at, _)| at).or(open.first().copied()) {
        Some(at) => Err(Defect { reason: "nothing closes this".to_string(), place: at..at + 1 }),
        None => Ok(text[..marker].trim_end()),
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
    fn no_marker_is_too_much() {
        let nested = format!("a ; {}", "(".repeat(5_000));
        assert!(name(&nested).unwrap_err().reason.contains("nested more than 32 deep"));
        // The names of extras are in an order in which each pair doubles what the parser makes of them.
        let pair = |number: usize| format!("(extra == 'a{number}' and extra == 'b{number}')");
        let pairs: Vec<String> = (0..40).map(pair).collect();
        assert_eq!(name(&format!("k ; {}", pairs.join(" or "))).unwrap(), "k");
        let open = format!("k ; ({}", pairs.join(" or "));
        assert_eq!(name(&open).unwrap_err().place, 4..5);
        let long = format!("k ; {}", vec!["os_name == 'a'"; 20_000].join(" or "));
        assert_eq!(name(&long).unwrap(), "k");
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
