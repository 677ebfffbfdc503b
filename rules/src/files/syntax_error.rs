use ringfence_diagnostics::{FileId, Severity, Span};
use ringfence_source::FileFacts;

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Finding, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for the first syntax error in each file that had to be parsed.
    ///
    /// ## Why is this bad?
    /// After a syntax error, it is uncertain what a file imports. The imports that could be recovered are still
    /// checked.
    ///
    /// Most files are read for their imports only, so other syntax errors in them go unnoticed. Select the rule, for
    /// example with `--extend-select RF900`, to parse every file.
    ///
    /// The newest Python grammar is accepted, whatever `target-version` says.
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
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Health, Run, Unsuppressible],
        dialects: [Tach: Offered, ImportLinter: Offered],
    }
}

/// The first syntax error of a file.
#[derive(Debug, Hash)]
pub(crate) struct Unparsed {
    file: FileId,
    message: String,
    /// How many more errors the file has.
    more: u32,
    /// Whether imports could be recovered.
    has_imports: bool,
}

impl Rule for SyntaxError {
    type Violation = Unparsed;
    const VISITOR: Visitor<Self> = Visitor::File(find);

    fn message(_: &Explainer, violation: &Unparsed) -> Message {
        let Unparsed { file: _, message, more, has_imports } = violation;
        let recovered = if *has_imports {
            "only the imports that could be recovered are checked"
        } else {
            "none of its imports are checked"
        };
        Message::new(format!("syntax error: {message}")).help(match more {
            0 => recovered.to_string(),
            1 => format!("the file has 1 more syntax error; {recovered}"),
            more => format!("the file has {more} more syntax errors; {recovered}"),
        })
    }

    fn severity(context: &Context, violation: &Unparsed, severity: Severity) -> Option<Severity> {
        Some(context.severity_in_file(violation.file, severity))
    }
}

/// RF900
fn find(context: &Context, file: FileId, findings: &mut Findings<SyntaxError>) {
    let found = context.facts(file).and_then(|facts| seen(file, facts));
    if let Some((site, violation)) = found {
        findings.push(site, violation);
    }
}

fn seen(file: FileId, facts: &FileFacts) -> Option<(Site, Unparsed)> {
    let error = facts.syntax_error.as_ref()?;
    let violation = Unparsed {
        file,
        message: error.message.clone(),
        more: error.more,
        has_imports: !facts.imports.is_empty(),
    };
    Some((Site::Place(Span::new(file, error.range)), violation))
}

/// RF900 for a file that was read for its imports only, and that a rule then asked to parse; nothing where it parses.
pub fn syntax_error(file: FileId, facts: &FileFacts) -> Option<Finding> {
    let (site, violation) = seen(file, facts)?;
    Some(Finding::of::<SyntaxError>(RuleId::of::<SyntaxError>(), site, violation))
}
