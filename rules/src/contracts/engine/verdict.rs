//! What was found out about each contract, once for everybody who asks.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use ringfence_refactor::{Basis, Entry};

use super::contract_graph::{ContractGraph, Endpoint};
use super::imports::Imports;
use super::scope::Checked;
use super::unseen::Unseen;
use crate::contracts::types::type_of;
use crate::{Context, Finding, Site, Usage};

type ByContract = OnceCell<Vec<OnceCell<Verdict>>>;

/// What follows from imports: the graph of contracts, and the verdicts on most of them.
#[derive(Default)]
struct OfImports {
    graph: OnceCell<ContractGraph>,
    by_contract: ByContract,
    /// Contracts that somebody asked for and whose verdicts follow from texts, by their positions.
    of_texts: RefCell<BTreeSet<usize>>,
}

impl Entry for OfImports {
    const BASIS: Basis = Basis::Imports;
}

/// The verdicts that follow from texts, too.
#[derive(Default)]
struct OfTexts {
    by_contract: ByContract,
}

impl Entry for OfTexts {
    const BASIS: Basis = Basis::Texts;
}

/// Every contract, decided when it is first asked for.
#[derive(Clone, Copy)]
pub(crate) struct Verdicts<'a> {
    imports: &'a OfImports,
    texts: &'a OfTexts,
}

impl<'a> Context<'a> {
    /// What was found out about contracts.
    pub(crate) fn verdicts(&self) -> Verdicts<'a> {
        Verdicts { imports: self.memo.get(), texts: self.memo.get() }
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
    /// What it would have to look at and cannot.
    pub(crate) unseen: Unseen,
}

impl Verdict {
    pub(crate) fn new<V>(
        imports: Imports,
        checked: Checked<V>,
        finding: impl Fn(Site, V) -> Finding,
    ) -> Self {
        let Checked { endpoints, violations, unlisted, reported_elsewhere, constrained, would_break, unseen } =
            checked;
        let mut usage = Usage::default();
        let needed = imports.suppressed.iter().zip(would_break).filter(|(_, would_break)| *would_break);
        let mut suppressed = 0;
        for (import, _) in needed {
            usage.merge(&import.usage);
            suppressed += usize::from(import.is_taken);
        }
        let findings = violations.into_iter().map(|(site, violation)| finding(site, violation)).collect();
        Self {
            imports,
            endpoints,
            findings,
            unlisted,
            reported_elsewhere,
            constrained,
            usage,
            suppressed,
            unseen,
        }
    }

    /// In how many ways the contract is broken, listed or not.
    pub(crate) fn ways(&self) -> usize {
        self.findings.len() - usize::from(self.unlisted > 0) + self.unlisted + self.reported_elsewhere
    }
}

impl<'a> Verdicts<'a> {
    /// By module: whether a contract that was decided names it, or something around it.
    pub(crate) fn named_modules(self, context: &Context, modules: usize) -> Vec<bool> {
        let mut named = vec![false; modules];
        for endpoint in self.known(context).flat_map(|verdict| &verdict.endpoints) {
            for node in endpoint.nodes.clone() {
                if let Some(named) = named.get_mut(node as usize) {
                    *named = true;
                }
            }
        }
        named
    }

    /// Everything that contracts name, and the imports between it.
    pub(crate) fn graph(self, context: &Context) -> &'a ContractGraph {
        self.imports.graph.get_or_init(|| ContractGraph::new(context))
    }

    /// The verdict on a contract by its position in the policy.
    pub(crate) fn get(self, context: &Context, contract: usize) -> &'a Verdict {
        let contracts = &context.policy.contracts;
        let contract_type = type_of(&contracts[contract]);
        let by_contract = if contract_type.reads_texts() {
            self.imports.of_texts.borrow_mut().insert(contract);
            &self.texts.by_contract
        } else {
            &self.imports.by_contract
        };
        let all = by_contract.get_or_init(|| vec![OnceCell::new(); contracts.len()]);
        all[contract].get_or_init(|| contract_type.decide(context, self.graph(context), contract))
    }

    /// The verdict on a contract, if somebody asked for it.
    pub(crate) fn peek(self, contract: usize) -> Option<&'a Verdict> {
        let known = |all: &'a ByContract| all.get()?.get(contract)?.get();
        known(&self.imports.by_contract).or_else(|| known(&self.texts.by_contract))
    }

    /// The verdicts that somebody asked for; anew those that follow from texts, where these may have changed since.
    pub(crate) fn known(self, context: &Context) -> impl Iterator<Item = &'a Verdict> {
        let of_texts: Vec<usize> = self.imports.of_texts.borrow().iter().copied().collect();
        let of_texts: Vec<&Verdict> =
            of_texts.into_iter().map(|contract| self.get(context, contract)).collect();
        self.imports.by_contract.get().into_iter().flatten().filter_map(OnceCell::get).chain(of_texts)
    }
}
