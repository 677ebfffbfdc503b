//! What can be asked of a session without a check.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{FileId, Files as _, Identity};
use ringfence_graph::{Edge, ModuleId, ModuleKind, Target};
use ringfence_rules::{
    BoundaryId, ContractSummary, Governance, Memo, PairReason, Permissions, Reason, Sources, Usage, Why,
    governance, governed_imports, reasons_of_pairs, why, why_between, why_elsewhere, why_external,
};

use ringfence_source::ParsedFile;

use super::Session;
use super::project::Source;
use crate::coverage::Coverage;

impl Session {
    /// What the module of a file or folder is called.
    pub fn module_at(&self, path: &Path) -> Option<&str> {
        let index = self.project.graph.index();
        let names = ["__init__.py", "__init__.pyi"].map(|name| path.join(name));
        let mut paths = std::iter::once(path).chain(names.iter().map(PathBuf::as_path));
        let file = paths.find_map(|path| self.table.get(path))?;
        Some(index.name(index.of_file(file)?.module))
    }

    /// What the module of a file is called that this config governs.
    pub fn module_of(&self, path: &Path) -> Option<&str> {
        let file = self.table.get(path).filter(|file| self.is_source(*file))?;
        let index = self.project.graph.index();
        Some(index.name(index.of_file(file)?.module))
    }

    /// Whether a file is a module of the project that this config governs.
    pub fn is_source(&self, file: FileId) -> bool {
        self.project.source(file).is_some_and(Source::is_read)
    }

    /// Where the file of a module would be that is not there, below a package that is.
    pub fn path_of_new_module(&self, name: &str) -> Option<PathBuf> {
        let index = self.project.graph.index();
        let mut dots = name.rmatch_indices('.').map(|(dot, _)| dot);
        let (package, rest) = dots.find_map(|dot| Some((index.get(&name[..dot])?, &name[dot + 1..])))?;
        let folder = match index.module(package).kind {
            ModuleKind::Package => self.table.path(index.module(package).file?).parent()?.to_path_buf(),
            ModuleKind::Namespace => {
                let (inner, file) =
                    index.subtree(package).find_map(|inner| Some((inner, index.module(inner).file?)))?;
                let depth = |module| index.name(module).split('.').count();
                let own = usize::from(index.module(inner).kind == ModuleKind::Package);
                self.table.path(file).ancestors().nth(depth(inner) - depth(package) + own)?.to_path_buf()
            }
            ModuleKind::Module | ModuleKind::Extension => return None,
        };
        let mut path = rest.split('.').fold(folder, |folder, part| folder.join(part));
        path.set_extension("py");
        Some(path)
    }

    /// The boundary module that owns a module.
    pub fn owner_of(&self, module: &str) -> Option<&str> {
        let index = self.project.graph.index();
        let owner = self.project.boundaries.owner(index.get(module)?)?;
        Some(index.name(self.project.boundaries.get(owner).module))
    }

    /// `shop.orders.Order` as a module and the name in it, if the name is bound there and no module.
    pub fn bound_name(&self, name: &str) -> Option<(String, String)> {
        let (module, member) = self.module_with_member(name)?;
        let is_one = !member.is_empty() && !member.contains('.');
        is_one.then(|| (self.project.graph.index().name(module).to_string(), member.to_string()))
    }

    /// Whether a statement of a module binds a name.
    pub fn binds(&self, module: &str, name: &str) -> bool {
        self.with_names(module, |parsed| parsed.module.global(name).is_some_and(|it| !it.bindings.is_empty()))
            .unwrap_or_default()
    }

    /// The names that a module binds without an underscore in front.
    pub fn bound_names(&self, module: &str) -> Vec<String> {
        let public = |parsed: &ParsedFile| {
            let globals = parsed.module.globals();
            globals.filter(|name| !name.starts_with('_')).map(str::to_string).collect()
        };
        self.with_names(module, public).unwrap_or_default()
    }

    fn with_names<T>(&self, module: &str, ask: impl FnOnce(&ParsedFile) -> T) -> Option<T> {
        let index = self.project.graph.index();
        let file = index.module(index.get(module)?).file?;
        Sources::module(self, file).map(|parsed| ask(&parsed))
    }

