//! Which module may import which other, by the config alone: for whoever compares two configs.
//!
//! A module may import another if a plain import of the other in its file gives no finding: none of the rules about crossings, and none of
//! a contract that is asked about this import and no other. What else is imported does not matter, nor do comments and the baseline.

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::Contract;
use ringfence_source::EdgeKind;
use rustc_hash::FxHashSet;

use crate::contracts::engine::imports::{Imports, looks_at_kind};
use crate::contracts::types::type_of;
use crate::run::CrossingRules;
use crate::why::{forbidden_by, said_by_keys};
use crate::{Context, Reason, RuleId, RuleSet};

/// The number of an import, or of an imported name, that stands in no file.
const NOWHERE: u32 = u32::MAX;

/// Who may import whom, of some modules.
#[derive(Debug, Clone, Default)]
pub struct Permissions {
    /// Whether a module has a file in which an import can stand.
    imports: Vec<bool>,
    /// By importer, then by imported.
    forbidden: Vec<bool>,
}

impl Permissions {
    /// Asks of each two of these modules. O(n²) in their number for each rule and each contract.
    pub fn new(context: &Context, rules: &RuleSet, modules: &[ModuleId]) -> Self {
        let crossing_rules = CrossingRules::new(context, rules);
        let files: Vec<Option<FileId>> = modules.iter().map(|module| file_of(context, *module)).collect();
        let mut forbidden = vec![false; modules.len() * modules.len()];
        for (row, file) in files.iter().enumerate() {
            let Some(file) = *file else { continue };
            for (column, module) in modules.iter().enumerate().filter(|(column, _)| *column != row) {
                let edge = supposed(file, *module);
                forbidden[row * modules.len() + column] = crossing_rules.forbid(context, &edge);
            }
        }
        let mut pairs: Vec<(ModuleId, ModuleId)> = Vec::new();
        let mut positions = rustc_hash::FxHashMap::default();
        if !context.policy.contracts.is_empty() {
            for (row, from) in modules.iter().enumerate().filter(|(row, _)| files[*row].is_some()) {
                positions.insert(*from, row);
                pairs.extend(modules.iter().filter(|to| *to != from).map(|to| (*from, *to)));
            }
            let columns: rustc_hash::FxHashMap<ModuleId, usize> = modules.iter().copied().zip(0..).collect();
            for (_, forbidding) in by_contract(context, rules, &pairs) {
                for (from, to) in pairs.iter().filter(|pair| forbidding.contains(pair)) {
                    if let (Some(row), Some(column)) = (positions.get(from), columns.get(to)) {
                        forbidden[row * modules.len() + column] = true;
                    }
                }
            }
        }
        Self { imports: files.iter().map(Option::is_some).collect(), forbidden }
    }

    /// Whether one of the modules may import another, by their positions; nothing where no import can stand in the first.
    pub fn allows(&self, from: usize, to: usize) -> Option<bool> {
        if !*self.imports.get(from)? {
            return None;
        }
        self.forbidden.get(from * self.imports.len() + to).map(|forbidden| !forbidden)
    }
}

/// What speaks for or against an import of one module by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairReason {
    pub reason: Reason,
    /// Whether it allows the import only because its rule is off.
    pub is_off: bool,
}

/// What speaks for or against imports between modules, each by itself, in the order in which rules speak. O(n) in their number for each
/// contract.
pub fn reasons_of_pairs(
    context: &Context,
    rules: &RuleSet,
    pairs: &[(ModuleId, ModuleId)],
) -> Vec<Vec<PairReason>> {
    let contracts = by_contract(context, rules, pairs);
    let of_pair = |(from, to): &(ModuleId, ModuleId)| {
        let file = file_of(context, *from);
        let of_key = |mut reason: Reason| {
            let is_off = !reason.allows
                && RuleId::from_code_or_name(reason.code)
                    .is_some_and(|rule| !is_reported(context, rules, rule, file));
            if is_off {
                reason.allows = true;
                reason.text = format!("{}, but {} is off", reason.text, reason.code);
            }
            PairReason { reason, is_off }
        };
        let forbidding = contracts.iter().filter(|(_, forbidden)| forbidden.contains(&(*from, *to)));
        let of_contracts =
            forbidding.map(|(contract, _)| PairReason { reason: forbidden_by(contract), is_off: false });
        said_by_keys(context, *from, *to, "").into_iter().map(of_key).chain(of_contracts).collect()
    };
    pairs.iter().map(of_pair).collect()
}

fn is_reported(context: &Context, rules: &RuleSet, rule: RuleId, file: Option<FileId>) -> bool {
    rules.contains(rule) && file.is_none_or(|file| context.file_settings.reports(rule, file))
}

/// The file in which an import of a module would stand: its own, or where it has none the first one below it that has the same owner.
fn file_of(context: &Context, module: ModuleId) -> Option<FileId> {
    let index = context.graph.index();
    let owner = context.boundaries.owner(module);
    index
        .subtree(module)
        .filter(|below| context.boundaries.owner(*below) == owner)
        .filter_map(|below| index.module(below).file)
        .find(|file| context.facts(*file).is_some())
}

/// A plain import of a module, in a file where there is none.
fn supposed(file: FileId, module: ModuleId) -> Edge {
    let target = Target::Module { module, member_length: 0, missing: false };
    Edge { file, import: NOWHERE, name: NOWHERE, kind: EdgeKind::Runtime, target }
}

/// The pairs that contracts forbid, each by itself, of those that are checked.
fn by_contract<'a>(
    context: &Context<'a>,
    rules: &RuleSet,
    pairs: &[(ModuleId, ModuleId)],
) -> Vec<(&'a Contract, FxHashSet<(ModuleId, ModuleId)>)> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let checked = context.policy.contracts.iter();
    let checked = checked.filter(|contract| rules.contains(RuleId::of_contract(contract)));
    checked.map(|contract| (contract, forbidden_pairs(context, contract, pairs))).collect()
}

fn forbidden_pairs(
    context: &Context,
    contract: &Contract,
    pairs: &[(ModuleId, ModuleId)],
) -> FxHashSet<(ModuleId, ModuleId)> {
    let index = context.graph.index();
    let graph = context.verdicts().graph(context);
    let contract_type = type_of(contract);
    let (rule, kinds) = (contract_type.rule(), contract_type.kinds_of(contract));
    let mut files = rustc_hash::FxHashMap::default();
    let mut looks = |from: ModuleId, to: ModuleId| {
        let file = *files.entry(from).or_insert_with(|| {
            file_of(context, from).filter(|file| context.file_settings.reports(rule, *file))
        });
        file.is_some_and(|file| {
            looks_at_kind(context, contract, kinds, rule, &supposed(file, to), EdgeKind::Runtime)
        })
    };
    let number = |module: ModuleId| module.index() as u32;
    let mut imports: Vec<(u32, u32, u32)> = pairs
        .iter()
        .filter(|(from, to)| looks(*from, *to))
        .map(|(from, to)| (number(*from), number(*to), 0))
        .collect();
    imports.sort_unstable();
    let imports = Imports::supposed_apart(context, graph, contract, imports);
    let answers = contract_type.would_break(context, graph, contract, &imports);
    let broken = imports.suppressed.iter().zip(answers).filter(|(_, would_break)| *would_break);
    broken
        .filter_map(|(import, _)| Some((index.nth(import.from as usize)?, index.nth(import.to as usize)?)))
        .collect()
}
