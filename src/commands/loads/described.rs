//! What imports load, for people.

use std::collections::BTreeMap;
use std::path::Path;

use ringfence_project::loads::{
    Certainty, CodePlace, LoadFailure, LoadStep, LoadVerdict, LoadedModule, ModuleLoads, Why,
};

use super::tree::{Selected, externals, is_followed};

/// How many reasons are told why something cannot be told.
const MOST_REASONS: usize = 3;

/// How a path is shown.
type Shown<'a> = &'a dyn Fn(&Path) -> String;

/// The verdict, what is loaded, and how much that is.
pub(super) fn module(loads: &ModuleLoads, selected: &[Selected], path: Shown) -> Vec<String> {
    let mut lines = verdict(loads, path);
    for Selected { load, level } in selected {
        let may = if load.certainty == Certainty::May { "may: " } else { "" };
        let indent = "  ".repeat(level + 1);
        lines.push(format!("{indent}{may}{}{}", load.step.module, reason(load, path)));
    }
    lines.extend(totals(loads));
    lines
}

/// How an import comes to load a module.
pub(super) fn chain(loads: &ModuleLoads, module: &str, chain: &[Selected], path: Shown) -> Vec<String> {
    let may = chain.last().is_some_and(|last| last.load.certainty == Certainty::May);
    let verb = if may { "may load" } else { "loads" };
    let mut lines = vec![format!("`{}` {verb} `{module}`", loads.module)];
    lines.extend(chain.iter().map(|it| step(&it.load.step, path)));
    lines
}

fn verdict(loads: &ModuleLoads, path: Shown) -> Vec<String> {
    let module = &loads.module;
    match &loads.verdict {
        LoadVerdict::Works => vec![format!("`{module}` works")],
        LoadVerdict::Fails(failure) => failed(module, failure, path),
        LoadVerdict::Unknown(doubts) => {
            let mut lines = vec![format!("`{module}` cannot be told")];
            for doubt in doubts.iter().take(MOST_REASONS) {
                let place = doubt.at.as_ref().map(|at| format!("{}: ", shown(at, path))).unwrap_or_default();
                lines.push(format!("  ? {place}{}", doubt.reason));
            }
            if doubts.len() > MOST_REASONS {
                lines.push(format!("  ? and {} more", doubts.len() - MOST_REASONS));
            }
            lines
        }
    }
}

fn failed(module: &str, failure: &LoadFailure, path: Shown) -> Vec<String> {
    let LoadFailure { error, message, at, trail, half_loaded } = failure;
    let place = at.as_ref().map(|at| format!(" at {}", shown(at, path))).unwrap_or_default();
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    let mut lines = vec![format!("`{module}` fails with {error}{place}{message}")];
    lines.extend(trail.iter().map(|it| format!("  !{}", &step(it, path)[1..])));
    if let Some(half) = half_loaded {
        let line = half.at.as_ref().map(|at| format!(" up to line {}", at.line)).unwrap_or_default();
        let binds = if half.binds.is_empty() {
            "binds nothing yet".to_string()
        } else {
            let names: Vec<String> = half.binds.iter().map(|name| format!("`{name}`")).collect();
            format!("binds only {}", names.join(", "))
        };
        lines.push(format!("  ! here `{}` has run{line} and {binds}", half.module));
    }
    lines
}

/// One import of a chain or a trail.
fn step(step: &LoadStep, path: Shown) -> String {
    let LoadStep { module, by, at, why } = step;
    let place = at.as_ref().map(|at| format!("{}: ", shown(at, path))).unwrap_or_default();
    match (by, why) {
        (Some(by), Why::Ancestor) => {
            format!("  {place}`{by}` imports something below `{module}`, which runs first")
        }
        (Some(by), Why::Star) => format!("  {place}`{by}` takes `{module}` by a star"),
        (Some(by), Why::Named | Why::Entry) => format!("  {place}`{by}` imports `{module}`"),
        (None, Why::Ancestor) => format!("  `{module}` runs first, as a package around what is asked for"),
        (None, _) => format!("  `{module}` is asked for"),
    }
}

/// Why a module is in the tree; nothing for the entry.
fn reason(load: &LoadedModule, path: Shown) -> String {
    let mut reasons = Vec::new();
    match load.step.why {
        Why::Entry | Why::Named => {}
        Why::Ancestor => reasons.push("a package around".to_string()),
        Why::Star => reasons.push("by a star".to_string()),
    }
    reasons.extend(load.step.at.as_ref().map(|at| shown(at, path)));
    reasons.extend(load.is_opaque.then(|| "opaque".to_string()));
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// How much is loaded of each top-level package, whatever is shown of it.
fn totals(loads: &ModuleLoads) -> Vec<String> {
    let mut totals: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for load in loads.loads.iter().filter(|load| is_followed(load)) {
        let top = load.step.module.split('.').next().unwrap_or_default();
        let kind = match (load.is_opaque, load.certainty) {
            (true, _) => 2,
            (false, Certainty::May) => 1,
            (false, Certainty::Certain) => 0,
        };
        totals.entry(top).or_default()[kind] += 1;
    }
    let mut lines: Vec<String> = totals
        .into_iter()
        .map(|(top, [certain, may, opaque])| {
            let kinds = [(certain, "certain"), (may, "may"), (opaque, "opaque")];
            let kinds = kinds.iter().filter(|(number, _)| *number > 0);
            let kinds: Vec<String> = kinds.map(|(number, what)| format!("{number} {what}")).collect();
            format!("  = {top}: {}", kinds.join(", "))
        })
        .collect();
    let externals: Vec<&str> = externals(loads).into_iter().collect();
    if !externals.is_empty() {
        lines.push(format!("  = not followed: {}", externals.join(", ")));
    }
    lines
}

fn shown(at: &CodePlace, path: Shown) -> String {
    format!("{}:{}", path(&at.path), at.line)
}
