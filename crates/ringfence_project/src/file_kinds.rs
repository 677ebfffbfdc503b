//! What a file is by its name alone.

use std::path::Path;

use ringfence_graph::FileRole;
use ringfence_source::SourceKind;

/// What kind of file this is by its name; nothing for files that are no Python.
pub(crate) fn kind_of(path: &Path) -> Option<(FileRole, SourceKind)> {
    let name = path.file_name()?.to_string_lossy();
    // `.py` is a hidden file without an extension.
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
    Some(match extension {
        "py" | "pyw" if stem == "__init__" => (FileRole::Package, SourceKind::Python),
        "pyi" if stem == "__init__" => (FileRole::Package, SourceKind::Stub),
        "py" | "pyw" => (FileRole::Module, SourceKind::Python),
        "pyi" => (FileRole::Module, SourceKind::Stub),
        "so" | "pyd" | "pyx" => (FileRole::Extension, SourceKind::Python),
        _ => return None,
    })
}

/// Whether a file may be source, a config, a manifest or a baseline, by its name; others may be so where a config names them.
pub fn may_matter(path: &Path) -> bool {
    let is_config = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| matches!(extension, "toml" | "cfg" | "ini" | "txt" | "in" | "baseline"));
    is_config || kind_of(path).is_some() || path.file_name().is_some_and(|name| name == ".importlinter")
}
