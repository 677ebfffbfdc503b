//! What a call of a function imports: the imports in its body, and in the bodies of our own functions that it calls by name, but for
//! what stands in a branch.

use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{Binding, BindingKind, Definition, ImportContext, ParsedFile, Variable};
use ruff_text_size::TextRange;
use rustc_hash::FxHashSet;

use crate::Context;
use crate::surroundings::is_certain_at_load;

/// No more functions than these are looked into for one entry.
const MOST_FUNCTIONS: usize = 1_000;

/// What runs when something is called.
pub(crate) struct Called {
    /// The imports in functions, each with whether it runs in any case.
    pub(crate) imports: Vec<(Edge, bool)>,
    /// The bodies of these functions.
    pub(crate) bodies: Vec<(ModuleId, TextRange)>,
    /// Whether the callable is a function or a class of the project. What another object does when it is called is not known.
    pub(crate) is_followed: bool,
}

/// What runs when a callable of a module is called.
pub(crate) fn called(context: &Context, module: ModuleId, callable: &str) -> Called {
    let mut calls = Calls { context, seen: FxHashSet::default(), found: Vec::new(), pending: Vec::new() };
    let is_followed = calls.call(module, callable, true);
    while let Some((module, body, is_certain)) = calls.pending.pop() {
        calls.run(module, body, is_certain);
    }
    let mut bodies: Vec<(ModuleId, TextRange)> =
        calls.seen.into_iter().map(|(module, body, _)| (module, body)).collect();
    bodies.sort_unstable_by_key(|(module, body)| (*module, body.start(), body.end()));
    bodies.dedup();
    Called { imports: calls.found, bodies, is_followed }
}

/// Whether a module binds the start of what a callable is called.
pub(crate) fn is_bound(context: &Context, module: ModuleId, callable: &str) -> bool {
    let file = context.graph.index().module(module).file;
    let Some(parsed) = file.and_then(|file| context.parsed(file)) else { return true };
    let first = callable.split('.').next().unwrap_or(callable);
    let has_star = || parsed.facts.names.iter().any(|name| parsed.facts.name(name.name) == "*");
    let binds = |name: &str| parsed.module.global(name).is_some_and(|it| !it.bindings.is_empty());
    binds(first) || binds("__getattr__") || has_star() || !parsed.module.dynamic.is_empty()
}

/// Where the name of something that is called leads.
enum Lead {
    /// To a name in another module.
    On((ModuleId, String)),
    /// To code of the project that is looked into.
    Code,
    /// To nothing that is known.
    Lost,
}

struct Calls<'s, 'a> {
    context: &'s Context<'a>,
    /// Functions that are looked into, by module and body, and whether they run in any case.
    seen: FxHashSet<(ModuleId, TextRange, bool)>,
    found: Vec<(Edge, bool)>,
    pending: Vec<(ModuleId, TextRange, bool)>,
}

impl Calls<'_, '_> {
    /// Notes that something is called by its dotted name in a module; gives whether that is known to be a function or a class.
    fn call(&mut self, module: ModuleId, callable: &str, is_certain: bool) -> bool {
        let (mut module, mut callable) = (module, callable.to_string());
        // As often as a name may lead on to another module.
        for _ in 0..16 {
            let file = self.context.graph.index().module(module).file;
            let Some(parsed) = file.and_then(|file| self.context.parsed(file)) else { return false };
            let (first, rest) = callable.split_once('.').unwrap_or((&callable, ""));
            let Some(binding) = parsed.module.global(first).and_then(only_binding) else { return false };
            match self.follow(module, &parsed, binding, rest, is_certain) {
                Lead::On(next) => (module, callable) = next,
                Lead::Code => return true,
                Lead::Lost => return false,
            }
        }
        false
    }

    /// Notes that something below what a binding binds is called, or says where it is bound.
    fn follow(
        &mut self,
        module: ModuleId,
        parsed: &ParsedFile,
        binding: Binding,
        rest: &str,
        is_certain: bool,
    ) -> Lead {
        match binding.how {
            BindingKind::Function | BindingKind::Class => {
                let is_made = binding.how == BindingKind::Class && rest.is_empty();
                let file = self.context.graph.index().module(module).file;
                let Some(source) = file.and_then(|file| self.context.sources.text(file)) else {
                    return Lead::Lost;
                };
                let rest = if is_made { "__init__" } else { rest };
                let Some(body) = body_of(parsed, source.source_text(), binding.range, rest) else {
                    // A class may have no `__init__` of its own.
                    return if is_made { Lead::Code } else { Lead::Lost };
                };
                let is_known = self.seen.contains(&(module, body, true));
                if !is_known
                    && self.seen.len() < MOST_FUNCTIONS
                    && self.seen.insert((module, body, is_certain))
                {
                    self.pending.push((module, body, is_certain));
                }
                Lead::Code
            }
            BindingKind::Import { import, name, binds_top_level } => {
                self.imported(module, import, name, binds_top_level, rest).map_or(Lead::Lost, Lead::On)
            }
            _ => Lead::Lost,
        }
    }

