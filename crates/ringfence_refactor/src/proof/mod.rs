//! What stands in the way of a proof that a changed import changes nothing else.
//!
//! A program may do much that no statement shows: load modules by name, put objects into other modules, read annotations.
//! What is safe is therefore not what meets none of a list of tricks, but what runs together with files of which each thing
//! they use is known to do nothing of the kind ([`Oddities`] by file, `standard_library.rs` for what comes with Python).
//! Modules from elsewhere are taken to know nothing of the project, unless loading plugins is what they are for.

pub(crate) mod annotations;
pub mod patches;
pub mod split;
mod standard_library;
pub mod typing_only;

use std::cell::{OnceCell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{Chain, EdgeKind, ImportForm, Oddities, SourceKind};
use rustc_hash::FxHashMap;

use self::standard_library::{Harm, harm_of, is_harmless_in_part};
use crate::loads::AT_RUN_TIME;
use crate::origin::{Names, ResolutionError};
use crate::{Basis, Codebase, Entry};

/// Distributions that load what they are given by name, or that patch it.
const LOADERS: &[&str] = &[
    "importlib_metadata",
    "importlib_resources",
    "lazy_import",
    "lazy_loader",
    "mock",
    "pkg_resources",
    "pluggy",
    "pytest_mock",
    "stevedore",
    "wrapt",
];

/// Distributions that read no annotations but those that tests write for them.
const NO_READERS: &[&str] = &["markupsafe", "pytest", "typing_extensions"];

/// By module: the group of those that imports connect.
#[derive(Default)]
struct Groups(OnceCell<Vec<u32>>);

impl Entry for Groups {
    const BASIS: Basis = Basis::Imports;
}

/// By group: what may load or change modules in ways that cannot be seen.
#[derive(Default)]
struct Hidden(RefCell<FxHashMap<u32, Option<String>>>);

impl Entry for Hidden {
    const BASIS: Basis = Basis::Texts;
}

/// By file: what is odd about it; nothing for one that cannot be parsed.
#[derive(Default)]
struct KnownOddities(RefCell<FxHashMap<FileId, Option<Arc<Oddities>>>>);

impl Entry for KnownOddities {
    const BASIS: Basis = Basis::Texts;
}

/// Texts beside the source, as they may name what is in it.
#[derive(Default)]
struct OtherTexts(OnceCell<Vec<(PathBuf, Option<String>)>>);

impl Entry for OtherTexts {
    const BASIS: Basis = Basis::Texts;
}

/// The files that may run in one process with a module: all that imports lead to, from either end.
pub struct Together<'a> {
    codebase: &'a Codebase<'a>,
    group: u32,
}

impl<'a> Together<'a> {
    pub fn with(codebase: &'a Codebase<'a>, module: ModuleId) -> Self {
        Self { codebase, group: group_of(codebase, module) }
    }

    /// What may load or change modules in ways that cannot be seen, as a clause. A module that loads others by name may load
    /// any, wherever it stands.
    pub fn hidden(&self) -> Option<String> {
        if let Some(known) = self.codebase.memo.get::<Hidden>().0.borrow().get(&self.group) {
            return known.clone();
        }
        let hidden = self.find_hidden();
        self.codebase.memo.get::<Hidden>().0.borrow_mut().insert(self.group, hidden.clone());
        hidden
    }

    fn find_hidden(&self) -> Option<String> {
        let all = files(self.codebase);
        all.into_iter().find_map(|file| {
            let is_together = self.has(file);
            let title = title_of(self.codebase, file);
            let Some(oddities) = oddities_of(self.codebase, file) else {
                return is_together.then(|| format!("{title} cannot be read"));
            };
            if let Some(word) = &oddities.loads {
                return Some(format!("{title} may load modules by `{word}`"));
            }
            let harm = self.harm_of_imports(file, &oddities);
            match harm {
                Some((Harm::Loads, name)) => return Some(format!("{title} may load modules by `{name}`")),
                Some((Harm::Touches, name)) if is_together => {
                    return Some(format!("{title} may change names by `{name}`"));
                }
                _ => {}
            }
            if !is_together {
                return None;
            }
            if let Some(word) = &oddities.touches {
                return Some(format!("{title} may change names by `{word}`"));
            }
            let module = self.handed_on(file, &oddities)?;
            Some(format!("{title} hands on the module `{}`", self.codebase.module_name(module)))
        })
    }

    /// Who sets an attribute of one of these names, on whatever.
    pub fn set(&self, names: &[&str]) -> Option<String> {
        self.find(|title, oddities| {
            let name = names.iter().find(|name| oddities.stored.contains(**name))?;
            Some(format!("{title} sets an attribute `{name}`"))
        })
    }

    /// Who has a name in a string, or takes an attribute of that name.
    pub fn asked_for(&self, name: &str) -> Option<String> {
        self.find(|title, oddities| {
            if oddities.words.contains(name) {
                return Some(format!("a string in {title} names `{name}`"));
            }
            oddities.attributes.contains(name).then(|| format!("{title} takes an attribute `{name}`"))
        })
    }

