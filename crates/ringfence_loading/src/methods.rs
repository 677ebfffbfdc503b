//! Methods of what Python itself defines.
//!
//! Long, as it is one case a method.

use crate::Place;
use crate::arguments::Arguments;
use crate::builtins::OBJECT_ATTRIBUTES;
use crate::exceptions::derives;
use crate::expressions::insert;
use crate::machine::{Exec, Machine, Made};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value, Wrapper};
use std::rc::Rc;

impl Machine<'_> {
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
            Value::Method(method) if name == Sym::GET => {
                return Ok(match arguments.get(0) {
                    None | Some(Value::None) => receiver,
                    // `type.__dict__["__dict__"]` is no function.
                    Some(instance) if method.1 == Sym::DICT => {
                        return self.attribute(instance.clone(), Sym::DICT, at);
                    }
                    Some(instance) => Value::Method(Rc::new((instance.clone(), method.1))),
                });
            }
            Value::Str(string) if &*text == "operator.attrgetter" => {
                let Some(mut value) = arguments.get(0).cloned() else { return Ok(Value::external()) };
                for part in string.split('.') {
                    let part = self.sym(part);
                    value = self.attribute(value, part, at)?;
                }
                return Ok(value);
            }
            _ if &*text == "operator.itemgetter" => {
                let Some(value) = arguments.get(0).cloned() else { return Ok(Value::external()) };
                return self.item(value, receiver, at);
            }
            Value::Str(string) => return self.call_text_method(string, &text, &arguments, at),
            Value::Tuple(items) if matches!(&*text, "index" | "count") => {
                let Some(value) = arguments.get(0).cloned() else { return Ok(Value::external()) };
                let mut found = Vec::new();
                for (position, item) in items.iter().enumerate() {
                    match self.is_equal(item, &value, at) {
                        Some(true) => found.push(position as i64),
                        Some(false) => {}
                        None => return Ok(Value::external()),
                    }
                }
                return match (&*text, found.first()) {
                    ("count", _) => Ok(Value::Int(found.len() as i64)),
                    (_, Some(first)) if arguments.len() == 1 => Ok(Value::Int(*first)),
                    (_, None) => Err(self.raise("ValueError", "tuple.index(x): x not in tuple", at)),
                    _ => Ok(Value::external()),
                };
            }
            Value::Super(parts) => {
                return self.call_object_method(&parts.1.clone(), &text, arguments, at);
            }
            Value::Builtin(builtin) => {
                return match (*builtin, &*text) {
                    ("object" | "type", _) => {
                        let receiver = arguments.get(0).cloned().unwrap_or(Value::external());
                        if &*text == "__new__" {
                            return self.call_object_method(&receiver, &text, arguments, at);
                        }
                        let mut rest = arguments;
                        if !rest.positional.is_empty() {
                            rest.positional.remove(0);
                        }
                        self.call_object_method(&receiver, &text, rest, at)
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
                    (_, "__new__") => {
                        let receiver = arguments.get(0).cloned().unwrap_or(Value::external());
                        self.call_object_method(&receiver, &text, arguments, at)
                    }
                    // A static method.
                    (_, "maketrans") => Ok(Value::external()),
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
                Object::Class(_) if name == Sym::DATACLASS => return self.initialize(*id, arguments, at),
                Object::Instance { .. } | Object::Class(_) => {
                    return self.call_object_method(&receiver, &text, arguments, at);
                }
                Object::Cached(_) => {
                    if &*text == "cache_clear" {
                        self.state.set(*id, Sym::CONTENT, Value::Pairs([].into()));
                        return Ok(Value::None);
                    }
                    return Ok(Value::external());
                }
                Object::Dispatcher(_) => return self.call_dispatcher_method(*id, name, arguments, at),
                Object::ContextVariable => return self.call_variable_method(*id, &text, &arguments, at),
                Object::Stack => return self.call_stack_method(*id, &text, arguments, at),
                Object::Generator(generator) => {
                    return self.call_generator_method(*id, &generator, &text, &arguments, at);
                }
                Object::Iterator | Object::Stream { .. } => {
                    return match &*text {
                        "__iter__" => Ok(receiver),
                        "__next__" => self.call_builtin("next", Arguments::of([receiver]), at),
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
    pub(crate) fn call_object_method(
        &mut self,
        receiver: &Value,
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
                let is_metaclass = definition.order.contains(&Value::Builtin("type"))
                    || self.making.last().is_some_and(|(class, _)| {
                        matches!(self.object(*class), Object::Class(class) if class.metaclass == Some(Value::Object(id)))
                    });
                if is_metaclass {
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
                let made =
                    self.make(ObjId::MACHINE, at.range, Made::Instance, Object::Instance { class: id });
                let mut rest = arguments;
                if !rest.positional.is_empty() {
                    rest.positional.remove(0);
                }
                self.fill_fields(made, id, &definition, &rest, at)?;
                Ok(Value::Object(made))
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
                        return self.bound_to(value, receiver.clone(), class, at);
                    }
                    if key == Sym::DICT {
                        return Ok(self.view(*id));
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
            _ => Ok(Value::external()),
        }
    }

    pub(crate) fn call_list_method(
        &mut self,
        id: ObjId,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
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
                if arguments.len() == 0
                    && let Some(items) = &items
                {
                    self.check_order(items, ruff_python_ast::CmpOp::Lt, at)?;
                }
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

    pub(crate) fn call_set_method(
        &mut self,
        id: ObjId,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
        let mut items = self.content(id, at);
        let first = arguments.get(0).cloned();
        match (name, first) {
            ("add", Some(value)) => {
                self.require_hash(&value, at)?;
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
            ("issuperset" | "issubset" | "isdisjoint", Some(other)) => {
                let other = self.items(other, at)?;
                let (Some(own), Some(other)) = (&items, other) else { return Ok(self.object_of("bool")) };
                let (all, of) = if name == "issuperset" { (&other, own) } else { (own, &other) };
                let mut answer = Some(true);
                for item in all {
                    let mut is_there = Some(false);
                    for candidate in of {
                        match self.is_equal(item, candidate, at) {
                            Some(true) => is_there = Some(true),
                            Some(false) => {}
                            None if is_there == Some(false) => is_there = None,
                            None => {}
                        }
                        if is_there == Some(true) {
                            break;
                        }
                    }
                    match is_there.map(|is_there| is_there != (name == "isdisjoint")) {
                        Some(true) => {}
                        Some(false) => return Ok(Value::Bool(false)),
                        None => answer = None,
                    }
                }
                return Ok(answer.map_or_else(|| self.object_of("bool"), Value::Bool));
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

    pub(crate) fn call_dict_method(
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
            ("move_to_end", Some(key)) => {
                let moved = pairs.and_then(|mut pairs| {
                    let position = pairs.iter().position(|(known, _)| *known == key)?;
                    let pair = pairs.remove(position);
                    pairs.push(pair);
                    (arguments.len() == 1).then_some(pairs)
                });
                let content = moved.map_or(Value::external(), |pairs| Value::Pairs(pairs.into()));
                self.state.set(id, Sym::CONTENT, content);
                Value::None
            }
            ("get" | "pop" | "setdefault", Some(key)) => {
                self.require_hash(&key, at)?;
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
    pub(crate) fn call_view_method(
        &mut self,
        of: ObjId,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
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
                let other = self.call_builtin("dict", Arguments::of([other]), at)?;
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
