//! What lies in the tree beside the source, for fixes that must know whether it is named there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::disk::Disk;
use crate::walk_options::Excludes;

/// Texts that may name modules and what is in them.
const SUFFIXES: &[&str] = &["cfg", "ini", "json", "md", "rst", "toml", "txt", "yaml", "yml"];

/// Configs of boundaries name what they are about.
const CONFIGS: &[&str] = &["ringfence.toml", "ringfence.module.toml", "tach.toml", "tach.domain.toml"];

/// A longer text is kept only if it may be about the project.
const LONG: u64 = 1 << 20;

/// A longer text is not read.
const LONGEST: u64 = 1 << 28;

/// The texts below a folder that are no source, each with its path from there; nothing for one that cannot be read, or is too long
/// to be, and so may say anything. Nor is anything known of a folder that cannot be read.
///
/// Hidden files and folders are those of tools and not of the project; what a link leads to is met where it lies, or lies outside.
/// `may_be_about` says whether a long text may name a module of the project.
pub(crate) fn texts(
    disk: &Disk,
    root: &Path,
    exclude: &Excludes,
    respect_gitignore: bool,
    may_be_about: &dyn Fn(&str) -> bool,
) -> Vec<(PathBuf, Option<String>)> {
    let below = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_path_buf();
    let mut texts: Vec<(PathBuf, Option<String>)> = Vec::new();
    for entry in entries(root, exclude, respect_gitignore) {
        let entry = match entry {
            Ok(entry) if is_text(&entry) => entry,
            Ok(_) => continue,
            Err(error) => {
                texts.push((path_of(&error).map_or_else(PathBuf::new, below), None));
                continue;
            }
        };
        let path = entry.path();
        if !disk.exists(path) {
            // Of another state of the tree than the one that is judged.
            continue;
        }
        let length = entry.metadata().map_or(u64::MAX, |metadata| metadata.len());
        let text = if length > LONGEST { None } else { disk.read_text(path) };
        match text {
            Some(text) if length > LONG && !may_be_about(&text) => {}
            text => texts.push((below(path), text.map(without_policy))),
        }
    }
    texts.sort_unstable();
    texts
}

/// Where a walk could not go on.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// Whether a symbolic link to a folder or to source lies below a folder, or may lie where nobody can look.
pub(crate) fn has_links(root: &Path, exclude: &Excludes, respect_gitignore: bool) -> bool {
    entries(root, exclude, respect_gitignore).any(|entry| {
        let Ok(entry) = entry else { return true };
        let is_source = || entry.path().extension().is_some_and(|suffix| suffix == "py" || suffix == "pyw");
        entry.path_is_symlink()
            && (is_source() || std::fs::metadata(entry.path()).is_ok_and(|it| it.is_dir()))
    })
}

fn entries(
    root: &Path,
    exclude: &Excludes,
    respect_gitignore: bool,
) -> impl Iterator<Item = Result<DirEntry, ignore::Error>> {
    let (exclude, folder) = (exclude.clone(), root.to_path_buf());
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(respect_gitignore)
        .hidden(true)
        .follow_links(false)
        .filter_entry(move |entry| !exclude.contains(entry, &folder));
    builder.build()
}

fn is_text(entry: &DirEntry) -> bool {
    let suffix = entry.path().extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_config = || entry.file_name().to_str().is_some_and(|name| CONFIGS.contains(&name));
    SUFFIXES.contains(&suffix) && !is_config() && entry.file_type().is_some_and(|kind| kind.is_file())
}

/// A `pyproject.toml` without the tables of tools that name what boundaries are about.
fn without_policy(text: String) -> String {
    if !text.contains("[tool.") {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut is_policy = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            let table = line.trim_start_matches('[');
            is_policy =
                ["tool.ringfence", "tool.tach", "tool.importlinter"].iter().any(|it| table.starts_with(it));
        }
        if !is_policy {
            kept.push_str(line);
        }
    }
    kept
}
