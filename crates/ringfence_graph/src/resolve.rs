//! Where one imported name leads.

use ringfence_diagnostics::FileId;
use ringfence_source::{EdgeKind, FileFacts, Import, ImportForm, ImportedName, NameRef};
use ruff_python_stdlib::sys::is_known_standard_library;
use rustc_hash::FxHashMap;

use crate::index::{FileModule, ModuleId, ModuleIndex, ModuleKind};

/// The Python versions, as x of 3.x, whose standard library is known.
const KNOWN_MINORS: std::ops::RangeInclusive<u8> = 7..=15;

/// Where an imported name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// A module of this project.
    Module {
        /// The innermost module on the path that exists.
        module: ModuleId,
        /// How many bytes at the end of the imported name are below that module: 5 for `Order` in
        /// `from shop.orders import Order`, 0 for a module itself.
        member_length: u32,
        /// Whether the statement names a module that is not there (`import shop.nope`). Boundaries go by name, so it
        /// is checked all the same, and counted as unresolved.
        missing: bool,
    },
    StandardLibrary,
    ThirdParty,
    /// Cannot be told: a relative import that leaves the source root, or a part of a namespace package that may come
    /// from elsewhere.
    Unresolved,
}

/// One imported name of one import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edge {
    pub file: FileId,
    /// Index into [`FileFacts::imports`].
    pub import: u32,
    /// Index into [`FileFacts::names`].
    pub name: u32,
    pub kind: EdgeKind,
    pub target: Target,
}

/// How names are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resolution {
    /// The x of the oldest Python 3.x to be supported: a module that any later standard library has is no third party.
    pub target_minor: Option<u8>,
    /// Whether the dots of a relative import may lead out of all packages to the source root, which Python does not let
    /// them.
    pub relative_from_root: bool,
    /// Whether no part of a namespace package comes from elsewhere.
    pub whole_namespaces: bool,
    /// Whether a folder without an `__init__` is on the path of the files in it.
    pub folders_on_path: bool,
}

pub(crate) struct Resolver<'a> {
    index: &'a ModuleIndex,
    resolution: Resolution,
    /// The name that is being resolved; kept for its memory.
    absolute: String,
    /// Where names lead that have been resolved. Beside these, nothing bears on it.
    known: FxHashMap<(Base, NameRef), Target>,
    /// What is known of top-level names so far.
    standard_library: FxHashMap<Box<str>, bool>,
}

