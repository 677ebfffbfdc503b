//! `ringfence coverage`

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use ringfence_diagnostics::Files;
use ringfence_graph::Target;
use ringfence_project::{CommandLine, Coverage, Session};
use ringfence_rules::Governance;
use serde_json::{Value, json};

use super::{print_configs, report_config_problems};
use crate::arguments::{ColorChoice, CoverageArguments, TextOrJson};
use crate::sessions::Sessions;
use crate::summary::{count, thousands};
use crate::terminal::{print, print_json, warn};

/// How many names of a list are told.
const MOST_NAMES: usize = 12;

pub(crate) fn run(arguments: &CoverageArguments) -> Result<ExitCode> {
    let sessions = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let (whole, coverage) = measure(&sessions, !arguments.no_tests);
    if arguments.output_format == TextOrJson::Json {
        print_json(&as_json(&whole, &coverage))?;
    } else {
        print(described(&whole, &coverage, sessions.all.iter()))?;
    }
    let percent = percent(&whole);
    if let Some(wanted) = arguments.min_coverage
        && percent < wanted
    {
        warn(&format!("error: {percent:.1} % of the modules are governed, and {wanted} % have to be"));
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

/// How much of all sessions is governed, with test code or without.
pub(super) fn measure(sessions: &Sessions, with_tests: bool) -> (Governance, Coverage) {
    let mut whole = Governance::default();
    let mut coverage = Coverage::default();
    let mut position = 0;
    while let Some(first) = sessions.all.get(position) {
        let (mut governance, more) = first.governance(with_tests);
        coverage.add(&more);
        position += 1;
        if sessions.is_beside(position)
            && let Some(second) = sessions.all.get(position)
        {
            governance = together(governance, second.governance(with_tests).0);
            (governance.imports, governance.governed_imports) = imports_of([first, second], with_tests);
            position += 1;
        }
        add(&mut whole, governance);
    }
    (whole, coverage)
}

/// How many imports of modules of the project there are in the files of two sessions of one folder, which may know different files, and how
/// many of them one of the two configs governs.
fn imports_of(sessions: [&Session; 2], with_tests: bool) -> (usize, usize) {
    let mut governed: BTreeMap<(&Path, u32, u32), bool> = BTreeMap::new();
    for session in sessions {
        for (edge, is_governed) in session.graph().edges().iter().zip(session.governed_imports()) {
            let is_counted =
                matches!(edge.target, Target::Module { .. }) && (with_tests || !session.is_test(edge.file));
            if is_counted {
                let place = (session.files().path(edge.file), edge.import, edge.name);
                *governed.entry(place).or_default() |= is_governed;
            }
        }
    }
    (governed.len(), governed.values().filter(|is_governed| **is_governed).count())
}

fn add(whole: &mut Governance, part: Governance) {
    let Governance {
        modules,
        ungoverned,
        imports,
        governed_imports,
        by_key,
        contracts,
        idle_modules,
        idle_layers,
    } = part;
    whole.modules.extend(modules);
    whole.ungoverned.extend(ungoverned);
    whole.imports += imports;
    whole.governed_imports += governed_imports;
    for (key, count) in by_key {
        *whole.by_key.entry(key).or_default() += count;
    }
    whole.contracts.extend(contracts);
    whole.idle_modules.extend(idle_modules);
    whole.idle_layers.extend(idle_layers);
}

/// What two configs govern that have one folder, but for how many imports that are: a module is governed if one of them governs it.
fn together(mut first: Governance, mut second: Governance) -> Governance {
    let mut governed: BTreeMap<String, bool> = BTreeMap::new();
    for part in [&mut first, &mut second] {
        let ungoverned: BTreeSet<String> = part.ungoverned.drain(..).collect();
        for name in part.modules.drain(..) {
            let is_governed = !ungoverned.contains(&name);
            *governed.entry(name).or_default() |= is_governed;
        }
    }
    let ungoverned = governed.iter().filter(|(_, is_governed)| !**is_governed);
    first.ungoverned = ungoverned.map(|(name, _)| name.clone()).collect();
    first.modules = governed.into_keys().collect();
    add(&mut first, second);
    first
}

/// How many of a hundred modules are governed; all of none.
fn percent(governance: &Governance) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let (all, without) = (number(governance.modules.len()), number(governance.ungoverned.len()));
    if all == 0.0 { 100.0 } else { (all - without) / all * 100.0 }
}

fn described<'a>(
    governance: &Governance,
    coverage: &Coverage,
    sessions: impl Iterator<Item = &'a Session>,
) -> Vec<String> {
    let governed = governance.modules.len() - governance.ungoverned.len();
    let mut lines = vec![format!(
        "{} of {} governed ({:.1} %)",
        thousands(governed),
        count(governance.modules.len(), "module"),
        percent(governance)
    )];
    list(&mut lines, "not governed", &by_package(governance));
    lines.push(format!(
        "{} of {} of the project governed",
        thousands(governance.governed_imports),
        count(governance.imports, "import")
    ));
    for (key, imports) in &governance.by_key {
        lines.push(format!("  `{key}` speaks of {}", thousands(*imports)));
    }
    for contract in &governance.contracts {
        lines.push(format!("  contract `{}` constrains {}", contract.name, thousands(contract.constrained)));
    }
    let names = |test: &dyn Fn(&ringfence_rules::ContractSummary) -> bool| -> Vec<String> {
        governance.contracts.iter().filter(|it| test(it)).map(|it| it.name.clone()).collect()
    };
    list(&mut lines, "boundary modules that constrain no import", &governance.idle_modules);
    list(&mut lines, "layers over which no import leads", &governance.idle_layers);
    list(&mut lines, "contracts that constrain no import", &names(&|it| it.constrained == 0));
    list(&mut lines, "contracts with exceptions that no import needs", &names(&|it| it.unmatched > 0));
    for (number, what) in [
        (coverage.unresolved, "imports that lead to no module of the project"),
        (coverage.opaque, "dynamic imports of an unknown module"),
        (coverage.unreadable, "files that cannot be read"),
        (coverage.outside_roots, "files outside every source root"),
        (coverage.shadowed, "files in whose place another is loaded"),
    ] {
        if number > 0 {
            lines.push(format!("{what}: {}", thousands(number)));
        }
    }
    for session in sessions {
        for (what, paths) in session.left_out_files() {
            for path in paths.iter().take(MOST_NAMES) {
                lines.push(format!("  {}: {what}", path.display()));
            }
        }
    }
    lines
}

