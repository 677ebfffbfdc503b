//! Moves an import to where it costs nothing, or nothing yet, at run time: under `if TYPE_CHECKING:`, behind `lazy`, or into
//! the functions that use its name.

use std::sync::Arc;

use ringfence_diagnostics::{FileId, Fix};
use ringfence_graph::Edge;
use ringfence_source::{Annotation, EdgeKind, ParsedFile, Reference, ReferenceContext};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_text_size::{Ranged, TextRange};

use crate::Codebase;
use crate::import_block::Block;
use crate::import_edit::{edit_import, lost_comments};
use crate::layout::{Layout, bound_name, new_import, statement, with_comments};
use crate::module_attributes::taken_as_attribute;
use crate::proof::annotations::unsure_annotations;
use crate::proof::oddities_of;
use crate::proof::typing_only::{Promises, doubt};
use crate::runtime_annotations::Readers;
use crate::typing_only::{TypingOnly, is_taken, typing_only, variable_of};

/// Python evaluates no annotation before somebody asks for it since this 3.x (PEP 649).
const LAZY_ANNOTATIONS: u8 = 14;

/// `lazy import` is a statement since this 3.x (PEP 810).
const LAZY_IMPORTS: u8 = 15;

/// An import is not repeated in more functions than these.
const MOST_FUNCTIONS: usize = 4;

/// The file of an import at its top, if nothing in it needs what the import binds before a function runs.
pub fn used_later(codebase: &Codebase, edge: &Edge) -> Option<Arc<ParsedFile>> {
    let (facts, import, imported) = codebase.import(edge)?;
    let is_plain = import.context.is_empty() && edge.kind == EdgeKind::Runtime;
    if !is_plain || facts.name(imported.name) == "*" {
        return None;
    }
    let parsed = codebase.parsed(edge.file)?;
    let variable = variable_of(&parsed, edge)?;
    let is_late = |used: &Reference| {
        used.is_deferred()
            || matches!(
                used.place,
                ReferenceContext::LocalAnnotation
                    | ReferenceContext::Quoted
                    | ReferenceContext::TypeExpression
            )
    };
    let later = !variable.uses.is_empty() && variable.uses.iter().all(is_late);
    let taken = is_taken(codebase, edge.file, &parsed, variable) || !parsed.module.dynamic.is_empty();
    (later && !taken && !is_reached(codebase, edge)).then_some(parsed)
}

/// Whether another file reaches what an import at the top of a module binds as an attribute of that module.
pub fn is_reached(codebase: &Codebase, edge: &Edge) -> bool {
    let reached = || {
        let parsed = codebase.parsed(edge.file)?;
        let name = parsed.module.name(variable_of(&parsed, edge)?.name);
        taken_as_attribute(codebase, codebase.graph.index().of_file(edge.file)?.module, name)
    };
    reached().is_some()
}

/// Writes `lazy` before an import at the top of a file.
pub fn make_lazy(codebase: &Codebase, edge: &Edge) -> Option<Fix> {
    let (_, import, _) = codebase.import(edge)?;
    if codebase.target_version?.0 < LAZY_IMPORTS {
        return None;
    }
    let edit = Edit::insertion("lazy ".to_string(), import.range.start());
    let mut fix =
        Fix::safe("Make the import lazy, so that the module is loaded on first use", edge.file, edit);
    fix.applicability = Applicability::Unsafe;
    Some(fix)
}

/// Moves an import into the functions that use its name.
pub fn defer(codebase: &Codebase, edge: &Edge, parsed: &ParsedFile) -> Option<Fix> {
    defer_together(codebase, &[edge], parsed)
}

