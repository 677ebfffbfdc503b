use jiff::civil::Date;
use ringfence_diagnostics::{FileId, Label, Span};

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Run, Site};

declare_rule! {
    /// ## What it does
    /// Checks for suppressions whose `until=` date has passed. They no longer suppress anything.
    ///
    /// ## Why is this bad?
    /// The exception was granted for a limited time. The finding that it hid is reported again beside this one.
    ///
    /// The date is the last day on which the suppression applies, in the local time zone.
    ///
    /// ## Example
    /// ```python
    /// from shop.legacy import cart  # ringfence: ignore[RF101] until=2024-06-30 the old cart goes with release 9
    /// ```
    ///
    /// Fix the finding and remove the comment, or agree on a new date.
    ExpiredSuppression {
        code: "RF903",
        name: "expired-suppression",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Run, Unsuppressible, AsksWhatIsSuppressed],
        dialects: [ImportLinter: Offered],
    }
}

/// A suppression past its last day, which still hides something.
#[derive(Debug, Hash)]
pub(crate) struct Expired {
    last_day: Date,
    place: Span,
}

impl Rule for ExpiredSuppression {
    type Violation = Expired;
    const VISITOR: Visitor<Self> = Visitor::Run(find);

    fn message(_: &Explainer, Expired { last_day, place }: &Expired) -> Message {
        Message::new(format!("this suppression expired on {last_day}"))
            .label(Label::new(*place, "the last day on which it held"))
            .help("mend what it hid and remove the comment, or agree on a new date")
    }
}

/// RF903. One that hides nothing is RF901 instead: there is nothing to mend.
fn find(context: &Context, run: &Run, findings: &mut Findings<ExpiredSuppression>) {
    for (position, facts) in context.facts.iter().enumerate() {
        let file = FileId::new(position);
        for (index, suppression) in facts.iter().flat_map(|facts| &facts.suppressions).enumerate() {
            let index = index as u32;
            let Some(until) = suppression.until.filter(|until| until.date < context.today) else { continue };
            let mut codes = 0..suppression.codes.len() as u32;
            if suppression.defect.is_none()
                && (run.ran)(findings.rule, file)
                && codes.any(|code| context.usage.is_used(file, index, code))
            {
                let place = Span::new(file, until.range);
                findings.push(Site::Suppression { file, index }, Expired { last_day: until.date, place });
            }
        }
    }
}
