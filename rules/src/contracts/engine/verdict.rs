//! What was found out about each contract, once for everybody who asks.

use std::cell::OnceCell;

use ringfence_refactor::{Basis, Entry};

use super::contract_graph::{ContractGraph, Endpoint};
use super::imports::Imports;
use super::scope::Checked;
use crate::contracts::types::type_of;
use crate::{Context, Finding, Site, Usage};

/// Every contract, decided when it is first asked for.
#[derive(Default)]
pub(crate) struct Verdicts {
    graph: OnceCell<ContractGraph>,
    by_contract: OnceCell<Vec<OnceCell<Verdict>>>,
}

impl Entry for Verdicts {
    const BASIS: Basis = Basis::Imports;
}

impl<'a> Context<'a> {
    /// What was found out about contracts.
    pub(crate) fn verdicts(&self) -> &'a Verdicts {
        self.memo.get()
    }
}

/// What was found out about a contract.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) imports: Imports,
    /// What it names.
    pub(crate) endpoints: Vec<Endpoint>,
    /// The ways in which it is broken.
    pub(crate) findings: Vec<Finding>,
    /// How many chains there are beside those of `findings`, where one more finding tells so.
    pub(crate) unlisted: usize,
    /// How many violations another rule reports.
    pub(crate) reported_elsewhere: usize,
    /// How many imports it says something about.
    pub(crate) constrained: usize,
    /// Comments at an import which would break it, expired ones among them.
    pub(crate) usage: Usage,
    /// How many such imports a comment takes away.
    pub(crate) suppressed: usize,
}

impl Verdict {
    pub(crate) fn new<V>(
        imports: Imports,
        checked: Checked<V>,
        finding: impl Fn(Site, V) -> Finding,
    ) -> Self {
        let Checked { endpoints, violations, unlisted, reported_elsewhere, constrained, would_break } =
            checked;
        let mut usage = Usage::default();
        let needed = imports.suppressed.iter().zip(would_break).filter(|(_, would_break)| *would_break);
        let mut suppressed = 0;
        for (import, _) in needed {
            usage.merge(&import.usage);
            suppressed += usize::from(import.is_taken);
        }
        let findings = violations.into_iter().map(|(site, violation)| finding(site, violation)).collect();
        Self { imports, endpoints, findings, unlisted, reported_elsewhere, constrained, usage, suppressed }
    }

    /// In how many ways the contract is broken, listed or not.
    pub(crate) fn ways(&self) -> usize {
        self.findings.len() - usize::from(self.unlisted > 0) + self.unlisted + self.reported_elsewhere
    }
}

impl Verdicts {
    /// By module: whether a contract that was decided names it, or something around it.
    pub(crate) fn named_modules(&self, modules: usize) -> Vec<bool> {
        let mut named = vec![false; modules];
        for endpoint in self.known().flat_map(|verdict| &verdict.endpoints) {
            for node in endpoint.nodes.clone() {
                if let Some(named) = named.get_mut(node as usize) {
                    *named = true;
                }
            }
        }
        named
    }

    /// Everything that contracts name, and the imports between it.
    pub(crate) fn graph(&self, context: &Context) -> &ContractGraph {
        self.graph.get_or_init(|| ContractGraph::new(context))
    }

    /// The verdict on a contract by its position in the policy.
    pub(crate) fn get(&self, context: &Context, contract: usize) -> &Verdict {
        let contracts = &context.policy.contracts;
        let all = self.by_contract.get_or_init(|| vec![OnceCell::new(); contracts.len()]);
        let decide = || type_of(&contracts[contract]).decide(context, self.graph(context), contract);
        all[contract].get_or_init(decide)
    }

    /// The verdict on a contract, if somebody asked for it.
    pub(crate) fn peek(&self, contract: usize) -> Option<&Verdict> {
        self.by_contract.get()?.get(contract)?.get()
    }

    /// The verdicts that somebody asked for.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Verdict> {
        self.by_contract.get().into_iter().flatten().filter_map(OnceCell::get)
    }
}
