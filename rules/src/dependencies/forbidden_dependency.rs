use ringfence_diagnostics::{Label, Severity};
use ringfence_policy::{Downward, PeerGaps, Precedence};

use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::usage_of_names::{UsageTime, suggestions};
use crate::{BoundaryId, Context, Crossing, Explainer, LayerStep, Message, RuleId};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module that the importing boundary module lists in `forbids`.
    ///
    /// ## Why is this bad?
    /// Someone decided that this module must not depend on the other. `forbids` wins over `depends-on` and over the
    /// layers.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.catalog"]
    /// forbids = [{ module = "shop.web", reason = "the catalog is used without a web server" }]
    /// ```
    ///
    /// ```python
    /// # shop/catalog/search.py
    /// from shop.web import request  # RF102
    /// ```
    ///
    /// Pass what is needed as an argument:
    /// ```python
    /// def search(query: str): ...
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.forbids`
    ForbiddenDependency {
        code: "RF102",
        name: "forbidden-dependency",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

/// An import of what the importer forbids itself.
#[derive(Debug, Hash)]
pub(crate) struct Forbidden {
    crossing: Crossing,
    importer: BoundaryId,
    /// Position in `forbids` of the importer.
    entry: usize,
}

impl Rule for ForbiddenDependency {
    type Violation = Forbidden;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Forbidden, find };

    fn message(context: &Explainer, violation: &Forbidden) -> Message {
        let Forbidden { crossing, importer, entry } = violation;
        let (from, to) = (context.boundary_name(*importer), context.boundary_name(crossing.imported));
        let entry = &context.declaration(*importer).forbids[*entry];
        context
            .crossing_message(
                crossing,
                match &entry.reason {
                    Some(reason) => format!("`{from}` must not import `{to}`: {}", reason.value),
                    None => format!("`{from}` must not import `{to}`"),
                },
            )
            .label(Label::new(entry.pattern.span, "forbidden here"))
            .help(suggestions(
                context,
                RuleId::of::<Self>(),
                crossing,
                format!("remove the import, or pass what `{from}` needs of `{to}` in from its callers"),
                |when, what| match when {
                    UsageTime::InAnnotations => {
                        vec![format!("let `{from}` define a Protocol with what it needs of {what}")]
                    }
                    UsageTime::InFunctions | UsageTime::AtImport => {
                        vec![
                            format!("pass {what} in from the callers of `{from}`"),
                            format!("do without {what}"),
                        ]
                    }
                    UsageTime::PassedOn | UsageTime::Nowhere => {
                        vec![format!("import {what} from `{to}` where it is needed, not through `{from}`")]
                    }
                },
            ))
    }

    fn severity(context: &Context, violation: &Forbidden, severity: Severity) -> Option<Severity> {
        Some(context.severity_in(PeerGaps::FORBIDDEN_DOWNWARD, severity, || {
            layers_allow(context, &violation.crossing)
        }))
    }
}

/// Whether the layers alone let this import through.
fn layers_allow(context: &Context, crossing: &Crossing) -> bool {
    crossing.importer.is_some_and(|importer| {
        context.boundaries.step(context.policy, importer, crossing.imported) == LayerStep::Down
            && (context.policy.dialect.downward == Downward::Free
                || context.declaration(crossing.imported).utility.is_some())
    })
}

/// RF102: the entry of `forbids`.
fn find(context: &Context, crossing: &Crossing) -> Option<Forbidden> {
    let importer = crossing.importer?;
    let entry = context.boundaries.prohibition(importer, crossing.imported)?;
    // Where order decides, layers come first.
    let is_for_layers = context.policy.dialect.precedence == Precedence::Order
        && matches!(
            context.boundaries.step(context.policy, importer, crossing.imported),
            LayerStep::Up | LayerStep::Past(_) | LayerStep::Unknown
        );
    (!is_for_layers).then_some(Forbidden { crossing: *crossing, importer, entry: entry as usize })
}
