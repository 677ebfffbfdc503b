use ringfence_diagnostics::{Severity, Span};
use ringfence_policy::PeerGaps;

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for errors in the manifests of a project. This covers TOML or INI that cannot be read, invalid
    /// requirements, and dependency groups and requirements files that do not exist.
    ///
    /// ## Why is this bad?
    /// A declaration that cannot be read counts for nothing: RF501 and RF502 check against the rest, and the project
    /// cannot be built or installed as its author intends.
    ///
    /// Manifests are read only if a rule needs them: RF501, RF502, this rule if it is selected, or RF503 where a
    /// module has `externals` or `forbids-externals`.
    ///
    /// ## Example
    /// ```toml
    /// [project]
    /// dependencies = ["requests >"]
    /// ```
    ///
    /// Use instead:
    /// ```toml
    /// [project]
    /// dependencies = ["requests > 2"]
    /// ```
    ///
    /// ## Options
    /// - `requirements`
    /// - `dev-requirements`
    ///
    /// ## References
    /// - [Dependency specifiers](https://packaging.python.org/en/latest/specifications/dependency-specifiers/)
    InvalidManifest {
        code: "RF504",
        name: "invalid-manifest",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Distribution, NeedsManifestsIfNamed],
        dialects: [Tach: Offered],
    }
}

/// The position of an error among those of all manifests.
#[derive(Debug, Hash)]
pub(crate) struct ManifestError(usize);

impl Rule for InvalidManifest {
    type Violation = ManifestError;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(context: &Explainer, ManifestError(position): &ManifestError) -> Message {
        let error = &context.externals().errors[*position];
        Message {
            annotation: error.annotation.clone(),
            labels: error.labels.clone(),
            help: error.help.clone(),
            ..Message::new(error.message.clone())
        }
    }

    fn severity(
        context: &Context,
        ManifestError(position): &ManifestError,
        severity: Severity,
    ) -> Option<Severity> {
        let path = context.sources.path(context.externals().errors[*position].file);
        Some(context.severity_in(PeerGaps::OTHER_MANIFESTS, severity, || !path.ends_with("pyproject.toml")))
    }
}

/// RF504
fn find(context: &Context, findings: &mut Findings<InvalidManifest>) {
    for (position, error) in context.externals.iter().flat_map(|externals| &externals.errors).enumerate() {
        findings.push(Site::Place(Span::new(error.file, error.range)), ManifestError(position));
    }
}
