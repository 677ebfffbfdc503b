//! Why an import may be needed at run time, though only annotations use its name.

use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{BindingKind, EdgeKind, ParsedFile};
use ruff_source_file::LineRanges;
use ruff_text_size::TextRange;

use super::annotations::{may_fail, unsure_annotations};
use super::{Together, named_beside, oddities_of};
use crate::Codebase;
use crate::layout::{bound_name, is_blank};
use crate::loads::{AT_RUN_TIME, loads};
use crate::origin::Names;
use crate::typing_only::{TypingOnly, is_used_in_annotations_only, variable_of};

/// Says, as a clause, that a name of a module is promised to others by what is no code.
pub type Promises<'a> = &'a dyn Fn(ModuleId, &str) -> Option<String>;

/// Why an import may be needed at run time, though only annotations use it.
pub(crate) fn doubt(
    codebase: &Codebase,
    edge: &Edge,
    only: &TypingOnly,
    promises: Promises,
) -> Option<String> {
    let parsed = codebase.sources.module(edge.file)?;
    only.doubt
        .clone()
        .or_else(|| may_be_bound_by_star(codebase, edge, &parsed))
        .or_else(|| is_no_longer_loaded(codebase, edge, &parsed))
        .or_else(|| may_load_the_importer(codebase, edge))
        .or_else(|| guard_may_be_another(codebase, edge, &parsed))
        .or_else(|| may_be_taken(codebase, edge, &parsed, promises))
        .or_else(|| may_be_read(codebase, edge, &parsed))
}

/// What else may bind the name, of which nothing is seen in the file: then the name stays, and is something else.
fn may_be_bound_by_star(codebase: &Codebase, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let facts = &parsed.facts;
    let is_star = |edge: &&Edge| {
        facts.names.get(edge.name as usize).is_some_and(|imported| facts.name(imported.name) == "*")
    };
    let star = codebase.graph.edges_of(edge.file).iter().find(is_star)?;
    let imported = codebase.imported_name(star);
    let module = imported.trim_end_matches('*').trim_end_matches('.');
    Some(format!("`from {module} import *` may bind `{}`, too", bound_name(parsed, edge.name)))
}

/// In a cycle the import may run before the name is there, and fail; moved, it would fail no more.
fn may_load_the_importer(codebase: &Codebase, edge: &Edge) -> Option<String> {
    let Target::Module { module, .. } = edge.target else { return None };
    let importer = codebase.graph.index().of_file(edge.file)?.module;
    let leads_back = loads(codebase, module, AT_RUN_TIME).modules.contains(&importer);
    leads_back.then(|| {
        let (module, importer) = (codebase.module_name(module), codebase.module_name(importer));
        format!("`{module}` may load `{importer}` before the name is there")
    })
}

/// Names that the fix uses or binds, and that may be something else, or be looked for by somebody who does not find them now.
fn guard_may_be_another(codebase: &Codebase, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let index = codebase.graph.index();
    if index.get("typing").is_some() {
        return Some("the project has a module `typing` of its own".to_string());
    }
    let importer = index.of_file(edge.file)?.module;
    let is_typing = |how: BindingKind| {
        let BindingKind::Import { import, name, .. } = how else { return false };
        let edge = codebase.edge_at(edge.file, import, name);
        edge.is_some_and(|edge| {
            let name = codebase.imported_name(edge);
            !matches!(edge.target, Target::Module { .. })
                && matches!(
                    name.as_str(),
                    "typing"
                        | "typing.TYPE_CHECKING"
                        | "typing_extensions.TYPE_CHECKING"
                        | "__future__.annotations"
                )
        })
    };
    for name in ["TYPE_CHECKING", "typing", "annotations"] {
        let variable = parsed.module.global(name);
        let bindings = variable.map_or(&[][..], |variable| variable.bindings.as_slice());
        if !bindings.iter().all(|binding| is_typing(binding.how)) {
            return Some(format!("`{name}` may be something else in this file"));
        }
        let is_used = variable.is_some_and(|variable| !variable.uses.is_empty());
        let is_taken = codebase.taken().of(importer).is_some_and(|taken| taken.names.contains(name));
        if bindings.is_empty() && (is_used || is_taken) {
            return Some(format!("`{name}` is looked for in this file, and is not there yet"));
        }
    }
    None
}

