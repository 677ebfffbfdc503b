//! Workflow commands of GitHub Actions: an annotation at each finding.

use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, Files, Severity};

use crate::escape;
use crate::texts::Texts;
use ringfence_diagnostics::paths;

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &std::path::Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &std::path::Path| paths::relative(path, root);
    let mut texts = Texts::new(files, &show_path);
    for diagnostic in diagnostics {
        let text = texts.get(diagnostic.file);
        let (start, end) =
            (text.line_column(diagnostic.range.start()), text.line_column(diagnostic.range.end()));
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(
            out,
            "::{command} title={title},file={path},line={line},col={column},endLine={end_line}",
            title = property(&format!("ringfence ({})", diagnostic.code)),
            path = property(&text.path),
            line = start.line,
            column = start.column,
            end_line = end.line,
        )?;
        // Columns of different lines are refused.
        if start.line == end.line {
            write!(out, ",endColumn={}", end.column)?;
        }
        let mut message = format!(
            "{}:{}:{}: {} {}",
            text.path, start.line, start.column, diagnostic.code, diagnostic.message
        );
        if let Some(help) = &diagnostic.help {
            message.push_str("\n  help: ");
            message.push_str(help);
        }
        writeln!(out, "::{}", data(&message))?;
    }
    Ok(())
}

/// What stands behind the last `::`.
fn data(text: &str) -> String {
    escape::lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_command_is_escaped() {
        assert_eq!(property("50%: a,b\r\n"), "50%25%3A a%2Cb\u{240d}%0A");
        assert_eq!(data("##[group]x"), "\u{266f}#[group]x");
        assert_eq!(data("50%: a,b\n"), "50%25: a,b%0A");
    }
}
