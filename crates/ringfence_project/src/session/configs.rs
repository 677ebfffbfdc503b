//! Reads the configs of a session, and the manifests of its projects.

use std::path::Path;

use ringfence_diagnostics::{FileId, Files as _, Span};
use ringfence_policy::native::{self, Document, DocumentKind};
use ringfence_policy::tach;
use ringfence_rules::unknown_name_rule;
use ringfence_source::decode;
use ruff_text_size::TextRange;

use super::{Session, governed};
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
        let (main, overrides) = (self.config, self.overrides.clone());
        let mut read = |file: FileId| Ok(ConfigText { file, text: self.text_of_config(file)? });
        let main: Option<ConfigText> = main.map(&mut read).transpose()?;
        let overrides = overrides.into_iter().map(read).collect::<Result<Vec<ConfigText>, SetupError>>()?;
        let kind = self.options.config.as_ref().map(|config| config.kind);
        let (policy, problems) =
            policies::read(kind, main.as_ref(), &overrides, &self.options.command_line.contracts);
        let (settings, more) = Settings::new(&policy, &self.options.command_line);
        (self.policy, self.settings) = (policy, settings);
        self.problems = problems;
        self.problems.extend(more);
        self.problems.sort_by_key(|problem| (problem.file, problem.range.start()));
        Ok(())
    }

    /// Looks for the baseline, and reads it.
    pub(super) fn find_baseline(&mut self) -> Result<(), SetupError> {
        let mut paths = baseline::files_on(&self.disk, &self.options.root, self.baseline_pattern());
        // Also one that is not on disk yet.
        let unsaved = self.options.overlays.iter().map(|(path, _)| path);
        paths.extend(unsaved.filter(|path| self.is_path_of_baseline(path)).cloned());
        paths.sort_unstable();
        paths.dedup();
        self.baseline_files = paths.into_iter().map(|path| self.table.push(path)).collect();
        self.facts.resize_with(self.table.len(), || None);
        self.read_baseline()
    }

    /// Reads the files of the baseline anew.
    pub(super) fn read_baseline(&mut self) -> Result<(), SetupError> {
        (self.baseline, self.bad_lines, self.no_baselines) = Default::default();
        let is_pattern = self.baseline_pattern().contains('*');
        for file in self.baseline_files.clone() {
            let text = self.text_of_config(file)?;
            let mut read = Baseline::default();
            let bad = read.read(file, &text);
            // A pattern may match what is none. A list that was written by hand is one, though nothing will write over it.
            let is_one = baseline::is_ours(text.as_bytes()) || (bad.is_empty() && !read.entries.is_empty());
            if is_pattern && !is_one {
                self.no_baselines.push(file);
            } else {
                self.baseline.entries.append(&mut read.entries);
                self.bad_lines.extend(bad);
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
        if !self.options.command_line.contracts.is_empty() {
            self.policy.set_boundaries_aside();
        }
        if self.options.without_permissions {
            self.policy.take_permissions_away();
        }
        // Where nothing can be checked, everything that is wrong is said at once.
        if !self.problems.is_empty() {
            let kind = self.options.config.as_ref().map(|config| config.kind);
            let is_native = matches!(kind, None | Some(ConfigKind::Ringfence | ConfigKind::Pyproject));
            if is_native && self.settings.rules.contains(unknown_name_rule()) {
                self.problems.extend(native::unlisted_layers(&self.policy));
            }
            self.problems.extend(self.policy.faults.iter().cloned());
            self.problems.sort_by_key(|problem| (problem.file, problem.range.start()));
        }
        Ok(())
    }

    /// Reads what the projects of the tree declare and what is installed, if somebody asks for it.
    pub(super) fn read_manifests(&mut self) -> Result<(), SetupError> {
        let in_policy = self
            .policy
            .modules
            .iter()
            .any(|module| module.externals.is_some() || !module.forbids_externals.is_empty());
        if !in_policy && !self.settings.asks_for_manifests {
            self.externals = None;
            return Ok(());
        }
        let mut folders = self.tree.project_folders.clone();
        if self.policy.meaning.externals.requirements_files {
            let around = self.roots.iter().flat_map(Path::ancestors);
            let within = around.filter(|folder| folder.starts_with(&self.options.root));
            folders.extend(
                within.filter(|folder| self.disk.is_file(&folder.join(REQUIREMENTS))).map(Path::to_path_buf),
            );
        }
        let tree = ManifestTree {
            disk: &self.disk,
            root: &self.options.root,
            config: self.config,
            folders: &folders,
            governed: &|path| governed(&self.tree, path),
            is_test: &|path| self.settings.is_test(path),
            policy: &self.policy,
        };
        let environment = match self.externals.take() {
            Some(known) => known.environment_of(),
            None => environment::find(&self.options.interpreter, &self.options.root, &self.workers.pool)?,
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
}
