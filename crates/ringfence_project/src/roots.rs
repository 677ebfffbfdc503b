//! From which folders module names are counted.
//!
//! With `source-roots` in the config these, and no others. Without, they are found: for the config's folder, and for
//! each project below it (the members, where the config's folder declares a workspace), what its build backend is told,
//! its `src` if there is one, and the folder itself. A folder that is a package (it has an `__init__`) is no root; the
//! nearest folder above that is none is.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::path::{Component, Path, PathBuf};

use globset::GlobSet;
use ringfence_diagnostics::Span;
use ringfence_graph::NestedRoot;
use ringfence_policy::Spanned;
use ringfence_policy::globs::{self, BadPattern, Wildcards};
use rustc_hash::FxHashMap;
use toml::{Table, Value};

use crate::discovery::Tree;
use crate::disk::Disk;

/// The source roots of a session, in order of precedence.
#[derive(Debug, Default)]
pub(crate) struct SourceRoots {
    folders: Vec<PathBuf>,
    numbers: FxHashMap<PathBuf, u16>,
    /// Entries of the config that are no folder.
    pub(crate) missing: Vec<Span>,
    /// Whether modules have one name only.
    are_apart: bool,
}

impl SourceRoots {
    pub(crate) fn new(disk: &Disk, configured: Option<&[Spanned<String>]>, root: &Path, tree: &Tree) -> Self {
        if let Some(entries) = configured {
            return Self::configured(disk, entries, root, tree);
        }
        let mut roots = Self::default();
        for folder in found(disk, root, tree) {
            roots.add(folder);
        }
        roots
    }

    /// These folders, of which none gives the modules of another a second name.
    pub(crate) fn of_folders(folders: impl Iterator<Item = PathBuf>) -> Self {
        let mut roots = Self { are_apart: true, ..Self::default() };
        for folder in folders {
            roots.add(folder);
        }
        roots
    }

    fn configured(disk: &Disk, entries: &[Spanned<String>], root: &Path, tree: &Tree) -> Self {
        let mut roots = Self::default();
        for entry in entries {
            let folders = matching_folders(disk, &entry.value, root, tree);
            if folders.is_empty() {
                roots.missing.push(entry.span);
            }
            for folder in folders {
                roots.add(folder);
            }
        }
        roots
    }

    fn add(&mut self, folder: PathBuf) {
        if let Entry::Vacant(entry) = self.numbers.entry(folder) {
            self.folders.push(entry.key().clone());
            entry.insert(self.folders.len() as u16 - 1);
        }
    }

