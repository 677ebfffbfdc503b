//! Conversion of findings to diagnostics of the protocol.

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Message, Uri,
};
use ringfence_diagnostics::{Diagnostic as Finding, Files, Severity, stable_hash};
use ruff_source_file::SourceFile;
use rustc_hash::FxHashMap;

use ringfence_rules::{Tag, has_tag};

use crate::capabilities::Capabilities;
use crate::documents::Documents;
use crate::positions::Lines;

/// Converts findings to diagnostics of the protocol. Keeps the files that they point into.
pub(crate) struct Conversion<'a> {
    files: &'a dyn Files,
    capabilities: Capabilities,
    documents: &'a Documents,
    sources: FxHashMap<ringfence_diagnostics::FileId, Option<SourceFile>>,
}

impl<'a> Conversion<'a> {
    pub(crate) fn new(files: &'a dyn Files, capabilities: Capabilities, documents: &'a Documents) -> Self {
        Self { files, capabilities, documents, sources: FxHashMap::default() }
    }

    pub(crate) fn location(&mut self, span: ringfence_diagnostics::Span) -> Option<Location> {
        let uri = self.documents.uri(self.files.path(span.file))?;
        Some(Location { uri, range: self.range(span) })
    }

    fn range(&mut self, span: ringfence_diagnostics::Span) -> gen_lsp_types::Range {
        let files = self.files;
        let source = self.sources.entry(span.file).or_insert_with(|| files.text(span.file));
        let Some(source) = source else { return gen_lsp_types::Range::default() };
        Lines::of_file(source).range(span.range, self.capabilities.encoding)
    }

    pub(crate) fn diagnostic(&mut self, finding: &Finding) -> Diagnostic {
        let mut message = finding.message.clone();
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        if let Some(owner) = &finding.owner {
            message.push_str("\nowner: ");
            message.push_str(owner);
        }
        let mut related = Vec::new();
        if self.capabilities.related_information {
            for label in &finding.labels {
                if let Some(location) = self.location(label.span) {
                    related.push(DiagnosticRelatedInformation { location, message: label.message.clone() });
                }
            }
            let hops = finding.contract.iter().flat_map(|contract| &contract.chain);
            for hop in hops.filter(|hop| !finding.labels.iter().any(|label| label.span == hop.span)) {
                if let Some(location) = self.location(hop.span) {
                    let message = format!("`{}` imports `{}`", hop.importer, hop.imported);
                    related.push(DiagnosticRelatedInformation { location, message });
                }
            }
        }
        let href = finding.url().and_then(|url| Uri::parse(&url).ok());
        Diagnostic {
            range: self.range(ringfence_diagnostics::Span::new(finding.file, finding.range)),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::Error,
                Severity::Warning => DiagnosticSeverity::Warning,
            }),
            code: Some(Code::String(finding.code.to_string())),
            code_description: href.map(|href| CodeDescription { href }),
            source: Some("ringfence".to_string()),
            message: Message::String(message),
            tags: tag(finding.code).map(|tag| vec![tag]),
            related_information: (!related.is_empty()).then_some(related),
            data: None,
        }
    }
}

/// Rules whose findings an editor greys out or strikes through.
fn tag(code: &str) -> Option<DiagnosticTag> {
    let tags = [(Tag::Unnecessary, DiagnosticTag::Unnecessary), (Tag::Deprecated, DiagnosticTag::Deprecated)];
    tags.into_iter().find(|(tag, _)| has_tag(code, *tag)).map(|(_, tag)| tag)
}

/// An id that is equal for equal lists of diagnostics.
pub(crate) fn result_id(diagnostics: &[Diagnostic]) -> String {
    let text = serde_json::to_string(diagnostics).unwrap_or_default();
    format!("{:016x}", stable_hash([text.as_str()]))
}
