//! What a file is called as a module.

use std::path::{Path, PathBuf};

use ringfence_graph::FileRole;

use crate::file_kinds::kind_of;
use crate::roots::SourceRoots;

/// A file's module, seen from a source root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModuleName {
    pub(crate) name: String,
    pub(crate) role: FileRole,
}

/// The module name of a file from a root above it.
pub(crate) fn module_name(path: &Path, root: &Path) -> Option<ModuleName> {
    let (role, _) = kind_of(path)?;
    named(&prefix_of(path.parent()?, root)?, path, role)
}

/// Names one file after the other. Files come folder by folder, so the name of a folder is put together once.
#[derive(Debug, Default)]
pub(crate) struct Namer {
    folder: PathBuf,
    /// The root above the folder, and what the names of its files start with.
    prefix: Option<(u16, String)>,
}

impl Namer {
    /// The module name of a file from the longest root above it, with the number of that root.
    pub(crate) fn name(
        &mut self,
        roots: &SourceRoots,
        path: &Path,
        role: FileRole,
    ) -> Option<(u16, ModuleName)> {
        let folder = path.parent()?;
        if folder.as_os_str() != self.folder.as_os_str() {
            self.folder = folder.to_path_buf();
            self.prefix =
                roots.of(folder).and_then(|(number, root)| Some((number, prefix_of(folder, root)?)));
        }
        let (number, prefix) = self.prefix.as_ref()?;
        Some((*number, named(prefix, path, role)?))
    }
}

/// What the names of the files in a folder start with: `shop.web.`; nothing in the root itself.
fn prefix_of(folder: &Path, root: &Path) -> Option<String> {
    let relative = folder.strip_prefix(root).ok()?;
    let mut prefix = String::with_capacity(relative.as_os_str().len() + 1);
    for folder in relative.components() {
        prefix.push_str(&folder.as_os_str().to_string_lossy());
        prefix.push('.');
    }
    Some(prefix)
}

/// The name of a file in the folder of this prefix.
fn named(prefix: &str, path: &Path, role: FileRole) -> Option<ModuleName> {
    let file = path.file_name()?.to_string_lossy();
    let stem = match role {
        // An `__init__` in the root itself has no package to stand for.
        FileRole::Package if prefix.is_empty() => {
            return Some(ModuleName { name: "__init__".to_string(), role: FileRole::Module });
        }
        FileRole::Package => "",
        FileRole::Module => file.rsplit_once('.')?.0,
        // `x.cpython-312-x86_64-linux-gnu.so`
        FileRole::Extension => file.split_once('.')?.0,
    };
    let package = if stem.is_empty() { prefix.strip_suffix('.').unwrap_or(prefix) } else { prefix };
    let mut name = String::with_capacity(package.len() + stem.len());
    name.push_str(package);
    name.push_str(stem);
    Some(ModuleName { name, role })
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
