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

/// How many parts a statement has that is shared out among edges: a number that many numbers divide.
const SHARES: u32 = 2520;

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
    /// How many statements all together, of which one may stand behind several edges, and how many it takes at least.
    statements: usize,
    at_least: usize,
}

/// What is behind an edge.
#[derive(Default)]
struct Behind {
    /// By file and line.
    statements: BTreeSet<(u32, u32)>,
    /// How many imported names.
    imports: usize,
    /// Whether one of them is in the part of the project that is asked for.
    is_asked: bool,
}

/// Those of boundary modules by all imports that make them depend on each other; those of files by what runs while they are loaded. The
/// largest first; only those that the part which is asked for takes part in.
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
        behind.is_asked |= import.is_asked;
    }
    let graph = Digraph::new(nodes, edges.keys().copied().collect());
    let mut found: Vec<Cycle> = graph
        .strong_components()
        .into_iter()
        .filter_map(|members| {
            let numbers: BTreeMap<u32, u32> = members.iter().copied().zip(0..).collect();
            let mut within: Vec<(u32, u32, &Behind)> = Vec::new();
            for (from, node) in &numbers {
                for next in graph.successors(*from) {
                    if let (Some(to), Some(behind)) = (numbers.get(next), edges.get(&(*from, *next))) {
                        within.push((*node, *to, behind));
                    }
                }
            }
            if !within.iter().any(|(_, _, behind)| behind.is_asked) {
                return None;
            }
            let inner =
                Digraph::new(members.len(), within.iter().map(|(from, to, _)| (*from, *to)).collect());
            let (shortest, is_shortest) = shortest(&inner);
            Some(Cycle {
                level,
                imports: within.iter().map(|(_, _, behind)| behind.imports).sum(),
                shortest: shortest.into_iter().map(|node| members[node as usize]).collect(),
                is_shortest,
                cut: cut(&members, &within),
                members,
            })
        })
        .collect();
    found.sort_by_key(|cycle| (std::cmp::Reverse(cycle.members.len()), cycle.members.first().copied()));
    cycles.append(&mut found);
}

/// The fewest statements that are found without which no cycle is left, and a bound below which it cannot be done.
///
/// A statement may stand behind several edges (`from pkg import a, b`), and is changed once. Where each stands behind one, the edges with the
/// fewest statements are what is wanted. Where not, a statement is shared out among its edges: any set of statements that
/// leaves no cycle takes at least the edges that are all theirs, whose shares are no more than their number.
fn cut(members: &[u32], within: &[(u32, u32, &Behind)]) -> Cut {
    let mut edges_of: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    for statement in within.iter().flat_map(|(_, _, behind)| &behind.statements) {
        *edges_of.entry(*statement).or_default() += 1;
    }
    let weighted = |cost: &dyn Fn(&Behind) -> u32| -> Vec<WeightedEdge> {
        within
            .iter()
            .map(|(from, to, behind)| WeightedEdge { from: *from, to: *to, cost: cost(behind) })
            .collect()
    };
    let union = |cut: &[usize]| -> usize {
        let statements = cut.iter().flat_map(|position| &within[*position].2.statements);
        statements.collect::<BTreeSet<_>>().len()
    };
    let whole = cheapest_feedback(members.len(), &weighted(&|behind| behind.statements.len() as u32));
    let mut best = whole.cut;
    let mut at_least = usize::try_from(whole.at_least).unwrap_or(usize::MAX);
    if edges_of.values().any(|edges| *edges > 1) {
        let share = |statement: &(u32, u32)| SHARES / edges_of.get(statement).copied().unwrap_or(1);
        let shared = cheapest_feedback(
            members.len(),
            &weighted(&|behind| behind.statements.iter().map(share).fold(0, u32::saturating_add)),
        );
        if union(&shared.cut) < union(&best) {
            best = shared.cut;
        }
        at_least = usize::try_from(shared.at_least.div_ceil(u64::from(SHARES))).unwrap_or(usize::MAX);
    }
    let statements = union(&best);
    let mut edges: Vec<(u32, u32, u32)> = best
        .iter()
        .map(|position| {
            let (from, to, behind) = within[*position];
            (members[from as usize], members[to as usize], behind.statements.len() as u32)
        })
        .collect();
    edges.sort_by_key(|(from, to, cost)| (*cost, *from, *to));
    Cut { edges, statements, at_least: at_least.min(statements) }
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
