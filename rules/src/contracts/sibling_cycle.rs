use ringfence_diagnostics::{ChainHop, Label};

use super::telling::{Broken, BrokenContract, find};
use super::verdict::{Hop, What};
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for import cycles between sibling modules that an `acyclic` contract covers. The children of each of
    /// `modules`, and their children in turn, may not import each other in a cycle.
    ///
    /// ## Why is this bad?
    /// Packages that need each other in a cycle are one package with several names: none can be understood, tested or
    /// moved without the others. Which of them works may depend on which is imported first.
    ///
    /// A child imports another if anything in it imports anything in the other; imports by the `__init__` of their
    /// parent do not count. Children that all depend on each other are reported once, however many cycles they form,
    /// with a shortest cycle. The finding is located where this cycle is cheapest to break: at the first import of
    /// the hop with the fewest imports.
    ///
    /// A suppression at an import removes that import from all contracts of this type.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "no circles in the shop"
    /// type = "acyclic"
    /// modules = ["shop"]
    /// ```
    ///
    /// ```python
    /// # shop/orders/place.py
    /// from shop.billing import charge
    ///
    /// # shop/billing/ledger.py
    /// from shop.orders import Order  # RF406
    ///
    /// def book(order: Order): ...
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/billing/ledger.py
    /// class Billable(Protocol): ...  # what billing needs of an order; shop.orders has it
    ///
    /// def book(order: Billable): ...
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    SiblingCycle {
        code: "RF406",
        name: "sibling-cycle",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract],
    }
}

/// Longer circles are shown in part.
const MOST_HOPS: usize = 8;

impl Rule for SiblingCycle {
    type Violation = BrokenContract;
    const CONTRACT_TYPE: Option<&str> = Some("acyclic");
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Context, violation: &BrokenContract) -> Message {
        let broken = violation.broken(context);
        let What::Circle { package, hops, weakest, members } = &broken.violation.what else {
            return broken.unexplained(context);
        };
        let universe = context.memo.verdicts.universe(context);
        let name = |node: u32| universe.name(context, node);
        let parent = name(*package);
        let child = |node: u32| name(node).strip_prefix(parent).unwrap_or(name(node));
        let mut shown: Vec<String> = hops.iter().map(|hop| format!("`{}`", child(hop.from))).collect();
        if shown.len() > MOST_HOPS {
            let left_out = shown.len() - (MOST_HOPS - 1);
            shown.truncate(MOST_HOPS - 1);
            shown.push(format!("{left_out} more"));
        }
        shown.extend(shown.first().cloned());
        let mut text = format!("children of `{parent}` import each other in a cycle: {}", shown.join(" -> "));
        let others = members.len() - hops.len();
        if others > 0 {
            let noun = if others == 1 { "child is" } else { "children are" };
            text.push_str(&format!("; {others} more {noun} part of this or other cycles with them"));
        }
        let mut message = broken.message(context, text);
        message.members = members.iter().map(|node| universe.shared_name(context, *node)).collect();
        let Some(cut) = hops.get(*weakest) else { return message };
        message.annotation = Some(format!("`{}` imports `{}`", name(cut.importer), name(cut.imported)));
        let mut labels: Vec<Label> = Vec::new();
        for hop in hops.iter().filter(|hop| hop.from != cut.from).take(MOST_HOPS - 1) {
            let edge = broken.verdict.imports.between(context, hop.importer, hop.imported).next();
            labels.extend(edge.map(|edge| {
                let more = match hop.pairs {
                    1 => String::new(),
                    2 => ", and there is 1 more import".to_string(),
                    pairs => format!(", and there are {} more imports", pairs - 1),
                };
                let text = format!("`{}` imports `{}`{more}", name(hop.importer), name(hop.imported));
                Label::new(context.span(Site::of(edge)), text)
            }));
        }
        labels.append(&mut message.labels);
        message.labels = labels;
        if let Some(details) = &mut message.contract {
            details.importer = Some(name(cut.from).into());
            details.imported = Some(name(cut.to).into());
            details.chain = hops.iter().filter_map(|hop| chain_hop(context, &broken, hop)).collect();
        }
        let mut help = vec![if cut.pairs == 1 {
            format!(
                "break the cycle where `{}` imports `{}`: it is the only import there",
                child(cut.from),
                child(cut.to)
            )
        } else {
            format!(
                "the cheapest edge to break is `{}` -> `{}`: {} modules there import one another",
                child(cut.from),
                child(cut.to),
                cut.pairs
            )
        }];
        help.push(format!(
            "move what both need to a third module, or let `{}` define a Protocol with what it needs of `{}`",
            child(cut.from),
            child(cut.to)
        ));
        if let Some(reason) = &broken.contract.reason {
            help.insert(0, reason.value.trim().to_string());
        }
        message.help(help.join("\n"))
    }
}

fn chain_hop(context: &Context, broken: &Broken, hop: &Hop) -> Option<ChainHop> {
    let universe = context.memo.verdicts.universe(context);
    let edge = broken.verdict.imports.between(context, hop.importer, hop.imported).next()?;
    Some(ChainHop {
        importer: universe.shared_name(context, hop.importer),
        imported: universe.shared_name(context, hop.imported),
        span: context.span(Site::of(edge)),
    })
}
