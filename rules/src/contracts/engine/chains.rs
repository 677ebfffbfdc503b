//! Chains of imports from one endpoint of a contract to another: shortest ones, no more than can be read.

use fixedbitset::FixedBitSet;
use ringfence_graph::{Digraph, MarkRows, Reachability, distances, shortest_chain};
use ringfence_policy::Contract;
use rustc_hash::FxHashMap;

use super::contract_graph::Endpoint;
use super::imports::Suppressed;
use super::scope::{Checked, Scope};
use crate::Site;

/// How many endpoints are asked about in one pass.
pub(super) const MARKS_A_PASS: usize = 4_096;

/// Chains are listed until they have more modules than this together. Thousands of modules may each reach thousands; of what is
/// left over the number is told.
pub(super) const MOST_NOTED: usize = 300_000;

/// A chain from one endpoint to another: positions in the endpoints of the contract, and nodes of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Chain {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) nodes: Vec<u32>,
}

/// Over what a chain may lead to break a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Over nothing: it is one import.
    Direct,
    /// Over any module.
    Anywhere,
    /// Over modules of none of the endpoints that the contract names.
    BetweenEndpoints,
}

/// What breaks a contract that forbids chains.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ViolationKind {
    /// One endpoint reaches another, which it must not.
    Chain(Chain),
    /// Two endpoints that the contract keeps apart are one inside the other: positions.
    Nested { outer: u32, inner: u32 },
    /// So many chains are not listed.
    Unlisted { count: usize },
}

impl ViolationKind {
    /// The positions of the endpoints that it is about.
    pub(crate) fn endpoints(&self) -> Option<(usize, usize)> {
        match self {
            Self::Chain(Chain { from, to, .. }) => Some((*from as usize, *to as usize)),
            Self::Nested { outer, inner } => Some((*outer as usize, *inner as usize)),
            Self::Unlisted { .. } => None,
        }
    }
}

impl Chain {
    /// The chain as a violation, which stands at its first import: what the import of its first module runs comes before.
    pub(crate) fn at_first_import(self, scope: &Scope) -> Option<(Site, ViolationKind)> {
        let edge = self.nodes.windows(2).find_map(|pair| scope.first_import(pair[0], pair[1]))?;
        Some((Site::of(edge), ViolationKind::Chain(self)))
    }
}

impl Checked<ViolationKind> {
    /// One more violation where not every chain is listed.
    pub(crate) fn with_unlisted(mut self, contract: &Contract) -> Self {
        if self.unlisted > 0 {
            let violation = ViolationKind::Unlisted { count: self.unlisted };
            self.violations.push((Site::Place(contract.name.span), violation));
        }
        self
    }
}

/// Chains up to the limit, and how many more there are.
#[derive(Default)]
pub(crate) struct Chains {
    pub(crate) listed: Vec<Chain>,
    pub(crate) unlisted: usize,
    modules: usize,
}

impl Chains {
    pub(super) fn is_full(&self) -> bool {
        self.modules >= MOST_NOTED
    }

    pub(super) fn note(&mut self, from: usize, to: usize, nodes: impl FnOnce() -> Option<Vec<u32>>) {
        if self.is_full() {
            self.unlisted += 1;
        } else if let Some(nodes) = nodes() {
            self.modules += nodes.len();
            self.listed.push(Chain { from: from as u32, to: to as u32, nodes });
        }
    }
}

/// Two lists of endpoints, of which one must not reach the other. All positions are those in the two lists.
pub(crate) struct Sides<'a> {
    sources: &'a [Endpoint],
    targets: &'a [Endpoint],
    is_source: Vec<Vec<u32>>,
    is_target: Vec<Vec<u32>>,
}

impl<'a> Sides<'a> {
    pub(crate) fn new(scope: &Scope, sources: &'a [Endpoint], targets: &'a [Endpoint]) -> Self {
        let cover = |endpoints| cover(endpoints, scope.graph.len());
        Self { sources, targets, is_source: cover(sources), is_target: cover(targets) }
    }

    pub(crate) fn is_source(&self, node: u32) -> bool {
        !self.is_source[node as usize].is_empty()
    }

    pub(crate) fn is_target(&self, node: u32) -> bool {
        !self.is_target[node as usize].is_empty()
    }

    /// For each source and target that `forbids` names, the first import from the one of the other.
    pub(crate) fn imports(&self, scope: &Scope, forbids: impl Fn(usize, usize) -> bool) -> Chains {
        let mut first: FxHashMap<(u32, u32), (u32, u32)> = FxHashMap::default();
        for (from, to) in scope.digraph().edges() {
            for source in &self.is_source[from as usize] {
                for target in &self.is_target[to as usize] {
                    if forbids(*source as usize, *target as usize) {
                        first.entry((*target, *source)).or_insert((from, to));
                    }
                }
            }
        }
        let mut pairs: Vec<_> = first.into_iter().collect();
        pairs.sort_unstable();
        let mut chains = Chains::default();
        for ((target, source), (from, to)) in pairs {
            chains.note(source as usize, target as usize, || Some(vec![from, to]));
        }
        chains
    }

