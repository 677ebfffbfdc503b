//! What programs use of the standard library.

use std::collections::{BTreeMap, BTreeSet};

/// The modules that programs import.
pub(crate) const LIBRARY: &[&str] = &[
    "__future__",
    "abc",
    "collections",
    "collections.abc",
    "contextlib",
    "contextvars",
    "copy",
    "dataclasses",
    "enum",
    "functools",
    // Not in all versions.
    "imp",
    "importlib",
    "importlib.util",
    "inspect",
    "itertools",
    "logging",
    "math",
    "operator",
    "os",
    "os.path",
    "pkgutil",
    "string",
    "types",
    "typing",
    "warnings",
];

/// Names of modules and members that are in some versions of Python only.
pub(crate) const OF_SOME_VERSIONS: &[&str] = &["imp", "override", "StrEnum", "batched", "deprecated"];

/// Modules that are there from the start.
pub(crate) const BUILT_IN: &[&str] = &["builtins", "sys"];

/// The attributes of each module, as one interpreter has them.
#[derive(Debug, Default)]
pub(crate) struct Library(pub(crate) BTreeMap<String, BTreeSet<String>>);
