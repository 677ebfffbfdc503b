//! What changed in the repository, for runs that report only that.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use ringfence_project::git_index::{GitIndex, IndexEntry};
use ringfence_project::{Snapshot, may_matter};

use crate::git::{Git, as_path, fields, text};
use crate::links::{way, way_on_disk};
use crate::sessions::Sessions;

/// Larger files that are neither source nor config are not looked into.
pub(crate) const MOST_BYTES: u64 = 1 << 20;

/// Files that differ from a revision.
#[derive(Debug)]
pub(crate) struct Changes {
    git: Git,
    /// What they are compared with.
    revision: String,
    /// All of them, as they are called now or were.
    pub(crate) files: BTreeSet<PathBuf>,
    /// The objects of those that were there.
    before: BTreeMap<PathBuf, String>,
    /// Those that were not there.
    pub(crate) added: Vec<PathBuf>,
    /// What git tracks of what may matter, where that was asked. Of other files nobody knows what they were.
    tracked: Option<HashSet<PathBuf>>,
    /// Files whose contents in the working tree are not those that are judged.
    pub(crate) unstaged: BTreeSet<PathBuf>,
    /// Repositories inside of this one, and whether another commit of theirs is recorded now. What changed in them is not known.
    pub(crate) submodules: BTreeMap<PathBuf, bool>,
}

/// All files of one state of a repository, as something that can be checked in place of the working tree.
pub(crate) struct Tree {
    pub(crate) snapshot: Arc<Snapshot>,
    /// What it has of files that are something else in the working tree, or not there.
    pub(crate) overlays: Vec<(PathBuf, Vec<u8>)>,
}

/// What is staged: everything that the next commit would have.
pub(crate) struct Staged {
    pub(crate) changes: Changes,
    pub(crate) tree: Tree,
}

/// A difference between a tree and the index.
struct Difference {
    path: PathBuf,
    /// The object of before, where it was a file.
    before: Option<String>,
    is_submodule: bool,
    /// Whether only its permissions differ.
    same_contents: bool,
}

impl Changes {
    fn new(git: Git, revision: String) -> Self {
        Self {
            git,
            revision,
            files: BTreeSet::new(),
            before: BTreeMap::new(),
            added: Vec::new(),
            tracked: None,
            unstaged: BTreeSet::new(),
            submodules: BTreeMap::new(),
        }
    }

