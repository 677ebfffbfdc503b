//! What is judged: the disk, or what a repository has in its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::files::read_text;

/// Everything that git tracks in one state of a repository, in place of what lies in its folder.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The folder of the repository.
    pub top: PathBuf,
    /// Its files. Others are not there, but below `kept`.
    pub files: FxHashSet<PathBuf>,
    /// The folders around them.
    pub folders: FxHashSet<PathBuf>,
    /// Folders of other repositories, which are as they are on the disk.
    pub kept: Vec<PathBuf>,
    /// Links among the files that lead to nothing of these.
    pub dangling: FxHashSet<PathBuf>,
}

impl Snapshot {
    pub fn new(top: PathBuf, files: FxHashSet<PathBuf>, kept: Vec<PathBuf>) -> Self {
        let mut folders = FxHashSet::default();
        for path in files.iter().map(PathBuf::as_path).chain(kept.iter().map(PathBuf::as_path)) {
            for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&top)) {
                if !folders.insert(folder.to_path_buf()) {
                    break;
                }
            }
        }
        Self { top, files, folders, kept, dangling: FxHashSet::default() }
    }

    /// The same, where some of the links lead nowhere.
    #[must_use]
    pub fn with_dangling(mut self, links: impl IntoIterator<Item = PathBuf>) -> Self {
        self.dangling = links.into_iter().filter(|path| self.files.contains(path)).collect();
        self
    }

    /// Whether it decides what is at a path.
    fn decides(&self, path: &Path) -> bool {
        path.starts_with(&self.top)
            && path != self.top
            && !self.kept.iter().any(|folder| path.starts_with(folder))
    }
}

/// What there is to be read.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    overlays: FxHashMap<PathBuf, Vec<u8>>,
    absent: FxHashSet<PathBuf>,
    snapshot: Option<Arc<Snapshot>>,
}

impl Disk {
    /// The disk with other contents of some files, without others, and with nothing else than a snapshot has.
    pub fn new(overlays: &[(PathBuf, Vec<u8>)], absent: &[PathBuf], snapshot: Option<Arc<Snapshot>>) -> Self {
        Self {
            overlays: overlays.iter().cloned().collect(),
            absent: absent.iter().cloned().collect(),
            snapshot,
        }
    }

    /// Whether nothing stands in its place.
    pub(crate) fn is_plain(&self) -> bool {
        self.overlays.is_empty() && self.absent.is_empty() && self.snapshot.is_none()
    }

    /// Whether a file or folder that may be on the disk is taken as not being there.
    pub(crate) fn hides(&self, path: &Path) -> bool {
        self.absent.contains(path)
            || self.snapshot.as_ref().is_some_and(|snapshot| {
                snapshot.decides(path) && !snapshot.files.contains(path) && !snapshot.folders.contains(path)
            })
    }

    pub(crate) fn has_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// Whether a link leads to nothing of what there is.
    pub(crate) fn is_dangling(&self, path: &Path) -> bool {
        self.snapshot.as_ref().is_some_and(|snapshot| snapshot.dangling.contains(path))
            && !self.overlays.contains_key(path)
    }

    pub(crate) fn is_overlaid(&self, path: &Path) -> bool {
        self.overlays.contains_key(path)
    }

    /// The files that are known to be tracked, where that is known.
    pub(crate) fn tracked(&self) -> impl Iterator<Item = &PathBuf> {
        // Whoever asks sorts what comes of it.
        #[allow(clippy::iter_over_hash_type)]
        self.snapshot.iter().flat_map(|snapshot| &snapshot.files)
    }

    pub fn is_file(&self, path: &Path) -> bool {
        self.overlays.contains_key(path) || (!self.hides(path) && !self.is_dangling(path) && path.is_file())
    }

    pub fn is_dir(&self, path: &Path) -> bool {
        self.snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.decides(path) && snapshot.folders.contains(path))
            || (!self.hides(path) && path.is_dir())
    }

    /// Whether something is there that is no folder, be it a link that leads nowhere.
    pub(crate) fn has_entry(&self, path: &Path) -> bool {
        let is_entry = || std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir());
        self.overlays.contains_key(path) || self.is_dangling(path) || (!self.hides(path) && is_entry())
    }

    pub fn exists(&self, path: &Path) -> bool {
        self.is_dir(path) || self.has_entry(path)
    }

    /// The text of a file, as [`read_text`].
    pub(crate) fn read_text(&self, path: &Path) -> Option<String> {
        match self.overlays.get(path) {
            Some(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            None if self.hides(path) || self.is_dangling(path) => None,
            None => read_text(path),
        }
    }

    /// Whether a file that may be for other things holds a config. One that cannot be read may: whoever reads it next says why not.
    pub(crate) fn holds(&self, path: &Path, has_config: impl FnOnce(&str) -> bool) -> bool {
        match self.read_text(path) {
            Some(text) => has_config(&text),
            None => self.has_entry(path),
        }
    }
}
