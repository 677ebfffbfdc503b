//! Calls that import, for the scanner: where they may be, and what the parser says of the one statement around each.

use ruff_text_size::{TextRange, TextSize};

use crate::dynamic::Importers;
use crate::extract::extract_statement;
use crate::lexical::{Unsupported, is_interpolated};
use crate::{FileFacts, Import, ImportContext, ImportForm, ImportedName};

/// The calls of a file in which one may import. It is told of the text in order.
pub(crate) struct Calls<'a> {
    source: &'a [u8],
    /// Where `import_module` and `__import__` stand, in code or not, from here on.
    words: &'a [usize],
    importers: Importers,
    /// Whether what has been read of the statement may call one of them.
    may_import: bool,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(source: &'a [u8], words: &'a [usize]) -> Self {
        Self { source, words, importers: Importers::default(), may_import: false }
    }

    /// Whether there is one of the words before `end`; goes on there.
    fn pass(&mut self, end: usize) -> bool {
        let passed = self.words.partition_point(|word| *word < end);
        self.words = &self.words[passed..];
        passed > 0
    }

    /// Code up to `end`.
    pub(crate) fn code(&mut self, end: usize) {
        self.may_import |= self.pass(end);
    }

    /// A letter in code that is not ASCII: the parser may read it as one that is.
    pub(crate) fn foreign_letter(&mut self) {
        self.may_import = true;
    }

    /// Code up to `start`, where a comment begins that goes to `end`.
    pub(crate) fn comment(&mut self, start: usize, end: usize) {
        self.code(start);
        self.pass(end);
    }

    /// Code up to the quote at `start`, and a string up to `end`. There is code in an f-string. Whether it holds one of the
    /// words.
    pub(crate) fn string(&mut self, start: usize, end: usize) -> bool {
        self.code(start);
        let has_word = self.pass(end);
        if is_interpolated(self.source, start) {
            self.may_import |= has_word || !self.source[start..end].is_ascii();
        }
        has_word
    }

    /// An import statement up to `end`: what it names is told apart.
    pub(crate) fn import_statement(&mut self, end: usize) {
        self.pass(end);
    }

    pub(crate) fn see_import(&mut self, module: &str, alias: Option<&str>) {
        self.importers.see_import(module, alias);
    }

    /// An importer under another name would have to be looked for, too.
    pub(crate) fn see_import_from(
        &mut self,
        module: &str,
        name: &str,
        alias: Option<&str>,
    ) -> Result<(), Unsupported> {
        let bound = alias.unwrap_or(name);
        if self.importers.see_import_from(module, name, bound)
            && !matches!(bound, "*" | "import_module" | "__import__")
        {
            return Err(Unsupported);
        }
        Ok(())
    }

    /// Adds what the simple statement at `range` imports. Unsupported where it is none.
    pub(crate) fn end_statement(
        &mut self,
        text: &str,
        range: std::ops::Range<usize>,
        context: ImportContext,
        facts: &mut FileFacts,
    ) -> Result<(), Unsupported> {
        self.code(range.end);
        if !std::mem::take(&mut self.may_import) {
            return Ok(());
        }
        let offset = TextSize::new(range.start as u32);
        let statement = text.get(range).ok_or(Unsupported)?;
        let found = extract_statement(statement, context, &mut self.importers)?;
        append(&found, offset, facts);
        Ok(())
    }

    /// The end of a line that is the head of a compound statement, or begins with one: only the parser tells what a
    /// call in it belongs to.
    pub(crate) fn end_head(&mut self, end: usize) -> Result<(), Unsupported> {
        self.code(end);
        if self.may_import { Err(Unsupported) } else { Ok(()) }
    }
}

/// Adds the facts of a part of the text that starts at `offset`.
fn append(part: &FileFacts, offset: TextSize, facts: &mut FileFacts) {
    let shift = |range: TextRange| range + offset;
    let first = facts.names.len() as u32;
    facts.names.extend(part.names.iter().map(|name| ImportedName {
        name: name.name,
        range: shift(name.range),
        alias: name.alias.map(|(alias, range)| (alias, shift(range))),
    }));
    facts.imports.extend(part.imports.iter().map(|import| Import {
        range: shift(import.range),
        form: match import.form {
            ImportForm::Import { level } => ImportForm::Import { level },
            ImportForm::From { level, module } => {
                ImportForm::From { level, module: module.map(|(module, range)| (module, shift(range))) }
            }
        },
        context: import.context,
        names: (import.names.0 + first, import.names.1 + first),
    }));
    facts.opaque_imports.extend(part.opaque_imports.iter().copied().map(shift));
}
