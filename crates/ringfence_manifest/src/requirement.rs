//! One requirement as PEP 508 writes it.

use std::str::FromStr;

use pep508_rs::{Requirement as Pep508, VerbatimUrl};
use ringfence_diagnostics::{Diagnostic, Span};
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
    match Pep508::<VerbatimUrl>::from_str(text) {
        Ok(parsed) => {
            let name = written_name(text).unwrap_or_else(|| parsed.name.to_string());
            Ok(Requirement { key: normalized(&name), name, span, group })
        }
        Err(error) => {
            let at = inside.and_then(|inside| {
                let start = text.floor_char_boundary(error.start);
                let end = text.ceil_char_boundary(error.start.saturating_add(error.len)).max(start);
                let range = TextRange::new(offset(start), offset(end)) + inside.start();
                (range.end() <= inside.end() && !range.is_empty()).then_some(range)
            });
            let message = error.message.to_string();
            let reason = message.lines().next().unwrap_or_default().trim_end_matches('.').to_string();
            let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            Err(Box::new(Diagnostic {
                annotation: Some(lower_first(&reason)),
                ..invalid(
                    Span::new(span.file, at.unwrap_or(span.range)),
                    format!("`{}` is not a requirement", shown.trim()),
                )
            }))
        }
    }
}

/// The name at the start of a requirement.
fn written_name(text: &str) -> Option<String> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
        .unwrap_or(text.len());
    let name = &text[..end];
    (!name.is_empty()).then(|| name.to_string())
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
