//! `path:row:column: error[RF101] message`, one line a finding; ` [*]` after the code where `--fix` has an answer.

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
    let separator = paint(color, style::SEPARATOR, ":").to_string();
    let fixable = format!(" [{}]", paint(color, style::FIXABLE, "*"));
    for group in groups {
        let diagnostic = group.first;
        let text = texts.get(diagnostic.file);
        let position = text.line_column(diagnostic.range.start());
        let code = Code { diagnostic, hyperlinks };
        writeln!(
            out,
            "{path}{separator}{row}{separator}{column}{separator} {head}{marker} {message}{number}",
            path = paint(color, style::PATH, &text.path),
            row = position.line,
            column = position.column,
            head = paint(
                color,
                style::severity(diagnostic.severity),
                format_args!("{}[{code}]", diagnostic.severity.as_str())
            ),
            marker = if is_fixable(diagnostic, unsafe_fixes) { fixable.as_str() } else { "" },
            message = escape::line(&diagnostic.message),
            number = group.number(),
        )?;
    }
    Ok(())
}
