//! How deep a source may be nested.
//!
//! To parse, walk and drop a tree takes stack for each level of it, and a stack overflow cannot be caught. So the depth is
//! bounded before the parser sees the text. Each construct that can nest costs *units* ([`WEIGHTS`], [`KEYWORDS`],
//! [`BLOCK`]), the units on the way from the root to any leaf are at most [`MAX_UNITS`], and [`STACK_SIZE`] is what
//! that many units can use at most.
//!
//! Three bounds are tried, from the cheapest to the tightest: the length of the text; the sum of all its units, as if
//! all were nested and strings were code; the tokens with their brackets. Nearly all files pass the first two.

use std::sync::atomic::{AtomicUsize, Ordering};

use memchr::{memchr2, memmem, memrchr};
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

/// The stack that [`crate::extract()`] needs, whatever the text. Nearly all of it is never touched: it is address space.
///
/// Measured on `x86_64` Linux with ruff 0.0.10, bytes of stack to parse, walk and drop one level (test `stack_by_unit`):
///
/// | | `(` | `[` | `f(` | `not` | `-` | `.a` | `+a` | `if x:` | `def f():` |
/// |---|---|---|---|---|---|---|---|---|---|
/// | release | 2,160 | 2,048 | 2,176 | 992 | 992 | 47 | 63 | 1,185 | 1,632 |
/// | dev | 2,368 | 2,288 | 2,560 | 1,248 | 1,248 | 1,248 | 1,248 | 1,249 | 1,681 |
///
/// No listed or random form takes more than 1,473 bytes a unit, which makes 236 MB for [`MAX_UNITS`], and what may come to
/// that after errors is at most 180 MB ([`MAX_STEPS_DOWN`]). The parser itself would go on on new stacks that it allocates
/// (`stacker`), but some of its helpers, the walk and the drop would not, so it must never come so far.
pub const STACK_SIZE: usize = 512 << 20;

/// 26,000 brackets, 40,000 `not`, 150,000 operators: far beyond what `CPython` compiles (200 brackets, 100 blocks, some
/// thousand operators).
const MAX_UNITS: usize = 160_000;

/// Lines inside brackets are not indented for the lexer, and may be for the parser, where it recovers from an error. So
/// much of the stack is kept for them: 1.8 kB for each.
const MAX_STEPS_DOWN: usize = 100_000;

/// What every thread has to spare: half of Rust's default.
pub(crate) const SMALL_STACK_SIZE: usize = 1 << 20;

/// A call in a call in a call, with a long path as its argument; at 1,473 bytes each.
const SHALLOW_UNITS: usize = SMALL_STACK_SIZE / 1_500;

const OPERATOR: usize = 1;
/// More than its own level, as the sum of bytes sees no `or`, `and`, `in` or `is`: `(a or b and c in (a or b and c in ...`.
const BRACKET: usize = 6;
/// The same for the one operator that takes any expression: `a or b and c in *a or b and c in *...`.
const STAR: usize = 4;
const BLOCK: usize = 8;
/// A statement with its first expression.
const STATEMENT: usize = 8;

/// Units by byte. A longer operator counts for each of its bytes.
static WEIGHTS: [u8; 256] = {
    let mut weights = [0; 256];
    let operators = b"+-/%@&|^~<>=!.:";
    let mut at = 0;
    while at < operators.len() {
        weights[operators[at] as usize] = OPERATOR as u8;
        at += 1;
    }
    weights[b'*' as usize] = STAR as u8;
    weights[b'(' as usize] = BRACKET as u8;
    weights[b'[' as usize] = BRACKET as u8;
    weights[b'{' as usize] = BRACKET as u8;
    weights
};

/// The keywords that can nest without any of the bytes above. They too make up for those that are not counted.
const KEYWORDS: [&str; 7] = ["not", "await", "if", "else", "yield", "async", "lambda"];
const KEYWORD: usize = 4;

/// How many times smaller than [`STACK_SIZE`] the smallest stack is on which anything is parsed.
static SMALLER: AtomicUsize = AtomicUsize::new(1);

