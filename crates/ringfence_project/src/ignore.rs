//! Adds suppression comments for what is found, so that a project can turn a rule on before it has mended everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix};
use ringfence_source::{FileFacts, SourceKind, Suppression, SuppressionForm, parse};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

use crate::fix::{Change, Pass, apply};
use crate::{CheckOptions, Report, Session, SetupError};

/// What came of it.
#[derive(Debug, Default)]
pub struct Ignored {
    /// What is still found: no comment can be put to it.
    pub report: Report,
    /// By path. Nothing has been written.
    pub changes: Vec<Change>,
    /// How many findings are suppressed now.
    pub findings: usize,
}

/// Where a comment is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the end of the last line of the statement.
    Behind,
    /// On a line of its own.
    Above,
}

/// Suppresses every finding in a Python file that may be changed and that a comment can suppress, in comments that are there already where they
/// speak for the same line. The session then holds the new texts; nothing is written to disk.
///
/// # Errors
/// Where a file cannot be read anew.
pub fn add_ignores(
    session: &mut Session,
    check: &CheckOptions,
    reason: Option<&str>,
    may_change: &dyn Fn(&Path) -> bool,
) -> Result<Ignored, SetupError> {
    let check = CheckOptions { fixes: false, most_explained: 0, ..check.clone() };
    let mut report = session.check(&check);
    let before = report.diagnostics.len();
    let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
    // Behind a statement there may be more of the line, which ends in a string or goes on.
    for place in [Place::Behind, Place::Above] {
        let mut fixes = comments(session, &report.diagnostics, reason, place);
        fixes.retain(|fix| fix.edits.iter().all(|(file, _)| may_change(session.files().path(*file))));
        let pass = Pass::new(session, &fixes.iter().collect::<Vec<_>>());
        if !pass.changes.is_empty() {
            apply(session, pass.changes, &mut changes)?;
            report = session.check(&check);
        }
    }
    let findings = before.saturating_sub(report.diagnostics.len());
    Ok(Ignored { report, changes: changes.into_values().collect(), findings })
}

/// A comment that suppresses one finding; nothing where none can.
pub fn suppression(session: &Session, diagnostic: &Diagnostic, reason: &str) -> Option<Fix> {
    let places = [Place::Behind, Place::Above].into_iter();
    let fixes =
        places.flat_map(|place| comments(session, std::slice::from_ref(diagnostic), Some(reason), place));
    fixes.into_iter().next()
}

/// One fix for each line that needs a comment.
fn comments(session: &Session, diagnostics: &[Diagnostic], reason: Option<&str>, place: Place) -> Vec<Fix> {
    let mut lines: BTreeMap<(FileId, Target), BTreeSet<&'static str>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| is_suppressible(diagnostic)) {
        if let Some(target) = target(session, diagnostic, place) {
            lines.entry((diagnostic.file, target)).or_default().insert(diagnostic.code);
        }
    }
    let mut by_file: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for ((file, target), codes) in lines {
        let edit = session
            .text(file)
            .zip(session.facts(file))
            .and_then(|(source, facts)| edit(source.source_text(), facts, target, &codes, reason));
        by_file.entry(file).or_default().extend(edit);
    }
    let mut fixes = Vec::new();
    for (file, mut edits) in by_file {
        edits.sort();
        let Some(source) = session.text(file) else { continue };
        let comments = session.on_large_stack(|| become_comments(source.source_text(), &edits));
        let kept = edits.into_iter().zip(comments).filter(|(_, is_comment)| *is_comment);
        fixes.extend(kept.map(|(edit, _)| Fix::safe("Suppress", file, edit)));
    }
    fixes
}

/// Whether each of these insertions, which come in order, ends up in a comment: where a line ends in a string, what is put
/// there is part of the string.
fn become_comments(text: &str, insertions: &[Edit]) -> Vec<bool> {
    let mut changed = text.to_string();
    for edit in insertions.iter().rev() {
        changed.insert_str(edit.start().to_usize(), edit.content().unwrap_or_default());
    }
    // Neither imports nor their order matter, so a stub will do.
    let facts = parse(&changed, SourceKind::Stub);
    let mut shift = TextSize::new(0);
    insertions
        .iter()
        .map(|edit| {
            let content = edit.content().unwrap_or_default();
            let last = edit.start() + shift + content.trim_end().text_len();
            shift += content.text_len();
            facts.suppressions.iter().any(|it| it.defect.is_none() && it.comment.contains_inclusive(last))
        })
        .collect()
}

