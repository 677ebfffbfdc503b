//! Whether contracts hold, and where they do not. Each is asked of the graph as a whole, not once for each pair.

use std::cell::OnceCell;
use std::sync::Arc;

use ringfence_diagnostics::Span;
use ringfence_graph::{
    Digraph, MarkRows, ModuleId, Reached, UNREACHED, distances, shortest_chain, shortest_cycle,
};
use ringfence_policy::{Contract, ContractLayer, Patterns, Reach, Spanned, Terms};
use rustc_hash::{FxHashMap, FxHashSet};

use super::imports::{Imports, Suppressed};
use super::universe::{End, Universe};
use crate::{Context, RuleId, Site, Usage};

/// How many modules are asked about in one pass.
const MARKS_A_PASS: usize = 4_096;

/// Chains of a contract are noted until they have more modules than this together. Thousands of modules may each reach thousands;
/// of what is left over the number is told.
const MOST_NOTED: usize = 300_000;

/// Every contract, decided when it is first asked for.
#[derive(Default)]
pub(crate) struct Verdicts {
    universe: OnceCell<Universe>,
    by_contract: OnceCell<Vec<OnceCell<Verdict>>>,
}

/// What was found out about a contract.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) imports: Imports,
    /// What it names.
    pub(crate) ends: Vec<End>,
    pub(crate) violations: Vec<Arc<Violation>>,
    /// How many chains there are beside those of `violations`.
    pub(crate) unlisted: usize,
    /// Children of containers that are in no layer, after their containers.
    pub(crate) unlayered: Vec<(ModuleId, ModuleId)>,
    /// How many imports it says something about.
    pub(crate) constrained: usize,
    /// Comments that take away an import which would break it.
    pub(crate) usage: Usage,
    /// How many imports these are.
    pub(crate) suppressed: usize,
}

/// One way in which a contract is broken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Violation {
    pub(crate) site: Site,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// One end reaches another, which it must not: positions in [`Verdict::ends`], and the nodes of a shortest chain.
    Chain { from: u32, to: u32, chain: Vec<u32> },
    /// The children of a package import each other in a circle: nodes, of which the last leads back to the first, the number of
    /// the hop that takes least to cut, and all children that depend on each other.
    Circle { package: u32, hops: Vec<Hop>, weakest: usize, members: Vec<u32> },
    /// Nothing is reached that must be: the position of the end.
    Unreached { from: u32 },
    /// So many chains are not listed.
    Unlisted { count: usize },
    /// Two modules that the contract keeps apart are one inside the other: positions in [`Verdict::ends`].
    Nested { outer: u32, inner: u32 },
}

/// That one child of a package imports another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Hop {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// The modules that do: the first by name.
    pub(crate) importer: u32,
    pub(crate) imported: u32,
    /// How many pairs of modules do.
    pub(crate) pairs: u32,
}

/// Chains by the numbers of what is reached and what reaches it, and how many more there are.
#[derive(Default)]
struct Noted {
    chains: Vec<((u32, u32), Vec<u32>)>,
    modules: usize,
    unlisted: usize,
}

impl Noted {
    fn is_full(&self) -> bool {
        self.modules >= MOST_NOTED
    }

    fn note(&mut self, pair: (u32, u32), chain: impl FnOnce() -> Option<Vec<u32>>) {
        if self.is_full() {
            self.unlisted += 1;
        } else if let Some(chain) = chain() {
            self.modules += chain.len();
            self.chains.push((pair, chain));
        }
    }
}

impl Verdict {
    /// In how many ways the contract is broken, listed or not.
    pub(crate) fn ways(&self) -> usize {
        self.violations.len() - usize::from(self.unlisted > 0) + self.unlisted + self.unlayered.len()
    }
}

/// Ends that are kept apart, and which may not reach which.
struct Apart<'a> {
    ends: &'a [End],
    /// By node: the end that it is of.
    group: Vec<Option<u32>>,
}

