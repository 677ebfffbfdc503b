//! `--fix`, `--fix-config`, `--diff`, and a buffer on stdin.

use crate::common::{A_WITHOUT_B, Project};

/// A leftover suppression (safe to fix) in `a.py`, a leftover dependency (a fix of the config) of `b`.
const LEFTOVERS: &[(&str, &str)] = &[
    (
        "ringfence.toml",
        "extend-select = [\"RF110\"]\n\n[modules.a]\n\n[modules.b]\ndepends-on = [\"a\", \"c\"]\n\n[modules.c]\n",
    ),
    ("a.py", "import b  # ringfence: ignore[RF101] long gone\n"),
    ("b.py", "import c\n"),
    ("c.py", ""),
];
const FIXED_SOURCE: &str = "import b\n";
const FIXED_CONFIG: &str =
    "extend-select = [\"RF110\"]\n\n[modules.a]\n\n[modules.b]\ndepends-on = [\"c\"]\n\n[modules.c]\n";

#[test]
fn what_is_fixed_is_what_was_asked_for() {
    let (in_source, in_config) = ("a.py:1 RF901", "ringfence.toml:6 RF110");
    for (arguments, source, config, left, code) in [
        (&[][..], false, false, &[in_source, in_config][..], 1),
        (&["--fix"], true, false, &[in_config], 1),
        (&["--fix", "--unsafe-fixes"], true, false, &[in_config], 1),
        (&["--unsafe-fixes"], false, false, &[in_source, in_config], 1),
        (&["--fix-config"], false, true, &[in_source], 0),
        (&["--fix", "--fix-config"], true, true, &[], 0),
        (&["--fix", "--select", "RF110"], false, false, &[in_config], 1),
        (&["--fix", "--config", "unfixable = ['RF901']"], false, false, &[in_source, in_config], 1),
        (&["--fix", "--config", "unfixable = ['RF1']"], true, false, &[in_config], 1),
        (&["--fix", "--config", "fixable = ['RF110']"], false, false, &[in_source, in_config], 1),
        (&["--fix", "--config", "fixable = ['unused-suppression']"], true, false, &[in_config], 1),
        // What is not reported is not fixed.
        (&["--fix", "c.py"], false, false, &[in_config], 1),
        (&["--fix", "a.py"], true, false, &[in_config], 1),
        (&["--fix", "--config", "per-file-ignores = { 'a.py' = ['RF901'] }"], false, false, &[in_config], 1),
    ] {
        let project = Project::new(LEFTOVERS);
        let answer = project.run(&[&["check", "--output-format", "json"], arguments].concat());
        assert_eq!(
            (answer.code, answer.findings(project.root())),
            (code, left.iter().map(ToString::to_string).collect()),
            "{arguments:?}"
        );
        assert_eq!(project.text("a.py"), if source { FIXED_SOURCE } else { LEFTOVERS[1].1 }, "{arguments:?}");
        assert_eq!(
            project.text("ringfence.toml"),
            if config { FIXED_CONFIG } else { LEFTOVERS[0].1 },
            "{arguments:?}"
        );
        // A second run finds nothing more to change.
        let before = project.contents();
        project.run(&[&["check"], arguments].concat());
        assert_eq!(project.contents(), before, "{arguments:?}");
    }
}

#[test]
fn it_says_what_can_be_fixed_and_what_has_been() {
    let project = Project::new(LEFTOVERS);
    let said = |arguments: &[&str]| project.run(&[&["check"], arguments].concat()).out().into_owned();
    assert!(said(&[]).contains("\n1 fixable with `--fix`, 1 fixable with `--fix-config`.\n"));
    let fixed = said(&["--fix", "--fix-config"]);
    assert_eq!(
        fixed,
        "Fixed 2 findings in 2 files.\nNo findings.\n3 files, 2 imports, 3 of 3 modules governed\n"
    );
    assert!(said(&["--fix", "--fix-config"]).starts_with("No findings.\n"));
}

