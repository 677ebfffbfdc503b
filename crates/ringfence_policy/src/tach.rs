//! Tach's format: `tach.toml`, `[tool.tach]` and `tach.domain.toml`, as Tach 0.35 reads them.
//!
//! [`read`] makes the same [`Policy`] as the native format does. Where Tach means something else by its words, the policy's
//! [`Dialect`](crate::Dialect) says so; where Tach gives up the run, the policy holds a config error, and the rest is checked.

mod fields;
mod lower;
mod modules;
mod nodes;

use std::collections::HashSet;

use ringfence_diagnostics::{Diagnostic, FileId, Severity};
use ruff_text_size::TextRange;

use crate::Policy;
use crate::native::empty;
use crate::options::{OptionField, validate::validate_foreign};
use crate::tree::{self, Node, Value};

/// The text of a config file of Tach's.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    pub file: FileId,
    pub text: &'a str,
    /// Whether the keys are in `[tool.tach]` of a `pyproject.toml`.
    pub in_pyproject: bool,
}

/// Reads `tach.toml` or `[tool.tach]`.
///
/// The diagnostics are what Tach, too, could not read; nothing can be checked then. They are in the order of the text.
pub fn read(document: &Document) -> (Policy, Vec<Diagnostic>) {
    let path: &[&str] = if document.in_pyproject { &["tool", "tach"] } else { &[] };
    let mut policy = empty(document.file);
    let (tree, mut diagnostics) = checked(document, path, fields::PROJECT, &mut policy.config_errors);
    lower::project(&tree, &mut policy, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
    (policy, diagnostics)
}

/// Adds a `tach.domain.toml` that lies in the folder of this dotted name.
///
/// The diagnostics are as those of [`read`].
pub fn read_domain(policy: &mut Policy, document: &Document, domain: &str) -> Vec<Diagnostic> {
    let (tree, mut diagnostics) = checked(document, &[], fields::DOMAIN, &mut policy.config_errors);
    policy.domains.push((document.file, domain.to_string()));
    lower::domain(&tree, domain, policy, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
    diagnostics
}

/// Fits together what all files say, once they have been read.
pub fn finish(policy: &mut Policy) {
    lower::finish(policy);
}

/// Whether a `pyproject.toml` configures Tach.
pub fn has_config(pyproject_text: &str) -> bool {
    pyproject_text.contains("tach") && {
        let (tree, _) = tree::parse(FileId::new(0), pyproject_text);
        tree.get("tool").is_some_and(|tool| tool.get("tach").is_some())
    }
}

/// The table with the keys. Tach looks over unknown keys in some tables, so there they are config errors, with which the rest is checked.
fn checked(
    document: &Document,
    path: &[&str],
    fields: &'static [OptionField],
    config_errors: &mut Vec<Diagnostic>,
) -> (Node, Vec<Diagnostic>) {
    let (mut node, mut diagnostics) = tree::parse(document.file, document.text);
    for key in path {
        match node.take(key) {
            Some(below) => node = below,
            None => return (Node::empty(document.file), diagnostics),
        }
    }
    let overlooked = overlooked(&node);
    for mut diagnostic in validate_foreign(&node, fields, path) {
        if let Some((_, help)) =
            fields::REMOVED.iter().find(|(key, _)| diagnostic.message == format!("unknown key `{key}`"))
        {
            diagnostic.help = Some((*help).to_string());
        }
        let known = diagnostics.iter().any(|earlier| {
            earlier.range == diagnostic.range || diagnostic.range.contains(earlier.range.start())
        });
        if overlooked.contains(&diagnostic.range) {
            config_errors.push(Diagnostic { severity: Severity::Warning, ..diagnostic });
        } else if !known {
            diagnostics.push(diagnostic);
        }
    }
    (node, diagnostics)
}

/// The unknown keys that Tach looks over.
fn overlooked(node: &Node) -> HashSet<TextRange> {
    let mut tables: Vec<(&Node, &[OptionField])> = Vec::new();
    for (key, fields) in [
        ("rules", fields::RULES),
        ("external", fields::EXTERNAL),
        ("cache", fields::CACHE),
        ("plugins", fields::PLUGINS),
    ] {
        tables.extend(node.get(key).map(|table| (table, fields)));
    }
    let modules = node.get("modules").and_then(Node::as_array).unwrap_or_default();
    tables
        .extend(modules.iter().filter(|module| module.get("paths").is_some()).map(|it| (it, fields::MODULE)));
    let mut ranges = HashSet::new();
    for (table, fields) in tables {
        let Value::Table(entries) = &table.value else { continue };
        let unknown = entries.iter().filter(|(key, _)| fields.iter().all(|field| field.key != key.name));
        ranges.extend(unknown.map(|(key, _)| key.span.range));
    }
    ranges
}