/// What an imported name is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    /// `import ...`
    Nothing,
    /// `from a.b import ...`
    Absolute(NameRef),
    /// `from ..a import ...`, with the package that the dots mean.
    Relative(ModuleId, Option<NameRef>),
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(index: &'a ModuleIndex, resolution: Resolution) -> Self {
        Self {
            index,
            resolution,
            absolute: String::new(),
            known: FxHashMap::default(),
            standard_library: FxHashMap::default(),
        }
    }

    /// Adds the edges of a file.
    pub(crate) fn resolve_file(&mut self, file: FileId, facts: &FileFacts, edges: &mut Vec<Edge>) {
        let Some(module) = self.index.of_file(file) else { return };
        let folder = self.folder_on_path(module);
        for (number, import) in facts.imports.iter().enumerate() {
            let kind = import.kind(module.source);
            let mut names = import.name_indices();
            self.resolve(module, folder, facts, import, |target| {
                let name = names.next().unwrap_or_default();
                edges.push(Edge { file, import: number as u32, name, kind, target });
            });
        }
    }

    /// Hands over the target of each name of an import, in order.
    fn resolve(
        &mut self,
        importer: FileModule,
        folder: Option<ModuleId>,
        facts: &FileFacts,
        import: &Import,
        mut found: impl FnMut(Target),
    ) {
        let base = match import.form {
            ImportForm::Import { level: 0 } => Some(Base::Nothing),
            // `import_module(".a", __package__)` is too rare to be remembered.
            ImportForm::Import { .. } => None,
            ImportForm::From { level: 0, module } => module.map(|(module, _)| Base::Absolute(module)),
            ImportForm::From { level, module } => nth_package(self.index, importer, level)
                .map(|package| Base::Relative(package, module.map(|(module, _)| module))),
        };
        let Some(base) = base else {
            return facts
                .names_of(import)
                .iter()
                .for_each(|imported| found(self.look_up(importer, facts, import, imported)));
        };
        for imported in facts.names_of(import) {
            let key = (base, imported.name);
            let mut target = if let Some(target) = self.known.get(&key) {
                *target
            } else {
                let target = self.look_up(importer, facts, import, imported);
                self.known.insert(key, target);
                target
            };
            if let (Some(folder), Target::ThirdParty) = (folder, target) {
                target = self.beside(importer, folder, facts, import, imported).unwrap_or(target);
            }
            found(target);
        }
    }

    /// The folder around a file, where Python looks first for what a script imports, and pytest for what a test does.
    fn folder_on_path(&self, importer: FileModule) -> Option<ModuleId> {
        if !self.resolution.folders_on_path || importer.is_package {
            return None;
        }
        let folder = self.index.module(importer.module).parent?;
        (self.index.module(folder).kind == ModuleKind::Namespace).then_some(folder)
    }

    /// The target of an absolute name that is a module beside the importer, in a folder on the path.
    fn beside(
        &mut self,
        importer: FileModule,
        folder: ModuleId,
        facts: &FileFacts,
        import: &Import,
        imported: &ImportedName,
    ) -> Option<Target> {
        let (_, module) = parts(facts, import.form);
        let name = facts.name(imported.name);
        let top_level = if module.is_empty() { name } else { module }.split('.').next()?;
        self.absolute.clear();
        self.absolute.push_str(self.index.name(folder));
        push_segments(&mut self.absolute, top_level);
        let found = self.index.get(&self.absolute)?;
        let is_file = self.index.module(found).file.is_some();
        if !is_file || found == importer.module {
            return None;
        }
        self.absolute.truncate(self.index.name(folder).len());
        push_segments(&mut self.absolute, module);
        let base_length = self.absolute.len();
        push_segments(&mut self.absolute, name);
        let must_exist = match import.form {
            ImportForm::From { .. } => base_length,
            ImportForm::Import { .. } => self.absolute.len(),
        };
        Some(self.longest_prefix(name == "*", must_exist))
    }

    /// The target of one name of an import, by its text.
    fn look_up(
        &mut self,
        importer: FileModule,
        facts: &FileFacts,
        import: &Import,
        imported: &ImportedName,
    ) -> Target {
        let (level, module) = parts(facts, import.form);
        self.absolute.clear();
        if level > 0
            && !relative_base(self.index, importer, level, &mut self.absolute)
            && !(self.resolution.relative_from_root
                && !module.is_empty()
                && leads_to_root(self.index, importer, level))
        {
            return Target::Unresolved;
        }
        push_segments(&mut self.absolute, module);
        let base_length = self.absolute.len();
        let base = match import.form {
            ImportForm::From { .. } => self.index.importable(&self.absolute),
            ImportForm::Import { .. } => None,
        };
        let name = facts.name(imported.name);
        push_segments(&mut self.absolute, name);
        let must_exist = match import.form {
            ImportForm::From { .. } => base_length,
            ImportForm::Import { .. } => self.absolute.len(),
        };
        // Without modules below it, the module of a `from` is the target.
        if let Some(base) = base.filter(|base| name == "*" || !self.index.has_children(*base)) {
            return self.target(base, base_length, must_exist);
        }
        match self.longest_prefix(name == "*", must_exist) {
            // No relative import leads to another distribution.
            Target::StandardLibrary | Target::ThirdParty if level > 0 => Target::Unresolved,
            target => target,
        }
    }

    /// The target of the absolute name, by the longest prefix of it that is a module.
    fn longest_prefix(&mut self, is_star: bool, must_exist: usize) -> Target {
        let top_level = self.absolute.split('.').next().unwrap_or_default();
        if !self.index.may_import(top_level) {
            return self.outside(top_level.len());
        }
        let mut end = if is_star { must_exist } else { self.absolute.len() };
        loop {
            let candidate = &self.absolute[..end];
            if let Some(module) = self.index.importable(candidate) {
                return self.target(module, end, must_exist);
            }
            match candidate.rfind('.') {
                Some(dot) => end = dot,
                None => return self.outside(end),
            }
        }
    }

    /// The target of the absolute name, whose first `found` bytes name this module.
    fn target(&mut self, module: ModuleId, found: usize, must_exist: usize) -> Target {
        let below = self.absolute.len() - found;
        let is_namespace = self.index.module(module).kind == ModuleKind::Namespace;
        if is_namespace {
            // A regular package later on the path wins over a namespace portion, and the standard library is one.
            if !self.absolute[..found].contains('.') && self.is_standard_library(found) {
                return Target::StandardLibrary;
            }
            // Below a regular package no part of it comes from elsewhere.
            let mut above = self.index.ancestors(module);
            if below > 0
                && !self.resolution.whole_namespaces
                && above.all(|id| self.index.module(id).kind == ModuleKind::Namespace)
            {
                return Target::Unresolved;
            }
        }
        Target::Module {
            module,
            // Without the dot.
            member_length: below.saturating_sub(1) as u32,
            // A namespace has no members of its own.
            missing: found < must_exist || (is_namespace && below > 0),
        }
    }

    fn outside(&mut self, top_level: usize) -> Target {
        if self.is_standard_library(top_level) { Target::StandardLibrary } else { Target::ThirdParty }
    }

    /// Whether the first bytes of the absolute name, its top level, are a module of the standard library.
    fn is_standard_library(&mut self, top_level: usize) -> bool {
        let name = &self.absolute[..top_level];
        if let Some(&known) = self.standard_library.get(name) {
            return known;
        }
        let oldest = self.resolution.target_minor.unwrap_or(*KNOWN_MINORS.start());
        // The list has no names of this form.
        let is_known = matches!(name, "__future__" | "__main__")
            || KNOWN_MINORS
                .filter(|minor| *minor >= oldest)
                .any(|minor| is_known_standard_library(minor, name));
        self.standard_library.insert(name.into(), is_known);
        is_known
    }
}

