use ringfence_diagnostics::joined;
use ringfence_graph::{UNREACHED, distances};
use ringfence_policy::{Patterns, Reach, Terms};

use super::engine::chains::Sides;
use super::engine::contract_graph::Endpoint;
use super::engine::contract_type::ContractType;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use super::unmatched::UnmatchedNames;
use crate::rule::{Activation, declare_rule};
use crate::{Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for modules that never import what a `required` contract demands. Each of `from` must reach at least
    /// one of `to`, whether it imports it directly or through other modules. A module of `to` need not import itself, and an import
    /// counts although a comment suppresses this rule there.
    ///
    /// ## Why is this bad?
    /// Some modules must be imported everywhere: every entry point must set up logging, for example, or every plugin
    /// must build on the base plugin. If the import is missing, so is what it provides.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "every command sets up logging"
    /// type = "required"
    /// from = ["shop.commands.*"]  # RF407: `shop.commands.serve` does not reach it
    /// to = ["shop.logging"]
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/commands/serve.py
    /// from shop.logging import set_up
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    UnmetRequirement {
        code: "RF407",
        name: "unmet-requirement",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
    }
}

/// How many names are told one by one.
const MOST_NAMES: usize = 5;

/// What a `required` contract demands: each of `from` must reach some of `to`.
#[derive(Clone, Copy)]
pub(crate) struct Required<'a> {
    from: &'a Patterns,
    to: &'a Patterns,
    reach: Reach,
}

/// The position of an endpoint that reaches nothing of what it must.
#[derive(Debug, Hash)]
pub(crate) struct Unmet {
    from: u32,
}

impl ContractType for UnmetRequirement {
    type Terms<'a> = Required<'a>;
    type Violation = Unmet;

    const SUPPRESSED_IMPORTS_COUNT: bool = true;

    fn terms(terms: &Terms) -> Option<Required<'_>> {
        let Terms::Required { from, to, reach } = terms else { return None };
        Some(Required { from, to, reach: *reach })
    }

    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns> {
        vec![terms.from, terms.to]
    }

    fn check(terms: Required, scope: &Scope) -> Checked<Unmet> {
        let sources = scope.endpoints(terms.from, true);
        let targets = scope.endpoints(terms.to, true);
        let graph = scope.digraph();
        let sides = Sides::new(scope, &sources, &targets);
        let leads_there: Vec<bool> = match terms.reach {
            Reach::Direct => (0..graph.len() as u32)
                .map(|node| graph.successors(node).iter().any(|next| sides.is_target(*next)))
                .collect(),
            Reach::Indirect => {
                let goals = targets.iter().flat_map(|target| target.nodes.clone());
                let distances = distances(scope.imports.reversed(), goals, |_| true);
                distances.into_iter().map(|distance| distance != UNREACHED).collect()
            }
        };
        let mut violations = Vec::new();
        // What is a target, or lies in one, need not import itself.
        let is_demanded = |source: &Endpoint| {
            source.nodes.is_empty() || !source.nodes.clone().all(|node| sides.is_target(node))
        };
        for (position, source) in sources.iter().enumerate().filter(|(_, source)| is_demanded(source)) {
            if !source.nodes.clone().any(|node| leads_there[node as usize]) {
                let place = Site::Place(scope.place(source, terms.from));
                violations.push((place, Unmet { from: position as u32 }));
            }
        }
        Checked {
            violations,
            constrained: scope.imports.count(|from, _| sides.is_source(from)),
            endpoints: sources.iter().chain(&targets).cloned().collect(),
            ..Checked::default()
        }
    }

    fn message(terms: Required, broken: &Broken, violation: &Unmet) -> Message {
        let source = broken.endpoint(violation.from);
        let names: Vec<String> = terms.to.iter().map(|pattern| format!("`{}`", pattern.value)).collect();
        let what = match names.as_slice() {
            names if names.len() > MOST_NAMES => format!("any of {} modules", names.len()),
            names => joined(names, "or"),
        };
        let how = match terms.reach {
            Reach::Direct => "directly",
            Reach::Indirect => "directly or indirectly",
        };
        let mut message = broken.message(format!("`{}` never imports {what}, {how}", source.name));
        let index = broken.context.graph.index();
        let file = index.get(&source.name).and_then(|id| index.module(id).file);
        let help = match (broken.reason(), file) {
            (Some(reason), _) => reason.to_string(),
            (None, Some(_)) => format!("import it in `{}` or in what that imports", source.name),
            (None, None) => format!("import it in one of the modules of `{}`", source.name),
        };
        if let Some(details) = &mut message.contract {
            details.importer = Some(source.name.clone());
        }
        message.help(help)
    }

    fn unmatched<'a>(terms: Required<'a>, names: &mut UnmatchedNames<'_, 'a>) {
        names.modules(terms.from);
        names.modules_or_elsewhere(terms.to);
    }
}
