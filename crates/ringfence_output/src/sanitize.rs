//! What a source file or a path says must not drive the terminal: no escape sequence, no cursor movement, no
//! reordering of the line.

use std::borrow::Cow;

/// The visible stand-in of a character that a terminal would act upon, or nothing where it is harmless.
///
/// Tabs and newlines are left to the caller. Each character has exactly one stand-in, so columns stay true.
pub(crate) fn stand_in(character: char) -> Option<char> {
    match character {
        '\t' | '\n' => None,
        // C0 controls, escape among them: the control pictures, in the same order.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)),
        '\u{7f}' => Some('\u{2421}'),
        // C1 controls (the one-byte forms of `ESC [`), line and paragraph separators, bidirectional controls,
        // invisible marks. Joiners stay: scripts and emoji need them.
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// `text` with every harmful character replaced; newlines are kept.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| stand_in(character).is_none()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|character| stand_in(character).unwrap_or(character)).collect())
}

/// As [`lines`], and on one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\t']) {
        Cow::Owned(lines(text).replace('\n', "\u{240a}").replace('\t', " "))
    } else {
        lines(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{line, lines};

    #[test]
    fn nothing_that_drives_a_terminal_is_left() {
        assert_eq!(lines("a\u{1b}[31mb\u{9b}0mc\r\n"), "a\u{241b}[31mb\u{fffd}0mc\u{240d}\n");
        assert_eq!(line("one\ntwo\tthree\u{7}"), "one\u{240a}two three\u{2407}");
        assert_eq!(line("Größe 価格"), "Größe 価格");
    }
}
