use ringfence_diagnostics::{Fix, Span};
use ruff_diagnostics::Edit;

use crate::rule::{Activation, Rule, Visitor, declare_rule};
use crate::{Explainer, Finding, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for baseline entries that no finding needs any longer.
    ///
    /// ## Why is this bad?
    /// The finding is fixed. If its entry stays, the same finding can come back unnoticed: a baseline may only
    /// shrink.
    ///
    /// An entry is checked only if its rule ran, and only in a run over the whole tree: a run over part of it never
    /// reports a stale entry. The entry of a cycle stays needed as long as some of its modules still form a cycle.
    ///
    /// ## Example
    /// ```text
    /// RF101 shop.web.views -> shop.legacy Order
    /// ```
    ///
    /// ## Options
    /// - `baseline`
    ///
    /// ## Fix safety
    /// The fix removes the entry and changes nothing else. `ringfence baseline` removes all stale entries.
    StaleBaselineEntry {
        code: "RF912",
        name: "stale-baseline-entry",
        severity: Error,
        default: Activation::On,
        fix: Always,
        since: "0.1.0",
        tags: [Run, Contract, Unnecessary],
        dialects: [Tach: Besides, ImportLinter: Besides],
    }
}

/// The line of an entry that no finding needs.
#[derive(Debug, Hash)]
pub(crate) struct StaleLine(Span);

/// RF912 at the line of an entry of a baseline.
pub fn stale_baseline_entry(line: Span) -> Finding {
    Finding::of::<StaleBaselineEntry>(RuleId::of::<StaleBaselineEntry>(), Site::Place(line), StaleLine(line))
}

impl Rule for StaleBaselineEntry {
    type Violation = StaleLine;
    // Whoever has compared all findings with the baseline finds these.
    const VISITOR: Visitor<Self> = Visitor::Run(|_, _, _| {});

    fn message(context: &Explainer, StaleLine(line): &StaleLine) -> Message {
        let Span { file, range } = *line;
        let text = context.sources.text(file);
        let entry = text.as_ref().and_then(|text| text.source_text().get(range.to_std_range()));
        let entry = entry.unwrap_or_default().trim();
        let subject = entry.split_once(" # ").map_or(entry, |(subject, _)| subject.trim());
        Message::new(format!("the baseline knows a finding that is no longer there: {subject}"))
            .annotation("not found any more".to_string())
            .help("remove the entry, or run `ringfence baseline`")
    }

    fn fix(_: &Explainer, StaleLine(Span { file, range }): &StaleLine) -> Option<Fix> {
        Some(Fix::safe("Remove the entry", *file, Edit::range_deletion(*range)))
    }
}
