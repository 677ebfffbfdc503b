//! Counts the allocations of a cold check of a tree with a config.
//!
//! ```console
//! $ cargo run --release --example allocations -- TREE
//! ```

// What cannot be measured is the failure of the measurement.
#![allow(clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use ringfence_output::{Format, RenderOptions, render};
use ringfence_project::{CheckOptions, Session, SessionOptions, find_config};

static CALLS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with a counter beside it.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed on as it came; the counters touch no memory but their own.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_sub(layout.size(), Relaxed);
        count(size);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn count(size: usize) {
    CALLS.fetch_add(1, Relaxed);
    let live = LIVE.fetch_add(size, Relaxed) + size;
    PEAK.fetch_max(live, Relaxed);
}

fn main() -> io::Result<()> {
    let root = std::env::args()
        .nth(1)
        .map_or_else(std::env::current_dir, |tree| PathBuf::from(tree).canonicalize())?;
    let mut out = io::stdout().lock();
    let mut before = CALLS.load(Relaxed);
    let mut say = |phase: &str| {
        let calls = CALLS.load(Relaxed);
        let (live, peak) = (LIVE.load(Relaxed) / 1024, PEAK.load(Relaxed) / 1024);
        writeln!(out, "{phase:6} {:9} allocations, {live:7} kB in use, {peak:7} kB at most", calls - before)?;
        before = calls;
        io::Result::Ok(())
    };
    let config = find_config(&root, &root).ok();
    let options = SessionOptions { root: root.clone(), config, threads: 1, ..SessionOptions::default() };
    let session = Session::open(options, &|_| {}).unwrap();
    say("open")?;
    let report = session.check(&CheckOptions {
        paths: Vec::new(),
        fixes: true,
        only_policy: false,
        most_chains: 50,
        all_chains: false,
        detail: ringfence_rules::Detail::Everything,
        ignore_baseline: false,
        switched_off: false,
        most_explained: 0,
    });
    say("check")?;
    let options = RenderOptions {
        working_directory: &root,
        repository: &root,
        rules: &[],
        color: false,
        hyperlinks: false,
        unsafe_fixes: false,
    };
    render(Format::Concise, &report.diagnostics, session.files(), &options, &mut io::sink())?;
    say("print")?;
    let coverage = report.coverage;
    let findings = report.diagnostics.len();
    writeln!(out, "{} files, {} imports, {findings} findings", coverage.files, coverage.imports)
}
