//! Statements.

use std::rc::Rc;

use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::{
    ExceptHandler, ExceptHandlerExceptHandler, Expr, Stmt, StmtClassDef, StmtFor, StmtFunctionDef, StmtIf,
    StmtTry, StmtWhile, StmtWith,
};
use ruff_text_size::{Ranged, TextRange};

use crate::exceptions::{Raised, derives};
use crate::iteration::ROUNDS;
use crate::machine::{Exec, Flow, Machine, Made, Scope, ScopeKind, Stop};
use crate::names::Names;
use crate::report::Failure;
use crate::symbols::Sym;
use crate::value::{Code, Function, Object, Value};

/// How often a loop of known length is.
pub(crate) const MOST_ROUNDS: usize = 2_000;

/// How often something may be given up until nothing but imports is executed.
const MOST_GIVEN_UP: usize = 20;

impl<'a> Machine<'a> {
    /// Statements one after the other.
    pub(crate) fn body(&mut self, suite: &'a [Stmt], scope: &Scope) -> Exec<Flow> {
        for statement in suite {
            let place = scope.place(statement.range());
            let mut is_of_module = false;
            if let ScopeKind::Module = scope.kind
                && let Some(running) = self.running.last_mut()
                && running.object == scope.globals
            {
                running.at = Some(place);
                is_of_module = true;
            }
            let flow = match statement {
                Stmt::Pass(_) | Stmt::Nonlocal(_) | Stmt::Global(_) => continue,
                // Nothing of it can go two ways.
                Stmt::Expr(expression) if expression.value.is_literal_expr() => continue,
                _ if is_of_module => self.statement_of_module(statement, scope)?,
                _ => self.explore(|machine| machine.statement(statement, scope))?,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// A statement of a module. Once there is a doubt, what it raises may be wrong, too: it is taken to be done, so that what
    /// the rest loads is known.
    fn statement_of_module(&mut self, statement: &'a Stmt, scope: &Scope) -> Exec<Flow> {
        let levels = self.levels();
        let result = self.explore_statement(|machine| machine.statement(statement, scope));
        let is_caught = self.catching > 0;
        if self.is_stopped() {
            return Err(Stop::GaveUp);
        }
        match &result {
            Err(Stop::Raised(raised)) if !is_caught && !self.progress.doubts.is_empty() => {
                let Failure { error, message, at, .. } = &*raised.failure;
                let colon = if message.is_empty() { "" } else { ": " };
                self.doubt(*at, &format!("this may raise {error}{colon}{message}"));
            }
            // The reason is a doubt already.
            Err(Stop::GaveUp) => {
                self.return_to(&levels);
                self.progress.given_up += 1;
                self.progress.skims |= self.progress.given_up > MOST_GIVEN_UP;
            }
            _ => return result,
        }
        self.bind_unknown(statement, scope);
        Ok(Flow::Next)
    }

    pub(crate) fn statement(&mut self, statement: &'a Stmt, scope: &Scope) -> Exec<Flow> {
        let place = scope.place(statement.range());
        self.burn(place)?;
        if self.progress.skims {
            return self.skim(statement, scope);
        }
        match statement {
            Stmt::FunctionDef(def) => self.define_function(def, scope)?,
            Stmt::ClassDef(def) => self.define_class_statement(def, scope)?,
            Stmt::Return(done) => {
                let value = match &done.value {
                    Some(value) => self.eval(value, scope)?,
                    None => Value::None,
                };
                return Ok(Flow::Return(value));
            }
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    self.delete(target, scope)?;
                }
            }
            Stmt::TypeAlias(alias) => self.assign(&alias.name, Value::external(), scope)?,
            Stmt::Assign(assign) => {
                let value = self.eval(&assign.value, scope)?;
                for target in &assign.targets {
                    self.assign(target, value.clone(), scope)?;
                }
            }
            Stmt::AugAssign(assign) => self.augment(assign, scope)?,
            Stmt::AnnAssign(assign) => {
                let mut value = None;
                if let Some(expression) = &assign.value {
                    value = Some(self.eval(expression, scope)?);
                }
                if let Some(value) = value {
                    self.assign(&assign.target, value, scope)?;
                }
                if matches!(scope.kind, ScopeKind::Class) {
                    self.annotate(assign, scope);
                }
                if !matches!(scope.kind, ScopeKind::Function(_)) {
                    self.annotation(&assign.annotation, scope)?;
                }
            }
            Stmt::For(each) => return self.for_each(each, scope),
            Stmt::While(repeat) => return self.repeat(repeat, scope),
            Stmt::If(condition) => return self.condition(condition, scope),
            Stmt::With(with) => return self.with(with, 0, scope),
            Stmt::Match(choice) => return self.match_cases(choice, scope),
            Stmt::Raise(raise) => return Err(self.raise_statement(raise, scope)?),
            Stmt::Try(attempt) => return self.attempt(attempt, scope),
            Stmt::Assert(assertion) => {
                let test = self.eval(&assertion.test, scope)?;
                if !self.truth(test, place)? {
                    if let Some(message) = &assertion.msg {
                        self.eval(message, scope)?;
                    }
                    return Err(self.raise("AssertionError", "", place));
                }
            }
            Stmt::Import(import) => self.import_statement(import, scope)?,
            Stmt::ImportFrom(import) => self.import_from_statement(import, scope)?,
            Stmt::Expr(expression) => {
                self.eval(&expression.value, scope)?;
            }
            Stmt::Break(_) => return Ok(Flow::Break),
            Stmt::Continue(_) => return Ok(Flow::Continue),
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::IpyEscapeCommand(_) => self.doubt(place, "this is not Python"),
        }
        Ok(Flow::Next)
    }

    /// Executes the imports of a statement, whatever way it may go, and binds what it would bind.
    fn skim(&mut self, statement: &'a Stmt, scope: &Scope) -> Exec<Flow> {
        match statement {
            Stmt::Import(import) => self.import_statement(import, scope)?,
            Stmt::ImportFrom(import) => self.import_from_statement(import, scope)?,
            Stmt::If(condition) => {
                let is_for_types = any_over_expr(&condition.test, |expression| match expression {
                    Expr::Name(name) => name.id == "TYPE_CHECKING",
                    Expr::Attribute(attribute) => &attribute.attr == "TYPE_CHECKING",
                    _ => false,
                });
                if !is_for_types {
                    self.body(&condition.body, scope)?;
                }
                for clause in &condition.elif_else_clauses {
                    self.body(&clause.body, scope)?;
                }
            }
            Stmt::Try(attempt) => {
                self.body(&attempt.body, scope)?;
                for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    self.body(&handler.body, scope)?;
                }
                self.body(&attempt.orelse, scope)?;
                self.body(&attempt.finalbody, scope)?;
            }
            Stmt::With(with) => {
                self.body(&with.body, scope)?;
            }
            Stmt::For(StmtFor { body, orelse, .. }) | Stmt::While(StmtWhile { body, orelse, .. }) => {
                self.body(body, scope)?;
                self.body(orelse, scope)?;
            }
            _ => {}
        }
        self.bind_unknown(statement, scope);
        Ok(Flow::Next)
    }

