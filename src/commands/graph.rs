//! `ringfence graph`

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use ringfence_diagnostics::{FileId, Files};
use ringfence_graph::{Edge, ModuleKind, Target};
use ringfence_output::escape::{dot, mermaid};
use ringfence_project::{CommandLine, Session, is_at_or_below};
use serde_json::{Value, json};

use super::{print_configs, report_config_problems};
use crate::arguments::{ColorChoice, GraphArguments, GraphFormat, GraphLevel};
use crate::sessions::Sessions;
use crate::terminal::{print, print_json};

pub(crate) fn run(arguments: &GraphArguments) -> Result<ExitCode> {
    let sessions = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let mut picture = Picture::default();
    for session in sessions.one_a_folder() {
        picture.add(session, arguments.level, &sessions, &arguments.project.paths);
    }
    match arguments.format {
        GraphFormat::Json => print_json(&picture.json())?,
        GraphFormat::Dot => print(picture.dot())?,
        GraphFormat::Mermaid => print(picture.mermaid())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One import of an edge of the picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    path: String,
    line: usize,
    kind: &'static str,
    /// The imported name in full.
    name: String,
}

/// The graph as it is printed: nodes and edges by name.
#[derive(Debug, Default)]
struct Picture {
    nodes: BTreeMap<String, Value>,
    /// Nodes that somebody asked for, where paths are named.
    wanted: BTreeSet<String>,
    edges: BTreeMap<(String, String), BTreeSet<Occurrence>>,
    externals: BTreeMap<(String, String), BTreeSet<Occurrence>>,
    unresolved: BTreeSet<(String, Occurrence)>,
}

impl Picture {
    /// Adds what a session knows; of that only what lies under paths that somebody named, and what it imports.
    fn add(&mut self, session: &Session, level: GraphLevel, sessions: &Sessions, named: &[PathBuf]) {
        let paths: HashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
        let is_wanted = |file: FileId| named.is_empty() || is_at_or_below(session.files().path(file), &paths);
        let index = session.graph().index();
        let boundaries = session.boundaries();
        match level {
            GraphLevel::Modules => {
                for (_, module) in
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
                    self.nodes.insert(module.name.to_string(), node);
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
                    self.nodes.insert(name.to_string(), node);
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

    fn json(&self) -> Value {
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

    fn dot(&self) -> Vec<String> {
        let mut lines = vec!["digraph imports {".to_string()];
        for name in self.nodes.keys() {
            lines.push(format!("    \"{}\";", dot(name)));
        }
        for ((importer, imported), occurrences) in &self.edges {
            let (importer, imported) = (dot(importer), dot(imported));
            lines.push(format!("    \"{importer}\" -> \"{imported}\" [label=\"{}\"];", occurrences.len()));
        }
        lines.push("}".to_string());
        lines
    }

    fn mermaid(&self) -> Vec<String> {
        let mut lines = vec!["graph TD".to_string()];
        // Names may hold words that mean something to Mermaid, so nodes go by number.
        let numbers: BTreeMap<&str, usize> =
            self.nodes.keys().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        for (name, number) in &numbers {
            lines.push(format!("    n{number}[\"{}\"]", mermaid(name)));
        }
        for ((importer, imported), occurrences) in &self.edges {
            if let (Some(from), Some(to)) = (numbers.get(importer.as_str()), numbers.get(imported.as_str())) {
                lines.push(format!("    n{from} -->|{}| n{to}", occurrences.len()));
            }
        }
        lines
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
