//! What CPython does when a module is imported first in a fresh process: which modules run, in which order and for whom,
//! and whether that ends or fails.
//!
//! Module bodies are executed abstractly, statement by statement, as CPython would. Where a condition cannot be told, both
//! ways are taken. What cannot be followed is a [`Doubt`]: a verdict is given only where there is none.

// Numbers of Python are taken for what they are, within bounds that are checked where it matters; tables of cases read best one
// case a line.
#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::match_same_arms,
    clippy::needless_for_each,
    clippy::needless_pass_by_value,
    clippy::option_option,
    clippy::redundant_else,
    clippy::manual_let_else,
    clippy::single_match_else,
    clippy::unnecessary_wraps,
    clippy::unused_self
)]

mod abstract_classes;
mod arguments;
mod attribute_changes;
mod attributes;
mod builtin_calls;
mod builtins;
mod caches;
mod call_expressions;
mod calls;
mod classes;
mod comparison;
mod context_variables;
mod contexts;
mod copies;
mod dataclasses;
mod enumerations;
mod environ;
mod exceptions;
mod expressions;
mod generators;
mod hashing;
mod import_calls;
mod import_statements;
mod imports;
mod items;
mod iteration;
mod library;
mod library_bases;
mod machine;
mod matching;
mod methods;
mod modules;
mod named_tuples;
mod names;
mod operator_functions;
mod operators;
mod raising;
mod report;
mod requirements;
mod run;
pub mod standard_library;
mod state;
mod statements;
mod symbols;
mod targets;
mod text_methods;
mod trees;
mod typed;
mod value;
mod wrappers;
mod yields;

pub use modules::{Found, Modules, Python, SourceId};
pub use report::{Cause, Certainty, Doubt, Failure, HalfLoaded, Load, Place, Run, Step, Verdict, Why};
pub use run::{STACK_SIZE, run, verdicts};
