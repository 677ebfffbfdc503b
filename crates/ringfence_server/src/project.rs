//! One config and the tree that it governs, kept up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::Diagnostic;
use ringfence_diagnostics::{Diagnostic as Finding, FileId, Files as _};
use ringfence_project::{
    CONFIG_NAMES, ConfigFile, IncrementalState, Interpreter, NeededComments, Session, SessionOptions,
    baseline,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::capabilities::Capabilities;
use crate::diagnostics::Conversion;
use crate::documents::Documents;

/// A config and the tree that it governs.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) config: ConfigFile,
    /// Whether another config governs the same folder.
    pub(crate) is_shared: bool,
    /// Settings that override the config, as `key = value`.
    overrides: Vec<String>,
    /// None until the config has been valid once.
    state: Option<State>,
    /// Errors in the current configs, by path. While there are any, the last valid policy stays in force.
    config_errors: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// The paths and bytes of the configs behind the policy in force.
    good_configs: Vec<(PathBuf, Vec<u8>)>,
    /// Whether the tree has to be read again.
    is_stale: bool,
    /// Whether the findings have to be computed again.
    is_dirty: bool,
    /// Why the last attempt to read the tree failed.
    failure: Option<String>,
}

/// The analyzed tree.
pub(crate) struct State {
    pub(crate) session: Session,
    pub(crate) live: IncrementalState,
    by_path: FxHashMap<PathBuf, FileId>,
    /// Open files that are not part of the tree, such as excluded ones.
    not_in_tree: FxHashSet<PathBuf>,
}

impl State {
    pub(crate) fn file(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }
}

/// The outcome of a refresh.
#[derive(Debug, Default)]
pub(crate) struct Refreshed {
    /// The files whose diagnostics may have changed.
    pub(crate) changed: BTreeSet<PathBuf>,
    /// Why the tree could not be read, if that is news.
    pub(crate) failure: Option<String>,
    /// Whether the tree was read again.
    pub(crate) reopened: bool,
}

impl Project {
    pub(crate) fn new(root: PathBuf, config: ConfigFile, is_shared: bool) -> Self {
        Self {
            root,
            config,
            is_shared,
            overrides: Vec::new(),
            state: None,
            config_errors: BTreeMap::new(),
            good_configs: Vec::new(),
            is_stale: true,
            is_dirty: true,
            failure: None,
        }
    }

    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    pub(crate) fn state_mut(&mut self) -> Option<&mut State> {
        self.is_dirty = true;
        self.state.as_mut()
    }

    /// Whether the current configs have errors, so that an older policy is in force.
    pub(crate) fn has_config_errors(&self) -> bool {
        !self.config_errors.is_empty()
    }

    /// Sets the settings that override the config.
    pub(crate) fn set_overrides(&mut self, overrides: Vec<String>) {
        if self.overrides != overrides {
            self.overrides = overrides;
            self.is_stale = true;
        }
    }

    /// Sets which comments the second config of the folder needs. Returns whether that is a change.
    pub(crate) fn set_needed_comments(&mut self, needed: NeededComments) -> bool {
        let is_other = self.state.as_mut().is_some_and(|state| state.session.set_needed_comments(needed));
        self.is_dirty |= is_other;
        is_other
    }

    /// Makes the next refresh read the tree again.
    pub(crate) fn invalidate(&mut self) {
        self.is_stale = true;
    }

    /// Sets the text that the editor shows for a file; none makes the text on disk count again.
    pub(crate) fn edit(&mut self, path: &Path, bytes: Option<Vec<u8>>) {
        self.is_dirty = true;
        let Some(state) = &mut self.state else {
            self.is_stale = true;
            return;
        };
        match state.file(path) {
            // The file was deleted while it was open.
            Some(_) if bytes.is_none() && !path.is_file() => self.is_stale = true,
            Some(file) if is_source(path) => state.session.update_file(&mut state.live, file, bytes),
            Some(_) => self.is_stale = true,
            // The file may be a new module.
            None => {
                let is_new = is_source(path) && bytes.is_some() && !state.not_in_tree.contains(path);
                self.is_stale |= is_new;
            }
        }
    }

    /// Whether configs on disk differ from what was read. Configs with errors always count as changed.
    pub(crate) fn has_other_configs(&self) -> bool {
        self.has_config_errors()
            || self.state.as_ref().is_some_and(|state| {
                state.session.input_files().any(|file| state.session.files().bytes_as_read(file).is_none())
            })
    }

    /// Whether the project reads a file that is not a source: a config, a manifest or a baseline.
    pub(crate) fn depends_on(&self, path: &Path) -> bool {
        if is_source(path) || !path.starts_with(&self.root) {
            return false;
        }
        *path == self.config.path
            || is_config_name(path)
            || self.state.as_ref().is_some_and(|state| {
                let session = &state.session;
                let is_read = |file| session.is_config(file) || session.is_manifest(file);
                session.is_path_of_baseline(path) || state.file(path).is_some_and(is_read)
            })
    }