    /// The module that the binding of an import leads to, and what is called in it.
    fn imported(
        &self,
        module: ModuleId,
        import: u32,
        name: u32,
        binds_top_level: bool,
        rest: &str,
    ) -> Option<(ModuleId, String)> {
        let context = self.context;
        let index = context.graph.index();
        let file = index.module(module).file?;
        let edge = context.edge_at(file, import, name)?;
        let Target::Module { module: target, .. } = edge.target else { return None };
        let member = context.graph.member(edge, context.facts(file)?).unwrap_or_default();
        let (mut target, mut rest) = if binds_top_level {
            let top = context.module_name(target).split('.').next()?;
            (index.get(top)?, rest.to_string())
        } else {
            let parts: Vec<&str> = [&*member, rest].into_iter().filter(|part| !part.is_empty()).collect();
            (target, parts.join("."))
        };
        // `tools.text.slug` of `import shop.tools`
        while let Some((first, more)) = rest.split_once('.') {
            let Some(child) = index.get(&format!("{}.{first}", context.module_name(target))) else { break };
            (target, rest) = (child, more.to_string());
        }
        (!rest.is_empty()).then_some((target, rest))
    }

    /// Looks into the body of a function that runs.
    fn run(&mut self, module: ModuleId, body: TextRange, runs_certainly: bool) {
        let context = self.context;
        let Some(file) = context.graph.index().module(module).file else { return };
        let (Some(parsed), Some(source)) = (context.parsed(file), context.sources.text(file)) else { return };
        let is_here = |range: TextRange| {
            let functions = parsed.module.definitions.iter().filter(|it| !it.is_class);
            let innermost =
                functions.filter(|it| it.body.contains_range(range)).map(|it| it.body).next_back();
            innermost == Some(body)
        };
        for edge in context.graph.edges_of(file) {
            let Some((_, import, _)) = context.import(edge) else { continue };
            if import.context.intersects(ImportContext::TYPING)
                || is_of_branch(import.context)
                || !is_here(import.range)
            {
                continue;
            }
            self.found.push((*edge, runs_certainly && is_certain_at_load(import.context)));
        }
        let text = source.source_text();
        for variable in parsed.module.variables() {
            let Some(binding) = only_binding(variable) else { continue };
            let uses = variable.uses.iter();
            for used in uses.filter(|used| body.contains_range(used.range) && is_here(used.range)) {
                let end = used.chain.last().map_or(used.range, |attribute| attribute.range).end();
                let after = text.get(end.to_usize()..).unwrap_or_default();
                if !after.trim_start_matches([' ', '\t']).starts_with('(') || is_of_branch(used.context) {
                    continue;
                }
                let attributes = used.chain.iter().map(|attribute| parsed.module.name(attribute.name));
                let rest = attributes.collect::<Vec<_>>().join(".");
                let is_certain = runs_certainly && is_certain_at_load(used.context);
                if let Lead::On((module, callable)) = self.follow(module, &parsed, binding, &rest, is_certain)
                {
                    self.call(module, &callable, is_certain);
                }
            }
        }
    }
}

/// Whether code in a function may be left out when the function is called: that is where work begins, and where deferred imports belong.
fn is_of_branch(context: ImportContext) -> bool {
    const BRANCH: ImportContext = ImportContext::IF
        .union(ImportContext::MATCH)
        .union(ImportContext::LOOP)
        .union(ImportContext::EXCEPT)
        .union(ImportContext::EXCEPT_IMPORT_ERROR);
    context.intersects(BRANCH)
}

/// The one binding of a name; nothing where there are several.
fn only_binding(variable: &Variable) -> Option<Binding> {
    match variable.bindings.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// The body of the function whose name stands there, or of what is defined below it by a dotted name.
fn body_of(parsed: &ParsedFile, text: &str, name: TextRange, rest: &str) -> Option<TextRange> {
    let definitions = &parsed.module.definitions;
    let mut at = definitions.iter().position(|definition| definition.name == name)?;
    for part in rest.split('.').filter(|part| !part.is_empty()) {
        let below = |definition: &Definition| {
            definition.parent == Some(at as u32) && text.get(definition.name.to_std_range()) == Some(part)
        };
        at = definitions.iter().position(below)?;
    }
    (!definitions[at].is_class).then_some(definitions[at].body)
}