    /// Whether something of a module that is none of the project's is known: the file of another import names it, or a manifest.
    pub fn is_known_elsewhere(&self, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or_default();
        let is_it = |edge: &&Edge| {
            edge.target == Target::ThirdParty
                && self.facts(edge.file).is_some_and(|facts| {
                    let name = self.project.graph.imported_name(edge, facts);
                    name.split('.').next() == Some(top)
                })
        };
        self.project.graph.edges().iter().filter(is_it).nth(1).is_some()
    }

    /// The file of the baseline in which a finding is or would be recorded.
    pub fn baseline_path(&self, identity: &Identity) -> PathBuf {
        let name = identity.members.first().unwrap_or(&identity.importer);
        let index = self.project.graph.index();
        // What is defined in a module goes with it.
        let module = index.get(name).or_else(|| index.get(name.rsplit_once('.')?.0));
        let owner = module.and_then(|module| self.project.boundaries.owner(module));
        let package = match owner {
            Some(owner) => index.name(self.project.boundaries.get(owner).module),
            None => name.split('.').next().unwrap_or_default(),
        };
        self.options.root.join(self.inputs.baseline_pattern().replace('*', package))
    }

    /// What became of the contracts whose rules are selected.
    pub fn contracts(&self) -> Vec<ContractSummary> {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        context.contract_summaries(|rule| self.inputs.settings.rules.contains(rule))
    }

    /// How much of the project is governed, with test code or without, and by what.
    pub fn governance(&self, with_tests: bool) -> (Governance, Coverage) {
        let (usage, memo) = (Usage::default(), Memo::default());
        let unreadable = self.project.all_unreadable();
        let context = self.context(&unreadable, &usage, &memo);
        let contracts = context.contract_summaries(|_| true);
        (governance(&context, contracts, with_tests), self.coverage(&context, 0))
    }

    /// Why a module of this name may import another, a member of one or something from elsewhere, or why not; nothing where one of
    /// them is not there.
    pub fn why(&self, importer: &str, imported: &str) -> Option<Why> {
        let index = self.project.graph.index();
        let importer = index.get(importer)?;
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        let rules = &self.inputs.settings.rules;
        if let Some((imported, member)) = self.module_with_member(imported) {
            return Some(why(&context, importer, imported, member, rules));
        }
        why_elsewhere(&context, importer, imported, rules)
    }

    /// What the config says of each two boundary modules of which the one imports the other, by their modules.
    pub fn why_boundaries(&self) -> Vec<(ModuleId, ModuleId, Vec<Reason>)> {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        let module = |id| context.boundaries.get(id).module;
        why_between(&context, &self.inputs.settings.rules)
            .into_iter()
            .map(|((from, to), reasons)| (module(from), module(to), reasons))
            .collect()
    }

    /// What the boundary modules that import something from elsewhere say of it, as far as they do: by their modules and its name.
    pub fn why_externals(&self) -> Vec<(ModuleId, String, Reason)> {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        let mut there = BTreeSet::new();
        self.visit_counted(|edge, imported, elsewhere| {
            let importer = context.graph.index().of_file(edge.file).map(|file| file.module);
            let owner = importer.and_then(|importer| context.boundaries.owner(importer));
            if let (None, Some(owner), Some(name)) = (imported, owner, elsewhere) {
                there.insert((owner, name));
            }
        });
        let reason = |(owner, name): (BoundaryId, String)| {
            let reason = why_external(&context, owner, &name)?;
            Some((context.boundaries.get(owner).module, name, reason))
        };
        there.into_iter().filter_map(reason).collect()
    }

    /// Whether rules that would run are off, everywhere or in some files.
    pub fn switches_rules_off(&self) -> bool {
        self.inputs.settings.switches_off()
    }

    /// Who may import whom of these modules, by the config alone. O(n²) in their number.
    pub fn permissions(&self, modules: &[ModuleId]) -> Permissions {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        Permissions::new(&context, &self.inputs.settings.rules, modules)
    }

    /// What speaks for or against an import between modules, for each of these pairs.
    pub fn reasons_of_pairs(&self, pairs: &[(ModuleId, ModuleId)]) -> Vec<Vec<PairReason>> {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        reasons_of_pairs(&context, &self.inputs.settings.rules, pairs)
    }

