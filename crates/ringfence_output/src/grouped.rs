//! The findings of each file below its path.

use std::io::{self, Write};

use ringfence_diagnostics::Files;

use crate::name_groups::NameGroup;
use crate::style::{self, Code, paint};
use crate::texts::{Texts, terminal_path};
use crate::{RenderOptions, escape, is_fixable};

pub(crate) fn render(
    groups: &[NameGroup],
    files: &dyn Files,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let RenderOptions { working_directory, color, hyperlinks, unsafe_fixes, .. } = *options;
    let show_path = |path: &std::path::Path| terminal_path(path, working_directory);
    let mut texts = Texts::new(files, &show_path);
    for of_file in groups.chunk_by(|a, b| a.first.file == b.first.file) {
        let Some(group) = of_file.first() else { continue };
        let text = texts.get(group.first.file);
        writeln!(out, "{}:", paint(color, style::PATH, &text.path))?;
        let places: Vec<String> = of_file
            .iter()
            .map(|group| {
                let start = text.line_column(group.first.range.start());
                format!("{}:{}", start.line, start.column)
            })
            .collect();
        let width = places.iter().map(String::len).max().unwrap_or(0);
        for (group, place) in of_file.iter().zip(&places) {
            let diagnostic = group.first;
            let marker = if is_fixable(diagnostic, unsafe_fixes) { " [*]" } else { "" };
            writeln!(
                out,
                "  {place:<width$} {}{marker} {}{}",
                paint(color, style::severity(diagnostic.severity), Code { diagnostic, hyperlinks }),
                escape::line(&diagnostic.message),
                group.number()
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}
