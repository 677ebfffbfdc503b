//! Which of the modules that an import loads are shown, and below which.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_policy::ModulePattern;
use ringfence_project::loads::{LoadOrigin, LoadedModule, ModuleLoads};

/// A module that is shown.
pub(super) struct Selected<'a> {
    pub(super) load: &'a LoadedModule,
    /// How many of the shown modules make it be loaded, one by the other.
    pub(super) level: usize,
}

/// Whether a module is one of the project, or is followed.
pub(super) fn is_followed(load: &LoadedModule) -> bool {
    matches!(load.origin, LoadOrigin::Project | LoadOrigin::Followed)
}

/// The top-level names of what is not followed.
pub(super) fn externals(loads: &ModuleLoads) -> BTreeSet<&str> {
    let of_others = loads.loads.iter().filter(|load| load.origin == LoadOrigin::External);
    of_others.filter_map(|load| load.step.module.split('.').next()).collect()
}

/// The modules as a tree: each after the one that makes it be loaded first, in the order in which they begin to run.
pub(super) fn selected<'a>(
    loads: &'a ModuleLoads,
    depth: Option<usize>,
    only: &[ModulePattern],
) -> Vec<Selected<'a>> {
    let mut below: BTreeMap<Option<&str>, Vec<&LoadedModule>> = BTreeMap::new();
    let names: BTreeSet<&str> = loads.loads.iter().map(|load| load.step.module.as_str()).collect();
    for load in loads.loads.iter().filter(|load| is_followed(load)) {
        // What makes it be loaded may be gone from `sys.modules` by the end.
        let by = load.step.by.as_deref().filter(|by| names.contains(by) && *by != load.step.module);
        below.entry(by).or_default().push(load);
    }
    let is_shown =
        |load: &LoadedModule| only.is_empty() || only.iter().any(|it| it.matches(&load.step.module));
    let mut shown = Vec::new();
    let mut seen = BTreeSet::new();
    // Depth in the whole tree, and level in what is shown of it.
    let mut pending: Vec<(&LoadedModule, usize, usize)> =
        below.get(&None).into_iter().flatten().rev().map(|load| (*load, depth_of_root(load), 0)).collect();
    while let Some((load, at, level)) = pending.pop() {
        if !seen.insert(load.step.module.as_str()) || depth.is_some_and(|depth| at > depth) {
            continue;
        }
        let is_shown = is_shown(load);
        if is_shown {
            shown.push(Selected { load, level });
        }
        let children = below.get(&Some(load.step.module.as_str())).into_iter().flatten().rev();
        pending.extend(children.map(|child| (*child, at + 1, level + usize::from(is_shown))));
    }
    shown
}

/// That of the entry and its ancestors is 0; of what a module loaded that is not there at the end, 1 or more.
fn depth_of_root(load: &LoadedModule) -> usize {
    usize::from(load.step.by.is_some())
}

/// How the import comes to load a module, from the entry on; nothing if it does not.
pub(super) fn chain<'a>(loads: &'a ModuleLoads, module: &str) -> Option<Vec<Selected<'a>>> {
    let find = |name: &str| loads.loads.iter().find(|load| load.step.module == name);
    let mut chain = vec![find(module)?];
    while let Some(by) = chain.last().and_then(|load| find(load.step.by.as_deref()?)) {
        if chain.iter().any(|load| load.step.module == by.step.module) {
            break;
        }
        chain.push(by);
    }
    Some(chain.into_iter().rev().enumerate().map(|(level, load)| Selected { load, level }).collect())
}
