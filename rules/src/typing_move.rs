//! Which imports only annotations use, and the change that puts one of them where it costs nothing at run time.

use std::rc::Rc;
use std::sync::Arc;

use ringfence_diagnostics::{FileId, Fix};
use ringfence_graph::{Edge, Target};
use ringfence_source::{
    Annotation, Context as Around, DynamicNames, EdgeKind, Exports, How, Import, ImportForm, ParsedFile,
    Place, ScopeId, SourceKind, Use, Variable, parse_statement,
};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_python_ast::{Expr, Operator, Stmt};
use ruff_source_file::LineRanges;
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::import_block::{Block, NewImport, Section};
use crate::import_edit::edit_import;
use crate::interfaces::reexport::{AT_RUN_TIME, loads};
use crate::origin::{Definition, Names};
use crate::proof::{Together, named_beside, oddities_of};
use crate::runtime_annotations::{Reader, Readers};
use crate::{Context, RuleId, Site};

/// Python evaluates no annotation before somebody asks for it since this 3.x (PEP 649).
const LAZY_ANNOTATIONS: u8 = 14;

/// `lazy import` is a statement since this 3.x (PEP 810).
const LAZY_IMPORTS: u8 = 15;

const IMPORT_OF_GUARD: &str = "from typing import TYPE_CHECKING";

/// An import is not repeated in more functions than these.
const MOST_FUNCTIONS: usize = 4;

/// An import whose name only annotations use.
pub(crate) struct TypingOnly {
    /// The annotations that name it and are evaluated while the module is loaded, unless something is done about it.
    evaluated: Vec<Annotation>,
    /// Why something may need it at run time all the same.
    pub(crate) doubt: Option<String>,
}

/// Whether annotations alone use what an import at the top of a file binds, and nobody is known to read them at run time.
pub(crate) fn typing_only(context: &Context, edge: &Edge) -> Option<TypingOnly> {
    let (facts, import, imported) = context.import(edge)?;
    let is_plain = import.context.is_empty() && edge.kind == EdgeKind::Runtime;
    if !is_plain || facts.name(imported.name) == "*" {
        return None;
    }
    let parsed = context.sources.module(edge.file).filter(|parsed| parsed.facts.syntax_error.is_none())?;
    let source = context.sources.text(edge.file)?;
    let readers = Readers::new(context, edge.file, &parsed, source.source_text());
    let hides_uses = parsed.module.dynamic.iter().any(|(what, _)| *what != DynamicNames::LoadedModules);
    let variable = variable_of(&parsed, edge)?;
    let is_used_otherwise =
        !is_used_in_annotations_only(variable) || is_taken(context, edge.file, &parsed, variable);
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
        if used.place == Place::Annotation && !evaluated.contains(annotation) {
            evaluated.push(*annotation);
        }
    }
    Some(TypingOnly { evaluated, doubt })
}

/// What an import binds, if nothing else binds the name.
fn variable_of<'a>(parsed: &'a ParsedFile, edge: &Edge) -> Option<&'a Variable> {
    let imported = parsed.facts.names.get(edge.name as usize)?;
    let name = match imported.alias {
        Some((alias, _)) => parsed.facts.name(alias),
        None => parsed.facts.name(imported.name).split('.').next()?,
    };
    let variable = parsed.module.global(name)?;
    let [binding] = variable.bindings.as_slice() else { return None };
    matches!(binding.how, How::Import { name, .. } if name == edge.name).then_some(variable)
}

fn is_used_in_annotations_only(variable: &Variable) -> bool {
    let types = |place: Place| matches!(place, Place::Annotation | Place::LocalAnnotation | Place::Quoted);
    !variable.uses.is_empty() && variable.uses.iter().all(|used| types(used.place))
}

/// Whether another module takes the name out of the file.
fn is_taken(context: &Context, file: FileId, parsed: &ParsedFile, variable: &Variable) -> bool {
    let Some(module) = context.graph.index().of_file(file) else { return true };
    let Some(taken) = context.taken().of(module.module) else { return false };
    let name = parsed.module.name(variable.name);
    let by_star = match parsed.module.exports {
        Exports::Absent => !name.starts_with('_'),
        // One that is listed is used beyond annotations.
        Exports::Listed(_) => false,
        Exports::Computed(_) => true,
    };
    taken.names.contains(name) || (taken.star && by_star)
}

/// Moves an import that a rule does not want to where it does not look, if the uses of its name permit: under
/// `if TYPE_CHECKING:`, behind `lazy`, or into the functions that use it.
pub(crate) fn move_out_of_sight(context: &Context, rule: RuleId, edge: &Edge) -> Option<Fix> {
    move_unless_judged(context, edge, |kind| context.judges_kind(rule, edge, kind))
}

