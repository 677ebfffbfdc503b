use ringfence_diagnostics::Span;

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for mistakes in what a project declares of itself: TOML or INI that cannot be read, requirements that are
    /// none, dependency groups and requirements files that are not there.
    ///
    /// ## Why is this bad?
    /// What cannot be read declares nothing, so RF501 and RF502 judge by the rest, and the project cannot be built or
    /// installed as its author means it.
    ///
    /// Manifests are read only where a rule asks for them: RF501, RF502, this rule itself, or RF503 where a module has
    /// `externals` or `forbids-externals`.
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
        default: Default::On,
        fix: Never,
    }
}

impl Rule for InvalidManifest {
    const VISITOR: Visitor = Visitor::Project(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let mistakes = context.externals.map(|externals| externals.mistakes.as_slice()).unwrap_or_default();
        let Some(mistake) = mistakes.get(finding.detail as usize) else { return Message::default() };
        Message {
            message: mistake.message.clone(),
            annotation: mistake.annotation.clone(),
            labels: mistake.labels.clone(),
            help: mistake.help.clone(),
            ..Message::default()
        }
    }
}

/// RF504: the position of the mistake.
fn find(context: &Context, found: &mut Found) {
    for (position, mistake) in context.externals.iter().flat_map(|externals| &externals.mistakes).enumerate()
    {
        found.push(Site::Place(Span::new(mistake.file, mistake.range)), position as u32);
    }
}
