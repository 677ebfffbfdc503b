//! What runs when something starts: modules, and which loads which.
//!
//! An import loads the module that it names and, before that, every package around it; of these, only those that are not also around
//! the importer are new. `from package import *` loads the submodules that `__all__` names, `from package import name` a submodule of that
//! name unless the package binds it. What is installed loads what its own imports say.

use std::sync::Arc;

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{EdgeKind, ImportContext, ImportForm};
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use super::called::{Called, called, is_bound};
use super::entries::Entry;
use super::star::loaded_by_star;
use crate::contracts::engine::scope::Scope;
use crate::contracts::engine::unseen::Unseen;
use crate::surroundings::{Followed, is_certain_at_load, runs_as_script_only};

/// The import of a load that no import of ours causes.
pub(crate) const NO_IMPORT: u32 = u32::MAX;

/// Modules of the project by their numbers in the index, and after them callables and names from elsewhere.
pub(crate) struct LoadGraph {
    modules: u32,
    others: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
    /// By node. Empty for what nothing loads.
    loads: Vec<Vec<Load>>,
    /// The nodes of the entries, in their order.
    pub(crate) starts: Vec<u32>,
    /// The bodies of the functions that run.
    pub(crate) bodies: Vec<(ModuleId, TextRange)>,
    /// What is loaded that cannot be looked at.
    pub(crate) unseen: Unseen,
    /// Whether what is installed was looked for and no environment was there.
    pub(crate) lacks_environment: bool,
    /// Nodes that are no modules, or may be members of one.
    not_modules: FxHashSet<u32>,
}

/// A node that another loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) to: u32,
    /// The position of the import among those of the graph, or [`NO_IMPORT`].
    pub(crate) import: u32,
    /// Whether it is loaded wherever the importer is, if nothing fails before.
    pub(crate) is_certain: bool,
}

/// What is followed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Follow {
    /// Whether names from elsewhere matter at all.
    pub(crate) elsewhere: bool,
    /// Whether imports that comments take away count all the same.
    pub(crate) suppressed: bool,
}

impl LoadGraph {
    /// All that is loaded from the entries. O(imports of what is loaded), and what it takes to read what is installed.
    pub(crate) fn new(scope: &Scope, entries: &[Entry], follow: Follow) -> Self {
        let modules = scope.context.graph.index().len() as u32;
        let graph = Self {
            modules,
            others: Vec::new(),
            numbers: FxHashMap::default(),
            loads: vec![Vec::new(); modules as usize],
            starts: Vec::new(),
            bodies: Vec::new(),
            unseen: Unseen::default(),
            lacks_environment: false,
            not_modules: FxHashSet::default(),
        };
        let mut builder = Builder {
            scope,
            follow,
            graph,
            is_expanded: vec![false; modules as usize],
            pending: Vec::new(),
            names: Vec::new(),
        };
        for entry in entries {
            builder.start(entry);
        }
        builder.run();
        builder.graph
    }

    pub(crate) fn len(&self) -> usize {
        self.loads.len()
    }

    pub(crate) fn loads(&self, node: u32) -> &[Load] {
        self.loads.get(node as usize).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn is_own(&self, node: u32) -> bool {
        node < self.modules
    }

    /// Whether a node is known to be a module: no callable, and nothing that may be a member of one.
    pub(crate) fn is_module(&self, node: u32) -> bool {
        !self.not_modules.contains(&node)
    }

    /// The name of a node from elsewhere, or of a callable.
    fn other(&self, node: u32) -> Option<&Arc<str>> {
        self.others.get(node.checked_sub(self.modules)? as usize)
    }

    pub(crate) fn name<'a>(&'a self, scope: &Scope<'_, 'a>, node: u32) -> &'a str {
        match self.other(node) {
            Some(name) => name,
            None => {
                scope.context.graph.index().nth(node as usize).map_or("", |id| scope.context.module_name(id))
            }
        }
    }

    pub(crate) fn shared_name(&self, scope: &Scope, node: u32) -> Arc<str> {
        if let Some(name) = self.other(node) {
            return Arc::clone(name);
        }
        let index = scope.context.graph.index();
        index.nth(node as usize).map(|id| Arc::clone(&index.module(id).name)).unwrap_or_default()
    }

    /// The node of one of the graph of contracts, if it is loaded.
    pub(crate) fn node_of(&self, scope: &Scope, node: u32) -> Option<u32> {
        if scope.graph.is_elsewhere(node) {
            self.numbers.get(scope.graph.name(scope.context, node)).copied()
        } else {
            Some(node)
        }
    }

    fn intern(&mut self, name: &str) -> u32 {
        if let Some(node) = self.numbers.get(name) {
            return *node;
        }
        let node = self.loads.len() as u32;
        let shared: Arc<str> = name.into();
        self.others.push(Arc::clone(&shared));
        self.numbers.insert(shared, node);
        self.loads.push(Vec::new());
        node
    }
}

