//! The table of the standard library, against what is known of versions and against the CPython that is here.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

use ringfence_loading::Python;
use ringfence_loading::standard_library::{exception_base, exists, has_member};

#[expect(clippy::unnecessary_wraps)]
fn exactly(minor: u8) -> Option<Python> {
    Some(Python { minor, exact: true })
}

#[expect(clippy::unnecessary_wraps)]
fn from(minor: u8) -> Option<Python> {
    Some(Python { minor, exact: false })
}

#[test]
fn modules_come_and_go_with_versions() {
    for (module, python, expected) in [
        ("os", None, Some(true)),
        ("os.path", None, Some(true)),
        ("posixpath", None, Some(true)),
        ("os.none", None, Some(false)),
        ("xml.etree.ElementTree", None, Some(true)),
        ("collections.abc", None, Some(true)),
        ("json.__main__", None, None),
        ("__main__", None, Some(true)),
        ("requests", None, Some(false)),
        ("sys", exactly(7), None),
        ("sys", exactly(99), None),
        ("sys", from(7), None),
        ("tomllib", None, None),
        ("tomllib", exactly(10), Some(false)),
        ("tomllib", exactly(11), Some(true)),
        ("tomllib", from(9), None),
        ("tomllib", from(11), Some(true)),
        ("imp", exactly(11), Some(true)),
        ("imp", exactly(12), Some(false)),
        ("imp", from(12), Some(false)),
        ("asyncore", from(12), Some(false)),
        ("cgi", exactly(12), Some(true)),
        ("cgi", from(13), Some(false)),
        ("compression.zstd", exactly(13), Some(false)),
        ("compression.zstd", exactly(14), Some(true)),
        ("pathlib", None, Some(true)),
        ("encodings.utf_8", None, Some(true)),
        ("importlib.resources.abc", exactly(11), Some(true)),
        // Distributors cut them off.
        ("distutils", exactly(11), None),
        ("distutils.core", exactly(11), None),
        ("distutils", exactly(12), Some(false)),
        ("distutils.core", from(12), Some(false)),
        ("tkinter", None, None),
        ("tkinter", exactly(15), None),
        ("ensurepip", exactly(14), None),
        ("genericpath", None, Some(true)),
        ("tkinter.ttk", None, None),
        ("test.support", None, None),
        ("unittest.test", exactly(11), None),
        // Of other systems.
        ("winreg", None, Some(false)),
        ("msvcrt", None, Some(false)),
        ("nt", None, Some(false)),
        ("_winapi", None, Some(false)),
        ("_scproxy", None, Some(false)),
        ("sitecustomize", None, None),
        ("_sysconfigdata__linux_x86_64-linux-gnu", None, None),
    ] {
        assert_eq!(exists(module, python), expected, "{module} {python:?}");
    }
}

#[test]
fn names_come_and_go_with_versions() {
    for (module, name, python, expected) in [
        ("os", "path", None, Some(true)),
        ("os", "getcwd", None, Some(true)),
        ("os", "startfile", None, Some(false)),
        ("os", "O_BINARY", None, None),
        ("os", "nope", None, Some(false)),
        ("typing", "override", exactly(11), Some(false)),
        ("typing", "override", exactly(12), Some(true)),
        ("typing", "override", from(9), None),
        ("typing", "nope", exactly(11), Some(false)),
        ("typing", "nope", exactly(13), Some(false)),
        ("ast", "nope", exactly(13), None),
        ("collections", "Mapping", exactly(9), None),
        ("collections", "Mapping", exactly(10), Some(false)),
        ("inspect", "getargspec", from(11), Some(false)),
        ("functools", "cache", from(9), Some(true)),
        ("json", "JSONDecodeError", None, Some(true)),
        ("json", "decoder", None, Some(true)),
        ("json", "tool", None, None),
        ("xml", "etree", None, None),
        ("xml", "none", None, Some(false)),
        ("tomllib", "loads", None, Some(true)),
        ("socket", "AF_INET", None, Some(true)),
        ("socket", "error", None, Some(true)),
        ("sys", "frozen", None, Some(false)),
        ("sys", "version_info", None, Some(true)),
        ("sys", "winver", None, Some(false)),
        ("builtins", "exit", None, Some(true)),
        ("builtins", "unicode", None, Some(false)),
        ("builtins", "ExceptionGroup", exactly(10), Some(false)),
        ("json", "__file__", None, Some(true)),
        ("json", "__path__", None, Some(true)),
        ("ast", "__path__", None, Some(false)),
        ("ast", "Num", exactly(11), Some(true)),
        ("sys", "__file__", None, None),
        ("concurrent.futures", "ProcessPoolExecutor", None, Some(true)),
        ("requests", "get", None, None),
        ("tkinter", "Tk", None, None),
        ("json", "loads", exactly(99), None),
    ] {
        assert_eq!(has_member(module, name, python), expected, "{module}.{name} {python:?}");
    }
}