/// The same, given which kinds of imports are looked at.
pub(crate) fn move_unless_judged(
    context: &Context,
    edge: &Edge,
    judges: impl Fn(EdgeKind) -> bool,
) -> Option<Fix> {
    if !judges(EdgeKind::Typing)
        && let Some(only) = typing_only(context, edge)
        && let Some(fix) = move_under_guard(context, &[(edge, only)])
    {
        return Some(fix);
    }
    if judges(EdgeKind::Lazy) && judges(EdgeKind::Deferred) {
        return None;
    }
    let parsed = used_later(context, edge)?;
    let lazy = if judges(EdgeKind::Lazy) { None } else { make_lazy(context, edge) };
    lazy.or_else(|| if judges(EdgeKind::Deferred) { None } else { defer(context, edge, &parsed) })
}

/// The file of an import at its top, if nothing in it needs what the import binds before a function runs.
fn used_later(context: &Context, edge: &Edge) -> Option<Arc<ParsedFile>> {
    let (facts, import, imported) = context.import(edge)?;
    let is_plain = import.context.is_empty() && edge.kind == EdgeKind::Runtime;
    if !is_plain || facts.name(imported.name) == "*" {
        return None;
    }
    let parsed = context.sources.module(edge.file).filter(|parsed| parsed.facts.syntax_error.is_none())?;
    let variable = variable_of(&parsed, edge)?;
    let is_late = |used: &Use| {
        used.is_deferred()
            || matches!(used.place, Place::LocalAnnotation | Place::Quoted | Place::TypeExpression)
    };
    let later = !variable.uses.is_empty() && variable.uses.iter().all(is_late);
    let taken = is_taken(context, edge.file, &parsed, variable) || !parsed.module.dynamic.is_empty();
    (later && !taken).then_some(parsed)
}

/// Writes `lazy` before an import at the top of a file.
fn make_lazy(context: &Context, edge: &Edge) -> Option<Fix> {
    let (_, import, _) = context.import(edge)?;
    if context.policy.linter.target_version?.0 < LAZY_IMPORTS {
        return None;
    }
    let edit = Edit::insertion("lazy ".to_string(), import.range.start());
    let mut fix =
        Fix::safe("Make the import lazy, so that the module is loaded on first use", edge.file, edit);
    fix.applicability = Applicability::Unsafe;
    Some(fix)
}

/// Moves an import into the functions that use its name.
fn defer(context: &Context, edge: &Edge, parsed: &ParsedFile) -> Option<Fix> {
    let (file, (_, import, _)) = (edge.file, context.import(edge)?);
    let variable = variable_of(parsed, edge)?;
    let source = context.sources.text(file)?;
    let layout = Layout::new(context, file, source.source_text(), parsed);
    let mut bodies: Vec<TextRange> = Vec::new();
    for used in &variable.uses {
        // An annotation would need the name where no function runs.
        if used.place != Place::Value {
            return None;
        }
        // The outermost function around the use; methods stand in a class.
        let mut around = parsed.module.definitions.iter().filter(|definition| !definition.is_class);
        let body = around.find(|definition| definition.body.contains_range(used.range))?.body;
        if !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    if bodies.len() > MOST_FUNCTIONS {
        return None;
    }
    let site = Site::Import { file, import: edge.import, name: edge.name };
    let removal = edit_import(context, site, |statement, position| Some(statement.without(&[position])))?;
    let moved = with_comments(statement(parsed, import, &[edge.name])?, source.source_text(), &removal);
    let mut edits = vec![(file, removal)];
    for body in bodies {
        edits.push((file, layout.before(body.start(), &moved)?));
    }
    edits.sort_by_key(|(_, edit)| (edit.start(), edit.end()));
    let name = parsed.module.name(variable.name);
    Some(Fix {
        title: format!(
            "Import `{name}` in the functions that use it, so that the module is loaded when they run"
        ),
        applicability: Applicability::Unsafe,
        isolation: IsolationLevel::NonOverlapping,
        changes_policy: false,
        appends: false,
        edits,
    })
}

/// The names of the same statement that may be moved with the one of an edge, with as much doubt as that; where a comment
/// suppresses something, only that one.
pub(crate) fn movable_beside<'a>(
    context: &'a Context,
    rule: RuleId,
    edge: &'a Edge,
) -> Vec<(&'a Edge, TypingOnly)> {
    let site = Site::Import { file: edge.file, import: edge.import, name: edge.name };
    let doubtful = |edge: &Edge, only: &TypingOnly| doubt(context, edge, only).is_some();
    let Some(first) = typing_only(context, edge) else { return Vec::new() };
    if context.is_suppressed_in_part(site) {
        return vec![(edge, first)];
    }
    let (Some(parsed), Some(source)) = (context.sources.module(edge.file), context.sources.text(edge.file))
    else {
        return Vec::new();
    };
    let layout = Layout::new(context, edge.file, source.source_text(), &parsed);
    let quotes = remedy(context, edge.file, &parsed, source.source_text()) == Remedy::Quotes;
    let can_move = |only: &TypingOnly| {
        !quotes || only.evaluated.iter().all(|annotation| layout.quoted(annotation.range).is_some())
    };
    let here = doubtful(edge, &first);
    let others = context.graph.edges_of(edge.file).iter().filter(|other| other.import == edge.import);
    others
        .filter(|other| context.judges(rule, other) && context.crossing_of(other).is_some())
        .filter_map(|other| Some((other, typing_only(context, other)?)))
        .filter(|(other, only)| other.name == edge.name || (can_move(only) && doubtful(other, only) == here))
        .collect()
}

