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
        let statement = statement(diagnostic);
        if statement.is_none() || statement != last {
            of_statement.clear();
            last = statement;
        }
        let alike = of_statement.entry((diagnostic.code, &diagnostic.message)).or_default();
        // Texts that agree to the last word rarely differ in anything else, so the first is mostly the one.
        let place = alike.iter().take(MOST_COMPARED).copied().find(|&place| {
            statement.is_some() && told.get(place).is_some_and(|told| is_the_same(told, diagnostic))
        });
        if let Some(told) = place.and_then(|place| told.get_mut(place)) {
            told.others.push(diagnostic);
        } else {
            alike.push(told.len());
            told.push(Together { first: diagnostic, others: Vec::new() });
        }
    }
    told
}

/// With how many of equal text a finding is compared, so that a statement of thousands of names takes no square of them.
const MOST_COMPARED: usize = 8;

fn statement(diagnostic: &Diagnostic) -> Option<(FileId, TextRange)> {
    diagnostic.import.as_ref().map(|import| (diagnostic.file, import.statement))
}

/// Whether all that is told of `other` is told already, but for the name.
fn is_the_same(told: &Together, other: &Diagnostic) -> bool {
    let first = told.first;
    let is_abridged = other.import.as_ref().is_some_and(|import| import.is_abridged);
    (is_abridged || (&first.help, &first.fix) == (&other.help, &other.fix))
        && (first.severity, &first.owner, &first.labels, &first.contract)
            == (other.severity, &other.owner, &other.labels, &other.contract)
}
