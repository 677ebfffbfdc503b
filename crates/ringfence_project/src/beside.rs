//! What lies in the tree beside the source, for fixes that must know whether it is named there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::discovery::Excludes;
use crate::disk::Disk;

/// Texts that may name modules and what is in them.
const SUFFIXES: &[&str] = &["cfg", "ini", "json", "md", "rst", "toml", "txt", "yaml", "yml"];

/// Configs of boundaries name what they are about.
const CONFIGS: &[&str] = &["ringfence.toml", "ringfence.module.toml", "tach.toml", "tach.domain.toml"];

/// A longer text is no page that somebody wrote.
const LONGEST: u64 = 1 << 20;

/// The texts below a folder that are no source, each with its path from there.
pub(crate) fn texts(
    disk: &Disk,
    root: &Path,
    exclude: &Excludes,
    respect_gitignore: bool,
) -> Vec<(PathBuf, String)> {
    let mut texts: Vec<(PathBuf, String)> = entries(root, exclude, respect_gitignore)
        .filter(is_text)
        .filter_map(|entry| {
            let path = entry.path();
            let text = disk.read_text(path)?;
            Some((path.strip_prefix(root).unwrap_or(path).to_path_buf(), without_policy(text)))
        })
        .collect();
    texts.sort_unstable();
    texts
}

/// Whether a symbolic link to a folder or to source lies below a folder.
pub(crate) fn has_links(root: &Path, exclude: &Excludes, respect_gitignore: bool) -> bool {
    entries(root, exclude, respect_gitignore).any(|entry| {
        let is_source = || entry.path().extension().is_some_and(|suffix| suffix == "py" || suffix == "pyw");
        entry.path_is_symlink()
            && (is_source() || std::fs::metadata(entry.path()).is_ok_and(|it| it.is_dir()))
    })
}

fn entries(root: &Path, exclude: &Excludes, respect_gitignore: bool) -> impl Iterator<Item = DirEntry> {
    let (exclude, folder) = (exclude.clone(), root.to_path_buf());
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(respect_gitignore)
        .hidden(true)
        .follow_links(false)
        .filter_entry(move |entry| !exclude.contains(entry, &folder));
    builder.build().filter_map(Result::ok)
}

fn is_text(entry: &DirEntry) -> bool {
    let suffix = entry.path().extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_config = || entry.file_name().to_str().is_some_and(|name| CONFIGS.contains(&name));
    SUFFIXES.contains(&suffix)
        && !is_config()
        && entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LONGEST)
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
