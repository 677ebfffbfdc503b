//! The files of a session, as rules and fixes ask for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_diagnostics::{FileId, Files};
use ringfence_rules::{FileSettings, RuleId, Sources};
use ringfence_source::{Oddities, ParsedFile, SourceKind, oddities, parse_module};
use ruff_source_file::SourceFile;

use super::Session;
use crate::beside;

impl Files for Session {
    fn path(&self, file: FileId) -> &Path {
        self.table.path(file)
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        self.table.text(file)
    }
}

impl Sources for Session {
    fn module(&self, file: FileId) -> Option<Arc<ParsedFile>> {
        let kind = self.project.source(file)?.kind;
        self.table.module(file, |text| self.on_large_stack(|| parse_module(text, kind)))
    }

    fn oddities(&self, file: FileId) -> Option<Oddities> {
        let kind = self.project.source(file).map_or(SourceKind::Python, |source| source.kind);
        let source = self.table.text(file)?;
        self.on_large_stack(|| oddities(source.source_text(), kind))
    }

    fn other_texts(&self) -> Vec<(PathBuf, Option<String>)> {
        // Whoever names a module in full names what is around it.
        let modules = || self.project.graph.index().iter().map(|(_, module)| &*module.name);
        let top_level: Vec<&str> = modules().filter(|name| !name.contains('.')).collect();
        beside::texts(
            &self.disk,
            &self.options.root,
            &self.project.tree.excludes,
            self.inputs.policy.linter.respect_gitignore.unwrap_or(true),
            &|text| top_level.iter().any(|name| text.contains(name)),
        )
    }

    fn has_links(&self) -> bool {
        beside::has_links(
            &self.options.root,
            &self.project.tree.excludes,
            self.inputs.policy.linter.respect_gitignore.unwrap_or(true),
        )
    }

    fn is_utf8(&self, file: FileId) -> bool {
        self.table.bytes(file).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok())
    }
}

impl FileSettings for Session {
    fn reports(&self, rule: RuleId, file: FileId) -> bool {
        Self::reports(self, rule, file)
    }

    fn is_test(&self, file: FileId) -> bool {
        let path = self.table.path(file);
        self.inputs.settings.is_test(path.strip_prefix(&self.options.root).unwrap_or(path))
    }
}

impl Session {
    /// Whether what a rule finds in a file is reported.
    pub(crate) fn reports(&self, rule: RuleId, file: FileId) -> bool {
        if !self.inputs.settings.has_per_file_ignores() {
            return true;
        }
        let path = self.table.path(file);
        self.inputs.settings.reports(rule, path.strip_prefix(&self.options.root).unwrap_or(path))
    }
}