/// Whoever applies all that is safe in JSON must not widen a boundary by it.
#[test]
fn a_fix_of_the_config_is_told_from_a_safe_one() {
    let project = Project::new(LEFTOVERS);
    let answer = project.run(&["check", "--output-format", "json"]);
    let findings: serde_json::Value = serde_json::from_str(&answer.out()).expect("JSON");
    let told: Vec<(&str, &str)> = findings
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| Some((it["code"].as_str()?, it["fix"]["applicability"].as_str()?)))
        .collect();
    assert_eq!(told, [("RF901", "safe"), ("RF110", "config")]);
}

#[test]
fn a_diff_changes_nothing() {
    let project = Project::new(LEFTOVERS);
    let in_source =
        "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-import b  # ringfence: ignore[RF101] long gone\n+import b\n";
    let in_config = "--- ringfence.toml\n+++ ringfence.toml\n@@ -3,6 +3,6 @@\n [modules.a]\n \n [modules.b]\n\
                     -depends-on = [\"a\", \"c\"]\n+depends-on = [\"c\"]\n \n [modules.c]\n";
    let before = project.contents();
    for (arguments, expected, code) in [
        (&["--diff"][..], in_source.to_string(), 1),
        (&["--diff", "--fix"], in_source.to_string(), 1),
        (&["--diff", "--fix-config"], in_config.to_string(), 1),
        (&["--diff", "--fix", "--fix-config"], format!("{in_source}{in_config}"), 1),
        (&["--diff", "--exit-zero"], in_source.to_string(), 0),
        (&["--diff", "c.py"], String::new(), 0),
        (&["--diff", "--select", "RF101"], String::new(), 0),
    ] {
        let answer = project.run(&[&["check", "--quiet"], arguments].concat());
        assert_eq!((answer.code, answer.out().as_ref()), (code, expected.as_str()), "{arguments:?}");
        assert_eq!(answer.stderr, "", "{arguments:?}");
        assert_eq!(project.contents(), before, "{arguments:?}");
    }
    let answer = project.run(&["check", "--diff", "--fix", "--fix-config"]);
    assert_eq!(answer.stderr, "using `ringfence.toml`\n2 findings would be fixed in 2 files\n");
}

#[test]
fn the_bytes_around_a_fix_stay() {
    for (before, after) in [
        // Line ends.
        (&b"import b  # ringfence: ignore[RF101]\r\nx = 1\r\n"[..], &b"import b\r\nx = 1\r\n"[..]),
        (b"import b  # ringfence: ignore[RF101]\rx = 1\r", b"import b\rx = 1\r"),
        (b"# ringfence: ignore[RF101]\r\nimport b\r\n", b"import b\r\n"),
        (b"x = '''\r\n\n'''\r\nimport b  # ringfence: ignore[RF101]", b"x = '''\r\n\n'''\r\nimport b"),
        // Encodings.
        (b"\xef\xbb\xbfimport b  # ringfence: ignore[RF101]\n", b"\xef\xbb\xbfimport b\n"),
        (
            b"# -*- coding: latin-1 -*-\nx = '\xe9'\nimport b  # ringfence: ignore[RF101] caf\xe9\ny = '\xff'\n",
            b"# -*- coding: latin-1 -*-\nx = '\xe9'\nimport b\ny = '\xff'\n",
        ),
        (
            b"# coding: cp1252\nx = '\x80'\nimport b  # ringfence: ignore[RF101]\n",
            b"# coding: cp1252\nx = '\x80'\nimport b\n",
        ),
        // Two sequences for one character, two characters of one sequence, and shifts.
        (
            b"# coding: big5\nx = '\xa1\xc3\xa1\xfe\xa2\x40\xa2\xcc\xa2\xce\x88\x62'\nimport b  # ringfence: ignore[RF101]\n",
            b"# coding: big5\nx = '\xa1\xc3\xa1\xfe\xa2\x40\xa2\xcc\xa2\xce\x88\x62'\nimport b\n",
        ),
        (
            b"# coding: shift_jis\nx = '\xed\x40\x87\x90'\nimport b  # ringfence: ignore[RF101] \x87\x90\n",
            b"# coding: shift_jis\nx = '\xed\x40\x87\x90'\nimport b\n",
        ),
        (
            b"# coding: iso2022_jp\n# \x1b$@$\"\x1b(B\nimport b  # ringfence: ignore[RF101]\n",
            b"# coding: iso2022_jp\n# \x1b$@$\"\x1b(B\nimport b\n",
        ),
        ("import b  # ringfence: ignore[RF101] \u{1f389}\nx = '\u{1f389}'\n".as_bytes(), "import b\nx = '\u{1f389}'\n".as_bytes()),
        // Blanks and form feeds.
        (b"\x0cimport b \t # ringfence: ignore[RF101] \t\n\x0c\n", b"\x0cimport b\n\x0c\n"),
        // In a broken file no suppression is judged.
        (b"import b  # ringfence: ignore[RF101]\ndef (:\n", b"import b  # ringfence: ignore[RF101]\ndef (:\n"),
    ] {
        let project = Project::new(LEFTOVERS);
        project.write("a.py", before);
        project.run(&["check", "--fix"]);
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!(shown(&project.read("a.py")), shown(after));
        project.run(&["check", "--fix"]);
        assert_eq!(shown(&project.read("a.py")), shown(after), "the second time");
    }
}

