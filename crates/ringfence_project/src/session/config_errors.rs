//! Errors in what a session was made of, for which nothing is given up: they are reported beside the findings.

use ringfence_diagnostics::{Diagnostic, Severity, Span};
use ringfence_policy::ModulePattern;
use ringfence_rules::named;
use ruff_text_size::TextRange;

use super::Session;
use crate::baseline::BadLine;
use crate::settings::problem;

impl Session {
    /// Errors in what the session was made of, for which nothing is given up.
    pub(crate) fn config_errors(&self) -> Vec<Diagnostic> {
        let of_externals = self
            .inputs
            .policy
            .dialect
            .externals
            .config_errors
            .iter()
            .filter(|_| self.project.externals.is_some());
        let of_baseline = self.inputs.bad_lines.iter().map(|BadLine { span, reason }| {
            let code = named::undeclared_dependency().metadata().code;
            let help =
                format!("a line is `{code} importer -> imported name`; `ringfence baseline` writes them");
            problem(*span, format!("this line of the baseline says nothing: {reason}"), Some(help))
        });
        let of_pattern = self.inputs.no_baselines.iter().map(|&file| {
            let help = "a baseline begins with a line of its own; `ringfence baseline` writes it".to_string();
            let start = Span::new(file, TextRange::default());
            let message = "`baseline` in the config matches this file, which is none and is left alone";
            Diagnostic { severity: Severity::Warning, ..problem(start, message.to_string(), Some(help)) }
        });
        let is_there = |pattern: &ModulePattern| {
            self.project
                .boundaries
                .iter()
                .any(|(_, boundary)| pattern.matches(self.project.graph.index().name(boundary.module)))
        };
        let of_modules =
            self.inputs.policy.module_config_errors.iter().filter(|(pattern, _)| is_there(pattern));
        let of_policy = self
            .inputs
            .policy
            .config_errors
            .iter()
            .chain(&self.inputs.root_package_errors)
            .chain(of_externals);
        let of_policy = of_policy.chain(of_modules.map(|(_, error)| error)).cloned();
        of_policy.chain(of_baseline).chain(of_pattern).collect()
    }
}