/// From now on files are parsed on stacks of this size, too, where the system gives no larger ones: in the whole process less
/// nesting is let through.
pub fn parse_on_stack_of(bytes: usize) {
    SMALLER.fetch_max(STACK_SIZE.div_ceil(bytes.max(1)), Ordering::Relaxed);
}

/// Why a text is not safe to parse.
pub(crate) fn refusal(text: &str) -> Option<&'static str> {
    if u32::try_from(text.len()).is_err() {
        return Some("the file is larger than 4 GiB");
    }
    let smaller = SMALLER.load(Ordering::Relaxed);
    let most_units = MAX_UNITS / smaller;
    if bound_by_length(text) <= most_units {
        return None;
    }
    let steps = steps_down(text);
    if bound_by_bytes(text, steps) <= most_units {
        return None;
    }
    if steps > MAX_STEPS_DOWN / smaller {
        return Some("too large to parse");
    }
    match bound_by_tokens(text, most_units) {
        Some(units) if units <= most_units => None,
        Some(_) if smaller > 1 => Some("nested too deeply for the memory that there is"),
        Some(_) => Some("nested too deeply"),
        None => Some(
            "too large to parse with a bracket or string left open, or with a line break in an f-string's braces",
        ),
    }
}

/// Whether [`SMALL_STACK_SIZE`] is enough to parse, walk and drop a text.
pub(crate) fn is_shallow(text: &str) -> bool {
    bound_by_bytes(text, steps_down(text)) <= SHALLOW_UNITS
}

/// A block needs more bytes than it costs units of brackets.
fn bound_by_length(text: &str) -> usize {
    bound_of_blocks(text, 0) + text.len().saturating_mul(BRACKET)
}

/// Each block is indented by at least one more character than the one around it, so that a file with `n` blocks in each
/// other has at least 1 + 2 + ... + n bytes. But a line that goes back to a column between two blocks is an error after
/// which the parser stays in the inner block, and so each step down in the file may cost another level.
fn bound_of_blocks(text: &str, steps_down: usize) -> usize {
    STATEMENT + (text.len().saturating_mul(2).isqrt() + steps_down) * BLOCK
}

/// How many lines are indented less than the one before, blank lines apart, strings and brackets included.
fn steps_down(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut steps = 0;
    let mut before = 0;
    let mut start = 0;
    while start < bytes.len() {
        let line = &bytes[start..];
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        let indent = blanks - memrchr(b'\x0c', &line[..blanks]).map_or(0, |at| at + 1);
        let end = blanks + memchr2(b'\n', b'\r', &line[blanks..]).unwrap_or(line.len() - blanks);
        if end > blanks {
            steps += usize::from(indent < before);
            before = indent;
        }
        start += end + 1;
    }
    steps
}

/// As if all operators of the file were nested in each other.
fn bound_by_bytes(text: &str, steps_down: usize) -> usize {
    let bytes = text.as_bytes();
    let operators: usize = bytes.chunks(1 << 16).map(weigh).sum();
    let keywords: usize = KEYWORDS.iter().map(|word| memmem::find_iter(bytes, word.as_bytes()).count()).sum();
    bound_of_blocks(text, steps_down) + operators + keywords * KEYWORD
}

fn weigh(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(WEIGHTS[usize::from(*byte)])).sum()
}

/// The tokens between two brackets, without those in the brackets among them.
struct Frame {
    closer: Option<TokenKind>,
    /// Units of the frames around it.
    outside: usize,
    /// Units since the frame opened, or since the last comma that ended an element.
    inside: usize,
    /// How many `lambda` lack their colon. Until then a comma parts their parameters.
    open_lambdas: usize,
    /// A keyword was seen whose operand goes on after a comma: `yield a, b`.
    spans_commas: bool,
}

impl Frame {
    fn new(closer: Option<TokenKind>, outside: usize) -> Self {
        Self { closer, outside, inside: 0, open_lambdas: 0, spans_commas: false }
    }
}

