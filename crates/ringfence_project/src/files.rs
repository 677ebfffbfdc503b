//! The files of a session, with their texts on demand.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ringfence_diagnostics::{FileId, Files};
use ringfence_source::{FileFacts, ParsedFile, decode};
use ruff_source_file::{SourceFile, SourceFileBuilder};
use rustc_hash::{FxHashMap, FxHasher};

/// Findings are shown file by file, so few texts are wanted at a time.
const MOST_TEXTS: usize = 64;

/// Every file of a session by [`FileId`]: config files first, then Python files by path.
#[derive(Debug, Default)]
pub struct FileTable {
    entries: Vec<Entry>,
    /// Overlays of files that are not there yet.
    expected: FxHashMap<PathBuf, Vec<u8>>,
    /// The texts that were asked for last; to keep all would cost more memory than everything else.
    recent: Mutex<VecDeque<(FileId, SourceFile)>>,
    /// The files that were asked for in full since [`ask_anew`](Self::ask_anew).
    asked_in_full: Mutex<BTreeSet<FileId>>,
    /// Files that somebody asked for and that are not what was read any more.
    changed: Mutex<BTreeSet<FileId>>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    /// Contents that stand for those on disk: an unsaved buffer, standard input, the result of a fix.
    overlay: Option<Vec<u8>>,
    /// What the facts were made from, so that offsets are never applied to another text.
    fingerprint: Option<u64>,
    /// The file parsed in full.
    module: OnceLock<Option<Arc<ParsedFile>>>,
}

impl FileTable {
    /// One in which these contents will stand for those on disk.
    pub(crate) fn with_overlays(overlays: &[(PathBuf, Vec<u8>)]) -> Self {
        Self { expected: overlays.iter().cloned().collect(), ..Self::default() }
    }

    /// Adds a file under a new id.
    pub(crate) fn push(&mut self, path: PathBuf) -> FileId {
        let file = FileId::new(self.entries.len());
        let overlay = if self.expected.is_empty() { None } else { self.expected.remove(&path) };
        self.entries.push(Entry { path, overlay, fingerprint: None, module: OnceLock::new() });
        file
    }