/// Moves names of one statement into the functions that use them.
pub fn defer_together(codebase: &Codebase, moved: &[&Edge], parsed: &ParsedFile) -> Option<Fix> {
    let edge = *moved.first()?;
    let (file, (_, import, _)) = (edge.file, codebase.import(edge)?);
    let source = codebase.sources.text(file)?;
    let layout = Layout::new(codebase, file, source.source_text(), parsed);
    // By function: what it uses.
    let mut bodies: Vec<(TextRange, Vec<u32>)> = Vec::new();
    let mut listed: Vec<String> = Vec::new();
    for edge in moved {
        let variable = variable_of(parsed, edge)?;
        listed.push(format!("`{}`", parsed.module.name(variable.name)));
        for used in &variable.uses {
            // An annotation would need the name where no function runs.
            if used.place != ReferenceContext::Value {
                return None;
            }
            // The outermost function around the use; methods stand in a class.
            let mut around = parsed.module.definitions.iter().filter(|definition| !definition.is_class);
            let body = around.find(|definition| definition.body.contains_range(used.range))?.body;
            match bodies.iter_mut().find(|(known, _)| *known == body) {
                Some((_, names)) if names.contains(&edge.name) => {}
                Some((_, names)) => names.push(edge.name),
                None => bodies.push((body, vec![edge.name])),
            }
        }
    }
    if bodies.len() > MOST_FUNCTIONS {
        return None;
    }
    let first = import.name_indices().start;
    let positions: Vec<usize> = moved.iter().map(|edge| (edge.name - first) as usize).collect();
    let removal = edit_import(codebase, edge, |statement, _| Some(statement.without(&positions)))?;
    let mut edits = Vec::new();
    for (body, names) in bodies {
        let new = with_comments(statement(parsed, import, &names)?, source.source_text(), &removal);
        edits.push((file, layout.before(body.start(), &new)?));
    }
    edits.push((file, removal));
    edits.sort_by_key(|(_, edit)| (edit.start(), edit.end()));
    let it = if listed.len() == 1 { "it" } else { "them" };
    Some(Fix {
        title: format!(
            "Import {} in the functions that use {it}, so that the module is loaded when they run",
            listed.join(", ")
        ),
        applicability: Applicability::Unsafe,
        isolation: IsolationLevel::NonOverlapping,
        changes_policy: false,
        appends: false,
        edits,
    })
}

/// The names of the same statement that may be moved with the one of an edge, with as much doubt as that, of those that `may_move`.
pub fn movable_beside<'a>(
    codebase: &Codebase<'a>,
    edge: &'a Edge,
    may_move: impl Fn(&Edge) -> bool,
    promises: Promises,
) -> Vec<(&'a Edge, TypingOnly)> {
    let doubtful = |edge: &Edge, only: &TypingOnly| doubt(codebase, edge, only, promises).is_some();
    let Some(first) = typing_only(codebase, edge) else { return Vec::new() };
    let (Some(parsed), Some(source)) = (codebase.sources.module(edge.file), codebase.sources.text(edge.file))
    else {
        return Vec::new();
    };
    let layout = Layout::new(codebase, edge.file, source.source_text(), &parsed);
    let quotes = remedy(codebase, edge.file, &parsed, source.source_text()) == Remedy::Quotes;
    let can_move = |only: &TypingOnly| {
        !quotes || only.evaluated.iter().all(|annotation| layout.quoted(annotation.range).is_some())
    };
    let here = doubtful(edge, &first);
    let others = codebase.graph.edges_of(edge.file).iter().filter(|other| other.import == edge.import);
    others
        .filter(|other| may_move(other))
        .filter_map(|other| Some((other, typing_only(codebase, other)?)))
        .filter(|(other, only)| other.name == edge.name || (can_move(only) && doubtful(other, only) == here))
        .collect()
}

