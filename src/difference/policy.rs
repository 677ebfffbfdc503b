//! What configs let happen that they did not, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_diagnostics::Severity;
use ringfence_graph::ModuleId;
use ringfence_rules::{PairReason, Reason, named};

use super::moves::Moves;
use super::{Changed, surplus};
use crate::portrait::{Exception, Interface, Pair, Pairs, Rule, Side, Suppression};

/// Path and line in a config.
pub(crate) type Place = (String, usize);

/// By the folder of the config and by id: the config.
type Contracts = BTreeMap<(String, String), String>;

/// What differs in the policy.
#[derive(Debug, Default)]
pub(crate) struct PolicyDifference {
    /// Pairs that are there on both sides. Ascending.
    pub(crate) newly_allowed: Vec<Cause>,
    pub(crate) newly_forbidden: Vec<Cause>,
    pub(crate) interfaces: Vec<InterfaceChange>,
    pub(crate) rules: Changed<RuleChange>,
    /// Rules that are on as before, and weigh more or less: config, code, before, after.
    pub(crate) severities: Vec<(String, &'static str, Severity, Severity)>,
    /// With the place that says so.
    pub(crate) exceptions: Changed<(Exception, Place)>,
    pub(crate) suppressions: Changed<Suppression>,
    /// Contracts by config and id.
    pub(crate) contracts: Changed<(String, String)>,
    pub(crate) kinds: Changed<String>,
}

/// A pair of modules whose import is judged otherwise, with what the configs say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) pair: Pair,
    pub(crate) before: Vec<Said>,
    pub(crate) after: Vec<Said>,
}

/// What a config says of a pair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Said {
    pub(crate) allows: bool,
    /// Whether it allows the import only because its rule is off.
    pub(crate) is_off: bool,
    pub(crate) code: &'static str,
    pub(crate) text: String,
    pub(crate) place: Option<Place>,
}

/// A rule that is on where it was off, or the other way round.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleChange {
    pub(crate) config: String,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
}

/// What a boundary module lets others import, where that is something else than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterfaceChange {
    pub(crate) module: String,
    /// Whether something may be imported that could not be.
    pub(crate) is_wider: bool,
    /// Whether something may not be imported that could be.
    pub(crate) is_narrower: bool,
    pub(crate) members: Changed<String>,
    /// Whether everything may be imported: before, after.
    pub(crate) is_open: (bool, bool),
}

impl Cause {
    /// What is said against the import on the side that forbids it, or what comes nearest to that.
    pub(crate) fn against(said: &[Said]) -> Option<&Said> {
        let deprecated = named::deprecated_dependency().metadata().code;
        let forbids = |said: &&Said| !said.allows;
        said.iter().find(forbids).or_else(|| said.iter().find(|said| said.code == deprecated))
    }

    /// What is said for the import on the side that allows it.
    pub(crate) fn speaking_for(said: &[Said]) -> Option<&Said> {
        // What was off is told first: it is what changed.
        said.iter().find(|said| said.is_off).or_else(|| said.iter().find(|said| said.allows))
    }
}

impl PolicyDifference {
    /// With what new boundary modules may import.
    pub(super) fn between(base: &Side, head: &Side, moves: &Moves) -> (Self, BTreeMap<String, Vec<String>>) {
        let mut difference = Self::of_configs(base, head);
        difference.suppressions = suppressions(base, head, moves);
        let may_import = difference.add_pairs(base, head);
        (difference, may_import)
    }

    /// What configs let happen, without the comments in sources: what a locked policy is about.
    pub(crate) fn locked(base: &Side, head: &Side) -> Self {
        let mut difference = Self::of_configs(base, head);
        difference.add_pairs(base, head);
        difference
    }

    fn of_configs(base: &Side, head: &Side) -> Self {
        let (before, now) = (&base.portrait.policy, &head.portrait.policy);
        let mut difference = Self {
            kinds: Changed::between(&before.kinds, &now.kinds),
            interfaces: interfaces(base, head),
            ..Self::default()
        };
        let change = |code: &'static str, rule: &Rule| RuleChange {
            config: rule.config.clone(),
            code,
            name: rule.name,
        };
        for (key, rule) in &now.rules {
            match before.rules.get(key) {
                Some(then) if then.severity == rule.severity => {}
                Some(then) => {
                    let weights = (then.severity, rule.severity);
                    difference.severities.push((rule.config.clone(), key.1, weights.0, weights.1));
                }
                None => difference.rules.added.push(change(key.1, rule)),
            }
        }
        let off = before.rules.iter().filter(|(key, _)| !now.rules.contains_key(*key));
        difference.rules.removed.extend(off.map(|(key, rule)| change(key.1, rule)));
        let only = |these: &BTreeMap<Exception, Place>, others: &BTreeMap<Exception, Place>| {
            let entries = these.iter().filter(|(exception, _)| !others.contains_key(exception));
            entries.map(|(exception, place)| (exception.clone(), place.clone())).collect()
        };
        difference.exceptions = Changed {
            added: only(&now.exceptions, &before.exceptions),
            removed: only(&before.exceptions, &now.exceptions),
        };
        let contracts = |these: &Contracts, others: &Contracts| {
            let entries = these.iter().filter(|(key, _)| !others.contains_key(key));
            entries.map(|((_, id), config)| (config.clone(), id.clone())).collect()
        };
        difference.contracts = Changed {
            added: contracts(&now.contracts, &before.contracts),
            removed: contracts(&before.contracts, &now.contracts),
        };
        difference
    }

    /// Compares who may import whom, and gives what new boundary modules may import.
    fn add_pairs(&mut self, base: &Side, head: &Side) -> BTreeMap<String, Vec<String>> {
        let names: BTreeSet<&str> =
            [base, head].iter().flat_map(|side| &side.portrait.boundaries).map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let before = Pairs::new(base, &names, &|name| is_there(name, head, base));
        let now = Pairs::new(head, &names, &|name| is_there(name, base, head));
        let (mut allowed, mut forbidden) = (Vec::new(), Vec::new());
        let mut may_import: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (from, importer) in names.iter().enumerate() {
            let is_new = !base.portrait.boundaries.contains(*importer)
                && !base.portrait.modules.contains_key(*importer);
            for (to, imported) in names.iter().enumerate().filter(|(to, _)| *to != from) {
                let pair = || (*importer, *imported);
                match (before.allows(from, to), now.allows(from, to)) {
                    (Some(false), Some(true)) => allowed.push(pair()),
                    (Some(true), Some(false)) => forbidden.push(pair()),
                    (None, Some(true)) if is_new => {
                        may_import.entry((*importer).to_string()).or_default().push((*imported).to_string());
                    }
                    _ => {}
                }
            }
        }
        self.newly_allowed = causes(base, head, &allowed);
        self.newly_forbidden = causes(base, head, &forbidden);
        may_import
    }

    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            newly_allowed,
            newly_forbidden,
            interfaces,
            rules,
            severities,
            exceptions,
            suppressions,
            contracts,
            kinds,
        } = self;
        newly_allowed.is_empty()
            && newly_forbidden.is_empty()
            && interfaces.is_empty()
            && rules.is_empty()
            && severities.is_empty()
            && exceptions.is_empty()
            && suppressions.is_empty()
            && contracts.is_empty()
            && kinds.is_empty()
    }
}

