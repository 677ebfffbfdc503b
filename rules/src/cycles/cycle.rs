//! The cycles in which boundary modules depend on each other, by what they import or declare.

use ringfence_graph::{Digraph, Edge, shortest_cycle};
use ringfence_policy::{Dependency, PeerGaps};
use ringfence_source::EdgeKind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{BoundaryId, Context, Crossing, RuleId, Site};

/// A shortest cycle through the first of some boundary modules that all depend on each other, directly or not.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Cycle {
    /// The first leads on from the first module, the last back to it.
    pub(crate) hops: Vec<Hop>,
    /// How many more modules depend on these, and these on them.
    pub(crate) others: usize,
    /// All of them.
    pub(crate) members: Vec<BoundaryId>,
    /// Whether it is one of declarations alone, which is reported where they are.
    is_declared: bool,
    /// The hop that takes least to cut: of those with the fewest imports, the first that is not declared, or the first.
    weakest: usize,
}

/// That one boundary module depends on another.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Hop {
    pub(crate) importer: BoundaryId,
    pub(crate) imported: BoundaryId,
    /// The entry of the importer's `depends-on` that says so.
    pub(crate) entry: Option<u32>,
    /// The imported names that say so, as positions in the graph's edges: first those that are imported while a module
    /// is loaded, then by file and place.
    names: Vec<u32>,
    /// How many imports these names belong to.
    pub(crate) imports: usize,
    /// Whether there are imports of kinds that are not looked at.
    pub(crate) has_overlooked: bool,
}

impl Cycle {
    pub(crate) fn weakest(&self) -> &Hop {
        &self.hops[self.weakest]
    }

    pub(crate) fn is_declared(&self) -> bool {
        self.is_declared
    }

    /// Where the weakest hop is: its first import, or its entry where nothing is imported.
    pub(crate) fn site(&self, context: &Context) -> Option<Site> {
        let hop = self.weakest();
        let entry = || Some(Site::Place(hop.entry(context)?.entry));
        if self.is_declared {
            return entry();
        }
        hop.edges(context).next().map(Site::of).or_else(entry)
    }
}

impl Hop {
    /// The imported names that say so.
    pub(crate) fn edges<'a>(&self, context: &Context<'a>) -> impl Iterator<Item = &'a Edge> + use<'a, '_> {
        let edges = context.graph.edges();
        self.names.iter().filter_map(move |position| edges.get(*position as usize))
    }

    /// The entry of the importer's `depends-on` that says so.
    pub(crate) fn entry<'a>(&self, context: &Context<'a>) -> Option<&'a Dependency> {
        context.declaration(self.importer).depends_on.as_ref()?.value.get(self.entry? as usize)
    }
}

/// One cycle for each set of boundary modules that all depend on each other, in the order of their first modules.
/// O(n log n) in the number of boundary modules, of imports, and of modules that are declared.
pub(crate) fn cycles(context: &Context, rule: RuleId) -> Vec<Cycle> {
    let modules = context.boundaries.iter().count();
    // Where only declarations make a cycle that fails the run, these come first.
    let mut in_declared: FxHashSet<u32> = FxHashSet::default();
    let mut cycles: Vec<Cycle> = Vec::new();
    if context.policy.dialect.peer_gaps.contains(PeerGaps::UNDECLARED_CYCLES) {
        let graph = declarations_by_name(context, modules);
        for component in graph.strong_components() {
            let found = cycle_in(context, &graph, &component, modules as u32);
            cycles.extend(found.map(|cycle| Cycle { is_declared: true, ..cycle }));
            in_declared.extend(component);
        }
    }
    let graph = dependencies(context, rule, modules as u32);
    let components = graph.strong_components();
    let components = components.iter().filter(|it| it.iter().all(|node| !in_declared.contains(node)));
    cycles.extend(components.filter_map(|component| cycle_in(context, &graph, component, modules as u32)));
    if !cycles.is_empty() {
        add_imports(context, rule, &mut cycles);
    }
    cycles
}

/// Boundary modules, and the entries of `depends-on` that name them without a wildcard.
fn declarations_by_name(context: &Context, modules: usize) -> Digraph {
    let index = context.graph.index();
    let mut edges: Vec<(u32, u32)> = Vec::new();
    for (id, _) in context.boundaries.iter() {
        let listed = context.declaration(id).depends_on.iter().flat_map(|list| &list.value);
        let named =
            listed.filter_map(|entry| context.boundaries.at(index.get(entry.pattern.value.exact()?)?));
        edges.extend(
            named.filter(|named| *named != id).map(|named| (id.index() as u32, named.index() as u32)),
        );
    }
    Digraph::new(modules, edges)
}

