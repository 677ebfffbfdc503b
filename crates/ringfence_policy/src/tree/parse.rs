//! TOML to a tree. Parsing never fails: what TOML refuses is a diagnostic, and the tree holds the rest.

use std::borrow::Cow;
use std::ops::Range;

use ringfence_diagnostics::{Diagnostic, FileId, Label, Span, one_line};
use ruff_text_size::{TextRange, TextSize};
use toml::de::{DeTable, DeValue};

use super::{Key, Node, Value};
use crate::report::invalid;

/// More dots than this outside the strings of one line are refused: the TOML parser frees tables recursively, and a
/// key of a hundred thousand segments would overflow its stack.
const DEEPEST: usize = 1000;

/// How often a document is read again without a line that stops the TOML parser.
const MOST_RESTARTS: usize = 20;

/// Reads a TOML document: its root table, and every error of syntax at its place.
pub fn parse(file: FileId, text: &str) -> (Node, Vec<Diagnostic>) {
    if let Some(span) = too_deep(file, text) {
        return (Node::empty(file), vec![invalid(span, "invalid TOML: nested too deeply")]);
    }
    let reader = Reader { file, text };
    let mut source = Cow::Borrowed(text);
    let mut found = Vec::new();
    let mut restarts = 0;
    loop {
        let (table, errors) = DeTable::parse_recoverable(&source);
        let errors: Vec<TomlError> = errors.iter().map(|error| reader.config_error(error)).collect();
        // At a line without `=` the parser gives up the rest of the document, so it is read again with that line
        // blank, which leaves every offset as it was.
        let stop = errors.iter().find(|config_error| config_error.message.starts_with("key with no value"));
        let Some(stop) = stop.filter(|_| restarts < MOST_RESTARTS) else {
            found.extend(errors);
            let mut root = Node { span: reader.span(0..0), value: reader.table(table.get_ref()) };
            let diagnostics = reader.diagnostics(found, &mut root);
            return (root, diagnostics);
        };
        restarts += 1;
        let line = reader.line(stop.span.range);
        found.extend(errors.into_iter().filter(|config_error| line.contains_range(config_error.span.range)));
        let blank = " ".repeat(line.len().to_usize());
        source.to_mut().replace_range(line.to_std_range(), &blank);
    }
}

/// What the parser calls a key that is written again.
const DUPLICATE_KEY: &str = "duplicate key";

struct TomlError {
    span: Span,
    message: String,
    /// The bracket that is never closed, which is the error itself or comes of it.
    unclosed: Option<Span>,
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
}

