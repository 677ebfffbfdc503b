//! Makes the graph of what was read, and binds the policy to it.

use ringfence_diagnostics::FileId;
use ringfence_graph::{ImportGraph, IndexedFile, ModuleId, ModuleIndex, Resolution};
use ringfence_policy::{ExcludeSyntax, PeerGaps, Precedence, PythonMinor, ROOT_MODULE};
use ringfence_rules::{Boundaries, ExcludedModules};
use rustc_hash::FxHashSet;

use super::Session;
use super::project::Source;
use crate::excluded_modules;

impl Session {
    /// Makes the graph of the facts, and binds the policy to it.
    pub(super) fn bind(&mut self) {
        self.build_graph();
        if self.inputs.policy.dialect.walk.excludes == ExcludeSyntax::Gitignore {
            let files = excluded_modules::needed_files(
                &self.disk,
                &self.project.roots,
                &self.inputs.policy,
                &self.project.graph,
                &self.project.facts,
            );
            let count = self.project.sources.len();
            for path in files {
                let excluded = self.project.tree.excludes_file(&path);
                let file = self.add_target(path);
                let targets = if excluded {
                    &mut self.project.excluded_targets
                } else {
                    &mut self.project.added_targets
                };
                targets.extend(file);
            }
            if self.project.sources.len() > count {
                self.build_graph();
            }
        }
        self.project.excluded_modules = self.bind_excluded_modules();
        self.project.boundaries = Boundaries::bind(
            &self.inputs.policy,
            self.project.graph.index(),
            &self.project.excluded_modules.modules,
        );
        if let Some(externals) = &mut self.project.externals {
            externals.bound.bind(self.project.graph.index());
        }
    }

    fn build_graph(&mut self) {
        let mut files: Vec<IndexedFile> = self
            .project
            .sources
            .iter()
            .filter_map(|source| {
                let (root, name) = source.module.as_ref()?;
                let Source { file, role, kind, .. } = *source;
                Some(IndexedFile { file, name, role, source: kind, root: *root })
            })
            .collect();
        // By precedence of roots; a stable sort keeps the order by path within each.
        files.sort_by_key(|file| file.root);
        let mut index = ModuleIndex::build(&files, self.project.roots.nested());
        if self.inputs.policy.dialect.unowned.is_module() {
            index.add_placeholder(ROOT_MODULE);
        }
        self.project.graph =
            ImportGraph::build(index, self.project.facts.iter().map(Option::as_ref), self.resolution());
    }

    fn resolution(&self) -> Resolution {
        Resolution {
            target_minor: self.inputs.policy.linter.target_version.map(|PythonMinor(minor)| minor),
            relative_from_root: self.inputs.policy.dialect.relative_from_root,
            whole_namespaces: self.inputs.policy.dialect.missing_modules.is_strict(),
            // Other tools know source roots only.
            folders_on_path: self.inputs.policy.dialect.precedence == Precedence::MostSpecific
                && !self.inputs.policy.dialect.missing_modules.is_strict(),
        }
    }

    /// Brings the graph up to date with new facts of one file.
    pub(super) fn rebind(&mut self, file: FileId) {
        if self.inputs.policy.dialect.walk.excludes == ExcludeSyntax::Gitignore {
            // An import may need a file that nothing needed before.
            self.bind();
        } else {
            let resolution = self.resolution();
            let facts = self.project.facts.get(file.index()).and_then(Option::as_ref);
            self.project.graph.replace(file, facts, resolution);
        }
    }

    fn bind_excluded_modules(&self) -> ExcludedModules {
        let index = self.project.graph.index();
        let module_of = |file: &FileId| {
            let module = index.of_file(*file)?.module;
            (index.module(module).file == Some(*file)).then_some(module)
        };
        let as_targets: FxHashSet<ModuleId> =
            self.project.excluded_targets.iter().filter_map(module_of).collect();
        let modules = as_targets
            .iter()
            .copied()
            .chain(self.project.added_targets.iter().filter_map(module_of))
            .collect();
        let mut excluded_modules = ExcludedModules { modules, as_targets, ..ExcludedModules::default() };
        if self.inputs.policy.dialect.peer_gaps.contains(PeerGaps::OTHER_PROJECTS) {
            (excluded_modules.project_of_root, excluded_modules.declared_projects) =
                excluded_modules::projects(&self.disk, &self.project.roots, &self.options.root);
        }
        excluded_modules
    }
}
