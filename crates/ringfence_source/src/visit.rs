//! What statements mean for what stands in them: under which tests, handlers and loops it runs, and in which order.
//!
//! [`visit_statement`] knows `if`, `try`, `with`, `match`, loops, functions and classes, and nobody else does. It keeps the
//! [`Enclosing`] of a [`Sink`] true and hands it the parts of each statement in the order of evaluation. There are two sinks:
//! for imports (`extract.rs`), which passes over expressions unless a call may import, and for names (`semantic.rs`).

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{
    ExceptHandler, Expr, ExprLambda, Identifier, MatchCase, Parameters, Stmt, StmtAnnAssign, StmtAssign,
    StmtClassDef, StmtFor, StmtFunctionDef, StmtIf, StmtImport, StmtImportFrom, StmtMatch, StmtTry,
    StmtWhile, StmtWith,
};

use crate::ImportContext;
use crate::bindings::BindingKind;
use crate::guard::{self, Aliases, Branch};
use crate::syntax::{handles_import_error, lazy, see_assignment, suppresses_import_error};

/// What is known where a visitor stands.
#[derive(Debug, Default)]
pub(crate) struct Enclosing {
    /// Of all statements around it.
    pub(crate) context: ImportContext,
    /// From the statements before it.
    guards: Aliases,
}

impl Enclosing {
    /// That of a statement of which only its context is known.
    pub(crate) fn new(context: ImportContext) -> Self {
        Self { context, guards: Aliases::default() }
    }
}

/// A visitor that is handed the parts of statements. Its `visit_stmt` is [`visit_statement`].
pub(crate) trait Sink: for<'a> Visitor<'a> {
    /// What is added around the target of a `for`, which is none of the body but assigned in each round.
    const LOOP_TARGET: ImportContext;

    fn enclosing(&mut self) -> &mut Enclosing;

    fn import(&mut self, import: &StmtImport, context: ImportContext);

    fn import_from(&mut self, import: &StmtImportFrom, context: ImportContext);

    /// A function: its head runs where it stands, then its name is bound. `body` visits what runs in it, once.
    fn function(&mut self, function: &StmtFunctionDef, body: impl FnOnce(&mut Self));

    /// The same for a class.
    fn class(&mut self, class: &StmtClassDef, body: impl FnOnce(&mut Self));

    /// The same for a `lambda`, which binds no name.
    fn lambda(&mut self, lambda: &ExprLambda, body: impl FnOnce(&mut Self));

    /// The names that the body of a function starts with.
    fn parameters(&mut self, _parameters: &Parameters) {}

    /// Visits what is carried out together or not at all, or, if it repeats, any number of times.
    fn block(&mut self, _repeats: bool, visit: impl FnOnce(&mut Self)) {
        visit(self);
    }

    /// A name that no expression stores to.
    fn bind(&mut self, _name: &Identifier, _how: BindingKind) {}

    /// A target that is assigned to.
    fn store(&mut self, _how: BindingKind, target: &Expr) {
        self.visit_expr(target);
    }

    /// A target to which `=` has assigned a value.
    fn assigned(&mut self, _target: &Expr, _value: &Expr) {}

    /// The annotation of a variable.
    fn variable_annotation(&mut self, annotation: &Expr) {
        self.visit_annotation(annotation);
    }

    /// Any other statement. It neither imports nor holds statements.
    fn simple_statement(&mut self, statement: &Stmt);
}

/// Visits the parts of a statement.
pub(crate) fn visit_statement(sink: &mut impl Sink, statement: &Stmt) {
    match statement {
        Stmt::Import(import) => {
            let context = sink.enclosing().context | lazy(import.is_lazy);
            sink.import(import, context);
        }
        Stmt::ImportFrom(import) => visit_import_from(sink, import),
        Stmt::If(statement) => visit_if(sink, statement),
        Stmt::Try(statement) => visit_try(sink, statement),
        Stmt::With(statement) => visit_with(sink, statement),
        Stmt::FunctionDef(function) => visit_function(sink, function),
        Stmt::ClassDef(class) => visit_class(sink, class),
        Stmt::For(statement) => visit_for(sink, statement),
        Stmt::While(statement) => visit_while(sink, statement),
        Stmt::Match(statement) => visit_match(sink, statement),
        Stmt::Assign(assignment) => visit_assignment(sink, assignment),
        Stmt::AnnAssign(assignment) => visit_annotated_assignment(sink, assignment),
        _ => sink.simple_statement(statement),
    }
}

/// Visits the parts of a `lambda`, the one expression whose body is that of a function.
pub(crate) fn visit_lambda<S: Sink>(sink: &mut S, lambda: &ExprLambda) {
    sink.lambda(lambda, |sink| {
        within(sink, ImportContext::FUNCTION, |sink| {
            if let Some(parameters) = &lambda.parameters {
                sink.parameters(parameters);
            }
            sink.visit_expr(&lambda.body);
        });
    });
}

/// Visits something with these bits around it.
fn within<S: Sink>(sink: &mut S, bits: ImportContext, visit: impl FnOnce(&mut S)) {
    let enclosing = sink.enclosing();
    let outside = enclosing.context;
    enclosing.context |= bits;
    visit(sink);
    sink.enclosing().context = outside;
}

/// Visits statements that are carried out together or not at all.
fn block(sink: &mut impl Sink, bits: ImportContext, body: &[Stmt]) {
    within(sink, bits, |sink| sink.block(false, |sink| sink.visit_body(body)));
}