    /// What differs between the working tree and where its branch left a revision, with files that are not yet known to git. Of files
    /// that are neither source nor config nor `wanted`, nothing is known.
    ///
    /// What was done since then on the other branch is no change of this one. Where the two have no commit in common, as in a
    /// shallow clone, the revision itself is compared with.
    pub(crate) fn since(folder: &Path, revision: &str, wanted: &dyn Fn(&Path) -> bool) -> Result<Self> {
        let git = Git::around(folder)?;
        // A revision that looks like an option would be one.
        let commit = git
            .run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])
            .with_context(|| format!("`--since`: there is no revision `{revision}`"))?;
        let commit = text(&commit);
        let base = git.ask(&["merge-base", "--end-of-options", &commit, "HEAD"])?;
        let base = base.map_or(commit, |base| text(&base));
        let differences = differences(&git, &base)?;
        let (index, entries) = index(&git)?;
        let mut changes = Self::new(git, revision.to_string());
        let top = changes.git.top.clone();
        let mut known: BTreeMap<PathBuf, Difference> = BTreeMap::new();
        for difference in differences {
            if difference.is_submodule {
                changes.submodules.insert(top.join(&difference.path), true);
            } else {
                known.insert(difference.path.clone(), difference);
            }
        }
        let links = entries.iter().filter(|entry| entry.is_link()).map(|entry| top.join(&entry.path));
        let links = links.filter(|path| may_matter(path) || wanted(path));
        let ways: Vec<(PathBuf, Vec<PathBuf>)> =
            links.map(|link| (link.clone(), way_on_disk(&top, &link))).collect();
        let reached: HashSet<&Path> = ways.iter().flat_map(|(_, way)| way).map(PathBuf::as_path).collect();
        let mut tracked = HashSet::new();
        // Files that may differ from the index, with what they were: their contents decide.
        let mut suspects: Vec<(PathBuf, String)> = Vec::new();
        let mut last = None;
        for entry in &entries {
            let path = top.join(&entry.path);
            if entry.is_submodule() {
                changes.submodules.entry(path).or_insert(false);
                continue;
            }
            let is_of_interest = may_matter(&path) || wanted(&path) || reached.contains(path.as_path());
            if last == Some(&entry.path) || !is_of_interest {
                continue;
            }
            last = Some(&entry.path);
            tracked.insert(path.clone());
            let difference = known.remove(&entry.path);
            let was = match &difference {
                Some(difference) => difference.before.clone(),
                None => (!entry.intended).then(|| entry.object.clone()),
            };
            match std::fs::symlink_metadata(&path) {
                Ok(metadata) if !entry.unmerged && index.is_unchanged(entry, &metadata) => {
                    if difference.is_some_and(|difference| !difference.same_contents) {
                        changes.add(path, was);
                    }
                }
                Ok(_) => match was {
                    Some(object) => suspects.push((path, object)),
                    None => changes.add(path, None),
                },
                // In a sparse checkout it was not there before either.
                Err(_) if entry.skipped => {}
                Err(_) => changes.add(path, was),
            }
        }
        // What the index no longer has.
        for (path, difference) in known {
            changes.add(top.join(path), difference.before);
        }
        let objects: Vec<&str> = suspects.iter().map(|(_, object)| object.as_str()).collect();
        let contents = changes.git.contents(&objects)?;
        for ((path, object), bytes) in suspects.into_iter().zip(contents) {
            if bytes.is_none_or(|bytes| !is_on_disk(&path, &bytes)) {
                changes.add(path, Some(object));
            }
        }
        for path in changes.git.untracked()? {
            changes.add(top.join(path), None);
        }
        changes.tracked = Some(tracked);
        changes.follow(&ways);
        Ok(changes)
    }

    /// The folder of the repository.
    pub(crate) fn top(&self) -> &Path {
        &self.git.top
    }

    /// Refuses paths whose changes are not known here.
    pub(crate) fn check_asked(&self, sessions: &Sessions) -> Result<()> {
        let buffer = sessions.buffer.iter().map(|buffer| &buffer.path);
        self.git.check_names(sessions.paths.iter().chain(buffer))
    }

    fn add(&mut self, path: PathBuf, before: Option<String>) {
        match before {
            Some(object) => _ = self.before.insert(path.clone(), object),
            None => self.added.push(path.clone()),
        }
        self.files.insert(path);
    }

    /// What a link leads to is a change of the link, too.
    fn follow(&mut self, ways: &[(PathBuf, Vec<PathBuf>)]) {
        let changed: Vec<(PathBuf, Option<String>)> = ways
            .iter()
            .filter(|(link, _)| !self.files.contains(link))
            .filter_map(|(link, way)| {
                let first = way.iter().find(|name| self.files.contains(*name))?;
                // Where a link on the way was another, nobody knows what it led to.
                Some((link.clone(), self.before.get(first).cloned()))
            })
            .collect();
        for (link, before) in changed {
            self.add(link, before);
        }
    }

    /// Whether git tells nothing about a file: nobody knows whether it was there before.
    pub(crate) fn is_unknown(&self, path: &Path) -> bool {
        self.tracked.as_ref().is_some_and(|tracked| {
            path.starts_with(&self.git.top)
                && !tracked.contains(path)
                && !self.submodules.keys().any(|folder| path.starts_with(folder))
        })
    }

    /// Whether a file changed, or may have.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.files.contains(path) || self.is_unknown(path)
    }

    /// What those of these files held that were there before.
    pub(crate) fn contents(&self, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let wanted: Vec<(&PathBuf, &String)> = self.before.iter().filter(|(path, _)| wanted(path)).collect();
        let objects: Vec<&str> = wanted.iter().map(|(_, object)| object.as_str()).collect();
        let found = self.git.contents(&objects)?;
        let pairs = wanted.into_iter().zip(found);
        pairs
            .map(|((path, _), bytes)| {
                let bytes = bytes.ok_or_else(|| {
                    let relative = path.strip_prefix(&self.git.top).unwrap_or(path).display();
                    let revision = &self.revision;
                    anyhow!(
                        "`{relative}` of `{revision}` is not in this clone: fetch it, which is not done here"
                    )
                })?;
                Ok((path.clone(), bytes))
            })
            .collect()
    }
}