/// Moves names of one statement under `if TYPE_CHECKING:`, with what has to be there for it.
pub(crate) fn move_under_guard(context: &Context, moved: &[(&Edge, TypingOnly)]) -> Option<Fix> {
    let (edge, _) = moved.first()?;
    let file = edge.file;
    let parsed = context.sources.module(file)?;
    let source = context.sources.text(file)?;
    let layout = Layout::new(context, file, source.source_text(), &parsed);
    let (_, import, _) = context.import(edge)?;

    let site = Site::Import { file, import: edge.import, name: edge.name };
    let first = import.name_indices().start;
    let positions: Vec<usize> = moved.iter().map(|(edge, _)| (edge.name - first) as usize).collect();
    let block = Block::around(context, file, source.source_text(), edge.import).filter(Block::is_sorted);
    let whole = positions.len() == import.name_indices().len();
    let removal = match block.filter(|_| whole).and_then(|block| block.removal(edge.import)) {
        Some(removal) => removal,
        None => edit_import(context, site, |statement, _| Some(statement.without(&positions)))?,
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
    match remedy(context, file, &parsed, source.source_text()) {
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
    let doubt = moved.iter().find_map(|(edge, only)| doubt(context, edge, only));
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

fn remedy(context: &Context, file: FileId, parsed: &ParsedFile, text: &str) -> Remedy {
    let target = context.policy.linter.target_version.map(|version| version.0);
    if parsed.module.future_annotations || target.is_some_and(|minor| minor >= LAZY_ANNOTATIONS) {
        return Remedy::Nothing;
    }
    let readers = Readers::new(context, file, parsed, text);
    let is_of_function = |annotation: &Annotation| {
        let definition = annotation.of.and_then(|of| parsed.module.definitions.get(of as usize));
        definition.is_some_and(|definition| !definition.is_class)
    };
    let unread = parsed.module.annotations.iter().all(|it| is_of_function(it) && readers.of(it).is_none())
        && parsed.module.global("annotations").is_none()
        && oddities_of(context, file).is_some_and(|oddities| oddities.odd_annotations.is_empty())
        && unsure_annotations(context, file, parsed).is_empty();
    if unread { Remedy::Future } else { Remedy::Quotes }
}

/// What an imported name is bound as.
fn bound_name(parsed: &ParsedFile, name: u32) -> &'static str {
    let imported = parsed.facts.names.get(name as usize);
    imported.map_or("", |it| parsed.facts.name(it.alias.map_or(it.name, |(alias, _)| alias)))
}

/// Why an import may be needed at run time, though only annotations use it.
fn doubt(context: &Context, edge: &Edge, only: &TypingOnly) -> Option<String> {
    let parsed = context.sources.module(edge.file)?;
    only.doubt
        .clone()
        .or_else(|| may_be_bound_by_star(context, edge, &parsed))
        .or_else(|| is_no_longer_loaded(context, edge, &parsed))
        .or_else(|| may_load_the_importer(context, edge))
        .or_else(|| guard_may_be_another(context, edge, &parsed))
        .or_else(|| may_be_taken(context, edge, &parsed))
        .or_else(|| may_be_read(context, edge, &parsed))
}

/// What else may bind the name, of which nothing is seen in the file: then the name stays, and is something else.
fn may_be_bound_by_star(context: &Context, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let facts = &parsed.facts;
    let is_star = |edge: &&Edge| {
        facts.names.get(edge.name as usize).is_some_and(|imported| facts.name(imported.name) == "*")
    };
    let star = context.graph.edges_of(edge.file).iter().find(is_star)?;
    let imported = context.imported_name(star);
    let module = imported.trim_end_matches('*').trim_end_matches('.');
    Some(format!("`from {module} import *` may bind `{}`, too", bound_name(parsed, edge.name)))
}

/// In a cycle the import may run before the name is there, and fail; moved, it would fail no more.
fn may_load_the_importer(context: &Context, edge: &Edge) -> Option<String> {
    let Target::Module { module, .. } = edge.target else { return None };
    let importer = context.graph.index().of_file(edge.file)?.module;
    let leads_back = loads(context, module, AT_RUN_TIME).modules.contains(&importer);
    leads_back.then(|| {
        let (module, importer) = (context.module_name(module), context.module_name(importer));
        format!("`{module}` may load `{importer}` before the name is there")
    })
}

/// Names that the fix uses or binds, and that may be something else, or be looked for by somebody who does not find them now.
fn guard_may_be_another(context: &Context, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let index = context.graph.index();
    if index.get("typing").is_some() {
        return Some("the project has a module `typing` of its own".to_string());
    }
    let importer = index.of_file(edge.file)?.module;
    let is_typing = |how: How| {
        let How::Import { import, name, .. } = how else { return false };
        let edge = context.edge(Site::Import { file: edge.file, import, name });
        edge.is_some_and(|edge| {
            let name = context.imported_name(edge);
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
        let is_taken = context.taken().of(importer).is_some_and(|taken| taken.names.contains(name));
        if bindings.is_empty() && (is_used || is_taken) {
            return Some(format!("`{name}` is looked for in this file, and is not there yet"));
        }
    }
    None
}

/// Who may take the name out of the file, though no import of the project does.
fn may_be_taken(context: &Context, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let (facts, import, imported) = context.import(edge)?;
    let file = context.graph.index().of_file(edge.file)?;
    let title = context.module_name(file.module);
    let name = variable_of(parsed, edge)?.name.as_str();
    if file.is_package {
        return Some(format!("`{title}` is a package, whose names may be there for others"));
    }
    if imported.alias.is_some_and(|(alias, _)| facts.name(alias) == facts.name(imported.name)) {
        return Some(format!("`{name} as {name}` says that it is passed on"));
    }
    let source = context.sources.text(edge.file)?;
    let lines = source.source_text().lines_str(import.range);
    if lines.lines().filter_map(|line| line.split_once('#')).any(|(_, comment)| says_deliberate(comment)) {
        return Some("a comment says that the import is there on purpose".to_string());
    }
    let owner = context.boundaries.owner(file.module);
    let exposed = owner.and_then(|owner| Some((owner, context.exposed(owner, None)?)));
    let is_exposed = exposed.is_some_and(|(owner, exposed)| {
        let below = title.strip_prefix(context.boundary_name(owner)).unwrap_or_default();
        let member = format!("{below}.{name}");
        exposed.patterns().any(|pattern| pattern.matches(member.trim_start_matches('.')))
    });
    if is_exposed {
        return Some(format!("the config exposes `{name}` of `{title}`"));
    }
    if context.taken().of(file.module).is_some_and(|taken| taken.star) {
        return Some(format!("others take every name of `{title}`"));
    }
    let together = Together::with(context, file.module);
    together
        .hidden()
        .or_else(|| together.asked_for(name))
        .or_else(|| named_beside(context, file.module, name))
}

/// `noqa: F401`, `pylint: disable=unused-import`, `re-exported`
fn says_deliberate(comment: &str) -> bool {
    let comment = comment.to_lowercase();
    ["noqa", "unused", "export", "flake8", "pylint", "type: ignore"].iter().any(|word| comment.contains(word))
}

/// Who may read an annotation that names an import.
fn may_be_read(context: &Context, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let importer = context.graph.index().of_file(edge.file)?.module;
    let oddities = oddities_of(context, edge.file)?;
    let variable = variable_of(parsed, edge)?;
    let unsure = unsure_annotations(context, edge.file, parsed);
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
            return Some(may_fail(context, edge.file, annotation));
        }
    }
    let target = match edge.target {
        Target::Module { module, member_length: 1.., .. } => Some(module),
        _ => None,
    };
    if let Some(module) = target {
        let (facts, _, imported) = context.import(edge)?;
        let name = facts.name(imported.name);
        if let Err(untold) = Names::certain(context).path(module, name) {
            return Some(untold.reason(context, name));
        }
    }
    Together::with(context, importer).reads_annotations()
}

/// Whether a name is a class that nothing decorates.
fn is_class(context: &Context, definition: &Definition) -> bool {
    let file = context.graph.index().module(definition.module).file;
    let Some(parsed) = file.and_then(|file| context.sources.module(file)) else { return false };
    let variable = parsed.module.global(&definition.name);
    variable.is_some_and(|variable| match variable.bindings.as_slice() {
        [binding] => binding.how == How::Class && is_plain_class(&parsed, binding.range),
        _ => false,
    })
}

/// An annotation that is no longer evaluated raises no more, and runs no code. Gives the annotations of which it is not certain that
/// nothing of the kind happens.
fn unsure_annotations(context: &Context, file: FileId, parsed: &ParsedFile) -> Rc<Vec<TextRange>> {
    if let Some(known) = context.memo.unsure_annotations.borrow().get(&file) {
        return Rc::clone(known);
    }
    let source = context.sources.text(file);
    let text = source.as_ref().map_or("", |source| source.source_text());
    let mut by_use = FxHashMap::default();
    for variable in parsed.module.variables() {
        by_use.extend(variable.uses.iter().map(|used| (used.range, variable)));
    }
    let check = Evaluated { context, file, parsed, by_use };
    let is_sure = |range: &TextRange| {
        let statement = parse_statement(text, *range);
        let Some(Stmt::Expr(statement)) = &statement else { return false };
        check.is_sure(&statement.value, range.start())
    };
    let ranges = parsed.module.annotations.iter().map(|annotation| annotation.range);
    let unsure: Rc<Vec<TextRange>> = Rc::new(ranges.filter(|range| !is_sure(range)).collect());
    context.memo.unsure_annotations.borrow_mut().insert(file, Rc::clone(&unsure));
    unsure
}

/// Builtins that annotations name.
const BUILTIN_TYPES: [&str; 14] = [
    "bool",
    "bytes",
    "bytearray",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "object",
    "set",
    "str",
    "tuple",
    "type",
];

/// Those of them that take other types in brackets.
const BUILTIN_CONTAINERS: [&str; 6] = ["dict", "frozenset", "list", "set", "tuple", "type"];

/// What the evaluation of an annotation does.
struct Evaluated<'a> {
    context: &'a Context<'a>,
    file: FileId,
    parsed: &'a ParsedFile,
    /// By where it is used.
    by_use: FxHashMap<TextRange, &'a Variable>,
}

impl Evaluated<'_> {
    /// Whether it certainly does nothing but to look names up that are there. Offsets count from `start`.
    fn is_sure(&self, expression: &Expr, start: TextSize) -> bool {
        match expression {
            Expr::Name(name) => self.is_there(name.range() + start, start),
            Expr::NoneLiteral(_) | Expr::StringLiteral(_) => true,
            _ => self.is_type(expression, start),
        }
    }

    /// Whether it certainly is a type, of which others can be made.
    fn is_type(&self, expression: &Expr, start: TextSize) -> bool {
        match expression {
            Expr::Name(name) => {
                let range = name.range() + start;
                self.is_there(range, start) && self.variable(range).is_some_and(|it| self.is_class(it))
            }
            Expr::BinOp(pair) if pair.op == Operator::BitOr => {
                let is_none = |side: &Expr| matches!(side, Expr::NoneLiteral(_));
                let is_part = |side: &Expr| is_none(side) || self.is_type(side, start);
                !(is_none(&pair.left) && is_none(&pair.right)) && is_part(&pair.left) && is_part(&pair.right)
            }
            Expr::Subscript(subscript) => {
                self.is_generic(&subscript.value, start)
                    && match &*subscript.slice {
                        Expr::Tuple(arguments) => arguments.iter().all(|it| self.is_argument(it, start)),
                        argument => self.is_argument(argument, start),
                    }
            }
            _ => false,
        }
    }

    /// What may stand in the brackets of `list[...]` and `Optional[...]`.
    fn is_argument(&self, expression: &Expr, start: TextSize) -> bool {
        matches!(expression, Expr::NoneLiteral(_) | Expr::StringLiteral(_) | Expr::EllipsisLiteral(_))
            || self.is_type(expression, start)
    }

    /// Whether it takes types in brackets: a container of the builtins, or what comes from elsewhere, of which its author says so.
    fn is_generic(&self, expression: &Expr, start: TextSize) -> bool {
        let Expr::Name(name) = expression else { return false };
        let range = name.range() + start;
        let Some(variable) = self.variable(range).filter(|_| self.is_there(range, start)) else {
            return false;
        };
        match variable.bindings.as_slice() {
            [] => BUILTIN_CONTAINERS.contains(&variable.name.as_str()),
            [binding] => self.is_from_elsewhere(binding.how),
            _ => false,
        }
    }

    fn variable(&self, used: TextRange) -> Option<&Variable> {
        self.by_use.get(&used).copied()
    }

    /// Whether a name is bound for certain where an annotation that starts there is evaluated.
    fn is_there(&self, used: TextRange, start: TextSize) -> bool {
        let Some(variable) = self.variable(used) else { return false };
        match variable.bindings.as_slice() {
            [] => BUILTIN_TYPES.contains(&variable.name.as_str()),
            [binding] => {
                variable.scope == ScopeId::MODULE
                    && binding.scope == ScopeId::MODULE
                    && !binding.is_conditional()
                    && binding.range.end() < start
            }
            _ => false,
        }
    }

    /// Whether a variable is a class: a builtin, one of the project that nothing decorates, or what its author elsewhere says.
    fn is_class(&self, variable: &Variable) -> bool {
        match variable.bindings.as_slice() {
            [] => BUILTIN_TYPES.contains(&variable.name.as_str()),
            [binding] => match binding.how {
                How::Class => is_plain_class(self.parsed, binding.range),
                How::Import { import, name, .. } => {
                    let edge = self.context.edge(Site::Import { file: self.file, import, name });
                    edge.is_some_and(|edge| self.leads_to_class(edge)) || self.is_from_elsewhere(binding.how)
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn leads_to_class(&self, edge: &Edge) -> bool {
        let Target::Module { module, member_length: 1.., .. } = edge.target else { return false };
        let Some((facts, _, imported)) = self.context.import(edge) else { return false };
        let path = Names::certain(self.context).path(module, facts.name(imported.name));
        path.is_ok_and(|path| path.last().is_some_and(|it| is_class(self.context, it)))
    }

    fn is_from_elsewhere(&self, how: How) -> bool {
        let How::Import { import, name, binds_top_level: false } = how else { return false };
        let edge = self.context.edge(Site::Import { file: self.file, import, name });
        edge.is_some_and(|edge| matches!(edge.target, Target::StandardLibrary | Target::ThirdParty))
    }
}

/// Whether a class is what its statement says: nothing decorates it, and its bases have names.
fn is_plain_class(parsed: &ParsedFile, name: TextRange) -> bool {
    let mut definitions = parsed.module.definitions.iter();
    definitions
        .find(|it| it.is_class && it.name == name)
        .is_some_and(|it| it.decorators.is_empty() && it.bases.iter().all(Option::is_some))
}

fn may_fail(context: &Context, file: FileId, annotation: &Annotation) -> String {
    let source = context.sources.text(file);
    let line = source.map(|source| source.to_source_code().line_index(annotation.range.start()));
    let line = line.map(|line| format!(" on line {line}")).unwrap_or_default();
    format!("the annotation{line} may fail, or do something, where it is evaluated")
}

/// What is lost at run time with an import, though no name of the file is.
fn is_no_longer_loaded(context: &Context, edge: &Edge, parsed: &ParsedFile) -> Option<String> {
    let Target::Module { module, .. } = edge.target else {
        return Some("its module is no longer loaded".into());
    };
    let index = context.graph.index();
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
        let name = context.module_name(module);
        let Some(first) = context.graph.edges_of(edge.file).iter().find(stays) else {
            return Some(format!("`{name}` is then no longer loaded by this import"));
        };
        if first.import > edge.import && !is_next(context, edge, first) {
            return Some(format!("`{name}` is then loaded after what stands between its imports"));
        }
    }
    let taken = context.taken().of(importer)?;
    let name = context.module_name(importer);
    taken.module.then(|| format!("the name may be reached through `{name}`"))
}

/// Whether nothing but comments stands between two imports of a file.
fn is_next(context: &Context, edge: &Edge, next: &Edge) -> bool {
    let range = |edge: &Edge| context.import(edge).map(|(_, import, _)| import.range);
    let (Some(first), Some(second)) = (range(edge), range(next)) else { return false };
    let Some(source) = context.sources.text(edge.file) else { return false };
    let between = source.source_text().get(first.end().to_usize()..second.start().to_usize());
    between.is_some_and(|between| between.split(['\n', '\r']).all(is_blank))
}

/// The import of some names as a statement of its own.
fn statement(parsed: &ParsedFile, import: &Import, names: &[u32]) -> Option<String> {
    let mut listed = Vec::new();
    for name in names {
        let imported = parsed.facts.names.get(*name as usize)?;
        let alias = imported.alias.map(|(alias, _)| format!(" as {}", parsed.facts.name(alias)));
        listed.push(parsed.facts.name(imported.name).to_string() + &alias.unwrap_or_default());
    }
    let listed = listed.join(", ");
    match import.form {
        ImportForm::Import { level: 0 } => Some(format!("import {listed}")),
        ImportForm::Import { .. } => None,
        ImportForm::From { level, module } => {
            let dots = ".".repeat(level as usize);
            let module = module.map_or("", |(module, _)| parsed.facts.name(module));
            Some(format!("from {dots}{module} import {listed}"))
        }
    }
}

/// The same as it is put in order; nothing for `import a`.
fn new_import(
    parsed: &ParsedFile,
    edge: &Edge,
    import: &Import,
    names: &[u32],
    comments: Vec<String>,
) -> Option<NewImport> {
    let ImportForm::From { level, module } = import.form else { return None };
    let facts = &parsed.facts;
    let module = ".".repeat(level as usize) + module.map_or("", |(module, _)| facts.name(module));
    let names = names.iter().map(|name| {
        let imported = facts.names.get(*name as usize)?;
        Some((
            facts.name(imported.name).to_string(),
            imported.alias.map(|(alias, _)| facts.name(alias).to_string()),
        ))
    });
    let section = match edge.target {
        _ if level > 0 => Section::Relative,
        Target::Module { .. } => Section::Project,
        Target::StandardLibrary => Section::StandardLibrary,
        _ => Section::Distributions,
    };
    Some(NewImport { section, module, names: names.collect::<Option<_>>()?, comments })
}

/// A statement with the comments behind it that an edit takes out.
fn with_comments(mut statement: String, text: &str, edit: &Edit) -> String {
    for comment in lost_comments(text, edit) {
        statement.extend(["  ", &comment]);
    }
    statement
}

/// The comments that an edit of an import statement takes out. Such a statement holds no string.
pub(crate) fn lost_comments(text: &str, edit: &Edit) -> Vec<String> {
    let comments = |text: &str| -> Vec<String> {
        let starts =
            text.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_string()));
        starts.collect()
    };
    let mut kept = comments(edit.content().unwrap_or_default());
    let mut lost = comments(text.get(edit.start().to_usize()..edit.end().to_usize()).unwrap_or_default());
    lost.retain(|comment| match kept.iter().position(|other| other == comment) {
        Some(position) => {
            kept.swap_remove(position);
            false
        }
        None => true,
    });
    lost
}

/// What a block for type checkers begins with.
enum Guard {
    Bound(&'static str),
    /// `TYPE_CHECKING`, once it is imported.
    Missing,
}

/// Where in a file something can be put.
struct Layout<'a> {
    context: &'a Context<'a>,
    file: FileId,
    text: &'a str,
    parsed: &'a ParsedFile,
    newline: &'static str,
}

impl<'a> Layout<'a> {
    fn new(context: &'a Context, file: FileId, text: &'a str, parsed: &'a ParsedFile) -> Self {
        let newline = match text.find(['\n', '\r']).map(|at| &text[at..]) {
            Some(rest) if rest.starts_with("\r\n") => "\r\n",
            Some(rest) if rest.starts_with('\r') => "\r",
            _ => "\n",
        };
        Self { context, file, text, parsed, newline }
    }

    /// Puts an import into the block for type checkers, or makes one after the imports at the head of the file.
    fn under_guard(
        &self,
        statement: &str,
        in_order: Option<&NewImport>,
        gone: Option<u32>,
    ) -> Option<Vec<Edit>> {
        if let Some(edit) = self.in_block(statement, in_order) {
            return Some(vec![edit]);
        }
        let position = self.after_run(|context| context.is_empty(), |_| true)?;
        let newline = self.newline;
        let before = self.text.get(..position)?;
        let mut edits = Vec::new();
        let mut block = String::new();
        if !before.is_empty() && !before.ends_with(['\n', '\r']) {
            block.push_str(newline);
        }
        let guard = match self.guard(position)? {
            Guard::Bound(guard) => guard,
            Guard::Missing => {
                match self.import_of_guard(position, gone) {
                    Some(edit) => edits.push(edit),
                    None => block.extend([IMPORT_OF_GUARD, newline]),
                }
                "TYPE_CHECKING"
            }
        };
        block.extend([newline, "if ", guard, ":", newline, "    ", statement, newline]);
        let rest = self.text.get(position..)?;
        if !rest.is_empty() && !rest.lines().next().unwrap_or_default().trim().is_empty() {
            block.push_str(newline);
        }
        edits.push(Edit::insertion(block, size(position)));
        Some(edits)
    }

    /// Brings `TYPE_CHECKING` where other names of `typing` are imported, or else where such an import belongs, before `end`.
    fn import_of_guard(&self, end: usize, gone: Option<u32>) -> Option<Edit> {
        let facts = &self.parsed.facts;
        let plain = |import: &&Import| {
            import.context.is_empty()
                && import.range.end().to_usize() <= end
                && self.indent(import) == Some("")
        };
        let first = facts.imports.iter().position(|import| plain(&import))?;
        let block = Block::around(self.context, self.file, self.text, first as u32);
        if let Some(block) = block.filter(Block::is_sorted) {
            let new = NewImport {
                section: Section::StandardLibrary,
                module: "typing".to_string(),
                names: vec![("TYPE_CHECKING".to_string(), None)],
                comments: Vec::new(),
            };
            // At the end of a file without a line end it goes with the block.
            return block.add(&new, gone).filter(|edit| edit.start().to_usize() < end);
        }
        for import in facts.imports.iter().filter(plain) {
            let [first, ..] = facts.names_of(import) else { continue };
            if let ImportForm::From { level: 0, module: Some((module, _)) } = import.form
                && facts.name(module) == "typing"
                && facts.name(first.name) != "*"
            {
                return Some(Edit::insertion("TYPE_CHECKING, ".to_string(), first.range.start()));
            }
        }
        let edges = self.context.graph.edges_of(self.file).iter().rev();
        let last = edges.filter(|edge| edge.target == Target::StandardLibrary).find_map(|edge| {
            let import = facts.imports.get(edge.import as usize).filter(plain)?;
            let is_future = matches!(import.form, ImportForm::From { module: Some((module, _)), .. }
                if facts.name(module) == "__future__");
            if is_future { None } else { self.line_after(import.range.end().to_usize()) }
        });
        let position = last.filter(|position| *position < end)?;
        Some(Edit::insertion([IMPORT_OF_GUARD, self.newline].concat(), size(position)))
    }

    /// Puts a statement on a line of its own before the one that starts at an offset.
    fn before(&self, offset: TextSize, statement: &str) -> Option<Edit> {
        let before = self.text.get(..offset.to_usize())?;
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let indent = before.get(line..).filter(|indent| indent.chars().all(|c| matches!(c, ' ' | '\t')))?;
        let continues = before.get(..line)?.trim_end_matches(['\n', '\r']).ends_with('\\');
        let newline = self.newline;
        (!continues).then(|| Edit::insertion(format!("{indent}{statement}{newline}"), size(line)))
    }

    /// Adds an import to the first block for type checkers that holds one on lines of its own.
    fn in_block(&self, statement: &str, in_order: Option<&NewImport>) -> Option<Edit> {
        let is_guard = |context: Around| context == Around::GUARD_NAME || context == Around::GUARD_ATTRIBUTE;
        let position = self.parsed.facts.imports.iter().position(|import| {
            is_guard(import.context) && self.indent(import).is_some_and(|indent| !indent.is_empty())
        })?;
        let block = Block::around(self.context, self.file, self.text, position as u32);
        if let (Some(new), Some(block)) = (in_order, block.filter(Block::is_sorted)) {
            return block.add(new, None);
        }
        let first = self.parsed.facts.imports.get(position)?;
        let indent = self.indent(first)?;
        let position = self.after_run(is_guard, |import| self.indent(import) == Some(indent))?;
        let newline = self.newline;
        let needs_newline = !self.text.get(..position)?.ends_with(['\n', '\r']);
        let lead = if needs_newline { newline } else { "" };
        Some(Edit::insertion(format!("{lead}{indent}{statement}{newline}"), size(position)))
    }

    /// What stands before a statement that is the first of its line.
    fn indent(&self, import: &Import) -> Option<&'a str> {
        let before = self.text.get(..import.range.start().to_usize())?;
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        before.get(line..).filter(|before| before.chars().all(|c| matches!(c, ' ' | '\t')))
    }

    /// The start of the line after the last import of the first run of imports with nothing between them but comments.
    fn after_run(
        &self,
        in_context: impl Fn(Around) -> bool,
        fits: impl Fn(&Import) -> bool,
    ) -> Option<usize> {
        let mut position = None;
        let mut last: Option<&Import> = None;
        for import in
            self.parsed.facts.imports.iter().filter(|import| in_context(import.context) && fits(import))
        {
            if let Some(last) = last {
                let between = self.text.get(last.range.end().to_usize()..import.range.start().to_usize())?;
                if !between.split(['\n', '\r']).all(is_blank) {
                    break;
                }
            }
            last = Some(import);
            position = self.line_after(import.range.end().to_usize()).or(position);
        }
        position
    }

    /// The start of the line after an offset, if nothing but a comment follows on its line.
    fn line_after(&self, end: usize) -> Option<usize> {
        let rest = self.text.get(end..)?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = rest[..length].trim();
        let newline = if rest[length..].starts_with("\r\n") { 2 } else { usize::from(length < rest.len()) };
        (line.is_empty() || line.starts_with('#')).then_some(end + length + newline)
    }

    /// What is false at run time, as it can be written at an offset; nothing where the name is another's.
    fn guard(&self, position: usize) -> Option<Guard> {
        let bound_before = |name: &str| {
            let variable =
                self.parsed.module.global(name).filter(|variable| !variable.bindings.is_empty())?;
            let [binding] = variable.bindings.as_slice() else { return Some(false) };
            let How::Import { name: imported, .. } = binding.how else { return Some(false) };
            let imported = self.parsed.facts.names.get(imported as usize);
            let is_it = imported.is_some_and(|imported| self.parsed.facts.name(imported.name) == name);
            Some(is_it && binding.context.is_empty() && binding.range.start().to_usize() < position)
        };
        match (bound_before("TYPE_CHECKING"), bound_before("typing")) {
            (Some(true), _) => Some(Guard::Bound("TYPE_CHECKING")),
            (Some(false), _) => None,
            (None, Some(true)) => Some(Guard::Bound("typing.TYPE_CHECKING")),
            (None, _) => Some(Guard::Missing),
        }
    }

    /// `from __future__ import annotations` before every other statement but the docstring.
    fn future_import(&self) -> Option<Edit> {
        const FUTURE: &str = "from __future__ import annotations";
        let body = self.parsed.module.body?.to_usize();
        let before = self.text.get(..body)?;
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        if !before.get(line..)?.trim().is_empty() {
            return Some(Edit::insertion(format!("{FUTURE}; "), size(body)));
        }
        let newline = self.newline;
        let is_future = self.text.get(body..)?.starts_with("from __future__");
        let gap = if is_future { "" } else { newline };
        Some(Edit::insertion(format!("{FUTURE}{newline}{gap}"), size(line)))
    }

    /// An annotation in quotes; nothing for one that has any, or is not on one line.
    fn quoted(&self, annotation: TextRange) -> Option<Edit> {
        let text = self.text.get(annotation.to_std_range())?;
        // `(x := int)` in quotes is no annotation any more.
        if oddities_of(self.context, self.file)?.odd_annotations.contains(&annotation) {
            return None;
        }
        let odd = |c: char| matches!(c, '"' | '\'' | '\\' | '\n' | '\r' | '#');
        if text.starts_with('*') || text.contains(odd) {
            return None;
        }
        Some(Edit::range_replacement(format!("\"{text}\""), annotation))
    }
}

/// Whether a line has nothing on it but a comment.
fn is_blank(line: &str) -> bool {
    let line = line.trim_matches([' ', '\t', '\x0c', ';']);
    line.is_empty() || line.starts_with('#')
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
}

/// Whether typing alone is what a file is for.
pub(crate) fn is_stub(context: &Context, file: FileId) -> bool {
    context.graph.index().of_file(file).is_none_or(|module| module.source == SourceKind::Stub)
}
