//! What the contract of a finding loads, read once more, and what would have to be deferred for it.

use std::cell::RefCell;
use std::rc::Rc;

use ringfence_diagnostics::Fix;
use ringfence_graph::Edge;
use ringfence_refactor::{Basis, Entry};
use ringfence_source::EdgeKind;
use rustc_hash::FxHashMap;

use super::entries::bound;
use super::load_graph::{Follow, LoadGraph};
use super::mend::{cheapest_deferrals, is_deferrable};
use super::reached::Reached;
use super::targets::Targets;
use super::tried::{Left, left_after};
use crate::contracts::engine::messages::Broken;
use crate::contracts::engine::scope::Scope;
use crate::contracts::startup_import::{Loaded, Startup, follows_elsewhere};
use crate::relocate_import::relocate_unless_checked;

/// How many imports are found to be needed before the search is given up.
const MOST_TRIED: usize = 8;

/// The graphs of what contracts load, by the positions of the contracts, for what is said of findings.
#[derive(Default)]
struct KnownGraphs(RefCell<FxHashMap<usize, Rc<LoadGraph>>>);

impl Entry for KnownGraphs {
    const BASIS: Basis = Basis::Texts;
}

/// The imports to defer; nothing where that cannot be done.
type Cut = Option<Vec<u32>>;

/// By contract, entry and endpoint.
#[derive(Default)]
struct KnownCuts(RefCell<FxHashMap<(usize, u32, u32), Cut>>);

impl Entry for KnownCuts {
    const BASIS: Basis = Basis::Texts;
}

/// What the contract of a finding loads, and the node of the entry that it is about.
pub(crate) fn graph_of(terms: Startup, broken: &Broken, entry: u32) -> Option<(Rc<LoadGraph>, u32)> {
    let context = broken.context;
    let position = position_of(broken)?;
    let known = &context.memo.get::<KnownGraphs>().0;
    let graph = known.borrow().get(&position).map(Rc::clone);
    let graph = graph.unwrap_or_else(|| {
        let scope = scope_of(broken);
        let follow = Follow { elsewhere: follows_elsewhere(terms, context), suppressed: false };
        let graph = Rc::new(LoadGraph::new(&scope, &bound(context, terms.entries), follow));
        known.borrow_mut().insert(position, Rc::clone(&graph));
        graph
    });
    let start = *graph.starts.get(entry as usize)?;
    Some((graph, start))
}

/// Which of the contracts of the config it is.
fn position_of(broken: &Broken) -> Option<usize> {
    broken.context.policy.contracts.iter().position(|it| std::ptr::eq(it, broken.contract))
}

fn scope_of<'b, 'c>(broken: &'b Broken<'b, 'c>) -> Scope<'b, 'c> {
    let Broken { context, contract, verdict, graph } = broken;
    Scope { context: &context.context, graph, contract, imports: &verdict.imports }
}

/// The fewest imports to defer so that an entry does not load something. That was tried, where it is not too much to execute.
pub(crate) fn deferrals(
    terms: Startup,
    broken: &Broken,
    graph: &LoadGraph,
    start: u32,
    loaded: &Loaded,
) -> Option<Vec<u32>> {
    let key = (position_of(broken)?, loaded.entry, loaded.target);
    let known = &broken.context.memo.get::<KnownCuts>().0;
    if let Some(known) = known.borrow().get(&key) {
        return known.clone();
    }
    let found = find_deferrals(terms, broken, graph, start, loaded);
    known.borrow_mut().insert(key, found.clone());
    found
}

fn find_deferrals(
    terms: Startup,
    broken: &Broken,
    graph: &LoadGraph,
    start: u32,
    loaded: &Loaded,
) -> Option<Vec<u32>> {
    let (context, scope) = (broken.context, scope_of(broken));
    let targets = Targets::new(terms.must_not_load);
    let target = &broken.endpoint(loaded.target).name;
    let is_unwanted = |name: &str| targets.around(name) == Some(&**target);
    let mut is_target = vec![false; graph.len()];
    for node in Reached::new(graph, start, |_, _| true).nodes {
        is_target[node as usize] = is_unwanted(graph.name(&scope, node));
    }
    // A callable is none of what it loads.
    is_target[start as usize] &= graph.is_module(start);
    let is_target = |node: u32| is_target[node as usize];
    let entry = bound(context, terms.entries).into_iter().nth(loaded.entry as usize)?;
    let mut needed: Vec<u32> = Vec::new();
    for _ in 0..MOST_TRIED {
        let cut = cheapest_deferrals(graph, start, is_target, |import| {
            !needed.contains(&import) && is_deferrable(context, graph, import)
        })?;
        let edges = cut.iter().filter_map(|import| context.graph.edges().get(*import as usize));
        let fixes: Option<Vec<(&Edge, Fix)>> =
            edges.map(|edge| Some((edge, deferral(broken, edge)?))).collect();
        match fixes.and_then(|fixes| left_after(context, entry.module, &fixes, is_unwanted)) {
            None => return Some(cut),
            Some(Left::Deferred(position)) => needed.push(cut[position]),
            Some(Left::Otherwise | Left::Fails) => return None,
        }
    }
    None
}

/// Moves an import to where the contract does not look.
pub(crate) fn deferral(broken: &Broken, edge: &Edge) -> Option<Fix> {
    let kinds = broken.contract.kinds.as_ref().map(|kinds| &kinds.value);
    relocate_unless_checked(broken.context, edge, |kind| match kind {
        EdgeKind::Typing | EdgeKind::Deferred | EdgeKind::Lazy => {
            kinds.is_some_and(|kinds| kinds.contains(&kind))
        }
        _ => true,
    })
}
