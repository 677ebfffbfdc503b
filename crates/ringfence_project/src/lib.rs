//! Takes a folder on disk and gives a [`Session`]: its files, their facts, the import graph and the policy that governs
//! them, ready to be checked as often as files change. All reading of files happens here; the crates below take bytes
//! and give values, so that an editor's unsaved buffer and a file on disk are the same thing to them.
//!
//! [`Session::open`] reads everything, [`Session::check`] gives a [`Report`], [`Session::apply_changes`] takes new contents of
//! files, and [`fix::fix`] mends what can be mended.

pub mod affected;
pub mod baseline;
mod beside;
mod check;
mod config;
mod coverage;
mod discovery;
mod disk;
mod environment;
pub mod environment_modules;
mod excluded_modules;
mod file_kinds;
mod files;
pub mod fix;
mod found_files;
pub mod git_index;
mod ignore;
mod ignore_files;
mod known_facts;
pub mod loads;
mod manifests;
mod naming;
mod path_changes;
mod policies;
mod read;
mod report_once;
mod root_packages;
mod roots;
mod session;
mod settings;
mod surroundings;
mod tool_rules;
mod unlooked;
mod walk_options;
mod workers;
pub mod write;

pub use check::live::{IncrementalState, Offer};
pub use check::needed::NeededComments;
pub use check::proposed::{Leads, ProposedImport, Trial, TrialError, Tried, TriedFinding, TriedReason};
pub use check::{CheckOptions, Report, is_at_or_below};
pub use config::{
    CONFIG_NAMES, ConfigFile, ConfigKind, SetupError, config_beside, find_config, find_config_on,
    find_configs_below,
};
pub use coverage::Coverage;
pub use disk::{Disk, Snapshot};
pub use environment::Interpreter;
pub use file_kinds::may_matter;
pub use files::FileTable;
pub use found_files::compare_paths;
pub use ignore::{Ignored, add_ignores, suppression};
pub use known_facts::KnownFacts;
pub use manifests::Manifests;
pub use report_once::report_once;
pub use roots::{normalized, outside_packages};
pub use session::{Session, SessionOptions};
pub use settings::{CommandLine, Settings, check_file_pattern};
