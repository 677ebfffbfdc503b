//! What programs use of the standard library.

use std::collections::{BTreeMap, BTreeSet};

/// The modules that programs import.
pub(crate) const LIBRARY: &[&str] = &[
    "__future__",
    "abc",
    "collections",
    "collections.abc",
    "contextlib",
    "dataclasses",
    "enum",
    "functools",
    "importlib",
    "importlib.util",
    "itertools",
    "math",
    "operator",
    "os",
    "os.path",
    "string",
    "types",
    "typing",
    "warnings",
];

/// Modules that are there from the start.
pub(crate) const BUILT_IN: &[&str] = &["builtins", "sys"];

/// The attributes of each module, as one interpreter has them.
#[derive(Debug, Default)]
pub(crate) struct Library(pub(crate) BTreeMap<String, BTreeSet<String>>);
