//! What an import finds while a circle is followed: its own code, and nothing of the code outside.

use ringfence_diagnostics::FileId;
use ringfence_graph::{ModuleId, ModuleIndex, Target};
use ringfence_loading::{Found, Modules, Python, SourceId};
use ringfence_refactor::Codebase;
use ringfence_source::EdgeKind;
use ruff_source_file::SourceFile;
use rustc_hash::{FxHashMap, FxHashSet};

use super::load_circles::edges_of;
use crate::edited_texts::Overlay;

/// What knows where the modules of a project come from.
pub trait Loading: Sync {
    /// What an import finds. Of modules that are not `followed` no code is read.
    fn modules<'a>(&'a self, followed: &'a FxHashSet<ModuleId>) -> Box<dyn OwnModules + 'a>;

    /// How many threads may be at work.
    fn threads(&self) -> usize;
}

/// Modules of which those of the project are known by their files.
pub trait OwnModules: Modules {
    /// The file that a text comes from; nothing for what is none of the project's.
    fn file(&self, source: SourceId) -> Option<FileId>;
}

/// The oldest Python 3.x that is meant where nobody says so.
const OLDEST: u8 = 8;

/// The names of modules that only a `try` imports: they may be missing. What is imported elsewhere is taken to be there.
pub(crate) fn optional_names(codebase: &Codebase, modules: &[ModuleId]) -> FxHashSet<String> {
    let (mut optional, mut plain) = (FxHashSet::default(), FxHashSet::default());
    for module in modules {
        for edge in edges_of(codebase, *module) {
            if matches!(edge.target, Target::Module { member_length: 0, .. }) {
                continue;
            }
            let name = codebase.imported_name(edge);
            let top = name.split('.').next().unwrap_or_default().to_string();
            let names = if matches!(edge.target, Target::Module { .. }) {
                let around = name.rsplit_once('.').map(|(around, _)| around.to_string());
                [Some(name), around]
            } else {
                [Some(top), None]
            };
            match edge.kind {
                EdgeKind::Optional => optional.extend(names.into_iter().flatten()),
                EdgeKind::Runtime => plain.extend(names.into_iter().flatten()),
                _ => {}
            }
        }
    }
    optional.retain(|name| !plain.contains(name));
    optional
}

/// The modules of a neighbourhood, with their texts.
pub(crate) struct CircleModules<'a> {
    pub(crate) own: Box<dyn OwnModules + 'a>,
    pub(crate) index: &'a ModuleIndex,
    pub(crate) followed: &'a FxHashSet<ModuleId>,
    pub(crate) texts: &'a FxHashMap<FileId, SourceFile>,
    pub(crate) overlay: &'a Overlay,
    pub(crate) optional: &'a FxHashSet<String>,
}

impl CircleModules<'_> {
    fn may_be_missing(&self, name: &str) -> bool {
        let top = name.split('.').next().unwrap_or(name);
        self.optional.contains(top) || self.optional.contains(name)
    }
}

impl Modules for CircleModules<'_> {
    fn find(&self, name: &str) -> Found {
        match self.own.find(name) {
            // Whoever looks for circles has a project that is installed as it should be.
            Found::Unknown if !self.may_be_missing(name) => Found::Closed,
            found => found,
        }
    }

    fn text(&self, source: SourceId) -> Option<&str> {
        let file = self.own.file(source)?;
        match self.overlay.get(&file) {
            Some(text) => Some(text),
            None => self.texts.get(&file).map(SourceFile::source_text),
        }
    }

    fn has_member(&self, module: &str, name: &str) -> Option<bool> {
        // A module outside of the circle runs to its end before anybody takes a name of it.
        let is_outside = self.index.get(module).is_some_and(|id| !self.followed.contains(&id));
        match self.own.has_member(module, name) {
            None if is_outside && self.index.get(&format!("{module}.{name}")).is_none() => Some(true),
            known => known,
        }
    }

    fn exception_base(&self, dotted: &str) -> Option<&'static str> {
        self.own.exception_base(dotted)
    }

    fn children(&self, package: &str) -> Vec<String> {
        self.own.children(package)
    }

    fn python(&self) -> Option<Python> {
        self.own.python().or(Some(Python { minor: OLDEST, exact: false }))
    }
}
