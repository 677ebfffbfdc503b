//! For a program that mends code: by rule, what to do first, then the exact places and statements, in few words.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, Files};

use crate::escape;
use crate::texts::{Text, Texts, terminal_path};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    if diagnostics.is_empty() {
        return writeln!(out, "no findings");
    }
    let show_path = |path: &Path| terminal_path(path, root);
    let mut texts = Texts::new(files, &show_path);
    let mut by_rule: BTreeMap<(&str, &str), Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        by_rule.entry((diagnostic.code, diagnostic.name)).or_default().push(diagnostic);
    }
    let fixable = diagnostics.iter().filter(|it| crate::is_fixable(it, false)).count();
    if fixable > 0 {
        writeln!(out, "first: `ringfence check --fix` mends {fixable} of {}\n", diagnostics.len())?;
    }
    for ((code, name), findings) in by_rule {
        writeln!(out, "# {code} {name}: {}", findings.len())?;
        for diagnostic in findings {
            let text = texts.get(diagnostic.file);
            let start = text.line_column(diagnostic.range.start());
            writeln!(out, "- {}:{}: {}", text.path, start.line, escape::line(&diagnostic.message))?;
            if let Some(line) = statement(&text, diagnostic) {
                writeln!(out, "  > {}", escape::line(&line))?;
            }
            if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| !fix.changes_policy) {
                writeln!(out, "  fix: {} ({})", escape::line(&fix.title), applicability(fix.applicability))?;
            }
            for line in diagnostic.help.iter().flat_map(|help| help.lines()) {
                writeln!(out, "  {}", escape::line(line))?;
            }
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "do not: widen the config, add suppressions, or import the same thing by a string, unless you are asked to"
    )
}

fn applicability(applicability: ruff_diagnostics::Applicability) -> &'static str {
    match applicability {
        ruff_diagnostics::Applicability::Safe => "safe",
        ruff_diagnostics::Applicability::Unsafe => "unsafe: look at it",
        ruff_diagnostics::Applicability::DisplayOnly => "not applied",
    }
}

/// The line that a finding stands at.
fn statement(text: &Text, diagnostic: &Diagnostic) -> Option<String> {
    let source = text.source()?;
    let start = text.line_column(diagnostic.range.start());
    if diagnostic.range.is_empty() {
        return None;
    }
    let line = source.to_source_code().line_text(start.line).trim();
    (!line.is_empty()).then(|| line.to_string())
}
