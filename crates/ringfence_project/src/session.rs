//! One governed tree: everything that is known of it, and how to check it.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Zoned;
use jiff::civil::Date;
use rayon::{ThreadPool, ThreadPoolBuilder};
use ringfence_diagnostics::{Diagnostic, FileId, Files, Span};
use ringfence_graph::{FileRole, ImportGraph, IndexedFile, ModuleId, ModuleIndex, Resolution, Target};
use ringfence_policy::native::{self, Document, DocumentKind};
use ringfence_policy::options::DEFAULT_EXCLUDE;
use ringfence_policy::{BlindSpots, Comments, ExcludeSyntax, Policy, PythonMinor, ROOT_MODULE, tach};
use ringfence_rules::{
    Boundaries, Context, Finding, LeftOut, Memo, RuleId, Run, Site, Sources, Unreadable, Usage, find,
    find_in_run,
};
use ringfence_source::{
    FileFacts, ParsedFile, STACK_SIZE, SourceKind, SuppressionForm, decode, parse_module,
};
use ruff_diagnostics::Edit;
use ruff_source_file::SourceFile;
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::FileTable;
use crate::config::{ConfigFile, ConfigKind, SetupError};
use crate::coverage::Coverage;
use crate::discovery::{Excludes, FoundFile, Tree, WalkOptions, compare_paths, walk};
use crate::environment::{self, Interpreter};
use crate::left_out;
use crate::manifests::{ManifestTree, Manifests};
use crate::naming::{Namer, kind_of, module_name};
use crate::policies::{self, ConfigText};
use crate::read::{Depth, Reading, read_all, read_imports};
use crate::roots::SourceRoots;
use crate::settings::{CommandLine, Settings, problem};
use crate::suppress::is_suppressed;

/// More threads than this only cost time and memory.
const MOST_THREADS: usize = 256;

/// Each compares a name with all modules.
const MOST_SUGGESTIONS: u32 = 100;

/// How to open a session.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    /// The folder whose files are known. Paths of the config are relative to it.
    pub root: PathBuf,
    /// `None`: no config, all defaults.
    pub config: Option<ConfigFile>,
    /// `key = value` in TOML, over the config.
    pub overrides: Vec<String>,
    pub command_line: CommandLine,
    /// Files to be known although they are excluded or ignored.
    pub named_files: Vec<PathBuf>,
    /// Contents that stand for those on disk, or for files that are not there.
    pub overlays: Vec<(PathBuf, Vec<u8>)>,
    /// Where to look for installed distributions, if a rule asks for them.
    pub interpreter: Interpreter,
    /// 0: as many as there are cores.
    pub threads: usize,
}

/// What one check reports.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Findings in Python files elsewhere are left out; empty: none. Findings in config files are always reported.
    pub paths: Vec<PathBuf>,
    /// Whether somebody can see or apply fixes.
    pub fixes: bool,
    /// How many times a file with a finding may be looked at in full, to say how the imported names are used, or to fix it.
    pub most_explained: u32,
}

/// The answer of one check.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order of path, position, code.
    pub diagnostics: Vec<Diagnostic>,
    pub coverage: Coverage,
    /// Whether there were too many findings to look at the file of each for its fix ([`CheckOptions::most_explained`]).
    pub fixes_in_part: bool,
}

/// A governed tree with all that is known of it.
pub struct Session {
    options: SessionOptions,
    pool: ThreadPool,
    table: FileTable,
    config: Option<FileId>,
    overrides: Vec<FileId>,
    /// Every `ringfence.module.toml`, with the package that it lies in.
    package_configs: Vec<(FileId, Option<String>)>,
    roots: SourceRoots,
    tree: Tree,
    sources: Vec<Source>,
    policy: Policy,
    settings: Settings,
    problems: Vec<Diagnostic>,
    facts: Vec<Option<FileFacts>>,
    /// Files that were parsed in full.
    parsed: FxHashSet<FileId>,
    unreadable: Vec<Unreadable>,
    /// Files that an exclude matches, where these are known.
    excluded_targets: Vec<FileId>,
    /// Files below folders that an exclude matches.
    added_targets: Vec<FileId>,
    left_out: LeftOut,
    graph: ImportGraph,
    boundaries: Boundaries,
    /// Nothing where no rule asks for it.
    externals: Option<Manifests>,
    today: Date,
}

