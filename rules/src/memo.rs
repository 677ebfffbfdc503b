//! What rules and fixes find out about the project as a whole, once for all findings of a run.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use ringfence_diagnostics::FileId;
use ringfence_graph::ModuleId;
use ringfence_source::{EdgeKinds, Oddities};
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::contracts::engine::verdict::Verdicts;
use crate::interfaces::reexport::{Catcher, Loads};
use crate::offered::Takers;
use crate::origin::Definition;
use crate::suppress::ByLine;
use crate::taken::TakenNames;

/// Good for as long as no file changes; with [`forget_texts`](Self::forget_texts) for as long as no facts do but for their places.
#[derive(Default)]
pub struct Memo {
    /// Which names of which module the others take.
    pub(crate) taken: OnceCell<TakenNames>,
    /// What the import of a module may load, over edges of these kinds.
    pub(crate) loads: RefCell<FxHashMap<(ModuleId, EdgeKinds), Rc<Loads>>>,
    /// By module: the first module that catches what the import of it may raise.
    pub(crate) caught: RefCell<FxHashMap<ModuleId, Option<Catcher>>>,
    /// By module: who imports it, its submodules included.
    pub(crate) loaders: OnceCell<Vec<Vec<ModuleId>>>,
    /// By position of the declaration: the entries of its `depends-on` over which nothing is imported.
    pub(crate) unused_dependencies: OnceCell<BTreeMap<usize, Vec<usize>>>,
    /// Who takes names from which module.
    pub(crate) takers: OnceCell<Takers>,
    /// By name of a module: names of others that are the same object.
    pub(crate) offers: RefCell<FxHashMap<Definition, Rc<Vec<Definition>>>>,
    /// By file: what is odd about it; nothing for one that cannot be parsed.
    pub(crate) oddities: RefCell<FxHashMap<FileId, Option<Arc<Oddities>>>>,
    /// By module: the group of those that imports connect.
    pub(crate) groups: OnceCell<Vec<u32>>,
    /// By group: what may load or change modules in ways that cannot be seen.
    pub(crate) hidden: RefCell<FxHashMap<u32, Option<String>>>,
    /// Texts beside the source, as they may name what is in it.
    pub(crate) other_texts: OnceCell<Vec<(PathBuf, Option<String>)>>,
    /// Whether links in the tree may give files other names.
    pub(crate) has_links: OnceCell<bool>,
    /// By file: why it may be loaded under another name.
    pub(crate) doubts_of_name: RefCell<FxHashMap<FileId, Option<String>>>,
    /// By the last segment of their names: the modules of files.
    pub(crate) namesakes: OnceCell<FxHashMap<String, Vec<ModuleId>>>,
    /// What was found out about contracts.
    pub(crate) verdicts: Verdicts,
    /// The files that hold a dotted name in quotes, by that name.
    pub(crate) quoted: OnceCell<FxHashMap<String, Vec<FileId>>>,
    /// By file: whether it asks for annotations somewhere.
    pub(crate) reads_annotations: RefCell<FxHashMap<FileId, bool>>,
    /// By file: annotations whose evaluation may raise, or run code.
    pub(crate) unsure_annotations: RefCell<FxHashMap<FileId, Rc<Vec<TextRange>>>>,
    /// What modules are called in folders that are no packages.
    pub(crate) last_segments: OnceCell<FxHashSet<String>>,
    /// By file: the distributions that it declares itself, if it does.
    pub(crate) scripts: RefCell<FxHashMap<FileId, Option<Vec<String>>>>,
    /// By file: its suppressions.
    suppressions: RefCell<FxHashMap<FileId, Rc<ByLine>>>,
    /// By file and import: for how many of its names a fix was looked for, and of how many it was told how they are used.
    pub(crate) fixes: RefCell<FxHashMap<(FileId, u32), u32>>,
    pub(crate) explained: RefCell<FxHashMap<(FileId, u32), u32>>,
}

impl Memo {
    /// The suppressions of a file by line.
    pub(crate) fn suppressions(&self, file: FileId, make: impl FnOnce() -> ByLine) -> Rc<ByLine> {
        Rc::clone(self.suppressions.borrow_mut().entry(file).or_insert_with(|| Rc::new(make())))
    }

    /// Forgets how often statements were looked at.
    pub fn count_anew(&self) {
        self.fixes.borrow_mut().clear();
        self.explained.borrow_mut().clear();
    }

    /// Forgets what follows from texts: what names are bound to, and what stands in strings.
    pub fn forget_texts(&mut self) {
        let Self {
            // These follow from imports alone.
            taken: _,
            loads: _,
            caught: _,
            loaders: _,
            unused_dependencies: _,
            takers: _,
            groups: _,
            verdicts: _,
            last_segments: _,
            namesakes: _,
            offers,
            oddities,
            hidden,
            other_texts,
            has_links,
            doubts_of_name,
            quoted,
            reads_annotations,
            unsure_annotations,
            scripts,
            suppressions,
            fixes,
            explained,
        } = self;
        offers.get_mut().clear();
        oddities.get_mut().clear();
        hidden.get_mut().clear();
        *other_texts = OnceCell::new();
        *has_links = OnceCell::new();
        doubts_of_name.get_mut().clear();
        *quoted = OnceCell::new();
        reads_annotations.get_mut().clear();
        unsure_annotations.get_mut().clear();
        scripts.get_mut().clear();
        suppressions.get_mut().clear();
        fixes.get_mut().clear();
        explained.get_mut().clear();
    }
}
