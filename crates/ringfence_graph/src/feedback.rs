//! Which edges of a graph have to go so that no cycle is left, and what they cost at least.
//!
//! That is the minimum feedback arc set, for which no quick way is known. Small graphs are solved exactly; for larger ones there are two
//! bounds, and whoever asks sees whether they meet.

use std::collections::VecDeque;

/// Graphs of as many nodes are solved exactly: O(2^nodes x nodes^2).
const MOST_EXACT: usize = 16;
/// How many steps a search for cycles that share nothing may take.
const MOST_STEPS: usize = 20_000_000;
/// Orders of as many nodes are improved one node at a time: O(nodes^2) a pass.
const MOST_SIFTED: usize = 2_500;
const MOST_PASSES: usize = 4;

/// An edge, and what it costs to take it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightedEdge {
    pub from: u32,
    pub to: u32,
    pub cost: u32,
}

/// Edges without which no cycle is left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback {
    /// By position, ascending.
    pub cut: Vec<usize>,
    /// What they cost together.
    pub cost: u64,
    /// What such edges cost at least: the same if there are none that cost less.
    pub at_least: u64,
}

/// Edges of low cost without which no cycle is left. The cost is the lowest that there is where there are at most 16 nodes; else it is
/// found by a greedy order (Eades, Lin and Smyth) that is improved node by node, and bounded from below by cycles that share no edge.
/// Loops are left out.
pub fn cheapest_feedback(nodes: usize, edges: &[WeightedEdge]) -> Feedback {
    if nodes <= MOST_EXACT {
        let order = exact_order(nodes, edges);
        let (cut, cost) = backward(&order, edges);
        return Feedback { cut, cost, at_least: cost };
    }
    let graph = Adjacency::new(nodes, edges);
    let mut order = greedy_order(&graph);
    if nodes <= MOST_SIFTED {
        sift(&graph, &mut order);
    }
    let (cut, cost) = backward(&order, edges);
    Feedback { cut, cost, at_least: disjoint_cycles(&graph, edges).min(cost) }
}

/// The edges that lead back in an order, and what they cost.
fn backward(order: &[u32], edges: &[WeightedEdge]) -> (Vec<usize>, u64) {
    let mut place = vec![0; order.len()];
    for (position, node) in order.iter().enumerate() {
        place[*node as usize] = position;
    }
    let leads_back = |edge: &WeightedEdge| place[edge.from as usize] > place[edge.to as usize];
    let cut: Vec<usize> = (0..edges.len()).filter(|position| leads_back(&edges[*position])).collect();
    let cost = cut.iter().map(|position| u64::from(edges[*position].cost)).sum();
    (cut, cost)
}

/// The best order, by what it costs at least to place each set of nodes first.
fn exact_order(nodes: usize, edges: &[WeightedEdge]) -> Vec<u32> {
    let mut costs = vec![vec![0_u64; nodes]; nodes];
    for edge in edges {
        costs[edge.from as usize][edge.to as usize] += u64::from(edge.cost);
    }
    let mut best = vec![u64::MAX; 1 << nodes];
    let mut last = vec![0_u8; 1 << nodes];
    best[0] = 0;
    for set in 0..best.len() {
        for next in (0..nodes).filter(|node| set & (1 << node) == 0) {
            let back: u64 =
                (0..nodes).filter(|node| set & (1 << node) != 0).map(|node| costs[next][node]).sum();
            let with = set | (1 << next);
            if best[set] + back < best[with] {
                best[with] = best[set] + back;
                last[with] = next as u8;
            }
        }
    }
    let mut order = Vec::with_capacity(nodes);
    let mut set = best.len() - 1;
    while set != 0 {
        let node = last[set];
        order.push(u32::from(node));
        set &= !(1 << node);
    }
    order.reverse();
    order
}

/// By node: the edges that lead out and in, with their costs and positions.
struct Adjacency {
    out: Vec<Vec<(u32, u64, usize)>>,
    into: Vec<Vec<(u32, u64, usize)>>,
}

