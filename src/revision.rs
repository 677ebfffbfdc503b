//! The tree of a commit, to be checked in place of the working tree, which is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use ringfence_project::git_index::{GitIndex, IndexEntry};
use ringfence_project::{Snapshot, may_matter};
use rustc_hash::FxHashMap;

use crate::changes::{MOST_BYTES, Tree, index};
use crate::git::{Git, as_path, fields, text};
use crate::links::way;

/// Where a default branch is looked for, in this order, where the current branch has no upstream.
const DEFAULT_BRANCHES: [&str; 5] = [
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

/// A repository with what is known of its working tree.
pub(crate) struct Repository {
    git: Git,
    index: GitIndex,
    /// By path.
    entries: FxHashMap<PathBuf, IndexEntry>,
}

/// A commit, by the name that somebody gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) name: String,
    pub(crate) object: String,
}

/// All files of a commit.
pub(crate) struct Revision {
    pub(crate) tree: Tree,
    /// Repositories inside of this one, with the commits that are recorded of them.
    pub(crate) submodules: BTreeMap<PathBuf, String>,
}

/// A file or a link of a tree.
struct Entry {
    object: String,
    is_link: bool,
}

impl Commit {
    /// ``` `main` (3f2a91c)```, or the short name alone where nothing else is known.
    pub(crate) fn title(&self) -> String {
        let short = self.object.get(..7).unwrap_or(&self.object);
        if self.object.starts_with(&self.name) {
            format!("`{short}`")
        } else {
            format!("`{}` ({short})", self.name)
        }
    }
}

impl Repository {
    /// The repository around a folder.
    pub(crate) fn around(folder: &Path) -> Result<Self> {
        let git = Git::around(folder)?;
        let (index, entries) = index(&git)?;
        let entries = entries.into_iter().filter(|entry| !entry.unmerged && !entry.intended);
        let entries = entries.map(|entry| (entry.path.clone(), entry)).collect();
        Ok(Self { git, index, entries })
    }

    /// The repositories inside of this one, with the commits that the index records of them.
    pub(crate) fn submodules(&self) -> BTreeMap<PathBuf, String> {
        let submodules = self.entries.values().filter(|entry| entry.is_submodule());
        submodules.map(|entry| (self.git.top.join(&entry.path), entry.object.clone())).collect()
    }

    /// The commit of this name.
    pub(crate) fn commit(&self, name: &str) -> Result<Commit> {
        let object = self.object_of(name)?;
        let object = object.ok_or_else(|| anyhow!("there is no revision `{name}` in this clone"))?;
        Ok(Commit { name: name.to_string(), object })
    }

