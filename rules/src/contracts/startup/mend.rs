//! What would have to be deferred so that an entry loads less.

use ringfence_graph::{CutEdge, Digraph, Dominators, cheapest_cut};
use ringfence_refactor::relocate_import::{is_reached, used_later};
use ringfence_refactor::typing_only::typing_only;
use ringfence_source::ImportContext;
use rustc_hash::{FxHashMap, FxHashSet};

use super::load_graph::{LoadGraph, NO_IMPORT};
use super::reached::Reached;
use crate::Context;

/// How often a cut is looked for before one is found in which every import can be deferred.
const MOST_TRIES: usize = 40;

/// Nodes of a graph of loads, and a node for each import over which something is loaded.
struct Numbered {
    loads: usize,
    of_import: FxHashMap<u32, u32>,
    imports: Vec<u32>,
}

impl Numbered {
    fn new(graph: &LoadGraph) -> Self {
        Self { loads: graph.len(), of_import: FxHashMap::default(), imports: Vec::new() }
    }

    fn import(&mut self, import: u32) -> u32 {
        let next = (self.loads + self.imports.len()) as u32;
        *self.of_import.entry(import).or_insert_with(|| {
            self.imports.push(import);
            next
        })
    }
}

/// The fewest imports that can be deferred so that what starts loads none of the targets; nothing where there are no such imports, or none
/// are found in reasonable time. O(loads) a try, in practice.
pub(crate) fn cheapest_deferrals(
    graph: &LoadGraph,
    start: u32,
    is_target: impl Fn(u32) -> bool,
    is_deferrable: impl Fn(u32) -> bool,
) -> Option<Vec<u32>> {
    let reached = Reached::new(graph, start, |_, _| true);
    let leading = leading_there(graph, &reached, &is_target);
    let mut numbered = Numbered::new(graph);
    // An import is an edge between two nodes: from the second on, everything is loaded.
    let mut loads: Vec<(u32, u32, u32)> = Vec::new();
    for node in reached.nodes.iter().filter(|node| leading[**node as usize] && !is_target(**node)) {
        for load in graph.loads(*node).iter().filter(|load| leading[load.to as usize]) {
            if load.import != NO_IMPORT {
                numbered.import(load.import);
            }
            loads.push((*node, load.to, load.import));
        }
    }
    let (before, imports) = (numbered.loads as u32, numbered.imports.len() as u32);
    let target = before + 2 * imports;
    let mut edges: Vec<CutEdge> = Vec::new();
    for (from, to, import) in loads {
        let stays = |from, to| CutEdge { from, to, cost: None };
        match numbered.of_import.get(&import) {
            Some(node) => edges.extend([stays(from, *node), stays(*node + imports, to)]),
            None => edges.push(stays(from, to)),
        }
    }
    for node in reached.nodes.iter().filter(|node| is_target(**node)) {
        edges.push(CutEdge { from: *node, to: target, cost: None });
    }
    let first = edges.len();
    for number in 0..imports {
        edges.push(CutEdge { from: before + number, to: before + number + imports, cost: Some(1) });
    }
    for _ in 0..MOST_TRIES {
        let cut = cheapest_cut(target as usize + 1, &edges, start, target)?;
        let mut is_possible = true;
        for position in &cut {
            if !is_deferrable(numbered.imports[position - first]) {
                edges[*position].cost = None;
                is_possible = false;
            }
        }
        if is_possible {
            let mut cut: Vec<u32> = cut.iter().map(|position| numbered.imports[position - first]).collect();
            cut.sort_unstable();
            return Some(cut);
        }
    }
    None
}

/// By node that is reached: whether a target is loaded from it.
fn leading_there(graph: &LoadGraph, reached: &Reached, is_target: &impl Fn(u32) -> bool) -> Vec<bool> {
    let mut loaded_by: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for node in &reached.nodes {
        for load in graph.loads(*node) {
            loaded_by.entry(load.to).or_default().push(*node);
        }
    }
    let mut leading = vec![false; graph.len()];
    let mut stack: Vec<u32> = reached.nodes.iter().copied().filter(|node| is_target(*node)).collect();
    while let Some(node) = stack.pop() {
        if !std::mem::replace(&mut leading[node as usize], true) {
            stack.extend(loaded_by.get(&node).into_iter().flatten());
        }
    }
    leading
}

/// How many modules each import brings that nothing else loads, most first; those imports left out that are taken away. O(loads), in
/// practice.
pub(crate) fn brought(
    graph: &LoadGraph,
    start: u32,
    is_counted: impl Fn(u32) -> bool,
    without: &FxHashSet<u32>,
) -> Vec<(u32, usize)> {
    let mut numbered = Numbered::new(graph);
    let mut edges: Vec<(u32, u32)> = Vec::new();
    for node in 0..graph.len() as u32 {
        for load in graph.loads(node).iter().filter(|load| !without.contains(&load.import)) {
            if load.import == NO_IMPORT {
                edges.push((node, load.to));
            } else {
                let import = numbered.import(load.import);
                edges.extend([(node, import), (import, load.to)]);
            }
        }
    }
    let dominators = Dominators::new(&Digraph::new(numbered.loads + numbered.imports.len(), edges), start);
    let loads = numbered.loads as u32;
    let weights =
        dominators.weights(|node| usize::from(node < loads && graph.is_module(node) && is_counted(node)));
    let mut brought: Vec<(u32, usize)> = numbered
        .imports
        .iter()
        .zip(&weights[numbered.loads..])
        .filter(|(_, weight)| **weight > 0)
        .map(|(import, weight)| (*import, *weight))
        .collect();
    brought.sort_unstable_by_key(|(import, weight)| (std::cmp::Reverse(*weight), *import));
    brought
}

/// Whether an import can be carried out later, as far as the uses of its name tell: none of them runs while the module is loaded, nor in
/// one of the functions that the start calls.
pub(crate) fn is_deferrable(context: &Context, graph: &LoadGraph, import: u32) -> bool {
    let Some(edge) = context.graph.edges().get(import as usize) else { return false };
    let Some((_, statement, _)) = context.import(edge) else { return false };
    if statement.context.contains(ImportContext::FUNCTION) {
        return false;
    }
    if typing_only(context, edge).is_some() && !is_reached(context, edge) {
        return true;
    }
    let Some(parsed) = used_later(context, edge) else { return false };
    let Some(importer) = context.graph.index().of_file(edge.file) else { return false };
    let Some((variable, _)) = parsed.module.bound_by(edge.name) else { return false };
    let runs = |used: &ringfence_source::Reference| {
        graph
            .bodies
            .iter()
            .any(|(module, body)| *module == importer.module && body.contains_range(used.range))
    };
    !variable.uses.iter().any(runs)
}
