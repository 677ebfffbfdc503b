//! The two sides of a comparison: which they are, and what is opened and checked of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use ringfence_project::{CheckOptions, CommandLine, Disk, KnownFacts, Report, Session, SetupError};
use ringfence_rules::Detail;

use crate::arguments::{ColorChoice, ProjectArguments};
use crate::commands::check::options_for_programs;
use crate::commands::explore::unreported;
use crate::commands::report_config_problems;
use crate::portrait::Side;
use crate::revision::{Commit, Repository, Revision};
use crate::sessions::Sessions;
use crate::terminal::warn;

/// What the working tree is called.
const WORKING_TREE: &str = "the working tree";

/// One side, before anything of it is opened.
pub(crate) struct Moment {
    title: String,
    commit: Option<Commit>,
    /// Nothing for the working tree.
    revision: Option<Revision>,
}

/// One side with its sessions.
pub(crate) struct Opened {
    pub(crate) title: String,
    /// Nothing for the working tree.
    pub(crate) commit: Option<Commit>,
    pub(crate) sessions: Sessions,
    /// By session; empty where nothing is checked.
    pub(crate) reports: Vec<Report>,
}

impl Moment {
    fn of(repository: &Repository, commit: Commit) -> Result<Self> {
        let revision = Some(repository.read(&commit)?);
        Ok(Self { title: commit.title(), commit: Some(commit), revision })
    }

    /// Whether a file or a folder is there.
    pub(crate) fn has(&self, path: &Path) -> bool {
        match &self.revision {
            Some(Revision { tree, .. }) => {
                Disk::new(&tree.overlays, &[], Some(Arc::clone(&tree.snapshot))).exists(path)
            }
            None => path.exists(),
        }
    }
}

/// Finds two sides: commits by their names, or where this branch began, and the working tree.
pub(crate) fn read_both(base: Option<&str>, head: Option<&str>, quiet: bool) -> Result<(Moment, Moment)> {
    let folder = working_directory()?;
    let repository = Repository::around(&folder)?;
    let base = if let Some(name) = base {
        repository.commit(name)?
    } else {
        let base = repository.fork_point()?;
        if !quiet {
            warn(&format!("comparing with the commit where this branch left {}", base.title()));
        }
        base
    };
    let head = head.map(|name| repository.commit(name)).transpose()?;
    let before = Moment::of(&repository, base)?;
    let now = match head {
        Some(commit) => Moment::of(&repository, commit)?,
        None => Moment { title: WORKING_TREE.to_string(), commit: None, revision: None },
    };
    let now_in = now.revision.as_ref().map(|revision| &revision.submodules);
    let recorded = repository.submodules();
    let recorded_before = before.revision.iter().flat_map(|revision| &revision.submodules);
    for (path, commit) in recorded_before {
        if now_in.unwrap_or(&recorded).get(path).is_some_and(|now| now != commit) {
            let path = ringfence_diagnostics::paths::below(path, &folder);
            warn(&format!("warning: what changed in the submodule `{path}` is not looked at"));
        }
    }
    Ok((before, now))
}

/// The state of a revision alone.
pub(crate) fn read_one(name: &str) -> Result<Moment> {
    let repository = Repository::around(&working_directory()?)?;
    Moment::of(&repository, repository.commit(name)?)
}

fn working_directory() -> Result<PathBuf> {
    std::env::current_dir().context("cannot tell the working directory")
}

/// Opens both sides; files that they have in common are read once. Where one has no config nothing is checked there, which is a
/// difference; where neither has one, there is nothing to compare.
pub(crate) fn open_both(
    project: &ProjectArguments,
    before: &Moment,
    now: &Moment,
) -> Result<(Opened, Opened)> {
    let head = open(project, now, None);
    let mut known = KnownFacts::default();
    for session in head.iter().flat_map(|head| &head.sessions.all) {
        known.add(session);
    }
    let known = Some(Arc::new(known));
    // One of both tells how far it is.
    let silent = ProjectArguments { quiet: true, ..project.clone() };
    match (open(&silent, before, known), head) {
        (Err(base), Err(_)) if is_without_config(&base) => Err(base),
        (base, head) => {
            let base = base.or_else(|error| or_without_config(&silent, before, error))?;
            let head = head.or_else(|error| or_without_config(project, now, error))?;
            Ok((base, head))
        }
    }
}

