//! Where a generator function yields: in statements at which it can be left and taken up again, or deep in expressions.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

/// Whether every `yield` of a suite is a statement, or the value of one.
pub(crate) fn are_statements(suite: &[Stmt]) -> bool {
    suite.iter().all(|statement| {
        if let Some(inner) = yielded(statement) {
            return !targets_of(statement).iter().chain(inner).any(is_in);
        }
        match statement {
            Stmt::If(choice) => {
                let mut tests = choice.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref());
                !is_in(&choice.test)
                    && !tests.any(is_in)
                    && are_statements(&choice.body)
                    && choice.elif_else_clauses.iter().all(|clause| are_statements(&clause.body))
            }
            Stmt::For(each) => {
                !is_in(&each.iter)
                    && !is_in(&each.target)
                    && are_statements(&each.body)
                    && are_statements(&each.orelse)
            }
            Stmt::While(repeat) => {
                !is_in(&repeat.test) && are_statements(&repeat.body) && are_statements(&repeat.orelse)
            }
            Stmt::With(with) => {
                !with
                    .items
                    .iter()
                    .any(|item| is_in(&item.context_expr) || item.optional_vars.as_deref().is_some_and(is_in))
                    && are_statements(&with.body)
            }
            Stmt::Try(attempt) => {
                let handlers = attempt.handlers.iter().all(|handler| {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    !handler.type_.as_deref().is_some_and(is_in) && are_statements(&handler.body)
                });
                handlers
                    && !(attempt.is_star && is_within(statement))
                    && are_statements(&attempt.body)
                    && are_statements(&attempt.orelse)
                    && are_statements(&attempt.finalbody)
            }
            _ => !is_within(statement),
        }
    })
}

/// What a statement yields where that is all of its value: the expression after `yield`, if there is one.
fn yielded(statement: &Stmt) -> Option<Option<&Expr>> {
    match yield_of(statement)? {
        Expr::Yield(result) => Some(result.value.as_deref()),
        Expr::YieldFrom(result) => Some(Some(&result.value)),
        _ => None,
    }
}

/// The `yield` that is all of the value of a statement.
pub(crate) fn yield_of(statement: &Stmt) -> Option<&Expr> {
    let value = match statement {
        Stmt::Expr(expression) => &*expression.value,
        Stmt::Assign(assign) => &*assign.value,
        Stmt::AnnAssign(assign) => assign.value.as_deref()?,
        Stmt::Return(done) => done.value.as_deref()?,
        _ => return None,
    };
    matches!(value, Expr::Yield(_) | Expr::YieldFrom(_)).then_some(value)
}

/// What takes what a `yield` gives once it is taken up again.
pub(crate) fn targets_of(statement: &Stmt) -> &[Expr] {
    match statement {
        Stmt::Assign(assign) => &assign.targets,
        Stmt::AnnAssign(assign) => std::slice::from_ref(&*assign.target),
        _ => &[],
    }
}

/// Whether there is a `yield` in a statement that belongs to the function around it.
pub(crate) fn is_within(statement: &Stmt) -> bool {
    let mut search = Search { found: false };
    search.visit_stmt(statement);
    search.found
}

fn is_in(expression: &Expr) -> bool {
    let mut search = Search { found: false };
    search.visit_expr(expression);
    search.found
}

struct Search {
    found: bool,
}

impl<'t> Visitor<'t> for Search {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::FunctionDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
                for parameter in def.parameters.iter_non_variadic_params() {
                    if let Some(default) = parameter.default() {
                        self.visit_expr(default);
                    }
                }
            }
            Stmt::ClassDef(def) => def.bases().iter().for_each(|base| self.visit_expr(base)),
            _ if self.found => {}
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'t Expr) {
        match expression {
            Expr::Yield(_) | Expr::YieldFrom(_) => self.found = true,
            Expr::Lambda(_) => {}
            _ if self.found => {}
            _ => walk_expr(self, expression),
        }
    }
}
