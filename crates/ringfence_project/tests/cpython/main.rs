//! CPython as the oracle of imports: what it has loaded once a module is imported must be what the graph predicts.
//!
//! Generated programs are written to disk, every module of each is imported in a fresh interpreter, and the modules
//! that ran are compared with [`ImportGraph::loaded_by`](ringfence_graph::ImportGraph::loaded_by). `PROPTEST_CASES` says
//! how many programs; they are the same in every run.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod circles;
mod fixes;
mod generate;
mod hostile;
mod interpreter;
mod nasty;
mod startup;

use std::collections::BTreeSet;
use std::path::Path;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use ringfence_graph::{Edge, ModuleId, ModuleKind, Target};
use ringfence_project::{Session, SessionOptions};
use ringfence_source::{EdgeKind, EdgeKinds};

use crate::generate::{MEMBER, Program, program};
use crate::interpreter::{Import, Interpreter};

/// Enough for each form of import to meet each kind of module some times.
const CASES: u32 = 150;

/// Paths with texts.
type Files = &'static [(&'static str, &'static str)];

/// What the graph says of the import of one module.
#[derive(Debug, Default)]
struct Prediction {
    /// Modules with a file.
    files: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    /// Imports that may raise, and that nothing catches.
    doubtful: Vec<String>,
    /// Imports that may raise, and that may be caught for another error than theirs: a relative import beyond the top
    /// is an `ImportError`, but no `ModuleNotFoundError`.
    half_caught: Vec<String>,
}

fn open(root: &Path) -> Session {
    let options = SessionOptions { root: root.to_path_buf(), threads: 1, ..SessionOptions::default() };
    Session::open(options, &|_| {}).expect("a program can be opened")
}

fn predict(session: &Session, module: ModuleId) -> Prediction {
    let graph = session.graph();
    let index = graph.index();
    let mut prediction = Prediction::default();
    for id in graph.loaded_by(module, EdgeKinds::AT_IMPORT) {
        let name = index.name(id).to_string();
        let Some(file) = index.module(id).file else {
            prediction.namespaces.insert(name);
            continue;
        };
        let facts = session.facts(file).expect("every module of a program is read");
        assert_eq!(facts.syntax_error, None, "{name}");
        for edge in graph.edges_of(file).iter().filter(|edge| may_raise(session, edge)) {
            let import = format!("{} in {name}", graph.imported_name(edge, facts));
            match edge.kind {
                EdgeKind::Runtime => prediction.doubtful.push(import),
                EdgeKind::Optional => prediction.half_caught.push(import),
                _ => {}
            }
        }
        prediction.files.insert(name);
    }
    prediction
}

/// Whether an import may raise, once carried out: it leads nowhere, or to a name that the module may not have.
fn may_raise(session: &Session, edge: &Edge) -> bool {
    let facts = session.facts(edge.file).expect("every module of a program is read");
    match edge.target {
        Target::Module { missing, .. } => {
            let member = session.graph().member(edge, facts);
            missing || member.is_some_and(|member| member != MEMBER && member != "*")
        }
        // What the programs take by name from `colorsys` is not there.
        Target::StandardLibrary => session.graph().imported_name(edge, facts).starts_with("colorsys."),
        Target::ThirdParty | Target::Unresolved => true,
    }
}

/// The modules that an import can lead to.
fn entries(session: &Session) -> Vec<(ModuleId, String)> {
    let index = session.graph().index();
    let is_hidden = |id: ModuleId| {
        let mut above = index.ancestors(id).skip(1);
        above.any(|id| index.module(id).kind == ModuleKind::Module)
    };
    let reachable = index.iter().filter(|(id, _)| !is_hidden(*id));
    reachable.map(|(id, module)| (id, module.name.to_string())).collect()
}

/// Compares one import with what was predicted of it.
fn compare(prediction: &Prediction, import: &Import) -> Result<(), String> {
    let Prediction { files, namespaces, doubtful, half_caught } = prediction;
    let ran: BTreeSet<String> = import.ran.iter().cloned().collect();
    if !ran.is_subset(files) {
        let unforeseen: Vec<&String> = ran.difference(files).collect();
        return Err(format!("CPython runs what is not predicted: {unforeseen:?}"));
    }
    if doubtful.is_empty()
        && let Some(error) = &import.error
        && (half_caught.is_empty() || error.starts_with("ModuleNotFoundError"))
    {
        return Err(format!("CPython fails with {error}, and every import was predicted to work"));
    }
    // Where a module was left in the middle, what comes after in it did not run, whoever caught the error.
    if import.error.is_none() && import.is_complete() {
        if ran != *files {
            let not_loaded: Vec<&String> = files.difference(&ran).collect();
            return Err(format!("CPython does not run what is predicted: {not_loaded:?}"));
        }
        let loaded: BTreeSet<String> = import.namespaces.iter().cloned().collect();
        if !namespaces.is_subset(&loaded) {
            let not_loaded: Vec<&String> = namespaces.difference(&loaded).collect();
            return Err(format!("CPython has not loaded the predicted namespaces {not_loaded:?}"));
        }
    }
    Ok(())
}

