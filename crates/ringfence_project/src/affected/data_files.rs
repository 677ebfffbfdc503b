//! What a change of a file that holds no Python means: configs, data, texts for people.

use std::path::Path;

use memchr::memmem;
use ringfence_affected::Project as _;
use ringfence_diagnostics::FileId;

use super::sources::SessionSources;

/// What a file is by its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataKind {
    /// A change of it may change whatever runs; the reason.
    Everything(&'static str),
    /// Nothing that runs depends on it, unless some module names it; the reason.
    Inert(&'static str),
    Data,
}

/// Files of which every run depends on some.
const CONFIGS: [&str; 10] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "pytest.toml",
    ".pytest.toml",
    "Pipfile",
    "MANIFEST.in",
];

const ENVIRONMENTS: [&str; 6] =
    [".python-version", "environment.yml", "environment.yaml", ".env", "Dockerfile", "Makefile"];

/// Files of tools that look at code and do not run it.
const TOOLS: [&str; 16] = [
    ".coveragerc",
    ".dockerignore",
    ".editorconfig",
    ".flake8",
    ".gitattributes",
    ".gitignore",
    ".gitmodules",
    ".importlinter",
    ".pre-commit-config.yaml",
    ".pylintrc",
    ".readthedocs.yaml",
    ".readthedocs.yml",
    "mypy.ini",
    "ringfence.toml",
    "ruff.toml",
    "tach.toml",
];

const TEXTS: [&str; 9] = [
    "AUTHORS",
    "CHANGELOG",
    "CHANGES",
    "CODEOWNERS",
    "CONTRIBUTING",
    "COPYING",
    "LICENSE",
    "NOTICE",
    "README",
];

pub(super) fn kind_of_data(path: &Path, root: &Path) -> DataKind {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let first = relative.iter().next().and_then(|first| first.to_str()).unwrap_or_default();
    if CONFIGS.contains(&name) {
        return DataKind::Everything("it says how the project is built and tested");
    }
    let is_requirements =
        (stem.contains("requirements") || stem.contains("constraints") || first == "requirements")
            && matches!(extension, "txt" | "in");
    if extension == "lock" || is_requirements || ENVIRONMENTS.contains(&name) {
        return DataKind::Everything("it says what the environment is");
    }
    if TOOLS.contains(&name) || name.ends_with(".module.toml") || name.ends_with(".baseline") {
        return DataKind::Inert("a file of a tool");
    }
    if matches!(first, ".github" | ".circleci" | ".gitlab" | ".vscode" | ".idea") {
        return DataKind::Inert("a file of a service or an editor");
    }
    let is_text = TEXTS.contains(&stem) || matches!(extension, "md" | "rst" | "adoc");
    let is_python = matches!(extension, "py" | "pyw" | "pyi");
    if !is_python && (is_text || matches!(first, "doc" | "docs")) {
        return DataKind::Inert("a text for people");
    }
    DataKind::Data
}

/// Finds the modules that may read a file.
pub(super) struct Reader;

impl Reader {
    /// Those that name the file or a folder around it in a string; a test that has its name; else those beside or above it
    /// that read what lies beside them.
    pub(super) fn find(sources: &SessionSources, path: &Path) -> Vec<FileId> {
        let root = sources.session().root();
        let relative = path.strip_prefix(root).unwrap_or(path);
        let Some(name) = relative.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
        let stem = name.split('.').next().unwrap_or(name);
        let folders: Vec<&str> =
            relative.parent().into_iter().flat_map(Path::iter).filter_map(|folder| folder.to_str()).collect();
        let own = memmem::Finder::new(name);
        let quoted: Vec<Vec<u8>> = folders
            .iter()
            .filter(|folder| !matches!(**folder, "src" | "lib" | "tests" | "test"))
            .flat_map(|folder| ["\"", "'", "/"].map(|quote| format!("{quote}{folder}").into_bytes()))
            .collect();
        let ends =
            |bytes: &[u8], at: usize| bytes.get(at).is_none_or(|byte| matches!(byte, b'"' | b'\'' | b'/'));
        let names_folder = |bytes: &[u8], folder: &[u8]| {
            memmem::find_iter(bytes, folder).any(|start| ends(bytes, start + folder.len()))
        };
        let dotted = folders.join(".");
        let mut readers = sources.filter(|bytes| {
            own.find(bytes).is_some()
                || quoted.iter().any(|folder| names_folder(bytes, folder))
                || (folders.len() > 1 && memmem::find(bytes, dotted.as_bytes()).is_some())
        });
        let is_test_of = |file: &FileId| {
            let of_test = sources.path(*file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            sources.is_collected(*file) && (of_test == stem || folders.contains(&of_test))
        };
        readers.extend(sources.files().iter().copied().filter(is_test_of));
        let reads_beside = |bytes: &[u8]| {
            ["__file__", "importlib.resources", "importlib_resources", "pkgutil", "pkg_resources", "__path__"]
                .iter()
                .any(|word| memmem::find(bytes, word.as_bytes()).is_some())
        };
        let is_around = |file: &FileId| {
            let folder = sources.path(*file).parent().unwrap_or(root);
            folder != root && path.starts_with(folder)
        };
        readers.extend(sources.filter(reads_beside).into_iter().filter(is_around));
        readers.sort_unstable();
        readers.dedup();
        readers
    }
}
