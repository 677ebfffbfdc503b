//! Keeps the page true while files change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use ringfence_diagnostics::FileId;
use ringfence_project::{CommandLine, Session};

use super::serve::{Current, Serving};
use super::watched::Watched;
use super::{judge, model, open};
use crate::arguments::{ColorChoice, ExploreArguments};
use crate::commands::report_config_problems;
use crate::explorer::write_page;
use crate::sessions::Sessions;
use crate::terminal::{print, warn};

/// Serves the page until somebody ends the process.
pub(super) fn watch(mut sessions: Sessions, arguments: &ExploreArguments) -> Result<ExitCode> {
    let mut watched = Watched::new(&sessions)?;
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
        let changed = watched.next(&sessions)?;
        if changed.is_empty() {
            continue;
        }
        match update(&mut sessions, arguments, &changed).and_then(|is_valid| {
            if !is_valid {
                return Ok(None);
            }
            watched.follow(&sessions)?;
            page(&mut sessions, arguments, revision + 1).map(Some)
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
    let judged = judge(sessions)?;
    let mut page = Vec::new();
    write_page(&model(sessions, judged, arguments).at(revision), &mut page)
        .context("cannot make the page")?;
    Ok(page)
}
