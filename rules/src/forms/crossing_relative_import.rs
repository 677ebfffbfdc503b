use ringfence_diagnostics::Fix;
use ringfence_source::ImportForm;
use ruff_diagnostics::{Applicability, Edit};
use ruff_python_ast::{Stmt, StmtImportFrom};
use ruff_python_stdlib::identifiers::is_identifier;
use ruff_text_size::{Ranged, TextRange, TextSize};

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
            None => message.help("write the absolute name"),
        }
    }

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let crossing = context.crossing(finding)?;
        let (facts, _, imported) = context.import(crossing.edge)?;
        let full = context.imported_name(crossing.edge);
        let module = full.strip_suffix(facts.name(imported.name))?.strip_suffix('.')?;
        // Where the dots lead past the root there is no absolute name.
        if module.starts_with('.') || module.split('.').any(|segment| !is_identifier(segment)) {
            return None;
        }
        let Stmt::ImportFrom(import) = context.statement(finding.site)? else { return None };
        let statement = context.statement_range(finding.site)?;
        let file = crossing.edge.file;
        let source = context.sources.text(file)?;
        let text = source.source_text().get(statement.to_std_range())?;
        let range = module_range(text, &import)?;
        let touches = |at: &str| !at.chars().next().is_some_and(|c| c.is_whitespace() || c == '\\');
        let before = text.get(..range.start().to_usize())?;
        let mut written = String::new();
        if before.ends_with("from") {
            written.push(' ');
        }
        written.push_str(module);
        if touches(text.get(range.end().to_usize()..)?) {
            written.push(' ');
        }
        let one_name = context.graph.index().has_one_name(file);
        let mut title = format!("Write `{module}` for the dots");
        if !one_name {
            title.push_str(", though this file may be loaded under another name, too");
        }
        let mut fix = Fix::safe(title, file, Edit::range_replacement(written, range + statement.start()));
        if !one_name {
            fix.applicability = Applicability::Unsafe;
        }
        Some(fix)
    }
}

/// The range from the first dot to the end of the module in a relative `from` import, counted as `import` is.
fn module_range(text: &str, import: &StmtImportFrom) -> Option<TextRange> {
    let from = text.find("from")? + "from".len();
    let dots = from + text.get(from..)?.find('.')?;
    if let Some(module) = &import.module {
        return Some(TextRange::new(size(dots), module.end()));
    }
    let is_blank = |c: char| matches!(c, '.' | ' ' | '\t' | '\x0c' | '\\' | '\r' | '\n');
    let names = text.get(dots..)?.find(|c| !is_blank(c))?;
    let last = text.get(dots..dots + names)?.rfind('.')?;
    Some(TextRange::new(size(dots), size(dots + last + 1)))
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
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
