//! Walks the tree of a session and reads its files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use ringfence_diagnostics::{Diagnostic, FileId};
use ringfence_graph::FileRole;
use ringfence_policy::options::DEFAULT_EXCLUDE;
use ringfence_policy::{Comments, ExcludeSyntax, WalkDialect};
use ringfence_rules::{Sources as _, Unreadable};
use ringfence_source::{NamingStrings, SourceKind, SuppressionForm, add_naming_strings};

use rustc_hash::FxHashSet;

use super::Session;
use super::project::{Source, governed};
use crate::config::SetupError;
use crate::discovery::{Tree, walk};
use crate::file_kinds::kind_of;
use crate::found_files::{FoundFile, compare_paths};
use crate::naming::{Namer, module_name};
use crate::read::{Depth, Reading, read_all, read_imports};
use crate::root_packages::RootPackages;
use crate::roots::{SourceRoots, normalized};
use crate::settings::problem;
use crate::unlooked::NAMES_OF_PACKAGES;
use crate::walk_options::{Excludes, WalkOptions};

impl Session {
    /// Whether somebody asked for every syntax error.
    fn depth(&self) -> Depth {
        if self.inputs.settings.parses_every_file { Depth::Full } else { Depth::Imports }
    }

    /// Walks the tree and reads on the way whatever takes no parser.
    pub(super) fn discover(&mut self, progress: &(dyn Fn(usize) + Sync)) -> Result<(), SetupError> {
        let linter = &self.inputs.policy.linter;
        let configured =
            linter.exclude.as_ref().map(|list| list.iter().map(|entry| entry.value.as_str()).collect());
        let patterns: Vec<&str> = configured.unwrap_or_else(|| DEFAULT_EXCLUDE.to_vec());
        let extended = linter.extend_exclude.iter().map(|entry| entry.value.as_str());
        let from_command_line = self.options.command_line.extend_exclude.iter().map(String::as_str);
        let patterns = patterns.into_iter().chain(extended).chain(from_command_line);
        let dialect = self.inputs.policy.dialect.walk;
        let exclude = match dialect.excludes {
            ExcludeSyntax::Globs => Excludes::new(patterns).map_err(|error| error.to_string()),
            ExcludeSyntax::Gitignore => Excludes::lines(patterns, &self.options.root),
        };
        let exclude = match exclude {
            Ok(exclude) => exclude,
            // Bad globs of the config have been reported as such.
            Err(_) if !self.inputs.problems.is_empty() => Excludes::default(),
            Err(reason) => {
                // Each by itself is one; together they may be too much.
                let entries = linter.exclude.iter().flatten().chain(&linter.extend_exclude);
                match entries.last() {
                    Some(last) if self.options.command_line.extend_exclude.is_empty() => {
                        self.inputs.problems.push(problem(
                            last.span,
                            format!("invalid glob: {reason}"),
                            None,
                        ));
                        Excludes::default()
                    }
                    _ => return Err(SetupError::Exclude(reason)),
                }
            }
        };
        let (overlays, depth, done) = (&self.options.overlays, self.depth(), AtomicUsize::new(0));
        let overlaid: FxHashSet<&Path> = overlays.iter().map(|(path, _)| path.as_path()).collect();
        let (known, comments) = (self.options.known.as_deref(), self.inputs.policy.dialect.comments);
        let read = |path: &Path, buffer: &mut Vec<u8>| {
            if depth == Depth::Full || overlaid.contains(path) {
                return None;
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            let known = known.and_then(|known| known.reading(path, comments));
            known.or_else(|| read_imports(path, buffer))
        };
        let found = dialect.only_packages.then(|| self.find_root_packages());
        // Another tool's files are met as that tool meets them.
        let as_git = dialect == WalkDialect::default() && linter.respect_gitignore != Some(false);
        let tracked: Vec<PathBuf> = if self.options.overlays_are_tracked {
            overlays.iter().map(|(path, _)| path.clone()).collect()
        } else {
            Vec::new()
        };
        let written = linter.extend_exclude.iter().map(|entry| entry.value.as_str());
        let written: Vec<&str> =
            written.chain(self.options.command_line.extend_exclude.iter().map(String::as_str)).collect();
        let default_excludes: Vec<&str> = NAMES_OF_PACKAGES
            .into_iter()
            .filter(|name| {
                linter.exclude.is_none() && !written.contains(name) && dialect == WalkDialect::default()
            })
            .collect();
        let (packages, root_package_errors) = found.unzip();
        let mut tree = walk(&WalkOptions {
            disk: &self.disk,
            tracked: &tracked,
            as_git,
            is_native: dialect == WalkDialect::default(),
            default_excludes: &default_excludes,
            exclude: &exclude,
            respect_gitignore: linter.respect_gitignore.unwrap_or(true),
            ignore_files: dialect.ignore_files,
            only_plain_files: dialect.only_plain_files,
            walkers: self.workers.walkers,
            root: &self.options.root,
            only: packages.as_ref().map(|packages| packages.folders.as_slice()),
            read: &read,
        })?;
        if self.options.only_graph {
            tree.nested_configs.clear();
        }
        let outside_packages = packages.as_ref().map(|packages| packages.retain(&mut tree.sources));
        let outside_packages = outside_packages.unwrap_or_default();
        // Of files that are not on disk nobody can say whether git ignores them.
        let unsaved = overlays.iter().map(|(path, _)| path);
        let unsaved: Vec<PathBuf> = unsaved
            .filter(|path| !path.exists() && !exclude.hides(path, &self.options.root))
            .cloned()
            .collect();
        let named = self.options.named_files.iter().chain(&unsaved);
        for path in named.filter(|path| path.starts_with(&self.options.root)) {
            if let kind @ Some(_) = kind_of(path)
                && let Err(position) = tree.sources.binary_search_by(|file| compare_paths(&file.path, path))
            {
                let found = FoundFile { path: path.clone(), kind, problem: None, reading: None };
                tree.sources.insert(position, found);
            }
        }
        self.inputs.root_package_errors = root_package_errors.unwrap_or_default();
        self.project.roots = match &packages {
            Some(packages) => SourceRoots::of_folders(packages.roots.iter().cloned()),
            None => SourceRoots::new(
                &self.disk,
                self.inputs.policy.source_roots.as_deref(),
                &self.options.root,
                &tree,
            ),
        };
        let package_configs = if self.is_of_tach() { &tree.domain_configs } else { &tree.package_configs };
        for path in package_configs.iter().filter(|path| governed(&tree, path)) {
            // Of folders outside of every source root nothing is known.
            if let Some((_, root)) = self.project.roots.of(path.parent().unwrap_or(path)) {
                let is_root = path.parent() == Some(root);
                let package = package_of(&self.project.roots, path).filter(|_| !is_root);
                self.inputs.package_configs.push((self.table.push(path.clone()), package));
            } else if !self.is_of_tach() {
                self.inputs.package_configs.push((self.table.push(path.clone()), None));
            }
        }
        // What grows by copying is in memory twice.
        let count = tree.sources.len();
        self.project.sources.reserve_exact(count);
        self.table.reserve(count);
        self.project.facts.reserve_exact(self.table.len() + count);
        let mut namer = Namer::default();
        for found in std::mem::take(&mut tree.sources) {
            let is_outside = outside_packages.contains(&found.path);
            self.add_source(found, &tree, &mut namer, is_outside);
        }
        let files = std::mem::take(&mut tree.excluded_files).into_iter();
        self.project.excluded_targets = files.filter_map(|path| self.add_target(path)).collect();
        self.project.tree = tree;
        Ok(())
    }

    fn add_source(&mut self, found: FoundFile, tree: &Tree, namer: &mut Namer, is_outside: bool) {
        let FoundFile { path, kind, problem, reading } = found;
        let module = kind.and_then(|(role, _)| namer.name(&self.project.roots, &path, role));
        let module = module.filter(|(_, module)| !is_outside && self.inputs.policy.has_module(&module.name));
        // A folder that cannot be listed has no kind.
        let folder = problem.is_some().then_some((FileRole::Module, SourceKind::Python));
        let Some((role, kind)) = kind.or(folder) else { return };
        let source = Source {
            role: module.as_ref().map_or(role, |(_, module)| module.role),
            kind,
            module: module.map(|(number, module)| (number, module.name)),
            governed: (governed(tree, &path) || self.inputs.policy.dialect.walk.only_packages)
                && !(self.inputs.policy.dialect.walk.only_plain_files && kind == SourceKind::Stub),
            problem,
            file: self.table.push(path),
        };
        self.project.facts.resize_with(self.table.len(), || None);
        if let Some(reading) = reading
            && source.is_read()
        {
            self.take_reading(source.file, *reading);
        }
        self.project.sources.push(source);
    }

    /// Finds the root packages, with what is wrong with those that are none.
    fn find_root_packages(&self) -> (RootPackages, Vec<Diagnostic>) {
        let configured = self.inputs.policy.source_roots.iter().flatten();
        let configured: Vec<PathBuf> =
            configured.map(|folder| normalized(&self.options.root.join(&folder.value))).collect();
        let names = self.inputs.policy.root_packages.as_deref().unwrap_or_default();
        RootPackages::find(&self.disk, names, &self.options.root, &configured, &self.options.python_path)
    }

    /// Adds a file that can be imported, and is not read.
    pub(super) fn add_target(&mut self, path: PathBuf) -> Option<FileId> {
        let (role, kind) = kind_of(&path)?;
        let (number, name) = Namer::default().name(&self.project.roots, &path, role)?;
        let file = self.table.push(path);
        let module = Some((number, name.name));
        self.project.sources.push(Source {
            file,
            role: name.role,
            kind,
            module,
            governed: false,
            problem: None,
        });
        self.project.facts.resize_with(self.table.len(), || None);
        Some(file)
    }

    fn take_reading(&mut self, file: FileId, reading: Reading) {
        let Reading { fingerprint, outcome, parsed } = reading;
        if let Some(fingerprint) = fingerprint {
            self.table.set_fingerprint(file, fingerprint);
        }
        match outcome {
            Ok(mut facts) => {
                if self.inputs.policy.dialect.comments == Comments::Own {
                    facts.suppressions.retain(|it| it.form != SuppressionForm::TachIgnore);
                }
                self.project.facts[file.index()] = Some(facts);
                if parsed {
                    self.project.parsed.insert(file);
                }
            }
            Err(reason) => {
                self.project.facts[file.index()] = None;
                self.project.unreadable.push(Unreadable { file, reason });
            }
        }
    }

    /// Reads these files anew.
    pub(super) fn read_files(&mut self, files: &[FileId], progress: &(dyn Fn(usize) + Sync)) {
        let kinds: Vec<(FileId, SourceKind)> =
            files.iter().filter_map(|file| Some((*file, self.project.source(*file)?.kind))).collect();
        self.project.unreadable.retain(|unreadable| !files.contains(&unreadable.file));
        for file in files {
            self.project.parsed.remove(file);
        }
        for (file, reading) in read_all(&self.table, &kinds, self.depth(), &self.workers.pool, progress) {
            self.take_reading(file, reading);
        }
    }

    /// Adds what strings import, where the config takes some for imports. These files are parsed in full.
    pub(super) fn read_strings(&mut self, files: &[FileId]) {
        let dialect = &self.inputs.policy.dialect;
        let which = NamingStrings { dotted: dialect.dotted_strings, foreign_keys: dialect.foreign_keys };
        if which == NamingStrings::default() {
            return;
        }
        for &file in files {
            if let (Some(parsed), Some(facts)) =
                (self.module(file), self.project.facts[file.index()].as_mut())
            {
                add_naming_strings(facts, &parsed.module, which);
            }
        }
    }

    /// Files whose facts are wanted and not there yet.
    pub(super) fn unread_files(&self) -> Vec<FileId> {
        let is_missing = |source: &&Source| {
            source.is_read()
                && self.facts(source.file).is_none()
                && !self.project.unreadable.iter().any(|unreadable| unreadable.file == source.file)
        };
        self.project.sources.iter().filter(is_missing).map(|source| source.file).collect()
    }
}

/// The dotted name of the package that a file lies in.
fn package_of(roots: &SourceRoots, path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let (_, root) = roots.of(folder)?;
    module_name(&folder.join("__init__.py"), root)
        .filter(|module| module.role == FileRole::Package)
        .map(|module| module.name)
}
