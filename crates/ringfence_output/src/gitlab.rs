//! GitLab's Code Quality report.
//!
//! A fingerprint says whether a finding is the same as one of another branch. It does not depend on the line: of several findings
//! that are about the same, the first, second and so on have one each.

use std::collections::HashMap;
use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, Files, Severity, stable_hash};
use serde::Serialize;

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
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let issues: Vec<Issue> = diagnostics
        .iter()
        .map(|diagnostic| {
            let text = texts.get(diagnostic.file);
            let (start, end) =
                (text.line_column(diagnostic.range.start()), text.line_column(diagnostic.range.end()));
            let subject = subject(diagnostic, &text.path);
            let occurrence = seen.entry(subject).or_default();
            *occurrence += 1;
            let fingerprint = stable_hash([format!("{subject:x}").as_str(), &occurrence.to_string()]);
            Issue {
                check_name: diagnostic.code,
                description: format!("{}: {}", diagnostic.code, diagnostic.message),
                severity: match diagnostic.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                },
                fingerprint: format!("{fingerprint:016x}"),
                location: Location {
                    path: text.path.clone(),
                    positions: Positions {
                        begin: Position { line: start.line.get(), column: start.column.get() },
                        end: Position { line: end.line.get(), column: end.column.get() },
                    },
                },
            }
        })
        .collect();
    escape::json_pretty(&issues, out)?;
    writeln!(out)
}

/// What a finding is about, and in which file.
fn subject(diagnostic: &Diagnostic, path: &str) -> u64 {
    let identity = diagnostic.identity();
    let of_identity = identity.iter().flat_map(|identity| {
        let fields = [&identity.importer, &identity.imported, &identity.name, &identity.contract];
        fields.into_iter().chain(&identity.members).map(String::as_str)
    });
    // About a file or a config as such: there is nothing but the words.
    let words = if identity.is_none() { Some(diagnostic.message.as_str()) } else { None };
    stable_hash([diagnostic.code, path].into_iter().chain(of_identity).chain(words))
}

#[derive(Serialize)]
struct Issue<'a> {
    check_name: &'a str,
    description: String,
    severity: &'static str,
    fingerprint: String,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}
