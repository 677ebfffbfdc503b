//! Whether what was predicted of an import is what CPython did.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ringfence_loading::{Certainty, Failure, Found, Load, Place, Run, Verdict};
use ruff_python_ast::Stmt;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_parser::parse_module;
use ruff_text_size::{Ranged, TextRange};

use crate::interpreter::{Outcome, Raised};
use crate::program::Program;

/// What is wrong in a prediction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The same for all that is wrong in the same way.
    pub(crate) kind: String,
    pub(crate) detail: String,
    /// Whether it is only how something is told: no verdict is wrong.
    pub(crate) is_wording: bool,
}

fn wrong(kind: impl Into<String>, detail: impl Into<String>) -> Wrong {
    Wrong { kind: kind.into(), detail: detail.into(), is_wording: false }
}

fn wording(kind: &str, predicted: &impl fmt::Debug, is: &impl fmt::Debug) -> Wrong {
    Wrong {
        kind: format!("wording: {kind}"),
        detail: format!("predicted {predicted:?}, is {is:?}"),
        is_wording: true,
    }
}

/// Everything that is wrong, the gravest first. Where there is no verdict, only what is loaded can be.
pub(crate) fn compare(
    run: &Run,
    program: &Program,
    names: &BTreeMap<String, Found>,
    outcome: &Outcome,
) -> Vec<Wrong> {
    let mut all = Vec::new();
    match (&run.verdict, &outcome.error) {
        (Verdict::Unknown(doubts), _) => {
            if doubts.is_empty() {
                all.push(wrong("unknown without a reason", ""));
            }
            all.extend(compare_sets(run, names, outcome));
            return all;
        }
        (Verdict::Works, None) => {}
        (Verdict::Works, Some(error)) => {
            return vec![wrong(
                format!("predicted to work, fails with {}", plain(&error.class)),
                error.message.clone(),
            )];
        }
        (Verdict::Fails(failure), None) => {
            return vec![wrong(
                format!("predicted to fail with {}, works", plain(&failure.error)),
                failure.message.clone(),
            )];
        }
        (Verdict::Fails(failure), Some(error)) => {
            // Which of the classes for text that is no Python is a matter of CPython's parser.
            let is_text =
                failure.error == "SyntaxError" && ["IndentationError", "TabError"].contains(&&*error.class);
            if failure.error != error.class && !is_text {
                let kind = format!(
                    "predicted to fail with {}, fails with {}",
                    plain(&failure.error),
                    plain(&error.class)
                );
                return vec![wrong(kind, error.message.clone())];
            }
            all.extend(compare_places(failure.at, program, error));
            all.extend(compare_wording(failure, program, names, error));
        }
    }
    all.extend(compare_loads(run, names, outcome));
    all
}

/// Classes of programs have all names: they are one kind.
fn plain(class: &str) -> &str {
    if class.contains('.') { "a class of the program" } else { class }
}

/// The innermost statement of the program that the traceback leads to must be the one that is predicted.
fn compare_places(at: Place, program: &Program, error: &Raised) -> Option<Wrong> {
    // A module that cannot be compiled, or an entry that is not there, has no frame.
    let (path, line) = error.frames.last()?;
    let predicted = program.files.get(at.source.0 as usize).map(|file| (&file.path, &file.text));
    let Some((file, text)) = predicted else {
        return Some(wrong("the place is in no file", format!("{at:?}")));
    };
    if file != path {
        return Some(wrong("the file of the failure", format!("predicted {file}, is {path}:{line}")));
    }
    let (first, last) = lines_of(at.range, text);
    let (outer_first, outer_last) = innermost(text, *line);
    let fits = first <= *line && *line <= last && outer_first <= first && last <= outer_last;
    (!fits).then(|| wrong("the line of the failure", format!("predicted {file}:{first}-{last}, is {line}")))
}

/// What is said of a failure, beside its class and its place.
fn compare_wording(
    failure: &Failure,
    program: &Program,
    names: &BTreeMap<String, Found>,
    error: &Raised,
) -> Vec<Wrong> {
    let mut all = Vec::new();
    let is_text = error.class == "SyntaxError" || error.class == "IndentationError";
    let said = without_files(&error.message);
    if !failure.message.is_empty() && without_files(&failure.message) != said && !is_text {
        all.push(wording("the message", &failure.message, &error.message));
    }
    // CPython says so itself where it knows.
    let half = error.message.split_once("partially initialized module '").map_or("", |(_, rest)| rest);
    let half = half.split('\'').next().unwrap_or_default();
    let predicted = failure.half_loaded.as_ref();
    if names.contains_key(half) && predicted.is_none_or(|predicted| predicted.module != half) {
        all.push(wording("which module is half loaded", &predicted.map(|half| &half.module), &half));
    } else if let Some(predicted) = predicted
        && let Some(file) = program.files.get(predicted.at.source.0 as usize)
        && let Some((line, binds)) = error.halves.get(&file.path)
    {
        let (first, last) = lines_of(predicted.at.range, &file.text);
        if !(first..=last).contains(line) {
            all.push(wording("where the module is half loaded", &(first, last), line));
        }
        if predicted.binds != *binds {
            all.push(wording("what the half-loaded module binds", &predicted.binds, binds));
        }
    }
    all
}

