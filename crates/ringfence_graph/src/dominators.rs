//! Over which nodes every way leads.
//!
//! Kept by hand for the same reasons as the rest: it runs over the compressed graph as it is.

use crate::{Digraph, UNREACHED};

/// What every way from a start leads over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dominators {
    /// By node: the last node before it over which every way from the start leads; [`UNREACHED`] where none leads. Of the start,
    /// itself.
    pub immediate: Vec<u32>,
    /// The nodes that are reached, each after its immediate dominator.
    pub order: Vec<u32>,
}

impl Dominators {
    /// By the algorithm of Cooper, Harvey and Kennedy: O(nodes x edges) at worst, O(edges) times a small number in practice.
    pub fn new(graph: &Digraph, start: u32) -> Self {
        let order = reverse_postorder(graph, start);
        let mut number = vec![UNREACHED; graph.len()];
        for (position, node) in order.iter().enumerate() {
            number[*node as usize] = position as u32;
        }
        let reversed = graph.reversed();
        let mut immediate = vec![UNREACHED; graph.len()];
        if let Some(slot) = immediate.get_mut(start as usize) {
            *slot = start;
        }
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for node in order.iter().skip(1) {
                let known = reversed
                    .successors(*node)
                    .iter()
                    .copied()
                    .filter(|before| immediate[*before as usize] != UNREACHED);
                let new = known.reduce(|a, b| common(&immediate, &number, a, b));
                if let Some(new) = new.filter(|new| immediate[*node as usize] != *new) {
                    immediate[*node as usize] = new;
                    has_changed = true;
                }
            }
        }
        Self { immediate, order }
    }

    /// By node: how much is reached over it alone, itself included.
    pub fn weights(&self, weight: impl Fn(u32) -> usize) -> Vec<usize> {
        let mut weights = vec![0; self.immediate.len()];
        for node in self.order.iter().rev() {
            let node = *node as usize;
            weights[node] += weight(node as u32);
            let above = self.immediate[node] as usize;
            if above != node {
                weights[above] += weights[node];
            }
        }
        weights
    }
}

/// The last node over which all ways to both lead.
fn common(immediate: &[u32], number: &[u32], a: u32, b: u32) -> u32 {
    let (mut a, mut b) = (a, b);
    while a != b {
        while number[a as usize] > number[b as usize] {
            a = immediate[a as usize];
        }
        while number[b as usize] > number[a as usize] {
            b = immediate[b as usize];
        }
    }
    a
}

/// The nodes that a start reaches, each before what is reached over it alone.
fn reverse_postorder(graph: &Digraph, start: u32) -> Vec<u32> {
    let mut seen = vec![false; graph.len()];
    let mut order = Vec::new();
    let mut stack: Vec<(u32, usize)> = Vec::new();
    if let Some(slot) = seen.get_mut(start as usize) {
        *slot = true;
        stack.push((start, 0));
    }
    while let Some((node, tried)) = stack.last_mut() {
        if let Some(next) = graph.successors(*node).get(*tried) {
            *tried += 1;
            if !std::mem::replace(&mut seen[*next as usize], true) {
                stack.push((*next, 0));
            }
        } else {
            order.push(*node);
            stack.pop();
        }
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const NODES: usize = 8;

    fn reached(graph: &Digraph, without: Option<u32>) -> Vec<bool> {
        let mut seen = vec![false; NODES];
        let mut stack: Vec<u32> = Some(0).filter(|start| Some(*start) != without).into_iter().collect();
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                stack.extend(graph.successors(node).iter().filter(|next| Some(**next) != without));
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn as_taking_each_node_away_says(edges in vec((0..NODES as u32, 0..NODES as u32), 0..20)) {
            let graph = Digraph::new(NODES, edges);
            let dominators = Dominators::new(&graph, 0);
            let weights = dominators.weights(|_| 1);
            let all = reached(&graph, None);
            for node in 0..NODES as u32 {
                let left = reached(&graph, Some(node));
                let lost = (0..NODES).filter(|other| all[*other] && !left[*other]).count();
                prop_assert_eq!(weights[node as usize], lost);
                prop_assert_eq!(dominators.immediate[node as usize] != UNREACHED, all[node as usize]);
            }
        }
    }
}
