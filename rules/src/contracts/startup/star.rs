//! Which submodules `from package import *` loads: those that `__all__` names and that the package does not bind.

use std::cell::RefCell;
use std::rc::Rc;

use ringfence_graph::ModuleId;
use ringfence_refactor::{Basis, Entry};
use ringfence_source::Exports;
use rustc_hash::FxHashMap;

use crate::Context;

/// By package.
#[derive(Default)]
struct KnownStars(RefCell<FxHashMap<ModuleId, Rc<[ModuleId]>>>);

impl Entry for KnownStars {
    const BASIS: Basis = Basis::Texts;
}

/// The submodules of a package that a star import loads. Parses the package.
pub(crate) fn loaded_by_star(context: &Context, package: ModuleId) -> Rc<[ModuleId]> {
    let known = &context.memo.get::<KnownStars>().0;
    if let Some(known) = known.borrow().get(&package) {
        return Rc::clone(known);
    }
    let found: Rc<[ModuleId]> = read(context, package).into();
    known.borrow_mut().insert(package, Rc::clone(&found));
    found
}

fn read(context: &Context, package: ModuleId) -> Vec<ModuleId> {
    let index = context.graph.index();
    let has_children = index.subtree(package).nth(1).is_some();
    let parsed = index.module(package).file.filter(|_| has_children).and_then(|file| context.parsed(file));
    let Some(parsed) = parsed else { return Vec::new() };
    let Exports::Listed(names) = &parsed.module.exports else { return Vec::new() };
    let loaded = names.iter().filter_map(|(name, _)| {
        let name = parsed.module.name(*name);
        let is_bound = parsed.module.global(name).is_some_and(|variable| !variable.bindings.is_empty());
        if is_bound { None } else { index.get(&format!("{}.{name}", context.module_name(package))) }
    });
    loaded.collect()
}
