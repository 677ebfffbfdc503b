//! Strings that name an attribute of a module, as what replaces it for a while does.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, Target};

use crate::module_attributes::{handed_on_with, relying_on};
use crate::origin::Definition;
use crate::typing_only::variable_of;
use crate::{Basis, Codebase, Entry};

/// The files that hold a dotted name in quotes, by that name.
#[derive(Default)]
struct Quoted(OnceCell<BTreeMap<String, Vec<FileId>>>);

impl Entry for Quoted {
    const BASIS: Basis = Basis::Texts;
}

/// A string that names an attribute of a module, so that the attribute may be replaced for a while.
pub(crate) fn patch(codebase: &Codebase, passed: &Definition) -> Option<String> {
    let deep = format!("{}.{}", codebase.module_name(passed.module), passed.name);
    let files = quoted_names(codebase).get(&deep)?;
    let file = files.iter().find(|file| strings_in(codebase, **file, |name| name == deep) > 0)?;
    let patcher = title_of(codebase, *file);
    Some(format!("a string in `{patcher}` names `\"{deep}\"`, perhaps to patch it"))
}

/// What an import at the top of a module is to others, as a clause: they replace what it binds for a while, or find the module loaded
/// by it. It counts the strings that name what it binds, or something of that. Reads every file, once.
pub fn lost_with(codebase: &Codebase, edge: &Edge) -> Option<String> {
    let parsed = codebase.parsed(edge.file)?;
    let name = parsed.module.name(variable_of(&parsed, edge)?.name);
    let importer = codebase.graph.index().of_file(edge.file)?.module;
    let title = codebase.module_name(importer);
    let deep = format!("{title}.{name}");
    let below = format!("{deep}.");
    let quoted = quoted_names(codebase);
    let longer = quoted.range(below.clone()..).take_while(|(name, _)| name.starts_with(&below));
    let files: BTreeSet<FileId> =
        quoted.get(&deep).into_iter().chain(longer.map(|(_, files)| files)).flatten().copied().collect();
    let count_in = |file: &FileId| {
        strings_in(codebase, *file, |name| {
            name.strip_prefix(&*deep).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let counts: Vec<(FileId, usize)> =
        files.iter().map(|file| (*file, count_in(file))).filter(|(_, count)| *count > 0).collect();
    match counts.as_slice() {
        [] => {}
        [(file, 1)] => {
            return Some(format!(
                "a string in `{}` names `{deep}`, perhaps to patch it",
                title_of(codebase, *file)
            ));
        }
        [(file, _), rest @ ..] => {
            let count: usize = counts.iter().map(|(_, count)| count).sum();
            let place = if rest.is_empty() { "" } else { "the first of them " };
            let place = format!("{place}in `{}`", title_of(codebase, *file));
            return Some(format!("{count} strings, {place}, name `{deep}`, perhaps to patch it"));
        }
    }
    if let Some(file) = handed_on_with(codebase, importer, name) {
        let title = format!("`{}` hands on `{title}`", title_of(codebase, file));
        return Some(format!("{title}, perhaps to patch its `{name}`"));
    }
    let Target::Module { module, .. } = edge.target else { return None };
    let file = relying_on(codebase, module)?;
    let loaded = codebase.module_name(module);
    Some(format!("`{}` uses `{loaded}` without an import of it", title_of(codebase, file)))
}

/// How many strings of a file are a dotted name that a check accepts; one, if the file cannot be parsed.
fn strings_in(codebase: &Codebase, file: FileId, is_it: impl Fn(&str) -> bool) -> usize {
    codebase.sources.module(file).map_or(1, |parsed| {
        parsed.module.dotted_strings.iter().filter(|(name, _)| is_it(parsed.module.name(*name))).count()
    })
}

fn title_of<'a>(codebase: &Codebase<'a>, file: FileId) -> &'a str {
    codebase.graph.index().of_file(file).map_or("another file", |file| codebase.module_name(file.module))
}

/// The files that hold a dotted name in quotes, for names that start like a module of the project. Reads every file, once.
fn quoted_names<'a>(codebase: &Codebase<'a>) -> &'a BTreeMap<String, Vec<FileId>> {
    codebase.memo.get::<Quoted>().0.get_or_init(|| {
        let mut quoted: BTreeMap<String, Vec<FileId>> = BTreeMap::new();
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
