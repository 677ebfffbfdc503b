//! What a type of contract is: all that the engine and the rest of the crate ask of it.

use ringfence_diagnostics::Fix;
use ringfence_policy::{Contract, Patterns, Terms};
use ringfence_source::EdgeKinds;

use super::contract_graph::ContractGraph;
use super::imports::Imports;
use super::messages::Broken;
use super::scope::{Checked, Scope};
use super::verdict::Verdict;
use crate::contracts::types::type_of;
use crate::contracts::unmatched::UnmatchedNames;
use crate::rule::{Documented, Findings, Rule, Violation, Visitor};
use crate::{Context, Explainer, Finding, Message, RuleId};

/// A type of contract. Implemented by the rule that reports such contracts, which gets the rest of [`Rule`] from here.
pub(crate) trait ContractType: Documented + Sync + Sized + 'static {
    /// What a contract of this type demands.
    type Terms<'a>: Copy;

    /// What the check sees where a contract is broken: all that its message and its fix need to know.
    type Violation: Violation;

    /// Whether another tool may be silent about a pattern of such a contract that matches nothing.
    const PATTERNS_MAY_MATCH_NOTHING: bool = true;

    /// Whether an import at which a comment suppresses the rule, or in whose file the rule is off, counts as there all the same: it
    /// meets what the contract demands. Else it is taken away, as it is what the contract forbids.
    const SUPPRESSED_IMPORTS_COUNT: bool = false;

    /// Whether what its check finds follows from texts, and not from imports alone.
    const READS_TEXTS: bool = false;

    /// The terms of a contract of this type.
    fn terms(terms: &Terms) -> Option<Self::Terms<'_>>;

    /// Every list of patterns in the terms.
    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns>;

    /// Whether the terms are about what is from elsewhere, though no pattern names it.
    fn speaks_of_elsewhere(_terms: Self::Terms<'_>) -> bool {
        false
    }

    /// Whether an import is also one of each package around what it names, whose `__init__` it runs.
    fn goes_through_inits(_terms: Self::Terms<'_>) -> bool {
        false
    }

    /// The kinds of imports that the contract looks at, where that is not for `kinds` and for the rule alone to say.
    fn kinds(_terms: Self::Terms<'_>, _contract: &Contract) -> Option<EdgeKinds> {
        None
    }

    /// Binds the terms to the graph, and looks for what breaks them.
    fn check(terms: Self::Terms<'_>, scope: &Scope) -> Checked<Self::Violation>;

    /// Explains a violation. Only called for findings that are shown.
    fn message(terms: Self::Terms<'_>, broken: &Broken, violation: &Self::Violation) -> Message;

    /// The change that makes the finding go away. Only called where the output can show or apply it.
    fn fix(_terms: Self::Terms<'_>, _broken: &Broken, _violation: &Self::Violation) -> Option<Fix> {
        None
    }

    /// Hands over what stands for nothing: where nothing else is said, every pattern that matches no module.
    fn unmatched<'a>(terms: Self::Terms<'a>, names: &mut UnmatchedNames<'_, 'a>) {
        for patterns in Self::patterns(terms) {
            names.modules(patterns);
        }
    }
}

/// A type of contract without its types: what can be asked of every contract.
pub(crate) trait AnyContractType: Sync {
    /// The rule that reports such contracts.
    fn rule(&self) -> RuleId;

    /// Every list of patterns in the terms.
    fn patterns_of<'a>(&self, contract: &'a Contract) -> Vec<&'a Patterns>;

    /// Whether another tool may be silent about a pattern that matches nothing.
    fn patterns_may_match_nothing(&self) -> bool;

    /// Whether what its check finds follows from texts, and not from imports alone.
    fn reads_texts(&self) -> bool;

    /// Whether a contract is about what is from elsewhere, though no pattern names it.
    fn is_about_elsewhere(&self, contract: &Contract) -> bool;

    /// The kinds of imports that a contract looks at, where that is not for `kinds` and for the rule alone to say.
    fn kinds_of(&self, contract: &Contract) -> Option<EdgeKinds>;

    /// Checks the contract at this position of the policy.
    fn decide(&self, context: &Context, graph: &ContractGraph, position: usize) -> Verdict;

    /// Hands over the names and patterns that stand for nothing.
    fn find_unmatched<'a>(&self, contract: &'a Contract, names: &mut UnmatchedNames<'_, 'a>);

    /// By import of those that are supposed to be there, and no other: whether it breaks the contract. Nothing where the type forbids no
    /// imports.
    fn would_break(
        &self,
        context: &Context,
        graph: &ContractGraph,
        contract: &Contract,
        imports: &Imports,
    ) -> Vec<bool>;
}

