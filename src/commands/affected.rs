//! `ringfence affected`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::paths;
use ringfence_project::affected::{Affected, AffectedFile, ChangedFile, WhyAffected};
use ringfence_project::{
    CommandLine, Disk, Interpreter, Session, SessionOptions, SetupError, find_config_on, normalized,
};
use serde_json::{Map, Value, json};

use super::report_config_problems;
use crate::arguments::{AffectedArguments, AffectedLevel, ColorChoice, ProjectArguments, TextOrJson};
use crate::changes::Changes;
use crate::git::Git;
use crate::sessions::{Sessions, python_path};
use crate::summary::count;
use crate::terminal::{print, print_bytes, print_json, warn};

pub(crate) fn run(arguments: &AffectedArguments) -> Result<ExitCode> {
    let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
    let changes = if arguments.files.is_empty() {
        Some(Changes::since(&working_directory, &arguments.since, &|_| true)?)
    } else {
        None
    };
    let root = match &changes {
        Some(changes) => changes.top().to_path_buf(),
        // Files can be named where there is no repository, too.
        None => Git::around(&working_directory).map_or_else(|_| working_directory.clone(), |git| git.top),
    };
    let session = open(&root, &working_directory, arguments)?;
    let sessions = Sessions {
        all: vec![session],
        working_directory: working_directory.clone(),
        paths: vec![root],
        buffer: None,
    };
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let Some(session) = sessions.all.first() else { return Err(anyhow!("no project was read")) };
    let (changed, before) = match &changes {
        Some(changes) => of_git(session, changes)?,
        None => (named(&working_directory, &arguments.files), None),
    };
    let mut affected = session.affected(&changed, before.as_ref());
    if let Some(changes) = &changes
        && let Some((folder, _)) = changes.submodules.iter().find(|(_, is_changed)| **is_changed)
        && affected.all.is_none()
    {
        let folder = paths::below(folder, &working_directory);
        affected =
            Affected { all: Some(format!("the submodule `{folder}` changed")), ..session.everything() };
    }
    let boundaries = match arguments.level {
        AffectedLevel::Files => None,
        AffectedLevel::Boundaries => Some(boundaries(&affected, arguments)?),
    };
    let shown = |path: &Path| paths::below(path, &working_directory);
    affected.files.retain(|file| {
        (file.is_test || !arguments.tests) && (!arguments.direct || affected.all.is_some() || is_direct(file))
    });
    if arguments.output_format == TextOrJson::Json {
        print_json(&as_json(&affected, boundaries.as_ref(), &shown))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.quiet {
        print_notes(&affected, changed.len(), arguments, &shown);
    }
    let lines: Vec<String> = match &boundaries {
        Some(boundaries) => boundaries.iter().cloned().collect(),
        None => affected.files.iter().map(|file| shown(&file.path)).collect(),
    };
    if arguments.null {
        let bytes: Vec<u8> = lines.iter().flat_map(|line| line.bytes().chain([0])).collect();
        print_bytes(&bytes)?;
    } else {
        print(lines)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The graph of the whole tree; of a config only the source roots count.
fn open(root: &Path, working_directory: &Path, arguments: &AffectedArguments) -> Result<Session> {
    let disk = Disk::new(&[], &[], None);
    let config = match find_config_on(&disk, working_directory, root) {
        Ok(config) => Some(config),
        Err(SetupError::NoConfig(_)) => None,
        Err(error) => return Err(error.into()),
    };
    // Those of a folder below are counted from there.
    let config = config.filter(|config| config.path.parent() == Some(root));
    let options = SessionOptions {
        root: root.to_path_buf(),
        config,
        only_graph: true,
        interpreter: Interpreter::default(),
        python_path: python_path(working_directory),
        threads: arguments.threads,
        ..SessionOptions::default()
    };
    Ok(Session::open(options, &|_| {})?)
}

/// What git knows to have changed, and the session as it was, where files are gone.
fn of_git(session: &Session, changes: &Changes) -> Result<(Vec<ChangedFile>, Option<Session>)> {
    let is_python = |path: &Path| {
        path.extension()
            .is_some_and(|extension| matches!(extension.to_str(), Some("py" | "pyw" | "pyi" | "pyx")))
    };
    let contents = changes.contents(&is_python)?;
    let gone: Vec<(PathBuf, Vec<u8>)> = contents.iter().filter(|(path, _)| !path.exists()).cloned().collect();
    let before = if gone.is_empty() { None } else { session.before(gone, &[])? };
    let mut contents: std::collections::BTreeMap<PathBuf, Vec<u8>> = contents.into_iter().collect();
    let changed = changes
        .files
        .iter()
        .map(|path| ChangedFile { path: path.clone(), old: contents.remove(path) })
        .collect();
    Ok((changed, before))
}

fn named(working_directory: &Path, files: &[PathBuf]) -> Vec<ChangedFile> {
    let absolute = |path: &PathBuf| normalized(&working_directory.join(path));
    files.iter().map(|path| ChangedFile { path: absolute(path), old: None }).collect()
}

/// The boundary modules that own what is affected.
fn boundaries(affected: &Affected, arguments: &AffectedArguments) -> Result<BTreeSet<String>> {
    let project = ProjectArguments::here(Vec::new(), arguments.threads, arguments.quiet);
    let sessions = Sessions::open(&project, CommandLine::default(), None, None)?;
    let mut names = BTreeSet::new();
    for session in &sessions.all {
        let (boundaries, index) = (session.boundaries(), session.graph().index());
        let paths = affected.files.iter().map(|file| file.path.as_path());
        let modules = paths.filter_map(|path| index.get(session.module_at(path)?));
        let owners = modules.filter_map(|module| boundaries.owner(module));
        names.extend(owners.map(|owner| index.name(boundaries.get(owner).module).to_string()));
    }
    Ok(names)
}

/// Whether a file changed, or uses what changed without another between.
fn is_direct(file: &AffectedFile) -> bool {
    let others: BTreeSet<&Path> =
        file.because.iter().map(|step| step.path.as_path()).filter(|path| *path != file.path).collect();
    others.len() <= 1
}

fn print_notes(
    affected: &Affected,
    changed: usize,
    arguments: &AffectedArguments,
    shown: &dyn Fn(&Path) -> String,
) {
    if let Some(reason) = &affected.all {
        warn(&format!("everything is affected: {reason}"));
    }
    for (path, reason) in &affected.inert {
        warn(&format!("`{}` affects nobody: {reason}", shown(path)));
    }
    if arguments.verbose {
        for file in &affected.files {
            let steps: Vec<String> = file.because.iter().map(|step| described(step, shown)).collect();
            let why = if steps.is_empty() { String::new() } else { format!(": {}", steps.join(" -> ")) };
            warn(&format!("{}{why}", shown(&file.path)));
        }
    }
    let tests = affected.files.iter().filter(|file| file.is_test).count();
    let all_tests = tests + affected.unaffected_tests.len();
    warn(&format!(
        "{} changed: {} affected, {tests} of {} with tests",
        count(changed, "file"),
        count(affected.files.len(), "file"),
        count(all_tests, "file"),
    ));
}

/// `shop.orders.total (uses)`
fn described(step: &WhyAffected, shown: &dyn Fn(&Path) -> String) -> String {
    let path = shown(&step.path);
    let place = step.module.as_deref().unwrap_or(&path);
    match &step.name {
        Some(name) => format!("{place}.{name} ({})", step.how),
        None => format!("{place} ({})", step.how),
    }
}

fn as_json(
    affected: &Affected,
    boundaries: Option<&BTreeSet<String>>,
    shown: &dyn Fn(&Path) -> String,
) -> Value {
    let step = |step: &WhyAffected| json!({ "path": shown(&step.path), "module": step.module, "name": step.name, "how": step.how });
    let files: Vec<Value> = affected
        .files
        .iter()
        .map(|file| {
            let because: Vec<Value> = file.because.iter().map(step).collect();
            json!({ "path": shown(&file.path), "module": file.module, "test": file.is_test, "because": because })
        })
        .collect();
    let unaffected: Vec<String> = affected.unaffected_tests.iter().map(|path| shown(path)).collect();
    let inert: Vec<Value> = affected
        .inert
        .iter()
        .map(|(path, reason)| json!({ "path": shown(path), "reason": reason }))
        .collect();
    let mut object = Map::new();
    object.insert("all".to_string(), json!(affected.all));
    object.insert("files".to_string(), json!(files));
    object.insert("unaffected_tests".to_string(), json!(unaffected));
    object.insert("inert".to_string(), json!(inert));
    if let Some(boundaries) = boundaries {
        object.insert("boundaries".to_string(), json!(boundaries));
    }
    Value::Object(object)
}
