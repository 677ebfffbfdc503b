//! What is in CPython's standard library on Linux: its modules, the names in them, and which of these are exceptions.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use crate::Python;

/// Its head says how it is written.
const TEXT: &str = include_str!("standard_library.txt");

/// Minor versions of Python 3: bit 9 is 3.9.
type Minors = u32;

#[derive(Default)]
struct Table {
    /// The versions that are known.
    known: Minors,
    modules: FxHashMap<&'static str, Module>,
}

#[derive(Default)]
struct Module {
    there: Minors,
    /// Where it is there for some.
    doubtful: Minors,
    is_package: bool,
    is_pure: bool,
    /// Its constants come from the headers of the system.
    has_headers: bool,
    /// Its submodules are not in the table.
    is_open: bool,
    /// Where it has no names but those in the table.
    listed: Minors,
    /// The module of which it has all names that do not begin with `_`; the lines leave these out.
    star: Option<&'static str>,
    /// The lines of its names.
    lines: &'static str,
    names: OnceLock<FxHashMap<&'static str, Name>>,
}

#[derive(Clone, Copy, Default)]
struct Name {
    there: Minors,
    doubtful: Minors,
    /// Of a class of exceptions: the nearest builtin one.
    base: Option<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    let mut rest = TEXT;
    while let Some((line, below)) = rest.split_once('\n') {
        rest = below;
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next().filter(|name| *name != "#") else { continue };
        if name == "versions" {
            table.known = words.next().map_or(0, minors);
            continue;
        }
        let mut module = Module::default();
        for word in words {
            match word {
                "package" => module.is_package = true,
                "pure" => module.is_pure = true,
                "headers" => module.has_headers = true,
                "open" => module.is_open = true,
                _ => match (word.split_once('='), word.strip_prefix('?')) {
                    (Some(("star", other)), _) => module.star = Some(other),
                    (Some((_, versions)), _) => module.listed = minors(versions),
                    (None, Some(versions)) => module.doubtful = minors(versions),
                    (None, None) => module.there = minors(word),
                },
            }
        }
        while rest.starts_with(' ') {
            rest = rest.split_once('\n').map_or("", |(_, below)| below);
        }
        module.lines = &below[..below.len() - rest.len()];
        table.modules.insert(name, module);
    }
    table
});

/// `9-11,13-`
fn minors(text: &str) -> Minors {
    let number = |digits: &str| digits.parse::<u32>().unwrap_or_default().min(Minors::BITS - 1);
    let range = |part: &str| match part.split_once('-') {
        Some((first, "")) => Minors::MAX << number(first),
        Some((first, last)) => {
            (Minors::MAX << number(first)) & (Minors::MAX >> (Minors::BITS - 1 - number(last)))
        }
        None => 1 << number(part),
    };
    text.split(',').map(range).fold(0, |all, part| all | part)
}

impl Module {
    /// Nothing for a name that it has in no version.
    fn name(&self, name: &str) -> Option<Name> {
        let names = self.names.get_or_init(|| {
            let mut names: FxHashMap<&str, Name> = FxHashMap::default();
            for line in self.lines.lines() {
                let mut words = line.split_ascii_whitespace();
                let Some(versions) = words.next() else { continue };
                let (is_doubtful, versions) = match versions.strip_prefix('?') {
                    Some(versions) => (true, minors(versions)),
                    None => (false, minors(versions)),
                };
                for word in words {
                    let (name, base) =
                        word.split_once('=').map_or((word, None), |(name, base)| (name, Some(base)));
                    let entry = names.entry(name).or_default();
                    *if is_doubtful { &mut entry.doubtful } else { &mut entry.there } |= versions;
                    entry.base = base;
                }
            }
            names
        });
        let own = names.get(name).copied();
        own.or_else(|| if name.starts_with('_') { None } else { TABLE.modules.get(self.star?)?.name(name) })
    }
}

/// The versions that are asked about; nothing if one of them is not known. Of those still to come it is thought that they are as the newest
/// that is known.
fn asked(python: Option<Python>) -> Option<Minors> {
    let known = TABLE.known;
    let Some(Python { minor, exact }) = python else { return Some(known) };
    let first = 1 << u32::from(minor).min(Minors::BITS - 1);
    (known & first != 0).then_some(if exact { first } else { known & !(first - 1) })
}

