//! From facts to the graph, and from the policy to boundaries.

use divan::Bencher;
use divan::counter::ItemsCount;
use ringfence_diagnostics::FileId;
use ringfence_graph::{FileRole, ImportGraph, IndexedFile, ModuleIndex, Resolution};
use ringfence_project::Session;
use ringfence_rules::{Boundaries, ExcludedModules};
use ringfence_source::{FileFacts, SourceKind};

use crate::generated::{Rules, project};

/// The files of a session as the index takes them.
fn files(session: &Session) -> Vec<IndexedFile<'_>> {
    let index = session.graph().index();
    let mut files: Vec<IndexedFile> = index
        .iter()
        .filter_map(|(id, module)| {
            let file = module.file?;
            let is_package = index.of_file(file).is_some_and(|file| file.is_package);
            let role = if is_package { FileRole::Package } else { FileRole::Module };
            Some(IndexedFile { file, name: index.name(id), role, source: SourceKind::Python, root: 0 })
        })
        .collect();
    files.sort_by_key(|file| file.file);
    files
}

#[divan::bench]
fn index(bencher: Bencher) {
    let files = files(&project(Rules::Nothing).session);
    bencher.counter(ItemsCount::new(files.len())).bench(|| ModuleIndex::build(&files, Vec::new()));
}

/// Counted in imported names.
#[divan::bench]
fn resolve(bencher: Bencher) {
    let session = &project(Rules::Nothing).session;
    let facts: Vec<Option<&FileFacts>> =
        (0..session.files().len()).map(|file| session.facts(FileId::new(file))).collect();
    bencher
        .counter(ItemsCount::new(session.graph().edges().len()))
        .with_inputs(|| session.graph().index().clone())
        .bench_values(|index| ImportGraph::build(index, facts.iter().copied(), Resolution::default()));
}

#[divan::bench(args = [Rules::Dependencies, Rules::Interfaces, Rules::Layers])]
fn bind(bencher: Bencher, rules: Rules) {
    let session = &project(rules).session;
    bencher.bench(|| {
        Boundaries::bind(session.policy(), session.graph().index(), &ExcludedModules::default().modules)
    });
}
