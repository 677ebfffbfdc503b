//! `ringfence migrate`

mod both;
mod comments;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Diagnostic, Files, Severity, paths};
use ringfence_policy::migrate::{Unsaid, contracts_to_native, in_one, to_native};
use ringfence_policy::{Policy, native};
use ringfence_project::{
    CheckOptions, ConfigFile, ConfigKind, Disk, Session, SessionOptions, config_beside, find_config,
    normalized,
};
use ringfence_rules::{Activation, ContractSummary, RuleId, Tag, has_tag, named};
use ruff_source_file::PositionEncoding;

use self::comments::with_comments;
use super::report_config_problems;
use crate::arguments::{ColorChoice, MigrateArguments, ToolName};
use crate::sessions::{Sessions, python_path, tidy_up};
use crate::summary::count;
use crate::terminal::{print, print_toml, warn};
use crate::writing::write_new;

/// Writes the native config for those of Tach and import-linter, once the old and the new have been run and every difference is
/// explained.
pub(crate) fn run(arguments: &MigrateArguments) -> Result<ExitCode> {
    let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
    let folder = normalized(&working_directory.join(arguments.path.as_deref().unwrap_or(Path::new("."))));
    let config = find_config(&folder, &folder)?;
    if matches!(config.kind, ConfigKind::Ringfence | ConfigKind::Pyproject) {
        return Err(anyhow!("`{}` is a config of ringfence already", config.path.display()));
    }
    let root = config.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let target = root.join("ringfence.toml");
    let beside = config_beside(&Disk::default(), &config);
    let (configs, left) = chosen(config, beside, arguments.from)?;
    let (mut all_options, mut before) = (Vec::new(), Vec::new());
    for config in configs {
        let options = options(&root, config);
        before.push(Session::open(options.clone(), &|_| {})?);
        all_options.push(options);
    }
    for session in &before {
        tidy_up(session, &working_directory);
    }
    let sessions = Sessions { all: before, working_directory, paths: vec![root.clone()], buffer: None };
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let before = &sessions.all;
    for name in before.iter().flat_map(|session| &session.policy().unchecked) {
        warn(&format!(
            "warning: the contract `{name}` is not carried over; `ringfence check` tells what is wrong with it"
        ));
    }
    let policy = match native_policy(before, &root) {
        Ok(policy) => policy,
        Err(reasons) => {
            for reason in reasons {
                warn(&format!("error: {reason}"));
            }
            return Ok(refused(before, "nothing was written"));
        }
    };
    let text = with_comments(&native::write(&policy), before);
    let (same, mut differences) = compare(before, &root, &text)?;
    let old_contracts = before.iter().flat_map(|session| &session.policy().contracts);
    for (old, new) in old_contracts.zip(&policy.contracts) {
        if old.id() != new.id() {
            warn(&format!(
                "warning: two contracts are called `{}`; one of them is `{}` now",
                old.id(),
                new.id()
            ));
        }
    }
    // What nobody breaks today has to mean the same tomorrow, too.
    let mut strict = Vec::new();
    for options in all_options {
        let options = SessionOptions { without_permissions: true, ..options };
        strict.push(Session::open(options, &|_| {})?);
    }
    let (same_if_strict, more) = compare(&strict, &root, &text)?;
    differences.extend(more.into_iter().filter(|difference| difference.reason.is_none()).map(|difference| {
        Difference { line: format!("with nothing allowed: {}", difference.line), ..difference }
    }));
    if arguments.dry_run {
        print_toml(&text)?;
    }
    let errors = before.iter().flat_map(|session| &session.policy().config_errors);
    for error in errors.filter(|error| error.severity == Severity::Error) {
        warn(&format!("warning: not carried over: {}", error.message));
    }
    warn(&format!(
        "the same with {}: {}, and {} with nothing allowed",
        if before.len() > 1 { "the new config as with both old ones" } else { "both configs" },
        count(same, "finding"),
        count(same_if_strict, "finding")
    ));
    if let Some(left) = &left {
        let name = sessions.display(&left.path);
        warn(&format!(
            "`{name}` is not carried over: it governs beside the new config as it did beside the old one"
        ));
    }
    let mut unexplained = false;
    for Difference { line, reason } in &differences {
        warn(&format!("{line}: {}", reason.as_deref().unwrap_or("no reason is known")));
        unexplained |= reason.is_none();
    }
    if unexplained {
        for note in both::what_contracts_see_otherwise(before, &root) {
            warn(&format!("note: {note}"));
        }
        let said = "error: the configs differ in what was not expected; nothing was written";
        return Ok(refused(before, said));
    }
    if arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    write_new(&before[0], &target, &text)?;
    print([format!(
        "Wrote `{}`. It is used from now on; {}.",
        sessions.display(&target),
        what_can_go(before)
    )])?;
    Ok(ExitCode::SUCCESS)
}

