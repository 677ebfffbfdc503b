//! Where the root packages of a project are, and which of the files below them are modules, as import-linter sees it: nothing
//! is imported, and nothing outside of the tree is looked at.

use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, paths};
use ringfence_policy::Spanned;
use rustc_hash::FxHashSet;

use crate::disk::Disk;
use crate::found_files::FoundFile;
use crate::roots::declared_folders;
use crate::settings::problem;

/// Root packages that were found.
#[derive(Debug, Default)]
pub(crate) struct RootPackages {
    /// The folders that their names are counted from.
    pub(crate) roots: Vec<PathBuf>,
    /// Their own folders, none in another.
    pub(crate) folders: Vec<PathBuf>,
}

impl RootPackages {
    /// Looks in the root, then in the folders of `PYTHONPATH` that lie in it, in `src`, and where the build backend is told to
    /// look; or in the configured folders alone. As for Python, the first regular package wins, and only if there is none all
    /// folders of the name are one namespace package.
    ///
    /// A name that is no package is an error.
    pub(crate) fn find(
        disk: &Disk,
        names: &[Spanned<String>],
        root: &Path,
        configured: &[PathBuf],
        python_path: &[PathBuf],
    ) -> (Self, Vec<Diagnostic>) {
        let mut places: Vec<PathBuf> = configured.to_vec();
        if places.is_empty() {
            places.push(root.to_path_buf());
            places.extend(python_path.iter().filter(|folder| folder.starts_with(root)).cloned());
            places.push(root.join("src"));
            places.extend(declared_folders(disk, root).into_iter().map(|folder| root.join(folder)));
        }
        let mut seen = FxHashSet::default();
        places.retain(|place| seen.insert(place.clone()) && disk.is_dir(place));
        let mut packages = Self::default();
        let mut errors = Vec::new();
        for name in names {
            errors.extend(packages.add(disk, name, &places, root));
        }
        packages.folders.sort();
        // In the order of paths what lies in a folder comes after it.
        let mut outermost: Vec<PathBuf> = Vec::new();
        for folder in std::mem::take(&mut packages.folders) {
            if outermost.iter().all(|outer| !folder.starts_with(outer)) {
                outermost.push(folder);
            }
        }
        packages.folders = outermost;
        (packages, errors)
    }

    fn add(
        &mut self,
        disk: &Disk,
        name: &Spanned<String>,
        places: &[PathBuf],
        root: &Path,
    ) -> Option<Diagnostic> {
        let Spanned { value: name, span } = name;
        let relative: PathBuf = name.split('.').collect();
        let folder = |place: &PathBuf| place.join(&relative);
        let of_this_name: Vec<&PathBuf> = places.iter().filter(|place| disk.is_dir(&folder(place))).collect();
        let regular = of_this_name.iter().find(|place| is_regular(disk, &folder(place)));
        let found: Vec<&PathBuf> = match regular {
            Some(place) => vec![*place],
            None => of_this_name,
        };
        for place in &found {
            if !self.roots.contains(place) {
                self.roots.push((*place).clone());
            }
            self.folders.push(folder(place));
        }
        let Some(place) = found.first() else {
            let module = places.iter().find(|place| disk.is_file(&folder(place).with_extension("py")));
            let looked: Vec<String> =
                places.iter().map(|place| format!("`{}`", paths::below(place, root))).collect();
            return Some(match module {
                Some(_) => problem(
                    *span,
                    format!("`{name}` is a module, and root packages are folders"),
                    Some("name a package, and put the module into it".to_string()),
                ),
                None => problem(
                    *span,
                    format!("there is no package `{name}` in this tree"),
                    Some(format!(
                        "looked in {}; `--config 'source-roots = [\"...\"]'` or `PYTHONPATH` names other folders of the tree",
                        looked.join(", ")
                    )),
                ),
            });
        };
        let inside_regular = name
            .match_indices('.')
            .map(|(dot, _)| &name[..dot])
            .find(|around| is_regular(disk, &place.join(around.split('.').collect::<PathBuf>())));
        inside_regular.map(|around| {
            problem(
                *span,
                format!("`{name}` lies in the package `{around}`, and root packages are top-level ones"),
                Some(format!("write `{around}`")),
            )
        })
    }

    /// Drops the files that are no modules by their names, and gives those that are in no package: below a folder without an
    /// `__init__` in a regular package, or below one whose name is no identifier.
    pub(crate) fn retain(&self, files: &mut Vec<FoundFile>) -> FxHashSet<PathBuf> {
        files.retain(|file| file.kind.is_none() || has_module_name(&file.path));
        let regular: FxHashSet<&Path> = files
            .iter()
            .filter(|file| file.path.file_name().is_some_and(|name| name == "__init__.py"))
            .filter_map(|file| file.path.parent())
            .collect();
        let mut outside = FxHashSet::default();
        let mut last: Option<(&Path, bool)> = None;
        for file in files.iter() {
            let Some(folder) = file.path.parent() else { continue };
            let is_inside = match last {
                Some((other, is_inside)) if other == folder => is_inside,
                _ => self.is_in_package(folder, &regular),
            };
            last = Some((folder, is_inside));
            if !is_inside {
                outside.insert(file.path.clone());
            }
        }
        outside
    }

    fn is_in_package(&self, folder: &Path, regular: &FxHashSet<&Path>) -> bool {
        let Some(package) = self.folders.iter().find(|package| folder.starts_with(package)) else {
            return false;
        };
        let mut at = package.clone();
        let mut around_is_regular = regular.contains(at.as_path());
        let below = folder.strip_prefix(package).unwrap_or(Path::new(""));
        for segment in below {
            at.push(segment);
            let is_regular = regular.contains(at.as_path());
            if !segment.to_str().is_some_and(is_identifier) || (around_is_regular && !is_regular) {
                return false;
            }
            around_is_regular = is_regular;
        }
        true
    }
}

fn is_regular(disk: &Disk, folder: &Path) -> bool {
    disk.is_file(&folder.join("__init__.py"))
}

/// `name.py`, with one dot.
fn has_module_name(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
        name.strip_suffix(".py").is_some_and(|stem| !stem.is_empty() && !stem.contains('.'))
    })
}

/// A name as Python has them; keywords are names of folders, too.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|c| c == '_' || c.is_alphanumeric())
}
