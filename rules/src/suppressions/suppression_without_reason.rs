use ringfence_diagnostics::{FileId, Severity};
use ringfence_source::{NameRef, SuppressionForm};

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for suppression comments without a reason.
    ///
    /// ## Why is this bad?
    /// A suppression is an exception that someone granted. Without the reason, nobody can tell later whether it still
    /// applies.
    ///
    /// The reason is the text after the list of codes. `# noqa` has no place for one, so it is reported if it names a
    /// code of ringfence.
    ///
    /// ## Example
    /// ```python
    /// from shop.billing import charge  # ringfence: ignore[RF101]
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.billing import charge  # ringfence: ignore[RF101] billing is split next
    /// ```
    SuppressionWithoutReason {
        code: "RF902",
        name: "suppression-without-reason",
        severity: Error,
        default: Activation::OptIn,
        fix: Never,
        since: "0.1.0",
        tags: [Run, Unsuppressible],
        dialects: [Tach: Switched(SuppressionReasons), ImportLinter: Offered],
    }
}

/// A suppression that does not say why.
#[derive(Debug, Hash)]
pub(crate) struct WithoutReason {
    file: FileId,
    index: u32,
    form: SuppressionForm,
    /// The codes, or the names of a `tach-ignore`, as they are written.
    codes: Vec<NameRef>,
}

impl Rule for SuppressionWithoutReason {
    type Violation = WithoutReason;
    const VISITOR: Visitor<Self> = Visitor::File(find);

    fn message(_: &Explainer, violation: &WithoutReason) -> Message {
        let codes: Vec<&str> = violation.codes.iter().map(|code| code.as_str()).collect();
        let codes = codes.join(", ");
        let form = match violation.form {
            SuppressionForm::FileIgnore => "file-ignore",
            SuppressionForm::Ignore | SuppressionForm::Noqa => "ignore",
            SuppressionForm::TachIgnore => {
                let names = codes.replace(", ", " ");
                let written = format!("# tach-ignore(<reason>) {names}");
                return Message::new("this `tach-ignore` gives no reason")
                    .help(format!("say why: `{}`", written.trim_end()));
            }
        };
        Message::new(format!("suppression of {codes} gives no reason"))
            .help(format!("say why: `# ringfence: {form}[{codes}] <reason>`"))
    }

    fn severity(context: &Context, violation: &WithoutReason, severity: Severity) -> Option<Severity> {
        Some(context.severity_of_comment(violation.file, violation.index, severity))
    }
}

/// RF902
fn find(context: &Context, file: FileId, findings: &mut Findings<SuppressionWithoutReason>) {
    let suppressions = context.facts(file).map(|facts| facts.suppressions.as_slice()).unwrap_or_default();
    for (index, suppression) in suppressions.iter().enumerate() {
        // One with a defect suppresses nothing, and RF904 says so.
        let is_for_other_rules = || {
            suppression.form == SuppressionForm::TachIgnore && context.has_foreign_import(file, suppression)
        };
        if suppression.defect.is_none() && suppression.reason.is_none() && !is_for_other_rules() {
            let index = index as u32;
            let codes = suppression.codes.iter().map(|code| code.name).collect();
            let violation = WithoutReason { file, index, form: suppression.form, codes };
            findings.push(Site::Suppression { file, index }, violation);
        }
    }
}