impl Verdicts {
    /// By module: whether a contract that was decided names it, or something around it.
    pub(crate) fn named_modules(&self, modules: usize) -> Vec<bool> {
        let mut named = vec![false; modules];
        for end in self.known().flat_map(|verdict| &verdict.ends) {
            for node in end.nodes.clone() {
                if let Some(named) = named.get_mut(node as usize) {
                    *named = true;
                }
            }
        }
        named
    }

    pub(crate) fn universe(&self, context: &Context) -> &Universe {
        self.universe.get_or_init(|| Universe::new(context))
    }

    /// The verdict on a contract by its position in the policy.
    pub(crate) fn get(&self, context: &Context, contract: usize) -> &Verdict {
        let all = self.by_contract.get_or_init(|| vec![OnceCell::new(); context.policy.contracts.len()]);
        let decide = || decide(context, self.universe(context), &context.policy.contracts[contract]);
        all[contract].get_or_init(decide)
    }

    /// The verdict on a contract, if somebody asked for it.
    pub(crate) fn peek(&self, contract: usize) -> Option<&Verdict> {
        self.by_contract.get()?.get(contract)?.get()
    }

    /// The verdicts that somebody asked for.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Verdict> {
        self.by_contract.get().into_iter().flatten().filter_map(OnceCell::get)
    }
}

fn decide(context: &Context, universe: &Universe, contract: &Contract) -> Verdict {
    let rule = RuleId::of_contract(contract);
    let imports = Imports::new(context, universe, contract, rule);
    let mut verdict = Verdict {
        imports,
        ends: Vec::new(),
        violations: Vec::new(),
        unlisted: 0,
        unlayered: Vec::new(),
        constrained: 0,
        usage: Usage::default(),
        suppressed: 0,
    };
    let mut decider = Decider { context, universe, contract, verdict: &mut verdict };
    match &contract.terms {
        Terms::Forbidden { from, to, reach, submodules } => decider.forbidden(from, to, *reach, *submodules),
        Terms::Layers { layers, containers, exhaustive, exhaustive_except } => {
            let exhaustive = exhaustive.map(|_| exhaustive_except.as_slice());
            decider.layers(layers, containers.as_ref(), exhaustive);
        }
        Terms::Independent { modules } => decider.independent(modules),
        Terms::Protected { modules, importers, submodules } => {
            decider.protected(modules, importers, *submodules);
        }
        Terms::Acyclic { packages, depth, skip } => decider.acyclic(packages, *depth, skip),
        Terms::Required { from, to, reach } => decider.required(from, to, *reach),
    }
    if verdict.unlisted > 0 {
        let what = What::Unlisted { count: verdict.unlisted };
        verdict.violations.push(Arc::new(Violation { site: Site::Place(contract.name.span), what }));
    }
    verdict
}

struct Decider<'a, 'c> {
    context: &'a Context<'c>,
    universe: &'a Universe,
    contract: &'a Contract,
    verdict: &'a mut Verdict,
}

impl Decider<'_, '_> {
    fn graph(&self) -> &Digraph {
        &self.verdict.imports.graph
    }

    /// Notes a chain; it stands at its first import.
    fn chain(&mut self, from: usize, to: usize, chain: Vec<u32>) {
        let [first, second, ..] = chain.as_slice() else { return };
        let edge = self.verdict.imports.between(self.context, *first, *second).next();
        if let Some(edge) = edge {
            let what = What::Chain { from: from as u32, to: to as u32, chain };
            self.verdict.violations.push(Arc::new(Violation { site: Site::of(edge), what }));
        }
    }

