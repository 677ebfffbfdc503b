//! What is watched while a page is served: the folders of the sessions, and the files that they read elsewhere.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use ringfence_project::{Session, may_matter};

use crate::sessions::Sessions;

/// How long nothing may happen before the page is made anew: whoever saves several files saves them together.
const QUIET: Duration = Duration::from_millis(120);

/// After so long it is made anew although files go on changing.
const MOST_WAIT: Duration = Duration::from_secs(1);

/// How often somebody looks whether a folder is back that went away.
const LOOK: Duration = Duration::from_millis(500);

/// The folders that are watched, and what happens in them.
pub(super) struct Watched {
    watcher: RecommendedWatcher,
    changes: Receiver<notify::Result<Event>>,
    /// The folders of the sessions, with all that is below.
    roots: BTreeSet<PathBuf>,
    /// Of these, those that went away.
    lost: BTreeSet<PathBuf>,
    /// Files elsewhere that sessions have read, such as the config that `--config` names, and the folders around them.
    elsewhere: BTreeSet<PathBuf>,
    around: BTreeSet<PathBuf>,
    working_directory: PathBuf,
}

impl Watched {
    /// # Errors
    /// Where the system watches nothing.
    pub(super) fn new(sessions: &Sessions) -> Result<Self> {
        let (sender, changes) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Nobody listens any more once the process ends.
            drop(sender.send(event));
        })
        .context("cannot watch files")?;
        let mut watched = Self {
            watcher,
            changes,
            roots: BTreeSet::new(),
            lost: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
            around: BTreeSet::new(),
            working_directory: sessions.working_directory.clone(),
        };
        watched.follow(sessions)?;
        Ok(watched)
    }

    /// Watches what these sessions have read. What is watched already stays so.
    ///
    /// # Errors
    /// Where a folder cannot be watched.
    pub(super) fn follow(&mut self, sessions: &Sessions) -> Result<()> {
        let roots: BTreeSet<PathBuf> = sessions.one_a_folder().map(|it| it.root().to_path_buf()).collect();
        let is_below = |path: &Path| roots.iter().any(|root| path.starts_with(root));
        let read = sessions.all.iter().flat_map(Session::files_read);
        let elsewhere: BTreeSet<PathBuf> =
            read.filter(|path| !is_below(path)).map(Path::to_path_buf).collect();
        let around: BTreeSet<PathBuf> =
            elsewhere.iter().filter_map(|path| Some(path.parent()?.to_path_buf())).collect();
        for root in roots.difference(&self.roots) {
            watch(&mut self.watcher, root, RecursiveMode::Recursive)?;
        }
        for folder in around.difference(&self.around) {
            // One that is around a root would take the watch of that root.
            if !roots.contains(folder) {
                watch(&mut self.watcher, folder, RecursiveMode::NonRecursive)?;
            }
        }
        let before = self.roots.union(&self.around);
        for folder in before.filter(|folder| !roots.contains(*folder) && !around.contains(*folder)) {
            // One that is gone is watched no more.
            drop(self.watcher.unwatch(folder));
        }
        self.lost.retain(|root| roots.contains(root));
        (self.roots, self.elsewhere, self.around) = (roots, elsewhere, around);
        Ok(())
    }

    /// Waits for something to change, and until nothing more does or much time has gone: the paths that may matter to these sessions.
    ///
    /// # Errors
    /// Where the system stops to watch.
    pub(super) fn next(&mut self, sessions: &Sessions) -> Result<BTreeSet<PathBuf>> {
        let first = loop {
            match self.changes.recv_timeout(LOOK) {
                Ok(event) => break event,
                Err(RecvTimeoutError::Timeout) => {
                    let back = self.regain();
                    if !back.is_empty() {
                        return Ok(back);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(anyhow!("nothing watches the files any more"));
                }
            }
        };
        let mut changed = BTreeSet::new();
        let until = Instant::now() + MOST_WAIT;
        let mut event = Some(first);
        while let Some(this) = event {
            self.note(this.context("cannot watch files")?, sessions, &mut changed);
            let left = until.saturating_duration_since(Instant::now());
            event = if left.is_zero() { None } else { self.changes.recv_timeout(QUIET.min(left)).ok() };
        }
        let gone = self.roots.iter().filter(|root| !root.is_dir());
        let gone: Vec<PathBuf> = gone.filter(|root| !self.lost.contains(*root)).cloned().collect();
        for root in gone {
            self.lose(&root);
            changed.insert(root);
        }
        changed.extend(self.regain());
        Ok(changed)
    }

    fn note(&mut self, event: Event, sessions: &Sessions, changed: &mut BTreeSet<PathBuf>) {
        if event.need_rescan() {
            // Some of what happened got lost.
            changed.extend(self.roots.iter().cloned());
            return;
        }
        // To read a file changes nothing.
        let is_change = match event.kind {
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
            EventKind::Any
            | EventKind::Create(_)
            | EventKind::Modify(_)
            | EventKind::Remove(_)
            | EventKind::Other => true,
        };
        let leaves = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        for path in event.paths.into_iter().filter(|_| is_change) {
            if leaves && self.roots.contains(&path) {
                self.lose(&path);
                changed.insert(path);
            } else if self.matters(&path, sessions) {
                changed.insert(path);
            }
        }
    }

    fn matters(&self, path: &Path, sessions: &Sessions) -> bool {
        if self.elsewhere.contains(path) {
            return true;
        }
        let Some(below) = self.roots.iter().find_map(|root| path.strip_prefix(root).ok()) else {
            return false;
        };
        if below.components().any(is_aside) {
            return false;
        }
        may_matter(path)
            || path.extension().is_none()
            || path.is_dir()
            || sessions
                .all
                .iter()
                .any(|session| session.files().get(path).is_some() || session.is_path_of_baseline(path))
    }

    fn lose(&mut self, root: &Path) {
        drop(self.watcher.unwatch(root));
        self.lost.insert(root.to_path_buf());
    }

    /// Watches folders again that are back, and says which they are.
    fn regain(&mut self) -> BTreeSet<PathBuf> {
        let lost = std::mem::take(&mut self.lost);
        let (back, lost) = lost.into_iter().partition(|root| {
            root.is_dir() && watch(&mut self.watcher, root, RecursiveMode::Recursive).is_ok()
        });
        self.lost = lost;
        let back: BTreeSet<PathBuf> = back;
        if !back.is_empty() {
            // The process may be in a folder of that name that is no more; where this is not there either, opening will say so.
            drop(std::env::set_current_dir(&self.working_directory));
        }
        back
    }
}

fn watch(watcher: &mut RecommendedWatcher, folder: &Path, mode: RecursiveMode) -> Result<()> {
    watcher.watch(folder, mode).with_context(|| format!("cannot watch `{}`", folder.display()))
}

/// Whether a part of a path is a folder that tools keep beside the sources. No package is called so.
fn is_aside(part: Component) -> bool {
    let name = part.as_os_str().to_string_lossy();
    matches!(&*name, "__pycache__" | "node_modules" | ".git" | ".hg")
        || (name.starts_with('.') && name.ends_with("_cache"))
}
