//! JUnit's XML: a test suite for each file, and a failed test for each finding; one that passes where there is none.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use ringfence_diagnostics::{Diagnostic, Files};

use crate::escape;
use crate::texts::{Texts, terminal_path};

pub(crate) fn render(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    root: &std::path::Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show_path = |path: &std::path::Path| terminal_path(path, root);
    let mut texts = Texts::new(files, &show_path);
    let mut report = Report::new("ringfence");
    for group in diagnostics.chunk_by(|a, b| a.file == b.file) {
        let Some(first) = group.first() else { continue };
        let text = texts.get(first.file);
        let mut suite = TestSuite::new(text.path.as_str());
        suite.extra.insert("package".into(), "ringfence".into());
        for diagnostic in group {
            let start = text.line_column(diagnostic.range.start());
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let message = escape::line(&diagnostic.message);
            status.set_message(&*message);
            let mut description = format!("line {}, col {}, {message}", start.line, start.column);
            if let Some(help) = &diagnostic.help {
                description.push_str("\nhelp: ");
                description.push_str(&escape::lines(help));
            }
            status.set_description(description);
            let mut case = TestCase::new(format!("ringfence.{}", diagnostic.code), status);
            case.set_classname(text.path.as_str());
            case.extra.insert("line".into(), start.line.to_string().into());
            case.extra.insert("column".into(), start.column.to_string().into());
            case.properties.push(Property::new("severity", diagnostic.severity.as_str()));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    if diagnostics.is_empty() {
        let mut suite = TestSuite::new("ringfence");
        suite.extra.insert("package".into(), "ringfence".into());
        suite.add_test_case(TestCase::new("No findings", TestCaseStatus::success()));
        report.add_test_suite(suite);
    }
    let document = report.to_string().map_err(io::Error::other)?;
    out.write_all(escape::xml(&document).as_bytes())
}