    /// Notes which comments are needed: those at imports that would break the contract, given the graph with all of them.
    fn uses(&mut self, would_break: impl FnOnce(&Digraph, &[Suppressed]) -> Vec<bool>) {
        let suppressed = std::mem::take(&mut self.verdict.imports.suppressed);
        if suppressed.is_empty() {
            return;
        }
        let all = self.graph().edges().chain(suppressed.iter().map(|it| (it.from, it.to))).collect();
        let graph = Digraph::new(self.graph().len(), all);
        for (import, _) in
            suppressed.iter().zip(would_break(&graph, &suppressed)).filter(|(_, breaks)| *breaks)
        {
            self.verdict.usage.merge(&import.usage);
            self.verdict.suppressed += 1;
        }
        self.verdict.imports.suppressed = suppressed;
    }

    fn forbidden(&mut self, from: &Patterns, to: &Patterns, reach: Reach, submodules: bool) {
        let sources = self.universe.all_ends(self.context, from, submodules);
        let targets = self.universe.all_ends(self.context, to, submodules);
        let first_target = sources.len();
        let apart = |source: &End, target: &End| source.name != target.name && !source.overlaps(target);
        self.verdict.ends = sources.iter().chain(&targets).cloned().collect();
        let is_source = cover(&sources, self.universe.len());
        let is_target = cover(&targets, self.universe.len());
        self.verdict.constrained = match reach {
            Reach::Direct => self
                .verdict
                .imports
                .count(|from, to| !is_source[from as usize].is_empty() || !is_target[to as usize].is_empty()),
            Reach::Indirect => self.verdict.imports.count(|from, _| !is_source[from as usize].is_empty()),
        };
        let mut noted = Noted::default();
        match reach {
            Reach::Direct => {
                let mut first: FxHashMap<(u32, u32), (u32, u32)> = FxHashMap::default();
                for (from, to) in self.graph().edges() {
                    for source in &is_source[from as usize] {
                        for target in &is_target[to as usize] {
                            if apart(&sources[*source as usize], &targets[*target as usize]) {
                                first.entry((*target, *source)).or_insert((from, to));
                            }
                        }
                    }
                }
                let mut pairs: Vec<_> = first.into_iter().collect();
                pairs.sort_unstable();
                for (pair, (from, to)) in pairs {
                    noted.note(pair, || Some(vec![from, to]));
                }
            }
            Reach::Indirect => {
                for (chunk, targets) in targets.chunks(MARKS_A_PASS).enumerate() {
                    let offset = chunk * MARKS_A_PASS;
                    let rows = reached_ends(self.graph(), |_| true, &sources, targets);
                    for (number, target) in targets.iter().enumerate() {
                        let reaching: Vec<usize> = (0..sources.len())
                            .filter(|source| {
                                rows[*source].contains(number) && apart(&sources[*source], target)
                            })
                            .collect();
                        if reaching.is_empty() || noted.is_full() {
                            noted.unlisted += reaching.len();
                            continue;
                        }
                        let distances =
                            distances(self.verdict.imports.reversed(), target.nodes.clone(), |_| true);
                        for source in reaching {
                            let starts = sources[source].nodes.clone();
                            noted.note(((offset + number) as u32, source as u32), || {
                                shortest_chain(self.graph(), &distances, starts, |_| true)
                            });
                        }
                    }
                }
            }
        }
        self.verdict.unlisted += noted.unlisted;
        for ((target, source), chain) in noted.chains {
            self.chain(source as usize, first_target + target as usize, chain);
        }
        let breaks = |source: usize, target: usize| apart(&sources[source], &targets[target]);
        self.uses(|graph, suppressed| {
            // Nothing leads any further where only direct imports count.
            let passed = |_| reach == Reach::Indirect;
            let (starts, goals) =
                (Ends::new(sources.len(), &is_source), Ends::new(targets.len(), &is_target));
            joined(graph, passed, suppressed, &starts, &goals, breaks)
        });
    }

