use std::sync::Arc;

use ringfence_diagnostics::Fix;
use ringfence_policy::{Contract, Entries, LoadBudget, Patterns, Terms};
use ringfence_refactor::proof::patches::lost_with;
use ringfence_source::EdgeKinds;
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::contract_graph::{Endpoint, is_of_project};
use super::engine::contract_type::ContractType;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use super::startup::called::is_bound;
use super::startup::entries::{Entry, bound, missing_scripts};
use super::startup::hidden::may_be_hidden;
use super::startup::load_graph::{Follow, LoadGraph, NO_IMPORT};
use super::startup::mend::brought;
use super::startup::of_finding::{deferral, deferrals, graph_of};
use super::startup::reached::{Reached, Step};
use super::startup::targets::Targets;
use super::startup::words::{message_of_budget, message_of_load};
use super::unmatched::UnmatchedNames;
use crate::relocate_import::tell_loss;
use crate::rule::{Activation, declare_rule};
use crate::{Context, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for imports that load at the start what a `startup` contract keeps out. When one of `entry` is imported, or imported and
    /// called, none of `must-not-load` may be loaded, and no more than `max-modules` modules.
    ///
    /// ## Why is this bad?
    /// Everything that is loaded at the start costs time and memory before the first line of work, in every process and in every test.
    /// One import at the top of a module that everybody needs is enough to load a data frame library for `--help`.
    ///
    /// What Python runs is more than what statements name. To import `shop.plugins.csv` first runs `shop/__init__.py` and
    /// `shop/plugins/__init__.py`, and all that these import. The contract follows that: imports at module level, whatever is around
    /// them but `if TYPE_CHECKING:`; the `__init__.py` of every package around an imported module; and the submodules that `__all__` names
    /// where `*` is imported. Of `module:callable`, the imports in the body of the function count, too, and those in the bodies of the
    /// project's own functions and classes that it calls by name; what it calls otherwise is not followed, nor what stands in a
    /// branch or a loop there, where the work begins that needs it. If the callable is no function or class of the project (an object that was
    /// assigned, a `partial`, something of another distribution), only its module is looked at, and a warning says so.
    ///
    /// If the contract names modules that are not the project's, or limits `all` modules, the code of what is installed is followed in
    /// the same way, in the environment of `--python`, else of `VIRTUAL_ENV`, else in the nearest `.venv`. It is read, and not run. Without
    /// an environment, only what the project itself imports is known. What modules load by computed names
    /// (`importlib.import_module(name)`) cannot be looked at; a warning names such modules.
    ///
    /// Each entry that loads something it must not is reported once for each such name, with a shortest chain. The finding is located at
    /// the last import of the chain that is the project's own: the one that its owner would move. If an import on every chain stands in a
    /// branch or in a `try`, the finding says that the module *may* be loaded. Functions that are called while a module is loaded are not
    /// followed; `ringfence loads` does that.
    ///
    /// The help names the cheapest set of imports to defer so that nothing is left that loads it: imports whose names are used in functions or
    /// for types only, as another cannot be deferred. The code of the entry is executed abstractly with that change, as `ringfence loads`
    /// does it, where that is not too much: an import is not proposed that a function needs which is called while its module is loaded.
    ///
    /// An entry with too many modules is reported once, at the import that brings the most modules that nothing else loads. To let a
    /// limit shrink, lower it to what the finding tells.
    ///
    /// A suppression at an import removes that import from all contracts of this type. An entry of `except` removes it from one contract.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "the command line starts fast"
    /// type = "startup"
    /// entry = ["shop.cli"]
    /// must-not-load = ["pandas"]
    /// ```
    ///
    /// ```python
    /// # shop/cli.py
    /// from shop.reports.names import NAMES
    ///
    /// # shop/reports/__init__.py
    /// import pandas  # RF409
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/reports/__init__.py
    /// def table():
    ///     import pandas
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    ///
    /// ## Fix safety
    /// The fix is offered where deferring one import is enough. It moves that import under `if TYPE_CHECKING:`, makes it lazy, or moves it
    /// into the functions that use it, as the uses of the imported name permit. A move under `if TYPE_CHECKING:` is as safe as the fix of
    /// RF603. Any other move is unsafe, as the module is then loaded later. The title and the help count the strings that name what the
    /// import binds (`patch("shop.reports.pandas")`), as what they replace is then no longer there; such a fix is never safe.
    StartupImport {
        code: "RF409",
        name: "startup-import",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
    }
}

