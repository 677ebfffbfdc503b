//! What the config says something about, and what of it says nothing: so that silence is not taken for a clean bill.

use std::collections::BTreeMap;

use ringfence_graph::Target;
use rustc_hash::FxHashSet;

use crate::contracts::summary::ContractSummary;
use crate::{BoundaryId, Context, LayerStep};

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
        let keys = context.crossing_of(edge).map(|crossing| {
            let mut keys: Vec<&'static str> = Vec::new();
            if let Some(importer) = crossing.importer {
                let declaration = context.declaration(importer);
                if declaration.depends_on.is_some() {
                    keys.push("depends-on");
                }
                if !declaration.forbids.is_empty() {
                    keys.push("forbids");
                }
                if context.boundaries.step(context.policy, importer, crossing.imported) != LayerStep::Free {
                    keys.push("layers");
                    let layers = [importer, crossing.imported].map(|id| context.boundaries.layer(id));
                    busy_layers.extend(layers.into_iter().flatten());
                }
                if !keys.is_empty() {
                    busy.insert(importer);
                }
            }
            if context.declaration(crossing.imported).visible_to.is_some() {
                keys.push("visible-to");
            }
            if context.exposed(crossing.imported, crossing.importer).is_some() {
                keys.push("exposes");
            }
            if !keys.is_empty() {
                busy.insert(crossing.imported);
            }
            keys
        });
        let keys = keys.unwrap_or_default();
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