    fn layers(
        &mut self,
        layers: &[ContractLayer],
        containers: Option<&Patterns>,
        exhaustive: Option<&[Spanned<String>]>,
    ) {
        let containers: Vec<Option<End>> = match containers {
            None => vec![None],
            Some(patterns) => {
                self.universe.all_ends(self.context, patterns, true).into_iter().map(Some).collect()
            }
        };
        for container in containers {
            let first = self.verdict.ends.len();
            let mut ends: Vec<End> = Vec::new();
            let mut levels: Vec<usize> = Vec::new();
            let mut places: Vec<Span> = Vec::new();
            for (level, layer) in layers.iter().enumerate() {
                for member in &layer.members {
                    let name = match &container {
                        Some(container) => format!("{}.{}", container.name, member.name.value),
                        None => member.name.value.clone(),
                    };
                    if let Some(end) = self.universe.named(self.context, &name) {
                        ends.push(end);
                        levels.push(level);
                        places.push(member.name.span);
                    }
                }
            }
            let forbids = |from: usize, to: usize| {
                let (from, to) = (levels[from], levels[to]);
                let closed_between = |level: usize| layers[level].closed;
                from > to
                    || (from == to && layers[from].independent)
                    || (from < to && (from + 1..to).any(closed_between))
            };
            self.verdict.ends.extend(ends.iter().cloned());
            self.apart(first, &ends, &places, &forbids);
            if let (Some(container), Some(except)) = (&container, exhaustive) {
                self.unlayered(layers, container, except);
            }
        }
    }

    /// Notes the children of the containers that are in no layer.
    fn unlayered(&mut self, layers: &[ContractLayer], container: &End, except: &[Spanned<String>]) {
        let index = self.context.graph.index();
        let Some(container) = index.get(&container.name) else { return };
        let below = index.name(container).len() + 1;
        let children = index.subtree(container).filter(|id| index.module(*id).parent == Some(container));
        for child in children {
            let tail = &index.name(child)[below..];
            let mut members = layers.iter().flat_map(|layer| &layer.members);
            if !members.any(|member| member.name.value == tail)
                && except.iter().all(|name| name.value != tail)
            {
                self.verdict.unlayered.push((container, child));
            }
        }
    }

    fn independent(&mut self, modules: &Patterns) {
        let ends = self.universe.all_ends(self.context, modules, true);
        let place = |end: &End| {
            modules.iter().find(|pattern| pattern.value.matches(&end.name)).map(|pattern| pattern.span)
        };
        let places: Vec<Span> =
            ends.iter().map(|end| place(end).unwrap_or(self.contract.name.span)).collect();
        self.verdict.ends.clone_from(&ends);
        self.apart(0, &ends, &places, &|_, _| true);
    }

