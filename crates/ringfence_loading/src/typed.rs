//! Values of which nothing is known but their type: what calls of the library give.

use ruff_python_ast::Operator;

use crate::builtins::{builtin_type_has, is_type, library_class_has};
use crate::machine::Machine;
use crate::value::{Object, Value};

/// The path of an object of a class of the library begins like this where it cannot be called.
pub(crate) const NOT_CALLABLE: &str = " object of ";

/// The path of an object of another class of the library begins like this.
pub(crate) const OBJECT_OF_CLASS: &str = " instance of ";

/// What functions of the standard library return, by their paths.
pub(crate) const RETURNED_TYPES: &[(&str, &str)] = &[
    ("math.ceil", "int"),
    ("math.comb", "int"),
    ("math.cos", "float"),
    ("math.exp", "float"),
    ("math.factorial", "int"),
    ("math.floor", "int"),
    ("math.gcd", "int"),
    ("math.isclose", "bool"),
    ("math.isnan", "bool"),
    ("math.log", "float"),
    ("math.sin", "float"),
    ("math.sqrt", "float"),
    ("os.getcwd", "str"),
    ("os.getpid", "int"),
    ("os.listdir", "list"),
    ("os.path.exists", "bool"),
    ("os.path.isdir", "bool"),
    ("os.path.isfile", "bool"),
    ("platform.machine", "str"),
    ("platform.node", "str"),
    ("platform.python_version", "str"),
    ("platform.release", "str"),
    ("platform.system", "str"),
    ("socket.gethostname", "str"),
    ("sys.getdefaultencoding", "str"),
    ("sys.getrecursionlimit", "int"),
    ("sys.getsizeof", "int"),
    ("string.Template", "string.Template"),
    ("string.Template.safe_substitute", "str"),
    ("string.Template.substitute", "str"),
    ("textwrap.dedent", "str"),
    ("textwrap.indent", "str"),
    ("typing.get_type_hints", "dict"),
    ("time.monotonic", "float"),
    ("time.perf_counter", "float"),
    ("time.time", "float"),
];

/// Functions of `os.path` that return text if they are given text.
pub(crate) const OF_PATHS: &[&str] = &[
    "os.path.abspath",
    "os.path.basename",
    "os.path.dirname",
    "os.path.expanduser",
    "os.path.join",
    "os.path.normpath",
    "os.path.realpath",
];

/// Whether objects of a type of Python, or of some classes of the library, have an attribute that is not private; nothing where
/// that is not known.
pub(crate) fn has_public(class: &str, name: &str) -> Option<bool> {
    if name.starts_with('_') {
        return None;
    }
    if class == "typing.Union" {
        return Some(name == "copy_with");
    }
    if class.contains('.') {
        return library_class_has(class, name);
    }
    is_type(class).then(|| builtin_type_has(class, name))
}

impl Machine<'_> {
    /// Whether a path is that of a class of the standard library, as far as its name says: a call gives an object of it.
    pub(crate) fn is_class_of_library(&self, path: &str) -> bool {
        let Some((module, name)) = path.rsplit_once('.') else { return false };
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.contains(|c: char| c.is_ascii_lowercase())
            && !matches!(module, "typing" | "unittest.mock")
            && self.modules.has_member(module, name) == Some(true)
    }

    /// The class of what the library gives: of `builtins`, or nothing of ours.
    pub(crate) fn class_of_external(&self, value: &Value) -> Option<Value> {
        let Value::External(path) = value else { return None };
        let text = self.text(*path);
        if let Some(name) = text.strip_prefix(NOT_CALLABLE) {
            return crate::builtins::builtin(name).or(Some(Value::external()));
        }
        let class = text.strip_prefix(OBJECT_OF_CLASS)?;
        Some(self.symbols.find(class).map_or(Value::external(), Value::External))
    }

    /// An object of a type of Python of which no more is known.
    pub(crate) fn object_of(&mut self, class: &str) -> Value {
        Value::External(self.sym(&format!("{NOT_CALLABLE}{class}")))
    }

    /// Whether a value is text, as far as is known.
    pub(crate) fn is_text(&self, value: &Value) -> bool {
        match value {
            Value::Str(_) => true,
            Value::External(path) => self.text(*path).strip_prefix(NOT_CALLABLE) == Some("str"),
            _ => false,
        }
    }

    /// Whether a value is one of `collections`, whose items are not known.
    pub(crate) fn is_collection(&self, value: &Value) -> bool {
        let Value::External(path) = value else { return false };
        self.text(*path).strip_prefix(NOT_CALLABLE).is_some_and(|class| class.starts_with("collections."))
    }

    /// Whether no more than its type is known of a value.
    pub(crate) fn is_typed(&self, value: &Value) -> bool {
        matches!(value, Value::External(_)) && self.type_name(value).is_some()
    }

    /// The type of a number, a text or a list.
    pub(crate) fn type_name(&self, value: &Value) -> Option<&'static str> {
        let name = match value {
            Value::External(path) => {
                let text = self.text(*path);
                if matches!(&*text, "sys.argv" | "sys.orig_argv") {
                    return Some("list");
                }
                let name = text.strip_prefix(NOT_CALLABLE)?;
                return NUMBERS
                    .iter()
                    .chain(SEQUENCES)
                    .chain(&["dict"])
                    .find(|known| **known == name)
                    .copied();
            }
            Value::Object(id) => match self.object(*id) {
                Object::List => "list",
                Object::Dict => "dict",
                Object::Function(_) => "function",
                Object::Partial { .. } => "functools.partial",
                Object::Module(_) if self.module_class(*id).is_none() => "module",
                _ => return None,
            },
            plain => {
                let Value::Builtin(name) = self.class_of(plain) else { return None };
                let is_known = name == "NoneType" || NUMBERS.contains(&name) || SEQUENCES.contains(&name);
                return is_known.then_some(name);
            }
        };
        Some(name)
    }
}

pub(crate) const NUMBERS: &[&str] = &["bool", "int", "float"];
const SEQUENCES: &[&str] = &["str", "bytes", "tuple", "list"];

/// Whether values of two of these types can be put in order.
pub(crate) fn have_order(one: &str, other: &str) -> bool {
    NUMBERS.contains(&one) && NUMBERS.contains(&other) || one == other && SEQUENCES.contains(&one)
}

/// The type of what an operator gives for two of these types; nothing where there is no such operator.
pub(crate) fn type_of_result(one: &'static str, op: Operator, other: &'static str) -> Option<&'static str> {
    let are_numbers = NUMBERS.contains(&one) && NUMBERS.contains(&other);
    let is_whole = |kind: &str| matches!(kind, "int" | "bool");
    let number = if one == "float" || other == "float" { "float" } else { "int" };
    match op {
        Operator::Add if one == other && SEQUENCES.contains(&one) => Some(one),
        Operator::Mult if SEQUENCES.contains(&one) && is_whole(other) => Some(one),
        Operator::Mult if SEQUENCES.contains(&other) && is_whole(one) => Some(other),
        Operator::Mod if matches!(one, "str" | "bytes") => Some(one),
        Operator::Div if are_numbers => Some("float"),
        Operator::Add
        | Operator::Sub
        | Operator::Mult
        | Operator::FloorDiv
        | Operator::Mod
        | Operator::Pow
            if are_numbers =>
        {
            Some(number)
        }
        Operator::LShift | Operator::RShift | Operator::BitAnd | Operator::BitOr | Operator::BitXor
            if is_whole(one) && is_whole(other) =>
        {
            Some("int")
        }
        _ => None,
    }
}
