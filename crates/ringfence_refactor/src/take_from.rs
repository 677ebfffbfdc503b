//! Takes names of an import statement from another module, in its place or where that import belongs.

use ringfence_graph::Edge;
use ruff_diagnostics::Edit;
use ruff_text_size::Ranged;

use crate::Codebase;
use crate::import_block::{Block, NewImport, section_of_project};
use crate::import_edit::{edit_import, lost_comments};

/// How names are taken from another module.
pub struct Taken {
    pub edits: Vec<Edit>,
    /// Whether other imports are then carried out before or after it that were not.
    pub crosses: bool,
}

/// The edits that take names of an import, by position, from another module, in which they have these names. Where the block
/// around the statement is in order, it stays so.
pub fn take_from(codebase: &Codebase, edge: &Edge, moved: &[(usize, &str)], module: &str) -> Option<Taken> {
    let Edge { file, import, .. } = *edge;
    let in_place = edit_import(codebase, edge, |statement, _| statement.with_module_of(moved, module))?;
    let source = codebase.sources.text(file)?;
    let text = source.source_text();
    let Some(block) = Block::around(codebase, file, text, import).filter(Block::is_sorted) else {
        return Some(Taken { edits: vec![in_place], crosses: false });
    };
    let facts = codebase.facts(file)?;
    let imported = facts.names_of(facts.imports.get(import as usize)?);
    // What else binds a name may stand between here and there.
    let parsed = codebase.sources.module(file)?;
    let is_bound_again = |position: usize| {
        let index = facts.imports.get(import as usize).map(|it| it.name_indices().start + position as u32);
        let variable = index.and_then(|index| parsed.module.bound_by(index));
        variable.is_none_or(|(variable, _)| variable.bindings.len() > 1)
    };
    if moved.iter().any(|(position, _)| is_bound_again(*position)) {
        return Some(Taken { edits: vec![in_place], crosses: false });
    }
    let positions: Vec<usize> = moved.iter().map(|(position, _)| *position).collect();
    let whole = positions.len() == imported.len();
    let names = moved.iter().map(|(position, name)| {
        let before = imported.get(*position)?;
        let bound = facts.name(before.alias.map_or(before.name, |(alias, _)| alias));
        let keeps_alias = before.alias.is_some() && facts.name(before.name) == *name;
        Some((name.to_string(), (bound != *name || keeps_alias).then(|| bound.to_string())))
    });
    let names = names.collect::<Option<Vec<_>>>()?;
    if whole && block.keeps_order(import, module, &names) {
        let edits = vec![block.fitted(import, module, &names, in_place)];
        return Some(Taken { edits, crosses: false });
    }
    if whole && block.is_alone(import) && !block.has_section(section_of_project(module)) {
        let edits = vec![block.fitted(import, module, &names, in_place)];
        return Some(Taken { edits, crosses: false });
    }
    let rest = match block.removal(import).filter(|_| whole) {
        Some(removal) => removal,
        None => edit_import(codebase, edge, |statement, _| Some(statement.without(&positions)))?,
    };
    if rest.content() == Some("pass") {
        return Some(Taken { edits: vec![in_place], crosses: false });
    }
    let comments = lost_comments(text, &rest);
    let new = NewImport { section: section_of_project(module), module: module.to_string(), names, comments };
    let added = block.add(&new, whole.then_some(import))?;
    let crosses = block.crosses(import, &added);
    let mut edits = vec![rest, added];
    edits.sort_by_key(|edit| (edit.start(), edit.end()));
    Some(Taken { edits, crosses })
}