/// The configs that are migrated, and one that is left as it is.
fn chosen(
    config: ConfigFile,
    beside: Option<ConfigFile>,
    from: Option<ToolName>,
) -> Result<(Vec<ConfigFile>, Option<ConfigFile>)> {
    let tool = |config: &ConfigFile| {
        if config.kind.is_import_linter() { ToolName::ImportLinter } else { ToolName::Tach }
    };
    match (from, beside) {
        (None, beside) => Ok(([Some(config), beside].into_iter().flatten().collect(), None)),
        (Some(from), beside) if from == tool(&config) => Ok((vec![config], beside)),
        // A native config governs in the place of Tach's, so that nobody would look at its modules any more.
        (Some(_), Some(_)) => Err(anyhow!(
            "`--from import-linter`: a `ringfence.toml` is used in the place of `{}`, whose modules nobody would check then",
            config.path.display()
        )),
        (Some(from), None) => {
            let folder = config.path.parent().unwrap_or(&config.path).display();
            Err(anyhow!("`--from {from}`: there is no such config in `{folder}`"))
        }
    }
}

/// What all configs say together, in native words; or why it cannot be said.
fn native_policy(before: &[Session], root: &Path) -> Result<Policy, Vec<String>> {
    let of = |session: &Session| {
        if is_of_import_linter(session) {
            let folders: Vec<String> =
                session.source_roots().map(|folder| paths::below(folder, root)).collect();
            contracts_to_native(session.policy(), &folders)
        } else {
            to_native(session.policy(), is_opt_in)
        }
    };
    let unsaid =
        |unsaid: Vec<Unsaid>| unsaid.into_iter().map(|what| format!("the native format cannot say {what}"));
    let mut reasons: Vec<String> = Vec::new();
    let mut policies: Vec<Policy> = Vec::new();
    for session in before {
        match of(session) {
            Ok(policy) => policies.push(policy),
            Err(what) => reasons.extend(unsaid(what)),
        }
    }
    if let [boundaries, contracts] = before {
        reasons.extend(both::disagreements(boundaries, contracts, root));
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let mut policies = policies.into_iter();
    match (policies.next(), policies.next(), before) {
        (Some(policy), None, _) => Ok(policy),
        (Some(boundaries), Some(contracts), [of_boundaries, of_contracts]) => {
            let more_modules = both::seen_by_first_alone(of_boundaries, of_contracts).next().is_some();
            in_one(boundaries, &contracts, more_modules).map_err(|what| unsaid(what).collect())
        }
        _ => Err(Vec::new()),
    }
}

fn is_opt_in(code: &str) -> bool {
    let rule = RuleId::from_code_or_name(code);
    rule.is_some_and(|rule| rule.metadata().activation == Activation::OptIn)
}

/// Says why nothing was written, and what can be done about it.
fn refused(before: &[Session], said: &str) -> ExitCode {
    warn(said);
    if before.len() > 1 {
        warn("`--from tach` migrates that config alone; the other one governs beside the new config then");
    }
    ExitCode::from(1)
}

fn what_can_go(before: &[Session]) -> &'static str {
    match before {
        [_, _, ..] => {
            "take that of import-linter away, which governs beside it for as long as it is there; the config of Tach can \
             go, with `tach.domain.toml` files"
        }
        [session] if is_of_import_linter(session) => {
            "take that of import-linter away, which governs beside it for as long as it is there"
        }
        _ => "the config of Tach can go, with `tach.domain.toml` files",
    }
}

