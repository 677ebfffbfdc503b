//! Bytes to text as `CPython` does it: byte order mark, then the coding cookie of PEP 263, then UTF-8.
//!
//! Kept by hand, because no library finds and judges a cookie as `CPython`'s tokenizer does, and a file that Python rejects must not be read.
//!
//! A plain UTF-8 file costs one validation and a look at its first two lines; nothing is copied.

use std::borrow::Cow;

use memchr::{memchr_iter, memchr2, memmem};
use thiserror::Error;

use crate::codec_names::{is_cpython_utf8, python_codec};
use crate::encoding::{Encoding, UTF8_BOM};

/// The text of a file, and how to write it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Without the byte order mark: offset 0 is the first character that Python reads.
    pub text: Cow<'a, str>,
    pub encoding: Encoding,
}

impl Decoded<'_> {
    /// The bytes that decode to `text` again: [`Encoding::encode`].
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        self.encoding.encode(text)
    }
}

/// Why the bytes of a file are no text. Offsets count bytes of the file, its byte order mark included.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("byte 0x{byte:02x} on line {line} is not valid `{encoding}`")]
    InvalidByte { encoding: Cow<'static, str>, byte: u8, line: usize, offset: usize },
    #[error("unknown encoding `{encoding}` on line {line}")]
    UnknownEncoding { encoding: String, line: usize, offset: usize },
    #[error("encoding `{encoding}` on line {line} contradicts the utf-8 byte order mark of the file")]
    ContradictsMark { encoding: String, line: usize, offset: usize },
    #[error("line 1 starts with the byte order mark of `{encoding}`, which Python does not read as source")]
    WideEncoding { encoding: &'static str },
}

impl DecodeError {
    /// The first byte at fault.
    pub fn offset(&self) -> usize {
        match self {
            Self::InvalidByte { offset, .. }
            | Self::UnknownEncoding { offset, .. }
            | Self::ContradictsMark { offset, .. } => *offset,
            Self::WideEncoding { .. } => 0,
        }
    }
}

/// The text of a Python file.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    if let Some(encoding) = wide_encoding(bytes) {
        return Err(DecodeError::WideEncoding { encoding });
    }
    let (body, mark) = match bytes.strip_prefix(UTF8_BOM) {
        Some(body) => (body, UTF8_BOM.len()),
        None => (bytes, 0),
    };
    let Some(cookie) = find_cookie(body) else {
        return decode_body(body, mark, Encoding::Utf8 { bom: mark > 0 });
    };
    // The pattern of a cookie admits ASCII only.
    let encoding = String::from_utf8_lossy(&body[cookie.start..cookie.end]).into_owned();
    let (line, offset) = (cookie.line, cookie.start + mark);
    if mark > 0 {
        return if is_cpython_utf8(&encoding) {
            decode_body(body, mark, Encoding::Utf8 { bom: true })
        } else {
            Err(DecodeError::ContradictsMark { encoding, line, offset })
        };
    }
    match python_codec(&encoding) {
        Some(codec) => decode_body(body, mark, codec),
        None => Err(DecodeError::UnknownEncoding { encoding, line, offset }),
    }
}

fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("utf-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("utf-16"),
        _ => None,
    }
}

/// `mark` is what stood before `body`, so that offsets are those of the file.
fn decode_body(body: &[u8], mark: usize, encoding: Encoding) -> Result<Decoded<'_>, DecodeError> {
    match encoding.decode(body) {
        Ok(text) => Ok(Decoded { text, encoding }),
        Err(at) => Err(DecodeError::InvalidByte {
            encoding: encoding.name(),
            byte: body.get(at).copied().unwrap_or_default(),
            line: count_line_ends(&body[..at]) + 1,
            offset: at + mark,
        }),
    }
}

/// A cookie's name, as a byte range of the file without its mark.
struct Cookie {
    start: usize,
    end: usize,
    line: usize,
}

/// PEP 263: on line 1, or on line 2 if line 1 is blank or a comment.
fn find_cookie(body: &[u8]) -> Option<Cookie> {
    let mut start = 0;
    for line in 1..=2 {
        let rest = body.get(start..)?;
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let blanks = rest[..end].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        if blanks < end && rest[blanks] != b'#' {
            return None;
        }
        if let Some((from, to)) = cookie_in_comment(&rest[blanks..end]) {
            let at = start + blanks;
            return Some(Cookie { start: at + from, end: at + to, line });
        }
        start += end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    None
}

/// The group of `#.*?coding[:=][ \t]*([-\w.]+)`.
fn cookie_in_comment(comment: &[u8]) -> Option<(usize, usize)> {
    const WORD: &[u8] = b"coding";
    memmem::find_iter(comment, WORD).find_map(|found| {
        let after = found + WORD.len();
        if !matches!(comment.get(after), Some(b':' | b'=')) {
            return None;
        }
        let mut from = after + 1;
        while matches!(comment.get(from), Some(b' ' | b'\t')) {
            from += 1;
        }
        let length = comment[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .count();
        (length > 0).then_some((from, from + length))
    })
}

fn count_line_ends(bytes: &[u8]) -> usize {
    let lone_returns = memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
    lone_returns + memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests;
