use ringfence_diagnostics::{Fix, Label, Severity};
use ringfence_policy::{Key, ROOT_MODULE, Unowned};
use ruff_text_size::TextRange;

use crate::policy_fix::add_to_list;
use crate::relocate_import::relocate_to_unchecked_kind;
use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::usage_of_names::{UsageTime, suggestions};
use crate::{BoundaryId, Context, Crossing, Explainer, LayerStep, Message, RuleId};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module that the importing boundary module does not list in `depends-on`.
    ///
    /// ## Why is this bad?
    /// `depends-on` is the agreed list of what a module builds on. Any other import couples two modules without
    /// anyone having decided so.
    ///
    /// An entry covers the boundary module of exactly that name; `shop.billing.**` covers it and every boundary
    /// module below it. A module without `depends-on` may import whatever its layer allows. Everyone may import code
    /// that no boundary module owns, and modules with `utility = true`.
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
    /// If `kinds` does not include `typing`, as is the default, and only annotations use the name, the fix moves the
    /// import under `if TYPE_CHECKING:`, as for RF603. If `kinds` does not include `lazy` or `deferred` and only
    /// functions use the name, the fix makes the import lazy, if `target-version` supports that, or moves it into the
    /// functions. That is unsafe, as the module is then loaded later.
    ///
    /// Otherwise the fix adds the entry to `depends-on`. That changes what is allowed, not what the program does; it
    /// is applied only with `--fix-config`.
    UndeclaredDependency {
        code: "RF101",
        name: "undeclared-dependency",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

/// An import that is not declared.
#[derive(Debug, Hash)]
pub(crate) struct Undeclared {
    crossing: Crossing,
    importer: BoundaryId,
}

impl Rule for UndeclaredDependency {
    type Violation = Undeclared;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Declaration, find };

    fn message(context: &Explainer, violation: &Undeclared) -> Message {
        let depends_on = context.key(Key::DependsOn);
        let Undeclared { crossing, importer } = *violation;
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
                "`{entry}` covers only itself: add `\"{to}\"` or `\"{entry}.**\"` to `{depends_on}` of `{declarer}`"
            ),
            None => format!("add `\"{to}\"` to `{depends_on}` of `{declarer}`"),
        };
        let otherwise = format!("{add}, or remove the import");
        message.help(suggestions(context, RuleId::of::<Self>(), &crossing, otherwise, |when, what| {
            let instead = match when {
                UsageTime::InAnnotations => {
                    format!("let `{from}` define a Protocol with what it needs of {what}")
                }
                UsageTime::InFunctions | UsageTime::AtImport => {
                    format!("pass {what} in from a module that may import `{to}`")
                }
                UsageTime::PassedOn | UsageTime::Nowhere => {
                    format!("import {what} from `{to}` where it is needed, not through `{from}`")
                }
            };
            vec![add.clone(), instead]
        }))
    }

    fn fix(context: &Explainer, violation: &Self::Violation) -> Option<Fix> {
        let depends_on = context.key(Key::DependsOn);
        let Undeclared { crossing, importer } = *violation;
        let moved = relocate_to_unchecked_kind(context, RuleId::of::<Self>(), &crossing.edge);
        if let Some(moved) = moved.filter(|_| !context.only_policy) {
            return Some(moved);
        }
        let declaration = context.declaration(importer);
        let declared = declaration.depends_on.as_ref()?;
        let name = context.boundary_name(crossing.imported);
        if !may_be_declared(context, name) || is_forbidden(context, importer, crossing.imported) {
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
            format!("Add `{name}` to `{depends_on}` of `{}`", declaration.pattern.value),
        )
    }

    fn severity(context: &Context, violation: &Undeclared, severity: Severity) -> Option<Severity> {
        (!context.is_declared_elsewhere(&violation.crossing.edge)).then_some(severity)
    }
}

/// Whether the config lets modules depend on one of this name.
fn may_be_declared(context: &Context, name: &str) -> bool {
    name != ROOT_MODULE
        || !matches!(context.policy.dialect.unowned, Unowned::HiddenModule | Unowned::ForbiddenModule)
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
fn find(context: &Context, crossing: &Crossing) -> Option<Undeclared> {
    let importer = crossing.importer?;
    context.declaration(importer).depends_on.as_ref()?;
    let is_declared = context.boundaries.dependency(importer, crossing.imported).is_some();
    let is_at_fault = !is_declared && context.must_declare(importer, crossing.imported);
    is_at_fault.then_some(Undeclared { crossing: *crossing, importer })
}
