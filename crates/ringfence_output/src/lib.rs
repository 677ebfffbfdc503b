//! Diagnostics -> text. One output format is one module; [`render`] picks it.
//!
//! Takes finished diagnostics, in the order in which they are to be shown, and a [`Files`] to ask for texts and
//! paths. Gives bytes to a writer and never panics, whatever the ranges and the source look like: a range beyond
//! the end of a text (a file that changed meanwhile) is cut. Nothing from a source file reaches a terminal raw,
//! see [`escape`].
//!
//! ```no_run
//! # use ringfence_diagnostics::{Diagnostic, Files};
//! # fn show(diagnostics: &[Diagnostic], files: &dyn Files) -> std::io::Result<()> {
//! use ringfence_output::{Format, RenderOptions, render};
//!
//! let options = RenderOptions {
//!     working_directory: &std::env::current_dir()?,
//!     repository: &std::env::current_dir()?,
//!     rules: &[],
//!     color: false,
//!     hyperlinks: false,
//!     unsafe_fixes: false,
//! };
//! render(Format::Concise, diagnostics, files, &options, &mut std::io::stdout().lock())
//! # }
//! ```

mod agent;
mod azure;
mod concise;
pub mod escape;
mod full;
mod github;
mod gitlab;
mod grouped;
mod json;
mod junit;
mod markdown;
mod patch;
mod pylint;
mod rdjson;
mod sarif;
mod statistics;
mod style;
mod texts;
mod together;
mod window;

#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, Files};

pub use crate::statistics::render_statistics;
pub use crate::together::number_told;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Annotated source, the config line that decided, help and the fix as a patch, as rustc does.
    Full,
    /// One line a finding.
    Concise,
    /// One array in the shape of ruff's, with what boundaries add to it.
    Json,
    /// The same, one object a line.
    JsonLines,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit's XML.
    Junit,
    /// Logging commands of Azure Pipelines.
    Azure,
    /// Reviewdog's format.
    Rdjson,
    /// One line a finding, as pylint prints it.
    Pylint,
    /// By file.
    Grouped,
    /// A summary for a job or a pull request.
    Markdown,
    /// For a program that mends code.
    Agent,
}

impl Format {
    /// Whether a program reads the findings line by line, which must not meet anything else there.
    pub fn is_for_matchers(self) -> bool {
        matches!(self, Self::Pylint | Self::Github | Self::Azure)
    }

    /// Whether findings of one statement that say the same of several names are told once.
    pub fn tells_names_together(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped)
    }

    /// Whether it goes to a terminal or a log, so that closing lines may follow.
    pub fn is_for_terminals(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped | Self::Pylint | Self::Github | Self::Azure)
    }
}

/// What a format tells of a rule beside its findings.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    pub code: &'static str,
    pub name: &'static str,
    /// One sentence.
    pub summary: String,
    /// The documentation, in Markdown.
    pub explanation: &'static str,
}

/// What the renderers need to know about where their output goes.
#[derive(Debug, Clone, Copy)]
pub struct RenderOptions<'a> {
    /// Paths below it are shown relative to it; JSON always has absolute paths.
    pub working_directory: &'a Path,
    /// The folder of the repository, which paths in reports for other systems are relative to.
    pub repository: &'a Path,
    /// What is known of the rules.
    pub rules: &'a [RuleInfo],
    /// Whether to style the text with ANSI escape codes.
    pub color: bool,
    /// Whether to link rule codes to their documentation with OSC 8 escape codes.
    pub hyperlinks: bool,
    /// Whether unsafe fixes count as fixable, as `--unsafe-fixes` asks.
    pub unsafe_fixes: bool,
}

/// Writes `diagnostics` in the given format.
pub fn render(
    format: Format,
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut buffer = BufWriter::new(out);
    let root = options.repository;
    match format {
        Format::Json => json::render(diagnostics, files, &mut buffer)?,
        Format::JsonLines => json::render_lines(diagnostics, files, &mut buffer)?,
        Format::Github => github::render(diagnostics, files, root, &mut buffer)?,
        Format::Gitlab => gitlab::render(diagnostics, files, root, &mut buffer)?,
        Format::Sarif => sarif::render(diagnostics, files, options, root, &mut buffer)?,
        Format::Junit => junit::render(diagnostics, files, root, &mut buffer)?,
        Format::Azure => azure::render(diagnostics, files, root, &mut buffer)?,
        Format::Rdjson => rdjson::render(diagnostics, files, root, &mut buffer)?,
        Format::Full
        | Format::Concise
        | Format::Pylint
        | Format::Grouped
        | Format::Markdown
        | Format::Agent => render_text(format, diagnostics, files, options, &mut buffer)?,
    }
    buffer.flush()
}

/// Formats of lines, of which none is a command to a runner.
fn render_text(
    format: Format,
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = escape::Commands::new(out);
    let root = options.repository;
    match format {
        Format::Full => full::render(diagnostics, files, options, &mut out)?,
        Format::Concise => concise::render(diagnostics, files, options, &mut out)?,
        Format::Pylint => pylint::render(diagnostics, files, options.working_directory, &mut out)?,
        Format::Grouped => grouped::render(diagnostics, files, options, &mut out)?,
        Format::Markdown => markdown::render(diagnostics, files, root, &mut out)?,
        Format::Agent => agent::render(diagnostics, files, root, &mut out)?,
        Format::Json
        | Format::JsonLines
        | Format::Github
        | Format::Gitlab
        | Format::Sarif
        | Format::Junit
        | Format::Azure
        | Format::Rdjson => {}
    }
    out.finish()
}

/// Whether `--fix` (with `--unsafe-fixes`, where `unsafe_fixes`) changes the source so that the finding goes away.
///
/// Fixes that change the policy do not count: `--fix` alone leaves the config as it is.
pub fn is_fixable(diagnostic: &Diagnostic, unsafe_fixes: bool) -> bool {
    diagnostic.fix.as_ref().is_some_and(|fix| {
        !fix.changes_policy
            && (fix.applicability.is_safe() || (unsafe_fixes && fix.applicability.is_unsafe()))
    })
}
