//! The findings of each file below its path.

use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, Files};

use crate::style::{self, Code, paint};
use crate::texts::{Texts, terminal_path};
use crate::{RenderOptions, escape, is_fixable};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let RenderOptions { working_directory, color, hyperlinks, unsafe_fixes, .. } = *options;
    let show_path = |path: &std::path::Path| terminal_path(path, working_directory);
    let mut texts = Texts::new(files, &show_path);
    for group in diagnostics.chunk_by(|a, b| a.file == b.file) {
        let Some(first) = group.first() else { continue };
        let text = texts.get(first.file);
        writeln!(out, "{}:", paint(color, style::PATH, &text.path))?;
        let places: Vec<String> = group
            .iter()
            .map(|diagnostic| {
                let start = text.line_column(diagnostic.range.start());
                format!("{}:{}", start.line, start.column)
            })
            .collect();
        let width = places.iter().map(String::len).max().unwrap_or(0);
        for (diagnostic, place) in group.iter().zip(&places) {
            let marker = if is_fixable(diagnostic, unsafe_fixes) { " [*]" } else { "" };
            writeln!(
                out,
                "  {place:<width$} {}{marker} {}",
                paint(color, style::severity(diagnostic.severity), Code { diagnostic, hyperlinks }),
                escape::line(&diagnostic.message)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}
