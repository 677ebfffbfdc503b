//! Which files a session looked at, which not, and how much that is.

use std::path::{Path, PathBuf};

use ringfence_diagnostics::{FileId, Files as _};
use ringfence_graph::ModuleId;
use ringfence_rules::{Context, FileSettings};
use ringfence_source::FileFacts;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Session;
use super::project::Source;
use super::questions::is_unresolved;
use crate::coverage::Coverage;
use crate::unlooked::Unlooked;

impl Session {
    /// Temporary files below the root that a run of ringfence has left, or is writing.
    pub fn unfinished(&self) -> impl Iterator<Item = &Path> {
        self.project.tree.unfinished.iter().map(PathBuf::as_path)
    }

    /// Folders below the root that have a config of their own.
    pub fn nested_configs(&self) -> &[PathBuf] {
        &self.project.tree.nested_configs
    }

    /// Every file that was read: Python files, configs, manifests, the baseline.
    pub fn files_read(&self) -> impl Iterator<Item = &Path> {
        self.checked_files().chain(self.input_files().map(|file| self.table.path(file)))
    }

    /// The Python files that are checked, by path.
    pub fn checked_files(&self) -> impl Iterator<Item = &Path> {
        self.project
            .sources
            .iter()
            .filter(|source| source.is_read())
            .map(|source| self.table.path(source.file))
    }

    /// Whether a file is test code.
    pub fn is_test(&self, file: FileId) -> bool {
        FileSettings::is_test(self, file)
    }

    /// Modules that can be imported although the walk left them out.
    pub fn excluded_modules(&self) -> impl Iterator<Item = &str> {
        let index = self.project.graph.index();
        index
            .iter()
            .map(|(id, _)| id)
            .filter(|id| self.project.excluded_modules.modules.contains(id))
            .map(|id| index.name(id))
    }

    /// Files that are not checked, or not as one might think, with what to say of them.
    pub fn left_out_files(&self) -> [(&'static str, Vec<PathBuf>); 7] {
        let paths = |wanted: &dyn Fn(&Source) -> bool| {
            let sources = self.project.sources.iter().filter(|source| source.governed && wanted(source));
            sources.map(|source| self.table.path(source.file).to_path_buf()).collect()
        };
        let shadowed = |source: &Source| {
            self.project.graph.index().of_file(source.file).is_some_and(|file| file.shadowed)
        };
        [
            ("outside every source root", paths(&|source| source.module.is_none())),
            ("shadowed, another file is loaded in its place", paths(&shadowed)),
            ("hidden by a personal ignore file", self.project.tree.unlooked.personal.clone()),
            ("excluded by default, in a package", self.project.tree.unlooked.excluded.clone()),
            ("a link to a folder, which is not followed", self.project.tree.unlooked.linked.clone()),
            ("cannot tell which ignored files git tracks", self.project.tree.unlooked.indexes.clone()),
            (
                "has a config of another tool, which is not enforced with the one above",
                self.foreign_configs(),
            ),
        ]
    }

    /// Folders below with a config of Tach or import-linter, which ends no tree of ours. With no config of ours above they would be
    /// checked by it.
    fn foreign_configs(&self) -> Vec<PathBuf> {
        let is_native =
            self.options.config.as_ref().is_some_and(|config| config.kind == crate::ConfigKind::Ringfence);
        let is_ours = |folder: &&PathBuf| {
            folder.as_path() != self.root()
                && !self.project.tree.nested_configs.iter().any(|nested| folder.starts_with(nested))
        };
        let folders = self.project.tree.foreign_configs.iter().filter(|_| is_native);
        folders.filter(is_ours).cloned().collect()
    }

    pub(crate) fn coverage(&self, context: &Context, suppressed: usize) -> Coverage {
        let index = self.project.graph.index();
        let met: FxHashMap<FileId, &FileFacts> = self.table.asked_in_full().into_iter().collect();
        let unreadable = context.unreadable.len();
        let Unlooked { personal, excluded, linked, indexes } = &self.project.tree.unlooked;
        let mut coverage = Coverage {
            unreadable,
            suppressed,
            personal: personal.len(),
            excluded: excluded.len(),
            linked: linked.len(),
            unclear_indexes: indexes.len(),
            foreign_configs: self.foreign_configs().len(),
            unfollowed_circles: context.unfollowed_circles(),
            ..Coverage::default()
        };
        for source in &self.project.sources {
            if source.governed && source.module.is_none() {
                coverage.outside_roots += 1;
            }
            if let Some(facts) = self.facts(source.file) {
                coverage.files += 1;
                let met = met.get(&source.file);
                coverage.imports_only +=
                    usize::from(!self.project.parsed.contains(&source.file) && met.is_none());
                coverage.broken += usize::from(met.unwrap_or(&facts).syntax_error.is_some());
                coverage.imports += facts.imports.len();
                coverage.opaque += facts.opaque_imports.len();
            }
            if source.governed && index.of_file(source.file).is_some_and(|module| module.shadowed) {
                coverage.shadowed += 1;
            }
        }
        let read = self.project.sources.iter().filter(|source| self.facts(source.file).is_some());
        let modules: FxHashSet<ModuleId> =
            read.filter_map(|source| Some(index.of_file(source.file)?.module)).collect();
        coverage.modules = modules.len();
        let by_contracts = context.governed_by_contracts();
        let is_governed =
            |id: &&ModuleId| self.project.boundaries.owner(**id).is_some() || by_contracts[id.index()];
        coverage.governed = modules.iter().filter(is_governed).count();
        coverage.unresolved =
            self.project.graph.edges().iter().filter(|edge| is_unresolved(edge.target)).count();
        coverage
    }
}
