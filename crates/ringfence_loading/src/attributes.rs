//! Attributes: of modules, classes, instances, and of what Python itself defines.
//!
//! Long, as each kind of thing looks its attributes up in its own way, and all of them call each other.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt};

use crate::Place;
use crate::arguments::Arguments;
use crate::attribute_changes::given_name;
use crate::builtins::{OBJECT_ATTRIBUTES, TYPE_ATTRIBUTES, builtin_type_has, library_class_has};
use crate::machine::{Exec, Machine, Stop};
use crate::symbols::Sym;
use crate::value::{Code, ObjId, Object, Value, Wrapper};

impl Machine<'_> {
    pub(crate) fn has_attribute(&mut self, value: Value, name: Sym, at: Place) -> Exec<bool> {
        match self.attribute(value, name, at) {
            Ok(_) => Ok(true),
            Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    /// `value.name`
    pub(crate) fn attribute(&mut self, value: Value, name: Sym, at: Place) -> Exec<Value> {
        let value = self.force(value, at);
        let kind: &str = match &value {
            Value::Object(id) => match self.object(*id).clone() {
                Object::Module(_) => return self.module_attribute(*id, name, at),
                Object::Class(_) => return self.attribute_of_class(*id, name, at),
                Object::Instance { class } => return self.attribute_of_instance(*id, class, name, at),
                Object::Function(function) => {
                    if let Some(found) = self.present(*id, name, at)? {
                        return Ok(found);
                    }
                    if name == Sym::NAME {
                        return Ok(Value::Str(self.text(function.name)));
                    }
                    if name == Sym::QUALNAME {
                        return Ok(Value::Str(Rc::clone(&function.names.qualified)));
                    }
                    if name == Sym::MODULE {
                        return Ok(Value::Str(self.module_name(function.globals)));
                    }
                    if name == Sym::DICT {
                        return Ok(self.view(*id));
                    }
                    if name == Sym::DOC {
                        return Ok(match function.code {
                            Code::Def(def) => docstring(&def.body),
                            Code::Lambda(_) => Value::None,
                        });
                    }
                    if name == Sym::ANNOTATIONS {
                        let annotations = self.annotations_of(&function, at);
                        self.state.set(*id, name, annotations.clone());
                        return Ok(annotations);
                    }
                    let text = self.text(name);
                    if FUNCTION_ATTRIBUTES.contains(&&*text) {
                        return Ok(Value::external());
                    }
                    "function"
                }
                Object::Wrapper { kind: Wrapper::Property, .. } => {
                    let text = self.text(name);
                    if matches!(&*text, "setter" | "getter" | "deleter") {
                        return Ok(Value::Method(Rc::new((value, name))));
                    }
                    if matches!(&*text, "fget" | "fset" | "fdel") {
                        return Ok(Value::external());
                    }
                    "property"
                }
                Object::Wrapper { function, .. } => {
                    if &*self.text(name) == "__func__" {
                        return Ok(function);
                    }
                    return self.attribute(function, name, at);
                }
                Object::List => "list",
                Object::Dict => match self.state.get(*id, Sym::KIND).cloned() {
                    Some(Value::External(path)) => {
                        let text = self.text(name);
                        let of_dict = builtin_type_has("dict", &text);
                        if !of_dict && library_class_has(&self.text(path), &text) != Some(false) {
                            return Ok(Value::Method(Rc::new((value, name))));
                        }
                        "dict"
                    }
                    _ => "dict",
                },
                Object::View(_) => "dict",
                Object::Set => "set",
                Object::Generator(_) => "generator",
                Object::Iterator | Object::Stream { .. } => "iterator",
                Object::Partial { function, .. } => {
                    if let Some(found) = self.present(*id, name, at)? {
                        return Ok(found);
                    }
                    let text = self.text(name);
                    if &*text == "func" {
                        return Ok(function);
                    }
                    let is_one =
                        matches!(&*text, "args" | "keywords" | "__module__" | "__call__" | "__dict__");
                    // What the library makes is no such object.
                    if is_one || OBJECT_ATTRIBUTES.contains(&&*text) || matches!(function, Value::External(_))
                    {
                        return Ok(Value::external());
                    }
                    "functools.partial"
                }
                Object::Cached(function)
                | Object::Dispatcher(function)
                | Object::Managed { function, .. } => {
                    if let Some(found) = self.present(*id, name, at)? {
                        return Ok(found);
                    }
                    let text = self.text(name);
                    if text.starts_with("cache_") || matches!(&*text, "register" | "dispatch" | "registry") {
                        return Ok(Value::Method(Rc::new((value, name))));
                    }
                    if &*text == "__wrapped__" {
                        return Ok(function);
                    }
                    return self.attribute(function, name, at);
                }
                Object::Plain(kind) => kind,
                Object::Field(_) => return Ok(Value::external()),
                Object::Stack => return Ok(Value::Method(Rc::new((value, name)))),
                Object::ContextVariable if matches!(&*self.text(name), "get" | "set" | "reset") => {
                    return Ok(Value::Method(Rc::new((value, name))));
                }
                Object::ContextVariable | Object::Token => return Ok(Value::external()),
                Object::Suppress(_)
                | Object::NullContext(_)
                | Object::Ours
                | Object::Frame { .. }
                | Object::Lazy { .. } => {
                    return Ok(Value::external());
                }
            },
            Value::External(path) => return self.external_attribute(*path, name, at),
            Value::Unknown => {
                let text = self.text(name);
                self.may_raise(at, &format!("what `{text}` is taken from is not known"))?;
                return Ok(Value::Unknown);
            }
            Value::Exception(exception) => {
                let text = self.text(name);
                return Ok(match &*text {
                    "name" if exception.name.is_some() || has_name(&exception.class) => match &exception.name
                    {
                        Some(name) => Value::Str(Rc::clone(name)),
                        None => Value::None,
                    },
                    "args" => Value::tuple(exception.arguments.clone()),
                    "__class__" => exception.class.clone(),
                    _ => {
                        let given = self.sym(&given_name("exception", &text));
                        let lacks = matches!(exception.class, Value::Builtin(class) if !builtin_type_has(class, &text))
                            && !text.starts_with("__")
                            && self.state.get(ObjId::MACHINE, given).is_none();
                        if lacks {
                            let class = self.class_name(&exception.class);
                            let message = format!("'{class}' object has no attribute '{text}'");
                            return Err(self.raise("AttributeError", message, at));
                        }
                        Value::external()
                    }
                });
            }
            Value::Bound(bound) => {
                let text = self.text(name);
                match &*text {
                    "__func__" => return Ok(bound.0.clone()),
                    "__self__" => return Ok(bound.1.clone()),
                    _ => return self.attribute(bound.0.clone(), name, at),
                }
            }
            Value::Super(parts) => return self.attribute_of_super(&parts.0, &parts.1, name, at),
            Value::Method(method) => {
                // `object.__setattr__.__get__`: what stands in a type binds as a function does.
                let stands_in_type =
                    matches!(&method.0, Value::Builtin(kind) if crate::builtins::is_type(kind));
                if stands_in_type && name == Sym::GET {
                    return Ok(Value::Method(Rc::new((value, name))));
                }
                return Ok(match &*self.text(name) {
                    "__name__" => Value::Str(self.text(method.1)),
                    "__self__" => method.0.clone(),
                    _ => Value::external(),
                });
            }
            Value::Builtin(builtin) => {
                if name == Sym::NAME || name == Sym::QUALNAME {
                    return Ok(Value::str(builtin));
                }
                let text = self.text(name);
                let is_type = crate::builtins::is_type(builtin);
                if is_type && is_data(&text) {
                    return Ok(Value::external());
                }
                if builtin_type_has(builtin, &text)
                    || OBJECT_ATTRIBUTES.contains(&&*text)
                    || TYPE_ATTRIBUTES.contains(&&*text) && is_type
                    || FUNCTION_ATTRIBUTES.contains(&&*text) && !is_type
                {
                    return Ok(Value::Method(Rc::new((value, name))));
                }
                let message = if is_type {
                    format!("type object '{builtin}' has no attribute '{text}'")
                } else {
                    format!("'builtin_function_or_method' object has no attribute '{text}'")
                };
                return Err(self.raise("AttributeError", message, at));
            }
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::Tuple(_) => "tuple",
            Value::Ellipsis => "ellipsis",
            Value::Pairs(_) | Value::OneOf(_) | Value::Absent => return Ok(Value::external()),
        };
        let text = self.text(name);
        // What `pkgutil` tells of a module.
        if let Value::Tuple(parts) = &value
            && let [Value::External(finder), module, is_package] = &**parts
            && &*self.text(*finder) == "importlib.machinery.FileFinder"
        {
            match &*text {
                "name" => return Ok(module.clone()),
                "ispkg" => return Ok(is_package.clone()),
                "module_finder" => return Ok(Value::External(*finder)),
                _ => {}
            }
        }
        if name == Sym::CLASS {
            return Ok(self.class_of(&value));
        }
        // A list or a tuple may stand for a range.
        if matches!(kind, "list" | "tuple") && matches!(&*text, "start" | "stop" | "step") {
            self.may_raise(at, "whether this is a range is not known")?;
            return Ok(Value::external());
        }
        if let (Value::Int(_), "real" | "numerator") = (&value, &*text) {
            return Ok(value);
        }
        if is_data(&text) && (builtin_type_has(kind, &text) || OBJECT_ATTRIBUTES.contains(&&*text)) {
            return Ok(Value::external());
        }
        if builtin_type_has(kind, &text) || OBJECT_ATTRIBUTES.contains(&&*text) {
            return Ok(Value::Method(Rc::new((value, name))));
        }
        Err(self.raise("AttributeError", format!("'{kind}' object has no attribute '{text}'"), at))
    }

    pub(crate) fn module_attribute(&mut self, id: ObjId, name: Sym, at: Place) -> Exec<Value> {
        if let Some(class) = self.module_class(id) {
            return match self.attribute_of_instance(id, class, name, at) {
                Err(Stop::Raised(raised))
                    if self.is_builtin_raised(&raised.value, "AttributeError")
                        && self.class_attribute(class, Sym::GETATTR, at)?.is_none()
                        && raised.failure.at == at =>
                {
                    self.plain_module_attribute(id, name, at)
                }
                other => other,
            };
        }
        self.plain_module_attribute(id, name, at)
    }

    fn plain_module_attribute(&mut self, id: ObjId, name: Sym, at: Place) -> Exec<Value> {
        if let Some(value) = self.present(id, name, at)? {
            return Ok(value);
        }
        if name == Sym::DICT {
            return Ok(self.view(id));
        }
        if name == Sym::CLASS {
            let class = self.sym("types.ModuleType");
            return Ok(Value::External(class));
        }
        let text = self.text(name);
        if let Some(value) = self.opaque_name(id, name, at)? {
            // In the middle of a module, a name may come later as well.
            if let Value::External(path) = value
                && let Some((module, member)) = self.text(path).rsplit_once('.')
                && self.modules.has_member(module, member).is_none()
                && self.running.iter().any(|running| running.object == id)
            {
                self.may_raise(at, &format!("whether `{text}` is bound here is not known"))?;
            }
            return Ok(value);
        }
        if name != Sym::PATH
            && name != Sym::ALL
            && (OBJECT_ATTRIBUTES.contains(&&*text) || name == Sym::ANNOTATIONS)
        {
            return Ok(Value::external());
        }
        if let Some(getter) = self.present(id, Sym::GETATTR, at)? {
            return self.call(getter, Arguments::of([Value::Str(text)]), at);
        }
        let module = self.module_name(id);
        let half = self.half_loaded(id);
        let message = if half.is_some() {
            format!(
                "partially initialized module '{module}' has no attribute '{text}' (most likely due to a circular import)"
            )
        } else {
            format!("module '{module}' has no attribute '{text}'")
        };
        let value = Value::Exception(Rc::new(crate::value::ExceptionValue {
            class: Value::Builtin("AttributeError"),
            arguments: vec![Value::str(&message)],
            name: Some(text),
        }));
        Err(self.raise_value(value, "AttributeError", message, at, half))
    }

    /// What a class of ours or one of its bases has under a name, as it stands there.
    pub(crate) fn class_attribute(&mut self, class: ObjId, name: Sym, at: Place) -> Exec<Option<Value>> {
        if let Some(value) = self.present(class, name, at)? {
            return Ok(Some(value));
        }
        let Object::Class(definition) = self.object(class).clone() else { return Ok(None) };
        for base in &definition.order {
            if let Value::Object(base) = base
                && let Some(value) = self.present(*base, name, at)?
            {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Whether a built-in base of a class has a name.
    pub(crate) fn builtin_base_has(&self, class: ObjId, name: &str) -> bool {
        let Object::Class(definition) = self.object(class) else { return false };
        definition
            .order
            .iter()
            .any(|base| matches!(base, Value::Builtin(builtin) if builtin_type_has(builtin, name)))
    }

    pub(crate) fn attribute_of_class(&mut self, id: ObjId, name: Sym, at: Place) -> Exec<Value> {
        let Object::Class(class) = self.object(id).clone() else { return Ok(Value::Unknown) };
        let this = Value::Object(id);
        if name == Sym::DOC
            && let Some(def) = class.def
            && self.state.get(id, name).is_none()
        {
            return Ok(docstring(&def.body));
        }
        if name == Sym::ANNOTATIONS
            && self.state.get(id, name).is_none()
            && let Some(annotations) = self.annotations_of_class(id, &class, at)
        {
            return Ok(annotations);
        }
        if let Some(raw) = self.class_attribute(id, name, at)? {
            // A member of an enumeration is an instance, whatever was assigned.
            let is_method = matches!(raw, Value::Object(inner) if matches!(self.object(inner), Object::Function(_) | Object::Wrapper { .. }));
            if !is_method && !self.text(name).starts_with('_') && self.is_enumeration(&class) {
                return Ok(if self.member_value(&raw).is_some() { raw } else { Value::external() });
            }
            return match &raw {
                Value::Object(inner) => match self.object(*inner).clone() {
                    Object::Wrapper { kind: Wrapper::Static, function } => Ok(function),
                    Object::Wrapper { kind: Wrapper::Class, function } => {
                        Ok(Value::Bound(Rc::new((function, this))))
                    }
                    Object::Instance { .. } => match self.special(&raw, Sym::GET, at)? {
                        Some(get) => self.call(get, Arguments::of([Value::None, this]), at),
                        None => Ok(raw),
                    },
                    Object::Function(_) if name == Sym::INIT_SUBCLASS || name == Sym::CLASS_GETITEM => {
                        Ok(Value::Bound(Rc::new((raw, this))))
                    }
                    _ => Ok(raw),
                },
                _ => Ok(raw),
            };
        }
        if name == Sym::NAME || name == Sym::QUALNAME {
            return Ok(Value::Str(Rc::clone(&class.name)));
        }
        if name == Sym::MODULE {
            return Ok(Value::Str(self.module_name(class.module)));
        }
        if name == Sym::DICT {
            return Ok(self.view(id));
        }
        if &*self.text(name) == "__members__"
            && let Some(members) = self.members(id)
        {
            return Ok(self.make_dict(Some(members.to_vec()), ObjId::MACHINE, at.range));
        }
        if let Some(Value::Object(meta)) = class.metaclass {
            if let Some(raw) = self.class_attribute(meta, name, at)? {
                return self.bound_to(raw, this, meta, at);
            }
            if let Some(getter) = self.class_attribute(meta, Sym::GETATTR, at)? {
                let text = self.text(name);
                return self.call(getter, Arguments::of([this, Value::Str(text)]), at);
            }
        }
        let text = self.text(name);
        let asks_order = matches!(&*text, "__mro__" | "__bases__" | "__base__");
        if asks_order
            && (!class.is_open || &*text == "__bases__" && !class.bases.contains(&Value::external()))
        {
            let object = Value::Builtin("object");
            let bases = if class.bases.is_empty() { vec![object.clone()] } else { class.bases.clone() };
            return Ok(match &*text {
                "__base__" => bases.into_iter().next().unwrap_or(object),
                "__bases__" => Value::tuple(bases),
                _ => {
                    let mut order = vec![this];
                    order.extend(class.order.iter().cloned());
                    if !order.contains(&object) {
                        order.push(object);
                    }
                    Value::tuple(order)
                }
            });
        }
        if self.enumeration_has(&class, &text) == Some(false) && class.metaclass.is_none() {
            let message = format!("type object '{}' has no attribute '{text}'", class.name);
            return Err(self.raise("AttributeError", message, at));
        }
        if self.class_may_have(&class, &text) {
            if &*text == "register" {
                let registers = self.sym(" registers");
                self.state.set(ObjId::MACHINE, registers, Value::Bool(true));
            }
            return Ok(Value::external());
        }
        if is_data(&text) {
            return Ok(Value::external());
        }
        if self.builtin_base_has(id, &text)
            || OBJECT_ATTRIBUTES.contains(&&*text)
            || TYPE_ATTRIBUTES.contains(&&*text)
        {
            return Ok(Value::Method(Rc::new((this, name))));
        }
        Err(self.raise(
            "AttributeError",
            format!("type object '{}' has no attribute '{text}'", class.name),
            at,
        ))
    }

    /// What a class has under a name, as an instance sees it.
    pub(crate) fn bound_to(&mut self, raw: Value, instance: Value, class: ObjId, at: Place) -> Exec<Value> {
        let Value::Object(inner) = raw else {
            return Ok(match &raw {
                // The `__init__` of a data class.
                Value::Method(method) if method.1 == Sym::DATACLASS => Value::Bound(Rc::new((raw, instance))),
                _ => raw,
            });
        };
        match self.object(inner).clone() {
            Object::Function(_) => Ok(Value::Bound(Rc::new((raw, instance)))),
            Object::Wrapper { kind: Wrapper::Static, function } => Ok(function),
            Object::Wrapper { kind: Wrapper::Class, function } => {
                Ok(Value::Bound(Rc::new((function, Value::Object(class)))))
            }
            Object::Cached(_) | Object::Managed { .. } => Ok(Value::Bound(Rc::new((raw, instance)))),
            Object::Wrapper { kind: Wrapper::Property | Wrapper::Cached, function } => match function {
                Value::Object(_) | Value::Bound(_) => self.call(function, Arguments::of([instance]), at),
                _ => Ok(Value::external()),
            },
            Object::Instance { .. } => match self.special(&raw, Sym::GET, at)? {
                Some(get) => self.call(get, Arguments::of([instance, Value::Object(class)]), at),
                None => Ok(raw),
            },
            _ => Ok(raw),
        }
    }

    pub(crate) fn attribute_of_instance(
        &mut self,
        id: ObjId,
        class: ObjId,
        name: Sym,
        at: Place,
    ) -> Exec<Value> {
        let this = Value::Object(id);
        let text = self.text(name);
        if let Some(method) = self.class_attribute(class, Sym::GETATTRIBUTE, at)? {
            return match self.call(method, Arguments::of([this.clone(), Value::Str(Rc::clone(&text))]), at) {
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => {
                    match self.class_attribute(class, Sym::GETATTR, at)? {
                        Some(getter) => self.call(getter, Arguments::of([this, Value::Str(text)]), at),
                        None => Err(Stop::Raised(raised)),
                    }
                }
                other => other,
            };
        }
        let raw = self.class_attribute(class, name, at)?;
        let is_data = match &raw {
            Some(Value::Object(inner)) => match self.object(*inner).clone() {
                Object::Wrapper { kind: Wrapper::Property, .. } => true,
                Object::Instance { class: of } => self.class_attribute(of, Sym::SET, at)?.is_some(),
                _ => false,
            },
            _ => false,
        };
        if !is_data && let Some(value) = self.present(id, name, at)? {
            return Ok(value);
        }
        if let Some(raw) = raw {
            let is_cached = matches!(raw, Value::Object(inner) if matches!(self.object(inner), Object::Wrapper { kind: Wrapper::Cached, .. }));
            match self.bound_to(raw, this.clone(), class, at) {
                Ok(value) if is_cached => {
                    self.state.set(id, name, value.clone());
                    return Ok(value);
                }
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => {
                    // A getter that raises this is as if there were no attribute.
                    if let Some(getter) = self.class_attribute(class, Sym::GETATTR, at)? {
                        return self.call(getter, Arguments::of([this, Value::Str(text)]), at);
                    }
                    return Err(Stop::Raised(raised));
                }
                other => return other,
            }
        }
        if name == Sym::CLASS {
            return Ok(Value::Object(class));
        }
        if name == Sym::DICT {
            return Ok(self.view(id));
        }
        if let Some(getter) = self.class_attribute(class, Sym::GETATTR, at)? {
            return self.call(getter, Arguments::of([this, Value::Str(text)]), at);
        }
        let Object::Class(definition) = self.object(class).clone() else { return Ok(Value::Unknown) };
        if self.member_value(&this).is_some() && self.enumeration_has(&definition, &text) == Some(false) {
            let message = format!("'{}' object has no attribute '{text}'", definition.name);
            return Err(self.raise("AttributeError", message, at));
        }
        if self.instance_may_have(&definition, class, &text) || self.is_opaque(id) || self.is_opaque(class) {
            return Ok(Value::external());
        }
        if self.builtin_base_has(class, &text) || OBJECT_ATTRIBUTES.contains(&&*text) {
            return Ok(Value::Method(Rc::new((this, name))));
        }
        if name == Sym::MODULE {
            return Ok(Value::Str(self.module_name(definition.module)));
        }
        if self.is_module_class(&definition)
            && matches!(&*text, "__name__" | "__loader__" | "__package__" | "__spec__" | "__annotations__")
        {
            return Ok(Value::external());
        }
        let message = format!("'{}' object has no attribute '{text}'", definition.name);
        Err(self.raise("AttributeError", message, at))
    }

    pub(crate) fn attribute_of_super(
        &mut self,
        class: &Value,
        receiver: &Value,
        name: Sym,
        at: Place,
    ) -> Exec<Value> {
        let Value::Object(here) = class else { return Ok(Value::external()) };
        let (start, is_class) = match receiver {
            Value::Object(id) => match self.object(*id) {
                Object::Instance { class } => (*class, false),
                Object::Class(_) => (*id, true),
                _ => return Ok(Value::external()),
            },
            _ => return Ok(Value::external()),
        };
        let Object::Class(definition) = self.object(start).clone() else { return Ok(Value::external()) };
        let all: Vec<Value> =
            std::iter::once(Value::Object(start)).chain(definition.order.iter().cloned()).collect();
        // In a metaclass, the receiver is a class that it makes: the bases to search are those of the metaclass.
        let rest: Vec<Value> = if let Some(position) = all.iter().position(|base| base == class) {
            all[position + 1..].to_vec()
        } else {
            let Object::Class(own) = self.object(*here).clone() else { return Ok(Value::external()) };
            own.order.clone()
        };
        for base in &rest {
            match base {
                Value::Object(base) => {
                    if let Some(raw) = self.present(*base, name, at)? {
                        if name == Sym::NEW || name == Sym::CLASS_GETITEM && !is_class {
                            return Ok(raw);
                        }
                        if name == Sym::INIT_SUBCLASS
                            || is_class
                                && matches!(raw, Value::Object(inner) if matches!(self.object(inner), Object::Function(_)))
                                && name != Sym::CALL
                        {
                            return Ok(Value::Bound(Rc::new((raw, receiver.clone()))));
                        }
                        return self.bound_to(raw, receiver.clone(), start, at);
                    }
                }
                Value::Builtin("object" | "type") => {}
                Value::Builtin(builtin) => {
                    let text = self.text(name);
                    if builtin_type_has(builtin, &text) {
                        return Ok(Value::Method(Rc::new((
                            Value::Super(Rc::new((class.clone(), receiver.clone()))),
                            name,
                        ))));
                    }
                }
                Value::External(path) if self.library_class_has(*path, &self.text(name)) == Some(false) => {}
                _ => {
                    let text = self.text(name);
                    return Ok(if text.starts_with("__") {
                        Value::Method(Rc::new((
                            Value::Super(Rc::new((class.clone(), receiver.clone()))),
                            name,
                        )))
                    } else {
                        Value::external()
                    });
                }
            }
        }
        let text = self.text(name);
        if OBJECT_ATTRIBUTES.contains(&&*text)
            || TYPE_ATTRIBUTES.contains(&&*text)
            || name == Sym::PREPARE
            || name == Sym::CALL
        {
            let this = Value::Super(Rc::new((class.clone(), receiver.clone())));
            return Ok(Value::Method(Rc::new((this, name))));
        }
        Err(self.raise("AttributeError", format!("'super' object has no attribute '{text}'"), at))
    }

    /// A method that Python looks up on the class of a value; nothing where none of ours has it.
    pub(crate) fn special(&mut self, value: &Value, name: Sym, at: Place) -> Exec<Option<Value>> {
        let Value::Object(id) = value else { return Ok(None) };
        let class = match self.object(*id) {
            Object::Instance { class } => *class,
            Object::Class(class) => match class.metaclass {
                Some(Value::Object(meta)) => meta,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        match self.class_attribute(class, name, at)? {
            Some(raw) => self.bound_to(raw, value.clone(), class, at).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn is_instance(&self, value: &Value) -> bool {
        matches!(value, Value::Object(id) if matches!(self.object(*id), Object::Instance { .. }))
    }

    /// Whether something may have more than what is seen of its class.
    pub(crate) fn is_open_instance(&self, value: &Value) -> bool {
        let Value::Object(id) = value else { return false };
        match self.object(*id) {
            Object::Instance { class } => match self.object(*class) {
                Object::Class(class) => {
                    class.is_open
                        || class
                            .order
                            .iter()
                            .any(|base| matches!(base, Value::Builtin(name) if *name != "object"))
                }
                _ => true,
            },
            Object::Class(class) => !self.orders_as_type_does(class),
            Object::Suppress(_) | Object::NullContext(_) | Object::Partial { .. } => true,
            _ => false,
        }
    }

    pub(crate) fn as_class_method(&self, method: Value, class: &Value) -> Value {
        let Value::Object(inner) = method else { return method };
        match self.object(inner) {
            Object::Function(_) => Value::Bound(Rc::new((method, class.clone()))),
            Object::Wrapper { kind: Wrapper::Class, function } => {
                Value::Bound(Rc::new((function.clone(), class.clone())))
            }
            Object::Wrapper { function, .. } => function.clone(),
            _ => method,
        }
    }

    /// A dictionary that is the slots of something.
    pub(crate) fn view(&mut self, of: ObjId) -> Value {
        let range = ruff_text_size::TextRange::default();
        Value::Object(self.make_once(of, range, Object::View(of)))
    }
}

/// What a function or a class says of itself.
fn docstring(body: &[Stmt]) -> Value {
    match body.first() {
        Some(Stmt::Expr(statement)) => match &*statement.value {
            Expr::StringLiteral(text) => Value::str(text.value.to_str()),
            _ => Value::None,
        },
        _ => Value::None,
    }
}

/// Whether exceptions of a class say which name they are about.
fn has_name(class: &Value) -> bool {
    !matches!(class, Value::Builtin(class) if !builtin_type_has(class, "name"))
}

const FUNCTION_ATTRIBUTES: &[&str] = &[
    "__annotations__",
    "__call__",
    "__class__",
    "__closure__",
    "__code__",
    "__defaults__",
    "__dict__",
    "__doc__",
    "__get__",
    "__globals__",
    "__kwdefaults__",
    "__module__",
    "__name__",
    "__qualname__",
    "__wrapped__",
    "__type_params__",
    "__eq__",
    "__hash__",
    "__repr__",
    "__str__",
    "__dir__",
    "__setattr__",
    "__getattribute__",
    "__delattr__",
    "__builtins__",
    "__init__",
    "__new__",
    "__reduce__",
    "__sizeof__",
    "__ne__",
    "__init_subclass__",
    "__subclasshook__",
    "__format__",
];

/// Whether an attribute of a type of Python, or of what is of it, is nothing to call, and nothing that is known here.
fn is_data(name: &str) -> bool {
    matches!(
        name,
        "__doc__"
            | "__mro__"
            | "__bases__"
            | "__base__"
            | "__basicsize__"
            | "__itemsize__"
            | "__dictoffset__"
            | "__weakrefoffset__"
            | "__flags__"
            | "__text_signature__"
            | "__annotations__"
            | "__module__"
            | "__type_params__"
            | "real"
            | "imag"
            | "numerator"
            | "denominator"
    )
}
