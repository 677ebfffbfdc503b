//! What a script declares of itself in comments (PEP 723).

use ringfence_diagnostics::FileId;
use ringfence_policy::tree::{Node, parse};

use crate::manifest::normalized;
use crate::requirement::name;

/// The distributions that a script says it needs, normalised; nothing where it says nothing of that, or nothing that can be read.
///
/// ```python
/// # /// script
/// # dependencies = ["requests<3"]
/// # ///
/// ```
pub fn script_requirements(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "# /// script").skip(1);
    let mut block = String::new();
    let mut is_closed = false;
    for line in lines.by_ref() {
        let line = line.trim_end();
        if line == "# ///" {
            is_closed = true;
            break;
        }
        let content = line.strip_prefix('#')?;
        if !content.is_empty() {
            block.push_str(content.strip_prefix(' ')?);
        }
        block.push('\n');
    }
    let (root, errors) = parse(FileId::new(0), &block);
    if !is_closed || !errors.is_empty() {
        return None;
    }
    let dependencies = root.get("dependencies").and_then(Node::as_array).unwrap_or_default();
    let names = dependencies.iter().filter_map(Node::as_str).filter_map(|text| name(text).ok());
    Some(names.map(|name| normalized(&name)).collect())
}

#[cfg(test)]
mod tests {
    use super::script_requirements;

    #[test]
    fn a_block_of_comments_is_read_as_pep_723_says() {
        for (text, expected) in [
            (
                "#!/usr/bin/env -S uv run\n# /// script\n# requires-python = \">=3.11\"\n#\n# dependencies = [\n#   \"Requests<3\",\n\
                 #   \"rich\",  # why\n# ]\n# ///\nimport requests\n",
                Some(&["requests", "rich"][..]),
            ),
            ("# /// script\n# ///\n", Some(&[])),
            ("# /// script\r\n# dependencies = ['a']\r\n# ///\r\n", Some(&["a"])),
            ("# /// script\n# dependencies = ['a']\nimport a\n", None),
            ("# /// script\n# dependencies = [\n# ///\n", None),
            ("# /// pyproject\n# dependencies = ['a']\n# ///\n", None),
            ("", None),
        ] {
            let found = script_requirements(text);
            let found = found.as_ref().map(|keys| keys.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
