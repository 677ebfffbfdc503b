use ringfence_diagnostics::FileId;
use ringfence_source::SuppressionForm;

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for suppression comments that do not say why.
    ///
    /// ## Why is this bad?
    /// A suppression is an exception that somebody granted. Without the reason nobody can tell later whether it still
    /// holds.
    ///
    /// The reason is the text after the list of codes. `# noqa` has no place for one, so it is reported where it names a
    /// code of ours.
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
        default: Default::OptIn,
        fix: Never,
    }
}

impl Rule for SuppressionWithoutReason {
    const VISITOR: Visitor = Visitor::File(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Site::Suppression { file, index } = finding.site else { return Message::default() };
        let Some((facts, suppression)) =
            context.facts(file).and_then(|facts| Some((facts, facts.suppressions.get(index as usize)?)))
        else {
            return Message::default();
        };
        let codes: Vec<&str> = suppression.codes.iter().map(|code| facts.name(code.name)).collect();
        let codes = codes.join(", ");
        let form = match suppression.form {
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
}

/// RF902
fn find(context: &Context, file: FileId, found: &mut Found) {
    let suppressions = context.facts(file).map(|facts| facts.suppressions.as_slice()).unwrap_or_default();
    for (index, suppression) in suppressions.iter().enumerate() {
        // One with a defect suppresses nothing, and RF904 says so.
        let is_for_other_rules = || {
            suppression.form == SuppressionForm::TachIgnore && context.has_foreign_import(file, suppression)
        };
        if suppression.defect.is_none() && suppression.reason.is_none() && !is_for_other_rules() {
            found.push(Site::Suppression { file, index: index as u32 }, 0);
        }
    }
}
