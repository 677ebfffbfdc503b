//! Which names `from module import *` brings.

use std::collections::BTreeSet;

use ringfence_graph::{ModuleId, Target};
use ringfence_source::{BindingKind, DynamicNames, Exports, ImportContext, Variable};

use crate::Codebase;

/// Stars that lead to stars are followed so far; more is a cycle.
const MOST_HOPS: usize = 16;

/// What a star brings.
#[derive(Debug, Default)]
pub struct StarNames {
    /// Those that are sure to be there.
    pub certain: BTreeSet<&'static str>,
    /// Those that are there only if a condition holds.
    pub uncertain: BTreeSet<&'static str>,
}

/// The names that a star import of a module brings, but for submodules that happen to be loaded. Where they cannot be told,
/// the error completes "`m` ...".
pub fn star_names(codebase: &Codebase, module: ModuleId) -> Result<StarNames, String> {
    let mut names = StarNames::default();
    collect(codebase, module, MOST_HOPS, &mut names)?;
    Ok(names)
}

fn collect(codebase: &Codebase, module: ModuleId, hops: usize, names: &mut StarNames) -> Result<(), String> {
    let title = codebase.module_name(module);
    let because = |reason: &str| Err(format!("`{title}` {reason}"));
    let Some(hops) = hops.checked_sub(1) else { return because("passes on names in a cycle") };
    let Some(file) = codebase.graph.index().module(module).file else {
        return because("has no source to read");
    };
    let parsed = match codebase.sources.module(file) {
        Some(parsed) if parsed.facts.syntax_error.is_none() => parsed,
        _ => return because("has a syntax error"),
    };
    let facts = &parsed.module;
    if facts.computes_attributes() {
        return because("computes its attributes");
    }
    match &facts.exports {
        Exports::Computed(_) => return because("computes its `__all__`"),
        Exports::Listed(listed) => {
            names.certain.extend(listed.iter().map(|(name, _)| facts.name(*name)));
            return Ok(());
        }
        Exports::Absent => {}
    }
    if facts.dynamic.iter().any(|(what, _)| *what != DynamicNames::LoadedModules) {
        return because("may bind names that no statement shows");
    }
    for variable in facts.variables().iter().filter(|variable| variable.scope.index() == 0) {
        let name = facts.name(variable.name);
        if !name.starts_with('_') {
            match is_bound(variable) {
                Some(true) => _ = names.certain.insert(name),
                Some(false) => _ = names.uncertain.insert(name),
                None => {}
            }
        }
    }
    for edge in codebase.graph.edges_of(file) {
        let Some(imported) = parsed.facts.names.get(edge.name as usize) else { continue };
        if parsed.facts.name(imported.name) != "*" {
            continue;
        }
        match edge.target {
            Target::Module { module, missing: false, .. } => {
                let mut below = StarNames::default();
                collect(codebase, module, hops, &mut below)?;
                // A star hands on nothing with an underscore that the module itself does not list.
                below.certain.retain(|name| !name.starts_with('_'));
                names.certain.append(&mut below.certain);
                names.uncertain.append(&mut below.uncertain);
            }
            _ => return because("passes on the names of a module that is not of this project"),
        }
    }
    let StarNames { certain, uncertain } = names;
    uncertain.retain(|name| !certain.contains(name));
    Ok(())
}

/// Whether a name is bound once the module is loaded: certainly, perhaps, or never.
fn is_bound(variable: &Variable) -> Option<bool> {
    let binds = |how: BindingKind| !matches!(how, BindingKind::Declaration | BindingKind::Deletion);
    let mut bindings = variable
        .bindings
        .iter()
        .filter(|it| binds(it.how) && !it.context.intersects(ImportContext::TYPING))
        .peekable();
    bindings.peek()?;
    let deleted = variable.bindings.iter().any(|binding| binding.how == BindingKind::Deletion);
    let certain = bindings.any(|it| !it.is_conditional() && it.scope == variable.scope);
    Some(certain && !deleted)
}

/// Whether a name that a file does not bind for certain is asked for in it.
pub fn is_wanted(variable: &Variable) -> bool {
    !variable.uses.is_empty()
        || variable.bindings.iter().any(|it| matches!(it.how, BindingKind::Augmented | BindingKind::Deletion))
}