    /// Makes room for this many more files.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.entries.reserve_exact(count);
    }

    /// The id of a path among the files that have one already; O(files).
    pub fn get(&self, path: &Path) -> Option<FileId> {
        self.entries.iter().position(|entry| entry.path == path).map(FileId::new)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts contents in the place of those on disk, or takes them away.
    pub(crate) fn set_overlay(&mut self, file: FileId, bytes: Option<Vec<u8>>) {
        self.forget(file);
        self.entries[file.index()].overlay = bytes;
    }

    /// Forgets what follows from the contents, which are read anew.
    pub(crate) fn forget(&mut self, file: FileId) {
        self.recent.get_mut().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| *known != file);
        let entry = &mut self.entries[file.index()];
        entry.fingerprint = None;
        entry.module = OnceLock::new();
    }

    /// Whether something stands for what is on disk.
    pub(crate) fn is_overlaid(&self, file: FileId) -> bool {
        self.entries[file.index()].overlay.is_some()
    }

    /// The current contents.
    pub fn bytes(&self, file: FileId) -> std::io::Result<Cow<'_, [u8]>> {
        let entry = &self.entries[file.index()];
        match &entry.overlay {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => std::fs::read(&entry.path).map(Cow::Owned),
        }
    }

    /// The current contents of a file that nobody has looked at yet.
    pub(crate) fn bytes_of_regular(&self, file: FileId) -> std::io::Result<Cow<'_, [u8]>> {
        let entry = &self.entries[file.index()];
        match &entry.overlay {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => read_regular(&entry.path).map(Cow::Owned),
        }
    }

    /// The same of a config, a manifest or a baseline.
    pub(crate) fn bytes_of_config(&self, file: FileId) -> std::io::Result<Cow<'_, [u8]>> {
        let entry = &self.entries[file.index()];
        match &entry.overlay {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => read_config(&entry.path).map(Cow::Owned),
        }
    }

    /// The contents that were read; nothing if there are others now, which no offset of ours fits: then it is one of
    /// [`take_changed`](Self::take_changed).
    pub fn bytes_as_read(&self, file: FileId) -> Option<Cow<'_, [u8]>> {
        let Some(read) = self.entries[file.index()].fingerprint else {
            return self.bytes_of_regular(file).ok();
        };
        let bytes = self.bytes_of_regular(file).ok().filter(|bytes| read == fingerprint(bytes));
        if bytes.is_none() {
            self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(file);
        }
        bytes
    }

    /// The files that somebody asked for since the last time, and that are not what was read any more.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<FileId> {
        std::mem::take(self.changed.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it could be read and is another by now.
    pub(crate) fn has_changed(&self, file: FileId) -> bool {
        self.entries[file.index()].fingerprint.is_some() && self.bytes_as_read(file).is_none()
    }

    fn read_text(&self, file: FileId) -> Option<SourceFile> {
        let bytes = self.bytes_as_read(file)?;
        let decoded = decode(&bytes).ok()?;
        let name = self.path(file).to_string_lossy();
        Some(SourceFileBuilder::new(name.as_ref(), decoded.text).finish())
    }

    /// A file parsed in full, by `parse` the first time.
    pub(crate) fn module(
        &self,
        file: FileId,
        parse: impl FnOnce(&str) -> ParsedFile,
    ) -> Option<Arc<ParsedFile>> {
        self.asked_in_full.lock().unwrap_or_else(PoisonError::into_inner).insert(file);
        let entry = &self.entries[file.index()];
        entry.module.get_or_init(|| Some(Arc::new(parse(self.text(file)?.source_text())))).clone()
    }

    /// Forgets which files were asked for in full, but not what came of it.
    pub(crate) fn ask_anew(&self) {
        self.asked_in_full.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The files that were asked for in full since [`ask_anew`](Self::ask_anew), by id.
    pub(crate) fn asked_in_full(&self) -> Vec<(FileId, &FileFacts)> {
        let asked = self.asked_in_full.lock().unwrap_or_else(PoisonError::into_inner);
        let parsed = asked.iter().filter_map(|file| {
            let parsed = self.entries[file.index()].module.get()?.as_ref()?;
            Some((*file, &parsed.facts))
        });
        parsed.collect()
    }

    /// Of what the facts of a file were made.
    pub(crate) fn fingerprint(&self, file: FileId) -> Option<u64> {
        self.entries.get(file.index())?.fingerprint
    }

    /// A hash of what a file held when its facts were made: files that hold the same have the same. Nothing for one that was not read,
    /// or is empty.
    pub fn content_hash(&self, file: FileId) -> Option<u64> {
        self.fingerprint(file).filter(|hash| *hash != fingerprint(&[]))
    }

    /// Notes what a file held when its facts were made.
    pub(crate) fn set_fingerprint(&mut self, file: FileId, fingerprint: u64) {
        self.entries[file.index()].fingerprint = Some(fingerprint);
    }
}

impl Files for FileTable {
    fn path(&self, file: FileId) -> &Path {
        &self.entries[file.index()].path
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = recent.iter().find(|(known, _)| *known == file) {
            return Some(text.clone());
        }
        let text = self.read_text(file)?;
        if recent.len() == MOST_TEXTS {
            recent.pop_front();
        }
        recent.push_back((file, text.clone()));
        Some(text)
    }
}

/// The bytes of a file that is neither a pipe nor a device: to open or read one of these may never end.
pub(crate) fn read_regular(path: &Path) -> std::io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.is_file() {
        std::fs::read(path)
    } else {
        Err(std::io::Error::other("not a regular file"))
    }
}

/// No config, manifest or baseline is as large.
const MOST_BYTES_OF_CONFIG: u64 = 64 << 20;

/// The bytes of a file that is read as a whole to be understood: a config, a manifest, a baseline.
pub(crate) fn read_config(path: &Path) -> std::io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_file() && metadata.len() > MOST_BYTES_OF_CONFIG {
        return Err(std::io::Error::other("it has more than 64 MiB"));
    }
    read_regular(path)
}

/// The same as text, for whoever looks for something in it: what is no UTF-8 becomes replacement characters. Nothing where it
/// cannot be read.
pub(crate) fn read_text(path: &Path) -> Option<String> {
    let bytes = read_config(path).ok()?;
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}
