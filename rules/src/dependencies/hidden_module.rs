use ringfence_diagnostics::{Label, Span};
use ringfence_policy::{DeclaredVisibility, ROOT_MODULE};
use rustc_hash::FxHashSet;

use crate::offered::instead_if_asked;
use crate::rule::{Claim, Default, Found, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Crossing, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module by somebody whom its `visible-to` does not list.
    ///
    /// ## Why is this bad?
    /// `visible-to` is the promise of a module to a few: it may change whenever these agree. Others who import it break
    /// without warning. It binds everyone, also code that no boundary module owns, such as scripts and tests; for these
    /// the entries are compared with the module's own name (`tests.**`).
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
    /// Ask one of those who may:
    /// ```python
    /// from shop.orders import open_orders
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.visible-to`
    HiddenModule {
        code: "RF104",
        name: "hidden-module",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for HiddenModule {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Visibility, find };
    const ALSO: Option<fn(&Context, &mut Found)> = Some(find_declared);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let (from, imported, message) = match (context.crossing(finding), finding.site) {
            (Some(crossing), _) => {
                let from = context.importer_title(&crossing);
                let to = context.boundary_name(crossing.imported);
                let text = format!("`{from}` imports `{to}`, which is not visible to it");
                (from, crossing.imported, context.crossing_message(&crossing, text))
            }
            (None, Site::Place(span)) => {
                let Some((importer, imported)) =
                    hidden_entries(context).find(|(_, _, at)| *at == span).map(|(from, to, _)| (from, to))
                else {
                    return Message::default();
                };
                let (from, to) = (context.boundary_name(importer), context.boundary_name(imported));
                let text = format!("`{from}` depends on `{to}`, which is not visible to it");
                (from, imported, Message::new(text).owner(context.owner_text(imported)))
            }
            _ => return Message::default(),
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
        let add = format!("add `\"{from}\"` to `visible-to` of `{declarer}`");
        if matches!(finding.site, Site::Place(_)) {
            return message.help(format!("remove `{to}` here, or {add}"));
        }
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
            [one] => format!("go through {one}, or {add}"),
            [first @ .., last] if names.len() <= 4 => {
                format!("go through {} or {last}, or {add}", first.join(", "))
            }
            _ => format!("go through one of the modules that may import `{to}`, or {add}"),
        };
        message.help(match instead_if_asked(context, finding) {
            Some(instead) => format!("{instead}, or {add}"),
            None => advice,
        })
    }
}

/// RF104
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let visible_to = context.declaration(crossing.imported).visible_to.as_ref()?;
    let matches = |name: &str| visible_to.value.iter().any(|pattern| pattern.value.matches(name));
    let seen = match crossing.importer {
        Some(importer) => context.boundaries.sees(importer, crossing.imported),
        None => matches(context.importer_name(crossing.edge)),
    };
    (!seen).then_some(0)
}

/// RF104, where to declare such a dependency is a finding of its own.
fn find_declared(context: &Context, found: &mut Found) {
    if context.policy.meaning.declared_visibility == DeclaredVisibility::Entries {
        for (_, _, span) in hidden_entries(context) {
            found.push(Site::Place(span), 0);
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
