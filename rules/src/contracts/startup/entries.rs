//! What a startup contract starts.

use ringfence_diagnostics::Span;
use ringfence_graph::ModuleId;
use ringfence_policy::{Callable, Entries};

use crate::Context;
use crate::boundaries::modules_matching;

/// One thing that starts.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// `shop.cli`, `shop.cli:main`
    pub(crate) name: Box<str>,
    pub(crate) module: ModuleId,
    /// What is called once the module is loaded.
    pub(crate) callable: Option<Box<str>>,
    /// Where the config names it.
    pub(crate) span: Span,
}

/// What the entries of a contract stand for, each once, in the order of the config; what stands for nothing is left out.
pub(crate) fn bound(context: &Context, entries: &Entries) -> Vec<Entry> {
    let index = context.graph.index();
    let Entries { modules, callables, scripts } = entries;
    let mut bound: Vec<Entry> = Vec::new();
    for pattern in modules {
        for module in modules_matching(&pattern.value, index) {
            // There is nothing to be run in a folder.
            if index.module(module).file.is_some() {
                let name = context.module_name(module).into();
                bound.push(Entry { name, module, callable: None, span: pattern.span });
            }
        }
    }
    let of_config = callables.iter().map(|callable| (callable.value.clone(), callable.span));
    let of_manifests = scripts.iter().flat_map(|span| scripts_of(context, *span));
    for (callable, span) in of_config.chain(of_manifests) {
        if let Some(module) = index.get(&callable.module) {
            let name = callable.to_string().into();
            bound.push(Entry { name, module, callable: Some(callable.name.into()), span });
        }
    }
    let mut seen: Vec<Box<str>> = Vec::new();
    bound.retain(|entry| {
        let is_new = !seen.contains(&entry.name);
        if is_new {
            seen.push(entry.name.clone());
        }
        is_new
    });
    bound
}

/// Scripts of the project that are entries and are in no module of it.
pub(crate) fn missing_scripts(context: &Context, entries: &Entries) -> Vec<Box<str>> {
    let scripts = entries.scripts.iter().flat_map(|span| scripts_of(context, *span));
    let missing = scripts.filter(|(script, _)| context.graph.index().get(&script.module).is_none());
    missing.map(|(script, _)| script.to_string().into()).collect()
}

fn scripts_of(context: &Context, span: Span) -> impl Iterator<Item = (Callable, Span)> {
    context.surroundings.scripts().into_iter().map(move |script| (script, span))
}
