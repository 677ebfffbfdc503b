//! What is known of the standard library and of other distributions: what they have, and what calls of them do to the import
//! of a module. Whatever is not named here is taken to do what is asked of it, and to raise nothing.

use std::rc::Rc;

use ruff_python_ast::CmpOp;

use crate::arguments::Arguments;
use crate::attribute_changes::given_name;
use crate::builtins::is_library_class;
use crate::library_bases::GENERIC;
use crate::machine::{Exec, Machine, Made};
use crate::report::{Cause, Why};
use crate::symbols::Sym;
use crate::typed::{NOT_CALLABLE, OBJECT_OF_CLASS, OF_PATHS, RETURNED_TYPES, has_public};
use crate::value::{Code, Function, ModuleObject, ObjId, Object, Stream, Value, Wrapper};
use crate::{Found, Place};

/// What these are called with is what they return.
const GIVE_BACK: &[&str] = &[
    " keep",
    "abc.abstractmethod",
    "typing.final",
    "typing.overload",
    "typing.runtime_checkable",
    "typing.no_type_check",
    "typing.cast",
    "atexit.register",
    "types.coroutine",
    "typing_extensions.final",
    "typing_extensions.overload",
    "typing_extensions.runtime_checkable",
    "warnings.deprecated",
    "typing.override",
    "typing_extensions.override",
    "typing_extensions.deprecated",
    "typing.dataclass_transform",
    "sys.intern",
    "typing_extensions.dataclass_transform",
    "unittest.skip",
    "reprlib.recursive_repr",
];

/// Members of the standard library that are `None`, in some version or until somebody sets them.
const NONE_AT_FIRST: &[&str] = &[
    "cgi.logfp",
    "dbm.ndbm",
    "doctest.master",
    "hmac.digest_size",
    "os.altsep",
    "os.path.altsep",
    "pickle.PyStringMap",
    "posixpath.altsep",
    "shutil.nt",
    "sys.last_exc",
    "sys.last_traceback",
    "sys.last_type",
    "sys.last_value",
    "sys.pycache_prefix",
    "sys.stderr",
    "sys.stdin",
    "sys.stdout",
    "tempfile.tempdir",
];

/// Names of the library for classes of `builtins`.
const ALIASES: &[(&str, &str)] = &[
    ("socket.error", "OSError"),
    ("os.error", "OSError"),
    ("select.error", "OSError"),
    ("socket.timeout", "TimeoutError"),
    ("asyncio.TimeoutError", "TimeoutError"),
    ("concurrent.futures.TimeoutError", "TimeoutError"),
];

/// `typing.EXCLUDED_ATTRIBUTES`, in any version.
const EXCLUDED_ATTRIBUTES: &[&str] = &[
    "__parameters__",
    "__orig_bases__",
    "__orig_class__",
    "_is_protocol",
    "_is_runtime_protocol",
    "__protocol_attrs__",
    "__non_callable_proto_members__",
    "__type_params__",
    "__abstractmethods__",
    "__annotations__",
    "__dict__",
    "__doc__",
    "__init__",
    "__module__",
    "__new__",
    "__slots__",
    "__subclasshook__",
    "__weakref__",
    "__class_getitem__",
    "__match_args__",
    "__static_attributes__",
    "__firstlineno__",
    "_MutableMapping__marker",
];

