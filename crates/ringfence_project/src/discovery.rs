//! Walks a tree: Python files, compiled modules, project folders and config files, with ignore files and excludes
//! respected. Symbolic links to files are files; links to folders are not followed, so loops cannot arise.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};
use ringfence_policy::native::has_config;
use ringfence_policy::options::DEFAULT_EXCLUDE;

use crate::SetupError;
use crate::files::read_text;

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

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    pub(crate) path: PathBuf,
    /// Why it cannot be read, as far as the walk can tell.
    pub(crate) problem: Option<String>,
}

/// What a walk leaves out.
pub(crate) struct WalkOptions<'a> {
    pub(crate) exclude: GlobSet,
    pub(crate) respect_gitignore: bool,
    /// 0: as many as there are cores.
    pub(crate) threads: usize,
    pub(crate) root: &'a Path,
}

/// Globs over paths relative to the root, matched against folders as well as files; one without a slash matches at any
/// depth.
pub(crate) fn exclude_globs<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<GlobSet, globset::Error> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        builder.add(Glob::new(pattern)?);
        if !pattern.contains('/') {
            builder.add(Glob::new(&format!("**/{pattern}"))?);
        } else if let Some(folder) = pattern.strip_suffix("/**") {
            builder.add(Glob::new(folder)?);
        }
    }
    builder.build()
}

pub(crate) fn walk(options: &WalkOptions) -> Result<Tree, SetupError> {
    let mut tree = Tree::default();
    for met in met_files(options)? {
        let Met { path, problem } = met;
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        match name.as_str() {
            "ringfence.module.toml" => tree.package_configs.push(path),
            "ringfence.toml" => tree.nested_configs.push(folder),
            "pyproject.toml" => {
                if read_text(&path).is_some_and(|text| has_config(&text)) {
                    tree.nested_configs.push(folder.clone());
                }
                tree.project_folders.push(folder);
            }
            "setup.cfg" => tree.project_folders.push(folder),
            _ => {
                if name == "setup.py" {
                    tree.project_folders.push(folder);
                }
                tree.sources.push(FoundFile { path, problem });
            }
        }
    }
    for folders in [&mut tree.project_folders, &mut tree.nested_configs, &mut tree.package_configs] {
        folders.sort_unstable();
        folders.dedup();
    }
    tree.nested_configs.retain(|folder| folder != options.root);
    tree.sources.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

/// Folders at or below this one that may hold a config.
pub(crate) fn config_folders(folder: &Path) -> Result<Vec<PathBuf>, SetupError> {
    let exclude = exclude_globs(DEFAULT_EXCLUDE.into_iter()).unwrap_or_else(|_| GlobSet::empty());
    let tree = walk(&WalkOptions { exclude, respect_gitignore: true, threads: 0, root: folder })?;
    let mut folders = tree.nested_configs;
    folders.push(folder.to_path_buf());
    Ok(folders)
}

struct Met {
    path: PathBuf,
    problem: Option<String>,
}

fn met_files(options: &WalkOptions) -> Result<Vec<Met>, SetupError> {
    let WalkOptions { exclude, respect_gitignore, threads, root } = options;
    let (sender, receiver) = mpsc::channel::<Met>();
    let walker = WalkBuilder::new(root)
        .standard_filters(*respect_gitignore)
        .hidden(false)
        .threads(*threads)
        .filter_entry({
            let (exclude, root) = (exclude.clone(), root.to_path_buf());
            move |entry| entry.path().strip_prefix(&root).is_ok_and(|relative| !exclude.is_match(relative))
        })
        .build_parallel();
    if let Err(error) = std::fs::read_dir(root) {
        return Err(SetupError::Walk { path: root.to_path_buf(), reason: error.to_string() });
    }
    walker.run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            let met = match entry {
                Ok(entry) => look_at(&entry),
                Err(error) => unreadable_folder(&error),
            };
            // The receiver lives until every sender is gone.
            let _ = met.map(|met| sender.send(met));
            WalkState::Continue
        })
    });
    drop(sender);
    Ok(receiver.into_iter().collect())
}

fn look_at(entry: &DirEntry) -> Option<Met> {
    let kind = entry.file_type()?;
    if kind.is_dir() || !is_wanted(&entry.file_name().to_string_lossy()) {
        return None;
    }
    let path = entry.path().to_path_buf();
    let problem = if kind.is_file() {
        None
    } else if kind.is_symlink() {
        match std::fs::metadata(&path) {
            Ok(target) if target.is_dir() => return None,
            Ok(target) if target.is_file() => None,
            Ok(_) => Some("not a regular file".to_string()),
            Err(error) => Some(error.to_string()),
        }
    } else {
        Some("not a regular file".to_string())
    };
    Some(Met { path, problem })
}

/// A folder that cannot be listed is reported like a file that cannot be read.
fn unreadable_folder(error: &ignore::Error) -> Option<Met> {
    let mut inner = error;
    let mut path = None;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = Some(at.clone());
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            ignore::Error::Io(io) => return Some(Met { path: path?, problem: Some(io.to_string()) }),
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