/// The boundary modules, and after them the declarations: what a declaration lists is one set of edges, however many
/// modules it stands for.
fn dependencies(context: &Context, rule: RuleId, modules: u32) -> Digraph {
    let declarations = context.policy.modules.len();
    let mut edges: Vec<(u32, u32)> = Vec::new();
    for (id, boundary) in context.boundaries.iter() {
        edges.push((id.index() as u32, modules + boundary.declaration as u32));
    }
    for declaration in 0..declarations {
        let listed = context.boundaries.dependencies(declaration);
        edges.extend(listed.map(|imported| (modules + declaration as u32, imported.index() as u32)));
    }
    for edge in context.graph.edges() {
        if context.kinds.may_matter(edge.kind)
            && let Some((importer, imported)) = between(context, edge)
            && context.judges(rule, edge)
        {
            let pair = (importer.index() as u32, imported.index() as u32);
            // What one file takes from one module often stands together.
            if edges.last() != Some(&pair) {
                edges.push(pair);
            }
        }
    }
    Digraph::new(modules as usize + declarations, edges)
}

/// From which boundary module to which other an edge leads.
fn between(context: &Context, edge: &Edge) -> Option<(BoundaryId, BoundaryId)> {
    let Crossing { importer, imported, .. } = context.crossing_of(edge)?;
    Some((importer?, imported))
}

fn cycle_in(context: &Context, graph: &Digraph, component: &[u32], modules: u32) -> Option<Cycle> {
    let is_module = |node: &u32| *node < modules;
    let count = component.partition_point(is_module);
    let start = *component.first().filter(|_| count > 1)?;
    let declares = |importer: u32, imported: u32| {
        let boundary = |node: u32| context.boundaries.nth(node as usize);
        context.boundaries.dependency(boundary(importer)?, boundary(imported)?)
    };
    let mut declarations: FxHashSet<u32> = FxHashSet::default();
    let successors = |module: u32| {
        let mut all: Vec<u32> = Vec::new();
        for next in graph.successors(module) {
            if is_module(next) {
                all.push(*next);
            } else if declarations.insert(*next) {
                all.extend(graph.successors(*next));
            }
        }
        all.retain(|next| component.binary_search(next).is_ok());
        all
    };
    let closes = |module| graph.has_edge(module, start) || declares(module, start).is_some();
    let cycle = shortest_cycle(start, successors, closes)?;
    let next = cycle.iter().cycle().skip(1);
    let hops = cycle.iter().zip(next).filter_map(|(importer, imported)| {
        Some(Hop {
            importer: context.boundaries.nth(*importer as usize)?,
            imported: context.boundaries.nth(*imported as usize)?,
            entry: declares(*importer, *imported),
            names: Vec::new(),
            imports: 0,
            has_overlooked: false,
        })
    });
    let members = component[..count].iter().filter_map(|node| context.boundaries.nth(*node as usize));
    Some(Cycle {
        hops: hops.collect(),
        others: count - cycle.len(),
        members: members.collect(),
        is_declared: false,
        weakest: 0,
    })
}

/// Finds the imports behind each hop.
fn add_imports(context: &Context, rule: RuleId, cycles: &mut [Cycle]) {
    // A module is in one cycle at most, and leads to one other there.
    let mut hops: FxHashMap<BoundaryId, &mut Hop> = FxHashMap::default();
    for cycle in &mut *cycles {
        hops.extend(cycle.hops.iter_mut().map(|hop| (hop.importer, hop)));
    }
    let edges = context.graph.edges();
    for (position, edge) in edges.iter().enumerate() {
        if let Some((importer, imported)) = between(context, edge)
            && let Some(hop) = hops.get_mut(&importer).filter(|hop| hop.imported == imported)
        {
            if context.judges(rule, edge) {
                hop.names.push(position as u32);
            } else {
                hop.has_overlooked = true;
            }
        }
    }
    for cycle in cycles {
        for hop in &mut cycle.hops {
            let import = |position: &u32| edges.get(*position as usize).map(|edge| (edge.file, edge.import));
            hop.imports = hop.names.chunk_by(|a, b| import(a) == import(b)).count();
            let is_late = |position: &u32| {
                edges.get(*position as usize).is_none_or(|edge| edge.kind != EdgeKind::Runtime)
            };
            hop.names.sort_by_key(is_late);
        }
        let weakest = cycle.hops.iter().enumerate().min_by_key(|(_, hop)| (hop.imports, hop.entry.is_some()));
        cycle.weakest = weakest.map_or(0, |(position, _)| position);
    }
}
