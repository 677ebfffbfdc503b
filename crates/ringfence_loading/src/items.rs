//! What containers hold: items by key, and the containers that displays make.

use crate::Place;
use crate::arguments::Arguments;
use crate::environ::is_environ;
use crate::expressions::insert;
use crate::machine::{Exec, Machine, Made, Stop};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};
use ruff_text_size::TextRange;
use std::rc::Rc;

/// Larger containers are not followed.
pub(crate) const LARGEST: usize = 4_096;

impl Machine<'_> {
    /// The items of a list or a set; nothing where they are not known.
    pub(crate) fn content(&mut self, id: ObjId, at: Place) -> Option<Vec<Value>> {
        let content = self.state.get(id, Sym::CONTENT)?.clone();
        match self.force(content, at) {
            Value::Tuple(items) => Some(items.to_vec()),
            _ => None,
        }
    }

    pub(crate) fn set_content(&mut self, id: ObjId, items: Option<Vec<Value>>) {
        let items = items.filter(|items| items.len() <= LARGEST);
        self.state.set(id, Sym::CONTENT, items.map_or(Value::external(), Value::tuple));
    }

    /// The keys and values of a mapping; nothing where they are not known.
    pub(crate) fn pairs(&mut self, value: &Value, at: Place) -> Exec<Option<Vec<(Value, Value)>>> {
        let value = self.force(value.clone(), at);
        match &value {
            Value::Object(id) => match self.object(*id) {
                Object::Dict => {
                    let Some(content) = self.state.get(*id, Sym::CONTENT).cloned() else { return Ok(None) };
                    Ok(match self.force(content, at) {
                        Value::Pairs(pairs) => Some(pairs.to_vec()),
                        _ => None,
                    })
                }
                Object::View(ObjId::SYS_MODULES) => Ok(None),
                Object::View(of) => {
                    let of = *of;
                    Ok(Some(self.view_pairs(of)))
                }
                Object::Instance { .. } => self.pairs_of_instance(&value, at),
                _ => Err(self.raise("TypeError", "argument must be a mapping", at)),
            },
            Value::Unknown => {
                self.may_raise(at, "what is unpacked is not known")?;
                Ok(None)
            }
            Value::External(_) => Ok(None),
            _ => Err(self.raise("TypeError", "argument must be a mapping", at)),
        }
    }

    /// Whether a class of ours says what the keys of its objects are.
    pub(crate) fn has_keys(&mut self, value: &Value, at: Place) -> Exec<bool> {
        let keys = self.sym("keys");
        Ok(self.special(value, keys, at)?.is_some())
    }

    /// What a mapping of ours holds, as it says itself; nothing where that is not known.
    pub(crate) fn pairs_of_instance(
        &mut self,
        value: &Value,
        at: Place,
    ) -> Exec<Option<Vec<(Value, Value)>>> {
        let Some(get) = self.special(value, Sym::GETITEM, at)? else { return Ok(None) };
        let name = self.sym("keys");
        let keys = match self.special(value, name, at)? {
            Some(keys) => {
                let keys = self.call(keys, Arguments::default(), at)?;
                self.items(keys, at)?
            }
            None if self.special(value, Sym::ITER, at)?.is_some() => self.items(value.clone(), at)?,
            None => None,
        };
        let Some(keys) = keys else { return Ok(None) };
        let mut pairs = Vec::with_capacity(keys.len());
        for key in keys {
            let item = self.call(get.clone(), Arguments::of([key.clone()]), at)?;
            insert(&mut pairs, key, item);
        }
        Ok(Some(pairs))
    }

    pub(crate) fn view_pairs(&self, of: ObjId) -> Vec<(Value, Value)> {
        let names = self.state.bound(of).into_iter();
        names
            .filter(|name| !self.symbols.text(*name).starts_with(' '))
            .filter_map(|name| {
                Some((Value::Str(Rc::clone(self.symbols.text(name))), self.state.get(of, name)?.clone()))
            })
            .collect()
    }

    pub(crate) fn make_list(&mut self, items: Vec<Value>, by: ObjId, at: TextRange) -> Value {
        self.make_maybe_list(Some(items), by, at)
    }

    pub(crate) fn make_maybe_list(&mut self, items: Option<Vec<Value>>, by: ObjId, at: TextRange) -> Value {
        let id = self.make(by, at, Made::Container, Object::List);
        self.set_content(id, items);
        Value::Object(id)
    }

    pub(crate) fn make_set(&mut self, items: Option<Vec<Value>>, by: ObjId, at: TextRange) -> Value {
        let id = self.make(by, at, Made::Container, Object::Set);
        let items = items.map(|items| {
            let mut distinct: Vec<Value> = Vec::new();
            for item in items {
                if !distinct.contains(&item) {
                    distinct.push(item);
                }
            }
            distinct
        });
        self.set_content(id, items);
        Value::Object(id)
    }

    pub(crate) fn make_dict(
        &mut self,
        pairs: Option<Vec<(Value, Value)>>,
        by: ObjId,
        at: TextRange,
    ) -> Value {
        let id = self.make(by, at, Made::Container, Object::Dict);
        let content = pairs.filter(|pairs| pairs.len() <= LARGEST);
        self.state.set(
            id,
            Sym::CONTENT,
            content.map_or(Value::external(), |pairs| Value::Pairs(pairs.into())),
        );
        Value::Object(id)
    }

    /// `value[key]`
    pub(crate) fn item(&mut self, value: Value, key: Value, at: Place) -> Exec<Value> {
        let value = self.force(value, at);
        let key = self.force(key, at);
        let bounds = slice_of(&key);
        Ok(match &value {
            Value::Tuple(_) | Value::Str(_) | Value::Bytes(_) => return self.position(&value, &key, at),
            Value::Object(id) => match self.object(*id).clone() {
                Object::List => {
                    let Some(items) = self.content(*id, at) else {
                        self.may_raise(at, "what this holds is not known")?;
                        return Ok(Value::external());
                    };
                    let part = self.position(&Value::tuple(items), &key, at)?;
                    match part {
                        Value::Tuple(items) if bounds.is_some() => {
                            let id = self.push(Object::List);
                            self.set_content(id, Some(items.to_vec()));
                            Value::Object(id)
                        }
                        other => other,
                    }
                }
                Object::Dict => {
                    self.require_hash(&key, at)?;
                    if let Some(pairs) = self.pairs(&value, at)? {
                        let mut unknown = false;
                        for (known, value) in &pairs {
                            match self.is_equal(known, &key, at) {
                                Some(true) => return Ok(value.clone()),
                                Some(false) => {}
                                None => unknown = true,
                            }
                        }
                        if unknown || matches!(key, Value::External(_) | Value::Unknown) {
                            self.may_raise(at, "whether there is such a key is not known")?;
                            return Ok(Value::external());
                        }
                        let shown = self.represented(&key);
                        return Err(self.raise("KeyError", shown, at));
                    } else {
                        self.may_raise(at, "whether there is such a key is not known")?;
                        Value::external()
                    }
                }
                Object::View(of) => {
                    let Value::Str(text) = &key else {
                        self.may_raise(at, "whether there is such a name is not known")?;
                        return Ok(Value::Unknown);
                    };
                    let name = self.sym(text);
                    let found = if of == ObjId::SYS_MODULES {
                        self.sys_module(name, at)?
                    } else {
                        self.present(of, name, at)?
                    };
                    match found {
                        Some(value) => value,
                        None => match self.opaque_name(of, name, at)? {
                            Some(value) => value,
                            // Every class has these in its own dictionary.
                            None if matches!(
                                &**text,
                                "__dict__" | "__weakref__" | "__doc__" | "__module__"
                            ) && matches!(self.object(of), Object::Class(_)) =>
                            {
                                Value::external()
                            }
                            None => return Err(self.raise("KeyError", format!("'{text}'"), at)),
                        },
                    }
                }
                Object::Instance { .. } => match self.special(&value, Sym::GETITEM, at)? {
                    Some(method) => return self.call(method, Arguments::of([key]), at),
                    None if let Some(values) = self.values_of_fields(&value) => {
                        return self.item(Value::Tuple(values), key, at);
                    }
                    // What it holds is the program's.
                    None if self.derives_from_library(&value, "collections.UserDict") => Value::Unknown,
                    None if self.is_open_instance(&value) => Value::external(),
                    None => return Err(self.raise("TypeError", "object is not subscriptable", at)),
                },
                // `(A | T)[int]`
                Object::Plain("types.UnionType") => value,
                Object::Class(class) => {
                    if let Some(member) = self.member_named(*id, &key, at)? {
                        return Ok(member);
                    }
                    if let Some(method) = self.class_attribute(*id, Sym::CLASS_GETITEM, at)? {
                        if matches!(method, Value::External(_)) {
                            return Ok(value);
                        }
                        let method = self.as_class_method(method, &value);
                        return self.call(method, Arguments::of([key]), at);
                    }
                    if self.bases_may_be_generic(&class)
                        || class.def.is_some_and(|def| def.type_params.is_some())
                    {
                        // `Base[int]` is as good as `Base` to derive from.
                        return Ok(value);
                    }
                    return Err(self.raise(
                        "TypeError",
                        format!("type '{}' is not subscriptable", class.name),
                        at,
                    ));
                }
                _ => return Err(self.raise("TypeError", "object is not subscriptable", at)),
            },
            Value::Unknown => {
                self.may_raise(at, "what this is the item of is not known")?;
                Value::Unknown
            }
            Value::External(path) => return self.external_item(*path, &key, at),
            // `dict.__dict__["fromkeys"]`
            Value::Method(method) if method.1 == Sym::DICT => match &key {
                Value::Str(text) => {
                    let name = self.sym(text);
                    return self.attribute_in_dictionary(&method.0, name, at);
                }
                _ => Value::external(),
            },
            Value::Builtin(name) => {
                if is_generic(name) {
                    value
                } else {
                    return Err(self.raise("TypeError", format!("type '{name}' is not subscriptable"), at));
                }
            }
            _ => return Err(self.raise("TypeError", "object is not subscriptable", at)),
        })
    }

    /// What stands in the dictionary of a type of Python.
    fn attribute_in_dictionary(&mut self, kind: &Value, name: Sym, at: Place) -> Exec<Value> {
        match kind {
            Value::Builtin("type") if name == Sym::DICT => Ok(Value::Method(Rc::new((kind.clone(), name)))),
            _ => match self.attribute(kind.clone(), name, at) {
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => {
                    let shown = self.text(name);
                    Err(self.raise("KeyError", format!("'{shown}'"), at))
                }
                other => other,
            },
        }
    }

    pub(crate) fn position(&mut self, value: &Value, key: &Value, at: Place) -> Exec<Value> {
        let items: Vec<Value> = match value {
            Value::Tuple(items) => items.to_vec(),
            Value::Str(text) => text.chars().map(|character| Value::str(&character.to_string())).collect(),
            Value::Bytes(bytes) => bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect(),
            _ => return Ok(Value::external()),
        };
        let length = items.len() as i64;
        if let Some(bounds) = slice_of(key) {
            let Some([lower, upper, step]) = bounds else {
                return Ok(Value::external());
            };
            if step.is_some_and(|step| step != 1) {
                return Ok(Value::external());
            }
            let clamp = |bound: Option<i64>, default: i64| {
                let bound = bound.unwrap_or(default);
                (if bound < 0 { bound + length } else { bound }).clamp(0, length)
            };
            let (lower, upper) = (clamp(lower, 0), clamp(upper, length));
            let part: Vec<Value> =
                items.into_iter().skip(lower as usize).take((upper - lower).max(0) as usize).collect();
            return Ok(match value {
                Value::Tuple(_) => Value::tuple(part),
                Value::Str(_) => {
                    let text: String = part
                        .iter()
                        .filter_map(|value| if let Value::Str(text) = value { Some(&**text) } else { None })
                        .collect();
                    Value::str(&text)
                }
                _ => Value::external(),
            });
        }
        match key {
            Value::Int(position) => {
                let position = if *position < 0 { position + length } else { *position };
                match usize::try_from(position).ok().and_then(|position| items.get(position)) {
                    Some(item) => Ok(item.clone()),
                    None => Err(self.raise("IndexError", "index out of range", at)),
                }
            }
            Value::Bool(second) => match items.get(usize::from(*second)) {
                Some(item) => Ok(item.clone()),
                None => Err(self.raise("IndexError", "index out of range", at)),
            },
            Value::External(_) => Ok(Value::external()),
            Value::Unknown => {
                self.may_raise(at, "which item this is is not known")?;
                Ok(Value::external())
            }
            _ => Err(self.raise("TypeError", "indices must be integers or slices", at)),
        }
    }

    pub(crate) fn set_item(&mut self, object: Value, key: Value, value: Value, at: Place) -> Exec<()> {
        let object = self.force(object, at);
        let key = self.force(key, at);
        match &object {
            Value::External(path) if is_environ(&self.text(*path)) => self.set_variable(&key, &value),
            Value::Object(id) => match self.object(*id).clone() {
                Object::Dict => {
                    self.require_hash(&key, at)?;
                    let pairs = self.pairs(&object, at)?.map(|mut pairs| {
                        insert(&mut pairs, key.clone(), value);
                        pairs
                    });
                    let known = !matches!(key, Value::External(_) | Value::Unknown);
                    let content = pairs.filter(|pairs| known && pairs.len() <= LARGEST);
                    self.state.set(
                        *id,
                        Sym::CONTENT,
                        content.map_or(Value::external(), |pairs| Value::Pairs(pairs.into())),
                    );
                }
                Object::List => {
                    let mut items = self.content(*id, at);
                    let length = items.as_ref().map_or(0, Vec::len) as i64;
                    match (&mut items, &key) {
                        (Some(items), Value::Int(position)) => {
                            let position = if *position < 0 { position + length } else { *position };
                            match usize::try_from(position).ok().and_then(|position| items.get_mut(position))
                            {
                                Some(slot) => *slot = value,
                                None => {
                                    return Err(self.raise(
                                        "IndexError",
                                        "list assignment index out of range",
                                        at,
                                    ));
                                }
                            }
                        }
                        _ => items = None,
                    }
                    self.set_content(*id, items);
                }
                Object::View(of) => {
                    if let Value::Str(name) = &key {
                        let name = self.sym(name);
                        if of == ObjId::SYS_MODULES {
                            self.put_sys_module(name, value);
                        } else {
                            self.state.set(of, name, value);
                        }
                    } else {
                        // It may be each name: that is a doubt where one is asked for.
                        self.make_opaque(of);
                    }
                }
                Object::Instance { .. } => match self.special(&object, Sym::SETITEM, at)? {
                    Some(method) => {
                        self.call(method, Arguments::of([key, value]), at)?;
                    }
                    None if self.is_open_instance(&object) => {}
                    None => {
                        return Err(self.raise("TypeError", "object does not support item assignment", at));
                    }
                },
                _ => return Err(self.raise("TypeError", "object does not support item assignment", at)),
            },
            Value::External(_) => {}
            Value::Unknown => self.may_raise(at, "what this is the item of is not known")?,
            _ => return Err(self.raise("TypeError", "object does not support item assignment", at)),
        }
        Ok(())
    }

    pub(crate) fn delete_item(&mut self, object: Value, key: Value, at: Place) -> Exec<()> {
        let object = self.force(object, at);
        let key = self.force(key, at);
        match &object {
            Value::External(path) if is_environ(&self.text(*path)) => {
                self.variable_item(&key, at)?;
                self.unset_variable(&key);
            }
            Value::Object(id) => match self.object(*id).clone() {
                Object::View(of) => {
                    let Value::Str(text) = &key else {
                        self.doubt(at, "the name that is deleted here is not known");
                        self.make_opaque(of);
                        return Ok(());
                    };
                    let name = self.sym(text);
                    let found = if of == ObjId::SYS_MODULES {
                        self.sys_module(name, at)?
                    } else {
                        self.present(of, name, at)?
                    };
                    if found.is_none() {
                        return Err(self.raise("KeyError", format!("'{text}'"), at));
                    }
                    if of == ObjId::SYS_MODULES {
                        self.drop_sys_module(name);
                    } else {
                        self.state.unset(of, name);
                    }
                }
                Object::Dict => {
                    self.item(object.clone(), key.clone(), at)?;
                    let pairs = self.pairs(&object, at)?;
                    let pairs: Option<Vec<_>> =
                        pairs.map(|pairs| pairs.into_iter().filter(|(known, _)| *known != key).collect());
                    self.state.set(
                        *id,
                        Sym::CONTENT,
                        pairs.map_or(Value::external(), |pairs| Value::Pairs(pairs.into())),
                    );
                }
                Object::List => {
                    let mut items = self.content(*id, at);
                    if let (Some(known), Value::Int(position)) = (&mut items, &key) {
                        let length = known.len() as i64;
                        let position = if *position < 0 { position + length } else { *position };
                        if position < 0 || position >= length {
                            return Err(self.raise("IndexError", "list assignment index out of range", at));
                        }
                        known.remove(position as usize);
                    } else {
                        items = None;
                    }
                    self.set_content(*id, items);
                }
                Object::Instance { .. } => match self.special(&object, Sym::DELITEM, at)? {
                    Some(method) => {
                        self.call(method, Arguments::of([key]), at)?;
                    }
                    None if self.is_open_instance(&object) => {}
                    None => return Err(self.raise("TypeError", "object doesn't support item deletion", at)),
                },
                _ => return Err(self.raise("TypeError", "object doesn't support item deletion", at)),
            },
            Value::External(_) => {}
            Value::Unknown => self.may_raise(at, "what this is the item of is not known")?,
            _ => return Err(self.raise("TypeError", "object doesn't support item deletion", at)),
        }
        Ok(())
    }
}

type Bounds = [Option<i64>; 3];

/// The bounds of a key that is a slice: nothing inside where one of them is not known.
fn slice_of(key: &Value) -> Option<Option<Bounds>> {
    let Value::Tuple(parts) = key else { return None };
    let [Value::Builtin("slice"), lower, upper, step] = &**parts else { return None };
    let bound = |value: &Value| match value {
        Value::None => Some(None),
        Value::Int(value) => Some(Some(*value)),
        _ => None,
    };
    Some((|| Some([bound(lower)?, bound(upper)?, bound(step)?]))())
}

/// Whether a type of `builtins` takes arguments in brackets.
pub(crate) fn is_generic(name: &str) -> bool {
    const GENERIC: [&str; 13] = [
        "list",
        "dict",
        "tuple",
        "set",
        "frozenset",
        "type",
        "enumerate",
        "filter",
        "map",
        "zip",
        "reversed",
        "BaseExceptionGroup",
        "ExceptionGroup",
    ];
    GENERIC.contains(&name)
}
