//! What a change reaches, for the files of a session: which of them are affected, and why.
//!
//! `ringfence_affected` follows names through the sources. What is here tells it what changed, and judges what is no source:
//! configs, data that some module reads, files that nobody reads.

mod data_files;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_affected::{Change, Difference, How, Spread, difference, spread};
use ringfence_diagnostics::{FileId, Files as _};
use ringfence_graph::{FileRole, Target};
use ringfence_source::{EdgeKind, SourceKind};
use rustc_hash::FxHashMap;

use crate::Session;
use crate::file_kinds::kind_of;
use data_files::{DataKind, Reader};
use sources::SessionSources;

/// A file that is another than it was, or is gone.
#[derive(Debug, Clone)]
pub struct ChangedFile {
    pub path: PathBuf,
    /// What it held before; nothing where it was not there, or nobody knows.
    pub old: Option<Vec<u8>>,
}

/// What a change reaches.
#[derive(Debug, Clone, Default)]
pub struct Affected {
    /// Why everything is affected, if it is.
    pub all: Option<String>,
    /// By path.
    pub files: Vec<AffectedFile>,
    /// The files with tests that are sure not to be affected, by path.
    pub unaffected_tests: Vec<PathBuf>,
    /// Changed files that affect nobody, each with the reason.
    pub inert: Vec<(PathBuf, &'static str)>,
}

/// A file that a change reaches.
#[derive(Debug, Clone)]
pub struct AffectedFile {
    pub path: PathBuf,
    pub module: Option<String>,
    pub is_test: bool,
    /// From what changed to the file itself.
    pub because: Vec<WhyAffected>,
}

/// A step of the chain from a change to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyAffected {
    pub path: PathBuf,
    pub module: Option<String>,
    /// The name that is another; nothing for the whole module.
    pub name: Option<String>,
    /// What leads here: one word.
    pub how: &'static str,
}

/// Why no part of the tree can be left out.
struct Everything(String);

impl Session {
    /// What these changes reach. `before` is the session as it was, which is asked where files are gone.
    pub fn affected(&self, changed: &[ChangedFile], before: Option<&Self>) -> Affected {
        let mut seeds = Seeds::new(self);
        let mut all = None;
        for file in changed {
            if let Err(Everything(reason)) = seeds.add(file, before) {
                all.get_or_insert(reason);
            }
        }
        let Seeds { sources, changes, causes, inert, .. } = seeds;
        let spread = if all.is_some() { Spread::default() } else { spread(&sources, &changes) };
        let mut affected = Affected { all, inert, ..Affected::default() };
        for &file in sources.files() {
            let path = self.table.path(file);
            let is_test = sources.is_collected(file);
            if affected.all.is_some() || spread.contains(file) {
                let because = spread.because(file);
                let cause = because.first().and_then(|first| causes.get(&first.file)).map(|path| {
                    WhyAffected { path: path.clone(), module: None, name: None, how: How::Changed.word() }
                });
                let steps = because.iter().map(|step| WhyAffected {
                    path: self.table.path(step.file).to_path_buf(),
                    module: self.module_name(step.file),
                    name: step.name.as_ref().map(ToString::to_string),
                    how: step.how.word(),
                });
                affected.files.push(AffectedFile {
                    path: path.to_path_buf(),
                    module: self.module_name(file),
                    is_test,
                    because: cause.into_iter().chain(steps).collect(),
                });
            } else if is_test {
                affected.unaffected_tests.push(path.to_path_buf());
            }
        }
        affected.files.sort_by(|a, b| a.path.cmp(&b.path));
        affected.unaffected_tests.sort_unstable();
        affected
    }

    /// Every file, as if all were affected.
    pub fn everything(&self) -> Affected {
        let sources = SessionSources::new(self);
        let one = |file: &FileId| AffectedFile {
            path: self.table.path(*file).to_path_buf(),
            module: self.module_name(*file),
            is_test: sources.is_collected(*file),
            because: Vec::new(),
        };
        let mut files: Vec<AffectedFile> = sources.files().iter().map(one).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Affected { files, ..Affected::default() }
    }

    fn module_name(&self, file: FileId) -> Option<String> {
        let index = self.project.graph.index();
        index.of_file(file).map(|it| index.name(it.module).to_string())
    }
}

/// What a change begins with.
struct Seeds<'a> {
    session: &'a Session,
    sources: SessionSources<'a>,
    by_path: FxHashMap<&'a Path, FileId>,
    changes: Vec<Change>,
    /// What is no source and changed, by the file that reads it or misses it.
    causes: BTreeMap<FileId, PathBuf>,
    inert: Vec<(PathBuf, &'static str)>,
}

