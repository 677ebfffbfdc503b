//! Imports of a circle that can go elsewhere, and the texts of files once some of them have gone.

use ringfence_diagnostics::{FileId, Fix, Span};
use ringfence_graph::{Edge, Target};
use ringfence_refactor::proof::patches::lost_with;
use ringfence_refactor::relocate_import::{defer_together, is_reached, move_under_guard, used_later};
use ringfence_refactor::typing_only::{TypingOnly, typing_only};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use super::circle_modules::Overlay;
use super::judged_circles::Judged;
use crate::relocate_import::{promises, tell_loss};
use crate::{Context, Explainer};

/// An import that can go elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    /// The statement.
    pub(crate) at: Span,
    /// Whether it goes under `if TYPE_CHECKING:`, and not into functions.
    pub(crate) is_for_typing: bool,
    /// What others lose with it, as a clause.
    pub(crate) lost: Option<String>,
    pub(crate) fix: Fix,
}

impl Move {
    /// A statement without the names that lead to what may run on the way; nothing where their uses do not let it go.
    pub(crate) fn of(context: &Explainer, judged: &Judged, at: Span) -> Option<Self> {
        let imports = &context.facts(at.file)?.imports;
        let import = imports.iter().position(|import| import.range == at.range)? as u32;
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
        let typing = typing.filter(|_| !edges.iter().any(|edge| is_reached(context, edge)));
        let promises = promises(context);
        let guarded = typing.and_then(|typing| move_under_guard(context, &typing, &promises));
        let is_for_typing = guarded.is_some();
        let fix = if let Some(fix) = guarded {
            fix
        } else {
            let parsed = used_later(context, first)?;
            if !edges.iter().all(|edge| used_later(context, edge).is_some()) {
                return None;
            }
            defer_together(context, &edges, &parsed)?
        };
        Some(Self { at, is_for_typing, lost: None, fix })
    }

    /// The same, with what others lose in its title.
    pub(crate) fn with_losses(&self, context: &Explainer) -> Self {
        let mut found = self.clone();
        let import = context
            .facts(self.at.file)
            .and_then(|facts| facts.imports.iter().position(|import| import.range == self.at.range));
        let edges =
            import.map_or(&[][..], |import| context.graph.edges_of_import(self.at.file, import as u32));
        found.lost = edges.iter().find_map(|edge| lost_with(context, edge));
        if let Some(lost) = &found.lost {
            tell_loss(&mut found.fix, lost);
        }
        found
    }
}

/// The edits of some moves as one fix; nothing where they cannot all be made at once.
pub(crate) fn joined(moves: &[&Move]) -> Option<Fix> {
    let (first, rest) = moves.split_first()?;
    let mut all = first.fix.clone();
    for Move { fix, .. } in rest {
        all.title = format!("{}; {}", all.title, fix.title);
        if !fix.applicability.is_safe() {
            all.applicability = fix.applicability;
        }
        all.edits.extend(fix.edits.iter().cloned());
    }
    all.edits.sort_by(|(file, edit), (other_file, other)| {
        let place = |file: FileId, edit: &Edit| (file, edit.start(), edit.end());
        place(*file, edit).cmp(&place(*other_file, other)).then_with(|| edit.content().cmp(&other.content()))
    });
    let mut edits: Vec<(FileId, Edit)> = Vec::new();
    for (file, edit) in all.edits {
        let known = edits.iter_mut().filter(|(other, known)| {
            *other == file
                && edit.is_insertion()
                && known.is_insertion()
                && one_insertion(known, &edit).is_some()
        });
        if let Some((_, known)) = known.last() {
            if let Some(joined) = one_insertion(known, &edit) {
                *known = joined;
            }
            continue;
        }
        if edits.last().is_some_and(|(other, known)| *other == file && edit.start() < known.end()) {
            return None;
        }
        edits.push((file, edit));
    }
    all.edits = edits;
    Some(all)
}

/// What stands for two insertions that need the same: an import at the top, further up, or one block. Nothing where each is needed.
fn one_insertion(known: &Edit, edit: &Edit) -> Option<Edit> {
    let (one, other) = (known.content()?, edit.content()?);
    if one.trim_end() == other.trim_end() && !one.starts_with([' ', '\t', '\r', '\n']) {
        return Some(known.clone());
    }
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let head = one.get(..same).and_then(|same| same.rfind(":\n")).map(|colon| colon + 2)?;
    let rest = other.get(head..).filter(|_| known.start() == edit.start())?;
    Some(Edit::insertion([one.trim_end_matches('\n'), "\n", rest].concat(), known.start()))
}

/// The texts of files after some edits.
pub(crate) fn overlay(context: &Context, edits: &[(FileId, Edit)]) -> Overlay {
    let mut by_file: FxHashMap<FileId, Vec<&Edit>> = FxHashMap::default();
    for (file, edit) in edits {
        by_file.entry(*file).or_default().push(edit);
    }
    let edited = by_file.into_iter().filter_map(|(file, edits)| {
        let source = context.sources.text(file)?;
        let text = source.source_text();
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

/// Where something stood before some edits that did not touch it.
pub(crate) fn before(edits: &[(FileId, Edit)], span: Span) -> Option<Span> {
    let (mut added, mut taken) = (0, 0);
    for (_, edit) in edits.iter().filter(|(file, _)| *file == span.file) {
        let content = edit.content().map_or(0, str::len);
        if edit.start().to_usize() + added + content > span.range.start().to_usize() + taken {
            break;
        }
        added += content;
        taken += edit.range().len().to_usize();
    }
    let moved = |offset: TextSize| {
        let before = (offset.to_usize() + taken).checked_sub(added)?;
        u32::try_from(before).ok().map(TextSize::new)
    };
    Some(Span::new(span.file, TextRange::new(moved(span.range.start())?, moved(span.range.end())?)))
}
