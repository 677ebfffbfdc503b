//! Names and patterns of contracts that stand for nothing.

use ringfence_diagnostics::Span;
use ringfence_graph::ModuleIndex;
use ringfence_policy::{Contract, Elsewhere, ModulePattern, Patterns, Spanned, Terms};

use super::universe::{Universe, is_of_project};
use crate::Context;

/// Every name and pattern of a contract that stands for nothing, with its place. What an external is forbidden to be need not be
/// imported by anybody.
pub(crate) fn unmatched_names<'a>(context: &Context<'a>, contract: &'a Contract) -> Vec<(&'a str, Span)> {
    let universe = context.memo.verdicts.universe(context);
    let mut unmatched = Unmatched { context, universe, found: Vec::new() };
    match &contract.terms {
        Terms::Forbidden { from, to, .. } | Terms::Required { from, to, .. } => {
            unmatched.modules(from);
            unmatched.modules_or_elsewhere(to);
        }
        Terms::Layers { layers, containers, .. } => {
            let members = layers.iter().flat_map(|layer| &layer.members);
            let members = members.filter(|member| !member.optional).map(|member| &member.name);
            match containers {
                None => members.for_each(|name| unmatched.layer(None, name)),
                Some(containers) => {
                    unmatched.modules(containers);
                    let ends = universe.all_ends(context, containers, true);
                    let names = members.collect::<Vec<_>>();
                    for container in ends {
                        for name in &names {
                            unmatched.layer(Some(&container.name), name);
                        }
                    }
                }
            }
        }
        Terms::Independent { modules } => unmatched.modules(modules),
        Terms::Protected { modules, importers, submodules } => {
            unmatched.modules(modules);
            // One module that may import need not be there.
            if *submodules {
                unmatched.modules(importers);
            }
        }
        Terms::Acyclic { packages, skip, .. } => {
            unmatched.modules(packages);
            unmatched.modules(skip);
        }
    }
    unmatched.found.sort_by_key(|(_, span)| span.range.start());
    unmatched.found.dedup_by_key(|(_, span)| *span);
    unmatched.found
}

struct Unmatched<'c, 'a> {
    context: &'c Context<'a>,
    universe: &'c Universe,
    found: Vec<(&'a str, Span)>,
}

impl<'a> Unmatched<'_, 'a> {
    fn index(&self) -> &'a ModuleIndex {
        self.context.graph.index()
    }

    fn stands_for_something(&self, pattern: &ModulePattern) -> bool {
        let ends = self.universe.ends(self.context, pattern, false);
        ends.iter().any(|end| !end.nodes.is_empty())
    }

    fn modules(&mut self, patterns: &'a Patterns) {
        for pattern in patterns {
            if !self.stands_for_something(&pattern.value) {
                self.found.push((pattern.value.as_str(), pattern.span));
            }
        }
    }

    fn modules_or_elsewhere(&mut self, patterns: &'a Patterns) {
        for pattern in patterns {
            let text = pattern.value.literal_prefix();
            let may_be_elsewhere = self.context.policy.meaning.elsewhere != Elsewhere::Unseen
                && text.is_some_and(|name| !is_of_project(self.context, name));
            if !may_be_elsewhere && !self.stands_for_something(&pattern.value) {
                self.found.push((pattern.value.as_str(), pattern.span));
            }
        }
    }

    fn layer(&mut self, container: Option<&str>, name: &'a Spanned<String>) {
        let is_there = match container {
            Some(container) => self.index().get(&format!("{container}.{}", name.value)).is_some(),
            None => self.stands_for_something(&ModulePattern::Exact(name.value.as_str().into())),
        };
        if !is_there {
            self.found.push((&name.value, name.span));
        }
    }
}