/// A Python file of the tree.
#[derive(Debug, Clone)]
struct Source {
    file: FileId,
    role: FileRole,
    kind: SourceKind,
    /// Root and module name; nothing outside every root.
    module: Option<(u16, String)>,
    /// Whether this session's config governs it; else it is only known as a target of imports.
    governed: bool,
    problem: Option<String>,
}

impl Source {
    fn is_read(&self) -> bool {
        self.governed && self.problem.is_none() && self.role != FileRole::Extension && self.module.is_some()
    }
}

impl Session {
    /// Reads the config, walks the tree and reads every file. `progress` is told how many files are done.
    ///
    /// A config with mistakes is no error: the mistakes are [`problems`](Self::problems), and no file has been read.
    ///
    /// # Errors
    /// Where the config or the folder cannot be read, or no thread can be started.
    pub fn open(options: SessionOptions, progress: &(dyn Fn(usize) + Sync)) -> Result<Self, SetupError> {
        let options = SessionOptions { threads: options.threads.min(MOST_THREADS), ..options };
        let pool = thread_pool(options.threads)?;
        let mut table = FileTable::default();
        let config = options.config.as_ref().map(|config| table.push(config.path.clone()));
        let overrides = options
            .overrides
            .iter()
            .enumerate()
            .map(|(number, text)| {
                let file = table.push(PathBuf::from(format!("--config ({})", number + 1)));
                table.set_overlay(file, text.clone().into_bytes());
                file
            })
            .collect();
        let (policy, _) = native::read(None, &[]);
        let (settings, _) = Settings::new(&policy, &options.command_line);
        let mut session = Self {
            options,
            pool,
            table,
            config,
            overrides,
            package_configs: Vec::new(),
            roots: SourceRoots::default(),
            tree: Tree::default(),
            sources: Vec::new(),
            policy,
            settings,
            problems: Vec::new(),
            facts: Vec::new(),
            parsed: FxHashSet::default(),
            unreadable: Vec::new(),
            excluded_targets: Vec::new(),
            added_targets: Vec::new(),
            left_out: LeftOut::default(),
            graph: ImportGraph::default(),
            boundaries: Boundaries::default(),
            externals: None,
            today: Zoned::now().date(),
        };
        session.read_config()?;
        session.discover(progress)?;
        session.read_package_configs()?;
        if session.problems.is_empty() {
            let read = session.facts.iter().flatten().count();
            session.read_files(&session.unread_files(), &|done| progress(read + done));
            session.read_manifests()?;
            session.bind();
        }
        Ok(session)
    }

    /// Takes new contents of files and brings everything up to date.
    ///
    /// # Errors
    /// Where a config that is read anew cannot be.
    pub fn apply(&mut self, changes: Vec<(FileId, Vec<u8>)>) -> Result<(), SetupError> {
        let mut files = Vec::new();
        let mut config_changed = false;
        for (file, bytes) in changes {
            self.table.set_overlay(file, bytes);
            if self.source(file).is_some_and(Source::is_read) {
                files.push(file);
            } else {
                config_changed = true;
            }
        }
        if config_changed {
            self.read_config()?;
            self.read_package_configs()?;
            self.read_manifests()?;
        }
        self.read_files(&files, &|_| {});
        self.bind();
        Ok(())
    }

    fn text_of_config(&self, file: FileId) -> Result<String, SetupError> {
        let unreadable =
            |reason: String| SetupError::Unreadable { path: self.table.path(file).to_path_buf(), reason };
        let bytes = self.table.bytes_of_regular(file).map_err(|error| unreadable(error.to_string()))?;
        let decoded = decode(&bytes).map_err(|error| unreadable(error.to_string()))?;
        Ok(decoded.text.into_owned())
    }

