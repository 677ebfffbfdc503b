//! Reads the configs of a session, and the manifests of its projects.

use std::path::Path;

use ringfence_diagnostics::{FileId, Files as _, Span};
use ringfence_policy::native::{self, Document, DocumentKind};
use ringfence_policy::{Policy, Spanned, tach};
use ringfence_rules::named;
use ringfence_source::decode;
use ruff_text_size::TextRange;

use super::Session;
use super::project::governed;
use crate::baseline::{self, Baseline};
use crate::config::{ConfigKind, SetupError};
use crate::environment;
use crate::files::fingerprint;
use crate::manifests::{ManifestTree, Manifests, REQUIREMENTS};
use crate::policies::{self, ConfigText};
use crate::settings::{Settings, problem};

impl Session {
    fn text_of_config(&mut self, file: FileId) -> Result<String, SetupError> {
        let unreadable =
            |reason: String| SetupError::Unreadable { path: self.table.path(file).to_path_buf(), reason };
        let bytes = self.table.bytes_of_config(file).map_err(|error| unreadable(error.to_string()))?;
        let text = decode(&bytes).map_err(|error| unreadable(error.to_string()))?.text.into_owned();
        let fingerprint = fingerprint(&bytes);
        self.table.set_fingerprint(file, fingerprint);
        Ok(text)
    }

    pub(super) fn read_config(&mut self) -> Result<(), SetupError> {
        let (main, overrides) = (self.inputs.config, self.inputs.overrides.clone());
        let mut read = |file: FileId| Ok(ConfigText { file, text: self.text_of_config(file)? });
        let main: Option<ConfigText> = main.map(&mut read).transpose()?;
        let overrides = overrides.into_iter().map(read).collect::<Result<Vec<ConfigText>, SetupError>>()?;
        let kind = self.options.config.as_ref().map(|config| config.kind);
        let (policy, problems) =
            policies::read(kind, main.as_ref(), &overrides, &self.options.command_line.contracts);
        let policy = if self.options.only_graph { only_roots(policy) } else { policy };
        let (settings, more) = Settings::new(&policy, &self.options.command_line);
        (self.inputs.policy, self.inputs.settings) = (policy, settings);
        self.inputs.problems = problems;
        self.inputs.problems.extend(more);
        self.inputs.problems.sort_by_key(|problem| (problem.file, problem.range.start()));
        Ok(())
    }

    /// Looks for the baseline, and reads it.
    pub(super) fn find_baseline(&mut self) -> Result<(), SetupError> {
        let mut paths = baseline::files_on(&self.disk, &self.options.root, self.inputs.baseline_pattern());
        // Also one that is not on disk yet.
        let unsaved = self.options.overlays.iter().map(|(path, _)| path);
        paths.extend(unsaved.filter(|path| self.is_path_of_baseline(path)).cloned());
        paths.sort_unstable();
        paths.dedup();
        self.inputs.baseline_files = paths.into_iter().map(|path| self.table.push(path)).collect();
        self.project.facts.resize_with(self.table.len(), || None);
        self.read_baseline()
    }

    /// Reads the files of the baseline anew.
    pub(super) fn read_baseline(&mut self) -> Result<(), SetupError> {
        (self.inputs.baseline, self.inputs.bad_lines, self.inputs.no_baselines) = Default::default();
        let is_pattern = self.inputs.baseline_pattern().contains('*');
        for file in self.inputs.baseline_files.clone() {
            let text = self.text_of_config(file)?;
            let mut read = Baseline::default();
            let bad = read.read(file, &text);
            // A pattern may match what is none. A list that was written by hand is one, though nothing will write over it.
            let is_one = baseline::is_ours(text.as_bytes()) || (bad.is_empty() && !read.entries.is_empty());
            if is_pattern && !is_one {
                self.inputs.no_baselines.push(file);
            } else {
                self.inputs.baseline.entries.append(&mut read.entries);
                self.inputs.bad_lines.extend(bad);
            }
        }
        Ok(())
    }

    pub(super) fn is_of_tach(&self) -> bool {
        let kind = self.options.config.as_ref().map(|config| config.kind);
        matches!(kind, Some(ConfigKind::Tach | ConfigKind::TachPyproject))
    }

