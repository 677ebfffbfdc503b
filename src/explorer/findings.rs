//! The findings of a check, and the imports that they are about.

use std::collections::BTreeSet;

use ringfence_diagnostics::{Diagnostic, Files, Span};
use serde::Serialize;

use super::imports::{BROKEN, DEPRECATED, Edges, KNOWN, OFF};
use super::modules::Names;
use super::{Paths, Place, Sources, Texts, position_of};
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
    /// The edges to what lies elsewhere that it is about.
    externals: Vec<u32>,
    /// Whether the baseline knows it.
    known: bool,
    /// Whether its rule is off here, so that `check` does not report it.
    off: bool,
    contract: Option<String>,
    /// What `--contract` calls that.
    contract_id: Option<String>,
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

/// The imports that findings may be about.
pub(super) struct About<'a> {
    pub(super) names: &'a Names,
    pub(super) edges: &'a Edges,
    pub(super) externals: &'a Edges,
    pub(super) external_names: &'a Texts,
}

/// Where an import is among the edges.
enum At {
    Edge(u32),
    External(u32),
}

impl About<'_> {
    fn find(&self, importer: &str, imported: &str) -> Option<At> {
        let from = self.names.get(importer)?;
        let edge = position_of(self.names, imported).and_then(|to| self.edges.find(from, to));
        edge.map(At::Edge).or_else(|| {
            let ends =
                std::iter::once(imported.len()).chain(imported.rmatch_indices('.').map(|(dot, _)| dot));
            let mut names = ends.filter_map(|end| self.external_names.get(&imported[..end]));
            names.find_map(|to| self.externals.find(from, to)).map(At::External)
        })
    }
}

/// What becomes of a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Reported,
    Known,
    Off,
}

/// Those that are reported, those that the baseline knows, and, as far as they are about imports, those whose rule is off.
pub(super) fn collect(sources: &Sources, about: &About, paths: &mut Paths) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (report, fate) in
        [(sources.report, Fate::Reported), (sources.known, Fate::Known), (sources.off, Fate::Off)]
    {
        let found =
            report.diagnostics.iter().map(|diagnostic| finding(sources, about, paths, diagnostic, fate));
        let is_shown = |it: &Finding| fate != Fate::Off || !it.edges.is_empty() || !it.externals.is_empty();
        findings.extend(found.filter(is_shown));
    }
    findings
}

fn finding(
    sources: &Sources,
    about: &About,
    paths: &mut Paths,
    diagnostic: &Diagnostic,
    fate: Fate,
) -> Finding {
    let (file, line) = place(sources, paths, Span::new(diagnostic.file, diagnostic.range));
    let (mut edges, mut externals): (BTreeSet<u32>, BTreeSet<u32>) = Default::default();
    let mut add = |importer: &str, imported: &str| match about.find(importer, imported) {
        Some(At::Edge(edge)) => _ = edges.insert(edge),
        Some(At::External(edge)) => _ = externals.insert(edge),
        None => {}
    };
    if let Some(import) = &diagnostic.import {
        add(&import.importer, &import.imported);
    }
    let chain = diagnostic.contract.iter().flat_map(|contract| &contract.chain);
    let chain: Vec<Hop> = chain
        .map(|hop| {
            add(&hop.importer, &hop.imported);
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
        module: import.and_then(|import| about.names.get(&import.importer)),
        edges: edges.into_iter().collect(),
        externals: externals.into_iter().collect(),
        known: fate == Fate::Known,
        off: fate == Fate::Off,
        contract: diagnostic.contract.as_ref().map(|contract| contract.name.clone()),
        contract_id: diagnostic.contract.as_ref().map(|contract| contract.id.clone()),
        owner: diagnostic.owner.clone(),
        // Nobody has to mend what is switched off, of which there may be more than of anything else.
        help: diagnostic.help.clone().filter(|_| fate != Fate::Off),
        fix: diagnostic.fix.as_ref().map(|fix| fix.title.clone()),
        chain,
        members: diagnostic.members.iter().map(ToString::to_string).collect(),
    }
}

fn place(sources: &Sources, paths: &mut Paths, span: Span) -> Place {
    let path = paths.shown(sources.sessions, sources.files.path(span.file));
    (paths.number(path), sources.files.line(span))
}

/// Says at each edge what is found there.
pub(super) fn mark(edges: &mut Edges, externals: &mut Edges, findings: &[Finding]) {
    let deprecated = named::deprecated_dependency().metadata().code;
    for finding in findings {
        let flag = match finding {
            _ if finding.known => KNOWN,
            // It is on its way out, whether or not somebody wants to hear of it.
            _ if finding.code == deprecated => DEPRECATED,
            _ if finding.off => OFF,
            _ => BROKEN,
        };
        for edge in &finding.edges {
            edges.flags[*edge as usize] |= flag;
        }
        for edge in &finding.externals {
            externals.flags[*edge as usize] |= flag;
        }
    }
}