    fn read_config(&mut self) -> Result<(), SetupError> {
        let read = |file: &FileId| Ok(ConfigText { file: *file, text: self.text_of_config(*file)? });
        let main: Option<ConfigText> = self.config.as_ref().map(read).transpose()?;
        let overrides = self.overrides.iter().map(read).collect::<Result<Vec<ConfigText>, SetupError>>()?;
        let kind = self.options.config.as_ref().map(|config| config.kind);
        let (policy, problems) = policies::read(kind, main.as_ref(), &overrides);
        let (settings, more) = Settings::new(&policy, &self.options.command_line);
        (self.policy, self.settings) = (policy, settings);
        self.problems = problems;
        self.problems.extend(more);
        self.problems.sort_by_key(|problem| (problem.file, problem.range.start()));
        Ok(())
    }

    fn is_of_tach(&self) -> bool {
        let kind = self.options.config.as_ref().map(|config| config.kind);
        matches!(kind, Some(ConfigKind::Tach | ConfigKind::TachPyproject))
    }

    fn read_package_configs(&mut self) -> Result<(), SetupError> {
        let of_tach = self.is_of_tach();
        for (file, package) in self.package_configs.clone() {
            let text = self.text_of_config(file)?;
            let start = Span::new(file, TextRange::default());
            match package {
                Some(package) if of_tach => {
                    let document = tach::Document { file, text: &text, in_pyproject: false };
                    self.problems.extend(tach::read_domain(&mut self.policy, &document, &package));
                }
                Some(package) => {
                    let document = Document { file, text: &text, kind: DocumentKind::Package };
                    self.problems.extend(native::read_package(&mut self.policy, &document, &package));
                }
                None if of_tach => self.policy.faults.push(problem(
                    start,
                    "`tach.domain.toml` describes the folder that it lies in, and this is a source root"
                        .to_string(),
                    Some("move what it says into `tach.toml`".to_string()),
                )),
                None => self.problems.push(problem(
                    start,
                    "`ringfence.module.toml` describes the package that it lies in, and this folder is none"
                        .to_string(),
                    Some("move it into a package below a source root".to_string()),
                )),
            }
        }
        if of_tach {
            tach::finish(&mut self.policy);
        }
        // Where nothing can be checked, everything that is wrong is said at once.
        if !self.problems.is_empty() {
            self.problems.extend(self.policy.faults.iter().cloned());
            self.problems.sort_by_key(|problem| (problem.file, problem.range.start()));
        }
        Ok(())
    }

    /// Reads what the projects of the tree declare and what is installed, if somebody asks for it.
    fn read_manifests(&mut self) -> Result<(), SetupError> {
        let in_policy = self
            .policy
            .modules
            .iter()
            .any(|module| module.externals.is_some() || !module.forbids_externals.is_empty());
        if !in_policy && !self.settings.asks_for_manifests {
            self.externals = None;
            return Ok(());
        }
        let tree = ManifestTree {
            root: &self.options.root,
            config: self.config,
            folders: &self.tree.project_folders,
            governed: &|path| governed(&self.tree, path),
            is_test: &|path| self.settings.is_test(path),
            policy: &self.policy,
        };
        let environment = match self.externals.take() {
            Some(known) => known.environment_of(),
            None => environment::find(&self.options.interpreter, &self.options.root, &self.pool)?,
        };
        let mut manifests = Manifests::read(&tree, &mut self.table, environment);
        self.facts.resize_with(self.table.len(), || None);
        for (file, facts) in manifests.take_suppressions() {
            self.facts[file.index()] = Some(facts);
        }
        let sources = self.sources.iter().map(|source| (source.file, self.table.path(source.file)));
        manifests.assign(sources, self.table.len(), &tree);
        self.externals = Some(manifests);
        Ok(())
    }

    /// What is read of manifests; nothing where no rule asks for it.
    pub fn externals(&self) -> Option<&Manifests> {
        self.externals.as_ref()
    }

    /// Whether a file was read as a manifest.
    pub fn is_manifest(&self, file: FileId) -> bool {
        self.externals.as_ref().is_some_and(|externals| externals.bound.manifests.contains(&file))
    }

    /// Whether somebody asked for every syntax error.
    fn depth(&self) -> Depth {
        if self.settings.parses_every_file { Depth::Full } else { Depth::Imports }
    }

