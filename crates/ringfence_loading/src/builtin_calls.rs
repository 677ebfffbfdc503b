//! Calls of what `builtins` has.
//!
//! Long, as it is one case a function.

use ruff_python_ast::CmpOp;

use crate::Place;
use crate::arguments::Arguments;
use crate::builtins::{OBJECT_ATTRIBUTES, is_type};
use crate::call_expressions::COMPILED;
use crate::calls::MODULE_TYPE;
use crate::exceptions::derives;
use crate::expressions::insert;
use crate::iteration::{Next, Source};
use crate::machine::{Exec, Machine, Made, Stop};
use crate::report::{Cause, Why};
use crate::symbols::Sym;
use crate::value::{ExceptionValue, ObjId, Object, Stream, Value, Wrapper};
use std::rc::Rc;

impl<'a> Machine<'a> {
    pub(crate) fn call_builtin(
        &mut self,
        name: &'static str,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let value = self.value_of_builtin(name, arguments, at)?;
        if value == Value::external()
            && let Some(kind) = type_of_builtin(name)
        {
            return Ok(self.object_of(kind));
        }
        Ok(value)
    }

    fn value_of_builtin(&mut self, name: &'static str, arguments: Arguments, at: Place) -> Exec<Value> {
        if derives(name, "BaseException") {
            self.check_exception_arguments(name, &arguments, at)?;
            let name_keyword = arguments.keyword(Sym::ERROR_NAME);
            let about = match name_keyword {
                Some(Value::Str(text)) => Some(Rc::clone(text)),
                _ => None,
            };
            return Ok(Value::Exception(Rc::new(ExceptionValue {
                class: Value::Builtin(match (name, arguments.positional.first()) {
                    ("OSError", Some(Value::Int(number))) if arguments.positional.len() > 1 => {
                        crate::exceptions::of_error_number(*number)
                    }
                    _ => name,
                }),
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
            ("vars", Some(Value::Object(id)), None)
                if !matches!(
                    self.object(id),
                    Object::List | Object::Dict | Object::Set | Object::View(_) | Object::Iterator
                ) =>
            {
                self.view(id)
            }
            (
                "vars",
                Some(
                    Value::Object(_)
                    | Value::None
                    | Value::Bool(_)
                    | Value::Int(_)
                    | Value::Float(_)
                    | Value::Str(_)
                    | Value::Bytes(_)
                    | Value::Tuple(_),
                ),
                None,
            ) => return Err(self.raise("TypeError", "vars() argument must have __dict__ attribute", at)),
            ("isinstance", Some(object), Some(classes)) => {
                self.require_classes(
                    "isinstance() arg 2 must be a type, a tuple of types, or a union",
                    &classes,
                    at,
                )?;
                let class = self.class_of(&object);
                let known = if let Some(class) = self.class_of_external(&object) {
                    self.is_one_of(&class, &classes, at)?
                } else if matches!(object, Value::External(_)) {
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
                self.require_classes(
                    "issubclass() arg 2 must be a class, a tuple of classes, or a union",
                    &classes,
                    at,
                )?;
                self.is_one_of(&class, &classes, at)?.map_or(Value::external(), Value::Bool)
            }
            ("callable", Some(object), None) => {
                self.is_callable(&object, at)?.map_or(Value::external(), Value::Bool)
            }
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
                    Some(method) => {
                        let length = self.call(method, Arguments::default(), at)?;
                        self.require_length(length, at)?
                    }
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
            // As good as it is itself to be compared with another.
            ("tuple", Some(Value::External(path)), None) if &*self.text(path) == "sys.version_info" => {
                Value::External(path)
            }
            (
                "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" | "enumerate",
                Some(object),
                _,
            ) => {
                if name == "iter"
                    && arguments.len() == 1
                    && let Value::Object(id) = object
                    && matches!(
                        self.object(id),
                        Object::Iterator | Object::Generator(_) | Object::Stream { .. }
                    )
                {
                    return Ok(object);
                }
                if name == "iter" && arguments.len() > 1 {
                    return Ok(Value::external());
                }
                if name == "iter" {
                    return self.iterator_of(object, at);
                }
                if name == "enumerate" {
                    let start = self.sym("start");
                    let start = arguments.get(1).or_else(|| arguments.keyword(start)).cloned();
                    let stream = self.stream(Stream::Enumerate, Value::None, [object], at)?;
                    if let (Value::Object(id), Some(start)) = (&stream, start) {
                        self.state.set(*id, Sym::POSITION, start);
                    }
                    return Ok(stream);
                }
                if name == "sorted" {
                    let key = self.sym("key");
                    if let Some(key) = arguments.keyword(key).cloned() {
                        let mut keys = Vec::new();
                        for item in self.items(object.clone(), at)?.unwrap_or_default() {
                            keys.push(self.call(key.clone(), Arguments::of([item]), at)?);
                        }
                        self.check_order(&keys, CmpOp::Lt, at)?;
                        return Ok(Value::external());
                    }
                }
                let items = self.items(object, at)?;
                if matches!(name, "set" | "frozenset") {
                    self.require_hashes(items.as_deref(), at)?;
                }
                if name == "sorted"
                    && let Some(items) = &items
                {
                    self.check_order(items, CmpOp::Lt, at)?;
                }
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
                        Value::Object(id)
                            if matches!(self.object(*id), Object::Instance { .. })
                                && (self.is_open_instance(&first) || self.has_keys(&first, at)?) =>
                        {
                            self.pairs_of_instance(&first, at)?
                        }
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
                    (Some(Value::Int(_)), Some(Value::Int(0))) => {
                        return Err(self.raise("ValueError", "range() arg 3 must not be zero", at));
                    }
                    (Some(Value::Int(stop)), Some(Value::Int(step))) => (first, stop, step),
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
                if arguments.more {
                    return Ok(Value::external());
                }
                self.stream(Stream::Zip, Value::None, arguments.positional, at)?
            }
            ("map", Some(function), Some(_)) => {
                self.stream(Stream::Map, function, arguments.positional.into_iter().skip(1), at)?
            }
            ("filter", Some(function), Some(items)) => self.stream(Stream::Filter, function, [items], at)?,
            ("any" | "all", Some(object), None) => {
                let mut source = self.source(object, 1, at)?;
                while let Some(item) = self.next_of(&mut source, at)? {
                    if matches!(item, Value::External(_) | Value::Unknown | Value::OneOf(_)) {
                        return Ok(Value::external());
                    }
                    if self.truth(item, at)? == (name == "any") {
                        return Ok(Value::Bool(name == "any"));
                    }
                }
                if matches!(source, Source::Unknown(_)) {
                    Value::external()
                } else {
                    Value::Bool(name == "all")
                }
            }
            ("next", Some(object), default) => {
                if let Value::Object(id) = object {
                    match self.object(id).clone() {
                        Object::Iterator | Object::Generator(_) | Object::Stream { .. } => {
                            return match self.advance(&object, at)? {
                                Next::Item(item) => Ok(item),
                                Next::End => match default {
                                    Some(default) => Ok(default),
                                    None => Err(self.raise("StopIteration", "", at)),
                                },
                                Next::Unknown => Ok(Value::external()),
                            };
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
            ("str" | "repr" | "format" | "ascii", Some(value), second) => match self.shown(&value, at)? {
                Some(text) if name == "str" => Value::str(&text),
                _ => {
                    let is_empty = matches!(&second, None | Some(Value::Str(_)) if !matches!(&second, Some(Value::Str(format)) if !format.is_empty()));
                    if name == "format" && !is_empty {
                        self.check_format(&value, at)?;
                    }
                    self.object_of("str")
                }
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
                self.check_order(&items, if name == "max" { CmpOp::Gt } else { CmpOp::Lt }, at)?;
                match numbers {
                    Some(numbers) => {
                        let found = if name == "min" { numbers.iter().min() } else { numbers.iter().max() };
                        found.map_or(Value::external(), |number| Value::Int(*number))
                    }
                    None if items.iter().all(|item| {
                        self.type_name(item).is_some_and(|kind| matches!(kind, "int" | "bool"))
                    }) =>
                    {
                        self.object_of("int")
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
                match self.names_of_object(&object) {
                    Some(names) => self.container(Object::List, Some(names), at),
                    None => Value::external(),
                }
            }
            ("compile", Some(Value::Str(text)), Some(_)) => {
                let trees = self.trees;
                if trees.snippet(text.trim()).suite().is_none() {
                    return Err(self.raise("SyntaxError", "invalid syntax", at));
                }
                let is_for_exec = matches!(arguments.get(2), Some(Value::Str(mode)) if &**mode == "exec");
                if is_for_exec {
                    let kind = self.sym(COMPILED);
                    Value::tuple(vec![Value::External(kind), Value::Str(text)])
                } else {
                    // `eval` takes either.
                    Value::Str(text)
                }
            }
            ("exit" | "quit", _, _) => return Err(self.raise("SystemExit", "", at)),
            ("hash", Some(value), None) => {
                self.require_hash(&value, at)?;
                Value::external()
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
            // Called by something else, such as `map`.
            ("__import__", Some(Value::Str(name)), _)
                if arguments.positional.len() < 4 && arguments.keywords.is_empty() =>
            {
                let by = self.running.last().map(|running| running.module.to_string());
                let cause = Cause { by, at: Some(at), why: Why::Named };
                let value = self.import_name(&name, &cause, at)?;
                match name.split_once('.') {
                    Some((top, _)) => self.import_name(top, &cause, at)?,
                    None => value,
                }
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

    /// `dir(object)` of a class, or an instance of one; nothing where not all names are known.
    fn names_of_object(&self, object: &Value) -> Option<Vec<Value>> {
        let Value::Object(id) = object else { return None };
        let class_id = match self.object(*id) {
            Object::Class(_) => *id,
            Object::Instance { class } => *class,
            _ => return None,
        };
        let Object::Class(class) = self.object(class_id) else { return None };
        let bases: Option<Vec<ObjId>> = class
            .order
            .iter()
            .map(|base| if let Value::Object(base) = base { Some(*base) } else { None })
            .collect();
        if class.is_open || class.metaclass.is_some() {
            return None;
        }
        let mut names: Vec<Rc<str>> = OBJECT_ATTRIBUTES
            .iter()
            .chain(&["__dict__", "__module__", "__weakref__"])
            .map(|name| Rc::from(*name))
            .collect();
        for of in bases?.into_iter().chain([class_id, *id]) {
            if self.is_opaque(of) || self.state.get(of, Sym::DIR).is_some() {
                return None;
            }
            for (name, _) in self.view_pairs(of) {
                if let Value::Str(name) = name {
                    names.push(name);
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        Some(names.into_iter().map(Value::Str).collect())
    }

    /// `getattr(object, key)` with a key that is not known.
    pub(crate) fn unnamed(&mut self, object: &Value, key: &Value, at: Place) -> Exec<Value> {
        if matches!(key, Value::External(_) | Value::Unknown) {
            if matches!(object, Value::External(_)) {
                return Ok(Value::external());
            }
            self.may_raise(at, "which attribute this takes is not known")?;
            return Ok(Value::Unknown);
        }
        Err(self.raise("TypeError", "attribute name must be string", at))
    }

    pub(crate) fn is_one_of(&mut self, class: &Value, classes: &Value, at: Place) -> Exec<Option<bool>> {
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
                (Value::External(_), Value::Object(_) | Value::External(_))
                | (Value::Builtin("dict"), Value::External(_)) => self.is_subclass(class, &other),
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

    /// Raises where items that are put in order have none.
    pub(crate) fn check_order(&mut self, items: &[Value], op: CmpOp, at: Place) -> Exec<()> {
        let items: Vec<Value> = items.iter().map(|item| self.force(item.clone(), at)).collect();
        for pair in items.windows(2) {
            self.compare(pair[1].clone(), op, pair[0].clone(), at)?;
        }
        Ok(())
    }

    pub(crate) fn wrap(&mut self, kind: Wrapper, function: Value, at: Place) -> Value {
        let made = self.make(ObjId::MACHINE, at.range, Made::Wrapper, Object::Wrapper { kind, function });
        Value::Object(made)
    }

    pub(crate) fn container(&mut self, object: Object<'a>, items: Option<Vec<Value>>, at: Place) -> Value {
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
            defect: None,
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
        let mut is_open = false;
        for base in &bases {
            let is_class = match base {
                Value::Object(id) => match self.object(*id) {
                    Object::Class(class) => {
                        is_open |= class.is_open;
                        true
                    }
                    _ => false,
                },
                Value::Builtin(name) => is_type(name),
                Value::External(path) => {
                    is_open |= &*self.text(*path) != MODULE_TYPE;
                    true
                }
                Value::Unknown | Value::OneOf(_) => return Ok(Value::external()),
                _ => false,
            };
            if !is_class {
                return Err(self.raise("TypeError", "bases must be types", at));
            }
        }
        let (order, defect) = self.order_of(&bases);
        let module = self.running.last().map_or(ObjId::MACHINE, |running| running.object);
        let class = crate::value::Class {
            def: None,
            name: name.into(),
            module,
            bases,
            order,
            is_open,
            metaclass: None,
            defect,
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

    pub(crate) fn gathered(
        &mut self,
        name: &str,
        items: Option<Vec<Value>>,
        arguments: &Arguments,
        at: Place,
    ) -> Value {
        match name {
            "tuple" => items.map_or(Value::external(), Value::tuple),
            "set" | "frozenset" => self.make_set(items, ObjId::MACHINE, at.range),
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
            _ => self.container(Object::List, items, at),
        }
    }
}

/// The type of what a function or class of `builtins` gives, where no more is known.
fn type_of_builtin(name: &str) -> Option<&'static str> {
    Some(match name {
        "ascii" | "bin" | "chr" | "format" | "hex" | "input" | "oct" | "repr" | "str" => "str",
        "hash" | "id" | "int" | "len" | "ord" => "int",
        "float" => "float",
        "all" | "any" | "bool" | "callable" | "hasattr" | "isinstance" | "issubclass" => "bool",
        _ => return None,
    })
}
