//! The findings that the baseline knows.

use ringfence_rules::{Budgets, Explainer, Finding, Renderer, RuleId, stale_baseline_entry};

use super::cache::{Cache, Named};
use super::{Check, Selected};
use crate::Coverage;
use crate::baseline::recordable;

impl Check<'_> {
    /// Takes out the findings that the baseline knows, and adds the entries that no finding needs. Those are judged only on the
    /// whole tree, and only if their rule ran.
    pub(super) fn take_known(
        &self,
        cache: &mut Cache,
        findings: &mut Vec<Selected>,
        coverage: &mut Coverage,
    ) {
        let baseline = &self.session.inputs.baseline;
        if self.options.ignore_baseline || baseline.entries.is_empty() {
            return;
        }
        // What is known is told by nobody, so it costs nothing of what explains the rest.
        let Cache { memo, usage, explained, named, .. } = &mut *cache;
        let explainer = Explainer::new(self.context(usage, memo), Budgets::default());
        for Selected { finding, severity } in &*findings {
            if !explained.contains_key(finding) && !named.contains_key(finding) {
                let identity = recordable(&Renderer::new(&explainer).diagnose(finding, *severity, false));
                named.insert(finding.clone(), Named { identity, reads: self.reads() });
            }
        }
        explainer.count_anew();
        let mut used = vec![false; baseline.entries.len()];
        let lookup = baseline.lookup();
        findings.retain(|Selected { finding, .. }| {
            let identity = cache.identity(finding);
            let position = identity.and_then(|identity| lookup.matching(identity));
            if let Some(position) = position {
                used[position] = true;
                coverage.baselined += 1;
            }
            position.is_none()
        });
        let context = self.context(&cache.usage, &cache.memo);
        let is_whole = self.options.paths.is_empty()
            || self.options.paths.iter().any(|path| self.session.root().starts_with(path));
        if is_whole {
            let stale = self.stale_entries(&used, &context.contracts_in_part());
            coverage.stale += stale.len();
            findings.extend(stale.into_iter().map(|finding| {
                let default = self.session.inputs.settings.severity(finding.rule);
                let severity = self.severity(&context, &finding).unwrap_or(default);
                Selected { finding, severity }
            }));
        }
    }

    /// The entries of the baseline that no finding of a whole run `used`, if their rule and the one that says so ran. Those of contracts
    /// that are listed `in_part` may be among what is not.
    fn stale_entries(&self, used: &[bool], in_part: &[&str]) -> Vec<Finding> {
        let rule_of = |code: &str| {
            RuleId::from_code_or_name(code).filter(|rule| self.session.inputs.settings.rules.contains(*rule))
        };
        let entries = self.session.inputs.baseline.entries.iter().zip(used);
        // Of a contract that somebody else looks at, or nobody in this run, nothing is known.
        let is_elsewhere = |id: &str| {
            let is_here = || self.session.inputs.policy.contracts.iter().any(|contract| contract.id() == id);
            !id.is_empty()
                && (self.session.options.is_shared
                    || !self.session.inputs.policy.deselected_contracts.is_empty())
                && !is_here()
        };
        let stale = entries.filter(|(entry, used)| {
            !**used
                && !is_elsewhere(&entry.identity.contract)
                && !in_part.contains(&entry.identity.contract.as_str())
                && rule_of(&entry.identity.code).is_some()
        });
        let found = stale.map(|(entry, _)| stale_baseline_entry(entry.line));
        found
            .filter(|finding| self.session.inputs.settings.rules.contains(finding.rule))
            .filter(|finding| self.reports(finding.rule, finding.site.file()))
            .collect()
    }
}
