use std::collections::BTreeSet;

use ringfence_diagnostics::{FileId, Fix};
use ringfence_graph::{Edge, FileModule, ModuleId, ModuleKind, Target};
use ringfence_refactor::loads::AT_RUN_TIME;
use ringfence_refactor::origin::{Definition, Names};
use ringfence_refactor::proof::Together;
use ringfence_refactor::proof::split::split_doubt;
use ringfence_refactor::take_from::take_from;
use ringfence_source::{EdgeKind, ImportForm};
use ruff_diagnostics::{Applicability, IsolationLevel};

use crate::forms::crossing_relative_import::is_module_name;
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for modules that import a name through their package's `__init__`, not from where it is defined. It
    /// reports names that another module of the same package defines.
    ///
    /// ## Why is this bad?
    /// The `__init__` imports the modules of its package to re-export their names. If one of them imports from the
    /// `__init__`, it closes the cycle: the import works only as long as the imports are in the right order.
    ///
    /// Not reported are names that the `__init__` defines itself or imports from outside the package, submodules
    /// (`from . import models`), and names whose origin cannot be determined. Test code and `__main__` use their
    /// package and are no part of the cycle.
    ///
    /// Only the `__init__` in question and the modules from which it gets the name are parsed in full.
    ///
    /// ## Example
    /// ```python
    /// # shop/orders/__init__.py
    /// from shop.orders.models import Order
    ///
    /// # shop/orders/place.py
    /// from shop.orders import Order  # RF204
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/orders/place.py
    /// from shop.orders.models import Order
    /// ```
    ///
    /// ## Fix safety
    /// The fix imports the name from the module that defines it. At the top of a file, it is safe if the `__init__`
    /// certainly has that very object by then: nothing that it imports earlier loads the importing module, and no
    /// module that may run with it sets an attribute of that name, or loads or changes modules in ways that cannot be
    /// analyzed (as for RF201).
    ///
    /// Otherwise it is unsafe, and says why: inside a function, the import sees what has replaced the name since;
    /// inside a block, something may rely on its failure; a star import may bring another object; or a module rebinds
    /// or deletes the name. No fix is offered if the defining module belongs to another boundary module.
    SelfImportThroughInit {
        code: "RF204",
        name: "self-import-through-init",
        severity: Warning,
        default: Activation::OptIn,
        fix: Sometimes,
        since: "0.1.0",
    }
}

/// An import through the package around the importer, of what is defined elsewhere.
#[derive(Debug, Hash)]
pub(crate) struct ThroughPackage {
    edge: Edge,
    package: ModuleId,
    definition: Definition,
}

impl Rule for SelfImportThroughInit {
    type Violation = ThroughPackage;
    const VISITOR: Visitor<Self> = Visitor::File(find);
    const READS_OTHER_FILES: bool = true;
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, violation: &ThroughPackage) -> Message {
        let ThroughPackage { edge, package, definition } = violation;
        let (name, bound) = context.import(edge).map_or(("", ""), |(facts, _, imported)| {
            let name = facts.name(imported.name);
            (name, imported.alias.map_or(name, |(alias, _)| facts.name(alias)))
        });
        let (package, module) = (context.module_name(*package), context.module_name(definition.module));
        let alias = if bound == definition.name { String::new() } else { format!(" as {bound}") };
        Message::new(format!("`{name}` is imported through `{package}`, the package that this module is in"))
            .annotation(format!("comes from `{module}`"))
            .help(if is_module_name(module) {
                format!("write `from {module} import {}{alias}`", definition.name)
            } else {
                format!("import `{}` from where it is defined, with dots", definition.name)
            })
    }

    fn fix(context: &Explainer, violation: &Self::Violation) -> Option<Fix> {
        let ThroughPackage { edge, definition, .. } = violation;
        let owner = |module| context.boundaries.owner(module);
        if owner(definition.module) != owner(context.graph.index().of_file(edge.file)?.module) {
            return None;
        }
        let module = context.module_name(definition.module);
        if !is_module_name(module) {
            return None;
        }
        let doubt = doubt(context, edge, definition);
        let moved = beside(context, edge, definition, doubt.is_some());
        let first = context.import(edge)?.1.name_indices().start;
        let names: Vec<(usize, &str)> = moved
            .iter()
            .map(|(name, definition)| ((name - first) as usize, definition.name.as_str()))
            .collect();
        let edits = take_from(context, edge, &names, module)?.edits;
        let reason = doubt.as_ref().map(|doubt| format!(", though {doubt}")).unwrap_or_default();
        let listed: Vec<String> = names.iter().map(|(_, name)| format!("`{name}`")).collect();
        let title = format!("Import {} from `{module}`{reason}", listed.join(", "));
        Some(Fix {
            title,
            applicability: if doubt.is_some() { Applicability::Unsafe } else { Applicability::Safe },
            isolation: IsolationLevel::NonOverlapping,
            changes_policy: false,
            appends: false,
            edits: edits.into_iter().map(|edit| (edge.file, edit)).collect(),
        })
    }
}

