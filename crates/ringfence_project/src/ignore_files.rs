//! Looks at ignore files before the walk opens them: a pipe or a device would never end, and a pattern that is nested without end
//! would take the stack of the thread that reads it.

use std::path::Path;

use ignore::gitignore::gitconfig_excludes_path;
use ringfence_policy::globs::check_size;

use crate::SetupError;

/// None is as large.
const MOST_BYTES: u64 = 16 << 20;

/// Where a folder may have them.
const NAMES: [&str; 3] = [".gitignore", ".ignore", ".git/info/exclude"];

/// Those of a folder that the walk is about to enter.
///
/// # Errors
/// Where one cannot be used.
pub(crate) fn check_folder(folder: &Path) -> Result<(), SetupError> {
    NAMES.iter().try_for_each(|name| check(&folder.join(name)))
}

/// Those of the folders where a walk starts, of the folders around them, and of the user.
///
/// # Errors
/// Where one cannot be used.
pub(crate) fn check_around(folders: &[&Path]) -> Result<(), SetupError> {
    for folder in folders.iter().flat_map(|folder| folder.ancestors()) {
        check_folder(folder)?;
    }
    gitconfig_excludes_path().map_or(Ok(()), |path| check(&path))
}

fn check(path: &Path) -> Result<(), SetupError> {
    // What is not there or is a folder ignores nothing.
    let Some(metadata) = std::fs::metadata(path).ok().filter(|metadata| !metadata.is_dir()) else {
        return Ok(());
    };
    let unusable = |reason: String| SetupError::Unreadable { path: path.to_path_buf(), reason };
    if !metadata.is_file() {
        return Err(unusable("not a regular file".to_string()));
    }
    if metadata.len() > MOST_BYTES {
        return Err(unusable("it has more than 16 MiB".to_string()));
    }
    let Ok(bytes) = std::fs::read(path) else { return Ok(()) };
    // Only braces nest, and few ignore files have any.
    if !bytes.contains(&b'{') {
        return Ok(());
    }
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        check_size(&String::from_utf8_lossy(line))
            .map_err(|error| unusable(format!("line {}: {error}", number + 1)))?;
    }
    Ok(())
}
