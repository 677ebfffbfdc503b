//! CPython as the oracle of circles: what RF402 says of the modules of a generated program, each imported first, is what CPython does; and
//! after the fixes none of them fails.
//!
//! `RINGFENCE_CIRCLE_PROGRAMS` says how many programs, `RINGFENCE_CIRCLE_FIRST` from which on; number n is the same in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use ringfence_diagnostics::Diagnostic;
use ringfence_project::fix::{FixOptions, fix};
use ringfence_project::write::Writer;
use ringfence_project::{CheckOptions, Report, Session, SessionOptions, find_config};
use ruff_diagnostics::Applicability;

use crate::fixes::{Dice, Files, NAMES, modules, write};
use crate::interpreter::Interpreter;

/// Enough for each form of import to meet each kind of use some times.
const PROGRAMS: u64 = 150;

const MODULES: [&str; 4] = ["p.a", "p.b", "p.c", "q"];

/// What a finding says of the modules of a circle.
#[derive(Debug, Default)]
struct Said {
    fails: BTreeSet<String>,
    works: BTreeSet<String>,
}

fn program(dice: &mut Dice) -> Files {
    let mut files = Files::new();
    let config =
        "select = [\"RF402\"]\nsource-roots = [\".\"]\nimport-cycles = \"all\"\ntarget-version = \"py38\"\n";
    files.insert("ringfence.toml".to_string(), config.to_string());
    let mut init = String::new();
    if dice.once_in(3) {
        let number = dice.roll(100);
        import(dice, "p", number, &mut init);
    }
    init.push_str("alpha = 0\n");
    files.insert("p/__init__.py".to_string(), init);
    for name in MODULES {
        files.insert(format!("{}.py", name.replace('.', "/")), module(dice, name));
    }
    files
}

/// A module that binds each of the names somewhere, and imports between them.
fn module(dice: &mut Dice, own: &str) -> String {
    let mut text = String::new();
    let imports = dice.roll(3);
    let places: Vec<usize> =
        (0..imports).map(|_| if dice.once_in(2) { 0 } else { dice.roll(NAMES.len() + 1) }).collect();
    for position in 0..=NAMES.len() {
        for (number, _) in places.iter().enumerate().filter(|(_, place)| **place == position) {
            import(dice, own, number, &mut text);
        }
        let Some(name) = NAMES.get(position) else { break };
        let _ = match dice.roll(3) {
            0 => writeln!(text, "def {name}():\n    return 1"),
            1 => writeln!(text, "class {name}:\n    size = 1"),
            _ => writeln!(text, "{name} = '{own}'"),
        };
    }
    text
}

