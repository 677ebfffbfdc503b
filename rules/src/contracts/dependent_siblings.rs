use super::telling::{BrokenContract, find, message_of_chain};
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message};

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
        tags: [Contract],
    }
}

impl Rule for DependentSiblings {
    type Violation = BrokenContract;
    const CONTRACT_TYPE: Option<&str> = Some("independent");
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Context, violation: &BrokenContract) -> Message {
        message_of_chain(context, violation, |ends| {
            format!("`{}` must be independent of `{}`, and {}", ends.from, ends.to, ends.how)
        })
    }
}
