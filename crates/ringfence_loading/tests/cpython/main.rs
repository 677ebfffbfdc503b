//! CPython as the oracle of imports: what is predicted of the import of a module in a fresh process must be what happens.
//!
//! Programs are generated, each from a seed, and every module of each is imported first, by each CPython there is.
//! - `RINGFENCE_PYTHONS`: interpreters, with commas between them
//! - `RINGFENCE_LOADING_PROGRAMS`, `RINGFENCE_LOADING_FIRST`: how many programs, and the seed of the first
//! - `RINGFENCE_LOADING_GO_ON=1`: counts what is wrong and goes on, and writes small programs that show it to
//!   `RINGFENCE_LOADING_OUT`
//! - `RINGFENCE_LOADING_EXAMPLES`: how many of them for each kind of wrong
//! - `RINGFENCE_LOADING_WITHOUT`: texts with `|` between them; programs with one of them are left out, so that what is
//!   known to be wrong does not hide the rest
//! - `RINGFENCE_LOADING_STRICT=1`: stops at the first that is wrong, or that CPython tells in another way
//! - `RINGFENCE_LOADING_AGAIN=FILE`: tells once more what such a small program shows, and nothing else
//! - `RINGFENCE_LOADING_SHOW=1`: prints the programs, and what CPython does
//! - `RINGFENCE_LOADING_UNKNOWN=TEXT`: takes a doubt whose reason contains the text for wrong, so that small programs show it

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

mod again;
mod compare;
mod directed;
mod generate;
mod interpreter;
mod library;
mod predict;
mod program;
mod random;
mod repair;
mod shrink;
mod sources;
mod tally;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringfence_loading::{Found, Run, Verdict};

use crate::compare::{Wrong, compare};
use crate::interpreter::{Interpreter, Outcome};
use crate::program::Program;
use crate::sources::{Sources, View};
use crate::tally::{Tally, add, without_names};

/// Enough for each way to fail to be met some times.
const PROGRAMS: u64 = 60;

/// No more of a hundred may be unknown where everything around a program is known: whoever makes the predictions better
/// lowers it.
const UNKNOWN_PERCENT: usize = 5;

/// No more of a hundred predictions may be wrong.
const WRONG_PERCENT: usize = 0;

/// Small programs that are written for each kind of wrong.
const EXAMPLES: u64 = 3;

/// So many programs are there to one for which each import has a process of its own, and must come to the same.
const ALONE: u64 = 40;

fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable);
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is to be a number")))
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|text| text != "0" && !text.is_empty())
}

/// What is wrong in a prediction.
fn judge(
    program: &Program,
    names: &BTreeMap<String, Found>,
    run: Option<&Run>,
    outcome: &Outcome,
) -> Vec<Wrong> {
    let Some(run) = run else {
        return vec![Wrong { kind: "panics".to_string(), detail: String::new(), is_wording: false }];
    };
    let mut wrong = compare(run, program, names, outcome);
    if let (Verdict::Unknown(doubts), Ok(text)) = (&run.verdict, std::env::var("RINGFENCE_LOADING_UNKNOWN"))
        && let Some(doubt) = doubts.first().filter(|doubt| doubt.reason.contains(&text))
    {
        let detail = predict::place_of(doubt.at, program);
        wrong.push(Wrong { kind: format!("unknown: {}", doubt.reason), detail, is_wording: false });
    }
    wrong
}

/// One import in a process of its own, the prediction of it alone, and what is wrong in that; nothing where it does not end.
fn examine(
    program: &Program,
    entry: &str,
    root: &Path,
    interpreter: &mut Interpreter,
    view: View,
) -> Option<(Outcome, Option<Run>, Vec<Wrong>)> {
    let names = program.names();
    let outcome = interpreter.import(root, entry)?;
    let sources =
        Sources { program, names: &names, library: &interpreter.library, minor: interpreter.minor, view };
    let run = predict::predict(&sources, &[entry]).pop().flatten();
    let wrong = judge(program, &names, run.as_ref(), &outcome);
    Some((outcome, run, wrong))
}

/// A folder that holds one program at a time.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Writes a program to a folder of its own.
    fn hold(&self, program: &Program, name: &str) -> PathBuf {
        // What CPython calls a file is what the test calls it.
        let root = self.0.path().canonicalize().expect("a path").join(name);
        let _ = std::fs::remove_dir_all(&root);
        program.write(&root);
        root
    }
}

/// A small program with the same fault.
fn shrunk(
    program: &Program,
    entry: &str,
    kind: &str,
    interpreter: &mut Interpreter,
    scratch: &Scratch,
    view: View,
) -> Program {
    let mut trial = 0;
    shrink::shrink(program, |smaller| {
        trial += 1;
        if !smaller.names().contains_key(entry) {
            return false;
        }
        let root = scratch.hold(smaller, &format!("shrunk{trial}"));
        let examined = examine(smaller, entry, &root, interpreter, view);
        let _ = std::fs::remove_dir_all(&root);
        examined.is_some_and(|(_, _, wrong)| wrong.iter().any(|wrong| wrong.kind == kind))
    })
}

fn told(
    program: &Program,
    entry: &str,
    interpreter: &mut Interpreter,
    scratch: &Scratch,
    seed: u64,
    view: View,
) -> String {
    let root = scratch.hold(program, "told");
    let Some((outcome, run, wrong)) = examine(program, entry, &root, interpreter, view) else {
        return "does not end".to_string();
    };
    format!(
        "seed {seed}, {}: import {entry}\n{view:?}\n{wrong:#?}\n{program}\nCPython:   {}\npredicted: {}\n",
        interpreter.path.display(),
        outcome.told(),
        run.as_ref().map_or_else(|| "panics".to_string(), |run| predict::told(run, program)),
    )
}

