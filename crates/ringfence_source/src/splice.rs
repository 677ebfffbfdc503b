//! Edits of a text, carried out on the bytes of its file.
//!
//! To encode a changed text anew is not enough: several byte sequences of a legacy encoding may stand for one character,
//! and would become one. So the bytes that no edit touches are copied, and the result must decode to the changed text.

use encoding_rs::{Decoder, DecoderResult};
use ruff_text_size::TextRange;

use crate::decode::decode;
use crate::encoding::Encoding;

/// A file before and after edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spliced {
    pub before: String,
    pub after: String,
    /// Those of `after`.
    pub bytes: Vec<u8>,
}

/// Carries out edits, which do not overlap and come in the order of their places in the decoded text. Nothing where one has no
/// bytes in the encoding of the file, would change what Python takes for its encoding, or starts or ends where the bytes
/// cannot be cut.
pub fn splice<'a>(bytes: &[u8], edits: impl IntoIterator<Item = (TextRange, &'a str)>) -> Option<Spliced> {
    let decoded = decode(bytes).ok()?;
    let before = decoded.text.as_ref();
    let mut cuts = Cuts::new(bytes, decoded.encoding);
    let mut after = String::with_capacity(before.len());
    let mut spliced = Vec::with_capacity(bytes.len());
    let (mut copied, mut copied_bytes) = (0, 0);
    for (range, content) in edits {
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        after.push_str(before.get(copied..start)?);
        after.push_str(content);
        spliced.extend_from_slice(bytes.get(copied_bytes..cuts.at(before, start)?)?);
        spliced.extend(encode_part(decoded.encoding, content)?);
        copied = end;
        copied_bytes = cuts.at(before, end)?;
    }
    after.push_str(before.get(copied..)?);
    spliced.extend_from_slice(bytes.get(copied_bytes..)?);
    let is_faithful = decode(&spliced).is_ok_and(|decoded| decoded.text == after);
    is_faithful.then(|| Spliced { before: before.to_string(), after, bytes: spliced })
}

fn encode_part(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Utf8 { .. } => Some(text.as_bytes().to_vec()),
        _ => encoding.encode(text),
    }
}

/// Finds the byte of a file at which a character of its text starts. Offsets must not fall.
enum Cuts<'a> {
    /// The text is the bytes after a mark of this length.
    Same {
        mark: usize,
    },
    /// Each byte is a character. So many bytes of the text, which are so many characters, have been counted.
    Single {
        text: usize,
        characters: usize,
    },
    Decoded(Progress<'a>),
}

impl<'a> Cuts<'a> {
    fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 { bom } => Self::Same { mark: if bom { 3 } else { 0 } },
            Encoding::Ascii => Self::Same { mark: 0 },
            Encoding::Latin1 | Encoding::Latin5 => Self::Single { text: 0, characters: 0 },
            Encoding::Other(codec) => Self::Decoded(Progress {
                bytes,
                read: 0,
                written: 0,
                decoder: codec.new_decoder_without_bom_handling(),
                escapes: (codec == encoding_rs::ISO_2022_JP).then_some(Escapes::default()),
            }),
        }
    }

    fn at(&mut self, before: &str, offset: usize) -> Option<usize> {
        match self {
            Self::Same { mark } => Some(offset + *mark),
            Self::Single { text, characters } => {
                *characters += before.get(*text..offset)?.chars().count();
                *text = offset;
                Some(*characters)
            }
            Self::Decoded(progress) => progress.advance_to(offset),
        }
    }
}

/// How far a file has been decoded, byte by byte.
struct Progress<'a> {
    bytes: &'a [u8],
    read: usize,
    /// Bytes of text that came of what was read.
    written: usize,
    decoder: Decoder,
    /// Of the one encoding in which what a byte means depends on bytes long before.
    escapes: Option<Escapes>,
}

impl Progress<'_> {
    /// The first place at which the text so far has this length, and ASCII means itself.
    fn advance_to(&mut self, offset: usize) -> Option<usize> {
        // What one byte completes are two characters at most.
        let mut text = [0; 32];
        while self.written < offset || self.escapes.as_ref().is_some_and(|escapes| !escapes.is_ascii()) {
            let byte = *self.bytes.get(self.read)?;
            let (result, _, written) =
                self.decoder.decode_to_utf8_without_replacement(&[byte], &mut text, false);
            if result != DecoderResult::InputEmpty {
                return None;
            }
            self.read += 1;
            self.written += written;
            if let Some(escapes) = &mut self.escapes {
                escapes.see(byte);
            }
        }
        (self.written == offset).then_some(self.read)
    }
}

/// In which character set of ISO-2022-JP a place is.
#[derive(Debug, Default)]
struct Escapes {
    /// Bytes of an escape sequence that is not complete.
    pending: Vec<u8>,
    is_other_set: bool,
}

impl Escapes {
    fn see(&mut self, byte: u8) {
        const ESCAPE: u8 = 0x1b;
        if self.pending.is_empty() && byte != ESCAPE {
            return;
        }
        self.pending.push(byte);
        if self.pending.len() == 3 {
            self.is_other_set = self.pending != *b"\x1b(B";
            self.pending.clear();
        }
    }

    fn is_ascii(&self) -> bool {
        self.pending.is_empty() && !self.is_other_set
    }
}