#[test]
fn only_what_changes_is_written() {
    let project = Project::new(LEFTOVERS);
    let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for path in ["a.py", "b.py", "ringfence.toml"] {
        std::fs::File::options().append(true).open(project.path(path)).unwrap().set_modified(past).unwrap();
    }
    project.run(&["check", "--fix"]);
    let is_old = |path: &str| project.path(path).metadata().unwrap().modified().unwrap() == past;
    assert_eq!((is_old("a.py"), is_old("b.py"), is_old("ringfence.toml")), (false, true, true));
    // No temporary file is left.
    assert_eq!(project.contents().len(), LEFTOVERS.len());
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for wanted in [0o755, 0o600, 0o664] {
        let project = Project::new(LEFTOVERS);
        let path = project.path("a.py");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(wanted)).unwrap();
        project.run(&["check", "--fix"]);
        assert_eq!(project.text("a.py"), FIXED_SOURCE, "{wanted:o}");
        assert_eq!(mode(&path), wanted);
    }
    let project = Project::new(LEFTOVERS);
    let path = project.path("a.py");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
    let answer = project.run(&["check", "--fix"]);
    assert!(answer.stderr.contains("error: cannot write `a.py`: the file is read-only"), "{answer:?}");
    assert_eq!((answer.code, project.text("a.py").as_str()), (2, LEFTOVERS[1].1));
    // What was found is said all the same.
    assert!(answer.out().contains("modules governed"), "{answer:?}");

    let project = Project::new(LEFTOVERS);
    project.write("elsewhere/real.txt", LEFTOVERS[1].1);
    std::fs::remove_file(project.path("a.py")).unwrap();
    symlink("elsewhere/real.txt", project.path("a.py")).unwrap();
    project.run(&["check", "--fix"]);
    assert_eq!(std::fs::read_link(project.path("a.py")).unwrap().to_str(), Some("elsewhere/real.txt"));
    assert_eq!(project.text("elsewhere/real.txt"), FIXED_SOURCE);
}

