//! `ringfence baseline`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Files as _, Identity};
use ringfence_project::baseline::{self, Update, line, recordable};
use ringfence_project::write::WriteError;
use ringfence_project::{CheckOptions, Session};

use super::{print_configs, report_config_problems};
use crate::arguments::{BaselineArguments, ColorChoice};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{print, warn};
use crate::writing::writer;

/// How many new findings are told one by one.
const MOST_ADDED: usize = 20;

/// Writes what is found now as the baseline. It may shrink; it grows only where somebody says why.
pub(crate) fn run(arguments: &BaselineArguments) -> Result<ExitCode> {
    let in_ci =
        std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
    if in_ci && !arguments.dry_run {
        return Err(anyhow!(
            "a baseline is never written in CI, where nobody looks at it: run `ringfence baseline` and commit what it writes"
        ));
    }
    if let Some(path) = arguments.project.paths.iter().find(|path| !path.is_dir()) {
        return Err(anyhow!("`{}` is no folder, and a baseline is of a whole project", path.display()));
    }
    let reason = arguments.reason.as_deref().map(str::trim);
    if reason.is_some_and(|reason| reason.is_empty() || reason.contains(['\n', '\r'])) {
        return Err(anyhow!("`--reason` has to say why, on one line"));
    }
    let mut sessions = Sessions::open(&arguments.project, arguments.rules.command_line(), None, None)?;
    print_configs(&sessions, &arguments.project);
    sessions.tidy_up();
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let options = CheckOptions { ignore_baseline: true, ..CheckOptions::default() };
    let reports = sessions.all.iter_mut().map(|session| session.check_as_it_is(&options));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    let (mut refused, mut unwritten) = (false, false);
    for session in sessions.one_a_folder() {
        // Several configs of one folder have one baseline.
        let mut found: BTreeSet<Identity> = BTreeSet::new();
        let of_folder = sessions.all.iter().zip(&reports).filter(|(other, _)| other.root() == session.root());
        for (_, report) in of_folder {
            if let Some(contract) = report.contracts.iter().find(|contract| contract.unlisted > 0) {
                return Err(anyhow!(
                    "the contract `{}` is broken in {} ways, which are too many for a baseline; mend some, or name fewer modules",
                    contract.name,
                    contract.violations
                ));
            }
            found.extend(report.diagnostics.iter().filter_map(recordable));
        }
        let pattern = session.policy().linter.baseline.as_ref().map(|baseline| baseline.value.as_str());
        let pattern = pattern.unwrap_or(baseline::DEFAULT_PATH);
        if let Some(place) = session.unreadable_lines().next() {
            let path = sessions.display(session.files().path(place.file));
            warn(&format!(
                "error: `{path}` has lines that say nothing, and would lose them: `ringfence check` tells which; nothing was written"
            ));
            unwritten = true;
            continue;
        }
        let is_first = !session.has_baseline();
        let mut update = Update::new(session.baseline(), found);
        if !is_first && !update.added.is_empty() {
            if !arguments.allow_growth {
                report_growth(&update);
                refused = true;
                continue;
            }
            for identity in &update.added {
                update.entries.insert(identity.clone(), reason.map(str::to_string));
            }
        }
        if !arguments.dry_run && !write(&sessions, session, pattern, &update)? {
            unwritten = true;
            continue;
        }
        print([delta(&update, is_first)])?;
    }
    Ok(match (unwritten, refused) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// `baseline 20 -> 18, 3 fixed, 1 added with a reason`
fn delta(update: &Update, is_first: bool) -> String {
    let after = update.entries.len();
    if is_first {
        return format!("baseline of {}", count(after, "finding"));
    }
    let mut text = format!("baseline {} -> {after}", update.before);
    if update.fixed > 0 {
        text.push_str(&format!(", {} fixed", update.fixed));
    }
    if !update.added.is_empty() {
        text.push_str(&format!(", {} added with a reason", update.added.len()));
    }
    text
}

fn report_growth(update: &Update) {
    let new = count(update.added.len(), "new finding");
    warn(&format!("error: {new}, and a baseline only shrinks; nothing was written"));
    for identity in update.added.iter().take(MOST_ADDED) {
        warn(&format!("  {}", line(identity, None)));
    }
    if update.added.len() > MOST_ADDED {
        warn(&format!("  and {} more", update.added.len() - MOST_ADDED));
    }
    warn("mend them, or let them in with `--allow-growth --reason TEXT`");
}

/// Writes the entries into their files; one that has none left is removed where each package has its own. Whether all of it
/// was done; what was not is said.
fn write(sessions: &Sessions, session: &Session, pattern: &str, update: &Update) -> Result<bool> {
    let root = session.root();
    let mut by_file: BTreeMap<PathBuf, Vec<(&Identity, &Option<String>)>> = BTreeMap::new();
    let is_split = pattern.contains('*');
    for entry in &update.entries {
        by_file.entry(session.baseline_path(entry.0)).or_default().push(entry);
    }
    if !is_split {
        by_file.entry(root.join(pattern)).or_default();
    }
    let writer = writer(session).with_context(|| format!("cannot write in `{}`", root.display()))?;
    let mut is_whole = true;
    let mut say = |path: &Path, verb: &str, result: Result<(), WriteError>| {
        if let Err(error) = result {
            warn(&format!("error: cannot {verb} `{}`: {error}", sessions.display(path)));
            is_whole = false;
        }
    };
    let mut read = BTreeMap::new();
    for file in session.baseline_files() {
        read.insert(session.files().path(file).to_path_buf(), session.files().bytes_as_read(file));
    }
    for (path, entries) in &by_file {
        let text = Update::text(entries.iter().copied());
        let result = match read.get(path) {
            None => baseline::save(&writer, path, None, &text),
            Some(None) => Err(WriteError::Changed),
            Some(Some(bytes)) => baseline::save(&writer, path, Some(bytes), &text),
        };
        say(path, "write", result);
    }
    // A pattern may match what others have put there; that stays, and is told by the check.
    for (path, bytes) in read.iter().filter(|(path, _)| !by_file.contains_key(*path)) {
        match bytes {
            None => say(path, "remove", Err(WriteError::Changed)),
            Some(bytes) if baseline::is_ours(bytes) => {
                say(path, "remove", baseline::remove(&writer, path, bytes));
            }
            Some(_) => warn(&format!(
                "warning: `{}` matches `baseline` in the config and is no baseline: left alone",
                sessions.display(path)
            )),
        }
    }
    Ok(is_whole)
}
