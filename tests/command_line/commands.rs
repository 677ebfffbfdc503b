//! The commands beside `check`.

use serde_json::{Value, json};

use crate::common::{Project, SHOP_FINDINGS, assert_snapshot};

#[test]
fn version() {
    let project = Project::new(&[]);
    let expected = concat!("ringfence ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(project.run(&["version"]).out(), expected);
    assert_eq!(project.run(&["--version"]).out(), expected);
}

#[test]
fn completions_name_every_command_and_option() {
    let project = Project::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let answer = project.run(&["completions", shell]);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{shell}");
        for word in ["check", "graph", "completions", "output-format", "unsafe-fixes", "stdin-filename"] {
            assert!(answer.out().contains(word), "{shell}: {word}");
        }
    }
    project.run(&["completions", "tcsh"]).assert_refused(2, &["tcsh"]);
}

#[test]
fn a_rule_is_explained_by_code_and_by_name() {
    let project = Project::new(&[]);
    let by_code = project.run(&["rule", "RF101"]);
    assert_eq!(by_code.code, 0);
    assert_eq!(by_code.out(), project.run(&["rule", "undeclared-dependency"]).out());
    assert!(by_code.out().starts_with("# undeclared-dependency (RF101)\n"));
    for heading in
        ["## What it does\n", "## Why is this bad?\n", "## Example\n", "Severity: error; on by default."]
    {
        assert!(by_code.out().contains(heading), "{heading}");
    }
    assert!(project.run(&["rule", "RF110"]).out().contains("`--extend-select RF110` turns it on"));
    assert!(
        project.run(&["rule", "RF105"]).out().contains("on where the config says `strict-ownership = true`")
    );
    let object = project.run(&["rule", "RF901", "--output-format", "json"]).json();
    assert_eq!(object["code"], "RF901");
    assert_eq!(object["name"], "unused-suppression");
    assert_eq!(object["severity"], "warning");
    assert_eq!(object["fix"], "always");
    assert_eq!(object["default"], "on");

    project.run(&["rule", "RF1O1"]).assert_refused(2, &["no rule is called `RF1O1`; did you mean `RF101`?"]);
    project.run(&["rule", "zebra"]).assert_refused(2, &["`ringfence rule --all` lists the rules"]);
    project.run(&["rule"]).assert_refused(2, &["required"]);
    project.run(&["rule", "RF101", "--all"]).assert_refused(2, &["cannot be used with"]);
}

#[test]
fn all_rules_are_explained() {
    let project = Project::new(&[]);
    let all = project.run(&["rule", "--all", "--output-format", "json"]).json();
    let all = all.as_array().expect("an array");
    let text =
        |rule: &Value, key: &str| rule[key].as_str().unwrap_or_else(|| panic!("{key} of {rule}")).to_string();
    let codes: Vec<String> = all.iter().map(|rule| text(rule, "code")).collect();
    assert!(codes.len() >= 17 && codes.is_sorted(), "{codes:?}");
    let as_text = project.run(&["rule", "--all"]).out().into_owned();
    for rule in all {
        let (code, name) = (text(rule, "code"), text(rule, "name"));
        assert!(as_text.contains(&format!("# {name} ({code})\n")));
        assert!(!text(rule, "summary").is_empty(), "{code}");
        assert!(text(rule, "explanation").contains("## Why is this bad?"), "{code}");
        assert!(text(rule, "url").ends_with(&format!("/{name}/")), "{code}");
        assert!(["error", "warning"].contains(&text(rule, "severity").as_str()), "{code}");
        assert!(["never", "sometimes", "always"].contains(&text(rule, "fix").as_str()), "{code}");
        let by_config = text(rule, "default") == "by-config";
        assert_eq!(by_config, rule["enabled_by"] != Value::Null, "{code}");
        // One rule says the same alone.
        assert_eq!(project.run(&["rule", &name, "--output-format", "json"]).json(), *rule);
    }
}

#[test]
fn the_schema_is_the_one_that_ships() {
    let project = Project::new(&[]);
    let printed = project.run(&["config", "schema"]);
    let shipped = include_str!("../../resources/schema/ringfence.schema.json");
    assert_eq!(printed.out(), shipped);
    assert_eq!(printed.json()["type"], "object");
}