    /// The longest root above a path, with its number. O(depth of the path).
    pub(crate) fn of(&self, path: &Path) -> Option<(u16, &Path)> {
        path.ancestors().find_map(|ancestor| {
            let number = *self.numbers.get(ancestor)?;
            Some((number, self.folders[usize::from(number)].as_path()))
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    /// Roots inside other roots, for the second names of their modules.
    pub(crate) fn nested(&self) -> Vec<NestedRoot> {
        let mut nested = Vec::new();
        if self.are_apart {
            return nested;
        }
        for (number, inner) in self.folders.iter().enumerate() {
            for outer in inner.ancestors().skip(1).filter(|ancestor| self.numbers.contains_key(*ancestor)) {
                if let Ok(relative) = inner.strip_prefix(outer) {
                    let segments: Vec<_> = relative.iter().map(|segment| segment.to_string_lossy()).collect();
                    nested.push(NestedRoot { root: number as u16, prefix: segments.join(".") });
                }
            }
        }
        nested
    }
}

/// The path without `.` and `..`, by its text alone: `a/../b/./c` -> `b/c`.
pub fn normalized(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

fn is_pattern(entry: &str) -> bool {
    entry.contains(['*', '?', '[', '{'])
}

fn folder_pattern(pattern: &str) -> Result<GlobSet, BadPattern> {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    globs::set([globs::glob(pattern, Wildcards::Segment)?])
}

/// What is wrong with an entry of `source-roots`, which is a folder or a glob.
pub(crate) fn check_entry(entry: &str) -> Result<(), BadPattern> {
    if is_pattern(entry) { folder_pattern(entry).map(|_| ()) } else { Ok(()) }
}

fn matching_folders(disk: &Disk, pattern: &str, root: &Path, tree: &Tree) -> Vec<PathBuf> {
    if !is_pattern(pattern) {
        let folder = normalized(&root.join(pattern));
        return if disk.is_dir(&folder) { vec![folder] } else { Vec::new() };
    }
    let Ok(matcher) = folder_pattern(pattern) else { return Vec::new() };
    let mut folders = BTreeSet::new();
    for file in &tree.sources {
        for folder in file.path.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
            if folder.strip_prefix(root).is_ok_and(|relative| matcher.is_match(relative)) {
                folders.insert(folder.to_path_buf());
            }
        }
    }
    folders.into_iter().collect()
}

fn found(disk: &Disk, root: &Path, tree: &Tree) -> Vec<PathBuf> {
    let mut projects = vec![root.to_path_buf()];
    match workspace_members(disk, root) {
        Some(members) => projects.extend(
            members
                .iter()
                .flat_map(|member| matching_folders(disk, member, root, tree))
                .filter(|folder| folder != root),
        ),
        None => projects.extend(tree.project_folders.iter().filter(|folder| *folder != root).cloned()),
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    for project in projects {
        let declared =
            declared_folders(disk, &project).into_iter().map(|folder| normalized(&project.join(folder)));
        let usual = [project.join("src"), project.clone()];
        for folder in declared.chain(usual).filter(|folder| disk.is_dir(folder)) {
            folders.push(outside_packages(disk, &folder));
        }
    }
    folders
}

/// The folder, or the nearest one above it that is no package (has no `__init__`).
pub fn outside_packages(disk: &Disk, folder: &Path) -> PathBuf {
    let is_package =
        |folder: &Path| ["__init__.py", "__init__.pyi"].iter().any(|name| disk.is_file(&folder.join(name)));
    folder.ancestors().find(|folder| !is_package(folder)).unwrap_or(folder).to_path_buf()
}

fn pyproject(disk: &Disk, folder: &Path) -> Option<Table> {
    disk.read_text(&folder.join("pyproject.toml"))?.parse().ok()
}

fn look_up<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_string).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// The members of the workspace that a folder declares: of uv, of hatch, or poetry's path dependencies.
fn workspace_members(disk: &Disk, root: &Path) -> Option<Vec<String>> {
    let project = pyproject(disk, root)?;
    let mut members = strings(look_up(&project, &["tool", "uv", "workspace", "members"]));
    members.extend(strings(look_up(&project, &["tool", "hatch", "workspace", "members"])));
    if let Some(Value::Table(environments)) = look_up(&project, &["tool", "hatch", "envs"]) {
        for environment in environments.values() {
            members
                .extend(strings(environment.get("workspace").and_then(|workspace| workspace.get("members"))));
        }
    }
    let mut dependencies: Vec<&Value> =
        look_up(&project, &["tool", "poetry", "dependencies"]).into_iter().collect();
    if let Some(Value::Table(groups)) = look_up(&project, &["tool", "poetry", "group"]) {
        dependencies.extend(groups.values().filter_map(|group| group.get("dependencies")));
    }
    for dependency in dependencies.into_iter().filter_map(Value::as_table).flat_map(Table::values) {
        members.extend(strings(dependency.get("path")));
    }
    (!members.is_empty()).then_some(members)
}

/// Folders that the build backend of a project is told to count from.
pub(crate) fn declared_folders(disk: &Disk, project: &Path) -> Vec<String> {
    let mut folders = setup_cfg_folders(disk, project);
    let Some(table) = pyproject(disk, project) else { return folders };
    let tool = |path: &[&str]| look_up(&table, &[&["tool"], path].concat());
    folders.extend(strings(tool(&["setuptools", "packages", "find", "where"])));
    folders.extend(strings(tool(&["setuptools", "package-dir", ""])));
    folders.extend(strings(tool(&["uv", "build-backend", "module-root"])));
    folders.extend(strings(tool(&["pdm", "build", "package-dir"])));
    folders.extend(strings(tool(&["maturin", "python-source"])));
    if let Some(Value::Array(packages)) = tool(&["poetry", "packages"]) {
        folders.extend(packages.iter().flat_map(|package| strings(package.get("from"))));
    }
    let wheel = ["hatch", "build", "targets", "wheel"];
    for key in ["packages", "only-include", "include"] {
        for package in strings(tool(&[&wheel[..], &[key]].concat())) {
            // `src/shop` is the package shop, counted from src.
            if let Some((folder, _)) = package.trim_end_matches('/').rsplit_once('/')
                && !folder.contains('*')
            {
                folders.push(folder.to_string());
            }
        }
    }
    folders
}

/// `package_dir` and `where` of setup.cfg; only the forms of one line that stand for a root.
fn setup_cfg_folders(disk: &Disk, project: &Path) -> Vec<String> {
    let Some(text) = disk.read_text(&project.join("setup.cfg")) else { return Vec::new() };
    let mut folders = Vec::new();
    let mut section = "";
    let mut in_package_dir = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(header) = trimmed.strip_prefix('[') {
            section = header.trim_end_matches(']');
            in_package_dir = false;
            continue;
        }
        let (key, value) =
            trimmed.split_once('=').map_or(("", trimmed), |(key, value)| (key.trim(), value.trim()));
        match (section, key) {
            ("options", "package_dir") => {
                in_package_dir = true;
                folders.extend(value.strip_prefix('=').map(|folder| folder.trim().to_string()));
            }
            // An indented `= src` below `package_dir =`.
            ("options", "") if in_package_dir && line.starts_with([' ', '\t']) => {
                folders.push(value.to_string());
            }
            ("options.packages.find", "where") => folders.push(value.to_string()),
            _ => in_package_dir = in_package_dir && line.starts_with([' ', '\t']),
        }
    }
    folders.retain(|folder| !folder.is_empty());
    folders
}
