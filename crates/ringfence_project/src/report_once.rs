//! What several sessions say of one place.

use std::path::Path;

use ringfence_diagnostics::{Diagnostic, FileId};
use rustc_hash::FxHashMap;

/// What several sessions say of one place in the same words is said once, by the first of them, with the greatest weight that it has. Each
/// diagnostic comes with the number of its session.
pub fn report_once<'p>(
    diagnostics: Vec<(usize, Diagnostic)>,
    path: impl Fn(FileId) -> &'p Path,
) -> Vec<(usize, Diagnostic)> {
    type Words<'p> = (&'p Path, (u32, u32), &'static str, String);
    let mut first: FxHashMap<Words, usize> = FxHashMap::default();
    let mut kept: Vec<(usize, Diagnostic)> = Vec::with_capacity(diagnostics.len());
    for (session, diagnostic) in diagnostics {
        let range = (diagnostic.range.start().to_u32(), diagnostic.range.end().to_u32());
        let words = (path(diagnostic.file), range, diagnostic.code, diagnostic.message.clone());
        let position = *first.entry(words).or_insert(kept.len());
        match kept.get_mut(position) {
            // What one session says twice is two findings.
            Some((earlier, said)) if *earlier != session => {
                said.severity = said.severity.max(diagnostic.severity);
            }
            _ => kept.push((session, diagnostic)),
        }
    }
    kept
}
