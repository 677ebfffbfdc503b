//! Diagnostics -> text. One output format is one module; [`render`] picks it.
//!
//! Takes finished diagnostics, in the order in which they are to be shown, and a [`Files`] to ask for texts and
//! paths. Gives bytes to a writer and never panics, whatever the ranges and the source look like: a range beyond
//! the end of a text (a file that changed meanwhile) is cut. Nothing from a source file reaches a terminal raw,
//! see [`escape`].
//!
//! ```no_run
//! # use ringfence_diagnostics::{Diagnostic, Files};
//! # fn show(diagnostics: &[Diagnostic], files: &dyn Files) -> std::io::Result<usize> {
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
mod name_groups;
mod patch;
mod pylint;
mod rdjson;
mod sarif;
mod statistics;
mod style;
mod texts;
mod window;

#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, Files};

use crate::name_groups::name_groups;
pub use ringfence_diagnostics::Format;

pub use crate::statistics::render_statistics;

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

/// Writes `diagnostics` in the given format. Gives how many findings it shows: fewer than there are where names of one statement
/// are shown as one.
pub fn render(
    format: Format,
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<usize> {
    let mut buffer = BufWriter::new(out);
    let root = options.repository;
    let mut shown = diagnostics.len();
    let mut groups = || {
        let groups = name_groups(diagnostics);
        shown = groups.len();
        groups
    };
    let out = &mut buffer;
    match format {
        Format::Json => json::render(diagnostics, files, out)?,
        Format::JsonLines => json::render_lines(diagnostics, files, out)?,
        Format::Github => github::render(diagnostics, files, root, out)?,
        Format::Gitlab => gitlab::render(diagnostics, files, root, out)?,
        Format::Sarif => sarif::render(diagnostics, files, options, root, out)?,
        Format::Junit => junit::render(diagnostics, files, root, out)?,
        Format::Azure => azure::render(diagnostics, files, root, out)?,
        Format::Rdjson => rdjson::render(diagnostics, files, root, out)?,
        Format::Full => in_lines(out, |out| full::render(&groups(), files, options, out))?,
        Format::Concise => in_lines(out, |out| concise::render(&groups(), files, options, out))?,
        Format::Grouped => in_lines(out, |out| grouped::render(&groups(), files, options, out))?,
        Format::Pylint => {
            in_lines(out, |out| pylint::render(diagnostics, files, options.working_directory, out))?;
        }
        Format::Markdown => in_lines(out, |out| markdown::render(diagnostics, files, root, out))?,
        Format::Agent => in_lines(out, |out| agent::render(diagnostics, files, root, out))?,
    }
    buffer.flush()?;
    Ok(shown)
}

/// Has lines written of which none is a command to a runner.
fn in_lines(out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = escape::Commands::new(out);
    write(&mut out)?;
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
