//! Whether a contract forbids an import: one that is there, or one that could be.

use std::ops::Range;

use ringfence_graph::ModuleId;
use ringfence_policy::Contract;
use rustc_hash::FxHashSet;

use super::imports::{Imports, looks_at};
use crate::Context;
use crate::contracts::types::type_of;

/// What a module imports, or could import.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Imported<'a> {
    Module(ModuleId),
    /// No module of the project, by its name.
    Elsewhere(&'a str),
}

/// Whether a contract forbids some of the imports that are `there`, by their positions in the graph; where there are none, an import by
/// one module of what is asked for, whatever its kind. Asked of the code that checks the contract, each import by itself: that it is part
/// of a longer chain does not matter here.
///
/// O(imports), and what it takes to check the contract where there is hardly an import.
pub(crate) fn forbids(
    context: &Context,
    contract: &Contract,
    there: &FxHashSet<u32>,
    importer: ModuleId,
    imported: Imported,
) -> bool {
    let graph = context.verdicts().graph(context);
    let contract_type = type_of(contract);
    let rule = contract_type.rule();
    if !there.is_empty() {
        return !forbidden_imports(context, contract, there).is_empty();
    }
    let file = context.graph.index().module(importer).file;
    if file.is_some_and(|file| !context.file_settings.reports(rule, file)) {
        return false;
    }
    let from = importer.index() as u32;
    let imported: Range<u32> = match imported {
        Imported::Module(module) => module.index() as u32..module.index() as u32 + 1,
        Imported::Elsewhere(name) => graph.named_elsewhere(name),
    };
    let supposed = imported.clone().map(|to| (from, to, 0)).collect();
    let imports = Imports::supposed(context, graph, contract, supposed);
    let answers = contract_type.would_break(context, graph, contract, &imports);
    // Of several names that are imported from something, all have to be forbidden.
    !imported.is_empty() && answers.len() == imported.len() && answers.iter().all(|would| *would)
}

/// Those of some imports, by their positions in the graph, that a contract forbids, each by itself. O(imports), and what it takes to check
/// the contract.
pub(crate) fn forbidden_imports(
    context: &Context,
    contract: &Contract,
    there: &FxHashSet<u32>,
) -> FxHashSet<u32> {
    let graph = context.verdicts().graph(context);
    let contract_type = type_of(contract);
    let rule = contract_type.rule();
    let kinds = contract_type.kinds_of(contract);
    let is_counted = |position: u32| {
        there.contains(&position)
            && context.graph.edges().get(position as usize).is_some_and(|edge| {
                looks_at(context, contract, kinds, rule, edge)
                    && context.file_settings.reports(rule, edge.file)
            })
    };
    let counted: Vec<(u32, u32, u32)> =
        graph.edges.iter().filter(|(_, _, position)| is_counted(*position)).copied().collect();
    let imports = Imports::supposed(context, graph, contract, counted.clone());
    let answers = contract_type.would_break(context, graph, contract, &imports);
    // Exceptions are no part of them, and several imports of one module by another are one.
    let broken = imports.suppressed.iter().zip(answers).filter(|(_, would_break)| *would_break);
    let broken: FxHashSet<(u32, u32)> = broken.map(|(import, _)| (import.from, import.to)).collect();
    let forbidden = counted.iter().filter(|(from, to, _)| broken.contains(&(*from, *to)));
    forbidden.map(|(_, _, position)| *position).collect()
}
