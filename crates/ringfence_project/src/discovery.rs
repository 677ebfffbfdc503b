//! Walks a tree: Python files, compiled modules, project folders and config files, with ignore files and excludes
//! respected. Symbolic links to files are files; links to folders are not followed, so loops cannot arise.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};
use ringfence_graph::FileRole;
use ringfence_policy::native::has_config;
use ringfence_policy::options::DEFAULT_EXCLUDE;
use ringfence_source::SourceKind;
use rustc_hash::FxHashSet;

use crate::SetupError;
use crate::files::read_text;
use crate::naming::kind_of;
use crate::read::Reading;

/// What a walk met. Everything is sorted by path.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) sources: Vec<FoundFile>,
    /// Folders with a `pyproject.toml`, `setup.py` or `setup.cfg`.
    pub(crate) project_folders: Vec<PathBuf>,
    /// Every `ringfence.module.toml`.
    pub(crate) package_configs: Vec<PathBuf>,
    /// Folders below the root with a config of their own.
    pub(crate) nested_configs: Vec<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct FoundFile {
    pub(crate) path: PathBuf,
    /// Nothing for folders that cannot be listed and for files that are no Python.
    pub(crate) kind: Option<(FileRole, SourceKind)>,
    /// Why it cannot be read, as far as the walk can tell.
    pub(crate) problem: Option<String>,
    /// What was read of it on the way; boxed, as files are sorted.
    pub(crate) reading: Option<Box<Reading>>,
}

/// What a walk leaves out.
pub(crate) struct WalkOptions<'a> {
    pub(crate) exclude: &'a Excludes,
    pub(crate) respect_gitignore: bool,
    /// 0: as many as there are cores.
    pub(crate) threads: usize,
    pub(crate) root: &'a Path,
    /// Reads a source file as it is met, so that reading overlaps with walking; the buffer is the thread's own.
    pub(crate) read: &'a (dyn Fn(&Path, &mut Vec<u8>) -> Option<Reading> + Sync),
}

/// What is left out of a tree: globs over paths relative to the root, matched against folders as well as files; one
/// without a slash matches at any depth.
#[derive(Debug, Clone, Default)]
pub(crate) struct Excludes {
    /// Patterns that are nothing but a name.
    names: FxHashSet<OsString>,
    globs: GlobSet,
}

impl Excludes {
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, globset::Error> {
        let mut names = FxHashSet::default();
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            if !pattern.contains(['*', '?', '[', '{', '\\', '/']) {
                names.insert(OsString::from(pattern));
                continue;
            }
            globs.add(Glob::new(pattern)?);
            if !pattern.contains('/') {
                globs.add(Glob::new(&format!("**/{pattern}"))?);
            } else if let Some(folder) = pattern.strip_suffix("/**") {
                globs.add(Glob::new(folder)?);
            }
        }
        Ok(Self { names, globs: globs.build()? })
    }

    /// Whether the walk passes over what lies here. The root itself is never left out.
    fn contains(&self, entry: &DirEntry, root: &Path) -> bool {
        entry.depth() > 0
            && (self.names.contains(entry.file_name())
                || (!self.globs.is_empty()
                    && entry.path().strip_prefix(root).is_ok_and(|relative| self.globs.is_match(relative))))
    }
}

/// The order of files: by the bytes of their paths.
pub(crate) fn compare_paths(a: &Path, b: &Path) -> Ordering {
    a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes())
}

pub(crate) fn walk(options: &WalkOptions) -> Result<Tree, SetupError> {
    let mut tree = Tree::default();
    for found in met_files(options)? {
        let path = &found.path;
        let name = path.file_name().unwrap_or_default();
        let folder = || path.parent().map(Path::to_path_buf).unwrap_or_default();
        match name.to_str() {
            Some("ringfence.module.toml") => tree.package_configs.push(found.path),
            Some("ringfence.toml") => tree.nested_configs.push(folder()),
            Some("pyproject.toml") => {
                if read_text(path).is_some_and(|text| has_config(&text)) {
                    tree.nested_configs.push(folder());
                }
                tree.project_folders.push(folder());
            }
            Some("setup.cfg") => tree.project_folders.push(folder()),
            name => {
                if name == Some("setup.py") {
                    tree.project_folders.push(folder());
                }
                tree.sources.push(found);
            }
        }
    }
    for folders in [&mut tree.project_folders, &mut tree.nested_configs, &mut tree.package_configs] {
        folders.sort_unstable();
        folders.dedup();
    }
    tree.nested_configs.retain(|folder| folder != options.root);
    tree.sources.sort_unstable_by(|a, b| compare_paths(&a.path, &b.path));
    Ok(tree)
}

