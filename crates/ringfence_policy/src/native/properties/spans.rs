//! Where things were read, which a policy that was written does not keep.

use ringfence_diagnostics::{FileId, Span};
use ruff_text_size::TextRange;

use crate::{
    Contract, Entries, Interface, KindsOfRules, LoadBudget, ModuleDeclaration, Policy, RequirementFiles,
    Spanned, Terms,
};

pub(super) fn nowhere() -> Span {
    Span::new(FileId::new(0), TextRange::default())
}

pub(super) fn spanned<T>(value: T) -> Spanned<T> {
    Spanned { value, span: nowhere() }
}

/// Forgets where everything was read.
pub(super) fn strip(policy: &mut Policy) {
    fn all<T>(items: &mut [Spanned<T>]) {
        items.iter_mut().for_each(one);
    }
    fn one<T>(item: &mut Spanned<T>) {
        item.span = nowhere();
    }
    let Policy {
        config: _,
        source_roots,
        modules,
        layers,
        layers_are_in_doubt: _,
        exhaustive_layers,
        strict_ownership,
        forbid_cycles,
        every_import_cycle,
        kinds,
        tests,
        runtime_annotations,
        requirement_files: RequirementFiles { runtime, development },
        distributions,
        linter,
        interfaces,
        contracts,
        deselected_contracts: _,
        unchecked: _,
        root_packages,
        dialect: _,
        domains: _,
        config_errors: _,
        module_config_errors: _,
    } = policy;
    for Interface { of, exposes, visible_to, exclusive: _, data_types } in interfaces {
        all(of);
        one(exposes);
        all(&mut exposes.value);
        for list in visible_to.iter_mut() {
            one(list);
            all(&mut list.value);
        }
        if let Some(span) = data_types {
            *span = nowhere();
        }
    }
    for Contract { id: _, name, terms, kinds, exceptions, unmatched_exceptions: _, reason } in contracts {
        one(name);
        kinds.iter_mut().for_each(one);
        reason.iter_mut().for_each(one);
        for exception in exceptions {
            exception.span = nowhere();
        }
        match terms {
            Terms::Forbidden { from, to, .. } | Terms::Required { from, to, .. } => {
                all(from);
                all(to);
            }
            Terms::Layers { layers, containers, exhaustive, exhaustive_except } => {
                layers.iter_mut().flat_map(|it| &mut it.members).for_each(|member| one(&mut member.name));
                if let Some(containers) = containers {
                    all(containers);
                }
                if let Some(span) = exhaustive {
                    *span = nowhere();
                }
                all(exhaustive_except);
            }
            Terms::Independent { modules } => all(modules),
            Terms::Protected { modules, importers, .. } => {
                all(modules);
                all(importers);
            }
            Terms::Acyclic { packages, skip, .. } => {
                all(packages);
                all(skip);
            }
            Terms::Startup { entries, must_not_load, max_modules } => {
                let Entries { modules, callables, scripts } = entries;
                all(modules);
                all(callables);
                if let Some(span) = scripts {
                    *span = nowhere();
                }
                all(must_not_load);
                if let Some(LoadBudget { own, all }) = max_modules {
                    own.iter_mut().chain(all).for_each(one);
                }
            }
        }
    }
    for KindsOfRules { rules, kinds } in kinds {
        rules.iter_mut().for_each(one);
        one(kinds);
    }
    linter.required_version.iter_mut().for_each(one);
    linter.baseline.iter_mut().for_each(one);
    for (import, distribution) in distributions {
        one(import);
        one(distribution);
    }
    for list in
        [source_roots, root_packages, tests, &mut linter.select, &mut linter.fixable, &mut linter.exclude]
            .into_iter()
            .flatten()
    {
        all(list);
    }
    for list in [
        runtime_annotations,
        runtime,
        development,
        &mut linter.extend_select,
        &mut linter.ignore,
        &mut linter.unfixable,
        &mut linter.extend_exclude,
    ] {
        all(list);
    }
    for (glob, rules) in &mut linter.per_file_ignores {
        one(glob);
        all(rules);
    }
    for (rule, _) in &mut linter.severity {
        one(rule);
    }
    for layer in layers {
        one(&mut layer.name);
    }
    for span in [exhaustive_layers, strict_ownership, forbid_cycles, every_import_cycle].into_iter().flatten()
    {
        *span = nowhere();
    }
    for module in modules {
        let ModuleDeclaration {
            pattern,
            layer,
            depends_on,
            forbids,
            externals,
            forbids_externals,
            exposes,
            visible_to,
            utility,
            kinds,
            owner,
        } = module;
        if let Some(span) = utility {
            *span = nowhere();
        }
        if let Some(externals) = externals {
            one(externals);
            all(&mut externals.value);
        }
        for entry in forbids_externals {
            one(&mut entry.name);
            entry.reason.iter_mut().for_each(one);
        }
        one(pattern);
        kinds.iter_mut().for_each(one);
        for text in [layer, owner].into_iter().flatten() {
            one(text);
        }
        for list in [exposes, visible_to].into_iter().flatten() {
            one(list);
            all(&mut list.value);
        }
        for entry in forbids {
            one(&mut entry.pattern);
            entry.reason.iter_mut().for_each(one);
        }
        if let Some(depends_on) = depends_on {
            one(depends_on);
            for dependency in &mut depends_on.value {
                one(&mut dependency.pattern);
                dependency.entry = nowhere();
                dependency.deprecated.iter_mut().for_each(one);
            }
        }
    }
}
