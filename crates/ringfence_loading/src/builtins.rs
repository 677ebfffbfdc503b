//! `builtins`: its names, the methods of its types, and what calls of them give.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Place;
use crate::arguments::Arguments;
use crate::exceptions::{builtin_exception, derives};
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::value::Value;

/// Classes that are no exceptions.
const TYPES: &[&str] = &[
    "object",
    "type",
    "int",
    "float",
    "complex",
    "bool",
    "str",
    "bytes",
    "bytearray",
    "memoryview",
    "list",
    "dict",
    "set",
    "frozenset",
    "tuple",
    "range",
    "slice",
    "enumerate",
    "zip",
    "map",
    "filter",
    "reversed",
    "property",
    "staticmethod",
    "classmethod",
    "super",
    "NoneType",
];

const FUNCTIONS: &[&str] = &[
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "breakpoint",
    "callable",
    "chr",
    "compile",
    "delattr",
    "dir",
    "divmod",
    "eval",
    "exec",
    "exit",
    "format",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "locals",
    "max",
    "min",
    "next",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "quit",
    "repr",
    "round",
    "setattr",
    "sorted",
    "sum",
    "vars",
    "__import__",
    "__build_class__",
    "copyright",
    "credits",
    "license",
    "NotImplemented",
    "Ellipsis",
];

/// What a name of `builtins` is.
pub(crate) fn builtin(name: &str) -> Option<Value> {
    if let Some(exception) = builtin_exception(name).filter(|_| name != "WindowsError") {
        return Some(Value::Builtin(exception));
    }
    if name == "Ellipsis" {
        return Some(Value::Ellipsis);
    }
    let known =
        TYPES.iter().filter(|name| **name != "NoneType").chain(FUNCTIONS).find(|known| **known == name);
    known.map(|known| Value::Builtin(known))
}

pub(crate) fn is_type(name: &str) -> bool {
    TYPES.contains(&name) || derives(name, "BaseException")
}

pub(crate) const OBJECT_ATTRIBUTES: &[&str] = &[
    "__class__",
    "__delattr__",
    "__dir__",
    "__doc__",
    "__eq__",
    "__format__",
    "__ge__",
    "__getattribute__",
    "__getstate__",
    "__gt__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__le__",
    "__lt__",
    "__ne__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setattr__",
    "__sizeof__",
    "__str__",
    "__subclasshook__",
];

pub(crate) const TYPE_ATTRIBUTES: &[&str] = &[
    "__annotations__",
    "__bases__",
    "__base__",
    "__basicsize__",
    "__call__",
    "__dict__",
    "__dictoffset__",
    "__flags__",
    "__instancecheck__",
    "__itemsize__",
    "__module__",
    "__mro__",
    "__name__",
    "__or__",
    "__prepare__",
    "__qualname__",
    "__ror__",
    "__subclasscheck__",
    "__subclasses__",
    "__text_signature__",
    "__weakrefoffset__",
    "mro",
    "__type_params__",
    "__weakref__",
    "__static_attributes__",
    "__firstlineno__",
];

/// Whether a type of `builtins` has an attribute beside those of `object`.
pub(crate) fn builtin_type_has(kind: &str, name: &str) -> bool {
    if let Some(names) = TYPE_NAMES.get(kind) {
        return names.contains(name);
    }
    // Something rare: its attributes are not told apart.
    kind != "object"
}

/// The methods that a class of the library leaves to those that derive from it.
pub(crate) fn abstract_methods(path: &str) -> &'static [&'static str] {
    ABSTRACT_METHODS.get(path).map(Vec::as_slice).unwrap_or_default()
}

/// Whether what a class of the library has is in the table.
pub(crate) fn is_library_class(path: &str) -> bool {
    library_class_has(path, "").is_some()
}

/// Whether a class of the library has an attribute beside those of `object`; nothing where the class is not in the table.
pub(crate) fn library_class_has(path: &str, name: &str) -> Option<bool> {
    if !path.contains('.') {
        return None;
    }
    TYPE_NAMES.get(path).map(|names| names.contains(name))
}

/// What instances of the types of Python and of some classes of the library have, beyond what all have: `scripts/builtin_types.py`
/// says it.
static TYPE_NAMES: LazyLock<FxHashMap<&'static str, FxHashSet<&'static str>>> = LazyLock::new(|| {
    table()
        .filter(|(kind, _)| !kind.starts_with(ABSTRACT))
        .map(|(kind, names)| (kind, names.collect()))
        .collect()
});

/// By class of the library: the methods that it leaves to others, in the order of their names.
static ABSTRACT_METHODS: LazyLock<FxHashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    table().filter_map(|(kind, names)| Some((kind.strip_prefix(ABSTRACT)?, names.collect()))).collect()
});

/// Before the path of a class in the table, where the line has the methods that it leaves to others.
const ABSTRACT: &str = "abstract:";

/// The lines of the table: a type, and its names in order.
fn table() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    include_str!("builtin_types.txt").lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words))
    })
}

impl Machine<'_> {
    /// What a value is as text; nothing where that is not known.
    pub(crate) fn shown(&mut self, value: &Value, at: Place) -> Exec<Option<String>> {
        Ok(match value {
            Value::Str(text) => Some(text.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(true) => Some("True".to_owned()),
            Value::Bool(false) => Some("False".to_owned()),
            Value::None => Some("None".to_owned()),
            Value::Object(_) if self.is_instance(value) => {
                if let Some(method) = self.special(value, Sym::STR, at)? {
                    let text = self.call(method, Arguments::default(), at)?;
                    if let Value::Str(text) = text {
                        return Ok(Some(text.to_string()));
                    }
                }
                None
            }
            _ => None,
        })
    }

    pub(crate) fn represented(&self, value: &Value) -> String {
        match value {
            Value::Str(text) => format!("'{text}'"),
            Value::Int(number) => number.to_string(),
            Value::None => "None".to_owned(),
            _ => String::new(),
        }
    }
}
