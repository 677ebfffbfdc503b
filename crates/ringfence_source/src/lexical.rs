//! What the scanner must know of Python's lexical structure: words, comments, and where a string ends.

use memchr::{memchr, memchr2};
use ruff_text_size::{TextRange, TextSize};

/// Something that only the parser can judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsupported;

/// What a byte can mean outside strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Byte {
    /// Nothing to the scanner.
    Boring,
    Newline,
    Hash,
    Quote,
    Open,
    Close,
    Backslash,
    /// `;` or `:`, after which a statement may start.
    Separator,
    /// Of a letter that is not ASCII.
    Foreign,
}

static CLASSES: [Byte; 256] = {
    let mut classes = [Byte::Boring; 256];
    classes[b'\n' as usize] = Byte::Newline;
    classes[b'\r' as usize] = Byte::Newline;
    classes[b'#' as usize] = Byte::Hash;
    classes[b'"' as usize] = Byte::Quote;
    classes[b'\'' as usize] = Byte::Quote;
    classes[b'(' as usize] = Byte::Open;
    classes[b'[' as usize] = Byte::Open;
    classes[b'{' as usize] = Byte::Open;
    classes[b')' as usize] = Byte::Close;
    classes[b']' as usize] = Byte::Close;
    classes[b'}' as usize] = Byte::Close;
    classes[b'\\' as usize] = Byte::Backslash;
    classes[b';' as usize] = Byte::Separator;
    classes[b':' as usize] = Byte::Separator;
    let mut byte = 128;
    while byte < 256 {
        classes[byte] = Byte::Foreign;
        byte += 1;
    }
    classes
};

#[inline]
pub(crate) fn class_of(byte: u8) -> Byte {
    CLASSES[byte as usize]
}

static ASCII_IDENTIFIER: [bool; 256] = {
    let mut known = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        known[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    known
};

#[inline]
pub(crate) fn is_ascii_identifier(byte: u8) -> bool {
    ASCII_IDENTIFIER[byte as usize]
}

#[inline]
pub(crate) fn is_identifier(byte: u8) -> bool {
    is_ascii_identifier(byte) || byte >= 0x80
}

/// Whether this word stands here, as a word.
#[inline]
pub(crate) fn starts_with_keyword(source: &[u8], start: usize, word: &[u8]) -> bool {
    let rest = source.get(start..).unwrap_or_default();
    rest.starts_with(word) && rest.get(word.len()).is_none_or(|byte| !is_identifier(*byte))
}

#[inline]
pub(crate) fn skip_blanks(source: &[u8], start: usize) -> usize {
    let rest = source.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count()
}

/// The newline that ends this line, or the end of the source.
#[inline]
pub(crate) fn end_of_line(source: &[u8], start: usize) -> usize {
    let rest = source.get(start..).unwrap_or_default();
    start + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
}

/// One past the closing quote of the string whose opening quote is here.
pub(crate) fn skip_string(source: &[u8], start: usize) -> Result<usize, Unsupported> {
    skip_nested_string(source, start, 0)
}

/// Strings in f-strings in f-strings. Deeper nesting is for the parser.
const MOST_NESTED: u32 = 32;

fn skip_nested_string(source: &[u8], start: usize, depth: u32) -> Result<usize, Unsupported> {
    if depth > MOST_NESTED {
        return Err(Unsupported);
    }
    let quote = source[start];
    let is_triple = source.get(start + 1) == Some(&quote) && source.get(start + 2) == Some(&quote);
    let body = start + if is_triple { 3 } else { 1 };
    match prefix(source, start) {
        Prefix { interpolated: true, raw } => {
            InterpolatedString { source, quote, is_triple, raw, depth }.skip(body)
        }
        Prefix { interpolated: false, .. } if is_triple => skip_triple(source, body, quote),
        Prefix { interpolated: false, .. } => skip_single(source, body, quote),
    }
}

/// Whether the string whose opening quote is here may hold code.
pub(crate) fn is_interpolated(source: &[u8], quote: usize) -> bool {
    prefix(source, quote).interpolated
}

struct Prefix {
    /// `f`, `t`
    interpolated: bool,
    raw: bool,
}

/// The letters directly before the quote, if they are a string prefix and not the end of a name.
fn prefix(source: &[u8], quote: usize) -> Prefix {
    let none = Prefix { interpolated: false, raw: false };
    let letters = source[..quote].iter().rev().take(3).take_while(|byte| is_identifier(**byte)).count();
    let mut found = none;
    if letters <= 2 {
        for letter in &source[quote - letters..quote] {
            match letter.to_ascii_lowercase() {
                b'f' | b't' => found.interpolated = true,
                b'r' => found.raw = true,
                b'b' | b'u' => {}
                _ => return Prefix { interpolated: false, raw: false },
            }
        }
    }
    found
}

fn skip_triple(source: &[u8], start: usize, quote: u8) -> Result<usize, Unsupported> {
    let mut position = start;
    loop {
        let rest = source.get(position..).ok_or(Unsupported)?;
        position += memchr2(quote, b'\\', rest).ok_or(Unsupported)?;
        if source[position] == b'\\' {
            position += 2;
        } else if source.get(position + 1) == Some(&quote) && source.get(position + 2) == Some(&quote) {
            return Ok(position + 3);
        } else {
            position += 1;
        }
    }
}

fn skip_single(source: &[u8], start: usize, quote: u8) -> Result<usize, Unsupported> {
    let mut position = start;
    loop {
        match source.get(position) {
            None | Some(b'\n' | b'\r') => return Err(Unsupported),
            Some(b'\\') => position += if source[position..].starts_with(b"\\\r\n") { 3 } else { 2 },
            Some(byte) if *byte == quote => return Ok(position + 1),
            Some(_) => position += 1,
        }
    }
}

/// An f-string or t-string.
struct InterpolatedString<'a> {
    source: &'a [u8],
    quote: u8,
    is_triple: bool,
    raw: bool,
    depth: u32,
}

