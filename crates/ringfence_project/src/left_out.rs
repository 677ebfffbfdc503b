//! Modules that the walk left out and that can be imported all the same, where the config's format has it so: what is below a
//! folder that is left out counts as a target, and a file that is left out does not.

use std::path::{Path, PathBuf};

use ringfence_diagnostics::FileId;
use ringfence_graph::{ImportGraph, Target};
use ringfence_manifest::{Manifest, normalized, read_pyproject};
use ringfence_policy::Policy;
use ringfence_source::{FileFacts, ImportForm};
use rustc_hash::FxHashSet;

use crate::discovery::{LeftOutPath, files_left_out};
use crate::files::read_text;
use crate::naming::module_name;
use crate::roots::SourceRoots;

/// The files below folders that were left out into which some import or some name of the config may lead, by path.
///
/// O(edges), and the files of the folders that are needed.
pub(crate) fn needed_files(
    left_out: &[LeftOutPath],
    roots: &SourceRoots,
    policy: &Policy,
    graph: &ImportGraph,
    facts: &[Option<FileFacts>],
) -> Vec<PathBuf> {
    let folders: Vec<(&LeftOutPath, String)> = left_out
        .iter()
        .filter(|entry| entry.is_folder)
        .filter_map(|entry| {
            let (_, root) = roots.of(&entry.path)?;
            let name = module_name(&entry.path.join("__init__.py"), root)?.name;
            (name != "__init__").then_some((entry, name))
        })
        .collect();
    if folders.is_empty() {
        return Vec::new();
    }
    let top_level: FxHashSet<&str> = folders.iter().map(|(_, name)| first_segment(name)).collect();
    let mut needed: FxHashSet<usize> = FxHashSet::default();
    let mut need = |name: &str| {
        let leads_in = |folder: &str| is_at_or_below(name, folder);
        needed.extend(
            folders.iter().enumerate().filter(|(_, (_, folder))| leads_in(folder)).map(|(number, _)| number),
        );
    };
    for edge in graph.edges() {
        let is_lost = match edge.target {
            Target::Module { missing, .. } => missing,
            Target::ThirdParty | Target::Unresolved => true,
            Target::StandardLibrary => false,
        };
        let Some(facts) = facts.get(edge.file.index()).and_then(Option::as_ref).filter(|_| is_lost) else {
            continue;
        };
        let may_lead_in = match facts.imports.get(edge.import as usize).map(|import| import.form) {
            Some(ImportForm::From { level: 0, module: Some((module, _)) }) => {
                top_level.contains(first_segment(facts.name(module)))
            }
            Some(ImportForm::Import { level: 0 }) => facts
                .names
                .get(edge.name as usize)
                .is_some_and(|name| top_level.contains(first_segment(facts.name(name.name)))),
            _ => true,
        };
        if may_lead_in {
            need(&graph.imported_name(edge, facts));
        }
    }
    for name in policy.modules.iter().filter_map(|module| module.pattern.value.exact()) {
        need(name);
    }
    let mut numbers: Vec<usize> = needed.into_iter().collect();
    numbers.sort_unstable();
    let mut files: Vec<PathBuf> =
        numbers.into_iter().flat_map(|number| files_left_out(&folders[number].0.path)).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// By source root, the number of the project that it belongs to: the nearest folder at or above it that declares one. And
/// which of these projects say in their `pyproject.toml` that they need which others.
pub(crate) fn projects(roots: &SourceRoots, root: &Path) -> (Vec<u32>, FxHashSet<(u32, u32)>) {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut numbers = Vec::new();
    for source_root in roots.iter() {
        let declares = |folder: &&Path| {
            ["pyproject.toml", "setup.py", "requirements.txt"].iter().any(|name| folder.join(name).is_file())
        };
        let mut within = source_root.ancestors().take_while(|folder| folder.starts_with(root));
        let project = within.find(declares).unwrap_or(root);
        let known = folders.iter().position(|folder| folder == project);
        numbers.push(known.unwrap_or(folders.len()) as u32);
        if known.is_none() {
            folders.push(project.to_path_buf());
        }
    }
    let mut declared = FxHashSet::default();
    if folders.len() > 1 {
        let manifests: Vec<Manifest> = folders
            .iter()
            .map(|folder| {
                let text = read_text(&folder.join("pyproject.toml")).unwrap_or_default();
                read_pyproject(FileId::new(0), &text).0
            })
            .collect();
        for (from, manifest) in manifests.iter().enumerate() {
            for (to, other) in manifests.iter().enumerate() {
                let key = other.name.as_ref().map(|name| normalized(&name.value));
                if manifest.requirements.iter().any(|requirement| Some(&requirement.key) == key.as_ref()) {
                    declared.insert((from as u32, to as u32));
                }
            }
        }
    }
    (numbers, declared)
}

fn first_segment(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn is_at_or_below(name: &str, folder: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
