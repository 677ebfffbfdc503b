//! What a finding of a startup contract says: the chain, step by step, and what to defer.

use std::sync::Arc;

use ringfence_diagnostics::{ChainHop, Label, joined};
use ringfence_graph::Edge;
use ringfence_refactor::proof::patches::lost_with;
use rustc_hash::FxHashSet;

use super::load_graph::NO_IMPORT;
use super::mend::{brought, is_deferrable};
use super::of_finding::{deferrals, graph_of};
use super::reached::Reached;
use crate::contracts::engine::messages::{Broken, init_of};
use crate::contracts::startup_import::{Exceeded, Hop, Loaded, Startup};
use crate::{Detail, Message, Site};

/// How many modules in between are named in a message.
const MOST_BETWEEN: usize = 3;

/// How many imports to defer are told one by one.
const MOST_IMPORTS: usize = 5;

/// How many of the imports that bring most are asked whether they can be deferred.
const MOST_TRIED: usize = 30;

/// ``- `a` imports `b` (a.py:3)``
fn listed_imports(broken: &Broken, imports: &[u32]) -> Vec<String> {
    let name = |import: u32| -> Option<String> {
        let context = broken.context;
        let edge = context.graph.edges().get(import as usize)?;
        let span = context.span(Site::of(edge));
        let source = context.sources.text(span.file)?;
        let line = source.to_source_code().line_index(span.range.start()).get();
        let imported = context.imported_name(edge);
        Some(format!("`{}` imports `{imported}` (line {line})", context.importer_name(edge)))
    };
    let mut lines: Vec<String> =
        imports.iter().take(MOST_IMPORTS).filter_map(|import| name(*import)).collect();
    if imports.len() > MOST_IMPORTS {
        lines.push(format!("and {} more", imports.len() - MOST_IMPORTS));
    }
    lines
}

/// What to do so that an entry no longer loads something.
fn ways_to_mend(terms: Startup, broken: &Broken, loaded: &Loaded, site: u32) -> Vec<String> {
    let Some((graph, start)) = graph_of(terms, broken, loaded.entry) else { return Vec::new() };
    let (entry, target) = (&broken.endpoint(loaded.entry).name, &broken.endpoint(loaded.target).name);
    let mut help = Vec::new();
    let count = |reached: &Reached| reached.nodes.iter().filter(|node| graph.is_module(**node)).count();
    let all = count(&Reached::new(&graph, start, |_, _| true));
    let left = count(&Reached::new(&graph, start, |_, load| load.import != site));
    if all - left > 1 {
        help.push(format!("this import brings {} modules that nothing else loads", all - left));
    }
    let goal = format!("so that `{entry}` no longer loads `{target}`");
    let cut = deferrals(terms, broken, &graph, start, loaded);
    match cut.as_deref() {
        None => help.push(format!(
            "no imports can be deferred {goal}: their names are used at the start, or by other modules"
        )),
        Some([]) => {}
        Some([only]) if *only == site => help.push(format!("defer this import {goal}")),
        Some([only]) => {
            help.push(format!("defer one import {goal}: {}", listed_imports(broken, &[*only]).join("")));
        }
        Some(cut) => {
            help.push(format!("defer these {} imports {goal}:", cut.len()));
            help.extend(listed_imports(broken, cut).into_iter().map(|line| format!("- {line}")));
        }
    }
    if let Some(cut) = &cut {
        let edges = cut.iter().filter_map(|import| broken.context.graph.edges().get(*import as usize));
        help.extend(edges.filter_map(|edge| lost_with(broken.context, edge)));
    }
    help
}

