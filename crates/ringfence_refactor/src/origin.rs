//! Where a name of a module comes from: followed through imports, aliases, `__all__` and star imports, module by module,
//! to the one that binds it and does not just pass it on.
//!
//! Names that are assigned to each other (`x = y`) are names of their own.

use std::cell::RefCell;
use std::rc::Rc;

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{
    Binding, BindingKind, Exports, ImportContext, Listing, ParsedFile, ScopeId, SourceKind,
};
use ruff_text_size::TextSize;
use rustc_hash::FxHashMap;

use crate::Codebase;
use crate::proof::oddities_of;

/// Names are passed on from module to module at most so often; more is a cycle.
const MOST_HOPS: usize = 16;

/// A name where it is not just passed on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Definition {
    pub module: ModuleId,
    pub name: String,
}

/// Why it cannot be told where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolutionError {
    /// Nothing in this module binds it.
    NotBound(ModuleId),
    /// It is a module, or bound by `import a.b`.
    IsModule(ModuleId),
    /// The module has a submodule of that name, which takes its place once it is imported.
    IsSubmodule(ModuleId),
    /// It is bound more than once, or by a function that says `global`.
    Rebound(ModuleId),
    /// It is bound in a branch that may not run.
    Conditional(ModuleId),
    Deleted(ModuleId),
    /// The module has a `__getattr__`.
    Computed(ModuleId),
    /// The module reads or writes names that no statement shows: `globals()`, `exec`, `sys.modules`.
    Dynamic(ModuleId),
    /// A star import may bring it, or another in its place.
    Star(ModuleId),
    /// The file is not there, not Python, or has a syntax error.
    Unreadable(ModuleId),
    /// It comes from outside of where it is looked for.
    Outside,
    Cycle,
}

impl ResolutionError {
    /// Completes "because ...".
    pub fn reason(self, codebase: &Codebase, name: &str) -> String {
        let module = |module| codebase.module_name(module);
        match self {
            Self::NotBound(it) => format!("`{}` does not bind `{name}`", module(it)),
            Self::IsModule(it) => format!("`{name}` is a module in `{}`", module(it)),
            Self::IsSubmodule(it) => format!("`{}` has a submodule `{name}`, too", module(it)),
            Self::Rebound(it) => format!("`{}` binds `{name}` in more than one place", module(it)),
            Self::Conditional(it) => format!("`{}` binds `{name}` under a condition", module(it)),
            Self::Deleted(it) => format!("`{}` deletes `{name}`", module(it)),
            Self::Computed(it) => format!("`{}` computes attributes by `__getattr__`", module(it)),
            Self::Dynamic(it) => format!("`{}` may change names that no statement shows", module(it)),
            Self::Star(it) => format!("a star import of `{}` may bring another `{name}`", module(it)),
            Self::Unreadable(it) => format!("the source of `{}` cannot be read", module(it)),
            Self::Outside | Self::Cycle => format!("it cannot be told where `{name}` comes from"),
        }
    }
}

/// Follows names.
pub struct Names<'a> {
    codebase: &'a Codebase<'a>,
    /// The package that names may not be taken into from outside.
    within: Option<ModuleId>,
    /// Whether what is most likely meant is not enough.
    certain: bool,
    /// What has been found out; a name that is being followed is a cycle.
    known: RefCell<FxHashMap<Definition, Result<Provenance, ResolutionError>>>,
}

/// Every module that passes a name on, from the first one asked to the one that defines it.
pub type Provenance = Rc<Vec<Definition>>;

impl<'a> Names<'a> {
    /// Follows what can be proven: the object that a name is bound to once the modules are loaded, whatever runs before.
    pub fn certain(codebase: &'a Codebase<'a>) -> Self {
        Self { codebase, within: None, certain: true, known: RefCell::default() }
    }

    /// Follows what most likely is meant, inside a package.
    pub fn likely(codebase: &'a Codebase<'a>, package: ModuleId) -> Self {
        Self { codebase, within: Some(package), certain: false, known: RefCell::default() }
    }

    /// How `name` comes into `module`. What is not of this project is defined by the last module that is.
    pub fn path(&self, module: ModuleId, name: &str) -> Result<Provenance, ResolutionError> {
        self.follow(module, name, MOST_HOPS)
    }

