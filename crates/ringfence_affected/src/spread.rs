//! Follows a change from the names that are others to the statements that use them, until nothing more is another.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use ringfence_diagnostics::FileId;
use ringfence_graph::{ImportGraph, ModuleId, ModuleKind, Target};
use ringfence_source::{EdgeKind, FileFacts, ImportContext};
use ruff_python_ast::name::Name;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::difference::Difference;
use crate::loaded::{Loaded, Use, Users};
use crate::outline::{Flags, Kind, Outline, Statement, When};
use crate::steps::{How, Step};

/// The project, as it is now.
pub trait Project {
    fn graph(&self) -> &ImportGraph;
    fn facts(&self, file: FileId) -> Option<&FileFacts>;
    fn path(&self, file: FileId) -> &Path;
    /// Every file that holds Python.
    fn python_files(&self) -> &[FileId];
    fn is_test(&self, file: FileId) -> bool;
    /// The outlines of these files, in their order; nothing for those that cannot be read.
    fn outlines(&self, files: &[FileId]) -> Vec<Option<Outline>>;
    /// Files that may use modules in ways that no edge of the graph shows.
    fn odd_files(&self) -> Vec<FileId>;
}

/// What changed.
#[derive(Debug, Clone)]
pub struct Change {
    pub file: FileId,
    /// Nothing for the whole module.
    pub difference: Option<Difference>,
    pub how: How,
}

/// What a change reaches.
#[derive(Debug, Default)]
pub struct Spread {
    events: Vec<Event>,
    files: BTreeMap<FileId, (Option<u32>, How)>,
}

impl Spread {
    /// The files that are affected.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.files.keys().copied()
    }

    pub fn contains(&self, file: FileId) -> bool {
        self.files.contains_key(&file)
    }

    /// Why a file is affected: from what changed to the file, which is last.
    pub fn because(&self, file: FileId) -> Vec<Step> {
        let Some((first, how)) = self.files.get(&file) else { return Vec::new() };
        let parents =
            std::iter::successors(*first, |event| self.event(*event).and_then(|event| event.parent));
        let mut steps: Vec<Step> = parents
            .filter_map(|event| self.event(event))
            .map(|event| Step { file: event.file, name: event.name.clone(), how: event.how })
            .collect();
        steps.reverse();
        if steps.last().is_none_or(|last| last.file != file) {
            steps.push(Step { file, name: None, how: *how });
        }
        steps
    }

    fn event(&self, event: u32) -> Option<&Event> {
        self.events.get(event as usize)
    }
}

/// Something that is another than it was.
#[derive(Debug)]
struct Event {
    file: FileId,
    /// Nothing for the module.
    name: Option<Name>,
    removed: bool,
    /// Whether only what is passed on by its file is another, and not what its file does.
    only_outside: bool,
    parent: Option<u32>,
    how: How,
}

/// What these changes reach. O(uses of what is another), and the outlines of the files around.
pub fn spread(project: &dyn Project, changes: &[Change]) -> Spread {
    let mut spreading = Spreading::new(project);
    for change in changes {
        spreading.seed(change);
    }
    spreading.run();
    spreading.spread
}

/// The state of [`spread`].
pub(crate) struct Spreading<'a> {
    pub(crate) project: &'a dyn Project,
    pub(crate) users: Users,
    spread: Spread,
    /// Nothing for files that cannot be read.
    files: FxHashMap<FileId, Option<Loaded>>,
    pending: VecDeque<u32>,
    names_seen: FxHashMap<(FileId, Name), (bool, bool)>,
    modules_seen: FxHashSet<FileId>,
    hits_seen: FxHashSet<(FileId, u32, bool)>,
    effects_seen: FxHashSet<(FileId, u32)>,
    importers: FxHashMap<ModuleId, Vec<FileId>>,
    /// Who imports a module by a name that only the search path of a run can tell.
    strangers: FxHashMap<ModuleId, Vec<FileId>>,
    /// Modules whose users have been looked at.
    users_loaded: FxHashSet<ModuleId>,
    starters_done: bool,
}

