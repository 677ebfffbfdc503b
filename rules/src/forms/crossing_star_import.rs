use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for `from ... import *` of a module of another boundary module.
    ///
    /// ## Why is this bad?
    /// Nobody can see which names cross the boundary: not the reader, not the owner of the imported module who wants to
    /// rename one, and not the rules about interfaces. A name that is added there may hide one here.
    ///
    /// ## Example
    /// ```python
    /// # shop/web/views.py
    /// from shop.orders import *  # RF602
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/web/views.py
    /// from shop.orders import Order, place_order
    /// ```
    CrossingStarImport {
        code: "RF602",
        name: "crossing-star-import",
        severity: Error,
        default: Default::OptIn,
        fix: Never,
    }
}

impl Rule for CrossingStarImport {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Independent, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let full = context.imported_name(crossing.edge);
        let module = full.strip_suffix(".*").unwrap_or(&full);
        let (from, to) = (context.importer_title(&crossing), context.boundary_name(crossing.imported));
        Message::new(format!("`{from}` imports every name of `{module}`"))
            .annotation((module != to).then(|| format!("part of `{to}`")))
            .owner(context.owner_text(crossing.imported))
            .help("import the names that are used, each by its name")
    }
}

/// RF602
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let (facts, _, imported) = context.import(crossing.edge)?;
    (facts.name(imported.name) == "*").then_some(0)
}
