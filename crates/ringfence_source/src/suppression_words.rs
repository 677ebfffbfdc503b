//! The words of suppression comments: codes, names of rules, reasons and dates.

use jiff::civil::Date;
use memchr::memchr2_iter;

pub(crate) const NOQA: &str = "noqa";

/// Words that somebody writes who takes us for another tool, or for an older one.
pub(crate) const NEAR_WORDS: [&str; 13] = [
    "allow",
    "disable",
    "disable-next-line",
    "enable",
    "file-ignores",
    "fileignore",
    "ignore-file",
    "ignore-next-line",
    "ignored",
    "ignores",
    "noqa",
    "off",
    "skip",
];

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

pub(crate) fn skip_blanks(text: &str, at: usize, end: usize) -> usize {
    at + text[at..end].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether `text` starts with `word`, in any case, and the word ends there.
pub(crate) fn starts_with_word(text: &str, word: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        && bytes.get(word.len()).is_none_or(|next| !is_word(*next))
}

/// Where a `noqa` for this line stands. `ruff: noqa: ...` and `flake8: noqa: ...` are for a whole file, and not for us.
pub(crate) fn find_noqa(text: &str) -> Option<usize> {
    memchr2_iter(b'n', b'N', text.as_bytes()).find(|&at| {
        let before = &text.as_bytes()[..at];
        let file_wide = || {
            let before = before.trim_ascii_end().to_ascii_lowercase();
            before.ends_with(b"ruff:") || before.ends_with(b"flake8:")
        };
        before.last().is_none_or(u8::is_ascii_whitespace)
            && text.is_char_boundary(at)
            && starts_with_word(&text[at..], NOQA)
            && !file_wide()
    })
}

/// The length of the letters and digits of a code, as in `RF101`.
pub(crate) fn code_length(text: &str) -> Option<usize> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = text[letters..].bytes().take_while(u8::is_ascii_digit).count();
    (letters > 0 && digits > 0).then_some(letters + digits)
}

/// `RF101`, and so `RF1` and `RF` too.
pub(crate) fn is_code(name: &str) -> bool {
    let digits = name.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    digits.len() < name.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `undeclared-dependency`
pub(crate) fn is_rule_name(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// A reason without what parts it from the list: `- `, `-- `, `: `.
pub(crate) fn clean_start(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '-', ':', '–', '—']).trim_end()
}

/// Start of `until`, start of its value, end of its value.
pub(crate) fn find_until(text: &str) -> Option<(usize, usize, usize)> {
    const WORD: &str = "until=";
    let start = text
        .match_indices(WORD)
        .map(|(at, _)| at)
        .find(|&at| text.as_bytes()[..at].last().is_none_or(|before| !is_word(*before) && *before != b'-'))?;
    let value = start + WORD.len();
    let token = text[value..].split([' ', '\t']).next().unwrap_or_default();
    Some((start, value, value + token.trim_end_matches([',', ';', '.', ')']).len()))
}

pub(crate) fn parse_date(text: &str) -> Option<Date> {
    // jiff also reads `20270131` and date times.
    let shape =
        |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let is_shaped = text.len() == 10 && text.bytes().enumerate().all(shape);
    is_shaped.then(|| text.parse().ok()).flatten()
}