#[test]
fn a_buffer_stands_for_the_file() {
    let project = Project::new(&[
        ("ringfence.toml", A_WITHOUT_B),
        ("a.py", "import b\n"),
        ("b.py", "import a\n"),
        ("c/d.py", ""),
    ]);
    let found = |arguments: &[&str], buffer: &str| {
        let arguments = [&["check", "--output-format", "json"], arguments].concat();
        let answer = project.call(&arguments).stdin(buffer).run();
        assert!(answer.code <= 1, "{answer:?}");
        answer.findings(project.root())
    };
    for (arguments, buffer, expected) in [
        (&["--stdin-filename", "a.py"][..], "import c\n", &[][..]),
        (&["--stdin-filename", "a.py"], "\n\nimport b\n", &["a.py:3 RF101"]),
        (&["--stdin-filename", "./a.py", "-"], "\n\nimport b\n", &["a.py:3 RF101"]),
        (&["--stdin-filename", "a.py", "."], "\nimport b\n", &["a.py:2 RF101"]),
        (&["--stdin-filename", "a.py", "c"], "\nimport b\n", &[]),
        // Not on disk: known all the same, even in a folder that is not there.
        (&["--stdin-filename", "a/new.py"], "import b\n", &["a/new.py:1 RF101"]),
        (&["--stdin-filename", "c/new.py"], "import b\n", &[]),
        (&["--stdin-filename", "b.py"], "import a\n", &[]),
        (&["--stdin-filename", "a.py"], "", &[]),
    ] {
        assert_eq!(found(arguments, buffer), expected, "{arguments:?}");
    }
    std::fs::remove_file(project.path("a.py")).unwrap();
    assert_eq!(found(&["--stdin-filename", "a.py"], "import b\n"), ["a.py:1 RF101"]);
    assert_eq!(found(&["--stdin-filename", "a/x/new.py"], "\nimport b\n"), ["a/x/new.py:2 RF101"]);
    // Excluded files are checked when they are named.
    project.write("ringfence.toml", format!("extend-exclude = ['a.py']\n{A_WITHOUT_B}"));
    assert_eq!(found(&["--stdin-filename", "a.py"], "import b\n"), ["a.py:1 RF101"]);

    project.run(&["check", "-"]).assert_refused(2, &["`--stdin-filename`"]);
}

#[test]
fn a_fixed_buffer_goes_to_stdout() {
    let buffer = "x = 1\nimport b  # ringfence: ignore[RF101]\nimport b  # ringfence: ignore[RF104]\n";
    let fixed = "x = 1\nimport b\nimport b\n";
    for arguments in [
        &["--stdin-filename", "a.py"][..],
        &["--stdin-filename", "a.py", "-"],
        &["--stdin-filename", "a.py", "."],
        &["--stdin-filename", "new.py"],
    ] {
        let project = Project::new(LEFTOVERS);
        let before = project.contents();
        let all = [&["check", "--fix"], arguments].concat();
        let answer = project.call(&all).stdin(buffer).run();
        assert_eq!(answer.out(), fixed, "{arguments:?}: {answer:?}");
        assert!(answer.stderr.contains("Fixed 2 findings in 1 file."), "{arguments:?}: {answer:?}");
        assert_eq!(project.contents(), before, "{arguments:?}");
    }
}

#[test]
fn a_buffer_comes_back_whatever_there_is_to_fix() {
    for buffer in [
        &b"import c\n"[..],
        b"",
        b"def (:\n",
        b"import b  # no newline",
        b"import b\r\n",
        b"\xef\xbb\xbfimport c\n",
        b"\xff\xfe",
    ] {
        let project = Project::new(LEFTOVERS);
        let answer = project.call(&["check", "--fix", "--stdin-filename", "a.py"]).stdin(buffer).run();
        assert_eq!(answer.stdout.escape_ascii().to_string(), buffer.escape_ascii().to_string(), "{answer:?}");
        assert!(answer.stderr.contains(" modules governed"), "{answer:?}");
    }
    // In the encoding in which it came.
    let project = Project::new(LEFTOVERS);
    let answer = project
        .call(&["check", "--fix", "--stdin-filename", "a.py"])
        .stdin(b"\xef\xbb\xbfimport b  # ringfence: ignore[RF101]\r\nx = 1\r\n")
        .run();
    assert_eq!(answer.stdout.escape_ascii().to_string(), "\\xef\\xbb\\xbfimport b\\r\\nx = 1\\r\\n");
    let answer = project
        .call(&["check", "--fix", "--stdin-filename", "a.py"])
        .stdin(b"# coding: latin-1\nimport b  # ringfence: ignore[RF101]\nx = '\xe9'\n")
        .run();
    assert_eq!(answer.stdout.escape_ascii().to_string(), "# coding: latin-1\\nimport b\\nx = \\'\\xe9\\'\\n");
}

