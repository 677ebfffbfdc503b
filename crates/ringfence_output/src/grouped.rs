//! The findings of each file below its path.

use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, Files};

use crate::style::{self, Code, paint};
use crate::texts::{Texts, terminal_path};
use crate::together::together;
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
    for group in together(diagnostics).chunk_by(|a, b| a.first.file == b.first.file) {
        let Some(of_file) = group.first() else { continue };
        let text = texts.get(of_file.first.file);
        writeln!(out, "{}:", paint(color, style::PATH, &text.path))?;
        let places: Vec<String> = group
            .iter()
            .map(|told| {
                let start = text.line_column(told.first.range.start());
                format!("{}:{}", start.line, start.column)
            })
            .collect();
        let width = places.iter().map(String::len).max().unwrap_or(0);
        for (told, place) in group.iter().zip(&places) {
            let diagnostic = told.first;
            let marker = if is_fixable(diagnostic, unsafe_fixes) { " [*]" } else { "" };
            writeln!(
                out,
                "  {place:<width$} {}{marker} {}{}",
                paint(color, style::severity(diagnostic.severity), Code { diagnostic, hyperlinks }),
                escape::line(&diagnostic.message),
                told.number()
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}
