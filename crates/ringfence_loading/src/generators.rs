//! Generators: they run as far as they are asked, and no further.
//!
//! Where a generator stands is kept as the blocks around its `yield`. What has been kept does not change any more, so that
//! each way of going on takes it up where it was left on that way.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprGenerator, Stmt, StmtFor, StmtTry, StmtWhile, StmtWith};
use ruff_text_size::Ranged;

use crate::Place;
use crate::arguments::Arguments;
use crate::contexts::Exit;
use crate::exceptions::Raised;
use crate::iteration::{Next, Source};
use crate::machine::{Exec, Flow, Machine, Scope, ScopeKind, Stop};
use crate::statements::MOST_ROUNDS;
use crate::symbols::Sym;
use crate::value::{Code, ExceptionValue, Generator, ObjId, Object, Value};
use crate::yields::{is_within, targets_of, yield_of};

/// A block that is being executed, or a statement that waits.
#[derive(Debug, Clone)]
enum Level<'a> {
    /// From this statement on.
    Suite(&'a [Stmt]),
    For(&'a StmtFor, Source),
    While(&'a StmtWhile, Rounds),
    /// The body of a `try`.
    Try(&'a StmtTry),
    /// A handler of one, with the name that it binds.
    Handler(&'a StmtTry, Option<Sym>, Raised),
    /// The `else` of one.
    Else(&'a StmtTry),
    /// `finally`, and what goes on after it.
    Final(Exec<Flow>),
    With(&'a StmtWith, usize, Exit),
    /// The statement whose `yield` waits for what is sent.
    Waits(&'a Stmt),
    /// The statement whose `yield from` asks this iterator.
    Asks(&'a Stmt, Value),
    /// One loop of a generator expression.
    Loop(&'a ExprGenerator, Source),
}

/// How often a `while` has been gone through, and how often it was not known whether it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Rounds {
    all: usize,
    guessed: usize,
}

/// Where a generator has been left: the innermost block last.
#[derive(Debug)]
pub(crate) struct Standing<'a>(Vec<Level<'a>>);

/// What a generator is taken up with.
#[derive(Debug, Clone)]
pub(crate) enum Resumption {
    Sent(Value),
    Thrown(Raised),
}

/// A generator that has ended.
const ENDED: i64 = -1;

/// One that has not begun.
const FRESH: i64 = -2;

/// How many standings are looked through for the same.
const RECENT: usize = 8;

impl<'a> Machine<'a> {
    /// Takes a generator up until it yields. Gives nothing at its end; what it returns is then in [`Sym::RESULT`].
    pub(crate) fn resume(
        &mut self,
        id: ObjId,
        generator: &Generator<'a>,
        with: &Resumption,
        at: Place,
    ) -> Exec<Next> {
        let flow = self.deeper(at, |machine| {
            machine.explore(|machine| machine.resume_once(id, generator, with.clone(), at))
        })?;
        Ok(match flow {
            Flow::Return(value) => Next::Item(value),
            Flow::Break => Next::Unknown,
            _ => Next::End,
        })
    }

    /// [`Flow::Return`] with what is yielded, [`Flow::Next`] at the end, [`Flow::Break`] where nothing is known.
    fn resume_once(
        &mut self,
        id: ObjId,
        generator: &Generator<'a>,
        with: Resumption,
        at: Place,
    ) -> Exec<Flow> {
        self.burn(at)?;
        let stands = self.state.get(id, Sym::POSITION).cloned().unwrap_or(Value::Int(FRESH));
        let Value::Int(stands) = self.force(stands, at) else { return Ok(Flow::Break) };
        if stands == ENDED {
            return match with {
                Resumption::Sent(_) => {
                    self.state.set(id, Sym::RESULT, Value::None);
                    Ok(Flow::Next)
                }
                Resumption::Thrown(raised) => Err(Stop::Raised(raised)),
            };
        }
        let mut levels = match self.standing.get(usize::try_from(stands).unwrap_or(usize::MAX)) {
            Some(standing) => standing.0.clone(),
            _ => self.first_levels(generator, at)?,
        };
        let scope = self.generator_scope(generator);
        // Whatever comes of it: it is not taken up twice at once.
        self.state.set(id, Sym::POSITION, Value::Int(ENDED));
        let (catching, handled) = (self.catching, self.handled.len());
        for level in &levels {
            if let Level::Handler(_, _, raised) = level {
                self.handled.push(raised.clone());
            }
        }
        let step = match with {
            Resumption::Sent(_) if stands == FRESH => Ok(Step::Goes(Flow::Next)),
            Resumption::Thrown(raised) if stands == FRESH => {
                levels.clear();
                Err(Stop::Raised(raised))
            }
            with => self.take_up(&mut levels, with, &scope),
        };
        let end = self.run_levels(&mut levels, step, catching, &scope);
        self.catching = catching;
        self.handled.truncate(handled);
        match end {
            Ok(Some(value)) => {
                let stands = self.keep_standing(levels);
                self.state.set(id, Sym::POSITION, Value::Int(stands));
                Ok(Flow::Return(value))
            }
            Ok(None) => Ok(Flow::Next),
            Err(Ended::Returned(value)) => {
                self.state.set(id, Sym::RESULT, value);
                Ok(Flow::Next)
            }
            Err(Ended::Stopped(Stop::Raised(raised)))
                if self.is_builtin_raised(&raised.value, "StopIteration") =>
            {
                Err(self.raise("RuntimeError", "generator raised StopIteration", at))
            }
            Err(Ended::Stopped(stop)) => Err(stop),
        }
    }

    /// The number of a standing. The same as for another way that came to it.
    fn keep_standing(&mut self, levels: Vec<Level<'a>>) -> i64 {
        let standing = Standing(levels);
        let recent = self.standing.len().saturating_sub(RECENT);
        let known = self.standing[recent..].iter().position(|known| known.is_same(&standing));
        let number = known.map_or(self.standing.len(), |known| recent + known);
        if known.is_none() {
            self.standing.push(standing);
        }
        number as i64
    }

    fn first_levels(&mut self, generator: &Generator<'a>, at: Place) -> Exec<Vec<Level<'a>>> {
        Ok(match generator {
            Generator::Call { function, .. } => match function.code {
                Code::Def(def) => vec![Level::Suite(&def.body)],
                Code::Lambda(_) => Vec::new(),
            },
            Generator::Expression { node, first, .. } => {
                let source = self.source(first.clone(), 1, at)?;
                vec![Level::Loop(node, source)]
            }
        })
    }

    pub(crate) fn generator_scope(&mut self, generator: &Generator<'a>) -> Scope {
        match generator {
            Generator::Call { function, frame } => {
                let receiver = match function.code {
                    Code::Def(def) => {
                        let parameters = &def.parameters;
                        let first = parameters.posonlyargs.first().or(parameters.args.first());
                        first.and_then(|first| {
                            let name = self.symbols.find(first.name().as_str())?;
                            self.state.get(*frame, name).cloned()
                        })
                    }
                    Code::Lambda(_) => None,
                };
                self.scope_of(function, *frame, receiver)
            }
            Generator::Expression { frame, source, globals, .. } => {
                let names = match self.object(*frame) {
                    Object::Frame { names, .. } => Rc::clone(names),
                    _ => Rc::default(),
                };
                Scope {
                    source: *source,
                    globals: *globals,
                    locals: *frame,
                    kind: ScopeKind::Function(names),
                    frame: Some(*frame),
                    class: None,
                    receiver: None,
                    caller: None,
                    postpones_annotations: false,
                }
            }
        }
    }

    /// Takes up the statement that waits, with what is sent or thrown.
    fn take_up(&mut self, levels: &mut Vec<Level<'a>>, with: Resumption, scope: &Scope) -> Exec<Step> {
        match (levels.pop(), with) {
            (Some(Level::Waits(statement)), Resumption::Sent(value)) => {
                self.yielded_to(statement, value, scope).map(Step::Goes)
            }
            (Some(Level::Asks(statement, iterator)), with) => {
                self.ask(statement, iterator, Some(with), levels, scope)
            }
            (level, Resumption::Sent(_)) => {
                levels.extend(level);
                Ok(Step::Goes(Flow::Next))
            }
            (_, Resumption::Thrown(raised)) => Err(Stop::Raised(raised)),
        }
    }

    /// What a generator that has ended returned.
    fn result_of(&self, iterator: &Value) -> Value {
        match iterator {
            Value::Object(id) => self.state.get(*id, Sym::RESULT).cloned().unwrap_or(Value::None),
            _ => Value::None,
        }
    }

    /// Goes on after a `yield`, whose value is this.
    fn yielded_to(&mut self, statement: &'a Stmt, value: Value, scope: &Scope) -> Exec<Flow> {
        if matches!(statement, Stmt::Return(_)) {
            return Ok(Flow::Return(value));
        }
        self.explore(|machine| {
            for target in targets_of(statement) {
                machine.assign(target, value.clone(), scope)?;
            }
            Ok(Flow::Next)
        })
    }

    /// Runs until something is yielded, or to the end.
    fn run_levels(
        &mut self,
        levels: &mut Vec<Level<'a>>,
        step: Exec<Step>,
        catching: usize,
        scope: &Scope,
    ) -> Result<Option<Value>, Ended> {
        let mut flow = match step {
            Ok(Step::Yields(value)) => return Ok(Some(value)),
            Ok(Step::Goes(flow)) => Ok(flow),
            Err(stop) => Err(stop),
        };
        loop {
            if let Err(stop @ (Stop::GaveUp | Stop::Abandoned)) = flow {
                return Err(Ended::Stopped(stop));
            }
            self.catching = catching + levels.iter().filter(|level| level.catches()).count();
            let Some(level) = levels.pop() else {
                return match flow {
                    Ok(Flow::Return(value)) => Err(Ended::Returned(value)),
                    Ok(_) => Err(Ended::Returned(Value::None)),
                    Err(stop) => Err(Ended::Stopped(stop)),
                };
            };
            flow = match flow {
                Ok(Flow::Next) => match self.go_on(level, levels, scope) {
                    Ok(Step::Yields(value)) => return Ok(Some(value)),
                    Ok(Step::Goes(flow)) => Ok(flow),
                    Err(stop) => Err(stop),
                },
                other => self.leave(level, levels, other, scope),
            };
        }
    }

    /// Goes on in the innermost block, whose statements so far have ended.
    fn go_on(&mut self, level: Level<'a>, levels: &mut Vec<Level<'a>>, scope: &Scope) -> Exec<Step> {
        let next = Ok(Step::Goes(Flow::Next));
        match level {
            Level::Suite(suite) => {
                let Some((statement, rest)) = suite.split_first() else { return next };
                levels.push(Level::Suite(rest));
                self.step(statement, levels, scope)
            }
            Level::For(each, mut source) => {
                let at = scope.place(each.iter.range());
                self.burn(at)?;
                match self.next_of(&mut source, at)? {
                    Some(item) => {
                        levels.push(Level::For(each, source));
                        levels.push(Level::Suite(&each.body));
                        self.assign(&each.target, item, scope)?;
                    }
                    None => levels.push(Level::Suite(&each.orelse)),
                }
                next
            }
            Level::While(repeat, mut rounds) => {
                let at = scope.place(repeat.test.range());
                self.burn(at)?;
                let test = self.eval(&repeat.test, scope)?;
                let before = self.choices_made();
                let holds = self.truth(test, at)?;
                rounds.all += 1;
                rounds.guessed += usize::from(self.choices_made() > before);
                if !holds {
                    levels.push(Level::Suite(&repeat.orelse));
                } else if rounds.guessed > crate::iteration::ROUNDS {
                    // As often as is followed.
                } else if rounds.all > MOST_ROUNDS {
                    self.doubt(at, "this loop runs so often that it is not followed to its end");
                } else {
                    levels.push(Level::While(repeat, rounds));
                    levels.push(Level::Suite(&repeat.body));
                }
                next
            }
            Level::Try(attempt) => {
                levels.push(Level::Else(attempt));
                levels.push(Level::Suite(&attempt.orelse));
                next
            }
            level @ (Level::Handler(..) | Level::Else(_) | Level::Final(_) | Level::With(..)) => {
                self.leave(level, levels, Ok(Flow::Next), scope).map(Step::Goes)
            }
            Level::Waits(_) => next,
            Level::Asks(statement, iterator) => self.ask(statement, iterator, None, levels, scope),
            Level::Loop(node, source) => self.go_on_in_loop(node, source, levels, scope),
        }
    }

    /// Asks what a `yield from` asks for the next.
    fn ask(
        &mut self,
        statement: &'a Stmt,
        iterator: Value,
        with: Option<Resumption>,
        levels: &mut Vec<Level<'a>>,
        scope: &Scope,
    ) -> Exec<Step> {
        let at = scope.place(statement.range());
        let inner = match &iterator {
            Value::Object(id) => match self.object(*id).clone() {
                Object::Generator(inner) if inner.is_resumable() => Some((*id, inner)),
                _ => None,
            },
            _ => None,
        };
        let next = match (with, inner) {
            (Some(with), Some((id, inner))) => self.resume(id, &inner, &with, at)?,
            (Some(Resumption::Thrown(raised)), None) => return Err(Stop::Raised(raised)),
            (Some(Resumption::Sent(value)), None) if value != Value::None => {
                self.may_raise(at, "what is sent to this iterator is not followed")?;
                Next::Unknown
            }
            _ => self.advance(&iterator, at)?,
        };
        match next {
            Next::Item(value) => {
                levels.push(Level::Asks(statement, iterator));
                Ok(Step::Yields(value))
            }
            Next::End => {
                let result = self.result_of(&iterator);
                self.yielded_to(statement, result, scope).map(Step::Goes)
            }
            Next::Unknown => {
                levels.push(Level::Waits(statement));
                Ok(Step::Yields(Value::external()))
            }
        }
    }

    fn go_on_in_loop(
        &mut self,
        node: &'a ExprGenerator,
        mut source: Source,
        levels: &mut Vec<Level<'a>>,
        scope: &Scope,
    ) -> Exec<Step> {
        let depth = levels.len();
        let Some(clause) = node.generators.get(depth) else { return Ok(Step::Goes(Flow::Next)) };
        let at = scope.place(clause.iter.range());
        self.burn(at)?;
        let Some(item) = self.next_of(&mut source, at)? else { return Ok(Step::Goes(Flow::Next)) };
        levels.push(Level::Loop(node, source));
        self.assign(&clause.target, item, scope)?;
        for test in &clause.ifs {
            let value = self.eval(test, scope)?;
            if !self.truth(value, scope.place(test.range()))? {
                return Ok(Step::Goes(Flow::Next));
            }
        }
        let Some(inner) = node.generators.get(depth + 1) else {
            return self.eval(&node.elt, scope).map(Step::Yields);
        };
        let iterable = self.eval(&inner.iter, scope)?;
        let source = self.source(iterable, 1, scope.place(inner.iter.range()))?;
        levels.push(Level::Loop(node, source));
        Ok(Step::Goes(Flow::Next))
    }

    /// Executes a statement, or enters it where it yields.
    fn step(&mut self, statement: &'a Stmt, levels: &mut Vec<Level<'a>>, scope: &Scope) -> Exec<Step> {
        if !is_within(statement) {
            return self.explore(|machine| machine.statement(statement, scope)).map(Step::Goes);
        }
        let place = scope.place(statement.range());
        self.burn(place)?;
        if let Some(expression) = yield_of(statement) {
            return match expression {
                Expr::Yield(result) => {
                    levels.push(Level::Waits(statement));
                    match &result.value {
                        Some(value) => self.eval(value, scope),
                        None => Ok(Value::None),
                    }
                    .map(Step::Yields)
                }
                Expr::YieldFrom(result) => {
                    let value = self.eval(&result.value, scope)?;
                    let iterator = self.iterator_of(value, scope.place(result.range))?;
                    levels.push(Level::Asks(statement, iterator));
                    Ok(Step::Goes(Flow::Next))
                }
                _ => Ok(Step::Goes(Flow::Next)),
            };
        }
        match statement {
            Stmt::If(choice) => {
                let test = self.eval(&choice.test, scope)?;
                if self.truth(test, scope.place(choice.test.range()))? {
                    levels.push(Level::Suite(&choice.body));
                    return Ok(Step::Goes(Flow::Next));
                }
                for clause in &choice.elif_else_clauses {
                    let holds = match &clause.test {
                        Some(test) => {
                            let value = self.eval(test, scope)?;
                            self.truth(value, scope.place(test.range()))?
                        }
                        None => true,
                    };
                    if holds {
                        levels.push(Level::Suite(&clause.body));
                        break;
                    }
                }
            }
            Stmt::For(each) => {
                let iterable = self.eval(&each.iter, scope)?;
                let source =
                    self.source(iterable, crate::iteration::ROUNDS, scope.place(each.iter.range()))?;
                levels.push(Level::For(each, source));
            }
            Stmt::While(repeat) => levels.push(Level::While(repeat, Rounds::default())),
            Stmt::Try(attempt) => {
                levels.push(Level::Try(attempt));
                levels.push(Level::Suite(&attempt.body));
            }
            Stmt::With(with) => self.enter_in_turn(with, 0, levels, scope)?,
            _ => {}
        }
        Ok(Step::Goes(Flow::Next))
    }

    fn enter_in_turn(
        &mut self,
        with: &'a StmtWith,
        position: usize,
        levels: &mut Vec<Level<'a>>,
        scope: &Scope,
    ) -> Exec<()> {
        let mut position = position;
        while let Some(item) = with.items.get(position) {
            let place = scope.place(item.context_expr.range());
            let manager = self.eval(&item.context_expr, scope)?;
            let manager = self.force(manager, place);
            let entered = self.enter(&manager, place)?;
            levels.push(Level::With(with, position, entered.exit));
            if let Some(target) = &item.optional_vars {
                self.assign(target, entered.value, scope)?;
            }
            position += 1;
        }
        levels.push(Level::Suite(&with.body));
        Ok(())
    }

    /// Leaves a block with an end that its statements came to.
    fn leave(
        &mut self,
        level: Level<'a>,
        levels: &mut Vec<Level<'a>>,
        flow: Exec<Flow>,
        scope: &Scope,
    ) -> Exec<Flow> {
        match level {
            Level::For(..) | Level::While(..) => match flow {
                Ok(Flow::Break) => Ok(Flow::Next),
                Ok(Flow::Continue) => {
                    levels.push(level);
                    Ok(Flow::Next)
                }
                other => other,
            },
            Level::Try(attempt) => {
                if let Err(Stop::Raised(raised)) = &flow
                    && !attempt.handlers.is_empty()
                {
                    let found = self.handler_of(raised, attempt, scope);
                    match found {
                        Ok(Some(handler)) => {
                            let name = handler.name.as_ref().map(|name| self.sym(name));
                            if let Some(name) = name {
                                self.bind(name, raised.value.clone(), scope);
                            }
                            self.handled.push(raised.clone());
                            levels.push(Level::Handler(attempt, name, raised.clone()));
                            levels.push(Level::Suite(&handler.body));
                            return Ok(Flow::Next);
                        }
                        Ok(None) => {}
                        Err(stop) => return Ok(self.at_last(attempt, Err(stop), levels)),
                    }
                }
                Ok(self.at_last(attempt, flow, levels))
            }
            Level::Handler(attempt, name, _) => {
                self.handled.pop();
                if let Some(name) = name {
                    let holder = self.holder(name, scope);
                    self.state.unset(holder, name);
                }
                Ok(self.at_last(attempt, flow, levels))
            }
            Level::Else(attempt) => Ok(self.at_last(attempt, flow, levels)),
            Level::Final(pending) => match flow {
                Ok(Flow::Next) => pending,
                other => other,
            },
            Level::With(with, position, exit) => {
                let at = with.items.get(position).map_or(with.range, |item| item.context_expr.range());
                self.exit(&exit, flow, scope.place(at))
            }
            Level::Suite(_) | Level::Waits(_) | Level::Asks(..) | Level::Loop(..) => flow,
        }
    }

    /// Begins the `finally` of a `try`, after which something goes on.
    fn at_last(&mut self, attempt: &'a StmtTry, pending: Exec<Flow>, levels: &mut Vec<Level<'a>>) -> Flow {
        levels.push(Level::Final(pending));
        levels.push(Level::Suite(&attempt.finalbody));
        Flow::Next
    }

    pub(crate) fn call_generator_method(
        &mut self,
        id: ObjId,
        generator: &Generator<'a>,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
        let this = Value::Object(id);
        let first = arguments.get(0).cloned();
        let with = match (name, first) {
            ("__iter__", _) => return Ok(this),
            ("__next__", _) => return self.call_builtin("next", Arguments::of([this]), at),
            ("close", _) => return self.close_generator(id, generator, at).map(|()| Value::None),
            _ if !generator.is_resumable() => {
                self.may_raise(at, "how this generator goes on is not followed")?;
                return Ok(Value::external());
            }
            ("send", Some(value)) => {
                let stands = self.state.get(id, Sym::POSITION);
                if value != Value::None && stands.is_none() {
                    let message = "can't send non-None value to a just-started generator";
                    return Err(self.raise("TypeError", message, at));
                }
                Resumption::Sent(value)
            }
            ("throw", Some(error)) => {
                let error = self.force(error, at);
                match self.raised(error, at)? {
                    Stop::Raised(raised) => Resumption::Thrown(raised),
                    stop => return Err(stop),
                }
            }
            _ => return Ok(Value::external()),
        };
        match self.resume(id, generator, &with, at)? {
            Next::Item(value) => Ok(value),
            Next::End => {
                let result = self.result_of(&this);
                let value = Value::Exception(Rc::new(ExceptionValue {
                    class: Value::Builtin("StopIteration"),
                    arguments: vec![result],
                    name: None,
                }));
                Err(self.raise_value(value, "StopIteration", String::new(), at, None))
            }
            Next::Unknown => {
                self.may_raise(at, "how this generator goes on is not known")?;
                Ok(Value::external())
            }
        }
    }

    /// `close()`, and what becomes of a generator that nobody holds any more.
    pub(crate) fn close_generator(&mut self, id: ObjId, generator: &Generator<'a>, at: Place) -> Exec<()> {
        if !self.is_waiting(id) {
            self.state.set(id, Sym::POSITION, Value::Int(ENDED));
            return Ok(());
        }
        let Stop::Raised(raised) = self.raise("GeneratorExit", "", at) else { return Ok(()) };
        match self.resume(id, generator, &Resumption::Thrown(raised), at) {
            Ok(Next::Item(_)) => Err(self.raise("RuntimeError", "generator ignored GeneratorExit", at)),
            Ok(_) => Ok(()),
            Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "GeneratorExit") => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// Whether a generator has been left in the middle.
    pub(crate) fn is_waiting(&self, id: ObjId) -> bool {
        matches!(self.state.get(id, Sym::POSITION), Some(Value::Int(stands)) if *stands >= 0)
    }
}

impl Standing<'_> {
    fn is_same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, other)| one.is_same(other))
    }
}

impl Level<'_> {
    fn is_same(&self, other: &Self) -> bool {
        use std::ptr::eq;
        match (self, other) {
            (Level::Suite(one), Level::Suite(other)) => eq(one.as_ptr(), other.as_ptr()),
            (Level::For(one, source), Level::For(other, of)) => eq(*one, *other) && source == of,
            (Level::While(one, rounds), Level::While(other, of)) => eq(*one, *other) && rounds == of,
            (Level::Try(one), Level::Try(other)) | (Level::Else(one), Level::Else(other)) => eq(*one, *other),
            (Level::Handler(one, _, raised), Level::Handler(other, _, of)) => {
                eq(*one, *other) && raised == of
            }
            (Level::Final(one), Level::Final(other)) => one == other,
            (Level::With(one, position, exit), Level::With(other, at, of)) => {
                eq(*one, *other) && position == at && exit == of
            }
            (Level::Waits(one), Level::Waits(other)) => eq(*one, *other),
            (Level::Asks(one, iterator), Level::Asks(other, of)) => eq(*one, *other) && iterator == of,
            (Level::Loop(one, source), Level::Loop(other, of)) => eq(*one, *other) && source == of,
            _ => false,
        }
    }

    /// Whether it catches something.
    fn catches(&self) -> bool {
        match self {
            Level::Try(attempt) => !attempt.handlers.is_empty() || !attempt.finalbody.is_empty(),
            Level::Handler(attempt, ..) | Level::Else(attempt) => !attempt.finalbody.is_empty(),
            Level::With(_, _, exit) => !matches!(exit, Exit::Passes),
            _ => false,
        }
    }
}

enum Step {
    Yields(Value),
    Goes(Flow),
}

enum Ended {
    Returned(Value),
    Stopped(Stop),
}
