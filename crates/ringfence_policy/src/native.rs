//! The native format: `ringfence.toml`, `[tool.ringfence]` and `ringfence.module.toml`.
//!
//! [`read`] makes a [`Policy`] of the config of a tree, and [`read_package`] adds the config that lies in a package.
//! Both never fail: the policy holds what could be understood, the diagnostics say everything that could not.
//! [`write()`] is the way back.

mod compatibility;
mod contracts;
#[cfg(test)]
mod errors;
mod lower;
mod modules;
#[cfg(test)]
mod properties;
mod startup;
mod write;

use ringfence_diagnostics::{Diagnostic, FileId};

use crate::options::{FIELDS, PACKAGE_FIELDS, top_level, validate::validate};
use crate::report::invalid;
use crate::suggest::suggest;
use crate::tree::{self, Node};
use crate::{Dialect, LinterSettings, Policy, RequirementFiles, Spanned};

pub use write::write;

/// The text of a config file.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    pub file: FileId,
    pub text: &'a str,
    pub kind: DocumentKind,
}

/// Where in a document the keys are, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// `ringfence.toml`: at the top level.
    Ringfence,
    /// `pyproject.toml`: in `[tool.ringfence]`.
    Pyproject,
    /// `key = value` from the command line: at the top level.
    Override,
    /// `ringfence.module.toml`: those of one package.
    Package,
}

impl DocumentKind {
    fn path(self) -> &'static [&'static str] {
        match self {
            Self::Pyproject => &["tool", "ringfence"],
            Self::Ringfence | Self::Override | Self::Package => &[],
        }
    }
}

/// Reads the config of a tree, with what the command line says instead: a later override wins over an earlier one, and
/// each over the file. Without a file (isolated) the policy is empty but for the overrides.
///
/// Diagnostics are in the order of the documents, and within each in that of its text.
pub fn read(main: Option<&Document>, overrides: &[Document]) -> (Policy, Vec<Diagnostic>) {
    let config = main.map_or_else(|| FileId::new(0), |document| document.file);
    let mut diagnostics = Vec::new();
    let mut tree = Node::empty(config);
    let mut is_broken = false;
    for document in main.into_iter().chain(overrides) {
        let (node, is_whole) = checked(document, &mut diagnostics);
        tree = tree::merge(tree, node);
        is_broken |= !is_whole;
    }
    let mut policy = empty(config);
    let is_wrong = |list: &Node| {
        let is_name = |item: &Node| {
            item.as_str().or_else(|| item.get(top_level::LAYER_NAME.key).and_then(Node::as_str)).is_some()
        };
        !list.as_array().is_some_and(|items| items.iter().all(is_name))
    };
    policy.layers_are_in_doubt = is_broken || lower::list_of_layers(&tree).is_some_and(is_wrong);
    let mut errors = Vec::new();
    lower::policy(&tree, &mut policy, &mut errors);
    add_all(&mut diagnostics, errors);
    let order: Vec<FileId> = main.into_iter().chain(overrides).map(|document| document.file).collect();
    diagnostics.sort_by_key(|diagnostic| {
        let document = order.iter().position(|file| *file == diagnostic.file);
        (document, diagnostic.range.start(), diagnostic.range.end())
    });
    (policy, diagnostics)
}

/// Adds a `ringfence.module.toml` that lies in the package of this dotted name.
///
/// Its top level describes the package, if there is anything at all or nothing in the file; `[modules."sub"]` is the
/// module `sub` of the package. Diagnostics are in the order of the text.
pub fn read_package(policy: &mut Policy, document: &Document, package: &str) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let (tree, _) = checked(document, &mut diagnostics);
    let mut errors = Vec::new();
    lower::package(&tree, package, policy, &mut errors);
    add_all(&mut diagnostics, errors);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
    diagnostics
}

