//! Which modules lead back to themselves while they are loaded.
//!
//! Two graphs tell. One has what begins to run or is looked at in the middle of a module's body: its *circles* are where a module can be met
//! half loaded. The other has what an import runs before that, too, the `__init__` of each package around: its components say what may
//! run on the way from one member of a circle to another. What is in no such component cannot load any of it in turn.

use ringfence_graph::{Condensation, Digraph, Edge, ModuleId, ModuleKind, Target};
use ringfence_refactor::Codebase;
use ringfence_refactor::loads::WHILE_LOADED;
use ringfence_source::{EdgeKind, ImportContext, ImportForm, SourceKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Modules of which each leads to each other while it is loaded.
#[derive(Debug, Clone)]
pub(crate) struct Circle {
    /// Ascending, at least two.
    pub(crate) members: Vec<ModuleId>,
    /// Whether it takes an import in a function to close it.
    pub(crate) is_by_calls: bool,
}

/// Circles with all that may run between their members.
#[derive(Debug, Clone)]
pub(crate) struct Neighbourhood {
    pub(crate) circles: Vec<Circle>,
    /// All whose code may run, the packages around included. Ascending.
    pub(crate) modules: Vec<ModuleId>,
}

/// Where imports in functions are looked at, too, no more modules than these are followed: such imports connect nearly all of a large
/// project, and few of these functions are called while modules are loaded.
const MOST_BY_CALLS: usize = 400;

/// The circles of a project, by their neighbourhoods. O(imports).
pub(crate) fn neighbourhoods(codebase: &Codebase) -> Vec<Neighbourhood> {
    let (mut found, components) = circles(codebase, false);
    let (by_calls, _) = circles(codebase, true);
    // What is a circle without calls is one already.
    let known: FxHashSet<Vec<ModuleId>> = components.into_iter().collect();
    for mut neighbourhood in by_calls {
        if neighbourhood.modules.len() <= MOST_BY_CALLS {
            neighbourhood.circles.retain(|circle| !known.contains(&circle.members));
            if !neighbourhood.circles.is_empty() {
                found.push(neighbourhood);
            }
        }
    }
    found
}

/// The neighbourhoods, and the members of all circles in them.
fn circles(codebase: &Codebase, by_calls: bool) -> (Vec<Neighbourhood>, Vec<Vec<ModuleId>>) {
    let index = codebase.graph.index();
    let mut within: Vec<(u32, u32)> = Vec::new();
    let mut around: Vec<(u32, u32)> = Vec::new();
    for (id, module) in index.iter() {
        if let Some(parent) = module.parent {
            around.push((number(id), number(parent)));
        }
        for edge in edges_of(codebase, id).filter(|edge| runs(codebase, edge, by_calls)) {
            if let Target::Module { module: target, .. } = edge.target {
                around.push((number(id), number(target)));
                within.extend(met(codebase, id, target, edge).map(|met| (number(id), number(met))));
            }
        }
    }
    within.retain(|(from, to)| from != to);
    let components: Vec<Vec<ModuleId>> = Digraph::new(index.len(), within)
        .strong_components()
        .into_iter()
        .map(|component| component.into_iter().filter_map(|node| index.nth(node as usize)).collect())
        .collect();
    if components.is_empty() {
        return (Vec::new(), components);
    }
    let Condensation { part_of, .. } = Digraph::new(index.len(), around).condense(|_| true);
    let part = |id: ModuleId| part_of[id.index()];
    let mut by_part: FxHashMap<u32, usize> = FxHashMap::default();
    let mut found: Vec<Neighbourhood> = Vec::new();
    for members in &components {
        let Some(first) = members.first() else { continue };
        let position = *by_part.entry(part(*first)).or_insert_with(|| {
            found.push(Neighbourhood { circles: Vec::new(), modules: Vec::new() });
            found.len() - 1
        });
        found[position].circles.push(Circle { members: members.clone(), is_by_calls: by_calls });
    }
    for (id, _) in index.iter() {
        if let Some(position) = by_part.get(&part(id)) {
            found[*position].modules.extend(index.ancestors(id));
        }
    }
    for neighbourhood in &mut found {
        neighbourhood.modules.sort_unstable();
        neighbourhood.modules.dedup();
    }
    (found, components)
}

/// The imports in the code that runs for a module.
pub(crate) fn edges_of<'a>(
    codebase: &Codebase<'a>,
    module: ModuleId,
) -> impl Iterator<Item = &'a Edge> + use<'a> {
    let index = codebase.graph.index();
    let file = index.module(module).file.filter(|file| {
        let place = index.of_file(*file);
        place.is_some_and(|place| place.source != SourceKind::Stub && !place.shadowed)
            && index.module(module).kind != ModuleKind::Extension
    });
    file.map_or(&[][..], |file| codebase.graph.edges_of(file)).iter()
}

/// Whether an import may run while its module is loaded.
pub(crate) fn runs(codebase: &Codebase, edge: &Edge, by_calls: bool) -> bool {
    match edge.kind {
        EdgeKind::Typing => false,
        EdgeKind::Deferred | EdgeKind::Lazy => by_calls,
        EdgeKind::Dynamic => {
            let context = codebase.import(edge).map(|(_, import, _)| import.context);
            by_calls || context.is_some_and(|context| !context.intersects(ImportContext::FUNCTION))
        }
        kind => WHILE_LOADED.has(kind),
    }
}

/// What begins to run, or is looked at, where a module imports another.
///
/// The packages around the importer run before it. They are looked at only if something of them is named.
fn met(
    codebase: &Codebase,
    importer: ModuleId,
    target: ModuleId,
    edge: &Edge,
) -> impl Iterator<Item = ModuleId> {
    let index = codebase.graph.index();
    let is_from =
        codebase.import(edge).is_some_and(|(_, import, _)| matches!(import.form, ImportForm::From { .. }));
    let ancestors =
        index.ancestors(target).filter(move |id| *id == target || !is_from || !index.contains(*id, importer));
    ancestors.collect::<Vec<_>>().into_iter()
}

fn number(module: ModuleId) -> u32 {
    module.index() as u32
}
