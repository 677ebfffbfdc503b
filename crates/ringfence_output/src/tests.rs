//! Each scenario is rendered in full, and the snapshot is what a user sees.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix, ImportDetails, Label, Severity, Span};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_source_file::{SourceFile, SourceFileBuilder};
use ruff_text_size::{TextRange, TextSize};

use crate::{Format, RenderOptions, is_fixable, render, render_statistics};

const ORDERS: &str = r#""""Orders."""

from __future__ import annotations

from shop.billing.ledger import Ledger, post_entry  # the books
from shop.legacy import find_product
import shop.web.views


def place_order(order: Order) -> int:
    # ringfence: ignore[RF101] no longer needed
    return sum(line.total for line in order.lines)
"#;

const CONFIG: &str = r#"layers = ["web", "services", "storage"]

[modules."shop.orders"]
layer = "services"
depends-on = [
    "shop.billing",
    { module = "shop.legacy", deprecated = "use shop.catalog" },
]
owner = "@orders"

[modules."shop.billing"]
layer = "services"
exposes = ["Ledger"]
owner = "@billing"
"#;

/// Files in memory; one without a text cannot be read.
struct InMemory(Vec<(PathBuf, Option<SourceFile>)>);

impl InMemory {
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let file = |(path, text): (&str, Option<&str>)| {
            (PathBuf::from(path), text.map(|text| SourceFileBuilder::new(path, text).finish()))
        };
        Self(files.into_iter().map(file).collect())
    }

    /// The shop, with its config as file 1.
    fn shop() -> Self {
        Self::new([
            ("/home/ada/shop/src/shop/orders/service.py", Some(ORDERS)),
            ("/home/ada/shop/ringfence.toml", Some(CONFIG)),
        ])
    }

    /// The range of `needle` in the file.
    fn range(&self, file: usize, needle: &str) -> TextRange {
        let text = self.0[file].1.as_ref().unwrap().source_text();
        let start = text.find(needle).unwrap_or_else(|| panic!("no {needle:?}"));
        TextRange::at(TextSize::new(start as u32), TextSize::of(needle))
    }

    fn label(&self, file: usize, needle: &str, message: &str) -> Label {
        Label::new(Span::new(FileId::new(file), self.range(file, needle)), message)
    }
}

impl Files for InMemory {
    fn path(&self, file: FileId) -> &Path {
        &self.0[file.index()].0
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        self.0[file.index()].1.clone()
    }
}

fn diagnostic(code: &'static str, name: &'static str, message: &str, range: TextRange) -> Diagnostic {
    Diagnostic {
        code,
        name,
        severity: Severity::Error,
        message: message.to_owned(),
        file: FileId::new(0),
        range,
        annotation: None,
        labels: Vec::new(),
        help: None,
        owner: None,
        fix: None,
        import: None,
        contract: None,
        members: Vec::new(),
        symbol: None,
    }
}

fn undeclared(files: &InMemory) -> Diagnostic {
    Diagnostic {
        annotation: Some("not declared by `shop.orders`".to_owned()),
        labels: vec![files.label(1, "depends-on", "what `shop.orders` declares")],
        help: Some("import it through `shop.billing`, or declare it".to_owned()),
        owner: Some("@billing".to_owned()),
        import: Some(ImportDetails {
            importer: "shop.orders.service".into(),
            imported: "shop.web.views".into(),
            member: None,
            kind: "runtime",
            statement: files.range(0, "shop.web.views"),
            is_abridged: false,
        }),
        fix: Some(
            Fix::safe(
                "Declare `shop.web` in `depends-on`",
                FileId::new(1),
                Edit::insertion("    \"shop.web\",\n".to_owned(), files.range(1, "]\nowner").start()),
            )
            .in_policy(),
        ),
        ..diagnostic(
            "RF101",
            "undeclared-dependency",
            "`shop.orders` imports `shop.web`, which it does not declare",
            files.range(0, "shop.web.views"),
        )
    }
}

