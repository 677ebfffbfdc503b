use ringfence_policy::ModulePattern;
use ruff_python_ast::Stmt;

use crate::interface::{ask_for, exposed_here, listed};
use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of something that the boundary module it belongs to does not list in `exposes`.
    ///
    /// ## Why is this bad?
    /// What a module does not expose, it may rename or remove at any time. Whoever imports it all the same breaks then.
    ///
    /// Entries are names below the module: `Order`, `api.place_order`, `api.*` for each member of `api`, `api.**` for
    /// everything below it. To import the boundary module itself is always allowed, and so is a submodule of which
    /// something is exposed. `from shop.orders import *` needs `*`.
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
    PrivateImport {
        code: "RF201",
        name: "private-import",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for PrivateImport {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Independent, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let to = context.boundary_name(crossing.imported);
        let member = context.member_of(&crossing);
        let message =
            Message::new(match member.strip_suffix('*').map(|module| module.trim_end_matches('.')) {
                Some("") => format!("`{to}` does not expose everything, so `*` reaches past its interface"),
                Some(module) => format!("`*` of `{to}.{module}` is not part of the interface of `{to}`"),
                None => format!("`{member}` is not part of the interface of `{to}`"),
            })
            .annotation(format!("private to `{to}`"))
            .owner(context.owner_text(crossing.imported));
        let Some(exposes) = &context.declaration(crossing.imported).exposes else { return message };
        let message = message.label(exposed_here(exposes));
        let declarer = &context.declaration(crossing.imported).pattern.value;
        message.help(advice(
            &alias_of(context, finding),
            to,
            declarer,
            &member,
            &exposes.value.iter().map(|name| &name.value).collect::<Vec<_>>(),
        ))
    }
}

/// ` as x`, where the import at fault binds the name as something else.
fn alias_of(context: &Context, finding: &Finding) -> String {
    let Some(Stmt::ImportFrom(import)) = context.statement(finding.site) else { return String::new() };
    let Some(statement) = context.statement_range(finding.site) else { return String::new() };
    let range = context.span(finding.site).range;
    let alias = import.names.iter().find(|alias| alias.name.range + statement.start() == range);
    alias.and_then(|alias| alias.asname.as_ref()).map_or(String::new(), |name| format!(" as {name}"))
}

/// The way out: the exposed name that is most likely meant, or all of them, or the config.
fn advice(
    alias: &str,
    to: &str,
    declarer: &ModulePattern,
    member: &str,
    exposed: &[&ModulePattern],
) -> String {
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
        return format!(
            "write `from {module} import {name}{alias}`, which `{to}` exposes, if it is the same"
        );
    }
    let names = listed(exposed);
    let add = ask_for(member, declarer);
    match exposed {
        [] => format!("remove the import, or {add}"),
        _ if last == "*" => format!("import by name what `{to}` exposes{names}"),
        _ => format!("use what `{to}` exposes{names}, or {add}"),
    }
}

/// RF201
pub(crate) fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let exposes = context.declaration(crossing.imported).exposes.as_ref()?;
    let member = context.member_of(crossing);
    let exposed = member.is_empty()
        || exposes.value.iter().any(|pattern| {
            pattern.value.matches(&member) || (!member.ends_with('*') && pattern.value.matches_below(&member))
        });
    (!exposed).then_some(0)
}
