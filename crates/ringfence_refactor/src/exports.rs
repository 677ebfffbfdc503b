//! What a module says of the names that it passes on.

use ringfence_diagnostics::FileId;
use ringfence_source::{Exports, ParsedFile};

use crate::Codebase;
use crate::origin::Definition;

/// Whether `__all__` lists a name; nothing where there is none.
pub fn lists(parsed: &ParsedFile, name: &str) -> Option<bool> {
    match &parsed.module.exports {
        Exports::Listed(names) => Some(names.iter().any(|(listed, _)| parsed.module.name(*listed) == name)),
        Exports::Computed(_) => Some(false),
        Exports::Absent => None,
    }
}

/// Whether a statement of a module binds a name.
pub fn is_bound(codebase: &Codebase, definition: &Definition) -> bool {
    let file = codebase.graph.index().module(definition.module).file;
    let parsed = file.and_then(|file| codebase.sources.module(file));
    parsed.is_some_and(|parsed| {
        parsed.module.global(&definition.name).is_some_and(|variable| !variable.bindings.is_empty())
    })
}

/// `from a import x as x`
pub fn has_redundant_alias(codebase: &Codebase, file: FileId, name: &str) -> bool {
    codebase.graph.edges_of(file).iter().any(|edge| {
        codebase.import(edge).is_some_and(|(facts, _, imported)| {
            facts.name(imported.name) == name
                && imported.alias.is_some_and(|(alias, _)| facts.name(alias) == name)
        })
    })
}
