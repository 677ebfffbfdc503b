//! The projects of all folders that are open in the editor: one per config.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_policy::setting;
use ringfence_project::{ConfigFile, Disk, SetupError, config_beside, find_config, find_configs_below};

use crate::capabilities::Capabilities;
use crate::documents::Documents;
use crate::project::{Project, Refreshed};

/// The root of a project, and whether its config is the second one in that folder.
type ProjectKey = (PathBuf, bool);

/// The open folders and their projects.
#[derive(Default)]
pub(crate) struct Workspace {
    folders: Vec<PathBuf>,
    /// The config that the user has set for all folders.
    configuration: Option<PathBuf>,
    projects: BTreeMap<ProjectKey, Project>,
    /// Whether configs may have been created or deleted.
    is_stale: bool,
}

impl Workspace {
    pub(crate) fn new(folders: Vec<PathBuf>, configuration: Option<PathBuf>) -> Self {
        Self { folders, configuration, projects: BTreeMap::new(), is_stale: true }
    }

    pub(crate) fn change_folders(&mut self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders.extend(added);
        self.is_stale = true;
    }

    pub(crate) fn configure(&mut self, configuration: Option<PathBuf>) {
        if self.configuration != configuration {
            self.configuration = configuration;
            self.is_stale = true;
        }
    }

    /// The project of the nearest config above a path; for a config, its own project.
    pub(crate) fn project_of(&self, path: &Path) -> Option<&Project> {
        let own = self.projects.values().find(|project| project.config.path == path);
        own.or_else(|| path.ancestors().find_map(|folder| self.projects.get(&(folder.to_path_buf(), false))))
    }

    /// The projects of the nearest configs above a path: two if that folder has two configs.
    pub(crate) fn projects_of_mut(&mut self, path: &Path) -> impl Iterator<Item = &mut Project> {
        let is_root = |folder: &&Path| self.projects.contains_key(&(folder.to_path_buf(), false));
        let root = path.ancestors().find(is_root).map(Path::to_path_buf);
        self.projects.iter_mut().filter(move |((of, _), _)| Some(of) == root.as_ref()).map(|(_, it)| it)
    }

