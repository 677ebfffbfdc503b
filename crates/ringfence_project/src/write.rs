//! Every file that ringfence writes is written here: fixes of sources and configs, baselines, new configs, reports.
//!
//! - A file is written whole or not at all: into a temporary file in the same folder, flushed to the disk, then renamed.
//! - What was saved by somebody else since it was read is left alone ([`WriteError::Changed`]).
//! - Nothing is written outside of the project, whatever links lead there. Reports go where the user says.
//! - Owner, mode, extended attributes and access control lists stay, where the system lets us.
//! - What a killed run left half written has a name of its own, so that the next run removes it ([`remove_unfinished`]).

mod attributes;
mod foreign;
mod interrupt;
mod output;

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

pub(crate) use self::foreign::kind_of_foreign;
use self::interrupt::Pending;
pub use self::output::{OutputError, OutputFile};

/// How the names of temporary files begin. No dot before it: walks that pass over hidden files have to meet them, too.
const UNFINISHED: &str = "ringfence-unfinished-";

/// How many letters and digits follow.
const RANDOM: usize = 16;

/// A run that tidies up may take a temporary file away before we have locked it.
const MOST_ATTEMPTS: usize = 3;

/// Somebody who saves all the time may do so between any two looks.
const MOST_EXCHANGES: usize = 20;
const PATIENCE: Duration = Duration::from_micros(300);

/// Why a file is left as it is.
#[derive(Debug, Error)]
pub enum WriteError {
    #[error("it leads out of the project, to `{}`", .0.display())]
    Outside(PathBuf),
    #[error("it was changed by somebody else since it was read; run it again")]
    Changed,
    #[error("it is there already")]
    AlreadyThere,
    #[error("the file is read-only")]
    ReadOnly,
    #[error("it is not a regular file")]
    NotRegular,
    #[error("it has {0} names (hard links), and only one of them would get the new contents")]
    HardLinks(u64),
    #[error("it is no baseline: its first line is not `{0}`")]
    NoBaseline(&'static str),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes below one folder.
#[derive(Debug)]
pub struct Writer {
    /// Without links.
    root: PathBuf,
    /// A file that the user named, wherever it lies; without links.
    named: Option<PathBuf>,
    /// Folders in which something was written.
    folders: Mutex<BTreeSet<PathBuf>>,
}

impl Writer {
    /// One for the files of a project.
    ///
    /// # Errors
    /// Where the root is not there.
    pub fn new(root: &Path) -> io::Result<Self> {
        Ok(Self { root: fs::canonicalize(root)?, named: None, folders: Mutex::default() })
    }

    /// The same, and this file, which the user named.
    #[must_use]
    pub fn with_named(mut self, file: Option<&Path>) -> Self {
        self.named = file.and_then(|file| fs::canonicalize(file).ok());
        self
    }

    /// Replaces what a file held when it was read.
    ///
    /// # Errors
    /// Where it holds something else by now, lies outside of the project, or cannot be written; it is as it was then.
    pub fn replace(&self, path: &Path, read: &[u8], new: &[u8]) -> Result<(), WriteError> {
        let (path, metadata) = self.existing(path)?;
        if metadata.permissions().readonly() {
            return Err(WriteError::ReadOnly);
        }
        self.put(&path, new, Some(&Before { bytes: read, metadata }))
    }

    /// Makes a file that is not there yet, with the folders around it.
    ///
    /// # Errors
    /// Where there is one, or it would lie outside of the project.
    pub fn create(&self, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(WriteError::AlreadyThere);
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(WriteError::NotRegular);
        };
        // Folders are made only where the part of the way that is there lies in the project.
        let there = folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("."));
        self.within(&fs::canonicalize(there)?)?;
        fs::create_dir_all(folder)?;
        let folder = fs::canonicalize(folder)?;
        self.within(&folder)?;
        self.put(&folder.join(name), bytes, None)
    }

    /// Removes a file that holds what it held when it was read.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub fn remove(&self, path: &Path, read: &[u8]) -> Result<(), WriteError> {
        if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(WriteError::NotRegular);
        }
        let (path, _) = self.existing(path)?;
        if fs::read(&path)? != read {
            return Err(WriteError::Changed);
        }
        fs::remove_file(&path)?;
        self.is_first_in(path.parent().unwrap_or(&path));
        Ok(())
    }

    /// A file of the project, without links.
    fn existing(&self, path: &Path) -> Result<(PathBuf, Metadata), WriteError> {
        let target = match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(WriteError::Changed),
            target => target?,
        };
        if self.named.as_ref() != Some(&target) {
            self.within(&target)?;
        }
        let metadata = fs::metadata(&target)?;
        if !metadata.is_file() {
            return Err(WriteError::NotRegular);
        }
        match attributes::names(&metadata) {
            0 | 1 => Ok((target, metadata)),
            names => Err(WriteError::HardLinks(names)),
        }
    }

    /// Notes a folder; whether it is a new one.
    fn is_first_in(&self, folder: &Path) -> bool {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf())
    }

    fn within(&self, path: &Path) -> Result<(), WriteError> {
        if path.starts_with(&self.root) { Ok(()) } else { Err(WriteError::Outside(path.to_path_buf())) }
    }

    fn put(&self, path: &Path, new: &[u8], before: Option<&Before>) -> Result<(), WriteError> {
        let folder = path.parent().ok_or(WriteError::NotRegular)?;
        if self.is_first_in(folder) {
            remove_unfinished_in(folder);
        }
        let mut attempt = 1;
        loop {
            match put_once(folder, path, new, before) {
                Err(WriteError::Io(error))
                    if error.kind() == io::ErrorKind::NotFound && attempt < MOST_ATTEMPTS =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}

impl Drop for Writer {
    /// A rename is safe from a crash of the system once its folder is on the disk. The new contents are seen either way.
    fn drop(&mut self) {
        for folder in self.folders.get_mut().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = attributes::flush_folder(folder);
        }
    }
}

/// A file as it was read.
struct Before<'a> {
    bytes: &'a [u8],
    metadata: Metadata,
}

