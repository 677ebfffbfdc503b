//! What the import of a module loads, and who goes on where it fails.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use ringfence_graph::{ModuleId, Target};
use ringfence_source::{EdgeKind, EdgeKinds, ImportContext};
use rustc_hash::FxHashMap;

use crate::{Basis, Codebase, Entry};

/// All that may run while a module is loaded, or when one of the functions is called that are loaded with it.
pub const AT_RUN_TIME: EdgeKinds = EdgeKinds::all().difference(EdgeKinds::TYPING);

/// What is certain to run, or runs if a condition holds, while a module is loaded.
pub const WHILE_LOADED: EdgeKinds = EdgeKinds::AT_IMPORT.union(EdgeKinds::CONDITIONAL);

/// What the import of a module may load.
#[derive(Debug)]
pub struct Loads {
    pub modules: BTreeSet<ModuleId>,
    /// The first of them that imports a module whose name is not known.
    pub opaque: Option<ModuleId>,
}

/// What the import of a module may load, over edges of these kinds.
#[derive(Default)]
struct KnownLoads(RefCell<FxHashMap<(ModuleId, EdgeKinds), Rc<Loads>>>);

impl Entry for KnownLoads {
    const BASIS: Basis = Basis::Imports;
}

/// What the import of a module may load over edges of these kinds: [`loaded_by`](ringfence_graph::ImportGraph::loaded_by),
/// and whatever a star import may take.
pub fn loads(codebase: &Codebase, module: ModuleId, kinds: EdgeKinds) -> Rc<Loads> {
    if let Some(known) = codebase.memo.get::<KnownLoads>().0.borrow().get(&(module, kinds)) {
        return Rc::clone(known);
    }
    let index = codebase.graph.index();
    let mut modules = BTreeSet::new();
    let mut opaque = None;
    let mut stack = vec![module];
    while let Some(next) = stack.pop() {
        for id in index.ancestors(next) {
            if !modules.insert(id) {
                break;
            }
            let Some((file, facts)) =
                index.module(id).file.and_then(|file| Some((file, codebase.facts(file)?)))
            else {
                continue;
            };
            if opaque.is_none() && !facts.opaque_imports.is_empty() {
                opaque = Some(id);
            }
            for edge in codebase.graph.edges_of(file).iter().filter(|edge| kinds.has(edge.kind)) {
                let Target::Module { module: target, .. } = edge.target else { continue };
                stack.push(target);
                let is_star =
                    facts.names.get(edge.name as usize).is_some_and(|name| facts.name(name.name) == "*");
                if is_star && edge.kind != EdgeKind::Typing {
                    stack.extend(
                        index.subtree(target).filter(|child| index.module(*child).parent == Some(target)),
                    );
                }
            }
        }
    }
    let loads = Rc::new(Loads { modules, opaque });
    codebase.memo.get::<KnownLoads>().0.borrow_mut().insert((module, kinds), Rc::clone(&loads));
    loads
}

/// Blocks in which a program may go on where an import fails.
pub const MAY_GO_ON: ImportContext = ImportContext::TRY_BODY
    .union(ImportContext::CATCHES_IMPORT_ERROR)
    .union(ImportContext::EXCEPT)
    .union(ImportContext::EXCEPT_IMPORT_ERROR)
    .union(ImportContext::TRY_ELSE)
    .union(ImportContext::FINALLY)
    .union(ImportContext::WITH);

/// Who may go on where a module fails to load.
#[derive(Debug, Clone, Copy)]
struct Catcher {
    module: ModuleId,
    /// Whether the import stands in a function, so that whoever calls it may catch what it raises.
    in_function: bool,
}

/// By module: the first module that catches what the import of it may raise.
#[derive(Default)]
struct Caught(RefCell<FxHashMap<ModuleId, Option<Catcher>>>);

impl Entry for Caught {
    const BASIS: Basis = Basis::Imports;
}

/// By module: who imports it, its submodules included.
#[derive(Default)]
struct Loaders(OnceCell<Vec<Vec<ModuleId>>>);

impl Entry for Loaders {
    const BASIS: Basis = Basis::Imports;
}

/// Who imports a module or, of a package, something below it.
pub fn loaders_of<'a>(codebase: &Codebase<'a>, module: ModuleId) -> &'a [ModuleId] {
    loaders(codebase).get(module.index()).map(Vec::as_slice).unwrap_or_default()
}

fn loaders<'a>(codebase: &Codebase<'a>) -> &'a [Vec<ModuleId>] {
    codebase.memo.get::<Loaders>().0.get_or_init(|| {
        let index = codebase.graph.index();
        let mut loaders = vec![Vec::new(); index.len()];
        for edge in codebase.graph.edges().iter().filter(|edge| AT_RUN_TIME.has(edge.kind)) {
            let (Target::Module { module, .. }, Some(importer)) = (edge.target, index.of_file(edge.file))
            else {
                continue;
            };
            loaders[module.index()].push(importer.module);
        }
        for (id, module) in index.iter() {
            if let Some(parent) = module.parent {
                loaders[parent.index()].push(id);
            }
        }
        loaders
    })
}

/// Who goes on where the import of a module fails, as a clause.
pub fn goes_on(codebase: &Codebase, module: ModuleId) -> Option<String> {
    let Catcher { module: catcher, in_function } = caught(codebase, module)?;
    let (catcher, module) = (codebase.module_name(catcher), codebase.module_name(module));
    Some(if in_function {
        format!("`{catcher}` loads `{module}` in a function, whose caller may go on where that fails")
    } else {
        format!("`{catcher}` goes on where `{module}` fails to load")
    })
}

/// The module that goes on where the import of another fails: what that has loaded by then stays loaded, and can be
/// imported, though the package around it cannot.
fn caught(codebase: &Codebase, module: ModuleId) -> Option<Catcher> {
    if let Some(known) = codebase.memo.get::<Caught>().0.borrow().get(&module) {
        return *known;
    }
    let index = codebase.graph.index();
    let loaders = loaders(codebase);
    let mut loads = vec![false; index.len()];
    let mut stack = vec![module];
    while let Some(next) = stack.pop() {
        if !std::mem::replace(&mut loads[next.index()], true) {
            stack.extend(&loaders[next.index()]);
        }
    }
    let catcher = codebase.graph.edges().iter().find_map(|edge| {
        let Target::Module { module: target, .. } = edge.target else { return None };
        if !loads[target.index()] || !AT_RUN_TIME.has(edge.kind) {
            return None;
        }
        let import = codebase.facts(edge.file)?.imports.get(edge.import as usize)?;
        let in_function =
            import.context.intersects(ImportContext::FUNCTION | ImportContext::LAZY | ImportContext::DYNAMIC);
        let module = index.of_file(edge.file)?.module;
        (in_function || import.context.intersects(MAY_GO_ON))
            .then_some(Catcher { module, in_function: !import.context.intersects(MAY_GO_ON) })
    });
    codebase.memo.get::<Caught>().0.borrow_mut().insert(module, catcher);
    catcher
}