/// Checks both sides at the same time. Whether help and fixes are told decides how long it takes, and nothing of what is found.
pub(crate) fn check_both(base: Opened, head: Opened, in_full: bool) -> Result<(Opened, Opened)> {
    let (base, head) = at_once(|| base.checked(in_full), || head.checked(in_full));
    Ok((base?, head?))
}

/// Does two things at the same time.
fn at_once<T: Send>(first: impl FnOnce() -> T + Send, second: impl FnOnce() -> T) -> (T, T) {
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        // A panic there is one here.
        (first.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), second)
    })
}

/// Opens one side, given what is known of files on the disk.
pub(crate) fn open(
    project: &ProjectArguments,
    moment: &Moment,
    known: Option<Arc<KnownFacts>>,
) -> Result<Opened> {
    let tree = moment.revision.as_ref().map(|revision| &revision.tree);
    let sessions = Sessions::open_on(project, CommandLine::default(), None, None, tree, known)
        .with_context(|| format!("cannot open {}", moment.title))?;
    let (title, commit) = (moment.title.clone(), moment.commit.clone());
    Ok(Opened { title, commit, sessions, reports: Vec::new() })
}

/// Opens a side that has no config: there everything may be imported. Any other error stays one.
pub(crate) fn or_without_config(
    project: &ProjectArguments,
    moment: &Moment,
    error: anyhow::Error,
) -> Result<Opened> {
    if !is_without_config(&error) {
        return Err(error);
    }
    open(&ProjectArguments { isolated: true, ..project.clone() }, moment, None)
}

fn is_without_config(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<SetupError>(), Some(SetupError::NoConfig(_)))
}

impl Opened {
    /// Whether the configs have no errors; they are told.
    pub(crate) fn is_usable(&self) -> Result<bool> {
        if self.sessions.all.iter().all(|session| session.problems().is_empty()) {
            return Ok(true);
        }
        warn(&format!("error: the config of {} cannot be used:", self.title));
        Ok(report_config_problems(&self.sessions, ColorChoice::Auto)?.is_none())
    }

    /// The same, checked as `ringfence check` does in the folders of the configs.
    fn checked(mut self, in_full: bool) -> Result<Self> {
        self.sessions.share_comments();
        let options = if in_full {
            CheckOptions { paths: Vec::new(), ..options_for_programs(&self.sessions) }
        } else {
            CheckOptions { detail: Detail::Message, ..CheckOptions::default() }
        };
        let reports = self.sessions.all.iter_mut().map(|session| session.check_as_it_is(&options));
        self.reports = reports.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// What the check did not report: what the baselines know, and what is switched off, by session.
    pub(crate) fn unreported(&mut self) -> Result<[Vec<Report>; 2]> {
        let options = CheckOptions { paths: Vec::new(), ..options_for_programs(&self.sessions) };
        let (mut all_known, mut all_off) = (Vec::new(), Vec::new());
        for (session, reported) in self.sessions.all.iter_mut().zip(&self.reports) {
            let [known, off] = unreported(session, reported, &options)?;
            all_known.push(known);
            all_off.push(off);
        }
        Ok([all_known, all_off])
    }

    /// Finds out of the contracts what they name, where nothing else is asked.
    pub(crate) fn summarize_contracts(&mut self) {
        let summary = |session: &Session| Report { contracts: session.contracts(), ..Report::default() };
        self.reports = self.sessions.all.iter().map(summary).collect();
    }

    /// As something to compare.
    pub(crate) fn side(&self) -> Side<'_> {
        Side::new(self.title.clone(), &self.sessions, &self.reports)
    }
}