fn is_of_import_linter(session: &Session) -> bool {
    session.config().is_some_and(|config| config.kind.is_import_linter())
}

fn options(root: &Path, config: ConfigFile) -> SessionOptions {
    SessionOptions {
        root: root.to_path_buf(),
        python_path: python_path(root),
        is_shared: config_beside(&Disk::default(), &config).is_some(),
        config: Some(config),
        ..SessionOptions::default()
    }
}

/// A finding that one of the two configs has and the other has not.
struct Difference {
    line: String,
    /// Why; nothing where it should not be.
    reason: Option<String>,
}

/// A finding, by what both configs have to agree on: file, line, code; and in which of the two it is an error.
type Findings = BTreeMap<(PathBuf, usize, &'static str), Vec<Found>>;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    severity: Severity,
    message: String,
    /// What is imported, in full.
    imported: String,
}

/// Runs the old configs and the new one. How many findings are the same, and those that differ.
fn compare(before: &[Session], root: &Path, text: &str) -> Result<(usize, Vec<Difference>)> {
    let path = root.join("ringfence.toml");
    let overlays = vec![(path.clone(), text.as_bytes().to_vec())];
    let native = options(root, ConfigFile { path, kind: ConfigKind::Ringfence });
    let without_permissions = before.iter().any(Session::is_without_permissions);
    let after = Session::open(SessionOptions { overlays, without_permissions, ..native }, &|_| {})?;
    if let Some(problem) = after.problems().first() {
        return Err(anyhow!("the config that would be written cannot be read: {}", problem.message));
    }
    let (of_others, native) = (findings_of_all(before), findings(&after));
    // Of several imports that break a contract alike another may be the first by name.
    let is_moved = |all: &Findings, code: &str, message: &str| {
        has_tag(code, Tag::OneOfSeveral)
            && all.iter().any(|(key, found)| key.2 == code && found.iter().any(|it| it.message == message))
    };
    let tools = || before.iter().filter_map(|session| session.policy().dialect.checks.as_ref());
    let is_known = |rule: &RuleId| tools().any(|checks| rule.metadata().is_check_of(checks.tool));
    let known_rules: Vec<&str> = RuleId::all().filter(is_known).map(|rule| rule.metadata().code).collect();
    let code_of = |rule: RuleId| rule.metadata().code;
    let beyond_top = code_of(named::relative_import_beyond_top());
    let says_beyond_top = format!("gone: Python cannot carry out this import, which {beyond_top} says now");
    let declared = [named::undeclared_dependency(), named::deprecated_dependency()].map(code_of);
    let excluded: Vec<&str> = before.iter().flat_map(Session::excluded_modules).collect();
    let is_in_excluded = |imported: &str| excluded.iter().any(|module| is_at_or_below(imported, module));
    let leads_between_projects = |importer: &Path, imported: &str| {
        before.iter().any(|session| session.leads_between_projects(importer, imported))
    };
    let mut same = 0;
    let mut differences = contract_differences(before, &after);
    for (key, found) in &of_others {
        let others = native.get(key).map(Vec::as_slice).unwrap_or_default();
        same += found.len().min(others.len());
        for (position, Found { severity, message, imported }) in found.iter().enumerate() {
            let is_excluded = is_in_excluded(imported);
            let reason = match others.get(position) {
                None if is_moved(&native, key.2, message) => continue,
                None if native.contains_key(&(key.0.clone(), key.1, beyond_top)) => {
                    Some(says_beyond_top.as_str())
                }
                None if is_excluded => Some("gone: what is imported is excluded, so nothing is known of it"),
                None if *severity == Severity::Warning => {
                    Some("a warning that the native format does not have")
                }
                Some(other) if other.severity == *severity => continue,
                Some(_) if *severity == Severity::Warning => {
                    Some("a warning before, as Tach does not look there")
                }
                _ => None,
            };
            differences.push(Difference {
                line: line(key, "differs", message, root),
                reason: reason.map(str::to_string),
            });
        }
    }
    for (key, found) in &native {
        let known = of_others.get(key).map_or(0, Vec::len);
        for Found { severity, message, imported } in found.iter().skip(known) {
            let is_excluded = is_in_excluded(imported);
            let reason = match key.2 {
                code if is_moved(&of_others, code, message) => continue,
                code if declared.contains(&code) && leads_between_projects(&key.0, imported) => Some(
                    "new: an import of another project, which the manifest of the importing one declares",
                ),
                _ if is_excluded => {
                    Some("new: the imported file is excluded, which does not hide imports of it")
                }
                code if !known_rules.contains(&code) => Some("new: a rule that the other tool has not"),
                code if code == code_of(named::unknown_name()) => {
                    Some("new: a name in the config that stands for nothing")
                }
                code if code == code_of(named::unused_suppression()) => {
                    Some("new: a comment that suppresses nothing")
                }
                _ if *severity == Severity::Warning => Some("new: a warning"),
                _ => None,
            };
            differences.push(Difference {
                line: line(key, "new", message, root),
                reason: reason.map(str::to_string),
            });
        }
    }
    Ok((same, differences))
}

