//! Which rules are run, where they report, and whose fixes are offered.

use clap::Args;
use ringfence_project::{CommandLine, check_file_pattern};
use ringfence_rules::{Selection, Selector, named};

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
            reads_manifests: false,
            extend_exclude: Vec::new(),
        }
    }
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
