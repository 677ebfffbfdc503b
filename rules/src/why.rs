//! Why one module may import another, or why not.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ringfence_diagnostics::{ChainHop, Span};
use ringfence_graph::{Edge, ModuleId, Target, distances, shortest_chain};
use ringfence_policy::{Contract, Key};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::contracts::engine::question::{Imported, forbidden_imports, forbids};
use crate::dependencies::deprecated_dependency::DeprecatedDependency;
use crate::dependencies::forbidden_dependency::ForbiddenDependency;
use crate::dependencies::hidden_module_import::HiddenModuleImport;
use crate::dependencies::undeclared_dependency::UndeclaredDependency;
use crate::distributions::forbidden_external::ForbiddenExternal;
use crate::distributions::forbidden_external::externals_of;
use crate::interface::is_exposed;
use crate::interfaces::private_import::PrivateImport;
use crate::layers::layer_violation::LayerViolation;
use crate::layers::sibling_layer_import::SiblingLayerImport;
use crate::layers::skipped_layer::SkippedLayer;
use crate::rule::Documented;
use crate::run::{Visitors, find_at};
use crate::{BoundaryId, Context, LayerStep, RuleId, RuleSet, Site};

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    pub importer: String,
    pub imported: String,
    /// The boundary modules that own them.
    pub importer_boundary: Option<String>,
    pub imported_boundary: Option<String>,
    /// Whether what is imported is no module of the project.
    pub elsewhere: bool,
    pub allowed: bool,
    /// What speaks for or against it, in the order in which rules speak.
    pub reasons: Vec<Reason>,
    /// The imports from the one, or what is below it, of the other; without those that a boundary module further in answers for.
    pub imports: Vec<ImportThere>,
    /// A shortest chain of imports, where there is no direct one.
    pub chain: Vec<ChainHop>,
    /// Boundary modules through which it may be reached, both ends included; empty where there is no way.
    pub way: Vec<String>,
}

/// One key of the config that speaks of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub allows: bool,
    /// The rule that says so.
    pub code: &'static str,
    pub text: String,
    /// The place in the config.
    pub span: Option<Span>,
}

/// An import that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportThere {
    pub span: Span,
    /// In full.
    pub name: String,
    pub kind: &'static str,
    /// The rules about crossings that find something there.
    pub found: Vec<&'static str>,
}

/// Why one module may import another, or `member` of it, or why not. O(imports), and O(boundary modules squared) for the way
/// round.
pub fn why(context: &Context, importer: ModuleId, imported: ModuleId, member: &str, rules: &RuleSet) -> Why {
    let index = context.graph.index();
    let owners = (context.boundaries.owner(importer), context.boundaries.owner(imported));
    let name = |id: BoundaryId| context.boundary_name(id).to_string();
    let mut why = Why {
        importer: context.module_name(importer).to_string(),
        imported: joined(context.module_name(imported), member),
        importer_boundary: owners.0.map(name),
        imported_boundary: owners.1.map(name),
        ..Why::default()
    };
    why.reasons = said_by_keys(context, importer, imported, member);
    let is_within = |edge: &&Edge| {
        let (Some(file), Target::Module { module, .. }) = (index.of_file(edge.file), edge.target) else {
            return false;
        };
        let is_part = |outer: ModuleId, inner: ModuleId, other: ModuleId| {
            // Of two modules of which one lies in the other, what is in the inner one is not the outer one's.
            let is_others = outer != other && index.contains(outer, other) && index.contains(other, inner);
            index.contains(outer, inner)
                && !is_others
                && context.boundaries.owner(inner) == context.boundaries.owner(outer)
        };
        is_part(importer, file.module, imported)
            && is_part(imported, module, importer)
            && (member.is_empty() || is_of(context, edge, imported, member))
    };
    let there = positions(context, is_within);
    why.reasons.extend(forbidden_by_contracts(context, rules, &there, importer, Imported::Module(imported)));
    why.allowed = why.reasons.iter().all(|reason| reason.allows);
    let edges = there.iter().filter_map(|position| context.graph.edges().get(*position as usize));
    why.imports = edges.map(|edge| import_there(context, edge, rules)).collect();
    if why.imports.is_empty() {
        why.chain = chain_between(context, importer, imported);
    }
    // To what is private to an interface no other module leads.
    let is_apart =
        why.reasons.iter().any(|reason| !reason.allows && reason.code != PrivateImport::METADATA.code);
    if let ((Some(from), Some(to)), true) = (owners, is_apart) {
        why.way = way_round(context, from, to).into_iter().map(name).collect();
    }
    why
}

