//! SARIF 2.1.0, with the rules, what to do, fixes and related locations.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix, Severity, rule_url};
use ruff_text_size::{Ranged, TextRange};
use serde_json::{Value, json};
use serde_sarif::sarif::Sarif;

use crate::texts::{Text, Texts};
use crate::{RenderOptions, RuleInfo, escape};
use ringfence_diagnostics::paths;

/// What paths are relative to.
const ROOT: &str = "SRCROOT";

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    options: &RenderOptions,
    root: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &Path| paths::relative(path, root);
    let mut texts = Texts::new(files, &show_path);
    let codes: BTreeSet<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| match options.rules.iter().find(|rule| rule.code == *code) {
            Some(rule) => rule_of(rule),
            None => json!({ "id": code }),
        })
        .collect();
    let numbers: BTreeMap<&str, usize> =
        codes.iter().enumerate().map(|(number, code)| (*code, number)).collect();
    let results: Vec<Value> =
        diagnostics.iter().map(|diagnostic| result(diagnostic, &numbers, &mut texts)).collect();
    let base = format!("{}/", file_uri(&paths::absolute(root)).trim_end_matches('/'));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ringfence",
                "informationUri": "https://ringfence.github.io/ringfence/",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { ROOT: { "uri": base } },
            "results": results,
        }],
    });
    // The types of the format say whether it is one.
    let log: Sarif = serde_json::from_value(log)?;
    escape::json_pretty(&log, out)?;
    writeln!(out)
}

fn rule_of(rule: &RuleInfo) -> Value {
    let url = rule_url(rule.name);
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": format!("{}\n\n{url}", rule.summary), "markdown": rule.explanation },
        "helpUri": url,
    })
}

fn result(diagnostic: &Diagnostic, numbers: &BTreeMap<&str, usize>, texts: &mut Texts) -> Value {
    let text = texts.get(diagnostic.file);
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\n\n");
        message.push_str(help);
    }
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .enumerate()
        .map(|(number, label)| {
            let text = texts.get(label.span.file);
            json!({
                "id": number,
                "message": { "text": label.message },
                "physicalLocation": physical(&text, label.span.range),
            })
        })
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.code,
        "ruleIndex": numbers.get(diagnostic.code),
        "level": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": message },
        "locations": [{ "physicalLocation": physical(&text, diagnostic.range) }],
    });
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    // Nothing there says that a fix is about the config, and not to be applied with the others.
    if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| !fix.changes_policy) {
        result["fixes"] = json!([fix_of(fix, texts)]);
    }
    result
}

fn fix_of(fix: &Fix, texts: &mut Texts) -> Value {
    let mut by_file: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
    for (file, edit) in &fix.edits {
        let text = texts.get(*file);
        let mut replacement = json!({ "deletedRegion": region(&text, edit.range()) });
        if let Some(content) = edit.content() {
            replacement["insertedContent"] = json!({ "text": content });
        }
        by_file.entry(*file).or_default().push(replacement);
    }
    let changes: Vec<Value> = by_file
        .into_iter()
        .map(|(file, replacements)| {
            json!({ "artifactLocation": artifact(&texts.get(file)), "replacements": replacements })
        })
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn physical(text: &Text, range: TextRange) -> Value {
    json!({ "artifactLocation": artifact(text), "region": region(text, range) })
}

/// A path below the root is relative to it.
fn artifact(text: &Text) -> Value {
    if Path::new(&text.path).is_absolute() {
        json!({ "uri": file_uri(&text.path) })
    } else {
        json!({ "uri": encoded(&text.path), "uriBaseId": ROOT })
    }
}

fn region(text: &Text, range: TextRange) -> Value {
    let (start, end) = (text.line_column(range.start()), text.line_column(range.end()));
    json!({
        "startLine": start.line.get(),
        "startColumn": start.column.get(),
        "endLine": end.line.get(),
        "endColumn": end.column.get(),
    })
}

fn file_uri(path: &str) -> String {
    let separator = if path.starts_with('/') { "" } else { "/" };
    format!("file://{separator}{}", encoded(path))
}

/// A path with every byte escaped that a URI does not take.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
