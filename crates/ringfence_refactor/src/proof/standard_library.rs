//! What is known of the modules of the standard library, for a proof that nothing else changes.

/// Modules that load nothing by name and write to no module, whatever of them is used, with everything below them. Sorted.
const HARMLESS: &[&str] = &[
    "__future__",
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "binascii",
    "bisect",
    "bz2",
    "calendar",
    "cmath",
    "collections",
    "colorsys",
    "concurrent",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "csv",
    "datetime",
    "decimal",
    "difflib",
    "email",
    "errno",
    "fnmatch",
    "fractions",
    "getopt",
    "getpass",
    "glob",
    "graphlib",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "locale",
    "logging",
    "lzma",
    "math",
    "mimetypes",
    "numbers",
    "optparse",
    "pathlib",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "reprlib",
    "secrets",
    "select",
    "selectors",
    "shlex",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "stat",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "tarfile",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "tomllib",
    "traceback",
    "typing",
    "unicodedata",
    "urllib",
    "uuid",
    "weakref",
    "xml",
    "zipfile",
    "zlib",
    "zoneinfo",
];

/// Parts of those that are not.
const HARMFUL_PARTS: &[&str] =
    &["asyncio.__main__", "concurrent.interpreters", "logging.config", "xml.dom", "xml.sax"];

/// Modules of which these attributes alone are harmless.
const IN_PART: &[(&str, &[&str])] = &[
    (
        "dataclasses",
        &[
            "FrozenInstanceError",
            "InitVar",
            "KW_ONLY",
            "asdict",
            "astuple",
            "dataclass",
            "field",
            "fields",
            "is_dataclass",
            "replace",
        ],
    ),
    (
        "enum",
        &["Enum", "Flag", "IntEnum", "IntFlag", "StrEnum", "auto", "member", "nonmember", "unique", "verify"],
    ),
    (
        "functools",
        &[
            "cache",
            "cached_property",
            "cmp_to_key",
            "lru_cache",
            "partial",
            "partialmethod",
            "reduce",
            "singledispatch",
            "singledispatchmethod",
            "total_ordering",
            "wraps",
        ],
    ),
    (
        "os",
        &[
            "F_OK",
            "PathLike",
            "R_OK",
            "W_OK",
            "X_OK",
            "access",
            "chmod",
            "cpu_count",
            "curdir",
            "devnull",
            "environ",
            "fsdecode",
            "fsencode",
            "fspath",
            "getcwd",
            "getenv",
            "getlogin",
            "getpid",
            "linesep",
            "listdir",
            "makedirs",
            "mkdir",
            "name",
            "pardir",
            "path",
            "pathsep",
            "remove",
            "removedirs",
            "rename",
            "replace",
            "rmdir",
            "scandir",
            "sep",
            "stat",
            "unlink",
            "urandom",
            "utime",
            "walk",
        ],
    ),
    (
        "sys",
        &[
            "argv",
            "byteorder",
            "exc_info",
            "executable",
            "exit",
            "float_info",
            "getdefaultencoding",
            "getfilesystemencoding",
            "getrecursionlimit",
            "getsizeof",
            "hexversion",
            "implementation",
            "intern",
            "maxsize",
            "maxunicode",
            "platform",
            "prefix",
            "stderr",
            "stdin",
            "stdout",
            "version",
            "version_info",
        ],
    ),
    (
        "types",
        &[
            "AsyncGeneratorType",
            "BuiltinFunctionType",
            "CoroutineType",
            "DynamicClassAttribute",
            "EllipsisType",
            "GeneratorType",
            "GenericAlias",
            "MappingProxyType",
            "MethodType",
            "NoneType",
            "NotImplementedType",
            "SimpleNamespace",
            "TracebackType",
            "UnionType",
        ],
    ),
    ("unittest", &["IsolatedAsyncioTestCase", "TestCase", "expectedFailure", "skip", "skipIf", "skipUnless"]),
    ("warnings", &["deprecated", "warn"]),
];

/// Modules that load others by their names, or may.
const LOADERS: &[&str] = &[
    "bdb",
    "builtins",
    "code",
    "codeop",
    "copyreg",
    "cProfile",
    "doctest",
    "ensurepip",
    "imp",
    "importlib",
    "logging.config",
    "marshal",
    "modulefinder",
    "multiprocessing",
    "pdb",
    "pickle",
    "pkgutil",
    "profile",
    "pydoc",
    "runpy",
    "shelve",
    "site",
    "sys",
    "test",
    "timeit",
    "trace",
    "unittest",
    "venv",
    "zipapp",
    "zipimport",
];

/// What may be done by a name of the standard library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    Loads,
    Touches,
}

/// What may be done by `name`, as far as it is written; nothing for a module of which only some attributes are harmless.
pub(super) fn harm_of(name: &str) -> Option<Harm> {
    let top_level = name.split('.').next().unwrap_or_default();
    let is_harmless =
        || HARMLESS.binary_search(&top_level).is_ok() && !HARMFUL_PARTS.iter().any(|part| covers(part, name));
    let harm = if LOADERS.iter().any(|loader| covers(loader, name)) { Harm::Loads } else { Harm::Touches };
    match (in_part(top_level), name.split('.').nth(1)) {
        (Some(_), None) => None,
        (Some(attributes), Some(attribute)) if attributes.contains(&attribute) => None,
        (None, _) if is_harmless() => None,
        _ => Some(harm),
    }
}

/// Whether only some attributes of a module are harmless, so that it must not be handed on as it is.
pub(super) fn is_harmless_in_part(name: &str) -> bool {
    in_part(name).is_some()
}

fn in_part(module: &str) -> Option<&'static [&'static str]> {
    let position = IN_PART.binary_search_by(|(name, _)| (*name).cmp(module)).ok()?;
    IN_PART.get(position).map(|(_, attributes)| *attributes)
}

fn covers(entry: &str, name: &str) -> bool {
    name.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(HARMLESS.is_sorted());
        assert!(IN_PART.is_sorted_by(|(a, _), (b, _)| a.cmp(b) == Ordering::Less));
    }

    #[test]
    fn what_is_not_known_to_be_harmless_is_not() {
        let cases = [
            ("typing", None),
            ("collections.abc.Mapping", None),
            ("os", None),
            ("os.path.join", None),
            ("os.sys", Some(Harm::Touches)),
            ("sys.version_info", None),
            ("sys.modules", Some(Harm::Loads)),
            ("importlib", Some(Harm::Loads)),
            ("importlib.metadata.entry_points", Some(Harm::Loads)),
            ("logging.getLogger", None),
            ("logging.config.dictConfig", Some(Harm::Loads)),
            ("unittest.mock.patch", Some(Harm::Loads)),
            ("unittest.TestCase", None),
            ("operator", Some(Harm::Touches)),
            ("types.ModuleType", Some(Harm::Touches)),
        ];
        for (name, expected) in cases {
            assert_eq!(harm_of(name), expected, "{name}");
        }
    }
}
