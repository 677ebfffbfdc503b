//! What the config says something about, and what of it says nothing: so that silence is not taken for a clean bill.

use std::collections::BTreeMap;

use ringfence_graph::{Edge, Target};
use rustc_hash::FxHashSet;

use crate::contracts::summary::ContractSummary;
use crate::{BoundaryId, Context, Crossing, LayerStep};

/// How much of a project is governed, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Governance {
    /// Modules with a file, by name.
    pub modules: Vec<String>,
    /// Of these, modules of which no boundary module and no contract says anything.
    pub ungoverned: Vec<String>,
    /// Imported names that are modules of the project.
    pub imports: usize,
    /// Of these, imports that some key or contract says something about.
    pub governed_imports: usize,
    /// How many imports each key of the config says something about.
    pub by_key: BTreeMap<&'static str, usize>,
    /// What became of each contract.
    pub contracts: Vec<ContractSummary>,
    /// Boundary modules that constrain no import: neither theirs nor of them.
    pub idle_modules: Vec<String>,
    /// Layers over which no import leads, in either direction.
    pub idle_layers: Vec<String>,
}

/// How much of the project is governed, with test code or without. O(imports).
pub fn governance(context: &Context, contracts: Vec<ContractSummary>, with_tests: bool) -> Governance {
    let index = context.graph.index();
    let mut governance = Governance { contracts, ..Governance::default() };
    let by_contracts = context.governed_by_contracts();
    for (id, module) in index.iter().filter(|(_, module)| module.file.is_some()) {
        let counts =
            |file| context.facts(file).is_some() && (with_tests || !context.file_settings.is_test(file));
        if !module.file.is_some_and(counts) {
            continue;
        }
        governance.modules.push(module.name.to_string());
        if context.boundaries.owner(id).is_none() && !by_contracts[id.index()] {
            governance.ungoverned.push(module.name.to_string());
        }
    }
    let mut busy: FxHashSet<BoundaryId> = FxHashSet::default();
    let mut busy_layers: FxHashSet<usize> = FxHashSet::default();
    for edge in context.graph.edges() {
        let Target::Module { module: imported, .. } = edge.target else { continue };
        if !with_tests && context.file_settings.is_test(edge.file) {
            continue;
        }
        governance.imports += 1;
        let by_contract = index
            .of_file(edge.file)
            .is_some_and(|importer| by_contracts[importer.module.index()] || by_contracts[imported.index()]);
        let crossing = context.crossing_of(edge);
        let mut keys: Vec<&'static str> = Vec::new();
        if let Some(crossing) = &crossing {
            let Speaking { of_importer, of_imported } = speaking_of(context, crossing);
            if let Some(importer) = crossing.importer.filter(|_| !of_importer.is_empty()) {
                busy.insert(importer);
                if of_importer.contains(&"layers") {
                    let layers = [importer, crossing.imported].map(|id| context.boundaries.layer(id));
                    busy_layers.extend(layers.into_iter().flatten());
                }
            }
            keys.extend(of_importer.into_iter().chain(of_imported));
            if !keys.is_empty() {
                busy.insert(crossing.imported);
            }
        }
        governance.governed_imports += usize::from(by_contract || !keys.is_empty());
        for key in keys {
            *governance.by_key.entry(key).or_default() += 1;
        }
    }
    for (id, _) in context.boundaries.iter().filter(|(id, _)| !busy.contains(id)) {
        governance.idle_modules.push(context.boundary_name(id).to_string());
    }
    for (number, layer) in context.policy.layers.iter().enumerate() {
        if !busy_layers.contains(&number) {
            governance.idle_layers.push(layer.name.value.clone());
        }
    }
    governance
}

/// By the position of an import in the graph: whether some key or contract says something about it, as [`governance`] counts them.
/// O(imports).
pub fn governed_imports(context: &Context) -> Vec<bool> {
    let index = context.graph.index();
    let by_contracts = context.governed_by_contracts();
    let is_governed = |edge: &Edge| {
        let Target::Module { module: imported, .. } = edge.target else { return false };
        let by_contract = index
            .of_file(edge.file)
            .is_some_and(|importer| by_contracts[importer.module.index()] || by_contracts[imported.index()]);
        by_contract
            || context.crossing_of(edge).is_some_and(|crossing| {
                let Speaking { of_importer, of_imported } = speaking_of(context, &crossing);
                !of_importer.is_empty() || !of_imported.is_empty()
            })
    };
    context.graph.edges().iter().map(is_governed).collect()
}

/// The keys of the config that say something about an import.
struct Speaking {
    /// Those of whoever imports.
    of_importer: Vec<&'static str>,
    /// Those of what is imported.
    of_imported: Vec<&'static str>,
}

fn speaking_of(context: &Context, crossing: &Crossing) -> Speaking {
    let (mut of_importer, mut of_imported) = (Vec::new(), Vec::new());
    if let Some(importer) = crossing.importer {
        let declaration = context.declaration(importer);
        if declaration.depends_on.is_some() {
            of_importer.push("depends-on");
        }
        if !declaration.forbids.is_empty() {
            of_importer.push("forbids");
        }
        if context.boundaries.step(context.policy, importer, crossing.imported) != LayerStep::Free {
            of_importer.push("layers");
        }
    }
    if context.declaration(crossing.imported).visible_to.is_some() {
        of_imported.push("visible-to");
    }
    if context.exposed(crossing.imported, crossing.importer).is_some() {
        of_imported.push("exposes");
    }
    Speaking { of_importer, of_imported }
}
