//! What a walk would leave out without a word: files that git tracks although a pattern ignores them, which it meets all the same; and
//! files that only somebody's own ignore file hides, or that lie in a package in a folder called like a build folder.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder, gitconfig_excludes_path};
use ignore::{DirEntry, WalkBuilder};
use ringfence_policy::IgnoreFiles;

use crate::disk::Disk;
use crate::file_kinds::kind_of;
use crate::found_files::{FoundFile, compare_paths, files_left_out, is_source, is_wanted};
use crate::git_index::{self, git_folder, repository_of};
use crate::walk_options::WalkOptions;

/// Names among the default excludes that a package may have, too.
pub(crate) const NAMES_OF_PACKAGES: [&str; 5] = ["__pypackages__", "_build", "dist", "node_modules", "venv"];

/// Those of them that mostly hold what others wrote, wherever they lie.
const NAMES_OF_OTHERS: [&str; 2] = ["__pypackages__", "node_modules"];

/// Python files that nobody looked at. Everything is sorted by path.
#[derive(Debug, Default)]
pub(crate) struct Unlooked {
    /// Hidden by an ignore file that is not part of the project.
    pub(crate) personal: Vec<PathBuf>,
    /// In a folder of a package that an exclude matches which nobody wrote.
    pub(crate) excluded: Vec<PathBuf>,
    /// Links to folders that can be imported. They are not followed.
    pub(crate) linked: Vec<PathBuf>,
    /// Indexes of git that could not be read, so that what they track may be ignored.
    pub(crate) indexes: Vec<PathBuf>,
}

/// What a walk notes on its way.
pub(crate) struct Watch {
    /// The repository around the root, with its index.
    repository: Option<(PathBuf, PathBuf)>,
    notes: Arc<Notes>,
    indexes: Vec<PathBuf>,
}

#[derive(Default)]
pub(crate) struct Notes {
    /// The patterns of ignore files that are not part of the project, where there are any.
    personal: Option<Gitignore>,
    default_excludes: Vec<String>,
    /// Folders that such a pattern hides, and Python files.
    hidden: Mutex<Vec<PathBuf>>,
    /// Folders that a default exclude leaves out.
    excluded: Mutex<Vec<PathBuf>>,
    /// Whether links to folders are noted.
    is_native: bool,
    links: Mutex<Vec<PathBuf>>,
    /// Folders with a `.ignore` file.
    ignoring: Mutex<Vec<PathBuf>>,
    /// Folders with a repository of their own.
    repositories: Mutex<Vec<PathBuf>>,
}

impl Watch {
    pub(crate) fn new(options: &WalkOptions) -> Self {
        let repository = repository_of(options.root).filter(|_| options.as_git && options.respect_gitignore);
        let personal = repository.as_ref().and_then(|(top, _)| personal_patterns(top));
        let default_excludes = options.default_excludes.iter().map(ToString::to_string).collect();
        let is_native = options.is_native;
        let notes = Arc::new(Notes { personal, default_excludes, is_native, ..Notes::default() });
        Self { repository, notes, indexes: Vec::new() }
    }

    pub(crate) fn has_personal(&self) -> bool {
        self.notes.personal.is_some()
    }

    pub(crate) fn notes(&self) -> Arc<Notes> {
        Arc::clone(&self.notes)
    }

    /// What was left out in the end.
    pub(crate) fn finish(self, found: &[FoundFile], options: &WalkOptions) -> Unlooked {
        let is_met = |path: &PathBuf| found.binary_search_by(|file| compare_paths(&file.path, path)).is_ok();
        let mut personal = Vec::new();
        for path in taken(&self.notes.hidden) {
            if !path.is_dir() {
                personal.push(path);
            } else if !path.join("pyvenv.cfg").exists() {
                personal.extend(files_left_out(options.disk, &path));
            }
        }
        personal.extend(self.ignored(options));
        personal.retain(|path| {
            !is_met(path) && !options.exclude.hides(path, options.root) && !options.disk.hides(path)
        });
        let mut excluded = Vec::new();
        for folder in taken(&self.notes.excluded) {
            let is_of_others =
                NAMES_OF_OTHERS.iter().any(|name| folder.file_name() == Some(OsStr::new(name)));
            let is_ours = !is_of_others || options.disk.is_file(&folder.join("__init__.py"));
            if is_ours && is_importable(options.disk, &folder) && !folder.join("pyvenv.cfg").exists() {
                excluded.extend(files_left_out(options.disk, &folder));
            }
        }
        let mut linked = taken(&self.notes.links);
        linked.retain(|link| {
            !options.disk.hides(link)
                && link.is_dir()
                && is_importable(options.disk, link)
                && holds_sources(link)
                && !link.join("pyvenv.cfg").exists()
        });
        for paths in [&mut personal, &mut excluded, &mut linked] {
            paths.sort_unstable_by(|a, b| compare_paths(a, b));
            paths.dedup();
        }
        Unlooked { personal, excluded, linked, indexes: self.indexes }
    }

