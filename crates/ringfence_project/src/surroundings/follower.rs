//! Follows imports into what is installed and into the standard library: files are found, read and scanned like those of the project, in
//! parallel, and never run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use ringfence_loading::{Python, standard_library};
use ringfence_rules::{Followed, FollowedLoad, FollowedModule, is_certain_at_load, runs_as_script_only};
use ringfence_source::{
    EdgeKind, Exports, FileFacts, ImportContext, ImportForm, SourceKind, decode, extract, parse_module,
};
use rustc_hash::FxHashMap;

use crate::environment_modules::{EnvironmentModules, Located};
use crate::files::read_regular;

/// The modules of an environment that something loads, with what they load in turn. What was followed once is not followed again.
pub(super) struct Follower {
    environment: EnvironmentModules,
    python: Option<Python>,
    followed: Arc<Followed>,
    /// By module.
    files: Vec<Code>,
    /// Modules whose files are not read yet.
    unread: Vec<u32>,
    /// By package: the submodules that a star import of it loads.
    stars: FxHashMap<u32, Vec<u32>>,
}

/// The code of a module.
#[derive(Debug, Clone)]
struct Code {
    path: Option<PathBuf>,
    is_package: bool,
}

/// Whose a top-level name is.
enum Origin {
    Standard,
    Installed,
    /// It is built in, and has no file.
    BuiltIn,
    Unknown,
}

impl Follower {
    /// `minor` is the x of the oldest Python 3.x that the project supports, where the environment does not tell its own.
    pub(super) fn new(folders: &[PathBuf], minor: Option<u8>) -> Self {
        let environment = EnvironmentModules::new(folders);
        let exact = environment.minor().map(|minor| Python { minor, exact: true });
        let python = exact.or(minor.map(|minor| Python { minor, exact: false }));
        Self {
            environment,
            python,
            followed: Arc::default(),
            files: Vec::new(),
            unread: Vec::new(),
            stars: FxHashMap::default(),
        }
    }

    /// Everything behind these names and behind what was asked for before.
    pub(super) fn follow(
        &mut self,
        names: &[String],
        is_own: &dyn Fn(&str) -> bool,
        pool: &rayon::ThreadPool,
    ) -> Arc<Followed> {
        for name in names {
            self.resolve(name, is_own);
        }
        while !self.unread.is_empty() {
            let unread = std::mem::take(&mut self.unread);
            let paths: Vec<(u32, &Path)> = unread
                .iter()
                .filter_map(|number| Some((*number, self.files[*number as usize].path.as_deref()?)))
                .collect();
            let read: Vec<_> =
                pool.install(|| paths.par_iter().map(|(number, path)| (*number, facts_of(path))).collect());
            for (number, facts) in read {
                match facts {
                    Some((facts, of_script)) => self.add_loads(number, &facts, &of_script, is_own, pool),
                    None => self.module_mut(number).is_opaque = true,
                }
            }
        }
        Arc::clone(&self.followed)
    }

    fn module_mut(&mut self, number: u32) -> &mut FollowedModule {
        &mut Arc::make_mut(&mut self.followed).modules[number as usize]
    }

    /// The modules on the way to a name, outermost first.
    fn resolve(&mut self, name: &str, is_own: &dyn Fn(&str) -> bool) -> Vec<u32> {
        let top = name.split('.').next().unwrap_or(name);
        if is_own(top) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let ends: Vec<usize> = name.match_indices('.').map(|(dot, _)| dot).chain([name.len()]).collect();
        for end in ends {
            match self.number(&name[..end], top) {
                Some(number) => found.push(number),
                None => break,
            }
        }
        found
    }

    /// The number of the module of this very name, if there is one.
    fn number(&mut self, name: &str, top: &str) -> Option<u32> {
        if let Some(number) = self.followed.numbers.get(name) {
            return Some(*number);
        }
        let origin = self.origin(top);
        let located = match origin {
            Origin::Standard => self.environment.find_in_library(name),
            Origin::Installed => self.environment.find(name),
            Origin::BuiltIn if name == top => Located::Compiled { is_package: false },
            Origin::BuiltIn | Origin::Unknown => return None,
        };
        let is_standard = !matches!(origin, Origin::Installed);
        let (path, is_package, is_opaque) = match located {
            Located::Source { source, is_package } => {
                (self.environment.path(source).map(Path::to_path_buf), is_package, false)
            }
            Located::Namespace => (None, true, false),
            Located::Compiled { is_package } => (None, is_package, !is_standard),
            Located::Absent | Located::Unknown => return None,
        };
        let number = self.files.len() as u32;
        let shared: Arc<str> = name.into();
        let followed = Arc::make_mut(&mut self.followed);
        followed.numbers.insert(Arc::clone(&shared), number);
        followed.modules.push(FollowedModule { name: shared, loads: Vec::new(), own: Vec::new(), is_opaque });
        if path.is_some() {
            self.unread.push(number);
        }
        self.files.push(Code { path, is_package });
        Some(number)
    }

    /// Where the code of a top-level name is looked for. The standard library comes first.
    fn origin(&self, top: &str) -> Origin {
        match self.environment.find_in_library(top) {
            Located::Source { .. } | Located::Compiled { .. } => return Origin::Standard,
            Located::Namespace | Located::Absent | Located::Unknown => {}
        }
        if standard_library::exists(top, self.python) == Some(true) {
            return Origin::BuiltIn;
        }
        match self.environment.find(top) {
            Located::Source { .. } | Located::Compiled { .. } | Located::Namespace => Origin::Installed,
            Located::Absent | Located::Unknown => Origin::Unknown,
        }
    }

