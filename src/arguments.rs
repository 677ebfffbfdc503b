//! What can be said on the command line.

mod affected;
mod check;
mod diff;
mod loads;
mod rule_selection;

use std::num::NonZero;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use ringfence_diagnostics::EdgeKind;
use strum::VariantNames as _;

pub(crate) use self::affected::{AffectedArguments, AffectedLevel};
pub(crate) use self::check::CheckArguments;
pub(crate) use self::diff::{DiffArguments, DiffFormat, FailOn};
pub(crate) use self::loads::LoadsArguments;
pub(crate) use self::rule_selection::RuleSelection;

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
    /// Write a page that shows the modules, their imports and what the config makes of them
    Explore(Box<ExploreArguments>),
    /// Tell why one module may import another, or why not
    Why(WhyArguments),
    /// Tell whether an import may be written, by which line, and what may be instead
    Can(CanArguments),
    /// Tell what an import loads, and whether it works
    Loads(LoadsArguments),
    /// Tell which files, tests or boundary modules a change can reach
    Affected(AffectedArguments),
    /// Tell how much of the project is governed, and what of the config constrains nothing
    Coverage(CoverageArguments),
    /// List the contracts, what they cover, and how many imports each constrains
    Contracts(ContractsArguments),
    /// Tell what a change makes of the policy, the architecture and the findings
    Diff(DiffArguments),
    /// Write a `ringfence.toml` from another tool's config, and show that both say the same
    Migrate(MigrateArguments),
    /// Make `depends-on` in the config agree with what is imported
    Sync(SyncArguments),
    /// Serve an editor: a language server over standard input and output
    Server,
    /// Serve programs that write code, by the Model Context Protocol
    Mcp(McpArguments),
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

impl ProjectArguments {
    /// The project around the working directory.
    pub(crate) fn here(config: Vec<String>, threads: usize, quiet: bool) -> Self {
        Self {
            paths: Vec::new(),
            config,
            contract: Vec::new(),
            isolated: false,
            extend_exclude: Vec::new(),
            threads,
            quiet,
            verbose: false,
        }
    }
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

// What every question about two modules takes. (A doc comment would be the help of the command.)
#[derive(Debug, Args)]
pub(crate) struct QuestionArguments {
    /// A config file, or a `key = value` in TOML that wins over the config file; can be given several times
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    config: Vec<String>,
    /// Print the answer and errors only
    #[arg(long, short)]
    quiet: bool,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) output_format: TextOrJson,
}

impl QuestionArguments {
    /// The project of the working directory.
    pub(crate) fn project(&self) -> ProjectArguments {
        ProjectArguments::here(self.config.clone(), 0, self.quiet)
    }
}

#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// The module that imports, or would: its dotted name, or the path of its file
    pub(crate) importer: String,
    /// What is imported, or would be: a module, by its dotted name or the path of its file, a name in one
    /// (`shop.orders.Order`), or something from elsewhere (`requests`)
    pub(crate) imported: String,
    #[command(flatten)]
    pub(crate) question: QuestionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CanArguments {
    /// The module that would import: its dotted name, or the path of its file, there or not
    pub(crate) importer: String,
    /// What would be imported: a module, a name in one (`shop.orders:Order`), or something from elsewhere (`requests`)
    pub(crate) imported: String,
    /// The name in it: `from IMPORTED import NAME`
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// When the import would run
    #[arg(long, value_parser = kinds(), value_name = "KIND")]
    pub(crate) kind: Option<EdgeKind>,
    #[command(flatten)]
    pub(crate) question: QuestionArguments,
}

/// The kinds of imports, by name.
fn kinds() -> impl TypedValueParser<Value = EdgeKind> {
    PossibleValuesParser::new(EdgeKind::VARIANTS).try_map(|name| name.parse::<EdgeKind>())
}

#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    /// A config file, or a `key = value` in TOML that wins over the config file; can be given several times
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    config: Vec<String>,
}

impl McpArguments {
    /// The project of the working directory.
    pub(crate) fn project(&self) -> ProjectArguments {
        ProjectArguments::here(self.config.clone(), 0, true)
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
    /// What the nodes are; in pictures, each is in the layer of the boundary module that owns it
    #[arg(long, value_enum, default_value_t = GraphLevel::Modules)]
    pub(crate) level: GraphLevel,
    /// Only this module and what is below it, with what they import and what imports them
    #[arg(long, value_name = "MODULE")]
    pub(crate) focus: Option<String>,
    /// How many imports away from the focus
    #[arg(long, value_name = "N", default_value_t = 1, requires = "focus")]
    pub(crate) depth: usize,
    /// Have one node for all modules whose names begin with the same N parts
    #[arg(long, value_name = "N")]
    pub(crate) collapse: Option<NonZero<usize>>,
}

#[derive(Debug, Args)]
pub(crate) struct ExploreArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Where to write the page, one HTML file that needs nothing else; `-` is standard output [default: ringfence.html]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Show the page once it is written
    #[arg(long)]
    pub(crate) open: bool,
    /// Serve the page on this machine only, at the address that is printed, and keep it true while files change
    #[arg(long, conflicts_with = "output_file")]
    pub(crate) watch: bool,
    /// Where the sources are on the web, for links in place of those to an editor; `{path}` and `{line}` stand for those of a file
    #[arg(long, value_name = "URL", value_parser = source_url)]
    pub(crate) source_url: Option<String>,
}

fn source_url(text: &str) -> Result<String, String> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        Err("expected a URL that begins with `https://`".to_string())
    } else if text.contains(|character: char| character.is_control() || character.is_whitespace()) {
        Err("expected a URL without blanks and control characters".to_string())
    } else if !text.contains("{path}") {
        Err("expected `{path}` in it, where the path of a file goes".to_string())
    } else {
        Ok(text.to_string())
    }
}

#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Another tool with a config of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, ValueEnum)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum ToolName {
    Tach,
    ImportLinter,
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
    /// A picture: layers are bands, and what breaks a rule is red
    Svg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphLevel {
    /// Python modules
    Modules,
    /// Boundary modules
    Boundaries,
}
