use ringfence_diagnostics::{FileId, Label, Span};

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Run, Site};

declare_rule! {
    /// ## What it does
    /// Checks for suppressions whose `until=` date has passed. They no longer suppress anything.
    ///
    /// ## Why is this bad?
    /// The exception was granted for a time. The finding that it hid is reported again beside this one.
    ///
    /// The date is the last day on which the suppression holds, in the local time zone.
    ///
    /// ## Example
    /// ```python
    /// from shop.legacy import cart  # ringfence: ignore[RF101] until=2024-06-30 the old cart goes with release 9
    /// ```
    ///
    /// Mend the finding and remove the comment, or agree on a new date.
    ExpiredSuppression {
        code: "RF903",
        name: "expired-suppression",
        severity: Error,
        default: Default::On,
        fix: Never,
    }
}

impl Rule for ExpiredSuppression {
    const VISITOR: Visitor = Visitor::Run(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Site::Suppression { file, index } = finding.site else { return Message::default() };
        let suppression = context.facts(file).and_then(|facts| facts.suppressions.get(index as usize));
        let Some(until) = suppression.and_then(|suppression| suppression.until) else {
            return Message::default();
        };
        Message::new(format!("this suppression expired on {}", until.date))
            .label(Label::new(Span::new(file, until.range), "the last day on which it held"))
            .help("mend what it hid and remove the comment, or agree on a new date")
    }
}

/// RF903. One that hides nothing is RF901 instead: there is nothing to mend.
fn find(context: &Context, run: &Run, found: &mut Found) {
    for (position, facts) in context.facts.iter().enumerate() {
        let file = FileId::new(position);
        for (index, suppression) in facts.iter().flat_map(|facts| &facts.suppressions).enumerate() {
            let index = index as u32;
            let expired = suppression.until.is_some_and(|until| until.date < context.today);
            let mut codes = 0..suppression.codes.len() as u32;
            if expired
                && suppression.defect.is_none()
                && (run.ran)(found.rule, file)
                && codes.any(|code| context.usage.is_used(file, index, code))
            {
                found.push(Site::Suppression { file, index }, 0);
            }
        }
    }
}
