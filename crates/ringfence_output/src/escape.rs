//! What comes from outside is made harmless for where it goes: names, paths, reasons, owners, contracts, and what libraries quote. One
//! function a sink; whoever writes to a sink uses it there, so that nobody who puts a text together can forget it.
//!
//! | sink | function |
//! |---|---|
//! | a terminal or a log | [`line()`], [`lines`]; [`commands`] for text that holds nothing else harmful |
//! | JSON | [`json`], [`json_pretty`]; [`json_in_script`] within HTML |
//! | TOML | [`toml`] |
//! | XML | [`xml`], of texts that were [`lines`]; [`markup()`] between tags |
//! | Markdown | [`markdown_text`], [`markdown_code`] |
//! | Mermaid, DOT | [`mermaid`], [`dot`] |
//! | programs that read one path a line, or a patch | [`path`] |
//!
//! The runners of GitHub Actions and Azure Pipelines read all that a step prints, on stdout and stderr alike: a line that begins with
//! `::` or holds `##[` or `##vso[` is a command to them. So no sink lets one through, wherever it is read.

mod json_strings;
mod markup;
mod toml_strings;

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

pub(crate) use self::json_strings::pretty_serializer;
pub use self::json_strings::{json, json_in_script, json_pretty};
pub(crate) use self::markup::markdown_code;
pub use self::markup::{dot, markdown_text, markup, mermaid};
pub use self::toml_strings::toml;

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
        // invisible marks, and what XML has no way to hold. Joiners stay: scripts and emoji need them.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

fn is_harmless(character: char) -> bool {
    stand_in(character).is_none()
}

/// `text` for a terminal or a log; newlines are kept.
pub fn lines(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return commands(text);
    }
    let text: String = text.chars().map(|character| stand_in(character).unwrap_or(character)).collect();
    match commands(&text) {
        Cow::Owned(text) => Cow::Owned(text),
        Cow::Borrowed(_) => Cow::Owned(text),
    }
}

/// As [`lines`], and on one line.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\t']) {
        Cow::Owned(lines(&text.replace('\n', "\u{240a}").replace('\t', " ")).into_owned())
    } else {
        lines(text)
    }
}

/// What stands for the first character of a command to a runner: it looks alike.
const COLON: &str = "\u{2236}";
const HASH: &str = "\u{266f}";

/// Text in which no line is a command to the runner of GitHub Actions or Azure Pipelines. Each character keeps its column.
pub fn commands(text: &str) -> Cow<'_, str> {
    without_commands(text, COLON, HASH)
}

/// Text in which these stand for the first character of each command.
fn without_commands<'t>(text: &'t str, colon: &str, hash: &str) -> Cow<'t, str> {
    // What is ignored between the characters of a command is not in ASCII.
    if text.is_ascii() && !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut changed: Option<String> = None;
    let mut at_start = true;
    for (offset, character) in text.char_indices() {
        let rest = &text[offset..];
        let stand_in = match character {
            // Of three colons, as before the place of a label, no command begins.
            ':' if at_start && is_next(rest, "::") && !is_next(rest, ":::") => Some(colon),
            '#' if is_next(rest, "##[") || is_next(rest, "##vso[") => Some(hash),
            _ => None,
        };
        at_start = matches!(character, '\n' | '\r')
            || (at_start && (character.is_whitespace() || is_ignored(character)));
        match (&mut changed, stand_in) {
            (Some(changed), Some(stand_in)) => changed.push_str(stand_in),
            (Some(changed), None) => changed.push(character),
            (None, Some(stand_in)) => changed = Some([&text[..offset], stand_in].concat()),
            (None, None) => {}
        }
    }
    changed.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether a text goes on with this one, in whatever case, for a reader that compares as people do: without what is not seen.
fn is_next(text: &str, wanted: &str) -> bool {
    let mut seen = text.chars().filter(|character| !is_ignored(*character));
    wanted.chars().all(|wanted| seen.next().is_some_and(|character| character.eq_ignore_ascii_case(&wanted)))
}

/// Whether a character has no width and no meaning of its own where texts are compared.
fn is_ignored(character: char) -> bool {
    matches!(character, '\0' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
        || (!character.is_ascii() && !is_harmless(character))
}

/// A writer that lets no line through that is a command to a runner. What is left over goes out with [`Commands::finish`].
pub(crate) struct Commands<'a> {
    out: &'a mut dyn Write,
    line: Vec<u8>,
}

impl<'a> Commands<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, line: Vec::new() }
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.write_line()
    }

    fn write_line(&mut self) -> io::Result<()> {
        match std::str::from_utf8(&self.line) {
            Ok(line) => self.out.write_all(commands(line).as_bytes())?,
            Err(_) => self.out.write_all(commands(&String::from_utf8_lossy(&self.line)).as_bytes())?,
        }
        self.line.clear();
        Ok(())
    }
}

