//! The modules around a project: what is installed in its environment, and the standard library that lies on disk.
//!
//! [`EnvironmentModules::find`] looks along the path that `site` makes of the folders of packages, as CPython's `PathFinder` and
//! `FileFinder` do: in each folder a package comes before a module, and of its files an extension before code before bytecode; a
//! folder without `__init__` is a part of a namespace if nothing else has its name anywhere on the path. No Python is run: what code in a
//! `.pth` file, or a `__path__` that a package changes, may add, is [`Located::Unknown`].

mod interpreter;
pub(crate) mod listing;
mod path_files;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use elsa::{FrozenMap, FrozenVec};
use ringfence_source::decode;

use crate::files::read_regular;
use crate::path_changes::may_change_path;
use listing::{Entry, Listings, ModuleFile};
use path_files::PathFiles;

/// The text of a module of an environment: an index that [`EnvironmentModules::find`] gives out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentSource(u32);

/// What lies under an absolute dotted name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Located {
    /// A file of Python code.
    Source {
        source: EnvironmentSource,
        is_package: bool,
    },
    /// Folders without `__init__`.
    Namespace,
    /// An extension, or bytecode without its source.
    Compiled {
        is_package: bool,
    },
    Absent,
    /// Whether there is one cannot be told without running Python.
    Unknown,
}

/// An environment, looked at on demand. What was looked at once is not looked at again.
pub struct EnvironmentModules {
    /// Folders of packages, each with what its `.pth` files add behind it.
    path: Vec<PathBuf>,
    path_files: PathFiles,
    /// The x of Python 3.x.
    minor: Option<u8>,
    /// The folders of the standard library: code, then extensions. Empty where it was not found.
    library: Vec<PathBuf>,
    listings: Listings,
    sources: FrozenVec<Box<Source>>,
    installed: FrozenMap<String, Box<Spec>>,
    standard: FrozenMap<String, Box<Spec>>,
}

struct Source {
    path: PathBuf,
    text: OnceCell<Option<String>>,
}

/// What was found, and where what is below it lies.
struct Spec {
    located: Located,
    folders: Vec<PathBuf>,
}

impl Spec {
    fn nowhere(located: Located) -> Self {
        Self { located, folders: Vec::new() }
    }
}

/// No package that is installed lies deeper than this: paths have an end.
const MOST_DEPTH: usize = 64;

impl EnvironmentModules {
    /// `folders` are those of packages, in the order of the path of the interpreter: `lib/python3.12/site-packages` and the like.
    pub fn new(folders: &[PathBuf]) -> Self {
        let minor = folders.iter().find_map(|folder| interpreter::minor_of(folder));
        let library = folders.iter().find_map(|folder| interpreter::library_of(folder, minor?));
        let mut path: Vec<PathBuf> = Vec::new();
        let mut path_files = PathFiles::default();
        for folder in folders {
            let PathFiles { folders, mapped, replaces_distutils, may_add_more } = path_files::read(folder);
            for folder in std::iter::once(folder.clone()).chain(folders) {
                if !path.contains(&folder) {
                    path.push(folder);
                }
            }
            path_files.mapped.extend(mapped);
            path_files.replaces_distutils |= replaces_distutils;
            path_files.may_add_more |= may_add_more;
        }
        Self {
            path,
            path_files,
            minor,
            library: library
                .map(|library| vec![library.clone(), library.join("lib-dynload")])
                .unwrap_or_default(),
            listings: Listings::default(),
            sources: FrozenVec::new(),
            installed: FrozenMap::new(),
            standard: FrozenMap::new(),
        }
    }

    /// The x of the Python 3.x of the environment.
    pub fn minor(&self) -> Option<u8> {
        self.minor
    }

    /// The folder of the standard library: that of the base interpreter, for a virtual environment.
    pub fn library(&self) -> Option<&Path> {
        self.library.first().map(PathBuf::as_path)
    }

    /// What is installed under a name; the standard library, which comes before it, left aside.
    pub fn find(&self, name: &str) -> Located {
        self.spec(name, &self.installed, Self::top_level).located
    }

    /// What lies in the folder of the standard library under a name: not what is built in. Unknown where that folder was not found.
    pub fn find_in_library(&self, name: &str) -> Located {
        if self.library.is_empty() {
            return Located::Unknown;
        }
        self.spec(name, &self.standard, |modules, name| {
            modules.along(&modules.library, name).unwrap_or(Spec::nowhere(Located::Absent))
        })
        .located
    }

    /// The text of a source, without a byte order mark; nothing where it cannot be read or decoded.
    pub fn text(&self, source: EnvironmentSource) -> Option<&str> {
        let Source { path, text } = self.sources.get(source.0 as usize)?;
        text.get_or_init(|| {
            let bytes = read_regular(path).ok()?;
            Some(decode(&bytes).ok()?.text.into_owned())
        })
        .as_deref()
    }

    pub fn path(&self, source: EnvironmentSource) -> Option<&Path> {
        self.sources.get(source.0 as usize).map(|source| source.path.as_path())
    }

