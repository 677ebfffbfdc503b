//! import-linter's format: `.importlinter`, `setup.cfg` and `[tool.importlinter]`, as import-linter 2.16 reads them.
//!
//! [`read`] makes the same [`Policy`] as the native format does. Where import-linter means something else by its words, the
//! policy's [`Dialect`](crate::Dialect) says so; where it gives up the run, the policy holds a config error, and the rest is checked.

mod contracts;
mod raw;
mod session;

use ringfence_diagnostics::{Diagnostic, FileId};

use crate::Policy;
use crate::ini::{self, KeyCase};
use crate::native::empty;
use crate::tree;

/// The text of a config file of import-linter's.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    pub file: FileId,
    pub text: &'a str,
    /// Whether it is TOML with the keys in `[tool.importlinter]`, rather than INI.
    pub is_toml: bool,
    /// The contracts that are read, by what they are called. Empty: all.
    pub only: &'a [String],
}

/// The section that holds the keys that are for all contracts, and the start of those of contracts.
const SECTION: &str = "importlinter";

/// Reads a config.
///
/// The diagnostics are what keeps anything from being checked, in the order of the text.
pub fn read(document: &Document) -> (Policy, Vec<Diagnostic>) {
    let mut policy = empty(document.file);
    let mut errors = Vec::new();
    let config = if document.is_toml {
        raw::from_toml(document.file, document.text, &mut errors)
    } else {
        raw::from_ini(document.file, document.text, &mut errors)
    };
    session::lower(&config, document, &mut policy, &mut errors);
    errors.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
    (policy, errors)
}

/// Whether a text configures import-linter.
pub fn has_config(text: &str, is_toml: bool) -> bool {
    if !text.contains(SECTION) {
        return false;
    }
    if is_toml {
        let (tree, _) = tree::parse(FileId::new(0), text);
        let table = tree.get("tool").and_then(|tool| tool.get(SECTION));
        return table.is_some_and(|table| !table.entries().is_empty());
    }
    ini::parse(FileId::new(0), text, KeyCase::Folded).0.section(SECTION).is_some()
}