impl Staged {
    /// What is staged for the next commit.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let git = Git::around(folder)?;
        let head = git.ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
        let head = head.map_or_else(|| git.empty_tree.to_string(), |head| text(&head));
        let differences = differences(&git, &head)?;
        let (index, entries) = index(&git)?;
        let mut changes = Changes::new(git, "HEAD".to_string());
        let top = changes.git.top.clone();
        for difference in differences {
            let path = top.join(&difference.path);
            if difference.is_submodule {
                changes.submodules.insert(path, true);
            } else if !difference.same_contents {
                changes.add(path, difference.before);
            }
        }
        let mut files: BTreeMap<PathBuf, &IndexEntry> = BTreeMap::new();
        let mut suspects: Vec<(PathBuf, &IndexEntry)> = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.intended) {
            let path = top.join(&entry.path);
            if entry.unmerged {
                return Err(anyhow!(
                    "`--staged`: the merge of `{}` has conflicts, so that it cannot be committed yet",
                    entry.path.display()
                ));
            }
            if entry.is_submodule() {
                changes.submodules.entry(path).or_insert(false);
                continue;
            }
            let is_suspect = match std::fs::symlink_metadata(&path) {
                Ok(metadata) => {
                    !index.is_unchanged(entry, &metadata)
                        && (may_matter(&path) || metadata.len() <= MOST_BYTES)
                }
                Err(_) => may_matter(&path) || !entry.skipped,
            };
            files.insert(path.clone(), entry);
            if is_suspect {
                suspects.push((path, entry));
            }
        }
        let objects: Vec<&str> = suspects.iter().map(|(_, entry)| entry.object.as_str()).collect();
        let contents = changes.git.contents(&objects)?;
        let mut overlays: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        // What links hold, as they are staged.
        let mut targets: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        for ((path, entry), bytes) in suspects.iter().zip(contents) {
            let bytes = bytes.ok_or_else(|| {
                let path = entry.path.display();
                anyhow!("what is staged of `{path}` is not in this clone: fetch it, which is not done here")
            })?;
            if is_on_disk(path, &bytes) {
                continue;
            }
            changes.unstaged.insert(path.clone());
            if entry.is_link() {
                targets.insert(path.clone(), as_path(&bytes));
            } else {
                overlays.insert(path.clone(), bytes);
            }
        }
        for (path, entry) in &files {
            if entry.is_link()
                && !changes.unstaged.contains(path)
                && let Ok(target) = std::fs::read_link(path)
            {
                targets.insert(path.clone(), target);
            }
        }
        let ways: Vec<(PathBuf, Vec<PathBuf>)> = targets
            .keys()
            .map(|link| (link.clone(), way(&top, link, &|path| targets.get(path).cloned())))
            .collect();
        changes.follow(&ways);
        // A link stands for the file that it leads to, as that is staged.
        let mut dangling = Vec::new();
        let mut led: Vec<(&PathBuf, &str)> = Vec::new();
        for (link, way) in &ways {
            let Some(last) = way.last() else { continue };
            let is_elsewhere =
                !last.starts_with(&top) || changes.submodules.keys().any(|folder| last.starts_with(folder));
            let is_unstaged = way.iter().chain([link]).any(|name| changes.unstaged.contains(name));
            if is_elsewhere {
                // There the disk is judged.
                if is_unstaged {
                    match std::fs::read(last) {
                        Ok(bytes) => _ = overlays.insert(link.clone(), bytes),
                        Err(_) => dangling.push(link.clone()),
                    }
                }
            } else if let Some(entry) = files.get(last).filter(|entry| !entry.is_link()) {
                if is_unstaged || !is_same_file(link, last) {
                    led.push((link, &entry.object));
                }
            } else if !files.range(last.clone()..).next().is_some_and(|(path, _)| path.starts_with(last)) {
                dangling.push(link.clone());
            }
        }
        let objects: Vec<&str> = led.iter().map(|(_, object)| *object).collect();
        for ((link, _), bytes) in led.iter().zip(changes.git.contents(&objects)?) {
            let bytes = bytes.ok_or_else(|| {
                let link = link.display();
                anyhow!("what `{link}` leads to is not in this clone: fetch it, which is not done here")
            })?;
            overlays.insert((*link).clone(), bytes);
            changes.unstaged.insert((*link).clone());
        }
        let kept = changes.submodules.keys().cloned().collect();
        let snapshot = Snapshot::new(top, files.into_keys().collect(), kept).with_dangling(dangling);
        let tree = Tree { snapshot: Arc::new(snapshot), overlays: overlays.into_iter().collect() };
        Ok(Self { changes, tree })
    }
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(a).is_some() && real(a) == real(b)
}

