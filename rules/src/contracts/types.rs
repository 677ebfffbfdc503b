//! Every type of contract.

use ringfence_policy::{Contract, Terms};

use super::acyclic::SiblingCycle;
use super::engine::contract_type::AnyContractType;
use super::forbidden::ForbiddenChain;
use super::independent::DependentSiblings;
use super::layers::LayerChain;
use super::protected::UnprotectedImport;
use super::required::UnmetRequirement;
use super::startup_import::StartupImport;

/// The type of a contract, by the rule that reports it: one line for each.
pub(crate) fn type_of(contract: &Contract) -> &'static dyn AnyContractType {
    match contract.terms {
        Terms::Forbidden { .. } => &ForbiddenChain,
        Terms::Layers { .. } => &LayerChain,
        Terms::Independent { .. } => &DependentSiblings,
        Terms::Protected { .. } => &UnprotectedImport,
        Terms::Acyclic { .. } => &SiblingCycle,
        Terms::Required { .. } => &UnmetRequirement,
        Terms::Startup { .. } => &StartupImport,
    }
}