    /// Binds the names that a statement would bind, and has not.
    fn bind_unknown(&mut self, statement: &'a Stmt, scope: &Scope) {
        let names = Names::of_function(&mut self.symbols, None, std::slice::from_ref(statement), None);
        let mut names: Vec<Sym> = names.locals.into_iter().collect();
        names.sort_unstable();
        for name in names {
            if self.state.get(scope.locals, name).is_none() {
                self.bind(name, Value::external(), scope);
            }
        }
    }

    /// Whether Python evaluates annotations here, and with what.
    pub(crate) fn annotation(&mut self, annotation: &'a Expr, scope: &Scope) -> Exec<()> {
        let postponed = scope.postpones_annotations
            || self.modules.python().is_some_and(|python| python.exact && python.minor >= 14);
        if !postponed {
            self.eval(annotation, scope)?;
        }
        Ok(())
    }

    /// The names of a function, found once.
    pub(crate) fn names_of(&mut self, code: Code<'a>, scope: &Scope) -> Rc<Names> {
        let key = match code {
            Code::Def(def) => (scope.source, def.range),
            Code::Lambda(lambda) => (scope.source, lambda.range),
        };
        // A text that is given to `exec` has ranges of its own.
        if scope.caller.is_none()
            && let Some(known) = self.names.get(&key)
        {
            return Rc::clone(known);
        }
        let parameters = code.parameters();
        let mut names = match code {
            Code::Def(def) => Names::of_function(&mut self.symbols, parameters, &def.body, None),
            Code::Lambda(lambda) => {
                Names::of_function(&mut self.symbols, parameters, &[], Some(&lambda.body))
            }
        };
        names.qualified = match code {
            Code::Def(def) => self.qualified(&def.name, scope),
            Code::Lambda(_) => self.qualified("<lambda>", scope),
        };
        let names = Rc::new(names);
        self.names.insert(key, Rc::clone(&names));
        names
    }

