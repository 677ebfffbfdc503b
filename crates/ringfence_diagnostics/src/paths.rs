//! How paths are written: always with `/`, in text relative to the working directory.

use std::path::{Component, Path};

/// The path as text shows it: relative where it lies below `working_directory`, else absolute.
pub fn relative(path: &Path, working_directory: &Path) -> String {
    match path.strip_prefix(working_directory) {
        Ok(below) if !below.as_os_str().is_empty() => absolute(below),
        _ => absolute(path),
    }
}

/// The path as it is, with `/`.
pub fn absolute(path: &Path) -> String {
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

/// The path below a folder, `.` for the folder itself; as it is where it lies elsewhere.
pub fn below(path: &Path, folder: &Path) -> String {
    let text = absolute(path.strip_prefix(folder).unwrap_or(path));
    if text.is_empty() { ".".to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{absolute, below, relative};
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
        let shop = Path::new("/home/ada/shop");
        assert_eq!(below(shop, shop), ".");
        assert_eq!(below(&shop.join("src"), shop), "src");
        assert_eq!(below(shop, &shop.join("src")), "/home/ada/shop");
    }

    /// What separates folders is `/` wherever paths are shown; elsewhere than on Windows `\` is a letter like others.
    #[test]
    fn both_separators_are_shown_as_one() {
        let native = Path::new("/home/ada/shop").join("src").join("web").join("a.py");
        assert_eq!(below(&native, Path::new("/home/ada/shop")), "src/web/a.py");
        let odd = Path::new(r"src\web/a.py");
        assert_eq!(absolute(odd), if cfg!(windows) { "src/web/a.py" } else { r"src\web/a.py" });
        if cfg!(windows) {
            assert_eq!(absolute(Path::new(r"C:\shop\src")), "C:/shop/src");
            assert_eq!(relative(Path::new(r"C:\shop\src\a.py"), Path::new("C:/shop")), "src/a.py");
        }
    }
}
