//! What it costs to print 50,000 findings.

use std::io::sink;
use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::ItemsCount;
use ringfence_diagnostics::{Diagnostic, FileId, Files};
use ringfence_output::{Format, RenderOptions, render};
use ringfence_project::CheckOptions;
use ruff_source_file::{SourceFile, SourceFileBuilder};

use crate::generated::{Rules, project};

const FINDINGS: usize = 50_000;

/// Texts in memory: neither the disk is measured, nor what an earlier sample remembered of lines.
struct Texts(Vec<(PathBuf, String)>);

impl Files for Texts {
    fn path(&self, file: FileId) -> &Path {
        &self.0[file.index()].0
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        let (path, text) = &self.0[file.index()];
        Some(SourceFileBuilder::new(path.to_string_lossy(), text.as_str()).finish())
    }
}

/// In the order of files, each as often as it takes.
fn findings() -> Vec<Diagnostic> {
    let session = &project(Rules::Nothing).session;
    let found = session
        .check(&CheckOptions {
            paths: Vec::new(),
            fixes: true,
            only_policy: false,
            most_explained: 0,
            most_chains: 50,
            all_chains: false,
            detail: ringfence_rules::Detail::Everything,
            ignore_baseline: false,
            switched_off: false,
        })
        .diagnostics;
    let times = FINDINGS.div_ceil(found.len());
    found
        .iter()
        .flat_map(|diagnostic| std::iter::repeat_n(diagnostic, times))
        .take(FINDINGS)
        .cloned()
        .collect()
}

#[divan::bench(args = [Format::Full, Format::Concise, Format::Json], sample_count = 5, sample_size = 1)]
fn print(bencher: Bencher, format: Format) {
    let session = &project(Rules::Nothing).session;
    let files = session.files();
    let texts = (0..files.len()).map(FileId::new).map(|file| {
        let text = files.text(file).map_or_else(String::new, |text| text.source_text().to_string());
        (files.path(file).to_path_buf(), text)
    });
    let texts = Texts(texts.collect());
    let findings = findings();
    let options = RenderOptions {
        working_directory: session.root(),
        repository: session.root(),
        rules: &[],
        color: false,
        hyperlinks: false,
        unsafe_fixes: false,
    };
    bencher
        .counter(ItemsCount::new(FINDINGS))
        .bench_local(|| render(format, &findings, &texts, &options, &mut sink()).unwrap());
}
