//! Applies fixes, in passes: a fix can make another possible, or overlap with it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{FileId, Files, Fix};
use ringfence_policy::ini::{KeyCase, parse as parse_ini};
use ringfence_source::{Encoding, SourceKind, decode, parse};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashSet;
use tempfile::NamedTempFile;

use crate::ConfigKind;
use crate::{CheckOptions, Live, Report, Session, SetupError};

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
    /// Whether nothing more can be fixed; false where fixes still made other fixes possible after [`MOST_PASSES`].
    pub settled: bool,
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
    let check = CheckOptions { fixes: true, most_explained: u32::MAX, ..check.clone() };
    let mut outcome = Outcome::default();
    let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
    for _ in 0..MOST_PASSES {
        outcome.report = session.check(&check);
        let fixes: Vec<&Fix> = outcome
            .report
            .diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .filter(|fix| applies(fix, options))
            .collect();
        let pass = Pass::new(session, &fixes);
        outcome.dropped = pass.dropped;
        if pass.changes.is_empty() {
            outcome.settled = true;
            break;
        }
        outcome.applied += pass.applied;
        apply(session, pass.changes, &mut changes)?;
    }
    if !outcome.settled {
        outcome.report = session.check(&check);
    }
    outcome.changes = changes.into_values().collect();
    Ok(outcome)
}

/// Whether every file still parses after a fix.
pub fn is_sound(session: &Session, fix: &Fix) -> bool {
    !Pass::new(session, &[fix]).changes.is_empty()
}

/// One file with all safe fixes of source that touch no other file, or of one rule only; nothing where there are none. The session is
/// left as it was.
pub fn fix_file(
    session: &mut Session,
    live: &mut Live,
    file: FileId,
    applicability: Applicability,
    code: Option<&str>,
) -> Option<Change> {
    let options = FixOptions { applicability, source: true, policy: false };
    let bytes = session.files().bytes(file).ok()?.into_owned();
    let overlay = session.files().is_overlaid(file).then_some(bytes);
    let open: FxHashSet<FileId> = std::iter::once(file).collect();
    let mut whole: Option<Change> = None;
    for _ in 0..MOST_PASSES {
        session.check_live(live, &open);
        let offers = session.offers(live, file);
        let wanted = offers.iter().filter(|offer| code.is_none_or(|code| code == offer.diagnostic.code));
        let fixes: Vec<&Fix> = wanted
            .filter_map(|offer| offer.fix.as_ref())
            .filter(|fix| applies(fix, options) && fix.edits.iter().all(|(edited, _)| *edited == file))
            .collect();
        let Some((_, change)) = Pass::new(session, &fixes).changes.pop() else { break };
        session.edit(live, file, change.encoding.encode(&change.after));
        match &mut whole {
            Some(whole) => whole.after = change.after,
            None => whole = Some(change),
        }
    }
    if whole.is_some() {
        session.edit(live, file, overlay);
    }
    whole
}

/// Gives the session the new texts, and adds them to what has changed since the start.
pub(crate) fn apply(
    session: &mut Session,
    pass: Vec<(FileId, Change)>,
    changes: &mut BTreeMap<PathBuf, Change>,
) -> Result<(), SetupError> {
    let mut contents = Vec::new();
    for (file, change) in pass {
        if let Some(bytes) = change.encoding.encode(&change.after) {
            contents.push((file, bytes));
        }
        match changes.entry(change.path.clone()) {
            Entry::Occupied(mut earlier) => earlier.get_mut().after = change.after,
            Entry::Vacant(entry) => _ = entry.insert(change),
        }
    }
    session.apply(contents)
}

/// Everything that can be applied at once.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) changes: Vec<(FileId, Change)>,
    pub(crate) applied: usize,
    dropped: Vec<(String, PathBuf)>,
}

impl Pass {
    /// The first of fixes that are in each other's way wins. One after which a file would not parse is dropped: where a
    /// file does not parse with all its fixes, they are tried one after the other.
    pub(crate) fn new(session: &Session, fixes: &[&Fix]) -> Self {
        let mut suspects = FxHashSet::default();
        loop {
            match Self::attempt(session, fixes, &suspects) {
                Ok(pass) => return pass,
                Err(file) if suspects.insert(file) => {}
                // All its fixes have been tried by themselves, so that this cannot be.
                Err(_) => return Self::default(),
            }
        }
    }

