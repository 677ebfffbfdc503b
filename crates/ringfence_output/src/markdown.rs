//! A summary for a job or a pull request: counts, who answers for what, the edges at fault as a graph, and the findings.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, Files, Severity};

use crate::escape::{markdown_code, markdown_text, mermaid};
use crate::texts::Texts;
use ringfence_diagnostics::paths;

/// More nodes than this make no picture.
const MOST_EDGES: usize = 40;
/// More rows than this are not read.
const MOST_ROWS: usize = 50;

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    if diagnostics.is_empty() {
        return writeln!(out, "## ringfence: no findings");
    }
    writeln!(out, "## ringfence: {}\n", counted(errors, warnings))?;
    let mut by_rule: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut by_owner: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        *by_rule.entry((diagnostic.code, diagnostic.name)).or_default() += 1;
        if let Some(owner) = &diagnostic.owner {
            *by_owner.entry(owner).or_default() += 1;
        }
    }
    writeln!(out, "| rule | findings |\n|---|---:|")?;
    for ((code, name), count) in by_rule {
        let title = if code == name { code.to_string() } else { format!("{code} {name}") };
        writeln!(out, "| {} | {count} |", markdown_text(&title))?;
    }
    writeln!(out)?;
    if !by_owner.is_empty() {
        writeln!(out, "| owner of what is imported | findings |\n|---|---:|")?;
        for (owner, count) in by_owner {
            writeln!(out, "| {} | {count} |", markdown_text(owner))?;
        }
        writeln!(out)?;
    }
    graph(diagnostics, out)?;
    let show_path = |path: &Path| paths::relative(path, root);
    let mut texts = Texts::new(files, &show_path);
    writeln!(out, "| place | finding |\n|---|---|")?;
    for diagnostic in diagnostics.iter().take(MOST_ROWS) {
        let place = texts.get(diagnostic.file).place(diagnostic.range.start());
        let (place, message) = (markdown_code(&place), markdown_text(&diagnostic.message));
        writeln!(out, "| {place} | {} {message} |", diagnostic.code)?;
    }
    if diagnostics.len() > MOST_ROWS {
        writeln!(out, "\nand {} more", diagnostics.len() - MOST_ROWS)?;
    }
    Ok(())
}

fn counted(errors: usize, warnings: usize) -> String {
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    match (errors, warnings) {
        (_, 0) => count(errors, "error"),
        (0, _) => count(warnings, "warning"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// The imports at fault, from module to module, and no others.
fn graph(diagnostics: &[Diagnostic], out: &mut dyn Write) -> io::Result<()> {
    let mut edges: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let Some(identity) = diagnostic.identity() else { continue };
        if !identity.importer.is_empty() && !identity.imported.is_empty() {
            edges.entry((identity.importer, identity.imported)).or_default().insert(diagnostic.code);
        }
    }
    if edges.is_empty() || edges.len() > MOST_EDGES {
        return Ok(());
    }
    let names: BTreeSet<&str> = edges.keys().flat_map(|(from, to)| [from.as_str(), to.as_str()]).collect();
    let numbers: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(number, name)| (*name, number)).collect();
    writeln!(out, "```mermaid\ngraph LR")?;
    for (name, number) in &numbers {
        writeln!(out, "    n{number}[\"{}\"]", mermaid(name))?;
    }
    for ((from, to), codes) in &edges {
        let codes: Vec<&str> = codes.iter().copied().collect();
        writeln!(out, "    n{} -->|{}| n{}", numbers[from.as_str()], codes.join(", "), numbers[to.as_str()])?;
    }
    writeln!(out, "```\n")
}
