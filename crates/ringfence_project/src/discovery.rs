//! Walks a tree: Python files, compiled modules, project folders and config files, with ignore files and excludes
//! respected. Symbolic links to files are files; links to folders are not followed, so loops cannot arise.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};
use ringfence_graph::FileRole;
use ringfence_policy::native::has_config;
use ringfence_policy::options::DEFAULT_EXCLUDE;
use ringfence_policy::{IgnoreFiles, import_linter, tach};

use crate::SetupError;
use crate::disk::Disk;
use crate::file_kinds::kind_of;
use crate::found_files::{FoundFile, compare_paths, is_wanted};
use crate::ignore_files;
use crate::unlooked::{Unlooked, Watch, add_tracked};
use crate::walk_options::{Excludes, WalkOptions};
use crate::workers::Walkers;
use crate::write::is_unfinished;

/// What a walk met. Everything is sorted by path.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) sources: Vec<FoundFile>,
    /// Folders with a `pyproject.toml`, `setup.py` or `setup.cfg`.
    pub(crate) project_folders: Vec<PathBuf>,
    /// Every `ringfence.module.toml`.
    pub(crate) package_configs: Vec<PathBuf>,
    /// Every `tach.domain.toml`.
    pub(crate) domain_configs: Vec<PathBuf>,
    /// Folders below the root with a config of their own.
    pub(crate) nested_configs: Vec<PathBuf>,
    /// Folders below the root with a config of another tool, which does not end this tool's tree.
    pub(crate) foreign_configs: Vec<PathBuf>,
    /// Python files that an exclude matches, where the excludes are lines of a `.gitignore`.
    pub(crate) excluded_files: Vec<PathBuf>,
    /// Temporary files, perhaps of a run that was killed while it wrote.
    pub(crate) unfinished: Vec<PathBuf>,
    pub(crate) unlooked: Unlooked,
    pub(crate) excludes: Excludes,
}

impl Tree {
    /// Whether an exclude that is a line of a `.gitignore` matches this very file, rather than a folder around it.
    pub(crate) fn excludes_file(&self, path: &Path) -> bool {
        self.excludes.is_file_of_lines(path)
    }
}

pub(crate) fn walk(options: &WalkOptions) -> Result<Tree, SetupError> {
    let disk = options.disk;
    let mut watch = Watch::new(options);
    let (mut found, excluded_files) = met_files(options, &watch)?;
    if !disk.is_plain() {
        found.retain(|file| !disk.hides(&file.path));
        for file in found.iter_mut().filter(|file| disk.is_overlaid(&file.path)) {
            // Whatever lies there on the disk is not what is read.
            file.problem = None;
        }
    }
    found.sort_unstable_by(|a, b| compare_paths(&a.path, &b.path));
    add_tracked(&mut found, options, &mut watch);
    for file in found.iter_mut().filter(|file| disk.is_dangling(&file.path)) {
        file.problem = Some("the link leads to nothing that is tracked".to_string());
        file.reading = None;
    }
    let unlooked = watch.finish(&found, options);
    let mut tree = Tree { excluded_files, unlooked, excludes: options.exclude.clone(), ..Tree::default() };
    for found in found {
        let path = &found.path;
        let name = path.file_name().unwrap_or_default();
        let folder = || path.parent().map(Path::to_path_buf).unwrap_or_default();
        match name.to_str() {
            Some("ringfence.module.toml") => tree.package_configs.push(found.path),
            Some("tach.domain.toml") => tree.domain_configs.push(found.path),
            Some("ringfence.toml") => tree.nested_configs.push(folder()),
            Some("tach.toml" | ".importlinter") => tree.foreign_configs.push(folder()),
            Some("pyproject.toml") => {
                let mut is_foreign = false;
                let is_native = disk.holds(path, |text| {
                    is_foreign = tach::has_config(text) || import_linter::has_config(text, true);
                    has_config(text)
                });
                if is_native {
                    tree.nested_configs.push(folder());
                } else if is_foreign {
                    tree.foreign_configs.push(folder());
                }
                tree.project_folders.push(folder());
            }
            Some("setup.cfg") => {
                if disk.holds(path, |text| import_linter::has_config(text, false)) {
                    tree.foreign_configs.push(folder());
                }
                tree.project_folders.push(folder());
            }
            Some(name) if is_unfinished(name) => tree.unfinished.push(found.path),
            name => {
                if name == Some("setup.py") {
                    tree.project_folders.push(folder());
                }
                tree.sources.push(found);
            }
        }
    }
    for folders in [
        &mut tree.project_folders,
        &mut tree.nested_configs,
        &mut tree.foreign_configs,
        &mut tree.package_configs,
        &mut tree.domain_configs,
    ] {
        folders.sort_unstable();
        folders.dedup();
    }
    tree.excluded_files.sort_unstable();
    tree.nested_configs.retain(|folder| folder != options.root);
    Ok(tree)
}

/// Folders at or below this one that may hold a config.
pub(crate) fn config_folders(disk: &Disk, folder: &Path) -> Result<Vec<PathBuf>, SetupError> {
    let exclude = Excludes::new(DEFAULT_EXCLUDE.into_iter()).unwrap_or_default();
    let options = WalkOptions {
        disk,
        tracked: &[],
        as_git: true,
        is_native: false,
        default_excludes: &[],
        exclude: &exclude,
        respect_gitignore: true,
        ignore_files: IgnoreFiles::InRepositories,
        only_plain_files: false,
        walkers: Walkers::Threads(0),
        root: folder,
        only: None,
        read: &|_, _| None,
    };
    let tree = walk(&options)?;
    let mut folders = tree.nested_configs;
    folders.extend(tree.foreign_configs);
    folders.push(folder.to_path_buf());
    Ok(folders)
}