/// What a `startup` contract demands of what its entries load.
#[derive(Clone, Copy)]
pub(crate) struct Startup<'a> {
    pub(crate) entries: &'a Entries,
    pub(crate) must_not_load: &'a Patterns,
    max_modules: Option<&'a LoadBudget>,
}

/// What breaks a startup contract.
#[derive(Debug, Hash)]
pub(crate) enum StartupViolation {
    Loads(Loaded),
    Exceeds(Exceeded),
}

/// An entry loads what it must not: positions of endpoints.
#[derive(Debug, Hash)]
pub(crate) struct Loaded {
    pub(crate) entry: u32,
    pub(crate) target: u32,
    pub(crate) is_certain: bool,
    /// From the entry on.
    pub(crate) hops: Vec<Hop>,
}

/// One step of a chain.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Hop {
    pub(crate) importer: Arc<str>,
    pub(crate) imported: Arc<str>,
    /// The position of the import among those of the graph, or [`NO_IMPORT`].
    pub(crate) import: u32,
}

/// An entry loads too many modules.
#[derive(Debug, Hash)]
pub(crate) struct Exceeded {
    pub(crate) entry: u32,
    /// How many there are, and how many there may be.
    pub(crate) own: Option<(usize, u32)>,
    pub(crate) all: Option<(usize, u32)>,
}

impl ContractType for StartupImport {
    type Terms<'a> = Startup<'a>;
    type Violation = StartupViolation;

    const READS_TEXTS: bool = true;

