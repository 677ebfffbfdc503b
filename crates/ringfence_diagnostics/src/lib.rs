//! The vocabulary that every other crate speaks: a [`Diagnostic`] says what is wrong and where, its [`Label`]s
//! point at the lines that explain it (often into the config), and its [`Fix`] says which bytes to change.
//! Takes nothing and gives plain data: no rule, renderer or file access lives here. [`Files`] is how a renderer
//! asks for the text behind a [`FileId`].

mod edge_kind;
mod format;
pub mod paths;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_source_file::SourceFile;
use ruff_text_size::TextRange;
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantNames};

pub use crate::edge_kind::EdgeKind;
pub use crate::format::Format;

/// A file of a run: Python source or config. Numbered by the session, so that order by id is order by path
/// among Python files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    pub fn new(index: usize) -> Self {
        Self(index as u32)
    }

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range of bytes in the decoded text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    pub file: FileId,
    pub range: TextRange,
}

impl Span {
    pub fn new(file: FileId, range: TextRange) -> Self {
        Self { file, range }
    }
}

/// How much a finding weighs. Only errors make a run fail.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    Warning,
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A range beside the one at fault that helps to understand it, such as the config line that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

impl Label {
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// A change of bytes that makes a finding go away. It may touch several files, config files among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What applying it does, in the imperative: ``Remove `shop.web` from `depends-on` ``.
    pub title: String,
    pub applicability: Applicability,
    pub isolation: IsolationLevel,
    /// Whether an edit changes the policy itself; applied only with `--fix-config`.
    pub changes_policy: bool,
    /// Whether its insertions may stand beside those of other fixes at the same place, as entries of a list may.
    pub appends: bool,
    /// Edits with the file each belongs to, by offset in the decoded text.
    pub edits: Vec<(FileId, Edit)>,
}

impl Fix {
    /// A fix of one edit that is always right.
    pub fn safe(title: impl Into<String>, file: FileId, edit: Edit) -> Self {
        Self {
            title: title.into(),
            applicability: Applicability::Safe,
            isolation: IsolationLevel::NonOverlapping,
            changes_policy: false,
            appends: false,
            edits: vec![(file, edit)],
        }
    }

    #[must_use]
    pub fn in_policy(mut self) -> Self {
        self.changes_policy = true;
        self
    }
}

/// The import that a finding is about, by the names that a script over the JSON output asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportDetails {
    /// Dotted name of the importing module.
    pub importer: Arc<str>,
    /// Dotted name of the imported module, as far as it exists.
    pub imported: Arc<str>,
    /// What is imported from it (`Order`, `api.get`, `*`), if anything.
    pub member: Option<Cow<'static, str>>,
    /// The edge kind: `runtime`, `typing`, `deferred`, `lazy`, `optional`, `conditional` or `dynamic`.
    pub kind: &'static str,
    /// The whole statement, of which [`Diagnostic::range`] is one name.
    pub statement: TextRange,
    /// Whether help and fix are told with other names of this long statement only.
    pub is_abridged: bool,
}

/// The contract that a finding is about, by the names that a script over the JSON output asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractDetails {
    /// What `--contract` calls it.
    pub id: String,
    pub name: String,
    /// `forbidden`, `layers`, `independent`, `protected`, `acyclic`, `required` or `startup`.
    pub type_name: &'static str,
    /// The module that must not reach the other, or must, as far as the finding is about two.
    pub importer: Option<Box<str>>,
    pub imported: Option<Box<str>>,
    /// The imports that lead from one to the other.
    pub chain: Vec<ChainHop>,
}

/// One import of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHop {
    /// Dotted name of the importing module.
    pub importer: Arc<str>,
    /// Dotted name of the imported module, or of what is imported from elsewhere.
    pub imported: Arc<str>,
    /// The imported name.
    pub span: Span,
}

