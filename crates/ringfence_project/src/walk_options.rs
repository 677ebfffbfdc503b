//! What a walk is asked for: which tree, what is left out of it, and who reads what is met.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use ignore::DirEntry;
use ignore::overrides::{Override, OverrideBuilder};
use ringfence_policy::IgnoreFiles;
use ringfence_policy::globs::{self, BadPattern, Wildcards};
use rustc_hash::FxHashSet;

use crate::disk::Disk;
use crate::read::Reading;
use crate::workers::Walkers;

/// What is walked, and what is left out.
pub(crate) struct WalkOptions<'a> {
    pub(crate) disk: &'a Disk,
    /// Files to be met although they are ignored, unless they are excluded.
    pub(crate) tracked: &'a [PathBuf],
    /// Whether what git tracks is met although a pattern ignores it, and what is left out unsaid is looked for.
    pub(crate) as_git: bool,
    /// Whether links to folders are noted, which are not followed.
    pub(crate) is_native: bool,
    /// The excludes that nobody wrote.
    pub(crate) default_excludes: &'a [&'a str],
    pub(crate) exclude: &'a Excludes,
    pub(crate) respect_gitignore: bool,
    pub(crate) ignore_files: IgnoreFiles,
    /// Whether hidden and linked files are passed over, and of source files all but `*.py` and `*.pyi`.
    pub(crate) only_plain_files: bool,
    pub(crate) walkers: Walkers,
    pub(crate) root: &'a Path,
    /// The folders to be walked, none in another, with what links in them lead to. `None`: all of the root.
    pub(crate) only: Option<&'a [PathBuf]>,
    /// Reads a source file as it is met, so that reading overlaps with walking; the buffer is the thread's own.
    pub(crate) read: &'a (dyn Fn(&Path, &mut Vec<u8>) -> Option<Reading> + Sync),
}

/// What is left out of a tree: globs over paths relative to the root, matched against folders as well as files; one
/// without a slash matches at any depth.
#[derive(Debug, Clone, Default)]
pub(crate) struct Excludes {
    /// Patterns that are nothing but a name.
    names: FxHashSet<OsString>,
    globs: GlobSet,
    /// Lines of a `.gitignore` instead.
    lines: Option<Override>,
}

impl Excludes {
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, BadPattern> {
        let mut names = FxHashSet::default();
        let mut all = Vec::new();
        for pattern in patterns {
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            if !pattern.contains(['*', '?', '[', '{', '\\', '/']) {
                names.insert(OsString::from(pattern));
                continue;
            }
            all.push(globs::glob(pattern, Wildcards::Anything)?);
            if !pattern.contains('/') {
                all.push(globs::glob(&format!("**/{pattern}"), Wildcards::Anything)?);
            } else if let Some(folder) = pattern.strip_suffix("/**") {
                all.push(globs::glob(folder, Wildcards::Anything)?);
            }
        }
        Ok(Self { names, globs: globs::set(all)?, lines: None })
    }

    /// Excludes that are lines of a `.gitignore` in the root.
    pub(crate) fn lines<'a>(lines: impl Iterator<Item = &'a str>, root: &Path) -> Result<Self, String> {
        let mut builder = OverrideBuilder::new(root);
        for line in lines {
            globs::check_size(line).map_err(|error| error.to_string())?;
            builder.add(&format!("!{line}")).map_err(|error| error.to_string())?;
        }
        let lines = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { lines: Some(lines), ..Self::default() })
    }

    pub(crate) fn are_lines(&self) -> bool {
        self.lines.is_some()
    }

    /// Whether a line matches this very file, rather than a folder around it.
    pub(crate) fn is_file_of_lines(&self, path: &Path) -> bool {
        self.lines.as_ref().is_some_and(|lines| lines.matched(path, false).is_ignore())
    }

    /// Whether the walk passes over what lies here. The root itself is never left out.
    pub(crate) fn contains(&self, entry: &DirEntry, root: &Path) -> bool {
        let is_folder = || entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() > 0 && self.contains_path(entry.path(), is_folder, root)
    }

    fn contains_path(&self, path: &Path, is_folder: impl Fn() -> bool, root: &Path) -> bool {
        if let Some(lines) = &self.lines {
            return lines.matched(path, is_folder()).is_ignore();
        }
        path.file_name().is_some_and(|name| self.names.contains(name))
            || (!self.globs.is_empty()
                && path.strip_prefix(root).is_ok_and(|relative| self.globs.is_match(relative)))
    }

    /// Whether the walk would not come to a file below the root.
    pub(crate) fn hides(&self, path: &Path, root: &Path) -> bool {
        let around = path.ancestors().take_while(|folder| *folder != root);
        around.into_iter().any(|part| self.contains_path(part, || part != path, root))
    }
}
