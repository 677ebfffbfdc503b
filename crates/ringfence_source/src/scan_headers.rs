//! Reads the heads of compound statements that bear on what an import below them means: `if`, `except`, `with`.

use crate::ImportContext;
use crate::guard::Test;
use crate::keyword::{Keyword, MYPY, SUPPRESS, TYPE_CHECKING};
use crate::lexical::{
    Byte, Unsupported, class_of, end_of_line, is_identifier, skip_string, starts_with_keyword,
};

static LAMBDA: Keyword = Keyword::new("lambda");

/// What the test of an `if` or `elif` means; `start` is one past the keyword.
pub(crate) fn classify(source: &[u8], start: usize) -> Result<Test, Unsupported> {
    let head = trimmed(head(source, start)?);
    let simple = without_parentheses(head);
    Ok(match simple {
        b"TYPE_CHECKING" => Test::Guard { form: ImportContext::GUARD_NAME, exact: true },
        b"MYPY" => Test::Guard { form: ImportContext::GUARD_ALIAS, exact: true },
        b"True" | b"1" => Test::Always,
        b"False" | b"0" => Test::Never,
        _ if is_path_to_guard(simple) => Test::Guard { form: ImportContext::GUARD_ATTRIBUTE, exact: true },
        _ => match simple.strip_prefix(b"not").map(trimmed).map(without_parentheses) {
            Some(b"TYPE_CHECKING" | b"MYPY") => Test::Negated,
            Some(path) if is_path_to_guard(path) => Test::Negated,
            _ if mentions_guard(simple) || is_constant(simple) => return Err(Unsupported),
            _ => Test::Condition,
        },
    })
}

/// Whether an `except` clause catches an `ImportError`; `start` is one past the keyword.
pub(crate) fn catches_import_error(source: &[u8], start: usize) -> Result<bool, Unsupported> {
    let head = trimmed(head(source, start)?);
    let classes = trimmed(head.strip_prefix(b"*").unwrap_or(head));
    Ok(classes.is_empty() || lists_import_error(classes)?)
}

/// Whether a `with` statement suppresses an `ImportError`; `start` is one past the keyword.
pub(crate) fn suppresses_import_error(source: &[u8], start: usize) -> Result<bool, Unsupported> {
    let head = trimmed(head(source, start)?);
    let is_word = |at: &usize| {
        (*at == 0 || !is_identifier(head[at - 1])) && starts_with_keyword(head, *at, b"suppress")
    };
    let Some(at) = SUPPRESS.find_iter(head).find(is_word) else { return Ok(false) };
    // Only the plain form: `with contextlib.suppress(A, b.C):`.
    let path = &head[..at];
    let call = trimmed(&head[at + b"suppress".len()..]);
    let arguments = call.strip_prefix(b"(").and_then(|call| call.strip_suffix(b")"));
    let plain = path.is_empty()
        || (path.ends_with(b".") && path.iter().all(|byte| is_identifier(*byte) || *byte == b'.'));
    match arguments {
        Some(arguments) if plain && !arguments.iter().any(|byte| matches!(byte, b'(' | b')')) => {
            lists_import_error(arguments)
        }
        _ => Err(Unsupported),
    }
}

/// The head of a compound statement, up to the colon before its suite.
fn head(source: &[u8], start: usize) -> Result<&[u8], Unsupported> {
    let mut depth = 0_u32;
    let mut position = start;
    loop {
        let byte = *source.get(position).ok_or(Unsupported)?;
        match class_of(byte) {
            Byte::Boring | Byte::Foreign => position += 1,
            Byte::Newline | Byte::Separator if depth > 0 => position += 1,
            Byte::Hash if depth > 0 => position = end_of_line(source, position),
            Byte::Quote => position = skip_string(source, position)?,
            Byte::Open => {
                depth += 1;
                position += 1;
            }
            Byte::Close => {
                depth = depth.checked_sub(1).ok_or(Unsupported)?;
                position += 1;
            }
            Byte::Separator if byte == b':' && depth == 0 => {
                if source.get(position + 1) == Some(&b'=') {
                    position += 2;
                } else {
                    let head = &source[start..position];
                    // Its colon is no end of a head; in brackets it has been skipped.
                    return if has_bare_lambda(head) { Err(Unsupported) } else { Ok(head) };
                }
            }
            Byte::Backslash => {
                // Only a newline can be escaped here; whatever else this is, the parser says.
                position += if source[position..].starts_with(b"\\\r\n") { 3 } else { 2 };
            }
            Byte::Newline | Byte::Hash | Byte::Separator => return Err(Unsupported),
        }
    }
}