    /// Walks the tree and reads on the way whatever takes no parser.
    fn discover(&mut self, progress: &(dyn Fn(usize) + Sync)) -> Result<(), SetupError> {
        let linter = &self.policy.linter;
        let configured =
            linter.exclude.as_ref().map(|list| list.iter().map(|entry| entry.value.as_str()).collect());
        let patterns: Vec<&str> = configured.unwrap_or_else(|| DEFAULT_EXCLUDE.to_vec());
        let extended = linter.extend_exclude.iter().map(|entry| entry.value.as_str());
        let from_command_line = self.options.command_line.extend_exclude.iter().map(String::as_str);
        let patterns = patterns.into_iter().chain(extended).chain(from_command_line);
        let meaning = self.policy.meaning.walk;
        let exclude = match meaning.excludes {
            ExcludeSyntax::Globs => Excludes::new(patterns).map_err(|error| error.to_string()),
            ExcludeSyntax::Gitignore => {
                Excludes::lines(patterns, &self.options.root).map_err(|error| error.to_string())
            }
        };
        let exclude = match exclude {
            Ok(exclude) => exclude,
            // Bad globs of the config have been reported as such.
            Err(_) if !self.problems.is_empty() => Excludes::default(),
            Err(reason) => return Err(SetupError::Exclude(reason)),
        };
        let (overlays, depth, done) = (&self.options.overlays, self.depth(), AtomicUsize::new(0));
        let read = |path: &Path, buffer: &mut Vec<u8>| {
            if depth == Depth::Full || overlays.iter().any(|(overlay, _)| overlay == path) {
                return None;
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            read_imports(path, buffer)
        };
        let mut tree = walk(&WalkOptions {
            exclude: &exclude,
            respect_gitignore: linter.respect_gitignore.unwrap_or(true),
            ignore_files: meaning.ignore_files,
            only_plain_files: meaning.only_plain_files,
            threads: self.options.threads,
            root: &self.options.root,
            read: &read,
        })?;
        let named = self.options.named_files.iter().chain(overlays.iter().map(|(path, _)| path));
        for path in named.filter(|path| path.starts_with(&self.options.root)) {
            if let kind @ Some(_) = kind_of(path)
                && let Err(position) = tree.sources.binary_search_by(|file| compare_paths(&file.path, path))
            {
                let found = FoundFile { path: path.clone(), kind, problem: None, reading: None };
                tree.sources.insert(position, found);
            }
        }
        self.roots = SourceRoots::new(self.policy.source_roots.as_deref(), &self.options.root, &tree);
        let package_configs = if self.is_of_tach() { &tree.domain_configs } else { &tree.package_configs };
        for path in package_configs.iter().filter(|path| governed(&tree, path)) {
            // Of folders outside of every source root nothing is known.
            if let Some((_, root)) = self.roots.of(path.parent().unwrap_or(path)) {
                let is_root = path.parent() == Some(root);
                let package = package_of(&self.roots, path).filter(|_| !is_root);
                self.package_configs.push((self.table.push(path.clone()), package));
            } else if !self.is_of_tach() {
                self.package_configs.push((self.table.push(path.clone()), None));
            }
        }
        // What grows by copying is in memory twice.
        let count = tree.sources.len();
        self.sources.reserve_exact(count);
        self.table.reserve(count);
        self.facts.reserve_exact(self.table.len() + count);
        let mut namer = Namer::default();
        for found in std::mem::take(&mut tree.sources) {
            self.add_source(found, &tree, &mut namer);
        }
        let files = std::mem::take(&mut tree.excluded_files).into_iter();
        self.excluded_targets = files.filter_map(|path| self.add_target(path)).collect();
        for (path, bytes) in &self.options.overlays {
            if let Some(file) = self.table.get(path) {
                self.table.set_overlay(file, bytes.clone());
            }
        }
        self.tree = tree;
        Ok(())
    }

    fn add_source(&mut self, found: FoundFile, tree: &Tree, namer: &mut Namer) {
        let FoundFile { path, kind, problem, reading } = found;
        let module = kind.and_then(|(role, _)| namer.name(&self.roots, &path, role));
        // A folder that cannot be listed has no kind.
        let folder = problem.is_some().then_some((FileRole::Module, SourceKind::Python));
        let Some((role, kind)) = kind.or(folder) else { return };
        let source = Source {
            role: module.as_ref().map_or(role, |(_, module)| module.role),
            kind,
            module: module.map(|(number, module)| (number, module.name)),
            governed: governed(tree, &path)
                && !(self.policy.meaning.walk.only_plain_files && kind == SourceKind::Stub),
            problem,
            file: self.table.push(path),
        };
        self.facts.resize_with(self.table.len(), || None);
        if let Some(reading) = reading
            && source.is_read()
        {
            self.take_reading(source.file, *reading);
        }
        self.sources.push(source);
    }

    /// Adds a file that can be imported, and is not read.
    fn add_target(&mut self, path: PathBuf) -> Option<FileId> {
        let (role, kind) = kind_of(&path)?;
        let (number, name) = Namer::default().name(&self.roots, &path, role)?;
        let file = self.table.push(path);
        let module = Some((number, name.name));
        self.sources.push(Source { file, role: name.role, kind, module, governed: false, problem: None });
        self.facts.resize_with(self.table.len(), || None);
        Some(file)
    }

    fn take_reading(&mut self, file: FileId, reading: Reading) {
        let Reading { fingerprint, outcome, parsed } = reading;
        if let Some(fingerprint) = fingerprint {
            self.table.set_fingerprint(file, fingerprint);
        }
        match outcome {
            Ok(mut facts) => {
                if self.policy.meaning.comments == Comments::Own {
                    facts.suppressions.retain(|it| it.form != SuppressionForm::TachIgnore);
                }
                self.facts[file.index()] = Some(facts);
                if parsed {
                    self.parsed.insert(file);
                }
            }
            Err(reason) => {
                self.facts[file.index()] = None;
                self.unreadable.push(Unreadable { file, reason });
            }
        }
    }

    /// The source file of this id; ids rise in the order of the sources.
    fn source(&self, file: FileId) -> Option<&Source> {
        let position = self.sources.binary_search_by_key(&file, |source| source.file).ok()?;
        self.sources.get(position)
    }

    /// Reads these files anew.
    fn read_files(&mut self, files: &[FileId], progress: &(dyn Fn(usize) + Sync)) {
        let kinds: Vec<(FileId, SourceKind)> =
            files.iter().filter_map(|file| Some((*file, self.source(*file)?.kind))).collect();
        self.unreadable.retain(|unreadable| !files.contains(&unreadable.file));
        for file in files {
            self.parsed.remove(file);
        }
        for (file, reading) in read_all(&self.table, &kinds, self.depth(), &self.pool, progress) {
            self.take_reading(file, reading);
        }
    }

    /// Files whose facts are wanted and not there yet.
    fn unread_files(&self) -> Vec<FileId> {
        let is_missing = |source: &&Source| {
            source.is_read()
                && self.facts(source.file).is_none()
                && !self.unreadable.iter().any(|unreadable| unreadable.file == source.file)
        };
        self.sources.iter().filter(is_missing).map(|source| source.file).collect()
    }

    /// Makes the graph of the facts, and binds the policy to it.
    fn bind(&mut self) {
        self.build_graph();
        if self.policy.meaning.walk.excludes == ExcludeSyntax::Gitignore {
            let files = left_out::needed_files(&self.roots, &self.policy, &self.graph, &self.facts);
            let count = self.sources.len();
            for path in files {
                let excluded = self.tree.excludes_file(&path);
                let file = self.add_target(path);
                let targets = if excluded { &mut self.excluded_targets } else { &mut self.added_targets };
                targets.extend(file);
            }
            if self.sources.len() > count {
                self.build_graph();
            }
        }
        self.left_out = self.bind_left_out();
        self.boundaries = Boundaries::bind(&self.policy, self.graph.index(), &self.left_out.modules);
        if let Some(externals) = &mut self.externals {
            externals.bound.bind(self.graph.index());
        }
    }

    fn build_graph(&mut self) {
        let mut files: Vec<IndexedFile> = self
            .sources
            .iter()
            .filter_map(|source| {
                let (root, name) = source.module.as_ref()?;
                let Source { file, role, kind, .. } = *source;
                Some(IndexedFile { file, name, role, source: kind, root: *root })
            })
            .collect();
        // By precedence of roots; a stable sort keeps the order by path within each.
        files.sort_by_key(|file| file.root);
        let mut index = ModuleIndex::build(&files, self.roots.nested());
        if self.policy.meaning.unowned.is_module() {
            index.add_placeholder(ROOT_MODULE);
        }
        let resolution = Resolution {
            target_minor: self.policy.linter.target_version.map(|PythonMinor(minor)| minor),
            relative_from_root: self.policy.meaning.relative_from_root,
        };
        self.graph = ImportGraph::build(index, self.facts.iter().map(Option::as_ref), resolution);
    }

    fn bind_left_out(&self) -> LeftOut {
        let index = self.graph.index();
        let module_of = |file: &FileId| {
            let module = index.of_file(*file)?.module;
            (index.module(module).file == Some(*file)).then_some(module)
        };
        let as_targets: FxHashSet<ModuleId> = self.excluded_targets.iter().filter_map(module_of).collect();
        let modules =
            as_targets.iter().copied().chain(self.added_targets.iter().filter_map(module_of)).collect();
        let mut left_out = LeftOut { modules, as_targets, ..LeftOut::default() };
        if self.policy.meaning.blind_spots.contains(BlindSpots::OTHER_PROJECTS) {
            (left_out.project_of_root, left_out.declared_projects) =
                left_out::projects(&self.roots, &self.options.root);
        }
        left_out
    }

    /// Runs something on a thread whose stack bears deeply nested source.
    pub(crate) fn on_large_stack<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// Mistakes in the config, in the order of files and positions. Nothing can be checked while there are any.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    pub fn files(&self) -> &FileTable {
        &self.table
    }

