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
use ruff_text_size::{TextRange, TextSize};

use crate::guard::{self, Branch, Test};
use crate::lexical::{
    Byte, Unsupported, class_of, end_of_line, is_ascii_identifier, is_identifier, skip_blanks, skip_string,
    starts_with_keyword,
};
use crate::needle::{MYPY, Needle, SUPPRESS, TYPE_CHECKING};
use crate::scan_calls::Calls;
use crate::scan_headers::{catches_import_error, classify, suppresses_import_error};
use crate::{Context, FileFacts, Import, ImportForm, ImportedName, NameRef, suppression_comments};

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

static IMPORT: Needle = Needle::new("import");
static IMPORTLIB: Needle = Needle::new("importlib");
static BUILTINS: Needle = Needle::new("builtins");

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
        last_import,
        limit,
        position: 0,
        blocks,
        open_tries: 0,
        has_guard: None,
        has_suppress: None,
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

/// What of a file bears on its imports.
struct Relevant {
    /// One past the last `import` that may start a statement, judged from its physical line alone, and the last call
    /// that may import; 0 if there is none.
    last_import: usize,
    may_call: bool,
}

/// Adds to `call_words` where `import_module` and `__import__` stand, to `import_words` where a statement may start.
fn relevant(source: &[u8], call_words: &mut Vec<usize>, import_words: &mut Vec<usize>) -> Relevant {
    let mut last_import = 0;
    // In a longer word, too: then the parser's walk looks at calls.
    let mut mentions_call = false;
    let mut names_dunder = false;
    let mut line = Line::default();
    for at in IMPORT.find_iter(source) {
        let after = at + b"import".len();
        let starts_word = at == 0 || !is_identifier(source[at - 1]);
        match source.get(after) {
            Some(b'_') if source[..at].ends_with(b"__") => {
                let start = at - 2;
                mentions_call |= source[start..].starts_with(b"__import__");
                let starts_word = start == 0 || !is_identifier(source[start - 1]);
                if starts_word && starts_with_keyword(source, start, b"__import__") {
                    names_dunder = true;
                    call_words.push(start);
                }
            }
            Some(b'_') => {
                mentions_call |= source[at..].starts_with(b"import_module");
                if starts_word && starts_with_keyword(source, at, b"import_module") {
                    call_words.push(at);
                }
            }
            Some(byte) if is_identifier(*byte) => {}
            _ if starts_word && line.may_start_statement(source, at) => {
                last_import = after;
                import_words.push(at);
            }
            _ => {}
        }
    }
    if !mentions_call {
        return Relevant { last_import, may_call: false };
    }
    // The parser reads some letters that are not ASCII as those that are.
    let is_ascii = source.is_ascii();
    // An `import_module` is Python's only if it comes out of a module of Python's.
    let may_call = names_dunder
        || !is_ascii
        || (!call_words.is_empty() && (IMPORTLIB.is_in(source) || BUILTINS.is_in(source)));
    if may_call {
        let last_call = if is_ascii { call_words.last().map_or(0, |start| start + 1) } else { source.len() };
        last_import = last_import.max(last_call);
    }
    Relevant { last_import, may_call }
}

/// Whether a name behind this text stands to the right of a `=`: `TC = typing.TYPE_CHECKING`.
fn is_assigned(before: &[u8]) -> bool {
    let path =
        before.iter().rev().take_while(|byte| is_identifier(**byte) || b" .\t(".contains(byte)).count();
    before.len().checked_sub(path + 1).is_some_and(|equals| before[equals] == b'=')
}

/// What is known of the line up to a position, so that a long line is read once.
#[derive(Default)]
struct Line {
    start: usize,
    /// Up to here.
    seen: usize,
    /// Where its first word is; `seen` as long as there is none.
    first: usize,
    /// Whether it holds what another statement may follow.
    has_separator: bool,
}

