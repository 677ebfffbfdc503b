//! Judges each session, with the fixes that are asked for, against what was found before a change. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use ringfence_diagnostics::{FileId, Files};
use ringfence_project::fix::{self, Dropped, FixOptions, Outcome};
use ringfence_project::{CheckOptions, Ignored, Report, Session, add_ignores};

use super::past::Past;
use super::report::Fixed;
use crate::arguments::CheckArguments;
use crate::sessions::Sessions;
use crate::summary;
use crate::terminal::warn;

/// What a run looks for, what it may change, and what it compares with.
pub(super) struct Judge<'a> {
    pub(super) arguments: &'a CheckArguments,
    pub(super) options: CheckOptions,
    pub(super) fix_options: FixOptions,
    /// By session, where only what a change brings is reported.
    pub(super) pasts: Option<Vec<Past<'a>>>,
}

/// What has come of it.
#[derive(Default)]
pub(super) struct Judged {
    /// By session.
    pub(super) reports: Vec<Report>,
    pub(super) fixed: Fixed,
    /// How many places nobody looked at.
    pub(super) unlooked: usize,
    /// Configs of which it cannot be told what was found before the change.
    without_past: Vec<PathBuf>,
    /// Files that a fix would change, were they on the disk as they are staged.
    unstaged: BTreeSet<PathBuf>,
}

/// New contents of files, by session.
type Contents = BTreeMap<usize, Vec<(FileId, Vec<u8>)>>;

impl Judge<'_> {
    /// Whether files are changed.
    pub(super) fn changes_files(&self) -> bool {
        self.fix_options.source || self.fix_options.policy || self.arguments.fixes.add_ignore.is_some()
    }

    /// Judges every session, once it is fixed.
    pub(super) fn judge(&self, sessions: &mut Sessions) -> Result<Judged> {
        let mut judged = Judged::default();
        sessions.share_comments();
        for (position, session) in sessions.all.iter_mut().enumerate() {
            let past = self.past(position);
            let mut report = self.report(session, position, &mut judged.fixed)?;
            if let Some(past) = past {
                self.keep_new(past, session, &mut report, &mut judged);
            }
            // Other tools say themselves what they look at.
            if !session.policy().is_foreign() {
                judged.unlooked += report.coverage.unlooked();
            }
            judged.reports.push(report);
        }
        let contents = contents_for_others(sessions, &judged.fixed);
        self.judge_again(sessions, contents, &mut judged.reports)?;
        Ok(judged)
    }

    /// Judges the sessions with those contents, and those that share a folder with one.
    pub(super) fn judge_again(
        &self,
        sessions: &mut Sessions,
        contents: Contents,
        reports: &mut [Report],
    ) -> Result<()> {
        let mut outdated = BTreeSet::new();
        for (position, contents) in contents {
            sessions.all[position].apply_changes(contents)?;
            outdated.insert(position);
        }
        for position in 1..sessions.all.len() {
            let pair = [position - 1, position];
            if sessions.is_beside(position) && pair.iter().any(|position| outdated.contains(position)) {
                outdated.extend(pair);
            }
        }
        if !outdated.is_empty() {
            sessions.share_comments();
        }
        for position in outdated {
            if let (Some(session), Some(report)) = (sessions.all.get(position), reports.get_mut(position)) {
                *report = Past::check(self.past(position), session, &self.options);
            }
        }
        Ok(())
    }

    fn past(&self, position: usize) -> Option<&Past<'_>> {
        self.pasts.as_ref().and_then(|pasts| pasts.get(position))
    }

    /// The report of one session, with what was fixed before it.
    fn report(&self, session: &mut Session, position: usize, fixed: &mut Fixed) -> Result<Report> {
        let past = self.past(position);
        // A file has one writer in a run.
        let has_writer = |path: &Path| fixed.changes.iter().any(|(_, change)| change.path == path);
        let may_change = |path: &Path| past.is_none_or(|past| past.may_change(path)) && !has_writer(path);
        if let Some(reason) = &self.arguments.fixes.add_ignore {
            let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
            let Ignored { report, changes, findings } =
                add_ignores(session, &self.options, reason, &may_change)?;
            fixed.changes.extend(changes.into_iter().map(|change| (position, change)));
            fixed.ignored += findings;
            return Ok(report);
        }
        if !self.changes_files() {
            return Ok(session.check_as_it_is(&self.options)?);
        }
        let Outcome { report, changes, applied, settled, dropped } =
            fix::fix_within(session, &self.options, self.fix_options, &may_change)?;
        fixed.changes.extend(changes.into_iter().map(|change| (position, change)));
        fixed.applied += applied;
        fixed.dropped.extend(dropped);
        if !settled {
            warn("warning: fixes made further fixes possible, again and again; run it once more");
        }
        Ok(report)
    }

    /// Keeps of a report what was not there before the change.
    fn keep_new(&self, past: &Past, session: &Session, report: &mut Report, judged: &mut Judged) {
        let left_out = past.keep_new(report, session);
        if left_out > 0 {
            warn(&format!("{} of before the change left out", summary::count(left_out, "finding")));
        }
        if past.known.is_none() {
            judged.without_past.extend(session.config().map(|config| config.path.clone()));
        }
        let waiting = report.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
        let waiting = waiting.filter(|fix| fix::applies(fix, self.fix_options)).flat_map(|fix| &fix.edits);
        let waiting = waiting.map(|(file, _)| session.files().path(*file).to_path_buf());
        judged.unstaged.extend(waiting.filter(|path| past.changes.unstaged.contains(path)));
    }
}

impl Judged {
    /// Says what could not be compared with, and what is not fixed.
    pub(super) fn print_warnings(&self, sessions: &Sessions) {
        for path in &self.without_past {
            let path = sessions.display(path);
            warn(&format!(
                "warning: before the change `{path}` was not there, or had mistakes, so everything is reported"
            ));
        }
        for path in &self.unstaged {
            let path = sessions.display(path);
            warn(&format!("warning: `{path}` is not fixed: the file has changes that are not staged"));
        }
        for Dropped { title, path, obstacle } in &self.fixed.dropped {
            warn(&format!("warning: left out in `{}`: {title}: {obstacle}", sessions.display(path)));
        }
    }
}

/// Of several sessions that know one file, each judges what it has become, and what the others need of it then.
fn contents_for_others(sessions: &Sessions, fixed: &Fixed) -> Contents {
    let mut by_session = Contents::new();
    for (position, session) in sessions.all.iter().enumerate() {
        for (_, change) in fixed.changes.iter().filter(|(owner, _)| *owner != position) {
            if let Some(file) = session.files().get(&change.path) {
                by_session.entry(position).or_default().push((file, change.bytes.clone()));
            }
        }
    }
    by_session
}
