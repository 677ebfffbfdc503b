//! Whether an entry loads something still once imports are deferred: its code is executed abstractly, with the edited texts.
//!
//! The contract itself follows no function that is called while a module is loaded. What is deferred into such a function is loaded all the same.

use std::cell::Cell;

use ringfence_diagnostics::Fix;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_refactor::loads::{AT_RUN_TIME, WHILE_LOADED, loads};
use ringfence_refactor::{Basis, Entry};

use crate::Context;
use crate::cycles::circle_runs::{Ground, on_deep_stacks};
use crate::edited_texts::{Overlay, joined, overlay};

/// No more modules than these are executed for one entry.
const MOST_MODULES: usize = 1_000;

/// So many bytes of code may be executed in one check.
const MOST_EXECUTED: usize = 200 << 20;

/// How many bytes of code were executed.
#[derive(Default)]
struct Executed(Cell<usize>);

impl Entry for Executed {
    const BASIS: Basis = Basis::Texts;
}

/// Why deferring imports does not do.
pub(crate) enum Left {
    /// What was deferred is loaded: a position in the cut.
    Deferred(usize),
    /// What is not wanted is loaded otherwise.
    Otherwise,
    /// The entry works today, and would fail.
    Fails,
}

/// What keeps an entry from starting without what is not wanted once the imports of a cut are where fixes put them. Nothing where
/// nothing does, or where that is too much to execute.
pub(crate) fn left_after(
    context: &Context,
    entry: ModuleId,
    cut: &[(&Edge, Fix)],
    is_unwanted: impl Fn(&str) -> bool,
) -> Option<Left> {
    let all = joined(&cut.iter().map(|(_, fix)| fix).collect::<Vec<_>>())?;
    let modules = [AT_RUN_TIME, WHILE_LOADED]
        .into_iter()
        .map(|kinds| loads(context, entry, kinds))
        .find(|loads| loads.modules.len() <= MOST_MODULES)?;
    let modules: Vec<ModuleId> = modules.modules.iter().copied().collect();
    let ground = Ground::new(context, &modules);
    let executed = &context.memo.get::<Executed>().0;
    executed.set(executed.get() + ground.bytes());
    if executed.get() > MOST_EXECUTED {
        return None;
    }
    let texts = [Overlay::default(), overlay(context, &all.edits)];
    let threads = context.loading.threads();
    let [before, after] =
        on_deep_stacks(threads, &texts, |texts| ground.loaded(texts, entry))?.try_into().ok()?;
    let Some(loaded) = after else {
        return before.map(|_| Left::Fails);
    };
    let by_deferred = loaded.iter().find_map(|(module, by)| {
        let by = by.as_deref()?;
        cut.iter().position(|(edge, _)| context.importer_name(edge) == by && names(context, edge, module))
    });
    by_deferred
        .map(Left::Deferred)
        .or_else(|| loaded.iter().any(|(module, _)| is_unwanted(module)).then_some(Left::Otherwise))
}

/// Whether an import names a module, or a member of it.
fn names(context: &Context, edge: &Edge, module: &str) -> bool {
    if let Target::Module { module: target, .. } = edge.target {
        return context.module_name(target) == module;
    }
    let name = context.imported_name(edge);
    name == module || name.rsplit_once('.').is_some_and(|(around, _)| around == module)
}
