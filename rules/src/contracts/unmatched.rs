//! Names and patterns of contracts that stand for nothing.

use ringfence_diagnostics::Span;
use ringfence_policy::{Contract, Elsewhere, ModulePattern, Patterns, Spanned};

use super::engine::contract_graph::{ContractGraph, Endpoint, is_of_project};
use super::types::type_of;
use crate::Context;

/// A name or a pattern that stands for nothing.
pub(crate) struct Unmatched<'a> {
    pub(crate) name: &'a str,
    pub(crate) span: Span,
    pub(crate) looked_for: LookedFor,
}

/// Where something was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum LookedFor {
    /// From a source root on.
    InRoots,
    Below(Box<str>),
    /// What the manifests of the project declare as scripts.
    AmongScripts,
}

/// Every name and pattern of a contract that stands for nothing.
pub(crate) fn unmatched_names<'a>(context: &Context<'a>, contract: &'a Contract) -> Vec<Unmatched<'a>> {
    let graph = context.verdicts().graph(context);
    let mut names = UnmatchedNames { context, graph, found: Vec::new() };
    type_of(contract).find_unmatched(contract, &mut names);
    names.found.sort_by_key(|unmatched| unmatched.span.range.start());
    names.found.dedup_by_key(|unmatched| unmatched.span);
    names.found
}

/// Collects names that stand for nothing.
pub(crate) struct UnmatchedNames<'c, 'a> {
    pub(crate) context: &'c Context<'a>,
    graph: &'c ContractGraph,
    found: Vec<Unmatched<'a>>,
}

impl<'a> UnmatchedNames<'_, 'a> {
    pub(crate) fn push(&mut self, name: &'a str, span: Span, container: Option<&str>) {
        let looked_for = container.map_or(LookedFor::InRoots, |container| LookedFor::Below(container.into()));
        self.found.push(Unmatched { name, span, looked_for });
    }

    /// The word for the scripts of the manifests, which declare none.
    pub(crate) fn push_scripts(&mut self, word: &'a str, span: Span) {
        self.found.push(Unmatched { name: word, span, looked_for: LookedFor::AmongScripts });
    }

    fn stands_for_something(&self, pattern: &ModulePattern) -> bool {
        let endpoints = self.graph.endpoints(self.context, pattern, false);
        endpoints.iter().any(|endpoint| !endpoint.nodes.is_empty())
    }

    /// What patterns stand for, with what is below it.
    pub(crate) fn endpoints(&self, patterns: &Patterns) -> Vec<Endpoint> {
        self.graph.all_endpoints(self.context, patterns, true)
    }

    /// Patterns that have to stand for something.
    pub(crate) fn modules(&mut self, patterns: &'a Patterns) {
        for pattern in patterns {
            if !self.stands_for_something(&pattern.value) {
                self.push(pattern.value.as_str(), pattern.span, None);
            }
        }
    }

    /// The same, but what is from elsewhere need not be imported by anybody.
    pub(crate) fn modules_or_elsewhere(&mut self, patterns: &'a Patterns) {
        for pattern in patterns {
            let text = pattern.value.literal_prefix();
            let may_be_elsewhere = self.context.policy.dialect.elsewhere != Elsewhere::Unseen
                && text.is_none_or(|name| !is_of_project(self.context, name));
            if !may_be_elsewhere && !self.stands_for_something(&pattern.value) {
                self.push(pattern.value.as_str(), pattern.span, None);
            }
        }
    }

    /// A module by its name.
    pub(crate) fn module(&mut self, name: &'a Spanned<String>) {
        if !self.stands_for_something(&ModulePattern::Exact(name.value.as_str().into())) {
            self.push(&name.value, name.span, None);
        }
    }

    /// A module by its name below a container.
    pub(crate) fn module_below(&mut self, container: &str, name: &'a Spanned<String>) {
        if self.context.graph.index().get(&format!("{container}.{}", name.value)).is_none() {
            self.push(&name.value, name.span, Some(container));
        }
    }
}
