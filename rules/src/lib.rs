//! Takes what the config says ([`Policy`]), the [`ImportGraph`] and the facts of each file, and gives [`Finding`]s:
//! where which rule is broken. One file per rule, one folder per family; [`RULES`] is the registry, and
//! [`Renderer`] turns a finding into the diagnostic that a person reads.
//!
//! To add a rule, write its file, its fixtures under `resources/fixtures/<CODE>/`, and its lines below: `CONTRIBUTING.md` says how.

mod boundaries;
mod context;
mod edited_texts;
mod equivalent_exports;
mod explainer;
mod externals;
mod finding;
mod governance;
mod interface;
mod kinds;
pub mod named;
mod permissions;
mod policy_fix;
mod redirects;
mod relocate_import;
mod render;
mod rule;
mod run;
mod selection;
mod severity;
mod suppress;
mod surroundings;
mod target;
mod usage_of_names;
mod why;

pub use boundaries::{Boundaries, Boundary, BoundaryId, LayerStep};
pub use config::stale_baseline_entry::stale_baseline_entry;
pub use context::{Context, ExcludedModules, FileSettings, Unreadable};
pub use contracts::summary::{ContractSummary, Outcome};
pub use cycles::circle_modules::{Loading, OwnModules};
pub use equivalent_exports::other_sources;
pub use explainer::{Budgets, Detail, Explainer};
pub use externals::{Externals, Membership, Project};
pub use files::syntax_error::syntax_error;
pub use finding::{Finding, Site};
pub use governance::{Governance, governance, governed_imports};
pub use kinds::Kinds;
pub use permissions::{PairReason, Permissions, reasons_of_pairs};
pub use redirects::REDIRECTS;
pub use render::Renderer;
pub use rule::{
    Activation, Crossing, DialectStatus, ExclusiveGroup, FixAvailability, Message, Metadata, RuleEntry,
    RuleId, Tag, has_tag,
};
pub use run::{Reach, Run, Usage, Visitors, find_in_run};
pub use selection::{RuleSet, Selection, Selector, UnknownSelector, is_about_contracts, is_health};
pub use suppress::is_suppressed;
pub use surroundings::{
    Followed, FollowedLoad, FollowedModule, Surroundings, is_certain_at_load, runs_as_script_only,
};
pub use why::{
    ImportThere, Reason, Why, forbidding_contracts, why, why_between, why_elsewhere, why_external,
};

pub use ringfence_refactor::{Codebase, Memo, Sources};

#[cfg(doc)]
use {ringfence_graph::ImportGraph, ringfence_policy::Policy};

// The rules, by family; files that are no rule hold what those of a family share.
mod dependencies {
    pub(crate) mod deprecated_dependency;
    pub(crate) mod forbidden_dependency;
    pub(crate) mod hidden_module_import;
    pub(crate) mod undeclared_dependency;
    pub(crate) mod unowned_module;
    pub(crate) mod unused_dependency;
}
mod interfaces {
    pub(crate) mod private_attribute;
    pub(crate) mod private_import;
    pub(crate) mod reexport;
    pub(crate) mod self_import_through_init;
    pub(crate) mod untyped_interface;
}
mod layers {
    pub(crate) mod crossing;
    pub(crate) mod layer_violation;
    pub(crate) mod sibling_layer_import;
    pub(crate) mod skipped_layer;
    pub(crate) mod unlayered_module;
}
mod cycles {
    pub(crate) mod circle_cut;
    pub(crate) mod circle_modules;
    pub(crate) mod circle_moves;
    pub(crate) mod circle_proof;
    pub(crate) mod circle_runs;
    pub(crate) mod cycle;
    pub(crate) mod import_cycle;
    pub(crate) mod judged_circles;
    pub(crate) mod load_circles;
    pub(crate) mod module_cycle;
}
mod contracts {
    pub(crate) mod acyclic;
    pub(crate) mod engine;
    pub(crate) mod forbidden;
    pub(crate) mod independent;
    pub(crate) mod layers;
    pub(crate) mod protected;
    pub(crate) mod required;
    pub(crate) mod startup;
    pub(crate) mod startup_import;
    pub(crate) mod summary;
    pub(crate) mod types;
    pub(crate) mod unmatched;
}
mod distributions {
    pub(crate) mod forbidden_external;
    pub(crate) mod invalid_manifest;
    pub(crate) mod undeclared_external;
    pub(crate) mod unused_external;
}
mod forms {
    pub(crate) mod crossing_relative_import;
    pub(crate) mod crossing_star_import;
    pub(crate) mod test_in_production;
    pub(crate) mod typing_only_import;
}
mod files {
    pub(crate) mod syntax_error;
}
mod suppressions {
    pub(crate) mod expired_suppression;
    pub(crate) mod invalid_suppression;
    pub(crate) mod suppression_without_reason;
    pub(crate) mod unused_suppression;
}
mod config {
    pub(crate) mod beyond_top;
    pub(crate) mod stale_baseline_entry;
    pub(crate) mod unknown_name;
    pub(crate) mod unmatched_exception;
    pub(crate) mod unreadable_file;
}

