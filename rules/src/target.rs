//! What an import leads to, as the config counts: a module of the project or something else, and as which kind of import.

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::{MissingModules, TypingGuards};
use ringfence_source::{EdgeKind, ImportContext, ImportForm, Suppression};

use crate::Context;

impl Context<'_> {
    /// Whether the dots of a relative import lead nowhere.
    pub(crate) fn leads_out(&self, edge: &Edge) -> bool {
        matches!(edge.target, Target::Unresolved) && self.imported_name(edge).starts_with('.')
    }

    /// Whether an import is one of a module of this project, as the config counts.
    pub(crate) fn counts_as_target(&self, edge: &Edge) -> bool {
        let Target::Module { module, missing, .. } = edge.target else { return false };
        if self.excluded_modules.as_targets.contains(&module) {
            return false;
        }
        match self.policy.dialect.missing_modules {
            MissingModules::ByName => return true,
            MissingModules::Nowhere | MissingModules::RootPackage => {
                return self.target_module(edge).is_some();
            }
            MissingModules::Foreign => {}
        }
        if !missing {
            // `import folder` runs nothing where the folder has no `__init__`.
            return !self.is_namespace(edge)
                || self
                    .import(edge)
                    .is_some_and(|(_, import, _)| matches!(import.form, ImportForm::From { .. }));
        }
        // A name in a file may be anything; below that, and in a folder, something has to be there.
        self.graph.index().module(module).file.is_some()
            && self.facts(edge.file).and_then(|facts| self.graph.member(edge, facts)).is_none_or(|member| {
                let member = member.strip_prefix("__init__.").unwrap_or(&member);
                member.rsplit_once('.').is_none_or(|(above, _)| self.is_shadowed(module, above))
            })
    }

    /// Whether a file has this name below a module, which shadows it.
    fn is_shadowed(&self, module: ModuleId, below: &str) -> bool {
        let index = self.graph.index();
        let shadowed = index.get(&format!("{}.{below}", self.module_name(module)));
        shadowed.is_some_and(|shadowed| index.module(shadowed).file.is_some())
    }

    /// The module of the project that an import is one of, for contracts.
    pub fn target_module(&self, edge: &Edge) -> Option<ModuleId> {
        let Target::Module { module, missing, .. } = edge.target else { return None };
        let missing_modules = self.policy.dialect.missing_modules;
        if !missing_modules.is_strict() {
            return self.counts_as_target(edge).then_some(module);
        }
        if !self.policy.has_module(self.module_name(module)) {
            return None;
        }
        let member = || self.facts(edge.file).and_then(|facts| self.graph.member(edge, facts));
        if !missing || !member().is_some_and(|member| member.contains('.')) {
            return Some(module);
        }
        let is_root = |id: &ModuleId| {
            let name = self.module_name(*id);
            self.policy.root_packages.iter().flatten().any(|root| root.value == name)
        };
        let mut around = self.graph.index().ancestors(module);
        if missing_modules == MissingModules::RootPackage { around.find(is_root) } else { None }
    }

    /// Whether an import is one of the project as the config counts, and of a kind that some rule looks at.
    pub fn counts(&self, edge: &Edge) -> bool {
        let is_internal = match edge.target {
            Target::Module { module, .. } => {
                !self.policy.has_module(self.module_name(module)) || self.target_module(edge).is_some()
            }
            Target::StandardLibrary | Target::ThirdParty | Target::Unresolved => true,
        };
        is_internal && self.kinds.may_matter(self.kind_in_config(edge))
    }

    /// What an import is called that leads out of the project, for whoever looks at the top level only; nothing for one that
    /// names no more than what is around a root package.
    pub fn top_level_elsewhere(&self, edge: &Edge) -> Option<String> {
        match edge.target {
            Target::Module { module, .. } if self.policy.has_module(self.module_name(module)) => return None,
            Target::Unresolved => return None,
            _ => {}
        }
        let name = self.imported_name(edge);
        let name = name.strip_suffix(".*").unwrap_or(&name);
        let mut ends = name.match_indices('.').map(|(dot, _)| dot).chain([name.len()]);
        // A part that a root package begins with says nothing of who it belongs to.
        let is_shared = |part: &str| {
            self.policy.root_packages.iter().flatten().any(|root| {
                root.value.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        ends.find(|end| !is_shared(&name[..*end])).map(|end| name[..end].to_string())
    }

    /// The kind of an import, as the config tells which are for type checking.
    pub(crate) fn kind_in_config(&self, edge: &Edge) -> EdgeKind {
        if edge.kind == EdgeKind::Typing && self.policy.dialect.typing_guards == TypingGuards::Bare {
            let bare = ImportContext::GUARD_NAME | ImportContext::GUARD_ATTRIBUTE | ImportContext::GUARD_ELIF;
            if self.import(edge).is_some_and(|(_, import, _)| !import.context.intersects(bare)) {
                return EdgeKind::Runtime;
            }
        }
        edge.kind
    }

    pub(crate) fn is_namespace(&self, edge: &Edge) -> bool {
        match edge.target {
            Target::Module { module, .. } => self.graph.index().module(module).file.is_none(),
            Target::StandardLibrary | Target::ThirdParty | Target::Unresolved => false,
        }
    }

    /// Whether an import at the line of a suppression is none of a module of this project, so that the suppression may be
    /// for rules about such imports.
    pub(crate) fn has_foreign_import(&self, file: FileId, suppression: &Suppression) -> bool {
        let is_on_line = |edge: &Edge| {
            self.import(edge).is_some_and(|(_, import, name)| {
                let on_line = |at| suppression.line.contains_inclusive(at);
                on_line(import.range.start()) || on_line(name.range.start())
            })
        };
        let edges = self.graph.edges_of(file).iter().filter(|edge| is_on_line(edge));
        let mut edges = edges.filter(|edge| self.kinds.may_matter(edge.kind) && !self.leads_out(edge));
        // Where nothing is looked at, no other rule looks either.
        self.is_checked(file)
            && edges.any(|edge| !self.counts_as_target(edge) || self.is_declared_elsewhere(edge))
    }
}