    pub fn graph(&self) -> &ImportGraph {
        &self.graph
    }

    pub fn boundaries(&self) -> &Boundaries {
        &self.boundaries
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn root(&self) -> &Path {
        &self.options.root
    }

    pub fn config(&self) -> Option<&ConfigFile> {
        self.options.config.as_ref()
    }

    pub fn facts(&self, file: FileId) -> Option<&FileFacts> {
        self.facts.get(file.index())?.as_ref()
    }

    /// The folders from which module names are counted, in order of precedence.
    pub fn source_roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter()
    }

    /// Folders below the root that have a config of their own.
    pub fn nested_configs(&self) -> &[PathBuf] {
        &self.tree.nested_configs
    }

    /// Whether a file is one of the configs of this session.
    pub fn is_config(&self, file: FileId) -> bool {
        self.config == Some(file)
            || self.overrides.contains(&file)
            || self.package_configs.iter().any(|(config, _)| *config == file)
    }

    /// The Python files that are checked, by path.
    pub fn checked_files(&self) -> impl Iterator<Item = &Path> {
        self.sources.iter().filter(|source| source.is_read()).map(|source| self.table.path(source.file))
    }

    /// Files that are not checked, or not as one might think, with what to say of them.
    pub fn left_out(&self) -> [(&'static str, Vec<PathBuf>); 2] {
        let paths = |wanted: &dyn Fn(&Source) -> bool| {
            let sources = self.sources.iter().filter(|source| source.governed && wanted(source));
            sources.map(|source| self.table.path(source.file).to_path_buf()).collect()
        };
        let shadowed =
            |source: &Source| self.graph.index().of_file(source.file).is_some_and(|file| file.shadowed);
        [
            ("outside every source root", paths(&|source| source.module.is_none())),
            ("shadowed, another file is loaded in its place", paths(&shadowed)),
        ]
    }

    /// Imported names whose module was not found: file, position in [`FileFacts::names`], full name.
    pub fn unresolved(&self) -> impl Iterator<Item = (FileId, u32, String)> {
        self.graph.edges().iter().filter(|edge| is_unresolved(edge.target)).filter_map(|edge| {
            let name = self.graph.imported_name(edge, self.facts(edge.file)?);
            Some((edge.file, edge.name, name))
        })
    }

    /// Runs the selected rules.
    pub fn check(&self, options: &CheckOptions) -> Report {
        let mut usage = Usage::default();
        let nothing_used = Usage::default();
        let mut suppressed = 0;
        let unreadable = self.all_unreadable();
        let suggestions = Cell::new(MOST_SUGGESTIONS);
        let explanations = Cell::new(options.most_explained);
        let memo = Memo::default();
        let context = self.context(&unreadable, &nothing_used, &suggestions, &explanations, &memo);
        let reports = |finding: &Finding| self.reports(finding.rule, finding.site.file());
        let mut findings = find(&context, &self.settings.rules);
        findings.retain(|finding| context.weigh(finding, self.settings.severity(finding.rule)).is_some());
        findings.retain(|finding| {
            let kept = reports(finding) && !is_suppressed(&context, finding, self.today, &mut usage);
            suppressed += usize::from(!kept && reports(finding));
            kept
        });

        let context = self.context(&unreadable, &usage, &suggestions, &explanations, &memo);
        let ran = |rule, file| self.settings.rules.contains(rule) && self.reports(rule, file);
        let mut about_findings = find_in_run(&context, &self.settings.rules, &Run { ran: &ran });
        about_findings.extend(self.syntax_errors_met());
        let mut ignored = Usage::default();
        about_findings.retain(|finding| {
            let kept = reports(finding) && !is_suppressed(&context, finding, self.today, &mut ignored);
            suppressed += usize::from(!kept && reports(finding));
            kept
        });
        findings.extend(about_findings);
        let paths: FxHashSet<&Path> = options.paths.iter().map(PathBuf::as_path).collect();
        findings.retain(|finding| self.is_asked_for(finding.site.file(), &paths));

        // Before anything is parsed to be explained.
        let coverage = self.coverage(suppressed, unreadable.len());
        let mut diagnostics: Vec<Diagnostic> = findings
            .iter()
            .map(|finding| {
                let with_fix = options.fixes && self.settings.fixes(finding.rule);
                let severity = self.settings.severity(finding.rule);
                let severity = context.weigh(finding, severity).unwrap_or(severity);
                let mut diagnostic = context.diagnose(finding, severity, with_fix);
                // What stands on the command line is no file to be mended.
                let is_override = |(file, _): &(FileId, Edit)| self.overrides.contains(file);
                diagnostic.fix = diagnostic.fix.filter(|fix| !fix.edits.iter().any(is_override));
                diagnostic
            })
            .chain(self.policy.faults.iter().cloned())
            .chain(self.policy.meaning.externals.faults.iter().filter(|_| self.externals.is_some()).cloned())
            .collect();
        diagnostics.sort_by(|a, b| {
            let place =
                |diagnostic: &Diagnostic| (diagnostic.range.start(), diagnostic.code, diagnostic.range.end());
            let path = compare_paths(self.table.path(a.file), self.table.path(b.file));
            path.then_with(|| place(a).cmp(&place(b))).then_with(|| a.message.cmp(&b.message))
        });
        Report { diagnostics, coverage, fixes_in_part: options.fixes && explanations.get() == 0 }
    }

    /// Syntax errors of files that were read for imports only, and then parsed because a rule asked.
    fn syntax_errors_met(&self) -> Vec<Finding> {
        let Some(rule) = RuleId::from_code_or_name("syntax-error") else { return Vec::new() };
        let met = self.table.modules().filter(|(file, _)| !self.parsed.contains(file));
        let errors =
            met.filter_map(|(file, facts)| Some(Span::new(file, facts.syntax_error.as_ref()?.range)));
        let selected = self.settings.rules.contains(rule);
        errors.filter(|_| selected).map(|span| Finding { rule, site: Site::Place(span), detail: 0 }).collect()
    }

    fn context<'a>(
        &'a self,
        unreadable: &'a [Unreadable],
        usage: &'a Usage,
        suggestions: &'a Cell<u32>,
        explanations: &'a Cell<u32>,
        memo: &'a Memo,
    ) -> Context<'a> {
        Context {
            policy: &self.policy,
            graph: &self.graph,
            boundaries: &self.boundaries,
            kinds: &self.settings.kinds,
            facts: &self.facts,
            unreadable,
            missing_roots: &self.roots.missing,
            left_out: &self.left_out,
            externals: self.externals.as_ref().map(|externals| &externals.bound),
            sources: self,
            today: self.today,
            usage,
            suggestions,
            explanations,
            memo,
        }
    }

    /// Files that the walk or the reader could not read.
    fn all_unreadable(&self) -> Vec<Unreadable> {
        let from_walk = self.sources.iter().filter(|source| source.governed).filter_map(|source| {
            source.problem.clone().map(|reason| Unreadable { file: source.file, reason })
        });
        from_walk.chain(self.unreadable.iter().cloned()).collect()
    }

    fn reports(&self, rule: RuleId, file: FileId) -> bool {
        if !self.settings.has_per_file_ignores() {
            return true;
        }
        let path = self.table.path(file);
        self.settings.reports(rule, path.strip_prefix(&self.options.root).unwrap_or(path))
    }

    fn is_asked_for(&self, file: FileId, paths: &FxHashSet<&Path>) -> bool {
        paths.is_empty()
            || self.is_config(file)
            || self.is_manifest(file)
            || self.table.path(file).ancestors().any(|ancestor| paths.contains(ancestor))
    }

    fn coverage(&self, suppressed: usize, unreadable: usize) -> Coverage {
        let index = self.graph.index();
        let met: FxHashMap<FileId, &FileFacts> = self.table.modules().collect();
        let mut coverage = Coverage { unreadable, suppressed, ..Coverage::default() };
        for source in &self.sources {
            if source.governed && source.module.is_none() {
                coverage.outside_roots += 1;
            }
            if let Some(facts) = self.facts(source.file) {
                coverage.files += 1;
                let met = met.get(&source.file);
                coverage.imports_only += usize::from(!self.parsed.contains(&source.file) && met.is_none());
                coverage.broken += usize::from(met.unwrap_or(&facts).syntax_error.is_some());
                coverage.imports += facts.imports.len();
                coverage.opaque += facts.opaque_imports.len();
            }
            if source.governed && index.of_file(source.file).is_some_and(|module| module.shadowed) {
                coverage.shadowed += 1;
            }
        }
        let read = self.sources.iter().filter(|source| self.facts(source.file).is_some());
        let modules: FxHashSet<ModuleId> =
            read.filter_map(|source| Some(index.of_file(source.file)?.module)).collect();
        coverage.modules = modules.len();
        coverage.governed = modules.iter().filter(|id| self.boundaries.owner(**id).is_some()).count();
        coverage.unresolved = self.graph.edges().iter().filter(|edge| is_unresolved(edge.target)).count();
        coverage
    }
}

