use ringfence_diagnostics::Fix;
use ringfence_source::ImportForm;
use ruff_diagnostics::Applicability;
use ruff_python_stdlib::identifiers::is_identifier;

use crate::import_edit::edit_import;
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
    ///
    /// ## Fix safety
    /// The fix writes the absolute name of the module for the dots. It is safe where the file can be loaded under one name
    /// only. Where a source root lies in another, or the top-level package has no `__init__`, the file may be loaded under a
    /// second name, from which the absolute import would lead to a second copy of the module: there it is unsafe.
    CrossingRelativeImport {
        code: "RF601",
        name: "crossing-relative-import",
        severity: Error,
        default: Default::OptIn,
        fix: Sometimes,
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
            None => message.help("write an absolute name, from a source root (`source-roots`)"),
        }
    }

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let crossing = context.crossing(finding)?;
        let (facts, _, imported) = context.import(crossing.edge)?;
        let full = context.imported_name(crossing.edge);
        let module = full.strip_suffix(facts.name(imported.name))?.strip_suffix('.')?;
        // Where the dots lead past the root there is no absolute name.
        if !is_module_name(module) {
            return None;
        }
        let file = crossing.edge.file;
        let edit = edit_import(context, finding.site, |statement, _| statement.with_other_module(module))?;
        let one_name = context.graph.index().has_one_name(file);
        let mut title = format!("Write `{module}` for the dots");
        if !one_name {
            title.push_str(", though this file may be loaded under another name, too");
        }
        let mut fix = Fix::safe(title, file, edit);
        if !one_name {
            fix.applicability = Applicability::Unsafe;
        }
        Some(fix)
    }
}

/// Whether an import can name a module so: dots may lead past the root, and a folder on the way may be called `prefect-azure`.
pub(crate) fn is_module_name(module: &str) -> bool {
    module.split('.').all(is_identifier)
}

/// The one imported name as an absolute import; nothing for a call that imports, or where there is no such name.
fn absolute(context: &Context, crossing: &Crossing) -> Option<String> {
    let (facts, import, imported) = context.import(crossing.edge)?;
    let ImportForm::From { .. } = import.form else { return None };
    let name = facts.name(imported.name);
    let full = context.imported_name(crossing.edge);
    let module = full.strip_suffix(name)?.strip_suffix('.').filter(|module| is_module_name(module))?;
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
