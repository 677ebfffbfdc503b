//! Which config governs a path.
//!
//! For each path walk up; the nearest folder with any config wins. Within it:
//!
//! ```text
//! ringfence.toml                          native
//! pyproject.toml with [tool.ringfence]
//! tach.toml                               Tach's
//! pyproject.toml with [tool.tach]
//! setup.cfg with [importlinter]           import-linter's
//! .importlinter
//! pyproject.toml with [tool.importlinter]
//! ```
//!
//! One of import-linter's governs its folder beside another one that is there: it knows contracts only.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ringfence_policy::native::has_config;
use ringfence_policy::{import_linter, tach};
use thiserror::Error;

use crate::disk::Disk;

/// How configs are called.
pub const CONFIG_NAMES: [&str; 7] = [
    "ringfence.toml",
    "ringfence.module.toml",
    "tach.toml",
    "tach.domain.toml",
    "pyproject.toml",
    "setup.cfg",
    ".importlinter",
];

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
    /// `[importlinter]` of an INI file.
    ImportLinter,
    /// `[tool.importlinter]` of a TOML file.
    ImportLinterToml,
}

impl ConfigKind {
    /// Whether it is a config of import-linter's.
    pub fn is_import_linter(self) -> bool {
        matches!(self, Self::ImportLinter | Self::ImportLinterToml)
    }
}

impl ConfigFile {
    /// A config that the user named. `pyproject.toml`, `tach.toml` and import-linter's files are read as such, everything else as
    /// `ringfence.toml`.
    pub fn named(path: PathBuf) -> Self {
        Self::named_on(&Disk::default(), path)
    }

    /// The same where something stands for the files on the disk.
    pub fn named_on(disk: &Disk, path: PathBuf) -> Self {
        let text = || disk.read_text(&path).unwrap_or_default();
        let kind = match path.file_name().and_then(OsStr::to_str) {
            Some("tach.toml") => ConfigKind::Tach,
            Some("pyproject.toml") => match text() {
                text if has_config(&text) => ConfigKind::Pyproject,
                text if tach::has_config(&text) => ConfigKind::TachPyproject,
                text if import_linter::has_config(&text, true) => ConfigKind::ImportLinterToml,
                _ => ConfigKind::Pyproject,
            },
            Some("ringfence.toml") => ConfigKind::Ringfence,
            Some(_) if suffix(&path) == Some("toml") => {
                if import_linter::has_config(&text(), true) {
                    ConfigKind::ImportLinterToml
                } else {
                    ConfigKind::Ringfence
                }
            }
            Some(_) if is_ini(&path) || import_linter::has_config(&text(), false) => ConfigKind::ImportLinter,
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
    #[error(
        "`{}` is a config of import-linter, which counts from the folder that it is run in: run it there", .0.display()
    )]
    ConfigAbove(PathBuf),
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

/// The config that governs a folder: its own, or that of the nearest folder above. One of import-linter's is for those who run
/// it in its folder, or name something below: above the working directory it is not looked for.
///
/// # Errors
/// Where there is none.
pub fn find_config(folder: &Path, working_directory: &Path) -> Result<ConfigFile, SetupError> {
    find_config_on(&Disk::default(), folder, working_directory)
}

/// The same where something stands for the files on the disk.
///
/// # Errors
/// Where there is none.
pub fn find_config_on(
    disk: &Disk,
    folder: &Path,
    working_directory: &Path,
) -> Result<ConfigFile, SetupError> {
    let Some(config) = folder.ancestors().find_map(|folder| any_config_in(disk, folder)) else {
        return Err(SetupError::NoConfig(folder.to_path_buf()));
    };
    let its_folder = config.path.parent().unwrap_or(folder);
    let is_above = working_directory != its_folder && working_directory.starts_with(its_folder);
    if config.kind.is_import_linter() && is_above {
        return Err(SetupError::ConfigAbove(config.path));
    }
    Ok(config)
}

/// The config of exactly this folder, of whichever tool.
pub(crate) fn any_config_in(disk: &Disk, folder: &Path) -> Option<ConfigFile> {
    config_in(disk, folder)
        .or_else(|| tach_config_in(disk, folder))
        .or_else(|| import_linter_config_in(disk, folder))
}

/// The config of import-linter's that governs the same folder beside this one.
pub fn config_beside(disk: &Disk, config: &ConfigFile) -> Option<ConfigFile> {
    let folder = config.path.parent().filter(|_| !config.kind.is_import_linter())?;
    // What cannot be read need not be meant: the folder has a config.
    import_linter_config_in(disk, folder).filter(|beside| disk.read_text(&beside.path).is_some())
}

/// The configs in folders strictly below this one, by path; what is ignored or excluded by default is not looked at.
///
/// # Errors
/// Where the folder cannot be walked.
pub fn find_configs_below(disk: &Disk, folder: &Path) -> Result<Vec<ConfigFile>, SetupError> {
    let mut configs = crate::discovery::config_folders(disk, folder)?
        .into_iter()
        .filter(|below| below != folder)
        .filter_map(|below| any_config_in(disk, &below))
        .collect::<Vec<_>>();
    configs.sort_unstable();
    Ok(configs)
}

/// The native config of exactly this folder.
pub(crate) fn config_in(disk: &Disk, folder: &Path) -> Option<ConfigFile> {
    let native = folder.join("ringfence.toml");
    // One that cannot be read was meant to be one all the same.
    if disk.has_entry(&native) {
        return Some(ConfigFile { path: native, kind: ConfigKind::Ringfence });
    }
    let pyproject = folder.join("pyproject.toml");
    disk.holds(&pyproject, has_config).then_some(ConfigFile { path: pyproject, kind: ConfigKind::Pyproject })
}

/// The config of Tach in exactly this folder.
fn tach_config_in(disk: &Disk, folder: &Path) -> Option<ConfigFile> {
    let path = folder.join("tach.toml");
    if disk.has_entry(&path) {
        return Some(ConfigFile { path, kind: ConfigKind::Tach });
    }
    let pyproject = folder.join("pyproject.toml");
    disk.holds(&pyproject, tach::has_config)
        .then_some(ConfigFile { path: pyproject, kind: ConfigKind::TachPyproject })
}

/// The config of import-linter in exactly this folder.
pub(crate) fn import_linter_config_in(disk: &Disk, folder: &Path) -> Option<ConfigFile> {
    let candidates = [
        ("setup.cfg", ConfigKind::ImportLinter),
        (".importlinter", ConfigKind::ImportLinter),
        ("pyproject.toml", ConfigKind::ImportLinterToml),
    ];
    candidates.into_iter().find_map(|(name, kind)| {
        let path = folder.join(name);
        disk.holds(&path, |text| import_linter::has_config(text, kind == ConfigKind::ImportLinterToml))
            .then_some(ConfigFile { path, kind })
    })
}

/// Whether a file is a config, or may be one, by its name. Not all file systems tell `RINGFENCE.toml` from `ringfence.toml`.
pub(crate) fn is_config_name(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| CONFIG_NAMES.iter().any(|config| config.eq_ignore_ascii_case(name)))
}

/// Whether a file is INI by its name.
fn is_ini(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".importlinter")
        || matches!(suffix(path), Some("cfg" | "ini"))
}

fn suffix(path: &Path) -> Option<&str> {
    path.extension().and_then(OsStr::to_str)
}
