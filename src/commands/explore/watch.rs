//! Keeps the page true while files change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecursiveMode, Watcher as _};
use ringfence_diagnostics::FileId;
use ringfence_project::{CommandLine, Session, may_matter};

use super::serve::{Current, Serving};
use super::{judge, model, open};
use crate::arguments::{ColorChoice, ExploreArguments};
use crate::commands::report_config_problems;
use crate::explorer::write_page;
use crate::sessions::Sessions;
use crate::terminal::{print, warn};

/// How long nothing may happen before the page is made anew: whoever saves several files saves them together.
const QUIET: Duration = Duration::from_millis(120);

/// Serves the page until somebody ends the process.
pub(super) fn watch(mut sessions: Sessions, arguments: &ExploreArguments) -> Result<ExitCode> {
    let (sender, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Nobody listens any more once the process ends.
        drop(sender.send(event));
    })
    .context("cannot watch files")?;
    for session in sessions.one_a_folder() {
        let root = session.root();
        let context = || format!("cannot watch `{}`", root.display());
        watcher.watch(root, RecursiveMode::Recursive).with_context(context)?;
    }
    let roots: Vec<PathBuf> = sessions.one_a_folder().map(|session| session.root().to_path_buf()).collect();
    let current = Arc::new(Current::default());
    let mut revision = 1;
    current.set(revision, page(&mut sessions, arguments, revision)?);
    let serving = Serving::new()?;
    let url = serving.url();
    print([&url])?;
    let served = Arc::clone(&current);
    std::thread::Builder::new()
        .name("ringfence-serve".to_string())
        .spawn(move || serving.run(&served))
        .context("cannot start a thread")?;
    if arguments.open {
        open(&url);
    }
    loop {
        let changed = next(&changes, &roots)?;
        if changed.is_empty() {
            continue;
        }
        match update(&mut sessions, arguments, &changed).and_then(|is_valid| {
            if is_valid { page(&mut sessions, arguments, revision + 1).map(Some) } else { Ok(None) }
        }) {
            Ok(Some(page)) => {
                revision += 1;
                current.set(revision, page);
            }
            // The last page that could be made stays.
            Ok(None) => {}
            Err(error) => warn(&format!("error: {error:#}")),
        }
    }
}

/// Waits for something to change below these folders, and until nothing more does: the paths that may matter.
fn next(changes: &Receiver<notify::Result<Event>>, roots: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let first = changes.recv().map_err(|_| anyhow!("nothing watches the files any more"))?;
    let mut changed = BTreeSet::new();
    let mut event = Some(first);
    while let Some(this) = event {
        let this = this.context("cannot watch files")?;
        // To read a file changes nothing.
        let is_change = match this.kind {
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
            EventKind::Any
            | EventKind::Create(_)
            | EventKind::Modify(_)
            | EventKind::Remove(_)
            | EventKind::Other => true,
        };
        if is_change {
            changed
                .extend(this.paths.into_iter().filter(|path| may_matter(path) || path.extension().is_none()));
        }
        event = changes.recv_timeout(QUIET).ok();
    }
    // What tools keep beside the sources.
    let is_aside = |part: std::path::Component| {
        let name = part.as_os_str().to_string_lossy();
        name == "__pycache__" || name == "node_modules" || name == ".git" || name.ends_with("_cache")
    };
    changed.retain(|path| {
        let below = roots.iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
        !below.components().any(is_aside)
    });
    Ok(changed)
}

/// Brings the sessions up to date. Whether they can be checked: a config may have mistakes while somebody writes it.
fn update(
    sessions: &mut Sessions,
    arguments: &ExploreArguments,
    changed: &BTreeSet<PathBuf>,
) -> Result<bool> {
    let known = |session: &Session, path: &Path| -> Option<FileId> { session.files().get(path) };
    let is_edit = changed.iter().all(|path| {
        let is_source = path.extension().is_some_and(|extension| extension == "py" || extension == "pyi");
        is_source && path.is_file() && sessions.all.iter().any(|session| known(session, path).is_some())
    });
    if !is_edit {
        // Files or folders have come or gone, or a config is another.
        let opened = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
        if report_config_problems(&opened, ColorChoice::Auto)?.is_some() {
            return Ok(false);
        }
        *sessions = opened;
        return Ok(true);
    }
    for session in &mut sessions.all {
        let mut contents = Vec::new();
        for path in changed {
            if let Some(file) = known(session, path) {
                let bytes =
                    std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
                contents.push((file, bytes));
            }
        }
        if !contents.is_empty() {
            session.apply_changes(contents)?;
        }
    }
    Ok(true)
}

fn page(sessions: &mut Sessions, arguments: &ExploreArguments, revision: u64) -> Result<Vec<u8>> {
    let (report, known) = judge(sessions)?;
    let mut page = Vec::new();
    write_page(&model(sessions, report, known, arguments).at(revision), &mut page)
        .context("cannot make the page")?;
    Ok(page)
}
