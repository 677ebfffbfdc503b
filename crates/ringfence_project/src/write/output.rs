//! A report in a file: whole or not at all, and never over a source or a config.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Unfinished, attributes, kind_of_foreign, remove_unfinished_in};
use crate::baseline;

/// Why a report cannot be written somewhere.
#[derive(Debug, Error)]
pub enum OutputError {
    #[error("a report is not written over {0}")]
    Foreign(&'static str),
    #[error("a report is not written over a file of the project that this run has read")]
    Known,
    #[error("it is a link that leads out of the project, to `{}`", .0.display())]
    Outside(PathBuf),
    #[error("it is a link to `{}`, which is not there", .0.display())]
    Dangling(PathBuf),
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
    /// A device or a pipe.
    Stream(File),
    /// What others, who come before and after us, write to as well, so that a place of our own in it would be wrong.
    Stdout,
    Stderr,
}

impl OutputFile {
    /// Whether a name can be that of a report at all. To be asked before anything is done.
    ///
    /// # Errors
    /// For names of Python files, of configs and manifests, and of what is git's.
    pub fn check_name(path: &Path) -> Result<(), OutputError> {
        kind_of_foreign(path).map_or(Ok(()), |kind| Err(OutputError::Foreign(kind)))
    }

    /// Opens it; the file that is there stays until [`Self::finish`]. A link is followed within `root` only, and what `is_known` is
    /// not written over.
    ///
    /// # Errors
    /// Where it must not or cannot be written.
    pub fn open(path: &Path, root: &Path, is_known: impl Fn(&Path) -> bool) -> Result<Self, OutputError> {
        Self::check_name(path)?;
        if let Some(target) = descriptor(path) {
            return Ok(Self { target: target?, path: path.to_path_buf() });
        }
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let root = fs::canonicalize(root)?;
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            // What is not there cannot be told to lie in the project.
            Err(_) if is_link => return Err(OutputError::Dangling(fs::read_link(path)?)),
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
            let stream = OpenOptions::new().write(true).open(path).map(Target::Stream)?;
            return Ok(Self { target: stream, path: path.to_path_buf() });
        }
        let is_inside = target.starts_with(&root);
        if is_link && !is_inside {
            return Err(OutputError::Outside(target));
        }
        Self::check_name(&target)?;
        if is_known(&target) || is_baseline(&target) {
            return Err(OutputError::Known);
        }
        let folder = target.parent().ok_or(OutputError::Folder)?;
        if is_inside {
            remove_unfinished_in(folder);
        }
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
            Target::Stdout => io::stdout().flush(),
            Target::Stderr => io::stderr().flush(),
            Target::Whole(unfinished) => {
                unfinished.file().sync_all()?;
                unfinished.replace(&self.path)
            }
        }
    }
}

/// What a process has open, under the names by which it finds that.
fn descriptor(path: &Path) -> Option<io::Result<Target>> {
    if path == Path::new("-") {
        return Some(Ok(Target::Stdout));
    }
    if !cfg!(unix) {
        return None;
    }
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(Ok(Target::Stdout)),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(Ok(Target::Stderr)),
        _ if ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.parent() == Some(Path::new(folder))) => {
            Some(OpenOptions::new().append(true).open(path).map(Target::Stream))
        }
        _ => None,
    }
}

/// Whether there is a baseline, be it one that this run was told to ignore.
fn is_baseline(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(baseline::HEADER_BYTES).read_to_end(&mut start));
    read.is_ok() && baseline::is_ours(&start)
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Whole(unfinished) => unfinished.write(bytes),
            Target::Stream(file) => file.write(bytes),
            Target::Stdout => io::stdout().write(bytes),
            Target::Stderr => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Whole(unfinished) => unfinished.flush(),
            Target::Stream(file) => file.flush(),
            Target::Stdout => io::stdout().flush(),
            Target::Stderr => io::stderr().flush(),
        }
    }
}