    /// Who has one of these names in a string.
    pub fn quoted(&self, names: &[&str]) -> Option<String> {
        self.find(|title, oddities| {
            let name = names.iter().find(|name| oddities.words.contains(**name))?;
            Some(format!("a string in {title} names `{name}`"))
        })
    }

    /// Who may read annotations, or have something run where one is evaluated.
    pub fn reads_annotations(&self) -> Option<String> {
        self.find(|title, oddities| {
            if let Some(word) = &oddities.reads_annotations {
                return Some(format!("{title} may read annotations by `{word}`"));
            }
            let word = oddities.computes_types.as_ref()?;
            Some(format!("{title} has a `{word}`, which may run where an annotation is evaluated"))
        })
        .or_else(|| {
            let outside =
                files(self.codebase).into_iter().filter(|file| self.has(*file)).find_map(|file| {
                    let edges = self.codebase.graph.edges_of(file).iter();
                    let mut names = edges
                        .filter(|edge| edge.target == Target::ThirdParty && edge.kind != EdgeKind::Typing)
                        .map(|edge| self.codebase.imported_name(edge));
                    names.find_map(|name| {
                        let top_level = name.split('.').next()?;
                        (!NO_READERS.contains(&top_level)).then(|| top_level.to_string())
                    })
                })?;
            Some(format!("`{outside}`, which is not of this project, may read annotations"))
        })
    }

    fn find(&self, check: impl Fn(&str, &Oddities) -> Option<String>) -> Option<String> {
        files(self.codebase).into_iter().filter(|file| self.has(*file)).find_map(|file| {
            let title = title_of(self.codebase, file);
            match oddities_of(self.codebase, file) {
                Some(oddities) => check(&title, &oddities),
                None => Some(format!("{title} cannot be read")),
            }
        })
    }

    /// A file that is no module is run by itself, and may import whatever it likes.
    fn has(&self, file: FileId) -> bool {
        let module = self.codebase.graph.index().of_file(file);
        module.is_none_or(|module| group_of(self.codebase, module.module) == self.group)
    }

    /// What the imports of a file may do, by what is imported from outside of the project.
    fn harm_of_imports(&self, file: FileId, oddities: &Oddities) -> Option<(Harm, String)> {
        let codebase = self.codebase;
        if codebase.graph.index().of_file(file).is_none() {
            let harms = oddities.imports.iter().filter_map(|name| Some((harm_of(name)?, name.to_string())));
            return harms.filter(|(harm, _)| *harm == Harm::Loads).min_by(|(_, a), (_, b)| a.cmp(b));
        }
        let mut worst: Option<(Harm, String)> = None;
        let mut see = |harm: Harm, name: String| {
            if worst.as_ref().is_none_or(|(known, _)| *known == Harm::Touches && harm == Harm::Loads) {
                worst = Some((harm, name));
            }
        };
        for edge in codebase.graph.edges_of(file).iter().filter(|edge| edge.kind != EdgeKind::Typing) {
            let Some((facts, import, imported)) = codebase.import(edge) else { continue };
            let written = || codebase.imported_name(edge);
            match edge.target {
                _ if edge.kind == EdgeKind::Dynamic => see(Harm::Loads, written()),
                Target::ThirdParty => {
                    let name = written();
                    if LOADERS.contains(&name.split('.').next().unwrap_or_default()) {
                        see(Harm::Loads, name);
                    }
                }
                Target::StandardLibrary => {
                    let name = written();
                    if let Some(harm) = harm_of(&name) {
                        see(harm, name);
                        continue;
                    }
                    let ImportForm::Import { .. } = import.form else { continue };
                    let alias = imported.alias.map(|(alias, _)| facts.name(alias));
                    let module =
                        if alias.is_some() { &*name } else { name.split('.').next().unwrap_or_default() };
                    if !is_harmless_in_part(module) {
                        continue;
                    }
                    for chain in oddities.chains.get(alias.unwrap_or(module)).into_iter().flatten() {
                        let used = match chain.first() {
                            Some(attribute) => format!("{module}.{attribute}"),
                            None => format!("{module}.*"),
                        };
                        if let Some(harm) = harm_of(&used) {
                            see(harm, used.trim_end_matches(".*").to_string());
                        }
                    }
                }
                _ => {}
            }
        }
        worst
    }

