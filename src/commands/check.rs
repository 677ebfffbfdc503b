//! `ringfence check`

mod notes;
mod past;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Diagnostic, FileId, Files, Severity};
use ringfence_output::{Format, escape};
use ringfence_policy::Policy;
use ringfence_project::fix::{self, Dropped, FixOptions, Obstacle, Outcome};
use ringfence_project::write::OutputFile;
use ringfence_project::{CheckOptions, Ignored, Report, Session, add_ignores};
use ringfence_rules::Detail;
use ruff_diagnostics::Applicability;
use similar::TextDiff;

use self::notes::{asked_files, print_details, print_manifest_notes, show_files, show_settings};
use self::past::{Past, is_input, print_unknown_changes};
use self::report::{Fixed, Printer, format, output};
use super::{print_configs, report_config_problems};
use crate::arguments::CheckArguments;
use crate::changes::{Changes, Staged};
use crate::merged::{ManyFiles, combine};
use crate::sessions::{Buffer, Sessions};
use crate::summary;
use crate::terminal::{print_bytes, print_diff, warn};
use crate::writing::{Owned, write_changes};

pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitCode> {
    if let Some(path) = &arguments.output_file {
        OutputFile::check_name(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let buffer = stdin_buffer(arguments)?;
    let project = without_dash(arguments);
    let staged = if arguments.staged {
        Some(Staged::read(&std::env::current_dir().context("cannot tell the working directory")?)?)
    } else {
        None
    };
    let (rules, python) = (arguments.rules.command_line(), arguments.python.as_deref());
    let mut sessions = Sessions::open_staged(&project, rules, buffer, python, staged.as_ref())?;
    if let Some(staged) = &staged {
        staged.changes.check_asked(&sessions)?;
    }
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

    print_manifest_notes(&sessions);
    let format = format(&sessions, arguments);
    let options = CheckOptions {
        paths: sessions.paths.clone(),
        fixes: true,
        only_policy: false,
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
    };
    let wanted = FixOptions {
        applicability: if arguments.fixes.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe },
        source: arguments.fixes.applies_to_source(),
        policy: arguments.fixes.fix_config,
    };
    let changes = match &arguments.since {
        Some(revision) => {
            let wanted = |path: &Path| sessions.all.iter().any(|session| is_input(session, path));
            Some(Changes::since(&sessions.working_directory, revision, &wanted)?)
        }
        None => staged.map(|staged| staged.changes),
    };
    if let Some(changes) = &changes {
        changes.check_asked(&sessions)?;
        print_unknown_changes(&sessions, changes);
    }
    let ignore_baseline = arguments.ignore_baseline;
    let mut unlooked =
        changes.iter().flat_map(|changes| changes.submodules.values()).filter(|it| **it).count();
    let mut fixed = Fixed::default();
    let mut reports = Vec::new();
    let pasts =
        changes.as_ref().map(|changes| Past::of_all(&sessions, changes, ignore_baseline)).transpose()?;
    let past_of = |position: usize| pasts.as_ref().and_then(|pasts| pasts.get(position));
    let (mut no_past, mut unstaged) = (Vec::new(), BTreeSet::new());
    sessions.share_comments();
    for (position, session) in sessions.all.iter_mut().enumerate() {
        let past = past_of(position);
        // A file has one writer in a run.
        let has_writer = |path: &Path| fixed.changes.iter().any(|(_, change)| change.path == path);
        let may_change = |path: &Path| past.is_none_or(|past| past.may_change(path)) && !has_writer(path);
        if let Some(reason) = &arguments.fixes.add_ignore {
            let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
            let Ignored { report, changes, findings } = add_ignores(session, &options, reason, &may_change)?;
            fixed.changes.extend(changes.into_iter().map(|change| (position, change)));
            fixed.ignored += findings;
            reports.push(report);
        } else if wanted.source || wanted.policy {
            let Outcome { report, changes, applied, settled, dropped } =
                fix::fix_within(session, &options, wanted, &may_change)?;
            fixed.changes.extend(changes.into_iter().map(|change| (position, change)));
            fixed.applied += applied;
            fixed.dropped.extend(dropped);
            if !settled {
                warn("warning: fixes made further fixes possible, again and again; run it once more");
            }
            reports.push(report);
        } else {
            reports.push(session.check_as_it_is(&options)?);
        }
        if let (Some(past), Some(report)) = (past, reports.last_mut()) {
            let count = report.diagnostics.len();
            report.diagnostics.retain(|diagnostic| past.keeps(diagnostic, session));
            let left_out = count - report.diagnostics.len();
            if left_out > 0 {
                warn(&format!("{} of before the change left out", summary::count(left_out, "finding")));
            }
            if past.known.is_none() {
                no_past.extend(session.config().map(|config| config.path.clone()));
            }
            let waiting = report.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
            let waiting = waiting.filter(|fix| fix::applies(fix, wanted)).flat_map(|fix| &fix.edits);
            let waiting = waiting.map(|(file, _)| session.files().path(*file).to_path_buf());
            unstaged.extend(waiting.filter(|path| past.changes.unstaged.contains(path)));
        }
        // Other tools say themselves what they look at.
        if let Some(report) = reports.last().filter(|_| !session.policy().is_foreign()) {
            unlooked += report.coverage.unlooked();
        }
    }
    // Of several sessions that know one file, each judges what it has become, and what the others need of it then.
    let mut outdated = BTreeSet::new();
    for position in 0..sessions.all.len() {
        let of_others = fixed.changes.iter().filter(|(owner, _)| *owner != position);
        let files = sessions.all[position].files();
        let contents: Vec<_> = of_others
            .filter_map(|(_, change)| Some((files.get(&change.path)?, change.bytes.clone())))
            .collect();
        if !contents.is_empty() {
            sessions.all[position].apply_changes(contents)?;
            outdated.insert(position);
        }
    }
    judge_again(&mut sessions, outdated, &mut reports, &|session, position| {
        Past::check(past_of(position), session, &options)
    });
    for path in no_past {
        let path = sessions.display(&path);
        warn(&format!(
            "warning: before the change `{path}` was not there, or had mistakes, so everything is reported"
        ));
    }
    for path in unstaged {
        let path = sessions.display(&path);
        warn(&format!("warning: `{path}` is not fixed: the file has changes that are not staged"));
    }
    for Dropped { title, path, obstacle } in &fixed.dropped {
        warn(&format!("warning: left out in `{}`: {title}: {obstacle}", sessions.display(path)));
    }
    if arguments.fixes.diff {
        return show_diff(&sessions, &fixed, arguments);
    }
    let changes_files = wanted.source || wanted.policy || arguments.fixes.add_ignore.is_some();
    let is_buffered = sessions.buffer.is_some() && changes_files;
    // Before anything is written: a run whose report has no place to go changes nothing.
    let out = output(arguments, &sessions, !is_buffered)?;
    let buffer = sessions.buffer.as_ref().filter(|_| changes_files);
    let unwritten = write_changes(&sessions, &fixed.changes, buffer.map(|buffer| buffer.path.as_path()))?;
    let is_whole = unwritten.is_empty() && fixed.dropped.iter().all(|dropped| !is_incomplete(dropped));
    fixed.unwritten = unwritten.len();
    if let Some(buffer) = buffer {
        // What came from stdin goes to stdout, changed or not: whoever pipes a buffer through takes it from there.
        let change = fixed.changes.iter().map(|(_, change)| change).find(|change| change.path == buffer.path);
        print_bytes(change.map_or(&buffer.bytes, |change| &change.bytes))?;
    }
    // What is on the disk is what is reported.
    let mut outdated = BTreeSet::new();
    for (position, contents) in contents_of(&sessions, &unwritten) {
        sessions.all[position].apply_changes(contents)?;
        outdated.insert(position);
    }
    judge_again(&mut sessions, outdated, &mut reports, &|session, position| {
        Past::check(past_of(position), session, &options)
    });

    let files = ManyFiles::new(sessions.all.iter().map(Session::files));
    let coverages = reports.iter().map(|report| report.coverage).collect();
    let report = combine(reports, &files);
    let printer = Printer { arguments, sessions: &sessions, files: &files, fixed: &fixed, coverages };
    if arguments.fixes.fix_only {
        printer.print_fixed(out)?;
    } else {
        printer.print(&report, out)?;
    }
    let is_too_little = arguments.error_on_warning && unlooked > 0;
    if is_too_little {
        warn(&format!(
            "error: {} not looked at, which `--error-on-warning` does not let pass; `--verbose` says which",
            if unlooked == 1 {
                "1 place was".to_string()
            } else {
                format!("{} places were", summary::thousands(unlooked))
            }
        ));
    }
    if is_empty && arguments.error_on_warning {
        warn("error: no Python files were looked at, which `--error-on-warning` does not let pass");
    }
    let is_too_little = is_too_little || (is_empty && arguments.error_on_warning);
    let code = match exit_code(&report.diagnostics, &fixed, arguments) {
        _ if !is_whole => ExitCode::from(2),
        _ if is_too_little && !arguments.exit_zero => ExitCode::from(1),
        code => code,
    };
    // The process ends here; to free every fact one by one would only take time.
    std::mem::forget((sessions, report));
    Ok(code)
}

/// Has those sessions report anew whose files are others now, and those that share a folder with one.
fn judge_again(
    sessions: &mut Sessions,
    mut outdated: BTreeSet<usize>,
    reports: &mut [Report],
    check: &dyn Fn(&Session, usize) -> Report,
) {
    for position in 1..sessions.all.len() {
        let pair = [position - 1, position];
        if sessions.is_beside(position) && pair.iter().any(|position| outdated.contains(position)) {
            outdated.extend(pair);
        }
    }
    if !outdated.is_empty() {
        sessions.share_comments();
    }
    for position in outdated {
        if let (Some(session), Some(report)) = (sessions.all.get(position), reports.get_mut(position)) {
            *report = check(session, position);
        }
    }
}

/// Whether something that was asked for was not done, though it might have been.
fn is_incomplete(dropped: &Dropped) -> bool {
    dropped.obstacle != Obstacle::WouldNotParse
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

fn without_dash(arguments: &CheckArguments) -> crate::arguments::ProjectArguments {
    let mut project = arguments.project.clone();
    project.paths.retain(|path| path.as_os_str() != "-");
    project
}

/// Enough for whoever reads findings one by one, each of which has a text and may have a fix. To fix asks for all.
const MOST_EXPLAINED: u32 = 500;
const MOST_EXPLAINED_TO_PROGRAMS: u32 = 4_000;
/// Each looks at the whole graph.
const MOST_CHAINS: u32 = 50;

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
