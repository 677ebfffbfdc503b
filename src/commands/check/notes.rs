//! What a run reads and how, for whoever asks: the files, the settings, and what could not be followed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use ringfence_diagnostics::{Files, joined, paths};
use ringfence_output::escape;
use ringfence_policy::native;
use ringfence_project::{Report, Session, is_at_or_below};
use ringfence_rules::{RuleId, named};

use crate::sessions::Sessions;
use crate::summary;
use crate::terminal::{print, print_bytes, print_toml, warn};

/// More modules are counted only.
const MOST_UNSEEN: usize = 3;

/// The files that are checked and reported on.
pub(super) fn asked_files(sessions: &Sessions) -> impl Iterator<Item = &Path> {
    let asked: HashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
    let files = sessions.all.iter().flat_map(Session::checked_files);
    files.filter(move |path| is_at_or_below(path, &asked))
}

pub(super) fn show_files(sessions: &Sessions) -> Result<ExitCode> {
    let shown = |path: &Path| escape::path(path, &paths::absolute(path));
    let mut lines: Vec<String> = asked_files(sessions).map(shown).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.push(String::new());
    print_bytes(lines.join("\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show_settings(sessions: &Sessions) -> Result<ExitCode> {
    for session in &sessions.all {
        let config = session.config().map_or("none".to_string(), |config| sessions.display(&config.path));
        let mut lines =
            vec![format!("# config: {config}"), format!("# root: {}", sessions.display(session.root()))];
        for root in session.source_roots() {
            lines.push(format!("# source root: {}", sessions.display(root)));
        }
        lines.push("# rules:".to_string());
        for rule in session.settings().rules.iter() {
            let severity = session.settings().severity(rule).as_str();
            let name = rule_title(rule);
            lines.push(format!("#   {name}: {severity}"));
        }
        lines.push(String::new());
        print(lines)?;
        print_toml(&native::write(session.policy()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn rule_title(rule: RuleId) -> String {
    format!("{} {}", rule.metadata().code, rule.metadata().name)
}

/// What rules about manifests cannot judge, so that silence is not taken for a clean bill.
pub(super) fn print_manifest_notes(sessions: &Sessions) {
    let undeclared = named::undeclared_external().metadata().code;
    let unused = named::unused_external().metadata().code;
    let asked = sessions.all.iter().filter(|session| session.settings().asks_for_manifests);
    for (session, manifests) in asked.filter_map(|session| Some((session, session.externals()?))) {
        let doubts: Vec<String> = session
            .doubtful_externals()
            .into_iter()
            .map(|(import, distribution)| format!("`{import}` from `{distribution}`"))
            .collect();
        if !doubts.is_empty() {
            warn(&format!(
                "warning: nothing installed tells where these come from, so their names do: {}; `--python` with the environment of \
                 the project makes it certain, or `distributions` in the config",
                doubts.join(", ")
            ));
        }
        if let Some(path) = manifests.missing_environment() {
            let path = sessions.display(path);
            warn(&format!("warning: `VIRTUAL_ENV` names `{path}`, where no distributions are installed"));
        }
        for path in manifests.computed() {
            let path = sessions.display(path);
            warn(&format!(
                "warning: what `{path}` requires is computed when it is built, so {undeclared} and {unused} do not judge its files"
            ));
        }
        let orphans = manifests.orphans();
        if orphans > 0 {
            let files = summary::count(orphans, "file");
            warn(&format!(
                "warning: {files} of no project, which {undeclared} does not judge: no manifest lies above"
            ));
        }
    }
}

/// What contracts about the start cannot see, as no environment is found.
pub(super) fn print_startup_notes(sessions: &Sessions) {
    for session in &sessions.all {
        let names: Vec<String> =
            session.contracts_without_environment().iter().map(|name| format!("`{name}`")).collect();
        if !names.is_empty() {
            warn(&format!(
                "warning: no environment is found, so what installed code loads is not known to {}; `--python` names one",
                names.join(", ")
            ));
        }
    }
}

/// What contracts about the start cannot see.
pub(super) fn print_unseen_starts(reports: &[Report]) {
    for contract in reports.iter().flat_map(|report| &report.contracts) {
        let name = &contract.name;
        if let Some(modules) = quoted_names(&contract.computed) {
            warn(&format!(
                "warning: what {modules} loads by computed names when it starts is not known to `{name}`"
            ));
        }
        if let Some(calls) = quoted_names(&contract.unfollowed_calls) {
            warn(&format!(
                "warning: what the call of {calls} runs is not known to `{name}`, which looks at the import of the module only"
            ));
        }
        if let Some(scripts) = quoted_names(&contract.missing_scripts) {
            warn(&format!(
                "warning: no module of the project has the script {scripts}, so `{name}` does not look at it"
            ));
        }
    }
}

/// `a`, `b` and 3 more
fn quoted_names(all: &[String]) -> Option<String> {
    let mut names: Vec<String> = all.iter().take(MOST_UNSEEN).map(|name| format!("`{name}`")).collect();
    let more = all.len() - names.len();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    (!names.is_empty()).then(|| joined(&names, "and"))
}

/// What `--verbose` tells: how the tree was understood, and what could not be followed.
pub(super) fn print_details(sessions: &Sessions) {
    for session in &sessions.all {
        for root in session.source_roots() {
            warn(&format!("source root: {}", sessions.display(root)));
        }
        if let Some(manifests) = session.externals() {
            for folder in manifests.package_folders() {
                warn(&format!("installed distributions: {}", sessions.display(folder)));
            }
            if manifests.package_folders().is_empty() {
                warn(
                    "installed distributions: none known; imports are taken to be called as their distributions are",
                );
            }
        }
        for folder in session.nested_configs() {
            warn(&format!("governed by a config of its own: {}", sessions.display(folder)));
        }
        for (title, paths) in session.left_out_files() {
            for path in paths {
                warn(&format!("{title}: {}", sessions.display(&path)));
            }
        }
        for (file, name, import) in session.unresolved() {
            let path = sessions.display(session.files().path(file));
            let range =
                session.facts(file).and_then(|facts| facts.names.get(name as usize)).map(|name| name.range);
            let line = session
                .files()
                .text(file)
                .zip(range)
                .map_or(0, |(source, range)| source.to_source_code().line_index(range.start()).get());
            warn(&format!("unresolved import: {path}:{line}: {import}"));
        }
    }
}
