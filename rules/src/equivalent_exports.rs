//! Which other module offers the very object that an import takes from where it may not.
//!
//! A module offers what it defines, and what it takes from elsewhere in order to pass it on: what a package binds in its
//! `__init__`, what `__all__` or the boundary module's `exposes` lists, and `x as x`.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_refactor::exports::has_redundant_alias;
use ringfence_refactor::loads::{WHILE_LOADED, loads};
use ringfence_refactor::origin::{Definition, Names};
use ringfence_refactor::{Basis, Entry};
use ringfence_source::{EdgeKind, EdgeKinds, Exports};
use rustc_hash::FxHashMap;

use crate::interface::is_exposed;
use crate::{BoundaryId, Context, Crossing, Explainer, LayerStep};

/// So many modules that take one name are looked at in full; those of a name that everyone takes are not worth it.
const MOST_LOOKED_AT: usize = 32;

/// The imports of names, by the module that they are taken from: positions in the edges of the graph.
#[derive(Default)]
struct Takers(OnceCell<FxHashMap<ModuleId, Vec<u32>>>);

impl Entry for Takers {
    const BASIS: Basis = Basis::Imports;
}

/// By name of a module: names of others that are the same object.
#[derive(Default)]
struct Offers(RefCell<FxHashMap<Definition, Rc<Vec<Definition>>>>);

impl Entry for Offers {
    const BASIS: Basis = Basis::Texts;
}

/// ``import `Order` from `shop.catalog`, which offers the same and may be imported``: the nearest such module. Nothing where
/// there is none, or where it cannot be told for certain.
pub(crate) fn instead(context: &Context, crossing: &Crossing) -> Option<String> {
    let (target, name) = taken_name(context, &crossing.edge)?;
    let importer = context.graph.index().of_file(crossing.edge.file)?.module;
    let mut offers: Vec<(usize, &str, &Definition)> = Vec::new();
    let all = offers_of(context, target, name);
    for offer in all.iter().filter(|offer| may_import(context, crossing, importer, offer)) {
        offers.push((steps(context, importer, offer.module), context.module_name(offer.module), offer));
    }
    // Of one module the same name before others.
    offers.sort_by_key(|(steps, module, offer)| (*steps, *module, offer.name != name, offer.name.as_str()));
    let loads_importer =
        |offer: &Definition| loads(context, offer.module, WHILE_LOADED).modules.contains(&importer);
    let (_, module, offer) = offers.into_iter().find(|(_, _, offer)| !loads_importer(offer))?;
    Some(match offer.name.as_str() {
        same if same == name => {
            format!("import `{name}` from `{module}`, which offers the same and may be imported")
        }
        other => {
            format!("import `{other}` from `{module}`, which is the same as `{name}` and may be imported")
        }
    })
}

/// What [`instead`] says, for findings that do not ask how the names are used. Counts as a look at a file.
pub(crate) fn instead_if_asked(context: &Explainer, crossing: &Crossing) -> Option<String> {
    if context.may_explain() { instead(context, crossing) } else { None }
}

/// Where else the object is that an import of a name takes, for certain: modules that have it, or pass it on, and packages around its own,
/// each with its name there. Nearest to the importer first; whether it may be imported from there is not asked.
pub fn other_sources(context: &Context, edge: &Edge) -> Vec<(ModuleId, String)> {
    let Some((target, name)) = taken_name(context, edge) else { return Vec::new() };
    let index = context.graph.index();
    let Some(importer) = index.of_file(edge.file).map(|file| file.module) else { return Vec::new() };
    let mut sources: Vec<Definition> = offers_of(context, target, name).to_vec();
    let names = Names::certain(context);
    if let Ok(path) = names.path(target, name) {
        let around = index.ancestors(target).skip(1);
        let is_same =
            |package: &ModuleId| names.path(*package, name).is_ok_and(|found| found.last() == path.last());
        sources.extend(around.filter(is_same).map(|module| Definition { module, name: name.to_string() }));
    }
    sources.retain(|source| source.module != target && source.module != importer);
    sources.sort_by_key(|source| {
        let is_renamed = source.name != name;
        (steps(context, importer, source.module), source.module.index(), is_renamed, source.name.clone())
    });
    sources.dedup();
    sources.into_iter().map(|source| (source.module, source.name)).collect()
}

