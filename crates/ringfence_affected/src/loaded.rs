//! The outlines that have been asked for, by what their statements use.

use ringfence_diagnostics::FileId;
use ringfence_graph::{ModuleId, ModuleIndex, ModuleKind};
use ruff_python_ast::name::Name;
use rustc_hash::FxHashMap;

use crate::importing::{self, Target, named, walk};
use crate::outline::{Flags, Kind, Mention, Outline, When};
use crate::spread::Project;

/// A statement that uses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Use {
    pub(crate) file: FileId,
    pub(crate) statement: u32,
    pub(crate) when: When,
}

/// A file that has been looked at.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) outline: Outline,
    /// By name of the module, who mentions it.
    pub(crate) locals: FxHashMap<Name, Vec<Use>>,
    /// Statements that may mention any name.
    pub(crate) namespace: Vec<Use>,
    /// What imports at the top level bind.
    pub(crate) targets: FxHashMap<Name, Vec<Target>>,
    pub(crate) stars: Vec<ModuleId>,
}

/// Who uses what, as far as it has been looked at.
#[derive(Debug, Default)]
pub(crate) struct Users {
    pub(crate) names: FxHashMap<ModuleId, FxHashMap<Name, Vec<Use>>>,
    /// Who may use any name of a module, or of one below it.
    pub(crate) whole: FxHashMap<ModuleId, Vec<Use>>,
    pub(crate) stars: FxHashMap<ModuleId, Vec<FileId>>,
    /// What a module is called in others.
    pub(crate) aliases: FxHashMap<ModuleId, Vec<(FileId, Name)>>,
    /// Functions that load a module once they run.
    pub(crate) deferred: FxHashMap<ModuleId, Vec<Use>>,
    /// Who may load any module below one; below none, any.
    pub(crate) opaque: Vec<(Option<ModuleId>, Use)>,
    pub(crate) starts_python: Vec<Use>,
    /// By the name of a parameter, or a string that may name one.
    pub(crate) parameters: FxHashMap<Name, Vec<Use>>,
    pub(crate) asks_subclasses: bool,
}

