//! Findings of one statement that say the same of several names are shown to people as one: three names of one forbidden import
//! are one error. Takes diagnostics sorted by place, gives groups, by the place of the first of each. Programs get the findings
//! one by one: to a baseline, a suppression or a fix each name is its own.

use std::collections::HashMap;

use ringfence_diagnostics::{Diagnostic, FileId};
use ruff_text_size::TextRange;

/// Findings that are shown as one.
pub(crate) struct NameGroup<'a> {
    /// The first of them, which speaks for all.
    pub(crate) first: &'a Diagnostic,
    /// The others, by place.
    pub(crate) others: Vec<&'a Diagnostic>,
}

impl<'a> NameGroup<'a> {
    /// All of them, by place.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'a Diagnostic> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// ` (3 names)`, where there is more than one.
    pub(crate) fn number(&self) -> String {
        if self.others.is_empty() { String::new() } else { format!(" ({} names)", self.others.len() + 1) }
    }
}

/// Groups what says the same of names of one statement. O(findings)
pub(crate) fn name_groups(diagnostics: &[Diagnostic]) -> Vec<NameGroup<'_>> {
    let mut groups: Vec<NameGroup> = Vec::with_capacity(diagnostics.len());
    // The places in `groups` of what this statement has so far; several where one text goes with different fixes.
    let mut of_statement: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    let mut last = None;
    for diagnostic in diagnostics {
        // What stands between names, such as a comment, is a group of its own and ends no statement.
        let place = statement(diagnostic).and_then(|statement| {
            if last != Some(statement) {
                of_statement.clear();
                last = Some(statement);
            }
            let alike = of_statement.entry((diagnostic.code, &diagnostic.message)).or_default();
            // A name without help of its own has that of the others, where these agree.
            let is_alone = alike.len() == 1;
            // Texts that agree to the last word rarely differ in anything else, so the first is mostly the one.
            let place = alike.iter().take(MOST_COMPARED).copied().find(|&place| {
                groups.get(place).is_some_and(|group| belongs_to(group, diagnostic, is_alone))
            });
            if place.is_none() {
                alike.push(groups.len());
            }
            place
        });
        if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
            group.others.push(diagnostic);
        } else {
            groups.push(NameGroup { first: diagnostic, others: Vec::new() });
        }
    }
    groups
}

/// With how many of equal text a finding is compared, so that a statement of thousands of names takes no square of them.
const MOST_COMPARED: usize = 8;

/// The statement that a finding is about a name of. Contracts report each import by itself.
fn statement(diagnostic: &Diagnostic) -> Option<(FileId, TextRange)> {
    let import = diagnostic.import.as_ref().filter(|_| diagnostic.contract.is_none())?;
    Some((diagnostic.file, import.statement))
}

/// Whether help and fix of this name were not looked for.
fn is_abridged(diagnostic: &Diagnostic) -> bool {
    diagnostic.import.as_ref().is_some_and(|import| import.is_abridged)
}

/// Whether the group says all of `other` but its name. `is_alone`: there is no other group of these words.
fn belongs_to(group: &NameGroup, other: &Diagnostic, is_alone: bool) -> bool {
    let first = group.first;
    // Of one name two findings are two.
    let is_another_name = group.others.last().unwrap_or(&group.first).range != other.range;
    let needs_no_help = is_abridged(other) && (is_alone || is_abridged(first));
    is_another_name
        && (needs_no_help || (&first.help, &first.fix) == (&other.help, &other.fix))
        && (first.severity, &first.owner, &first.labels) == (other.severity, &other.owner, &other.labels)
}
