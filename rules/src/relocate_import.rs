//! Moves an import to where a rule does not look, as far as the uses of its name permit.

use ringfence_diagnostics::Fix;
use ringfence_graph::{Edge, ModuleId};
use ringfence_refactor::relocate_import::{self, defer, make_lazy, move_under_guard, used_later};
use ringfence_refactor::typing_only::{TypingOnly, typing_only};
use ringfence_source::EdgeKind;
use ruff_diagnostics::Applicability;

use crate::{Context, RuleId, Site};

/// Moves an import that a rule does not want to where it does not look, if the uses of its name permit: under
/// `if TYPE_CHECKING:`, behind `lazy`, or into the functions that use it.
pub(crate) fn relocate_to_unchecked_kind(context: &Context, rule: RuleId, edge: &Edge) -> Option<Fix> {
    relocate_unless_checked(context, edge, |kind| context.judges_kind(rule, edge, kind))
}

/// The same, given which kinds of imports are checked.
pub(crate) fn relocate_unless_checked(
    context: &Context,
    edge: &Edge,
    checks: impl Fn(EdgeKind) -> bool,
) -> Option<Fix> {
    if !checks(EdgeKind::Typing)
        && let Some(only) = typing_only(context, edge)
        && let Some(fix) = move_under_guard(context, &[(edge, only)], &promises(context))
    {
        return Some(fix);
    }
    if checks(EdgeKind::Lazy) && checks(EdgeKind::Deferred) {
        return None;
    }
    let parsed = used_later(context, edge)?;
    let lazy = if checks(EdgeKind::Lazy) { None } else { make_lazy(context, edge) };
    lazy.or_else(|| if checks(EdgeKind::Deferred) { None } else { defer(context, edge, &parsed) })
}

/// Says in the title of a fix what others lose by it. It is not safe then.
pub(crate) fn tell_loss(fix: &mut Fix, lost: &str) {
    let word = if fix.title.contains(", though ") { "and" } else { "though" };
    fix.title = format!("{}, {word} {lost}", fix.title);
    fix.applicability = Applicability::Unsafe;
}

/// Moves those of the names of a statement under `if TYPE_CHECKING:` that a rule reports, and that may be moved with the one of an
/// edge with as much doubt; where a comment suppresses something, only that one.
pub(crate) fn move_reported_under_guard(context: &Context, rule: RuleId, edge: &Edge) -> Option<Fix> {
    let promises = promises(context);
    let moved: Vec<(&Edge, TypingOnly)> = if context.is_suppressed_in_part(Site::of(edge)) {
        typing_only(context, edge).map(|only| (edge, only)).into_iter().collect()
    } else {
        let is_reported = |other: &Edge| context.judges(rule, other) && context.crossing_of(other).is_some();
        relocate_import::movable_beside(context, edge, is_reported, &promises)
    };
    move_under_guard(context, &moved, &promises)
}

/// Says of a name of a module that the config exposes it.
pub(crate) fn promises(context: &Context) -> impl Fn(ModuleId, &str) -> Option<String> {
    |module, name| {
        let title = context.module_name(module);
        let owner = context.boundaries.owner(module)?;
        let exposed = context.exposed(owner, None)?;
        let below = title.strip_prefix(context.boundary_name(owner)).unwrap_or_default();
        let member = format!("{below}.{name}");
        let is_exposed = exposed.patterns().any(|pattern| pattern.matches(member.trim_start_matches('.')));
        is_exposed.then(|| format!("the config exposes `{name}` of `{title}`"))
    }
}
