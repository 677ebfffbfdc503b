//! What stands in modules. For the slots see [`slots`](super::slots).

mod definitions;
mod imports;
mod library;
mod statements;

pub(crate) use definitions::of;
pub(crate) use imports::{IMPORTS, SHORT_IMPORTS};
pub(crate) use library::{RARE, WITH_LIBRARY, WITH_VALUES};
pub(crate) use statements::{DANGERS, MODULE_HOOKS, STATEMENTS};

/// How often it is chosen, what it binds (`slot:kind`; the kind `m` is the module, `n` what the name of it is), the text.
pub(crate) struct Template(pub(crate) usize, pub(crate) &'static str, pub(crate) &'static str);

/// What a module begins with if this is in it.
pub(crate) const HEADS: &[(&str, &str)] = &[
    ("abc.", "import abc"),
    ("collections.", "import collections"),
    ("collections.abc", "import collections.abc"),
    ("contextlib.", "import contextlib"),
    ("dataclasses.", "import dataclasses"),
    ("enum.", "import enum"),
    ("functools.", "import functools"),
    ("importlib.", "import importlib"),
    ("importlib.util", "import importlib.util"),
    ("itertools.", "import itertools"),
    ("math.", "import math"),
    ("operator.", "import operator"),
    ("os.", "import os"),
    ("pkgutil.", "import pkgutil"),
    ("string.", "import string"),
    ("sys.", "import sys"),
    ("types.", "import types"),
    ("typing.", "import typing"),
    ("warnings.", "import warnings"),
    ("TYPE_CHECKING", "from typing import TYPE_CHECKING"),
];

/// Modules that cannot be compiled.
pub(crate) const NO_SYNTAX: &[&str] = &[
    "size = 1\ndef (:\n",
    "import os\nfrom os import\n",
    "return 1\n",
    "value = 1\n    one = 2\n",
    "\"open\n",
];