impl Adjacency {
    fn new(nodes: usize, edges: &[WeightedEdge]) -> Self {
        let mut graph = Self { out: vec![Vec::new(); nodes], into: vec![Vec::new(); nodes] };
        for (position, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.from != edge.to) {
            graph.out[edge.from as usize].push((edge.to, u64::from(edge.cost), position));
            graph.into[edge.to as usize].push((edge.from, u64::from(edge.cost), position));
        }
        graph
    }

    fn len(&self) -> usize {
        self.out.len()
    }
}

/// Nodes that are not in an order yet, with what leads from and to them among these.
struct Left<'a> {
    graph: &'a Adjacency,
    waits: Vec<bool>,
    /// By node: how many edges lead out and in, and what they cost.
    out: Vec<(usize, u64)>,
    into: Vec<(usize, u64)>,
    /// Nodes of which fewer edges are left than before.
    changed: VecDeque<u32>,
}

impl<'a> Left<'a> {
    fn all(graph: &'a Adjacency) -> Self {
        let total =
            |edges: &Vec<(u32, u64, usize)>| (edges.len(), edges.iter().map(|(_, cost, _)| cost).sum());
        Self {
            graph,
            waits: vec![true; graph.len()],
            out: graph.out.iter().map(total).collect(),
            into: graph.into.iter().map(total).collect(),
            changed: (0..graph.len() as u32).collect(),
        }
    }

    fn take(&mut self, node: u32) {
        self.waits[node as usize] = false;
        for (other, cost, _) in &self.graph.out[node as usize] {
            let (count, sum) = &mut self.into[*other as usize];
            (*count, *sum) = (*count - 1, *sum - cost);
            self.changed.push_back(*other);
        }
        for (other, cost, _) in &self.graph.into[node as usize] {
            let (count, sum) = &mut self.out[*other as usize];
            (*count, *sum) = (*count - 1, *sum - cost);
            self.changed.push_back(*other);
        }
    }

    /// The node that gives most and takes least.
    fn best(&self) -> Option<u32> {
        let gain =
            |node: u32| self.out[node as usize].1.cast_signed() - self.into[node as usize].1.cast_signed();
        (0..self.graph.len() as u32)
            .filter(|node| self.waits[*node as usize])
            .max_by_key(|node| (gain(*node), std::cmp::Reverse(*node)))
    }
}

/// Nodes that nothing leads to first, nodes that lead nowhere last, and of the others the one first that gives most and takes least.
fn greedy_order(graph: &Adjacency) -> Vec<u32> {
    let mut left = Left::all(graph);
    let (mut first, mut last): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    loop {
        while let Some(node) = left.changed.pop_front() {
            if !left.waits[node as usize] {
                continue;
            }
            if left.out[node as usize].0 == 0 {
                last.push(node);
                left.take(node);
            } else if left.into[node as usize].0 == 0 {
                first.push(node);
                left.take(node);
            }
        }
        let Some(node) = left.best() else { break };
        first.push(node);
        left.take(node);
    }
    first.extend(last.into_iter().rev());
    first
}

/// Moves each node to where in the order it costs least, until nothing is won.
fn sift(graph: &Adjacency, order: &mut Vec<u32>) {
    for _ in 0..MOST_PASSES {
        let mut has_moved = false;
        for node in 0..graph.len() as u32 {
            let mut place = vec![0; order.len()];
            for (position, other) in order.iter().enumerate() {
                place[*other as usize] = position;
            }
            // What is won by moving it past each other node.
            let mut past = vec![0_i64; order.len()];
            for (other, cost, _) in &graph.out[node as usize] {
                past[place[*other as usize]] -= cost.cast_signed();
            }
            for (other, cost, _) in &graph.into[node as usize] {
                past[place[*other as usize]] += cost.cast_signed();
            }
            let at = place[node as usize];
            let (mut best, mut won) = (0, at);
            let mut sum = 0;
            for (position, gain) in past.iter().enumerate().skip(at + 1) {
                sum += gain;
                if sum > best {
                    (best, won) = (sum, position);
                }
            }
            sum = 0;
            for position in (0..at).rev() {
                sum -= past[position];
                if sum > best {
                    (best, won) = (sum, position);
                }
            }
            if won != at {
                order.remove(at);
                order.insert(won, node);
                has_moved = true;
            }
        }
        if !has_moved {
            return;
        }
    }
}

