//! `path:row: [RF101] message`, as pylint prints it for tools.

use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, Files};

use crate::escape;
use crate::texts::{Texts, terminal_path};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    working_directory: &std::path::Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &std::path::Path| terminal_path(path, working_directory);
    let mut texts = Texts::new(files, &show_path);
    for diagnostic in diagnostics {
        let text = texts.get(diagnostic.file);
        let line = text.line_column(diagnostic.range.start()).line;
        writeln!(out, "{}:{line}: [{}] {}", text.path, diagnostic.code, escape::line(&diagnostic.message))?;
    }
    Ok(())
}