fn private(files: &InMemory) -> Diagnostic {
    let module = files.range(0, "shop.billing.ledger");
    Diagnostic {
        annotation: Some("not exposed by `shop.billing`".to_owned()),
        labels: vec![
            files.label(0, "post_entry", "imported here"),
            files.label(1, r#"["Ledger"]"#, "what `shop.billing` exposes"),
        ],
        owner: Some("@billing".to_owned()),
        fix: Some(Fix {
            title: "Import `Ledger` from `shop.billing`".to_owned(),
            applicability: Applicability::Unsafe,
            isolation: IsolationLevel::NonOverlapping,
            changes_policy: false,
            appends: false,
            edits: vec![
                (FileId::new(0), Edit::range_replacement("shop.billing".to_owned(), module)),
                (FileId::new(0), Edit::range_deletion(files.range(0, ", post_entry"))),
            ],
        }),
        ..diagnostic("RF201", "private-import", "`post_entry` is private to `shop.billing`", module)
    }
}

fn unused_suppression(files: &InMemory) -> Diagnostic {
    let comment = files.range(0, "# ringfence: ignore[RF101] no longer needed");
    let line = files.range(0, "    # ringfence: ignore[RF101] no longer needed\n");
    Diagnostic {
        severity: Severity::Warning,
        fix: Some(Fix::safe("Remove the suppression", FileId::new(0), Edit::range_deletion(line))),
        ..diagnostic("RF901", "unused-suppression", "nothing here needs `ignore[RF101]`", comment)
    }
}

fn deprecated(files: &InMemory) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        annotation: Some("use shop.catalog".to_owned()),
        labels: vec![files.label(1, r#"deprecated = "use shop.catalog""#, "deprecated here")],
        ..diagnostic(
            "RF103",
            "deprecated-dependency",
            "`shop.orders` should stop importing `shop.legacy`",
            files.range(0, "shop.legacy"),
        )
    }
}

fn options() -> RenderOptions<'static> {
    RenderOptions {
        working_directory: Path::new("/home/ada/shop"),
        repository: Path::new("/home/ada/shop"),
        rules: &[],
        color: false,
        hyperlinks: false,
        unsafe_fixes: false,
    }
}