impl Line {
    /// Whether a statement may start at an `import` here. Positions must rise.
    fn may_start_statement(&mut self, source: &[u8], at: usize) -> bool {
        if let Some(newline) = memrchr(b'\n', &source[self.seen..at]) {
            let start = self.seen + newline + 1;
            *self = Self { start, seen: start, first: start, has_separator: false };
        }
        let unseen = &source[self.seen..at];
        if self.first == self.seen {
            self.first += unseen.len() - unseen.trim_ascii_start().len();
        }
        self.has_separator |= unseen.iter().any(|byte| matches!(byte, b';' | b':' | b'\r'));
        self.seen = at;
        let prefix = &source[self.first..at];
        prefix.is_empty()
            || self.has_separator
            || prefix.starts_with(b"from")
            || prefix.starts_with(b"lazy")
            || !is_prose(prefix)
            || source[..self.start]
                .strip_suffix(b"\n")
                .is_some_and(|before| before.strip_suffix(b"\r").unwrap_or(before).ends_with(b"\\"))
    }
}

/// Whether an `import` behind this text, which starts its line, is a word of a sentence or of a comment. Else a slip of the hand
/// may have put something before a statement, as in `f(from a import b`: that shows once the line is read.
fn is_prose(prefix: &[u8]) -> bool {
    let before = prefix.trim_ascii_end();
    let is_of_name = |byte: &&u8| is_identifier(**byte) || **byte == b'.';
    let name = before.iter().rev().take_while(is_of_name).count();
    let from = before[..before.len() - name].trim_ascii_end();
    let has_from =
        from.strip_suffix(b"from").is_some_and(|rest| !rest.last().is_some_and(|byte| is_identifier(*byte)));
    prefix.starts_with(b"#") || (name > 0 && !has_from)
}

/// What the clause after a block may go on with.
#[derive(Debug, Clone, Copy)]
enum Chain {
    /// Nothing.
    Ends,
    /// `elif`, `else`: what the tests so far, all false, say about it.
    If { before: Context },
    /// The `else` of a loop.
    Loop,
    /// `except`, `else`, `finally`: the imports of the body, whose end is known at the first clause after it.
    Try { first: u32, end: Option<u32> },
}

/// A block, in force for all lines that are indented deeper than its head.
#[derive(Debug, Clone, Copy)]
struct Block {
    column: u32,
    /// Of itself and all blocks around it.
    context: Context,
    chain: Chain,
}

