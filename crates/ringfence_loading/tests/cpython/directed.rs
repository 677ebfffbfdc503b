//! Small programs that pin one behaviour each: first what CPython does is checked, then what is predicted.

mod calls;
mod circles;
mod classes;
mod derived;
mod errors;
mod generators;
mod imports;
mod library;
mod modules;
mod names;
mod requirements;
mod values;

use std::collections::BTreeMap;

use ringfence_loading::{Run, Verdict};

use crate::interpreter::{Interpreter, Outcome};
use crate::predict::deep;
use crate::program::{File, Program};
use crate::sources::View;
use crate::{Scratch, examine};

/// Files, and what an import comes to.
pub(crate) struct Case {
    title: &'static str,
    entry: &'static str,
    /// Paths with texts.
    files: &'static [(&'static str, &'static str)],
    end: End,
    /// What is loaded at the end, in the order in which it began to run.
    loads: &'static [&'static str],
}

enum End {
    Works,
    /// The class, and the innermost line of the program; an empty one where no code of the program runs.
    Fails(&'static str, &'static str),
}

const fn works(
    title: &'static str,
    entry: &'static str,
    files: &'static [(&'static str, &'static str)],
    loads: &'static [&'static str],
) -> Case {
    Case { title, entry, files, end: End::Works, loads }
}

const fn fails(
    title: &'static str,
    entry: &'static str,
    files: &'static [(&'static str, &'static str)],
    error: &'static str,
    at: &'static str,
    loads: &'static [&'static str],
) -> Case {
    Case { title, entry, files, end: End::Fails(error, at), loads }
}

fn all() -> impl Iterator<Item = &'static Case> {
    [
        circles::CASES,
        imports::CASES,
        modules::CASES,
        names::CASES,
        requirements::CASES,
        errors::CASES,
        calls::CASES,
        library::CASES,
        classes::CASES,
        derived::CASES,
        generators::CASES,
        values::CASES,
    ]
    .into_iter()
    .flatten()
}

impl Case {
    fn program(&self) -> Program {
        let file =
            |(path, text): &(&str, &str)| File { path: (*path).to_string(), text: (*text).to_string() };
        Program { files: self.files.iter().map(file).collect() }
    }

    /// What is not as the case says in what CPython does.
    fn check(&self, outcome: &Outcome) -> Result<(), String> {
        match (&self.end, &outcome.error) {
            (End::Works, None) => {}
            (End::Fails(class, at), Some(error)) => {
                let frame = error.frames.last().map(|(file, line)| format!("{file}:{line}"));
                if *class != error.class || *at != frame.as_deref().unwrap_or_default() {
                    return Err(format!("{error:?}"));
                }
            }
            (_, error) => return Err(format!("{error:?}")),
        }
        let names = self.program().names();
        let mut loads: Vec<&str> = Vec::new();
        for name in &outcome.began {
            loads.retain(|other| other != name);
            if outcome.loaded.contains(name) && names.contains_key(name) {
                loads.push(name);
            }
        }
        if loads == self.loads { Ok(()) } else { Err(format!("loads {loads:?}")) }
    }
}

#[test]
fn directed_programs_do_in_cpython_what_is_said() {
    let scratch = Scratch::new();
    let mut wrong = Vec::new();
    for mut interpreter in Interpreter::all() {
        for case in all() {
            let root = scratch.hold(&case.program(), "directed");
            let outcome = interpreter.import(&root, case.entry);
            let checked =
                outcome.as_ref().map_or(Err("does not end".to_string()), |outcome| case.check(outcome));
            if let Err(reason) = checked {
                wrong.push(format!("3.{} {}: {reason}", interpreter.minor, case.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Cases that are told wrongly, or not at all. Whoever lifts one learns it from the test.
const KNOWN_WRONG: &[&str] = &[];

#[test]
fn directed_programs_load_as_predicted() {
    deep(directed);
}

fn directed() {
    let scratch = Scratch::new();
    // By what is wrong: the Pythons for which it is.
    let mut wrong: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for mut interpreter in Interpreter::all() {
        for case in all() {
            let program = case.program();
            let root = scratch.hold(&program, "directed");
            let (_, run, found) =
                examine(&program, case.entry, &root, &mut interpreter, View::FULL).expect("it ends");
            let said = match &run {
                Some(Run { verdict: Verdict::Unknown(doubts), .. }) => {
                    doubts.first().map(|doubt| format!("unknown: {}", doubt.reason))
                }
                _ => found.iter().find(|wrong| !wrong.is_wording).map(|wrong| wrong.kind.clone()),
            };
            if let Some(said) = said {
                let text = format!("{}: {said}\n{program}", case.title);
                wrong.entry(text).or_default().push(interpreter.minor);
            }
        }
    }
    let is_known = |text: &str| KNOWN_WRONG.iter().any(|title| text.starts_with(&format!("{title}: ")));
    let told: Vec<String> = wrong
        .iter()
        .filter(|(text, _)| !is_known(text))
        .map(|(text, minors)| format!("3.{minors:?} {text}"))
        .collect();
    assert!(told.is_empty(), "{} of {} are wrong\n{}", told.len(), all().count(), told.join("\n"));
    let lifted: Vec<&&str> = KNOWN_WRONG
        .iter()
        .filter(|title| !wrong.keys().any(|text| text.starts_with(&format!("{title}: "))))
        .collect();
    assert!(lifted.is_empty(), "these are right now, and no longer known to be wrong: {lifted:#?}");
}
