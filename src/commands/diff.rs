//! `ringfence diff`

mod html;
mod json;
mod markdown;
mod outline;
mod text;

use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_project::write::OutputFile;
use ringfence_project::{Report, Session};

use super::explore::closing_lines;
use super::print_configs;
use crate::arguments::{DiffArguments, DiffFormat, FailOn};
use crate::compared::{check_both, open_both, read_both};
use crate::difference::Difference;
use crate::merged::{ManyFiles, combine};
use crate::portrait::Side;
use crate::revision::Commit;
use crate::summary::thousands;
use crate::terminal::{print_bytes, warn};
use crate::writing::write_output;

/// What formats are made of.
struct Shown<'a> {
    difference: &'a Difference,
    base: Reported<'a>,
    head: Reported<'a>,
}

/// What the page shows beside the differences.
struct Beside {
    known: Report,
    off: Report,
    /// The closing lines of a check.
    closing: Vec<String>,
}

/// A side with what is found there.
struct Reported<'a> {
    /// Nothing for the working tree.
    commit: Option<&'a Commit>,
    side: &'a Side<'a>,
    report: &'a Report,
    files: &'a ManyFiles<'a>,
}

pub(crate) fn run(arguments: &DiffArguments) -> Result<ExitCode> {
    if let Some(path) = &arguments.output_file {
        OutputFile::check_name(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if arguments.output_format == DiffFormat::Html && arguments.output_file.is_none() {
        return Err(anyhow!("a page goes to a file: name one with `--output-file`"));
    }
    let project = arguments.project();
    let (before, now) = read_both(arguments.base.as_deref(), arguments.head.as_deref(), project.quiet)?;
    let (base, head) = open_both(&project, &before, &now)?;
    print_configs(&head.sessions, &project);
    // Both are told, so that nobody mends one to meet the other.
    let (base_is_usable, head_is_usable) = (base.is_usable()?, head.is_usable()?);
    if !(base_is_usable && head_is_usable) {
        return Ok(ExitCode::from(2));
    }
    let in_full = matches!(arguments.output_format, DiffFormat::Json | DiffFormat::Html);
    let (base, mut head) = check_both(base, head, in_full)?;
    let unreported = match arguments.output_format {
        DiffFormat::Html => head.unreported()?,
        _ => Default::default(),
    };
    let base_files = ManyFiles::new(base.sessions.all.iter().map(Session::files));
    let head_files = ManyFiles::new(head.sessions.all.iter().map(Session::files));
    let base_report = combine(base.reports.clone(), &base_files);
    let head_report = combine(head.reports.clone(), &head_files);
    let base_side = base.side().with_findings(&base_report, &base_files);
    let head_side = head.side().with_findings(&head_report, &head_files);
    let difference = Difference::between(&base_side, &head_side);
    let shown = Shown {
        difference: &difference,
        base: Reported {
            commit: base.commit.as_ref(),
            side: &base_side,
            report: &base_report,
            files: &base_files,
        },
        head: Reported {
            commit: head.commit.as_ref(),
            side: &head_side,
            report: &head_report,
            files: &head_files,
        },
    };
    let mut bytes = Vec::new();
    match arguments.output_format {
        DiffFormat::Text => text::render(&shown, &mut bytes)?,
        DiffFormat::Json => json::render(&shown, &mut bytes)?,
        DiffFormat::Html => {
            let [known, off] = unreported.map(|reports| combine(reports, &head_files));
            let coverages = head.reports.iter().map(|report| &report.coverage);
            let closing = closing_lines(&head.sessions, coverages, &head_report);
            html::render(&shown, &Beside { known, off, closing }, &mut bytes)?;
        }
        DiffFormat::Markdown => markdown::render(&shown, &mut bytes)?,
    }
    match &arguments.output_file {
        Some(path) => write_output(&head.sessions, path, |out| out.write_all(&bytes))?,
        None => print_bytes(&bytes)?,
    }
    let failed: Vec<String> =
        arguments.fail_on.iter().filter_map(|condition| failure(&difference, *condition)).collect();
    for text in &failed {
        warn(&format!("error: {text}"));
    }
    // The process ends here; to free every fact one by one would only take time.
    std::mem::forget((base, head));
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a condition finds fault with.
fn failure(difference: &Difference, condition: FailOn) -> Option<String> {
    let policy = &difference.policy;
    let (number, [one, many]) = match condition {
        FailOn::NewFinding => (difference.findings.new.len(), ["new finding", "new findings"]),
        FailOn::NewEdge => (
            difference.edges.added.len(),
            ["new import between boundary modules", "new imports between boundary modules"],
        ),
        FailOn::NewlyAllowed => (
            policy.newly_allowed.len(),
            [
                "pair of modules of which one may import the other now",
                "pairs of modules of which one may import the other now",
            ],
        ),
        FailOn::NewCycle => {
            (difference.cycles.new_or_larger().count(), ["new or larger cycle", "new or larger cycles"])
        }
        FailOn::Suppression => (
            policy.suppressions.added.len() + policy.exceptions.added.len() + difference.baseline.added.len(),
            [
                "new suppression, exception or entry of the baseline",
                "new suppressions, exceptions or entries of the baseline",
            ],
        ),
    };
    (number > 0).then(|| format!("{} {}", thousands(number), if number == 1 { one } else { many }))
}
