//! Which imports of a circle to move, so that each of its modules can be imported first.
//!
//! The imports on the ways to the failures are tried, one by one and then in pairs: those that their uses let go under
//! `if TYPE_CHECKING:` before those that go into functions. Each try is executed, with the edited texts.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ringfence_diagnostics::{FileId, Fix, Span};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_refactor::relocate_import::{defer_together, move_under_guard, used_later};
use ringfence_refactor::typing_only::{TypingOnly, typing_only};
use ringfence_refactor::{Basis, Entry};
use ruff_diagnostics::Edit;
use ruff_text_size::Ranged;
use rustc_hash::{FxHashMap, FxHashSet};

use super::circle_modules::Overlay;
use super::circle_runs::{Ground, Outcome, on_deep_stacks};
use super::judged_circles::{Judged, circles};
use crate::relocate_import::promises;
use crate::{Context, Explainer};

/// More imports than these are not tried.
const MOST_MOVED: usize = 24;

/// So many bytes of code may be executed to try them.
const MOST_EXECUTED: usize = 200 << 20;

/// So many entries of other circles are imported once more.
const MOST_BESIDE: usize = 64;

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
    /// Whether not all of them, one by one and in pairs, were tried.
    pub(crate) is_in_part: bool,
}

/// An import that can go elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    /// The statement.
    pub(crate) at: Span,
    /// Whether it goes under `if TYPE_CHECKING:`, and not into functions.
    pub(crate) is_for_typing: bool,
    fix: Fix,
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
    let mut moves = search.moves.iter().map(|it| &it.fix);
    let mut all = moves.next()?.clone();
    for fix in moves {
        all.title = format!("{}; {}", all.title, fix.title);
        if !fix.applicability.is_safe() {
            all.applicability = fix.applicability;
        }
        all.edits.extend(fix.edits.iter().cloned());
    }
    all.edits.sort_by_key(|(file, edit)| (*file, edit.start(), edit.end()));
    Some(all)
}

fn find(context: &Explainer, judged: &Judged) -> Search {
    let moves = candidates(context, judged);
    let movable = moves.len();
    if movable == 0 {
        return Search::default();
    }
    let ground = Ground::new(context, &judged.around);
    let beside = Beside::new(context, judged);
    let mut tries: Vec<Vec<usize>> = (0..movable).map(|position| vec![position]).collect();
    for first in 0..movable {
        tries.extend(
            (first + 1..movable)
                .filter(|second| apart(&moves[first], &moves[*second]))
                .map(|second| vec![first, second]),
        );
    }
    let cost = ground.bytes().max(1) * judged.entries.len().max(1);
    let most = (MOST_EXECUTED / cost).max(movable.min(4));
    let is_in_part = tries.len() > most;
    tries.truncate(most);
    let overlays: Vec<Overlay> = tries
        .iter()
        .map(|tried| {
            let edits: Vec<&(FileId, Edit)> = tried.iter().flat_map(|at| &moves[*at].fix.edits).collect();
            overlay(context, &edits)
        })
        .collect();
    // A few at once, as the first that works ends the search.
    let threads = context.loading.threads();
    for (tries, overlays) in tries.chunks(threads.max(1)).zip(overlays.chunks(threads.max(1))) {
        let works = on_deep_stacks(threads, overlays, |overlay| {
            works(&ground, overlay, judged) && beside.works(overlay)
        });
        let found = works.unwrap_or_default().iter().position(|works| *works);
        if let Some(tried) = found.and_then(|position| tries.get(position)) {
            let moves = tried.iter().map(|at| moves[*at].clone()).collect();
            return Search { moves, movable, is_in_part: false };
        }
    }
    Search { moves: Vec::new(), movable, is_in_part }
}

