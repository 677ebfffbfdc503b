//! The linter settings of a session: what the config says, and the command line over it.

use std::path::Path;
use std::str::FromStr;
use std::sync::LazyLock;

use globset::{Glob, GlobSet};
use pep440_rs::{Version, VersionSpecifiers, VersionSpecifiersParseError};
use ringfence_diagnostics::{Diagnostic, Severity, Span};
use ringfence_policy::globs::{self, BadPattern, Wildcards};
use ringfence_policy::options::DEFAULT_TESTS;
use ringfence_policy::{Policy, Spanned};
use ringfence_rules::{
    Kinds, RULES, RuleId, RuleSet, Selection, Selector, Tag, is_about_contracts, is_health, named,
};

use crate::baseline;
use crate::roots::check_entry;
use crate::tool_rules;

/// What the command line says about rules and files. Selectors have been parsed by it.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    pub selection: Selection,
    pub extend_exclude: Vec<String>,
    /// Globs that [`check_file_pattern`] has let through. `None`: those of the config.
    pub per_file_ignores: Option<Vec<(String, Selector)>>,
    /// Besides.
    pub extend_per_file_ignores: Vec<(String, Selector)>,
    /// `None`: those of the config.
    pub fixable: Option<Vec<Selector>>,
    /// Besides those of the config.
    pub unfixable: Vec<Selector>,
    pub preview: bool,
    /// The contracts that are looked at, by id or name. Empty: all.
    pub contracts: Vec<String>,
    /// Whether manifests are read although no rule asks for them.
    pub reads_manifests: bool,
}

/// Made when somebody first asks: most checks do not.
static USUAL_TESTS: LazyLock<GlobSet> = LazyLock::new(|| segment_patterns(DEFAULT_TESTS).unwrap_or_default());

