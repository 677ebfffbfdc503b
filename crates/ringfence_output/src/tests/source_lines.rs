//! Which lines of a file are shown, and how, whatever the text looks like.

use ringfence_diagnostics::{Diagnostic, FileId, Fix, Label, Span};
use ruff_diagnostics::Edit;
use ruff_text_size::{TextRange, TextSize};

use super::{InMemory, assert_output, diagnostic, full, options, rendered};
use crate::Format;

#[test]
fn a_finding_without_a_line() {
    let files = InMemory::new([
        ("/home/ada/shop/src/shop/empty.py", Some("import os\n")),
        ("/home/ada/shop/src/shop/unreadable.py", None),
        ("/elsewhere/ringfence.toml", Some("strict-ownership = true\n")),
    ]);
    let whole_file = Diagnostic {
        labels: vec![files.label(2, "strict-ownership", "asked for here")],
        help: Some("add `[modules.\"shop.empty\"]`".to_owned()),
        ..diagnostic("RF105", "unowned-module", "no boundary module owns `shop.empty`", TextRange::default())
    };
    let unreadable = Diagnostic {
        file: FileId::new(1),
        annotation: Some("permission denied (os error 13)".to_owned()),
        ..diagnostic("RF905", "unreadable-file", "the file cannot be read", TextRange::default())
    };
    let label_unreadable = Diagnostic {
        annotation: Some("imported here".to_owned()),
        labels: vec![
            Label::new(Span::new(FileId::new(1), TextRange::default()), "the chain ends here"),
            Label::new(Span::new(FileId::new(2), TextRange::default()), "config"),
        ],
        ..diagnostic(
            "RF403",
            "forbidden-chain",
            "`shop.empty` reaches `shop.unreadable`",
            files.range(0, "os"),
        )
    };
    assert_output("no_line", &full(&[whole_file, unreadable, label_unreadable], &files));
}

#[test]
fn labels_near_and_far() {
    let filler = "x = 1\n".repeat(400);
    let text = format!("import a\nimport b\n{filler}import c\nimport d\n{filler}import e\n");
    let files = InMemory::new([("/home/ada/shop/far.py", Some(text.as_str()))]);
    let found = Diagnostic {
        annotation: Some("closes the circle".to_owned()),
        labels: vec![
            files.label(0, "import e", "then this"),
            files.label(0, "import d", "and this, nearby"),
            files.label(0, "import a", "first this"),
        ],
        ..diagnostic("RF401", "module-cycle", "`a` and `b` import each other", files.range(0, "import c"))
    };
    assert_output("labels_far", &full(&[found], &files));
}

#[test]
fn ranges_over_lines() {
    let text = "from shop.billing import (\n    Ledger,\n    post_entry,\n)\nlong = [\n    1,\n    2,\n    3,\n    4,\n    5,\n    6,\n    7,\n]\n";
    let files = InMemory::new([("/home/ada/shop/lines.py", Some(text))]);
    let found = |range| Diagnostic {
        annotation: Some("this".to_owned()),
        ..diagnostic("RF201", "private-import", "a range over several lines", range)
    };
    let short = files.range(0, "(\n    Ledger,\n    post_entry,\n)\n");
    let long = files.range(0, "long = [\n    1,\n    2,\n    3,\n    4,\n    5,\n    6,\n    7,\n]\n");
    assert_output("ranges_over_lines", &full(&[found(short), found(long)], &files));
}

#[test]
fn long_lines_stay_readable() {
    let data = "0123456789,".repeat(60);
    let deep = "x".repeat(20_000);
    let text = format!("d = [{data}import shop.web{data}]\ndeep = '{deep}'; import far\n");
    let files = InMemory::new([("/home/ada/shop/data.py", Some(text.as_str()))]);
    let found = |needle: &str| Diagnostic {
        annotation: Some("here".to_owned()),
        fix: Some(Fix::safe(
            "Rename it",
            FileId::new(0),
            Edit::range_replacement("renamed".to_owned(), files.range(0, needle)),
        )),
        ..diagnostic("RF101", "undeclared-dependency", "in a minified file", files.range(0, needle))
    };
    assert_output("long_lines", &full(&[found("shop.web"), found("far"), found(&data)], &files));
}

#[test]
fn unusual_text() {
    let cases: &[(&str, &str, &str)] = &[
        ("tabs", "if x:\n\t\timport\tshop.web\n", "shop.web"),
        ("crlf", "import a\r\nimport shop.web\r\nimport b\r\n", "shop.web"),
        ("lone carriage returns", "import a\rimport shop.web\rimport b\r", "shop.web"),
        ("form feed and byte-order mark", "\u{feff}\u{c}import shop.web\n", "shop.web"),
        ("wide and combining characters", "価格 = 'e\u{301}'; import shop.web\n", "shop.web"),
        ("escape codes", "x = '\u{1b}[31mred\u{9b}0m \u{202e}'; import shop.web\n", "shop.web"),
        ("end of file", "import shop.web\n", ""),
        ("end of line included", "import shop.web\nimport b\n", "shop.web\n"),
    ];
    let mut output = String::new();
    for (message, text, needle) in cases {
        let files = InMemory::new([("/home/ada/shop/odd\u{1b}[2J.py", Some(*text))]);
        let range =
            if needle.is_empty() { TextRange::empty(TextSize::of(*text)) } else { files.range(0, needle) };
        let found = Diagnostic {
            annotation: Some("here".to_owned()),
            help: Some("do\u{1b}[0m\nthis".to_owned()),
            ..diagnostic("RF101", "undeclared-dependency", &format!("{message}\u{1b}[1m"), range)
        };
        output.push_str(&full(std::slice::from_ref(&found), &files));
        output.push_str(&rendered(Format::Concise, &[found], &files, &options()));
        output.push('\n');
    }
    assert!(!output.contains(['\u{1b}', '\u{9b}', '\r', '\u{202e}']));
    assert_output("unusual_text", &output);
}
