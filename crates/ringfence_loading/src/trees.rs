//! Syntax trees, each parsed once.

use elsa::FrozenMap;
use ruff_python_ast::{ModModule, Stmt};
use ruff_python_parser::{Parsed, parse_unchecked_source};

use crate::{Modules, SourceId};

/// A text that could be parsed, or not.
#[derive(Debug)]
pub(crate) struct Tree {
    parsed: Option<Parsed<ModModule>>,
    /// Whether it begins with `from __future__ import annotations`.
    pub(crate) postpones_annotations: bool,
}

impl Tree {
    fn new(text: Option<&str>) -> Self {
        let parsed = text
            .filter(|text| ringfence_source::is_safe_to_parse(text))
            .map(|text| parse_unchecked_source(text, ruff_python_ast::PySourceType::Python))
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
    a_loop: bool,
}

/// Whether the compiler takes statements that the parser has taken: `return` stands in a function, `break` in a loop.
fn compiles(suite: &[Stmt], around: Around) -> bool {
    let in_loop = Around { a_loop: true, ..around };
    suite.iter().all(|statement| match statement {
        Stmt::Return(_) | Stmt::Nonlocal(_) => around.function,
        Stmt::Break(_) | Stmt::Continue(_) => around.a_loop,
        Stmt::FunctionDef(def) => compiles(&def.body, Around { function: true, a_loop: false }),
        Stmt::ClassDef(def) => compiles(&def.body, Around::default()),
        Stmt::If(choice) => {
            compiles(&choice.body, around)
                && choice.elif_else_clauses.iter().all(|clause| compiles(&clause.body, around))
        }
        Stmt::For(each) => compiles(&each.body, in_loop) && compiles(&each.orelse, around),
        Stmt::While(repeat) => compiles(&repeat.body, in_loop) && compiles(&repeat.orelse, around),
        Stmt::With(with) => compiles(&with.body, around),
        Stmt::Match(choice) => choice.cases.iter().all(|case| compiles(&case.body, around)),
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
            None => self.modules.insert(source, Box::new(Tree::new(modules.text(source)))),
        }
    }

    /// The tree of a text that is given to `exec` or `eval`.
    pub(crate) fn snippet(&self, text: &str) -> &Tree {
        match self.snippets.get(text) {
            Some(known) => known,
            None => self.snippets.insert(text.to_owned(), Box::new(Tree::new(Some(text)))),
        }
    }
}
