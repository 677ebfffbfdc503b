//! The linter settings of a session: what the config says, and the command line over it.

use std::path::Path;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use ringfence_diagnostics::{Diagnostic, Severity, Span};
use ringfence_policy::options::DEFAULT_TESTS;
use ringfence_policy::{Policy, Spanned};
use ringfence_rules::{RuleId, RuleSet, Selection, Selector};

/// What the command line says about rules and files. Selectors have been parsed by it.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    pub selection: Selection,
    pub extend_exclude: Vec<String>,
}

/// What is reported, and as what.
#[derive(Debug, Clone)]
pub struct Settings {
    pub rules: RuleSet,
    /// Whether somebody selected RF900, rather than leave it to report what is met.
    pub parses_every_file: bool,
    severity: Vec<(RuleId, Severity)>,
    per_file_ignores: Vec<(GlobSet, Vec<Selector>)>,
    /// The files that hold test code.
    tests: Vec<GlobSet>,
    fixable: Option<Vec<Selector>>,
    unfixable: Vec<Selector>,
}

impl Settings {
    /// Reads the linter keys of a policy. What is wrong in them comes as diagnostics.
    pub fn new(policy: &Policy, command_line: &CommandLine) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let linter = &policy.linter;
        let mut selectors = |list: &[Spanned<String>]| parse_selectors(list, &mut problems);
        let from_config = Selection {
            select: linter.select.as_deref().map(&mut selectors),
            extend_select: selectors(&linter.extend_select),
            ignore: selectors(&linter.ignore),
        };
        let fixable = linter.fixable.as_deref().map(&mut selectors);
        let unfixable = selectors(&linter.unfixable);
        let mut per_file_ignores = Vec::new();
        for (pattern, list) in &linter.per_file_ignores {
            let selectors = parse_selectors(list, &mut problems);
            match file_pattern(&pattern.value) {
                Ok(globs) => per_file_ignores.push((globs, selectors)),
                Err(reason) => problems.push(problem(pattern.span, format!("invalid glob: {reason}"), None)),
            }
        }
        let mut severity = Vec::new();
        for (rule, level) in &linter.severity {
            match RuleId::from_code_or_name(&rule.value) {
                Some(id) => severity.push((id, *level)),
                None => problems.extend(parse_selectors_strictly(rule)),
            }
        }
        let excludes = linter.exclude.iter().flatten().chain(&linter.extend_exclude);
        for pattern in excludes.chain(policy.tests.iter().flatten()) {
            if let Err(reason) = file_pattern(&pattern.value) {
                problems.push(problem(pattern.span, format!("invalid glob: {reason}"), None));
            }
        }
        let selections = [from_config, command_line.selection.clone()];
        let rules = Selection::resolve(&selections);
        let mut tests = Vec::new();
        match &policy.tests {
            // One that is invalid has been reported with the other globs.
            Some(patterns) => {
                tests.extend(patterns.iter().filter_map(|pattern| segment_pattern(&pattern.value).ok()));
            }
            None => tests.extend(DEFAULT_TESTS.iter().filter_map(|pattern| segment_pattern(pattern).ok())),
        }
        let parses_every_file = RuleId::from_code_or_name("syntax-error").is_some_and(|syntax_error| {
            rules.contains(syntax_error) && selections.iter().any(|selection| selection.names(syntax_error))
        });
        let settings =
            Self { rules, parses_every_file, severity, per_file_ignores, tests, fixable, unfixable };
        (settings, problems)
    }

    pub fn severity(&self, rule: RuleId) -> Severity {
        let configured = self.severity.iter().rev().find(|(id, _)| *id == rule);
        configured.map_or(rule.metadata().severity, |(_, severity)| *severity)
    }

    /// Whether a rule is reported in a file, by its path relative to the config.
    pub fn reports(&self, rule: RuleId, path: &Path) -> bool {
        !self.per_file_ignores.iter().any(|(globs, selectors)| {
            selectors.iter().any(|selector| selector.matches(rule)) && globs.is_match(path)
        })
    }

    /// Whether a file holds test code, by its path relative to the config.
    pub fn is_test(&self, path: &Path) -> bool {
        self.tests.iter().any(|globs| globs.is_match(path))
    }

    pub fn has_per_file_ignores(&self) -> bool {
        !self.per_file_ignores.is_empty()
    }

    /// Whether fixes of a rule are offered.
    pub fn fixes(&self, rule: RuleId) -> bool {
        let matches = |selectors: &[Selector]| selectors.iter().any(|selector| selector.matches(rule));
        self.fixable.as_deref().is_none_or(matches) && !matches(&self.unfixable)
    }
}

/// A glob over paths relative to the config; one without a slash matches at any depth, as in ruff. `*` matches slashes,
/// too, as it does there.
pub(crate) fn file_pattern(pattern: &str) -> Result<GlobSet, globset::Error> {
    globs(pattern, Glob::new)
}

/// The same with a `*` that stays inside one segment of the path.
fn segment_pattern(pattern: &str) -> Result<GlobSet, globset::Error> {
    globs(pattern, |text| GlobBuilder::new(text).literal_separator(true).build())
}

fn globs(
    pattern: &str,
    glob: impl Fn(&str) -> Result<Glob, globset::Error>,
) -> Result<GlobSet, globset::Error> {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let mut builder = GlobSetBuilder::new();
    let mut add = |text: &str| glob(text).map(|glob| _ = builder.add(glob));
    add(pattern)?;
    add(&format!("{pattern}/**"))?;
    if !pattern.contains('/') {
        add(&format!("**/{pattern}"))?;
        add(&format!("**/{pattern}/**"))?;
    }
    builder.build()
}

fn parse_selectors(list: &[Spanned<String>], problems: &mut Vec<Diagnostic>) -> Vec<Selector> {
    let mut selectors = Vec::new();
    for text in list {
        match Selector::parse(&text.value) {
            Ok(selector) => selectors.push(selector),
            Err(error) => problems.push(unknown_rule(text, error.suggestion)),
        }
    }
    selectors
}

/// A key that must be one rule, and is not.
fn parse_selectors_strictly(text: &Spanned<String>) -> Option<Diagnostic> {
    match Selector::parse(&text.value) {
        Ok(Selector::Rule(_)) => None,
        Ok(Selector::All | Selector::Prefix(..)) => {
            Some(problem(text.span, format!("`{}` is not the code or name of one rule", text.value), None))
        }
        Err(error) => Some(unknown_rule(text, error.suggestion)),
    }
}

fn unknown_rule(text: &Spanned<String>, suggestion: Option<&str>) -> Diagnostic {
    let help = suggestion.map(|name| format!("did you mean `{name}`?"));
    problem(text.span, format!("`{}` selects no rule", text.value), help)
}

/// A mistake in the config that is not one of its syntax.
pub(crate) fn problem(span: Span, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic {
        code: "invalid-config",
        name: "invalid-config",
        severity: Severity::Error,
        message,
        file: span.file,
        range: span.range,
        annotation: None,
        labels: Vec::new(),
        help,
        owner: None,
        fix: None,
        import: None,
    }
}
