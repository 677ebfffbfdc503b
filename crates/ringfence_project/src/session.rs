//! One governed tree: what it was made of ([`Inputs`]), what is known of it ([`Project`]), and how both stay true.

mod binding;
mod config_errors;
mod configs;
mod coverage;
mod inputs;
mod project;
mod questions;
mod reading;
mod sources;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;
use jiff::civil::Date;
use ringfence_diagnostics::{Diagnostic, FileId, Span};
use ringfence_graph::ImportGraph;
use ringfence_policy::Policy;
use ringfence_rules::{Boundaries, Codebase, Context, Memo, Unreadable, Usage};
use ringfence_source::FileFacts;
use rustc_hash::FxHashSet;

use crate::baseline::{self, Baseline};
use crate::check::needed::NeededComments;
use crate::config::{ConfigFile, SetupError, any_config_in, import_linter_config_in};
use crate::disk::{Disk, Snapshot};
use crate::environment::Interpreter;
use crate::manifests::Manifests;
use crate::settings::{CommandLine, Settings};
use crate::surroundings::Around;
use crate::workers::Workers;
use crate::{CheckOptions, FileTable, KnownFacts, Report};
use inputs::Inputs;
use project::{Project, Source};

/// How often a file that somebody saves while everything is checked is read anew.
const MOST_READINGS: usize = 5;

/// How to open a session.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    /// The folder whose files are known. Paths of the config are relative to it.
    pub root: PathBuf,
    /// `None`: no config, all defaults.
    pub config: Option<ConfigFile>,
    /// Whether another config governs the same folder, and has contracts of its own.
    pub is_shared: bool,
    /// Whether what the config allows is not allowed, so that every import that it speaks of is a finding.
    pub without_permissions: bool,
    /// Whether nothing but the graph is wanted, of the whole tree: of the config only the source roots and the tests count, and those of
    /// folders below do not.
    pub only_graph: bool,
    /// `key = value` in TOML, over the config.
    pub overrides: Vec<String>,
    pub command_line: CommandLine,
    /// Files to be known although they are excluded or ignored.
    pub named_files: Vec<PathBuf>,
    /// Contents that stand for those on disk, or for files that are not there. Files that are excluded or ignored stay so.
    pub overlays: Vec<(PathBuf, Vec<u8>)>,
    /// Whether these are files that git tracks, which are known although they are ignored.
    pub overlays_are_tracked: bool,
    /// Files that are taken as not being there.
    pub absent: Vec<PathBuf>,
    /// What a repository has in place of what lies on the disk.
    pub snapshot: Option<Arc<Snapshot>>,
    /// What is known of files on the disk, so that they need not be read.
    pub known: Option<Arc<KnownFacts>>,
    /// Where to look for installed distributions, if a rule asks for them.
    pub interpreter: Interpreter,
    /// Folders besides the root in which root packages are looked for.
    pub python_path: Vec<PathBuf>,
    /// 0: as many as there are cores.
    pub threads: usize,
}

/// A governed tree with all that is known of it.
pub struct Session {
    pub(crate) options: SessionOptions,
    /// What is checked.
    disk: Disk,
    pub(crate) workers: Arc<Workers>,
    pub(crate) table: FileTable,
    pub(crate) inputs: Inputs,
    pub(crate) project: Project,
    /// What a session beside this one needs.
    pub(crate) needed_elsewhere: NeededComments,
    pub(crate) today: Date,
    pub(crate) around: Around,
}

/// What a new text of a file changed.
pub(crate) struct Changed {
    /// Whether its facts are others, in more than their places.
    pub(crate) facts: bool,
    /// Whether there are other modules.
    pub(crate) modules: bool,
}

impl Session {
    /// Reads the config, walks the tree and reads every file. `progress` is told how many files are done.
    ///
    /// A config with errors is opened, too: they are in [`problems`](Self::problems), and no file has been read.
    ///
    /// # Errors
    /// Where the config or the folder cannot be read, or no thread can be started.
    pub fn open(options: SessionOptions, progress: &(dyn Fn(usize) + Sync)) -> Result<Self, SetupError> {
        let workers = Workers::shared(options.threads)?;
        let mut table = FileTable::with_overlays(&options.overlays);
        let inputs = Inputs::new(&options, &mut table);
        let disk = Disk::new(&options.overlays, &options.absent, options.snapshot.clone());
        let project = Project::default();
        let needed_elsewhere = NeededComments::default();
        let today = Zoned::now().date();
        let around = Around::default();
        let mut session =
            Self { options, disk, workers, table, inputs, project, needed_elsewhere, today, around };
        session.read_config()?;
        session.discover(progress)?;
        session.read_package_configs()?;
        if session.inputs.problems.is_empty() {
            let read = session.project.facts.iter().flatten().count();
            session.read_files(&session.unread_files(), &|done| progress(read + done));
            session.read_manifests()?;
            session.find_baseline()?;
            let files: Vec<FileId> = session.project.sources.iter().map(|source| source.file).collect();
            session.read_strings(&files);
            session.bind();
        }
        Ok(session)
    }

