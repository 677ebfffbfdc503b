//! How much time the parser may take for a source.
//!
//! It is linear for valid sources. After an error it goes back: to the end of the line for each bracket that is still open,
//! and to the start of a `match` or `with` that turns out to be none, which may have read to the end of the file. So
//! the time grows with the length times the brackets that nothing closes, and that product is bounded before the parser sees the
//! text. It copies the stack of f-strings to look ahead; those that lie in each other are bounded too.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

use crate::lexical::{Byte, Unsupported, class_of, end_of_line, skip_string};

/// Bytes that the parser may come to read again. About two seconds.
const MAX_BYTES_AGAIN: usize = 8 << 20;

/// `CPython` allows as many.
const MAX_NESTED_STRINGS: usize = 150;

/// Why it would take too long to parse a text.
pub(crate) fn refusal(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let is_few = |count: usize| count.saturating_mul(text.len()) <= MAX_BYTES_AGAIN;
    // Strings nest in braces only.
    if is_few(bytes.iter().filter(|byte| is_bracket(**byte)).count()) {
        return None;
    }
    let Unmatched { brackets, strings } =
        unmatched(bytes).unwrap_or_else(|Unsupported| unmatched_tokens(text));
    if strings > MAX_NESTED_STRINGS {
        Some("f-strings are nested too deeply")
    } else if is_few(brackets) {
        None
    } else {
        Some("too large to parse with so many brackets left open")
    }
}

fn is_bracket(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}')
}

struct Unmatched {
    /// Brackets, and strings with code in them, that lack their other half.
    brackets: usize,
    /// The most strings that lie in each other.
    strings: usize,
}

fn unmatched(source: &[u8]) -> Result<Unmatched, Unsupported> {
    let mut open: Vec<u8> = Vec::new();
    let mut extra = 0;
    let mut position = 0;
    while let Some(&byte) = source.get(position) {
        match class_of(byte) {
            Byte::Quote => {
                position = skip_string(source, position)?;
                continue;
            }
            Byte::Hash => {
                position = end_of_line(source, position);
                continue;
            }
            Byte::Backslash => position += 1,
            // `)` follows `(` in ASCII, the other two are two apart.
            Byte::Open => open.push(if byte == b'(' { b')' } else { byte + 2 }),
            Byte::Close if open.last() == Some(&byte) => {
                open.pop();
            }
            Byte::Close => extra += 1,
            Byte::Boring | Byte::Newline | Byte::Separator | Byte::Foreign => {}
        }
        position += 1;
    }
    Ok(Unmatched { brackets: open.len() + extra, strings: 0 })
}

/// The same by ruff's lexer, for what is unusual in strings.
fn unmatched_tokens(text: &str) -> Unmatched {
    let mut lexer = lex(text, Mode::Module);
    let mut open = Vec::new();
    let (mut extra, mut strings, mut most_strings) = (0, 0_usize, 0);
    loop {
        let token = lexer.next_token();
        let closer = match token {
            TokenKind::EndOfFile => break,
            TokenKind::Lpar => TokenKind::Rpar,
            TokenKind::Lsqb => TokenKind::Rsqb,
            TokenKind::Lbrace => TokenKind::Rbrace,
            TokenKind::FStringStart => TokenKind::FStringEnd,
            TokenKind::TStringStart => TokenKind::TStringEnd,
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if open.last() == Some(&token) {
                    open.pop();
                    strings -= usize::from(is_end_of_string(token));
                } else {
                    extra += 1;
                }
                continue;
            }
            _ => continue,
        };
        strings += usize::from(is_end_of_string(closer));
        most_strings = most_strings.max(strings);
        open.push(closer);
    }
    Unmatched { brackets: open.len() + extra, strings: most_strings }
}

