//! Positions as an editor counts them: a line, and code units within it. Editors send positions that lie outside the text;
//! [`LineIndex`] panics on some of these, so that they are clamped first.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use ruff_source_file::{LineIndex, OneIndexed, PositionEncoding, SourceCode, SourceFile, SourceLocation};
use ruff_text_size::{TextLen, TextRange, TextSize};

/// The encoding that is cheapest for the server among those that the client supports. UTF-16 is the protocol's default.
pub(crate) fn negotiated_encoding(offered: &[PositionEncodingKind]) -> PositionEncoding {
    if offered.contains(&PositionEncodingKind::UTF8) {
        PositionEncoding::Utf8
    } else if offered.contains(&PositionEncodingKind::UTF32)
        && !offered.contains(&PositionEncodingKind::UTF16)
    {
        PositionEncoding::Utf32
    } else {
        PositionEncoding::Utf16
    }
}

pub(crate) fn encoding_kind(encoding: PositionEncoding) -> PositionEncodingKind {
    match encoding {
        PositionEncoding::Utf8 => PositionEncodingKind::UTF8,
        PositionEncoding::Utf16 => PositionEncodingKind::UTF16,
        PositionEncoding::Utf32 => PositionEncodingKind::UTF32,
    }
}

/// A text and the index of its lines. Lines end with `\n`, `\r\n` or `\r`, as the protocol defines.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    index: LineIndex,
}

impl<'a> Lines<'a> {
    /// Indexes the text, which costs one pass over it.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, index: LineIndex::from_source_text(text) }
    }

    /// Shares the index that the file keeps.
    pub(crate) fn of_file(file: &'a SourceFile) -> Self {
        Self { text: file.source_text(), index: file.index().clone() }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The position of an offset. An offset past the text means its end; one inside a character means the start of that character.
    pub(crate) fn position(&self, offset: TextSize, encoding: PositionEncoding) -> Position {
        let offset = size(self.text.floor_char_boundary(offset.to_usize()));
        let SourceLocation { line, character_offset } =
            self.index.source_location(offset, self.text, encoding);
        Position { line: line.to_zero_indexed() as u32, character: character_offset.to_zero_indexed() as u32 }
    }

    pub(crate) fn range(&self, range: TextRange, encoding: PositionEncoding) -> Range {
        Range { start: self.position(range.start(), encoding), end: self.position(range.end(), encoding) }
    }

    /// The offset of a position. A position past the end of a line, or past the last line, means that end; one inside a character
    /// means the end of that character.
    pub(crate) fn offset(&self, position: Position, encoding: PositionEncoding) -> TextSize {
        let line = OneIndexed::from_zero_indexed(position.line as usize);
        if line.to_zero_indexed() >= self.index.line_count() {
            return self.text.text_len();
        }
        let line_end = SourceCode::new(self.text, &self.index).line_end_exclusive(line);
        let character_offset = OneIndexed::from_zero_indexed(position.character as usize);
        let offset = self.index.offset(SourceLocation { line, character_offset }, self.text, encoding);
        size(self.text.ceil_char_boundary(offset.min(line_end).to_usize()))
    }

    /// The range between two positions; empty at the start where the end comes first.
    pub(crate) fn text_range(&self, range: Range, encoding: PositionEncoding) -> TextRange {
        let start = self.offset(range.start, encoding);
        let end = self.offset(range.end, encoding).max(start);
        TextRange::new(start, end)
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
        let offset = size(text.find('c').unwrap());
        for (encoding, character) in
            [(PositionEncoding::Utf8, 7), (PositionEncoding::Utf16, 4), (PositionEncoding::Utf32, 3)]
        {
            let position = Position { line: 1, character };
            assert_eq!(lines.position(offset, encoding), position);
            assert_eq!(lines.offset(position, encoding), offset);
        }
        let end = Position { line: 3, character: 0 };
        assert_eq!(lines.position(text.text_len(), PositionEncoding::Utf16), end);
        assert_eq!(lines.offset(end, PositionEncoding::Utf16), text.text_len());
    }

    #[test]
    fn positions_outside_the_text_are_clamped() {
        let encodings = [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32];
        for text in ["ab\ncd", "ab\r\ncd", "\u{e9}\rcd"] {
            let lines = Lines::new(text);
            let first_end = text.find(['\r', '\n']).unwrap();
            for encoding in encodings {
                let offset =
                    |line, character| lines.offset(Position { line, character }, encoding).to_usize();
                for beyond in [9, u32::MAX] {
                    assert_eq!(offset(0, beyond), first_end);
                    assert_eq!(offset(1, beyond), text.len());
                    assert_eq!(offset(2, beyond), text.len());
                    assert_eq!(offset(beyond, 0), text.len());
                }
                let end = lines.position(text.text_len(), encoding);
                assert_eq!(end, Position { line: 1, character: 2 });
                assert_eq!(lines.position(TextSize::new(u32::MAX), encoding), end);
            }
        }
    }

    #[test]
    fn a_position_inside_a_character_means_its_end() {
        let text = "\u{1f600}x";
        let lines = Lines::new(text);
        let position = Position { line: 0, character: 1 };
        for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16] {
            assert_eq!(lines.offset(position, encoding), TextSize::new(4));
        }
        assert_eq!(lines.position(TextSize::new(2), PositionEncoding::Utf16), Position::default());
    }
}
