use ringfence_diagnostics::Label;

use super::crossing::LayerCrossing;
use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::usage_of_names::{UsageTime, suggestions};
use crate::{Context, Crossing, Explainer, LayerStep, Message, RuleId};

declare_rule! {
    /// ## What it does
    /// Checks for imports between sibling layers, written `"a | b"`.
    ///
    /// ## Why is this bad?
    /// Sibling layers are independent: each can be changed, tested or removed without the other.
    ///
    /// ## Example
    /// ```toml
    /// layers = ["web", "domain | events", "storage"]
    /// ```
    ///
    /// ```python
    /// # shop/events/bus.py, in the layer events
    /// from shop.domain import Order  # RF303
    /// ```
    ///
    /// Let a higher layer connect the two:
    /// ```python
    /// # shop/web/wiring.py
    /// bus.subscribe(Order.changed)
    /// ```
    ///
    /// ## Options
    /// - `layers`
    SiblingLayerImport {
        code: "RF303",
        name: "sibling-layer-import",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
    }
}

impl Rule for SiblingLayerImport {
    type Violation = LayerCrossing;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Layers, find };

    fn message(context: &Explainer, violation: &LayerCrossing) -> Message {
        let crossing = &violation.crossing;
        let (importer, imported) = violation.names(context);
        let (from, independent) = (&violation.from(context).name.value, &violation.to(context).name);
        context
            .crossing_message(
                crossing,
                format!(
                    "`{importer}` (layer `{from}`) imports `{imported}` of the independent layer `{}`",
                    independent.value
                ),
            )
            .label(Label::new(independent.span, "independent of each other"))
            .help(suggestions(
                context,
                RuleId::of::<Self>(),
                crossing,
                "let a layer above connect the two, or move what both need to a layer below".to_string(),
                |when, what| match when {
                    UsageTime::InAnnotations => vec![
                        format!("let `{from}` define a Protocol with what it needs of {what}"),
                        format!("move {what} to a layer below both"),
                    ],
                    UsageTime::InFunctions => vec![
                        format!("let a layer above both import {what} and pass it in"),
                        format!("move {what} to a layer below both"),
                    ],
                    UsageTime::AtImport => vec![format!("move {what} to a layer below both")],
                    UsageTime::PassedOn | UsageTime::Nowhere => {
                        vec![format!(
                            "import {what} from `{imported}` where it is needed, in a layer above both"
                        )]
                    }
                },
            ))
    }
}

/// RF303
fn find(context: &Context, crossing: &Crossing) -> Option<LayerCrossing> {
    let (found, step) = LayerCrossing::of(context, crossing)?;
    (step == LayerStep::Sideways).then_some(found)
}