    fn add_loads(
        &mut self,
        number: u32,
        facts: &FileFacts,
        of_script: &[usize],
        is_own: &dyn Fn(&str) -> bool,
        pool: &rayon::ThreadPool,
    ) {
        let name = Arc::clone(&self.followed.modules[number as usize].name);
        let is_package = self.files[number as usize].is_package;
        let mut loads: Vec<FollowedLoad> = Vec::new();
        let mut own: Vec<(Arc<str>, EdgeKind)> = Vec::new();
        for (position, import) in facts.imports.iter().enumerate() {
            let kind = import.kind(SourceKind::Python);
            let runs = match kind {
                EdgeKind::Runtime | EdgeKind::Optional | EdgeKind::Conditional => true,
                EdgeKind::Dynamic => !import.context.contains(ImportContext::FUNCTION),
                EdgeKind::Typing | EdgeKind::Deferred | EdgeKind::Lazy => false,
            };
            if !runs || of_script.contains(&position) {
                continue;
            }
            let is_certain = is_certain_at_load(import.context);
            let (level, module) = match import.form {
                ImportForm::Import { level } => (level, None),
                ImportForm::From { level, module } => {
                    (level, Some(module.map_or("", |(name, _)| facts.name(name))))
                }
            };
            let Some(base) = base(&name, is_package, level) else { continue };
            for imported in facts.names_of(import) {
                let member = facts.name(imported.name);
                let target = match module {
                    None => joined(base, member),
                    Some(module) => joined(base, module),
                };
                let top = target.split('.').next().unwrap_or_default();
                if is_own(top) {
                    let full = if module.is_some() { joined(&target, member) } else { target };
                    own.push((full.trim_end_matches(".*").into(), kind));
                    continue;
                }
                let chain = self.resolve(&target, is_own);
                let around = |other: &str| {
                    name.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                };
                for to in &chain {
                    if !around(&self.followed.modules[*to as usize].name) {
                        loads.push(FollowedLoad { to: *to, kind, is_certain });
                    }
                }
                let is_whole =
                    chain.last().is_some_and(|to| *self.followed.modules[*to as usize].name == *target);
                if module.is_none() || !is_whole {
                    continue;
                }
                if member == "*" {
                    for to in self.loaded_by_star(chain[chain.len() - 1], pool) {
                        loads.push(FollowedLoad { to, kind, is_certain });
                    }
                } else if let Some(to) = self.number(&joined(&target, member), top)
                    && to != number
                {
                    // What the package binds under that name comes first.
                    let is_certain = is_certain && *target == *name;
                    loads.push(FollowedLoad { to, kind, is_certain });
                }
            }
        }
        let mut seen: FxHashMap<u32, usize> = FxHashMap::default();
        let mut distinct: Vec<FollowedLoad> = Vec::new();
        for load in loads {
            match seen.get(&load.to) {
                Some(position) if distinct[*position].is_certain || !load.is_certain => {}
                Some(position) => distinct[*position] = load,
                None => {
                    seen.insert(load.to, distinct.len());
                    distinct.push(load);
                }
            }
        }
        let is_opaque = !facts.opaque_imports.is_empty();
        let module = self.module_mut(number);
        module.loads = distinct;
        module.own = own;
        module.is_opaque |= is_opaque;
    }

    /// The submodules that `__all__` of a package names, and that the package does not bind.
    fn loaded_by_star(&mut self, package: u32, pool: &rayon::ThreadPool) -> Vec<u32> {
        if let Some(known) = self.stars.get(&package) {
            return known.clone();
        }
        let Code { path, is_package } = self.files[package as usize].clone();
        let parsed = path.filter(|_| is_package).and_then(|path| {
            let text = text_of(&path)?;
            Some(pool.install(|| parse_module(&text, SourceKind::Python)))
        });
        let mut found = Vec::new();
        if let Some(parsed) = parsed
            && let Exports::Listed(names) = &parsed.module.exports
        {
            let around = Arc::clone(&self.followed.modules[package as usize].name);
            let top = around.split('.').next().unwrap_or_default();
            for (name, _) in names {
                let name = parsed.module.name(*name);
                let is_bound = parsed.module.global(name).is_some_and(|it| !it.bindings.is_empty());
                if !is_bound {
                    found.extend(self.number(&joined(&around, name), top));
                }
            }
        }
        self.stars.insert(package, found.clone());
        found
    }
}

/// The package that the dots of a relative import lead to; nothing where they lead out of all.
fn base(name: &str, is_package: bool, level: u32) -> Option<&str> {
    if level == 0 {
        return Some("");
    }
    let up = if is_package { level - 1 } else { level };
    (0..up).try_fold(name, |name, _| Some(name.rsplit_once('.')?.0))
}

fn joined(base: &str, name: &str) -> String {
    match (base, name) {
        ("", name) => name.to_string(),
        (base, "") => base.to_string(),
        (base, name) => format!("{base}.{name}"),
    }
}

fn text_of(path: &Path) -> Option<String> {
    let bytes = read_regular(path).ok()?;
    Some(decode(&bytes).ok()?.text.into_owned())
}

/// The facts of a file, and the positions of the imports that run only where it is the script that is run.
fn facts_of(path: &Path) -> Option<(FileFacts, Vec<usize>)> {
    let text = text_of(path)?;
    let facts = extract(&text, SourceKind::Python);
    let of_script = facts.imports.iter().enumerate().filter(|(_, import)| {
        import.context.contains(ImportContext::IF)
            && runs_as_script_only(&text, import.range.start().to_usize())
    });
    let of_script = of_script.map(|(position, _)| position).collect();
    Some((facts, of_script))
}