impl Reader<'_> {
    fn table(&self, table: &DeTable<'_>) -> Value {
        let mut entries: Vec<(Key, Node)> = table
            .iter()
            .map(|(key, value)| {
                let key = Key { name: key.get_ref().to_string(), span: self.span(key.span()) };
                (key, Node { span: self.span(value.span()), value: self.value(value.get_ref()) })
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.span.range.start());
        Value::Table(entries)
    }

    fn value(&self, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Integer(integer) => {
                Value::Integer(i64::from_str_radix(integer.as_str(), integer.radix()).ok())
            }
            DeValue::Float(_) => Value::Float,
            DeValue::Datetime(_) => Value::Datetime,
            DeValue::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| Node { span: self.span(item.span()), value: self.value(item.get_ref()) })
                    .collect(),
            ),
            DeValue::Table(table) => self.table(table),
        }
    }

    fn config_error(&self, error: &toml::de::Error) -> TomlError {
        let span = self.span(error.span().unwrap_or(0..0));
        let written = &self.text[span.range];
        let message = match error.message() {
            // What the parser says where there is nothing at all.
            message if message.starts_with("string values must be quoted") && written.is_empty() => {
                "missing value"
            }
            // It takes any word with `i` or `n` for a number.
            message if message.starts_with("invalid float") && written.starts_with(['i', 'n']) => {
                "string values must be quoted"
            }
            message => message,
        };
        TomlError { span, message: one_line(message), unclosed: None }
    }

    /// The errors in the order of the text, without those that only follow from another: all but the first of a
    /// line, and what a value that is never closed makes of the lines that it swallows, which the tree loses.
    fn diagnostics(&self, mut errors: Vec<TomlError>, root: &mut Node) -> Vec<Diagnostic> {
        errors.sort_by_key(|config_error| (config_error.span.range.start(), config_error.span.range.end()));
        let mut unclosed = Vec::new();
        for config_error in &errors {
            if config_error.message.starts_with("unclosed array")
                || config_error.message.starts_with("unclosed inline table")
            {
                let end = config_error.span.range.start();
                let opening = self.opening_before(root, end);
                unclosed.extend(opening.map(|start| TextRange::new(start, end)));
            }
        }
        let mut kept: Vec<TomlError> = Vec::new();
        for mut config_error in errors {
            let start = config_error.span.range.start();
            let swallowed = unclosed.iter().find(|range| range.contains_inclusive(start));
            let follows = kept.last().is_some_and(|last| {
                let last = last.span.range.start();
                let duplicates = config_error.message == DUPLICATE_KEY;
                swallowed.is_some_and(|range| range.contains_inclusive(last))
                    || (!duplicates
                        && self.line(TextRange::empty(last)) == self.line(TextRange::empty(start)))
            });
            if !follows {
                if let Some(range) = swallowed {
                    prune(root, TextRange::new(start, range.end()));
                    let opening = TextRange::at(range.start(), TextSize::new(1));
                    if config_error.message.starts_with("unclosed") {
                        config_error.span.range = opening;
                    } else {
                        config_error.unclosed = Some(Span::new(self.file, opening));
                    }
                }
                kept.push(config_error);
            }
        }
        kept.into_iter().map(|config_error| self.diagnostic(config_error, root)).collect()
    }

    fn diagnostic(&self, config_error: TomlError, root: &Node) -> Diagnostic {
        let TomlError { span, message, unclosed } = config_error;
        if message != DUPLICATE_KEY {
            return Diagnostic {
                annotation: Some(message.clone()),
                labels: unclosed.map(|opening| Label::new(opening, "never closed")).into_iter().collect(),
                ..invalid(span, &format!("invalid TOML: {message}"))
            };
        }
        let key = &self.text[span.range];
        let first = self.first_of(span, root);
        Diagnostic {
            annotation: Some("written again".to_string()),
            labels: first.map(|first| Label::new(first, "first written here")).into_iter().collect(),
            ..invalid(span, &format!("duplicate key `{key}`"))
        }
    }

    /// Where a key that is written again at `again` was written first, as far as the tree and the text tell.
    fn first_of(&self, again: Span, root: &Node) -> Option<Span> {
        let line = self.line(again.range);
        let header = self.text[line].trim();
        if header.starts_with('[') {
            // The tree knows only the last header of a table.
            let before = &self.text[..line.start().to_usize()];
            let mut start = 0;
            for earlier in before.split_inclusive('\n') {
                if earlier.trim() == header {
                    let indent = earlier.len() - earlier.trim_start().len();
                    let start = start + indent + (again.range.start() - line.start()).to_usize()
                        - (self.text[line].len() - self.text[line].trim_start().len());
                    return Some(self.span(start..start + again.range.len().to_usize()));
                }
                start += earlier.len();
            }
            return None;
        }
        let mut table = root;
        self.nearest_header(root, again.range.start(), &mut table);
        let mut first = None;
        nearest_key(table, &self.text[again.range], self.text, again.range.start(), &mut first);
        first
    }

    /// The table whose header is the last one before an offset.
    fn nearest_header<'n>(&self, node: &'n Node, before: TextSize, nearest: &mut &'n Node) {
        let start = node.span.range.start();
        let has_header =
            matches!(node.value, Value::Table(_)) && self.text[start.to_usize()..].starts_with('[');
        if has_header && start < before && start >= nearest.span.range.start() {
            *nearest = node;
        }
        match &node.value {
            Value::Table(entries) => {
                for (_, below) in entries {
                    self.nearest_header(below, before, nearest);
                }
            }
            Value::Array(items) => {
                for below in items {
                    self.nearest_header(below, before, nearest);
                }
            }
            _ => {}
        }
    }

    /// Where the last array or inline table before an offset opens.
    fn opening_before(&self, node: &Node, before: TextSize) -> Option<TextSize> {
        let range = node.span.range;
        let below = match &node.value {
            Value::Table(entries) => {
                entries.iter().filter_map(|(_, node)| self.opening_before(node, before)).max()
            }
            Value::Array(items) => items.iter().filter_map(|node| self.opening_before(node, before)).max(),
            _ => return None,
        };
        let opens = self.text[range.start().to_usize()..].starts_with(['[', '{']);
        let itself = (opens && range.start() < before && before <= range.end()).then_some(range.start());
        below.max(itself)
    }

    /// The line that a range starts in, without its end.
    fn line(&self, range: TextRange) -> TextRange {
        let at = range.start().to_usize();
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        TextRange::new(offset(start), offset(end))
    }

    /// What TOML calls a span, made safe: within the text, on character boundaries.
    fn span(&self, range: Range<usize>) -> Span {
        let start = self.text.floor_char_boundary(range.start.min(self.text.len()));
        let end = self.text.ceil_char_boundary(range.end.clamp(start, self.text.len()));
        Span::new(self.file, TextRange::new(offset(start), offset(end)))
    }
}

/// Removes what starts in a range from the arrays and tables of a tree.
fn prune(node: &mut Node, range: TextRange) {
    match &mut node.value {
        Value::Table(entries) => {
            entries.retain(|(key, _)| !range.contains_inclusive(key.span.range.start()));
            for (_, node) in entries {
                prune(node, range);
            }
        }
        Value::Array(items) => {
            items.retain(|node| !range.contains_inclusive(node.span.range.start()));
            for node in items {
                prune(node, range);
            }
        }
        _ => {}
    }
}

/// The last key before an offset that is written so: in this table itself or else below.
fn nearest_key(table: &Node, written: &str, text: &str, before: TextSize, nearest: &mut Option<Span>) {
    let is_it = |key: &Key| &text[key.span.range] == written && key.span.range.start() < before;
    if let Some((key, _)) = table.entries().iter().rfind(|(key, _)| is_it(key)) {
        *nearest = Some(key.span);
        return;
    }
    for (_, node) in table.entries() {
        nearest_key(node, written, text, before, nearest);
    }
}

fn offset(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

fn too_deep(file: FileId, text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.len() > DEEPEST {
            let mut quote = None;
            let mut dots = 0;
            for byte in line.bytes() {
                match (quote, byte) {
                    (None, b'"' | b'\'') => quote = Some(byte),
                    (Some(open), _) if open == byte => quote = None,
                    (None, b'.') => dots += 1,
                    (None, b'#') => break,
                    _ => {}
                }
            }
            if dots > DEEPEST {
                return Some(Span::new(file, TextRange::empty(offset(start))));
            }
        }
        start += line.len();
    }
    None
}