/// How often each way out was taken, so that a generator which only makes broken programs is noticed.
#[derive(Debug, Default)]
struct Tally {
    complete: usize,
    caught: usize,
    failed: usize,
    /// Complete imports that load at least three modules.
    far: usize,
}

impl Tally {
    fn add(&mut self, import: &Import) {
        match (&import.error, import.is_complete()) {
            (Some(_), _) => self.failed += 1,
            (None, false) => self.caught += 1,
            (None, true) => self.complete += 1,
        }
        self.far += usize::from(import.error.is_none() && import.ran.len() >= 3);
    }
}

fn check(program: &Program, interpreter: &mut Interpreter, tally: &mut Tally) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // What CPython calls a file is what the test calls it.
    let root = folder.path().canonicalize().expect("a path");
    program.write(&root);
    let session = open(&root);
    let entries = entries(&session);
    let names: Vec<&str> = entries.iter().map(|(_, name)| name.as_str()).collect();
    for ((id, name), import) in entries.iter().zip(interpreter.import_each(&root, &names)) {
        let prediction = predict(&session, *id);
        tally.add(&import);
        compare(&prediction, &import)
            .map_err(|reason| format!("import {name}: {reason}\n{prediction:#?}\n{import:#?}"))?;
    }
    Ok(())
}

#[test]
fn generated_programs_load_what_is_predicted() {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { CASES };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    // The runner wants a function that changes nothing.
    let state = std::cell::RefCell::new((Interpreter::start(), Tally::default()));
    let result = runner.run(&program(), |program| {
        let (interpreter, tally) = &mut *state.borrow_mut();
        check(&program, interpreter, tally).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let (_, tally) = state.into_inner();
    let all = tally.complete + tally.caught + tally.failed;
    assert!(
        tally.complete * 2 > all
            && tally.failed * 20 > all
            && tally.caught * 100 > all
            && tally.far * 5 > all,
        "the programs do not try enough: {tally:?}"
    );
}

/// Small programs that pin one behaviour each. What CPython runs on `import a`, in order; the graph predicts the same.
#[test]
fn directed_programs_load_what_is_predicted() {
    let cases: &[(&str, Files, &[&str])] = &[
        (
            "ancestors come first",
            &[("a.py", "import p.q.r"), ("p/__init__.py", ""), ("p/q/__init__.py", ""), ("p/q/r.py", "")],
            &["a", "p", "p.q", "p.q.r"],
        ),
        (
            "a folder without __init__ has no code",
            &[("a.py", "import p.q.r"), ("p/q/r.py", "")],
            &["a", "p.q.r"],
        ),
        (
            "a package beats the module beside it",
            &[
                ("a.py", "import p"),
                ("p.py", "import never"),
                ("p/__init__.py", "from . import q"),
                ("p/q.py", ""),
            ],
            &["a", "p", "p.q"],
        ),
        (
            "a module beats the folder beside it",
            &[
                ("a.py", "import p\ntry:\n    import p.q\nexcept ImportError:\n    pass"),
                ("p.py", ""),
                ("p/q.py", "import never"),
            ],
            &["a", "p"],
        ),
        (
            "what is missing below a package runs the package",
            &[
                ("a.py", "try:\n    import p.n.missing\nexcept ImportError:\n    pass"),
                ("p/__init__.py", ""),
                ("p/n/x.py", ""),
            ],
            &["a", "p"],
        ),
        (
            "a module shadows the standard library",
            &[("a.py", "import colorsys"), ("colorsys.py", "import b"), ("b.py", "")],
            &["a", "colorsys", "b"],
        ),
        (
            "the standard library shadows a namespace",
            &[("a.py", "import colorsys"), ("colorsys/b.py", "import never")],
            &["a"],
        ),
        (
            "a stub never runs",
            &[("a.py", "import p"), ("p.py", "import q"), ("p.pyi", "import r"), ("q.py", ""), ("r.py", "")],
            &["a", "p", "q"],
        ),
        (
            "a cycle ends",
            &[("a.py", "from b import value"), ("b.py", "value = 0\nimport c"), ("c.py", "import a")],
            &["a", "b", "c"],
        ),
        (
            "a relative import cannot leave the top",
            &[("a.py", "try:\n    from .. import b\nexcept ImportError:\n    pass"), ("b.py", "")],
            &["a"],
        ),
        (
            "parts of one statement are imports of their own",
            &[
                ("a.py", "import b, p.q as r; from p import (s,\n    q)"),
                ("b.py", ""),
                ("p/__init__.py", ""),
                ("p/q.py", ""),
                ("p/s.py", ""),
            ],
            &["a", "b", "p", "p.q", "p.s"],
        ),
        (
            "conditions that never hold",
            &[
                (
                    "a.py",
                    "import typing as t\nTC = t.TYPE_CHECKING\nif TC:\n    import b\nelif 0:\n    import b\nelse:\n    import c\n\
                     if not t.TYPE_CHECKING: import d\nelse: import b",
                ),
                ("b.py", ""),
                ("c.py", ""),
                ("d.py", ""),
            ],
            &["a", "c", "d"],
        ),
    ];
    let mut interpreter = Interpreter::start();
    for (title, files, expected) in cases {
        let (predicted, import) = both(files, &mut interpreter);
        assert_eq!(import.error, None, "{title}");
        assert_eq!(import.ran, *expected, "{title}: CPython");
        let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(predicted, expected, "{title}: the graph");
    }
}

/// A program for which the prediction is known to be wrong.
struct Limit {
    title: &'static str,
    files: Files,
    ran: &'static [&'static str],
    too_much: &'static [&'static str],
    too_little: &'static [&'static str],
}

