//! What is known of the sources of a tree: their facts, the graph of their imports, and what the policy says of their modules.

use std::path::Path;

use ringfence_diagnostics::FileId;
use ringfence_graph::{FileRole, ImportGraph};
use ringfence_rules::{Boundaries, ExcludedModules, Unreadable};
use ringfence_source::{FileFacts, SourceKind};
use rustc_hash::FxHashSet;

use crate::discovery::Tree;
use crate::manifests::Manifests;
use crate::roots::SourceRoots;

/// Sources, facts and graph; empty until they are read.
#[derive(Default)]
pub(crate) struct Project {
    pub(crate) roots: SourceRoots,
    pub(crate) tree: Tree,
    /// By id.
    pub(crate) sources: Vec<Source>,
    /// By file.
    pub(crate) facts: Vec<Option<FileFacts>>,
    /// Files that were parsed in full.
    pub(crate) parsed: FxHashSet<FileId>,
    pub(crate) unreadable: Vec<Unreadable>,
    /// Files that an exclude matches, where these are known.
    pub(crate) excluded_targets: Vec<FileId>,
    /// Files below folders that an exclude matches.
    pub(crate) added_targets: Vec<FileId>,
    pub(crate) excluded_modules: ExcludedModules,
    pub(crate) graph: ImportGraph,
    pub(crate) boundaries: Boundaries,
    /// Nothing where no rule asks for it.
    pub(crate) externals: Option<Manifests>,
}

/// A Python file of the tree.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) file: FileId,
    pub(crate) role: FileRole,
    pub(crate) kind: SourceKind,
    /// Root and module name; nothing outside every root.
    pub(crate) module: Option<(u16, String)>,
    /// Whether this session's config governs it; else it is only known as a target of imports.
    pub(crate) governed: bool,
    pub(crate) problem: Option<String>,
}

impl Source {
    pub(crate) fn is_read(&self) -> bool {
        self.governed && self.problem.is_none() && self.role != FileRole::Extension && self.module.is_some()
    }
}

impl Project {
    /// The source file of this id; ids rise in the order of the sources.
    pub(crate) fn source(&self, file: FileId) -> Option<&Source> {
        let position = self.sources.binary_search_by_key(&file, |source| source.file).ok()?;
        self.sources.get(position)
    }

    /// The folders from which module names are counted, in order of precedence.
    pub(crate) fn source_roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter()
    }

    pub(crate) fn facts(&self, file: FileId) -> Option<&FileFacts> {
        self.facts.get(file.index())?.as_ref()
    }

    /// Whether a file was read as a manifest.
    pub(crate) fn is_manifest(&self, file: FileId) -> bool {
        self.externals.as_ref().is_some_and(|externals| externals.bound.manifests.contains(&file))
    }

    /// Files that the walk or the reader could not read.
    pub(crate) fn all_unreadable(&self) -> Vec<Unreadable> {
        let from_walk = self.sources.iter().filter(|source| source.governed).filter_map(|source| {
            source.problem.clone().map(|reason| Unreadable { file: source.file, reason })
        });
        from_walk.chain(self.unreadable.iter().cloned()).collect()
    }
}

/// Whether no config below the root governs a path.
pub(super) fn governed(tree: &Tree, path: &Path) -> bool {
    !tree.nested_configs.iter().any(|folder| path.starts_with(folder))
}
