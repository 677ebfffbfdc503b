use ringfence_diagnostics::joined;
use ringfence_policy::{Patterns, Terms};
use rustc_hash::FxHashSet;

use super::engine::chains::{Chain, Route, ViolationKind, cover};
use super::engine::contract_graph::Endpoint;
use super::engine::contract_type::ContractType;
use super::engine::messages::Broken;
use super::engine::scope::{Checked, Scope};
use super::unmatched::UnmatchedNames;
use crate::Message;
use crate::rule::{Activation, declare_rule};

declare_rule! {
    /// ## What it does
    /// Checks for direct imports of modules that a `protected` contract reserves for its `importers`.
    ///
    /// ## Why is this bad?
    /// Other code is meant to use a protected module through its importers, which check, cache, log or translate. A
    /// direct import bypasses them.
    ///
    /// Reaching a protected module through an allowed importer is fine. Protected modules may not import each other
    /// either, unless one contains the other. Each importing module is reported once for each protected module that
    /// it imports.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "tables are for repositories"
    /// type = "protected"
    /// modules = ["shop.tables"]
    /// importers = ["shop.repositories"]
    /// ```
    ///
    /// ```python
    /// # shop/web/orders.py
    /// from shop.tables import orders  # RF405
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/web/orders.py
    /// from shop.repositories import find_orders
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `kinds`
    UnprotectedImport {
        code: "RF405",
        name: "unprotected-import",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Contract, OneOfSeveral],
        dialects: [ImportLinter: Checked],
    }
}

/// How many importers are named in a message.
const MOST_IMPORTERS: usize = 5;

/// What a `protected` contract demands: nobody but `importers` may import `modules` directly.
#[derive(Clone, Copy)]
pub(crate) struct Protected<'a> {
    modules: &'a Patterns,
    importers: &'a Patterns,
    /// Whether modules stand for what is below them, too.
    submodules: bool,
}

impl ContractType for UnprotectedImport {
    type Terms<'a> = Protected<'a>;
    type Violation = ViolationKind;

    fn terms(terms: &Terms) -> Option<Protected<'_>> {
        let Terms::Protected { modules, importers, submodules } = terms else { return None };
        Some(Protected { modules, importers, submodules: *submodules })
    }

    fn patterns(terms: Self::Terms<'_>) -> Vec<&Patterns> {
        vec![terms.modules, terms.importers]
    }

    fn check(terms: Protected, scope: &Scope) -> Checked<ViolationKind> {
        let protected = scope.endpoints(terms.modules, terms.submodules);
        let allowed = scope.endpoints(terms.importers, terms.submodules);
        let is_protected = cover(&protected, scope.graph.len());
        let is_allowed = cover(&allowed, scope.graph.len());
        // The first protected endpoint that a node outside of it imports.
        let entered = |from: u32, to: u32| {
            let mut of = is_protected[to as usize].iter().copied();
            of.find(|endpoint| !protected[*endpoint as usize].contains(from))
        };
        let breaks = |from: u32, to: u32| entered(from, to).filter(|_| is_allowed[from as usize].is_empty());
        let mut endpoints = protected.clone();
        let mut violations = Vec::new();
        // A package from elsewhere is imported once, however many of its names are.
        let mut from_elsewhere: FxHashSet<(u32, u32)> = FxHashSet::default();
        for (from, to) in scope.digraph().edges() {
            let Some(endpoint) = breaks(from, to) else { continue };
            if scope.graph.is_elsewhere(to) && !from_elsewhere.insert((from, endpoint)) {
                continue;
            }
            let chain = Chain { from: endpoints.len() as u32, to: endpoint, nodes: vec![from, to] };
            let name = scope.graph.name(scope.context, from).into();
            endpoints.push(Endpoint { name, nodes: from..from + 1 });
            violations.extend(chain.at_first_import(scope));
        }
        Checked {
            endpoints,
            violations,
            constrained: scope.imports.count(|from, to| entered(from, to).is_some()),
            would_break: scope.with_suppressed(|_, suppressed| {
                suppressed.iter().map(|import| breaks(import.from, import.to).is_some()).collect()
            }),
            ..Checked::default()
        }
    }

    fn message(terms: Protected, broken: &Broken, violation: &ViolationKind) -> Message {
        let names: Vec<String> =
            terms.importers.iter().map(|importer| format!("`{}`", importer.value)).collect();
        let who = match names.as_slice() {
            [] => "nobody may import it".to_string(),
            names if names.len() > MOST_IMPORTERS => {
                format!("only its {} importers may import it", names.len())
            }
            names => format!("only {} may import it", joined(names, "and")),
        };
        broken.message_of(violation, Route::Direct, |ends| {
            format!("`{}` imports the protected `{}`: {who}", ends.from, ends.to)
        })
    }

    fn unmatched<'a>(terms: Protected<'a>, names: &mut UnmatchedNames<'_, 'a>) {
        names.modules(terms.modules);
        // One module that may import need not be there.
        if terms.submodules {
            names.modules(terms.importers);
        }
    }
}
