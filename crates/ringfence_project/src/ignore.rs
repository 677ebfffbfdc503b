//! Adds suppression comments for what is found, so that a project can turn a rule on before it has mended everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix};
use ringfence_source::{FileFacts, Import, SourceKind, Suppression, SuppressionForm, parse};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};
use rustc_hash::FxHashSet;

use ringfence_rules::{Tag, has_tag};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// At the end of the last line of the statement.
    Behind,
    /// On a line of its own.
    Above,
}

/// Each checks the project. The chains of a contract that share no import are so many at most.
const MOST_ROUNDS: usize = 200;

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
    let mut report = session.check_as_it_is(&check)?;
    let before = report.diagnostics.len();
    let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
    // Where one chain of a contract is cut, the next is found. What a comment did not help is not tried there again.
    let mut tried = FxHashSet::default();
    for _ in 0..MOST_ROUNDS {
        let mut is_done = true;
        // Behind a statement there may be more of the line, which ends in a string or goes on.
        for place in [Place::Behind, Place::Above] {
            let mut new = report.diagnostics.clone();
            new.retain(|it| tried.insert((place, it.code, it.file, subject(session, it))));
            let mut fixes = comments(session, &new, reason, place);
            fixes.retain(|fix| fix.edits.iter().all(|(file, _)| may_change(session.files().path(*file))));
            let pass = Pass::new(session, &fixes.iter().collect::<Vec<_>>());
            if !pass.changes.is_empty() {
                apply(session, pass.changes, &mut changes)?;
                report = session.check_as_it_is(&check)?;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    let findings = before.saturating_sub(report.diagnostics.len());
    Ok(Ignored { report, changes: changes.into_values().collect(), findings })
}

/// The number of the import at which a finding stands, or its message: comments move lines, and no import past another.
fn subject(session: &Session, diagnostic: &Diagnostic) -> Result<usize, String> {
    let imports = session.facts(diagnostic.file).map(|facts| facts.imports.as_slice()).unwrap_or_default();
    let before = imports.partition_point(|import| import.range.start() <= diagnostic.range.start());
    let number =
        before.checked_sub(1).filter(|number| imports[*number].range.contains_range(diagnostic.range));
    number.ok_or_else(|| diagnostic.message.clone())
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
    let mut by_file: BTreeMap<FileId, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| is_suppressible(diagnostic)) {
        by_file.entry(diagnostic.file).or_default().push(diagnostic);
    }
    let mut fixes = Vec::new();
    for (file, diagnostics) in by_file {
        let Some((source, facts)) = session.text(file).zip(session.facts(file)) else { continue };
        let source = Source::new(source.source_text(), facts);
        let mut lines: BTreeMap<Target, BTreeSet<&'static str>> = BTreeMap::new();
        for diagnostic in diagnostics {
            if let Some(target) = source.target(diagnostic, place) {
                lines.entry(target).or_default().insert(diagnostic.code);
            }
        }
        let edits = lines.into_iter().filter_map(|(target, codes)| source.edit(target, &codes, reason));
        let mut edits: Vec<Edit> = edits.collect();
        edits.sort();
        let comments = session.on_large_stack(|| become_comments(source.text, &edits));
        let kept = edits.into_iter().zip(comments).filter(|(_, is_comment)| *is_comment);
        fixes.extend(kept.map(|(edit, _)| Fix::safe("Suppress", file, edit)));
    }
    fixes
}

/// Whether each of these insertions, which come in order, ends up in a comment: where a line ends in a string, what is put
/// there is part of the string.
fn become_comments(text: &str, insertions: &[Edit]) -> Vec<bool> {
    let mut changed = String::with_capacity(text.len());
    let mut position = 0;
    for edit in insertions {
        changed.push_str(text.get(position..edit.start().to_usize()).unwrap_or_default());
        changed.push_str(edit.content().unwrap_or_default());
        position = edit.start().to_usize();
    }
    changed.push_str(text.get(position..).unwrap_or_default());
    // Neither imports nor their order matter, so a stub will do.
    let facts = parse(&changed, SourceKind::Stub);
    // In order, and apart from each other or the same.
    let comments = facts.suppressions.iter().filter(|it| it.defect.is_none()).map(|it| it.comment);
    let comments: Vec<TextRange> = comments.collect();
    let mut shift = TextSize::new(0);
    insertions
        .iter()
        .map(|edit| {
            let content = edit.content().unwrap_or_default();
            let last = edit.start() + shift + content.trim_end().text_len();
            shift += content.text_len();
            let before = comments.partition_point(|comment| comment.start() <= last);
            before.checked_sub(1).is_some_and(|position| comments[position].contains_inclusive(last))
        })
        .collect()
}

/// Syntax errors hide where comments are, and findings about suppressions go with the suppression.
fn is_suppressible(diagnostic: &Diagnostic) -> bool {
    [Tag::Unsuppressible, Tag::NeverIgnoredUnasked].into_iter().all(|tag| !has_tag(diagnostic.code, tag))
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

/// A file to which comments are added, with what is asked once for each of its findings.
struct Source<'a> {
    text: &'a str,
    facts: &'a FileFacts,
    newline: &'static str,
    /// By import: the end of the one of those up to it that ends last.
    ends: Vec<TextSize>,
    /// The suppressions that codes can be added to, by the start of the line for which they speak: those at its end, and those of
    /// lines above.
    behind: BTreeMap<TextSize, &'a Suppression>,
    above: BTreeMap<TextSize, &'a Suppression>,
    whole_file: Option<&'a Suppression>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str, facts: &'a FileFacts) -> Self {
        let mut last = TextSize::new(0);
        let end = |import: &Import| {
            last = last.max(import.range.end());
            last
        };
        let mut source = Self {
            text,
            facts,
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            ends: facts.imports.iter().map(end).collect(),
            behind: BTreeMap::new(),
            above: BTreeMap::new(),
            whole_file: None,
        };
        for it in facts.suppressions.iter().filter(|it| it.defect.is_none() && it.until.is_none()) {
            match it.form {
                SuppressionForm::FileIgnore => _ = source.whole_file.get_or_insert(it),
                SuppressionForm::Ignore => {
                    let lines = if it.own_line { &mut source.above } else { &mut source.behind };
                    lines.entry(it.line.start()).or_insert(it);
                }
                SuppressionForm::Noqa | SuppressionForm::TachIgnore => {}
            }
        }
        source
    }

    fn target(&self, diagnostic: &Diagnostic, place: Place) -> Option<Target> {
        if diagnostic.range == TextRange::default() {
            return Some(Target::File);
        }
        // The first that reaches as far is the outermost that can be around it.
        let first = self.ends.partition_point(|end| *end < diagnostic.range.end());
        let import = self.facts.imports.get(first).map(|import| import.range);
        let import = import.filter(|import| import.contains_range(diagnostic.range));
        let statement = import.unwrap_or(diagnostic.range);
        Some(match place {
            Place::Behind => Target::LineBefore(line_end(self.text, statement.end())),
            Place::Above => {
                let before = self.text.get(..statement.start().to_usize())?;
                let start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
                Target::LineAfter(TextSize::try_from(start).ok()?)
            }
        })
    }

    /// The suppression that speaks for a target and only lacks the codes.
    fn existing(&self, target: Target) -> Option<&'a Suppression> {
        let (lines, offset) = match target {
            Target::File => return self.whole_file,
            Target::LineBefore(end) => (&self.behind, end),
            Target::LineAfter(start) => (&self.above, start),
        };
        let (_, nearest) = lines.range(..=offset).next_back()?;
        nearest.line.contains_inclusive(offset).then_some(*nearest)
    }

    fn edit(&self, target: Target, codes: &BTreeSet<&str>, reason: Option<&str>) -> Option<Edit> {
        let (text, newline) = (self.text, self.newline);
        let codes = codes.iter().copied().collect::<Vec<_>>().join(", ");
        if let Some(last) = self.existing(target).and_then(|existing| existing.codes.last()) {
            return Some(Edit::insertion(format!(", {codes}"), last.range.end()));
        }
        let reason = reason.map_or(String::new(), |reason| format!(" {reason}"));
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
}

fn line_end(text: &str, offset: TextSize) -> TextSize {
    let rest = text.get(offset.to_usize()..).unwrap_or_default();
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    offset + rest.get(..length).unwrap_or_default().text_len()
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