/// Whether no entry fails with some texts exchanged, and all that worked do so still.
fn works(ground: &Ground, overlay: &Overlay, judged: &Judged) -> bool {
    let failing: Vec<_> = judged.failing().map(|(entry, _)| entry).collect();
    let is_clean = |outcome: &Outcome| matches!(outcome, Outcome::Works(_));
    if !ground.outcomes(overlay, &failing).iter().all(is_clean) {
        return false;
    }
    let others: Vec<_> = judged.entries.iter().filter(|(entry, _)| !failing.contains(entry)).collect();
    let entries: Vec<_> = others.iter().map(|(entry, _)| *entry).collect();
    let after = ground.outcomes(overlay, &entries);
    others.iter().zip(after).all(|((_, before), after)| match (before, after) {
        (_, Outcome::Works(_)) => true,
        (Outcome::Works(_), _) | (Outcome::Unknown(..), Outcome::Fails(_)) => false,
        _ => true,
    })
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

/// The imports on the ways to the failures that can go elsewhere, the cheapest first.
fn candidates(context: &Explainer, judged: &Judged) -> Vec<Move> {
    let mut places: Vec<Span> = Vec::new();
    for (_, failed) in judged.failing() {
        let on_the_way = failed.trail.iter().filter_map(|hop| hop.by.as_ref()).map(|(_, span)| *span);
        for span in on_the_way.chain([failed.at]) {
            if !places.contains(&span) {
                places.push(span);
            }
        }
    }
    let mut moves: Vec<Move> = places
        .into_iter()
        .filter_map(|at| {
            let facts = context.facts(at.file)?;
            let import = facts.imports.iter().position(|import| import.range == at.range)?;
            moved(context, judged, at, import as u32)
        })
        .take(MOST_MOVED)
        .collect();
    moves.sort_by_key(|it| (!it.fix.applicability.is_safe(), !it.is_for_typing));
    moves
}

/// A statement without the names that lead to what may run on the way.
fn moved(context: &Explainer, judged: &Judged, at: Span, import: u32) -> Option<Move> {
    let index = context.graph.index();
    let leads_there = |edge: &&Edge| match edge.target {
        Target::Module { module, .. } => {
            index.ancestors(module).any(|id| judged.around.binary_search(&id).is_ok())
        }
        _ => false,
    };
    let edges: Vec<&Edge> =
        context.graph.edges_of_import(at.file, import).iter().filter(leads_there).collect();
    let first = *edges.first()?;
    let typing: Option<Vec<(&Edge, TypingOnly)>> =
        edges.iter().map(|edge| Some((*edge, typing_only(context, edge)?))).collect();
    let promises = promises(context);
    if let Some(fix) = typing.and_then(|typing| move_under_guard(context, &typing, &promises)) {
        return Some(Move { at, is_for_typing: true, fix });
    }
    let parsed = used_later(context, first)?;
    if !edges.iter().all(|edge| used_later(context, edge).is_some()) {
        return None;
    }
    let fix = defer_together(context, &edges, &parsed)?;
    Some(Move { at, is_for_typing: false, fix })
}

/// Whether two moves can be made at once.
fn apart(one: &Move, other: &Move) -> bool {
    one.fix.edits.iter().all(|(file, edit)| {
        let ranges = other.fix.edits.iter().filter(|(other, _)| other == file).map(|(_, edit)| edit.range());
        ranges
            .into_iter()
            .all(|range| edit.range().end() < range.start() || range.end() < edit.range().start())
    })
}

/// The texts of files after some edits.
fn overlay(context: &Context, edits: &[&(FileId, Edit)]) -> Overlay {
    let mut by_file: FxHashMap<FileId, Vec<&Edit>> = FxHashMap::default();
    for (file, edit) in edits {
        by_file.entry(*file).or_default().push(edit);
    }
    let edited = by_file.into_iter().filter_map(|(file, mut edits)| {
        let source = context.sources.text(file)?;
        let text = source.source_text();
        edits.sort_by_key(|edit| (edit.start(), edit.end()));
        let (mut new, mut copied) = (String::with_capacity(text.len() + 64), 0);
        for edit in edits {
            new.push_str(text.get(copied..edit.start().to_usize())?);
            new.push_str(edit.content().unwrap_or_default());
            copied = edit.end().to_usize();
        }
        new.push_str(text.get(copied..)?);
        Some((file, new))
    });
    edited.collect()
}