    /// Python files that a `.ignore` file hides which git does not track, so that it is nobody's but a person's.
    fn ignored(&self, options: &WalkOptions) -> Vec<PathBuf> {
        let mut folders = taken(&self.notes.ignoring);
        let Some((top, index)) = self.repository.as_ref().filter(|_| !folders.is_empty()) else {
            return Vec::new();
        };
        let is_one = |name: &[u8]| name == b".ignore" || name.ends_with(b"/.ignore");
        // An index that cannot be read tells nothing, which is said.
        let tracked = git_index::tracked(index, Path::new(""), is_one).ok().flatten().unwrap_or_default();
        folders.sort_unstable();
        folders.dedup();
        let mut hidden = Vec::new();
        for folder in folders {
            let file = folder.join(".ignore");
            if file.strip_prefix(top).is_ok_and(|relative| tracked.iter().any(|path| path == relative)) {
                continue;
            }
            let (patterns, _) = Gitignore::new(&file);
            let start = if folder.starts_with(options.root) { folder.as_path() } else { options.root };
            let (exclude, root) = (options.exclude.clone(), options.root.to_path_buf());
            let entries = WalkBuilder::new(start)
                .ignore(false)
                .hidden(false)
                .require_git(options.ignore_files == IgnoreFiles::InRepositories)
                .filter_entry(move |entry| {
                    !exclude.contains(entry, &root) && !entry.path().join("pyvenv.cfg").exists()
                })
                .build();
            let paths = entries.filter_map(Result::ok).map(DirEntry::into_path);
            hidden.extend(
                paths
                    .filter(|path| is_source(path) && path.is_file())
                    .filter(|path| patterns.matched_path_or_any_parents(path, false).is_ignore()),
            );
        }
        hidden
    }
}

impl Notes {
    /// Takes note of what an exclude matches.
    pub(crate) fn excluded(&self, entry: &DirEntry) {
        let name = entry.file_name();
        if name == ".git" {
            push(&self.repositories, entry.path().parent().unwrap_or(entry.path()).to_path_buf());
        } else if self.default_excludes.iter().any(|exclude| name == exclude.as_str())
            && entry.file_type().is_some_and(|kind| kind.is_dir())
        {
            push(&self.excluded, entry.path().to_path_buf());
        }
    }

    /// Takes note of a link, which may lead to a folder.
    pub(crate) fn link(&self, entry: &DirEntry) {
        if self.is_native {
            push(&self.links, entry.path().to_path_buf());
        }
    }

    /// Takes note of a folder with a `.ignore` file.
    pub(crate) fn ignoring(&self, folder: &Path) {
        push(&self.ignoring, folder.to_path_buf());
    }

    /// Whether somebody's own ignore file hides what the project's do not.
    pub(crate) fn is_personal(&self, entry: &DirEntry) -> bool {
        let Some(personal) = &self.personal else { return false };
        let path = entry.path();
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if entry.depth() == 0 || !personal.matched(path, is_folder).is_ignore() {
            return false;
        }
        let is_of_interest = if is_folder { entry.file_name() != "__pycache__" } else { is_source(path) };
        if is_of_interest {
            if is_kept(path, is_folder, personal.path()) {
                return false;
            }
            push(&self.hidden, path.to_path_buf());
        }
        true
    }
}

fn push(list: &Mutex<Vec<PathBuf>>, path: PathBuf) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(path);
}

fn taken(list: &Mutex<Vec<PathBuf>>) -> Vec<PathBuf> {
    std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The patterns of the ignore files of whoever works here: git's global one, and `info/exclude`, which wins.
fn personal_patterns(top: &Path) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(top);
    let git = git_folder(top)?;
    let common = crate::files::read_text(&git.join("commondir"));
    let common = common.map_or_else(|| git.clone(), |path| git.join(path.trim()));
    for path in gitconfig_excludes_path().into_iter().chain([common.join("info").join("exclude")]) {
        if path.is_file() {
            // A pattern that is none is passed over, as the walk does.
            _ = builder.add(path);
        }
    }
    builder.build().ok().filter(|patterns| patterns.num_ignores() > 0)
}

