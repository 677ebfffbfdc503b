//! The imports that count for one contract: of the kinds that it looks at, without its exceptions and, unless its type counts them,
//! without those that a comment suppresses.

use std::cell::OnceCell;

use ringfence_graph::{Digraph, Edge, ModuleId};
use ringfence_policy::Contract;
use ringfence_source::{EdgeKind, EdgeKinds};
use rustc_hash::FxHashMap;

use super::contract_graph::ContractGraph;
use crate::boundaries::modules_matching;
use crate::contracts::types::type_of;
use crate::suppress::is_suppressed;
use crate::{Context, RuleId, Site, Usage};

/// The imports of one contract.
#[derive(Debug, Clone)]
pub(crate) struct Imports {
    pub(crate) graph: Digraph,
    reversed: OnceCell<Digraph>,
    /// From which node to which, and the position in the graph's edges; ascending.
    counted: Vec<(u32, u32, u32)>,
    /// From which module to which package around it, where the contract looks at what it runs to load a module: ascending.
    pub(super) implied: Vec<(u32, u32)>,
    /// Imports at which a comment speaks of the contract.
    pub(crate) suppressed: Vec<Suppressed>,
    /// By exception: how many pairs of modules it takes away.
    pub(crate) excepted: Vec<u32>,
    /// Whether each of `suppressed` is asked about as if no other of them were there.
    pub(crate) apart: bool,
}

/// An import at which a comment speaks of the contract, and takes it away unless it has expired.
#[derive(Debug, Clone)]
pub(crate) struct Suppressed {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) usage: Usage,
    /// Whether the comment takes it away: it has not expired.
    pub(crate) is_taken: bool,
}

impl Imports {
    /// `suppressed_count`: whether imports that a comment suppresses are there. `through_inits`: whether an import is also one of each
    /// package around what it names.
    ///
    /// O(imports), and O(imports of the modules that it matches) an exception.
    pub(crate) fn new(
        context: &Context,
        contract_graph: &ContractGraph,
        contract: &Contract,
        rule: RuleId,
        suppressed_count: bool,
        through_inits: bool,
    ) -> Self {
        let kinds = type_of(contract).kinds_of(contract);
        let mut counted: Vec<(u32, u32, u32)> = contract_graph
            .edges
            .iter()
            .filter(|(_, _, position)| {
                context.graph.edges().get(*position as usize).is_some_and(|edge| {
                    looks_at(context, contract, kinds, rule, edge)
                        && (suppressed_count || context.file_settings.reports(rule, edge.file))
                })
            })
            .copied()
            .collect();
        let excepted = take_exceptions(context, contract_graph, contract, &mut counted);
        // That a module imports itself says nothing, but an exception may be for it.
        counted.retain(|(from, to, _)| from != to);
        let mut suppressed = Vec::new();
        counted.retain(|(from, to, position)| {
            let Some(edge) = context.graph.edges().get(*position as usize) else { return false };
            let has_no_comment =
                || context.facts(edge.file).is_none_or(|facts| facts.suppressions.is_empty());
            if suppressed_count || has_no_comment() {
                return true;
            }
            let mut usage = Usage::default();
            let is_suppressed = is_suppressed(context, rule, Site::of(edge), context.today, &mut usage);
            if !usage.is_empty() {
                suppressed.push(Suppressed { from: *from, to: *to, usage, is_taken: is_suppressed });
            }
            !is_suppressed
        });
        let implied = if through_inits { add_inits(context, &mut counted) } else { Vec::new() };
        let pairs = counted.iter().map(|(from, to, _)| (*from, *to)).chain(implied.iter().copied());
        Self {
            graph: Digraph::new(contract_graph.len(), pairs.collect()),
            reversed: OnceCell::new(),
            counted,
            implied,
            suppressed,
            excepted,
            apart: false,
        }
    }

    /// No import but one of these, each by itself.
    pub(crate) fn supposed_apart(
        context: &Context,
        contract_graph: &ContractGraph,
        contract: &Contract,
        imports: Vec<(u32, u32, u32)>,
    ) -> Self {
        Self { apart: true, ..Self::supposed(context, contract_graph, contract, imports) }
    }

    /// No imports but these, each as one that could be taken away; without the exceptions of the contract. From which node to which, and a
    /// number, ascending.
    pub(crate) fn supposed(
        context: &Context,
        contract_graph: &ContractGraph,
        contract: &Contract,
        mut imports: Vec<(u32, u32, u32)>,
    ) -> Self {
        let excepted = take_exceptions(context, contract_graph, contract, &mut imports);
        imports.retain(|(from, to, _)| from != to);
        imports.dedup_by_key(|(from, to, _)| (*from, *to));
        let supposed = |(from, to, _)| Suppressed { from, to, usage: Usage::default(), is_taken: true };
        Self {
            graph: Digraph::new(contract_graph.len(), Vec::new()),
            reversed: OnceCell::new(),
            counted: Vec::new(),
            implied: Vec::new(),
            suppressed: imports.into_iter().map(supposed).collect(),
            excepted,
            apart: false,
        }
    }

    pub(crate) fn reversed(&self) -> &Digraph {
        self.reversed.get_or_init(|| self.graph.reversed())
    }

