//! `--add-ignore`, `--fix-only`, `--exit-non-zero-on-fix`.

use crate::common::Project;

const CONFIG: &str = "[modules.a]\ndepends-on = []\n[modules.b]\nexposes = ['x']\n";

fn project(source: &str) -> Project {
    Project::new(&[("ringfence.toml", CONFIG), ("a.py", source), ("b/__init__.py", "x = y = 1\n")])
}

/// What a source is after `--add-ignore`, after which nothing is found and a second run changes nothing.
fn ignored(source: &str, argument: &str) -> String {
    let project = project(source);
    let answer = project.run(&["check", argument]);
    assert_eq!(answer.code, 0, "{source:?}: {answer:?}");
    let text = project.text("a.py");
    assert_eq!(project.findings(&[]), [""; 0], "{text:?}");
    assert_eq!(project.run(&["check", argument]).code, 0);
    assert_eq!(project.text("a.py"), text);
    text
}

#[test]
fn a_comment_is_put_to_each_line() {
    let reason = "--add-ignore=see ADR 7";
    for (source, expected) in [
        ("from b import x\n", "from b import x  # ringfence: ignore[RF101] see ADR 7\n"),
        ("from b import x", "from b import x  # ringfence: ignore[RF101] see ADR 7"),
        ("from b import x\r\n", "from b import x  # ringfence: ignore[RF101] see ADR 7\r\n"),
        ("from b import x  \n", "from b import x  # ringfence: ignore[RF101] see ADR 7\n"),
        ("from b import y\n", "from b import y  # ringfence: ignore[RF101, RF201] see ADR 7\n"),
        (
            "from b import (\n    x,\n    y,\n)\n",
            "from b import (\n    x,\n    y,\n)  # ringfence: ignore[RF101, RF201] see ADR 7\n",
        ),
        ("from b import x  # why  \n", "from b import x  # why  # ringfence: ignore[RF101] see ADR 7\n"),
        ("from b import x; z = 1\n", "from b import x; z = 1  # ringfence: ignore[RF101] see ADR 7\n"),
        // What is there is added to.
        (
            "from b import y  # ringfence: ignore[RF201] old\n",
            "from b import y  # ringfence: ignore[RF201, RF101] old\n",
        ),
        (
            "from b import x  # noqa: E402\n",
            "from b import x  # noqa: E402  # ringfence: ignore[RF101] see ADR 7\n",
        ),
        // Behind these nothing can be said.
        (
            "from b import x; z = '''\n'''\n",
            "# ringfence: ignore[RF101] see ADR 7\nfrom b import x; z = '''\n'''\n",
        ),
        (
            "def f():\n    from b import x; z = 1 + \\\n        2\n",
            "def f():\n    # ringfence: ignore[RF101] see ADR 7\n    from b import x; z = 1 + \\\n        2\n",
        ),
    ] {
        let text = ignored(source, reason);
        // A comment that ended in blanks may keep them.
        assert_eq!(text.replace("why    #", "why  #"), expected, "{source:?}");
    }
    assert_eq!(ignored("from b import x\n", "--add-ignore"), "from b import x  # ringfence: ignore[RF101]\n");
}

#[test]
fn a_finding_about_a_file_gets_a_line_at_its_head() {
    let project = Project::new(&[
        ("ringfence.toml", "strict-ownership = true\n[modules.a]\n"),
        ("a.py", ""),
        ("c.py", "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\"\"\"A script.\"\"\"\n"),
    ]);
    let answer = project.run(&["check", "--add-ignore"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out().contains("Suppressed 1 finding in 1 file."), "{answer:?}");
    assert_eq!(
        project.text("c.py"),
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# ringfence: file-ignore[RF105]\n\"\"\"A script.\"\"\"\n"
    );
}

#[test]
fn what_no_comment_can_suppress_is_said() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = ['nope']\n[modules.b]\n"),
        ("a.py", "from b import x\n"),
        ("b.py", ""),
    ]);
    let answer = project.run(&["check", "--add-ignore"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.out().contains("RF910") && !answer.out().contains("error[RF101]"), "{answer:?}");
    assert!(project.text("a.py").contains("ignore[RF101]"));
}

