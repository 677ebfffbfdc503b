//! The files behind a run of diagnostics, looked up once each and let go again.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use annotate_snippets::Origin;
use ringfence_diagnostics::{FileId, Files};
use ruff_source_file::{LineColumn, OneIndexed, SourceFile};
use ruff_text_size::{TextRange, TextSize};

use crate::escape;

/// Diagnostics come sorted by file, so few texts are in use at a time; the rest need not stay in memory.
const CAPACITY: usize = 64;

/// One file as a renderer uses it.
pub(crate) struct Text {
    /// The path as the format shows it.
    pub(crate) path: String,
    source: Option<SourceFile>,
    /// The offset that was asked about last, with its place.
    last: Cell<Option<(TextSize, LineColumn)>>,
}

impl Text {
    /// The text, where it could be read.
    pub(crate) fn source(&self) -> Option<&SourceFile> {
        self.source.as_ref()
    }

    /// Row and column (both from 1, in characters) of `offset`.
    pub(crate) fn line_column(&self, offset: TextSize) -> LineColumn {
        let Some(source) = &self.source else {
            return LineColumn { line: OneIndexed::MIN, column: OneIndexed::MIN };
        };
        let (code, text) = (source.to_source_code(), source.source_text());
        let offset = floor(text, offset);
        // Findings come in order. To count from the start of a long line for each would take the square of its length.
        let place = match self.last.get() {
            Some((last, place))
                if last <= offset && code.line_index(offset) == place.line && last >= after_mark(text) =>
            {
                let between = text[last.to_usize()..offset.to_usize()].chars().count();
                LineColumn { column: place.column.saturating_add(between), ..place }
            }
            _ => code.line_column(offset),
        };
        self.last.set(Some((offset, place)));
        place
    }

    /// `path:row:column` of `offset`; where there is no text, the path alone.
    pub(crate) fn place(&self, offset: TextSize) -> String {
        match &self.source {
            Some(_) => format!("{}:{}", self.path, self.line_column(offset)),
            None => self.path.clone(),
        }
    }

    /// The same for a snippet.
    pub(crate) fn origin(&self, offset: TextSize) -> Origin<'static> {
        Origin::path(self.place(offset))
    }

    /// `range` within the text, on character boundaries; empty where there is no text.
    pub(crate) fn clamp(&self, range: TextRange) -> TextRange {
        let text = self.source.as_ref().map_or("", |source| source.source_text());
        TextRange::new(floor(text, range.start()), floor(text, range.end()))
    }
}

/// Where the first character is that counts as a column.
fn after_mark(text: &str) -> TextSize {
    TextSize::new(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() as u32 } else { 0 })
}

/// The last character boundary of `text` that is not after `offset`.
fn floor(text: &str, offset: TextSize) -> TextSize {
    TextSize::new(text.floor_char_boundary(offset.to_usize()) as u32)
}

/// Looks texts up and keeps the recent ones.
pub(crate) struct Texts<'a> {
    files: &'a dyn Files,
    show_path: &'a dyn Fn(&std::path::Path) -> String,
    recent: BTreeMap<FileId, Rc<Text>>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(files: &'a dyn Files, show_path: &'a dyn Fn(&std::path::Path) -> String) -> Self {
        Self { files, show_path, recent: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, file: FileId) -> Rc<Text> {
        if let Some(text) = self.recent.get(&file) {
            return Rc::clone(text);
        }
        if self.recent.len() >= CAPACITY {
            self.recent.clear();
        }
        let text = Rc::new(Text {
            path: (self.show_path)(self.files.path(file)),
            source: self.files.text(file),
            last: Cell::new(None),
        });
        self.recent.insert(file, Rc::clone(&text));
        text
    }
}

/// A way to show paths on a terminal.
pub(crate) fn terminal_path(path: &std::path::Path, working_directory: &std::path::Path) -> String {
    escape::line(&ringfence_diagnostics::paths::relative(path, working_directory)).into_owned()
}
