//! Looks at ignore files before the walk opens them: a pipe or a device would never end, and a pattern that is nested without end
//! would take the stack of the thread that reads it.

use std::path::Path;

use ignore::gitignore::gitconfig_excludes_path;
use ringfence_policy::globs::check_size;

use crate::SetupError;

/// None is as large.
const MOST_BYTES: u64 = 16 << 20;

/// Where a folder may have them.
const NAMES: [&str; 2] = [".gitignore", ".git/info/exclude"];

/// Those of a folder that the walk is about to enter; whether it has a `.ignore`, which git does not know.
///
/// # Errors
/// Where one cannot be used.
pub(crate) fn check_folder(folder: &Path) -> Result<bool, SetupError> {
    for name in NAMES {
        check(&folder.join(name))?;
    }
    check(&folder.join(".ignore"))
}

/// Those of the folders where a walk starts, of the folders around them, and of the user; which folders have a `.ignore`.
///
/// # Errors
/// Where one cannot be used.
pub(crate) fn check_around<'a>(folders: &[&'a Path]) -> Result<Vec<&'a Path>, SetupError> {
    let mut ignoring = Vec::new();
    for folder in folders.iter().flat_map(|folder| folder.ancestors()) {
        if check_folder(folder)? {
            ignoring.push(folder);
        }
    }
    if let Some(path) = gitconfig_excludes_path() {
        check(&path)?;
    }
    Ok(ignoring)
}

/// Whether there is one.
fn check(path: &Path) -> Result<bool, SetupError> {
    // What is not there or is a folder ignores nothing.
    let Some(metadata) = std::fs::metadata(path).ok().filter(|metadata| !metadata.is_dir()) else {
        return Ok(false);
    };
    let unusable = |reason: String| SetupError::Unreadable { path: path.to_path_buf(), reason };
    if !metadata.is_file() {
        return Err(unusable("not a regular file".to_string()));
    }
    if metadata.len() > MOST_BYTES {
        return Err(unusable("it has more than 16 MiB".to_string()));
    }
    let Ok(bytes) = std::fs::read(path) else { return Ok(true) };
    // Only braces nest, and few ignore files have any.
    if !bytes.contains(&b'{') {
        return Ok(true);
    }
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        check_size(&String::from_utf8_lossy(line))
            .map_err(|error| unusable(format!("line {}: {error}", number + 1)))?;
    }
    Ok(true)
}
