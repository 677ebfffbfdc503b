//! Encodings of source files, as Python's codecs read and write them.
//!
//! Kept by hand where `encoding_rs` is not enough, because that is made for the web: there `latin-1` is windows-1252, and bytes that
//! Python rejects are control characters.

use std::borrow::Cow;

use encoding_rs::DecoderResult;

pub(crate) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

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
    /// The text that bytes stand for, without a byte order mark; or where the first of them that stands for nothing is.
    pub(crate) fn decode(self, body: &[u8]) -> Result<Cow<'_, str>, usize> {
        match self {
            Self::Utf8 { .. } => match simdutf8::basic::from_utf8(body) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                // The fast check does not say where.
                Err(_) => std::str::from_utf8(body).map(Cow::Borrowed).map_err(|error| error.valid_up_to()),
            },
            Self::Ascii => match std::str::from_utf8(body) {
                Ok(text) if text.is_ascii() => Ok(Cow::Borrowed(text)),
                _ => Err(body.iter().position(|byte| !byte.is_ascii()).unwrap_or_default()),
            },
            Self::Latin1 => {
                Ok(borrow_ascii(body).unwrap_or_else(|| body.iter().copied().map(char::from).collect()))
            }
            Self::Latin5 => {
                Ok(borrow_ascii(body).unwrap_or_else(|| body.iter().copied().map(latin5_character).collect()))
            }
            Self::Other(codec) => decode_other(body, codec),
        }
    }

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
