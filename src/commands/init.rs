//! `ringfence init`
//!
//! The config is laid out by hand, for the sake of its comments; the strings in it are quoted as everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::Severity;
use ringfence_graph::{ModuleId, ModuleKind, Target};
use ringfence_policy::toml_string;
use ringfence_project::baseline::{self, Baseline, Update, recordable};
use ringfence_project::{
    CheckOptions, ConfigFile, ConfigKind, Session, SessionOptions, SetupError, find_config, normalized,
};
use ringfence_source::EdgeKinds;

use ruff_python_stdlib::identifiers::is_identifier;

use crate::arguments::InitArguments;
use crate::sessions::tidy_up;
use crate::summary::{count, thousands};
use crate::terminal::{print, print_toml, warn};
use crate::writing::write_new;

/// A package with fewer packages in it is one boundary module.
const FEWEST_PARTS: usize = 2;

/// Proposes boundary modules with what each depends on today, and writes a config that today's code passes.
pub(crate) fn run(arguments: &InitArguments) -> Result<ExitCode> {
    let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
    let root = normalized(&working_directory.join(arguments.path.as_deref().unwrap_or(Path::new("."))));
    match find_config(&root, &root) {
        Ok(config) if config.path.parent() == Some(root.as_path()) => {
            let help = match config.kind {
                ConfigKind::Ringfence | ConfigKind::Pyproject => "change that one",
                _ => "`ringfence check` reads it, and `ringfence migrate` makes a config of its own from it",
            };
            return Err(anyhow!("there is a config already, `{}`: {help}", config.path.display()));
        }
        Ok(_) | Err(SetupError::NoConfig(_) | SetupError::ConfigAbove(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let options = SessionOptions { root: root.clone(), ..SessionOptions::default() };
    let session = Session::open(options, &|_| {})?;
    tidy_up(&session, &working_directory);
    let modules = proposed(&session);
    if modules.is_empty() {
        return Err(anyhow!("no package found in `{}` that could be a boundary module", root.display()));
    }
    let dependencies = dependencies(&session, &modules);
    let (known, left, lasting) = what_it_finds(&root, &config_text(&dependencies, false))?;
    if let Some(finding) = left.first() {
        return Err(anyhow!("the config that would be written does not pass: {finding}"));
    }
    let text = config_text(&dependencies, !known.is_empty());
    let update = Update::new(&Baseline::default(), known);
    let list = Update::text(update.entries.iter());
    if arguments.dry_run {
        print_toml(&text)?;
        if !update.entries.is_empty() {
            print(format!("\n# {}\n{list}", baseline::DEFAULT_PATH).lines())?;
        }
    } else {
        // The config comes last: without it, the baseline is nothing.
        let path = root.join(baseline::DEFAULT_PATH);
        // A run that was killed may have written it.
        let is_written = || std::fs::read(&path).is_ok_and(|bytes| bytes == list.as_bytes());
        if !update.entries.is_empty() && !is_written() {
            write_new(&session, &path, &list)?;
        }
        write_new(&session, &root.join("ringfence.toml"), &text)?;
    }
    let declared: usize = dependencies.values().map(BTreeSet::len).sum();
    let dependencies_declared =
        format!("{} {}", thousands(declared), if declared == 1 { "dependency" } else { "dependencies" });
    let mut said = format!("{}, {dependencies_declared}", count(dependencies.len(), "boundary module"));
    if !update.entries.is_empty() {
        said.push_str(&format!(", {} in the baseline", count(update.entries.len(), "cycle")));
    }
    warn(&said);
    if !arguments.dry_run {
        let list = if update.entries.is_empty() {
            String::new()
        } else {
            format!(" and `{}`", baseline::DEFAULT_PATH)
        };
        let passes = if lasting.is_empty() {
            "`ringfence check` passes".to_string()
        } else {
            let codes: Vec<String> =
                lasting.iter().map(|(code, number)| format!("{number} of {code}")).collect();
            let errors = count(lasting.values().sum(), "error");
            format!(
                "`ringfence check` still finds {errors} in files ({}), which no baseline can hold",
                codes.join(", ")
            )
        };
        warn(&format!(
            "wrote `ringfence.toml`{list}; {passes}. Take out the dependencies that should not be."
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The packages that could be boundary modules, by name: of each top-level package itself, and where it has several packages
/// in it, these.
fn proposed(session: &Session) -> BTreeMap<String, ModuleId> {
    let index = session.graph().index();
    let is_package =
        |id: ModuleId| matches!(index.module(id).kind, ModuleKind::Package | ModuleKind::Namespace);
    // Test code imports whatever it tests.
    let has_code = |id: ModuleId| {
        let mut files = index.subtree(id).filter_map(|id| index.module(id).file);
        files.any(|file| session.facts(file).is_some() && !session.is_test(file))
    };
    // No import leads to `.github` or `ui-v2`, whatever Python files lie there.
    let can_be_imported = |id: ModuleId| index.name(id).split('.').all(is_identifier);
    let mut modules = BTreeMap::new();
    for (id, module) in index.iter().filter(|(_, module)| module.parent.is_none()) {
        if !is_package(id) || !can_be_imported(id) || !has_code(id) {
            continue;
        }
        modules.insert(module.name.to_string(), id);
        let parts: Vec<ModuleId> = index
            .subtree(id)
            .filter(|part| index.module(*part).parent == Some(id) && is_package(*part))
            .filter(|part| can_be_imported(*part) && has_code(*part))
            .collect();
        if parts.len() >= FEWEST_PARTS {
            modules.extend(parts.into_iter().map(|part| (index.name(part).to_string(), part)));
        }
    }
    modules
}

/// What each imports today.
fn dependencies(
    session: &Session,
    modules: &BTreeMap<String, ModuleId>,
) -> BTreeMap<String, BTreeSet<String>> {
    let index = session.graph().index();
    let proposed: BTreeSet<ModuleId> = modules.values().copied().collect();
    let owner = |module: ModuleId| {
        let mut around = index.ancestors(module);
        around.find(|id| proposed.contains(id)).map(|id| index.name(id).to_string())
    };
    let mut owners: BTreeMap<ModuleId, Option<String>> = BTreeMap::new();
    let mut dependencies: BTreeMap<String, BTreeSet<String>> =
        modules.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
    for edge in session.graph().edges().iter().filter(|edge| EdgeKinds::DEFAULT.has(edge.kind)) {
        let (Target::Module { module: imported, .. }, Some(importer)) =
            (edge.target, index.of_file(edge.file))
        else {
            continue;
        };
        let [from, to] = [importer.module, imported]
            .map(|module| owners.entry(module).or_insert_with(|| owner(module)).clone());
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            dependencies.entry(from).or_default().insert(to);
        }
    }
    dependencies
}

/// The config, which says so where today's cycles are in the baseline.
fn config_text(dependencies: &BTreeMap<String, BTreeSet<String>>, has_cycles: bool) -> String {
    let mut text = String::from(
        "# Made by `ringfence init`. Every `depends-on` is inferred: it lists what is imported today, not what should be.\n\
         forbid-cycles = true",
    );
    if has_cycles {
        text.push_str(&format!("  # today's cycles are in `{}`", baseline::DEFAULT_PATH));
    }
    text.push('\n');
    for (module, depends_on) in dependencies {
        text.push_str(&format!("\n[modules.{}]\n", toml_string(module)));
        if depends_on.is_empty() {
            text.push_str("depends-on = []  # inferred\n");
            continue;
        }
        text.push_str("depends-on = [  # inferred\n");
        for name in depends_on {
            text.push_str(&format!("    {},\n", toml_string(name)));
        }
        text.push_str("]\n");
    }
    text
}

/// What a config finds.
type Finds = (BTreeSet<ringfence_diagnostics::Identity>, Vec<String>, BTreeMap<&'static str, usize>);

/// What a config finds: what a baseline can hold, errors of the config that it cannot, and errors in files, by rule, which are there with
/// any config.
fn what_it_finds(root: &Path, text: &str) -> Result<Finds> {
    let path = root.join("ringfence.toml");
    let overlays = vec![(path.clone(), text.as_bytes().to_vec())];
    let config = Some(ConfigFile { path, kind: ConfigKind::Ringfence });
    let options = SessionOptions { root: root.to_path_buf(), config, overlays, ..SessionOptions::default() };
    let session = Session::open(options, &|_| {})?;
    if let Some(problem) = session.problems().first() {
        return Err(anyhow!("the config that would be written cannot be read: {}", problem.message));
    }
    let (mut known, mut left, mut lasting) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
    for diagnostic in
        session.check(&CheckOptions { ignore_baseline: true, ..CheckOptions::default() }).diagnostics
    {
        match recordable(&diagnostic) {
            Some(identity) => _ = known.insert(identity),
            None if diagnostic.severity == Severity::Error && session.is_config(diagnostic.file) => {
                left.push(diagnostic.message);
            }
            None if diagnostic.severity == Severity::Error => {
                *lasting.entry(diagnostic.code).or_default() += 1;
            }
            None => {}
        }
    }
    Ok((known, left, lasting))
}
