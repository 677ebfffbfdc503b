//! `ringfence check`

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, BufWriter, IntoInnerError, IsTerminal, Read, Stderr, Stdout, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Diagnostic, FileId, Files, Severity, paths};
use ringfence_output::{Format, RenderOptions, RuleInfo, escape, render, render_statistics};
use ringfence_policy::{Policy, native};
use ringfence_project::fix::{self, Dropped, FixOptions, Obstacle, Outcome};
use ringfence_project::write::OutputFile;
use ringfence_project::{
    CheckOptions, Coverage, Ignored, Report, Session, add_ignores, is_at_or_below, may_matter,
};
use ringfence_rules::{Detail, RuleId, named};
use ruff_diagnostics::Applicability;
use similar::TextDiff;

use super::{report_config_problems, say_configs};
use crate::arguments::{CheckArguments, ColorChoice};
use crate::changes::{Changes, Known, Staged};
use crate::merged::{ManyFiles, combine};
use crate::sessions::{Buffer, Sessions};
use crate::summary;
use crate::terminal::{is_colored, print, print_bytes, print_diff, print_toml, warn};
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
    say_configs(&sessions, &arguments.project);
    sessions.tidy_up();
    if let Some(code) = report_config_problems(&sessions, arguments.color)? {
        return Ok(code);
    }
    if arguments.project.verbose {
        say_details(&sessions);
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

    say_manifests(&sessions);
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
        say_unknown(&sessions, changes);
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
        printer.say_fixed(out)?;
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

#[derive(Default)]
struct Fixed {
    changes: Vec<Owned>,
    /// How many of these could not be written.
    unwritten: usize,
    applied: usize,
    /// Findings that have got a comment.
    ignored: usize,
    dropped: Vec<Dropped>,
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

/// What a session was before the change.
struct Past<'a> {
    changes: &'a Changes,
    /// Nothing where nobody can say what was found, as there was no config that could be read.
    known: Option<Known>,
}

impl<'a> Past<'a> {
    /// Of each session, in their order.
    fn of_all(sessions: &Sessions, changes: &'a Changes, ignore_baseline: bool) -> Result<Vec<Self>> {
        let options = CheckOptions { detail: Detail::Everything, ignore_baseline, ..CheckOptions::default() };
        let mut pasts = Vec::new();
        // The sessions of one folder.
        let mut before: Vec<Option<Session>> = Vec::new();
        for (position, session) in sessions.all.iter().enumerate() {
            before.push(Self::session(session, changes)?);
            if sessions.is_beside(position + 1) {
                continue;
            }
            if let [Some(first), Some(second)] = before.as_mut_slice() {
                Session::share_comments(first, second);
            }
            for before in before.drain(..) {
                let known = before.map(|before| {
                    let found = before.check(&options).diagnostics;
                    found.iter().map(|diagnostic| subject(diagnostic, &before)).collect()
                });
                pasts.push(Self { changes, known });
            }
        }
        Ok(pasts)
    }

    fn session(session: &Session, changes: &Changes) -> Result<Option<Session>> {
        let is_ours = |path: &Path| path.starts_with(session.root()) || is_input(session, path);
        let contents = changes.contents(&|path| is_ours(path) && is_of_interest(session, path))?;
        let mut absent = changes.added.clone();
        absent.extend(session.files_read().filter(|path| changes.is_unknown(path)).map(Path::to_path_buf));
        Ok(session.before(contents, &absent)?)
    }

    /// What a session reports that was not there before the change.
    fn check(past: Option<&Self>, session: &Session, options: &CheckOptions) -> Report {
        let mut report = session.check(options);
        if let Some(past) = past {
            report.diagnostics.retain(|diagnostic| past.keeps(diagnostic, session));
        }
        report
    }

    /// Whether a finding is new, or in a file that changed.
    fn keeps(&self, diagnostic: &Diagnostic, session: &Session) -> bool {
        self.changes.has(session.files().path(diagnostic.file))
            || self.known.as_ref().is_none_or(|known| !known.contains(&subject(diagnostic, session)))
    }

    /// Whether a fix may write a file: one that changed, and that is what was judged.
    fn may_change(&self, path: &Path) -> bool {
        self.changes.has(path) && !self.changes.unstaged.contains(path)
    }
}

/// Lines may have moved, so a finding is the same if it is about the same and in the same file.
fn subject(diagnostic: &Diagnostic, session: &Session) -> (PathBuf, &'static str, String) {
    (session.files().path(diagnostic.file).to_path_buf(), diagnostic.code, diagnostic.message.clone())
}

/// Whether a session was made of a file beside its sources.
fn is_input(session: &Session, path: &Path) -> bool {
    session.input_files().any(|file| session.files().path(file) == path) || session.is_path_of_baseline(path)
}

fn is_of_interest(session: &Session, path: &Path) -> bool {
    may_matter(path) || is_input(session, path)
}

/// Says what a run that asks for changes does not know.
fn say_unknown(sessions: &Sessions, changes: &Changes) {
    for (folder, is_changed) in &changes.submodules {
        let is_checked =
            || sessions.all.iter().flat_map(Session::checked_files).any(|path| path.starts_with(folder));
        if *is_changed || is_checked() {
            let folder = sessions.display(folder);
            warn(&format!("warning: what changed in the submodule `{folder}` is not looked at"));
        }
    }
}

/// What the command line says, else the first config, else what suits where it runs.
fn format(sessions: &Sessions, arguments: &CheckArguments) -> Format {
    let configured = sessions.all.first().and_then(|session| session.policy().linter.output_format);
    let in_workflow = || std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    match arguments.output_format.or(configured) {
        Some(format) => format,
        None if in_workflow() => Format::Github,
        None => Format::Full,
    }
}

/// The nearest folder around the working directory that is a repository, or the working directory.
fn repository(sessions: &Sessions) -> &Path {
    let here = sessions.working_directory.as_path();
    here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(here)
}

/// What reports tell of the rules.
fn rule_infos() -> Vec<RuleInfo> {
    RuleId::all()
        .map(RuleId::metadata)
        .map(|rule| RuleInfo {
            code: rule.code,
            name: rule.name,
            summary: rule.summary(),
            explanation: rule.explanation,
        })
        .collect()
}

/// Where findings go, and whether it may be colored.
struct Output {
    writer: Destination,
    color: bool,
    hyperlinks: bool,
}

enum Destination {
    Stdout(Stdout),
    Stderr(Stderr),
    File(BufWriter<OutputFile>),
}

impl Destination {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Stdout(stdout) => stdout,
            Self::Stderr(stderr) => stderr,
            Self::File(file) => file,
        }
    }

    /// All of it is written.
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Stdout(mut stdout) => stdout.flush(),
            Self::Stderr(mut stderr) => stderr.flush(),
            Self::File(file) => file.into_inner().map_err(IntoInnerError::into_error)?.finish(),
        }
    }
}