/// The names of the statement at a finding that come from the same module, with as much doubt, by index; where a comment
/// suppresses something, only the one at hand.
fn beside(context: &Context, at_fault: &Edge, here: &Definition, doubtful: bool) -> Vec<(u32, Definition)> {
    let Edge { file, import, name, .. } = *at_fault;
    let rule = RuleId::of::<SelfImportThroughInit>();
    let alone = context.is_suppressed_in_part(Site::of(at_fault));
    let edges = context.graph.edges_of_import(file, import).iter();
    edges
        .filter(|edge| edge.name == name || !alone)
        .filter(|edge| context.judges(rule, edge))
        .filter_map(|edge| {
            let other = definition(context, edge)?;
            let same = other.module == here.module && doubt(context, edge, &other).is_some() == doubtful;
            same.then_some((edge.name, other))
        })
        .collect()
}

/// Why what the package passes on may be another object than the one that is defined.
fn doubt(context: &Context, edge: &Edge, definition: &Definition) -> Option<String> {
    let package = package_of(context, edge)?;
    let (facts, _, imported) = context.import(edge)?;
    let name = facts.name(imported.name);
    if !matches!(edge.kind, EdgeKind::Runtime | EdgeKind::Typing) {
        let title = context.module_name(package);
        return Some(format!("the import may run after `{title}.{name}` has been replaced"));
    }
    let path = match Names::certain(context).path(package, name) {
        Ok(path) if path.last() == Some(definition) => path,
        Ok(_) => return Some(format!("`{name}` may come from elsewhere")),
        Err(error) => return Some(error.reason(context, name)),
    };
    // What is for type checkers only is never carried out.
    if edge.kind == EdgeKind::Typing {
        return None;
    }
    let (_, import, _) = context.import(edge)?;
    if !import.context.is_empty() {
        return Some("it stands in a block that may go on where it fails".to_string());
    }
    let importer = context.graph.index().of_file(edge.file)?.module;
    if let Some(early) = loaded_before(context, package, name, importer) {
        let (early, importer) = (context.module_name(early), context.module_name(importer));
        return Some(format!("`{early}` may load `{importer}` before `{name}` is there"));
    }
    let together = Together::with(context, importer);
    let mut names: Vec<&str> = Vec::new();
    for passed in path.iter() {
        names.push(&passed.name);
        names.extend(context.module_name(passed.module).rsplit('.').next());
    }
    split_doubt(context, edge).or_else(|| together.hidden()).or_else(|| together.set(&names))
}

