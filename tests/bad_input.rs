//! Whatever is on disk and in the config: a clear answer, no panic, no hang, and everything else is still checked.
//!
//! One file, though long: each file of tests is a program to link, and these share what makes hostile folders.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fmt::Write;

use crate::common::{A_WITHOUT_B, Project};

/// A project with one finding that must be found whatever else there is.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[("ringfence.toml", A_WITHOUT_B), ("a.py", "import b\n"), ("b.py", "")]);
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

const KNOWN: &str = "a.py:1 RF101";

/// That beside [`KNOWN`] exactly this is found, in every format.
#[track_caller]
fn assert_found(project: &Project, expected: &[&str]) {
    let mut expected: Vec<&str> = expected.iter().copied().chain([KNOWN]).collect();
    expected.sort_unstable();
    let mut found = project.findings(&[]);
    found.sort_unstable();
    assert_eq!(found, expected);
    for format in ["full", "concise"] {
        let answer = project.run(&["check", "--verbose", "--output-format", format]);
        assert_eq!(answer.code, 1);
        assert!(answer.out().contains("RF101"), "{answer:?}");
    }
    for arguments in [&["graph"][..], &["check", "--show-files"], &["check", "--diff"]] {
        assert!(project.run(arguments).code < 2, "{arguments:?}");
    }
}

