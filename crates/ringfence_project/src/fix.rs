//! Applies fixes, in passes: a fix can make another possible, or overlap with it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix};
use ringfence_source::{Encoding, SourceKind, decode, parse};
use ruff_diagnostics::{Applicability, Edit};
use ruff_text_size::{Ranged, TextSize};
use tempfile::NamedTempFile;

use crate::{CheckOptions, Report, Session, SetupError};

/// More passes than this mean that fixes undo each other.
const MOST_PASSES: usize = 100;

/// Which fixes are applied.
#[derive(Debug, Clone, Copy)]
pub struct FixOptions {
    pub applicability: Applicability,
    /// Whether source files may be changed.
    pub source: bool,
    /// Whether the policy may be changed.
    pub policy: bool,
}

/// A file before and after all fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: PathBuf,
    pub before: String,
    pub after: String,
    pub encoding: Encoding,
}

/// What fixing came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is left.
    pub report: Report,
    /// By path. Nothing has been written.
    pub changes: Vec<Change>,
    /// How many fixes have been applied.
    pub applied: usize,
    /// Fixes that were not applied because the file would not have parsed: their titles and paths.
    pub dropped: Vec<(String, PathBuf)>,
}

/// Whether a fix may be applied.
pub fn applies(fix: &Fix, options: FixOptions) -> bool {
    fix.applicability >= options.applicability
        && if fix.changes_policy { options.policy } else { options.source }
}

/// Checks and fixes until nothing changes. The session then holds the fixed texts; nothing is written to disk.
///
/// # Errors
/// Where the config cannot be read anew after a fix.
pub fn fix(session: &mut Session, check: &CheckOptions, options: FixOptions) -> Result<Outcome, SetupError> {
    let check = CheckOptions { fixes: true, ..check.clone() };
    let mut outcome = Outcome::default();
    let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
    for _ in 0..MOST_PASSES {
        outcome.report = session.check(&check);
        let pass = Pass::new(session, &outcome.report.diagnostics, options);
        outcome.dropped = pass.dropped;
        if pass.changes.is_empty() {
            break;
        }
        outcome.applied += pass.applied;
        let mut contents = Vec::new();
        for (file, change) in pass.changes {
            if let Some(bytes) = change.encoding.encode(&change.after) {
                contents.push((file, bytes));
            }
            let path = change.path.clone();
            changes
                .entry(path)
                .and_modify(|earlier| earlier.after.clone_from(&change.after))
                .or_insert(change);
        }
        session.apply(contents)?;
    }
    outcome.changes = changes.into_values().collect();
    Ok(outcome)
}

/// Everything that can be applied at once.
#[derive(Default)]
struct Pass {
    changes: Vec<(FileId, Change)>,
    applied: usize,
    dropped: Vec<(String, PathBuf)>,
}

impl Pass {
    fn new(session: &Session, diagnostics: &[Diagnostic], options: FixOptions) -> Self {
        let fixes: Vec<&Fix> = diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .filter(|fix| applies(fix, options))
            .collect();
        let mut pass = Self::default();
        let mut accepted = Edits::new();
        for fix in &fixes {
            if fits(fix, &accepted) {
                accept(fix, &mut accepted);
                pass.applied += 1;
            }
        }
        match all_changed(session, &accepted) {
            Ok(changes) => Self { changes, ..pass },
            Err(_) => Self::one_by_one(session, &fixes),
        }
    }

    /// Each fix is tried on top of those before it, so that a bad one costs only itself.
    fn one_by_one(session: &Session, fixes: &[&Fix]) -> Self {
        let mut pass = Self::default();
        let mut accepted = Edits::new();
        for fix in fixes.iter().filter(|fix| !fix.edits.is_empty()) {
            if !fits(fix, &accepted) {
                continue;
            }
            let mut tried = accepted.clone();
            accept(fix, &mut tried);
            match all_changed(session, &tried) {
                Ok(changes) => {
                    accepted = tried;
                    pass.changes = changes;
                    pass.applied += 1;
                }
                Err(file) => pass.dropped.push((fix.title.clone(), session.files().path(file).to_path_buf())),
            }
        }
        pass
    }
}

type Edits = BTreeMap<FileId, Vec<Edit>>;

