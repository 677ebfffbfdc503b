//! Imports of a circle that can go elsewhere.

use ringfence_diagnostics::{Fix, Span};
use ringfence_graph::{Edge, Target};
use ringfence_refactor::proof::patches::lost_with;
use ringfence_refactor::relocate_import::{defer_together, is_reached, move_under_guard, used_later};
use ringfence_refactor::typing_only::{TypingOnly, typing_only};

use super::judged_circles::Judged;
use crate::Explainer;
use crate::relocate_import::{promises, tell_loss};

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
        let import = import_at(context, at)?;
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
        let import = import_at(context, self.at);
        let edges = import.map_or(&[][..], |import| context.graph.edges_of_import(self.at.file, import));
        found.lost = edges.iter().find_map(|edge| lost_with(context, edge));
        if let Some(lost) = &found.lost {
            tell_loss(&mut found.fix, lost);
        }
        found
    }
}

/// The position of the import that a statement is.
fn import_at(context: &Explainer, at: Span) -> Option<u32> {
    let imports = &context.facts(at.file)?.imports;
    imports.iter().position(|import| import.range == at.range).map(|position| position as u32)
}
