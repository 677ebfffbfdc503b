//! One governed tree: everything that is known of it, and how to check it.

mod binding;
mod configs;
pub(crate) mod live;
pub(crate) mod needed;
mod reading;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;
use jiff::civil::Date;
use ringfence_diagnostics::{Diagnostic, FileId, Files, Identity, Severity, Span};
use ringfence_graph::{Edge, FileRole, ImportGraph, ModuleId, Target};
use ringfence_policy::{ModulePattern, Policy, native};
use ringfence_rules::{
    Boundaries, Context, ContractSummary, Detail, Finding, Governance, LeftOut, Memo, RuleId, Run, Sources,
    Unreadable, Usage, Why, find, find_in_run, is_suppressed, stale_baseline_entry, syntax_error,
};
use ringfence_source::{FileFacts, Oddities, ParsedFile, SourceKind, oddities, parse_module};
use ruff_diagnostics::Edit;
use ruff_source_file::SourceFile;
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::FileTable;
use crate::baseline::{self, BadLine, Baseline, recordable};
use crate::beside;
use crate::config::{ConfigFile, SetupError, any_config_in, import_linter_config_in};
use crate::coverage::Coverage;
use crate::discovery::{Tree, compare_paths};
use crate::disk::{Disk, Snapshot};
use crate::environment::Interpreter;
use crate::manifests::Manifests;
use crate::roots::SourceRoots;
use crate::settings::{CommandLine, Settings, problem};
use crate::unlooked::Unlooked;
use crate::workers::Workers;
use needed::NeededComments;

/// Each compares a name with all modules.
const MOST_SUGGESTIONS: u32 = 100;

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
    /// Where to look for installed distributions, if a rule asks for them.
    pub interpreter: Interpreter,
    /// Folders besides the root in which root packages are looked for.
    pub python_path: Vec<PathBuf>,
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
    /// Whether of these only those matter that change the policy.
    pub only_policy: bool,
    /// How many times a file with a finding may be looked at in full, to say how the imported names are used, or to fix it.
    pub most_explained: u32,
    /// How many times all ways from one module to another are looked at, for what is said of a contract.
    pub most_chains: u32,
    /// Whether all chains that share no import are listed.
    pub all_chains: bool,
    /// How much of a finding somebody sees.
    pub detail: Detail,
    /// Whether known findings are reported, too, and the baseline is not judged.
    pub ignore_baseline: bool,
}

/// The answer of one check.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order of path, position, code.
    pub diagnostics: Vec<Diagnostic>,
    pub coverage: Coverage,
    /// What became of the contracts whose rules are selected.
    pub contracts: Vec<ContractSummary>,
    /// Whether there were too many findings to look at the file of each for its fix ([`CheckOptions::most_explained`]).
    pub fixes_in_part: bool,
}

