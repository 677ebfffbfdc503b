//! `ringfence migrate`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Diagnostic, Files, Severity, paths};
use ringfence_manifest::toml_comments;
use ringfence_policy::migrate::{contracts_to_native, to_native};
use ringfence_policy::{ModulePattern, Policy, ini, native};
use ringfence_project::{
    CheckOptions, ConfigFile, ConfigKind, Disk, Session, SessionOptions, config_beside, find_config,
    normalized,
};
use ruff_source_file::PositionEncoding;

use super::report_config_problems;
use crate::arguments::{ColorChoice, MigrateArguments};
use crate::sessions::{Sessions, python_path, tidy_up};
use crate::summary::count;
use crate::terminal::{print, print_toml, warn};
use crate::writing::write_new;

/// What Tach looks at; a finding of any other rule is one that it cannot have.
const OF_TACH: [&str; 13] = [
    "RF101", "RF102", "RF103", "RF104", "RF110", "RF201", "RF202", "RF301", "RF302", "RF401", "RF901",
    "RF902", "RF910",
];

/// What import-linter looks at.
const OF_IMPORT_LINTER: [&str; 8] = ["RF304", "RF403", "RF404", "RF405", "RF406", "RF408", "RF905", "RF911"];

/// Writes the native config for one of Tach's or import-linter's, once both have been run and every difference is explained.
pub(crate) fn run(arguments: &MigrateArguments) -> Result<ExitCode> {
    let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
    let folder = normalized(&working_directory.join(arguments.path.as_deref().unwrap_or(Path::new("."))));
    let config = find_config(&folder, &folder)?;
    let of_import_linter = config.kind.is_import_linter();
    let beside = config_beside(&Disk::default(), &config);
    if matches!(config.kind, ConfigKind::Ringfence | ConfigKind::Pyproject) {
        return Err(anyhow!("`{}` is a config of ringfence already", config.path.display()));
    }
    let root = config.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let target = root.join("ringfence.toml");
    let before_options = options(&root, config);
    let before = Session::open(before_options.clone(), &|_| {})?;
    tidy_up(&before, &working_directory);
    let sessions = Sessions { all: vec![before], working_directory, paths: vec![root.clone()], buffer: None };
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let before = &sessions.all[0];
    for name in &before.policy().unchecked {
        warn(&format!(
            "warning: the contract `{name}` is not carried over; `ringfence check` tells what is wrong with it"
        ));
    }
    let native = if of_import_linter {
        let folders: Vec<String> = before.source_roots().map(|folder| paths::below(folder, &root)).collect();
        contracts_to_native(before.policy(), &folders)
    } else {
        to_native(before.policy())
    };
    let policy = match native {
        Ok(policy) => policy,
        Err(unsaid) => {
            for what in unsaid {
                warn(&format!("error: the native format cannot say {what}"));
            }
            warn("nothing was written");
            return Ok(ExitCode::from(1));
        }
    };
    let text = with_comments(&native::write(&policy), before);
    let (same, mut differences) = compare(before, &root, &text, of_import_linter)?;
    for (old, new) in before.policy().contracts.iter().zip(&policy.contracts) {
        if old.id() != new.id() {
            warn(&format!(
                "warning: two contracts are called `{}`; one of them is `{}` now",
                old.id(),
                new.id()
            ));
        }
    }
    // What nobody breaks today has to mean the same tomorrow, too.
    let strict = SessionOptions { without_permissions: true, ..before_options };
    let strict = Session::open(strict, &|_| {})?;
    let (same_if_strict, more) = compare(&strict, &root, &text, of_import_linter)?;
    differences.extend(more.into_iter().filter(|difference| difference.reason.is_none()).map(|difference| {
        Difference { line: format!("with nothing allowed: {}", difference.line), ..difference }
    }));
    if arguments.dry_run {
        print_toml(&text)?;
    }
    for fault in before.policy().faults.iter().filter(|fault| fault.severity == Severity::Error) {
        warn(&format!("warning: not carried over: {}", fault.message));
    }
    warn(&format!(
        "the same with both configs: {}, and {} with nothing allowed",
        count(same, "finding"),
        count(same_if_strict, "finding")
    ));
    if let Some(beside) = &beside {
        let name = sessions.display(&beside.path);
        warn(&format!(
            "`{name}` is not carried over: it governs beside the new config as it did beside the old one"
        ));
    }
    let mut unexplained = false;
    for Difference { line, reason } in &differences {
        warn(&format!("{line}: {}", reason.unwrap_or("no reason is known")));
        unexplained |= reason.is_none();
    }
    if unexplained {
        warn("error: the two configs differ in what was not expected; nothing was written");
        return Ok(ExitCode::from(1));
    }
    if arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    write_new(before, &target, &text)?;
    let old = if of_import_linter {
        "take that of import-linter away, which governs beside it for as long as it is there"
    } else {
        "the config of Tach can go, with `tach.domain.toml` files"
    };
    print([format!("Wrote `{}`. It is used from now on; {old}.", sessions.display(&target))])?;
    Ok(ExitCode::SUCCESS)
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
    reason: Option<&'static str>,
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

/// Runs both configs. How many findings are the same, and those that differ.
fn compare(
    before: &Session,
    root: &Path,
    text: &str,
    of_import_linter: bool,
) -> Result<(usize, Vec<Difference>)> {
    let path = root.join("ringfence.toml");
    let overlays = vec![(path.clone(), text.as_bytes().to_vec())];
    let native = options(root, ConfigFile { path, kind: ConfigKind::Ringfence });
    let without_permissions = before.is_without_permissions();
    let after = Session::open(SessionOptions { overlays, without_permissions, ..native }, &|_| {})?;
    if let Some(problem) = after.problems().first() {
        return Err(anyhow!("the config that would be written cannot be read: {}", problem.message));
    }
    let (of_tach, native) = (findings(before), findings(&after));
    // Of several imports that break a contract alike another may be the first by name.
    let is_moved = |all: &Findings, code: &str, message: &str| {
        code.starts_with("RF40")
            && all.iter().any(|(key, found)| key.2 == code && found.iter().any(|it| it.message == message))
    };
    let known_rules: &[&str] = if of_import_linter { &OF_IMPORT_LINTER } else { &OF_TACH };
    let mut same = 0;
    let mut differences = contract_differences(before, &after);
    for (key, found) in &of_tach {
        let others = native.get(key).map(Vec::as_slice).unwrap_or_default();
        same += found.len().min(others.len());
        for (position, Found { severity, message, imported }) in found.iter().enumerate() {
            let is_excluded = before.excluded_modules().any(|module| is_at_or_below(imported, module));
            let reason = match others.get(position) {
                None if is_moved(&native, key.2, message) => continue,
                None if native.contains_key(&(key.0.clone(), key.1, "RF906")) => {
                    Some("gone: Python cannot carry out this import, which RF906 says now")
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
            differences.push(Difference { line: line(key, "differs", message, root), reason });
        }
    }
    for (key, found) in &native {
        let known = of_tach.get(key).map_or(0, Vec::len);
        for Found { severity, message, imported } in found.iter().skip(known) {
            let is_excluded = before.excluded_modules().any(|module| is_at_or_below(imported, module));
            let reason = match key.2 {
                code if is_moved(&of_tach, code, message) => continue,
                "RF101" | "RF103" if before.leads_between_projects(&key.0, imported) => Some(
                    "new: an import of another project, which the manifest of the importing one declares",
                ),
                _ if is_excluded => {
                    Some("new: the imported file is excluded, which does not hide imports of it")
                }
                code if !known_rules.contains(&code) => Some("new: a rule that the other tool has not"),
                "RF910" => Some("new: a name in the config that stands for nothing"),
                "RF901" => Some("new: a comment that suppresses nothing"),
                _ if *severity == Severity::Warning => Some("new: a warning"),
                _ => None,
            };
            differences.push(Difference { line: line(key, "new", message, root), reason });
        }
    }
    Ok((same, differences))
}

/// Contracts that do not come out the same.
fn contract_differences(before: &Session, after: &Session) -> Vec<Difference> {
    let (of_other, native) = (before.contracts(), after.contracts());
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
            differences.push(Difference { line, reason });
        }
    }
    differences
}

fn line((path, row, code): &(PathBuf, usize, &str), what: &str, message: &str, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path).display();
    format!("{what} {path}:{row} {code} {message}")
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

/// The native text with the comments of the config that it was made from: those above or in a table stand above the table
/// that it has become, all others at the top.
fn with_comments(text: &str, session: &Session) -> String {
    let policy: &Policy = session.policy();
    let Some(source) = session.text(policy.config) else { return text.to_string() };
    let source = source.source_text();
    let is_ini = session.config().is_some_and(|config| config.kind == ConfigKind::ImportLinter);
    let comments = if is_ini { ini::comments(source).collect() } else { toml_comments(source) };
    // Of a file that is for other tools, too, most is not about this.
    let is_shared = session.config().is_some_and(|config| {
        let name = config.path.file_name();
        name.is_some_and(|name| name == "pyproject.toml" || name == "setup.cfg")
    });
    let is_ours = |table: &std::ops::Range<usize>| {
        let header = source[table.clone()].trim_start();
        ["[tool.importlinter", "[importlinter", "[tool.tach"].iter().any(|ours| header.starts_with(ours))
    };
    // Where tables begin, and the header of what each becomes; contracts are counted.
    let mut tables: Vec<(usize, String)> = Vec::new();
    for module in policy.modules.iter().filter(|module| module.pattern.span.file == policy.config) {
        if let ModulePattern::Exact(name) = &module.pattern.value {
            let start = module.pattern.span.range.start().to_usize();
            tables.push((start, format!("[modules.\"{name}\"]")));
        }
    }
    for (number, contract) in policy.contracts.iter().enumerate() {
        let start = contract.name.span.range.start().to_usize();
        tables.push((start, format!("[[contracts]] {number}")));
    }
    let mut by_table: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    for range in comments {
        let comment = source[range].replacen(';', "#", usize::from(source[range].starts_with(';')));
        let at = range.start().to_usize();
        // Alone on its line before a header it is about what follows.
        let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let is_alone = source[line_start..at].trim().is_empty();
        let next = source[range.end().to_usize()..]
            .lines()
            .map(str::trim)
            .find(|line| !line.starts_with(['#', ';']) && !line.is_empty());
        let is_above = is_alone && next.is_some_and(|line| line.starts_with('['));
        let table = table_of(source, if is_above { range.end().to_usize() } else { at }, is_above);
        let owner = table.as_ref().and_then(|table| tables.iter().find(|(start, _)| table.contains(start)));
        if owner.is_none() && is_shared && !table.as_ref().is_some_and(is_ours) {
            continue;
        }
        by_table.entry(owner.map(|(_, header)| header.clone())).or_default().push(comment);
    }
    let mut written = String::new();
    for comment in by_table.get(&None).into_iter().flatten() {
        written.extend([comment.as_str(), "\n"]);
    }
    if !written.is_empty() {
        written.push('\n');
    }
    let mut contracts = 0;
    for line in text.split_inclusive('\n') {
        let mut header = line.trim_end().to_string();
        if header == "[[contracts]]" {
            header = format!("{header} {contracts}");
            contracts += 1;
        }
        for comment in by_table.get(&Some(header)).into_iter().flatten() {
            written.extend([comment.as_str(), "\n"]);
        }
        written.push_str(line);
    }
    written
}

/// The bytes from the header of a table to the next header: the table around an offset, or the next one.
fn table_of(source: &str, at: usize, next: bool) -> Option<std::ops::Range<usize>> {
    let starts: Vec<usize> = source
        .match_indices('\n')
        .map(|(newline, _)| newline + 1)
        .chain([0])
        .filter(|start| source[*start..].trim_start_matches([' ', '\t']).starts_with('['))
        .collect();
    let start = if next {
        starts.iter().filter(|start| **start >= at).min()
    } else {
        starts.iter().filter(|start| **start <= at).max()
    }?;
    let end = starts.iter().filter(|other| *other > start).min().copied().unwrap_or(source.len());
    Some(*start..end)
}
