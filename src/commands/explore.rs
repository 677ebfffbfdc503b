//! `ringfence explore`

mod serve;
mod watch;
mod watched;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::Diagnostic;
use ringfence_project::write::OutputFile;
use ringfence_project::{CheckOptions, CommandLine, Coverage, Report, Session};

use super::check::options_for_programs;
use super::{coverage, print_configs, report_config_problems};
use crate::arguments::{ColorChoice, ExploreArguments};
use crate::explorer::{Model, Sources, write_page};
use crate::merged::{ManyFiles, combine};
use crate::sessions::Sessions;
use crate::summary;
use crate::terminal::warn;
use crate::writing::write_output;

/// Where the page goes if nobody says.
const DEFAULT_NAME: &str = "ringfence.html";

pub(crate) fn run(arguments: &ExploreArguments) -> Result<ExitCode> {
    let path = arguments.output_file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_NAME));
    if arguments.open && path == Path::new("-") {
        return Err(anyhow!("`--open` shows a file, and `-` is standard output"));
    }
    OutputFile::check_name(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
    let mut sessions = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    if arguments.watch {
        return watch::watch(sessions, arguments);
    }
    let judged = judge(&mut sessions)?;
    let model = model(&sessions, judged, arguments);
    write_output(&sessions, &path, |out| write_page(&model, out))?;
    let is_stdout = path == Path::new("-");
    if !arguments.project.quiet && !is_stdout {
        warn(&format!("wrote `{}`", path.display()));
    }
    if arguments.open {
        let target = std::path::absolute(&path).unwrap_or(path);
        open(&target.to_string_lossy());
    }
    // The process ends here; to free every fact one by one would only take time.
    std::mem::forget(sessions);
    Ok(ExitCode::SUCCESS)
}

/// What a check of each session comes to.
#[derive(Default)]
struct Judged {
    reported: Vec<Report>,
    /// What it would report beside that without the baseline.
    known: Vec<Report>,
    /// What it would report beside both if nothing were switched off.
    off: Vec<Report>,
}

fn judge(sessions: &mut Sessions) -> Result<Judged> {
    sessions.share_comments();
    let options = options_for_programs(sessions);
    let mut judged = Judged::default();
    for session in &mut sessions.all {
        let reported = session.check_as_it_is(&options)?;
        let [known, off] = unreported(session, &reported, &options)?;
        judged.reported.push(reported);
        judged.known.push(known);
        judged.off.push(off);
    }
    Ok(judged)
}

/// What a check does not report: what the baseline knows, and what is switched off.
pub(crate) fn unreported(
    session: &mut Session,
    reported: &Report,
    options: &CheckOptions,
) -> Result<[Report; 2]> {
    let without_baseline = CheckOptions { ignore_baseline: true, ..options.clone() };
    let mut known = Report::default();
    if session.has_baseline() {
        known = session.check_as_it_is(&without_baseline)?;
        known.diagnostics = beside(known.diagnostics, [reported]);
    }
    let mut off = Report::default();
    if session.switches_rules_off() || reported.coverage.suppressed > 0 {
        let all_on = CheckOptions { switched_off: true, fixes: false, ..without_baseline };
        off = session.check_as_it_is(&all_on)?;
        off.diagnostics = beside(off.diagnostics, [reported, &known]);
    }
    Ok([known, off])
}

/// Those that none of the reports has.
fn beside<const N: usize>(diagnostics: Vec<Diagnostic>, reports: [&Report; N]) -> Vec<Diagnostic> {
    let key = |it: &Diagnostic| (it.file, it.range.start(), it.code, it.message.clone());
    let there: BTreeSet<_> = reports.into_iter().flat_map(|report| &report.diagnostics).map(key).collect();
    diagnostics.into_iter().filter(|it| !there.contains(&key(it))).collect()
}

fn model(sessions: &Sessions, judged: Judged, arguments: &ExploreArguments) -> Model {
    let files = ManyFiles::new(sessions.all.iter().map(Session::files));
    let coverages: Vec<Coverage> = judged.reported.iter().map(|report| report.coverage).collect();
    let [report, known, off] =
        [judged.reported, judged.known, judged.off].map(|reports| combine(reports, &files));
    let (governance, coverage) = coverage::measure(sessions, true);
    Model::new(&Sources {
        sessions,
        is_part: !arguments.project.paths.is_empty(),
        files: &files,
        report: &report,
        known: &known,
        off: &off,
        coverage: coverage::as_json(&governance, &coverage),
        governance: &governance,
        source_url: arguments.source_url.as_deref(),
        closing: closing_lines(sessions, coverages.iter(), &report),
        difference: None,
    })
}

/// The closing lines of a check, from what it looked at in each session, and what it reports in all.
pub(crate) fn closing_lines<'a>(
    sessions: &Sessions,
    coverages: impl Iterator<Item = &'a Coverage>,
    all: &Report,
) -> Vec<String> {
    let mut lines = vec![summary::findings(&all.diagnostics, all.diagnostics.len())];
    // Added up, those of configs of one folder would count files twice.
    if !sessions.are_shared() {
        lines.push(summary::coverage(&all.coverage));
        return lines;
    }
    for (session, coverage) in sessions.all.iter().zip(coverages) {
        let name = session.config().map(|config| sessions.display(&config.path)).unwrap_or_default();
        lines.push(format!("{name}: {}", summary::coverage(coverage)));
    }
    lines
}

/// Shows a page in whatever the system shows pages in. That there is nothing is said, and is no failure: the page is written.
fn open(target: &str) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let started = Command::new(program)
        .arg(target)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = started {
        warn(&format!("warning: cannot start `{program}` to open the page: {error}"));
    }
}
