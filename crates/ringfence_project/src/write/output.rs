//! A report in a file: whole or not at all, and never over a source or a config.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Unfinished, attributes, remove_unfinished_in};
use crate::config::is_config_name;
use crate::naming::kind_of;

/// Why a report cannot be written somewhere.
#[derive(Debug, Error)]
pub enum OutputError {
    #[error("a report is not written over Python source")]
    Source,
    #[error("a report is not written over a config")]
    Config,
    #[error("a report is not written over a file of the project that this run has read")]
    Known,
    #[error("it is a link that leads out of the project, to `{}`", .0.display())]
    Outside(PathBuf),
    #[error("it is a folder")]
    Folder,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Where a report goes.
#[derive(Debug)]
pub struct OutputFile {
    target: Target,
    path: PathBuf,
}

#[derive(Debug)]
enum Target {
    Whole(Unfinished),
    /// A device, a pipe, or a stream of the process.
    Stream(File),
}

impl OutputFile {
    /// Whether a name can be that of a report at all. To be asked before anything is done.
    ///
    /// # Errors
    /// For names of Python files and of configs.
    pub fn check_name(path: &Path) -> Result<(), OutputError> {
        if kind_of(path).is_some() {
            return Err(OutputError::Source);
        }
        if is_config_name(path) { Err(OutputError::Config) } else { Ok(()) }
    }

    /// Opens it; the file that is there stays until [`Self::finish`]. A link is followed within `root` only, and what `is_known` is
    /// not written over.
    ///
    /// # Errors
    /// Where it must not or cannot be written.
    pub fn open(path: &Path, root: &Path, is_known: impl Fn(&Path) -> bool) -> Result<Self, OutputError> {
        Self::check_name(path)?;
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let stream = || OpenOptions::new().write(true).open(path).map(Target::Stream);
        // `/dev/stdout` may lead to a regular file, which others hold open.
        if cfg!(unix) && (path.starts_with("/dev") || path.starts_with("/proc")) {
            return Ok(Self { target: stream()?, path: path.to_path_buf() });
        }
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            // A link to nowhere says where to write as well as one to a file.
            Err(error) if is_link => return Err(error.into()),
            Err(_) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
                folder.join(path.file_name().ok_or(OutputError::Folder)?)
            }
        };
        let metadata = fs::metadata(&target).ok();
        if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(OutputError::Folder);
        }
        if metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Ok(Self { target: stream()?, path: path.to_path_buf() });
        }
        if is_link && !fs::canonicalize(root).is_ok_and(|root| target.starts_with(root)) {
            return Err(OutputError::Outside(target));
        }
        Self::check_name(&target)?;
        if is_known(&target) {
            return Err(OutputError::Known);
        }
        let folder = target.parent().ok_or(OutputError::Folder)?;
        remove_unfinished_in(folder);
        let unfinished = Unfinished::new(folder, metadata.is_none())?;
        if let Some(metadata) = metadata {
            if metadata.permissions().readonly() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only").into());
            }
            attributes::keep(&target, &metadata, unfinished.file())?;
        }
        Ok(Self { target: Target::Whole(unfinished), path: target })
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// Where it cannot be written; what was there stays.
    pub fn finish(self) -> io::Result<()> {
        match self.target {
            Target::Stream(mut file) => file.flush(),
            Target::Whole(unfinished) => {
                unfinished.file().sync_all()?;
                unfinished.replace(&self.path)
            }
        }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Whole(unfinished) => unfinished.write(bytes),
            Target::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Whole(unfinished) => unfinished.flush(),
            Target::Stream(file) => file.flush(),
        }
    }
}
