//! Whether what is imported past an interface may as well be imported from where it is exposed: which exposed name is
//! certainly the same object, and what could make a difference all the same.

use ringfence_graph::{Edge, ModuleId};
use ringfence_policy::ModulePattern;
use ringfence_refactor::exports::{has_redundant_alias, is_bound, lists};
use ringfence_refactor::origin::{Definition, Names, ResolutionError};
use ringfence_refactor::substitution::{Substitution, is_read, member_length};
use ringfence_refactor::take_from::take_from;
use ringfence_source::{BindingKind, EdgeKind, ImportForm, SuppressionForm};
use ruff_diagnostics::Edit;
use ruff_source_file::LineRanges;
use ruff_text_size::{Ranged, TextRange};

use super::private_attribute::hidden_by_import;
use crate::{Context, Crossing};

/// An exposed name that is the same object as a private one.
pub(crate) struct Reexport {
    pub(crate) module: ModuleId,
    pub(crate) name: String,
    /// What may make a difference, as clauses; the change is safe where there is nothing.
    pub(crate) doubts: Vec<String>,
}

/// What can be said of a private name.
pub(crate) enum Verdict {
    /// Nothing of this name is exposed.
    NotExposed,
    /// There is an exposed name that is not known to do, for this reason.
    Refused(String),
    Reexported(Reexport),
}

/// The exposed name for what an import takes from inside a boundary module.
pub(crate) fn verdict(context: &Context, crossing: &Crossing) -> Verdict {
    let Some((question, name)) = Question::of_member(context, crossing) else { return Verdict::NotExposed };
    let mut verdict = question.verdict(name);
    if let Verdict::Reexported(found) = &mut verdict {
        let reason = match question.import.written(found.module) {
            None => Some(format!("`{}` has another name here", context.module_name(found.module))),
            Some(_) if !hidden_by_import(context, crossing.edge.file, question.import.private).is_empty() => {
                let private = context.module_name(question.import.private);
                Some(format!("attributes of `{private}` are used past the interface, too"))
            }
            Some(_) if question.is_suppressed_with_others() => {
                Some("a suppression at the statement would not cover the new one".to_string())
            }
            Some(_) => None,
        };
        if let Some(reason) = reason {
            return Verdict::Refused(reason);
        }
    }
    verdict
}

/// The module to write where a name is taken from `module`: with dots if that is how the import was written.
pub(crate) fn written_module(context: &Context, crossing: &Crossing, module: ModuleId) -> Option<String> {
    Substitution::of_member(context, &crossing.edge)?.0.written(module)
}

/// The edits that take the name from where it is exposed.
pub(crate) fn edits(context: &Context, crossing: &Crossing, found: &Reexport) -> Option<Vec<Edit>> {
    let module = written_module(context, crossing, found.module)?;
    let Edge { file, import, name, .. } = crossing.edge;
    let first = context.facts(file)?.imports.get(import as usize)?.name_indices().start;
    let position = name.checked_sub(first)? as usize;
    let taken = take_from(context, &crossing.edge, &[(position, &found.name)], &module)?;
    Some(taken.edits)
}

/// One import of something private.
struct Question<'a> {
    context: &'a Context<'a>,
    crossing: &'a Crossing,
    import: Substitution<'a>,
}

impl<'a> Question<'a> {
    fn new(context: &'a Context<'a>, crossing: &'a Crossing) -> Option<Self> {
        Some(Self { context, crossing, import: Substitution::new(context, &crossing.edge)? })
    }

    /// `from a.b._c import x`, with `x`.
    fn of_member(context: &'a Context<'a>, crossing: &'a Crossing) -> Option<(Self, &'a str)> {
        let (import, name) = Substitution::of_member(context, &crossing.edge)?;
        Some((Self { context, crossing, import }, name))
    }

