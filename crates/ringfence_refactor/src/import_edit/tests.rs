use proptest::prelude::*;
use ringfence_source::{FileFacts, ImportForm, SourceKind, parse, parse_statement};

use super::*;

/// The first import that has a name, or the statement that is all of the text.
fn edited(text: &str, edit: impl FnOnce(&ImportStatement) -> Option<Edit>) -> Option<String> {
    let facts = parse(text, SourceKind::Python);
    let import = facts.imports.iter().find(|import| text[import.range].contains('x')).unwrap();
    let statement = parse_statement(text, import.range).unwrap();
    let edit = edit(&ImportStatement::new(text, import.range, &statement).unwrap())?;
    let mut result = text.to_string();
    result.replace_range(edit.start().to_usize()..edit.end().to_usize(), edit.content().unwrap_or_default());
    Some(result)
}

#[test]
fn names_are_taken_out() {
    for (before, positions, after) in [
        // On one line.
        ("import x, y as z, w\n", &[0][..], "import y as z, w\n"),
        ("import x, y as z, w\n", &[1], "import x, w\n"),
        ("import x, y as z, w\n", &[2], "import x, y as z\n"),
        ("import x, y as z, w\n", &[0, 2], "import y as z\n"),
        ("import x, y as z, w\n", &[1, 2], "import x\n"),
        ("from m import x  ,  y  # why\n", &[1], "from m import x  # why\n"),
        // Continued.
        ("from m import x, \\\n    y, z\n", &[0], "from m import \\\n    y, z\n"),
        ("from m import x, \\\n    y, z\n", &[1], "from m import x, \\\n    z\n"),
        ("from m import x, \\\n    y, \\\n    z\n", &[1], "from m import x, \\\n    z\n"),
        ("from m import x, \\\n    y\n", &[1], "from m import x\n"),
        // In parentheses.
        ("from m import (x, y, z)\n", &[1], "from m import (x, z)\n"),
        ("from m import (x, y, z)\n", &[2], "from m import (x, y)\n"),
        ("from m import ( x, y, )\n", &[1], "from m import ( x, )\n"),
        ("from m import (x, y,)\n", &[1], "from m import (x,)\n"),
        ("from m import (x, y,)\n", &[0], "from m import (y,)\n"),
        ("from m import (\n    x,  # why\n    y,\n)\n", &[0], "from m import (\n    y,\n)\n"),
        (
            "from m import (\n    x,\n    # about y\n    y\n)\n",
            &[1],
            "from m import (\n    x\n    # about y\n)\n",
        ),
        ("from m import (\r\n    x,\r\n    y,\r\n)\r\n", &[1], "from m import (\r\n    x,\r\n)\r\n"),
        ("from m import (x,  # why x\n    y)\n", &[0], "from m import (  # why x\n    y)\n"),
        ("from m import (x,\n    y)\n", &[1], "from m import (x)\n"),
        ("from m import (x,  # why x\n    y)\n", &[1], "from m import (x  # why x\n    )\n"),
        (
            "from m import (\n    x, y,  # both\n    z,\n)\n",
            &[1],
            "from m import (\n    x,  # both\n    z,\n)\n",
        ),
        ("from m import (\n    x, y,  # both\n    z,\n)\n", &[0, 1], "from m import (\n    z,\n)\n"),
        ("from m import (\n    x\n  , y  # why\n  , z\n)\n", &[1], "from m import (\n    x\n  , z\n)\n"),
        ("from m import (\n    x\n  , y\n)\n", &[1], "from m import (\n    x\n)\n"),
        // All of them.
        ("a = 1\nimport x  # why\nb = 2\n", &[0], "a = 1\nb = 2\n"),
        ("from m import (\n    x,\n    y,\n)\nb = 2\n", &[0, 1], "b = 2\n"),
        ("a = 1; import x; b = 2\n", &[0], "a = 1; b = 2\n"),
        ("import x; b = 2\n", &[0], "b = 2\n"),
        ("a = 1; import x  # why\n", &[0], "a = 1  # why\n"),
        ("a = 1; import x;\n", &[0], "a = 1;\n"),
        ("import x;  # why\n", &[0], ""),
        ("if a: import x\n", &[0], "if a: pass\n"),
        ("if a: import x; b = 2\n", &[0], "if a: b = 2\n"),
        ("def f():\n    import x  # why\n", &[0], "def f():\n    pass  # why\n"),
        ("def f():\n    import x\n\n    # here\n    b = 2\n", &[0], "def f():\n\n    # here\n    b = 2\n"),
        ("def f():\n    a = 1\n    # here\n    import x\n", &[0], "def f():\n    a = 1\n    # here\n"),
        ("try:\n    import x\nexcept E:\n    a = 1\n", &[0], "try:\n    pass\nexcept E:\n    a = 1\n"),
        ("if f(\"\"\"\n# \"\"\"):\n  import x\n", &[0], "if f(\"\"\"\n# \"\"\"):\n  pass\n"),
        ("a = 1; \\\n  import x\n", &[0], "a = 1; \\\n  pass\n"),
        ("\\\nimport x\n", &[0], "\\\npass\n"),
        ("import x", &[0], ""),
    ] {
        let result = edited(before, |statement| Some(statement.without(positions)));
        assert_eq!(result.as_deref(), Some(after), "{before} {positions:?}");
    }
}

