//! The comments of configs in the config that is made of them.

use std::collections::BTreeMap;

use ringfence_diagnostics::Files;
use ringfence_manifest::toml_comments;
use ringfence_policy::{ModulePattern, Policy, ini};
use ringfence_project::{ConfigKind, Session};

/// Comments by the header of the table that they belong to; nothing: the top.
type ByTable = BTreeMap<Option<String>, Vec<String>>;

/// The native text with the comments of the configs that it was made from: those above or in a table stand above the table
/// that it has become, all others at the top.
pub(super) fn with_comments(text: &str, sessions: &[Session]) -> String {
    let mut by_table = ByTable::new();
    for session in sessions {
        collect(session, &mut by_table);
    }
    let mut written = String::new();
    for comment in by_table.get(&None).into_iter().flatten() {
        written.extend([comment.as_str(), "\n"]);
    }
    if !written.is_empty() {
        written.push('\n');
    }
    let mut contracts = 0;
    for line in text.split_inclusive('\n') {
        let mut header = line.trim_end().to_string();
        if header == "[[contracts]]" {
            header = format!("{header} {contracts}");
            contracts += 1;
        }
        for comment in by_table.get(&Some(header)).into_iter().flatten() {
            written.extend([comment.as_str(), "\n"]);
        }
        written.push_str(line);
    }
    written
}

/// Adds the comments of one config.
fn collect(session: &Session, by_table: &mut ByTable) {
    let policy: &Policy = session.policy();
    let Some(source) = session.text(policy.config) else { return };
    let source = source.source_text();
    let is_import_linter = session.config().is_some_and(|config| config.kind.is_import_linter());
    let is_ini = session.config().is_some_and(|config| config.kind == ConfigKind::ImportLinter);
    let comments = if is_ini { ini::comments(source).collect() } else { toml_comments(source) };
    // Of a file that is for other tools, too, most is not about this.
    let is_shared = session.config().is_some_and(|config| {
        let name = config.path.file_name();
        name.is_some_and(|name| name == "pyproject.toml" || name == "setup.cfg")
    });
    let is_ours = |table: &std::ops::Range<usize>| {
        let header = source[table.clone()].trim_start();
        let ours: &[&str] =
            if is_import_linter { &["[tool.importlinter", "[importlinter"] } else { &["[tool.tach"] };
        ours.iter().any(|ours| header.starts_with(ours))
    };
    // Where tables begin, and the header of what each becomes; contracts are counted.
    let mut tables: Vec<(usize, String)> = Vec::new();
    for module in policy.modules.iter().filter(|module| module.pattern.span.file == policy.config) {
        if let ModulePattern::Exact(name) = &module.pattern.value {
            let start = module.pattern.span.range.start().to_usize();
            tables.push((start, format!("[modules.\"{name}\"]")));
        }
    }
    for (number, contract) in policy.contracts.iter().enumerate() {
        let start = contract.name.span.range.start().to_usize();
        tables.push((start, format!("[[contracts]] {number}")));
    }
    for range in comments {
        let comment = source[range].replacen(';', "#", usize::from(source[range].starts_with(';')));
        let at = range.start().to_usize();
        // Alone on its line before a header it is about what follows.
        let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let is_alone = source[line_start..at].trim().is_empty();
        let next = source[range.end().to_usize()..]
            .lines()
            .map(str::trim)
            .find(|line| !line.starts_with(['#', ';']) && !line.is_empty());
        let is_above = is_alone && next.is_some_and(|line| line.starts_with('['));
        let table = table_of(source, if is_above { range.end().to_usize() } else { at }, is_above);
        let owner = table.as_ref().and_then(|table| tables.iter().find(|(start, _)| table.contains(start)));
        if owner.is_none() && is_shared && !table.as_ref().is_some_and(is_ours) {
            continue;
        }
        by_table.entry(owner.map(|(_, header)| header.clone())).or_default().push(comment);
    }
}

/// The bytes from the header of a table to the next header: the table around an offset, or the next one.
fn table_of(source: &str, at: usize, next: bool) -> Option<std::ops::Range<usize>> {
    let starts: Vec<usize> = source
        .match_indices('\n')
        .map(|(newline, _)| newline + 1)
        .chain([0])
        .filter(|start| source[*start..].trim_start_matches([' ', '\t']).starts_with('['))
        .collect();
    let start = if next {
        starts.iter().filter(|start| **start >= at).min()
    } else {
        starts.iter().filter(|start| **start <= at).max()
    }?;
    let end = starts.iter().filter(|other| *other > start).min().copied().unwrap_or(source.len());
    Some(*start..end)
}
