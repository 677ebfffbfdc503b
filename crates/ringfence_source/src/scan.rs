//! Finds imports without a parser: the fast way to [`FileFacts`].
//!
//! One pass over the bytes knows strings, comments, brackets and continued lines, and keeps a stack of the blocks
//! around the current line. Import statements are read by hand. Whatever is unusual ends in [`Unsupported`], and the caller
//! parses the file: this never guesses. On a file without syntax errors the facts are those of the parser, to the byte.
//! Syntax errors are not looked for. But no import is lost in one: an `import` that stands in code and is read by no
//! statement, as in a bracket that an earlier line left open, makes it unsure, and so does one in a string that may begin
//! where another should have ended.
//!
//! Time is linear in the length of the text; nothing recurses but strings inside f-strings, and the parser where a small
//! statement may import by a call ([`Calls`]).

use std::cell::RefCell;

use memchr::{memchr, memmem, memrchr};
use ruff_python_stdlib::keyword::is_keyword;
use ruff_text_size::TextRange;

use crate::lexical::{
    Byte, Unsupported, at, class_of, end_of_line, is_identifier, keyword_at, range, skip_blanks, skip_string,
};
use crate::scan_blocks::{Block, Blocks};
use crate::scan_calls::Calls;
use crate::scan_imports::{ImportReader, Statement};
use crate::scan_relevant::{Relevant, relevant};
use crate::{FileFacts, Import, suppression_comments};

/// What grows while a file is read, and keeps its memory for the next one.
#[derive(Default)]
struct Scratch {
    /// Those of a file are allocated once and at their size: they are copied out of here.
    facts: FileFacts,
    blocks: Vec<Block>,
    comments: Vec<TextRange>,
    /// Where the names of importing functions stand, in code or not.
    call_words: Vec<usize>,
    /// Where an `import` stands that may be part of a statement.
    import_words: Vec<usize>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The facts of a file, if it holds nothing unusual.
pub(crate) fn scan(text: &str) -> Result<FileFacts, Unsupported> {
    SCRATCH.with_borrow_mut(|scratch| {
        let Scratch { facts, blocks, comments, call_words, import_words } = &mut *scratch;
        facts.clear();
        blocks.clear();
        comments.clear();
        call_words.clear();
        import_words.clear();
        scan_into(text, scratch)?;
        Ok(scratch.facts.clone())
    })
}

fn scan_into(text: &str, scratch: &mut Scratch) -> Result<(), Unsupported> {
    let source = text.as_bytes();
    if u32::try_from(source.len()).is_err() {
        return Err(Unsupported);
    }
    let Scratch { facts, blocks, comments, call_words, import_words } = scratch;
    let Relevant { last_import, may_call } = relevant(source, call_words, import_words);
    let wants_comments = suppression_comments::may_hold(text);
    let limit = if wants_comments { source.len() } else { last_import };
    if limit == 0 {
        return Ok(());
    }
    let mut scanner = Scanner {
        text,
        source,
        limit,
        position: 0,
        blocks: Blocks::new(source, last_import, blocks),
        comments: wants_comments.then_some(&mut *comments),
        calls: may_call.then(|| Calls::new(source, call_words)),
        next_import: import_words.first().copied().unwrap_or(usize::MAX),
        import_words: import_words.get(1..).unwrap_or_default(),
        paired: [None; 2],
        facts: &mut *facts,
    };
    scanner.run()?;
    if wants_comments {
        suppression_comments::collect_comments(text, comments.iter().copied(), facts);
    }
    Ok(())
}

struct Scanner<'a> {
    text: &'a str,
    /// The same, as bytes.
    source: &'a [u8],
    /// How far lines are read.
    limit: usize,
    position: usize,
    blocks: Blocks<'a>,
    comments: Option<&'a mut Vec<TextRange>>,
    /// None: no call in this file can import.
    calls: Option<Calls<'a>>,
    /// Where an `import` may be part of a statement, from here on; beyond the text behind the last one.
    next_import: usize,
    /// The others.
    import_words: &'a [usize],
    /// Whether `"""` and `'''` come in pairs, as far as it matters, once somebody asks.
    paired: [Option<bool>; 2],
    facts: &'a mut FileFacts,
}

