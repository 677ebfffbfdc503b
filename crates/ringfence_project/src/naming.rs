//! What a file is called as a module.

use std::path::Path;

use ringfence_graph::FileRole;
use ringfence_source::SourceKind;

/// A file's module, seen from a source root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModuleName {
    pub(crate) name: String,
    pub(crate) role: FileRole,
    pub(crate) source: SourceKind,
}

/// What kind of file this is by its name; nothing for files that are no Python.
pub(crate) fn kind_of(path: &Path) -> Option<(FileRole, SourceKind)> {
    let name = path.file_name()?.to_string_lossy();
    // `.py` is a hidden file without an extension.
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
    Some(match extension {
        "py" | "pyw" if stem == "__init__" => (FileRole::Package, SourceKind::Python),
        "pyi" if stem == "__init__" => (FileRole::Package, SourceKind::Stub),
        "py" | "pyw" => (FileRole::Module, SourceKind::Python),
        "pyi" => (FileRole::Module, SourceKind::Stub),
        "so" | "pyd" | "pyx" => (FileRole::Extension, SourceKind::Python),
        _ => return None,
    })
}

/// The module name of a file from a root above it.
pub(crate) fn module_name(path: &Path, root: &Path) -> Option<ModuleName> {
    let (role, source) = kind_of(path)?;
    let relative = path.strip_prefix(root).ok()?;
    let file = relative.file_name()?.to_string_lossy();
    let mut name = String::with_capacity(relative.as_os_str().len());
    for folder in relative.parent()?.components() {
        name.push_str(&folder.as_os_str().to_string_lossy());
        name.push('.');
    }
    let stem = match role {
        // An `__init__` in the root itself has no package to stand for.
        FileRole::Package if name.is_empty() => {
            return Some(ModuleName { name: "__init__".to_string(), role: FileRole::Module, source });
        }
        FileRole::Package => "",
        FileRole::Module => file.rsplit_once('.')?.0,
        // `x.cpython-312-x86_64-linux-gnu.so`
        FileRole::Extension => file.split_once('.')?.0,
    };
    if stem.is_empty() {
        name.pop();
    } else {
        name.push_str(stem);
    }
    Some(ModuleName { name, role, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_their_root() {
        for (path, expected, role) in [
            ("/p/shop/web.py", "shop.web", FileRole::Module),
            ("/p/shop/__init__.py", "shop", FileRole::Package),
            ("/p/shop/__init__.pyi", "shop", FileRole::Package),
            ("/p/shop/gui.pyw", "shop.gui", FileRole::Module),
            ("/p/__init__.py", "__init__", FileRole::Module),
            ("/p/shop/x__init__.py", "shop.x__init__", FileRole::Module),
            ("/p/shop/_fast.cpython-312-x86_64-linux-gnu.so", "shop._fast", FileRole::Extension),
            ("/p/my-tools/run-it.py", "my-tools.run-it", FileRole::Module),
        ] {
            let named = module_name(Path::new(path), Path::new("/p")).unwrap();
            assert_eq!((named.name.as_str(), named.role), (expected, role), "{path}");
        }
        assert_eq!(module_name(Path::new("/q/web.py"), Path::new("/p")), None);
        assert_eq!(module_name(Path::new("/p/readme.md"), Path::new("/p")), None);
        assert_eq!(module_name(Path::new("/p/shop/.py"), Path::new("/p")), None);
    }
}