fn put_once(folder: &Path, path: &Path, new: &[u8], before: Option<&Before>) -> Result<(), WriteError> {
    let mut unfinished = Unfinished::new(folder, before.is_none())?;
    unfinished.write_all(new)?;
    if let Some(before) = before {
        attributes::keep(path, &before.metadata, unfinished.file())?;
    }
    unfinished.file().sync_all()?;
    match before {
        Some(before) if fs::read(path).ok().as_deref() != Some(before.bytes) => Err(WriteError::Changed),
        Some(before) => unfinished.exchange(path, new, before.bytes),
        None => unfinished.create(path),
    }
}

/// A temporary file, which goes away unless it is renamed: also where a signal ends the process.
#[derive(Debug)]
struct Unfinished {
    file: NamedTempFile,
    /// Dropped after the file.
    pending: Pending,
}

impl Unfinished {
    /// `is_new`: with the permissions of any new file, rather than for the owner alone.
    fn new(folder: &Path, is_new: bool) -> io::Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(UNFINISHED).rand_bytes(RANDOM);
        if is_new {
            attributes::as_new_file(&mut builder);
        }
        let (file, pending) = Pending::guard(|| {
            let file = builder.tempfile_in(folder)?;
            let path = file.path().to_path_buf();
            Ok((file, path))
        })?;
        // Held as long as the file is open, so that no other run takes it for a leftover. Some file systems know no locks; there
        // nobody can take them, either.
        let _ = file.as_file().try_lock();
        Ok(Self { file, pending })
    }

    fn file(&self) -> &File {
        self.file.as_file()
    }

    fn replace(self, path: &Path) -> io::Result<()> {
        let Self { file, pending } = self;
        let result = file.persist(path).map(drop).map_err(|error| error.error);
        drop(pending);
        result
    }

    /// Puts it in the place of a file that holds `read`, and looks once more at what it took away: somebody may have saved that at
    /// the last moment. Then all goes back, and of several saves the last one stays.
    fn exchange(self, path: &Path, new: &[u8], read: &[u8]) -> Result<(), WriteError> {
        let (mut ours, mut expected) = (new.to_vec(), read.to_vec());
        let mut result = Ok(());
        // What is taken away has our name for a while, and is no leftover.
        let taken = File::open(path).map_err(|_| WriteError::Changed)?;
        let _ = taken.try_lock();
        for _ in 0..MOST_EXCHANGES {
            match attributes::exchange(self.file.path(), path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.file.path().exists() => {
                    return Err(WriteError::Changed);
                }
                // The file system or the system cannot; no exchange was made yet.
                Err(_) if result.is_ok() => return Ok(self.replace(path)?),
                Err(error) => return Err(error.into()),
            }
            // Who had opened the file for writing waits for the exchange, and goes on right after it.
            std::thread::sleep(PATIENCE);
            let taken = fs::read(self.file.path())?;
            if taken == expected {
                break;
            }
            expected = std::mem::replace(&mut ours, taken);
            result = Err(WriteError::Changed);
        }
        result
    }

    fn create(self, path: &Path) -> Result<(), WriteError> {
        let Self { file, pending } = self;
        let result = match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(WriteError::AlreadyThere),
            Err(error) => Err(error.error.into()),
        };
        drop(pending);
        result
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether a name is that of a temporary file of ours.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.strip_prefix(UNFINISHED).is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Removes a temporary file that a run which was killed has left. One that a run still holds is left alone. Whether it was removed.
///
/// # Errors
/// Where it cannot be removed.
pub fn remove_unfinished(path: &Path) -> io::Result<bool> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(false) };
    // Nothing but a plain file was made by us.
    if !metadata.is_file() || interrupt::is_pending(path) {
        return Ok(false);
    }
    // One that only somebody else may read is somebody else's.
    let Ok(file) = File::open(path) else { return Ok(false) };
    if file.try_lock().is_err() {
        return Ok(false);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Tidies a folder before something is written in it: the walk does not come to all folders.
fn remove_unfinished_in(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_str().is_some_and(is_unfinished) {
            // It is in nobody's way.
            let _ = remove_unfinished(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