impl Write for Commands<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.write_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Text between quotes in which each harmful character is escaped, and the first of a command.
fn within_string(text: &str, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for (offset, character) in text.char_indices() {
        let is_command =
            character == '#' && (is_next(&text[offset..], "##[") || is_next(&text[offset..], "##vso["));
        if is_command || !is_harmless(character) {
            escaped.push_str(&escape(character));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// A document of which no line is a command to a runner. That its texts are well-formed is the matter of who made it.
pub(crate) fn xml(document: &str) -> Cow<'_, str> {
    without_commands(document, "&#58;", "&#35;")
}

/// A path for a program that reads one a line: as it is, or in double quotes as git writes it where a character is not printed as
/// it is, or where it is no text at all.
pub fn path(path: &Path, shown: &str) -> String {
    let is_text = path.to_str().is_some();
    if is_text
        && shown.chars().all(|c| is_harmless(c) && c != '\n' && c != '\t' && c != '"')
        && commands(shown) == shown
    {
        return shown.to_string();
    }
    // Of what is no text the bytes are shown, which are those of the path but for the separators.
    let bytes = if is_text { shown.as_bytes() } else { path.as_os_str().as_encoded_bytes() };
    let mut quoted = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            b'\r' => quoted.push_str("\\r"),
            b' '..=b'~' if *byte != b'#' => quoted.push(char::from(*byte)),
            byte => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_is_left() {
        assert_eq!(lines("a\u{1b}[31mb\u{9b}0mc\r\n"), "a\u{241b}[31mb\u{fffd}0mc\u{240d}\n");
        assert_eq!(line("one\ntwo\tthree\u{7}"), "one\u{240a}two three\u{2407}");
        assert_eq!(line("Größe 価格"), "Größe 価格");
    }

    #[test]
    fn no_line_is_a_command() {
        for (text, expected) in [
            ("::error::x", "\u{2236}:error::x"),
            ("  ::error::x", "  \u{2236}:error::x"),
            ("a::b", "a::b"),
            ("  ::: a.py:1", "  ::: a.py:1"),
            ("a\n\u{a0}::b", "a\n\u{a0}\u{2236}:b"),
            ("x ##vso[task.x]y", "x \u{266f}#vso[task.x]y"),
            ("##[group]", "\u{266f}#[group]"),
            ("###[group]", "#\u{266f}#[group]"),
            ("## title", "## title"),
            ("#\u{200d}#VSO[x]", "\u{266f}\u{200d}#VSO[x]"),
            ("\u{200d}:\u{fe0f}:x", "\u{200d}\u{2236}\u{fe0f}:x"),
            ("a\r::x", "a\r\u{2236}:x"),
        ] {
            assert_eq!(commands(text), expected, "{text:?}");
        }
        let mut out = Vec::new();
        let mut writer = Commands::new(&mut out);
        write!(writer, "a\n:").unwrap();
        write!(writer, ":b ##vs").unwrap();
        write!(writer, "o[c").unwrap();
        writer.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\n\u{2236}:b \u{266f}#vso[c");
    }

    #[test]
    fn each_format_keeps_its_structure() {
        for (text, expected) in [
            ("`a` imports `b`", "`a` imports `b`"),
            ("a | b", "a \\| b"),
            ("`a|b`", "`a\\|b`"),
            ("`a\\|b`", "`a\\\u{a6}b`"),
            ("<img src=x>", "\\<img src=x\\>"),
            ("[x](http://y)", "\\[x\\](http:\\/\\/y)"),
            ("`a``b`", "`a`\\`b\\`"),
            ("``", "\\`\\`"),
            ("odd `", "odd \\`"),
        ] {
            assert_eq!(markdown_text(text), expected, "{text}");
        }
        assert_eq!(markdown_code("a`b"), "``a`b``");
        assert_eq!(mermaid("a\"] --> b%%{"), "a#quot;] --#62; b#37;#37;{");
        assert_eq!(dot("a\"\\\nb"), "a\\\"\\\\\u{240a}b");
        assert_eq!(xml("<a>\n::x ##vso[y</a>"), "<a>\n&#58;:x &#35;#vso[y</a>");
    }

    #[test]
    fn a_path_is_one_line() {
        for (text, expected) in [
            ("/a/b c.py", "/a/b c.py"),
            ("/a\nb.py", "\"/a\\nb.py\""),
            ("/a\u{202e}b", "\"/a\\342\\200\\256b\""),
            ("/##vso[x]", "\"/\\043\\043vso[x]\""),
        ] {
            assert_eq!(path(Path::new(text), text), expected);
        }
    }

    proptest! {
        #[test]
        fn json_stays_what_it_is(text in any::<String>()) {
            let mut written = Vec::new();
            json(&text, &mut written).unwrap();
            let written = String::from_utf8(written).unwrap();
            prop_assert!(written.chars().all(is_harmless));
            prop_assert_eq!(commands(&written), written.as_str());
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }

        #[test]
        fn any_line_is_harmless(text in any::<String>()) {
            let shown = line(&text).into_owned();
            prop_assert!(!shown.contains('\n') && shown.chars().all(is_harmless));
            prop_assert_eq!(commands(&shown), shown.as_str());
            prop_assert_eq!(shown.chars().count(), text.chars().count());
        }
    }
}
