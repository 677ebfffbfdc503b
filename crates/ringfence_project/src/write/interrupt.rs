//! Temporary files go away where Ctrl-C or a polite kill ends the process.
//!
//! Until the first file is written, nothing is different from any other process. From then on a thread waits for the signals; it
//! holds the list of temporary files while it removes them and ends the process, so that none can be made or renamed meanwhile.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

/// The temporary files that there are.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static WATCH: Once = Once::new();

/// Holds the place of a temporary file in the list.
#[derive(Debug)]
pub(super) struct Pending(PathBuf);

impl Pending {
    /// Makes a temporary file and notes it, with no signal in between.
    pub(super) fn guard<T>(make: impl FnOnce() -> io::Result<(T, PathBuf)>) -> io::Result<(T, Self)> {
        WATCH.call_once(watch);
        let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let (made, path) = make()?;
        pending.insert(path.clone());
        Ok((made, Self(path)))
    }
}

/// Whether a temporary file is one that this process writes.
pub(super) fn is_pending(path: &Path) -> bool {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(unix)]
fn watch() {
    use std::io::Read as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::low_level::emulate_default_handler;
    use signal_hook::{flag, low_level::pipe};

    // A pipe tells that there was a signal, the flag which one.
    let is_interrupted = Arc::new(AtomicBool::new(false));
    let register = {
        let is_interrupted = Arc::clone(&is_interrupted);
        move || {
            let (reader, writer) = std::io::pipe()?;
            flag::register(SIGINT, is_interrupted)?;
            pipe::register(SIGINT, writer.try_clone()?)?;
            pipe::register(SIGTERM, writer)?;
            Ok::<_, io::Error>(reader)
        }
    };
    let (is_ready, ready) = mpsc::channel();
    let wait = move || {
        let reader = register();
        let _ = is_ready.send(());
        let Ok(mut reader) = reader else { return };
        while reader.read_exact(&mut [0]).is_ok() {
            let pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
            for path in pending.iter() {
                let _ = std::fs::remove_file(path);
            }
            let signal = if is_interrupted.load(Ordering::Relaxed) { SIGINT } else { SIGTERM };
            let _ = emulate_default_handler(signal);
        }
    };
    let thread = std::thread::Builder::new().name("ringfence-signals".to_string()).stack_size(64 << 10);
    // Without it the next run tidies up.
    if thread.spawn(wait).is_ok() {
        let _ = ready.recv();
    }
}

/// Ctrl-C ends the process at once here; the next run tidies up.
#[cfg(not(unix))]
fn watch() {}
