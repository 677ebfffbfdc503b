//! Whether the modules of a circle can be imported first once some texts are others, and nobody else fails who did not before.

use std::collections::BTreeSet;

use ringfence_graph::ModuleId;
use ringfence_refactor::loads::{AT_RUN_TIME, WHILE_LOADED, loaders_of, loads};
use rustc_hash::FxHashSet;

use super::circle_runs::{Failed, Ground, Outcome, on_deep_stacks};
use super::judged_circles::{Judged, MOST_AROUND, circles, is_imported};
use crate::edited_texts::Overlay;
use crate::{Context, Explainer};

/// So many entries of other circles, and so many of those who import what is edited, are imported once more.
const MOST_BESIDE: usize = 64;

/// What becomes of the entries of a circle with some texts exchanged.
#[derive(Debug)]
pub(crate) enum Tried {
    /// No entry fails that did, and none that did not.
    Works,
    /// Some of those that failed do so still.
    Fails(Vec<Failed>),
    /// It cannot be told, or another fails.
    Breaks,
}

/// The code of a circle, ready to be tried with other texts.
pub(crate) struct Proof<'a> {
    ground: Ground<'a>,
    beside: Beside<'a>,
}

impl<'a> Proof<'a> {
    pub(crate) fn new(context: &Explainer<'a>, judged: &Judged) -> Self {
        Self { ground: Ground::new(context, &judged.around), beside: Beside::new(context, judged) }
    }

    /// How many bytes of code one try executes.
    pub(crate) fn cost(&self, judged: &Judged) -> usize {
        self.ground.bytes().max(1) * judged.entries.len().max(1)
    }

    /// Imports the entries of the circle, and those of the circles beside it, among their neighbours. Needs a deep stack.
    pub(crate) fn tries(&self, judged: &Judged, overlay: &Overlay) -> Tried {
        let failing: Vec<ModuleId> = judged.failing().map(|(entry, _)| entry).collect();
        let mut left = Vec::new();
        for outcome in self.ground.outcomes(overlay, &failing) {
            match outcome {
                Outcome::Works(_) => {}
                Outcome::Fails(failed) => left.push(failed),
                Outcome::Unknown(..) => return Tried::Breaks,
            }
        }
        if !left.is_empty() {
            return Tried::Fails(left);
        }
        let others: Vec<_> = judged.entries.iter().filter(|(entry, _)| !failing.contains(entry)).collect();
        let entries: Vec<ModuleId> = others.iter().map(|(entry, _)| *entry).collect();
        let after = self.ground.outcomes(overlay, &entries);
        let holds = others.iter().zip(after).all(|((_, before), after)| match (before, after) {
            (_, Outcome::Works(_)) => true,
            (Outcome::Works(_), _) | (Outcome::Unknown(..), Outcome::Fails(_)) => false,
            _ => true,
        });
        if holds && self.beside.works(overlay) { Tried::Works } else { Tried::Breaks }
    }
}

/// The circles that share modules with one, and work: what is moved there may have been what made them work.
struct Beside<'a> {
    ground: Ground<'a>,
    entries: Vec<ModuleId>,
}

impl<'a> Beside<'a> {
    fn new(context: &Explainer<'a>, judged: &Judged) -> Self {
        let around: FxHashSet<ModuleId> = judged.around.iter().copied().collect();
        let mut modules: BTreeSet<ModuleId> = judged.around.iter().copied().collect();
        let mut entries: BTreeSet<ModuleId> = BTreeSet::new();
        for other in &circles(context).judged {
            let working = other.entries.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Works(_)));
            let working: Vec<ModuleId> = working.map(|(entry, _)| *entry).collect();
            let shares = other.around.iter().any(|id| around.contains(id));
            let is_small = entries.len() + working.len() <= MOST_BESIDE;
            if shares && is_small && other.circle.members != judged.circle.members {
                modules.extend(&other.around);
                entries.extend(working);
            }
        }
        let modules: Vec<ModuleId> = modules.into_iter().collect();
        Self { ground: Ground::new(context, &modules), entries: entries.into_iter().collect() }
    }

    /// Whether they work still with some texts exchanged.
    fn works(&self, overlay: &Overlay) -> bool {
        let outcomes = self.ground.outcomes(overlay, &self.entries);
        outcomes.iter().all(|outcome| matches!(outcome, Outcome::Works(_)))
    }
}