    /// The file that does not parse with all its fixes is the error.
    fn attempt(session: &Session, fixes: &[&Fix], suspects: &FxHashSet<FileId>) -> Result<Self, FileId> {
        let mut pass = Self::default();
        let mut accepted = Accepted::default();
        for fix in fixes.iter().filter(|fix| !fix.edits.is_empty()) {
            if accepted.contains(fix) {
                pass.applied += 1;
                continue;
            }
            if !accepted.fits(fix) {
                continue;
            }
            if fix.edits.iter().any(|(file, _)| suspects.contains(file)) {
                let mut tried = accepted.only(fix);
                tried.add(fix);
                if let Err(file) = tried.changes(session) {
                    pass.dropped.push((fix.title.clone(), session.files().path(file).to_path_buf()));
                    continue;
                }
            }
            accepted.add(fix);
            pass.applied += 1;
        }
        pass.changes = accepted.changes(session)?;
        Ok(pass)
    }
}

/// Edits that are in nobody's way.
#[derive(Default)]
struct Accepted {
    /// By file, then by place; those of one place in the order in which they came.
    edits: BTreeMap<FileId, BTreeMap<(TextSize, TextSize), Vec<Edit>>>,
    groups: FxHashSet<u32>,
}

impl Accepted {
    /// Whether all edits of a fix are there already: equal edits are one edit.
    fn contains(&self, fix: &Fix) -> bool {
        fix.edits.iter().all(|(file, edit)| {
            let same_place = self.edits.get(file).and_then(|edits| edits.get(&place(edit)));
            same_place.is_some_and(|edits| edits.contains(edit))
        })
    }

    /// Whether a fix touches nothing that is touched already, and none of its group is there.
    fn fits(&self, fix: &Fix) -> bool {
        let is_alone = match fix.isolation {
            IsolationLevel::Group(group) => !self.groups.contains(&group),
            IsolationLevel::NonOverlapping => true,
        };
        is_alone
            && fix.edits.iter().all(|(file, edit)| {
                let Some(edits) = self.edits.get(file) else { return true };
                let (start, end) = place(edit);
                // Ends rise with starts, but for edits of one fix that touch each other.
                edits
                    .range(..=(end, TextSize::new(u32::MAX)))
                    .rev()
                    .take_while(|((_, other_end), _)| *other_end >= start)
                    .all(|(_, others)| {
                        others.iter().all(|other| other == edit || (fix.appends && both_insert(other, edit)))
                    })
            })
    }

    fn add(&mut self, fix: &Fix) {
        for (file, edit) in &fix.edits {
            let same_place = self.edits.entry(*file).or_default().entry(place(edit)).or_default();
            if !same_place.contains(edit) {
                same_place.push(edit.clone());
            }
        }
        if let IsolationLevel::Group(group) = fix.isolation {
            self.groups.insert(group);
        }
    }

    /// What is accepted for the files of a fix.
    fn only(&self, fix: &Fix) -> Self {
        let files: FxHashSet<FileId> = fix.edits.iter().map(|(file, _)| *file).collect();
        let edits = self.edits.iter().filter(|(file, _)| files.contains(file));
        Self {
            edits: edits.map(|(file, edits)| (*file, edits.clone())).collect(),
            groups: FxHashSet::default(),
        }
    }

    /// The files with these edits, or the first that would not parse.
    fn changes(&self, session: &Session) -> Result<Vec<(FileId, Change)>, FileId> {
        let mut changes = Vec::new();
        for (&file, edits) in &self.edits {
            match changed(session, file, edits.values().flatten()) {
                Some(change) if still_parses(session, file, &change) => changes.push((file, change)),
                _ => return Err(file),
            }
        }
        Ok(changes)
    }
}

/// Whether two edits insert something at one place.
fn both_insert(a: &Edit, b: &Edit) -> bool {
    a.is_insertion() && b.is_insertion() && a.start() == b.start()
}

fn place(edit: &Edit) -> (TextSize, TextSize) {
    (edit.start(), edit.end())
}

/// A file with these edits, which come in the order of their places.
fn changed<'a>(session: &Session, file: FileId, edits: impl Iterator<Item = &'a Edit>) -> Option<Change> {
    let bytes = session.files().bytes(file).ok()?;
    let decoded = decode(&bytes).ok()?;
    let before = decoded.text.as_ref();
    let mut after = String::with_capacity(before.len());
    let mut copied = TextSize::new(0);
    for edit in edits {
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
        if session.config().is_some_and(|config| config.kind == ConfigKind::ImportLinter) {
            let mistakes = |text: &str| parse_ini(file, text, KeyCase::Folded).1.len();
            return mistakes(&change.after) <= mistakes(&change.before);
        }
        return change.after.parse::<toml_edit::DocumentMut>().is_ok();
    }
    if session.is_baseline(file) {
        return true;
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
