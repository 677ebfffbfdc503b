use ringfence_policy::{Patterns, Terms};

use super::engine::chains::{Route, ViolationKind};
use super::engine::contract_type::ContractType;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use super::engine::separation;
use crate::Message;
use crate::rule::{Activation, declare_rule};

declare_rule! {
    /// ## What it does
    /// Checks for import chains between modules that an `independent` contract keeps apart. None of `modules` may
    /// reach another, whether it imports the other directly or through modules outside `modules`.
    ///
    /// ## Why is this bad?
    /// Plugins, apps and features that depend on each other cannot be disabled, handed over or understood one at a
    /// time.
    ///
    /// Each module that reaches another is reported once for each that it reaches, with a shortest chain of imports.
    /// A chain that passes through a further member of `modules` counts for that member only.
    ///
    /// A suppression at an import removes that import from all contracts of this type.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "plugins stand alone"
    /// type = "independent"
    /// modules = ["shop.plugins.*"]
    /// ```
    ///
    /// ```python
    /// # shop/plugins/gifts.py
    /// from shop.plugins.coupons import Coupon  # RF404
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/plugins/gifts.py
    /// from shop.discounts import Discount  # what both need, in neither of them
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    DependentSiblings {
        code: "RF404",
        name: "dependent-siblings",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
        dialects: [ImportLinter: Checked],
    }
}

impl ContractType for DependentSiblings {
    /// Modules of which none may reach another.
    type Terms<'a> = &'a Patterns;
    type Violation = ViolationKind;

    fn terms(terms: &Terms) -> Option<&Patterns> {
        let Terms::Independent { modules } = terms else { return None };
        Some(modules)
    }

    fn patterns(modules: Self::Terms<'_>) -> Vec<&Patterns> {
        vec![modules]
    }

    fn check(modules: &Patterns, scope: &Scope) -> Checked<ViolationKind> {
        let endpoints = scope.endpoints(modules, true);
        let places: Vec<_> = endpoints.iter().map(|endpoint| scope.place(endpoint, modules)).collect();
        separation::check(scope, endpoints, &places, |_, _| true).with_unlisted(scope.contract)
    }

    fn message(_: &Patterns, broken: &Broken, violation: &ViolationKind) -> Message {
        broken.message_of(violation, Route::BetweenEndpoints, |ends| {
            format!("`{}` must be independent of `{}`, and {}", ends.from, ends.to, ends.how)
        })
    }
}