/// Whether texts that mend a circle among its neighbours do so with all that its modules load, and whether those who import what is
/// edited, near before far, can be imported as before.
pub(crate) fn holds_with_all(context: &Explainer, judged: &Judged, overlay: &Overlay) -> bool {
    let members: Vec<ModuleId> = judged.entries.iter().map(|(entry, _)| *entry).collect();
    let Some((kinds, mut modules)) = [AT_RUN_TIME, WHILE_LOADED].into_iter().find_map(|kinds| {
        let mut modules: BTreeSet<ModuleId> = judged.around.iter().copied().collect();
        for entry in &members {
            modules.extend(&loads(context, *entry, kinds).modules);
        }
        (modules.len() * members.len() <= MOST_AROUND).then_some((kinds, modules))
    }) else {
        return true;
    };
    let mut entries = members.clone();
    for outside in importers(context, overlay, &members) {
        let more = loads(context, outside, kinds);
        let mut wider = modules.clone();
        wider.extend(&more.modules);
        if wider.len() * (entries.len() + 1) <= MOST_AROUND {
            modules = wider;
            entries.push(outside);
        }
    }
    let modules: Vec<ModuleId> = modules.into_iter().collect();
    let ground = Ground::new(context, &modules);
    let texts = [Overlay::default(), overlay.clone()];
    let outcomes =
        on_deep_stacks(context.loading.threads(), &texts, |texts| ground.outcomes(texts, &entries));
    let Some([before, after]) = outcomes.and_then(|outcomes| <[_; 2]>::try_from(outcomes).ok()) else {
        return false;
    };
    let is_same =
        |failed: &Failed, it: &Outcome| matches!(it, Outcome::Fails(other) if other.at == failed.at);
    let fails_anyway = |failed: &Failed| {
        // Another circle fails on its own account.
        let mut others =
            circles(context).judged.iter().filter(|it| it.circle.members != judged.circle.members);
        let is_of_other = others.any(|other| other.failing().any(|(_, other)| other.at == failed.at));
        let was_so =
            || failed.met_half_loaded().is_none() && before.iter().any(|before| is_same(failed, before));
        !overlay.contains_key(&failed.at.file) && (is_of_other || was_so())
    };
    before.iter().zip(&after).enumerate().all(|(position, (before, after))| match after {
        Outcome::Fails(failed) => {
            let was_worse = position >= members.len() && matches!(before, Outcome::Fails(_));
            was_worse || fails_anyway(failed)
        }
        _ => true,
    })
}

/// Who imports what is edited or a member of the circle, who imports these, and so on: near before far, and none of the members.
fn importers(context: &Context, overlay: &Overlay, members: &[ModuleId]) -> Vec<ModuleId> {
    let index = context.graph.index();
    let edited = overlay.keys().filter_map(|file| Some(index.of_file(*file)?.module));
    let mut near: Vec<ModuleId> = members.iter().copied().chain(edited).collect();
    near.sort_unstable();
    near.dedup();
    let mut seen: FxHashSet<ModuleId> = near.iter().copied().collect();
    let mut found: Vec<ModuleId> = Vec::new();
    while found.len() < MOST_BESIDE && !near.is_empty() {
        let next: Vec<ModuleId> =
            near.iter().flat_map(|module| loaders_of(context, *module)).copied().collect();
        near = next.into_iter().filter(|module| seen.insert(*module)).collect();
        found.extend(near.iter().filter(|module| is_imported(context, **module)));
    }
    found.truncate(MOST_BESIDE);
    found
}
