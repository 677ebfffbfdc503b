//! Expressions.

use std::rc::Rc;

use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, Expr, ExprCall, ExprName, FStringPart, InterpolatedStringElement, Number,
    UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

use crate::Place;
use crate::arguments::Arguments;
use crate::builtins::builtin;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind, Stop};
use crate::names::Names;
use crate::statements::MOST_ROUNDS;
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
                self.make_function(Code::Lambda(lambda), defaults, lambda.range, scope, false)
            }
            Expr::If(choice) => {
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
                self.make_dict(known.then_some(pairs), scope.locals, dict.range)
            }
            Expr::Set(set) => {
                let items = self.elements(&set.elts, scope)?;
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
                    machine.eval(&comprehension.elt, inner)
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
                text.map_or(Value::external(), |text| Value::str(&text))
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
    fn elements(&mut self, elements: &'a [Expr], scope: &Scope) -> Exec<Option<Vec<Value>>> {
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

    fn call_expression(&mut self, call: &'a ExprCall, scope: &Scope) -> Exec<Value> {
        let place = scope.place(call.range());
        if let Expr::Name(name) = &*call.func {
            match &*name.id {
                "super" if call.arguments.is_empty() => {
                    return Ok(match (scope.class, &scope.receiver) {
                        (Some(class), Some(receiver)) => {
                            Value::Super(Rc::new((Value::Object(class), receiver.clone())))
                        }
                        _ => return Err(self.raise("RuntimeError", "super(): no arguments", place)),
                    });
                }
                "locals" | "vars" if call.arguments.is_empty() => {
                    return Ok(match scope.kind {
                        ScopeKind::Function(_) => Value::external(),
                        _ => self.view(scope.locals),
                    });
                }
                "globals" if call.arguments.is_empty() => return Ok(self.view(scope.globals)),
                "dir" if call.arguments.is_empty() => {
                    let names: Vec<Value> = self
                        .state
                        .bound(scope.locals)
                        .into_iter()
                        .map(|name| Value::Str(self.text(name)))
                        .filter(|name| !matches!(name, Value::Str(text) if text.starts_with(' ')))
                        .collect();
                    return Ok(self.make_list(names, scope.locals, call.range()));
                }
                "exec" | "eval" => return self.run_text(call, scope),
                _ => {}
            }
        }
        let function = self.eval(&call.func, scope)?;
        let mut arguments = Arguments::default();
        for argument in &call.arguments.args {
            let value = self.eval(argument, scope)?;
            if argument.is_starred_expr() {
                match self.items(value, scope.place(argument.range()))? {
                    Some(items) => arguments.positional.extend(items),
                    None => arguments.more = true,
                }
            } else {
                arguments.positional.push(value);
            }
        }
        for keyword in &call.arguments.keywords {
            let value = self.eval(&keyword.value, scope)?;
            match &keyword.arg {
                Some(name) => {
                    let name = self.sym(name);
                    arguments.keywords.push((name, value));
                }
                None => match self.pairs(&value, scope.place(keyword.value.range()))? {
                    Some(pairs) => {
                        for (key, value) in pairs {
                            match key {
                                Value::Str(name) => {
                                    let name = self.sym(&name);
                                    arguments.keywords.push((name, value));
                                }
                                _ => arguments.more = true,
                            }
                        }
                    }
                    None => arguments.more = true,
                },
            }
        }
        // `import_module(".a", ...)` and `__import__` look at who calls.
        if matches!(function, Value::External(_) | Value::Builtin("__import__"))
            && let Some(value) = self.call_importing(&function, &arguments, scope, place)?
        {
            return Ok(value);
        }
        self.call(function, arguments, place)
    }

    /// `exec` and `eval` of a text that is known.
    fn run_text(&mut self, call: &'a ExprCall, scope: &Scope) -> Exec<Value> {
        let place = scope.place(call.range());
        let mut values = Vec::new();
        for argument in &call.arguments.args {
            values.push(self.eval(argument, scope)?);
        }
        let is_eval = matches!(&*call.func, Expr::Name(name) if name.id == "eval");
        let mut inner = scope.clone();
        inner.caller = Some(place);
        // The names that are written back to a dictionary at the end.
        let mut own: Option<Value> = None;
        match values.get(1) {
            None => {}
            Some(Value::Object(id)) if matches!(self.object(*id), Object::View(of) if *of == scope.globals) =>
            {
                inner.locals = scope.globals;
                inner.kind = ScopeKind::Module;
                inner.frame = None;
            }
            Some(Value::Object(id)) if values.len() == 2 && matches!(self.object(*id), Object::Dict) => {
                let dictionary = Value::Object(*id);
                let Some(pairs) = self.pairs(&dictionary, place)? else {
                    self.doubt(place, "the names in which a text is executed are not known");
                    return Ok(Value::Unknown);
                };
                let names = self.make(scope.locals, call.range(), Made::View, Object::Ours);
                for (name, value) in pairs {
                    if let Value::Str(name) = name {
                        let name = self.sym(&name);
                        self.state.set(names, name, value);
                    }
                }
                inner.globals = names;
                inner.locals = names;
                inner.kind = ScopeKind::Module;
                inner.frame = None;
                inner.class = None;
                own = Some(dictionary);
            }
            Some(_) => {
                self.doubt(place, "what a text that is executed in names of its own does is not followed");
                return Ok(Value::Unknown);
            }
        }
        let text = if let Some(Value::Str(text)) = values.first() {
            text.clone()
        } else {
            self.doubt(place, "the text that is executed is not known");
            self.make_opaque(scope.globals);
            return Ok(Value::Unknown);
        };
        let trees = self.trees;
        let Some(suite) = trees.snippet(text.trim()).suite() else {
            return Err(self.raise("SyntaxError", "invalid syntax", place));
        };
        if is_eval {
            return match suite {
                [ruff_python_ast::Stmt::Expr(expression)] => self.eval(&expression.value, &inner),
                _ => Err(self.raise("SyntaxError", "invalid syntax", place)),
            };
        }
        if matches!(scope.kind, ScopeKind::Function(_)) && values.len() < 2 {
            // Names that it binds are lost with its own copy of the variables; imports stay.
            let names = Names::of_function(&mut self.symbols, None, suite, None);
            let frame = Object::Frame { names: Rc::new(Names::default()), parent: scope.frame };
            inner.locals = self.make(scope.locals, call.range(), Made::Frame, frame);
            inner.kind = ScopeKind::Function(Rc::new(names));
        }
        let result = self.deeper(place, |machine| machine.body(suite, &inner));
        if let Some(dictionary) = own {
            for (name, value) in self.view_pairs(inner.globals) {
                self.set_item(dictionary.clone(), name, value, place)?;
            }
            let builtins = Value::str("__builtins__");
            self.set_item(dictionary, builtins, Value::external(), place)?;
        }
        result.map(|_| Value::None)
    }

    /// A name as an expression.
    fn load_name(&mut self, name: &ExprName, scope: &Scope) -> Exec<Value> {
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

    /// A name that is to be changed or deleted: `global` and such count, builtins do too for what is read of it.
    pub(crate) fn load_own_name(&mut self, name: &ExprName, scope: &Scope) -> Exec<Value> {
        self.load_name(name, scope)
    }

    /// A variable of the functions around a place.
    fn free(&mut self, name: Sym, mut frame: Option<ObjId>, place: Place) -> Exec<Option<Value>> {
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
                    let message = format!(
                        "cannot access free variable '{text}' where it is not associated with a value in enclosing scope"
                    );
                    Err(self.raise("NameError", message, place))
                };
            }
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

    fn comprehension_scope(
        &mut self,
        generators: &'a [Comprehension],
        scope: &Scope,
        range: TextRange,
    ) -> Scope {
        let targets = generators.iter().map(|generator| &generator.target);
        let names = Rc::new(Names::of_targets(&mut self.symbols, targets));
        let frame = Object::Frame { names: Rc::clone(&names), parent: scope.frame };
        let locals = self.make(scope.locals, range, Made::Frame, frame);
        Scope { locals, kind: ScopeKind::Function(names), frame: Some(locals), ..scope.clone() }
    }

    /// What a comprehension gives; nothing where that is not known.
    fn comprehend(
        &mut self,
        generators: &'a [Comprehension],
        scope: &Scope,
        mut element: impl FnMut(&mut Self, &Scope) -> Exec<Value>,
    ) -> Exec<Option<Vec<Value>>> {
        let Some(first) = generators.first() else { return Ok(None) };
        let iterable = self.eval(&first.iter, scope)?;
        let range = TextRange::new(first.range.start(), generators[generators.len() - 1].range.end());
        let inner = self.comprehension_scope(generators, scope, range);
        let mut items = Some(Vec::new());
        self.generate(generators, Some(iterable), &inner, &mut |machine, scope| {
            let value = element(machine, scope)?;
            if let Some(items) = &mut items {
                items.push(value);
            }
            Ok(())
        })
        .map(|known| if known { items.take() } else { None })
    }

    /// Runs the loops of a comprehension. Gives whether their lengths are known.
    pub(crate) fn generate(
        &mut self,
        generators: &'a [Comprehension],
        first: Option<Value>,
        scope: &Scope,
        element: &mut dyn FnMut(&mut Self, &Scope) -> Exec<()>,
    ) -> Exec<bool> {
        let Some((generator, rest)) = generators.split_first() else {
            element(self, scope)?;
            return Ok(true);
        };
        let place = scope.place(generator.iter.range());
        let iterable = match first {
            Some(value) => value,
            None => self.eval(&generator.iter, scope)?,
        };
        let items = self.items(iterable, place)?.filter(|items| items.len() <= MOST_ROUNDS);
        let mut known = items.is_some();
        let items = match items {
            Some(items) => items,
            None if self.choose(2, place, "how often this loop runs is not known") == 1 => Vec::new(),
            None => vec![Value::external()],
        };
        'items: for item in items {
            self.burn(place)?;
            self.assign(&generator.target, item, scope)?;
            for test in &generator.ifs {
                let at = scope.place(test.range());
                let value = self.eval(test, scope)?;
                if self.choices_made() >= 6
                    && matches!(value, Value::External(_) | Value::Unknown | Value::OneOf(_))
                {
                    known = false;
                } else if !self.truth(value, at)? {
                    continue 'items;
                }
            }
            known &= self.generate(rest, None, scope, element)?;
        }
        Ok(known)
    }

    /// The items that something gives when it is iterated over; nothing where that is not known.
    pub(crate) fn items(&mut self, value: Value, at: Place) -> Exec<Option<Vec<Value>>> {
        let value = self.force(value, at);
        let text = match &value {
            Value::Tuple(items) => return Ok(Some(items.to_vec())),
            Value::Str(text) => {
                return Ok(Some(text.chars().map(|character| Value::str(&character.to_string())).collect()));
            }
            Value::Bytes(bytes) => {
                return Ok(Some(bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect()));
            }
            Value::External(_) | Value::Exception(_) | Value::Pairs(_) => return Ok(None),
            Value::Unknown => {
                self.may_raise(at, "what is iterated over is not known")?;
                return Ok(None);
            }
            Value::Method(_) => return Ok(None),
            Value::Object(id) => match self.object(*id).clone() {
                Object::List | Object::Set => return Ok(self.content(*id, at)),
                Object::Iterator => {
                    let gone = match self.state.get(*id, Sym::POSITION) {
                        Some(Value::Int(gone)) => *gone as usize,
                        _ => return Ok(None),
                    };
                    let Some(items) = self.content(*id, at) else { return Ok(None) };
                    self.state.set(*id, Sym::POSITION, Value::Int(items.len() as i64));
                    return Ok(Some(items.into_iter().skip(gone).collect()));
                }
                Object::Dict => {
                    let pairs = self.pairs(&value, at)?;
                    return Ok(pairs.map(|pairs| pairs.into_iter().map(|(key, _)| key).collect()));
                }
                Object::View(ObjId::SYS_MODULES) => return Ok(None),
                Object::View(of) => {
                    let pairs = self.view_pairs(of);
                    return Ok(Some(pairs.into_iter().map(|(key, _)| key).collect()));
                }
                Object::Generator(generator) => return self.run_generator(*id, generator, at),
                Object::Mapped { filter, function, items } => {
                    let Some(items) = self.items(items, at)? else { return Ok(None) };
                    let mut results = Vec::with_capacity(items.len());
                    for item in items.into_iter().take(MOST_ROUNDS) {
                        let arguments = match (&item, filter) {
                            (Value::Tuple(several), false)
                                if several.first() == Some(&Value::Builtin("zip")) =>
                            {
                                Arguments::of(several[1..].iter().cloned())
                            }
                            _ => Arguments::of([item.clone()]),
                        };
                        let result = match &function {
                            Value::None => item.clone(),
                            function => self.call(function.clone(), arguments, at)?,
                        };
                        if !filter {
                            results.push(result);
                        } else if self.truth(result, at)? {
                            results.push(item);
                        }
                    }
                    return Ok(Some(results));
                }
                Object::Instance { .. } => return self.iterate_instance(value.clone(), at),
                Object::Class(class) if class.is_open || class.metaclass.is_some() => return Ok(None),
                Object::Module(_) => "'module' object is not iterable".to_owned(),
                Object::Class(_) => "'type' object is not iterable".to_owned(),
                _ => "object is not iterable".to_owned(),
            },
            Value::None => "'NoneType' object is not iterable".to_owned(),
            Value::Int(_) => "'int' object is not iterable".to_owned(),
            Value::Bool(_) => "'bool' object is not iterable".to_owned(),
            _ => "object is not iterable".to_owned(),
        };
        Err(self.raise("TypeError", text, at))
    }

    fn iterate_instance(&mut self, value: Value, at: Place) -> Exec<Option<Vec<Value>>> {
        let Some(iter) = self.special(&value, Sym::ITER, at)? else {
            if let Some(get) = self.special(&value, Sym::GETITEM, at)? {
                let mut items = Vec::new();
                for position in 0..MOST_ROUNDS {
                    match self.call(get.clone(), Arguments::of([Value::Int(position as i64)]), at) {
                        Ok(item) => items.push(item),
                        Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "IndexError") => {
                            return Ok(Some(items));
                        }
                        Err(stop) => return Err(stop),
                    }
                }
                return Ok(None);
            }
            if self.is_open_instance(&value) {
                return Ok(None);
            }
            return Err(self.raise("TypeError", "object is not iterable", at));
        };
        let iterator = self.call(iter, Arguments::default(), at)?;
        let iterator = self.force(iterator, at);
        let Value::Object(id) = iterator else { return self.items(iterator, at) };
        if !matches!(self.object(id), Object::Instance { .. }) {
            return self.items(iterator, at);
        }
        let Some(next) = self.special(&iterator, Sym::NEXT, at)? else { return Ok(None) };
        let mut items = Vec::new();
        for _ in 0..MOST_ROUNDS {
            match self.call(next.clone(), Arguments::default(), at) {
                Ok(item) => items.push(item),
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "StopIteration") => {
                    return Ok(Some(items));
                }
                Err(stop) => return Err(stop),
            }
        }
        self.doubt(at, "this loop runs so often that it is not followed to its end");
        Ok(None)
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
