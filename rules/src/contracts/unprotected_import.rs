use super::telling::{BrokenContract, find, message_of_chain};
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message};
use ringfence_diagnostics::joined;
use ringfence_policy::Terms;

declare_rule! {
    /// ## What it does
    /// Checks for direct imports of modules that a `protected` contract reserves for its `importers`.
    ///
    /// ## Why is this bad?
    /// Other code is meant to use a protected module through its importers, which check, cache, log or translate. A
    /// direct import bypasses them.
    ///
    /// Reaching a protected module through an allowed importer is fine. Protected modules may not import each other
    /// either, unless one contains the other. Each importing module is reported once for each protected module that
    /// it imports.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "tables are for repositories"
    /// type = "protected"
    /// modules = ["shop.tables"]
    /// importers = ["shop.repositories"]
    /// ```
    ///
    /// ```python
    /// # shop/web/orders.py
    /// from shop.tables import orders  # RF405
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/web/orders.py
    /// from shop.repositories import find_orders
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    UnprotectedImport {
        code: "RF405",
        name: "unprotected-import",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract],
    }
}

impl Rule for UnprotectedImport {
    type Violation = BrokenContract;
    const CONTRACT_TYPE: Option<&str> = Some("protected");
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Context, violation: &BrokenContract) -> Message {
        let allowed = match &violation.broken(context).contract.terms {
            Terms::Protected { importers, .. } => importers.as_slice(),
            _ => &[],
        };
        let names: Vec<String> = allowed.iter().map(|importer| format!("`{}`", importer.value)).collect();
        let who = match names.as_slice() {
            [] => "nobody may import it".to_string(),
            names if names.len() > 5 => format!("only its {} importers may import it", names.len()),
            names => format!("only {} may import it", joined(names, "and")),
        };
        message_of_chain(context, violation, |ends| {
            format!("`{}` imports the protected `{}`: {who}", ends.from, ends.to)
        })
    }
}