    /// The object of a commit, by its name; nothing where there is none.
    fn object_of(&self, name: &str) -> Result<Option<String>> {
        // A revision that looks like an option would be one.
        let question =
            ["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")];
        Ok(self.git.ask(&question)?.map(|object| text(&object)))
    }

    /// Where the current branch left its upstream branch; where it has none, the default branch.
    pub(crate) fn fork_point(&self) -> Result<Commit> {
        let give_one = "name what to compare with: `ringfence diff BASE`";
        let current = self.git.ask(&["symbolic-ref", "--quiet", "HEAD"])?.map(|name| text(&name));
        let upstream = match &current {
            Some(current) => text(&self.git.run(&["for-each-ref", "--format=%(upstream)", "--", current])?),
            None => String::new(),
        };
        let others = DEFAULT_BRANCHES.into_iter().filter(|name| Some(*name) != current.as_deref());
        let names = std::iter::once(upstream.as_str()).chain(others).filter(|name| !name.is_empty());
        for name in names {
            let Some(object) = self.object_of(name)? else { continue };
            let short = name.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/");
            let fork = self.git.ask(&["merge-base", "--end-of-options", &object, "HEAD"])?;
            let fork = fork.ok_or_else(|| {
                anyhow!("`HEAD` and `{short}` have no commit in common in this clone: fetch more of it, or {give_one}")
            })?;
            return Ok(Commit { name: short.to_string(), object: text(&fork) });
        }
        Err(anyhow!("the current branch has no upstream branch, and there is no default branch: {give_one}"))
    }

    /// Reads the files of a commit, as far as the working tree has others: of these, those that may matter by their names, and others
    /// that are no larger than a config.
    pub(crate) fn read(&self, commit: &Commit) -> Result<Revision> {
        let top = &self.git.top;
        let (entries, submodules) = self.entries_of(commit)?;
        let (wanted, sized): (Vec<&PathBuf>, Vec<&PathBuf>) = entries
            .iter()
            .filter(|(path, entry)| entry.is_link || !self.is_on_disk(path, entry))
            .map(|(path, _)| path)
            .partition(|path| may_matter(path) || entries[*path].is_link);
        let object = |path: &PathBuf| entries[path].object.as_str();
        let sizes = self.git.sizes(&sized.iter().map(|path| object(path)).collect::<Vec<_>>())?;
        let small = sized.iter().zip(sizes).filter(|(_, size)| size.is_none_or(|size| size <= MOST_BYTES));
        let mut wanted: Vec<&PathBuf> = wanted.into_iter().chain(small.map(|(path, _)| *path)).collect();
        wanted.sort_unstable();
        let mut contents = self.contents(commit, &wanted, &object)?;
        let links: BTreeMap<PathBuf, PathBuf> = entries
            .iter()
            .filter(|(_, entry)| entry.is_link)
            .filter_map(|(path, _)| Some((top.join(path), as_path(&contents.remove(path)?))))
            .collect();
        let mut overlays: BTreeMap<PathBuf, Vec<u8>> =
            contents.into_iter().map(|(path, bytes)| (top.join(path), bytes)).collect();
        let dangling = self.follow(commit, &entries, &submodules, &links, &mut overlays)?;
        let files = entries.keys().map(|path| top.join(path)).collect();
        let submodules: BTreeMap<PathBuf, String> =
            submodules.into_iter().map(|(path, object)| (top.join(path), object)).collect();
        let snapshot = Snapshot::new(top.clone(), files, submodules.keys().cloned().collect());
        let snapshot = Arc::new(snapshot.with_dangling(dangling));
        Ok(Revision { tree: Tree { snapshot, overlays: overlays.into_iter().collect() }, submodules })
    }

    /// Has each link stand for the file that it leads to in the commit. Gives those that lead to nothing.
    fn follow(
        &self,
        commit: &Commit,
        entries: &FxHashMap<PathBuf, Entry>,
        submodules: &BTreeMap<PathBuf, String>,
        links: &BTreeMap<PathBuf, PathBuf>,
        overlays: &mut BTreeMap<PathBuf, Vec<u8>>,
    ) -> Result<Vec<PathBuf>> {
        let top = &self.git.top;
        let mut dangling = Vec::new();
        let mut led: Vec<(&PathBuf, PathBuf)> = Vec::new();
        for link in links.keys() {
            let way = way(top, link, &|path| links.get(path).cloned());
            let Some(last) = way.last() else { continue };
            let Some(relative) = last.strip_prefix(top).ok().map(Path::to_path_buf) else {
                // There the disk is judged.
                match std::fs::read(last) {
                    Ok(bytes) => _ = overlays.insert(link.clone(), bytes),
                    Err(_) => dangling.push(link.clone()),
                }
                continue;
            };
            if entries.get(&relative).is_some_and(|entry| !entry.is_link) {
                led.push((link, relative));
                continue;
            }
            let is_folder = entries.keys().any(|path| path.starts_with(&relative));
            if !is_folder && !submodules.keys().any(|folder| relative.starts_with(folder)) {
                dangling.push(link.clone());
            }
        }
        let wanted: BTreeSet<&PathBuf> = led.iter().map(|(_, path)| path).collect();
        let wanted: Vec<&PathBuf> = wanted.into_iter().collect();
        let contents = self.contents(commit, &wanted, &|path| entries[path].object.as_str())?;
        for (link, path) in &led {
            if let Some(bytes) = contents.get(path) {
                overlays.insert((*link).clone(), bytes.clone());
            }
        }
        Ok(dangling)
    }

    /// The files and links of a commit, and the repositories inside of it, all relative to the folder of the repository.
    fn entries_of(&self, commit: &Commit) -> Result<(FxHashMap<PathBuf, Entry>, BTreeMap<PathBuf, String>)> {
        let question = ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", &commit.object];
        let output = self.git.run(&question)?;
        let (mut entries, mut submodules) = (FxHashMap::default(), BTreeMap::new());
        for field in fields(&output) {
            // `100644 blob <object><tab><path>`
            let broken = || anyhow!("git: `ls-tree` gave no answer that can be read");
            let tab = field.iter().position(|byte| *byte == b'\t').ok_or_else(broken)?;
            let head = text(&field[..tab]);
            let words: Vec<&str> = head.split(' ').collect();
            let [mode, kind, object] = words.as_slice() else { return Err(broken()) };
            let path = as_path(&field[tab + 1..]);
            if *kind == "commit" {
                submodules.insert(path, (*object).to_string());
            } else {
                let is_link = mode.starts_with("120");
                entries.insert(path, Entry { object: (*object).to_string(), is_link });
            }
        }
        Ok((entries, submodules))
    }

    /// Whether the working tree has the same file for certain.
    fn is_on_disk(&self, path: &Path, entry: &Entry) -> bool {
        self.entries.get(path).is_some_and(|known| {
            known.object == entry.object
                && known.is_link() == entry.is_link
                && std::fs::symlink_metadata(self.git.top.join(path))
                    .is_ok_and(|metadata| self.index.is_unchanged(known, &metadata))
        })
    }

    /// What files of a commit hold, by path.
    fn contents<'a>(
        &self,
        commit: &Commit,
        paths: &[&'a PathBuf],
        object: &dyn Fn(&PathBuf) -> &'a str,
    ) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let objects: Vec<&str> = paths.iter().map(|path| object(path)).collect();
        let found = self.git.contents(&objects)?;
        let pairs = paths.iter().zip(found);
        pairs
            .map(|(path, bytes)| {
                let bytes = bytes.ok_or_else(|| {
                    let (path, commit) = (path.display(), commit.title());
                    anyhow!("`{path}` of {commit} is not in this clone: fetch it, which is not done here")
                })?;
                Ok(((*path).clone(), bytes))
            })
            .collect()
    }
}
