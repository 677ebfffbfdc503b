use ringfence_source::ImportForm;

use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for relative imports that leave their boundary module.
    ///
    /// ## Why is this bad?
    /// Dots say "near by", and a boundary module is the unit that is moved and read as one. An import that leaves it by
    /// counting packages hides where it leads, and breaks, or leads elsewhere, when the module is moved.
    ///
    /// ## Example
    /// ```python
    /// # shop/orders/place.py
    /// from ..billing import charge  # RF601
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/orders/place.py
    /// from shop.billing import charge
    /// ```
    CrossingRelativeImport {
        code: "RF601",
        name: "crossing-relative-import",
        severity: Error,
        default: Default::OptIn,
        fix: Never,
    }
}

impl Rule for CrossingRelativeImport {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Independent, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let (from, to) = (context.importer_title(&crossing), context.boundary_name(crossing.imported));
        let text = format!("relative import leaves `{from}` for `{to}`");
        let message = context.crossing_message(&crossing, text);
        match absolute(context, &crossing) {
            Some(statement) => message.help(format!("write `{statement}`")),
            None => message.help("write the absolute name"),
        }
    }
}

/// The one imported name as an absolute import; nothing for a call that imports.
fn absolute(context: &Context, crossing: &Crossing) -> Option<String> {
    let (facts, import, imported) = context.import(crossing.edge)?;
    let ImportForm::From { .. } = import.form else { return None };
    let name = facts.name(imported.name);
    let full = context.imported_name(crossing.edge);
    let module = full.strip_suffix(name)?.strip_suffix('.')?;
    let alias = imported.alias.map_or(String::new(), |(alias, _)| format!(" as {}", facts.name(alias)));
    Some(format!("from {module} import {name}{alias}"))
}

/// RF601
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    crossing.importer?;
    let (_, import, _) = context.import(crossing.edge)?;
    let (ImportForm::Import { level } | ImportForm::From { level, .. }) = import.form;
    (level > 0).then_some(0)
}
