//! The binary as a black box: each option does what its help says.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod affected;
mod beside;
mod can;
mod changed;
mod commands;
mod configs;
mod contracts;
mod diff;
mod diff_histories;
mod escapes;
mod explore;
mod externals;
mod fixes;
mod formats;
mod ignores;
mod import_linter;
mod loads;
mod mcp;
mod migrate;
mod output;
mod pictures;
mod questions;
mod roots;
mod selection;
mod sync;
mod tach;
// Links, pipes and modes are those of Unix.
#[cfg(unix)]
mod writes;
