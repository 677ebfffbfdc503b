//! What one entry loads, and by which chain.

use std::collections::VecDeque;

use super::load_graph::{Load, LoadGraph, NO_IMPORT};

/// One step of a chain: who loads what, over which import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// The position of the import among those of the graph, or [`NO_IMPORT`].
    pub(crate) import: u32,
}

/// All that is loaded from one node.
pub(crate) struct Reached {
    /// By node: who loads it first; nothing for what is not loaded.
    by: Vec<Option<(u32, u32)>>,
    certain: Vec<bool>,
    /// In the order in which they are found: what is certain first, near before far.
    pub(crate) nodes: Vec<u32>,
}

impl Reached {
    /// All that is loaded from a start, over loads that `counts` lets pass. O(loads).
    pub(crate) fn new(graph: &LoadGraph, start: u32, counts: impl Fn(u32, &Load) -> bool) -> Self {
        let mut reached =
            Self { by: vec![None; graph.len()], certain: vec![false; graph.len()], nodes: vec![start] };
        reached.by[start as usize] = Some((start, NO_IMPORT));
        reached.certain[start as usize] = true;
        // What is certain is reached by certain loads only.
        reached.spread(graph, true, &counts);
        reached.spread(graph, false, &counts);
        reached
    }

    fn spread(&mut self, graph: &LoadGraph, certain: bool, counts: &impl Fn(u32, &Load) -> bool) {
        let mut queue: VecDeque<u32> = self.nodes.iter().copied().collect();
        while let Some(node) = queue.pop_front() {
            for load in graph.loads(node) {
                if (certain && !load.is_certain) || self.has(load.to) || !counts(node, load) {
                    continue;
                }
                self.by[load.to as usize] = Some((node, load.import));
                self.certain[load.to as usize] = certain;
                self.nodes.push(load.to);
                queue.push_back(load.to);
            }
        }
    }

    pub(crate) fn has(&self, node: u32) -> bool {
        self.by.get(node as usize).is_some_and(Option::is_some)
    }

    /// Whether a node is loaded in any case, as far as imports tell.
    pub(crate) fn is_certain(&self, node: u32) -> bool {
        self.certain.get(node as usize).copied().unwrap_or_default()
    }

    /// The steps from the start to a node; empty for the start itself.
    pub(crate) fn chain(&self, to: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = to;
        while let Some((from, import)) = self.by.get(at as usize).copied().flatten() {
            if from == at {
                break;
            }
            steps.push(Step { from, to: at, import });
            at = from;
        }
        steps.reverse();
        steps
    }
}
