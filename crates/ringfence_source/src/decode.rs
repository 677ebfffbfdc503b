//! Bytes to text as `CPython` does it: byte order mark, then the coding cookie of PEP 263, then UTF-8.
//!
//! A plain UTF-8 file costs one validation and a look at its first two lines; nothing is copied.

use std::borrow::Cow;

use encoding_rs::DecoderResult;
use memchr::{memchr_iter, memchr2, memmem};
use thiserror::Error;

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

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

/// What turns the text of a file into its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8 {
        bom: bool,
    },
    /// ISO 8859-1: each byte is the code point of the same number. What the web calls `latin1` is windows-1252.
    Latin1,
    /// ISO 8859-9: Latin-1 with six Turkish letters. What the web calls so is windows-1254.
    Latin5,
    Ascii,
    Other(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// The bytes of `text` in this encoding, with a byte order mark if the file had one; they decode to `text` again. None if
    /// the encoding has no bytes for a character. To change a file see [`crate::splice()`].
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 { bom } => {
                let mark = if bom { UTF8_BOM } else { b"" };
                Some([mark, text.as_bytes()].concat())
            }
            Self::Latin1 => text.chars().map(|character| u8::try_from(character).ok()).collect(),
            Self::Latin5 => text.chars().map(latin5_byte).collect(),
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Self::Other(encoding) => {
                // The web's encoders have bytes for some characters that these are not the bytes of.
                let (bytes, _, lossy) = encoding.encode(text);
                let is_faithful = !lossy && decode_other(&bytes, encoding).is_ok_and(|again| again == text);
                is_faithful.then(|| bytes.into_owned())
            }
        }
    }

    /// Its usual name, in lower case.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Self::Utf8 { .. } => Cow::Borrowed("utf-8"),
            Self::Latin1 => Cow::Borrowed("iso-8859-1"),
            Self::Latin5 => Cow::Borrowed("iso-8859-9"),
            Self::Ascii => Cow::Borrowed("ascii"),
            Self::Other(encoding) => Cow::Owned(encoding.name().to_ascii_lowercase()),
        }
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
    let text = match encoding {
        Encoding::Utf8 { .. } => match simdutf8::basic::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            // The fast check does not say where.
            Err(_) => std::str::from_utf8(body).map(Cow::Borrowed).map_err(|error| error.valid_up_to()),
        },
        Encoding::Ascii => match std::str::from_utf8(body) {
            Ok(text) if text.is_ascii() => Ok(Cow::Borrowed(text)),
            _ => Err(body.iter().position(|byte| !byte.is_ascii()).unwrap_or_default()),
        },
        Encoding::Latin1 => {
            Ok(borrow_ascii(body).unwrap_or_else(|| body.iter().copied().map(char::from).collect()))
        }
        Encoding::Latin5 => {
            Ok(borrow_ascii(body).unwrap_or_else(|| body.iter().copied().map(latin5_character).collect()))
        }
        Encoding::Other(codec) => decode_other(body, codec),
    };
    match text {
        Ok(text) => Ok(Decoded { text, encoding }),
        Err(at) => Err(DecodeError::InvalidByte {
            encoding: encoding.name(),
            byte: body.get(at).copied().unwrap_or_default(),
            line: count_line_ends(&body[..at]) + 1,
            offset: at + mark,
        }),
    }
}

fn borrow_ascii(body: &[u8]) -> Option<Cow<'_, str>> {
    std::str::from_utf8(body).ok().filter(|text| text.is_ascii()).map(Cow::Borrowed)
}

/// The text, or where the first malformed sequence starts.
fn decode_other<'a>(body: &'a [u8], codec: &'static encoding_rs::Encoding) -> Result<Cow<'a, str>, usize> {
    // ISO-2022-JP is the one stateful encoding here: its escape sequences are ASCII bytes.
    if codec.is_ascii_compatible()
        && let Some(text) = borrow_ascii(body)
    {
        return Ok(text);
    }
    let mut decoder = codec.new_decoder_without_bom_handling();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(body.len()).ok_or(0_usize)?;
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    match result {
        DecoderResult::InputEmpty => {}
        DecoderResult::Malformed(bad, after) => {
            return Err(read
                .saturating_sub(usize::from(bad) + usize::from(after))
                .min(body.len().saturating_sub(1)));
        }
        DecoderResult::OutputFull => return Err(0),
    }
    if maps_holes_to_controls(codec)
        && let Some(at) = text.chars().position(is_c1_control)
    {
        return Err(at);
    }
    Ok(Cow::Owned(text))
}

