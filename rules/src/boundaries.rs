//! The policy bound to the modules that there are: who owns what, and who may import whom. Patterns are matched here,
//! once a declaration, so that an edge costs a few look-ups whatever the config holds.

use ringfence_graph::{ModuleId, ModuleIndex};
use ringfence_policy::{MissingModules, ModuleDeclaration, ModulePattern, Policy, Precedence, ROOT_MODULE};
use rustc_hash::{FxHashMap, FxHashSet};

/// A boundary module of [`Boundaries`]. Ordered as the modules are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundaryId(u32);

impl BoundaryId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A module that the config names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary {
    pub module: ModuleId,
    /// Index into [`Policy::modules`]; several boundary modules share a declaration that is a pattern.
    pub declaration: usize,
}

/// How two boundary modules stand to each other in the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerStep {
    /// One of them is in no layer, or both are in the same.
    Free,
    /// From a layer to one below it.
    Down,
    /// From a layer to one above it.
    Up,
    /// Between layers that are independent of each other.
    Sideways,
    /// Downward, past this closed layer: index into [`Policy::layers`].
    Past(usize),
    /// Both have a layer, and one of these is not in `layers`.
    Unknown,
}

/// The policy, bound to a module index.
#[derive(Debug, Clone, Default)]
pub struct Boundaries {
    /// In the order of their modules.
    members: Vec<Boundary>,
    /// By module: the innermost boundary module around it.
    owners: Vec<Option<BoundaryId>>,
    /// By declaration.
    bound: Vec<BoundDeclaration>,
    /// The closed layers, in the order of their ranks: indices into [`Policy::layers`].
    closed: Vec<usize>,
    /// By boundary module: indices into [`Policy::interfaces`] of those that are for it. Empty where there are none at all.
    interfaces: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, Default)]
struct BoundDeclaration {
    /// Index into [`Policy::layers`].
    layer: Option<usize>,
    /// Whether `layers` lacks the layer that it names.
    layer_is_unknown: bool,
    /// The entry of `depends-on` that speaks for a boundary module.
    depends_on: FxHashMap<BoundaryId, u32>,
    /// The entry of `forbids` that speaks for a boundary module.
    forbids: FxHashMap<BoundaryId, u32>,
    visible_to: FxHashSet<BoundaryId>,
}

impl Boundaries {
    /// Matches every pattern of the policy against the modules. O(patterns x modules), and one look-up for each exact
    /// name. Modules that are left out of the tree (`excluded_modules`), with all below them, are boundary modules only by their name.
    pub fn bind(policy: &Policy, index: &ModuleIndex, excluded_modules: &FxHashSet<ModuleId>) -> Self {
        let mut declared: FxHashMap<ModuleId, usize> = FxHashMap::default();
        for (number, declaration) in policy.modules.iter().enumerate() {
            let pattern = &declaration.pattern.value;
            let matching = modules_matching(pattern, index).into_iter();
            // What is only a folder is no module of a pattern where things have to be there to count.
            let needs_file = policy.dialect.missing_modules == MissingModules::Foreign;
            let has_file = |id: ModuleId| index.module(id).file.is_some();
            // The walk was in the folder of one that is left out by itself.
            let is_met = |id: ModuleId| {
                !excluded_modules.contains(&id)
                    || index.subtree(id).any(|below| has_file(below) && !excluded_modules.contains(&below))
            };
            let is_there = |id: &ModuleId| is_met(*id) && (!needs_file || has_file(*id));
            for module in matching.filter(|id| pattern.exact().is_some() || is_there(id)) {
                let winner = declared.entry(module).or_insert(number);
                let known = &policy.modules[*winner].pattern.value;
                let is_meant = match policy.dialect.precedence {
                    Precedence::MostSpecific => known.specificity() < pattern.specificity(),
                    Precedence::Order => known.exact().is_none() || pattern.exact().is_some(),
                };
                if is_meant {
                    *winner = number;
                }
            }
        }
        let mut boundaries: Vec<Boundary> =
            declared.into_iter().map(|(module, declaration)| Boundary { module, declaration }).collect();
        boundaries.sort_unstable_by_key(|boundary| boundary.module);

        let mut owners: Vec<Option<BoundaryId>> = vec![None; index.len()];
        for (number, boundary) in boundaries.iter().enumerate() {
            owners[boundary.module.index()] = Some(BoundaryId(number as u32));
        }
        // Parents come first in preorder, so one pass hands ownership down.
        for (id, module) in index.iter() {
            if let (None, Some(parent)) = (owners[id.index()], module.parent) {
                owners[id.index()] = owners[parent.index()];
            }
        }
        if let Some(root) = index.get(ROOT_MODULE).and_then(|root| owners[root.index()]) {
            for owner in owners.iter_mut().filter(|owner| owner.is_none()) {
                *owner = Some(root);
            }
        }
        let layers = policy.layers.iter().enumerate();
        let closed = layers.clone().filter(|(_, layer)| layer.closed).map(|(position, _)| position).collect();
        let layers: FxHashMap<&str, usize> =
            layers.map(|(position, layer)| (layer.name.value.as_str(), position)).collect();
        let mut bound = Self { members: boundaries, owners, closed, ..Self::default() };
        bound.bound = policy
            .modules
            .iter()
            .map(|declaration| bound.bind_declaration(declaration, policy, &layers, index))
            .collect();
        if !policy.interfaces.is_empty() {
            let of = |boundary: &Boundary| {
                let name = index.name(boundary.module);
                let interfaces = policy.interfaces.iter().enumerate().filter(|(_, interface)| {
                    name != ROOT_MODULE && interface.of.iter().any(|pattern| pattern.value.matches(name))
                });
                interfaces.map(|(number, _)| number as u32).collect()
            };
            bound.interfaces = bound.members.iter().map(of).collect();
        }
        bound
    }

