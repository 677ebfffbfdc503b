//! The answers of several sessions as one: each session numbers its files from 0, so all but the first are moved up.

use std::path::Path;

use ringfence_diagnostics::{Diagnostic, FileId, Files, Span};
use ringfence_project::{Coverage, FileTable, Report, compare_paths, report_once};
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
    for (session, (report, table)) in reports.into_iter().zip(&files.tables).enumerate() {
        let of_session = report.diagnostics.into_iter();
        diagnostics.extend(of_session.map(|diagnostic| (session, moved(diagnostic, offset))));
        coverage.add(&report.coverage);
        contracts.extend(report.contracts);
        offset += table.len();
    }
    if !single {
        diagnostics = report_once(diagnostics, |file| files.path(file));
    }
    let mut diagnostics: Vec<Diagnostic> =
        diagnostics.into_iter().map(|(_, diagnostic)| diagnostic).collect();
    if !single {
        diagnostics.sort_by(|a, b| compare_paths(files.path(a.file), files.path(b.file)));
    }
    Report { diagnostics, coverage, contracts, fixes_in_part }
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