struct Builder<'s, 'a, 'c> {
    scope: &'s Scope<'a, 'c>,
    follow: Follow,
    graph: LoadGraph,
    /// By module of the project.
    is_expanded: Vec<bool>,
    pending: Vec<ModuleId>,
    /// Names from elsewhere: by whom they are loaded, over which import, how, and whether the end may be a member.
    names: Vec<(u32, String, Load, bool)>,
}

impl Builder<'_, '_, '_> {
    fn start(&mut self, entry: &Entry) {
        let index = self.scope.context.graph.index();
        let implied = |to: u32| Load { to, import: NO_IMPORT, is_certain: true };
        let module = entry.module.index() as u32;
        let around: Vec<Load> =
            index.ancestors(entry.module).skip(1).map(|id| implied(id.index() as u32)).collect();
        let start = match &entry.callable {
            None => {
                // Whoever imports it as another module's part has these loaded, too.
                self.graph.loads[entry.module.index()].extend(around);
                module
            }
            Some(callable) => {
                let node = self.graph.intern(&entry.name);
                self.graph.not_modules.insert(node);
                self.graph.loads[node as usize].push(implied(module));
                self.graph.loads[node as usize].extend(around);
                let Called { imports, bodies, is_followed } =
                    called(self.scope.context, entry.module, callable);
                // What nothing binds is told as a mistake of the config.
                if !is_followed && is_bound(self.scope.context, entry.module, callable) {
                    self.graph.unseen.called.push(entry.name.clone());
                }
                self.graph.bodies.extend(bodies);
                for (edge, is_certain) in imports {
                    self.import_at(node, edge, is_certain);
                }
                node
            }
        };
        self.graph.starts.push(start);
        self.pending.extend(index.ancestors(entry.module));
    }

    fn run(&mut self) {
        loop {
            while let Some(module) = self.pending.pop() {
                if !std::mem::replace(&mut self.is_expanded[module.index()], true) {
                    self.expand(module);
                }
            }
            if self.names.is_empty() || !self.follow_names() {
                break;
            }
        }
        self.graph.unseen.computed.sort_unstable();
    }

    /// The loads of a module of the project.
    fn expand(&mut self, module: ModuleId) {
        let scope = self.scope;
        let context = scope.context;
        let node = module.index() as u32;
        let Some(file) = context.graph.index().module(module).file else { return };
        if self.imports_computed_names(module, file) {
            self.graph.unseen.computed.push(module);
        }
        // The file that is loaded for a module is not the only one that has its name.
        for (to, position) in scope.imports.of(node) {
            if let Some(edge) = context.graph.edges().get(position as usize).filter(|edge| edge.file == file)
                && let Some(is_certain) = self.runs(edge)
            {
                self.import(node, module, to, position, edge, is_certain);
            }
        }
        // `from . import *` is an import of the package by itself, which no contract counts as one.
        let (first, edges) = (context.graph.edges_before(file), context.graph.edges_of(file));
        for (edge, position) in edges.iter().zip(first..) {
            if matches!(edge.target, Target::Module { module: target, member_length: 1, .. } if target == module)
                && let Some(is_certain) = self.runs(edge)
            {
                self.star(node, module, position, edge, is_certain);
            }
        }
        if self.follow.suppressed {
            let suppressed: Vec<u32> =
                scope.imports.suppressed.iter().filter(|it| it.from == node).map(|it| it.to).collect();
            for to in suppressed {
                if scope.graph.is_elsewhere(to) {
                    let name = scope.graph.name(context, to).to_string();
                    self.name(node, name, NO_IMPORT, true, true);
                } else {
                    self.load_own(node, module, to, NO_IMPORT, true);
                }
            }
        }
    }

    /// Whether a module imports others by computed names while it is loaded, or in a function that runs.
    fn imports_computed_names(&self, module: ModuleId, file: FileId) -> bool {
        let context = self.scope.context;
        let Some(facts) = context.facts(file).filter(|facts| !facts.opaque_imports.is_empty()) else {
            return false;
        };
        let Some(parsed) = context.parsed(file) else { return true };
        let bodies = || parsed.module.definitions.iter().filter(|it| !it.is_class).map(|it| it.body);
        let runs = |import: &TextRange| {
            let is_around = |body: TextRange| body.contains_range(*import);
            !bodies().any(is_around)
                || self.graph.bodies.iter().any(|(other, body)| *other == module && is_around(*body))
        };
        facts.opaque_imports.iter().any(runs)
    }

    /// Whether an import is carried out in any case while its module is loaded; nothing where it is not at all.
    fn runs(&self, edge: &Edge) -> Option<bool> {
        let (_, import, _) = self.scope.context.import(edge)?;
        let runs = match &self.scope.contract.kinds {
            Some(kinds) => kinds.value.contains(&edge.kind),
            None => match edge.kind {
                EdgeKind::Runtime | EdgeKind::Optional | EdgeKind::Conditional => true,
                EdgeKind::Dynamic => !import.context.contains(ImportContext::FUNCTION),
                EdgeKind::Typing | EdgeKind::Deferred | EdgeKind::Lazy => false,
            },
        };
        let is_script = || {
            import.context.contains(ImportContext::IF)
                && self.scope.context.sources.text(edge.file).is_some_and(|source| {
                    runs_as_script_only(source.source_text(), import.range.start().to_usize())
                })
        };
        (runs && !is_script()).then(|| is_certain_at_load(import.context))
    }

    /// The load of an import of a function that is called.
    fn import_at(&mut self, from: u32, edge: Edge, is_certain: bool) {
        let context = self.scope.context;
        let Some(importer) = context.graph.index().of_file(edge.file) else { return };
        let imports = self.scope.imports.of(importer.module.index() as u32);
        let found: Vec<(u32, u32)> = imports
            .filter(|(_, position)| context.graph.edges().get(*position as usize) == Some(&edge))
            .collect();
        for (to, position) in found {
            self.import(from, importer.module, to, position, &edge, is_certain);
        }
    }

    fn import(
        &mut self,
        from: u32,
        importer: ModuleId,
        to: u32,
        position: u32,
        edge: &Edge,
        is_certain: bool,
    ) {
        let context = self.scope.context;
        if self.scope.graph.is_elsewhere(to) {
            let name = context.imported_name(edge);
            let is_star = name.ends_with(".*");
            let has_member = matches!(
                context.import(edge).map(|(_, import, _)| import.form),
                Some(ImportForm::From { .. })
            );
            let name = name.strip_suffix(".*").unwrap_or(&name).to_string();
            self.name(from, name, position, is_certain, has_member && !is_star);
            return;
        }
        self.load_own(from, importer, to, position, is_certain);
        self.star(from, importer, position, edge, is_certain);
    }

    /// The loads of `from package import *` beside the package.
    fn star(&mut self, from: u32, importer: ModuleId, position: u32, edge: &Edge, is_certain: bool) {
        let context = self.scope.context;
        let Target::Module { module, member_length: 1, .. } = edge.target else { return };
        let is_star = context.import(edge).is_some_and(|(facts, _, name)| facts.name(name.name) == "*");
        if is_star {
            for child in loaded_by_star(context, module).iter() {
                self.load_own(from, importer, child.index() as u32, position, is_certain);
            }
        }
    }

    /// That a node loads a module of the project.
    fn load_own(&mut self, from: u32, importer: ModuleId, to: u32, import: u32, is_certain: bool) {
        let index = self.scope.context.graph.index();
        let Some(target) = index.nth(to as usize) else { return };
        for id in index.ancestors(target) {
            if index.contains(id, importer) {
                break;
            }
            self.graph.loads[from as usize].push(Load { to: id.index() as u32, import, is_certain });
            self.pending.push(id);
        }
    }

    fn name(&mut self, from: u32, name: String, import: u32, is_certain: bool, may_have_member: bool) {
        if self.follow.elsewhere {
            self.names.push((from, name, Load { to: 0, import, is_certain }, may_have_member));
        }
    }

    /// Adds what the names from elsewhere stand for. Whether there is more to be done.
    fn follow_names(&mut self) -> bool {
        let names = std::mem::take(&mut self.names);
        let mut wanted: Vec<String> = names.iter().map(|(_, name, ..)| name.clone()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let followed = self.scope.context.surroundings.follow(&wanted);
        self.graph.lacks_environment |= followed.is_none();
        let mut reached: Vec<u32> = Vec::new();
        for (from, name, load, may_have_member) in names {
            let known = followed.as_ref().map(|followed| followed.on_the_way(&name)).unwrap_or_default();
            for number in &known {
                let Some(followed) = &followed else { continue };
                let module = &followed.modules[*number as usize].name;
                let to = self.graph.intern(module);
                // What the package binds under that name comes first.
                let may_be_member = may_have_member && **module == *name;
                let is_certain = load.is_certain && !may_be_member;
                self.graph.loads[from as usize].push(Load { to, is_certain, ..load });
            }
            if !known.is_empty() {
                reached.extend(known);
                continue;
            }
            // Its name is all that is known.
            for end in name.match_indices('.').map(|(dot, _)| dot).chain([name.len()]) {
                let is_end = end == name.len() && may_have_member;
                let to = self.graph.intern(&name[..end]);
                if is_end {
                    self.graph.not_modules.insert(to);
                } else {
                    self.graph.not_modules.remove(&to);
                }
                let is_certain = load.is_certain && !is_end;
                self.graph.loads[from as usize].push(Load { to, is_certain, ..load });
            }
        }
        if let Some(followed) = followed {
            self.expand_followed(&followed, reached);
        }
        !self.pending.is_empty()
    }

    fn expand_followed(&mut self, followed: &Followed, mut pending: Vec<u32>) {
        let kinds = self.scope.contract.kinds.as_ref().map(|kinds| &kinds.value);
        let counts = |kind: EdgeKind| kinds.is_none_or(|kinds| kinds.contains(&kind));
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        while let Some(number) = pending.pop() {
            if !seen.insert(number) {
                continue;
            }
            let module = &followed.modules[number as usize];
            let node = self.graph.intern(&module.name) as usize;
            if !self.graph.loads[node].is_empty() {
                // It was followed for names that were met before, and so was all that it loads.
                continue;
            }
            for load in module.loads.iter().filter(|load| counts(load.kind)) {
                let to = self.graph.intern(&followed.modules[load.to as usize].name);
                self.graph.loads[node].push(Load { to, import: NO_IMPORT, is_certain: load.is_certain });
                pending.push(load.to);
            }
            for (name, kind) in module.own.iter().filter(|(_, kind)| counts(*kind)) {
                let index = self.scope.context.graph.index();
                let Some(own) = innermost(name, |name| index.get(name)) else { continue };
                for id in index.ancestors(own) {
                    let is_certain = *kind == EdgeKind::Runtime;
                    self.graph.loads[node].push(Load {
                        to: id.index() as u32,
                        import: NO_IMPORT,
                        is_certain,
                    });
                    self.pending.push(id);
                }
            }
        }
    }
}

/// The innermost module on the way to a name.
fn innermost(name: &str, get: impl Fn(&str) -> Option<ModuleId>) -> Option<ModuleId> {
    let ends = std::iter::once(name.len()).chain(name.rmatch_indices('.').map(|(dot, _)| dot));
    ends.into_iter().find_map(|end| get(&name[..end]))
}
