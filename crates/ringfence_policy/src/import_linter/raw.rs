//! The keys and values of a config, the same for INI and TOML.

use ringfence_diagnostics::{Diagnostic, FileId, Label, Span, one_line};
use ruff_text_size::TextRange;

use super::SECTION;
use crate::Spanned;
use crate::ini::{self, Ini, IniEntry, IniSection, KeyCase};
use crate::report::invalid;
use crate::tree::{self, Node, Value};

/// A config as it is written.
pub(super) struct Config {
    pub(super) session: Table,
    pub(super) contracts: Vec<Table>,
}

/// The keys of one section or table.
pub(super) struct Table {
    /// What the contract is called on the command line, if it says so.
    pub(super) id: Option<String>,
    /// The header.
    pub(super) span: Span,
    pub(super) entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Raw,
}

/// A value, before anybody knows what it is for.
pub(super) enum Raw {
    One(Spanned<String>),
    /// Without the blank ones.
    Many(Vec<Spanned<String>>),
    /// Of a type that no key takes.
    Other(Span),
}

impl Table {
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Raw {
    pub(super) fn texts(&self) -> &[Spanned<String>] {
        match self {
            Self::One(text) if text.value.trim().is_empty() => &[],
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
            Self::Other(_) => &[],
        }
    }

    /// Where it stands; nowhere for a list without entries.
    pub(super) fn span(&self) -> Option<Span> {
        match self {
            Self::One(text) => Some(text.span),
            Self::Many(texts) => {
                let (first, last) = (texts.first()?, texts.last()?);
                Some(Span::new(first.span.file, first.span.range.cover(last.span.range)))
            }
            Self::Other(span) => Some(*span),
        }
    }
}

/// Reads the sections of an INI file.
pub(super) fn from_ini(file: FileId, text: &str, errors: &mut Vec<Diagnostic>) -> Config {
    let (ini, found) = ini::parse(file, text, KeyCase::Folded);
    errors.extend(found);
    let start = Span::new(file, TextRange::default());
    let mut config =
        Config { session: Table { id: None, span: start, entries: Vec::new() }, contracts: Vec::new() };
    for section in &ini.sections {
        if section.name == SECTION {
            config.session = table(&ini, section, None, errors);
        } else if section.name.starts_with(SECTION) && section.name[SECTION.len()..].starts_with(':') {
            let id = section.name.rsplit(':').next().unwrap_or_default();
            config.contracts.push(table(&ini, section, Some(id.to_string()), errors));
        }
    }
    config
}

fn table(ini: &Ini, section: &IniSection, id: Option<String>, errors: &mut Vec<Diagnostic>) -> Table {
    let behind = ini.defaults.iter().filter(|entry| section.entries.iter().all(|own| own.key != entry.key));
    let entries = section.entries.iter().chain(behind);
    let entries = entries.map(|entry| Entry {
        key: entry.key.clone(),
        key_span: entry.key_span,
        value: value(ini, section, entry, errors),
    });
    Table { id, span: section.span, entries: entries.collect() }
}

/// A value over several lines is a list.
fn value(ini: &Ini, section: &IniSection, entry: &IniEntry, errors: &mut Vec<Diagnostic>) -> Raw {
    let mut lines: Vec<Spanned<String>> = Vec::new();
    for line in &entry.lines {
        let value = match interpolated(ini, section, &line.text, 0) {
            Ok(value) => value,
            Err(reason) => {
                errors.push(Diagnostic {
                    annotation: Some(reason),
                    help: Some("write `%%` for a percent sign".to_string()),
                    ..invalid(line.span, &format!("`{}` cannot be interpolated", one_line(&line.text)))
                });
                line.text.clone()
            }
        };
        lines.push(Spanned { value, span: line.span });
    }
    // Blank lines at the end are no lines of it.
    while lines.len() > 1 && lines.last().is_some_and(|line| line.value.trim().is_empty()) {
        lines.pop();
    }
    let blank = || Spanned { value: String::new(), span: entry.key_span };
    if lines.len() > 1 {
        lines.retain(|line| !line.value.trim().is_empty());
        Raw::Many(lines)
    } else {
        Raw::One(lines.pop().unwrap_or_else(blank))
    }
}

/// How deep values may refer to each other, as in `configparser`.
const MOST_INTERPOLATIONS: usize = 10;

/// `%%` is a percent sign, and `%(key)s` the value of another key.
fn interpolated(ini: &Ini, section: &IniSection, text: &str, depth: usize) -> Result<String, String> {
    if !text.contains('%') {
        return Ok(text.to_string());
    }
    if depth > MOST_INTERPOLATIONS {
        return Err("values refer to each other without end".to_string());
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(percent) = rest.find('%') {
        result.push_str(&rest[..percent]);
        let after = &rest[percent + 1..];
        if let Some(after) = after.strip_prefix('%') {
            result.push('%');
            rest = after;
        } else if let Some((key, after)) = after.strip_prefix('(').and_then(|after| after.split_once(")s")) {
            let key = key.to_lowercase();
            let entry = section.entries.iter().chain(&ini.defaults).find(|entry| entry.key == key);
            let entry = entry.ok_or_else(|| format!("there is no key `{key}` here"))?;
            result.push_str(&interpolated(ini, section, &entry.value(), depth + 1)?);
            rest = after;
        } else {
            return Err("`%` must be followed by `%` or `(`".to_string());
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// Reads `[tool.importlinter]`.
pub(super) fn from_toml(file: FileId, text: &str, errors: &mut Vec<Diagnostic>) -> Config {
    let (tree, found) = tree::parse(file, text);
    errors.extend(found);
    let start = Span::new(file, TextRange::default());
    let mut config =
        Config { session: Table { id: None, span: start, entries: Vec::new() }, contracts: Vec::new() };
    let Some(tool) = tree.get("tool").and_then(|tool| tool.get(SECTION)) else { return config };
    config.session.span = tool.span;
    for (key, node) in tool.entries() {
        if key.name != "contracts" {
            let value = raw(node);
            config.session.entries.push(Entry { key: key.name.clone(), key_span: key.span, value });
            continue;
        }
        let Some(tables) = node.as_array() else {
            errors.push(Diagnostic {
                annotation: Some("expected an array of tables".to_string()),
                labels: vec![Label::new(node.span, "this is one table")],
                help: Some("write `[[tool.importlinter.contracts]]`".to_string()),
                ..invalid(key.span, "`contracts` holds one table for each contract")
            });
            continue;
        };
        for node in tables {
            let entries = node.entries().iter().filter(|(key, _)| key.name != "id");
            config.contracts.push(Table {
                id: node.get("id").and_then(Node::as_str).map(str::to_string),
                span: node.span,
                entries: entries
                    .map(|(key, node)| Entry { key: key.name.clone(), key_span: key.span, value: raw(node) })
                    .collect(),
            });
        }
    }
    config
}

fn raw(node: &Node) -> Raw {
    let one = |value: String| Raw::One(Spanned { value, span: node.span });
    match &node.value {
        Value::String(text) => one(text.clone()),
        Value::Boolean(true) => one("True".to_string()),
        Value::Boolean(false) => one("False".to_string()),
        Value::Integer(Some(number)) => one(number.to_string()),
        Value::Array(items) => {
            let texts = items
                .iter()
                .map(|item| item.as_str().map(|text| Spanned { value: text.to_string(), span: item.span }));
            match texts.collect::<Option<Vec<_>>>() {
                Some(texts) => Raw::Many(texts),
                None => Raw::Other(node.span),
            }
        }
        _ => Raw::Other(node.span),
    }
}
