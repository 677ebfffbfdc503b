use ringfence_diagnostics::Severity;

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Message, Site, Unreadable};

declare_rule! {
    /// ## What it does
    /// Checks for files that cannot be read or decoded.
    ///
    /// ## Why is this bad?
    /// Nothing is known of the imports of such a file. A run that passed over it in silence would say more than it
    /// checked. All other files are checked.
    ///
    /// A file is decoded as CPython does it: by its byte order mark, its coding cookie, or else as UTF-8.
    ///
    /// ## Example
    /// A file in Latin-1 that does not say so. Convert it to UTF-8, or declare the encoding in its first line:
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
    }
}

/// Why a file cannot be read.
#[derive(Debug, Hash)]
pub(crate) struct CannotRead(Unreadable);

impl Rule for UnreadableFile {
    type Violation = CannotRead;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(_: &Context, CannotRead(Unreadable { reason, .. }): &CannotRead) -> Message {
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