#[test]
fn a_name_is_taken_from_another_module() {
    for (before, position, module, name, after) in [
        ("from a._b import x\n", 0, "a", "x", "from a import x\n"),
        ("from a._b import x as y  # why\n", 0, "a", "x", "from a import x as y  # why\n"),
        ("from a._b import x\n", 0, "a", "z", "from a import z as x\n"),
        ("from a._b import x as z\n", 0, "a", "z", "from a import z\n"),
        ("from a._b import x as x\n", 0, "a", "x", "from a import x as x\n"),
        ("from . _b import x\n", 0, "..", "x", "from .. import x\n"),
        ("from._b import x\n", 0, "a", "x", "from a import x\n"),
        ("from .import x\n", 0, "a", "x", "from a import x\n"),
        (
            "from a._b import (  # one\n    x,  # two\n)\n",
            0,
            "a",
            "x",
            "from a import (  # one\n    x,  # two\n)\n",
        ),
        // Beside others.
        ("from a._b import x as y, z\n", 0, "a", "x", "from a._b import z\nfrom a import x as y\n"),
        (
            "def f():\r\n\tfrom a._b import x, z  # why\r\n\tx()\r\n",
            0,
            "a",
            "x",
            "def f():\r\n\tfrom a._b import z  # why\r\n\tfrom a import x\r\n\tx()\r\n",
        ),
        (
            "from a._b import (\n    x,  # about x\n    z,  # about z\n)",
            0,
            "a",
            "x",
            "from a._b import (\n    z,  # about z\n)\nfrom a import x  # about x",
        ),
        ("if a: from a._b import x, z\n", 1, "a", "z", "if a: from a._b import x; from a import z\n"),
        ("from a._b import x, z; y = 1\n", 1, "a", "z", "from a._b import x; from a import z; y = 1\n"),
        (
            "y = 1; from a._b import (\n    x,  # about x\n    z)\n",
            0,
            "a",
            "x",
            "y = 1; from a._b import (\n    # about x\n    z); from a import x\n",
        ),
    ] {
        let result = edited(before, |statement| statement.with_module_of(&[(position, name)], module));
        assert_eq!(result.as_deref(), Some(after), "{before}");
    }
    assert_eq!(edited("import x\n", |statement| statement.with_module_of(&[(0, "x")], "a")), None);
    let commented = "from a import (x as # why\n y, z)\n";
    assert_eq!(edited(commented, |statement| statement.with_module_of(&[(0, "x")], "a")), None);
}

/// Every name that is bound: from where, as what.
fn bound(facts: &FileFacts) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for import in &facts.imports {
        let module = match import.form {
            ImportForm::Import { .. } => String::new(),
            ImportForm::From { level, module } => {
                ".".repeat(level as usize) + module.map_or("", |(name, _)| facts.name(name))
            }
        };
        for name in facts.names_of(import) {
            let alias = name.alias.map_or(facts.name(name.name), |(alias, _)| facts.name(alias));
            all.push((module.clone(), facts.name(name.name).to_string(), alias.to_string()));
        }
    }
    all.sort();
    all
}

