//! From the texts of the config files to the policy of a session, whichever format they are in.

use ringfence_diagnostics::{Diagnostic, FileId, Span};
use ringfence_policy::native::{self, Document, DocumentKind};
use ringfence_policy::{LinterSettings, Policy, Spanned, import_linter, tach};
use ringfence_rules::RuleId;
use ruff_text_size::TextRange;

use crate::config::ConfigKind;
use crate::settings::problem;
use crate::tool_rules;

/// A config file that was read.
pub(crate) struct ConfigText {
    pub(crate) file: FileId,
    pub(crate) text: String,
}

/// The policy that a config and the `key = value` of the command line say, with the errors in them.
pub(crate) fn read(
    kind: Option<ConfigKind>,
    main: Option<&ConfigText>,
    overrides: &[ConfigText],
    only_contracts: &[String],
) -> (Policy, Vec<Diagnostic>) {
    let overrides: Vec<Document> = overrides
        .iter()
        .map(|it| Document { file: it.file, text: &it.text, kind: DocumentKind::Override })
        .collect();
    let in_pyproject = matches!(kind, Some(ConfigKind::Pyproject | ConfigKind::TachPyproject));
    match (kind, main) {
        (Some(ConfigKind::Tach | ConfigKind::TachPyproject), Some(main)) => {
            let document = tach::Document { file: main.file, text: &main.text, in_pyproject };
            overridden(tach::read(&document), &overrides)
        }
        (Some(kind @ (ConfigKind::ImportLinter | ConfigKind::ImportLinterToml)), Some(main)) => {
            let is_toml = kind == ConfigKind::ImportLinterToml;
            let document =
                import_linter::Document { file: main.file, text: &main.text, is_toml, only: only_contracts };
            overridden(import_linter::read(&document), &overrides)
        }
        (_, main) => {
            let kind = if in_pyproject { DocumentKind::Pyproject } else { DocumentKind::Ringfence };
            let main = main.map(|it| Document { file: it.file, text: &it.text, kind });
            let (mut policy, problems) = native::read(main.as_ref(), &overrides);
            policy.keep_contracts(only_contracts);
            (policy, problems)
        }
    }
}

/// The config of another tool, with the rules that it asks for, and with what the command line says over it.
fn overridden(
    (mut policy, mut problems): (Policy, Vec<Diagnostic>),
    overrides: &[Document],
) -> (Policy, Vec<Diagnostic>) {
    tool_rules::select(&mut policy);
    if let Some(first) = overrides.first() {
        let (over, more) = native::read(None, overrides);
        problems.extend(more);
        problems.extend(put_over(&mut policy, over, first.file));
    }
    (policy, problems)
}

/// Puts settings of the linter over those of another tool's config; boundaries cannot be.
fn put_over(policy: &mut Policy, over: Policy, file: FileId) -> Option<Diagnostic> {
    let mut untouched = over.clone();
    untouched.linter = LinterSettings::default();
    untouched.source_roots = None;
    untouched.kinds = Vec::new();
    let says_more = !native::write(&untouched).is_empty();
    policy.source_roots = over.source_roots.or(policy.source_roots.take());
    policy.kinds.extend(over.kinds);
    let LinterSettings {
        select,
        extend_select,
        ignore,
        per_file_ignores,
        fixable,
        unfixable,
        exclude,
        extend_exclude,
        respect_gitignore,
        target_version,
        required_version,
        preview,
        output_format,
        baseline,
        severity,
    } = over.linter;
    let linter = &mut policy.linter;
    if let Some(mut select) = select {
        let is_health = |selector: &Spanned<String>| {
            RuleId::from_code_or_name(&selector.value).is_some_and(ringfence_rules::is_health)
        };
        select.extend(linter.select.take().into_iter().flatten().filter(is_health));
        linter.select = Some(select);
    }
    linter.fixable = fixable.or(linter.fixable.take());
    linter.exclude = exclude.or(linter.exclude.take());
    linter.extend_select.extend(extend_select);
    linter.ignore.extend(ignore);
    linter.per_file_ignores.extend(per_file_ignores);
    linter.unfixable.extend(unfixable);
    linter.extend_exclude.extend(extend_exclude);
    linter.severity.extend(severity);
    linter.respect_gitignore = respect_gitignore.or(linter.respect_gitignore);
    linter.target_version = target_version.or(linter.target_version);
    linter.required_version = required_version.or(linter.required_version.take());
    linter.output_format = output_format.or(linter.output_format);
    linter.baseline = baseline.or(linter.baseline.take());
    linter.preview |= preview;
    says_more.then(|| {
        problem(
            Span::new(file, TextRange::default()),
            "boundaries cannot be set over the config of another tool".to_string(),
            Some("change that config, or write a `ringfence.toml`".to_string()),
        )
    })
}
