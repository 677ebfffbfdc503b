//! The blocks around a line, by their heads and by indentation, and what they mean for its imports.

use crate::guard::{self, Branch, Test};
use crate::keyword::{MYPY, SUPPRESS, TYPE_CHECKING};
use crate::lexical::{Unsupported, at, is_identifier, keyword_at, skip_blanks};
use crate::scan_headers::{catches_import_error, classify, suppresses_import_error};
use crate::{Import, ImportContext};

/// What the clause after a block may go on with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chain {
    /// Nothing.
    Ends,
    /// `elif`, `else`: what the tests so far, all false, say about it.
    If { before: ImportContext },
    /// The `else` of a loop.
    Loop,
    /// `except`, `else`, `finally`: the imports of the body, whose end is known at the first clause after it.
    Try { first: u32, end: Option<u32> },
}

/// A block, in force for all lines that are indented deeper than its head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    column: u32,
    /// Of itself and all blocks around it.
    context: ImportContext,
    chain: Chain,
}

/// The blocks around the current line, the innermost last.
pub(crate) struct Blocks<'a> {
    source: &'a [u8],
    /// What stands behind it bears on no import.
    last_import: usize,
    open: &'a mut Vec<Block>,
    /// How many belong to a `try` whose handlers bear on imports.
    open_tries: usize,
    /// Whether the name of a guard is in the file, once somebody asks.
    has_guard: Option<bool>,
    /// The same for `suppress`.
    has_suppress: Option<bool>,
}

impl<'a> Blocks<'a> {
    /// At the start of a text. `open` is empty.
    pub(crate) fn new(source: &'a [u8], last_import: usize, open: &'a mut Vec<Block>) -> Self {
        Self { source, last_import, open, open_tries: 0, has_guard: None, has_suppress: None }
    }

    pub(crate) fn has_open_try(&self) -> bool {
        self.open_tries > 0
    }

    /// Closes the blocks that this column ends. Gives what the block at exactly this column goes on with.
    pub(crate) fn dedent(&mut self, column: u32) -> Chain {
        let mut previous = Chain::Ends;
        while let Some(block) = self.open.last().copied() {
            if block.column < column {
                break;
            }
            previous = if block.column == column { block.chain } else { Chain::Ends };
            self.open_tries -= usize::from(matches!(block.chain, Chain::Try { .. }));
            self.open.pop();
        }
        previous
    }

    pub(crate) fn push(&mut self, block: Block) {
        self.open_tries += usize::from(matches!(block.chain, Chain::Try { .. }));
        self.open.push(block);
    }

    pub(crate) fn context(&self) -> ImportContext {
        self.open.last().map_or(ImportContext::empty(), |block| block.context)
    }

    /// Opens the block whose head starts here, if one does. Gives a block that is in force only from the next line on.
    pub(crate) fn open(
        &mut self,
        position: usize,
        column: u32,
        previous: Chain,
        imports: &mut [Import],
    ) -> Result<Option<Block>, Unsupported> {
        let source = self.source;
        let mut start = position;
        // With most lines their first letter tells.
        if !matches!(at(source, start), b'a' | b'c' | b'd' | b'e' | b'f' | b'i' | b'm' | b't' | b'w') {
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
            b"def" => (ImportContext::FUNCTION, Chain::Ends),
            b"class" => (ImportContext::CLASS, Chain::Ends),
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
                Chain::Loop => (ImportContext::LOOP, Chain::Ends),
                Chain::Try { .. } => (ImportContext::TRY_ELSE, body_ends(previous, imports)),
                Chain::Ends => return Err(Unsupported),
            },
            b"for" | b"while" => (ImportContext::LOOP, Chain::Loop),
            b"try" => {
                let first = imports.len() as u32;
                (ImportContext::TRY_BODY, Chain::Try { first, end: None })
            }
            b"except" => {
                let chain = body_ends(previous, imports);
                let Chain::Try { first, end: Some(end) } = chain else { return Err(Unsupported) };
                let mut bits = ImportContext::EXCEPT;
                if catches_import_error(source, head)? {
                    bits |= ImportContext::EXCEPT_IMPORT_ERROR;
                    let body = imports.get_mut(first as usize..end as usize).ok_or(Unsupported)?;
                    for import in body {
                        import.context |= ImportContext::CATCHES_IMPORT_ERROR;
                    }
                }
                (bits, chain)
            }
            b"finally" => {
                let Chain::Try { .. } = previous else { return Err(Unsupported) };
                (ImportContext::FINALLY, Chain::Ends)
            }
            b"with" => {
                let caught = if self.has_suppress() && suppresses_import_error(source, head)? {
                    ImportContext::CATCHES_IMPORT_ERROR
                } else {
                    ImportContext::empty()
                };
                (ImportContext::WITH | caught, Chain::Ends)
            }
            // `match` may be a name. A statement of that name has no suite on its own line, and nothing below it.
            b"match" => {
                let context = self.context() | ImportContext::MATCH;
                return Ok(Some(Block { column, context, chain: Chain::Ends }));
            }
            _ => return Ok(None),
        };
        let context = self.context() | bits;
        self.push(Block { column, context, chain });
        Ok(None)
    }

    fn test(&mut self, head: usize) -> Result<Test, Unsupported> {
        let first = at(self.source, skip_blanks(self.source, head));
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
}

/// The `try` whose body ends here at the latest.
fn body_ends(chain: Chain, imports: &[Import]) -> Chain {
    match chain {
        Chain::Try { first, end: None } => Chain::Try { first, end: Some(imports.len() as u32) },
        other => other,
    }
}

/// Whether a name behind this text stands to the right of a `=`: `TC = typing.TYPE_CHECKING`.
fn is_assigned(before: &[u8]) -> bool {
    let path =
        before.iter().rev().take_while(|byte| is_identifier(**byte) || b" .\t(".contains(byte)).count();
    before.len().checked_sub(path + 1).is_some_and(|equals| before[equals] == b'=')
}
