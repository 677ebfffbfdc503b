//! What can be said of a comparison.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ProjectArguments;

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// What to compare with: a commit, a branch, a tag [default: the commit where this branch left its upstream branch, or the default
    /// branch]
    pub(crate) base: Option<String>,
    /// What to compare: a commit, a branch, a tag [default: the working tree]
    pub(crate) head: Option<String>,
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) output_format: DiffFormat,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Exit with 1 if the change does this; can be given several times
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    pub(crate) fail_on: Vec<FailOn>,
    /// A config file, or a `key = value` in TOML that wins over the config file, on both sides; can be given several times
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    config: Vec<String>,
    /// How many threads to use; 0 for as many as there are cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    threads: usize,
    /// Print the differences and errors only
    #[arg(long, short)]
    quiet: bool,
}

impl DiffArguments {
    /// The project of the working directory.
    pub(crate) fn project(&self) -> ProjectArguments {
        ProjectArguments::here(self.config.clone(), self.threads, self.quiet)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    Json,
    /// For a comment on a pull request: short, with a picture of what changed
    Markdown,
    /// The page of `ringfence explore`, with what came and went in colors
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A finding that was not there
    NewFinding,
    /// A boundary module imports another that it did not import
    NewEdge,
    /// The config lets a module import another that it did not
    NewlyAllowed,
    /// Boundary modules depend on each other in a cycle, or more of them
    NewCycle,
    /// A comment, an exception in the config or an entry of the baseline hides findings
    Suppression,
}