#[derive(Debug, Clone)]
struct Written {
    before: String,
    statement: String,
    after: String,
    names: usize,
    is_from: bool,
}

impl Written {
    fn text(&self) -> String {
        [self.before.as_str(), &self.statement, &self.after].concat()
    }
}

fn gap(in_parentheses: bool) -> BoxedStrategy<String> {
    let plain = prop::sample::select(vec!["", " ", "  ", "\t", " \\\n  ", "\\\n"]).prop_map(str::to_string);
    if in_parentheses {
        let broken = prop::sample::select(vec![
            "\n",
            "\n    ",
            " # c@\n    ",
            "  # a, b) c@\n",
            "\n  # c@\n  ",
            "\n\n",
        ]);
        prop_oneof![3 => plain, 4 => broken.prop_map(str::to_string)].boxed()
    } else {
        plain.boxed()
    }
}

fn name(is_from: bool, in_parentheses: bool) -> impl Strategy<Value = (bool, String, String, String)> {
    let dotted = if is_from { Just(false).boxed() } else { any::<bool>().boxed() };
    (dotted, any::<bool>(), gap(in_parentheses), gap(in_parentheses), gap(in_parentheses)).prop_map(
        |(dotted, has_alias, inside, before_comma, after_comma)| {
            let alias = if has_alias && !inside.contains(['#', '\n']) {
                format!(" as {inside}z@")
            } else {
                String::new()
            };
            (dotted, alias, before_comma, after_comma)
        },
    )
}

fn statement() -> impl Strategy<Value = (String, usize, bool)> {
    (any::<bool>(), any::<bool>())
        .prop_flat_map(|(is_from, in_parentheses)| {
            let in_parentheses = is_from && in_parentheses;
            let module = prop::sample::select(vec![" a._x ", " .x ", " . x ", " .. ", ".x ", " ."]);
            let names = prop::collection::vec(name(is_from, in_parentheses), 1..5);
            (Just(is_from), Just(in_parentheses), module, names, gap(in_parentheses), any::<bool>())
        })
        .prop_map(|(is_from, in_parentheses, module, names, opening, trailing_comma)| {
            let mut text = if is_from { format!("from{module}import ") } else { "import ".to_string() };
            if in_parentheses {
                text.push('(');
            }
            text.push_str(&opening);
            let count = names.len();
            for (position, (dotted, alias, before_comma, after_comma)) in names.into_iter().enumerate() {
                let dotted = if dotted { ".x" } else { "" };
                let alias = alias.replace('@', &position.to_string());
                text.push_str(&format!("x{position}{dotted}{alias}"));
                if position + 1 < count || in_parentheses {
                    text.push_str(&before_comma);
                }
                if position + 1 < count || in_parentheses && trailing_comma {
                    text.push(',');
                    if in_parentheses || position + 1 < count {
                        text.push_str(&after_comma);
                    }
                }
            }
            if in_parentheses {
                text.push(')');
            }
            (text, count, is_from)
        })
}

fn written() -> impl Strategy<Value = Written> {
    let before = prop::sample::select(vec![
        "",
        "# c@\n",
        "a = 1; ",
        "a = 1 ;\\\n ",
        "if a: ",
        "def f():\n    ",
        "def f():\n\t# don't c@\n\t",
        "def f():\n  a = 1\n\n  ",
        "if f(\"\"\"\n# \"\"\"):\n  ",
        "class C:\n    def f():  # c@\n        ",
        "def f(\n  a,\n  ):\n  ",
    ]);
    let after = prop::sample::select(vec![
        "",
        "\n",
        "  # c@",
        "  # c@\n",
        "; b = 2\n",
        " ; b = 2  # c@\n",
        ";\n",
        "; # c@\n",
        " ; \\\n b = 2\n",
        "\nend = 1\n",
        "\n@b = 2\n",
        "\n\n# c@\n@b = 2  # c@\nend = 1",
        "\n@if b:\n@  b = 2\n",
    ]);
    let newline = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    (before, statement(), after, newline).prop_map(|(before, (statement, names, is_from), after, newline)| {
        let indent = before.rsplit('\n').next().unwrap_or_default();
        let indent: String = indent.chars().take_while(|character| character.is_whitespace()).collect();
        let after =
            if before.contains("\\\n") { after.replace("\n@", "\nelse_ = 1\n") } else { after.to_string() };
        let after = after.replace("\n@", &format!("\n{indent}"));
        let mut number = 0;
        let mut numbered = |text: &str| {
            let parts: Vec<&str> = text.split("c@").collect();
            let mut all = parts[0].to_string();
            for part in &parts[1..] {
                number += 1;
                all.push_str(&format!("c{number}.{part}"));
            }
            all.replace('\n', newline)
        };
        let (before, statement, after) = (numbered(before), numbered(&statement), numbered(&after));
        Written { before, statement, after, names, is_from }
    })
}

