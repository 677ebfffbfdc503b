//! What the contract of a finding loads, read once more, and what would have to be deferred for it.

use std::cell::RefCell;
use std::rc::Rc;

use ringfence_refactor::{Basis, Entry};
use rustc_hash::FxHashMap;

use super::entries::bound;
use super::load_graph::{Follow, LoadGraph};
use super::mend::{cheapest_deferrals, is_deferrable};
use super::reached::Reached;
use super::targets::Targets;
use crate::contracts::engine::messages::Broken;
use crate::contracts::engine::scope::Scope;
use crate::contracts::startup_import::{Loaded, Startup, follows_elsewhere};

/// The graphs of what contracts load, by the positions of the contracts, for what is said of findings.
#[derive(Default)]
struct KnownGraphs(RefCell<FxHashMap<usize, Rc<LoadGraph>>>);

impl Entry for KnownGraphs {
    const BASIS: Basis = Basis::Texts;
}

/// What the contract of a finding loads, and the node of the entry that it is about.
pub(crate) fn graph_of(terms: Startup, broken: &Broken, entry: u32) -> Option<(Rc<LoadGraph>, u32)> {
    let context = broken.context;
    let position = context.policy.contracts.iter().position(|it| std::ptr::eq(it, broken.contract))?;
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

fn scope_of<'b, 'c>(broken: &'b Broken<'b, 'c>) -> Scope<'b, 'c> {
    let Broken { context, contract, verdict, graph } = broken;
    Scope { context: &context.context, graph, contract, imports: &verdict.imports }
}

/// The fewest imports to defer so that an entry does not load something.
pub(crate) fn deferrals(
    terms: Startup,
    broken: &Broken,
    graph: &LoadGraph,
    start: u32,
    loaded: &Loaded,
) -> Option<Vec<u32>> {
    let (context, scope) = (broken.context, scope_of(broken));
    let targets = Targets::new(terms.must_not_load);
    let target = &broken.endpoint(loaded.target).name;
    let mut is_target = vec![false; graph.len()];
    for node in Reached::new(graph, start, |_, _| true).nodes {
        is_target[node as usize] = targets.around(graph.name(&scope, node)) == Some(&**target);
    }
    // A callable is none of what it loads.
    is_target[start as usize] &= graph.is_module(start);
    let is_target = |node: u32| is_target[node as usize];
    cheapest_deferrals(graph, start, is_target, |import| is_deferrable(context, graph, import))
}
