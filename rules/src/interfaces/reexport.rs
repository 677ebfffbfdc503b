//! Whether what is imported past an interface may as well be imported from where it is exposed: which exposed name is
//! certainly the same object, and what could make a difference all the same.

use std::collections::BTreeSet;
use std::rc::Rc;

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::ModulePattern;
use ringfence_source::{
    Context as Around, EdgeKind, EdgeKinds, Exports, FileFacts, How, ImportForm, ImportedName, ParsedFile,
    Place, SourceKind, SuppressionForm, Use,
};
use ruff_diagnostics::Edit;
use ruff_source_file::LineRanges;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::private_attribute::hidden_by_import;
use crate::import_block::take_from;
use crate::origin::{Definition, Names, Path, Untold};
use crate::proof::Together;
use crate::{Context, Crossing, Site};

/// All that may run while a module is loaded, or when one of the functions is called that are loaded with it.
pub(crate) const AT_RUN_TIME: EdgeKinds = EdgeKinds::all().difference(EdgeKinds::TYPING);

/// What is certain to run, or runs if a condition holds, while a module is loaded.
pub(crate) const WHILE_LOADED: EdgeKinds = EdgeKinds::AT_IMPORT.union(EdgeKinds::CONDITIONAL);

/// What the import of a module may load.
#[derive(Debug)]
pub(crate) struct Loads {
    pub(crate) modules: BTreeSet<ModuleId>,
    /// The first of them that imports a module whose name is not known.
    opaque: Option<ModuleId>,
}

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
        let reason = match question.written(found.module) {
            None => Some(format!("`{}` has another name here", context.module_name(found.module))),
            Some(_) if !hidden_by_import(context, crossing.edge.file, question.private).is_empty() => {
                let private = context.module_name(question.private);
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
    Question::of_member(context, crossing)?.0.written(module)
}

/// The edits that take the name from where it is exposed.
pub(crate) fn edits(context: &Context, crossing: &Crossing, found: &Reexport) -> Option<Vec<Edit>> {
    let module = written_module(context, crossing, found.module)?;
    let Edge { file, import, name, .. } = crossing.edge;
    let first = context.facts(file)?.imports.get(import as usize)?.name_indices().start;
    let position = name.checked_sub(first)? as usize;
    let taken = take_from(context, Site::Import { file, import, name }, &[(position, &found.name)], &module)?;
    Some(taken.edits)
}

/// One import of something private.
struct Question<'a> {
    context: &'a Context<'a>,
    crossing: &'a Crossing,
    facts: &'a FileFacts,
    /// The module that is imported from, or that is imported.
    private: ModuleId,
    importer: ModuleId,
}

impl<'a> Question<'a> {
    fn new(context: &'a Context<'a>, crossing: &'a Crossing) -> Option<Self> {
        let Target::Module { module: private, missing: false, .. } = crossing.edge.target else {
            return None;
        };
        let facts = context.facts(crossing.edge.file)?;
        let importer = context.graph.index().of_file(crossing.edge.file)?.module;
        Some(Self { context, crossing, facts, private, importer })
    }

    /// `from a.b._c import x`, with `x`.
    fn of_member(context: &'a Context<'a>, crossing: &'a Crossing) -> Option<(Self, &'a str)> {
        let question = Self::new(context, crossing)?;
        let (facts, import, imported) = context.import(&crossing.edge)?;
        let (name, length) = (facts.name(imported.name), member_length(crossing));
        let is_member = matches!(import.form, ImportForm::From { .. }) && name.len() == length as usize;
        let is_statement = !import.context.contains(Around::DYNAMIC);
        (is_member && is_statement && name != "*").then_some((question, name))
    }