struct Scanner<'a> {
    text: &'a str,
    /// The same, as bytes.
    source: &'a [u8],
    last_import: usize,
    /// How far lines are read.
    limit: usize,
    position: usize,
    blocks: &'a mut Vec<Block>,
    /// How many blocks belong to a `try` whose handlers bear on imports.
    open_tries: usize,
    /// Whether the name of a guard is in the file, once somebody asks.
    has_guard: Option<bool>,
    /// The same for `suppress`.
    has_suppress: Option<bool>,
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
        while self.position < self.limit || (self.open_tries > 0 && self.position < self.source.len()) {
            self.line()?;
        }
        // What stands in code is missed here, or sooner at what comes behind it.
        self.pass_imports(self.position, self.position)?;
        Ok(())
    }

    fn at(&self, position: usize) -> u8 {
        self.source.get(position).copied().unwrap_or(0)
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
        let previous = self.dedent(column);
        let is_head = self.calls.is_some() && starts_compound(self.source, self.position);
        let after_line = self.open_block(column, previous)?;
        self.statements(is_head)?;
        if let Some(block) = after_line {
            self.push(block);
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

    /// Closes the blocks that this column ends. Gives what the block at exactly this column goes on with.
    fn dedent(&mut self, column: u32) -> Chain {
        let mut previous = Chain::Ends;
        while let Some(block) = self.blocks.last().copied() {
            if block.column < column {
                break;
            }
            previous = if block.column == column { block.chain } else { Chain::Ends };
            self.open_tries -= usize::from(matches!(block.chain, Chain::Try { .. }));
            self.blocks.pop();
        }
        previous
    }

    fn push(&mut self, block: Block) {
        self.open_tries += usize::from(matches!(block.chain, Chain::Try { .. }));
        self.blocks.push(block);
    }

    fn context(&self) -> Context {
        self.blocks.last().map_or(Context::empty(), |block| block.context)
    }

    /// Opens the block whose head starts here, if one does. Gives a block that is in force only from the next line on.
    fn open_block(&mut self, column: u32, previous: Chain) -> Result<Option<Block>, Unsupported> {
        let source = self.source;
        let mut start = self.position;
        // With most lines their first letter tells.
        if !matches!(self.at(start), b'a' | b'c' | b'd' | b'e' | b'f' | b'i' | b'm' | b't' | b'w') {
            return Ok(None);
        }
        let mut word = keyword_at(source, start);
        if word == b"async" {
            start = skip_blanks(source, start + word.len());
            word = keyword_at(source, start);
            if !matches!(word, b"def" | b"for" | b"with") {
                return Ok(None);
            }
        }
        let head = start + word.len();
        let (bits, chain) = match word {
            b"def" => (Context::FUNCTION, Chain::Ends),
            b"class" => (Context::CLASS, Chain::Ends),
            b"if" => {
                let Branch { inside, after } = guard::branch(self.test(head)?, false);
                (inside, Chain::If { before: after })
            }
            b"elif" => {
                let Chain::If { before } = previous else { return Err(Unsupported) };
                let Branch { inside, after } = guard::branch(self.test(head)?, true);
                (before | inside, Chain::If { before: before | after })
            }
            b"else" => match previous {
                Chain::If { before } => (before, Chain::Ends),
                Chain::Loop => (Context::LOOP, Chain::Ends),
                Chain::Try { .. } => (Context::TRY_ELSE, self.body_ends(previous)),
                Chain::Ends => return Err(Unsupported),
            },
            b"for" | b"while" => (Context::LOOP, Chain::Loop),
            b"try" => {
                let first = self.facts.imports.len() as u32;
                (Context::TRY_BODY, Chain::Try { first, end: None })
            }
            b"except" => {
                let chain = self.body_ends(previous);
                let Chain::Try { first, end: Some(end) } = chain else { return Err(Unsupported) };
                let mut bits = Context::EXCEPT;
                if catches_import_error(source, head)? {
                    bits |= Context::EXCEPT_IMPORT_ERROR;
                    let body = self.facts.imports.get_mut(first as usize..end as usize).ok_or(Unsupported)?;
                    for import in body {
                        import.context |= Context::CATCHES_IMPORT_ERROR;
                    }
                }
                (bits, chain)
            }
            b"finally" => {
                let Chain::Try { .. } = previous else { return Err(Unsupported) };
                (Context::FINALLY, Chain::Ends)
            }
            b"with" => {
                let caught = if self.has_suppress() && suppresses_import_error(source, head)? {
                    Context::CATCHES_IMPORT_ERROR
                } else {
                    Context::empty()
                };
                (Context::WITH | caught, Chain::Ends)
            }
            // `match` may be a name. A statement of that name has no suite on its own line, and nothing below it.
            b"match" => {
                let context = self.context() | Context::MATCH;
                return Ok(Some(Block { column, context, chain: Chain::Ends }));
            }
            _ => return Ok(None),
        };
        let context = self.context() | bits;
        self.push(Block { column, context, chain });
        Ok(None)
    }

    /// The `try` whose body ends here at the latest.
    fn body_ends(&self, chain: Chain) -> Chain {
        match chain {
            Chain::Try { first, end: None } => {
                Chain::Try { first, end: Some(self.facts.imports.len() as u32) }
            }
            other => other,
        }
    }

    fn test(&mut self, head: usize) -> Result<Test, Unsupported> {
        let first = self.at(skip_blanks(self.source, head));
        // Without the name of a guard in the file only a constant can be anything but a condition.
        if self.has_guard()? || first.is_ascii_digit() || b"TF(n".contains(&first) {
            classify(self.source, head)
        } else {
            Ok(Test::Condition)
        }
    }

    /// Whether a guard is named up to the last import: what stands after it cannot bear on any.
    fn has_guard(&mut self) -> Result<bool, Unsupported> {
        if let Some(known) = self.has_guard {
            return Ok(known);
        }
        let relevant = &self.source[..self.last_import];
        let mut found = false;
        for guard in [&TYPE_CHECKING, &MYPY] {
            // What stands before the previous one has been looked at.
            let mut previous = 0;
            for at in guard.find_iter(relevant) {
                found = true;
                if is_assigned(&relevant[previous..at]) {
                    return Err(Unsupported);
                }
                previous = at;
            }
        }
        self.has_guard = Some(found);
        Ok(found)
    }

    fn has_suppress(&mut self) -> bool {
        *self.has_suppress.get_or_insert_with(|| SUPPRESS.is_in(&self.source[..self.last_import]))
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
        let context = self.blocks.last().map_or(Context::empty(), |block| block.context);
        calls.end_statement(self.text, start..end, context, self.facts)
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
        let word = keyword_at(self.source, start);
        let (word, head, lazy) = if word == b"lazy" {
            let next = skip_blanks(self.source, start + word.len());
            if self.at(next) == b'\\' {
                return Err(Unsupported);
            }
            let word = keyword_at(self.source, next);
            (word, next + word.len(), Context::LAZY)
        } else {
            (word, start + word.len(), Context::empty())
        };
        match word {
            b"import" => self.import(start, head, lazy),
            b"from" => self.import_from(start, head, lazy),
            _ => Ok(()),
        }
    }

    fn import(&mut self, start: usize, head: usize, lazy: Context) -> Result<(), Unsupported> {
        let first = self.facts.names.len();
        let mut position = head;
        let end = loop {
            let begin = self.trivia(position, false);
            let end = self.dotted_name(begin)?;
            let (alias, after) = self.alias(end, false)?;
            self.name(begin, end, alias)?;
            if let Some(calls) = &mut self.calls {
                let alias = alias.and_then(|(start, end)| self.text.get(start..end));
                calls.see_import(self.text.get(begin..end).ok_or(Unsupported)?, alias);
            }
            let end = alias.map_or(end, |(_, end)| end);
            if self.at(after) == b',' {
                position = after + 1;
                continue;
            }
            self.must_end(after)?;
            break end;
        };
        self.finish(start, end, first, ImportForm::Import { level: 0 }, lazy)
    }

    fn import_from(&mut self, start: usize, head: usize, lazy: Context) -> Result<(), Unsupported> {
        let mut level = 0;
        let mut position = self.trivia(head, false);
        while self.at(position) == b'.' {
            level += 1;
            position = self.trivia(position + 1, false);
        }
        let module = if starts_with_keyword(self.source, position, b"import") {
            None
        } else {
            let end = self.dotted_name(position)?;
            let module = (self.intern(position, end)?, range(position, end));
            position = self.trivia(end, false);
            Some(module)
        };
        if !starts_with_keyword(self.source, position, b"import") || (level == 0 && module.is_none()) {
            return Err(Unsupported);
        }
        position = self.trivia(position + b"import".len(), false);
        let in_parentheses = self.at(position) == b'(';
        position += usize::from(in_parentheses);
        let first = self.facts.names.len();
        let end = loop {
            let begin = self.trivia(position, in_parentheses);
            if in_parentheses && self.at(begin) == b')' {
                break begin + 1;
            }
            let (end, alias, after) = if self.at(begin) == b'*' {
                (begin + 1, None, self.trivia(begin + 1, in_parentheses))
            } else {
                let end = self.dotted_name(begin)?;
                if self.source[begin..end].contains(&b'.') {
                    return Err(Unsupported);
                }
                let (alias, after) = self.alias(end, in_parentheses)?;
                (end, alias, after)
            };
            self.name(begin, end, alias)?;
            if let (Some(calls), Some((module, _)), 0) = (&mut self.calls, module, level) {
                let alias = alias.and_then(|(start, end)| self.text.get(start..end));
                calls.see_import_from(
                    module.as_str(),
                    self.text.get(begin..end).ok_or(Unsupported)?,
                    alias,
                )?;
            }
            match self.at(after) {
                b',' => position = after + 1,
                b')' if in_parentheses => break after + 1,
                _ if in_parentheses => return Err(Unsupported),
                _ => {
                    self.must_end(after)?;
                    break alias.map_or(end, |(_, end)| end);
                }
            }
        };
        if self.facts.names.len() == first {
            return Err(Unsupported);
        }
        self.finish(start, end, first, ImportForm::From { level, module }, lazy)
    }

    fn finish(
        &mut self,
        start: usize,
        end: usize,
        first: usize,
        form: ImportForm,
        lazy: Context,
    ) -> Result<(), Unsupported> {
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
            context: self.context() | lazy,
            names: (first as u32, self.facts.names.len() as u32),
        });
        Ok(())
    }

    fn name(&mut self, start: usize, end: usize, alias: Option<(usize, usize)>) -> Result<(), Unsupported> {
        let name = self.intern(start, end)?;
        let alias = match alias {
            // Another name for a guard would have to be followed.
            Some(_) if &self.source[start..end] == b"TYPE_CHECKING" => return Err(Unsupported),
            Some((start, end)) => Some((self.intern(start, end)?, range(start, end))),
            None => None,
        };
        self.facts.names.push(ImportedName { name, range: range(start, end), alias });
        Ok(())
    }

    fn intern(&mut self, start: usize, end: usize) -> Result<NameRef, Unsupported> {
        let text = self.text.get(start..end).ok_or(Unsupported)?;
        Ok(self.facts.intern(text))
    }

    /// `as b` after a name that ends here: where `b` stands, and what comes after.
    fn alias(
        &self,
        end: usize,
        in_parentheses: bool,
    ) -> Result<(Option<(usize, usize)>, usize), Unsupported> {
        let after = self.trivia(end, in_parentheses);
        if !starts_with_keyword(self.source, after, b"as") {
            return Ok((None, after));
        }
        let start = self.trivia(after + b"as".len(), in_parentheses);
        let end = self.dotted_name(start)?;
        if self.source[start..end].contains(&b'.') {
            return Err(Unsupported);
        }
        Ok((Some((start, end)), self.trivia(end, in_parentheses)))
    }

    /// The end of a name whose segments follow each other directly. Non-ASCII names are left to the parser, which
    /// normalises them; so are names that hold a keyword, which are none.
    fn dotted_name(&self, start: usize) -> Result<usize, Unsupported> {
        let mut segment = start;
        let mut end = start;
        loop {
            let byte = self.at(end);
            if is_ascii_identifier(byte) {
                end += 1;
                continue;
            }
            let name = self.text.get(segment..end).unwrap_or_default();
            let starts_well = name.as_bytes().first().is_some_and(|first| !first.is_ascii_digit());
            if !starts_well || is_keyword(name) || !byte.is_ascii() {
                return Err(Unsupported);
            }
            if byte != b'.' {
                break;
            }
            end += 1;
            segment = end;
        }
        let may_go_on = matches!(self.at(end), b' ' | b'\t' | b'\x0c' | b'\\');
        if may_go_on && self.at(self.trivia(end, false)) == b'.' {
            return Err(Unsupported);
        }
        Ok(end)
    }

    /// Blanks and continued lines; in parentheses also newlines and comments.
    fn trivia(&self, start: usize, in_parentheses: bool) -> usize {
        let mut position = start;
        loop {
            match self.at(position) {
                b' ' | b'\t' | b'\x0c' => position += 1,
                b'\\' => match (self.at(position + 1), self.at(position + 2)) {
                    (b'\r', b'\n') => position += 3,
                    (b'\n' | b'\r', _) => position += 2,
                    _ => return position,
                },
                b'\n' | b'\r' if in_parentheses => position += 1,
                b'#' if in_parentheses => position = end_of_line(self.source, position),
                _ => return position,
            }
        }
    }

    fn must_end(&self, position: usize) -> Result<(), Unsupported> {
        let ends = position >= self.source.len() || matches!(self.at(position), b'\n' | b'\r' | b'#' | b';');
        if ends { Ok(()) } else { Err(Unsupported) }
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

/// The run of lower-case letters that starts here, if it is a whole word.
fn keyword_at(source: &[u8], start: usize) -> &[u8] {
    let rest = source.get(start..).unwrap_or_default();
    let length = rest.iter().take(8).take_while(|byte| byte.is_ascii_lowercase()).count();
    if rest.get(length).is_some_and(|byte| is_identifier(*byte)) { &[] } else { &rest[..length] }
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
}
