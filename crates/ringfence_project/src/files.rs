//! The files of a session, with their texts on demand.

use std::borrow::Cow;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ringfence_diagnostics::{FileId, Files};
use ringfence_source::decode;
use ruff_source_file::{SourceFile, SourceFileBuilder};
use rustc_hash::{FxHashMap, FxHasher};

/// Every file of a session by [`FileId`]: config files first, then Python files by path.
#[derive(Debug, Default)]
pub struct FileTable {
    entries: Vec<Entry>,
    by_path: FxHashMap<PathBuf, FileId>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    /// Contents that stand for those on disk: an unsaved buffer, standard input, the result of a fix.
    overlay: Option<Vec<u8>>,
    /// What the facts were made from, so that offsets are never applied to another text.
    fingerprint: Option<u64>,
    text: OnceLock<Option<SourceFile>>,
}

impl FileTable {
    /// The id of a path, new or not.
    pub(crate) fn add(&mut self, path: &Path) -> FileId {
        if let Some(&file) = self.by_path.get(path) {
            return file;
        }
        let file = FileId::new(self.entries.len());
        self.entries.push(Entry {
            path: path.to_path_buf(),
            overlay: None,
            fingerprint: None,
            text: OnceLock::new(),
        });
        self.by_path.insert(path.to_path_buf(), file);
        file
    }

    pub fn get(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn set_overlay(&mut self, file: FileId, bytes: Vec<u8>) {
        let entry = &mut self.entries[file.index()];
        entry.overlay = Some(bytes);
        entry.fingerprint = None;
        entry.text = OnceLock::new();
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
        let entry = &self.entries[file.index()];
        let read = || {
            let bytes = self.bytes_of_regular(file).ok()?;
            if entry.fingerprint.is_some_and(|expected| expected != fingerprint(&bytes)) {
                // Changed on disk since it was read: no offset of ours fits it.
                return None;
            }
            let decoded = decode(&bytes).ok()?;
            let name = entry.path.to_string_lossy();
            Some(SourceFileBuilder::new(name.as_ref(), decoded.text).finish())
        };
        entry.text.get_or_init(read).clone()
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

/// The same as text; nothing if there is none.
pub(crate) fn read_text(path: &Path) -> Option<String> {
    String::from_utf8(read_regular(path).ok()?).ok()
}

pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}
