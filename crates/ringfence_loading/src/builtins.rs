//! `builtins`: its names, the methods of its types, and what calls of them give.

use std::rc::Rc;

use crate::Place;
use crate::arguments::Arguments;
use crate::exceptions::{builtin_exception, derives};
use crate::expressions::insert;
use crate::machine::{Exec, Machine, Made, Stop};
use crate::symbols::Sym;
use crate::value::{ExceptionValue, ObjId, Object, Value, Wrapper};

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
    let sequence = [
        "__add__",
        "__contains__",
        "__getitem__",
        "__iter__",
        "__len__",
        "__mul__",
        "__rmul__",
        "count",
        "index",
    ];
    let number = [
        "__abs__",
        "__add__",
        "__and__",
        "__bool__",
        "__divmod__",
        "__float__",
        "__floordiv__",
        "__index__",
        "__int__",
        "__mod__",
        "__mul__",
        "__neg__",
        "__pow__",
        "__radd__",
        "__sub__",
        "__truediv__",
        "as_integer_ratio",
        "conjugate",
        "imag",
        "is_integer",
        "real",
        "numerator",
        "denominator",
    ];
    match kind {
        "list" => {
            sequence.contains(&name)
                || matches!(
                    name,
                    "append"
                        | "clear"
                        | "copy"
                        | "extend"
                        | "insert"
                        | "pop"
                        | "remove"
                        | "reverse"
                        | "sort"
                        | "__iadd__"
                        | "__setitem__"
                        | "__delitem__"
                        | "__imul__"
                        | "__reversed__"
                        | "__class_getitem__"
                )
        }
        "tuple" => sequence.contains(&name) || matches!(name, "__class_getitem__" | "__getnewargs__"),
        "dict" => matches!(
            name,
            "clear"
                | "copy"
                | "fromkeys"
                | "get"
                | "items"
                | "keys"
                | "pop"
                | "popitem"
                | "setdefault"
                | "update"
                | "values"
                | "__contains__"
                | "__getitem__"
                | "__setitem__"
                | "__delitem__"
                | "__iter__"
                | "__len__"
                | "__or__"
                | "__ior__"
                | "__ror__"
                | "__reversed__"
                | "__class_getitem__"
        ),
        "set" | "frozenset" => matches!(
            name,
            "add"
                | "clear"
                | "copy"
                | "difference"
                | "difference_update"
                | "discard"
                | "intersection"
                | "intersection_update"
                | "isdisjoint"
                | "issubset"
                | "issuperset"
                | "pop"
                | "remove"
                | "symmetric_difference"
                | "symmetric_difference_update"
                | "union"
                | "update"
                | "__contains__"
                | "__iter__"
                | "__len__"
                | "__or__"
                | "__and__"
                | "__sub__"
                | "__class_getitem__"
        ),
        "str" => {
            sequence.contains(&name)
                || matches!(
                    name,
                    "capitalize"
                        | "casefold"
                        | "center"
                        | "encode"
                        | "endswith"
                        | "expandtabs"
                        | "find"
                        | "format"
                        | "format_map"
                        | "isalnum"
                        | "isalpha"
                        | "isascii"
                        | "isdecimal"
                        | "isdigit"
                        | "isidentifier"
                        | "islower"
                        | "isnumeric"
                        | "isprintable"
                        | "isspace"
                        | "istitle"
                        | "isupper"
                        | "join"
                        | "ljust"
                        | "lower"
                        | "lstrip"
                        | "maketrans"
                        | "partition"
                        | "removeprefix"
                        | "removesuffix"
                        | "replace"
                        | "rfind"
                        | "rindex"
                        | "rjust"
                        | "rpartition"
                        | "rsplit"
                        | "rstrip"
                        | "split"
                        | "splitlines"
                        | "startswith"
                        | "strip"
                        | "swapcase"
                        | "title"
                        | "translate"
                        | "upper"
                        | "zfill"
                        | "__mod__"
                )
        }
        "bytes" | "bytearray" => {
            sequence.contains(&name)
                || matches!(
                    name,
                    "decode"
                        | "hex"
                        | "fromhex"
                        | "join"
                        | "split"
                        | "strip"
                        | "startswith"
                        | "endswith"
                        | "replace"
                        | "find"
                        | "upper"
                        | "lower"
                        | "lstrip"
                        | "rstrip"
                        | "partition"
                        | "splitlines"
                        | "translate"
                        | "maketrans"
                        | "append"
                        | "extend"
                )
        }
        "int" | "bool" => {
            number.contains(&name)
                || matches!(
                    name,
                    "bit_length"
                        | "bit_count"
                        | "from_bytes"
                        | "to_bytes"
                        | "__or__"
                        | "__xor__"
                        | "__invert__"
                )
        }
        "float" => number.contains(&name) || matches!(name, "fromhex" | "hex"),
        "NoneType" => name == "__bool__",
        "generator" => matches!(
            name,
            "close" | "send" | "throw" | "__iter__" | "__next__" | "gi_frame" | "__name__" | "__qualname__"
        ),
        "iterator" => matches!(name, "__iter__" | "__next__" | "__length_hint__" | "__setstate__"),
        "property" => matches!(
            name,
            "__get__" | "__set__" | "__delete__" | "getter" | "setter" | "deleter" | "fget" | "fset"
        ),
        "type" => TYPE_ATTRIBUTES.contains(&name),
        "object" | "function" | "ellipsis" => false,
        // An exception or something rare: its attributes are not told apart.
        other => {
            derives(other, "BaseException")
                && matches!(
                    name,
                    "args"
                        | "with_traceback"
                        | "add_note"
                        | "__traceback__"
                        | "__cause__"
                        | "__context__"
                        | "__notes__"
                        | "__suppress_context__"
                        | "__setstate__"
                        | "name"
                        | "path"
                        | "msg"
                        | "code"
                        | "errno"
                        | "strerror"
                        | "filename"
                        | "filename2"
                        | "value"
                        | "obj"
                        | "reason"
                        | "object"
                        | "start"
                        | "end"
                        | "encoding"
                        | "lineno"
                        | "offset"
                        | "text"
                )
                || !derives(other, "BaseException")
        }
    }
}

impl<'a> Machine<'a> {
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