/// The module that a package imports no later than a name, and that may load the importer: the name is then not there yet,
/// and the import through the package fails.
fn loaded_before(context: &Context, package: ModuleId, name: &str, importer: ModuleId) -> Option<ModuleId> {
    let index = context.graph.index();
    let file = index.module(package).file?;
    let parsed = context.sources.module(file)?;
    let bound = parsed.module.global(name).and_then(|variable| variable.bindings.first());
    let until = bound.map(|binding| binding.range.end());
    context.graph.edges_of(file).iter().find_map(|edge| {
        let Target::Module { module, .. } = edge.target else { return None };
        let (facts, import, imported) = context.import(edge)?;
        let is_before = until.is_none_or(|until| import.range.start() < until);
        // A star takes whatever is there.
        let is_star = facts.name(imported.name) == "*";
        let leads_there = || loads_inside(context, module, is_star, package).contains(&importer);
        (is_before && AT_RUN_TIME.has(edge.kind) && leads_there()).then_some(module)
    })
}

/// What the import of a module may load once a package around it is being loaded.
fn loads_inside(context: &Context, module: ModuleId, is_star: bool, package: ModuleId) -> BTreeSet<ModuleId> {
    let index = context.graph.index();
    let mut found = BTreeSet::new();
    let mut stack = vec![module];
    if is_star {
        stack.extend(index.subtree(module).filter(|child| index.module(*child).parent == Some(module)));
    }
    while let Some(next) = stack.pop() {
        for id in index.ancestors(next).take_while(|id| !index.contains(*id, package)) {
            if !found.insert(id) {
                break;
            }
            let Some(file) = index.module(id).file else { continue };
            let edges = context.graph.edges_of(file).iter().filter(|edge| AT_RUN_TIME.has(edge.kind));
            for edge in edges {
                let Target::Module { module: target, .. } = edge.target else { continue };
                stack.push(target);
                let is_star = context.import(edge).is_some_and(|(facts, _, it)| facts.name(it.name) == "*");
                if is_star {
                    let below = index.subtree(target);
                    stack.extend(below.filter(|child| index.module(*child).parent == Some(target)));
                }
            }
        }
    }
    found
}

/// RF204
fn find(context: &Context, file: FileId, findings: &mut Findings<SelfImportThroughInit>) {
    for edge in context.graph.edges_of(file) {
        if context.judges(findings.rule, edge)
            && let Some(package) = package_of(context, edge)
            && !uses_its_package(context, file)
            && let Some(definition) = definition(context, edge)
        {
            findings.push(Site::of(edge), ThroughPackage { edge: *edge, package, definition });
        }
    }
}

/// Whether a file is nothing that an `__init__` would import.
fn uses_its_package(context: &Context, file: FileId) -> bool {
    let is_main =
        |module: FileModule| context.module_name(module.module).rsplit('.').next() == Some("__main__");
    context.graph.index().of_file(file).is_some_and(is_main) || context.file_settings.is_test(file)
}

/// The package around the importing module out of which an edge takes a name. Asks nothing of the parser.
fn package_of(context: &Context, edge: &Edge) -> Option<ModuleId> {
    let Target::Module { module, member_length: 1.., missing: false } = edge.target else { return None };
    let index = context.graph.index();
    let importer = index.of_file(edge.file)?;
    let inside = module != importer.module && index.contains(module, importer.module);
    (inside && index.module(module).kind == ModuleKind::Package && !importer.shadowed).then_some(module)
}

/// Where the name that an edge takes through the package around it is defined, if that is another module of the package.
fn definition(context: &Context, edge: &Edge) -> Option<Definition> {
    let package = package_of(context, edge)?;
    let (facts, import, imported) = context.import(edge)?;
    let (ImportForm::From { .. }, name) = (import.form, facts.name(imported.name)) else { return None };
    if name == "*" {
        return None;
    }
    let definition = Names::likely(context, package).path(package, name).ok()?.last()?.clone();
    let importer = context.graph.index().of_file(edge.file)?.module;
    (definition.module != package && definition.module != importer).then_some(definition)
}
