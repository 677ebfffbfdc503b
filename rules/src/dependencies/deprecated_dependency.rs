use ringfence_diagnostics::Label;
use ringfence_policy::Dependency;

use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Crossing, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports over a dependency that `depends-on` marks as deprecated.
    ///
    /// ## Why is this bad?
    /// The dependency is on its way out. Every import that is left stands in the way of removing it. A warning, so that
    /// a run passes while the work goes on; `severity = { RF103 = "error" }` makes it strict.
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
        default: Default::On,
        fix: Never,
    }
}

impl Rule for DeprecatedDependency {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Declaration, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let Some(importer) = crossing.importer else { return Message::default() };
        let (from, to) = (context.boundary_name(importer), context.boundary_name(crossing.imported));
        let entry = entry(context, importer, finding.detail);
        let advice =
            entry.and_then(|entry| entry.deprecated.as_ref()).map_or("", |advice| advice.value.as_str());
        let mut message = context.crossing_message(
            &crossing,
            if advice.is_empty() {
                format!("`{from}` imports `{to}`, a deprecated dependency")
            } else {
                format!("`{from}` imports `{to}`, a deprecated dependency: {advice}")
            },
        );
        if let Some(entry) = entry {
            message = message.label(Label::new(entry.entry, "deprecated here"));
        }
        message
    }
}

/// RF103: the entry of `depends-on`.
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let importer = crossing.importer?;
    let position = context.boundaries.dependency(importer, crossing.imported)?;
    let is_deprecated = entry(context, importer, position)?.deprecated.is_some();
    (is_deprecated && context.must_declare(importer, crossing.imported)).then_some(position)
}

fn entry<'a>(context: &Context<'a>, importer: BoundaryId, position: u32) -> Option<&'a Dependency> {
    context.declaration(importer).depends_on.as_ref()?.value.get(position as usize)
}
