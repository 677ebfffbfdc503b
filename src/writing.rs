//! Writes what commands have changed, each file below the root of its own project, and their reports.

use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use ringfence_project::Session;
use ringfence_project::fix::{self, Change};
use ringfence_project::write::{OutputFile, WriteError, Writer};

use crate::sessions::Sessions;
use crate::terminal::warn;

/// A file that a report goes to, wherever that is but over what was read.
pub(crate) fn open_output(sessions: &Sessions, path: &Path) -> Result<OutputFile> {
    let is_known = |target: &Path| {
        let is_same = |file: &Path| std::fs::canonicalize(file).is_ok_and(|file| file == target);
        sessions.all.iter().any(|session| session.files_read().any(is_same))
    };
    OutputFile::open(path, &sessions.working_directory, is_known)
        .with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes a whole report to such a file.
pub(crate) fn write_output(
    sessions: &Sessions,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, open_output(sessions, path)?);
    let written = write(&mut out)
        .and_then(|()| out.into_inner().map_err(IntoInnerError::into_error))
        .and_then(OutputFile::finish);
    written.with_context(|| format!("cannot write `{}`", path.display()))
}

/// A changed file, with the position of its session.
pub(crate) type Owned = (usize, Change);

/// A writer for the files of a project, and for a config that lies elsewhere because the user named it.
pub(crate) fn writer(session: &Session) -> std::io::Result<Writer> {
    let config = session.config().map(|config| config.path.as_path());
    let named = config.filter(|config| !config.starts_with(session.root()));
    Ok(Writer::new(session.root())?.with_named(named))
}

/// Writes a file of the project that is not there yet.
pub(crate) fn write_new(session: &Session, path: &Path, text: &str) -> Result<()> {
    let written =
        writer(session).map_err(WriteError::from).and_then(|writer| writer.create(path, text.as_bytes()));
    written.with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes the changes, but for that of `buffer`. Each that cannot be written is said, and given back.
pub(crate) fn write_changes<'a>(
    sessions: &Sessions,
    changes: &'a [Owned],
    buffer: Option<&Path>,
) -> Result<Vec<&'a Owned>> {
    let changes: Vec<&Owned> =
        changes.iter().filter(|(_, change)| buffer.is_none_or(|buffer| buffer != change.path)).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let writers = sessions.all.iter().map(writer).collect::<std::io::Result<Vec<Writer>>>();
    let writers = writers.context("cannot write in the project")?;
    let jobs: Vec<_> = changes.iter().map(|(position, change)| (&writers[*position], change)).collect();
    let mut unwritten = Vec::new();
    for (owned, written) in changes.into_iter().zip(fix::write_all(&jobs)) {
        if let Err(error) = written {
            warn(&format!("error: cannot write `{}`: {error}", sessions.display(&owned.1.path)));
            unwritten.push(owned);
        }
    }
    Ok(unwritten)
}
