//! Reads the manifests of a tree and says which project owns which file.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Span, paths};
use ringfence_manifest::{
    Group, Manifest, NamedFile, Requirement, hash_comments, read_pyproject, read_requirements,
    read_setup_cfg, toml_comments,
};
use ringfence_policy::ini::comments as ini_comments;
use ringfence_policy::{Policy, Spanned};
use ringfence_rules::{Externals, Membership, Project};
use ringfence_source::{FileFacts, decode, suppressions_in};
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::environment::Installed;
use crate::files::fingerprint;
use crate::roots::normalized;
use crate::settings::segment_patterns;
use crate::{Disk, FileTable};

/// Files that only development runs, beside test code.
const DEVELOPMENT: [&str; 2] = ["noxfile.py", "docs/**"];

/// What may say what is required where no manifest does.
pub(crate) const REQUIREMENTS: &str = "requirements.txt";

/// What manifests are looked for in.
pub(crate) struct ManifestTree<'a> {
    pub(crate) disk: &'a Disk,
    pub(crate) root: &'a Path,
    pub(crate) config: Option<FileId>,
    /// Folders with a `pyproject.toml`, `setup.py` or `setup.cfg`.
    pub(crate) folders: &'a [PathBuf],
    pub(crate) governed: &'a dyn Fn(&Path) -> bool,
    /// By path relative to the root.
    pub(crate) is_test: &'a dyn Fn(&Path) -> bool,
    pub(crate) policy: &'a Policy,
}

/// All manifests of a tree, and what is installed.
#[derive(Debug, Default)]
pub struct Manifests {
    pub(crate) bound: Externals,
    installed: Installed,
    /// By folder: index into the projects.
    by_folder: FxHashMap<PathBuf, usize>,
    /// Manifests of projects whose requirements are computed.
    computed: Vec<PathBuf>,
    /// How many governed files belong to no project.
    orphans: usize,
    suppressions: Vec<(FileId, FileFacts)>,
}

impl Manifests {
    pub(crate) fn read(tree: &ManifestTree, table: &mut FileTable, mut installed: Installed) -> Self {
        let mut bound = Externals::new(std::mem::take(&mut installed.environment));
        let named = tree.policy.distributions.iter();
        bound.named = named
            .map(|(import, name)| (import.value.clone(), ringfence_manifest::normalized(&name.value)))
            .collect();
        let mut reader = Reader {
            tree,
            table,
            manifests: Self { bound, installed, ..Self::default() },
            read: FxHashSet::default(),
        };
        let mut folders: Vec<PathBuf> = tree.folders.to_vec();
        let named = reader.files_of_config();
        folders.extend(named.iter().filter_map(|(path, _)| path.parent().map(Path::to_path_buf)));
        folders.sort_unstable();
        folders.dedup();
        for folder in &folders {
            let own = named.iter().filter(|(path, _)| path.parent() == Some(folder)).map(|(_, file)| file);
            reader.folder(folder, own.cloned().collect());
        }
        let mut manifests = reader.manifests;
        let table = &*table;
        manifests.bound.errors.sort_by(|a, b| {
            let place = |error: &Diagnostic| (error.range.start(), error.range.end());
            table.path(a.file).cmp(table.path(b.file)).then_with(|| place(a).cmp(&place(b)))
        });
        manifests
    }

    /// What is installed, for whoever reads the manifests anew.
    pub(crate) fn environment_of(self) -> Installed {
        Installed { environment: self.bound.environment, ..self.installed }
    }

    pub(crate) fn take_suppressions(&mut self) -> Vec<(FileId, FileFacts)> {
        std::mem::take(&mut self.suppressions)
    }

    /// Gives each file to the nearest project around it.
    pub(crate) fn assign<'a>(
        &mut self,
        sources: impl Iterator<Item = (FileId, &'a Path)>,
        files: usize,
        tree: &ManifestTree,
    ) {
        let development = segment_patterns(DEVELOPMENT).unwrap_or_default();
        self.bound.members = vec![Membership::default(); files];
        for (file, path) in sources {
            let found = path
                .ancestors()
                .skip(1)
                .take_while(|folder| folder.starts_with(tree.root))
                .find_map(|folder| Some((folder, *self.by_folder.get(folder)?)));
            let of_root = path.strip_prefix(tree.root).unwrap_or(path);
            let of_project = found.and_then(|(folder, _)| path.strip_prefix(folder).ok()).unwrap_or(of_root);
            self.orphans += usize::from(found.is_none() && (tree.governed)(path));
            let is_build_script = of_project == Path::new("setup.py");
            self.bound.members[file.index()] = Membership {
                project: found.map(|(_, project)| project),
                is_development: is_build_script
                    || (tree.is_test)(of_root)
                    || development.is_match(of_project),
                is_build_script,
            };
        }
    }