fn accept(fix: &Fix, accepted: &mut Edits) {
    for (file, edit) in &fix.edits {
        let edits = accepted.entry(*file).or_default();
        if !edits.contains(edit) {
            edits.push(edit.clone());
        }
    }
}

/// The files with these edits, or the first that would not parse.
fn all_changed(session: &Session, edits: &Edits) -> Result<Vec<(FileId, Change)>, FileId> {
    let mut changes = Vec::new();
    for (&file, edits) in edits {
        match changed(session, file, edits) {
            Some(change) if still_parses(session, file, &change) => changes.push((file, change)),
            _ => return Err(file),
        }
    }
    Ok(changes)
}

/// Whether a fix touches nothing that an accepted one touches. Equal edits are one edit.
fn fits(fix: &Fix, accepted: &Edits) -> bool {
    fix.edits.iter().all(|(file, edit)| {
        accepted
            .get(file)
            .into_iter()
            .flatten()
            .all(|other| other == edit || edit.end() < other.start() || other.end() < edit.start())
    })
}

fn changed(session: &Session, file: FileId, edits: &[Edit]) -> Option<Change> {
    let bytes = session.files().bytes(file).ok()?;
    let decoded = decode(&bytes).ok()?;
    let before = decoded.text.as_ref();
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort();
    let mut after = String::with_capacity(before.len());
    let mut copied = TextSize::new(0);
    for edit in sorted {
        after.push_str(before.get(copied.to_usize()..edit.start().to_usize())?);
        after.push_str(edit.content().unwrap_or_default());
        copied = edit.end();
    }
    after.push_str(before.get(copied.to_usize()..)?);
    // What cannot be written in the encoding of the file cannot be a fix of it.
    decoded.encode(&after)?;
    let path = session.files().path(file).to_path_buf();
    Some(Change { path, before: before.to_string(), after, encoding: decoded.encoding })
}

/// Whether the new text has no syntax error that the old one has not.
fn still_parses(session: &Session, file: FileId, change: &Change) -> bool {
    if session.is_config(file) {
        return change.after.parse::<toml_edit::DocumentMut>().is_ok();
    }
    if session.is_manifest(file) {
        // Only comments of a manifest are ever changed.
        return true;
    }
    let stub = change.path.extension().is_some_and(|extension| extension == "pyi");
    let kind = if stub { SourceKind::Stub } else { SourceKind::Python };
    session.on_large_stack(|| is_valid(&change.after, kind) || !is_valid(&change.before, kind))
}

/// By the parser: a scan for imports sees few syntax errors.
fn is_valid(text: &str, kind: SourceKind) -> bool {
    parse(text, kind).syntax_error.is_none()
}

/// Writes a change to disk: whole or not at all, with the permissions and the encoding that the file had. A symbolic
/// link stays one.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(change: &Change) -> std::io::Result<()> {
    let path = std::fs::canonicalize(&change.path)?;
    let permissions = std::fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    let bytes = change.encoding.encode(&change.after).ok_or_else(|| {
        std::io::Error::new(std::io::ErrorKind::InvalidData, "a character is not in the encoding of the file")
    })?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(&bytes)?;
    temporary.as_file().set_permissions(permissions)?;
    temporary.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionOptions;

    #[test]
    fn a_change_that_would_not_parse_is_seen_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "import b\nx = 1\n").unwrap();
        let options = SessionOptions { root: folder.path().to_path_buf(), ..SessionOptions::default() };
        let session = Session::open(options, &|_| {}).unwrap();
        let file = session.files().get(&path).unwrap();
        for (before, after, expected) in [
            ("import b\nx = 1\n", "import b\nx = 2\n", true),
            // Each of these is nothing to a scan for imports.
            ("import b\nx = 1\n", "import b\nx = = 1\n", false),
            ("def f():\n    import b\n", "def f():\nimport b\n", false),
            // What was broken before is not the fault of the fix.
            ("import b\nx = = 1\n", "x = = 1\n", true),
        ] {
            let change = Change {
                path: path.clone(),
                before: before.to_string(),
                after: after.to_string(),
                encoding: Encoding::Utf8 { bom: false },
            };
            assert_eq!(still_parses(&session, file, &change), expected, "{after}");
        }
    }
}
