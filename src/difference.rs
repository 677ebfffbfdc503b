//! How two moments of a project differ. A function of two sides; nothing is read, printed or decided here.

mod moves;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_rules::Outcome;

use crate::portrait::{Finding, Portrait, Side, Statement, Subject};

use self::moves::Moves;

pub(crate) use self::policy::{Cause, InterfaceChange, Place, PolicyDifference, RuleChange, Said};

/// What is on one side only. Both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed<T> {
    pub(crate) added: Vec<T>,
    pub(crate) removed: Vec<T>,
}

impl<T> Default for Changed<T> {
    fn default() -> Self {
        Self { added: Vec::new(), removed: Vec::new() }
    }
}

impl<T: Ord + Clone> Changed<T> {
    pub(crate) fn between(base: &BTreeSet<T>, head: &BTreeSet<T>) -> Self {
        Self {
            added: head.difference(base).cloned().collect(),
            removed: base.difference(head).cloned().collect(),
        }
    }
}

impl<T> Changed<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// All that differs.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    pub(crate) base: String,
    pub(crate) head: String,
    pub(crate) configs: Changed<String>,
    /// Whether no config at all is left, or there was none before.
    pub(crate) has_config: (bool, bool),
    pub(crate) policy: PolicyDifference,
    pub(crate) edges: Changed<Edge>,
    pub(crate) cycles: Cycles,
    pub(crate) contracts: Contracts,
    pub(crate) modules: Changed<String>,
    /// Modules whose file is under another name what it was: from, to. They are none of those that came or went.
    pub(crate) moved: Vec<(String, String)>,
    pub(crate) boundaries: Changed<String>,
    /// What boundary modules may import that are new, of all that a config names.
    pub(crate) may_import: BTreeMap<String, Vec<String>>,
    pub(crate) externals: Changed<String>,
    pub(crate) baseline: Changed<String>,
    pub(crate) coverage: Coverage,
    /// By their positions in the report of their side.
    pub(crate) findings: Findings,
}

/// An edge between boundary modules that is on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) imports: Vec<Statement>,
}

/// Cycles of boundary modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cycles {
    /// Those that are not on the other side as they are: new, gone, larger or smaller.
    pub(crate) all: Changed<Vec<String>>,
    /// Those that have more members than one on the other side, with that: before, after.
    pub(crate) grown: Vec<(Vec<String>, Vec<String>)>,
    pub(crate) shrunk: Vec<(Vec<String>, Vec<String>)>,
}

/// Contracts by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contracts {
    pub(crate) broken: Vec<String>,
    pub(crate) healed: Vec<String>,
}

/// What is looked at on one side only, though it is there on both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    pub(crate) files: Changed<String>,
    /// Modules of which no boundary module and no contract says anything any more, or now some does.
    pub(crate) governed: Changed<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) new: Vec<usize>,
    pub(crate) fixed: Vec<usize>,
}

impl Difference {
    /// O(n log n) in what the sides hold, and O(n²) in the boundary modules for each rule and each contract.
    pub(crate) fn between(base: &Side, head: &Side) -> Self {
        let (before, now) = (&base.portrait, &head.portrait);
        let moves = Moves::new(before, now);
        let (policy, may_import) = PolicyDifference::between(base, head, &moves);
        Self {
            base: base.title.clone(),
            head: head.title.clone(),
            configs: Changed::between(&before.configs, &now.configs),
            has_config: (!before.configs.is_empty(), !now.configs.is_empty()),
            policy,
            edges: edges(base, head),
            cycles: Cycles::between(&before.cycles, &now.cycles),
            contracts: Contracts::between(before, now),
            modules: moves.modules.clone(),
            moved: moves.moved(),
            boundaries: Changed::between(&before.boundaries, &now.boundaries),
            may_import,
            externals: Changed::between(&before.externals, &now.externals),
            baseline: Changed::between(&before.baseline, &now.baseline),
            coverage: Coverage::between(base, head),
            findings: Findings::between(before, now, &moves),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            base: _,
            head: _,
            configs,
            has_config: _,
            policy,
            edges,
            cycles,
            contracts,
            modules,
            moved,
            boundaries,
            may_import: _,
            externals,
            baseline,
            coverage,
            findings,
        } = self;
        configs.is_empty()
            && policy.is_empty()
            && edges.is_empty()
            && cycles.all.is_empty()
            && contracts.broken.is_empty()
            && contracts.healed.is_empty()
            && modules.is_empty()
            && moved.is_empty()
            && boundaries.is_empty()
            && externals.is_empty()
            && baseline.is_empty()
            && coverage.files.is_empty()
            && coverage.governed.is_empty()
            && findings.new.is_empty()
            && findings.fixed.is_empty()
    }
}

fn edges(base: &Side, head: &Side) -> Changed<Edge> {
    let only = |side: &Side, other: &Side| {
        let pairs = side.portrait.edges.pairs().filter(|pair| !other.portrait.edges.has(pair));
        let edges = pairs.map(|pair| Edge {
            from: pair.0.clone(),
            to: pair.1.clone(),
            imports: side.portrait.edges.statements(pair, side),
        });
        edges.collect()
    };
    Changed { added: only(head, base), removed: only(base, head) }
}

