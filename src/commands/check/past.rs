//! What was found before a change, so that a run reports what the change brings.

use std::path::{Path, PathBuf};

use anyhow::Result;
use ringfence_diagnostics::{Diagnostic, Files};
use ringfence_project::{CheckOptions, Report, Session, may_matter};
use ringfence_rules::Detail;

use crate::changes::{Changes, Known};
use crate::sessions::Sessions;
use crate::terminal::warn;

/// What a session was before the change.
pub(super) struct Past<'a> {
    pub(super) changes: &'a Changes,
    /// Nothing where nobody can say what was found, as there was no config that could be read.
    pub(super) known: Option<Known>,
}

impl<'a> Past<'a> {
    /// Of each session, in their order.
    pub(super) fn of_all(
        sessions: &Sessions,
        changes: &'a Changes,
        ignore_baseline: bool,
    ) -> Result<Vec<Self>> {
        let options = CheckOptions { detail: Detail::Everything, ignore_baseline, ..CheckOptions::default() };
        let mut pasts = Vec::new();
        // The sessions of one folder.
        let mut before: Vec<Option<Session>> = Vec::new();
        for (position, session) in sessions.all.iter().enumerate() {
            before.push(Self::session(session, changes)?);
            if sessions.is_beside(position + 1) {
                continue;
            }
            if let [Some(first), Some(second)] = before.as_mut_slice() {
                Session::share_comments(first, second);
            }
            for before in before.drain(..) {
                let known = before.map(|before| {
                    let found = before.check(&options).diagnostics;
                    found.iter().map(|diagnostic| subject(diagnostic, &before)).collect()
                });
                pasts.push(Self { changes, known });
            }
        }
        Ok(pasts)
    }

    fn session(session: &Session, changes: &Changes) -> Result<Option<Session>> {
        let is_ours = |path: &Path| path.starts_with(session.root()) || is_input(session, path);
        let contents = changes.contents(&|path| is_ours(path) && is_of_interest(session, path))?;
        let mut absent = changes.added.clone();
        absent.extend(session.files_read().filter(|path| changes.is_unknown(path)).map(Path::to_path_buf));
        Ok(session.before(contents, &absent)?)
    }

    /// What a session reports that was not there before the change.
    pub(super) fn check(past: Option<&Self>, session: &Session, options: &CheckOptions) -> Report {
        let mut report = session.check(options);
        if let Some(past) = past {
            past.keep_new(&mut report, session);
        }
        report
    }

    /// Keeps of a report what was not there before the change, and tells how much was.
    pub(super) fn keep_new(&self, report: &mut Report, session: &Session) -> usize {
        let count = report.diagnostics.len();
        report.diagnostics.retain(|diagnostic| self.keeps(diagnostic, session));
        count - report.diagnostics.len()
    }

    /// Whether a finding is new, or in a file that changed.
    fn keeps(&self, diagnostic: &Diagnostic, session: &Session) -> bool {
        self.changes.has(session.files().path(diagnostic.file))
            || self.known.as_ref().is_none_or(|known| !known.contains(&subject(diagnostic, session)))
    }

    /// Whether a fix may write a file: one that changed, and that is what was judged.
    pub(super) fn may_change(&self, path: &Path) -> bool {
        self.changes.has(path) && !self.changes.unstaged.contains(path)
    }
}

/// Lines may have moved, so a finding is the same if it is about the same and in the same file.
fn subject(diagnostic: &Diagnostic, session: &Session) -> (PathBuf, &'static str, String) {
    (session.files().path(diagnostic.file).to_path_buf(), diagnostic.code, diagnostic.message.clone())
}

/// Whether a session was made of a file beside its sources.
pub(super) fn is_input(session: &Session, path: &Path) -> bool {
    session.input_files().any(|file| session.files().path(file) == path) || session.is_path_of_baseline(path)
}

fn is_of_interest(session: &Session, path: &Path) -> bool {
    may_matter(path) || is_input(session, path)
}

/// Says what a run that asks for changes does not know.
pub(super) fn print_unknown_changes(sessions: &Sessions, changes: &Changes) {
    for (folder, is_changed) in &changes.submodules {
        let is_checked =
            || sessions.all.iter().flat_map(Session::checked_files).any(|path| path.starts_with(folder));
        if *is_changed || is_checked() {
            let folder = sessions.display(folder);
            warn(&format!("warning: what changed in the submodule `{folder}` is not looked at"));
        }
    }
}
