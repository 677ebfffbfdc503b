//! What a session was made of beside sources: its configs and its baseline, and what they say.

use std::path::PathBuf;

use ringfence_diagnostics::{Diagnostic, FileId, Span};
use ringfence_policy::{Policy, native};

use super::SessionOptions;
use crate::FileTable;
use crate::baseline::{self, BadLine, Baseline};
use crate::settings::Settings;

/// Configs and baseline. What they say is empty until they are read.
pub(crate) struct Inputs {
    pub(crate) config: Option<FileId>,
    /// What the command line says over the config, each as a file.
    pub(crate) overrides: Vec<FileId>,
    /// Every `ringfence.module.toml`, with the package that it lies in.
    pub(crate) package_configs: Vec<(FileId, Option<String>)>,
    pub(crate) policy: Policy,
    pub(crate) settings: Settings,
    /// Errors with which nothing can be checked, in the order of files and positions.
    pub(crate) problems: Vec<Diagnostic>,
    /// What is wrong with the root packages that the config names.
    pub(crate) root_package_errors: Vec<Diagnostic>,
    /// The files of the baseline.
    pub(crate) baseline_files: Vec<FileId>,
    pub(crate) baseline: Baseline,
    /// Lines of it that are no entries.
    pub(crate) bad_lines: Vec<BadLine>,
    /// Files that the pattern of the baseline matches, and that are none.
    pub(crate) no_baselines: Vec<FileId>,
}

impl Inputs {
    pub(crate) fn new(options: &SessionOptions, table: &mut FileTable) -> Self {
        let config = options.config.as_ref().map(|config| table.push(config.path.clone()));
        let overrides = options.overrides.iter().enumerate().map(|(number, text)| {
            let file = table.push(PathBuf::from(format!("--config ({})", number + 1)));
            table.set_overlay(file, Some(text.clone().into_bytes()));
            file
        });
        let overrides = overrides.collect();
        let (policy, _) = native::read(None, &[]);
        let (settings, _) = Settings::new(&policy, &options.command_line);
        Self {
            config,
            overrides,
            package_configs: Vec::new(),
            policy,
            settings,
            problems: Vec::new(),
            root_package_errors: Vec::new(),
            baseline_files: Vec::new(),
            baseline: Baseline::default(),
            bad_lines: Vec::new(),
            no_baselines: Vec::new(),
        }
    }

    /// The path of the baseline, relative to the root; a `*` stands for the name of a package.
    pub(crate) fn baseline_pattern(&self) -> &str {
        let pattern = self.policy.linter.baseline.as_ref().map(|baseline| baseline.value.as_str());
        pattern.unwrap_or(baseline::DEFAULT_PATH)
    }

    /// The lines of the baseline that are no entries and no comments.
    pub(crate) fn unreadable_lines(&self) -> impl Iterator<Item = Span> {
        self.bad_lines.iter().map(|line| line.span)
    }

    /// Whether a file is one of the baseline.
    pub(crate) fn is_baseline(&self, file: FileId) -> bool {
        self.baseline_files.contains(&file)
    }

    /// Whether a file stands for what the command line says.
    pub(crate) fn is_override(&self, file: FileId) -> bool {
        self.overrides.contains(&file)
    }

    /// The configs of this session.
    pub(crate) fn configs(&self) -> impl Iterator<Item = FileId> {
        let of_packages = self.package_configs.iter().map(|(config, _)| *config);
        self.config.into_iter().chain(self.overrides.iter().copied()).chain(of_packages)
    }

    /// Whether a file is one of the configs of this session.
    pub(crate) fn is_config(&self, file: FileId) -> bool {
        self.configs().any(|config| config == file)
    }
}
