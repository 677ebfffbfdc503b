use ringfence_diagnostics::Span;
use ringfence_graph::ModuleId;
use ringfence_policy::{ContractLayer, Patterns, Spanned, Terms};

use super::engine::chains::{Route, ViolationKind};
use super::engine::contract_graph::Endpoint;
use super::engine::contract_type::ContractType;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use super::engine::separation;
use super::unmatched::UnmatchedNames;
use crate::rule::{Activation, declare_rule};
use crate::{Context, Message};

declare_rule! {
    /// ## What it does
    /// Checks for import chains from a lower layer to a higher one in a `layers` contract. No layer may reach a
    /// higher one, whether it imports it directly or through modules outside all of the layers.
    ///
    /// ## Why is this bad?
    /// A lower layer that depends on a higher one cannot be used without it, and the two change together: the layers
    /// exist in name only. RF301 checks imports; this contract also checks chains through other modules.
    ///
    /// Each pair of layers is reported once, with a shortest chain of imports. A chain that passes through a further
    /// layer counts for that layer only. Independent layers (`"a | b"`) may not reach each other at all, and no layer
    /// above a closed one may reach past it. With `containers`, the layers of each container are checked on their
    /// own.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "the shop is layered"
    /// type = "layers"
    /// layers = ["shop.web", "shop.orders | shop.billing", "shop.storage"]
    /// ```
    ///
    /// ```python
    /// # shop/storage/rows.py
    /// from shop.helpers import current_user  # RF408
    ///
    /// # shop/helpers.py
    /// from shop.web.session import current_user
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/storage/rows.py
    /// def save(row, user): ...  # whoever calls it knows the user
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    LayerChain {
        code: "RF408",
        name: "layer-chain",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
        dialects: [ImportLinter: Checked],
    }
}

/// What a `layers` contract demands: no module may reach one in a layer above it.
#[derive(Clone, Copy)]
pub(crate) struct Layers<'a> {
    /// Top first.
    levels: &'a [ContractLayer],
    /// Packages in each of which the layers are looked for on their own. `None`: the names of layers are whole.
    containers: Option<&'a Patterns>,
    /// The key that says that every child of a container has to be in a layer.
    pub(crate) exhaustive: Option<Span>,
    /// Children that need not be.
    exhaustive_except: &'a [Spanned<String>],
}

/// What breaks it, and of a chain the layers that it leads from and to.
#[derive(Debug, Hash)]
pub(crate) struct BrokenLayers {
    kind: ViolationKind,
    levels: Option<(usize, usize)>,
}

impl Layers<'_> {
    fn containers(&self, scope: &Scope) -> Vec<Option<Endpoint>> {
        match self.containers {
            None => vec![None],
            Some(patterns) => scope.endpoints(patterns, true).into_iter().map(Some).collect(),
        }
    }

    fn forbids(&self, from: usize, to: usize) -> bool {
        let is_closed = |layer: &ContractLayer| layer.closed;
        from > to
            || (from == to && self.levels[from].independent)
            || (from < to && self.levels[from + 1..to].iter().any(is_closed))
    }

    /// Children of containers that are in no layer although all have to be, after their containers.
    pub(crate) fn unlayered(&self, context: &Context) -> Vec<(ModuleId, ModuleId)> {
        let index = context.graph.index();
        let (Some(containers), Some(_)) = (self.containers, self.exhaustive) else { return Vec::new() };
        let is_named = |tail: &str| {
            let mut members = self.levels.iter().flat_map(|layer| &layer.members);
            members.any(|member| member.name.value == tail)
                || self.exhaustive_except.iter().any(|name| name.value == tail)
        };
        let mut unlayered = Vec::new();
        for container in context.verdicts().graph(context).all_endpoints(context, containers, true) {
            let Some(container) = index.get(&container.name) else { continue };
            let below = index.name(container).len() + 1;
            let children = index.subtree(container).filter(|id| index.module(*id).parent == Some(container));
            let outside = children.filter(|child| !is_named(&index.name(*child)[below..]));
            unlayered.extend(outside.map(|child| (container, child)));
        }
        unlayered
    }
}

impl ContractType for LayerChain {
    type Terms<'a> = Layers<'a>;
    type Violation = BrokenLayers;

    fn terms(terms: &Terms) -> Option<Layers<'_>> {
        let Terms::Layers { layers, containers, exhaustive, exhaustive_except } = terms else { return None };
        Some(Layers {
            levels: layers,
            containers: containers.as_ref(),
            exhaustive: *exhaustive,
            exhaustive_except,
        })
    }

    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns> {
        terms.containers.into_iter().collect()
    }

    fn check(terms: Layers, scope: &Scope) -> Checked<BrokenLayers> {
        let mut checked = Checked::default();
        let mut all_levels: Vec<usize> = Vec::new();
        for container in terms.containers(scope) {
            let mut endpoints: Vec<Endpoint> = Vec::new();
            let mut levels: Vec<usize> = Vec::new();
            let mut places: Vec<Span> = Vec::new();
            for (level, layer) in terms.levels.iter().enumerate() {
                for member in &layer.members {
                    let name = match &container {
                        Some(container) => format!("{}.{}", container.name, member.name.value),
                        None => member.name.value.clone(),
                    };
                    if let Some(endpoint) = scope.graph.named(scope.context, &name) {
                        endpoints.push(endpoint);
                        levels.push(level);
                        places.push(member.name.span);
                    }
                }
            }
            let forbids = |from: usize, to: usize| terms.forbids(levels[from], levels[to]);
            checked.append(separation::check(scope, endpoints, &places, forbids));
            all_levels.append(&mut levels);
        }
        checked.reported_elsewhere = terms.unlayered(scope.context).len();
        checked.with_unlisted(scope.contract).map(|kind| {
            let endpoints = kind.endpoints();
            let levels =
                endpoints.and_then(|(from, to)| Some((*all_levels.get(from)?, *all_levels.get(to)?)));
            BrokenLayers { kind, levels }
        })
    }

    fn message(terms: Layers, broken: &Broken, violation: &BrokenLayers) -> Message {
        broken.message_of(&violation.kind, Route::BetweenEndpoints, |ends| {
            let why = match violation.levels {
                Some((from, to)) if from == to => format!("must be independent of `{}`", ends.to),
                Some((from, to)) if from < to => {
                    let closed = terms.levels[from + 1..to].iter().find(|layer| layer.closed);
                    let names = closed.map(|layer| {
                        let names = layer.members.iter().map(|member| member.name.value.as_str());
                        names.collect::<Vec<_>>().join("`, `")
                    });
                    format!("must not reach past `{}` to `{}`", names.unwrap_or_default(), ends.to)
                }
                _ => format!("is a layer below `{}`", ends.to),
            };
            format!("`{}` {why}, and {}", ends.from, ends.how)
        })
    }

    fn unmatched<'a>(terms: Layers<'a>, names: &mut UnmatchedNames<'_, 'a>) {
        let members = terms.levels.iter().flat_map(|layer| &layer.members);
        let members = members.filter(|member| !member.optional).map(|member| &member.name);
        match terms.containers {
            None => members.for_each(|name| names.module(name)),
            Some(containers) => {
                names.modules(containers);
                let members = members.collect::<Vec<_>>();
                for container in names.endpoints(containers) {
                    for name in &members {
                        names.module_below(&container.name, name);
                    }
                }
            }
        }
    }
}
