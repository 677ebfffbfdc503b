//! The cycles between boundary modules and between files, and what it takes to cut them.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_graph::{Digraph, WeightedEdge, cheapest_feedback, shortest_cycle};
use ringfence_source::EdgeKind;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::imports::Import;
use super::modules::{Modules, Names};

/// How many edges searches for a shortest cycle may follow, in one set of modules.
const MOST_STEPS: usize = 20_000_000;

/// Modules that all lead to each other.
#[derive(Serialize)]
pub(crate) struct Cycle {
    /// `boundaries` or `modules`.
    level: &'static str,
    members: Vec<u32>,
    /// How many imports lead from one to another.
    imports: usize,
    /// A shortest cycle among them; the last leads to the first.
    shortest: Vec<u32>,
    /// Whether a cycle through every member was looked for.
    is_shortest: bool,
    cut: Cut,
}

/// What to change so that none is left.
#[derive(Serialize)]
struct Cut {
    /// From, to, and how many statements.
    edges: Vec<(u32, u32, u32)>,
    /// How many statements all together, and how many it takes at least.
    statements: u64,
    at_least: u64,
}

/// What is behind an edge.
#[derive(Default)]
struct Behind {
    /// By file and line.
    statements: BTreeSet<(u32, u32)>,
    /// How many imported names.
    imports: usize,
}

/// Those of boundary modules by all imports that make them depend on each other; those of files by what runs while they are loaded. The
/// largest first.
pub(super) fn find(imports: &[Import], modules: &Modules, names: &Names) -> Vec<Cycle> {
    let mut cycles = Vec::new();
    let matters = |import: &&Import| !matches!(import.kind, EdgeKind::Typing | EdgeKind::Dynamic);
    let between = imports.iter().filter(matters).filter_map(|import| {
        let owner = |module: u32| u32::try_from(modules.owner[module as usize]).ok();
        Some((owner(import.from)?, owner(import.to)?, import))
    });
    add(&mut cycles, "boundaries", names.len(), between);
    let at_load = |import: &&Import| {
        matches!(import.kind, EdgeKind::Runtime | EdgeKind::Optional | EdgeKind::Conditional)
    };
    let files = imports.iter().filter(at_load).map(|import| (import.from, import.to, import));
    add(&mut cycles, "modules", names.len(), files);
    cycles
}

fn add<'a>(
    cycles: &mut Vec<Cycle>,
    level: &'static str,
    nodes: usize,
    imports: impl Iterator<Item = (u32, u32, &'a Import)>,
) {
    let mut edges: FxHashMap<(u32, u32), Behind> = FxHashMap::default();
    for (from, to, import) in imports.filter(|(from, to, _)| from != to) {
        let behind = edges.entry((from, to)).or_default();
        behind.statements.insert((import.file, import.line));
        behind.imports += 1;
    }
    let graph = Digraph::new(nodes, edges.keys().copied().collect());
    let mut found: Vec<Cycle> = graph
        .strong_components()
        .into_iter()
        .map(|members| {
            let numbers: BTreeMap<u32, u32> = members.iter().copied().zip(0..).collect();
            let mut within: Vec<WeightedEdge> = Vec::new();
            let mut count = 0;
            for (from, node) in &numbers {
                for next in graph.successors(*from) {
                    if let (Some(to), Some(behind)) = (numbers.get(next), edges.get(&(*from, *next))) {
                        let cost = behind.statements.len() as u32;
                        within.push(WeightedEdge { from: *node, to: *to, cost });
                        count += behind.imports;
                    }
                }
            }
            let feedback = cheapest_feedback(members.len(), &within);
            let cut = feedback.cut.iter().map(|position| {
                let edge = within[*position];
                (members[edge.from as usize], members[edge.to as usize], edge.cost)
            });
            let mut cut: Vec<(u32, u32, u32)> = cut.collect();
            cut.sort_by_key(|(from, to, cost)| (*cost, *from, *to));
            let inner = Digraph::new(members.len(), within.iter().map(|edge| (edge.from, edge.to)).collect());
            let (shortest, is_shortest) = shortest(&inner);
            Cycle {
                level,
                imports: count,
                shortest: shortest.into_iter().map(|node| members[node as usize]).collect(),
                is_shortest,
                cut: Cut { edges: cut, statements: feedback.cost, at_least: feedback.at_least },
                members,
            }
        })
        .collect();
    found.sort_by_key(|cycle| (std::cmp::Reverse(cycle.members.len()), cycle.members.first().copied()));
    cycles.append(&mut found);
}

/// A shortest cycle of a graph, and whether one through every node was looked for.
fn shortest(graph: &Digraph) -> (Vec<u32>, bool) {
    let mut best: Vec<u32> = Vec::new();
    let mut steps = 0;
    for start in 0..graph.len() as u32 {
        let successors = |node: u32| {
            steps += graph.successors(node).len() + 1;
            graph.successors(node).iter().copied()
        };
        let found = shortest_cycle(start, successors, |node| graph.has_edge(node, start));
        if let Some(found) = found.filter(|found| best.is_empty() || found.len() < best.len()) {
            best = found;
        }
        if best.len() == 2 {
            break;
        }
        if steps > MOST_STEPS {
            return (best, false);
        }
    }
    (best, true)
}