impl Cycles {
    fn between(base: &BTreeSet<Vec<String>>, head: &BTreeSet<Vec<String>>) -> Self {
        let all = Changed::between(base, head);
        let (mut grown, mut shrunk) = (Vec::new(), Vec::new());
        for after in &all.added {
            let overlapping =
                all.removed.iter().filter(|before| before.iter().any(|member| after.contains(member)));
            for before in overlapping {
                let is_larger = after.iter().any(|member| !before.contains(member));
                let list = if is_larger { &mut grown } else { &mut shrunk };
                list.push((before.clone(), after.clone()));
            }
        }
        Self { all, grown, shrunk }
    }

    /// Cycles that are new, or have a member that was in no cycle with the others.
    pub(crate) fn new_or_larger(&self) -> impl Iterator<Item = &Vec<String>> {
        self.all.added.iter().filter(|cycle| !self.shrunk.iter().any(|(_, after)| after == *cycle))
    }

    /// Cycles that came from nothing.
    pub(crate) fn appeared(&self) -> impl Iterator<Item = &Vec<String>> {
        let changed = || self.grown.iter().chain(&self.shrunk);
        self.all.added.iter().filter(move |cycle| !changed().any(|(_, after)| after == *cycle))
    }

    /// Cycles of which nothing is left.
    pub(crate) fn vanished(&self) -> impl Iterator<Item = &Vec<String>> {
        let changed = || self.grown.iter().chain(&self.shrunk);
        self.all.removed.iter().filter(move |cycle| !changed().any(|(before, _)| before == *cycle))
    }
}

impl Contracts {
    fn between(base: &Portrait, head: &Portrait) -> Self {
        let is_broken =
            |portrait: &Portrait, id: &String| portrait.contracts.get(id) == Some(&Outcome::Broken);
        let ids = head.contracts.keys();
        let broken = ids.clone().filter(|id| is_broken(head, id) && !is_broken(base, id));
        let healed = ids.filter(|id| is_broken(base, id) && !is_broken(head, id));
        Self { broken: broken.cloned().collect(), healed: healed.cloned().collect() }
    }
}

impl Coverage {
    fn between(base: &Side, head: &Side) -> Self {
        let only = |side: &Side, other: &Side| -> Vec<String> {
            let files = side.portrait.checked.iter();
            let files = files.filter(|(shown, _)| !other.portrait.checked.contains_key(*shown));
            files.filter(|(_, path)| other.has_file(path)).map(|(shown, _)| shown.clone()).collect()
        };
        let governed = |side: &Side, other: &Side| -> Vec<String> {
            let modules = side.portrait.modules.iter().filter(|(_, module)| module.is_governed);
            let modules = modules.filter(|(name, _)| {
                other.portrait.modules.get(*name).is_some_and(|module| !module.is_governed)
            });
            modules.map(|(name, _)| name.clone()).collect()
        };
        Self {
            files: Changed { added: only(head, base), removed: only(base, head) },
            governed: Changed { added: governed(head, base), removed: governed(base, head) },
        }
    }
}

impl Findings {
    /// What is about the same is the same, however often it is found on both sides.
    fn between(base: &Portrait, head: &Portrait, moves: &Moves) -> Self {
        let subject =
            |finding: &Finding| finding.subject.moved(&|name| moves.module(name), &|path| moves.path(path));
        let before: Vec<Subject> = base.findings.iter().map(subject).collect();
        let now: Vec<Subject> = head.findings.iter().map(|finding| finding.subject.clone()).collect();
        Self { new: surplus(&now, &before), fixed: surplus(&before, &now) }
    }
}

/// The positions of those that others do not have, or not as often: then the last of them.
pub(crate) fn surplus<T: Ord>(these: &[T], others: &[T]) -> Vec<usize> {
    let mut left: BTreeMap<&T, usize> = BTreeMap::new();
    for other in others {
        *left.entry(other).or_default() += 1;
    }
    let is_surplus = |this: &T| match left.get_mut(this) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let mut is_surplus = is_surplus;
    these.iter().enumerate().filter(|(_, this)| is_surplus(this)).map(|(position, _)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(all: &[&[&str]]) -> BTreeSet<Vec<String>> {
        all.iter().map(|cycle| cycle.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn cycles_appear_grow_shrink_and_vanish() {
        let base = cycles(&[&["a", "b"], &["c", "d", "e"], &["f", "g"], &["same", "so"]]);
        let head = cycles(&[&["a", "b", "z"], &["c", "d"], &["x", "y"], &["same", "so"]]);
        let changed = Cycles::between(&base, &head);
        let words = |cycles: &mut dyn Iterator<Item = &Vec<String>>| -> Vec<String> {
            cycles.map(|cycle| cycle.join(" ")).collect()
        };
        assert_eq!(words(&mut changed.appeared()), ["x y"]);
        assert_eq!(words(&mut changed.vanished()), ["f g"]);
        assert_eq!(words(&mut changed.grown.iter().map(|(_, after)| after)), ["a b z"]);
        assert_eq!(words(&mut changed.shrunk.iter().map(|(_, after)| after)), ["c d"]);
        assert_eq!(words(&mut changed.new_or_larger()), ["a b z", "x y"]);
        assert_eq!(changed.all.removed.len(), 3);
    }

    #[test]
    fn what_is_found_more_often_is_new_in_part() {
        assert_eq!(surplus(&["a", "b", "a", "a"], &["a", "c"]), [1, 2, 3]);
        assert_eq!(surplus(&["a", "c"], &["a", "b", "a", "a"]), [1]);
    }
}
