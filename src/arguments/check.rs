//! What can be said of a check: what it judges, how it reports, and what it fixes.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ringfence_output::Format;
use strum::{EnumMessage as _, IntoEnumIterator as _};

use super::{ColorChoice, ProjectArguments, RuleSelection};

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    #[command(flatten)]
    pub(crate) fixes: FixArguments,
    /// How to print findings
    #[arg(long, value_parser = formats(), env = "RINGFENCE_OUTPUT_FORMAT", help_heading = "Output")]
    pub(crate) output_format: Option<Format>,
    /// Write findings to a file instead of stdout
    #[arg(long, short, value_name = "FILE", env = "RINGFENCE_OUTPUT_FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
    /// List all chains that share no import, for each contract that is broken
    #[arg(long, help_heading = "Output")]
    pub(crate) all_chains: bool,
    /// Report only what changed since a revision: findings in files that changed, and those that the changes cause elsewhere
    #[arg(long, value_name = "REVISION", help_heading = "Files")]
    pub(crate) since: Option<String>,
    /// Judge what is staged in git, in place of the working tree; report only what that changes, and causes elsewhere
    #[arg(long, conflicts_with = "since", help_heading = "Files")]
    pub(crate) staged: bool,
    /// Exit with 1 if the config allows more than at a revision: imports, interfaces, exceptions, rules that are off
    #[arg(long, value_name = "REVISION", help_heading = "Rules")]
    pub(crate) locked_policy: Option<String>,
    /// Report known findings, too, and do not judge the baseline
    #[arg(long, help_heading = "Rules")]
    pub(crate) ignore_baseline: bool,
    /// Print only how often each rule was broken
    #[arg(long, help_heading = "Output")]
    pub(crate) statistics: bool,
    /// When to color the output
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: ColorChoice,
    /// Read one file from stdin, as if it had this name; it stands for the file on disk
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// The interpreter or the virtual environment whose distributions tell which import comes from where [default:
    /// `VIRTUAL_ENV`, or the nearest `.venv` of the repository]
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub(crate) python: Option<PathBuf>,
    /// List the files that would be checked, and stop
    #[arg(long, help_heading = "Files")]
    pub(crate) show_files: bool,
    /// Print the settings in force, and stop
    #[arg(long, help_heading = "Config")]
    pub(crate) show_settings: bool,
    /// Exit with 0 even if there are errors among the findings
    #[arg(long, short = 'e', help_heading = "Exit code")]
    pub(crate) exit_zero: bool,
    /// Exit with 1 also if there are only warnings, or files that nobody looked at
    #[arg(long, help_heading = "Exit code")]
    pub(crate) error_on_warning: bool,
    /// Accepted for scripts that are written for ruff: there is no cache
    #[arg(long, env = "RINGFENCE_NO_CACHE", hide = true)]
    pub(crate) no_cache: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Fixes")]
pub(crate) struct FixArguments {
    /// Apply safe fixes to source files
    #[arg(long)]
    pub(crate) fix: bool,
    /// Apply fixes that may change what the program does, too
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Apply fixes to config files; with `--fix` both
    #[arg(long)]
    pub(crate) fix_config: bool,
    /// Apply fixes, and report nothing of what is left. Implies `--fix`
    #[arg(long)]
    pub(crate) fix_only: bool,
    /// Exit with 1 if anything was fixed, even if nothing is left
    #[arg(long)]
    pub(crate) exit_non_zero_on_fix: bool,
    /// Write a comment to each line with a finding that suppresses it, with a reason if one is given
    #[arg(
        long,
        value_name = "REASON",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        value_parser = one_line,
        conflicts_with_all = ["fix", "fix_only", "fix_config", "diff"]
    )]
    pub(crate) add_ignore: Option<String>,
    /// Print what `--fix` (or `--fix-config`) would change, and change nothing
    #[arg(long)]
    pub(crate) diff: bool,
}

impl FixArguments {
    /// `--diff` alone shows what `--fix` would do.
    pub(crate) fn applies_to_source(&self) -> bool {
        self.fix || self.fix_only || (self.diff && !self.fix_config)
    }
}

/// The formats by name, each with what it is.
fn formats() -> impl TypedValueParser<Value = Format> {
    let named = Format::iter().map(|format| {
        let value = PossibleValue::new(format.as_str());
        match format.get_documentation() {
            Some(text) => value.help(text),
            None => value,
        }
    });
    PossibleValuesParser::new(named).try_map(|name| name.parse::<Format>())
}

/// A comment ends with its line.
fn one_line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a reason is one line of text".to_string());
    }
    Ok(text.trim().to_string())
}
