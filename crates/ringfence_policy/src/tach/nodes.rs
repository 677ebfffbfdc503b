//! What is read of a node of a Tach config in more than one place.

use ringfence_diagnostics::Span;

use crate::tree::Node;
use crate::{Level, ModuleDeclaration, ModulePattern, Spanned};

/// A module of which nothing is said.
pub(super) fn empty_declaration(pattern: Spanned<ModulePattern>) -> ModuleDeclaration {
    ModuleDeclaration {
        pattern,
        layer: None,
        depends_on: None,
        forbids: Vec::new(),
        externals: None,
        forbids_externals: Vec::new(),
        exposes: None,
        visible_to: None,
        utility: None,
        kinds: None,
        owner: None,
    }
}

pub(super) fn strings(tree: &Node, key: &str) -> Option<Vec<Spanned<String>>> {
    Some(tree.get(key)?.as_array()?.iter().filter_map(spanned_string).collect())
}

pub(super) fn spanned_string(node: &Node) -> Option<Spanned<String>> {
    Some(Spanned { value: node.as_str()?.to_string(), span: node.span })
}

/// The span of a key whose value is `true`.
pub(super) fn switched_on(tree: &Node, key: &str) -> Option<Span> {
    let (key, value) = tree.entry(key)?;
    value.as_bool()?.then_some(key.span)
}

/// A level of `[rules]`, with the key that says so.
pub(super) fn level(table: &Node, key: &str) -> Option<(Level, Span)> {
    let (key, value) = table.entry(key)?;
    let level = match value.as_str()? {
        "error" => Level::Full,
        "warn" => Level::Warning,
        "off" => Level::Off,
        _ => return None,
    };
    Some((level, key.span))
}
