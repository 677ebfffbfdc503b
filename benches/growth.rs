//! What must not grow faster than its input: each at two sizes, of which the second is four times the first and so may take four
//! times as long. `scripts/measure_growth.py` asks the same of the binary, and of more.

use std::fmt::Write as _;
use std::fs;
use std::io::sink;

use divan::Bencher;
use divan::counter::ItemsCount;
use ringfence_diagnostics::FileId;
use ringfence_output::{Format, RenderOptions, render};
use ringfence_project::baseline::{Baseline, line, recordable};
use ringfence_project::fix::{self, FixOptions};
use ringfence_project::{CheckOptions, ConfigFile, Session, SessionOptions, add_ignores};
use ruff_diagnostics::Applicability;
use tempfile::TempDir;

const A_WITHOUT_B: &str = "[modules.a]\ndepends-on = []\n[modules.b]\n";

/// A project that goes away with its folder.
fn project(files: &[(&str, String)]) -> (Session, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (path, text) in files {
        fs::write(root.join(path), text).unwrap();
    }
    let options = SessionOptions {
        root: root.to_path_buf(),
        config: Some(ConfigFile::named(root.join("ringfence.toml"))),
        threads: 1,
        ..SessionOptions::default()
    };
    let session = Session::open(options, &|_| {}).unwrap();
    assert_eq!(session.problems(), []);
    (session, folder)
}

/// Two modules of which the first must not import the second, and does so in this text.
fn a_and_b(text: String) -> (Session, TempDir) {
    project(&[("ringfence.toml", A_WITHOUT_B.to_string()), ("a.py", text), ("b.py", String::new())])
}

fn names(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|number| format!("name_{number}")).collect();
    format!("from b import {}\n", names.join(", "))
}

fn options() -> CheckOptions {
    CheckOptions { fixes: true, most_explained: 500, most_chains: 50, ..CheckOptions::default() }
}

/// A baseline in which every finding is.
#[divan::bench(args = [2_500, 10_000])]
fn baseline(bencher: Bencher, entries: usize) {
    let (session, _folder) = a_and_b(names(entries));
    let found = session.check(&CheckOptions::default()).diagnostics;
    let identities: Vec<_> = found.iter().filter_map(recordable).collect();
    let text: String = identities.iter().map(|identity| line(identity, None) + "\n").collect();
    let mut baseline = Baseline::default();
    assert_eq!(baseline.read(FileId::new(0), &text), []);
    bencher.counter(ItemsCount::new(entries)).bench_local(|| {
        let lookup = baseline.lookup();
        assert!(identities.iter().all(|identity| lookup.matching(identity).is_some()));
    });
}

/// The findings of one line, found and told.
#[divan::bench(args = [500, 2_000], sample_count = 5, sample_size = 1)]
fn names_of_a_statement(bencher: Bencher, count: usize) {
    let (session, _folder) = a_and_b(names(count));
    let options = RenderOptions {
        working_directory: session.root(),
        repository: session.root(),
        rules: &[],
        color: false,
        hyperlinks: false,
        unsafe_fixes: false,
    };
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let found = session.check(&self::options()).diagnostics;
        render(Format::Full, &found, session.files(), &options, &mut sink()).unwrap();
    });
}

/// One comment a line, of which each suppresses what it stands at.
#[divan::bench(args = [1_000, 4_000])]
fn suppressions_of_a_file(bencher: Bencher, count: usize) {
    let (session, _folder) = a_and_b("import b  # ringfence: ignore[RF101] known\n".repeat(count));
    bencher.counter(ItemsCount::new(count)).bench_local(|| session.check(&options()));
}

#[divan::bench(args = [1_000, 4_000], sample_count = 5, sample_size = 1)]
fn added_suppressions(bencher: Bencher, count: usize) {
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| a_and_b("import b\n".repeat(count)))
        .bench_local_values(|(mut session, _folder)| {
            add_ignores(&mut session, &options(), Some("known"), &|_| true).unwrap().findings
        });
}

/// Entries that are added to one `depends-on`.
#[divan::bench(args = [250, 1_000], sample_count = 5, sample_size = 1)]
fn added_dependencies(bencher: Bencher, count: usize) {
    let mut config = String::from("[modules.a]\ndepends-on = ['m0']\n");
    let mut text = String::new();
    for number in 0..count {
        writeln!(config, "[modules.m{number}]").unwrap();
        writeln!(text, "import m{number}").unwrap();
    }
    let with_policy = FixOptions { applicability: Applicability::Safe, source: false, policy: true };
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| {
            let mut files =
                vec![("ringfence.toml".to_string(), config.clone()), ("a.py".to_string(), text.clone())];
            files.extend((0..count).map(|number| (format!("m{number}.py"), String::new())));
            let files: Vec<(&str, String)> =
                files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
            project(&files)
        })
        .bench_local_values(|(mut session, _folder)| {
            fix::fix(&mut session, &options(), with_policy).unwrap().applied
        });
}

/// A name of so many segments that comes from elsewhere.
#[divan::bench(args = [2_500, 10_000])]
fn segments_of_a_name(bencher: Bencher, count: usize) {
    let (session, _folder) = project(&[
        ("ringfence.toml", "[modules.a]\n".to_string()),
        ("pyproject.toml", "[project]\nname = 'p'\nversion = '1'\ndependencies = []\n".to_string()),
        ("a.py", format!("import x{}\n", ".x".repeat(count))),
    ]);
    bencher.counter(ItemsCount::new(count)).bench_local(|| session.check(&options()));
}

/// Modules that all reach as many others: pairs grow with the square, so what is told of them must have an end.
#[divan::bench(args = [300, 1_200], sample_count = 3, sample_size = 1)]
fn forbidden_pairs(bencher: Bencher, count: usize) {
    let list = |letter: &str| {
        let names: Vec<String> = (0..count).map(|number| format!("'{letter}{number}'")).collect();
        names.join(", ")
    };
    let config = format!(
        "[[contracts]]\nname = 'one'\ntype = 'forbidden'\nfrom = [{}]\nto = [{}]\n",
        list("s"),
        list("t")
    );
    let hub = (0..count).fold(String::new(), |hub, number| hub + &format!("import t{number}\n"));
    let mut files = vec![("ringfence.toml".to_string(), config), ("hub.py".to_string(), hub)];
    files.extend((0..count).map(|number| (format!("s{number}.py"), "import hub\n".to_string())));
    files.extend((0..count).map(|number| (format!("t{number}.py"), String::new())));
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (session, _folder) = project(&files);
    bencher.counter(ItemsCount::new(count)).bench_local(|| session.check(&options()));
}
