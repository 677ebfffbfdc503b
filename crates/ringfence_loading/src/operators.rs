//! Operators, truth, and items.

use crate::items::LARGEST;
use std::rc::Rc;

use ruff_python_ast::{Operator, UnaryOp};

use crate::Place;
use crate::arguments::Arguments;
use crate::expressions::insert;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::typed::{NUMBERS, type_of_result};
use crate::value::{Object, Value};

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
                        let result = self.force(result, at);
                        if !matches!(result, Value::Bool(_) | Value::External(_) | Value::Unknown) {
                            let Value::Builtin(kind) = self.class_of(&result) else {
                                return Err(self.raise("TypeError", "__bool__ should return bool", at));
                            };
                            let message = format!("__bool__ should return bool, returned {kind}");
                            return Err(self.raise("TypeError", message, at));
                        }
                        self.truth(result, at)?
                    } else if let Some(method) = self.special(&value, Sym::LEN, at)? {
                        let length = self.call(method, Arguments::default(), at)?;
                        let length = self.require_length(length, at)?;
                        self.truth(length, at)?
                    } else if let Some(inner) = self.value_that_is(&value) {
                        self.truth(inner, at)?
                    } else if self.member_value(&value).is_some() {
                        true
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

    pub(crate) fn either(&mut self, at: Place) -> bool {
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
            (Value::Tuple(items), Operator::Mult, other) | (other, Operator::Mult, Value::Tuple(items))
                if number(other).is_some() =>
            {
                let times = number(other).unwrap_or_default().max(0) as usize;
                if items.len() * times > LARGEST {
                    Value::external()
                } else {
                    Value::tuple(std::iter::repeat_n(items.iter().cloned(), times).flatten().collect())
                }
            }
            (Value::Bytes(bytes), Operator::Mult, other) | (other, Operator::Mult, Value::Bytes(bytes))
                if number(other).is_some() =>
            {
                let times = number(other).unwrap_or_default().max(0) as usize;
                if bytes.len() * times > LARGEST {
                    Value::external()
                } else {
                    Value::Bytes(bytes.repeat(times).into())
                }
            }
            (Value::Bytes(_), Operator::Mod, _) => Value::external(),
            (Value::Str(format), Operator::Mod, value) => return self.percent(format, value, at),
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

    /// An operator of instances: the method of the left one, or else what the right one has for it; nothing where neither answers.
    pub(crate) fn call_operator(
        &mut self,
        (left, name): (&Value, &str),
        (right, reflected): (&Value, &str),
        at: Place,
    ) -> Exec<Option<Value>> {
        for (value, name, other) in [(left, name, right), (right, reflected, left)] {
            if !self.is_instance(value) {
                continue;
            }
            let name = self.sym(name);
            if let Some(method) = self.special(value, name, at)? {
                let result = self.call(method, Arguments::of([other.clone()]), at)?;
                if result != Value::Builtin("NotImplemented") {
                    return Ok(Some(result));
                }
            }
        }
        Ok(None)
    }

    pub(crate) fn binary_of_objects(
        &mut self,
        left: Value,
        op: Operator,
        right: Value,
        at: Place,
    ) -> Exec<Value> {
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
                // The items of dictionaries have the operators of a set.
                (Object::List, Object::List | Object::Set, _) | (Object::Set, Object::List, _)
                    if matches!(
                        op,
                        Operator::Sub | Operator::BitAnd | Operator::BitOr | Operator::BitXor
                    ) =>
                {
                    self.may_raise(at, "whether these are the items of a dictionary is not known")?;
                    return Ok(Value::external());
                }
                _ => {}
            }
        }
        let times = |value: &Value| match value {
            Value::Int(times) => usize::try_from(*times).ok().or(Some(0)),
            Value::Bool(times) => Some(usize::from(*times)),
            _ => None,
        };
        let repeated = match (&left, &right) {
            (Value::Object(id), other) | (other, Value::Object(id)) if op == Operator::Mult => {
                times(other).map(|times| (*id, times))
            }
            _ => None,
        };
        if let Some((id, times)) = repeated
            && matches!(self.object(id), Object::List)
        {
            let items = self.content(id, at).filter(|items| items.len() * times <= LARGEST);
            let items = items.map(|items| std::iter::repeat_n(items, times).flatten().collect());
            let made = self.push(Object::List);
            self.set_content(made, items);
            return Ok(Value::Object(made));
        }
        let (name, reflected) = (operator_name(op), reflected_name(op));
        if let Some(result) = self.call_operator((&left, name), (&right, reflected), at)? {
            return Ok(result);
        }
        let may = |machine: &Self, value: &Value| {
            matches!(value, Value::External(_) | Value::Exception(_)) || machine.is_open_instance(value)
        };
        if left == Value::Unknown || right == Value::Unknown {
            self.may_raise(at, "what this operator is applied to is not known")?;
            return Ok(Value::Unknown);
        }
        let is_class = |machine: &Self, value: &Value| match value {
            Value::None | Value::Builtin(_) => true,
            Value::Object(id) => match machine.object(*id) {
                Object::Class(class) => machine.orders_as_type_does(class),
                Object::Plain(_) => true,
                _ => false,
            },
            _ => false,
        };
        let or = self.sym("__or__");
        let is_own = matches!(left, Value::Object(_)) && self.special(&left, or, at)?.is_some();
        if op == Operator::BitOr && !is_own && is_class(self, &left) && is_class(self, &right) {
            let both_none = left == Value::None && right == Value::None;
            let old = self.modules.python().is_some_and(|python| python.minor < 10);
            if !both_none && !old {
                return Ok(Value::Object(self.push(Object::Plain("types.UnionType"))));
            }
        }
        if let (Some(one), Some(other)) = (self.type_name(&left), self.type_name(&right))
            && (self.is_typed(&left) || self.is_typed(&right))
        {
            let divides = matches!(op, Operator::Div | Operator::FloorDiv | Operator::Mod);
            if divides && right == Value::Int(0) && NUMBERS.contains(&one) {
                return Err(self.raise("ZeroDivisionError", "division by zero", at));
            }
            return match type_of_result(one, op, other) {
                Some(kind) => Ok(self.object_of(kind)),
                None => {
                    let message =
                        format!("unsupported operand type(s) for {}: '{one}' and '{other}'", op.as_str());
                    Err(self.raise("TypeError", message, at))
                }
            };
        }
        if may(self, &left) || may(self, &right) {
            let is_open_class = |value: &Value| matches!(value, Value::Object(id) if matches!(self.object(*id), Object::Class(_)));
            if op != Operator::BitOr && (is_open_class(&left) || is_open_class(&right)) {
                self.may_raise(at, "whether the type of this class has this operator is not known")?;
            }
            return Ok(Value::external());
        }
        let message = format!("unsupported operand type(s) for {}", op.as_str());
        Err(self.raise("TypeError", message, at))
    }

    pub(crate) fn arithmetic(&mut self, one: i64, op: Operator, other: i64, at: Place) -> Exec<Value> {
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

    /// `format % value`
    pub(crate) fn percent(&mut self, format: &str, value: &Value, at: Place) -> Exec<Value> {
        let values: Vec<&Value> = match value {
            Value::Tuple(items) => items.iter().collect(),
            other => vec![other],
        };
        let is_known = !matches!(value, Value::External(_) | Value::Unknown | Value::OneOf(_));
        let mut values = values.into_iter();
        let mut text = Some(String::new());
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('%') {
            // Flags, a width and a precision.
            let end = after.trim_start_matches(|character: char| "#0- +.123456789".contains(character));
            let Some(conversion) = end.chars().next().filter(char::is_ascii) else {
                return Ok(Value::external());
            };
            rest = &end[1..];
            if let Some(text) = &mut text {
                text.push_str(before);
            }
            if conversion == '%' {
                text = text.filter(|_| end.len() == after.len()).map(|text| text + "%");
                continue;
            }
            if !is_known || !"sdiuoxXeEfFgGcra".contains(conversion) {
                return Ok(Value::external());
            }
            let Some(value) = values.next() else {
                return Err(self.raise("TypeError", "not enough arguments for format string", at));
            };
            if conversion == 'd' && matches!(value, Value::Str(_) | Value::None | Value::Tuple(_)) {
                let message = "%d format: a real number is required";
                return Err(self.raise("TypeError", message, at));
            }
            let shown = match value {
                Value::Str(part) if conversion == 's' => Some(part.to_string()),
                Value::Int(number) if matches!(conversion, 's' | 'd') => Some(number.to_string()),
                _ => None,
            };
            let is_plain = end.len() == after.len();
            text = text.zip(shown.filter(|_| is_plain)).map(|(text, shown)| text + &shown);
        }
        let takes_none =
            matches!(value, Value::Object(_) | Value::External(_) | Value::Unknown | Value::OneOf(_));
        if values.next().is_some() && !takes_none {
            let message = "not all arguments converted during string formatting";
            return Err(self.raise("TypeError", message, at));
        }
        Ok(match text {
            Some(text) => Value::str(&(text + rest)),
            None => self.object_of("str"),
        })
    }
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