/// Whether a `.gitignore` says that a path is not ignored, which wins over the ignore files of a person.
fn is_kept(path: &Path, is_folder: bool, top: &Path) -> bool {
    let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
    let decided =
        folders.map(|folder| folder.join(".gitignore")).filter(|file| file.is_file()).find_map(|file| {
            let (patterns, _) = Gitignore::new(file);
            let matched = patterns.matched(path, is_folder);
            (!matched.is_none()).then(|| matched.is_whitelist())
        });
    decided.unwrap_or(false)
}

/// Whether a folder is a package, or lies in one.
fn is_importable(disk: &Disk, folder: &Path) -> bool {
    let is_package = |folder: &Path| disk.is_file(&folder.join("__init__.py"));
    is_package(folder) || folder.parent().is_some_and(is_package)
}

/// Whether Python files lie in a folder.
fn holds_sources(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).any(|path| is_source(&path))
}

/// Adds what the walk did not meet although it is tracked. `found` is sorted, and stays so.
pub(crate) fn add_tracked(found: &mut Vec<FoundFile>, options: &WalkOptions, watch: &mut Watch) {
    let root = options.root;
    let mut missed: Vec<PathBuf> = Vec::new();
    let is_met = |path: &PathBuf| found.binary_search_by(|file| compare_paths(&file.path, path)).is_ok();
    let known = options.disk.tracked().chain(options.tracked);
    missed.extend(known.filter(|path| path.starts_with(root) && !is_met(path)).cloned());
    if !options.disk.has_snapshot()
        && let Some((top, index)) = &watch.repository
    {
        let below = taken(&watch.notes.repositories);
        let mut repositories = vec![(root.to_path_buf(), top.clone(), index.clone())];
        repositories.extend(below.into_iter().filter(|folder| folder != top).filter_map(|folder| {
            let index = git_folder(&folder)?.join("index");
            Some((folder.clone(), folder, index))
        }));
        for (folder, top, index) in repositories {
            let Ok(prefix) = folder.strip_prefix(&top) else { continue };
            match git_index::tracked(&index, prefix, unmet(found, &folder)) {
                Ok(Some(paths)) => {
                    let paths = paths.into_iter().map(|path| folder.join(path));
                    missed.extend(paths.filter(|path| !is_met(path)));
                }
                // Its entries are in several files, or it is broken.
                Ok(None) | Err(_) => watch.indexes.push(index),
            }
        }
    }
    missed.retain(|path| {
        let name = path.file_name().and_then(OsStr::to_str);
        name.is_some_and(is_wanted)
            && !options.disk.hides(path)
            && !options.exclude.hides(path, root)
            && options.only.is_none_or(|folders| folders.iter().any(|folder| path.starts_with(folder)))
            && (options.disk.is_file(path) || options.disk.is_dangling(path))
    });
    if missed.is_empty() {
        return;
    }
    let reached = |path: PathBuf| FoundFile { kind: kind_of(&path), path, ..FoundFile::default() };
    found.extend(missed.into_iter().map(reached));
    found.sort_unstable_by(|a, b| compare_paths(&a.path, &b.path));
    found.dedup_by(|a, b| a.path == b.path);
}

/// Whether a file that an index names is one to be met, and was not. Both come in the order of their paths.
fn unmet<'a>(found: &'a [FoundFile], folder: &Path) -> impl Fn(&[u8]) -> bool + 'a {
    let mut prefix = folder.as_os_str().as_encoded_bytes().to_vec();
    prefix.push(std::path::MAIN_SEPARATOR as u8);
    let position = std::cell::Cell::new(0);
    move |relative| {
        while let Some(file) = found.get(position.get()) {
            let met = file.path.as_os_str().as_encoded_bytes().strip_prefix(prefix.as_slice());
            match met.map(|met| met.cmp(relative)) {
                Some(Ordering::Equal) => return false,
                Some(Ordering::Greater) => break,
                Some(Ordering::Less) | None => position.set(position.get() + 1),
            }
        }
        let name = relative.rsplit(|byte| *byte == b'/').next().unwrap_or(relative);
        is_wanted(&String::from_utf8_lossy(name))
    }
}