    /// The name of what is defined, with what it stands in.
    pub(crate) fn qualified(&mut self, name: &str, scope: &Scope) -> Rc<str> {
        match &scope.kind {
            ScopeKind::Class => match self.state.get(scope.locals, Sym::QUALNAME) {
                Some(Value::Str(around)) => format!("{around}.{name}").into(),
                _ => name.into(),
            },
            ScopeKind::Function(names) if !names.globals.contains(&self.symbols.intern(name)) => {
                format!("{}.<locals>.{name}", names.qualified).into()
            }
            _ => name.into(),
        }
    }

    pub(crate) fn define_function(&mut self, def: &'a StmtFunctionDef, scope: &Scope) -> Exec<()> {
        let mut decorators = Vec::with_capacity(def.decorator_list.len());
        for decorator in &def.decorator_list {
            decorators.push((self.eval(&decorator.expression, scope)?, decorator.expression.range()));
        }
        let defaults = self.defaults(Some(&def.parameters), scope)?;
        if def.type_params.is_none() {
            for parameter in &def.parameters {
                if let Some(annotation) = parameter.annotation() {
                    self.annotation(annotation, scope)?;
                }
            }
            if let Some(returns) = &def.returns {
                self.annotation(returns, scope)?;
            }
        }
        let mut value = self.make_function(Code::Def(def), defaults, def.range, scope);
        for (decorator, range) in decorators.into_iter().rev() {
            value = self.decorate(decorator, value, scope, range)?;
        }
        let name = self.sym(&def.name);
        self.bind(name, value, scope);
        Ok(())
    }

    pub(crate) fn defaults(
        &mut self,
        parameters: Option<&'a ruff_python_ast::Parameters>,
        scope: &Scope,
    ) -> Exec<Vec<(Sym, Value)>> {
        let mut defaults = Vec::new();
        for parameter in
            parameters.into_iter().flat_map(ruff_python_ast::Parameters::iter_non_variadic_params)
        {
            if let Some(default) = &parameter.default {
                let value = self.eval(default, scope)?;
                defaults.push((self.sym(parameter.name()), value));
            }
        }
        Ok(defaults)
    }

    pub(crate) fn make_function(
        &mut self,
        code: Code<'a>,
        defaults: Vec<(Sym, Value)>,
        range: TextRange,
        scope: &Scope,
    ) -> Value {
        let names = self.names_of(code, scope);
        let name = match code {
            Code::Def(def) => self.sym(&def.name),
            Code::Lambda(_) => self.sym("<lambda>"),
        };
        let class = match scope.kind {
            ScopeKind::Class => scope.class,
            _ => None,
        };
        let function = Function {
            code,
            name,
            source: scope.source,
            globals: scope.globals,
            parent: scope.frame,
            class: class.or(if matches!(scope.kind, ScopeKind::Function(_)) { scope.class } else { None }),
            defaults,
            names,
            manages_context: false,
        };
        let id = self.make(scope.locals, range, Made::Function, Object::Function(Rc::new(function)));
        Value::Object(id)
    }

    pub(crate) fn condition(&mut self, statement: &'a StmtIf, scope: &Scope) -> Exec<Flow> {
        self.settle(&statement.test, scope);
        let test = self.eval(&statement.test, scope)?;
        if self.truth(test, scope.place(statement.test.range()))? {
            return self.body(&statement.body, scope);
        }
        for clause in &statement.elif_else_clauses {
            let holds = match &clause.test {
                Some(test) => {
                    self.settle(test, scope);
                    let value = self.eval(test, scope)?;
                    self.truth(value, scope.place(test.range()))?
                }
                None => true,
            };
            if holds {
                return self.body(&clause.body, scope);
            }
        }
        Ok(Flow::Next)
    }

