//! Which kinds of imports the rules look at.

use ringfence_diagnostics::Span;
use ringfence_policy::{ImportKinds, Policy};
use ringfence_source::{EdgeKind, EdgeKinds};

use crate::{Boundaries, BoundaryId, RuleId, Selector};

/// The kinds in force, by rule and by importing module. The first that says something decides: `kinds` of the importing
/// boundary module, the most specific entry of the top-level `kinds` that selects the rule, [`EdgeKinds::DEFAULT`].
#[derive(Debug, Clone)]
pub struct Kinds {
    by_rule: Vec<InForce>,
    /// By declaration.
    by_declaration: Vec<Option<InForce>>,
    /// What any rule looks at in any module.
    any: EdgeKinds,
}

#[derive(Debug, Clone, Copy)]
struct InForce {
    kinds: EdgeKinds,
    /// Where the config says so.
    span: Option<Span>,
}

impl Kinds {
    /// The kinds that a policy asks for, given its entries with the rules that they select.
    pub fn new(policy: &Policy, entries: &[(Selector, &ImportKinds)]) -> Self {
        let in_force = |kinds: &ImportKinds| InForce { kinds: set(&kinds.value), span: Some(kinds.span) };
        let by_rule: Vec<InForce> = RuleId::all()
            .map(|rule| {
                let matching = entries.iter().filter(|(selector, _)| selector.matches(rule));
                matching
                    .max_by_key(|(selector, _)| *selector)
                    .map_or(InForce { kinds: EdgeKinds::DEFAULT, span: None }, |(_, kinds)| in_force(kinds))
            })
            .collect();
        let by_declaration: Vec<Option<InForce>> =
            policy.modules.iter().map(|module| module.kinds.as_ref().map(in_force)).collect();
        let all = by_rule.iter().chain(by_declaration.iter().flatten());
        let any = all.fold(EdgeKinds::empty(), |any, in_force| any | in_force.kinds);
        Self { by_rule, by_declaration, any }
    }

    /// Whether any rule looks at imports of this kind in any module.
    pub fn may_matter(&self, kind: EdgeKind) -> bool {
        self.any.has(kind)
    }

    /// Whether a rule looks at imports of this kind by this module.
    pub fn judges(
        &self,
        rule: RuleId,
        boundaries: &Boundaries,
        importer: Option<BoundaryId>,
        kind: EdgeKind,
    ) -> bool {
        self.in_force(rule, boundaries, importer).kinds.has(kind)
    }

    /// Where the config says that a rule looks at these imports, if only the config makes it so.
    pub fn reason(
        &self,
        rule: RuleId,
        boundaries: &Boundaries,
        importer: Option<BoundaryId>,
        kind: EdgeKind,
    ) -> Option<Span> {
        if EdgeKinds::DEFAULT.has(kind) {
            return None;
        }
        self.in_force(rule, boundaries, importer).span
    }

    fn in_force(&self, rule: RuleId, boundaries: &Boundaries, importer: Option<BoundaryId>) -> InForce {
        let of_module =
            importer.and_then(|importer| *self.by_declaration.get(boundaries.get(importer).declaration)?);
        of_module.unwrap_or(self.by_rule[rule.index()])
    }
}

fn set(kinds: &[EdgeKind]) -> EdgeKinds {
    kinds.iter().fold(EdgeKinds::empty(), |all, kind| all | EdgeKinds::of(*kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_default_is_the_default() {
        let field = ringfence_policy::options::FIELDS.iter().find(|field| field.key == "kinds").unwrap();
        let default = field.default_value().unwrap();
        let default = default.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().parse().unwrap());
        assert_eq!(set(&default.collect::<Vec<_>>()), EdgeKinds::DEFAULT);
    }
}