    /// For each source and target that `forbids` names, a shortest chain from the one to the other. One pass over the graph for
    /// some thousands of targets, and one for each target that is reached.
    pub(crate) fn chains(&self, scope: &Scope, forbids: impl Fn(usize, usize) -> bool) -> Chains {
        let graph = scope.digraph();
        let mut chains = Chains::default();
        for (chunk, targets) in self.targets.chunks(MARKS_A_PASS).enumerate() {
            let offset = chunk * MARKS_A_PASS;
            let rows = reached_endpoints(graph, self.sources, targets);
            for (number, endpoint) in targets.iter().enumerate() {
                let target = offset + number;
                let reaches = |source: &usize| rows[*source].contains(number) && forbids(*source, target);
                let reaching: Vec<usize> = (0..self.sources.len()).filter(reaches).collect();
                if reaching.is_empty() || chains.is_full() {
                    chains.unlisted += reaching.len();
                    continue;
                }
                let distances = distances(scope.imports.reversed(), endpoint.nodes.clone(), |_| true);
                for source in reaching {
                    let starts = self.sources[source].nodes.clone();
                    chains.note(source, target, || shortest_chain(graph, &distances, starts, |_| true));
                }
            }
        }
        chains
    }

    /// By import that a comment takes away: whether it would lie on a chain, or be an import, that `forbids` names.
    pub(crate) fn would_break(
        &self,
        scope: &Scope,
        route: Route,
        forbids: impl Fn(usize, usize) -> bool,
    ) -> Vec<bool> {
        // Nothing leads any further where only direct imports count.
        let passed = |_| route != Route::Direct;
        let sources = Marked::new(self.sources.len(), &self.is_source);
        let targets = Marked::new(self.targets.len(), &self.is_target);
        scope.with_suppressed(|graph, suppressed| {
            join_endpoints(graph, passed, suppressed, &sources, &targets, forbids)
        })
    }
}

/// By node: the endpoints that stand for it.
pub(crate) fn cover(endpoints: &[Endpoint], nodes: usize) -> Vec<Vec<u32>> {
    let mut cover: Vec<Vec<u32>> = vec![Vec::new(); nodes];
    for (number, endpoint) in endpoints.iter().enumerate() {
        for node in endpoint.nodes.clone() {
            cover[node as usize].push(number as u32);
        }
    }
    cover
}

/// By source: the targets that are reached from it.
fn reached_endpoints(graph: &Digraph, sources: &[Endpoint], targets: &[Endpoint]) -> Vec<FixedBitSet> {
    let cover = cover(targets, graph.len());
    let marked = Marked::new(targets.len(), &cover);
    let reached = marked.reached(graph, |_| true, 0);
    let union = |source: &Endpoint| union(&reached, source.nodes.clone(), targets.len());
    sources.iter().map(union).collect()
}

/// The marks that are reached from any of the nodes.
pub(super) fn union(
    reached: &Reachability,
    nodes: impl IntoIterator<Item = u32>,
    marks: usize,
) -> FixedBitSet {
    let mut all = FixedBitSet::with_capacity(marks);
    for node in nodes {
        for (word, more) in all.as_mut_slice().iter_mut().zip(reached.from(node)) {
            *word |= more;
        }
    }
    all
}

/// Endpoints by number, and which of them stand for a node.
pub(super) struct Marked<'a> {
    count: usize,
    of_node: &'a [Vec<u32>],
}

impl<'a> Marked<'a> {
    pub(super) fn new(count: usize, of_node: &'a [Vec<u32>]) -> Self {
        Self { count, of_node }
    }

    /// Which endpoints of those from `first` on are reached from each node.
    fn reached(&self, graph: &Digraph, passed: impl Fn(u32) -> bool, first: usize) -> Reachability {
        let count = (self.count - first).min(MARKS_A_PASS);
        Reachability::new(graph, passed, count, |node, mark| {
            for endpoint in &self.of_node[node as usize] {
                if let Some(number) = (*endpoint as usize).checked_sub(first).filter(|number| *number < count)
                {
                    mark(number);
                }
            }
        })
    }
}

/// By import: whether an endpoint that leads to it and one to which it leads are a pair that `breaks`, over nodes that can be
/// passed. One pass over the graph for some thousands of endpoints, however many imports there are.
pub(super) fn join_endpoints(
    graph: &Digraph,
    passed: impl Fn(u32) -> bool + Copy,
    imports: &[Suppressed],
    starts: &Marked,
    goals: &Marked,
    breaks: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let reversed = graph.reversed();
    let mut found = vec![false; imports.len()];
    for first in (0..starts.count).step_by(MARKS_A_PASS) {
        let before = starts.reached(&reversed, passed, first);
        for other in (0..goals.count).step_by(MARKS_A_PASS) {
            let after = goals.reached(graph, passed, other);
            for (found, import) in found.iter_mut().zip(imports).filter(|(found, _)| !**found) {
                *found = MarkRows::marks(before.from(import.from)).any(|start| {
                    MarkRows::marks(after.from(import.to)).any(|goal| breaks(first + start, other + goal))
                });
            }
        }
    }
    found
}
