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

/// The position of a mistake among those of all manifests.
#[derive(Debug, Hash)]
pub(crate) struct Mistake(usize);

impl Rule for InvalidManifest {
    type Violation = Mistake;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(context: &Explainer, Mistake(position): &Mistake) -> Message {
        let mistake = &context.externals().mistakes[*position];
        Message {
            annotation: mistake.annotation.clone(),
            labels: mistake.labels.clone(),
            help: mistake.help.clone(),
            ..Message::new(mistake.message.clone())
        }
    }

    fn severity(context: &Context, Mistake(position): &Mistake, severity: Severity) -> Option<Severity> {
        let path = context.sources.path(context.externals().mistakes[*position].file);
        Some(context.severity_in(PeerGaps::OTHER_MANIFESTS, severity, || !path.ends_with("pyproject.toml")))
    }
}

/// RF504
fn find(context: &Context, findings: &mut Findings<InvalidManifest>) {
    for (position, mistake) in context.externals.iter().flat_map(|externals| &externals.mistakes).enumerate()
    {
        findings.push(Site::Place(Span::new(mistake.file, mistake.range)), Mistake(position));
    }
}