    fn verdict(&self, name: &str) -> Verdict {
        let names = Names::certain(self.context);
        let mut candidates = self.candidates(name);
        // What only a wildcard exposes has to be there, and meant for others.
        candidates.retain(|(candidate, is_listed)| {
            let is_there = |untold: Untold| match untold {
                Untold::NotBound(_) | Untold::IsModule(_) | Untold::Unreadable(_) => false,
                // What is computed is there only if a statement binds it, too.
                Untold::Computed(at) => at == candidate.module && is_bound(self.context, candidate),
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
        let private = match names.path(self.private, name) {
            Ok(path) => path,
            // What is not there cannot be compared.
            Err(Untold::NotBound(_) | Untold::Unreadable(_)) => return Verdict::NotExposed,
            Err(untold) => {
                refuse(&candidates[0].0, untold.reason(self.context, name));
                return refusal.map_or(Verdict::NotExposed, Verdict::Refused);
            }
        };
        let mut best: Option<Reexport> = None;
        for (candidate, _) in candidates {
            let path = match names.path(candidate.module, &candidate.name) {
                Ok(path) => path,
                Err(untold) => {
                    refuse(&candidate, untold.reason(self.context, &candidate.name));
                    continue;
                }
            };
            if path.last() != private.last() {
                let from = path.last().map_or("", |definition| self.context.module_name(definition.module));
                refuse(&candidate, format!("it is another object, from `{from}`"));
                continue;
            }
            if let Some(reason) = self.obstacle(candidate.module) {
                refuse(&candidate, reason);
                continue;
            }
            let doubts = self.doubts(&candidate, &path, &private);
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
                index.contains(candidate.module, self.private) && candidate.module != self.private
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
            .ancestors(self.private)
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
                && candidate.module != self.private
                && candidates.iter().all(|(known, _)| *known != candidate)
            {
                let is_listed = exact.contains(&candidate);
                candidates.push((candidate, is_listed));
            }
        }
        candidates
    }

    /// Why a module must not be imported from here.
    fn obstacle(&self, public: ModuleId) -> Option<String> {
        let (context, index) = (self.context, self.context.graph.index());
        let (name, importer) = (context.module_name(public), context.module_name(self.importer));
        if index.contains(public, self.importer) {
            return Some(format!("`{importer}` is a part of `{name}`"));
        }
        let loads = loads(context, public, WHILE_LOADED);
        let is_loaded = loads.modules.contains(&self.importer);
        is_loaded.then(|| format!("`{name}` loads `{importer}`, which may then look for it too early"))
    }

    /// What may make a difference, once it is certain that the names are bound to one object.
    fn doubts(&self, candidate: &Definition, path: &Path, private: &Path) -> Vec<String> {
        let (context, index) = (self.context, self.context.graph.index());
        let (public, importer) = (context.module_name(candidate.module), context.module_name(self.importer));
        let mut doubts = Vec::new();
        if !index.contains(candidate.module, self.private) {
            doubts.push(format!("`{public}` may not be loaded yet"));
        } else if !path.iter().any(|passed| passed.module == self.private) {
            doubts.push(format!("`{public}` does not take it from `{}`", context.module_name(self.private)));
        }
        let loads = loads(context, candidate.module, AT_RUN_TIME);
        if loads.modules.contains(&self.importer) {
            doubts.push(format!("`{public}` may load `{importer}`, which may then look for it too early"));
        }
        if let Some(opaque) = loads.opaque {
            let loaded = match context.module_name(opaque) {
                name if opaque == candidate.module => format!("`{name}`"),
                name => format!("`{name}`, which `{public}` loads,"),
            };
            doubts.push(format!("{loaded} imports modules by names that are not known"));
        }
        doubts.extend(goes_on(context, candidate.module));
        let around = self.facts.imports.get(self.crossing.edge.import as usize).map(|import| import.context);
        if around.is_none_or(|around| around.intersects(Around::FUNCTION | Around::CLASS | Around::LAZY)) {
            doubts.push("the import is not carried out while the module is loaded".to_string());
        } else if around.is_none_or(|around| around.intersects(MAY_GO_ON.union(Around::LOOP))) {
            doubts.push("the import stands in a block that may go on where it fails".to_string());
        }
        if index.of_file(self.crossing.edge.file).is_some_and(|file| file.source == SourceKind::Stub) {
            doubts.push("it stands in a stub".to_string());
        }
        if doubts.is_empty() {
            doubts.extend(self.unlisted(candidate));
        }
        if doubts.is_empty() {
            doubts.extend(split_doubt(context, &self.crossing.edge));
        }
        // Last, as these read every file the first time.
        if doubts.is_empty() {
            let together = Together::with(context, self.importer);
            let mut names: Vec<&str> = Vec::new();
            for passed in path.iter().chain(private.iter()) {
                names.push(&passed.name);
                names.extend(context.module_name(passed.module).rsplit('.').next());
            }
            doubts.extend(together.hidden().or_else(|| together.set(&names)));
        }
        if doubts.is_empty() {
            doubts.extend(path.iter().chain(private.iter()).find_map(|passed| self.patch(passed)));
        }
        doubts
    }

    /// An `__all__` that leaves out what the config exposes.
    fn unlisted(&self, candidate: &Definition) -> Option<String> {
        let file = self.context.graph.index().module(candidate.module).file?;
        let is_listed = lists(&*self.context.sources.module(file)?, &candidate.name)?;
        let public = self.context.module_name(candidate.module);
        (!is_listed).then(|| format!("`__all__` of `{public}` does not list it"))
    }

    /// A string that names an attribute of a module, so that the attribute may be replaced for a while.
    fn patch(&self, passed: &Definition) -> Option<String> {
        let context = self.context;
        let deep = format!("{}.{}", context.module_name(passed.module), passed.name);
        let files = quoted_names(context).get(&deep)?;
        let file = files.iter().find(|file| {
            context.sources.module(**file).is_none_or(|parsed| {
                parsed.module.dotted_strings.iter().any(|(name, _)| parsed.module.name(*name) == deep)
            })
        })?;
        let patcher = context
            .graph
            .index()
            .of_file(*file)
            .map_or("another file", |file| context.module_name(file.module));
        Some(format!("a string in `{patcher}` names `\"{deep}\"`, perhaps to patch it"))
    }

    /// The module of the statement without its last segments, if that leads to `public`; else its full name.
    fn written(&self, public: ModuleId) -> Option<String> {
        let index = self.context.graph.index();
        let import = self.facts.imports.get(self.crossing.edge.import as usize)?;
        let (level, written) = match import.form {
            ImportForm::From { level, module } => {
                (level, module.map_or("", |(name, _)| self.facts.name(name)))
            }
            ImportForm::Import { level } => {
                (level, self.facts.name(self.facts.names.get(self.crossing.edge.name as usize)?.name))
            }
        };
        if index.contains(public, self.private) {
            let steps = index.ancestors(self.private).take_while(|module| *module != public).count();
            let mut rest = written;
            for _ in 0..steps {
                rest = rest.rsplit_once('.')?.0;
            }
            return (!rest.is_empty()).then(|| ".".repeat(level as usize) + rest);
        }
        // The name as seen from here may start at another root.
        (level == 0 && written == index.name(self.private)).then(|| index.name(public).to_string())
    }

    /// Whether the name shares its statement, and a suppression speaks for that.
    fn is_suppressed_with_others(&self) -> bool {
        let (file, edge) = (self.crossing.edge.file, &self.crossing.edge);
        let Some(import) = self.facts.imports.get(edge.import as usize) else { return true };
        let Some(source) = self.context.sources.text(file) else { return true };
        let lines = source.source_text().lines_range(import.range);
        self.facts.names_of(import).len() > 1
            && self.facts.suppressions.iter().any(|suppression| {
                suppression.form != SuppressionForm::FileIgnore && suppression.line.intersect(lines).is_some()
            })
    }
}

fn member_length(crossing: &Crossing) -> u32 {
    match crossing.edge.target {
        Target::Module { member_length, .. } => member_length,
        _ => 0,
    }
}

/// Whether `__all__` lists a name; nothing where there is none.
fn lists(parsed: &ParsedFile, name: &str) -> Option<bool> {
    match &parsed.module.exports {
        Exports::Listed(names) => Some(names.iter().any(|(listed, _)| parsed.module.name(*listed) == name)),
        Exports::Computed(_) => Some(false),
        Exports::Absent => None,
    }
}

/// Whether a statement of a module binds a name.
fn is_bound(context: &Context, definition: &Definition) -> bool {
    let file = context.graph.index().module(definition.module).file;
    let parsed = file.and_then(|file| context.sources.module(file));
    parsed.is_some_and(|parsed| {
        parsed.module.global(&definition.name).is_some_and(|variable| !variable.bindings.is_empty())
    })
}

/// `from a import x as x`
fn has_redundant_alias(context: &Context, file: FileId, name: &str) -> bool {
    context.graph.edges_of(file).iter().any(|edge| {
        context.import(edge).is_some_and(|(facts, _, imported)| {
            facts.name(imported.name) == name
                && imported.alias.is_some_and(|(alias, _)| facts.name(alias) == name)
        })
    })
}

/// Whether a pattern matches a name of a module at or below a boundary module.
fn is_member(pattern: &ModulePattern, boundary: &str, module: &str, name: &str) -> bool {
    match module.strip_prefix(boundary).map(|below| below.trim_start_matches('.')) {
        Some("") => pattern.matches(name),
        Some(below) => pattern.matches(&format!("{below}.{name}")),
        None => false,
    }
}

/// What the import of a module may load over edges of these kinds: [`loaded_by`](ringfence_graph::ImportGraph::loaded_by),
/// and whatever a star import may take.
pub(crate) fn loads(context: &Context, module: ModuleId, kinds: EdgeKinds) -> Rc<Loads> {
    if let Some(known) = context.memo.loads.borrow().get(&(module, kinds)) {
        return Rc::clone(known);
    }
    let index = context.graph.index();
    let mut modules = BTreeSet::new();
    let mut opaque = None;
    let mut stack = vec![module];
    while let Some(next) = stack.pop() {
        for id in index.ancestors(next) {
            if !modules.insert(id) {
                break;
            }
            let Some((file, facts)) =
                index.module(id).file.and_then(|file| Some((file, context.facts(file)?)))
            else {
                continue;
            };
            if opaque.is_none() && !facts.opaque_imports.is_empty() {
                opaque = Some(id);
            }
            for edge in context.graph.edges_of(file).iter().filter(|edge| kinds.has(edge.kind)) {
                let Target::Module { module: target, .. } = edge.target else { continue };
                stack.push(target);
                let is_star =
                    facts.names.get(edge.name as usize).is_some_and(|name| facts.name(name.name) == "*");
                if is_star && edge.kind != EdgeKind::Typing {
                    stack.extend(
                        index.subtree(target).filter(|child| index.module(*child).parent == Some(target)),
                    );
                }
            }
        }
    }
    let loads = Rc::new(Loads { modules, opaque });
    context.memo.loads.borrow_mut().insert((module, kinds), Rc::clone(&loads));
    loads
}

/// Blocks in which a program may go on where an import fails.
const MAY_GO_ON: Around = Around::TRY_BODY
    .union(Around::CATCHES_IMPORT_ERROR)
    .union(Around::EXCEPT)
    .union(Around::EXCEPT_IMPORT_ERROR)
    .union(Around::TRY_ELSE)
    .union(Around::FINALLY)
    .union(Around::WITH);

/// Who may go on where a module fails to load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Catcher {
    module: ModuleId,
    /// Whether the import stands in a function, so that whoever calls it may catch what it raises.
    in_function: bool,
}

/// Who goes on where the import of a module fails, as a clause.
fn goes_on(context: &Context, module: ModuleId) -> Option<String> {
    let Catcher { module: catcher, in_function } = caught(context, module)?;
    let (catcher, module) = (context.module_name(catcher), context.module_name(module));
    Some(if in_function {
        format!("`{catcher}` loads `{module}` in a function, whose caller may go on where that fails")
    } else {
        format!("`{catcher}` goes on where `{module}` fails to load")
    })
}

/// Why it may make a difference to give a name of a statement another one: the two are carried out one after the other.
pub(crate) fn split_doubt(context: &Context, edge: &Edge) -> Option<String> {
    let (facts, import, imported) = context.import(edge)?;
    let bound =
        |imported: &ImportedName| facts.name(imported.alias.map_or(imported.name, |(alias, _)| alias));
    let mut others = facts.names_of(import).iter().filter(|other| other.range != imported.range);
    if others.any(|other| bound(other) == bound(imported)) {
        return Some(format!("the statement binds `{}` twice", bound(imported)));
    }
    let names = Names::certain(context);
    context.graph.edges_of(edge.file).iter().filter(|other| other.import == edge.import).find_map(|other| {
        let (_, _, name) = context.import(other).filter(|_| other.name != edge.name)?;
        let name = facts.name(name.name);
        let is_there = match other.target {
            Target::Module { module, missing: false, member_length: 1.. } => names.path(module, name).is_ok(),
            Target::Module { missing: false, member_length: 0, .. } => true,
            _ => false,
        };
        (!is_there).then(|| format!("it is not certain that the import of `{name}` beside it works"))
    })
}

/// The module that goes on where the import of another fails: what that has loaded by then stays loaded, and can be
/// imported, though the package around it cannot.
fn caught(context: &Context, module: ModuleId) -> Option<Catcher> {
    if let Some(known) = context.memo.caught.borrow().get(&module) {
        return *known;
    }
    let index = context.graph.index();
    let loaders = context.memo.loaders.get_or_init(|| {
        let mut loaders = vec![Vec::new(); index.len()];
        for edge in context.graph.edges().iter().filter(|edge| AT_RUN_TIME.has(edge.kind)) {
            let (Target::Module { module, .. }, Some(importer)) = (edge.target, index.of_file(edge.file))
            else {
                continue;
            };
            loaders[module.index()].push(importer.module);
        }
        for (id, module) in index.iter() {
            if let Some(parent) = module.parent {
                loaders[parent.index()].push(id);
            }
        }
        loaders
    });
    let mut loads = vec![false; index.len()];
    let mut stack = vec![module];
    while let Some(next) = stack.pop() {
        if !std::mem::replace(&mut loads[next.index()], true) {
            stack.extend(&loaders[next.index()]);
        }
    }
    let catcher = context.graph.edges().iter().find_map(|edge| {
        let Target::Module { module: target, .. } = edge.target else { return None };
        if !loads[target.index()] || !AT_RUN_TIME.has(edge.kind) {
            return None;
        }
        let import = context.facts(edge.file)?.imports.get(edge.import as usize)?;
        let in_function = import.context.intersects(Around::FUNCTION | Around::LAZY | Around::DYNAMIC);
        let module = index.of_file(edge.file)?.module;
        (in_function || import.context.intersects(MAY_GO_ON))
            .then_some(Catcher { module, in_function: !import.context.intersects(MAY_GO_ON) })
    });
    context.memo.caught.borrow_mut().insert(module, catcher);
    catcher
}

/// The files that hold a dotted name in quotes, for names that start like a module of the project. Reads every file, once.
fn quoted_names<'a>(context: &Context<'a>) -> &'a FxHashMap<String, Vec<FileId>> {
    context.memo.quoted.get_or_init(|| {
        let mut quoted: FxHashMap<String, Vec<FileId>> = FxHashMap::default();
        let files = context.facts.iter().enumerate().filter(|(_, facts)| facts.is_some());
        for (position, _) in files {
            let file = FileId::new(position);
            let Some(source) = context.sources.text(file) else { continue };
            for name in names_in_quotes(source.source_text()) {
                let top_level = name.split('.').next().unwrap_or_default();
                if context.graph.index().get(top_level).is_some() {
                    let files = quoted.entry(name.to_string()).or_default();
                    if files.last() != Some(&file) {
                        files.push(file);
                    }
                }
            }
        }
        quoted
    })
}