/// What the keys of the config say of an import of a module, or of a member of it, in the order in which rules speak.
pub(crate) fn said_by_keys(
    context: &Context,
    importer: ModuleId,
    imported: ModuleId,
    member: &str,
) -> Vec<Reason> {
    let allowed = |text: String, span: Option<Span>| {
        vec![Reason { allows: true, code: UndeclaredDependency::METADATA.code, text, span }]
    };
    match (context.boundaries.owner(importer), context.boundaries.owner(imported)) {
        (_, None) => {
            let imported = joined(context.module_name(imported), member);
            allowed(format!("no boundary module owns `{imported}`, so everybody may import it"), None)
        }
        (Some(from), Some(to)) if from == to => allowed(
            format!("both are part of `{}`", context.boundary_name(from)),
            Some(context.declaration(from).pattern.span),
        ),
        (Some(from), Some(to)) => reasons(context, from, to, &below(context, to, imported, member)),
        (None, Some(to)) => {
            let mut said: Vec<Reason> = visibility(context, None, importer, to).into_iter().collect();
            said.extend(interface_of(context, None, to, &below(context, to, imported, member)));
            said
        }
    }
}

/// What the config says of each two boundary modules of which the one imports the other: the reasons that [`why`] gives for the two.
/// O(imports) for each contract.
pub fn why_between(context: &Context, rules: &RuleSet) -> BTreeMap<(BoundaryId, BoundaryId), Vec<Reason>> {
    let index = context.graph.index();
    let mut there: BTreeMap<(BoundaryId, BoundaryId), Vec<u32>> = BTreeMap::new();
    for (position, edge) in (0..).zip(context.graph.edges()) {
        if let (Some(file), Target::Module { module, .. }) = (index.of_file(edge.file), edge.target)
            && let (Some(from), Some(to)) =
                (context.boundaries.owner(file.module), context.boundaries.owner(module))
            && from != to
        {
            there.entry((from, to)).or_default().push(position);
        }
    }
    let all: FxHashSet<u32> = there.values().flatten().copied().collect();
    let forbidding: Vec<(&Contract, FxHashSet<u32>)> = context
        .policy
        .contracts
        .iter()
        .filter(|contract| rules.contains(RuleId::of_contract(contract)))
        .map(|contract| (contract, forbidden_imports(context, contract, &all)))
        .collect();
    let mut answers = BTreeMap::new();
    for ((from, to), positions) in there {
        let mut said = reasons(context, from, to, "");
        let forbids =
            forbidding.iter().filter(|(_, imports)| positions.iter().any(|it| imports.contains(it)));
        said.extend(forbids.map(|(contract, _)| forbidden_by(contract)));
        answers.insert((from, to), said);
    }
    answers
}

