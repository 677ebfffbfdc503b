//! Applies fixes, in passes: a fix can make another possible, or overlap with it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ringfence_diagnostics::{FileId, Files, Fix};
use ringfence_policy::ini::{KeyCase, parse as parse_ini};
use ringfence_source::{SourceKind, Spliced, parse, splice};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashSet;
use thiserror::Error;

use crate::write::{WriteError, Writer};
use crate::{CheckOptions, ConfigKind, IncrementalState, Report, Session, SetupError, baseline};

/// More passes than this mean that fixes undo each other.
const MOST_PASSES: usize = 100;

/// How many files are written at once, and how many make another thread worth while.
const MOST_WRITERS: usize = 15;
const WRITES_WORTH_A_THREAD: usize = 8;

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
    /// The bytes that were read. What holds others by now is not written over.
    pub read: Vec<u8>,
    pub before: String,
    pub after: String,
    /// Those of `after`, in the encoding of the file. What no fix touches has the bytes that it had.
    pub bytes: Vec<u8>,
}

/// A fix that was asked for and could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    pub title: String,
    /// The file that is in the way.
    pub path: PathBuf,
    pub obstacle: Obstacle,
}

/// Why a fix is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Obstacle {
    #[error("it would not parse after the fix")]
    WouldNotParse,
    #[error("its encoding has no bytes for the fix, or does not let it in there")]
    NotInEncoding,
    #[error("it was changed by somebody else since it was read; run it again")]
    Changed,
    #[error("it does not begin as baselines do, so it may be something else")]
    NoBaseline,
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
    /// Fixes that were not applied.
    pub dropped: Vec<Dropped>,
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
    fix_within(session, check, options, &|_| true)
}

/// The same, with those fixes alone that change no other files than these.
///
/// # Errors
/// Where the config cannot be read anew after a fix.
pub fn fix_within(
    session: &mut Session,
    check: &CheckOptions,
    options: FixOptions,
    may_change: &dyn Fn(&Path) -> bool,
) -> Result<Outcome, SetupError> {
    let check = CheckOptions { fixes: true, most_explained: u32::MAX, ..check.clone() };
    let mut outcome = Outcome::default();
    let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
    for _ in 0..MOST_PASSES {
        outcome.report = session.check_as_it_is(&check)?;
        let fixes: Vec<&Fix> = outcome
            .report
            .diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .filter(|fix| applies(fix, options))
            .filter(|fix| fix.edits.iter().all(|(file, _)| may_change(session.files().path(*file))))
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
        outcome.report = session.check_as_it_is(&check)?;
    }
    outcome.dropped.extend(changed_meanwhile(session, &outcome));
    outcome.changes = changes.into_values().collect();
    Ok(outcome)
}

/// Files with findings that are not what was read any more, so that no fix for them could be worked out.
fn changed_meanwhile(session: &Session, outcome: &Outcome) -> Vec<Dropped> {
    let known: BTreeSet<&Path> = outcome.dropped.iter().map(|dropped| dropped.path.as_path()).collect();
    let files: BTreeSet<FileId> =
        outcome.report.diagnostics.iter().map(|diagnostic| diagnostic.file).collect();
    let changed = files.into_iter().filter(|file| session.files().has_changed(*file));
    let paths = changed.map(|file| session.files().path(file)).filter(|path| !known.contains(path));
    let title = "Fix what is found in it".to_string();
    paths
        .map(|path| Dropped { title: title.clone(), path: path.to_path_buf(), obstacle: Obstacle::Changed })
        .collect()
}

/// Whether every file still parses after a fix.
pub fn is_sound(session: &Session, fix: &Fix) -> bool {
    !Pass::new(session, &[fix]).changes.is_empty()
}

/// One file with all safe fixes of source that touch no other file, or of one rule only; nothing where there are none. The session is
/// left as it was.
pub fn fix_file(
    session: &mut Session,
    live: &mut IncrementalState,
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
        session.update_file(live, file, Some(change.bytes.clone()));
        match &mut whole {
            Some(whole) => (whole.after, whole.bytes) = (change.after, change.bytes),
            None => whole = Some(change),
        }
    }
    if whole.is_some() {
        session.update_file(live, file, overlay);
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
        contents.push((file, change.bytes.clone()));
        match changes.entry(change.path.clone()) {
            Entry::Occupied(mut earlier) => {
                let earlier = earlier.get_mut();
                (earlier.after, earlier.bytes) = (change.after, change.bytes);
            }
            Entry::Vacant(entry) => _ = entry.insert(change),
        }
    }
    session.apply_changes(contents)
}

/// Everything that can be applied at once.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) changes: Vec<(FileId, Change)>,
    pub(crate) applied: usize,
    dropped: Vec<Dropped>,
}

impl Pass {
    /// The first of fixes that are in each other's way wins. One after which a file would not parse is dropped: where a
    /// file does not parse with all its fixes, they are tried one after the other.
    pub(crate) fn new(session: &Session, fixes: &[&Fix]) -> Self {
        let mut suspects = FxHashSet::default();
        loop {
            match Self::attempt(session, fixes, &suspects) {
                Ok(pass) => return pass,
                Err(refused) => {
                    let known = suspects.len();
                    suspects.extend(refused.into_iter().map(|(file, _)| file));
                    // All their fixes have been tried by themselves, so that this cannot be.
                    if suspects.len() == known {
                        return Self::default();
                    }
                }
            }
        }
    }

