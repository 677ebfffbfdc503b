//! Places in a text as an editor counts them: lines, and units of an encoding within the line.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use ruff_text_size::{TextRange, TextSize};

/// What a character of a [`Position`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    Utf8,
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// The one that costs least of those that the client takes.
    pub(crate) fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32)
            && !offered.contains(&PositionEncodingKind::UTF16)
        {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text start. Lines end as the protocol has it: with `\n`, `\r\n` or `\r`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (position, byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(position + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(position + 1);
            }
        }
        Self { starts }
    }

    /// The text of a line, without its end.
    fn line<'a>(&self, text: &'a str, number: usize) -> &'a str {
        let start = self.starts.get(number).copied().unwrap_or(text.len());
        let end = self.starts.get(number + 1).copied().unwrap_or(text.len());
        text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n'])
    }

    pub(crate) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let number = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(number).copied().unwrap_or_default();
        let before = text.get(start..offset).unwrap_or_default();
        let character: usize = before.chars().map(|c| encoding.units(c)).sum();
        Position { line: number as u32, character: character as u32 }
    }

    pub(crate) fn range(&self, text: &str, range: TextRange, encoding: Encoding) -> Range {
        Range {
            start: self.position(text, range.start().to_usize(), encoding),
            end: self.position(text, range.end().to_usize(), encoding),
        }
    }

    /// The offset of a position; what lies past the end of a line or of the text means that end.
    pub(crate) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(position.line as usize) else { return text.len() };
        let mut units = 0;
        for (offset, c) in self.line(text, position.line as usize).char_indices() {
            if units >= position.character as usize {
                return start + offset;
            }
            units += encoding.units(c);
        }
        start + self.line(text, position.line as usize).len()
    }

    pub(crate) fn text_range(&self, text: &str, range: Range, encoding: Encoding) -> TextRange {
        let start = self.offset(text, range.start, encoding);
        let end = self.offset(text, range.end, encoding).max(start);
        TextRange::new(size(start), size(end))
    }
}

pub(crate) fn size(offset: usize) -> TextSize {
    TextSize::try_from(offset).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_units_of_the_encoding() {
        let text = "a\r\nb\u{e9}\u{1f600}c\rd\n";
        let lines = Lines::new(text);
        let offset = text.find('c').unwrap();
        for (encoding, character) in [(Encoding::Utf8, 7), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            let position = Position { line: 1, character };
            assert_eq!(lines.position(text, offset, encoding), position);
            assert_eq!(lines.offset(text, position, encoding), offset);
        }
        let end = Position { line: 3, character: 0 };
        assert_eq!(lines.position(text, text.len(), Encoding::Utf16), end);
        assert_eq!(lines.offset(text, end, Encoding::Utf16), text.len());
    }

    #[test]
    fn what_lies_past_an_end_means_the_end() {
        let text = "ab\ncd";
        let lines = Lines::new(text);
        let offset = |line, character| lines.offset(text, Position { line, character }, Encoding::Utf16);
        assert_eq!([offset(0, 9), offset(1, 9), offset(9, 0)], [2, 5, 5]);
        // In the middle of a character that has two units.
        let text = "\u{1f600}x";
        let lines = Lines::new(text);
        assert_eq!(lines.offset(text, Position { line: 0, character: 1 }, Encoding::Utf16), 4);
    }
}