#[test]
fn odd_contents_are_findings_of_their_file() {
    for (title, bytes, expected) in [
        ("empty", &b""[..], &[][..]),
        ("only a byte order mark", b"\xef\xbb\xbf", &[]),
        ("only a newline", b"\n", &[]),
        ("only a comment", b"# nothing", &[]),
        ("only a backslash", b"\\", &["x.py:1 RF900"]),
        ("no newline at the end", b"import os", &[]),
        ("a NUL byte", b"x = 1\n\0\n", &["x.py:2 RF900"]),
        ("nothing but NUL bytes", b"\0\0\0\0", &["x.py:1 RF900"]),
        ("no UTF-8", b"x = '\xff'\n", &["x.py:1 RF905"]),
        ("no UTF-8 in a comment", b"x = 1  # caf\xe9\n", &["x.py:1 RF905"]),
        ("UTF-16", b"\xff\xfex\0 \0", &["x.py:1 RF905"]),
        ("an encoding that nobody knows", b"# coding: klingon\nx = 1\n", &["x.py:1 RF905"]),
        ("an encoding against the byte order mark", b"\xef\xbb\xbf# coding: latin-1\n", &["x.py:1 RF905"]),
        ("an open bracket", b"import a\nx = (\n", &["x.py:3 RF900"]),
        ("an open string", b"x = '''\nimport b\n", &["x.py:1 RF900"]),
        ("a tab that is no tab", b"if 1:\n\tx\n        y\n", &["x.py:3 RF900"]),
        ("form feeds and carriage returns", b"\x0c\rimport os\r\x0c\r\n", &[]),
        ("a conflict", b"<<<<<<< ours\nimport b\n=======\n>>>>>>> theirs\n", &["x.py:1 RF900"]),
        ("Python 2", b"print 'x'\nexec 'y'\n", &["x.py:1 RF900"]),
        ("an ELF file", b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe\xfd", &["x.py:1 RF905"]),
        ("lone surrogates, escaped", br"x = '\ud800'", &[]),
        (
            "line separators that Python does not know",
            "x = 1\u{2028}import b\u{85}\n".as_bytes(),
            &["x.py:1 RF900"],
        ),
        ("right to left", "# \u{202e}\u{2066}\nimport os\n".as_bytes(), &[]),
        ("an import of nothing", b"import\n", &["x.py:1 RF900"]),
        (
            "imports of odd names",
            "import \u{fb01}le, caf\u{e9}.b, __init__\nfrom .__init__ import x\n".as_bytes(),
            &["x.py:2 RF906"],
        ),
        ("a suppression without an end", b"import os  # ringfence: ignore[RF101\n", &["x.py:1 RF904"]),
    ] {
        let project = project(&[]);
        project.write("x.py", bytes);
        let mut found = project.findings(&["--extend-select", "RF900"]);
        assert_eq!(found.remove(0), KNOWN, "{title}");
        assert_eq!(found, expected, "{title}");
        assert_eq!(project.findings(&[])[0], KNOWN, "{title}, read for imports only");
        let answer = project.run(&["check", "--extend-select", "RF900"]);
        assert!(
            answer.out().contains(if expected.is_empty() { "Found 1 error." } else { "x.py" }),
            "{title}: {answer:?}"
        );
    }
}

#[test]
fn deeply_nested_sources() {
    const DEPTH: usize = 100_000;
    let repeat = |text: &str| text.repeat(DEPTH);
    let mut blocks = String::new();
    for depth in 0..2_000 {
        writeln!(blocks, "{}if x:", " ".repeat(depth)).unwrap();
    }
    let sources = [
        ("parens.py", format!("x = {}1{}\n", repeat("("), repeat(")"))),
        ("lists.py", format!("x = {}1{}\n", repeat("["), repeat("]"))),
        ("dicts.py", format!("x = {}1{}\n", repeat("{1:"), repeat("}"))),
        ("unary.py", format!("x = {}1\n", repeat("-"))),
        ("not.py", format!("x = {}1\n", repeat("not "))),
        ("attributes.py", format!("x = y{}\n", repeat(".z"))),
        ("binary.py", format!("x = 1{}\n", repeat(" + 1"))),
        ("power.py", format!("x = 1{}\n", repeat("**1"))),
        ("calls.py", format!("x = f{}\n", repeat("()"))),
        ("nested_calls.py", format!("x = {}1{}\n", repeat("f("), repeat(")"))),
        ("subscripts.py", format!("x = {}1{}\n", repeat("f["), repeat("]"))),
        ("lambdas.py", format!("x = {}1\n", repeat("lambda: "))),
        ("ternaries.py", format!("x = {}1\n", repeat("1 if 1 else "))),
        ("comparisons.py", format!("x = 1{}\n", repeat(" < 1"))),
        ("booleans.py", format!("x = 1{}\n", repeat(" and 1 or 1"))),
        ("strings.py", format!("x = {}\n", repeat("'' "))),
        ("f_strings.py", format!("x = {}1{}\n", repeat("f'{"), repeat("}'"))),
        ("open.py", repeat("(")),
        ("closed.py", repeat(")")),
        ("elifs.py", format!("if x:\n    pass\n{}", repeat("elif x:\n    pass\n"))),
        ("blocks.py", blocks),
        ("decorators.py", format!("{}def f(): ...\n", repeat("@d\n"))),
        ("assignments.py", format!("{}1\n", repeat("x = "))),
        ("dots.py", format!("from {} import x\n", repeat("."))),
        ("name.py", format!("import x{}\n", repeat(".x"))),
        ("continued.py", format!("x = 1 + {}1\n", repeat("\\\n"))),
        ("indents.py", format!("{}x\n", repeat(" "))),
        ("case.py", format!("match x:\n    case {}1{}: pass\n", repeat("["), repeat("]"))),
        ("types.py", format!("def f(x: {}int{}): ...\n", repeat("list["), repeat("]"))),
        ("stars.py", format!("f({}x)\n", repeat("*"))),
        ("awaits.py", format!("async def f(): {}x\n", repeat("await "))),
    ];
    let project = project(&[]);
    for (path, text) in &sources {
        project.write(path, format!("import b\n{text}"));
    }
    assert_eq!(project.findings(&[])[0], KNOWN, "read for imports only");
    let found = project.findings(&["--extend-select", "RF900"]);
    assert_eq!(found[0], KNOWN);
    for finding in &found[1..] {
        // Too deep is said as what it is to Python, and nothing else is found.
        let is_known = ["RF900", "RF905"].iter().any(|code| finding.ends_with(code));
        assert!(is_known || finding == "dots.py:2 RF906", "{finding}");
    }
    for path in ["parens.py", "lists.py", "lambdas.py", "open.py"] {
        assert!(found.iter().any(|finding| finding.starts_with(path)), "{path}: {found:?}");
    }
    for path in ["elifs.py", "decorators.py", "strings.py", "assignments.py", "name.py"] {
        // Long is not deep.
        assert!(!found.iter().any(|finding| finding.starts_with(path)), "{path}: {found:?}");
    }
    assert_eq!(project.run(&["check"]).code, 1);
}

#[test]
fn a_large_file() {
    let line = "x = 'a line that has nothing to say, though it says import b in a string'\n";
    let mut text = String::from("import b\n");
    while text.len() < 50 << 20 {
        text.push_str("'''");
        text.extend(std::iter::repeat_n(line, 1_000));
        text.push_str("'''\n");
    }
    text.push_str("import b\n");
    let last = text.lines().count();
    let project = project(&[("a.py", &text)]);
    assert_eq!(project.findings(&[]), [KNOWN.to_string(), format!("a.py:{last} RF101")]);
}

#[test]
fn long_lines() {
    let names: Vec<String> = (0..20_000).map(|number| format!("name_{number}")).collect();
    let project = project(&[
        ("a.py", &format!("x = '{}'; import b; y = '{}'\n", "x".repeat(1_000_000), "y".repeat(1_000_000))),
        ("many.py", &format!("from b import {}\n", names.join(", "))),
        ("wide.py", &format!("import {}\n", "\u{4e2d}".repeat(200_000))),
        ("comment.py", &format!("import os  # ringfence: ignore[{}]\n", "RF101,".repeat(50_000))),
    ]);
    let mut found = project.findings(&[]);
    assert_eq!(found.remove(0), KNOWN);
    assert!(found.iter().all(|finding| finding.starts_with("comment.py:1 RF90")), "{found:?}");
    // Nobody wants to see such a line.
    let answer = project.run(&["check", "a.py"]);
    assert!(
        answer.out().contains("a.py:1:1000016") && answer.stdout.len() < 10_000,
        "{}",
        answer.stdout.len()
    );
}

#[test]
fn names_that_are_not_names() {
    let project = project(&[
        ("a..py", "import b\n"),
        ("..py", ""),
        (".py", "import b\n"),
        ("x..y/z.py", ""),
        ("v1.2/x.py", "from . import y\nfrom .. import z\n"),
        (".../x.py", "from . import x\n"),
        ("p/__init__/x.py", "from . import x\n"),
        ("p/__init__.py", "from .__init__ import x\nimport p.__init__\n"),
        ("__init__/y.py", ""),
        ("a\nb.py", "import b\n"),
        ("a'\"`[31m\u{1b}[31m.py", "import (\n"),
        ("*.py", ""),
        ("-.py", ""),
        ("--help.py", ""),
        ("con.py", ""),
        ("\u{1f389}.py", "import \u{1f389}\n"),
    ]);
    let found = project.findings(&[]);
    assert!(found.contains(&KNOWN.to_string()), "{found:?}");
    for arguments in [
        &["check"][..],
        &["check", "--verbose", "--output-format", "concise"],
        &["graph"],
        &["graph", "--format", "dot"],
        &["check", "--", "--help.py"],
    ] {
        let answer = project.run(arguments);
        assert!(answer.code < 2, "{answer:?}");
        assert!(arguments.contains(&"graph") || !answer.out().contains('\u{1b}'), "{answer:?}");
    }
}

#[test]
fn projects_with_nothing_in_them() {
    for config in ["", "\n", "# nothing\n", "\u{feff}", "[modules]\n"] {
        let project = Project::new(&[("ringfence.toml", config)]);
        let answer = project.run(&["check"]);
        assert_eq!(
            (answer.code, answer.out().as_ref()),
            (0, "No findings.\n0 files, 0 imports, 0 of 0 modules governed\n"),
            "{config:?}"
        );
        assert_eq!(project.run(&["check", "--show-files"]).out(), "");
        assert_eq!(project.run(&["graph"]).json()["modules"], serde_json::json!([]));
        project.write("x.py", "import y\n");
        assert_eq!(project.findings(&[]), [""; 0], "{config:?}");
    }
}

#[test]
fn patterns_that_match_a_lot() {
    for (config, expected) in [
        ("[modules.'**']\ndepends-on = []\n", &["a.py:1 RF101"][..]),
        ("[modules.'*']\ndepends-on = []\n", &["a.py:1 RF101"]),
        ("[modules.'**.**.**']\ndepends-on = ['**']\n", &[]),
        ("[modules.'**']\nforbids = ['**']\n", &["a.py:1 RF102"]),
        ("[modules.'**']\nvisible-to = []\n", &["a.py:1 RF104"]),
        ("[modules.'**']\n[modules.'*']\n[modules.a]\ndepends-on = []\n", &["a.py:1 RF101"]),
        ("[modules.'*a*a*a*a*a*a*a*a*a*a*x']\n", &["ringfence.toml:1 RF910"]),
    ] {
        let project = project(&[("c/d/e.py", "from . import f\n"), ("c/d/f.py", "")]);
        project.write("ringfence.toml", config);
        let mut found = project.findings(&[]);
        // `f` beside `e` is a boundary of its own, too.
        found.retain(|finding| !finding.starts_with("c/"));
        assert_eq!(found, expected, "{config}");
    }
}

#[test]
fn requirements_that_are_too_much() {
    let pairs: Vec<String> =
        (0..40).map(|number| format!("(extra == 'a{number}' and extra == 'b{number}')")).collect();
    for (requirements, expected) in [
        (format!("a ; {}\n", "(".repeat(5_000)), &["r.txt:1 RF504"][..]),
        (format!("a ; {}\n", pairs.join(" or ")), &[]),
    ] {
        let project = project(&[("r.txt", &requirements), ("pyproject.toml", "[project]\nname = 'x'\n")]);
        project.write(
            "ringfence.toml",
            format!("requirements = [\"r.txt\"]\nextend-select = [\"RF504\"]\n{A_WITHOUT_B}"),
        );
        assert_found(&project, expected);
    }
}

#[test]
fn layers_without_end() {
    let names: Vec<String> = (0..20_000).map(|number| format!("l{number}")).collect();
    let one_rank = format!("\"{}\"", names.join(" | "));
    let many: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    for layers in [one_rank, many.join(", ")] {
        let project = project(&[]);
        project.write(
            "ringfence.toml",
            format!("layers = [{layers}]\nexhaustive = true\nignore = [\"RF910\"]\n[modules.a]\nlayer = \"l7\"\n[modules.b]\n"),
        );
        assert_eq!(project.findings(&[]), ["ringfence.toml:6 RF304"]);
        let answer = project.run(&["check", "--statistics", "--extend-select", "RF910"]);
        assert!(answer.out().contains("19999\tRF910"), "{}", &answer.out()[..200]);
    }
}

#[test]
fn alternatives_without_end() {
    let project = Project::new(&[("a.py", "")]);
    let path = "{a,b}".repeat(16);
    project.write("tach.toml", format!("[[modules]]\npath = \"{path}\"\ndepends_on = [\"{path}\"]\n"));
    let answer = project.run(&["migrate", "--dry-run"]);
    assert!(answer.code < 2 && answer.stderr.contains(&format!("the glob `{path}`")), "{answer:?}");
}

#[test]
fn configs_that_cannot_be_read() {
    let mut deep = String::from("x = ");
    deep.push_str(&"[".repeat(100_000));
    let dotted = format!("{}x = 1\n", "a.".repeat(50_000));
    let braces = "{".repeat(300) + "a*" + &"}".repeat(300);
    for (title, bytes, said) in [
        ("an open string", &b"select = ['RF1\n"[..], "ringfence.toml:1:"),
        ("an open table", b"[modules\n", "ringfence.toml:1:"),
        ("a key twice", b"select = []\nselect = []\n", "ringfence.toml:2:"),
        ("a table twice", b"[modules.a]\n[modules.a]\n", "ringfence.toml:2:"),
        ("no value", b"select =\n", "ringfence.toml:1:"),
        ("no TOML at all", b"<xml/>\n", "ringfence.toml:1:"),
        ("no UTF-8", b"select = ['\xff']\n", "ringfence.toml"),
        ("UTF-16", b"\xff\xfes\0", "ringfence.toml"),
        ("a NUL byte", b"select = []\0\n", "ringfence.toml:1:"),
        ("nesting without end", deep.as_bytes(), "ringfence.toml:1:"),
        ("a key without end", dotted.as_bytes(), "ringfence.toml:1:"),
        ("a pattern with a hole", b"[modules.'a..b']\n", "empty segment"),
        ("a pattern that is a path", b"[modules.'src/a.py']\n", "is a path"),
        ("a pattern of nothing", b"[modules.'']\n", "is empty"),
        ("a glob that is none", b"exclude = ['[']\n", "invalid glob"),
        (
            "a folder in braces without end",
            format!("source-roots = ['{braces}']\n").as_bytes(),
            "ringfence.toml:1:17",
        ),
        (
            "excludes in braces without end",
            format!("exclude = ['{braces}']\n").as_bytes(),
            "ringfence.toml:1:12",
        ),
        ("tests in braces without end", format!("tests = ['{braces}']\n").as_bytes(), "ringfence.toml:1:10"),
        (
            "files in braces without end",
            format!("per-file-ignores = {{ '{braces}' = ['RF101'] }}\n").as_bytes(),
            "ringfence.toml:1:",
        ),
        (
            "a glob that is too long",
            format!("exclude = ['{}*']\n", "a".repeat(70_000)).as_bytes(),
            "65536 bytes",
        ),
        ("a number that is none", b"x = 99999999999999999999999\n", "ringfence.toml:1:"),
        ("a date", b"select = 2026-01-01\n", "wrong type for `select`"),
        ("several", b"selct = []\nlayers = 1\n[module.a]\n", "3 mistakes"),
    ] {
        let project = project(&[]);
        project.write("ringfence.toml", bytes);
        for arguments in
            [&["check"][..], &["config", "show"], &["graph"], &["check", "--config", "ringfence.toml"]]
        {
            let answer = project.run(arguments);
            assert_eq!((answer.code, answer.out().as_ref()), (2, ""), "{title}: {answer:?}");
            assert!(answer.stderr.contains(said), "{title}: {answer:?}");
        }
    }
    for (bytes, said) in [
        (&b"[tool.ringfence]\nselect = [\n"[..], "pyproject.toml:2:"),
        (b"[tool.ringfence]\nselct = []\n[project]\nname = 5\n", "did you mean `select`?"),
        (b"[tool.ringfence.modules.'a..b']\n", "empty segment"),
        (b"x = \n[tool.ringfence]\n", "pyproject.toml:1:"),
        (b"[tool]\nringfence = 5\n", "pyproject.toml:2:"),
    ] {
        let project = project(&[]);
        std::fs::remove_file(project.path("ringfence.toml")).unwrap();
        project.write("pyproject.toml", bytes);
        project.run(&["check"]).assert_refused(2, &[said]);
    }
}

#[test]
fn configs_of_bytes_that_are_no_text() {
    let tach = "source_roots = ['.']\n";
    for (path, bytes, others) in [
        (".importlinter", &b"[importlinter]\nroot_package = a\n# caf\xe9\n"[..], &[][..]),
        ("setup.cfg", b"[metadata]\nauthor = caf\xe9\n[importlinter]\nroot_package = a\n", &[]),
        ("pyproject.toml", b"[project]\nname = 'caf\xe9'\n[tool.ringfence]\n", &[]),
        ("pyproject.toml", b"[tool.importlinter]\nroot_package = 'a\xe9'\n", &[]),
        ("tach.toml", b"source_roots = ['\xe9']\n", &[]),
        ("ringfence.toml", b"# caf\xe9\n", &[]),
        ("p/ringfence.module.toml", b"# caf\xe9\n", &[("ringfence.toml", A_WITHOUT_B)]),
        ("p/tach.domain.toml", b"# caf\xe9\n", &[("tach.toml", tach)]),
        ("ringfence.baseline", b"# caf\xe9\n", &[("ringfence.toml", A_WITHOUT_B)]),
    ] {
        let project = Project::new(&[("a.py", ""), ("b.py", ""), ("p/__init__.py", "")]);
        for (path, text) in others {
            project.write(path, text);
        }
        project.write(path, bytes);
        project.run(&["check"]).assert_refused(2, &["cannot read `", path, "is not valid `utf-8`"]);
    }
    // Where another file says what the boundaries are, these may be what they like.
    let project = project(&[]);
    project.write("setup.cfg", b"[metadata]\nauthor = caf\xe9\n");
    project.write("sub/setup.cfg", b"[metadata]\nauthor = caf\xe9\n");
    assert_found(&project, &[]);
}

#[test]
fn broken_files_lose_no_import_silently() {
    for source in [
        // In a bracket that something closes by chance.
        "x = [1, 2\nimport b\ny = 3]\n",
        "[from b import c\n",
        "(import b\n",
        "{ from b import (c,\n    d)\n",
        "'from b import c\n",
        "if x:\n    \"    import b\n",
        "f(1\nimport b\nprint(2))\n",
        "x = {\n  'a': 1,\nfrom b import c\n}\n",
        "def f(a,\n    import b\n    return (a)):\n",
        // Behind what a slip of the hand put there.
        "\\from b import c\n",
        "if x:\n\\    from b import c\n",
        "f(from b import c\n",
        "x = import b\n",
        "x.y[0] -from . import b\n",
        ">>> import b\n",
        "'from b import c  # it's\n",
        "x = 'import b # don't\n",
        // Behind a line that goes on.
        "x = 1 + \\\nimport b\n",
        // In a string that begins where another should have ended.
        "'''Title.\n\nText.\n''\nimport b\n\ndef f():\n    '''Text.'''\n",
        "def f():\n    \"\"\"\n    Text.\n    \"\"\n    import b\n\ndef g():\n    \"\"\"\n    Text.\n    \"\"\"\n",
        "x = ''''\nimport b\ny = '''a'''\n",
        "'''\nimport b\n# Tail of ''' text.\nx = \"'''\"\n",
        "import importlib\nx = ''''\nimportlib.import_module('b')\ny = '''a'''\n",
    ] {
        let project = project(&[("x.py", source)]);
        let found = project.findings(&[]);
        assert!(
            found.iter().any(|it| it.starts_with("x.py:") && it.ends_with("RF900")),
            "{source:?}: {found:?}"
        );
    }
    // Valid, and no reason to parse.
    for source in [
        "'''\nimport b\n'''\nimport os\n\ndef f():\n    '''Text.'''\n",
        "x = [\n# import b\n'import b',\n]\nimport os\n",
        "'''\nimport b\n'''\nimport os\nx = \"'''\"\n",
        "\"\"\"From b import c, or (import b), and >>> import b.\"\"\"\n# f(from b import c)\nimport os\n",
        "x = '''\nimport b''' + '''\nimport b\n'''\nimport os\n",
    ] {
        let project = project(&[("x.py", source)]);
        assert_found(&project, &[]);
    }
}

#[test]
fn a_folder_where_a_file_should_be() {
    let project = project(&[
        ("x.py/y.py", "import b\n"),
        ("z.py/ringfence.module.toml/q", ""),
        ("setup.cfg/q", ""),
        ("pyproject.toml/q", ""),
        ("c/ringfence.toml/d.py", ""),
    ]);
    assert_found(&project, &[]);
    assert_eq!(project.findings(&["x.py"]), [""; 0]);
    let other = Project::new(&[("ringfence.toml/q", ""), ("a.py", "")]);
    other.run(&["check"]).assert_refused(2, &["no config found"]);
    other
        .run(&["check", "--config", "ringfence.toml"])
        .assert_refused(2, &["`ringfence.toml` is not a file"]);
}

#[test]
fn many_threads() {
    let project = project(&[]);
    for threads in ["1", "2", "64", "1000", "100000", "18446744073709551615"] {
        let answer = project.run(&["check", "--threads", threads, "--output-format", "concise"]);
        match answer.code {
            1 => assert!(answer.out().contains("RF101"), "{threads}: {answer:?}"),
            _ => answer.assert_refused(2, &["threads"]),
        }
    }
    project.run(&["check", "--threads=-1"]).assert_refused(2, &["--threads"]);
}

#[cfg(unix)]
mod on_unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;
    use std::process::Command;

    use super::{A_WITHOUT_B, KNOWN, Project, assert_found, project};

    fn make_fifo(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    fn forbid(path: &Path) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o000)).unwrap();
    }

    /// Whether permissions bind whoever runs the tests; they do not bind root.
    #[allow(clippy::print_stdout)]
    fn permissions_bind(project: &Project) -> bool {
        project.write("probe", "");
        forbid(&project.path("probe"));
        let binds = std::fs::read(project.path("probe")).is_err();
        if !binds {
            println!("skipped: this user may read every file");
        }
        binds
    }

    #[test]
    fn what_may_not_be_read() {
        let project = project(&[("x.py", "import b\n"), ("folder/y.py", "import b\n")]);
        if !permissions_bind(&project) {
            return;
        }
        forbid(&project.path("x.py"));
        forbid(&project.path("folder"));
        assert_found(&project, &["x.py:1 RF905", "folder:1 RF905"]);
        forbid(&project.path("ringfence.toml"));
        project.run(&["check"]).assert_refused(2, &["cannot read", "ringfence.toml"]);
        std::fs::set_permissions(project.path("folder"), PermissionsExt::from_mode(0o755)).unwrap();
    }

    #[test]
    fn pipes_are_not_waited_for() {
        let project = project(&[]);
        make_fifo(&project.path("x.py"));
        assert_found(&project, &["x.py:1 RF905"]);
        assert_eq!(project.findings(&["x.py"]), ["x.py:1 RF905"]);
        // Named like what else is read.
        for name in ["pyproject.toml", "setup.cfg", "sub/setup.cfg", ".importlinter", "tach.toml", "y.so"] {
            let project = super::project(&[("sub/x.py", "")]);
            make_fifo(&project.path(name));
            let found = project.findings(&[]);
            assert!(found.contains(&KNOWN.to_string()), "{name}: {found:?}");
        }
        for name in
            ["ringfence.module.toml", "sub/ringfence.module.toml", "sub/ringfence.toml", "sub/pyproject.toml"]
        {
            let project = super::project(&[("sub/x.py", "")]);
            make_fifo(&project.path(name));
            let answer = project.run(&["check"]);
            assert!(
                answer.code == 2 && answer.stderr.contains(name)
                    || answer.code == 1 && answer.out().contains("RF101"),
                "{name}: {answer:?}"
            );
        }
        // No config at all, but pipes in their places.
        for name in ["pyproject.toml", "setup.cfg", "ringfence.toml", ".importlinter", "tach.toml"] {
            let project = Project::new(&[("a.py", "")]);
            make_fifo(&project.path(name));
            project.run(&["check"]).assert_refused(2, &["cannot read `", name, "not a regular file"]);
        }
        let project = super::project(&[]);
        make_fifo(&project.path("pipe"));
        project.run(&["check", "--config", "pipe"]).assert_refused(2, &["`pipe` is not a file"]);
    }

    #[test]
    fn ignore_files_that_are_none() {
        for name in [
            ".gitignore",
            ".ignore",
            "sub/.gitignore",
            "sub/deep/.ignore",
            ".git/info/exclude",
            "sub/.git/info/exclude",
        ] {
            for device in [None, Some("/dev/zero")] {
                let project =
                    super::project(&[("sub/deep/x.py", ""), (".git/info/q", ""), ("sub/.git/info/q", "")]);
                match device {
                    None => make_fifo(&project.path(name)),
                    Some(device) => symlink(device, project.path(name)).unwrap(),
                }
                project.run(&["check"]).assert_refused(2, &["cannot read `", name, "not a regular file"]);
                let config = ["--config", "respect-gitignore = false"];
                assert_eq!(project.findings(&config), [KNOWN], "{name}");
            }
            let project =
                super::project(&[("sub/deep/x.py", ""), (".git/info/q", ""), ("sub/.git/info/q", "")]);
            project.write(name, format!("*.pyc\n{}\n", "{".repeat(100_000)));
            project.run(&["check"]).assert_refused(2, &[name, "line 2: it has more than 65536 bytes"]);
            project.write(name, format!("{}a{}\n", "{".repeat(1_000), "}".repeat(1_000)));
            project
                .run(&["check"])
                .assert_refused(2, &[name, "line 1: its braces are nested more than 32 deep"]);
        }
    }

    #[test]
    fn baselines_that_are_odd_files() {
        for target in ["nowhere", "/dev/zero", "/"] {
            let project = super::project(&[]);
            symlink(target, project.path("ringfence.baseline")).unwrap();
            project.run(&["check"]).assert_refused(2, &["cannot read `", "ringfence.baseline"]);
        }
        let project = super::project(&[]);
        make_fifo(&project.path("ringfence.baseline"));
        project.run(&["check"]).assert_refused(2, &["ringfence.baseline", "not a regular file"]);
        let project = Project::new(&[("tach.toml", "source_roots = ['.']\n"), ("p/__init__.py", "")]);
        make_fifo(&project.path("p/tach.domain.toml"));
        project.run(&["check"]).assert_refused(2, &["tach.domain.toml", "not a regular file"]);
    }

    /// Few threads, small stacks, and everything is found all the same.
    #[cfg(target_os = "linux")]
    #[test]
    fn little_address_space() {
        let project = super::project(&[("x.py", "def f():\n    x = (((1)))\n    import b\nx = [\n")]);
        for (limit, threads) in [("8000000", "1000"), ("2000000", "1000"), ("1000000", "0"), ("700000", "8")]
        {
            let call =
                format!("ulimit -v {limit} && exec \"$0\" check --threads {threads} --output-format concise");
            let answer = Command::new("sh")
                .args(["-c", &call, env!("CARGO_BIN_EXE_ringfence")])
                .env_remove("GITHUB_ACTIONS")
                .current_dir(project.root())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&answer.stdout);
            assert_eq!(answer.status.code(), Some(1), "{limit} {threads}: {answer:?}");
            assert!(said.contains("a.py:1:8: error[RF101]") || said.contains("RF101"), "{limit}: {said}");
            assert!(!said.contains("RF905"), "{limit}: {said}");
        }
    }

    #[test]
    fn links_to_nowhere_and_to_themselves() {
        let project = project(&[("real/r.py", "import b\n")]);
        for (target, link) in [
            ("nowhere.py", "dangling.py"),
            ("itself.py", "itself.py"),
            ("two.py", "one.py"),
            ("one.py", "two.py"),
            (".", "real/around"),
            ("..", "real/up"),
            ("/", "real/root"),
            ("real", "alias"),
            ("/dev/zero", "zero.py"),
            ("/dev/full", "full.txt"),
            ("real", "folder.py"),
            // An editor's lock.
            ("user@host.1234", ".#a.py"),
        ] {
            symlink(target, project.path(link)).unwrap();
        }
        assert_found(
            &project,
            &[
                "dangling.py:1 RF905",
                "itself.py:1 RF905",
                "one.py:1 RF905",
                "two.py:1 RF905",
                "zero.py:1 RF905",
            ],
        );
        // A link to a file is a file.
        symlink("../a.py", project.path("real/linked.py")).unwrap();
        project.write(
            "ringfence.toml",
            "[modules.a]\ndepends-on = []\n[modules.b]\n[modules.'real.linked']\ndepends-on = []\n",
        );
        assert!(project.findings(&[]).contains(&"real/linked.py:1 RF101".to_string()));
    }

    #[test]
    fn configs_that_are_odd_files() {
        for (target, said) in [
            ("nowhere", "No such file"),
            ("ringfence.toml", "symbolic links"),
            ("/dev/zero", "not a regular file"),
            ("/", "not a regular file"),
        ] {
            let project = Project::new(&[("a.py", "")]);
            symlink(target, project.path("ringfence.toml")).unwrap();
            project.run(&["check"]).assert_refused(2, &["cannot read `", "ringfence.toml`: ", said]);
        }
        let project = Project::new(&[("real.toml", A_WITHOUT_B), ("a.py", "import b\n"), ("b.py", "")]);
        symlink("real.toml", project.path("ringfence.toml")).unwrap();
        assert_found(&project, &[]);
        // In a folder below, one that cannot be read does not go unnoticed.
        for name in ["sub/ringfence.toml", "sub/ringfence.module.toml"] {
            let project = super::project(&[("sub/x.py", "import b\n")]);
            symlink("nowhere", project.path(name)).unwrap();
            let answer = project.run(&["check"]);
            assert!(answer.stderr.contains(name), "{answer:?}");
            assert_eq!(answer.code, 2, "{answer:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn paths_that_are_no_text() {
        let project = project(&[]);
        for name in [&b"caf\xe9.py"[..], b"\xff\xfe.py", b"x.p\xff"] {
            std::fs::write(project.root().join(OsStr::from_bytes(name)), "import b\nimport (\n").unwrap();
        }
        let folder = project.root().join(OsStr::from_bytes(b"d\xffr"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("inner.py"), "import b\nimport (\n").unwrap();
        assert_found(
            &project,
            &["caf\u{fffd}.py:2 RF900", "d\u{fffd}r/inner.py:2 RF900", "\u{fffd}\u{fffd}.py:2 RF900"],
        );

        let named = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .env_remove("GITHUB_ACTIONS")
            .args([OsStr::new("check"), OsStr::new("-q"), OsStr::from_bytes(b"d\xffr/inner.py")])
            .current_dir(project.root())
            .output()
            .unwrap();
        assert_eq!(named.status.code(), Some(1), "{named:?}");
        assert!(String::from_utf8_lossy(&named.stdout).contains("RF900"), "{named:?}");
    }
}