#[test]
fn a_reason_is_one_line() {
    let project = project("from b import x\n");
    project.run(&["check", "--add-ignore=a\nimport os"]).assert_refused(2, &["a reason is one line of text"]);
    project.run(&["check", "--add-ignore", "--fix"]).assert_refused(2, &["cannot be used with"]);
    assert_eq!(project.text("a.py"), "from b import x\n");
}

#[test]
fn fix_only_reports_nothing_that_is_left() {
    let source = "from b import x\nimport os  # ringfence: ignore[RF101]\n";
    let fixed = "from b import x\nimport os\n";
    for (arguments, code) in [
        (&["--fix-only"][..], 0),
        (&["--fix-only", "--exit-non-zero-on-fix"], 1),
        (&["--fix-only", "--exit-non-zero-on-fix", "--exit-zero"], 0),
    ] {
        let project = project(source);
        let answer = project.run(&[&["check"], arguments].concat());
        assert_eq!(answer.code, code, "{arguments:?}: {answer:?}");
        assert_eq!(answer.out(), "Fixed 1 finding in 1 file.\n", "{arguments:?}");
        assert_eq!(project.text("a.py"), fixed);
    }
    let clean =
        project("from b import x  # ringfence: ignore[RF101]\nimport os  # ringfence: ignore[RF101]\n");
    assert_eq!(clean.run(&["check", "--fix"]).code, 0);
    let clean =
        project("from b import x  # ringfence: ignore[RF101]\nimport os  # ringfence: ignore[RF101]\n");
    assert_eq!(clean.run(&["check", "--fix", "--exit-non-zero-on-fix"]).code, 1);
    assert_eq!(clean.run(&["check", "--fix", "--exit-non-zero-on-fix"]).code, 0);
}

#[test]
fn the_chains_of_a_contract_come_to_an_end_in_one_run() {
    let config = "[[contracts]]\nname = 'apart'\ntype = 'forbidden'\nfrom = ['a']\nto = ['z']\n";
    let project = Project::new(&[("ringfence.toml", config), ("z.py", "")]);
    let names: Vec<String> = (0..7).map(|number| format!("b{number}")).collect();
    for name in &names {
        project.write(&format!("{name}.py"), "import z\n");
    }
    let imports: Vec<String> = names.iter().map(|name| format!("import {name}\n")).collect();
    project.write("a.py", imports.concat());
    let answer = project.run(&["check", "--add-ignore"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(project.text("a.py").matches("# ringfence: ignore[").count(), 7);
    assert_eq!(project.findings(&[]), [""; 0]);
}

/// Who writes a comment does not get rid of what is said of the comment, or of the file, by it.
#[test]
fn a_comment_suppresses_nothing_that_is_said_of_itself() {
    let all = ["--extend-select", "RF900,RF902"];
    for (source, found) in [
        ("import b  # ringfence: ignore[RF101, RF902]\n", &["a.py:1 RF901", "a.py:1 RF902"][..]),
        (
            "# ringfence: file-ignore[RF902] why\nimport b  # ringfence: ignore[RF101]\n",
            &["a.py:1 RF901", "a.py:2 RF902"],
        ),
        (
            "import b  # ringfence: ignore[RF101, RF903] until=2001-01-31 why\n",
            &["a.py:1 RF101", "a.py:1 RF903"],
        ),
        ("import b  # ringfence: ignore[RF101, RF904, RF9999] why\n", &["a.py:1 RF901", "a.py:1 RF904"]),
        ("# ringfence: file-ignore[RF900] why\nx = 1 +* 2\n", &["a.py:2 RF900"]),
        // As with ruff's `RUF100`.
        ("x = 1  # ringfence: ignore[RF101, RF901] why\n", &[]),
    ] {
        let project = project(source);
        assert_eq!(project.findings(&all), found, "{source:?}");
    }
    let project = project("import b  # ringfence: ignore[RF101, RF103, RF902]\n");
    let answer = project.run(&["check", "--extend-select", "RF902", "--output-format", "concise"]);
    let said = "unused suppression: `RF103` is not reported on this line, and no comment suppresses `RF902`";
    assert!(answer.out().contains(said), "{answer:?}");
}
