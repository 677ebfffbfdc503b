//! `ringfence can A B`

use std::process::ExitCode;

use anyhow::Result;
use ringfence_project::CommandLine;
use serde_json::{Value, json};

use super::{print_configs, report_config_problems};
use crate::arguments::{CanArguments, ColorChoice, TextOrJson};
use crate::can::{Answer, Because, Hop, Instead, Place, Question, answer};
use crate::sessions::Sessions;
use crate::terminal::{print, print_json};

pub(crate) fn run(arguments: &CanArguments) -> Result<ExitCode> {
    let project = arguments.question.project();
    let mut sessions = Sessions::open(&project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let question = Question {
        importer: arguments.importer.clone(),
        imported: arguments.imported.clone(),
        name: arguments.name.clone(),
        kind: arguments.kind,
    };
    let open = |buffer| Sessions::open(&project, CommandLine::default(), Some(buffer), None);
    let answer = answer(&mut sessions, &question, &open)?;
    match arguments.question.output_format {
        TextOrJson::Text => print(described(&answer))?,
        TextOrJson::Json => print_json(&as_json(&answer))?,
    }
    let code = if answer.allowed { ExitCode::SUCCESS } else { ExitCode::from(1) };
    // The process ends here; to free every fact one by one would only take time.
    std::mem::forget(sessions);
    Ok(code)
}

/// The answer for a person.
pub(crate) fn described(answer: &Answer) -> Vec<String> {
    let Answer { importer, imported, name, kind, allowed, because, instead, notes, .. } = answer;
    let what = match name {
        Some(name) => format!("`{name}` from `{imported}`"),
        None => format!("`{imported}`"),
    };
    let verdict = if *allowed { "yes: " } else { "no: " };
    let may = if *allowed { "may import" } else { "may not import" };
    let kind = match kind.as_str() {
        "runtime" => String::new(),
        kind => format!(" (`{kind}`)"),
    };
    let mut lines = vec![format!("{verdict}`{importer}` {may} {what}{kind}")];
    for reason in because {
        lines.extend(described_reason(reason));
    }
    if !instead.is_empty() {
        lines.push("instead:".to_string());
    }
    for Instead { statement, why, place } in instead {
        match statement {
            Some(statement) => {
                lines.push(format!("  {why}:"));
                lines.extend(statement.lines().map(|line| format!("      {line}")));
            }
            None => lines.push(format!("  in the config: {why}{}", at(place.as_ref()))),
        }
    }
    lines.extend(notes.iter().map(|note| format!("note: {note}")));
    lines
}

fn described_reason(reason: &Because) -> Vec<String> {
    let Because { allows, code, message, place, chain, .. } = reason;
    let sign = if *allows { "+" } else { "-" };
    let code = if code.is_empty() { String::new() } else { format!("{code}: ") };
    let mut lines = vec![format!("  {sign} {code}{message}{}", at(place.as_ref()))];
    if chain.len() > 1 {
        for Hop { importer, imported, place } in chain {
            lines.push(format!("      `{importer}` imports `{imported}`{}", at(Some(place))));
        }
    }
    lines
}

fn at(place: Option<&Place>) -> String {
    place.map(|Place { path, row }| format!(" ({path}:{row})")).unwrap_or_default()
}

/// The answer for a program.
pub(crate) fn as_json(answer: &Answer) -> Value {
    let file = |place: Option<&Place>| place.map(|place| place.path.clone());
    let line = |place: Option<&Place>| place.map(|place| place.row);
    let because: Vec<Value> = answer
        .because
        .iter()
        .map(|it| {
            let chain: Vec<Value> = it
                .chain
                .iter()
                .map(|hop| {
                    json!({
                        "importer": hop.importer,
                        "imported": hop.imported,
                        "file": hop.place.path,
                        "line": hop.place.row,
                    })
                })
                .collect();
            json!({
                "allows": it.allows,
                "code": if it.code.is_empty() { None } else { Some(it.code) },
                "severity": it.severity,
                "message": it.message,
                "file": file(it.place.as_ref()),
                "line": line(it.place.as_ref()),
                "help": it.help,
                "owner": it.owner,
                "chain": chain,
                "members": it.members,
            })
        })
        .collect();
    let instead: Vec<Value> = answer
        .instead
        .iter()
        .map(|it| {
            json!({
                "statement": it.statement,
                "why": it.why,
                "file": file(it.place.as_ref()),
                "line": line(it.place.as_ref()),
            })
        })
        .collect();
    json!({
        "importer": answer.importer,
        "importer_file": answer.path,
        "importer_exists": answer.exists,
        "imported": answer.imported,
        "name": answer.name,
        "kind": answer.kind.as_str(),
        "statement": answer.statement,
        "allowed": answer.allowed,
        "by": if answer.by_chain { "chain" } else { "policy" },
        "because": because,
        "instead": instead,
        "notes": answer.notes,
    })
}
