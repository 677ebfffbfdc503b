//! Where a report goes, and how it is written with its closing lines.

use std::io::{self, BufWriter, IntoInnerError, IsTerminal, Stderr, Stdout, Write};
use std::path::Path;

use anyhow::Result;
use ringfence_output::{Format, RenderOptions, RuleInfo, escape, render, render_statistics};
use ringfence_project::fix::Dropped;
use ringfence_project::write::OutputFile;
use ringfence_project::{Coverage, Report, Session};
use ringfence_rules::{RuleId, named};

use crate::arguments::{CheckArguments, ColorChoice};
use crate::merged::ManyFiles;
use crate::sessions::Sessions;
use crate::summary;
use crate::terminal::{is_colored, warn};
use crate::writing::{Owned, open_output};

/// What a run has changed, or would.
#[derive(Default)]
pub(super) struct Fixed {
    pub(super) changes: Vec<Owned>,
    /// How many of these could not be written.
    pub(super) unwritten: usize,
    pub(super) applied: usize,
    /// Findings that have got a comment.
    pub(super) ignored: usize,
    pub(super) dropped: Vec<Dropped>,
}

/// What the command line says, else the first config, else what suits where it runs.
pub(super) fn format(sessions: &Sessions, arguments: &CheckArguments) -> Format {
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
pub(super) struct Output {
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

pub(super) fn output(
    arguments: &CheckArguments,
    sessions: &Sessions,
    stdout_is_free: bool,
) -> Result<Output> {
    if let Some(path) = &arguments.output_file {
        let file = open_output(sessions, path)?;
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

pub(super) struct Printer<'a> {
    pub(super) arguments: &'a CheckArguments,
    pub(super) sessions: &'a Sessions,
    pub(super) files: &'a ManyFiles<'a>,
    pub(super) fixed: &'a Fixed,
    /// By session.
    pub(super) coverages: Vec<Coverage>,
}

impl Printer<'_> {
    pub(super) fn print(&self, report: &Report, mut out: Output) -> Result<()> {
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

    /// All that `--fix-only` prints.
    pub(super) fn print_fixed(&self, mut out: Output) -> Result<()> {
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