    /// Reads and checks whatever has changed since the last refresh.
    pub(crate) fn refresh(&mut self, documents: &Documents, capabilities: Capabilities) -> Refreshed {
        let mut refreshed = Refreshed::default();
        if self.is_stale {
            refreshed.reopened = true;
            refreshed.changed.extend(self.paths());
            self.is_stale = false;
            let failure = self.reopen(documents, capabilities).err();
            if failure.is_some() {
                // The next refresh tries again.
                self.is_stale = true;
            }
            if failure != self.failure {
                refreshed.failure.clone_from(&failure);
                self.failure = failure;
            }
            self.is_dirty = true;
            refreshed.changed.extend(self.config_errors.keys().cloned());
        }
        if std::mem::take(&mut self.is_dirty)
            && let Some(State { session, live, by_path, .. }) = &mut self.state
        {
            let open = documents.below(&self.root).filter_map(|(path, _)| by_path.get(path).copied());
            let open: FxHashSet<FileId> = open.collect();
            let changed = session.check_live(live, &open);
            refreshed.changed.extend(changed.into_iter().map(|file| session.path(file).to_path_buf()));
        }
        refreshed
    }

    /// Reads the tree again. On failure, the previous state stays.
    fn reopen(&mut self, documents: &Documents, capabilities: Capabilities) -> Result<(), String> {
        let overlays = || -> Vec<(PathBuf, Vec<u8>)> {
            let open = documents.below(&self.root);
            open.map(|(path, document)| (path.to_path_buf(), document.bytes())).collect()
        };
        let session = self.open(overlays())?;
        self.config_errors.clear();
        if session.problems().is_empty() {
            match config_texts(&session) {
                Some(texts) => self.good_configs = texts,
                // A config was written in the meantime.
                None => self.is_stale = true,
            }
            self.adopt(session, documents);
            return Ok(());
        }
        let mut conversion = Conversion::new(session.files(), capabilities, documents);
        for problem in session.problems() {
            let path = session.path(problem.file).to_path_buf();
            self.config_errors.entry(path).or_default().push(conversion.diagnostic(problem));
        }
        if self.state.is_some() {
            // The tree may have changed, too: read it under the last valid configs.
            let mut overlays = overlays();
            overlays.retain(|(path, _)| !self.good_configs.iter().any(|(good, _)| good == path));
            overlays.extend(self.good_configs.iter().cloned());
            let session = self.open(overlays)?;
            if session.problems().is_empty() {
                self.adopt(session, documents);
            }
        }
        Ok(())
    }

    fn open(&self, overlays: Vec<(PathBuf, Vec<u8>)>) -> Result<Session, String> {
        let options = SessionOptions {
            root: self.root.clone(),
            config: Some(self.config.clone()),
            is_shared: self.is_shared,
            overrides: self.overrides.clone(),
            overlays,
            interpreter: Interpreter {
                named: None,
                active: std::env::var_os("VIRTUAL_ENV").filter(|path| !path.is_empty()).map(PathBuf::from),
            },
            ..SessionOptions::default()
        };
        Session::open(options, &|_| {}).map_err(|error| error.to_string())
    }

    fn adopt(&mut self, session: Session, documents: &Documents) {
        let files = (0..session.files().len()).map(FileId::new);
        let by_path: FxHashMap<PathBuf, FileId> =
            files.map(|file| (session.path(file).to_path_buf(), file)).collect();
        let open = documents.below(&self.root).map(|(path, _)| path.to_path_buf());
        let not_in_tree = open.filter(|path| !by_path.contains_key(path)).collect();
        self.state = Some(State { session, live: IncrementalState::default(), by_path, not_in_tree });
    }

    /// The files with diagnostics.
    pub(crate) fn paths(&self) -> BTreeSet<PathBuf> {
        let found = self
            .state
            .iter()
            .flat_map(|state| state.live.files().map(|file| state.session.path(file).to_path_buf()));
        found.chain(self.config_errors.keys().cloned()).collect()
    }

    /// What is found in a file. Nothing while it is a config with errors: findings point into the last valid text of a config, not into
    /// the current one.
    pub(crate) fn findings(&self, path: &Path) -> &[Arc<Finding>] {
        let state = self.state.as_ref().filter(|_| !self.config_errors.contains_key(path));
        let found = state.and_then(|state| Some(state.live.diagnostics(state.file(path)?)));
        found.unwrap_or_default()
    }

    /// The diagnostics of a file: the errors in it, if it is a config, and these of its findings.
    pub(crate) fn diagnostics<'f>(
        &self,
        path: &Path,
        findings: impl Iterator<Item = &'f Finding>,
        capabilities: Capabilities,
        documents: &Documents,
    ) -> Vec<Diagnostic> {
        let mut diagnostics = self.config_errors.get(path).cloned().unwrap_or_default();
        if let Some(state) = &self.state {
            let mut conversion = Conversion::new(&state.session, capabilities, documents);
            diagnostics.extend(findings.map(|finding| conversion.diagnostic(finding)));
        }
        diagnostics
    }

    /// The folders below the root with a config of their own.
    pub(crate) fn nested(&self) -> &[PathBuf] {
        self.state.as_ref().map_or(&[], |state| state.session.nested_configs())
    }
}

/// The bytes of the configs that the session read; none if one has changed since.
fn config_texts(session: &Session) -> Option<Vec<(PathBuf, Vec<u8>)>> {
    session
        .configs()
        .map(|file| {
            let bytes = session.files().bytes_as_read(file)?.into_owned();
            Some((session.path(file).to_path_buf(), bytes))
        })
        .collect()
}

/// Whether a file is Python source, by its extension.
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py" || extension == "pyi")
}

/// Whether a file may be a config, a manifest or a baseline by its name.
pub(crate) fn is_config_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    CONFIG_NAMES.contains(&name)
        || name == baseline::DEFAULT_PATH
        || name.starts_with("requirements") && path.extension().is_some_and(|extension| extension == "txt")
}
