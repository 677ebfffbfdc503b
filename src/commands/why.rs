//! `ringfence why A B`

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use ringfence_diagnostics::Span;
use ringfence_project::CommandLine;
use ringfence_rules::{Why, named};
use serde_json::{Value, json};

use super::can::described as described_unwritten;
use super::{module_named, nearest_module, print_configs, report_config_problems};
use crate::arguments::{ColorChoice, TextOrJson, WhyArguments};
use crate::can::{self, Answer, Question};
use crate::sessions::{Buffer, Sessions};
use crate::terminal::{print, print_json};

/// How many imports are told.
const MOST_IMPORTS: usize = 10;

pub(crate) fn run(arguments: &WhyArguments) -> Result<ExitCode> {
    let mut sessions = Sessions::open(&arguments.question.project(), CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.question.project());
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let open =
        |buffer| Sessions::open(&arguments.question.project(), CommandLine::default(), Some(buffer), None);
    let (lines, value) = answer(&mut sessions, &arguments.importer, &arguments.imported, &open)?;
    match arguments.question.output_format {
        TextOrJson::Text => print(lines)?,
        TextOrJson::Json => print_json(&value)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The answer for a person and for a program. Where nothing is written yet that could be explained, it is the one of `ringfence can`;
/// `open` gives sessions for that in which a buffer stands for a file.
///
/// # Errors
/// Where something is no module.
pub(crate) fn answer(
    sessions: &mut Sessions,
    importer: &str,
    imported: &str,
    open: &dyn Fn(Buffer) -> Result<Sessions>,
) -> Result<(Vec<String>, Value)> {
    match written(sessions, importer, imported) {
        Ok(answer) => Ok(answer),
        Err(unwritten) => {
            let question = Question {
                importer: importer.to_string(),
                imported: imported.to_string(),
                ..Question::default()
            };
            // What cannot be asked either is explained as ever, and so is a name that nothing has.
            let answer = match can::answer(sessions, &question, open) {
                Ok(answer) if answer.is_known => answer,
                _ => return Err(unwritten),
            };
            let mut lines = described_unwritten(&answer);
            lines.push("nothing of this is written yet".to_string());
            Ok((lines, unwritten_as_json(&answer)))
        }
    }
}

/// The answer for what is there.
fn written(sessions: &Sessions, importer: &str, imported: &str) -> Result<(Vec<String>, Value)> {
    let (importer, imported) = (module_named(sessions, importer)?, module_named(sessions, imported)?);
    let answers =
        || sessions.all.iter().filter_map(|session| Some((session, session.why(&importer, &imported)?)));
    // Where two configs govern both, the one that says no is asked.
    let answer = answers().find(|(_, why)| !why.allowed).or_else(|| answers().next());
    let Some((session, why)) = answer else { return Err(unknown(sessions, &importer, &imported)) };
    let place = |span: Span| sessions.place(session, span);
    Ok((described(&why, &place), as_json(&why, &place)))
}

/// Why there is no answer.
fn unknown(sessions: &Sessions, importer: &str, imported: &str) -> anyhow::Error {
    let has = |name: &str| sessions.all.iter().any(|session| session.graph().index().get(name).is_some());
    let Some(name) = [importer, imported].into_iter().find(|name| !has(name)) else {
        return anyhow!("no config governs both `{importer}` and `{imported}`");
    };
    let near = nearest_module(sessions, name);
    let elsewhere = if name == imported { ", and nothing of that name is imported" } else { "" };
    anyhow!("there is no module `{name}`{elsewhere}{near}")
}

fn described(why: &Why, place: &dyn Fn(Span) -> (String, usize)) -> Vec<String> {
    let Why {
        importer,
        imported,
        importer_boundary,
        imported_boundary,
        elsewhere,
        allowed,
        reasons,
        imports,
        chain,
        way,
    } = why;
    let at = |span: Span| {
        let (path, row) = place(span);
        format!("{path}:{row}")
    };
    let verdict = if *allowed { "may import" } else { "may not import" };
    let mut lines = vec![format!("`{importer}` {verdict} `{imported}`")];
    for (module, boundary) in [(importer, importer_boundary), (imported, imported_boundary)] {
        match boundary {
            Some(boundary) if boundary == module => {}
            Some(boundary) => lines.push(format!("  `{module}` is part of `{boundary}`")),
            None if *elsewhere && module == imported => {}
            None => lines.push(format!("  `{module}` is part of no boundary module")),
        }
    }
    for reason in reasons {
        let (sign, span) = (if reason.allows { "+" } else { "-" }, reason.span);
        let place = span.map(|span| format!(" ({})", at(span))).unwrap_or_default();
        lines.push(format!("  {sign} {}: {}{place}", reason.code, reason.text));
    }
    match (imports.as_slice(), chain.as_slice()) {
        ([], []) => lines.push("no import leads there, directly or not".to_string()),
        ([], chain) => {
            lines.push("it is reached through others:".to_string());
            for hop in chain {
                lines.push(format!("  {}: `{}` imports `{}`", at(hop.span), hop.importer, hop.imported));
            }
        }
        (imports, _) => {
            lines.push("it is imported:".to_string());
            for import in imports.iter().take(MOST_IMPORTS) {
                let found = if import.found.is_empty() {
                    String::new()
                } else {
                    format!(": {}", import.found.join(", "))
                };
                lines.push(format!("  {}: {} ({}){found}", at(import.span), import.name, import.kind));
            }
            if imports.len() > MOST_IMPORTS {
                lines.push(format!("  and {} more", imports.len() - MOST_IMPORTS));
            }
        }
    }
    // What is private has a public neighbour; no way round leads to it.
    let private = named::private_import().metadata().code;
    let is_apart = reasons.iter().any(|reason| !reason.allows && reason.code != private);
    if is_apart && !elsewhere {
        if way.is_empty() {
            lines.push("no boundary module that may be imported leads there".to_string());
        } else {
            let way: Vec<String> = way.iter().map(|name| format!("`{name}`")).collect();
            lines.push(format!("the nearest allowed way: {}", way.join(" -> ")));
        }
    }
    lines
}

fn as_json(why: &Why, place: &dyn Fn(Span) -> (String, usize)) -> Value {
    let at = |span: Span| {
        let (path, row) = place(span);
        json!({ "path": path, "row": row })
    };
    let reasons: Vec<Value> = why
        .reasons
        .iter()
        .map(|it| json!({ "allows": it.allows, "code": it.code, "text": it.text, "place": it.span.map(at) }))
        .collect();
    let imports: Vec<Value> = why
        .imports
        .iter()
        .map(|it| json!({ "name": it.name, "kind": it.kind, "found": it.found, "place": at(it.span) }))
        .collect();
    let chain: Vec<Value> = why
        .chain
        .iter()
        .map(|hop| json!({ "importer": &*hop.importer, "imported": &*hop.imported, "place": at(hop.span) }))
        .collect();
    json!({
        "importer": why.importer,
        "imported": why.imported,
        "importer_boundary": why.importer_boundary,
        "imported_boundary": why.imported_boundary,
        "allowed": why.allowed,
        "reasons": reasons,
        "imports": imports,
        "chain": chain,
        "way": why.way,
    })
}

/// The same object for what is not written.
fn unwritten_as_json(answer: &Answer) -> Value {
    let reasons: Vec<Value> = answer
        .because
        .iter()
        .map(|it| {
            let place = it.place.as_ref().map(|place| json!({ "path": place.path, "row": place.row }));
            json!({ "allows": it.allows, "code": it.code, "text": it.message, "place": place })
        })
        .collect();
    json!({
        "importer": answer.importer,
        "imported": answer.imported,
        "importer_boundary": answer.importer_boundary,
        "imported_boundary": answer.imported_boundary,
        "allowed": answer.allowed,
        "reasons": reasons,
        "imports": [],
        "chain": [],
        "way": [],
    })
}