/// Every rule, by code.
pub static RULES: &[RuleEntry] = &[
    RuleEntry::of::<dependencies::undeclared_dependency::UndeclaredDependency>(),
    RuleEntry::of::<dependencies::forbidden_dependency::ForbiddenDependency>(),
    RuleEntry::of::<dependencies::deprecated_dependency::DeprecatedDependency>(),
    RuleEntry::of::<dependencies::hidden_module_import::HiddenModuleImport>(),
    RuleEntry::of::<dependencies::unowned_module::UnownedModule>(),
    RuleEntry::of::<dependencies::unused_dependency::UnusedDependency>(),
    RuleEntry::of::<interfaces::private_import::PrivateImport>(),
    RuleEntry::of::<interfaces::untyped_interface::UntypedInterface>(),
    RuleEntry::of::<interfaces::private_attribute::PrivateAttribute>(),
    RuleEntry::of::<interfaces::self_import_through_init::SelfImportThroughInit>(),
    RuleEntry::of::<layers::layer_violation::LayerViolation>(),
    RuleEntry::of::<layers::skipped_layer::SkippedLayer>(),
    RuleEntry::of::<layers::sibling_layer_import::SiblingLayerImport>(),
    RuleEntry::of::<layers::unlayered_module::UnlayeredModule>(),
    RuleEntry::of::<cycles::module_cycle::ModuleCycle>(),
    RuleEntry::of::<cycles::import_cycle::ImportCycle>(),
    RuleEntry::of::<contracts::forbidden::ForbiddenChain>(),
    RuleEntry::of::<contracts::independent::DependentSiblings>(),
    RuleEntry::of::<contracts::protected::UnprotectedImport>(),
    RuleEntry::of::<contracts::acyclic::SiblingCycle>(),
    RuleEntry::of::<contracts::required::UnmetRequirement>(),
    RuleEntry::of::<contracts::layers::LayerChain>(),
    RuleEntry::of::<contracts::startup_import::StartupImport>(),
    RuleEntry::of::<distributions::undeclared_external::UndeclaredExternal>(),
    RuleEntry::of::<distributions::unused_external::UnusedExternal>(),
    RuleEntry::of::<distributions::forbidden_external::ForbiddenExternal>(),
    RuleEntry::of::<distributions::invalid_manifest::InvalidManifest>(),
    RuleEntry::of::<forms::crossing_relative_import::CrossingRelativeImport>(),
    RuleEntry::of::<forms::crossing_star_import::CrossingStarImport>(),
    RuleEntry::of::<forms::typing_only_import::TypingOnlyImport>(),
    RuleEntry::of::<forms::test_in_production::TestInProduction>(),
    RuleEntry::of::<files::syntax_error::SyntaxError>(),
    RuleEntry::of::<suppressions::unused_suppression::UnusedSuppression>(),
    RuleEntry::of::<suppressions::suppression_without_reason::SuppressionWithoutReason>(),
    RuleEntry::of::<suppressions::expired_suppression::ExpiredSuppression>(),
    RuleEntry::of::<suppressions::invalid_suppression::InvalidSuppression>(),
    RuleEntry::of::<config::unreadable_file::UnreadableFile>(),
    RuleEntry::of::<config::beyond_top::RelativeImportBeyondTop>(),
    RuleEntry::of::<config::unknown_name::UnknownName>(),
    RuleEntry::of::<config::unmatched_exception::UnmatchedException>(),
    RuleEntry::of::<config::stale_baseline_entry::StaleBaselineEntry>(),
];

#[cfg(test)]
mod tests {
    use super::{ExclusiveGroup, RULES};
    use crate::rule::Stage;

    #[test]
    fn codes_and_names_are_unique_and_in_order() {
        assert!(RULES.windows(2).all(|pair| pair[0].metadata.code < pair[1].metadata.code));
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.metadata.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    /// Those that look further run apart from the others, so a group must not have some of each.
    #[test]
    fn rules_that_exclude_each_other_look_at_the_facts_of_one_file() {
        for rule in RULES.iter().filter(|rule| rule.reads_other_files) {
            if let Stage::Edge { group, .. } = rule.stage {
                assert_eq!(group, ExclusiveGroup::Independent, "{}", rule.metadata.code);
            }
        }
    }

    #[test]
    fn every_rule_is_documented_in_the_same_sections() {
        for rule in RULES {
            let code = rule.metadata.code;
            let sections: Vec<&str> =
                rule.metadata.explanation.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(sections.first(), Some(&"What it does"), "{code}");
            assert_eq!(sections.get(1), Some(&"Why is this bad?"), "{code}");
            assert!(sections.contains(&"Example"), "{code}");
            assert!(!rule.metadata.summary().is_empty(), "{code}");
            let order =
                ["What it does", "Why is this bad?", "Example", "Options", "Fix safety", "References"];
            let mut known = order.iter();
            for section in sections {
                assert!(
                    known.any(|name| *name == section),
                    "{code}: section `{section}` unknown or out of order"
                );
            }
        }
    }
}