/// Why a module may import something that is no module of the project, or why not. Nothing where no import has such a name.
pub fn why_elsewhere(context: &Context, importer: ModuleId, name: &str, rules: &RuleSet) -> Option<Why> {
    let index = context.graph.index();
    let is_it = |edge: &&Edge| {
        matches!(edge.target, Target::ThirdParty | Target::StandardLibrary)
            && is_at_or_below(&context.imported_name(edge), name)
    };
    let all = positions(context, is_it);
    all.first()?;
    let edge_at = |position: &u32| context.graph.edges().get(*position as usize);
    let owner = context.boundaries.owner(importer);
    let mut why = Why {
        importer: context.module_name(importer).to_string(),
        imported: name.to_string(),
        elsewhere: true,
        importer_boundary: owner.map(|owner| context.boundary_name(owner).to_string()),
        ..Why::default()
    };
    why.reasons.extend(owner.and_then(|owner| externals_of(context, owner, name)));
    let is_within = |edge: &Edge| {
        let module = index.of_file(edge.file).map(|file| file.module);
        module.is_some_and(|module| {
            index.contains(importer, module) && context.boundaries.owner(module) == owner
        })
    };
    let there: Vec<u32> =
        all.into_iter().filter(|position| edge_at(position).is_some_and(is_within)).collect();
    why.reasons.extend(forbidden_by_contracts(context, rules, &there, importer, Imported::Elsewhere(name)));
    if why.reasons.is_empty() {
        why.reasons.push(Reason {
            allows: true,
            code: ForbiddenExternal::METADATA.code,
            text: format!("no key of a boundary module and no contract speaks of `{name}`"),
            span: None,
        });
    }
    why.allowed = why.reasons.iter().all(|reason| reason.allows);
    let found = Visitors::new(rules, context.policy).visit_project(context);
    why.imports = there
        .iter()
        .filter_map(edge_at)
        .map(|edge| {
            let mut there = import_there(context, edge, rules);
            let here = found.iter().filter(|finding| finding.site == Site::of(edge));
            there.found.extend(here.map(|finding| finding.rule.entry().metadata.code));
            there
        })
        .collect();
    Some(why)
}

/// What a boundary module says of something that it imports from elsewhere; nothing where no key of it speaks of that.
pub fn why_external(context: &Context, importer: BoundaryId, name: &str) -> Option<Reason> {
    externals_of(context, importer, name)
}

fn import_there(context: &Context, edge: &Edge, rules: &RuleSet) -> ImportThere {
    let found = find_at(context, rules, edge);
    ImportThere {
        span: context.span(Site::of(edge)),
        name: context.imported_name(edge),
        kind: edge.kind.as_str(),
        found: found.iter().map(|finding| finding.rule.entry().metadata.code).collect(),
    }
}

/// Whether an edge imports a member of a module, or something of that.
fn is_of(context: &Context, edge: &Edge, imported: ModuleId, member: &str) -> bool {
    let Target::Module { module, .. } = edge.target else { return false };
    let name = context.facts(edge.file).and_then(|facts| context.graph.member(edge, facts));
    module == imported && name.is_some_and(|name| is_at_or_below(&name, member))
}

/// What a member of a module is called below the boundary module that owns it.
fn below(context: &Context, boundary: BoundaryId, module: ModuleId, member: &str) -> String {
    let name = context.module_name(module).strip_prefix(context.boundary_name(boundary)).unwrap_or_default();
    joined(name.trim_start_matches('.'), member)
}

