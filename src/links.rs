//! Where links lead that git tracks.

use std::path::{Path, PathBuf};

use ringfence_project::normalized;

/// As many as an operating system follows; more are a loop.
const MOST_LINKS: usize = 40;

/// The names over which a link leads, links to folders among them, up to the last, each as it is called below the folder of the
/// repository where it lies there.
pub(crate) fn way(top: &Path, link: &Path, target_of: &dyn Fn(&Path) -> Option<PathBuf>) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut path = link.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(relative) = path.strip_prefix(top) else { break };
        let mut prefix = top.to_path_buf();
        let mut parts = relative.components();
        let target = parts.by_ref().find_map(|part| {
            prefix.push(part);
            target_of(&prefix)
        });
        let Some(target) = target else { break };
        let rest = parts.as_path();
        let next = prefix.parent().unwrap_or(top).join(target);
        let next = normalized(&if rest.as_os_str().is_empty() { next } else { next.join(rest) });
        if prefix != path {
            names.push(prefix);
        }
        path = if next.starts_with(top) { next } else { real_name(&next).unwrap_or(next) };
        names.push(path.clone());
    }
    names
}

/// The same, by what lies on the disk.
pub(crate) fn way_on_disk(top: &Path, link: &Path) -> Vec<PathBuf> {
    way(top, link, &|path| std::fs::read_link(path).ok())
}

/// A link may name the folder of the repository by another name.
fn real_name(path: &Path) -> Option<PathBuf> {
    Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?))
}
