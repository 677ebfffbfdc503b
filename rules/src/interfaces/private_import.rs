use ringfence_diagnostics::{Fix, Severity};
use ringfence_graph::Edge;
use ringfence_policy::{Key, ModulePattern, PeerGaps};
use ringfence_source::ImportForm;
use ruff_diagnostics::{Applicability, IsolationLevel};

use super::reexport::{Reexport, Verdict, edit_with_uses, edits, verdict, written_module};
use crate::forms::crossing_relative_import::is_module_name;
use crate::interface::{ask_for, is_private, listed};
use crate::policy_fix::add_to_list;
use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Explainer, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of names that their boundary module does not list in `exposes`.
    ///
    /// ## Why is this bad?
    /// A module may rename or remove at any time what it does not expose. Code that imports it anyway then breaks.
    ///
    /// Entries are names below the module: `Order`, `api.place_order`, `api.*` for each member of `api`, `api.**` for
    /// everything below it. Importing the boundary module itself is always allowed, and so is importing a submodule
    /// of which something is exposed. `from shop.orders import *` needs `*`.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.orders"]
    /// exposes = ["Order", "api.*"]
    /// ```
    ///
    /// ```python
    /// # shop/web/views.py
    /// from shop.orders.models import Order  # RF201
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.orders import Order
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.exposes`
    /// - `interfaces`
    ///
    /// ## Fix safety
    /// The fix imports the name from where it is exposed, if that is certainly the same object: the name is traced
    /// through imports, aliases, star imports and `__all__` to the one statement that binds it.
    ///
    /// No fix is offered if a module on that chain rebinds or deletes the name, binds it under a condition, has a
    /// submodule of that name or a `__getattr__`, or uses `globals()`, `exec` or `sys.modules`; nor if the exposing
    /// module imports the importing one while it is loaded. A name that a wildcard in `exposes` matches counts only
    /// if it is meant to be re-exported: listed in `__all__`, bound as `x as x`, or, without an `__all__`, imported
    /// by a package from inside itself.
    ///
    /// The fix is safe only if nothing that may run in one process with the file can make a difference. It is unsafe,
    /// and says why, if
    /// - the exposing module is no package around the private one, or does not import the name from it,
    /// - the exposing module may come to import the importing one, as in a function that it calls,
    /// - something may go on although the exposing module fails to load: it is imported in a `try`, a `with` or a
    ///   function,
    /// - the import is in a function, a class or such a block, or another name of its statement may be missing,
    /// - a module may load others, or change their names, by other means than a statement: `importlib`, `exec`,
    ///   `sys.modules`, `setattr`, `globals()`, a module that is passed on as a value, or anything in the standard
    ///   library that is not known to be free of such effects,
    /// - an attribute of that name is set on anything, or a string names it as `mock.patch` does,
    /// - the import is `import a.b._c`, for which each `a.b._c.x` is rewritten.
    ///
    /// Third-party modules are assumed to know nothing about the project.
    ///
    /// If the name is exposed nowhere, the fix adds it to `exposes`. That changes what is allowed, not what the
    /// program does; it is applied only with `--fix-config`.
    PrivateImport {
        code: "RF201",
        name: "private-import",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

impl Rule for PrivateImport {
    type Violation = Crossing;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Independent, find };

    fn message(context: &Explainer, crossing: &Crossing) -> Message {
        let to = context.boundary_name(crossing.imported);
        let member = context.member_of(crossing);
        let message =
            Message::new(match member.strip_suffix('*').map(|module| module.trim_end_matches('.')) {
                Some("") => format!("`{to}` does not expose everything, so `*` reaches past its interface"),
                Some(module) => format!("`*` of `{to}.{module}` is not part of the interface of `{to}`"),
                None => format!("`{member}` is not part of the interface of `{to}`"),
            })
            .annotation(format!("private to `{to}`"))
            .owner(context.owner_text(crossing.imported));
        let Some(exposed) = context.exposed(crossing.imported, crossing.importer) else { return message };
        let message = exposed.labels().fold(message, Message::label);
        let declarer = &context.declaration(crossing.imported).pattern.value;
        let exposed: Vec<&ModulePattern> = exposed.patterns().collect();
        if !context.may_explain() {
            return message.help(advice(context, "", to, declarer, &member, &exposed));
        }
        message.help(match verdict(context, crossing) {
            Verdict::Reexported(found) => way_out(context, crossing, &found),
            Verdict::Refused(reason) => {
                let name = member.rsplit('.').next().unwrap_or(&member);
                let ask = ask_for(context, &member, declarer);
                format!("`{to}` exposes `{name}`, but {reason}; use that if it is what you need, or {ask}")
            }
            Verdict::NotExposed => {
                advice(context, &alias_of(context, &crossing.edge), to, declarer, &member, &exposed)
            }
        })
    }

    fn fix(context: &Explainer, crossing: &Crossing) -> Option<Fix> {
        fix_of_source(context, crossing).or_else(|| fix_of_policy(context, crossing))
    }

    fn severity(context: &Context, crossing: &Crossing, severity: Severity) -> Option<Severity> {
        Some(
            context
                .severity_in(PeerGaps::UNBOUND_ALTERNATIVES, severity, || almost_exposes(context, crossing)),
        )
    }
}

/// Whether a pattern that lacks its ends would expose what is imported.
fn almost_exposes(context: &Context, crossing: &Crossing) -> bool {
    let member = context.member_of(crossing);
    context
        .exposed(crossing.imported, crossing.importer)
        .is_some_and(|exposed| exposed.patterns().any(|pattern| pattern.matches_unbound(&member)))
}

/// Takes the name from where it is exposed.
fn fix_of_source(context: &Context, crossing: &Crossing) -> Option<Fix> {
    let file = crossing.edge.file;
    let (title, doubts, edits) = match verdict(context, crossing) {
        Verdict::Reexported(found) => {
            let title = format!("Import `{}` from `{}`", found.name, context.module_name(found.module));
            let edits = edits(context, crossing, &found)?;
            (title, found.doubts, edits.into_iter().map(|edit| (file, edit)).collect())
        }
        Verdict::Refused(_) => return None,
        Verdict::NotExposed => {
            let (module, mut doubts, edits) = edit_with_uses(context, crossing)?;
            doubts.push("attributes may be set elsewhere".to_string());
            let title = format!("Import and use `{}`", context.module_name(module));
            (title, doubts, edits.into_iter().map(|edit| (file, edit)).collect::<Vec<_>>())
        }
    };
    let applicability = if doubts.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    let title = match doubts.first() {
        Some(doubt) => format!("{title}, though {doubt}"),
        None => title,
    };
    Some(Fix {
        title,
        applicability,
        isolation: IsolationLevel::NonOverlapping,
        changes_policy: false,
        appends: false,
        edits,
    })
}

/// Exposes the name.
fn fix_of_policy(context: &Context, crossing: &Crossing) -> Option<Fix> {
    let exposes_key = context.key(Key::Exposes);
    let declaration = context.declaration(crossing.imported);
    let exposed = context.exposed(crossing.imported, crossing.importer)?;
    let exposes = exposed.list()?;
    let member = context.member_of(crossing);
    if member.ends_with('*') {
        return None;
    }
    let known: Vec<_> = exposes.value.iter().map(|name| (name.span.range, name.value.as_str())).collect();
    let title = format!("Add `{member}` to `{exposes_key}` of `{}`", declaration.pattern.value);
    add_to_list(context, exposes.span, &known, &member, title)
}

/// The import to write instead, with what to look at before.
fn way_out(context: &Context, crossing: &Crossing, found: &Reexport) -> String {
    let to = context.boundary_name(crossing.imported);
    let module = written_module(context, crossing, found.module)
        .unwrap_or_else(|| context.module_name(found.module).to_string());
    if !is_module_name(module.trim_start_matches('.')) && !module.chars().all(|c| c == '.') {
        return format!("import `{}` with dots from where `{to}` exposes it", found.name);
    }
    let alias = alias_of(context, &crossing.edge);
    let imported = context.import(&crossing.edge).map_or("", |(facts, _, name)| facts.name(name.name));
    let alias = match alias.strip_prefix(" as ") {
        Some(alias) if alias == found.name && alias != imported => String::new(),
        None if imported != found.name => format!(" as {imported}"),
        _ => alias,
    };
    let doubts = match found.doubts.as_slice() {
        [] => String::new(),
        doubts => format!(", and mind that {}", doubts.join(", and that ")),
    };
    format!("write `from {module} import {}{alias}`, which `{to}` exposes{doubts}", found.name)
}

/// ` as x`, where the import at fault binds the name as something else.
fn alias_of(context: &Context, edge: &Edge) -> String {
    let Some((facts, import, imported)) = context.import(edge) else { return String::new() };
    match imported.alias {
        Some((alias, _)) if matches!(import.form, ImportForm::From { .. }) => {
            format!(" as {}", facts.name(alias))
        }
        _ => String::new(),
    }
}

/// The way out: the exposed name that is most likely meant, or all of them, or the config.
fn advice(
    context: &Context,
    alias: &str,
    to: &str,
    declarer: &ModulePattern,
    member: &str,
    exposed: &[&ModulePattern],
) -> String {
    let exposes_key = context.key(Key::Exposes);
    let last = member.rsplit('.').next().unwrap_or(member);
    let same_name = exposed
        .iter()
        .filter_map(|pattern| pattern.exact())
        .find(|name| last != "*" && name.rsplit('.').next() == Some(last));
    if let Some(name) = same_name {
        let (module, name) = match name.rsplit_once('.') {
            Some((module, name)) => (format!("{to}.{module}"), name),
            None => (to.to_string(), name),
        };
        return if is_module_name(&module) {
            format!("write `from {module} import {name}{alias}`, which `{to}` exposes, if it is the same")
        } else {
            format!("import `{name}` with dots from where `{to}` exposes it, if it is the same")
        };
    }
    let is_around =
        |name: &&str| member.strip_prefix(*name).is_some_and(|rest| rest.starts_with('.') && rest != ".*");
    if let Some(module) = exposed.iter().filter_map(|pattern| pattern.exact()).find(is_around) {
        return format!(
            "`{module}` in `{exposes_key}` of `{declarer}` is that name alone; write `{module}.*` to expose what is in it, too, or \
             use it as `{to}.{module}`"
        );
    }
    let names = listed(exposed);
    let add = ask_for(context, member, declarer);
    match exposed {
        [] => format!("remove the import, or {add}"),
        _ if last == "*" => format!("import by name what `{to}` exposes{names}"),
        _ => format!("use what `{to}` exposes{names}, or {add}"),
    }
}

/// RF201
fn find(context: &Context, crossing: &Crossing) -> Option<Crossing> {
    is_private(context, crossing).then_some(*crossing)
}
