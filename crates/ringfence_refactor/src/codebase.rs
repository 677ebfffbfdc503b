//! What edits and proofs may look at of a project.

use std::path::PathBuf;
use std::sync::Arc;

use ringfence_diagnostics::{FileId, Files};
use ringfence_graph::{Edge, ImportGraph, ModuleId};
use ringfence_policy::{PythonMinor, Spanned};
use ringfence_source::{FileFacts, Import, ImportedName, Oddities, ParsedFile, SourceKind, parse_statement};
use ruff_python_ast::Stmt;
use ruff_text_size::TextRange;

use crate::Memo;

/// What the facts of a run leave out, for the few files where a rule or a fix needs it.
pub trait Sources: Files {
    /// A file parsed in full: its facts, with its syntax error if it has one, and its names. Parsed once, whoever asks
    /// how often.
    fn module(&self, file: FileId) -> Option<Arc<ParsedFile>>;

    /// What is odd about a file; nothing where it cannot be parsed. Parsed each time.
    fn oddities(&self, file: FileId) -> Option<Oddities>;

    /// Texts of the project that are no source, with their paths below its root; nothing for one that could not be read.
    fn other_texts(&self) -> Vec<(PathBuf, Option<String>)>;

    /// Whether a symbolic link in the tree leads to source, which may then be loaded by another name.
    fn has_links(&self) -> bool;

    /// Whether the text of a file is written in UTF-8.
    fn is_utf8(&self, file: FileId) -> bool;
}

/// A project without its boundaries: imports, facts and, at a cost, texts.
#[derive(Clone, Copy)]
pub struct Codebase<'a> {
    pub graph: &'a ImportGraph,
    /// By file; nothing for config files and for files that cannot be read, and only suppressions of manifests.
    pub facts: &'a [Option<FileFacts>],
    /// Paths, and what costs more: texts, and files parsed in full.
    pub sources: &'a dyn Sources,
    /// The oldest Python that the project runs on. `None`: any.
    pub target_version: Option<PythonMinor>,
    /// Decorators and base classes that read annotations at run time, beside those that are known to everybody.
    pub runtime_annotations: &'a [Spanned<String>],
    /// What was found out about the project as a whole.
    pub memo: &'a Memo,
}

impl<'a> Codebase<'a> {
    pub fn facts(&self, file: FileId) -> Option<&'a FileFacts> {
        self.facts.get(file.index())?.as_ref()
    }

    pub fn module_name(&self, module: ModuleId) -> &'a str {
        self.graph.index().name(module)
    }

    /// The import that an edge stands for.
    pub fn import(&self, edge: &Edge) -> Option<(&'a FileFacts, &'a Import, &'a ImportedName)> {
        let facts = self.facts(edge.file)?;
        Some((facts, facts.imports.get(edge.import as usize)?, facts.names.get(edge.name as usize)?))
    }

    /// The imported name in full: `shop.orders.Order`.
    pub fn imported_name(&self, edge: &Edge) -> String {
        self.facts(edge.file).map(|facts| self.graph.imported_name(edge, facts)).unwrap_or_default()
    }

    /// The dotted name of the importing module.
    pub fn importer_name(&self, edge: &Edge) -> &'a str {
        self.graph.index().of_file(edge.file).map_or("", |module| self.module_name(module.module))
    }

    /// The edge of one name of one import: indices into the facts of the file.
    pub fn edge_at(&self, file: FileId, import: u32, name: u32) -> Option<&'a Edge> {
        let edges = self.graph.edges_of(file);
        let position = edges.binary_search_by_key(&(import, name), |edge| (edge.import, edge.name)).ok()?;
        edges.get(position)
    }

    /// The range of an import statement.
    pub fn import_range(&self, file: FileId, import: u32) -> Option<TextRange> {
        self.facts(file)?.imports.get(import as usize).map(|import| import.range)
    }

    /// The syntax tree of an import statement. Parses that statement alone.
    pub fn import_statement(&self, file: FileId, import: u32) -> Option<Stmt> {
        let source = self.sources.text(file)?;
        parse_statement(source.source_text(), self.import_range(file, import)?)
    }

    /// A file parsed in full, if it has no syntax error: past one, not all imports are known.
    pub fn parsed(&self, file: FileId) -> Option<Arc<ParsedFile>> {
        self.sources.module(file).filter(|parsed| parsed.facts.syntax_error.is_none())
    }

    /// Whether typing alone is what a file is for.
    pub fn is_stub(&self, file: FileId) -> bool {
        self.graph.index().of_file(file).is_none_or(|module| module.source == SourceKind::Stub)
    }
}
