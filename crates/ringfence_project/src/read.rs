//! From files on disk to facts, in parallel.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use ringfence_diagnostics::FileId;
use ringfence_source::{FileFacts, SourceKind, decode, extract};

use crate::FileTable;
use crate::files::fingerprint;

/// Larger files have offsets that no longer fit.
const MOST_BYTES: usize = u32::MAX as usize - 1;

/// What became of one file.
pub(crate) struct Reading {
    pub(crate) file: FileId,
    pub(crate) fingerprint: Option<u64>,
    /// The facts, or why there are none.
    pub(crate) outcome: Result<FileFacts, String>,
}

/// Reads files and extracts their facts, in the order given. `progress` is told how many are done.
pub(crate) fn read_all(
    table: &FileTable,
    files: &[(FileId, SourceKind)],
    pool: &rayon::ThreadPool,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Reading> {
    let done = AtomicUsize::new(0);
    pool.install(|| {
        files
            .par_iter()
            .map(|&(file, kind)| {
                let reading = read(table, file, kind);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                reading
            })
            .collect()
    })
}

fn read(table: &FileTable, file: FileId, kind: SourceKind) -> Reading {
    let bytes = match table.bytes(file) {
        Ok(bytes) => bytes,
        Err(error) => return Reading { file, fingerprint: None, outcome: Err(error.to_string()) },
    };
    let outcome = if bytes.len() > MOST_BYTES {
        Err("it has more than 4 GiB".to_string())
    } else {
        guarded(|| facts(&bytes, kind))
    };
    Reading { file, fingerprint: Some(fingerprint(&bytes)), outcome }
}

/// One file that the extractor cannot bear must not cost the findings of all others.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err("internal error: reading it panicked; this is a bug of ringfence".to_string())
    })
}

fn facts(bytes: &[u8], kind: SourceKind) -> Result<FileFacts, String> {
    let decoded = decode(bytes).map_err(|error| error.to_string())?;
    Ok(extract(&decoded.text, kind))
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