fn comments(text: &str) -> Vec<String> {
    text.split('c')
        .filter_map(|part| Some(part.split_once('.')?.0.to_string()))
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

/// The comments that may go with a name: those of lines that hold nothing but names that go.
fn may_go(written: &Written, gone: &[usize]) -> Vec<String> {
    let goes_whole = gone.len() == written.names;
    let last = written.after.split(['\n', '\r']).next().unwrap_or_default();
    let mut all = if goes_whole { comments(&(written.statement.clone() + last)) } else { Vec::new() };
    for line in written.statement.split(['\n', '\r']) {
        let Some((code, comment)) = line.split_once('#') else { continue };
        let words: Vec<&str> = code.split([',', ' ', '\t', '\\']).filter(|word| !word.is_empty()).collect();
        let is_gone = |word: &&str| {
            *word == "as"
                || word.starts_with(['x', 'z'])
                    && gone.iter().any(|position| word[1..].starts_with(&position.to_string()))
        };
        if !words.is_empty() && words.iter().all(is_gone) {
            all.extend(comments(comment));
        }
    }
    all
}

fn line_ends(text: &str) -> Vec<&str> {
    let mut ends: Vec<&str> = text.matches(['\n', '\r']).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_left_is_what_was_there(written in written(), choice in any::<u8>()) {
        let text = written.text();
        let facts = parse(&text, SourceKind::Python);
        prop_assume!(facts.syntax_error.is_none());
        let names = bound(&facts);
        let chosen = |position: &usize| choice >> position & 1 == 1 || choice as usize % written.names == *position;
        let positions: Vec<usize> = (0..written.names).filter(chosen).collect();

        let result = edited(&text, |statement| Some(statement.without(&positions))).unwrap();
        let after = parse(&result, SourceKind::Python);
        prop_assert_eq!(&after.syntax_error, &None, "{:?} -> {:?}", text, result);
        let goes = |name: &str| positions.iter().any(|position| name == format!("x{position}") || name == format!("x{position}.x"));
        let expected: Vec<_> = names.iter().filter(|(_, name, _)| !goes(name)).cloned().collect();
        prop_assert_eq!(bound(&after), expected, "{:?} -> {:?}", text, result);
        let may_go = may_go(&written, &positions);
        for comment in comments(&text) {
            prop_assert!(may_go.contains(&comment) || comments(&result).contains(&comment), "{:?} -> {:?}", text, result);
        }
        prop_assert!(line_ends(&result).iter().all(|end| line_ends(&text).contains(end)), "{:?} -> {:?}", text, result);

        let Some(position) = positions.first().copied().filter(|_| written.is_from) else { return Ok(()) };
        let result = edited(&text, |statement| statement.with_module_of(&[(position, "new")], "p.q")).unwrap();
        let after = parse(&result, SourceKind::Python);
        prop_assert_eq!(&after.syntax_error, &None, "{:?} -> {:?}", text, result);
        let mut expected = names.clone();
        let moved = expected.iter_mut().find(|(_, name, _)| *name == format!("x{position}")).unwrap();
        *moved = ("p.q".to_string(), "new".to_string(), moved.2.clone());
        expected.sort();
        prop_assert_eq!(bound(&after), expected, "{:?} -> {:?}", text, result);
        let mut left = comments(&result);
        left.sort();
        let mut all = comments(&text);
        all.sort();
        prop_assert_eq!(left, all, "{:?} -> {:?}", text, result);
        let ends: Vec<&str> = if line_ends(&text).is_empty() { vec!["\n"] } else { line_ends(&text) };
        prop_assert!(line_ends(&result).iter().all(|end| ends.contains(end)), "{:?} -> {:?}", text, result);
    }
}