fn output(arguments: &CheckArguments, sessions: &Sessions, stdout_is_free: bool) -> Result<Output> {
    if let Some(path) = &arguments.output_file {
        let is_known = |target: &Path| {
            let is_same = |file: &Path| std::fs::canonicalize(file).is_ok_and(|file| file == target);
            sessions.all.iter().any(|session| session.files_read().any(is_same))
        };
        let file = OutputFile::open(path, &sessions.working_directory, is_known)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        let color = arguments.color == ColorChoice::Always;
        return Ok(Output { writer: Destination::File(BufWriter::new(file)), color, hyperlinks: false });
    }
    if !stdout_is_free {
        let color = is_colored(arguments.color, &io::stderr());
        return Ok(Output { writer: Destination::Stderr(io::stderr()), color, hyperlinks: false });
    }
    let color = is_colored(arguments.color, &io::stdout());
    let hyperlinks = color && io::stdout().is_terminal();
    Ok(Output { writer: Destination::Stdout(io::stdout()), color, hyperlinks })
}

struct Printer<'a> {
    arguments: &'a CheckArguments,
    sessions: &'a Sessions,
    files: &'a ManyFiles<'a>,
    fixed: &'a Fixed,
    /// By session.
    coverages: Vec<Coverage>,
}

impl Printer<'_> {
    fn print(&self, report: &Report, mut out: Output) -> Result<()> {
        let format = format(self.sessions, self.arguments);
        let unsafe_fixes = self.arguments.fixes.unsafe_fixes;
        let shown = if self.arguments.statistics {
            render_statistics(&report.diagnostics, unsafe_fixes, format, out.writer.writer())?;
            report.diagnostics.len()
        } else {
            let rules = if format == Format::Sarif { rule_infos() } else { Vec::new() };
            let options = RenderOptions {
                working_directory: &self.sessions.working_directory,
                repository: repository(self.sessions),
                rules: &rules,
                color: out.color,
                hyperlinks: out.hyperlinks,
                unsafe_fixes,
            };
            render(format, &report.diagnostics, self.files, &options, out.writer.writer())?
        };
        if format.is_for_terminals() && !self.arguments.project.quiet {
            if format.is_for_matchers() && !matches!(out.writer, Destination::File(_)) {
                self.close(report, shown, &mut io::stderr().lock())?;
            } else {
                self.close(report, shown, out.writer.writer())?;
            }
        }
        Ok(out.writer.finish()?)
    }

    /// All that `--fix-only` says.
    fn say_fixed(&self, mut out: Output) -> Result<()> {
        if !self.arguments.project.quiet {
            self.changes(out.writer.writer())?;
        }
        Ok(out.writer.finish()?)
    }

    fn changes(&self, out: &mut dyn Write) -> io::Result<()> {
        let Fixed { changes, unwritten, applied, ignored, .. } = self.fixed;
        let files = summary::count(changes.len() - unwritten, "file");
        for (verb, findings) in [("Fixed", *applied), ("Suppressed", *ignored)] {
            if findings > 0 && *unwritten > 0 {
                let others = summary::count(*unwritten, "file");
                writeln!(out, "{verb} what was found in {files}; {others} could not be written.")?;
            } else if findings > 0 {
                writeln!(out, "{verb} {} in {files}.", summary::count(findings, "finding"))?;
            }
        }
        Ok(())
    }

    /// The closing lines, of a report whose findings were shown as `shown`.
    fn close(&self, report: &Report, shown: usize, out: &mut dyn Write) -> io::Result<()> {
        self.changes(out)?;
        writeln!(out, "{}", summary::findings(&report.diagnostics, shown))?;
        if let Some(line) = summary::fixable(&report.diagnostics, self.arguments.fixes.unsafe_fixes) {
            writeln!(out, "{line}")?;
        }
        if report.fixes_in_part && !self.arguments.statistics {
            writeln!(out, "Fixes were looked for in the first findings only; `--fix` looks at all.")?;
        }
        if self.sessions.all.iter().any(is_import_linter) {
            let unchecked = self.sessions.all.iter().flat_map(|session| &session.policy().unchecked);
            for line in summary::contracts(&report.contracts, unchecked) {
                writeln!(out, "{}", escape::line(&line))?;
            }
        }
        if self.sessions.are_shared() {
            // Added up they would count files twice.
            for (session, coverage) in self.sessions.all.iter().zip(&self.coverages) {
                let config = session.config().map_or(Path::new(""), |config| &config.path);
                let name = escape::path(config, &self.sessions.display(config));
                writeln!(out, "{name}: {}", summary::coverage(coverage))?;
            }
        } else {
            writeln!(out, "{}", summary::coverage(&report.coverage))?;
        }
        // Other tools, which parse every file, fail where one does not parse.
        let is_foreign = |session: &Session| session.policy().is_foreign();
        let imports_only = report.coverage.imports_only;
        if imports_only > 0 {
            let files = summary::count(imports_only, "file");
            let verb = if imports_only == 1 { "was" } else { "were" };
            let text = format!(
                "{files} {verb} read for imports only and may have syntax errors; `--extend-select {}` looks for them",
                named::syntax_error().metadata().code
            );
            if self.sessions.all.iter().any(is_foreign) {
                writeln!(out, "{text}.")?;
            } else if self.arguments.project.verbose {
                warn(&text);
            }
        }
        Ok(())
    }
}

