//! What a folder offers to imports, as `importlib.machinery.FileFinder` looks at it.

use std::path::{Path, PathBuf};

use elsa::FrozenMap;
use rustc_hash::FxHashMap;

/// What stands in a folder under one name, whatever follows its first dot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    pub(crate) is_folder: bool,
    has_extension: bool,
    has_python: bool,
    has_bytecode: bool,
}

/// A file of a module, by the suffix that comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModuleFile {
    /// Compiled: an extension, or bytecode without its source.
    Compiled,
    Python,
}

impl Entry {
    /// Of the files of one name extensions come first, then code, then bytecode.
    pub(crate) fn file(self) -> Option<ModuleFile> {
        let Self { has_extension, has_python, has_bytecode, is_folder: _ } = self;
        if has_extension {
            Some(ModuleFile::Compiled)
        } else if has_python {
            Some(ModuleFile::Python)
        } else {
            has_bytecode.then_some(ModuleFile::Compiled)
        }
    }
}

/// The entries of one folder, by name.
pub(crate) type Listing = FxHashMap<String, Entry>;

/// Each folder that was asked about, read once.
#[derive(Default)]
pub(crate) struct Listings {
    known: FrozenMap<PathBuf, Box<Listing>>,
}

impl Listings {
    /// Empty for a folder that is not there. `minor` is the x of the Python 3.x that has to be able to load the extensions.
    pub(crate) fn of(&self, folder: &Path, minor: Option<u8>) -> &Listing {
        match self.known.get(folder) {
            Some(listing) => listing,
            None => self.known.insert(folder.to_path_buf(), Box::new(read(folder, minor))),
        }
    }
}

fn read(folder: &Path, minor: Option<u8>) -> Listing {
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let (stem, suffix) =
            name.split_once('.').map_or((name.as_str(), None), |(stem, rest)| (stem, Some(rest)));
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => std::fs::metadata(entry.path()).map(|target| target.file_type()),
            kind => kind,
        };
        let Ok(kind) = kind else { continue };
        let found = listing.entry(stem.to_string()).or_default();
        match suffix {
            None => found.is_folder |= kind.is_dir(),
            Some(_) if !kind.is_file() => {}
            Some("py") => found.has_python = true,
            Some("pyc") => found.has_bytecode = true,
            Some(suffix) => found.has_extension |= is_extension(suffix, minor),
        }
    }
    listing
}

/// `so`, `abi3.so`, `cpython-311-x86_64-linux-gnu.so`, `pyd`, `cp311-win_amd64.pyd`; of all that is after the first dot.
fn is_extension(suffix: &str, minor: Option<u8>) -> bool {
    let Some((tag, "so" | "pyd")) = suffix.rsplit_once('.') else {
        return matches!(suffix, "so" | "pyd");
    };
    let Some(version) = tag.strip_prefix("cpython-3").or_else(|| tag.strip_prefix("cp3")) else {
        return tag == "abi3" || tag.starts_with("pypy3");
    };
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    minor.is_none_or(|minor| version[..digits].parse() == Ok(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_for_one_version_or_for_all() {
        for (suffix, expected) in [
            ("so", true),
            ("abi3.so", true),
            ("cpython-311-x86_64-linux-gnu.so", true),
            ("cpython-311t-x86_64-linux-gnu.so", true),
            ("cpython-312-x86_64-linux-gnu.so", false),
            ("cpython-31-x86_64-linux-gnu.so", false),
            ("cp311-win_amd64.pyd", true),
            ("cp39-win_amd64.pyd", false),
            ("so.1", false),
            ("py", false),
            ("other.so", false),
        ] {
            assert_eq!(is_extension(suffix, Some(11)), expected, "{suffix}");
        }
        assert!(is_extension("cpython-312-x86_64-linux-gnu.so", None));
    }
}