fn rendered(
    format: Format,
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    options: &RenderOptions,
) -> String {
    let mut out = Vec::new();
    render(format, diagnostics, files, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// How many findings people see.
fn number_shown(diagnostics: &[Diagnostic]) -> usize {
    let files = InMemory::shop();
    let shown = |format| render(format, diagnostics, &files, &options(), &mut std::io::sink()).unwrap();
    assert_eq!(shown(Format::Pylint), diagnostics.len(), "programs see all");
    shown(Format::Concise)
}

fn full(diagnostics: &[Diagnostic], files: &dyn Files) -> String {
    rendered(Format::Full, diagnostics, files, &options())
}

fn assert_output(name: &str, output: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/output");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, output));
}

/// The diagnostics of the shop, in the order of a run.
fn shop() -> (InMemory, Vec<Diagnostic>) {
    let files = InMemory::shop();
    let diagnostics =
        vec![private(&files), deprecated(&files), undeclared(&files), unused_suppression(&files)];
    (files, diagnostics)
}

#[test]
fn a_run_in_every_format() {
    let (files, diagnostics) = shop();
    for (name, format) in
        [("shop_full", Format::Full), ("shop_concise", Format::Concise), ("shop_json", Format::Json)]
    {
        assert_output(name, &rendered(format, &diagnostics, &files, &options()));
    }
}

#[test]
fn styled_output_is_colored_and_linked() {
    let (files, diagnostics) = shop();
    let options = RenderOptions { color: true, hyperlinks: true, unsafe_fixes: true, ..options() };
    let output = [Format::Full, Format::Concise]
        .map(|format| rendered(format, &diagnostics[..1], &files, &options))
        .concat();
    let output: Vec<String> = output.lines().map(|line| line.escape_debug().to_string()).collect();
    let output = output.join("\n");
    assert_output("styled", &output);
}

#[test]
fn nothing_to_say() {
    let files = InMemory::shop();
    assert_eq!(full(&[], &files), "");
    assert_eq!(rendered(Format::Concise, &[], &files, &options()), "");
    assert_eq!(rendered(Format::Json, &[], &files, &options()), "[]\n");
}

/// What a finding is that is about no import, its line says to GitLab.
#[test]
fn fingerprints_stay_when_words_change() {
    let fingerprint = |comment: &str, before: &str, message: &str| {
        let text = format!("{before}x = 1  {comment}\n");
        let files = InMemory::new([("/home/ada/shop/a.py", Some(text.as_str()))]);
        let found = diagnostic("RF901", "unused-suppression", message, files.range(0, comment));
        let issues = rendered(Format::Gitlab, &[found], &files, &options());
        let issues: serde_json::Value = serde_json::from_str(&issues).unwrap();
        issues[0]["fingerprint"].as_str().unwrap().to_string()
    };
    let [comment, words] = ["# ringfence: ignore[RF101]", "nothing here needs it"];
    let expected = fingerprint(comment, "", words);
    assert_eq!(fingerprint(comment, "", "said in other words"), expected);
    assert_eq!(fingerprint(comment, "\n# moved\n", words), expected);
    assert_ne!(fingerprint("# ringfence: ignore[RF102]", "", words), expected);
}

#[test]
fn statistics_count_by_code() {
    let (_, mut diagnostics) = shop();
    diagnostics.extend_from_slice(&[diagnostics[0].clone(), diagnostics[3].clone(), diagnostics[3].clone()]);
    // The same finding without a fix.
    diagnostics.push(Diagnostic { fix: None, ..diagnostics[3].clone() });
    let mut out = Vec::new();
    for (unsafe_fixes, format) in [(false, Format::Full), (true, Format::Concise), (true, Format::Json)] {
        render_statistics(&diagnostics, unsafe_fixes, format, &mut out).unwrap();
        out.push(b'\n');
    }
    assert_output("statistics", &String::from_utf8(out).unwrap());
}

#[test]
fn fixable_is_what_fix_applies() {
    let (_, diagnostics) = shop();
    let fixable =
        |unsafe_fixes| -> Vec<bool> { diagnostics.iter().map(|one| is_fixable(one, unsafe_fixes)).collect() };
    assert_eq!(fixable(false), [false, false, false, true]);
    assert_eq!(fixable(true), [true, false, false, true]);
}

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

/// Any text that is likely to break a renderer.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z .,()]{0,12}",
        2 => prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "\t", "\u{c}", "\u{feff}", "    "]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["価格", "e\u{301}", "\u{1b}[31m", "\u{200d}", "👩\u{200d}🚀", "\0", "\u{2028}"]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => (0..60usize).prop_map(|count| "\n".repeat(count)),
        1 => (0..500usize).prop_map(|count| "long ".repeat(count)),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A range of `text` on character boundaries.
fn range(text: &str, (start, end): (prop::sample::Index, prop::sample::Index)) -> TextRange {
    let boundary = |index: prop::sample::Index| {
        TextSize::new(text.floor_char_boundary(index.index(text.len() + 1)) as u32)
    };
    let (start, end) = (boundary(start), boundary(end));
    TextRange::new(start.min(end), start.max(end))
}

type AnyRange = (prop::sample::Index, prop::sample::Index);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_can_be_shown(
        text in text(),
        other in text(),
        message in text(),
        at in any::<AnyRange>(),
        labels in prop::collection::vec((any::<bool>(), any::<AnyRange>()), 0..4),
        edits in prop::collection::vec((any::<bool>(), any::<AnyRange>(), text()), 0..4),
        (color, shrunk) in any::<(bool, bool)>(),
    ) {
        let texts = [text.as_str(), other.as_str()];
        let edits = edits.into_iter().map(|(second, at, content)| {
            let file = usize::from(second);
            let at = range(texts[file], at);
            let edit = if content.is_empty() { Edit::range_deletion(at) } else { Edit::range_replacement(content, at) };
            (FileId::new(file), edit)
        });
        let found = Diagnostic {
            annotation: Some(message.clone()),
            help: Some(message.clone()),
            owner: Some(message.clone()),
            labels: labels
                .into_iter()
                .map(|(second, at)| {
                    let file = usize::from(second);
                    Label::new(Span::new(FileId::new(file), range(texts[file], at)), message.clone())
                })
                .collect(),
            fix: Some(Fix {
                title: message.clone(),
                applicability: Applicability::Unsafe,
                isolation: IsolationLevel::NonOverlapping,
                changes_policy: color,
                appends: false,
                edits: edits.collect(),
            }),
            ..diagnostic("RF101", "undeclared-dependency", &message, range(&text, at))
        };
        // A file that got shorter since it was checked.
        let cut = text.floor_char_boundary(if shrunk { text.len() / 2 } else { text.len() });
        let files = InMemory::new([("/home/ada/a.py", Some(&text[..cut])), ("/home/ada/b.py", Some(other.as_str()))]);
        let options = RenderOptions { color, ..options() };
        let one = std::slice::from_ref(&found);

        for format in [Format::Full, Format::Concise] {
            let output = rendered(format, one, &files, &options);
            let controls = output.contains(['\r', '\u{7}', '\0', '\u{9b}']);
            prop_assert!(!controls);
            let escapes = output.contains('\u{1b}');
            prop_assert!(color || !escapes);
        }
        let concise = rendered(Format::Concise, one, &files, &options);
        prop_assert_eq!(concise.lines().count(), 1);
        let json: serde_json::Value = serde_json::from_str(&rendered(Format::Json, one, &files, &options)).unwrap();
        prop_assert_eq!(json.as_array().unwrap().len(), 1);
    }
}

