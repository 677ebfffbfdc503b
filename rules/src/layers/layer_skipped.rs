use ringfence_diagnostics::Label;

use crate::context::LayerCrossing;
use crate::offered::instead_if_asked;
use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, LayerStep, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports downward that reach past a closed layer.
    ///
    /// ## Why is this bad?
    /// A closed layer is there to be the only way to what lies below it: it may check rights, cache, or hide a
    /// technology that is to be replaced. An import past it leaves all that out.
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
    LayerSkipped {
        code: "RF302",
        name: "layer-skipped",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for LayerSkipped {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Layers, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(LayerCrossing { crossing, importer, from, imported, to }) = context.layer_crossing(finding)
        else {
            return Message::default();
        };
        let (from, to) = (&from.name.value, &to.name.value);
        let Some(closed) = context.policy.layers.get(finding.detail as usize) else {
            return Message::default();
        };
        // The layers of one rank are closed together.
        let group = context.policy.layers.iter().filter(|layer| layer.rank == closed.rank);
        let names: Vec<&str> = group.map(|layer| layer.name.value.as_str()).collect();
        let between = names.join(" | ");
        context.crossing_message(&crossing, format!(
            "`{importer}` (layer `{from}`) reaches past the closed layer `{between}` to `{imported}` (layer `{to}`)"
        ))
        .label(Label::new(closed.name.span, "closed: layers above go through it"))
        .help(instead_if_asked(context, finding).unwrap_or_else(|| {
            format!("import from a module of `{}` that offers what is needed, or add it there", names.join("` or `"))
        }))
    }
}

/// RF302: the closed layer.
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    match context.boundaries.step(context.policy, crossing.importer?, crossing.imported) {
        LayerStep::Past(closed) => Some(closed as u32),
        LayerStep::Free | LayerStep::Down | LayerStep::Up | LayerStep::Sideways | LayerStep::Unknown => None,
    }
}
