//! Which config governs a path.
//!
//! For each path walk up; the nearest folder with any config wins. Within it:
//!
//! ```text
//! ringfence.toml                          native
//! pyproject.toml with [tool.ringfence]
//! tach.toml                               Tach's
//! pyproject.toml with [tool.tach]
//! .importlinter, setup.cfg and pyproject.toml with an importlinter section     which this version names but does not
//!                                                                              read
//! ```

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ringfence_policy::native::has_config;
use ringfence_policy::tach;
use thiserror::Error;

use crate::files::read_text;

/// A config file that governs a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigFile {
    pub path: PathBuf,
    pub kind: ConfigKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigKind {
    /// `ringfence.toml`, or any file named with `--config`.
    Ringfence,
    /// `[tool.ringfence]` of a `pyproject.toml`.
    Pyproject,
    /// `tach.toml`
    Tach,
    /// `[tool.tach]` of a `pyproject.toml`.
    TachPyproject,
}

impl ConfigFile {
    /// A config that the user named. `pyproject.toml` and `tach.toml` are read as such, everything else as
    /// `ringfence.toml`.
    pub fn named(path: PathBuf) -> Self {
        let kind = match path.file_name().and_then(OsStr::to_str) {
            Some("tach.toml") => ConfigKind::Tach,
            Some("pyproject.toml") => match read_text(&path) {
                Some(text) if !has_config(&text) && tach::has_config(&text) => ConfigKind::TachPyproject,
                _ => ConfigKind::Pyproject,
            },
            _ => ConfigKind::Ringfence,
        };
        Self { path, kind }
    }
}

/// Why a run cannot be made.
#[derive(Debug, Error)]
pub enum SetupError {
    #[error("no config found in `{}` or above it", .0.display())]
    NoConfig(PathBuf),
    #[error("`{}` is the config of {tool}, which this version does not read", .path.display())]
    ForeignConfig { path: PathBuf, tool: &'static str },
    #[error("cannot read `{}`: {reason}", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("`{}` does not exist", .0.display())]
    NoSuchPath(PathBuf),
    #[error("cannot walk `{}`: {reason}", .path.display())]
    Walk { path: PathBuf, reason: String },
    #[error("invalid glob in `--extend-exclude`: {0}")]
    Exclude(String),
    #[error("`--python {}`: {reason}", .path.display())]
    Python { path: PathBuf, reason: String },
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// The config that governs a folder: its own, or that of the nearest folder above.
///
/// # Errors
/// Where there is none, or the nearest one is of another tool.
pub fn find_config(folder: &Path) -> Result<ConfigFile, SetupError> {
    for ancestor in folder.ancestors() {
        if let Some(config) = config_in(ancestor).or_else(|| tach_config_in(ancestor)) {
            return Ok(config);
        }
        if let Some((path, tool)) = foreign_config_in(ancestor) {
            return Err(SetupError::ForeignConfig { path, tool });
        }
    }
    Err(SetupError::NoConfig(folder.to_path_buf()))
}

/// The configs in folders strictly below this one, by path; what is ignored or excluded by default is not looked at.
///
/// # Errors
/// Where the folder cannot be walked.
pub fn find_configs_below(folder: &Path) -> Result<Vec<ConfigFile>, SetupError> {
    let mut configs = crate::discovery::config_folders(folder)?
        .into_iter()
        .filter(|below| below != folder)
        .filter_map(|below| config_in(&below).or_else(|| tach_config_in(&below)))
        .collect::<Vec<_>>();
    configs.sort_unstable();
    Ok(configs)
}

/// The native config of exactly this folder.
pub(crate) fn config_in(folder: &Path) -> Option<ConfigFile> {
    let native = folder.join("ringfence.toml");
    // One that cannot be read was meant to be one all the same.
    if std::fs::symlink_metadata(&native).is_ok_and(|metadata| !metadata.is_dir()) {
        return Some(ConfigFile { path: native, kind: ConfigKind::Ringfence });
    }
    let pyproject = folder.join("pyproject.toml");
    let text = read_text(&pyproject)?;
    has_config(&text).then_some(ConfigFile { path: pyproject, kind: ConfigKind::Pyproject })
}

/// The config of Tach in exactly this folder.
fn tach_config_in(folder: &Path) -> Option<ConfigFile> {
    let path = folder.join("tach.toml");
    if std::fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_dir()) {
        return Some(ConfigFile { path, kind: ConfigKind::Tach });
    }
    let pyproject = folder.join("pyproject.toml");
    let text = read_text(&pyproject)?;
    tach::has_config(&text).then_some(ConfigFile { path: pyproject, kind: ConfigKind::TachPyproject })
}

fn foreign_config_in(folder: &Path) -> Option<(PathBuf, &'static str)> {
    let holds = |name: &str, needles: &[&str]| {
        let path = folder.join(name);
        let text = read_text(&path)?;
        needles
            .iter()
            .any(|needle| text.lines().any(|line| line.trim_start().starts_with(needle)))
            .then_some(path)
    };
    let import_linter = folder.join(".importlinter");
    if import_linter.is_file() {
        return Some((import_linter, "import-linter"));
    }
    holds("setup.cfg", &["[importlinter"])
        .or_else(|| holds("pyproject.toml", &["[tool.importlinter", "[[tool.importlinter"]))
        .map(|path| (path, "import-linter"))
}
