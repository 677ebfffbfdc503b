//! Logging commands of Azure Pipelines.

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
        let start = text.line_column(diagnostic.range.start());
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={path};linenumber={line};columnnumber={column};code={code};]{message}",
            path = property(&text.path),
            line = start.line,
            column = start.column,
            code = diagnostic.code,
            message = data(&diagnostic.message),
        )?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    escape::lines(text).replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(';', "%3B").replace(']', "%5D")
}
