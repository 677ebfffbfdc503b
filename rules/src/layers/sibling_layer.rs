use ringfence_diagnostics::Label;

use crate::context::LayerCrossing;
use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::usage_of_names::{When, ways_out};
use crate::{Context, Crossing, Finding, LayerStep, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports between layers of one level, written `"a | b"`.
    ///
    /// ## Why is this bad?
    /// Such layers are independent of each other: each can be changed, tested or removed without the other.
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
    /// Let a layer above connect the two:
    /// ```python
    /// # shop/web/wiring.py
    /// bus.subscribe(Order.changed)
    /// ```
    ///
    /// ## Options
    /// - `layers`
    SiblingLayer {
        code: "RF303",
        name: "sibling-layer",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for SiblingLayer {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Layers, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(LayerCrossing { crossing, importer, from, imported, to }) = context.layer_crossing(finding)
        else {
            return Message::default();
        };
        let (from, independent) = (&from.name.value, &to.name);
        context
            .crossing_message(
                &crossing,
                format!(
                    "`{importer}` (layer `{from}`) imports `{imported}` of the independent layer `{}`",
                    independent.value
                ),
            )
            .label(Label::new(independent.span, "independent of each other"))
            .help(ways_out(
                context,
                finding,
                "let a layer above connect the two, or move what both need to a layer below".to_string(),
                |when, what| match when {
                    When::InAnnotations => vec![
                        format!("let `{from}` define a Protocol with what it needs of {what}"),
                        format!("move {what} to a layer below both"),
                    ],
                    When::InFunctions => vec![
                        format!("let a layer above both import {what} and pass it in"),
                        format!("move {what} to a layer below both"),
                    ],
                    When::AtImport => vec![format!("move {what} to a layer below both")],
                    When::PassedOn | When::Nowhere => {
                        vec![format!(
                            "import {what} from `{imported}` where it is needed, in a layer above both"
                        )]
                    }
                },
            ))
    }
}

/// RF303
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let step = context.boundaries.step(context.policy, crossing.importer?, crossing.imported);
    (step == LayerStep::Sideways).then_some(0)
}
