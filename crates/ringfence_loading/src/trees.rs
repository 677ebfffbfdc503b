//! Syntax trees, each parsed once.

use elsa::FrozenMap;
use ruff_python_ast::{ModModule, Pattern, PySourceType, PythonVersion, Stmt};
use ruff_python_parser::{ParseOptions, Parsed, parse_unchecked};

use crate::{Modules, Python, SourceId};

/// A text that could be parsed, or not.
#[derive(Debug)]
pub(crate) struct Tree {
    parsed: Option<Parsed<ModModule>>,
    /// Whether it begins with `from __future__ import annotations`.
    pub(crate) postpones_annotations: bool,
}

impl Tree {
    /// For a Python that is the only one that is meant, what it does not have yet is an error.
    fn new(text: Option<&str>, python: Option<Python>) -> Self {
        let exact = python.filter(|python| python.exact);
        let mut options = ParseOptions::from(PySourceType::Python);
        if let Some(Python { minor, .. }) = exact {
            options = options.with_target_version(PythonVersion { major: 3, minor });
        }
        let parsed = text
            .filter(|text| ringfence_source::is_safe_to_parse(text))
            .and_then(|text| parse_unchecked(text, options).try_into_module())
            .filter(|parsed| exact.is_none() || parsed.unsupported_syntax_errors().is_empty())
            .filter(|parsed| parsed.has_valid_syntax() && compiles(parsed.suite(), Around::default()));
        let postpones = parsed.as_ref().is_some_and(|parsed| {
            parsed.suite().iter().any(|statement| {
                matches!(statement, Stmt::ImportFrom(import)
                    if import.module.as_deref() == Some("__future__")
                        && import.names.iter().any(|alias| &*alias.name == "annotations"))
            })
        });
        Self { parsed, postpones_annotations: postpones }
    }

    /// The statements; nothing where there is a syntax error.
    pub(crate) fn suite(&self) -> Option<&[Stmt]> {
        self.parsed.as_ref().map(|parsed| &parsed.suite()[..])
    }
}

/// What is around a statement.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    function: bool,
    class: bool,
    a_loop: bool,
}

impl Around {
    fn is_module(self) -> bool {
        !self.function && !self.class
    }
}

/// Whether the compiler takes statements that the parser has taken: `return` stands in a function, `break` in a loop.
fn compiles(suite: &[Stmt], around: Around) -> bool {
    let in_loop = Around { a_loop: true, ..around };
    suite.iter().all(|statement| match statement {
        Stmt::Return(_) | Stmt::Nonlocal(_) => around.function,
        Stmt::Break(_) | Stmt::Continue(_) => around.a_loop,
        Stmt::FunctionDef(def) => compiles(&def.body, Around { function: true, ..Around::default() }),
        Stmt::ClassDef(def) => compiles(&def.body, Around { class: true, ..Around::default() }),
        Stmt::If(choice) => {
            compiles(&choice.body, around)
                && choice.elif_else_clauses.iter().all(|clause| compiles(&clause.body, around))
        }
        Stmt::For(each) => compiles(&each.body, in_loop) && compiles(&each.orelse, around),
        Stmt::While(repeat) => compiles(&repeat.body, in_loop) && compiles(&repeat.orelse, around),
        Stmt::With(with) => compiles(&with.body, around),
        Stmt::Match(choice) => {
            let (last, others) = match choice.cases.split_last() {
                Some((last, others)) => (Some(last), others),
                None => (None, &[][..]),
            };
            // What comes after a pattern that matches everything cannot be reached.
            !others.iter().any(|case| case.guard.is_none() && matches_all(&case.pattern))
                && others
                    .iter()
                    .chain(last)
                    .all(|case| are_alternatives_reached(&case.pattern) && compiles(&case.body, around))
        }
        Stmt::ImportFrom(import) => {
            around.is_module() || !import.names.iter().any(|alias| &*alias.name == "*")
        }
        Stmt::Try(attempt) => {
            let handlers = attempt.handlers.iter().all(|handler| {
                let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                compiles(&handler.body, around)
            });
            handlers
                && compiles(&attempt.body, around)
                && compiles(&attempt.orelse, around)
                && compiles(&attempt.finalbody, around)
        }
        _ => true,
    })
}

/// Whether a pattern matches whatever it is given.
fn matches_all(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(named) => named.pattern.as_deref().is_none_or(matches_all),
        Pattern::MatchOr(either) => either.patterns.iter().any(matches_all),
        _ => false,
    }
}

/// Whether no alternative of a pattern stands behind one that matches everything.
fn are_alternatives_reached(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchOr(either) => {
            let before = either.patterns.len().saturating_sub(1);
            !either.patterns[..before].iter().any(matches_all)
                && either.patterns.iter().all(are_alternatives_reached)
        }
        Pattern::MatchAs(named) => named.pattern.as_deref().is_none_or(are_alternatives_reached),
        Pattern::MatchSequence(sequence) => sequence.patterns.iter().all(are_alternatives_reached),
        _ => true,
    }
}

/// The trees of modules and of code that a program makes.
#[derive(Default)]
pub(crate) struct Trees {
    modules: FrozenMap<SourceId, Box<Tree>>,
    snippets: FrozenMap<String, Box<Tree>>,
}

impl Trees {
    pub(crate) fn module(&self, modules: &dyn Modules, source: SourceId) -> &Tree {
        match self.modules.get(&source) {
            Some(known) => known,
            None => self.modules.insert(source, Box::new(Tree::new(modules.text(source), modules.python()))),
        }
    }

    /// The tree of a text that is given to `exec` or `eval`.
    pub(crate) fn snippet(&self, text: &str) -> &Tree {
        match self.snippets.get(text) {
            Some(known) => known,
            None => self.snippets.insert(text.to_owned(), Box::new(Tree::new(Some(text), None))),
        }
    }
}