    fn bind_declaration(
        &self,
        declaration: &ModuleDeclaration,
        policy: &Policy,
        layers: &FxHashMap<&str, usize>,
        index: &ModuleIndex,
    ) -> BoundDeclaration {
        let ModuleDeclaration {
            pattern: _,
            layer,
            depends_on,
            forbids,
            externals: _,
            forbids_externals: _,
            exposes: _,
            visible_to,
            utility: _,
            kinds: _,
            owner: _,
        } = declaration;
        let precedence = policy.dialect.precedence;
        let position = layer.as_ref().map(|layer| layers.get(layer.value.as_str()).copied());
        BoundDeclaration {
            layer: position.flatten(),
            layer_is_unknown: position.is_some_and(|position| position.is_none()),
            depends_on: self.speakers(
                depends_on.iter().flat_map(|list| &list.value).map(|entry| &entry.pattern.value),
                precedence,
                index,
            ),
            forbids: self.speakers(forbids.iter().map(|entry| &entry.pattern.value), precedence, index),
            visible_to: visible_to
                .iter()
                .flat_map(|list| &list.value)
                .flat_map(|pattern| self.matching(&pattern.value, index))
                .collect(),
        }
    }

    /// For each boundary module that some pattern matches, the position of the one that speaks for it; of equals the first.
    fn speakers<'p>(
        &self,
        patterns: impl Iterator<Item = &'p ModulePattern>,
        precedence: Precedence,
        index: &ModuleIndex,
    ) -> FxHashMap<BoundaryId, u32> {
        let mut best: FxHashMap<BoundaryId, (u32, (bool, usize))> = FxHashMap::default();
        for (position, pattern) in patterns.enumerate() {
            for boundary in self.matching(pattern, index) {
                let slot = best.entry(boundary).or_insert((position as u32, pattern.specificity()));
                if precedence == Precedence::MostSpecific && slot.1 < pattern.specificity() {
                    *slot = (position as u32, pattern.specificity());
                }
            }
        }
        best.into_iter().map(|(boundary, (position, _))| (boundary, position)).collect()
    }

    /// The boundary modules that a pattern matches. O(boundary modules below its literal prefix).
    pub fn matching(&self, pattern: &ModulePattern, index: &ModuleIndex) -> Vec<BoundaryId> {
        if let Some(name) = pattern.exact() {
            return index.get(name).and_then(|module| self.at(module)).into_iter().collect();
        }
        let candidates = match pattern.literal_prefix() {
            Some(prefix) => index.get(prefix).map_or(0..0, |module| self.positions_within(module, index)),
            None => 0..self.members.len(),
        };
        candidates
            .filter(|position| pattern.matches(index.name(self.members[*position].module)))
            .map(|position| BoundaryId(position as u32))
            .collect()
    }

    /// Boundary modules are in the order of modules, and what is below a module is one range of them.
    fn positions_within(&self, module: ModuleId, index: &ModuleIndex) -> std::ops::Range<usize> {
        let start = self.members.partition_point(|boundary| boundary.module < module);
        let length =
            self.members[start..].partition_point(|boundary| index.contains(module, boundary.module));
        start..start + length
    }

    /// The owner of a module, and the boundary modules in and below the module.
    pub(crate) fn touched_by<'a>(
        &'a self,
        module: ModuleId,
        index: &ModuleIndex,
    ) -> impl Iterator<Item = BoundaryId> + use<'a> {
        let within = self.positions_within(module, index).map(|position| BoundaryId(position as u32));
        self.owner(module).into_iter().chain(within)
    }

    /// The boundary module at a position in the order of modules.
    pub(crate) fn nth(&self, position: usize) -> Option<BoundaryId> {
        (position < self.members.len()).then_some(BoundaryId(position as u32))
    }

    pub fn iter(&self) -> impl Iterator<Item = (BoundaryId, &Boundary)> {
        self.members.iter().enumerate().map(|(number, boundary)| (BoundaryId(number as u32), boundary))
    }

    pub fn get(&self, id: BoundaryId) -> &Boundary {
        &self.members[id.index()]
    }

    /// The boundary module that is this module itself.
    pub fn at(&self, module: ModuleId) -> Option<BoundaryId> {
        self.owner(module).filter(|id| self.get(*id).module == module)
    }

    /// The innermost boundary module around a module.
    pub fn owner(&self, module: ModuleId) -> Option<BoundaryId> {
        self.owners.get(module.index()).copied().flatten()
    }

    /// The entry of the importer's `depends-on` that covers the imported.
    pub fn dependency(&self, importer: BoundaryId, imported: BoundaryId) -> Option<u32> {
        self.bound_to(importer).depends_on.get(&imported).copied()
    }

    /// The boundary modules that the `depends-on` of a declaration covers, in no order.
    pub(crate) fn dependencies(&self, declaration: usize) -> impl Iterator<Item = BoundaryId> {
        self.bound.get(declaration).into_iter().flat_map(|bound| bound.depends_on.keys().copied())
    }

    /// The entry of the importer's `forbids` that covers the imported.
    pub fn prohibition(&self, importer: BoundaryId, imported: BoundaryId) -> Option<u32> {
        self.bound_to(importer).forbids.get(&imported).copied()
    }

    /// Indices into [`Policy::interfaces`] of those that are for a boundary module.
    pub fn interfaces(&self, id: BoundaryId) -> &[u32] {
        self.interfaces.get(id.index()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the imported names the importer in its `visible-to`.
    pub fn sees(&self, importer: BoundaryId, imported: BoundaryId) -> bool {
        self.bound_to(imported).visible_to.contains(&importer)
    }

    /// The layer of a boundary module: index into [`Policy::layers`].
    pub fn layer(&self, id: BoundaryId) -> Option<usize> {
        self.bound_to(id).layer
    }

    /// Whether a declaration, by its position, names a layer that there is not.
    pub(crate) fn has_unknown_layer(&self, declaration: usize) -> bool {
        self.bound.get(declaration).is_some_and(|bound| bound.layer_is_unknown)
    }

    /// How an import stands to the layers.
    pub fn step(&self, policy: &Policy, importer: BoundaryId, imported: BoundaryId) -> LayerStep {
        let (Some(from), Some(to)) = (self.layer(importer), self.layer(imported)) else {
            let has_layer = |id| self.layer(id).is_some() || self.bound_to(id).layer_is_unknown;
            let is_unknown = has_layer(importer) && has_layer(imported);
            return if is_unknown { LayerStep::Unknown } else { LayerStep::Free };
        };
        let (from_rank, to_rank) = (policy.layers[from].rank, policy.layers[to].rank);
        if from == to {
            LayerStep::Free
        } else if from_rank == to_rank {
            LayerStep::Sideways
        } else if from_rank > to_rank {
            LayerStep::Up
        } else {
            let first = self.closed.partition_point(|closed| policy.layers[*closed].rank <= from_rank);
            match self.closed.get(first).filter(|closed| policy.layers[**closed].rank < to_rank) {
                Some(closed) => LayerStep::Past(*closed),
                None => LayerStep::Down,
            }
        }
    }

    fn bound_to(&self, id: BoundaryId) -> &BoundDeclaration {
        &self.bound[self.get(id).declaration]
    }
}

/// The modules that a pattern matches. O(modules below its literal prefix).
pub(crate) fn modules_matching(pattern: &ModulePattern, index: &ModuleIndex) -> Vec<ModuleId> {
    if let Some(name) = pattern.exact() {
        return index.get(name).into_iter().collect();
    }
    let matches = |id: &ModuleId| pattern.matches(index.name(*id));
    match pattern.literal_prefix() {
        Some(prefix) => {
            let below = index.get(prefix).into_iter().flat_map(|module| index.subtree(module));
            below.filter(matches).collect()
        }
        None => index.iter().map(|(id, _)| id).filter(matches).collect(),
    }
}