impl<'a> Spreading<'a> {
    fn new(project: &'a dyn Project) -> Self {
        let mut importers: FxHashMap<ModuleId, Vec<FileId>> = FxHashMap::default();
        for edge in project.graph().edges() {
            if let (Target::Module { module, .. }, true) = (edge.target, edge.kind != EdgeKind::Typing) {
                let files = importers.entry(module).or_default();
                if files.last() != Some(&edge.file) {
                    files.push(edge.file);
                }
            }
        }
        Self {
            strangers: strangers(project),
            project,
            users: Users::default(),
            spread: Spread::default(),
            files: FxHashMap::default(),
            pending: VecDeque::new(),
            names_seen: FxHashMap::default(),
            modules_seen: FxHashSet::default(),
            hits_seen: FxHashSet::default(),
            effects_seen: FxHashSet::default(),
            importers,
            users_loaded: FxHashSet::default(),
            starters_done: false,
        }
    }

    fn seed(&mut self, change: &Change) {
        let Change { file, difference, how } = change;
        let Some(difference) = difference else {
            return self.module(*file, None, *how);
        };
        if difference.is_none() {
            return;
        }
        let index = self.project.graph().index();
        let is_ours = |key: &Name| {
            key.starts_with('.')
                || key.split('.').next().is_some_and(|top_level| index.get(top_level).is_some())
        };
        let module_of =
            |key: &Name| key.rsplit_once('.').map_or(String::new(), |(module, _)| module.to_string());
        let mut modules: Vec<String> = Vec::new();
        if let Some(loaded) = self.loaded(*file) {
            let imports = loaded.outline.statements.iter().flat_map(|statement| &statement.imports);
            modules = imports.map(|import| module_of(&import.key)).collect();
        }
        // Another name from a module that is imported before and after runs nothing else.
        let loads_others =
            difference.imports.iter().any(|key| is_ours(key) && !modules.contains(&module_of(key)));
        let mut looks = false;
        for name in &difference.classes {
            let statements: Vec<Statement> = match self.loaded(*file) {
                Some(loaded) => loaded.outline.binding(name).map(|(_, it)| it.clone()).collect(),
                None => Vec::new(),
            };
            for statement in statements.iter().filter(|statement| statement.kind == Kind::Class) {
                looks |= self.ancestry(*file, statement).looks();
            }
        }
        if difference.module.is_some() || loads_others || looks {
            self.module(*file, None, *how);
        }
        for (name, removed) in &difference.names {
            self.name(*file, name.clone(), *removed, None, *how);
        }
    }

    fn run(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let odd = self.project.odd_files();
        self.load(&odd);
        while let Some(event) = self.pending.pop_front() {
            let Some(Event { file, name, removed, only_outside, .. }) = self.spread.event(event) else {
                continue;
            };
            let (file, name, removed, only_outside) = (*file, name.clone(), *removed, *only_outside);
            if !self.project.is_test(file) && !std::mem::replace(&mut self.starters_done, true) {
                for use_ in self.users.starts_python.clone() {
                    self.hit(use_, false, event, How::Starts);
                }
            }
            match name {
                Some(name) => self.spread_name(file, &name, removed, only_outside, event),
                None => self.spread_module(file, event),
            }
        }
    }

    /// Notes that a name is another.
    fn name(&mut self, file: FileId, name: Name, removed: bool, parent: Option<u32>, how: How) {
        self.name_for(file, name, removed, false, parent, how);
    }

    fn name_for(
        &mut self,
        file: FileId,
        name: Name,
        removed: bool,
        only_outside: bool,
        parent: Option<u32>,
        how: How,
    ) {
        if !only_outside {
            self.mark_as(file, parent, how);
        }
        let news = (removed, !only_outside);
        match self.names_seen.get_mut(&(file, name.clone())) {
            Some(seen) if (seen.0 || !news.0) && (seen.1 || !news.1) => return,
            Some(seen) => *seen = (seen.0 || news.0, seen.1 || news.1),
            None => _ = self.names_seen.insert((file, name.clone()), news),
        }
        self.push(Event { file, name: Some(name), removed, only_outside, parent, how });
    }