/// The module and the name of `from module import name`.
fn taken_name<'a>(context: &Context<'a>, edge: &Edge) -> Option<(ModuleId, &'a str)> {
    let Target::Module { module, member_length: length @ 1.., missing: false } = edge.target else {
        return None;
    };
    let (facts, _, imported) = context.import(edge)?;
    let name = facts.name(imported.name);
    (edge.kind != EdgeKind::Dynamic && name.len() == length as usize).then_some((module, name))
}

/// The public names of other modules that are certainly the same object.
fn offers_of(context: &Context, target: ModuleId, name: &str) -> Rc<Vec<Definition>> {
    let key = Definition { module: target, name: name.to_string() };
    if let Some(known) = context.memo.get::<Offers>().0.borrow().get(&key) {
        return Rc::clone(known);
    }
    let offers = Rc::new(find_offers(context, &key));
    context.memo.get::<Offers>().0.borrow_mut().insert(key, Rc::clone(&offers));
    offers
}

fn find_offers(context: &Context, target: &Definition) -> Vec<Definition> {
    let names = Names::certain(context);
    let Ok(path) = names.path(target.module, &target.name) else { return Vec::new() };
    let mut offers: Vec<Definition> = Vec::new();
    // What binds the object, each with those who take it from there still to be looked for.
    let mut known: Vec<Definition> = path.to_vec();
    let mut looked_at = 0;
    let mut next = 0;
    'looking: while let Some(from) = known.get(next).cloned() {
        next += 1;
        let defines = path.last() == Some(&from);
        if from.module != target.module && (defines || is_passed_on(context, &from)) {
            offers.push(from.clone());
        }
        for edge in takers(context, from.module) {
            let Some(taker) = taken_by(context, edge, &from.name) else { continue };
            if known.contains(&taker) || !may_take(context, edge, &from) {
                continue;
            }
            looked_at += 1;
            if looked_at > MOST_LOOKED_AT {
                break 'looking;
            }
            let is_same =
                names.path(taker.module, &taker.name).is_ok_and(|found| found.last() == path.last());
            if is_same {
                known.push(taker);
            }
        }
    }
    offers.retain(|offer| !offer.name.starts_with('_'));
    offers
}

/// The imports of names from a module.
fn takers<'a>(context: &Context<'a>, module: ModuleId) -> impl Iterator<Item = &'a Edge> {
    let takers = context.memo.get::<Takers>().0.get_or_init(|| {
        let mut takers: FxHashMap<ModuleId, Vec<u32>> = FxHashMap::default();
        for (position, edge) in context.graph.edges().iter().enumerate() {
            if let Target::Module { module, member_length: 1.., missing: false } = edge.target {
                takers.entry(module).or_default().push(position as u32);
            }
        }
        takers
    });
    let edges = context.graph.edges();
    takers.get(&module).into_iter().flatten().filter_map(|position| edges.get(*position as usize))
}

/// What an import of a name binds, if it looks as if its module meant to pass it on: the name of a package, of a boundary
/// module or of one that the config lists, and `x as x`. Other modules import for themselves.
fn taken_by(context: &Context, edge: &Edge, name: &str) -> Option<Definition> {
    if !EdgeKinds::AT_IMPORT.has(edge.kind) {
        return None;
    }
    let (facts, _, imported) = context.import(edge)?;
    let bound = match facts.name(imported.name) {
        "*" => name,
        written if written == name => imported.alias.map_or(name, |(alias, _)| facts.name(alias)),
        _ => return None,
    };
    let file = context.graph.index().of_file(edge.file).filter(|file| !file.shadowed)?;
    let is_meant = file.is_package
        || imported.alias.is_some_and(|(alias, _)| facts.name(alias) == name)
        || context.boundaries.at(file.module).is_some()
        || is_listed(context, file.module, bound);
    is_meant.then(|| Definition { module: file.module, name: bound.to_string() })
}