/// Whether a `lambda` may stand outside of brackets. With a string or a comment before it, which may hold any bracket,
/// it may.
fn has_bare_lambda(head: &[u8]) -> bool {
    let mut depth = 0_i32;
    let mut position = 0;
    let is_word =
        |at: &usize| (*at == 0 || !is_identifier(head[at - 1])) && starts_with_keyword(head, *at, b"lambda");
    for at in LAMBDA.find_iter(head).filter(is_word) {
        for byte in &head[position..at] {
            match class_of(*byte) {
                Byte::Open => depth += 1,
                Byte::Close => depth -= 1,
                Byte::Quote | Byte::Hash => return true,
                Byte::Boring | Byte::Newline | Byte::Backslash | Byte::Separator | Byte::Foreign => {}
            }
        }
        if depth <= 0 {
            return true;
        }
        position = at;
    }
    false
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// Without the parentheses around the whole.
fn without_parentheses(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let Some(inner) = text.strip_prefix(b"(").and_then(|inner| inner.strip_suffix(b")")) {
        if inner.iter().any(|byte| matches!(byte, b'(' | b')')) {
            break;
        }
        text = trimmed(inner);
    }
    text
}

/// `typing.TYPE_CHECKING`
fn is_path_to_guard(text: &[u8]) -> bool {
    text.strip_suffix(b".TYPE_CHECKING").is_some_and(|path| {
        path.split(|byte| *byte == b'.').all(|segment| {
            segment.first().is_some_and(|first| !first.is_ascii_digit())
                && segment.iter().all(|byte| is_identifier(*byte))
        })
    })
}

fn mentions_guard(text: &[u8]) -> bool {
    TYPE_CHECKING.is_in(text) || MYPY.is_in(text)
}

/// Whether nothing but constants and logic is in a test, so that its value could be told.
fn is_constant(text: &[u8]) -> bool {
    text.split(|byte| !is_identifier(*byte))
        .filter(|word| !word.is_empty())
        .all(|word| word[0].is_ascii_digit() || matches!(word, b"True" | b"False" | b"not" | b"and" | b"or"))
}

/// Whether an `ImportError` or a class above it is in a list of names, as in `(OSError, errors.ImportError) as error`.
fn lists_import_error(list: &[u8]) -> Result<bool, Unsupported> {
    let plain = |byte: &u8| is_identifier(*byte) || b"., ()\t\r\n".contains(byte);
    if !list.iter().all(plain) {
        return Err(Unsupported);
    }
    let mut found = false;
    let mut words = list
        .split(|byte| !(is_identifier(*byte) || *byte == b'.'))
        .filter(|word| !word.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        if word == b"as" {
            words.next();
            continue;
        }
        if word.starts_with(b".") || word.ends_with(b".") || is_called(list, word) {
            return Err(Unsupported);
        }
        let name = word.rsplit(|byte| *byte == b'.').next().unwrap_or(word);
        found |= matches!(name, b"ImportError" | b"ModuleNotFoundError" | b"Exception" | b"BaseException");
    }
    Ok(found)
}

/// Whether a parenthesis follows a word of the list: a call, whose result nobody knows.
fn is_called(list: &[u8], word: &[u8]) -> bool {
    let end = word.as_ptr() as usize - list.as_ptr() as usize + word.len();
    trimmed(&list[end..]).starts_with(b"(")
}
