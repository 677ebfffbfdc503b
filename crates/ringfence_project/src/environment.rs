//! Finds what is installed, by the metadata on disk. No Python is run, and nothing depends on where this program itself
//! is installed.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use ringfence_manifest::{Distribution, Environment, MetadataFiles};

use crate::config::SetupError;
use crate::files::read_text;

/// Where to look for installed distributions.
#[derive(Debug, Clone, Default)]
pub struct Interpreter {
    /// What the user named: an interpreter, or the folder of an environment.
    pub named: Option<PathBuf>,
    /// The environment that is active, as `VIRTUAL_ENV` says.
    pub active: Option<PathBuf>,
}

/// What was found, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Installed {
    /// The folders of packages, in the order of the path of the interpreter.
    pub(crate) folders: Vec<PathBuf>,
    /// Set where `VIRTUAL_ENV` names a folder that is no environment.
    pub(crate) missing: Option<PathBuf>,
    pub(crate) environment: Environment,
}

/// Reads the metadata of what is installed there: see [`package_folders_for`].
///
/// # Errors
/// Where the user names something that holds no distributions.
pub(crate) fn find(
    interpreter: &Interpreter,
    root: &Path,
    pool: &rayon::ThreadPool,
) -> Result<Installed, SetupError> {
    let (folders, missing) = package_folders_for(interpreter, root)?;
    Ok(read(folders, missing, pool))
}

/// The folders of packages of the named interpreter, else of the active environment, else of the nearest `.venv`: at the root of the
/// tree, or above it in the same repository. None where there is none of these. Beside them, what `VIRTUAL_ENV` names if it is no
/// environment.
///
/// # Errors
/// Where the user names something that holds no distributions.
pub(crate) fn package_folders_for(
    interpreter: &Interpreter,
    root: &Path,
) -> Result<(Vec<PathBuf>, Option<PathBuf>), SetupError> {
    let Interpreter { named, active } = interpreter;
    if let Some(path) = named {
        let failed = |reason: &str| SetupError::Python { path: path.clone(), reason: reason.to_string() };
        if !path.exists() {
            return Err(failed("there is no such file or folder"));
        }
        let folders = package_folders(path);
        if folders.is_empty() {
            return Err(failed("found no folder of installed packages (`site-packages`) that belongs to it"));
        }
        return Ok((folders, None));
    }
    let mut missing = None;
    if let Some(path) = active {
        let folders = package_folders(path);
        if !folders.is_empty() {
            return Ok((folders, None));
        }
        missing = Some(path.clone());
    }
    let beside = candidates(root).map(|folder| package_folders(&folder.join(".venv")));
    let folders = beside.into_iter().find(|folders| !folders.is_empty()).unwrap_or_default();
    Ok((folders, missing))
}

/// The root, and the folders above it up to that of the repository. What lies further up is somebody else's.
fn candidates(root: &Path) -> impl Iterator<Item = &Path> {
    let depth = root.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    root.ancestors().take(depth + 1)
}

fn read(folders: Vec<PathBuf>, missing: Option<PathBuf>, pool: &rayon::ThreadPool) -> Installed {
    let mut metadata = Vec::new();
    for folder in &folders {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> =
            entries.map(|entry| entry.path()).filter(|path| is_metadata(path)).collect();
        found.sort_unstable();
        metadata.extend(found);
    }
    let distributions: Vec<Distribution> =
        pool.install(|| metadata.par_iter().filter_map(|path| distribution(path)).collect());
    Installed { folders, missing, environment: Environment::new(distributions) }
}

fn is_metadata(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "dist-info" || extension == "egg-info")
}

fn distribution(path: &Path) -> Option<Distribution> {
    // An `egg-info` of distutils is one file.
    if path.is_file() {
        let metadata = read_text(path)?;
        return Distribution::new(&MetadataFiles { metadata: &metadata, ..MetadataFiles::default() });
    }
    let text = |name: &str| read_text(&path.join(name)).unwrap_or_default();
    let either = |first: &str, second: &str| {
        let found = text(first);
        if found.is_empty() { text(second) } else { found }
    };
    // Paths of `installed-files.txt` are counted from the folder of the metadata.
    let record = either("RECORD", "installed-files.txt").replace("\n../", "\n");
    Distribution::new(&MetadataFiles {
        metadata: &either("METADATA", "PKG-INFO"),
        record: record.strip_prefix("../").unwrap_or(&record),
        top_level: &text("top_level.txt"),
        namespace_packages: &text("namespace_packages.txt"),
        entry_points: &text("entry_points.txt"),
        requires: &text("requires.txt"),
    })
}

/// The folders of packages of an environment, of an interpreter in one, or of an interpreter of the system.
fn package_folders(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        return of_prefix(path, None);
    }
    // The interpreter of a virtual environment is a link to another: the link says which environment is meant.
    let linked = std::fs::canonicalize(path).ok();
    for interpreter in std::iter::once(path).chain(linked.as_deref()) {
        let version =
            linked.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        // `<prefix>/bin/python`, `<prefix>/Scripts/python.exe`, or `<prefix>/python.exe`.
        for prefix in interpreter.ancestors().skip(1).take(2) {
            let folders = of_prefix(prefix, version.as_deref());
            if !folders.is_empty() {
                return folders;
            }
        }
    }
    Vec::new()
}

/// The folders of packages below a prefix, for an interpreter that is called so if several versions share it.
fn of_prefix(prefix: &Path, interpreter: Option<&str>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for library in ["lib", "lib64", "local/lib"] {
        for version in versions(&prefix.join(library), interpreter) {
            folders.extend(["site-packages", "dist-packages"].map(|name| version.join(name)));
        }
    }
    folders.push(prefix.join("lib/python3/dist-packages"));
    folders.push(prefix.join("Lib/site-packages"));
    folders.retain(|folder| folder.is_dir());
    let mut seen = Vec::new();
    folders.retain(|folder| {
        let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    if let Some(base) = base_prefix(prefix) {
        folders.extend(of_prefix(&base, interpreter));
    }
    folders
}

/// `lib/python3.12` and the like; only the one of the interpreter, if its name tells.
fn versions(library: &Path, interpreter: Option<&str>) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(library).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("python3.") || name.starts_with("pypy3.")
        })
        .collect();
    found.sort_unstable();
    let own =
        found.iter().find(|path| path.file_name().is_some_and(|name| interpreter == name.to_str())).cloned();
    own.map_or(found, |own| vec![own])
}

/// The prefix of the interpreter behind a virtual environment that sees its packages, too.
fn base_prefix(prefix: &Path) -> Option<PathBuf> {
    if !venv_setting(prefix, "include-system-site-packages")?.eq_ignore_ascii_case("true") {
        return None;
    }
    // `home` is the folder of the interpreter.
    let base = Path::new(&venv_setting(prefix, "home")?).parent()?.to_path_buf();
    (base != prefix).then_some(base)
}

/// What the `pyvenv.cfg` of a virtual environment says of a key.
pub(crate) fn venv_setting(prefix: &Path, wanted: &str) -> Option<String> {
    read_text(&prefix.join("pyvenv.cfg"))?.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_string())
    })
}
