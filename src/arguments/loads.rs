//! What can be said of `ringfence loads`.

use std::path::PathBuf;

use clap::Args;
use ringfence_policy::ModulePattern;

use super::{ProjectArguments, TextOrJson};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 1 if some of these imports fails, else 0; one that cannot be told does not fail."
)]
pub(crate) struct LoadsArguments {
    /// The modules to import, each in a process of its own: dotted names, or paths of files
    #[arg(value_name = "MODULE", required_unless_present_any = ["all", "inverse"], conflicts_with = "all")]
    pub(crate) modules: Vec<String>,
    /// Import every module that the config governs, but for `__main__`
    #[arg(long)]
    pub(crate) all: bool,
    /// List only what is loaded by so many imports in each other; 0 for the modules that are asked for alone
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<usize>,
    /// List only modules that match: `shop.orders`, `shop.*`, `shop.**`; can be given several times
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub(crate) only: Vec<ModulePattern>,
    /// Tell who makes this module be loaded: for each import that loads it, the chain that leads there. Without MODULE, for all
    #[arg(long, value_name = "MODULE", conflicts_with_all = ["depth", "only"])]
    pub(crate) inverse: Option<String>,
    /// The interpreter or the virtual environment that imports; what is installed there is followed, too
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
    /// A config file, or a `key = value` in TOML that wins over the config file; can be given several times
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    config: Vec<String>,
    /// How many threads to use; 0 for as many as there are cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    threads: usize,
    /// Print the answer and errors only
    #[arg(long, short)]
    quiet: bool,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

impl LoadsArguments {
    /// The project around the working directory.
    pub(crate) fn project(&self) -> ProjectArguments {
        ProjectArguments::here(self.config.clone(), self.threads, self.quiet)
    }
}

fn pattern(text: &str) -> Result<ModulePattern, String> {
    ModulePattern::parse(text).map_err(|error| format!("`{text}` {}", error.0))
}
