//! What an import finds: the modules of the session, the standard library, and what is installed.

use std::path::{Path, PathBuf};

use elsa::FrozenMap;
use ignore::gitignore::Gitignore;
use ringfence_diagnostics::FileId;
use ringfence_graph::{ModuleId, ModuleIndex, ModuleKind};
use ringfence_loading::{Found, Modules, Python, SourceId, standard_library};
use ringfence_rules::{Loading, OwnModules};
use ringfence_source::SourceKind;
use ruff_text_size::TextSize;
use rustc_hash::FxHashSet;

use super::LoadOrigin;
use super::sources::{SourcePlace, SourceTexts};
use crate::Session;
use crate::environment_modules::listing::{Entry, Listings, ModuleFile};
use crate::environment_modules::{EnvironmentModules, Located};
use crate::path_changes::may_change_path;

/// The modules around a session, looked at on demand. What was looked at once is not looked at again.
pub(super) struct SessionModules<'a> {
    session: &'a Session,
    environment: Option<EnvironmentModules>,
    /// Whether code that is installed is read.
    follows: bool,
    /// The modules of the session whose code is read. Nothing: all.
    followed: Option<&'a FxHashSet<ModuleId>>,
    found: FrozenMap<String, Box<(Found, LoadOrigin)>>,
    sources: SourceTexts,
    listings: Listings,
}

impl<'a> SessionModules<'a> {
    /// `folders` are those of packages of the environment; without any, none is known.
    pub(super) fn new(session: &'a Session, folders: &[PathBuf], follows: bool) -> Self {
        Self {
            session,
            environment: (!folders.is_empty()).then(|| EnvironmentModules::new(folders)),
            follows,
            followed: None,
            found: FrozenMap::new(),
            sources: SourceTexts::default(),
            listings: Listings::default(),
        }
    }

    /// Those of which the code of some is read.
    pub(super) fn following(session: &'a Session, followed: &'a FxHashSet<ModuleId>) -> Self {
        Self { followed: Some(followed), ..Self::new(session, &[], false) }
    }

    /// Whose a module is.
    pub(super) fn origin(&self, name: &str) -> LoadOrigin {
        self.known(name).1
    }

    pub(super) fn is_found(&self, name: &str) -> bool {
        matches!(self.known(name).0, Found::Source { .. } | Found::Namespace | Found::Closed)
    }

    pub(super) fn path(&self, source: SourceId) -> Option<&Path> {
        self.sources.path(source, self.session, self.environment.as_ref())
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, source: SourceId, offset: TextSize) -> Option<usize> {
        self.sources.line(source, offset, self.session, self.environment.as_ref())
    }

