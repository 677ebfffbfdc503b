//! Endpoints that a contract keeps apart: which of them reach which they must not, over modules that belong to none of them.

use std::cmp::Reverse;

use fixedbitset::FixedBitSet;
use ringfence_diagnostics::Span;
use ringfence_graph::{Digraph, Reachability, distances, shortest_chain};

use super::chains::{Chain, Chains, MARKS_A_PASS, MOST_NOTED, Marked, ViolationKind, join_endpoints, union};
use super::contract_graph::Endpoint;
use super::scope::{Checked, Scope};
use crate::Site;

/// Endpoints that are kept apart.
struct Separation<'a> {
    endpoints: &'a [Endpoint],
    /// By node: the innermost endpoint that it belongs to.
    group: Vec<Option<u32>>,
}

/// Which of these endpoints, which stand at these places of the config, lie in others or reach others that they must not.
/// `forbids` gets their positions.
pub(crate) fn check(
    scope: &Scope,
    endpoints: Vec<Endpoint>,
    places: &[Span],
    forbids: impl Fn(usize, usize) -> bool,
) -> Checked<ViolationKind> {
    let separation = Separation::new(&endpoints, scope.graph.len());
    let Chains { listed, unlisted, .. } = separation.chains(scope, &forbids);
    let nested = nested(&endpoints).into_iter().map(|(outer, inner)| {
        let violation = ViolationKind::Nested { outer: outer as u32, inner: inner as u32 };
        (Site::Place(places[inner]), violation)
    });
    let chains = listed.into_iter().filter_map(|chain| chain.at_first_import(scope));
    Checked {
        violations: nested.chain(chains).collect(),
        unlisted,
        constrained: separation.constrained(scope),
        would_break: separation.would_break(scope, forbids),
        endpoints,
        ..Checked::default()
    }
}

impl Checked<ViolationKind> {
    /// Adds what was found about more endpoints.
    pub(crate) fn append(&mut self, more: Self) {
        let Self { endpoints, violations, unlisted, reported_elsewhere, constrained, would_break, unseen } =
            more;
        self.unseen.append(unseen);
        let first = self.endpoints.len() as u32;
        self.violations.extend(violations.into_iter().map(|(site, violation)| {
            let moved = match violation {
                ViolationKind::Chain(Chain { from, to, nodes }) => {
                    ViolationKind::Chain(Chain { from: first + from, to: first + to, nodes })
                }
                ViolationKind::Nested { outer, inner } => {
                    ViolationKind::Nested { outer: first + outer, inner: first + inner }
                }
                unlisted @ ViolationKind::Unlisted { .. } => unlisted,
            };
            (site, moved)
        }));
        self.endpoints.extend(endpoints);
        self.unlisted += unlisted;
        self.reported_elsewhere += reported_elsewhere;
        self.constrained += constrained;
        self.would_break.resize(would_break.len(), false);
        for (known, more) in self.would_break.iter_mut().zip(would_break) {
            *known |= more;
        }
    }
}

impl<'a> Separation<'a> {
    fn new(endpoints: &'a [Endpoint], nodes: usize) -> Self {
        let mut group: Vec<Option<u32>> = vec![None; nodes];
        // Inner ones last, so that they stay.
        let mut order: Vec<usize> = (0..endpoints.len()).collect();
        order.sort_by_key(|number| Reverse(endpoints[*number].nodes.len()));
        for number in order {
            for node in endpoints[number].nodes.clone() {
                group[node as usize] = Some(number as u32);
            }
        }
        Self { endpoints, group }
    }

    /// Whether a chain may lead over a node.
    fn is_passed(&self, node: u32) -> bool {
        self.group[node as usize].is_none()
    }

