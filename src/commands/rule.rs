//! `ringfence rule`

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use ringfence_diagnostics::rule_url;
use ringfence_policy::suggest;
use ringfence_rules::{Activation, FixAvailability, Metadata, RULES, RuleEntry, RuleId};
use serde_json::{Value, json};

use crate::arguments::{RuleArguments, TextOrJson};
use crate::terminal::{print, print_json};

pub(crate) fn run(arguments: &RuleArguments) -> Result<ExitCode> {
    let rules: Vec<&RuleEntry> = match &arguments.rule {
        Some(name) => vec![find(name)?.entry()],
        None => RULES.iter().collect(),
    };
    match (arguments.output_format, rules.as_slice()) {
        (TextOrJson::Text, rules) => {
            print(rules.iter().map(|rule| explanation(rule)).collect::<Vec<_>>().join("\n").lines())?;
        }
        (TextOrJson::Json, [rule]) if !arguments.all => print_json(&object(rule))?,
        (TextOrJson::Json, rules) => {
            print_json(&rules.iter().map(|rule| object(rule)).collect())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rule of a code or a name.
///
/// # Errors
/// Where there is none.
pub(crate) fn find(name: &str) -> Result<RuleId> {
    RuleId::from_code_or_name(name).ok_or_else(|| {
        match suggest(name, RULES.iter().flat_map(|rule| [rule.metadata.code, rule.metadata.name])) {
            Some(suggestion) => anyhow!("no rule is called `{name}`; did you mean `{suggestion}`?"),
            None => anyhow!("no rule is called `{name}`; `ringfence rule --all` lists the rules"),
        }
    })
}

/// Which imports a rule looks at.
const KINDS: &str = "
Import kinds: the first of these that the config holds.
1. `kinds` of the importing module.
2. The entry of `kinds` that selects this rule most precisely: its code or name, a prefix of its code, `ALL` (or `kinds` as a list).
3. Otherwise `runtime`, `deferred`, `lazy`, `optional` and `conditional`; not `typing` and not `dynamic`.
";

/// The rule for a person, in Markdown.
pub(crate) fn explanation(rule: &RuleEntry) -> String {
    let Metadata { code, name, severity, activation, fix, since, explanation, preview, .. } = rule.metadata;
    let default = match activation {
        Activation::On => "on by default".to_string(),
        Activation::ByConfig(option) => format!("on where the config says `{option}`"),
        Activation::OptIn => format!("off by default; `--extend-select {code}` turns it on"),
    };
    let fix = match fix {
        FixAvailability::Never => "",
        FixAvailability::Sometimes => "\nA fix is sometimes available.\n",
        FixAvailability::Always => "\nA fix is always available.\n",
    };
    let preview = if preview { " In preview: it may still change." } else { "" };
    let kinds = if rule.filters_by_kind { KINDS } else { "" };
    let severity = severity.as_str();
    format!(
        "# {name} ({code})\n\nSeverity: {severity}; {default}. Since {since}.{preview}\n{fix}{kinds}\n{explanation}"
    )
}

/// The rule for a program.
pub(crate) fn object(rule: &RuleEntry) -> Value {
    let Metadata { code, name, severity, activation, fix, explanation, preview, .. } = rule.metadata;
    json!({
        "code": code,
        "name": name,
        "summary": rule.metadata.summary(),
        "severity": severity,
        "default": <&str>::from(activation),
        "enabled_by": match activation {
            Activation::ByConfig(option) => Some(option),
            Activation::On | Activation::OptIn => None,
        },
        "fix": <&str>::from(fix),
        "preview": preview,
        "judges_kinds": rule.filters_by_kind,
        "url": rule_url(name),
        "explanation": explanation,
    })
}