    pub(crate) fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.values()
    }

    /// Takes note that a file that is not a source was changed, created or deleted.
    pub(crate) fn config_changed(&mut self, path: &Path) {
        self.is_stale = true;
        for project in self.projects.values_mut().filter(|project| project.depends_on(path)) {
            project.invalidate();
        }
    }

    /// Takes note that a source was created or deleted.
    pub(crate) fn tree_changed(&mut self, path: &Path) {
        for project in self.projects.values_mut().filter(|project| path.starts_with(&project.root)) {
            project.invalidate();
        }
    }

    /// Compares the configs with those on disk, for clients that do not report changes.
    pub(crate) fn recheck_configs(&mut self) {
        for project in self.projects.values_mut() {
            if project.has_other_configs() {
                project.invalidate();
                self.is_stale = true;
            }
        }
    }

    /// Makes the next refresh read everything again.
    pub(crate) fn invalidate(&mut self) {
        self.is_stale = true;
        self.projects.values_mut().for_each(Project::invalidate);
    }

    /// Reads and checks whatever has changed since the last refresh.
    pub(crate) fn refresh(&mut self, documents: &Documents, capabilities: Capabilities) -> Refreshed {
        let mut all = Refreshed::default();
        if std::mem::take(&mut self.is_stale) {
            self.find_projects(documents, capabilities, &mut all);
        }
        let keys: Vec<ProjectKey> = self.projects.keys().cloned().collect();
        for key in &keys {
            all.merge(self.refresh_project(key, documents, capabilities));
        }
        // The comments that a config needs do not depend on the other config, so that one more round is enough.
        for key in self.share_comments() {
            all.merge(self.refresh_project(&key, documents, capabilities));
        }
        all
    }

    fn refresh_project(
        &mut self,
        key: &ProjectKey,
        documents: &Documents,
        capabilities: Capabilities,
    ) -> Refreshed {
        self.share_baseline(key);
        let project = self.projects.get_mut(key);
        project.map(|project| project.refresh(documents, capabilities)).unwrap_or_default()
    }

    /// The folders with two configs.
    fn shared_folders(&self) -> Vec<PathBuf> {
        let beside = self.projects.keys().filter(|(_, is_second)| *is_second);
        beside.map(|(folder, _)| folder.clone()).collect()
    }

    /// Makes the second config of a folder use the baseline of the first.
    fn share_baseline(&mut self, (folder, is_second): &ProjectKey) {
        if !is_second {
            return;
        }
        let first = self.projects.get(&(folder.clone(), false)).and_then(Project::state);
        let baseline = first.and_then(|state| state.session.policy().linter.baseline.as_ref());
        let overrides = baseline.map(|path| setting("baseline", &path.value)).into_iter().collect();
        if let Some(project) = self.projects.get_mut(&(folder.clone(), true)) {
            project.set_overrides(overrides);
        }
    }

    /// Tells each of two configs in a folder which comments the other one needs. Returns the projects for which that is a change.
    fn share_comments(&mut self) -> Vec<ProjectKey> {
        let mut changed = Vec::new();
        for folder in self.shared_folders() {
            for (from, to) in [(false, true), (true, false)] {
                let state = self.projects.get(&(folder.clone(), from)).and_then(Project::state);
                let needed = state.map(|state| state.live.needed_comments().clone()).unwrap_or_default();
                let key = (folder.clone(), to);
                if self.projects.get_mut(&key).is_some_and(|project| project.set_needed_comments(needed)) {
                    changed.push(key);
                }
            }
        }
        changed
    }

    fn find_projects(&mut self, documents: &Documents, capabilities: Capabilities, all: &mut Refreshed) {
        let mut pending: BTreeMap<ProjectKey, ConfigFile> = BTreeMap::new();
        let key = |config: &ConfigFile, folder: &Path| (root_of(config, folder), false);
        for folder in &self.folders {
            if let Some(path) = &self.configuration {
                pending.insert((folder.clone(), false), ConfigFile::named(folder.join(path)));
                continue;
            }
            match find_config(folder, folder) {
                Ok(config) => _ = pending.insert(key(&config, folder), config),
                Err(SetupError::NoConfig(_) | SetupError::ConfigAbove(_)) => {
                    match find_configs_below(&Disk::default(), folder) {
                        Ok(configs) => {
                            pending.extend(configs.into_iter().map(|config| (key(&config, folder), config)));
                        }
                        Err(error) => all.failure = Some(error.to_string()),
                    }
                }
                Err(error) => all.failure = Some(error.to_string()),
            }
        }
        // A document outside all folders may have a config of its own.
        for (path, _) in documents.iter() {
            if !self.folders.iter().any(|folder| path.starts_with(folder))
                && let Some(folder) = path.parent()
                && let Ok(config) = find_config(folder, folder)
            {
                pending.insert(key(&config, folder), config);
            }
        }
        let mut wanted: BTreeSet<ProjectKey> = BTreeSet::new();
        while let Some((key, config)) = pending.pop_first() {
            if !wanted.insert(key.clone()) {
                continue;
            }
            let (root, is_second) = &key;
            // A config that the user has set governs alone.
            let beside = config_beside(&Disk::default(), &config)
                .filter(|_| !is_second && self.configuration.is_none());
            let is_shared = *is_second || beside.is_some();
            let is_same = |project: &Project| project.config == config && project.is_shared == is_shared;
            if !self.projects.get(&key).is_some_and(is_same) {
                let project = Project::new(root.clone(), config, is_shared);
                let before = self.projects.insert(key.clone(), project);
                all.changed.extend(before.iter().flat_map(Project::paths));
            }
            if let Some(beside) = beside {
                pending.insert((root.clone(), true), beside);
            }
            all.merge(self.refresh_project(&key, documents, capabilities));
            let Some(project) = self.projects.get(&key) else { continue };
            for folder in project.nested().iter().filter(|_| !is_second) {
                if let Ok(config) = find_config(folder, folder) {
                    pending.insert((folder.clone(), false), config);
                }
            }
        }
        let gone: Vec<ProjectKey> =
            self.projects.keys().filter(|root| !wanted.contains(*root)).cloned().collect();
        for root in gone {
            all.changed.extend(self.projects.remove(&root).iter().flat_map(Project::paths));
        }
    }
}

impl Refreshed {
    fn merge(&mut self, other: Self) {
        self.changed.extend(other.changed);
        self.failure = other.failure.or(self.failure.take());
        self.reopened |= other.reopened;
    }
}

fn root_of(config: &ConfigFile, folder: &Path) -> PathBuf {
    config.path.parent().unwrap_or(folder).to_path_buf()
}
