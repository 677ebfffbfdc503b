//! A config file as a tree of values with their spans, in the order of the document.
//!
//! Kept by hand over the parser of `toml`, because one tree has to hold what several files say, keep the order of keys, and go on where part
//! of a document is no TOML.

mod parse;

use ringfence_diagnostics::{FileId, Span};
use ruff_text_size::TextRange;

pub use parse::parse;

/// A value with its place: for a string the literal with its quotes, for a table the header, the braces or, where it
/// exists only by a dotted name, the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Table(Vec<(Key, Node)>),
    Array(Vec<Node>),
    String(String),
    Boolean(bool),
    /// `None`: one that no machine word holds.
    Integer(Option<i64>),
    Float,
    Datetime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub name: String,
    pub span: Span,
}

impl Node {
    /// A table without keys at the start of a file.
    pub fn empty(file: FileId) -> Self {
        Self { span: Span::new(file, TextRange::default()), value: Value::Table(Vec::new()) }
    }

    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    pub fn entry(&self, key: &str) -> Option<&(Key, Self)> {
        self.entries().iter().find(|(candidate, _)| candidate.name == key)
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, node)| node)
    }

    /// Takes the value of a key out of a table.
    pub fn take(self, key: &str) -> Option<Self> {
        match self.value {
            Value::Table(entries) => {
                entries.into_iter().find(|(candidate, _)| candidate.name == key).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_integer(&self) -> Option<i64> {
        match self.value {
            Value::Integer(value) => value,
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Boolean(value) => Some(value),
            _ => None,
        }
    }
}

/// The tree `base` with what `over` says instead: tables are merged, everything else is replaced.
pub fn merge(base: Node, over: Node) -> Node {
    match (base, over) {
        (Node { span, value: Value::Table(mut entries) }, Node { value: Value::Table(changes), .. }) => {
            for (key, change) in changes {
                if let Some(at) = entries.iter().position(|(existing, _)| existing.name == key.name) {
                    let (existing_key, existing) = entries.remove(at);
                    let both_tables =
                        matches!((&existing.value, &change.value), (Value::Table(_), Value::Table(_)));
                    // The key says where a value was decided, so it goes with the value that stays.
                    let key = if both_tables { existing_key } else { key };
                    entries.insert(at, (key, merge(existing, change)));
                } else {
                    entries.push((key, change));
                }
            }
            Node { span, value: Value::Table(entries) }
        }
        (_, over) => over,
    }
}
