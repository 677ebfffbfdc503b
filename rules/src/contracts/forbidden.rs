use ringfence_diagnostics::Fix;
use ringfence_policy::{Patterns, Reach, Terms};

use super::engine::chains::{Chain, Route, Sides, ViolationKind};
use super::engine::contract_graph::Endpoint;
use super::engine::contract_type::ContractType;
use super::engine::cuts::move_out_of_chain;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use super::unmatched::UnmatchedNames;
use crate::Message;
use crate::rule::{Activation, declare_rule};

declare_rule! {
    /// ## What it does
    /// Checks for import chains that a `forbidden` contract rules out. Nothing in `from` may reach anything in `to`,
    /// whether it imports it directly or through other modules.
    ///
    /// ## Why is this bad?
    /// A module needs everything that it reaches: it cannot be loaded, tested or shipped without it, and breaks when
    /// it changes. Modules in between only make the dependency harder to see.
    ///
    /// Each module in `from` that reaches one in `to` is reported once, with a shortest chain of imports between
    /// them. The finding is located at the first import of the chain, which the owner of the module in `from` can
    /// change. The help names the imports to remove so that no chain is left; `--all-chains` lists the chains.
    ///
    /// The contract sees imports as they are written. To import `shop.tools.text` also runs `shop/__init__.py` and
    /// `shop/tools/__init__.py`, and what these import is loaded, too, though no chain leads there. With `through-inits = true`, an
    /// import counts as one of each package around what it names, unless that is around the importer, too, and the modules in `from`
    /// reach what the packages around them import. What a program loads when it starts is for a `startup` contract (RF409).
    ///
    /// A suppression at an import removes that import from all contracts of this type. An entry of `except` removes
    /// it from one contract, with the packages around it.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "the domain knows no framework"
    /// type = "forbidden"
    /// from = ["shop.domain"]
    /// to = ["sqlalchemy"]
    /// ```
    ///
    /// ```python
    /// # shop/domain/order.py
    /// from shop.tools import slug  # RF403
    ///
    /// # shop/tools.py
    /// import sqlalchemy
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/domain/order.py
    /// from shop.text import slug
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    ///
    /// ## Fix safety
    /// The fix moves the first import of the chain to where the contract ignores it: under `if TYPE_CHECKING:`, into
    /// a lazy import or into functions. It is offered if the contract ignores such imports, every use of the imported
    /// name permits the move, and no other chain reaches the forbidden module. A move under `if TYPE_CHECKING:` is as
    /// safe as the fix of RF603. Any other move is unsafe, as the module is then loaded later.
    ForbiddenChain {
        code: "RF403",
        name: "forbidden-chain",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
        dialects: [ImportLinter: Checked],
    }
}

/// What a `forbidden` contract demands: none of `from` may reach any of `to`.
#[derive(Clone, Copy)]
pub(crate) struct Forbidden<'a> {
    from: &'a Patterns,
    to: &'a Patterns,
    route: Route,
    /// Whether modules stand for what is below them, too.
    submodules: bool,
    /// Whether an import is also one of each package around what it names.
    through_inits: bool,
}

impl ContractType for ForbiddenChain {
    type Terms<'a> = Forbidden<'a>;
    type Violation = ViolationKind;

    fn terms(terms: &Terms) -> Option<Forbidden<'_>> {
        let Terms::Forbidden { from, to, reach, submodules, through_inits } = terms else { return None };
        let route = match reach {
            Reach::Direct => Route::Direct,
            Reach::Indirect => Route::Anywhere,
        };
        Some(Forbidden { from, to, route, submodules: *submodules, through_inits: *through_inits })
    }

    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns> {
        vec![terms.from, terms.to]
    }

    fn goes_through_inits(terms: Forbidden) -> bool {
        terms.through_inits
    }

    fn check(terms: Forbidden, scope: &Scope) -> Checked<ViolationKind> {
        let sources = scope.endpoints(terms.from, terms.submodules);
        let targets = scope.endpoints(terms.to, terms.submodules);
        let forbids = |source: usize, target: usize| is_apart(&sources[source], &targets[target]);
        let sides = Sides::new(scope, &sources, &targets);
        let (chains, constrained) = match terms.route {
            Route::Direct => (
                sides.imports(scope, forbids),
                scope.imports.count(|from, to| sides.is_source(from) || sides.is_target(to)),
            ),
            Route::Anywhere | Route::BetweenEndpoints => {
                (sides.chains(scope, forbids), scope.imports.count(|from, _| sides.is_source(from)))
            }
        };
        // All endpoints are one list, the sources first.
        let in_one_list = |chain: Chain| Chain { to: chain.to + sources.len() as u32, ..chain };
        let listed = chains.listed.into_iter().map(in_one_list);
        Checked {
            violations: listed.filter_map(|chain| chain.at_first_import(scope)).collect(),
            unlisted: chains.unlisted,
            constrained,
            would_break: sides.would_break(scope, terms.route, forbids),
            endpoints: sources.iter().chain(&targets).cloned().collect(),
            ..Checked::default()
        }
        .with_unlisted(scope.contract)
    }

    fn message(terms: Forbidden, broken: &Broken, violation: &ViolationKind) -> Message {
        broken.message_of(violation, terms.route, |ends| {
            if ends.is_direct {
                format!("`{}` must not import `{}`", ends.from, ends.to)
            } else {
                format!("`{}` must not reach `{}`, and {}", ends.from, ends.to, ends.how)
            }
        })
    }

    fn fix(terms: Forbidden, broken: &Broken, violation: &ViolationKind) -> Option<Fix> {
        move_out_of_chain::<Self>(broken, violation, terms.route)
    }

    /// What an external is forbidden to be need not be imported by anybody.
    fn unmatched<'a>(terms: Forbidden<'a>, names: &mut UnmatchedNames<'_, 'a>) {
        names.modules(terms.from);
        names.modules_or_elsewhere(terms.to);
    }
}

/// Whether two endpoints are different, so that the one can reach the other.
fn is_apart(source: &Endpoint, target: &Endpoint) -> bool {
    source.name != target.name && !source.overlaps(target)
}
