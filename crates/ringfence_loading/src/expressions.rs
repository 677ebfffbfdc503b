//! Expressions.

use ruff_python_ast::{
    BoolOp, CmpOp, ConversionFlag, Expr, ExprName, FStringPart, InterpolatedStringElement, Number, UnaryOp,
};
use ruff_text_size::Ranged;

use crate::Place;
use crate::builtins::builtin;
use crate::machine::{Exec, Machine, Scope, ScopeKind};
use crate::symbols::Sym;
use crate::value::{Code, Generator, ObjId, Object, Value};

impl<'a> Machine<'a> {
    pub(crate) fn eval(&mut self, expression: &'a Expr, scope: &Scope) -> Exec<Value> {
        let place = scope.place(expression.range());
        Ok(match expression {
            Expr::NoneLiteral(_) => Value::None,
            Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
            Expr::EllipsisLiteral(_) => Value::Ellipsis,
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => number.as_i64().map_or(Value::external(), Value::Int),
                Number::Float(number) => Value::Float(number.to_bits()),
                Number::Complex { .. } => Value::external(),
            },
            Expr::StringLiteral(literal) => Value::str(literal.value.to_str()),
            Expr::BytesLiteral(literal) => Value::Bytes(literal.value.bytes().collect()),
            Expr::Name(name) => self.load_name(name, scope)?,
            Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value, scope)?;
                let name = self.sym(&attribute.attr);
                self.attribute(object, name, place)?
            }
            Expr::Subscript(subscript) => {
                let object = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                self.item(object, key, place)?
            }
            Expr::Call(call) => self.call_expression(call, scope)?,
            Expr::BoolOp(operation) => {
                let mut last = Value::None;
                for (position, value) in operation.values.iter().enumerate() {
                    last = self.eval(value, scope)?;
                    if position + 1 == operation.values.len() {
                        break;
                    }
                    let at = scope.place(value.range());
                    last = self.force(last, at);
                    let holds = self.truth(last.clone(), at)?;
                    if holds == (operation.op == BoolOp::Or) {
                        break;
                    }
                }
                last
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value, scope)?;
                self.assign(&named.target, value.clone(), scope)?;
                value
            }
            Expr::BinOp(operation) => {
                let left = self.eval(&operation.left, scope)?;
                let right = self.eval(&operation.right, scope)?;
                self.binary(left, operation.op, right, place)?
            }
            Expr::UnaryOp(operation) => {
                let operand = self.eval(&operation.operand, scope)?;
                match operation.op {
                    UnaryOp::Not => Value::Bool(!self.truth(operand, place)?),
                    op => self.unary(op, operand, place)?,
                }
            }
            Expr::Lambda(lambda) => {
                let defaults = self.defaults(lambda.parameters.as_deref(), scope)?;
                self.make_function(Code::Lambda(lambda), defaults, lambda.range, scope)
            }
            Expr::If(choice) => {
                self.settle(&choice.test, scope);
                let test = self.eval(&choice.test, scope)?;
                let holds = self.truth(test, scope.place(choice.test.range()))?;
                self.eval(if holds { &choice.body } else { &choice.orelse }, scope)?
            }
            Expr::Dict(dict) => {
                let mut pairs: Vec<(Value, Value)> = Vec::with_capacity(dict.items.len());
                let mut known = true;
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        let key = self.eval(key, scope)?;
                        let value = self.eval(&item.value, scope)?;
                        insert(&mut pairs, key, value);
                    } else {
                        let mapping = self.eval(&item.value, scope)?;
                        match self.pairs(&mapping, scope.place(item.value.range()))? {
                            Some(more) => {
                                more.into_iter().for_each(|(key, value)| insert(&mut pairs, key, value));
                            }
                            None => known = false,
                        }
                    }
                }
                for (key, _) in &pairs {
                    self.require_hash(key, scope.place(dict.range))?;
                }
                self.make_dict(known.then_some(pairs), scope.locals, dict.range)
            }
            Expr::Set(set) => {
                let items = self.elements(&set.elts, scope)?;
                self.require_hashes(items.as_deref(), scope.place(set.range))?;
                self.make_set(items, scope.locals, set.range)
            }
            Expr::List(list) => {
                let items = self.elements(&list.elts, scope)?;
                self.make_maybe_list(items, scope.locals, list.range)
            }
            Expr::Tuple(tuple) => self.elements(&tuple.elts, scope)?.map_or(Value::external(), Value::tuple),
            Expr::ListComp(comprehension) => {
                let items = self.comprehend(&comprehension.generators, scope, |machine, inner| {
                    machine.eval(&comprehension.elt, inner)
                })?;
                self.make_maybe_list(items, scope.locals, comprehension.range)
            }
            Expr::SetComp(comprehension) => {
                let items = self.comprehend(&comprehension.generators, scope, |machine, inner| {
                    let item = machine.eval(&comprehension.elt, inner)?;
                    machine.require_hash(&item, inner.place(comprehension.elt.range()))?;
                    Ok(item)
                })?;
                self.make_set(items, scope.locals, comprehension.range)
            }
            Expr::DictComp(comprehension) => {
                let items = self.comprehend(&comprehension.generators, scope, |machine, inner| {
                    let key = match &comprehension.key {
                        Some(key) => machine.eval(key, inner)?,
                        None => Value::external(),
                    };
                    let value = machine.eval(&comprehension.value, inner)?;
                    machine.require_hash(&key, inner.place(comprehension.range))?;
                    Ok(Value::tuple(vec![key, value]))
                })?;
                let pairs = items.map(|items| {
                    let mut pairs = Vec::new();
                    for item in items {
                        if let Value::Tuple(pair) = &item {
                            insert(&mut pairs, pair[0].clone(), pair[1].clone());
                        }
                    }
                    pairs
                });
                self.make_dict(pairs, scope.locals, comprehension.range)
            }
            Expr::Generator(generator) => {
                let Some(first) = generator.generators.first() else { return Ok(Value::external()) };
                let value = self.eval(&first.iter, scope)?;
                let inner = self.comprehension_scope(&generator.generators, scope, generator.range);
                let object = Object::Generator(Generator::Expression {
                    node: generator,
                    frame: inner.locals,
                    source: scope.source,
                    globals: scope.globals,
                    first: value,
                });
                Value::Object(self.push(object))
            }
            Expr::Compare(compare) => {
                let mut left = self.eval(&compare.left, scope)?;
                let mut result = Value::Bool(true);
                for (position, (op, right)) in compare.ops.iter().zip(&*compare.comparators).enumerate() {
                    let right = self.eval(right, scope)?;
                    result = self.compare(left, *op, right.clone(), place)?;
                    if position + 1 == compare.ops.len() {
                        break;
                    }
                    result = self.force(result, place);
                    if !self.truth(result.clone(), place)? {
                        break;
                    }
                    left = right;
                }
                result
            }
            Expr::FString(string) => {
                let mut text = Some(String::new());
                for part in &string.value {
                    match part {
                        FStringPart::Literal(literal) => append(&mut text, Some(&literal.value)),
                        FStringPart::FString(inner) => {
                            for element in &inner.elements {
                                match element {
                                    InterpolatedStringElement::Literal(literal) => {
                                        append(&mut text, Some(&literal.value));
                                    }
                                    InterpolatedStringElement::Interpolation(interpolation) => {
                                        let value = self.eval(&interpolation.expression, scope)?;
                                        let value = self.force(value, place);
                                        if let Some(format) = &interpolation.format_spec {
                                            for element in &format.elements {
                                                if let InterpolatedStringElement::Interpolation(inner) =
                                                    element
                                                {
                                                    self.eval(&inner.expression, scope)?;
                                                }
                                            }
                                            let is_shown = interpolation.conversion != ConversionFlag::None;
                                            if !format.elements.is_empty() && !is_shown {
                                                self.check_format(&value, place)?;
                                            }
                                        }
                                        let is_plain = interpolation.debug_text.is_none()
                                            && interpolation.format_spec.is_none()
                                            && interpolation.conversion.is_none();
                                        let shown = self.shown(&value, place)?.filter(|_| is_plain);
                                        append(&mut text, shown.as_deref());
                                    }
                                }
                            }
                        }
                    }
                }
                match text {
                    Some(text) => Value::str(&text),
                    None => self.object_of("str"),
                }
            }
            Expr::TString(_) => Value::external(),
            Expr::Starred(starred) => self.eval(&starred.value, scope)?,
            Expr::Await(wait) => {
                self.eval(&wait.value, scope)?;
                Value::external()
            }
            Expr::Yield(result) => {
                let value = match &result.value {
                    Some(value) => self.eval(value, scope)?,
                    None => Value::None,
                };
                if let Some(yields) = self.yields.last_mut() {
                    yields.push(value);
                }
                Value::None
            }
            Expr::YieldFrom(result) => {
                let value = self.eval(&result.value, scope)?;
                let items = self.items(value, place)?.unwrap_or_else(|| vec![Value::external()]);
                if let Some(yields) = self.yields.last_mut() {
                    yields.extend(items);
                }
                Value::None
            }
            Expr::Slice(slice) => {
                let mut parts = Vec::with_capacity(3);
                for part in [&slice.lower, &slice.upper, &slice.step] {
                    parts.push(match part {
                        Some(part) => self.eval(part, scope)?,
                        None => Value::None,
                    });
                }
                // A slice as a key: told from a tuple by its first item.
                parts.insert(0, Value::Builtin("slice"));
                Value::tuple(parts)
            }
            Expr::IpyEscapeCommand(_) => Value::Unknown,
        })
    }

    /// The elements of a display; nothing where some are not known.
    pub(crate) fn elements(&mut self, elements: &'a [Expr], scope: &Scope) -> Exec<Option<Vec<Value>>> {
        let mut items = Some(Vec::with_capacity(elements.len()));
        for element in elements {
            let value = self.eval(element, scope)?;
            if element.is_starred_expr() {
                let more = self.items(value, scope.place(element.range()))?;
                items = items.zip(more).map(|(mut items, more)| {
                    items.extend(more);
                    items
                });
            } else if let Some(items) = &mut items {
                items.push(value);
            }
        }
        Ok(items)
    }

    /// A name as an expression.
    pub(crate) fn load_name(&mut self, name: &ExprName, scope: &Scope) -> Exec<Value> {
        let symbol = self.sym(&name.id);
        let place = scope.place(name.range);
        match &scope.kind {
            ScopeKind::Module => {}
            ScopeKind::Class => {
                if let Some(value) = self.present(scope.locals, symbol, place)? {
                    return Ok(value);
                }
                if let Some(value) = self.free(symbol, scope.frame, place)? {
                    return Ok(value);
                }
            }
            ScopeKind::Function(names) => {
                if names.locals.contains(&symbol) {
                    return if let Some(value) = self.present(scope.locals, symbol, place)? {
                        Ok(value)
                    } else {
                        let message = format!(
                            "cannot access local variable '{}' where it is not associated with a value",
                            name.id
                        );
                        Err(self.raise("UnboundLocalError", message, place))
                    };
                }
                if !names.globals.contains(&symbol)
                    && let Some(value) = self.free(symbol, scope.frame, place)?
                {
                    return Ok(value);
                }
            }
        }
        if let Some(value) = self.present(scope.globals, symbol, place)? {
            return Ok(value);
        }
        if let Some(value) = self.given_to_library("builtins", &name.id, place)? {
            return Ok(value);
        }
        if let Some(value) = builtin(&name.id) {
            return Ok(value);
        }
        match &*name.id {
            "__debug__" => return Ok(Value::Bool(true)),
            "__class__" => {
                if let Some(class) = scope.class {
                    return Ok(Value::Object(class));
                }
            }
            "__annotations__" | "__builtins__" => return Ok(Value::external()),
            _ => {}
        }
        if let Some(value) = self.opaque_name(scope.globals, symbol, place)? {
            return Ok(value);
        }
        Err(self.raise("NameError", format!("name '{}' is not defined", name.id), place))
    }

    /// A variable of the functions around a place.
    pub(crate) fn free(&mut self, name: Sym, mut frame: Option<ObjId>, place: Place) -> Exec<Option<Value>> {
        // From 3.12 on, comprehensions are part of what is around them.
        let mut is_inlined = frame.is_some_and(|id| self.state.get(id, Sym::INLINED).is_some());
        while let Some(id) = frame {
            let Object::Frame { names, parent } = self.object(id) else { return Ok(None) };
            let (is_local, is_global, parent) =
                (names.locals.contains(&name), names.globals.contains(&name), *parent);
            if is_global {
                return Ok(None);
            }
            if is_local {
                return if let Some(value) = self.present(id, name, place)? {
                    Ok(Some(value))
                } else {
                    let text = self.text(name);
                    let python = self.modules.python();
                    if is_inlined && python.is_some_and(|python| python.minor >= 12) {
                        let message = format!(
                            "cannot access local variable '{text}' where it is not associated with a value"
                        );
                        return Err(self.raise("UnboundLocalError", message, place));
                    }
                    if is_inlined && python.is_none_or(|python| !python.exact) {
                        self.doubt(
                            place,
                            "which error a comprehension raises depends on the version of Python",
                        );
                    }
                    let message = format!(
                        "cannot access free variable '{text}' where it is not associated with a value in enclosing scope"
                    );
                    Err(self.raise("NameError", message, place))
                };
            }
            is_inlined &= self.state.get(id, Sym::INLINED).is_some();
            frame = parent;
        }
        Ok(None)
    }

    /// The value of a slot, if there is one; where that depends, each in its turn.
    pub(crate) fn present(&mut self, object: ObjId, name: Sym, at: Place) -> Exec<Option<Value>> {
        let Some(value) = self.state.get(object, name) else { return Ok(None) };
        let value = match value {
            Value::OneOf(alternatives) if alternatives.contains(&Value::Absent) => {
                let there = Value::one_of(alternatives.iter().filter(|value| !value.is_absent()).cloned());
                let text = self.text(name);
                let reason = format!("whether `{text}` is bound here is not known");
                if self.choices_made() >= 6 {
                    self.doubt(at, &reason);
                    return Ok(Some(there));
                }
                if self.choose(2, at, &reason) == 1 {
                    self.state.set(object, name, Value::Absent);
                    return Ok(None);
                }
                self.state.set(object, name, there.clone());
                there
            }
            value => value.clone(),
        };
        if let Value::Object(id) = value
            && let Object::Lazy { module, member, top } = self.object(id).clone()
        {
            let value = self.load_lazily(&module, member, top, at)?;
            self.state.set(object, name, value.clone());
            return Ok(Some(value));
        }
        Ok(Some(value))
    }
}

/// Sets a key of a dictionary.
pub(crate) fn insert(pairs: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match pairs.iter_mut().find(|(known, _)| *known == key) {
        Some((_, old)) => *old = value,
        None => pairs.push((key, value)),
    }
}

fn append(text: &mut Option<String>, part: Option<&str>) {
    match (&mut *text, part) {
        (Some(text), Some(part)) => text.push_str(part),
        _ => *text = None,
    }
}

/// What an operator of comparison is for identity.
pub(crate) fn is_identity(op: CmpOp) -> bool {
    matches!(op, CmpOp::Is | CmpOp::IsNot)
}
