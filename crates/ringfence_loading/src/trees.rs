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
            .filter(Parsed::has_valid_syntax);
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
