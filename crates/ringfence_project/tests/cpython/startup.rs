//! CPython as the oracle of startup contracts: what no finding tells is not loaded, and what a finding tells without a "may" is, in a
//! fresh process.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use ringfence_project::{CheckOptions, Session, SessionOptions, find_config};

use crate::interpreter::{Import, Interpreter};

const CASES: u32 = 150;

/// A module comes after what it is in; those with something below them are packages.
const MODULES: [&str; 10] = [
    "alpha",
    "alpha.one",
    "alpha.two",
    "beta",
    "beta.one",
    "beta.sub",
    "beta.sub.deep",
    "gamma",
    "delta",
    "omega",
];

/// How a module is imported.
#[derive(Debug, Clone, Copy)]
enum Form {
    Import,
    /// `from alpha import one`
    FromParent,
    /// `from alpha.one import value`
    FromMember,
    Star,
    Computed,
    Literal,
}

/// What is around an import.
#[derive(Debug, Clone, Copy)]
enum Around {
    Nothing,
    True,
    False,
    Try,
    /// Behind an import that fails.
    TryBehindMissing,
    /// In an `except` behind an import that fails.
    Fallback,
    /// In an `except` behind an import that does not.
    NoFallback,
    TypeChecking,
    Function,
    Class,
    With,
    Else,
    Main,
}

#[derive(Debug, Clone)]
struct Statement {
    around: Around,
    form: Form,
    target: &'static str,
}

#[derive(Debug, Clone)]
struct Module {
    statements: Vec<Statement>,
    /// For a package: which of its children `__all__` names, and which of them it binds.
    exports: [bool; 2],
    binds: [bool; 2],
    /// Whether it raises at its end.
    fails: bool,
}

fn children(module: &str) -> Vec<&'static str> {
    let is_child = |name: &&&str| name.rsplit_once('.').is_some_and(|(parent, _)| parent == module);
    MODULES.iter().filter(is_child).copied().collect()
}

fn statement() -> impl Strategy<Value = Statement> {
    let around = prop_oneof![
        8 => Just(Around::Nothing),
        8 => select(vec![
            Around::True,
            Around::False,
            Around::Try,
            Around::TryBehindMissing,
            Around::Fallback,
            Around::NoFallback,
            Around::TypeChecking,
            Around::Function,
            Around::Class,
            Around::With,
            Around::Else,
            Around::Main,
        ]),
    ];
    let form = prop_oneof![
        6 => Just(Form::Import),
        6 => Just(Form::FromParent),
        4 => Just(Form::FromMember),
        4 => Just(Form::Star),
        1 => Just(Form::Literal),
        1 => Just(Form::Computed),
    ];
    (around, form, select(MODULES.to_vec())).prop_map(|(around, form, target)| Statement {
        around,
        form,
        target,
    })
}

fn module() -> impl Strategy<Value = Module> {
    let flags = || prop::array::uniform2(prop::bool::weighted(0.3));
    (vec(statement(), 0..3), flags(), flags(), prop::bool::weighted(0.05))
        .prop_map(|(statements, exports, binds, fails)| Module { statements, exports, binds, fails })
}

fn import_line(Statement { around, form, target }: &Statement) -> String {
    let is_module_level = !matches!(around, Around::Function | Around::Class);
    match (form, target.rsplit_once('.')) {
        (Form::FromParent, Some((parent, name))) => format!("from {parent} import {name}"),
        (Form::FromMember, _) => format!("from {target} import value as taken"),
        (Form::Star, _) if is_module_level => format!("from {target} import *"),
        (Form::Literal, _) => format!("importlib.import_module({target:?})"),
        (Form::Computed, _) => format!("importlib.import_module({target:?} + str())"),
        _ => format!("import {target}"),
    }
}

fn text(name: &str, module: &Module) -> String {
    let mut text = "value = 0\nimport importlib\nfrom typing import TYPE_CHECKING\n".to_string();
    let named: Vec<(&str, bool, bool)> = children(name)
        .into_iter()
        .zip(module.exports.iter().zip(module.binds))
        .map(|(child, (exports, binds))| (child.rsplit('.').next().unwrap_or(child), *exports, binds))
        .collect();
    let exported: Vec<&str> =
        named.iter().filter(|(_, exports, _)| *exports).map(|(child, ..)| *child).collect();
    if !exported.is_empty() {
        writeln!(text, "__all__ = {exported:?}").unwrap();
    }
    for (child, _, binds) in &named {
        if *binds {
            writeln!(text, "{child} = 1").unwrap();
        }
    }
    for (number, statement) in module.statements.iter().enumerate() {
        let line = import_line(statement);
        let lines = match statement.around {
            Around::Nothing => line,
            Around::True => format!("if len(__name__):\n    {line}"),
            Around::Main => {
                format!("if True:\n    if __name__ == '__main__':\n        {line}\n    else:\n        pass")
            }
            Around::False => format!("if not len(__name__):\n    {line}"),
            Around::Try => format!("try:\n    {line}\nexcept Exception:\n    pass"),
            Around::TryBehindMissing => {
                format!("try:\n    import not_there\n    {line}\nexcept ImportError:\n    pass")
            }
            Around::Fallback => format!("try:\n    import not_there\nexcept ImportError:\n    {line}"),
            Around::NoFallback => format!("try:\n    import colorsys\nexcept ImportError:\n    {line}"),
            Around::TypeChecking => format!("if TYPE_CHECKING:\n    {line}"),
            Around::Function => format!("def function{number}():\n    {line}"),
            Around::Class => format!("class Class{number}:\n    {line}"),
            Around::With => format!("import contextlib\nwith contextlib.nullcontext():\n    {line}"),
            Around::Else => format!("try:\n    pass\nexcept ValueError:\n    pass\nelse:\n    {line}"),
        };
        text.push_str(&lines);
        text.push('\n');
    }
    if module.fails {
        text.push_str("raise ImportError('on purpose')\n");
    }
    text
}