/// Whether all, or none, of the versions are among those; nothing where some are, or may be.
fn agreed(asked: Minors, there: Minors, doubtful: Minors) -> Option<bool> {
    if asked & !there == 0 {
        Some(true)
    } else if asked & (there | doubtful) == 0 {
        Some(false)
    } else {
        None
    }
}

/// Whether the standard library has a module, which can be imported on Linux; nothing where that depends on the version and no single one is
/// meant, on how Python was built and distributed, or where the version is not one of those that are known (3.8 to 3.15).
///
/// Without a version, all that are known are meant.
pub fn exists(module: &str, python: Option<Python>) -> Option<bool> {
    // The program itself.
    if module == "__main__" {
        return Some(true);
    }
    let asked = asked(python)?;
    if let Some(found) = TABLE.modules.get(module) {
        return agreed(asked, found.there, found.doubtful);
    }
    let (top, below) = module.split_once('.').unwrap_or((module, ""));
    let Some(top_module) = TABLE.modules.get(top) else {
        return if may_be_put_there(top) { None } else { Some(false) };
    };
    // The tests of a module came with it once.
    if top_module.is_open || below.split('.').any(|part| matches!(part, "test" | "tests" | "__main__")) {
        return (asked & (top_module.there | top_module.doubtful) == 0).then_some(false);
    }
    Some(false)
}

/// Modules that are called by the name of the machine, are for tests of CPython alone, or are put there by others.
fn may_be_put_there(top: &str) -> bool {
    ["_sysconfigdata", "_test", "_ctypes_test", "_xxtestfuzz", "_distutils_system"]
        .iter()
        .any(|start| top.starts_with(start))
        || matches!(top, "__main__" | "sitecustomize" | "usercustomize" | "apport_python_hook")
}

/// Whether a module of the standard library has an attribute once it, and nothing else, was imported, in those of the versions that have the
/// module. Nothing where that is not known: as in [`exists`]; for a submodule that somebody else may have imported; for a name that only
/// a `__getattr__` could tell; for a constant that other systems may have.
pub fn has_member(module: &str, name: &str, python: Option<Python>) -> Option<bool> {
    let found = TABLE.modules.get(module)?;
    let asked = asked(python)? & (found.there | found.doubtful);
    if asked == 0 {
        return None;
    }
    match name {
        "__name__" | "__doc__" | "__spec__" | "__dict__" | "__class__" => return Some(true),
        "__file__" => return found.is_pure.then_some(true),
        "__path__" if found.is_package || found.is_pure => return Some(found.is_package),
        "__path__" | "__loader__" | "__package__" | "__cached__" | "__builtins__" => return None,
        _ => {}
    }
    let known = found.name(name);
    let Name { there, doubtful, .. } = known.unwrap_or_default();
    let answer = agreed(asked, there, doubtful)?;
    let is_certain = answer
        || (known.is_some() || asked & !found.listed == 0)
            && !(found.has_headers && is_constant(name))
            && exists(&format!("{module}.{name}"), python) == Some(false);
    is_certain.then_some(answer)
}

fn is_constant(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_uppercase()) && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// The nearest builtin exception that a class of exceptions in the standard library is or inherits from: `ValueError` of
/// `json.JSONDecodeError`, `OSError` of `socket.error` and of `IOError`. Where versions differ, the nearest that holds in all of them. Nothing
/// for what is no class of exceptions, or not known.
pub fn exception_base(dotted: &str) -> Option<&'static str> {
    let (module, name) = dotted.rsplit_once('.').unwrap_or(("builtins", dotted));
    TABLE.modules.get(module)?.name(name)?.base
}

/// Modules that are built in, or loaded before any code of a program runs: no file of a program takes their place.
const ALWAYS_THERE: &[&str] = &[
    "abc",
    "atexit",
    "builtins",
    "codecs",
    "encodings",
    "errno",
    "faulthandler",
    "gc",
    "genericpath",
    "io",
    "itertools",
    "marshal",
    "os",
    "posix",
    "posixpath",
    "pwd",
    "site",
    "stat",
    "sys",
    "time",
];

/// Whether an import finds this module whatever stands on the path.
pub fn is_always_there(name: &str) -> bool {
    ALWAYS_THERE.binary_search(&name).is_ok()
}
