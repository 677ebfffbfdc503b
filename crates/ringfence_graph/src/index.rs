//! Which modules there are.
//!
//! Two files can claim one name. Within a folder CPython takes the first of these and the others are *shadowed*:
//!
//! ```text
//! shop/cart/__init__.py     the package
//! shop/cart.py              shadowed by it
//! shop/cart/lines.py        a child; shadowed, too, if there is cart.py but no cart/__init__.py
//! shop/cart.pyi             not shadowed: the stub beside the source describes the same module
//! ```
//!
//! Files of several source roots that have one name are one module here. Which of them is loaded depends on how the
//! program is started, and boundaries go by name.

use std::sync::Arc;

use ringfence_diagnostics::FileId;
use ringfence_source::SourceKind;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

/// A module of an index. Ids are in preorder: the descendants of a module follow it directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(u32);

impl ModuleId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a file is to its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// `__init__.py`
    Package,
    /// `x.py`
    Module,
    /// `x.cpython-312-x86_64-linux-gnu.so`, `x.pyx`: a module whose imports cannot be read.
    Extension,
}

/// One file to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedFile<'a> {
    pub file: FileId,
    /// The canonical dotted name. Segments need not be identifiers.
    pub name: &'a str,
    pub role: FileRole,
    pub source: SourceKind,
    /// Which source root the name is counted from.
    pub root: u16,
}

/// A source root inside another: modules below it have a second name, `prefix` + their canonical one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedRoot {
    pub root: u16,
    /// The inner root's folder seen from the outer root, dotted: `src`.
    pub prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleKind {
    /// Has an `__init__`.
    Package,
    Module,
    /// Folders without `__init__` that hold modules (PEP 420).
    Namespace,
    Extension,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The canonical dotted name.
    pub name: Arc<str>,
    pub kind: ModuleKind,
    pub parent: Option<ModuleId>,
    /// One past the last descendant.
    end: u32,
    /// The file that is loaded for it; the stub where there is nothing else.
    pub file: Option<FileId>,
    root: Option<u16>,
    /// Whether an import can lead here: false below a plain module file that stands where a package should.
    reachable: bool,
}

/// What the index knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileModule {
    pub module: ModuleId,
    pub source: SourceKind,
    /// Whether relative imports in it start at the module itself, as in an `__init__`.
    pub is_package: bool,
    /// Whether another file is loaded in its place. Its imports are checked, but nothing leads to it.
    pub shadowed: bool,
    /// Which source root its name is counted from.
    pub root: u16,
}

/// All modules of a project, by name and by file.
#[derive(Debug, Clone, Default)]
pub struct ModuleIndex {
    modules: Vec<Module>,
    by_name: FxHashMap<Arc<str>, ModuleId>,
    by_file: Vec<Option<FileModule>>,
    nested_roots: Vec<NestedRoot>,
}

impl ModuleIndex {
    /// Numbers the modules of these files. O(n log n) in the number of files.
    ///
    /// Where several files have one name and role, the first is the one that is loaded: give them in order of
    /// source roots.
    pub fn build(files: &[IndexedFile], nested_roots: Vec<NestedRoot>) -> Self {
        let mut seen: FxHashSet<&str> = FxHashSet::with_capacity_and_hasher(files.len(), FxBuildHasher);
        let mut names: Vec<(Box<[u8]>, &str)> = Vec::with_capacity(files.len() + files.len() / 4);
        for file in files {
            let mut name = file.name;
            let first = names.len();
            while seen.insert(name) {
                names.push((sort_key(name), name));
                match name.rsplit_once('.') {
                    Some((parent, _)) => name = parent,
                    None => break,
                }
            }
            // Files come in almost the order of modules, which a sort is quick to mend.
            names[first..].reverse();
        }
        names.sort();

        let mut index = Self { nested_roots, ..Self::default() };
        index.modules.reserve_exact(names.len());
        index.by_name.reserve(names.len());
        let mut ancestors: Vec<ModuleId> = Vec::new();
        for (_, name) in names {
            let id = ModuleId(index.modules.len() as u32);
            while let Some(last) = ancestors.last() {
                if is_below(name, &index.modules[last.index()].name) {
                    break;
                }
                index.modules[last.index()].end = id.0;
                ancestors.pop();
            }
            let shared: Arc<str> = name.into();
            index.modules.push(Module {
                name: Arc::clone(&shared),
                kind: ModuleKind::Namespace,
                parent: ancestors.last().copied(),
                end: id.0 + 1,
                file: None,
                root: None,
                reachable: true,
            });
            index.by_name.insert(shared, id);
            ancestors.push(id);
        }
        let count = index.modules.len() as u32;
        for open in ancestors {
            index.modules[open.index()].end = count;
        }
        index.assign_files(files);
        index
    }

