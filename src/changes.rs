//! What changed in the repository, for runs that report only that.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow};
use ringfence_project::normalized;

/// Files that differ from a revision.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// All of them, as they are called now or were.
    pub(crate) files: BTreeSet<PathBuf>,
    /// What those that were there held.
    pub(crate) before: Vec<(PathBuf, Vec<u8>)>,
    /// Those that were not there.
    pub(crate) added: Vec<PathBuf>,
}

impl Changes {
    /// What differs between the working tree and where its branch left a revision, with files that are not yet known to git.
    ///
    /// What was done since then on the other branch is no change of this one. Where the two have no commit in common, as in a
    /// shallow clone, the revision itself is compared with.
    pub(crate) fn since(folder: &Path, revision: &str) -> Result<Self> {
        // A revision that looks like an option would be one.
        let revision = text(
            &git(
                folder,
                &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")],
            )
            .with_context(|| format!("`--since`: there is no revision `{revision}`"))?,
        );
        let revision = match git(folder, &["merge-base", "--end-of-options", &revision, "HEAD"]) {
            Ok(base) => text(&base),
            Err(_) => revision,
        };
        let mut changes =
            Self::read(folder, &["diff", "--name-status", "--no-renames", "-z", &revision, "--"], &revision)?;
        let root = root(folder)?;
        let others = git(&root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
        for path in names(&others) {
            changes.files.insert(root.join(&path));
            changes.added.push(root.join(path));
        }
        Ok(changes)
    }

    /// What is staged for the next commit.
    pub(crate) fn staged(folder: &Path) -> Result<Self> {
        Self::read(folder, &["diff", "--cached", "--name-status", "--no-renames", "-z", "--"], "HEAD")
    }

    fn read(folder: &Path, command: &[&str], revision: &str) -> Result<Self> {
        let root = root(folder)?;
        let output = git(&root, command)?;
        let mut changes = Self::default();
        let mut fields = names(&output);
        while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
            let absolute = root.join(&path);
            changes.files.insert(absolute.clone());
            if status == "A" {
                changes.added.push(absolute);
            } else {
                let mut object = OsString::from(format!("{revision}:"));
                object.push(&path);
                let bytes = git(&root, &[OsStr::new("cat-file"), OsStr::new("blob"), &object]);
                // What was no file then, such as a submodule, was no source.
                if let Ok(bytes) = bytes {
                    changes.before.push((absolute, bytes));
                }
            }
        }
        Ok(changes)
    }
}

/// The folder of the repository, as it is called from a folder in it: links are shown as the user wrote them.
fn root(folder: &Path) -> Result<PathBuf> {
    let up = git(folder, &["rev-parse", "--show-cdup"]).context("what changed is asked of git")?;
    let up = text(&up);
    Ok(if up.is_empty() { folder.to_path_buf() } else { normalized(&folder.join(up)) })
}

fn git<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<Vec<u8>> {
    let output =
        Command::new("git").args(arguments).current_dir(folder).output().context("cannot run `git`")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(anyhow!("git: {}", said.trim().lines().next().unwrap_or("it failed and does not say why")))
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim_end_matches(['\n', '\r']).to_string()
}

/// Fields with a zero byte behind each.
fn names(output: &[u8]) -> impl Iterator<Item = OsString> + '_ {
    output.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(as_os_string)
}

#[cfg(unix)]
fn as_os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).to_os_string()
}

#[cfg(not(unix))]
fn as_os_string(bytes: &[u8]) -> OsString {
    OsString::from(String::from_utf8_lossy(bytes).into_owned())
}
