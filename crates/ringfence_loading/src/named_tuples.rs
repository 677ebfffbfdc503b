//! `typing.NamedTuple` and `collections.namedtuple`: the fields of a class, and what its objects hold.

use std::rc::Rc;

use crate::Place;
use crate::arguments::Arguments;
use crate::library_bases::GENERIC;
use crate::machine::{Exec, Machine, Made};
use crate::symbols::Sym;
use crate::value::{Class, ObjId, Object, Value};

/// Methods that a class with fields has from `typing.NamedTuple` alone.
const NOT_OVERWRITTEN: &[&str] = &[
    "__new__",
    "__init__",
    "__slots__",
    "__getnewargs__",
    "_fields",
    "_field_defaults",
    "_field_types",
    "_make",
    "_replace",
    "_asdict",
    "_source",
];

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

impl Machine<'_> {
    /// Makes fields of what the body of a class annotates, if the class is made by `typing.NamedTuple`.
    pub(crate) fn make_tuple_fields(&mut self, id: ObjId, at: Place) -> Exec<()> {
        let Object::Class(class) = self.object(id).clone() else { return Ok(()) };
        if !self.is_named_tuple(&class) {
            return Ok(());
        }
        let is_allowed = |base: &Value| matches!(base, Value::External(path) if matches!(&*self.text(*path), "typing.NamedTuple" | "typing.Generic" | GENERIC));
        if !class.bases.iter().all(is_allowed) {
            let message = "can only inherit from a NamedTuple type and Generic";
            return Err(self.raise("TypeError", message, at));
        }
        let annotated = match self.state.get(id, Sym::ANNOTATED) {
            Some(Value::Tuple(names)) => names.to_vec(),
            _ => Vec::new(),
        };
        for name in NOT_OVERWRITTEN {
            let symbol = self.sym(name);
            if self.state.get(id, symbol).is_some() {
                let message = format!("Cannot overwrite NamedTuple attribute {name}");
                return Err(self.raise("AttributeError", message, at));
            }
        }
        let mut fields = Vec::with_capacity(annotated.len());
        for pair in annotated {
            let Value::Tuple(pair) = &pair else { continue };
            let Some(Value::Str(name)) = pair.first() else { continue };
            let symbol = self.sym(name);
            fields.push((Rc::clone(name), self.state.get(id, symbol).cloned()));
        }
        let mut last = None;
        for (name, default) in &fields {
            match (&last, default) {
                (_, Some(_)) => last = Some(Rc::clone(name)),
                (Some(last), None) => {
                    let message =
                        format!("Non-default namedtuple field {name} cannot follow default field {last}");
                    return Err(self.raise("TypeError", message, at));
                }
                (None, None) => {}
            }
        }
        self.keep_fields(id, fields, at)
    }

    /// `collections.namedtuple(name, names, defaults=...)`
    pub(crate) fn make_named_tuple(&mut self, arguments: &Arguments, at: Place) -> Exec<Value> {
        let [typename, field_names, rename, defaults] =
            ["typename", "field_names", "rename", "defaults"].map(|name| self.sym(name));
        let name = arguments.get(0).or_else(|| arguments.keyword(typename)).cloned();
        let names = arguments.get(1).or_else(|| arguments.keyword(field_names)).cloned();
        let defaults = arguments.keyword(defaults).cloned();
        let (Some(Value::Str(name)), Some(names), None) = (name, names, arguments.keyword(rename)) else {
            return Ok(Value::external());
        };
        let Some(names) = self.listed_names(names, at)? else { return Ok(Value::external()) };
        let defaults = match defaults {
            None | Some(Value::None) => Vec::new(),
            Some(defaults) => match self.items(defaults, at)? {
                Some(defaults) => defaults,
                None => return Ok(Value::external()),
            },
        };
        if defaults.len() > names.len() {
            return Err(self.raise("TypeError", "Got more default values than field names", at));
        }
        if let Some(twice) =
            names.iter().enumerate().find(|(position, name)| names[..*position].contains(name))
        {
            let message = format!("Encountered duplicate field name: '{}'", twice.1);
            return Err(self.raise("ValueError", message, at));
        }
        let without = names.len() - defaults.len();
        let fields = names
            .into_iter()
            .enumerate()
            .map(|(position, name)| {
                let default =
                    position.checked_sub(without).and_then(|position| defaults.get(position).cloned());
                (name, default)
            })
            .collect();
        let base = Value::External(self.sym("typing.NamedTuple"));
        let id = self.class_of_call(name, base, at);
        self.keep_fields(id, fields, at)?;
        Ok(Value::Object(id))
    }

    /// The names that a text or a list of texts has; nothing where they are not known, or are something else.
    pub(crate) fn listed_names(&mut self, names: Value, at: Place) -> Exec<Option<Vec<Rc<str>>>> {
        let items = match self.force(names, at) {
            Value::Str(names) => {
                let parts = names.split(|c: char| c == ',' || c.is_whitespace());
                return Ok(Some(parts.filter(|part| !part.is_empty()).map(Rc::from).collect()));
            }
            other => self.items(other, at)?,
        };
        let text = |item| if let Value::Str(text) = item { Some(text) } else { None };
        Ok(items.and_then(|items| items.into_iter().map(text).collect()))
    }

    /// A class that a call of the library makes in the module at hand, of one of its own.
    pub(crate) fn class_of_call(&mut self, name: Rc<str>, base: Value, at: Place) -> ObjId {
        let class = Class {
            def: None,
            name,
            module: self.running.last().map_or(ObjId::MACHINE, |running| running.object),
            bases: vec![base.clone()],
            order: vec![base],
            is_open: true,
            metaclass: None,
            defect: None,
        };
        self.make(ObjId::MACHINE, at.range, Made::Class, Object::Class(Rc::new(class)))
    }

    fn keep_fields(&mut self, id: ObjId, fields: Vec<(Rc<str>, Option<Value>)>, at: Place) -> Exec<()> {
        let mut kept = Vec::with_capacity(fields.len());
        for (name, default) in fields {
            if name.starts_with('_') {
                let message = format!("Field names cannot start with an underscore: '{name}'");
                return Err(self.raise("ValueError", message, at));
            }
            if KEYWORDS.contains(&&*name) {
                let message = format!("Type names and field names cannot be a keyword: '{name}'");
                return Err(self.raise("ValueError", message, at));
            }
            let symbol = self.sym(&name);
            // The class itself has what looks the field up.
            self.state.set(id, symbol, Value::external());
            let mut parts = vec![Value::Str(name)];
            parts.extend(default);
            kept.push(Value::tuple(parts));
        }
        self.state.set(id, Sym::TUPLE_FIELDS, Value::tuple(kept));
        Ok(())
    }

    /// Gives a new object the values of its fields, if its class or one that it derives from has some.
    pub(crate) fn fill_fields(
        &mut self,
        instance: ObjId,
        id: ObjId,
        class: &Class,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<()> {
        let ours = class
            .order
            .iter()
            .filter_map(|base| if let Value::Object(base) = base { Some(*base) } else { None });
        let found =
            std::iter::once(id).chain(ours).find_map(|id| match self.state.get(id, Sym::TUPLE_FIELDS) {
                Some(Value::Tuple(fields)) => Some(Rc::clone(fields)),
                _ => None,
            });
        let Some(fields) = found else { return Ok(()) };
        if arguments.more {
            self.make_opaque(instance);
            return Ok(());
        }
        if arguments.positional.len() > fields.len() {
            let message = format!(
                "{}.__new__() takes {} positional arguments but {} were given",
                class.name,
                fields.len() + 1,
                arguments.positional.len() + 1
            );
            return Err(self.raise("TypeError", message, at));
        }
        let mut values = Vec::with_capacity(fields.len());
        let mut known = Vec::with_capacity(fields.len());
        for (position, field) in fields.iter().enumerate() {
            let Value::Tuple(field) = field else { continue };
            let Some(Value::Str(name)) = field.first() else { continue };
            let symbol = self.sym(name);
            known.push(symbol);
            let by_name = arguments.keyword(symbol).cloned();
            let value = match (arguments.get(position).cloned(), by_name) {
                (Some(_), Some(_)) => {
                    let message =
                        format!("{}.__new__() got multiple values for argument '{name}'", class.name);
                    return Err(self.raise("TypeError", message, at));
                }
                (Some(value), None) | (None, Some(value)) => value,
                (None, None) => match field.get(1) {
                    Some(default) => default.clone(),
                    None => {
                        let message = format!(
                            "{}.__new__() missing a required positional argument: '{name}'",
                            class.name
                        );
                        return Err(self.raise("TypeError", message, at));
                    }
                },
            };
            self.state.set(instance, symbol, value.clone());
            values.push(value);
        }
        if let Some((name, _)) = arguments.keywords.iter().find(|(name, _)| !known.contains(name)) {
            let message =
                format!("{}.__new__() got an unexpected keyword argument '{}'", class.name, self.text(*name));
            return Err(self.raise("TypeError", message, at));
        }
        self.state.set(instance, Sym::CONTENT, Value::tuple(values));
        Ok(())
    }

    /// What an object with such fields holds, in order.
    pub(crate) fn values_of_fields(&self, value: &Value) -> Option<Rc<[Value]>> {
        let Value::Object(id) = value else { return None };
        match (self.object(*id), self.state.get(*id, Sym::CONTENT)) {
            (Object::Instance { .. }, Some(Value::Tuple(values))) => Some(Rc::clone(values)),
            _ => None,
        }
    }
}