/// What cycles cost together of which each has its own share of every edge: each has to be cut.
fn disjoint_cycles(graph: &Adjacency, edges: &[WeightedEdge]) -> u64 {
    let mut left: Vec<u64> = edges.iter().map(|edge| u64::from(edge.cost)).collect();
    let mut total = 0;
    let mut steps = 0;
    let mut before: Vec<Option<(u32, usize)>> = vec![None; graph.len()];
    for start in 0..graph.len() as u32 {
        while let Some(cycle) = cycle_through(graph, start, &left, &mut before, &mut steps) {
            let least = cycle.iter().map(|edge| left[*edge]).min().unwrap_or_default();
            for edge in cycle {
                left[edge] -= least;
            }
            total += least;
        }
        if steps > MOST_STEPS {
            break;
        }
    }
    total
}

/// The edges of a shortest cycle through a node over what is left; nothing where the steps are used up.
fn cycle_through(
    graph: &Adjacency,
    start: u32,
    left: &[u64],
    before: &mut [Option<(u32, usize)>],
    steps: &mut usize,
) -> Option<Vec<usize>> {
    if *steps > MOST_STEPS {
        return None;
    }
    before.fill(None);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        *steps += graph.out[node as usize].len() + 1;
        for (next, _, edge) in graph.out[node as usize].iter().filter(|(_, _, edge)| left[*edge] > 0) {
            if *next == start {
                let mut cycle = vec![*edge];
                let mut at = node;
                while let Some((from, edge)) = before[at as usize].filter(|_| at != start) {
                    cycle.push(edge);
                    at = from;
                }
                return Some(cycle);
            }
            if before[*next as usize].is_none() {
                before[*next as usize] = Some((node, *edge));
                queue.push_back(*next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::Digraph;

    fn graph(nodes: u32, most_edges: usize) -> impl Strategy<Value = Vec<WeightedEdge>> {
        vec((0..nodes, 0..nodes, 1..5_u32), 0..most_edges).prop_map(|edges| {
            let mut edges: Vec<WeightedEdge> =
                edges.into_iter().map(|(from, to, cost)| WeightedEdge { from, to, cost }).collect();
            edges.sort_by_key(|edge| (edge.from, edge.to));
            edges.dedup_by_key(|edge| (edge.from, edge.to));
            edges
        })
    }

    fn has_cycle(nodes: usize, edges: &[WeightedEdge], cut: &[usize]) -> bool {
        let kept = edges.iter().enumerate().filter(|(position, _)| !cut.contains(position));
        let kept = kept.map(|(_, edge)| (edge.from, edge.to)).collect();
        !Digraph::new(nodes, kept).strong_components().is_empty()
    }

    proptest! {
        #[test]
        fn of_a_small_graph_no_cheaper_set_leaves_no_cycle(edges in graph(5, 9)) {
            let found = cheapest_feedback(5, &edges);
            prop_assert_eq!(found.cost, found.at_least);
            prop_assert!(!has_cycle(5, &edges, &found.cut));
            let cost = |set: &[usize]| set.iter().map(|edge| u64::from(edges[*edge].cost)).sum::<u64>();
            prop_assert_eq!(cost(&found.cut), found.cost);
            let sets = (0..1_u32 << edges.len()).map(|set| {
                (0..edges.len()).filter(|edge| set & (1 << edge) != 0).collect::<Vec<usize>>()
            });
            let best = sets.filter(|set| !has_cycle(5, &edges, set)).map(|set| cost(&set)).min();
            prop_assert_eq!(best, Some(found.cost));
        }

        #[test]
        fn of_a_larger_graph_both_bounds_hold(edges in graph(10, 30)) {
            let exact = cheapest_feedback(10, &edges);
            // The same graph, with nodes that nothing leads to.
            let bounded = cheapest_feedback(MOST_EXACT + 4, &edges);
            prop_assert!(!has_cycle(MOST_EXACT + 4, &edges, &bounded.cut));
            prop_assert!(bounded.at_least <= exact.cost && exact.cost <= bounded.cost);
        }
    }
}