/// A statement of 25 names of one module, two of them on the first line, and a second statement that says the same.
fn names_of_statements() -> (InMemory, Vec<Diagnostic>) {
    let names: Vec<String> = (0..25).map(|number| format!("name_{number:02}")).collect();
    let text = format!(
        "from shop.billing import (\n    {}, {},\n    {},\n)\nfrom shop.billing import again, once_more\n",
        names[0],
        names[1],
        names[2..].join(",\n    ")
    );
    let files = InMemory::new([
        ("/home/ada/shop/names.py", Some(text.as_str())),
        ("/home/ada/shop/ringfence.toml", Some(CONFIG)),
    ]);
    let end = text.find(")\n").map_or(0, |end| end as u32 + 1);
    let second = TextRange::new(TextSize::new(end + 1), TextSize::of(text.as_str()));
    let first = TextRange::up_to(TextSize::new(end));
    let named = |name: &str, statement| {
        let of = undeclared(&InMemory::shop());
        Diagnostic {
            import: of.import.clone().map(|import| ImportDetails {
                member: Some(name.to_owned().into()),
                statement,
                ..import
            }),
            range: files.range(0, name),
            ..of
        }
    };
    let mut found: Vec<Diagnostic> = names.iter().map(|name| named(name, first)).collect();
    // A long statement gives help and fix with some of its names, and may have other findings between.
    let last = found.last_mut().unwrap();
    (last.fix, last.help) = (None, None);
    last.import.as_mut().unwrap().is_abridged = true;
    let private =
        Diagnostic { message: "`name_01` is private".to_owned(), code: "RF201", ..found[1].clone() };
    found.insert(2, private);
    found.push(named("again", second));
    found.push(named("once_more", second));
    (files, found)
}

#[test]
fn names_of_one_statement_are_told_together() {
    let (files, found) = names_of_statements();
    let formats = [Format::Full, Format::Concise, Format::Grouped];
    let told = formats.map(|format| rendered(format, &found, &files, &options()));
    assert_output("names_together", &told.join("----\n"));
    assert_eq!(number_shown(&found), 3);
    // Programs get each.
    assert_eq!(rendered(Format::JsonLines, &found, &files, &options()).lines().count(), 28);
    assert_eq!(rendered(Format::Pylint, &found, &files, &options()).lines().count(), 28);
}

#[test]
fn what_differs_in_more_than_the_name_is_told_apart() {
    let (_, found) = names_of_statements();
    let [first, second] = [&found[3], &found[4]];
    assert_eq!(number_shown(&[first.clone(), second.clone()]), 1);
    let others = [
        // Two contracts may say the same of one name.
        Diagnostic { range: first.range, ..second.clone() },
        Diagnostic { severity: Severity::Warning, ..second.clone() },
        Diagnostic { help: None, ..second.clone() },
        Diagnostic { owner: None, ..second.clone() },
        Diagnostic { labels: Vec::new(), ..second.clone() },
        Diagnostic { code: "RF102", ..second.clone() },
        Diagnostic { message: "something else".to_owned(), ..second.clone() },
        Diagnostic { file: FileId::new(1), ..second.clone() },
        Diagnostic { import: None, ..second.clone() },
        Diagnostic {
            fix: second.fix.clone().map(|fix| Fix { title: "Declare another".to_owned(), ..fix }),
            ..second.clone()
        },
    ];
    for other in others {
        assert_eq!(number_shown(&[first.clone(), other.clone()]), 2, "{other:?}");
    }
}

/// A name of which less was looked at goes with the others only where these agree.
#[test]
fn what_is_said_of_some_names_is_not_said_of_all() {
    let (_, found) = names_of_statements();
    let mut last = found[25].clone();
    assert!(last.import.as_ref().unwrap().is_abridged);
    let other_help = Diagnostic { help: Some("do something else".to_owned()), ..found[4].clone() };
    assert_eq!(number_shown(&[found[3].clone(), last.clone()]), 1);
    assert_eq!(number_shown(&[found[3].clone(), other_help, last.clone()]), 3);
    // Another finding between two names parts them not.
    last.import = None;
    assert_eq!(number_shown(&[found[3].clone(), last, found[4].clone()]), 2);
}
