use ringfence_diagnostics::{FileId, Fix};
use ringfence_refactor::typing_only::typing_only;
use ringfence_source::EdgeKind;

use crate::relocate_import::move_reported_under_guard;
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Explainer, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for run-time imports from another boundary module that only annotations use.
    ///
    /// ## Why is this bad?
    /// Such an import loads a module, and everything that it imports in turn, for the type checker only. It makes two
    /// modules depend on each other at run time without need, and often closes an import cycle.
    ///
    /// The rule checks imports at the top of a file whose name nothing else binds. It reports nothing if the name is
    /// needed at run time after all: another module imports it from the file, the file uses `get_type_hints` or
    /// `globals()`, or the annotation is known to be read at run time. That is the case for pydantic, dataclass and
    /// attrs types, `NamedTuple` and `TypedDict`, `Mapped` of `sqlalchemy`, `functools.singledispatch`, parameters of
    /// `fastapi`, `typer` and `click`, and whatever `runtime-annotations` lists. Base classes are followed through
    /// the project.
    ///
    /// Files that import another boundary module are parsed in full.
    ///
    /// ## Example
    /// ```python
    /// # shop/web/views.py
    /// from shop.orders import Order  # RF603
    ///
    /// def show(order: Order) -> str: ...
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from __future__ import annotations
    ///
    /// from typing import TYPE_CHECKING
    ///
    /// if TYPE_CHECKING:
    ///     from shop.orders import Order
    ///
    /// def show(order: Order) -> str: ...
    /// ```
    ///
    /// ## Options
    /// - `runtime-annotations`
    /// - `target-version`
    ///
    /// ## Fix safety
    /// The fix moves the name under `if TYPE_CHECKING:`, into an existing block or a new one. Before Python 3.14,
    /// where annotations are evaluated, it adds `from __future__ import annotations`. If something may read other
    /// annotations of the file, it quotes the affected annotations instead; no fix is offered if these contain quotes
    /// themselves.
    ///
    /// The fix is safe if all of this holds; otherwise it is unsafe, and its title says what does not hold:
    /// - another import loads the same module no later, so modules are loaded in the same order;
    /// - nobody can take the name from the file: the file is no package and not imported as a module, no star import
    ///   takes its names, the name appears in no string, text or `exposes` and is no attribute anywhere, and no
    ///   comment (`noqa`) marks the import as intended;
    /// - the annotations belong to functions and name only types, and nothing that may run with the file is known to
    ///   read annotations, or comes from outside the project and may read them;
    /// - nothing that may run with the file accesses names in ways that cannot be analyzed (as for RF201).
    TypingOnlyImport {
        code: "RF603",
        name: "typing-only-import",
        severity: Warning,
        default: Activation::OptIn,
        fix: Sometimes,
        since: "0.1.0",
    }
}

impl Rule for TypingOnlyImport {
    type Violation = Crossing;
    const VISITOR: Visitor<Self> = Visitor::File(find);
    const READS_OTHER_FILES: bool = true;
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, crossing: &Crossing) -> Message {
        let name = context.imported_name(&crossing.edge);
        let (from, to) = (context.importer_title(crossing), context.boundary_name(crossing.imported));
        let text = format!("`{from}` imports `{name}` at run time, but uses it in annotations only");
        let message = Message::new(text).owner(context.owner_text(crossing.imported));
        message
            .annotation((name != to).then(|| format!("part of `{to}`")))
            .help(match typing_only(context, &crossing.edge).and_then(|only| only.doubt) {
                Some(doubt) => format!(
                    "{doubt}: list it in `runtime-annotations` if it does, else move the import under `if TYPE_CHECKING:`"
                ),
                None => "move the import under `if TYPE_CHECKING:`".to_string(),
            })
    }

    fn fix(context: &Explainer, crossing: &Crossing) -> Option<Fix> {
        move_reported_under_guard(context, RuleId::of::<Self>(), &crossing.edge)
    }
}

/// RF603
fn find(context: &Context, file: FileId, findings: &mut Findings<TypingOnlyImport>) {
    if context.is_stub(file) {
        return;
    }
    for edge in context.graph.edges_of(file) {
        if edge.kind == EdgeKind::Runtime
            && context.judges(findings.rule, edge)
            && let Some(crossing) = context.crossing_of(edge).filter(|crossing| crossing.importer.is_some())
            && typing_only(context, edge).is_some()
        {
            findings.push(Site::of(edge), crossing);
        }
    }
}