    /// Notes that a module is another as a whole.
    fn module(&mut self, file: FileId, parent: Option<u32>, how: How) {
        self.mark_as(file, parent, how);
        if self.modules_seen.insert(file) {
            self.push(Event { file, name: None, removed: false, only_outside: false, parent, how });
        }
    }

    fn push(&mut self, event: Event) {
        self.pending.push_back(self.spread.events.len() as u32);
        self.spread.events.push(event);
    }

    /// Notes that a file is affected.
    pub(crate) fn mark(&mut self, file: FileId, event: u32, how: How) {
        self.mark_as(file, Some(event), how);
    }

    fn mark_as(&mut self, file: FileId, event: Option<u32>, how: How) {
        self.spread.files.entry(file).or_insert((event, how));
    }

    /// Looks at files that have not been looked at.
    pub(crate) fn load(&mut self, files: &[FileId]) {
        let mut wanted: Vec<FileId> =
            files.iter().copied().filter(|file| !self.files.contains_key(file)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return;
        }
        for (file, outline) in wanted.iter().zip(self.project.outlines(&wanted)) {
            let loaded = outline.map(|outline| self.users.add(self.project, *file, outline));
            self.files.insert(*file, loaded);
        }
    }

    /// A file that is looked at now, if it has not been before; nothing where it cannot be read.
    pub(crate) fn loaded(&mut self, file: FileId) -> Option<&Loaded> {
        self.load(&[file]);
        self.files.get(&file)?.as_ref()
    }

    pub(crate) fn statement(&mut self, file: FileId, position: u32) -> Option<&Statement> {
        self.loaded(file)?.outline.statements.get(position as usize)
    }

    /// Looks at every file that may use a module or what is below it.
    fn load_users(&mut self, module: ModuleId) {
        if !self.users_loaded.insert(module) {
            return;
        }
        let index = self.project.graph().index();
        let around = index.ancestors(module).chain(index.subtree(module));
        let files: Vec<FileId> = around.filter_map(|it| self.importers.get(&it)).flatten().copied().collect();
        self.load(&files);
        // Those that cannot be read may use everything.
    }

