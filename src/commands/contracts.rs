//! `ringfence contracts`

use std::process::ExitCode;

use anyhow::Result;
use ringfence_project::{CommandLine, Session};
use ringfence_rules::ContractSummary;
use serde_json::{Value, json};

use super::{print_configs, report_config_problems};
use crate::arguments::{ColorChoice, ContractsArguments, TextOrJson};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{print, print_json, warn};

/// How many names are told one by one.
const MOST_NAMES: usize = 6;

pub(crate) fn run(arguments: &ContractsArguments) -> Result<ExitCode> {
    let sessions = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let summaries: Vec<ContractSummary> = sessions.all.iter().flat_map(Session::contracts).collect();
    if arguments.output_format == TextOrJson::Json {
        let all: Vec<Value> = summaries.iter().map(as_json).collect();
        print_json(&Value::Array(all))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(summaries.iter().flat_map(described))?;
    let unchecked = sessions.all.iter().flat_map(|session| &session.policy().unchecked);
    for name in unchecked {
        warn(&format!("warning: the contract `{name}` is not checked; `ringfence check` tells why"));
    }
    if summaries.is_empty() {
        warn("the config has no contracts");
    }
    Ok(ExitCode::SUCCESS)
}

fn described(summary: &ContractSummary) -> Vec<String> {
    let ContractSummary { id, name, type_name, outcome, .. } = summary;
    let called = if id == name { String::new() } else { format!(" [{id}]") };
    let findings = match summary.violations {
        0 => String::new(),
        violations => format!(", {}", count(violations, "finding")),
    };
    let mut lines =
        vec![format!("{name}{called}"), format!("    {type_name}, {}{findings}", outcome.as_str())];
    let mut names: Vec<String> = summary.names.iter().take(MOST_NAMES).cloned().collect();
    if summary.names.len() > MOST_NAMES {
        names.push(format!("and {} more", summary.names.len() - MOST_NAMES));
    }
    let covers = if names.is_empty() { "nothing".to_string() } else { names.join(", ") };
    lines.push(format!("    covers {covers} ({})", count(summary.modules, "module")));
    lines.push(format!("    constrains {}", count(summary.constrained, "import")));
    let mut lets = Vec::new();
    if summary.exceptions > 0 {
        let unmatched = match summary.unmatched {
            0 => String::new(),
            unmatched => format!(", {unmatched} of them unused"),
        };
        lets.push(format!(
            "{} for {}{unmatched}",
            count(summary.exceptions, "exception"),
            count(summary.excepted, "import")
        ));
    }
    if summary.suppressed > 0 {
        lets.push(format!("{} suppressed", count(summary.suppressed, "import")));
    }
    if !lets.is_empty() {
        lines.push(format!("    {}", lets.join(", ")));
    }
    lines
}

fn as_json(summary: &ContractSummary) -> Value {
    let ContractSummary {
        id,
        name,
        type_name,
        outcome,
        violations,
        names,
        modules,
        constrained,
        exceptions,
        excepted,
        unmatched,
        suppressed,
        unlisted: _,
        computed: _,
        unfollowed_calls: _,
        missing_scripts: _,
    } = summary;
    json!({
        "id": id,
        "name": name,
        "type": type_name,
        "outcome": outcome.as_str(),
        "findings": violations,
        "covers": names,
        "modules": modules,
        "imports": constrained,
        "exceptions": exceptions,
        "excepted_imports": excepted,
        "unused_exceptions": unmatched,
        "suppressed_imports": suppressed,
    })
}
