use ringfence_diagnostics::Fix;

use super::telling::{BrokenContract, find, message_of_chain, move_out_of_chain};
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message};

declare_rule! {
    /// ## What it does
    /// Checks contracts of the type `forbidden`: nothing in `from` may reach anything in `to`, by an import of its own or through
    /// other modules.
    ///
    /// ## Why is this bad?
    /// What a module reaches, it needs: the module cannot be loaded, tested or shipped without it, and breaks when it changes. That
    /// other modules lie in between makes this harder to see, not less true.
    ///
    /// Each module in `from` that reaches one in `to` is reported once, with a shortest chain of imports from one to the other. The
    /// finding stands at the first import of the chain, which the owner of the module in `from` can change. The help tells which
    /// imports have to go so that no way is left; `--all-chains` lists the ways.
    ///
    /// A suppression at an import takes this import out of all contracts of this type, as an entry of `except` does for one.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "the domain knows no framework"
    /// type = "forbidden"
    /// from = ["shop.domain"]
    /// to = ["sqlalchemy"]
    /// ```
    ///
    /// ```python
    /// # shop/domain/order.py
    /// from shop.tools import slug  # RF403
    ///
    /// # shop/tools.py
    /// import sqlalchemy
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/domain/order.py
    /// from shop.text import slug
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    ///
    /// ## Fix safety
    /// Where the contract does not look at imports for type checking, at lazy ones or at those in functions, and every use of the
    /// imported name permits it, the first import of the chain is moved there, if no other way leads to what must not be reached.
    /// For type checking the fix is as safe as that of RF603; otherwise it is unsafe, as the module is loaded later.
    ForbiddenChain {
        code: "RF403",
        name: "forbidden-chain",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        tags: [Contract, UnknownToTachIgnore],
    }
}

impl Rule for ForbiddenChain {
    type Violation = BrokenContract;
    const CONTRACT_TYPE: Option<&str> = Some("forbidden");
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Context, violation: &BrokenContract) -> Message {
        message_of_chain(context, violation, |ends| {
            if ends.is_direct {
                format!("`{}` must not import `{}`", ends.from, ends.to)
            } else {
                format!("`{}` must not reach `{}`, and {}", ends.from, ends.to, ends.how)
            }
        })
    }

    fn fix(context: &Context, violation: &BrokenContract) -> Option<Fix> {
        move_out_of_chain::<Self>(context, violation)
    }
}
