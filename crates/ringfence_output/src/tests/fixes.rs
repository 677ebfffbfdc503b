//! How the change of a fix is shown.

use ringfence_diagnostics::{Diagnostic, FileId, Fix};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};

use super::{CONFIG, InMemory, assert_output, diagnostic, full};

#[test]
fn fixes_of_every_kind() {
    let text = "import a\nimport b\nfrom c import (\n    d,\n    e,\n)\nx = 1\n";
    let files = InMemory::new([
        ("/home/ada/shop/fix.py", Some(text)),
        ("/home/ada/shop/ringfence.toml", Some(CONFIG)),
    ]);
    let edit = |needle: &str, content: &str| {
        let range = files.range(0, needle);
        let edit = if content.is_empty() {
            Edit::range_deletion(range)
        } else {
            Edit::range_replacement(content.to_owned(), range)
        };
        (FileId::new(0), edit)
    };
    let insert = |needle: &str, content: &str| {
        (FileId::new(0), Edit::insertion(content.to_owned(), files.range(0, needle).start()))
    };
    let in_config = |needle: &str| (FileId::new(1), Edit::range_deletion(files.range(1, needle)));
    let cases = [
        ("Remove two lines", vec![edit("import a\nimport b\n", "")]),
        ("Remove part of a line", vec![edit(" = 1", "")]),
        ("Remove a member", vec![edit("    d,\n", "")]),
        ("Make one line of it", vec![edit("(\n    d,\n    e,\n)", "d, e")]),
        ("Make two lines of it", vec![edit("import b", "import b1\nimport b2")]),
        ("Put a line before", vec![insert("import b", "import new\n")]),
        ("Add to a line", vec![insert(" = 1", ": int")]),
        ("Change two lines", vec![edit("import a", "import z"), edit("x = 1", "x = 2")]),
        ("Split a line", vec![edit("import b", "import b1\nimport b2"), edit("x = 1", "y = 2")]),
        (
            "Add a last element",
            vec![(
                FileId::new(1),
                Edit::insertion("\n    \"shop.web\",".to_owned(), files.range(1, "\n]\nowner").start()),
            )],
        ),
        ("Change two files", vec![edit("import a", "import z"), in_config("    \"shop.billing\",\n")]),
    ];
    let diagnostics: Vec<Diagnostic> = cases
        .into_iter()
        .map(|(title, edits)| Diagnostic {
            fix: Some(Fix {
                title: title.to_owned(),
                applicability: Applicability::DisplayOnly,
                isolation: IsolationLevel::NonOverlapping,
                changes_policy: false,
                appends: false,
                edits,
            }),
            ..diagnostic("RF101", "undeclared-dependency", "something to fix", files.range(0, "a"))
        })
        .collect();
    assert_output("fixes", &full(&diagnostics, &files));
}
