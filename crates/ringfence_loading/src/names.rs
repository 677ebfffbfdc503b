//! Which names a function binds, and which of the things it holds make it special.

use std::rc::Rc;

use ruff_python_ast::helpers::is_dunder;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_pattern, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Parameters, Pattern, Stmt};
use rustc_hash::FxHashSet;

use crate::symbols::{Sym, Symbols};
use crate::yields::are_statements;

/// The names of one function, by Python's scopes.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) locals: FxHashSet<Sym>,
    pub(crate) globals: FxHashSet<Sym>,
    pub(crate) nonlocals: FxHashSet<Sym>,
    /// `Shop.close`, `open.<locals>.close`
    pub(crate) qualified: Rc<str>,
    /// Whether it yields.
    pub(crate) is_generator: bool,
    /// Whether it can be left at each of its `yield`s, and taken up there.
    pub(crate) is_resumable: bool,
}

impl Names {
    pub(crate) fn of_function(
        symbols: &mut Symbols,
        parameters: Option<&Parameters>,
        body: &[Stmt],
        expression: Option<&Expr>,
    ) -> Self {
        let mut collector = Collector { names: Self::default(), symbols };
        for parameter in parameters.into_iter().flat_map(Parameters::iter) {
            collector.bind(parameter.name().as_str());
        }
        for statement in body {
            collector.visit_stmt(statement);
        }
        if let Some(expression) = expression {
            collector.visit_expr(expression);
        }
        let Collector { mut names, .. } = collector;
        let Self { locals, globals, nonlocals, .. } = &mut names;
        locals.retain(|name| !globals.contains(name) && !nonlocals.contains(name));
        names.is_resumable = names.is_generator && are_statements(body);
        names
    }

    /// The names that the targets of a comprehension bind.
    pub(crate) fn of_targets<'t>(symbols: &mut Symbols, targets: impl Iterator<Item = &'t Expr>) -> Self {
        let mut collector = Collector { names: Self::default(), symbols };
        for target in targets {
            collector.visit_expr(target);
        }
        collector.names
    }
}

struct Collector<'s> {
    names: Names,
    symbols: &'s mut Symbols,
}

impl Collector<'_> {
    fn bind(&mut self, name: &str) {
        let name = self.symbols.intern(name);
        self.names.locals.insert(name);
    }
}

impl<'t> Visitor<'t> for Collector<'_> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::FunctionDef(def) => {
                self.bind(&def.name);
                for decorator in &def.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
                for parameter in def.parameters.iter_non_variadic_params() {
                    if let Some(default) = parameter.default() {
                        self.visit_expr(default);
                    }
                }
            }
            Stmt::ClassDef(def) => {
                self.bind(&def.name);
                for base in def.bases() {
                    self.visit_expr(base);
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.bind(name.split('.').next().unwrap_or_default());
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    let name = self.symbols.intern(name);
                    self.names.globals.insert(name);
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                for name in &nonlocal.names {
                    let name = self.symbols.intern(name);
                    self.names.nonlocals.insert(name);
                }
            }
            Stmt::Try(attempt) => {
                for handler in &attempt.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    if let Some(name) = &handler.name {
                        self.bind(name);
                    }
                }
                walk_stmt(self, statement);
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'t Expr) {
        match expression {
            Expr::Name(name) if name.ctx != ExprContext::Load => self.bind(&name.id),
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.names.is_generator = true;
                walk_expr(self, expression);
            }
            // These have scopes of their own.
            Expr::Lambda(_) => {}
            Expr::ListComp(comprehension) => {
                self.visit_named_in(&comprehension.elt, &comprehension.generators);
            }
            Expr::SetComp(comprehension) => {
                self.visit_named_in(&comprehension.elt, &comprehension.generators);
            }
            Expr::Generator(comprehension) => {
                self.visit_named_in(&comprehension.elt, &comprehension.generators);
            }
            Expr::DictComp(comprehension) => {
                self.visit_named_in(&comprehension.value, &comprehension.generators);
            }
            _ => walk_expr(self, expression),
        }
    }

    fn visit_pattern(&mut self, pattern: &'t Pattern) {
        match pattern {
            Pattern::MatchAs(named) => {
                if let Some(name) = &named.name {
                    self.bind(name);
                }
            }
            Pattern::MatchStar(star) => {
                if let Some(name) = &star.name {
                    self.bind(name);
                }
            }
            Pattern::MatchMapping(mapping) => {
                if let Some(rest) = &mapping.rest {
                    self.bind(rest);
                }
            }
            _ => {}
        }
        walk_pattern(self, pattern);
    }
}

impl<'t> Collector<'_> {
    /// `:=` in a comprehension binds in the function around it.
    fn visit_named_in(&mut self, element: &'t Expr, generators: &'t [ruff_python_ast::Comprehension]) {
        let mut walruses = Walruses::default();
        walruses.visit_expr(element);
        for generator in generators {
            walruses.visit_expr(&generator.iter);
            generator.ifs.iter().for_each(|test| walruses.visit_expr(test));
        }
        for name in walruses.names {
            self.bind(name);
        }
    }
}

#[derive(Default)]
struct Walruses<'t> {
    names: Vec<&'t str>,
}

impl<'t> Visitor<'t> for Walruses<'t> {
    fn visit_expr(&mut self, expression: &'t Expr) {
        if let Expr::Named(named) = expression
            && let Expr::Name(name) = &*named.target
        {
            self.names.push(&name.id);
        }
        walk_expr(self, expression);
    }
}

/// Whether a name is for a reader: no dunder, no slot of ours.
pub(crate) fn is_plain(name: &str) -> bool {
    !is_dunder(name) && !name.starts_with(' ')
}
