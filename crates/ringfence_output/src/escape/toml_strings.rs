//! TOML whose strings hold nothing harmful: it is escaped.

use std::borrow::Cow;

use super::{lines, within_string};

/// TOML whose strings stand in double quotes on one line: what is harmful in them is escaped, so that they stay what they are, and
/// replaced in comments.
pub fn toml(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && (byte >= b' ' || byte == b'\n') && byte != 0x7f)
        && !text.contains("##")
    {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(quote) = rest.find(['"', '#']) {
            let (before, from) = rest.split_at(quote);
            written.push_str(&lines(before));
            if from.starts_with('#') {
                rest = from;
                break;
            }
            let end = end_of_string(from);
            let string = within_string(&from[..end], |character| format!("\\U{:08X}", u32::from(character)));
            written.push_str(&string);
            rest = &from[end..];
        }
        written.push_str(&lines(rest));
    }
    Cow::Owned(written)
}

/// The length of a string with its quotes, at which a text starts.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (offset, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return offset + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}
