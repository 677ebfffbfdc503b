//! Calls as they are written, and texts that are executed.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind};
use crate::names::Names;
use crate::value::{ObjId, Object, Value};
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use std::rc::Rc;

/// What `compile(text, name, "exec")` gives: this path, and the text.
pub(crate) const COMPILED: &str = " compiled";

impl<'a> Machine<'a> {
    pub(crate) fn call_expression(&mut self, call: &'a ExprCall, scope: &Scope) -> Exec<Value> {
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
    pub(crate) fn run_text(&mut self, call: &'a ExprCall, scope: &Scope) -> Exec<Value> {
        let place = scope.place(call.range());
        let mut values = Vec::new();
        for argument in &call.arguments.args {
            values.push(self.eval(argument, scope)?);
        }
        let is_eval = matches!(&*call.func, Expr::Name(name) if name.id == "eval");
        let mut inner = scope.clone();
        inner.caller = Some(place);
        let is_dict = |machine: &Self, value: &Value| matches!(value, Value::Object(id) if matches!(machine.object(*id), Object::Dict));
        // The dictionaries whose names are written back at the end.
        let mut own: Vec<(Value, ObjId)> = Vec::new();
        match values.get(1) {
            None => {}
            Some(Value::Object(id)) if matches!(self.object(*id), Object::View(of) if *of == scope.globals) =>
            {
                inner.locals = scope.globals;
                inner.kind = ScopeKind::Module;
                inner.frame = None;
            }
            Some(names)
                if is_dict(self, names) && values.get(2).is_none_or(|locals| is_dict(self, locals)) =>
            {
                let globals = names.clone();
                let Some(names) = self.names_of_dictionary(&globals, scope, call.range(), place)? else {
                    return Ok(Value::Unknown);
                };
                inner.globals = names;
                inner.locals = names;
                own.push((globals, names));
                if let Some(locals) = values.get(2).filter(|locals| **locals != values[1]).cloned() {
                    let range = call.arguments.args.get(2).map_or(call.range(), Ranged::range);
                    let Some(names) = self.names_of_dictionary(&locals, scope, range, place)? else {
                        return Ok(Value::Unknown);
                    };
                    inner.locals = names;
                    own.push((locals, names));
                }
                inner.kind = ScopeKind::Module;
                inner.frame = None;
                inner.class = None;
            }
            Some(_) => {
                self.doubt(place, "what a text that is executed in names of its own does is not followed");
                return Ok(Value::Unknown);
            }
        }
        let (code, is_compiled) = match values.first() {
            Some(Value::Tuple(parts)) => match &**parts {
                [Value::External(kind), text] if &*self.text(*kind) == COMPILED => (Some(text), true),
                _ => (None, false),
            },
            first => (first, false),
        };
        let text = if let Some(Value::Str(text)) = code {
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
        if is_eval && !is_compiled {
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
        for (position, (dictionary, names)) in own.into_iter().enumerate() {
            for (name, value) in self.view_pairs(names) {
                self.set_item(dictionary.clone(), name, value, place)?;
            }
            if position == 0 {
                self.set_item(dictionary, Value::str("__builtins__"), Value::external(), place)?;
            }
        }
        result.map(|_| Value::None)
    }

    /// Slots with what a dictionary holds; nothing, and a doubt, where that is not known.
    fn names_of_dictionary(
        &mut self,
        dictionary: &Value,
        scope: &Scope,
        range: TextRange,
        place: Place,
    ) -> Exec<Option<ObjId>> {
        let Some(pairs) = self.pairs(dictionary, place)? else {
            self.doubt(place, "the names in which a text is executed are not known");
            return Ok(None);
        };
        let names = self.make(scope.locals, range, Made::View, Object::Ours);
        for (name, value) in pairs {
            if let Value::Str(name) = name {
                let name = self.sym(&name);
                self.state.set(names, name, value);
            }
        }
        Ok(Some(names))
    }
}
