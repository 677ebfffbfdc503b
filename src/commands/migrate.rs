//! `ringfence migrate`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Diagnostic, Files, Severity};
use ringfence_manifest::toml_comments;
use ringfence_policy::{ModulePattern, Policy, migrate::to_native, native};
use ringfence_project::{
    CheckOptions, ConfigFile, ConfigKind, Session, SessionOptions, find_config, normalized,
};
use ruff_source_file::PositionEncoding;

use super::report_config_problems;
use crate::arguments::{ColorChoice, MigrateArguments};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{print, warn};

/// What Tach looks at; a finding of any other rule is one that it cannot have.
const OF_TACH: [&str; 13] = [
    "RF101", "RF102", "RF103", "RF104", "RF110", "RF201", "RF202", "RF301", "RF302", "RF401", "RF901",
    "RF902", "RF910",
];

/// Writes the native config for a `tach.toml`, once both have been run and every difference is explained.
pub(crate) fn run(arguments: &MigrateArguments) -> Result<ExitCode> {
    let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
    let folder = normalized(&working_directory.join(arguments.path.as_deref().unwrap_or(Path::new("."))));
    let config = find_config(&folder, &folder)?;
    if !matches!(config.kind, ConfigKind::Tach | ConfigKind::TachPyproject) {
        return Err(anyhow!("`{}` is a config of ringfence already", config.path.display()));
    }
    let root = config.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let target = root.join("ringfence.toml");
    let before = Session::open(options(&root, config), &|_| {})?;
    let sessions = Sessions { all: vec![before], working_directory, paths: vec![root.clone()], buffer: None };
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let before = &sessions.all[0];
    let policy = match to_native(before.policy()) {
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
    let (same, differences) = compare(before, &root, &text)?;
    if arguments.dry_run {
        print(&text)?;
    }
    for fault in before.policy().faults.iter().filter(|fault| fault.severity == Severity::Error) {
        warn(&format!("warning: not carried over: {}", fault.message));
    }
    warn(&format!("the same with both configs: {}", count(same, "finding")));
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
    write_new(&target, &text)?;
    print(&format!(
        "Wrote `{}`. It is used from now on; the config of Tach can go, with `tach.domain.toml` files.\n",
        sessions.display(&target)
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn options(root: &Path, config: ConfigFile) -> SessionOptions {
    SessionOptions { root: root.to_path_buf(), config: Some(config), ..SessionOptions::default() }
}

fn write_new(target: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let file = fs::OpenOptions::new().write(true).create_new(true).open(target);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write `{}`", target.display()))
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
fn compare(before: &Session, root: &Path, text: &str) -> Result<(usize, Vec<Difference>)> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let path = folder.path().join("ringfence.toml");
    fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    let after = Session::open(options(root, ConfigFile { path, kind: ConfigKind::Ringfence }), &|_| {})?;
    if let Some(problem) = after.problems().first() {
        return Err(anyhow!("the config that would be written cannot be read: {}", problem.message));
    }
    let (of_tach, native) = (findings(before), findings(&after));
    let mut same = 0;
    let mut differences = Vec::new();
    for (key, found) in &of_tach {
        let others = native.get(key).map(Vec::as_slice).unwrap_or_default();
        same += found.len().min(others.len());
        for (position, Found { severity, message, imported }) in found.iter().enumerate() {
            let is_excluded = before.excluded_modules().any(|module| is_at_or_below(imported, module));
            let reason = match others.get(position) {
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
                _ if is_excluded => {
                    Some("new: the imported file is excluded, which does not hide imports of it")
                }
                code if !OF_TACH.contains(&code) => Some("new: Tach has no such rule"),
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
    // Where tables begin, and which module each is about.
    let mut modules: Vec<(usize, String)> = Vec::new();
    for module in policy.modules.iter().filter(|module| module.pattern.span.file == policy.config) {
        let name = match module.pattern.value {
            ModulePattern::Exact(_) => module.pattern.value.to_string(),
            _ => continue,
        };
        modules.push((module.pattern.span.range.start().to_usize(), name));
    }
    let mut comments: BTreeMap<Option<String>, Vec<&str>> = BTreeMap::new();
    for range in toml_comments(source) {
        let comment = &source[range];
        let at = range.start().to_usize();
        // Alone on its line before a header it is about what follows.
        let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let is_alone = source[line_start..at].trim().is_empty();
        let next = source[range.end().to_usize()..]
            .lines()
            .map(str::trim)
            .find(|line| !line.starts_with('#') && !line.is_empty());
        let is_above = is_alone && next.is_some_and(|line| line.starts_with("[["));
        let table = table_of(source, if is_above { range.end().to_usize() } else { at }, is_above);
        let owner = table.and_then(|table| modules.iter().find(|(start, _)| table.contains(start)));
        comments.entry(owner.map(|(_, name)| name.clone())).or_default().push(comment);
    }
    let mut written = String::new();
    for comment in comments.get(&None).into_iter().flatten() {
        written.extend([*comment, "\n"]);
    }
    if !written.is_empty() {
        written.push('\n');
    }
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("[modules.\"").and_then(|rest| rest.strip_suffix("\"]"));
        for comment in name.and_then(|name| comments.get(&Some(name.to_string()))).into_iter().flatten() {
            written.extend([*comment, "\n"]);
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
        .filter(|start| source[*start..].trim_start_matches([' ', '\t']).starts_with("[["))
        .collect();
    let start = if next {
        starts.iter().filter(|start| **start >= at).min()
    } else {
        starts.iter().filter(|start| **start <= at).max()
    }?;
    let end = starts.iter().filter(|other| *other > start).min().copied().unwrap_or(source.len());
    Some(*start..end)
}