    /// Which of these ends, which begin at a position of [`Verdict::ends`], reach which they must not over modules that are of
    /// none of them.
    fn apart(&mut self, first: usize, ends: &[End], places: &[Span], forbids: &dyn Fn(usize, usize) -> bool) {
        let mut group: Vec<Option<u32>> = vec![None; self.universe.len()];
        for (outer, inner) in nested(ends) {
            let what = What::Nested { outer: (first + outer) as u32, inner: (first + inner) as u32 };
            self.verdict.violations.push(Arc::new(Violation { site: Site::Place(places[inner]), what }));
        }
        // Inner ones last, so that they stay.
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse(ends[*number].nodes.len()));
        for number in order {
            for node in ends[number].nodes.clone() {
                group[node as usize] = Some(number as u32);
            }
        }
        self.verdict.constrained += self.verdict.imports.count(|from, to| {
            let (from, to) = (group[from as usize], group[to as usize]);
            from != to && (from.is_some() || to.is_some())
        });
        let apart = Apart { ends, group };
        let passed = |node: u32| apart.group[node as usize].is_none();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (chunk, targets) in ends.chunks(MARKS_A_PASS).enumerate() {
            let offset = chunk * MARKS_A_PASS;
            let reached = reached_over(self.graph(), passed, targets.len(), |node| {
                let number = (apart.group[node as usize]? as usize).checked_sub(offset)?;
                (number < targets.len()).then_some(number)
            });
            for from in 0..ends.len() {
                let marks = reached.after(self.graph(), &apart, from);
                let reaches = MarkRows::marks(&marks).map(|number| number + offset);
                for to in reaches.filter(|to| from != *to && forbids(from, *to)) {
                    if pairs.len() < MOST_NOTED {
                        pairs.push((to as u32, from as u32));
                    } else {
                        self.verdict.unlisted += 1;
                    }
                }
            }
        }
        pairs.sort_unstable();
        let mut noted = Noted::default();
        for of_target in pairs.chunk_by(|a, b| a.0 == b.0) {
            let Some((to, _)) = of_target.first().copied() else { continue };
            if noted.is_full() {
                noted.unlisted += of_target.len();
                continue;
            }
            let nodes = apart.nodes(to as usize);
            let distances = distances(self.verdict.imports.reversed(), nodes, passed);
            for pair in of_target {
                let starts = apart.nodes(pair.1 as usize);
                noted.note(*pair, || shortest_chain(self.graph(), &distances, starts, passed));
            }
        }
        self.verdict.unlisted += noted.unlisted;
        for ((to, from), chain) in noted.chains {
            self.chain(first + from as usize, first + to as usize, chain);
        }
        self.uses(|graph, suppressed| {
            let group: Vec<Vec<u32>> = apart.group.iter().map(|end| end.iter().copied().collect()).collect();
            let all = Ends::new(ends.len(), &group);
            joined(graph, passed, suppressed, &all, &all, |from, to| from != to && forbids(from, to))
        });
    }

    fn protected(&mut self, modules: &Patterns, importers: &Patterns, submodules: bool) {
        let protected = self.universe.all_ends(self.context, modules, submodules);
        let allowed = self.universe.all_ends(self.context, importers, submodules);
        let is_protected = cover(&protected, self.universe.len());
        let is_allowed = cover(&allowed, self.universe.len());
        let breaks = |from: u32, to: u32| {
            let of = is_protected[to as usize].iter();
            let foreign = of.copied().find(|end| !protected[*end as usize].contains(from));
            foreign.filter(|_| is_allowed[from as usize].is_empty())
        };
        self.verdict.constrained = self.verdict.imports.count(|from, to| {
            let mut of = is_protected[to as usize].iter();
            of.any(|end| !protected[*end as usize].contains(from))
        });
        let found: Vec<(u32, u32, u32)> =
            self.graph().edges().filter_map(|(from, to)| Some((from, to, breaks(from, to)?))).collect();
        self.verdict.ends.clone_from(&protected);
        // A package from elsewhere is imported once, however many of its names are.
        let mut from_elsewhere: FxHashSet<(u32, u32)> = FxHashSet::default();
        for (from, to, end) in found {
            if self.universe.is_elsewhere(to) && !from_elsewhere.insert((from, end)) {
                continue;
            }
            let importer = self.verdict.ends.len();
            let name = self.universe.name(self.context, from).into();
            self.verdict.ends.push(End { name, nodes: from..from + 1 });
            self.chain(importer, end as usize, vec![from, to]);
        }
        self.uses(|_, suppressed| {
            suppressed.iter().map(|import| breaks(import.from, import.to).is_some()).collect()
        });
    }

    fn required(&mut self, from: &Patterns, to: &Patterns, reach: Reach) {
        let sources = self.universe.all_ends(self.context, from, true);
        let targets = self.universe.all_ends(self.context, to, true);
        let is_target = cover(&targets, self.universe.len());
        let is_source = cover(&sources, self.universe.len());
        self.verdict.constrained = self.verdict.imports.count(|from, _| !is_source[from as usize].is_empty());
        let leads_there: Vec<bool> = match reach {
            Reach::Direct => (0..self.graph().len() as u32)
                .map(|node| {
                    let mut next = self.graph().successors(node).iter();
                    next.any(|next| !is_target[*next as usize].is_empty())
                })
                .collect(),
            Reach::Indirect => {
                let goals = targets.iter().flat_map(|target| target.nodes.clone());
                let distances = distances(self.verdict.imports.reversed(), goals, |_| true);
                distances.into_iter().map(|distance| distance != UNREACHED).collect()
            }
        };
        for (number, source) in sources.iter().enumerate() {
            if !source.nodes.clone().any(|node| leads_there[node as usize]) {
                let pattern = from.iter().find(|pattern| pattern.value.matches(&source.name));
                let span = pattern.map_or(self.contract.name.span, |pattern| pattern.span);
                let what = What::Unreached { from: number as u32 };
                self.verdict.violations.push(Arc::new(Violation { site: Site::Place(span), what }));
            }
        }
        self.verdict.ends = sources.into_iter().chain(targets).collect();
    }

    fn acyclic(&mut self, packages: &Patterns, depth: Option<u32>, skip: &Patterns) {
        let index = self.context.graph.index();
        let packages = self.universe.all_ends(self.context, packages, true);
        let skipped = self.universe.all_ends(self.context, skip, false);
        let is_package: FxHashSet<u32> = packages.iter().map(|end| end.nodes.start).collect();
        let is_skipped: FxHashSet<u32> = skipped.iter().map(|end| end.nodes.start).collect();
        let number = |module: ModuleId| module.index() as u32;
        // Whether the children of a module are held to it.
        let mut known: FxHashMap<u32, bool> = FxHashMap::default();
        let mut is_held = |parent: ModuleId| {
            *known.entry(number(parent)).or_insert_with(|| {
                for (below, ancestor) in index.ancestors(parent).enumerate() {
                    if depth.is_some_and(|depth| below > depth as usize) {
                        return false;
                    }
                    if is_package.contains(&number(ancestor)) {
                        return true;
                    }
                    if is_skipped.contains(&number(ancestor)) {
                        return false;
                    }
                }
                false
            })
        };
        // The package in which two modules lie in different children, and those.
        let siblings = |from: u32, to: u32| {
            let (from, to) = (index.nth(from as usize)?, index.nth(to as usize)?);
            let common = index.ancestors(from).find(|ancestor| index.contains(*ancestor, to))?;
            let child = |module| index.ancestors(module).take_while(|id| *id != common).last();
            Some((common, child(from)?, child(to)?))
        };
        let mut levels: FxHashMap<u32, Vec<Hop>> = FxHashMap::default();
        for (importer, imported) in self.verdict.imports.graph.edges() {
            if let Some((parent, from, to)) = siblings(importer, imported)
                && is_held(parent)
            {
                let hop = Hop { from: number(from), to: number(to), importer, imported, pairs: 1 };
                levels.entry(number(parent)).or_default().push(hop);
            }
        }
        self.verdict.constrained = levels.values().map(Vec::len).sum();
        let mut levels: Vec<(u32, Vec<Hop>)> = levels.into_iter().collect();
        levels.sort_unstable_by_key(|(parent, _)| *parent);
        for (parent, hops) in levels {
            for circle in circles(parent, hops) {
                let What::Circle { hops, weakest, .. } = &circle else { continue };
                let hop = hops[*weakest];
                let edge = self.verdict.imports.between(self.context, hop.importer, hop.imported).next();
                if let Some(edge) = edge {
                    self.verdict.violations.push(Arc::new(Violation { site: Site::of(edge), what: circle }));
                }
            }
        }
        self.verdict.ends = packages;
        self.uses(|graph, suppressed| {
            // By package: between which of its children imports lead.
            let mut levels: FxHashMap<u32, Vec<Hop>> = FxHashMap::default();
            for import in suppressed {
                if let Some((parent, ..)) =
                    siblings(import.from, import.to).filter(|(parent, ..)| is_held(*parent))
                {
                    levels.entry(number(parent)).or_default();
                }
            }
            for (importer, imported) in graph.edges() {
                if let Some((parent, from, to)) = siblings(importer, imported)
                    && let Some(hops) = levels.get_mut(&number(parent))
                {
                    hops.push(Hop { from: number(from), to: number(to), importer, imported, pairs: 1 });
                }
            }
            let parts = |hops: Vec<Hop>| {
                let (locals, local) = local_graph(&hops);
                (locals, local.condense(|_| true).part_of)
            };
            let levels: FxHashMap<u32, (Vec<u32>, Vec<u32>)> =
                levels.into_iter().map(|(parent, hops)| (parent, parts(hops))).collect();
            let is_circular = |import: &Suppressed| {
                let (parent, from, to) = siblings(import.from, import.to)?;
                let (locals, parts) = levels.get(&number(parent))?;
                let part = |node: ModuleId| parts.get(locals.binary_search(&number(node)).ok()?);
                Some(part(from)? == part(to)?)
            };
            suppressed.iter().map(|import| is_circular(import).unwrap_or_default()).collect()
        });
    }
}