    fn index(&self) -> &'a ModuleIndex {
        self.session.project.graph.index()
    }

    fn known(&self, name: &str) -> (Found, LoadOrigin) {
        if let Some(known) = self.found.get(name) {
            return *known;
        }
        let found = self.locate(name);
        *self.found.insert(name.to_string(), Box::new(found))
    }

    fn source(&self, place: SourcePlace, is_package: bool) -> Found {
        Found::Source { source: self.sources.add(place), is_package }
    }

    fn locate(&self, name: &str) -> (Found, LoadOrigin) {
        let top = name.split('.').next().unwrap_or(name);
        let own = |found: Found| (found, LoadOrigin::Project);
        match self.index().get(top).and_then(|id| self.own(id)) {
            Some(Found::Namespace) => {
                // A package comes before a part of a namespace, wherever it lies.
                if let Some(found) = self.in_library(name) {
                    return (found, LoadOrigin::StandardLibrary);
                }
                let environment = self.environment.as_ref();
                let elsewhere = environment.map_or(Located::Absent, |environment| environment.find(top));
                if matches!(elsewhere, Located::Source { .. } | Located::Compiled { .. }) {
                    return self.installed(name);
                }
                let found = if name == top { Some(Found::Namespace) } else { self.below(name) };
                match found {
                    Some(found) => own(found),
                    None if environment.is_some() && elsewhere == Located::Absent => own(Found::Absent),
                    // Another part of the namespace may have it.
                    None => self.installed(name),
                }
            }
            Some(found) if name == top => own(found),
            Some(Found::Closed) if self.followed.is_none() => own(Found::Unknown),
            Some(_) => own(self.below(name).unwrap_or_else(|| self.missing_below(name))),
            None => match self.in_library(name) {
                Some(found) => (found, LoadOrigin::StandardLibrary),
                None if self.may_be_beside(top) => (Found::Unknown, LoadOrigin::External),
                None => match self.installed(name) {
                    // A folder of a source root is one, whatever is in it.
                    (Found::Absent, _) if self.is_folder(name) => own(Found::Namespace),
                    installed => installed,
                },
            },
        }
    }

    /// A module of the session as it is found; nothing for a stub alone, and where no import leads.
    fn own(&self, id: ModuleId) -> Option<Found> {
        let index = self.index();
        let is_runnable = |id: ModuleId| {
            let file = index.module(id).file.and_then(|file| index.of_file(file));
            file.is_some_and(|file| file.source != SourceKind::Stub && !file.shadowed)
        };
        let module = index.module(id);
        let is_closed = self.followed.is_some_and(|followed| !followed.contains(&id));
        match module.file {
            Some(_) if is_runnable(id) && (module.kind == ModuleKind::Extension || is_closed) => {
                Some(Found::Closed)
            }
            Some(file) if is_runnable(id) => {
                Some(self.source(SourcePlace::Own(file), module.kind == ModuleKind::Package))
            }
            // Of a folder with nothing but stubs something may be left that is compiled.
            _ => index.subtree(id).any(is_runnable).then_some(Found::Namespace),
        }
    }

    /// What is below a package of the session: one of its modules, or what lies in its folder beside these.
    fn below(&self, name: &str) -> Option<Found> {
        let own = self.index().get(name).and_then(|id| self.own(id));
        own.or_else(|| match self.parent(name) {
            Found::Source { is_package: true, .. } | Found::Namespace => self.beside(name),
            _ => None,
        })
    }

    fn parent(&self, name: &str) -> Found {
        name.rsplit_once('.').map_or(Found::Absent, |(parent, _)| self.known(parent).0)
    }

    /// What lies on the disk under the name of a module, which the walk has left out.
    fn beside(&self, name: &str) -> Option<Found> {
        let below = name.replace('.', "/");
        let disk = self.session.disk();
        self.session.source_roots().find_map(|root| {
            let path = root.join(&below);
            let initial = path.join("__init__.py");
            if disk.is_file(&initial) {
                return Some(self.source(SourcePlace::Beside(initial), true));
            }
            if self.is_compiled(&path) {
                return Some(Found::Closed);
            }
            let file = path.with_extension("py");
            if disk.is_file(&file) {
                return Some(self.source(SourcePlace::Beside(file), false));
            }
            disk.is_dir(&path).then_some(Found::Namespace)
        })
    }

    /// Whether a folder has an extension or bytecode, and no code, for a module at this path.
    fn is_compiled(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return false;
        };
        let entry = self.listings.of(folder, None).get(name).copied();
        entry.and_then(Entry::file) == Some(ModuleFile::Compiled)
    }

    /// What is to be said of a name below a package of the session that nothing has.
    fn missing_below(&self, name: &str) -> Found {
        match self.parent(name) {
            Found::Absent | Found::Source { is_package: false, .. } => return Found::Absent,
            Found::Closed | Found::Unknown => return Found::Unknown,
            Found::Source { .. } | Found::Namespace => {}
        }
        // A stub describes what may be built later.
        if self.index().get(name).is_some_and(|id| self.index().module(id).file.is_some()) {
            return Found::Unknown;
        }
        if self.may_be_generated(name) {
            return Found::Unknown;
        }
        let mut ancestors = name.match_indices('.').map(|(end, _)| self.known(&name[..end]).0);
        let changes = ancestors.any(|ancestor| match ancestor {
            Found::Source { source, .. } => self.text(source).is_none_or(may_change_path),
            _ => false,
        });
        if changes { Found::Unknown } else { Found::Absent }
    }

    /// Whether git would ignore the file of a module, which some build may make.
    fn may_be_generated(&self, name: &str) -> bool {
        let below = name.replace('.', "/");
        self.session.source_roots().any(|root| {
            let path = root.join(&below).with_extension("py");
            let folders: Vec<&Path> = path.ancestors().skip(1).collect();
            let top = folders.iter().position(|folder| folder.join(".git").exists());
            let top = top.or_else(|| folders.iter().position(|folder| *folder == self.session.root()));
            folders.iter().take(top.map_or(0, |top| top + 1)).any(|folder| {
                let (ignored, _) = Gitignore::new(folder.join(".gitignore"));
                ignored.matched_path_or_any_parents(&path, false).is_ignore()
            })
        })
    }

    /// Whether a source root has a folder of the name of a module.
    fn is_folder(&self, name: &str) -> bool {
        let below = name.replace('.', "/");
        self.session.source_roots().any(|root| self.session.disk().is_dir(&root.join(&below)))
    }

    /// Whether a name may be found by a program that is started in the root, although no module is called so.
    fn may_be_beside(&self, top: &str) -> bool {
        let roots = std::iter::once(self.session.root()).chain(self.session.source_roots());
        let has_stub = self.index().get(top).is_some();
        let disk = self.session.disk();
        !has_stub
            && roots.map(|root| root.join(top)).any(|path| {
                disk.is_file(&path.with_extension("py"))
                    || disk.is_file(&path.join("__init__.py"))
                    || self.is_compiled(&path)
            })
    }

    /// The standard library; nothing for what is none of it.
    fn in_library(&self, name: &str) -> Option<Found> {
        let top = name.split('.').next().unwrap_or(name);
        if standard_library::exists(top, self.python()) == Some(false) {
            return None;
        }
        Some(match standard_library::exists(name, self.python()) {
            Some(true) => Found::Closed,
            Some(false) => Found::Absent,
            None => Found::Unknown,
        })
    }

    /// What is installed, or required.
    fn installed(&self, name: &str) -> (Found, LoadOrigin) {
        let located = self.environment.as_ref().map(|environment| environment.find(name));
        if self.follows
            && let Some(located) = located
        {
            let found = match located {
                Located::Source { source, is_package } => {
                    self.source(SourcePlace::Installed(source), is_package)
                }
                Located::Namespace => Found::Namespace,
                Located::Compiled { .. } => Found::Closed,
                Located::Absent => Found::Absent,
                Located::Unknown => Found::Unknown,
            };
            return (found, LoadOrigin::Followed);
        }
        let is_required = || {
            let manifests = self.session.externals();
            manifests.is_some_and(|manifests| manifests.bound().is_known(name))
        };
        let found = match located {
            Some(Located::Source { .. } | Located::Namespace | Located::Compiled { .. }) => Found::Closed,
            Some(Located::Absent) if name.contains('.') && self.is_installed_around(name) => Found::Absent,
            _ if is_required() => Found::Closed,
            _ => Found::Unknown,
        };
        (found, LoadOrigin::External)
    }

    fn is_installed_around(&self, name: &str) -> bool {
        let top = name.split('.').next().unwrap_or(name);
        let located = self.environment.as_ref().map(|environment| environment.find(top));
        matches!(located, Some(Located::Source { .. } | Located::Namespace | Located::Compiled { .. }))
    }
}