    fn verdict(&self, name: &str) -> Verdict {
        let names = Names::certain(self.context);
        let mut candidates = self.candidates(name);
        // What only a wildcard exposes has to be there, and meant for others.
        candidates.retain(|(candidate, is_listed)| {
            let is_there = |error: ResolutionError| match error {
                ResolutionError::NotBound(_)
                | ResolutionError::IsModule(_)
                | ResolutionError::Unreadable(_) => false,
                // What is computed is there only if a statement binds it, too.
                ResolutionError::Computed(at) => at == candidate.module && is_bound(self.context, candidate),
                _ => true,
            };
            *is_listed
                || (names.path(candidate.module, &candidate.name).map_or_else(is_there, |_| true)
                    && self.is_offered(candidate))
        });
        if candidates.is_empty() {
            return Verdict::NotExposed;
        }
        let mut refusal = None;
        let mut refuse = |candidate: &Definition, reason: String| {
            if candidate.name == name {
                refusal.get_or_insert(reason);
            }
        };
        let private = match names.path(self.import.private, name) {
            Ok(path) => path,
            // What is not there cannot be compared.
            Err(ResolutionError::NotBound(_) | ResolutionError::Unreadable(_)) => return Verdict::NotExposed,
            Err(error) => {
                refuse(&candidates[0].0, error.reason(self.context, name));
                return refusal.map_or(Verdict::NotExposed, Verdict::Refused);
            }
        };
        let mut best: Option<Reexport> = None;
        for (candidate, _) in candidates {
            let path = match names.path(candidate.module, &candidate.name) {
                Ok(path) => path,
                Err(error) => {
                    refuse(&candidate, error.reason(self.context, &candidate.name));
                    continue;
                }
            };
            if path.last() != private.last() {
                let from = path.last().map_or("", |definition| self.context.module_name(definition.module));
                refuse(&candidate, format!("it is another object, from `{from}`"));
                continue;
            }
            if let Some(reason) = self.import.obstacle(candidate.module) {
                refuse(&candidate, reason);
                continue;
            }
            let doubts = self.import.doubts(&candidate, &path, &private);
            let is_better = best.as_ref().is_none_or(|best| doubts.is_empty() && !best.doubts.is_empty());
            if is_better {
                best = Some(Reexport { module: candidate.module, name: candidate.name, doubts });
            }
        }
        match (best, refusal) {
            (Some(best), _) => Verdict::Reexported(best),
            (None, Some(reason)) => Verdict::Refused(reason),
            (None, None) => Verdict::NotExposed,
        }
    }

    /// Whether a module that the config does not ask for this very name means to pass it on: `__all__` lists it, it is bound
    /// as `x as x`, or there is no `__all__`, and a package has it from inside of itself.
    fn is_offered(&self, candidate: &Definition) -> bool {
        let index = self.context.graph.index();
        let Some(file) = index.module(candidate.module).file else { return false };
        let Some(parsed) = self.context.sources.module(file) else { return false };
        match lists(&parsed, &candidate.name) {
            Some(is_listed) => is_listed,
            None => {
                index.contains(candidate.module, self.import.private)
                    && candidate.module != self.import.private
                    || has_redundant_alias(self.context, file, &candidate.name)
            }
        }
    }

    /// Exposed names that may be the one that is meant: of the packages around the private module, outermost first,
    /// then of other modules that `exposes` names; the same name before others. With each, whether `exposes` has the
    /// very name.
    fn candidates(&self, name: &str) -> Vec<(Definition, bool)> {
        let (context, boundary) = (self.context, self.crossing.imported);
        let Some(exposed) = context.exposed(boundary, self.crossing.importer) else { return Vec::new() };
        let index = context.graph.index();
        let base = context.boundaries.get(boundary).module;
        let mut modules: Vec<ModuleId> = index
            .ancestors(self.import.private)
            .skip(1)
            .take_while(|module| index.contains(base, *module))
            .collect();
        modules.reverse();
        let mut exact: Vec<Definition> = Vec::new();
        for pattern in exposed.patterns() {
            let (below, member) =
                match pattern.exact().map(|exact| exact.rsplit_once('.').unwrap_or(("", exact))) {
                    Some((below, member)) => (below, Some(member)),
                    None => (pattern.literal_prefix().unwrap_or_default(), None),
                };
            let found = if below.is_empty() {
                Some(base)
            } else {
                index.get(&format!("{}.{below}", index.name(base)))
            };
            let Some(module) = found.filter(|module| context.boundaries.owner(*module) == Some(boundary))
            else {
                continue;
            };
            modules.push(module);
            exact.extend(member.map(|member| Definition { module, name: member.to_string() }));
        }
        let same_name = modules.into_iter().map(|module| Definition { module, name: name.to_string() });
        let mut candidates: Vec<(Definition, bool)> = Vec::new();
        for candidate in same_name.chain(exact.iter().cloned()) {
            let is_exposed = exposed.patterns().any(|pattern| {
                is_member(
                    pattern,
                    context.boundary_name(boundary),
                    index.name(candidate.module),
                    &candidate.name,
                )
            });
            if is_exposed
                && candidate.module != self.import.private
                && candidates.iter().all(|(known, _)| *known != candidate)
            {
                let is_listed = exact.contains(&candidate);
                candidates.push((candidate, is_listed));
            }
        }
        candidates
    }