    pub(crate) fn call_builtin(
        &mut self,
        name: &'static str,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        if derives(name, "BaseException") {
            let name_keyword = arguments.keyword(Sym::ERROR_NAME);
            let about = match name_keyword {
                Some(Value::Str(text)) => Some(Rc::clone(text)),
                _ => None,
            };
            return Ok(Value::Exception(Rc::new(ExceptionValue {
                class: Value::Builtin(name),
                arguments: arguments.positional,
                name: about,
            })));
        }
        let first = arguments.get(0).cloned().map(|value| self.force(value, at));
        let second = arguments.get(1).cloned().map(|value| self.force(value, at));
        Ok(match (name, first, second) {
            ("getattr", Some(object), Some(key)) => {
                let Value::Str(key) = key else {
                    return self.unnamed(&object, &key, at);
                };
                let key = self.sym(&key);
                match self.attribute(object, key, at) {
                    Err(Stop::Raised(raised))
                        if arguments.len() > 2 && self.is_builtin_raised(&raised.value, "AttributeError") =>
                    {
                        arguments.get(2).cloned().unwrap_or(Value::None)
                    }
                    other => other?,
                }
            }
            ("hasattr", Some(object), Some(Value::Str(key))) => {
                if matches!(object, Value::Unknown) {
                    return Ok(Value::external());
                }
                if let Value::External(path) = object {
                    let path = self.text(path);
                    return Ok(self.modules.has_member(&path, &key).map_or(Value::external(), Value::Bool));
                }
                if self.is_open_instance(&object) {
                    return Ok(Value::external());
                }
                let key = self.sym(&key);
                Value::Bool(self.has_attribute(object, key, at)?)
            }
            ("hasattr", Some(_), Some(_)) => Value::external(),
            ("setattr", Some(object), Some(key)) => {
                let value = arguments.get(2).cloned().unwrap_or(Value::None);
                match key {
                    Value::Str(key) => {
                        let key = self.sym(&key);
                        self.set_attribute(object, key, value, at)?;
                    }
                    _ => {
                        if let Value::Object(id) = object {
                            self.make_opaque(id);
                        }
                    }
                }
                Value::None
            }
            ("delattr", Some(object), Some(Value::Str(key))) => {
                let key = self.sym(&key);
                self.delete_attribute(object, key, at)?;
                Value::None
            }
            ("vars", Some(Value::Object(id)), None) => self.view(id),
            ("isinstance", Some(object), Some(classes)) => {
                let class = self.class_of(&object);
                let known = if matches!(object, Value::External(_)) {
                    None
                } else {
                    self.is_one_of(&class, &classes, at)?
                };
                known.map_or(Value::external(), Value::Bool)
            }
            ("issubclass", Some(class), Some(classes)) => {
                let is_class = match &class {
                    Value::Builtin(name) => is_type(name),
                    Value::Object(id) => matches!(self.object(*id), Object::Class(_)),
                    Value::External(_) | Value::Unknown => true,
                    _ => false,
                };
                if !is_class {
                    return Err(self.raise("TypeError", "issubclass() arg 1 must be a class", at));
                }
                self.is_one_of(&class, &classes, at)?.map_or(Value::external(), Value::Bool)
            }
            ("callable", Some(object), None) => match &object {
                Value::Object(id) => match self.object(*id) {
                    Object::Function(_) | Object::Class(_) | Object::Partial { .. } => Value::Bool(true),
                    Object::Module(_) | Object::List | Object::Dict | Object::Set => Value::Bool(false),
                    Object::Instance { .. } => match self.special(&object, Sym::CALL, at)? {
                        Some(_) => Value::Bool(true),
                        None if self.is_open_instance(&object) => Value::external(),
                        None => Value::Bool(false),
                    },
                    _ => Value::external(),
                },
                Value::Bound(_) | Value::Method(_) | Value::Builtin(_) => Value::Bool(true),
                Value::External(_) | Value::Unknown => Value::external(),
                _ => Value::Bool(false),
            },
            ("type", Some(object), None) => self.class_of(&object),
            ("type", Some(Value::Str(name)), Some(bases)) => {
                let bases = self.items(bases, at)?;
                let namespace = arguments.get(2).cloned().unwrap_or(Value::None);
                self.make_class_plainly(&name, bases, &namespace, &[], at)?
            }
            ("type", Some(_), Some(_)) => Value::external(),
            ("super", Some(class), Some(receiver)) => Value::Super(Rc::new((class, receiver))),
            ("staticmethod", Some(function), None) => self.wrap(Wrapper::Static, function, at),
            ("classmethod", Some(function), None) => self.wrap(Wrapper::Class, function, at),
            ("property", function, _) => {
                let getter = function.unwrap_or(Value::external());
                self.wrap(Wrapper::Property, getter, at)
            }
            ("len", Some(object), None) => match &object {
                Value::Object(_) if self.is_instance(&object) => match self.special(&object, Sym::LEN, at)? {
                    Some(method) => self.call(method, Arguments::default(), at)?,
                    None if self.is_open_instance(&object) => Value::external(),
                    None => return Err(self.raise("TypeError", "object has no len()", at)),
                },
                Value::None | Value::Int(_) | Value::Bool(_) | Value::Float(_) => {
                    return Err(self.raise("TypeError", "object has no len()", at));
                }
                _ => match self.items(object, at)? {
                    Some(items) => Value::Int(items.len() as i64),
                    None => Value::external(),
                },
            },
            (
                "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" | "enumerate",
                Some(object),
                _,
            ) => {
                if name == "iter"
                    && arguments.len() == 1
                    && let Value::Object(id) = object
                    && matches!(self.object(id), Object::Iterator | Object::Generator(_))
                {
                    return Ok(object);
                }
                if name == "iter" && arguments.len() > 1 {
                    return Ok(Value::external());
                }
                if name == "sorted" || name == "min" || name == "max" {
                    let key = self.sym("key");
                    if let Some(key) = arguments.keyword(key).cloned() {
                        for item in self.items(object.clone(), at)?.unwrap_or_default() {
                            self.call(key.clone(), Arguments::of([item]), at)?;
                        }
                        return Ok(Value::external());
                    }
                }
                let items = self.items(object, at)?;
                self.gathered(name, items, &arguments, at)
            }
            ("list", None, None) => self.container(Object::List, Some(Vec::new()), at),
            ("tuple", None, None) => Value::tuple(Vec::new()),
            ("set" | "frozenset", None, None) => self.container(Object::Set, Some(Vec::new()), at),
            ("dict", first, _) => {
                let mut pairs = Some(Vec::new());
                if let Some(first) = first {
                    pairs = match &first {
                        // What is a mapping says so by methods of its own.
                        Value::Object(id) if matches!(self.object(*id), Object::Instance { .. }) => None,
                        Value::Object(id) if matches!(self.object(*id), Object::Dict | Object::View(_)) => {
                            self.pairs(&first, at)?
                        }
                        _ => match self.items(first, at)? {
                            Some(items) => {
                                let mut pairs = Some(Vec::new());
                                for item in items {
                                    match (self.items(item, at)?.as_deref(), &mut pairs) {
                                        (Some([key, value]), Some(pairs)) => {
                                            insert(pairs, key.clone(), value.clone());
                                        }
                                        (None, _) => pairs = None,
                                        (Some(_), _) => {
                                            let message =
                                                "dictionary update sequence element has the wrong length";
                                            return Err(self.raise("ValueError", message, at));
                                        }
                                    }
                                }
                                pairs
                            }
                            None => None,
                        },
                    };
                }
                if let Some(pairs) = &mut pairs {
                    for (name, value) in &arguments.keywords {
                        insert(pairs, Value::Str(self.text(*name)), value.clone());
                    }
                }
                let pairs = pairs.filter(|_| !arguments.more);
                self.make_dict(pairs, ObjId::MACHINE, at.range)
            }
            ("range", Some(Value::Int(first)), second) => {
                let third = arguments.get(2).cloned();
                let (start, stop, step) = match (second, third) {
                    (None, _) => (0, first, 1),
                    (Some(Value::Int(stop)), None) => (first, stop, 1),
                    (Some(Value::Int(stop)), Some(Value::Int(step))) if step != 0 => (first, stop, step),
                    _ => return Ok(Value::external()),
                };
                let mut items = Vec::new();
                let mut next = start;
                while (step > 0 && next < stop) || (step < 0 && next > stop) {
                    items.push(Value::Int(next));
                    next += step;
                    if items.len() > 3_000 {
                        return Ok(Value::external());
                    }
                }
                Value::tuple(items)
            }
            ("zip", _, _) => {
                let mut columns = Vec::new();
                for argument in &arguments.positional {
                    match self.items(argument.clone(), at)? {
                        Some(items) => columns.push(items),
                        None => return Ok(Value::external()),
                    }
                }
                let length = columns.iter().map(Vec::len).min().unwrap_or(0);
                let rows = (0..length)
                    .map(|row| Value::tuple(columns.iter().map(|column| column[row].clone()).collect()))
                    .collect();
                self.iterator(Some(rows))
            }
            ("map", Some(function), Some(items)) => {
                let items = if arguments.positional.len() > 2 {
                    let rest = Arguments::of(arguments.positional[1..].iter().cloned());
                    let zipped = self.call_builtin("zip", rest, at)?;
                    match self.items(zipped, at)? {
                        Some(rows) => {
                            let rows = rows.into_iter().map(|row| match row {
                                Value::Tuple(row) => Value::tuple(
                                    std::iter::once(Value::Builtin("zip"))
                                        .chain(row.iter().cloned())
                                        .collect(),
                                ),
                                other => other,
                            });
                            Value::tuple(rows.collect())
                        }
                        None => Value::external(),
                    }
                } else {
                    items
                };
                Value::Object(self.push(Object::Mapped { filter: false, function, items }))
            }
            ("filter", Some(function), Some(items)) => {
                Value::Object(self.push(Object::Mapped { filter: true, function, items }))
            }
            ("any" | "all", Some(object), None) => {
                let Some(items) = self.items(object, at)? else { return Ok(Value::external()) };
                for item in items {
                    if matches!(item, Value::External(_) | Value::Unknown | Value::OneOf(_)) {
                        return Ok(Value::external());
                    }
                    if self.truth(item, at)? == (name == "any") {
                        return Ok(Value::Bool(name == "any"));
                    }
                }
                Value::Bool(name == "all")
            }
            ("next", Some(object), default) => {
                if let Value::Object(id) = object {
                    match self.object(id).clone() {
                        Object::Iterator | Object::Generator(_) => {
                            if self.state.get(id, Sym::POSITION).is_none() {
                                let Some(_) = self.items(object.clone(), at)? else {
                                    return Ok(Value::external());
                                };
                                self.state.set(id, Sym::POSITION, Value::Int(0));
                            }
                            let Some(items) = self.content(id, at) else { return Ok(Value::external()) };
                            let position = match self.state.get(id, Sym::POSITION) {
                                Some(Value::Int(position)) => *position,
                                _ => return Ok(Value::external()),
                            };
                            match items.get(position as usize) {
                                Some(item) => {
                                    self.state.set(id, Sym::POSITION, Value::Int(position + 1));
                                    return Ok(item.clone());
                                }
                                None => {
                                    return match default {
                                        Some(default) => Ok(default),
                                        None => Err(self.raise("StopIteration", "", at)),
                                    };
                                }
                            }
                        }
                        Object::Mapped { .. } => {
                            self.may_raise(at, "what this iterator gives next is not followed")?;
                            return Ok(Value::external());
                        }
                        Object::Instance { .. } => {
                            if let Some(method) = self.special(&object, Sym::NEXT, at)? {
                                return match (self.call(method, Arguments::default(), at), default) {
                                    (Err(Stop::Raised(raised)), Some(default))
                                        if self.is_builtin_raised(&raised.value, "StopIteration") =>
                                    {
                                        Ok(default)
                                    }
                                    (other, _) => other,
                                };
                            }
                            if self.is_open_instance(&object) {
                                return Ok(Value::external());
                            }
                        }
                        _ => {}
                    }
                    return Err(self.raise("TypeError", "object is not an iterator", at));
                }
                match object {
                    Value::External(_) => Value::external(),
                    Value::Unknown => {
                        self.may_raise(at, "what this iterator gives next is not known")?;
                        Value::Unknown
                    }
                    _ => return Err(self.raise("TypeError", "object is not an iterator", at)),
                }
            }
            ("str", None, _) => Value::str(""),
            ("str" | "repr" | "format" | "ascii", Some(value), _) => match self.shown(&value, at)? {
                Some(text) if name == "str" => Value::str(&text),
                _ => Value::external(),
            },
            ("int", None, _) => Value::Int(0),
            ("int", Some(value), None) => match value {
                Value::Int(_) => value,
                Value::Bool(value) => Value::Int(i64::from(value)),
                Value::Str(text) => {
                    if let Ok(number) = text.trim().replace('_', "").parse() {
                        Value::Int(number)
                    } else {
                        let message = format!("invalid literal for int() with base 10: '{text}'");
                        return Err(self.raise("ValueError", message, at));
                    }
                }
                Value::None | Value::Tuple(_) => {
                    return Err(self.raise("TypeError", "int() argument must be a string or a number", at));
                }
                _ => Value::external(),
            },
            ("float", Some(Value::Str(text)), None) => {
                let is_number = text.trim().replace('_', "").parse::<f64>().is_ok();
                if !is_number {
                    return Err(self.raise(
                        "ValueError",
                        format!("could not convert string to float: '{text}'"),
                        at,
                    ));
                }
                Value::external()
            }
            ("bool", None, None) => Value::Bool(false),
            ("bool", Some(value), None) => match value {
                Value::External(_) | Value::Unknown => Value::external(),
                value => Value::Bool(self.truth(value, at)?),
            },
            ("sum", Some(object), start) => {
                let Some(items) = self.items(object, at)? else { return Ok(Value::external()) };
                let mut total = start.unwrap_or(Value::Int(0));
                for item in items {
                    total = self.binary(total, ruff_python_ast::Operator::Add, item, at)?;
                }
                total
            }
            ("min" | "max", Some(first), _) => {
                let key = self.sym("key");
                let default = self.sym("default");
                if arguments.keyword(key).is_some() {
                    return Ok(Value::external());
                }
                let items = if arguments.positional.len() > 1 {
                    Some(arguments.positional.clone())
                } else {
                    self.items(first, at)?
                };
                let Some(items) = items else { return Ok(Value::external()) };
                let numbers: Option<Vec<i64>> = items
                    .iter()
                    .map(|item| if let Value::Int(number) = item { Some(*number) } else { None })
                    .collect();
                if items.is_empty() {
                    return match arguments.keyword(default) {
                        Some(default) => Ok(default.clone()),
                        None => {
                            Err(self.raise("ValueError", format!("{name}() iterable argument is empty"), at))
                        }
                    };
                }
                match numbers {
                    Some(numbers) => {
                        let found = if name == "min" { numbers.iter().min() } else { numbers.iter().max() };
                        found.map_or(Value::external(), |number| Value::Int(*number))
                    }
                    None => Value::external(),
                }
            }
            ("ord", Some(Value::Str(text)), None) => match text.chars().next() {
                Some(character) if text.chars().count() == 1 => Value::Int(i64::from(u32::from(character))),
                _ => return Err(self.raise("TypeError", "ord() expected a character", at)),
            },
            ("chr", Some(Value::Int(number)), None) => {
                match u32::try_from(number).ok().and_then(char::from_u32) {
                    Some(character) => Value::str(&character.to_string()),
                    None => Value::external(),
                }
            }
            ("abs", Some(Value::Int(number)), None) => Value::Int(number.abs()),
            ("divmod", Some(one), Some(other)) => {
                let quotient =
                    self.binary(one.clone(), ruff_python_ast::Operator::FloorDiv, other.clone(), at)?;
                let rest = self.binary(one, ruff_python_ast::Operator::Mod, other, at)?;
                Value::tuple(vec![quotient, rest])
            }
            ("dir", Some(object), None) => {
                if let Value::Object(id) = object
                    && matches!(self.object(id), Object::Module(_))
                    && self.state.get(id, Sym::DIR).is_none()
                    && !self.is_opaque(id)
                {
                    let names = self.view_pairs(id).into_iter().map(|(name, _)| name).collect();
                    return Ok(self.container(Object::List, Some(names), at));
                }
                Value::external()
            }
            ("compile", Some(Value::Str(text)), Some(_)) => {
                let trees = self.trees;
                if trees.snippet(text.trim()).suite().is_none() {
                    return Err(self.raise("SyntaxError", "invalid syntax", at));
                }
                // `exec` takes either.
                Value::Str(text)
            }
            ("exit" | "quit", _, _) => return Err(self.raise("SystemExit", "", at)),
            ("hash", Some(Value::Object(id)), None)
                if matches!(self.object(id), Object::List | Object::Dict | Object::Set) =>
            {
                return Err(self.raise("TypeError", "unhashable type", at));
            }
            ("print", _, _) => Value::None,
            (
                "id" | "hash" | "repr" | "hex" | "oct" | "bin" | "round" | "pow" | "compile" | "input"
                | "open" | "help",
                _,
                _,
            ) => {
                if name == "open" {
                    let path = self.sym("open");
                    return Ok(Value::External(path));
                }
                Value::external()
            }
            ("object", None, None) => self.bare_object(at),
            ("exec" | "eval", _, _) => {
                self.doubt(at, "the text that is executed is not known");
                Value::Unknown
            }
            ("__import__", _, _) => {
                self.may_raise(at, "which module this imports is not known")?;
                Value::Unknown
            }
            ("NoneType" | "NotImplemented", _, _) => {
                return Err(self.raise("TypeError", "object is not callable", at));
            }
            ("getattr" | "setattr" | "delattr" | "isinstance" | "issubclass" | "len" | "callable", _, _)
                if !arguments.more =>
            {
                return Err(self.raise(
                    "TypeError",
                    format!("{name}() has the wrong number of arguments"),
                    at,
                ));
            }
            (_, Some(Value::Unknown), _) => {
                self.may_raise(at, "what this is called with is not known")?;
                Value::Unknown
            }
            _ => Value::external(),
        })
    }

    /// `getattr(object, key)` with a key that is not known.
    fn unnamed(&mut self, object: &Value, key: &Value, at: Place) -> Exec<Value> {
        if matches!(key, Value::External(_) | Value::Unknown) {
            if matches!(object, Value::External(_)) {
                return Ok(Value::external());
            }
            self.may_raise(at, "which attribute this takes is not known")?;
            return Ok(Value::Unknown);
        }
        Err(self.raise("TypeError", "attribute name must be string", at))
    }

    fn is_one_of(&mut self, class: &Value, classes: &Value, at: Place) -> Exec<Option<bool>> {
        let classes = match classes {
            Value::Tuple(items) => items.to_vec(),
            other => vec![other.clone()],
        };
        let mut known = Some(false);
        for other in classes {
            let other = self.force(other, at);
            let answer = match (&other, class) {
                (Value::Tuple(_), _) => self.is_one_of(class, &other, at)?,
                (Value::Builtin(_), Value::Builtin(_) | Value::Object(_)) | (Value::Object(_), _) => {
                    self.is_subclass(class, &other)
                }
                (Value::External(_), Value::Object(_)) => self.is_subclass(class, &other),
                (
                    Value::External(path),
                    Value::Builtin("type" | "str" | "int" | "bool" | "NoneType" | "list" | "tuple" | "dict"),
                ) if &*self.text(*path) == "types.ModuleType" => Some(false),
                _ => None,
            };
            match answer {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => known = None,
            }
        }
        Ok(known)
    }

    pub(crate) fn wrap(&mut self, kind: Wrapper, function: Value, at: Place) -> Value {
        let made = self.make(ObjId::MACHINE, at.range, Made::Wrapper, Object::Wrapper { kind, function });
        Value::Object(made)
    }

    fn container(&mut self, object: Object<'a>, items: Option<Vec<Value>>, at: Place) -> Value {
        let id = self.make(ObjId::MACHINE, at.range, Made::Container, object);
        self.set_content(id, items);
        Value::Object(id)
    }

    pub(crate) fn iterator(&mut self, items: Option<Vec<Value>>) -> Value {
        let id = self.push(Object::Iterator);
        self.set_content(id, items);
        self.state.set(id, Sym::POSITION, Value::Int(0));
        Value::Object(id)
    }

    /// `object()`
    pub(crate) fn bare_object(&mut self, at: Place) -> Value {
        let name: Rc<str> = "object".into();
        let class = crate::value::Class {
            def: None,
            name,
            module: ObjId::MACHINE,
            bases: Vec::new(),
            order: Vec::new(),
            is_open: false,
            metaclass: None,
        };
        let class = self.make_once(
            ObjId::MACHINE,
            ruff_text_size::TextRange::default(),
            Object::Class(Rc::new(class)),
        );
        Value::Object(self.make(ObjId::MACHINE, at.range, Made::Instance, Object::Instance { class }))
    }

    /// `type(name, bases, namespace)`, and what `type.__new__` is called with.
    pub(crate) fn make_class_plainly(
        &mut self,
        name: &str,
        bases: Option<Vec<Value>>,
        namespace: &Value,
        keywords: &[(Sym, Value)],
        at: Place,
    ) -> Exec<Value> {
        let pairs = self.pairs(namespace, at)?;
        let (Some(bases), Some(pairs)) = (bases, pairs) else { return Ok(Value::external()) };
        let ours = bases.iter().all(|base| match base {
            Value::Object(id) => matches!(self.object(*id), Object::Class(_)),
            Value::Builtin(name) => is_type(name),
            _ => false,
        });
        if !ours {
            return Ok(Value::external());
        }
        let mut order = Vec::new();
        let mut is_open = false;
        for base in &bases {
            if *base != Value::Builtin("object") && !order.contains(base) {
                order.push(base.clone());
            }
            if let Value::Object(id) = base
                && let Object::Class(class) = self.object(*id).clone()
            {
                is_open |= class.is_open;
                for above in &class.order {
                    if !order.contains(above) {
                        order.push(above.clone());
                    }
                }
            }
        }
        let module = self.running.last().map_or(ObjId::MACHINE, |running| running.object);
        let class = crate::value::Class {
            def: None,
            name: name.into(),
            module,
            bases,
            order,
            is_open,
            metaclass: None,
        };
        let id = self.make(ObjId::MACHINE, at.range, Made::Class, Object::Class(Rc::new(class)));
        for (key, value) in pairs {
            if let Value::Str(key) = key {
                let key = self.sym(&key);
                self.state.set(id, key, value);
            }
        }
        self.finish_class(id, keywords, at)?;
        Ok(Value::Object(id))
    }

    fn gathered(&mut self, name: &str, items: Option<Vec<Value>>, arguments: &Arguments, at: Place) -> Value {
        match name {
            "tuple" => items.map_or(Value::external(), Value::tuple),
            "set" | "frozenset" => {
                let items = items.map(|items| {
                    let mut distinct: Vec<Value> = Vec::new();
                    for item in items {
                        if !distinct.contains(&item) {
                            distinct.push(item);
                        }
                    }
                    distinct
                });
                self.container(Object::Set, items, at)
            }
            "sorted" => {
                let items = items.and_then(|mut items| {
                    let texts = items.iter().all(|item| matches!(item, Value::Str(_)));
                    let numbers = items.iter().all(|item| matches!(item, Value::Int(_)));
                    if !texts && !numbers && items.len() > 1 {
                        return None;
                    }
                    items.sort_by(|one, other| match (one, other) {
                        (Value::Str(one), Value::Str(other)) => one.cmp(other),
                        (Value::Int(one), Value::Int(other)) => one.cmp(other),
                        _ => std::cmp::Ordering::Equal,
                    });
                    arguments.keywords.is_empty().then_some(items)
                });
                self.container(Object::List, items, at)
            }
            "reversed" => {
                let items = items.map(|mut items| {
                    items.reverse();
                    items
                });
                self.iterator(items)
            }
            "enumerate" => {
                let start =
                    match arguments.get(1).or_else(|| arguments.keywords.first().map(|(_, value)| value)) {
                        None => Some(0),
                        Some(Value::Int(start)) => Some(*start),
                        Some(_) => None,
                    };
                let items = items.zip(start).map(|(items, start)| {
                    let numbered = items.into_iter().zip(start..);
                    numbered.map(|(item, number)| Value::tuple(vec![Value::Int(number), item])).collect()
                });
                self.iterator(items)
            }
            "iter" => self.iterator(items),
            _ => self.container(Object::List, items, at),
        }
    }

    /// A method of something that Python itself defines.
    pub(crate) fn call_method(
        &mut self,
        receiver: Value,
        name: Sym,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let text = self.text(name);
        match &receiver {
            Value::Str(string) => return self.call_text_method(string, &text, &arguments, at),
            Value::Super(parts) => {
                return self.call_object_method(
                    &parts.1.clone(),
                    Some(&parts.0.clone()),
                    &text,
                    arguments,
                    at,
                );
            }
            Value::Builtin(builtin) => {
                return match (*builtin, &*text) {
                    ("object" | "type", _) => {
                        let receiver = arguments.get(0).cloned().unwrap_or(Value::external());
                        if &*text == "__new__" {
                            return self.call_object_method(&receiver, None, &text, arguments, at);
                        }
                        let mut rest = arguments;
                        if !rest.positional.is_empty() {
                            rest.positional.remove(0);
                        }
                        self.call_object_method(&receiver, None, &text, rest, at)
                    }
                    ("dict", "fromkeys") => {
                        let keys = match arguments.get(0) {
                            Some(keys) => self.items(keys.clone(), at)?,
                            None => None,
                        };
                        let value = arguments.get(1).cloned().unwrap_or(Value::None);
                        let pairs = keys.map(|keys| {
                            let mut pairs = Vec::new();
                            keys.into_iter().for_each(|key| insert(&mut pairs, key, value.clone()));
                            pairs
                        });
                        Ok(self.make_dict(pairs, ObjId::MACHINE, at.range))
                    }
                    ("str" | "list" | "dict" | "set" | "tuple", _) if !arguments.positional.is_empty() => {
                        let mut rest = arguments;
                        let receiver = rest.positional.remove(0);
                        let method = self.attribute(receiver, name, at)?;
                        self.call(method, rest, at)
                    }
                    (class, "__init__") if derives(class, "BaseException") => Ok(Value::None),
                    _ => Ok(Value::external()),
                };
            }
            Value::Object(id) => match self.object(*id).clone() {
                Object::List => return self.call_list_method(*id, &text, &arguments, at),
                Object::Dict => return self.call_dict_method(&receiver, *id, &text, arguments, at),
                Object::View(of) => return self.call_view_method(of, &text, &arguments, at),
                Object::Set => return self.call_set_method(*id, &text, &arguments, at),
                Object::Wrapper { kind: Wrapper::Property, function } => {
                    return Ok(match &*text {
                        "getter" => {
                            let getter = arguments.get(0).cloned().unwrap_or(function);
                            self.wrap(Wrapper::Property, getter, at)
                        }
                        _ => receiver,
                    });
                }
                Object::Instance { .. } | Object::Class(_) => {
                    return self.call_object_method(&receiver, None, &text, arguments, at);
                }
                Object::Generator(_) | Object::Iterator => {
                    return match &*text {
                        "__iter__" => Ok(receiver),
                        "__next__" | "send" => self.call_builtin("next", Arguments::of([receiver]), at),
                        _ => Ok(Value::external()),
                    };
                }
                _ => {}
            },
            _ => {}
        }
        Ok(Value::external())
    }

    /// A method of `object` or `type`, on one of ours.
    fn call_object_method(
        &mut self,
        receiver: &Value,
        class: Option<&Value>,
        name: &str,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        match name {
            "__new__" => {
                let made_for = arguments.get(0).cloned().unwrap_or_else(|| receiver.clone());
                let made_for = self.force(made_for, at);
                let Value::Object(id) = made_for else { return Ok(Value::external()) };
                let Object::Class(definition) = self.object(id).clone() else { return Ok(Value::external()) };
                if definition.order.contains(&Value::Builtin("type")) {
                    // A class is being made: the one whose body has run.
                    if let Some((class, keywords)) = self.making.last().cloned() {
                        let namespace = arguments.get(3).cloned();
                        if let Some(namespace) = namespace {
                            let same = matches!(namespace, Value::Object(view) if matches!(self.object(view), Object::View(of) if *of == class));
                            if !same && let Some(pairs) = self.pairs(&namespace, at)? {
                                for (key, value) in pairs {
                                    if let Value::Str(key) = key {
                                        let key = self.sym(&key);
                                        self.state.set(class, key, value);
                                    }
                                }
                            }
                        }
                        let given =
                            if arguments.keywords.is_empty() && !keywords.is_empty() && arguments.len() > 3 {
                                Vec::new()
                            } else {
                                arguments.keywords.clone()
                            };
                        self.finish_class(class, &given, at)?;
                        return Ok(Value::Object(class));
                    }
                    return Ok(Value::external());
                }
                Ok(Value::Object(self.make(
                    ObjId::MACHINE,
                    at.range,
                    Made::Instance,
                    Object::Instance { class: id },
                )))
            }
            "__init__" => {
                if let Value::Object(id) = receiver
                    && let Object::Instance { class } = self.object(*id).clone()
                    && let Object::Class(definition) = self.object(class).clone()
                {
                    let exceptional = definition
                        .order
                        .iter()
                        .any(|base| matches!(base, Value::Builtin(name) if *name != "object"));
                    if self.is_module_class(&definition) {
                        if let Some(name) = arguments.get(0).cloned() {
                            self.state.set(*id, Sym::NAME, name);
                        }
                    } else if exceptional {
                        let args = self.sym("args");
                        self.state.set(*id, args, Value::tuple(arguments.positional));
                    } else if arguments.len() > 0 && !definition.is_open && class_is_plain(&definition) {
                        let has_new = self.class_attribute(class, Sym::NEW, at)?.is_some();
                        if !has_new {
                            let message =
                                "object.__init__() takes exactly one argument (the instance to initialize)";
                            return Err(self.raise("TypeError", message, at));
                        }
                    }
                }
                Ok(Value::None)
            }
            "__init_subclass__" => {
                let open = self.is_open_instance(receiver);
                if arguments.keywords.is_empty() || open {
                    Ok(Value::None)
                } else {
                    Err(self.raise("TypeError", "__init_subclass__() takes no keyword arguments", at))
                }
            }
            "__setattr__" => {
                if let (Value::Object(id), Some(Value::Str(key)), Some(value)) =
                    (receiver, arguments.get(0), arguments.get(1).cloned())
                {
                    let key = self.sym(&key.clone());
                    match self.object(*id).clone() {
                        Object::Instance { class } => self.set_plainly(*id, class, key, value, at)?,
                        _ => self.state.set(*id, key, value),
                    }
                }
                Ok(Value::None)
            }
            "__getattribute__" => {
                let Some(Value::Str(key)) = arguments.get(0).cloned() else { return Ok(Value::external()) };
                let key = self.sym(&key);
                if let Value::Object(id) = receiver {
                    if let Some(value) = self.present(*id, key, at)? {
                        return Ok(value);
                    }
                    if let Object::Instance { class } = self.object(*id).clone()
                        && let Some(value) = self.class_attribute(class, key, at)?
                    {
                        return Ok(match &value {
                            Value::Object(inner) if matches!(self.object(*inner), Object::Function(_)) => {
                                Value::Bound(Rc::new((value, receiver.clone())))
                            }
                            _ => value,
                        });
                    }
                }
                if self.is_open_instance(receiver) {
                    return Ok(Value::external());
                }
                let text = self.text(key);
                if OBJECT_ATTRIBUTES.contains(&&*text) || &*text == "__dict__" {
                    return Ok(Value::external());
                }
                Err(self.raise("AttributeError", format!("object has no attribute '{text}'"), at))
            }
            "__call__" => {
                let class = match receiver {
                    Value::Object(id) => match self.object(*id).clone() {
                        Object::Class(class) => Some((*id, class)),
                        _ => None,
                    },
                    _ => None,
                };
                match class {
                    Some((id, class)) => self.make_instance(id, &class, arguments, at),
                    None => Ok(Value::external()),
                }
            }
            "__prepare__" => Ok(self.make_dict(Some(Vec::new()), ObjId::MACHINE, at.range)),
            "mro" | "__subclasses__" => Ok(Value::external()),
            _ => {
                let _ = class;
                Ok(Value::external())
            }
        }
    }

    fn call_text_method(
        &mut self,
        text: &Rc<str>,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
        let argument = |position: usize| match arguments.get(position) {
            Some(Value::Str(text)) => Some(&**text),
            _ => None,
        };
        let list = |machine: &mut Self, parts: Vec<Value>| machine.container(Object::List, Some(parts), at);
        Ok(match (name, argument(0), argument(1)) {
            ("join", None, _) => {
                let Some(items) = arguments.get(0).cloned() else {
                    return Err(self.raise("TypeError", "str.join() takes exactly one argument", at));
                };
                let Some(items) = self.items(items, at)? else { return Ok(Value::external()) };
                let mut parts = Vec::new();
                for item in &items {
                    match item {
                        Value::Str(part) => parts.push(&**part),
                        Value::External(_) | Value::Unknown | Value::OneOf(_) => return Ok(Value::external()),
                        _ => {
                            let message = "sequence item: expected str instance";
                            return Err(self.raise("TypeError", message, at));
                        }
                    }
                }
                Value::str(&parts.join(text))
            }
            ("join", Some(items), _) => {
                let parts: Vec<String> = items.chars().map(|character| character.to_string()).collect();
                Value::str(&parts.join(text))
            }
            ("split", separator, _) if arguments.len() <= 1 => {
                let parts = match separator {
                    Some("") => return Err(self.raise("ValueError", "empty separator", at)),
                    Some(separator) => text.split(separator).map(Value::str).collect(),
                    None if arguments.len() == 0 => text.split_whitespace().map(Value::str).collect(),
                    None => return Ok(Value::external()),
                };
                list(self, parts)
            }
            ("split" | "rsplit", Some(separator), None) if !separator.is_empty() => match arguments.get(1) {
                Some(Value::Int(count)) if *count >= 0 => {
                    let count = *count as usize + 1;
                    let parts: Vec<Value> = if name == "split" {
                        text.splitn(count, separator).map(Value::str).collect()
                    } else {
                        let mut parts: Vec<Value> = text.rsplitn(count, separator).map(Value::str).collect();
                        parts.reverse();
                        parts
                    };
                    list(self, parts)
                }
                _ => Value::external(),
            },
            ("partition", Some(separator), _) if !separator.is_empty() => match text.split_once(separator) {
                Some((before, after)) => {
                    Value::tuple(vec![Value::str(before), Value::str(separator), Value::str(after)])
                }
                None => Value::tuple(vec![Value::Str(Rc::clone(text)), Value::str(""), Value::str("")]),
            },
            ("rpartition", Some(separator), _) if !separator.is_empty() => {
                match text.rsplit_once(separator) {
                    Some((before, after)) => {
                        Value::tuple(vec![Value::str(before), Value::str(separator), Value::str(after)])
                    }
                    None => Value::tuple(vec![Value::str(""), Value::str(""), Value::Str(Rc::clone(text))]),
                }
            }
            ("startswith", Some(prefix), None) if arguments.len() == 1 => {
                Value::Bool(text.starts_with(prefix))
            }
            ("endswith", Some(suffix), None) if arguments.len() == 1 => Value::Bool(text.ends_with(suffix)),
            ("replace", Some(old), Some(new)) if arguments.len() == 2 => Value::str(&text.replace(old, new)),
            ("removeprefix", Some(prefix), _) => Value::str(text.strip_prefix(prefix).unwrap_or(text)),
            ("removesuffix", Some(suffix), _) => Value::str(text.strip_suffix(suffix).unwrap_or(text)),
            ("strip", None, _) if arguments.len() == 0 => Value::str(text.trim()),
            ("strip", Some(set), _) => Value::str(text.trim_matches(|character| set.contains(character))),
            ("lstrip", Some(set), _) => {
                Value::str(text.trim_start_matches(|character| set.contains(character)))
            }
            ("rstrip", Some(set), _) => {
                Value::str(text.trim_end_matches(|character| set.contains(character)))
            }
            ("lower", _, _) if text.is_ascii() => Value::str(&text.to_ascii_lowercase()),
            ("upper", _, _) if text.is_ascii() => Value::str(&text.to_ascii_uppercase()),
            ("title" | "capitalize", _, _)
                if text.is_ascii() && text.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
            {
                let mut shown = text.to_ascii_lowercase();
                if let Some(first) = shown.get_mut(0..1) {
                    first.make_ascii_uppercase();
                }
                Value::str(&shown)
            }
            ("count", Some(part), None) if !part.is_empty() && arguments.len() == 1 => {
                Value::Int(text.matches(part).count() as i64)
            }
            ("find", Some(part), None) if text.is_ascii() && arguments.len() == 1 => {
                Value::Int(text.find(part).map_or(-1, |position| position as i64))
            }
            ("index", Some(part), None) if text.is_ascii() && arguments.len() == 1 => match text.find(part) {
                Some(position) => Value::Int(position as i64),
                None => return Err(self.raise("ValueError", "substring not found", at)),
            },
            ("isidentifier", _, _) if text.is_ascii() => {
                let valid = text.bytes().enumerate().all(|(position, byte)| {
                    byte == b'_' || byte.is_ascii_alphabetic() || position > 0 && byte.is_ascii_digit()
                });
                Value::Bool(valid && !text.is_empty())
            }
            ("isupper", _, _) if text.is_ascii() => {
                let cased = text.bytes().any(|byte| byte.is_ascii_alphabetic());
                Value::Bool(cased && !text.bytes().any(|byte| byte.is_ascii_lowercase()))
            }
            ("islower", _, _) if text.is_ascii() => {
                let cased = text.bytes().any(|byte| byte.is_ascii_alphabetic());
                Value::Bool(cased && !text.bytes().any(|byte| byte.is_ascii_uppercase()))
            }
            ("format", _, _) if arguments.keywords.is_empty() && !arguments.more => {
                let mut shown = String::new();
                let mut rest: &str = text;
                let mut next = 0;
                while let Some((before, after)) = rest.split_once('{') {
                    if before.contains('}') {
                        return Ok(Value::external());
                    }
                    shown.push_str(before);
                    let Some((field, after)) = after.split_once('}') else { return Ok(Value::external()) };
                    let position = if field.is_empty() {
                        next += 1;
                        next - 1
                    } else {
                        match field.parse::<usize>() {
                            Ok(position) => position,
                            Err(_) => return Ok(Value::external()),
                        }
                    };
                    let Some(value) = arguments.get(position).cloned() else {
                        return Err(self.raise(
                            "IndexError",
                            "Replacement index out of range for positional args tuple",
                            at,
                        ));
                    };
                    match self.shown(&value, at)? {
                        Some(part) => shown.push_str(&part),
                        None => return Ok(Value::external()),
                    }
                    rest = after;
                }
                if rest.contains('}') {
                    return Ok(Value::external());
                }
                shown.push_str(rest);
                Value::str(&shown)
            }
            _ => Value::external(),
        })
    }

    fn call_list_method(&mut self, id: ObjId, name: &str, arguments: &Arguments, at: Place) -> Exec<Value> {
        let mut items = self.content(id, at);
        let first = arguments.get(0).cloned();
        match (name, first) {
            ("append", Some(value)) => {
                if let Some(items) = &mut items {
                    items.push(value);
                }
            }
            ("extend" | "__iadd__", Some(more)) => {
                let more = self.items(more, at)?;
                items = items.zip(more).map(|(mut items, more)| {
                    items.extend(more);
                    items
                });
            }
            ("insert", Some(Value::Int(position))) => {
                let value = arguments.get(1).cloned().unwrap_or(Value::None);
                if let Some(items) = &mut items {
                    let length = items.len() as i64;
                    let position = if position < 0 { position + length } else { position }.clamp(0, length);
                    items.insert(position as usize, value);
                }
            }
            ("remove", Some(value)) => {
                let Some(known) = &mut items else { return Ok(Value::None) };
                let mut found = None;
                for (position, item) in known.iter().enumerate() {
                    match self.is_equal(item, &value, at) {
                        Some(true) => {
                            found = Some(position);
                            break;
                        }
                        Some(false) => {}
                        None => {
                            self.may_raise(at, "whether the list has this is not known")?;
                            self.set_content(id, None);
                            return Ok(Value::None);
                        }
                    }
                }
                match found {
                    Some(position) => {
                        known.remove(position);
                    }
                    None => return Err(self.raise("ValueError", "list.remove(x): x not in list", at)),
                }
            }
            ("pop", position) => {
                let Some(known) = &mut items else {
                    self.may_raise(at, "whether the list is empty is not known")?;
                    return Ok(Value::external());
                };
                let length = known.len() as i64;
                let position = match position {
                    None => length - 1,
                    Some(Value::Int(position)) if position < 0 => position + length,
                    Some(Value::Int(position)) => position,
                    Some(_) => return Ok(Value::external()),
                };
                if position < 0 || position >= length {
                    return Err(self.raise("IndexError", "pop from empty list", at));
                }
                let value = known.remove(position as usize);
                self.set_content(id, items);
                return Ok(value);
            }
            ("clear", None) => items = Some(Vec::new()),
            ("reverse", None) => {
                if let Some(items) = &mut items {
                    items.reverse();
                }
            }
            ("sort", _) => {
                let sorted = self.gathered("sorted", items.clone(), arguments, at);
                items = match sorted {
                    Value::Object(sorted) => self.content(sorted, at),
                    _ => None,
                };
            }
            ("copy", None) => return Ok(self.container(Object::List, items, at)),
            ("count", Some(value)) => {
                let Some(items) = items else { return Ok(Value::external()) };
                return Ok(Value::Int(items.iter().filter(|item| **item == value).count() as i64));
            }
            ("index", Some(value)) => {
                let Some(items) = items else { return Ok(Value::external()) };
                return match items.iter().position(|item| *item == value) {
                    Some(position) => Ok(Value::Int(position as i64)),
                    None if matches!(value, Value::Str(_) | Value::Int(_)) => {
                        Err(self.raise("ValueError", "is not in list", at))
                    }
                    None => Ok(Value::external()),
                };
            }
            _ => return Ok(Value::external()),
        }
        self.set_content(id, items);
        Ok(Value::None)
    }

    fn call_set_method(&mut self, id: ObjId, name: &str, arguments: &Arguments, at: Place) -> Exec<Value> {
        let mut items = self.content(id, at);
        let first = arguments.get(0).cloned();
        match (name, first) {
            ("add", Some(value)) => {
                if let Some(items) = &mut items
                    && !items.contains(&value)
                {
                    items.push(value);
                }
            }
            ("update", Some(more)) => {
                let more = self.items(more, at)?;
                items = items.zip(more).map(|(mut items, more)| {
                    for item in more {
                        if !items.contains(&item) {
                            items.push(item);
                        }
                    }
                    items
                });
            }
            ("discard", Some(value)) => {
                if let Some(items) = &mut items {
                    items.retain(|item| *item != value);
                }
            }
            ("remove", Some(value)) => {
                if let Some(items) = &mut items {
                    if !items.contains(&value) {
                        let shown = self.represented(&value);
                        return Err(self.raise("KeyError", shown, at));
                    }
                    items.retain(|item| *item != value);
                }
            }
            ("clear", None) => items = Some(Vec::new()),
            ("copy", None) => return Ok(self.container(Object::Set, items, at)),
            ("union" | "intersection" | "difference", Some(other)) => {
                let Some(other) = self.items(other, at)? else { return Ok(Value::external()) };
                let result = items.map(|items| match name {
                    "union" => {
                        let more: Vec<Value> =
                            other.into_iter().filter(|item| !items.contains(item)).collect();
                        items.into_iter().chain(more).collect()
                    }
                    "intersection" => items.into_iter().filter(|item| other.contains(item)).collect(),
                    _ => items.into_iter().filter(|item| !other.contains(item)).collect(),
                });
                return Ok(self.container(Object::Set, result, at));
            }
            ("pop", None) => {
                let Some(known) = &items else { return Ok(Value::external()) };
                if known.is_empty() {
                    return Err(self.raise("KeyError", "'pop from an empty set'", at));
                }
                items = None;
                self.set_content(id, items);
                return Ok(Value::external());
            }
            _ => return Ok(Value::external()),
        }
        self.set_content(id, items);
        Ok(Value::None)
    }

    fn call_dict_method(
        &mut self,
        receiver: &Value,
        id: ObjId,
        name: &str,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let pairs = self.pairs(receiver, at)?;
        let first = arguments.get(0).cloned().map(|value| self.force(value, at));
        let default = arguments.get(1).cloned();
        Ok(match (name, first) {
            ("get" | "pop" | "setdefault", Some(key)) => {
                let Some(pairs) = pairs else {
                    if name == "pop" && default.is_none() {
                        self.may_raise(at, "whether there is such a key is not known")?;
                    }
                    return Ok(Value::external());
                };
                let mut found = None;
                for (known, value) in &pairs {
                    match self.is_equal(known, &key, at) {
                        Some(true) => found = Some(value.clone()),
                        Some(false) => {}
                        None => {
                            if name == "pop" && default.is_none() {
                                self.may_raise(at, "whether there is such a key is not known")?;
                            }
                            return Ok(Value::external());
                        }
                    }
                }
                if found.is_none() && matches!(key, Value::External(_) | Value::Unknown) {
                    return Ok(Value::external());
                }
                match (name, found) {
                    ("get" | "setdefault", Some(value)) => value,
                    ("pop", Some(value)) => {
                        let rest: Vec<_> = pairs.into_iter().filter(|(known, _)| *known != key).collect();
                        self.state.set(id, Sym::CONTENT, Value::Pairs(rest.into()));
                        value
                    }
                    ("pop", None) => {
                        if let Some(default) = default {
                            default
                        } else {
                            let shown = self.represented(&key);
                            return Err(self.raise("KeyError", shown, at));
                        }
                    }
                    ("setdefault", None) => {
                        let default = default.unwrap_or(Value::None);
                        self.set_item(receiver.clone(), key, default.clone(), at)?;
                        default
                    }
                    _ => default.unwrap_or(Value::None),
                }
            }
            ("keys", _) => {
                let items = pairs.map(|pairs| pairs.into_iter().map(|(key, _)| key).collect());
                // It has the operators of a set.
                self.container(Object::Set, items, at)
            }
            ("values", _) => {
                let items = pairs.map(|pairs| pairs.into_iter().map(|(_, value)| value).collect());
                self.container(Object::List, items, at)
            }
            ("items", _) => {
                let items = pairs.map(|pairs| {
                    pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect()
                });
                self.container(Object::List, items, at)
            }
            ("copy", _) => self.make_dict(pairs, ObjId::MACHINE, at.range),
            ("clear", _) => {
                self.state.set(id, Sym::CONTENT, Value::Pairs([].into()));
                Value::None
            }
            ("update", first) => {
                let other = self.call_builtin(
                    "dict",
                    Arguments { positional: first.into_iter().collect(), ..arguments },
                    at,
                )?;
                let more = self.pairs(&other, at)?;
                let merged = pairs.zip(more).map(|(mut pairs, more)| {
                    more.into_iter().for_each(|(key, value)| insert(&mut pairs, key, value));
                    pairs
                });
                let content = merged.map_or(Value::external(), |pairs| Value::Pairs(pairs.into()));
                self.state.set(id, Sym::CONTENT, content);
                Value::None
            }
            _ => Value::external(),
        })
    }

    /// A method of `globals()` and its like.
    fn call_view_method(&mut self, of: ObjId, name: &str, arguments: &Arguments, at: Place) -> Exec<Value> {
        let first = arguments.get(0).cloned().map(|value| self.force(value, at));
        let default = arguments.get(1).cloned();
        let view = self.view(of);
        Ok(match (name, first) {
            ("get" | "pop" | "setdefault", Some(Value::Str(key))) => {
                let symbol = self.sym(&key);
                let found = if of == ObjId::SYS_MODULES {
                    match self.sys_module(symbol, at)? {
                        None if self.is_in_sys_modules(symbol, at)? => Some(Value::External(symbol)),
                        other => other,
                    }
                } else {
                    self.present(of, symbol, at)?
                };
                match (name, found) {
                    ("pop", Some(value)) => {
                        if of == ObjId::SYS_MODULES {
                            self.drop_sys_module(symbol);
                        } else {
                            self.state.unset(of, symbol);
                        }
                        value
                    }
                    (_, Some(value)) => value,
                    ("pop", None) => match default {
                        Some(default) => default,
                        None if self.is_opaque(of) => {
                            self.may_raise(at, "whether there is such a name is not known")?;
                            Value::Unknown
                        }
                        None => return Err(self.raise("KeyError", format!("'{key}'"), at)),
                    },
                    ("setdefault", None) => {
                        let default = default.unwrap_or(Value::None);
                        self.set_item(view, Value::Str(key), default.clone(), at)?;
                        default
                    }
                    _ if of != ObjId::SYS_MODULES && self.is_opaque(of) => Value::Unknown,
                    _ => default.unwrap_or(Value::None),
                }
            }
            ("update", Some(other)) => {
                match self.pairs(&other, at)? {
                    Some(pairs) => {
                        for (key, value) in pairs {
                            self.set_item(view.clone(), key, value, at)?;
                        }
                    }
                    None => self.make_opaque(of),
                }
                for (key, value) in &arguments.keywords {
                    self.state.set(of, *key, value.clone());
                }
                Value::None
            }
            ("update", None) => {
                for (key, value) in &arguments.keywords {
                    self.state.set(of, *key, value.clone());
                }
                Value::None
            }
            ("keys" | "items" | "values" | "copy", _) if of != ObjId::SYS_MODULES => {
                let pairs = self.view_pairs(of);
                if name == "copy" {
                    return Ok(self.make_dict(Some(pairs), ObjId::MACHINE, at.range));
                }
                let items = pairs.into_iter().map(|(key, value)| match name {
                    "keys" => key,
                    "values" => value,
                    _ => Value::tuple(vec![key, value]),
                });
                let items = Some(items.collect());
                self.container(Object::List, items, at)
            }
            ("pop" | "__delitem__" | "__setitem__" | "setdefault" | "clear" | "popitem", _) => {
                self.doubt(at, "the name that is changed here is not known");
                self.make_opaque(of);
                Value::Unknown
            }
            _ => Value::external(),
        })
    }
}

fn class_is_plain(class: &crate::value::Class) -> bool {
    class.order.iter().all(|base| matches!(base, Value::Object(_)))
}
