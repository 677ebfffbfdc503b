//! `ringfence baseline`

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::Identity;
use ringfence_project::baseline::{self, Update, line, recordable};
use ringfence_project::{CheckOptions, Session};

use super::{report_config_problems, say_configs};
use crate::arguments::{BaselineArguments, ColorChoice};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{print, warn};

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
    let sessions = Sessions::open(&arguments.project, arguments.rules.command_line(), None, None)?;
    say_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let mut refused = false;
    for session in &sessions.all {
        let found = session.check(&CheckOptions { ignore_baseline: true, ..CheckOptions::default() });
        let found: BTreeSet<Identity> = found.diagnostics.iter().filter_map(recordable).collect();
        let pattern = session.policy().linter.baseline.as_ref().map(|baseline| baseline.value.as_str());
        let pattern = pattern.unwrap_or(baseline::DEFAULT_PATH);
        let is_first = baseline::files(session.root(), pattern).is_empty();
        let mut update = Update::new(session.baseline(), found);
        if !is_first && !update.added.is_empty() {
            if !arguments.allow_growth {
                tell_growth(&update);
                refused = true;
                continue;
            }
            for identity in &update.added {
                update.entries.insert(identity.clone(), reason.map(str::to_string));
            }
        }
        if !arguments.dry_run {
            write(session, pattern, &update)?;
        }
        print(&format!("{}\n", delta(&update, is_first)))?;
    }
    Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
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

fn tell_growth(update: &Update) {
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

/// Writes the entries into their files; one that has none left is removed where each package has its own.
fn write(session: &Session, pattern: &str, update: &Update) -> Result<()> {
    let root = session.root();
    let mut by_file: BTreeMap<PathBuf, Vec<(&Identity, &Option<String>)>> = BTreeMap::new();
    let is_split = pattern.contains('*');
    for entry in &update.entries {
        by_file.entry(session.baseline_path(entry.0)).or_default().push(entry);
    }
    if !is_split {
        by_file.entry(root.join(pattern)).or_default();
    }
    for path in baseline::files(root, pattern).into_iter().filter(|path| !by_file.contains_key(path)) {
        fs::remove_file(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
    }
    for (path, entries) in by_file {
        let text = Update::text(entries.into_iter());
        // A file that says the same keeps its time.
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