impl InterpolatedString<'_> {
    fn at(&self, position: usize) -> Result<u8, Unsupported> {
        self.source.get(position).copied().ok_or(Unsupported)
    }

    fn skip(&self, start: usize) -> Result<usize, Unsupported> {
        let mut position = start;
        loop {
            match self.at(position)? {
                b'\\' => position = self.skip_escape(position)?,
                b'{' if self.source.get(position + 1) == Some(&b'{') => position += 2,
                b'{' => position = self.skip_field(position + 1, 0)?,
                b'\n' | b'\r' if !self.is_triple => return Err(Unsupported),
                byte if byte == self.quote => {
                    if !self.is_triple {
                        return Ok(position + 1);
                    }
                    let next = (self.source.get(position + 1), self.source.get(position + 2));
                    if next == (Some(&self.quote), Some(&self.quote)) {
                        return Ok(position + 3);
                    }
                    position += 1;
                }
                _ => position += 1,
            }
        }
    }

    /// A backslash does not escape a brace, and `\N{DASH}` is no field.
    fn skip_escape(&self, backslash: usize) -> Result<usize, Unsupported> {
        let next = backslash + 1;
        match self.at(next)? {
            b'{' | b'}' => Ok(next),
            b'N' if !self.raw && self.source.get(next + 1) == Some(&b'{') => {
                let end = memchr(b'}', &self.source[next..]).ok_or(Unsupported)?;
                Ok(next + end + 1)
            }
            b'\r' if self.source.get(next + 1) == Some(&b'\n') => Ok(next + 2),
            _ => Ok(next + 1),
        }
    }

    /// One past the `}` of the field whose `{` is just before, in so many formats of fields.
    fn skip_field(&self, start: usize, formats: u32) -> Result<usize, Unsupported> {
        let mut position = start;
        let mut depth = 0_u32;
        loop {
            match self.at(position)? {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' => depth = depth.checked_sub(1).ok_or(Unsupported)?,
                b'}' if depth == 0 => return Ok(position + 1),
                b'}' => depth -= 1,
                // A comment in a field may be a suppression; nobody writes one.
                b'#' => return Err(Unsupported),
                b'"' | b'\'' => {
                    position = skip_nested_string(self.source, position, self.depth + 1)?;
                    continue;
                }
                b':' if depth == 0 => return self.skip_format(position + 1, formats + 1),
                _ => {}
            }
            position += 1;
        }
    }

    /// One past the `}` that ends the field whose format starts here.
    fn skip_format(&self, start: usize, formats: u32) -> Result<usize, Unsupported> {
        if formats > MOST_NESTED {
            return Err(Unsupported);
        }
        let mut position = start;
        loop {
            match self.at(position)? {
                b'{' => position = self.skip_field(position + 1, formats)?,
                b'}' => return Ok(position + 1),
                b'\\' | b'"' | b'\'' => return Err(Unsupported),
                _ => position += 1,
            }
        }
    }
}

/// The byte at a position; 0 beyond the end.
#[inline]
pub(crate) fn at(source: &[u8], position: usize) -> u8 {
    source.get(position).copied().unwrap_or(0)
}

/// The run of lower-case letters that starts here, if it is a whole word.
pub(crate) fn keyword_at(source: &[u8], start: usize) -> &[u8] {
    let rest = source.get(start..).unwrap_or_default();
    let length = rest.iter().take(8).take_while(|byte| byte.is_ascii_lowercase()).count();
    if rest.get(length).is_some_and(|byte| is_identifier(*byte)) { &[] } else { &rest[..length] }
}

pub(crate) fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
}