/// What the keys of two boundary modules say of an import from one of a member of the other.
fn reasons(context: &Context, from: BoundaryId, to: BoundaryId, member: &str) -> Vec<Reason> {
    let depends_on = context.key(Key::DependsOn);
    let (importer, imported) = (context.boundary_name(from), context.boundary_name(to));
    let declaration = context.declaration(from);
    let mut reasons = Vec::new();
    if let Some(entry) =
        context.boundaries.prohibition(from, to).and_then(|at| declaration.forbids.get(at as usize))
    {
        let why = entry.reason.as_ref().map(|reason| format!(": {}", reason.value)).unwrap_or_default();
        reasons.push(Reason {
            allows: false,
            code: ForbiddenDependency::METADATA.code,
            text: format!("`{importer}` forbids `{}`{why}", entry.pattern.value),
            span: Some(entry.pattern.span),
        });
    }
    let layer = |id| context.boundaries.layer(id).and_then(|layer| context.policy.layers.get(layer));
    if let (Some(upper), Some(lower)) = (layer(from), layer(to)) {
        let (code, allows, text) = match context.boundaries.step(context.policy, from, to) {
            LayerStep::Up => (
                LayerViolation::METADATA.code,
                false,
                format!("layer `{}` is below layer `{}`", upper.name.value, lower.name.value),
            ),
            LayerStep::Sideways => (
                SiblingLayerImport::METADATA.code,
                false,
                format!("layers `{}` and `{}` are independent", upper.name.value, lower.name.value),
            ),
            LayerStep::Past(closed) => {
                let closed = context.policy.layers.get(closed).map_or("", |layer| layer.name.value.as_str());
                (SkippedLayer::METADATA.code, false, format!("the closed layer `{closed}` lies between"))
            }
            LayerStep::Down | LayerStep::Free | LayerStep::Unknown => (
                LayerViolation::METADATA.code,
                true,
                format!("layer `{}` may import layer `{}`", upper.name.value, lower.name.value),
            ),
        };
        reasons.push(Reason { allows, code, text, span: Some(upper.name.span) });
    }
    reasons.extend(visibility(context, Some(from), context.boundaries.get(from).module, to));
    if let Some(declared) = &declaration.depends_on {
        let entry = context.boundaries.dependency(from, to).and_then(|at| declared.value.get(at as usize));
        reasons.push(match entry {
            Some(entry) => Reason {
                allows: true,
                code: if entry.deprecated.is_some() {
                    DeprecatedDependency::METADATA.code
                } else {
                    UndeclaredDependency::METADATA.code
                },
                text: match &entry.deprecated {
                    Some(instead) if !instead.value.is_empty() => {
                        format!(
                            "`{importer}` declares `{}`, on its way out: {}",
                            entry.pattern.value, instead.value
                        )
                    }
                    Some(_) => format!("`{importer}` declares `{}`, on its way out", entry.pattern.value),
                    None => format!("`{importer}` declares `{}`", entry.pattern.value),
                },
                span: Some(entry.pattern.span),
            },
            None if !context.must_declare(from, to) => Reason {
                allows: true,
                code: UndeclaredDependency::METADATA.code,
                text: format!("`{imported}` need not be declared"),
                span: context.declaration(to).utility,
            },
            None => Reason {
                allows: false,
                code: UndeclaredDependency::METADATA.code,
                text: format!("`{depends_on}` of `{importer}` does not list `{imported}`"),
                span: Some(declared.span),
            },
        });
    }
    reasons.extend(interface_of(context, Some(from), to, member));
    if reasons.is_empty() {
        reasons.push(Reason {
            allows: true,
            code: UndeclaredDependency::METADATA.code,
            text: format!("nothing in the config keeps `{importer}` from importing `{imported}`"),
            span: Some(declaration.pattern.span),
        });
    }
    reasons
}

fn visibility(
    context: &Context,
    from: Option<BoundaryId>,
    importer: ModuleId,
    to: BoundaryId,
) -> Option<Reason> {
    let visible_to = context.key(Key::VisibleTo);
    let visible = context.declaration(to).visible_to.as_ref()?;
    let allows = match from {
        Some(from) => context.boundaries.sees(from, to),
        None => visible.value.iter().any(|name| name.value.matches(context.module_name(importer))),
    };
    let verb = if allows { "lets it in" } else { "does not let it in" };
    Some(Reason {
        allows,
        code: HiddenModuleImport::METADATA.code,
        text: format!("`{visible_to}` of `{}` {verb}", context.boundary_name(to)),
        span: Some(visible.span),
    })
}

/// What of it may be imported, as far as that is said.
fn interface_of(context: &Context, from: Option<BoundaryId>, to: BoundaryId, member: &str) -> Option<Reason> {
    let exposed = context.exposed(to, from)?;
    let names: Vec<String> = exposed.patterns().map(|pattern| format!("`{pattern}`")).collect();
    let what = if names.is_empty() { "nothing".to_string() } else { names.join(", ") };
    let allows = is_exposed(context, to, from, member);
    let only = if allows { "" } else { "only " };
    Some(Reason {
        allows,
        code: PrivateImport::METADATA.code,
        text: format!("`{}` exposes {only}{what}", context.boundary_name(to)),
        span: context.declaration(to).exposes.as_ref().map(|exposes| exposes.span),
    })
}

