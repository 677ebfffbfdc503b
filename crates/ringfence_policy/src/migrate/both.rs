//! From the policies of a Tach config and of one of import-linter's beside it, both in native words, to one.

use super::Unsaid;
use crate::{Contract, Patterns, Policy, Terms};

/// The boundaries of the one policy with the contracts of the other, each of which looks at the kinds of imports that it looked at.
///
/// What a contract's patterns stand for has to be the same among the modules that only the boundaries know: `more_modules` says
/// whether there are any.
///
/// # Errors
/// Everything that cannot be said.
pub fn in_one(boundaries: Policy, contracts: &Policy, more_modules: bool) -> Result<Policy, Vec<Unsaid>> {
    let kinds = contracts.kinds.iter().find(|entry| entry.rules.is_none()).map(|entry| &entry.kinds);
    let own_kinds = |contract: &Contract| Contract {
        kinds: contract.kinds.as_ref().or(kinds).cloned(),
        ..contract.clone()
    };
    let mut both = boundaries;
    both.contracts = contracts.contracts.iter().map(own_kinds).collect();
    let mut unsaid: Vec<Unsaid> = Vec::new();
    for pattern in both.contracts.iter().flat_map(patterns).filter(|_| more_modules) {
        if pattern.value.exact().is_none() && pattern.value.literal_prefix().is_none() {
            unsaid.push(format!(
                "the pattern `{}`, which would also stand for modules outside of the root packages",
                pattern.value
            ));
        }
    }
    unsaid.sort();
    unsaid.dedup();
    if unsaid.is_empty() { Ok(both) } else { Err(unsaid) }
}

fn patterns(contract: &Contract) -> impl Iterator<Item = &crate::Spanned<crate::ModulePattern>> {
    let lists: Vec<&Patterns> = match &contract.terms {
        Terms::Forbidden { from, to, .. } | Terms::Required { from, to, .. } => vec![from, to],
        Terms::Layers { containers, .. } => containers.iter().collect(),
        Terms::Independent { modules } => vec![modules],
        Terms::Protected { modules, importers, .. } => vec![modules, importers],
        Terms::Acyclic { packages, skip, .. } => vec![packages, skip],
        Terms::Startup { entries, must_not_load, .. } => vec![&entries.modules, must_not_load],
    };
    lists.into_iter().flatten()
}
