use super::telling::{broken, find, speak_of_chain};
use crate::rule::{Default, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message};
use ringfence_policy::Terms;

declare_rule! {
    /// ## What it does
    /// Checks contracts of the type `protected`: only `importers` may import `modules` directly.
    ///
    /// ## Why is this bad?
    /// What is protected is used through those who may: they check, cache, log or translate. Whoever imports it directly goes past
    /// them.
    ///
    /// To reach it through an allowed importer is fine. Protected modules may not import each other either, unless one lies in the
    /// other. Each import from one module of another is reported once.
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
        default: Default::On,
        fix: Never,
    }
}

impl Rule for UnprotectedImport {
    const VISITOR: Visitor = Visitor::Project(find);
    const JUDGES_KINDS: bool = true;

    fn speak(context: &Context, finding: &Finding) -> Message {
        let allowed = match broken(context, finding).map(|broken| &broken.contract.terms) {
            Some(Terms::Protected { importers, .. }) => importers.as_slice(),
            _ => &[],
        };
        let names: Vec<String> = allowed.iter().map(|importer| format!("`{}`", importer.value)).collect();
        let who = match names.as_slice() {
            [] => "nobody may import it".to_string(),
            [one] => format!("only {one} may import it"),
            names if names.len() > 5 => format!("only its {} importers may import it", names.len()),
            [rest @ .., last] => format!("only {} and {last} may import it", rest.join(", ")),
        };
        speak_of_chain(context, finding, |ends| {
            format!("`{}` imports the protected `{}`: {who}", ends.from, ends.to)
        })
    }
}