    /// The imports from one node of another, by file and place.
    pub(crate) fn between<'a>(
        &self,
        context: &Context<'a>,
        from: u32,
        to: u32,
    ) -> impl Iterator<Item = &'a Edge> + use<'a, '_> {
        let start = self.counted.partition_point(|(a, b, _)| (*a, *b) < (from, to));
        let edges = context.graph.edges();
        self.counted[start..]
            .iter()
            .take_while(move |(a, b, _)| (*a, *b) == (from, to))
            .filter_map(move |(_, _, position)| edges.get(*position as usize))
    }

    /// The imports from one node: of which node, and the position in the graph's edges.
    pub(crate) fn of(&self, from: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let start = self.counted.partition_point(|(other, ..)| *other < from);
        self.counted[start..]
            .iter()
            .take_while(move |(other, ..)| *other == from)
            .map(|(_, to, edge)| (*to, *edge))
    }

    /// How many imports there are from nodes, or of them, of which this holds.
    pub(crate) fn count(&self, mut is_meant: impl FnMut(u32, u32) -> bool) -> usize {
        self.counted.iter().filter(|(from, to, _)| is_meant(*from, *to)).count()
    }
}

/// Adds, to each import of a module, that of every package around that which is not also around the importer: its `__init__` runs first.
/// Gives from which modules to which packages around them nothing but their own import leads.
fn add_inits(context: &Context, counted: &mut Vec<(u32, u32, u32)>) -> Vec<(u32, u32)> {
    let index = context.graph.index();
    let around = |id: ModuleId| {
        let runs = |id: &ModuleId| index.module(*id).file.is_some();
        index.ancestors(id).skip(1).filter(runs)
    };
    let mut more = Vec::new();
    for (from, to, position) in counted.iter() {
        let (Some(importer), Some(imported)) = (index.nth(*from as usize), index.nth(*to as usize)) else {
            continue;
        };
        let new = around(imported).take_while(|package| !index.contains(*package, importer));
        more.extend(new.map(|package| (*from, package.index() as u32, *position)));
    }
    counted.extend(more);
    counted.sort_unstable();
    let modules = index.iter().filter(|(_, module)| module.file.is_some());
    let implied = modules.flat_map(|(id, _)| around(id).map(move |package| (id, package)));
    implied.map(|(id, package)| (id.index() as u32, package.index() as u32)).collect()
}

/// Whether a contract looks at an import. `kinds`: what its type says of these.
pub(super) fn looks_at(
    context: &Context,
    contract: &Contract,
    kinds: Option<EdgeKinds>,
    rule: RuleId,
    edge: &Edge,
) -> bool {
    looks_at_kind(context, contract, kinds, rule, edge, context.kind_in_config(edge))
}

/// Whether a contract would look at an import if it were of this kind.
pub(crate) fn looks_at_kind(
    context: &Context,
    contract: &Contract,
    kinds: Option<EdgeKinds>,
    rule: RuleId,
    edge: &Edge,
    kind: EdgeKind,
) -> bool {
    match (kinds, &contract.kinds) {
        (Some(kinds), _) => kinds.has(kind),
        (None, Some(kinds)) => kinds.value.contains(&kind),
        (None, None) => context.judges_kind(rule, edge, kind),
    }
}

/// Takes away what the exceptions name, and tells how many pairs of modules each does.
fn take_exceptions(
    context: &Context,
    contract_graph: &ContractGraph,
    contract: &Contract,
    counted: &mut Vec<(u32, u32, u32)>,
) -> Vec<u32> {
    let index = context.graph.index();
    let mut excepted = vec![0; contract.exceptions.len()];
    if excepted.is_empty() {
        return excepted;
    }
    let mut exact: FxHashMap<(u32, u32), Vec<usize>> = FxHashMap::default();
    let mut gone = vec![false; counted.len()];
    for (number, exception) in contract.exceptions.iter().enumerate() {
        let module = |name: &str| index.get(name).map(|module| module.index() as u32);
        let sides =
            (exception.importer.exact().and_then(module), exception.imported.exact().and_then(module));
        if let (Some(from), Some(to)) = sides {
            exact.entry((from, to)).or_default().push(number);
            continue;
        }
        for module in modules_matching(&exception.importer, index) {
            let from = module.index() as u32;
            let start = counted.partition_point(|(other, ..)| *other < from);
            let of_module = counted[start..].iter().take_while(|(other, ..)| *other == from);
            let mut last: Option<(u32, bool)> = None;
            for (offset, (_, to, _)) in of_module.enumerate() {
                let matches = match last {
                    Some((other, matches)) if other == *to => matches,
                    _ => {
                        let matches = contract_graph.excepts(context, &exception.imported, *to);
                        excepted[number] += u32::from(matches);
                        matches
                    }
                };
                last = Some((*to, matches));
                gone[start + offset] |= matches;
            }
        }
    }
    for pair in counted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for number in pair.first().and_then(|(from, to, _)| exact.get(&(*from, *to))).into_iter().flatten() {
            excepted[*number] += 1;
        }
    }
    let mut position = 0;
    counted.retain(|(from, to, _)| {
        let stays = !gone[position] && !exact.contains_key(&(*from, *to));
        position += 1;
        stays
    });
    excepted
}