/// Ends that lie in others: the outer and the inner. O(n log n).
fn nested(ends: &[End]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..ends.len()).filter(|number| !ends[*number].nodes.is_empty()).collect();
    order.sort_by_key(|number| (ends[*number].nodes.start, std::cmp::Reverse(ends[*number].nodes.end)));
    let mut around: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for number in order {
        while around.last().is_some_and(|outer| !ends[*outer].contains(ends[number].nodes.start)) {
            around.pop();
        }
        found.extend(around.last().map(|outer| (*outer, number)));
        around.push(number);
    }
    found
}

/// The children that some hops connect, ascending, and the graph of these.
fn local_graph(hops: &[Hop]) -> (Vec<u32>, Digraph) {
    let mut nodes: Vec<u32> = hops.iter().flat_map(|hop| [hop.from, hop.to]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let place = |node: u32| nodes.binary_search(&node).unwrap_or_default() as u32;
    let edges = hops.iter().map(|hop| (place(hop.from), place(hop.to))).collect();
    let graph = Digraph::new(nodes.len(), edges);
    (nodes, graph)
}

/// One circle for each set of children that all depend on each other.
fn circles(package: u32, hops: Vec<Hop>) -> Vec<What> {
    let (nodes, graph) = local_graph(&hops);
    let mut first: FxHashMap<(u32, u32), Hop> = FxHashMap::default();
    for hop in hops {
        first.entry((hop.from, hop.to)).and_modify(|known| known.pairs += 1).or_insert(hop);
    }
    let mut found = Vec::new();
    for component in graph.strong_components() {
        let Some(start) = component.first().copied() else { continue };
        let inside = |node: &&u32| component.binary_search(node).is_ok();
        let successors =
            |node: u32| graph.successors(node).iter().filter(inside).copied().collect::<Vec<_>>();
        let Some(cycle) = shortest_cycle(start, successors, |node| graph.has_edge(node, start)) else {
            continue;
        };
        let next = cycle.iter().cycle().skip(1);
        let hops: Vec<Hop> = cycle
            .iter()
            .zip(next)
            .filter_map(|(from, to)| first.get(&(nodes[*from as usize], nodes[*to as usize])).copied())
            .collect();
        let weakest = (0..hops.len()).min_by_key(|number| hops[*number].pairs).unwrap_or_default();
        let members = component.iter().map(|node| nodes[*node as usize]).collect();
        found.push(What::Circle { package, weakest, members, hops });
    }
    found
}

/// By node: the ends that stand for it.
fn cover(ends: &[End], nodes: usize) -> Vec<Vec<u32>> {
    let mut cover: Vec<Vec<u32>> = vec![Vec::new(); nodes];
    for (number, end) in ends.iter().enumerate() {
        for node in end.nodes.clone() {
            cover[node as usize].push(number as u32);
        }
    }
    cover
}

/// Marks of one source.
struct Marks(Vec<u64>);

impl Marks {
    fn contains(&self, mark: usize) -> bool {
        self.0.get(mark / 64).is_some_and(|word| word & (1 << (mark % 64)) != 0)
    }
}

/// By source: the targets that are reached from it.
fn reached_ends(
    graph: &Digraph,
    passed: impl Fn(u32) -> bool,
    sources: &[End],
    targets: &[End],
) -> Vec<Marks> {
    let cover = cover(targets, graph.len());
    let reached = Reached::new(graph, passed, targets.len(), |node, mark| {
        for end in &cover[node as usize] {
            mark(*end as usize);
        }
    });
    let union = |source: &End| {
        let mut all = vec![0; targets.len().div_ceil(64)];
        for node in source.nodes.clone() {
            for (word, more) in all.iter_mut().zip(reached.from(node)) {
                *word |= more;
            }
        }
        Marks(all)
    };
    sources.iter().map(union).collect()
}

/// What is reached from each node, where each carries one mark at most.
struct ReachedOver {
    reached: Reached,
    words: usize,
}

fn reached_over(
    graph: &Digraph,
    passed: impl Fn(u32) -> bool,
    marks: usize,
    mark_of: impl Fn(u32) -> Option<usize>,
) -> ReachedOver {
    let reached = Reached::new(graph, passed, marks, |node, mark| {
        if let Some(number) = mark_of(node) {
            mark(number);
        }
    });
    ReachedOver { reached, words: marks.div_ceil(64) }
}

impl ReachedOver {
    /// The marks that are reached over the imports of an end.
    fn after(&self, graph: &Digraph, apart: &Apart, end: usize) -> Vec<u64> {
        let mut all = vec![0; self.words];
        for node in apart.nodes(end) {
            for next in graph.successors(node) {
                for (word, more) in all.iter_mut().zip(self.reached.from(*next)) {
                    *word |= more;
                }
            }
        }
        all
    }
}

impl Apart<'_> {
    /// The nodes of an end that are of no inner one.
    fn nodes(&self, end: usize) -> impl Iterator<Item = u32> + '_ {
        self.ends[end].nodes.clone().filter(move |node| self.group[*node as usize] == Some(end as u32))
    }
}