/// What is not governed, the most first: packages of which nothing is, with how many modules that are, and else modules.
fn by_package(governance: &Governance) -> Vec<String> {
    let ungoverned: BTreeSet<&str> = governance.ungoverned.iter().map(String::as_str).collect();
    let mut modules: Vec<&str> = governance.modules.iter().map(String::as_str).collect();
    modules.sort_unstable();
    let mut groups = Vec::new();
    group(&modules, 0, &ungoverned, &mut groups);
    groups
        .sort_by(|(count, name), (other_count, other)| other_count.cmp(count).then_with(|| name.cmp(other)));
    let named = groups.into_iter().map(|(count, name)| match count {
        1 => name,
        _ => format!("{name}.** ({})", thousands(count)),
    });
    named.collect()
}

/// Groups modules, whose names begin with the same `depth` segments, by the next one.
fn group(modules: &[&str], depth: usize, ungoverned: &BTreeSet<&str>, groups: &mut Vec<(usize, String)>) {
    let package = |name: &str| -> String { name.split('.').take(depth + 1).collect::<Vec<_>>().join(".") };
    let mut parts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for module in modules {
        parts.entry(package(module)).or_default().push(module);
    }
    for (name, part) in parts {
        let count = part.iter().filter(|module| ungoverned.contains(**module)).count();
        match part.as_slice() {
            _ if count == 0 => {}
            [only] => groups.push((1, (*only).to_string())),
            part if count == part.len() => groups.push((count, name)),
            part => {
                let (own, below): (Vec<&str>, Vec<&str>) = part.iter().partition(|module| **module == name);
                let own = own.into_iter().filter(|module| ungoverned.contains(module));
                groups.extend(own.map(|module| (1, module.to_string())));
                group(&below, depth + 1, ungoverned, groups);
            }
        }
    }
}

fn list(lines: &mut Vec<String>, title: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut shown: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    let more = format!("and {} more", names.len().saturating_sub(MOST_NAMES));
    if names.len() > MOST_NAMES {
        shown.push(&more);
    }
    lines.push(format!("  {title}: {}", shown.join(", ")));
}

pub(super) fn as_json(governance: &Governance, coverage: &Coverage) -> Value {
    let contracts: Vec<Value> = governance
        .contracts
        .iter()
        .map(|it| json!({ "id": it.id, "name": it.name, "imports": it.constrained, "unused_exceptions": it.unmatched }))
        .collect();
    json!({
        "modules": governance.modules.len(),
        "governed_modules": governance.modules.len() - governance.ungoverned.len(),
        "percent": percent(governance),
        "ungoverned": governance.ungoverned,
        "imports": governance.imports,
        "governed_imports": governance.governed_imports,
        "by_key": governance.by_key,
        "contracts": contracts,
        "idle_modules": governance.idle_modules,
        "idle_layers": governance.idle_layers,
        "unresolved_imports": coverage.unresolved,
        "opaque_imports": coverage.opaque,
        "unreadable_files": coverage.unreadable,
        "files_outside_roots": coverage.outside_roots,
        "shadowed_files": coverage.shadowed,
    })
}