    /// The same tree as git had it before: with other contents of some files, without others, and judged by the config of then. Nothing
    /// where there was none, or one with errors.
    ///
    /// # Errors
    /// As those of [`open`](Self::open).
    pub fn before(
        &self,
        contents: Vec<(PathBuf, Vec<u8>)>,
        absent: &[PathBuf],
    ) -> Result<Option<Self>, SetupError> {
        let mut options = self.options.clone();
        let replaced: FxHashSet<PathBuf> = contents.iter().map(|(path, _)| path.clone()).collect();
        options.overlays.retain(|(path, _)| !replaced.contains(path) && !absent.contains(path));
        if let Some(snapshot) = &options.snapshot {
            let (mut files, kept) = (snapshot.files.clone(), snapshot.kept.clone());
            files.extend(replaced.iter().cloned());
            files.retain(|path| !absent.contains(path));
            let mut dangling = snapshot.dangling.clone();
            dangling.retain(|path| !replaced.contains(path));
            let then = Snapshot::new(snapshot.top.clone(), files, kept).with_dangling(dangling);
            options.snapshot = Some(Arc::new(then));
        }
        options.overlays.extend(contents);
        options.overlays_are_tracked = true;
        options.absent = absent.to_vec();
        if let Some(config) = &options.config
            && (replaced.contains(&config.path) || absent.contains(&config.path))
        {
            let disk = Disk::new(&options.overlays, &options.absent, options.snapshot.clone());
            let is_named = config.path.parent() != Some(self.root());
            let then = if is_named {
                disk.is_file(&config.path).then(|| ConfigFile::named_on(&disk, config.path.clone()))
            } else if options.is_shared && config.kind.is_import_linter() {
                import_linter_config_in(&disk, self.root())
            } else {
                any_config_in(&disk, self.root())
            };
            let Some(then) = then else { return Ok(None) };
            options.config = Some(then);
        }
        let session = Self::open(options, &|_| {})?;
        Ok(session.inputs.problems.is_empty().then_some(session))
    }

    /// Takes new contents of files and brings everything up to date.
    ///
    /// # Errors
    /// Where a config that is read anew cannot be.
    pub fn apply_changes(&mut self, changes: Vec<(FileId, Vec<u8>)>) -> Result<(), SetupError> {
        let mut files = Vec::new();
        for (file, bytes) in changes {
            self.table.set_overlay(file, Some(bytes));
            files.push(file);
        }
        self.read_anew(files)
    }

    /// Brings everything up to date with new contents of files.
    fn read_anew(&mut self, mut files: Vec<FileId>) -> Result<(), SetupError> {
        let count = files.len();
        files.retain(|file| self.project.source(*file).is_some_and(Source::is_read));
        if files.len() < count {
            self.read_config()?;
            self.read_package_configs()?;
            self.read_manifests()?;
            self.read_baseline()?;
        }
        self.read_files(&files, &|_| {});
        self.read_strings(&files);
        self.bind();
        Ok(())
    }

    /// Takes the new contents of a Python file, or those on disk, and says what changed beside its text; nothing for what is none.
    pub(crate) fn read_update(&mut self, file: FileId, bytes: Option<Vec<u8>>) -> Option<Changed> {
        self.table.set_overlay(file, bytes);
        if !self.project.source(file).is_some_and(Source::is_read) {
            return None;
        }
        let before = self.project.facts[file.index()].take();
        self.read_files(&[file], &|_| {});
        self.read_strings(&[file]);
        let is_same = match (&before, &self.project.facts[file.index()]) {
            (Some(before), Some(now)) => before.is_same_elsewhere(now),
            _ => false,
        };
        let count = self.project.sources.len();
        if !is_same {
            self.rebind(file);
        }
        Some(Changed { facts: !is_same, modules: self.project.sources.len() != count })
    }

    /// Checks what is there now: a file that is another by the time somebody asks for its text is read anew, and everything is checked
    /// again. One that never stays the same counts as one that cannot be read.
    ///
    /// # Errors
    /// Where a config that is read anew cannot be.
    pub fn check_as_it_is(&mut self, options: &CheckOptions) -> Result<Report, SetupError> {
        for _ in 0..MOST_READINGS {
            let report = self.check(options);
            let changed = self.table.take_changed();
            if changed.is_empty() {
                return Ok(report);
            }
            for file in &changed {
                self.table.forget(*file);
            }
            self.read_anew(changed.into_iter().collect())?;
        }
        _ = self.check(options);
        let restless = self.table.take_changed().into_iter();
        let reason = || "somebody else saves it again and again".to_string();
        self.project.unreadable.extend(restless.map(|file| Unreadable { file, reason: reason() }));
        Ok(self.check(options))
    }