impl<'a> Seeds<'a> {
    fn new(session: &'a Session) -> Self {
        let sources = SessionSources::new(session);
        let by_path = sources.files().iter().map(|file| (session.table.path(*file), *file)).collect();
        Self { session, sources, by_path, changes: Vec::new(), causes: BTreeMap::new(), inert: Vec::new() }
    }

    fn add(&mut self, changed: &ChangedFile, before: Option<&Session>) -> Result<(), Everything> {
        let path = &changed.path;
        let kind = data_files::kind_of_data(path, self.session.root());
        if let DataKind::Everything(reason) = kind {
            return Err(Everything(format!("`{}` changed: {reason}", self.shown(path))));
        }
        match (self.by_path.get(path.as_path()), kind_of(path)) {
            (Some(file), _) => self.add_source(*file, changed),
            (None, Some(_)) if self.session.disk().is_file(path) => {
                return Err(Everything(format!(
                    "`{}` changed, and what uses it is not looked at",
                    self.shown(path)
                )));
            }
            (None, Some(_)) => return self.add_deleted(path, before),
            (None, None) => return self.add_data(path, kind),
        }
        Ok(())
    }

    fn shown(&self, path: &Path) -> String {
        ringfence_diagnostics::paths::below(path, self.session.root())
    }

    /// A file of the session that is another.
    fn add_source(&mut self, file: FileId, changed: &ChangedFile) {
        let source = self.session.project.source(file);
        if source.is_some_and(|source| source.kind == SourceKind::Stub) {
            self.inert.push((changed.path.clone(), "a stub, which never runs"));
            return;
        }
        let is_extension = source.is_some_and(|source| source.role == FileRole::Extension);
        let old =
            changed.old.as_ref().and_then(|bytes| self.sources.outline_of(bytes)).filter(|_| !is_extension);
        let new = self.sources.outline_now(file);
        let difference: Difference = difference(old.as_ref(), new.as_ref());
        if difference.is_none() {
            self.inert.push((changed.path.clone(), "its meaning is the same"));
            return;
        }
        self.changes.push(Change { file, difference: Some(difference), how: How::Changed });
    }

    /// A file that is gone: whoever loaded it cannot.
    fn add_deleted(&mut self, path: &Path, before: Option<&Session>) -> Result<(), Everything> {
        let shown = self.shown(path);
        let unknown = || Everything(format!("`{shown}` is gone, and nobody knows what used it"));
        let before = before.ok_or_else(unknown)?;
        let graph = &before.project.graph;
        let index = graph.index();
        let file = before.table.get(path).ok_or_else(unknown)?;
        let module = index.of_file(file).ok_or_else(unknown)?.module;
        let below: BTreeSet<_> = index.subtree(module).collect();
        let mut importers: BTreeSet<PathBuf> = BTreeSet::new();
        for edge in graph.edges().iter().filter(|edge| edge.kind != EdgeKind::Typing) {
            if let Target::Module { module, .. } = edge.target
                && below.contains(&module)
            {
                importers.insert(before.table.path(edge.file).to_path_buf());
            }
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let folder = path.parent().unwrap_or(path);
        if matches!(name, Some("conftest.py" | "__init__.py")) {
            let tests = self.sources.files().iter().filter(|file| self.sources.is_collected(**file));
            let paths =
                tests.map(|file| self.session.table.path(*file)).filter(|path| path.starts_with(folder));
            importers.extend(paths.map(Path::to_path_buf));
        }
        for importer in importers {
            if let Some(file) = self.by_path.get(importer.as_path()) {
                self.causes.insert(*file, path.to_path_buf());
                self.changes.push(Change { file: *file, difference: None, how: How::Missing });
            }
        }
        // What computes the names of what it imports may have found it.
        for file in self.sources.opaque_files() {
            self.causes.entry(file).or_insert_with(|| path.to_path_buf());
            self.changes.push(Change { file, difference: None, how: How::Missing });
        }
        Ok(())
    }

    /// A file that holds no Python.
    fn add_data(&mut self, path: &Path, kind: DataKind) -> Result<(), Everything> {
        let readers = Reader::find(&self.sources, path);
        if readers.is_empty() {
            return match kind {
                DataKind::Inert(reason) => {
                    self.inert.push((path.to_path_buf(), reason));
                    Ok(())
                }
                _ => Err(Everything(format!(
                    "`{}` changed, and no module is known to read it",
                    self.shown(path)
                ))),
            };
        }
        for file in readers {
            self.causes.entry(file).or_insert_with(|| path.to_path_buf());
            self.changes.push(Change { file, difference: None, how: How::Reads });
        }
        Ok(())
    }
}