/// What is reported, and as what.
#[derive(Debug, Clone)]
pub struct Settings {
    pub rules: RuleSet,
    /// The same with those that would run if nobody had said anything.
    pub rules_with_those_off: RuleSet,
    /// Whether somebody selected RF900, rather than leave it to report what is met.
    pub parses_every_file: bool,
    pub kinds: Kinds,
    /// Whether a rule about what projects declare is on: one that is for the asking, or that somebody named.
    pub asks_for_manifests: bool,
    severity: Vec<(RuleId, Severity)>,
    per_file_ignores: Vec<(GlobSet, Vec<Selector>)>,
    /// The files that hold test code. `None`: those that usually do.
    tests: Option<GlobSet>,
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
        let fixable = command_line.fixable.clone().or(fixable);
        let mut unfixable = selectors(&linter.unfixable);
        unfixable.extend(&command_line.unfixable);
        let mut per_file_ignores = Vec::new();
        for (pattern, list) in &linter.per_file_ignores {
            let selectors = parse_selectors(list, &mut problems);
            match file_pattern(&pattern.value) {
                Ok(globs) => per_file_ignores.push((globs, selectors)),
                Err(reason) => problems.push(problem(pattern.span, format!("invalid glob: {reason}"), None)),
            }
        }
        if let Some(instead) = &command_line.per_file_ignores {
            per_file_ignores = ignores(instead);
        }
        per_file_ignores.extend(ignores(&command_line.extend_per_file_ignores));
        let mut severity = Vec::new();
        for (rule, level) in &linter.severity {
            match RuleId::from_code_or_name(&rule.value) {
                Some(id) => severity.push((id, *level)),
                None => problems.extend(parse_selectors_strictly(rule)),
            }
        }
        let tests = policy.tests.iter().flatten();
        let mut kinds = Vec::new();
        for entry in &policy.kinds {
            let selector = match &entry.rules {
                None => Some(Selector::All),
                Some(rules) => selector_of_imports(rules, &mut problems),
            };
            kinds.extend(selector.map(|selector| (selector, &entry.kinds)));
        }
        let kinds = Kinds::new(policy, &kinds);
        if let Some(version) = &linter.required_version {
            problems.extend(wrong_version(version, env!("CARGO_PKG_VERSION")));
        }
        let excludes = linter.exclude.iter().flatten().chain(&linter.extend_exclude);
        let files = excludes.chain(tests).map(|it| (it, file_pattern(&it.value).map(|_| ())));
        let roots = policy.source_roots.iter().flatten();
        let folders = roots.map(|root| (root, check_entry(&root.value)));
        for (pattern, checked) in files.chain(folders) {
            if let Err(reason) = checked {
                problems.push(problem(pattern.span, format!("invalid glob: {reason}"), None));
            }
        }
        if let Some(baseline) = &linter.baseline
            && let Some(reason) = baseline::path_error(&baseline.value)
        {
            problems.push(problem(baseline.span, format!("`{}`: {reason}", baseline.value), None));
        }
        let selections = [from_config, command_line.selection.clone()];
        let offered = policy.dialect.checks.as_ref().map(tool_rules::offered);
        let is_preview = linter.preview || command_line.preview;
        let mut rules = Selection::resolve(&selections, is_preview, offered.as_ref());
        let mut rules_with_those_off = RuleSet::default_rules();
        for rule in RuleId::all() {
            let is_offered = offered.as_ref().is_none_or(|rules| rules.contains(rule));
            let would_run = rules_with_those_off.contains(rule) && is_offered;
            rules_with_those_off.set(rule, would_run || rules.contains(rule));
        }
        if !command_line.contracts.is_empty() {
            for rule in RuleId::all().filter(|rule| !is_health(*rule) && !is_about_contracts(*rule)) {
                rules.set(rule, false);
                rules_with_those_off.set(rule, false);
            }
        }
        let tests = match &policy.tests {
            // One that is invalid has been reported with the other globs.
            Some(patterns) => {
                let set = segment_patterns(patterns.iter().map(|pattern| pattern.value.as_str()));
                if let (Err(reason), true, Some(last)) = (&set, problems.is_empty(), patterns.last()) {
                    problems.push(problem(last.span, format!("invalid glob: {reason}"), None));
                }
                Some(set.unwrap_or_default())
            }
            None => None,
        };
        let is_named = |rule: RuleId| selections.iter().any(|selection| selection.names(rule));
        let parses_every_file = rules.contains(named::syntax_error()) && is_named(named::syntax_error());
        let asks_for_manifests = command_line.reads_manifests
            || rules.iter().any(|rule| {
                let metadata = rule.metadata();
                metadata.has(Tag::NeedsManifests)
                    || (metadata.has(Tag::NeedsManifestsIfNamed) && is_named(rule))
            });
        (
            Self {
                rules,
                rules_with_those_off,
                parses_every_file,
                kinds,
                asks_for_manifests,
                severity,
                per_file_ignores,
                tests,
                fixable,
                unfixable,
            },
            problems,
        )
    }

    pub fn severity(&self, rule: RuleId) -> Severity {
        let configured = self.severity.iter().rev().find(|(id, _)| *id == rule);
        configured.map_or(rule.metadata().severity, |(_, severity)| *severity)
    }

    /// Whether a rule is reported in a file, by its path relative to the config.
    pub fn reports(&self, rule: RuleId, path: &Path) -> bool {
        !self.per_file_ignores.iter().any(|(globs, selectors)| {
            selectors.iter().any(|selector| selector.ignores(rule)) && globs.is_match(path)
        })
    }

    /// Whether a file holds test code, by its path relative to the config.
    pub fn is_test(&self, path: &Path) -> bool {
        self.tests.as_ref().unwrap_or(&USUAL_TESTS).is_match(path)
    }

    /// Whether some rule that would run is off, everywhere or in some files.
    pub fn switches_off(&self) -> bool {
        self.has_per_file_ignores() || self.rules_with_those_off.iter().any(|rule| !self.rules.contains(rule))
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

/// Whether a text is a glob of files, else why not.
///
/// # Errors
/// What is wrong with it.
pub fn check_file_pattern(pattern: &str) -> Result<(), String> {
    file_pattern(pattern).map(|_| ()).map_err(|error| format!("invalid glob: {error}"))
}

/// Globs that have been checked, with the rules that are ignored there.
fn ignores(entries: &[(String, Selector)]) -> Vec<(GlobSet, Vec<Selector>)> {
    entries.iter().filter_map(|(glob, rule)| Some((file_pattern(glob).ok()?, vec![*rule]))).collect()
}

/// A glob over paths relative to the config; one without a slash matches at any depth, as in ruff. `*` matches slashes,
/// too, as it does there.
pub(crate) fn file_pattern(pattern: &str) -> Result<GlobSet, BadPattern> {
    globs::set(globs_of(pattern, Wildcards::Anything)?)
}

/// All of these globs, with a `*` that stays inside one segment of the path.
///
/// # Errors
/// The first that is none, or the last where they are too much together.
pub(crate) fn segment_patterns<'a>(
    patterns: impl IntoIterator<Item = &'a str>,
) -> Result<GlobSet, BadPattern> {
    let mut all = Vec::new();
    for pattern in patterns {
        all.extend(globs_of(pattern, Wildcards::Segment)?);
    }
    globs::set(all)
}

