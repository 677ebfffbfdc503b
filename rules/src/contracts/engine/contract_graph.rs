//! Everything that contracts speak of: the modules of the project, what is imported from elsewhere, and the imports between
//! them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::{Elsewhere, ModulePattern, Spanned};
use rustc_hash::FxHashMap;

use crate::Context;
use crate::boundaries::modules_matching;
use crate::contracts::types::type_of;

/// Modules by their numbers in the index, and after them names from elsewhere. What is below a node follows it directly.
#[derive(Debug, Clone, Default)]
pub(crate) struct ContractGraph {
    modules: u32,
    /// Names from elsewhere, by segments.
    elsewhere: Vec<Box<str>>,
    /// From which node to which, and the position in the graph's edges; ascending.
    pub(crate) edges: Vec<(u32, u32, u32)>,
    how: Elsewhere,
}

/// A module or a name from elsewhere that a contract names, with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) name: Box<str>,
    /// Empty for a name from elsewhere that nobody imports.
    pub(crate) nodes: Range<u32>,
}

impl Endpoint {
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.nodes.start < other.nodes.end && other.nodes.start < self.nodes.end
    }

    pub(crate) fn contains(&self, node: u32) -> bool {
        self.nodes.contains(&node)
    }
}

impl ContractGraph {
    /// O(imports), and O(n log n) in the names from elsewhere where a contract speaks of any.
    pub(crate) fn new(context: &Context) -> Self {
        let index = context.graph.index();
        let how = context.policy.dialect.elsewhere;
        let mut graph = Self { modules: index.len() as u32, how, ..Self::default() };
        let wants_elsewhere = match how {
            Elsewhere::ByName => speaks_of_elsewhere(context),
            Elsewhere::Unseen => false,
            Elsewhere::TopLevel => true,
        };
        // Where only what is imported is there, what is not looked at is not.
        let is_strict = context.policy.dialect.missing_modules.is_strict();
        let mut from_elsewhere: Vec<(u32, Box<str>, u32)> = Vec::new();
        for (position, edge) in context.graph.edges().iter().enumerate() {
            let Some(importer) = index.of_file(edge.file) else { continue };
            if is_strict && !context.counts(edge) {
                continue;
            }
            let from = importer.module.index() as u32;
            if let Some(module) = context.target_module(edge) {
                graph.edges.push((from, module.index() as u32, position as u32));
            } else if wants_elsewhere && is_from_elsewhere(context, edge) {
                let name = graph.name_elsewhere(context, edge);
                from_elsewhere.extend(name.map(|name| (from, name, position as u32)));
            }
        }
        let mut names: Vec<Box<str>> = from_elsewhere.iter().map(|(_, name, _)| name.clone()).collect();
        names.sort_unstable_by(|a, b| segments(a).cmp(segments(b)));
        names.dedup();
        let numbers: FxHashMap<&str, u32> =
            names.iter().zip(graph.modules..).map(|(name, number)| (&**name, number)).collect();
        let more = from_elsewhere.iter().map(|(from, name, position)| (*from, numbers[&**name], *position));
        graph.edges.extend(more);
        graph.elsewhere = names;
        graph.edges.sort_unstable();
        graph
    }

    /// What an import from elsewhere is called here.
    fn name_elsewhere(&self, context: &Context, edge: &Edge) -> Option<Box<str>> {
        if self.how == Elsewhere::ByName {
            let name = context.imported_name(edge);
            return Some(name.strip_suffix(".*").unwrap_or(&name).into());
        }
        context.top_level_elsewhere(edge).map(String::into_boxed_str)
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.modules as usize + self.elsewhere.len()
    }

    pub(crate) fn module(&self, context: &Context, node: u32) -> Option<ModuleId> {
        context.graph.index().nth(node as usize).filter(|_| !self.is_elsewhere(node))
    }

    pub(crate) fn name<'a>(&'a self, context: &Context<'a>, node: u32) -> &'a str {
        match self.module(context, node) {
            Some(module) => context.module_name(module),
            None => self.elsewhere.get((node - self.modules) as usize).map_or("", |name| name),
        }
    }

    /// The name of a node, which is that of its module if it is one.
    pub(crate) fn shared_name(&self, context: &Context, node: u32) -> Arc<str> {
        match self.module(context, node) {
            Some(module) => Arc::clone(&context.graph.index().module(module).name),
            None => Arc::from(self.name(context, node)),
        }
    }

    pub(crate) fn is_elsewhere(&self, node: u32) -> bool {
        node >= self.modules
    }

    /// What a module stands for, alone or with what is below it.
    fn endpoint_of(context: &Context, module: ModuleId, with_below: bool) -> Endpoint {
        let start = module.index() as u32;
        let length = if with_below { context.graph.index().subtree(module).count() as u32 } else { 1 };
        Endpoint { name: context.module_name(module).into(), nodes: start..start + length }
    }

    /// What a name stands for, with what is below it; nothing where there is no such module.
    pub(crate) fn named(&self, context: &Context, name: &str) -> Option<Endpoint> {
        self.endpoints(context, &ModulePattern::Exact(name.into()), true).pop()
    }

