//! Attributes that are set and deleted.

use crate::Place;
use crate::arguments::Arguments;
use crate::calls::MODULE_TYPE;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::value::{ExceptionValue, ObjId, Object, Value, Wrapper};
use std::rc::Rc;

impl Machine<'_> {
    pub(crate) fn set_attribute(&mut self, object: Value, name: Sym, value: Value, at: Place) -> Exec<()> {
        let object = self.force(object, at);
        match &object {
            Value::Object(id) => match self.object(*id).clone() {
                Object::Module(_) => {
                    if name == Sym::CLASS {
                        let value = self.force(value, at);
                        return self.set_module_class(*id, value, at);
                    }
                    if let Some(class) = self.module_class(*id) {
                        if let Some(method) = self.class_attribute(class, Sym::SETATTR, at)? {
                            let text = self.text(name);
                            let arguments = Arguments::of([object.clone(), Value::Str(text), value]);
                            self.call(method, arguments, at)?;
                            return Ok(());
                        }
                        return self.set_plainly(*id, class, name, value, at);
                    }
                    self.state.set(*id, name, value);
                }
                Object::Class(class) => {
                    if let Some(Value::Object(meta)) = class.metaclass
                        && let Some(method) = self.class_attribute(meta, Sym::SETATTR, at)?
                    {
                        let text = self.text(name);
                        self.call(method, Arguments::of([object.clone(), Value::Str(text), value]), at)?;
                        return Ok(());
                    }
                    let text = self.text(name);
                    let is_member = self.members(*id).is_some_and(|members| {
                        members.iter().any(|(name, _)| *name == Value::Str(Rc::clone(&text)))
                    });
                    if is_member {
                        let message = format!("cannot reassign member '{text}'");
                        return Err(self.raise("AttributeError", message, at));
                    }
                    self.state.set(*id, name, value);
                }
                Object::Function(_) | Object::Cached(_) | Object::Dispatcher(_) | Object::Managed { .. } => {
                    self.state.set(*id, name, value);
                }
                Object::Instance { .. } if name == Sym::CLASS => {
                    self.doubt(at, "an instance that becomes one of another class is not followed");
                    self.make_opaque(*id);
                }
                Object::Instance { class } => {
                    if let Some(method) = self.class_attribute(class, Sym::SETATTR, at)? {
                        let text = self.text(name);
                        self.call(method, Arguments::of([object.clone(), Value::Str(text), value]), at)?;
                        return Ok(());
                    }
                    self.check_frozen(class, name, at)?;
                    return self.set_plainly(*id, class, name, value, at);
                }
                Object::Partial { .. } => self.state.set(*id, name, value),
                Object::Wrapper { .. } | Object::Lazy { .. } => {}
                _ => {
                    let text = self.text(name);
                    return Err(self.raise(
                        "AttributeError",
                        format!("object has no attribute '{text}'"),
                        at,
                    ));
                }
            },
            Value::External(path) => {
                let path = self.text(*path);
                let text = self.text(name);
                if &*path == "sys" && matches!(&*text, "path" | "meta_path" | "path_hooks") {
                    self.state.set(ObjId::MACHINE, Sym::PATHS, Value::Bool(true));
                } else if !path.is_empty() && !path.starts_with(' ') {
                    let given = self.sym(&given_name(&path, &text));
                    self.state.set(ObjId::MACHINE, given, value);
                }
            }
            Value::Unknown => {
                self.may_raise(at, "what this is an attribute of is not known")?;
            }
            Value::Exception(_) => {
                // Which one has it is not kept.
                let text = self.text(name);
                let given = self.sym(&given_name("exception", &text));
                self.state.set(ObjId::MACHINE, given, Value::Bool(true));
            }
            Value::Super(_) => {}
            Value::Bound(_) | Value::Method(_) => {
                let text = self.text(name);
                return Err(self.raise(
                    "AttributeError",
                    format!("'method' object has no attribute '{text}'"),
                    at,
                ));
            }
            Value::Builtin(builtin) => {
                let message = format!("cannot set attribute of immutable type '{builtin}'");
                return Err(self.raise("TypeError", message, at));
            }
            _ => {
                let text = self.text(name);
                return Err(self.raise("AttributeError", format!("object has no attribute '{text}'"), at));
            }
        }
        Ok(())
    }

    /// `module.__class__ = value`
    fn set_module_class(&mut self, id: ObjId, value: Value, at: Place) -> Exec<()> {
        match &value {
            Value::Object(class) => match self.object(*class).clone() {
                Object::Class(definition) if self.is_module_class(&definition) => {
                    self.state.set(id, Sym::OWN_CLASS, value);
                    return Ok(());
                }
                Object::Class(definition) if definition.is_open => {
                    self.make_opaque(id);
                    return Ok(());
                }
                _ => {}
            },
            Value::External(path) if &*self.text(*path) == MODULE_TYPE => {
                self.state.unset(id, Sym::OWN_CLASS);
                return Ok(());
            }
            Value::External(_) => {
                self.make_opaque(id);
                return Ok(());
            }
            Value::Unknown => {
                self.may_raise(at, "what a module becomes an object of is not known")?;
                self.make_opaque(id);
                return Ok(());
            }
            _ => {}
        }
        let message = "__class__ assignment only supported for mutable types or ModuleType subclasses";
        Err(self.raise("TypeError", message, at))
    }

    /// The class of ours that a module has become an object of.
    pub(crate) fn module_class(&self, id: ObjId) -> Option<ObjId> {
        match self.state.get(id, Sym::OWN_CLASS)? {
            Value::Object(class) => Some(*class),
            _ => None,
        }
    }

    /// Instances of a frozen data class cannot be changed.
    fn check_frozen(&mut self, class: ObjId, name: Sym, at: Place) -> Exec<()> {
        if let Object::Class(definition) = self.object(class).clone()
            && self.is_frozen(class, &definition)
        {
            let class = Value::External(self.sym("dataclasses.FrozenInstanceError"));
            let message = format!("cannot assign to field '{}'", self.text(name));
            let value = Value::Exception(Rc::new(ExceptionValue {
                class,
                arguments: vec![Value::str(&message)],
                name: None,
            }));
            return Err(self.raise_value(value, "dataclasses.FrozenInstanceError", message, at, None));
        }
        Ok(())
    }

    /// What `object.__setattr__` does.
    pub(crate) fn set_plainly(
        &mut self,
        id: ObjId,
        class: ObjId,
        name: Sym,
        value: Value,
        at: Place,
    ) -> Exec<()> {
        if let Some(Value::Object(inner)) = self.class_attribute(class, name, at)? {
            match self.object(inner).clone() {
                Object::Wrapper { kind: Wrapper::Property, .. } => {
                    self.may_raise(at, "what the property does with a value is not followed")?;
                    return Ok(());
                }
                Object::Instance { .. } => {
                    if let Some(set) = self.special(&Value::Object(inner), Sym::SET, at)? {
                        self.call(set, Arguments::of([Value::Object(id), value]), at)?;
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        // `object()` has no dictionary.
        let is_bare = matches!(self.object(class), Object::Class(definition)
            if definition.def.is_none() && &*definition.name == "object" || self.is_named_tuple(definition));
        if is_bare || !self.has_slot_for(class, name, at)? {
            let text = self.text(name);
            let class = match self.object(class) {
                Object::Class(definition) => std::rc::Rc::clone(&definition.name),
                _ => "object".into(),
            };
            let message = format!("'{class}' object has no attribute '{text}'");
            return Err(self.raise("AttributeError", message, at));
        }
        self.state.set(id, name, value);
        Ok(())
    }

    /// Whether instances of a class may have an attribute, as far as `__slots__` says.
    pub(crate) fn has_slot_for(&mut self, class: ObjId, name: Sym, at: Place) -> Exec<bool> {
        let slots = self.sym("__slots__");
        let Object::Class(definition) = self.object(class).clone() else { return Ok(true) };
        let mut all = vec![Value::Object(class)];
        all.extend(definition.order.iter().cloned());
        let text = self.text(name);
        for base in all {
            let Value::Object(base) = base else { return Ok(true) };
            // A class without them has a dictionary.
            let Some(listed) = self.state.get(base, slots).cloned() else { return Ok(true) };
            if let Value::Str(only) = &listed {
                if *only == text || &**only == "__dict__" {
                    return Ok(true);
                }
                continue;
            }
            let Some(listed) = self.items(listed, at)? else { return Ok(true) };
            if listed
                .iter()
                .any(|slot| !matches!(slot, Value::Str(slot) if **slot != *text && &**slot != "__dict__"))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn delete_attribute(&mut self, object: Value, name: Sym, at: Place) -> Exec<()> {
        let object = self.force(object, at);
        match &object {
            Value::Object(id) => {
                if let Object::Instance { class } = self.object(*id) {
                    let class = *class;
                    let method = self.sym("__delattr__");
                    if let Some(method) = self.special(&object, method, at)? {
                        let text = self.text(name);
                        self.call(method, Arguments::of([Value::Str(text)]), at)?;
                        return Ok(());
                    }
                    self.check_frozen(class, name, at)?;
                }
                if self.present(*id, name, at)?.is_some() {
                    self.state.unset(*id, name);
                    return Ok(());
                }
                if self.is_open_instance(&object) {
                    return Ok(());
                }
                let text = self.text(name);
                Err(self.raise("AttributeError", format!("object has no attribute '{text}'"), at))
            }
            Value::External(_) => Ok(()),
            Value::Unknown => self.may_raise(at, "what this is an attribute of is not known"),
            _ => {
                let text = self.text(name);
                Err(self.raise("AttributeError", format!("object has no attribute '{text}'"), at))
            }
        }
    }
}

/// Where the machine keeps what the program gives something of a library.
pub(crate) fn given_name(path: &str, attribute: &str) -> String {
    format!(" given {path}.{attribute}")
}
