//! Where the names of import statements and of strings lead.

use ringfence_diagnostics::FileId;
use ringfence_graph::{ImportGraph, ModuleId, ModuleIndex, Target as EdgeTarget};
use ringfence_source::FileFacts;
use ruff_python_ast::name::Name;

use crate::outline::ImportUse;

/// What a name stands for that an import binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A name of a module of the project.
    Symbol(ModuleId, Name),
    Module(ModuleId),
    /// A module of the project of which some attribute leads to another: `import a.b` where `a` is called otherwise here.
    Below(ModuleId),
    /// A top-level package from elsewhere.
    Elsewhere(Name),
    StandardLibrary,
    Unknown,
}

/// Where an imported name leads.
pub(crate) fn target(graph: &ImportGraph, facts: &FileFacts, file: FileId, import: &ImportUse) -> Target {
    let position = facts.imports.partition_point(|it| it.range.start() < import.start);
    let Some(found) = facts.imports.get(position).filter(|it| it.range.start() == import.start) else {
        return Target::Unknown;
    };
    let name = found.name_indices().start + import.position;
    let edges = graph.edges_of_import(file, position as u32);
    let Some(edge) = edges.iter().find(|edge| edge.name == name) else { return Target::Unknown };
    match edge.target {
        EdgeTarget::StandardLibrary => Target::StandardLibrary,
        EdgeTarget::ThirdParty => {
            let top_level = import.key.split('.').next().unwrap_or_default();
            Target::Elsewhere(Name::new(top_level))
        }
        EdgeTarget::Unresolved => Target::Unknown,
        EdgeTarget::Module { module, member_length: 0, .. } if import.binds_top_level => {
            let top = graph.index().ancestors(module).last().unwrap_or(module);
            if graph.index().name(top) == import.binds.as_str() {
                Target::Module(top)
            } else {
                Target::Below(module)
            }
        }
        EdgeTarget::Module { module, member_length: 0, .. } => Target::Module(module),
        EdgeTarget::Module { module, .. } if import.is_star => Target::Module(module),
        EdgeTarget::Module { module, .. } => match graph.member(edge, facts) {
            Some(member) => Target::Symbol(module, Name::new(member.split('.').next().unwrap_or_default())),
            None => Target::Unknown,
        },
    }
}

/// What attributes of a module lead to: the module, the name of it that is read, and whether something of that is read, too.
pub(crate) fn walk(
    index: &ModuleIndex,
    module: ModuleId,
    attributes: &[Name],
) -> (ModuleId, Option<(Name, bool)>) {
    let mut here = module;
    for (position, attribute) in attributes.iter().enumerate() {
        let below = format!("{}.{attribute}", index.name(here));
        match index.get(&below) {
            Some(next) => here = next,
            None => return (here, Some((attribute.clone(), position + 1 < attributes.len()))),
        }
    }
    (here, None)
}

/// What a string names: a module of the project, and the name in it.
pub(crate) fn named(index: &ModuleIndex, word: &str) -> Option<(ModuleId, Option<Name>)> {
    let dots = word.match_indices('.').map(|(dot, _)| dot);
    let ends: Vec<usize> = dots.chain([word.len()]).collect();
    let (module, end) = ends.iter().rev().find_map(|end| Some((index.get(word.get(..*end)?)?, *end)))?;
    let rest = word.get(end + 1..).unwrap_or_default();
    let first = rest.split('.').next().filter(|first| !first.is_empty());
    Some((module, first.map(Name::new)))
}
