//! `ringfence explore`

mod serve;
mod watch;

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};
use ringfence_diagnostics::Diagnostic;
use ringfence_project::write::OutputFile;
use ringfence_project::{CheckOptions, CommandLine, Report, Session};

use super::check::options_for_programs;
use super::{coverage, print_configs, report_config_problems};
use crate::arguments::{ColorChoice, ExploreArguments};
use crate::explorer::{Model, Sources, write_page};
use crate::merged::{ManyFiles, combine};
use crate::sessions::Sessions;
use crate::terminal::warn;

/// Where the page goes if nobody says.
const DEFAULT_NAME: &str = "ringfence.html";

pub(crate) fn run(arguments: &ExploreArguments) -> Result<ExitCode> {
    let path = arguments.output_file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_NAME));
    OutputFile::check_name(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
    let mut sessions = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    if arguments.watch {
        return watch::watch(sessions, arguments);
    }
    let (report, known) = judge(&mut sessions)?;
    write(&sessions, &model(&sessions, report, known, arguments), &path)?;
    if !arguments.project.quiet {
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

/// What a check reports, and what it would report beside that without the baseline.
fn judge(sessions: &mut Sessions) -> Result<(Vec<Report>, Vec<Report>)> {
    sessions.share_comments();
    let options = options_for_programs(sessions);
    let without_baseline = CheckOptions { ignore_baseline: true, ..options.clone() };
    let (mut reports, mut known) = (Vec::new(), Vec::new());
    for session in &mut sessions.all {
        let report = session.check_as_it_is(&options)?;
        let mut all = if session.has_baseline() {
            session.check_as_it_is(&without_baseline)?
        } else {
            Report::default()
        };
        let key = |it: &Diagnostic| (it.file, it.range.start(), it.code, it.message.clone());
        let reported: BTreeSet<_> = report.diagnostics.iter().map(key).collect();
        all.diagnostics.retain(|it| !reported.contains(&key(it)));
        reports.push(report);
        known.push(all);
    }
    Ok((reports, known))
}

fn model(
    sessions: &Sessions,
    reports: Vec<Report>,
    known: Vec<Report>,
    arguments: &ExploreArguments,
) -> Model {
    let files = ManyFiles::new(sessions.all.iter().map(Session::files));
    let (report, known) = (combine(reports, &files), combine(known, &files));
    let (governance, coverage) = coverage::measure(sessions, true);
    Model::new(&Sources {
        sessions,
        is_part: !arguments.project.paths.is_empty(),
        files: &files,
        report: &report,
        known: &known,
        coverage: coverage::as_json(&governance, &coverage),
        governance: &governance,
        source_url: arguments.source_url.as_deref(),
        difference: None,
    })
}

fn write(sessions: &Sessions, model: &Model, path: &Path) -> Result<()> {
    let context = || format!("cannot write `{}`", path.display());
    let is_known = |target: &Path| {
        let is_same = |file: &Path| std::fs::canonicalize(file).is_ok_and(|file| file == target);
        sessions.all.iter().any(|session| session.files_read().any(is_same))
    };
    let file = OutputFile::open(path, &sessions.working_directory, is_known).with_context(context)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    write_page(model, &mut out).with_context(context)?;
    out.flush().with_context(context)?;
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error).with_context(context)?;
    file.finish().with_context(context)
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