/// Syntax errors hide where comments are, and findings about suppressions go with the suppression.
fn is_suppressible(diagnostic: &Diagnostic) -> bool {
    !matches!(diagnostic.code, "RF900" | "RF901" | "RF902" | "RF903" | "RF904" | "RF905")
}

/// What a comment is to speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    File,
    /// The line that ends here.
    LineBefore(TextSize),
    /// The line that starts here, from a line above it.
    LineAfter(TextSize),
}

fn target(session: &Session, diagnostic: &Diagnostic, place: Place) -> Option<Target> {
    let facts = session.facts(diagnostic.file)?;
    if diagnostic.range == TextRange::default() {
        return Some(Target::File);
    }
    let import = facts.imports.iter().find(|import| import.range.contains_range(diagnostic.range));
    let statement = import.map_or(diagnostic.range, |import| import.range);
    let source = session.text(diagnostic.file)?;
    let text = source.source_text();
    Some(match place {
        Place::Behind => Target::LineBefore(line_end(text, statement.end())),
        Place::Above => {
            let before = text.get(..statement.start().to_usize())?;
            let start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
            Target::LineAfter(TextSize::try_from(start).ok()?)
        }
    })
}

fn line_end(text: &str, offset: TextSize) -> TextSize {
    let rest = text.get(offset.to_usize()..).unwrap_or_default();
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    offset + rest.get(..length).unwrap_or_default().text_len()
}

fn edit(
    text: &str,
    facts: &FileFacts,
    target: Target,
    codes: &BTreeSet<&str>,
    reason: Option<&str>,
) -> Option<Edit> {
    let codes = codes.iter().copied().collect::<Vec<_>>().join(", ");
    if let Some(existing) = facts.suppressions.iter().find(|it| speaks_for(it, target))
        && let Some(last) = existing.codes.last()
    {
        return Some(Edit::insertion(format!(", {codes}"), last.range.end()));
    }
    let reason = reason.map_or(String::new(), |reason| format!(" {reason}"));
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match target {
        Target::File => {
            let comment = format!("# ringfence: file-ignore[{codes}]{reason}{newline}");
            Some(Edit::insertion(comment, after_header(text)))
        }
        Target::LineBefore(end) => {
            let line = text.get(..end.to_usize())?;
            let blanks = if line.ends_with([' ', '\t']) { "" } else { "  " };
            Some(Edit::insertion(format!("{blanks}# ringfence: ignore[{codes}]{reason}"), end))
        }
        Target::LineAfter(start) => {
            let line = text.get(start.to_usize()..)?;
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            let comment = format!("{indent}# ringfence: ignore[{codes}]{reason}{newline}");
            Some(Edit::insertion(comment, start))
        }
    }
}

/// Whether a suppression only lacks the codes.
fn speaks_for(suppression: &Suppression, target: Target) -> bool {
    if suppression.defect.is_some() || suppression.until.is_some() {
        return false;
    }
    match (suppression.form, target) {
        (SuppressionForm::FileIgnore, Target::File) => true,
        (SuppressionForm::Ignore, Target::LineBefore(end)) => {
            !suppression.own_line && suppression.line.contains_inclusive(end)
        }
        (SuppressionForm::Ignore, Target::LineAfter(start)) => {
            suppression.own_line && suppression.line.contains_inclusive(start)
        }
        _ => false,
    }
}

/// After a `#!` and an encoding declaration, which must be in the first two lines.
fn after_header(text: &str) -> TextSize {
    let mut end = 0;
    for line in text.split_inclusive('\n').take(2) {
        if !line.starts_with('#') || !line.ends_with('\n') {
            break;
        }
        end += line.len();
    }
    TextSize::try_from(end).unwrap_or_default()
}
