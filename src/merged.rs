//! The answers of several sessions as one: each session numbers its files from 0, so all but the first are moved up.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Span};
use ringfence_project::{Coverage, FileTable, Report, compare_paths};
use ruff_source_file::SourceFile;

/// The files of several sessions, one after the other.
pub(crate) struct ManyFiles<'a> {
    tables: Vec<&'a FileTable>,
}

impl<'a> ManyFiles<'a> {
    pub(crate) fn new(tables: impl Iterator<Item = &'a FileTable>) -> Self {
        Self { tables: tables.collect() }
    }

    fn find(&self, file: FileId) -> Option<(&'a FileTable, FileId)> {
        let mut index = file.index();
        for &table in &self.tables {
            if index < table.len() {
                return Some((table, FileId::new(index)));
            }
            index -= table.len();
        }
        None
    }
}

impl Files for ManyFiles<'_> {
    fn path(&self, file: FileId) -> &Path {
        self.find(file).map_or(Path::new(""), |(table, file)| table.path(file))
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        self.find(file).and_then(|(table, file)| table.text(file))
    }
}

/// One report of many, in the order of paths and positions.
pub(crate) fn combine(reports: Vec<Report>, files: &ManyFiles) -> Report {
    let single = reports.len() <= 1;
    let mut diagnostics = Vec::new();
    let mut coverage = Coverage::default();
    let mut contracts = Vec::new();
    let mut offset = 0;
    let fixes_in_part = reports.iter().any(|report| report.fixes_in_part);
    for (report, table) in reports.into_iter().zip(&files.tables) {
        diagnostics.extend(report.diagnostics.into_iter().map(|diagnostic| moved(diagnostic, offset)));
        coverage.add(&report.coverage);
        contracts.extend(report.contracts);
        offset += table.len();
    }
    if !single {
        report_once(&mut diagnostics, files);
        diagnostics.sort_by(|a, b| compare_paths(files.path(a.file), files.path(b.file)));
    }
    Report { diagnostics, coverage, contracts, fixes_in_part }
}

/// What several sessions say of one place in the same words is said once, with the greatest weight that it has.
fn report_once(diagnostics: &mut Vec<Diagnostic>, files: &ManyFiles) {
    type Words = (PathBuf, (u32, u32), &'static str, String);
    let mut first: HashMap<Words, usize> = HashMap::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics.drain(..) {
        let range = (diagnostic.range.start().to_u32(), diagnostic.range.end().to_u32());
        let path = files.path(diagnostic.file).to_path_buf();
        let position =
            *first.entry((path, range, diagnostic.code, diagnostic.message.clone())).or_insert(kept.len());
        match kept.get_mut(position) {
            // What one session says twice is two findings.
            Some(earlier) if earlier.file != diagnostic.file => {
                earlier.severity = earlier.severity.max(diagnostic.severity);
            }
            _ => kept.push(diagnostic),
        }
    }
    *diagnostics = kept;
}

pub(crate) fn moved(mut diagnostic: Diagnostic, offset: usize) -> Diagnostic {
    if offset == 0 {
        return diagnostic;
    }
    let moved = |file: FileId| FileId::new(file.index() + offset);
    diagnostic.file = moved(diagnostic.file);
    for label in &mut diagnostic.labels {
        label.span = Span::new(moved(label.span.file), label.span.range);
    }
    for hop in diagnostic.contract.iter_mut().flat_map(|contract| &mut contract.chain) {
        hop.span = Span::new(moved(hop.span.file), hop.span.range);
    }
    for (file, _) in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
        *file = moved(*file);
    }
    diagnostic
}