impl Machine<'_> {
    pub(crate) fn is_module_path(&self, path: Sym) -> bool {
        self.state.get(ObjId::SYS_MODULES, path).is_some()
    }

    /// Whether something of a library is known to be there, and true: a module, a spec.
    pub(crate) fn is_something(&self, path: Sym) -> bool {
        path != Sym::EMPTY
            && (self.is_module_path(path) || &**self.symbols.text(path) == "importlib.machinery.ModuleSpec")
    }

    /// Whether it is a member of the standard library that is known to be something.
    pub(crate) fn is_not_none(&self, path: Sym) -> bool {
        let text = self.text(path);
        let Some((module, member)) = text.rsplit_once('.') else { return false };
        !member.starts_with('_')
            && !NONE_AT_FIRST.contains(&&*text)
            && self.modules.has_member(module, member) == Some(true)
    }

    pub(crate) fn external_attribute(&mut self, path: Sym, name: Sym, at: Place) -> Exec<Value> {
        let (base, text) = (self.text(path), self.text(name));
        if base.is_empty() || base.starts_with(' ') || path == Sym::PATH {
            if path == Sym::PATH {
                let full = self.sym(&format!("__path__.{text}"));
                return Ok(Value::External(full));
            }
            if let Some(class) = base.strip_prefix(NOT_CALLABLE)
                && has_public(class, &text) == Some(false)
            {
                let message = format!("'{class}' object has no attribute '{text}'");
                return Err(self.raise("AttributeError", message, at));
            }
            if let Some(class) = base.strip_prefix(NOT_CALLABLE)
                && class.contains('.')
            {
                let method = self.sym(&format!("{class}.{text}"));
                return Ok(Value::External(method));
            }
            return Ok(Value::external());
        }
        match (&*base, &*text) {
            ("sys", "modules") => return Ok(Value::Object(ObjId::SYS_MODULES)),
            ("string", "ascii_lowercase") => return Ok(Value::str("abcdefghijklmnopqrstuvwxyz")),
            ("string", "ascii_uppercase") => return Ok(Value::str("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
            ("string", "ascii_letters") => {
                return Ok(Value::str("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"));
            }
            ("string", "digits") => return Ok(Value::str("0123456789")),
            ("string", "hexdigits") => return Ok(Value::str("0123456789abcdefABCDEF")),
            ("string", "octdigits") => return Ok(Value::str("01234567")),
            ("math", "pi") => return Ok(Value::Float(std::f64::consts::PI.to_bits())),
            ("math", "e") => return Ok(Value::Float(std::f64::consts::E.to_bits())),
            ("math", "tau") => return Ok(Value::Float(std::f64::consts::TAU.to_bits())),
            ("math", "inf") => return Ok(Value::Float(f64::INFINITY.to_bits())),
            ("sys", "platform") => return Ok(Value::str("linux")),
            ("os", "name") => return Ok(Value::str("posix")),
            ("os" | "os.path", "sep") => return Ok(Value::str("/")),
            ("sys", "byteorder") => return Ok(Value::str("little")),
            ("sys.implementation", "name") => return Ok(Value::str("cpython")),
            ("typing", "EXCLUDED_ATTRIBUTES") => {
                let names = EXCLUDED_ATTRIBUTES.iter().map(|name| Value::str(name)).collect();
                return Ok(self.make_list(names, ObjId::MACHINE, at.range));
            }
            ("typing" | "typing_extensions", "TYPE_CHECKING") => return Ok(Value::Bool(false)),
            ("sys", "maxsize") => return Ok(Value::Int(i64::MAX)),
            ("sys.version_info", "major") => return Ok(Value::Int(3)),
            ("sys.version_info", "minor") => {
                return Ok(match self.modules.python() {
                    Some(python) if python.exact => Value::Int(i64::from(python.minor)),
                    _ => Value::external(),
                });
            }
            // What an abstract class does as it is made, `type` does.
            ("abc.ABCMeta", "__new__" | "__init__" | "__call__") => {
                return Ok(Value::Method(Rc::new((Value::Builtin("type"), name))));
            }
            ("builtins", _) => {
                return match crate::builtins::builtin(&text) {
                    Some(value) => Ok(value),
                    None => Ok(Value::external()),
                };
            }
            _ => {}
        }
        if text.starts_with("__") {
            if name == Sym::NAME {
                return Ok(if self.is_module_path(path) { Value::Str(base) } else { Value::external() });
            }
            return Ok(Value::external());
        }
        if let Some(value) = self.given_to_library(&base, &text, at)? {
            // What the library does with it afterwards is not known.
            let is_module = self.is_module_path(path);
            return Ok(if is_module { value } else { Value::external() });
        }
        let is_class = !self.is_module_path(path) && !base.starts_with("enum.");
        if is_class
            && &*text != "register"
            && is_library_class(&base)
            && has_public(&base, &text) == Some(false)
        {
            let message = format!("type object '{base}' has no attribute '{text}'");
            return Err(self.raise("AttributeError", message, at));
        }
        let full = self.sym(&format!("{base}.{text}"));
        if self.is_module_path(path) && self.modules.has_member(&base, &text) == Some(false) {
            if self.state.get(ObjId::SYS_MODULES, full).is_some() {
                return Ok(Value::External(full));
            }
            let full_text = format!("{base}.{text}");
            if self.modules.find(&full_text) != Found::Absent {
                // Somebody else may have loaded it.
                return Ok(Value::External(full));
            }
            let message = format!("module '{base}' has no attribute '{text}'");
            return Err(self.raise("AttributeError", message, at));
        }
        // Longer paths are nothing that is known.
        if base.len() > 120 {
            return Ok(Value::external());
        }
        Ok(Value::External(full))
    }

    /// What code has set as an attribute of something of a library.
    pub(crate) fn given_to_library(&mut self, base: &str, name: &str, at: Place) -> Exec<Option<Value>> {
        match self.symbols.find(&given_name(base, name)) {
            Some(slot) => self.present(ObjId::MACHINE, slot, at),
            None => Ok(None),
        }
    }

    pub(crate) fn external_item(&mut self, path: Sym, key: &Value, at: Place) -> Exec<Value> {
        let text = self.text(path);
        match (&*text, key) {
            ("sys.version_info", Value::Int(0)) => return Ok(Value::Int(3)),
            ("sys.version_info", Value::Int(1)) => {
                return Ok(match self.modules.python() {
                    Some(python) if python.exact => Value::Int(i64::from(python.minor)),
                    _ => Value::external(),
                });
            }
            ("typing.Generic", _) => return Ok(Value::External(self.sym(GENERIC))),
            ("typing.Union" | "typing.Optional", _) => return Ok(self.object_of("typing.Union")),
            ("sys.version_info", Value::Tuple(_)) => return Ok(Value::External(path)),
            ("os.environ", _) => return self.variable_item(key, at),
            ("sys.argv", Value::Int(position)) if !matches!(position, 0 | -1) => {
                self.may_raise(at, "how many arguments the program has is not known")?;
            }
            _ => {}
        }
        Ok(Value::external())
    }

    /// A comparison of `sys.hexversion` with a number, where the Python is known; nothing for every other.
    pub(crate) fn compare_hexversion(&self, left: &Value, op: CmpOp, right: &Value) -> Option<Value> {
        let (Value::External(path), Value::Int(other)) = (left, right) else { return None };
        let python = self.modules.python().filter(|python| python.exact)?;
        if &*self.text(*path) != "sys.hexversion" {
            return None;
        }
        let lowest = 0x0300_0000 | i64::from(python.minor) << 16;
        let order = match () {
            () if lowest > *other => std::cmp::Ordering::Greater,
            () if lowest | 0xffff < *other => std::cmp::Ordering::Less,
            () => return None,
        };
        match op {
            CmpOp::Lt | CmpOp::LtE => Some(Value::Bool(order.is_lt())),
            CmpOp::Gt | CmpOp::GtE => Some(Value::Bool(order.is_gt())),
            _ => None,
        }
    }

    /// A comparison with `sys.version_info`; nothing for every other.
    pub(crate) fn compare_version(&mut self, left: &Value, op: CmpOp, right: &Value) -> Option<Value> {
        let (version, other, op) = match (left, right) {
            (Value::External(path), Value::Tuple(other)) => (*path, other, op),
            (Value::Tuple(other), Value::External(path)) => {
                let turned = match op {
                    CmpOp::Lt => CmpOp::Gt,
                    CmpOp::LtE => CmpOp::GtE,
                    CmpOp::Gt => CmpOp::Lt,
                    CmpOp::GtE => CmpOp::LtE,
                    other => other,
                };
                (*path, other, turned)
            }
            _ => return None,
        };
        if &*self.text(version) != "sys.version_info" {
            return None;
        }
        let mut numbers = Vec::new();
        for part in other.iter() {
            match part {
                Value::Int(number) => numbers.push(*number),
                // A release such as "final": past what is told here.
                _ => break,
            }
        }
        let unknown = Some(Value::external());
        let python = self.modules.python();
        let compare = |minor: i64| -> Option<std::cmp::Ordering> {
            let known = [3, minor];
            for (one, other) in known.iter().zip(&numbers) {
                if one != other {
                    return Some(one.cmp(other));
                }
            }
            // `(3, 11, 4) > (3, 11)`, whatever the 4 is; beyond that nothing is known.
            (numbers.len() <= 2).then_some(std::cmp::Ordering::Greater)
        };
        let answer = |order: std::cmp::Ordering| match op {
            CmpOp::Lt => Some(order == std::cmp::Ordering::Less),
            CmpOp::LtE => Some(order != std::cmp::Ordering::Greater),
            CmpOp::Gt => Some(order == std::cmp::Ordering::Greater),
            CmpOp::GtE => Some(order != std::cmp::Ordering::Less),
            _ => None,
        };
        // Versions that may be meant: this one, or this and all later ones.
        let (lowest, highest) = match python {
            Some(python) if python.exact => (i64::from(python.minor), i64::from(python.minor)),
            Some(python) => (i64::from(python.minor), 99),
            None => (0, 99),
        };
        let (Some(low), Some(high)) = (compare(lowest).and_then(answer), compare(highest).and_then(answer))
        else {
            return unknown;
        };
        if low == high { Some(Value::Bool(low)) } else { unknown }
    }

    /// The class of `builtins` that an exception of a library derives from, or is.
    pub(crate) fn external_exception(&self, value: &Value) -> Option<&'static str> {
        let Value::External(path) = value else { return None };
        let path = self.text(*path);
        let alias = ALIASES.iter().find(|(name, _)| *name == &*path);
        alias.map(|(_, class)| *class).or_else(|| self.modules.exception_base(&path))
    }

    pub(crate) fn is_alias(&self, value: &Value) -> bool {
        let Value::External(path) = value else { return false };
        let path = self.text(*path);
        ALIASES.iter().any(|(name, _)| *name == &*path)
    }

    pub(crate) fn call_external(&mut self, path: Sym, arguments: Arguments, at: Place) -> Exec<Value> {
        let text = self.text(path);
        let first = arguments.get(0).cloned();
        if let Some(class) = text.strip_prefix(NOT_CALLABLE) {
            return Err(self.raise("TypeError", format!("'{class}' object is not callable"), at));
        }
        // `__path__.append(...)` and such add places to look in.
        if text.starts_with("__path__.") {
            return Ok(Value::None);
        }
        if GIVE_BACK.contains(&&*text) {
            if &*text == "typing.cast" {
                return Ok(arguments.get(1).cloned().unwrap_or(Value::external()));
            }
            let Some(first) = first else {
                // With options: what is returned decorates.
                return Ok(self.keeps());
            };
            let decorates = match &first {
                Value::Object(id) => matches!(
                    self.object(*id),
                    Object::Function(_) | Object::Class(_) | Object::Wrapper { .. } | Object::Instance { .. }
                ),
                Value::Bound(_) | Value::Unknown | Value::OneOf(_) | Value::External(_) => true,
                _ => &*text == " keep" || &*text == "sys.intern",
            };
            if !decorates {
                return Ok(self.keeps());
            }
            if &*text == "abc.abstractmethod"
                && let Value::Object(id) = &first
            {
                self.state.set(*id, Sym::ABSTRACT, Value::Bool(true));
            }
            return Ok(first);
        }
        if let Some((_, class)) = RETURNED_TYPES.iter().find(|(function, _)| *function == &*text) {
            return Ok(self.object_of(class));
        }
        if OF_PATHS.contains(&&*text) && first.as_ref().is_some_and(|first| self.is_text(first)) {
            return Ok(self.object_of("str"));
        }
        Ok(match &*text {
            "dataclasses.make_dataclass" => {
                // From 3.12 on, the class belongs to the module that calls.
                let module = self.running.last().map(|running| Rc::clone(&running.module));
                if let Some(module) = module {
                    let module = self.sym(&module);
                    if self.state.get(ObjId::SYS_MODULES, module) == Some(&Value::None) {
                        return match self.modules.python() {
                            Some(python) if python.exact && python.minor < 12 => Ok(Value::external()),
                            Some(python) if python.minor >= 12 => {
                                let message = "'NoneType' object has no attribute '__dict__'";
                                Err(self.raise("AttributeError", message, at))
                            }
                            _ => {
                                self.may_raise(
                                    at,
                                    "what `dataclasses` looks up depends on the version of Python",
                                )?;
                                Ok(Value::external())
                            }
                        };
                    }
                }
                Value::external()
            }
            "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" | "enum.Flag" | "enum.IntFlag"
                if arguments.len() == 2 && arguments.keywords.is_empty() && !arguments.more =>
            {
                self.make_enumeration(path, &arguments.positional, at)?
            }
            "dataclasses.dataclass" => match first {
                None => {
                    let decorator = Object::Partial {
                        function: Value::External(path),
                        arguments: Vec::new(),
                        keywords: arguments.keywords,
                    };
                    Value::Object(self.push(decorator))
                }
                Some(first) => {
                    let first = self.force(first, at);
                    if let Value::Object(id) = first {
                        self.make_dataclass(id, &arguments, at)?;
                    }
                    first
                }
            },
            "dataclasses.field" if !arguments.more => self.make_field(&arguments, at),
            // Nothing of them is known but that they cannot be called.
            "collections.OrderedDict" | "collections.ChainMap" => {
                let made = if &*text == "collections.OrderedDict" {
                    self.call_builtin("dict", arguments, at)?
                } else {
                    let mut all: Vec<(Value, Value)> = Vec::new();
                    // The first that has a key wins.
                    for mapping in arguments.positional.iter().rev() {
                        let Some(pairs) = self.pairs(mapping, at)? else { return Ok(self.object_of(&text)) };
                        pairs
                            .into_iter()
                            .for_each(|(key, value)| crate::expressions::insert(&mut all, key, value));
                    }
                    self.make_dict(Some(all), ObjId::MACHINE, at.range)
                };
                if let Value::Object(id) = made {
                    self.state.set(id, Sym::KIND, Value::External(path));
                }
                made
            }
            "collections.defaultdict" | "collections.Counter" | "collections.deque" => self.object_of(&text),
            "collections.namedtuple" if !arguments.more => self.make_named_tuple(&arguments, at)?,
            "functools.total_ordering" => {
                let first = first.unwrap_or(Value::external());
                if let Value::Object(id) = first
                    && let Object::Class(class) = self.object(id).clone()
                    && !class.is_open
                {
                    let mut orders = false;
                    for name in ["__lt__", "__le__", "__gt__", "__ge__"] {
                        let symbol = self.sym(name);
                        orders |= self.class_attribute(id, symbol, at)?.is_some()
                            || self.builtin_base_has(id, name);
                    }
                    if !orders {
                        let message = "must define at least one ordering operation: < > <= >=";
                        return Err(self.raise("ValueError", message, at));
                    }
                }
                first
            }
            "enum.unique" => {
                let Some(first) = first else { return Ok(Value::external()) };
                if let Value::Object(id) = first
                    && let Some(members) = self.members(id)
                    && self.distinct_members(id).is_some_and(|distinct| distinct.len() < members.len())
                {
                    return Err(self.raise("ValueError", "duplicate values found in an enumeration", at));
                }
                first
            }
            "enum.auto" => {
                let auto = self.sym("enum.auto()");
                Value::External(auto)
            }
            "typing.NewType" => self.keeps(),
            "contextvars.ContextVar" => {
                let variable = self.make(ObjId::MACHINE, at.range, Made::Container, Object::ContextVariable);
                let name = self.sym("default");
                if let Some(default) = arguments.keyword(name) {
                    self.state.set(variable, Sym::DEFAULT, default.clone());
                }
                Value::Object(variable)
            }
            "contextlib.nullcontext" => {
                let given = first.or_else(|| {
                    let name = self.symbols.find("enter_result")?;
                    arguments.keyword(name).cloned()
                });
                let manager = self.push(Object::NullContext(given.unwrap_or(Value::None)));
                Value::Object(manager)
            }
            "functools.wraps" => match first {
                Some(wrapped) if arguments.len() == 1 && arguments.keywords.is_empty() => {
                    let function = Value::External(self.sym("functools.update_wrapper"));
                    let keywords = vec![(self.sym("wrapped"), wrapped)];
                    Value::Object(self.push(Object::Partial { function, arguments: Vec::new(), keywords }))
                }
                _ => self.keeps(),
            },
            "functools.update_wrapper" => {
                let wrapper = first.unwrap_or(Value::external());
                let name = self.sym("wrapped");
                let wrapped = arguments.get(1).or_else(|| arguments.keyword(name)).cloned();
                self.update_wrapper(&wrapper, wrapped, at)?;
                wrapper
            }
            "functools.partial" | "functools.partialmethod" => {
                let mut positional = arguments.positional;
                if positional.is_empty() {
                    return Ok(Value::external());
                }
                let function = positional.remove(0);
                let function = self.force(function, at);
                if self.is_callable(&function, at)? == Some(false) && &*text == "functools.partial" {
                    return Err(self.raise("TypeError", "the first argument must be callable", at));
                }
                let partial =
                    Object::Partial { function, arguments: positional, keywords: arguments.keywords };
                Value::Object(self.push(partial))
            }
            "functools.lru_cache" | "functools.cache" => match first {
                Some(first) if !matches!(first, Value::Int(_) | Value::None) => {
                    let first = self.force(first, at);
                    self.make_cached(&first, at).unwrap_or(first)
                }
                size => {
                    let maximum = self.sym("maxsize");
                    let size = size.or_else(|| arguments.keyword(maximum).cloned());
                    if size == Some(Value::Int(0)) {
                        return Ok(self.keeps());
                    }
                    let cache = self.sym("functools.cache");
                    Value::External(cache)
                }
            },
            "functools.singledispatch" => match first {
                Some(first) => self.make_dispatcher(first, at),
                None => Value::external(),
            },
            "functools.cached_property" => self.wrap(Wrapper::Cached, first.unwrap_or(Value::external()), at),
            "abc.abstractproperty" => self.wrap(Wrapper::Property, first.unwrap_or(Value::external()), at),
            "functools.reduce" => {
                let (Some(function), Some(items)) = (first, arguments.get(1).cloned()) else {
                    return Ok(Value::external());
                };
                let Some(items) = self.items(items, at)? else { return Ok(Value::external()) };
                let mut items = items.into_iter();
                let mut total = match arguments.get(2).cloned().or_else(|| items.next()) {
                    Some(total) => total,
                    None => {
                        return Err(self.raise(
                            "TypeError",
                            "reduce() of empty iterable with no initial value",
                            at,
                        ));
                    }
                };
                for item in items {
                    total = self.call(function.clone(), Arguments::of([total, item]), at)?;
                }
                total
            }
            "contextlib.contextmanager" => match first {
                Some(Value::Object(id)) => match self.object(id).clone() {
                    Object::Function(function) => {
                        let managing = Function { manages_context: true, ..(*function).clone() };
                        let made = self.make(
                            ObjId::MACHINE,
                            at.range,
                            Made::Function,
                            Object::Function(Rc::new(managing)),
                        );
                        Value::Object(made)
                    }
                    _ => Value::external(),
                },
                _ => Value::external(),
            },
            "contextlib.ExitStack" if arguments.len() == 0 => {
                let stack = self.push(Object::Stack);
                self.set_content(stack, Some(Vec::new()));
                Value::Object(stack)
            }
            "contextlib.suppress" => {
                // As for `issubclass`, there may be tuples in tuples.
                let mut classes = Vec::new();
                let mut rest = arguments.positional;
                rest.reverse();
                while let Some(next) = rest.pop() {
                    match next {
                        Value::Tuple(several) => rest.extend(several.iter().rev().cloned()),
                        other => classes.push(other),
                    }
                }
                Value::Object(self.push(Object::Suppress(Value::tuple(classes))))
            }
            "types.ModuleType" => match first {
                Some(Value::Str(name)) => {
                    let object = Object::Module(ModuleObject { name: Rc::clone(&name), source: None });
                    let made = self.make(ObjId::MACHINE, at.range, Made::Module, object);
                    self.state.set(made, Sym::NAME, Value::Str(name));
                    self.state.set(made, Sym::DOC, Value::None);
                    for (name, value) in [(Sym::PACKAGE, Value::None), (Sym::SPEC, Value::None)] {
                        self.state.set(made, name, value);
                    }
                    Value::Object(made)
                }
                _ => Value::external(),
            },
            "types.SimpleNamespace" if !arguments.more && arguments.positional.is_empty() => {
                let object =
                    Object::Module(ModuleObject { name: "types.SimpleNamespace".into(), source: None });
                let made = self.make(ObjId::MACHINE, at.range, Made::Module, object);
                for (name, value) in arguments.keywords {
                    self.state.set(made, name, value);
                }
                Value::Object(made)
            }
            "sys.exit" | "os._exit" => return Err(self.raise("SystemExit", "", at)),
            "sys.path.insert"
            | "sys.path.append"
            | "sys.path.extend"
            | "sys.meta_path.insert"
            | "sys.meta_path.append"
            | "sys.path_hooks.insert"
            | "sys.path_hooks.append"
            | "site.addsitedir" => {
                self.state.set(ObjId::MACHINE, Sym::PATHS, Value::Bool(true));
                Value::None
            }
            "ctypes.CDLL" | "ctypes.PyDLL" | "ctypes.cdll.LoadLibrary" | "ctypes.pydll.LoadLibrary"
                if !matches!(first, None | Some(Value::None)) =>
            {
                self.may_raise(at, "whether this library can be loaded is not known")?;
                Value::external()
            }
            "inspect.iscoroutinefunction" | "asyncio.iscoroutinefunction" | "inspect.isgeneratorfunction"
                if arguments.len() == 1 =>
            {
                let function = first.map(|value| self.force(value, at));
                let definition = match &function {
                    Some(Value::Object(id)) => match self.object(*id) {
                        Object::Function(function) => Some(Rc::clone(function)),
                        _ => None,
                    },
                    _ => None,
                };
                match definition.map(|function| (function.code, function.names.is_generator)) {
                    Some((Code::Def(def), is_generator)) => {
                        Value::Bool(if text.ends_with("coroutinefunction") {
                            def.is_async && !is_generator
                        } else {
                            !def.is_async && is_generator
                        })
                    }
                    Some((Code::Lambda(_), _)) => Value::Bool(false),
                    None => Value::external(),
                }
            }
            "inspect.isclass" | "inspect.isfunction" | "inspect.ismodule" if arguments.len() == 1 => {
                let kind = first.map(|value| self.force(value, at));
                let is = |known: bool| Value::Bool(known);
                match (&*text, kind) {
                    (_, None | Some(Value::External(_) | Value::Unknown)) => Value::external(),
                    ("inspect.isclass", Some(Value::Builtin(name))) => is(crate::builtins::is_type(name)),
                    (_, Some(Value::Object(id))) => match (&*text, self.object(id)) {
                        ("inspect.isclass", Object::Class(_))
                        | ("inspect.isfunction", Object::Function(_))
                        | ("inspect.ismodule", Object::Module(_)) => is(true),
                        (_, Object::Instance { .. }) if self.is_open_instance(&Value::Object(id)) => {
                            Value::external()
                        }
                        (_, Object::Lazy { .. }) => Value::external(),
                        _ => is(false),
                    },
                    _ => is(false),
                }
            }
            "abc.ABC" => self.bare_object(at),
            "pkgutil.extend_path" => first.unwrap_or(Value::external()),
            "platform.system" => Value::str("Linux"),
            "platform.python_implementation" => Value::str("CPython"),
            // Called by something else, such as `map`.
            "importlib.import_module" if matches!(&first, Some(Value::Str(name)) if !name.starts_with('.')) =>
            {
                let Some(Value::Str(name)) = first else { return Ok(Value::Unknown) };
                let by = self.running.last().map(|running| running.module.to_string());
                let cause = Cause { by, at: Some(at), why: Why::Named };
                return self.import_by_function(&name, &cause, at);
            }
            "importlib.import_module"
            | "importlib.__import__"
            | "importlib.reload"
            | "runpy.run_module"
            | "runpy.run_path" => {
                self.may_raise(at, "which module this imports is not known")?;
                Value::Unknown
            }
            "importlib.util.module_from_spec" => {
                self.doubt(at, "a module that is made from a spec is not followed");
                Value::Unknown
            }
            "copy.copy" | "copy.deepcopy" => {
                self.copied(first, if &*text == "copy.deepcopy" { crate::copies::DEEPEST } else { 1 }, at)
            }
            "operator.attrgetter" if matches!(&first, Some(Value::Str(_))) && arguments.len() == 1 => {
                Value::Method(Rc::new((first.unwrap_or(Value::None), path)))
            }
            "operator.itemgetter" if arguments.len() == 1 => {
                Value::Method(Rc::new((first.unwrap_or(Value::None), path)))
            }
            "operator.attrgetter" | "operator.itemgetter" => Value::external(),
            _ if text.starts_with("operator.") => {
                let name = text.trim_start_matches("operator.");
                self.call_operator_function(name, &arguments, at)?.unwrap_or(Value::external())
            }
            "itertools.chain" if !arguments.more => {
                self.stream(Stream::Chain, Value::None, arguments.positional, at)?
            }
            "types.MappingProxyType" => first.unwrap_or(Value::external()),
            "os.environ.get" | "os.getenv" => match first {
                Some(key) => {
                    let key = self.force(key, at);
                    self.variable_or(&key, arguments.get(1))
                }
                None => Value::external(),
            },
            "os.environ.__getitem__" | "os.environ.pop" if arguments.len() == 1 => {
                let key = self.force(first.unwrap_or(Value::external()), at);
                let value = self.variable_item(&key, at)?;
                if &*text == "os.environ.pop" {
                    self.unset_variable(&key);
                }
                value
            }
            "os.environ.pop" => {
                let key = self.force(first.unwrap_or(Value::external()), at);
                let value = self.variable_or(&key, arguments.get(1));
                self.unset_variable(&key);
                value
            }
            "os.environ.setdefault" | "os.environ.__setitem__" => {
                let key = self.force(first.unwrap_or(Value::external()), at);
                let value = arguments.get(1).cloned().unwrap_or(Value::external());
                let sets = &*text == "os.environ.__setitem__" || self.variable_or(&key, None) == Value::None;
                let value = if sets { value } else { self.variable_or(&key, None) };
                self.set_variable(&key, &value);
                value
            }
            "pkgutil.iter_modules" | "pkgutil.walk_packages" => Value::external(),
            _ if self.is_class_of_library(&text) => {
                Value::External(self.sym(&format!("{OBJECT_OF_CLASS}{text}")))
            }
            _ => Value::external(),
        })
    }

    /// A decorator that gives back what it decorates.
    fn keeps(&mut self) -> Value {
        let keep = self.sym(" keep");
        Value::External(keep)
    }
}
