use ringfence_diagnostics::{Fix, Label};

use super::crossing::LayerCrossing;
use crate::relocate_import::relocate_to_unchecked_kind;
use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::usage_of_names::{UsageTime, suggestions};
use crate::{Context, Crossing, Explainer, LayerStep, Message, RuleId};

declare_rule! {
    /// ## What it does
    /// Checks for imports from a layer to a higher one.
    ///
    /// ## Why is this bad?
    /// Layers are ordered so that the lower ones can be understood, tested and reused without the higher ones. An
    /// upward import ties them together, and often closes an import cycle.
    ///
    /// Only imports between modules that both have a layer are checked.
    ///
    /// ## Example
    /// ```toml
    /// layers = ["web", "services", "storage"]
    /// ```
    ///
    /// ```python
    /// # shop/storage/tables.py, in the layer storage
    /// from shop.web.settings import DATABASE  # RF301
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// def connect(database: str): ...  # the web layer passes it in
    /// ```
    ///
    /// ## Options
    /// - `layers`
    /// - `modules.<name>.layer`
    /// - `kinds`
    ///
    /// ## Fix safety
    /// If `kinds` does not include `typing`, as is the default, and only annotations use the name, the fix moves the
    /// import under `if TYPE_CHECKING:`, as for RF603. If `kinds` does not include `lazy` or `deferred` and only
    /// functions use the name, the fix makes the import lazy, if `target-version` supports that, or moves it into the
    /// functions. That is unsafe, as the module is then loaded later.
    LayerViolation {
        code: "RF301",
        name: "layer-violation",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

impl Rule for LayerViolation {
    type Violation = LayerCrossing;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Layers, find };

    fn message(context: &Explainer, violation: &LayerCrossing) -> Message {
        let crossing = &violation.crossing;
        let (importer, imported) = violation.names(context);
        let (lower, higher) = (violation.from(context), violation.to(context));
        let (from, to) = (&lower.name.value, &higher.name.value);
        context
            .crossing_message(
                crossing,
                format!("`{importer}` (layer `{from}`) imports `{imported}` of the higher layer `{to}`"),
            )
            .label(Label::new(higher.name.span, "higher layer"))
            .label(Label::new(lower.name.span, "lower layer: may not import upward"))
            .help(suggestions(
                context,
                RuleId::of::<Self>(),
                crossing,
                format!(
                    "move what both need down to `{from}` or below, pass it in from `{to}`, or let `{from}` define a \
                     Protocol that `{to}` implements"
                ),
                |when, what| match when {
                    UsageTime::InAnnotations => vec![
                        format!("let `{from}` define a Protocol with what it needs of {what}; `{to}` implements it"),
                        format!("move {what} down to `{from}` or below"),
                    ],
                    UsageTime::InFunctions => vec![
                        format!("pass {what} in from `{to}`, as an argument or when the object is made"),
                        format!("let `{from}` define a Protocol with what it needs of {what}; `{to}` implements it"),
                        format!("move {what} down to `{from}` or below"),
                    ],
                    UsageTime::AtImport => vec![
                        format!("move {what} down to `{from}` or below"),
                        format!("move the code that uses {what} up to `{to}`"),
                    ],
                    UsageTime::PassedOn | UsageTime::Nowhere => vec![
                        format!("import {what} from `{imported}` where it is needed, not through `{importer}`"),
                        format!("move {what} down to `{from}` or below"),
                    ],
                },
            ))
    }

    fn fix(context: &Explainer, violation: &LayerCrossing) -> Option<Fix> {
        relocate_to_unchecked_kind(context, RuleId::of::<Self>(), &violation.crossing.edge)
    }
}

/// RF301
fn find(context: &Context, crossing: &Crossing) -> Option<LayerCrossing> {
    let (found, step) = LayerCrossing::of(context, crossing)?;
    (step == LayerStep::Up).then_some(found)
}
