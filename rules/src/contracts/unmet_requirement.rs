use ringfence_diagnostics::joined;
use ringfence_policy::{Reach, Terms};

use super::telling::{BrokenContract, find};
use super::verdict::What;
use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Context, Message};

declare_rule! {
    /// ## What it does
    /// Checks for modules that never import what a `required` contract demands. Each of `from` must reach at least
    /// one of `to`, whether it imports it directly or through other modules.
    ///
    /// ## Why is this bad?
    /// Some modules must be imported everywhere: every entry point must set up logging, for example, or every plugin
    /// must build on the base plugin. If the import is missing, so is what it provides.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "every command sets up logging"
    /// type = "required"
    /// from = ["shop.commands.*"]  # RF407: `shop.commands.serve` does not reach it
    /// to = ["shop.logging"]
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/commands/serve.py
    /// from shop.logging import set_up
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    UnmetRequirement {
        code: "RF407",
        name: "unmet-requirement",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract],
    }
}

/// How many names are told one by one.
const MOST_NAMES: usize = 5;

impl Rule for UnmetRequirement {
    type Violation = BrokenContract;
    const CONTRACT_TYPE: Option<&str> = Some("required");
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Context, violation: &BrokenContract) -> Message {
        let broken = violation.broken(context);
        let (What::Unreached { from }, Terms::Required { to, reach, .. }) =
            (&broken.violation.what, &broken.contract.terms)
        else {
            return broken.unexplained(context);
        };
        let source = broken.end(*from);
        let names: Vec<String> = to.iter().map(|pattern| format!("`{}`", pattern.value)).collect();
        let what = match names.as_slice() {
            names if names.len() > MOST_NAMES => format!("any of {} modules", names.len()),
            names => joined(names, "or"),
        };
        let how = match reach {
            Reach::Direct => "directly",
            Reach::Indirect => "directly or indirectly",
        };
        let mut message = broken.message(context, format!("`{}` never imports {what}, {how}", source.name));
        let file =
            context.graph.index().get(&source.name).and_then(|id| context.graph.index().module(id).file);
        let help = match (&broken.contract.reason, file) {
            (Some(reason), _) => reason.value.trim().to_string(),
            (None, Some(_)) => format!("import it in `{}` or in what that imports", source.name),
            (None, None) => format!("import it in one of the modules of `{}`", source.name),
        };
        if let Some(details) = &mut message.contract {
            details.importer = Some(source.name.clone());
        }
        message.help(help)
    }
}
