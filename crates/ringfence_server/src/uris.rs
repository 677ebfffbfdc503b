//! Files as clients name them.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

/// The path of a file; nothing for what is no file, such as a buffer that was never saved.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if uri.scheme() == "file" { uri.to_file_path().ok() } else { None }
}

/// What a file is called; nothing for a path that is not absolute.
pub(crate) fn uri_of(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path).ok()
}
