use ringfence_diagnostics::{FileId, Severity};
use ringfence_graph::Edge;
use ringfence_policy::{Key, PeerGaps};
use ringfence_source::EdgeKind;

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for relative imports with more dots than the module has enclosing packages.
    ///
    /// ## Why is this bad?
    /// Python raises `ImportError` for such an import. Its target cannot be determined, so no other rule checks it.
    ///
    /// Packages are counted from the source root. If the folder of a source root has an `__init__` itself, Python may
    /// see more enclosing packages than ringfence does, so nothing is reported. Imports whose failure is caught and
    /// imports for type checking only are not reported either.
    ///
    /// ## Example
    /// ```python
    /// # src/shop/orders.py
    /// from ..billing import charge  # RF906: `..` is the folder around `shop`
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from .billing import charge
    /// ```
    ///
    /// ## Options
    /// - `source-roots`
    RelativeImportBeyondTop {
        code: "RF906",
        name: "relative-import-beyond-top",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Run, UnknownToTachIgnore],
        dialects: [Tach: Besides, ImportLinter: Besides],
    }
}

/// More are counted.
const MOST_DOTS: usize = 8;

/// An import whose dots lead nowhere.
#[derive(Debug, Hash)]
pub(crate) struct BeyondTop(Edge);

impl Rule for RelativeImportBeyondTop {
    type Violation = BeyondTop;
    const VISITOR: Visitor<Self> = Visitor::File(find);

    fn message(context: &Explainer, BeyondTop(edge): &BeyondTop) -> Message {
        let source_roots = context.key(Key::SourceRoots);
        let name = context.imported_name(edge);
        let dots = name.len() - name.trim_start_matches('.').len();
        let written = if dots > MOST_DOTS {
            format!("an import with {dots} dots")
        } else {
            format!("`{}`", &name[..dots])
        };
        Message::new(format!("{written} leads out of all packages around `{}`", context.importer_name(edge)))
            .annotation("Python raises `ImportError` here".to_string())
            .help(format!(
                "packages are counted from the source root: take dots away, or set `{source_roots}`"
            ))
    }

    fn severity(context: &Context, _: &BeyondTop, severity: Severity) -> Option<Severity> {
        Some(context.severity_in(PeerGaps::BEYOND_TOP, severity, || true))
    }
}

/// RF906
fn find(context: &Context, file: FileId, findings: &mut Findings<RelativeImportBeyondTop>) {
    let is_certain = |edge: &Edge| {
        context.leads_out(edge)
            && !matches!(edge.kind, EdgeKind::Typing | EdgeKind::Optional | EdgeKind::Dynamic)
    };
    let mut last = None;
    for edge in context.graph.edges_of(file).iter().filter(|edge| is_certain(edge)) {
        // The names of one statement share their dots.
        if last.replace(edge.import) != Some(edge.import) && context.graph.index().get("__init__").is_none() {
            findings.push(Site::of(edge), BeyondTop(*edge));
        }
    }
}
