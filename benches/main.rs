//! How long each phase takes, on generated projects that are the same on every machine.
//!
//! ```console
//! $ cargo bench
//! $ cargo bench -- source    # one subject
//! ```

// What a bench cannot set up is its failure.
#![allow(clippy::unwrap_used)]

mod generated;
mod graph;
mod growth;
mod output;
mod rules;
mod source;

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}
