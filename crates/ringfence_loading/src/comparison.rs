//! Comparisons: identity, equality, order, and what contains what.

use crate::Place;
use crate::arguments::Arguments;
use crate::environ::is_environ;
use crate::expressions::is_identity;
use crate::iteration::Source;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::typed::{NOT_CALLABLE, have_order};
use crate::value::{ObjId, Object, Value};
use ruff_python_ast::CmpOp;
use std::cmp::Ordering;

impl Machine<'_> {
    pub(crate) fn compare(&mut self, left: Value, op: CmpOp, right: Value, at: Place) -> Exec<Value> {
        let left = self.force(left, at);
        let right = self.force(right, at);
        let negate =
            |value: bool| Value::Bool(value != matches!(op, CmpOp::IsNot | CmpOp::NotEq | CmpOp::NotIn));
        if is_identity(op) {
            return Ok(self.is_same_value(&left, &right).map_or(Value::external(), negate));
        }
        if matches!(op, CmpOp::In | CmpOp::NotIn) {
            return Ok(match self.contains(&right, &left, at)? {
                Some(found) => negate(found),
                None => Value::external(),
            });
        }
        if let Some(answer) = self.compare_hexversion(&left, op, &right) {
            return Ok(answer);
        }
        if let Some(answer) = self.compare_version(&left, op, &right) {
            return Ok(answer);
        }
        if matches!(op, CmpOp::Eq | CmpOp::NotEq) {
            if self.is_instance(&left)
                && let Some(method) = self.special(&left, Sym::EQ, at)?
            {
                let result = self.call(method, Arguments::of([right]), at)?;
                return Ok(if op == CmpOp::Eq { result } else { Value::Bool(!self.truth(result, at)?) });
            }
            return Ok(self.is_equal(&left, &right, at).map_or(Value::external(), negate));
        }
        if matches!(left, Value::Unknown) || matches!(right, Value::Unknown) {
            self.may_raise(at, "what is compared is not known")?;
            return Ok(Value::Unknown);
        }
        let order = match (&left, &right) {
            (Value::Str(one), Value::Str(other)) => Some(one.cmp(other)),
            (Value::Tuple(one), Value::Tuple(other)) => order_of(one, other),
            _ => match (as_float(&left), as_float(&right)) {
                (Some(one), Some(other)) => one.partial_cmp(&other),
                _ => None,
            },
        };
        if let Some(order) = order {
            return Ok(Value::Bool(match op {
                CmpOp::Lt => order == Ordering::Less,
                CmpOp::LtE => order != Ordering::Greater,
                CmpOp::Gt => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }));
        }
        let is_plain = |machine: &Self, value: &Value| {
            matches!(
                value,
                Value::None
                    | Value::Str(_)
                    | Value::Int(_)
                    | Value::Bool(_)
                    | Value::Float(_)
                    | Value::Tuple(_)
                    | Value::Builtin(_)
                    | Value::Bound(_)
            ) || matches!(value, Value::Object(id) if matches!(
                machine.object(*id),
                Object::Function(_)
                    | Object::Module(_)
                    | Object::List
                    | Object::Dict
                    | Object::Cached(_)
                    | Object::Dispatcher(_)
                    | Object::Partial { .. }
                    | Object::Generator(_)
                    | Object::Iterator
                    | Object::Stream { .. }
                    | Object::Plain(_)
            )) || matches!(value, Value::Object(id) if matches!(
                machine.object(*id),
                Object::Class(class) if machine.is_enumeration(class)
                    || machine.orders_as_type_does(class)
            ))
        };
        let mixed = is_plain(self, &left)
            && is_plain(self, &right)
            && !matches!((&left, &right), (Value::Tuple(_), Value::Tuple(_)))
            && !matches!((&left, &right), (Value::Object(_), Value::Object(_)));
        if mixed {
            return Err(self.raise(
                "TypeError",
                format!("'{}' not supported between these", op.as_str()),
                at,
            ));
        }
        let (name, reflected) = match op {
            CmpOp::Lt => ("__lt__", "__gt__"),
            CmpOp::LtE => ("__le__", "__ge__"),
            CmpOp::Gt => ("__gt__", "__lt__"),
            _ => ("__ge__", "__le__"),
        };
        if let Some(result) = self.call_operator((&left, name), (&right, reflected), at)? {
            return Ok(result);
        }
        if let (Some(one), Some(other)) = (self.type_name(&left), self.type_name(&right))
            && !have_order(one, other)
        {
            let message =
                format!("'{}' not supported between instances of '{one}' and '{other}'", op.as_str());
            return Err(self.raise("TypeError", message, at));
        }
        let (left_plain, right_plain) = (is_plain(self, &left), is_plain(self, &right));
        let (left_bare, right_bare) = (self.has_no_order(&left), self.has_no_order(&right));
        if left_bare && (right_bare || right_plain) || right_bare && left_plain {
            let message = format!("'{}' not supported between these", op.as_str());
            return Err(self.raise("TypeError", message, at));
        }
        Ok(Value::external())
    }

    /// Whether two values are one; nothing where that is not known.
    pub(crate) fn is_same_value(&self, left: &Value, right: &Value) -> Option<bool> {
        let singleton = |value: &Value| {
            matches!(
                value,
                Value::None | Value::Bool(_) | Value::Ellipsis | Value::Object(_) | Value::Builtin(_)
            )
        };
        match (left, right) {
            (Value::External(_) | Value::Unknown | Value::OneOf(_), _)
            | (_, Value::External(_) | Value::Unknown | Value::OneOf(_)) => {
                // A module or a function of a library is not `None`.
                match (left, right) {
                    (Value::External(path), Value::None) | (Value::None, Value::External(path))
                        if self.is_something(*path)
                            || self.is_not_none(*path)
                            || self.text(*path).starts_with(NOT_CALLABLE) =>
                    {
                        Some(false)
                    }
                    _ => None,
                }
            }
            _ if singleton(left) || singleton(right) => Some(left == right),
            (Value::Int(one), Value::Int(other)) => Some(one == other),
            (Value::Str(one), Value::Str(other)) if one != other => Some(false),
            _ => None,
        }
    }

    pub(crate) fn is_equal(&mut self, left: &Value, right: &Value, at: Place) -> Option<bool> {
        let unknown = |value: &Value| {
            matches!(value, Value::External(_) | Value::Unknown | Value::OneOf(_) | Value::Exception(_))
        };
        if unknown(left) || unknown(right) {
            return None;
        }
        if let Some(value) = self.value_that_is(left) {
            return self.is_equal(&value, right, at);
        }
        if let Some(value) = self.value_that_is(right) {
            return self.is_equal(left, &value, at);
        }
        if self.member_value(left).is_some() || self.member_value(right).is_some() {
            // A class of its own may say otherwise.
            let has_own = [left, right].iter().any(|value| {
                matches!(value, Value::Object(id) if matches!(self.object(*id), Object::Instance { class } if self.state.get(*class, Sym::EQ).is_some()))
            });
            return if has_own { None } else { Some(left == right) };
        }
        if let (Some(one), Some(other)) = (as_float(left), as_float(right)) {
            return Some(one == other);
        }
        match (left, right) {
            (Value::Tuple(one), Value::Tuple(other)) => self.are_equal(one, other, at),
            (Value::Object(one), Value::Object(other)) if one == other => Some(true),
            (Value::Object(one), Value::Object(other)) => match (self.object(*one), self.object(*other)) {
                (Object::List, Object::List) => {
                    let (one, other) = (self.content(*one, at)?, self.content(*other, at)?);
                    self.are_equal(&one, &other, at)
                }
                (Object::Instance { .. }, Object::Instance { .. }) if self.field_values(*one).is_some() => {
                    match (self.field_values(*one), self.field_values(*other)) {
                        (Some((one, these)), Some((other, those))) if one == other => {
                            self.are_equal(&these, &those, at)
                        }
                        _ => Some(false),
                    }
                }
                (Object::Instance { .. }, _) | (_, Object::Instance { .. })
                    if self.is_open_instance(left) || self.is_open_instance(right) =>
                {
                    None
                }
                (Object::Set, Object::Set) => {
                    let (one, other) = (self.content(*one, at)?, self.content(*other, at)?);
                    // Sets hold each value once.
                    let is_plain = |value: &Value| {
                        matches!(value, Value::Str(_) | Value::Int(_) | Value::None | Value::Bytes(_))
                    };
                    let are_plain = one.iter().chain(&other).all(is_plain);
                    let distinct = |values: &[Value]| {
                        let mut distinct: Vec<Value> = Vec::new();
                        for value in values {
                            if !distinct.contains(value) {
                                distinct.push(value.clone());
                            }
                        }
                        distinct
                    };
                    let (one, other) = (distinct(&one), distinct(&other));
                    are_plain.then(|| one.len() == other.len() && one.iter().all(|item| other.contains(item)))
                }
                (Object::Dict, Object::Dict) => self.are_equal_mappings(left, right, at),
                (Object::Plain(_), Object::Plain(_)) => None,
                _ => Some(false),
            },
            (Value::Object(id), _) | (_, Value::Object(id))
                if matches!(self.object(*id), Object::Instance { .. })
                    && self.is_open_instance(&Value::Object(*id)) =>
            {
                None
            }
            _ => Some(left == right),
        }
    }

    /// Whether two dictionaries hold the same; nothing where that is not known.
    fn are_equal_mappings(&mut self, one: &Value, other: &Value, at: Place) -> Option<bool> {
        let (Ok(Some(one)), Ok(Some(mut other))) = (self.pairs(one, at), self.pairs(other, at)) else {
            return None;
        };
        if one.len() != other.len() {
            return Some(false);
        }
        let mut known = Some(true);
        for (key, value) in one {
            let mut position = None;
            for (candidate, (theirs, _)) in other.iter().enumerate() {
                match self.is_equal(&key, theirs, at) {
                    Some(true) => position = Some(candidate),
                    Some(false) => {}
                    None => return None,
                }
            }
            let Some(position) = position else { return Some(false) };
            let (_, theirs) = other.remove(position);
            match self.is_equal(&value, &theirs, at) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => known = None,
            }
        }
        known
    }

    pub(crate) fn are_equal(&mut self, one: &[Value], other: &[Value], at: Place) -> Option<bool> {
        if one.len() != other.len() {
            return Some(false);
        }
        let mut equal = Some(true);
        for (one, other) in one.iter().zip(other) {
            match self.is_equal(one, other, at) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => equal = None,
            }
        }
        equal
    }

    pub(crate) fn contains(&mut self, container: &Value, item: &Value, at: Place) -> Exec<Option<bool>> {
        let items = match container {
            Value::Str(text) => {
                return match item {
                    Value::Str(part) => Ok(Some(text.contains(&**part))),
                    Value::External(_) | Value::Unknown => Ok(None),
                    _ => Err(self.raise("TypeError", "'in <string>' requires string as left operand", at)),
                };
            }
            Value::Tuple(items) => Some(items.to_vec()),
            Value::Object(id) => match self.object(*id).clone() {
                Object::List => self.content(*id, at),
                Object::Set => {
                    self.require_hash(item, at)?;
                    self.content(*id, at)
                }
                Object::Dict => {
                    self.require_hash(item, at)?;
                    self.pairs(container, at)?.map(|pairs| pairs.into_iter().map(|(key, _)| key).collect())
                }
                Object::View(of) => {
                    let Value::Str(name) = item else { return Ok(None) };
                    let name = self.sym(name);
                    if of == ObjId::SYS_MODULES {
                        return self.is_in_sys_modules(name, at).map(Some);
                    }
                    let found = self.present(of, name, at)?.is_some();
                    return Ok(if !found && self.is_opaque(of) { None } else { Some(found) });
                }
                Object::Instance { .. } => {
                    if let Some(method) = self.special(container, Sym::CONTAINS, at)? {
                        let found = self.call(method, Arguments::of([item.clone()]), at)?;
                        return self.truth(found, at).map(Some);
                    }
                    return self.is_found_among(container, item, at);
                }
                Object::Iterator | Object::Generator(_) | Object::Stream { .. } => {
                    return self.is_found_among(container, item, at);
                }
                _ => self.items(container.clone(), at)?,
            },
            Value::Unknown => {
                self.may_raise(at, "what is searched is not known")?;
                None
            }
            Value::External(path) if is_environ(&self.text(*path)) => {
                let item = self.force(item.clone(), at);
                return Ok(self.has_variable(&item, at));
            }
            Value::External(_) => None,
            _ => {
                return Err(self.raise("TypeError", "argument is not iterable", at));
            }
        };
        let Some(items) = items else { return Ok(None) };
        let mut found = Some(false);
        for other in &items {
            match self.is_equal(item, other, at) {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => found = None,
            }
        }
        Ok(found)
    }

    /// Asks for one item after the other, until one is equal.
    fn is_found_among(&mut self, container: &Value, item: &Value, at: Place) -> Exec<Option<bool>> {
        let mut source = self.source(container.clone(), 1, at)?;
        let mut found = Some(false);
        while let Some(next) = self.next_of(&mut source, at)? {
            match self.is_equal(item, &next, at) {
                Some(true) if found.is_some() => return Ok(Some(true)),
                Some(false) => {}
                Some(true) | None => found = None,
            }
        }
        Ok(if matches!(source, Source::Unknown(_)) { None } else { found })
    }
}

fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Float(bits) => Some(f64::from_bits(*bits)),
        _ => None,
    }
}

fn order_of(one: &[Value], other: &[Value]) -> Option<Ordering> {
    for (one, other) in one.iter().zip(other) {
        let order = match (one, other) {
            (Value::Str(one), Value::Str(other)) => one.cmp(other),
            _ => as_float(one)?.partial_cmp(&as_float(other)?)?,
        };
        if order != Ordering::Equal {
            return Some(order);
        }
    }
    Some(one.len().cmp(&other.len()))
}