    fn spread_name(&mut self, file: FileId, name: &Name, removed: bool, only_outside: bool, event: u32) {
        if !only_outside {
            let Some(loaded) = self.loaded(file) else { return self.module(file, Some(event), How::Runs) };
            let mut uses = loaded.locals.get(name).cloned().unwrap_or_default();
            uses.extend(loaded.namespace.iter().copied());
            let definitions: Vec<u32> =
                loaded.outline.binding(name).map(|(position, _)| position as u32).collect();
            for use_ in uses {
                self.hit(use_, removed, event, How::Uses);
            }
            for position in definitions {
                self.spread_effects(file, position, event);
            }
        }
        self.spread_fixture(file, name, event);
        let index = self.project.graph().index();
        let Some(module) = index.of_file(file).map(|it| it.module) else { return };
        self.load_users(module);
        let users = self.users.names.get(&module);
        let mut uses: Vec<Use> = match users {
            // What it gives out may be anything.
            Some(users) if name == "__getattr__" => {
                let mut all: Vec<Use> = users.values().flatten().copied().collect();
                all.sort_unstable_by_key(|use_| (use_.file, use_.statement, use_.when));
                all
            }
            Some(users) => users.get(name).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        for around in index.ancestors(module) {
            uses.extend(self.users.whole.get(&around).into_iter().flatten().copied());
        }
        for use_ in uses {
            self.hit(use_, removed, event, How::Uses);
        }
        for importer in self.users.stars.get(&module).cloned().unwrap_or_default() {
            if removed && self.uses_at_import(importer, name) {
                self.module(importer, Some(event), How::Runs);
            }
            self.name(importer, name.clone(), removed, Some(event), How::Star);
        }
        for (importer, alias) in self.users.aliases.get(&module).cloned().unwrap_or_default() {
            self.name_for(importer, alias, false, true, Some(event), How::Loads);
        }
        self.spread_to_opaque(module, event);
        self.spread_to_unreadable(module, event);
    }

    fn uses_at_import(&mut self, file: FileId, name: &Name) -> bool {
        let Some(loaded) = self.loaded(file) else { return true };
        loaded.locals.get(name).into_iter().flatten().any(|use_| use_.when.is_at_import())
    }

    /// Who imports modules whose names are computed.
    fn spread_to_opaque(&mut self, module: ModuleId, event: u32) {
        let index = self.project.graph().index();
        let is_reached = |scope: &Option<ModuleId>| scope.is_none_or(|scope| index.contains(scope, module));
        let uses: Vec<Use> =
            self.users.opaque.iter().filter(|(scope, _)| is_reached(scope)).map(|(_, use_)| *use_).collect();
        for use_ in uses {
            self.hit(use_, false, event, How::Computes);
        }
    }

    /// Importers of which nobody can tell what they use.
    fn spread_to_unreadable(&mut self, module: ModuleId, event: u32) {
        let index = self.project.graph().index();
        for around in index.ancestors(module) {
            for file in self.strangers.get(&around).cloned().unwrap_or_default() {
                self.module(file, Some(event), How::Loads);
            }
        }
        let files = self.importers.get(&module).cloned().unwrap_or_default();
        for file in files {
            if matches!(self.files.get(&file), Some(None)) {
                self.module(file, Some(event), How::Loads);
            }
        }
    }

    fn spread_module(&mut self, file: FileId, event: u32) {
        let names: Vec<Name> = match self.loaded(file) {
            Some(loaded) => {
                loaded.outline.statements.iter().flat_map(|it| it.binds.iter().cloned()).collect()
            }
            None => Vec::new(),
        };
        let index = self.project.graph().index();
        let Some(module) = index.of_file(file).map(|it| it.module) else {
            return self.spread_conftest(file, event);
        };
        self.load_users(module);
        for name in names {
            self.name(file, name, false, Some(event), How::Runs);
        }
        self.spread_conftest(file, event);
        // Whoever loads what is below it loads it first.
        let mut users: Vec<Use> = Vec::new();
        for loaded in index.subtree(module) {
            let importers = self.importers.get(&loaded).cloned().unwrap_or_default();
            for importer in importers {
                if self.loads_at_import(importer, loaded) {
                    self.module(importer, Some(event), How::Loads);
                }
            }
            users.extend(self.users.deferred.get(&loaded).into_iter().flatten().copied());
            users.extend(self.users.whole.get(&loaded).into_iter().flatten().copied());
            // A name of a module that cannot be loaded.
            let names = self.users.names.get(&loaded);
            let mut of_names: Vec<Use> =
                names.into_iter().flat_map(|it| it.values().flatten()).copied().collect();
            of_names.sort_unstable_by_key(|use_| (use_.file, use_.statement, use_.when));
            users.extend(of_names);
        }
        let is_package = index.of_file(file).is_some_and(|it| it.is_package);
        if is_package {
            // Pytest loads the packages around a test.
            let below: Vec<FileId> = index.subtree(module).filter_map(|it| index.module(it).file).collect();
            for test in below.into_iter().filter(|test| self.project.is_test(*test) && *test != file) {
                self.mark(test, event, How::Loads);
            }
        }
        for around in index.ancestors(module) {
            users.extend(self.users.whole.get(&around).into_iter().flatten().copied());
        }
        for use_ in users {
            self.hit(use_, false, event, How::Uses);
        }
        self.spread_to_opaque(module, event);
        self.spread_to_unreadable(module, event);
    }

    /// Whether a file loads a module while it is loaded.
    fn loads_at_import(&self, importer: FileId, module: ModuleId) -> bool {
        let Some(facts) = self.project.facts(importer) else { return true };
        self.project.graph().edges_of(importer).iter().any(|edge| {
            let leads = matches!(edge.target, Target::Module { module: target, .. } if target == module);
            let context = facts.imports.get(edge.import as usize).map(|import| import.context);
            leads
                && edge.kind != EdgeKind::Typing
                && context.is_none_or(|context| !context.contains(ImportContext::FUNCTION))
        })
    }

    /// A statement uses something that is another.
    pub(crate) fn hit(&mut self, use_: Use, removed: bool, event: u32, how: How) {
        let Use { file, statement: position, when } = use_;
        let Some(statement) = self.statement(file, position).cloned() else { return };
        if statement.kind == Kind::Typing {
            return;
        }
        if statement.kind == Kind::Main {
            return self.mark(file, event, how);
        }
        let runs = match when {
            When::Called | When::Decorator => true,
            When::DecoratorArgument => self.has_loud_decorator(file, &statement),
            When::Base => statement.kind == Kind::Class && self.ancestry(file, &statement).looks(),
            When::Named => {
                statement.kind == Kind::Other && statement.binds.is_empty() && statement.stores.is_empty()
            }
            When::Later => false,
        };
        // It may bind anything.
        let binds_unseen = statement.kind == Kind::Other && statement.flags.contains(Flags::NAMESPACE);
        let runs = runs || binds_unseen || (removed && when.is_at_import());
        if !self.hits_seen.insert((file, position, runs)) {
            return;
        }
        self.mark(file, event, how);
        if runs {
            self.module(file, Some(event), How::Runs);
        }
        for name in &statement.binds {
            self.name(file, name.clone(), false, Some(event), how);
        }
        self.spread_effects(file, position, event);
    }

    fn spread_effects(&mut self, file: FileId, position: u32, event: u32) {
        if !self.effects_seen.insert((file, position)) {
            return;
        }
        let effects = self.effects(file, position);
        for (file, name) in effects.names {
            self.name(file, name, false, Some(event), How::Holds);
        }
        if effects.is_unknown {
            self.module(file, Some(event), How::Runs);
        }
    }

    /// Whether a decorator may run or keep what it is handed.
    fn has_loud_decorator(&mut self, file: FileId, statement: &Statement) -> bool {
        let decorators: Vec<_> = statement
            .mentions
            .iter()
            .filter(|it| it.when == When::Decorator)
            .map(|it| it.what.clone())
            .collect();
        decorators.iter().any(|decorator| {
            let meanings = self.meanings(file, decorator);
            meanings.is_elsewhere || !meanings.names.is_empty()
        })
    }
}

/// Who imports modules of folders without an `__init__` by their last name: a `conftest.py`, a script or the environment may put such a
/// folder on the path.
fn strangers(project: &dyn Project) -> FxHashMap<ModuleId, Vec<FileId>> {
    let graph = project.graph();
    let index = graph.index();
    let mut by_name: FxHashMap<&str, Vec<ModuleId>> = FxHashMap::default();
    for (id, module) in index.iter() {
        let is_in_folder =
            module.parent.is_some_and(|parent| index.module(parent).kind == ModuleKind::Namespace);
        if is_in_folder && let Some((_, last)) = module.name.rsplit_once('.') {
            by_name.entry(last).or_default().push(id);
        }
    }
    let mut strangers: FxHashMap<ModuleId, Vec<FileId>> = FxHashMap::default();
    for edge in graph.edges() {
        if !matches!(edge.target, Target::ThirdParty) {
            continue;
        }
        let Some(facts) = project.facts(edge.file) else { continue };
        let name = graph.imported_name(edge, facts);
        let top_level = name.split('.').next().unwrap_or_default();
        for module in by_name.get(top_level).into_iter().flatten() {
            strangers.entry(*module).or_default().push(edge.file);
        }
    }
    strangers
}
