use std::collections::BTreeSet;

use ringfence_diagnostics::{FileId, Fix};
use ringfence_graph::{ModuleId, Target};
use ringfence_source::{DynamicNames, Exports};
use ruff_diagnostics::{Applicability, Edit};

use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::star::{is_wanted, star_names};
use crate::{Context, Crossing, Finding, Message};

/// A line is broken where it would be longer.
const LINE_LENGTH: usize = 88;

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
    ///
    /// ## Fix safety
    /// The fix writes the names that the file uses, and those that other modules of the project import from it, for the star.
    /// It is safe where the file has an `__all__` that lists what it passes on. Anywhere else it is unsafe: whoever loads the
    /// file by a name in a string, or reaches through the module, may count on a name that the file itself does not use.
    ///
    /// No fix is offered where the names cannot be told: the imported module computes them, or passes on those of a module
    /// outside of the project; the importing file uses `globals()` or `exec`; a name is there only if a condition holds; or
    /// no name is used, so that the import may be there for what it does.
    CrossingStarImport {
        code: "RF602",
        name: "crossing-star-import",
        severity: Error,
        default: Default::OptIn,
        fix: Sometimes,
    }
}

impl Rule for CrossingStarImport {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Independent, find };
    const LOOKS_FURTHER: bool = true;

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

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let crossing = context.crossing(finding)?;
        let (_, import, imported) = context.import(crossing.edge)?;
        let file = crossing.edge.file;
        let Target::Module { module, missing: false, .. } = crossing.edge.target else { return None };
        let names = used_names(context, file, module)?;
        let source = context.sources.text(file)?;
        let text = source.source_text();
        let listed = names.iter().copied().collect::<Vec<_>>().join(", ");
        let before = text.get(..imported.range.start().to_usize())?;
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line..)?;
        let own_line = text.get(line..import.range.start().to_usize())?.trim().is_empty();
        let written = if column.chars().count() + listed.len() > LINE_LENGTH && own_line {
            let newline = if before.ends_with("\r\n") || text.contains("\r\n") { "\r\n" } else { "\n" };
            let indent: String = column.chars().take_while(|c| c.is_whitespace()).collect();
            let lines: Vec<String> =
                names.iter().map(|name| format!("{indent}    {name},{newline}")).collect();
            format!("({newline}{}{indent})", lines.concat())
        } else {
            listed
        };
        let (applicability, reason) = match in_whose_way(context, file) {
            None => (Applicability::Safe, String::new()),
            Some(reason) => (Applicability::Unsafe, format!(", though {reason}")),
        };
        let count = if names.len() == 1 { "the one name that is" } else { "the names that are" };
        let space = if column.ends_with("import") { " " } else { "" };
        let edit = Edit::range_replacement(format!("{space}{written}"), imported.range);
        let mut fix = Fix::safe(format!("Import {count} used{reason}"), file, edit);
        fix.applicability = applicability;
        Some(fix)
    }
}

/// The names of a star import that the file uses, or that others take from the file; nothing where they cannot be told.
fn used_names(context: &Context, file: FileId, module: ModuleId) -> Option<BTreeSet<&'static str>> {
    let parsed = context.sources.module(file).filter(|parsed| parsed.facts.syntax_error.is_none())?;
    let facts = &parsed.module;
    if facts.dynamic.iter().any(|(what, _)| *what != DynamicNames::LoadedModules)
        || matches!(facts.exports, Exports::Computed(_))
    {
        return None;
    }
    let brought = star_names(context, module).ok()?;
    let index = context.graph.index();
    let importer = index.of_file(file)?.module;
    let taken = context.taken().of(importer);
    // A package has the submodules that are loaded as attributes.
    let is_submodule = |name: &str| index.get(&format!("{}.{name}", context.module_name(module))).is_some();
    let mut used = BTreeSet::new();
    let here = facts.variables().iter().filter(|variable| variable.scope.index() == 0);
    for variable in here.filter(|variable| is_wanted(variable)) {
        let name = facts.name(variable.name);
        if brought.uncertain.contains(name) {
            return None;
        }
        let brings = brought.certain.contains(name);
        if brings || (variable.bindings.is_empty() && !name.starts_with('_') && is_submodule(name)) {
            used.insert(name);
        }
    }
    for name in taken.iter().flat_map(|taken| &taken.names) {
        if brought.uncertain.contains(name) {
            return None;
        }
        if brought.certain.contains(name) {
            used.insert(name);
        }
    }
    (!used.is_empty()).then_some(used)
}

/// Who may count on the names that the file does not use itself.
fn in_whose_way(context: &Context, file: FileId) -> Option<String> {
    let module = context.graph.index().of_file(file)?.module;
    let name = context.module_name(module);
    let parsed = context.sources.module(file)?;
    let taken = context.taken().of(module);
    if !matches!(parsed.module.exports, Exports::Listed(_)) {
        return Some(if taken.is_some_and(|taken| taken.star) {
            format!("others take every name of `{name}`")
        } else {
            format!("`{name}` has no `__all__` that says what it passes on")
        });
    }
    let reached = taken.is_some_and(|taken| taken.module);
    reached.then(|| format!("other names may be reached through `{name}`"))
}

/// RF602
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let (facts, _, imported) = context.import(crossing.edge)?;
    (facts.name(imported.name) == "*").then_some(0)
}
