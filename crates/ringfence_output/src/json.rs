//! One array in the shape of `ruff check --output-format json`, so that what reads that reads this, with
//! `severity`, the import, `help`, `owner`, `labels`, and for contracts `contract` and `chain` added.

use std::io::{self, Write};
use std::rc::Rc;

use ringfence_diagnostics::{ChainHop, Diagnostic, Files, Severity};
use ruff_source_file::LineColumn;
use ruff_text_size::{Ranged, TextRange};
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use crate::escape;
use crate::texts::{Text, Texts};
use ringfence_diagnostics::paths;

pub(crate) fn render(diagnostics: &[Diagnostic], files: &dyn Files, out: &mut dyn Write) -> io::Result<()> {
    let mut texts = Texts::new(files, &paths::absolute);
    let mut serializer = escape::pretty_serializer(out);
    let mut array = serializer.serialize_seq(Some(diagnostics.len()))?;
    for diagnostic in diagnostics {
        let text = texts.get(diagnostic.file);
        array.serialize_element(&json_diagnostic(diagnostic, &text, &mut texts))?;
    }
    array.end()?;
    writeln!(out)
}

fn json_diagnostic<'a>(diagnostic: &'a Diagnostic, text: &'a Text, texts: &mut Texts) -> JsonDiagnostic<'a> {
    let Diagnostic {
        code,
        name,
        severity,
        message,
        file: _,
        range,
        annotation: _,
        labels,
        help,
        owner,
        fix,
        import,
        contract,
        members,
        // The message says it.
        symbol: _,
    } = diagnostic;
    let (location, end_location) = locations(text, *range);
    JsonDiagnostic {
        cell: None,
        code,
        name,
        severity: *severity,
        message,
        filename: &text.path,
        location,
        end_location,
        noqa_row: location.row,
        url: diagnostic.url(),
        importer: import.as_ref().map(|import| &*import.importer),
        imported: import.as_ref().map(|import| &*import.imported),
        member: import.as_ref().and_then(|import| import.member.as_deref()),
        kind: import.as_ref().map(|import| import.kind),
        help: help.as_deref(),
        owner: owner.as_deref(),
        labels: labels
            .iter()
            .map(|label| {
                let text = texts.get(label.span.file);
                let (location, end_location) = locations(&text, label.span.range);
                JsonLabel { filename: Path(text), location, end_location, message: &label.message }
            })
            .collect(),
        contract: contract.as_ref().map(|contract| JsonContract {
            id: &contract.id,
            name: &contract.name,
            type_name: contract.type_name,
            importer: contract.importer.as_deref(),
            imported: contract.imported.as_deref(),
        }),
        members: members.iter().map(|member| &**member).collect(),
        chain: contract.as_ref().filter(|contract| !contract.chain.is_empty()).map(|contract| {
            let hop = |hop: &'a ChainHop| {
                let text = texts.get(hop.span.file);
                let row = text.line_column(hop.span.range.start()).line.get();
                JsonHop { importer: &hop.importer, imported: &hop.imported, filename: Path(text), row }
            };
            contract.chain.iter().map(hop).collect()
        }),
        fix: fix.as_ref().map(|fix| JsonFix {
            applicability: match fix.applicability {
                // Whoever applies all that is safe must not widen a boundary by it.
                ruff_diagnostics::Applicability::Safe | ruff_diagnostics::Applicability::Unsafe
                    if fix.changes_policy =>
                {
                    "config"
                }
                ruff_diagnostics::Applicability::Safe => "safe",
                ruff_diagnostics::Applicability::Unsafe => "unsafe",
                ruff_diagnostics::Applicability::DisplayOnly => "display",
            },
            message: &fix.title,
            edits: fix
                .edits
                .iter()
                .map(|(file, edit)| {
                    let text = texts.get(*file);
                    let (location, end_location) = locations(&text, edit.range());
                    let content = edit.content().unwrap_or_default();
                    JsonEdit { filename: Path(text), content, location, end_location }
                })
                .collect(),
        }),
    }
}

fn locations(text: &Text, range: TextRange) -> (Location, Location) {
    (text.line_column(range.start()).into(), text.line_column(range.end()).into())
}

#[derive(Serialize)]
struct JsonDiagnostic<'a> {
    /// Notebooks have cells; we read none.
    cell: Option<u32>,
    code: &'a str,
    name: &'a str,
    severity: Severity,
    message: &'a str,
    filename: &'a str,
    location: Location,
    end_location: Location,
    /// The row at whose end a suppression works.
    noqa_row: usize,
    url: Option<String>,
    importer: Option<&'a str>,
    imported: Option<&'a str>,
    member: Option<&'a str>,
    kind: Option<&'a str>,
    help: Option<&'a str>,
    owner: Option<&'a str>,
    labels: Vec<JsonLabel<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<JsonContract<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Vec<JsonHop<'a>>>,
    fix: Option<JsonFix<'a>>,
}

/// One object a line instead of an array.
pub(crate) fn render_lines(
    diagnostics: &[Diagnostic],
    files: &dyn Files,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut texts = Texts::new(files, &paths::absolute);
    for diagnostic in diagnostics {
        let text = texts.get(diagnostic.file);
        escape::json(&json_diagnostic(diagnostic, &text, &mut texts), out)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The contract that a finding is about.
#[derive(Serialize)]
struct JsonContract<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    importer: Option<&'a str>,
    imported: Option<&'a str>,
}

/// One import of the chain that breaks a contract.
#[derive(Serialize)]
struct JsonHop<'a> {
    importer: &'a str,
    imported: &'a str,
    filename: Path,
    row: usize,
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    filename: Path,
    location: Location,
    end_location: Location,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    applicability: &'static str,
    message: &'a str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    filename: Path,
    content: &'a str,
    location: Location,
    end_location: Location,
}

/// Row and column from 1, in characters.
#[derive(Serialize, Clone, Copy)]
struct Location {
    row: usize,
    column: usize,
}

impl From<LineColumn> for Location {
    fn from(position: LineColumn) -> Self {
        Self { row: position.line.get(), column: position.column.get() }
    }
}

/// The path of a text that a label or an edit shares with others.
struct Path(Rc<Text>);

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.path)
    }
}
