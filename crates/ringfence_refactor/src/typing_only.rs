//! Which imports only annotations use.

use ringfence_diagnostics::FileId;
use ringfence_graph::Edge;
use ringfence_source::{
    Annotation, BindingKind, DynamicNames, EdgeKind, Exports, ParsedFile, ReferenceContext, Variable,
};

use crate::Codebase;
use crate::runtime_annotations::{Reader, Readers};

/// An import whose name only annotations use.
pub struct TypingOnly {
    /// The annotations that name it and are evaluated while the module is loaded, unless something is done about it.
    pub(crate) evaluated: Vec<Annotation>,
    /// Why something may need it at run time all the same.
    pub doubt: Option<String>,
}

/// Whether annotations alone use what an import at the top of a file binds, and nobody is known to read them at run time.
pub fn typing_only(codebase: &Codebase, edge: &Edge) -> Option<TypingOnly> {
    let (facts, import, imported) = codebase.import(edge)?;
    let is_plain = import.context.is_empty() && edge.kind == EdgeKind::Runtime;
    if !is_plain || facts.name(imported.name) == "*" {
        return None;
    }
    let parsed = codebase.parsed(edge.file)?;
    let source = codebase.sources.text(edge.file)?;
    let readers = Readers::new(codebase, edge.file, &parsed, source.source_text());
    let hides_uses = parsed.module.dynamic.iter().any(|(what, _)| *what != DynamicNames::LoadedModules);
    let variable = variable_of(&parsed, edge)?;
    let is_used_otherwise =
        !is_used_in_annotations_only(variable) || is_taken(codebase, edge.file, &parsed, variable);
    if hides_uses || is_used_otherwise || readers.file_reads() {
        return None;
    }
    let mut evaluated = Vec::new();
    let mut doubt = None;
    for used in &variable.uses {
        let mut around = parsed.module.annotations.iter();
        let Some(annotation) = around.find(|annotation| annotation.range.contains_range(used.range)) else {
            continue;
        };
        match readers.of(annotation) {
            Some(Reader::Known) => return None,
            Some(Reader::Possible(reason)) => doubt = doubt.or(Some(reason)),
            None => {}
        }
        if used.place == ReferenceContext::Annotation && !evaluated.contains(annotation) {
            evaluated.push(*annotation);
        }
    }
    Some(TypingOnly { evaluated, doubt })
}

/// What an import binds, if nothing else binds the name.
pub(crate) fn variable_of<'a>(parsed: &'a ParsedFile, edge: &Edge) -> Option<&'a Variable> {
    let imported = parsed.facts.names.get(edge.name as usize)?;
    let name = match imported.alias {
        Some((alias, _)) => parsed.facts.name(alias),
        None => parsed.facts.name(imported.name).split('.').next()?,
    };
    let variable = parsed.module.global(name)?;
    let [binding] = variable.bindings.as_slice() else { return None };
    matches!(binding.how, BindingKind::Import { name, .. } if name == edge.name).then_some(variable)
}

pub(crate) fn is_used_in_annotations_only(variable: &Variable) -> bool {
    let types = |place: ReferenceContext| {
        matches!(
            place,
            ReferenceContext::Annotation | ReferenceContext::LocalAnnotation | ReferenceContext::Quoted
        )
    };
    !variable.uses.is_empty() && variable.uses.iter().all(|used| types(used.place))
}

/// Whether another module takes the name out of the file.
pub(crate) fn is_taken(codebase: &Codebase, file: FileId, parsed: &ParsedFile, variable: &Variable) -> bool {
    let Some(module) = codebase.graph.index().of_file(file) else { return true };
    let Some(taken) = codebase.taken().of(module.module) else { return false };
    let name = parsed.module.name(variable.name);
    let by_star = match parsed.module.exports {
        Exports::Absent => !name.starts_with('_'),
        // One that is listed is used beyond annotations.
        Exports::Listed(_) => false,
        Exports::Computed(_) => true,
    };
    taken.names.contains(name) || (taken.star && by_star)
}
