//! What CPython does when a module is imported first in a fresh process: which modules run, in which order and for whom,
//! and whether that ends or fails.
//!
//! Module bodies are executed abstractly, statement by statement, as CPython would. Where a condition cannot be told, both
//! ways are taken. What cannot be followed is a [`Doubt`]: a verdict is given only where there is none.

mod arguments;
mod attributes;
mod builtins;
mod calls;
mod contexts;
mod exceptions;
mod expressions;
mod imports;
mod library;
mod machine;
mod matching;
mod modules;
mod names;
mod operators;
mod report;
mod run;
pub mod standard_library;
mod state;
mod statements;
mod symbols;
mod trees;
mod value;

pub use modules::{Found, Modules, Python, SourceId};
pub use report::{Cause, Certainty, Doubt, Failure, HalfLoaded, Load, Place, Run, Step, Verdict, Why};
pub use run::{STACK_SIZE, run};