    fn terms(terms: &Terms) -> Option<Startup<'_>> {
        let Terms::Startup { entries, must_not_load, max_modules } = terms else { return None };
        Some(Startup { entries, must_not_load, max_modules: max_modules.as_ref() })
    }

    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns> {
        vec![&terms.entries.modules, terms.must_not_load]
    }

    fn speaks_of_elsewhere(terms: Startup) -> bool {
        terms.max_modules.is_some_and(|budget| budget.all.is_some())
    }

    /// Those that run while a module is loaded; deferred ones are for the functions that are called.
    fn kinds(terms: Startup, contract: &Contract) -> Option<EdgeKinds> {
        let mut kinds = match &contract.kinds {
            Some(kinds) => kinds.value.iter().map(|kind| EdgeKinds::of(*kind)).collect(),
            None => EdgeKinds::AT_IMPORT | EdgeKinds::CONDITIONAL | EdgeKinds::DYNAMIC,
        };
        if !terms.entries.callables.is_empty() || terms.entries.scripts.is_some() {
            kinds |= EdgeKinds::DEFERRED;
        }
        Some(kinds)
    }

    fn check(terms: Startup, scope: &Scope) -> Checked<StartupViolation> {
        let entries = bound(scope.context, terms.entries);
        let follow = Follow { elsewhere: follows_elsewhere(terms, scope.context), suppressed: false };
        let graph = LoadGraph::new(scope, &entries, follow);
        let mut endpoints: Vec<Endpoint> = entries.iter().map(endpoint).collect();
        let targets = Targets::new(terms.must_not_load);
        let mut numbers: FxHashMap<Box<str>, u32> = FxHashMap::default();
        for endpoint in scope.endpoints(terms.must_not_load, true) {
            numbers.entry(endpoint.name.clone()).or_insert(endpoints.len() as u32);
            endpoints.push(endpoint);
        }
        let mut violations = Vec::new();
        let mut constrained = vec![false; graph.len()];
        for (position, (entry, start)) in entries.iter().zip(&graph.starts).enumerate() {
            let reached = Reached::new(&graph, *start, |_, _| true);
            let mut told: Vec<u32> = Vec::new();
            for node in &reached.nodes {
                constrained[*node as usize] = true;
                // The callable itself is no module.
                let name =
                    if *node == *start && entry.callable.is_some() { "" } else { graph.name(scope, *node) };
                let Some(target) = targets.around(name) else { continue };
                let target = *numbers.entry(target.into()).or_insert_with(|| {
                    endpoints.push(endpoint_elsewhere(scope, target));
                    endpoints.len() as u32 - 1
                });
                if told.contains(&target) {
                    continue;
                }
                told.push(target);
                let chain = reached.chain(*node);
                let site = site_of(scope, &chain).unwrap_or(Site::Place(entry.span));
                let is_hidden =
                    |step: &Step| step.import != NO_IMPORT && may_be_hidden(scope.context, step.import);
                let is_certain = reached.is_certain(*node) && !chain.iter().any(is_hidden);
                let hops = hops(scope, &graph, &chain);
                violations.push((
                    site,
                    StartupViolation::Loads(Loaded { entry: position as u32, target, is_certain, hops }),
                ));
            }
            if let Some(exceeded) = exceeded(terms, &graph, &reached, position) {
                let counted = |node| exceeded.own.is_none() || graph.is_own(node);
                let most = brought(&graph, *start, counted, &FxHashSet::default());
                let edge =
                    most.first().and_then(|(import, _)| scope.context.graph.edges().get(*import as usize));
                let site = edge.map_or(Site::Place(entry.span), Site::of);
                violations.push((site, StartupViolation::Exceeds(exceeded)));
            }
        }
        let modules = scope.context.graph.index().len();
        let mut unseen = graph.unseen;
        unseen.missing = missing_scripts(scope.context, terms.entries);
        Checked {
            violations,
            constrained: scope
                .imports
                .count(|from, _| (from as usize) < modules && constrained[from as usize]),
            would_break: would_break(terms, scope, &entries),
            endpoints,
            unseen,
            ..Checked::default()
        }
    }

    fn message(terms: Startup, broken: &Broken, violation: &StartupViolation) -> Message {
        match violation {
            StartupViolation::Loads(loaded) => message_of_load(terms, broken, loaded),
            StartupViolation::Exceeds(exceeded) => message_of_budget(terms, broken, exceeded),
        }
    }

    fn fix(terms: Startup, broken: &Broken, violation: &StartupViolation) -> Option<Fix> {
        let StartupViolation::Loads(loaded) = violation else { return None };
        let (graph, start) = graph_of(terms, broken, loaded.entry)?;
        let cut = deferrals(terms, broken, &graph, start, loaded)?;
        let [only] = cut.as_slice() else { return None };
        let edge = broken.context.graph.edges().get(*only as usize)?;
        let mut fix = deferral(broken, edge)?;
        if let Some(lost) = lost_with(broken.context, edge) {
            tell_loss(&mut fix, &lost);
        }
        Some(fix)
    }

    fn unmatched<'a>(terms: Startup<'a>, names: &mut UnmatchedNames<'_, 'a>) {
        names.modules(&terms.entries.modules);
        for callable in &terms.entries.callables {
            let index = names.context.graph.index();
            match index.get(&callable.value.module) {
                None => names.push(&callable.value.module, callable.span, None),
                Some(module) if !is_bound(names.context, module, &callable.value.name) => {
                    names.push(&callable.value.name, callable.span, Some(&callable.value.module));
                }
                Some(_) => {}
            }
        }
        if let Some(span) = terms.entries.scripts
            && bound(names.context, terms.entries).is_empty()
        {
            names.push_scripts("scripts", span);
        }
        names.modules_or_elsewhere(terms.must_not_load);
    }
}

/// Whether names from elsewhere matter: some pattern may stand for one, or all modules are counted.
pub(crate) fn follows_elsewhere(terms: Startup, context: &Context) -> bool {
    let may_be_elsewhere = |prefix: Option<&str>| prefix.is_none_or(|prefix| !is_of_project(context, prefix));
    terms.max_modules.is_some_and(|budget| budget.all.is_some())
        || terms.must_not_load.iter().any(|pattern| may_be_elsewhere(pattern.value.literal_prefix()))
}