impl Users {
    /// Notes what a file uses.
    pub(crate) fn add(&mut self, project: &dyn Project, file: FileId, outline: Outline) -> Loaded {
        let mut loaded = Loaded { outline, ..Loaded::default() };
        let Some(facts) = project.facts(file) else { return loaded };
        let graph = project.graph();
        let index = graph.index();
        let outline = std::mem::take(&mut loaded.outline);
        // Imports at the top level are known to every statement, those in a function only to the one around it.
        let mut inner: FxHashMap<u32, Vec<(Name, Target)>> = FxHashMap::default();
        for (position, statement) in outline.statements.iter().enumerate() {
            let use_ = |when| Use { file, statement: position as u32, when };
            for import in &statement.imports {
                let target = importing::target(graph, facts, file, import);
                let when = if import.is_deferred { When::Later } else { When::Named };
                match &target {
                    Target::Symbol(module, name) => {
                        self.add_name(*module, name, use_(when));
                    }
                    Target::Module(module) if import.is_star => {
                        self.stars.entry(*module).or_default().push(file);
                        loaded.stars.push(*module);
                        continue;
                    }
                    Target::Module(module) | Target::Below(module) if !import.is_deferred => {
                        self.aliases.entry(*module).or_default().push((file, import.binds.clone()));
                    }
                    _ => {}
                }
                if import.is_deferred {
                    if let Target::Symbol(module, _) | Target::Module(module) | Target::Below(module) =
                        &target
                    {
                        self.deferred.entry(*module).or_default().push(use_(When::Later));
                    }
                    inner.entry(position as u32).or_default().push((import.binds.clone(), target));
                } else {
                    loaded.targets.entry(import.binds.clone()).or_default().push(target);
                }
            }
        }
        for (position, statement) in outline.statements.iter().enumerate() {
            let use_ = |when| Use { file, statement: position as u32, when };
            if statement.kind == Kind::Import {
                continue;
            }
            let of_statement = inner.get(&(position as u32)).map(Vec::as_slice).unwrap_or_default();
            for Mention { what, when } in &statement.mentions {
                loaded.locals.entry(what.root.clone()).or_default().push(use_(*when));
                let global = loaded.targets.get(&what.root).into_iter().flatten();
                let inner =
                    of_statement.iter().filter(|(name, _)| *name == what.root).map(|(_, target)| target);
                for target in global.chain(inner) {
                    match target {
                        Target::Module(module) => {
                            self.add_attributes(index, *module, &what.attributes, use_(*when));
                        }
                        Target::Below(module) => self.whole.entry(*module).or_default().push(use_(*when)),
                        _ => {}
                    }
                }
            }
            for name in &statement.parameters {
                loaded.locals.entry(name.clone()).or_default().push(use_(When::Later));
                self.parameters.entry(name.clone()).or_default().push(use_(When::Later));
            }
            for word in &statement.words {
                if word.contains('.') {
                    match named(index, word) {
                        Some((module, Some(name))) => self.add_name(module, &name, use_(When::Later)),
                        Some((module, None)) => self.whole.entry(module).or_default().push(use_(When::Later)),
                        None => {}
                    }
                } else {
                    loaded.locals.entry(word.clone()).or_default().push(use_(When::Later));
                    self.parameters.entry(word.clone()).or_default().push(use_(When::Later));
                }
            }
            if statement.flags.contains(Flags::NAMESPACE) {
                loaded.namespace.push(use_(When::Later));
            }
            if statement.flags.contains(Flags::OPAQUE_IMPORT) {
                self.opaque.push((scope_of_opaque(project, file), use_(When::Later)));
            }
            let starts_python = statement.flags.contains(Flags::STARTS_PYTHON)
                || statement
                    .parameters
                    .iter()
                    .any(|name| matches!(name.as_str(), "pytester" | "testdir" | "script_runner"))
                || statement.mentions.iter().any(|mention| mention.what.root == "runpy");
            if starts_python {
                self.starts_python.push(use_(When::Later));
            }
            self.asks_subclasses |= statement.flags.contains(Flags::ASKS_SUBCLASSES);
        }
        // Calls that import a module by a literal.
        for edge in
            graph.edges_of(file).iter().filter(|edge| edge.kind == ringfence_source::EdgeKind::Dynamic)
        {
            let ringfence_graph::Target::Module { module, .. } = edge.target else { continue };
            let Some(import) = facts.imports.get(edge.import as usize) else { continue };
            if let Some(position) = outline.statement_at(import.range.start()) {
                let use_ = Use { file, statement: position as u32, when: When::Later };
                self.whole.entry(module).or_default().push(use_);
            }
        }
        loaded.outline = outline;
        loaded
    }

    fn add_name(&mut self, module: ModuleId, name: &Name, use_: Use) {
        self.names.entry(module).or_default().entry(name.clone()).or_default().push(use_);
    }

    fn add_attributes(&mut self, index: &ModuleIndex, module: ModuleId, attributes: &[Name], use_: Use) {
        let (module, rest) = walk(index, module, attributes);
        match rest {
            Some((name, has_more)) => {
                let when = if has_more && use_.when == When::Named { When::Called } else { use_.when };
                self.add_name(module, &name, Use { when, ..use_ });
            }
            None => self.whole.entry(module).or_default().push(use_),
        }
    }
}

/// The package that computed imports of a file stay in, as far as one can tell.
fn scope_of_opaque(project: &dyn Project, file: FileId) -> Option<ModuleId> {
    let index = project.graph().index();
    if project.is_test(file) {
        return None;
    }
    let top = index.ancestors(index.of_file(file)?.module).last()?;
    (index.module(top).kind == ModuleKind::Package).then_some(top)
}
