//! Where an import would stand in a file, and how it is written.

use std::ops::Range;

use ringfence_diagnostics::EdgeKind;
use ringfence_source::{FileFacts, Import, ImportContext, ImportForm};

use super::ProposedImport;

/// A place for an import.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// In the text as it is.
    pub(super) offset: usize,
    /// What is written there.
    pub(super) text: String,
    /// Where the import itself stands in the new text.
    pub(super) import: Range<usize>,
    /// The same with what is around it. A comment that spoke for this would not speak for what it is meant for any more.
    pub(super) block: Range<usize>,
}

impl ProposedImport {
    /// The statement, without what is around it.
    pub fn statement(&self) -> String {
        let Self { module, name, kind } = self;
        match (kind, name) {
            (EdgeKind::Dynamic, Some(name)) => format!("__import__(\"{module}\", fromlist=[\"{name}\"])"),
            (EdgeKind::Dynamic, None) => format!("__import__(\"{module}\")"),
            (EdgeKind::Lazy, Some(name)) => format!("lazy from {module} import {name}"),
            (EdgeKind::Lazy, None) => format!("lazy import {module}"),
            (_, Some(name)) => format!("from {module} import {name}"),
            (_, None) => format!("import {module}"),
        }
    }

    /// What makes it one of its kind: what stands before and after it.
    fn around(&self) -> (&'static str, &'static str) {
        match self.kind {
            EdgeKind::Runtime | EdgeKind::Lazy | EdgeKind::Dynamic => ("", "\n"),
            EdgeKind::Typing => ("if TYPE_CHECKING:\n    ", "\n"),
            EdgeKind::Deferred => ("def _():\n    ", "\n"),
            EdgeKind::Optional => ("try:\n    ", "\nexcept ImportError:\n    pass\n"),
            EdgeKind::Conditional => ("if __name__:\n    ", "\n"),
        }
    }

    /// The whole of what is written.
    pub fn written(&self) -> String {
        let (before, after) = self.around();
        format!("{before}{}{after}", self.statement())
    }
}

/// Where an import may stand, the likeliest place first: at the top, and at the end.
pub(super) fn places(text: &str, facts: &FileFacts, proposed: &ProposedImport) -> Vec<Place> {
    let (before, after) = proposed.around();
    let statement = proposed.statement();
    let place = |offset: usize, lead: &str| {
        let written = format!("{lead}{before}{statement}{after}");
        let block = offset + lead.len()..offset + written.len();
        let start = block.start + before.len();
        Place { offset, text: written, import: start..start + statement.len(), block }
    };
    let top = top(text, facts).map(|offset| place(offset, ""));
    // A comment at the end speaks for the next line.
    let end = place(text.len(), "\npass\n");
    top.into_iter().chain([end]).collect()
}

/// Before the first import at the top of the file; behind its docstring where there is none.
fn top(text: &str, facts: &FileFacts) -> Option<usize> {
    let is_future = |form: ImportForm| match form {
        ImportForm::From { level: 0, module: Some((module, _)) } => module.as_str() == "__future__",
        _ => false,
    };
    let plain = facts.imports.iter().filter(|import| import.context == ImportContext::empty());
    let (future, others): (Vec<&Import>, Vec<&Import>) = plain.partition(|import| is_future(import.form));
    let starts_line = |offset: usize| offset == 0 || text[..offset].ends_with(['\n', '\r']);
    if let Some(first) = others.first() {
        let start = first.range.start().to_usize();
        return starts_line(start).then_some(start);
    }
    let after = match future.last() {
        Some(last) => last.range.end().to_usize(),
        None => docstring_end(text)?,
    };
    if starts_line(after) {
        return Some(after);
    }
    let line = &text[after..];
    let rest = line.split(['\n', '\r']).next().unwrap_or_default().trim();
    // Something else on the line may belong to the statement.
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let newline = line.find('\n')?;
    Some(after + newline + 1)
}

/// Where the docstring ends, or the comments before it where there is none.
fn docstring_end(text: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            break;
        }
        offset += line.len();
    }
    let rest = &text[offset..];
    let start = rest.trim_start_matches(['r', 'R', 'u', 'U']);
    let prefix = rest.len() - start.len();
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| start.starts_with(quote));
    let Some(quote) = quote else { return Some(offset) };
    let mut at = quote.len();
    loop {
        let next = start.get(at..)?;
        if next.starts_with(quote) {
            return Some(offset + prefix + at + quote.len());
        }
        let step = next.chars().next()?;
        let escaped = if step == '\\' { next.chars().nth(1)?.len_utf8() } else { 0 };
        at += step.len_utf8() + escaped;
    }
}
