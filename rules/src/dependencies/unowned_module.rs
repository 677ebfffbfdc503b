use ringfence_diagnostics::{FileId, Label};

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for files that no boundary module owns. Off until the config says `strict-ownership = true`.
    ///
    /// ## Why is this bad?
    /// No rule about boundaries holds for such a file: it may import anything and be imported by anyone. New code
    /// starts there unnoticed.
    ///
    /// ## Example
    /// ```toml
    /// strict-ownership = true
    ///
    /// [modules."shop.web"]
    /// ```
    ///
    /// A file `shop/reports/monthly.py` is then RF105. Use instead:
    /// ```toml
    /// [modules."shop.web"]
    ///
    /// [modules."shop.reports"]
    /// ```
    ///
    /// ## Options
    /// - `strict-ownership`
    /// - `exclude`
    UnownedModule {
        code: "RF105",
        name: "unowned-module",
        severity: Error,
        default: Default::ByConfig("strict-ownership = true"),
        fix: Never,
    }
}

impl Rule for UnownedModule {
    const VISITOR: Visitor = Visitor::File(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(module) = context.graph.index().of_file(finding.site.file()) else {
            return Message::default();
        };
        let name = context.module_name(module.module);
        let message =
            Message::new(format!("`{name}` is owned by no boundary module")).help(if name.contains('.') {
                format!("declare `[modules.\"{name}\"]` or a package around it, or exclude the file")
            } else {
                format!("declare `[modules.\"{name}\"]`, or exclude the file")
            });
        match context.policy.strict_ownership {
            Some(span) => message.label(Label::new(span, "every file must have an owner")),
            None => message,
        }
    }
}

/// RF105
fn find(context: &Context, file: FileId, found: &mut Found) {
    if context.policy.strict_ownership.is_some()
        && let Some(module) = context.graph.index().of_file(file)
        && context.boundaries.owner(module.module).is_none()
    {
        found.push(Site::File(file), 0);
    }
}
