use ringfence_diagnostics::Label;

use super::crossing::LayerCrossing;
use crate::equivalent_exports::instead_if_asked;
use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Explainer, LayerStep, Message};

declare_rule! {
    /// ## What it does
    /// Checks for downward imports that skip a closed layer.
    ///
    /// ## Why is this bad?
    /// A closed layer is meant to be the only access to the layers below it: it may check permissions, cache, or hide
    /// a technology that is to be replaced. An import that skips it bypasses all of that.
    ///
    /// ## Example
    /// ```toml
    /// layers = ["web", { name = "services", closed = true }, "storage"]
    /// ```
    ///
    /// ```python
    /// # shop/web/views.py, in the layer web
    /// from shop.storage import query  # RF302
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.orders import open_orders  # in the layer services
    /// ```
    ///
    /// ## Options
    /// - `layers`
    SkippedLayer {
        code: "RF302",
        name: "skipped-layer",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

/// An import past a closed layer.
#[derive(Debug, Hash)]
pub(crate) struct Skipped {
    layers: LayerCrossing,
    /// Position of the closed one in `layers`.
    closed: usize,
}

impl Rule for SkippedLayer {
    type Violation = Skipped;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Layers, find };

    fn message(context: &Explainer, violation: &Skipped) -> Message {
        let Skipped { layers, closed } = violation;
        let crossing = &layers.crossing;
        let (importer, imported) = layers.names(context);
        let (from, to) = (&layers.from(context).name.value, &layers.to(context).name.value);
        let closed = &context.policy.layers[*closed];
        // The layers of one rank are closed together.
        let group = context.policy.layers.iter().filter(|layer| layer.rank == closed.rank);
        let names: Vec<&str> = group.map(|layer| layer.name.value.as_str()).collect();
        let between = names.join(" | ");
        context.crossing_message(crossing, format!(
            "`{importer}` (layer `{from}`) reaches past the closed layer `{between}` to `{imported}` (layer `{to}`)"
        ))
        .label(Label::new(closed.name.span, "closed: layers above go through it"))
        .help(instead_if_asked(context, crossing).unwrap_or_else(|| {
            format!("import from a module of `{}` that offers what is needed, or add it there", names.join("` or `"))
        }))
    }
}

/// RF302
fn find(context: &Context, crossing: &Crossing) -> Option<Skipped> {
    let (layers, step) = LayerCrossing::of(context, crossing)?;
    match step {
        LayerStep::Past(closed) => Some(Skipped { layers, closed }),
        LayerStep::Free | LayerStep::Down | LayerStep::Up | LayerStep::Sideways | LayerStep::Unknown => None,
    }
}