/// Who may take the name out of the file, though no import of the project does.
fn may_be_taken(codebase: &Codebase, edge: &Edge, parsed: &ParsedFile, promises: Promises) -> Option<String> {
    let (facts, import, imported) = codebase.import(edge)?;
    let file = codebase.graph.index().of_file(edge.file)?;
    let title = codebase.module_name(file.module);
    let name = variable_of(parsed, edge)?.name.as_str();
    if file.is_package {
        return Some(format!("`{title}` is a package, whose names may be there for others"));
    }
    if imported.alias.is_some_and(|(alias, _)| facts.name(alias) == facts.name(imported.name)) {
        return Some(format!("`{name} as {name}` says that it is passed on"));
    }
    let source = codebase.sources.text(edge.file)?;
    let lines = source.source_text().lines_str(import.range);
    if lines.lines().filter_map(|line| line.split_once('#')).any(|(_, comment)| says_deliberate(comment)) {
        return Some("a comment says that the import is there on purpose".to_string());
    }
    if let Some(promise) = promises(file.module, name) {
        return Some(promise);
    }
    if codebase.taken().of(file.module).is_some_and(|taken| taken.star) {
        return Some(format!("others take every name of `{title}`"));
    }
    let together = Together::with(codebase, file.module);
    together
        .hidden()
        .or_else(|| together.asked_for(name))
        .or_else(|| named_beside(codebase, file.module, name))
}

/// `noqa: F401`, `pylint: disable=unused-import`, `re-exported`
fn says_deliberate(comment: &str) -> bool {
    let comment = comment.to_lowercase();
    ["noqa", "unused", "export", "flake8", "pylint", "type: ignore"].iter().any(|word| comment.contains(word))
}

/// Who may read an annotation that names an import.
fn may_be_read(codebase: &Codebase, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let importer = codebase.graph.index().of_file(edge.file)?.module;
    let oddities = oddities_of(codebase, edge.file)?;
    let variable = variable_of(parsed, edge)?;
    let unsure = unsure_annotations(codebase, edge.file, parsed);
    for used in &variable.uses {
        let is_around = |range: &TextRange| range.contains_range(used.range);
        if oddities.odd_annotations.iter().any(is_around) {
            return Some("an annotation does more than to name types".to_string());
        }
        let Some(annotation) = parsed.module.annotations.iter().find(|it| is_around(&it.range)) else {
            continue;
        };
        let definition = |at: Option<u32>| parsed.module.definitions.get(at? as usize);
        let Some(of) = definition(annotation.of).filter(|definition| !definition.is_class) else {
            return Some("something may read the annotations of a class or a module".to_string());
        };
        if definition(of.parent).is_some_and(|class| class.is_class && !class.decorators.is_empty()) {
            return Some("a decorator of the class may read annotations of its methods".to_string());
        }
        if unsure.contains(&annotation.range) {
            return Some(may_fail(codebase, edge.file, annotation));
        }
    }
    let target = match edge.target {
        Target::Module { module, member_length: 1.., .. } => Some(module),
        _ => None,
    };
    if let Some(module) = target {
        let (facts, _, imported) = codebase.import(edge)?;
        let name = facts.name(imported.name);
        if let Err(error) = Names::certain(codebase).path(module, name) {
            return Some(error.reason(codebase, name));
        }
    }
    Together::with(codebase, importer).reads_annotations()
}

/// What is lost at run time with an import, though no name of the file is.
fn is_no_longer_loaded(codebase: &Codebase, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let Target::Module { module, .. } = edge.target else {
        return Some("its module is no longer loaded".into());
    };
    let index = codebase.graph.index();
    let importer = index.of_file(edge.file)?.module;
    let stays = |other: &&Edge| {
        let leads_there =
            matches!(other.target, Target::Module { module: at, .. } if index.contains(module, at));
        let is_plain = other.kind == EdgeKind::Runtime
            && parsed
                .facts
                .imports
                .get(other.import as usize)
                .is_some_and(|import| import.context.is_empty());
        // One that only annotations use may be moved as well.
        let is_needed = || !variable_of(parsed, other).is_some_and(is_used_in_annotations_only);
        (other.import, other.name) != (edge.import, edge.name) && leads_there && is_plain && is_needed()
    };
    if !index.contains(module, importer) {
        let name = codebase.module_name(module);
        let Some(first) = codebase.graph.edges_of(edge.file).iter().find(stays) else {
            return Some(format!("`{name}` is then no longer loaded by this import"));
        };
        if first.import > edge.import && !is_next(codebase, edge, first) {
            return Some(format!("`{name}` is then loaded after what stands between its imports"));
        }
    }
    let taken = codebase.taken().of(importer)?;
    let name = codebase.module_name(importer);
    taken.module.then(|| format!("the name may be reached through `{name}`"))
}

/// Whether nothing but comments stands between two imports of a file.
fn is_next(codebase: &Codebase, edge: &Edge, next: &Edge) -> bool {
    let range = |edge: &Edge| codebase.import(edge).map(|(_, import, _)| import.range);
    let (Some(first), Some(second)) = (range(edge), range(next)) else { return false };
    let Some(source) = codebase.sources.text(edge.file) else { return false };
    let between = source.source_text().get(first.end().to_usize()..second.start().to_usize());
    between.is_some_and(|between| between.split(['\n', '\r']).all(is_blank))
}
