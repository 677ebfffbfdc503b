//! Files as a walk meets them: which ones are wanted, and in what order they come.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};
use ringfence_graph::FileRole;
use ringfence_source::SourceKind;

use crate::config::CONFIG_NAMES;
use crate::disk::Disk;
use crate::read::Reading;
use crate::write::is_unfinished;

#[derive(Debug, Default)]
pub(crate) struct FoundFile {
    pub(crate) path: PathBuf,
    /// Nothing for folders that cannot be listed and for files that are no Python.
    pub(crate) kind: Option<(FileRole, SourceKind)>,
    /// Why it cannot be read, as far as the walk can tell.
    pub(crate) problem: Option<String>,
    /// What was read of it on the way; boxed, as files are sorted.
    pub(crate) reading: Option<Box<Reading>>,
}

/// The order of files: by the bytes of their paths.
pub fn compare_paths(a: &Path, b: &Path) -> Ordering {
    a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes())
}

/// Editors' lock files (`.#x.py`) are links to nowhere.
pub(crate) fn is_wanted(name: &str) -> bool {
    let source = [".py", ".pyi", ".pyw", ".pyx", ".so", ".pyd"].iter().any(|suffix| name.ends_with(suffix));
    (source && !name.starts_with(".#")) || CONFIG_NAMES.contains(&name) || is_unfinished(name)
}

/// The Python files of a folder that the walk left out, whatever they are called.
pub(crate) fn files_left_out(disk: &Disk, folder: &Path) -> Vec<PathBuf> {
    let entries = WalkBuilder::new(folder).standard_filters(false).build().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let mut paths: Vec<PathBuf> = files.map(DirEntry::into_path).filter(|path| is_source(path)).collect();
    paths.retain(|path| !disk.hides(path));
    paths.sort_unstable();
    paths
}

pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|suffix| matches!(suffix, "py" | "pyi"))
}