fn is_end_of_string(token: TokenKind) -> bool {
    matches!(token, TokenKind::FStringEnd | TokenKind::TStringEnd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::extract_unchecked;
    use crate::{STACK_SIZE, SourceKind, parse_depth};

    #[test]
    fn what_is_refused() {
        for (form, levels) in [
            ("match [1 ", 10_000),
            ("with (and \n\t(", 10_000),
            ("if \n <match(", 10_000),
            ("(\n#\n", 10_000),
            (")", 10_000),
            ("f'{(", 5_000),
            ("f'''{\n", 10_000),
        ] {
            assert!(refusal(&form.repeat(levels)).is_some(), "{form:?}");
        }
        // The brackets of one kind do not close another.
        assert!(refusal(&"(]".repeat(10_000)).is_some());
        // Those in strings and comments close none.
        assert!(refusal(&"(')' #)\n".repeat(10_000)).is_some());
        let comments = "(".repeat(2_000) + &"\n#".repeat(1_000_000);
        assert!(refusal(&comments).is_some());
        let strings = "f'{".repeat(5_000) + "1" + &"}'".repeat(5_000);
        assert_eq!(refusal(&strings), Some("f-strings are nested too deeply"));
    }

    #[test]
    fn what_is_accepted() {
        for text in [
            // Valid, however large.
            "x = [(1, {'a': f(b)[0], ')': '(' \"]\"})] # (\n".repeat(200_000),
            "(".repeat(20_000) + &")".repeat(20_000),
            "x = f'{a[0]}' f\"{f'{b:{c}}'}\"\n".repeat(100_000),
            // Broken, as files are.
            "f(x)\n".repeat(20_000) + "def f(:\n" + &"    g([x)\n".repeat(20),
            "f(x]\n".repeat(500),
        ] {
            assert_eq!(refusal(&text), None, "{}", &text[..40]);
        }
    }

    /// `SECONDS_TO_SEARCH=600 cargo test --release -p ringfence_source --lib parse_cost -- --ignored --nocapture`
    #[test]
    #[ignore = "a search: run it where the parser or the bounds change"]
    fn time_of_random_forms() {
        const TOKENS: &[&str] = &[
            "(", ")", "[", "]", "{", "}", "()", "[]", "{}", ":", ",", "=", ":=", "*", "**", "->", "x", "1",
            "'s'", "f'", "f\"", "f'{", "f\"{", "f'''{", "}'", "}\"", "t'{", "not ", "await ", "yield ",
            "lambda ", "lambda:", "if ", "else ", "for ", "in ", "is ", "and ", "match ", "match", "case ",
            "with ", "with (", "match (", "match [", "type ", "import ", "from ", "del ", "class ", "def f(",
            "async ", "@", "\n", "\n", "\n", " ", "\n ", "\n  ", "\n\t", "\\\n", ";", "as ", "try:",
            "except ", "\"", "'", "'''", "\"\"\"", "!", "!r", ".", "...", "#", "#\n", "print ", "return ",
            "raise ", "global ", "assert ", "while ", "elif ", "lazy ", "\r", "%", "~", "-", "+", "<", "|",
            "$", "?", "`", "0x", "1e", "b'", "r'", "rf'{", "):\n", "]:\n",
        ];
        let seconds = std::env::var("SECONDS_TO_SEARCH").map_or(60, |text| text.parse().unwrap());
        let start = std::time::Instant::now();
        let mut state = u64::from(std::process::id()) | 1;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 16) as usize % below
        };
        let (mut tried, mut refused, mut worst) = (0, 0, 0);
        while start.elapsed().as_secs() < seconds {
            let mut part =
                |most: usize| -> String { (0..next(most)).map(|_| TOKENS[next(TOKENS.len())]).collect() };
            let (before, deep, open, core, close) = (part(3), part(4), part(7), part(3), part(3));
            let (levels, times) = ([0, 10, 60, 500][next(4)], [100, 2_000, 40_000][next(3)]);
            let form = format!("{before:?} {deep:?}*{levels} {open:?}*{times} {core:?} {close:?}");
            let text =
                format!("{before}{}{}{core}{}", deep.repeat(levels), open.repeat(times), close.repeat(times));
            tried += 1;
            if refusal(&text).is_some() || parse_depth::refusal(&text).is_some() {
                refused += 1;
                continue;
            }
            let length = text.len();
            let asked = std::time::Instant::now();
            let run = move || extract_unchecked(&text, SourceKind::Python);
            let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run).unwrap();
            while !thread.is_finished() {
                std::thread::sleep(std::time::Duration::from_micros(50));
                assert!(asked.elapsed().as_secs() < 20, "hangs: {form}");
            }
            // What any byte may take is left out.
            let took = asked.elapsed().as_millis().saturating_sub(length as u128 / 1_000);
            if took > worst {
                worst = took;
                println!("{took} ms for {length} bytes: {form}");
            }
        }
        println!("{tried} forms, {refused} refused, slowest: {worst} ms");
    }
}
