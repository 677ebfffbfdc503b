//! The import graph as a picture: which nodes and edges there are, and what each is made of.

mod narrow;
mod svg;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{FileId, Files};
use ringfence_graph::{Edge, ModuleKind, Target};
use ringfence_project::{Report, Session, is_at_or_below};
use ringfence_rules::named;
use serde_json::{Value, json};

use crate::arguments::GraphLevel;
use crate::sessions::Sessions;

/// One import of an edge of the picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    path: String,
    line: usize,
    kind: &'static str,
    /// The imported name in full.
    name: String,
}

/// A layer of a config. Several configs may each have one of a name.
#[derive(Debug)]
struct Layer {
    name: String,
    config: String,
}

/// The graph as it is printed: nodes and edges by name.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    nodes: BTreeMap<String, Value>,
    /// Nodes that somebody asked for, where paths are named.
    wanted: BTreeSet<String>,
    edges: BTreeMap<(String, String), BTreeSet<Occurrence>>,
    externals: BTreeMap<(String, String), BTreeSet<Occurrence>>,
    unresolved: BTreeSet<(String, Occurrence)>,
    /// The layers of the configs, the top of each first, with those that are independent of each other together.
    layers: Vec<Vec<Layer>>,
    /// By node: its layer, as far as its owner is in one, as its place in `layers`.
    layer_of: BTreeMap<String, (usize, usize)>,
    /// Nodes with a file: of several configs the first that has one says what they are.
    with_file: BTreeSet<String>,
    /// Edges that a finding is about, as far as somebody asked.
    broken: BTreeSet<(String, String)>,
}

impl Picture {
    /// Adds what a session knows; of that only what lies under paths that somebody named, and what it imports.
    pub(crate) fn add(
        &mut self,
        session: &Session,
        level: GraphLevel,
        sessions: &Sessions,
        named: &[PathBuf],
    ) {
        let paths: HashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
        let is_wanted = |file: FileId| named.is_empty() || is_at_or_below(session.files().path(file), &paths);
        let index = session.graph().index();
        let boundaries = session.boundaries();
        let before = self.layers.len();
        let config = session.config().map(|config| sessions.display(&config.path)).unwrap_or_default();
        let mut places = Vec::new();
        for (rank, layers) in session.policy().layers.chunk_by(|a, b| a.rank == b.rank).enumerate() {
            places.extend((0..layers.len()).map(|position| (before + rank, position)));
            let layer = |name: &str| Layer { name: name.to_string(), config: config.clone() };
            self.layers.push(layers.iter().map(|it| layer(&it.name.value)).collect());
        }
        let layer_of = |owner| places.get(boundaries.layer(owner)?).copied();
        match level {
            GraphLevel::Modules => {
                for (id, module) in
                    index.iter().filter(|(_, module)| session.policy().has_module(&module.name))
                {
                    let kind = match module.kind {
                        ModuleKind::Package => "package",
                        ModuleKind::Module => "module",
                        ModuleKind::Namespace => "namespace",
                        ModuleKind::Extension => "extension",
                    };
                    if module.file.is_some_and(is_wanted) {
                        self.wanted.insert(module.name.to_string());
                    }
                    let path = module.file.map(|file| sessions.display(session.files().path(file)));
                    let node = json!({ "name": &*module.name, "kind": kind, "path": path });
                    let layer = boundaries.owner(id).and_then(layer_of);
                    self.add_node(&module.name, node, layer, module.file.is_some());
                }
            }
            GraphLevel::Boundaries => {
                for (id, boundary) in boundaries.iter() {
                    let name = index.name(boundary.module);
                    let declaration = &session.policy().modules[boundary.declaration];
                    let layer = boundaries.layer(id).map(|layer| &session.policy().layers[layer].name.value);
                    let owner = declaration.owner.as_ref().map(|owner| &owner.value);
                    let node = json!({ "name": name, "layer": layer, "owner": owner });
                    let mut files =
                        index.subtree(boundary.module).filter(|part| boundaries.owner(*part) == Some(id));
                    if files.any(|part| index.module(part).file.is_some_and(is_wanted)) {
                        self.wanted.insert(name.to_string());
                    }
                    let has_file = index.module(boundary.module).file.is_some();
                    self.add_node(name, node, layer_of(id), has_file);
                }
            }
        }
        session.visit_counted(|edge, imported, elsewhere| {
            let Some(importer) = index.of_file(edge.file).filter(|_| is_wanted(edge.file)) else { return };
            let Some(occurrence) = occurrence(session, edge, sessions) else { return };
            let module = index.name(importer.module).to_string();
            match (imported, elsewhere, level) {
                (Some(imported), _, GraphLevel::Modules) => {
                    let key = (module, index.name(imported).to_string());
                    self.edges.entry(key).or_default().insert(occurrence);
                }
                (Some(imported), _, GraphLevel::Boundaries) => {
                    if let (Some(from), Some(to)) =
                        (boundaries.owner(importer.module), boundaries.owner(imported))
                        && from != to
                    {
                        let name = |id| index.name(boundaries.get(id).module).to_string();
                        self.edges.entry((name(from), name(to))).or_default().insert(occurrence);
                    }
                }
                (None, Some(elsewhere), GraphLevel::Modules) => {
                    self.externals.entry((module, elsewhere)).or_default().insert(occurrence);
                }
                (None, None, GraphLevel::Modules) if edge.target == Target::Unresolved => {
                    self.unresolved.insert((module, occurrence));
                }
                (None, _, _) => {}
            }
        });
        if !named.is_empty() {
            self.wanted.extend(self.edges.keys().map(|(_, imported)| imported.clone()));
            self.nodes.retain(|name, _| self.wanted.contains(name));
        }
    }