/// A message without the file of the module that it is about: `(shop/cart.py)` at the end, `from 'shop/cart.py'` in it.
fn without_files(message: &str) -> String {
    let mut message = message.to_string();
    if let Some((before, file)) = message.rsplit_once(" (")
        && [".py)", "unknown location)"].iter().any(|end| file.ends_with(end))
    {
        message = before.to_string();
    }
    if let Some((before, rest)) = message.split_once("' from '")
        && let Some((file, after)) = rest.split_once('\'')
        && file.rsplit_once('.').is_some_and(|(_, extension)| extension == "py")
    {
        message = format!("{before}'{after}");
    }
    message
}

/// The first and the last line of a range, from 1 on.
pub(crate) fn lines_of(range: TextRange, text: &str) -> (usize, usize) {
    let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    (line(range.start().to_usize()), line(range.end().to_usize().max(range.start().to_usize() + 1) - 1))
}

/// The lines of the innermost statement that is on a line.
fn innermost(text: &str, line: usize) -> (usize, usize) {
    struct Search<'a> {
        text: &'a str,
        line: usize,
        found: (usize, usize),
    }
    impl<'a> StatementVisitor<'a> for Search<'a> {
        fn visit_stmt(&mut self, statement: &'a Stmt) {
            let (first, last) = lines_of(statement.range(), self.text);
            if (first..=last).contains(&self.line) {
                self.found = (first, last);
                walk_stmt(self, statement);
            }
        }
    }
    let everything = (1, usize::MAX);
    let Ok(parsed) = parse_module(text) else { return everything };
    let mut search = Search { text, line, found: everything };
    search.visit_body(parsed.suite());
    search.found
}

/// Modules of the program that are certain to be loaded, in their order.
fn certain<'r>(run: &'r Run, names: &BTreeMap<String, Found>) -> Vec<&'r str> {
    let own = run.loads.iter().filter(|load| names.contains_key(&load.module));
    own.filter(|load| load.certainty == Certainty::Certain).map(|load| load.module.as_str()).collect()
}

/// What is certain must be loaded, and what is loaded must be foreseen, whatever the verdict.
fn compare_sets(run: &Run, names: &BTreeMap<String, Found>, outcome: &Outcome) -> Option<Wrong> {
    let certain = certain(run, names);
    let all: BTreeSet<&str> = run.loads.iter().map(|load| load.module.as_str()).collect();
    let loaded: BTreeSet<&str> =
        outcome.loaded.iter().map(String::as_str).filter(|name| names.contains_key(*name)).collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = run.loads.iter().find(|load| !seen.insert(&load.module)) {
        return Some(wrong("a load is told twice", twice.module.clone()));
    }
    // Whether a module is loaded whose place was given to None is a matter of words.
    let is_blocked = |name: &str| outcome.blocked.iter().any(|blocked| blocked == name);
    let is_there = |name: &str| loaded.contains(name) || is_blocked(name);
    let absent: Vec<&&str> = certain.iter().filter(|name| !is_there(name)).collect();
    if !absent.is_empty() {
        return Some(wrong("certain, but not loaded", format!("{absent:?}")));
    }
    // Any module may be meant.
    if let Verdict::Unknown(doubts) = &run.verdict
        && doubts.iter().any(|doubt| doubt.reason == "which module this imports is not known")
    {
        return None;
    }
    // What never ran was put there by hand.
    let ran: BTreeSet<&str> = outcome.began.iter().map(String::as_str).collect();
    let unforeseen: Vec<&&str> =
        loaded.iter().filter(|name| ran.contains(**name) && !all.contains(**name)).collect();
    if !unforeseen.is_empty() {
        return Some(wrong("loaded, but not foreseen", format!("{unforeseen:?}")));
    }
    None
}

fn compare_loads(run: &Run, names: &BTreeMap<String, Found>, outcome: &Outcome) -> Option<Wrong> {
    if let Some(wrong) = compare_sets(run, names, outcome) {
        return Some(wrong);
    }
    let certain = certain(run, names);
    let is_blocked = |name: &str| outcome.blocked.iter().any(|blocked| blocked == name);
    // Who asks for a module began before it.
    let began = |name: &str| outcome.began.iter().rposition(|began| began == name);
    let is_late = |load: &&Load| {
        let first = outcome.began.iter().position(|began| load.cause.by.as_ref() == Some(began));
        load.cause.by.is_some() && first.is_none_or(|first| Some(first) > began(&load.module))
    };
    let is_settled = |load: &&Load| load.has_one_cause && certain.contains(&load.module.as_str());
    let late = run.loads.iter().filter(is_settled).find(is_late);
    if let Some(load) = late {
        return Some(wrong("who asks for a module", format!("{load:?}")));
    }
    // Where one began more than once, any of them may be meant.
    let is_once = |name: &str| outcome.began.iter().filter(|began| *began == name).count() == 1;
    let settled: BTreeSet<&str> =
        run.loads.iter().filter(is_settled).map(|load| load.module.as_str()).collect();
    let has_place = |name: &str| is_once(name) && !is_blocked(name) && settled.contains(name);
    let began: Vec<&str> = (outcome.began.iter().map(String::as_str))
        .filter(|name| certain.contains(name) && has_place(name))
        .collect();
    let predicted: Vec<&str> = certain.iter().copied().filter(|name| has_place(name)).collect();
    (predicted != began)
        .then(|| wrong("the order of loads", format!("predicted {predicted:?}, is {began:?}")))
}