    pub(super) fn read_package_configs(&mut self) -> Result<(), SetupError> {
        let of_tach = self.is_of_tach();
        for (file, package) in self.inputs.package_configs.clone() {
            let text = self.text_of_config(file)?;
            let start = Span::new(file, TextRange::default());
            match package {
                Some(package) if of_tach => {
                    let document = tach::Document { file, text: &text, in_pyproject: false };
                    self.inputs.problems.extend(tach::read_domain(
                        &mut self.inputs.policy,
                        &document,
                        &package,
                    ));
                }
                Some(package) => {
                    let document = Document { file, text: &text, kind: DocumentKind::Package };
                    self.inputs.problems.extend(native::read_package(
                        &mut self.inputs.policy,
                        &document,
                        &package,
                    ));
                }
                None if of_tach => self.inputs.policy.config_errors.push(problem(
                    start,
                    "`tach.domain.toml` describes the folder that it lies in, and this is a source root"
                        .to_string(),
                    Some("move what it says into `tach.toml`".to_string()),
                )),
                None => self.inputs.problems.push(problem(
                    start,
                    "`ringfence.module.toml` describes the package that it lies in, and this folder is none"
                        .to_string(),
                    Some("move it into a package below a source root".to_string()),
                )),
            }
        }
        if of_tach {
            tach::finish(&mut self.inputs.policy);
        }
        if !self.options.command_line.contracts.is_empty() {
            self.inputs.policy.set_boundaries_aside();
        }
        if self.options.without_permissions {
            self.inputs.policy.take_permissions_away();
        }
        // Where nothing can be checked, everything that is wrong is said at once.
        if !self.inputs.problems.is_empty() {
            let kind = self.options.config.as_ref().map(|config| config.kind);
            let is_native = matches!(kind, None | Some(ConfigKind::Ringfence | ConfigKind::Pyproject));
            if is_native && self.inputs.settings.rules.contains(named::unknown_name()) {
                self.inputs.problems.extend(native::unlisted_layers(&self.inputs.policy));
            }
            self.inputs.problems.extend(self.inputs.policy.config_errors.iter().cloned());
            self.inputs.problems.sort_by_key(|problem| (problem.file, problem.range.start()));
        }
        Ok(())
    }

    /// Reads what the projects of the tree declare and what is installed, if somebody asks for it.
    pub(super) fn read_manifests(&mut self) -> Result<(), SetupError> {
        let in_policy = self
            .inputs
            .policy
            .modules
            .iter()
            .any(|module| module.externals.is_some() || !module.forbids_externals.is_empty());
        if !in_policy && !self.inputs.settings.asks_for_manifests {
            self.project.externals = None;
            return Ok(());
        }
        let mut folders = self.project.tree.project_folders.clone();
        if self.inputs.policy.dialect.externals.requirements_files {
            let around = self.project.roots.iter().flat_map(Path::ancestors);
            let within = around.filter(|folder| folder.starts_with(&self.options.root));
            folders.extend(
                within.filter(|folder| self.disk.is_file(&folder.join(REQUIREMENTS))).map(Path::to_path_buf),
            );
        }
        let tree = ManifestTree {
            disk: &self.disk,
            root: &self.options.root,
            config: self.inputs.config,
            folders: &folders,
            governed: &|path| governed(&self.project.tree, path),
            is_test: &|path| self.inputs.settings.is_test(path),
            policy: &self.inputs.policy,
        };
        let environment = match self.project.externals.take() {
            Some(known) => known.environment_of(),
            None => environment::find(&self.options.interpreter, &self.options.root, &self.workers.pool)?,
        };
        let mut manifests = Manifests::read(&tree, &mut self.table, environment);
        self.project.facts.resize_with(self.table.len(), || None);
        for (file, facts) in manifests.take_suppressions() {
            self.project.facts[file.index()] = Some(facts);
        }
        let sources = self.project.sources.iter().map(|source| (source.file, self.table.path(source.file)));
        manifests.assign(sources, self.table.len(), &tree);
        self.project.externals = Some(manifests);
        Ok(())
    }
}

/// What a policy says of the graph alone: the folders that names are counted from, with the root, and which files are tests.
fn only_roots(policy: Policy) -> Policy {
    let mut source_roots = policy.source_roots;
    if let Some(roots) = &mut source_roots
        && let Some(last) = roots.last()
    {
        roots.push(Spanned { value: ".".to_string(), span: last.span });
    }
    let (nothing, _) = policies::read(None, None, &[], &[]);
    Policy { source_roots, tests: policy.tests, ..nothing }
}
