//! SARIF 2.1.0, with the rules, what to do, fixes and related locations.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix, Severity, paths, rule_url};
use ruff_text_size::{Ranged, TextRange};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix as SarifFix, Location, MultiformatMessageString,
    PhysicalLocation, Region, Replacement, ReportingDescriptor, Result as SarifResult, ResultColumnKind,
    ResultLevel, Run, Sarif, Tool, ToolComponent, Version,
};

use crate::texts::{Text, Texts};
use crate::{RenderOptions, RuleInfo, escape};

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
    let rules: Vec<_> = codes.iter().map(|code| descriptor(code, options.rules)).collect();
    let numbers: BTreeMap<&str, i64> = codes.into_iter().zip(0..).collect();
    let results: Vec<_> =
        diagnostics.iter().map(|diagnostic| result(diagnostic, &numbers, &mut texts)).collect();
    let driver = ToolComponent::builder()
        .name("ringfence")
        .information_uri("https://ringfence.github.io/ringfence/")
        .version(env!("CARGO_PKG_VERSION"))
        .rules(rules)
        .build();
    let base = format!("{}/", file_uri(&paths::absolute(root)).trim_end_matches('/'));
    let run = Run::builder()
        .tool(Tool::from(driver))
        .column_kind(serde_json::to_value(ResultColumnKind::UnicodeCodePoints)?)
        .original_uri_base_ids([(ROOT.to_owned(), ArtifactLocation::builder().uri(base).build())])
        .results(results)
        .build();
    let log = Sarif::builder()
        .schema("https://json.schemastore.org/sarif-2.1.0.json")
        .version(serde_json::to_value(Version::V2_1_0)?)
        .runs([run])
        .build();
    escape::json_pretty(&log, out)?;
    writeln!(out)
}

fn descriptor(code: &str, rules: &[RuleInfo]) -> ReportingDescriptor {
    let Some(rule) = rules.iter().find(|rule| rule.code == code) else {
        return ReportingDescriptor::builder().id(code).build();
    };
    let url = rule_url(rule.name);
    let help = MultiformatMessageString::builder()
        .text(format!("{}\n\n{url}", rule.summary))
        .markdown(rule.explanation)
        .build();
    ReportingDescriptor::builder()
        .id(code)
        .name(rule.name)
        .short_description(&rule.summary)
        .full_description(&rule.summary)
        .help(help)
        .help_uri(url)
        .build()
}

fn result(diagnostic: &Diagnostic, numbers: &BTreeMap<&str, i64>, texts: &mut Texts) -> SarifResult {
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\n\n");
        message.push_str(help);
    }
    let place = physical_location(&texts.get(diagnostic.file), diagnostic.range);
    let mut result = SarifResult::builder()
        .rule_id(diagnostic.code)
        .level(match diagnostic.severity {
            Severity::Error => ResultLevel::Error,
            Severity::Warning => ResultLevel::Warning,
        })
        .message(&message)
        .locations([Location::builder().physical_location(place).build()])
        .build();
    result.rule_index = numbers.get(diagnostic.code).copied();
    let related: Vec<_> = diagnostic
        .labels
        .iter()
        .zip(0_i64..)
        .map(|(label, number)| {
            let place = physical_location(&texts.get(label.span.file), label.span.range);
            Location::builder().id(number).message(&label.message).physical_location(place).build()
        })
        .collect();
    result.related_locations = (!related.is_empty()).then_some(related);
    // Nothing there says that a fix is about the config, and not to be applied with the others.
    let fix = diagnostic.fix.as_ref().filter(|fix| !fix.changes_policy);
    result.fixes = fix.map(|fix| vec![sarif_fix(fix, texts)]);
    result
}

fn sarif_fix(fix: &Fix, texts: &mut Texts) -> SarifFix {
    let mut by_file: BTreeMap<FileId, Vec<Replacement>> = BTreeMap::new();
    for (file, edit) in &fix.edits {
        let deleted = region(&texts.get(*file), edit.range());
        let mut replacement = Replacement::builder().deleted_region(deleted).build();
        replacement.inserted_content =
            edit.content().map(|content| ArtifactContent::builder().text(content).build());
        by_file.entry(*file).or_default().push(replacement);
    }
    let changes: Vec<_> = by_file
        .into_iter()
        .map(|(file, replacements)| {
            let location = artifact_location(&texts.get(file));
            ArtifactChange::builder().artifact_location(location).replacements(replacements).build()
        })
        .collect();
    SarifFix::builder().description(&fix.title).artifact_changes(changes).build()
}

fn physical_location(text: &Text, range: TextRange) -> PhysicalLocation {
    PhysicalLocation::builder().artifact_location(artifact_location(text)).region(region(text, range)).build()
}

/// A path below the root is relative to it.
fn artifact_location(text: &Text) -> ArtifactLocation {
    if Path::new(&text.path).is_absolute() {
        ArtifactLocation::builder().uri(file_uri(&text.path)).build()
    } else {
        ArtifactLocation::builder().uri(encoded(&text.path)).uri_base_id(ROOT).build()
    }
}

fn region(text: &Text, range: TextRange) -> Region {
    // A text is shorter than 4 GiB, so its lines and columns fit.
    let number = |number: ruff_source_file::OneIndexed| i64::try_from(number.get()).unwrap_or(i64::MAX);
    let (start, end) = (text.line_column(range.start()), text.line_column(range.end()));
    Region::builder()
        .start_line(number(start.line))
        .start_column(number(start.column))
        .end_line(number(end.line))
        .end_column(number(end.column))
        .build()
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