impl Modules for SessionModules<'_> {
    fn find(&self, name: &str) -> Found {
        self.known(name).0
    }

    fn text(&self, source: SourceId) -> Option<&str> {
        self.sources.text(source, self.session, self.environment.as_ref())
    }

    fn has_member(&self, module: &str, name: &str) -> Option<bool> {
        match self.origin(module) {
            LoadOrigin::StandardLibrary => standard_library::has_member(module, name, self.python()),
            _ => None,
        }
    }

    fn exception_base(&self, dotted: &str) -> Option<&'static str> {
        let module = dotted.rsplit_once('.').map(|(module, _)| module);
        let is_of_library = module.is_none_or(|module| self.origin(module) == LoadOrigin::StandardLibrary);
        if is_of_library { standard_library::exception_base(dotted) } else { None }
    }

    fn children(&self, package: &str) -> Vec<String> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_string();
        let mut names: Vec<String> = match (self.known(package).1, self.index().get(package)) {
            (LoadOrigin::Project, Some(id)) => self
                .index()
                .subtree(id)
                .filter(|below| self.index().module(*below).parent == Some(id))
                .map(|below| self.index().name(below))
                .filter(|name| matches!(self.find(name), Found::Source { .. } | Found::Closed))
                .map(last)
                .collect(),
            (LoadOrigin::Followed, _) => {
                self.environment.as_ref().map(|environment| environment.children(package)).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        names.sort_unstable();
        names
    }

    fn python(&self) -> Option<Python> {
        let exact = self.environment.as_ref().and_then(EnvironmentModules::minor);
        let exact = exact.map(|minor| Python { minor, exact: true });
        let oldest = self.session.inputs.policy.linter.target_version;
        exact.or_else(|| oldest.map(|oldest| Python { minor: oldest.0, exact: false }))
    }
}

impl OwnModules for SessionModules<'_> {
    fn file(&self, source: SourceId) -> Option<FileId> {
        self.sources.own(source)
    }
}

impl Loading for Session {
    fn modules<'a>(&'a self, followed: &'a FxHashSet<ModuleId>) -> Box<dyn OwnModules + 'a> {
        Box::new(SessionModules::following(self, followed))
    }

    fn threads(&self) -> usize {
        Self::threads(self)
    }
}