    fn follow(&self, module: ModuleId, name: &str, hops: usize) -> Result<Provenance, ResolutionError> {
        let here = Definition { module, name: name.to_string() };
        if let Some(known) = self.known.borrow().get(&here) {
            return known.clone();
        }
        self.known.borrow_mut().insert(here.clone(), Err(ResolutionError::Cycle));
        let path = self.step(&here, hops).map(|next| {
            let rest = next.iter().flat_map(|path| path.iter().cloned());
            Rc::new(std::iter::once(here.clone()).chain(rest).collect())
        });
        self.known.borrow_mut().insert(here, path.clone());
        path
    }

    /// The way on from a module; nothing where the name is defined there.
    fn step(&self, here: &Definition, hops: usize) -> Result<Option<Provenance>, ResolutionError> {
        let (module, name) = (here.module, here.name.as_str());
        let hops = hops.checked_sub(1).ok_or(ResolutionError::Cycle)?;
        let index = self.codebase.graph.index();
        let file = index.module(module).file.ok_or(ResolutionError::Unreadable(module))?;
        let parsed = self.codebase.parsed(file).ok_or(ResolutionError::Unreadable(module))?;
        if self.certain {
            self.refuse_what_hides(module, &parsed, name)?;
        }
        let bindings =
            parsed.module.global(name).map(|variable| variable.bindings.as_slice()).unwrap_or_default();
        match bindings {
            [] => self.through_star(module, file, &parsed, name, hops).map(Some),
            [binding] => {
                if self.certain {
                    refuse_unless_always(module, binding)?;
                    self.refuse_later_stars(module, file, &parsed, binding, name, hops)?;
                }
                let BindingKind::Import { import, name: position, binds_top_level } = binding.how else {
                    return Ok(None);
                };
                let edge = self.codebase.edge_at(file, import, position).filter(|_| !binds_top_level);
                match edge.ok_or(ResolutionError::IsModule(module))?.target {
                    Target::Module { module: next, member_length: 1.., missing: false } => {
                        if self.within.is_some_and(|within| module == within && !index.contains(within, next))
                        {
                            return Err(ResolutionError::Outside);
                        }
                        let imported = parsed.facts.names.get(position as usize);
                        let imported = imported.ok_or(ResolutionError::NotBound(module))?;
                        self.follow(next, parsed.facts.name(imported.name), hops).map(Some)
                    }
                    // A module and not a name of one, or nowhere to be found.
                    Target::Module { .. } => Err(ResolutionError::IsModule(module)),
                    _ => Ok(None),
                }
            }
            several => {
                let deletes = several.iter().any(|binding| binding.how == BindingKind::Deletion);
                // Several imports may each be meant; whatever else binds it, it is defined here.
                let imports = several.iter().any(|binding| matches!(binding.how, BindingKind::Import { .. }));
                match () {
                    () if self.certain && deletes => Err(ResolutionError::Deleted(module)),
                    () if self.certain || imports => Err(ResolutionError::Rebound(module)),
                    () => Ok(None),
                }
            }
        }
    }

    /// What makes the names of a module uncertain, whatever binds them.
    fn refuse_what_hides(
        &self,
        module: ModuleId,
        parsed: &ParsedFile,
        name: &str,
    ) -> Result<(), ResolutionError> {
        let index = self.codebase.graph.index();
        if index
            .module(module)
            .file
            .and_then(|file| index.of_file(file))
            .is_some_and(|file| file.source == SourceKind::Stub)
        {
            return Err(ResolutionError::Unreadable(module));
        }
        if index.get(&format!("{}.{name}", index.name(module))).is_some() {
            return Err(ResolutionError::IsSubmodule(module));
        }
        if parsed.module.computes_attributes() {
            return Err(ResolutionError::Computed(module));
        }
        if !parsed.module.dynamic.is_empty() {
            return Err(ResolutionError::Dynamic(module));
        }
        Ok(())
    }

    /// A star import below a binding may bind the name again.
    fn refuse_later_stars(
        &self,
        module: ModuleId,
        file: FileId,
        parsed: &ParsedFile,
        binding: &Binding,
        name: &str,
        hops: usize,
    ) -> Result<(), ResolutionError> {
        for (edge, around, start) in self.stars(file, parsed) {
            // A loop or a function may run what is above later than what is below.
            if start < binding.range.start() && !around.intersects(ImportContext::LOOP) {
                continue;
            }
            match edge.target {
                Target::Module { module: from, missing: false, .. } => match self.exports(from, name, hops) {
                    Ok(false) => {}
                    _ => return Err(ResolutionError::Star(from)),
                },
                _ => return Err(ResolutionError::Rebound(module)),
            }
        }
        Ok(())
    }

