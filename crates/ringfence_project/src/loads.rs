//! What the import of modules does in a fresh process, for the modules of a session: which modules it loads, and whether it works.
//!
//! `ringfence_loading` executes their code; `modules.rs` tells it what an import finds, `described.rs` makes plain data of what it says.

mod described;
mod modules;
mod sources;

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use ringfence_graph::ModuleKind;
pub use ringfence_loading::{Certainty, Why};
use ringfence_loading::{STACK_SIZE, run};
use ringfence_source::SourceKind;

use crate::environment::package_folders_for;
use crate::{Session, SetupError};
use described::described;
use modules::SessionModules;

#[derive(Debug, Clone, Copy, Default)]
pub struct LoadsOptions {
    /// Whether the code of what is installed is followed, too.
    pub follow: bool,
}

/// What is known of imports, in the order in which they were asked for.
#[derive(Debug, Clone, Default)]
pub struct LoadsReport {
    pub modules: Vec<ModuleLoads>,
}

/// What the import of one module does.
#[derive(Debug, Clone)]
pub struct ModuleLoads {
    pub module: String,
    pub verdict: LoadVerdict,
    /// In the order in which modules begin to run, the standard library included.
    pub loads: Vec<LoadedModule>,
}

#[derive(Debug, Clone)]
pub enum LoadVerdict {
    Works,
    Fails(LoadFailure),
    /// It cannot be told: the reasons, at least one.
    Unknown(Vec<LoadDoubt>),
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePlace {
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
}

/// An exception that nothing catches.
#[derive(Debug, Clone)]
pub struct LoadFailure {
    /// The class, as a traceback names it.
    pub error: String,
    pub message: String,
    /// The innermost statement that raises; nothing if that is the import that was asked for.
    pub at: Option<CodePlace>,
    /// The imports that lead there, from the entry on.
    pub trail: Vec<LoadStep>,
    /// The module that was met in the middle of its execution, if that is why.
    pub half_loaded: Option<HalfLoadedModule>,
}

/// A module that begins to run, and why.
#[derive(Debug, Clone)]
pub struct LoadStep {
    pub module: String,
    /// The module whose code asks for it; nothing for the entry and its ancestors.
    pub by: Option<String>,
    /// The statement there.
    pub at: Option<CodePlace>,
    pub why: Why,
}

/// A module in the middle of its execution.
#[derive(Debug, Clone)]
pub struct HalfLoadedModule {
    pub module: String,
    pub at: Option<CodePlace>,
    /// The names that it has bound so far, in order.
    pub binds: Vec<String>,
}

/// Why something cannot be told.
#[derive(Debug, Clone)]
pub struct LoadDoubt {
    pub at: Option<CodePlace>,
    pub reason: String,
}

/// One module that is loaded.
#[derive(Debug, Clone)]
pub struct LoadedModule {
    pub step: LoadStep,
    pub certainty: Certainty,
    pub origin: LoadOrigin,
    /// Whether its code is not read.
    pub is_opaque: bool,
}

/// Whose a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadOrigin {
    Project,
    StandardLibrary,
    /// It is installed, and followed.
    Followed,
    /// It comes from a distribution that is not followed.
    External,
}

/// Fewer entries are not worth a thread that parses anew what others have parsed.
const LEAST_ENTRIES: usize = 16;

impl Session {
    /// Whether a name stands for a module of the project that can be imported: not for a stub alone.
    pub fn is_importable(&self, name: &str) -> bool {
        let modules = SessionModules::new(self, &[], false);
        modules.origin(name) == LoadOrigin::Project && modules.is_found(name)
    }

    /// What the import of these modules does, each first in a process of its own. Neighbours of one top-level package share their work.
    ///
    /// # Errors
    /// Where the interpreter that the user named has no packages, or no thread can be started.
    pub fn loads(&self, names: &[String], options: LoadsOptions) -> Result<LoadsReport, SetupError> {
        let (folders, _) = package_folders_for(&self.options.interpreter, &self.options.root)?;
        let mut groups: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        for (position, name) in names.iter().enumerate() {
            groups.entry(name.split('.').next().unwrap_or(name)).or_default().push((position, name));
        }
        let threads = self.threads();
        let groups: Vec<&[(usize, &str)]> = groups
            .values()
            .flat_map(|group| group.chunks(group.len().div_ceil(threads.max(1)).max(LEAST_ENTRIES)))
            .collect();
        let of_group = |group: &&[(usize, &str)]| {
            let modules = SessionModules::new(self, &folders, options.follow);
            let entries: Vec<&str> = group.iter().map(|(_, name)| *name).collect();
            let positions = group.iter().map(|(position, _)| *position);
            let runs = run(&modules, &entries);
            let described = entries.iter().zip(&runs).map(|(entry, run)| described(entry, run, &modules));
            positions.zip(described).collect::<Vec<(usize, ModuleLoads)>>()
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.min(groups.len()).max(1))
            .stack_size(STACK_SIZE)
            .build()
            .map_err(|error| SetupError::Threads(error.to_string()))?;
        let mut all: Vec<(usize, ModuleLoads)> =
            pool.install(|| groups.par_iter().with_max_len(1).flat_map_iter(of_group).collect());
        all.sort_by_key(|(position, _)| *position);
        Ok(LoadsReport { modules: all.into_iter().map(|(_, loads)| loads).collect() })
    }

    /// All modules that the config governs and that a name stands for, neighbours beside each other; but for `__main__`, which nobody
    /// imports.
    pub fn importable_names(&self) -> Vec<&str> {
        let index = self.project.graph.index();
        let is_governed = |name: &&str| {
            let Some(module) = index.get(name).map(|id| index.module(id)) else { return false };
            let Some(file) = module.file else { return false };
            let is_read = self.project.source(file).is_some_and(|source| source.governed);
            let place = index.of_file(file);
            let runs = place.is_some_and(|place| place.source != SourceKind::Stub && !place.shadowed);
            is_read && runs && module.kind != ModuleKind::Extension
        };
        let has_name = |name: &&str| {
            name.split('.').all(|part| {
                let is_start = |c: char| c == '_' || c.is_alphabetic();
                part.starts_with(is_start) && part.chars().all(|c| c == '_' || c.is_alphanumeric())
            }) && name.rsplit('.').next() != Some("__main__")
        };
        index.iter().map(|(_, module)| &*module.name).filter(has_name).filter(is_governed).collect()
    }
}
