//! Reads import statements without a parser.

use ruff_python_stdlib::keyword::is_keyword;

use crate::lexical::{
    Unsupported, at, end_of_line, is_ascii_identifier, keyword_at, range, skip_blanks, starts_with_keyword,
};
use crate::scan_calls::Calls;
use crate::{FileFacts, ImportContext, ImportForm, ImportedName, NameRef};

/// What an import statement is, its names apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    pub(crate) end: usize,
    pub(crate) form: ImportForm,
    pub(crate) lazy: ImportContext,
}

/// Reads one import statement, and adds its names to the facts.
pub(crate) struct ImportReader<'r, 'a> {
    text: &'a str,
    source: &'a [u8],
    facts: &'r mut FileFacts,
    calls: Option<&'r mut Calls<'a>>,
}

impl<'r, 'a> ImportReader<'r, 'a> {
    pub(crate) fn new(text: &'a str, facts: &'r mut FileFacts, calls: Option<&'r mut Calls<'a>>) -> Self {
        Self { text, source: text.as_bytes(), facts, calls }
    }

    /// The statement that starts here, if it is an import.
    pub(crate) fn read(mut self, start: usize) -> Result<Option<Statement>, Unsupported> {
        let word = keyword_at(self.source, start);
        let (word, head, lazy) = if word == b"lazy" {
            let next = skip_blanks(self.source, start + word.len());
            if self.at(next) == b'\\' {
                return Err(Unsupported);
            }
            let word = keyword_at(self.source, next);
            (word, next + word.len(), ImportContext::LAZY)
        } else {
            (word, start + word.len(), ImportContext::empty())
        };
        let (end, form) = match word {
            b"import" => self.import(head)?,
            b"from" => self.import_from(head)?,
            _ => return Ok(None),
        };
        Ok(Some(Statement { end, form, lazy }))
    }

    fn at(&self, position: usize) -> u8 {
        at(self.source, position)
    }

    /// `head` is one past the keyword. Gives where the statement ends.
    fn import(&mut self, head: usize) -> Result<(usize, ImportForm), Unsupported> {
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
        Ok((end, ImportForm::Import { level: 0 }))
    }

    fn import_from(&mut self, head: usize) -> Result<(usize, ImportForm), Unsupported> {
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
        Ok((end, ImportForm::From { level, module }))
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