fn chain_between(context: &Context, importer: ModuleId, imported: ModuleId) -> Vec<ChainHop> {
    let index = context.graph.index();
    let number = |module: ModuleId| module.index() as u32;
    let within = |module: ModuleId, other: ModuleId| {
        let is_others = move |id: &ModuleId| {
            module != other && index.contains(module, other) && index.contains(other, *id)
        };
        index.subtree(module).filter(move |id| !is_others(id)).map(number)
    };
    let mut first: FxHashMap<(u32, u32), &Edge> = FxHashMap::default();
    for edge in context.graph.edges() {
        if let (Target::Module { module, .. }, Some(from)) = (edge.target, index.of_file(edge.file)) {
            first.entry((number(from.module), number(module))).or_insert(edge);
        }
    }
    let graph = ringfence_graph::Digraph::new(index.len(), first.keys().copied().collect());
    let distances = distances(&graph.reversed(), within(imported, importer), |_| true);
    let chain = shortest_chain(&graph, &distances, within(importer, imported), |_| true).unwrap_or_default();
    let name = |node: u32| {
        index.nth(node as usize).map_or_else(|| Arc::from(""), |id| Arc::clone(&index.module(id).name))
    };
    chain
        .windows(2)
        .filter_map(|pair| {
            let edge = first.get(&(pair[0], pair[1]))?;
            Some(ChainHop {
                importer: name(pair[0]),
                imported: name(pair[1]),
                span: context.span(Site::of(edge)),
            })
        })
        .collect()
}

/// The shortest way from one boundary module to another over others, each of which may import the next.
fn way_round(context: &Context, from: BoundaryId, to: BoundaryId) -> Vec<BoundaryId> {
    let may = |a: BoundaryId, b: BoundaryId| reasons(context, a, b, "").iter().all(|reason| reason.allows);
    let mut before: FxHashMap<BoundaryId, BoundaryId> = FxHashMap::default();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        for (next, _) in context.boundaries.iter() {
            if next == from || before.contains_key(&next) || !may(at, next) {
                continue;
            }
            before.insert(next, at);
            if next == to {
                let mut way = vec![to];
                while let Some(earlier) = way.last().and_then(|last| before.get(last)) {
                    way.push(*earlier);
                }
                way.reverse();
                return way;
            }
            queue.push_back(next);
        }
    }
    Vec::new()
}

/// The positions of the imports of which this holds.
fn positions(context: &Context, is_meant: impl Fn(&&Edge) -> bool) -> Vec<u32> {
    (0..)
        .zip(context.graph.edges())
        .filter(|(_, edge)| is_meant(edge))
        .map(|(position, _)| position)
        .collect()
}

/// The contracts that are checked and forbid some of the imports that are there, or where there are none, one by itself.
fn forbidden_by_contracts(
    context: &Context,
    rules: &RuleSet,
    there: &[u32],
    importer: ModuleId,
    imported: Imported,
) -> Vec<Reason> {
    let there: FxHashSet<u32> = there.iter().copied().collect();
    let is_checked = |contract: &&Contract| rules.contains(RuleId::of_contract(contract));
    let contracts = context.policy.contracts.iter().filter(is_checked);
    let forbidding = contracts.filter(|contract| forbids(context, contract, &there, importer, imported));
    forbidding.map(forbidden_by).collect()
}

/// The contracts that are checked and forbid the import at this position by itself, each with what is to be said of that.
pub fn forbidding_contracts<'a>(
    context: &Context<'a>,
    rules: &RuleSet,
    position: u32,
) -> Vec<(&'a Contract, String)> {
    let there = FxHashSet::from_iter([position]);
    let contracts = context.policy.contracts.iter();
    contracts
        .filter(|contract| rules.contains(RuleId::of_contract(contract)))
        .filter(|contract| !forbidden_imports(context, contract, &there).is_empty())
        .map(|contract| (contract, forbidden_by(contract).text))
        .collect()
}

pub(crate) fn forbidden_by(contract: &Contract) -> Reason {
    Reason {
        allows: false,
        code: RuleId::of_contract(contract).metadata().code,
        text: format!("the contract `{}` forbids it", contract.name.value),
        span: Some(contract.name.span),
    }
}

fn joined(module: &str, member: &str) -> String {
    if module.is_empty() || member.is_empty() {
        [module, member].concat()
    } else {
        [module, ".", member].concat()
    }
}

fn is_at_or_below(name: &str, around: &str) -> bool {
    name.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