    /// What the rules look at.
    pub fn bound(&self) -> &Externals {
        &self.bound
    }

    /// Manifests of projects whose requirements are computed when they are built.
    pub fn computed(&self) -> impl Iterator<Item = &Path> {
        self.computed.iter().map(PathBuf::as_path)
    }

    /// How many governed files belong to no project.
    pub fn orphans(&self) -> usize {
        self.orphans
    }

    /// The folders whose metadata tells what is installed.
    pub fn package_folders(&self) -> &[PathBuf] {
        &self.installed.folders
    }

    /// What `VIRTUAL_ENV` names, where that is no environment.
    pub fn missing_environment(&self) -> Option<&Path> {
        self.installed.missing.as_deref()
    }
}

struct Reader<'a> {
    tree: &'a ManifestTree<'a>,
    table: &'a mut FileTable,
    manifests: Manifests,
    /// Requirements files that have been read, by path and group; they may include each other.
    read: FxHashSet<(PathBuf, String)>,
}

impl Reader<'_> {
    /// The requirements files that the config names, with their paths.
    fn files_of_config(&mut self) -> Vec<(PathBuf, NamedFile)> {
        let files = &self.tree.policy.requirement_files;
        let development = Group::Development("dev-requirements".to_string());
        let runtime = files.runtime.iter().map(|path| (path, Group::Runtime));
        let all = runtime.chain(files.development.iter().map(|path| (path, development.clone())));
        all.map(|(path, group)| {
            let found = normalized(&self.tree.root.join(&path.value));
            // From its own folder.
            let name = found.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (found, NamedFile { path: Spanned { value: name, span: path.span }, group })
        })
        .collect()
    }

    fn folder(&mut self, folder: &Path, mut named: Vec<NamedFile>) {
        let pyproject = folder.join("pyproject.toml");
        let setup_cfg = folder.join("setup.cfg");
        let first =
            self.manifest(&pyproject, read_pyproject, |text| toml_comments(text).into_iter().collect());
        let second = self.manifest(&setup_cfg, read_setup_cfg, |text| ini_comments(text).collect());
        // In a package it is a module like any other.
        let disk = self.tree.disk;
        let has_script = disk.is_file(&folder.join("setup.py")) && !disk.exists(&folder.join("__init__.py"));
        let declares = |manifest: &Option<(FileId, Manifest)>| {
            manifest.as_ref().is_some_and(|(_, manifest)| manifest.declares_project)
        };
        let says = |manifest: &Option<(FileId, Manifest)>| {
            manifest
                .as_ref()
                .is_some_and(|(_, it)| it.lists_runtime || it.computed.is_some() || !it.files.is_empty())
        };
        let requirements = folder.join(REQUIREMENTS);
        if self.tree.policy.dialect.externals.requirements_files
            && !(says(&first) || says(&second) || has_script)
            && named.iter().all(|file| file.group != Group::Runtime)
            && disk.is_file(&requirements)
        {
            let span = Span::new(self.file(&requirements), TextRange::default());
            let path = Spanned { value: REQUIREMENTS.to_string(), span };
            named.push(NamedFile { path, group: Group::Runtime });
        }
        if !declares(&first) && !declares(&second) && !has_script && named.is_empty() {
            return;
        }
        let from_config = named.iter().any(|file| file.group == Group::Runtime);
        let of = |manifest: &Option<(FileId, Manifest)>, what: fn(&Manifest) -> bool| {
            manifest.as_ref().is_some_and(|(_, manifest)| what(manifest))
        };
        let stated = from_config
            || of(&first, |manifest| manifest.states_runtime)
            || of(&second, |manifest| manifest.states_runtime);
        let computed_by = |manifest: &Option<(FileId, Manifest)>| {
            manifest.as_ref().is_some_and(|(_, manifest)| manifest.computed.is_some())
        };
        // What is dynamic in one manifest may stand in the other. A script may compute what neither states.
        let is_computed = (computed_by(&first) && !from_config && !of(&second, |it| it.states_runtime))
            || (has_script && !stated);
        let manifest_name = if declares(&first) {
            "pyproject.toml"
        } else if declares(&second) {
            "setup.cfg"
        } else if has_script {
            "setup.py"
        } else {
            named.first().map_or("", |file| file.path.value.as_str())
        };
        let mut project = Project {
            folder: paths::absolute(folder.strip_prefix(self.tree.root).unwrap_or(folder)),
            manifest: manifest_name.to_string(),
            is_package: has_script
                || from_config
                || of(&first, |it| it.is_package)
                || of(&second, |it| it.is_package),
            is_computed,
            governed: (self.tree.governed)(folder),
            ..Project::default()
        };
        let mut pending: VecDeque<(PathBuf, NamedFile)> =
            named.into_iter().map(|file| (folder.to_path_buf(), file)).collect();
        for (file, manifest) in first.into_iter().chain(second) {
            project.name = project.name.or(manifest.name);
            if manifest.declares_project && project.place.is_none() {
                project.place = Some(Span::new(file, TextRange::default()));
            }
            project.requirements.extend(manifest.requirements);
            pending.extend(manifest.files.into_iter().map(|file| (folder.to_path_buf(), file)));
        }
        while let Some((base, file)) = pending.pop_front() {
            self.requirements_file(&base, &file, &mut project.requirements, &mut pending);
        }
        if project.is_computed {
            self.manifests.computed.push(folder.join(&project.manifest));
        }
        self.manifests.by_folder.insert(folder.to_path_buf(), self.manifests.bound.projects.len());
        self.manifests.bound.projects.push(project);
    }

    /// Reads one manifest, if it is there.
    fn manifest(
        &mut self,
        path: &Path,
        read: impl Fn(FileId, &str) -> (Manifest, Vec<Diagnostic>),
        comments: impl Fn(&str) -> Vec<TextRange>,
    ) -> Option<(FileId, Manifest)> {
        if !self.tree.disk.exists(path) {
            return None;
        }
        let file = self.file(path);
        let text = self.text(file)?;
        let (manifest, errors) = read(file, &text);
        self.manifests.bound.errors.extend(errors);
        self.suppressions(file, &text, comments(&text));
        Some((file, manifest))
    }

    fn requirements_file(
        &mut self,
        base: &Path,
        named: &NamedFile,
        requirements: &mut Vec<Requirement>,
        pending: &mut VecDeque<(PathBuf, NamedFile)>,
    ) {
        let NamedFile { path: written, group } = named;
        let path = normalized(&base.join(&written.value));
        if !self.tree.disk.is_file(&path) {
            self.report_error(
                written.span,
                format!("the requirements file `{}` is not there", written.value),
            );
            return;
        }
        if !self.read.insert((path.clone(), format!("{}:{group:?}", base.display()))) {
            return;
        }
        let file = self.file(&path);
        let Some(text) = self.text(file) else { return };
        let found = read_requirements(file, &text, group);
        requirements.extend(found.requirements);
        self.manifests.bound.errors.extend(found.errors);
        let folder = path.parent().unwrap_or(base).to_path_buf();
        pending.extend(
            found.includes.into_iter().map(|path| (folder.clone(), NamedFile { path, group: group.clone() })),
        );
        self.suppressions(file, &text, hash_comments(&text));
    }

    fn file(&mut self, path: &Path) -> FileId {
        let config = self.tree.config.filter(|config| self.table.path(*config) == path);
        let file =
            config.or_else(|| self.table.get(path)).unwrap_or_else(|| self.table.push(path.to_path_buf()));
        if !self.manifests.bound.manifests.contains(&file) {
            self.manifests.bound.manifests.push(file);
        }
        file
    }

    fn text(&mut self, file: FileId) -> Option<String> {
        let read = self.table.bytes_of_config(file).map_err(|error| error.to_string()).and_then(|bytes| {
            let decoded = decode(&bytes).map_err(|error| error.to_string())?;
            Ok((fingerprint(&bytes), decoded.text.into_owned()))
        });
        match read {
            Ok((fingerprint, text)) => {
                self.table.set_fingerprint(file, fingerprint);
                Some(text)
            }
            Err(reason) => {
                let name =
                    self.table.path(file).file_name().unwrap_or_default().to_string_lossy().into_owned();
                let start = Span::new(file, TextRange::default());
                self.report_error(start, format!("cannot read `{name}`: {reason}"));
                None
            }
        }
    }

    fn suppressions(&mut self, file: FileId, text: &str, comments: Vec<TextRange>) {
        let facts = suppressions_in(text, comments.into_iter());
        if !self.manifests.suppressions.iter().any(|(known, _)| *known == file) {
            self.manifests.suppressions.push((file, facts));
        }
    }

    fn report_error(&mut self, span: Span, message: String) {
        self.manifests.bound.errors.push(Diagnostic::config_error("invalid-manifest", span, message));
    }
}