    /// What is read of manifests; nothing where no rule asks for it.
    pub fn externals(&self) -> Option<&Manifests> {
        self.project.externals.as_ref()
    }

    /// The findings that are known and may stay for now.
    pub fn baseline(&self) -> &Baseline {
        &self.inputs.baseline
    }

    /// Whether a path is one of a file of the baseline, there or not.
    pub fn is_path_of_baseline(&self, path: &Path) -> bool {
        baseline::is_named(&self.options.root, self.inputs.baseline_pattern(), path)
    }

    /// Whether there is a baseline: an empty one is one, too.
    pub fn has_baseline(&self) -> bool {
        let is_ours = |file| self.table.bytes_as_read(file).is_some_and(|bytes| baseline::is_ours(&bytes));
        !self.inputs.baseline.entries.is_empty() || self.inputs.baseline_files.iter().copied().any(is_ours)
    }

    /// The lines of the baseline that are no entries and no comments.
    pub fn unreadable_lines(&self) -> impl Iterator<Item = Span> {
        self.inputs.unreadable_lines()
    }

    /// The files of the baseline.
    pub fn baseline_files(&self) -> impl Iterator<Item = FileId> {
        self.inputs.baseline_files.iter().copied()
    }

    /// Whether a file is one of the baseline.
    pub fn is_baseline(&self, file: FileId) -> bool {
        self.inputs.is_baseline(file)
    }

    /// The configs of this session.
    pub fn configs(&self) -> impl Iterator<Item = FileId> {
        self.inputs.configs()
    }

    /// Whether a file is one of the configs of this session.
    pub fn is_config(&self, file: FileId) -> bool {
        self.inputs.is_config(file)
    }

    /// Whether a file was read as a manifest.
    pub fn is_manifest(&self, file: FileId) -> bool {
        self.project.is_manifest(file)
    }

    /// The folders from which module names are counted, in order of precedence.
    pub fn source_roots(&self) -> impl Iterator<Item = &Path> {
        self.project.source_roots()
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// How many threads work for it.
    pub(crate) fn threads(&self) -> usize {
        self.workers.pool.current_num_threads()
    }

    /// Runs something on a thread whose stack bears deeply nested source.
    pub(crate) fn on_large_stack<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.workers.pool.install(work)
    }

    /// Errors in the config, in the order of files and positions. Nothing can be checked while there are any.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.inputs.problems
    }

    pub fn files(&self) -> &FileTable {
        &self.table
    }

    pub fn graph(&self) -> &ImportGraph {
        &self.project.graph
    }

    pub fn boundaries(&self) -> &Boundaries {
        &self.project.boundaries
    }

    pub fn policy(&self) -> &Policy {
        &self.inputs.policy
    }

    pub fn settings(&self) -> &Settings {
        &self.inputs.settings
    }

    pub fn root(&self) -> &Path {
        &self.options.root
    }

    pub fn config(&self) -> Option<&ConfigFile> {
        self.options.config.as_ref()
    }

    pub fn facts(&self, file: FileId) -> Option<&FileFacts> {
        self.project.facts(file)
    }

    /// The contracts that the config has, beside those that were asked for.
    pub fn deselected_contracts(&self) -> &[String] {
        &self.inputs.policy.deselected_contracts
    }

    /// Whether whatever the config allows is judged, too.
    pub fn is_without_permissions(&self) -> bool {
        self.options.without_permissions
    }

    /// What the session was made of beside sources: configs, manifests, the baseline.
    pub fn input_files(&self) -> impl Iterator<Item = FileId> {
        let manifests = self.project.externals.iter().flat_map(|externals| &externals.bound.manifests);
        self.inputs.configs().chain(manifests.chain(&self.inputs.baseline_files).copied())
    }

    pub(crate) fn context<'a>(
        &'a self,
        unreadable: &'a [Unreadable],
        usage: &'a Usage,
        memo: &'a Memo,
    ) -> Context<'a> {
        Context {
            codebase: Codebase {
                graph: &self.project.graph,
                facts: &self.project.facts,
                sources: self,
                target_version: self.inputs.policy.linter.target_version,
                runtime_annotations: &self.inputs.policy.runtime_annotations,
                memo,
            },
            policy: &self.inputs.policy,
            boundaries: &self.project.boundaries,
            kinds: &self.inputs.settings.kinds,
            unreadable,
            missing_roots: &self.project.roots.missing,
            excluded_modules: &self.project.excluded_modules,
            externals: self.project.externals.as_ref().map(|externals| &externals.bound),
            surroundings: self,
            file_settings: self,
            loading: self,
            today: self.today,
            usage,
        }
    }
}