pub(crate) fn message_of_load(terms: Startup, broken: &Broken, loaded: &Loaded) -> Message {
    let Loaded { entry, target, is_certain, hops } = loaded;
    let (entry, target) = (&broken.endpoint(*entry).name, &broken.endpoint(*target).name);
    let verb = if *is_certain { "loads" } else { "may load" };
    let between: Vec<&str> = match hops.as_slice() {
        [_, between @ ..] => between.iter().map(|hop| &*hop.importer).collect(),
        [] => Vec::new(),
    };
    // What a callable is in comes first in any case.
    let is_part = |name: &&str| entry.split_once(':').is_none_or(|(module, _)| module != *name);
    let between: Vec<&str> = between.into_iter().filter(is_part).collect();
    let how = match between.as_slice() {
        [] => String::new(),
        names => format!(", through {}", some_of(names)),
    };
    let title = if hops.is_empty() {
        format!("`{entry}` is itself what must not be loaded")
    } else {
        format!("starting `{entry}` {verb} `{target}`{how}")
    };
    if broken.context.detail == Detail::Message {
        return Message::new(title);
    }
    let mut message = broken.message(title);
    let site = hops.iter().rposition(|hop| hop.import != NO_IMPORT);
    let mut labels = Vec::new();
    for (position, hop) in hops.iter().enumerate() {
        let text = hop_text(broken, hop);
        if Some(position) == site {
            message.annotation = Some(text);
        } else if let Some(edge) = edge_of(broken, hop) {
            labels.push(Label::new(broken.context.span(Site::of(edge)), text));
        }
    }
    message.labels.splice(..0, labels);
    if let Some(details) = &mut message.contract {
        details.importer = Some(entry.clone());
        details.imported = Some(target.clone());
        details.chain = hops.iter().filter_map(|hop| chain_hop(broken, hop)).collect();
    }
    let mut help: Vec<String> = broken.reason().map(str::to_string).into_iter().collect();
    help.extend(implied(broken, hops, site));
    if let Some(site) = site.filter(|_| broken.context.may_explain_chains()) {
        help.extend(ways_to_mend(terms, broken, loaded, hops[site].import));
    }
    message.help = (!help.is_empty()).then(|| help.join("\n"));
    message
}

/// ``` `a`, `b` and `c` ```, or how many there are.
fn some_of(names: &[&str]) -> String {
    match names {
        [first, .., last] if names.len() > MOST_BETWEEN => {
            format!("`{first}`, {} more and `{last}`", names.len() - 2)
        }
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            joined(&names, "and")
        }
    }
}

/// The steps of a chain at which no label stands: what the start runs by itself, and what the code of others imports.
fn implied(broken: &Broken, hops: &[Hop], site: Option<usize>) -> Vec<String> {
    let is_labelled = |hop: &&Hop| hop.import == NO_IMPORT;
    let (first, last) = hops.split_at(site.map_or(0, |site| site + 1));
    let mut lines: Vec<String> = first.iter().filter(is_labelled).map(|hop| hop_text(broken, hop)).collect();
    if !last.is_empty() && site.is_some() {
        let names: Vec<String> = last.iter().map(|hop| format!("`{}`", hop.imported)).collect();
        let from = &last[0].importer;
        lines.push(format!("from there on: `{from}` -> {}", names.join(" -> ")));
    } else {
        lines.extend(last.iter().map(|hop| hop_text(broken, hop)));
    }
    lines
}

fn edge_of<'c>(broken: &Broken<'_, 'c>, hop: &Hop) -> Option<&'c Edge> {
    broken.context.graph.edges().get(hop.import as usize).filter(|_| hop.import != NO_IMPORT)
}

fn chain_hop(broken: &Broken, hop: &Hop) -> Option<ChainHop> {
    let edge = edge_of(broken, hop)?;
    let span = broken.context.span(Site::of(edge));
    Some(ChainHop { importer: Arc::clone(&hop.importer), imported: Arc::clone(&hop.imported), span })
}