    /// Adds a module that stands for code without a module of its own: nothing imports it by this name, and it has no file.
    pub fn add_placeholder(&mut self, name: &str) -> ModuleId {
        if let Some(id) = self.get(name) {
            return id;
        }
        let id = ModuleId(self.modules.len() as u32);
        let shared: Arc<str> = name.into();
        self.modules.push(Module {
            name: Arc::clone(&shared),
            kind: ModuleKind::Namespace,
            parent: None,
            end: id.0 + 1,
            file: None,
            root: None,
            reachable: false,
        });
        self.by_name.insert(shared, id);
        id
    }

    fn assign_files(&mut self, files: &[IndexedFile]) {
        let length = files.iter().map(|file| file.file.index() + 1).max().unwrap_or(0);
        self.by_file = vec![None; length];
        // The file to load for each module, by how CPython ranks its candidates.
        let mut best: Vec<Option<(u8, usize)>> = vec![None; self.modules.len()];
        for (position, file) in files.iter().enumerate() {
            let Some(&id) = self.by_name.get(file.name) else { continue };
            let rank = rank(file);
            let slot = &mut best[id.index()];
            if slot.is_none_or(|(other, _)| rank < other) {
                *slot = Some((rank, position));
            }
        }
        for (module, best) in self.modules.iter_mut().zip(&best) {
            let Some((_, position)) = best else { continue };
            let file = &files[*position];
            module.file = Some(file.file);
            module.root = Some(file.root);
            module.kind = match file.role {
                FileRole::Package => ModuleKind::Package,
                FileRole::Module => ModuleKind::Module,
                FileRole::Extension => ModuleKind::Extension,
            };
        }
        // Parents come before children, so one pass carries unreachability down.
        for position in 0..self.modules.len() {
            if let Some(parent) = self.modules[position].parent {
                let above = &self.modules[parent.index()];
                let closed = matches!(above.kind, ModuleKind::Module | ModuleKind::Extension);
                self.modules[position].reachable = above.reachable && !closed;
            }
        }
        for file in files {
            let Some(&id) = self.by_name.get(file.name) else { continue };
            let module = &self.modules[id.index()];
            let rival = module.kind == ModuleKind::Package
                && file.role != FileRole::Package
                && module.root == Some(file.root);
            self.by_file[file.file.index()] = Some(FileModule {
                module: id,
                source: file.source,
                is_package: file.role == FileRole::Package,
                shadowed: rival || !module.reachable,
                root: file.root,
            });
        }
    }

    /// How many modules there are, namespaces included.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// All modules in preorder.
    pub fn iter(&self) -> impl Iterator<Item = (ModuleId, &Module)> {
        self.modules.iter().enumerate().map(|(position, module)| (ModuleId(position as u32), module))
    }

    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    pub fn name(&self, id: ModuleId) -> &str {
        &self.modules[id.index()].name
    }

    /// The module of this number: [`ModuleId::index`].
    pub fn nth(&self, number: usize) -> Option<ModuleId> {
        (number < self.modules.len()).then_some(ModuleId(number as u32))
    }

    /// The module of this canonical name.
    pub fn get(&self, name: &str) -> Option<ModuleId> {
        self.by_name.get(name).copied()
    }

    /// The module that a file belongs to; nothing for files outside every source root and for config files.
    pub fn of_file(&self, file: FileId) -> Option<FileModule> {
        self.by_file.get(file.index()).copied().flatten()
    }

    /// The source root of the file that is loaded for a module.
    pub fn root_of(&self, id: ModuleId) -> Option<u16> {
        self.modules[id.index()].root
    }

    /// The module with everything below it.
    pub fn subtree(&self, id: ModuleId) -> impl Iterator<Item = ModuleId> + use<> {
        (id.0..self.modules[id.index()].end).map(ModuleId)
    }

    /// Whether `inner` is `outer` or below it. O(1).
    pub fn contains(&self, outer: ModuleId, inner: ModuleId) -> bool {
        (outer.0..self.modules[outer.index()].end).contains(&inner.0)
    }

