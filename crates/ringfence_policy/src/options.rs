//! Every key of the native format, once. The validator (`validate`), the JSON schema ([`schema`](schema())) and the
//! documentation of the options are made from these tables, so none of them can forget a key; and the reader and
//! the writer of configs name a key by its constant.

pub(crate) mod compatibility;
pub(crate) mod contracts;
pub(crate) mod interfaces;
pub(crate) mod modules;
mod schema;
pub(crate) mod top_level;
pub(crate) mod validate;

use std::borrow::Cow;

use ringfence_diagnostics::EdgeKind;
use serde_json::Value;
use strum::VariantNames as _;

pub use modules::{MODULE_FIELDS, PACKAGE_FIELDS};
pub use schema::{module_schema, schema};
pub use top_level::FIELDS;

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct OptionField {
    pub key: &'static str,
    /// What it means, in Markdown; the first paragraph is complete on its own.
    pub doc: &'static str,
    pub kind: OptionKind,
    /// Whether its table means nothing without it.
    pub required: bool,
    /// The value that an absent key has, as TOML that is JSON too. Empty where absence means something of its own,
    /// which `doc` says then.
    pub(crate) default: &'static str,
    /// The same for a list of strings that others need, too.
    pub(crate) default_list: &'static [&'static str],
    /// A TOML snippet that sets the key, as it is written at the place of the key.
    pub example: &'static str,
}

impl OptionField {
    /// The value that an absent key has, as TOML that is JSON too. Empty: absence means something of its own.
    pub fn default_text(&self) -> Cow<'static, str> {
        if self.default_list.is_empty() {
            return self.default.into();
        }
        let quoted: Vec<String> =
            self.default_list.iter().map(|text| Value::from(*text).to_string()).collect();
        format!("[{}]", quoted.join(", ")).into()
    }

    /// The same as a value. `None`: absence means something of its own.
    pub fn default_value(&self) -> Option<Value> {
        serde_json::from_str(&self.default_text()).ok()
    }
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum OptionKind {
    Boolean,
    Integer,
    String,
    /// One of these strings.
    Enum(&'static [&'static str]),
    Array(&'static OptionKind),
    /// A table with these keys.
    Table(&'static [OptionField]),
    /// A table whose keys the user chooses.
    Map {
        /// What the keys are, as in "a table of {`key_doc`}".
        key_doc: &'static str,
        value: &'static OptionKind,
    },
    /// Any of these. No two are of the same TOML type, so a value decides which one is meant.
    OneOf(&'static [OptionKind]),
}

/// The files and folders that are not looked into where `exclude` is absent; those of ruff.
pub const DEFAULT_EXCLUDE: [&str; 25] = [
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pypackages__",
    "_build",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
];

const IMPORT_KIND_LIST: OptionKind = OptionKind::Array(&OptionKind::Enum(EdgeKind::VARIANTS));

/// The files that hold test code where `tests` is absent.
pub const DEFAULT_TESTS: [&str; 7] = [
    "tests/**",
    "**/tests/**",
    "**/test/**",
    "**/tests.py",
    "**/test_*.py",
    "**/[!_]*_test.py",
    "**/conftest.py",
];

const SELECTORS: OptionKind = OptionKind::Array(&OptionKind::String);
const NAMES: OptionKind = OptionKind::Array(&OptionKind::String);
const GLOBS: OptionKind = OptionKind::Array(&OptionKind::String);

/// What a field is unless it says otherwise.
pub(crate) const FIELD: OptionField = OptionField {
    key: "",
    doc: "",
    kind: OptionKind::String,
    required: false,
    default: "",
    default_list: &[],
    example: "",
};