/// `a.b` of `"a.b"` and `'a.b'`, wherever it stands.
fn names_in_quotes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(['"', '\'']).filter_map(|(at, quote)| {
        let inside = &text[at + 1..];
        let end =
            inside.find(|character: char| !(character.is_alphanumeric() || "_.".contains(character)))?;
        let name = &inside[..end];
        (name.contains('.') && inside[end..].starts_with(quote)).then_some(name)
    })
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
    if !is_statement || member_length(crossing) > 0 {
        return None;
    }
    let parsed = context.sources.module(edge.file).filter(|parsed| parsed.facts.syntax_error.is_none())?;
    let source = context.sources.text(edge.file)?;
    let (variable, _) = parsed.module.bound_by(edge.name)?;
    let is_top_level = |how: How| matches!(how, How::Import { binds_top_level: true, .. });
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
        let steps =
            context.graph.index().ancestors(question.private).take_while(|id| *id != found.module).count();
        let first =
            if through.is_empty() { member } else { used.chain.get(through.len().checked_sub(steps)?)? };
        edits.push(Edit::range_replacement(
            found.name,
            TextRange::new(first.range.start(), member.range.end()),
        ));
        doubts.extend(found.doubts);
    }
    let public = public.filter(|public| context.graph.index().contains(*public, question.private))?;
    let is_rewritten = |range: &TextRange| edits.iter().any(|edit| edit.range().intersect(*range).is_some());
    if !hidden_by_import(context, edge.file, question.private).iter().all(is_rewritten) {
        return None;
    }
    edits.push(Edit::range_replacement(question.written(public)?, imported.range));
    edits.sort_by_key(Ranged::start);
    doubts.dedup();
    Some((public, doubts, edits))
}

/// Whether an attribute is read where it stands, in code, and not assigned or deleted.
fn is_read(text: &str, used: &Use, attribute: TextRange) -> bool {
    let is_code = !matches!(used.place, Place::Quoted | Place::Exported) && !used.falls_through;
    let after = text[attribute.end().to_usize()..].trim_start();
    let operator: String =
        after.chars().take_while(|character| "=+-*/%@&|^<>:!".contains(*character)).collect();
    let assigns = match operator.as_str() {
        "==" | "<=" | ">=" | "!=" => false,
        // `x: int = 1` after an attribute, and the end of a header, cannot be told apart by so little.
        operator => operator.ends_with('='),
    };
    let line = &text[text.line_start(used.range.start()).to_usize()..used.range.start().to_usize()];
    let is_deleted = line.trim_start().starts_with("del ") || line.contains("for ");
    is_code && !assigns && !is_deleted
}
