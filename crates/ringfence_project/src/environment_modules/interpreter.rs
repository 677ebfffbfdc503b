//! The interpreter to which a folder of packages belongs: its version, and where its standard library lies.

use std::path::{Path, PathBuf};

use crate::environment::venv_setting;

/// The prefix of a folder of packages: `<prefix>/lib/python3.12/site-packages` or `<prefix>\Lib\site-packages`.
fn prefix_of(folder: &Path) -> Option<&Path> {
    let above = folder.parent()?;
    if above.file_name()?.eq_ignore_ascii_case("lib") { above.parent() } else { above.parent()?.parent() }
}

/// The x of Python 3.x, from the folder's own path, else from `pyvenv.cfg`.
pub(super) fn minor_of(folder: &Path) -> Option<u8> {
    let minor = |version: &str| {
        let digits = version.strip_prefix("3.")?;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let parent = folder.parent()?.file_name()?.to_str()?;
    parent.strip_prefix("python").or_else(|| parent.strip_prefix("pypy")).and_then(minor).or_else(|| {
        let prefix = prefix_of(folder)?;
        let version = venv_setting(prefix, "version_info").or_else(|| venv_setting(prefix, "version"))?;
        minor(&version)
    })
}

/// The folder of the standard library, for the interpreter to which a folder of packages belongs.
pub(super) fn library_of(folder: &Path, minor: u8) -> Option<PathBuf> {
    let prefix = prefix_of(folder)?;
    let mut bases = Vec::new();
    if let Some(home) = venv_setting(prefix, "home").map(PathBuf::from) {
        // The interpreter there may be a link to where it is at home.
        let linked = [format!("python3.{minor}"), "python3".to_string()]
            .into_iter()
            .filter_map(|name| std::fs::canonicalize(home.join(name)).ok());
        let folders: Vec<PathBuf> =
            linked.filter_map(|interpreter| interpreter.parent().map(Path::to_path_buf)).collect();
        // `home` is `<base>/bin`, or `<base>` on Windows.
        for home in std::iter::once(home).chain(folders) {
            bases.extend(home.ancestors().take(2).map(Path::to_path_buf));
        }
    }
    bases.push(prefix.to_path_buf());
    // Debian has packages in `/usr/local` for the Python in `/usr`.
    if prefix.ends_with("local") {
        bases.extend(prefix.parent().map(Path::to_path_buf));
    }
    let version = format!("python3.{minor}");
    let folders = bases.iter().flat_map(|base| {
        [base.join("lib").join(&version), base.join("lib64").join(&version), base.join("Lib")]
    });
    // What CPython itself knows its library by.
    folders.into_iter().find(|folder| folder.join("os.py").is_file())
}
