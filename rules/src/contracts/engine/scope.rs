//! What the check of a contract takes, and what it gives.

use ringfence_diagnostics::Span;
use ringfence_graph::{Digraph, Edge};
use ringfence_policy::{Contract, ModulePattern, Patterns, Spanned};

use super::contract_graph::{ContractGraph, Endpoint};
use super::imports::{Imports, Suppressed};
use super::unseen::Unseen;
use crate::{Context, Site};

/// What a contract is checked on: the graph of all that contracts name, and the imports in it that count for this one.
pub(crate) struct Scope<'a, 'c> {
    pub(crate) context: &'a Context<'c>,
    pub(crate) graph: &'a ContractGraph,
    pub(crate) contract: &'a Contract,
    pub(crate) imports: &'a Imports,
}

/// What the check of a contract found.
pub(crate) struct Checked<V> {
    /// What the contract names.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) violations: Vec<(Site, V)>,
    /// How many chains there are beside those of `violations`.
    pub(crate) unlisted: usize,
    /// How many violations another rule reports.
    pub(crate) reported_elsewhere: usize,
    /// How many imports the contract says something about.
    pub(crate) constrained: usize,
    /// By import that a comment takes away: whether it would break the contract.
    pub(crate) would_break: Vec<bool>,
    /// What it would have to look at and cannot.
    pub(crate) unseen: Unseen,
}

impl<V> Default for Checked<V> {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            violations: Vec::new(),
            unlisted: 0,
            reported_elsewhere: 0,
            constrained: 0,
            would_break: Vec::new(),
            unseen: Unseen::default(),
        }
    }
}

impl<V> Checked<V> {
    /// The same with other violations.
    pub(crate) fn map<W>(self, mut change: impl FnMut(V) -> W) -> Checked<W> {
        let Self { endpoints, violations, unlisted, reported_elsewhere, constrained, would_break, unseen } =
            self;
        let violations = violations.into_iter().map(|(site, violation)| (site, change(violation))).collect();
        Checked { endpoints, violations, unlisted, reported_elsewhere, constrained, would_break, unseen }
    }
}

impl<'c> Scope<'_, 'c> {
    /// The imports as numbers.
    pub(crate) fn digraph(&self) -> &Digraph {
        &self.imports.graph
    }

    /// What the patterns stand for, each once, by name; with what is below it or without.
    pub(crate) fn endpoints(&self, patterns: &Patterns, with_below: bool) -> Vec<Endpoint> {
        self.graph.all_endpoints(self.context, patterns, with_below)
    }

    /// The first import from one node of another, by file and place.
    pub(crate) fn first_import(&self, from: u32, to: u32) -> Option<&'c Edge> {
        self.imports.between(self.context, from, to).next()
    }

    /// The place of the pattern that an endpoint comes from.
    pub(crate) fn place(&self, endpoint: &Endpoint, patterns: &[Spanned<ModulePattern>]) -> Span {
        let pattern = patterns.iter().find(|pattern| pattern.value.matches(&endpoint.name));
        pattern.map_or(self.contract.name.span, |pattern| pattern.span)
    }

    /// By import that a comment takes away, what is found out in the graph that has all of these, or none where each is asked about apart.
    pub(crate) fn with_suppressed(
        &self,
        would_break: impl FnOnce(&Digraph, &[Suppressed]) -> Vec<bool>,
    ) -> Vec<bool> {
        let suppressed = &self.imports.suppressed;
        if suppressed.is_empty() {
            return Vec::new();
        }
        let graph = self.digraph();
        if self.imports.apart {
            return would_break(graph, suppressed);
        }
        let all = graph.edges().chain(suppressed.iter().map(|it| (it.from, it.to))).collect();
        would_break(&Digraph::new(graph.len(), all), suppressed)
    }
}
