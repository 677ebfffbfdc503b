//! Code that makes a package look for its modules elsewhere.

/// Calls that do.
const CALLS: [&str; 2] = ["extend_path", "declare_namespace"];

/// What follows `__path__` where it is changed, or given to somebody who may change it.
const CHANGES: [&str; 7] = ["=", "+=", ":", ".append", ".extend", ".insert", "["];

/// Whether the code of a package may change where its submodules are looked for.
pub(crate) fn may_change_path(text: &str) -> bool {
    CALLS.iter().any(|call| text.contains(call))
        || text.match_indices("__path__").any(|(at, word)| {
            let after = text[at + word.len()..].trim_start_matches([' ', '\t', '"', '\'', ']']);
            !after.starts_with("==") && CHANGES.iter().any(|change| after.starts_with(change))
        })
}
