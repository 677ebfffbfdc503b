//! Which sessions a run is made of: one for each config that governs a path.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use ringfence_diagnostics::{Files as _, Span, paths};
use ringfence_policy::setting;
use ringfence_project::write::remove_unfinished;
use ringfence_project::{
    CommandLine, ConfigFile, Disk, Interpreter, KnownFacts, Session, SessionOptions, SetupError,
    config_beside, find_config_on, find_configs_below, normalized, outside_packages,
};

use crate::arguments::ProjectArguments;
use crate::changes::Tree;
use crate::terminal::{Progress, warn};

/// The sessions of a run, and what was asked for.
pub(crate) struct Sessions {
    pub(crate) all: Vec<Session>,
    pub(crate) working_directory: PathBuf,
    /// Absolute; what to report on.
    pub(crate) paths: Vec<PathBuf>,
    /// What came from stdin; its path is absolute.
    pub(crate) buffer: Option<Buffer>,
}

/// A buffer that stands for a file.
pub(crate) struct Buffer {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

impl Sessions {
    /// Finds the configs of all paths and reads their trees.
    pub(crate) fn open(
        arguments: &ProjectArguments,
        rules: CommandLine,
        buffer: Option<Buffer>,
        python: Option<&Path>,
    ) -> Result<Self> {
        Self::open_on(arguments, rules, buffer, python, None, None)
    }

    /// The same for a tree of git's, in place of what lies on the disk; with what is known of that.
    pub(crate) fn open_on(
        arguments: &ProjectArguments,
        rules: CommandLine,
        buffer: Option<Buffer>,
        python: Option<&Path>,
        tree: Option<&Tree>,
        known: Option<Arc<KnownFacts>>,
    ) -> Result<Self> {
        let (snapshot, mut overlays) = match tree {
            Some(tree) => (Some(Arc::clone(&tree.snapshot)), tree.overlays.clone()),
            None => (None, Vec::new()),
        };
        let disk = Disk::new(&overlays, &[], snapshot.clone());
        let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
        let mut paths = Vec::new();
        for path in &arguments.paths {
            let absolute = absolute(&working_directory, path);
            if !disk.exists(&absolute) {
                return Err(SetupError::NoSuchPath(path.clone()).into());
            }
            paths.push(as_walked(&disk, absolute, &working_directory));
        }
        let buffer = buffer.map(|buffer| {
            let path = absolute(&working_directory, &buffer.path);
            Buffer { path: as_walked(&disk, path, &working_directory), ..buffer }
        });
        if let Some(buffer) = &buffer
            && paths.is_empty()
        {
            paths.push(buffer.path.clone());
        }
        if paths.is_empty() {
            paths.push(working_directory.clone());
        }
        let (config_file, overrides) = split_config(&disk, &arguments.config, &working_directory)?;
        if let (true, Some(config)) = (arguments.isolated, &config_file) {
            let path = config.path.display();
            return Err(anyhow!("`--isolated` ignores every config file, and `--config` names `{path}`"));
        }
        if let Some(buffer) = &buffer {
            overlays.retain(|(path, _)| *path != buffer.path);
            overlays.push((buffer.path.clone(), buffer.bytes.clone()));
        }
        let template = SessionOptions {
            overrides,
            command_line: CommandLine {
                extend_exclude: arguments.extend_exclude.clone(),
                contracts: arguments.contract.clone(),
                ..rules
            },
            named_files: paths
                .iter()
                .filter(|path| disk.is_file(path))
                .chain(buffer.iter().map(|buffer| &buffer.path))
                .cloned()
                .collect(),
            overlays,
            snapshot,
            known,
            interpreter: Interpreter {
                named: python.map(|path| absolute(&working_directory, path)),
                active: std::env::var_os("VIRTUAL_ENV").filter(|path| !path.is_empty()).map(PathBuf::from),
            },
            python_path: python_path(&working_directory),
            threads: arguments.threads,
            ..SessionOptions::default()
        };
        let progress = Progress::new(arguments.quiet);
        let open_beside =
            |root: PathBuf, config: Option<ConfigFile>, is_shared: bool, settings: Vec<String>| {
                let mut options = SessionOptions { root, config, is_shared, ..template.clone() };
                options.overrides.extend(settings);
                Session::open(options, &|done| progress.files(done))
            };
        let open = |root: PathBuf, config: Option<ConfigFile>| open_beside(root, config, false, Vec::new());

        let mut sessions = Vec::new();
        if arguments.isolated || config_file.is_some() {
            let root = common_root(&disk, &paths, &working_directory);
            sessions.push(open(root, config_file)?);
        } else {
            let mut pending = governing_configs(&disk, &paths, &working_directory)?;
            let mut opened = BTreeMap::new();
            while let Some((root, config)) = pending.pop_first() {
                if opened.contains_key(&root) {
                    continue;
                }
                let beside = config_beside(&disk, &config);
                let session = open_beside(root.clone(), Some(config), beside.is_some(), Vec::new())?;
                for folder in session.nested_configs() {
                    if paths.iter().any(|path| folder.starts_with(path)) && !opened.contains_key(folder) {
                        let config = find_config_on(&disk, folder, &working_directory)?;
                        pending.insert(folder.clone(), config);
                    }
                }
                let mut of_folder = vec![session];
                if let Some(config) = beside {
                    let baseline = of_folder.iter().find_map(|first| first.policy().linter.baseline.as_ref());
                    let settings = baseline.map(|path| setting("baseline", &path.value));
                    let settings = settings.into_iter().collect();
                    of_folder.push(open_beside(root.clone(), Some(config), true, settings)?);
                }
                opened.insert(root, of_folder);
            }
            sessions.extend(opened.into_values().flatten());
        }
        progress.finish();
        for name in &template.command_line.contracts {
            let contracts = || sessions.iter().flat_map(|session| &session.policy().contracts);
            if !contracts().any(|contract| name == contract.id() || *name == contract.name.value) {
                let mut known: Vec<String> =
                    contracts().map(|contract| format!("`{}`", contract.id())).collect();
                let aside = sessions.iter().flat_map(Session::deselected_contracts);
                known.extend(aside.map(|name| format!("`{name}`")));
                return Err(anyhow!(
                    "`--contract`: there is no contract `{name}`; there are {}",
                    known.join(", ")
                ));
            }
        }
        Ok(Self { all: sessions, working_directory, paths, buffer })
    }

