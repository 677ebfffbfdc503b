//! From files on disk to facts, in parallel.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use ringfence_diagnostics::FileId;
use ringfence_source::{FileFacts, SourceKind, decode, parse, scan};

use crate::FileTable;
use crate::files::fingerprint;

/// Larger files have offsets that no longer fit.
const MOST_BYTES: usize = u32::MAX as usize - 1;

/// Most files fit.
const LEAST_BUFFER: usize = 1 << 18;

/// What became of one file.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Of the contents; nothing where these cannot be read.
    pub(crate) fingerprint: Option<u64>,
    /// The facts, or why there are none.
    pub(crate) outcome: Result<FileFacts, String>,
    /// Whether it was parsed in full.
    pub(crate) parsed: bool,
}

/// How deep files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// For imports only, where a scan can tell them for certain.
    Imports,
    /// Every file is parsed, so that every syntax error is found.
    Full,
}

/// Reads a file for its imports only. Nothing where that takes the parser: it wants a larger stack.
pub(crate) fn read_imports(path: &Path, buffer: &mut Vec<u8>) -> Option<Reading> {
    let bytes = match read_into(path, buffer) {
        Ok(bytes) => bytes,
        Err(error) => {
            return Some(Reading { fingerprint: None, outcome: Err(error.to_string()), parsed: false });
        }
    };
    let outcome = guarded(|| match decode(bytes) {
        Ok(decoded) => Ok(scan(&decoded.text)),
        Err(error) => Err(error.to_string()),
    });
    let outcome = outcome.transpose()?;
    Some(Reading { fingerprint: Some(fingerprint(bytes)), outcome, parsed: false })
}

/// The contents of a file, in a buffer that is kept from file to file.
fn read_into<'a>(path: &Path, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
    let mut file = File::open(path)?;
    let mut length = 0;
    loop {
        if length == buffer.len() {
            buffer.resize((length * 2).max(LEAST_BUFFER), 0);
        }
        match file.read(&mut buffer[length..]) {
            Ok(0) => return Ok(&buffer[..length]),
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads files with the parser, where a scan cannot tell or more is asked for; the largest first, so that no thread is
/// left with one at the end. `progress` is told how many are done.
pub(crate) fn read_all(
    table: &FileTable,
    files: &[(FileId, SourceKind)],
    depth: Depth,
    pool: &rayon::ThreadPool,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<(FileId, Reading)> {
    let done = AtomicUsize::new(0);
    pool.install(|| {
        files
            .par_iter()
            .with_max_len(1)
            .map(|&(file, kind)| {
                let reading = read(table, file, kind, depth);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                (file, reading)
            })
            .collect()
    })
}

fn read(table: &FileTable, file: FileId, kind: SourceKind, depth: Depth) -> Reading {
    let failed = |reason: String| Reading { fingerprint: None, outcome: Err(reason), parsed: false };
    let bytes = match table.bytes(file) {
        Ok(bytes) => bytes,
        Err(error) => return failed(error.to_string()),
    };
    if bytes.len() > MOST_BYTES {
        return failed("it has more than 4 GiB".to_string());
    }
    let mut parsed = false;
    let outcome = guarded(|| {
        let decoded = decode(&bytes).map_err(|error| error.to_string())?;
        let scanned = if depth == Depth::Imports { scan(&decoded.text) } else { None };
        parsed = scanned.is_none();
        Ok(scanned.unwrap_or_else(|| parse(&decoded.text, kind)))
    });
    Reading { fingerprint: Some(fingerprint(&bytes)), outcome, parsed }
}

/// One file that the extractor cannot bear must not cost the findings of all others.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err("internal error: reading it panicked; this is a bug of ringfence".to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panic_is_an_answer_about_one_file() {
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        let reason = guarded::<()>(|| panic!("as a bug would")).unwrap_err();
        assert!(reason.contains("bug of ringfence"));
    }
}
