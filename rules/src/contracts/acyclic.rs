use ringfence_diagnostics::Label;
use ringfence_graph::{Digraph, ModuleId, ModuleIndex, shortest_cycle};
use ringfence_policy::{Patterns, Terms};
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::contract_type::ContractType;
use super::engine::imports::Suppressed;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use crate::rule::{Activation, declare_rule};
use crate::{Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for import cycles between sibling modules that an `acyclic` contract covers. The children of each of
    /// `modules`, and their children in turn, may not import each other in a cycle.
    ///
    /// ## Why is this bad?
    /// Packages that need each other in a cycle are one package with several names: none can be understood, tested or
    /// moved without the others. Which of them works may depend on which is imported first.
    ///
    /// A child imports another if anything in it imports anything in the other; imports by the `__init__` of their
    /// parent do not count. Children that all depend on each other are reported once, however many cycles they form,
    /// with a shortest cycle. The finding is located where this cycle is cheapest to break: at the first import of
    /// the hop with the fewest imports.
    ///
    /// A suppression at an import removes that import from all contracts of this type.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "no cycles in the shop"
    /// type = "acyclic"
    /// modules = ["shop"]
    /// ```
    ///
    /// ```python
    /// # shop/orders/place.py
    /// from shop.billing import charge
    ///
    /// # shop/billing/ledger.py
    /// from shop.orders import Order  # RF406
    ///
    /// def book(order: Order): ...
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/billing/ledger.py
    /// class Billable(Protocol): ...  # what billing needs of an order; shop.orders has it
    ///
    /// def book(order: Billable): ...
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    SiblingCycle {
        code: "RF406",
        name: "sibling-cycle",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
        dialects: [ImportLinter: Checked],
    }
}

/// Longer cycles are shown in part.
const MOST_HOPS: usize = 8;

/// What an `acyclic` contract demands: the children of each of `packages` may not import each other in a cycle.
#[derive(Clone, Copy)]
pub(crate) struct Acyclic<'a> {
    packages: &'a Patterns,
    /// How many more generations below the children are held to it. `None`: all.
    depth: Option<u32>,
    /// Modules whose children are not.
    skip: &'a Patterns,
}

/// Children of a package that import each other in a cycle. All of it is nodes.
#[derive(Debug, Hash)]
pub(crate) struct Cycle {
    package: u32,
    /// The last leads back to the first.
    hops: Vec<Hop>,
    /// The position of the hop that takes least to cut.
    weakest: usize,
    /// All children that depend on each other.
    members: Vec<u32>,
}

/// That one child of a package imports another.
#[derive(Debug, Clone, Copy, Hash)]
struct Hop {
    from: u32,
    to: u32,
    /// The modules that do: the first by name.
    importer: u32,
    imported: u32,
    /// How many pairs of modules do.
    pairs: u32,
}

impl ContractType for SiblingCycle {
    type Terms<'a> = Acyclic<'a>;
    type Violation = Cycle;
    const PATTERNS_MAY_MATCH_NOTHING: bool = false;

    fn terms(terms: &Terms) -> Option<Acyclic<'_>> {
        let Terms::Acyclic { packages, depth, skip } = terms else { return None };
        Some(Acyclic { packages, depth: *depth, skip })
    }

    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns> {
        vec![terms.packages, terms.skip]
    }

    fn check(terms: Acyclic, scope: &Scope) -> Checked<Cycle> {
        let endpoints = scope.endpoints(terms.packages, true);
        let packages = endpoints.iter().map(|endpoint| endpoint.nodes.start).collect();
        let skipped = scope.endpoints(terms.skip, false).iter().map(|it| it.nodes.start).collect();
        let mut families = Families::new(scope.context.graph.index(), packages, skipped, terms.depth);
        let mut levels: FxHashMap<u32, Vec<Hop>> = FxHashMap::default();
        for (importer, imported) in scope.digraph().edges() {
            if let Some((parent, hop)) = families.hop(importer, imported) {
                levels.entry(parent).or_default().push(hop);
            }
        }
        let constrained = levels.values().map(Vec::len).sum();
        let mut levels: Vec<(u32, Vec<Hop>)> = levels.into_iter().collect();
        levels.sort_unstable_by_key(|(parent, _)| *parent);
        let cycles = levels.into_iter().flat_map(|(parent, hops)| cycles(parent, hops));
        let violations = cycles.filter_map(|cycle| {
            let hop = cycle.hops.get(cycle.weakest)?;
            Some((Site::of(scope.first_import(hop.importer, hop.imported)?), cycle))
        });
        Checked {
            violations: violations.collect(),
            constrained,
            would_break: scope
                .with_suppressed(|graph, suppressed| close_cycles(&mut families, graph, suppressed)),
            endpoints,
            ..Checked::default()
        }
    }

    fn message(_: Acyclic, broken: &Broken, cycle: &Cycle) -> Message {
        let Cycle { package, hops, weakest, members } = cycle;
        let name = |node: u32| broken.name(node);
        let parent = name(*package);
        let child = |node: u32| name(node).strip_prefix(parent).unwrap_or(name(node));
        let mut shown: Vec<String> = hops.iter().map(|hop| format!("`{}`", child(hop.from))).collect();
        if shown.len() > MOST_HOPS {
            let left_out = shown.len() - (MOST_HOPS - 1);
            shown.truncate(MOST_HOPS - 1);
            shown.push(format!("{left_out} more"));
        }
        shown.extend(shown.first().cloned());
        let mut text = format!("children of `{parent}` import each other in a cycle: {}", shown.join(" -> "));
        let others = members.len() - hops.len();
        if others > 0 {
            let noun = if others == 1 { "child is" } else { "children are" };
            text.push_str(&format!("; {others} more {noun} part of this or other cycles with them"));
        }
        let mut message = broken.message(text);
        message.members =
            members.iter().map(|node| broken.graph.shared_name(broken.context, *node)).collect();
        let Some(cut) = hops.get(*weakest) else { return message };
        message.annotation = Some(broken.import_text(cut.importer, cut.imported));
        let others = hops.iter().filter(|hop| hop.from != cut.from).take(MOST_HOPS - 1);
        let labels: Vec<Label> = others.filter_map(|hop| label(broken, hop)).collect();
        message.labels.splice(..0, labels);
        if let Some(details) = &mut message.contract {
            details.importer = Some(name(cut.from).into());
            details.imported = Some(name(cut.to).into());
            let hops = hops.iter().filter_map(|hop| broken.chain_hop(hop.importer, hop.imported));
            details.chain = hops.collect();
        }
        let (from, to) = (child(cut.from), child(cut.to));
        let mut help: Vec<String> = broken.reason().map(str::to_string).into_iter().collect();
        help.push(match cut.pairs {
            1 => format!("break the cycle where `{from}` imports `{to}`: it is the only import there"),
            pairs => format!(
                "the cheapest edge to break is `{from}` -> `{to}`: {pairs} modules there import one another"
            ),
        });
        help.push(format!(
            "move what both need to a third module, or let `{from}` define a Protocol with what it needs of `{to}`"
        ));
        message.help(help.join("\n"))
    }
}