    /// Takes one value for a variable that a condition asks for, so that what hangs on the condition sees the same one.
    pub(crate) fn settle(&mut self, test: &Expr, scope: &Scope) {
        match test {
            Expr::UnaryOp(unary) => self.settle(&unary.operand, scope),
            Expr::Compare(comparison) => self.settle(&comparison.left, scope),
            Expr::BoolOp(several) => {
                if let Some(first) = several.values.first() {
                    self.settle(first, scope);
                }
            }
            Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id == "isinstance") => {
                if let Some(first) = call.arguments.args.first() {
                    self.settle(first, scope);
                }
            }
            Expr::Name(name) => {
                let symbol = self.sym(&name.id);
                let variables = match &scope.kind {
                    ScopeKind::Module => scope.globals,
                    ScopeKind::Function(names) if names.locals.contains(&symbol) => scope.locals,
                    _ => return,
                };
                let Some(value @ Value::OneOf(_)) = self.state.get(variables, symbol).cloned() else {
                    return;
                };
                if matches!(&value, Value::OneOf(several) if several.contains(&Value::Absent)) {
                    return;
                }
                let value = self.force(value, scope.place(name.range));
                if value != Value::Unknown {
                    self.state.set(variables, symbol, value);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn for_each(&mut self, each: &'a StmtFor, scope: &Scope) -> Exec<Flow> {
        let place = scope.place(each.iter.range());
        let iterable = self.eval(&each.iter, scope)?;
        let mut source = self.source(iterable, ROUNDS, place)?;
        let result = loop {
            let Some(item) = self.next_of(&mut source, place)? else {
                return self.body(&each.orelse, scope);
            };
            self.burn(place)?;
            self.assign(&each.target, item, scope)?;
            match self.body(&each.body, scope) {
                Ok(Flow::Next | Flow::Continue) => {}
                Ok(Flow::Break) => break Ok(Flow::Next),
                other => break other,
            }
        };
        // A generator that only the loop holds ends with it.
        if !matches!(&*each.iter, Expr::Name(_) | Expr::Attribute(_)) {
            self.close_source(&source, place)?;
        }
        result
    }

    pub(crate) fn repeat(&mut self, repeat: &'a StmtWhile, scope: &Scope) -> Exec<Flow> {
        let place = scope.place(repeat.test.range());
        let mut guessed = 0;
        for _ in 0..MOST_ROUNDS {
            let test = self.eval(&repeat.test, scope)?;
            let before = self.choices_made();
            let holds = self.truth(test, place)?;
            guessed += usize::from(self.choices_made() > before);
            if !holds {
                return self.body(&repeat.orelse, scope);
            }
            if guessed > ROUNDS {
                return Ok(Flow::Next);
            }
            match self.body(&repeat.body, scope)? {
                Flow::Break => return Ok(Flow::Next),
                Flow::Return(value) => return Ok(Flow::Return(value)),
                Flow::Next | Flow::Continue => {}
            }
        }
        self.doubt(place, "this loop runs so often that it is not followed to its end");
        Ok(Flow::Next)
    }

    pub(crate) fn with(&mut self, with: &'a StmtWith, position: usize, scope: &Scope) -> Exec<Flow> {
        let Some(item) = with.items.get(position) else { return self.body(&with.body, scope) };
        let place = scope.place(item.context_expr.range());
        let manager = self.eval(&item.context_expr, scope)?;
        let manager = self.force(manager, place);
        let entered = self.enter(&manager, place)?;
        let catches = !matches!(entered.exit, crate::contexts::Exit::Passes);
        self.catching += usize::from(catches);
        let result = self.explore(|machine| {
            if let Some(target) = &item.optional_vars {
                machine.assign(target, entered.value.clone(), scope)?;
            }
            machine.with(with, position + 1, scope)
        });
        self.catching -= usize::from(catches);
        self.exit(&entered.exit, result, place)
    }

    pub(crate) fn raise_statement(
        &mut self,
        raise: &'a ruff_python_ast::StmtRaise,
        scope: &Scope,
    ) -> Exec<Stop> {
        let place = scope.place(raise.range);
        let Some(expression) = &raise.exc else {
            return Ok(match self.handled.last() {
                Some(raised) => Stop::Raised(raised.clone()),
                None => self.raise("RuntimeError", "No active exception to reraise", place),
            });
        };
        let value = self.eval(expression, scope)?;
        if let Some(cause) = &raise.cause {
            let cause = self.eval(cause, scope)?;
            let cause = self.force(cause, place);
            let value = self.force(value, place);
            let stop = self.raised(value, place)?;
            // It is looked at once there is something to raise.
            return Ok(if self.may_be_cause(&cause) {
                stop
            } else {
                self.raise("TypeError", "exception causes must derive from BaseException", place)
            });
        }
        let value = self.force(value, place);
        self.raised(value, place)
    }

    pub(crate) fn attempt(&mut self, attempt: &'a StmtTry, scope: &Scope) -> Exec<Flow> {
        let catches = !attempt.handlers.is_empty();
        let has_final = !attempt.finalbody.is_empty();
        self.catching += usize::from(catches || has_final);
        let mut result = self.explore(|machine| machine.body(&attempt.body, scope));
        self.catching -= usize::from(catches || has_final);
        self.catching += usize::from(has_final);
        match result {
            Err(Stop::Raised(raised)) if catches => {
                if attempt.is_star {
                    result = self.handle_group(&raised, attempt, scope);
                } else {
                    result = self.explore(|machine| machine.handle(&raised, attempt, scope));
                }
            }
            Ok(Flow::Next) => result = self.explore(|machine| machine.body(&attempt.orelse, scope)),
            _ => {}
        }
        self.catching -= usize::from(has_final);
        if has_final && !matches!(result, Err(Stop::GaveUp | Stop::Abandoned)) {
            match self.body(&attempt.finalbody, scope)? {
                Flow::Next => {}
                // It replaces whatever was on its way.
                other => return Ok(other),
            }
        }
        result
    }

    /// `except*`: what is no group is caught as by `except`; of a group, each handler may have a part.
    fn handle_group(&mut self, raised: &Raised, attempt: &'a StmtTry, scope: &Scope) -> Exec<Flow> {
        let place = scope.place(attempt.range);
        let is_single = match self.class_of(&raised.value) {
            Value::Builtin(name) => !derives(name, "BaseExceptionGroup"),
            _ => false,
        };
        if is_single {
            let result = self.explore(|machine| machine.handle(raised, attempt, scope));
            if matches!(&result, Err(Stop::Raised(again)) if again != raised) {
                self.doubt(place, "what `except*` raises is not followed");
            }
            return result;
        }
        self.doubt(place, "what `except*` catches is not followed");
        for handler in &attempt.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let ended = self.explore(|machine| {
                if machine.choose(2, place, "what `except*` catches is not followed") == 1 {
                    if let Some(name) = &handler.name {
                        let name = machine.sym(name);
                        machine.bind(name, Value::external(), scope);
                    }
                    match machine.body(&handler.body, scope) {
                        Err(Stop::Raised(_)) => {}
                        other => return other,
                    }
                }
                Ok(Flow::Next)
            });
            match ended? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    pub(crate) fn handle(&mut self, raised: &Raised, attempt: &'a StmtTry, scope: &Scope) -> Exec<Flow> {
        let Some(handler) = self.handler_of(raised, attempt, scope)? else {
            return Err(Stop::Raised(raised.clone()));
        };
        let name = handler.name.as_ref().map(|name| self.sym(name));
        if let Some(name) = name {
            // `except*` makes a group of it.
            let value = if attempt.is_star { Value::external() } else { raised.value.clone() };
            self.bind(name, value, scope);
        }
        self.handled.push(raised.clone());
        let result = self.body(&handler.body, scope);
        self.handled.pop();
        if let Some(name) = name {
            let holder = self.holder(name, scope);
            self.state.unset(holder, name);
        }
        result
    }

    /// The handler that catches what was raised.
    pub(crate) fn handler_of(
        &mut self,
        raised: &Raised,
        attempt: &'a StmtTry,
        scope: &Scope,
    ) -> Exec<Option<&'a ExceptHandlerExceptHandler>> {
        for handler in &attempt.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let catches = match &handler.type_ {
                None => true,
                Some(class) => {
                    let place = scope.place(class.range());
                    let class = self.eval(class, scope)?;
                    self.catches(&class, &raised.value, place)?
                }
            };
            if catches {
                return Ok(Some(handler));
            }
        }
        Ok(None)
    }

    pub(crate) fn define_class_statement(&mut self, def: &'a StmtClassDef, scope: &Scope) -> Exec<()> {
        let mut decorators = Vec::with_capacity(def.decorator_list.len());
        for decorator in &def.decorator_list {
            decorators.push((self.eval(&decorator.expression, scope)?, decorator.expression.range()));
        }
        let mut value = self.define_class(def, scope)?;
        for (decorator, range) in decorators.into_iter().rev() {
            value = self.decorate(decorator, value, scope, range)?;
        }
        let name = self.sym(&def.name);
        self.bind(name, value, scope);
        Ok(())
    }
}
