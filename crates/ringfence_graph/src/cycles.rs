//! Cycles in any directed graph whose nodes are numbers. Nothing here recurses: a graph may be one long path.
//!
//! Tarjan's algorithm is kept by hand: it is iterative, asks a filter which nodes lead on, and works on the compressed graph as it is.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::Digraph;

/// The parts of a graph in which every node leads to every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condensation {
    /// By node: the number of its part. An edge between parts leads to the lower number.
    pub part_of: Vec<u32>,
    /// How many parts there are.
    pub parts: usize,
}

impl Digraph {
    /// The largest sets of more than one node in which every node leads to every other; each ascending, by their first
    /// nodes. Any two nodes of one cycle are in one set. O(nodes + edges), by Tarjan's algorithm.
    pub fn strong_components(&self) -> Vec<Vec<u32>> {
        let mut components = Vec::new();
        self.visit_components(
            |_| true,
            |component| {
                if component.len() > 1 {
                    let mut component = component.to_vec();
                    component.sort_unstable();
                    components.push(component);
                }
            },
        );
        components.sort_unstable();
        components
    }

    /// The parts in which every node leads to every other, over edges from nodes that can be `passed` alone. O(nodes + edges).
    pub fn condense(&self, passed: impl Fn(u32) -> bool) -> Condensation {
        let mut part_of = vec![0; self.len()];
        let mut parts = 0;
        self.visit_components(passed, |component| {
            for node in component {
                part_of[*node as usize] = parts as u32;
            }
            parts += 1;
        });
        Condensation { part_of, parts }
    }

    /// Hands over the nodes of each component, those that it leads to before it.
    fn visit_components(&self, passed: impl Fn(u32) -> bool, mut found: impl FnMut(&[u32])) {
        const UNSEEN: u32 = u32::MAX;
        /// The component of the node is known.
        const DONE: u32 = u32::MAX - 1;
        // By node: when it was met, lowered to the earliest node that it leads back to.
        let mut low = vec![UNSEEN; self.len()];
        let mut met = 0;
        // Nodes whose component is not known yet, in the order in which they were met.
        let mut open: Vec<u32> = Vec::new();
        // The path to the node at hand, each with when it was met and how many of its successors have been followed.
        let mut path: Vec<(u32, u32, usize)> = Vec::new();
        for root in 0..self.len() as u32 {
            if low[root as usize] != UNSEEN {
                continue;
            }
            path.push((root, met, 0));
            while let Some((node, since, followed)) = path.last_mut() {
                let (node, since) = (*node, *since);
                if *followed == 0 && low[node as usize] == UNSEEN {
                    low[node as usize] = since;
                    met += 1;
                    open.push(node);
                }
                let successors = if passed(node) { self.successors(node) } else { &[] };
                if let Some(&next) = successors.get(*followed) {
                    *followed += 1;
                    match low[next as usize] {
                        UNSEEN => path.push((next, met, 0)),
                        DONE => {}
                        earlier => low[node as usize] = low[node as usize].min(earlier),
                    }
                    continue;
                }
                path.pop();
                let earliest = low[node as usize];
                if let Some((parent, ..)) = path.last() {
                    low[*parent as usize] = low[*parent as usize].min(earliest);
                }
                if earliest == since {
                    let start = open.iter().rposition(|other| *other == node).unwrap_or_default();
                    for member in &open[start..] {
                        low[*member as usize] = DONE;
                    }
                    found(&open[start..]);
                    open.truncate(start);
                }
            }
        }
    }
}