/// How the index differs from a tree. The working tree is not looked at.
fn differences(git: &Git, tree: &str) -> Result<Vec<Difference>> {
    let output = git.run(&[
        "diff-index",
        "--cached",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
        "-z",
        "--end-of-options",
        tree,
        "--",
    ])?;
    let mut differences = Vec::new();
    let mut fields = fields(&output);
    while let (Some(head), Some(path)) = (fields.next(), fields.next()) {
        // `:100644 100755 <object of before> <object of now> M`
        let head = text(head);
        let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [mode, new_mode, object, new_object, ..] = words.as_slice() else {
            return Err(anyhow!("git: `diff-index` gave no answer that can be read"));
        };
        let was_file = mode.starts_with("100");
        differences.push(Difference {
            path: as_path(path),
            before: was_file.then(|| (*object).to_string()),
            is_submodule: [mode, new_mode].iter().any(|mode| mode.starts_with("160")),
            same_contents: was_file && new_mode.starts_with("100") && object == new_object,
        });
    }
    Ok(differences)
}

/// The index, and all that it tracks.
pub(crate) fn index(git: &Git) -> Result<(GitIndex, Vec<IndexEntry>)> {
    if let Ok(Some(mut index)) = GitIndex::read(&git.index) {
        let entries = std::mem::take(&mut index.entries);
        return Ok((index, entries));
    }
    // It is in several files, or git has another format by now.
    let output = git.run(&["ls-files", "--stage", "-z"])?;
    let entries = fields(&output).map(|field| {
        // `100644 <object> 0<tab><path>`
        let tab = field.iter().position(|byte| *byte == b'\t')?;
        let head = text(&field[..tab]);
        let words: Vec<&str> = head.split(' ').collect();
        let [mode, object, stage] = words.as_slice() else { return None };
        Some(IndexEntry {
            path: as_path(&field[tab + 1..]),
            mode: u32::from_str_radix(mode, 8).ok()?,
            object: (*object).to_string(),
            unmerged: *stage != "0",
            skipped: false,
            intended: false,
            seen: None,
        })
    });
    let entries = entries
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| anyhow!("git: `ls-files` gave no answer that can be read"))?;
    Ok((GitIndex::default(), entries))
}

/// Whether a file or a link holds these bytes, but for what its lines end in: git may write others into the working tree.
fn is_on_disk(path: &Path, bytes: &[u8]) -> bool {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    if metadata.file_type().is_symlink() {
        return std::fs::read_link(path).is_ok_and(|target| target == as_path(bytes));
    }
    if !metadata.is_file() {
        return false;
    }
    std::fs::read(path).is_ok_and(|found| found == bytes || unix_lines(&found) == unix_lines(bytes))
}

fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (position, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(position + 1) != Some(&b'\n') {
            lines.push(*byte);
        }
    }
    lines
}

/// The findings that a session had before the change, as (file, code, message).
pub(crate) type Known = HashSet<(PathBuf, &'static str, String)>;
