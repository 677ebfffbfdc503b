//! What a hostile project says is harmless wherever it is printed: on terminals, to the runners of CI, and in every format.

use quick_junit::Report;
use serde_json::Value;

use crate::common::{Answer, Project};

/// Lines of its own, commands to runners, escape sequences, controls of direction, and what ends texts in other formats.
const PAYLOAD: &str = "x\n::error::forged\r\n \u{a0}::warning::y\u{200d}\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{7f}\u{ad}##vso[task.x]b##[group]\
                       #\u{200d}#vso[c]<img src=x>\"'`|\\|`]]>--> a[b](http://c) %%{init}; \\";

/// What a name of a file may hold.
const IN_PATH: &str = "odd\n::error::forged\u{1b}[2J\u{9b}\u{202e}##vso[task.x]##[y]\"`|<b>";

fn quoted(text: &str) -> String {
    // A string in JSON is one in TOML.
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn hostile() -> Project {
    let text = quoted(PAYLOAD);
    let reason = PAYLOAD.replace(['\n', '\r'], " ");
    let config = format!(
        "layers = [\"top\", \"low\"]\n\
         [modules.\"shop.web\"]\nlayer = \"low\"\nowner = {text}\n\
         depends-on = [{{ module = \"shop.legacy\", deprecated = {text} }}]\n\
         [modules.\"shop.orders\"]\nlayer = \"top\"\nowner = {text}\nexposes = [\"Order\"]\n\
         forbids = [{{ module = \"shop.legacy\", reason = {text} }}]\n\
         [modules.\"shop.legacy\"]\n\
         [[contracts]]\nname = {text}\nid = \"one\"\ntype = \"forbidden\"\nfrom = [\"shop.web\"]\nto = [\"shop.legacy\"]\nreason = {text}\n\
         [[contracts]]\nname = {other}\ntype = \"layers\"\nlayers = [\"shop.legacy\", \"shop.orders\"]\n",
        other = quoted(&format!("other {PAYLOAD}")),
    );
    let web = format!(
        "from shop.orders import Order, secret  # {reason}\nfrom shop.legacy import prices  # {reason}\nimport shop.missing\n\
         import os  # ringfence: ignore[RF101] {reason}\n"
    );
    let project = Project::new(&[
        ("ringfence.toml", &config),
        ("shop/__init__.py", ""),
        ("shop/web.py", &web),
        ("shop/orders.py", "from shop.legacy import prices\n"),
        ("shop/legacy.py", "prices = {}\n"),
    ]);
    if cfg!(unix) {
        project.write(&format!("{IN_PATH}/ringfence.toml"), "[modules.a]\ndepends-on = []\n[modules.b]\n");
        project.write(&format!("{IN_PATH}/a.py"), "import b, b.gone\n");
        project.write(&format!("{IN_PATH}/b.py"), "");
        project.write(&format!("{IN_PATH}/sub/c.py"), "import b\n");
    }
    project
}

fn is_harmful(character: char) -> bool {
    (character.is_control() && character != '\n' && character != '\t')
        || matches!(character, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// That nothing drives a terminal, and that no line is a command but those that begin with `ours`.
#[track_caller]
fn assert_harmless(what: &str, text: &str, ours: Option<&str>) {
    let harmful: Vec<char> = text.chars().filter(|character| is_harmful(*character)).collect();
    assert!(harmful.is_empty(), "{what}: {harmful:?} in {text}");
    for line in text.lines() {
        let own = ours.and_then(|ours| line.strip_prefix(ours));
        if own.is_none() {
            let start = line.trim_start();
            assert!(!start.starts_with("::") || start.starts_with(":::"), "{what}: {line}");
        }
        let rest = own.unwrap_or(line);
        let seen: String = rest.chars().filter(|character| *character != '\u{200d}').collect();
        assert!(!seen.contains("##[") && !seen.contains("##vso["), "{what}: {line}");
    }
}

#[track_caller]
fn assert_answer(arguments: &[&str], answer: &Answer, ours: Option<&str>) {
    let what = format!("{arguments:?}");
    assert_harmless(&what, std::str::from_utf8(&answer.stdout).expect("text"), ours);
    assert_harmless(&what, &answer.stderr, None);
}

#[test]
fn every_command_is_harmless() {
    let project = hostile();
    for arguments in [
        &["check", "--verbose"][..],
        &["check", "--statistics"],
        &["check", "--show-settings"],
        &["check", "--show-files"],
        &["check", "--all-chains", "--output-format", "full"],
        &["check", "--contract", PAYLOAD],
        &["check", "--contract", "nope\n::error::x"],
        &["check", "--since", PAYLOAD],
        &["check", "--select", "RF101\n::error::x\u{1b}"],
        &["check", "nowhere\n::error::x\u{1b}"],
        &["check", "--config", "nowhere\n::error::x\u{1b}"],
        &["check", "--config", "owner = \"\u{9b}\n::error::x\""],
        &["config", "show"],
        &["config", "schema"],
        &["contracts"],
        &["contracts", "--output-format", "json"],
        &["coverage"],
        &["coverage", "--output-format", "json"],
        &["why", "shop.orders", "shop.legacy"],
        &["why", "shop.web", "shop.legacy", "--output-format", "json"],
        &["why", "shop.web\n::error::x", "nope"],
        &["graph"],
        &["graph", "--format", "dot"],
        &["graph", "--format", "mermaid"],
        &["graph", "--format", "svg"],
        &["graph", "--focus", "nope\n::error::x"],
        &["graph", "--level", "boundaries"],
        &["explore"],
        &["explore", "--output-file", "nowhere\n::error::x/page.html"],
        &["explore", "--source-url", "https://example.org/\n::error::x"],
        &["sync", "--check"],
        &["baseline", "--dry-run"],
        &["rule", "--all"],
        &["rule", "nope\n::error::x\u{1b}"],
        &["migrate"],
        &["init", "--dry-run"],
    ] {
        assert_answer(arguments, &project.run(arguments), None);
    }
    let text = project.run(&["contracts"]).out().into_owned();
    assert!(
        text.contains("x\u{240a}\u{2236}:error") || text.contains("x\u{240a}::error::forged\u{240d}"),
        "{text}"
    );
}

#[test]
fn every_format_is_harmless_and_well_formed() {
    let project = hostile();
    for format in [
        "full",
        "concise",
        "grouped",
        "pylint",
        "json",
        "json-lines",
        "github",
        "gitlab",
        "sarif",
        "junit",
        "azure",
        "rdjson",
        "markdown",
        "agent",
    ] {
        let arguments = ["check", "--output-format", format];
        let answer = project.run(&arguments);
        assert_eq!(answer.code, 1, "{format}: {answer:?}");
        let ours = match format {
            "github" => Some("::"),
            "azure" => Some("##vso[task.logissue "),
            _ => None,
        };
        assert_answer(&arguments, &answer, ours);
        let text = answer.out();
        match format {
            "json" | "gitlab" | "sarif" | "rdjson" => assert!(!answer.json().is_null()),
            "json-lines" => {
                assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{text}");
            }
            "junit" => assert!(Report::deserialize_from_str(&text).expect("XML").tests > 0),
            "markdown" => assert_tables(&text),
            "github" => {
                let is_command = |line: &str| line.starts_with("::error ") || line.starts_with("::warning ");
                assert!(text.lines().filter(|line| line.starts_with("::")).all(is_command), "{text}");
            }
            _ => {}
        }
    }
    // What programs read is what there is.
    let said = project.run(&["contracts", "--output-format", "json"]).json();
    assert_eq!(said[0]["name"].as_str(), Some(PAYLOAD));
    let shown = project.run(&["config", "show", "ringfence.toml"]);
    let shown: toml_edit::DocumentMut = shown.out().parse().expect("TOML");
    assert_eq!(shown["contracts"][0]["name"].as_str(), Some(PAYLOAD));
}

/// That each row of a table has as many cells as its head.
#[track_caller]
fn assert_tables(text: &str) {
    let cells = |line: &str| {
        let mut is_escaped = false;
        let bars = line.chars().filter(|character| {
            let is_bar = *character == '|' && !is_escaped;
            is_escaped = *character == '\\' && !is_escaped;
            is_bar
        });
        bars.count()
    };
    for block in text.split("\n\n").filter(|block| block.starts_with('|')) {
        let counts: Vec<usize> = block.lines().filter(|line| line.starts_with('|')).map(cells).collect();
        assert!(counts.iter().all(|count| *count == 3), "{block}");
    }
    assert!(!text.replace("\\<img", "").contains("<img src=x>") || text.contains('`'), "{text}");
}

#[test]
fn the_structure_of_pictures_is_kept() {
    let project = hostile();
    let dot = project.run(&["graph", "--format", "dot"]);
    let is_bracket = |line: &str| {
        let number = line.trim().strip_prefix("subgraph cluster_").and_then(|rest| rest.strip_suffix(" {"));
        line.trim() == "}" || number.is_some_and(|number| number.parse::<usize>().is_ok())
    };
    for line in dot.out().lines().skip(1).filter(|line| !is_bracket(line)) {
        let unescaped = line.replace("\\\\", "").replace("\\\"", "");
        assert!(unescaped.matches('"').count().is_multiple_of(2) && line.ends_with(';'), "{line}");
    }
    let mermaid = project.run(&["graph", "--format", "mermaid"]);
    for line in mermaid.out().lines().skip(1) {
        let is_node = line.starts_with("    n") || line.starts_with("        n");
        let is_group = line.starts_with("    subgraph l") && line.ends_with("\"]");
        assert!(is_node || is_group || line == "    end", "{line}");
    }
}

#[test]
fn the_table_of_contracts_forges_no_line() {
    let project = Project::new(&[
        (
            ".importlinter",
            "[importlinter]\nroot_package = pkg\n[importlinter:contract:one]\nname = a\u{1b}[2J ##vso[task.x]y\n    ::error::z\n\
             type = forbidden\nsource_modules = pkg.a\nforbidden_modules = pkg.b\n",
        ),
        ("pkg/__init__.py", ""),
        ("pkg/a.py", "import pkg.b\n"),
        ("pkg/b.py", ""),
    ]);
    for arguments in
        [&["check"][..], &["check", "--output-format", "github"], &["migrate", "--dry-run"], &["contracts"]]
    {
        let ours = arguments.contains(&"github").then_some("::");
        assert_answer(arguments, &project.run(arguments), ours);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_listed_is_one_line() {
    let project = hostile();
    let listed = project.run(&["check", "-q", "--show-files"]);
    let lines: Vec<String> = listed.out().lines().map(str::to_string).collect();
    assert!(lines.iter().all(|line| line.starts_with('/') || line.starts_with("\"/")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("/odd\\n::error::forged\\033[2J\\302\\233")), "{lines:?}");
}

#[test]
fn a_diff_is_for_programs_unless_a_runner_reads_it() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\n"),
        (
            "a.py",
            "\"\"\"\n::error::x\n\u{1b}[2J##vso[task.x]\n\"\"\"\nimport os  # ringfence: ignore[RF101] old\n",
        ),
    ]);
    let arguments = ["check", "-q", "--fix", "--diff"];
    let raw = project.run(&arguments);
    assert!(raw.out().contains("\n ::error::x\n \u{1b}[2J##vso[task.x]\n"), "{raw:?}");
    for name in ["GITHUB_ACTIONS", "TF_BUILD"] {
        let shown = project.call(&arguments).variable(name, "true").run();
        assert_answer(&arguments, &shown, None);
        assert!(shown.out().contains("-import os"), "{shown:?}");
    }
}