impl Scanner<'_> {
    /// Reads logical lines up to the limit, and on to the last handler of a `try` that is open there.
    fn run(&mut self) -> Result<(), Unsupported> {
        while self.position < self.limit || (self.blocks.has_open_try() && self.position < self.source.len())
        {
            self.line()?;
        }
        // What stands in code is missed here, or sooner at what comes behind it.
        self.pass_imports(self.position, self.position)?;
        Ok(())
    }

    fn at(&self, position: usize) -> u8 {
        at(self.source, position)
    }

    fn line(&mut self) -> Result<(), Unsupported> {
        let rest = self.source.get(self.position..).unwrap_or_default();
        let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
        self.position += spaces;
        let mut column = spaces as u32;
        if matches!(self.at(self.position), b'\t' | b'\x0c') {
            column = self.rest_of_indentation(column);
        }
        match self.at(self.position) {
            b'\n' | b'\r' => {
                self.position += 1;
                return Ok(());
            }
            b'#' => {
                self.position = self.comment(self.position)?;
                return Ok(());
            }
            b'\\' => return Err(Unsupported),
            _ => {}
        }
        let previous = self.blocks.dedent(column);
        let is_head = self.calls.is_some() && starts_compound(self.source, self.position);
        let after_line = self.blocks.open(self.position, column, previous, &mut self.facts.imports)?;
        self.statements(is_head)?;
        if let Some(block) = after_line {
            self.blocks.push(block);
        }
        Ok(())
    }

    /// The column where the line starts whose indentation goes on here, with something but a space.
    #[cold]
    fn rest_of_indentation(&mut self, mut column: u32) -> u32 {
        loop {
            match self.at(self.position) {
                b' ' => column += 1,
                b'\t' => column = (column / 8 + 1) * 8,
                b'\x0c' => column = 0,
                _ => return column,
            }
            self.position += 1;
        }
    }

    /// The simple statements of a logical line, and the head of a compound one, up to the end of the line.
    fn statements(&mut self, is_head: bool) -> Result<(), Unsupported> {
        let source = self.source;
        let mut start = self.position;
        loop {
            self.statement()?;
            let mut depth = 0_u32;
            let mut position = self.position;
            let separator = loop {
                let rest = source.get(position..).unwrap_or_default();
                let Some(boring) = rest.iter().position(|byte| class_of(*byte) != Byte::Boring) else {
                    self.position = source.len();
                    // A bracket that is never closed: the parser says where.
                    return if depth == 0 {
                        self.end_statement(start, source.len(), is_head)
                    } else {
                        Err(Unsupported)
                    };
                };
                position += boring;
                let byte = source[position];
                match class_of(byte) {
                    Byte::Boring => {}
                    Byte::Newline => {
                        position += 1;
                        if depth == 0 {
                            self.position = position;
                            return self.end_statement(start, position, is_head);
                        }
                    }
                    Byte::Hash => position = self.comment(position)?,
                    Byte::Quote => position = self.string(position)?,
                    Byte::Open => {
                        depth += 1;
                        position += 1;
                    }
                    Byte::Close => {
                        depth = depth.checked_sub(1).ok_or(Unsupported)?;
                        position += 1;
                    }
                    Byte::Backslash => {
                        position += if source[position..].starts_with(b"\\\r\n") { 3 } else { 2 };
                    }
                    Byte::Separator => {
                        position += 1;
                        if depth == 0 {
                            break byte;
                        }
                    }
                    Byte::Foreign => {
                        if let Some(calls) = &mut self.calls {
                            calls.foreign_letter();
                        }
                        position += 1;
                    }
                }
            };
            self.position = skip_blanks(source, position);
            if self.at(self.position) == b'\\' {
                return Err(Unsupported);
            }
            // A colon that ends no head stands in the statement: an annotation, a `lambda`.
            if separator == b';' {
                self.end_statement(start, position - 1, is_head)?;
                start = self.position;
            } else if let Some(calls) = &mut self.calls {
                calls.code(position);
            }
        }
    }

    /// Reads the calls of a statement, or of all that is so far on a line with a head.
    #[inline]
    fn end_statement(&mut self, start: usize, end: usize, is_head: bool) -> Result<(), Unsupported> {
        let Some(calls) = &mut self.calls else { return Ok(()) };
        if is_head {
            return calls.end_head(end);
        }
        calls.end_statement(self.text, start..end, self.blocks.context(), self.facts)
    }

    /// The end of a comment that starts here; notes it where somebody asks.
    fn comment(&mut self, start: usize) -> Result<usize, Unsupported> {
        let end = end_of_line(self.source, start);
        self.pass_imports(start, end)?;
        if let Some(comments) = &mut self.comments {
            comments.push(range(start, end));
        }
        if let Some(calls) = &mut self.calls {
            calls.comment(start, end);
        }
        Ok(end)
    }

    /// The end of a string whose opening quote is here.
    fn string(&mut self, start: usize) -> Result<usize, Unsupported> {
        let end = skip_string(self.source, start)?;
        let has_import = self.pass_imports(start, end)?;
        let has_call = self.calls.as_mut().is_some_and(|calls| calls.string(start, end));
        if has_import || has_call {
            self.doubt_string(start, end, has_import)?;
        }
        Ok(end)
    }

    /// Code up to `start`, where no `import` may be left, and up to `end` something that is none. Whether there is an `import`
    /// in that.
    #[inline]
    fn pass_imports(&mut self, start: usize, end: usize) -> Result<bool, Unsupported> {
        if self.next_import >= end { Ok(false) } else { self.pass_some_imports(start, end) }
    }

    #[inline(never)]
    fn pass_some_imports(&mut self, start: usize, end: usize) -> Result<bool, Unsupported> {
        if self.next_import < start {
            return Err(Unsupported);
        }
        while self.next_import < end {
            (self.next_import, self.import_words) = match self.import_words {
                [next, others @ ..] => (*next, others),
                [] => (usize::MAX, [].as_slice()),
            };
        }
        Ok(true)
    }

    /// What is taken for a string with an `import` in it may be what lies between two strings, of which one lost its other end or a
    /// third got between.
    #[cold]
    fn doubt_string(&mut self, start: usize, end: usize, has_import: bool) -> Result<(), Unsupported> {
        if !has_place(self.source, start, end) {
            return Err(Unsupported);
        }
        let quotes = &self.source[start..end.min(start + 3)];
        let sort = match quotes {
            b"\"\"\"" => 0,
            b"'''" => 1,
            // Hardly a statement begins with such a string, but a quote may have got before one.
            _ if has_import && start == self.position => return Err(Unsupported),
            _ => return Ok(()),
        };
        // Asked once: strings that are read in pairs leave it as it is.
        let rest = &self.source[end..];
        if *self.paired[sort].get_or_insert_with(|| memmem::find_iter(rest, quotes).count() % 2 == 0) {
            return Ok(());
        }
        // Some stand in other strings, or else one will be open at the end.
        self.limit = self.source.len();
        Ok(())
    }

    /// An import statement, if one starts here.
    fn statement(&mut self) -> Result<(), Unsupported> {
        let start = self.position;
        if !matches!(self.at(start), b'f' | b'i' | b'l') {
            return Ok(());
        }
        let first = self.facts.names.len();
        let reader = ImportReader::new(self.text, self.facts, self.calls.as_mut());
        match reader.read(start)? {
            Some(statement) => self.finish(start, first, statement),
            None => Ok(()),
        }
    }

    /// `first`: the first of its names.
    fn finish(&mut self, start: usize, first: usize, statement: Statement) -> Result<(), Unsupported> {
        let Statement { end, form, lazy } = statement;
        self.position = end;
        self.pass_imports(start, end)?;
        if let Some(calls) = &mut self.calls {
            calls.import_statement(end);
        }
        if let Some(comments) = &mut self.comments {
            // Nothing but names, commas and comments stands in the parentheses of an import.
            let mut position = start;
            while let Some(hash) = memchr(b'#', &self.source[position..end]) {
                let comment = position + hash;
                position = end_of_line(self.source, comment);
                comments.push(range(comment, position));
            }
        }
        self.facts.imports.push(Import {
            range: range(start, end),
            form,
            context: self.blocks.context() | lazy,
            names: (first as u32, self.facts.names.len() as u32),
        });
        Ok(())
    }
}