#[test]
fn a_shown_config_says_the_same() {
    let project = Project::shop(&[]);
    let config = project.text("ringfence.toml");
    let keys = "layers = [{ name = 'top', closed = true }, 'left | right']\nexhaustive = true\nstrict-ownership = true\n\
                forbid-cycles = true\n\
                select = ['ALL']\nignore = ['RF304']\nextend-exclude = ['gone']\nrespect-gitignore = false\n\
                target-version = 'py311'\nunfixable = ['RF901']\nseverity = { RF103 = 'error' }\n\
                per-file-ignores = { 'shop/web.py' = ['RF104'] }\nsource-roots = ['.']\n";
    project.write("ringfence.toml", format!("{keys}{config}[modules.'shop.*_x']\nlayer = 'left'\n"));
    let before = project.findings(&[]);
    assert!(before.len() > SHOP_FINDINGS.len(), "{before:?}");
    let shown = project.run(&["config", "show"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    project.write("shown.toml", shown.out().as_bytes());
    project.write("ringfence.toml", "");
    let codes = |findings: &[String]| -> Vec<String> {
        let mut codes: Vec<String> =
            findings.iter().map(|finding| finding.replace("shown.toml", "ringfence.toml")).collect();
        // Rows of the config are those of another text.
        for code in codes.iter_mut().filter(|code| code.starts_with("ringfence.toml:")) {
            *code = code.split_whitespace().last().unwrap_or_default().to_string();
        }
        codes.sort();
        codes
    };
    let after = project.findings(&["--config", "shown.toml"]);
    assert_eq!(codes(&after), codes(&before));
    // What is shown of what was shown is the same.
    assert_eq!(project.run(&["config", "show", "--config", "shown.toml"]).out(), shown.out());
    // What the command line says is in it.
    let shown = project.run(&["config", "show", "--config", "select = ['RF2']"]);
    assert_eq!(shown.out(), "select = [\"RF2\"]\n");
}

const GRAPH: &[(&str, &str)] = &[
    (
        "ringfence.toml",
        "layers = ['top', 'low']\n[modules.app]\nlayer = 'top'\nowner = '@us'\n[modules.'lib.*']\nlayer = 'low'\n",
    ),
    ("app/__init__.py", "import os.path\nfrom . import views\n"),
    (
        "app/views.py",
        "import requests.sessions\nfrom lib.a import x, y\nfrom lib import a\nimport lib.missing\n\n\
         def f():\n    from lib import b\n    import lib.a\n",
    ),
    ("lib/a.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import b\n"),
    ("lib/b.py", "from ... import z\n"),
    ("quo\"te.py", ""),
];

#[test]
fn the_graph_in_each_format_and_at_each_level() {
    let project = Project::new(GRAPH);
    for level in ["modules", "boundaries"] {
        for format in ["json", "dot", "mermaid"] {
            let answer = project.run(&["graph", "--format", format, "--level", level]);
            assert_eq!((answer.code, answer.stderr.as_str()), (0, "using `ringfence.toml`\n"));
            assert_snapshot(&format!("graph_{level}_{format}"), project.root(), &answer.out());
        }
    }
    assert_eq!(
        project.run(&["graph"]).out(),
        project.run(&["graph", "--format", "json", "--level", "modules"]).out()
    );
}

#[test]
fn the_graph_says_what_was_imported_where() {
    let project = Project::new(GRAPH);
    let graph = project.run(&["graph", "--quiet"]).json();
    let edges = graph["edges"].as_array().expect("edges");
    let edge = |importer: &str, imported: &str| {
        let edge = edges.iter().find(|edge| edge["importer"] == importer && edge["imported"] == imported);
        edge.unwrap_or_else(|| panic!("{importer} -> {imported}: {graph:#}"))["imports"].clone()
    };
    let import = |line: u32, kind: &str, name: &str| json!({ "path": "app/views.py", "line": line, "kind": kind, "name": name });
    assert_eq!(
        edge("app.views", "lib.a"),
        json!([
            import(2, "runtime", "lib.a.x"),
            import(2, "runtime", "lib.a.y"),
            import(3, "runtime", "lib.a"),
            import(8, "deferred", "lib.a"),
        ])
    );
    assert_eq!(edge("lib.a", "lib.b")[0]["kind"], "typing");
    assert_eq!(edge("app", "app.views")[0]["name"], "app.views");
    let names = |key: &str| -> Vec<Value> {
        let found = graph[key].as_array().expect("a list");
        found.iter().map(|found| found.get("imported").unwrap_or(&found["name"]).clone()).collect()
    };
    assert_eq!(names("externals"), ["os", "requests", "typing"]);
    assert_eq!(names("unresolved"), ["lib.missing", "...z"]);
    assert_eq!(names("modules"), ["app", "app.views", "lib", "lib.a", "lib.b", "quo\"te"]);
}
