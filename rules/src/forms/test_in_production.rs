use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for imports of test code by production code.
    ///
    /// ## Why is this bad?
    /// Tests are not shipped, or should not be: without them the import fails. Test code that production code needs
    /// can no longer change freely with the tests.
    ///
    /// The option `tests` lists the files that hold test code. By default these are the files below a folder `tests`
    /// or `test`, `tests.py`, `test_*.py`, `*_test.py` unless the name starts with an underscore, and `conftest.py`.
    /// An `__init__` with nothing but test code beside it is test code, too. Test helpers that are part of the
    /// product, such as a package `testing`, are production code.
    ///
    /// ## Example
    /// ```python
    /// # shop/orders/demo.py
    /// from tests.factories import make_order  # RF604
    /// ```
    ///
    /// Move what is needed out of the tests:
    /// ```python
    /// # shop/orders/demo.py
    /// from shop.testing.factories import make_order
    /// ```
    ///
    /// ## Options
    /// - `tests`
    TestInProduction {
        code: "RF604",
        name: "test-in-production",
        severity: Error,
        default: Activation::OptIn,
        fix: Never,
        since: "0.1.0",
    }
}

/// An import of a test module.
#[derive(Debug, Hash)]
pub(crate) struct TestImport {
    edge: Edge,
    module: ModuleId,
}

impl Rule for TestInProduction {
    type Violation = TestImport;
    const VISITOR: Visitor<Self> = Visitor::File(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, TestImport { edge, module }: &TestImport) -> Message {
        let (importer, imported) = (context.importer_name(edge), context.module_name(*module));
        Message::new(format!("`{importer}` imports `{imported}`, which is test code")).help(format!(
            "move what is needed out of `{imported}`, or list in `tests` what holds tests here"
        ))
    }
}

/// RF604
fn find(context: &Context, file: FileId, findings: &mut Findings<TestInProduction>) {
    let rule = findings.rule;
    let edges = context.graph.edges_of(file).iter().filter(|edge| context.judges(rule, edge));
    let mut edges =
        edges.filter_map(|edge| Some(TestImport { edge: *edge, module: test_module(context, edge)? }));
    let Some(first) = edges.next() else { return };
    if context.file_settings.is_test(file) || holds_only_tests(context, file) {
        return;
    }
    for import in std::iter::once(first).chain(edges) {
        findings.push(Site::of(&import.edge), import);
    }
}

/// Whether a file is the `__init__` of a package whose other modules are all test code.
fn holds_only_tests(context: &Context, file: FileId) -> bool {
    let index = context.graph.index();
    let Some(package) = index.of_file(file).filter(|module| module.is_package) else { return false };
    let mut beside = index.subtree(package.module).skip(1).filter_map(|module| index.module(module).file);
    beside.all(|file| context.file_settings.is_test(file))
}

/// The module of test code that an import leads to.
fn test_module(context: &Context, edge: &Edge) -> Option<ModuleId> {
    let Target::Module { module, .. } = edge.target else { return None };
    let file = context.graph.index().module(module).file;
    file.is_some_and(|file| context.file_settings.is_test(file)).then_some(module)
}