/// The files of the tree and those that an exclude matches, in no order.
fn met_files(options: &WalkOptions, watch: &Watch) -> Result<(Vec<FoundFile>, Vec<PathBuf>), SetupError> {
    let WalkOptions {
        exclude,
        respect_gitignore,
        ignore_files,
        only_plain_files,
        walkers,
        root,
        only,
        read,
        ..
    } = *options;
    if let Err(error) = std::fs::read_dir(root) {
        // A snapshot may have what the disk has not.
        if options.disk.is_dir(root) {
            return Ok((Vec::new(), Vec::new()));
        }
        return Err(SetupError::Walk { path: root.to_path_buf(), reason: error.to_string() });
    }
    if respect_gitignore {
        let folders =
            only.map_or_else(|| vec![root], |folders| folders.iter().map(PathBuf::as_path).collect());
        for folder in ignore_files::check_around(&folders)? {
            watch.notes().ignoring(folder);
        }
    }
    let unusable = Arc::new(Mutex::new(None));
    let excluded_files = Arc::new(Mutex::new(Vec::new()));
    let mut builder = match only {
        None => WalkBuilder::new(root),
        Some([]) => return Ok((Vec::new(), Vec::new())),
        Some([first, others @ ..]) => {
            let mut builder = WalkBuilder::new(first);
            for folder in others {
                builder.add(folder);
            }
            builder
        }
    };
    builder
        .follow_links(only.is_some())
        .standard_filters(respect_gitignore)
        .git_global(respect_gitignore && !watch.has_personal())
        .git_exclude(respect_gitignore && !watch.has_personal())
        .require_git(ignore_files == IgnoreFiles::InRepositories)
        .hidden(only_plain_files)
        .filter_entry({
            let (exclude, root, excluded, notes) =
                (exclude.clone(), root.to_path_buf(), Arc::clone(&excluded_files), watch.notes());
            let unusable = Arc::clone(&unusable);
            move |entry| {
                let is_excluded = exclude.contains(entry, &root);
                if is_excluded
                    && exclude.are_lines()
                    && entry.file_type().is_some_and(|kind| kind.is_file())
                    && entry.path().extension().is_some_and(|suffix| suffix == "py")
                {
                    excluded.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path().to_path_buf());
                }
                if is_excluded {
                    notes.excluded(entry);
                    return false;
                }
                // Before the walk opens it.
                if respect_gitignore && entry.file_type().is_some_and(|kind| kind.is_dir()) {
                    match ignore_files::check_folder(entry.path()) {
                        Ok(true) => notes.ignoring(entry.path()),
                        Ok(false) => {}
                        Err(error) => {
                            *unusable.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                            return false;
                        }
                    }
                }
                if entry.path_is_symlink() {
                    notes.link(entry);
                }
                !notes.is_personal(entry)
            }
        });
    let meet = |entry: Result<DirEntry, ignore::Error>, buffer: &mut Vec<u8>| {
        let mut found = match entry {
            Ok(entry) if only_plain_files && !is_plain(&entry) && !is_leftover(&entry) => None,
            Ok(entry) => look_at(&entry),
            Err(error) => unreadable_folder(&error),
        };
        if let Some(FoundFile { path, kind: Some((role, _)), problem: None, reading }) = &mut found
            && *role != FileRole::Extension
        {
            *reading = read(path, buffer).map(Box::new);
        }
        found
    };
    let all = Mutex::new(Vec::new());
    match walkers {
        Walkers::Threads(threads) => builder.threads(threads).build_parallel().run(|| {
            let mut catch = Catch { found: Vec::new(), all: &all };
            let mut buffer = Vec::new();
            Box::new(move |entry| {
                catch.found.extend(meet(entry, &mut buffer));
                WalkState::Continue
            })
        }),
        Walkers::None => {
            let mut catch = Catch { found: Vec::new(), all: &all };
            let mut buffer = Vec::new();
            catch.found.extend(builder.build().filter_map(|entry| meet(entry, &mut buffer)));
        }
    }
    if let Some(error) = unusable.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    let excluded = std::mem::take(&mut *excluded_files.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((all.into_inner().unwrap_or_else(PoisonError::into_inner), excluded))
}

/// Whether it is a folder, a config, or a file of its own that Python source is looked for in.
fn is_plain(entry: &DirEntry) -> bool {
    let Some(kind) = entry.file_type() else { return false };
    let suffix = entry.path().extension().and_then(OsStr::to_str);
    // Tach follows a link to a domain config, and a pipe or a device in its place is said.
    let is_odd_config = !kind.is_file() && entry.file_name() == "tach.domain.toml";
    kind.is_dir()
        || is_odd_config
        || (kind.is_file() && matches!(suffix, Some("py" | "pyi" | "toml" | "cfg")))
}

/// Whether it is called as our temporary files are.
fn is_leftover(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(is_unfinished)
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
                // A link to nowhere is no folder, and its name tells whether it could be a source.
                let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if is_link && io.kind() == std::io::ErrorKind::NotFound && !is_wanted(&name) {
                    return None;
                }
                let problem = Some(io.to_string());
                return Some(FoundFile { kind: kind_of(&path), path, problem, reading: None });
            }
            _ => return None,
        }
    }
}