/// Whether a string may stand between what is before and behind it on its lines: no name but a keyword, and no bracket that would call it.
fn has_place(source: &[u8], start: usize, end: usize) -> bool {
    let is_of_name = |byte: &&u8| is_identifier(**byte);
    let is_word = |word: &[u8]| std::str::from_utf8(word).is_ok_and(is_keyword);
    let line = memrchr(b'\n', &source[..start]).map_or(0, |newline| newline + 1);
    let before = &source[line..start];
    let prefix = before.iter().rev().take_while(is_of_name).count();
    let is_prefix =
        prefix <= 2 && before[before.len() - prefix..].iter().all(|byte| b"rRbBuUfFtT".contains(byte));
    let before = before[..before.len() - if is_prefix { prefix } else { 0 }].trim_ascii_end();
    let name = before.iter().rev().take_while(is_of_name).count();
    let follows = match before.last() {
        Some(_) if name > 0 => is_word(&before[before.len() - name..]),
        Some(last) => !b".)]}".contains(last),
        None => true,
    };
    let behind = source[skip_blanks(source, end)..].iter();
    let name: Vec<u8> = behind.clone().take_while(is_of_name).copied().take(16).collect();
    let goes_on = match behind.clone().next() {
        Some(_) if !name.is_empty() => is_word(&name),
        Some(next) => !b"({".contains(next),
        None => true,
    };
    follows && goes_on
}

/// Whether a compound statement may start here. `match` and `case` may be names.
fn starts_compound(source: &[u8], start: usize) -> bool {
    matches!(
        keyword_at(source, start),
        b"if"
            | b"elif"
            | b"else"
            | b"for"
            | b"while"
            | b"try"
            | b"except"
            | b"finally"
            | b"with"
            | b"def"
            | b"class"
            | b"async"
            | b"match"
            | b"case"
    )
}