/// Whether a module that one side knows has its file on another side, too, checked or not.
fn is_there(name: &str, known_to: &Side, side: &Side) -> bool {
    let below = [name, "."].concat();
    let modules = known_to.portrait.modules.range(name.to_string()..);
    modules
        .take_while(|(module, _)| module.starts_with(name))
        .filter(|(module, _)| *module == name || module.starts_with(&below))
        .any(|(_, module)| side.has_file(&module.file))
}

fn causes(base: &Side, head: &Side, pairs: &[(&str, &str)]) -> Vec<Cause> {
    let (before, after) = (said(base, pairs), said(head, pairs));
    let causes = pairs.iter().zip(before).zip(after).map(|(((from, to), before), after)| Cause {
        pair: ((*from).to_string(), (*to).to_string()),
        before,
        after,
    });
    causes.collect()
}

/// What the configs of a side say of each pair.
fn said(side: &Side, pairs: &[(&str, &str)]) -> Vec<Vec<Said>> {
    let mut all: Vec<Vec<Said>> = vec![Vec::new(); pairs.len()];
    for (position, session) in side.sessions.all.iter().enumerate() {
        let index = session.graph().index();
        let is_checked = |module: ModuleId| {
            let mut files = index.subtree(module).filter_map(|below| index.module(below).file);
            files.any(|file| session.facts(file).is_some())
        };
        let known: Vec<(usize, (ModuleId, ModuleId))> = pairs
            .iter()
            .enumerate()
            .filter_map(|(number, (from, to))| Some((number, (index.get(from)?, index.get(to)?))))
            .filter(|(_, (from, _))| is_checked(*from))
            .collect();
        let modules: Vec<(ModuleId, ModuleId)> = known.iter().map(|(_, pair)| *pair).collect();
        for ((number, _), reasons) in known.iter().zip(session.reasons_of_pairs(&modules)) {
            if session.config().is_some()
                && let Some(said) = all.get_mut(*number)
            {
                said.extend(reasons.into_iter().map(|reason| {
                    let PairReason { reason: Reason { allows, code, text, span }, is_off } = reason;
                    Said { allows, is_off, code, text, place: span.map(|span| side.place(position, span)) }
                }));
            }
        }
    }
    all
}

/// Of modules that are boundary modules on both sides.
fn interfaces(base: &Side, head: &Side) -> Vec<InterfaceChange> {
    let empty = Interface::new();
    let mut changes = Vec::new();
    for (module, now) in &head.portrait.policy.interfaces {
        let Some(before) = base.portrait.policy.interfaces.get(module) else { continue };
        if before == now {
            continue;
        }
        let members = Changed::between(before.as_ref().unwrap_or(&empty), now.as_ref().unwrap_or(&empty));
        let (was_open, is_open) = (before.is_none(), now.is_none());
        changes.push(InterfaceChange {
            module: module.clone(),
            is_wider: is_open || (!was_open && !members.added.is_empty()),
            is_narrower: was_open || (!is_open && !members.removed.is_empty()),
            members,
            is_open: (was_open, is_open),
        });
    }
    changes
}

/// Comments are told apart by what they speak for; lines move, and files with them.
fn suppressions(base: &Side, head: &Side, moves: &Moves) -> Changed<Suppression> {
    let (before, now) = (&base.portrait.suppressions, &head.portrait.suppressions);
    let key = |it: &Suppression, path: String| (path, it.text.clone(), it.form, it.codes.clone());
    let keys_before: Vec<_> = before.iter().map(|it| key(it, moves.path(&it.path))).collect();
    let keys_now: Vec<_> = now.iter().map(|it| key(it, it.path.clone())).collect();
    let pick = |all: &[Suppression], positions: Vec<usize>| {
        positions.into_iter().filter_map(|position| all.get(position).cloned()).collect()
    };
    Changed {
        added: pick(now, surplus(&keys_now, &keys_before)),
        removed: pick(before, surplus(&keys_before, &keys_now)),
    }
}