    /// The star imports of a file, in order, each with what is around it and where it starts.
    fn stars<'f>(
        &self,
        file: FileId,
        parsed: &'f ParsedFile,
    ) -> impl DoubleEndedIterator<Item = (&'a Edge, ImportContext, TextSize)> + use<'a, 'f> {
        self.codebase.graph.edges_of(file).iter().filter_map(|edge| {
            let imported = parsed.facts.names.get(edge.name as usize)?;
            let import = parsed.facts.imports.get(edge.import as usize)?;
            let is_star = parsed.facts.name(imported.name) == "*";
            is_star.then_some((edge, import.context, import.range.start()))
        })
    }

    /// What a name is that only a star import can bring. The last one that has it counts.
    fn through_star(
        &self,
        module: ModuleId,
        file: FileId,
        parsed: &ParsedFile,
        name: &str,
        hops: usize,
    ) -> Result<Provenance, ResolutionError> {
        if name.starts_with("__") {
            return Err(ResolutionError::NotBound(module));
        }
        for (edge, around, _) in self.stars(file, parsed).rev() {
            let from = match edge.target {
                Target::Module { module, missing: false, .. } => module,
                _ if self.certain => return Err(ResolutionError::Star(module)),
                _ => continue,
            };
            let index = self.codebase.graph.index();
            if self.within.is_some_and(|within| !index.contains(within, from)) {
                continue;
            }
            match self.exports(from, name, hops) {
                Ok(true) => {}
                Err(_) if self.certain => return Err(ResolutionError::Star(from)),
                Ok(false) | Err(_) => continue,
            }
            if self.certain && may_be_skipped(around) {
                return Err(ResolutionError::Conditional(module));
            }
            let path = self.follow(from, name, hops);
            if self.certain || path.is_ok() {
                return path;
            }
        }
        Err(ResolutionError::NotBound(module))
    }

    /// Whether `from module import *` takes a name.
    fn exports(&self, module: ModuleId, name: &str, hops: usize) -> Result<bool, ResolutionError> {
        let hops = hops.checked_sub(1).ok_or(ResolutionError::Cycle)?;
        let file =
            self.codebase.graph.index().module(module).file.ok_or(ResolutionError::Unreadable(module))?;
        let parsed = self.codebase.parsed(file).ok_or(ResolutionError::Unreadable(module))?;
        if self.certain {
            self.refuse_what_hides(module, &parsed, name)?;
        } else if parsed.module.computes_attributes() {
            return Ok(false);
        }
        if self.certain
            && oddities_of(self.codebase, file).is_none_or(|oddities| oddities.listing == Listing::Odd)
        {
            return Err(ResolutionError::Star(module));
        }
        match &parsed.module.exports {
            Exports::Listed(names) => Ok(names.iter().any(|(listed, _)| parsed.module.name(*listed) == name)),
            Exports::Absent if name.starts_with('_') => Ok(false),
            Exports::Absent if self.certain => match self.follow(module, name, hops) {
                Ok(_) => Ok(true),
                Err(ResolutionError::NotBound(_)) => Ok(false),
                Err(error) => Err(error),
            },
            Exports::Absent => Ok(true),
            Exports::Computed(_) if self.certain => Err(ResolutionError::Star(module)),
            // What is there and has no underscore is most likely listed.
            Exports::Computed(_) => Ok(!name.starts_with('_') && parsed.module.global(name).is_some()),
        }
    }
}

/// Whether what stands there may not be carried out while the module is loaded.
fn may_be_skipped(around: ImportContext) -> bool {
    around.intersects(
        ImportContext::IF
            | ImportContext::MATCH
            | ImportContext::LOOP
            | ImportContext::TRY_BODY
            | ImportContext::EXCEPT
            | ImportContext::TRY_ELSE
            | ImportContext::WITH
            | ImportContext::FUNCTION
            | ImportContext::LAZY
            | ImportContext::TYPING
            | ImportContext::NEGATED_GUARD
            | ImportContext::ELSE_OF_GUARD,
    )
}

/// That a binding is carried out, once, while the module is loaded.
fn refuse_unless_always(module: ModuleId, binding: &Binding) -> Result<(), ResolutionError> {
    if binding.how == BindingKind::Declaration {
        return Err(ResolutionError::NotBound(module));
    }
    if binding.how == BindingKind::Deletion {
        return Err(ResolutionError::Deleted(module));
    }
    if binding.scope != ScopeId::MODULE {
        return Err(ResolutionError::Rebound(module));
    }
    if binding.is_conditional() || may_be_skipped(binding.context) {
        return Err(ResolutionError::Conditional(module));
    }
    Ok(())
}
