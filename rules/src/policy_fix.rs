//! Fixes that change the policy, so that it allows what was found.

use ringfence_diagnostics::{Fix, Span};
use ringfence_refactor::array_edit::{Addition, addition};
use ruff_text_size::TextRange;

use crate::Context;

/// Adds an entry to the list at `array`, which now has these, by what they are called.
pub(crate) fn add_to_list(
    context: &Context,
    array: Span,
    known: &[(TextRange, &str)],
    entry: &str,
    title: String,
) -> Option<Fix> {
    let source = context.sources.text(array.file)?;
    let as_written = |(range, name): &(TextRange, &str)| {
        // In the config of a package that is not the whole name.
        let text = source.source_text().get(range.to_std_range()).unwrap_or_default();
        let is_string = text.len() > 2 && text.starts_with(['"', '\'']);
        (*range, if is_string { text[1..text.len() - 1].to_string() } else { (*name).to_string() })
    };
    let mut known: Vec<(TextRange, String)> = known.iter().map(as_written).collect();
    known.sort_by_key(|(range, _)| range.start());
    let element = quoted(entry)?;
    let Addition { edits, appends } = addition(source.source_text(), array.range, &known, entry, &element)?;
    let mut edits = edits.into_iter().map(|edit| (array.file, edit));
    let (file, first) = edits.next()?;
    let mut fix = Fix::safe(title, file, first).in_policy();
    fix.edits.extend(edits);
    fix.appends = appends;
    Some(fix)
}

/// A TOML string of a name; nothing for what no module or member is called.
pub(crate) fn quoted(name: &str) -> Option<String> {
    let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '"' | '\\');
    name.chars().all(is_plain).then(|| format!("\"{name}\""))
}