impl Files for Session {
    fn path(&self, file: FileId) -> &Path {
        self.table.path(file)
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        self.table.text(file)
    }
}

impl Sources for Session {
    fn module(&self, file: FileId) -> Option<Arc<ParsedFile>> {
        let kind = self.source(file)?.kind;
        self.table.module(file, |text| self.on_large_stack(|| parse_module(text, kind)))
    }

    fn is_utf8(&self, file: FileId) -> bool {
        self.table.bytes(file).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok())
    }

    fn is_test(&self, file: FileId) -> bool {
        let path = self.table.path(file);
        self.settings.is_test(path.strip_prefix(&self.options.root).unwrap_or(path))
    }
}

fn is_unresolved(target: Target) -> bool {
    match target {
        Target::Module { missing, .. } => missing,
        Target::Unresolved => true,
        Target::StandardLibrary | Target::ThirdParty => false,
    }
}

/// Whether no config below the root governs a path.
fn governed(tree: &Tree, path: &Path) -> bool {
    !tree.nested_configs.iter().any(|folder| path.starts_with(folder))
}

/// The dotted name of the package that a file lies in.
fn package_of(roots: &SourceRoots, path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let (_, root) = roots.of(folder)?;
    module_name(&folder.join("__init__.py"), root)
        .filter(|module| module.role == FileRole::Package)
        .map(|module| module.name)
}

/// Threads whose stacks bear expressions nested as deep as any file has them.
fn thread_pool(threads: usize) -> Result<ThreadPool, SetupError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_SIZE)
        .thread_name(|number| format!("ringfence-{number}"))
        .build()
        .map_err(|error| SetupError::Threads(error.to_string()))
}
