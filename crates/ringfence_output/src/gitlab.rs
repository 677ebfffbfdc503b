//! GitLab's Code Quality report.
//!
//! A fingerprint says whether a finding is the same as one of another branch. It depends neither on the number of the line nor on
//! the words: of several findings that are about the same, the first, second and so on have one each.

use std::collections::HashMap;
use std::io::{self, Write};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Identity, Severity, paths, stable_hash};
use ruff_source_file::OneIndexed;
use ruff_text_size::TextRange;
use serde::Serialize;

use crate::escape;
use crate::texts::{Text, Texts};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &std::path::Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &std::path::Path| paths::relative(path, root);
    let mut texts = Texts::new(files, &show_path);
    let mut lines = LineHashes::default();
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let issues: Vec<Issue> = diagnostics
        .iter()
        .map(|diagnostic| {
            let text = texts.get(diagnostic.file);
            let (start, end) =
                (text.line_column(diagnostic.range.start()), text.line_column(diagnostic.range.end()));
            let subject = match diagnostic.identity() {
                Some(identity) => subject(&identity, &text.path),
                None => stable_hash([diagnostic.code, &text.path, &lines.hash(diagnostic, &text)]),
            };
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
fn subject(identity: &Identity, path: &str) -> u64 {
    let Identity { code, importer, imported, name, contract, members } = identity;
    let texts = [code, path, importer, imported, name, contract];
    stable_hash(texts.into_iter().chain(members.iter().map(String::as_str)))
}

/// The texts of the lines that findings stand at, hashed. Findings come by place: a line that many stand at is hashed once.
#[derive(Default)]
struct LineHashes {
    last: Option<(FileId, OneIndexed, String)>,
}

impl LineHashes {
    /// The hash of the line of a finding, without the whitespace around it; of a finding about a file as a whole, that of nothing.
    fn hash(&mut self, diagnostic: &Diagnostic, text: &Text) -> String {
        let source = text.source().filter(|_| diagnostic.range != TextRange::default());
        let Some(source) = source else { return String::new() };
        let line = text.line_column(diagnostic.range.start()).line;
        match &self.last {
            Some((file, last, hash)) if (*file, *last) == (diagnostic.file, line) => hash.clone(),
            _ => {
                let hash = stable_hash([source.to_source_code().line_text(line).trim()]);
                let hash = format!("{hash:x}");
                self.last = Some((diagnostic.file, line, hash.clone()));
                hash
            }
        }
    }
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
