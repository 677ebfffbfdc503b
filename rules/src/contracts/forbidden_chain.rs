use ringfence_diagnostics::Fix;

use super::telling::{BrokenContract, find, message_of_chain, move_out_of_chain};
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message};

declare_rule! {
    /// ## What it does
    /// Checks for import chains that a `forbidden` contract rules out. Nothing in `from` may reach anything in `to`,
    /// whether it imports it directly or through other modules.
    ///
    /// ## Why is this bad?
    /// A module needs everything that it reaches: it cannot be loaded, tested or shipped without it, and breaks when
    /// it changes. Modules in between only make the dependency harder to see.
    ///
    /// Each module in `from` that reaches one in `to` is reported once, with a shortest chain of imports between
    /// them. The finding is located at the first import of the chain, which the owner of the module in `from` can
    /// change. The help names the imports to remove so that no chain is left; `--all-chains` lists the chains.
    ///
    /// A suppression at an import removes that import from all contracts of this type. An entry of `except` removes
    /// it from one contract.
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
    /// The fix moves the first import of the chain to where the contract ignores it: under `if TYPE_CHECKING:`, into
    /// a lazy import or into functions. It is offered if the contract ignores such imports, every use of the imported
    /// name permits the move, and no other chain reaches the forbidden module. A move under `if TYPE_CHECKING:` is as
    /// safe as the fix of RF603. Any other move is unsafe, as the module is then loaded later.
    ForbiddenChain {
        code: "RF403",
        name: "forbidden-chain",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        tags: [Contract],
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
