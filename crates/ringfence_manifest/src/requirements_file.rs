//! Requirements files, as pip reads them.

use std::ops::Range;

use ringfence_diagnostics::{Diagnostic, FileId, Span};
use ringfence_policy::Spanned;
use ruff_text_size::{TextRange, TextSize};

use crate::comments::hash_comment_start;
use crate::manifest::{Group, Requirement, normalized};
use crate::requirement::requirement;

/// What one requirements file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequirementsFile {
    pub requirements: Vec<Requirement>,
    /// `-r other.txt`: files that belong to it, relative to its folder.
    pub includes: Vec<Spanned<String>>,
    pub errors: Vec<Diagnostic>,
}

/// Reads a requirements file: what could be understood, and every error at its place. Options of pip, constraints, and
/// paths and addresses that name no distribution declare nothing.
pub fn read(file: FileId, text: &str, group: &Group) -> RequirementsFile {
    let mut found = RequirementsFile::default();
    for line in logical_lines(text) {
        let content = &text[line.clone()];
        let start = line.start;
        let span =
            |range: Range<usize>| Span::new(file, TextRange::new(offset(range.start), offset(range.end)));
        if let Some(path) = option_value(content, &["-r", "--requirement"]) {
            let at = start + content.len() - path.len();
            found.includes.push(Spanned { value: path.to_string(), span: span(at..at + path.len()) });
            continue;
        }
        let editable = option_value(content, &["-e", "--editable"]);
        if editable.is_none() && content.starts_with('-') {
            continue;
        }
        // Options of this one requirement, such as hashes.
        let body = editable.unwrap_or(content);
        let body = body.split(" --").next().unwrap_or(body).trim_end_matches(['\\', ' ', '\t', '\n', '\r']);
        let at = start + content.len() - editable.unwrap_or(content).len();
        let span = span(at..at + body.len());
        if is_address(body) || editable.is_some() {
            found.requirements.extend(name_in_address(body).map(|name| Requirement {
                key: normalized(&name),
                name,
                span,
                group: group.clone(),
            }));
            continue;
        }
        let plain = body.replace(['\\', '\n', '\r'], " ");
        match requirement(&plain, span, Some(span.range), group.clone()) {
            Ok(requirement) => found.requirements.push(requirement),
            Err(error) => found.errors.push(*error),
        }
    }
    found
}

/// The lines that are not empty, without their comments and the white space around them. A backslash at the end of a line
/// joins it with the next.
fn logical_lines(text: &str) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut joined: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let comment = hash_comment_start(content);
        let end = comment.unwrap_or(content.len());
        let from = joined.take().unwrap_or(start);
        if comment.is_none() && content.ends_with('\\') {
            joined = Some(from);
        } else {
            lines.extend(trimmed(text, from..start + end));
        }
        start += line.len();
    }
    lines.extend(joined.and_then(|from| trimmed(text, from..text.len())));
    lines
}

fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let content = &text[range.clone()];
    let start = range.start + content.len() - content.trim_start().len();
    let length = content.trim().len();
    (length > 0).then(|| start..start + length)
}

/// What follows one of these options: `-r x`, `-rx`, `--requirement=x`.
fn option_value<'a>(line: &'a str, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| {
        let rest = line.strip_prefix(name)?;
        let long = name.starts_with("--");
        if long && !rest.starts_with([' ', '\t', '=']) {
            return None;
        }
        let value = rest.trim_start_matches([' ', '\t', '=']);
        (!value.is_empty()).then_some(value)
    })
}

/// A path or a URL, rather than the name of a distribution.
fn is_address(text: &str) -> bool {
    let first = text.split([' ', ';', '@', '[', '=', '<', '>', '~', '!']).next().unwrap_or_default();
    let is_url = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
    });
    is_url
        || text.starts_with("file:")
        || first.contains(['/', '\\'])
        || first == "."
        || [".whl", ".zip", ".tar.gz"].iter().any(|end| first.ends_with(end))
}

/// `#egg=name`, or the name in that of a wheel.
fn name_in_address(address: &str) -> Option<String> {
    let egg = address.split_once("#egg=").or_else(|| address.split_once("&egg="));
    if let Some((_, egg)) = egg {
        let end = egg
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .unwrap_or(egg.len());
        return Some(egg[..end].to_string()).filter(|name| !name.is_empty());
    }
    let path = address.split(['#', '?', ';', ' ']).next().unwrap_or_default();
    let wheel = path.rsplit(['/', '\\']).next()?.strip_suffix(".whl")?;
    wheel.split_once('-').map(|(name, _)| name.to_string()).filter(|name| !name.is_empty())
}

fn offset(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_pip_reads_it() {
        let text = "# all\n-i https://example.invalid/simple\n-r base.txt\n--requirement=more.txt  # too\n\
                    -c constraints.txt\nPyYAML>=6  # yaml\n  requests[socks] == 2.0 \\\n    --hash=sha256:aa \\\n    \
                    --hash=sha256:bb\ntomli ; \\\n  python_version < '3.11'\n-e git+https://x.invalid/y.git#egg=My_Pkg&sub=1\n\
                    -e .\n./local\nhttps://x.invalid/some_pkg-1.0-py3-none-any.whl\nflask @ https://x.invalid/f.zip\n\
                    bad req\n\n";
        let found = read(FileId::new(0), text, &Group::Runtime);
        let requirements: Vec<(&str, &str)> =
            found.requirements.iter().map(|it| (it.key.as_str(), &text[it.span.range])).collect();
        assert_eq!(
            requirements,
            [
                ("pyyaml", "PyYAML>=6"),
                ("requests", "requests[socks] == 2.0"),
                ("tomli", "tomli ; \\\n  python_version < '3.11'"),
                ("my-pkg", "git+https://x.invalid/y.git#egg=My_Pkg&sub=1"),
                ("some-pkg", "https://x.invalid/some_pkg-1.0-py3-none-any.whl"),
                ("flask", "flask @ https://x.invalid/f.zip"),
            ]
        );
        let includes: Vec<(&str, &str)> =
            found.includes.iter().map(|it| (it.value.as_str(), &text[it.span.range])).collect();
        assert_eq!(includes, [("base.txt", "base.txt"), ("more.txt", "more.txt")]);
        assert_eq!(found.errors.len(), 1);
        assert_eq!(found.errors[0].message, "`bad req` is not a requirement");
    }
}
