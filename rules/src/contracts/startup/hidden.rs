//! Submodules that a package hides: `from package import name` takes what the package binds, and loads a submodule only where it binds nothing.

use ringfence_graph::Target;
use ringfence_source::{BindingKind, ImportForm};

use crate::Context;

/// Whether the package that an import names may bind the name itself, so that its submodule is perhaps not loaded. Parses the package.
pub(crate) fn may_be_hidden(context: &Context, import: u32) -> bool {
    let index = context.graph.index();
    let Some(edge) = context.graph.edges().get(import as usize) else { return false };
    let Some((_, ImportForm::From { .. }, name)) =
        context.import(edge).map(|(facts, import, name)| (facts, import.form, facts.name(name.name)))
    else {
        return false;
    };
    let Target::Module { module, member_length: 0, missing: false } = edge.target else { return false };
    let package = index.module(module).parent.and_then(|parent| index.module(parent).file);
    let Some(parsed) = package.and_then(|file| context.parsed(file)) else { return false };
    let Some(package) = package else { return false };
    let leads_there = |import_name: u32, import: u32| {
        let edge = context.edge_at(package, import, import_name);
        edge.is_some_and(|edge| matches!(edge.target, Target::Module { module: other, member_length: 0, .. } if other == module))
    };
    let bindings =
        parsed.module.global(name).map(|variable| variable.bindings.as_slice()).unwrap_or_default();
    let is_other = bindings.iter().any(|binding| match binding.how {
        BindingKind::Import { import, name, binds_top_level: false } => !leads_there(name, import),
        _ => true,
    });
    let has_star = || parsed.facts.names.iter().any(|name| parsed.facts.name(name.name) == "*");
    is_other || parsed.module.computes_attributes() || !parsed.module.dynamic.is_empty() || has_star()
}
