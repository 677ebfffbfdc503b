//! Each scenario is rendered in full, and the snapshot is what a user sees.

mod any_text;
mod fixes;
mod name_groups;
mod runs;
mod source_lines;

use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix, ImportDetails, Label, Severity, Span};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_source_file::{SourceFile, SourceFileBuilder};
use ruff_text_size::{TextRange, TextSize};

use crate::{Format, RenderOptions, render};

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
