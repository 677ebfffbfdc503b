//! Whether a name may leave its import statement.

use ringfence_graph::{Edge, Target};
use ringfence_source::ImportedName;

use crate::Codebase;
use crate::origin::Names;

/// Why it may make a difference to give a name of a statement another one: the two are carried out one after the other.
pub fn split_doubt(codebase: &Codebase, edge: &Edge) -> Option<String> {
    let (facts, import, imported) = codebase.import(edge)?;
    let bound =
        |imported: &ImportedName| facts.name(imported.alias.map_or(imported.name, |(alias, _)| alias));
    let mut others = facts.names_of(import).iter().filter(|other| other.range != imported.range);
    if others.any(|other| bound(other) == bound(imported)) {
        return Some(format!("the statement binds `{}` twice", bound(imported)));
    }
    let names = Names::certain(codebase);
    codebase.graph.edges_of(edge.file).iter().filter(|other| other.import == edge.import).find_map(|other| {
        let (_, _, name) = codebase.import(other).filter(|_| other.name != edge.name)?;
        let name = facts.name(name.name);
        let is_there = match other.target {
            Target::Module { module, missing: false, member_length: 1.. } => names.path(module, name).is_ok(),
            Target::Module { missing: false, member_length: 0, .. } => true,
            _ => false,
        };
        (!is_there).then(|| format!("it is not certain that the import of `{name}` beside it works"))
    })
}
