//! Strings that name an attribute of a module, as what replaces it for a while does.

use std::cell::OnceCell;

use ringfence_diagnostics::FileId;
use rustc_hash::FxHashMap;

use crate::origin::Definition;
use crate::{Basis, Codebase, Entry};

/// The files that hold a dotted name in quotes, by that name.
#[derive(Default)]
struct Quoted(OnceCell<FxHashMap<String, Vec<FileId>>>);

impl Entry for Quoted {
    const BASIS: Basis = Basis::Texts;
}

/// A string that names an attribute of a module, so that the attribute may be replaced for a while.
pub(crate) fn patch(codebase: &Codebase, passed: &Definition) -> Option<String> {
    let deep = format!("{}.{}", codebase.module_name(passed.module), passed.name);
    let files = quoted_names(codebase).get(&deep)?;
    let file = files.iter().find(|file| {
        codebase.sources.module(**file).is_none_or(|parsed| {
            parsed.module.dotted_strings.iter().any(|(name, _)| parsed.module.name(*name) == deep)
        })
    })?;
    let patcher = codebase
        .graph
        .index()
        .of_file(*file)
        .map_or("another file", |file| codebase.module_name(file.module));
    Some(format!("a string in `{patcher}` names `\"{deep}\"`, perhaps to patch it"))
}

/// The files that hold a dotted name in quotes, for names that start like a module of the project. Reads every file, once.
fn quoted_names<'a>(codebase: &Codebase<'a>) -> &'a FxHashMap<String, Vec<FileId>> {
    codebase.memo.get::<Quoted>().0.get_or_init(|| {
        let mut quoted: FxHashMap<String, Vec<FileId>> = FxHashMap::default();
        let files = codebase.facts.iter().enumerate().filter(|(_, facts)| facts.is_some());
        for (position, _) in files {
            let file = FileId::new(position);
            let Some(source) = codebase.sources.text(file) else { continue };
            for name in names_in_quotes(source.source_text()) {
                let top_level = name.split('.').next().unwrap_or_default();
                if codebase.graph.index().get(top_level).is_some() {
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