/// A shortest cycle through `start`: its nodes in order from `start`, which is not repeated at the end. One node that
/// leads to itself is none. O(nodes + edges that are reached).
///
/// `successors` is asked once for each node that is reached, in order of their distance, and may leave out nodes that it
/// has named before; `closes` says whether an edge leads from a node back to `start`.
pub fn shortest_cycle<I: IntoIterator<Item = u32>>(
    start: u32,
    mut successors: impl FnMut(u32) -> I,
    closes: impl Fn(u32) -> bool,
) -> Option<Vec<u32>> {
    let mut reached_from: FxHashMap<u32, u32> = FxHashMap::default();
    reached_from.insert(start, start);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        if node != start && closes(node) {
            let mut cycle = vec![node];
            let mut at = node;
            while let Some(&before) = reached_from.get(&at).filter(|_| at != start) {
                cycle.push(before);
                at = before;
            }
            cycle.reverse();
            return Some(cycle);
        }
        for next in successors(node) {
            reached_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                node
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn cycle(graph: &Digraph, start: u32) -> Option<Vec<u32>> {
        shortest_cycle(
            start,
            |node| graph.successors(node).iter().copied(),
            |node| graph.has_edge(node, start),
        )
    }

    #[test]
    fn components_are_found_in_order() {
        for (edges, components) in [
            (vec![], vec![]),
            (vec![(0, 0), (0, 1)], vec![]),
            (vec![(1, 0), (0, 1)], vec![vec![0, 1]]),
            (vec![(5, 4), (4, 5), (4, 1), (1, 0), (0, 1)], vec![vec![0, 1], vec![4, 5]]),
            (vec![(0, 2), (2, 4), (4, 0), (2, 3), (3, 2), (4, 5)], vec![vec![0, 2, 3, 4]]),
            (vec![(0, 1), (0, 2), (1, 3), (2, 3)], vec![]),
            // Not there.
            (vec![(0, 7), (7, 0)], vec![]),
        ] {
            assert_eq!(Digraph::new(6, edges.clone()).strong_components(), components, "{edges:?}");
        }
    }

    #[test]
    fn of_several_cycles_a_shortest_is_found() {
        let graph = Digraph::new(6, vec![(0, 1), (1, 2), (2, 0), (1, 3), (3, 1), (2, 2), (4, 5)]);
        assert_eq!(cycle(&graph, 0), Some(vec![0, 1, 2]));
        assert_eq!(cycle(&graph, 1), Some(vec![1, 3]));
        assert_eq!(cycle(&graph, 2), Some(vec![2, 0, 1]));
        assert_eq!(cycle(&graph, 4), None);
        assert_eq!(cycle(&graph, 9), None);
    }

    #[test]
    fn a_long_path_needs_no_deep_stack() {
        let nodes = 200_000;
        let mut edges: Vec<(u32, u32)> = (0..nodes - 1).map(|node| (node, node + 1)).collect();
        assert_eq!(Digraph::new(nodes as usize, edges.clone()).strong_components(), Vec::<Vec<u32>>::new());
        edges.push((nodes - 1, 0));
        let graph = Digraph::new(nodes as usize, edges);
        let all: Vec<u32> = (0..nodes).collect();
        assert_eq!(graph.strong_components(), std::slice::from_ref(&all));
        assert_eq!(cycle(&graph, 0), Some(all));
    }

    const NODES: usize = 9;

    /// By node and node: the length of a shortest path of at least one edge.
    fn distances(edges: &[(u32, u32)]) -> [[Option<usize>; NODES]; NODES] {
        let mut distances = [[None; NODES]; NODES];
        for (from, to) in edges {
            distances[*from as usize][*to as usize] = Some(1);
        }
        for via in 0..NODES {
            for from in 0..NODES {
                for to in 0..NODES {
                    if let (Some(first), Some(second)) = (distances[from][via], distances[via][to])
                        && distances[from][to].is_none_or(|known| first + second < known)
                    {
                        distances[from][to] = Some(first + second);
                    }
                }
            }
        }
        distances
    }

    proptest! {
        #[test]
        fn as_a_table_of_all_distances_says(edges in vec((0..NODES as u32, 0..NODES as u32), 0..24)) {
            let graph = Digraph::new(NODES, edges.clone());
            let without_loops: Vec<(u32, u32)> = edges.iter().copied().filter(|(from, to)| from != to).collect();
            let distances = distances(&without_loops);
            let mut expected: Vec<Vec<u32>> = Vec::new();
            for (node, row) in distances.iter().enumerate() {
                let together = |other: &usize| row[*other].is_some() && distances[*other][node].is_some();
                let component: Vec<u32> = (0..NODES).filter(together).map(|other| other as u32).collect();
                if !component.is_empty() && !expected.contains(&component) {
                    expected.push(component);
                }
            }
            prop_assert_eq!(graph.strong_components(), expected);
            for (node, row) in distances.iter().enumerate() {
                let found = cycle(&graph, node as u32);
                prop_assert_eq!(found.as_ref().map(Vec::len), row[node]);
                let Some(found) = found else { continue };
                prop_assert_eq!(found[0] as usize, node);
                let next = found.iter().cycle().skip(1);
                prop_assert!(found.iter().zip(next).all(|(from, to)| graph.has_edge(*from, *to)));
            }
        }
    }
}
