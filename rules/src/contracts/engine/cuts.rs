//! What has to go so that one endpoint of a contract no longer reaches another.

use ringfence_diagnostics::{Fix, Span};
use ringfence_graph::{Digraph, Disjoint, Edge, Role, Target, UNREACHED, disjoint_chains, distances};

use super::chains::{Chain, Route, ViolationKind};
use super::contract_graph::Endpoint;
use super::imports::looks_at_kind;
use super::messages::Broken;
use crate::relocate_import::relocate_unless_checked;
use crate::rule::Rule;
use crate::{RuleId, Site};

/// How many imports to cut are told one by one.
const MOST_CUTS: usize = 5;

/// How many ways lead from one endpoint to the other, and which imports have to go so that none is left.
pub(super) fn ways_to_mend(broken: &Broken, source: &Endpoint, target: &Endpoint, route: Route) -> String {
    let Disjoint { chains, cut } = one_for_each_import(broken, disjoint(broken, source, target, route));
    let import =
        |(from, to): (u32, u32)| format!("{}{}", broken.import_text(from, to), lines(broken, from, to));
    let goal = if broken.verdict.findings.len() == 1 {
        "to satisfy the contract".to_string()
    } else {
        format!("so that `{}` no longer reaches `{}`", source.name, target.name)
    };
    let mut text = match cut.as_slice() {
        [] => return String::new(),
        [_] if chains.iter().all(|chain| chain.len() == 2) => format!("remove this import {goal}"),
        [one] => format!("every chain goes through one import; remove it {goal}: {}", import(*one)),
        cut => {
            let count = cut.len();
            let mut text = format!("{count} independent import chains; remove these {count} imports {goal}:");
            for edge in cut.iter().take(MOST_CUTS) {
                text.push_str(&format!("\n- {}", import(*edge)));
            }
            if count > MOST_CUTS {
                text.push_str(&format!("\n- and {} more", count - MOST_CUTS));
            }
            text
        }
    };
    if broken.context.all_chains {
        text.push_str(&format!("\nall {} independent chains:", chains.len()));
        for chain in &chains {
            let names: Vec<String> = chain.iter().map(|node| format!("`{}`", broken.name(*node))).collect();
            text.push_str(&format!("\n- {}", names.join(" -> ")));
        }
    }
    text
}

/// The same where one import leads to several modules, as the packages around what it names run, too: chains that share such an import
/// are one, and it is removed once.
fn one_for_each_import(broken: &Broken, disjoint: Disjoint) -> Disjoint {
    if broken.verdict.imports.implied.is_empty() {
        return disjoint;
    }
    let imports = |(from, to): (u32, u32)| -> Vec<&Edge> {
        broken.verdict.imports.between(broken.context, from, to).collect()
    };
    // What an import names stands for what is around it.
    let is_named = |pair: (u32, u32)| {
        let is_it = |edge: &&Edge| matches!(edge.target, Target::Module { module, .. } if module.index() as u32 == pair.1);
        imports(pair).iter().any(is_it)
    };
    let Disjoint { chains, mut cut } = disjoint;
    cut.sort_by_key(|pair| !is_named(*pair));
    cut.sort_by_key(|pair| std::cmp::Reverse(imports(*pair).len()));
    let mut kept: Vec<(u32, u32)> = Vec::new();
    for pair in cut {
        let own = imports(pair);
        let is_covered = |other: &(u32, u32)| {
            let others = imports(*other);
            !own.is_empty() && own.iter().all(|edge| others.contains(edge))
        };
        if !kept.iter().any(is_covered) {
            kept.push(pair);
        }
    }
    kept.sort_unstable();
    let mut used: Vec<&Edge> = Vec::new();
    let chains = chains.into_iter().filter(|chain| {
        let pairs = chain.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
        let needed: Vec<Vec<&Edge>> = pairs.map(imports).collect();
        let is_left =
            needed.iter().all(|edges| edges.is_empty() || edges.iter().any(|edge| !used.contains(edge)));
        if is_left {
            used.extend(needed.into_iter().flatten());
        }
        is_left
    });
    Disjoint { chains: chains.collect(), cut: kept }
}

/// The lines of the imports from one module of another.
fn lines(broken: &Broken, from: u32, to: u32) -> String {
    let context = broken.context;
    let mut lines: Vec<usize> = Vec::new();
    for edge in broken.verdict.imports.between(context, from, to) {
        let Span { file, range } = context.span(Site::of(edge));
        let Some(source) = context.sources.text(file) else { continue };
        let line = source.to_source_code().line_index(range.start()).get();
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    match numbers.as_slice() {
        [] => String::new(),
        [one] => format!(" (line {one})"),
        many => format!(" (lines {})", many.join(", ")),
    }
}

/// Chains from one endpoint to another that share no import.
fn disjoint(broken: &Broken, source: &Endpoint, target: &Endpoint, route: Route) -> Disjoint {
    let graph = &broken.verdict.imports.graph;
    let closed: &[Endpoint] = match route {
        Route::Direct => {
            let direct = graph.edges().filter(|(from, to)| source.contains(*from) && target.contains(*to));
            let cut: Vec<(u32, u32)> = direct.collect();
            return Disjoint { chains: cut.iter().map(|(from, to)| vec![*from, *to]).collect(), cut };
        }
        Route::Anywhere => &[],
        Route::BetweenEndpoints => &broken.verdict.endpoints,
    };
    let mut roles = vec![Role::Passed; graph.len()];
    let marked = closed.iter().map(|endpoint| (endpoint, Role::Closed));
    for (endpoint, role) in marked.chain([(source, Role::Source), (target, Role::Target)]) {
        for node in endpoint.nodes.clone() {
            roles[node as usize] = role;
        }
    }
    // What the import of a source runs is one, too: there is no import to be removed in between.
    for (module, package) in &broken.verdict.imports.implied {
        if roles[*module as usize] == Role::Source && roles[*package as usize] == Role::Passed {
            roles[*package as usize] = Role::Source;
        }
    }
    disjoint_chains(graph, |node| roles[node as usize])
}

/// The change after which the first import of a chain is of a kind that its contract does not look at, if no other way leads from
/// one endpoint to the other.
pub(crate) fn move_out_of_chain<R: Rule>(
    broken: &Broken,
    violation: &ViolationKind,
    route: Route,
) -> Option<Fix> {
    let ViolationKind::Chain(Chain { from, to, nodes }) = violation else { return None };
    let (context, imports) = (broken.context, &broken.verdict.imports);
    let (source, target) = (broken.endpoint(*from), broken.endpoint(*to));
    let pair = (*nodes.first()?, *nodes.get(1)?);
    let mut between = imports.between(context, pair.0, pair.1);
    let edge = between.next()?;
    if between.next().is_some() {
        return None;
    }
    let fix = relocate_unless_checked(context, edge, |kind| {
        looks_at_kind(context, broken.contract, None, RuleId::of::<R>(), edge, kind)
    })?;
    let is_left = if route == Route::Direct {
        disjoint(broken, source, target, route).chains.len() > 1
    } else {
        let others = imports.graph.edges().filter(|edge| *edge != pair).map(|(from, to)| (to, from));
        let reversed = Digraph::new(imports.graph.len(), others.collect());
        let distances = distances(&reversed, target.nodes.clone(), |_| true);
        source.nodes.clone().any(|node| distances[node as usize] != UNREACHED)
    };
    (!is_left).then_some(fix)
}
