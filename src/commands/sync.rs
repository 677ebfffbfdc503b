//! `ringfence sync`

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Result;
use ringfence_output::escape;
use ringfence_policy::Policy;
use ringfence_project::fix::{self, Dropped, FixOptions, Outcome};
use ringfence_project::{CheckOptions, CommandLine};
use ringfence_rules::{Selection, Selector, named};
use ruff_diagnostics::Applicability;
use similar::TextDiff;

use super::{print_configs, report_config_problems};
use crate::arguments::{ColorChoice, SyncArguments};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{print, print_diff, warn};
use crate::writing::{Owned, write_changes};

/// The dependencies of a module, by how the config calls it.
type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Adds to `depends-on` what is missing there and takes out what is unused. Neither touches a module that leaves
/// `depends-on` out.
pub(crate) fn run(arguments: &SyncArguments) -> Result<ExitCode> {
    let missing = named::undeclared_dependency();
    let unused = (!arguments.add).then(named::unused_dependency);
    let select = [missing].into_iter().chain(unused).map(Selector::Rule).collect();
    let selection = Selection { select: Some(select), ..Selection::default() };
    let command_line =
        CommandLine { selection, fixable: Some(vec![Selector::All]), ..CommandLine::default() };
    let mut sessions = Sessions::open(&arguments.project, command_line, None, None)?;
    print_configs(&sessions, &arguments.project);
    sessions.tidy_up();
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    // The whole project decides what is needed, whatever paths are given.
    let options = CheckOptions { fixes: true, only_policy: true, ..CheckOptions::default() };
    let fixes = FixOptions { applicability: Applicability::Safe, source: false, policy: true };
    let mut changes: Vec<Owned> = Vec::new();
    let mut is_whole = true;
    let mut said: Vec<String> = Vec::new();
    let mut modules = 0;
    for (position, session) in sessions.all.iter_mut().enumerate() {
        let before = dependencies(session.policy());
        let Outcome { changes: more, dropped, .. } = fix::fix(session, &options, fixes)?;
        for Dropped { title, obstacle, .. } in &dropped {
            warn(&format!("error: left out: {title}: {obstacle}"));
            is_whole = false;
        }
        let lines = differences(&before, &dependencies(session.policy()));
        modules += lines.len();
        said.extend(lines);
        changes.extend(more.into_iter().map(|change| (position, change)));
    }
    if arguments.diff {
        for (_, change) in &changes {
            let path = escape::path(&change.path, &sessions.display(&change.path));
            let diff = TextDiff::from_lines(&change.before, &change.after);
            print_diff(&diff.unified_diff().header(&path, &path).to_string())?;
        }
        return Ok(exit_code(&changes));
    }
    if !arguments.check {
        is_whole &= write_changes(&sessions, &changes, None)?.is_empty();
    }
    if !arguments.project.quiet && is_whole {
        let files: Vec<String> =
            changes.iter().map(|(_, change)| format!("`{}`", sessions.display(&change.path))).collect();
        let verb = if arguments.check { "Would sync" } else { "Synced" };
        said.push(match files.as_slice() {
            [] => "Nothing to sync.".to_string(),
            files => format!("{verb} {} in {}.", count(modules, "module"), files.join(", ")),
        });
        print(said)?;
    }
    if !is_whole {
        return Ok(ExitCode::from(2));
    }
    if arguments.check { Ok(exit_code(&changes)) } else { Ok(ExitCode::SUCCESS) }
}

fn exit_code(changes: &[Owned]) -> ExitCode {
    if changes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn dependencies(policy: &Policy) -> Dependencies {
    let listed = policy.modules.iter().filter_map(|module| {
        let entries = module.depends_on.as_ref()?.value.iter();
        let names = entries.map(|entry| entry.pattern.value.to_string()).collect();
        Some((module.pattern.value.to_string(), names))
    });
    listed.collect()
}

/// `shop.web: added shop.billing; removed shop.legacy`
fn differences(before: &Dependencies, after: &Dependencies) -> Vec<String> {
    let none = BTreeSet::new();
    let of = |all: &Dependencies, module: &String| all.get(module).unwrap_or(&none).clone();
    let modules: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut lines = Vec::new();
    for module in modules {
        let (before, after) = (of(before, module), of(after, module));
        let list = |verb: &str, from: &BTreeSet<String>, without: &BTreeSet<String>| {
            let names: Vec<&str> = from.difference(without).map(String::as_str).collect();
            (!names.is_empty()).then(|| format!("{verb} {}", names.join(", ")))
        };
        let parts = [list("added", &after, &before), list("removed", &before, &after)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            lines.push(format!("{module}: {}", parts.join("; ")));
        }
    }
    lines
}