/// Whether the config is one of import-linter's, whose users look for the table of contracts.
fn is_import_linter(session: &Session) -> bool {
    session.config().is_some_and(|config| config.kind.is_import_linter())
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

/// The files that are checked and reported on.
fn asked_files(sessions: &Sessions) -> impl Iterator<Item = &Path> {
    let asked: HashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
    let files = sessions.all.iter().flat_map(Session::checked_files);
    files.filter(move |path| is_at_or_below(path, &asked))
}

fn show_files(sessions: &Sessions) -> Result<ExitCode> {
    let shown = |path: &Path| escape::path(path, &paths::absolute(path));
    let mut lines: Vec<String> = asked_files(sessions).map(shown).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.push(String::new());
    print_bytes(lines.join("\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn show_settings(sessions: &Sessions) -> Result<ExitCode> {
    for session in &sessions.all {
        let config = session.config().map_or("none".to_string(), |config| sessions.display(&config.path));
        let mut lines =
            vec![format!("# config: {config}"), format!("# root: {}", sessions.display(session.root()))];
        for root in session.source_roots() {
            lines.push(format!("# source root: {}", sessions.display(root)));
        }
        lines.push("# rules:".to_string());
        for rule in session.settings().rules.iter() {
            let severity = session.settings().severity(rule).as_str();
            let name = rule_title(rule);
            lines.push(format!("#   {name}: {severity}"));
        }
        lines.push(String::new());
        print(lines)?;
        print_toml(&native::write(session.policy()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn rule_title(rule: RuleId) -> String {
    format!("{} {}", rule.metadata().code, rule.metadata().name)
}

/// What rules about manifests cannot judge, so that silence is not taken for a clean bill.
fn say_manifests(sessions: &Sessions) {
    let undeclared = named::undeclared_external().metadata().code;
    let unused = named::unused_external().metadata().code;
    let asked = sessions.all.iter().filter(|session| session.settings().asks_for_manifests);
    for (session, manifests) in asked.filter_map(|session| Some((session, session.externals()?))) {
        let doubts: Vec<String> = session
            .doubtful_externals()
            .into_iter()
            .map(|(import, distribution)| format!("`{import}` from `{distribution}`"))
            .collect();
        if !doubts.is_empty() {
            warn(&format!(
                "warning: nothing installed tells where these come from, so their names do: {}; `--python` with the environment of \
                 the project makes it certain, or `distributions` in the config",
                doubts.join(", ")
            ));
        }
        if let Some(path) = manifests.missing_environment() {
            let path = sessions.display(path);
            warn(&format!("warning: `VIRTUAL_ENV` names `{path}`, where no distributions are installed"));
        }
        for path in manifests.computed() {
            let path = sessions.display(path);
            warn(&format!(
                "warning: what `{path}` requires is computed when it is built, so {undeclared} and {unused} do not judge its files"
            ));
        }
        let orphans = manifests.orphans();
        if orphans > 0 {
            let files = summary::count(orphans, "file");
            warn(&format!(
                "warning: {files} of no project, which {undeclared} does not judge: no manifest lies above"
            ));
        }
    }
}

/// What `--verbose` tells: how the tree was understood, and what could not be followed.
fn say_details(sessions: &Sessions) {
    for session in &sessions.all {
        for root in session.source_roots() {
            warn(&format!("source root: {}", sessions.display(root)));
        }
        if let Some(manifests) = session.externals() {
            for folder in manifests.package_folders() {
                warn(&format!("installed distributions: {}", sessions.display(folder)));
            }
            if manifests.package_folders().is_empty() {
                warn(
                    "installed distributions: none known; imports are taken to be called as their distributions are",
                );
            }
        }
        for folder in session.nested_configs() {
            warn(&format!("governed by a config of its own: {}", sessions.display(folder)));
        }
        for (title, paths) in session.left_out() {
            for path in paths {
                warn(&format!("{title}: {}", sessions.display(&path)));
            }
        }
        for (file, name, import) in session.unresolved() {
            let path = sessions.display(session.files().path(file));
            let range =
                session.facts(file).and_then(|facts| facts.names.get(name as usize)).map(|name| name.range);
            let line = session
                .files()
                .text(file)
                .zip(range)
                .map_or(0, |(source, range)| source.to_source_code().line_index(range.start()).get());
            warn(&format!("unresolved import: {path}:{line}: {import}"));
        }
    }
}