fn write(root: &Path, modules: &[Module]) {
    for (name, module) in MODULES.iter().zip(modules) {
        let below = name.replace('.', "/");
        let path =
            if children(name).is_empty() { format!("{below}.py") } else { format!("{below}/__init__.py") };
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text(name, module)).unwrap();
    }
    let entries = MODULES.map(|name| format!("{name:?}")).join(", ");
    let contracts = MODULES.map(|name| {
        format!(
            "[[contracts]]\nname = {name:?}\ntype = \"startup\"\nentry = [{entries}]\nmust-not-load = [{name:?}]\n"
        )
    });
    fs::write(root.join("ringfence.toml"), contracts.join("\n")).unwrap();
}

/// What a check says: entry and module, and whether it is sure.
fn findings(root: &Path) -> BTreeSet<(String, String, bool)> {
    let config = Some(find_config(root, root).expect("the config is found"));
    let options =
        SessionOptions { root: root.to_path_buf(), config, threads: 1, ..SessionOptions::default() };
    let session = Session::open(options, &|_| {}).expect("a program can be opened");
    assert!(session.problems().is_empty(), "{:?}", session.problems());
    let report = session.check(&CheckOptions { most_chains: 3, ..CheckOptions::default() });
    let found = report.diagnostics.iter().filter(|diagnostic| diagnostic.code == "RF409").map(|diagnostic| {
        let contract = diagnostic.contract.as_ref().expect("a contract");
        let importer = contract.importer.as_deref().expect("an entry").to_string();
        let imported = contract.imported.as_deref().expect("a module").to_string();
        (importer, imported, !diagnostic.message.contains(" may load "))
    });
    found.collect()
}

#[derive(Debug, Default)]
struct Tally {
    loaded: usize,
    not_loaded: usize,
    may: usize,
    certain: usize,
    failed: usize,
}

fn compare(
    modules: &[Module],
    found: &BTreeSet<(String, String, bool)>,
    entry: &str,
    import: &Import,
    tally: &mut Tally,
) -> Result<(), String> {
    // Who computes a name imports what nobody knows.
    let is_opaque = modules.iter().flat_map(|module| &module.statements).any(|it| {
        matches!(it.form, Form::Computed) && !matches!(it.around, Around::Function | Around::TypeChecking)
    });
    // What fails and is caught is taken away again, perhaps after what is below it was loaded, which then loads it no more.
    let may_fail = modules.iter().any(|module| module.fails);
    let loaded: BTreeSet<&str> = import.loaded().into_iter().collect();
    tally.failed += usize::from(import.error.is_some());
    for name in MODULES {
        let is_loaded = loaded.contains(name);
        // What runs as a script only is loaded by nobody who imports it.
        let said = |certain| found.contains(&(entry.to_string(), name.to_string(), certain));
        let (certain, may) = (said(true), said(false));
        tally.loaded += usize::from(is_loaded);
        tally.not_loaded += usize::from(!is_loaded && !certain && !may);
        tally.certain += usize::from(certain);
        tally.may += usize::from(may);
        if is_loaded && !certain && !may && !is_opaque {
            return Err(format!("importing {entry} loads {name}, which no finding tells"));
        }
        if certain && !is_loaded && import.error.is_none() && !may_fail {
            return Err(format!("importing {entry} does not load {name}, as a finding tells for certain"));
        }
    }
    Ok(())
}

#[test]
fn startup_contracts_tell_what_is_loaded() {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { CASES };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let state = RefCell::new((Interpreter::start(), Tally::default()));
    let result = runner.run(&vec(module(), MODULES.len()), |modules| {
        let (interpreter, tally) = &mut *state.borrow_mut();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("a path");
        write(&root, &modules);
        let found = findings(&root);
        for (entry, import) in MODULES.iter().zip(interpreter.import_each(&root, &MODULES)) {
            compare(&modules, &found, entry, &import, tally).map_err(|reason| {
                let texts: Vec<String> = MODULES
                    .iter()
                    .zip(&modules)
                    .map(|(name, module)| format!("# {name}\n{}", text(name, module)))
                    .collect();
                TestCaseError::fail(format!("{reason}\n{}", texts.join("\n")))
            })?;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let (_, tally) = state.into_inner();
    assert!(
        tally.certain * 3 > tally.loaded && tally.not_loaded > tally.may && tally.failed > 0,
        "the programs do not try enough: {tally:?}"
    );
    println!("{tally:?}");
}
