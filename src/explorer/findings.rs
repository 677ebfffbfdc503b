//! The findings of a check, and the imports that they are about.

use std::collections::BTreeSet;

use ringfence_diagnostics::{Diagnostic, Files, Span};
use serde::Serialize;

use super::imports::{BROKEN, DEPRECATED, Edges, KNOWN};
use super::modules::Names;
use super::{Paths, Place, Sources, position_of};
use ringfence_rules::named;

/// A finding as the page shows it.
#[derive(Serialize)]
pub(crate) struct Finding {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: String,
    file: u32,
    line: usize,
    /// The module that it stands in, or is about.
    module: Option<u32>,
    /// The edges between modules that it is about.
    edges: Vec<u32>,
    /// Whether the baseline knows it.
    known: bool,
    contract: Option<String>,
    owner: Option<String>,
    help: Option<String>,
    fix: Option<String>,
    /// The imports of the chain that breaks a contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<Hop>,
    /// The modules of a cycle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<String>,
}

#[derive(Serialize)]
struct Hop {
    importer: String,
    imported: String,
    file: u32,
    line: usize,
}

/// Those that are reported, and those that the baseline knows.
pub(super) fn collect(sources: &Sources, names: &Names, edges: &Edges, paths: &mut Paths) -> Vec<Finding> {
    let reported = sources.report.diagnostics.iter().map(|diagnostic| (diagnostic, false));
    let known = sources.known.diagnostics.iter().map(|diagnostic| (diagnostic, true));
    reported.chain(known).map(|(it, known)| finding(sources, names, edges, paths, it, known)).collect()
}

fn finding(
    sources: &Sources,
    names: &Names,
    edges: &Edges,
    paths: &mut Paths,
    diagnostic: &Diagnostic,
    known: bool,
) -> Finding {
    let (file, line) = place(sources, paths, Span::new(diagnostic.file, diagnostic.range));
    let mut about: BTreeSet<u32> = BTreeSet::new();
    let edge =
        |importer: &str, imported: &str| edges.find(names.get(importer)?, position_of(names, imported)?);
    if let Some(import) = &diagnostic.import {
        about.extend(edge(&import.importer, &import.imported));
    }
    let chain = diagnostic.contract.iter().flat_map(|contract| &contract.chain);
    let chain: Vec<Hop> = chain
        .map(|hop| {
            about.extend(edge(&hop.importer, &hop.imported));
            let (file, line) = place(sources, paths, hop.span);
            Hop { importer: hop.importer.to_string(), imported: hop.imported.to_string(), file, line }
        })
        .collect();
    let import = diagnostic.import.as_ref();
    Finding {
        code: diagnostic.code,
        name: diagnostic.name,
        severity: diagnostic.severity.as_str(),
        message: diagnostic.message.clone(),
        file,
        line,
        module: import.and_then(|import| names.get(&import.importer)),
        edges: about.into_iter().collect(),
        known,
        contract: diagnostic.contract.as_ref().map(|contract| contract.name.clone()),
        owner: diagnostic.owner.clone(),
        help: diagnostic.help.clone(),
        fix: diagnostic.fix.as_ref().map(|fix| fix.title.clone()),
        chain,
        members: diagnostic.members.iter().map(ToString::to_string).collect(),
    }
}

fn place(sources: &Sources, paths: &mut Paths, span: Span) -> Place {
    let path = sources.sessions.display(sources.files.path(span.file));
    let text = sources.files.text(span.file);
    let line = text.map_or(1, |text| text.to_source_code().line_index(span.range.start()).get());
    (paths.number(path), line)
}

/// Says at each edge what is found there.
pub(super) fn mark(edges: &mut Edges, findings: &[Finding]) {
    let deprecated = named::deprecated_dependency().metadata().code;
    for finding in findings {
        let flag = match finding {
            _ if finding.known => KNOWN,
            _ if finding.code == deprecated => DEPRECATED,
            _ => BROKEN,
        };
        for edge in &finding.edges {
            edges.flags[*edge as usize] |= flag;
        }
    }
}