/// Where a child imports another.
fn label(broken: &Broken, hop: &Hop) -> Option<Label> {
    let more = match hop.pairs {
        1 => String::new(),
        2 => ", and there is 1 more import".to_string(),
        pairs => format!(", and there are {} more imports", pairs - 1),
    };
    broken.import_label(hop.importer, hop.imported, &more)
}

/// Parents and their children, as far as a contract speaks of them.
struct Families<'a> {
    index: &'a ModuleIndex,
    packages: FxHashSet<u32>,
    skipped: FxHashSet<u32>,
    depth: Option<u32>,
    /// Whether the children of a module are held to the contract.
    known: FxHashMap<u32, bool>,
}

impl<'a> Families<'a> {
    fn new(
        index: &'a ModuleIndex,
        packages: FxHashSet<u32>,
        skipped: FxHashSet<u32>,
        depth: Option<u32>,
    ) -> Self {
        Self { index, packages, skipped, depth, known: FxHashMap::default() }
    }

    /// The import of one node by another as one between children of a common parent, if these are held to the contract.
    fn hop(&mut self, importer: u32, imported: u32) -> Option<(u32, Hop)> {
        let (parent, from, to) = self.siblings(importer, imported)?;
        let hop = Hop { from: number(from), to: number(to), importer, imported, pairs: 1 };
        self.is_held(parent).then_some((number(parent), hop))
    }

    /// The package in which two modules lie in different children, and those.
    fn siblings(&self, from: u32, to: u32) -> Option<(ModuleId, ModuleId, ModuleId)> {
        let index = self.index;
        let (from, to) = (index.nth(from as usize)?, index.nth(to as usize)?);
        let common = index.ancestors(from).find(|ancestor| index.contains(*ancestor, to))?;
        let child = |module| index.ancestors(module).take_while(|id| *id != common).last();
        Some((common, child(from)?, child(to)?))
    }

    fn is_held(&mut self, parent: ModuleId) -> bool {
        let Self { index, packages, skipped, depth, known } = self;
        *known.entry(number(parent)).or_insert_with(|| {
            for (below, ancestor) in index.ancestors(parent).enumerate() {
                if depth.is_some_and(|depth| below > depth as usize) {
                    return false;
                }
                if packages.contains(&number(ancestor)) {
                    return true;
                }
                if skipped.contains(&number(ancestor)) {
                    return false;
                }
            }
            false
        })
    }
}

fn number(module: ModuleId) -> u32 {
    module.index() as u32
}

/// By import that a comment takes away: whether it would be part of a cycle.
fn close_cycles(families: &mut Families, graph: &Digraph, suppressed: &[Suppressed]) -> Vec<bool> {
    let imports: Vec<Option<(u32, Hop)>> =
        suppressed.iter().map(|import| families.hop(import.from, import.to)).collect();
    // By package: between which of its children imports lead.
    let mut levels: FxHashMap<u32, Vec<Hop>> =
        imports.iter().flatten().map(|(parent, _)| (*parent, Vec::new())).collect();
    for (importer, imported) in graph.edges() {
        if let Some((parent, hop)) = families.hop(importer, imported)
            && let Some(hops) = levels.get_mut(&parent)
        {
            hops.push(hop);
        }
    }
    let parts = |hops: Vec<Hop>| {
        let (locals, local) = local_graph(&hops);
        (locals, local.condense(|_| true).part_of)
    };
    let levels: FxHashMap<u32, (Vec<u32>, Vec<u32>)> =
        levels.into_iter().map(|(parent, hops)| (parent, parts(hops))).collect();
    let closes_cycle = |(parent, hop): &(u32, Hop)| {
        let (locals, parts) = levels.get(parent)?;
        let part = |node: u32| parts.get(locals.binary_search(&node).ok()?);
        Some(part(hop.from)? == part(hop.to)?)
    };
    imports.iter().map(|import| import.as_ref().and_then(closes_cycle).unwrap_or_default()).collect()
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

/// One cycle for each set of children that all depend on each other.
fn cycles(package: u32, hops: Vec<Hop>) -> Vec<Cycle> {
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
        let weakest = (0..hops.len()).min_by_key(|position| hops[*position].pairs).unwrap_or_default();
        let members = component.iter().map(|node| nodes[*node as usize]).collect();
        found.push(Cycle { package, hops, weakest, members });
    }
    found
}