    /// Removes what runs that were killed while they wrote have left: for commands that may write themselves.
    pub(crate) fn tidy_up(&self) {
        for session in &self.all {
            tidy_up(session, &self.working_directory);
        }
    }

    /// Whether a session has its folder with one before it.
    pub(crate) fn is_beside(&self, position: usize) -> bool {
        let root = |position: usize| self.all.get(position).map(Session::root);
        position > 0 && root(position).is_some() && root(position) == root(position - 1)
    }

    /// Whether two configs govern one folder.
    pub(crate) fn are_shared(&self) -> bool {
        (0..self.all.len()).any(|position| self.is_beside(position))
    }

    /// Has sessions of one folder know which comments the others need, so that none is called unused that is needed.
    pub(crate) fn share_comments(&mut self) {
        for position in 1..self.all.len() {
            if self.is_beside(position)
                && let Some([first, second]) = self.all.get_mut(position - 1..=position)
            {
                Session::share_comments(first, second);
            }
        }
    }

    /// Those with a folder of their own: of several in one folder, which know the same files, the first.
    pub(crate) fn one_a_folder(&self) -> impl Iterator<Item = &Session> {
        self.all.iter().enumerate().filter(|(position, _)| !self.is_beside(*position)).map(|(_, it)| it)
    }

    /// The other session of the folder of one, if there is one.
    pub(crate) fn beside(&self, first: &Session) -> Option<&Session> {
        let mut others = self.all.iter().enumerate().filter(|(position, _)| self.is_beside(*position));
        others.find(|(_, other)| other.root() == first.root()).map(|(_, other)| other)
    }

    /// A path as it is shown: relative to the working directory where it lies below it.
    pub(crate) fn display(&self, path: &Path) -> String {
        paths::below(path, &self.working_directory)
    }

    /// Where a place in a file of a session is, as it is shown: the path, and the line from 1.
    pub(crate) fn place(&self, session: &Session, span: Span) -> (String, usize) {
        let files = session.files();
        (self.display(files.path(span.file)), files.line(span))
    }
}

/// Removes what a run that was killed while it wrote has left.
pub(crate) fn tidy_up(session: &Session, working_directory: &Path) {
    for unfinished in session.unfinished() {
        let path = paths::below(unfinished, working_directory);
        match remove_unfinished(unfinished) {
            Ok(false) => {}
            Ok(true) => warn(&format!("removed `{path}`, which a run that was killed has left")),
            Err(error) => {
                warn(&format!(
                    "warning: cannot remove `{path}`, which a run that was killed has left: {error}"
                ));
            }
        }
    }
}

/// The folders of `PYTHONPATH`.
pub(crate) fn python_path(working_directory: &Path) -> Vec<PathBuf> {
    std::env::var_os("PYTHONPATH")
        .iter()
        .flat_map(std::env::split_paths)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| absolute(working_directory, &folder))
        .collect()
}

