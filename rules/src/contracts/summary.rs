//! What became of each contract, for whoever wants to see all of them.

use super::unmatched::unmatched_names;
use crate::{Context, RuleId};

/// What became of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractSummary {
    /// What `--contract` calls it.
    pub id: String,
    pub name: String,
    /// `forbidden`, `layers`, `independent`, `protected`, `acyclic`, `required` or `startup`.
    pub type_name: &'static str,
    pub outcome: Outcome,
    /// How many findings there are about it.
    pub violations: usize,
    /// The modules and the names from elsewhere that it names or that its patterns match.
    pub names: Vec<String>,
    /// How many modules of the project that covers.
    pub modules: usize,
    /// How many imports it says something about.
    pub constrained: usize,
    pub exceptions: usize,
    /// How many pairs of modules import each other as its exceptions let them.
    pub excepted: usize,
    /// How many of its exceptions no import needs.
    pub unmatched: usize,
    /// How many imports comments take out of it.
    pub suppressed: usize,
    /// How many of the ways in which it is broken no finding tells, as there are too many.
    pub unlisted: usize,
    /// What starts (`startup`): modules of it that import others by computed names, which the contract cannot look at.
    pub computed: Vec<String>,
    /// Entries whose call leads to no function of the project that is known, so that only their module is looked at.
    pub unfollowed_calls: Vec<String>,
    /// Scripts of the project that are in a module that is not there.
    pub missing_scripts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Outcome {
    Kept,
    Broken,
    /// Nothing breaks it, but something that it names is not there.
    Unclear,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Context<'_> {
    /// What became of the contracts whose rules are these.
    pub fn contract_summaries(&self, is_wanted: impl Fn(RuleId) -> bool) -> Vec<ContractSummary> {
        let verdicts = self.verdicts();
        let mut summaries = Vec::new();
        for (position, contract) in self.policy.contracts.iter().enumerate() {
            if !is_wanted(RuleId::of_contract(contract)) {
                continue;
            }
            let verdict = verdicts.get(self, position);
            let violations = verdict.ways();
            let unseen = &verdict.unseen;
            let graph = verdicts.graph(self);
            let mut nodes: Vec<u32> = verdict.endpoints.iter().flat_map(|it| it.nodes.clone()).collect();
            nodes.sort_unstable();
            nodes.dedup();
            let mut names: Vec<String> = verdict.endpoints.iter().map(|it| it.name.to_string()).collect();
            names.sort();
            names.dedup();
            let is_unclear = || unmatched_names(self, contract).iter().any(|it| !it.name.contains('*'));
            summaries.push(ContractSummary {
                id: contract.id().to_string(),
                name: contract.name.value.clone(),
                type_name: contract.type_name(),
                outcome: match violations {
                    0 if is_unclear() => Outcome::Unclear,
                    0 => Outcome::Kept,
                    _ => Outcome::Broken,
                },
                violations,
                names,
                modules: nodes.iter().filter(|node| !graph.is_elsewhere(**node)).count(),
                constrained: verdict.constrained,
                exceptions: contract.exceptions.len(),
                excepted: verdict.imports.excepted.iter().map(|pairs| *pairs as usize).sum(),
                unmatched: verdict.imports.excepted.iter().filter(|pairs| **pairs == 0).count(),
                suppressed: verdict.suppressed,
                unlisted: verdict.unlisted,
                computed: unseen
                    .computed
                    .iter()
                    .map(|module| self.module_name(*module).to_string())
                    .collect(),
                unfollowed_calls: unseen.called.iter().map(ToString::to_string).collect(),
                missing_scripts: unseen.missing.iter().map(ToString::to_string).collect(),
            });
        }
        summaries
    }
}
