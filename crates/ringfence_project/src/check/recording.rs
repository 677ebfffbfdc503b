//! The files of a session, with a list of those whose texts were asked for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ringfence_diagnostics::{FileId, Files};
use ringfence_rules::Sources;
use ringfence_source::{Oddities, ParsedFile};
use ruff_source_file::SourceFile;
use rustc_hash::FxHashSet;

use crate::Session;

/// Notes whose texts are asked for, so that a cache knows what an answer depends on.
pub(crate) struct Recording<'a> {
    session: &'a Session,
    seen: Mutex<FxHashSet<FileId>>,
}

impl<'a> Recording<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session, seen: Mutex::default() }
    }

    /// Forgets what was asked for.
    pub(crate) fn start(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The files whose texts were asked for since the start.
    pub(crate) fn seen(&self) -> FxHashSet<FileId> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, file: FileId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(file);
    }
}

impl Files for Recording<'_> {
    fn path(&self, file: FileId) -> &Path {
        self.session.path(file)
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        self.note(file);
        self.session.text(file)
    }
}

impl Sources for Recording<'_> {
    fn module(&self, file: FileId) -> Option<Arc<ParsedFile>> {
        self.note(file);
        self.session.module(file)
    }

    fn oddities(&self, file: FileId) -> Option<Oddities> {
        self.note(file);
        self.session.oddities(file)
    }

    fn other_texts(&self) -> Vec<(PathBuf, Option<String>)> {
        self.session.other_texts()
    }

    fn has_links(&self) -> bool {
        self.session.has_links()
    }

    fn is_utf8(&self, file: FileId) -> bool {
        self.note(file);
        self.session.is_utf8(file)
    }
}