    fn add_node(&mut self, name: &str, node: Value, layer: Option<(usize, usize)>, has_file: bool) {
        let is_known = self.nodes.contains_key(name) && (self.with_file.contains(name) || !has_file);
        if is_known {
            return;
        }
        if has_file {
            self.with_file.insert(name.to_string());
        }
        self.nodes.insert(name.to_string(), node);
        self.layer_of.remove(name);
        self.layer_of.extend(layer.map(|layer| (name.to_string(), layer)));
    }

    /// What a layer is called: with its config where several configs have one of its name.
    fn title(&self, layer: &Layer) -> String {
        let is_other = |other: &&Layer| other.name == layer.name && other.config != layer.config;
        if self.layers.iter().flatten().any(|other| is_other(&other)) {
            format!("{} ({})", layer.name, layer.config)
        } else {
            layer.name.clone()
        }
    }

    /// Notes which edges findings are about.
    pub(crate) fn add_findings(&mut self, session: &Session, level: GraphLevel, report: &Report) {
        let index = session.graph().index();
        let node = |name: &str| {
            // What is imported from a module may be told with it.
            let ends = std::iter::once(name.len()).chain(name.rmatch_indices('.').map(|(dot, _)| dot));
            let module = ends.into_iter().find_map(|end| index.get(&name[..end]))?;
            let shown = match level {
                GraphLevel::Modules => module,
                GraphLevel::Boundaries => {
                    session.boundaries().get(session.boundaries().owner(module)?).module
                }
            };
            Some(index.name(shown).to_string())
        };
        // What is declared and on its way out breaks nothing yet.
        let deprecated = named::deprecated_dependency().metadata().code;
        for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.code != deprecated) {
            let import = diagnostic.import.iter().map(|it| (&*it.importer, &*it.imported));
            let contracts = diagnostic.contract.iter().flat_map(|contract| &contract.chain);
            let hops = contracts.map(|hop| (&*hop.importer, &*hop.imported));
            self.broken.extend(import.chain(hops).filter_map(|(from, to)| Some((node(from)?, node(to)?))));
        }
    }

    pub(crate) fn json(&self) -> Value {
        let imports = |occurrences: &BTreeSet<Occurrence>| -> Vec<Value> {
            occurrences
                .iter()
                .map(|Occurrence { path, line, kind, name }| {
                    json!({ "path": path, "line": line, "kind": kind, "name": name })
                })
                .collect()
        };
        let edges = |edges: &BTreeMap<(String, String), BTreeSet<Occurrence>>| -> Vec<Value> {
            edges
                .iter()
                .map(|((importer, imported), occurrences)| {
                    json!({ "importer": importer, "imported": imported, "imports": imports(occurrences) })
                })
                .collect()
        };
        let unresolved: Vec<Value> = self
            .unresolved
            .iter()
            .map(|(importer, Occurrence { path, line, kind, name })| {
                json!({ "importer": importer, "path": path, "line": line, "kind": kind, "name": name })
            })
            .collect();
        json!({
            "modules": self.nodes.values().collect::<Vec<_>>(),
            "edges": edges(&self.edges),
            "externals": edges(&self.externals),
            "unresolved": unresolved,
        })
    }
}

fn occurrence(session: &Session, edge: &Edge, sessions: &Sessions) -> Option<Occurrence> {
    let facts = session.facts(edge.file)?;
    let import = facts.imports.get(edge.import as usize)?;
    let source = session.files().text(edge.file)?;
    Some(Occurrence {
        path: sessions.display(session.files().path(edge.file)),
        line: source.to_source_code().line_index(import.range.start()).get(),
        kind: edge.kind.as_str(),
        name: session.graph().imported_name(edge, facts),
    })
}
