use std::collections::BTreeSet;

use ringfence_diagnostics::{FileId, Fix};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_refactor::import_edit::edit_import;
use ringfence_refactor::origin::{Names, ResolutionError};
use ringfence_refactor::proof::{Together, named_beside, oddities_of};
use ringfence_refactor::star::{is_wanted, star_names};
use ringfence_source::{BindingKind, DynamicNames, Exports, ImportContext, Listing, Variable};
use ruff_diagnostics::{Applicability, Edit};
use ruff_text_size::{Ranged, TextSize};

use super::crossing_relative_import::{CrossingRelativeImport, absolute_module, doubt_of_name};
use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Explainer, Message, RuleId};

/// A line is broken where it would be longer.
const LINE_LENGTH: usize = 88;

declare_rule! {
    /// ## What it does
    /// Checks for `from ... import *` from a module of another boundary module.
    ///
    /// ## Why is this bad?
    /// A star import hides which names cross the boundary: from the reader, from the owner who wants to rename one,
    /// and from the rules about interfaces. A name that is added there may shadow one here.
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
    /// The fix replaces the star with the names that the file uses and those that other modules of the project import
    /// from it. It leaves out names that the file itself binds below the star.
    ///
    /// The fix is safe if all of this holds; otherwise it is unsafe, and says why:
    /// - the file lists what it re-exports in a plain `__all__`, and nobody imports the file as a module;
    /// - the star is the only one in the file, and brings in neither a module nor a name that the file also binds;
    /// - no string names what is left out;
    /// - nothing that may run with the file accesses names in ways that cannot be analyzed (as for RF201).
    ///
    /// No fix is offered if the file exists for the names in it: a package, settings, `conftest`, or a file whose
    /// names another star import takes.
    ///
    /// No fix is offered either if the names cannot be determined: the imported module computes them, or re-exports
    /// those of a module outside the project; a used name comes from outside the project; the importing file uses
    /// `globals()` or `exec`; a name exists only under a condition; or no name is used, so the import may be there
    /// for its side effects.
    CrossingStarImport {
        code: "RF602",
        name: "crossing-star-import",
        severity: Error,
        default: Activation::OptIn,
        fix: Sometimes,
        since: "0.1.0",
    }
}

impl Rule for CrossingStarImport {
    type Violation = Crossing;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Independent, find };
    const READS_OTHER_FILES: bool = true;

    fn message(context: &Explainer, crossing: &Crossing) -> Message {
        let full = context.imported_name(&crossing.edge);
        let module = full.strip_suffix(".*").unwrap_or(&full);
        let (from, to) = (context.importer_title(crossing), context.boundary_name(crossing.imported));
        Message::new(format!("`{from}` imports every name of `{module}`"))
            .annotation((module != to).then(|| format!("part of `{to}`")))
            .owner(context.owner_text(crossing.imported))
            .help("import the names that are used, each by its name")
    }

    fn fix(context: &Explainer, crossing: &Crossing) -> Option<Fix> {
        let (_, import, imported) = context.import(&crossing.edge)?;
        let file = crossing.edge.file;
        let Target::Module { module, missing: false, .. } = crossing.edge.target else { return None };
        if passes_on(context, file) {
            return None;
        }
        let names = used_names(context, file, module, import.range.start())?;
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
        let (mut applicability, reason) = match in_whose_way(context, &crossing.edge, module, &names) {
            None => (Applicability::Safe, String::new()),
            Some(reason) => (Applicability::Unsafe, format!(", though {reason}")),
        };
        let count = if names.len() == 1 { "the one name that is" } else { "the names that are" };
        let space = if column.ends_with("import") { " " } else { "" };
        let mut edit = Edit::range_replacement(format!("{space}{written}"), imported.range);
        let mut reason = reason;
        // RF601 would have as many findings as there are names.
        if let Some((absolute, doubt)) = without_dots(context, &crossing.edge, &written) {
            edit = absolute;
            if let Some(doubt) = doubt.filter(|_| applicability == Applicability::Safe) {
                (applicability, reason) = (Applicability::Unsafe, format!(", though {doubt}"));
            }
        }
        let mut fix = Fix::safe(format!("Import {count} used{reason}"), file, edit);
        fix.applicability = applicability;
        Some(fix)
    }
}

/// The edit that writes names for the star and a module without dots, with what may make a difference, where RF601 looks at the
/// file; nothing where there are no dots.
fn without_dots(context: &Context, edge: &Edge, written: &str) -> Option<(Edit, Option<String>)> {
    let rule = RuleId::of::<CrossingRelativeImport>();
    let is_looked_at = context.file_settings.reports(rule, edge.file) && context.judges(rule, edge);
    let module = absolute_module(context, edge).filter(|_| is_looked_at)?;
    let edit = edit_import(context, edge, |statement, _| statement.with_module_of(&[(0, "*")], &module))?;
    let (before, after) = edit.content()?.rsplit_once('*')?;
    let content = [before, written, after].concat();
    Some((Edit::range_replacement(content, edit.range()), doubt_of_name(context, edge.file)))
}

/// Whether a file is there for what others find in it, whoever these are: a package, settings, fixtures of tests.
fn passes_on(context: &Context, file: FileId) -> bool {
    let Some(module) = context.graph.index().of_file(file) else { return true };
    let mut segments = context.module_name(module.module).rsplit('.');
    let is_meant = |name: &str| name.contains("settings") || name == "conftest";
    module.is_package || segments.any(is_meant) || context.taken().of(module.module).is_some_and(|it| it.star)
}

