//! Which names of a module the other modules of the project take from it.

use std::cell::OnceCell;

use ringfence_graph::{Edge, ImportGraph, ModuleId, Target};
use ringfence_source::FileFacts;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::runtime_annotations::is_parameter_reader;
use crate::{Basis, Codebase, Entry};

#[derive(Default)]
struct Known(OnceCell<TakenNames>);

impl Entry for Known {
    const BASIS: Basis = Basis::Imports;
}

impl<'a> Codebase<'a> {
    /// Which names of which module the others take.
    pub fn taken(&self) -> &'a TakenNames {
        self.memo.get::<Known>().0.get_or_init(|| TakenNames::new(self.graph, self.facts))
    }
}

/// What is taken from each module, by imports. Attributes of a module are not followed.
#[derive(Debug, Default)]
pub struct TakenNames {
    by_module: FxHashMap<ModuleId, Taken>,
    /// What is imported anywhere that reads the parameters of functions that it is handed.
    pub parameter_reader: Option<String>,
}

/// What others take from one module.
#[derive(Debug, Default)]
pub struct Taken {
    /// Imported by name.
    pub names: FxHashSet<&'static str>,
    /// Whether somebody takes everything with a star.
    pub star: bool,
    /// Whether somebody imports the module itself, through which any name can be reached.
    pub module: bool,
}

impl TakenNames {
    /// O(edges).
    fn new(graph: &ImportGraph, facts: &[Option<FileFacts>]) -> Self {
        let mut taken = Self::default();
        for edge in graph.edges() {
            if edge.target == Target::ThirdParty && taken.parameter_reader.is_none() {
                taken.parameter_reader = parameter_reader(graph, edge, facts);
            }
            let Target::Module { module, missing: false, .. } = edge.target else { continue };
            if graph.index().of_file(edge.file).is_some_and(|importer| importer.module == module) {
                continue;
            }
            let Some(Some(facts)) = facts.get(edge.file.index()) else { continue };
            let of_module = taken.by_module.entry(module).or_default();
            let Some(imported) = facts.names.get(edge.name as usize) else { continue };
            let name = facts.name(imported.name);
            match edge.target {
                Target::Module { member_length: 1.., .. } if name == "*" => of_module.star = true,
                Target::Module { member_length: 1.., .. } => _ = of_module.names.insert(name),
                _ => of_module.module = true,
            }
        }
        taken
    }

    /// Nothing where no other module imports this one.
    pub fn of(&self, module: ModuleId) -> Option<&Taken> {
        self.by_module.get(&module)
    }
}

fn parameter_reader(graph: &ImportGraph, edge: &Edge, facts: &[Option<FileFacts>]) -> Option<String> {
    let name = graph.imported_name(edge, facts.get(edge.file.index())?.as_ref()?);
    is_parameter_reader(&name).then(|| name.split('.').next().unwrap_or_default().to_string())
}
