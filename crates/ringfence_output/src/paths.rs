//! How paths are written: always with `/`, in text relative to the working directory.

use std::path::{Component, Path};

/// The path as text shows it: relative where it lies below `working_directory`, else absolute.
pub(crate) fn relative(path: &Path, working_directory: &Path) -> String {
    match path.strip_prefix(working_directory) {
        Ok(below) if !below.as_os_str().is_empty() => absolute(below),
        _ => absolute(path),
    }
}

/// The path as it is, with `/`.
pub(crate) fn absolute(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => text.push('/'),
            Component::Prefix(prefix) => text.push_str(&prefix.as_os_str().to_string_lossy()),
            _ => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                text.push_str(&component.as_os_str().to_string_lossy());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{absolute, relative};
    use std::path::Path;

    #[test]
    fn paths_below_the_working_directory_are_relative() {
        for (path, shown) in [
            ("/home/ada/shop/src/a.py", "src/a.py"),
            ("/home/ada/shop", "/home/ada/shop"),
            ("/home/ada/shopping/a.py", "/home/ada/shopping/a.py"),
            ("/elsewhere/a b.py", "/elsewhere/a b.py"),
            ("src/a.py", "src/a.py"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new("/home/ada/shop")), shown);
        }
        assert_eq!(absolute(Path::new("/")), "/");
    }
}