/// Ends by number, and which of them stand for a node.
struct Ends<'a> {
    count: usize,
    of_node: &'a [Vec<u32>],
}

impl<'a> Ends<'a> {
    fn new(count: usize, of_node: &'a [Vec<u32>]) -> Self {
        Self { count, of_node }
    }

    /// Which ends of those from `first` on are reached from each node.
    fn reached(&self, graph: &Digraph, passed: impl Fn(u32) -> bool, first: usize) -> Reached {
        let count = (self.count - first).min(MARKS_A_PASS);
        Reached::new(graph, passed, count, |node, mark| {
            for end in &self.of_node[node as usize] {
                if let Some(number) = (*end as usize).checked_sub(first).filter(|number| *number < count) {
                    mark(number);
                }
            }
        })
    }
}

/// By import: whether an end that leads to it and one to which it leads are a pair that `breaks`, over nodes that can be passed.
/// One pass over the graph for some thousands of ends, however many imports there are.
fn joined(
    graph: &Digraph,
    passed: impl Fn(u32) -> bool + Copy,
    imports: &[Suppressed],
    starts: &Ends,
    goals: &Ends,
    breaks: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let reversed = graph.reversed();
    let mut found = vec![false; imports.len()];
    for first in (0..starts.count).step_by(MARKS_A_PASS) {
        let before = starts.reached(&reversed, passed, first);
        for other in (0..goals.count).step_by(MARKS_A_PASS) {
            let after = goals.reached(graph, passed, other);
            for (found, import) in found.iter_mut().zip(imports).filter(|(found, _)| !**found) {
                *found = MarkRows::marks(before.from(import.from)).any(|start| {
                    MarkRows::marks(after.from(import.to)).any(|goal| breaks(first + start, other + goal))
                });
            }
        }
    }
    found
}
