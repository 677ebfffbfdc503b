//! Findings of one statement that say the same of several names are told once to people: three names of one forbidden import are
//! one mistake. Takes diagnostics sorted by place, gives them grouped, by the place of the first of each. Programs get them one
//! by one: to a baseline, a suppression or a fix each name is its own.

use std::collections::HashMap;

use ringfence_diagnostics::{Diagnostic, FileId};
use ruff_text_size::TextRange;

/// What is told once.
pub(crate) struct Together<'a> {
    /// The first of them, which tells for all.
    pub(crate) first: &'a Diagnostic,
    /// The others, by place.
    pub(crate) others: Vec<&'a Diagnostic>,
}

impl<'a> Together<'a> {
    /// All of them, by place.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'a Diagnostic> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// ` (3 names)`, where there is more than one.
    pub(crate) fn number(&self) -> String {
        if self.others.is_empty() { String::new() } else { format!(" ({} names)", self.others.len() + 1) }
    }
}

/// How many findings [`Format::Full`](crate::Format::Full), `Concise` and `Grouped` tell.
pub fn number_told(diagnostics: &[Diagnostic]) -> usize {
    together(diagnostics).len()
}

/// Takes together what says the same of names of one statement. O(findings)
pub(crate) fn together(diagnostics: &[Diagnostic]) -> Vec<Together<'_>> {
    let mut told: Vec<Together> = Vec::with_capacity(diagnostics.len());
    // The places in `told` of what this statement has so far; several where one text goes with different fixes.
    let mut of_statement: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    let mut last = None;
    for diagnostic in diagnostics {
        // What stands between names, such as a comment, is told apart and ends no statement.
        let place = statement(diagnostic).and_then(|statement| {
            if last != Some(statement) {
                of_statement.clear();
                last = Some(statement);
            }
            let alike = of_statement.entry((diagnostic.code, &diagnostic.message)).or_default();
            // What is not told of a name is what is told of the others, where these agree.
            let is_alone = alike.len() == 1;
            // Texts that agree to the last word rarely differ in anything else, so the first is mostly the one.
            let place =
                alike.iter().take(MOST_COMPARED).copied().find(|&place| {
                    told.get(place).is_some_and(|told| is_the_same(told, diagnostic, is_alone))
                });
            if place.is_none() {
                alike.push(told.len());
            }
            place
        });
        if let Some(told) = place.and_then(|place| told.get_mut(place)) {
            told.others.push(diagnostic);
        } else {
            told.push(Together { first: diagnostic, others: Vec::new() });
        }
    }
    told
}

/// With how many of equal text a finding is compared, so that a statement of thousands of names takes no square of them.
const MOST_COMPARED: usize = 8;

/// The statement that a finding is about a name of. Contracts tell of each import by itself.
fn statement(diagnostic: &Diagnostic) -> Option<(FileId, TextRange)> {
    let import = diagnostic.import.as_ref().filter(|_| diagnostic.contract.is_none())?;
    Some((diagnostic.file, import.statement))
}

/// Whether help and fix of this name were not looked for.
fn is_abridged(diagnostic: &Diagnostic) -> bool {
    diagnostic.import.as_ref().is_some_and(|import| import.is_abridged)
}

/// Whether all that is told of `other` is told already, but for the name. `is_alone`: there is no other group of these words.
fn is_the_same(told: &Together, other: &Diagnostic, is_alone: bool) -> bool {
    let first = told.first;
    // Of one name two findings are two.
    let is_another_name = told.others.last().unwrap_or(&told.first).range != other.range;
    let needs_no_help = is_abridged(other) && (is_alone || is_abridged(first));
    is_another_name
        && (needs_no_help || (&first.help, &first.fix) == (&other.help, &other.fix))
        && (first.severity, &first.owner, &first.labels) == (other.severity, &other.owner, &other.labels)
}