/// Folders at or below this one that may hold a config.
pub(crate) fn config_folders(folder: &Path) -> Result<Vec<PathBuf>, SetupError> {
    let exclude = Excludes::new(DEFAULT_EXCLUDE.into_iter()).unwrap_or_default();
    let options = WalkOptions {
        exclude: &exclude,
        respect_gitignore: true,
        threads: 0,
        root: folder,
        read: &|_, _| None,
    };
    let tree = walk(&options)?;
    let mut folders = tree.nested_configs;
    folders.push(folder.to_path_buf());
    Ok(folders)
}

fn met_files(options: &WalkOptions) -> Result<Vec<FoundFile>, SetupError> {
    let WalkOptions { exclude, respect_gitignore, threads, root, read } = *options;
    if let Err(error) = std::fs::read_dir(root) {
        return Err(SetupError::Walk { path: root.to_path_buf(), reason: error.to_string() });
    }
    let walker = WalkBuilder::new(root)
        .standard_filters(respect_gitignore)
        .hidden(false)
        .threads(threads)
        .filter_entry({
            let (exclude, root) = (exclude.clone(), root.to_path_buf());
            move |entry| !exclude.contains(entry, &root)
        })
        .build_parallel();
    let all = Mutex::new(Vec::new());
    walker.run(|| {
        let mut catch = Catch { found: Vec::new(), all: &all };
        let mut buffer = Vec::new();
        Box::new(move |entry| {
            let mut found = match entry {
                Ok(entry) => look_at(&entry),
                Err(error) => unreadable_folder(&error),
            };
            if let Some(FoundFile { path, kind: Some((role, _)), problem: None, reading }) = &mut found
                && *role != FileRole::Extension
            {
                *reading = read(path, &mut buffer).map(Box::new);
            }
            catch.found.extend(found);
            WalkState::Continue
        })
    });
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What one thread has met; handed over when the thread is done.
struct Catch<'a> {
    found: Vec<FoundFile>,
    all: &'a Mutex<Vec<FoundFile>>,
}

impl Drop for Catch<'_> {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.found);
    }
}

fn look_at(entry: &DirEntry) -> Option<FoundFile> {
    let kind = entry.file_type()?;
    if kind.is_dir() || !is_wanted(&entry.file_name().to_string_lossy()) {
        return None;
    }
    let problem = if kind.is_file() {
        None
    } else if kind.is_symlink() {
        match std::fs::metadata(entry.path()) {
            Ok(target) if target.is_dir() => return None,
            Ok(target) if target.is_file() => None,
            Ok(_) => Some("not a regular file".to_string()),
            Err(error) => Some(error.to_string()),
        }
    } else {
        Some("not a regular file".to_string())
    };
    let path = entry.path().to_path_buf();
    Some(FoundFile { kind: kind_of(&path), path, problem, reading: None })
}

/// A folder that cannot be listed is reported like a file that cannot be read.
fn unreadable_folder(error: &ignore::Error) -> Option<FoundFile> {
    let mut inner = error;
    let mut path = None;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = Some(at.clone());
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            ignore::Error::Io(io) => {
                let path = path?;
                let problem = Some(io.to_string());
                return Some(FoundFile { kind: kind_of(&path), path, problem, reading: None });
            }
            _ => return None,
        }
    }
}

/// Editors' lock files (`.#x.py`) are links to nowhere.
fn is_wanted(name: &str) -> bool {
    let source = [".py", ".pyi", ".pyw", ".pyx", ".so", ".pyd"].iter().any(|suffix| name.ends_with(suffix));
    let config = matches!(name, "ringfence.toml" | "ringfence.module.toml" | "pyproject.toml" | "setup.cfg");
    (source && !name.starts_with(".#")) || config
}
