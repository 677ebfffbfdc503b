//! Conversion between paths and URIs.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

/// The path that a URI names; none if it is not a file, such as a buffer that was never saved.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if uri.scheme() == "file" { uri.to_file_path().ok() } else { None }
}

/// The URI of a file; none for a path that is not absolute.
pub(crate) fn uri_of(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path).ok()
}
