//! The files of a session, as `ringfence_affected` asks for them.

use std::path::Path;

use rayon::prelude::*;
use regex::bytes::Regex;
use ringfence_affected::{Outline, Project, outline};
use ringfence_diagnostics::{FileId, Files as _};
use ringfence_graph::{FileRole, ImportGraph};
use ringfence_rules::FileSettings;
use ringfence_source::{FileFacts, SourceKind, decode};

use crate::Session;

/// Words of files that use modules in ways that the graph does not show.
const ODD_WORDS: &str = r"__subclasses__|sys\.executable|runpy|pytester|testdir|script_runner|import_string|import_object|import_from_string|locate\(|resolve_name|iter_modules|walk_packages|find_modules|run_module|run_path|spec_from_file_location|exec_module|load_module|entry_points|import_module|__import__|pytest_plugins";

/// With more top-level packages, any name in quotes may be one.
const MOST_PACKAGES: usize = 300;

/// Config files that say whether docstrings are tests.
const TEST_CONFIGS: [&str; 4] = ["pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg"];

pub(super) struct SessionSources<'a> {
    session: &'a Session,
    files: Vec<FileId>,
    /// Whether docstrings are run as tests.
    documents: bool,
}

impl<'a> SessionSources<'a> {
    pub(super) fn new(session: &'a Session) -> Self {
        let sources = session.project.sources.iter();
        let files = sources
            .filter(|source| source.problem.is_none() && source.kind != SourceKind::Stub)
            .map(|source| source.file)
            .collect();
        let says_doctest = |name: &&str| {
            let text = session.disk().read_text(&session.root().join(name));
            text.is_some_and(|text| text.contains("doctest"))
        };
        Self { session, files, documents: TEST_CONFIGS.iter().any(says_doctest) }
    }

    pub(super) fn files(&self) -> &[FileId] {
        &self.files
    }

    pub(super) fn session(&self) -> &'a Session {
        self.session
    }

    /// Whether pytest looks for tests in a file, rather than for what tests need.
    pub(super) fn is_collected(&self, file: FileId) -> bool {
        let name = self.session.table.path(file).file_name().unwrap_or_default();
        self.is_test(file) && name != "conftest.py" && name != "__init__.py"
    }

    pub(super) fn outline_of(&self, bytes: &[u8]) -> Option<Outline> {
        let decoded = decode(bytes).ok()?;
        self.session.on_large_stack(|| outline(&decoded.text, SourceKind::Python, self.documents))
    }

    pub(super) fn outline_now(&self, file: FileId) -> Option<Outline> {
        self.outlines(&[file]).pop().flatten()
    }

    /// Files that import what they compute the name of.
    pub(super) fn opaque_files(&self) -> Vec<FileId> {
        let is_opaque =
            |file: &FileId| self.facts(*file).is_some_and(|facts| !facts.opaque_imports.is_empty());
        self.files.iter().copied().filter(is_opaque).collect()
    }

    /// Those of the files whose bytes satisfy a condition.
    pub(super) fn filter(&self, is_wanted: impl Fn(&[u8]) -> bool + Sync) -> Vec<FileId> {
        self.session.workers.pool.install(|| {
            let files = self.files.par_iter().copied();
            files
                .filter(|file| self.session.table.bytes(*file).map_or(true, |bytes| is_wanted(&bytes)))
                .collect()
        })
    }

    /// Finds files that name modules in strings, or that do what the graph does not show.
    fn odd_pattern(&self) -> Option<Regex> {
        let index = self.session.project.graph.index();
        let top_level: Vec<&str> = index
            .iter()
            .filter(|(_, module)| module.parent.is_none())
            .map(|(_, module)| &*module.name)
            .collect();
        let names = if top_level.len() > MOST_PACKAGES {
            r"\w+".to_string()
        } else {
            top_level.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|")
        };
        Regex::new(&format!("[\"'](?:{names})[.:]|{ODD_WORDS}")).ok()
    }
}

impl Project for SessionSources<'_> {
    fn graph(&self) -> &ImportGraph {
        &self.session.project.graph
    }

    fn facts(&self, file: FileId) -> Option<&FileFacts> {
        self.session.project.facts(file)
    }

    fn path(&self, file: FileId) -> &Path {
        self.session.table.path(file)
    }

    fn python_files(&self) -> &[FileId] {
        &self.files
    }

    fn is_test(&self, file: FileId) -> bool {
        FileSettings::is_test(self.session, file)
    }

    fn outlines(&self, files: &[FileId]) -> Vec<Option<Outline>> {
        let one = |file: &FileId| {
            let source = self.session.project.source(*file)?;
            if source.role == FileRole::Extension || !source.is_read() {
                return None;
            }
            let bytes = self.session.table.bytes_as_read(*file)?;
            let decoded = decode(&bytes).ok()?;
            outline(&decoded.text, source.kind, self.documents)
        };
        self.session.workers.pool.install(|| files.par_iter().map(one).collect())
    }

    fn odd_files(&self) -> Vec<FileId> {
        match self.odd_pattern() {
            Some(pattern) => self.filter(|bytes| pattern.is_match(bytes)),
            // Then all of them are looked at.
            None => self.files.clone(),
        }
    }
}
