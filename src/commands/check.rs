//! `ringfence check`

mod judge;
mod locked;
mod notes;
mod past;
mod report;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Diagnostic, FileId, Severity};
use ringfence_output::{Format, escape};
use ringfence_policy::Policy;
use ringfence_project::fix::{Dropped, FixOptions, Obstacle};
use ringfence_project::write::OutputFile;
use ringfence_project::{CheckOptions, Session};
use ringfence_rules::Detail;
use ruff_diagnostics::Applicability;
use similar::TextDiff;

use self::judge::{Judge, Judged};
use self::locked::Locked;
use self::notes::{
    asked_files, print_details, print_manifest_notes, print_startup_notes, print_unseen_starts, show_files,
    show_settings,
};
use self::past::{Past, is_input, print_unknown_changes};
use self::report::{Fixed, Printer, format, output};
use super::{print_configs, report_config_problems};
use crate::arguments::{CheckArguments, ProjectArguments};
use crate::changes::{Changes, Staged};
use crate::merged::{ManyFiles, combine};
use crate::sessions::{Buffer, Sessions};
use crate::summary;
use crate::terminal::{print_bytes, print_diff, warn};
use crate::writing::{Owned, write_changes};

/// Enough for whoever reads findings one by one, each of which has a text and may have a fix. To fix asks for all.
const MOST_EXPLAINED: u32 = 500;
const MOST_EXPLAINED_TO_PROGRAMS: u32 = 4_000;
/// Each looks at the whole graph.
const MOST_CHAINS: u32 = 50;

pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitCode> {
    if let Some(path) = &arguments.output_file {
        OutputFile::check_name(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let (mut sessions, staged) = open(arguments)?;
    print_configs(&sessions, &arguments.project);
    sessions.tidy_up();
    if let Some(code) = report_config_problems(&sessions, arguments.color)? {
        return Ok(code);
    }
    if arguments.project.verbose {
        print_details(&sessions);
    }
    if arguments.show_files {
        return show_files(&sessions);
    }
    if arguments.show_settings {
        return show_settings(&sessions);
    }

    let is_empty = asked_files(&sessions).next().is_none();
    warn_of_no_input(&sessions, arguments, is_empty);
    print_manifest_notes(&sessions);
    print_startup_notes(&sessions);
    let options = check_options(&sessions, arguments);
    let changes = read_changes(&sessions, arguments, staged)?;
    let pasts = changes.as_ref().map(|changes| Past::of_all(&sessions, changes, arguments.ignore_baseline));
    let pasts = pasts.transpose()?;
    let judge = Judge { arguments, options, fix_options: fix_options(arguments), pasts };
    let mut judged = judge.judge(&mut sessions)?;
    judged.print_warnings(&sessions);
    print_unseen_starts(&judged.reports);
    if arguments.fixes.diff {
        return show_diff(&sessions, &judged.fixed, arguments);
    }

    // Before anything is written: a run whose report has no place to go changes nothing.
    let is_buffered = sessions.buffer.is_some() && judge.changes_files();
    let out = output(arguments, &sessions, !is_buffered)?;
    let is_whole = write_fixes(&judge, &mut sessions, &mut judged)?;

    let Judged { reports, fixed, unlooked, .. } = judged;
    let locked = match &arguments.locked_policy {
        Some(revision) => locked::compare(revision, &arguments.project, &sessions, &reports)?,
        None => Locked::Kept,
    };
    let files = ManyFiles::new(sessions.all.iter().map(Session::files));
    let coverages = reports.iter().map(|report| report.coverage).collect();
    let report = combine(reports, &files);
    let printer = Printer { arguments, sessions: &sessions, files: &files, fixed: &fixed, coverages };
    if arguments.fixes.fix_only {
        printer.print_fixed(out)?;
    } else {
        printer.print(&report, out)?;
    }
    let submodules = changes.iter().flat_map(|changes| changes.submodules.values()).filter(|it| **it).count();
    let is_too_little = is_too_little(arguments, unlooked + submodules, is_empty);
    let code = match exit_code(&report.diagnostics, &fixed, arguments) {
        _ if !is_whole || locked == Locked::Unknown => ExitCode::from(2),
        // It is about the config, and no finding.
        _ if locked == Locked::Widened => ExitCode::from(1),
        _ if is_too_little && !arguments.exit_zero => ExitCode::from(1),
        code => code,
    };
    // The process ends here; to free every fact one by one would only take time.
    std::mem::forget((sessions, report));
    Ok(code)
}

/// The sessions of what is on the disk, or of what is staged.
fn open(arguments: &CheckArguments) -> Result<(Sessions, Option<Staged>)> {
    let buffer = stdin_buffer(arguments)?;
    let project = without_dash(arguments);
    let staged = if arguments.staged {
        Some(Staged::read(&std::env::current_dir().context("cannot tell the working directory")?)?)
    } else {
        None
    };
    let (rules, python) = (arguments.rules.command_line(), arguments.python.as_deref());
    let sessions =
        Sessions::open_on(&project, rules, buffer, python, staged.as_ref().map(|it| &it.tree), None)?;
    if let Some(staged) = &staged {
        staged.changes.check_asked(&sessions)?;
    }
    Ok((sessions, staged))
}

/// The path `-` means stdin, as in ruff; it needs a name to have a place in the graph.
fn stdin_buffer(arguments: &CheckArguments) -> Result<Option<Buffer>> {
    let dash = arguments.project.paths.iter().any(|path| path.as_os_str() == "-");
    let Some(path) = &arguments.stdin_filename else {
        return if dash { Err(anyhow!("reading from stdin needs `--stdin-filename`")) } else { Ok(None) };
    };
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("cannot read stdin")?;
    Ok(Some(Buffer { path: path.clone(), bytes }))
}

fn without_dash(arguments: &CheckArguments) -> ProjectArguments {
    let mut project = arguments.project.clone();
    project.paths.retain(|path| path.as_os_str() != "-");
    project
}

/// Warns of a run that cannot find anything.
fn warn_of_no_input(sessions: &Sessions, arguments: &CheckArguments, is_empty: bool) {
    if is_empty {
        warn("warning: no Python files found under the given paths");
    }
    let says_nothing = |policy: &Policy| policy.modules.is_empty() && policy.contracts.is_empty();
    for session in sessions.all.iter().filter(|session| says_nothing(session.policy())) {
        // Rules about manifests need none.
        if let Some(config) = session.config()
            && session.externals().is_none()
            && arguments.project.contract.is_empty()
        {
            let path = sessions.display(&config.path);
            warn(&format!(
                "warning: `{path}` declares no boundary module and no contract, so no import can break a rule"
            ));
        }
    }
}

/// No more is found out than the format shows.
fn check_options(sessions: &Sessions, arguments: &CheckArguments) -> CheckOptions {
    let format = format(sessions, arguments);
    CheckOptions {
        paths: sessions.paths.clone(),
        fixes: true,
        only_policy: false,
        switched_off: false,
        ignore_baseline: arguments.ignore_baseline,
        all_chains: arguments.all_chains,
        detail: match format {
            _ if arguments.statistics => Detail::Message,
            Format::Concise | Format::Grouped | Format::Pylint | Format::Azure => Detail::Message,
            Format::Full => Detail::Text,
            _ => Detail::Everything,
        },
        most_chains: match format {
            _ if arguments.statistics => 0,
            _ if arguments.all_chains => u32::MAX,
            _ => MOST_CHAINS,
        },
        most_explained: match format {
            _ if arguments.statistics => 0,
            _ if format.is_for_terminals() => MOST_EXPLAINED,
            _ => MOST_EXPLAINED_TO_PROGRAMS,
        },
    }
}

/// What `--output-format json` finds out.
pub(crate) fn options_for_programs(sessions: &Sessions) -> CheckOptions {
    CheckOptions {
        paths: sessions.paths.clone(),
        fixes: true,
        detail: Detail::Everything,
        most_chains: MOST_CHAINS,
        most_explained: MOST_EXPLAINED_TO_PROGRAMS,
        ..CheckOptions::default()
    }
}

fn fix_options(arguments: &CheckArguments) -> FixOptions {
    FixOptions {
        applicability: if arguments.fixes.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe },
        source: arguments.fixes.applies_to_source(),
        policy: arguments.fixes.fix_config,
    }
}

/// What changed since the revision, or is staged, where only that is reported.
fn read_changes(
    sessions: &Sessions,
    arguments: &CheckArguments,
    staged: Option<Staged>,
) -> Result<Option<Changes>> {
    let changes = match &arguments.since {
        Some(revision) => {
            let wanted = |path: &Path| sessions.all.iter().any(|session| is_input(session, path));
            Some(Changes::since(&sessions.working_directory, revision, &wanted)?)
        }
        None => staged.map(|staged| staged.changes),
    };
    if let Some(changes) = &changes {
        changes.check_asked(sessions)?;
        print_unknown_changes(sessions, changes);
    }
    Ok(changes)
}

/// Writes what was fixed, and judges again where something could not be written. Whether all that was asked for was done.
fn write_fixes(judge: &Judge, sessions: &mut Sessions, judged: &mut Judged) -> Result<bool> {
    let fixed = &mut judged.fixed;
    let buffer = sessions.buffer.as_ref().filter(|_| judge.changes_files());
    let unwritten = write_changes(sessions, &fixed.changes, buffer.map(|buffer| buffer.path.as_path()))?;
    if let Some(buffer) = buffer {
        // What came from stdin goes to stdout, changed or not: whoever pipes a buffer through takes it from there.
        let change = fixed.changes.iter().map(|(_, change)| change).find(|change| change.path == buffer.path);
        print_bytes(change.map_or(&buffer.bytes, |change| &change.bytes))?;
    }
    // What is on the disk is what is reported.
    let contents = contents_of(sessions, &unwritten);
    fixed.unwritten = unwritten.len();
    judge.judge_again(sessions, contents, &mut judged.reports)?;
    Ok(judged.fixed.unwritten == 0 && judged.fixed.dropped.iter().all(|dropped| !is_incomplete(dropped)))
}

/// What the files hold that could not be written, by session.
fn contents_of(sessions: &Sessions, unwritten: &[&Owned]) -> BTreeMap<usize, Vec<(FileId, Vec<u8>)>> {
    let mut by_session: BTreeMap<usize, Vec<(FileId, Vec<u8>)>> = BTreeMap::new();
    for (position, change) in unwritten {
        if let Some(file) = sessions.all[*position].files().get(&change.path) {
            let now = std::fs::read(&change.path).unwrap_or_else(|_| change.read.clone());
            by_session.entry(*position).or_default().push((file, now));
        }
    }
    by_session
}

/// Whether something that was asked for was not done, though it might have been.
fn is_incomplete(dropped: &Dropped) -> bool {
    dropped.obstacle != Obstacle::WouldNotParse
}

/// Whether too little was looked at for `--error-on-warning`, which is said.
fn is_too_little(arguments: &CheckArguments, unlooked: usize, is_empty: bool) -> bool {
    if !arguments.error_on_warning {
        return false;
    }
    if unlooked > 0 {
        warn(&format!(
            "error: {} not looked at, which `--error-on-warning` does not let pass; `--verbose` says which",
            if unlooked == 1 {
                "1 place was".to_string()
            } else {
                format!("{} places were", summary::thousands(unlooked))
            }
        ));
    }
    if is_empty {
        warn("error: no Python files were looked at, which `--error-on-warning` does not let pass");
    }
    unlooked > 0 || is_empty
}

fn exit_code(diagnostics: &[Diagnostic], fixed: &Fixed, arguments: &CheckArguments) -> ExitCode {
    let fails =
        |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error || arguments.error_on_warning;
    let is_left = !arguments.fixes.fix_only && diagnostics.iter().any(fails);
    let was_fixed = arguments.fixes.exit_non_zero_on_fix && fixed.applied > 0;
    let was_dropped = !fixed.dropped.is_empty();
    if !arguments.exit_zero && (is_left || was_fixed || was_dropped) {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

/// As ruff: the changes on stdout, and 1 if there are any.
fn show_diff(sessions: &Sessions, fixed: &Fixed, arguments: &CheckArguments) -> Result<ExitCode> {
    let mut text = String::new();
    for (_, change) in &fixed.changes {
        let path = escape::path(&change.path, &sessions.display(&change.path));
        let diff = TextDiff::from_lines(&change.before, &change.after);
        text.push_str(&diff.unified_diff().header(&path, &path).to_string());
    }
    print_diff(&text)?;
    if !arguments.project.quiet {
        let verb = if fixed.applied == 1 { "finding would be" } else { "findings would be" };
        let files = summary::count(fixed.changes.len(), "file");
        warn(&format!("{} {verb} fixed in {files}", fixed.applied));
    }
    Ok(if fixed.changes.is_empty() || arguments.exit_zero { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
