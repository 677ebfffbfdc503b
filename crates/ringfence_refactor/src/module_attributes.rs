//! Who reaches a name of a module without importing it: `prices.VAT` after `from shop import prices`, and
//! `patch.object(prices, "VAT")`.

use std::cell::OnceCell;

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{EdgeKind, ImportForm};
use rustc_hash::FxHashMap;

use crate::proof::oddities_of;
use crate::{Basis, Codebase, Entry};

/// By module: the files in which an import binds it, or a package around it.
#[derive(Default)]
struct Bound(OnceCell<FxHashMap<ModuleId, Vec<FileId>>>);

impl Entry for Bound {
    const BASIS: Basis = Basis::Imports;
}

/// A file that takes a name of a module as an attribute. Reads the files that import the module or a package around it.
pub fn taken_as_attribute(codebase: &Codebase, module: ModuleId, name: &str) -> Option<FileId> {
    let is_taken = |start, chain: &[Box<str>]| {
        let steps = walk(codebase, start, chain);
        // A submodule of that name is met on the way, too.
        let mut taken = steps.iter().zip(chain);
        taken.any(|(reached, attribute)| *reached == module && &**attribute == name)
    };
    find(codebase, module, name, |_| true, is_taken)
}

/// A file that hands a module on, and has one of its names in a string.
pub fn handed_on_with(codebase: &Codebase, module: ModuleId, name: &str) -> Option<FileId> {
    let names_it = |file| oddities_of(codebase, file).is_some_and(|oddities| oddities.words.contains(name));
    find(codebase, module, name, names_it, |start, chain| {
        let steps = walk(codebase, start, chain);
        steps.len() == chain.len() + 1 && steps.last() == Some(&module)
    })
}

/// A file that reaches a module as an attribute of a package around it, imports it nowhere, and finds it there as others load it.
pub fn relying_on(codebase: &Codebase, module: ModuleId) -> Option<FileId> {
    let index = codebase.graph.index();
    let last = index.name(module).rsplit('.').next()?;
    let imports_it = |edge: &Edge| {
        edge.kind != EdgeKind::Typing
            && matches!(edge.target, Target::Module { module: target, .. } if index.contains(module, target))
    };
    let relies = |file| !codebase.graph.edges_of(file).iter().any(imports_it);
    find(codebase, module, last, relies, |start, chain| {
        start != module && walk(codebase, start, chain).contains(&module)
    })
}

/// The first file, but for that of the module, that fits and has a chain of attributes that is wanted, of those in which a word stands.
fn find(
    codebase: &Codebase,
    module: ModuleId,
    word: &str,
    fits: impl Fn(FileId) -> bool,
    is_wanted: impl Fn(ModuleId, &[Box<str>]) -> bool,
) -> Option<FileId> {
    let index = codebase.graph.index();
    let bound = bound(codebase);
    let mut files: Vec<FileId> =
        index.ancestors(module).filter_map(|around| bound.get(&around)).flatten().copied().collect();
    files.sort_unstable();
    files.dedup();
    files.into_iter().find(|file| {
        let is_own = index.of_file(*file).is_some_and(|place| place.module == module);
        let has_word =
            || codebase.sources.text(*file).is_some_and(|source| source.source_text().contains(word));
        if is_own || !has_word() || !fits(*file) {
            return false;
        }
        let Some(oddities) = oddities_of(codebase, *file) else { return false };
        bindings(codebase, *file).any(|(name, start)| {
            let mut chains = oddities.chains.get(name).into_iter().flatten();
            index.contains(start, module) && chains.any(|chain| is_wanted(start, chain))
        })
    })
}

fn bound<'a>(codebase: &Codebase<'a>) -> &'a FxHashMap<ModuleId, Vec<FileId>> {
    codebase.memo.get::<Bound>().0.get_or_init(|| {
        let mut bound: FxHashMap<ModuleId, Vec<FileId>> = FxHashMap::default();
        for position in 0..codebase.facts.len() {
            let file = FileId::new(position);
            for (_, module) in bindings(codebase, file) {
                let files = bound.entry(module).or_default();
                if files.last() != Some(&file) {
                    files.push(file);
                }
            }
        }
        bound
    })
}

/// The modules that imports of a file bind, by the names there.
fn bindings<'a>(
    codebase: &Codebase<'a>,
    file: FileId,
) -> impl Iterator<Item = (&'a str, ModuleId)> + use<'a> {
    let codebase = *codebase;
    codebase.graph.edges_of(file).iter().filter(|edge| edge.kind != EdgeKind::Typing).filter_map(
        move |edge| {
            let Target::Module { module, member_length: 0, .. } = edge.target else { return None };
            let (facts, import, imported) = codebase.import(edge)?;
            let (name, alias) =
                (facts.name(imported.name), imported.alias.map(|(alias, _)| facts.name(alias)));
            match (import.form, alias) {
                (ImportForm::Import { .. }, None) => {
                    Some((name.split('.').next()?, codebase.graph.index().ancestors(module).last()?))
                }
                (_, alias) => Some((alias.unwrap_or(name), module)),
            }
        },
    )
}

/// The modules on the way of a chain of attributes, as far as they are modules.
fn walk(codebase: &Codebase, start: ModuleId, chain: &[Box<str>]) -> Vec<ModuleId> {
    let index = codebase.graph.index();
    let mut steps = vec![start];
    for attribute in chain {
        let next = steps.last().and_then(|at| index.get(&format!("{}.{attribute}", index.name(*at))));
        let Some(next) = next else { break };
        steps.push(next);
    }
    steps
}
