//! The INI dialect of Python's `configparser`, with spans: `setup.cfg`, `.importlinter`.
//!
//! As `ConfigParser()` reads it, with its default options: keys end at the first `=` or `:`, a line that is indented
//! deeper than its key continues the value, lines that start with `#` or `;` are comments and nothing else is, `DEFAULT`
//! stands behind every section, and a section or key that is written again is an error. Interpolation (`%(key)s`) is left
//! as it is written. Where `configparser` stops at the first error, this reads on.
//!
//! Kept by hand, because no INI library reads this dialect and keeps the place of each key and of each line of a value.

use ringfence_diagnostics::{Diagnostic, FileId, Label, Span, one_line};
use ruff_text_size::{TextRange, TextSize};

use crate::report::invalid;

/// The section whose keys stand behind those of every other.
const DEFAULT_SECTION: &str = "DEFAULT";

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ini {
    /// In the order of the text, without `DEFAULT`.
    pub sections: Vec<IniSection>,
    pub defaults: Vec<IniEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IniSection {
    pub name: String,
    /// Of the name between the brackets.
    pub span: Span,
    pub entries: Vec<IniEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IniEntry {
    pub key: String,
    pub key_span: Span,
    /// The first line of the value, and those that continue it; white space around each is left out. Empty lines in
    /// between are kept, comments are not.
    pub lines: Vec<IniLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IniLine {
    pub text: String,
    pub span: Span,
}

/// What becomes of the case of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCase {
    /// `Name` and `name` are one key, as for `ConfigParser()`.
    Folded,
    /// They are two, as setuptools has it.
    Kept,
}

impl Ini {
    pub fn section(&self, name: &str) -> Option<&IniSection> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The entry of a section that exists, or else that of `DEFAULT`.
    pub fn get(&self, section: &str, key: &str) -> Option<&IniEntry> {
        let section = self.section(section)?;
        section.entries.iter().chain(&self.defaults).find(|entry| entry.key == key)
    }
}

impl IniEntry {
    /// The value as `configparser` gives it.
    pub fn value(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n").trim_end_matches(is_space).to_string()
    }
}

/// Reads an INI text: what could be understood, and every error at its place.
pub fn parse(file: FileId, text: &str, case: KeyCase) -> (Ini, Vec<Diagnostic>) {
    let mut reader = Reader {
        file,
        text,
        case,
        ini: Ini::default(),
        place: Place::Nowhere,
        open: Open::Nothing,
        indent: 0,
        said_headerless: false,
        errors: Vec::new(),
    };
    for range in lines(text) {
        reader.line(range);
    }
    (reader.ini, reader.errors)
}

/// The ranges of the comments: whole lines, from the `#` or `;` on.
pub fn comments(text: &str) -> impl Iterator<Item = TextRange> + '_ {
    lines(text).filter_map(|line| {
        let content = trimmed(text, line);
        text[content].starts_with(['#', ';']).then_some(content)
    })
}

/// Where entries go.
#[derive(Clone, Copy)]
enum Place {
    /// Before the first section.
    Nowhere,
    Defaults,
    /// Index into the sections.
    Section(usize),
    /// Below a header that is written again: nothing there counts.
    Repeated,
}

/// The key that an indented line continues.
#[derive(Clone, Copy)]
enum Open {
    Nothing,
    /// A key that was refused: its lines are lost with it.
    Refused,
    /// Index into the entries of the section.
    Entry(usize),
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    case: KeyCase,
    ini: Ini,
    place: Place,
    open: Open,
    /// How deep the last header or key is indented, in characters.
    indent: usize,
    said_headerless: bool,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn line(&mut self, line: TextRange) {
        let content = trimmed(self.text, line);
        let text = &self.text[content];
        if text.starts_with(['#', ';']) {
            return;
        }
        if text.is_empty() {
            self.continue_value(content);
            return;
        }
        let indent = self.text[TextRange::new(line.start(), content.start())].chars().count();
        if !matches!(self.open, Open::Nothing) && indent > self.indent {
            self.continue_value(content);
            return;
        }
        self.indent = indent;
        if let Some(name) = header(text) {
            self.section(name, content);
        } else {
            self.option(content);
        }
    }

    fn continue_value(&mut self, content: TextRange) {
        let Open::Entry(position) = self.open else { return };
        let line = IniLine { text: self.text[content].to_string(), span: self.span(content) };
        if let Some(entry) = self.entries().and_then(|entries| entries.get_mut(position)) {
            entry.lines.push(line);
        }
    }

    fn section(&mut self, name: &str, content: TextRange) {
        self.open = Open::Nothing;
        let span = self.span(TextRange::at(content.start() + TextSize::new(1), TextSize::of(name)));
        if name == DEFAULT_SECTION {
            self.place = Place::Defaults;
        } else if let Some(first) = self.ini.section(name) {
            let first = Label::new(first.span, "first written here");
            self.errors.push(Diagnostic {
                annotation: Some("written again".to_string()),
                labels: vec![first],
                ..invalid(span, &format!("duplicate section `{name}`"))
            });
            self.place = Place::Repeated;
        } else {
            self.place = Place::Section(self.ini.sections.len());
            self.ini.sections.push(IniSection { name: name.to_string(), span, entries: Vec::new() });
        }
    }

    fn option(&mut self, content: TextRange) {
        let text = &self.text[content];
        if matches!(self.place, Place::Nowhere) {
            if !std::mem::replace(&mut self.said_headerless, true) {
                self.errors.push(Diagnostic {
                    annotation: Some("expected `[section]`".to_string()),
                    ..invalid(self.span(content), "no section header before the first key")
                });
            }
            return;
        }
        let Some(delimiter) = text.find(['=', ':']).filter(|at| *at > 0) else {
            self.open = Open::Nothing;
            self.errors.push(Diagnostic {
                annotation: Some("expected `key = value`".to_string()),
                ..invalid(self.span(content), &format!("`{}` is no key with a value", one_line(text)))
            });
            return;
        };
        let written = text[..delimiter].trim_end_matches(is_space);
        let key = match self.case {
            KeyCase::Folded => written.to_lowercase(),
            KeyCase::Kept => written.to_string(),
        };
        let key_span = self.span(TextRange::at(content.start(), TextSize::of(written)));
        let value =
            trimmed(self.text, TextRange::new(content.start() + offset(delimiter + 1), content.end()));
        let line = IniLine { text: self.text[value].to_string(), span: self.span(value) };
        let Some(entries) = self.entries() else {
            self.open = Open::Refused;
            return;
        };
        if let Some(first) = entries.iter().find(|entry| entry.key == key) {
            let first = Label::new(first.key_span, "first written here");
            self.open = Open::Refused;
            self.errors.push(Diagnostic {
                annotation: Some("written again".to_string()),
                labels: vec![first],
                ..invalid(key_span, &format!("duplicate key `{key}`"))
            });
            return;
        }
        entries.push(IniEntry { key, key_span, lines: vec![line] });
        let position = entries.len() - 1;
        self.open = Open::Entry(position);
    }

    fn entries(&mut self) -> Option<&mut Vec<IniEntry>> {
        match self.place {
            Place::Nowhere | Place::Repeated => None,
            Place::Defaults => Some(&mut self.ini.defaults),
            Place::Section(index) => self.ini.sections.get_mut(index).map(|section| &mut section.entries),
        }
    }

    fn span(&self, range: TextRange) -> Span {
        Span::new(self.file, range)
    }
}

/// The name in `[name]`, up to the last bracket; what follows it does not matter.
fn header(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let name = &inside[..inside.rfind(']')?];
    (!name.is_empty()).then_some(name)
}

/// Lines without their ends, which are those of any system.
fn lines(text: &str) -> impl Iterator<Item = TextRange> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let range = TextRange::at(offset(start), offset(length));
        start += length + if rest[length..].starts_with("\r\n") { 2 } else { 1 };
        Some(range)
    })
}

/// The range without white space at either end.
fn trimmed(text: &str, range: TextRange) -> TextRange {
    let line = &text[range];
    let after = line.trim_start_matches(is_space);
    let start = range.start() + offset(line.len() - after.len());
    TextRange::at(start, TextSize::of(after.trim_end_matches(is_space)))
}

/// White space as Python has it.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn offset(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}
