use ringfence_diagnostics::{Label, Severity, Span, joined};
use ringfence_policy::{DeclaredVisibility, Key, PeerGaps, ROOT_MODULE};
use rustc_hash::FxHashSet;

use crate::equivalent_exports::instead_if_asked;
use crate::rule::{Activation, ExclusiveGroup, Findings, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Crossing, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module by code that its `visible-to` does not list.
    ///
    /// ## Why is this bad?
    /// `visible-to` names the few modules that may rely on this one: it may change as soon as these agree. Anyone
    /// else who imports it breaks without warning. The key binds all code, including code that no boundary module
    /// owns, such as scripts and tests. For such code, the entries are compared with the name of the importing module
    /// (`tests.**`).
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.storage"]
    /// visible-to = ["shop.orders", "shop.catalog"]
    /// ```
    ///
    /// ```python
    /// # shop/web/views.py
    /// from shop.storage import query  # RF104
    /// ```
    ///
    /// Go through a module that may import it:
    /// ```python
    /// from shop.orders import open_orders
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.visible-to`
    HiddenModuleImport {
        code: "RF104",
        name: "hidden-module-import",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

/// A module that somebody uses to whom it is not visible.
#[derive(Debug, Hash)]
pub(crate) enum Hidden {
    Imported(Crossing),
    /// `depends-on` of a boundary module lists it.
    Declared {
        importer: BoundaryId,
        imported: BoundaryId,
    },
}

impl Rule for HiddenModuleImport {
    type Violation = Hidden;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Visibility, find };
    const FIND_IN_PROJECT: Option<fn(&Context, &mut Findings<Self>)> = Some(find_declared);

    fn message(context: &Explainer, violation: &Hidden) -> Message {
        let visible_to_key = context.key(Key::VisibleTo);
        let (from, imported, message) = match *violation {
            Hidden::Imported(crossing) => {
                let from = context.importer_title(&crossing);
                let to = context.boundary_name(crossing.imported);
                let text = format!("`{from}` imports `{to}`, which is not visible to it");
                (from, crossing.imported, context.crossing_message(&crossing, text))
            }
            Hidden::Declared { importer, imported } => {
                let (from, to) = (context.boundary_name(importer), context.boundary_name(imported));
                let text = format!("`{from}` depends on `{to}`, which is not visible to it");
                (from, imported, Message::new(text).owner(context.owner_text(imported)))
            }
        };
        let to = context.boundary_name(imported);
        let Some(visible_to) = &context.declaration(imported).visible_to else { return message };
        let message = message.label(Label::new(
            visible_to.span,
            if visible_to.value.is_empty() {
                format!("`{to}` is visible to nobody else")
            } else {
                format!("`{to}` is visible only to these")
            },
        ));
        let declarer = &context.declaration(imported).pattern.value;
        let add = format!("add `\"{from}\"` to `{visible_to_key}` of `{declarer}`");
        let Hidden::Imported(crossing) = violation else {
            return message.help(format!("remove `{to}` here, or {add}"));
        };
        // Patterns, and code that nobody owns, are nothing to go through.
        let names: Vec<String> = visible_to
            .value
            .iter()
            .filter_map(|name| name.value.exact())
            .filter(|name| {
                context.graph.index().get(name).is_some_and(|module| context.boundaries.at(module).is_some())
            })
            .map(|name| format!("`{name}`"))
            .collect();
        let advice = match names.as_slice() {
            [] => format!("remove the import, or {add}"),
            few if few.len() <= 4 => format!("go through {}, or {add}", joined(few, "or")),
            _ => format!("go through one of the modules that may import `{to}`, or {add}"),
        };
        message.help(match instead_if_asked(context, crossing) {
            Some(instead) => format!("{instead}, or {add}"),
            None => advice,
        })
    }

    fn severity(context: &Context, violation: &Hidden, severity: Severity) -> Option<Severity> {
        Some(context.severity_in(PeerGaps::VISIBILITY, severity, || matches!(violation, Hidden::Imported(_))))
    }
}

/// RF104
fn find(context: &Context, crossing: &Crossing) -> Option<Hidden> {
    let visible_to = context.declaration(crossing.imported).visible_to.as_ref()?;
    let matches = |name: &str| visible_to.value.iter().any(|pattern| pattern.value.matches(name));
    let seen = match crossing.importer {
        Some(importer) => context.boundaries.sees(importer, crossing.imported),
        None => matches(context.importer_name(&crossing.edge)),
    };
    (!seen).then_some(Hidden::Imported(*crossing))
}

/// RF104, where to declare such a dependency is a finding of its own.
fn find_declared(context: &Context, findings: &mut Findings<HiddenModuleImport>) {
    if context.policy.dialect.declared_visibility == DeclaredVisibility::Entries {
        for (importer, imported, span) in hidden_entries(context) {
            findings.push(Site::Place(span), Hidden::Declared { importer, imported });
        }
    }
}

/// Entries of `depends-on` that name a boundary module which is not visible to the one that declares them: who declares
/// it, what it names, and where.
fn hidden_entries<'a>(context: &'a Context) -> impl Iterator<Item = (BoundaryId, BoundaryId, Span)> + 'a {
    let index = context.graph.index();
    let mut seen = FxHashSet::default();
    let boundaries = context.boundaries.iter();
    let entries = boundaries.flat_map(|(importer, _)| {
        let list = context.declaration(importer).depends_on.iter();
        list.flat_map(|list| &list.value).map(move |entry| (importer, entry))
    });
    entries.filter_map(move |(importer, entry)| {
        // To whom `<root>` is visible is said of its imports only.
        let name = entry.pattern.value.exact().filter(|name| *name != ROOT_MODULE)?;
        let imported = index.get(name).and_then(|it| context.boundaries.at(it))?;
        let is_hidden = imported != importer
            && context.declaration(imported).visible_to.is_some()
            && !context.boundaries.sees(importer, imported);
        // One entry may stand for many modules.
        let span = entry.pattern.span;
        (is_hidden && seen.insert((span.file, span.range))).then_some((importer, imported, span))
    })
}
