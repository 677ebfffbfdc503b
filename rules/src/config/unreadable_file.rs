use ringfence_diagnostics::Severity;

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site, Unreadable};

declare_rule! {
    /// ## What it does
    /// Checks for files that cannot be read or decoded.
    ///
    /// ## Why is this bad?
    /// The imports of such a file cannot be checked. A run that skipped it silently would promise more than it
    /// checked. All other files are still checked.
    ///
    /// ringfence decodes files as CPython does: by the byte order mark, the coding cookie, or else as UTF-8.
    ///
    /// ## Example
    /// A Latin-1 file that does not declare its encoding. Convert it to UTF-8, or declare the encoding in its first
    /// line:
    /// ```python
    /// # -*- coding: latin-1 -*-
    /// ```
    ///
    /// ## References
    /// - [PEP 263](https://peps.python.org/pep-0263/)
    UnreadableFile {
        code: "RF905",
        name: "unreadable-file",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Health, Run, Unsuppressible],
        dialects: [Tach: Besides, ImportLinter: Checked],
    }
}

/// Why a file cannot be read.
#[derive(Debug, Hash)]
pub(crate) struct CannotRead(Unreadable);

impl Rule for UnreadableFile {
    type Violation = CannotRead;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(_: &Explainer, CannotRead(Unreadable { reason, .. }): &CannotRead) -> Message {
        Message::new(format!("cannot read the file: {reason}"))
            .help("its imports are not checked; mend the file, or add it to `extend-exclude`")
    }

    fn severity(
        context: &Context,
        CannotRead(unreadable): &CannotRead,
        severity: Severity,
    ) -> Option<Severity> {
        Some(context.severity_in_file(unreadable.file, severity))
    }
}

/// RF905
fn find(context: &Context, findings: &mut Findings<UnreadableFile>) {
    for unreadable in context.unreadable {
        findings.push(Site::File(unreadable.file), CannotRead(unreadable.clone()));
    }
}