    /// The nodes of an endpoint that are of no inner one.
    fn nodes(&self, endpoint: usize) -> impl Iterator<Item = u32> + '_ {
        let is_its_own = move |node: &u32| self.group[*node as usize] == Some(endpoint as u32);
        self.endpoints[endpoint].nodes.clone().filter(is_its_own)
    }

    /// How many imports lead from an endpoint or to one.
    fn constrained(&self, scope: &Scope) -> usize {
        scope.imports.count(|from, to| {
            let (from, to) = (self.group[from as usize], self.group[to as usize]);
            from != to && (from.is_some() || to.is_some())
        })
    }

    /// A shortest chain for each pair that `forbids` names: one pass over the graph for some thousands of endpoints, and one for
    /// each endpoint that is reached.
    fn chains(&self, scope: &Scope, forbids: impl Fn(usize, usize) -> bool) -> Chains {
        let graph = scope.digraph();
        let passed = |node| self.is_passed(node);
        let mut chains = Chains::default();
        // What is reached, and what reaches it.
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (chunk, targets) in self.endpoints.chunks(MARKS_A_PASS).enumerate() {
            let offset = chunk * MARKS_A_PASS;
            let reached = Reachability::new(graph, passed, targets.len(), |node, mark| {
                let number = self.group[node as usize].map(|number| number as usize);
                let number = number.and_then(|number| number.checked_sub(offset));
                if let Some(number) = number.filter(|number| *number < targets.len()) {
                    mark(number);
                }
            });
            for from in 0..self.endpoints.len() {
                let marks = self.reached_from(graph, &reached, targets.len(), from);
                let reaches = marks.ones().map(|number| number + offset);
                for to in reaches.filter(|to| from != *to && forbids(from, *to)) {
                    if pairs.len() < MOST_NOTED {
                        pairs.push((to as u32, from as u32));
                    } else {
                        chains.unlisted += 1;
                    }
                }
            }
        }
        pairs.sort_unstable();
        for of_target in pairs.chunk_by(|a, b| a.0 == b.0) {
            let Some((to, _)) = of_target.first().copied() else { continue };
            if chains.is_full() {
                chains.unlisted += of_target.len();
                continue;
            }
            let to = to as usize;
            let distances = distances(scope.imports.reversed(), self.nodes(to), passed);
            for (_, from) in of_target {
                let from = *from as usize;
                chains.note(from, to, || shortest_chain(graph, &distances, self.nodes(from), passed));
            }
        }
        chains
    }

    /// The marks that are reached over the imports of an endpoint.
    fn reached_from(
        &self,
        graph: &Digraph,
        reached: &Reachability,
        marks: usize,
        endpoint: usize,
    ) -> FixedBitSet {
        let next = self.nodes(endpoint).flat_map(|node| graph.successors(node)).copied();
        union(reached, next, marks)
    }

    /// By import that a comment takes away: whether it would lie on a chain that `forbids` names.
    fn would_break(&self, scope: &Scope, forbids: impl Fn(usize, usize) -> bool) -> Vec<bool> {
        scope.with_suppressed(|graph, suppressed| {
            let of_node: Vec<Vec<u32>> = self.group.iter().map(|it| it.iter().copied().collect()).collect();
            let all = Marked::new(self.endpoints.len(), &of_node);
            let passed = |node| self.is_passed(node);
            join_endpoints(graph, passed, suppressed, &all, &all, |from, to| from != to && forbids(from, to))
        })
    }
}

/// Endpoints that lie in others: the outer and the inner. O(n log n).
fn nested(endpoints: &[Endpoint]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> =
        (0..endpoints.len()).filter(|number| !endpoints[*number].nodes.is_empty()).collect();
    order.sort_by_key(|number| (endpoints[*number].nodes.start, Reverse(endpoints[*number].nodes.end)));
    let mut around: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for number in order {
        let start = endpoints[number].nodes.start;
        while around.last().is_some_and(|outer| !endpoints[*outer].contains(start)) {
            around.pop();
        }
        found.extend(around.last().map(|outer| (*outer, number)));
        around.push(number);
    }
    found
}
