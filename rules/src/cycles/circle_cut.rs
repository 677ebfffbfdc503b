//! Which imports of a circle to move, so that each of its modules can be imported first.
//!
//! The imports on the ways to the failures are tried one by one: those that their uses let go under `if TYPE_CHECKING:` before those that go
//! into functions. Each try is executed, with the edited texts. Where it still fails, those on the way to that failure are moved as well.

use std::cell::RefCell;
use std::rc::Rc;

use ringfence_diagnostics::{FileId, Fix, Span};
use ringfence_refactor::{Basis, Entry};
use ruff_diagnostics::Edit;
use rustc_hash::{FxHashMap, FxHashSet};

use super::circle_moves::Move;
use super::circle_proof::{Proof, Tried, holds_with_all};
use super::circle_runs::{Failed, on_deep_stacks};
use super::judged_circles::Judged;
use crate::Explainer;
use crate::edited_texts::{Overlay, before, joined, overlay};

/// More imports than these are not tried.
const MOST_CANDIDATES: usize = 24;

/// More imports than these are not moved.
const MOST_MOVED: usize = 4;

/// So many bytes of code may be executed to try them.
const MOST_EXECUTED: usize = 200 << 20;

/// What was found for each circle, by its members.
#[derive(Default)]
struct Known(RefCell<FxHashMap<Vec<u32>, Rc<Search>>>);

impl Entry for Known {
    const BASIS: Basis = Basis::Texts;
}

/// What came of the search for imports to move.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// After these no entry fails.
    pub(crate) moves: Vec<Move>,
    /// How many imports on the ways to the failures their uses let go elsewhere.
    pub(crate) movable: usize,
    /// Whether not all choices of them were tried.
    pub(crate) is_in_part: bool,
    /// Whether some choice would do, if another module did not fail then.
    pub(crate) breaks_others: bool,
}

/// The moves after which no entry of a circle fails.
pub(crate) fn search(context: &Explainer, judged: &Judged) -> Rc<Search> {
    let key: Vec<u32> = judged.circle.members.iter().map(|member| member.index() as u32).collect();
    if let Some(known) = context.memo.get::<Known>().0.borrow().get(&key) {
        return Rc::clone(known);
    }
    let found = Rc::new(find(context, judged));
    context.memo.get::<Known>().0.borrow_mut().insert(key, Rc::clone(&found));
    found
}

/// The edits of all moves as one fix.
pub(crate) fn fix(search: &Search) -> Option<Fix> {
    joined(&search.moves.iter().map(|it| &it.fix).collect::<Vec<_>>())
}

fn find(context: &Explainer, judged: &Judged) -> Search {
    let mut candidates = Candidates { context, judged, moves: Vec::new(), by_place: FxHashMap::default() };
    let mut first = candidates.on_the_ways(judged.failing().map(|(_, failed)| failed), &[]);
    if first.is_empty() {
        return Search::default();
    }
    let key =
        |at: &usize, moves: &[Move]| (!moves[*at].fix.applicability.is_safe(), !moves[*at].is_for_typing);
    first.sort_by_key(|at| key(at, &candidates.moves));
    let proof = Proof::new(context, judged);
    let mut left = (MOST_EXECUTED / proof.cost(judged)).max(first.len().min(4));
    let mut choices: Vec<Vec<usize>> = first.into_iter().map(|at| vec![at]).collect();
    let (mut is_in_part, mut breaks_others) = (false, false);
    let mut seen: FxHashSet<Vec<usize>> = choices.iter().cloned().collect();
    let threads = context.loading.threads().max(1);
    for moved in 1..=MOST_MOVED {
        is_in_part |= choices.len() > left;
        choices.truncate(left);
        left -= choices.len();
        let mut failing: Vec<(Vec<usize>, Vec<Failed>)> = Vec::new();
        // A few at once, as the first that works ends the search.
        for choices in choices.chunks(threads) {
            let overlays: Vec<Option<Overlay>> = choices
                .iter()
                .map(|choice| Some(overlay(context, &candidates.joined(choice)?.edits)))
                .collect();
            let tried = on_deep_stacks(threads, &overlays, |overlay| {
                overlay.as_ref().map(|overlay| proof.tries(judged, overlay))
            });
            for ((choice, overlay), tried) in choices.iter().zip(&overlays).zip(tried.unwrap_or_default()) {
                match (tried, overlay) {
                    (Some(Tried::Works), Some(overlay)) if holds_with_all(context, judged, overlay) => {
                        let moves = choice.iter().map(|at| candidates.moves[*at].with_losses(context));
                        let (moves, movable) = (moves.collect(), candidates.moves.len());
                        return Search { moves, movable, ..Search::default() };
                    }
                    (Some(Tried::Works | Tried::Breaks), _) => breaks_others = true,
                    (Some(Tried::Fails(failed)), _) => failing.push((choice.clone(), failed)),
                    // What cannot be written down at once may be what would mend it.
                    (None, _) => is_in_part = true,
                }
            }
        }
        // Where least fails is most won.
        failing.sort_by_key(|(_, failed)| failed.len());
        choices = Vec::new();
        for (choice, failed) in failing {
            let Some(fix) = candidates.joined(&choice) else { continue };
            let mut more = candidates.on_the_ways(failed.iter(), &fix.edits);
            more.retain(|at| !choice.contains(at));
            more.sort_by_key(|at| key(at, &candidates.moves));
            for at in more {
                let mut choice = choice.clone();
                choice.push(at);
                choice.sort_unstable();
                if seen.insert(choice.clone()) {
                    choices.push(choice);
                }
            }
        }
        is_in_part |= moved == MOST_MOVED && !choices.is_empty();
        if choices.is_empty() {
            break;
        }
    }
    Search { moves: Vec::new(), movable: candidates.moves.len(), is_in_part, breaks_others }
}

/// The imports on the ways to failures that can go elsewhere.
struct Candidates<'s, 'a> {
    context: &'s Explainer<'a>,
    judged: &'s Judged,
    moves: Vec<Move>,
    /// By statement; nothing for one that has to stay.
    by_place: FxHashMap<Span, Option<usize>>,
}

impl Candidates<'_, '_> {
    /// Their numbers, in the order of the ways, each once. What fails has seen texts with some edits.
    fn on_the_ways<'f>(
        &mut self,
        failures: impl Iterator<Item = &'f Failed>,
        edits: &[(FileId, Edit)],
    ) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for failed in failures {
            let on_the_way = failed.trail.iter().filter_map(|hop| hop.by.as_ref()).map(|(_, span)| *span);
            for at in on_the_way.chain([failed.at]) {
                if let Some(number) = before(edits, at).and_then(|at| self.number(at))
                    && !found.contains(&number)
                {
                    found.push(number);
                }
            }
        }
        found
    }

    fn number(&mut self, at: Span) -> Option<usize> {
        if let Some(known) = self.by_place.get(&at) {
            return *known;
        }
        let found = (self.moves.len() < MOST_CANDIDATES)
            .then(|| Move::of(self.context, self.judged, at))
            .flatten()
            .map(|found| {
                self.moves.push(found);
                self.moves.len() - 1
            });
        self.by_place.insert(at, found);
        found
    }

    fn joined(&self, choice: &[usize]) -> Option<Fix> {
        joined(&choice.iter().map(|at| &self.moves[*at].fix).collect::<Vec<_>>())
    }
}