    /// A module of the project that a file uses as a value, so that whoever gets it may write to it.
    fn handed_on(&self, file: FileId, oddities: &Oddities) -> Option<ModuleId> {
        let codebase = self.codebase;
        let index = codebase.graph.index();
        let empty: Chain = Box::default();
        codebase.graph.edges_of(file).iter().filter(|edge| edge.kind != EdgeKind::Typing).find_map(|edge| {
            let Target::Module { module, member_length, .. } = edge.target else { return None };
            let (facts, import, imported) = codebase.import(edge)?;
            let (name, alias) =
                (facts.name(imported.name), imported.alias.map(|(alias, _)| facts.name(alias)));
            if name == "*" {
                return index.subtree(module).find(|child| {
                    index.module(*child).parent == Some(module)
                        && index.name(*child).rsplit('.').next().is_some_and(|name| {
                            oddities.chains.get(name).is_some_and(|chains| chains.contains(&empty))
                        })
                });
            }
            let (bound, start) = match import.form {
                ImportForm::Import { .. } if alias.is_none() => {
                    (name.split('.').next().unwrap_or(name), index.ancestors(module).last()?)
                }
                _ if member_length > 0 => {
                    let bound = alias.unwrap_or(name);
                    let is_handed_on =
                        oddities.chains.get(bound).is_some_and(|chains| chains.contains(&empty));
                    return (is_handed_on && is_module(codebase, module, name)).then_some(module);
                }
                _ => (alias.unwrap_or(name), module),
            };
            let chains = oddities.chains.get(bound)?;
            chains.iter().find_map(|chain| {
                let mut reached = start;
                for attribute in chain {
                    reached = index.get(&format!("{}.{attribute}", index.name(reached)))?;
                }
                Some(reached)
            })
        })
    }
}

/// Whether a name of a module is a module that it imports.
fn is_module(codebase: &Codebase, module: ModuleId, name: &str) -> bool {
    let path = Names::certain(codebase).path(module, name);
    matches!(path, Err(ResolutionError::IsModule(_) | ResolutionError::IsSubmodule(_)))
}

/// The text of the project that names a module and something of it, beside the source, or may, as it cannot be read: an entry
/// point, a page of the documentation.
pub fn named_beside(codebase: &Codebase, module: ModuleId, name: &str) -> Option<String> {
    let texts = codebase.memo.get::<OtherTexts>().0.get_or_init(|| codebase.sources.other_texts());
    let module = codebase.module_name(module);
    let names = |text: &str| has_word(text, module) && has_word(text, name);
    if let Some((path, _)) = texts.iter().find(|(_, text)| text.as_deref().is_some_and(names)) {
        return Some(format!("`{}` names `{name}`", path.display()));
    }
    let (path, _) = texts.iter().find(|(_, text)| text.is_none())?;
    Some(format!("`{}` cannot be read, and may name `{name}`", path.display()))
}

/// Whether a name stands in a text, and not only as a part of another.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// What is odd about a file; nothing where it cannot be parsed.
pub fn oddities_of(codebase: &Codebase, file: FileId) -> Option<Arc<Oddities>> {
    if let Some(known) = codebase.memo.get::<KnownOddities>().0.borrow().get(&file) {
        return known.clone();
    }
    let oddities = codebase.sources.oddities(file).map(Arc::new);
    codebase.memo.get::<KnownOddities>().0.borrow_mut().insert(file, oddities.clone());
    oddities
}

/// The files that may run.
fn files(codebase: &Codebase) -> Vec<FileId> {
    let is_code = |file: FileId| match codebase.graph.index().of_file(file) {
        Some(module) => module.source != SourceKind::Stub,
        None => {
            codebase.sources.path(file).extension().is_some_and(|suffix| suffix == "py" || suffix == "pyw")
        }
    };
    (0..codebase.facts.len()).map(FileId::new).filter(|file| is_code(*file)).collect()
}

fn title_of(codebase: &Codebase, file: FileId) -> String {
    match codebase.graph.index().of_file(file) {
        Some(module) => format!("`{}`", codebase.module_name(module.module)),
        None => {
            format!("`{}`", codebase.sources.path(file).file_name().unwrap_or_default().to_string_lossy())
        }
    }
}

/// The number of the group of modules that imports connect. O(edges) the first time.
fn group_of(codebase: &Codebase, module: ModuleId) -> u32 {
    let groups = codebase.memo.get::<Groups>().0.get_or_init(|| {
        let index = codebase.graph.index();
        let mut parents: Vec<u32> = (0..index.len() as u32).collect();
        for (id, module) in index.iter() {
            if let Some(parent) = module.parent {
                join(&mut parents, id, parent);
            }
        }
        let connects = |edge: &&Edge| AT_RUN_TIME.has(edge.kind);
        for edge in codebase.graph.edges().iter().filter(connects) {
            if let (Target::Module { module, .. }, Some(importer)) = (edge.target, index.of_file(edge.file)) {
                join(&mut parents, module, importer.module);
            }
        }
        (0..parents.len()).map(|module| root(&mut parents, module as u32)).collect()
    });
    groups.get(module.index()).copied().unwrap_or_default()
}

fn join(parents: &mut [u32], a: ModuleId, b: ModuleId) {
    let (a, b) = (root(parents, a.index() as u32), root(parents, b.index() as u32));
    parents[a.max(b) as usize] = a.min(b);
}

fn root(parents: &mut [u32], mut module: u32) -> u32 {
    while parents[module as usize] != module {
        parents[module as usize] = parents[parents[module as usize] as usize];
        module = parents[module as usize];
    }
    module
}
