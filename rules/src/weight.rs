//! How much a finding weighs: what rules say, what the config makes of where it stands, and what another tool, whose config
//! it is, would have said.

use std::ffi::OsStr;

use ringfence_diagnostics::{FileId, Severity};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::{BlindSpots, Level, MissingModules, TypingGuards, Unowned};
use ringfence_source::{Context as Around, EdgeKind, ImportForm, Suppression};

use crate::selection::is_about_contracts;
use crate::{Context, Finding, RuleId, Tag};

impl Context<'_> {
    /// The severity of a finding whose rule has this one; nothing where it is not to be reported.
    pub fn effective_severity(&self, finding: &Finding, severity: Severity) -> Option<Severity> {
        let meaning = &self.policy.meaning;
        let mut severity = finding.violation().severity(self, severity)?;
        let Some(edge) = self.edge(finding.site) else { return Some(severity) };
        // The word is of a tool that has no contracts.
        if meaning.nested_imports != Level::Full && !is_about_contracts(finding.rule) && self.is_nested(edge)
        {
            severity = meaning.nested_imports.of(severity)?;
        }
        if !meaning.blind_spots.is_empty() && self.is_in_blind_spot(finding.rule, edge) {
            severity = Severity::Warning;
        }
        Some(severity)
    }

    /// The severity of a finding about a file as a whole: another tool does not read those that it does not check.
    pub(crate) fn severity_in_file(&self, file: FileId, severity: Severity) -> Severity {
        let is_unseen =
            self.policy.meaning.blind_spots.contains(BlindSpots::UNCHECKED_FILES) && !self.is_checked(file);
        if is_unseen { Severity::Warning } else { severity }
    }

    /// The severity of a finding about a suppression: another tool does not see one that another comment follows.
    pub(crate) fn severity_of_comment(&self, file: FileId, index: u32, severity: Severity) -> Severity {
        let is_unseen = self.policy.meaning.blind_spots.contains(BlindSpots::FOLLOWED_COMMENTS)
            && self.is_followed(file, index);
        if is_unseen { Severity::Warning } else { severity }
    }

    /// Whether another comment follows a suppression that suppresses nothing. One that does something is worth what it is elsewhere.
    fn is_followed(&self, file: FileId, index: u32) -> bool {
        let suppression = self.facts(file).and_then(|facts| facts.suppressions.get(index as usize));
        suppression.is_some_and(|suppression| {
            suppression.range.end() < suppression.comment.end() && !self.usage.is_used(file, index, 0)
        })
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

    /// Whether the dots of a relative import lead nowhere.
    pub(crate) fn leads_out(&self, edge: &Edge) -> bool {
        matches!(edge.target, Target::Unresolved) && self.imported_name(edge).starts_with('.')
    }

    /// Whether an import is one of a module of this project, as the config counts.
    pub(crate) fn counts_as_target(&self, edge: &Edge) -> bool {
        let Target::Module { module, missing, .. } = edge.target else { return false };
        if self.left_out.as_targets.contains(&module) {
            return false;
        }
        match self.policy.meaning.missing_modules {
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
        let meaning = self.policy.meaning.missing_modules;
        if !meaning.is_strict() {
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
        if meaning == MissingModules::RootPackage { around.find(is_root) } else { None }
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
        if edge.kind == EdgeKind::Typing && self.policy.meaning.typing_guards == TypingGuards::Bare {
            let bare = Around::GUARD_NAME | Around::GUARD_ATTRIBUTE | Around::GUARD_ELIF;
            if self.import(edge).is_some_and(|(_, import, _)| !import.context.intersects(bare)) {
                return EdgeKind::Runtime;
            }
        }
        edge.kind
    }

    /// Whether an import stands below module level: in a function, class, branch, loop or `try`.
    pub(crate) fn is_nested(&self, edge: &Edge) -> bool {
        let outside = Around::LAZY | Around::DYNAMIC | Around::STRING;
        self.import(edge).is_some_and(|(_, import, _)| !import.context.difference(outside).is_empty())
    }

    fn is_in_blind_spot(&self, rule: RuleId, edge: &Edge) -> bool {
        let spots = self.policy.meaning.blind_spots;
        let is_in = |spot: BlindSpots, test: &dyn Fn() -> bool| spots.contains(spot) && test();
        let is_about_externals = || rule.metadata().has(Tag::Distribution);
        is_in(BlindSpots::ELSE_OF_GUARD, &|| {
            self.import(edge).is_some_and(|(_, import, _)| import.context.contains(Around::ELSE_OF_GUARD))
        }) || is_in(BlindSpots::NAMESPACES, &|| self.is_namespace(edge))
            || is_in(BlindSpots::OTHER_PROJECTS, &|| !is_about_externals() && self.leaves_project(edge))
            || is_in(BlindSpots::ODD_INITS, &|| self.is_in_odd_init(edge))
            || is_in(BlindSpots::OTHER_ENCODINGS, &|| !self.sources.is_utf8(edge.file))
    }

    /// Whether the imports of a file are looked at.
    fn is_checked(&self, file: FileId) -> bool {
        let Some(module) = self.graph.index().of_file(file) else { return true };
        match self.boundaries.owner(module.module) {
            Some(owner) => self.declaration(owner).kinds.as_ref().is_none_or(|kinds| !kinds.value.is_empty()),
            None => self.policy.meaning.unowned != Unowned::Unchecked,
        }
    }

    /// Whether an import leads into another project of the tree, on which its own says in its metadata that it depends, while
    /// `depends-on` of the importing module speaks of its own project only.
    pub(crate) fn is_declared_elsewhere(&self, edge: &Edge) -> bool {
        let Some((from, to)) = self.projects_of(edge).filter(|(from, to)| from != to) else { return false };
        if !self.left_out.declared_projects.contains(&(from, to)) {
            return false;
        }
        let index = self.graph.index();
        let importer = index.of_file(edge.file).and_then(|module| self.boundaries.owner(module.module));
        let entries = importer.and_then(|importer| self.declaration(importer).depends_on.as_ref());
        !entries.iter().flat_map(|list| &list.value).any(|entry| {
            let named = entry.pattern.value.exact().and_then(|name| index.get(name));
            named.and_then(|module| index.root_of(module)).is_some_and(|root| {
                self.left_out.project_of_root.get(root as usize).is_some_and(|project| *project != from)
            })
        })
    }

    fn is_namespace(&self, edge: &Edge) -> bool {
        match edge.target {
            Target::Module { module, .. } => self.graph.index().module(module).file.is_none(),
            Target::StandardLibrary | Target::ThirdParty | Target::Unresolved => false,
        }
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
        let project = |root: u16| self.left_out.project_of_root.get(root as usize).copied();
        Some((project(index.of_file(edge.file)?.root)?, index.root_of(module).and_then(project)?))
    }
}