/// What a step does: ``` `a` imports `b` ```, or `runs ..., because ...`.
fn hop_text(broken: &Broken, hop: &Hop) -> String {
    let Hop { importer, imported, .. } = hop;
    let init = || init_of(imported);
    let Some(edge) = edge_of(broken, hop) else {
        let around = importer.split(':').next().unwrap_or(importer);
        return if importer.contains(':') && around == &**imported {
            format!("`{importer}` is imported from `{imported}`")
        } else if around.strip_prefix(&**imported).is_some_and(|rest| rest.starts_with('.')) {
            format!("runs `{}`, because `{around}` is imported", init())
        } else {
            format!("`{importer}` imports `{imported}`")
        };
    };
    let (who, when) = match importer.split_once(':') {
        Some((_, name)) => (broken.context.importer_name(edge), format!(" when `{name}` is called")),
        None => (&**importer, String::new()),
    };
    let written = if let Some(module) = broken.context.target_module(edge) {
        broken.context.module_name(module).to_string()
    } else {
        let name = broken.context.imported_name(edge);
        name.strip_suffix(".*").unwrap_or(&name).to_string()
    };
    if written == **imported {
        format!("`{who}` imports `{imported}`{when}")
    } else if written.strip_prefix(&**imported).is_some_and(|rest| rest.starts_with('.')) {
        match broken.context.target_module(edge) {
            Some(_) => format!("`{who}` imports `{written}`{when}, which runs `{}`", init()),
            None => format!("`{who}` imports `{written}`{when}"),
        }
    } else {
        format!("`{who}` imports `*` of `{written}`{when}, whose `__all__` names `{imported}`")
    }
}

/// The imports that bring most, and what deferring the best of them would leave.
fn ways_to_shrink(terms: Startup, broken: &Broken, exceeded: &Exceeded) -> Vec<String> {
    let Some((graph, start)) = graph_of(terms, broken, exceeded.entry) else { return Vec::new() };
    let counted = |node| exceeded.own.is_none() || graph.is_own(node);
    let Some((mut count, most)) = exceeded.own.or(exceeded.all) else { return Vec::new() };
    let mut gone: FxHashSet<u32> = FxHashSet::default();
    let mut deferred: Vec<(u32, usize)> = Vec::new();
    while count > most as usize && deferred.len() < MOST_IMPORTS {
        let brought = brought(&graph, start, counted, &gone);
        let mut best = brought.iter().take(MOST_TRIED);
        let Some(best) = best.find(|(import, _)| is_deferrable(broken.context, &graph, *import)) else {
            break;
        };
        count -= best.1;
        gone.insert(best.0);
        deferred.push(*best);
    }
    if deferred.is_empty() {
        return vec![
            "no import that brings much can be deferred: their names are used at the start, or by other modules"
                .to_string(),
        ];
    }
    let imports: Vec<u32> = deferred.iter().map(|(import, _)| *import).collect();
    let mut help = vec![format!("deferring what brings most leaves {count} modules:")];
    let lines = listed_imports(broken, &imports).into_iter().zip(&deferred);
    help.extend(lines.map(|(line, (_, brings))| {
        let noun = if *brings == 1 { "module" } else { "modules" };
        format!("- {line}, which brings {brings} {noun}")
    }));
    help
}

pub(crate) fn message_of_budget(terms: Startup, broken: &Broken, exceeded: &Exceeded) -> Message {
    let Exceeded { entry, own, all } = exceeded;
    let entry = &broken.endpoint(*entry).name;
    let limit = |what: &str, (count, most): (usize, u32)| {
        let (plural, verb) = (if count == 1 { "" } else { "s" }, if most == 1 { "is" } else { "are" });
        format!("{count} {what}{plural}, {most} {verb} allowed")
    };
    let limits: Vec<String> = own
        .map(|own| limit("module", own))
        .into_iter()
        .chain(all.map(|all| limit("module", all) + " with those from elsewhere"))
        .collect();
    let title = format!("starting `{entry}` loads {}", joined(&limits, "and"));
    if broken.context.detail == Detail::Message {
        return Message::new(title);
    }
    let mut message = broken.message(title);
    if let Some(details) = &mut message.contract {
        details.importer = Some(entry.clone());
    }
    let mut help: Vec<String> = broken.reason().map(str::to_string).into_iter().collect();
    if broken.context.may_explain_chains() {
        help.extend(ways_to_shrink(terms, broken, exceeded));
    }
    message.help = (!help.is_empty()).then(|| help.join("\n"));
    message
}
