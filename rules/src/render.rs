//! How a finding becomes a diagnostic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ringfence_diagnostics::{Diagnostic, Fix, ImportDetails, Label, Severity};
use ringfence_graph::{Edge, Target};

use crate::{Explainer, Finding, Message, RuleId, Site};

/// Makes diagnostics of findings.
pub struct Renderer<'a> {
    explainer: &'a Explainer<'a>,
}

impl<'a> Renderer<'a> {
    pub fn new(explainer: &'a Explainer<'a>) -> Self {
        Self { explainer }
    }

    /// Puts a finding into words.
    pub fn diagnose(&self, finding: &Finding, severity: Severity, with_fix: bool) -> Diagnostic {
        let metadata = finding.rule.metadata();
        let Message { message, annotation, mut labels, help, owner, contract, members, symbol } =
            finding.violation().message(self.explainer);
        let edge = self.explainer.edge(finding.site);
        labels.extend(edge.and_then(|edge| self.why_of_this_kind(finding.rule, edge)));
        let span = self.explainer.span(finding.site);
        Diagnostic {
            code: metadata.code,
            name: metadata.name,
            severity,
            message,
            file: span.file,
            range: span.range,
            annotation,
            labels,
            help,
            owner,
            fix: if with_fix && self.explainer.may_be_fixed(finding.site) {
                unless_it_panics(|| finding.violation().fix(self.explainer))
            } else {
                None
            },
            import: edge.map(|edge| self.import_details(edge)),
            contract,
            members,
            symbol,
        }
    }

    /// What made a rule look at an import that by default it would not.
    fn why_of_this_kind(&self, rule: RuleId, edge: &Edge) -> Option<Label> {
        let reason = self.explainer.kinds.reason(
            rule,
            self.explainer.boundaries,
            self.explainer.importing_boundary(edge),
            edge.kind,
        )?;
        Some(Label::new(reason, format!("`{}` imports are looked at, too", edge.kind.as_str())))
    }

    fn import_details(&self, edge: &Edge) -> ImportDetails {
        let index = self.explainer.graph.index();
        let (imported, member) = match (edge.target, self.explainer.facts(edge.file)) {
            (Target::Module { module, .. }, Some(facts)) => {
                (Arc::clone(&index.module(module).name), self.explainer.graph.member(edge, facts))
            }
            _ => (self.explainer.imported_name(edge).into(), None),
        };
        let importer = index.of_file(edge.file).map(|module| Arc::clone(&index.module(module.module).name));
        let site = Site::of(edge);
        ImportDetails {
            importer: importer.unwrap_or_default(),
            imported,
            member,
            kind: edge.kind.as_str(),
            statement: self.explainer.statement_range(site).unwrap_or_default(),
            is_abridged: self.explainer.is_abridged(site),
        }
    }
}

/// A fix that panics is lost, with the message that the panic prints; the finding stays.
fn unless_it_panics(fix: impl FnOnce() -> Option<Fix>) -> Option<Fix> {
    catch_unwind(AssertUnwindSafe(fix)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ringfence_diagnostics::FileId;
    use ruff_diagnostics::Edit;
    use ruff_text_size::TextSize;

    use super::*;

    #[test]
    fn a_fix_that_panics_is_lost_alone() {
        assert_eq!(unless_it_panics(|| panic!("a fix went wrong")), None);
        let fix = Fix::safe("", FileId::new(0), Edit::insertion("x".to_string(), TextSize::new(0)));
        assert_eq!(unless_it_panics(|| Some(fix.clone())), Some(fix.clone()));
    }
}