    /// The files that do not bear all their fixes are the error.
    fn attempt(
        session: &Session,
        fixes: &[&Fix],
        suspects: &FxHashSet<FileId>,
    ) -> Result<Self, Vec<Refused>> {
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
                if let Err(refused) = tried.changes(session) {
                    let Some((file, obstacle)) = refused.into_iter().next() else { continue };
                    let path = session.files().path(file).to_path_buf();
                    pass.dropped.push(Dropped { title: fix.title.clone(), path, obstacle });
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
    /// By file, then by place.
    edits: BTreeMap<FileId, BTreeMap<(TextSize, TextSize), AtOnePlace>>,
    groups: FxHashSet<u32>,
}

/// Different edits of one place, in the order of what they put there: they add to one list, which may be in order. Thousands of fixes may add to one list.
#[derive(Default, Clone)]
struct AtOnePlace {
    edits: Vec<Edit>,
    known: FxHashSet<Edit>,
}

impl AtOnePlace {
    fn add(&mut self, edit: &Edit) {
        if self.known.insert(edit.clone()) {
            let position = self.edits.partition_point(|known| known.content() <= edit.content());
            self.edits.insert(position, edit.clone());
        }
    }

    /// Whether there is this edit and no other.
    fn is_only(&self, edit: &Edit) -> bool {
        self.edits.len() == 1 && self.known.contains(edit)
    }
}

impl Accepted {
    /// Whether all edits of a fix are there already: equal edits are one edit.
    fn contains(&self, fix: &Fix) -> bool {
        fix.edits.iter().all(|(file, edit)| {
            let same_place = self.edits.get(file).and_then(|edits| edits.get(&place(edit)));
            same_place.is_some_and(|edits| edits.known.contains(edit))
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
                    .all(|(other, others)| {
                        others.is_only(edit) || (fix.appends && edit.is_insertion() && *other == (start, end))
                    })
            })
    }

    fn add(&mut self, fix: &Fix) {
        for (file, edit) in &fix.edits {
            self.edits.entry(*file).or_default().entry(place(edit)).or_default().add(edit);
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

    /// The files with these edits, or all that do not bear them: each is parsed once, however many these are.
    fn changes(&self, session: &Session) -> Result<Vec<(FileId, Change)>, Vec<Refused>> {
        let mut changes = Vec::new();
        let mut refused = Vec::new();
        for (&file, edits) in &self.edits {
            match changed(session, file, edits.values().flat_map(|place| &place.edits)) {
                Err(obstacle) => refused.push((file, obstacle)),
                Ok(change) if still_parses(session, file, &change) => changes.push((file, change)),
                Ok(_) => refused.push((file, Obstacle::WouldNotParse)),
            }
        }
        if refused.is_empty() { Ok(changes) } else { Err(refused) }
    }
}

/// A file that does not bear its edits.
type Refused = (FileId, Obstacle);

fn place(edit: &Edit) -> (TextSize, TextSize) {
    (edit.start(), edit.end())
}

/// A file with these edits, which come in the order of their places.
fn changed<'a>(
    session: &Session,
    file: FileId,
    edits: impl Iterator<Item = &'a Edit>,
) -> Result<Change, Obstacle> {
    // Places are those of the text that was read.
    let read = session.files().bytes_as_read(file).ok_or(Obstacle::Changed)?;
    if session.is_baseline(file) && !baseline::is_ours(&read) {
        return Err(Obstacle::NoBaseline);
    }
    let edits = edits.map(|edit| (edit.range(), edit.content().unwrap_or_default()));
    let Spliced { before, after, bytes } = splice(&read, edits).ok_or(Obstacle::NotInEncoding)?;
    let path = session.files().path(file).to_path_buf();
    Ok(Change { path, read: read.into_owned(), before, after, bytes })
}

/// Whether the new text has no syntax error that the old one has not.
fn still_parses(session: &Session, file: FileId, change: &Change) -> bool {
    if session.is_config(file) {
        if session.config().is_some_and(|config| config.kind == ConfigKind::ImportLinter) {
            let errors = |text: &str| parse_ini(file, text, KeyCase::Folded).1.len();
            return errors(&change.after) <= errors(&change.before);
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

/// Writes a change to disk, in the encoding that the file had.
///
/// # Errors
/// Where the file is not as it was read, or cannot be written.
pub fn write(writer: &Writer, change: &Change) -> Result<(), WriteError> {
    writer.replace(&change.path, &change.read, &change.bytes)
}

/// Writes many changes, each with its own writer. Most of the time goes into waiting for the disk, so several wait at once.
pub fn write_all(changes: &[(&Writer, &Change)]) -> Vec<Result<(), WriteError>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Result<(), WriteError>>> = changes.iter().map(|_| Mutex::new(Ok(()))).collect();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((writer, change)) = changes.get(at) else { break };
            let result = write(writer, change);
            *results[at].lock().unwrap_or_else(PoisonError::into_inner) = result;
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..(changes.len() / WRITES_WORTH_A_THREAD).min(MOST_WRITERS) {
            let thread = std::thread::Builder::new().name("ringfence-writer".to_string());
            // With fewer it takes longer.
            if thread.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    results.into_iter().map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
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
                read: before.as_bytes().to_vec(),
                before: before.to_string(),
                after: after.to_string(),
                bytes: after.as_bytes().to_vec(),
            };
            assert_eq!(still_parses(&session, file, &change), expected, "{after}");
        }
    }
}
