//! Modules that the walk left out and that can be imported all the same, where the config's format has it so: what is below a
//! folder that is left out or ignored counts as a target, and a file that is left out itself does not.

use std::path::{Path, PathBuf};

use ringfence_diagnostics::FileId;
use ringfence_graph::{ImportGraph, Target};
use ringfence_manifest::{Manifest, normalized, read_pyproject};
use ringfence_policy::{ModulePattern, Policy};
use ringfence_source::{FileFacts, ImportForm};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::disk::Disk;
use crate::found_files::files_left_out;
use crate::naming::module_name;
use crate::roots::SourceRoots;

/// The files that the walk did not meet and to which some import leads, or some name of the config, by path.
///
/// O(edges) for what leads out of the tree, and a look at the disk for each of its top-level names and source roots.
pub(crate) fn needed_files(
    disk: &Disk,
    roots: &SourceRoots,
    policy: &Policy,
    graph: &ImportGraph,
    facts: &[Option<FileFacts>],
) -> Vec<PathBuf> {
    let mut probe =
        Probe { disk, roots, tops: FxHashMap::default(), seen: FxHashSet::default(), files: Vec::new() };
    for edge in graph.edges() {
        let is_lost = match edge.target {
            Target::Module { missing, .. } => missing,
            Target::ThirdParty | Target::Unresolved => true,
            Target::StandardLibrary => false,
        };
        let Some(facts) = facts.get(edge.file.index()).and_then(Option::as_ref).filter(|_| is_lost) else {
            continue;
        };
        let first = match facts.imports.get(edge.import as usize).map(|import| import.form) {
            Some(ImportForm::From { level: 0, module: Some((module, _)) }) => Some(module),
            Some(ImportForm::Import { level: 0 }) => {
                facts.names.get(edge.name as usize).map(|name| name.name)
            }
            _ => None,
        };
        if first.is_none_or(|name| probe.may_be_here(facts.name(name))) {
            let name = graph.imported_name(edge, facts);
            probe.look_for(&name);
            if let Some((module, _)) = name.rsplit_once('.') {
                probe.look_for(module);
            }
        }
    }
    for name in policy.modules.iter().filter_map(|module| module.pattern.value.exact()) {
        if graph.index().get(name).is_none() && probe.may_be_here(name) {
            probe.look_for_folder(name);
        }
    }
    // A pattern means what has a file, which may be left out where the files beside it are not.
    for (_, module) in graph.index().iter().filter(|(_, module)| module.file.is_none()) {
        let is_pattern = |pattern: &ModulePattern| pattern.exact().is_none() && pattern.matches(&module.name);
        if policy.modules.iter().any(|declaration| is_pattern(&declaration.pattern.value)) {
            probe.look_for(&module.name);
        }
    }
    let Probe { mut files, .. } = probe;
    files.sort_unstable();
    files.dedup();
    files.retain(|path| {
        let module = roots.of(path).and_then(|(_, root)| module_name(path, root));
        module.is_some_and(|module| {
            let known = graph.index().get(&module.name);
            known.is_none_or(|id| graph.index().module(id).file.is_none())
        })
    });
    files
}

/// Looks for modules on the disk.
struct Probe<'a> {
    disk: &'a Disk,
    roots: &'a SourceRoots,
    /// Whether a source root has a top-level name.
    tops: FxHashMap<String, bool>,
    seen: FxHashSet<String>,
    files: Vec<PathBuf>,
}

impl Probe<'_> {
    /// Whether the top level of a dotted name is a folder or a file in some source root.
    fn may_be_here(&mut self, name: &str) -> bool {
        let top_level = name.split('.').next().unwrap_or(name);
        if let Some(known) = self.tops.get(top_level) {
            return *known;
        }
        let is_here = !top_level.is_empty()
            && self.roots.iter().any(|root| {
                let path = root.join(top_level);
                self.disk.is_dir(&path)
                    || ["py", "pyi"]
                        .iter()
                        .any(|suffix| self.disk.is_file(&root.join(format!("{top_level}.{suffix}"))))
            });
        self.tops.insert(top_level.to_string(), is_here);
        is_here
    }

    fn look_for(&mut self, name: &str) {
        if !self.seen.insert(name.to_string()) || name.starts_with('.') || name.ends_with('*') {
            return;
        }
        let path = name.replace('.', "/");
        for root in self.roots.iter() {
            for suffix in ["/__init__.py", "/__init__.pyi", ".py", ".pyi"] {
                let file = root.join(format!("{path}{suffix}"));
                if self.disk.is_file(&file) {
                    self.files.push(file);
                }
            }
        }
    }

    /// A module of the config may be a folder, which is known by what lies in it.
    fn look_for_folder(&mut self, name: &str) {
        self.look_for(name);
        let path = name.replace('.', "/");
        for folder in self.roots.iter().map(|root| root.join(&path)) {
            if self.disk.is_dir(&folder) {
                self.files.extend(files_left_out(self.disk, &folder));
            }
        }
    }
}

/// By source root, the number of the project that it belongs to: the nearest folder at or above it that declares one. And
/// which of these projects say in their `pyproject.toml` that they need which others.
pub(crate) fn projects(disk: &Disk, roots: &SourceRoots, root: &Path) -> (Vec<u32>, FxHashSet<(u32, u32)>) {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut numbers = Vec::new();
    for source_root in roots.iter() {
        let declares = |folder: &&Path| {
            ["pyproject.toml", "setup.py", "requirements.txt"]
                .iter()
                .any(|name| disk.is_file(&folder.join(name)))
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
                let text = disk.read_text(&folder.join("pyproject.toml")).unwrap_or_default();
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
