//! Calls as they are written, and texts that are executed.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind};
use crate::names::Names;
use crate::value::{ObjId, Object, Value};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;
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
                "exec" | "eval" => return self.run_text(call, name.id == "eval", scope),
                _ => {}
            }
        }
        let mut function = self.eval(&call.func, scope)?;
        if let Value::Builtin(builtin @ ("exec" | "eval")) = function {
            return self.run_text(call, builtin == "eval", scope);
        }
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
                                Value::External(_) | Value::Unknown | Value::OneOf(_) => {
                                    arguments.more = true;
                                }
                                _ => return Err(self.raise("TypeError", "keywords must be strings", place)),
                            }
                        }
                    }
                    None => arguments.more = true,
                },
            }
        }
        // What `functools.partial` adds to a call that imports.
        while let Value::Object(id) = &function
            && let Object::Partial { function: inner, arguments: first, keywords } = self.object(*id).clone()
            && matches!(inner, Value::External(_) | Value::Builtin("__import__") | Value::Object(_))
        {
            arguments = arguments.added_to(first, keywords);
            function = inner;
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
    pub(crate) fn run_text(&mut self, call: &'a ExprCall, is_eval: bool, scope: &Scope) -> Exec<Value> {
        let place = scope.place(call.range());
        let mut values = Vec::new();
        for argument in &call.arguments.args {
            values.push(self.eval(argument, scope)?);
        }
        let mut inner = scope.clone();
        inner.caller = Some(place);
        // The names that are written back to dictionaries at the end.
        let mut own: Vec<(ObjId, Value)> = Vec::new();
        if matches!(values.get(2), Some(Value::None)) {
            values.truncate(2);
        }
        match values.get(1) {
            None => {}
            Some(Value::Object(id)) if matches!(self.object(*id), Object::View(of) if *of == scope.globals) =>
            {
                inner.locals = scope.globals;
                inner.kind = ScopeKind::Module;
                inner.frame = None;
            }
            Some(names) if values.len() <= 3 && self.is_dictionary(names) => {
                let (globals, locals) =
                    (names.clone(), values.get(2).filter(|names| self.is_dictionary(names)).cloned());
                let Some(names) = self.names_of_dictionary(&globals, call, scope)? else {
                    return Ok(Value::Unknown);
                };
                inner.globals = names;
                inner.locals = names;
                inner.kind = ScopeKind::Module;
                inner.frame = None;
                inner.class = None;
                own.push((names, globals));
                if let Some(locals) = locals {
                    let Some(names) = self.names_of_dictionary(&locals, call, scope)? else {
                        return Ok(Value::Unknown);
                    };
                    inner.locals = names;
                    inner.kind = ScopeKind::Class;
                    own.push((names, locals));
                }
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
        if is_eval {
            return match suite {
                [ruff_python_ast::Stmt::Expr(expression)] => self.eval(&expression.value, &inner),
                _ if is_compiled => self.run_suite(suite, own, &inner, place),
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
        self.run_suite(suite, own, &inner, place)
    }

    /// Executes the statements of a text, and writes the names of each scope back to its dictionary.
    fn run_suite(
        &mut self,
        suite: &'a [Stmt],
        own: Vec<(ObjId, Value)>,
        inner: &Scope,
        place: Place,
    ) -> Exec<Value> {
        let result = self.deeper(place, |machine| machine.body(suite, inner));
        for (position, (names, dictionary)) in own.into_iter().enumerate() {
            for (name, value) in self.view_pairs(names) {
                self.set_item(dictionary.clone(), name, value, place)?;
            }
            if position == 0 {
                let builtins = Value::str("__builtins__");
                self.set_item(dictionary, builtins, Value::external(), place)?;
            }
        }
        result.map(|_| Value::None)
    }

    fn is_dictionary(&self, value: &Value) -> bool {
        matches!(value, Value::Object(id) if matches!(self.object(*id), Object::Dict))
    }

    /// A scope with the names of a dictionary; nothing, and a doubt, where these are not known.
    fn names_of_dictionary(
        &mut self,
        dictionary: &Value,
        call: &ExprCall,
        scope: &Scope,
    ) -> Exec<Option<ObjId>> {
        let place = scope.place(call.range());
        let Some(pairs) = self.pairs(dictionary, place)? else {
            self.doubt(place, "the names in which a text is executed are not known");
            return Ok(None);
        };
        let names = self.make(scope.locals, call.range(), Made::View, Object::Ours);
        for (name, value) in pairs {
            if let Value::Str(name) = name {
                let name = self.sym(&name);
                self.state.set(names, name, value);
            }
        }
        Ok(Some(names))
    }
}
