//! What two versions of a statement have in common, whatever their layout, comments and docstrings.

use std::hash::{Hash, Hasher as _};

use ruff_python_ast::comparable::{
    ComparableDecorator, ComparableExpr, ComparableParameters, ComparableStmt, ComparableTypeParams,
};
use ruff_python_ast::helpers::is_docstring_stmt;
use ruff_python_ast::{Arguments, Expr, Parameters, Stmt, StmtClassDef, StmtFunctionDef};
use rustc_hash::FxHasher;

use crate::outline::ImportUse;

/// Equal for statements that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hashes {
    /// All of it.
    pub(crate) whole: u64,
    /// What runs at import and may raise or act at a distance; 0 for nothing.
    pub(crate) running: u64,
    /// Whatever runs at import, which matters to a class that somebody looks at while it is made; 0 for nothing.
    pub(crate) at_import: u64,
}

pub(crate) fn of_import(import: &ImportUse) -> Hashes {
    let mut hasher = FxHasher::default();
    (&import.key, &import.binds, import.binds_top_level).hash(&mut hasher);
    Hashes { whole: hasher.finish(), ..Hashes::default() }
}

pub(crate) fn of_statement(statement: &Stmt, documents: bool) -> Hashes {
    let mut whole = FxHasher::default();
    hash_statement(statement, documents, &mut whole);
    let mut running = Running { hasher: FxHasher::default(), found: false, everything: false };
    running.statement(statement);
    let mut at_import = Running { hasher: FxHasher::default(), found: false, everything: true };
    at_import.statement(statement);
    Hashes { whole: whole.finish(), running: running.finish(), at_import: at_import.finish() }
}

fn hash_statement(statement: &Stmt, documents: bool, hasher: &mut FxHasher) {
    match statement {
        Stmt::FunctionDef(function) => {
            (0_u8, function.is_async, function.name.as_str()).hash(hasher);
            for decorator in &function.decorator_list {
                ComparableDecorator::from(decorator).hash(hasher);
            }
            function.type_params.as_ref().map(ComparableTypeParams::from).hash(hasher);
            ComparableParameters::from(&*function.parameters).hash(hasher);
            function.returns.as_ref().map(|returns| ComparableExpr::from(&**returns)).hash(hasher);
            hash_body(&function.body, documents, hasher);
        }
        Stmt::ClassDef(class) => {
            (1_u8, class.name.as_str()).hash(hasher);
            for decorator in &class.decorator_list {
                ComparableDecorator::from(decorator).hash(hasher);
            }
            class.type_params.as_ref().map(ComparableTypeParams::from).hash(hasher);
            hash_arguments(class.arguments.as_deref(), hasher);
            hash_body(&class.body, documents, hasher);
        }
        other => (2_u8, ComparableStmt::from(other)).hash(hasher),
    }
}

fn hash_body(body: &[Stmt], documents: bool, hasher: &mut FxHasher) {
    let body = if documents { body } else { without_docstring(body) };
    body.len().hash(hasher);
    for statement in body {
        hash_statement(statement, documents, hasher);
    }
}

pub(crate) fn without_docstring(body: &[Stmt]) -> &[Stmt] {
    match body {
        [first, rest @ ..] if is_docstring_stmt(first) => rest,
        _ => body,
    }
}

fn hash_arguments(arguments: Option<&Arguments>, hasher: &mut FxHasher) {
    for base in arguments.into_iter().flat_map(|arguments| &arguments.args) {
        ComparableExpr::from(base).hash(hasher);
    }
    for keyword in arguments.into_iter().flat_map(|arguments| &arguments.keywords) {
        keyword.arg.as_ref().map(ruff_python_ast::Identifier::as_str).hash(hasher);
        ComparableExpr::from(&keyword.value).hash(hasher);
    }
}

/// Hashes what of a statement runs at import.
struct Running {
    hasher: FxHasher,
    found: bool,
    /// Whether what can neither raise nor act at a distance counts, too.
    everything: bool,
}

impl Running {
    fn finish(self) -> u64 {
        if self.found { self.hasher.finish().max(1) } else { 0 }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Pass(_) => {}
            Stmt::Expr(expression) if expression.value.is_literal_expr() => {}
            Stmt::Assign(assignment) if self.is_skipped(&assignment.value) => {}
            Stmt::AnnAssign(assignment)
                if !self.everything && assignment.value.as_ref().is_none_or(|value| is_harmless(value)) => {}
            other => {
                self.found = true;
                ComparableStmt::from(other).hash(&mut self.hasher);
            }
        }
    }

    fn is_skipped(&self, value: &Expr) -> bool {
        !self.everything && is_harmless(value)
    }

    fn function(&mut self, function: &StmtFunctionDef) {
        if self.everything {
            self.found = true;
            function.name.as_str().hash(&mut self.hasher);
            ComparableParameters::from(&*function.parameters).hash(&mut self.hasher);
        }
        for decorator in &function.decorator_list {
            self.found = true;
            ComparableDecorator::from(decorator).hash(&mut self.hasher);
        }
        for default in defaults(&function.parameters).filter(|default| !is_harmless(default)) {
            self.found = true;
            ComparableExpr::from(default).hash(&mut self.hasher);
        }
    }

    fn class(&mut self, class: &StmtClassDef) {
        let everything = self.everything;
        if !class.decorator_list.is_empty() || class.arguments.iter().any(|it| !it.keywords.is_empty()) {
            // Whoever is handed the class sees all of it.
            self.everything = true;
        }
        for decorator in &class.decorator_list {
            self.found = true;
            ComparableDecorator::from(decorator).hash(&mut self.hasher);
        }
        if class.arguments.iter().any(|arguments| !arguments.is_empty()) {
            self.found = true;
            hash_arguments(class.arguments.as_deref(), &mut self.hasher);
        }
        for statement in without_docstring(&class.body) {
            self.statement(statement);
        }
        self.everything = everything;
    }
}

fn defaults(parameters: &Parameters) -> impl Iterator<Item = &Expr> {
    parameters.iter_non_variadic_params().filter_map(|parameter| parameter.default.as_deref())
}

/// Whether nothing can go wrong with an expression but that a name is not there.
pub(crate) fn is_harmless(expression: &Expr) -> bool {
    match expression {
        Expr::Name(_) | Expr::Lambda(_) => true,
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_harmless),
        Expr::List(list) => list.elts.iter().all(is_harmless),
        Expr::Dict(dict) => dict
            .items
            .iter()
            .all(|item| item.key.as_ref().is_some_and(Expr::is_literal_expr) && is_harmless(&item.value)),
        Expr::Set(set) => set.elts.iter().all(Expr::is_literal_expr),
        Expr::UnaryOp(operation) => operation.operand.is_number_literal_expr(),
        other => other.is_literal_expr(),
    }
}
