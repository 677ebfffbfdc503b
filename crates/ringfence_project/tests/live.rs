//! After any edits, what is kept up to date is what a session opened anew finds.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ringfence_diagnostics::{Diagnostic, FileId, Files};
use ringfence_project::{CheckOptions, ConfigFile, IncrementalState, Session, SessionOptions};
use rustc_hash::FxHashSet;

/// Every rule can speak here.
const CONFIG: &str = r#"
select = ["ALL"]
layers = ["top", "middle | side", "bottom"]
forbid-cycles = true
strict-ownership = true
interfaces = [{ of = ["p.b"], exposes = ["plain"], data-types = "plain" }]

[modules."p.a"]
layer = "top"
depends-on = ["p.b", { module = "p.c", deprecated = "old" }]

[modules."p.b"]
layer = "middle"
exposes = ["make", "api.*"]
depends-on = ["p.d"]

[modules."p.c"]
layer = "side"
visible-to = ["p.a"]
forbids = ["p.d"]

[modules."p.d"]
layer = "bottom"
forbids-externals = ["requests"]

[[contracts]]
name = "far"
type = "forbidden"
from = ["p.a"]
to = ["p.d", "numpy"]
except = ["p.b.api -> p.d"]

[[contracts]]
name = "apart"
type = "independent"
modules = ["p.b", "p.c"]

[[contracts]]
name = "no cycles"
type = "acyclic"
modules = ["p"]

[[contracts]]
name = "kept"
type = "protected"
modules = ["p.d"]
importers = ["p.b"]

[[contracts]]
name = "needed"
type = "required"
from = ["p.c"]
to = ["p.b"]
"#;

const BASELINE: &str = "RF101 p.a -> p.d\nRF201 p.c -> p.b hidden\nRF401 p.a <-> p.b <-> p.c\n";

/// How many of the lines change no import.
const TEXTS: usize = 13;

const FILES: [&str; 9] = [
    "p/__init__.py",
    "p/a/__init__.py",
    "p/a/view.py",
    "p/b/__init__.py",
    "p/b/api.py",
    "p/b/_core.py",
    "p/c.py",
    "p/d.py",
    "p/loose.py",
];

/// The first of these change no import.
const LINES: [&str; 46] = [
    "",
    "# a comment",
    "broken = (",
    "x = 1",
    "def make(): ...",
    "y: int = 2",
    "print(p.b.hidden, p.b._core.make)",
    "def g(v: make) -> x: ...",
    "__all__ = ['make', 'x']",
    "class C(make): ...",
    "plain = 3",
    "def plain(): ...",
    "hidden = make",
    "import p",
    "import p.a",
    "import p.b",
    "import p.c",
    "import p.d",
    "import p.b._core",
    "from p import a, d",
    "from p.b import make",
    "from p.b import api, hidden",
    "from p.b.api import *",
    "from p.b._core import make",
    "from ._core import make",
    "from .. import c",
    "from p.a import view",
    "from p.a.view import show as shown",
    "import requests",
    "import numpy.linalg",
    "from p.c import x",
    "from p.b import make  # ringfence: ignore[RF101] for now",
    "import p.d  # ringfence: ignore[RF301, RF102]",
    "# ringfence: file-ignore[RF104] all of it",
    "import p.d  # ringfence: ignore[RF999]",
    "import p.d  # noqa: RF101",
    "from typing import TYPE_CHECKING",
    "if TYPE_CHECKING:\n    from p.d import y",
    "def f():\n    from p.d import y\n    return y",
    "try:\n    import p.d\nexcept ImportError:\n    pass",
    "import importlib\nimportlib.import_module('p.d')",
    "importlib.import_module(name)",
    "from p.b import plain",
    "import p.b as b",
    "from p.b.api import make as made",
    "print(b.api, b.hidden)",
];

fn folder(contents: &[Vec<usize>]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    };
    write("ringfence.toml", CONFIG);
    write("ringfence.baseline", BASELINE);
    for (path, lines) in FILES.iter().zip(contents) {
        write(path, &text(lines));
    }
    folder
}

fn text(lines: &[usize]) -> String {
    lines.iter().flat_map(|line| [LINES[*line], "\n"]).collect()
}

fn open(folder: &Path, overlays: Vec<(PathBuf, Vec<u8>)>) -> Session {
    let config = ConfigFile::named(folder.join("ringfence.toml"));
    let options = SessionOptions {
        root: folder.to_path_buf(),
        config: Some(config),
        overlays,
        threads: 1,
        ..SessionOptions::default()
    };
    let session = Session::open(options, &|_| {}).expect("the session opens");
    assert_eq!(session.problems(), []);
    session
}