    /// The modules and packages at once below an installed package, in the order of names: what `pkgutil.iter_modules` yields, so no
    /// namespaces.
    pub fn children(&self, package: &str) -> Vec<String> {
        let mut names = BTreeSet::new();
        for folder in &self.spec(package, &self.installed, Self::top_level).folders {
            // The order of a listing is that of hashes; that of the set is not.
            #[expect(clippy::iter_over_hash_type)]
            for (name, entry) in self.listings.of(folder, self.minor) {
                let is_module = entry.file().is_some() || self.initial(folder, name, *entry).is_some();
                if is_module && name != "__init__" {
                    names.insert(name.clone());
                }
            }
        }
        names.into_iter().collect()
    }

    fn spec<'a>(
        &'a self,
        name: &str,
        known: &'a FrozenMap<String, Box<Spec>>,
        top_level: impl Fn(&Self, &str) -> Spec,
    ) -> &'a Spec {
        if let Some(spec) = known.get(name) {
            return spec;
        }
        let mut parent: Option<&Spec> = None;
        for (depth, (end, _)) in name.match_indices('.').chain([(name.len(), "")]).enumerate() {
            let prefix = &name[..end];
            let spec = if let Some(spec) = known.get(prefix) {
                spec
            } else {
                let last = prefix.rsplit('.').next().unwrap_or(prefix);
                let spec = match parent {
                    _ if depth >= MOST_DEPTH || last.is_empty() => Spec::nowhere(Located::Absent),
                    None => top_level(self, last),
                    Some(parent) => self.below(parent, last),
                };
                known.insert(prefix.to_string(), Box::new(spec))
            };
            if depth >= MOST_DEPTH {
                return spec;
            }
            parent = Some(spec);
        }
        // A name has at least one part, which may be empty.
        parent.unwrap_or_else(|| known.insert(name.to_string(), Box::new(Spec::nowhere(Located::Absent))))
    }

    fn top_level(&self, name: &str) -> Spec {
        if self.path_files.replaces_distutils && name == "distutils" {
            return Spec::nowhere(Located::Unknown);
        }
        if let Some(spec) = self.along(&self.path, name) {
            return spec;
        }
        let mapped = self.path_files.mapped.iter().find(|(mapped, _)| mapped == name);
        if let Some((folder, file)) = mapped.and_then(|(_, path)| Some((path.parent()?, path.file_name()?)))
            && let Some(spec) = file.to_str().and_then(|file| self.in_folder(folder, file))
        {
            return spec;
        }
        // One that maps a dotted name gives its parents out, too.
        let may_be_there = self.path_files.may_add_more
            || self.path_files.mapped.iter().any(|(mapped, _)| mapped.split('.').next() == Some(name));
        Spec::nowhere(if may_be_there { Located::Unknown } else { Located::Absent })
    }

    /// What is below something, without what is above.
    fn below(&self, parent: &Spec, name: &str) -> Spec {
        if let Some(spec) = self.along(&parent.folders, name) {
            return spec;
        }
        Spec::nowhere(match parent.located {
            Located::Absent => Located::Absent,
            Located::Source { source, .. } if !self.may_change_path(source) => Located::Absent,
            // The rest of a namespace may be where only code of a `.pth` file says.
            Located::Namespace if !self.path_files.may_add_more && self.path_files.mapped.is_empty() => {
                Located::Absent
            }
            _ => Located::Unknown,
        })
    }

    /// Whether the code of a module may look for its submodules elsewhere.
    fn may_change_path(&self, source: EnvironmentSource) -> bool {
        self.text(source).is_none_or(may_change_path)
    }

    /// What a path has under a name; nothing if it has none.
    fn along(&self, path: &[PathBuf], name: &str) -> Option<Spec> {
        let mut portions = Vec::new();
        for folder in path {
            if let Some(spec) = self.in_folder(folder, name) {
                return Some(spec);
            }
            if self.entry(folder, name).is_some_and(|entry| entry.is_folder) {
                portions.push(folder.join(name));
            }
        }
        (!portions.is_empty()).then_some(Spec { located: Located::Namespace, folders: portions })
    }

    fn entry(&self, folder: &Path, name: &str) -> Option<Entry> {
        self.listings.of(folder, self.minor).get(name).copied()
    }

    /// The package or module of a folder; no part of a namespace.
    fn in_folder(&self, folder: &Path, name: &str) -> Option<Spec> {
        let entry = self.entry(folder, name)?;
        if let Some(file) = self.initial(folder, name, entry) {
            let below = folder.join(name);
            return Some(Spec { located: self.locate(&below, "__init__", file, true), folders: vec![below] });
        }
        Some(Spec::nowhere(self.locate(folder, name, entry.file()?, false)))
    }

    /// The `__init__` of a folder.
    fn initial(&self, folder: &Path, name: &str, entry: Entry) -> Option<ModuleFile> {
        if entry.is_folder { self.entry(&folder.join(name), "__init__")?.file() } else { None }
    }

    fn locate(&self, folder: &Path, stem: &str, file: ModuleFile, is_package: bool) -> Located {
        match file {
            ModuleFile::Compiled => Located::Compiled { is_package },
            ModuleFile::Python => {
                let source = EnvironmentSource(self.sources.len() as u32);
                let path = folder.join(format!("{stem}.py"));
                self.sources.push(Box::new(Source { path, text: OnceCell::new() }));
                Located::Source { source, is_package }
            }
        }
    }
}
