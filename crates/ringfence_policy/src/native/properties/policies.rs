//! Any policy that can be written.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use ringfence_diagnostics::{EdgeKind, FileId, Format, Severity};
use strum::IntoEnumIterator as _;

use super::contracts::{contract, dialects, interface};
use super::spans::{nowhere, spanned};
use crate::{
    Dependency, ForbiddenExternal, ForbiddenModule, ImportKinds, KindsOfRules, Layer, LinterSettings,
    ModuleDeclaration, ModulePattern, Policy, PythonMinor, RequirementFiles, Spanned,
};

/// Texts that differ.
fn texts() -> impl Strategy<Value = Vec<Spanned<String>>> {
    vec(".{0,6}", 0..4).prop_map(|texts| distinct(texts, Clone::clone).into_iter().map(spanned).collect())
}

pub(super) fn distinct<T>(mut items: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let mut seen = Vec::new();
    items.retain(|item| {
        let key = key(item);
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    items
}

pub(super) fn pattern() -> impl Strategy<Value = Spanned<ModulePattern>> {
    vec(
        prop_oneof!["[a-c]{1,2}", Just("*".to_string()), Just("**".to_string()), Just("ö_*".to_string())],
        1..3,
    )
    .prop_map(|segments| spanned(ModulePattern::parse(&segments.join(".")).unwrap()))
}

pub(super) fn patterns() -> impl Strategy<Value = Vec<Spanned<ModulePattern>>> {
    vec(pattern(), 0..3).prop_map(|patterns| distinct(patterns, |pattern| pattern.value.to_string()))
}

pub(super) fn text() -> impl Strategy<Value = Spanned<String>> {
    any::<String>().prop_map(spanned)
}

fn dependency() -> impl Strategy<Value = Dependency> {
    (pattern(), option::of(text())).prop_map(|(pattern, deprecated)| Dependency {
        pattern,
        entry: nowhere(),
        deprecated,
    })
}

fn forbidden() -> impl Strategy<Value = ForbiddenModule> {
    (pattern(), option::of(text())).prop_map(|(pattern, reason)| ForbiddenModule { pattern, reason })
}

fn external() -> impl Strategy<Value = Spanned<String>> {
    "[a-zé0-9][a-z_.-]{0,3}[a-z0-9]".prop_map(spanned)
}

type Names = Vec<Spanned<String>>;

fn externals() -> impl Strategy<Value = (Option<Spanned<Names>>, Vec<ForbiddenExternal>)> {
    (option::of(vec(external(), 0..3)), vec((external(), option::of(text())), 0..3)).prop_map(
        |(allowed, forbidden)| {
            let allowed = allowed.map(|names| distinct(names, |name| name.value.clone()));
            let forbidden = forbidden.into_iter().map(|(name, reason)| ForbiddenExternal { name, reason });
            let mut forbidden = distinct(forbidden.collect(), |entry| entry.name.value.clone());
            forbidden.retain(|entry| !allowed.iter().flatten().any(|name| name.value == entry.name.value));
            (allowed.map(spanned), forbidden)
        },
    )
}

fn module() -> impl Strategy<Value = ModuleDeclaration> {
    let layer = option::of("[a-z]{1,4}".prop_map(spanned));
    let depends_on = option::of(vec(dependency(), 0..4));
    let lists = (option::of(patterns()), option::of(patterns()));
    let rest = (any::<bool>(), option::of(import_kinds()), option::of(text()));
    (pattern(), layer, depends_on, vec(forbidden(), 0..3), externals(), lists, rest).prop_map(
        |(
            pattern,
            layer,
            depends_on,
            forbids,
            (externals, forbids_externals),
            (exposes, visible_to),
            (utility, kinds, owner),
        )| {
            let depends_on = depends_on.map(|dependencies| {
                let mut dependencies =
                    distinct(dependencies, |dependency| dependency.pattern.value.to_string());
                dependencies.retain(|dependency| dependency.pattern != pattern);
                spanned(dependencies)
            });
            let mut forbids = distinct(forbids, |entry| entry.pattern.value.to_string());
            forbids.retain(|entry| {
                !depends_on.iter().flat_map(|list| &list.value).any(|other| other.pattern == entry.pattern)
            });
            let (exposes, visible_to) = (exposes.map(spanned), visible_to.map(spanned));
            ModuleDeclaration {
                pattern,
                layer,
                depends_on,
                forbids,
                externals,
                forbids_externals,
                exposes,
                visible_to,
                utility: utility.then(nowhere),
                kinds,
                owner,
            }
        },
    )
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    vec((vec("[a-zß ]{1,3}", 1..3), any::<bool>()), 0..4).prop_map(|ranks| {
        let mut layers: Vec<Layer> = Vec::new();
        let mut next = 0;
        for (names, closed) in ranks {
            let rank = next;
            for name in names {
                let name = name.trim();
                if !name.is_empty() && layers.iter().all(|layer| layer.name.value != name) {
                    layers.push(Layer { name: spanned(name.to_string()), rank, closed });
                    next = rank + 1;
                }
            }
        }
        layers
    })
}

fn linter() -> impl Strategy<Value = LinterSettings> {
    let lists = (texts(), texts(), texts(), texts());
    let optional = (option::of(texts()), option::of(texts()), option::of(texts()), option::of(any::<bool>()));
    let named = (
        vec((text(), texts()), 0..3),
        vec((text(), prop_oneof![Just(Severity::Error), Just(Severity::Warning)]), 0..3),
    );
    let choices = (
        option::of(8..=15_u8),
        option::of(proptest::sample::select(Format::iter().collect::<Vec<_>>())),
        option::of(text()),
        any::<bool>(),
    );
    (lists, optional, named, choices).prop_map(
        |(
            (extend_select, ignore, unfixable, extend_exclude),
            (select, fixable, exclude, respect_gitignore),
            (per_file_ignores, severity),
            (target_version, output_format, required_version, preview),
        )| LinterSettings {
            baseline: None,
            select,
            extend_select,
            ignore,
            per_file_ignores: distinct(per_file_ignores, |(glob, _)| glob.value.clone()),
            fixable,
            unfixable,
            exclude,
            extend_exclude,
            respect_gitignore,
            target_version: target_version.map(PythonMinor),
            required_version,
            preview,
            output_format,
            severity: distinct(severity, |(rule, _)| rule.value.clone()),
        },
    )
}

pub(super) fn import_kinds() -> impl Strategy<Value = ImportKinds> {
    proptest::sample::subsequence(EdgeKind::iter().collect::<Vec<_>>(), 0..=7).prop_map(spanned)
}

/// One list for all rules, or entries for some.
fn kinds_of_rules() -> impl Strategy<Value = Vec<KindsOfRules>> {
    let all = import_kinds().prop_map(|kinds| vec![KindsOfRules { rules: None, kinds }]);
    let some = vec((text(), import_kinds()), 0..3).prop_map(|entries| {
        let entries = distinct(entries, |(rules, _)| rules.value.clone());
        entries.into_iter().map(|(rules, kinds)| KindsOfRules { rules: Some(rules), kinds }).collect()
    });
    prop_oneof![all, some]
}

pub(super) fn policy() -> impl Strategy<Value = Policy> {
    let dialects = dialects();
    let over_graph = (vec(contract(), 0..3), option::of(texts()));
    let switches = (any::<bool>(), any::<bool>(), any::<[bool; 2]>(), vec(interface(), 0..3), over_graph);
    let distributions = vec((text(), external()), 0..3);
    let files = (option::of(texts()), texts(), texts(), texts(), distributions);
    (option::of(texts()), vec(module(), 0..4), layers(), switches, files, kinds_of_rules(), linter())
        .prop_map(
            move |(
                source_roots,
                modules,
                layers,
                (exhaustive, strict, [acyclic, every_cycle], interfaces, (contracts, root_packages)),
                (tests, runtime_annotations, runtime, development, distributions),
                kinds,
                linter,
            )| {
                Policy {
                    config: FileId::new(0),
                    source_roots,
                    modules: distinct(modules, |module| module.pattern.value.to_string()),
                    layers,
                    layers_are_in_doubt: false,
                    exhaustive_layers: exhaustive.then(nowhere),
                    strict_ownership: strict.then(nowhere),
                    forbid_cycles: acyclic.then(nowhere),
                    every_import_cycle: every_cycle.then(nowhere),
                    tests,
                    runtime_annotations,
                    requirement_files: RequirementFiles { runtime, development },
                    distributions: distinct(distributions, |(import, _)| import.value.clone()),
                    kinds,
                    linter,
                    interfaces,
                    deselected_contracts: Vec::new(),
                    unchecked: Vec::new(),
                    contracts: distinct(contracts, |contract| contract.id().to_string()),
                    root_packages,
                    dialect: dialects[usize::from(strict) + 2 * usize::from(acyclic)].clone(),
                    domains: Vec::new(),
                    config_errors: Vec::new(),
                    module_config_errors: Vec::new(),
                }
            },
        )
}