/// What is found, by file. Of syntax errors a whole run may meet more.
fn by_path<'a>(
    session: &Session,
    found: impl Iterator<Item = &'a Diagnostic>,
) -> BTreeMap<PathBuf, Vec<String>> {
    let mut by_path: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for diagnostic in found.filter(|diagnostic| diagnostic.code != "RF900") {
        let path = session.path(diagnostic.file).to_path_buf();
        // Ids of files may differ.
        let labels: Vec<String> = diagnostic
            .labels
            .iter()
            .map(|label| {
                format!(
                    "{} {:?} {}",
                    session.path(label.span.file).display(),
                    label.span.range,
                    label.message
                )
            })
            .collect();
        by_path.entry(path).or_default().push(format!(
            "{} {:?} {:?} {} {:?} {labels:?}",
            diagnostic.code, diagnostic.severity, diagnostic.range, diagnostic.message, diagnostic.help
        ));
    }
    by_path
}

/// One change of one file.
#[derive(Debug, Clone)]
struct Edit {
    file: usize,
    at: usize,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    Insert(usize),
    Remove,
    Replace(Vec<usize>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let how = prop_oneof![
        3 => (0..TEXTS).prop_map(How::Insert),
        2 => (0..LINES.len()).prop_map(How::Insert),
        3 => Just(How::Remove),
        1 => lines().prop_map(How::Replace),
    ];
    (0..FILES.len(), 0..6_usize, how).prop_map(|(file, at, how)| Edit { file, at, how })
}

fn change(lines: &mut Vec<usize>, at: usize, how: How) {
    match how {
        How::Insert(line) => lines.insert(at.min(lines.len()), line),
        How::Remove if at < lines.len() => _ = lines.remove(at),
        How::Remove => {}
        How::Replace(others) => *lines = others,
    }
}

fn lines() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..LINES.len(), 2..7)
}

/// How many sequences of edits are tried; `RINGFENCE_LIVE_CASES` says otherwise.
fn cases() -> u32 {
    std::env::var("RINGFENCE_LIVE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_come_to_what_a_new_session_finds(
        contents in prop::collection::vec(lines(), FILES.len()),
        edits in prop::collection::vec(edit(), 16),
    ) {
        let folder = folder(&contents);
        let mut contents = contents;
        let mut session = open(folder.path(), Vec::new());
        let files: Vec<FileId> =
            FILES.iter().map(|path| session.files().get(&folder.path().join(path)).expect("a file")).collect();
        let mut live = IncrementalState::default();
        let none = FxHashSet::default();
        let mut shown = BTreeMap::new();
        for Edit { file, at, how } in std::iter::once(Edit { file: 0, at: 0, how: How::Insert(1) }).chain(edits) {
            change(&mut contents[file], at, how);
            session.update_file(&mut live, files[file], Some(text(&contents[file]).into_bytes()));
            let before: BTreeMap<FileId, Vec<_>> =
                live.files().map(|file| (file, live.diagnostics(file).to_vec())).collect();
            let changed = session.check_live(&mut live, &none);
            // What is not said to have changed has not.
            for file in live.files().chain(before.keys().copied()).filter(|file| !changed.contains(file)) {
                prop_assert_eq!(before.get(&file).map_or(&[][..], Vec::as_slice), live.diagnostics(file));
            }
            let now = by_path(&session, live.files().flat_map(|file| live.diagnostics(file)).map(|it| &**it));
            let overlays =
                FILES.iter().zip(&contents).map(|(path, lines)| (folder.path().join(path), text(lines).into_bytes()));
            let anew = open(folder.path(), overlays.collect());
            let report = anew.check(&CheckOptions::default());
            prop_assert_eq!(&now, &by_path(&anew, report.diagnostics.iter()));
            shown.extend(now);
        }
    }

    /// With what is open explained, it is what a session opened anew says of these files when it is kept up to date from the start.
    #[test]
    fn what_is_explained_stays_true(
        contents in prop::collection::vec(lines(), FILES.len()),
        edits in prop::collection::vec(edit(), 10),
    ) {
        let folder = folder(&contents);
        let mut contents = contents;
        let mut session = open(folder.path(), Vec::new());
        let path = |number: usize| folder.path().join(FILES[number]);
        let ids = |session: &Session| -> Vec<FileId> {
            (0..FILES.len()).map(|number| session.files().get(&path(number)).expect("a file")).collect()
        };
        let files = ids(&session);
        let open_files = |files: &[FileId]| files.iter().copied().take(6).collect::<FxHashSet<FileId>>();
        let mut live = IncrementalState::default();
        session.check_live(&mut live, &open_files(&files));
        for Edit { file, at, how } in edits {
            change(&mut contents[file], at, how);
            session.update_file(&mut live, files[file], Some(text(&contents[file]).into_bytes()));
            session.check_live(&mut live, &open_files(&files));
            // Looking for fixes must leave nothing behind that goes stale.
            let _ = session.offers(&live, files[file]);
            let overlays = (0..FILES.len()).map(|number| (path(number), text(&contents[number]).into_bytes()));
            let anew = open(folder.path(), overlays.collect());
            let mut fresh = IncrementalState::default();
            anew.check_live(&mut fresh, &open_files(&ids(&anew)));
            prop_assert_eq!(
                by_path(&session, live.files().flat_map(|file| live.diagnostics(file)).map(|it| &**it)),
                by_path(&anew, fresh.files().flat_map(|file| fresh.diagnostics(file)).map(|it| &**it))
            );
        }
    }
}
