use ringfence_diagnostics::{FileId, Span};

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Reports the first syntax error of a file, where a file had to be parsed.
    ///
    /// ## Why is this bad?
    /// Past a syntax error nobody can say for certain what a file imports. The imports that could be recovered are
    /// checked all the same.
    ///
    /// Most files are read for their imports only, and their other syntax errors are not met. Select the rule to have
    /// every file parsed.
    ///
    /// The newest Python grammar is accepted, whatever `target-version` is.
    ///
    /// ## Example
    /// ```python
    /// from shop.orders import  # RF900
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.orders import Order
    /// ```
    SyntaxError {
        code: "RF900",
        name: "syntax-error",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for SyntaxError {
    const VISITOR: Visitor = Visitor::File(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let module = context.sources.module(finding.site.file());
        let Some(error) = module.as_ref().and_then(|module| module.facts.syntax_error.as_ref()) else {
            return Message::default();
        };
        let recovered = match module.as_ref().map_or(0, |module| module.facts.imports.len()) {
            0 => "none of its imports are checked",
            _ => "only the imports that could be recovered are checked",
        };
        Message::new(format!("syntax error: {}", error.message)).help(match error.more {
            0 => recovered.to_string(),
            1 => format!("the file has 1 more syntax error; {recovered}"),
            more => format!("the file has {more} more syntax errors; {recovered}"),
        })
    }
}

/// RF900
fn find(context: &Context, file: FileId, found: &mut Found) {
    if let Some(error) = context.facts(file).and_then(|facts| facts.syntax_error.as_ref()) {
        found.push(Site::Place(Span::new(file, error.range)), 0);
    }
}
