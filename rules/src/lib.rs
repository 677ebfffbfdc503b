//! Takes what the config says ([`Policy`]), the [`ImportGraph`] and the facts of each file, and gives [`Finding`]s:
//! where which rule is broken. One file per rule, one folder per family; [`RULES`] is the registry, and
//! [`Context::diagnose`] turns a finding into the diagnostic that a person reads.
//!
//! To add a rule, write its file, its fixtures under `resources/fixtures/<CODE>/`, and one line below.

mod allow;
mod array_edit;
mod boundaries;
mod context;
mod externals;
mod finding;
mod governance;
mod import_block;
mod import_edit;
mod interface;
mod kinds;
mod memo;
mod offered;
mod origin;
mod proof;
mod redirects;
mod rule;
mod run;
mod runtime_annotations;
mod selection;
mod star;
mod suppress;
mod taken;
mod typing_move;
mod usage_of_names;
mod weight;
mod why;

pub use boundaries::{Boundaries, Boundary, BoundaryId, LayerStep};
pub use context::{Context, Detail, LeftOut, Sources, Unreadable};
pub use contracts::summary::{ContractSummary, Outcome};
pub use externals::{Externals, Membership, Project};
pub use finding::{Finding, Site};
pub use governance::Governance;
pub use kinds::Kinds;
pub use memo::Memo;
pub use rule::{
    Claim, Crossing, Default, FixAvailability, Found, Message, Metadata, Rule, RuleEntry, RuleId, Visitor,
};
pub use run::{Run, Usage, find, find_in_file, find_in_project, find_in_run};
pub use selection::{RuleSet, Selection, Selector, UnknownSelector, is_about_contracts, is_health};
pub use suppress::is_suppressed;
pub use why::{ImportThere, Reason, Why};

#[cfg(doc)]
use {ringfence_graph::ImportGraph, ringfence_policy::Policy};

/// Declares the module of each rule and lists the rules, in the order given; `+` adds what rules of a family share.
macro_rules! registry {
    ($($family:ident $(+ $helper:ident)* { $($file:ident: $rule:ident,)* })*) => {
        $(mod $family { $(pub(crate) mod $helper;)* $(pub(crate) mod $file;)* })*

        /// Every rule, by code.
        pub static RULES: &[rule::RuleEntry] = &[
            $($(rule::RuleEntry::of::<$family::$file::$rule>(),)*)*
        ];
    };
}

registry! {
    dependencies {
        undeclared_dependency: UndeclaredDependency,
        forbidden_dependency: ForbiddenDependency,
        deprecated_dependency: DeprecatedDependency,
        hidden_module: HiddenModule,
        unowned_module: UnownedModule,
        unused_dependency: UnusedDependency,
    }
    interfaces + reexport {
        private_import: PrivateImport,
        untyped_interface: UntypedInterface,
        private_attribute: PrivateAttribute,
        self_import_through_init: SelfImportThroughInit,
    }
    layers {
        layer_violation: LayerViolation,
        layer_skipped: LayerSkipped,
        sibling_layer: SiblingLayer,
        unlayered_module: UnlayeredModule,
    }
    cycles + circle {
        module_cycle: ModuleCycle,
    }
    contracts + imports + summary + telling + universe + unmatched + verdict {
        forbidden_chain: ForbiddenChain,
        dependent_siblings: DependentSiblings,
        unprotected_import: UnprotectedImport,
        sibling_cycle: SiblingCycle,
        missing_dependency: MissingDependency,
        layer_chain: LayerChain,
    }
    distributions {
        undeclared_external: UndeclaredExternal,
        unused_external: UnusedExternal,
        forbidden_external: ForbiddenExternal,
        invalid_manifest: InvalidManifest,
    }
    forms {
        crossing_relative_import: CrossingRelativeImport,
        crossing_star_import: CrossingStarImport,
        typing_only_import: TypingOnlyImport,
        test_in_production: TestInProduction,
    }
    files {
        syntax_error: SyntaxError,
    }
    suppressions {
        unused_suppression: UnusedSuppression,
        suppression_without_reason: SuppressionWithoutReason,
        expired_suppression: ExpiredSuppression,
        invalid_suppression: InvalidSuppression,
    }
    config {
        unreadable_file: UnreadableFile,
        beyond_top: RelativeImportBeyondTop,
        unknown_name: UnknownName,
        unmatched_exception: UnmatchedException,
        stale_baseline_entry: StaleBaselineEntry,
    }
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn codes_and_names_are_unique_and_in_order() {
        assert!(RULES.windows(2).all(|pair| pair[0].metadata.code < pair[1].metadata.code));
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.metadata.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
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