/// An import, and a use of what it binds.
fn import(dice: &mut Dice, own: &str, number: usize, text: &mut String) {
    let others: Vec<&str> = MODULES.iter().copied().filter(|other| *other != own).collect();
    let target = dice.pick(&others);
    let name = dice.pick(&NAMES);
    let last = target.rsplit('.').next().unwrap_or(target);
    let (statement, used) = match dice.roll(8) {
        0 => (format!("import {target}"), format!("{target}.{name}")),
        1 => (format!("import {target} as m{number}"), format!("m{number}.{name}")),
        2 if target != last => (format!("from p import {last} as m{number}"), format!("m{number}.{name}")),
        3 if own == "p.a" => ("from p import alpha as top".to_string(), "top".to_string()),
        _ => (format!("from {target} import {name} as n{number}"), format!("n{number}")),
    };
    let _ = match dice.roll(12) {
        0 => writeln!(text, "try:\n    {statement}\nexcept ImportError:\n    pass"),
        1 => writeln!(text, "def late{number}():\n    {statement}\n    return {used}"),
        2 => writeln!(text, "def called{number}():\n    {statement}\n    return {used}\ncalled{number}()"),
        3 => writeln!(text, "{statement}\nv{number} = {used}"),
        4 => writeln!(text, "{statement}\nclass C{number}:\n    v = {used}"),
        5 => writeln!(text, "{statement}\ndef d{number}(x={used}):\n    return x"),
        6 => writeln!(text, "{statement}\ndef t{number}(x: {used}):\n    return x"),
        7 => writeln!(text, "{statement}\ndef t{number}(x: '{used}'):\n    return x"),
        8 => writeln!(text, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {statement}"),
        9 => writeln!(text, "{statement}\ndef f{number}():\n    return {used}\ng{number} = f{number}()"),
        _ => writeln!(text, "{statement}\ndef f{number}():\n    return {used}"),
    };
}

fn open(root: &Path) -> Session {
    let config = Some(find_config(root, root).expect("a config"));
    let options =
        SessionOptions { root: root.to_path_buf(), config, threads: 1, ..SessionOptions::default() };
    let session = Session::open(options, &|_| {}).expect("a program can be opened");
    assert!(session.problems().is_empty(), "{:?}", session.problems());
    session
}

/// Reads a message; it lists all modules, as there are few.
fn said(diagnostics: &[Diagnostic]) -> Said {
    let mut said = Said::default();
    for diagnostic in diagnostics.iter().filter(|it| it.code == "RF402") {
        let members: BTreeSet<String> = diagnostic.members.iter().map(ToString::to_string).collect();
        let message = &diagnostic.message;
        if message.contains("whichever is imported first") {
            said.fails.extend(members);
        } else if message.contains("importing any of them first works") {
            said.works.extend(members);
        } else {
            for part in message.split("; ") {
                let names = part.split('`').skip(1).step_by(2).map(ToString::to_string);
                if part.contains("first fails") {
                    said.fails.extend(names);
                } else if part.contains("first works") && !part.contains("cannot be told") {
                    said.works.extend(names);
                }
            }
        }
    }
    said
}

/// What each module does that is imported first: the error, if it fails.
type Truth = BTreeMap<String, Option<String>>;

fn truth(interpreter: &mut Interpreter, root: &Path, names: &[&str]) -> Truth {
    let imports = interpreter.import_each(root, names);
    names.iter().map(ToString::to_string).zip(imports.into_iter().map(|import| import.error)).collect()
}

#[derive(Debug, Default)]
struct Tally {
    fails: usize,
    works: usize,
    unknown: usize,
    mended: usize,
    unmended: usize,
}

fn check(files: &Files, interpreter: &mut Interpreter, tally: &mut Tally) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("a path");
    write(files, &root);
    let names = modules(files);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let before = truth(interpreter, &root, &names);
    let mut session = open(&root);
    let report =
        session.check(&CheckOptions { fixes: true, most_explained: u32::MAX, ..CheckOptions::default() });
    let said = agrees(&report, &before)?;
    tally.fails += said.fails.len();
    tally.works += said.works.len();
    tally.unknown += report.coverage.unfollowed_circles;
    if said.fails.is_empty() {
        return Ok(());
    }
    let options = FixOptions { applicability: Applicability::Unsafe, source: true, policy: false };
    let outcome = fix(&mut session, &CheckOptions::default(), options).expect("fixes can be applied");
    for change in &outcome.changes {
        let writer = Writer::new(&root).map_err(|error| error.to_string())?;
        ringfence_project::fix::write(&writer, change).map_err(|error| error.to_string())?;
    }
    let after = truth(interpreter, &root, &names);
    let shown = || {
        let mut text = String::new();
        for change in &outcome.changes {
            let _ = writeln!(text, "==> {}\n{}", change.path.display(), change.after);
        }
        text
    };
    for name in &names {
        if let (None, Some(error)) = (&before[*name], &after[*name]) {
            return Err(format!("`{name}` worked, and fails after the fix with {error}\n{}", shown()));
        }
    }
    let left =
        agrees(&outcome.report, &after).map_err(|reason| format!("after the fix {reason}\n{}", shown()))?;
    let is_mended = left.fails.is_empty();
    tally.mended += usize::from(is_mended);
    tally.unmended += usize::from(!is_mended);
    Ok(())
}

/// Whether all that a report says is so, and whether it says enough: what it says.
fn agrees(report: &Report, truth: &Truth) -> Result<Said, String> {
    let said = said(&report.diagnostics);
    for name in &said.fails {
        if truth[name].is_none() {
            return Err(format!("`{name}` is said to fail, and works: {:#?}", report.diagnostics));
        }
    }
    for name in &said.works {
        if let Some(error) = &truth[name] {
            return Err(format!(
                "`{name}` is said to work, and fails with {error}: {:#?}",
                report.diagnostics
            ));
        }
    }
    for (name, error) in truth {
        let is_of_circle = error.as_ref().is_some_and(|error| error.contains("partially initialized"));
        // What leads into a circle fails with it.
        if is_of_circle && said.fails.is_empty() && report.coverage.unfollowed_circles == 0 {
            return Err(format!(
                "`{name}` fails with {error:?}, and nothing is said: {:#?}",
                report.diagnostics
            ));
        }
    }
    Ok(said)
}

#[test]
fn circles_fail_as_they_are_said_to() {
    let wanted = |name: &str| std::env::var(name).ok().and_then(|count| count.parse().ok());
    let programs: u64 = wanted("RINGFENCE_CIRCLE_PROGRAMS").unwrap_or(PROGRAMS);
    let first: u64 = wanted("RINGFENCE_CIRCLE_FIRST").unwrap_or(0);
    let mut interpreter = Interpreter::start();
    let mut tally = Tally::default();
    for number in first..first + programs {
        let files = program(&mut Dice(number));
        if let Err(reason) = check(&files, &mut interpreter, &mut tally) {
            let shown: String =
                files.iter().flat_map(|(path, text)| ["==> ", path, "\n", text, "\n"]).collect();
            panic!("program {number}: {reason}\n{shown}");
        }
    }
    let enough = programs as usize / 20;
    assert!(
        tally.fails > enough && tally.works > enough && tally.mended > enough / 4,
        "the programs do not try enough: {tally:?}"
    );
    eprintln!("{programs} programs: {tally:?}");
}