/// The nearest config above each path, by folder; the configs below a path that has none above.
fn governing_configs(
    disk: &Disk,
    paths: &[PathBuf],
    working_directory: &Path,
) -> Result<BTreeMap<PathBuf, ConfigFile>> {
    let mut configs = BTreeMap::new();
    let mut add = |config: ConfigFile| {
        let folder = config.path.parent().map(Path::to_path_buf).unwrap_or_default();
        configs.insert(folder, config);
    };
    let mut seen = BTreeSet::new();
    for path in paths {
        let is_folder = disk.is_dir(path);
        let folder = if is_folder { path.as_path() } else { path.parent().unwrap_or(working_directory) };
        if !seen.insert((folder, is_folder)) {
            continue;
        }
        match find_config_on(disk, folder, working_directory) {
            Ok(config) => add(config),
            Err(error @ SetupError::NoConfig(_)) => {
                // What lies beside a file says nothing about it.
                let below = if is_folder { find_configs_below(disk, folder)? } else { Vec::new() };
                if below.is_empty() {
                    return Err(anyhow!(error).context(
                        "nothing says what the boundaries are: `ringfence init` proposes them from what is imported today; \
                         or write a `ringfence.toml` (`ringfence config schema` has the keys), or name one with `--config`",
                    ));
                }
                below.into_iter().for_each(&mut add);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(configs)
}

/// Parts `--config` into the file and the `key = value` overrides.
fn split_config(
    disk: &Disk,
    values: &[String],
    working_directory: &Path,
) -> Result<(Option<ConfigFile>, Vec<String>)> {
    let mut file = None;
    let mut overrides = Vec::new();
    for value in values {
        let path = absolute(working_directory, Path::new(value));
        if disk.is_file(&path) || !value.contains('=') {
            if !disk.exists(&path) {
                return Err(SetupError::NoSuchPath(PathBuf::from(value)).into());
            }
            if !disk.is_file(&path) {
                return Err(anyhow!("`--config`: `{value}` is not a file"));
            }
            if file.is_some() {
                return Err(anyhow!("`--config` names a second file, `{value}`; one file governs a run"));
            }
            file = Some(ConfigFile::named_on(disk, path));
        } else {
            overrides.push(value.clone());
        }
    }
    Ok((file, overrides))
}

/// The folder that a config which was not found in the tree governs: the nearest project folder around all paths, no
/// further up than the working directory; else the innermost folder around them, or the nearest above it that is no
/// package. Where the config lies does not matter: a stranger's tree is often checked with a config beside it.
fn common_root(disk: &Disk, paths: &[PathBuf], working_directory: &Path) -> PathBuf {
    let folder = |path: &PathBuf| {
        if disk.is_dir(path) {
            path.clone()
        } else {
            path.parent().map(Path::to_path_buf).unwrap_or_default()
        }
    };
    let first = paths.first().map(folder).unwrap_or_default();
    let around = |ancestor: &Path| paths.iter().all(|path| path.starts_with(ancestor));
    let innermost = first.ancestors().find(|ancestor| around(ancestor)).unwrap_or(working_directory);
    let within = || innermost.ancestors().take_while(|ancestor| ancestor.starts_with(working_directory));
    let is_project = |folder: &&Path| {
        folder.join(".git").exists()
            || ["pyproject.toml", "setup.py", "setup.cfg"].iter().any(|name| disk.exists(&folder.join(name)))
    };
    within()
        .find(is_project)
        .or_else(|| Some(innermost).filter(|innermost| *innermost == working_directory))
        .map_or_else(|| outside_packages(disk, innermost), Path::to_path_buf)
}

/// A path as the walk comes to it: what is asked for behind a link to a folder of the same project is checked where it lies.
pub(crate) fn as_walked(disk: &Disk, path: PathBuf, working_directory: &Path) -> PathBuf {
    let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    let Ok(real) = folder.canonicalize() else { return path };
    if real == folder {
        return path;
    }
    let config = find_config_on(disk, folder, working_directory).ok();
    let root = config.as_ref().and_then(|config| config.path.parent()).unwrap_or(working_directory);
    let walked = root
        .canonicalize()
        .ok()
        .and_then(|root| real.strip_prefix(root).map(Path::to_path_buf).ok())
        .map(|below| normalized(&root.join(below)));
    match (walked, path.strip_prefix(folder)) {
        (Some(walked), Ok(name)) if walked != folder => normalized(&walked.join(name)),
        _ => path,
    }
}

/// Absolute, without `.` and `..`; links are left alone, so that paths look as the user wrote them.
fn absolute(working_directory: &Path, path: &Path) -> PathBuf {
    normalized(&working_directory.join(path))
}
