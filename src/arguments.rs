//! What can be said on the command line.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use ringfence_output::Format;
use ringfence_project::{CommandLine, check_file_pattern};
use ringfence_rules::{Selection, Selector, named};
use strum::{EnumMessage as _, IntoEnumIterator as _};

/// Keeps the modules of a Python code base inside their boundaries.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the imports of a project against its boundaries
    Check(Box<CheckArguments>),
    /// Write a config that today's code passes, from what is imported today
    Init(InitArguments),
    /// Explain a rule, or all of them
    Rule(RuleArguments),
    /// Show the config in force, or the schema of all configs
    Config(ConfigArguments),
    /// Record what is found now, so that only new findings are reported
    Baseline(BaselineArguments),
    /// Print the import graph
    Graph(GraphArguments),
    /// Tell why one module may import another, or why not
    Why(WhyArguments),
    /// Tell how much of the project is governed, and what of the config constrains nothing
    Coverage(CoverageArguments),
    /// List the contracts, what they cover, and how many imports each constrains
    Contracts(ContractsArguments),
    /// Write a `ringfence.toml` from another tool's config, and show that both say the same
    Migrate(MigrateArguments),
    /// Make `depends-on` in the config agree with what is imported
    Sync(SyncArguments),
    /// Serve an editor: a language server over standard input and output
    Server,
    /// Print the version
    Version,
    /// Print a completion script for a shell
    Completions(CompletionArguments),
}

/// Which project, and which config.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProjectArguments {
    /// Files or folders. The nearest config above each governs it, with every config below it
    pub(crate) paths: Vec<PathBuf>,
    /// A config file, or a `key = value` in TOML that wins over the config file; can be given several times
    #[arg(long, value_name = "FILE|KEY=VALUE", help_heading = "Config")]
    pub(crate) config: Vec<String>,
    /// Look at this contract only, by its id or name; can be given several times
    #[arg(long, value_name = "NAME", help_heading = "Config")]
    pub(crate) contract: Vec<String>,
    /// Ignore every config file
    #[arg(long, help_heading = "Config")]
    pub(crate) isolated: bool,
    /// Files and folders to leave out, beside those of the config
    #[arg(long, value_delimiter = ',', value_name = "PATTERN", help_heading = "Files")]
    pub(crate) extend_exclude: Vec<String>,
    /// How many threads to use; 0 for as many as there are cores
    #[arg(long, default_value_t = 0, value_name = "N", help_heading = "Output")]
    pub(crate) threads: usize,
    /// Print findings and errors only
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Say on stderr what was found in the tree, and which imports could not be resolved
    #[arg(long, short, help_heading = "Output")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The folder of the project
    pub(crate) path: Option<PathBuf>,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    /// A folder of the project; the nearest config at or above it is migrated, with one of import-linter's beside it
    pub(crate) path: Option<PathBuf>,
    /// Of two configs in one folder take only this one
    #[arg(long, value_name = "TOOL")]
    pub(crate) from: Option<ToolName>,
    /// Print the config, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Only add what is missing; leave what is not needed
    #[arg(long)]
    pub(crate) add: bool,
    /// Change nothing; exit with 1 if something would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Change nothing; print what would change as a diff, and exit with 1 if there is any
    #[arg(long)]
    pub(crate) diff: bool,
}

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

/// Codes (`RF101`), names (`undeclared-dependency`), prefixes (`RF1`) or `ALL`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleSelection {
    /// Rules to run instead of those of the config: codes, names, prefixes of codes, or ALL
    #[arg(long, value_delimiter = ',', value_name = "RULE", value_parser = selector)]
    select: Option<Vec<Selector>>,
    /// Rules to run beside those
    #[arg(long, value_delimiter = ',', value_name = "RULE", value_parser = selector)]
    extend_select: Vec<Selector>,
    /// Rules not to run
    #[arg(long, value_delimiter = ',', value_name = "RULE", value_parser = selector)]
    ignore: Vec<Selector>,
    /// Rules not to report in the files that a glob matches, instead of those of the config
    #[arg(long, value_delimiter = ',', value_name = "GLOB:RULE", value_parser = ignored_in_files)]
    per_file_ignores: Option<Vec<(String, Selector)>>,
    /// The same beside those of the config
    #[arg(long, value_delimiter = ',', value_name = "GLOB:RULE", value_parser = ignored_in_files)]
    extend_per_file_ignores: Vec<(String, Selector)>,
    /// Rules whose fixes to offer, instead of those of the config
    #[arg(long, value_delimiter = ',', value_name = "RULE", value_parser = selector)]
    fixable: Option<Vec<Selector>>,
    /// Rules whose fixes not to offer
    #[arg(long, value_delimiter = ',', value_name = "RULE", value_parser = selector)]
    unfixable: Vec<Selector>,
    /// Run rules that may still change, too
    #[arg(long)]
    preview: bool,
}