/// Moves names of one statement under `if TYPE_CHECKING:`, with what has to be there for it.
pub fn move_under_guard(
    codebase: &Codebase,
    moved: &[(&Edge, TypingOnly)],
    promises: Promises,
) -> Option<Fix> {
    let (edge, _) = moved.first()?;
    let file = edge.file;
    let parsed = codebase.sources.module(file)?;
    let source = codebase.sources.text(file)?;
    let layout = Layout::new(codebase, file, source.source_text(), &parsed);
    let (_, import, _) = codebase.import(edge)?;

    let first = import.name_indices().start;
    let positions: Vec<usize> = moved.iter().map(|(edge, _)| (edge.name - first) as usize).collect();
    let block = Block::around(codebase, file, source.source_text(), edge.import).filter(Block::is_sorted);
    let whole = positions.len() == import.name_indices().len();
    let removal = match block.filter(|_| whole).and_then(|block| block.removal(edge.import)) {
        Some(removal) => removal,
        None => edit_import(codebase, edge, |statement, _| Some(statement.without(&positions)))?,
    };
    let names: Vec<u32> = moved.iter().map(|(edge, _)| edge.name).collect();
    let new = with_comments(statement(&parsed, import, &names)?, source.source_text(), &removal);

    let in_order = new_import(&parsed, edge, import, &names, lost_comments(source.source_text(), &removal));
    let mut edits = vec![(file, removal)];
    edits.extend(
        layout
            .under_guard(&new, in_order.as_ref(), whole.then_some(edge.import))?
            .into_iter()
            .map(|edit| (file, edit)),
    );
    let mut evaluated: Vec<TextRange> =
        moved.iter().flat_map(|(_, only)| &only.evaluated).map(|annotation| annotation.range).collect();
    evaluated.sort_by_key(Ranged::start);
    evaluated.dedup();
    match remedy(codebase, file, &parsed, source.source_text()) {
        _ if evaluated.is_empty() => {}
        Remedy::Nothing => {}
        // Before whatever else goes where it goes.
        Remedy::Future => edits.insert(0, (file, layout.future_import()?)),
        Remedy::Quotes => {
            for range in evaluated {
                edits.push((file, layout.quoted(range)?));
            }
        }
    }
    edits.sort_by_key(|(_, edit)| (edit.start(), edit.end()));

    let listed: Vec<String> = names.iter().map(|name| format!("`{}`", bound_name(&parsed, *name))).collect();
    let doubt = moved.iter().find_map(|(edge, only)| doubt(codebase, edge, only, promises));
    let reason = doubt.as_ref().map(|doubt| format!(", though {doubt}")).unwrap_or_default();
    Some(Fix {
        title: format!("Move {} under `if TYPE_CHECKING:`{reason}", listed.join(", ")),
        applicability: if doubt.is_some() { Applicability::Unsafe } else { Applicability::Safe },
        isolation: IsolationLevel::NonOverlapping,
        changes_policy: false,
        appends: false,
        edits,
    })
}

/// What keeps annotations from being evaluated while a module is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// They are not.
    Nothing,
    /// `from __future__ import annotations`
    Future,
    /// Quotes around those at hand, as something may read others in the file.
    Quotes,
}

fn remedy(codebase: &Codebase, file: FileId, parsed: &ParsedFile, text: &str) -> Remedy {
    let target = codebase.target_version.map(|version| version.0);
    if parsed.module.future_annotations || target.is_some_and(|minor| minor >= LAZY_ANNOTATIONS) {
        return Remedy::Nothing;
    }
    let readers = Readers::new(codebase, file, parsed, text);
    let is_of_function = |annotation: &Annotation| {
        let definition = annotation.of.and_then(|of| parsed.module.definitions.get(of as usize));
        definition.is_some_and(|definition| !definition.is_class)
    };
    let unread = parsed.module.annotations.iter().all(|it| is_of_function(it) && readers.of(it).is_none())
        && parsed.module.global("annotations").is_none()
        && oddities_of(codebase, file).is_some_and(|oddities| oddities.odd_annotations.is_empty())
        && unsure_annotations(codebase, file, parsed).is_empty();
    if unread { Remedy::Future } else { Remedy::Quotes }
}