#[test]
fn a_buffer_can_be_diffed() {
    let project = Project::new(LEFTOVERS);
    let answer = project
        .call(&["check", "--diff", "-q", "--stdin-filename", "b.py"])
        .stdin("import c  # ringfence: ignore[RF101]\n")
        .run();
    let expected = "--- b.py\n+++ b.py\n@@ -1 +1 @@\n-import c  # ringfence: ignore[RF101]\n+import c\n";
    assert_eq!((answer.code, answer.out().as_ref()), (1, expected));
}

#[test]
fn fixes_in_several_trees_are_all_applied() {
    let project = Project::new(LEFTOVERS);
    for (path, text) in LEFTOVERS {
        project.write(&format!("inner/{path}"), text);
    }
    let answer = project.run(&["check", "--fix", "--fix-config"]);
    assert!(answer.out().starts_with("Fixed 4 findings in 4 files.\nNo findings.\n"), "{answer:?}");
    for folder in ["", "inner/"] {
        assert_eq!(project.text(&format!("{folder}a.py")), FIXED_SOURCE);
        assert_eq!(project.text(&format!("{folder}ringfence.toml")), FIXED_CONFIG);
    }
}

#[test]
fn the_config_learns_what_is_imported() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "[modules.a]\ndepends-on = [\n    \"b\",  # first\n]\n[modules.b]\ndepends-on = []\n[modules.c]\n[modules.d]\n",
        ),
        ("a.py", "import b\nimport c\nimport d\nfrom c import x\n"),
        ("b.py", "import c, d\n"),
        ("c.py", ""),
        ("d.py", ""),
    ]);
    let answer = project.run(&["check", "--fix-config"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    // Two findings about `c` are one entry, and entries of one list are added together where that can be.
    assert!(answer.out().starts_with("Fixed 5 findings in 1 file.\nNo findings.\n"), "{answer:?}");
    assert_eq!(
        project.text("ringfence.toml"),
        "[modules.a]\ndepends-on = [\n    \"b\",  # first\n    \"c\",\n    \"d\",\n]\n[modules.b]\ndepends-on = [\"c\", \"d\"]\n[modules.c]\n[modules.d]\n"
    );
    let before = project.contents();
    assert_eq!(project.run(&["check", "--fix-config"]).code, 0);
    assert_eq!(project.contents(), before);
}

#[test]
fn a_name_in_the_config_is_mended_only_if_one_dares() {
    let config = "layers = [\"top\", \"low\"]\n[modules.orders]\nlayer = \"topp\"\ndepends-on = [\"biling\", \"storage\", \"storag\"]\n[modules.billing]\nlayer = \"low\"\nvisible-to = [\"order\"]\n[modules.storge]\n[modules.storage]\n";
    let project = Project::new(&[
        ("ringfence.toml", config),
        ("orders.py", ""),
        ("billing.py", ""),
        ("storage.py", ""),
    ]);
    let answer = project.run(&["check", "--fix-config"]);
    assert_eq!((answer.code, project.text("ringfence.toml").as_str()), (1, config), "{answer:?}");
    assert!(answer.out().contains("3 fixable with `--fix-config --unsafe-fixes`."), "{answer:?}");
    let answer = project.run(&["check", "--fix-config", "--unsafe-fixes"]);
    // `storag` and `storge` would be there twice.
    assert_eq!(
        project.text("ringfence.toml"),
        "layers = [\"top\", \"low\"]\n[modules.orders]\nlayer = \"top\"\ndepends-on = [\"billing\", \"storage\", \"storag\"]\n[modules.billing]\nlayer = \"low\"\nvisible-to = [\"orders\"]\n[modules.storge]\n[modules.storage]\n",
        "{answer:?}"
    );
    assert_eq!(answer.code, 1);
}

#[test]
fn with_very_many_findings_it_says_that_not_all_were_looked_at() {
    let lines: String = (0..2_000).map(|_| "from b import x\n").collect();
    let project = Project::new(&[
        ("ringfence.toml", crate::common::A_WITHOUT_B),
        ("a.py", &lines),
        ("b.py", "x = 1\n"),
    ]);
    let said = "Fixes were looked for in the first findings only; `--fix` looks at all.\n";
    assert!(project.run(&["check", "--output-format", "concise"]).out().contains(said));
    assert!(!project.run(&["check", "--statistics"]).out().contains(said));
    project.write("a.py", "from b import x\n");
    assert!(!project.run(&["check"]).out().contains(said));
}

/// A text that is too long to be read may name what a fix would move, and a long one that is read does or does not.
#[test]
fn a_text_that_nobody_reads_is_a_doubt() {
    let project = Project::new(&[
        ("ringfence.toml", "source-roots = [\"src\"]\n\n[modules.web]\n\n[modules.orders]\n"),
        ("src/web/__init__.py", ""),
        ("src/web/show.py", "from orders import Order, place\n\n\ndef show(order: Order):\n    place()\n"),
        ("src/orders.py", "class Order: ...\ndef place(): ...\n"),
        ("docs/index.md", "About ordering.\n"),
    ]);
    let fixable = |project: &Project| {
        let answer = project.run(&["check", "--select", "RF603", "--output-format", "json"]);
        let fix = answer.json()[0]["fix"].clone();
        (fix["applicability"].to_string(), fix["message"].to_string())
    };
    assert_eq!(fixable(&project).0, "\"safe\"");
    let long = "not about it\n".repeat(200_000);
    project.write("docs/data.json", &long);
    assert_eq!(fixable(&project).0, "\"safe\"");
    project.write("docs/data.json", format!("{long}web.show.Order\n"));
    let (applicability, title) = fixable(&project);
    assert_eq!(applicability, "\"unsafe\"");
    assert!(title.contains("`docs/data.json` names `Order`"), "{title}");
    std::fs::File::create(project.path("docs/data.json")).unwrap().set_len((1 << 28) + 1).unwrap();
    let (applicability, title) = fixable(&project);
    assert_eq!(applicability, "\"unsafe\"");
    assert!(title.contains("`docs/data.json` cannot be read, and may name `Order`"), "{title}");
}

/// What a file is parsed for to explain or fix a finding decides nothing, now or in the check after it.
#[test]
fn a_check_after_a_fix_is_one_like_any_other() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.\"p.a\"]\ndepends-on = []\n[modules.\"p.b\"]\n"),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.b\n\ndef g(a: p.b.X): ...\n\ndef f(x):\n    return 1 +* 2\n"),
        ("p/b.py", "x = 1\n"),
    ]);
    assert_eq!(project.findings(&[]), ["p/a.py:1 RF101"]);
    let after = project.findings(&["--fix-config"]);
    assert!(project.text("ringfence.toml").contains("depends-on = [\"p.b\"]"));
    assert_eq!(after, project.findings(&[]));
    assert_eq!(project.findings(&["--extend-select", "RF900"]), ["p/a.py:6 RF900"]);
}

/// A budget that is used up and was enough leaves nothing out.
#[test]
fn where_the_last_fix_was_looked_for_nothing_was_left_out() {
    let said = "Fixes were looked for in the first findings only";
    // Each looks at the file twice, of 500 times: to say how the name is used, and to fix it.
    for (findings, is_said) in [(250, false), (251, true)] {
        let lines = "from b import x\n".repeat(findings);
        let project = Project::new(&[
            ("ringfence.toml", crate::common::A_WITHOUT_B),
            ("a.py", &lines),
            ("b.py", "x = 1\n"),
        ]);
        let answer = project.run(&["check", "--output-format", "concise"]);
        assert_eq!(answer.out().contains(said), is_said, "{findings}");
    }
}