/// Another name for a guard is known even where an error left nothing of the import.
fn visit_import_from(sink: &mut impl Sink, import: &StmtImportFrom) {
    let enclosing = sink.enclosing();
    for alias in &import.names {
        if alias.name.id == "TYPE_CHECKING" {
            enclosing.guards.add(&alias.asname.as_ref().unwrap_or(&alias.name).id);
        }
    }
    let context = enclosing.context | lazy(import.is_lazy);
    sink.import_from(import, context);
}

fn visit_if(sink: &mut impl Sink, statement: &StmtIf) {
    // What the earlier tests, all false, say about this branch.
    let mut before = ImportContext::empty();
    let first = (Some(&*statement.test), &statement.body);
    let others = statement.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
    for (index, (test, body)) in std::iter::once(first).chain(others).enumerate() {
        let Some(test) = test else {
            block(sink, before, body);
            continue;
        };
        within(sink, before, |sink| sink.visit_expr(test));
        let test = guard::classify(test, &sink.enclosing().guards);
        let Branch { inside, after } = guard::branch(test, index > 0);
        block(sink, before | inside, body);
        before |= after;
    }
}

fn visit_try(sink: &mut impl Sink, statement: &StmtTry) {
    let mut bits = ImportContext::TRY_BODY;
    if statement.handlers.iter().any(handles_import_error) {
        bits |= ImportContext::CATCHES_IMPORT_ERROR;
    }
    block(sink, bits, &statement.body);
    for handler in &statement.handlers {
        visit_handler(sink, handler);
    }
    block(sink, ImportContext::TRY_ELSE, &statement.orelse);
    block(sink, ImportContext::FINALLY, &statement.finalbody);
}

fn visit_handler(sink: &mut impl Sink, handler: &ExceptHandler) {
    let fallback = if handles_import_error(handler) {
        ImportContext::EXCEPT_IMPORT_ERROR
    } else {
        ImportContext::empty()
    };
    let ExceptHandler::ExceptHandler(clause) = handler;
    if let Some(class) = &clause.type_ {
        sink.visit_expr(class);
    }
    within(sink, ImportContext::EXCEPT | fallback, |sink| {
        sink.block(false, |sink| {
            if let Some(name) = &clause.name {
                sink.bind(name, BindingKind::Except);
            }
            sink.visit_body(&clause.body);
            if let Some(name) = &clause.name {
                sink.bind(name, BindingKind::Deletion);
            }
        });
    });
}

fn visit_with(sink: &mut impl Sink, statement: &StmtWith) {
    let mut bits = ImportContext::WITH;
    for item in &statement.items {
        sink.visit_expr(&item.context_expr);
        if let Some(target) = &item.optional_vars {
            sink.store(BindingKind::With, target);
        }
        if suppresses_import_error(&item.context_expr) {
            bits |= ImportContext::CATCHES_IMPORT_ERROR;
        }
    }
    // What a `with` swallows leaves its block in the middle.
    block(sink, bits, &statement.body);
}

fn visit_function<S: Sink>(sink: &mut S, function: &StmtFunctionDef) {
    sink.function(function, |sink| {
        within(sink, ImportContext::FUNCTION, |sink| {
            sink.parameters(&function.parameters);
            sink.visit_body(&function.body);
        });
    });
}

fn visit_class<S: Sink>(sink: &mut S, class: &StmtClassDef) {
    sink.class(class, |sink| within(sink, ImportContext::CLASS, |sink| sink.visit_body(&class.body)));
}

fn visit_for<S: Sink>(sink: &mut S, statement: &StmtFor) {
    sink.visit_expr(&statement.iter);
    sink.block(true, |sink| {
        within(sink, S::LOOP_TARGET, |sink| sink.store(BindingKind::For, &statement.target));
        within(sink, ImportContext::LOOP, |sink| sink.visit_body(&statement.body));
    });
    block(sink, ImportContext::LOOP, &statement.orelse);
}

fn visit_while(sink: &mut impl Sink, statement: &StmtWhile) {
    sink.block(true, |sink| {
        sink.visit_expr(&statement.test);
        block(sink, ImportContext::LOOP, &statement.body);
    });
    block(sink, ImportContext::LOOP, &statement.orelse);
}

fn visit_match(sink: &mut impl Sink, statement: &StmtMatch) {
    sink.visit_expr(&statement.subject);
    within(sink, ImportContext::MATCH, |sink| {
        for case in &statement.cases {
            sink.block(false, |sink| visit_case(sink, case));
        }
    });
}

fn visit_case(sink: &mut impl Sink, case: &MatchCase) {
    sink.visit_pattern(&case.pattern);
    if let Some(guard) = &case.guard {
        sink.visit_expr(guard);
    }
    sink.visit_body(&case.body);
}

fn visit_assignment(sink: &mut impl Sink, assignment: &StmtAssign) {
    sink.visit_expr(&assignment.value);
    for target in &assignment.targets {
        see_assignment(&mut sink.enclosing().guards, target, &assignment.value);
        sink.store(BindingKind::Assignment, target);
        sink.assigned(target, &assignment.value);
    }
}

fn visit_annotated_assignment(sink: &mut impl Sink, assignment: &StmtAnnAssign) {
    let (target, value) = (&*assignment.target, assignment.value.as_deref());
    if let Some(value) = value {
        sink.visit_expr(value);
        see_assignment(&mut sink.enclosing().guards, target, value);
    }
    sink.variable_annotation(&assignment.annotation);
    let how = if value.is_some() { BindingKind::Assignment } else { BindingKind::Declaration };
    // `(x): int` declares nothing.
    if assignment.simple || value.is_some() || !target.is_name_expr() {
        sink.store(how, target);
    }
    if let Some(value) = value {
        sink.assigned(target, value);
    }
}
