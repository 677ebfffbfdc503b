use ringfence_diagnostics::{Label, Severity};
use ringfence_policy::Dependency;

use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Crossing, Explainer, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a dependency that `depends-on` marks as deprecated.
    ///
    /// ## Why is this bad?
    /// The dependency is being phased out, and every remaining import delays its removal. The finding is a warning,
    /// so runs pass while the work goes on; `severity = { RF103 = "error" }` makes it strict.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.orders"]
    /// depends-on = [{ module = "shop.legacy", deprecated = "use shop.catalog" }]
    /// ```
    ///
    /// ```python
    /// # shop/orders/place.py
    /// from shop.legacy import find_product  # RF103
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.catalog import find_product
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.depends-on`
    /// - `severity`
    DeprecatedDependency {
        code: "RF103",
        name: "deprecated-dependency",
        severity: Warning,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Deprecated],
        dialects: [Tach: Checked],
    }
}

/// An import over a deprecated dependency.
#[derive(Debug, Hash)]
pub(crate) struct Deprecated {
    crossing: Crossing,
    importer: BoundaryId,
    /// Position in `depends-on` of the importer.
    entry: usize,
}

impl Rule for DeprecatedDependency {
    type Violation = Deprecated;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Declaration, find };

    fn message(context: &Explainer, violation: &Deprecated) -> Message {
        let Deprecated { crossing, importer, entry } = violation;
        let (from, to) = (context.boundary_name(*importer), context.boundary_name(crossing.imported));
        let entry = &dependencies(context, *importer)[*entry];
        let advice = entry.deprecated.as_ref().map_or("", |advice| advice.value.as_str());
        let text = if advice.is_empty() {
            format!("`{from}` imports `{to}`, a deprecated dependency")
        } else {
            format!("`{from}` imports `{to}`, a deprecated dependency: {advice}")
        };
        context.crossing_message(crossing, text).label(Label::new(entry.entry, "deprecated here"))
    }

    fn severity(context: &Context, violation: &Deprecated, severity: Severity) -> Option<Severity> {
        (!context.is_declared_elsewhere(&violation.crossing.edge)).then_some(severity)
    }
}

/// RF103
fn find(context: &Context, crossing: &Crossing) -> Option<Deprecated> {
    let importer = crossing.importer?;
    let entry = context.boundaries.dependency(importer, crossing.imported)? as usize;
    dependencies(context, importer).get(entry)?.deprecated.as_ref()?;
    let must_declare = context.must_declare(importer, crossing.imported);
    must_declare.then_some(Deprecated { crossing: *crossing, importer, entry })
}

/// What a boundary module lists in `depends-on`.
fn dependencies<'a>(context: &Context<'a>, importer: BoundaryId) -> &'a [Dependency] {
    context.declaration(importer).depends_on.as_ref().map_or(&[], |list| list.value.as_slice())
}
