//! `.pth` files: what they add to the path of an interpreter, as `site` reads them. No line of code in them is run.

use std::path::{Path, PathBuf};

use crate::files::read_text;

/// What the `.pth` files of a folder of packages say.
#[derive(Debug, Default)]
pub(super) struct PathFiles {
    /// The folders that they add, in order.
    pub(super) folders: Vec<PathBuf>,
    /// Modules and packages that an editable install maps to a file or folder without its suffix.
    pub(super) mapped: Vec<(String, PathBuf)>,
    /// Whether `distutils` may be what setuptools puts in its place.
    pub(super) replaces_distutils: bool,
    /// Whether they may make any other name importable: by code that is not understood, or from an archive.
    pub(super) may_add_more: bool,
}

/// Reads the `.pth` files of a folder of packages, in the order of their names.
pub(super) fn read(site: &Path) -> PathFiles {
    let entries = std::fs::read_dir(site).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && name.strip_suffix(".pth").is_some())
        .collect();
    names.sort_unstable();
    let mut found = PathFiles::default();
    for name in names {
        let Some(text) = read_text(&site.join(&name)) else { continue };
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("import ") || line.starts_with("import\t") {
                found.add_code(site, &name, line);
                continue;
            }
            let folder = site.join(line);
            if folder.is_dir() {
                found.folders.push(folder);
            } else if folder.exists() {
                // An egg or another archive, which nobody reads here.
                found.may_add_more = true;
            }
        }
    }
    found
}

impl PathFiles {
    fn add_code(&mut self, site: &Path, file: &str, line: &str) {
        match file {
            "distutils-precedence.pth" => self.replaces_distutils = true,
            // They patch the standard library or measure, and add no module. What one of a namespace makes is there without it.
            "_virtualenv.pth" | "a1_coverage.pth" | "pytest-cov.pth" => {}
            _ if file.ends_with("-nspkg.pth") => {}
            _ => match editable_mapping(site, line) {
                Some(mapped) => self.mapped.extend(mapped),
                None => self.may_add_more = true,
            },
        }
    }
}

/// What the finder of an editable install of setuptools maps: `import __editable___shop_1_0_finder; ...`. Nothing for other code, and if
/// it has namespaces, too.
fn editable_mapping(site: &Path, line: &str) -> Option<Vec<(String, PathBuf)>> {
    let module = line.strip_prefix("import")?.split(';').next()?.trim();
    if !(module.starts_with("__editable___") && module.ends_with("_finder")) {
        return None;
    }
    let text = read_text(&site.join(format!("{module}.py")))?;
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once('=')?.1.trim())
    };
    if value("NAMESPACES")? != "{}" {
        return None;
    }
    let pairs = string_pairs(value("MAPPING")?)?;
    Some(pairs.into_iter().map(|(name, path)| (name, PathBuf::from(path))).collect())
}

/// The items of a dict of strings, as `repr` writes it; nothing for anything else.
fn string_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.strip_prefix('{')?;
    let mut pairs = Vec::new();
    while !rest.starts_with('}') {
        let (key, after) = string(rest)?;
        let (value, after) = string(after.strip_prefix(": ")?)?;
        pairs.push((key, value));
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
    (rest == "}").then_some(pairs)
}

/// A literal in quotes at the start of a text, and what is after it. Escapes other than of quotes and backslashes are not understood.
fn string(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => value.push(chars.next().map(|(_, escaped)| escaped).filter(|it| "\\'\"".contains(*it))?),
            _ if char == quote => return Some((value, &text[at + 1..])),
            _ => value.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dict_of_strings_is_read_as_repr_writes_it() {
        let pairs = |text| {
            string_pairs(text).map(|pairs| pairs.iter().map(|(a, b)| format!("{a}>{b}")).collect::<Vec<_>>())
        };
        let some = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect());
        assert_eq!(pairs("{}"), some(&[]));
        assert_eq!(pairs("{'shop': '/src/shop'}"), some(&["shop>/src/shop"]));
        assert_eq!(pairs(r#"{'a': "/it's", 'b': 'C:\\b'}"#), some(&["a>/it's", r"b>C:\b"]));
        for other in ["", "{'a': b}", "{'a': 'b'", "dict()", r"{'a': '\x00'}", "{'a': 'b'} | more"] {
            assert_eq!(pairs(other), None, "{other}");
        }
    }
}
