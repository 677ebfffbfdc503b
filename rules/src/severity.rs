//! How severe a finding is: what its rule says, what the config makes of where it stands, and what the tool whose config it is would
//! have said.

use std::ffi::OsStr;

use ringfence_diagnostics::{FileId, Severity};
use ringfence_graph::{Edge, Target};
use ringfence_policy::{Level, PeerGaps, Unowned};
use ringfence_source::{ImportContext, ImportForm};

use crate::selection::is_about_contracts;
use crate::{Context, Finding, RuleId, Tag};

impl Context<'_> {
    /// The severity of a finding whose rule has this one; nothing where it is not to be reported.
    pub fn effective_severity(&self, finding: &Finding, severity: Severity) -> Option<Severity> {
        let dialect = &self.policy.dialect;
        let mut severity = finding.violation().severity(self, severity)?;
        let Some(edge) = self.edge(finding.site) else { return Some(severity) };
        // The word is of a tool that has no contracts.
        if dialect.nested_imports != Level::Full && !is_about_contracts(finding.rule) && self.is_nested(edge)
        {
            severity = dialect.nested_imports.of(severity)?;
        }
        if !dialect.peer_gaps.is_empty() && self.is_in_peer_gap(finding.rule, edge) {
            severity = Severity::Warning;
        }
        Some(severity)
    }

    /// The severity of what another tool would not have found, if `is_there` says that it falls into this gap.
    pub(crate) fn severity_in(
        &self,
        spot: PeerGaps,
        severity: Severity,
        is_there: impl FnOnce() -> bool,
    ) -> Severity {
        let is_unseen = self.policy.dialect.peer_gaps.contains(spot) && is_there();
        if is_unseen { Severity::Warning } else { severity }
    }

    /// The severity of a finding about a file as a whole: another tool does not read those that it does not check.
    pub(crate) fn severity_in_file(&self, file: FileId, severity: Severity) -> Severity {
        self.severity_in(PeerGaps::UNCHECKED_FILES, severity, || !self.is_checked(file))
    }

    /// The severity of a finding about a suppression: another tool does not see one that another comment follows.
    pub(crate) fn severity_of_comment(&self, file: FileId, index: u32, severity: Severity) -> Severity {
        self.severity_in(PeerGaps::FOLLOWED_COMMENTS, severity, || self.is_followed(file, index))
    }

    /// Whether another comment follows a suppression that suppresses nothing. One that does something is worth what it is elsewhere.
    fn is_followed(&self, file: FileId, index: u32) -> bool {
        let suppression = self.facts(file).and_then(|facts| facts.suppressions.get(index as usize));
        suppression.is_some_and(|suppression| {
            suppression.range.end() < suppression.comment.end() && !self.usage.is_used(file, index, 0)
        })
    }

    fn is_in_peer_gap(&self, rule: RuleId, edge: &Edge) -> bool {
        let spots = self.policy.dialect.peer_gaps;
        let is_in = |spot: PeerGaps, test: &dyn Fn() -> bool| spots.contains(spot) && test();
        let is_about_externals = || rule.metadata().has(Tag::Distribution);
        is_in(PeerGaps::ELSE_OF_GUARD, &|| {
            self.import(edge)
                .is_some_and(|(_, import, _)| import.context.contains(ImportContext::ELSE_OF_GUARD))
        }) || is_in(PeerGaps::NAMESPACES, &|| self.is_namespace(edge))
            || is_in(PeerGaps::OTHER_PROJECTS, &|| !is_about_externals() && self.leaves_project(edge))
            || is_in(PeerGaps::ODD_INITS, &|| self.is_in_odd_init(edge))
            || is_in(PeerGaps::OTHER_ENCODINGS, &|| !self.sources.is_utf8(edge.file))
    }

    /// Whether the imports of a file are looked at.
    pub(crate) fn is_checked(&self, file: FileId) -> bool {
        let Some(module) = self.graph.index().of_file(file) else { return true };
        match self.boundaries.owner(module.module) {
            Some(owner) => self.declaration(owner).kinds.as_ref().is_none_or(|kinds| !kinds.value.is_empty()),
            None => self.policy.dialect.unowned != Unowned::Unchecked,
        }
    }

    /// Whether an import leads into another project of the tree, on which its own says in its metadata that it depends, while
    /// `depends-on` of the importing module speaks of its own project only.
    pub(crate) fn is_declared_elsewhere(&self, edge: &Edge) -> bool {
        let Some((from, to)) = self.projects_of(edge).filter(|(from, to)| from != to) else { return false };
        if !self.excluded_modules.declared_projects.contains(&(from, to)) {
            return false;
        }
        let index = self.graph.index();
        let importer = index.of_file(edge.file).and_then(|module| self.boundaries.owner(module.module));
        let entries = importer.and_then(|importer| self.declaration(importer).depends_on.as_ref());
        !entries.iter().flat_map(|list| &list.value).any(|entry| {
            let named = entry.pattern.value.exact().and_then(|name| index.get(name));
            named.and_then(|module| index.root_of(module)).is_some_and(|root| {
                self.excluded_modules
                    .project_of_root
                    .get(root as usize)
                    .is_some_and(|project| *project != from)
            })
        })
    }

    /// Whether a relative import stands where it is easily taken for one of another package.
    fn is_in_odd_init(&self, edge: &Edge) -> bool {
        let is_relative = self.import(edge).is_some_and(|(_, import, _)| {
            matches!(import.form, ImportForm::From { level: 1.., .. } | ImportForm::Import { level: 1.. })
        });
        let name = self.sources.path(edge.file).file_stem().and_then(OsStr::to_str);
        is_relative
            && name.is_some_and(|stem| stem.ends_with("__init__"))
            && (name != Some("__init__") || self.importer_name(edge) == "__init__")
    }

    /// Whether an import leads from one project of the tree to another.
    fn leaves_project(&self, edge: &Edge) -> bool {
        self.projects_of(edge).is_some_and(|(from, to)| from != to)
    }

    /// The projects of the importer and of the imported, by number.
    fn projects_of(&self, edge: &Edge) -> Option<(u32, u32)> {
        let Target::Module { module, .. } = edge.target else { return None };
        let index = self.graph.index();
        let project = |root: u16| self.excluded_modules.project_of_root.get(root as usize).copied();
        Some((project(index.of_file(edge.file)?.root)?, index.root_of(module).and_then(project)?))
    }

    /// Whether an import stands below module level: in a function, class, branch, loop or `try`.
    pub(crate) fn is_nested(&self, edge: &Edge) -> bool {
        let outside = ImportContext::LAZY | ImportContext::DYNAMIC | ImportContext::STRING;
        self.import(edge).is_some_and(|(_, import, _)| !import.context.difference(outside).is_empty())
    }
}