impl<T: ContractType> AnyContractType for T {
    fn rule(&self) -> RuleId {
        RuleId::of::<T>()
    }

    fn patterns_of<'a>(&self, contract: &'a Contract) -> Vec<&'a Patterns> {
        T::terms(&contract.terms).map(T::patterns).unwrap_or_default()
    }

    fn patterns_may_match_nothing(&self) -> bool {
        T::PATTERNS_MAY_MATCH_NOTHING
    }

    fn reads_texts(&self) -> bool {
        T::READS_TEXTS
    }

    fn is_about_elsewhere(&self, contract: &Contract) -> bool {
        T::terms(&contract.terms).is_some_and(T::speaks_of_elsewhere)
    }

    fn kinds_of(&self, contract: &Contract) -> Option<EdgeKinds> {
        T::kinds(T::terms(&contract.terms)?, contract)
    }

    fn decide(&self, context: &Context, graph: &ContractGraph, position: usize) -> Verdict {
        let contract = &context.policy.contracts[position];
        let rule = RuleId::of::<T>();
        let through_inits = T::terms(&contract.terms).is_some_and(T::goes_through_inits);
        let imports =
            Imports::new(context, graph, contract, rule, T::SUPPRESSED_IMPORTS_COUNT, through_inits);
        let scope = Scope { context, graph, contract, imports: &imports };
        let checked = T::terms(&contract.terms).map(|terms| T::check(terms, &scope)).unwrap_or_default();
        Verdict::new(imports, checked, |site, violation| {
            Finding::of::<T>(rule, site, BrokenContract { position, violation })
        })
    }

    fn find_unmatched<'a>(&self, contract: &'a Contract, names: &mut UnmatchedNames<'_, 'a>) {
        if let Some(terms) = T::terms(&contract.terms) {
            T::unmatched(terms, names);
        }
    }

    fn would_break(
        &self,
        context: &Context,
        graph: &ContractGraph,
        contract: &Contract,
        imports: &Imports,
    ) -> Vec<bool> {
        let scope = Scope { context, graph, contract, imports };
        let checked = T::terms(&contract.terms).map(|terms| T::check(terms, &scope));
        checked.map(|checked| checked.would_break).unwrap_or_default()
    }
}

/// One way in which a contract is broken, with the position of the contract in the policy.
#[derive(Debug, Hash)]
pub(crate) struct BrokenContract<V> {
    position: usize,
    violation: V,
}

impl<T: ContractType> Rule for T {
    type Violation = BrokenContract<T::Violation>;
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, BrokenContract { position, violation }: &Self::Violation) -> Message {
        let broken = Broken::new(context, *position);
        match T::terms(&broken.contract.terms) {
            Some(terms) => T::message(terms, &broken, violation),
            None => broken.message(format!("the contract `{}` is broken", broken.contract.name.value)),
        }
    }

    fn fix(context: &Explainer, BrokenContract { position, violation }: &Self::Violation) -> Option<Fix> {
        let broken = Broken::new(context, *position);
        T::fix(T::terms(&broken.contract.terms)?, &broken, violation)
    }
}

/// The violations of all contracts that a rule reports.
fn find<T: ContractType>(context: &Context, findings: &mut Findings<T>) {
    for (position, contract) in context.policy.contracts.iter().enumerate() {
        if type_of(contract).rule() == findings.rule {
            findings.extend(context.verdicts().get(context, position).findings.iter().cloned());
        }
    }
}
