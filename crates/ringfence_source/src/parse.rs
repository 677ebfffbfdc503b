//! Files parsed in full: the facts, the names and the oddities of one, and what the scanner cannot tell.

use memchr::memmem;
use ruff_python_ast::{ModModule, PySourceType, Stmt};
use ruff_python_parser::{ParseError, Parsed, parse_unchecked_source};
use ruff_text_size::{TextLen, TextRange, TextSize};

use crate::extract::imports_in;
use crate::lexical::Unsupported;
use crate::oddities::oddities_of;
use crate::plain_data::declared;
use crate::scan::scan;
use crate::semantic::names_of;
use crate::{
    FileFacts, ModuleFacts, Oddities, SourceKind, SyntaxError, parse_cost, parse_depth, suppression_comments,
};

/// The facts of a file. Offsets count bytes of `text`, which holds no byte order mark ([`crate::decode()`] strips it).
///
/// Must run on a thread with a stack of [`crate::STACK_SIZE`]: what it builds, walks and drops is as deep as the
/// source is nested.
pub fn extract(text: &str, kind: SourceKind) -> FileFacts {
    scan(text).unwrap_or_else(|Unsupported| parse(text, kind))
}

/// The same by the parser: slower, and with the first syntax error.
pub fn parse(text: &str, kind: SourceKind) -> FileFacts {
    refused(text).unwrap_or_else(|| extract_unchecked(text, kind))
}

/// A file parsed in full.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedFile {
    pub facts: FileFacts,
    pub module: ModuleFacts,
}

/// The facts of a file with its names. Needs the stack that [`extract`] needs.
pub fn parse_module(text: &str, kind: SourceKind) -> ParsedFile {
    match refused(text) {
        Some(facts) => ParsedFile { facts, module: ModuleFacts::default() },
        None => parse_module_unchecked(text, kind),
    }
}

/// What is odd about a file; nothing for one that cannot be parsed without errors. Needs the stack that [`extract`] needs.
pub fn oddities(text: &str, kind: SourceKind) -> Option<Oddities> {
    if refusal(text).is_some() {
        return None;
    }
    let parsed = parse_tree(text, kind);
    parsed.has_valid_syntax().then(|| oddities_of(parsed.suite()))
}

/// The same for a text that is known to be safe to parse.
pub(crate) fn parse_module_unchecked(text: &str, kind: SourceKind) -> ParsedFile {
    let parsed = parse_tree(text, kind);
    let facts = facts_of(text, &parsed);
    let mut module = names_of(text, parsed.suite(), &facts);
    module.declared = declared(parsed.suite());
    ParsedFile { facts, module }
}

/// What is said of a file that is not safe to parse.
fn refused(text: &str) -> Option<FileFacts> {
    let message = refusal(text)?;
    let range = TextRange::default();
    Some(FileFacts {
        syntax_error: Some(SyntaxError { range, message: message.to_owned(), more: 0 }),
        ..FileFacts::default()
    })
}

/// The syntax tree of the one statement at `range`; its offsets count from the start of the statement. Nothing where
/// the range does not hold one. Parses nothing else; meant for import statements, which do not nest.
pub fn parse_statement(text: &str, range: TextRange) -> Option<Stmt> {
    let statement = text.get(range.start().to_usize()..range.end().to_usize())?;
    if refusal(statement).is_some() {
        return None;
    }
    let parsed = parse_unchecked_source(statement, PySourceType::Python);
    let mut suite = parsed.has_valid_syntax().then(|| parsed.into_suite())?;
    suite.pop().filter(|_| suite.is_empty())
}

/// Whether a text can be parsed on a stack of [`crate::STACK_SIZE`], and in time.
pub fn is_safe_to_parse(text: &str) -> bool {
    refusal(text).is_none()
}

/// Why a text is not safe to parse.
fn refusal(text: &str) -> Option<&'static str> {
    parse_depth::refusal(text).or_else(|| parse_cost::refusal(text))
}

/// The facts of a text that is known to be safe to parse.
pub(crate) fn extract_unchecked(text: &str, kind: SourceKind) -> FileFacts {
    facts_of(text, &parse_tree(text, kind))
}

fn parse_tree(text: &str, kind: SourceKind) -> Parsed<ModModule> {
    let source_type = match kind {
        SourceKind::Python => PySourceType::Python,
        SourceKind::Stub => PySourceType::Stub,
    };
    parse_unchecked_source(text, source_type)
}

fn facts_of(text: &str, parsed: &Parsed<ModModule>) -> FileFacts {
    let bytes = text.as_bytes();
    let calls =
        ["import_module", "__import__"].iter().any(|name| memmem::find(bytes, name.as_bytes()).is_some());
    let mut facts = imports_in(parsed.suite(), calls);
    facts.syntax_error = first_error(text, parsed.errors());
    suppression_comments::collect(text, parsed.tokens(), &mut facts);
    facts
}

fn first_error(text: &str, errors: &[ParseError]) -> Option<SyntaxError> {
    let first = errors.iter().min_by_key(|error| error.location.start())?;
    Some(SyntaxError {
        range: clamp(text, first.location),
        message: lower_case_start(&first.error.to_string()),
        more: errors.len() as u32 - 1,
    })
}

/// The lexer may point one past the end, or behind the first byte of a character.
fn clamp(text: &str, range: TextRange) -> TextRange {
    let floor = |offset: TextSize| {
        let mut at = offset.min(text.text_len()).to_usize();
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        TextSize::new(at as u32)
    };
    TextRange::new(floor(range.start()), floor(range.end()))
}

/// A parser's message in our style: no capital at the start unless it is a name, no period at the end.
fn lower_case_start(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut characters = message.chars();
    match (characters.next(), characters.next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(message.chars().skip(1)).collect()
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
