use ringfence_diagnostics::{Fix, Label};
use ringfence_policy::{ROOT_MODULE, Unowned};
use ruff_text_size::TextRange;

use crate::allow::add_to_list;
use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::typing_move::move_out_of_sight;
use crate::usage_of_names::{When, ways_out};
use crate::{BoundaryId, Context, Crossing, Finding, LayerStep, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module that the importing boundary module does not list in `depends-on`.
    ///
    /// ## Why is this bad?
    /// `depends-on` is the agreed list of what a module builds on. An import past it couples two modules without
    /// anybody having decided so.
    ///
    /// An entry covers the boundary module of exactly that name; `shop.billing.**` covers it and every boundary module
    /// below it. A module without `depends-on` may import whatever its layer allows. Code that no boundary module owns
    /// and modules with `utility = true` may be imported by everyone.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.billing"]
    ///
    /// [modules."shop.orders"]
    /// depends-on = ["shop.catalog"]
    /// ```
    ///
    /// ```python
    /// # shop/orders/place.py
    /// from shop.billing import charge  # RF101
    /// ```
    ///
    /// Use what `shop.catalog` offers, or declare the dependency:
    /// ```toml
    /// [modules."shop.orders"]
    /// depends-on = ["shop.catalog", "shop.billing"]
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.depends-on`
    /// - `modules.<name>.utility`
    /// - `kinds`
    ///
    /// ## Fix safety
    /// Where `kinds` leaves `typing` imports alone, as it does by default, and annotations alone use the name, the fix moves
    /// the import under `if TYPE_CHECKING:`, as for RF603. Where `kinds` leaves `lazy` or `deferred` ones alone and only
    /// functions use the name, it makes the import lazy, if `target-version` has that, or moves it into the functions;
    /// that is unsafe, as the module is then loaded later.
    ///
    /// Otherwise the fix adds the entry to `depends-on`, which changes what is allowed and not what the program does; it is
    /// applied with `--fix-config` only.
    UndeclaredDependency {
        code: "RF101",
        name: "undeclared-dependency",
        severity: Error,
        default: Default::On,
        fix: Sometimes,
    }
}

impl Rule for UndeclaredDependency {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Declaration, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let Some(importer) = crossing.importer else { return Message::default() };
        let (from, to) = (context.boundary_name(importer), context.boundary_name(crossing.imported));
        let mut message =
            context.crossing_message(&crossing, format!("`{from}` imports `{to}`, but does not declare it"));
        let Some(declared) = &context.declaration(importer).depends_on else { return message };
        message = message.label(Label::new(
            declared.span,
            if declared.value.is_empty() {
                format!("`{from}` may import no other module")
            } else {
                format!("`{from}` may import only these")
            },
        ));
        let ancestor = declared
            .value
            .iter()
            .map(|entry| entry.pattern.value.as_str())
            .find(|entry| to.strip_prefix(entry).is_some_and(|rest| rest.starts_with('.')));
        let declarer = &context.declaration(importer).pattern.value;
        if !may_be_declared(context, to) {
            return message.help(format!(
                "no module may depend on code that is in none: move what `{from}` needs into a module, or pass it in"
            ));
        }
        let add = match ancestor {
            Some(entry) => format!(
                "`{entry}` covers only itself: add `\"{to}\"` or `\"{entry}.**\"` to `depends-on` of `{declarer}`"
            ),
            None => format!("add `\"{to}\"` to `depends-on` of `{declarer}`"),
        };
        message.help(ways_out(context, finding, format!("{add}, or remove the import"), |when, what| {
            let instead = match when {
                When::InAnnotations => format!("let `{from}` define a Protocol with what it needs of {what}"),
                When::InFunctions | When::AtImport => {
                    format!("pass {what} in from a module that may import `{to}`")
                }
                When::PassedOn | When::Nowhere => {
                    format!("import {what} from `{to}` where it is needed, not through `{from}`")
                }
            };
            vec![add.clone(), instead]
        }))
    }

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let edge = context.edge(finding.site)?;
        if let Some(moved) = move_out_of_sight(context, finding.rule, edge).filter(|_| !context.only_policy) {
            return Some(moved);
        }
        let crossing = context.crossing(finding)?;
        let declaration = context.declaration(crossing.importer?);
        let declared = declaration.depends_on.as_ref()?;
        let name = context.boundary_name(crossing.imported);
        if !may_be_declared(context, name) || is_forbidden(context, crossing.importer?, crossing.imported) {
            return None;
        }
        let known = declared.value.iter();
        let known: Vec<(TextRange, &str)> =
            known.map(|entry| (entry.entry.range, entry.pattern.value.as_str())).collect();
        add_to_list(
            context,
            declared.span,
            &known,
            &context.policy.written_in(declared.span.file, name),
            format!("Add `{name}` to `depends-on` of `{}`", declaration.pattern.value),
        )
    }
}

/// Whether the config lets modules depend on one of this name.
fn may_be_declared(context: &Context, name: &str) -> bool {
    name != ROOT_MODULE
        || !matches!(context.policy.meaning.unowned, Unowned::HiddenModule | Unowned::ForbiddenModule)
}

/// Whether another key forbids the import, so that to declare it would allow nothing.
fn is_forbidden(context: &Context, importer: BoundaryId, imported: BoundaryId) -> bool {
    let step = context.boundaries.step(context.policy, importer, imported);
    matches!(step, LayerStep::Up | LayerStep::Sideways | LayerStep::Past(_))
        || context.boundaries.prohibition(importer, imported).is_some()
        || (context.declaration(imported).visible_to.is_some()
            && !context.boundaries.sees(importer, imported))
}

/// RF101
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let importer = crossing.importer?;
    context.declaration(importer).depends_on.as_ref()?;
    let is_declared = context.boundaries.dependency(importer, crossing.imported).is_some();
    (!is_declared && context.must_declare(importer, crossing.imported)).then_some(0)
}
