use ringfence_diagnostics::{Fix, Span};
use ruff_diagnostics::Edit;

use crate::rule::{Default, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for entries of the baseline that no finding needs any more.
    ///
    /// ## Why is this bad?
    /// The finding is mended. Left in place, its entry lets the same finding come back without anybody noticing: a baseline may
    /// only shrink.
    ///
    /// An entry is judged only if its rule ran, and on the whole tree: a run over part of it never calls an entry stale. The entry of
    /// a circle is needed as long as some of its modules still form one.
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
    /// The fix removes the entry, and nothing else. `ringfence baseline` removes all of them.
    StaleBaselineEntry {
        code: "RF912",
        name: "stale-baseline-entry",
        severity: Error,
        default: Default::On,
        fix: Always,
    }
}

impl Rule for StaleBaselineEntry {
    // Whoever has compared all findings with the baseline finds these.
    const VISITOR: Visitor = Visitor::Run(|_, _, _| {});

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Span { file, range } = context.span(finding.site);
        let text = context.sources.text(file);
        let entry = text.as_ref().and_then(|text| text.source_text().get(range.to_std_range()));
        let entry = entry.unwrap_or_default().trim();
        let subject = entry.split_once(" # ").map_or(entry, |(subject, _)| subject.trim());
        Message::new(format!("the baseline knows a finding that is no longer there: {subject}"))
            .annotation("not found any more".to_string())
            .help("remove the entry, or run `ringfence baseline`")
    }

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let Span { file, range } = context.span(finding.site);
        Some(Fix::safe("Remove the entry", file, Edit::range_deletion(range)))
    }
}
