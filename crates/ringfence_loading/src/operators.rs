//! Operators, truth, and items.

use std::cmp::Ordering;
use std::rc::Rc;

use ruff_python_ast::{CmpOp, Operator, UnaryOp};
use ruff_text_size::TextRange;

use crate::Place;
use crate::arguments::Arguments;
use crate::expressions::{insert, is_identity};
use crate::machine::{Exec, Machine, Made};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};

/// Larger containers are not followed.
const LARGEST: usize = 4_096;

impl Machine<'_> {
    /// Whether something counts as true; where that is not known, both in turn.
    pub(crate) fn truth(&mut self, value: Value, at: Place) -> Exec<bool> {
        let value = self.force(value, at);
        Ok(match &value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(bits) => f64::from_bits(*bits) != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::Tuple(items) => !items.is_empty(),
            Value::Object(id) => match self.object(*id) {
                Object::List | Object::Set => match self.content(*id, at) {
                    Some(items) => !items.is_empty(),
                    None => self.either(at),
                },
                Object::Dict => match self.pairs(&value, at)? {
                    Some(pairs) => !pairs.is_empty(),
                    None => self.either(at),
                },
                Object::Instance { .. } => {
                    if let Some(method) = self.special(&value, Sym::BOOL, at)? {
                        let result = self.call(method, Arguments::default(), at)?;
                        self.truth(result, at)?
                    } else if let Some(method) = self.special(&value, Sym::LEN, at)? {
                        let result = self.call(method, Arguments::default(), at)?;
                        self.truth(result, at)?
                    } else if self.is_open_instance(&value) {
                        self.either(at)
                    } else {
                        true
                    }
                }
                _ => true,
            },
            Value::External(path) => self.is_something(*path) || self.either(at),
            Value::Unknown => self.either(at),
            _ => true,
        })
    }

    fn either(&mut self, at: Place) -> bool {
        if self.choices_made() >= 8 {
            self.doubt(at, "too many conditions of this statement are not known");
            return true;
        }
        self.choose(2, at, "whether this condition holds is not known") == 0
    }

    pub(crate) fn unary(&mut self, op: UnaryOp, operand: Value, at: Place) -> Exec<Value> {
        let operand = self.force(operand, at);
        Ok(match (op, &operand) {
            (UnaryOp::USub, Value::Int(value)) => value.checked_neg().map_or(Value::external(), Value::Int),
            (UnaryOp::UAdd, Value::Int(_)) => operand,
            (UnaryOp::Invert, Value::Int(value)) => Value::Int(!value),
            (UnaryOp::USub, Value::Float(bits)) => Value::Float((-f64::from_bits(*bits)).to_bits()),
            (_, Value::Unknown) => {
                self.may_raise(at, "what this operator is applied to is not known")?;
                Value::Unknown
            }
            (_, Value::None | Value::Str(_) | Value::Tuple(_) | Value::Bytes(_)) => {
                return Err(self.raise("TypeError", "bad operand type for this operator", at));
            }
            _ => Value::external(),
        })
    }

    pub(crate) fn in_place(&mut self, left: Value, op: Operator, right: Value, at: Place) -> Exec<Value> {
        let left = self.force(left, at);
        if let Value::Object(id) = left
            && op == Operator::Add
            && matches!(self.object(id), Object::List)
        {
            let more = self.items(right, at)?;
            let content = self.content(id, at).zip(more).map(|(mut items, more)| {
                items.extend(more);
                items
            });
            self.set_content(id, content);
            return Ok(left);
        }
        if let Value::Object(id) = left
            && op == Operator::BitOr
            && matches!(self.object(id), Object::Dict | Object::Set | Object::View(_))
        {
            let update = Value::Method(Rc::new((left.clone(), self.sym("update"))));
            self.call(update, Arguments::of([right]), at)?;
            return Ok(left);
        }
        if matches!(left, Value::Object(_)) {
            let name = self.sym(in_place_name(op));
            if let Some(method) = self.special(&left, name, at)? {
                return self.call(method, Arguments::of([right]), at);
            }
        }
        self.binary(left, op, right, at)
    }

    pub(crate) fn binary(&mut self, left: Value, op: Operator, right: Value, at: Place) -> Exec<Value> {
        let left = self.force(left, at);
        let right = self.force(right, at);
        let number = |value: &Value| match value {
            Value::Int(value) => Some(*value),
            Value::Bool(value) => Some(i64::from(*value)),
            _ => None,
        };
        if let (Some(one), Some(other)) = (number(&left), number(&right)) {
            return self.arithmetic(one, op, other, at);
        }
        Ok(match (&left, op, &right) {
            (Value::Str(one), Operator::Add, Value::Str(other)) => Value::str(&format!("{one}{other}")),
            (Value::Tuple(one), Operator::Add, Value::Tuple(other)) => {
                Value::tuple(one.iter().chain(other.iter()).cloned().collect())
            }
            (Value::Bytes(one), Operator::Add, Value::Bytes(other)) => {
                Value::Bytes(one.iter().chain(other.iter()).copied().collect())
            }
            (Value::Str(text), Operator::Mult, other) | (other, Operator::Mult, Value::Str(text))
                if number(other).is_some() =>
            {
                let times = number(other).unwrap_or_default().max(0) as usize;
                if text.len() * times > LARGEST { Value::external() } else { Value::str(&text.repeat(times)) }
            }
            (Value::Str(format), Operator::Mod, value) => self.percent(format, value),
            (Value::Float(_), _, other) | (other, _, Value::Float(_))
                if matches!(other, Value::Float(_)) || number(other).is_some() =>
            {
                let float = |value: &Value| match value {
                    Value::Float(bits) => f64::from_bits(*bits),
                    other => number(other).unwrap_or_default() as f64,
                };
                let (one, other) = (float(&left), float(&right));
                match op {
                    Operator::Add => Value::Float((one + other).to_bits()),
                    Operator::Sub => Value::Float((one - other).to_bits()),
                    Operator::Mult => Value::Float((one * other).to_bits()),
                    Operator::Div | Operator::FloorDiv | Operator::Mod if other == 0.0 => {
                        return Err(self.raise("ZeroDivisionError", "division by zero", at));
                    }
                    Operator::Div => Value::Float((one / other).to_bits()),
                    _ => Value::external(),
                }
            }
            _ => return self.binary_of_objects(left, op, right, at),
        })
    }

    fn binary_of_objects(&mut self, left: Value, op: Operator, right: Value, at: Place) -> Exec<Value> {
        if let (Value::Object(one), Value::Object(other)) = (&left, &right) {
            match (self.object(*one), self.object(*other), op) {
                (Object::List, Object::List, Operator::Add) => {
                    let items =
                        self.content(*one, at).zip(self.content(*other, at)).map(|(mut items, more)| {
                            items.extend(more);
                            items
                        });
                    let made = self.push(Object::List);
                    self.set_content(made, items);
                    return Ok(Value::Object(made));
                }
                (Object::Dict, Object::Dict, Operator::BitOr) => {
                    let (one, other) = (self.pairs(&left, at)?, self.pairs(&right, at)?);
                    let pairs = one.zip(other).map(|(mut pairs, more)| {
                        more.into_iter().for_each(|(key, value)| insert(&mut pairs, key, value));
                        pairs
                    });
                    let made = self.push(Object::Dict);
                    let content = pairs.map_or(Value::external(), |pairs| Value::Pairs(pairs.into()));
                    self.state.set(made, Sym::CONTENT, content);
                    return Ok(Value::Object(made));
                }
                (Object::Set, Object::Set, _) => {
                    let (Some(one), Some(other)) = (self.content(*one, at), self.content(*other, at)) else {
                        return Ok(Value::external());
                    };
                    let items: Vec<Value> = match op {
                        Operator::BitOr => {
                            let more =
                                other.into_iter().filter(|item| !one.contains(item)).collect::<Vec<_>>();
                            one.into_iter().chain(more).collect()
                        }
                        Operator::BitAnd => one.into_iter().filter(|item| other.contains(item)).collect(),
                        Operator::Sub => one.into_iter().filter(|item| !other.contains(item)).collect(),
                        _ => return Ok(Value::external()),
                    };
                    let made = self.push(Object::Set);
                    self.set_content(made, Some(items));
                    return Ok(Value::Object(made));
                }
                _ => {}
            }
        }
        if let (Value::Object(id), Operator::Mult, Value::Int(times)) = (&left, op, &right)
            && matches!(self.object(*id), Object::List)
        {
            let items =
                self.content(*id, at).filter(|items| items.len() * (*times).max(0) as usize <= LARGEST);
            let times = (*times).max(0) as usize;
            let items = items.map(|items| std::iter::repeat_n(items, times).flatten().collect());
            let made = self.push(Object::List);
            self.set_content(made, items);
            return Ok(Value::Object(made));
        }
        for (value, name, other) in [(&left, operator_name(op), &right), (&right, reflected_name(op), &left)]
        {
            if self.is_instance(value) {
                let name = self.sym(name);
                if let Some(method) = self.special(value, name, at)? {
                    let result = self.call(method, Arguments::of([other.clone()]), at)?;
                    if result != Value::Builtin("NotImplemented") {
                        return Ok(result);
                    }
                }
            }
        }
        let may = |machine: &Self, value: &Value| {
            matches!(value, Value::External(_) | Value::Exception(_)) || machine.is_open_instance(value)
        };
        if left == Value::Unknown || right == Value::Unknown {
            self.may_raise(at, "what this operator is applied to is not known")?;
            return Ok(Value::Unknown);
        }
        if may(self, &left) || may(self, &right) {
            return Ok(Value::external());
        }
        let is_class = |machine: &Self, value: &Value| match value {
            Value::None | Value::Builtin(_) => true,
            Value::Object(id) => matches!(machine.object(*id), Object::Class(_)),
            _ => false,
        };
        if op == Operator::BitOr && is_class(self, &left) && is_class(self, &right) {
            let both_none = left == Value::None && right == Value::None;
            let old = self.modules.python().is_some_and(|python| python.minor < 10);
            if !both_none && !old {
                return Ok(Value::external());
            }
        }
        let message = format!("unsupported operand type(s) for {}", op.as_str());
        Err(self.raise("TypeError", message, at))
    }

    fn arithmetic(&mut self, one: i64, op: Operator, other: i64, at: Place) -> Exec<Value> {
        let result = match op {
            Operator::Add => one.checked_add(other),
            Operator::Sub => one.checked_sub(other),
            Operator::Mult => one.checked_mul(other),
            Operator::Div | Operator::FloorDiv | Operator::Mod if other == 0 => {
                return Err(self.raise("ZeroDivisionError", "division by zero", at));
            }
            Operator::Div => return Ok(Value::Float((one as f64 / other as f64).to_bits())),
            Operator::FloorDiv => one.checked_div_euclid(other).map(|quotient| {
                if other < 0 && one.rem_euclid(other) != 0 { quotient - 1 } else { quotient }
            }),
            Operator::Mod => one
                .checked_rem_euclid(other)
                .map(|rest| if other < 0 && rest != 0 { rest + other } else { rest }),
            Operator::Pow if other >= 0 => u32::try_from(other).ok().and_then(|power| one.checked_pow(power)),
            Operator::LShift if (0..40).contains(&other) => one.checked_mul(1 << other),
            Operator::RShift if (0..63).contains(&other) => Some(one >> other),
            Operator::LShift | Operator::RShift if other < 0 => {
                return Err(self.raise("ValueError", "negative shift count", at));
            }
            Operator::BitAnd => Some(one & other),
            Operator::BitOr => Some(one | other),
            Operator::BitXor => Some(one ^ other),
            Operator::MatMult => {
                return Err(self.raise("TypeError", "unsupported operand type(s) for @", at));
            }
            _ => None,
        };
        Ok(result.map_or(Value::external(), Value::Int))
    }

    fn percent(&self, format: &str, value: &Value) -> Value {
        let values: Vec<&Value> = match value {
            Value::Tuple(items) => items.iter().collect(),
            other => vec![other],
        };
        let mut values = values.into_iter();
        let mut text = String::new();
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            match after.chars().next() {
                Some('%') => text.push('%'),
                Some('s' | 'd') => match values.next() {
                    Some(Value::Str(part)) => text.push_str(part),
                    Some(Value::Int(number)) => text.push_str(&number.to_string()),
                    _ => return Value::external(),
                },
                _ => return Value::external(),
            }
            rest = &after[1..];
        }
        text.push_str(rest);
        Value::str(&text)
    }

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
        let is_plain = |value: &Value| {
            matches!(
                value,
                Value::None
                    | Value::Str(_)
                    | Value::Int(_)
                    | Value::Bool(_)
                    | Value::Float(_)
                    | Value::Tuple(_)
            )
        };
        let mixed = is_plain(&left)
            && is_plain(&right)
            && !matches!((&left, &right), (Value::Tuple(_), Value::Tuple(_)));
        if mixed {
            return Err(self.raise(
                "TypeError",
                format!("'{}' not supported between these", op.as_str()),
                at,
            ));
        }
        if self.is_instance(&left) {
            let name = self.sym(match op {
                CmpOp::Lt => "__lt__",
                CmpOp::LtE => "__le__",
                CmpOp::Gt => "__gt__",
                _ => "__ge__",
            });
            if let Some(method) = self.special(&left, name, at)? {
                return self.call(method, Arguments::of([right]), at);
            }
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
                        if self.is_something(*path) =>
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
                (Object::Instance { .. }, _) | (_, Object::Instance { .. })
                    if self.is_open_instance(left) || self.is_open_instance(right) =>
                {
                    None
                }
                (Object::Dict, Object::Dict) | (Object::Set, Object::Set) => None,
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

    fn are_equal(&mut self, one: &[Value], other: &[Value], at: Place) -> Option<bool> {
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

    fn contains(&mut self, container: &Value, item: &Value, at: Place) -> Exec<Option<bool>> {
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
                Object::List | Object::Set => self.content(*id, at),
                Object::Dict => {
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
                    self.items(container.clone(), at)?
                }
                _ => self.items(container.clone(), at)?,
            },
            Value::Unknown => {
                self.may_raise(at, "what is searched is not known")?;
                None
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
                Object::Instance { .. } => Ok(None),
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
                            None => return Err(self.raise("KeyError", format!("'{text}'"), at)),
                        },
                    }
                }
                Object::Instance { .. } => match self.special(&value, Sym::GETITEM, at)? {
                    Some(method) => return self.call(method, Arguments::of([key]), at),
                    None if self.is_open_instance(&value) => Value::external(),
                    None => return Err(self.raise("TypeError", "object is not subscriptable", at)),
                },
                Object::Class(class) => {
                    if let Some(method) = self.class_attribute(*id, Sym::CLASS_GETITEM, at)? {
                        if matches!(method, Value::External(_)) {
                            return Ok(value);
                        }
                        let method = self.as_class_method(method, &value);
                        return self.call(method, Arguments::of([key]), at);
                    }
                    if class.is_open
                        || class.metaclass.is_some()
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
            Value::Builtin(name) => {
                let generic = [
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
                ];
                if generic.contains(name) {
                    value
                } else {
                    return Err(self.raise("TypeError", format!("type '{name}' is not subscriptable"), at));
                }
            }
            _ => return Err(self.raise("TypeError", "object is not subscriptable", at)),
        })
    }

    fn position(&mut self, value: &Value, key: &Value, at: Place) -> Exec<Value> {
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
            Value::Object(id) => match self.object(*id).clone() {
                Object::Dict => {
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
                        self.doubt(at, "the name that is bound here is not known");
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

fn operator_name(op: Operator) -> &'static str {
    match op {
        Operator::Add => "__add__",
        Operator::Sub => "__sub__",
        Operator::Mult => "__mul__",
        Operator::MatMult => "__matmul__",
        Operator::Div => "__truediv__",
        Operator::Mod => "__mod__",
        Operator::Pow => "__pow__",
        Operator::LShift => "__lshift__",
        Operator::RShift => "__rshift__",
        Operator::BitOr => "__or__",
        Operator::BitXor => "__xor__",
        Operator::BitAnd => "__and__",
        Operator::FloorDiv => "__floordiv__",
    }
}

fn reflected_name(op: Operator) -> &'static str {
    match op {
        Operator::Add => "__radd__",
        Operator::Sub => "__rsub__",
        Operator::Mult => "__rmul__",
        Operator::MatMult => "__rmatmul__",
        Operator::Div => "__rtruediv__",
        Operator::Mod => "__rmod__",
        Operator::Pow => "__rpow__",
        Operator::LShift => "__rlshift__",
        Operator::RShift => "__rrshift__",
        Operator::BitOr => "__ror__",
        Operator::BitXor => "__rxor__",
        Operator::BitAnd => "__rand__",
        Operator::FloorDiv => "__rfloordiv__",
    }
}

fn in_place_name(op: Operator) -> &'static str {
    match op {
        Operator::Add => "__iadd__",
        Operator::Sub => "__isub__",
        Operator::Mult => "__imul__",
        Operator::MatMult => "__imatmul__",
        Operator::Div => "__itruediv__",
        Operator::Mod => "__imod__",
        Operator::Pow => "__ipow__",
        Operator::LShift => "__ilshift__",
        Operator::RShift => "__irshift__",
        Operator::BitOr => "__ior__",
        Operator::BitXor => "__ixor__",
        Operator::BitAnd => "__iand__",
        Operator::FloorDiv => "__ifloordiv__",
    }
}
