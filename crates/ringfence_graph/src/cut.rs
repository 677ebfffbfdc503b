//! The cheapest edges to take away so that one node no longer leads to another, where some edges have to stay.
//!
//! Beside [`disjoint_chains`](crate::disjoint_chains), in which every edge can go and costs the same.

use std::collections::VecDeque;

/// An edge, and what it costs to take it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutEdge {
    pub from: u32,
    pub to: u32,
    /// Nothing where it has to stay.
    pub cost: Option<u32>,
}

/// More than all costs together.
const STAYS: u64 = u64::MAX / 4;

/// The cheapest edges to take away, by their positions, ascending: of several such sets the one nearest to the target. Nothing where edges
/// that have to stay lead there. By Dinic's algorithm: O(nodes^2 x edges) at worst.
pub fn cheapest_cut(nodes: usize, edges: &[CutEdge], source: u32, target: u32) -> Option<Vec<usize>> {
    let mut network = Network::new(nodes, edges);
    if source == target {
        return None;
    }
    while network.level(source, target) {
        if !network.block(source, target) {
            return None;
        }
    }
    let beyond = network.leading_to(target);
    let is_cut = |edge: &CutEdge| !beyond[edge.from as usize] && beyond[edge.to as usize];
    Some((0..edges.len()).filter(|position| is_cut(&edges[*position])).collect())
}

/// Arcs in pairs: an edge and its way back.
struct Network {
    to: Vec<u32>,
    left: Vec<u64>,
    of_node: Vec<Vec<u32>>,
    levels: Vec<u32>,
    tried: Vec<usize>,
}

impl Network {
    fn new(nodes: usize, edges: &[CutEdge]) -> Self {
        let mut network = Self {
            to: Vec::with_capacity(edges.len() * 2),
            left: Vec::with_capacity(edges.len() * 2),
            of_node: vec![Vec::new(); nodes],
            levels: Vec::new(),
            tried: Vec::new(),
        };
        for CutEdge { from, to, cost } in edges {
            let arc = network.to.len() as u32;
            network.to.extend([*to, *from]);
            network.left.extend([cost.map_or(STAYS, u64::from), 0]);
            network.of_node[*from as usize].push(arc);
            network.of_node[*to as usize].push(arc + 1);
        }
        network
    }

    /// Finds how far every node is from the source over what is left. Whether the target is reached.
    fn level(&mut self, source: u32, target: u32) -> bool {
        self.levels = vec![u32::MAX; self.of_node.len()];
        self.tried = vec![0; self.of_node.len()];
        self.levels[source as usize] = 0;
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for arc in &self.of_node[node as usize] {
                let next = self.to[*arc as usize] as usize;
                if self.left[*arc as usize] > 0 && self.levels[next] == u32::MAX {
                    self.levels[next] = self.levels[node as usize] + 1;
                    queue.push_back(next as u32);
                }
            }
        }
        self.levels[target as usize] != u32::MAX
    }

    /// Uses up every shortest way. Whether each has an edge that can go.
    fn block(&mut self, source: u32, target: u32) -> bool {
        let mut way: Vec<u32> = Vec::new();
        let mut at = source;
        loop {
            if at == target {
                let least = way.iter().map(|arc| self.left[*arc as usize]).min().unwrap_or(STAYS);
                if least >= STAYS / 2 {
                    return false;
                }
                for arc in way.drain(..) {
                    self.left[arc as usize] -= least;
                    self.left[arc as usize ^ 1] += least;
                }
                at = source;
                continue;
            }
            let next = self.of_node[at as usize].get(self.tried[at as usize]).copied();
            match next {
                Some(arc) => {
                    let to = self.to[arc as usize];
                    let leads_on = self.levels[to as usize] == self.levels[at as usize].saturating_add(1);
                    if self.left[arc as usize] > 0 && leads_on {
                        way.push(arc);
                        at = to;
                    } else {
                        self.tried[at as usize] += 1;
                    }
                }
                None => match way.pop() {
                    // It leads nowhere: the next time another is tried.
                    Some(arc) => {
                        at = self.to[arc as usize ^ 1];
                        self.tried[at as usize] += 1;
                    }
                    None => return true,
                },
            }
        }
    }

    /// The nodes from which what is left leads to the target.
    fn leading_to(&self, target: u32) -> Vec<bool> {
        let mut leading = vec![false; self.of_node.len()];
        leading[target as usize] = true;
        let mut stack = vec![target];
        while let Some(node) = stack.pop() {
            for arc in &self.of_node[node as usize] {
                // The arc back of one that leads here.
                let from = self.to[*arc as usize] as usize;
                if self.left[*arc as usize ^ 1] > 0 && !leading[from] {
                    leading[from] = true;
                    stack.push(from as u32);
                }
            }
        }
        leading
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option::weighted;
    use proptest::prelude::*;

    use super::*;

    const NODES: usize = 6;

    fn leads(edges: &[CutEdge], is_there: impl Fn(usize) -> bool) -> bool {
        let mut seen = [false; NODES];
        let mut stack = vec![0];
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                let there = edges.iter().enumerate().filter(|(position, _)| is_there(*position));
                stack.extend(there.filter(|(_, edge)| edge.from == node).map(|(_, edge)| edge.to));
            }
        }
        seen[NODES - 1]
    }

    /// The cost of a cheapest cut, by trying all sets of edges.
    fn cheapest(edges: &[CutEdge]) -> Option<u32> {
        let costs = (0..1_u32 << edges.len()).filter_map(|set| {
            let is_gone = |position: usize| set & (1 << position) != 0;
            let gone = edges.iter().enumerate().filter(|(position, _)| is_gone(*position));
            let cost = gone.map(|(_, edge)| edge.cost).sum::<Option<u32>>()?;
            (!leads(edges, |position| !is_gone(position))).then_some(cost)
        });
        costs.min()
    }

    proptest! {
        #[test]
        fn as_all_sets_of_edges_say(
            edges in vec((0..NODES as u32, 0..NODES as u32, weighted(0.7, 1..4_u32)), 0..12),
        ) {
            let edges: Vec<CutEdge> =
                edges.into_iter().map(|(from, to, cost)| CutEdge { from, to, cost }).collect();
            let cut = cheapest_cut(NODES, &edges, 0, NODES as u32 - 1);
            let cost = cut.as_ref().map(|cut| cut.iter().filter_map(|it| edges[*it].cost).sum::<u32>());
            prop_assert_eq!(cost, cheapest(&edges));
            if let Some(cut) = cut {
                prop_assert!(cut.iter().all(|position| edges[*position].cost.is_some()));
                prop_assert!(!leads(&edges, |position| !cut.contains(&position)));
            }
        }
    }
}