/// Whether the web's table fills bytes that Python's codec rejects with the control characters of Latin-1.
fn maps_holes_to_controls(codec: &'static encoding_rs::Encoding) -> bool {
    codec.name().starts_with("windows-")
}

fn is_c1_control(character: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&character)
}

const LATIN5: [(u8, char); 6] =
    [(0xd0, 'Ğ'), (0xdd, 'İ'), (0xde, 'Ş'), (0xf0, 'ğ'), (0xfd, 'ı'), (0xfe, 'ş')];

fn latin5_character(byte: u8) -> char {
    LATIN5
        .iter()
        .find(|(turkish, _)| *turkish == byte)
        .map_or_else(|| char::from(byte), |(_, letter)| *letter)
}

fn latin5_byte(character: char) -> Option<u8> {
    if let Some((byte, _)) = LATIN5.iter().find(|(_, letter)| *letter == character) {
        return Some(*byte);
    }
    u8::try_from(character).ok().filter(|byte| LATIN5.iter().all(|(turkish, _)| turkish != byte))
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

/// The spellings that `CPython`'s tokenizer takes for UTF-8 before it asks any codec. Only these go with a mark.
fn is_cpython_utf8(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name == "utf-8" || name.starts_with("utf-8-")
}

/// The codec that Python looks up under this name.
fn python_codec(name: &str) -> Option<Encoding> {
    if is_cpython_utf8(name) {
        return Some(Encoding::Utf8 { bom: false });
    }
    // As `encodings.normalize_encoding`; the dot is kept there too.
    let mut name: String = name
        .to_ascii_lowercase()
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '.')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_");
    // The tokenizer's own rule for `latin-1-unix` and its like.
    for prefix in ["latin_1_", "iso_8859_1_", "iso_latin_1_"] {
        if name.starts_with(prefix) {
            name.truncate(prefix.len() - 1);
        }
    }
    let label =
        match name.as_str() {
            "utf8" | "u8" | "utf" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" => {
                return Some(Encoding::Utf8 { bom: false });
            }
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "iso8859" | "8859"
            | "cp819" | "csisolatin1" | "ibm819" | "iso_8859_1_1987" | "iso_ir_100" | "iso_latin_1" => {
                return Some(Encoding::Latin1);
            }
            "latin5" | "l5" | "iso_8859_9" | "iso8859_9" | "csisolatin5" | "iso_8859_9_1989"
            | "iso_ir_148" => {
                return Some(Encoding::Latin5);
            }
            "ascii" | "us_ascii" | "us" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986"
            | "cp367" | "csascii" | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" => {
                return Some(Encoding::Ascii);
            }
            "cp1250" | "windows_1250" | "1250" => "windows-1250",
            "cp1251" | "windows_1251" | "1251" => "windows-1251",
            "cp1252" | "windows_1252" | "1252" => "windows-1252",
            "cp1253" | "windows_1253" | "1253" => "windows-1253",
            "cp1254" | "windows_1254" | "1254" => "windows-1254",
            "cp1255" | "windows_1255" | "1255" => "windows-1255",
            "cp1256" | "windows_1256" | "1256" => "windows-1256",
            "cp1257" | "windows_1257" | "1257" => "windows-1257",
            "cp1258" | "windows_1258" | "1258" => "windows-1258",
            "iso8859_2" | "iso_8859_2" | "latin2" | "l2" | "csisolatin2" | "iso_8859_2_1987"
            | "iso_ir_101" => "iso-8859-2",
            "iso8859_3" | "iso_8859_3" | "latin3" | "l3" | "csisolatin3" | "iso_8859_3_1988"
            | "iso_ir_109" => "iso-8859-3",
            "iso8859_4" | "iso_8859_4" | "latin4" | "l4" | "csisolatin4" | "iso_8859_4_1988"
            | "iso_ir_110" => "iso-8859-4",
            "iso8859_5" | "iso_8859_5" | "cyrillic" | "csisolatincyrillic" | "iso_8859_5_1988"
            | "iso_ir_144" => "iso-8859-5",
            "iso8859_6" | "iso_8859_6" | "arabic" | "asmo_708" | "ecma_114" | "csisolatinarabic"
            | "iso_ir_127" => "iso-8859-6",
            "iso8859_7" | "iso_8859_7" | "greek" | "greek8" | "elot_928" | "ecma_118" | "csisolatingreek"
            | "iso_ir_126" => "iso-8859-7",
            "iso8859_8" | "iso_8859_8" | "hebrew" | "csisolatinhebrew" | "iso_8859_8_1988" | "iso_ir_138" => {
                "iso-8859-8"
            }
            "iso8859_10" | "iso_8859_10" | "latin6" | "l6" | "csisolatin6" | "iso_ir_157" => "iso-8859-10",
            "iso8859_11" | "iso_8859_11" | "thai" | "tis_620" | "tis620" | "tis_620_0" | "iso_ir_166"
            | "cp874" => "windows-874",
            "iso8859_13" | "iso_8859_13" | "latin7" | "l7" => "iso-8859-13",
            "iso8859_14" | "iso_8859_14" | "latin8" | "l8" | "iso_celtic" | "iso_ir_199" => "iso-8859-14",
            "iso8859_15" | "iso_8859_15" | "latin9" | "latin_9" | "l9" => "iso-8859-15",
            "iso8859_16" | "iso_8859_16" | "latin10" | "l10" | "iso_ir_226" => "iso-8859-16",
            "koi8_r" | "cskoi8r" => "koi8-r",
            "koi8_u" => "koi8-u",
            "cp866" | "866" | "ibm866" | "csibm866" => "ibm866",
            "mac_roman" | "macroman" | "macintosh" => "macintosh",
            "mac_cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            "shift_jis" | "shiftjis" | "sjis" | "s_jis" | "csshiftjis" | "cp932" | "932" | "ms932"
            | "mskanji" | "ms_kanji" | "windows_31j" => "shift_jis",
            "euc_jp" | "eucjp" | "ujis" | "u_jis" => "euc-jp",
            "iso2022_jp" | "iso2022jp" | "iso_2022_jp" | "csiso2022jp" => "iso-2022-jp",
            "euc_kr" | "euckr" | "korean" | "ksc5601" | "ks_c_5601" | "ks_c_5601_1987" | "ksx1001"
            | "ks_x_1001" | "cp949" | "949" | "ms949" | "uhc" => "euc-kr",
            // GB 2312 with the web is GBK, which holds all of it.
            "gbk" | "936" | "cp936" | "ms936" | "gb2312" | "gb2312_1980" | "gb2312_80" | "chinese"
            | "csiso58gb231280" | "euc_cn" | "euccn" | "eucgb2312_cn" | "iso_ir_58" => "gbk",
            "gb18030" | "gb18030_2000" => "gb18030",
            "big5" | "big5_tw" | "csbig5" | "cp950" | "950" | "ms950" | "big5hkscs" | "big5_hkscs"
            | "hkscs" => "big5",
            _ => return None,
        };
    encoding_rs::Encoding::for_label(label.as_bytes()).map(Encoding::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_utf8_is_borrowed() {
        for bytes in [&b""[..], b"x = 1\n", "# größe\n".as_bytes(), b"\xef\xbb\xbfx", b"# coding: utf-8\n"]
        {
            let decoded = decode(bytes).unwrap();
            assert!(matches!(decoded.text, Cow::Borrowed(_)), "{bytes:?}");
            assert!(!decoded.text.starts_with('\u{feff}'));
            assert_eq!(decoded.encode(&decoded.text).unwrap(), bytes);
        }
    }

    #[test]
    fn cookies() {
        let latin = Some(Encoding::Latin1);
        let cases: [(&str, Option<Encoding>); 22] = [
            ("# coding: latin-1\n", latin),
            ("#coding=latin-1", latin),
            ("# -*- coding: latin-1 -*-\r\n", latin),
            ("\x0c \t# vim: set fileencoding=latin-1 :\n", latin),
            ("#!/usr/bin/python\n# coding: latin-1\n", latin),
            ("#!/usr/bin/python\r# coding: latin-1\r", latin),
            ("\n# coding: latin-1\n", latin),
            ("\r\n# coding: latin-1\n", latin),
            ("# coding is easy, coding: latin-1\n", latin),
            ("# coding: \t latin-1-unix\n", latin),
            ("# coding: Latin_1\n", latin),
            ("# coding: utf-8-unix\n", Some(Encoding::Utf8 { bom: false })),
            ("# coding: u8\n", Some(Encoding::Utf8 { bom: false })),
            ("# coding: utf-8-sig\n", Some(Encoding::Utf8 { bom: false })),
            // Not a cookie.
            ("# coding : latin-1\n", None),
            ("# coding:\nlatin-1\n", None),
            ("# Coding: latin-1\n", None),
            ("x = 1  # coding: latin-1\n", None),
            ("x = 1\n# coding: latin-1\n", None),
            ("'''\n# coding: latin-1\n'''\n", None),
            ("\n\n# coding: latin-1\n", None),
            ("coding: latin-1\n", None),
        ];
        for (text, expected) in cases {
            let expected = expected.unwrap_or(Encoding::Utf8 { bom: false });
            assert_eq!(decode(text.as_bytes()).unwrap().encoding, expected, "{text:?}");
        }
    }

    #[test]
    fn codecs() {
        let cases: [(&str, &[u8], &str); 17] = [
            ("latin-1", b"\xe9\x80\xff", "é\u{80}ÿ"),
            ("iso-8859-1", b"\xa4", "¤"),
            ("iso-8859-15", b"\xa4", "€"),
            ("latin9", b"\xa4", "€"),
            ("iso-8859-9", b"\xf0\xe9\x85", "ğé\u{85}"),
            ("cp1252", b"\x80\xe9", "€é"),
            ("windows-1251", b"\xc6", "Ж"),
            ("koi8-r", b"\xf6", "Ж"),
            ("cp866", b"\x86", "Ж"),
            ("mac-roman", b"\x8e", "é"),
            ("gbk", b"\xc4\xe3", "你"),
            ("gb2312", b"\xc4\xe3", "你"),
            ("euc-kr", b"\xb0\xa1", "가"),
            ("shift_jis", b"\x82\xa0", "あ"),
            ("euc_jp", b"\xa4\xa2", "あ"),
            ("iso-2022-jp", b"\x1b$B$\"\x1b(B", "あ"),
            ("big5", b"\xa7A", "你"),
        ];
        for (codec, tail, text) in cases {
            let bytes = [b"# coding: ", codec.as_bytes(), b"\n", tail].concat();
            let decoded = decode(&bytes).unwrap();
            assert_eq!(decoded.text, format!("# coding: {codec}\n{text}"), "{codec}");
            assert_eq!(decoded.encode(&decoded.text).unwrap(), bytes, "{codec}");
        }
    }

    #[test]
    fn characters_without_bytes() {
        for (codec, text) in [
            ("ascii", "é"),
            ("latin-1", "€"),
            ("iso-8859-9", "ð"),
            ("cp1252", "\u{81}"),
            ("gbk", "💥"),
            ("koi8-r", "é"),
        ] {
            let head = format!("# coding: {codec}\n");
            assert_eq!(decode(head.as_bytes()).unwrap().encode(text), None, "{codec}");
        }
        assert_eq!(Encoding::Utf8 { bom: true }.encode("é"), Some(b"\xef\xbb\xbf\xc3\xa9".to_vec()));
    }

    #[test]
    fn errors() {
        let cases: [(&[u8], &str, usize); 15] = [
            (b"x\r\ny\rz\n\xe9", "byte 0xe9 on line 4 is not valid `utf-8`", 7),
            (b"\xef\xbb\xbf\n\xff", "byte 0xff on line 2 is not valid `utf-8`", 4),
            (b"x = '\xc3", "byte 0xc3 on line 1 is not valid `utf-8`", 5),
            (b"# coding: utf-8\n\xe9", "byte 0xe9 on line 2 is not valid `utf-8`", 16),
            (b"# coding: ascii\n\xe9", "byte 0xe9 on line 2 is not valid `ascii`", 16),
            (b"# coding: ascii\n\n\xc3\xa9", "byte 0xc3 on line 3 is not valid `ascii`", 17),
            (b"# coding: cp1252\n'\x81'", "byte 0x81 on line 2 is not valid `windows-1252`", 18),
            (b"# coding: gbk\n\xc4", "byte 0xc4 on line 2 is not valid `gbk`", 14),
            (b"# coding: euc-kr\na\xff\n", "byte 0xff on line 2 is not valid `euc-kr`", 18),
            (b"\n# coding: rot13\n", "unknown encoding `rot13` on line 2", 11),
            (b"# coding: utf-16\n", "unknown encoding `utf-16` on line 1", 10),
            (
                b"\xef\xbb\xbf# coding: latin-1\n",
                "encoding `latin-1` on line 1 contradicts the utf-8 byte order mark of the file",
                13,
            ),
            // As in CPython, which compares spellings here.
            (
                b"\xef\xbb\xbf# coding: utf8\n",
                "encoding `utf8` on line 1 contradicts the utf-8 byte order mark of the file",
                13,
            ),
            (
                b"\xff\xfex\0",
                "line 1 starts with the byte order mark of `utf-16`, which Python does not read as source",
                0,
            ),
            (
                b"\xff\xfe\0\0x\0\0\0",
                "line 1 starts with the byte order mark of `utf-32`, which Python does not read as source",
                0,
            ),
        ];
        for (bytes, message, offset) in cases {
            let error = decode(bytes).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.offset()), (message, offset), "{bytes:?}");
        }
        assert!(decode(b"\xef\xbb\xbf# coding: UTF_8\n").is_ok());
    }
}