/// Whether a boundary module exposes this very name.
fn is_listed(context: &Context, module: ModuleId, name: &str) -> bool {
    let Some((boundary, member)) = member(context, module, name) else { return false };
    let exposes = context.declaration(boundary).exposes.as_ref();
    exposes.is_some_and(|exposes| exposes.value.iter().any(|it| it.value.exact() == Some(&*member)))
}

/// A name as its boundary module calls it.
fn member(context: &Context, module: ModuleId, name: &str) -> Option<(BoundaryId, String)> {
    let boundary = context.boundaries.owner(module)?;
    let below = context.module_name(module).strip_prefix(context.boundary_name(boundary))?;
    Some((boundary, format!("{below}.{name}").trim_start_matches('.').to_string()))
}

/// Whether a name that a module has from elsewhere is there for others.
fn is_passed_on(context: &Context, bound: &Definition) -> bool {
    let file = context.graph.index().module(bound.module).file;
    let Some((file, parsed)) = file.and_then(|file| Some((file, context.sources.module(file)?))) else {
        return false;
    };
    is_listed(context, bound.module, &bound.name)
        || match &parsed.module.exports {
            Exports::Listed(names) => {
                names.iter().any(|(listed, _)| parsed.module.name(*listed) == bound.name)
            }
            Exports::Computed(_) => false,
            Exports::Absent => {
                context.graph.index().of_file(file).is_some_and(|file| file.is_package)
                    || has_redundant_alias(context, file, &bound.name)
            }
        }
}

/// Whether the module that passes a name on may itself import it.
fn may_take(context: &Context, edge: &Edge, from: &Definition) -> bool {
    let Some(taker) = context.graph.index().of_file(edge.file) else { return false };
    let importer = context.boundaries.owner(taker.module);
    is_allowed(context, importer, taker.module, from)
}

/// Whether the importer of a crossing may import a name of another module, by all rules about boundaries.
fn may_import(context: &Context, crossing: &Crossing, importer: ModuleId, offer: &Definition) -> bool {
    let index = context.graph.index();
    let file = index.module(offer.module).file;
    let is_test = |file| context.file_settings.is_test(file);
    // A package is not loaded yet when what is inside asks for its names.
    !index.contains(offer.module, importer)
        && file.is_some_and(|file| !is_test(file) || is_test(crossing.edge.file))
        && is_allowed(context, crossing.importer, importer, offer)
}

fn is_allowed(
    context: &Context,
    boundary: Option<BoundaryId>,
    importer: ModuleId,
    wanted: &Definition,
) -> bool {
    let Some((imported, member)) = member(context, wanted.module, &wanted.name) else { return true };
    if boundary == Some(imported) {
        return true;
    }
    let declaration = context.declaration(imported);
    let sees = || match (&declaration.visible_to, boundary) {
        (None, _) => true,
        (Some(_), Some(boundary)) => context.boundaries.sees(boundary, imported),
        (Some(list), None) => {
            list.value.iter().any(|pattern| pattern.value.matches(context.module_name(importer)))
        }
    };
    let depends = |boundary| {
        if !context.must_declare(boundary, imported) {
            return true;
        }
        let Some(list) = &context.declaration(boundary).depends_on else { return true };
        let entry = context.boundaries.dependency(boundary, imported);
        entry.and_then(|entry| list.value.get(entry as usize)).is_some_and(|entry| entry.deprecated.is_none())
    };
    let may_cross = boundary.is_none_or(|boundary| {
        let step = context.boundaries.step(context.policy, boundary, imported);
        context.boundaries.prohibition(boundary, imported).is_none()
            && matches!(step, LayerStep::Free | LayerStep::Down | LayerStep::Unknown)
            && depends(boundary)
    });
    // Without `exposes`, underscores are all that is said.
    let exposes_all = || context.exposed(imported, boundary).is_none();
    let is_private = || exposes_all() && member.split('.').any(|part| part.starts_with('_'));
    may_cross && sees() && is_exposed(context, imported, boundary, &member) && !is_private()
}

/// How many steps from package to package, or to a module, two modules are apart.
fn steps(context: &Context, from: ModuleId, to: ModuleId) -> usize {
    let index = context.graph.index();
    let up = index.ancestors(from).take_while(|module| !index.contains(*module, to)).count();
    up + index.ancestors(to).take_while(|module| !index.contains(*module, from)).count()
}