/// Contracts that do not come out the same.
fn contract_differences(before: &[Session], after: &Session) -> Vec<Difference> {
    let of_other: Vec<ContractSummary> = before.iter().flat_map(Session::contracts).collect();
    let native = after.contracts();
    let mut differences = Vec::new();
    for (position, contract) in of_other.iter().enumerate() {
        // They are in the same order; an id may be another.
        let other = native.get(position).filter(|other| other.name == contract.name);
        let is_same = other.is_some_and(|other| {
            (other.outcome, other.violations, other.unmatched)
                == (contract.outcome, contract.violations, contract.unmatched)
        });
        if !is_same {
            let (name, outcome) = (&contract.name, contract.outcome.as_str());
            let now = other.map_or("not there", |other| other.outcome.as_str());
            let line = format!(
                "differs: contract `{name}` was {outcome} with {} and is {now} with {}",
                count(contract.violations, "finding"),
                count(other.map_or(0, |other| other.violations), "finding")
            );
            let finds_use = other.is_some_and(|other| {
                (other.outcome, other.violations) == (contract.outcome, contract.violations)
                    && other.unmatched < contract.unmatched
            });
            let reason = finds_use.then_some(
                "an exception that no import needed lets one from elsewhere through, which the other tool did not look at",
            );
            differences.push(Difference { line, reason: reason.map(str::to_string) });
        }
    }
    differences
}

fn line((path, row, code): &(PathBuf, usize, &str), what: &str, message: &str, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path).display();
    format!("{what} {path}:{row} {code} {message}")
}

/// The findings of all sessions; what several say of one place in the same words is one.
fn findings_of_all(sessions: &[Session]) -> Findings {
    let mut all = Findings::new();
    for session in sessions {
        for (key, found) in findings(session) {
            let known = all.entry(key).or_default();
            let is_new = |it: &Found| known.iter().all(|known| known.message != it.message);
            let new: Vec<Found> =
                if known.is_empty() { found } else { found.into_iter().filter(is_new).collect() };
            known.extend(new);
            known.sort();
        }
    }
    all
}

/// The findings in Python files: those in configs are about two different files.
fn findings(session: &Session) -> Findings {
    let mut findings = Findings::new();
    for diagnostic in session.check(&CheckOptions::default()).diagnostics {
        let Diagnostic { file, range, code, severity, message, import, .. } = diagnostic;
        if session.is_config(file) {
            continue;
        }
        let row = session.text(file).map_or(1, |text| {
            text.to_source_code().source_location(range.start(), PositionEncoding::Utf8).line.get()
        });
        let key = (session.files().path(file).to_path_buf(), row, code);
        let imported = import.map_or(String::new(), |import| match &import.member {
            Some(member) => format!("{}.{member}", import.imported),
            None => import.imported.to_string(),
        });
        findings.entry(key).or_default().push(Found { severity, message, imported });
    }
    for found in findings.values_mut() {
        found.sort();
    }
    findings
}

fn is_at_or_below(name: &str, module: &str) -> bool {
    name.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