/// One finding, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// `RF101`; what suppressions and selectors name.
    pub code: &'static str,
    /// `undeclared-dependency`; accepted wherever the code is.
    pub name: &'static str,
    pub severity: Severity,
    /// One line, complete on its own.
    pub message: String,
    pub file: FileId,
    /// The name at fault. Empty at offset 0 for findings about a file as a whole.
    pub range: TextRange,
    /// What stands under the underline of [`range`](Self::range).
    pub annotation: Option<String>,
    pub labels: Vec<Label>,
    /// What to do, in the words of this project.
    pub help: Option<String>,
    /// Who to ask about the target of the finding.
    pub owner: Option<String>,
    pub fix: Option<Fix>,
    pub import: Option<ImportDetails>,
    pub contract: Option<Box<ContractDetails>>,
    /// The modules of a cycle, by name; empty for other findings.
    pub members: Vec<Arc<str>>,
    /// The dotted name of what is defined, for a finding about a definition.
    pub symbol: Option<Arc<str>>,
}

impl Diagnostic {
    /// An error in a file that no rule is about, such as a config that cannot be read. Its name is its code.
    pub fn config_error(name: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code: name,
            name,
            severity: Severity::Error,
            message: message.into(),
            file: span.file,
            range: span.range,
            annotation: None,
            labels: Vec::new(),
            help: None,
            owner: None,
            fix: None,
            import: None,
            contract: None,
            members: Vec::new(),
            symbol: None,
        }
    }

    /// Where the rule is documented.
    pub fn url(&self) -> Option<String> {
        self.code.starts_with("RF").then(|| rule_url(self.name))
    }
}

/// What a finding is about, whatever line it stands at and however it is worded: two runs over code in which only lines moved give
/// the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Identity {
    /// `RF101`
    pub code: String,
    /// Dotted name of the importing module; of a contract, of the module that must not reach the other; of a finding about a
    /// definition, of what is defined.
    pub importer: String,
    /// Dotted name of the imported module.
    pub imported: String,
    /// What is imported from it.
    pub name: String,
    /// The contract, by its id.
    pub contract: String,
    /// The modules of a cycle, ascending.
    pub members: Vec<String>,
}

impl Diagnostic {
    /// What it is about; nothing for findings about a file or a config as such.
    pub fn identity(&self) -> Option<Identity> {
        let mut identity = Identity {
            code: self.code.to_string(),
            members: self.members.iter().map(ToString::to_string).collect(),
            ..Identity::default()
        };
        identity.members.sort();
        if let Some(contract) = &self.contract {
            identity.contract.clone_from(&contract.id);
            if identity.members.is_empty() {
                // A finding about one module is told by that; one about the contract as such by nothing.
                let (first, second) = match (contract.importer.as_deref(), contract.imported.as_deref()) {
                    (Some(importer), imported) => (importer, imported.unwrap_or_default()),
                    (None, Some(only)) => (only, ""),
                    (None, None) => return None,
                };
                identity.importer = first.to_string();
                identity.imported = second.to_string();
            }
        } else if let Some(symbol) = &self.symbol {
            identity.importer = symbol.to_string();
        } else if identity.members.is_empty() {
            let import = self.import.as_ref()?;
            identity.importer = import.importer.to_string();
            identity.imported = import.imported.to_string();
            identity.name = import.member.as_deref().unwrap_or_default().to_string();
        }
        Some(identity)
    }
}

/// A hash of texts that is the same on every machine and in every version: FNV-1a of 64 bits, with a zero after each text.
pub fn stable_hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// ``a, b and c``, with the word that stands before the last.
pub fn joined<T: AsRef<str>>(parts: &[T], conjunction: &str) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match parts.as_slice() {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// The text with its control characters escaped: what is quoted from a file may hold line breaks.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Where the rule of this name is documented.
pub fn rule_url(name: &str) -> String {
    format!("https://ringfence.github.io/ringfence/rules/{name}/")
}

/// Texts and paths of the files of a run, for whoever shows or fixes diagnostics.
pub trait Files: Sync {
    /// The absolute path.
    fn path(&self, file: FileId) -> &Path;

    /// The decoded text, or nothing where the file cannot be read or decoded.
    fn text(&self, file: FileId) -> Option<SourceFile>;

    /// The line in which a span starts, from 1; the first where there is no text.
    fn line(&self, span: Span) -> usize {
        self.text(span.file).map_or(1, |text| text.to_source_code().line_index(span.range.start()).get())
    }
}
