//! The imports between the modules that a config names.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_diagnostics::{FileId, Span};
use ringfence_graph::{Digraph, ModuleId};
use ringfence_project::Session;
use ringfence_source::EdgeKind;
use rustc_hash::FxHashMap;

use super::Side;

/// Imports by the two boundary modules that they lead from and to.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    by_pair: BTreeMap<(String, String), Vec<Import>>,
}

/// One imported name, as the session knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Import {
    session: usize,
    file: FileId,
    /// Index into the imports of the file.
    statement: u32,
    name: u32,
    kind: EdgeKind,
}

/// The same as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Statement {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) kind: &'static str,
    /// The imported name in full.
    pub(crate) name: String,
}

impl Edges {
    /// Adds what a session knows. `named` are the modules that its config names, each of which stands for what is below it.
    pub(super) fn add(&mut self, position: usize, session: &Session, named: &[ModuleId]) {
        let index = session.graph().index();
        let owners: Vec<Option<ModuleId>> = if session.boundaries().iter().next().is_some() {
            let owner = |id| session.boundaries().owner(id).map(|it| session.boundaries().get(it).module);
            index.iter().map(|(id, _)| owner(id)).collect()
        } else {
            let mut owners: Vec<Option<ModuleId>> = vec![None; index.len()];
            // What is around a module comes before it, so the innermost stays.
            for module in named {
                for below in index.subtree(*module) {
                    owners[below.index()] = Some(*module);
                }
            }
            owners
        };
        let mut found: FxHashMap<(ModuleId, ModuleId), Vec<Import>> = FxHashMap::default();
        session.visit_counted(|edge, imported, _| {
            let importer = index.of_file(edge.file).and_then(|file| owners[file.module.index()]);
            let imported = imported.and_then(|imported| owners[imported.index()]);
            if let (Some(from), Some(to)) = (importer, imported)
                && from != to
            {
                found.entry((from, to)).or_default().push(Import {
                    session: position,
                    file: edge.file,
                    statement: edge.import,
                    name: edge.name,
                    kind: edge.kind,
                });
            }
        });
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable_by_key(|(pair, _)| *pair);
        for ((from, to), imports) in found {
            let pair = (index.name(from).to_string(), index.name(to).to_string());
            self.by_pair.entry(pair).or_default().extend(imports);
        }
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = &(String, String)> {
        self.by_pair.keys()
    }

    pub(crate) fn has(&self, pair: &(String, String)) -> bool {
        self.by_pair.contains_key(pair)
    }

    /// The imports of an edge, by file and line.
    pub(crate) fn statements(&self, pair: &(String, String), side: &Side) -> Vec<Statement> {
        let imports = self.by_pair.get(pair).into_iter().flatten();
        let statements: BTreeSet<Statement> = imports.filter_map(|import| statement(*import, side)).collect();
        statements.into_iter().collect()
    }

    /// The modules that all lead to each other by imports that make them depend on each other: all but those for type checkers, and
    /// those whose names are computed.
    pub(super) fn cycles(&self) -> BTreeSet<Vec<String>> {
        let matters = |import: &Import| !matches!(import.kind, EdgeKind::Typing | EdgeKind::Dynamic);
        let pairs = self.by_pair.iter().filter(|(_, imports)| imports.iter().any(matters));
        let pairs: Vec<&(String, String)> = pairs.map(|(pair, _)| pair).collect();
        let names: BTreeSet<&str> =
            pairs.iter().flat_map(|(from, to)| [from.as_str(), to.as_str()]).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let number = |name: &str| names.partition_point(|other| *other < name) as u32;
        let edges = pairs.iter().map(|(from, to)| (number(from), number(to))).collect();
        let components = Digraph::new(names.len(), edges).strong_components();
        let named = components.into_iter().map(|component| {
            let mut members: Vec<String> = component
                .iter()
                .filter_map(|node| names.get(*node as usize))
                .map(ToString::to_string)
                .collect();
            members.sort();
            members
        });
        named.collect()
    }
}

fn statement(import: Import, side: &Side) -> Option<Statement> {
    let session = side.sessions.all.get(import.session)?;
    let facts = session.facts(import.file)?;
    let range = facts.imports.get(import.statement as usize)?.range;
    let edges = session.graph().edges_of_import(import.file, import.statement);
    let edge = edges.iter().find(|edge| edge.name == import.name)?;
    let (path, line) = side.place(import.session, Span::new(import.file, range));
    let name = session.graph().imported_name(edge, facts);
    Some(Statement { path, line, kind: import.kind.as_str(), name })
}