/// What is wrong in small programs, so far.
#[derive(Default)]
struct Examples(BTreeMap<String, u64>);

impl Examples {
    fn add(&mut self, kind: &str, out: &Path, text: impl FnOnce() -> String) {
        let count = self.0.entry(kind.to_string()).or_default();
        if *count < number("RINGFENCE_LOADING_EXAMPLES", EXAMPLES) {
            *count += 1;
            let name: String =
                kind.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).take(80).collect();
            std::fs::create_dir_all(out).expect("a folder can be made");
            std::fs::write(out.join(format!("{name}-{count}.txt")), text()).expect("a file can be written");
        }
    }
}

#[test]
fn generated_programs_load_as_predicted() {
    predict::deep(generated);
}

fn generated() {
    let programs = number("RINGFENCE_LOADING_PROGRAMS", PROGRAMS);
    let first = number("RINGFENCE_LOADING_FIRST", 0);
    let go_on = is_set("RINGFENCE_LOADING_GO_ON");
    let without = std::env::var("RINGFENCE_LOADING_WITHOUT").unwrap_or_default();
    let without: Vec<String> =
        without.split('|').filter(|text| !text.is_empty()).map(ToString::to_string).collect();
    let strict = is_set("RINGFENCE_LOADING_STRICT");
    let show = is_set("RINGFENCE_LOADING_SHOW");
    let out = std::env::var_os("RINGFENCE_LOADING_OUT")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("loading"), PathBuf::from);
    let mut interpreters = Interpreter::all();
    let scratch = Scratch::new();
    let mut tally = Tally::default();
    let mut examples = Examples::default();
    for seed in first..first + programs {
        let hold = |program: &Program, name: &str| scratch.hold(program, name);
        let program = repair::repair(generate::program(seed), seed, &mut interpreters[0], hold);
        let has = |text: &String| program.files.iter().any(|file| file.text.contains(text));
        if without.iter().any(has) {
            continue;
        }
        let names = program.names();
        let view = View::of(seed);
        let entries: Vec<String> = names.keys().cloned().collect();
        let root = scratch.hold(&program, &format!("p{seed}"));
        tally.programs += 1;
        if show {
            eprintln!("seed {seed}\n{program}");
        }
        for interpreter in &mut interpreters {
            interpreter.begin(&root, &entries, false);
        }
        let mut verdicts: Vec<Vec<Option<String>>> = Vec::new();
        for interpreter in &mut interpreters {
            let answers = interpreter.take(entries.len());
            if seed % ALONE == 0 {
                interpreter.begin(&root, &entries, true);
                let alone = interpreter.take(entries.len());
                assert_eq!(answers, alone, "seed {seed}: what was imported before shows\n{program}");
            }
            verdicts.push(Vec::new());
            let sources = Sources {
                program: &program,
                names: &names,
                library: &interpreter.library,
                minor: interpreter.minor,
                view,
            };
            let asked: Vec<&str> = entries.iter().map(String::as_str).collect();
            let runs = predict::predict(&sources, &asked);
            for ((entry, answer), mut run) in entries.iter().zip(answers).zip(runs) {
                let Some(mut outcome) = answer else {
                    tally.killed += 1;
                    continue;
                };
                let mut wrong = judge(&program, &names, run.as_ref(), &outcome);
                if !wrong.is_empty() {
                    // Alone in its process, it sees nothing of what was imported before.
                    let Some(examined) = examine(&program, entry, &root, interpreter, view) else { continue };
                    (outcome, run, wrong) = examined;
                }
                match &outcome.error {
                    Some(error) => {
                        tally.fails += 1;
                        add(&mut tally.errors, if error.class.contains('.') { "own" } else { &error.class });
                    }
                    None => tally.works += 1,
                }
                verdicts.last_mut().unwrap().push(outcome.error.as_ref().map(|error| error.class.clone()));
                if show {
                    eprintln!("{entry}: {outcome:?}");
                }
                tally.in_full_view += usize::from(view == View::FULL);
                if let Some(Run { verdict: Verdict::Unknown(doubts), .. }) = &run {
                    tally.unknown += 1;
                    tally.unknown_in_full_view += usize::from(view == View::FULL);
                    if let Some(doubt) = doubts.first() {
                        add(&mut tally.reasons, &without_names(&doubt.reason));
                    }
                }
                for Wrong { kind, is_wording, .. } in &wrong {
                    add(if *is_wording { &mut tally.wordings } else { &mut tally.wrong }, kind);
                    let mut text = || {
                        let small = shrunk(&program, entry, kind, interpreter, &scratch, view);
                        told(&small, entry, interpreter, &scratch, seed, view)
                    };
                    if go_on {
                        examples.add(kind, &out, text);
                    } else if strict {
                        panic!("{}", text());
                    }
                }
            }
        }
        if verdicts.windows(2).any(|pair| pair[0] != pair[1]) {
            tally.differ += 1;
        }
        let _ = std::fs::remove_dir_all(&root);
    }
    eprintln!("{}", tally.table());
    // Few programs say nothing of shares.
    if !go_on && programs >= 50 {
        let wrong: usize = tally.wrong.values().sum();
        assert!(
            wrong * 100 <= WRONG_PERCENT * tally.entries(),
            "too many predictions are wrong (RINGFENCE_LOADING_GO_ON=1 shows small programs):\n{}",
            tally.table()
        );
        assert!(
            tally.unknown_in_full_view * 100 <= UNKNOWN_PERCENT * tally.in_full_view,
            "too much is unknown:\n{}",
            tally.table()
        );
        assert!(
            tally.fails * 5 > tally.entries() && tally.works * 5 > tally.entries(),
            "the programs do not try enough:\n{}",
            tally.table()
        );
    }
}
