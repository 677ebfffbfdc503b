use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, FileModule, ModuleId, ModuleKind, Target};
use ringfence_source::ImportForm;

use crate::origin::{Definition, Names};
use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for modules inside a package that import a name through the `__init__` of that package, though another
    /// module of the package defines it.
    ///
    /// ## Why is this bad?
    /// The `__init__` imports the modules of its package to pass their names on. A module among them that imports from
    /// the `__init__` closes the circle: it works only as long as the imports stand in the right order.
    ///
    /// Not reported: names that the `__init__` defines itself or takes from outside of the package, submodules
    /// (`from . import models`), and names of which it cannot be told where they come from. Test code and `__main__` are
    /// users of their package, and no part of the circle.
    ///
    /// Only the `__init__` in question and the modules that it takes the name from are parsed in full.
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
    SelfImportThroughInit {
        code: "RF204",
        name: "self-import-through-init",
        severity: Warning,
        default: Default::OptIn,
        fix: Never,
    }
}

impl Rule for SelfImportThroughInit {
    const VISITOR: Visitor = Visitor::File(find);
    const JUDGES_KINDS: bool = true;

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some((edge, (_, _, imported))) =
            context.edge(finding.site).and_then(|edge| Some((edge, context.import(edge)?)))
        else {
            return Message::default();
        };
        let (Some(package), Some(definition), Some(facts)) =
            (package_of(context, edge), definition(context, edge), context.facts(edge.file))
        else {
            return Message::default();
        };
        let name = facts.name(imported.name);
        let (package, module) = (context.module_name(package), context.module_name(definition.module));
        let bound = imported.alias.map_or(name, |(alias, _)| facts.name(alias));
        let alias = if bound == definition.name { String::new() } else { format!(" as {bound}") };
        Message::new(format!("`{name}` is imported through `{package}`, the package that this module is in"))
            .annotation(format!("comes from `{module}`"))
            .help(format!("write `from {module} import {}{alias}`", definition.name))
    }
}

/// RF204
fn find(context: &Context, file: FileId, found: &mut Found) {
    for edge in context.graph.edges_of(file) {
        if context.judges(found.rule, edge)
            && package_of(context, edge).is_some()
            && !uses_its_package(context, file)
            && definition(context, edge).is_some()
        {
            found.push(Site::Import { file, import: edge.import, name: edge.name }, 0);
        }
    }
}

/// Whether a file is nothing that an `__init__` would import.
fn uses_its_package(context: &Context, file: FileId) -> bool {
    let is_main =
        |module: FileModule| context.module_name(module.module).rsplit('.').next() == Some("__main__");
    context.graph.index().of_file(file).is_some_and(is_main) || context.sources.is_test(file)
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
