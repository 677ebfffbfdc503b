use ringfence_diagnostics::Label;
use ringfence_policy::Precedence;

use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::usage_of_names::{When, ways_out};
use crate::{Context, Crossing, Finding, LayerStep, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of a boundary module that the importing boundary module lists in `forbids`.
    ///
    /// ## Why is this bad?
    /// Somebody has decided that these two modules must not know each other. `forbids` wins over `depends-on` and over
    /// the layers.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.catalog"]
    /// forbids = [{ module = "shop.web", reason = "the catalog is used without a web server" }]
    /// ```
    ///
    /// ```python
    /// # shop/catalog/search.py
    /// from shop.web import request  # RF102
    /// ```
    ///
    /// Pass what is needed as an argument:
    /// ```python
    /// def search(query: str): ...
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.forbids`
    ForbiddenDependency {
        code: "RF102",
        name: "forbidden-dependency",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for ForbiddenDependency {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Forbidden, find };

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let Some(importer) = crossing.importer else { return Message::default() };
        let (from, to) = (context.boundary_name(importer), context.boundary_name(crossing.imported));
        let entry = context.declaration(importer).forbids.get(finding.detail as usize);
        let message = context
            .crossing_message(
                &crossing,
                match entry.and_then(|entry| entry.reason.as_ref()) {
                    Some(reason) => format!("`{from}` must not import `{to}`: {}", reason.value),
                    None => format!("`{from}` must not import `{to}`"),
                },
            )
            .help(ways_out(
                context,
                finding,
                format!("remove the import, or pass what `{from}` needs of `{to}` in from its callers"),
                |when, what| match when {
                    When::InAnnotations => {
                        vec![format!("let `{from}` define a Protocol with what it needs of {what}")]
                    }
                    When::InFunctions | When::AtImport => {
                        vec![
                            format!("pass {what} in from the callers of `{from}`"),
                            format!("do without {what}"),
                        ]
                    }
                    When::PassedOn | When::Nowhere => {
                        vec![format!("import {what} from `{to}` where it is needed, not through `{from}`")]
                    }
                },
            ));
        match entry {
            Some(entry) => message.label(Label::new(entry.pattern.span, "forbidden here")),
            None => message,
        }
    }
}

/// RF102: the entry of `forbids`.
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    let importer = crossing.importer?;
    let entry = context.boundaries.prohibition(importer, crossing.imported)?;
    // Where order decides, layers come first.
    let is_for_layers = context.policy.meaning.precedence == Precedence::Order
        && matches!(
            context.boundaries.step(context.policy, importer, crossing.imported),
            LayerStep::Up | LayerStep::Past(_) | LayerStep::Unknown
        );
    (!is_for_layers).then_some(entry)
}
