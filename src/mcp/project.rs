//! The sessions of a project, which are what is on the disk whenever somebody asks.
//!
//! Nothing watches the files: what was read, and the folders in which files may come and go, are looked at before each answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use ringfence_policy::options::DEFAULT_EXCLUDE;
use ringfence_project::{CommandLine, Session};

use crate::arguments::ProjectArguments;
use crate::commands::config_problems;
use crate::sessions::{Buffer, Sessions};

/// Files beside sources that decide what is found in a folder.
const DECIDING: &[&str] = &[
    ".gitignore",
    ".ignore",
    ".importlinter",
    "pyproject.toml",
    "ringfence.toml",
    "ringfence.module.toml",
    "setup.cfg",
    "setup.py",
    "tach.domain.toml",
    "tach.toml",
];

/// A file that was written so shortly before it was looked at may be written again without it showing.
const TICK: Duration = Duration::from_millis(50);

/// What a file or folder looks like from outside; nothing for what is not there.
type Stamp = Option<(SystemTime, u64)>;

/// A project, as it was when somebody asked last.
pub(super) struct Project {
    arguments: ProjectArguments,
    known: Option<Known>,
}

struct Known {
    sessions: Sessions,
    stamps: BTreeMap<PathBuf, Stamp>,
    /// Those that may have changed since without it showing.
    recent: BTreeSet<PathBuf>,
}

impl Project {
    pub(super) fn new(arguments: ProjectArguments) -> Self {
        Self { arguments, known: None }
    }

    /// Reads everything anew next time.
    pub(super) fn forget(&mut self) {
        self.known = None;
    }

    /// The sessions, with what has changed since the last time read anew.
    ///
    /// # Errors
    /// Where there is no config, or one with mistakes, which the error tells.
    pub(super) fn sessions(&mut self) -> Result<&mut Sessions> {
        let known = match self.known.take() {
            Some(known) => known.updated()?,
            None => None,
        };
        let known = if let Some(known) = known {
            known
        } else {
            let taken = SystemTime::now();
            Known::new(self.open(None)?, taken)
        };
        Ok(&mut self.known.insert(known).sessions)
    }

    /// New sessions, in which a buffer may stand for a file.
    ///
    /// # Errors
    /// As those of [`sessions`](Self::sessions).
    pub(super) fn open(&self, buffer: Option<Buffer>) -> Result<Sessions> {
        open(&self.arguments, buffer)
    }

    pub(super) fn arguments(&self) -> ProjectArguments {
        self.arguments.clone()
    }
}

/// New sessions, in which a buffer may stand for a file.
pub(super) fn open(arguments: &ProjectArguments, buffer: Option<Buffer>) -> Result<Sessions> {
    let sessions = Sessions::open(arguments, CommandLine::default(), buffer, None)?;
    if let Some(problems) = config_problems(&sessions)? {
        bail!("there are mistakes in the config, and nothing was checked:\n{problems}");
    }
    Ok(sessions)
}

impl Known {
    /// Sessions that were opened at this time, or later.
    fn new(sessions: Sessions, taken: SystemTime) -> Self {
        let mut known = Self { sessions, stamps: BTreeMap::new(), recent: BTreeSet::new() };
        for path in known.paths() {
            known.stamp(path, taken);
        }
        known
    }

    /// What decides the answers: files that were read, folders around them, and what may be in these.
    fn paths(&self) -> BTreeSet<PathBuf> {
        let mut paths = BTreeSet::new();
        let mut folders = BTreeSet::new();
        for session in &self.sessions.all {
            // Above it only what governs from there matters.
            for folder in session.root().ancestors().skip(1) {
                paths.extend(DECIDING.iter().map(|name| folder.join(name)));
            }
            folders.extend(folders_below(session.root()));
            for path in session.files_read() {
                paths.insert(path.to_path_buf());
                for folder in path.ancestors().skip(1).take_while(|it| it.starts_with(session.root())) {
                    if !folders.insert(folder.to_path_buf()) {
                        break;
                    }
                }
            }
        }
        for folder in folders {
            paths.extend(DECIDING.iter().map(|name| folder.join(name)));
            paths.insert(folder);
        }
        paths
    }

    fn stamp(&mut self, path: PathBuf, taken: SystemTime) {
        let stamp = stamp_of(&path);
        let is_recent = stamp.is_some_and(|(modified, _)| modified + TICK >= taken);
        if is_recent {
            self.recent.insert(path.clone());
        } else {
            self.recent.remove(&path);
        }
        self.stamps.insert(path, stamp);
    }

    /// The same with what is on the disk now; nothing where files have come or gone, or a config is another.
    fn updated(mut self) -> Result<Option<Self>> {
        let taken = SystemTime::now();
        let changed: Vec<PathBuf> = self
            .stamps
            .iter()
            .filter(|(path, stamp)| self.recent.contains(*path) || stamp_of(path) != **stamp)
            .map(|(path, _)| path.clone())
            .collect();
        let is_source = |session: &Session, path: &Path| session.module_of(path).is_some();
        let is_edit = changed
            .iter()
            .all(|path| path.is_file() && self.sessions.all.iter().any(|session| is_source(session, path)));
        if !is_edit {
            return Ok(None);
        }
        for session in &mut self.sessions.all {
            let mut contents = Vec::new();
            for path in &changed {
                if let Some(file) = session.files().get(path).filter(|file| session.is_source(*file)) {
                    let bytes =
                        std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
                    contents.push((file, bytes));
                }
            }
            if !contents.is_empty() {
                session.apply_changes(contents)?;
            }
        }
        for path in changed {
            self.stamp(path, taken);
        }
        Ok(Some(self))
    }
}

/// A folder and those below it in which files may appear: not those that a walk leaves out where nobody says otherwise. Links are not followed.
fn folders_below(root: &Path) -> Vec<PathBuf> {
    let mut folders = vec![root.to_path_buf()];
    let mut next = 0;
    while let Some(folder) = folders.get(next) {
        next += 1;
        // A folder that cannot be listed has nothing to be found, as for a check.
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let is_wanted = |entry: &DirEntry| {
            let name = entry.file_name();
            let is_left_out = name.to_str().is_some_and(|name| DEFAULT_EXCLUDE.contains(&name));
            !is_left_out && entry.file_type().is_ok_and(|kind| kind.is_dir())
        };
        let below: Vec<PathBuf> = entries.flatten().filter(is_wanted).map(|entry| entry.path()).collect();
        folders.extend(below);
    }
    folders
}

fn stamp_of(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    let length = if metadata.is_dir() { 0 } else { metadata.len() };
    Some((metadata.modified().ok()?, length))
}
