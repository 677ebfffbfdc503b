use ringfence_diagnostics::Label;

use crate::offered::instead_if_asked;
use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module by somebody whom its `visible-to` does not list.
    ///
    /// ## Why is this bad?
    /// `visible-to` is the promise of a module to a few: it may change whenever these agree. Others who import it break
    /// without warning. It binds everyone, also code that no boundary module owns, such as scripts and tests; for these
    /// the entries are compared with the module's own name (`tests.**`).
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.storage"]
    /// visible-to = ["shop.orders", "shop.catalog"]
    /// ```
    ///
    /// ```python
    /// # shop/web/views.py
    /// from shop.storage import query  # RF104
    /// ```
    ///
    /// Ask one of those who may:
    /// ```python
    /// from shop.orders import open_orders
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.visible-to`
    HiddenModule {
        code: "RF104",
        name: "hidden-module",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for HiddenModule {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Visibility, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let from = context.importer_title(&crossing);
        let to = context.boundary_name(crossing.imported);
        let message = context
            .crossing_message(&crossing, format!("`{from}` imports `{to}`, which is not visible to it"));
        let Some(visible_to) = &context.declaration(crossing.imported).visible_to else { return message };
        let message = message.label(Label::new(
            visible_to.span,
            if visible_to.value.is_empty() {
                format!("`{to}` is visible to nobody else")
            } else {
                format!("`{to}` is visible only to these")
            },
        ));
        let declarer = &context.declaration(crossing.imported).pattern.value;
        let add = format!("add `\"{from}\"` to `visible-to` of `{declarer}`");
        // Patterns, and code that nobody owns, are nothing to go through.
        let names: Vec<String> = visible_to
            .value
            .iter()
            .filter_map(|name| name.value.exact())
            .filter(|name| {
                context.graph.index().get(name).is_some_and(|module| context.boundaries.at(module).is_some())
            })
            .map(|name| format!("`{name}`"))
            .collect();
        let advice = match names.as_slice() {
            [] => format!("remove the import, or {add}"),
            [one] => format!("go through {one}, or {add}"),
            [first @ .., last] if names.len() <= 4 => {
                format!("go through {} or {last}, or {add}", first.join(", "))
            }
            _ => format!("go through one of the modules that may import `{to}`, or {add}"),
        };
        message.help(match instead_if_asked(context, finding) {
            Some(instead) => format!("{instead}, or {add}"),
            None => advice,
        })
    }
}

/// RF104
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let visible_to = context.declaration(crossing.imported).visible_to.as_ref()?;
    let matches = |name: &str| visible_to.value.iter().any(|pattern| pattern.value.matches(name));
    let seen = match crossing.importer {
        Some(importer) => context.boundaries.sees(importer, crossing.imported),
        None => matches(context.importer_name(crossing.edge)),
    };
    (!seen).then_some(0)
}