/// Facts do not know what a name is bound to, nor which branch runs: see `loaded_by`. Whoever lifts a limit learns it
/// here.
#[test]
fn limits_of_the_prediction() {
    let cases = [
        Limit {
            title: "a name that the package binds hides the submodule",
            files: &[
                ("a.py", "from p import q"),
                ("p/__init__.py", "from b import q"),
                ("p/q.py", ""),
                ("b.py", "q = 0"),
            ],
            ran: &["a", "p", "b"],
            too_much: &["p.q"],
            too_little: &[],
        },
        Limit {
            title: "a fallback that is not needed",
            files: &[
                ("a.py", "try:\n    import b\nexcept ImportError:\n    import c"),
                ("b.py", ""),
                ("c.py", ""),
            ],
            ran: &["a", "b"],
            too_much: &["c"],
            too_little: &[],
        },
        Limit {
            title: "a condition in an optional import",
            files: &[
                ("a.py", "try:\n    if [].copy():\n        import b\nexcept ImportError:\n    pass"),
                ("b.py", ""),
            ],
            ran: &["a"],
            too_much: &["b"],
            too_little: &[],
        },
        Limit {
            // The graph knows the standard libraries of all versions, and a folder `parser` is the project's own
            // since 3.10.
            title: "a module in a namespace that the standard library shadows",
            files: &[
                ("a.py", "try:\n    import colorsys.b\nexcept ImportError:\n    pass"),
                ("colorsys/b.py", ""),
            ],
            ran: &["a"],
            too_much: &["colorsys.b"],
            too_little: &[],
        },
        Limit {
            title: "built-in modules come before the path",
            files: &[("a.py", "import time"), ("time.py", "")],
            ran: &["a"],
            too_much: &["time"],
            too_little: &[],
        },
        Limit {
            title: "a star takes the submodules that `__all__` names",
            files: &[
                ("a.py", "from p import *"),
                ("p/__init__.py", "__all__ = ['q']"),
                ("p/q.py", ""),
                ("p/r.py", ""),
            ],
            ran: &["a", "p", "p.q"],
            too_much: &[],
            too_little: &["p.q"],
        },
        Limit {
            title: "a call that imports",
            files: &[("a.py", "import importlib\nimportlib.import_module('b')"), ("b.py", "")],
            ran: &["a", "b"],
            too_much: &[],
            too_little: &["b"],
        },
        Limit {
            title: "a condition that holds",
            files: &[("a.py", "if not [].copy():\n    import b"), ("b.py", "")],
            ran: &["a", "b"],
            too_much: &[],
            too_little: &["b"],
        },
    ];
    let mut interpreter = Interpreter::start();
    for Limit { title, files, ran, too_much, too_little } in cases {
        let (predicted, import) = both(files, &mut interpreter);
        assert_eq!(import.error, None, "{title}");
        assert_eq!(import.ran, ran, "{title}: CPython");
        let ran: BTreeSet<&str> = ran.iter().copied().collect();
        let predicted: BTreeSet<&str> = predicted.iter().map(String::as_str).collect();
        assert_eq!(predicted.difference(&ran).copied().collect::<Vec<_>>(), too_much, "{title}: too much");
        assert_eq!(
            ran.difference(&predicted).copied().collect::<Vec<_>>(),
            too_little,
            "{title}: too little"
        );
    }
}

/// What the graph predicts of `import a` among the modules with a file, and what CPython does.
fn both(files: Files, interpreter: &mut Interpreter) -> (BTreeSet<String>, Import) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("a path");
    for (path, text) in files {
        generate::write(&root, path, text);
    }
    let session = open(&root);
    let a = session.files().get(&root.join("a.py")).and_then(|file| session.graph().index().of_file(file));
    let prediction = predict(&session, a.expect("every program has `a.py`").module);
    let import = interpreter.import_each(&root, &["a"]).remove(0);
    (prediction.files, import)
}