    /// Whether something is at a path, as far as this session sees the disk.
    pub fn has_file(&self, path: &Path) -> bool {
        self.disk.is_file(path)
    }

    /// By the position of an import in the graph: whether the config says something about it.
    pub fn governed_imports(&self) -> Vec<bool> {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        // Which modules contracts name is known once they are checked.
        context.contract_summaries(|_| true);
        governed_imports(&context)
    }

    /// The module that a dotted name stands for, or the one that has its end, as far as some statement binds or imports it.
    fn module_with_member<'a>(&self, name: &'a str) -> Option<(ModuleId, &'a str)> {
        let index = self.project.graph.index();
        if let Some(module) = index.get(name) {
            return Some((module, ""));
        }
        let mut dots = name.rmatch_indices('.').map(|(dot, _)| dot);
        let (module, member) = dots.find_map(|dot| Some((index.get(&name[..dot])?, &name[dot + 1..])))?;
        let is_imported = |edge: &Edge| {
            let Target::Module { module: target, .. } = edge.target else { return false };
            let facts = self.facts(edge.file);
            target == module
                && facts.and_then(|facts| self.project.graph.member(edge, facts)).as_deref() == Some(member)
        };
        let file = index.module(module).file;
        let is_bound = || {
            let parsed = file.and_then(|file| Sources::module(self, file));
            let first = member.split('.').next().unwrap_or_default();
            parsed.is_some_and(|parsed| parsed.module.global(first).is_some_and(|it| !it.bindings.is_empty()))
        };
        (self.project.graph.edges().iter().any(is_imported) || is_bound()).then_some((module, member))
    }

    /// Imports that are taken to come from a distribution that is declared, only as it is called much like them.
    pub fn doubtful_externals(&self) -> BTreeSet<(String, String)> {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        self.project.externals.as_ref().map(|externals| externals.bound.doubts(&context)).unwrap_or_default()
    }

    /// Calls this with each import that the config takes for one, or with all where it does not say which these are; with the
    /// module that it is one of, or what it is called if it leads out of the project.
    pub fn visit_counted(&self, mut visit: impl FnMut(&Edge, Option<ModuleId>, Option<String>)) {
        let (usage, memo) = (Usage::default(), Memo::default());
        let context = self.context(&[], &usage, &memo);
        let is_strict = self.inputs.policy.dialect.missing_modules.is_strict();
        for edge in self.project.graph.edges() {
            match edge.target {
                _ if is_strict && !context.counts(edge) => {}
                Target::Module { module, .. } if !is_strict => visit(edge, Some(module), None),
                _ => visit(edge, context.target_module(edge), context.top_level_elsewhere(edge)),
            }
        }
    }

    /// Whether an import leads from one project of the tree into another, where the config's format keeps these apart.
    pub fn leads_between_projects(&self, importer: &Path, imported: &str) -> bool {
        let index = self.project.graph.index();
        let project = |root: u16| self.project.excluded_modules.project_of_root.get(root as usize);
        let from = self.table.get(importer).and_then(|file| project(index.of_file(file)?.root));
        let ends = imported.match_indices('.').map(|(dot, _)| dot).chain([imported.len()]);
        let mut modules = ends.filter_map(|end| index.root_of(index.get(&imported[..end])?));
        let to = modules.next_back().and_then(project);
        from.is_some() && to.is_some() && from != to
    }

    /// Imported names whose module was not found: file, position in [`FileFacts::names`](ringfence_source::FileFacts::names), full name.
    pub fn unresolved(&self) -> impl Iterator<Item = (FileId, u32, String)> {
        self.project.graph.edges().iter().filter(|edge| is_unresolved(edge.target)).filter_map(|edge| {
            let name = self.project.graph.imported_name(edge, self.facts(edge.file)?);
            Some((edge.file, edge.name, name))
        })
    }
}

pub(super) fn is_unresolved(target: Target) -> bool {
    match target {
        Target::Module { missing, .. } => missing,
        Target::Unresolved => true,
        Target::StandardLibrary | Target::ThirdParty => false,
    }
}