fn endpoint(entry: &Entry) -> Endpoint {
    let module = entry.module.index() as u32;
    Endpoint { name: entry.name.clone(), nodes: module..module + 1 }
}

/// What a name stands for that only the code of others imports.
fn endpoint_elsewhere(scope: &Scope, name: &str) -> Endpoint {
    let named = scope.graph.named(scope.context, name);
    named.unwrap_or_else(|| Endpoint { name: name.into(), nodes: 0..0 })
}

/// The last import of a chain that is the project's own.
fn site_of(scope: &Scope, chain: &[Step]) -> Option<Site> {
    let own = chain.iter().rev().find(|step| step.import != NO_IMPORT)?;
    scope.context.graph.edges().get(own.import as usize).map(Site::of)
}

fn hops(scope: &Scope, graph: &LoadGraph, chain: &[Step]) -> Vec<Hop> {
    let hop = |step: &Step| Hop {
        importer: graph.shared_name(scope, step.from),
        imported: graph.shared_name(scope, step.to),
        import: step.import,
    };
    chain.iter().map(hop).collect()
}

/// How many modules are too many, if they are.
fn exceeded(terms: Startup, graph: &LoadGraph, reached: &Reached, entry: usize) -> Option<Exceeded> {
    let budget = terms.max_modules?;
    let count = |is_counted: &dyn Fn(u32) -> bool| {
        reached.nodes.iter().filter(|node| graph.is_module(**node) && is_counted(**node)).count()
    };
    let over = |count: usize, most: u32| (count > most as usize).then_some((count, most));
    let own = budget.own.as_ref().and_then(|most| over(count(&|node| graph.is_own(node)), most.value));
    // Without the code of others nobody knows how many these are.
    let all = budget.all.as_ref().filter(|_| !graph.lacks_environment);
    let all = all.and_then(|most| over(count(&|_| true), most.value));
    (own.is_some() || all.is_some()).then_some(Exceeded { entry: entry as u32, own, all })
}

/// By import that a comment takes away: whether something that starts would load over it what it must not, or too much.
fn would_break(terms: Startup, scope: &Scope, entries: &[Entry]) -> Vec<bool> {
    let suppressed = &scope.imports.suppressed;
    if suppressed.is_empty() {
        return Vec::new();
    }
    let suppressed_load = !scope.imports.apart;
    let follow = Follow { elsewhere: follows_elsewhere(terms, scope.context), suppressed: suppressed_load };
    let graph = LoadGraph::new(scope, entries, follow);
    let targets = Targets::new(terms.must_not_load);
    let reached: Vec<Reached> =
        graph.starts.iter().map(|start| Reached::new(&graph, *start, |_, _| true)).collect();
    let is_over: Vec<bool> =
        reached.iter().map(|reached| exceeded(terms, &graph, reached, 0).is_some()).collect();
    suppressed
        .iter()
        .map(|import| {
            let loading = reached.iter().zip(&is_over).filter(|(reached, _)| reached.has(import.from));
            let loading: Vec<bool> = loading.map(|(_, is_over)| *is_over).collect();
            if loading.is_empty() {
                return false;
            }
            let to = graph.node_of(scope, import.to);
            let leads_there = to.is_some_and(|to| {
                let reached = Reached::new(&graph, to, |_, _| true);
                let around = scope.context.graph.index().nth(to as usize).filter(|_| graph.is_own(to));
                let around = around.into_iter().flat_map(|id| scope.context.graph.index().ancestors(id));
                let around: Vec<u32> = around.map(|id| id.index() as u32).collect();
                let is_target = |node: &u32| targets.around(graph.name(scope, *node)).is_some();
                reached.nodes.iter().any(is_target)
                    || around
                        .iter()
                        .any(|node| Reached::new(&graph, *node, |_, _| true).nodes.iter().any(is_target))
            });
            leads_there || loading.contains(&true)
        })
        .collect()
}