/// A governed tree with all that is known of it.
pub struct Session {
    options: SessionOptions,
    /// What is judged.
    disk: Disk,
    workers: Arc<Workers>,
    table: FileTable,
    config: Option<FileId>,
    overrides: Vec<FileId>,
    /// Every `ringfence.module.toml`, with the package that it lies in.
    package_configs: Vec<(FileId, Option<String>)>,
    /// What is wrong with the root packages that the config names.
    root_faults: Vec<Diagnostic>,
    /// The files of the baseline.
    baseline_files: Vec<FileId>,
    baseline: Baseline,
    /// Lines of it that are no entries.
    bad_lines: Vec<BadLine>,
    /// Files that the pattern of the baseline matches, and that are none.
    no_baselines: Vec<FileId>,
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
    /// What a session beside this one needs.
    needed_elsewhere: NeededComments,
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
        let workers = Workers::shared(options.threads)?;
        let mut table = FileTable::with_overlays(&options.overlays);
        let config = options.config.as_ref().map(|config| table.push(config.path.clone()));
        let overrides = options
            .overrides
            .iter()
            .enumerate()
            .map(|(number, text)| {
                let file = table.push(PathBuf::from(format!("--config ({})", number + 1)));
                table.set_overlay(file, Some(text.clone().into_bytes()));
                file
            })
            .collect();
        let (policy, _) = native::read(None, &[]);
        let (settings, _) = Settings::new(&policy, &options.command_line);
        let disk = Disk::new(&options.overlays, &options.absent, options.snapshot.clone());
        let mut session = Self {
            options,
            disk,
            workers,
            table,
            config,
            overrides,
            package_configs: Vec::new(),
            root_faults: Vec::new(),
            baseline_files: Vec::new(),
            baseline: Baseline::default(),
            bad_lines: Vec::new(),
            no_baselines: Vec::new(),
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
            needed_elsewhere: NeededComments::default(),
            today: Zoned::now().date(),
        };
        session.read_config()?;
        session.discover(progress)?;
        session.read_package_configs()?;
        if session.problems.is_empty() {
            let read = session.facts.iter().flatten().count();
            session.read_files(&session.unread_files(), &|done| progress(read + done));
            session.read_manifests()?;
            session.find_baseline()?;
            let files: Vec<FileId> = session.sources.iter().map(|source| source.file).collect();
            session.read_strings(&files);
            session.bind();
        }
        Ok(session)
    }

    /// The same tree as git had it before: with other contents of some files, without others, and judged by the config of then. Nothing
    /// where there was none, or one with mistakes.
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
        Ok(session.problems.is_empty().then_some(session))
    }

    /// Takes new contents of files and brings everything up to date.
    ///
    /// # Errors
    /// Where a config that is read anew cannot be.
    pub fn apply(&mut self, changes: Vec<(FileId, Vec<u8>)>) -> Result<(), SetupError> {
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
        files.retain(|file| self.source(*file).is_some_and(Source::is_read));
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
        self.unreadable.extend(restless.map(|file| Unreadable { file, reason: reason() }));
        Ok(self.check(options))
    }

    /// What is read of manifests; nothing where no rule asks for it.
    pub fn externals(&self) -> Option<&Manifests> {
        self.externals.as_ref()
    }

    /// The findings that are known and may stay for now.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// The file of the baseline in which a finding is or would be recorded.
    pub fn baseline_path(&self, identity: &Identity) -> PathBuf {
        let name = identity.members.first().unwrap_or(&identity.importer);
        let index = self.graph.index();
        // What is defined in a module goes with it.
        let module = index.get(name).or_else(|| index.get(name.rsplit_once('.')?.0));
        let owner = module.and_then(|module| self.boundaries.owner(module));
        let package = match owner {
            Some(owner) => index.name(self.boundaries.get(owner).module),
            None => name.split('.').next().unwrap_or_default(),
        };
        self.options.root.join(self.baseline_pattern().replace('*', package))
    }

    /// The path of the baseline, relative to the root; a `*` stands for the name of a package.
    pub(crate) fn baseline_pattern(&self) -> &str {
        let pattern = self.policy.linter.baseline.as_ref().map(|baseline| baseline.value.as_str());
        pattern.unwrap_or(baseline::DEFAULT_PATH)
    }

    /// Whether a path is one of a file of the baseline, there or not.
    pub fn is_path_of_baseline(&self, path: &Path) -> bool {
        baseline::is_named(&self.options.root, self.baseline_pattern(), path)
    }

    /// Whether there is a baseline: an empty one is one, too.
    pub fn has_baseline(&self) -> bool {
        let is_ours = |file| self.table.bytes_as_read(file).is_some_and(|bytes| baseline::is_ours(&bytes));
        !self.baseline.entries.is_empty() || self.baseline_files().any(is_ours)
    }

    /// The lines of the baseline that are no entries and no comments.
    pub fn unreadable_lines(&self) -> impl Iterator<Item = Span> {
        self.bad_lines.iter().map(|line| line.span)
    }

    /// The files of the baseline.
    pub fn baseline_files(&self) -> impl Iterator<Item = FileId> {
        self.baseline_files.iter().copied()
    }

    /// Whether a file is one of the baseline.
    pub fn is_baseline(&self, file: FileId) -> bool {
        self.baseline_files.contains(&file)
    }

    /// Whether a file was read as a manifest.
    pub fn is_manifest(&self, file: FileId) -> bool {
        self.externals.as_ref().is_some_and(|externals| externals.bound.manifests.contains(&file))
    }

    /// The source file of this id; ids rise in the order of the sources.
    fn source(&self, file: FileId) -> Option<&Source> {
        let position = self.sources.binary_search_by_key(&file, |source| source.file).ok()?;
        self.sources.get(position)
    }

    /// Runs something on a thread whose stack bears deeply nested source.
    pub(crate) fn on_large_stack<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.workers.pool.install(work)
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

    /// Temporary files below the root that a run of ringfence has left, or is writing.
    pub fn unfinished(&self) -> impl Iterator<Item = &Path> {
        self.tree.unfinished.iter().map(PathBuf::as_path)
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

    /// The contracts that the config has, beside those that were asked for.
    pub fn contracts_set_aside(&self) -> &[String] {
        &self.policy.set_aside
    }

    /// What became of the contracts whose rules are selected.
    pub fn contracts(&self) -> Vec<ContractSummary> {
        let (usage, memo, none) = (Usage::default(), Memo::default(), Cell::new(0));
        let context = self.context(&[], &usage, &none, &none, &none, &memo);
        context.contract_summaries(|rule| self.settings.rules.contains(rule))
    }

    /// How much of the project is governed, with test code or without, and by what.
    pub fn governance(&self, with_tests: bool) -> (Governance, Coverage) {
        let (usage, memo, none) = (Usage::default(), Memo::default(), Cell::new(0));
        let unreadable = self.all_unreadable();
        let context = self.context(&unreadable, &usage, &none, &none, &none, &memo);
        let contracts = context.contract_summaries(|_| true);
        (context.governance(contracts, with_tests), self.coverage(&context, 0))
    }

    /// Why a module of this name may import another, a member of one or something from elsewhere, or why not; nothing where one of
    /// them is not there.
    pub fn why(&self, importer: &str, imported: &str) -> Option<Why> {
        let index = self.graph.index();
        let importer = index.get(importer)?;
        let (usage, memo, none) = (Usage::default(), Memo::default(), Cell::new(0));
        let context = self.context(&[], &usage, &none, &none, &none, &memo);
        let rules = &self.settings.rules;
        if let Some((imported, member)) = self.module_with_member(imported) {
            return Some(context.why(importer, imported, member, rules));
        }
        context.why_elsewhere(importer, imported, rules)
    }

    /// The module that a dotted name stands for, or the one that has its end, as far as some statement binds or imports it.
    fn module_with_member<'a>(&self, name: &'a str) -> Option<(ModuleId, &'a str)> {
        let index = self.graph.index();
        if let Some(module) = index.get(name) {
            return Some((module, ""));
        }
        let mut dots = name.rmatch_indices('.').map(|(dot, _)| dot);
        let (module, member) = dots.find_map(|dot| Some((index.get(&name[..dot])?, &name[dot + 1..])))?;
        let is_imported = |edge: &Edge| {
            let Target::Module { module: target, .. } = edge.target else { return false };
            let facts = self.facts(edge.file);
            target == module
                && facts.and_then(|facts| self.graph.member(edge, facts)).as_deref() == Some(member)
        };
        let file = index.module(module).file;
        let is_bound = || {
            let parsed = file.and_then(|file| Sources::module(self, file));
            let first = member.split('.').next().unwrap_or_default();
            parsed.is_some_and(|parsed| parsed.module.global(first).is_some_and(|it| !it.bindings.is_empty()))
        };
        (self.graph.edges().iter().any(is_imported) || is_bound()).then_some((module, member))
    }

    /// Imports that are taken to come from a distribution that is declared, only as it is called much like them.
    pub fn doubtful_externals(&self) -> BTreeSet<(String, String)> {
        let (usage, memo, none) = (Usage::default(), Memo::default(), Cell::new(0));
        let context = self.context(&[], &usage, &none, &none, &none, &memo);
        self.externals.as_ref().map(|externals| externals.bound.doubts(&context)).unwrap_or_default()
    }

    /// What the module of a file or folder is called.
    pub fn module_at(&self, path: &Path) -> Option<&str> {
        let index = self.graph.index();
        let names = ["__init__.py", "__init__.pyi"].map(|name| path.join(name));
        let mut paths = std::iter::once(path).chain(names.iter().map(PathBuf::as_path));
        let file = paths.find_map(|path| self.table.get(path))?;
        Some(index.name(index.of_file(file)?.module))
    }

    /// Calls this with each import that the config takes for one, or with all where it does not say which these are; with the
    /// module that it is one of, or what it is called if it leads out of the project.
    pub fn visit_counted(&self, mut visit: impl FnMut(&Edge, Option<ModuleId>, Option<String>)) {
        let (usage, memo, none) = (Usage::default(), Memo::default(), Cell::new(0));
        let context = self.context(&[], &usage, &none, &none, &none, &memo);
        let is_strict = self.policy.meaning.missing_modules.is_strict();
        for edge in self.graph.edges() {
            match edge.target {
                _ if is_strict && !context.counts(edge) => {}
                Target::Module { module, .. } if !is_strict => visit(edge, Some(module), None),
                _ => visit(edge, context.target_module(edge), context.top_level_elsewhere(edge)),
            }
        }
    }

    /// Whether whatever the config allows is judged, too.
    pub fn is_without_permissions(&self) -> bool {
        self.options.without_permissions
    }

    /// Whether an import leads from one project of the tree into another, where the config's format keeps these apart.
    pub fn leads_between_projects(&self, importer: &Path, imported: &str) -> bool {
        let index = self.graph.index();
        let project = |root: u16| self.left_out.project_of_root.get(root as usize);
        let from = self.table.get(importer).and_then(|file| project(index.of_file(file)?.root));
        let ends = imported.match_indices('.').map(|(dot, _)| dot).chain([imported.len()]);
        let mut modules = ends.filter_map(|end| index.root_of(index.get(&imported[..end])?));
        let to = modules.next_back().and_then(project);
        from.is_some() && to.is_some() && from != to
    }

    /// Folders below the root that have a config of their own.
    pub fn nested_configs(&self) -> &[PathBuf] {
        &self.tree.nested_configs
    }

    /// The configs of this session.
    pub fn configs(&self) -> impl Iterator<Item = FileId> {
        let of_packages = self.package_configs.iter().map(|(config, _)| *config);
        self.config.into_iter().chain(self.overrides.iter().copied()).chain(of_packages)
    }

    /// Whether a file is one of the configs of this session.
    pub fn is_config(&self, file: FileId) -> bool {
        self.configs().any(|config| config == file)
    }

    /// What the session was made of beside sources: configs, manifests, the baseline.
    pub fn inputs(&self) -> impl Iterator<Item = FileId> {
        let manifests = self.externals.iter().flat_map(|externals| &externals.bound.manifests);
        self.configs().chain(manifests.chain(&self.baseline_files).copied())
    }

    /// Every file that was read: Python files, configs, manifests, the baseline.
    pub fn files_read(&self) -> impl Iterator<Item = &Path> {
        self.checked_files().chain(self.inputs().map(|file| self.table.path(file)))
    }

    /// The Python files that are checked, by path.
    pub fn checked_files(&self) -> impl Iterator<Item = &Path> {
        self.sources.iter().filter(|source| source.is_read()).map(|source| self.table.path(source.file))
    }

    /// Modules that can be imported although the walk left them out.
    pub fn excluded_modules(&self) -> impl Iterator<Item = &str> {
        let index = self.graph.index();
        index
            .iter()
            .map(|(id, _)| id)
            .filter(|id| self.left_out.modules.contains(id))
            .map(|id| index.name(id))
    }

    /// Files that are not checked, or not as one might think, with what to say of them.
    pub fn left_out(&self) -> [(&'static str, Vec<PathBuf>); 7] {
        let paths = |wanted: &dyn Fn(&Source) -> bool| {
            let sources = self.sources.iter().filter(|source| source.governed && wanted(source));
            sources.map(|source| self.table.path(source.file).to_path_buf()).collect()
        };
        let shadowed =
            |source: &Source| self.graph.index().of_file(source.file).is_some_and(|file| file.shadowed);
        [
            ("outside every source root", paths(&|source| source.module.is_none())),
            ("shadowed, another file is loaded in its place", paths(&shadowed)),
            ("hidden by a personal ignore file", self.tree.unlooked.personal.clone()),
            ("excluded by default, in a package", self.tree.unlooked.excluded.clone()),
            ("a link to a folder, which is not followed", self.tree.unlooked.linked.clone()),
            ("cannot tell which ignored files git tracks", self.tree.unlooked.indexes.clone()),
            (
                "has a config of another tool, which is not enforced with the one above",
                self.foreign_configs(),
            ),
        ]
    }

    /// Folders below with a config of Tach or import-linter, which ends no tree of ours. With no config of ours above they would be
    /// checked by it.
    fn foreign_configs(&self) -> Vec<PathBuf> {
        let is_native =
            self.options.config.as_ref().is_some_and(|config| config.kind == crate::ConfigKind::Ringfence);
        let is_ours = |folder: &&PathBuf| {
            folder.as_path() != self.root()
                && !self.tree.nested_configs.iter().any(|nested| folder.starts_with(nested))
        };
        let folders = self.tree.foreign_configs.iter().filter(|_| is_native);
        folders.filter(is_ours).cloned().collect()
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
        let chains = Cell::new(options.most_chains);
        let memo = Memo::default();
        let context = self.context(&unreadable, &nothing_used, &suggestions, &explanations, &chains, &memo);
        // What globs say of a rule in a file is asked once, however many findings there are.
        let known = RefCell::new(FxHashMap::default());
        let reports_in = |rule: RuleId, file: FileId| {
            *known.borrow_mut().entry((rule, file)).or_insert_with(|| self.reports(rule, file))
        };
        let reports = |finding: &Finding| reports_in(finding.rule, finding.site.file());
        let mut findings = find(&context, &self.settings.rules);
        findings.retain(|finding| {
            context.effective_severity(finding, self.settings.severity(finding.rule)).is_some()
        });
        findings.retain(|finding| {
            let kept = reports(finding)
                && !is_suppressed(&context, finding.rule, finding.site, self.today, &mut usage);
            suppressed += usize::from(!kept && reports(finding));
            kept
        });
        suppressed += context.use_suppressions_of_contracts(&mut usage);
        self.needed_elsewhere.mark(self, &mut usage);

        let context = self.context(&unreadable, &usage, &suggestions, &explanations, &chains, &memo);
        let context = Context {
            only_policy: options.only_policy,
            all_chains: options.all_chains,
            detail: options.detail,
            ..context
        };
        let ran = |rule, file| self.settings.rules.contains(rule) && reports_in(rule, file);
        let mut about_findings = find_in_run(&context, &self.settings.rules, &Run { ran: &ran });
        about_findings.extend(self.syntax_errors_met());
        let mut ignored = Usage::default();
        about_findings.retain(|finding| {
            let kept = reports(finding)
                && !is_suppressed(&context, finding.rule, finding.site, self.today, &mut ignored);
            suppressed += usize::from(!kept && reports(finding));
            kept
        });
        findings.extend(about_findings);
        let paths: FxHashSet<&Path> = options.paths.iter().map(PathBuf::as_path).collect();
        let mut asked: FxHashMap<FileId, bool> = FxHashMap::default();
        findings.retain(|finding| {
            let file = finding.site.file();
            *asked.entry(file).or_insert_with(|| self.is_asked_for(file, &paths))
        });

        // Before anything is parsed to be explained.
        let mut coverage = self.coverage(&context, suppressed);
        // What is known is told by nobody, so it costs nothing of what explains the rest.
        let stale = if options.ignore_baseline || self.baseline.entries.is_empty() {
            Vec::new()
        } else {
            for budget in [&suggestions, &explanations, &chains] {
                budget.set(0);
            }
            let context = self.context(&unreadable, &usage, &suggestions, &explanations, &chains, &memo);
            let whole = paths.is_empty() || paths.contains(self.root());
            let stale = self.take_known(&context, &mut findings, &mut coverage, whole);
            suggestions.set(MOST_SUGGESTIONS);
            explanations.set(options.most_explained);
            chains.set(options.most_chains);
            memo.count_anew();
            stale
        };
        findings.extend(stale);
        let mut diagnostics: Vec<Diagnostic> = findings
            .iter()
            .map(|finding| {
                let with_fix = options.fixes && self.settings.fixes(finding.rule);
                let severity = self.settings.severity(finding.rule);
                let severity = context.effective_severity(finding, severity).unwrap_or(severity);
                let mut diagnostic = context.diagnose(finding, severity, with_fix);
                // What stands on the command line is no file to be mended.
                let is_override = |(file, _): &(FileId, Edit)| self.overrides.contains(file);
                diagnostic.fix = diagnostic.fix.filter(|fix| !fix.edits.iter().any(is_override));
                diagnostic
            })
            .chain(self.faults())
            .collect();
        diagnostics.sort_by(|a, b| {
            let place =
                |diagnostic: &Diagnostic| (diagnostic.range.start(), diagnostic.code, diagnostic.range.end());
            let path = compare_paths(self.table.path(a.file), self.table.path(b.file));
            path.then_with(|| place(a).cmp(&place(b))).then_with(|| a.message.cmp(&b.message))
        });
        let contracts = context.contract_summaries(|rule| self.settings.rules.contains(rule));
        Report { diagnostics, coverage, contracts, fixes_in_part: options.fixes && explanations.get() == 0 }
    }

    /// Mistakes in what the session was made of, for which nothing is given up.
    fn faults(&self) -> Vec<Diagnostic> {
        let of_externals = self.policy.meaning.externals.faults.iter().filter(|_| self.externals.is_some());
        let of_baseline = self.bad_lines.iter().map(|BadLine { span, reason }| {
            let help =
                "a line is `RF101 importer -> imported name`; `ringfence baseline` writes them".to_string();
            problem(*span, format!("this line of the baseline says nothing: {reason}"), Some(help))
        });
        let of_pattern = self.no_baselines.iter().map(|&file| {
            let help = "a baseline begins with a line of its own; `ringfence baseline` writes it".to_string();
            let start = Span::new(file, TextRange::default());
            let message = "`baseline` in the config matches this file, which is none and is left alone";
            Diagnostic { severity: Severity::Warning, ..problem(start, message.to_string(), Some(help)) }
        });
        let is_there = |pattern: &ModulePattern| {
            self.boundaries
                .iter()
                .any(|(_, boundary)| pattern.matches(self.graph.index().name(boundary.module)))
        };
        let of_modules = self.policy.faults_of_modules.iter().filter(|(pattern, _)| is_there(pattern));
        let of_policy = self.policy.faults.iter().chain(&self.root_faults).chain(of_externals);
        let of_policy = of_policy.chain(of_modules.map(|(_, fault)| fault)).cloned();
        of_policy.chain(of_baseline).chain(of_pattern).collect()
    }

    /// Takes out the findings that the baseline knows, and gives the entries that no finding needs. Those are judged only on the
    /// `whole` tree, and only if their rule ran.
    fn take_known(
        &self,
        context: &Context,
        findings: &mut Vec<Finding>,
        coverage: &mut Coverage,
        whole: bool,
    ) -> Vec<Finding> {
        let mut used = vec![false; self.baseline.entries.len()];
        let lookup = self.baseline.lookup();
        findings.retain(|finding| {
            let severity = self.settings.severity(finding.rule);
            let severity = context.effective_severity(finding, severity).unwrap_or(severity);
            let Some(identity) = recordable(&context.diagnose(finding, severity, false)) else { return true };
            let position = lookup.matching(&identity);
            if let Some(position) = position {
                used[position] = true;
                coverage.baselined += 1;
            }
            position.is_none()
        });
        let in_part = context.contracts_in_part();
        let stale = if whole { self.stale_entries(&used, &in_part) } else { Vec::new() };
        coverage.stale += stale.len();
        stale
    }

    /// The entries of the baseline that no finding of a whole run `used`, if their rule and the one that says so ran. Those of contracts
    /// that are listed `in_part` may be among what is not.
    fn stale_entries(&self, used: &[bool], in_part: &[&str]) -> Vec<Finding> {
        let rule_of =
            |code: &str| RuleId::from_code_or_name(code).filter(|rule| self.settings.rules.contains(*rule));
        let entries = self.baseline.entries.iter().zip(used);
        // Of a contract that somebody else looks at, or nobody in this run, nothing is known.
        let is_elsewhere = |id: &str| {
            let is_here = || self.policy.contracts.iter().any(|contract| contract.id() == id);
            !id.is_empty() && (self.options.is_shared || !self.policy.set_aside.is_empty()) && !is_here()
        };
        let stale = entries.filter(|(entry, used)| {
            !**used
                && !is_elsewhere(&entry.identity.contract)
                && !in_part.contains(&entry.identity.contract.as_str())
                && rule_of(&entry.identity.code).is_some()
        });
        let found = stale.map(|(entry, _)| stale_baseline_entry(entry.line));
        found.filter(|finding| self.settings.rules.contains(finding.rule)).collect()
    }

    /// Syntax errors of files that were read for imports only, and then parsed because a rule asked.
    fn syntax_errors_met(&self) -> Vec<Finding> {
        let met = self.table.modules().filter(|(file, _)| !self.parsed.contains(file));
        let errors = met.filter_map(|(file, facts)| syntax_error(file, facts));
        errors.filter(|error| self.settings.rules.contains(error.rule)).collect()
    }

    fn context<'a>(
        &'a self,
        unreadable: &'a [Unreadable],
        usage: &'a Usage,
        suggestions: &'a Cell<u32>,
        explanations: &'a Cell<u32>,
        chains: &'a Cell<u32>,
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
            chains,
            all_chains: false,
            detail: Detail::Everything,
            only_policy: false,
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
            || self.is_baseline(file)
            || is_at_or_below(self.table.path(file), paths)
    }

    fn coverage(&self, context: &Context, suppressed: usize) -> Coverage {
        let index = self.graph.index();
        let met: FxHashMap<FileId, &FileFacts> = self.table.modules().collect();
        let unreadable = context.unreadable.len();
        let Unlooked { personal, excluded, linked, indexes } = &self.tree.unlooked;
        let mut coverage = Coverage {
            unreadable,
            suppressed,
            personal: personal.len(),
            excluded: excluded.len(),
            linked: linked.len(),
            unclear_indexes: indexes.len(),
            foreign_configs: self.foreign_configs().len(),
            ..Coverage::default()
        };
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
        let by_contracts = context.governed_by_contracts();
        let is_governed = |id: &&ModuleId| self.boundaries.owner(**id).is_some() || by_contracts[id.index()];
        coverage.governed = modules.iter().filter(is_governed).count();
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

    fn oddities(&self, file: FileId) -> Option<Oddities> {
        let kind = self.source(file).map_or(SourceKind::Python, |source| source.kind);
        let source = self.table.text(file)?;
        self.on_large_stack(|| oddities(source.source_text(), kind))
    }

    fn other_texts(&self) -> Vec<(PathBuf, Option<String>)> {
        // Whoever names a module in full names what is around it.
        let modules = || self.graph.index().iter().map(|(_, module)| &*module.name);
        let top_level: Vec<&str> = modules().filter(|name| !name.contains('.')).collect();
        beside::texts(
            &self.disk,
            &self.options.root,
            &self.tree.excludes,
            self.policy.linter.respect_gitignore.unwrap_or(true),
            &|text| top_level.iter().any(|name| text.contains(name)),
        )
    }

    fn has_links(&self) -> bool {
        beside::has_links(
            &self.options.root,
            &self.tree.excludes,
            self.policy.linter.respect_gitignore.unwrap_or(true),
        )
    }

    fn is_utf8(&self, file: FileId) -> bool {
        self.table.bytes(file).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok())
    }

    fn reports(&self, rule: RuleId, file: FileId) -> bool {
        Self::reports(self, rule, file)
    }

    fn is_test(&self, file: FileId) -> bool {
        let path = self.table.path(file);
        self.settings.is_test(path.strip_prefix(&self.options.root).unwrap_or(path))
    }
}

/// Whether a path is one of these or lies in one of them.
pub fn is_at_or_below<S: BuildHasher>(path: &Path, paths: &HashSet<&Path, S>) -> bool {
    // To hash each folder around a deep file would take the cube of its depth for all of them.
    match paths.len() {
        0 => false,
        1..=8 => paths.iter().any(|folder| path.starts_with(folder)),
        _ => path.ancestors().any(|ancestor| paths.contains(ancestor)),
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