/// Leading dots and the module after them.
pub(crate) fn parts(facts: &FileFacts, form: ImportForm) -> (u32, &str) {
    match form {
        ImportForm::Import { level } => (level, ""),
        ImportForm::From { level, module } => (level, module.map_or("", |(name, _)| facts.name(name))),
    }
}

/// The package that `level` dots mean in this file, where it lies below the same root.
fn nth_package(index: &ModuleIndex, importer: FileModule, level: u32) -> Option<ModuleId> {
    index.ancestors(importer.module).nth(level as usize - usize::from(importer.is_package))
}

/// Whether `level` dots in this file mean the folder that module names are counted from.
fn leads_to_root(index: &ModuleIndex, importer: FileModule, level: u32) -> bool {
    let up = level as usize - usize::from(importer.is_package);
    index.name(importer.module).split('.').count() == up
}

/// Puts the package that `level` dots mean in this file into `base`. False if they leave the source root.
pub(crate) fn relative_base(
    index: &ModuleIndex,
    importer: FileModule,
    level: u32,
    base: &mut String,
) -> bool {
    let name = index.name(importer.module);
    let up = level as usize - usize::from(importer.is_package);
    if strip_segments(name, up, base) {
        return true;
    }
    // The file may be meant as a module of an outer root.
    index.prefixes_of(importer.root).any(|prefix| strip_segments(&join(prefix, name), up, base))
}

/// `a.b.c` without its last `count` segments; false if nothing is left.
fn strip_segments(name: &str, count: usize, into: &mut String) -> bool {
    let mut rest = name;
    for _ in 0..count {
        match rest.rsplit_once('.') {
            Some((parent, _)) => rest = parent,
            None => return false,
        }
    }
    into.clear();
    into.push_str(rest);
    true
}

fn push_segments(name: &mut String, segments: &str) {
    if !name.is_empty() && !segments.is_empty() {
        name.push('.');
    }
    name.push_str(segments);
}

/// `a` + `b` -> `a.b`; dots at the end of `a` and empty parts add none.
pub(crate) fn join(a: &str, b: &str) -> String {
    let separator = if a.is_empty() || b.is_empty() || a.ends_with('.') { "" } else { "." };
    [a, separator, b].concat()
}