/// Whether a `pyproject.toml` configures this tool. One that is broken does where its text has the header, so that
/// what is broken is said.
pub fn has_config(pyproject_text: &str) -> bool {
    if !pyproject_text.contains("ringfence") {
        return false;
    }
    let (tree, errors) = tree::parse(FileId::new(0), pyproject_text);
    if tree.get("tool").is_some_and(|tool| tool.get("ringfence").is_some()) {
        return true;
    }
    !errors.is_empty() && pyproject_text.lines().any(is_header)
}

/// Whether a line begins as the header of the table, or of one below it.
fn is_header(line: &str) -> bool {
    let Some(header) = line.trim_start().strip_prefix('[') else {
        return false;
    };
    let path = header.trim_start_matches(['[', ' ', '\t']);
    path.strip_prefix("tool.ringfence").is_some_and(|rest| rest.trim_start().starts_with([']', '.']))
}

/// A policy that says nothing.
pub(crate) fn empty(config: FileId) -> Policy {
    Policy {
        config,
        source_roots: None,
        modules: Vec::new(),
        interfaces: Vec::new(),
        layers: Vec::new(),
        layers_are_in_doubt: false,
        exhaustive_layers: None,
        strict_ownership: None,
        forbid_cycles: None,
        every_import_cycle: None,
        contracts: Vec::new(),
        deselected_contracts: Vec::new(),
        unchecked: Vec::new(),
        root_packages: None,
        kinds: Vec::new(),
        tests: None,
        runtime_annotations: Vec::new(),
        requirement_files: RequirementFiles::default(),
        distributions: Vec::new(),
        linter: LinterSettings::default(),
        dialect: Dialect::default(),
        domains: Vec::new(),
        config_errors: Vec::new(),
        module_config_errors: Vec::new(),
    }
}

/// The layers of modules that the list of layers lacks. Of a config that is right, that is a finding (RF910); beside other errors, for
/// which nothing is checked, it is one more of them.
pub fn unlisted_layers(policy: &Policy) -> Vec<Diagnostic> {
    if policy.layers_are_in_doubt {
        return Vec::new();
    }
    let layers = || policy.layers.iter().map(|layer| layer.name.value.as_str());
    let named = policy.modules.iter().filter_map(|module| module.layer.as_ref());
    let unlisted = named.filter(|named| layers().all(|layer| layer != named.value));
    let said = unlisted.map(|Spanned { value: name, span }| Diagnostic {
        help: Some(match suggest(name, layers()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add `\"{name}\"` to `layers`, above the layers that it may import from"),
        }),
        ..invalid(*span, &format!("layer `{name}` is not in `layers`"))
    });
    said.collect()
}

/// The table of a document that holds the options, after its syntax and its shape have been looked at; and whether all of it
/// could be read.
fn checked(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> (Node, bool) {
    let (mut node, errors) = tree::parse(document.file, document.text);
    let is_whole = errors.is_empty();
    diagnostics.extend(errors);
    for key in document.kind.path() {
        node = match node.take(key) {
            Some(node) => node,
            None => return (Node::empty(document.file), is_whole),
        };
    }
    let fields = match document.kind {
        DocumentKind::Package => PACKAGE_FIELDS,
        DocumentKind::Ringfence | DocumentKind::Pyproject | DocumentKind::Override => FIELDS,
    };
    add_all(diagnostics, validate(&node, fields, document.kind.path()));
    (node, is_whole)
}

/// Adds what was found in a tree, but for what only follows from another error at the same place: a broken value is
/// of no type.
fn add_all(diagnostics: &mut Vec<Diagnostic>, found: Vec<Diagnostic>) {
    let known = diagnostics.len();
    for diagnostic in found {
        let follows = diagnostics[..known].iter().any(|earlier| {
            earlier.file == diagnostic.file
                && (earlier.range == diagnostic.range || diagnostic.range.contains(earlier.range.start()))
        });
        if !follows {
            diagnostics.push(diagnostic);
        }
    }
}