impl RuleSelection {
    pub(crate) fn command_line(&self) -> CommandLine {
        CommandLine {
            selection: Selection {
                select: self.select.clone(),
                extend_select: self.extend_select.clone(),
                ignore: self.ignore.clone(),
            },
            per_file_ignores: self.per_file_ignores.clone(),
            extend_per_file_ignores: self.extend_per_file_ignores.clone(),
            fixable: self.fixable.clone(),
            unfixable: self.unfixable.clone(),
            preview: self.preview,
            contracts: Vec::new(),
            extend_exclude: Vec::new(),
        }
    }
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

#[derive(Debug, Args)]
pub(crate) struct RuleArguments {
    /// A code or a name
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) rule: Option<String>,
    /// Explain every rule
    #[arg(long)]
    pub(crate) all: bool,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the JSON schema of `ringfence.toml`
    Schema,
    /// Print the config in force as TOML
    Show(Box<ProjectArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    /// Record findings that are new, too; needs `--reason`
    #[arg(long, requires = "reason")]
    pub(crate) allow_growth: bool,
    /// Why new findings may stay; kept with each of them
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Say what would change, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// The module that imports, or would: its dotted name, or the path of its file
    pub(crate) importer: String,
    /// What is imported, or would be: a module, by its dotted name or the path of its file, a name in one
    /// (`shop.orders.Order`), or something from elsewhere (`requests`)
    pub(crate) imported: String,
    /// A config file, or a `key = value` in TOML that wins over the config file; can be given several times
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    config: Vec<String>,
    /// Print the answer and errors only
    #[arg(long, short)]
    quiet: bool,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

impl WhyArguments {
    /// The project of the working directory.
    pub(crate) fn project(&self) -> ProjectArguments {
        ProjectArguments {
            paths: Vec::new(),
            config: self.config.clone(),
            contract: Vec::new(),
            isolated: false,
            extend_exclude: Vec::new(),
            threads: 0,
            quiet: self.quiet,
            verbose: false,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CoverageArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Exit with 1 if fewer of a hundred modules are governed
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) min_coverage: Option<f64>,
    /// Leave test code out: the files that `tests` in the config stands for
    #[arg(long)]
    pub(crate) no_tests: bool,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("expected 0 to 100".to_string()) }
}

#[derive(Debug, Args)]
pub(crate) struct ContractsArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[arg(long, value_enum, default_value_t = GraphFormat::Json)]
    pub(crate) format: GraphFormat,
    /// What the nodes are
    #[arg(long, value_enum, default_value_t = GraphLevel::Modules)]
    pub(crate) level: GraphLevel,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    pub(crate) shell: clap_complete::Shell,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Another tool with a config of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ToolName {
    Tach,
    ImportLinter,
}

impl ToolName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tach => "tach",
            Self::ImportLinter => "import-linter",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Json,
    Dot,
    Mermaid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphLevel {
    /// Python modules
    Modules,
    /// Boundary modules
    Boundaries,
}

/// A comment ends with its line.
fn one_line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a reason is one line of text".to_string());
    }
    Ok(text.trim().to_string())
}

/// `tests/**:RF201`
fn ignored_in_files(text: &str) -> Result<(String, Selector), String> {
    let Some((glob, rule)) = text.rsplit_once(':') else {
        let rule = named::private_import().metadata().code;
        return Err(format!("expected a glob and a rule, as in `tests/**:{rule}`"));
    };
    check_file_pattern(glob)?;
    Ok((glob.to_string(), selector(rule)?))
}

fn selector(text: &str) -> Result<Selector, String> {
    Selector::parse(text.trim()).map_err(|error| match error.suggestion {
        Some(suggestion) => format!("no rule is called so; did you mean `{suggestion}`?"),
        None => "no rule is called so; `ringfence rule --all` lists the rules".to_string(),
    })
}
