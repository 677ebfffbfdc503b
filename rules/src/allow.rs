//! Fixes that change the policy, so that it allows what was found.

use ringfence_diagnostics::{Fix, Span};
use ruff_text_size::TextRange;

use crate::Context;
use crate::array_edit::{Addition, addition};

/// Adds an entry to the list at `array`, whose last element now is at `last`.
pub(crate) fn add_to_list(
    context: &Context,
    array: Span,
    last: Option<TextRange>,
    entry: &str,
    title: String,
) -> Option<Fix> {
    let source = context.sources.text(array.file)?;
    let Addition { edits, appends } = addition(source.source_text(), array.range, last, &quoted(entry)?)?;
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
