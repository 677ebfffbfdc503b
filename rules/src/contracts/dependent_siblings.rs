use super::telling::{find, speak_of_chain, speak_of_nesting};
use crate::rule::{Default, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks contracts of the type `independent`: none of `modules` may reach another, by an import of its own or through modules
    /// that are none of them.
    ///
    /// ## Why is this bad?
    /// Plugins, apps and features that know of each other cannot be switched off, handed over or understood one at a time.
    ///
    /// Each module that reaches another is reported once for each that it reaches, with a shortest chain of imports. What it
    /// reaches only through a third of them is the third one's finding.
    ///
    /// A suppression at an import takes this import out of all contracts of this type.
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
        default: Default::On,
        fix: Never,
    }
}

impl Rule for DependentSiblings {
    const VISITOR: Visitor = Visitor::Project(find);
    const JUDGES_KINDS: bool = true;

    fn speak(context: &Context, finding: &Finding) -> Message {
        speak_of_nesting(context, finding).unwrap_or_else(|| {
            speak_of_chain(context, finding, |ends| {
                format!("`{}` must be independent of `{}`, and {}", ends.from, ends.to, ends.how)
            })
        })
    }
}
