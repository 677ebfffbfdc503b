use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Reports files that cannot be read or decoded.
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
        default: Default::On,
        fix: Never,
    }
}

impl Rule for UnreadableFile {
    const VISITOR: Visitor = Visitor::Project(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let file = finding.site.file();
        let reason = context.unreadable.iter().find(|unreadable| unreadable.file == file);
        Message::new(format!(
            "cannot read the file: {}",
            reason.map_or("", |unreadable| unreadable.reason.as_str())
        ))
        .help("its imports are not checked; mend the file, or add it to `extend-exclude`")
    }
}

/// RF905
fn find(context: &Context, found: &mut Found) {
    for unreadable in context.unreadable {
        found.push(Site::File(unreadable.file), 0);
    }
}
