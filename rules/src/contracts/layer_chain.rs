use ringfence_policy::{ContractLayer, Terms};

use super::telling::{BrokenContract, find, message_of_chain};
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message};

declare_rule! {
    /// ## What it does
    /// Checks for import chains from a lower layer to a higher one in a `layers` contract. No layer may reach a
    /// higher one, whether it imports it directly or through modules outside all of the layers.
    ///
    /// ## Why is this bad?
    /// A lower layer that depends on a higher one cannot be used without it, and the two change together: the layers
    /// exist in name only. RF301 checks imports; this contract also checks chains through other modules.
    ///
    /// Each pair of layers is reported once, with a shortest chain of imports. A chain that passes through a further
    /// layer counts for that layer only. Independent layers (`"a | b"`) may not reach each other at all, and no layer
    /// above a closed one may reach past it. With `containers`, the layers of each container are checked on their
    /// own.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "the shop is layered"
    /// type = "layers"
    /// layers = ["shop.web", "shop.orders | shop.billing", "shop.storage"]
    /// ```
    ///
    /// ```python
    /// # shop/storage/rows.py
    /// from shop.helpers import current_user  # RF408
    ///
    /// # shop/helpers.py
    /// from shop.web.session import current_user
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/storage/rows.py
    /// def save(row, user): ...  # whoever calls it knows the user
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    LayerChain {
        code: "RF408",
        name: "layer-chain",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract],
    }
}

impl Rule for LayerChain {
    type Violation = BrokenContract;
    const CONTRACT_TYPE: Option<&str> = Some("layers");
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Context, violation: &BrokenContract) -> Message {
        let layers = match &violation.broken(context).contract.terms {
            Terms::Layers { layers, .. } => layers.as_slice(),
            _ => &[],
        };
        message_of_chain(context, violation, |ends| {
            let why = match (level(layers, ends.from), level(layers, ends.to)) {
                (Some(from), Some(to)) if from == to => format!("must be independent of `{}`", ends.to),
                (Some(from), Some(to)) if from < to => {
                    let closed = layers[from + 1..to].iter().find(|layer| layer.closed);
                    let names = closed.map(|layer| {
                        let names = layer.members.iter().map(|member| member.name.value.as_str());
                        names.collect::<Vec<_>>().join("`, `")
                    });
                    format!("must not reach past `{}` to `{}`", names.unwrap_or_default(), ends.to)
                }
                _ => format!("is a layer below `{}`", ends.to),
            };
            format!("`{}` {why}, and {}", ends.from, ends.how)
        })
    }
}

/// The level of a module, whose name may begin with that of a container.
fn level(layers: &[ContractLayer], name: &str) -> Option<usize> {
    let is_meant = |member: &str| {
        name.strip_suffix(member).is_some_and(|above| above.is_empty() || above.ends_with('.'))
    };
    let depth = |layer: &ContractLayer| {
        let names = layer.members.iter().map(|member| member.name.value.as_str());
        names.filter(|member| is_meant(member)).map(str::len).max()
    };
    // Of several that fit the longest name is meant.
    layers
        .iter()
        .enumerate()
        .filter_map(|(level, layer)| Some((depth(layer)?, level)))
        .max()
        .map(|(_, it)| it)
}
