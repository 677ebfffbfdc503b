//! How an error in a config is reported.

use ringfence_diagnostics::{Diagnostic, Span, joined, one_line};
use toml_writer::{ToTomlKey as _, ToTomlValue as _, TomlKeyBuilder, TomlStringBuilder};

/// The code and the name of every diagnostic about a config that does not mean anything.
pub(crate) const INVALID_CONFIG: &str = "invalid-config";

/// An error at this place. The message is kept on one line whatever was quoted in it.
pub(crate) fn invalid(span: Span, message: &str) -> Diagnostic {
    Diagnostic::config_error(INVALID_CONFIG, span, one_line(message))
}

/// The names in backticks: `` `a` ``, `` `a` or `b` ``, `` `a`, `b` or `c` ``.
pub(crate) fn listing(names: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    joined(&quoted, conjunction)
}

/// A TOML basic string that means this text.
pub fn toml_string(text: &str) -> String {
    TomlStringBuilder::new(text).as_basic().to_toml_value()
}

/// A line of TOML that sets a key to a text.
pub fn setting(key: &str, text: &str) -> String {
    format!("{} = {}", toml_key(key), toml_string(text))
}

/// A TOML key that means this text: bare where it can be.
pub(crate) fn toml_key(text: &str) -> String {
    let key = TomlKeyBuilder::new(text);
    key.as_unquoted().unwrap_or_else(|| key.as_basic()).to_toml_key()
}