/// The names of a star import that the file uses, or that others take from the file; nothing where they cannot be told.
fn used_names(
    context: &Context,
    file: FileId,
    module: ModuleId,
    star: TextSize,
) -> Option<BTreeSet<&'static str>> {
    let parsed = context.parsed(file)?;
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
        if is_bound_after(variable, star) {
            continue;
        }
        if brought.uncertain.contains(name) {
            return None;
        }
        let brings = brought.certain.contains(name);
        if brings || (variable.bindings.is_empty() && !name.starts_with('_') && is_submodule(name)) {
            used.insert(name);
        }
    }
    for name in taken.iter().flat_map(|taken| &taken.names) {
        if facts.global(name).is_some_and(|variable| is_bound_after(variable, star)) {
            continue;
        }
        if brought.uncertain.contains(name) {
            return None;
        }
        if brought.certain.contains(name) {
            used.insert(name);
        }
    }
    // What the imported module has from elsewhere is to be imported from there.
    let is_foreign = |name: &&str| is_from_outside(context, module, name);
    (!used.is_empty() && !used.iter().any(is_foreign)).then_some(used)
}

/// Whether a file binds a name itself below a star, for certain, and asks for it only after that.
fn is_bound_after(variable: &Variable, star: TextSize) -> bool {
    let Some(first) = variable.bindings.first() else { return false };
    let binds =
        !matches!(first.how, BindingKind::Augmented | BindingKind::Deletion | BindingKind::Declaration);
    binds
        && first.scope == variable.scope
        && !first.is_conditional()
        && variable.bindings.iter().all(|binding| binding.range.start() > star)
        && variable.uses.iter().all(|used| used.is_deferred() || used.range.start() > first.range.start())
}

/// Whether a module has a name from a module that is not of the project.
fn is_from_outside(context: &Context, module: ModuleId, name: &str) -> bool {
    let top_level = context.graph.index().ancestors(module).last().unwrap_or(module);
    let path = Names::likely(context, top_level).path(module, name);
    let (at, name) = match &path {
        Ok(path) => match path.last() {
            Some(last) => (last.module, last.name.as_str()),
            None => return false,
        },
        Err(ResolutionError::IsModule(at)) => (*at, name),
        Err(_) => return false,
    };
    let Some(file) = context.graph.index().module(at).file else { return false };
    let Some(parsed) = context.sources.module(file) else { return false };
    let bindings = parsed.module.global(name).map(|variable| variable.bindings.as_slice());
    bindings.unwrap_or_default().iter().any(|binding| {
        let BindingKind::Import { import, name, .. } = binding.how else { return false };
        let edge = context.edge_at(file, import, name);
        edge.is_some_and(|edge| !matches!(edge.target, Target::Module { .. }))
    })
}

/// What may make a difference.
fn in_whose_way(context: &Context, edge: &Edge, module: ModuleId, names: &BTreeSet<&str>) -> Option<String> {
    let (index, file) = (context.graph.index(), edge.file);
    let importer = index.of_file(file)?.module;
    let name = context.module_name(importer);
    let parsed = context.sources.module(file)?;
    let taken = context.taken().of(importer);
    if !matches!(parsed.module.exports, Exports::Listed(_)) {
        return Some(format!("`{name}` has no `__all__` that says what it passes on"));
    }
    if taken.is_some_and(|taken| taken.module) {
        return Some(format!("other names may be reached through `{name}`"));
    }
    let listing = |file: FileId| oddities_of(context, file).map_or(Listing::Odd, |oddities| oddities.listing);
    if listing(file) != Listing::Plain {
        return Some(format!("`__all__` of `{name}` is no plain list"));
    }
    if index.module(module).file.is_none_or(|file| listing(file) == Listing::Odd) {
        return Some(format!("`__all__` of `{}` is no plain list", context.module_name(module)));
    }
    let (facts, import, _) = context.import(edge)?;
    if !import.context.difference(ImportContext::IF).is_empty() {
        return Some("it stands in a block that may not be carried out".to_string());
    }
    let stars = facts.names.iter().filter(|imported| facts.name(imported.name) == "*").count();
    if stars > 1 {
        return Some("another star may bring the same names".to_string());
    }
    let brought = match star_names(context, module) {
        Ok(brought) => brought,
        Err(reason) => return Some(format!("`{}` {reason}", context.module_name(module))),
    };
    let title = context.module_name(module);
    let all = || brought.certain.iter().chain(&brought.uncertain).copied();
    if index.subtree(module).count() > 1 {
        let is_submodule = |name: &&str| index.get(&format!("{title}.{name}")).is_some();
        if let Some(name) = all().chain(names.iter().copied()).find(is_submodule) {
            return Some(format!("`{name}` is a module of `{title}`"));
        }
        if index
            .module(module)
            .file
            .and_then(|file| context.sources.module(file))
            .is_none_or(|parsed| matches!(parsed.module.exports, Exports::Absent))
        {
            return Some(format!("the star may bring modules of `{title}`, too"));
        }
    }
    let is_bound_here =
        |name: &&str| parsed.module.global(name).is_some_and(|variable| !variable.bindings.is_empty());
    if let Some(name) = all().find(is_bound_here) {
        return Some(format!("`{name}` is bound here, too"));
    }
    let certain = Names::certain(context);
    for name in all() {
        if let Err(error) = certain.path(module, name) {
            return Some(error.reason(context, name));
        }
    }
    let gone: Vec<&str> = all().filter(|name| !names.contains(name)).collect();
    let together = Together::with(context, importer);
    together
        .hidden()
        .or_else(|| together.set(&all().collect::<Vec<_>>()))
        .or_else(|| together.quoted(&gone))
        .or_else(|| gone.iter().find_map(|name| named_beside(context, importer, name)))
}

/// RF602
fn find(context: &Context, crossing: &Crossing) -> Option<Crossing> {
    let (facts, _, imported) = context.import(&crossing.edge)?;
    (facts.name(imported.name) == "*").then_some(*crossing)
}
