//! What can be said of `ringfence affected`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::TextOrJson;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 0, whether anything is affected or not; 2 if it cannot be told what changed."
)]
pub(crate) struct AffectedArguments {
    /// Take what differs from where the branch left this revision, with files that git does not know yet
    #[arg(long, value_name = "REV", default_value = "HEAD", conflicts_with = "files")]
    pub(crate) since: String,
    /// Take these files as changed. What they were is not known, so each counts as a whole
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,
    /// List only files with tests
    #[arg(long)]
    pub(crate) tests: bool,
    /// List only files that changed or that use themselves what changed
    #[arg(long)]
    pub(crate) direct: bool,
    /// What is listed
    #[arg(long, value_enum, default_value_t = AffectedLevel::Files)]
    pub(crate) level: AffectedLevel,
    /// End each path with a NUL in place of a line break
    #[arg(long, short = '0', conflicts_with_all = ["output_format", "verbose"])]
    pub(crate) null: bool,
    /// Say on stderr why each is affected
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// How many threads to use; 0 for as many as there are cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// Print the answer and errors only
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AffectedLevel {
    Files,
    /// Boundary modules of the config
    Boundaries,
}