    /// The module and its ancestors, innermost first.
    pub fn ancestors(&self, id: ModuleId) -> impl Iterator<Item = ModuleId> + '_ {
        std::iter::successors(Some(id), |id| self.modules[id.index()].parent)
    }

    /// Whether a file is the one module of its name, whatever folder the program is started from: no source root is around
    /// its own, and its top-level package has an `__init__` or is the file itself.
    pub fn has_one_name(&self, file: FileId) -> bool {
        let Some(FileModule { module, root, shadowed: false, .. }) = self.of_file(file) else { return false };
        let top_level = self.ancestors(module).last().map(|id| self.module(id).kind);
        self.module(module).file == Some(file)
            && top_level != Some(ModuleKind::Namespace)
            && self.prefixes_of(root).next().is_none()
    }

    /// Whether there are modules below this one.
    pub(crate) fn has_children(&self, id: ModuleId) -> bool {
        self.modules[id.index()].end > id.0 + 1
    }

    /// Whether an absolute import that starts with this segment can lead to a module here.
    pub(crate) fn may_import(&self, top_level: &str) -> bool {
        self.by_name.contains_key(top_level)
            || self.nested_roots.iter().any(|nested| nested.prefix.split('.').next() == Some(top_level))
    }

    /// The module that an absolute import of this name leads to, by its canonical name or by that of an outer root.
    pub(crate) fn importable(&self, name: &str) -> Option<ModuleId> {
        let direct = self.get(name).filter(|id| self.modules[id.index()].reachable);
        direct.or_else(|| {
            self.nested_roots.iter().find_map(|nested| {
                let inner = name.strip_prefix(&*nested.prefix)?.strip_prefix('.')?;
                self.get(inner).filter(|id| {
                    let module = &self.modules[id.index()];
                    module.reachable && module.root.is_none_or(|root| root == nested.root)
                })
            })
        })
    }

    /// The names that the folder of a source root has from the roots around it.
    pub(crate) fn prefixes_of(&self, root: u16) -> impl Iterator<Item = &str> {
        self.nested_roots
            .iter()
            .filter(move |nested| nested.root == root)
            .map(|nested| nested.prefix.as_str())
    }
}

/// The smaller wins: a package over an extension module over source over a stub, as CPython's finders try them.
fn rank(file: &IndexedFile) -> u8 {
    match (file.role, file.source) {
        (FileRole::Package, SourceKind::Python) => 0,
        (FileRole::Extension, _) => 1,
        (FileRole::Module, SourceKind::Python) => 2,
        (FileRole::Package, SourceKind::Stub) => 3,
        (FileRole::Module, SourceKind::Stub) => 4,
    }
}

/// Orders by segments, so that a name comes directly before everything below it.
fn sort_key(name: &str) -> Box<[u8]> {
    name.bytes().map(|byte| if byte == b'.' { 0 } else { byte }).collect()
}

fn is_below(name: &str, ancestor: &str) -> bool {
    name.strip_prefix(ancestor).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(files: &[(&str, FileRole, SourceKind)]) -> ModuleIndex {
        let files: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(position, (name, role, source))| IndexedFile {
                file: FileId::new(position),
                name,
                role: *role,
                source: *source,
                root: 0,
            })
            .collect();
        ModuleIndex::build(&files, vec![NestedRoot { root: 0, prefix: "src".to_string() }])
    }

    #[test]
    fn a_package_and_everything_below_it_is_one_range() {
        let index = index(&[
            ("shop.web_api", FileRole::Module, SourceKind::Python),
            ("shop.web.views", FileRole::Module, SourceKind::Python),
            ("shop", FileRole::Package, SourceKind::Python),
            ("tools", FileRole::Module, SourceKind::Python),
        ]);
        let names: Vec<&str> = index.iter().map(|(_, module)| &*module.name).collect();
        assert_eq!(names, ["shop", "shop.web", "shop.web.views", "shop.web_api", "tools"]);
        let web = index.get("shop.web").unwrap();
        assert_eq!(index.module(web).kind, ModuleKind::Namespace);
        let below: Vec<&str> = index.subtree(web).map(|id| index.name(id)).collect();
        assert_eq!(below, ["shop.web", "shop.web.views"]);
        assert!(index.contains(index.get("shop").unwrap(), web));
        assert!(!index.contains(web, index.get("shop.web_api").unwrap()));
    }

    #[test]
    fn files_that_share_a_name_are_loaded_as_cpython_does() {
        let index = index(&[
            ("cart", FileRole::Module, SourceKind::Python),
            ("cart", FileRole::Package, SourceKind::Python),
            ("cart", FileRole::Package, SourceKind::Stub),
            ("tax", FileRole::Module, SourceKind::Python),
            ("tax", FileRole::Module, SourceKind::Stub),
            ("tax.rates", FileRole::Module, SourceKind::Python),
        ]);
        let shadowed: Vec<bool> =
            (0..6).map(|file| index.of_file(FileId::new(file)).unwrap().shadowed).collect();
        assert_eq!(shadowed, [true, false, false, false, false, true]);
        assert_eq!(index.module(index.get("cart").unwrap()).file, Some(FileId::new(1)));
        assert_eq!(index.module(index.get("tax").unwrap()).file, Some(FileId::new(3)));
        assert_eq!(index.importable("tax.rates"), None);
    }

    #[test]
    fn a_module_below_a_nested_root_has_a_second_name() {
        let index = index(&[("shop.web", FileRole::Module, SourceKind::Python)]);
        assert_eq!(index.importable("src.shop.web"), index.get("shop.web"));
        assert_eq!(index.importable("src"), None);
    }
}