#[test]
fn classes_of_exceptions_have_a_builtin_ancestor() {
    for (dotted, expected) in [
        ("socket.error", Some("OSError")),
        ("socket.gaierror", Some("OSError")),
        ("socket.timeout", Some("OSError")),
        ("json.JSONDecodeError", Some("ValueError")),
        ("json.decoder.JSONDecodeError", Some("ValueError")),
        ("subprocess.CalledProcessError", Some("Exception")),
        ("asyncio.CancelledError", Some("BaseException")),
        ("zipimport.ZipImportError", Some("ImportError")),
        ("importlib.metadata.PackageNotFoundError", Some("ModuleNotFoundError")),
        ("configparser.Error", Some("Exception")),
        ("urllib.error.HTTPError", Some("OSError")),
        ("IOError", Some("OSError")),
        ("ValueError", Some("ValueError")),
        ("builtins.KeyError", Some("KeyError")),
        ("json.loads", None),
        ("json.nope", None),
        ("print", None),
        ("requests.RequestException", None),
        ("", None),
    ] {
        assert_eq!(exception_base(dotted), expected, "{dotted}");
    }
}

/// Prints of each module its names once it alone is imported, and of those that are not there the name alone.
const PYTHON: &str = r"
import sys, subprocess
print(sys.version_info[1])
code = '''
import sys
try:
    __import__(sys.argv[1])
except ImportError:
    print()
else:
    module = sys.modules[sys.argv[1]]
    names = {*vars(module), *dir(module), *getattr(module, '__all__', ())}
    print(' '.join(it for it in names if it.isidentifier()))
'''
for name in sys.argv[1:]:
    print(name, subprocess.run([sys.executable, '-I', '-c', code, name], capture_output=True, text=True).stdout, end='')
";

#[test]
fn the_python_that_is_here_agrees() {
    let asked = [
        "abc",
        "argparse",
        "ast",
        "asyncio",
        "base64",
        "builtins",
        "cgi",
        "collections",
        "collections.abc",
        "concurrent.futures",
        "contextlib",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "distutils",
        "email",
        "enum",
        "functools",
        "graphlib",
        "hashlib",
        "http.client",
        "imp",
        "importlib",
        "importlib.metadata",
        "inspect",
        "io",
        "itertools",
        "json",
        "logging",
        "math",
        "msvcrt",
        "multiprocessing",
        "none",
        "operator",
        "os",
        "os.path",
        "pathlib",
        "pickle",
        "pkgutil",
        "platform",
        "queue",
        "random",
        "re",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "string",
        "string.templatelib",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "tomllib",
        "types",
        "typing",
        "unittest",
        "unittest.mock",
        "urllib",
        "urllib.parse",
        "urllib.request",
        "uuid",
        "warnings",
        "weakref",
        "winreg",
        "xml",
        "xml.etree.ElementTree",
        "zipfile",
        "zoneinfo",
    ];
    let output = Command::new("python3").args(["-c", PYTHON]).args(asked).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = String::from_utf8(output.stdout).unwrap();
    let mut lines = output.lines();
    let minor: u8 = lines.next().unwrap().parse().unwrap();
    let python = exactly(minor);
    if exists("sys", python).is_none() || !cfg!(target_os = "linux") {
        return;
    }
    let mut everywhere: BTreeSet<&str> = ["nope", "zzz", "_nope"].into();
    let found: Vec<(&str, BTreeSet<&str>)> = lines
        .map(|line| {
            let (name, names) = line.split_once(' ').unwrap();
            (name, names.split_whitespace().collect())
        })
        .collect();
    assert_eq!(found.iter().map(|(name, _)| *name).collect::<Vec<_>>(), asked);
    everywhere.extend(found.iter().flat_map(|(_, names)| names).copied());
    for (module, names) in &found {
        assert_ne!(exists(module, python), Some(names.is_empty()), "{module}");
        if names.is_empty() {
            continue;
        }
        let differing: Vec<&&str> = everywhere
            .iter()
            .filter(|name| {
                has_member(module, name, python).is_some_and(|known| known != names.contains(*name))
            })
            .collect();
        // Releases of one version differ a little.
        assert!(differing.len() < 4, "{module}: {differing:?}");
    }
}