    /// What a pattern stands for, in the order of nodes.
    pub(crate) fn endpoints(
        &self,
        context: &Context,
        pattern: &ModulePattern,
        with_below: bool,
    ) -> Vec<Endpoint> {
        let index = context.graph.index();
        let modules = modules_matching(pattern, index).into_iter();
        let modules = modules.filter(|module| context.policy.has_module(context.module_name(*module)));
        let mut endpoints: Vec<Endpoint> =
            modules.map(|module| Self::endpoint_of(context, module, with_below)).collect();
        match (self.how, pattern.exact()) {
            (Elsewhere::Unseen, _) => {}
            (Elsewhere::ByName, Some(name)) => {
                if endpoints.is_empty() && !is_of_project(context, name) {
                    endpoints.push(Endpoint { name: name.into(), nodes: self.below(name) });
                }
            }
            (Elsewhere::ByName, None) => {
                let literal = pattern.literal_prefix();
                if let Some(prefix) = literal.filter(|prefix| !is_of_project(context, prefix)) {
                    let mut names: BTreeSet<&str> = BTreeSet::new();
                    for node in self.below(prefix) {
                        names.extend(around(self.name(context, node)).filter(|name| pattern.matches(name)));
                    }
                    endpoints.extend(
                        names.into_iter().map(|name| Endpoint { name: name.into(), nodes: self.below(name) }),
                    );
                }
            }
            (Elsewhere::TopLevel, _) => {
                let known = self.elsewhere.iter().zip(self.modules..);
                let matching = known.filter(|(name, _)| pattern.matches(name));
                endpoints.extend(
                    matching.map(|(name, node)| Endpoint { name: name.clone(), nodes: node..node + 1 }),
                );
            }
        }
        endpoints
    }

    /// What all patterns stand for, each once, by name.
    pub(crate) fn all_endpoints(
        &self,
        context: &Context,
        patterns: &[Spanned<ModulePattern>],
        with_below: bool,
    ) -> Vec<Endpoint> {
        let mut endpoints: Vec<Endpoint> =
            patterns.iter().flat_map(|pattern| self.endpoints(context, &pattern.value, with_below)).collect();
        endpoints.sort_by(|a, b| segments(&a.name).cmp(segments(&b.name)));
        endpoints.dedup_by(|a, b| a.name == b.name);
        endpoints
    }

    /// The names from elsewhere at or below this one.
    fn below(&self, name: &str) -> Range<u32> {
        let start = self.elsewhere.partition_point(|known| segments(known).lt(segments(name)));
        let is_below = |known: &str| {
            known.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let length = self.elsewhere[start..].iter().take_while(|known| is_below(known)).count();
        let start = self.modules + start as u32;
        start..start + length as u32
    }

    /// What is imported of something from elsewhere by this name.
    pub(crate) fn named_elsewhere(&self, name: &str) -> Range<u32> {
        match self.how {
            Elsewhere::ByName => self.below(name),
            Elsewhere::TopLevel => self.below(name.split('.').next().unwrap_or(name)),
            Elsewhere::Unseen => self.modules..self.modules,
        }
    }

    /// Whether the pattern of an exception stands for a node: a module by its name, what is from elsewhere by that of something
    /// around it, too.
    pub(crate) fn excepts(&self, context: &Context, pattern: &ModulePattern, node: u32) -> bool {
        let name = self.name(context, node);
        if self.is_elsewhere(node) && self.how == Elsewhere::ByName {
            around(name).any(|name| pattern.matches(name))
        } else {
            pattern.matches(name)
        }
    }
}

/// Whether an import leads out of the project, as far as one can tell.
fn is_from_elsewhere(context: &Context, edge: &Edge) -> bool {
    match edge.target {
        Target::StandardLibrary | Target::ThirdParty => true,
        Target::Module { module, .. } => !context.policy.has_module(context.module_name(module)),
        Target::Unresolved => false,
    }
}

/// Whether a name begins with a module of the project, so that it is none from elsewhere.
pub(crate) fn is_of_project(context: &Context, name: &str) -> bool {
    let top_level = name.split('.').next().unwrap_or_default();
    context.graph.index().get(top_level).is_some()
}

/// A name, and the names around it.
fn around(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').map(|(dot, _)| &name[..dot]).chain([name])
}

fn segments(name: &str) -> impl Iterator<Item = &str> {
    name.split('.')
}

/// Whether a contract or one of its exceptions names something that is no module of the project.
fn speaks_of_elsewhere(context: &Context) -> bool {
    let is_elsewhere = |pattern: &ModulePattern| {
        pattern.literal_prefix().is_some_and(|prefix| !is_of_project(context, prefix))
    };
    context.policy.contracts.iter().any(|contract| {
        type_of(contract)
            .patterns_of(contract)
            .into_iter()
            .flatten()
            .any(|pattern| is_elsewhere(&pattern.value))
            || type_of(contract).is_about_elsewhere(contract)
            || contract.exceptions.iter().any(|exception| {
                exception.imported.literal_prefix().is_none() || is_elsewhere(&exception.imported)
            })
    })
}
