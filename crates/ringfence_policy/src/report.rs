//! How a mistake in a config is said.

use ringfence_diagnostics::{Diagnostic, Span, joined, one_line};

/// The code and the name of every diagnostic about a config that does not mean anything.
pub(crate) const INVALID_CONFIG: &str = "invalid-config";

/// A mistake at this place. The message is kept on one line whatever was quoted in it.
pub(crate) fn invalid(span: Span, message: &str) -> Diagnostic {
    Diagnostic::mistake(INVALID_CONFIG, span, one_line(message))
}

/// The names in backticks: `` `a` ``, `` `a` or `b` ``, `` `a`, `b` or `c` ``.
pub(crate) fn listing(names: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    joined(&quoted, conjunction)
}

/// A TOML basic string that means this text.
pub(crate) fn toml_string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_ascii_control() => literal.extend(["\\u", &format!("{:04X}", u32::from(c))]),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// A line of TOML that sets a key to a text.
pub fn setting(key: &str, text: &str) -> String {
    format!("{} = {}", toml_key(key), toml_string(text))
}

/// A TOML key that means this text: bare where it can be.
pub(crate) fn toml_key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { text.to_string() } else { toml_string(text) }
}