fn globs_of(pattern: &str, wildcards: Wildcards) -> Result<Vec<Glob>, BadPattern> {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let mut globs = vec![globs::glob(pattern, wildcards)?, globs::glob(&format!("{pattern}/**"), wildcards)?];
    if !pattern.contains('/') {
        globs.push(globs::glob(&format!("**/{pattern}"), wildcards)?);
        globs.push(globs::glob(&format!("**/{pattern}/**"), wildcards)?);
    }
    Ok(globs)
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

/// Which rules a key of `kinds` is for. One that looks at no imports is an error.
fn selector_of_imports(text: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> Option<Selector> {
    let selector = match Selector::parse(&text.value) {
        Ok(selector) => selector,
        Err(error) => {
            problems.push(unknown_rule(text, error.suggestion));
            return None;
        }
    };
    if RuleId::all().any(|rule| selector.matches(rule) && RULES[rule.index()].filters_by_kind) {
        return Some(selector);
    }
    let message = format!("`{}` does not look at imports by their kind", text.value);
    problems.push(problem(text.span, message, None));
    None
}

/// A `required-version` that cannot be read, or that this version is not.
fn wrong_version(required: &Spanned<String>, running: &str) -> Option<Diagnostic> {
    let help = Some("for example `\">=0.1,<0.3\"`".to_string());
    if required.value.trim().is_empty() {
        return Some(problem(required.span, "an empty text is not a version specifier".to_string(), help));
    }
    let exact = Version::from_str(&required.value).map(|version| format!("=={version}"));
    let specifiers = match VersionSpecifiers::from_str(exact.as_deref().unwrap_or(&required.value)) {
        Ok(specifiers) => specifiers,
        Err(error) => {
            let message = format!("`{}` is not a version specifier: {}", required.value, first_line(&error));
            return Some(problem(required.span, message, help));
        }
    };
    let running = Version::from_str(running).ok()?;
    (!specifiers.contains(&running)).then(|| {
        problem(
            required.span,
            format!("this config needs ringfence {specifiers}, and this is {running}"),
            Some(format!("install a version that is {specifiers}, or change `required-version`")),
        )
    })
}

fn first_line(error: &VersionSpecifiersParseError) -> String {
    error.to_string().lines().next().unwrap_or_default().trim_end_matches(':').to_string()
}

fn unknown_rule(text: &Spanned<String>, suggestion: Option<&str>) -> Diagnostic {
    let help = suggestion.map(|name| format!("did you mean `{name}`?"));
    problem(text.span, format!("`{}` selects no rule", text.value), help)
}

/// An error in the config that is not one of its syntax.
pub(crate) fn problem(span: Span, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { help, ..Diagnostic::config_error("invalid-config", span, message) }
}