    /// Whether the name shares its statement, and a suppression speaks for that.
    fn is_suppressed_with_others(&self) -> bool {
        let (file, edge) = (self.crossing.edge.file, &self.crossing.edge);
        let Some(facts) = self.context.facts(file) else { return true };
        let Some(import) = facts.imports.get(edge.import as usize) else { return true };
        let Some(source) = self.context.sources.text(file) else { return true };
        let lines = source.source_text().lines_range(import.range);
        facts.names_of(import).len() > 1
            && facts.suppressions.iter().any(|suppression| {
                suppression.form != SuppressionForm::FileIgnore && suppression.line.intersect(lines).is_some()
            })
    }
}

/// Whether a pattern matches a name of a module at or below a boundary module.
fn is_member(pattern: &ModulePattern, boundary: &str, module: &str, name: &str) -> bool {
    match module.strip_prefix(boundary).map(|below| below.trim_start_matches('.')) {
        Some("") => pattern.matches(name),
        Some(below) => pattern.matches(&format!("{below}.{name}")),
        None => false,
    }
}

/// `import a.b._c`, used as `a.b._c.x`: the edits that make it `import a.b`, used as `a.b.x`, with the module to write and
/// what may make a difference. Nothing where some use is not of an exposed name.
pub(crate) fn edit_with_uses(
    context: &Context,
    crossing: &Crossing,
) -> Option<(ModuleId, Vec<String>, Vec<Edit>)> {
    let question = Question::new(context, crossing)?;
    let edge = &crossing.edge;
    let (facts, import, imported) = context.import(edge)?;
    let is_statement =
        matches!(import.form, ImportForm::Import { level: 0 }) && edge.kind != EdgeKind::Dynamic;
    if !is_statement || member_length(edge) > 0 {
        return None;
    }
    let parsed = context.parsed(edge.file)?;
    let source = context.sources.text(edge.file)?;
    let (variable, _) = parsed.module.bound_by(edge.name)?;
    let is_top_level = |how: BindingKind| matches!(how, BindingKind::Import { binds_top_level: true, .. });
    // Several bindings must all be of one package.
    if variable.bindings.len() > 1 && !variable.bindings.iter().all(|binding| is_top_level(binding.how)) {
        return None;
    }
    let written: Vec<&str> = facts.name(imported.name).split('.').collect();
    // The attributes through which the name leads to the private module.
    let through = if imported.alias.is_none() { written.get(1..)? } else { &[] };
    let mut public: Option<ModuleId> = None;
    let mut doubts: Vec<String> = Vec::new();
    let mut edits: Vec<Edit> = Vec::new();
    for used in &variable.uses {
        let shared =
            used.chain.iter().zip(through).take_while(|(a, b)| parsed.module.name(a.name) == **b).count();
        if shared < through.len() && shared < used.chain.len() {
            // Another way from the same package.
            continue;
        }
        let member = used.chain.get(through.len())?;
        let Verdict::Reexported(found) = question.verdict(parsed.module.name(member.name)) else {
            return None;
        };
        if *public.get_or_insert(found.module) != found.module
            || !is_read(source.source_text(), used, member.range)
        {
            return None;
        }
        let steps = context
            .graph
            .index()
            .ancestors(question.import.private)
            .take_while(|id| *id != found.module)
            .count();
        let first =
            if through.is_empty() { member } else { used.chain.get(through.len().checked_sub(steps)?)? };
        edits.push(Edit::range_replacement(
            found.name,
            TextRange::new(first.range.start(), member.range.end()),
        ));
        doubts.extend(found.doubts);
    }
    let public = public.filter(|public| context.graph.index().contains(*public, question.import.private))?;
    let is_rewritten = |range: &TextRange| edits.iter().any(|edit| edit.range().intersect(*range).is_some());
    if !hidden_by_import(context, edge.file, question.import.private).iter().all(is_rewritten) {
        return None;
    }
    edits.push(Edit::range_replacement(question.import.written(public)?, imported.range));
    edits.sort_by_key(Ranged::start);
    doubts.dedup();
    Some((public, doubts, edits))
}
