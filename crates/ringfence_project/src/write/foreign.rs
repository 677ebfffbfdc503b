//! What is never written by a command that was not told to: names, compared without case, as some file systems do.

use std::ffi::OsStr;
use std::path::Path;

use crate::config::is_config_name;
use crate::file_kinds::kind_of;

/// What a file is by its name, if that is nothing that a baseline or a report may be written over.
pub(crate) fn kind_of_foreign(path: &Path) -> Option<&'static str> {
    let lower = |part: &OsStr| part.to_string_lossy().to_lowercase();
    let name = lower(path.file_name().unwrap_or_default());
    if path.components().any(|part| lower(part.as_os_str()) == ".git") || name.starts_with(".git") {
        Some("a file of git")
    } else if kind_of(Path::new(&name)).is_some() {
        Some("Python source")
    } else if is_config_name(path) {
        Some("a config")
    } else {
        let has_suffix = |suffix: &str| Path::new(&name).extension().is_some_and(|it| it == suffix);
        let is_manifest = name == "pipfile"
            || (name.starts_with("requirements") && has_suffix("txt"))
            || has_suffix("lock")
            || has_suffix("pth");
        is_manifest.then_some("a manifest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case() {
        for (path, kind) in [
            ("a/B.PY", Some("Python source")),
            ("a.pyi", Some("Python source")),
            ("x/Tach.TOML", Some("a config")),
            (".GIT/config", Some("a file of git")),
            ("a/.git/hooks/x", Some("a file of git")),
            (".gitignore", Some("a file of git")),
            ("requirements-dev.txt", Some("a manifest")),
            ("uv.lock", Some("a manifest")),
            ("git/report.json", None),
            ("report.txt", None),
            ("python", None),
        ] {
            assert_eq!(kind_of_foreign(Path::new(path)), kind, "{path}");
        }
    }
}