/// The deepest way through the tokens, or something above `limit` where that is exceeded.
///
/// None where the parser might not see these tokens, or not nest them so: where it recovers from an error, it may read on past a
/// line end in search of the colon of a `lambda`, take the rest of an unclosed string for code, or lose count of the
/// brackets in an f-string that spans lines. Where all brackets match, it closes each at the same token as this
/// does, or before.
fn bound_by_tokens(text: &str, limit: usize) -> Option<usize> {
    // With the indentation as the lexer sees it, and so with each step that is an error.
    let flat = bound_of_blocks(text, 0);
    let mut blocks = flat;
    let mut lexer = lex(text, Mode::Module);
    let mut frames = Vec::new();
    let mut frame = Frame::new(None, blocks);
    let mut strings = 0_usize;
    let mut deepest = blocks;
    loop {
        let token = lexer.next_token();
        let closer = match token {
            TokenKind::EndOfFile => return (frames.is_empty() && frame.open_lambdas == 0).then_some(deepest),
            TokenKind::Lpar => Some(TokenKind::Rpar),
            TokenKind::Lsqb => Some(TokenKind::Rsqb),
            TokenKind::Lbrace => Some(TokenKind::Rbrace),
            TokenKind::FStringStart => Some(TokenKind::FStringEnd),
            TokenKind::TStringStart => Some(TokenKind::TStringEnd),
            _ => None,
        };
        if closer.is_some() {
            let is_string = matches!(token, TokenKind::FStringStart | TokenKind::TStringStart);
            strings += usize::from(is_string);
            if !is_string {
                // The bracket holds its own elements, and is a link of the chain that it stands in: `f()()()`.
                frame.inside += BRACKET;
            }
            let inner = Frame::new(closer, frame.outside + frame.inside);
            frames.push(std::mem::replace(&mut frame, inner));
        } else if frame.closer == Some(token) {
            if frame.open_lambdas > 0 {
                return None;
            }
            strings -= usize::from(matches!(token, TokenKind::FStringEnd | TokenKind::TStringEnd));
            frame = frames.pop()?;
        } else {
            match token {
                TokenKind::Rpar
                | TokenKind::Rsqb
                | TokenKind::Rbrace
                | TokenKind::FStringEnd
                | TokenKind::TStringEnd => return None,
                TokenKind::NonLogicalNewline if strings > 0 => return None,
                TokenKind::Newline | TokenKind::Semi if frames.is_empty() => {
                    if frame.open_lambdas > 0 {
                        return None;
                    }
                    frame = Frame::new(None, blocks);
                }
                TokenKind::Indent | TokenKind::Dedent => {
                    blocks = match token {
                        TokenKind::Indent => blocks + BLOCK,
                        _ => blocks.saturating_sub(BLOCK).max(flat),
                    };
                    if frames.is_empty() {
                        frame.outside = blocks;
                    }
                }
                TokenKind::Comma if frame.open_lambdas == 0 && !frame.spans_commas => frame.inside = 0,
                TokenKind::Name
                | TokenKind::Int
                | TokenKind::Float
                | TokenKind::Complex
                | TokenKind::String
                | TokenKind::FStringMiddle
                | TokenKind::TStringMiddle
                | TokenKind::None
                | TokenKind::True
                | TokenKind::False
                | TokenKind::Comment
                | TokenKind::NonLogicalNewline => {}
                TokenKind::Lambda => {
                    frame.open_lambdas += 1;
                    frame.inside += KEYWORD;
                }
                TokenKind::Colon => {
                    frame.open_lambdas = frame.open_lambdas.saturating_sub(1);
                    frame.inside += OPERATOR;
                }
                _ if token.is_keyword() => {
                    frame.spans_commas |= !ends_at_comma(token);
                    frame.inside += KEYWORD;
                }
                _ => frame.inside += OPERATOR,
            }
        }
        deepest = deepest.max(frame.outside + frame.inside);
        if deepest > limit {
            return Some(deepest);
        }
    }
}

/// Whether all operands of a keyword end at the next comma.
fn ends_at_comma(keyword: TokenKind) -> bool {
    matches!(
        keyword,
        TokenKind::And
            | TokenKind::Or
            | TokenKind::Not
            | TokenKind::In
            | TokenKind::Is
            | TokenKind::If
            | TokenKind::Else
            | TokenKind::For
            | TokenKind::Async
            | TokenKind::Await
    )
}

#[cfg(test)]
mod tests;
